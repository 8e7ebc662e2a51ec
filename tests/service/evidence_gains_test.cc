// With the published rulebook and the sample's offerings: what documents would earn, and what keeps
// an offering from being ranked.
#include "service/evidence_gains.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/civil_day.h"
#include "catalog/import/directory.h"
#include "catalog/proposals/evidence_cost.h"
#include "decision/rulebook_compiler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/ranking_gaps.h"
#include "tests/testing/files.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

const decision::CompiledRulebook& Rules() {
  static const auto& compiled = *[] {
    auto read = decision::ReadRulebook(testing::SourcePath("catalog/rulebook"));
    EXPECT_TRUE(read.ok()) << read.status();
    auto result = decision::CompileRulebook(read->rulebook, base::Digest(), nullptr, nullptr);
    EXPECT_NE(result.compiled, nullptr);
    return new std::shared_ptr<const decision::CompiledRulebook>(result.compiled);
  }();
  return *compiled;
}

base::DayNumber Today() { return base::ParseDay("2026-11-23").value_or(0); }

base::DayNumber DayOf(const google::type::Date& date) {
  return base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()})
      .value_or(0);
}
void SetDate(base::DayNumber day, google::type::Date& date) {
  const base::CivilDay civil = base::FromDayNumber(day);
  date.set_year(civil.year);
  date.set_month(civil.month);
  date.set_day(civil.day);
}

// Every twentieth offering of the sample: one of each need and more.
std::vector<pb::Offering> Some() {
  const auto files = catalog::LoadCatalogFiles(testing::SourcePath("catalog/sample"));
  EXPECT_TRUE(files.ok()) << files.status();
  base::Issues issues;
  const catalog::CatalogSource source = catalog::ReadCatalog(*files, &issues);
  std::vector<pb::Offering> some;
  for (size_t i = 0; i < source.offerings.size(); i += 20) some.push_back(source.offerings[i]);
  EXPECT_GE(some.size(), 8u);
  return some;
}

type::FirmProfile Firm() {
  type::FirmProfile profile;
  profile.set_department_code("69");
  profile.set_staff_count(4);
  profile.mutable_activity()->set_nomenclature(type::NAF_REV2);
  profile.mutable_activity()->set_code("56.10A");
  return profile;
}

TEST(EvidenceGains, AnUndocumentedAudienceEarnsBySizeAndTrade) {
  int found = 0;
  for (pb::Offering offering : Some()) {
    offering.clear_claims();
    for (const EvidenceGain& gain : EvidenceGains(offering, Firm(), Rules(), nullptr, Today())) {
      EXPECT_GT(gain.documented, gain.now) << gain.field << " " << gain.criterion_id;
      EXPECT_LE(gain.documented, 10'000);
      if (gain.field == "audience") ++found;
    }
  }
  EXPECT_GT(found, 0) << "no offering of the sample would gain by its audience";
}

TEST(EvidenceGains, WhatIsDocumentedEarnsNothingMore) {
  for (pb::Offering offering : Some()) {
    offering.clear_claims();  // what has ended can be renewed
    for (const char* field : {"audience", "pricing", "commitment", "hosting", "service_level"}) {
      type::Claim& claim = *offering.add_claims();
      claim.set_field_path(field);
      claim.set_evidence(type::DOCUMENTED);
    }
    for (const EvidenceGain& gain : EvidenceGains(offering, Firm(), Rules(), nullptr, Today())) {
      EXPECT_NE(gain.field, "audience") << offering.name();
      EXPECT_NE(gain.field, "pricing") << offering.name();
    }
  }
}

// Certificates count where data is sensitive, and each that counts has a cost to tell.
TEST(EvidenceGains, ACertificateEarnsForFirmsWithSensitiveData) {
  type::FirmProfile sensitive = Firm();
  sensitive.mutable_data()->set_personal(true);
  sensitive.mutable_data()->set_health(false);
  sensitive.mutable_data()->set_trade_secret(true);
  int found = 0;
  for (const pb::Offering& offering : Some()) {
    for (const EvidenceGain& gain : EvidenceGains(offering, Firm(), Rules(), nullptr, Today())) {
      EXPECT_EQ(gain.scheme == pb::Certificate::SCHEME_UNSPECIFIED,
                gain.field.rfind("certificates.", 0) != 0);
    }
    for (const EvidenceGain& gain : EvidenceGains(offering, sensitive, Rules(), nullptr, Today())) {
      if (gain.scheme == pb::Certificate::SCHEME_UNSPECIFIED) continue;
      ++found;
      EXPECT_EQ(gain.field, "certificates." + pb::Certificate::Scheme_Name(gain.scheme));
      EXPECT_GT(gain.documented, gain.now);
      EXPECT_NE(proposals::CostOfCertificate(gain.scheme), nullptr);
      for (const pb::Certificate& held : offering.certificates().certificates()) {
        if (held.has_valid_to() && DayOf(held.valid_to()) < Today()) continue;  // to be renewed
        EXPECT_NE(held.scheme(), gain.scheme) << "it has that one";
      }
    }
  }
  EXPECT_GT(found, 0) << "no offering of the sample would gain by a certificate";
}

// What was documented until yesterday is unknown today: renewing it earns it back.
TEST(EvidenceGains, AClaimThatHasEndedCanBeRenewed) {
  int renewable = 0;
  for (pb::Offering offering : Some()) {
    offering.clear_claims();
    type::Claim& claim = *offering.add_claims();
    claim.set_field_path("audience");
    claim.set_evidence(type::DOCUMENTED);
    SetDate(Today() - 1, *claim.mutable_valid_to());
    const auto gains = EvidenceGains(offering, Firm(), Rules(), nullptr, Today());
    SetDate(Today(), *claim.mutable_valid_to());
    const auto before = EvidenceGains(offering, Firm(), Rules(), nullptr, Today());
    const auto of_audience = [](const EvidenceGain& gain) { return gain.field == "audience"; };
    EXPECT_EQ(std::count_if(before.begin(), before.end(), of_audience), 0) << "its last day";
    renewable += std::any_of(gains.begin(), gains.end(), of_audience) ? 1 : 0;
  }
  EXPECT_GT(renewable, 0) << "no offering of the sample would gain by its audience";
}

std::set<std::string> FieldsOf(const std::vector<pb::RankingGap>& gaps) {
  std::set<std::string> fields;
  for (const pb::RankingGap& gap : gaps) fields.insert(gap.fields().begin(), gap.fields().end());
  return fields;
}

TEST(RankingGaps, AreTheMinimumFactsThatAreNotKnown) {
  for (const pb::Offering& offering : Some()) {
    const auto before = FieldsOf(RankingGaps(offering, Rules(), nullptr, Today()));
    pb::Offering without = offering;
    without.clear_pricing();
    EXPECT_THAT(FieldsOf(RankingGaps(without, Rules(), nullptr, Today())), Contains("pricing"));
    EXPECT_THAT(before, Not(Contains(""))) << offering.name();
  }
  EXPECT_THAT(RankingGaps(pb::Offering(), Rules(), nullptr, Today()), IsEmpty());
}

}  // namespace
}  // namespace aplomb::service
