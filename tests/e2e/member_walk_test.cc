// A member's walk over real gRPC: registration, a draft that says what it lacks, a return, an
// approval, a recommendation that has changed, a contest, an expiry; and each step found in the
// log.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/workflow_entries.h"
#include "tests/service/workflow_world.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kShop[] = "members/acme/offerings/vitrine";

// "ranked", "to confirm", "excluded CODE" or "not there".
std::string StandingOf(WorkflowWorld& world, const std::string& offering) {
  const std::string engagement = OpenEngagement(world.server(), "marie").name();
  advisor::v1::CreateRecommendationRequest request = TinyRequest(engagement);
  request.mutable_recommendation()->clear_as_of_date();
  const auto answer = Ask<advisor::v1::Recommendation>(
      world.server().advisor(), &advisor::v1::AdvisorService::Stub::CreateRecommendation, "marie",
      request);
  for (const auto& ranking : answer.results(0).rankings()) {
    for (const auto& band : ranking.bands()) {
      for (const auto& ranked : band.offerings()) {
        if (ranked.offering() == offering) return "ranked";
      }
    }
    for (const auto& unranked : ranking.to_confirm()) {
      if (unranked.offering() == offering) return "to confirm";
    }
    for (const auto& unranked : ranking.excluded()) {
      if (unranked.offering() == offering) return "excluded";
    }
  }
  return "not there";
}

