// What commands say when something went wrong, in the reader's language: errors made here carry
// both texts; those of lower rooms are in English and are told in French by their reason.
#ifndef APLOMB_CLI_ERRORS_H_
#define APLOMB_CLI_ERRORS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/issue.h"
#include "cli/commands.h"

namespace aplomb::cli {

// An error with its text in both languages. `reason` may be empty (base/reason.h).
absl::Status ErrorOf(absl::StatusCode code, absl::string_view reason, absl::string_view fr,
                     absl::string_view en);

// InvalidArgument with one line per issue, field first. `title` stands above them.
absl::Status ErrorOfIssues(absl::string_view title_fr, absl::string_view title_en,
                           const base::Issues& issues);

// What `status` says to people: its text in `language` where it has one; for a reason that
// ReasonTexts() knows, the sentence for it, with the English detail below in French; else its
// message.
std::string TextOf(const absl::Status& status, Language language);

// Prints the error, if it is one, to standard error; returns its exit code.
int End(const CommonOptions& common, const absl::Status& status);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_ERRORS_H_
