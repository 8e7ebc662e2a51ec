// Every reason that an error of the API can have: the one table, which a test
// compares with docs/api.md. A reason is never renamed and never changes its code.
// Immutable; thread-safe.
#ifndef APLOMB_SERVICE_REASONS_H_
#define APLOMB_SERVICE_REASONS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace aplomb::service {

enum class Reason : uint8_t {
  // Who calls.
  kTokenMissing,
  kTokenUnknown,
  kRoleNotAllowed,
  kNotOwner,
  // What is asked.
  kMessageMalformed,
  kMessageTooLarge,
  kBadRequest,
  kRequestIdReused,
  kPageTokenInvalid,
  kResourceNotFound,
  kResourceErased,
  kEngagementExists,
  kRecommendationExists,
  kRevisionUnavailable,
  kDecisionTooLarge,
  kStateForbids,
  kEtagMismatch,
  kNameTaken,
  kMemberNotActive,
  kProposalOpen,
  kTooManyProposals,
  kOperationRunning,
  kOperationDone,
  kRowOutOfOrder,
  kNotDrawn,
  kQueueOrder,
  kRecused,
  // What stopped us.
  kQueueFull,
  kTooManyTails,
  kProofRunning,
  kWitnessQuorumMissing,
  kDeadlinePassed,
  kCallCancelled,
  kShuttingDown,
  kStorageFailed,
  kStorageFull,
  kDataDamaged,
  kInternalError,
};

struct ReasonInfo {
  Reason reason;
  absl::string_view word;  // ErrorInfo.reason: [A-Z][A-Z0-9_]+[A-Z0-9], at most 63 characters
  absl::StatusCode code;
};

// All reasons, in the order of the enum.
absl::Span<const ReasonInfo> AllReasons();
const ReasonInfo& Info(Reason reason);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_REASONS_H_
