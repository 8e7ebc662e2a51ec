// Errors of the API, as absl::Status with google.rpc details for payloads. Made
// here, and turned into what travels once, at the edge (grpc_edge.cc). Every error
// has an ErrorInfo whose metadata holds each changing part of the message, so that
// no program needs to read the message. Details of one type occur once at most.
// Functions are pure and thread-safe.
#ifndef APLOMB_SERVICE_ERRORS_H_
#define APLOMB_SERVICE_ERRORS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/issue.h"
#include "service/reasons.h"

namespace aplomb::service {

// ErrorInfo.domain of every error.
inline constexpr absl::string_view kErrorDomain = "aplomb";

// Details travel in a header, base64-encoded, and clients refuse headers above 8 KiB
// by default (GRPC_ARG_MAX_METADATA_SIZE): the serialized google.rpc.Status stays
// below this.
inline constexpr size_t kErrorDetailsSizeMax = 5000;
static_assert(kErrorDetailsSizeMax * 4 / 3 + 1024 < 8192, "base64, message and other headers");

// Longest English message; the rest is in the details.
inline constexpr size_t kErrorMessageSizeMax = 400;

using Metadata = std::vector<std::pair<std::string, std::string>>;

// An error. `message` is one English sentence or two: what, where, what to do.
absl::Status MakeError(Reason reason, absl::string_view message, const Metadata& metadata = {});

// BAD_REQUEST with all violations (not empty). Each says what is wrong in French and
// English where there is room, with its reason word alone where there is not; the
// count of all is in the metadata ("violation_count", "violations_left_out").
absl::Status BadRequest(const std::vector<base::Issue>& issues);

// NOT_FOUND for a resource name.
absl::Status NotFound(absl::string_view resource_type, absl::string_view name);

// NOT_FOUND for a resource whose contents were erased, as an entry of the log says.
absl::Status Erased(absl::string_view resource_type, absl::string_view name);

// QUEUE_FULL and the like: a RetryInfo is added.
absl::Status WithRetry(absl::Status error, absl::Duration delay);

// FAILED_PRECONDITION: a PreconditionFailure with one violation is added.
absl::Status WithPrecondition(absl::Status error, absl::string_view type, absl::string_view subject,
                              absl::string_view description);

// What a lower room said, as an error of the API: a status that has an ErrorInfo
// stays as it is; else the code chooses the reason (DATA_LOSS is DATA_DAMAGED,
// RESOURCE_EXHAUSTED is STORAGE_FULL, UNAVAILABLE and other failures of the disk are
// STORAGE_FAILED, anything else INTERNAL_ERROR). The text of a lower room, which may
// name files, is kept from callers; log it.
absl::Status FromLowerRoom(const absl::Status& status);

// The reason word of an error's ErrorInfo; empty where it has none.
std::string ReasonWord(const absl::Status& error);

// A serialized google.rpc.Status: code, message and every payload as an Any.
std::string SerializeDetails(const absl::Status& error);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_ERRORS_H_
