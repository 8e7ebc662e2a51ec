#include "audit/backup/backup.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "audit/high_water.h"
#include "audit/key_store.h"
#include "audit/log_key.h"
#include "audit/log_tree.h"
#include "audit/tlog/checkpoint.h"
#include "base/bytes.h"
#include "base/durable_file.h"
#include "base/reason.h"
#include "base/status.h"
#include "base/storage/rocksdb_status.h"
#include "rocksdb/db.h"
#include "rocksdb/utilities/backup_engine.h"

namespace aplomb::audit {

// The one door to the databases behind the rooms' own classes.
class BackupAccess {
 public:
  static rocksdb::DB* Of(Database& database) { return database.db_.get(); }
  static rocksdb::DB* Of(KeyStore& keys) { return keys.db_.get(); }
};

namespace {

namespace fs = std::filesystem;

constexpr uint8_t kNoteVersion = 1;
constexpr uint8_t kNoteRestored = 1;
constexpr int kEverybodyReads = 0644;
constexpr int kOwnerReads = 0600;
// Between two calls of BackupOptions::progress.
constexpr uint64_t kProgressBytes = uint64_t{1} << 20;

using Engine = std::unique_ptr<rocksdb::BackupEngine>;

absl::Status Failed(const rocksdb::Status& status, absl::string_view folder) {
  const absl::Status plain = base::FromRocksDb(status, folder);
  if (plain.ok()) return plain;
  switch (plain.code()) {
    case absl::StatusCode::kResourceExhausted:
      return base::ReasonedError(
          plain.code(), "STORAGE_FULL",
          absl::StrCat("The disk of ", folder, " is full: free some space and begin again; a ",
                       "backup that was not finished counts as none. ", status.ToString()));
    case absl::StatusCode::kDataLoss:
      return base::ReasonedError(plain.code(), "BACKUP_DAMAGED",
                                 absl::StrCat(folder, ": the backup is damaged: ",
                                              status.ToString(), ". Take another one."));
    case absl::StatusCode::kNotFound:
      return base::ReasonedError(plain.code(), "BACKUP_NOT_FOUND",
                                 absl::StrCat(folder, ": there is no such backup; `aplomb backup ",
                                              "list` tells what there is. ", status.ToString()));
    default:
      return base::ReasonedError(absl::StatusCode::kUnavailable, "BACKUP_FAILED",
                                 absl::StrCat(folder, ": ", status.ToString()));
  }
}

absl::StatusOr<Engine> OpenEngine(const std::string& folder) {
  rocksdb::BackupEngineOptions options(folder);
  options.share_table_files = true;
  options.share_files_with_checksum = true;
  options.sync = true;
  options.callback_trigger_interval_size = kProgressBytes;
  rocksdb::BackupEngine* engine = nullptr;
  const rocksdb::IOStatus status =
      rocksdb::BackupEngine::Open(options, rocksdb::Env::Default(), &engine);
  if (!status.ok()) return Failed(status, folder);
  return Engine(engine);
}

bool Exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

absl::Status MakeFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return absl::OkStatus();
  return base::ReasonedError(absl::StatusCode::kUnavailable, "BACKUP_FAILED",
                             absl::StrCat(folder, ": cannot be made: ", error.message()));
}

absl::Status NoBackups(const std::string& folder) {
  return base::ReasonedError(
      absl::StatusCode::kNotFound, "BACKUP_NOT_FOUND",
      absl::StrCat(folder, ": is not a folder of backups (it has no vkey and db/)."));
}

// The key of the log whose backups these are.
absl::StatusOr<tlog::VerifierKey> KeyOf(const std::string& folder) {
  if (!Exists(folder + "/vkey") || !Exists(folder + "/db")) return NoBackups(folder);
  return LoadVerifierKey(folder + "/vkey");
}

absl::Status AnotherLog(absl::string_view folder, absl::string_view theirs,
                        absl::string_view ours) {
  return base::ReasonedError(absl::StatusCode::kFailedPrecondition, "BACKUP_OF_ANOTHER_LOG",
                             absl::StrCat(folder, ": holds backups of the log ", theirs,
                                          ", not of ", ours, ": choose another folder."));
}

BackupRecord RecordOf(const rocksdb::BackupInfo& info, bool has_keys) {
  BackupRecord record{.id = info.backup_id,
                      .time_s = info.timestamp,
                      .size_bytes = info.size,
                      .file_count = info.number_files,
                      .has_keys = has_keys};
  base::ByteReader reader(info.app_metadata);
  const absl::StatusOr<int64_t> count = reader.I64();
  if (count.ok()) record.entry_count = *count;
  return record;
}

bool HasKeys(const std::string& folder) { return Exists(folder + "/keys/meta"); }

absl::StatusOr<std::vector<BackupRecord>> RecordsOf(rocksdb::BackupEngine& engine,
                                                    const std::string& folder) {
  std::vector<rocksdb::BackupInfo> infos;
  engine.GetBackupInfo(&infos);
  std::vector<BackupRecord> records;
  for (const rocksdb::BackupInfo& info : infos) {
    records.push_back(RecordOf(info, HasKeys(folder)));
  }
  return records;
}

absl::StatusOr<uint32_t> Chosen(rocksdb::BackupEngine& engine, const std::string& folder,
                                uint32_t id) {
  std::vector<rocksdb::BackupInfo> infos;
  engine.GetBackupInfo(&infos);
  for (const rocksdb::BackupInfo& info : infos) {
    if (info.backup_id == id) return id;
  }
  if (id == 0 && !infos.empty()) return infos.back().backup_id;
  return base::ReasonedError(
      absl::StatusCode::kNotFound, "BACKUP_NOT_FOUND",
      absl::StrCat(folder, ": there is no backup ", id == 0 ? "at all" : absl::StrCat(id),
                   "; `aplomb backup list` tells what there is."));
}

// Puts a backup into `target`, which is not there yet.
absl::Status Unpack(rocksdb::BackupEngine& engine, uint32_t id, const std::string& target,
                    const std::string& folder) {
  std::error_code error;
  fs::remove_all(target, error);  // what an interrupted restore left
  RETURN_IF_ERROR(MakeFolder(target));
  return Failed(engine.RestoreDBFromBackup(id, target, target), folder);
}

// What the copy in `directory` holds, every check of opening a log done.
struct Checked {
  std::unique_ptr<Database> database;
  std::unique_ptr<LogTree> tree;
};
absl::StatusOr<Checked> OpenCopy(const std::string& directory, const tlog::VerifierKey& key,
                                 const std::vector<ColumnFamilySpec>& families) {
  Checked checked;
  ASSIGN_OR_RETURN(checked.database,
                   Database::Open({.directory = directory, .column_families = families}));
  ASSIGN_OR_RETURN(checked.tree, LogTree::Open(checked.database.get(), key, std::nullopt));
  return checked;
}

// Moves a folder within one file system, durably.
absl::Status Rename(const std::string& from, const std::string& to) {
  const rocksdb::Status status = rocksdb::Env::Default()->RenameFile(from, to);
  if (!status.ok()) return Failed(status, from);
  std::unique_ptr<rocksdb::Directory> parent;
  const rocksdb::Status opened =
      rocksdb::Env::Default()->NewDirectory(fs::path(to).parent_path().string(), &parent);
  return Failed(opened.ok() ? parent->Fsync() : opened, to);
}

// Refuses while a server has the database open.
absl::Status CheckUnlocked(const std::string& directory) {
  const std::string lock_path = directory + "/LOCK";
  if (!Exists(lock_path)) return absl::OkStatus();
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status locked = rocksdb::Env::Default()->LockFile(lock_path, &lock);
  if (!locked.ok()) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "DATABASE_LOCKED",
        absl::StrCat(directory, ": is in use by another process: stop the server first."));
  }
  return Failed(rocksdb::Env::Default()->UnlockFile(lock), directory);
}

