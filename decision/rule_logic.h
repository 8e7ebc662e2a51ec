// What can be seen of a condition without evaluating it: between which bounds it
// holds its left sides. Pure functions.
#ifndef APLOMB_DECISION_RULE_LOGIC_H_
#define APLOMB_DECISION_RULE_LOGIC_H_

#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include "aplomb/catalog/v1/rulebook.pb.h"

namespace aplomb::decision {

// A range of whole numbers, both ends in it.
struct Bounds {
  int64_t min = std::numeric_limits<int64_t>::min();
  int64_t max = std::numeric_limits<int64_t>::max();
  bool empty() const { return min > max; }
  bool Covers(const Bounds& other) const { return min <= other.min && other.max <= max; }
};

// A box around the cases in which a condition holds: bounds by left side.
struct Box {
  std::map<std::string, Bounds> bounds;
  bool exact = true;  // the condition holds everywhere in the box

  // No case at all can be in it.
  bool empty() const;
  // True only if this box holds every case of `other`, and its condition with it.
  bool Covers(const Box& other) const;
};

Box BoxOf(const catalog::v1::Condition& condition);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_RULE_LOGIC_H_
