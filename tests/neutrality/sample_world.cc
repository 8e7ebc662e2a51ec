#include "tests/neutrality/sample_world.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/digest.h"
#include "catalog/import/directory.h"
#include "catalog/import/text.h"
#include "catalog/import/yaml.h"
#include "decision/rulebook_compiler.h"
#include "tests/testing/files.h"

namespace aplomb::decision {
namespace {

std::map<std::string, int64_t, std::less<>> Fees() {
  base::Issues issues;
  catalog::YamlNode root;
  const std::string path = testing::SourcePath("tests/sample/fee_ledger.yaml");
  CHECK(catalog::ReadYaml(path, testing::ReadFileOrFail(path), {}, &root, &issues))
      << issues.ToString();
  const catalog::YamlNode* list = root.Find("yearly_fees");
  CHECK(list != nullptr) << "the ledger has yearly_fees";
  std::map<std::string, int64_t, std::less<>> fees;
  for (const auto& entry : list->entries) {
    const auto amount = catalog::ParseAmount(entry.value.text);
    CHECK(amount.has_value()) << "an amount for " << entry.key;
    fees[absl::StrCat("members/", entry.key)] = amount->micros;
  }
  return fees;
}

template <typename Table>
std::shared_ptr<const catalog::TableEntry<Table>> EntryOf(const Table& table) {
  auto entry = std::make_shared<catalog::TableEntry<Table>>();
  entry->table = table;
  return entry;
}

SampleWorld* Read() {
  auto* world = new SampleWorld;
  const auto rules = ReadRulebook(testing::SourcePath("catalog/rulebook"));
  CHECK_OK(rules) << "the rulebook of the tree";
  CompileResult compiled =
      CompileRulebook(rules->rulebook, base::Sha256("the rulebook"), nullptr, &*rules);
  CHECK(compiled.compiled != nullptr) << FormatDiagnostics(compiled.diagnostics);
  world->rulebook = std::move(compiled.compiled);

  const auto files = catalog::LoadCatalogFiles(testing::SourcePath("catalog/sample"));
  CHECK_OK(files) << "the sample of the tree";
  base::Issues issues;
  const catalog::CatalogSource source = catalog::ReadCatalog(*files, &issues);
  CHECK(issues.empty()) << issues.ToString();
  for (const auto& member : source.members) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    entry->member = member;
    entry->ordinal = static_cast<uint32_t>(world->snapshot.members.size());
    world->snapshot.members.emplace(member.name(), std::move(entry));
  }
  for (const auto& offering : source.offerings) {
    auto entry = std::make_shared<catalog::OfferingEntry>();
    entry->offering = offering;
    entry->ordinal = static_cast<uint32_t>(world->snapshot.offerings.size());
    world->snapshot.offerings.emplace(offering.name(), std::move(entry));
  }
  world->snapshot.law_table = EntryOf(source.law_table);
  world->snapshot.rates = EntryOf(source.exchange_rates);
  world->snapshot.state_digest = base::Sha256("the sample");
  world->stored = StoredOf(world->snapshot, Fees());
  for (const catalog::SampleProfile& profile : source.profiles) {
    ProofInput input{.id = profile.id, .profile = profile.profile, .needs = profile.needs};
    if (profile.weights.has_value()) input.weights = *profile.weights;
    input.tie = {.epoch_secret = base::Sha256("secret"), .subject = base::Sha256(profile.id)};
    world->inputs.push_back(std::move(input));
  }
  for (size_t i = 0; i < world->inputs.size(); ++i) {
    const auto wrong = ValidateInput(world->InputOf(i), *world->rulebook);
    CHECK(wrong.empty()) << world->inputs[i].id << " " << wrong[0].field;
  }
  return world;
}

}  // namespace

const SampleWorld& SampleWorld::Get() {
  static const SampleWorld* const world = Read();
  return *world;
}

}  // namespace aplomb::decision
