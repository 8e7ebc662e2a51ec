// A log on the disk, open: its database, its tree with the key that signs it, the keys of its
// sections, and its high-water checkpoint. docs/storage.md has the directory:
//
//   DIR/db            the database
//   DIR/keys/log.key  signs the log             DIR/vkey        its public part
//   DIR/keys/log.next its next key, while it changes it
//   DIR/keys/entries  keys of sections          DIR/high_water  newest signed checkpoint
#ifndef APLOMB_AUDIT_LOG_H_
#define APLOMB_AUDIT_LOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "audit/cosignatures.h"
#include "audit/database.h"
#include "audit/high_water.h"
#include "audit/key_store.h"
#include "audit/log_key.h"
#include "audit/log_tree.h"
#include "audit/sequencer.h"
#include "audit/witness_client.h"
#include "base/log.h"
#include "base/random.h"

namespace aplomb::audit {

struct LogOptions {
  std::string directory = {};  // DIR
  std::vector<ColumnFamilySpec> column_families = {};
  // Begins a log where there is none: draws its key. A directory that has a key but no log, or a
  // log but no key, is refused: two logs under one key would be a fork. A beginning that was cut
  // short is gone on with, asked for or not.
  bool create_if_missing = false;
  std::string origin = std::string(kDefaultOrigin);  // of a log that is begun
  // Best on another disk or host. Empty: DIR/high_water.
  std::string high_water_path = {};
  // Who cosigns; asked at the start whether they know a larger log, and then of each newer head.
  std::vector<WitnessEndpoint> witnesses = {};
  WitnessClientOptions witness_options = {};
  // Only reads: no key is loaded, nothing is signed, the high-water checkpoint is not looked at.
  bool read_only = false;
  base::Random* random = base::SystemRandom::Get();
  base::Logger* logger = base::Logger::Null();
};

class Log {
 public:
  // Errors of Database::Open, LogTree::Open, LoadLogKeys, KeyStore::Open, CheckHighWaterFile and
  // CheckNotBehindWitnesses.
  static absl::StatusOr<std::unique_ptr<Log>> Open(const LogOptions& options);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();  // no Sequencer may be left

  Database& database() { return *database_; }
  LogTree& tree() { return *tree_; }
  KeyStore& keys() { return *keys_; }
  // How far each witness is; empty without witnesses.
  std::vector<WitnessState> witnesses() const;
  const std::string& high_water_path() const { return high_water_path_; }
  const LogKeyPaths& key_paths() const { return key_paths_; }
  // Entries of the head in the high-water file.
  uint64_t high_water_size() const;
  // Entries of the newest head that the quorum has cosigned; 0: none, or there are no witnesses.
  uint64_t cosigned_size() const;
  // What answers wait for where a quorum is required; else empty. For SequencerOptions.
  const CompletionGate& quorum_gate() const { return quorum_gate_; }

 private:
  Log() = default;

  std::string high_water_path_;
  LogKeyPaths key_paths_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<KeyStore> keys_;
  std::unique_ptr<LogTree> tree_;
  std::unique_ptr<HighWater> high_water_;
  std::unique_ptr<KeptCosignatures> kept_cosignatures_;
  std::unique_ptr<WitnessClient> witnesses_;
  CompletionGate quorum_gate_;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_LOG_H_
