#include "service/genesis.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/durable_file.h"
#include "base/reason.h"
#include "base/status.h"
#include "catalog/import/validate.h"
#include "service/callers.h"

namespace aplomb::service {
namespace {

// True if an object of that name is there already.
bool IsThere(const catalog::Snapshot& snapshot, const catalog::Object& object) {
  if (const auto* member = std::get_if<catalog::v1::Member>(&object)) {
    return snapshot.members.find(member->name()) != snapshot.members.end();
  }
  if (const auto* offering = std::get_if<catalog::v1::Offering>(&object)) {
    return snapshot.offerings.find(offering->name()) != snapshot.offerings.end();
  }
  if (std::holds_alternative<catalog::v1::LawTable>(object)) return snapshot.law_table != nullptr;
  if (std::holds_alternative<catalog::v1::ExchangeRateTable>(object)) {
    return snapshot.rates != nullptr;
  }
  return false;
}

// Only its owner may read what holds a secret.
constexpr int kOwnerReads = 0600;

}  // namespace

GenesisPlan PlanGenesis(const catalog::CatalogSource& source,
                        const decision::RulebookSource& rulebook) {
  GenesisPlan plan;
  plan.member_count = source.members.size();
  plan.offering_count = source.offerings.size();
  plan.legal_basis_count = static_cast<size_t>(source.law_table.legal_bases_size());
  plan.rate_count = static_cast<size_t>(source.exchange_rates.rates_size());
  plan.need_count = static_cast<size_t>(rulebook.rulebook.needs_size());
  plan.diagnostics = rulebook.diagnostics;
  bool compiled = false;
  if (plan.diagnostics.empty()) {
    decision::CompileResult result = decision::CompileRulebook(
        rulebook.rulebook, base::Sha256(rulebook.rulebook.SerializeAsString()), &source.law_table,
        &rulebook);
    compiled = result.compiled != nullptr;
    plan.diagnostics = std::move(result.diagnostics);
  }
  const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(rulebook.rulebook);
  catalog::ValidateCatalog(source, &vocabulary, &plan.issues);
  plan.ok = compiled && plan.issues.empty();
  if (!plan.ok) return plan;
  for (const catalog::v1::Member& member : source.members) plan.objects.emplace_back(member);
  for (const catalog::v1::Offering& offering : source.offerings) {
    plan.objects.emplace_back(offering);
  }
  plan.objects.emplace_back(source.law_table);
  plan.objects.emplace_back(source.exchange_rates);
  plan.objects.emplace_back(rulebook.rulebook);
  return plan;
}

absl::StatusOr<GenesisPlan> PlanGenesis(const GenesisSource& source) {
  ASSIGN_OR_RETURN(const catalog::CatalogFiles files,
                   catalog::LoadCatalogFiles(source.catalog_directory));
  base::Issues issues;
  const catalog::CatalogSource catalog = catalog::ReadCatalog(files, &issues);
  ASSIGN_OR_RETURN(const decision::RulebookSource rulebook,
                   decision::ReadRulebook(source.rulebook_directory));
  GenesisPlan plan = PlanGenesis(catalog, rulebook);
  if (!issues.empty()) {
    // What cannot be read comes first; what follows from it may be noise.
    issues.AddAll("", plan.issues);
    plan.issues = std::move(issues);
    plan.ok = false;
    plan.objects.clear();
  }
  return plan;
}

absl::Status RunGenesis(Dataset& dataset, const GenesisPlan& plan,
                        const std::function<void(size_t done, size_t total)>& progress) {
  CHECK(plan.ok) << "a plan with errors must not be written";
  const std::shared_ptr<const catalog::Snapshot> snapshot = dataset.store().snapshot();
  if (!snapshot->rulebooks.empty()) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "CATALOG_NOT_EMPTY",
        absl::StrCat(dataset.database().directory(),
                     ": there is a catalogue already; import into an empty directory."));
  }
  std::vector<catalog::Object> objects;
  std::copy_if(plan.objects.begin(), plan.objects.end(), std::back_inserter(objects),
               [&](const catalog::Object& object) { return !IsThere(*snapshot, object); });
  return catalog::Import(dataset.sequencer(), std::move(objects), progress);
}

absl::StatusOr<SampleTokens> EnsureSampleTokens(const std::string& directory,
                                                base::Random& random) {
  const SampleTokens tokens{.token_file = absl::StrCat(directory, "/tokens"),
                            .advisor_file = absl::StrCat(directory, "/advisor.token"),
                            .auditor_file = absl::StrCat(directory, "/auditor.token")};
  std::error_code error;
  if (std::filesystem::exists(tokens.token_file, error)) return tokens;
  const std::string advisor = DrawToken(random);
  const std::string auditor = DrawToken(random);
  RETURN_IF_ERROR(
      base::WriteFileDurably(tokens.advisor_file, absl::StrCat(advisor, "\n"), kOwnerReads));
  RETURN_IF_ERROR(
      base::WriteFileDurably(tokens.auditor_file, absl::StrCat(auditor, "\n"), kOwnerReads));
  // Last: with it the others are complete.
  RETURN_IF_ERROR(
      base::WriteFileDurably(tokens.token_file,
                             absl::StrCat("# role subject sha256 of the token (docs/api.md)\n",
                                          TokenLine({Role::kAdvisor, "demo"}, advisor),
                                          TokenLine({Role::kAuditor, "demo"}, auditor)),
                             kOwnerReads));
  return tokens;
}

}  // namespace aplomb::service
