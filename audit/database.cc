#include "audit/database.h"

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <set>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "audit/migrations.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/reason.h"
#include "base/status.h"
#include "base/storage/rocksdb_status.h"
#include "rocksdb/cache.h"
#include "rocksdb/convenience.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/options.h"
#include "rocksdb/table.h"
#include "rocksdb/table_properties.h"
#include "rocksdb/utilities/write_batch_with_index.h"

namespace aplomb::audit {
namespace {

constexpr absl::string_view kFormatKey = "format";
constexpr absl::string_view kSizeKey = "size";
constexpr absl::string_view kHighWaterFile = "/HIGHWATER";
// The number of entries, and the same with all bits inverted. The file has two of them, written in
// turn: one that was torn leaves the other.
constexpr size_t kHighWaterBytes = 16;
constexpr size_t kHighWaterSlots = 2;
// One cache for all families: a catalogue of 10,000 offerings has some 50 MB, and lies in
// snapshots.
constexpr size_t kBlockCacheBytes = size_t{32} << 20;
constexpr uint64_t kWalBytesMax = uint64_t{64} << 20;

// RocksDB's own log: errors go into ours, the rest nowhere.
class InfoLog final : public rocksdb::Logger {
 public:
  explicit InfoLog(base::Logger* logger)
      : rocksdb::Logger(rocksdb::InfoLogLevel::ERROR_LEVEL), logger_(logger) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    if (logger_ == nullptr) return;
    char line[1024];
    std::vsnprintf(line, sizeof(line), format, arguments);
    logger_->Error("rocksdb", {{"text", static_cast<const char*>(line)}});
  }

 private:
  base::Logger* const logger_;
};

rocksdb::Slice ToSlice(absl::string_view view) { return rocksdb::Slice(view.data(), view.size()); }
absl::string_view ToView(const rocksdb::Slice& slice) {
  return absl::string_view(slice.data(), slice.size());
}

rocksdb::DBOptions MakeDbOptions(const DatabaseOptions& options) {
  rocksdb::DBOptions db;
  db.env = options.env != nullptr ? options.env : rocksdb::Env::Default();
  db.create_if_missing = options.create_if_missing;
  db.create_missing_column_families = true;
  db.paranoid_checks = true;
  // A torn tail was never acknowledged: the sync had not returned.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // A lost WAL is seen by HIGHWATER. (Tracked in the MANIFEST, it would fail an assertion of
  // RocksDB 7.8 when CheckHighWater opens the database for reading only.)
  db.track_and_verify_wals_in_manifest = false;
  // A write that failed stays failed: see Sequencer.
  db.max_bgerror_resume_count = 0;
  db.max_total_wal_size = kWalBytesMax;
  db.max_open_files = -1;
  db.info_log = std::make_shared<InfoLog>(options.logger);
  return db;
}

rocksdb::ColumnFamilyOptions MakeFamilyOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.checksum = rocksdb::kXXH3;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  const std::vector<rocksdb::CompressionType> supported = rocksdb::GetSupportedCompressions();
  family.compression =
      std::find(supported.begin(), supported.end(), rocksdb::kZSTD) != supported.end()
          ? rocksdb::kZSTD
          : rocksdb::kNoCompression;
  family.write_buffer_size = size_t{16} << 20;
  family.force_consistency_checks = true;
  return family;
}

absl::Status Damaged(absl::string_view directory, absl::string_view what) {
  return base::ReasonedError(
      absl::StatusCode::kDataLoss, "DATABASE_DAMAGED",
      absl::StrCat("The database in ", directory, " is damaged: ", what,
                   ". Stop, keep the directory as it is for an enquiry, and restore a backup."));
}

