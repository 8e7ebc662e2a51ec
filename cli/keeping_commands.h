// The commands that keep a catalogue and look at it as a whole: backups, past revisions and what
// differs between them, coverage, and the cases by which equal treatment is measured. They declare
// themselves.
#ifndef APLOMB_CLI_KEEPING_COMMANDS_H_
#define APLOMB_CLI_KEEPING_COMMANDS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/coverage_service.pb.h"
#include "catalog/treatment/cases.h"
#include "cli/commands.h"
#include "cli/proposal_commands.h"

namespace aplomb::cli {

// Adds `backup`, `catalog`, `coverage` and `treatment` to `app`. `common` must outlive it.
void AddKeepingCommands(CLI::App& app, const CommonOptions& common, const RunCommand& run);

// The matrix for people, and for spreadsheets.
std::string PrintCoverage(const catalog::v1::CoverageMatrix& coverage, Language language);
std::string CoverageCsv(const catalog::v1::CoverageMatrix& coverage);

// What became of each proposal that was decided, from the log alone. Entries are given in their
// order; others than PROPOSAL and REVIEW are passed over.
class CaseReader {
 public:
  // `key`: the auditor's, for pseudonyms.
  explicit CaseReader(std::string key) : key_(std::move(key)) {}
  // `entry`: the bytes of the entry at `index`.
  absl::Status Add(int64_t index, absl::string_view entry);
  const std::vector<treatment::Case>& cases() const { return cases_; }

 private:
  const std::string key_;
  std::map<std::string, int32_t> returns_;  // by proposal
  std::vector<treatment::Case> cases_;
};

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_KEEPING_COMMANDS_H_
