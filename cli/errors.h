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

// What stands around a list of issues.
struct IssuesFrame {
  absl::string_view reason = "";  // base/reason.h; may be empty
  size_t more = 0;  // issues that are only counted, beside those that the list dropped
  absl::string_view note_fr = "";  // a last line, with its line feed
  absl::string_view note_en = "";
  bool with_remedies =
      true;  // of entries of the catalogue; sentences about a request have their own
};

// InvalidArgument with one line per issue: "field: what is wrong (REASON)", the same form in both
// languages whoever found it. `title` stands above them; "{}" in it becomes "3 errors".
absl::Status ErrorOfIssues(absl::string_view title_fr, absl::string_view title_en,
                           const base::Issues& issues, const IssuesFrame& frame = {});

// What `status` says to people: its text in `language` where it has one; for a reason that
// ReasonTexts() knows, the sentence for it, with the English detail below in French; else its
// message.
std::string TextOf(const absl::Status& status, Language language);

// Prints the error, if it is one, to standard error; returns its exit code.
int End(const CommonOptions& common, const absl::Status& status);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_ERRORS_H_
