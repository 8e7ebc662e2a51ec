#include "decision/explain/unknowns.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/numeric/bits.h"
#include "decision/explain/overlay.h"
#include "decision/explain/reading.h"
#include "decision/explain/settings.h"
#include "engine/cost.h"
#include "engine/measure.h"
#include "engine/weights.h"

namespace aplomb::explain {
namespace {

using engine::Evidence;
using engine::kNoId;
using engine::Ranking;
using engine::Truth;

using Bands = std::vector<std::vector<uint32_t>>;

bool HasBit(uint64_t mask, uint32_t i) { return ((mask >> i) & 1u) != 0; }

// What a condition can be over all answers. More than it really can is allowed, less is not.
struct Can {
  bool be_true = false;
  bool be_false = false;
  bool be_unknown = false;
};

// Bounds over all answers: facts that are known are read by the engine's own functions, a rule that
// reads anything open can be anything.
//
// `request` holds the answers assumed, silence among them; `open_slots` are the facts of the firm
// that may still become anything. `offerings_open`: offerings may still declare, or support better,
// what they do not.
class Bounds {
 public:
  Bounds(const Inquiry& inquiry, const engine::Request& request,
         const std::set<uint16_t>& open_slots, const OpenAnswers& open, bool offerings_open)
      : inquiry_(inquiry),
        request_(request),
        open_slots_(open_slots),
        open_(open),
        offerings_open_(offerings_open) {
    const engine::NeedRules& need = NeedRulesOf(inquiry);
    for (uint32_t i = 0; i < inquiry.rules.criteria.size(); ++i) {
      if (HasBit(need.criteria, i)) AddCriterion(static_cast<uint8_t>(i));
    }
    for (uint32_t i = 0; i < inquiry.rules.constraints.size(); ++i) {
      if (HasBit(need.constraints, i)) AddConstraint(static_cast<uint8_t>(i));
    }
    for (const CandidateRow& candidate : CandidateRows(inquiry)) AddRow(candidate);
  }

  struct Row {
    uint32_t row = 0;
    bool may_be_ranked = true;
    bool may_be_unranked = false;
    std::vector<int32_t> low = {};  // by place in criteria()
    std::vector<int32_t> high = {};
  };
  struct Weighed {
    uint8_t criterion = 0;
    bool maybe = false;  // weighed with some answers only
  };

  const std::vector<Row>& rows() const { return rows_; }
  const std::vector<Weighed>& criteria() const { return criteria_; }
  uint32_t MaybeCount() const {
    return static_cast<uint32_t>(std::count_if(criteria_.begin(), criteria_.end(),
                                               [](const Weighed& w) { return w.maybe; }));
  }

 private:
  bool FirmOpen(const Reads& reads) const {
    if ((reads.metrics & open_.metrics) != 0) return true;
    return std::any_of(reads.request.begin(), reads.request.end(),
                       [&](uint16_t slot) { return open_slots_.count(slot) != 0; });
  }

  // Whether an answer can change what a rule that reads these gives for the row.
  bool IsOpen(const Reads& reads, const CandidateRow& candidate) const {
    if (FirmOpen(reads)) return true;
    const engine::Tariff& tariff = inquiry_.table.tariffs[candidate.row];
    const uint32_t priced = MetricsOf(tariff) | MetricsOf(inquiry_.request);
    if (reads.cost && (open_.target || (priced & open_.metrics) != 0)) return true;
    if (!offerings_open_) return false;
    if (reads.cost &&
        (tariff.evidence == Evidence::kNone || tariff.evidence < reads.cost_evidence)) {
      return true;
    }
    for (const auto& [slot, asked] : reads.offering) {
      if (inquiry_.table.columns[slot].evidence[candidate.row] < asked) return true;
    }
    const engine::FeatureMasks& f = candidate.features;
    const uint32_t unknown = ~(f.full | f.partial | f.option_paid | f.none);
    return (reads.must_features && (unknown & request_.must_features) != 0) ||
           (reads.nice_features && (unknown & request_.nice_features) != 0);
  }

