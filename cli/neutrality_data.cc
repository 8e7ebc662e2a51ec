#include "cli/neutrality_data.h"

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/civil_day.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/status.h"
#include "catalog/import/directory.h"
#include "catalog/import/text.h"
#include "catalog/import/yaml.h"
#include "cli/errors.h"
#include "cli/files.h"
#include "decision/request.h"
#include "decision/rulebook_compiler.h"
#include "service/dataset.h"

namespace aplomb::cli {
namespace {

template <typename Table>
std::shared_ptr<const catalog::TableEntry<Table>> EntryOf(const Table& table) {
  auto entry = std::make_shared<catalog::TableEntry<Table>>();
  entry->table = table;
  return entry;
}

absl::Status Twice(absl::string_view fr, absl::string_view en, const std::string& name) {
  return ErrorOf(absl::StatusCode::kInvalidArgument, "", absl::StrCat(fr, name),
                 absl::StrCat(en, name));
}

// What a compiler finds, in both languages.
absl::Status Refused(const std::vector<decision::Diagnostic>& diagnostics) {
  return ErrorOf(
      absl::StatusCode::kInvalidArgument, "",
      absl::StrCat("le jeu de règles a des erreurs :\n",
                   decision::FormatDiagnostics(diagnostics, /*french=*/true)),
      absl::StrCat("the rulebook has errors:\n", decision::FormatDiagnostics(diagnostics)));
}

absl::Status WrongLedger(const std::string& fr, const std::string& en) {
  return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                 absl::StrCat("LEDGER_INVALID : le registre des cotisations a des erreurs\n", fr),
                 absl::StrCat("LEDGER_INVALID: the ledger of fees has errors\n", en));
}

// The catalogue of files as a snapshot, without a log: revision 0, registered in the order read.
absl::Status SnapshotOf(const catalog::CatalogSource& source, catalog::Snapshot& snapshot) {
  for (const auto& member : source.members) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    entry->member = member;
    entry->ordinal = static_cast<uint32_t>(snapshot.members.size());
    if (!snapshot.members.emplace(member.name(), std::move(entry)).second) {
      return Twice("deux membres se nomment ", "two members are named ", member.name());
    }
  }
  for (const auto& offering : source.offerings) {
    auto entry = std::make_shared<catalog::OfferingEntry>();
    entry->offering = offering;
    entry->ordinal = static_cast<uint32_t>(snapshot.offerings.size());
    if (!snapshot.offerings.emplace(offering.name(), std::move(entry)).second) {
      return Twice("deux offres se nomment ", "two offerings are named ", offering.name());
    }
  }
  snapshot.law_table = EntryOf(source.law_table);
  snapshot.rates = EntryOf(source.exchange_rates);
  snapshot.state_digest = base::Sha256("a catalogue of files");
  return absl::OkStatus();
}

absl::Status FromFiles(const std::string& directory, NeutralityData& data) {
  ASSIGN_OR_RETURN(const catalog::CatalogFiles files, catalog::LoadCatalogFiles(directory));
  base::Issues issues;
  const catalog::CatalogSource source = catalog::ReadCatalog(files, &issues);
  if (!issues.empty()) {
    return ErrorOfIssues("CATALOG_INVALID : le catalogue a {}",
                         "CATALOG_INVALID: the catalogue has {}", issues);
  }
  return SnapshotOf(source, data.snapshot);
}

absl::Status FromDataset(const std::string& directory, NeutralityData& data) {
  ASSIGN_OR_RETURN(const std::unique_ptr<service::Dataset> dataset,
                   service::Dataset::Open({.directory = directory}));
  data.snapshot = *dataset->store().snapshot();
  const catalog::RulebookEntry* active = catalog::ActiveRulebook(data.snapshot, data.as_of_day);
  if (active == nullptr) {
    const std::string day = base::FormatDay(data.as_of_day);
    return ErrorOf(absl::StatusCode::kNotFound, "",
                   absl::StrCat(directory, " : aucun jeu de règles n'est en vigueur le ", day),
                   absl::StrCat(directory, ": no rulebook is in force on ", day));
  }
  data.rulebook_revision = active->revision;
  decision::CompileResult result =
      decision::CompileRulebook(active->rulebook, active->digest, nullptr, nullptr);
  if (result.compiled == nullptr) {
    return Refused(result.diagnostics);
  }
  data.rulebook = std::move(result.compiled);
  return absl::OkStatus();
}

