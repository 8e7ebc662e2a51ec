// The main database: one RocksDB whose column families belong to the rooms. `Database` opens,
// checks, reads and closes it; `Overlay` is writes that are not in it yet, with reads that see
// them. Nothing here writes but through Sequencer (audit/sequencer.h), which has the one writer
// thread.
//
// docs/storage.md has the families, keys and values. RocksDB's headers stay out of this one.
#ifndef APLOMB_AUDIT_DATABASE_H_
#define APLOMB_AUDIT_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/entry.h"
#include "base/log.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Env;
class WriteBatchWithIndex;
}  // namespace rocksdb

namespace aplomb::audit {

class Overlay;
struct Projection;  // audit/sequencer.h

// A column family as its room declares it.
struct ColumnFamilySpec {
  std::string name = {};
  // False: its contents follow from the entries alone (a projection), and Rebuild makes them anew.
  // True: they do not (secrets, sections, request ids), and Rebuild copies them.
  bool not_derived = false;

  friend bool operator==(const ColumnFamilySpec&, const ColumnFamilySpec&) = default;
};

// Families of this room; a room's own family must have another name.
inline constexpr absl::string_view kEntryFamily = "entry";
inline constexpr absl::string_view kHashFamily = "hash";
inline constexpr absl::string_view kHeadFamily = "head";
inline constexpr absl::string_view kSectionFamily = "section";
inline constexpr absl::string_view kCosignatureFamily = "cosig";
inline constexpr absl::string_view kMetaFamily = "meta";
inline constexpr absl::string_view kIdempotencyFamily = "idempotency";
inline constexpr absl::string_view kTieSecretFamily = "tie_secret";
inline constexpr absl::string_view kEpochFamily = "epoch";
inline constexpr absl::string_view kErasedFamily = "erased";

// Version of keys and values of all families together; an older one is brought up to it where
// audit/migrations.h knows how, any other is refused.
inline constexpr uint32_t kFormatVersion = 3;

struct DatabaseOptions {
  std::string directory = {};
  // Of the rooms. A family that is in the database but not here is an error, so that nothing is
  // left behind unseen; one that is missing in the database is added (empty).
  std::vector<ColumnFamilySpec> column_families = {};
  // Makes the database if the directory does not exist or is empty. False: that is NotFound.
  bool create_if_missing = false;
  // Null: the operating system's. Must outlive the Database.
  rocksdb::Env* env = nullptr;
  // How many of the newest entries are read and checked at opening.
  int64_t tail_check_count = 256;
  // Null: silent. Must outlive the Database.
  base::Logger* logger = nullptr;
};

// Reads are thread-safe.
class Database {
 public:
  // Opens and checks: format version, families, entries 0 to n-1 all there, n as `meta` says and
  // not less than were acknowledged, the newest `tail_check_count` entries decode and have the hash
  // that was stored with them. A database that is found damaged is left as it was.
  //
  //   NotFound            no database there (DATABASE_NOT_FOUND)
  //   FailedPrecondition  held by another process (DATABASE_LOCKED), of an unknown format version
  //                       (DATABASE_FORMAT_UNKNOWN), or with families of others
  //                       (DATABASE_FAMILY_UNKNOWN)
  //   DataLoss            damaged: a missing or truncated file, a wrong checksum (DATABASE_DAMAGED)
  //   ResourceExhausted   the disk is full (STORAGE_FULL)
  //   Unavailable         another fault of the disk, no permission (DATABASE_UNREADABLE)
  //
  // Each message says which directory or file, what is wrong and what to do.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DatabaseOptions& options);

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  // Closes. No Overlay and no Sequencer may be left.
  ~Database();

  // Entries that are durable; indices are 0 to entry_count() - 1.
  int64_t entry_count() const;

  // The entry written at `index`, its body put together. For an index inside the chunks of an
  // entry: the chunk, as type kChunk. OutOfRange (ENTRY_NOT_FOUND) beyond the end; DataLoss
  // (ENTRY_DAMAGED) if the bytes do not have the hash stored with them, or do not decode.
  absl::StatusOr<LoggedEntry> ReadEntry(int64_t index) const;
  // The stored bytes, hash checked; errors as ReadEntry.
  absl::StatusOr<std::string> ReadEntryBytes(int64_t index) const;
  // The sealed sections of a tier as they are kept, or nothing. audit/section_reader.h opens them.
  absl::StatusOr<std::optional<std::string>> ReadSealed(int64_t index, uint8_t tier) const;

