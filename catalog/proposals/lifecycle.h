// Every state of a proposal, an offering, a member and a contest, and the one table of what may
// happen in it: state × verb × who. What has no row is refused. Immutable; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_LIFECYCLE_H_
#define APLOMB_CATALOG_PROPOSALS_LIFECYCLE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "aplomb/catalog/v1/contest.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/proposal.pb.h"

namespace aplomb::proposals {

enum class State : uint8_t {
  kNoProposal,
  kDraft,
  kSubmitted,
  kInReview,
  kReturned,
  kApproved,
  kRejected,
  kProposalWithdrawn,
  kNoOffering,
  kPublished,
  kSuspended,
  kWithdrawn,
  kExpired,
  kNoMember,
  kMemberActive,
  kMemberSuspended,
  kMemberEnded,
  kNoContest,
  kContestOpen,
  kContestAcknowledged,
  kContestAnswered,
};

enum class Verb : uint8_t {
  // Of proposals.
  kCreate,
  kUpdate,
  kSubmit,
  kTakeBack,  // the proposal
  kDraw,      // reviewers, by lot
  kVote,      // a verdict that decides nothing yet
  kApprove,
  kReturn,
  kReject,
  kLookAgain,  // at what one reviewer has approved
  // Of offerings.
  kPublish,    // what an approved proposal says
  kSuspend,    // of members too
  kReinstate,  // of members too
  kWithdraw,
  kExpire,
  kRemind,  // of what ends soon
  // Of members, who are updated too.
  kRegister,
  kGiveNotice,
  kEnd,
  // Of contests.
  kOpen,
  kAcknowledge,
  kAnswer,
};

// Who acts. The service acts by itself where the calendar or the lot asks for it.
enum class Party : uint8_t { kMember, kReviewer, kOperator, kAdvisor, kService };

struct Transition {
  State from;
  Verb verb;
  Party party;
  State to;
};

// The table.
absl::Span<const Transition> Transitions();

// Where it leads; nothing: not allowed.
std::optional<State> Next(State from, Verb verb, Party party);

absl::Span<const State> AllStates();
absl::Span<const Verb> AllVerbs();
absl::Span<const Party> AllParties();

// "IN_REVIEW", "MEMBER_ACTIVE"; "SUBMIT"; "REVIEWER". As the log and errors have them.
absl::string_view StateWord(State state);
absl::string_view VerbWord(Verb verb);
absl::string_view PartyWord(Party party);

// Between the table and the messages. Unspecified is "there is none".
State StateOf(catalog::v1::Proposal::State state);
State StateOf(catalog::v1::Offering::State state);
State StateOf(catalog::v1::Member::State state);
State StateOf(catalog::v1::Contest::State state);
catalog::v1::Proposal::State ProposalStateOf(State state);
catalog::v1::Offering::State OfferingStateOf(State state);
catalog::v1::Member::State MemberStateOf(State state);
catalog::v1::Contest::State ContestStateOf(State state);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_LIFECYCLE_H_