// The files of a folder's firms, by id.
absl::StatusOr<std::map<std::string, std::string>> ProfilesIn(const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path folder = fs::path(directory) / "profiles";
  if (!fs::is_directory(folder, error)) folder = directory;
  std::map<std::string, std::string> paths;  // by id
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".yaml") paths[entry.path().stem()] = entry.path();
  }
  if (error || paths.empty()) {
    return ErrorOf(absl::StatusCode::kNotFound, "",
                   absl::StrCat(folder.string(), " : aucun profil (*.yaml) dans ce dossier"),
                   absl::StrCat(folder.string(), ": no profiles (*.yaml) there"));
  }
  return paths;
}

// The firms of a folder. Each is checked against the rulebook; everything that is wrong is told at
// once.
absl::Status ReadInputs(const std::string& directory, uint64_t secret_seed, NeutralityData& data) {
  ASSIGN_OR_RETURN(const auto paths, ProfilesIn(directory));
  base::Issues issues;
  for (const auto& [id, path] : paths) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
    base::Issues own;
    const catalog::SampleProfile file = catalog::ReadProfile(path, bytes, &own);
    decision::ProofInput input{.id = id, .profile = file.profile, .needs = file.needs};
    if (file.weights.has_value()) input.weights = *file.weights;
    input.tie.epoch_secret = base::Sha256(absl::StrCat("aplomb/neutrality/secret ", secret_seed));
    input.tie.subject =
        base::Sha256(absl::StrCat("aplomb/neutrality/subject ", secret_seed, " ", id));
    if (own.empty()) {
      const decision::DecisionInput checked{.profile = input.profile,
                                            .needs = input.needs,
                                            .weights = input.weights,
                                            .as_of_day = data.as_of_day};
      for (base::Issue& issue : decision::ValidateInput(checked, *data.rulebook)) {
        own.Add(std::move(issue));
      }
    }
    issues.AddAll(id, own);
    data.inputs.push_back(std::move(input));
  }
  if (issues.empty()) return absl::OkStatus();
  return ErrorOfIssues("PROFILE_INVALID : les profils ont {}",
                       "PROFILE_INVALID: the profiles have {}", issues, {.with_remedies = false});
}

}  // namespace

absl::StatusOr<int32_t> ReadDay(absl::string_view option, const std::string& text) {
  const absl::StatusOr<base::DayNumber> day = base::ParseDay(text);
  if (day.ok()) return *day;
  return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                 absl::StrCat(option, " : « ", text,
                              " » n'est pas un jour ; un jour s'écrit AAAA-MM-JJ, par exemple "
                              "2027-06-30"),
                 absl::StrCat(option, ": \"", text,
                              "\" is no day; a day is written as YYYY-MM-DD, for example "
                              "2027-06-30"));
}

absl::StatusOr<std::vector<decision::ProofInput>> ReadFirms(const NeutralitySource& source) {
  std::string directory = source.profiles;
  if (directory.empty()) {
    ASSIGN_OR_RETURN(const std::string share, FindShare(source.share));
    directory = share + "/catalog/sample";
  }
  ASSIGN_OR_RETURN(const auto paths, ProfilesIn(directory));
  base::Issues issues;
  std::vector<decision::ProofInput> firms;
  for (const auto& [id, path] : paths) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
    base::Issues own;
    const catalog::SampleProfile file = catalog::ReadProfile(path, bytes, &own);
    issues.AddAll(id, own);
    firms.push_back({.id = id, .profile = file.profile, .needs = file.needs});
    if (file.weights.has_value()) firms.back().weights = *file.weights;
  }
  if (issues.empty()) return firms;
  return ErrorOfIssues("PROFILE_INVALID : les profils ont {}",
                       "PROFILE_INVALID: the profiles have {}", issues, {.with_remedies = false});
}

