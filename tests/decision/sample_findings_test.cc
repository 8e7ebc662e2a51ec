// What the sample's firms are told of excluded offerings, and of prices: sentences that fit what
// was found, over the whole sample catalogue and all profiles.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/render.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/neutrality/sample_world.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Asked {
  DecisionRecord record;
  advisor::v1::Recommendation answer;
};

// The decision of each firm and what it is told, made once.
const std::vector<Asked>& Answers() {
  static const auto& answers = *[] {
    const SampleWorld& world = SampleWorld::Get();
    auto* made = new std::vector<Asked>;
    const BlindCatalog blind = Blindfold(world.snapshot, *world.rulebook, kSampleDay);
    for (size_t i = 0; i < world.inputs.size(); ++i) {
      const DecisionInput input = world.InputOf(i);
      Asked asked;
      asked.record = Decide(input,
                            {.snapshot = world.snapshot,
                             .rulebook = *world.rulebook,
                             .rulebook_revision = 1,
                             .blind = blind},
                            TieSubject());
      const absl::Status rendered =
          RenderRecord(asked.record, input, world.snapshot, *world.rulebook, asked.answer);
      EXPECT_TRUE(rendered.ok()) << rendered;
      made->push_back(std::move(asked));
    }
    return made;
  }();
  return answers;
}

template <typename Function>
void ForEachFinding(Function function) {
  for (const Asked& asked : Answers()) {
    for (int n = 0; n < asked.answer.results_size(); ++n) {
      for (int r = 0; r < asked.answer.results(n).rankings_size(); ++r) {
        const auto& told = asked.answer.results(n).rankings(r);
        const RecordedRanking& recorded =
            asked.record.needs[static_cast<size_t>(n)].rankings[static_cast<size_t>(r)];
        const auto each = [&](const auto& list, const std::vector<RecordedUnranked>& rows) {
          ASSERT_EQ(static_cast<size_t>(list.size()), rows.size());
          for (int i = 0; i < list.size(); ++i) {
            for (int f = 0; f < list[i].findings_size(); ++f) {
              function(list[i].findings(f),
                       rows[static_cast<size_t>(i)].findings[static_cast<size_t>(f)],
                       list[i].offering());
            }
          }
        };
        each(told.to_confirm(), recorded.to_confirm);
        each(told.excluded(), recorded.excluded);
      }
    }
  }
}

TEST(SampleFindingsTest, WhatIsObservedIsNeverWhatIsAsked) {
  int violations = 0;
  ForEachFinding([&](const auto& told, const engine::Finding& finding, const std::string& name) {
    if (finding.truth != engine::Truth::kFalse) return;
    ++violations;
    const std::string where = absl::StrCat(told.rule_id(), " ", name);
    EXPECT_NE(told.observed(), told.required()) << where;
    EXPECT_NE(told.observed(), "") << where << ": a violation was observed";
    EXPECT_NE(told.required(), "") << where;
  });
  EXPECT_GT(violations, 100);
}

// Both sides are of the comparison that decided, and so are the fields.
TEST(SampleFindingsTest, TheFieldsAreThoseOfTheComparisonThatDecided) {
  const CompiledRulebook& rulebook = *SampleWorld::Get().rulebook;
  int compared = 0;
  ForEachFinding([&](const auto& told, const engine::Finding& finding, const std::string& name) {
    if (finding.constraint == engine::Finding::kMinimumFact) return;
    ASSERT_NE(finding.comparison, engine::kNoId) << name;
    const engine::Condition& condition = rulebook.rules.conditions[finding.comparison];
    const engine::Measure& left = rulebook.rules.measures[condition.left];
    const std::string where = absl::StrCat(told.rule_id(), " ", name);
    if (finding.truth == engine::Truth::kFalse) {
      ASSERT_TRUE(finding.observed_known && finding.required_known) << where;
      EXPECT_FALSE(engine::Compare(condition.op, finding.observed, finding.required)) << where;
    }
    if (left.kind != engine::MeasureKind::kFact) return;
    EXPECT_EQ(left.first.side, engine::FactRef::Side::kOffering)
        << where << ": what the firm said cannot be mended in an offering";
    const FactInfo& info = *rulebook.offering_slots[left.first.slot];
    std::set<std::string> expected;
    for (const std::string& source :
         info.sources.empty() ? std::vector<std::string>{info.name} : info.sources) {
      expected.insert(std::string(absl::StripPrefix(source, "offering.")));
    }
    EXPECT_EQ(std::set<std::string>(told.fields().begin(), told.fields().end()), expected) << where;
    ++compared;
  });
  EXPECT_GT(compared, 100);
}

TEST(SampleFindingsTest, SentencesForTheOwnerHoldNoPathsAndNoBlanks) {
  ForEachFinding([&](const auto& told, const engine::Finding&, const std::string&) {
    for (const std::string& text :
         {told.sentence().fr(), told.remedy().fr(), told.sentence().en(), told.remedy().en()}) {
      EXPECT_THAT(text, Not(HasSubstr("{")));
      EXPECT_THAT(text, Not(HasSubstr("_"))) << told.rule_id();
    }
  });
}

TEST(SampleFindingsTest, EveryAnswerRendersWithoutBlanks) {
  for (const Asked& asked : Answers()) {
    for (const auto& result : asked.answer.results()) {
      for (const auto& ranking : result.rankings()) {
        for (const auto& band : ranking.bands()) {
          for (const auto& offering : band.offerings()) {
            EXPECT_EQ(offering.over_target(),
                      offering.cost().tco36_micros() > ranking.target_micros());
            for (const auto& c : offering.contributions()) {
              EXPECT_THAT(c.sentence().fr(), Not(HasSubstr("{"))) << c.criterion_id();
              EXPECT_THAT(c.sentence().fr(), Not(HasSubstr("sur 10 000"))) << c.criterion_id();
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace aplomb::decision
