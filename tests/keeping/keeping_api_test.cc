// Revisions that are read again and compared, coverage, a member's own view, and a backup made by
// the running server.
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/coverage_service.grpc.pb.h"
#include "aplomb/catalog/v1/insight_service.grpc.pb.h"
#include "aplomb/catalog/v1/keeping_service.grpc.pb.h"
#include "audit/backup/backup.h"
#include "gmock/gmock.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "gtest/gtest.h"
#include "service/dataset.h"
#include "service/insight_service.h"
#include "tests/service/workflow_world.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::SizeIs;

int64_t Revision(WorkflowWorld& world) {
  pb::GetCatalogRequest request;
  request.set_name("catalog");
  return Ask<pb::Catalog>(world.server().catalog(), &pb::CatalogService::Stub::GetCatalog, "marie",
                          request)
      .revision();
}

// Proposes and publishes.
void Publish(WorkflowWorld& world, const pb::Offering& offering) {
  const pb::Proposal proposal = world.Propose("acme", offering);
  world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
  ASSERT_EQ(world.Get("acme", proposal.name()).state(), pb::Proposal::APPROVED);
}

pb::DiffCatalogResponse Diff(WorkflowWorld& world, int64_t old_revision, int64_t new_revision) {
  const auto stub = pb::KeepingService::NewStub(world.server().channel());
  pb::DiffCatalogRequest request;
  request.set_old_revision(old_revision);
  request.set_new_revision(new_revision);
  return Ask<pb::DiffCatalogResponse>(*stub, &pb::KeepingService::Stub::DiffCatalog, "marie",
                                      request);
}

TEST(Revisions, DiffTellsWhatWasAddedChangedAndSeenBackwardsRemoved) {
  WorkflowWorld world;
  const int64_t first = Revision(world);
  pb::Offering site = WorkflowWorld::Site("acme", "a");
  Publish(world, site);
  const int64_t second = Revision(world);
  site.mutable_pricing()->mutable_components(0)->mutable_amount()->set_micros(21'000'000);
  Publish(world, site);
  const int64_t third = Revision(world);

  const auto added = Diff(world, first, second);
  ASSERT_THAT(added.differences(), SizeIs(1));
  EXPECT_EQ(added.differences(0).name(), "members/acme/offerings/a");
  EXPECT_EQ(added.differences(0).change(), pb::CatalogDifference::ADDED);

  const auto changed = Diff(world, second, third);
  ASSERT_THAT(changed.differences(), SizeIs(1));
  EXPECT_EQ(changed.differences(0).change(), pb::CatalogDifference::CHANGED);
  ASSERT_THAT(changed.differences(0).differences(), SizeIs(1));
  EXPECT_EQ(changed.differences(0).differences(0).field(), "pricing.components[0].amount");
  EXPECT_EQ(changed.differences(0).differences(0).old_value(), "19.00 EUR");
  EXPECT_EQ(changed.differences(0).differences(0).new_value(), "21.00 EUR");

  EXPECT_EQ(Diff(world, third, first).differences(0).change(), pb::CatalogDifference::REMOVED);
  EXPECT_THAT(Diff(world, third, 0).differences(), SizeIs(0));
}

TEST(Revisions, EveryListAndThingIsReadAsItWas) {
  WorkflowWorld world;
  const int64_t before = Revision(world);
  Publish(world, WorkflowWorld::Site("acme", "a"));
  pb::ListOfferingsRequest list;
  list.set_parent("members/acme");
  EXPECT_THAT(Ask<pb::ListOfferingsResponse>(
                  world.server().catalog(), &pb::CatalogService::Stub::ListOfferings, "marie", list)
                  .offerings(),
              SizeIs(1));
  list.set_catalog_revision(before);
  EXPECT_THAT(Ask<pb::ListOfferingsResponse>(
                  world.server().catalog(), &pb::CatalogService::Stub::ListOfferings, "marie", list)
                  .offerings(),
              SizeIs(0));
  pb::GetCatalogRequest get;
  get.set_name("catalog");
  get.set_catalog_revision(before);
  EXPECT_EQ(Ask<pb::Catalog>(world.server().catalog(), &pb::CatalogService::Stub::GetCatalog,
                             "marie", get)
                .revision(),
            before);
  get.set_catalog_revision(1'000'000);
  pb::Catalog answer;
  EXPECT_EQ(ReasonOf(Invoke(world.server().catalog(), &pb::CatalogService::Stub::GetCatalog,
                            "marie", get, &answer)),
            "REVISION_UNAVAILABLE");
  get.set_catalog_revision(-1);
  EXPECT_EQ(ReasonOf(Invoke(world.server().catalog(), &pb::CatalogService::Stub::GetCatalog,
                            "marie", get, &answer)),
            "BAD_REQUEST");
}