absl::StatusOr<std::shared_ptr<const decision::CompiledRulebook>> LoadRulebook(
    const std::string& directory) {
  ASSIGN_OR_RETURN(const decision::RulebookSource source, decision::ReadRulebook(directory));
  if (!source.diagnostics.empty()) {
    return Refused(source.diagnostics);
  }
  decision::CompileResult result = decision::CompileRulebook(
      source.rulebook, base::Sha256(source.rulebook.SerializeAsString()), nullptr, &source);
  if (result.compiled == nullptr) {
    return Refused(result.diagnostics);
  }
  return result.compiled;
}

absl::StatusOr<std::map<std::string, int64_t, std::less<>>> ReadLedger(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  base::Issues issues;
  catalog::YamlNode root;
  if (!catalog::ReadYaml(path, bytes, {}, &root, &issues)) {
    return ErrorOfIssues("LEDGER_INVALID : le registre des cotisations a {}",
                         "LEDGER_INVALID: the ledger of fees has {}", issues,
                         {.with_remedies = false});
  }
  const catalog::YamlNode* fees = root.Find("yearly_fees");
  if (fees == nullptr || !fees->is_map() || fees->entries.empty()) {
    return WrongLedger(
        absl::StrCat("  ", path,
                     " : sous yearly_fees est attendu, pour chaque membre, son "
                     "identifiant et un montant, par exemple « brumelune: 2700.00 EUR »"),
        absl::StrCat("  ", path,
                     ": under yearly_fees is expected, for each member, its id and an "
                     "amount, e.g. \"brumelune: 2700.00 EUR\""));
  }
  std::map<std::string, int64_t, std::less<>> by_member;
  std::vector<std::string> fr;
  std::vector<std::string> en;
  for (const catalog::YamlNode::Entry& entry : fees->entries) {
    const auto amount = catalog::ParseAmount(entry.value.text);
    if (!amount.has_value() || amount->currency_code != "EUR" || amount->micros < 0) {
      const std::string place = catalog::YamlPlace(path, entry.line, entry.column);
      fr.push_back(absl::StrCat("  ", place, " ", entry.key, " : « ", entry.value.text,
                                " » n'est pas un montant en EUR, nul ou positif, par exemple "
                                "« 2700.00 EUR »"));
      en.push_back(absl::StrCat("  ", place, " ", entry.key, ": \"", entry.value.text,
                                "\" is no amount in EUR from 0, e.g. \"2700.00 EUR\""));
      continue;
    }
    by_member.emplace(absl::StrCat("members/", entry.key), amount->micros);
  }
  if (!en.empty()) return WrongLedger(absl::StrJoin(fr, "\n"), absl::StrJoin(en, "\n"));
  return by_member;
}

absl::StatusOr<NeutralityData> LoadNeutralityData(const NeutralitySource& source,
                                                  uint64_t secret_seed) {
  NeutralityData data;
  data.as_of_day = base::ParisDay(base::SystemClock::Get()->Now());
  if (!source.as_of.empty()) {
    ASSIGN_OR_RETURN(data.as_of_day, ReadDay("--as-of", source.as_of));
  }
  std::string share;
  if (source.sample || (source.catalog.empty() && source.data.empty()) || source.profiles.empty() ||
      (source.rulebook.empty() && source.data.empty())) {
    ASSIGN_OR_RETURN(share, FindShare(source.share));
  }
  if (!source.data.empty()) {
    RETURN_IF_ERROR(FromDataset(source.data, data));
  } else {
    RETURN_IF_ERROR(
        FromFiles(source.catalog.empty() ? share + "/catalog/sample" : source.catalog, data));
  }
  if (data.rulebook == nullptr || !source.rulebook.empty()) {
    ASSIGN_OR_RETURN(
        data.rulebook,
        LoadRulebook(source.rulebook.empty() ? share + "/catalog/rulebook" : source.rulebook));
  }
  RETURN_IF_ERROR(ReadInputs(source.profiles.empty() ? share + "/catalog/sample" : source.profiles,
                             secret_seed, data));
  if (!source.ledger.empty()) {
    ASSIGN_OR_RETURN(data.fees_micros, ReadLedger(source.ledger));
  }
  return data;
}

}  // namespace aplomb::cli