// The first name "<path>.before-N" that is free.
std::string FreeName(const std::string& path) {
  for (int number = 1;; ++number) {
    std::string name = absl::StrCat(path, ".before-", number);
    if (!Exists(name)) return name;
  }
}

// Makes sure that there is a key which signs the log in the data directory.
absl::Status EnsureLogKey(const RestoreOptions& options) {
  const LogKeyPaths paths = LogKeyPaths::Of(options.directory);
  if (!Exists(paths.key)) {
    if (options.log_key_path.empty()) {
      return base::ReasonedError(
          absl::StatusCode::kFailedPrecondition, "LOG_KEY_MISSING",
          absl::StrCat(paths.key,
                       ": the key that signs the log is not there, and no backup holds it. Name "
                       "your copy of it (--log-key FILE)."));
    }
    ASSIGN_OR_RETURN(const std::string bytes, base::ReadSmallFile(options.log_key_path));
    std::error_code error;
    fs::create_directories(options.directory + "/keys", error);
    fs::permissions(options.directory + "/keys", fs::perms::owner_all, error);
    RETURN_IF_ERROR(base::CreateFileDurably(paths.key, bytes, kOwnerReads));
  }
  return ReadLogKey(paths.key).status();
}

// Whether the log of the copy can be signed with the keys that are in the data directory.
absl::Status CheckLogKeys(const RestoreOptions& options, const Checked& copy) {
  const LogKeyPaths paths = LogKeyPaths::Of(options.directory);
  std::vector<std::string> there;
  for (const std::string& path : {paths.key, paths.next}) {
    if (!Exists(path)) continue;
    ASSIGN_OR_RETURN(const tlog::Signer signer, ReadLogKey(path));
    there.push_back(signer.key().ToString());
  }
  const auto has = [&there](const std::string& key) {
    return std::find(there.begin(), there.end(), key) != there.end();
  };
  const std::vector<tlog::VerifierKey> in_force =
      copy.tree->key_history()->InForce(copy.tree->size());
  std::vector<std::string> missing;
  for (const tlog::VerifierKey& key : in_force) {
    if (!has(key.ToString())) missing.push_back(key.ToString());
  }
  if (missing.empty()) return absl::OkStatus();
  if (missing.size() < in_force.size()) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "LOG_KEY_MISSING",
        absl::StrCat("The log of this backup is changing its key, and ", missing.front(),
                     " is not in the data directory: put your copy of it at ", paths.next,
                     " if it is the new one, else at ", paths.key, "."));
  }
  // Of this log, but of a time when it was signed by another key, or of another log.
  return AnotherLog(options.folder, missing.front(), there.front());
}

}  // namespace

