// Every state × every verb, asked of the running service: what the table of transitions allows is
// done, everything else is refused with the present state, and changes nothing.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "catalog/proposals/claim_checks.h"
#include "catalog/proposals/entry_file.h"
#include "catalog/proposals/lifecycle.h"
#include "catalog/proposals/placeholders.h"
#include "catalog/proposals/remedies.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/service/workflow_world.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using proposals::Party;
using proposals::Verb;
using ::testing::IsEmpty;
using ::testing::Not;
using P = pb::Proposal;
using O = pb::Offering;

void ExpectAsTheTableSays(const std::string& what, std::optional<proposals::State> allowed,
                          absl::string_view state, const grpc::Status& status) {
  if (allowed.has_value()) {
    EXPECT_TRUE(status.ok()) << what << ": " << ReasonOf(status) << " " << status.error_message();
    return;
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << what;
  EXPECT_EQ(ReasonOf(status), "STATE_FORBIDS") << what;
  EXPECT_EQ(InfoOf(status).metadata().at("state"), state) << what;
}

class Transitions : public ::testing::Test {
 protected:
  // A proposal in that state, for an offering of its own.
  pb::Proposal In(P::State state) {
    const pb::Offering site = WorkflowWorld::Site("acme", absl::StrCat("p", ++number_));
    if (state == P::SUBMITTED) SetReviewers(false);
    pb::Proposal proposal = world_.Create("acme", site);
    if (state != P::DRAFT) proposal = world_.Submit("acme", proposal);
    if (state == P::SUBMITTED) SetReviewers(true);
    switch (state) {
      case P::RETURNED:
        world_.VoteAll(proposal.name(), pb::DrawnReviewer::RETURN);
        break;
      case P::APPROVED:
        world_.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
        break;
      case P::REJECTED:
        world_.VoteAll(proposal.name(), pb::DrawnReviewer::REJECT);
        break;
      case P::WITHDRAWN:
        Ask<pb::Proposal>(world_.proposals(), &pb::ProposalService::Stub::WithdrawProposal, "acme",
                          Named<pb::WithdrawProposalRequest>(proposal.name()));
        break;
      default:
        break;
    }
    proposal = world_.Get("acme", proposal.name());
    EXPECT_EQ(proposal.state(), state);
    return proposal;
  }

  void SetReviewers(bool active) {
    for (const char* name : {"reviewers/r1", "reviewers/r2", "reviewers/r3"}) {
      pb::PutReviewerRequest request;
      request.mutable_reviewer()->set_name(name);
      request.mutable_reviewer()->set_active(active);
      Ask<pb::ReviewerRecord>(world_.members(), &pb::MemberService::Stub::PutReviewer, "operator",
                              request);
    }
  }

  template <typename Request>
  static Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }
  template <typename Request>
  static Request Answered(const pb::Proposal& proposal) {
    Request request = Named<Request>(proposal.name());
    request.set_etag(proposal.etag());
    for (const char* item :
         {"ENTITLED", "TEXTS_PLAIN", "NEEDS_MET", "FEATURES_SEEN", "PRICE_COMPLETE", "SOURCES_READ",
          "CERTIFICATES_VALID", "CHECKED_BY_US", "DUPLICATES_SEEN"}) {
      request.add_answers()->set_item(item);
      request.mutable_answers(request.answers_size() - 1)->set_answer(pb::ChecklistAnswer::YES);
    }
    return request;
  }

  // Who is awaited first; r1 where nobody is.
  std::string Drawn(const pb::Proposal& proposal) {
    const auto awaited = world_.Awaited(proposal.name());
    return awaited.empty() ? "r1" : awaited[0];
  }

  grpc::Status Do(Verb verb, const pb::Proposal& proposal) {
    pb::Proposal changed;
    pb::Review review;
    switch (verb) {
      case Verb::kUpdate: {
        pb::UpdateProposalRequest request;
        request.mutable_proposal()->set_name(proposal.name());
        request.mutable_proposal()->mutable_offering()->set_landing_url("https://acme.example/x");
        return Invoke(world_.proposals(), &pb::ProposalService::Stub::UpdateProposal, "acme",
                      request, &changed);
      }
      case Verb::kSubmit:
        return world_.TrySubmit("acme", proposal, &changed);
      case Verb::kTakeBack:
        return Invoke(world_.proposals(), &pb::ProposalService::Stub::WithdrawProposal, "acme",
                      Named<pb::WithdrawProposalRequest>(proposal.name()), &changed);
      case Verb::kApprove:
        return Invoke(world_.reviews(), &pb::ReviewService::Stub::ApproveProposal, Drawn(proposal),
                      Answered<pb::ApproveProposalRequest>(proposal), &review);
      case Verb::kReturn: {
        auto request = Answered<pb::ReturnProposalRequest>(proposal);
        request.add_comments()->set_text("À compléter.");
        return Invoke(world_.reviews(), &pb::ReviewService::Stub::ReturnProposal, Drawn(proposal),
                      request, &review);
      }
      case Verb::kReject: {
        auto request = Answered<pb::RejectProposalRequest>(proposal);
        request.add_comments()->set_text("Ceci est faux.");
        request.add_reason_codes("FALSE_STATEMENT");
        return Invoke(world_.reviews(), &pb::ReviewService::Stub::RejectProposal, Drawn(proposal),
                      request, &review);
      }
      default:
        ADD_FAILURE() << "no such call";
        return grpc::Status::OK;
    }
  }

  WorkflowWorld world_;
  int number_ = 0;
};

