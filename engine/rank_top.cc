#include "engine/rank_top.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/numeric/bits.h"
#include "absl/numeric/int128.h"
#include "base/check.h"
#include "engine/rank_parts.h"

namespace aplomb::engine {
namespace {

// Candidates taken at a time: scores and codes of a block stay in the first cache.
constexpr size_t kBlock = 1'024;
// Scores waiting to be among the first k, before those that cannot be are thrown out.
constexpr size_t kLeastWaiting = 1'024;

// Classes of coverage: of musts the number had, of wishes the halves had; one more for "not said".
constexpr uint32_t kMustsNotSaid = kMaxFeaturesPerNeed + 1;
constexpr uint32_t kWishesNotSaid = 2 * kMaxFeaturesPerNeed + 1;
constexpr uint32_t kCoverageClasses = kWishesNotSaid + 1;
static_assert(kCoverageClasses <= 256, "a class of coverage is a byte");

// How a candidate stands with the constraints; the greatest of all counts.
enum Standing : uint8_t { kRanked = 0, kToConfirm = 1, kExcluded = 3 };
constexpr int32_t kNoScore = -1;  // below every score

using BlockCodes = std::array<uint8_t, kBlock>;

uint8_t StandingOf(const Constraint& constraint, Truth truth) {
  if (truth == Truth::kTrue) return kRanked;
  return truth == Truth::kFalse || constraint.exclude_when_unknown ? kExcluded : kToConfirm;
}

// --- The innermost loops -------------------------------------------------------------------------

template <typename Code, typename Number>
void AddOne(const Number* table, const Code* codes, size_t size, Number* sums) {
  for (size_t i = 0; i < size; ++i) sums[i] = static_cast<Number>(sums[i] + table[codes[i]]);
}

// Four columns of bytes at once: the sums are read and written once for all of them.
void AddFour(const std::array<const int32_t*, 4>& tables,
             const std::array<const uint8_t*, 4>& codes, size_t size, int32_t* sums) {
  const int32_t* const t0 = tables[0];
  const int32_t* const t1 = tables[1];
  const int32_t* const t2 = tables[2];
  const int32_t* const t3 = tables[3];
  const uint8_t* const c0 = codes[0];
  const uint8_t* const c1 = codes[1];
  const uint8_t* const c2 = codes[2];
  const uint8_t* const c3 = codes[3];
  for (size_t i = 0; i < size; ++i) sums[i] += (t0[c0[i]] + t1[c1[i]]) + (t2[c2[i]] + t3[c3[i]]);
}

template <typename Code>
void Join(const uint8_t* table, const Code* codes, size_t size, uint8_t* standings) {
  for (size_t i = 0; i < size; ++i) {
    standings[i] = static_cast<uint8_t>(standings[i] | table[codes[i]]);
  }
}

// --- Division by one number, many times ----------------------------------------------------------

// Quotients by a fixed divisor with one multiplication: the estimate is at most one too low
// (Granlund & Montgomery 1994).
class Divider {
 public:
  explicit Divider(uint64_t divisor) : divisor_(divisor), inverse_(~uint64_t{0} / divisor) {}

  // n < 2^63.
  uint64_t Divide(uint64_t n) const {
    const uint64_t estimate = absl::Uint128High64(absl::uint128(n) * inverse_);
    return estimate + (n - estimate * divisor_ >= divisor_ ? 1 : 0);
  }

 private:
  uint64_t divisor_;
  uint64_t inverse_;
};

// x of a cost measure from the figure, for a cost that is known.
class CostMeasure {
 public:
  CostMeasure(const Measure& measure, const Request& request)
      : relative_(measure.relative),
        scale_(measure.scale),
        target_(std::max<int64_t>(request.target_micros, 1)),
        divider_(static_cast<uint64_t>(target_)) {
    constexpr int64_t kHalf = int64_t{1} << 62;
    // Below it figure * scale + target - 1 fits 63 bits.
    if (scale_ > 0 && target_ <= kHalf) most_small_ = (kHalf - 1) / scale_;
  }

  int64_t X(int64_t figure) const {
    if (!relative_) return figure;
    if (figure <= most_small_) {
      return static_cast<int64_t>(
          divider_.Divide(static_cast<uint64_t>(figure * scale_ + target_ - 1)));
    }
    return Large(figure);
  }

 private:
  int64_t Large(int64_t figure) const {
    const absl::int128 x = (absl::int128(figure) * scale_ + target_ - 1) / target_;
    return static_cast<int64_t>(std::min<absl::int128>(x, kUnlimited));
  }

