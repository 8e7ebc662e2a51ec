#include "decision/record.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/status.h"

namespace aplomb::decision {
namespace {

using base::ByteReader;
using base::ByteWriter;
using engine::DeliveryMode;
using engine::Evidence;
using engine::MeasureState;

// Sixteen bytes that no text file begins with.
constexpr absl::string_view kMagic("aplomb/decision\0", 16);
constexpr uint8_t kVersion = 1;
constexpr size_t kNeedIdSizeMax = 32;
constexpr size_t kCurrencySize = 3;
constexpr size_t kSlotsMax = 1'024;
constexpr uint16_t kNone16 = 0xFFFF;  // "no component", "no tool"
constexpr int64_t kUnknownCost = -1;

// --- Writing -----------------------------------------------------------------------------------

void EncodeUid(const Uid& uid, ByteWriter& w) {
  w.Raw(absl::string_view(reinterpret_cast<const char*>(uid.data()), uid.size()));
}

void EncodeSlots(const std::vector<uint16_t>& slots, ByteWriter& w) {
  w.Count(slots.size());
  for (const uint16_t slot : slots) w.U16(slot);
}

void EncodeCost(const engine::Cost& cost, ByteWriter& w) {
  w.Bool(cost.known);
  if (!cost.known) return;
  w.U8(static_cast<uint8_t>(cost.evidence));
  w.I64(cost.tco36_micros);
  w.I64(cost.first_year_micros);
  w.I64(cost.cash_out_90_days_micros);
  w.I64(cost.double_usage_rise_micros);
  w.Count(cost.lines.size());
  for (const engine::CostLine& line : cost.lines) {
    w.U16(line.component < 0 ? kNone16 : static_cast<uint16_t>(line.component));
    w.U8(line.added_need);
    w.I64(line.tco36_micros);
  }
}

void EncodeRanked(const RecordedRanked& ranked, size_t criterion_count, ByteWriter& w) {
  CHECK_EQ(ranked.contributions.size(), criterion_count)
      << "one contribution for each criterion that was weighed";
  EncodeUid(ranked.offering, w);
  w.I64(ranked.score);
  w.I64(ranked.band);
  w.U32(static_cast<uint32_t>(ranked.rank));
  w.Bool(ranked.close_to_next_band);
  w.I64(ranked.price_day);
  for (const engine::Contribution& c : ranked.contributions) {
    w.U8(static_cast<uint8_t>(c.state));
    w.U16(static_cast<uint16_t>(c.value));
    if (c.state != MeasureState::kKnown) continue;
    w.U8(static_cast<uint8_t>(c.evidence));
    w.I64(c.x);
  }
  EncodeCost(ranked.cost, w);
}

void EncodeUnranked(const std::vector<RecordedUnranked>& list, ByteWriter& w) {
  w.Count(list.size());
  for (const RecordedUnranked& unranked : list) {
    EncodeUid(unranked.offering, w);
    w.Count(unranked.findings.size());
    for (const engine::Finding& finding : unranked.findings) {
      w.U8(finding.constraint);
      w.U8(static_cast<uint8_t>(finding.truth));
      w.U8(finding.minimum_fact);
      w.Bool(finding.observed_known);
      if (finding.observed_known) w.I64(finding.observed);
      w.Bool(finding.required_known);
      if (finding.required_known) w.I64(finding.required);
      w.U16(finding.comparison);
    }
  }
}

void EncodeRanking(const RecordedRanking& ranking, ByteWriter& w) {
  w.U8(static_cast<uint8_t>(ranking.mode));
  w.I64(ranking.target_micros);
  w.U8(static_cast<uint8_t>(ranking.target_source));
  w.Bool(ranking.insufficient_range);
  w.U32(ranking.ranked_group_count);
  w.Count(ranking.criteria.size());
  for (const engine::ActiveCriterion& criterion : ranking.criteria) {
    w.U8(criterion.criterion);
    w.U16(static_cast<uint16_t>(criterion.weight_bp));
  }
  w.Count(ranking.dropped.size());
  for (const engine::DroppedCriterion& dropped : ranking.dropped) {
    w.U8(dropped.criterion);
    w.U8(static_cast<uint8_t>(dropped.reason));
    EncodeSlots(dropped.request_slots, w);
  }
  w.Count(ranking.unchecked.size());
  for (const engine::UncheckedConstraint& unchecked : ranking.unchecked) {
    w.U8(unchecked.constraint);
    EncodeSlots(unchecked.request_slots, w);
  }
  w.Count(ranking.ranked.size());
  for (const RecordedRanked& ranked : ranking.ranked) {
    EncodeRanked(ranked, ranking.criteria.size(), w);
  }
  EncodeUnranked(ranking.to_confirm, w);
  EncodeUnranked(ranking.excluded, w);
}

void EncodeNeed(const RecordedNeed& need, ByteWriter& w) {
  w.Bytes(need.need_id);
  w.Bool(need.usual_features_assumed);
  w.Bool(need.size_assumed);
  w.Bool(need.ui_language_assumed);
  w.Count(need.assumed_usages.size());
  for (const AssumedUsage& usage : need.assumed_usages) {
    w.U8(usage.metric);
    w.I64(usage.value);
  }
  w.Count(need.prerequisites_met.size());
  for (const uint8_t met : need.prerequisites_met) w.Bool(met != 0);
  const RecordedKeep& keep = need.keep;
  w.U16(keep.tool_index < 0 ? kNone16 : static_cast<uint16_t>(keep.tool_index));
  if (keep.tool_index >= 0) {
    w.Bool(keep.recommended);
    w.I64(keep.keep_cost_micros);
    w.I64(keep.leaving_cost_micros);
    w.I64(keep.change_cost_micros);
  }
  w.Count(need.rankings.size());
  for (const RecordedRanking& ranking : need.rankings) EncodeRanking(ranking, w);
}

// --- Reading -----------------------------------------------------------------------------------

absl::Status Refuse(const ByteReader& r, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("decision record, before byte ", r.offset(), ": ", what));
}

absl::StatusOr<int64_t> I64In(ByteReader& r, int64_t min, int64_t max, absl::string_view what) {
  ASSIGN_OR_RETURN(const int64_t value, r.I64());
  if (value < min || value > max) {
    return Refuse(r, absl::StrCat(what, " is ", value, ", allowed are ", min, " to ", max));
  }
  return value;
}

absl::StatusOr<uint8_t> U8In(ByteReader& r, uint8_t min, uint8_t max, absl::string_view what) {
  ASSIGN_OR_RETURN(const uint8_t value, r.U8());
  if (value < min || value > max) {
    return Refuse(r, absl::StrCat(what, " is ", value, ", allowed are ", min, " to ", max));
  }
  return value;
}

absl::StatusOr<int32_t> Day(ByteReader& r, absl::string_view what) {
  ASSIGN_OR_RETURN(const int64_t day, I64In(r, std::numeric_limits<int32_t>::min(),
                                            std::numeric_limits<int32_t>::max(), what));
  return static_cast<int32_t>(day);
}

absl::StatusOr<Uid> DecodeUid(ByteReader& r) {
  Uid uid = {};
  ASSIGN_OR_RETURN(const absl::string_view raw, r.Raw(uid.size()));
  std::transform(raw.begin(), raw.end(), uid.begin(),
                 [](char c) { return static_cast<uint8_t>(c); });
  return uid;
}

absl::StatusOr<std::vector<uint16_t>> DecodeSlots(ByteReader& r) {
  ASSIGN_OR_RETURN(const size_t count, r.Count(kSlotsMax, 2));
  std::vector<uint16_t> slots;
  slots.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const uint16_t slot, r.U16());
    if (!slots.empty() && slot <= slots.back()) return Refuse(r, "slots must rise");
    slots.push_back(slot);
  }
  return slots;
}

