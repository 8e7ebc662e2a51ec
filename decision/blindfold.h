// The only door from the catalogue to the engine. Copies FACT fields, and facts
// derived from FACT fields, into numbered columns; nothing else passes, and the
// types on the far side could not hold it.
//
// Unknown becomes: an absent field; a fact whose claim has expired on the day; a
// tariff older than the rulebook allows, or in a currency without a rate.
#ifndef APLOMB_DECISION_BLINDFOLD_H_
#define APLOMB_DECISION_BLINDFOLD_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "engine/fact_table.h"

namespace aplomb::decision {

using Uid = std::array<uint8_t, 16>;  // bytes of a UUID

// A rate that was used: the newest not after the day.
struct AppliedRate {
  std::string currency_code;
  int64_t euros_micros = 0;
  int32_t day = 0;
};

// The engine's table, and beside it, out of the engine's reach, what its row and
// group numbers stand for. Rows are in the order of offering UUIDs; results do
// not depend on it.
struct BlindCatalog {
  engine::FactTable table;
  std::vector<Uid> offering_uids;     // by row
  std::vector<Uid> group_uids;        // by group ordinal
  std::vector<std::string> names;     // by row: resource names, for joining afterwards
  std::vector<int32_t> price_days;    // by row: day of the tariff, 0 where unknown
  std::vector<AppliedRate> rates;     // by currency code
  int32_t as_of_day = 0;
};

// Builds the table of all offerings whose member is ACTIVE. (Whether an offering
// is PUBLISHED, and still valid, is a constraint of the rulebook, so that its
// exclusion is told.) Deterministic: equal inputs, equal table.
BlindCatalog Blindfold(const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                       int32_t as_of_day);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_BLINDFOLD_H_
