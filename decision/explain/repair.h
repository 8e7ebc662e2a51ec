// When nothing is ranked: which wishes of the firm to relax. Never a rule of law or
// safety. Every set was tried by the engine, and so was every smaller one. Pure;
// thread-safe.
#ifndef APLOMB_DECISION_EXPLAIN_REPAIR_H_
#define APLOMB_DECISION_EXPLAIN_REPAIR_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "decision/explain/inquiry.h"
#include "engine/rank.h"

namespace aplomb::explain {

inline constexpr uint32_t kMaxRepairs = 5;
inline constexpr uint32_t kMaxRelaxed = 4;  // wishes in one set
inline constexpr uint32_t kMaxWishes = 64;
inline constexpr uint32_t kMaxRepairTrials = 4'000;  // rankings of the field

// Something that the firm wants and could do without.
struct Wish {
  enum class Kind : uint8_t {
    kMustFeature = 1,  // `feature` becomes a wish
    // What the firm says is taken as met in `constraint`; what it asks of the offering by itself
    // (to be published, say) stays.
    kConstraint = 2,
  };
  Kind kind = Kind::kConstraint;
  uint8_t feature = 0;
  uint8_t constraint = 0;
};

// A set of wishes with which something is ranked, and no part of which does the same.
struct Repair {
  std::vector<Wish> relaxed = {};       // in the order of importance given
  std::vector<uint32_t> regained = {};  // rows that are ranked then, ascending; never empty
};

struct Repairs {
  // At most kMaxRepairs, those of up to kMaxRelaxed wishes; where there are none, one larger.
  // In order: the set whose most important wish is the least important first; then more
  // regained; then fewer wishes; then the one that spares the more important of the others.
  std::vector<Repair> repairs = {};
  bool complete = false;  // every set up to kMaxRelaxed was settled before the limit of trials
  uint32_t trials = 0;
};

// `wishes`, most important first; at most kMaxWishes (CHECK). Empty `repairs` where
// something is ranked already, or where relaxing all of them does not help.
Repairs FindRepairs(const Inquiry& inquiry, const engine::Ranking& ranking,
                    const std::vector<Wish>& wishes);

// The usual wishes, most important first: must-haves, and the applied constraints that are neither
// mandatory nor free of anything that the firm says. A constraint about the coverage of must-haves
// is none: its must-haves are.
//
// The order is the firm's own: first the wishes of the group of criteria that it weighs most
// (GroupOf), and so on, then those of no group; within a group must-haves in the order given (those
// not in it after them, by ordinal), then constraints by ordinal.
std::vector<Wish> UsualWishes(const Inquiry& inquiry, uint64_t mandatory_constraints,
                              const std::vector<uint8_t>& must_features_order);

// The group of criteria whose importance a wish shares: that of the criteria which read most of the
// facts (of the offering or of the firm), prices, volumes and features that it reads; of equals the
// one with the first such criterion. Nothing where none does.
std::optional<uint8_t> GroupOf(const Inquiry& inquiry, const Wish& wish);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_REPAIR_H_