absl::StatusOr<engine::Cost> DecodeCost(ByteReader& r) {
  engine::Cost cost;
  ASSIGN_OR_RETURN(cost.known, r.Bool());
  if (!cost.known) return cost;
  ASSIGN_OR_RETURN(const uint8_t evidence, U8In(r, 1, 4, "evidence of a cost"));
  cost.evidence = static_cast<Evidence>(evidence);
  ASSIGN_OR_RETURN(cost.tco36_micros, I64In(r, 0, engine::kMaxTotalMicros, "cost"));
  ASSIGN_OR_RETURN(cost.first_year_micros, I64In(r, 0, engine::kMaxTotalMicros, "cost"));
  ASSIGN_OR_RETURN(cost.cash_out_90_days_micros, I64In(r, 0, engine::kMaxTotalMicros, "cost"));
  // The rise may be negative: volume tiers can make more cost less.
  ASSIGN_OR_RETURN(cost.double_usage_rise_micros,
                   I64In(r, -engine::kMaxTotalMicros, engine::kMaxTotalMicros, "rise of a cost"));
  ASSIGN_OR_RETURN(const size_t count,
                   r.Count(engine::kMaxPriceComponents + 2 * engine::kMaxNeeds, 11));
  cost.lines.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    engine::CostLine line;
    ASSIGN_OR_RETURN(const uint16_t component, r.U16());
    if (component != kNone16 && component >= engine::kMaxPriceComponents) {
      return Refuse(r, "no such component of a tariff");
    }
    line.component = component == kNone16 ? int16_t{-1} : static_cast<int16_t>(component);
    ASSIGN_OR_RETURN(line.added_need, U8In(r, 0, engine::kMaxNeeds - 1, "need of a cost line"));
    if (component != kNone16 && line.added_need != 0) {
      return Refuse(r, "a component of the tariff has no added need");
    }
    ASSIGN_OR_RETURN(line.tco36_micros, I64In(r, 0, engine::kMaxTotalMicros, "cost line"));
    cost.lines.push_back(line);
  }
  return cost;
}

