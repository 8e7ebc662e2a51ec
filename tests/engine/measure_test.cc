// The meaning of every measure, who is silent, and Kleene's three values with two silences.
#include "engine/measure.h"

#include <array>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "engine/sector.h"
#include "gtest/gtest.h"
#include "tests/engine/random_world.h"

namespace aplomb::engine {
namespace {

constexpr auto kOffering = FactRef::Side::kOffering;
constexpr auto kFirm = FactRef::Side::kRequest;
constexpr auto kKnown = MeasureState::kKnown;
constexpr auto kNotDeclared = MeasureState::kNotDeclared;
constexpr auto kNotDocumented = MeasureState::kNotDocumented;
constexpr auto kFirmUnknown = MeasureState::kFirmUnknown;

// One offering with three facts and a firm with three.
struct Scene {
  World w = EmptyWorld(1, 3, 3);
  FeatureMasks features = {};
  Cost cost = {};

  Scene& Has(uint16_t slot, int64_t value, Evidence evidence = Evidence::kDocumented) {
    w.table.columns[slot].values[0] = value;
    w.table.columns[slot].evidence[0] = evidence;
    return *this;
  }
  Scene& Wants(uint16_t slot, int64_t value) {
    w.request.facts[slot] = {.value = value, .known = true};
    return *this;
  }
  MeasureId Add(Measure m) {
    w.rules.measures.push_back(std::move(m));
    return static_cast<MeasureId>(w.rules.measures.size() - 1);
  }
  ConditionId Add(Condition c) {
    w.rules.conditions.push_back(std::move(c));
    return static_cast<ConditionId>(w.rules.conditions.size() - 1);
  }
  MeasureId Constant(int64_t x) { return Add({.kind = MeasureKind::kConstant, .constant = x}); }
  MeasureId Fact(FactRef::Side side, uint16_t slot) {
    return Add({.kind = MeasureKind::kFact, .first = {side, slot}});
  }
  ConditionId Compare(MeasureId left, Operator op, MeasureId right,
                      Evidence least = Evidence::kDeclared) {
    return Add({.form = ConditionForm::kComparison,
                .left = left,
                .right = right,
                .op = op,
                .least_evidence = least});
  }
  // Offering's fact `slot` is 1.
  ConditionId Yes(uint16_t slot, Evidence least = Evidence::kDeclared) {
    return Compare(Fact(kOffering, slot), Operator::kEq, Constant(1), least);
  }
  Subject subject() const { return {w.rules, w.table, w.request, features, cost, 0}; }
  Measured Look(MeasureId id, Evidence least = Evidence::kDeclared) const {
    return Evaluate(subject(), id, least);
  }
};

struct MeasureCase {
  const char* name;
  std::function<Measured(Scene&)> act;
  MeasureState state;
  int64_t x = 0;
  Evidence evidence = Evidence::kChecked;  // looked at where the state is kKnown
};

void PrintTo(const MeasureCase& c, std::ostream* out) { *out << c.name; }

Measured Coverage(Scene& s, bool must, uint32_t wanted, FeatureMasks has) {
  s.features = has;
  (must ? s.w.request.must_features : s.w.request.nice_features) = wanted;
  return s.Look(s.Add({.kind = MeasureKind::kFeatureCoverage, .scope_must = must}));
}

Measured Sets(Scene& s) {
  return s.Look(
      s.Add({.kind = MeasureKind::kSetCoverage, .first = {kOffering, 0}, .second = {kFirm, 0}}));
}

Measured Size(Scene& s, Evidence least = Evidence::kDeclared) {
  return s.Look(s.Add({.kind = MeasureKind::kSizeDistance,
                       .first = {kOffering, 0},
                       .second = {kOffering, 1},
                       .third = {kFirm, 0}}),
                least);
}

constexpr Activity kBar = {.section = 9, .division = 56, .class_code = 5630};

Measured Trade(Scene& s, std::array<Sector, kMaxSectors> made_for) {
  s.Has(0, PackSectors(made_for)).Wants(0, PackActivity(kBar));
  return s.Look(
      s.Add({.kind = MeasureKind::kSectorFit, .first = {kOffering, 0}, .second = {kFirm, 0}}));
}

Measured Room(Scene& s, Evidence least = Evidence::kDeclared) {  // users and orders
  return s.Look(s.Add({.kind = MeasureKind::kHeadroom, .limits = {{0, 1}, {1, 4}}}), least);
}

void Tell(Scene& s, uint8_t metric, int64_t usage) {
  s.w.request.usage[metric] = usage;
  s.w.request.usage_told[metric] = true;
}

Measured CostShare(Scene& s, int64_t micros, int64_t target, int64_t scale) {
  s.cost = {.known = true, .evidence = Evidence::kDeclared, .tco36_micros = micros};
  s.w.request.target_micros = target;
  return s.Look(s.Add({.kind = MeasureKind::kCost, .relative = true, .scale = scale}));
}

// A ladder of 4, 3 and 2 points for facts 0, 1, 2; a table of results 9 and 5, else 1.
Measured Ladder(Scene& s, Evidence least = Evidence::kDeclared) {
  return s.Look(
      s.Add({.kind = MeasureKind::kLadder, .steps = {{s.Yes(0), 4}, {s.Yes(1), 3}, {s.Yes(2), 2}}}),
      least);
}
Measured Table(Scene& s) {
  return s.Look(s.Add(
      {.kind = MeasureKind::kFirstMatch, .constant = 1, .steps = {{s.Yes(0), 9}, {s.Yes(1), 5}}}));
}

const std::vector<MeasureCase>& Cases() {
  using S = Scene;
  static const auto& cases = *new std::vector<MeasureCase>{
      // Facts.
      {"fact", [](S& s) { return s.Has(0, 7).Look(s.Fact(kOffering, 0)); }, kKnown, 7,
       Evidence::kDocumented},
      {"fact not declared", [](S& s) { return s.Look(s.Fact(kOffering, 0)); }, kNotDeclared},
      {"fact with less evidence than asked",
       [](S& s) { return s.Has(0, 7).Look(s.Fact(kOffering, 0), Evidence::kCertified); },
       kNotDocumented},
      {"fact with just the evidence asked",
       [](S& s) { return s.Has(0, 7).Look(s.Fact(kOffering, 0), Evidence::kDocumented); }, kKnown,
       7, Evidence::kDocumented},
      {"fact of the firm needs no evidence",
       [](S& s) { return s.Wants(1, 3).Look(s.Fact(kFirm, 1), Evidence::kChecked); }, kKnown, 3},
      {"fact the firm has not told", [](S& s) { return s.Look(s.Fact(kFirm, 1)); }, kFirmUnknown},
      {"constant", [](S& s) { return s.Look(s.Constant(-4)); }, kKnown, -4},
      // Ladders.
      {"ladder: sum of what holds",
       [](S& s) { return Ladder(s.Has(0, 1).Has(1, 0).Has(2, 1, Evidence::kCertified)); }, kKnown,
       6, Evidence::kDocumented},
      {"ladder: weakest of the steps that hold, not of the others",
       [](S& s) { return Ladder(s.Has(0, 0, Evidence::kDeclared).Has(1, 1, Evidence::kChecked)); },
       kKnown, 3, Evidence::kChecked},
      {"ladder: unknown steps do not take away", [](S& s) { return Ladder(s.Has(1, 1)); }, kKnown,
       3, Evidence::kDocumented},
      {"ladder: nothing holds, all said",
       [](S& s) { return Ladder(s.Has(0, 0).Has(1, 0).Has(2, 0, Evidence::kDeclared)); }, kKnown, 0,
       Evidence::kDeclared},
      {"ladder: nothing holds, something not said", [](S& s) { return Ladder(s.Has(0, 0)); },
       kNotDeclared},
      {"ladder: the criterion's least evidence reaches the steps",
       [](S& s) { return Ladder(s.Has(0, 1).Has(1, 0).Has(2, 0), Evidence::kCertified); },
       kNotDocumented},
      {"ladder without steps", [](S& s) { return s.Look(s.Add({.kind = MeasureKind::kLadder})); },
       kKnown, 0},
      {"ladder: the firm's silence takes it out",
       [](S& s) {
         const ConditionId open = s.Compare(s.Fact(kFirm, 0), Operator::kEq, s.Constant(1));
         return s.Has(0, 1).Look(
             s.Add({.kind = MeasureKind::kLadder, .steps = {{s.Yes(0), 4}, {open, 1}}}));
       },
       kFirmUnknown},
      // Decision tables.
      {"table: first case that holds", [](S& s) { return Table(s.Has(0, 1).Has(1, 1)); }, kKnown, 9,
       Evidence::kDocumented},
      {"table: an unknown case is passed over", [](S& s) { return Table(s.Has(1, 1)); }, kKnown, 5,
       Evidence::kDocumented},
      {"table: otherwise", [](S& s) { return Table(s.Has(0, 0).Has(1, 0, Evidence::kDeclared)); },
       kKnown, 1, Evidence::kDeclared},
      {"table: none holds, one unknown", [](S& s) { return Table(s.Has(1, 0)); }, kNotDeclared},
      // Features: 0 FULL, 1 PARTIAL, 2 OPTION_PAID, 3 NONE, others unknown.
      {"musts at full or as a paid option",
       [](S& s) { return Coverage(s, true, 0b101, {.full = 1, .option_paid = 4}); }, kKnown,
       10'000},
      {"a must in part is missing",
       [](S& s) { return Coverage(s, true, 0b111, {.full = 1, .partial = 2, .option_paid = 4}); },
       kKnown, 6'666},
      {"a must not said leaves it open", [](S& s) { return Coverage(s, true, 0b11, {.full = 1}); },
       kNotDeclared},
      {"a must that is missing decides in spite of one not said",
       [](S& s) { return Coverage(s, true, 0b111, {.full = 1, .none = 2}); }, kKnown, 3'333},
      {"no must", [](S& s) { return Coverage(s, true, 0, {.full = 1}); }, kFirmUnknown},
      {"wishes: full 1, partial 1/2, the rest 0",
       [](S& s) {
         return Coverage(s, false, 0b1111, {.full = 1, .partial = 2, .option_paid = 4, .none = 8});
       },
       kKnown, 3'750},
      {"wishes round down", [](S& s) { return Coverage(s, false, 0b111, {.partial = 1}); }, kKnown,
       1'666},
      {"wishes none of which is said",
       [](S& s) { return Coverage(s, false, 0b11, {.full = 0b100}); }, kNotDeclared},
      {"no wish", [](S& s) { return Coverage(s, false, 0, {}); }, kFirmUnknown},
      // Sets.
      {"set in part", [](S& s) { return Sets(s.Has(0, 0b1011).Wants(0, 0b0111)); }, kKnown, 6'666,
       Evidence::kDocumented},
      {"set not at all", [](S& s) { return Sets(s.Has(0, 0).Wants(0, 0b0111)); }, kKnown, 0,
       Evidence::kDocumented},
      {"set not said", [](S& s) { return Sets(s.Wants(0, 1)); }, kNotDeclared},
      {"set of the firm not said", [](S& s) { return Sets(s.Has(0, 1)); }, kFirmUnknown},
      {"set of the firm empty", [](S& s) { return Sets(s.Has(0, 1).Wants(0, 0)); }, kFirmUnknown},
      {"both silent: the firm", [](S& s) { return Sets(s); }, kFirmUnknown},
      // Size: audience from fact 0 to fact 1; the firm's class is 0 (solo) to 4 (large).
      {"size inside", [](S& s) { return Size(s.Has(0, 1).Has(1, 49).Wants(0, 2)); }, kKnown, 0,
       Evidence::kDocumented},
      {"size below", [](S& s) { return Size(s.Has(0, 50).Has(1, 249).Wants(0, 1)); }, kKnown, 2,
       Evidence::kDocumented},
      {"size above", [](S& s) { return Size(s.Has(0, 0).Has(1, 0).Wants(0, 3)); }, kKnown, 3,
       Evidence::kDocumented},
      {"three classes are still an audience",
       [](S& s) { return Size(s.Has(0, 1).Has(1, 249).Wants(0, 3)); }, kKnown, 0,
       Evidence::kDocumented},
      {"four classes are generic, even for those inside",
       [](S& s) { return Size(s.Has(0, 0).Has(1, 249).Wants(0, 1)); }, kKnown, 1,
       Evidence::kDocumented},
      {"no upper end is large",
       [](S& s) { return Size(s.Has(0, 250).Has(1, kUnlimited).Wants(0, 4)); }, kKnown, 0,
       Evidence::kDocumented},
      {"size with one end not said", [](S& s) { return Size(s.Has(0, 1).Wants(0, 2)); },
       kNotDeclared},
      {"size claimed without document",
       [](S& s) {
         return Size(s.Has(0, 1, Evidence::kDeclared).Has(1, 9).Wants(0, 1), Evidence::kDocumented);
       },
       kNotDocumented},
      {"size of the firm not told", [](S& s) { return Size(s); }, kFirmUnknown},
      // Trade: the firm is a bar, I 56.30.
      {"made for its class",
       [](S& s) {
         return Trade(s, {{{SectorLevel::kClass, 5630}}});
       },
       kKnown, 4, Evidence::kDocumented},
      {"made for its division",
       [](S& s) {
         return Trade(s, {{{SectorLevel::kDivision, 56}}});
       },
       kKnown, 3, Evidence::kDocumented},
      {"made for its section",
       [](S& s) {
         return Trade(s, {{{SectorLevel::kSection, 9}}});
       },
       kKnown, 2, Evidence::kDocumented},
      {"the best of three",
       [](S& s) {
         return Trade(s, {{{SectorLevel::kSection, 9},
                           {SectorLevel::kClass, 5630},
                           {SectorLevel::kDivision, 56}}});
       },
       kKnown, 4, Evidence::kDocumented},
      {"made for a sister class",
       [](S& s) {
         return Trade(s, {{{SectorLevel::kClass, 5610}}});
       },
       kKnown, 0, Evidence::kDocumented},
      {"a section is not a division of the same number",
       [](S& s) {
         return Trade(s, {{{SectorLevel::kDivision, 9}}});
       },
       kKnown, 0, Evidence::kDocumented},
      {"stated to be for any trade",
       [](S& s) {
         s.Has(0, kGenericSector).Wants(0, PackActivity(kBar));
         return s.Look(s.Add(
             {.kind = MeasureKind::kSectorFit, .first = {kOffering, 0}, .second = {kFirm, 0}}));
       },
       kKnown, 1, Evidence::kDocumented},
      {"no trade stated", [](S& s) { return Trade(s, {}); }, kKnown, 0, Evidence::kDocumented},
      // Differences.
      {"difference",
       [](S& s) {
         return s.Has(0, 2).Wants(0, 5).Look(s.Add(
             {.kind = MeasureKind::kDifference, .first = {kOffering, 0}, .second = {kFirm, 0}}));
       },
       kKnown, -3, Evidence::kDocumented},
      {"unlimited less anything",
       [](S& s) {
         return s.Has(0, kUnlimited)
             .Wants(0, -5)
             .Look(s.Add({.kind = MeasureKind::kDifference,
                          .first = {kOffering, 0},
                          .second = {kFirm, 0}}));
       },
       kKnown, kUnlimited, Evidence::kDocumented},
      {"difference cut at the end of 64 bits",
       [](S& s) {
         return s.Has(0, -5)
             .Wants(0, kUnlimited)
             .Look(s.Add({.kind = MeasureKind::kDifference,
                          .first = {kOffering, 0},
                          .second = {kFirm, 0}}));
       },
       kKnown, std::numeric_limits<int64_t>::min(), Evidence::kDocumented},
      {"difference with the firm silent",
       [](S& s) {
         return s.Look(s.Add(
             {.kind = MeasureKind::kDifference, .first = {kOffering, 0}, .second = {kFirm, 0}}));
       },
       kFirmUnknown},
      // Headroom.
      {"headroom is the least, in percent, rounded down",
       [](S& s) {
         Tell(s, 1, 3);
         Tell(s, 4, 60);
         return Room(s.Has(0, 5).Has(1, 500, Evidence::kDeclared));
       },
       kKnown, 166, Evidence::kDeclared},
      {"headroom looks at month 36",
       [](S& s) {
         Tell(s, 4, 60);
         s.w.request.yearly_growth_bp = 1'000;  // 73 orders
         return Room(s.Has(1, 146));
       },
       kKnown, 200, Evidence::kDocumented},
      {"headroom of a usage not told does not count",
       [](S& s) {
         Tell(s, 4, 60);
         s.w.request.usage[1] = 1'000'000;
         return Room(s.Has(0, 1).Has(1, 60));
       },
       kKnown, 100, Evidence::kDocumented},
      {"no limit", [](S& s) { return Tell(s, 1, 3), Room(s.Has(0, kUnlimited)); }, kKnown,
       kHeadroomMax, Evidence::kDocumented},
      {"no usage", [](S& s) { return Tell(s, 1, 0), Room(s.Has(0, 5)); }, kKnown, kHeadroomMax,
       Evidence::kDocumented},
      {"a limit not said", [](S& s) { return Tell(s, 1, 3), Room(s.Has(1, 5)); }, kNotDeclared},
      {"a limit without document",
       [](S& s) {
         Tell(s, 1, 3);
         return Room(s.Has(0, 5, Evidence::kDeclared), Evidence::kDocumented);
       },
       kNotDocumented},
      {"headroom with no usage told", [](S& s) { return Room(s.Has(0, 5).Has(1, 5)); },
       kFirmUnknown},
      // Cost.
      {"cost in micros",
       [](S& s) {
         s.cost = {.known = true, .evidence = Evidence::kDeclared, .first_year_micros = 77};
         return s.Look(s.Add({.kind = MeasureKind::kCost, .figure = CostFigure::kFirstYear}));
       },
       kKnown, 77, Evidence::kDeclared},
      {"cost as a share, rounded up", [](S& s) { return CostShare(s, 201, 200, 100); }, kKnown, 101,
       Evidence::kDeclared},
      {"cost as a share, exact", [](S& s) { return CostShare(s, 300, 200, 10'000); }, kKnown,
       15'000, Evidence::kDeclared},
      {"cost as a share, cut at the end",
       [](S& s) { return CostShare(s, kMaxTotalMicros, 1, 10'000); }, kKnown, kUnlimited,
       Evidence::kDeclared},
      {"cost not known", [](S& s) { return s.Look(s.Add({.kind = MeasureKind::kCost})); },
       kNotDeclared},
      {"cost not documented",
       [](S& s) {
         s.cost = {.known = true, .evidence = Evidence::kDeclared};
         return s.Look(s.Add({.kind = MeasureKind::kCost}), Evidence::kDocumented);
       },
       kNotDocumented},
  };
  return cases;
}

class MeasureCases : public testing::TestWithParam<MeasureCase> {};

TEST_P(MeasureCases, Mean) {
  const MeasureCase& c = GetParam();
  Scene scene;
  const Measured m = c.act(scene);
  EXPECT_EQ(m.state, c.state);
  if (m.state != kKnown) return;
  EXPECT_EQ(m.x, c.x);
  EXPECT_EQ(m.evidence, c.evidence);
}

INSTANTIATE_TEST_SUITE_P(Measure, MeasureCases, testing::ValuesIn(Cases()),
                         [](const auto& row) { return TestName(row.param.name); });

TEST(Measure, NamesTheStrongerOfTwoSilencesInAnyOrder) {
  for (const bool first_missing : {false, true}) {
    Scene s;
    s.Has(first_missing ? 1 : 0, 1, Evidence::kDeclared).Wants(0, 1);
    EXPECT_EQ(Size(s, Evidence::kDocumented).state, kNotDeclared);
  }
}

TEST(SizeClassOf, HasItsEdges) {
  const std::vector<std::pair<int64_t, uint32_t>> edges = {
      {0, 0}, {1, 1}, {9, 1}, {10, 2}, {49, 2}, {50, 3}, {249, 3}, {250, 4}, {kUnlimited, 4}};
  for (const auto& [staff, size] : edges) EXPECT_EQ(SizeClassOf(staff), size) << staff;
}

// ---------------------------------------------------------------- comparisons

TEST(Comparison, HasEightOperators) {
  struct Row {
    Operator op;
    std::vector<bool> holds;  // for (left, right) of (2, 3), (3, 3), (3, 2), (3, 0), (4, 3)
  };
  const std::vector<std::pair<int64_t, int64_t>> pairs = {{2, 3}, {3, 3}, {3, 2}, {3, 0}, {4, 3}};
  const std::vector<Row> rows = {
      {Operator::kEq, {false, true, false, false, false}},
      {Operator::kNe, {true, false, true, true, true}},
      {Operator::kLt, {true, false, false, false, false}},
      {Operator::kLe, {true, true, false, false, false}},
      {Operator::kGt, {false, false, true, true, true}},
      {Operator::kGe, {false, true, true, true, true}},
      {Operator::kContainsAll, {false, true, true, true, false}},
      {Operator::kIntersects, {true, true, true, false, false}},
  };
  for (const Row& row : rows) {
    for (size_t i = 0; i < pairs.size(); ++i) {
      Scene s;
      const ConditionId c =
          s.Compare(s.Constant(pairs[i].first), row.op, s.Constant(pairs[i].second));
      EXPECT_EQ(Holds(s.subject(), c), row.holds[i] ? Truth::kTrue : Truth::kFalse)
          << static_cast<int>(row.op) << " of pair " << i;
    }
  }
}

TEST(Comparison, AsksForEvidenceOnTheLeftOnly) {
  Scene s;
  s.Has(0, 5, Evidence::kDeclared).Has(1, 5, Evidence::kDeclared);
  const MeasureId a = s.Fact(kOffering, 0), b = s.Fact(kOffering, 1), five = s.Constant(5);
  EXPECT_EQ(Holds(s.subject(), s.Compare(a, Operator::kEq, five, Evidence::kDocumented)),
            Truth::kUnknown);
  EXPECT_EQ(Holds(s.subject(), s.Compare(five, Operator::kEq, b, Evidence::kDocumented)),
            Truth::kTrue);
}

// ---------------------------------------------------------------- Kleene

constexpr Truth F = Truth::kFalse, T = Truth::kTrue, U = Truth::kUnknown, X = Truth::kFirmUnknown;
constexpr std::array<Truth, 4> kTruths = {F, T, U, X};

// A condition of a given truth.
ConditionId Make(Scene& s, Truth truth) {
  if (truth == U) return s.Yes(2);  // fact 2 is never said
  if (truth == X) return s.Compare(s.Fact(kFirm, 2), Operator::kEq, s.Constant(1));
  return s.Compare(s.Constant(truth == T ? 1 : 0), Operator::kEq, s.Constant(1));
}

TEST(Kleene, TablesOfTwo) {
  // Rows and columns F T U X (X: the firm is silent).
  const Truth all[4][4] = {{F, F, F, F}, {F, T, U, X}, {F, U, U, X}, {F, X, X, X}};
  const Truth any[4][4] = {{F, T, U, X}, {T, T, T, T}, {U, T, U, X}, {X, T, X, X}};
  for (size_t a = 0; a < 4; ++a) {
    for (size_t b = 0; b < 4; ++b) {
      Scene s;
      const std::vector<ConditionId> children = {Make(s, kTruths[a]), Make(s, kTruths[b])};
      const ConditionId both = s.Add({.form = ConditionForm::kAll, .children = children});
      const ConditionId one = s.Add({.form = ConditionForm::kAny, .children = children});
      EXPECT_EQ(Holds(s.subject(), both), all[a][b]) << a << " and " << b;
      EXPECT_EQ(Holds(s.subject(), one), any[a][b]) << a << " or " << b;
    }
  }
}

TEST(Kleene, NotAndNothing) {
  Scene s;
  const std::vector<std::pair<Truth, Truth>> negations = {{F, T}, {T, F}, {U, U}, {X, X}};
  for (const auto& [of, is] : negations) {
    const ConditionId c = s.Add({.form = ConditionForm::kNot, .children = {Make(s, of)}});
    EXPECT_EQ(Holds(s.subject(), c), is);
  }
  EXPECT_EQ(Holds(s.subject(), s.Add({.form = ConditionForm::kAll})), T);
  EXPECT_EQ(Holds(s.subject(), s.Add({.form = ConditionForm::kAny})), F);
}

TEST(Kleene, ThreeChildrenInAnyOrderAndDeMorgan) {
  for (const Truth a : kTruths) {
    for (const Truth b : kTruths) {
      for (const Truth c : kTruths) {
        Scene s;
        const auto not_ = [&](ConditionId id) {
          return s.Add({.form = ConditionForm::kNot, .children = {id}});
        };
        const ConditionId i = Make(s, a), j = Make(s, b), k = Make(s, c);
        const ConditionId all = s.Add({.form = ConditionForm::kAll, .children = {i, j, k}});
        const ConditionId turned = s.Add({.form = ConditionForm::kAll, .children = {k, i, j}});
        const ConditionId dual =
            not_(s.Add({.form = ConditionForm::kAny, .children = {not_(i), not_(j), not_(k)}}));
        EXPECT_EQ(Holds(s.subject(), all), Holds(s.subject(), turned));
        EXPECT_EQ(Holds(s.subject(), all), Holds(s.subject(), dual));
      }
    }
  }
}

TEST(HoldsForRequest, ReadsTheFirmAlone) {
  Scene s;
  s.Wants(0, 1);
  const ConditionId told = s.Compare(s.Fact(kFirm, 0), Operator::kEq, s.Constant(1));
  const ConditionId untold = s.Compare(s.Fact(kFirm, 1), Operator::kEq, s.Constant(1));
  const ConditionId any = s.Add({.form = ConditionForm::kAny, .children = {untold, told}});
  EXPECT_EQ(HoldsForRequest(s.w.rules, s.w.request, told), T);
  EXPECT_EQ(HoldsForRequest(s.w.rules, s.w.request, untold), X);
  EXPECT_EQ(HoldsForRequest(s.w.rules, s.w.request, any), T);
}

TEST(HoldsForRequestDeathTest, RefusesAFactOfTheOffering) {
  Scene s;
  const ConditionId wrong = s.Yes(0);
  EXPECT_DEATH(HoldsForRequest(s.w.rules, s.w.request, wrong), "read the request only");
}

TEST(FirmSideOf, TellsNotAskedFromNotSaid) {
  Scene s;
  const auto side = [&](MeasureId m) { return FirmSideOf(s.w.rules, s.w.request, m, kNoId); };
  const MeasureId wishes = s.Add({.kind = MeasureKind::kFeatureCoverage});
  const MeasureId room = s.Add({.kind = MeasureKind::kHeadroom, .limits = {{0, 4}}});
  const MeasureId set =
      s.Add({.kind = MeasureKind::kSetCoverage, .first = {kOffering, 0}, .second = {kFirm, 1}});
  EXPECT_EQ(side(wishes), FirmSide::kNotAsked);
  EXPECT_EQ(side(room), FirmSide::kNotSaid);
  EXPECT_EQ(side(set), FirmSide::kNotSaid);
  EXPECT_EQ(side(s.Constant(1)), FirmSide::kSaid);
  EXPECT_EQ(side(s.Fact(kOffering, 2)), FirmSide::kSaid) << "what the offering says is no matter";
  // The worst of all that a ladder reads.
  const ConditionId wished = s.Compare(wishes, Operator::kGe, s.Constant(1));
  const ConditionId open = s.Compare(s.Fact(kFirm, 2), Operator::kEq, s.Constant(1));
  EXPECT_EQ(side(s.Add({.kind = MeasureKind::kLadder, .steps = {{wished, 1}}})),
            FirmSide::kNotAsked);
  EXPECT_EQ(side(s.Add({.kind = MeasureKind::kLadder, .steps = {{open, 1}, {wished, 1}}})),
            FirmSide::kNotSaid);
  EXPECT_EQ(UnknownRequestSlots(s.w.rules, s.w.request, set, open), (std::vector<uint16_t>{1, 2}));

  s.w.request.nice_features = 1;
  s.w.request.usage_told[4] = true;
  EXPECT_EQ(side(wishes), FirmSide::kSaid);
  EXPECT_EQ(side(room), FirmSide::kSaid);
  s.Wants(1, 0);
  EXPECT_EQ(side(set), FirmSide::kNotAsked) << "a set that is empty";
  s.Wants(1, 4);
  EXPECT_EQ(side(set), FirmSide::kSaid);
}

TEST(DecidingComparison, GoesDownToTheFirstChildThatDecides) {
  Scene s;
  const ConditionId t = Make(s, T), u = Make(s, U), f1 = Make(s, F), f2 = Make(s, F);
  const auto all = [&](std::vector<ConditionId> c) {
    return s.Add({.form = ConditionForm::kAll, .children = std::move(c)});
  };
  const auto any = [&](std::vector<ConditionId> c) {
    return s.Add({.form = ConditionForm::kAny, .children = std::move(c)});
  };
  const auto not_ = [&](ConditionId c) {
    return s.Add({.form = ConditionForm::kNot, .children = {c}});
  };
  const ConditionId violated = all({t, u, any({f1, f2}), f2});
  const ConditionId open = all({t, u});
  const ConditionId negated = not_(any({f1, t}));
  const ConditionId empty = any({});
  EXPECT_EQ(DecidingComparison(s.subject(), violated), f1) << "not u: it is not what violates";
  EXPECT_EQ(DecidingComparison(s.subject(), open), u);
  EXPECT_EQ(DecidingComparison(s.subject(), negated), t);
  EXPECT_EQ(DecidingComparison(s.subject(), empty), kNoId);
}

}  // namespace
}  // namespace aplomb::engine