absl::Status Explain(const rocksdb::Status& status, absl::string_view directory) {
  const absl::Status plain = base::FromRocksDb(status, directory);
  switch (plain.code()) {
    case absl::StatusCode::kOk:
      return absl::OkStatus();
    case absl::StatusCode::kFailedPrecondition:
      return base::ReasonedError(
          absl::StatusCode::kFailedPrecondition, "DATABASE_LOCKED",
          absl::StrCat("The database in ", directory,
                       " is in use by another process (its LOCK file is held): stop that process, "
                       "or choose another directory. ",
                       status.ToString()));
    case absl::StatusCode::kResourceExhausted:
      return base::ReasonedError(
          absl::StatusCode::kResourceExhausted, "STORAGE_FULL",
          absl::StrCat("The disk of ", directory,
                       " is full: free some space and start again; what was acknowledged is safe. ",
                       status.ToString()));
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kInvalidArgument:
      return Damaged(directory, status.ToString());
    default:
      break;
  }
  // A file that the MANIFEST names and that is not there comes as an IOError.
  if (status.IsPathNotFound() || absl::StrContains(status.ToString(), "No such file")) {
    return Damaged(directory, status.ToString());
  }
  return base::ReasonedError(
      absl::StatusCode::kUnavailable, "DATABASE_UNREADABLE",
      absl::StrCat(
          "The database in ", directory,
          " cannot be opened: check that it is a directory, its permissions and its disk. ",
          status.ToString()));
}

bool EndsWithDigitsAnd(absl::string_view name, absl::string_view suffix) {
  if (!absl::EndsWith(name, suffix) || name.size() == suffix.size()) return false;
  name.remove_suffix(suffix.size());
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Looks at the directory before RocksDB does, whose "create_if_missing" would make an empty
// database beside the files of one that lost its CURRENT. True: there is a database.
absl::StatusOr<bool> LookForDatabase(const DatabaseOptions& options, rocksdb::Env* env) {
  const std::string& directory = options.directory;
  if (directory.empty()) {
    return base::ReasonedError(absl::StatusCode::kNotFound, "DATABASE_NOT_FOUND",
                               "No directory was given for the database.");
  }
  if (env->FileExists(directory + "/CURRENT").ok()) return true;
  std::vector<std::string> children;
  const rocksdb::Status listed = env->GetChildren(directory, &children);
  if (!listed.ok() && !listed.IsNotFound() && !listed.IsPathNotFound()) {
    return Explain(listed, directory);
  }
  for (const std::string& child : children) {
    // Data comes after CURRENT: without tables and write-ahead logs, a creation was interrupted.
    if (EndsWithDigitsAnd(child, ".sst") || EndsWithDigitsAnd(child, ".log")) {
      return Damaged(directory, "the file CURRENT is missing");
    }
  }
  if (!options.create_if_missing) {
    return base::ReasonedError(
        absl::StatusCode::kNotFound, "DATABASE_NOT_FOUND",
        absl::StrCat("There is no database in ", directory,
                     ": check the path, or create one by importing a catalogue."));
  }
  return false;
}

absl::Status EntryDamaged(int64_t index, absl::string_view directory, absl::string_view what) {
  return base::ReasonedError(absl::StatusCode::kDataLoss, "ENTRY_DAMAGED",
                             absl::StrCat("Entry ", index, " of the log in ", directory,
                                          " is damaged: ", what, ". Restore a backup."));
}

absl::StatusOr<int64_t> ParseIndex(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  ASSIGN_OR_RETURN(const int64_t index, reader.I64());
  RETURN_IF_ERROR(reader.ExpectEnd());
  if (index < 0) return absl::InvalidArgumentError("negative");
  return index;
}

std::string EncodeHighWater(int64_t entry_count) {
  base::ByteWriter writer;
  writer.I64(entry_count);
  writer.I64(~entry_count);
  return std::move(writer).Take();
}

// Nothing if the file is not there or its creation was interrupted.
absl::StatusOr<std::optional<int64_t>> ReadHighWater(rocksdb::Env* env,
                                                     const std::string& directory) {
  const std::string path = absl::StrCat(directory, kHighWaterFile);
  if (!env->FileExists(path).ok()) return std::optional<int64_t>();
  std::string bytes;
  const rocksdb::Status status = rocksdb::ReadFileToString(env, path, &bytes);
  if (!status.ok()) return Explain(status, path);
  if (bytes.size() < kHighWaterBytes) return std::optional<int64_t>();
  std::optional<int64_t> highest;
  for (size_t at = 0; at < bytes.size(); at += kHighWaterBytes) {
    const absl::string_view slot = absl::string_view(bytes).substr(at, kHighWaterBytes);
    base::ByteReader reader(slot);
    const absl::StatusOr<int64_t> count = reader.I64();
    if (count.ok() && slot == EncodeHighWater(*count) && (!highest || *count > *highest)) {
      highest = *count;
    }
  }
  if (!highest.has_value()) return Damaged(directory, "the file HIGHWATER is garbled");
  return highest;
}

absl::Status ScanWith(std::unique_ptr<rocksdb::Iterator> iterator, absl::string_view begin,
                      absl::string_view end, absl::string_view directory,
                      const std::function<bool(absl::string_view, absl::string_view)>& visit) {
  for (iterator->Seek(ToSlice(begin)); iterator->Valid(); iterator->Next()) {
    if (!end.empty() && ToView(iterator->key()) >= end) break;
    if (!visit(ToView(iterator->key()), ToView(iterator->value()))) break;
  }
  return Explain(iterator->status(), directory);
}

}  // namespace

