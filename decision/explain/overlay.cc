#include "decision/explain/overlay.h"

#include <algorithm>
#include <utility>

#include "absl/numeric/int128.h"
#include "base/check.h"

namespace aplomb::explain {

engine::FactTable TableOf(const Inquiry& inquiry, const std::vector<uint32_t>& rows) {
  const engine::FactTable& from = inquiry.table;
  engine::FactTable table;
  table.row_count = static_cast<uint32_t>(rows.size());
  table.group_count = from.group_count;
  table.columns.resize(from.columns.size());
  for (size_t slot = 0; slot < from.columns.size(); ++slot) {
    for (const uint32_t row : rows) {
      table.columns[slot].values.push_back(from.columns[slot].values[row]);
      table.columns[slot].evidence.push_back(from.columns[slot].evidence[row]);
    }
  }
  table.candidates.resize(from.candidates.size());
  const engine::NeedCandidates& all = from.candidates[inquiry.request.need];
  engine::NeedCandidates& candidates = table.candidates[inquiry.request.need];
  for (uint32_t i = 0; i < rows.size(); ++i) {
    const uint32_t row = rows[i];
    table.modes.push_back(from.modes[row]);
    table.kinds.push_back(from.kinds[row]);
    table.groups.push_back(from.groups[row]);
    table.needs.push_back(from.needs[row]);
    table.tariffs.push_back(from.tariffs[row]);
    const auto found = std::find(all.rows.begin(), all.rows.end(), row);
    CHECK(found != all.rows.end()) << "only candidates of the need are ranked";
    candidates.rows.push_back(i);
    candidates.features.push_back(all.features[static_cast<size_t>(found - all.rows.begin())]);
  }
  return table;
}

engine::Tariff CutPrices(const engine::Tariff& tariff, int64_t percent) {
  const auto cut = [&](int64_t amount) {
    return static_cast<int64_t>(absl::int128(amount) * (100 - percent) / 100);
  };
  engine::Tariff result = tariff;
  for (engine::PriceComponent& c : result.components) {
    c.amount_micros = cut(c.amount_micros);
    c.promotion_micros = cut(c.promotion_micros);
    c.per_transaction_micros = cut(c.per_transaction_micros);
    c.monthly_minimum_micros = cut(c.monthly_minimum_micros);
    c.rate_bp = static_cast<int32_t>(cut(c.rate_bp));
    for (engine::PriceTier& tier : c.tiers) {
      tier.unit_micros = cut(tier.unit_micros);
      tier.flat_micros = cut(tier.flat_micros);
    }
  }
  return result;
}

FeatureState StateOf(const engine::FeatureMasks& masks, uint8_t feature) {
  const uint32_t bit = 1u << feature;
  if ((masks.full & bit) != 0) return FeatureState::kFull;
  if ((masks.partial & bit) != 0) return FeatureState::kPartial;
  if ((masks.option_paid & bit) != 0) return FeatureState::kOptionPaid;
  return (masks.none & bit) != 0 ? FeatureState::kNone : FeatureState::kUnknown;
}

void SetState(FeatureState state, uint8_t feature, engine::FeatureMasks& masks) {
  const uint32_t bit = 1u << feature;
  const auto set = [&](uint32_t& mask, FeatureState own) {
    mask = state == own ? mask | bit : mask & ~bit;
  };
  set(masks.full, FeatureState::kFull);
  set(masks.partial, FeatureState::kPartial);
  set(masks.option_paid, FeatureState::kOptionPaid);
  set(masks.none, FeatureState::kNone);
}

void Make(const Change& change, const engine::Tariff& tariff, uint32_t row, size_t place,
          engine::FactTable& table, engine::Request& request) {
  switch (change.kind) {
    case Change::Kind::kOfferingFact:
      table.columns[change.slot].values[row] = change.to;
      table.columns[change.slot].evidence[row] = change.evidence;
      return;
    case Change::Kind::kFeature:
      SetState(change.to_feature, change.feature, table.candidates[request.need].features[place]);
      return;
    case Change::Kind::kPrice:
      table.tariffs[row] = CutPrices(tariff, change.to);
      return;
    case Change::Kind::kFirmFact:
      request.facts[change.slot] = {.value = change.to, .known = true};
      return;
    case Change::Kind::kMustFeature:
      request.must_features &= ~(1u << change.feature);
      request.nice_features |= 1u << change.feature;
      return;
    case Change::Kind::kGroupSwap:
      std::swap(request.group_shares[change.group_a], request.group_shares[change.group_b]);
      return;
  }
}

}  // namespace aplomb::explain
