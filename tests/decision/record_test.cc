#include "decision/record.h"

#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/decision/random_record.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

using ::aplomb::testing::StatusIs;
using ::testing::HasSubstr;

// Equality of all that a record holds, member by member, so that a member which the encoding
// forgets is noticed.
struct Equal {
  template <typename T>
  static bool SameAll(const std::vector<T>& a, const std::vector<T>& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      if (!Same(a[i], b[i])) return false;
    }
    return true;
  }
  static bool Same(const engine::ActiveCriterion& a, const engine::ActiveCriterion& b) {
    return std::tie(a.criterion, a.weight_bp) == std::tie(b.criterion, b.weight_bp);
  }
  static bool Same(const engine::DroppedCriterion& a, const engine::DroppedCriterion& b) {
    return std::tie(a.criterion, a.reason, a.request_slots) ==
           std::tie(b.criterion, b.reason, b.request_slots);
  }
  static bool Same(const engine::UncheckedConstraint& a, const engine::UncheckedConstraint& b) {
    return std::tie(a.constraint, a.request_slots) == std::tie(b.constraint, b.request_slots);
  }
  static bool Same(const engine::Contribution& a, const engine::Contribution& b) {
    return std::tie(a.criterion, a.state, a.evidence, a.x, a.value, a.weight_bp, a.contribution) ==
           std::tie(b.criterion, b.state, b.evidence, b.x, b.value, b.weight_bp, b.contribution);
  }
  static bool Same(const engine::CostLine& a, const engine::CostLine& b) {
    return std::tie(a.component, a.added_need, a.tco36_micros) ==
           std::tie(b.component, b.added_need, b.tco36_micros);
  }
  static bool Same(const engine::Cost& a, const engine::Cost& b) {
    return std::tie(a.known, a.evidence, a.tco36_micros, a.first_year_micros,
                    a.cash_out_90_days_micros, a.double_usage_rise_micros) ==
               std::tie(b.known, b.evidence, b.tco36_micros, b.first_year_micros,
                        b.cash_out_90_days_micros, b.double_usage_rise_micros) &&
           SameAll(a.lines, b.lines);
  }
  static bool Same(const engine::Finding& a, const engine::Finding& b) {
    return std::tie(a.constraint, a.truth, a.minimum_fact, a.observed_known, a.observed,
                    a.required_known, a.required, a.comparison) ==
           std::tie(b.constraint, b.truth, b.minimum_fact, b.observed_known, b.observed,
                    b.required_known, b.required, b.comparison);
  }
  static bool Same(const RecordedRanked& a, const RecordedRanked& b) {
    return std::tie(a.offering, a.score, a.band, a.rank, a.close_to_next_band, a.price_day) ==
               std::tie(b.offering, b.score, b.band, b.rank, b.close_to_next_band, b.price_day) &&
           SameAll(a.contributions, b.contributions) && Same(a.cost, b.cost);
  }
  static bool Same(const RecordedUnranked& a, const RecordedUnranked& b) {
    return a.offering == b.offering && SameAll(a.findings, b.findings);
  }
  static bool Same(const RecordedRanking& a, const RecordedRanking& b) {
    return std::tie(a.mode, a.target_micros, a.target_source, a.ranked_group_count,
                    a.insufficient_range) == std::tie(b.mode, b.target_micros, b.target_source,
                                                      b.ranked_group_count, b.insufficient_range) &&
           SameAll(a.criteria, b.criteria) && SameAll(a.dropped, b.dropped) &&
           SameAll(a.unchecked, b.unchecked) && SameAll(a.ranked, b.ranked) &&
           SameAll(a.to_confirm, b.to_confirm) && SameAll(a.excluded, b.excluded);
  }
  static bool Same(const AssumedUsage& a, const AssumedUsage& b) {
    return std::tie(a.metric, a.value) == std::tie(b.metric, b.value);
  }
  static bool Same(const AppliedRate& a, const AppliedRate& b) {
    return std::tie(a.currency_code, a.euros_micros, a.day) ==
           std::tie(b.currency_code, b.euros_micros, b.day);
  }
  static bool Same(const RecordedNeed& a, const RecordedNeed& b) {
    return std::tie(a.need_id, a.usual_features_assumed, a.size_assumed, a.ui_language_assumed,
                    a.prerequisites_met, a.keep.tool_index, a.keep.recommended,
                    a.keep.keep_cost_micros, a.keep.leaving_cost_micros,
                    a.keep.change_cost_micros) ==
               std::tie(b.need_id, b.usual_features_assumed, b.size_assumed, b.ui_language_assumed,
                        b.prerequisites_met, b.keep.tool_index, b.keep.recommended,
                        b.keep.keep_cost_micros, b.keep.leaving_cost_micros,
                        b.keep.change_cost_micros) &&
           SameAll(a.rankings, b.rankings) && SameAll(a.assumed_usages, b.assumed_usages);
  }
  static bool Same(const DecisionRecord& a, const DecisionRecord& b) {
    return std::tie(a.as_of_day, a.catalog_revision, a.rulebook_revision, a.request_digest,
                    a.rulebook_digest, a.catalog_digest, a.group_shares, a.default_group_shares) ==
               std::tie(b.as_of_day, b.catalog_revision, b.rulebook_revision, b.request_digest,
                        b.rulebook_digest, b.catalog_digest, b.group_shares,
                        b.default_group_shares) &&
           SameAll(a.rates, b.rates) && SameAll(a.needs, b.needs);
  }
};

