#include "engine/rank_index.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "engine/rank_parts.h"

namespace aplomb::engine {
namespace {

constexpr uint32_t kNarrowClasses = 1u << 8;
constexpr uint32_t kMiddleClasses = 1u << 16;
constexpr int64_t kMostDense = 4'096;  // worths of a cost kept in a table

// What a rule reads.
struct Reads {
  std::set<uint16_t> slots;  // of the offering
  bool musts = false;
  bool wishes = false;
  bool cost = false;
  bool firm = false;

  bool NothingOfferingSays() const { return slots.empty() && !musts && !wishes && !cost; }
};

class Reader {
 public:
  explicit Reader(const Rules& rules) : rules_(rules) {}

  void ReadMeasure(MeasureId id) {
    if (id == kNoId) return;
    const Measure& m = rules_.measures[id];
    switch (m.kind) {
      case MeasureKind::kConstant:
        return;
      case MeasureKind::kCost:
        reads_.cost = true;
        return;
      case MeasureKind::kLadder:
      case MeasureKind::kFirstMatch:
        for (const MeasureStep& step : m.steps) ReadCondition(step.when);
        return;
      case MeasureKind::kFeatureCoverage:
        (m.scope_must ? reads_.musts : reads_.wishes) = true;
        return;
      case MeasureKind::kHeadroom:
        reads_.firm = true;
        for (const LimitRef& limit : m.limits) reads_.slots.insert(limit.slot);
        return;
      case MeasureKind::kSizeDistance:
        ReadFact(m.third);
        [[fallthrough]];
      case MeasureKind::kSetCoverage:
      case MeasureKind::kSectorFit:
      case MeasureKind::kDifference:
        ReadFact(m.second);
        [[fallthrough]];
      case MeasureKind::kFact:
        ReadFact(m.first);
        return;
    }
  }

  void ReadCondition(ConditionId id) {
    if (id == kNoId) return;
    const Condition& c = rules_.conditions[id];
    if (c.form == ConditionForm::kComparison) {
      ReadMeasure(c.left);
      ReadMeasure(c.right);
      return;
    }
    for (const ConditionId child : c.children) ReadCondition(child);
  }

  const Reads& reads() const { return reads_; }

 private:
  void ReadFact(const FactRef& ref) {
    if (ref.side == FactRef::Side::kRequest) {
      reads_.firm = true;
    } else {
      reads_.slots.insert(ref.slot);
    }
  }

  const Rules& rules_;
  Reads reads_;
};

Reads ReadsOfMeasure(const Rules& rules, MeasureId measure) {
  Reader reader(rules);
  reader.ReadMeasure(measure);
  return reader.reads();
}

Reads ReadsOfCondition(const Rules& rules, ConditionId condition) {
  Reader reader(rules);
  reader.ReadCondition(condition);
  return reader.reads();
}

// Numbers pairs in the order in which they come: a hash table with open addresses. The numbers
// hang on the order of rows; no result does.
class Numbering {
 public:
  Numbering() : slots_(kFirstSlots, kFree) {}

  uint32_t NumberOf(uint64_t a, uint64_t b) {
    size_t at = Hash(a, b) & (slots_.size() - 1);
    while (slots_[at] != kFree) {
      const auto& [known_a, known_b] = pairs_[slots_[at]];
      if (known_a == a && known_b == b) return slots_[at];
      at = (at + 1) & (slots_.size() - 1);
    }
    const auto number = static_cast<uint32_t>(pairs_.size());
    slots_[at] = number;
    pairs_.emplace_back(a, b);
    if (2 * pairs_.size() > slots_.size()) Grow();
    return number;
  }

  uint32_t count() const { return static_cast<uint32_t>(pairs_.size()); }

 private:
  static constexpr size_t kFirstSlots = 64;  // a power of two, as ever after
  static constexpr uint32_t kFree = 0xFFFF'FFFF;

  // Odd constants of the golden ratio and of splitmix64 (Steele, Lea & Flood 2014).
  static size_t Hash(uint64_t a, uint64_t b) {
    uint64_t h = (a * 0x9E3779B97F4A7C15u) ^ (b * 0xBF58476D1CE4E5B9u);
    h ^= h >> 29;
    h *= 0x94D049BB133111EBu;
    return static_cast<size_t>(h ^ (h >> 32));
  }

  void Grow() {
    slots_.assign(2 * slots_.size(), kFree);
    for (uint32_t i = 0; i < pairs_.size(); ++i) {
      size_t at = Hash(pairs_[i].first, pairs_[i].second) & (slots_.size() - 1);
      while (slots_[at] != kFree) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = i;
    }
  }