struct Database::Size {
  std::atomic<int64_t> value{0};
};

struct Database::HighWater {
  std::unique_ptr<rocksdb::RandomRWFile> file;
  size_t next_slot = 0;
};

Database::Database() = default;

std::string EndOfPrefix(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    if (static_cast<unsigned char>(end.back()) != 0xff) {
      ++end.back();
      return end;
    }
    end.pop_back();
  }
  return end;
}

std::string IndexKey(int64_t value) {
  CHECK_GE(value, 0) << "indices count from 0";
  base::ByteWriter writer;
  writer.I64(value);
  return std::move(writer).Take();
}

std::string TierKey(int64_t index, uint8_t tier) {
  return absl::StrCat(IndexKey(index), absl::string_view(reinterpret_cast<const char*>(&tier), 1));
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  const rocksdb::DBOptions db_options = MakeDbOptions(options);
  ASSIGN_OR_RETURN(const bool exists, LookForDatabase(options, db_options.env));

  std::unique_ptr<Database> database(new Database);
  database->directory_ = options.directory;
  database->logger_ = options.logger;
  database->size_ = std::make_unique<Size>();
  database->families_ = {
      {.name = std::string(kEntryFamily), .not_derived = true},
      {.name = std::string(kHashFamily), .not_derived = true},
      {.name = std::string(kHeadFamily), .not_derived = true},
      {.name = std::string(kSectionFamily), .not_derived = true},
      {.name = std::string(kCosignatureFamily), .not_derived = true},
      {.name = std::string(kMetaFamily), .not_derived = true},
      {.name = std::string(kIdempotencyFamily), .not_derived = true},
      {.name = std::string(kTieSecretFamily), .not_derived = true},
      {.name = std::string(kEpochFamily)},
      {.name = std::string(kErasedFamily)},
  };
  database->families_.insert(database->families_.end(), options.column_families.begin(),
                             options.column_families.end());
  std::set<std::string> known;
  for (const ColumnFamilySpec& spec : database->families_) {
    CHECK(spec.name != rocksdb::kDefaultColumnFamilyName) << "the default family stays empty";
    CHECK(known.insert(spec.name).second) << "two families are named " << spec.name;
  }

  if (exists) {
    std::vector<std::string> names;
    const rocksdb::Status status =
        rocksdb::DB::ListColumnFamilies(db_options, options.directory, &names);
    if (!status.ok()) return Explain(status, options.directory);
    std::vector<std::string> unknown;
    for (const std::string& name : names) {
      if (name != rocksdb::kDefaultColumnFamilyName && known.count(name) == 0) {
        unknown.push_back(name);
      }
    }
    if (!unknown.empty()) {
      return base::ReasonedError(
          absl::StatusCode::kFailedPrecondition, "DATABASE_FAMILY_UNKNOWN",
          absl::StrCat("The database in ", options.directory,
                       " has column families that this "
                       "program does not know (",
                       absl::StrJoin(unknown, ", "),
                       "): it is another program's, or was written by a newer version; use that."));
    }
  }

  if (exists) RETURN_IF_ERROR(database->CheckHighWater(db_options.env));

  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, MakeFamilyOptions(cache));
  for (const std::string& name : known) {
    descriptors.emplace_back(name, MakeFamilyOptions(cache));
    // Sealed bytes look drawn by lot: compressing them costs time and saves nothing.
    if (name == kSectionFamily) descriptors.back().options.compression = rocksdb::kNoCompression;
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(db_options, options.directory, descriptors, &handles, &db);
  if (!status.ok()) return Explain(status, options.directory);
  database->db_.reset(db);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    database->handles_[handle->GetName()] = handle;
  }
  RETURN_IF_ERROR(database->Check(std::max<int64_t>(1, options.tail_check_count)));
  RETURN_IF_ERROR(database->OpenHighWater(db_options.env));
  return database;
}

