// What `serve --sample` and `import` share: telling what is wrong with a plan, and
// how far the writing has come.
#ifndef APLOMB_CLI_GENESIS_STEPS_H_
#define APLOMB_CLI_GENESIS_STEPS_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "base/issue.h"
#include "cli/print.h"
#include "service/genesis.h"

namespace aplomb::cli {

// InvalidArgument (CATALOG_INVALID) with every issue, in both languages.
absl::Status CatalogInvalid(const base::Issues& issues);

// InvalidArgument with every issue and diagnostic, one a line, unless the plan is ok.
absl::Status CheckPlan(const service::GenesisPlan& plan);

// The name of a log that is begun: `origin`, or the default where it is empty.
std::string OriginOr(const std::string& origin);

// Prints "n / m" on standard error: over one line on a terminal, else at the end only.
std::function<void(size_t done, size_t total)> ProgressPrinter(Language language);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_GENESIS_STEPS_H_
