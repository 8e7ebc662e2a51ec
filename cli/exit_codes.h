// How the command ends. Documented in docs/cli.md; scripts may rely on it.
#ifndef APLOMB_CLI_EXIT_CODES_H_
#define APLOMB_CLI_EXIT_CODES_H_

#include "absl/status/status.h"

namespace aplomb::cli {

enum ExitCode : int {
  kDone = 0,
  kFailed = 1,        // anything else
  kUsage = 2,         // the command line is wrong
  kInvalidInput = 3,  // a file or a request has errors; all are printed
  kNotFound = 4,
  kNotAllowed = 5,   // token missing, unknown, or of a role that may not
  kUnavailable = 6,  // no server there, busy, or too slow: try again
  kStorage = 7,      // the data directory is damaged, locked, or full
};

// The exit code for an error.
int ExitCodeOf(const absl::Status& status);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_EXIT_CODES_H_