// Recovery stops at the first record of the write-ahead log that is not whole. At its end that is a
// write that was never acknowledged; but were a record in the middle damaged, everything after it
// would be dropped without a word, and then removed from the disk. So it is counted first, with
// nothing written, and compared with what was acknowledged.
absl::Status Database::CheckHighWater(rocksdb::Env* env) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> acknowledged, ReadHighWater(env, directory_));
  if (!acknowledged.has_value() || *acknowledged == 0) return absl::OkStatus();
  // A process that is writing would look like damage; while we hold its lock there is none.
  rocksdb::FileLock* lock = nullptr;
  rocksdb::Status status = env->LockFile(directory_ + "/LOCK", &lock);
  if (!status.ok()) return Explain(status, directory_);
  const auto unlock = absl::MakeCleanup([env, lock] { env->UnlockFile(lock); });

  rocksdb::DBOptions options;
  options.env = env;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.info_log = std::make_shared<InfoLog>(nullptr);
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions()},
      {std::string(kEntryFamily), rocksdb::ColumnFamilyOptions()}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  status = rocksdb::DB::OpenForReadOnly(options, directory_, families, &handles, &raw);
  if (!status.ok()) return Explain(status, directory_);
  const std::unique_ptr<rocksdb::DB> db(raw);
  std::unique_ptr<rocksdb::Iterator> iterator(
      db->NewIterator(rocksdb::ReadOptions(), handles.back()));
  iterator->SeekToLast();
  int64_t size = 0;
  if (iterator->Valid()) {
    const absl::StatusOr<int64_t> last = ParseIndex(ToView(iterator->key()));
    if (last.ok()) size = *last + 1;
  }
  status = iterator->status();
  iterator.reset();
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    const rocksdb::Status destroyed = db->DestroyColumnFamilyHandle(handle);
    CHECK(destroyed.ok()) << destroyed.ToString();
  }
  if (!status.ok()) return Explain(status, directory_);
  if (size < *acknowledged) {
    return Damaged(directory_,
                   absl::StrCat("it has ", size, " entries, but ", *acknowledged,
                                " were acknowledged (HIGHWATER): its write-ahead log is damaged, "
                                "or files of an older copy were put in its place"));
  }
  return absl::OkStatus();
}

absl::Status Database::OpenHighWater(rocksdb::Env* env) {
  const std::string path = absl::StrCat(directory_, kHighWaterFile);
  ASSIGN_OR_RETURN(const std::optional<int64_t> acknowledged, ReadHighWater(env, directory_));
  if (!acknowledged.has_value()) {
    const rocksdb::Status status =
        rocksdb::WriteStringToFile(env, EncodeHighWater(entry_count()), path, /*should_sync=*/true);
    if (!status.ok()) return Explain(status, path);
  }
  high_water_ = std::make_unique<HighWater>();
  const rocksdb::Status status =
      env->NewRandomRWFile(path, &high_water_->file, rocksdb::EnvOptions());
  if (!status.ok()) return Explain(status, path);
  // Two writes in a row must not go over the slot that is known to be good.
  std::string first;
  if (rocksdb::ReadFileToString(env, path, &first).ok() &&
      absl::StartsWith(first, EncodeHighWater(acknowledged.value_or(entry_count())))) {
    high_water_->next_slot = 1;
  }
  return absl::OkStatus();
}

