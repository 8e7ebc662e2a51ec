// The rulebook of the programme: it compiles without a word, and says what it is meant to say.

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "decision/rulebook_compiler.h"
#include "engine/measure.h"
#include "engine/weights.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

// Ids of the laws of the sample catalogue, read off the lines that name them.
catalog::v1::LawTable SampleLaws() {
  catalog::v1::LawTable laws;
  std::ifstream in("catalog/sample/law_table.yaml");
  for (std::string line; std::getline(in, line);) {
    absl::string_view rest = line;
    if (absl::ConsumePrefix(&rest, "  - legal_basis_id: ")) {
      laws.add_legal_bases()->set_legal_basis_id(std::string(rest));
    }
  }
  return laws;
}

class RulebookTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(source_, ReadRulebook("catalog/rulebook"));
    EXPECT_EQ(FormatDiagnostics(source_.diagnostics), "");
    laws_ = SampleLaws();
    ASSERT_GT(laws_.legal_bases_size(), 20);
    const base::Digest digest = {};
    CompileResult result = CompileRulebook(source_.rulebook, digest, &laws_, &source_);
    EXPECT_EQ(FormatDiagnostics(result.diagnostics), "");
    ASSERT_NE(result.compiled, nullptr);
    compiled_ = result.compiled;
  }

  RulebookSource source_;
  catalog::v1::LawTable laws_;
  std::shared_ptr<const CompiledRulebook> compiled_;
};

TEST_F(RulebookTest, CompilesWithoutErrorOrWarning) {
  EXPECT_EQ(compiled_->source.needs_size(), 45);
  EXPECT_EQ(compiled_->source.constraints_size(), 15);
  EXPECT_EQ(compiled_->source.criteria_size(), 28);
}

TEST_F(RulebookTest, HasTheRulesByTheirNumbersAndNoOthers) {
  for (int i = 1; i <= 15; ++i) {
    EXPECT_TRUE(compiled_->constraint_ordinals.contains(absl::StrCat("H", i < 10 ? "0" : "", i)));
  }
  for (int i = 1; i <= 30; ++i) {
    const bool shown_only = i == 11 || i == 18;
    EXPECT_NE(compiled_->criterion_ordinals.contains(absl::StrCat("C", i < 10 ? "0" : "", i)),
              shown_only)
        << i;
  }
}

TEST_F(RulebookTest, OrdinalsFollowTheIds) {
  uint8_t expected = 0;
  for (const auto& [id, ordinal] : compiled_->criterion_ordinals) EXPECT_EQ(ordinal, expected++);
  expected = 0;
  for (const auto& [id, ordinal] : compiled_->need_ordinals) {
    EXPECT_EQ(compiled_->source.needs(expected).need_id(), id);
    EXPECT_EQ(ordinal, expected++);
  }
}

TEST_F(RulebookTest, EveryCriterionTellsGoodFromBad) {
  for (const engine::Criterion& criterion : compiled_->rules.criteria) {
    int32_t low = engine::kValueMax;
    int32_t high = 0;
    for (const engine::Breakpoint& point : criterion.breakpoints) {
      low = std::min(low, engine::ValueOf(criterion, point.x));
      high = std::max(high, engine::ValueOf(criterion, point.x));
    }
    EXPECT_EQ(high, engine::kValueMax);
    // C05 begins at 4,000 (a limit just reached) and C27 at 2,000.
    EXPECT_LE(low, 4'000);
  }
}

TEST_F(RulebookTest, EveryNeedCanBeRankedInEachGroupOrSaysWhyNot) {
  for (size_t need = 0; need < compiled_->rules.needs.size(); ++need) {
    const auto& source = compiled_->source.needs(static_cast<int>(need));
    for (const int mode : source.delivery_modes()) {
      const auto& rules = compiled_->rules.needs[need][static_cast<size_t>(mode - 1)];
      EXPECT_NE(rules.criteria, 0u) << source.need_id();
      // H01, H02 and H05 hold for everything.
      for (const char* id : {"H01", "H02", "H05"}) {
        const auto ordinal = compiled_->constraint_ordinals.find(id)->second;
        EXPECT_TRUE(rules.constraints >> ordinal & 1) << source.need_id() << " " << id;
      }
    }
  }
}

TEST_F(RulebookTest, LawsApplyToTheNeedsTheySpeakOf) {
  const auto has = [&](const char* need_id, const char* constraint_id) {
    const auto need = compiled_->need_ordinals.find(need_id)->second;
    const auto constraint = compiled_->constraint_ordinals.find(constraint_id)->second;
    return (compiled_->rules.needs[need][0].constraints >> constraint & 1) != 0;
  };
  for (const char* need : {"EINV_RECV", "EINV_EMIT", "INVOICING"}) EXPECT_TRUE(has(need, "H09"));
  EXPECT_FALSE(has("SHOWCASE", "H09"));
  EXPECT_TRUE(has("POS", "H10"));
  for (const char* need : {"ONLINE_PAY", "INSTORE_PAY", "ECOMMERCE", "CLICKCOLLECT"}) {
    EXPECT_TRUE(has(need, "H11")) << need;
  }
  EXPECT_FALSE(has("CRM", "H11"));
}

TEST_F(RulebookTest, LegalAndSafetyRulesAreNeverOfferedForRelaxing) {
  const std::set<std::string> mandatory = {"H07", "H08", "H09", "H10", "H11", "H12", "H13"};
  for (const auto& constraint : compiled_->source.constraints()) {
    EXPECT_EQ(constraint.mandatory(), mandatory.contains(constraint.constraint_id()))
        << constraint.constraint_id();
    EXPECT_TRUE(constraint.mandatory() || !constraint.exclude_when_unknown())
        << constraint.constraint_id();
  }
}

TEST_F(RulebookTest, PaperworkWeighsAtMostAFifthByDefault) {
  // Rank-order centroid of six: Barron and Barrett (1996).
  const auto weights = engine::LargestRemainder(
      engine::GroupShares(engine::WeightMethod::kRankOrderCentroid, {0, 1, 2, 4, 3, 5}), 10'000);
  EXPECT_THAT(weights, ::testing::ElementsAre(4083, 2417, 1583, 611, 1028, 278));
  EXPECT_LE(weights[3] + weights[4] + weights[5], compiled_->source.weights().paperwork_max_bp());
}

TEST_F(RulebookTest, NoRaiseOfTheOfferingsOwnPriceCanHelp) {
  // What divides a cost or a fee is the firm's target, so no measure subtracts or compares two
  // amounts of the offering.
  for (const engine::Condition& condition : compiled_->rules.conditions) {
    if (condition.form != engine::ConditionForm::kComparison) continue;
    const engine::Measure& left = compiled_->rules.measures[condition.left];
    const engine::Measure& right = compiled_->rules.measures[condition.right];
    const bool left_is_cost = left.kind == engine::MeasureKind::kCost;
    const bool right_is_cost = right.kind == engine::MeasureKind::kCost;
    EXPECT_FALSE(left_is_cost && right_is_cost);
    if (left_is_cost && right.kind == engine::MeasureKind::kFact) {
      EXPECT_EQ(right.first.side, engine::FactRef::Side::kRequest);
    }
  }
}

TEST_F(RulebookTest, EveryMetricHasAUsageToFallBackOn) {
  for (size_t metric = 1; metric < engine::kMetricCount; ++metric) {
    const auto& usage = compiled_->fallback_usage[metric];
    EXPECT_GT(usage[0] + usage[3], 0) << metric;
    EXPECT_LE(usage[0], usage[3]) << metric;
  }
}

}  // namespace
}  // namespace aplomb::decision
