// What `recommend` asks, from a profile file and the options of the command, and where in them each
// thing stands: a violation is told with the path, the line and the column of the file, whoever
// found it. No gRPC.
#ifndef APLOMB_CLI_ASKED_PROFILE_H_
#define APLOMB_CLI_ASKED_PROFILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "base/issue.h"
#include "catalog/import/yaml.h"
#include "cli/commands.h"

namespace aplomb::cli {

struct AskedProfile {
  std::string file;
  catalog::YamlNode root;
  // What could be read, ready to be sent.
  advisor::v1::Recommendation recommendation;
  // What could not; paths as in the file.
  base::Issues issues;
  // False where the file is no profile at all: nothing is left to be checked.
  bool readable = false;
  // For each need asked for, its place in the file's list; -1 where only --need names it.
  std::vector<int> need_places;
  bool needs_from_options = false;
};

// An error only where the file itself cannot be had.
absl::StatusOr<AskedProfile> ReadAsked(const RecommendOptions& options);

// A violation as the server tells it ("recommendation.profile.turnover.micros"), as one of the file
// ("profile.turnover", its text beginning with "file:line:column") or of an option ("--as-of").
base::Issue AsInFile(const AskedProfile& asked, base::Issue violation);

// Everything that is wrong, at once: what could not be read, then what `answer`, the server's, says
// of the rest. Not OK where either is wrong.
absl::Status AllThatIsWrong(const AskedProfile& asked, const absl::Status& answer);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_ASKED_PROFILE_H_
