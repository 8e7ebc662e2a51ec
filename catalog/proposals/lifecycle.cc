#include "catalog/proposals/lifecycle.h"

#include <cstddef>
#include <iterator>

#include "base/check.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Contest;
using catalog::v1::Member;
using catalog::v1::Offering;
using catalog::v1::Proposal;

constexpr Transition kTransitions[] = {
    // Proposals.
    {State::kNoProposal, Verb::kCreate, Party::kMember, State::kDraft},
    {State::kDraft, Verb::kUpdate, Party::kMember, State::kDraft},
    {State::kDraft, Verb::kSubmit, Party::kMember, State::kSubmitted},
    {State::kDraft, Verb::kTakeBack, Party::kMember, State::kProposalWithdrawn},
    {State::kSubmitted, Verb::kDraw, Party::kService, State::kInReview},
    {State::kSubmitted, Verb::kTakeBack, Party::kMember, State::kProposalWithdrawn},
    {State::kInReview, Verb::kDraw, Party::kService, State::kInReview},
    {State::kInReview, Verb::kVote, Party::kReviewer, State::kInReview},
    {State::kInReview, Verb::kApprove, Party::kReviewer, State::kApproved},
    {State::kInReview, Verb::kReturn, Party::kReviewer, State::kReturned},
    {State::kInReview, Verb::kReject, Party::kReviewer, State::kRejected},
    {State::kInReview, Verb::kTakeBack, Party::kMember, State::kProposalWithdrawn},
    {State::kReturned, Verb::kUpdate, Party::kMember, State::kDraft},
    {State::kReturned, Verb::kTakeBack, Party::kMember, State::kProposalWithdrawn},
    // The second look says something about a decision; it changes none.
    {State::kApproved, Verb::kDraw, Party::kService, State::kApproved},
    {State::kApproved, Verb::kLookAgain, Party::kReviewer, State::kApproved},
    // Offerings. Approving a change of a suspended offering does not end the suspension.
    {State::kNoOffering, Verb::kPublish, Party::kReviewer, State::kPublished},
    {State::kPublished, Verb::kPublish, Party::kReviewer, State::kPublished},
    {State::kPublished, Verb::kSuspend, Party::kOperator, State::kSuspended},
    {State::kPublished, Verb::kWithdraw, Party::kMember, State::kWithdrawn},
    {State::kPublished, Verb::kExpire, Party::kService, State::kExpired},
    {State::kPublished, Verb::kRemind, Party::kService, State::kPublished},
    {State::kSuspended, Verb::kPublish, Party::kReviewer, State::kSuspended},
    {State::kSuspended, Verb::kReinstate, Party::kOperator, State::kPublished},
    {State::kSuspended, Verb::kWithdraw, Party::kMember, State::kWithdrawn},
    {State::kWithdrawn, Verb::kPublish, Party::kReviewer, State::kPublished},
    {State::kExpired, Verb::kPublish, Party::kReviewer, State::kPublished},
    {State::kExpired, Verb::kSuspend, Party::kOperator, State::kSuspended},
    {State::kExpired, Verb::kWithdraw, Party::kMember, State::kWithdrawn},
    // Members. Notice changes nothing until it has run out.
    {State::kNoMember, Verb::kRegister, Party::kOperator, State::kMemberActive},
    {State::kMemberActive, Verb::kUpdate, Party::kOperator, State::kMemberActive},
    {State::kMemberActive, Verb::kSuspend, Party::kOperator, State::kMemberSuspended},
    {State::kMemberActive, Verb::kGiveNotice, Party::kOperator, State::kMemberActive},
    {State::kMemberActive, Verb::kEnd, Party::kService, State::kMemberEnded},
    {State::kMemberSuspended, Verb::kUpdate, Party::kOperator, State::kMemberSuspended},
    {State::kMemberSuspended, Verb::kReinstate, Party::kOperator, State::kMemberActive},
    {State::kMemberSuspended, Verb::kGiveNotice, Party::kOperator, State::kMemberSuspended},
    {State::kMemberSuspended, Verb::kEnd, Party::kService, State::kMemberEnded},
    // Contests.
    {State::kNoContest, Verb::kOpen, Party::kMember, State::kContestOpen},
    {State::kNoContest, Verb::kOpen, Party::kAdvisor, State::kContestOpen},
    {State::kContestOpen, Verb::kAcknowledge, Party::kOperator, State::kContestAcknowledged},
    {State::kContestOpen, Verb::kAnswer, Party::kOperator, State::kContestAnswered},
    {State::kContestAcknowledged, Verb::kAnswer, Party::kOperator, State::kContestAnswered},
};

