// What is looked at again after one reviewer has approved it, over gRPC.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/service/workflow_world.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two members, four changes of each in each of six months, before the deadlines of calls, which are
// of the machine's clock, lie behind the test's: that none of 48 is chosen happens once in 40,000
// times.
constexpr int kMonths = 6;
constexpr int kOfMonth = 4;

pb::Offering Published(WorkflowWorld& world, const std::string& name) {
  pb::GetOfferingRequest request;
  request.set_name(name);
  return Ask<pb::Offering>(world.server().catalog(), &pb::CatalogService::Stub::GetOffering,
                           "marie", request);
}

struct Chosen {
  std::string member;
  std::string approver;
  int used = 0;  // of the member's four of this month
  pb::Proposal proposal;
};

// Changes prices until the lot asks for a second look.
Chosen UntilChosen(WorkflowWorld& world) {
  const pb::Proposal own = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  world.VoteAll(own.name(), pb::DrawnReviewer::APPROVE);
  for (int month = 0; month < kMonths; ++month) {
    if (month > 0) world.clock().Advance(absl::Hours(24 * 31));
    for (const std::string member : {"m000", "acme"}) {
      pb::Offering offering = Published(
          world, absl::StrCat("members/", member, "/offerings/", member == "acme" ? "a" : "o0"));
      type::Money& amount = *offering.mutable_pricing()->mutable_components(0)->mutable_amount();
      for (int used = 1; used <= kOfMonth; ++used) {
        amount.set_micros(amount.micros() + 10'000);
        pb::Proposal proposal = world.Propose(member, offering);
        EXPECT_TRUE(proposal.fast_lane());
        const std::vector<std::string> drawn = world.Awaited(proposal.name());
        EXPECT_THAT(drawn, SizeIs(1));
        world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
        proposal = world.Get(member, proposal.name());
        EXPECT_EQ(proposal.state(), pb::Proposal::APPROVED);
        if (proposal.second_look() == pb::Proposal::AWAITED) {
          return {.member = member, .approver = drawn[0], .used = used, .proposal = proposal};
        }
        EXPECT_EQ(proposal.second_look(), pb::Proposal::SECOND_LOOK_UNSPECIFIED);
        EXPECT_THAT(world.Awaited(proposal.name()), IsEmpty());
      }
    }
  }
  ADD_FAILURE() << "the lot never asks for a second look";
  return {};
}

pb::RecordSecondLookRequest Look(const pb::Review& seen, bool objects) {
  pb::RecordSecondLookRequest request;
  request.set_name(seen.proposal().name());
  request.set_etag(seen.proposal().etag());
  for (const pb::ChecklistItem& item : seen.checklist()) {
    pb::ChecklistAnswer& answer = *request.add_answers();
    answer.set_item(item.item());
    answer.set_answer(objects && item.item() == "PRICE_COMPLETE" ? pb::ChecklistAnswer::NO
                                                                 : pb::ChecklistAnswer::YES);
  }
  if (objects) request.add_reason_codes("FALSE_STATEMENT");
  return request;
}

TEST(SecondLook, IsForAnotherReviewerAndChangesNothingThatIsPublished) {
  WorkflowWorld world;
  const Chosen chosen = UntilChosen(world);
  const pb::Proposal& proposal = chosen.proposal;
  const int64_t revision = proposal.published_revision();
  EXPECT_EQ(Published(world, proposal.offering().name()).revision(), revision);

  const std::vector<std::string> drawn = world.Awaited(proposal.name());
  ASSERT_THAT(drawn, SizeIs(1));
  EXPECT_NE(drawn[0], chosen.approver);
  const pb::Review seen = world.See(drawn[0], proposal.name());
  pb::Review answer;
  // Not by who approved it, nor by reasons without an objection, nor by one without reasons.
  const auto look = [&](const std::string& who, const pb::RecordSecondLookRequest& request) {
    return ReasonOf(
        Invoke(world.reviews(), &pb::ReviewService::Stub::RecordSecondLook, who, request, &answer));
  };
  EXPECT_EQ(look(chosen.approver, Look(seen, false)), "NOT_DRAWN");
  pb::RecordSecondLookRequest wrong = Look(seen, false);
  wrong.add_reason_codes("UNLAWFUL");
  EXPECT_EQ(look(drawn[0], wrong), "BAD_REQUEST");
  wrong = Look(seen, true);
  wrong.clear_reason_codes();
  EXPECT_EQ(look(drawn[0], wrong), "BAD_REQUEST");
  wrong = Look(seen, true);
  wrong.mutable_answers()->RemoveLast();
  EXPECT_EQ(look(drawn[0], wrong), "BAD_REQUEST");

  Ask<pb::Review>(world.reviews(), &pb::ReviewService::Stub::RecordSecondLook, drawn[0],
                  Look(seen, true));
  const pb::Proposal after = world.Get(chosen.member, proposal.name());
  EXPECT_EQ(after.state(), pb::Proposal::APPROVED);
  EXPECT_EQ(after.second_look(), pb::Proposal::OBJECTED);
  EXPECT_EQ(after.published_revision(), revision);
  EXPECT_EQ(Published(world, proposal.offering().name()).revision(), revision);
  EXPECT_THAT(world.Awaited(proposal.name()), IsEmpty());
  EXPECT_EQ(look(drawn[0], Look(seen, false)), "NOT_DRAWN");  // once

  // It stays so after a restart, and the next change of the offering is reviewed as ever.
  world.Restart();
  EXPECT_EQ(world.Get(chosen.member, proposal.name()).second_look(), pb::Proposal::OBJECTED);
  EXPECT_EQ(world.Get(chosen.member, proposal.name()).published_revision(), revision);
}

TEST(SecondLook, ConfirmsAndTheMembersCountsAreThoseOfOneDecision) {
  WorkflowWorld world;
  const Chosen chosen = UntilChosen(world);
  const pb::Proposal& proposal = chosen.proposal;
  const std::vector<std::string> drawn = world.Awaited(proposal.name());
  ASSERT_THAT(drawn, SizeIs(1));
  Ask<pb::Review>(world.reviews(), &pb::ReviewService::Stub::RecordSecondLook, drawn[0],
                  Look(world.See(drawn[0], proposal.name()), false));
  EXPECT_EQ(world.Get(chosen.member, proposal.name()).second_look(), pb::Proposal::CONFIRMED);
  // Of this month's four the ones that were used count once each.
  pb::Offering offering = Published(world, proposal.offering().name());
  for (int i = chosen.used + 1; i <= kOfMonth + 1; ++i) {
    type::Money& amount = *offering.mutable_pricing()->mutable_components(0)->mutable_amount();
    amount.set_micros(amount.micros() + 10'000);
    const pb::Proposal next = world.Propose(chosen.member, offering);
    EXPECT_EQ(next.fast_lane(), i <= kOfMonth) << i << " after " << chosen.used;
    world.VoteAll(next.name(), pb::DrawnReviewer::APPROVE);
  }
}

TEST(SecondLook, GoesToSomebodyElseWhereTheOneDrawnIsRecused) {
  WorkflowWorld world;
  const Chosen chosen = UntilChosen(world);
  const pb::Proposal& proposal = chosen.proposal;
  const std::vector<std::string> drawn = world.Awaited(proposal.name());
  ASSERT_THAT(drawn, SizeIs(1));
  const pb::Review seen = world.See(drawn[0], proposal.name());
  pb::DeclareInterestsRequest interest;
  interest.add_members("members/" + chosen.member);
  Ask<pb::ReviewerRecord>(world.reviews(), &pb::ReviewService::Stub::DeclareInterests, drawn[0],
                          interest);
  pb::Review answer;
  EXPECT_EQ(ReasonOf(Invoke(world.reviews(), &pb::ReviewService::Stub::RecordSecondLook, drawn[0],
                            Look(seen, false), &answer)),
            "RECUSED");
  const auto redrawn =
      Ask<pb::DrawReviewersResponse>(world.reviews(), &pb::ReviewService::Stub::DrawReviewers,
                                     "operator", pb::DrawReviewersRequest());
  EXPECT_EQ(redrawn.drawn_count(), 1);
  const std::vector<std::string> other = world.Awaited(proposal.name());
  ASSERT_THAT(other, SizeIs(1));
  EXPECT_NE(other[0], drawn[0]);
  EXPECT_NE(other[0], chosen.approver);
}

TEST(SecondLook, OnlyWhatWasApprovedIsLookedAtAgain) {
  WorkflowWorld world;
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  const std::vector<std::string> drawn = world.Awaited(proposal.name());
  pb::Review answer;
  const auto look = [&] {
    return ReasonOf(Invoke(world.reviews(), &pb::ReviewService::Stub::RecordSecondLook, drawn[0],
                           Look(world.See(drawn[0], proposal.name()), false), &answer));
  };
  EXPECT_EQ(look(), "STATE_FORBIDS");
  world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
  // By two: nobody looks again.
  EXPECT_EQ(look(), "NOT_DRAWN");
  EXPECT_EQ(world.Get("acme", proposal.name()).second_look(),
            pb::Proposal::SECOND_LOOK_UNSPECIFIED);
}

}  // namespace
}  // namespace aplomb::service
