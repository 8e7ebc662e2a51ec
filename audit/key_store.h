// The keys of sections, in a small database of their own, so that one can be destroyed for good: a
// key of 32 bytes is gone from the disk at once, while what it opened may linger in the main
// database as noise. Keep this directory out of long-lived backups.
//
// Keys are drawn and synced in blocks ahead of use, so that taking one costs no sync: an entry
// names its *slot*, a number from 1 that is never used twice. Slots of a block that was not used up
// before a restart are passed over.
#ifndef APLOMB_AUDIT_KEY_STORE_H_
#define APLOMB_AUDIT_KEY_STORE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "audit/sections.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/random.h"

namespace rocksdb {
class DB;
class Env;
}  // namespace rocksdb

namespace aplomb::audit {

// Tiers that have a key in each slot, from 1.
inline constexpr uint8_t kKeyTiers = 2;

struct KeyStoreOptions {
  std::string directory = {};
  bool create_if_missing = false;
  // No slots are drawn; Take and Destroy are not called.
  bool read_only = false;
  // Slots that are drawn at once.
  uint32_t block_slots = 4096;
  // Null: the operating system's.
  rocksdb::Env* env = nullptr;
  // Used on a thread of the store.
  base::Random* random = base::SystemRandom::Get();
  base::Logger* logger = nullptr;
};

// What may be taken of a slot, once.
struct SlotKeys {
  uint64_t slot = 0;
  PayloadKey keys[kKeyTiers] = {};  // of tier 1, 2, ...
};

// Thread-safe.
class KeyStore {
 public:
  // NotFound (KEY_STORE_NOT_FOUND), FailedPrecondition (DATABASE_LOCKED), DataLoss
  // (KEY_STORE_DAMAGED) and the other errors of base::FromRocksDb.
  static absl::StatusOr<std::unique_ptr<KeyStore>> Open(const KeyStoreOptions& options);
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;
  ~KeyStore();

  // A slot that nobody had, its keys durable. From memory; waits for the disk only if a whole block
  // was taken before the next was ready.
  absl::StatusOr<SlotKeys> Take();

  // The key of a slot and tier, or nothing: destroyed, or never drawn.
  absl::StatusOr<std::optional<PayloadKey>> Find(uint64_t slot, uint8_t tier) const;

  // Removes keys so that no file of the store holds them any longer: deleted, flushed, every table
  // rewritten, the old files unlinked. Slow (milliseconds to seconds); not on the writer thread.
  absl::Status Destroy(absl::Span<const std::pair<uint64_t, uint8_t>> slots_and_tiers);

  // The first slot that was never drawn when the store was opened: slots of the log are below it.
  uint64_t first_undrawn_slot() const { return first_undrawn_slot_; }
  const std::string& directory() const { return options_.directory; }

 private:
  friend class BackupAccess;  // audit/backup

  explicit KeyStore(KeyStoreOptions options);
  void Run();
  // Draws a block from `first` on and makes it durable.
  absl::StatusOr<std::vector<SlotKeys>> DrawBlock(uint64_t first) const;

  const KeyStoreOptions options_;
  std::unique_ptr<rocksdb::DB> db_;
  uint64_t first_undrawn_slot_ = 1;
  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::vector<SlotKeys> ready_ ABSL_GUARDED_BY(mutex_);  // from `taken_` on
  size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<SlotKeys> next_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_slot_ ABSL_GUARDED_BY(mutex_) = 1;  // the first that was never drawn
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread drawer_;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_KEY_STORE_H_
