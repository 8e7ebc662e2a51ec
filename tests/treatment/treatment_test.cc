// The measures of equal treatment: known values, two worlds (one equal, one with a delay planted in
// it), and the order of queues against a count of all pairs.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catalog/treatment/cases.h"
#include "catalog/treatment/compare.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::treatment {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;

// A year of submissions by 60 members in three groups; `delay` hundredths of a day for one of them.
struct World {
  std::vector<Case> cases;
  std::map<std::string, std::string> groups;
};
// In one family only, where `delayed` names it.
World MakeWorld(uint32_t seed, int per_member, int32_t delay, const std::string& delayed = "") {
  World world;
  std::mt19937 random(seed);
  for (int member = 0; member < 60; ++member) {
    const std::string name = absl::StrCat("m", member);
    const int group = member % 3;
    world.groups[name] = absl::StrCat("tier", group);
    for (int i = 0; i < per_member; ++i) {
      const int64_t place = static_cast<int64_t>(world.cases.size());
      Case& one = world.cases.emplace_back();
      one.member = name;
      one.family = member % 2 == 0 ? "CRM" : "POS";
      one.queue = one.family;
      one.place = place;
      one.decided_at = place + 100'000;
      one.centidays = static_cast<int32_t>(100 + random() % 800) +
                      (group == 2 && (delayed.empty() || delayed == one.family) ? delay : 0);
      one.approved = random() % 10 != 0;
    }
  }
  return world;
}

TEST(Treatment, AnEqualWorldIsFoundEqual) {
  for (const uint32_t seed : {1u, 2u, 3u}) {
    const World world = MakeWorld(seed, 40, 0);
    const TreatmentReport report = CompareTreatment(world.cases, world.groups);
    EXPECT_EQ(report.verdict, Verdict::kEqual) << "seed " << seed << "\n" << FormatReport(report);
    EXPECT_EQ(report.comparisons.size(), 9u);  // three pairs over all, in CRM and in POS
  }
}

TEST(Treatment, APlantedDelayOfTwoDaysIsFound) {
  for (const uint32_t seed : {1u, 2u, 3u}) {
    const World world = MakeWorld(seed, 20, 200);
    const TreatmentReport report = CompareTreatment(world.cases, world.groups);
    EXPECT_EQ(report.verdict, Verdict::kDifferent) << "seed " << seed;
    for (const Comparison& one : report.comparisons) {
      const bool concerns = one.first == "tier2" || one.second == "tier2";
      EXPECT_EQ(one.verdict, concerns ? Verdict::kDifferent : Verdict::kEqual)
          << one.first << " " << one.second;
      if (concerns) {
        EXPECT_LT(one.mann_whitney_p, 0.001);
      }
    }
  }
}

// Over all families it is half as long, and would not be called different.
TEST(Treatment, ADelayInOneFamilyAloneIsFoundThere) {
  for (const uint32_t seed : {1u, 2u, 3u}) {
    const World world = MakeWorld(seed, 20, 200, "CRM");
    const TreatmentReport report = CompareTreatment(world.cases, world.groups);
    EXPECT_EQ(report.verdict, Verdict::kDifferent) << "seed " << seed;
    for (const Comparison& one : report.comparisons) {
      const bool concerns = one.first == "tier2" || one.second == "tier2";
      if (one.family == "*") {
        EXPECT_NE(one.verdict, Verdict::kDifferent) << one.second;
      } else {
        EXPECT_EQ(one.verdict == Verdict::kDifferent, concerns && one.family == "CRM")
            << one.family << " " << one.second;
      }
    }
    EXPECT_THAT(FormatReport(report), HasSubstr("CRM            tier2 against tier0"));
  }
}

TEST(Treatment, AFamilyWithTooFewCasesIsToldAndWeighsOnlyInAll) {
  World world = MakeWorld(1, 20, 0);
  for (size_t i = 0; i < 9; ++i) world.cases[i].family = "HR";
  const TreatmentReport report = CompareTreatment(world.cases, world.groups);
  EXPECT_EQ(report.verdict, Verdict::kEqual) << FormatReport(report);
  // Nine of one member: of one group. Another group makes a pair that is too small.
  world.cases[20].family = "HR";
  const TreatmentReport pair = CompareTreatment(world.cases, world.groups);
  EXPECT_EQ(pair.verdict, Verdict::kEqual);
  EXPECT_THAT(FormatReport(pair), HasSubstr("1 comparisons of a family rest on too few cases"));
}