  std::vector<uint32_t> slots_;
  std::vector<std::pair<uint64_t, uint64_t>> pairs_;
};

ClassColumn Narrowed(const std::vector<uint32_t>& classes, uint32_t count) {
  ClassColumn column;
  column.examples.reserve(count);
  for (uint32_t i = 0; i < classes.size(); ++i) {
    if (classes[i] == column.examples.size()) column.examples.push_back(i);
  }
  CHECK_EQ(column.examples.size(), size_t{count}) << "classes are numbered as they come";
  if (count <= kNarrowClasses) {
    column.narrow.assign(classes.begin(), classes.end());
  } else if (count <= kMiddleClasses) {
    column.middle.assign(classes.begin(), classes.end());
  } else {
    column.wide = classes;
  }
  return column;
}

class Builder {
 public:
  Builder(const Rules& rules, const FactTable& table) : rules_(rules), table_(table) {}

  ModeIndex Build(uint8_t need, DeliveryMode mode) {
    request_.need = need;
    candidates_ = &table_.candidates[need];
    index_ = ModeIndex();
    columns_.clear();
    fact_numbers_.clear();
    ListCandidates(mode);
    const NeedRules& need_rules = rules_.needs[need][static_cast<size_t>(mode) - 1];
    index_.criteria.resize(rules_.criteria.size());
    for (size_t i = 0; i < rules_.criteria.size(); ++i) {
      if ((need_rules.criteria >> i & 1) != 0) index_.criteria[i] = Index(rules_.criteria[i]);
    }
    index_.constraints.resize(rules_.constraints.size());
    for (size_t i = 0; i < rules_.constraints.size(); ++i) {
      if ((need_rules.constraints >> i & 1) != 0) {
        index_.constraints[i] = Index(rules_.constraints[i]);
      }
    }
    FindMissingFacts(need_rules);
    index_.fused_criteria = Fuse(index_.criteria);
    index_.fused_constraints = Fuse(index_.constraints);
    return std::move(index_);
  }

 private:
  using ColumnKey = std::tuple<std::set<uint16_t>, bool>;  // slots; whether features are read

  void ListCandidates(DeliveryMode mode) {
    std::vector<std::pair<uint32_t, uint32_t>> found;
    for (uint32_t place = 0; place < candidates_->rows.size(); ++place) {
      const uint32_t row = candidates_->rows[place];
      if (table_.modes[row] == mode) found.emplace_back(row, place);
    }
    std::sort(found.begin(), found.end());
    for (const auto& [row, place] : found) {
      index_.rows.push_back(row);
      index_.places.push_back(place);
      index_.cost_evidence.push_back(table_.tariffs[row].evidence);
    }
  }

  Subject SubjectOf(uint32_t candidate) const {
    return {rules_,   table_,
            request_, candidates_->features[index_.places[candidate]],
            no_cost_, index_.rows[candidate]};
  }

  void FindMissingFacts(const NeedRules& need_rules) {
    index_.lacks.assign(index_.rows.size(), 0);
    for (uint32_t i = 0; i < index_.rows.size(); ++i) {
      Cost cost;
      cost.known = index_.cost_evidence[i] != Evidence::kNone;
      const Subject subject{
          rules_, table_, request_, candidates_->features[index_.places[i]], cost, index_.rows[i]};
      for (const MinimumFact& fact : need_rules.minimum_facts) {
        if (parts::IsMissing(subject, fact)) index_.lacks[i] = 1;
      }
    }
  }

  // Numbers of what a fact says of each candidate.
  const std::vector<uint32_t>& NumbersOf(uint16_t slot) {
    const auto [known, is_new] = fact_numbers_.try_emplace(slot);
    std::vector<uint32_t>& numbers = known->second;
    if (!is_new) return numbers;
    const Column& column = table_.columns[slot];
    Numbering numbering;
    numbers.reserve(index_.rows.size());
    for (const uint32_t row : index_.rows) {
      const Evidence evidence = column.evidence[row];
      // Without evidence the value means nothing.
      const int64_t value = evidence == Evidence::kNone ? 0 : column.values[row];
      numbers.push_back(
          numbering.NumberOf(static_cast<uint64_t>(value), static_cast<uint64_t>(evidence)));
    }
    return numbers;
  }