absl::StatusOr<BackupRecord> CreateBackup(Log& log, const std::string& folder,
                                          const BackupOptions& options) {
  RETURN_IF_ERROR(MakeFolder(folder));
  // The first that the log had: it stays the same when the log changes its key.
  const std::string key = absl::StrCat(log.tree().key_history()->first().ToString(), "\n");
  if (Exists(folder + "/vkey")) {
    ASSIGN_OR_RETURN(const std::string theirs, base::ReadSmallFile(folder + "/vkey"));
    if (theirs != key) return AnotherLog(folder, theirs, key);
  } else {
    RETURN_IF_ERROR(base::WriteFileDurably(folder + "/vkey", key, kEverybodyReads));
  }
  ASSIGN_OR_RETURN(const Engine engine, OpenEngine(folder + "/db"));
  rocksdb::CreateBackupOptions create;
  bool stopped = false;
  if (options.progress) {
    create.progress_callback = [&options, &stopped, &engine] {
      if (stopped || options.progress()) return;
      stopped = true;
      engine->StopBackup();
    };
  }
  base::ByteWriter metadata;
  metadata.I64(log.database().entry_count());
  uint32_t id = 0;
  const rocksdb::Status copied = engine->CreateNewBackupWithMetadata(
      create, BackupAccess::Of(log.database()), std::string(metadata.view()), &id);
  if (stopped && copied.IsIncomplete()) {
    RETURN_IF_ERROR(Failed(engine->GarbageCollect(), folder));
    return absl::CancelledError("the backup was stopped as asked; nothing of it is left");
  }
  RETURN_IF_ERROR(Failed(copied, folder));
  // After the database, so that no entry of the copy has a key that the copy has not.
  if (options.keys) {
    ASSIGN_OR_RETURN(const Engine keys, OpenEngine(folder + "/keys"));
    rocksdb::CreateBackupOptions of_keys;
    of_keys.flush_before_backup = true;
    RETURN_IF_ERROR(Failed(keys->CreateNewBackup(of_keys, BackupAccess::Of(log.keys())), folder));
    RETURN_IF_ERROR(Failed(keys->PurgeOldBackups(1), folder));
  }
  rocksdb::BackupInfo info;
  RETURN_IF_ERROR(Failed(engine->GetBackupInfo(id, &info), folder));
  return RecordOf(info, HasKeys(folder));
}

absl::StatusOr<std::vector<BackupRecord>> ListBackups(const std::string& folder) {
  RETURN_IF_ERROR(KeyOf(folder).status());
  ASSIGN_OR_RETURN(const Engine engine, OpenEngine(folder + "/db"));
  return RecordsOf(*engine, folder);
}

absl::StatusOr<int64_t> VerifyBackup(const std::string& folder, uint32_t id,
                                     const std::vector<ColumnFamilySpec>& families,
                                     const std::string& scratch) {
  ASSIGN_OR_RETURN(const tlog::VerifierKey key, KeyOf(folder));
  ASSIGN_OR_RETURN(const Engine engine, OpenEngine(folder + "/db"));
  ASSIGN_OR_RETURN(const uint32_t chosen, Chosen(*engine, folder, id));
  RETURN_IF_ERROR(Failed(engine->VerifyBackup(chosen, /*verify_with_checksum=*/true), folder));
  const auto remove = absl::MakeCleanup([&scratch] {
    std::error_code error;
    fs::remove_all(scratch, error);
  });
  RETURN_IF_ERROR(Unpack(*engine, chosen, scratch + "/db", folder));
  ASSIGN_OR_RETURN(const Checked copy, OpenCopy(scratch + "/db", key, families));
  RETURN_IF_ERROR(copy.database->CheckAllEntries());
  return copy.database->entry_count();
}

