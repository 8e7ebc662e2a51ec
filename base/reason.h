// Stable reasons on a Status. A Status says in its message what stopped us, for people; a reason is
// the word that machines act on (google.rpc.ErrorInfo.reason at the edge), and metadata are the
// dynamic parts of the message. Both travel as payloads, so that rooms without protobuf can set
// them.
#ifndef APLOMB_BASE_REASON_H_
#define APLOMB_BASE_REASON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace aplomb::base {

inline constexpr absl::string_view kReasonPayload = "aplomb/reason";
inline constexpr absl::string_view kRetryAfterPayload = "aplomb/retry-after-ms";

// A Status with a reason, [A-Z][A-Z0-9_]+[A-Z0-9], at most 63 characters. `code` is not OK.
inline absl::Status ReasonedError(absl::StatusCode code, absl::string_view reason,
                                  absl::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kReasonPayload, absl::Cord(reason));
  return status;
}

// The reason of `status`; empty if it has none.
inline std::string ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonPayload);
  return payload.has_value() ? std::string(*payload) : std::string();
}

// `status` with a hint when to try again; for pushback only.
inline absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  status.SetPayload(kRetryAfterPayload, absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(delay))));
  return status;
}

// The hint of `status`; zero if it has none.
inline absl::Duration RetryAfter(const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryAfterPayload);
  int64_t milliseconds = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &milliseconds)) {
    return absl::ZeroDuration();
  }
  return absl::Milliseconds(milliseconds);
}

}  // namespace aplomb::base

#endif  // APLOMB_BASE_REASON_H_
