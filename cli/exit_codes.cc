#include "cli/exit_codes.h"

#include <string>

#include "base/reason.h"

namespace aplomb::cli {

int ExitCodeOf(const absl::Status& status) {
  // A reason says more than a code: a full disk and a full queue share one.
  const std::string reason = base::ReasonOf(status);
  if (reason == "STORAGE_FULL" || reason == "STORAGE_FAILED") return kStorage;
  if (reason == "REVISION_UNAVAILABLE") return kInvalidInput;
  // An address on the command line that cannot be one here.
  if (reason == "ADDRESS_INVALID" || reason == "ADDRESS_NOT_HERE") return kUsage;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kDone;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kOutOfRange:
      return kInvalidInput;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return kNotAllowed;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
      return kUnavailable;
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kFailedPrecondition:
      return kStorage;
    default:
      return kFailed;
  }
}

}  // namespace aplomb::cli
