// Early return of errors. A Status says what stopped *us* (disk, peer, time); what a user got wrong
// is a list of base::Issue.
//
//   absl::Status Save(...) {
//     RETURN_IF_ERROR(Check(...));
//     ASSIGN_OR_RETURN(const Entry entry, Load(...));
//     ...
//   }
#ifndef APLOMB_BASE_STATUS_H_
#define APLOMB_BASE_STATUS_H_

#include <utility>

#include "absl/base/optimization.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace aplomb::base {

// `status` with `context` and ": " put before its message; code and payloads stay. OK stays OK.
inline absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload([&annotated](absl::string_view type_url, const absl::Cord& payload) {
    annotated.SetPayload(type_url, payload);
  });
  return annotated;
}

}  // namespace aplomb::base

#define APLOMB_STATUS_CONCAT_INNER(a, b) a##b
#define APLOMB_STATUS_CONCAT(a, b) APLOMB_STATUS_CONCAT_INNER(a, b)

// Returns the absl::Status `...` from the enclosing function unless it is OK. (Variadic, so that
// commas in template arguments do no harm.)
#define RETURN_IF_ERROR(...)                                               \
  do {                                                                     \
    if (absl::Status aplomb_status = (__VA_ARGS__); !aplomb_status.ok()) { \
      return aplomb_status;                                                \
    }                                                                      \
  } while (false)

// Evaluates the absl::StatusOr<T> `...` and assigns its value to `lhs`, which may declare a
// variable; returns its status from the enclosing function if it has no value. Not a single
// statement: do not use it as the body of an `if` without braces.
#define ASSIGN_OR_RETURN(lhs, ...) \
  APLOMB_ASSIGN_OR_RETURN(APLOMB_STATUS_CONCAT(aplomb_status_or_, __LINE__), lhs, __VA_ARGS__)

#define APLOMB_ASSIGN_OR_RETURN(status_or, lhs, ...) \
  auto status_or = (__VA_ARGS__);                    \
  if (ABSL_PREDICT_FALSE(!status_or.ok())) {         \
    return std::move(status_or).status();            \
  }                                                  \
  lhs = *std::move(status_or)

#endif  // APLOMB_BASE_STATUS_H_
