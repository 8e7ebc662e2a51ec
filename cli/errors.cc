#include "cli/errors.h"

#include <iostream>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/reason.h"
#include "catalog/proposals/remedies.h"
#include "cli/exit_codes.h"
#include "cli/texts.h"

namespace aplomb::cli {
namespace {

constexpr absl::string_view kFrenchPayload = "aplomb/cli/fr";

std::string Filled(absl::string_view title, absl::string_view count) {
  return absl::StrReplaceAll(title, {{"{}", count}});
}

}  // namespace

absl::Status ErrorOf(absl::StatusCode code, absl::string_view reason, absl::string_view fr,
                     absl::string_view en) {
  absl::Status status =
      reason.empty() ? absl::Status(code, en) : base::ReasonedError(code, reason, en);
  status.SetPayload(kFrenchPayload, absl::Cord(fr));
  return status;
}

absl::Status ErrorOfIssues(absl::string_view title_fr, absl::string_view title_en,
                           const base::Issues& issues, const IssuesFrame& frame) {
  const size_t more = issues.dropped_count() + frame.more;
  const size_t count = issues.list().size() + more;
  std::string fr = Filled(title_fr, absl::StrCat(count, count == 1 ? " erreur" : " erreurs"));
  std::string en = Filled(title_en, absl::StrCat(count, count == 1 ? " error" : " errors"));
  for (const base::Issue& issue : issues.list()) {
    const absl::string_view field = issue.field;
    absl::StrAppend(&fr, "\n  ", field, field.empty() ? "" : " : ",
                    issue.text_fr.empty() ? issue.text_en : issue.text_fr,
                    issue.text_en.empty() ? "" : " ", "(", issue.reason, ")");
    absl::StrAppend(&en, "\n  ", field, field.empty() ? "" : ": ", issue.text_en,
                    issue.text_en.empty() ? "" : " ", "(", issue.reason, ")");
    const proposals::Word& remedy = proposals::RemedyOf(issue.reason);
    if (remedy.code.empty() || !frame.with_remedies) continue;  // the message says it
    absl::StrAppend(&fr, "\n    -> ", remedy.fr);
    absl::StrAppend(&en, "\n    -> ", remedy.en);
  }
  if (more > 0) {
    absl::StrAppend(&fr, "\n  et ", more, more == 1 ? " autre" : " autres");
    absl::StrAppend(&en, "\n  and ", more, " more");
  }
  absl::StrAppend(&fr, frame.note_fr);
  absl::StrAppend(&en, frame.note_en);
  return ErrorOf(absl::StatusCode::kInvalidArgument, frame.reason, fr, en);
}

std::string TextOf(const absl::Status& status, Language language) {
  if (language == Language::kEnglish) return std::string(status.message());
  if (const auto written = status.GetPayload(kFrenchPayload); written.has_value()) {
    return std::string(*written);
  }
  const std::string reason = base::ReasonOf(status);
  const absl::string_view french = FrenchOfReason(reason);
  if (french.empty()) return std::string(status.message());
  absl::string_view detail = status.message();
  // Here the English sentence has nothing but the file.
  if (reason == "RULEBOOK_NOT_FOUND") absl::ConsumePrefix(&detail, "no file ");
  return absl::StrCat(french, "\n  (", reason, " : ", detail, ")");
}

int End(const CommonOptions& common, const absl::Status& status) {
  if (!status.ok()) std::cerr << "aplomb: " << TextOf(status, common.language) << "\n";
  return ExitCodeOf(status);
}

}  // namespace aplomb::cli
