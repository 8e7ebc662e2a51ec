#include "tests/bench/bench_world.h"

#include <utility>

namespace aplomb::bench {
namespace {

using engine::Evidence;

// splitmix64 (Steele, Lea & Flood 2014).
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  int64_t Between(int64_t low, int64_t high) {
    state_ += 0x9E3779B97F4A7C15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return low + static_cast<int64_t>(z % static_cast<uint64_t>(high - low + 1));
  }

 private:
  uint64_t state_;
};

constexpr int64_t kEuro = 1'000'000;
constexpr int64_t kToday = 20'000;
constexpr int64_t kPublished = 2;
constexpr uint8_t kUsers = 1;
constexpr uint8_t kOrders = 4;

// What the firm says, by slot.
enum FirmSlot : uint16_t { kDay, kStaff, kLevel, kPatience, kFirmSlots };

enum class Kind : uint8_t { kYesNo, kLevel, kNumber, kNumberLessFirm };

Kind KindOf(int64_t fact) {
  if (fact < 8) return Kind::kYesNo;
  if (fact < 14) return Kind::kLevel;
  return fact < 20 ? Kind::kNumber : Kind::kNumberLessFirm;
}

int64_t MostOf(Kind kind) {
  switch (kind) {
    case Kind::kYesNo:
      return 1;
    case Kind::kLevel:
      return 4;
    case Kind::kNumber:
      return 100;
    case Kind::kNumberLessFirm:
      return 60;
  }
  return 0;
}

std::vector<engine::Breakpoint> PointsOf(Kind kind, int64_t fact) {
  switch (kind) {
    case Kind::kYesNo:
      return {{0, 0}, {1, 10'000}};
    case Kind::kLevel:
      return {{0, 0}, {2, 6'000}, {4, 10'000}};
    case Kind::kNumber:
      return {{5 + fact % 7, 0}, {20, 2'500}, {45, 6'100}, {80 + fact % 11, 10'000}};
    case Kind::kNumberLessFirm:
      return {{-30, 10'000}, {-7, 8'500}, {0, 6'000}, {20 + fact, 0}};
  }
  return {};
}

engine::Tariff MakeTariff(Dice& dice) {
  using engine::PriceModel;
  engine::Tariff tariff{.evidence = Evidence::kDocumented};
  tariff.components.resize(4);
  tariff.components[0] = {.model = PriceModel::kFlat,
                          .amount_micros = dice.Between(0, 9'000) * kEuro / 100};
  tariff.components[1] = {.model = PriceModel::kPerUser,
                          .metric = kUsers,
                          .amount_micros = dice.Between(0, 3'000) * kEuro / 100,
                          .min_units = dice.Between(1, 5)};
  tariff.components[2] = {.model = PriceModel::kUsage,
                          .metric = kOrders,
                          .amount_micros = dice.Between(1, 900) * kEuro / 100,
                          .included = dice.Between(0, 400),
                          .unit_count = dice.Between(1, 100),
                          .monthly_minimum_micros = dice.Between(0, 3) * kEuro};
  tariff.components[3] = {.model = PriceModel::kSetup,
                          .amount_micros = dice.Between(0, 90'000) * kEuro / 100};
  return tariff;
}

uint16_t AddMeasure(engine::Rules& rules, engine::Measure measure) {
  rules.measures.push_back(std::move(measure));
  return static_cast<uint16_t>(rules.measures.size() - 1);
}

void AddConstraint(engine::Rules& rules, uint16_t left, engine::Operator op, uint16_t right) {
  rules.conditions.push_back(
      {.form = engine::ConditionForm::kComparison, .left = left, .right = right, .op = op});
  rules.constraints.push_back(
      {.satisfied_when = static_cast<uint16_t>(rules.conditions.size() - 1)});
}

void MakeRules(engine::Rules& rules) {
  using engine::FactRef;
  using engine::MeasureKind;
  using engine::Operator;
  const auto offering = [&](uint16_t slot) {
    return AddMeasure(rules, {.kind = MeasureKind::kFact, .first = {.slot = slot}});
  };
  const auto firm = [&](uint16_t slot) {
    return AddMeasure(rules, {.kind = MeasureKind::kFact,
                              .first = {.side = FactRef::Side::kRequest, .slot = slot}});
  };
  const auto number = [&](int64_t n) {
    return AddMeasure(rules, {.kind = MeasureKind::kConstant, .constant = n});
  };
  const uint16_t cost =
      AddMeasure(rules, {.kind = MeasureKind::kCost, .relative = true, .scale = 100});
  AddConstraint(rules, offering(0), Operator::kEq, number(kPublished));
  AddConstraint(rules, offering(1), Operator::kGe, firm(kDay));
  AddConstraint(rules, offering(2), Operator::kLe, firm(kStaff));
  AddConstraint(rules, offering(3), Operator::kGe, firm(kStaff));
  AddConstraint(rules, offering(4), Operator::kGe, firm(kLevel));
  AddConstraint(rules, cost, Operator::kLe, number(300));

  for (int64_t fact = 0; fact < kCriterionFacts; ++fact) {
    const Kind kind = KindOf(fact);
    const auto slot = static_cast<uint16_t>(kConstraintFacts + fact);
    const uint16_t measure =
        kind != Kind::kNumberLessFirm
            ? offering(slot)
            : AddMeasure(rules, {.kind = MeasureKind::kDifference,
                                 .first = {.slot = slot},
                                 .second = {.side = FactRef::Side::kRequest, .slot = kPatience}});
    rules.criteria.push_back(
        {.group = static_cast<uint8_t>(fact % engine::kGroupCount),
         .measure = measure,
         .least_evidence = fact % 3 == 0 ? Evidence::kDocumented : Evidence::kDeclared,
         .breakpoints = PointsOf(kind, fact)});
  }
  rules.criteria.push_back(
      {.group = 1,
       .measure = cost,
       .breakpoints = {{25, 10'000}, {50, 8'500}, {100, 5'000}, {150, 1'500}, {200, 0}}});
  rules.needs.resize(1);
  rules.needs[0][0] = {.criteria = (uint64_t{1} << rules.criteria.size()) - 1,
                       .constraints = (uint64_t{1} << rules.constraints.size()) - 1,
                       .minimum_facts = {{.kind = engine::MinimumFact::Kind::kCost}}};
  rules.band_width = 1;  // the order of scores, as the peers have it
  rules.offering_slots = kConstraintFacts + kCriterionFacts;
  rules.request_slots = kFirmSlots;
}

void AddFact(engine::Column& column, int64_t value, Evidence evidence) {
  column.values.push_back(evidence == Evidence::kNone ? 0 : value);
  column.evidence.push_back(evidence);
}

void AddRow(Dice& dice, engine::FactTable& table) {
  const uint32_t row = table.row_count++;
  AddFact(table.columns[0], kPublished, Evidence::kChecked);
  AddFact(table.columns[1], kToday + dice.Between(0, 700), Evidence::kChecked);
  AddFact(table.columns[2], dice.Between(0, 10), Evidence::kDeclared);
  AddFact(table.columns[3], 10 * dice.Between(2, 50), Evidence::kDeclared);
  AddFact(table.columns[4], dice.Between(0, 3), Evidence::kDeclared);
  for (int64_t fact = 0; fact < kCriterionFacts; ++fact) {
    const auto evidence =
        dice.Between(1, 10) == 1 ? Evidence::kNone : static_cast<Evidence>(dice.Between(1, 4));
    AddFact(table.columns[static_cast<size_t>(kConstraintFacts + fact)],
            dice.Between(0, MostOf(KindOf(fact))), evidence);
  }
  table.modes.push_back(engine::DeliveryMode::kDoItYourself);
  table.kinds.push_back(1);
  table.groups.push_back(row);
  table.needs.push_back(1);
  table.tariffs.push_back(MakeTariff(dice));
  table.candidates[0].rows.push_back(row);
  table.candidates[0].features.push_back({});
  table.group_count = table.row_count;
}

}  // namespace

World MakeWorld(uint32_t rows, Firm firm) {
  World world;
  MakeRules(world.rules);
  world.table.columns.resize(world.rules.offering_slots);
  world.table.candidates.resize(1);
  Dice dice(42);
  for (uint32_t row = 0; row < rows; ++row) AddRow(dice, world.table);
  engine::Request& request = world.request;
  request.facts.assign(kFirmSlots, {.value = 0, .known = true});
  request.facts[kDay].value = kToday;
  request.facts[kStaff].value = firm == Firm::kAll ? 12 : 350;
  request.facts[kLevel].value = firm == Firm::kAll ? 0 : 2;
  request.facts[kPatience].value = 30;
  request.usage[kUsers] = 12;
  request.usage[kOrders] = 600;
  request.usage_told[kUsers] = true;
  request.usage_told[kOrders] = true;
  request.target_micros = firm == Firm::kAll ? 180'000 * kEuro : 25'000 * kEuro;
  request.group_shares = {147, 87, 57, 37, 22, 10};
  return world;
}

}  // namespace aplomb::bench