pb::CoverageMatrix Coverage(WorkflowWorld& world, int32_t groups) {
  const auto stub = pb::CoverageService::NewStub(world.server().channel());
  pb::GetCoverageRequest request;
  request.set_group_count_min(groups);
  return Ask<pb::CoverageMatrix>(*stub, &pb::CoverageService::Stub::GetCoverage, "r1", request);
}

TEST(Coverage, CountsIndependentGroupsAndNamesGaps) {
  WorkflowWorld world;
  const pb::CoverageMatrix coverage = Coverage(world, 0);
  EXPECT_EQ(coverage.group_count_min(), 3);
  EXPECT_EQ(coverage.cell_count(), coverage.cells_size());
  ASSERT_GT(coverage.cell_count(), 0);
  EXPECT_EQ(coverage.cell_count() % (18 * 4), 0);
  int gaps = 0;
  for (const pb::CoverageCell& cell : coverage.cells()) {
    EXPECT_EQ(cell.gap(), cell.group_count() < 3);
    EXPECT_LE(cell.group_count(), cell.member_count());
    EXPECT_LE(cell.member_count(), cell.offering_count());
    gaps += cell.gap() ? 1 : 0;
  }
  EXPECT_EQ(coverage.gap_count(), gaps);
  int recruited = 0;
  for (const pb::RecruitingLine& line : coverage.recruiting()) recruited += line.gap_count();
  EXPECT_EQ(recruited, gaps);
  // More is asked for: nothing that was a gap is none.
  EXPECT_GE(Coverage(world, 100).gap_count(), gaps);
  EXPECT_EQ(Coverage(world, 100).gap_count(), coverage.cell_count());
}

TEST(Coverage, ANewcomerCountsOnceItIsPublished) {
  WorkflowWorld world;
  const auto members = [&world] {
    const pb::CoverageMatrix coverage = Coverage(world, 0);
    int total = 0;
    for (const pb::CoverageCell& cell : coverage.cells()) total += cell.member_count();
    return total;
  };
  const int before = members();
  Publish(world, WorkflowWorld::Site("acme", "a"));
  EXPECT_GT(members(), before);
}

TEST(Coverage, IsForThoseWhoKeepTheCatalogue) {
  WorkflowWorld world;
  const auto stub = pb::CoverageService::NewStub(world.server().channel());
  pb::CoverageMatrix answer;
  for (const char* caller : {"acme", "marie"}) {
    EXPECT_EQ(ReasonOf(Invoke(*stub, &pb::CoverageService::Stub::GetCoverage, caller,
                              pb::GetCoverageRequest(), &answer)),
              "ROLE_NOT_ALLOWED");
  }
}

TEST(Insight, TellsHowEachCriterionReadsOnesOwnOffering) {
  WorkflowWorld world;
  Publish(world, WorkflowWorld::Site("acme", "a"));
  const auto stub = pb::InsightService::NewStub(world.server().channel());
  pb::GetInsightRequest request;
  request.set_name("members/acme/offerings/a");
  const auto insight =
      Ask<pb::Insight>(*stub, &pb::InsightService::Stub::GetInsight, "acme", request);
  ASSERT_THAT(insight.readings(), SizeIs(4));
  for (const pb::Reading& reading : insight.readings()) {
    EXPECT_EQ(reading.need_id(), "WEBSITE");
    EXPECT_NE(reading.standing(), pb::Reading::STANDING_UNSPECIFIED);
    if (reading.standing() == pb::Reading::RANKED) {
      EXPECT_GT(reading.criteria_size(), 0);
    } else {
      EXPECT_GT(reading.codes_size(), 0);
    }
  }
  EXPECT_THAT(insight.appearances().tables(), SizeIs(0));
  // Nothing of anybody else.
  const std::string text = insight.DebugString();
  EXPECT_FALSE(absl::StrContains(text, "m000"));

  pb::Insight answer;
  EXPECT_EQ(
      ReasonOf(Invoke(*stub, &pb::InsightService::Stub::GetInsight, "m000", request, &answer)),
      "NOT_OWNER");
}

