#include "decision/rule_logic.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "decision/fact_registry.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Comparison;
using catalog::v1::Condition;

// The number on the right, where it is one.
std::optional<int64_t> RightNumber(const Comparison& comparison) {
  switch (comparison.right_case()) {
    case Comparison::kValue:
      return comparison.value();
    case Comparison::kTruth:
      return comparison.truth() ? 1 : 0;
    case Comparison::kEnumValue: {
      const FactInfo* fact = FactRegistry::Get().Find(comparison.left().fact());
      if (fact == nullptr || fact->enum_type == nullptr) return std::nullopt;
      const auto* value = fact->enum_type->FindValueByName(comparison.enum_value());
      if (value == nullptr) return std::nullopt;
      return value->number();
    }
    default:
      return std::nullopt;
  }
}

std::optional<Bounds> BoundsOf(Comparison::Operator op, int64_t right) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  switch (op) {
    case Comparison::EQ:
      return Bounds{right, right};
    case Comparison::LE:
      return Bounds{kMin, right};
    case Comparison::GE:
      return Bounds{right, kMax};
    case Comparison::LT:
      return right == kMin ? Bounds{0, -1} : Bounds{kMin, right - 1};
    case Comparison::GT:
      return right == kMax ? Bounds{0, -1} : Bounds{right + 1, kMax};
    default:
      return std::nullopt;
  }
}

Box BoxOfComparison(const Comparison& comparison) {
  Box box;
  const std::optional<int64_t> right = RightNumber(comparison);
  const std::optional<Bounds> bounds =
      right.has_value() ? BoundsOf(comparison.op(), *right) : std::nullopt;
  if (bounds.has_value()) {
    // With another evidence it is another question.
    box.bounds[absl::StrCat(static_cast<int>(comparison.least_evidence()), ":",
                            comparison.left().SerializeAsString())] = *bounds;
  } else {
    box.exact = false;
  }
  return box;
}

}  // namespace

bool Box::empty() const {
  return std::any_of(bounds.begin(), bounds.end(),
                     [](const auto& entry) { return entry.second.empty(); });
}

bool Box::Covers(const Box& other) const {
  if (!exact) return false;
  return std::all_of(bounds.begin(), bounds.end(), [&](const auto& entry) {
    const auto it = other.bounds.find(entry.first);
    return it != other.bounds.end() && entry.second.Covers(it->second);
  });
}

Box BoxOf(const Condition& condition) {
  if (condition.has_comparison()) return BoxOfComparison(condition.comparison());
  Box box;
  if (!condition.has_all()) {
    box.exact = false;
    return box;
  }
  for (const Condition& child : condition.all().conditions()) {
    const Box inner = BoxOf(child);
    box.exact &= inner.exact;
    for (const auto& [left, bounds] : inner.bounds) {
      Bounds& mine = box.bounds[left];
      mine.min = std::max(mine.min, bounds.min);
      mine.max = std::min(mine.max, bounds.max);
    }
  }
  return box;
}

}  // namespace aplomb::decision