  bool relative_;
  int64_t scale_;
  int64_t target_;
  Divider divider_;
  int64_t most_small_ = -1;
};

bool IsKnown(Evidence evidence, Evidence least) {
  return evidence != Evidence::kNone && evidence >= least;
}

// --- Coverage of features ------------------------------------------------------------------------

// Ones of each byte, then their sum: compilers turn a block of these into vectors, which they
// cannot do with the instruction for one word.
uint32_t CountOnes(uint32_t x) {
  x -= (x >> 1) & 0x5555'5555u;
  x = (x & 0x3333'3333u) + ((x >> 2) & 0x3333'3333u);
  x = (x + (x >> 4)) & 0x0F0F'0F0Fu;
  return (x * 0x0101'0101u) >> 24;
}

uint8_t MustsClass(const FeatureMasks& f, uint32_t wanted) {
  const uint32_t had = wanted & (f.full | f.option_paid);
  const uint32_t missing = wanted & (f.partial | f.none);
  const uint32_t count = CountOnes(had);
  return static_cast<uint8_t>(missing == 0 && had != wanted ? kMustsNotSaid : count);
}

uint8_t WishesClass(const FeatureMasks& f, uint32_t wanted) {
  const uint32_t said = wanted & (f.full | f.partial | f.option_paid | f.none);
  const uint32_t halves = 2 * CountOnes(wanted & f.full) + CountOnes(wanted & f.partial);
  return static_cast<uint8_t>(said == 0 ? kWishesNotSaid : halves);
}

// Lowest `count` bits of `mask`.
uint32_t LowestBits(uint32_t mask, uint32_t count) {
  uint32_t taken = 0;
  for (; count > 0 && mask != 0; --count) {
    const uint32_t lowest = mask & (~mask + 1);
    taken |= lowest;
    mask ^= lowest;
  }
  return taken;
}

// Features that fall into a class.
FeatureMasks MustsExample(uint32_t wanted, uint32_t number) {
  if (number == kMustsNotSaid) return {};
  const uint32_t had = LowestBits(wanted, number);
  return {.full = had, .none = wanted & ~had};
}

FeatureMasks WishesExample(uint32_t wanted, uint32_t number) {
  if (number == kWishesNotSaid) return {};
  const uint32_t full = LowestBits(wanted, number / 2);
  const uint32_t partial = LowestBits(wanted & ~full, number % 2);
  return {.full = full, .partial = partial, .none = wanted & ~full & ~partial};
}

// --- A rule made ready for one request -----------------------------------------------------------

struct ReadyCriterion {
  ActiveCriterion active = {};
  const Criterion* criterion = nullptr;
  const IndexedRule* rule = nullptr;
  const ClassColumn* column = nullptr;   // kByClass
  const Measured* measured = nullptr;    // by class
  const int32_t* values = nullptr;       // by class
  std::vector<Measured> own_measured;    // where the rule asks about the firm
  std::vector<int32_t> own_values;
  std::vector<int32_t> contributions;    // by class, or by outcome where the rule does not ask
                                         // about the firm; kByCost: by x less dense_first
};

struct ReadyConstraint {
  uint8_t ordinal = 0;
  const Constraint* constraint = nullptr;
  const IndexedRule* rule = nullptr;
  const ClassColumn* column = nullptr;
  std::vector<Truth> truths;        // by class
  std::vector<uint8_t> standings;   // by class, or by outcome
  Measured right = {};              // kByCost
};

// A fused column with the numbers of one request; not `used` where they are all 0.
template <typename Number>
struct ReadyColumn {
  bool used = false;
  std::vector<Number> by_class;
};

}  // namespace

struct Workspace::Memory {
  std::vector<ReadyCriterion> criteria;
  std::vector<ReadyConstraint> constraints;
  std::vector<uint8_t> constraint_ordinals;
  size_t criterion_count = 0;
  size_t constraint_count = 0;
  std::vector<ReadyColumn<int32_t>> fused_criteria;
  std::vector<ReadyColumn<uint8_t>> fused_constraints;
  CostColumns costs;
  std::vector<uint64_t> groups_seen;  // a bit for each group
  std::vector<std::pair<int32_t, uint32_t>> waiting;  // score and candidate
  std::vector<parts::Lot> lots;
  alignas(64) std::array<int32_t, kBlock> scores;
  alignas(64) BlockCodes standings;
  alignas(64) BlockCodes musts;
  alignas(64) BlockCodes wishes;
};

namespace {

using Memory = Workspace::Memory;

// One call.
class Ranker {
 public:
  Ranker(const Rules& rules, const FactTable& table, const RankIndex& index,
         const Request& request, DeliveryMode mode, Memory& memory)
      : rules_(rules),
        table_(table),
        request_(request),
        mode_(*index.needs[request.need][static_cast<size_t>(mode) - 1]),
        features_(table.candidates[request.need].features),
        memory_(memory) {
    CHECK_EQ(index.row_count, table.row_count) << "the index is of another table";
    CHECK_GT(rules.band_width, 0) << "the compiler has checked the band width";
  }

