// Records at random, canonical and of small sizes, for properties of the encoding.
#ifndef APLOMB_TESTS_DECISION_RANDOM_RECORD_H_
#define APLOMB_TESTS_DECISION_RANDOM_RECORD_H_

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "decision/record.h"

namespace aplomb::decision {

class RandomRecord {
 public:
  explicit RandomRecord(uint64_t seed) : random_(seed) {}

  DecisionRecord Record() {
    DecisionRecord record;
    record.as_of_day = static_cast<int32_t>(Number(-100, 80'000));
    record.catalog_revision = Number(0, std::numeric_limits<int64_t>::max());
    record.rulebook_revision = Number(0, 1'000);
    record.request_digest = Digest();
    record.rulebook_digest = Digest();
    record.catalog_digest = Digest();
    for (auto& share : record.group_shares) share = Number(0, 1'000'000);
    for (auto& share : record.default_group_shares) share = Number(0, 1'000'000);
    for (const char* code : {"CHF", "GBP", "USD"}) {
      if (!Coin()) continue;
      record.rates.push_back({.currency_code = code,
                              .euros_micros = Number(1, 2'000'000),
                              .day = static_cast<int32_t>(Number(0, 30'000))});
    }
    const int64_t needs = Number(0, 3);
    for (int64_t i = 0; i < needs; ++i) record.needs.push_back(Need());
    return record;
  }

 private:
  int64_t Number(int64_t min, int64_t max) {
    return std::uniform_int_distribution<int64_t>(min, max)(random_);
  }
  bool Coin() { return Number(0, 1) == 1; }
  base::Digest Digest() {
    base::Digest digest;
    for (auto& byte : digest) byte = static_cast<uint8_t>(Number(0, 255));
    return digest;
  }
  Uid RandomUid() {
    Uid uid;
    for (auto& byte : uid) byte = static_cast<uint8_t>(Number(0, 255));
    return uid;
  }

  // Some numbers below `end`, rising.
  template <typename T>
  std::vector<T> Rising(int64_t end) {
    std::vector<T> numbers;
    for (int64_t i = Number(0, end / 2); i < end; i += Number(1, end)) {
      numbers.push_back(static_cast<T>(i));
    }
    return numbers;
  }

  RecordedNeed Need() {
    RecordedNeed need;
    need.need_id = std::string("NEED_") + static_cast<char>('A' + Number(0, 25));
    need.usual_features_assumed = Coin();
    need.size_assumed = Coin();
    need.ui_language_assumed = Coin();
    for (const uint8_t metric : Rising<uint8_t>(engine::kMetricCount)) {
      if (metric > 0) {
        need.assumed_usages.push_back({.metric = metric, .value = Number(0, engine::kMaxUsage)});
      }
    }
    for (int64_t i = Number(0, 3); i > 0; --i) need.prerequisites_met.push_back(Coin() ? 1 : 0);
    if (Coin()) {
      need.keep.tool_index = static_cast<int32_t>(Number(0, 29));
      need.keep.recommended = Coin();
      need.keep.keep_cost_micros = Number(-1, 1'000'000);
      need.keep.leaving_cost_micros = Number(-1, 1'000'000);
      need.keep.change_cost_micros = Number(-1, 1'000'000);
    }
    if (Coin()) need.rankings.push_back(Ranking(engine::DeliveryMode::kDoItYourself));
    if (Coin()) need.rankings.push_back(Ranking(engine::DeliveryMode::kHaveItDone));
    return need;
  }

  RecordedRanking Ranking(engine::DeliveryMode mode) {
    RecordedRanking ranking;
    ranking.mode = mode;
    ranking.target_micros = Number(1, engine::kMaxTotalMicros);
    ranking.target_source = static_cast<TargetSource>(Number(1, 3));
    ranking.insufficient_range = Coin();
    int32_t rest = engine::kWeightSum;
    const auto ordinals = Rising<uint8_t>(engine::kMaxCriteria);
    for (size_t i = 0; i < ordinals.size(); ++i) {
      const bool last = i + 1 == ordinals.size();
      const auto weight_bp = last ? rest : static_cast<int32_t>(Number(0, rest));
      ranking.criteria.push_back({.criterion = ordinals[i], .weight_bp = weight_bp});
      rest -= weight_bp;
    }
    for (const uint8_t ordinal : Rising<uint8_t>(engine::kMaxCriteria)) {
      ranking.dropped.push_back({.criterion = ordinal,
                                 .reason = static_cast<engine::DropReason>(Number(1, 3)),
                                 .request_slots = Rising<uint16_t>(50)});
    }
    for (const uint8_t ordinal : Rising<uint8_t>(engine::kMaxConstraints)) {
      ranking.unchecked.push_back({.constraint = ordinal, .request_slots = Rising<uint16_t>(50)});
    }
    int64_t band = 1'000;
    int32_t rank = 1;
    for (int64_t i = Number(0, 4); i > 0; --i) {
      ranking.ranked.push_back(Ranked(ranking, band, rank));
      if (Coin()) {
        band -= Number(1, 10);
        ++rank;
      }
    }
    for (int64_t i = Number(0, 2); i > 0; --i) ranking.to_confirm.push_back(Unranked());
    for (int64_t i = Number(0, 2); i > 0; --i) ranking.excluded.push_back(Unranked());
    ranking.ranked_group_count =
        static_cast<uint32_t>(Number(0, static_cast<int64_t>(ranking.ranked.size())));
    return ranking;
  }

  RecordedRanked Ranked(const RecordedRanking& ranking, int64_t band, int32_t rank) {
    RecordedRanked ranked;
    ranked.offering = RandomUid();
    ranked.band = band;
    ranked.rank = rank;
    ranked.close_to_next_band = Coin();
    ranked.price_day = static_cast<int32_t>(Number(0, 30'000));
    for (const auto& criterion : ranking.criteria) {
      engine::Contribution c;
      c.criterion = criterion.criterion;
      c.weight_bp = criterion.weight_bp;
      c.state = static_cast<engine::MeasureState>(Number(1, 3));
      if (c.state == engine::MeasureState::kKnown) {
        c.evidence = static_cast<engine::Evidence>(Number(0, 4));
        c.x = Number(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
      }
      c.value = static_cast<int32_t>(Number(0, engine::kValueMax));
      c.contribution = int64_t{c.value} * c.weight_bp;
      ranked.score += c.contribution;
      ranked.contributions.push_back(c);
    }
    ranked.cost.known = Coin();
    if (!ranked.cost.known) return ranked;
    ranked.cost.evidence = static_cast<engine::Evidence>(Number(1, 4));
    ranked.cost.tco36_micros = Number(0, engine::kMaxTotalMicros);
    ranked.cost.first_year_micros = Number(0, engine::kMaxTotalMicros);
    ranked.cost.cash_out_90_days_micros = Number(0, engine::kMaxTotalMicros);
    ranked.cost.double_usage_rise_micros = Number(-5, engine::kMaxTotalMicros);
    for (int64_t i = Number(0, 3); i > 0; --i) {
      const bool added = Coin();
      ranked.cost.lines.push_back({.component = static_cast<int16_t>(added ? -1 : Number(0, 39)),
                                   .added_need = static_cast<uint8_t>(added ? Number(0, 63) : 0),
                                   .tco36_micros = Number(0, 1'000'000)});
    }
    return ranked;
  }

  RecordedUnranked Unranked() {
    RecordedUnranked unranked;
    unranked.offering = RandomUid();
    for (int64_t i = Number(1, 3); i > 0; --i) {
      engine::Finding finding;
      finding.constraint =
          Coin() ? engine::Finding::kMinimumFact : static_cast<uint8_t>(Number(0, 63));
      finding.truth = Coin() ? engine::Truth::kFalse : engine::Truth::kUnknown;
      if (finding.constraint == engine::Finding::kMinimumFact) {
        finding.minimum_fact = static_cast<uint8_t>(Number(0, 9));
      }
      finding.observed_known = Coin();
      if (finding.observed_known) finding.observed = Number(-1'000, 1'000);
      finding.required_known = Coin();
      if (finding.required_known) finding.required = Number(-1'000, 1'000);
      finding.comparison = Coin() ? engine::kNoId : static_cast<uint16_t>(Number(0, 200));
      unranked.findings.push_back(finding);
    }
    return unranked;
  }

  std::mt19937_64 random_;
};

}  // namespace aplomb::decision

#endif  // APLOMB_TESTS_DECISION_RANDOM_RECORD_H_
