// A data directory, open: the database, the catalogue in memory and the one
// writer. What the server, the importer and the commands of the CLI that work
// without a server stand on. Thread-safe.
#ifndef APLOMB_SERVICE_DATASET_H_
#define APLOMB_SERVICE_DATASET_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/database.h"
#include "audit/log.h"
#include "audit/sequencer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "catalog/store.h"

namespace aplomb::service {

struct DatasetOptions {
  // The data directory (audit/log.h).
  std::string directory;
  bool create_if_missing = false;
  // Name of a log that is begun: what its checkpoints are signed as.
  std::string origin = std::string(audit::kDefaultOrigin);
  // Where the newest signed checkpoint is kept; empty: in the data directory.
  std::string high_water_path = {};
  // Who cosigns the log.
  std::vector<audit::WitnessEndpoint> witnesses = {};
  audit::WitnessClientOptions witness_options = {};
  // A server sets it: see audit::SequencerOptions.
  bool abort_on_storage_failure = false;
  // Must outlive the Dataset.
  const base::Clock* clock = base::SystemClock::Get();
  base::Random* random = base::SystemRandom::Get();
  base::Logger* logger = base::Logger::Null();
};

class Dataset {
 public:
  // Errors of audit::Log::Open and catalog::Store::Load.
  static absl::StatusOr<std::unique_ptr<Dataset>> Open(const DatasetOptions& options);
  // Every projection, for rebuilding and checking.
  static std::vector<audit::Projection> Projections();

  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;
  // Finishes what waits, then closes.
  ~Dataset();

  audit::Log& log() { return *log_; }
  audit::Database& database() { return log_->database(); }
  const audit::Database& database() const { return log_->database(); }
  audit::LogTree& tree() { return log_->tree(); }
  audit::KeyStore& keys() { return log_->keys(); }
  audit::Sequencer& sequencer() { return *sequencer_; }
  catalog::Store& store() { return *store_; }
  const catalog::Store& store() const { return *store_; }

 private:
  Dataset() = default;

  // In the order of construction: the writer goes first, the log last.
  std::unique_ptr<audit::Log> log_;
  std::unique_ptr<catalog::Store> store_;
  std::unique_ptr<audit::Sequencer> sequencer_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_DATASET_H_