  void AddCriterion(uint8_t ordinal) {
    const engine::Criterion& c = inquiry_.rules.criteria[ordinal];
    if (FirmOpen(ReadsOf(inquiry_.rules, c))) {
      criteria_.push_back({.criterion = ordinal, .maybe = true});
      return;
    }
    if (c.applies_when != kNoId &&
        HoldsForRequest(inquiry_.rules, request_, c.applies_when) != Truth::kTrue) {
      return;
    }
    if (FirmSideOf(inquiry_.rules, request_, c.measure, kNoId) != engine::FirmSide::kSaid) return;
    criteria_.push_back({.criterion = ordinal});
  }

  void AddConstraint(uint8_t ordinal) {
    const engine::Constraint& c = inquiry_.rules.constraints[ordinal];
    if (FirmOpen(ReadsOf(inquiry_.rules, c))) {
      constraints_.push_back({ordinal, true});
      return;
    }
    if (c.applies_when != kNoId &&
        HoldsForRequest(inquiry_.rules, request_, c.applies_when) != Truth::kTrue) {
      return;
    }
    if (FirmSideOf(inquiry_.rules, request_, kNoId, c.satisfied_when) != engine::FirmSide::kSaid) {
      return;
    }
    constraints_.push_back({ordinal, false});
  }

  void AddRow(const CandidateRow& candidate) {
    engine::Cost cost;
    engine::ComputeCost(inquiry_.table, candidate.row, request_, cost);
    const engine::Subject subject{inquiry_.rules,     inquiry_.table, request_,
                                  candidate.features, cost,           candidate.row};
    Row row{.row = candidate.row};
    for (const auto& [ordinal, maybe] : constraints_) {
      const Can can = CanBe(subject, candidate, inquiry_.rules.constraints[ordinal].satisfied_when);
      row.may_be_unranked |= can.be_false || can.be_unknown;
      row.may_be_ranked &= maybe || can.be_true;
    }
    for (const engine::MinimumFact& fact : NeedRulesOf(inquiry_).minimum_facts) {
      if (!IsMissing(fact, candidate)) continue;
      row.may_be_unranked = true;
      row.may_be_ranked &= offerings_open_;
    }
    for (const Weighed& weighed : criteria_) {
      const engine::Criterion& c = inquiry_.rules.criteria[weighed.criterion];
      int32_t low = 0, high = 0;
      if (weighed.maybe || IsOpen(ReadsOf(inquiry_.rules, c), candidate)) {
        for (const engine::Breakpoint& point : c.breakpoints) high = std::max(high, point.value);
      } else {
        const engine::Measured m = engine::Evaluate(subject, c.measure, c.least_evidence);
        if (m.state == engine::MeasureState::kKnown) low = high = engine::ValueOf(c, m.x);
      }
      row.low.push_back(low);
      row.high.push_back(high);
    }
    rows_.push_back(std::move(row));
  }

  bool IsMissing(const engine::MinimumFact& fact, const CandidateRow& candidate) const {
    switch (fact.kind) {
      case engine::MinimumFact::Kind::kFact:
        return inquiry_.table.columns[fact.slot].evidence[candidate.row] == Evidence::kNone;
      case engine::MinimumFact::Kind::kCost:
        return inquiry_.table.tariffs[candidate.row].evidence == Evidence::kNone;
      case engine::MinimumFact::Kind::kFeatures: {
        const engine::FeatureMasks& f = candidate.features;
        return (f.full | f.partial | f.option_paid | f.none) == 0;
      }
    }
    return true;
  }