constexpr State kStates[] = {
    State::kNoProposal,      State::kDraft,     State::kSubmitted,    State::kInReview,
    State::kReturned,        State::kApproved,  State::kRejected,     State::kProposalWithdrawn,
    State::kNoOffering,      State::kPublished, State::kSuspended,    State::kWithdrawn,
    State::kExpired,         State::kNoMember,  State::kMemberActive, State::kMemberSuspended,
    State::kMemberEnded,     State::kNoContest, State::kContestOpen,  State::kContestAcknowledged,
    State::kContestAnswered,
};
constexpr absl::string_view kStateWords[] = {
    "NO_PROPOSAL", "DRAFT",        "SUBMITTED",   "IN_REVIEW", "RETURNED",  "APPROVED",
    "REJECTED",    "WITHDRAWN",    "NO_OFFERING", "PUBLISHED", "SUSPENDED", "WITHDRAWN",
    "EXPIRED",     "NO_MEMBER",    "ACTIVE",      "SUSPENDED", "ENDED",     "NO_CONTEST",
    "OPEN",        "ACKNOWLEDGED", "ANSWERED",
};
constexpr Verb kVerbs[] = {
    Verb::kCreate,      Verb::kUpdate,   Verb::kSubmit,     Verb::kTakeBack, Verb::kDraw,
    Verb::kVote,        Verb::kApprove,  Verb::kReturn,     Verb::kReject,   Verb::kLookAgain,
    Verb::kPublish,     Verb::kSuspend,  Verb::kReinstate,  Verb::kWithdraw, Verb::kExpire,
    Verb::kRemind,      Verb::kRegister, Verb::kGiveNotice, Verb::kEnd,      Verb::kOpen,
    Verb::kAcknowledge, Verb::kAnswer,
};
constexpr absl::string_view kVerbWords[] = {
    "CREATE",    "UPDATE",   "SUBMIT",      "TAKE_BACK",  "DRAW",     "VOTE",
    "APPROVE",   "RETURN",   "REJECT",      "LOOK_AGAIN", "PUBLISH",  "SUSPEND",
    "REINSTATE", "WITHDRAW", "EXPIRE",      "REMIND",     "REGISTER", "GIVE_NOTICE",
    "END",       "OPEN",     "ACKNOWLEDGE", "ANSWER",
};
constexpr Party kParties[] = {Party::kMember, Party::kReviewer, Party::kOperator, Party::kAdvisor,
                              Party::kService};
constexpr absl::string_view kPartyWords[] = {"MEMBER", "REVIEWER", "OPERATOR", "ADVISOR",
                                             "SERVICE"};
static_assert(std::size(kStates) == std::size(kStateWords));
static_assert(std::size(kVerbs) == std::size(kVerbWords));
static_assert(std::size(kParties) == std::size(kPartyWords));

// The state that stands `number` places after `none`, which is where unspecified leads.
State After(State none, int number) { return static_cast<State>(static_cast<int>(none) + number); }
int Before(State none, State state) { return static_cast<int>(state) - static_cast<int>(none); }

}  // namespace

absl::Span<const Transition> Transitions() { return kTransitions; }

std::optional<State> Next(State from, Verb verb, Party party) {
  for (const Transition& row : kTransitions) {
    if (row.from == from && row.verb == verb && row.party == party) return row.to;
  }
  return std::nullopt;
}

absl::Span<const State> AllStates() { return kStates; }
absl::Span<const Verb> AllVerbs() { return kVerbs; }
absl::Span<const Party> AllParties() { return kParties; }

absl::string_view StateWord(State state) { return kStateWords[static_cast<size_t>(state)]; }
absl::string_view VerbWord(Verb verb) { return kVerbWords[static_cast<size_t>(verb)]; }
absl::string_view PartyWord(Party party) { return kPartyWords[static_cast<size_t>(party)]; }

// The enums of the messages count in the order of the table; a test compares their names.
State StateOf(Proposal::State state) { return After(State::kNoProposal, state); }
State StateOf(Offering::State state) { return After(State::kNoOffering, state); }
State StateOf(Member::State state) { return After(State::kNoMember, state); }
State StateOf(Contest::State state) { return After(State::kNoContest, state); }

Proposal::State ProposalStateOf(State state) {
  const int number = Before(State::kNoProposal, state);
  CHECK(Proposal::State_IsValid(number)) << "not the state of a proposal";
  return static_cast<Proposal::State>(number);
}
Offering::State OfferingStateOf(State state) {
  const int number = Before(State::kNoOffering, state);
  CHECK(Offering::State_IsValid(number)) << "not the state of an offering";
  return static_cast<Offering::State>(number);
}
Member::State MemberStateOf(State state) {
  const int number = Before(State::kNoMember, state);
  CHECK(Member::State_IsValid(number)) << "not the state of a member";
  return static_cast<Member::State>(number);
}
Contest::State ContestStateOf(State state) {
  const int number = Before(State::kNoContest, state);
  CHECK(Contest::State_IsValid(number)) << "not the state of a contest";
  return static_cast<Contest::State>(number);
}

}  // namespace aplomb::proposals