  // Evaluates every rule that applies once per class. `sums`: Stand and Score are called; without,
  // TruthOf and Explain only.
  void GetReady(const NeedRules& need_rules, std::vector<ActiveCriterion>& criteria,
                std::vector<DroppedCriterion>& dropped,
                std::vector<UncheckedConstraint>& unchecked, bool sums) {
    sums_ = sums;
    memory_.constraint_ordinals.clear();
    parts::ChooseConstraints(rules_, request_, need_rules.constraints, memory_.constraint_ordinals,
                             unchecked);
    parts::ChooseCriteria(rules_, request_, need_rules.criteria, criteria, dropped);
    memory_.constraint_count = memory_.constraint_ordinals.size();
    memory_.criterion_count = criteria.size();
    if (memory_.constraints.size() < memory_.constraint_count) {
      memory_.constraints.resize(memory_.constraint_count);
    }
    if (memory_.criteria.size() < memory_.criterion_count) {
      memory_.criteria.resize(memory_.criterion_count);
    }
    for (size_t i = 0; i < memory_.constraint_count; ++i) {
      GetReady(memory_.constraint_ordinals[i], memory_.constraints[i]);
    }
    for (size_t i = 0; i < memory_.criterion_count; ++i) {
      GetReady(criteria[i], memory_.criteria[i]);
    }
    if (!sums_) return;
    FuseCriteria();
    FuseConstraints();
  }

  size_t size() const { return mode_.rows.size(); }
  const ModeIndex& mode() const { return mode_; }

  bool ReadsCost() const {
    const auto reads = [](const IndexedRule& rule) {
      return rule.form == RuleForm::kByCost || rule.form == RuleForm::kByOne;
    };
    for (const ReadyCriterion& c : ReadyCriteria()) {
      if (reads(*c.rule)) return true;
    }
    for (const ReadyConstraint& c : ReadyConstraints()) {
      if (reads(*c.rule)) return true;
    }
    return false;
  }

  // Standings of the candidates [first, first + count), count <= kBlock.
  void Stand(size_t first, size_t count, const CostColumns& costs) {
    uint8_t* const standings = memory_.standings.data();
    std::copy_n(mode_.lacks.data() + first, count, standings);
    CoverFeatures(first, count);
    for (size_t i = 0; i < mode_.fused_constraints.size(); ++i) {
      if (!memory_.fused_constraints[i].used) continue;
      const uint8_t* const by_class = memory_.fused_constraints[i].by_class.data();
      const ClassColumn& column = mode_.fused_constraints[i].column;
      if (!column.narrow.empty()) {
        Join(by_class, column.narrow.data() + first, count, standings);
      } else if (!column.middle.empty()) {
        Join(by_class, column.middle.data() + first, count, standings);
      } else {
        Join(by_class, column.wide.data() + first, count, standings);
      }
    }
    for (const ReadyConstraint& c : ReadyConstraints()) {
      const uint8_t* const by_class = c.standings.data();
      switch (c.rule->form) {
        case RuleForm::kByClass:
          break;  // fused
        case RuleForm::kByMusts:
          Join(by_class, memory_.musts.data(), count, standings);
          break;
        case RuleForm::kByWishes:
          Join(by_class, memory_.wishes.data(), count, standings);
          break;
        case RuleForm::kByCost:
          StandByCost(c, first, count, costs, standings);
          break;
        case RuleForm::kByOne:
          for (size_t i = 0; i < count; ++i) {
            const Cost cost = CostOf(first + i, costs);
            const Truth truth = Holds(SubjectOf(first + i, cost), c.constraint->satisfied_when);
            standings[i] = static_cast<uint8_t>(standings[i] | StandingOf(*c.constraint, truth));
          }
          break;
      }
    }
  }

  // Scores of the same candidates, those that are not ranked included. Stand() has been called.
  void Score(size_t first, size_t count, const CostColumns& costs) {
    int32_t* const scores = memory_.scores.data();
    std::fill_n(scores, count, 0);
    std::array<const int32_t*, 4> tables = {};
    std::array<const uint8_t*, 4> codes = {};
    size_t held = 0;
    const auto add_bytes = [&](const int32_t* table, const uint8_t* code) {
      tables[held] = table;
      codes[held] = code;
      if (++held < tables.size()) return;
      AddFour(tables, codes, count, scores);
      held = 0;
    };
    for (size_t i = 0; i < mode_.fused_criteria.size(); ++i) {
      if (!memory_.fused_criteria[i].used) continue;
      const int32_t* const by_class = memory_.fused_criteria[i].by_class.data();
      const ClassColumn& column = mode_.fused_criteria[i].column;
      if (!column.narrow.empty()) {
        add_bytes(by_class, column.narrow.data() + first);
      } else if (!column.middle.empty()) {
        AddOne(by_class, column.middle.data() + first, count, scores);
      } else {
        AddOne(by_class, column.wide.data() + first, count, scores);
      }
    }
    for (const ReadyCriterion& c : ReadyCriteria()) {
      const int32_t* const by_class = c.contributions.data();
      switch (c.rule->form) {
        case RuleForm::kByClass:
          break;  // fused
        case RuleForm::kByMusts:
          add_bytes(by_class, memory_.musts.data());
          break;
        case RuleForm::kByWishes:
          add_bytes(by_class, memory_.wishes.data());
          break;
        case RuleForm::kByCost:
          ScoreByCost(c, first, count, costs, scores);
          break;
        case RuleForm::kByOne:
          for (size_t i = 0; i < count; ++i) {
            const Cost cost = CostOf(first + i, costs);
            const Contribution part = parts::Contribute(SubjectOf(first + i, cost), c.active);
            scores[i] += static_cast<int32_t>(part.contribution);
          }
          break;
      }
    }
    for (size_t i = 0; i < held; ++i) AddOne(tables[i], codes[i], count, scores);
  }