  // Calls `visit` for each entry from `first` on but chunks, in order, until it returns an error,
  // which is returned.
  absl::Status ForEachEntry(int64_t first,
                            const std::function<absl::Status(const LoggedEntry&)>& visit) const;

  // The value at `key`, or nothing. `family` must exist (CHECK).
  absl::StatusOr<std::optional<std::string>> Get(absl::string_view family,
                                                 absl::string_view key) const;
  // The last key of a family, or nothing.
  absl::StatusOr<std::optional<std::string>> LastKey(absl::string_view family) const;
  // Writes a cosignature (audit/cosignatures.h), without a sync. Beside the writer, and from any
  // thread: nothing follows from one, and whoever signed it signs again.
  absl::Status PutCosignature(absl::string_view key, absl::string_view line);
  // Rewrites the tables of a family without what was deleted from it, and lets go of the
  // write-ahead log that still has it (which takes a flush of all families). Slow.
  absl::Status Compact(absl::string_view family);

  // Calls `visit` for each key in [begin, end) in order (`end` empty: to the end of the family),
  // until it returns false. The views are valid during the call only.
  absl::Status Scan(
      absl::string_view family, absl::string_view begin, absl::string_view end,
      const std::function<bool(absl::string_view key, absl::string_view value)>& visit) const;

  // Reads and checks every entry, and that sizes, hashes and times fit. Slow: all bytes are read.
  absl::Status CheckAllEntries() const;

  const std::string& directory() const { return directory_; }
  const std::vector<ColumnFamilySpec>& families() const { return families_; }

 private:
  friend class BackupAccess;  // audit/backup
  friend class Overlay;
  friend class Sequencer;
  friend absl::Status Rebuild(const Database& source, const std::vector<Projection>& projections,
                              Database* target);

  Database();
  rocksdb::ColumnFamilyHandle* Handle(absl::string_view family) const;
  absl::Status Check(int64_t tail_check_count);
  absl::Status CheckVersion(uint32_t version) const;
  // Brings a database that was found whole up to kFormatVersion.
  absl::Status Migrate(uint32_t version);
  // HIGHWATER: the number of entries acknowledged so far, outside RocksDB.
  absl::Status CheckHighWater(rocksdb::Env* env);
  absl::Status OpenHighWater(rocksdb::Env* env);
  void WriteHighWater(int64_t entry_count);
  // Writes and syncs `overlay` as one batch; then entry_count() is `entry_count`.
  absl::Status CommitSynced(Overlay& overlay, int64_t entry_count);

  struct Size;       // the atomic entry count
  struct HighWater;  // the open file
  std::string directory_;
  std::vector<ColumnFamilySpec> families_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*, std::less<>> handles_;
  std::unique_ptr<rocksdb::DB> db_;
  std::unique_ptr<Size> size_;
  std::unique_ptr<HighWater> high_water_;
  base::Logger* logger_ = nullptr;
};

// The smallest key after all keys that begin with `prefix`; empty if there is none.
std::string EndOfPrefix(absl::string_view prefix);
// Eight bytes, big-endian; `value` is not negative.
std::string IndexKey(int64_t value);
// Key in `section` and `erased`: index, then tier.
std::string TierKey(int64_t index, uint8_t tier);

// Writes that are pending over a database; reads see them first. Belongs to one thread.
class Overlay {
 public:
  // `database` must outlive it.
  explicit Overlay(Database* database);
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;
  ~Overlay();

  void Put(absl::string_view family, absl::string_view key, absl::string_view value);
  void Delete(absl::string_view family, absl::string_view key);

  absl::StatusOr<std::optional<std::string>> Get(absl::string_view family,
                                                 absl::string_view key) const;
  // As Database::Scan. `visit` must not write.
  absl::Status Scan(
      absl::string_view family, absl::string_view begin, absl::string_view end,
      const std::function<bool(absl::string_view key, absl::string_view value)>& visit) const;

  // What is written after Mark() is undone by Rewind(), or kept by Keep(). They do not nest.
  void Mark();
  void Rewind();
  void Keep();

  size_t size_bytes() const;
  const Database& database() const { return *database_; }

 private:
  friend class Database;

  Database* const database_;
  std::unique_ptr<rocksdb::WriteBatchWithIndex> batch_;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_DATABASE_H_
