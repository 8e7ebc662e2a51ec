// Collects findings about a rulebook and finds the line of each. Not thread-safe.
#ifndef APLOMB_DECISION_RULE_REPORTER_H_
#define APLOMB_DECISION_RULE_REPORTER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "decision/rulebook_compiler.h"

namespace aplomb::decision {

class RuleReporter {
 public:
  // More than anybody mends in one go.
  static constexpr size_t kDiagnosticsMax = 1'000;

  // `source` may be null and must outlive this.
  explicit RuleReporter(const RulebookSource* source) : source_(source) {}

  void Error(absl::string_view code, const std::string& where, std::string text) {
    Add(Diagnostic::Severity::kError, code, where, std::move(text));
  }
  void Warning(absl::string_view code, const std::string& where, std::string text) {
    Add(Diagnostic::Severity::kWarning, code, where, std::move(text));
  }

  size_t error_count() const { return error_count_; }
  // Sorted by file, line, place and code.
  std::vector<Diagnostic> Take() &&;

 private:
  void Add(Diagnostic::Severity severity, absl::string_view code, const std::string& where,
           std::string text);

  const RulebookSource* source_;
  std::vector<Diagnostic> diagnostics_;
  size_t error_count_ = 0;
};

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_RULE_REPORTER_H_