struct Asked {
  Verb verb;
  Party party;
};

TEST_F(Transitions, OfProposalsAreThoseOfTheTable) {
  int allowed = 0;
  int refused = 0;
  for (const P::State state : {P::DRAFT, P::SUBMITTED, P::IN_REVIEW, P::RETURNED, P::APPROVED,
                               P::REJECTED, P::WITHDRAWN}) {
    for (const Asked& call : {Asked{Verb::kUpdate, Party::kMember},
                             {Verb::kSubmit, Party::kMember},
                             {Verb::kTakeBack, Party::kMember},
                             {Verb::kApprove, Party::kReviewer},
                             {Verb::kReturn, Party::kReviewer},
                             {Verb::kReject, Party::kReviewer}}) {
      const pb::Proposal before = In(state);
      // SUBMITTED waits without reviewers; they come with the next draw only.
      const auto next = proposals::Next(proposals::StateOf(state), call.verb, call.party);
      const std::string what =
          absl::StrCat(P::State_Name(state), " ", std::string(proposals::VerbWord(call.verb)));
      const grpc::Status status = Do(call.verb, before);
      ExpectAsTheTableSays(what, next, P::State_Name(state), status);
      const pb::Proposal after = world_.Get("acme", before.name());
      if (!next.has_value()) {
        ++refused;
        EXPECT_EQ(after.state(), state) << what;
        EXPECT_EQ(after.etag(), before.etag()) << what;
        EXPECT_EQ(after.log_entry(), before.log_entry()) << what << " wrote something";
      } else {
        ++allowed;
        // A single verdict of two decides nothing yet.
        const bool votes = call.party == Party::kReviewer;
        const bool drawn_at_once = call.verb == Verb::kSubmit;
        EXPECT_EQ(after.state(), votes           ? P::IN_REVIEW
                                 : drawn_at_once ? P::IN_REVIEW
                                                 : proposals::ProposalStateOf(*next))
            << what;
      }
      if (state == P::SUBMITTED && after.state() == P::SUBMITTED) {
        // Out of the way of the next ones.
        Do(Verb::kTakeBack, after);
      }
      if (after.state() == P::IN_REVIEW) Do(Verb::kTakeBack, after);
    }
  }
  EXPECT_EQ(allowed + refused, 7 * 6);
  EXPECT_EQ(allowed, 10);
}

class OfferingTransitions : public Transitions {
 protected:
  // An offering in that state; its name.
  std::string Offering(O::State state) {
    pb::Offering site = WorkflowWorld::Site("acme", absl::StrCat("o", ++number_));
    if (state == O::EXPIRED) {
      // Yesterday was its last day.
      site.mutable_claims_valid_to()->set_year(2026);
      site.mutable_claims_valid_to()->set_month(5);
      site.mutable_claims_valid_to()->set_day(31);
    }
    Publish(site);
    grpc::Status status;
    if (state == O::SUSPENDED) status = Do(Verb::kSuspend, site.name());
    if (state == O::WITHDRAWN) status = Do(Verb::kWithdraw, site.name());
    if (state == O::EXPIRED) status = Do(Verb::kExpire, site.name());
    EXPECT_TRUE(status.ok()) << ReasonOf(status);
    EXPECT_EQ(StateOf(site.name()), state);
    return site.name();
  }

  // Through a proposal: there is no other way.
  void Publish(const pb::Offering& offering) {
    const pb::Proposal proposal = world_.Propose("acme", offering);
    world_.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
    EXPECT_EQ(world_.Get("acme", proposal.name()).state(), P::APPROVED);
  }

  pb::Offering Get(const std::string& name) {
    return Ask<pb::Offering>(world_.server().catalog(), &pb::CatalogService::Stub::GetOffering,
                             "marie", Named<pb::GetOfferingRequest>(name));
  }
  O::State StateOf(const std::string& name) { return Get(name).state(); }