  // The trace of one candidate; `cost` is the candidate's.
  void Explain(size_t candidate, const Cost& cost, std::vector<Contribution>& contributions) const {
    const Subject subject = SubjectOf(candidate, cost);
    contributions.resize(memory_.criterion_count);
    Contribution* next = contributions.data();
    for (const ReadyCriterion& c : ReadyCriteria()) {
      uint32_t number = 0;
      switch (c.rule->form) {
        case RuleForm::kByClass:
          number = c.column->ClassOf(candidate);
          break;
        case RuleForm::kByMusts:
          number = MustsClass(subject.features, request_.must_features);
          break;
        case RuleForm::kByWishes:
          number = WishesClass(subject.features, request_.nice_features);
          break;
        case RuleForm::kByCost:
        case RuleForm::kByOne:
          *next++ = parts::Contribute(subject, c.active);
          continue;
      }
      *next++ = parts::ContributionOf(c.active, c.measured[number], c.values[number]);
    }
  }

  // Everything that keeps a candidate from a rank; none for one that has a rank.
  std::vector<Finding> FindingsOf(size_t candidate, const NeedRules& need_rules,
                                  const Cost& cost) const {
    const Subject subject = SubjectOf(candidate, cost);
    std::vector<Finding> findings;
    for (const ReadyConstraint& c : ReadyConstraints()) {
      const Truth truth = TruthOf(c, candidate, subject);
      if (truth != Truth::kTrue) findings.push_back(parts::FindingOf(subject, c.ordinal, truth));
    }
    for (size_t i = 0; i < need_rules.minimum_facts.size(); ++i) {
      if (!parts::IsMissing(subject, need_rules.minimum_facts[i])) continue;
      findings.push_back(parts::FindingOfMinimumFact(static_cast<uint8_t>(i)));
    }
    return findings;
  }

 private:
  absl::Span<const ReadyCriterion> ReadyCriteria() const {
    return absl::MakeConstSpan(memory_.criteria.data(), memory_.criterion_count);
  }
  absl::Span<const ReadyConstraint> ReadyConstraints() const {
    return absl::MakeConstSpan(memory_.constraints.data(), memory_.constraint_count);
  }

  Subject SubjectOf(size_t candidate, const Cost& cost) const {
    return {rules_, table_, request_, features_[mode_.places[candidate]], cost,
            mode_.rows[candidate]};
  }

  // Calls take(class, subject) with an offering, or the features of one, for each class.
  template <typename Take>
  void ForEachClass(const IndexedRule& rule, const ClassColumn* column, Take take) const {
    if (size() == 0) return;
    const Cost no_cost;  // not read by rules of these forms
    if (rule.form == RuleForm::kByClass) {
      for (uint32_t i = 0; i < column->examples.size(); ++i) {
        take(i, SubjectOf(column->examples[i], no_cost));
      }
      return;
    }
    const bool musts = rule.form == RuleForm::kByMusts;
    const uint32_t wanted = musts ? request_.must_features : request_.nice_features;
    const uint32_t most = musts ? CountOnes(wanted) : 2 * CountOnes(wanted);
    const uint32_t not_said = musts ? kMustsNotSaid : kWishesNotSaid;
    for (uint32_t i = 0; i < kCoverageClasses; ++i) {
      if (i > most && i != not_said) continue;
      const FeatureMasks features = musts ? MustsExample(wanted, i) : WishesExample(wanted, i);
      take(i, Subject{rules_, table_, request_, features, no_cost, mode_.rows[0]});
    }
  }

  size_t ClassCount(const IndexedRule& rule, const ClassColumn* column) const {
    return rule.form == RuleForm::kByClass ? column->examples.size() : kCoverageClasses;
  }

  static bool HasClasses(const IndexedRule& rule) {
    return rule.form == RuleForm::kByClass || rule.form == RuleForm::kByMusts ||
           rule.form == RuleForm::kByWishes;
  }

