#include "tests/service/workflow_world.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "catalog/proposals/vocabulary.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

RunningServerOptions WithClock(const base::Clock* clock) {
  RunningServerOptions options;
  options.clock = clock;
  return options;
}

template <typename Request>
void Fill(const pb::Review& seen, Request& request) {
  request.set_name(seen.proposal().name());
  request.set_etag(seen.proposal().etag());
  for (const pb::ChecklistItem& item : seen.checklist()) {
    pb::ChecklistAnswer& answer = *request.add_answers();
    answer.set_item(item.item());
    answer.set_answer(pb::ChecklistAnswer::YES);
  }
}

}  // namespace

WorkflowWorld::WorkflowWorld(int reviewers)
    : clock_(absl::FromCivil(absl::CivilSecond(2026, 6, 1, 7, 0, 0), absl::UTCTimeZone())),
      server_(WithClock(&clock_)) {
  Connect();
  for (int i = 1; i <= reviewers; ++i) {
    pb::PutReviewerRequest request;
    request.mutable_reviewer()->set_name(absl::StrCat("reviewers/r", i));
    request.mutable_reviewer()->set_active(true);
    Ask<pb::ReviewerRecord>(*members_, &pb::MemberService::Stub::PutReviewer, "operator", request);
  }
  pb::RegisterMemberRequest request;
  request.set_member_id("acme");
  pb::Member& member = *request.mutable_member();
  member.set_display_name("Acme Ateliers");
  member.set_country_code("FR");
  member.set_kind(pb::Member::PUBLISHER);
  member.set_url("https://acme.example");
  member.set_fictional(true);
  const auto registered =
      Ask<pb::Member>(*members_, &pb::MemberService::Stub::RegisterMember, "operator", request);
  EXPECT_EQ(registered.state(), pb::Member::ACTIVE);
}

void WorkflowWorld::Connect() {
  proposals_ = pb::ProposalService::NewStub(server_.channel());
  reviews_ = pb::ReviewService::NewStub(server_.channel());
  members_ = pb::MemberService::NewStub(server_.channel());
  contests_ = pb::ContestService::NewStub(server_.channel());
}

void WorkflowWorld::Restart() {
  server_.Restart();
  Connect();
}

pb::Offering WorkflowWorld::Site(const std::string& member, const std::string& id) {
  pb::Offering offering;
  offering.set_name(absl::StrCat("members/", member, "/offerings/", id));
  offering.mutable_title()->set_fr(absl::StrCat("Vitrine ", id));
  offering.mutable_title()->set_en(absl::StrCat("Window ", id));
  offering.set_kind(pb::Offering::SOFTWARE_SAAS);
  offering.add_need_ids("WEBSITE");
  type::PriceComponent& component = *offering.mutable_pricing()->add_components();
  component.set_model(type::FLAT);
  component.set_period(type::MONTH);
  component.mutable_amount()->set_micros(19'000'000);
  component.mutable_amount()->set_currency_code("EUR");
  auto* day = offering.mutable_pricing()->mutable_as_of();
  day->set_year(2026);
  day->set_month(5);
  day->set_day(15);
  offering.mutable_commitment()->set_min_months(0);
  offering.mutable_portability()->set_retrieval_days(90);
  return offering;
}

pb::Proposal WorkflowWorld::Create(const std::string& member, const pb::Offering& offering) {
  pb::CreateProposalRequest request;
  request.set_parent(absl::StrCat("members/", member));
  *request.mutable_proposal()->mutable_offering() = offering;
  return Ask<pb::Proposal>(*proposals_, &pb::ProposalService::Stub::CreateProposal, member,
                           request);
}

grpc::Status WorkflowWorld::TrySubmit(const std::string& member, const pb::Proposal& proposal,
                                      pb::Proposal* answer) {
  pb::SubmitProposalRequest request;
  request.set_name(proposal.name());
  request.set_etag(proposal.etag());
  return Invoke(*proposals_, &pb::ProposalService::Stub::SubmitProposal, member, request, answer);
}

pb::Proposal WorkflowWorld::Submit(const std::string& member, const pb::Proposal& proposal) {
  pb::Proposal answer;
  const grpc::Status status = TrySubmit(member, proposal, &answer);
  EXPECT_TRUE(status.ok()) << ReasonOf(status) << ": " << status.error_message();
  return answer;
}

pb::Proposal WorkflowWorld::Get(const std::string& member, const std::string& name) {
  pb::GetProposalRequest request;
  request.set_name(name);
  return Ask<pb::Proposal>(*proposals_, &pb::ProposalService::Stub::GetProposal, member, request);
}

pb::Proposal WorkflowWorld::Propose(const std::string& member, const pb::Offering& offering) {
  return Submit(member, Create(member, offering));
}

std::vector<std::string> WorkflowWorld::Awaited(const std::string& proposal) {
  std::vector<std::string> awaited;
  for (const char* reviewer : {"r1", "r2", "r3"}) {
    const auto listed = Ask<pb::ListReviewsResponse>(
        *reviews_, &pb::ReviewService::Stub::ListReviews, reviewer, pb::ListReviewsRequest());
    for (const pb::Proposal& one : listed.proposals()) {
      if (one.name() == proposal) awaited.push_back(reviewer);
    }
  }
  return awaited;
}

pb::Review WorkflowWorld::See(const std::string& reviewer, const std::string& proposal) {
  pb::GetReviewRequest request;
  request.set_name(proposal);
  return Ask<pb::Review>(*reviews_, &pb::ReviewService::Stub::GetReview, reviewer, request);
}

grpc::Status WorkflowWorld::TryVote(const std::string& reviewer, const std::string& proposal,
                                    pb::DrawnReviewer::Verdict verdict, pb::Review* answer) {
  const pb::Review seen = See(reviewer, proposal);
  if (verdict == pb::DrawnReviewer::APPROVE) {
    pb::ApproveProposalRequest request;
    Fill(seen, request);
    return Invoke(*reviews_, &pb::ReviewService::Stub::ApproveProposal, reviewer, request, answer);
  }
  pb::ReviewComment comment;
  comment.set_checklist_item("PRICE_COMPLETE");
  comment.set_field("pricing");
  comment.set_text(absl::StrCat("Il manque les frais de mise en service (", reviewer, ")."));
  if (verdict == pb::DrawnReviewer::RETURN) {
    pb::ReturnProposalRequest request;
    Fill(seen, request);
    *request.add_comments() = comment;
    return Invoke(*reviews_, &pb::ReviewService::Stub::ReturnProposal, reviewer, request, answer);
  }
  pb::RejectProposalRequest request;
  Fill(seen, request);
  *request.add_comments() = comment;
  request.add_reason_codes("FALSE_STATEMENT");
  return Invoke(*reviews_, &pb::ReviewService::Stub::RejectProposal, reviewer, request, answer);
}

pb::Review WorkflowWorld::Vote(const std::string& reviewer, const std::string& proposal,
                               pb::DrawnReviewer::Verdict verdict) {
  pb::Review answer;
  const grpc::Status status = TryVote(reviewer, proposal, verdict, &answer);
  EXPECT_TRUE(status.ok()) << ReasonOf(status) << ": " << status.error_message();
  return answer;
}

void WorkflowWorld::VoteAll(const std::string& proposal, pb::DrawnReviewer::Verdict verdict) {
  for (const std::string& reviewer : Awaited(proposal)) Vote(reviewer, proposal, verdict);
}

}  // namespace aplomb::service
