#include "decision/explain/overlay.h"

#include <algorithm>
#include <utility>

#include "absl/numeric/int128.h"
#include "base/check.h"

namespace aplomb::explain {
namespace {

constexpr int64_t kWholeTiers = 10'000;
constexpr int64_t kMicrosPerCent = 10'000;
constexpr int64_t kMicrosPerEuro = 1'000'000;

}  // namespace

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

int64_t PriceOf(const engine::PriceComponent& component, PricePart part) {
  switch (part) {
    case PricePart::kAmount:
      return component.amount_micros;
    case PricePart::kRate:
      return component.rate_bp;
    case PricePart::kPerTransaction:
      return component.per_transaction_micros;
    case PricePart::kMinimum:
      return component.monthly_minimum_micros;
    case PricePart::kTiers:
      return component.tiers.empty() ? 0 : kWholeTiers;
  }
  return 0;
}

int64_t PriceUnit(PricePart part, int64_t price) {
  if (part == PricePart::kRate || part == PricePart::kTiers) return 1;
  return price >= kMicrosPerEuro ? kMicrosPerCent : 1;
}

namespace {

// `before` is the component before any change.
void CutPrice(const engine::PriceComponent& before, PricePart part, int64_t to,
              engine::PriceComponent& component) {
  const auto tier_price = [&](int64_t amount) {
    return static_cast<int64_t>(absl::int128(amount) * to / kWholeTiers);
  };
  switch (part) {
    case PricePart::kAmount:
      component.amount_micros = to;
      component.promotion_micros = std::min(before.promotion_micros, to);
      return;
    case PricePart::kRate:
      component.rate_bp = static_cast<int32_t>(to);
      return;
    case PricePart::kPerTransaction:
      component.per_transaction_micros = to;
      return;
    case PricePart::kMinimum:
      component.monthly_minimum_micros = to;
      return;
    case PricePart::kTiers:
      for (size_t i = 0; i < component.tiers.size(); ++i) {
        component.tiers[i].unit_micros = tier_price(before.tiers[i].unit_micros);
        component.tiers[i].flat_micros = tier_price(before.tiers[i].flat_micros);
      }
      return;
  }
}

}  // namespace

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
      CutPrice(tariff.components[change.slot], change.price, change.to,
               table.tariffs[row].components[change.slot]);
      return;
    case Change::Kind::kFirmFact:
      request.facts[change.slot] = {.value = change.to, .known = true};
      return;
    case Change::Kind::kMustFeature:
      request.must_features &= ~(1u << change.feature);
      request.nice_features |= 1u << change.feature;
      return;
    case Change::Kind::kGroupMove:
      return;
  }
}

}  // namespace aplomb::explain