  void GetReady(const ActiveCriterion& active, ReadyCriterion& c) const {
    c.active = active;
    c.criterion = &rules_.criteria[active.criterion];
    c.rule = &mode_.criteria[active.criterion];
    c.column = c.rule->form == RuleForm::kByClass ? &mode_.columns[c.rule->column] : nullptr;
    if (c.rule->form == RuleForm::kByCost) {
      if (!sums_) return;
      c.contributions.resize(c.rule->dense.size());
      for (size_t i = 0; i < c.contributions.size(); ++i) {
        c.contributions[i] = c.rule->dense[i] * active.weight_bp;
      }
      return;
    }
    if (!HasClasses(*c.rule)) return;
    const size_t count = ClassCount(*c.rule, c.column);
    if (c.rule->asks_firm) {
      c.own_measured.resize(count);
      c.own_values.assign(count, 0);
      ForEachClass(*c.rule, c.column, [&](uint32_t i, const Subject& subject) {
        const Measured m =
            Evaluate(subject, c.criterion->measure, c.criterion->least_evidence);
        c.own_measured[i] = m;
        if (m.state == MeasureState::kKnown) c.own_values[i] = ValueOf(*c.criterion, m.x);
      });
    }
    c.measured = c.rule->asks_firm ? c.own_measured.data() : c.rule->measured.data();
    c.values = c.rule->asks_firm ? c.own_values.data() : c.rule->values.data();
    if (!sums_) return;
    const int32_t* const worths = c.rule->asks_firm ? c.values : c.rule->outcomes.data();
    c.contributions.resize(c.rule->asks_firm ? count : c.rule->outcomes.size());
    for (size_t i = 0; i < c.contributions.size(); ++i) {
      c.contributions[i] = worths[i] * active.weight_bp;
    }
  }

  void GetReady(uint8_t ordinal, ReadyConstraint& c) const {
    c.ordinal = ordinal;
    c.constraint = &rules_.constraints[ordinal];
    c.rule = &mode_.constraints[ordinal];
    c.column = c.rule->form == RuleForm::kByClass ? &mode_.columns[c.rule->column] : nullptr;
    if (sums_ && c.rule->form == RuleForm::kByCost && size() > 0) {
      const Cost no_cost;
      const Condition& comparison = rules_.conditions[c.constraint->satisfied_when];
      c.right = Evaluate(SubjectOf(0, no_cost), comparison.right, Evidence::kDeclared);
    }
    if (!HasClasses(*c.rule)) return;
    const size_t count = ClassCount(*c.rule, c.column);
    if (!c.rule->asks_firm) {
      c.truths.assign(c.rule->truths.begin(), c.rule->truths.end());
      if (!sums_) return;
      c.standings.clear();
      for (const int32_t outcome : c.rule->outcomes) {
        c.standings.push_back(StandingOf(*c.constraint, static_cast<Truth>(outcome)));
      }
      return;
    }
    c.truths.assign(count, Truth::kTrue);
    ForEachClass(*c.rule, c.column, [&](uint32_t i, const Subject& subject) {
      c.truths[i] = Holds(subject, c.constraint->satisfied_when);
    });
    if (!sums_) return;
    c.standings.resize(count);
    for (size_t i = 0; i < count; ++i) c.standings[i] = StandingOf(*c.constraint, c.truths[i]);
  }

  // Joins what the members of each fused column say; join(sum, number) is the new sum. `numbers` is
  // by ordinal, null for a rule that is not applied.
  template <typename Number, typename Join>
  static void FuseInto(const std::vector<FusedColumn>& columns,
                       const std::array<const Number*, 64>& numbers, Join join,
                       std::vector<ReadyColumn<Number>>& ready) {
    if (ready.size() < columns.size()) ready.resize(columns.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      const FusedColumn& column = columns[i];
      const size_t members = column.members.size();
      const size_t classes = column.column.examples.size();
      ready[i].by_class.assign(classes, 0);
      Number any = 0;
      for (size_t m = 0; m < members; ++m) {
        const Number* const of_member = numbers[column.members[m]];
        if (of_member == nullptr) continue;
        for (size_t k = 0; k < classes; ++k) {
          Number& sum = ready[i].by_class[k];
          sum = join(sum, of_member[column.codes[k * members + m]]);
          any = static_cast<Number>(any | sum);
        }
      }
      ready[i].used = any != 0;
    }
  }

  void FuseCriteria() {
    std::array<const int32_t*, kMaxCriteria> numbers = {};
    for (const ReadyCriterion& c : ReadyCriteria()) {
      numbers[c.active.criterion] = c.contributions.data();
    }
    FuseInto(mode_.fused_criteria, numbers, [](int32_t a, int32_t b) { return a + b; },
             memory_.fused_criteria);
  }

  void FuseConstraints() {
    std::array<const uint8_t*, kMaxConstraints> numbers = {};
    for (const ReadyConstraint& c : ReadyConstraints()) numbers[c.ordinal] = c.standings.data();
    FuseInto(mode_.fused_constraints, numbers,
             [](uint8_t a, uint8_t b) { return static_cast<uint8_t>(a | b); },
             memory_.fused_constraints);
  }

  // Coverage of the block, where a rule asks for it.
  void CoverFeatures(size_t first, size_t count) {
    bool musts = false;
    bool wishes = false;
    const auto note = [&](const IndexedRule& rule) {
      musts |= rule.form == RuleForm::kByMusts;
      wishes |= rule.form == RuleForm::kByWishes;
    };
    for (const ReadyCriterion& c : ReadyCriteria()) note(*c.rule);
    for (const ReadyConstraint& c : ReadyConstraints()) note(*c.rule);
    const uint32_t* const places = mode_.places.data() + first;
    if (musts) {
      for (size_t i = 0; i < count; ++i) {
        memory_.musts[i] = MustsClass(features_[places[i]], request_.must_features);
      }
    }
    if (wishes) {
      for (size_t i = 0; i < count; ++i) {
        memory_.wishes[i] = WishesClass(features_[places[i]], request_.nice_features);
      }
    }
  }

