// Some offerings of a table by themselves, so that facts can be changed and ranked
// without touching or copying the table. Inner header.
#ifndef APLOMB_DECISION_EXPLAIN_OVERLAY_H_
#define APLOMB_DECISION_EXPLAIN_OVERLAY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decision/explain/counterfactual.h"
#include "decision/explain/inquiry.h"
#include "engine/fact_table.h"

namespace aplomb::explain {

// A table of `rows` of the inquiry's (candidates of its need and mode) only; row i is
// rows[i]. Every rule says of them what it says in the whole table.
engine::FactTable TableOf(const Inquiry& inquiry, const std::vector<uint32_t>& rows);

// A price of a component, and the steps in which it is cut: cents, or micros where it is below a
// euro; basis points of a rate; 10,000ths of tiers.
int64_t PriceOf(const engine::PriceComponent& component, PricePart part);
int64_t PriceUnit(PricePart part, int64_t price);

FeatureState StateOf(const engine::FeatureMasks& masks, uint8_t feature);
void SetState(FeatureState state, uint8_t feature, engine::FeatureMasks& masks);

// Makes a change to row `row` of a table, which stands at `place` among the candidates of
// the request's need, or to the request; moves of groups are not made. `tariff` is the tariff
// before any change.
void Make(const Change& change, const engine::Tariff& tariff, uint32_t row, size_t place,
          engine::FactTable& table, engine::Request& request);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_OVERLAY_H_