  Can CanBe(const engine::Subject& subject, const CandidateRow& candidate,
            engine::ConditionId id) const {
    const engine::Condition& c = inquiry_.rules.conditions[id];
    if (c.form == engine::ConditionForm::kComparison) {
      Reads reads;
      ReadCondition(inquiry_.rules, id, Evidence::kDeclared, reads);
      if (IsOpen(reads, candidate)) return {true, true, true};
      const Truth truth = Holds(subject, id);
      return {truth == Truth::kTrue, truth == Truth::kFalse,
              truth != Truth::kTrue && truth != Truth::kFalse};
    }
    if (c.form == engine::ConditionForm::kNot) {
      const Can can = CanBe(subject, candidate, c.children[0]);
      return {can.be_false, can.be_true, can.be_unknown};
    }
    const bool all = c.form == engine::ConditionForm::kAll;
    // The empty "all" is true, the empty "any" false.
    Can can{.be_true = all, .be_false = !all};
    for (const engine::ConditionId child : c.children) {
      const Can one = CanBe(subject, candidate, child);
      can.be_true = all ? can.be_true && one.be_true : can.be_true || one.be_true;
      can.be_false = all ? can.be_false || one.be_false : can.be_false && one.be_false;
      can.be_unknown |= one.be_unknown;
    }
    return can;
  }

  const Inquiry& inquiry_;
  const engine::Request& request_;
  const std::set<uint16_t>& open_slots_;
  const OpenAnswers& open_;
  bool offerings_open_;
  std::vector<Weighed> criteria_;
  std::vector<std::pair<uint8_t, bool>> constraints_;  // ordinal, applied with some answers only
  std::vector<Row> rows_;
};

// Scores of the rows with one choice of the criteria that may or may not be weighed.
struct Interval {
  int64_t low = 0;
  int64_t high = 0;
};

std::vector<Interval> IntervalsOf(const Inquiry& inquiry, const Bounds& bounds, uint32_t choice) {
  std::vector<size_t> weighed;
  std::vector<uint8_t> groups;
  std::vector<uint8_t> parts;
  uint32_t maybe = 0;
  for (size_t i = 0; i < bounds.criteria().size(); ++i) {
    const Bounds::Weighed& w = bounds.criteria()[i];
    if (w.maybe && !HasBit(choice, maybe++)) continue;
    weighed.push_back(i);
    groups.push_back(inquiry.rules.criteria[w.criterion].group);
    parts.push_back(inquiry.rules.criteria[w.criterion].parts_in_group);
  }
  const std::vector<int32_t> weights =
      engine::CriterionWeights(inquiry.request.group_shares, groups, parts);
  std::vector<Interval> intervals;
  for (const Bounds::Row& row : bounds.rows()) {
    Interval interval;
    for (size_t k = 0; k < weighed.size(); ++k) {
      interval.low += int64_t{weights[k]} * row.low[weighed[k]];
      interval.high += int64_t{weights[k]} * row.high[weighed[k]];
    }
    intervals.push_back(interval);
  }
  return intervals;
}

// Whether the leading bands are `bands` whatever the scores within the intervals.
bool Keeps(const Inquiry& inquiry, const Bounds& bounds, const std::vector<Interval>& intervals,
           const Bands& bands) {
  const int64_t width = inquiry.rules.band_width;
  std::map<uint32_t, size_t> place;  // of the rows in the leading bands
  size_t leaders = 0;
  for (size_t b = 0; b < bands.size(); ++b) {
    for (const uint32_t row : bands[b]) place[row] = b;
    leaders += bands[b].size();
  }
  // By leading band: the lowest and highest band that one of it can have.
  std::vector<int64_t> lowest(bands.size(), engine::kScoreMax), highest(bands.size(), -1);
  int64_t outside = -1;  // highest band that any other can have
  for (size_t i = 0; i < bounds.rows().size(); ++i) {
    const Bounds::Row& row = bounds.rows()[i];
    const int64_t low = intervals[i].low / width;
    const int64_t high = intervals[i].high / width;
    const auto found = place.find(row.row);
    if (found == place.end()) {
      if (row.may_be_ranked) outside = std::max(outside, high);
      continue;
    }
    if (row.may_be_unranked) return false;
    // Those of one band stay together only where their band cannot move.
    if (bands[found->second].size() > 1 && low != high) return false;
    lowest[found->second] = std::min(lowest[found->second], low);
    highest[found->second] = std::max(highest[found->second], high);
  }
  for (size_t b = 0; b < bands.size(); ++b) {
    if (bands[b].size() > 1 && lowest[b] != highest[b]) return false;
    if (b > 0 && lowest[b - 1] <= highest[b]) return false;
  }
  // Fewer than three lead where no more are ranked: then no other may come to be ranked.
  if (leaders < kTopPlaces) return outside < 0;
  return lowest.back() > outside;
}

// The questions whose answers are all tried, one after another; silence is an answer too.
class Combinations {
 public:
  Combinations(const Inquiry& inquiry, const FactShapes& shapes) : request_(inquiry.request) {
    const std::set<uint16_t> read = ReadSlots(inquiry);
    std::vector<std::pair<size_t, uint16_t>> by_count;
    std::map<uint16_t, std::vector<int64_t>> values;
    for (const uint16_t slot : read) {
      if (request_.facts[slot].known) continue;
      open_slots_.insert(slot);
      if (!IsShort(shapes.request[slot])) continue;
      values[slot] = CandidateValues(shapes.request[slot], {});
      by_count.emplace_back(values[slot].size() + 1, slot);
    }
    std::sort(by_count.begin(), by_count.end());
    for (const auto& [count, slot] : by_count) {
      if (count_ * count > kMaxAnswerCombinations) break;
      count_ *= count;
      questions_.emplace_back(slot, values[slot]);
      open_slots_.erase(slot);
    }
  }