// Not synced: it survives the end of the process, and after a power cut it is at most too low. It
// is written after the entries are durable, so it is never too high.
void Database::WriteHighWater(int64_t entry_count) {
  if (high_water_ == nullptr) return;  // still opening
  static_assert(kHighWaterBytes == 2 * sizeof(entry_count));
  const rocksdb::Status status = high_water_->file->Write(high_water_->next_slot * kHighWaterBytes,
                                                          EncodeHighWater(entry_count));
  high_water_->next_slot = (high_water_->next_slot + 1) % kHighWaterSlots;
  if (!status.ok() && logger_ != nullptr) {
    logger_->Warning("high_water_not_written", {{"text", status.ToString()}});
  }
}

Database::~Database() {
  if (db_ == nullptr) return;
  // Handles before the database, or it waits for them in vain.
  for (const auto& [name, handle] : handles_) {
    const rocksdb::Status status = db_->DestroyColumnFamilyHandle(handle);
    CHECK(status.ok()) << status.ToString();
  }
  const rocksdb::Status status = db_->Close();
  if (!status.ok() && logger_ != nullptr) {
    logger_->Error("database_close_failed", {{"text", status.ToString()}});
  }
}

int64_t Database::entry_count() const { return size_->value.load(std::memory_order_acquire); }

rocksdb::ColumnFamilyHandle* Database::Handle(absl::string_view family) const {
  const auto found = handles_.find(std::string(family));
  CHECK(found != handles_.end()) << "no column family " << family << "; was it given to Open?";
  return found->second;
}

absl::Status Database::Check(int64_t tail_check_count) {
  rocksdb::ColumnFamilyHandle* entries = Handle(kEntryFamily);
  std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(rocksdb::ReadOptions(), entries));
  int64_t size = 0;
  iterator->SeekToLast();
  if (iterator->Valid()) {
    const absl::StatusOr<int64_t> last = ParseIndex(ToView(iterator->key()));
    if (!last.ok()) return Damaged(directory_, "the last key of the entries is not an index");
    size = *last + 1;
  }
  if (!iterator->status().ok()) return Explain(iterator->status(), directory_);

  ASSIGN_OR_RETURN(const std::optional<std::string> format, Get(kMetaFamily, kFormatKey));
  if (!format.has_value()) {
    // New, or its creation was interrupted before anything was in it. Or another program's.
    for (const auto& [name, handle] : handles_) {
      iterator.reset(db_->NewIterator(rocksdb::ReadOptions(), handle));
      iterator->SeekToFirst();
      if (iterator->Valid()) {
        return Damaged(directory_, absl::StrCat("it has no format version, but data in \"", name,
                                                "\"; or it is another program's"));
      }
      if (!iterator->status().ok()) return Explain(iterator->status(), directory_);
    }
    base::ByteWriter version;
    version.U32(kFormatVersion);
    Overlay overlay(this);
    overlay.Put(kMetaFamily, kFormatKey, version.view());
    overlay.Put(kMetaFamily, kFormatHistoryKey,
                EncodeFormatHistory({{.version = kFormatVersion, .first_entry = 0}}));
    return CommitSynced(overlay, 0);
  }
  base::ByteReader reader(*format);
  const absl::StatusOr<uint32_t> version = reader.U32();
  if (!version.ok() || !reader.AtEnd()) return Damaged(directory_, "its format version is garbled");
  RETURN_IF_ERROR(CheckVersion(*version));

  ASSIGN_OR_RETURN(const std::optional<std::string> stated, Get(kMetaFamily, kSizeKey));
  const absl::StatusOr<int64_t> stated_size =
      stated.has_value() ? ParseIndex(*stated) : absl::StatusOr<int64_t>(0);
  if (!stated_size.ok()) return Damaged(directory_, "the number of entries is garbled");
  if (*stated_size != size) {
    return Damaged(directory_, absl::StrCat("it has entries up to number ", size, ", but ",
                                            *stated_size, " were recorded"));
  }
  if (size > 0) {
    // n keys between 0 and n-1, none written twice (indices only grow) and none deleted: then none
    // is missing. The tables know their counts, so nothing is read; recovery has emptied the
    // memtables into tables.
    rocksdb::TablePropertiesCollection tables;
    const rocksdb::Status status = db_->GetPropertiesOfAllTables(entries, &tables);
    if (!status.ok()) return Explain(status, directory_);
    uint64_t count = 0;
    uint64_t deletions = 0;
    for (const auto& [name, properties] : tables) {
      count += properties->num_entries;
      deletions += properties->num_deletions;
    }
    if (count < static_cast<uint64_t>(size) || deletions > 0) {
      return Damaged(directory_,
                     absl::StrCat("entries are missing: there should be ", size, ", there are ",
                                  count, " with ", deletions, " deleted"));
    }
  }
  size_->value.store(size, std::memory_order_release);
  for (int64_t index = std::max<int64_t>(0, size - tail_check_count); index < size; ++index) {
    RETURN_IF_ERROR(ReadEntry(index).status());
  }
  // Last: what is damaged is left as it was.
  return Migrate(*version);
}