  Cost CostOf(size_t candidate, const CostColumns& costs) const {
    Cost cost;
    cost.evidence = mode_.cost_evidence[candidate];
    cost.known = cost.evidence != Evidence::kNone;
    if (!cost.known) return cost;
    const auto figure = [&](CostFigure f) {
      return costs.figures[static_cast<size_t>(f) - 1][candidate];
    };
    cost.tco36_micros = figure(CostFigure::kTco36);
    cost.first_year_micros = figure(CostFigure::kFirstYear);
    cost.double_usage_rise_micros = figure(CostFigure::kDoubleUsageRise);
    cost.cash_out_90_days_micros = figure(CostFigure::kCashOut90Days);
    return cost;
  }

  // The x for which a comparison with one number holds: those from low to high, or all others.
  struct Holding {
    int64_t low = std::numeric_limits<int64_t>::min();
    int64_t high = std::numeric_limits<int64_t>::max();
    bool others = false;
    bool Has(int64_t x) const { return (low <= x && x <= high) != others; }
  };

  // False for operators of sets.
  static bool HoldingOf(Operator op, int64_t right, Holding& holding) {
    switch (op) {
      case Operator::kEq:
      case Operator::kNe:
        holding = {.low = right, .high = right, .others = op == Operator::kNe};
        return true;
      case Operator::kLe:
      case Operator::kGt:
        holding.high = right;
        holding.others = op == Operator::kGt;
        return true;
      case Operator::kGe:
      case Operator::kLt:
        holding.low = right;
        holding.others = op == Operator::kLt;
        return true;
      case Operator::kContainsAll:
      case Operator::kIntersects:
        break;
    }
    return false;
  }

  void StandByCost(const ReadyConstraint& c, size_t first, size_t count, const CostColumns& costs,
                   uint8_t* standings) const {
    const Condition& comparison = rules_.conditions[c.constraint->satisfied_when];
    const Measure& m = rules_.measures[comparison.left];
    const CostMeasure measure(m, request_);
    const int64_t* const figures = costs.figures[static_cast<size_t>(m.figure) - 1].data() + first;
    const Evidence* const evidence = mode_.cost_evidence.data() + first;
    const Evidence least = std::max(comparison.least_evidence, Evidence::kDeclared);
    const uint8_t violated = StandingOf(*c.constraint, Truth::kFalse);
    // Where the number is not known, it is so for all.
    const bool right_known = c.right.state == MeasureState::kKnown;
    const uint8_t unknown = StandingOf(
        *c.constraint, c.right.state == MeasureState::kFirmUnknown ? Truth::kFirmUnknown
                                                                   : Truth::kUnknown);
    Holding holding;
    const bool is_range = HoldingOf(comparison.op, c.right.x, holding);
    for (size_t i = 0; i < count; ++i) {
      uint8_t standing = unknown;
      if (right_known && IsKnown(evidence[i], least)) {
        const int64_t x = measure.X(figures[i]);
        const bool holds = is_range ? holding.Has(x) : Compare(comparison.op, x, c.right.x);
        standing = holds ? uint8_t{kRanked} : violated;
      }
      standings[i] = static_cast<uint8_t>(standings[i] | standing);
    }
  }

  void ScoreByCost(const ReadyCriterion& c, size_t first, size_t count, const CostColumns& costs,
                   int32_t* scores) const {
    const Measure& m = rules_.measures[c.criterion->measure];
    const CostMeasure measure(m, request_);
    const int64_t* const figures = costs.figures[static_cast<size_t>(m.figure) - 1].data() + first;
    const Evidence* const evidence = mode_.cost_evidence.data() + first;
    const Evidence least = c.criterion->least_evidence;
    if (c.contributions.empty()) {
      for (size_t i = 0; i < count; ++i) {
        if (!IsKnown(evidence[i], least)) continue;
        scores[i] += ValueOf(*c.criterion, measure.X(figures[i])) * c.active.weight_bp;
      }
      return;
    }
    const int64_t low = c.rule->dense_first;
    const int64_t high = low + static_cast<int64_t>(c.contributions.size()) - 1;
    const int32_t* const by_x = c.contributions.data();
    for (size_t i = 0; i < count; ++i) {
      const int64_t x = std::clamp(measure.X(figures[i]), low, high);
      scores[i] += IsKnown(evidence[i], least) ? by_x[x - low] : 0;
    }
  }

