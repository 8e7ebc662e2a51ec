// What would have to change for an offering to be in the first band or in the top
// three: the fewest changes, and of these the smallest. Every answer has been ranked
// by the engine with the changes made. Pure; thread-safe.
//
// A change gives one fact another value out of a finite set, its candidate values: the
// breakpoints and thresholds of the rules that read it, and their neighbours. "Least"
// and "impossible" are said of these sets; docs/explaining.md shows when they leave
// nothing out. A price is cut to the very cent, and an order of priorities is any of the
// 4,683 that a request can state.
#ifndef APLOMB_DECISION_EXPLAIN_COUNTERFACTUAL_H_
#define APLOMB_DECISION_EXPLAIN_COUNTERFACTUAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "decision/explain/inquiry.h"
#include "engine/rank.h"
#include "engine/weights.h"

namespace aplomb::explain {

inline constexpr uint32_t kMaxChanges = 3;
// Sets of changes that one search may try; beyond it the answer is kUndecided.
inline constexpr uint32_t kMaxOfferingTrials = 100'000;
inline constexpr uint32_t kMaxFirmTrials = 400'000;
// Of those of the firm, so many may be ranked in full.
inline constexpr uint32_t kMaxFirmRankings = 2'000;
// Facts, features and prices of the offering that can be varied.
inline constexpr size_t kMaxOfferingLevers = 128;
// Facts and must-haves of the firm that can be varied; one bit each.
inline constexpr size_t kMaxFirmLevers = 64;

enum class FeatureState : uint8_t {
  kUnknown = 0,
  kFull = 1,
  kPartial = 2,
  kOptionPaid = 3,
  kNone = 4,
};

// A price of a component of a tariff. A component may have several.
enum class PricePart : uint8_t {
  kAmount = 0,          // micros; a promotion is never dearer
  kRate = 1,            // basis points
  kPerTransaction = 2,  // micros
  kMinimum = 3,         // micros
  kTiers = 4,           // all its tiers, in 10,000ths of today's prices
};

struct Change {
  enum class Kind : uint8_t {
    kOfferingFact = 1,  // `slot`: column; `from` to `to`, at `evidence`
    kFeature = 2,       // `feature` of the need: `from_feature` to `to_feature`
    kPrice = 3,         // `price` of the component `slot`: `from` to `to`, which is less
    kFirmFact = 4,      // `slot`: request fact; `from` to `to`
    kMustFeature = 5,   // `feature` is wished for instead of required
    kGroupMove = 6,     // `group` goes from tier `from` to tier `to` of the whole order
  };
  Kind kind = Kind::kOfferingFact;
  uint16_t slot = 0;
  uint8_t feature = 0;
  PricePart price = PricePart::kAmount;
  FeatureState from_feature = FeatureState::kUnknown;
  FeatureState to_feature = FeatureState::kUnknown;
  bool from_known = false;  // kOfferingFact, kFirmFact: whether it had been told
  int64_t from = 0;         // 0 unless known
  int64_t to = 0;
  // kOfferingFact: what it must be supported by. The only change where from == to.
  engine::Evidence evidence = engine::Evidence::kNone;
  uint8_t group = 0;
  // Its size, at least 1. A number: how many candidate values it moves over, its own included. A
  // set: members added and taken away. All else: 1; so is telling what was not told, whatever the
  // value. Where what was told has to be supported better, 1 more (1 where nothing else changes).
  // kPrice: twentieths of the price begun. kGroupMove: basis points by which its own weight
  // changes.
  int64_t size = 0;
};

// An order of priorities as a request states it: tier of each group, 0 the most important, dense.
struct WeightOrder {
  engine::WeightMethod method = engine::WeightMethod::kRankOrderCentroid;
  std::array<uint8_t, engine::kGroupCount> tier_of_group = {};
};

// On what terms a goal counts as reached.
struct Terms {
  // A list of fewer ownership groups is no ranking: nobody has a place in it.
  uint32_t min_groups = 0;
  // Whatever the goal is: being ranked is enough.
  bool any_place = false;
};

enum class Found : uint8_t {
  kAlready = 1,     // nothing has to change
  kChanges = 2,     // `changes` do it, and no fewer could
  kImpossible = 3,  // no kMaxChanges changes do
  kUndecided = 4,   // `limit` was met; fewer than `at_least` cannot do
};

// The limits of a search, by the constants above.
enum class Limit : uint8_t {
  kNone = 0,
  kOfferingTrials = 1,
  kFirmTrials = 2,
  kFirmRankings = 3,
  kLevers = 4,
};

struct Counterfactual {
  Found found = Found::kUndecided;
  std::vector<Change> changes =
      {};  // kChanges: 1 to kMaxChanges, in the order of Kind, slot, feature
  // Of all together. An order of priorities: the weight moved, half the sum of what all groups gain
  // and lose, basis points begun.
  int64_t size = 0;
  // Proven: no set of fewer changes than this reaches the goal. kAlready: 0; kChanges: their
  // number; kImpossible: kMaxChanges + 1.
  uint32_t at_least = 0;
  // kChanges: every other set of as many changes was tried or bounded; none is smaller. False
  // where a limit was met on the way, or where a fall of a price may count against an offering.
  bool smallest = true;
  Limit limit = Limit::kNone;  // that was met
  // FindWeightChanges, kChanges: the whole order then.
  WeightOrder order = {};
  // kAlready, kChanges: where the engine places it then.
  int32_t rank = 0;
  int64_t score = 0;
  uint32_t groups = 0;  // ownership groups that are ranked then
  uint32_t trials = 0;
};

// What the offering could change; the field of others stays as it is. `row` is a
// candidate of the inquiry (CHECK); `ranking` is of engine::Rank.
Counterfactual FindOfferingChanges(const Inquiry& inquiry, const engine::Ranking& ranking,
                                   const FactShapes& shapes, uint32_t row, Goal goal,
                                   const Terms& terms = {});

// What the firm could change: facts that are told and `chosen`, and must-haves that
// become wishes. All offerings are ranked anew.
Counterfactual FindFirmChanges(const Inquiry& inquiry, const engine::Ranking& ranking,
                               const FactShapes& shapes, uint32_t row, Goal goal,
                               const Terms& terms = {});

// Which groups could take another place in the order of importance, alone or beside others: all
// weak orders of the groups are considered, under the method of `stated`. Where that gives all
// groups the same weight (kEqual), orders weigh by rank-order centroid. `stated` is what the shares
// of the request were made of (CHECK).
Counterfactual FindWeightChanges(const Inquiry& inquiry, const engine::Ranking& ranking,
                                 const WeightOrder& stated, uint32_t row, Goal goal,
                                 const Terms& terms = {});

// How many groups must be moved, each to any place, to make one order of the other.
uint32_t GroupsMoved(const WeightOrder& from, const WeightOrder& to);

// The ranking after `changes` to the offering `row` or to the request: the proof of an
// answer. Copies the table where the offering changes: for checking, not for searching.
// Moves of groups are left out; RankWithOrder has them.
engine::Ranking RankAfter(const Inquiry& inquiry, uint32_t row, const std::vector<Change>& changes);
engine::Ranking RankWithOrder(const Inquiry& inquiry, const WeightOrder& order);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_COUNTERFACTUAL_H_