absl::Status Database::CheckVersion(uint32_t version) const {
  if (version == kFormatVersion) return absl::OkStatus();
  // Every step from there to here must be known.
  const bool known = version > 0 && version < kFormatVersion &&
                     std::all_of(FormatVersions().begin() + version, FormatVersions().end(),
                                 [](const FormatVersion& step) { return step.migrate != nullptr; });
  if (known) return absl::OkStatus();
  return base::ReasonedError(
      absl::StatusCode::kFailedPrecondition, "DATABASE_FORMAT_UNKNOWN",
      absl::StrCat("The database in ", directory_, " has format version ", version,
                   "; this program reads version ", kFormatVersion,
                   " and brings older ones up to it as docs/storage.md says: use the version of "
                   "the program that wrote it."));
}

absl::Status Database::Migrate(uint32_t version) {
  for (uint32_t from = version; from < kFormatVersion; ++from) {
    const FormatVersion& step = FormatVersions()[from];
    CHECK_EQ(step.version, from + 1) << "the table of versions has a gap";
    Overlay overlay(this);
    RETURN_IF_ERROR(step.migrate(entry_count(), overlay));
    base::ByteWriter number;
    number.U32(step.version);
    overlay.Put(kMetaFamily, kFormatKey, number.view());
    RETURN_IF_ERROR(CommitSynced(overlay, entry_count()));
    if (logger_ != nullptr) {
      logger_->Info("database_migrated", {{"from", from}, {"to", step.version}});
    }
  }
  return absl::OkStatus();
}