bool Same(const DecisionRecord& a, const DecisionRecord& b) { return Equal::Same(a, b); }

// A small record with one of everything: the worked example of docs/decision_record.md.
DecisionRecord Example() {
  DecisionRecord record;
  record.as_of_day = 20'780;  // 2026-11-23
  record.catalog_revision = 41;
  record.rulebook_revision = 2;
  record.request_digest.fill(0x11);
  record.rulebook_digest.fill(0x22);
  record.catalog_digest.fill(0x33);
  record.group_shares = {147, 87, 57, 22, 37, 10};
  record.default_group_shares = {147, 87, 57, 22, 37, 10};
  record.rates = {{.currency_code = "USD", .euros_micros = 920'000, .day = 20'770}};
  RecordedRanking ranking;
  ranking.mode = engine::DeliveryMode::kDoItYourself;
  ranking.target_micros = 1'500'000'000;
  ranking.target_source = TargetSource::kFirmBudget;
  ranking.criteria = {{.criterion = 0, .weight_bp = 6'000}, {.criterion = 5, .weight_bp = 4'000}};
  ranking.dropped = {
      {.criterion = 3, .reason = engine::DropReason::kFirmUnknown, .request_slots = {7}}};
  ranking.unchecked = {{.constraint = 12, .request_slots = {4, 9}}};
  RecordedRanked ranked;
  ranked.offering.fill(0xAA);
  ranked.score = 67'000'000;
  ranked.band = 67;
  ranked.rank = 1;
  ranked.price_day = 20'700;
  ranked.contributions = {{.criterion = 0,
                           .state = engine::MeasureState::kKnown,
                           .evidence = engine::Evidence::kDocumented,
                           .x = 7'500,
                           .value = 7'500,
                           .weight_bp = 6'000,
                           .contribution = 45'000'000},
                          {.criterion = 5,
                           .state = engine::MeasureState::kKnown,
                           .evidence = engine::Evidence::kDeclared,
                           .x = 95,
                           .value = 5'500,
                           .weight_bp = 4'000,
                           .contribution = 22'000'000}};
  ranked.cost.known = true;
  ranked.cost.evidence = engine::Evidence::kDeclared;
  ranked.cost.tco36_micros = 1'425'000'000;
  ranked.cost.first_year_micros = 600'000'000;
  ranked.cost.cash_out_90_days_micros = 210'000'000;
  ranked.cost.double_usage_rise_micros = 0;
  ranked.cost.lines = {{.component = 0, .added_need = 0, .tco36_micros = 1'000'000'000},
                       {.component = -1, .added_need = 11, .tco36_micros = 425'000'000}};
  ranking.ranked = {ranked};
  RecordedUnranked excluded;
  excluded.offering.fill(0xBB);
  excluded.findings = {{.constraint = 4,
                        .truth = engine::Truth::kFalse,
                        .observed_known = true,
                        .observed = 8,
                        .required_known = true,
                        .required = 2,
                        .comparison = 6}};
  ranking.excluded = {excluded};
  ranking.ranked_group_count = 1;
  ranking.insufficient_range = true;
  RecordedNeed need;
  need.need_id = "ECOMMERCE";
  need.rankings = {ranking};
  need.usual_features_assumed = true;
  need.assumed_usages = {{.metric = 4, .value = 60}};
  need.prerequisites_met = {1, 0};
  record.needs = {need};
  return record;
}

TEST(RecordTest, TheWorkedExampleOfTheDocumentationIsTheEncoding) {
  const std::string page =
      aplomb::testing::ReadFileOrFail(aplomb::testing::SourcePath("docs/decision_record.md"));
  // The lines between the two marks, without their comments and spaces.
  const size_t begin = page.find("```hex\n");
  ASSERT_NE(begin, std::string::npos);
  const size_t end = page.find("```", begin + 7);
  ASSERT_NE(end, std::string::npos);
  std::string hex;
  bool comment = false;
  for (const char c : page.substr(begin + 7, end - begin - 7)) {
    if (c == '#') comment = true;
    if (c == '\n') comment = false;
    if (!comment && c != ' ' && c != '\n') hex += c;
  }
  const std::string bytes = EncodeRecord(Example());
  EXPECT_EQ(hex, base::HexEncode(bytes)) << "paste the second one, in lines, into the page";
  ASSERT_OK_AND_ASSIGN(const DecisionRecord decoded, DecodeRecord(bytes));
  EXPECT_TRUE(Same(decoded, Example()));
}

TEST(RecordTest, DecodingIsTheInverseOfEncodingForRandomRecords) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const DecisionRecord record = RandomRecord(seed).Record();
    const std::string bytes = EncodeRecord(record);
    ASSERT_OK_AND_ASSIGN(const DecisionRecord decoded, DecodeRecord(bytes));
    ASSERT_TRUE(Same(decoded, record));
    ASSERT_EQ(EncodeRecord(decoded), bytes);
  }
}