  grpc::Status Do(Verb verb, const std::string& name) {
    pb::Offering answer;
    switch (verb) {
      case Verb::kPublish: {
        pb::Offering changed = WorkflowWorld::Site("acme", name.substr(name.rfind('/') + 1));
        changed.mutable_title()->set_fr(absl::StrCat("Autre ", ++number_));
        Publish(changed);
        return grpc::Status::OK;
      }
      case Verb::kSuspend: {
        auto request = Named<pb::SuspendOfferingRequest>(name);
        request.add_reason_codes("SECURITY_RISK");
        return Invoke(world_.members(), &pb::MemberService::Stub::SuspendOffering, "operator",
                      request, &answer);
      }
      case Verb::kReinstate:
        return Invoke(world_.members(), &pb::MemberService::Stub::ReinstateOffering, "operator",
                      Named<pb::ReinstateOfferingRequest>(name), &answer);
      case Verb::kWithdraw:
        return Invoke(world_.members(), &pb::MemberService::Stub::WithdrawOffering, "acme",
                      Named<pb::WithdrawOfferingRequest>(name), &answer);
      case Verb::kExpire: {
        pb::ApplyDueResponse done;
        return Invoke(world_.members(), &pb::MemberService::Stub::ApplyDue, "operator",
                      pb::ApplyDueRequest(), &done);
      }
      default:
        ADD_FAILURE() << "no such call";
        return grpc::Status::OK;
    }
  }
};

TEST_F(OfferingTransitions, AreThoseOfTheTable) {
  int allowed = 0;
  for (const O::State state : {O::PUBLISHED, O::SUSPENDED, O::WITHDRAWN, O::EXPIRED}) {
    for (const Asked& call : {Asked{Verb::kPublish, Party::kReviewer},
                             {Verb::kSuspend, Party::kOperator},
                             {Verb::kReinstate, Party::kOperator},
                             {Verb::kWithdraw, Party::kMember}}) {
      const std::string name = Offering(state);
      const auto next = proposals::Next(proposals::StateOf(state), call.verb, call.party);
      const std::string what =
          absl::StrCat(O::State_Name(state), " ", std::string(proposals::VerbWord(call.verb)));
      const int64_t revision = Get(name).revision();
      ExpectAsTheTableSays(what, next, O::State_Name(state), Do(call.verb, name));
      if (next.has_value()) {
        ++allowed;
        EXPECT_EQ(StateOf(name), proposals::OfferingStateOf(*next)) << what;
      } else {
        EXPECT_EQ(StateOf(name), state) << what;
        EXPECT_EQ(Get(name).revision(), revision) << what << " wrote something";
      }
    }
  }
  EXPECT_EQ(allowed, 10);
}

// The calendar ends what is published; what is suspended or taken out it passes over.
TEST_F(OfferingTransitions, OnlyWhatIsPublishedExpires) {
  std::vector<std::string> names;
  for (const O::State state : {O::PUBLISHED, O::SUSPENDED, O::WITHDRAWN}) {
    pb::Offering site = WorkflowWorld::Site("acme", absl::StrCat("e", ++number_));
    site.mutable_claims_valid_to()->set_year(2026);
    site.mutable_claims_valid_to()->set_month(6);
    site.mutable_claims_valid_to()->set_day(10);
    Publish(site);
    if (state == O::SUSPENDED) Do(Verb::kSuspend, site.name());
    if (state == O::WITHDRAWN) Do(Verb::kWithdraw, site.name());
    names.push_back(site.name());
  }
  world_.clock().Advance(absl::Hours(24 * 9));  // its last day
  Do(Verb::kExpire, "");
  EXPECT_EQ(StateOf(names[0]), O::PUBLISHED);
  world_.clock().Advance(absl::Hours(24));
  Do(Verb::kExpire, "");
  EXPECT_EQ(StateOf(names[0]), O::EXPIRED);
  EXPECT_EQ(StateOf(names[1]), O::SUSPENDED);
  EXPECT_EQ(StateOf(names[2]), O::WITHDRAWN);
}

