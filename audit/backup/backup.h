// Backups of a log while it is served, and putting one back. A folder of backups holds
//
//   db/     the main database, incremental (RocksDB BackupEngine): a file that two backups share is
//           there once, under a name with its checksum
//   keys/   the keys of sections, the newest copy only: an erased key must not live on in an old
//   one vkey    the first public key of the log: a folder holds backups of one log
//
// and never the key that signs the log: keep a copy of `keys/log.key` apart, and a new one after
// each change of the key.
// docs/storage.md, "Backups", says how a restore and the rule against rolled-back logs go together.
#ifndef APLOMB_AUDIT_BACKUP_BACKUP_H_
#define APLOMB_AUDIT_BACKUP_BACKUP_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/database.h"
#include "audit/log.h"
#include "base/log.h"

namespace aplomb::audit {

struct BackupRecord {
  uint32_t id = 0;
  int64_t time_s = 0;       // when it was made, seconds since 1970
  int64_t entry_count = 0;  // it has at least so many entries: those before it was begun
  uint64_t size_bytes = 0;  // of its files, shared ones included
  uint32_t file_count = 0;
  bool has_keys = false;  // the newest copy of the keys is there too
};

struct BackupOptions {
  // True: keys of sections are copied too.
  bool keys = true;
  // Called now and then while bytes are copied, on the caller's thread; false: stop (Cancelled; the
  // backups that were there before are as they were). May be empty.
  std::function<bool()> progress = {};
};

// Adds a backup of a log that is open, also while it is written to: what was durable when it began
// is in it. Makes `folder` where it is not there.
//
//   FailedPrecondition  BACKUP_OF_ANOTHER_LOG: the folder holds backups of another log
//   ResourceExhausted   STORAGE_FULL
//   Unavailable         BACKUP_FAILED: the folder cannot be written
absl::StatusOr<BackupRecord> CreateBackup(Log& log, const std::string& folder,
                                          const BackupOptions& options);

// Oldest first. NotFound (BACKUP_NOT_FOUND) where there is no such folder.
absl::StatusOr<std::vector<BackupRecord>> ListBackups(const std::string& folder);

// Reads every file of a backup and compares sizes and checksums; then puts it into `scratch` (a
// folder that is not there, removed afterwards), opens it, reads every entry and compares the root
// with the newest signed head. Returns the number of entries. DataLoss (BACKUP_DAMAGED) with what
// is wrong.
absl::StatusOr<int64_t> VerifyBackup(const std::string& folder, uint32_t id,
                                     const std::vector<ColumnFamilySpec>& families,
                                     const std::string& scratch);

struct RestoreOptions {
  std::string folder = {};
  uint32_t id = 0;             // 0: the newest
  std::string directory = {};  // data directory (audit/log.h); its server is stopped
  // Newest signed checkpoint that is known; empty: DIR/high_water.
  std::string high_water_path = {};
  // A copy of the key that signs the log; empty: DIR/keys/log.key must be there.
  std::string log_key_path = {};
  // Why a copy may be put back that is older than the high-water mark says, or where no mark is
  // known. Empty: it is refused. At most 500 bytes.
  std::string accept_loss = {};
  std::vector<ColumnFamilySpec> column_families = {};
};

struct Restored {
  uint32_t id = 0;
  int64_t entry_count = 0;
  // True: `accept_loss` was needed. The log must now say so itself (RestoreNote), as its next
  // entry.
  bool lossy = false;
  int64_t known_count = -1;         // size that the high-water mark vouched for; -1: none was known
  std::string kept_directory = {};  // where the database that was there is now; may be empty
};

// Puts a backup in the place of `DIR/db`. What is there is renamed, never removed. The copy is
// checked in a folder beside it first, so that a refusal changes nothing:
//
//   FailedPrecondition  DATABASE_LOCKED: a server has it open
//                       LOG_ROLLED_BACK: the copy is older than the high-water mark
//                       HIGH_WATER_MISSING: nothing is known about how far the log was
//                       LOG_KEY_MISSING, BACKUP_OF_ANOTHER_LOG; LOG_FORKED, never accepted
//   DataLoss            BACKUP_DAMAGED and what LogTree::Open says
absl::StatusOr<Restored> RestoreBackup(const RestoreOptions& options);

// Body of the NOTE entry that tells of a lossy restore: 01, kind (1), size that was restored (i64),
// size that was known (i64, -1: none), u32 size of the reason, reason.
struct RestoreNote {
  int64_t restored_count = 0;
  int64_t known_count = -1;
  std::string reason = {};

  friend bool operator==(const RestoreNote&, const RestoreNote&) = default;
};
std::string EncodeRestoreNote(const RestoreNote& note);
absl::StatusOr<RestoreNote> DecodeRestoreNote(absl::string_view bytes);

// Longest reason of a lossy restore.
inline constexpr size_t kRestoreReasonSizeMax = 500;

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_BACKUP_BACKUP_H_
