#include "decision/explain/shapes.h"

#include <algorithm>
#include <initializer_list>

#include "catalog/code_lists.h"
#include "decision/derived_facts.h"
#include "decision/fact_registry.h"

namespace aplomb::explain {
namespace {

using decision::DerivedFact;
using decision::FactInfo;
using decision::FactKind;
using decision::FactSide;

// Bounds that no sensible answer goes past.
constexpr int64_t kMaxNumber = 1'000'000'000;
constexpr int64_t kMaxDays = 3'650;

bool Is(const FactInfo& info, std::initializer_list<DerivedFact> facts) {
  return std::any_of(facts.begin(), facts.end(),
                     [&](DerivedFact fact) { return info.fact_id == static_cast<int32_t>(fact); });
}

// What nobody says as such.
bool IsFixed(const FactInfo& info) {
  return info.kind == FactKind::kDay ||
         Is(info, {DerivedFact::kNeeds, DerivedFact::kClaimsValid, DerivedFact::kPriceAgeDays,
                   DerivedFact::kDeliveryMode, DerivedFact::kAsOfDay, DerivedFact::kNeed,
                   DerivedFact::kHasDeadline, DerivedFact::kToldSellsToConsumers,
                   DerivedFact::kPaymentMethodCount, DerivedFact::kMustFeatureCount,
                   DerivedFact::kTargetPerMonth, DerivedFact::kRequestedMode});
}

// What one answer of the firm says together with something else that the request reads: to say it
// otherwise moves the other as well, so that the fact by itself is nothing a firm could enter. A
// budget is read as ceilings and as the target of costs, a deadline also as having one, methods of
// payment also as their number.
bool IsPartOfAnAnswer(const FactInfo& info) {
  if (info.name.rfind("firm.budget.", 0) == 0) return info.kind == FactKind::kMoney;
  return Is(info, {DerivedFact::kOneOffMax, DerivedFact::kMonthlyMax, DerivedFact::kFirstYearMax,
                   DerivedFact::kTco36Max, DerivedFact::kDaysToDeadline,
                   DerivedFact::kPaymentMethodsWanted});
}

// What a firm wants, and can say otherwise, rather than what it is or has.
bool IsChosen(const FactInfo& info) {
  if (info.name.rfind("firm.data.", 0) == 0 || IsPartOfAnAnswer(info)) return false;
  return !Is(
      info, {DerivedFact::kSizeClass, DerivedFact::kStaff, DerivedFact::kRegion,
             DerivedFact::kExistingToolClasses, DerivedFact::kActivity, DerivedFact::kDataSensitive,
             DerivedFact::kSellsToConsumers, DerivedFact::kAccessibilityRequired});
}

int64_t MaskOfMembers(const FactInfo& info) {
  uint64_t mask = 0;
  if (info.enum_type != nullptr) {
    for (int i = 0; i < info.enum_type->value_count(); ++i) {
      const int number = info.enum_type->value(i)->number();
      if (number > 0 && number < 63) mask |= uint64_t{1} << number;
    }
  } else {
    const size_t size = std::min<size_t>(catalog::CodeListSize(info.code_list), 63);
    mask = (uint64_t{1} << size) - 1;
  }
  return static_cast<int64_t>(mask);
}

FactShape ShapeOf(const FactInfo& info) {
  FactShape shape{.chosen = IsChosen(info)};
  if (IsFixed(info)) return shape;
  switch (info.kind) {
    case FactKind::kBoolean:
      shape.kind = FactShape::Kind::kBoolean;
      break;
    case FactKind::kEnum:
      shape.kind = FactShape::Kind::kCode;
      for (int i = 0; i < info.enum_type->value_count(); ++i) {
        const int number = info.enum_type->value(i)->number();
        if (number != 0) shape.codes.push_back(number);
      }
      std::sort(shape.codes.begin(), shape.codes.end());
      break;
    case FactKind::kSet:
      shape.kind = FactShape::Kind::kSet;
      shape.mask = MaskOfMembers(info);
      break;
    case FactKind::kMoney:
      shape.kind = FactShape::Kind::kNumber;
      shape.high = engine::kMaxMicros;
      break;
    case FactKind::kLimit:
      shape.kind = FactShape::Kind::kLimit;
      shape.high = engine::kMaxUsage;
      break;
    case FactKind::kPacked:
      // A firm's trade packs codes of three levels that belong together: no list of them is here.
      if (info.side == FactSide::kOffering) shape.kind = FactShape::Kind::kTrades;
      break;
    case FactKind::kDay:
      break;
    case FactKind::kInteger:
      shape.kind = FactShape::Kind::kNumber;
      shape.high = kMaxNumber;
      if (info.unit == "bp") shape.high = engine::kValueMax;
      if (info.unit == "days") shape.high = kMaxDays;
      break;
  }
  // Whole numbers that name classes, and bounds that may be absent.
  if (Is(info, {DerivedFact::kSizeClass})) {
    shape.kind = FactShape::Kind::kNumber;
    shape.high = engine::kSizeClassCount - 1;
  } else if (Is(info, {DerivedFact::kHostingClass})) {
    shape.kind = FactShape::Kind::kNumber;
    shape.high = 3;
  } else if (Is(info, {DerivedFact::kFirstYearMax, DerivedFact::kTco36Max})) {
    shape.kind = FactShape::Kind::kLimit;
    shape.high = engine::kMaxMicros;
  } else if (Is(info, {DerivedFact::kDaysToDeadline})) {
    shape.kind = FactShape::Kind::kLimit;
    shape.high = kMaxDays;
  } else if (info.name == "firm.digital_skill" || Is(info, {DerivedFact::kSkillRequired})) {
    shape.high = 4;
  }
  return shape;
}

}  // namespace

FactShapes ShapesOf(const decision::CompiledRulebook& rulebook) {
  FactShapes shapes;
  for (const FactInfo* info : rulebook.offering_slots) shapes.offering.push_back(ShapeOf(*info));
  for (const FactInfo* info : rulebook.request_slots) shapes.request.push_back(ShapeOf(*info));
  return shapes;
}

uint64_t MandatoryConstraints(const decision::CompiledRulebook& rulebook) {
  uint64_t mask = 0;
  for (int i = 0; i < rulebook.source.constraints_size(); ++i) {
    if (rulebook.source.constraints(i).mandatory()) mask |= uint64_t{1} << i;
  }
  return mask;
}

}  // namespace aplomb::explain