TEST(RecordTest, EveryTruncationIsRefused) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::string bytes = EncodeRecord(RandomRecord(seed).Record());
    for (size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_THAT(DecodeRecord(absl::string_view(bytes).substr(0, size)),
                  StatusIs(absl::StatusCode::kInvalidArgument))
          << "seed " << seed << ", " << size << " of " << bytes.size() << " bytes";
    }
  }
}

TEST(RecordTest, AFlippedBitIsRefusedOrIsAnotherCanonicalRecord) {
  int refused = 0;
  int accepted = 0;
  std::vector<DecisionRecord> records = {Example()};
  for (uint64_t seed = 0; seed < 10; ++seed) records.push_back(RandomRecord(seed).Record());
  for (const DecisionRecord& record : records) {
    const std::string bytes = EncodeRecord(record);
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      const auto decoded = DecodeRecord(flipped);
      if (!decoded.ok()) {
        ++refused;
        continue;
      }
      ++accepted;
      ASSERT_EQ(EncodeRecord(*decoded), flipped) << "bit " << bit;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(accepted, 0);
}

TEST(RecordTest, BytesAfterTheEndAreRefused) {
  const std::string bytes = EncodeRecord(Example());
  EXPECT_THAT(DecodeRecord(absl::StrCat(bytes, "x")), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(DecodeRecord(absl::StrCat(bytes, bytes)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(RecordTest, TheDigestIsThatOfTheBytes) {
  const std::string bytes = EncodeRecord(Example());
  EXPECT_EQ(RecordDigest(bytes), base::Sha256(bytes));
}

// One change to the example, and what the refusal says.
struct Refusal {
  const char* name;
  void (*spoil)(DecisionRecord&);
  const char* says;
};

class RefusalTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, IsTold) {
  DecisionRecord record = Example();
  GetParam().spoil(record);
  EXPECT_THAT(DecodeRecord(EncodeRecord(record)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().says)));
}

RecordedRanking& First(DecisionRecord& record) { return record.needs[0].rankings[0]; }

INSTANTIATE_TEST_SUITE_P(
    Values, RefusalTest,
    ::testing::Values(
        Refusal{"ScoreIsNotTheSum", [](DecisionRecord& r) { First(r).ranked[0].score -= 1; },
                "not the sum"},
        Refusal{"WeightsDoNotSum", [](DecisionRecord& r) { First(r).criteria[0].weight_bp -= 1; },
                "weights must sum"},
        Refusal{"CriteriaOutOfOrder",
                [](DecisionRecord& r) { std::swap(First(r).criteria[0], First(r).criteria[1]); },
                "criteria must rise"},
        Refusal{"RanksDoNotBeginAtOne", [](DecisionRecord& r) { First(r).ranked[0].rank = 2; },
                "ranks rise by one"},
        Refusal{"ValueAboveTheScale",
                [](DecisionRecord& r) { First(r).ranked[0].contributions[0].value = 10'001; },
                "above 10,000"},
        Refusal{
            "OfferingTwice",
            [](DecisionRecord& r) { First(r).excluded[0].offering = First(r).ranked[0].offering; },
            "stands twice"},
        Refusal{"NoReasonForAnExclusion",
                [](DecisionRecord& r) { First(r).excluded[0].findings.clear(); }, "has a reason"},
        Refusal{"SatisfiedConstraintAsFinding",
                [](DecisionRecord& r) {
                  First(r).excluded[0].findings[0].truth = engine::Truth::kTrue;
                },
                "violation (0) or an unknown (2)"},
        Refusal{"SlotsOutOfOrder",
                [](DecisionRecord& r) {
                  First(r).unchecked[0].request_slots = {9, 4};
                },
                "slots must rise"},
        Refusal{"TargetOfZero", [](DecisionRecord& r) { First(r).target_micros = 0; },
                "target is 0"},
        Refusal{"ModesOutOfOrder",
                [](DecisionRecord& r) { r.needs[0].rankings.push_back(First(r)); }, "each once"},
        Refusal{"MoreGroupsThanOfferings",
                [](DecisionRecord& r) { First(r).ranked_group_count = 2; },
                "more ownership groups"},
        Refusal{"RatesOutOfOrder", [](DecisionRecord& r) { r.rates.push_back(r.rates[0]); },
                "rates must rise"},
        Refusal{"NegativeRevision", [](DecisionRecord& r) { r.catalog_revision = -1; },
                "catalogue revision is -1"},
        Refusal{"NeedWithoutId", [](DecisionRecord& r) { r.needs[0].need_id.clear(); },
                "a need has an id"}),
    [](const auto& row) { return row.param.name; });

TEST(RecordTest, AnotherMagicOrVersionIsRefused) {
  std::string bytes = EncodeRecord(Example());
  bytes[16] = 2;
  EXPECT_THAT(DecodeRecord(bytes),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("format version 2")));
  bytes[0] = 'b';
  EXPECT_THAT(DecodeRecord(bytes),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a decision record")));
}

}  // namespace
}  // namespace aplomb::decision