TEST(Treatment, ADelayOfOneDayIsNeverCalledEqual) {
  for (const uint32_t seed : {1u, 2u, 3u, 4u, 5u}) {
    const World world = MakeWorld(seed, 20, 100);
    EXPECT_NE(CompareTreatment(world.cases, world.groups).verdict, Verdict::kEqual) << seed;
  }
}

TEST(Treatment, TooFewCasesShowNothing) {
  const World world = MakeWorld(1, 1, 0);
  std::vector<Case> few(world.cases.begin(), world.cases.begin() + 6);
  const TreatmentReport report = CompareTreatment(few, world.groups);
  EXPECT_EQ(report.verdict, Verdict::kNotShown);
  EXPECT_THAT(FormatReport(report), HasSubstr("NOT_SHOWN"));
}

TEST(Treatment, OneGroupAloneShowsNothing) {
  const World world = MakeWorld(1, 20, 0);
  EXPECT_EQ(CompareTreatment(world.cases, {}).verdict, Verdict::kNotShown);
}

TEST(Treatment, TheShiftOfASmallSampleIsTheMedianOfAllDifferences) {
  const Shift shift = HodgesLehmann({1, 2, 3, 4}, {3, 5, 7, 9});
  // Differences: 2 4 6 8 1 3 5 7 0 2 4 6 -1 1 3 5, sorted -1 0 1 1 2 2 3 3 4 4 5 5 6 6 7 8.
  EXPECT_EQ(shift.median, 3.5);
}

TEST(Treatment, EqualSamplesHaveAHighP) {
  EXPECT_EQ(MannWhitneyP({1, 2, 3}, {1, 2, 3}), 1.0);
  EXPECT_EQ(MannWhitneyP({5, 5, 5}, {5, 5}), 1.0);
}

// The lady tasting tea (Fisher, "The Design of Experiments", 1935): 3 of 4 against 1 of 4.
TEST(Treatment, FishersOwnExample) {
  EXPECT_THAT(FisherP(3, 4, 1, 4), DoubleNear(34.0 / 70, 1e-9));
  EXPECT_THAT(FisherP(4, 4, 0, 4), DoubleNear(2.0 / 70, 1e-9));
}

// Newcombe 1998, table II, (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339.
TEST(Treatment, NewcombesOwnExample) {
  const Interval interval = NewcombeDifference(48, 80, 56, 70);
  EXPECT_THAT(interval.low, DoubleNear(0.0524, 5e-5));
  EXPECT_THAT(interval.high, DoubleNear(0.3339, 5e-5));
}

