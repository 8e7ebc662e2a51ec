#include "audit/log.h"

#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/erasure.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

absl::Status MakePrivateDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  if (!error) return absl::OkStatus();
  return base::ReasonedError(absl::StatusCode::kUnavailable, "DATABASE_UNREADABLE",
                             absl::StrCat(path, ": cannot be made: ", error.message()));
}

// An older copy of the key store, or one whose newest writes were lost, would hand out slots again
// that entries of the log have. The newest entry with sections tells.
absl::Status CheckKeysNotOlder(const Database& database, const KeyStore& keys) {
  for (int64_t index = database.entry_count(); index-- > 0;) {
    ASSIGN_OR_RETURN(const LoggedEntry entry, database.ReadEntry(index));
    if (entry.key_slot == 0) continue;
    if (entry.key_slot < keys.first_undrawn_slot()) return absl::OkStatus();
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "KEY_STORE_OLDER",
        absl::StrCat(keys.directory(), ": entry ", index, " of the log has the keys of slot ",
                     entry.key_slot, ", but this key store has drawn those below ",
                     keys.first_undrawn_slot(),
                     " only: it is an older copy, or damaged. Put the newest one back."));
  }
  return absl::OkStatus();
}

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Log>> Log::Open(const LogOptions& options) {
  const std::string& directory = options.directory;
  std::unique_ptr<Log> log(new Log());
  const LogKeyPaths key_paths = LogKeyPaths::Of(directory);
  log->key_paths_ = key_paths;
  log->high_water_path_ = options.high_water_path.empty() ? absl::StrCat(directory, "/high_water")
                                                          : options.high_water_path;
  const std::string database_directory = absl::StrCat(directory, "/db");
  const bool had_database = Exists(absl::StrCat(database_directory, "/CURRENT"));
  if (!had_database && Exists(key_paths.key)) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "LOG_LOST",
        absl::StrCat(directory,
                     ": there is the key of a log, but not the log. Restore its newest "
                     "database; a log is never begun anew under a key that was in use. To begin "
                     "another log, choose an empty directory."));
  }
  ASSIGN_OR_RETURN(log->database_, Database::Open({.directory = database_directory,
                                                   .column_families = options.column_families,
                                                   .create_if_missing = options.create_if_missing,
                                                   .logger = options.logger}));
  // A first start that was cut short goes on where it stopped: the database is made first, the key
  // next and the high-water checkpoint last, so without an entry and without that file nothing was
  // ever signed for anybody.
  const bool begins =
      !options.read_only && log->database_->entry_count() == 0 &&
      (Exists(key_paths.key) ? !Exists(log->high_water_path_) : options.create_if_missing);
  if (!begins && !options.read_only && log->database_->entry_count() == 0 &&
      !Exists(key_paths.key)) {
    return base::ReasonedError(
        absl::StatusCode::kNotFound, "DATABASE_NOT_FOUND",
        absl::StrCat(directory,
                     ": there is no log; a first start was cut short before it had "
                     "made its key. Run again what began it, or remove the directory."));
  }
  std::vector<tlog::Signer> signers;
  tlog::VerifierKey key;
  if (options.read_only) {
    ASSIGN_OR_RETURN(key, LoadVerifierKey(key_paths.vkey));
  } else {
    if (begins && !Exists(key_paths.key)) {
      RETURN_IF_ERROR(MakePrivateDirectory(absl::StrCat(directory, "/keys")));
      RETURN_IF_ERROR(CreateLogKey(key_paths, options.origin, *options.random).status());
    }
    ASSIGN_OR_RETURN(signers, LoadLogKeys(key_paths, *log->database_));
    key = signers.front().key();
  }
  ASSIGN_OR_RETURN(log->keys_,
                   KeyStore::Open({.directory = absl::StrCat(directory, "/keys/entries"),
                                   .create_if_missing = begins,
                                   .read_only = options.read_only,
                                   .random = options.random,
                                   .logger = options.logger}));
  ASSIGN_OR_RETURN(log->tree_, LogTree::Open(log->database_.get(), key, std::move(signers)));
  if (options.read_only) {
    log->kept_cosignatures_ = std::make_unique<KeptCosignatures>(log->database_.get());
    log->tree_->SetCosignatureSource(log->kept_cosignatures_.get());
    return log;
  }
  if (options.witness_options.required &&
      (options.witnesses.empty() || options.witness_options.policy.quorum.empty())) {
    return base::ReasonedError(
        absl::StatusCode::kInvalidArgument, "QUORUM_NOT_STATED",
        "Answers are to wait for witnesses, but the policy has no quorum, or no witness with a "
        "URL: add `witness <name> <key> <url>` lines, and `quorum` with one of them or a group.");
  }

  RETURN_IF_ERROR(CheckKeysNotOlder(*log->database_, *log->keys_));
  if (!begins) RETURN_IF_ERROR(CheckHighWaterFile(*log->tree_, log->high_water_path_));
  RETURN_IF_ERROR(CheckNotBehindWitnesses(*log->tree_, options.witnesses, options.witness_options,
                                          options.logger));
  RETURN_IF_ERROR(CompleteErasures(*log->database_, *log->keys_).status());
  ASSIGN_OR_RETURN(log->high_water_,
                   HighWater::Start(log->tree_.get(), log->high_water_path_, options.logger));
  if (!options.witnesses.empty()) {
    log->witnesses_ =
        std::make_unique<WitnessClient>(log->tree_.get(), log->database_.get(), options.witnesses,
                                        options.witness_options, options.logger);
    log->tree_->SetCosignatureSource(log->witnesses_.get(), options.witness_options.required);
    if (options.witness_options.required) {
      log->quorum_gate_ = [witnesses = log->witnesses_.get()](
                              uint64_t size, std::function<void(const absl::Status&)> done) {
        witnesses->AwaitQuorum(size, std::move(done));
      };
    }
  } else {
    // Those of a time with witnesses.
    log->kept_cosignatures_ = std::make_unique<KeptCosignatures>(log->database_.get());
    log->tree_->SetCosignatureSource(log->kept_cosignatures_.get());
  }
  log->tree_->SetPublishHook(
      [high_water = log->high_water_.get(),
       witnesses = log->witnesses_.get()](const std::shared_ptr<const Head>&) {
        high_water->Notify();
        if (witnesses != nullptr) witnesses->Notify();
      });
  return log;
}

std::vector<WitnessState> Log::witnesses() const {
  return witnesses_ == nullptr ? std::vector<WitnessState>() : witnesses_->States();
}

uint64_t Log::high_water_size() const {
  return high_water_ == nullptr ? 0 : high_water_->written_size();
}

uint64_t Log::cosigned_size() const {
  return witnesses_ == nullptr ? 0 : witnesses_->quorum_size();
}

Log::~Log() {
  // They sign no more once nobody reads what they signed.
  if (tree_ != nullptr) tree_->SetCosignatureSource(nullptr);
}

}  // namespace aplomb::audit
