// What every explanation is about: one need in one delivery mode, as the engine
// saw it. Start here. Everything in this room is a pure function of an Inquiry and,
// where it says so, of the Ranking that engine::Rank makes of it: integers only, no
// clock, no I/O, no names. Rows, slots, ordinals and masks are the engine's; whoever
// shows an explanation joins the words. Algorithms and proofs: docs/explaining.md.
// All functions are thread-safe and keep no state.
#ifndef APLOMB_DECISION_EXPLAIN_INQUIRY_H_
#define APLOMB_DECISION_EXPLAIN_INQUIRY_H_

#include <cstdint>
#include <vector>

#include "engine/fact_table.h"
#include "engine/rank.h"
#include "engine/rules.h"

namespace aplomb::explain {

// Refers to what must outlive it: CompiledRulebook::rules, BlindCatalog::table and
// CompiledNeed::requests[mode - 1].
struct Inquiry {
  const engine::Rules& rules;
  const engine::FactTable& table;
  const engine::Request& request;
  engine::DeliveryMode mode = engine::DeliveryMode::kDoItYourself;
};

// The first places of a ranking. Inside a band the lot decides, so that no
// explanation may hang on it: "the top three" are all offerings that fewer than three
// offerings beat by a band.
inline constexpr uint32_t kTopPlaces = 3;

enum class Goal : uint8_t { kFirstBand = 1, kTopThree = 2 };

// The bands that hold the top three, best first, each with its rows ascending; they
// hold at least kTopPlaces offerings, or all that are ranked. Two rankings with equal
// leading bands show the same first three offerings in the same order, because the
// lot in a band hangs on who is in it and on nothing else.
std::vector<std::vector<uint32_t>> LeadingBands(const engine::Ranking& ranking);

// Ranks with the lot left out: bands, ranks, scores and findings are those of any
// other call of engine::Rank; the order of equals is that of the rows.
engine::Ranking RankWithoutLot(const Inquiry& inquiry);

// Where an offering stands.
enum class Standing : uint8_t {
  kNotCandidate = 1,  // does not serve the need, or serves it in the other mode
  kExcluded = 2,
  kToConfirm = 3,
  kRanked = 4,
};

// Whether `row` stands where the goal asks. False where it is not ranked.
bool Reaches(const engine::Ranking& ranking, uint32_t row, Goal goal);

// What a fact can be, so that nothing is proposed which no offering or firm could say.
struct FactShape {
  enum class Kind : uint8_t {
    kFixed = 0,    // never varied: what is asked, the day, what follows from other facts
    kBoolean = 1,  // 0, 1
    kCode = 2,     // one of `codes`
    kNumber = 3,   // `low` to `high`, both inclusive
    kLimit = 4,    // as kNumber, or engine::kUnlimited
    kSet = 5,      // any subset of `mask`
    kTrades = 6,   // offering: packed sectors
  };
  Kind kind = Kind::kFixed;
  std::vector<int64_t> codes = {};  // kCode, ascending
  int64_t low = 0;
  int64_t high = 0;
  int64_t mask = 0;  // kSet
  // Facts of the firm: false for what it is and does not choose (size, place, trade). That is asked
  // for where unknown, and never proposed to be changed.
  bool chosen = true;
};

// The shapes of all facts of an Inquiry; as long as Rules::offering_slots and
// Rules::request_slots. aplomb::explain_shapes makes them of a compiled rulebook.
struct FactShapes {
  std::vector<FactShape> offering = {};
  std::vector<FactShape> request = {};
};

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_INQUIRY_H_