// The checks of `aplomb proposal check` and of the service are the same code: what one tells of an
// entry, word for word, the other tells.
TEST_F(Transitions, TheServiceTellsOfAnEntryWhatTheProgramTellsWithoutIt) {
  std::vector<pb::Offering> entries;
  for (int broken = 0; broken < 8; ++broken) {
    pb::Offering entry = WorkflowWorld::Site("acme", absl::StrCat("b", broken));
    if (broken >= 1) entry.mutable_title()->clear_en();
    if (broken >= 2) entry.clear_kind();
    if (broken >= 3) entry.add_need_ids("SHOES");
    if (broken >= 4) entry.mutable_commitment()->set_min_months(-3);
    if (broken >= 5) entry.set_landing_url("ftp://acme.example");
    if (broken >= 6) entry.mutable_title()->set_fr(std::string("Vit\xE2\x80\xAErine"));
    if (broken >= 7) {
      type::Claim& claim = *entry.add_claims();
      claim.set_field_path("colour");
      claim.set_evidence(type::DOCUMENTED);
    }
    entries.push_back(entry);
  }
  const auto rulebook = Ask<pb::RulebookRevision>(
      world_.server().catalog(), &pb::CatalogService::Stub::GetRulebookRevision, "marie",
      Named<pb::GetRulebookRevisionRequest>("rulebooks/tiny/revisions/active"));
  const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(rulebook.snapshot());
  size_t most = 0;
  for (const pb::Offering& entry : entries) {
    base::Issues offline;
    proposals::CheckEntry(entry, &vocabulary, &offline);
    proposals::CheckClaims(entry, nullptr, base::ParisDay(world_.clock().Now()), &offline);
    proposals::CheckPlaceholders(entry, false, &offline);
    const pb::Proposal proposal = world_.Create("acme", entry);
    ASSERT_EQ(proposal.problems_size(), static_cast<int>(offline.list().size()));
    for (int i = 0; i < proposal.problems_size(); ++i) {
      const base::Issue& issue = offline.list()[static_cast<size_t>(i)];
      const pb::Problem& problem = proposal.problems(i);
      EXPECT_EQ(problem.field(), issue.field);
      EXPECT_EQ(problem.reason(), issue.reason);
      EXPECT_EQ(problem.text().fr(), issue.text_fr);
      EXPECT_EQ(problem.text().en(), issue.text_en);
      EXPECT_EQ(problem.remedy().fr(), proposals::RemedyOf(issue.reason).fr);
      EXPECT_EQ(problem.remedy().en(), proposals::RemedyOf(issue.reason).en);
      EXPECT_THAT(std::string(proposals::RemedyOf(issue.reason).code), Not(IsEmpty()))
          << issue.reason << " has no remedy";
    }
    // And on handing it in, all at once.
    pb::Proposal answer;
    const grpc::Status status = world_.TrySubmit("acme", proposal, &answer);
    if (offline.empty()) {
      EXPECT_TRUE(status.ok());
    } else {
      EXPECT_EQ(BadRequestOf(status).field_violations_size(),
                static_cast<int>(offline.list().size()));
    }
    most = std::max(most, offline.list().size());
  }
  EXPECT_GE(most, 7u);
}

// A draft of the largest size is kept; one byte more is refused with both sizes.
TEST_F(Transitions, AProposalOfTheLargestSizeIsKeptAndOneByteMoreIsNot) {
  pb::Offering entry = WorkflowWorld::Site("acme", "large");
  entry.mutable_long_description()->set_fr("x");
  const size_t room = static_cast<size_t>(proposals::kProposalSizeMax) - entry.ByteSizeLong() - 100;
  entry.mutable_long_description()->set_fr(std::string(room, 'x'));
  pb::CreateProposalRequest create;
  create.set_parent("members/acme");
  pb::Proposal answer;
  const auto try_create = [&](const pb::Offering& offering) {
    *create.mutable_proposal()->mutable_offering() = offering;
    return Invoke(world_.proposals(), &pb::ProposalService::Stub::CreateProposal, "acme", create,
                  &answer);
  };
  // It has no uid of its own yet: that is counted in what is kept, not in what is sent.
  while (entry.ByteSizeLong() < static_cast<size_t>(proposals::kProposalSizeMax)) {
    entry.mutable_long_description()->mutable_fr()->push_back('x');
  }
  ASSERT_EQ(entry.ByteSizeLong(), static_cast<size_t>(proposals::kProposalSizeMax));
  const grpc::Status kept = try_create(entry);
  EXPECT_TRUE(kept.ok()) << ReasonOf(kept);
  EXPECT_EQ(world_.Get("acme", answer.name()).offering().long_description().fr().size(),
            entry.long_description().fr().size());
  entry.mutable_long_description()->mutable_fr()->push_back('x');
  const grpc::Status refused = try_create(entry);
  ASSERT_EQ(BadRequestOf(refused).field_violations_size(), 1);
  EXPECT_EQ(BadRequestOf(refused).field_violations(0).field(), "proposal.offering");
}

}  // namespace
}  // namespace aplomb::service
