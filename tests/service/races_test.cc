// Members and reviewers at the same instant, each with a connection of its own, and clocks that
// jump: whatever comes first, nothing is half done and nothing is published that was not reviewed.
#include <grpcpp/create_channel.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "aplomb/catalog/v1/proposal_log.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/dataset.h"
#include "service/workflow_entries.h"
#include "tests/service/workflow_world.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Eq;

constexpr int kRounds = 25;

std::shared_ptr<grpc::Channel> OwnChannel(WorkflowWorld& world) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", world.server().server().port()),
                                   grpc::InsecureChannelCredentials(), arguments);
}

// Starts all at once, and waits for them.
void Together(const std::vector<std::function<void()>>& clients) {
  std::atomic<size_t> ready = 0;
  std::vector<std::thread> threads;
  for (const auto& client : clients) {
    threads.emplace_back([&ready, &clients, &client] {
      ++ready;
      while (ready < clients.size()) std::this_thread::yield();
      client();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

pb::ApproveProposalRequest Approval(const pb::Review& seen) {
  pb::ApproveProposalRequest request;
  request.set_name(seen.proposal().name());
  request.set_etag(seen.proposal().etag());
  for (const pb::ChecklistItem& item : seen.checklist()) {
    request.add_answers()->set_item(item.item());
    request.mutable_answers(request.answers_size() - 1)->set_answer(pb::ChecklistAnswer::YES);
  }
  return request;
}

// The verbs of the entries about a proposal, with the seconds at which they were written.
struct Logged {
  std::vector<std::string> verbs;
  std::vector<int64_t> seconds;
};
Logged LogOf(WorkflowWorld& world, const std::string& name) {
  Logged logged;
  const absl::Status read = world.server().server().dataset().database().ForEachEntry(
      0, [&](const audit::LoggedEntry& entry) {
        if (entry.type != audit::EntryType::kProposal && entry.type != audit::EntryType::kReview) {
          return absl::OkStatus();
        }
        const auto body = DecodeWorkflowBody(entry.body);
        if (!body.ok() || body->name != name) return absl::OkStatus();
        pb::ProposalEvent event;
        EXPECT_TRUE(event.ParseFromString(body->bytes));
        logged.verbs.push_back(event.verb());
        logged.seconds.push_back(entry.time_us / 1'000'000);
        return absl::OkStatus();
      });
  EXPECT_TRUE(read.ok()) << read;
  return logged;
}

bool ReadPublished(WorkflowWorld& world, const std::string& name, pb::Offering* offering) {
  pb::GetOfferingRequest request;
  request.set_name(name);
  return Invoke(world.server().catalog(), &pb::CatalogService::Stub::GetOffering, "marie", request,
                offering)
      .ok();
}

TEST(Races, ATextIsTakenBackWhileItIsApproved) {
  WorkflowWorld world(2);
  const auto members = pb::ProposalService::NewStub(OwnChannel(world));
  const auto reviews = pb::ReviewService::NewStub(OwnChannel(world));
  for (int round = 0; round < kRounds; ++round) {
    const pb::Offering site = WorkflowWorld::Site("acme", absl::StrCat("a", round));
    const pb::Proposal proposal = world.Propose("acme", site);
    world.Vote("r1", proposal.name(), pb::DrawnReviewer::APPROVE);
    const pb::ApproveProposalRequest approve = Approval(world.See("r2", proposal.name()));
    pb::WithdrawProposalRequest withdraw;
    withdraw.set_name(proposal.name());
    withdraw.set_etag(approve.etag());
    grpc::Status voted;
    grpc::Status taken;
    Together({[&] {
                pb::Review answer;
                voted = Invoke(*reviews, &pb::ReviewService::Stub::ApproveProposal, "r2", approve,
                               &answer);
              },
              [&] {
                pb::Proposal answer;
                taken = Invoke(*members, &pb::ProposalService::Stub::WithdrawProposal, "acme",
                               withdraw, &answer);
              }});
    EXPECT_NE(voted.ok(), taken.ok()) << "one of them, and one only";
    EXPECT_THAT(ReasonOf(voted.ok() ? taken : voted),
                AnyOf(Eq("STATE_FORBIDS"), Eq("ETAG_MISMATCH")));
    pb::Offering published;
    EXPECT_EQ(ReadPublished(world, site.name(), &published), voted.ok());
    EXPECT_EQ(world.Get("acme", proposal.name()).state(),
              voted.ok() ? pb::Proposal::APPROVED : pb::Proposal::WITHDRAWN);
  }
}

// The member writes another text over and over while the last reviewer approves the one that was
// read: no other one is ever published.
TEST(Races, ATextIsEditedWhileItIsApproved) {
  WorkflowWorld world(2);
  const auto members = pb::ProposalService::NewStub(OwnChannel(world));
  const auto reviews = pb::ReviewService::NewStub(OwnChannel(world));
  for (int round = 0; round < kRounds; ++round) {
    const pb::Offering site = WorkflowWorld::Site("acme", absl::StrCat("a", round));
    const pb::Proposal proposal = world.Propose("acme", site);
    world.Vote("r1", proposal.name(), pb::DrawnReviewer::APPROVE);
    const pb::ApproveProposalRequest approve = Approval(world.See("r2", proposal.name()));
    std::atomic<bool> decided = false;
    Together({[&] {
                pb::Review answer;
                EXPECT_TRUE(Invoke(*reviews, &pb::ReviewService::Stub::ApproveProposal, "r2",
                                   approve, &answer)
                                .ok());
                decided = true;
              },
              [&] {
                pb::UpdateProposalRequest update;
                update.mutable_proposal()->set_name(proposal.name());
                update.mutable_proposal()->mutable_offering()->mutable_title()->set_fr("Autre");
                update.mutable_proposal()->mutable_offering()->mutable_title()->set_en("Other");
                do {
                  pb::Proposal answer;
                  EXPECT_EQ(ReasonOf(Invoke(*members, &pb::ProposalService::Stub::UpdateProposal,
                                            "acme", update, &answer)),
                            "STATE_FORBIDS");
                } while (!decided);
              }});
    pb::Offering published;
    ASSERT_TRUE(ReadPublished(world, site.name(), &published));
    EXPECT_EQ(published.title().fr(), site.title().fr());
  }
}

// Returned, and mended at once by somebody who does not wait: the new text is a draft, and what was
// said about the old one is not a verdict on it.
TEST(Races, ATextIsMendedTheMomentItIsReturned) {
  WorkflowWorld world(2);
  const auto members = pb::ProposalService::NewStub(OwnChannel(world));
  for (int round = 0; round < kRounds; ++round) {
    const pb::Proposal proposal =
        world.Propose("acme", WorkflowWorld::Site("acme", absl::StrCat("a", round)));
    world.Vote("r1", proposal.name(), pb::DrawnReviewer::RETURN);
    const pb::Review seen = world.See("r2", proposal.name());
    Together({[&] { world.Vote("r2", proposal.name(), pb::DrawnReviewer::RETURN); },
              [&] {
                pb::UpdateProposalRequest update;
                update.mutable_proposal()->set_name(proposal.name());
                update.mutable_proposal()->mutable_offering()->mutable_title()->set_fr("Autre");
                pb::Proposal answer;
                while (!Invoke(*members, &pb::ProposalService::Stub::UpdateProposal, "acme", update,
                               &answer)
                            .ok()) {
                }
              }});
    const pb::Proposal after = world.Get("acme", proposal.name());
    EXPECT_EQ(after.state(), pb::Proposal::DRAFT);
    EXPECT_EQ(after.offering().title().fr(), "Autre");
    pb::Review answer;
    EXPECT_THAT(ReasonOf(Invoke(world.reviews(), &pb::ReviewService::Stub::ApproveProposal, "r2",
                                Approval(seen), &answer)),
                AnyOf(Eq("STATE_FORBIDS"), Eq("ETAG_MISMATCH")));
    EXPECT_THAT(LogOf(world, proposal.name()).verbs,
                ElementsAre("CREATE", "SUBMIT", "DRAW", "VOTE", "RETURN", "UPDATE"));
  }
}

TEST(Races, TwoReviewersAtTheSameSecondBothCountAndOneOfThemDecides) {
  WorkflowWorld world(2);
  const auto first = pb::ReviewService::NewStub(OwnChannel(world));
  const auto second = pb::ReviewService::NewStub(OwnChannel(world));
  for (int round = 0; round < kRounds; ++round) {
    const pb::Offering site = WorkflowWorld::Site("acme", absl::StrCat("a", round));
    const pb::Proposal proposal = world.Propose("acme", site);
    const pb::ApproveProposalRequest approve = Approval(world.See("r1", proposal.name()));
    const auto vote = [&approve](pb::ReviewService::Stub& stub, const std::string& who) {
      pb::Review answer;
      const grpc::Status status =
          Invoke(stub, &pb::ReviewService::Stub::ApproveProposal, who, approve, &answer);
      EXPECT_TRUE(status.ok()) << ReasonOf(status);
    };
    // r1 a second time at the same instant: once only.
    std::atomic<int> again = 0;
    Together(
        {[&] {
           pb::Review answer;
           if (Invoke(*first, &pb::ReviewService::Stub::ApproveProposal, "r1", approve, &answer)
                   .ok()) {
             ++again;
           }
         },
         [&] {
           pb::Review answer;
           if (Invoke(*second, &pb::ReviewService::Stub::ApproveProposal, "r1", approve, &answer)
                   .ok()) {
             ++again;
           }
         },
         [&] { vote(*second, "r2"); }});
    EXPECT_EQ(again, 1);
    const Logged logged = LogOf(world, proposal.name());
    EXPECT_THAT(logged.verbs, ElementsAre("CREATE", "SUBMIT", "DRAW", "VOTE", "APPROVE"));
    ASSERT_EQ(logged.seconds.size(), 5u);
    EXPECT_EQ(logged.seconds[3], logged.seconds[4]);
    pb::Offering published;
    EXPECT_TRUE(ReadPublished(world, site.name(), &published));
  }
}

// Ahead by five months in the middle of a review, and back again: the log's time never goes back,
// no day is counted twice, and the review goes on.
TEST(Clocks, AJumpAheadAndBackLeavesTheReviewWhole) {
  WorkflowWorld world(2);
  const absl::Time start = world.clock().Now();
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  world.Vote("r1", proposal.name(), pb::DrawnReviewer::APPROVE);
  world.clock().SetNow(start + absl::Hours(24 * 150));
  const int32_t ahead = world.Get("acme", proposal.name()).working_days();
  EXPECT_GT(ahead, 90);
  const pb::Proposal late = world.Propose("acme", WorkflowWorld::Site("acme", "b"));
  const int64_t submitted = late.submit_time().seconds();
  world.clock().SetNow(start + absl::Hours(1));
  EXPECT_EQ(world.Get("acme", proposal.name()).working_days(), 0);
  EXPECT_EQ(world.Get("acme", late.name()).working_days(), 0);
  // What was handed in after it still comes after it.
  pb::Review answer;
  EXPECT_EQ(ReasonOf(world.TryVote("r2", late.name(), pb::DrawnReviewer::APPROVE, &answer)),
            "QUEUE_ORDER");
  world.Vote("r2", proposal.name(), pb::DrawnReviewer::APPROVE);
  world.VoteAll(late.name(), pb::DrawnReviewer::APPROVE);
  for (const pb::Proposal& one : {proposal, late}) {
    EXPECT_EQ(world.Get("acme", one.name()).state(), pb::Proposal::APPROVED);
  }
  EXPECT_LE(world.Get("acme", proposal.name()).working_days(), ahead);
  // A notice given in between holds thirty days from the log's time, which is the later one.
  int64_t before = 0;
  const absl::Status read = world.server().server().dataset().database().ForEachEntry(
      0, [&before](const audit::LoggedEntry& entry) {
        EXPECT_GE(entry.time_us, before) << entry.index;
        before = entry.time_us;
        return absl::OkStatus();
      });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_GE(before / 1'000'000, submitted);
  world.Restart();
  EXPECT_EQ(world.Get("acme", proposal.name()).state(), pb::Proposal::APPROVED);
}

}  // namespace
}  // namespace aplomb::service