// What the log says of proposals, reviews, notices and contests, one line an entry, and in between
// what was published and recommended.
std::vector<std::string> LogLines(RunningServer& server) {
  std::vector<std::string> lines;
  const absl::Status status = server.server().dataset().database().ForEachEntry(
      0, [&lines](const audit::LoggedEntry& entry) {
        switch (entry.type) {
          case audit::EntryType::kOffering:
            if (entry.body.find(kShop) != std::string::npos) lines.push_back("OFFERING");
            break;
          case audit::EntryType::kDecision:
            lines.push_back("DECISION");
            break;
          case audit::EntryType::kProposal:
          case audit::EntryType::kReview:
          case audit::EntryType::kContest: {
            const auto body = DecodeWorkflowBody(entry.body);
            EXPECT_TRUE(body.ok()) << body.status();
            std::string verb = "ROSTER";
            if (body->kind == BodyKind::kProposal) {
              pb::ProposalEvent event;
              EXPECT_TRUE(event.ParseFromString(body->bytes));
              verb = event.verb();
            } else if (body->kind == BodyKind::kNotice) {
              pb::NoticeRecord record;
              EXPECT_TRUE(record.ParseFromString(body->bytes));
              verb = record.verb();
            } else if (body->kind == BodyKind::kContest) {
              pb::ContestEvent event;
              EXPECT_TRUE(event.ParseFromString(body->bytes));
              verb = event.verb();
            }
            lines.push_back(absl::StrCat(audit::EntryTypeName(entry.type), " ", verb));
            break;
          }
          default:
            break;
        }
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return lines;
}

TEST(MemberWalk, FromRegistrationToExpiryAndEachStepIsInTheLog) {
  WorkflowWorld world;
  EXPECT_EQ(StandingOf(world, kShop), "not there");

  // A draft may be incomplete, and says what it lacks.
  pb::Offering offering = WorkflowWorld::Site("acme", "vitrine");
  offering.mutable_claims_valid_to()->set_year(2026);
  offering.mutable_claims_valid_to()->set_month(8);
  offering.mutable_claims_valid_to()->set_day(31);
  pb::Offering draft = offering;
  draft.clear_title();
  draft.clear_pricing();
  pb::Proposal proposal = world.Create("acme", draft);
  EXPECT_EQ(proposal.state(), pb::Proposal::DRAFT);
  ASSERT_THAT(proposal.problems(), SizeIs(1));
  EXPECT_EQ(proposal.problems(0).field(), "title");
  ASSERT_THAT(proposal.ranking_gaps(), SizeIs(1));
  EXPECT_EQ(proposal.ranking_gaps(0).fact(), "cost.tco36");
  EXPECT_THAT(proposal.ranking_gaps(0).fields(), ElementsAre("pricing"));
  pb::Proposal refused;
  const grpc::Status incomplete = world.TrySubmit("acme", proposal, &refused);
  EXPECT_EQ(ReasonOf(incomplete), "BAD_REQUEST");
  EXPECT_EQ(BadRequestOf(incomplete).field_violations(0).field(), "proposal.offering.title");

  pb::UpdateProposalRequest update;
  update.mutable_proposal()->set_name(proposal.name());
  update.mutable_proposal()->set_etag(proposal.etag());
  *update.mutable_proposal()->mutable_offering() = offering;
  update.mutable_update_mask()->add_paths("offering.title");
  update.mutable_update_mask()->add_paths("offering.pricing");
  proposal = Ask<pb::Proposal>(world.proposals(), &pb::ProposalService::Stub::UpdateProposal,
                               "acme", update);
  EXPECT_THAT(proposal.problems(), IsEmpty());
  EXPECT_THAT(proposal.ranking_gaps(), IsEmpty());

  // Two reviewers are drawn; both return it, and the clock stands still.
  proposal = world.Submit("acme", proposal);
  EXPECT_EQ(proposal.state(), pb::Proposal::IN_REVIEW);
  EXPECT_THAT(world.Awaited(proposal.name()), SizeIs(2));
  world.clock().Advance(absl::Hours(48));
  world.VoteAll(proposal.name(), pb::DrawnReviewer::RETURN);
  proposal = world.Get("acme", proposal.name());
  EXPECT_EQ(proposal.state(), pb::Proposal::RETURNED);
  ASSERT_THAT(proposal.comments(), SizeIs(2));
  EXPECT_THAT(proposal.comments(0).text(), HasSubstr("mise en service"));
  EXPECT_EQ(proposal.working_days(), 2);
  world.clock().Advance(absl::Hours(24 * 20));
  EXPECT_EQ(world.Get("acme", proposal.name()).working_days(), 2);
  EXPECT_EQ(StandingOf(world, kShop), "not there");

  // Mended, submitted again, approved by both: published in the same step as the last verdict.
  type::PriceComponent& setup = *offering.mutable_pricing()->add_components();
  setup.set_model(type::SETUP);
  setup.mutable_amount()->set_micros(90'000'000);
  setup.mutable_amount()->set_currency_code("EUR");
  update.mutable_proposal()->set_etag(proposal.etag());
  *update.mutable_proposal()->mutable_offering() = offering;
  update.clear_update_mask();
  update.mutable_update_mask()->add_paths("*");
  proposal = Ask<pb::Proposal>(world.proposals(), &pb::ProposalService::Stub::UpdateProposal,
                               "acme", update);
  EXPECT_EQ(proposal.state(), pb::Proposal::DRAFT);
  proposal = world.Submit("acme", proposal);
  world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
  proposal = world.Get("acme", proposal.name());
  EXPECT_EQ(proposal.state(), pb::Proposal::APPROVED);
  pb::GetOfferingRequest get;
  get.set_name(kShop);
  const auto published = Ask<pb::Offering>(world.server().catalog(),
                                           &pb::CatalogService::Stub::GetOffering, "marie", get);
  EXPECT_EQ(published.state(), pb::Offering::PUBLISHED);
  EXPECT_EQ(published.revision(), proposal.published_revision());
  EXPECT_EQ(published.pricing().components_size(), 2);

  // The very next recommendation has it.
  EXPECT_EQ(StandingOf(world, kShop), "ranked");

  // A contest, with its days: Tuesday 23 June, answered within the fortnight.
  pb::CreateContestRequest open;
  open.mutable_contest()->set_subject(kShop);
  open.mutable_contest()->set_kind(pb::Contest::RANK);
  open.mutable_contest()->set_grounds("Le coût compte deux fois la mise en service.");
  auto contest =
      Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::CreateContest, "acme", open);
  EXPECT_EQ(contest.state(), pb::Contest::OPEN);
  EXPECT_EQ(contest.acknowledge_due_date().day(), 25);
  EXPECT_FALSE(contest.overdue());
  pb::AcknowledgeContestRequest acknowledge;
  acknowledge.set_name(contest.name());
  contest = Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::AcknowledgeContest,
                             "operator", acknowledge);
  pb::AnswerContestRequest answer;
  answer.set_name(contest.name());
  answer.set_etag(contest.etag());
  answer.set_outcome(pb::Contest::DISMISSED);
  answer.set_answer("Elle est comptée une fois : voir la ligne du coût.");
  contest = Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::AnswerContest, "operator",
                             answer);
  pb::GetContestRequest read;
  read.set_name(contest.name());
  const auto heard =
      Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::GetContest, "acme", read);
  EXPECT_EQ(heard.state(), pb::Contest::ANSWERED);
  EXPECT_THAT(heard.answer(), HasSubstr("une fois"));

  // The entry's last day passes.
  world.clock().Advance(absl::Hours(24 * 75));
  const auto due = Ask<pb::ApplyDueResponse>(world.members(), &pb::MemberService::Stub::ApplyDue,
                                             "operator", pb::ApplyDueRequest());
  EXPECT_THAT(due.expired_offerings(), ElementsAre(kShop));
  EXPECT_EQ(StandingOf(world, kShop), "excluded");
  const auto again = Ask<pb::ApplyDueResponse>(world.members(), &pb::MemberService::Stub::ApplyDue,
                                               "operator", pb::ApplyDueRequest());
  EXPECT_THAT(again.expired_offerings(), IsEmpty());

  const std::vector<std::string> lines = LogLines(world.server());
  EXPECT_THAT(
      lines,
      ElementsAre("REVIEW ROSTER", "REVIEW ROSTER", "REVIEW ROSTER", "REVIEW REGISTER",  //
                  "DECISION", "PROPOSAL CREATE", "PROPOSAL UPDATE",                      //
                  "PROPOSAL SUBMIT", "REVIEW DRAW", "REVIEW VOTE", "REVIEW RETURN",      //
                  "DECISION", "PROPOSAL UPDATE",                                         //
                  "PROPOSAL SUBMIT", "REVIEW DRAW", "REVIEW VOTE", "OFFERING", "REVIEW APPROVE",
                  "DECISION", "CONTEST OPEN", "CONTEST ACKNOWLEDGE", "CONTEST ANSWER",  //
                  "OFFERING", "REVIEW EXPIRE", "DECISION"));

  // All of it is there after a restart, and what was not public is in no entry.
  world.server().Restart();
  EXPECT_EQ(LogLines(world.server()), lines);
  const absl::Status searched = world.server().server().dataset().database().ForEachEntry(
      0, [](const audit::LoggedEntry& entry) {
        EXPECT_THAT(entry.body, Not(HasSubstr("mise en service")));
        EXPECT_THAT(entry.body, Not(HasSubstr("compte deux fois")));
        return absl::OkStatus();
      });
  EXPECT_TRUE(searched.ok()) << searched;
}

}  // namespace
}  // namespace aplomb::service
