// How gaps between groups of members are told: every way of sorting them, also one that nobody
// could look at.
#include "cli/bias_table.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

catalog::v1::BiasReport Report(const std::string& attribute, const std::string& group) {
  catalog::v1::BiasReport report;
  report.set_attribute(attribute);
  catalog::v1::BiasGap& gap = *report.add_gaps();
  gap.set_label(group);
  gap.set_ranked(12);
  gap.set_pooled(-2'345'000);
  gap.set_pooled_denominator(1);
  gap.set_paired(1'000'000);
  gap.set_paired_denominator(1);
  catalog::v1::BiasShare& share = *gap.add_shares();
  share.set_criterion_id("C02");
  share.set_paired(1'000'000);
  return report;
}

std::string Told(const std::vector<catalog::v1::BiasReport>& reports, Language language) {
  std::vector<const catalog::v1::BiasReport*> all;
  for (const auto& one : reports) all.push_back(&one);
  return BiasText(all, language);
}

TEST(BiasTable, AGroupIsNamedInTheReadersLanguage) {
  const std::vector<catalog::v1::BiasReport> reports = {Report("size", "MEMBER_MICRO"),
                                                        Report("nationality", "other")};
  EXPECT_THAT(Told(reports, Language::kEnglish),
              AllOf(HasSubstr("fewer than 10 persons"), HasSubstr("another country"),
                    HasSubstr("-2.35"), HasSubstr("C02\u00A0+1.00"), Not(HasSubstr("MEMBER_"))));
  EXPECT_THAT(Told(reports, Language::kFrench),
              AllOf(HasSubstr("moins de 10 personnes"), HasSubstr("autre pays"), HasSubstr("-2,35"),
                    HasSubstr("C02\u00A0+1,00"), Not(HasSubstr("MEMBER_"))));
}

TEST(BiasTable, GroupsStandFromTheLeastToTheMost) {
  catalog::v1::BiasReport report = Report("fee", ">=2000");
  *report.add_gaps() = Report("fee", "<1000").gaps(0);
  *report.add_gaps() = Report("fee", "1000-1999").gaps(0);
  const std::string told = Told({report}, Language::kEnglish);
  EXPECT_LT(told.find("less than 1,000"), told.find("1,000 to 1,999.99"));
  EXPECT_LT(told.find("1,000 to 1,999.99"), told.find("2,000 or more"));
}

TEST(BiasTable, WhatNobodyLookedAtIsSaid) {
  // As a server attaches it, and as a revision of former times has it: missing altogether.
  catalog::v1::BiasReport empty;
  empty.set_attribute("fee");
  for (const auto& reports : {std::vector{empty, Report("size", "MEMBER_SME")},
                              std::vector{Report("size", "MEMBER_SME")}}) {
    EXPECT_THAT(Told(reports, Language::kEnglish), HasSubstr("Yearly fee (EUR): not examined."));
    EXPECT_THAT(Told(reports, Language::kFrench),
                HasSubstr("Cotisation annuelle (EUR) : non examinée."));
  }
  const std::string seen = Told({Report("fee", "<1000")}, Language::kEnglish);
  EXPECT_THAT(seen, Not(HasSubstr("(EUR): not examined")));
  EXPECT_THAT(seen, AllOf(HasSubstr("less than 1,000"), HasSubstr("Size of the member: not")));
}

TEST(BiasTable, PlacesOfNoGroupAreCounted) {
  catalog::v1::BiasReport report = Report("fee", "<1000");
  EXPECT_THAT(Told({report}, Language::kEnglish), Not(HasSubstr("Left aside")));
  report.set_unlabelled(3);
  EXPECT_THAT(Told({report}, Language::kEnglish), HasSubstr("Left aside"));
  EXPECT_THAT(Told({report}, Language::kFrench), HasSubstr("3 places"));
}

TEST(BiasTable, AnotherWayOfSortingStandsAsItWasNamed) {
  EXPECT_THAT(Told({Report("region", "84")}, Language::kFrench),
              AllOf(HasSubstr("region"), HasSubstr("84")));
}

}  // namespace
}  // namespace aplomb::cli