  // The classes of candidates that agree on these slots and, if wanted, on all features.
  uint16_t ColumnOf(const std::set<uint16_t>& slots, bool features) {
    const auto known = columns_.find({slots, features});
    if (known != columns_.end()) return known->second;
    const size_t size = index_.rows.size();
    std::vector<uint32_t> classes(size, 0);
    uint32_t count = size == 0 ? 0 : 1;
    const auto split = [&](auto say) {
      Numbering numbering;
      for (size_t i = 0; i < size; ++i) classes[i] = numbering.NumberOf(classes[i], say(i));
      count = numbering.count();
    };
    for (const uint16_t slot : slots) {
      const std::vector<uint32_t>& numbers = NumbersOf(slot);
      split([&](size_t i) { return numbers[i]; });
    }
    if (features) {
      const auto masks = [&](size_t i) -> const FeatureMasks& {
        return candidates_->features[index_.places[i]];
      };
      split([&](size_t i) { return uint64_t{masks(i).full} << 32 | masks(i).partial; });
      split([&](size_t i) { return uint64_t{masks(i).option_paid} << 32 | masks(i).none; });
    }
    const auto place = static_cast<uint16_t>(index_.columns.size());
    index_.columns.push_back(Narrowed(classes, count));
    columns_.emplace(ColumnKey(slots, features), place);
    return place;
  }

  // The form that follows from what a rule reads; fills in the column.
  IndexedRule Form(const Reads& reads) {
    IndexedRule rule;
    rule.asks_firm = reads.firm || reads.musts || reads.wishes || reads.cost;
    if (reads.cost) return rule;
    if (reads.slots.empty() && reads.musts != reads.wishes) {
      rule.form = reads.musts ? RuleForm::kByMusts : RuleForm::kByWishes;
      return rule;
    }
    rule.form = RuleForm::kByClass;
    rule.column = ColumnOf(reads.slots, reads.musts || reads.wishes);
    return rule;
  }

  IndexedRule Index(const Criterion& criterion) {
    IndexedRule rule = Form(ReadsOfMeasure(rules_, criterion.measure));
    if (rules_.measures[criterion.measure].kind == MeasureKind::kCost) {
      rule.form = RuleForm::kByCost;
      FillDense(criterion, rule);
    }
    if (rule.form != RuleForm::kByClass || rule.asks_firm) return rule;
    for (const uint32_t example : index_.columns[rule.column].examples) {
      const Measured m = Evaluate(SubjectOf(example), criterion.measure, criterion.least_evidence);
      rule.measured.push_back(m);
      rule.values.push_back(m.state == MeasureState::kKnown ? ValueOf(criterion, m.x) : 0);
    }
    return rule;
  }

  IndexedRule Index(const Constraint& constraint) {
    IndexedRule rule = Form(ReadsOfCondition(rules_, constraint.satisfied_when));
    const Condition& c = rules_.conditions[constraint.satisfied_when];
    if (c.form == ConditionForm::kComparison &&
        rules_.measures[c.left].kind == MeasureKind::kCost &&
        ReadsOfMeasure(rules_, c.right).NothingOfferingSays()) {
      rule.form = RuleForm::kByCost;
    }
    if (rule.form != RuleForm::kByClass || rule.asks_firm) return rule;
    for (const uint32_t example : index_.columns[rule.column].examples) {
      rule.truths.push_back(Holds(SubjectOf(example), constraint.satisfied_when));
    }
    return rule;
  }

  // What a rule has to say about each candidate, in numbers from 0.
  struct Voice {
    uint8_t ordinal = 0;
    uint32_t count = 0;
    std::vector<uint32_t> codes = {};
  };

  Voice VoiceOf(uint8_t ordinal, IndexedRule& rule) const {
    const ClassColumn& column = index_.columns[rule.column];
    std::map<int32_t, uint32_t> place_of_outcome;
    std::vector<uint32_t> code_of_class(column.examples.size());
    for (uint32_t i = 0; i < code_of_class.size(); ++i) {
      code_of_class[i] = i;
      if (rule.asks_firm) continue;
      const int32_t outcome =
          rule.truths.empty() ? rule.values[i] : static_cast<int32_t>(rule.truths[i]);
      const auto [known, is_new] =
          place_of_outcome.emplace(outcome, static_cast<uint32_t>(rule.outcomes.size()));
      code_of_class[i] = known->second;
      if (is_new) rule.outcomes.push_back(outcome);
    }
    Voice voice{.ordinal = ordinal};
    voice.count =
        static_cast<uint32_t>(rule.asks_firm ? code_of_class.size() : rule.outcomes.size());
    voice.codes.reserve(index_.rows.size());
    for (size_t i = 0; i < index_.rows.size(); ++i) {
      voice.codes.push_back(code_of_class[column.ClassOf(i)]);
    }
    return voice;
  }

