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
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "engine/fact_table.h"
#include "engine/rank_index.h"

namespace aplomb::decision {

using Uid = std::array<uint8_t, 16>;  // bytes of a UUID

// A rate that was used: the newest not after the day.
struct AppliedRate {
  std::string currency_code;
  int64_t euros_micros = 0;
  int32_t day = 0;
};

// Why a tariff counts or not on a day. The engine sees an unknown cost for all but kCurrent; people
// are told which it is.
enum class PriceState : uint8_t {
  kCurrent = 1,
  kUndated = 2,  // no tariff, or it does not say when it was read
  kTooOld = 3,   // read longer ago than the rulebook allows
  kPast = 4,     // past its own last day
};
PriceState PriceStateOf(const catalog::v1::Offering& offering, const CompiledRulebook& rulebook,
                        int32_t as_of_day);

// The currencies but EUR that amounts of an offering are in, rising, each once.
std::vector<std::string> ForeignCurrencies(const catalog::v1::Offering& offering);

// The newest rate of each currency that is not after the day, by currency.
std::vector<AppliedRate> RatesOn(const catalog::Snapshot& snapshot, int32_t as_of_day);

// Some columns of one offering as Blindfold would copy them, as a table of one row: for telling how
// a rule came out. Columns not in `slots` are unknown; there is no tariff.
engine::FactTable BlindRow(const catalog::v1::Offering& offering, const CompiledRulebook& rulebook,
                           const std::vector<AppliedRate>& rates, int32_t as_of_day,
                           const std::vector<uint16_t>& slots);

// The same into a table that is used again and again: `row` is empty, or was filled with the same
// rulebook and slots.
void FillBlindRow(const catalog::v1::Offering& offering, const CompiledRulebook& rulebook,
                  const std::vector<AppliedRate>& rates, int32_t as_of_day,
                  const std::vector<uint16_t>& slots, engine::FactTable& row);

// The engine's table, and beside it, out of the engine's reach, what its row and
// group numbers stand for. Rows are in the order of offering UUIDs; results do
// not depend on it.
struct BlindCatalog {
  engine::FactTable table;
  std::vector<Uid> offering_uids;        // by row
  std::vector<Uid> group_uids;           // by group ordinal
  std::vector<std::string> names;        // by row: resource names, for joining afterwards
  std::vector<int32_t> price_days;       // by row: day of the tariff, 0 where unknown
  std::vector<PriceState> price_states;  // by row
  std::vector<uint8_t> foreign;          // by row: 1 where an amount is not in euros
  std::vector<AppliedRate> rates;        // by currency code
  int32_t as_of_day = 0;
  // Of `table` and the rulebook, where many decisions are made from one catalogue; whoever changes
  // the table drops it. Results are the same without it: Decide is quicker with it.
  std::shared_ptr<const engine::RankIndex> index = nullptr;
};

// Builds the table of all offerings whose member is ACTIVE. (Whether an offering
// is PUBLISHED, and still valid, is a constraint of the rulebook, so that its
// exclusion is told.) Deterministic: equal inputs, equal table.
// Without an index.
BlindCatalog Blindfold(const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                       int32_t as_of_day);

// Offerings that are read again one by one, at most.
inline constexpr size_t kReblindMax = 1'024;

// Makes `blind`, which Blindfold made from `before` for the same rulebook, the table of `after`:
// only the offerings that changed are read. Its index stays as it was. Returns the mask of the
// needs that changed rows serve or served; nothing, with `blind` as it was, where more changed than
// the contents of at most kReblindMax offerings (one came or went, members' states or groups,
// rates): use Blindfold.
std::optional<uint64_t> Reblind(const catalog::Snapshot& before, const catalog::Snapshot& after,
                                const CompiledRulebook& rulebook, BlindCatalog& blind);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_BLINDFOLD_H_