absl::StatusOr<engine::Contribution> DecodeContribution(ByteReader& r,
                                                        const engine::ActiveCriterion& criterion) {
  engine::Contribution c;
  c.criterion = criterion.criterion;
  c.weight_bp = criterion.weight_bp;
  ASSIGN_OR_RETURN(const uint8_t state,
                   U8In(r, static_cast<uint8_t>(MeasureState::kKnown),
                        static_cast<uint8_t>(MeasureState::kNotDocumented), "state"));
  c.state = static_cast<MeasureState>(state);
  ASSIGN_OR_RETURN(const uint16_t value, r.U16());
  if (value > engine::kValueMax) return Refuse(r, "a value is above 10,000");
  c.value = value;
  c.contribution = int64_t{c.value} * c.weight_bp;
  if (c.state != MeasureState::kKnown) return c;
  ASSIGN_OR_RETURN(const uint8_t evidence, U8In(r, 0, 4, "evidence"));
  c.evidence = static_cast<Evidence>(evidence);
  ASSIGN_OR_RETURN(c.x, r.I64());
  return c;
}

absl::StatusOr<RecordedRanked> DecodeRanked(ByteReader& r,
                                            const std::vector<engine::ActiveCriterion>& criteria,
                                            const RecordedRanked* previous) {
  RecordedRanked ranked;
  ASSIGN_OR_RETURN(ranked.offering, DecodeUid(r));
  ASSIGN_OR_RETURN(ranked.score, I64In(r, 0, engine::kScoreMax, "score"));
  ASSIGN_OR_RETURN(ranked.band, I64In(r, 0, engine::kScoreMax, "band"));
  ASSIGN_OR_RETURN(const uint32_t rank, r.U32());
  ranked.rank = static_cast<int32_t>(std::min<uint32_t>(rank, kMaxRecordedOfferings));
  const bool next =
      previous == nullptr
          ? rank == 1
          : (ranked.band == previous->band && rank == static_cast<uint32_t>(previous->rank)) ||
                (ranked.band < previous->band && rank == static_cast<uint32_t>(previous->rank) + 1);
  if (!next || rank > kMaxRecordedOfferings) {
    return Refuse(r, "bands must fall and ranks rise by one from 1");
  }
  ASSIGN_OR_RETURN(ranked.close_to_next_band, r.Bool());
  ASSIGN_OR_RETURN(ranked.price_day, Day(r, "day of a price"));
  ranked.contributions.reserve(criteria.size());
  int64_t sum = 0;
  for (const engine::ActiveCriterion& criterion : criteria) {
    ASSIGN_OR_RETURN(engine::Contribution contribution, DecodeContribution(r, criterion));
    sum += contribution.contribution;
    ranked.contributions.push_back(contribution);
  }
  if (sum != ranked.score) return Refuse(r, "a score is not the sum of its contributions");
  ASSIGN_OR_RETURN(ranked.cost, DecodeCost(r));
  return ranked;
}

