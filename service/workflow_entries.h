// What the log holds of proposals, reviews, notices and contests, and how it becomes the column
// families that the services read (docs/reviewing.md, "In the log"). Pure functions; thread-safe.
#ifndef APLOMB_SERVICE_WORKFLOW_ENTRIES_H_
#define APLOMB_SERVICE_WORKFLOW_ENTRIES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/proposal_log.pb.h"
#include "audit/sequencer.h"

namespace aplomb::service {

// What a body is about; its first byte.
enum class BodyKind : uint8_t {
  kProposal = 1,
  kReviewer = 2,
  kNotice = 3,
  kContest = 4,
  kRulebook = 5,            // a RulebookActivation: notice of new rules to all members
  kRulebookWithdrawal = 6,  // a RulebookWithdrawal: notice that they do not come
};

struct WorkflowBody {
  BodyKind kind = BodyKind::kProposal;
  std::string name;   // of the proposal, reviewer, subject or contest
  std::string bytes;  // the serialized message
};

// u8 kind, u32 size, name, message.
std::string EncodeWorkflowBody(BodyKind kind, absl::string_view name,
                               const google::protobuf::Message& message);
absl::StatusOr<WorkflowBody> DecodeWorkflowBody(absl::string_view bytes);

// Column families.
//
//   proposal   'n' name                              -> u64 entry, ProposalRecord
//              'q' queue 00 u64 place                -> name    (SUBMITTED, IN_REVIEW; APPROVED
//                                                                while a second look is awaited)
//              'r' reviewer 00 queue 00 u64 place    -> name    (a verdict is awaited)
//              'o' offering                          -> name    (in review for it)
//              'c' member                            -> u32     (not decided yet)
//              'f' member 00 "2026-11"               -> u32     (decided on the fast lane)
//   roster     name                                  -> ReviewerRecord
//   notice     'l' member 00 u64 entry               -> NoticeRecord
//              'd' member                            -> u32 day (on which the membership ends)
//              'r' offering 00 field                 -> u32 day (without it, as was told last)
//              'a' u64 entry                         -> RulebookActivation
//              'w' u64 entry of the activation       -> RulebookWithdrawal
//   contest    'n' name                              -> u64 entry, ContestRecord
//              'a' author 00 u64 entry               -> name
//              'l' u64 entry                         -> name
inline constexpr absl::string_view kProposalFamily = "proposal";
inline constexpr absl::string_view kRosterFamily = "roster";
inline constexpr absl::string_view kNoticeFamily = "notice";
inline constexpr absl::string_view kContestFamily = "contest";

std::string ProposalKey(absl::string_view name);
// All proposals of a member; of everybody for "".
std::string ProposalsPrefix(absl::string_view member);
std::string QueuePrefix();
// All queues of a reviewer; one of them.
std::string ReviewsPrefix(absl::string_view reviewer);
std::string ReviewsPrefix(absl::string_view reviewer, absl::string_view queue);
std::string OfferingInReviewKey(absl::string_view offering);
std::string OpenCountKey(absl::string_view member);
std::string FastLaneCountKey(absl::string_view member, int64_t time_us);
std::string NoticesPrefix(absl::string_view member);
std::string EndDayPrefix();
std::string RemindedKey(absl::string_view offering, absl::string_view field);
std::string RulebookReleasesPrefix();
std::string RulebookWithdrawalsPrefix();
std::string ContestKey(absl::string_view name);
std::string ContestsOfAuthorPrefix(absl::string_view author);
std::string AllContestsPrefix();

// Where it is decided: "ECOMMERCE", "FAST.ECOMMERCE".
std::string QueueOf(const catalog::v1::ProposalRecord& record);
// Where it stands: as QueueOf, and "LOOK.ECOMMERCE" while it awaits its second look.
std::string TurnQueueOf(const catalog::v1::ProposalRecord& record);
// One reviewer has approved it, and the lot asks for another to look at it afterwards.
bool AwaitsSecondLook(const catalog::v1::ProposalRecord& record);

struct StoredProposal {
  int64_t entry = 0;
  catalog::v1::ProposalRecord record;
  // Of what a reader has seen: state, text and submission. Votes of others do not change it, so
  // that two reviewers may decide in the same second.
  std::string etag;
};
absl::StatusOr<StoredProposal> DecodeStoredProposal(absl::string_view value);

struct StoredContest {
  int64_t entry = 0;
  catalog::v1::ContestRecord record;
  std::string etag;
};
absl::StatusOr<StoredContest> DecodeStoredContest(absl::string_view value);

absl::StatusOr<uint32_t> DecodeCount(const std::optional<std::string>& value);

// For audit::Sequencer and audit::Rebuild: PROPOSAL, REVIEW and CONTEST entries.
audit::Projection WorkflowProjection();

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_WORKFLOW_ENTRIES_H_
