// Bias upstream, and what a change of rules would do: exact sums, told apart by hand.

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "decision/neutrality/bias.h"
#include "decision/neutrality/decomposition.h"
#include "decision/neutrality/impact.h"
#include "decision/rulebook_compiler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/neutrality/sample_world.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

using ::testing::ElementsAre;

Uid UidOf(uint8_t n) {
  Uid uid = {};
  uid[15] = n;
  return uid;
}

// A ranked offering with contributions to the criteria 0 and 1 of the published rulebook.
RecordedRanked Ranked(uint8_t uid, int64_t first, int64_t second) {
  return {.offering = UidOf(uid),
          .score = first + second,
          .contributions = {{.criterion = 0, .contribution = first},
                            {.criterion = 1, .contribution = second}},
          .cost = {}};
}

DecisionRecord RecordOf(std::vector<std::vector<RecordedRanked>> rankings) {
  DecisionRecord record = {};
  for (auto& ranked : rankings) {
    RecordedNeed need;
    RecordedRanking ranking;
    ranking.ranked = std::move(ranked);
    need.rankings.push_back(std::move(ranking));
    record.needs.push_back(std::move(need));
  }
  return record;
}

const std::map<Uid, std::string>& Members() {
  static const auto& members = *new std::map<Uid, std::string>{{UidOf(1), "members/a"},
                                                               {UidOf(2), "members/a"},
                                                               {UidOf(3), "members/b"},
                                                               {UidOf(4), "members/c"}};
  return members;
}

const Attribute kSize{
    .id = "size",
    .label_of = {{"members/a", "large"}, {"members/b", "small"}, {"members/c", "small"}}};

TEST(DecompositionTest, SumsToTheGapByHand) {
  // First ranking: large 10+4 and 6+0, small 5+5. Second: small only, 100+0, which no pair
  // compares.
  const std::vector<DecisionRecord> records = {
      RecordOf({{Ranked(1, 10, 4), Ranked(2, 6, 0), Ranked(3, 5, 5)}, {Ranked(4, 100, 0)}})};
  const auto result = Decompose(kSize, records, Members(), *SampleWorld::Get().rulebook);
  ASSERT_OK(result);
  ASSERT_EQ(result->gaps.size(), 2u);
  const Gap& large = result->gaps[0];
  EXPECT_EQ(large.label, "large");
  EXPECT_EQ(large.count, 2);
  EXPECT_EQ(large.other_count, 2);
  // Pooled: 20/2 - 110/2 = -45 = -180/4, of this 16/2 - 105/2 by the first criterion.
  EXPECT_EQ(large.pooled_denominator, 4);
  EXPECT_EQ(large.pooled, -180);
  // Paired: (14 - 10) + (6 - 10) = 0 over two pairs; by criterion (5 + 1) and (-1 - 5).
  EXPECT_EQ(large.paired_denominator, 2);
  EXPECT_EQ(large.paired, 0);
  EXPECT_EQ(large.shares[0].paired, 6);
  EXPECT_EQ(large.shares[1].paired, -6);
  EXPECT_EQ(large.shares[0].pooled, 2 * 16 - 2 * 105);
  EXPECT_EQ(large.shares[1].pooled, 2 * 4 - 2 * 5);
  EXPECT_FALSE(large.one_carries_half) << "each carries exactly half";
  const Gap& small = result->gaps[1];
  EXPECT_EQ(small.pooled, 180);
  EXPECT_EQ(small.paired, 0);
}

TEST(DecompositionTest, NamesTheCriterionThatCarriesTheGap) {
  const std::vector<DecisionRecord> records = {
      RecordOf({{Ranked(1, 900, 40), Ranked(3, 100, 50)}})};
  const auto result = Decompose(kSize, records, Members(), *SampleWorld::Get().rulebook);
  ASSERT_OK(result);
  EXPECT_EQ(result->gaps[0].shares[0].criterion_id,
            SampleWorld::Get().rulebook->source.criteria(0).criterion_id());
  EXPECT_EQ(result->gaps[0].shares[0].paired, 800);
  EXPECT_TRUE(result->gaps[0].one_carries_half);
}