absl::StatusOr<engine::Finding> DecodeFinding(ByteReader& r) {
  engine::Finding finding;
  ASSIGN_OR_RETURN(finding.constraint, r.U8());
  const bool minimum = finding.constraint == engine::Finding::kMinimumFact;
  if (!minimum && finding.constraint >= engine::kMaxConstraints) {
    return Refuse(r, "no such constraint");
  }
  ASSIGN_OR_RETURN(const uint8_t truth, r.U8());
  if (truth != static_cast<uint8_t>(engine::Truth::kFalse) &&
      truth != static_cast<uint8_t>(engine::Truth::kUnknown)) {
    return Refuse(r, "a finding is a violation (0) or an unknown (2)");
  }
  finding.truth = static_cast<engine::Truth>(truth);
  ASSIGN_OR_RETURN(finding.minimum_fact, r.U8());
  if (!minimum && finding.minimum_fact != 0) {
    return Refuse(r, "only a minimum fact has a place among them");
  }
  ASSIGN_OR_RETURN(finding.observed_known, r.Bool());
  if (finding.observed_known) {
    ASSIGN_OR_RETURN(finding.observed, r.I64());
  }
  ASSIGN_OR_RETURN(finding.required_known, r.Bool());
  if (finding.required_known) {
    ASSIGN_OR_RETURN(finding.required, r.I64());
  }
  ASSIGN_OR_RETURN(finding.comparison, r.U16());
  return finding;
}

absl::StatusOr<std::vector<RecordedUnranked>> DecodeUnranked(ByteReader& r) {
  ASSIGN_OR_RETURN(const size_t count, r.Count(kMaxRecordedOfferings, 20));
  std::vector<RecordedUnranked> list;
  list.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    RecordedUnranked unranked;
    ASSIGN_OR_RETURN(unranked.offering, DecodeUid(r));
    ASSIGN_OR_RETURN(const size_t findings, r.Count(kMaxRecordedFindings, 7));
    if (findings == 0) return Refuse(r, "an offering without a rank has a reason");
    unranked.findings.reserve(findings);
    for (size_t f = 0; f < findings; ++f) {
      ASSIGN_OR_RETURN(engine::Finding finding, DecodeFinding(r));
      unranked.findings.push_back(finding);
    }
    list.push_back(std::move(unranked));
  }
  return list;
}

absl::Status DecodeCriteria(ByteReader& r, RecordedRanking& ranking) {
  ASSIGN_OR_RETURN(const size_t active_count, r.Count(engine::kMaxCriteria, 3));
  int32_t weight_sum = 0;
  for (size_t i = 0; i < active_count; ++i) {
    engine::ActiveCriterion active;
    ASSIGN_OR_RETURN(active.criterion, U8In(r, 0, engine::kMaxCriteria - 1, "criterion"));
    if (i > 0 && active.criterion <= ranking.criteria.back().criterion) {
      return Refuse(r, "criteria must rise");
    }
    ASSIGN_OR_RETURN(const uint16_t weight_bp, r.U16());
    active.weight_bp = weight_bp;
    weight_sum += active.weight_bp;
    ranking.criteria.push_back(active);
  }
  if (active_count > 0 && weight_sum != engine::kWeightSum) {
    return Refuse(r, "weights must sum to 10,000");
  }
  ASSIGN_OR_RETURN(const size_t dropped_count, r.Count(engine::kMaxCriteria, 6));
  for (size_t i = 0; i < dropped_count; ++i) {
    engine::DroppedCriterion dropped;
    ASSIGN_OR_RETURN(dropped.criterion, U8In(r, 0, engine::kMaxCriteria - 1, "criterion"));
    if (i > 0 && dropped.criterion <= ranking.dropped.back().criterion) {
      return Refuse(r, "dropped criteria must rise");
    }
    ASSIGN_OR_RETURN(const uint8_t reason, U8In(r, 1, 3, "reason of a drop"));
    dropped.reason = static_cast<engine::DropReason>(reason);
    ASSIGN_OR_RETURN(dropped.request_slots, DecodeSlots(r));
    ranking.dropped.push_back(std::move(dropped));
  }
  ASSIGN_OR_RETURN(const size_t unchecked_count, r.Count(engine::kMaxConstraints, 5));
  for (size_t i = 0; i < unchecked_count; ++i) {
    engine::UncheckedConstraint unchecked;
    ASSIGN_OR_RETURN(unchecked.constraint, U8In(r, 0, engine::kMaxConstraints - 1, "constraint"));
    if (i > 0 && unchecked.constraint <= ranking.unchecked.back().constraint) {
      return Refuse(r, "unchecked constraints must rise");
    }
    ASSIGN_OR_RETURN(unchecked.request_slots, DecodeSlots(r));
    ranking.unchecked.push_back(std::move(unchecked));
  }
  return absl::OkStatus();
}

