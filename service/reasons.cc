#include "service/reasons.h"

#include "base/check.h"

namespace aplomb::service {
namespace {

using Code = absl::StatusCode;

constexpr ReasonInfo kReasons[] = {
    {Reason::kTokenMissing, "TOKEN_MISSING", Code::kUnauthenticated},
    {Reason::kTokenUnknown, "TOKEN_UNKNOWN", Code::kUnauthenticated},
    {Reason::kRoleNotAllowed, "ROLE_NOT_ALLOWED", Code::kPermissionDenied},
    {Reason::kNotOwner, "NOT_OWNER", Code::kPermissionDenied},
    {Reason::kMessageMalformed, "MESSAGE_MALFORMED", Code::kInvalidArgument},
    {Reason::kMessageTooLarge, "MESSAGE_TOO_LARGE", Code::kInvalidArgument},
    {Reason::kBadRequest, "BAD_REQUEST", Code::kInvalidArgument},
    {Reason::kRequestIdReused, "REQUEST_ID_REUSED", Code::kInvalidArgument},
    {Reason::kPageTokenInvalid, "PAGE_TOKEN_INVALID", Code::kInvalidArgument},
    {Reason::kResourceNotFound, "RESOURCE_NOT_FOUND", Code::kNotFound},
    {Reason::kResourceErased, "RESOURCE_ERASED", Code::kNotFound},
    {Reason::kEngagementExists, "ENGAGEMENT_EXISTS", Code::kAlreadyExists},
    {Reason::kRecommendationExists, "RECOMMENDATION_EXISTS", Code::kAlreadyExists},
    {Reason::kRevisionUnavailable, "REVISION_UNAVAILABLE", Code::kFailedPrecondition},
    {Reason::kDecisionTooLarge, "DECISION_TOO_LARGE", Code::kFailedPrecondition},
    {Reason::kStateForbids, "STATE_FORBIDS", Code::kFailedPrecondition},
    {Reason::kEtagMismatch, "ETAG_MISMATCH", Code::kAborted},
    {Reason::kNameTaken, "NAME_TAKEN", Code::kAlreadyExists},
    {Reason::kMemberNotActive, "MEMBER_NOT_ACTIVE", Code::kFailedPrecondition},
    {Reason::kProposalOpen, "PROPOSAL_OPEN", Code::kFailedPrecondition},
    {Reason::kTooManyProposals, "TOO_MANY_PROPOSALS", Code::kFailedPrecondition},
    {Reason::kOperationRunning, "OPERATION_RUNNING", Code::kFailedPrecondition},
    {Reason::kOperationDone, "OPERATION_DONE", Code::kFailedPrecondition},
    {Reason::kRowOutOfOrder, "ROW_OUT_OF_ORDER", Code::kFailedPrecondition},
    {Reason::kNotDrawn, "NOT_DRAWN", Code::kFailedPrecondition},
    {Reason::kQueueOrder, "QUEUE_ORDER", Code::kFailedPrecondition},
    {Reason::kRecused, "RECUSED", Code::kFailedPrecondition},
    {Reason::kQueueFull, "QUEUE_FULL", Code::kResourceExhausted},
    {Reason::kTooManyTails, "TOO_MANY_TAILS", Code::kResourceExhausted},
    {Reason::kProofRunning, "PROOF_RUNNING", Code::kResourceExhausted},
    {Reason::kWitnessQuorumMissing, "WITNESS_QUORUM_MISSING", Code::kUnavailable},
    {Reason::kDeadlinePassed, "DEADLINE_PASSED", Code::kDeadlineExceeded},
    {Reason::kCallCancelled, "CALL_CANCELLED", Code::kCancelled},
    {Reason::kShuttingDown, "SHUTTING_DOWN", Code::kUnavailable},
    {Reason::kStorageFailed, "STORAGE_FAILED", Code::kUnavailable},
    {Reason::kStorageFull, "STORAGE_FULL", Code::kResourceExhausted},
    {Reason::kDataDamaged, "DATA_DAMAGED", Code::kDataLoss},
    {Reason::kInternalError, "INTERNAL_ERROR", Code::kInternal},
};

}  // namespace

absl::Span<const ReasonInfo> AllReasons() { return kReasons; }

const ReasonInfo& Info(Reason reason) {
  const size_t place = static_cast<size_t>(reason);
  CHECK_LT(place, AllReasons().size()) << "a reason without a row";
  CHECK(kReasons[place].reason == reason) << "rows must stand in the order of the enum";
  return kReasons[place];
}

}  // namespace aplomb::service
