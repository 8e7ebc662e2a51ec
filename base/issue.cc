#include "base/issue.h"

#include "absl/strings/str_cat.h"

namespace aplomb::base {

void Issues::AddAll(absl::string_view prefix, const Issues& other) {
  for (Issue issue : other.list_) {
    issue.field = JoinField(prefix, issue.field);
    Add(std::move(issue));
  }
  dropped_count_ += other.dropped_count_;
}

std::string Issues::ToString() const {
  std::string text;
  for (const Issue& issue : list_) {
    absl::StrAppend(&text, issue.field, issue.field.empty() ? "" : ": ", issue.text_en, " (",
                    issue.reason, ")\n");
  }
  if (dropped_count_ > 0) absl::StrAppend(&text, "and ", dropped_count_, " more\n");
  return text;
}

std::string JoinField(absl::string_view prefix, absl::string_view field) {
  if (prefix.empty()) return std::string(field);
  if (field.empty()) return std::string(prefix);
  return absl::StrCat(prefix, field.front() == '[' ? "" : ".", field);
}

}  // namespace aplomb::base
