#include "cli/errors.h"

#include <iostream>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "base/reason.h"
#include "cli/exit_codes.h"
#include "cli/texts.h"

namespace aplomb::cli {
namespace {

constexpr absl::string_view kFrenchPayload = "aplomb/cli/fr";

}  // namespace

absl::Status ErrorOf(absl::StatusCode code, absl::string_view reason, absl::string_view fr,
                     absl::string_view en) {
  absl::Status status =
      reason.empty() ? absl::Status(code, en) : base::ReasonedError(code, reason, en);
  status.SetPayload(kFrenchPayload, absl::Cord(fr));
  return status;
}

absl::Status ErrorOfIssues(absl::string_view title_fr, absl::string_view title_en,
                           const base::Issues& issues) {
  std::string fr(title_fr);
  std::string en(title_en);
  for (const base::Issue& issue : issues.list()) {
    const absl::string_view field = issue.field;
    absl::StrAppend(&fr, "\n  ", field, field.empty() ? "" : " : ",
                    issue.text_fr.empty() ? issue.text_en : issue.text_fr, " (", issue.reason, ")");
    absl::StrAppend(&en, "\n  ", field, field.empty() ? "" : ": ", issue.text_en, " (",
                    issue.reason, ")");
  }
  if (issues.dropped_count() > 0) {
    absl::StrAppend(&fr, "\n  et ", issues.dropped_count(), " autres");
    absl::StrAppend(&en, "\n  and ", issues.dropped_count(), " more");
  }
  return ErrorOf(absl::StatusCode::kInvalidArgument, "", fr, en);
}

std::string TextOf(const absl::Status& status, Language language) {
  if (language == Language::kEnglish) return std::string(status.message());
  if (const auto written = status.GetPayload(kFrenchPayload); written.has_value()) {
    return std::string(*written);
  }
  const std::string reason = base::ReasonOf(status);
  const absl::string_view french = FrenchOfReason(reason);
  if (french.empty()) return std::string(status.message());
  return absl::StrCat(french, "\n  (", reason, " : ", status.message(), ")");
}

int End(const CommonOptions& common, const absl::Status& status) {
  if (!status.ok()) std::cerr << "aplomb: " << TextOf(status, common.language) << "\n";
  return ExitCodeOf(status);
}

}  // namespace aplomb::cli
