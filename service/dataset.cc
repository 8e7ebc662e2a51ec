#include "service/dataset.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "service/advisor_entries.h"

namespace aplomb::service {

std::vector<audit::Projection> Dataset::Projections() {
  return {catalog::Store::Projection(), AdvisorProjection()};
}

absl::StatusOr<std::unique_ptr<Dataset>> Dataset::Open(const DatasetOptions& options) {
  std::unique_ptr<Dataset> dataset(new Dataset());
  std::vector<audit::Projection> projections = Projections();
  if (options.create_if_missing) {
    std::error_code error;
    std::filesystem::create_directories(options.directory, error);
    if (error) {
      return absl::UnavailableError(absl::StrCat(
          options.directory, ": the data directory cannot be made: ", error.message()));
    }
  }
  audit::DatabaseOptions database_options;
  database_options.directory = absl::StrCat(options.directory, "/db");
  database_options.create_if_missing = options.create_if_missing;
  database_options.logger = options.logger;
  for (const audit::Projection& projection : projections) {
    for (const audit::ColumnFamilySpec& family : projection.column_families) {
      database_options.column_families.push_back(family);
    }
  }
  ASSIGN_OR_RETURN(dataset->database_, audit::Database::Open(database_options));
  dataset->store_ = std::make_unique<catalog::Store>();
  RETURN_IF_ERROR(dataset->store_->Load(*dataset->database_));
  catalog::Store* store = dataset->store_.get();
  dataset->sequencer_ = std::make_unique<audit::Sequencer>(
      dataset->database_.get(), std::move(projections),
      [store](absl::Span<const audit::LoggedEntry> entries) { store->Publish(entries); },
      options.clock, options.random, options.logger,
      audit::SequencerOptions{.abort_on_storage_failure = options.abort_on_storage_failure});
  return dataset;
}

Dataset::~Dataset() {
  if (sequencer_ != nullptr) sequencer_->Shutdown();
}

}  // namespace aplomb::service
