#include "cli/genesis_steps.h"

#include <unistd.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "decision/rulebook_compiler.h"

namespace aplomb::cli {

absl::Status CheckPlan(const service::GenesisPlan& plan) {
  if (plan.ok) return absl::OkStatus();
  std::string text = "CATALOG_INVALID";
  if (!plan.issues.empty()) absl::StrAppend(&text, "\n", plan.issues.ToString());
  if (!plan.diagnostics.empty()) {
    absl::StrAppend(&text, "\n", decision::FormatDiagnostics(plan.diagnostics));
  }
  return absl::InvalidArgumentError(text);
}

std::function<void(size_t done, size_t total)> ProgressPrinter(Language language) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const char* const words = language == Language::kFrench ? " objets écrits" : " objects written";
  return [terminal, words](size_t done, size_t total) {
    if (terminal) std::cerr << "\r" << done << " / " << total << words << std::flush;
    if (done != total) return;
    if (!terminal) std::cerr << done << " / " << total << words;
    std::cerr << "\n";
  };
}

}  // namespace aplomb::cli