absl::Status Database::CommitSynced(Overlay& overlay, int64_t entry_count) {
  overlay.Put(kMetaFamily, kSizeKey, IndexKey(entry_count));
  rocksdb::WriteOptions options;
  options.sync = true;
  options.disableWAL = false;
  const rocksdb::Status status = db_->Write(options, overlay.batch_->GetWriteBatch());
  if (!status.ok()) return Explain(status, directory_);
  WriteHighWater(entry_count);
  size_->value.store(entry_count, std::memory_order_release);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Database::ReadEntryBytes(int64_t index) const {
  if (index < 0 || index >= entry_count()) {
    return base::ReasonedError(absl::StatusCode::kOutOfRange, "ENTRY_NOT_FOUND",
                               absl::StrCat("There is no entry ", index, "; the log has ",
                                            entry_count(), " entries, counted from 0."));
  }
  const std::string key = IndexKey(index);
  ASSIGN_OR_RETURN(std::optional<std::string> bytes, Get(kEntryFamily, key));
  ASSIGN_OR_RETURN(const std::optional<std::string> hash,
                   Get(kHashFamily, absl::StrCat(absl::string_view("\0", 1), key)));
  if (!bytes.has_value()) return EntryDamaged(index, directory_, "it is not there");
  if (!hash.has_value()) return EntryDamaged(index, directory_, "its hash is not there");
  if (base::DigestView(LeafHash(*bytes)) != *hash) {
    return EntryDamaged(index, directory_, "its bytes do not have the hash stored with them");
  }
  return *std::move(bytes);
}

absl::StatusOr<LoggedEntry> Database::ReadEntry(int64_t index) const {
  ASSIGN_OR_RETURN(const std::string bytes, ReadEntryBytes(index));
  absl::StatusOr<Entry> entry = DecodeEntry(bytes);
  if (!entry.ok()) return EntryDamaged(index, directory_, entry.status().message());
  LoggedEntry logged{.index = index,
                     .type = entry->type,
                     .time_us = entry->time_us,
                     .prev_size = entry->prev_size,
                     .prev_root = entry->prev_root,
                     .body = std::move(entry->body),
                     .tiers = std::move(entry->tiers),
                     .key_slot = entry->key_slot};
  if (entry->chunk_count == 0) return logged;
  if (entry->chunk_count > index) {
    return EntryDamaged(index, directory_, "its chunks would begin before the log");
  }
  for (int64_t at = index - entry->chunk_count; at < index; ++at) {
    ASSIGN_OR_RETURN(const std::string chunk_bytes, ReadEntryBytes(at));
    const absl::StatusOr<Entry> chunk = DecodeEntry(chunk_bytes);
    if (!chunk.ok()) return EntryDamaged(at, directory_, chunk.status().message());
    if (chunk->type != EntryType::kChunk) {
      return EntryDamaged(index, directory_, "what precedes it is not its chunks");
    }
    logged.body.append(chunk->body);
  }
  if (base::Sha256(absl::string_view(logged.body)) != entry->body_digest) {
    return EntryDamaged(index, directory_, "its chunks do not have the digest that it states");
  }
  return logged;
}

absl::StatusOr<std::optional<std::string>> Database::ReadSealed(int64_t index, uint8_t tier) const {
  return Get(kSectionFamily, TierKey(index, tier));
}

absl::Status Database::Compact(absl::string_view family) {
  // A write-ahead log is shared by all families and goes when none needs it any more.
  std::vector<rocksdb::ColumnFamilyHandle*> all;
  for (const auto& [name, handle] : handles_) all.push_back(handle);
  rocksdb::Status status = db_->Flush(rocksdb::FlushOptions(), all);
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  if (status.ok()) status = db_->CompactRange(options, Handle(family), nullptr, nullptr);
  return Explain(status, directory_);
}

absl::Status Database::ForEachEntry(
    int64_t first, const std::function<absl::Status(const LoggedEntry&)>& visit) const {
  const int64_t size = entry_count();
  for (int64_t index = first; index < size; ++index) {
    ASSIGN_OR_RETURN(const LoggedEntry entry, ReadEntry(index));
    if (entry.type == EntryType::kChunk) continue;
    RETURN_IF_ERROR(visit(entry));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> Database::Get(absl::string_view family,
                                                         absl::string_view key) const {
  std::string value;
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), Handle(family), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Explain(status, directory_);
  return std::optional<std::string>(std::move(value));
}

absl::StatusOr<std::optional<std::string>> Database::LastKey(absl::string_view family) const {
  const std::unique_ptr<rocksdb::Iterator> iterator(
      db_->NewIterator(rocksdb::ReadOptions(), Handle(family)));
  iterator->SeekToLast();
  if (!iterator->status().ok()) return Explain(iterator->status(), directory_);
  if (!iterator->Valid()) return std::optional<std::string>();
  return std::optional<std::string>(ToView(iterator->key()));
}

absl::Status Database::PutCosignature(absl::string_view key, absl::string_view line) {
  const rocksdb::Status status =
      db_->Put(rocksdb::WriteOptions(), Handle(kCosignatureFamily), ToSlice(key), ToSlice(line));
  return status.ok() ? absl::OkStatus() : Explain(status, directory_);
}

absl::Status Database::Scan(
    absl::string_view family, absl::string_view begin, absl::string_view end,
    const std::function<bool(absl::string_view key, absl::string_view value)>& visit) const {
  return ScanWith(
      std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(rocksdb::ReadOptions(), Handle(family))),
      begin, end, directory_, visit);
}

absl::Status Database::CheckAllEntries() const {
  const int64_t size = entry_count();
  int64_t last_time_us = 0;
  int64_t chunks_before = 0;
  for (int64_t index = 0; index < size; ++index) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadEntryBytes(index));
    const absl::StatusOr<Entry> entry = DecodeEntry(bytes);
    if (!entry.ok()) return EntryDamaged(index, directory_, entry.status().message());
    if (entry->time_us < last_time_us) {
      return EntryDamaged(index, directory_, "it is earlier than the entry before it");
    }
    last_time_us = entry->time_us;
    if (entry->prev_size > index) {
      return EntryDamaged(index, directory_, "it refers to a state after itself");
    }
    if (entry->type == EntryType::kChunk) {
      ++chunks_before;
      continue;
    }
    if (chunks_before != entry->chunk_count) {
      return EntryDamaged(
          index, directory_,
          absl::StrCat(chunks_before, " chunks stand before it, it states ", entry->chunk_count));
    }
    chunks_before = 0;
    if (entry->chunk_count > 0) RETURN_IF_ERROR(ReadEntry(index).status());
  }
  if (chunks_before != 0) {
    return EntryDamaged(size - 1, directory_, "the log ends with chunks of no entry");
  }
  return absl::OkStatus();
}