// Each offering stands once in the three lists together.
bool NoOfferingTwice(const RecordedRanking& ranking) {
  std::vector<Uid> uids;
  for (const RecordedRanked& ranked : ranking.ranked) uids.push_back(ranked.offering);
  for (const RecordedUnranked& unranked : ranking.to_confirm) uids.push_back(unranked.offering);
  for (const RecordedUnranked& unranked : ranking.excluded) uids.push_back(unranked.offering);
  std::sort(uids.begin(), uids.end());
  return std::adjacent_find(uids.begin(), uids.end()) == uids.end();
}

absl::StatusOr<RecordedRanking> DecodeRanking(ByteReader& r) {
  RecordedRanking ranking;
  ASSIGN_OR_RETURN(const uint8_t mode, U8In(r, 1, 2, "delivery mode"));
  ranking.mode = static_cast<DeliveryMode>(mode);
  ASSIGN_OR_RETURN(ranking.target_micros, I64In(r, 1, engine::kMaxTotalMicros, "target"));
  ASSIGN_OR_RETURN(const uint8_t source, U8In(r, 1, 3, "source of the target"));
  ranking.target_source = static_cast<TargetSource>(source);
  ASSIGN_OR_RETURN(ranking.insufficient_range, r.Bool());
  ASSIGN_OR_RETURN(ranking.ranked_group_count, r.U32());
  RETURN_IF_ERROR(DecodeCriteria(r, ranking));
  ASSIGN_OR_RETURN(const size_t count, r.Count(kMaxRecordedOfferings, 46));
  ranking.ranked.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(RecordedRanked ranked,
                     DecodeRanked(r, ranking.criteria, i == 0 ? nullptr : &ranking.ranked.back()));
    ranking.ranked.push_back(std::move(ranked));
  }
  ASSIGN_OR_RETURN(ranking.to_confirm, DecodeUnranked(r));
  ASSIGN_OR_RETURN(ranking.excluded, DecodeUnranked(r));
  if (ranking.ranked_group_count > ranking.ranked.size()) {
    return Refuse(r, "more ownership groups than ranked offerings");
  }
  if (!NoOfferingTwice(ranking)) return Refuse(r, "an offering stands twice in a ranking");
  return ranking;
}

absl::StatusOr<RecordedKeep> DecodeKeep(ByteReader& r) {
  RecordedKeep keep;
  ASSIGN_OR_RETURN(const uint16_t tool_index, r.U16());
  if (tool_index == kNone16) return keep;
  keep.tool_index = tool_index;
  ASSIGN_OR_RETURN(keep.recommended, r.Bool());
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  ASSIGN_OR_RETURN(keep.keep_cost_micros, I64In(r, kUnknownCost, kMax, "cost of keeping"));
  ASSIGN_OR_RETURN(keep.leaving_cost_micros, I64In(r, kUnknownCost, kMax, "cost of leaving"));
  ASSIGN_OR_RETURN(keep.change_cost_micros, I64In(r, kUnknownCost, kMax, "cost of changing"));
  return keep;
}

absl::StatusOr<RecordedNeed> DecodeNeed(ByteReader& r) {
  RecordedNeed need;
  ASSIGN_OR_RETURN(const absl::string_view need_id, r.Bytes(kNeedIdSizeMax));
  if (need_id.empty()) return Refuse(r, "a need has an id");
  need.need_id = std::string(need_id);
  ASSIGN_OR_RETURN(need.usual_features_assumed, r.Bool());
  ASSIGN_OR_RETURN(need.size_assumed, r.Bool());
  ASSIGN_OR_RETURN(need.ui_language_assumed, r.Bool());
  ASSIGN_OR_RETURN(const size_t usages, r.Count(engine::kMetricCount, 9));
  for (size_t i = 0; i < usages; ++i) {
    AssumedUsage usage;
    ASSIGN_OR_RETURN(usage.metric, U8In(r, 1, engine::kMetricCount - 1, "metric"));
    if (i > 0 && usage.metric <= need.assumed_usages.back().metric) {
      return Refuse(r, "assumed usages must rise by metric");
    }
    ASSIGN_OR_RETURN(usage.value, I64In(r, 0, engine::kMaxUsage, "usage"));
    need.assumed_usages.push_back(usage);
  }
  ASSIGN_OR_RETURN(const size_t prerequisites, r.Count(kMaxRecordedPrerequisites, 1));
  for (size_t i = 0; i < prerequisites; ++i) {
    ASSIGN_OR_RETURN(const bool met, r.Bool());
    need.prerequisites_met.push_back(met ? 1 : 0);
  }
  ASSIGN_OR_RETURN(need.keep, DecodeKeep(r));
  ASSIGN_OR_RETURN(const size_t rankings, r.Count(2, 1));
  for (size_t i = 0; i < rankings; ++i) {
    ASSIGN_OR_RETURN(RecordedRanking ranking, DecodeRanking(r));
    if (i > 0 && ranking.mode <= need.rankings.back().mode) {
      return Refuse(r, "do it yourself stands before have it done, each once");
    }
    need.rankings.push_back(std::move(ranking));
  }
  return need;
}