  // Unknown facts that are not tried answer by answer.
  const std::set<uint16_t>& open_slots() const { return open_slots_; }

  size_t count() const { return count_; }

  engine::Request operator[](size_t number) const {
    engine::Request request = request_;
    for (const auto& [slot, values] : questions_) {
      const size_t answer = number % (values.size() + 1);
      number /= values.size() + 1;
      if (answer > 0) request.facts[slot] = {.value = values[answer - 1], .known = true};
    }
    return request;
  }

 private:
  // What some rule of the need reads; other facts change nothing.
  static std::set<uint16_t> ReadSlots(const Inquiry& inquiry) {
    std::set<uint16_t> slots;
    const engine::NeedRules& need = NeedRulesOf(inquiry);
    for (uint32_t i = 0; i < inquiry.rules.criteria.size(); ++i) {
      if (!HasBit(need.criteria, i)) continue;
      const Reads reads = ReadsOf(inquiry.rules, inquiry.rules.criteria[i]);
      slots.insert(reads.request.begin(), reads.request.end());
    }
    for (uint32_t i = 0; i < inquiry.rules.constraints.size(); ++i) {
      if (!HasBit(need.constraints, i)) continue;
      const Reads reads = ReadsOf(inquiry.rules, inquiry.rules.constraints[i]);
      slots.insert(reads.request.begin(), reads.request.end());
    }
    return slots;
  }

  // Whether CandidateValues is all that the fact can be.
  static bool IsShort(const FactShape& shape) {
    switch (shape.kind) {
      case FactShape::Kind::kBoolean:
      case FactShape::Kind::kCode:
        return true;
      case FactShape::Kind::kNumber:
        return shape.high - shape.low < kFewNumbers;
      case FactShape::Kind::kSet:
        return absl::popcount(static_cast<uint64_t>(shape.mask)) <= kFewMembers;
      default:
        return false;
    }
  }