Overlay::Overlay(Database* database)
    : database_(database),
      batch_(std::make_unique<rocksdb::WriteBatchWithIndex>(
          rocksdb::BytewiseComparator(), /*reserved_bytes=*/0, /*overwrite_key=*/true)) {}

Overlay::~Overlay() = default;

void Overlay::Put(absl::string_view family, absl::string_view key, absl::string_view value) {
  const rocksdb::Status status =
      batch_->Put(database_->Handle(family), ToSlice(key), ToSlice(value));
  CHECK(status.ok()) << "a batch in memory: " << status.ToString();
}

void Overlay::Delete(absl::string_view family, absl::string_view key) {
  const rocksdb::Status status = batch_->Delete(database_->Handle(family), ToSlice(key));
  CHECK(status.ok()) << "a batch in memory: " << status.ToString();
}

absl::StatusOr<std::optional<std::string>> Overlay::Get(absl::string_view family,
                                                        absl::string_view key) const {
  std::string value;
  const rocksdb::Status status =
      batch_->GetFromBatchAndDB(database_->db_.get(), rocksdb::ReadOptions(),
                                database_->Handle(family), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Explain(status, database_->directory());
  return std::optional<std::string>(std::move(value));
}

absl::Status Overlay::Scan(
    absl::string_view family, absl::string_view begin, absl::string_view end,
    const std::function<bool(absl::string_view key, absl::string_view value)>& visit) const {
  rocksdb::ColumnFamilyHandle* handle = database_->Handle(family);
  return ScanWith(std::unique_ptr<rocksdb::Iterator>(batch_->NewIteratorWithBase(
                      handle, database_->db_->NewIterator(rocksdb::ReadOptions(), handle))),
                  begin, end, database_->directory(), visit);
}

void Overlay::Mark() { batch_->SetSavePoint(); }

void Overlay::Rewind() {
  const rocksdb::Status status = batch_->RollbackToSavePoint();
  CHECK(status.ok()) << "Rewind without Mark: " << status.ToString();
}

void Overlay::Keep() {
  const rocksdb::Status status = batch_->PopSavePoint();
  CHECK(status.ok()) << "Keep without Mark: " << status.ToString();
}

size_t Overlay::size_bytes() const { return batch_->GetWriteBatch()->GetDataSize(); }

}  // namespace aplomb::audit
