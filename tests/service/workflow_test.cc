// Rules of the review, over gRPC: who decides, in which order, what is refused, and that nothing is
// half done.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/access.h"
#include "tests/service/workflow_world.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

pb::Offering Published(WorkflowWorld& world, const std::string& name) {
  pb::GetOfferingRequest request;
  request.set_name(name);
  return Ask<pb::Offering>(world.server().catalog(), &pb::CatalogService::Stub::GetOffering,
                           "marie", request);
}

bool IsPublished(WorkflowWorld& world, const std::string& name) {
  pb::GetOfferingRequest request;
  request.set_name(name);
  pb::Offering offering;
  return Invoke(world.server().catalog(), &pb::CatalogService::Stub::GetOffering, "marie", request,
                &offering)
      .ok();
}

TEST(Review, WhereTwoDisagreeAThirdIsDrawnAndTwoOfThreeDecide) {
  WorkflowWorld world;
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  const auto drawn = world.Awaited(proposal.name());
  ASSERT_THAT(drawn, SizeIs(2));
  world.Vote(drawn[0], proposal.name(), pb::DrawnReviewer::APPROVE);
  EXPECT_FALSE(IsPublished(world, "members/acme/offerings/a"));
  world.Vote(drawn[1], proposal.name(), pb::DrawnReviewer::REJECT);
  const auto third = world.Awaited(proposal.name());
  ASSERT_THAT(third, SizeIs(1));
  EXPECT_NE(third[0], drawn[0]);
  EXPECT_NE(third[0], drawn[1]);
  world.Vote(third[0], proposal.name(), pb::DrawnReviewer::REJECT);
  const pb::Proposal decided = world.Get("acme", proposal.name());
  EXPECT_EQ(decided.state(), pb::Proposal::REJECTED);
  EXPECT_THAT(decided.reason_codes(), ElementsAre("FALSE_STATEMENT"));
  EXPECT_THAT(decided.comments(), SizeIs(2));
  EXPECT_FALSE(IsPublished(world, "members/acme/offerings/a"));
}

TEST(Review, OlderProposalsOfTheQueueComeFirst) {
  WorkflowWorld world(2);
  const pb::Proposal first = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  const pb::Proposal second = world.Propose("m000", WorkflowWorld::Site("m000", "b"));
  pb::Review answer;
  const grpc::Status status =
      world.TryVote("r1", second.name(), pb::DrawnReviewer::APPROVE, &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "QUEUE_ORDER");
  world.Vote("r1", first.name(), pb::DrawnReviewer::APPROVE);
  world.Vote("r1", second.name(), pb::DrawnReviewer::APPROVE);
}

TEST(Review, WhoHasAnInterestIsNotDrawnAndOneDeclaredLaterIsReplaced) {
  WorkflowWorld world;
  pb::DeclareInterestsRequest interests;
  interests.add_members("members/acme");
  Ask<pb::ReviewerRecord>(world.reviews(), &pb::ReviewService::Stub::DeclareInterests, "r2",
                          interests);
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  EXPECT_THAT(world.Awaited(proposal.name()), UnorderedElementsAre("r1", "r3"));
  // r1 declares one now; r2 takes its own back, and is drawn instead.
  Ask<pb::ReviewerRecord>(world.reviews(), &pb::ReviewService::Stub::DeclareInterests, "r1",
                          interests);
  pb::Review answer;
  EXPECT_EQ(ReasonOf(world.TryVote("r1", proposal.name(), pb::DrawnReviewer::APPROVE, &answer)),
            "RECUSED");
  Ask<pb::ReviewerRecord>(world.reviews(), &pb::ReviewService::Stub::DeclareInterests, "r2",
                          pb::DeclareInterestsRequest());
  const auto drawn =
      Ask<pb::DrawReviewersResponse>(world.reviews(), &pb::ReviewService::Stub::DrawReviewers,
                                     "operator", pb::DrawReviewersRequest());
  EXPECT_EQ(drawn.drawn_count(), 1);
  EXPECT_THAT(world.Awaited(proposal.name()), UnorderedElementsAre("r2", "r3"));
}