TEST(DecompositionTest, LeavesOutWhoHasNoLabelAndRefusesWhoHasNoMember) {
  Attribute half = kSize;
  half.label_of.erase("members/b");
  const std::vector<DecisionRecord> records = {
      RecordOf({{Ranked(1, 1, 1), Ranked(3, 5, 5), Ranked(4, 2, 2)}})};
  const auto result = Decompose(half, records, Members(), *SampleWorld::Get().rulebook);
  ASSERT_OK(result);
  EXPECT_EQ(result->unlabelled, 1);
  EXPECT_EQ(result->gaps[0].paired, -2);
  EXPECT_THAT(Decompose(half, records, {}, *SampleWorld::Get().rulebook),
              testing::StatusIs(absl::StatusCode::kInvalidArgument, ::testing::_));
}

struct SampleRecords {
  std::vector<DecisionRecord> records;
  std::map<Uid, std::string> members;
  Attribute fees{.id = "fee"};
};

SampleRecords OfSample() {
  const SampleWorld& world = SampleWorld::Get();
  SampleRecords sample;
  const BlindCatalog blind = Blindfold(world.snapshot, *world.rulebook, kSampleDay);
  for (size_t i = 0; i < world.inputs.size(); ++i) {
    sample.records.push_back(Decide(
        world.InputOf(i), {.snapshot = world.snapshot, .rulebook = *world.rulebook, .blind = blind},
        world.inputs[i].tie));
  }
  for (size_t row = 0; row < blind.names.size(); ++row) {
    const std::string& name = blind.names[row];
    sample.members[blind.offering_uids[row]] = name.substr(0, name.find("/offerings/"));
  }
  for (const auto& [member, fee] : world.stored.fees_micros) {
    sample.fees.label_of[member] = fee < 1'000'000'000   ? "1 low"
                                   : fee < 2'000'000'000 ? "2 middle"
                                                         : "3 high";
  }
  return sample;
}

TEST(DecompositionTest, IsExactOnTheSample) {
  const SampleRecords sample = OfSample();
  const auto result =
      Decompose(sample.fees, sample.records, sample.members, *SampleWorld::Get().rulebook);
  ASSERT_OK(result);
  ASSERT_EQ(result->gaps.size(), 3u);
  EXPECT_EQ(result->unlabelled, 0);
  for (const Gap& gap : result->gaps) {
    int64_t pooled = 0;
    int64_t paired = 0;
    for (const CriterionShare& share : gap.shares) {
      pooled += share.pooled;
      paired += share.paired;
    }
    EXPECT_EQ(pooled, gap.pooled) << gap.label;
    EXPECT_EQ(paired, gap.paired) << gap.label;
    // The same gap from the scores alone.
    int64_t from_scores = 0;
    int64_t pairs = 0;
    for (const DecisionRecord& record : sample.records) {
      for (const RecordedNeed& need : record.needs) {
        for (const RecordedRanking& ranking : need.rankings) {
          for (const auto& a : ranking.ranked) {
            for (const auto& b : ranking.ranked) {
              const auto label = [&](const Uid& uid) {
                return sample.fees.label_of.at(sample.members.at(uid));
              };
              if (label(a.offering) != gap.label || label(b.offering) == gap.label) continue;
              from_scores += a.score - b.score;
              ++pairs;
            }
          }
        }
      }
    }
    EXPECT_EQ(gap.paired, from_scores) << gap.label;
    EXPECT_EQ(gap.paired_denominator, pairs) << gap.label;
  }
}

TEST(BiasTest, MembersAreSortedByWhatStandsOutsideTheEngine) {
  catalog::Snapshot snapshot;
  // 2026-11-23: two, three, six and seven years; unknown size and country are left out.
  for (const auto& [id, since] :
       std::map<std::string, int>{{"a", 2024}, {"b", 2023}, {"c", 2020}, {"d", 2019}, {"e", 0}}) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    const std::string name = "members/" + id;
    entry->member.set_name(name);
    entry->member.set_member_since_year(since);
    if (id == "a") entry->member.set_country_code("FR");
    if (id == "b") entry->member.set_country_code("DE");
    snapshot.members.emplace(name, std::move(entry));
  }
  const std::vector<Attribute> attributes = CatalogAttributes(snapshot, kSampleDay);
  ASSERT_EQ(attributes.size(), 2u);
  EXPECT_EQ(attributes[0].id, "nationality");
  EXPECT_THAT(attributes[0].label_of, ElementsAre(::testing::Pair("members/a", "FR"),
                                                  ::testing::Pair("members/b", "other")));
  EXPECT_EQ(attributes[1].id, "seniority");
  EXPECT_THAT(
      attributes[1].label_of,
      ElementsAre(::testing::Pair("members/a", "<3"), ::testing::Pair("members/b", "3-6"),
                  ::testing::Pair("members/c", "3-6"), ::testing::Pair("members/d", ">=7")));
  EXPECT_THAT(
      FeeAttribute(
          {{"members/a", 999'999'999}, {"members/b", 1'000'000'000}, {"members/c", 2'000'000'000}})
          .label_of,
      ElementsAre(::testing::Pair("members/a", "<1000"), ::testing::Pair("members/b", "1000-1999"),
                  ::testing::Pair("members/c", ">=2000")));
}

