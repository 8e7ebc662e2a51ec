// The beginning of a data directory: a catalogue and a rulebook from files, checked
// as a whole first, then written through the log. The rulebook is written last, so
// that a directory with a rulebook is a complete one.
#ifndef APLOMB_SERVICE_GENESIS_H_
#define APLOMB_SERVICE_GENESIS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/issue.h"
#include "catalog/import/directory.h"
#include "catalog/store.h"
#include "decision/rulebook_compiler.h"
#include "service/dataset.h"

namespace aplomb::service {

struct GenesisSource {
  std::string catalog_directory;   // catalog/import/directory.h
  std::string rulebook_directory;  // decision/rulebook_compiler.h
};

// What would be written, and everything that is wrong with it.
struct GenesisPlan {
  std::vector<catalog::Object> objects;  // in the order of writing; empty unless `ok`
  size_t member_count = 0;
  size_t offering_count = 0;
  size_t legal_basis_count = 0;
  size_t rate_count = 0;
  size_t need_count = 0;
  base::Issues issues;                            // of the catalogue
  std::vector<decision::Diagnostic> diagnostics;  // of the rulebook: errors and warnings
  bool ok = false;
};

// Reads and checks everything; writes nothing. An error where a folder cannot be read.
absl::StatusOr<GenesisPlan> PlanGenesis(const GenesisSource& source);

// The same for a catalogue that was not read from a folder (an importer's).
GenesisPlan PlanGenesis(const catalog::CatalogSource& source,
                        const decision::RulebookSource& rulebook);

// Writes a plan that is `ok` (CHECK) into a dataset without a rulebook. `progress` (may be empty)
// is called after each sync. FailedPrecondition (CATALOG_NOT_EMPTY) where there is a rulebook
// already. After a crash it may be run again: what is there is passed over.
absl::Status RunGenesis(Dataset& dataset, const GenesisPlan& plan,
                        const std::function<void(size_t done, size_t total)>& progress);

// Tokens of a demonstration, drawn once: an advisor's ("demo") and an auditor's ("demo").
struct SampleTokens {
  std::string token_file;    // for ServerOptions
  std::string advisor_file;  // holds the advisor's token; readable by its owner only
  std::string auditor_file;
};
// Makes them in `directory` unless they are there. Unavailable if a file cannot be written.
absl::StatusOr<SampleTokens> EnsureSampleTokens(const std::string& directory, base::Random& random);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_GENESIS_H_