// What nobody can be shown is not told as ranked; as what it would be ranked is told apart.
TEST(Insight, TellsWhyNobodyIsShownAnOffering) {
  struct Hidden {
    std::string name;
    std::vector<std::string> codes;
    void (*hide)(WorkflowWorld& world, const std::string& name);
  };
  const auto suspend_member = [](WorkflowWorld& world, const std::string& /*name*/) {
    pb::SuspendMemberRequest request;
    request.set_name("members/acme");
    request.add_reason_codes("CHARTER_BREACHED");
    Ask<pb::Member>(world.members(), &pb::MemberService::Stub::SuspendMember, "operator", request);
  };
  const auto suspend = [](WorkflowWorld& world, const std::string& name) {
    pb::SuspendOfferingRequest request;
    request.set_name(name);
    request.add_reason_codes("SECURITY_RISK");
    Ask<pb::Offering>(world.members(), &pb::MemberService::Stub::SuspendOffering, "operator",
                      request);
  };
  const std::vector<Hidden> table = {
      {"Suspended", {"OFFERING_SUSPENDED"}, suspend},
      {"Withdrawn",
       {"OFFERING_WITHDRAWN"},
       [](WorkflowWorld& world, const std::string& name) {
         pb::WithdrawOfferingRequest request;
         request.set_name(name);
         Ask<pb::Offering>(world.members(), &pb::MemberService::Stub::WithdrawOffering, "acme",
                           request);
       }},
      {"Expired",
       {"OFFERING_EXPIRED"},
       [](WorkflowWorld& world, const std::string& /*name*/) {
         Ask<pb::ApplyDueResponse>(world.members(), &pb::MemberService::Stub::ApplyDue, "operator",
                                   pb::ApplyDueRequest());
       }},
      {"MemberSuspended", {"MEMBER_SUSPENDED"}, suspend_member},
      {"MemberEnded",
       {"MEMBER_ENDED"},
       [](WorkflowWorld& world, const std::string& /*name*/) {
         pb::TerminateMemberRequest request;
         request.set_name("members/acme");
         request.add_reason_codes("CEASED");
         Ask<pb::Notice>(world.members(), &pb::MemberService::Stub::TerminateMember, "operator",
                         request);
         world.clock().Advance(absl::Hours(24 * 31));
         Ask<pb::ApplyDueResponse>(world.members(), &pb::MemberService::Stub::ApplyDue, "operator",
                                   pb::ApplyDueRequest());
       }},
  };
  for (const Hidden& row : table) {
    SCOPED_TRACE(row.name);
    WorkflowWorld world;
    pb::Offering site = WorkflowWorld::Site("acme", "a");
    if (row.name == "Expired") {
      site.mutable_claims_valid_to()->set_year(2026);
      site.mutable_claims_valid_to()->set_month(5);
      site.mutable_claims_valid_to()->set_day(31);
    }
    Publish(world, site);
    const auto stub = pb::InsightService::NewStub(world.server().channel());
    pb::GetInsightRequest request;
    request.set_name(site.name());
    const auto seen =
        Ask<pb::Insight>(*stub, &pb::InsightService::Stub::GetInsight, "acme", request);
    row.hide(world, site.name());
    const auto hidden =
        Ask<pb::Insight>(*stub, &pb::InsightService::Stub::GetInsight, "acme", request);
    ASSERT_EQ(hidden.readings_size(), seen.readings_size());
    int ranked = 0;
    for (int i = 0; i < hidden.readings_size(); ++i) {
      const pb::Reading& before = seen.readings(i);
      const pb::Reading& after = hidden.readings(i);
      ASSERT_NE(before.standing(), pb::Reading::ABSENT);
      EXPECT_EQ(after.standing(), pb::Reading::ABSENT);
      // First why, then what the rules say of it alone.
      std::vector<std::string> codes = row.codes;
      codes.insert(codes.end(), before.codes().begin(), before.codes().end());
      EXPECT_THAT(after.codes(), ElementsAreArray(codes));
      EXPECT_EQ(after.criteria_size(), before.criteria_size());
      EXPECT_EQ(after.score() > 0, before.score() > 0);
      ranked += before.standing() == pb::Reading::RANKED;
    }
    EXPECT_GT(ranked, 0);
    // A preview reads the text that it is given, as it would be published.
    if (row.name == "Withdrawn") {
      pb::PreviewImpactRequest preview;
      preview.set_parent("members/acme");
      *preview.mutable_offering() = site;
      const auto changes =
          Ask<pb::EntryPreview>(*stub, &pb::InsightService::Stub::PreviewImpact, "acme", preview);
      ASSERT_GT(changes.changes_size(), 0);
      EXPECT_EQ(changes.changes(0).before().standing(), pb::Reading::ABSENT);
      EXPECT_NE(changes.changes(0).after().standing(), pb::Reading::ABSENT);
    }
  }
}

