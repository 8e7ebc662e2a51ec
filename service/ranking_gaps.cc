#include "service/ranking_gaps.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "decision/blindfold.h"
#include "decision/fact_registry.h"
#include "service/offering_alone.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

// Whether the only row of `blind` knows the fact; nothing where the rules do not read it.
std::optional<bool> IsKnown(const std::string& fact, const decision::BlindCatalog& blind,
                            const decision::CompiledRulebook& rulebook) {
  if (absl::StartsWith(fact, "cost.")) {
    return blind.table.tariffs[0].evidence != engine::Evidence::kNone;
  }
  for (size_t slot = 0; slot < rulebook.offering_slots.size(); ++slot) {
    if (rulebook.offering_slots[slot]->name != fact) continue;
    return blind.table.columns[slot].evidence[0] != engine::Evidence::kNone;
  }
  return std::nullopt;
}

// Fields of the offering that tell the fact.
std::vector<std::string> FieldsOf(const std::string& fact) {
  if (absl::StartsWith(fact, "cost.")) return {"pricing"};
  std::vector<std::string> fields;
  const decision::FactInfo* info = decision::FactRegistry::Get().Find(fact);
  if (info != nullptr) fields = info->sources;
  if (fields.empty()) fields.push_back(fact);
  for (std::string& field : fields) field = std::string(absl::StripPrefix(field, "offering."));
  return fields;
}

}  // namespace

std::vector<pb::RankingGap> RankingGaps(
    const pb::Offering& offering, const decision::CompiledRulebook& rulebook,
    std::shared_ptr<const catalog::TableEntry<pb::ExchangeRateTable>> rates, int32_t today) {
  const catalog::Snapshot alone = SnapshotOfOne(offering, std::move(rates));
  const decision::BlindCatalog blind = decision::Blindfold(alone, rulebook, today);

  std::vector<pb::RankingGap> gaps;
  for (const std::string& need_id : offering.need_ids()) {
    const auto ordinal = rulebook.need_ordinals.find(need_id);
    if (ordinal == rulebook.need_ordinals.end()) continue;  // validation tells
    for (const std::string& fact : rulebook.source.needs(ordinal->second).minimum_facts()) {
      if (IsKnown(fact, blind, rulebook).value_or(true)) continue;
      pb::RankingGap& gap = gaps.emplace_back();
      gap.set_need_id(need_id);
      gap.set_fact(fact);
      for (std::string& field : FieldsOf(fact)) gap.add_fields(std::move(field));
    }
  }
  return gaps;
}

}  // namespace aplomb::service
