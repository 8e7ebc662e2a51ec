#include "tests/engine/random_world.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <numeric>

#include "engine/sector.h"

namespace aplomb::engine {
namespace {

// Columns and request facts of all random worlds.
enum OfferingSlot : uint16_t {
  kSmall,
  kSet,
  kNumber,
  kStaffMin,
  kStaffMax,
  kTrades,
  kLimit,
  kLast
};
enum FirmSlot : uint16_t { kFirmSmall, kFirmSet, kFirmNumber, kFirmSize, kFirmTrade, kFirmLast };

constexpr uint32_t kFeatures = 5;
constexpr uint32_t kNeeds = 3;

int64_t RandomValue(Dice& dice, uint16_t slot) {
  switch (slot) {
    case kSet:
      return dice.Between(0, 15);
    case kNumber:
      return dice.OneIn(20) ? dice.Pick<int64_t>({kUnlimited, -kUnlimited}) : dice.Between(-5, 20);
    case kStaffMin:
      return dice.Pick<int64_t>({0, 1, 5, 10, 50});
    case kStaffMax:
      return dice.Pick<int64_t>({0, 9, 49, 249, 1'000, kUnlimited});
    case kTrades: {
      if (dice.OneIn(4)) return kGenericSector;
      std::array<Sector, kMaxSectors> sectors = {};
      for (Sector& sector : sectors) {
        if (dice.OneIn(2)) continue;
        sector = dice.Pick<Sector>({{SectorLevel::kSection, 9},
                                    {SectorLevel::kDivision, 56},
                                    {SectorLevel::kClass, 5610},
                                    {SectorLevel::kClass, 5630},
                                    {SectorLevel::kSection, 3}});
      }
      return PackSectors(sectors);
    }
    case kLimit:
      return dice.OneIn(4) ? kUnlimited : dice.Between(0, 400);
    default:
      return dice.Between(0, 3);
  }
}

int64_t RandomFirmValue(Dice& dice, uint16_t slot) {
  if (slot == kFirmSize) return dice.Between(0, 4);
  if (slot == kFirmTrade) {
    return PackActivity(dice.Pick<Activity>(
        {{9, 56, 5610}, {9, 56, 5630}, {9, 55, 5510}, {3, 10, 1071}, {9, 0, 0}}));
  }
  return RandomValue(dice, slot);  // the first three slots mean the same on both sides
}

Evidence RandomEvidence(Dice& dice) {
  return dice.OneIn(4) ? Evidence::kNone : static_cast<Evidence>(dice.Between(1, 4));
}

void RandomFacts(Dice& dice, World& w) {
  const uint32_t rows = w.table.row_count;
  for (uint16_t slot = 0; slot < kLast; ++slot) {
    Column& column = w.table.columns[slot];
    for (uint32_t row = 0; row < rows; ++row) {
      column.values[row] = RandomValue(dice, slot);
      column.evidence[row] = RandomEvidence(dice);
    }
  }
  for (uint32_t row = 0; row < rows; ++row) {
    w.table.modes[row] = static_cast<DeliveryMode>(dice.OneIn(5) ? 2 : 1);
    w.table.kinds[row] = static_cast<uint8_t>(dice.Between(1, 3));
    w.table.groups[row] = static_cast<uint32_t>(dice.Between(0, rows / 2));
    w.table.needs[row] = 1u | (dice.Bits() & 6u);
    if (!dice.OneIn(5)) w.table.tariffs[row] = RandomTariff(dice);
  }
  w.table.group_count = rows / 2 + 1;
  NeedCandidates& candidates = w.table.candidates[0];
  for (FeatureMasks& masks : candidates.features) {
    masks = {};
    if (dice.OneIn(8)) continue;
    for (uint32_t f = 0; f < kFeatures; ++f) {
      const std::vector<uint32_t*> places = {&masks.full, &masks.partial, &masks.option_paid,
                                             &masks.none};
      const int64_t place = dice.Between(0, 6);  // often FULL, sometimes unknown
      if (place < 6) *places[static_cast<size_t>(place >= 4 ? 0 : place)] |= 1u << f;
    }
  }
}

void RandomRequest(Dice& dice, World& w) {
  Request& q = w.request;
  for (uint16_t slot = 0; slot < kFirmLast; ++slot) {
    q.facts[slot] = {.value = RandomFirmValue(dice, slot), .known = !dice.OneIn(6)};
  }
  const auto wanted = static_cast<uint32_t>(dice.Bits() & 31u);
  const auto must = static_cast<uint32_t>(dice.Bits() & dice.Bits() & 31u);
  q.must_features = wanted & must;
  q.nice_features = wanted & ~must;
  RandomUsage(dice, q);
  q.target_micros = dice.Between(1, dice.Pick<int64_t>({100, 100'000'000, 10'000'000'000}));
  for (int64_t n = dice.Between(0, 2); n > 0; --n) {
    q.added_costs.push_back({.unless_needs = dice.Bits() & 6u,
                             .only_kind = static_cast<uint8_t>(dice.Between(0, 3)),
                             .need = static_cast<uint8_t>(dice.Between(0, 2)),
                             .one_off_micros = dice.Between(0, 99'999'999),
                             .monthly_micros = dice.Between(0, 9'999'999),
                             .rate_bp = static_cast<int32_t>(
                                 dice.OneIn(2) ? 0 : dice.Between(0, 10'000)),
                             .metric = static_cast<uint8_t>(dice.Between(1, kMetricCount - 1))});
  }
  for (int64_t& share : q.group_shares) share = dice.Between(1, 9'000);
}

// ---------------------------------------------------------------- wild rules

Measure WildMeasure(Dice& dice) {
  Measure m;
  m.kind = dice.Pick<MeasureKind>({MeasureKind::kFact, MeasureKind::kFact, MeasureKind::kFact,
                                   MeasureKind::kConstant, MeasureKind::kFeatureCoverage,
                                   MeasureKind::kSetCoverage, MeasureKind::kSizeDistance,
                                   MeasureKind::kSectorFit, MeasureKind::kDifference,
                                   MeasureKind::kHeadroom, MeasureKind::kCost, MeasureKind::kCost});
  m.constant = dice.Between(0, 3);
  m.scope_must = dice.OneIn(2);
  m.figure = static_cast<CostFigure>(dice.Between(1, 4));
  m.relative = !dice.OneIn(3);
  m.scale = dice.Pick<int64_t>({100, 10'000});
  const auto fact = [&]() -> FactRef {
    if (dice.OneIn(4)) return {FactRef::Side::kRequest, static_cast<uint16_t>(dice.Between(0, 2))};
    return {FactRef::Side::kOffering, static_cast<uint16_t>(dice.Between(0, 2))};
  };
  m.first = fact();
  m.second = fact();
  if (m.kind == MeasureKind::kSetCoverage) {
    m.first = {FactRef::Side::kOffering, kSet};
    m.second = {FactRef::Side::kRequest, kFirmSet};
  } else if (m.kind == MeasureKind::kSizeDistance) {
    m.first = {FactRef::Side::kOffering, kStaffMin};
    m.second = {FactRef::Side::kOffering, kStaffMax};
    m.third = {FactRef::Side::kRequest, kFirmSize};
  } else if (m.kind == MeasureKind::kSectorFit) {
    m.first = {FactRef::Side::kOffering, kTrades};
    m.second = {FactRef::Side::kRequest, kFirmTrade};
  } else if (m.kind == MeasureKind::kHeadroom) {
    m.limits = {{kLimit, 4}};
    if (dice.OneIn(2)) m.limits.push_back({kStaffMax, 1});
  }
  return m;
}

Measure WildSteps(Dice& dice, uint32_t conditions) {
  Measure m;
  m.kind = dice.OneIn(2) ? MeasureKind::kLadder : MeasureKind::kFirstMatch;
  m.constant = dice.Between(0, 10);
  for (int64_t n = dice.Between(0, 4); n > 0; --n) {
    m.steps.push_back({.when = static_cast<ConditionId>(dice.Between(0, conditions - 1)),
                       .amount = dice.Between(1, 5)});
  }
  return m;
}

Condition WildCondition(Dice& dice, uint32_t measures, uint32_t conditions) {
  Condition c;
  if (conditions == 0 || dice.OneIn(2)) {
    c.form = ConditionForm::kComparison;
    c.left = static_cast<MeasureId>(dice.Between(0, measures - 1));
    c.right = static_cast<MeasureId>(dice.Between(0, measures - 1));
    c.op = static_cast<Operator>(dice.Between(1, 8));
    c.least_evidence = static_cast<Evidence>(dice.Between(1, 4));
    return c;
  }
  c.form = static_cast<ConditionForm>(dice.Between(1, 3));
  const int64_t children = c.form == ConditionForm::kNot ? 1 : dice.Between(0, 3);
  for (int64_t n = 0; n < children; ++n) {
    c.children.push_back(static_cast<ConditionId>(dice.Between(0, conditions - 1)));
  }
  return c;
}

std::vector<Breakpoint> WildBreakpoints(Dice& dice) {
  std::vector<Breakpoint> points;
  const int64_t step = dice.Pick<int64_t>({1, 5, 100, 3'000, 100'000'000, int64_t{1} << 60});
  int64_t x = dice.Between(-step, step);
  for (int64_t n = dice.Between(1, 5); n > 0; --n) {
    points.push_back({.x = x, .value = static_cast<int32_t>(dice.Between(0, kValueMax))});
    x += dice.Between(1, step);
  }
  return points;
}

// Conditions [0, 3) read the request only.
void WildRules(Dice& dice, World& w) {
  Rules& r = w.rules;
  const auto add_condition = [&](uint32_t measures) {
    const auto known = static_cast<uint32_t>(r.conditions.size());
    r.conditions.push_back(WildCondition(dice, measures, known));
  };
  for (uint16_t slot = 0; slot < 3; ++slot) {
    r.measures.push_back({.kind = MeasureKind::kFact, .first = {FactRef::Side::kRequest, slot}});
  }
  for (int i = 0; i < 3; ++i) add_condition(3);
  for (int i = 0; i < 8; ++i) r.measures.push_back(WildMeasure(dice));
  for (int i = 0; i < 5; ++i) add_condition(static_cast<uint32_t>(r.measures.size()));
  for (int i = 0; i < 3; ++i) {
    r.measures.push_back(WildSteps(dice, static_cast<uint32_t>(r.conditions.size())));
  }
  for (int i = 0; i < 3; ++i) add_condition(static_cast<uint32_t>(r.measures.size()));

  const auto any_measure = [&] {
    return static_cast<MeasureId>(dice.Between(0, static_cast<int64_t>(r.measures.size()) - 1));
  };
  const auto any_condition = [&] {
    return static_cast<ConditionId>(dice.Between(0, static_cast<int64_t>(r.conditions.size()) - 1));
  };
  const auto of_request = [&] {
    return dice.OneIn(2) ? kNoId : static_cast<ConditionId>(dice.Between(0, 2));
  };
  for (int64_t n = dice.Between(0, 6); n > 0; --n) {
    r.criteria.push_back({.group = static_cast<uint8_t>(dice.Between(0, kGroupCount - 1)),
                          .parts_in_group = static_cast<uint8_t>(dice.Between(1, 3)),
                          .measure = any_measure(),
                          .applies_when = of_request(),
                          .least_evidence = static_cast<Evidence>(dice.Between(1, 4)),
                          .breakpoints = WildBreakpoints(dice)});
  }
  for (int64_t n = dice.Between(0, 3); n > 0; --n) {
    r.constraints.push_back({.applies_when = of_request(),
                             .satisfied_when = any_condition(),
                             .observed = dice.OneIn(2) ? kNoId : any_measure(),
                             .exclude_when_unknown = dice.OneIn(2)});
  }
  r.band_width = dice.Pick<int64_t>({1, 70, 1'000'000, 10'000'000, 100'000'000});
}

// ---------------------------------------------------------------- tame rules

std::vector<Breakpoint> TameBreakpoints(Dice& dice, int64_t low, int64_t high, bool rising) {
  const int64_t step = std::max<int64_t>(1, (high - low) / 3);
  std::vector<Breakpoint> points;
  std::vector<int64_t> values;
  for (int i = 0; i < 4; ++i) values.push_back(dice.Between(0, kValueMax));
  std::sort(values.begin(), values.end());
  if (!rising) std::reverse(values.begin(), values.end());
  for (int i = 0; i < 4; ++i) {
    points.push_back({.x = low + i * step + dice.Between(0, step - 1),
                      .value = static_cast<int32_t>(values[static_cast<size_t>(i)])});
  }
  return points;
}

ConditionId TameComparison(Dice& dice, Rules& r, MeasureId left, Operator op, int64_t right) {
  r.measures.push_back({.kind = MeasureKind::kConstant, .constant = right});
  r.conditions.push_back({.form = ConditionForm::kComparison,
                          .left = left,
                          .right = static_cast<MeasureId>(r.measures.size() - 1),
                          .op = op,
                          .least_evidence = static_cast<Evidence>(dice.Between(1, 3))});
  return static_cast<ConditionId>(r.conditions.size() - 1);
}

MeasureId AddMeasure(Rules& r, Measure m) {
  r.measures.push_back(std::move(m));
  return static_cast<MeasureId>(r.measures.size() - 1);
}

// Any statement about facts; costs do not occur in it.
ConditionId TameCondition(Dice& dice, Rules& r, int depth) {
  if (depth == 0 || dice.OneIn(2)) {
    const auto slot = static_cast<uint16_t>(dice.Between(0, 2));
    const MeasureId fact =
        AddMeasure(r, {.kind = MeasureKind::kFact, .first = {FactRef::Side::kOffering, slot}});
    return TameComparison(dice, r, fact, static_cast<Operator>(dice.Between(1, 8)),
                          dice.Between(0, 3));
  }
  Condition c;
  c.form = static_cast<ConditionForm>(dice.Between(1, 3));
  const int64_t children = c.form == ConditionForm::kNot ? 1 : 2;
  for (int64_t i = 0; i < children; ++i) c.children.push_back(TameCondition(dice, r, depth - 1));
  r.conditions.push_back(std::move(c));
  return static_cast<ConditionId>(r.conditions.size() - 1);
}

Measure TameSteps(Dice& dice, Rules& r, bool ladder) {
  Measure m;
  m.kind = ladder ? MeasureKind::kLadder : MeasureKind::kFirstMatch;
  for (int64_t amount = 4; amount >= 1; --amount) {  // the best case first
    m.steps.push_back({.when = TameCondition(dice, r, 2), .amount = amount});
  }
  return m;
}

void AddTameCriterion(Dice& dice, Rules& r, Measure m, int64_t low, int64_t high, bool rising) {
  r.criteria.push_back({.group = static_cast<uint8_t>(dice.Between(0, kGroupCount - 1)),
                        .parts_in_group = static_cast<uint8_t>(dice.Between(1, 3)),
                        .measure = AddMeasure(r, std::move(m)),
                        .least_evidence = static_cast<Evidence>(dice.Between(1, 3)),
                        .breakpoints = TameBreakpoints(dice, low, high, rising)});
}

void TameRules(Dice& dice, World& w) {
  Rules& r = w.rules;
  for (int figure = 1; figure <= 4; ++figure) {
    const int64_t scale = dice.Pick<int64_t>({100, 10'000});
    AddTameCriterion(dice, r,
                     {.kind = MeasureKind::kCost,
                      .figure = static_cast<CostFigure>(figure),
                      .relative = true,
                      .scale = scale},
                     0, scale * dice.Between(1, 3), false);
  }
  AddTameCriterion(dice, r, {.kind = MeasureKind::kFeatureCoverage}, 0, 10'000, true);
  AddTameCriterion(dice, r, TameSteps(dice, r, true), 0, 10, true);
  AddTameCriterion(dice, r, TameSteps(dice, r, false), 0, 4, true);
  AddTameCriterion(dice, r,
                   {.kind = MeasureKind::kSizeDistance,
                    .first = {FactRef::Side::kOffering, kStaffMin},
                    .second = {FactRef::Side::kOffering, kStaffMax},
                    .third = {FactRef::Side::kRequest, kFirmSize}},
                   0, 3, false);
  AddTameCriterion(dice, r, {.kind = MeasureKind::kHeadroom, .limits = {{kLimit, 4}}}, 0, 300,
                   true);
  if (dice.OneIn(2)) {
    r.constraints.push_back(
        {.satisfied_when = TameCondition(dice, r, 2), .exclude_when_unknown = dice.OneIn(2)});
  }
  const MeasureId cost =
      AddMeasure(r, {.kind = MeasureKind::kCost, .relative = true, .scale = 100});
  r.constraints.push_back(
      {.satisfied_when = TameComparison(dice, r, cost, Operator::kLe, dice.Between(150, 900))});
  const MeasureId musts =
      AddMeasure(r, {.kind = MeasureKind::kFeatureCoverage, .scope_must = true});
  r.constraints.push_back(
      {.satisfied_when = TameComparison(dice, r, musts, Operator::kGe, 10'000)});
  r.band_width = dice.Pick<int64_t>({1, 1'000'000, 20'000'000});
}

void RandomNeedRules(Dice& dice, World& w, bool all) {
  for (auto& modes : w.rules.needs) {
    for (NeedRules& need : modes) {
      need.criteria = all ? ~uint64_t{0} : dice.Bits() | dice.Bits();
      need.constraints = all ? ~uint64_t{0} : dice.Bits() | dice.Bits();
      need.minimum_facts.clear();
      if (dice.OneIn(3)) need.minimum_facts.push_back({.kind = MinimumFact::Kind::kCost});
      if (dice.OneIn(3)) need.minimum_facts.push_back({.kind = MinimumFact::Kind::kFeatures});
      if (dice.OneIn(3)) need.minimum_facts.push_back({.slot = kSmall});
    }
  }
}

World RandomWorld(Dice& dice, bool wild) {
  World w = EmptyWorld(static_cast<uint32_t>(dice.Between(1, 10)), kLast, kFirmLast);
  RandomFacts(dice, w);
  RandomRequest(dice, w);
  wild ? WildRules(dice, w) : TameRules(dice, w);
  if (!wild) {  // a target that the first offering is about to meet
    const int64_t cost = ComputeCost(w.table, 0, w.request).tco36_micros;
    w.request.target_micros = std::max<int64_t>(1, cost / 100 * dice.Between(30, 300));
  }
  RandomNeedRules(dice, w, !wild);
  w.mode = static_cast<DeliveryMode>(wild && dice.OneIn(5) ? 2 : 1);
  for (auto& key : w.group_keys) key = RandomKey(dice);
  for (auto& key : w.offer_keys) key = RandomKey(dice);
  return w;
}

}  // namespace

uint64_t TestSeed() {
  const char* text = std::getenv("APLOMB_SEED");
  const uint64_t seed = text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
  std::cout << "APLOMB_SEED=" << seed << std::endl;
  return seed;
}

std::string TestName(const std::string& name) {
  std::string text = name;
  for (char& c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain) c = '_';
  }
  return text;
}

TieBreaker::Key RandomKey(Dice& dice) {
  TieBreaker::Key key = {};
  for (uint8_t& byte : key) byte = static_cast<uint8_t>(dice.Bits() >> 40);
  return key;
}

Ranking RankWorld(const World& world) {
  return Rank(world.rules, world.table, world.request, world.mode, WorldTieBreaker(world));
}

World EmptyWorld(uint32_t rows, uint32_t columns, uint32_t request_facts) {
  World w;
  w.rules.needs.resize(kNeeds);
  w.rules.offering_slots = static_cast<uint16_t>(columns);
  w.rules.request_slots = static_cast<uint16_t>(request_facts);
  w.table.row_count = rows;
  w.table.columns.assign(columns, Column{.values = std::vector<int64_t>(rows),
                                         .evidence = std::vector<Evidence>(rows)});
  w.table.modes.assign(rows, DeliveryMode::kDoItYourself);
  w.table.kinds.assign(rows, 1);
  w.table.groups.resize(rows);
  std::iota(w.table.groups.begin(), w.table.groups.end(), 0u);
  w.table.group_count = rows;
  w.table.needs.assign(rows, 1);
  w.table.tariffs.assign(rows, Tariff{.evidence = Evidence::kChecked});
  w.table.candidates.resize(kNeeds);
  w.table.candidates[0].rows = w.table.groups;
  w.table.candidates[0].features.assign(rows, FeatureMasks{});
  w.request.facts.resize(request_facts);
  w.request.target_micros = 1;
  w.request.group_shares = {1, 1, 1, 1, 1, 1};
  for (uint32_t i = 0; i < rows; ++i) {  // drawn in the order of rows until told otherwise
    TieBreaker::Key key = {};
    key[31] = static_cast<uint8_t>(i + 1);
    w.group_keys.push_back(key);
    w.offer_keys.push_back(key);
  }
  return w;
}

Tariff RandomTariff(Dice& dice) {
  Tariff tariff{.evidence = static_cast<Evidence>(dice.Between(1, 4))};
  const auto price = [&]() -> int64_t {
    return dice.Pick<int64_t>(
        {0, dice.Between(0, 20), dice.Between(0, 30'000), dice.Between(0, 40'000'000)});
  };
  for (int64_t n = dice.Between(0, 3); n > 0; --n) {
    PriceComponent c;
    c.model = static_cast<PriceModel>(dice.Between(1, 13));
    c.period = static_cast<BillingPeriod>(dice.Between(1, 3));
    c.metric = c.model == PriceModel::kCommission ? dice.Pick<uint8_t>({2, 5, 5, 5})
                                                  : dice.Pick<uint8_t>({1, 2, 4, 10, 20});
    c.rate_bp = static_cast<int32_t>(dice.Between(0, 500));
    c.indexation_bp = dice.OneIn(2) ? 0 : static_cast<int32_t>(dice.Between(0, kMaxIndexationBp));
    c.promotion_until_month = dice.Pick<int32_t>({0, 0, 11, 12, 13, 18, 24, 36, 60});
    c.amount_micros = price();
    c.promotion_micros = price();
    c.min_units = dice.Between(1, 4);
    c.included = dice.Between(0, 60);
    c.unit_count = dice.Pick<int64_t>({1, 1, 3, 7, 1'000});
    c.per_transaction_micros = price();
    c.monthly_minimum_micros = dice.OneIn(2) ? 0 : price();
    int64_t up_to = 0;
    for (int64_t tiers = dice.Between(0, 3); tiers > 0; --tiers) {
      up_to += dice.Between(1, 40);
      c.tiers.push_back({.up_to = up_to, .unit_micros = price(), .flat_micros = price()});
    }
    c.tiers.push_back({.up_to = kUnlimited, .unit_micros = price(), .flat_micros = price()});
    if (dice.OneIn(4)) {
      c.options = {
          {0, static_cast<uint8_t>(dice.Between(0, 4))},
          {static_cast<uint8_t>(dice.Between(0, 1)), static_cast<uint8_t>(dice.Between(0, 4))}};
    }
    tariff.components.push_back(std::move(c));
  }
  return tariff;
}

void RandomUsage(Dice& dice, Request& request) {
  for (uint32_t metric = 1; metric < kMetricCount; ++metric) {
    request.usage[metric] = dice.OneIn(6) ? 0 : dice.Between(1, 200);
    request.usage_told[metric] = dice.OneIn(2);
  }
  request.usage[5] = dice.Between(0, 5'000'000'000);
  request.yearly_growth_bp =
      dice.OneIn(2) ? 0 : static_cast<int32_t>(dice.Between(kMinGrowthBp, kMaxGrowthBp));
}

const std::vector<PriceRise>& PriceRises() {
  static const auto& rises = *new std::vector<PriceRise>{
      {"amount", [](PriceComponent& c, int64_t by) { c.amount_micros += by; }},
      {"promotion", [](PriceComponent& c, int64_t by) { c.promotion_micros += by; }},
      {"rate", [](PriceComponent& c, int64_t by) { c.rate_bp += static_cast<int32_t>(by % 99); }},
      {"per transaction", [](PriceComponent& c, int64_t by) { c.per_transaction_micros += by; }},
      {"minimum", [](PriceComponent& c, int64_t by) { c.monthly_minimum_micros += by; }},
      {"indexation",
       [](PriceComponent& c, int64_t by) { c.indexation_bp += static_cast<int32_t>(by % 999); }},
      {"least users", [](PriceComponent& c, int64_t by) { c.min_units += by % 9; }},
      {"included, less",
       [](PriceComponent& c, int64_t by) {
         c.included = std::max<int64_t>(0, c.included - by % 9);
       }},
      {"units for the amount, fewer",
       [](PriceComponent& c, int64_t by) {
         c.unit_count = std::max<int64_t>(1, c.unit_count - by % 9);
       }},
      {"first tier, unit price",
       [](PriceComponent& c, int64_t by) { c.tiers.front().unit_micros += by; }},
      {"first tier, fixed",
       [](PriceComponent& c, int64_t by) { c.tiers.front().flat_micros += by; }},
      {"last tier, unit price",
       [](PriceComponent& c, int64_t by) { c.tiers.back().unit_micros += by; }},
      {"last tier, fixed", [](PriceComponent& c, int64_t by) { c.tiers.back().flat_micros += by; }},
  };
  return rises;
}

World WildWorld(Dice& dice) { return RandomWorld(dice, true); }
World TameWorld(Dice& dice) { return RandomWorld(dice, false); }

World Renumbered(const World& world, Dice& dice) {
  const uint32_t rows = world.table.row_count;
  const auto permutation = [&](uint32_t n) {
    std::vector<uint32_t> p(n);
    std::iota(p.begin(), p.end(), 0u);
    for (uint32_t i = n; i > 1; --i) {
      std::swap(p[i - 1], p[static_cast<size_t>(dice.Between(0, i - 1))]);
    }
    return p;
  };
  const std::vector<uint32_t> row_to = permutation(rows);
  const std::vector<uint32_t> group_to = permutation(world.table.group_count);
  World w = world;
  for (uint32_t row = 0; row < rows; ++row) {
    const uint32_t to = row_to[row];
    for (size_t slot = 0; slot < w.table.columns.size(); ++slot) {
      w.table.columns[slot].values[to] = world.table.columns[slot].values[row];
      w.table.columns[slot].evidence[to] = world.table.columns[slot].evidence[row];
    }
    w.table.modes[to] = world.table.modes[row];
    w.table.kinds[to] = world.table.kinds[row];
    w.table.groups[to] = group_to[world.table.groups[row]];
    w.table.needs[to] = world.table.needs[row];
    w.table.tariffs[to] = world.table.tariffs[row];
    w.offer_keys[to] = world.offer_keys[row];
  }
  for (uint32_t g = 0; g < world.table.group_count; ++g) {
    w.group_keys[group_to[g]] = world.group_keys[g];
  }
  const NeedCandidates& from = world.table.candidates[0];
  const std::vector<uint32_t> place = permutation(static_cast<uint32_t>(from.rows.size()));
  for (size_t i = 0; i < place.size(); ++i) {
    w.table.candidates[0].rows[i] = row_to[from.rows[place[i]]];
    w.table.candidates[0].features[i] = from.features[place[i]];
  }
  return w;
}

namespace {

class Writer {
 public:
  template <typename T>
  void Number(T value) {
    const auto bits = static_cast<uint64_t>(value);
    for (int shift = 56; shift >= 0; shift -= 8) text_.push_back(static_cast<char>(bits >> shift));
  }
  void Key(const TieBreaker::Key& key) { text_.append(key.begin(), key.end()); }
  void Slots(const std::vector<uint16_t>& slots) {
    Number(slots.size());
    for (const uint16_t slot : slots) Number(slot);
  }
  std::string Text() && { return std::move(text_); }

 private:
  std::string text_;
};

void WriteCost(const Cost& cost, Writer& out) {
  out.Number(cost.known);
  out.Number(cost.evidence);
  out.Number(cost.tco36_micros);
  out.Number(cost.first_year_micros);
  out.Number(cost.cash_out_90_days_micros);
  out.Number(cost.double_usage_rise_micros);
  out.Number(cost.lines.size());
  for (const CostLine& line : cost.lines) {
    out.Number(line.component);
    out.Number(line.added_need);
    out.Number(line.tco36_micros);
  }
}

void WriteRanked(const RankedOffering& o, const World& world, Writer& out) {
  out.Key(world.offer_keys[o.row]);
  out.Number(o.score);
  out.Number(o.band);
  out.Number(o.rank);
  out.Number(o.close_to_next_band);
  out.Number(o.contributions.size());
  for (const Contribution& c : o.contributions) {
    out.Number(c.criterion);
    out.Number(c.state);
    out.Number(c.evidence);
    out.Number(c.x);
    out.Number(c.value);
    out.Number(c.weight_bp);
    out.Number(c.contribution);
  }
  WriteCost(o.cost, out);
}

void WriteUnranked(const std::vector<UnrankedOffering>& list, const World& world, Writer& out) {
  out.Number(list.size());
  for (const UnrankedOffering& o : list) {
    out.Key(world.offer_keys[o.row]);
    out.Number(o.findings.size());
    for (const Finding& f : o.findings) {
      out.Number(f.constraint);
      out.Number(f.truth);
      out.Number(f.minimum_fact);
      out.Number(f.observed_known);
      out.Number(f.observed);
      out.Number(f.required_known);
      out.Number(f.required);
      out.Number(f.comparison);
    }
  }
}

}  // namespace

std::string Encode(const Ranking& ranking, const World& world) {
  Writer out;
  out.Number(ranking.mode);
  out.Number(ranking.criteria.size());
  for (const ActiveCriterion& c : ranking.criteria) {
    out.Number(c.criterion);
    out.Number(c.weight_bp);
  }
  out.Number(ranking.dropped.size());
  for (const DroppedCriterion& c : ranking.dropped) {
    out.Number(c.criterion);
    out.Number(c.reason);
    out.Slots(c.request_slots);
  }
  out.Number(ranking.unchecked.size());
  for (const UncheckedConstraint& c : ranking.unchecked) {
    out.Number(c.constraint);
    out.Slots(c.request_slots);
  }
  out.Number(ranking.ranked.size());
  for (const RankedOffering& o : ranking.ranked) WriteRanked(o, world, out);
  WriteUnranked(ranking.to_confirm, world, out);
  WriteUnranked(ranking.excluded, world, out);
  out.Number(ranking.ranked_group_count);
  return std::move(out).Text();
}

}  // namespace aplomb::engine