absl::StatusOr<Restored> RestoreBackup(const RestoreOptions& options) {
  if (options.accept_loss.size() > kRestoreReasonSizeMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("the reason is longer than ", kRestoreReasonSizeMax, " bytes"));
  }
  const std::string& directory = options.directory;
  const std::string database_directory = directory + "/db";
  const std::string staged = directory + "/db.restoring";
  ASSIGN_OR_RETURN(const tlog::VerifierKey key, KeyOf(options.folder));
  ASSIGN_OR_RETURN(const Engine engine, OpenEngine(options.folder + "/db"));
  Restored restored;
  ASSIGN_OR_RETURN(restored.id, Chosen(*engine, options.folder, options.id));
  RETURN_IF_ERROR(CheckUnlocked(database_directory));
  RETURN_IF_ERROR(MakeFolder(directory));
  RETURN_IF_ERROR(EnsureLogKey(options));
  RETURN_IF_ERROR(
      Failed(engine->VerifyBackup(restored.id, /*verify_with_checksum=*/true), options.folder));
  RETURN_IF_ERROR(Unpack(*engine, restored.id, staged, options.folder));
  auto remove_staged = absl::MakeCleanup([&staged] {
    std::error_code error;
    fs::remove_all(staged, error);
  });

  // Would the log go on from here as one history?
  const std::string high_water =
      options.high_water_path.empty() ? directory + "/high_water" : options.high_water_path;
  std::string head;
  {
    ASSIGN_OR_RETURN(const Checked copy, OpenCopy(staged, key, options.column_families));
    RETURN_IF_ERROR(CheckLogKeys(options, copy));
    restored.entry_count = copy.database->entry_count();
    head = copy.tree->head()->checkpoint;
    const absl::Status known = CheckHighWaterFile(*copy.tree, high_water);
    const std::string reason = base::ReasonOf(known);
    const bool may_be_accepted = reason == "LOG_ROLLED_BACK" || reason == "HIGH_WATER_MISSING";
    if (!known.ok() && (!may_be_accepted || options.accept_loss.empty())) return known;
    restored.lossy = !known.ok();
    if (reason == "LOG_ROLLED_BACK") {
      ASSIGN_OR_RETURN(const std::string note, base::ReadSmallFile(high_water));
      ASSIGN_OR_RETURN(const tlog::Checkpoint checkpoint, copy.tree->key_history()->Open(note));
      restored.known_count = static_cast<int64_t>(checkpoint.size);
    } else if (known.ok()) {
      restored.known_count = restored.entry_count;
    }
  }

  if (!Exists(directory + "/keys/entries/CURRENT") && HasKeys(options.folder)) {
    ASSIGN_OR_RETURN(const Engine keys, OpenEngine(options.folder + "/keys"));
    const std::string entries = directory + "/keys/entries";
    RETURN_IF_ERROR(Failed(keys->RestoreDBFromLatestBackup(entries, entries), options.folder));
  }
  if (Exists(database_directory)) {
    restored.kept_directory = FreeName(database_directory);
    RETURN_IF_ERROR(Rename(database_directory, restored.kept_directory));
  }
  RETURN_IF_ERROR(Rename(staged, database_directory));
  std::move(remove_staged).Cancel();
  // From here on the mark is that of what was accepted.
  if (restored.lossy) RETURN_IF_ERROR(base::WriteFileDurably(high_water, head, kEverybodyReads));
  return restored;
}

std::string EncodeRestoreNote(const RestoreNote& note) {
  base::ByteWriter writer;
  writer.U8(kNoteVersion);
  writer.U8(kNoteRestored);
  writer.I64(note.restored_count);
  writer.I64(note.known_count);
  writer.Bytes(note.reason);
  return std::move(writer).Take();
}

absl::StatusOr<RestoreNote> DecodeRestoreNote(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  ASSIGN_OR_RETURN(const uint8_t version, reader.U8());
  ASSIGN_OR_RETURN(const uint8_t kind, reader.U8());
  if (version != kNoteVersion || kind != kNoteRestored) {
    return absl::InvalidArgumentError("not the note of a restore");
  }
  RestoreNote note;
  ASSIGN_OR_RETURN(note.restored_count, reader.I64());
  ASSIGN_OR_RETURN(note.known_count, reader.I64());
  ASSIGN_OR_RETURN(const absl::string_view reason, reader.Bytes(kRestoreReasonSizeMax));
  note.reason = std::string(reason);
  RETURN_IF_ERROR(reader.ExpectEnd());
  return note;
}

}  // namespace aplomb::audit