  Truth TruthOf(const ReadyConstraint& c, size_t candidate, const Subject& subject) const {
    switch (c.rule->form) {
      case RuleForm::kByClass:
        return c.truths[c.column->ClassOf(candidate)];
      case RuleForm::kByMusts:
        return c.truths[MustsClass(subject.features, request_.must_features)];
      case RuleForm::kByWishes:
        return c.truths[WishesClass(subject.features, request_.nice_features)];
      case RuleForm::kByCost:
      case RuleForm::kByOne:
        break;
    }
    return Holds(subject, c.constraint->satisfied_when);
  }

  const Rules& rules_;
  const FactTable& table_;
  const Request& request_;
  const ModeIndex& mode_;
  const std::vector<FeatureMasks>& features_;
  Memory& memory_;
  bool sums_ = true;
};

// Keeps the candidates that may be among the first k: all those of the bands down to the one that
// holds the k-th.
class Selection {
 public:
  Selection(uint32_t k, int64_t band_width,
            std::vector<std::pair<int32_t, uint32_t>>& waiting)
      : k_(k), band_width_(band_width), limit_(std::max<size_t>(kLeastWaiting, 4 * size_t{k})),
        waiting_(waiting) {
    waiting_.clear();
  }

  void Add(const int32_t* scores, size_t count, uint32_t first) {
    for (size_t i = 0; i < count; ++i) {
      if (scores[i] < least_) continue;
      waiting_.emplace_back(scores[i], first + static_cast<uint32_t>(i));
      if (waiting_.size() >= limit_) Prune();
    }
  }

  // Best band first; inside a band in any order.
  void Finish() {
    Prune();
    std::sort(waiting_.begin(), waiting_.end(),
              [](const auto& a, const auto& b) { return a.first > b.first; });
  }

 private:
  void Prune() {
    if (waiting_.size() <= k_) return;
    const auto kth = waiting_.begin() + static_cast<ptrdiff_t>(k_ - 1);
    std::nth_element(waiting_.begin(), kth, waiting_.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    least_ = static_cast<int32_t>(kth->first / band_width_ * band_width_);
    const auto out = [&](const auto& item) { return item.first < least_; };
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), out), waiting_.end());
    // A band may hold more than fit: then room is made, not looked for again and again.
    if (2 * waiting_.size() > limit_) limit_ = 2 * waiting_.size();
  }

  size_t k_;
  int64_t band_width_;
  size_t limit_;
  int32_t least_ = 0;
  std::vector<std::pair<int32_t, uint32_t>>& waiting_;
};

// Counts the different groups among the ranked.
class GroupCounter {
 public:
  GroupCounter(const FactTable& table, std::vector<uint64_t>& seen) : table_(table), seen_(seen) {
    seen_.assign((table.group_count + size_t{63}) / 64, 0);
  }

  void Add(uint32_t row) {
    const uint32_t group = table_.groups[row];
    uint64_t& word = seen_[group / 64];
    const uint64_t bit = uint64_t{1} << (group % 64);
    count_ += (word & bit) == 0 ? 1 : 0;
    word |= bit;
  }

  uint32_t count() const { return count_; }

 private:
  const FactTable& table_;
  std::vector<uint64_t>& seen_;
  uint32_t count_ = 0;
};

// Draws the waiting, band by band, until k have a place.
void DrawTop(const Rules& rules, const FactTable& table, const ModeIndex& mode,
             const TieBreaker& tie_breaker, uint32_t k, Memory& memory, TopRanking& top) {
  const auto& waiting = memory.waiting;
  top.ranked.resize(std::min<size_t>(k, waiting.size()));
  size_t placed = 0;
  int32_t rank = 0;
  for (size_t first = 0; placed < top.ranked.size();) {
    const int64_t band = waiting[first].first / rules.band_width;
    memory.lots.clear();
    size_t last = first;
    for (; last < waiting.size() && waiting[last].first / rules.band_width == band; ++last) {
      const uint32_t row = mode.rows[waiting[last].second];
      memory.lots.push_back(
          {.group = table.groups[row], .row = row, .tag = static_cast<uint32_t>(last)});
    }
    if (memory.lots.size() > 1) parts::DrawLots(tie_breaker, memory.lots);
    ++rank;
    for (size_t i = 0; i < memory.lots.size() && placed < top.ranked.size(); ++i) {
      const auto& [score, candidate] = waiting[memory.lots[i].tag];
      RankedOffering& ranked = top.ranked[placed++];
      ranked.row = candidate;  // of the list of candidates, until it is explained
      ranked.score = score;
      ranked.rank = rank;
      parts::PlaceInBand(rules, ranked);
    }
    first = last;
  }
}

}  // namespace