  engine::Request request_;
  std::set<uint16_t> open_slots_;
  std::vector<std::pair<uint16_t, std::vector<int64_t>>> questions_;
  size_t count_ = 1;
};

// Bounds over everything that is open. Widens `intervals` (by row) where given.
bool IsSettled(const Inquiry& inquiry, const Combinations& combinations, const OpenAnswers& open,
               bool offerings_open, const Bands& bands,
               std::map<uint32_t, ScoreInterval>* intervals) {
  bool settled = true;
  for (size_t n = 0; n < combinations.count(); ++n) {
    if (!settled && intervals == nullptr) return false;
    const engine::Request request = combinations[n];
    const Bounds bounds(inquiry, request, combinations.open_slots(), open, offerings_open);
    const uint32_t maybe = bounds.MaybeCount();
    const bool countable = maybe <= kMaxOpenRules;
    settled &= countable;
    const uint32_t choices = countable ? uint32_t{1} << maybe : 1;
    for (uint32_t choice = 0; choice < choices; ++choice) {
      std::vector<Interval> scores = IntervalsOf(inquiry, bounds, choice);
      if (!countable) scores.assign(scores.size(), {0, engine::kScoreMax});
      settled = settled && Keeps(inquiry, bounds, scores, bands);
      if (intervals == nullptr) continue;
      for (size_t i = 0; i < scores.size(); ++i) {
        const Bounds::Row& row = bounds.rows()[i];
        ScoreInterval& interval = (*intervals)[row.row];
        interval.may_be_unranked |= row.may_be_unranked;
        if (!row.may_be_ranked) continue;
        interval.low =
            interval.may_be_ranked ? std::min(interval.low, scores[i].low) : scores[i].low;
        interval.high = std::max(interval.high, scores[i].high);
        interval.may_be_ranked = true;
      }
    }
  }
  return settled;
}

// ---------------------------------------------------------------- questions

// Ranks the answers of one question.
class Asking {
 public:
  Asking(const Inquiry& inquiry, const Bands& silent) : inquiry_(inquiry), silent_(silent) {
    outcomes_.insert(silent);
  }

  void Try(const engine::Request& request, int64_t answer) {
    if (answers_.size() >= kMaxAnswersTried) return;
    Bands bands =
        LeadingBands(RankWithoutLot({inquiry_.rules, inquiry_.table, request, inquiry_.mode}));
    outcomes_.insert(bands);
    answers_.emplace_back(answer, std::move(bands));
  }

  // Fills in what the answers changed; nothing where they changed nothing.
  std::optional<Question> Result(Question question) const {
    if (outcomes_.size() < 2) return std::nullopt;
    question.outcomes = static_cast<uint32_t>(outcomes_.size());
    // Place of each leader in each outcome.
    std::map<uint32_t, std::set<size_t>> places;
    std::map<uint32_t, size_t> seen;
    for (const Bands& bands : outcomes_) {
      for (size_t b = 0; b < bands.size(); ++b) {
        for (const uint32_t row : bands[b]) {
          places[row].insert(b);
          ++seen[row];
        }
      }
    }
    for (const auto& [row, at] : places) {
      question.leaders_moved += at.size() > 1 || seen[row] < outcomes_.size();
    }
    // Two told answers that differ, else silence and one that differs from it.
    for (const auto& [answer, bands] : answers_) {
      if (bands == answers_.front().second) continue;
      question.answer_a = answers_.front().first;
      question.answer_b = answer;
      return question;
    }
    question.a_is_silence = true;
    question.answer_b = answers_.front().first;
    return question;
  }