TEST(BiasTest, SumsOverCriteriaForEachAttributeOfTheSample) {
  const SampleWorld& world = SampleWorld::Get();
  const std::vector<Attribute> attributes = CatalogAttributes(world.snapshot, kSampleDay);
  ASSERT_OK_AND_ASSIGN(
      const std::vector<Decomposition> results,
      DecomposeBias(*world.rulebook, world.snapshot, world.inputs, attributes, kSampleDay));
  ASSERT_EQ(results.size(), attributes.size());
  for (const Decomposition& result : results) {
    for (const Gap& gap : result.gaps) {
      int64_t paired = 0;
      for (const CriterionShare& share : gap.shares) paired += share.paired;
      EXPECT_EQ(paired, gap.paired) << result.attribute << " " << gap.label;
    }
  }
}

TEST(ImpactTest, NoChangeMovesNothing) {
  const SampleWorld& world = SampleWorld::Get();
  const ImpactSide side{.snapshot = world.snapshot, .rulebook = *world.rulebook};
  const ImpactReport report = PreviewImpact(side, side, world.inputs, kSampleDay);
  EXPECT_EQ(report.inputs, static_cast<int64_t>(world.inputs.size()));
  EXPECT_EQ(report.inputs_changed, 0);
  EXPECT_EQ(report.scores_changed, 0);
  EXPECT_TRUE(report.winners.empty());
  EXPECT_TRUE(report.losers.empty());
  EXPECT_GT(report.rankings, 25);
}

TEST(ImpactTest, AnOfferingTakenOutIsALoserAndMovesOthersUp) {
  const SampleWorld& world = SampleWorld::Get();
  const SampleRecords sample = OfSample();
  const Uid gone = sample.records[0].needs.at(0).rankings.at(0).ranked.at(0).offering;
  catalog::Snapshot after = world.snapshot;
  const BlindCatalog blind = Blindfold(world.snapshot, *world.rulebook, kSampleDay);
  for (size_t row = 0; row < blind.names.size(); ++row) {
    if (blind.offering_uids[row] == gone) after.offerings.erase(blind.names[row]);
  }
  ASSERT_EQ(after.offerings.size() + 1, world.snapshot.offerings.size());
  const ImpactReport report =
      PreviewImpact({.snapshot = world.snapshot, .rulebook = *world.rulebook},
                    {.snapshot = after, .rulebook = *world.rulebook}, world.inputs, kSampleDay);
  EXPECT_GE(report.inputs_changed, 1);
  EXPECT_GE(report.top_set_changed, 1);
  EXPECT_EQ(report.scores_changed, 0) << "no score of another moves";
  ASSERT_EQ(report.losers.size(), 1u);
  EXPECT_EQ(report.losers[0].offering, gone);
  EXPECT_EQ(report.largest.offering, gone);
  EXPECT_EQ(report.largest.to, kNoPlace);
  EXPECT_EQ(report.largest.name, report.losers[0].name) << "people are told a name";
  EXPECT_THAT(report.largest.name, ::testing::StartsWith("members/"));
}

TEST(ImpactTest, WiderBandsAreSeen) {
  const SampleWorld& world = SampleWorld::Get();
  catalog::v1::Rulebook wide = world.rulebook->source;
  wide.set_band_width(20 * wide.band_width());
  const CompileResult compiled = CompileRulebook(wide, base::Sha256("wide"), nullptr, nullptr);
  ASSERT_NE(compiled.compiled, nullptr) << FormatDiagnostics(compiled.diagnostics);
  const ImpactReport report = PreviewImpact(
      {.snapshot = world.snapshot, .rulebook = *world.rulebook},
      {.snapshot = world.snapshot, .rulebook = *compiled.compiled}, world.inputs, kSampleDay);
  EXPECT_GT(report.inputs_changed, 0);
  EXPECT_EQ(report.scores_changed, 0);
  EXPECT_FALSE(report.winners.empty());
  EXPECT_FALSE(report.losers.empty());
  EXPECT_NE(report.largest.from, report.largest.to);
}

}  // namespace
}  // namespace aplomb::decision