TEST(Review, WithoutEnoughReviewersItWaitsAndIsDrawnLater) {
  WorkflowWorld world(1);
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  EXPECT_EQ(proposal.state(), pb::Proposal::SUBMITTED);
  pb::PutReviewerRequest request;
  request.mutable_reviewer()->set_name("reviewers/r2");
  request.mutable_reviewer()->set_active(true);
  Ask<pb::ReviewerRecord>(world.members(), &pb::MemberService::Stub::PutReviewer, "operator",
                          request);
  Ask<pb::DrawReviewersResponse>(world.reviews(), &pb::ReviewService::Stub::DrawReviewers,
                                 "operator", pb::DrawReviewersRequest());
  EXPECT_THAT(world.Awaited(proposal.name()), ElementsAre("r1", "r2"));
}

TEST(Review, TwoReviewersInTheSameSecondBothCount) {
  WorkflowWorld world(2);
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  std::vector<std::thread> threads;
  for (const char* reviewer : {"r1", "r2"}) {
    threads.emplace_back([&world, &proposal, reviewer] {
      world.Vote(reviewer, proposal.name(), pb::DrawnReviewer::APPROVE);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(world.Get("acme", proposal.name()).state(), pb::Proposal::APPROVED);
  EXPECT_TRUE(IsPublished(world, "members/acme/offerings/a"));
}

TEST(Review, NobodyApprovesATextThatHeHasNotSeen) {
  WorkflowWorld world(2);
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  const pb::Review seen = world.See("r1", proposal.name());
  // Meanwhile it is returned, mended and submitted again.
  world.VoteAll(proposal.name(), pb::DrawnReviewer::RETURN);
  pb::UpdateProposalRequest update;
  update.mutable_proposal()->set_name(proposal.name());
  update.mutable_proposal()->mutable_offering()->mutable_title()->set_fr("Autre");
  update.mutable_proposal()->mutable_offering()->mutable_title()->set_en("Other");
  const auto mended = Ask<pb::Proposal>(world.proposals(),
                                        &pb::ProposalService::Stub::UpdateProposal, "acme", update);
  world.Submit("acme", mended);
  pb::ApproveProposalRequest approve;
  approve.set_name(proposal.name());
  approve.set_etag(seen.proposal().etag());
  for (const auto& item : seen.checklist()) {
    approve.add_answers()->set_item(item.item());
    approve.mutable_answers(approve.answers_size() - 1)->set_answer(pb::ChecklistAnswer::YES);
  }
  pb::Review answer;
  const grpc::Status status =
      Invoke(world.reviews(), &pb::ReviewService::Stub::ApproveProposal, "r1", approve, &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(ReasonOf(status), "ETAG_MISMATCH");
  approve.clear_etag();
  EXPECT_EQ(ReasonOf(Invoke(world.reviews(), &pb::ReviewService::Stub::ApproveProposal, "r1",
                            approve, &answer)),
            "BAD_REQUEST");
}

TEST(Review, TheChecklistIsAnsweredWholeAndNothingIsApprovedWithANo) {
  WorkflowWorld world(2);
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  const pb::Review seen = world.See("r1", proposal.name());
  pb::ApproveProposalRequest approve;
  approve.set_name(proposal.name());
  approve.set_etag(seen.proposal().etag());
  pb::ChecklistAnswer& no = *approve.add_answers();
  no.set_item("PRICE_COMPLETE");
  no.set_answer(pb::ChecklistAnswer::NO);
  pb::Review answer;
  const auto bad = BadRequestOf(
      Invoke(world.reviews(), &pb::ReviewService::Stub::ApproveProposal, "r1", approve, &answer));
  // The NO, and the eight that are missing.
  EXPECT_THAT(bad.field_violations(), SizeIs(9));
}

TEST(FastLane, ATariffChangeNeedsOneReviewerFourTimesAMonth) {
  WorkflowWorld world;
  pb::Offering offering = Published(world, "members/m000/offerings/o0");
  type::Money& amount = *offering.mutable_pricing()->mutable_components(0)->mutable_amount();
  for (int i = 1; i <= 5; ++i) {
    amount.set_micros(amount.micros() + 1'000'000);
    const pb::Proposal proposal = world.Propose("m000", offering);
    EXPECT_EQ(proposal.fast_lane(), i <= 4) << i;
    EXPECT_EQ(proposal.full_review_reason(), i <= 4 ? "" : "MONTH_USED_UP") << i;
    EXPECT_THAT(world.Awaited(proposal.name()), SizeIs(i <= 4 ? 1 : 2)) << i;
    world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
    EXPECT_EQ(Published(world, offering.name()).pricing().components(0).amount().micros(),
              amount.micros());
  }
  world.clock().Advance(absl::Hours(24 * 31));
  amount.set_micros(amount.micros() - 1'000'000);
  EXPECT_TRUE(world.Propose("m000", offering).fast_lane());
}

// Ten times the price is the same tariff model, but no small change.
TEST(FastLane, ALargeStepIsReviewedInFullAndSaysWhy) {
  WorkflowWorld world;
  pb::Offering offering = Published(world, "members/m000/offerings/o0");
  type::Money& amount = *offering.mutable_pricing()->mutable_components(0)->mutable_amount();
  amount.set_micros(amount.micros() * 10);
  const pb::Proposal proposal = world.Propose("m000", offering);
  EXPECT_FALSE(proposal.fast_lane());
  EXPECT_EQ(proposal.full_review_reason(), "STEP_TOO_LARGE");
  EXPECT_THAT(world.Awaited(proposal.name()), SizeIs(2));
  // It stays with the proposal.
  world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
  EXPECT_EQ(world.Get("m000", proposal.name()).full_review_reason(), "STEP_TOO_LARGE");
}

TEST(Proposals, AreTheirMembersAlone) {
  WorkflowWorld world;
  const pb::Proposal proposal = world.Create("acme", WorkflowWorld::Site("acme", "a"));
  pb::GetProposalRequest get;
  get.set_name(proposal.name());
  pb::Proposal answer;
  EXPECT_EQ(ReasonOf(Invoke(world.proposals(), &pb::ProposalService::Stub::GetProposal, "m000", get,
                            &answer)),
            "NOT_OWNER");
  // The operator learns of a draft when it is submitted.
  EXPECT_EQ(ReasonOf(Invoke(world.proposals(), &pb::ProposalService::Stub::GetProposal, "operator",
                            get, &answer)),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Invoke(world.proposals(), &pb::ProposalService::Stub::GetProposal, "r1", get,
                            &answer)),
            "ROLE_NOT_ALLOWED");
  // Nor may one propose in another's name.
  pb::CreateProposalRequest create;
  create.set_parent("members/acme");
  *create.mutable_proposal()->mutable_offering() = WorkflowWorld::Site("m000", "a");
  EXPECT_EQ(ReasonOf(Invoke(world.proposals(), &pb::ProposalService::Stub::CreateProposal, "acme",
                            create, &answer)),
            "BAD_REQUEST");
  create.set_parent("members/m000");
  EXPECT_EQ(ReasonOf(Invoke(world.proposals(), &pb::ProposalService::Stub::CreateProposal, "acme",
                            create, &answer)),
            "NOT_OWNER");
}

TEST(Proposals, WhatIsDecidedOrInReviewIsNotEdited) {
  WorkflowWorld world(2);
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  pb::UpdateProposalRequest update;
  update.mutable_proposal()->set_name(proposal.name());
  update.mutable_proposal()->mutable_offering()->mutable_title()->set_fr("x");
  pb::Proposal answer;
  const auto try_update = [&] {
    return Invoke(world.proposals(), &pb::ProposalService::Stub::UpdateProposal, "acme", update,
                  &answer);
  };
  EXPECT_EQ(InfoOf(try_update()).metadata().at("state"), "IN_REVIEW");
  world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
  EXPECT_EQ(InfoOf(try_update()).metadata().at("state"), "APPROVED");
  pb::WithdrawProposalRequest withdraw;
  withdraw.set_name(proposal.name());
  EXPECT_EQ(ReasonOf(Invoke(world.proposals(), &pb::ProposalService::Stub::WithdrawProposal, "acme",
                            withdraw, &answer)),
            "STATE_FORBIDS");
}

TEST(Proposals, OneAtATimeForAnOffering) {
  WorkflowWorld world(2);
  const pb::Proposal first = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  const pb::Proposal second = world.Create("acme", WorkflowWorld::Site("acme", "a"));
  pb::Proposal answer;
  EXPECT_EQ(ReasonOf(world.TrySubmit("acme", second, &answer)), "PROPOSAL_OPEN");
  EXPECT_EQ(world.Get("acme", second.name()).state(), pb::Proposal::DRAFT);
  pb::WithdrawProposalRequest withdraw;
  withdraw.set_name(first.name());
  Ask<pb::Proposal>(world.proposals(), &pb::ProposalService::Stub::WithdrawProposal, "acme",
                    withdraw);
  EXPECT_THAT(world.Awaited(first.name()), IsEmpty());
  EXPECT_EQ(world.Submit("acme", second).state(), pb::Proposal::IN_REVIEW);
}

TEST(Proposals, ARepeatedRequestDoesNothingAgain) {
  WorkflowWorld world;
  pb::CreateProposalRequest create;
  create.set_parent("members/acme");
  create.set_request_id("11111111-2222-4333-8444-555555555555");
  *create.mutable_proposal()->mutable_offering() = WorkflowWorld::Site("acme", "a");
  const auto first = Ask<pb::Proposal>(world.proposals(),
                                       &pb::ProposalService::Stub::CreateProposal, "acme", create);
  const auto again = Ask<pb::Proposal>(world.proposals(),
                                       &pb::ProposalService::Stub::CreateProposal, "acme", create);
  EXPECT_EQ(first.name(), again.name());
  pb::ListProposalsRequest list;
  list.set_parent("members/acme");
  EXPECT_THAT(Ask<pb::ListProposalsResponse>(
                  world.proposals(), &pb::ProposalService::Stub::ListProposals, "acme", list)
                  .proposals(),
              SizeIs(1));
}

TEST(Proposals, AClockThatIsSetBackCostsNobodyADay) {
  WorkflowWorld world(2);
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  world.clock().SetNow(world.clock().Now() - absl::Hours(24 * 10));
  EXPECT_EQ(world.Get("acme", proposal.name()).working_days(), 0);
  world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
  EXPECT_EQ(world.Get("acme", proposal.name()).state(), pb::Proposal::APPROVED);
}

TEST(Members, SuspensionAndNoticeHaveReasonsAndDays) {
  WorkflowWorld world;
  pb::SuspendMemberRequest suspend;
  suspend.set_name("members/acme");
  pb::Member member;
  EXPECT_EQ(ReasonOf(Invoke(world.members(), &pb::MemberService::Stub::SuspendMember, "operator",
                            suspend, &member)),
            "BAD_REQUEST");
  suspend.add_reason_codes("CHARTER_BREACHED");
  member = Ask<pb::Member>(world.members(), &pb::MemberService::Stub::SuspendMember, "operator",
                           suspend);
  EXPECT_EQ(member.state(), pb::Member::SUSPENDED);
  pb::CreateProposalRequest create;
  create.set_parent("members/acme");
  *create.mutable_proposal()->mutable_offering() = WorkflowWorld::Site("acme", "a");
  pb::Proposal proposal;
  EXPECT_EQ(ReasonOf(Invoke(world.proposals(), &pb::ProposalService::Stub::CreateProposal, "acme",
                            create, &proposal)),
            "MEMBER_NOT_ACTIVE");

  pb::TerminateMemberRequest terminate;
  terminate.set_name("members/acme");
  terminate.add_reason_codes("CEASED");
  const auto notice = Ask<pb::Notice>(world.members(), &pb::MemberService::Stub::TerminateMember,
                                      "operator", terminate);
  EXPECT_EQ(notice.effective_date().month(), 7);
  EXPECT_EQ(notice.effective_date().day(), 1);
  const auto apply = [&world] {
    return Ask<pb::ApplyDueResponse>(world.members(), &pb::MemberService::Stub::ApplyDue,
                                     "operator", pb::ApplyDueRequest());
  };
  world.clock().Advance(absl::Hours(24 * 29));
  EXPECT_THAT(apply().ended_members(), IsEmpty());
  world.clock().Advance(absl::Hours(24));
  EXPECT_THAT(apply().ended_members(), ElementsAre("members/acme"));
  EXPECT_THAT(apply().ended_members(), IsEmpty());
  pb::ListNoticesRequest list;
  list.set_parent("members/acme");
  const auto notices = Ask<pb::ListNoticesResponse>(
      world.members(), &pb::MemberService::Stub::ListNotices, "acme", list);
  std::vector<std::string> verbs;
  for (const auto& one : notices.notices()) verbs.push_back(one.verb());
  EXPECT_THAT(verbs, ElementsAre("REGISTER", "SUSPEND", "GIVE_NOTICE", "END"));
}

TEST(Members, AnOfferingIsSuspendedWithReasonsAndWithdrawnByItsMemberOnly) {
  WorkflowWorld world;
  pb::SuspendOfferingRequest suspend;
  suspend.set_name("members/m000/offerings/o0");
  suspend.add_reason_codes("SECURITY_RISK");
  EXPECT_EQ(Ask<pb::Offering>(world.members(), &pb::MemberService::Stub::SuspendOffering,
                              "operator", suspend)
                .state(),
            pb::Offering::SUSPENDED);
  pb::WithdrawOfferingRequest withdraw;
  withdraw.set_name("members/m000/offerings/o0");
  pb::Offering answer;
  EXPECT_EQ(ReasonOf(Invoke(world.members(), &pb::MemberService::Stub::WithdrawOffering, "acme",
                            withdraw, &answer)),
            "NOT_OWNER");
  EXPECT_EQ(Ask<pb::Offering>(world.members(), &pb::MemberService::Stub::WithdrawOffering, "m000",
                              withdraw)
                .state(),
            pb::Offering::WITHDRAWN);
}

// NI-27: there is no verb by which somebody could move an offering.
TEST(Services, HaveNoVerbThatFavours) {
  const std::vector<std::string> forbidden = {"pin",    "boost",   "feature",   "hide",   "promote",
                                              "prefer", "sponsor", "highlight", "demote", "rank",
                                              "score",  "weight",  "order",     "move"};
  // Every method that anybody may call has a row in the table of access, and no other is served.
  const google::protobuf::DescriptorPool& pool =
      *google::protobuf::DescriptorPool::generated_pool();
  int looked_at = 0;
  for (const AccessRule& rule : AccessTable()) {
    if (!absl::StartsWith(rule.method, "aplomb.catalog.v1.")) continue;
    const auto* method = pool.FindMethodByName(std::string(rule.method));
    ASSERT_NE(method, nullptr) << rule.method;
    ++looked_at;
    const std::string name = absl::AsciiStrToLower(method->name());
    for (const std::string& verb : forbidden) {
      EXPECT_FALSE(absl::StrContains(name, verb)) << method->full_name();
      for (int f = 0; f < method->input_type()->field_count(); ++f) {
        EXPECT_FALSE(absl::StartsWith(method->input_type()->field(f)->name(), verb))
            << method->input_type()->field(f)->full_name();
      }
    }
  }
  EXPECT_GE(looked_at, 50);
}

// A newcomer with the facts of another is given the same score, the same day.
TEST(Newcomers, AreRankedOnEqualTermsAtOnce) {
  WorkflowWorld world;
  const pb::Offering old = Published(world, "members/m001/offerings/o0");
  pb::Offering copy = old;
  copy.set_name("members/acme/offerings/a");
  copy.clear_uid();
  copy.mutable_title()->set_fr("Tout neuf");
  copy.mutable_title()->set_en("Brand new");
  const pb::Proposal proposal = world.Propose("acme", copy);
  world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
  const std::string engagement = OpenEngagement(world.server(), "marie").name();
  const auto answer = Ask<advisor::v1::Recommendation>(
      world.server().advisor(), &advisor::v1::AdvisorService::Stub::CreateRecommendation, "marie",
      TinyRequest(engagement));
  std::vector<int64_t> scores;
  for (const auto& band : answer.results(0).rankings(0).bands()) {
    for (const auto& ranked : band.offerings()) {
      if (ranked.offering() == old.name() || ranked.offering() == copy.name()) {
        scores.push_back(ranked.score());
      }
    }
  }
  ASSERT_THAT(scores, SizeIs(2));
  EXPECT_EQ(scores[0], scores[1]);
}

}  // namespace
}  // namespace aplomb::service