 private:
  const Inquiry& inquiry_;
  Bands silent_;
  std::set<Bands> outcomes_;
  std::vector<std::pair<int64_t, Bands>> answers_;
};

std::map<uint16_t, std::set<int64_t>> ThresholdsOfFirm(const Inquiry& inquiry) {
  Thresholds thresholds;
  const engine::NeedRules& need = NeedRulesOf(inquiry);
  for (const CandidateRow& candidate : CandidateRows(inquiry)) {
    engine::Cost cost;
    engine::ComputeCost(inquiry.table, candidate.row, inquiry.request, cost);
    const engine::Subject subject{inquiry.rules,      inquiry.table, inquiry.request,
                                  candidate.features, cost,          candidate.row};
    const auto add = [&](engine::ConditionId id) {
      if (id != kNoId) AddThresholds(subject, id, Evidence::kDeclared, thresholds);
    };
    for (uint32_t i = 0; i < inquiry.rules.criteria.size(); ++i) {
      if (!HasBit(need.criteria, i)) continue;
      AddThresholds(subject, inquiry.rules.criteria[i], thresholds);
      add(inquiry.rules.criteria[i].applies_when);
    }
    for (uint32_t i = 0; i < inquiry.rules.constraints.size(); ++i) {
      if (!HasBit(need.constraints, i)) continue;
      add(inquiry.rules.constraints[i].satisfied_when);
      add(inquiry.rules.constraints[i].applies_when);
    }
  }
  return std::move(thresholds.request);
}

std::vector<Question> NextQuestions(const Inquiry& inquiry, const Ranking& ranking,
                                    const FactShapes& shapes, const OpenAnswers& open) {
  const Bands silent = LeadingBands(ranking);
  std::vector<Question> questions;
  // What the ranking left out because the firm is silent; other unknown facts are read by nothing.
  std::set<uint16_t> slots;
  for (const engine::DroppedCriterion& dropped : ranking.dropped) {
    slots.insert(dropped.request_slots.begin(), dropped.request_slots.end());
  }
  for (const engine::UncheckedConstraint& unchecked : ranking.unchecked) {
    slots.insert(unchecked.request_slots.begin(), unchecked.request_slots.end());
  }
  std::map<uint16_t, std::set<int64_t>> thresholds;
  if (!slots.empty()) thresholds = ThresholdsOfFirm(inquiry);
  for (const uint16_t slot : slots) {
    Asking asking(inquiry, silent);
    engine::Request request = inquiry.request;
    for (const int64_t answer : CandidateValues(shapes.request[slot], thresholds[slot])) {
      request.facts[slot] = {.value = answer, .known = true};
      asking.Try(request, answer);
    }
    if (const auto question = asking.Result({.kind = Question::Kind::kFact, .slot = slot})) {
      questions.push_back(*question);
    }
  }
  for (uint8_t metric = 1; metric < engine::kMetricCount; ++metric) {
    if (!HasBit(open.metrics, metric)) continue;
    Asking asking(inquiry, silent);
    const int64_t assumed = inquiry.request.usage[metric];
    // None, half, as assumed, double, five and twenty times as much; of what every firm has, none
    // is no answer: one.
    const int64_t least = HasBit(open.present_metrics, metric) ? 1 : 0;
    std::set<int64_t> answers = {least, std::max(least, assumed / 2), std::max(least, assumed)};
    for (const int64_t times : {2, 5, 20}) {
      answers.insert(std::max(least, std::min(assumed, engine::kMaxUsage / times) * times));
    }
    engine::Request request = inquiry.request;
    request.usage_told[metric] |= HasBit(open.capacity_metrics, metric);
    for (const int64_t answer : answers) {
      request.usage[metric] = answer;
      asking.Try(request, answer);
    }
    if (const auto question = asking.Result({.kind = Question::Kind::kUsage, .metric = metric})) {
      questions.push_back(*question);
    }
  }
  std::stable_sort(questions.begin(), questions.end(), [](const Question& a, const Question& b) {
    return std::tie(a.leaders_moved, a.outcomes) > std::tie(b.leaders_moved, b.outcomes);
  });
  if (questions.size() > kMaxQuestions) questions.resize(kMaxQuestions);
  return questions;
}

}  // namespace

Unknowns ExamineUnknowns(const Inquiry& inquiry, const Ranking& ranking, const FactShapes& shapes,
                         const OpenAnswers& open) {
  const Bands bands = LeadingBands(ranking);
  const Combinations combinations(inquiry, shapes);
  std::map<uint32_t, ScoreInterval> intervals;
  Unknowns unknowns;
  unknowns.settled = IsSettled(inquiry, combinations, open, true, bands, &intervals);
  unknowns.settled_for_firm =
      unknowns.settled || IsSettled(inquiry, combinations, open, false, bands, nullptr);
  for (const engine::UnrankedOffering& o : ranking.to_confirm) {
    intervals[o.row].standing = Standing::kToConfirm;
  }
  for (const engine::UnrankedOffering& o : ranking.excluded) {
    intervals[o.row].standing = Standing::kExcluded;
  }
  for (auto& [row, interval] : intervals) {
    interval.row = row;
    unknowns.intervals.push_back(interval);
  }
  unknowns.next_questions = NextQuestions(inquiry, ranking, shapes, open);
  return unknowns;
}

}  // namespace aplomb::explain