absl::Status DecodeRates(ByteReader& r, DecisionRecord& record) {
  ASSIGN_OR_RETURN(const size_t count, r.Count(kMaxRecordedRates, kCurrencySize + 16));
  for (size_t i = 0; i < count; ++i) {
    AppliedRate rate;
    ASSIGN_OR_RETURN(const absl::string_view code, r.Raw(kCurrencySize));
    rate.currency_code = std::string(code);
    if (i > 0 && rate.currency_code <= record.rates.back().currency_code) {
      return Refuse(r, "rates must rise by currency code");
    }
    ASSIGN_OR_RETURN(rate.euros_micros,
                     I64In(r, 1, std::numeric_limits<int64_t>::max(), "exchange rate"));
    ASSIGN_OR_RETURN(rate.day, Day(r, "day of a rate"));
    record.rates.push_back(std::move(rate));
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeRecord(const DecisionRecord& record) {
  ByteWriter w;
  w.Raw(kMagic);
  w.U8(kVersion);
  w.I64(record.as_of_day);
  w.I64(record.catalog_revision);
  w.I64(record.rulebook_revision);
  w.Digest(record.request_digest);
  w.Digest(record.rulebook_digest);
  w.Digest(record.catalog_digest);
  for (const int64_t share : record.group_shares) w.I64(share);
  for (const int64_t share : record.default_group_shares) w.I64(share);
  w.Count(record.rates.size());
  for (const AppliedRate& rate : record.rates) {
    CHECK_EQ(rate.currency_code.size(), kCurrencySize) << "an ISO 4217 code has three letters";
    w.Raw(rate.currency_code);
    w.I64(rate.euros_micros);
    w.I64(rate.day);
  }
  w.Count(record.needs.size());
  for (const RecordedNeed& need : record.needs) EncodeNeed(need, w);
  return std::move(w).Take();
}

absl::StatusOr<DecisionRecord> DecodeRecord(absl::string_view bytes) {
  if (bytes.size() > kMaxRecordBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("decision record of ", bytes.size(), " bytes; at most ", kMaxRecordBytes));
  }
  ByteReader r(bytes);
  DecisionRecord record;
  ASSIGN_OR_RETURN(const absl::string_view magic, r.Raw(kMagic.size()));
  if (magic != kMagic) return Refuse(r, "these bytes are not a decision record");
  ASSIGN_OR_RETURN(const uint8_t version, r.U8());
  if (version != kVersion) {
    return Refuse(r, absl::StrCat("format version ", version, "; this build reads ", kVersion));
  }
  ASSIGN_OR_RETURN(record.as_of_day, Day(r, "day asked about"));
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  ASSIGN_OR_RETURN(record.catalog_revision, I64In(r, 0, kMax, "catalogue revision"));
  ASSIGN_OR_RETURN(record.rulebook_revision, I64In(r, 0, kMax, "rulebook revision"));
  ASSIGN_OR_RETURN(record.request_digest, r.Digest());
  ASSIGN_OR_RETURN(record.rulebook_digest, r.Digest());
  ASSIGN_OR_RETURN(record.catalog_digest, r.Digest());
  for (int64_t& share : record.group_shares) {
    ASSIGN_OR_RETURN(share, I64In(r, 0, kMax, "share of a group"));
  }
  for (int64_t& share : record.default_group_shares) {
    ASSIGN_OR_RETURN(share, I64In(r, 0, kMax, "share of a group"));
  }
  RETURN_IF_ERROR(DecodeRates(r, record));
  ASSIGN_OR_RETURN(const size_t needs, r.Count(kMaxNeedsPerRequest, 20));
  for (size_t i = 0; i < needs; ++i) {
    ASSIGN_OR_RETURN(RecordedNeed need, DecodeNeed(r));
    record.needs.push_back(std::move(need));
  }
  RETURN_IF_ERROR(r.ExpectEnd());
  return record;
}

base::Digest RecordDigest(absl::string_view encoded) { return base::Sha256(encoded); }

}  // namespace aplomb::decision
