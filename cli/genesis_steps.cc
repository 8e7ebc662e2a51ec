#include "cli/genesis_steps.h"

#include <unistd.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "audit/log_key.h"
#include "cli/errors.h"
#include "decision/rulebook_compiler.h"

namespace aplomb::cli {

absl::Status CatalogInvalid(const base::Issues& issues) {
  return ErrorOfIssues("CATALOG_INVALID : le catalogue a des erreurs",
                       "CATALOG_INVALID: the catalogue has errors", issues);
}

absl::Status CheckPlan(const service::GenesisPlan& plan) {
  if (plan.ok) return absl::OkStatus();
  if (!plan.diagnostics.empty()) {
    const std::string diagnostics = decision::FormatDiagnostics(plan.diagnostics);
    return ErrorOfIssues(
        absl::StrCat("CATALOG_INVALID : les règles ou le catalogue ont des erreurs\n", diagnostics),
        absl::StrCat("CATALOG_INVALID: the rulebook or the catalogue has errors\n", diagnostics),
        plan.issues);
  }
  return CatalogInvalid(plan.issues);
}

std::string OriginOr(const std::string& origin) {
  return origin.empty() ? std::string(audit::kDefaultOrigin) : origin;
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