  // Rules with few outcomes first, as many in a column as a byte holds.
  std::vector<FusedColumn> Fuse(std::vector<IndexedRule>& rules) const {
    std::vector<Voice> voices;
    for (size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].form == RuleForm::kByClass) {
        voices.push_back(VoiceOf(static_cast<uint8_t>(i), rules[i]));
      }
    }
    std::sort(voices.begin(), voices.end(), [](const Voice& a, const Voice& b) {
      return std::pair(a.count, a.ordinal) < std::pair(b.count, b.ordinal);
    });
    std::vector<FusedColumn> fused;
    const size_t size = index_.rows.size();
    for (size_t first = 0; first < voices.size();) {
      Numbering numbering;
      std::vector<uint32_t> classes(size);
      for (size_t i = 0; i < size; ++i) {
        classes[i] = numbering.NumberOf(voices[first].codes[i], 0);
      }
      uint32_t count = numbering.count();
      size_t last = first + 1;
      for (; last < voices.size() && count <= kNarrowClasses; ++last) {
        Numbering both;
        std::vector<uint32_t> finer(size);
        for (size_t i = 0; i < size && both.count() <= kNarrowClasses; ++i) {
          finer[i] = both.NumberOf(classes[i], voices[last].codes[i]);
        }
        if (both.count() > kNarrowClasses) break;
        classes = std::move(finer);
        count = both.count();
      }
      FusedColumn column{.column = Narrowed(classes, count)};
      for (size_t i = first; i < last; ++i) column.members.push_back(voices[i].ordinal);
      for (const uint32_t example : column.column.examples) {
        for (size_t i = first; i < last; ++i) column.codes.push_back(voices[i].codes[example]);
      }
      fused.push_back(std::move(column));
      first = last;
    }
    return fused;
  }

  static void FillDense(const Criterion& criterion, IndexedRule& rule) {
    if (criterion.breakpoints.empty()) return;
    const int64_t first = criterion.breakpoints.front().x;
    const int64_t last = criterion.breakpoints.back().x;
    if (first < -kMaxTotalMicros || last > kMaxTotalMicros || last - first >= kMostDense) return;
    rule.dense_first = first;
    for (int64_t x = first; x <= last; ++x) rule.dense.push_back(ValueOf(criterion, x));
  }

  const Rules& rules_;
  const FactTable& table_;
  std::map<uint16_t, std::vector<uint32_t>> fact_numbers_;
  Request request_;  // only its need is looked at: what asks about the firm is evaluated later
  Cost no_cost_;
  const NeedCandidates* candidates_ = nullptr;
  ModeIndex index_;
  std::map<ColumnKey, uint16_t> columns_;
};

template <typename T>
size_t BytesOf(const std::vector<T>& list) {
  return list.size() * sizeof(T);
}

}  // namespace

size_t RankIndex::MemorySize() const {
  size_t bytes = 0;
  for (const auto& modes : needs) {
    for (const auto& held : modes) {
      const ModeIndex& mode = *held;
      bytes += BytesOf(mode.rows) + BytesOf(mode.places) + BytesOf(mode.lacks) +
               BytesOf(mode.cost_evidence) + BytesOf(mode.columns) + BytesOf(mode.criteria) +
               BytesOf(mode.constraints);
      for (const ClassColumn& column : mode.columns) {
        bytes += BytesOf(column.narrow) + BytesOf(column.middle) + BytesOf(column.wide) +
                 BytesOf(column.examples);
      }
      for (const auto* list : {&mode.fused_criteria, &mode.fused_constraints}) {
        for (const FusedColumn& fused : *list) {
          bytes += BytesOf(fused.column.narrow) + BytesOf(fused.column.middle) +
                   BytesOf(fused.column.wide) + BytesOf(fused.column.examples) +
                   BytesOf(fused.members) + BytesOf(fused.codes);
        }
      }
      for (const auto* rules : {&mode.criteria, &mode.constraints}) {
        for (const IndexedRule& rule : *rules) {
          bytes += BytesOf(rule.measured) + BytesOf(rule.values) + BytesOf(rule.truths) +
                   BytesOf(rule.outcomes) + BytesOf(rule.dense);
        }
      }
    }
  }
  return bytes;
}

RankIndex UpdateRankIndex(const RankIndex& before, const Rules& rules, const FactTable& table,
                          uint64_t needs) {
  RankIndex index{.row_count = table.row_count, .needs = before.needs};
  CHECK_EQ(index.needs.size(), table.candidates.size()) << "an index under the same rules";
  Builder builder(rules, table);
  for (size_t need = 0; need < index.needs.size(); ++need) {
    if ((needs >> need & 1) == 0) continue;
    for (const auto mode : {DeliveryMode::kDoItYourself, DeliveryMode::kHaveItDone}) {
      index.needs[need][static_cast<size_t>(mode) - 1] =
          std::make_shared<const ModeIndex>(builder.Build(static_cast<uint8_t>(need), mode));
    }
  }
  return index;
}

RankIndex BuildRankIndex(const Rules& rules, const FactTable& table) {
  RankIndex nothing;
  nothing.needs.resize(table.candidates.size());
  static_assert(kMaxNeeds <= 64, "a mask holds all needs");
  return UpdateRankIndex(nothing, rules, table, ~uint64_t{0});
}

}  // namespace aplomb::engine
