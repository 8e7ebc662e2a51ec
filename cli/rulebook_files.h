// What stands beside a rulebook's text: checks, tests and waivers of it. Functions on
// files; thread-safe.
#ifndef APLOMB_CLI_RULEBOOK_FILES_H_
#define APLOMB_CLI_RULEBOOK_FILES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/commands.h"
#include "cli/neutrality_data.h"
#include "service/waiver.h"

namespace aplomb::cli {

struct RulebookCheckOptions {
  std::string directory;
  std::string law_table;     // law_table.yaml; empty: legal bases are not checked
  NeutralitySource catalog;  // with one, rules that are about one member are looked for
  std::string charter_keys;  // who may sign waivers; empty: nobody
};

// Compiles the rulebook of a folder, looks for proxies where there is a catalogue, and prints what
// is wrong. kInvalidInput where there is an error that no waiver stands for.
int RulebookCheck(const CommonOptions& common, const RulebookCheckOptions& options);

// Runs the tests of a rulebook's folder (empty: the published one) and prints what they cover.
// kInvalidInput where one fails or a rule is not held by any.
int RulebookTest(const CommonOptions& common, const std::string& directory,
                 const std::string& share);

// Draws a key that the charter may list: writes the private one to `out` (for its owner only) and
// prints the public one.
int CharterKey(const CommonOptions& common, const std::string& name, const std::string& out);

struct WaiveOptions {
  std::string key;      // file with the private key
  std::string finding;  // "CODE PLACE MEMBER", as a check tells it
  std::string rulebook_id = "base";
  std::string by;
  std::string until;  // YYYY-MM-DD
  std::string why;
};
// Prints a signed waiver, to be put into waivers/ of the rulebook's folder.
int SignWaiver(const CommonOptions& common, const WaiveOptions& options);

// `directory`/waivers/*.waiver as they are: path and bytes, by path.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ReadWaiverFiles(
    const std::string& directory);
// The same, judged on `day`.
absl::StatusOr<std::vector<service::JudgedWaiver>> ReadWaivers(const std::string& directory,
                                                               const std::string& charter_keys,
                                                               const std::string& rulebook_id,
                                                               int32_t day);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_RULEBOOK_FILES_H_