TEST(Treatment, OvertakenCountsEveryPairOfAQueue) {
  std::mt19937 random(7);
  std::vector<Case> cases(200);
  for (size_t i = 0; i < cases.size(); ++i) {
    cases[i].queue = i % 3 == 0 ? "A" : "B";
    cases[i].place = static_cast<int64_t>(i);
    cases[i].decided_at = static_cast<int64_t>(1000 + random() % 100'000);
  }
  std::vector<int32_t> expected(cases.size(), 0);
  for (size_t a = 0; a < cases.size(); ++a) {
    for (size_t b = 0; b < cases.size(); ++b) {
      if (cases[a].queue == cases[b].queue && cases[a].place < cases[b].place &&
          cases[a].decided_at > cases[b].decided_at) {
        ++expected[a];
      }
    }
  }
  EXPECT_EQ(Overtaken(cases), expected);
}

TEST(Treatment, CasesAreReadAsTheyWereWritten) {
  const World world = MakeWorld(1, 3, 50);
  ASSERT_OK_AND_ASSIGN(const auto back, ReadCases(WriteCases(world.cases)));
  EXPECT_EQ(back, Ranked(world.cases));
  EXPECT_FALSE(ReadCases("").ok());
  EXPECT_FALSE(ReadCases("member\n").ok());
  EXPECT_FALSE(ReadCases(WriteCases({}) + "m,CRM,CRM,1,2,-3,0,1\n").ok());
}

// What is written must not lead back to the entries of a public log: the same decisions at other
// places of the log, read in any order, make the same bytes, and every number is a rank.
TEST(Treatment, WhatIsWrittenSaysNoPlaceInTheLog) {
  const uint32_t seed = 11;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  World world = MakeWorld(seed, 20, 200, "CRM");
  std::vector<int64_t> decided(world.cases.size());
  for (size_t i = 0; i < decided.size(); ++i) decided[i] = static_cast<int64_t>(70'000 + 3 * i);
  std::shuffle(decided.begin(), decided.end(), random);
  for (size_t i = 0; i < world.cases.size(); ++i) {
    world.cases[i].place += 50'000;
    world.cases[i].decided_at = decided[i];
  }
  const std::string written = WriteCases(world.cases);

  std::vector<Case> elsewhere = world.cases;
  for (Case& one : elsewhere) {
    one.place = 5 * one.place + 17;
    one.decided_at = 9 * one.decided_at + 1'000'000;
  }
  std::shuffle(elsewhere.begin(), elsewhere.end(), random);
  EXPECT_EQ(WriteCases(elsewhere), written);

  ASSERT_OK_AND_ASSIGN(const std::vector<Case> back, ReadCases(written));
  std::map<std::string, std::vector<int64_t>> places;
  std::map<std::string, std::vector<int64_t>> decisions;
  for (const Case& one : back) {
    places[one.queue].push_back(one.place);
    decisions[one.queue].push_back(one.decided_at);
  }
  for (const auto& [queue, of_queue] : places) {
    std::vector<int64_t>& of_decisions = decisions[queue];
    std::sort(of_decisions.begin(), of_decisions.end());
    for (size_t i = 0; i < of_queue.size(); ++i) {
      EXPECT_EQ(of_queue[i], static_cast<int64_t>(i + 1)) << queue;
      EXPECT_EQ(of_decisions[i], static_cast<int64_t>(i + 1)) << queue;
    }
  }

  // And nothing of the comparison is lost.
  EXPECT_EQ(FormatReport(CompareTreatment(back, world.groups)),
            FormatReport(CompareTreatment(world.cases, world.groups)));
  std::vector<int32_t> overtaken = Overtaken(world.cases);
  std::vector<int32_t> overtaken_back = Overtaken(back);
  EXPECT_GT(*std::max_element(overtaken.begin(), overtaken.end()), 0);
  const auto of_members = [](const std::vector<Case>& cases, const std::vector<int32_t>& counts) {
    std::map<std::string, std::multiset<int32_t>> by_member;
    for (size_t i = 0; i < cases.size(); ++i) by_member[cases[i].member].insert(counts[i]);
    return by_member;
  };
  EXPECT_EQ(of_members(back, overtaken_back), of_members(world.cases, overtaken));
}

TEST(Treatment, OfTheSamePlaceNobodyIsOvertaken) {
  for (const bool backwards : {false, true}) {
    std::vector<Case> cases(4);
    for (Case& one : cases) one.queue = "A";
    cases[0].decided_at = cases[1].decided_at = 5;  // one entry, two places
    cases[0].place = backwards ? 2 : 1;
    cases[1].place = backwards ? 1 : 2;
    cases[2].place = cases[3].place = 9;  // one place, two decisions
    cases[2].decided_at = backwards ? 8 : 7;
    cases[3].decided_at = backwards ? 7 : 8;
    EXPECT_EQ(Overtaken(cases), std::vector<int32_t>(4, 0)) << backwards;
  }
}

TEST(Treatment, APseudonymNeedsTheKey) {
  const std::string key(32, 'k');
  EXPECT_EQ(Pseudonym(key, "acme"), Pseudonym(key, "acme"));
  EXPECT_NE(Pseudonym(key, "acme"), Pseudonym(std::string(32, 'x'), "acme"));
  EXPECT_NE(Pseudonym(key, "acme"), Pseudonym(key, "acm"));
}

}  // namespace
}  // namespace aplomb::treatment
