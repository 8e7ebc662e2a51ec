#include "audit/key_store.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/reason.h"
#include "base/status.h"
#include "base/storage/rocksdb_status.h"
#include "openssl/crypto.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"

namespace aplomb::audit {
namespace {

std::string KeyOf(uint64_t slot, uint8_t tier) {
  base::ByteWriter writer;
  writer.U64(slot);
  writer.U8(tier);
  return std::move(writer).Take();
}

// Holds the first slot that was never drawn; sorts after all slots. Without it a destroyed key
// could give its number to another.
std::string NextSlotKey() { return KeyOf(std::numeric_limits<uint64_t>::max(), 0); }

rocksdb::Slice ToSlice(absl::string_view view) { return {view.data(), view.size()}; }

rocksdb::Options MakeOptions(const KeyStoreOptions& options) {
  rocksdb::Options db;
  db.env = options.env != nullptr ? options.env : rocksdb::Env::Default();
  db.create_if_missing = options.create_if_missing;
  db.paranoid_checks = true;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.max_bgerror_resume_count = 0;
  // Random bytes.
  db.compression = rocksdb::kNoCompression;
  // A file that is done with is unlinked, not kept for another use: a destroyed key must not stay.
  db.recycle_log_file_num = 0;
  db.WAL_ttl_seconds = 0;
  db.WAL_size_limit_MB = 0;
  db.keep_log_file_num = 1;
  db.info_log_level = rocksdb::InfoLogLevel::FATAL_LEVEL;
  db.write_buffer_size = size_t{4} << 20;
  return db;
}

void Wipe(std::vector<SlotKeys>& slots) {
  if (!slots.empty()) OPENSSL_cleanse(slots.data(), slots.size() * sizeof(SlotKeys));
  slots.clear();
}

}  // namespace

KeyStore::KeyStore(KeyStoreOptions options) : options_(std::move(options)) {}

absl::StatusOr<std::unique_ptr<KeyStore>> KeyStore::Open(const KeyStoreOptions& options) {
  CHECK_GT(options.block_slots, 0U) << "a block of no slots would never be enough";
  std::unique_ptr<KeyStore> store(new KeyStore(options));
  const rocksdb::Options db_options = MakeOptions(options);
  if (!options.create_if_missing &&
      !db_options.env->FileExists(options.directory + "/CURRENT").ok()) {
    return base::ReasonedError(
        absl::StatusCode::kNotFound, "KEY_STORE_NOT_FOUND",
        absl::StrCat("There is no key store in ", options.directory,
                     ": without it no sections of the log can be read. Put it back."));
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(db_options, options.directory, &db);
  if (!status.ok()) {
    const absl::Status plain = base::FromRocksDb(status, options.directory);
    if (absl::IsFailedPrecondition(plain)) {
      return base::ReasonedError(
          plain.code(), "DATABASE_LOCKED",
          absl::StrCat(options.directory, ": the key store is in use by another process."));
    }
    if (absl::IsDataLoss(plain)) {
      return base::ReasonedError(plain.code(), "KEY_STORE_DAMAGED", plain.message());
    }
    return plain;
  }
  store->db_.reset(db);
  {
    base::MutexLock lock(&store->mutex_);
    std::string value;
    const rocksdb::Status found = db->Get(rocksdb::ReadOptions(), NextSlotKey(), &value);
    if (!found.ok() && !found.IsNotFound()) return base::FromRocksDb(found, options.directory);
    if (found.ok()) {
      base::ByteReader reader(value);
      const absl::StatusOr<uint64_t> slot = reader.U64();
      if (!slot.ok() || !reader.AtEnd()) {
        return base::ReasonedError(absl::StatusCode::kDataLoss, "KEY_STORE_DAMAGED",
                                   absl::StrCat(options.directory, ": its count is garbled"));
      }
      store->next_slot_ = *slot;
    }
    store->first_undrawn_slot_ = store->next_slot_;
  }
  if (!options.read_only) store->drawer_ = std::thread([raw = store.get()] { raw->Run(); });
  return store;
}

KeyStore::~KeyStore() {
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  if (drawer_.joinable()) drawer_.join();
  base::MutexLock lock(&mutex_);
  Wipe(ready_);
  Wipe(next_);
}

absl::StatusOr<std::vector<SlotKeys>> KeyStore::DrawBlock(uint64_t first) const {
  std::vector<SlotKeys> block(options_.block_slots);
  rocksdb::WriteBatch batch;
  for (size_t i = 0; i < block.size(); ++i) {
    block[i].slot = first + i;
    for (uint8_t tier = 1; tier <= kKeyTiers; ++tier) {
      PayloadKey& key = block[i].keys[tier - 1];
      options_.random->Fill(absl::MakeSpan(key));
      const rocksdb::Status status =
          batch.Put(KeyOf(block[i].slot, tier), ToSlice(base::DigestView(key)));
      CHECK(status.ok()) << "a batch in memory: " << status.ToString();
    }
  }
  base::ByteWriter next;
  next.U64(first + block.size());
  const rocksdb::Status counted = batch.Put(NextSlotKey(), ToSlice(next.view()));
  CHECK(counted.ok()) << "a batch in memory: " << counted.ToString();
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status status = db_->Write(options, &batch);
  if (!status.ok()) return base::FromRocksDb(status, options_.directory);
  return block;
}

// Keeps one block in reserve.
void KeyStore::Run() {
  while (true) {
    uint64_t first = 0;
    {
      base::MutexLock lock(&mutex_);
      while (!stopping_ && !next_.empty()) changed_.Wait(&mutex_);
      if (stopping_) return;
      first = next_slot_;
      next_slot_ += options_.block_slots;
    }
    absl::StatusOr<std::vector<SlotKeys>> block = DrawBlock(first);
    base::MutexLock lock(&mutex_);
    changed_.SignalAll();
    if (!block.ok()) {
      failure_ = block.status();  // as for the log: a failed write is not tried again
      if (options_.logger != nullptr) {
        options_.logger->Error("key_store_failed", {{"text", failure_.message()}});
      }
      return;
    }
    next_ = *std::move(block);
  }
}

absl::StatusOr<SlotKeys> KeyStore::Take() {
  base::MutexLock lock(&mutex_);
  while (taken_ == ready_.size()) {
    if (!next_.empty()) {
      Wipe(ready_);
      ready_.swap(next_);
      taken_ = 0;
      changed_.SignalAll();
      continue;
    }
    if (!failure_.ok()) return failure_;
    if (stopping_) return absl::UnavailableError("the key store is closing");
    changed_.Wait(&mutex_);
  }
  SlotKeys& slot = ready_[taken_++];
  SlotKeys taken = slot;
  OPENSSL_cleanse(slot.keys, sizeof(slot.keys));
  return taken;
}

absl::StatusOr<std::optional<PayloadKey>> KeyStore::Find(uint64_t slot, uint8_t tier) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), KeyOf(slot, tier), &value);
  if (status.IsNotFound()) return std::optional<PayloadKey>();
  if (!status.ok()) return base::FromRocksDb(status, options_.directory);
  ASSIGN_OR_RETURN(const PayloadKey key, base::DigestFromBytes(value));
  return std::optional<PayloadKey>(key);
}

absl::Status KeyStore::Destroy(absl::Span<const std::pair<uint64_t, uint8_t>> slots_and_tiers) {
  rocksdb::WriteBatch batch;
  for (const auto& [slot, tier] : slots_and_tiers) {
    const rocksdb::Status status = batch.Delete(KeyOf(slot, tier));
    CHECK(status.ok()) << "a batch in memory: " << status.ToString();
  }
  rocksdb::WriteOptions write;
  write.sync = true;
  rocksdb::Status status = db_->Write(write, &batch);
  // The write-ahead log that holds the key is left behind by the flush and unlinked; the tables
  // that hold it are rewritten without it, the bottommost too.
  if (status.ok()) status = db_->Flush(rocksdb::FlushOptions());
  rocksdb::CompactRangeOptions compact;
  compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  if (status.ok()) status = db_->CompactRange(compact, nullptr, nullptr);
  return base::FromRocksDb(status, options_.directory);
}

}  // namespace aplomb::audit