Workspace::Workspace() : memory_(std::make_unique<Memory>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

namespace {

// Tariffs lie wherever they were allocated: in a large table the next ones are asked of the memory
// while this one is computed.
constexpr size_t kFetchAhead = 6;
constexpr size_t kCacheLine = 64;

void FetchTariff(const Tariff& tariff) {
  const auto* const bytes = reinterpret_cast<const char*>(tariff.components.data());
  const size_t size = tariff.components.size() * sizeof(PriceComponent);
  for (size_t at = 0; at < size; at += kCacheLine) __builtin_prefetch(bytes + at);
}

}  // namespace

void ComputeCosts(const FactTable& table, const RankIndex& index, const Request& request,
                  DeliveryMode mode, CostColumns& costs) {
  const ModeIndex& candidates = *index.needs[request.need][static_cast<size_t>(mode) - 1];
  for (auto& column : costs.figures) column.resize(candidates.rows.size());
  const UsageByYear usage = UsageOf(request);
  Cost cost;
  for (size_t i = 0; i < candidates.rows.size(); ++i) {
    if (i + kFetchAhead < candidates.rows.size()) {
      FetchTariff(table.tariffs[candidates.rows[i + kFetchAhead]]);
    }
    ComputeFigures(table, candidates.rows[i], request, usage, cost);
    costs.figures[0][i] = cost.tco36_micros;
    costs.figures[1][i] = cost.first_year_micros;
    costs.figures[2][i] = cost.double_usage_rise_micros;
    costs.figures[3][i] = cost.cash_out_90_days_micros;
  }
}

void RankTop(const Rules& rules, const FactTable& table, const RankIndex& index,
             const Request& request, DeliveryMode mode, const TieBreaker& tie_breaker, uint32_t k,
             const CostColumns* costs, Workspace& workspace, TopRanking& top) {
  CHECK_GE(k, 1u) << "the first none are no ranking";
  Memory& memory = workspace.memory();
  top.mode = mode;
  top.criteria.clear();
  top.dropped.clear();
  top.unchecked.clear();
  Ranker ranker(rules, table, index, request, mode, memory);
  ranker.GetReady(parts::NeedRulesOf(rules, request, mode), top.criteria, top.dropped,
                  top.unchecked, /*sums=*/true);
  if (costs == nullptr) {
    if (ranker.ReadsCost()) ComputeCosts(table, index, request, mode, memory.costs);
    costs = &memory.costs;
  }

  Selection selection(k, rules.band_width, memory.waiting);
  GroupCounter groups(table, memory.groups_seen);
  std::array<uint32_t, 4> standing_counts = {};
  for (size_t first = 0; first < ranker.size(); first += kBlock) {
    const size_t count = std::min(kBlock, ranker.size() - first);
    ranker.Stand(first, count, *costs);
    ranker.Score(first, count, *costs);
    for (size_t i = 0; i < count; ++i) {
      ++standing_counts[memory.standings[i]];
      if (memory.standings[i] == kRanked) {
        groups.Add(ranker.mode().rows[first + i]);
      } else {
        memory.scores[i] = kNoScore;
      }
    }
    selection.Add(memory.scores.data(), count, static_cast<uint32_t>(first));
  }
  selection.Finish();
  top.ranked_count = standing_counts[kRanked];
  top.to_confirm_count = standing_counts[kToConfirm];
  top.excluded_count = standing_counts[kExcluded];
  top.ranked_group_count = groups.count();

  DrawTop(rules, table, ranker.mode(), tie_breaker, k, memory, top);
  for (RankedOffering& ranked : top.ranked) {
    const uint32_t candidate = ranked.row;
    ranked.row = ranker.mode().rows[candidate];
    ComputeCost(table, ranked.row, request, ranked.cost);
    ranker.Explain(candidate, ranked.cost, ranked.contributions);
  }
}

Ranking Rank(const Rules& rules, const FactTable& table, const RankIndex& index,
             const Request& request, DeliveryMode mode, const TieBreaker& tie_breaker,
             Workspace& workspace) {
  Ranking ranking{.mode = mode};
  const NeedRules& need_rules = parts::NeedRulesOf(rules, request, mode);
  Ranker ranker(rules, table, index, request, mode, workspace.memory());
  ranker.GetReady(need_rules, ranking.criteria, ranking.dropped, ranking.unchecked,
                  /*sums=*/false);
  ranking.ranked.reserve(ranker.size());
  Cost cost;
  for (size_t i = 0; i < ranker.size(); ++i) {
    const uint32_t row = ranker.mode().rows[i];
    ComputeCost(table, row, request, cost);
    std::vector<Finding> findings = ranker.FindingsOf(i, need_rules, cost);
    if (findings.empty()) {
      RankedOffering ranked{.row = row};
      ranker.Explain(i, cost, ranked.contributions);
      for (const Contribution& part : ranked.contributions) ranked.score += part.contribution;
      parts::PlaceInBand(rules, ranked);
      ranked.cost = cost;
      ranking.ranked.push_back(std::move(ranked));
      continue;
    }
    const bool excluded = std::any_of(findings.begin(), findings.end(), [&](const Finding& f) {
      return f.constraint != Finding::kMinimumFact &&
             StandingOf(rules.constraints[f.constraint], f.truth) == kExcluded;
    });
    (excluded ? ranking.excluded : ranking.to_confirm)
        .push_back({.row = row, .findings = std::move(findings)});
  }
  parts::OrderRanking(table, tie_breaker, ranking);
  return ranking;
}

}  // namespace aplomb::engine
