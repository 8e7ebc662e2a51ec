// A newcomer's template is ranked as it stands; what a reviewer has checked is published as
// CHECKED, and nobody else can write it.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aplomb/catalog/v1/catalog_service.grpc.pb.h"
#include "base/civil_day.h"
#include "base/digest.h"
#include "catalog/proposals/entry_file.h"
#include "decision/rulebook_compiler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/gains.h"
#include "service/insight_service.h"
#include "service/ranking_gaps.h"
#include "tests/service/workflow_world.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

const decision::CompiledRulebook& Rules() {
  static const auto& rules = *new std::shared_ptr<const decision::CompiledRulebook>([] {
    const auto read = decision::ReadRulebook(testing::SourcePath("catalog/rulebook"));
    EXPECT_OK(read.status());
    return decision::CompileRulebook(read->rulebook, base::Digest(), nullptr, nullptr).compiled;
  }());
  return *rules;
}

TEST(FirstEntry, TheTemplateOfEveryNeedIsRankedAsItStands) {
  const base::DayNumber today = *base::ParseDay("2026-11-23");
  ASSERT_EQ(Rules().source.needs_size(), 45);
  for (const pb::Need& need : Rules().source.needs()) {
    base::Issues issues;
    const pb::Offering offering = proposals::ReadEntryFile(
        "entry.yaml", proposals::WriteTemplate(need, /*french=*/true), &issues);
    ASSERT_TRUE(issues.empty()) << issues.ToString();
    for (const pb::RankingGap& gap : RankingGaps(offering, Rules(), nullptr, today)) {
      ADD_FAILURE() << need.need_id() << " lacks " << gap.fact();
    }
    int ranked = 0;
    for (const pb::Reading& reading : ReadOffering(offering, Rules(), nullptr, today)) {
      EXPECT_EQ(reading.standing(), pb::Reading::RANKED)
          << need.need_id() << " " << reading.size_class() << " "
          << (reading.codes().empty() ? "" : reading.codes(0));
      for (const pb::CriterionReading& one : reading.criteria()) {
        EXPECT_NE(one.least_evidence(), type::EVIDENCE_UNSPECIFIED) << one.criterion_id();
        ++ranked;
      }
    }
    EXPECT_GT(ranked, 0) << need.need_id();
    // Once it says for whom it is, it is told that a document would make that count.
    pb::Offering meant = offering;
    meant.mutable_audience()->set_staff_min(0);
    meant.mutable_audience()->set_staff_max(9);
    bool told = false;
    for (const pb::Gain& gain : Gains(meant, Rules(), nullptr, today)) {
      told |= gain.field() == "audience" && gain.evidence() == type::DOCUMENTED &&
              gain.documented_value() > gain.value() && !gain.cost().fr().empty();
    }
    EXPECT_TRUE(told) << need.need_id();
  }
}

grpc::Status Approve(WorkflowWorld& world, const std::string& reviewer, const std::string& proposal,
                     const std::vector<std::string>& checked) {
  const pb::Review seen = world.See(reviewer, proposal);
  pb::ApproveProposalRequest request;
  request.set_name(proposal);
  request.set_etag(seen.proposal().etag());
  for (const pb::ChecklistItem& item : seen.checklist()) {
    pb::ChecklistAnswer& answer = *request.add_answers();
    answer.set_item(item.item());
    answer.set_answer(pb::ChecklistAnswer::YES);
  }
  for (const std::string& field : checked) request.add_checked_fields(field);
  pb::Review answer;
  return Invoke(world.reviews(), &pb::ReviewService::Stub::ApproveProposal, reviewer, request,
                &answer);
}

TEST(CheckedFacts, AreWrittenByReviewersOnlyAndEndWithTheFact) {
  WorkflowWorld world;
  pb::Offering offering = WorkflowWorld::Site("acme", "a");
  offering.mutable_commitment()->set_min_months(12);
  const pb::Proposal proposal = world.Propose("acme", offering);
  const std::vector<std::string> reviewers = world.Awaited(proposal.name());
  ASSERT_EQ(reviewers.size(), 2u);
  EXPECT_EQ(ReasonOf(Approve(world, reviewers[0], proposal.name(), {"title"})), "BAD_REQUEST");
  ASSERT_TRUE(Approve(world, reviewers[0], proposal.name(), {"commitment.min_months"}).ok());
  ASSERT_TRUE(Approve(world, reviewers[1], proposal.name(), {}).ok());

  pb::GetOfferingRequest get;
  get.set_name(offering.name());
  pb::Offering published = Ask<pb::Offering>(world.server().catalog(),
                                             &pb::CatalogService::Stub::GetOffering, "marie", get);
  ASSERT_EQ(published.claims_size(), 1);
  EXPECT_EQ(published.claims(0).field_path(), "commitment.min_months");
  EXPECT_EQ(published.claims(0).evidence(), type::CHECKED);
  EXPECT_EQ(published.claims(0).as_of().year(), 2026);

  // The claim stands with the fact; of another value nobody has said so.
  published.mutable_title()->set_en("Another title");
  const pb::Proposal kept = world.Create("acme", published);
  EXPECT_THAT(kept.problems(), ::testing::IsEmpty());
  published.mutable_commitment()->set_min_months(1);
  const pb::Proposal changed = world.Create("acme", published);
  ASSERT_EQ(changed.problems_size(), 1);
  EXPECT_EQ(changed.problems(0).reason(), "REVIEWERS_ONLY");
  pb::Offering other = WorkflowWorld::Site("acme", "b");
  *other.add_claims() = published.claims(0);
  const pb::Proposal claimed = world.Create("acme", other);
  ASSERT_EQ(claimed.problems_size(), 1);
  EXPECT_EQ(claimed.problems(0).reason(), "REVIEWERS_ONLY");
}

}  // namespace
}  // namespace aplomb::service
