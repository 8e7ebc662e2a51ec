#include "service/dataset.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "service/advisor_entries.h"
#include "service/operations.h"
#include "service/workflow_entries.h"

namespace aplomb::service {

std::vector<audit::Projection> Dataset::Projections() {
  return {catalog::Store::Projection(), AdvisorProjection(), WorkflowProjection(),
          OperationProjection()};
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
  audit::LogOptions log_options;
  log_options.directory = options.directory;
  log_options.create_if_missing = options.create_if_missing;
  log_options.origin = options.origin;
  log_options.high_water_path = options.high_water_path;
  log_options.witnesses = options.witnesses;
  log_options.witness_options = options.witness_options;
  log_options.random = options.random;
  log_options.logger = options.logger;
  for (const audit::Projection& projection : projections) {
    for (const audit::ColumnFamilySpec& family : projection.column_families) {
      log_options.column_families.push_back(family);
    }
  }
  ASSIGN_OR_RETURN(dataset->log_, audit::Log::Open(log_options));
  dataset->store_ = std::make_unique<catalog::Store>();
  RETURN_IF_ERROR(dataset->store_->Load(dataset->log_->database()));
  catalog::Store* store = dataset->store_.get();
  dataset->sequencer_ = std::make_unique<audit::Sequencer>(
      &dataset->log_->database(), &dataset->log_->tree(), &dataset->log_->keys(),
      std::move(projections),
      [store](absl::Span<const audit::LoggedEntry> entries) { store->Publish(entries); },
      options.clock, options.logger,
      audit::SequencerOptions{.abort_on_storage_failure = options.abort_on_storage_failure,
                              .completion_gate = dataset->log_->quorum_gate()});
  return dataset;
}

Dataset::~Dataset() {
  if (sequencer_ != nullptr) sequencer_->Shutdown();
}

}  // namespace aplomb::service