TEST(Insight, PreviewTellsWhatAnEntryWouldChangeAndChangesNothing) {
  WorkflowWorld world;
  pb::Offering site = WorkflowWorld::Site("acme", "a");
  Publish(world, site);
  const int64_t revision = Revision(world);
  const auto stub = pb::InsightService::NewStub(world.server().channel());
  pb::PreviewImpactRequest request;
  request.set_parent("members/acme");
  *request.mutable_offering() = site;
  const auto same =
      Ask<pb::EntryPreview>(*stub, &pb::InsightService::Stub::PreviewImpact, "acme", request);
  EXPECT_THAT(same.changes(), SizeIs(0));
  request.mutable_offering()->clear_pricing();
  const auto worse =
      Ask<pb::EntryPreview>(*stub, &pb::InsightService::Stub::PreviewImpact, "acme", request);
  EXPECT_THAT(worse.changes(), SizeIs(4));
  EXPECT_GT(worse.ranking_gaps_size(), 0);
  EXPECT_GT(worse.differences_size(), 0);
  EXPECT_FALSE(worse.fast_lane());
  *request.mutable_offering() = site;
  request.mutable_offering()
      ->mutable_pricing()
      ->mutable_components(0)
      ->mutable_amount()
      ->set_micros(18'000'000);
  EXPECT_TRUE(
      Ask<pb::EntryPreview>(*stub, &pb::InsightService::Stub::PreviewImpact, "acme", request)
          .fast_lane());
  EXPECT_EQ(Revision(world), revision);
}

// Twelve firms are asked about in one quarter: what became of m000's offering is told when it is
// over, and never otherwise after that. Nine more of one firm do not make it twenty-one firms.
TEST(Insight, CountsWhatBecameOfItAmongFirmsQuarterByQuarter) {
  WorkflowWorld world;
  const auto stub = pb::InsightService::NewStub(world.server().channel());
  const auto tables = [&] {
    pb::GetInsightRequest request;
    request.set_name("members/m000/offerings/o0");
    return Ask<pb::Insight>(*stub, &pb::InsightService::Stub::GetInsight, "m000", request)
        .appearances()
        .tables();
  };
  const auto recommend = [&world](const std::string& engagement) {
    Ask<advisor::v1::Recommendation>(world.server().advisor(),
                                     &advisor::v1::AdvisorService::Stub::CreateRecommendation,
                                     "marie", TinyRequest(engagement));
  };
  std::string engagement;
  for (int firm = 0; firm < 12; ++firm) {
    engagement = OpenEngagement(world.server(), "marie", "").name();
    recommend(engagement);
    EXPECT_THAT(tables(), SizeIs(0)) << "the quarter is not over";
  }
  for (int again = 0; again < 9; ++again) recommend(engagement);
  // In the next quarter nine firms ask.
  world.clock().Advance(absl::Hours(24 * 31));
  for (int firm = 0; firm < 9; ++firm) {
    recommend(OpenEngagement(world.server(), "marie", "").name());
  }
  ASSERT_THAT(tables(), SizeIs(1));
  const pb::AppearanceTable second = tables()[0];
  EXPECT_EQ(second.first_date().month(), 4);
  EXPECT_EQ(second.last_date().month(), 6);
  EXPECT_EQ(second.last_date().day(), 30);
  EXPECT_EQ(second.withheld(), pb::AppearanceTable::NOTHING);
  EXPECT_EQ(second.firm_count(), 10) << "12, rounded down, however often each has asked";
  ASSERT_GT(second.counts_size(), 0);
  for (const pb::AppearanceCount& count : second.counts()) {
    EXPECT_EQ(count.count(), 10) << count.code();  // the same question each time
  }
  world.clock().Advance(absl::Hours(24 * 92));
  recommend(engagement);
  ASSERT_THAT(tables(), SizeIs(2));
  EXPECT_EQ(tables()[0].withheld(), pb::AppearanceTable::FEW_FIRMS);
  EXPECT_THAT(tables()[0].counts(), SizeIs(0));
  EXPECT_EQ(tables()[1].SerializeAsString(), second.SerializeAsString());
}

// --- What was found by the model test
// --------------------------------------------------------------

TEST(Proposals, OfTwoDraftsForANewOfferingTheSecondKeepsItsUid) {
  WorkflowWorld world;
  const pb::Proposal first = world.Create("acme", WorkflowWorld::Site("acme", "a"));
  pb::Offering other = WorkflowWorld::Site("acme", "a");
  other.mutable_title()->set_fr("Autre titre");
  other.mutable_title()->set_en("Another title");
  const pb::Proposal second = world.Create("acme", other);
  world.Submit("acme", first);
  world.VoteAll(first.name(), pb::DrawnReviewer::APPROVE);
  const pb::Proposal handed_in = world.Submit("acme", world.Get("acme", second.name()));
  world.VoteAll(handed_in.name(), pb::DrawnReviewer::APPROVE);
  EXPECT_EQ(world.Get("acme", second.name()).state(), pb::Proposal::APPROVED);
  pb::GetOfferingRequest request;
  request.set_name("members/acme/offerings/a");
  const auto published = Ask<pb::Offering>(
      world.server().catalog(), &pb::CatalogService::Stub::GetOffering, "marie", request);
  EXPECT_EQ(published.title().en(), "Another title");
  EXPECT_EQ(published.uid(), first.offering().uid());
}

}  // namespace
}  // namespace aplomb::service
