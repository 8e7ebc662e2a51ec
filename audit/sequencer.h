// The one commit path. Everything that changes state or shows a ranking becomes an entry of the
// log, through one writer thread and in four steps:
//
//   Stage    runs the waiting commands one after the other; each reads the state as the commands
//            before it leave it, checks, and appends entries. An error fails that command alone.
//   Project  turns each entry into its effects on the rooms' column families. A function of the
//            entry's bytes and the state before it, and of nothing else: Rebuild runs the same
//            functions over the whole log and gets the same bytes.
//   Commit   extends the hash tree, signs its head, and makes entries, effects, hashes and head
//            durable: one RocksDB WriteBatch, one sync.
//   Publish  shows the new state and the new head to readers, then completes the commands.
//
// (On one machine Project runs while staging, because the effects go into the batch that Commit
// writes. Where Commit is a replicated log, each replica runs Project after it.)
//
// No command completes with success before its entries are durable. A failed write is never tried
// again (after a failed fsync the kernel may have dropped the pages): the sequencer fails for good.
#ifndef APLOMB_AUDIT_SEQUENCER_H_
#define APLOMB_AUDIT_SEQUENCER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "audit/database.h"
#include "audit/entry.h"
#include "audit/key_store.h"
#include "audit/log_tree.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mutex.h"

namespace aplomb::audit {

class Sequencer;
struct Batch;  // what goes into one write; inner to sequencer.cc

// Effects of entries, handed in by the room that owns the families.
struct Projection {
  // Entries of these types; a type belongs to one projection at most.
  std::vector<EntryType> types = {};
  // The only families that `project` writes.
  std::vector<ColumnFamilySpec> column_families = {};
  // Must depend on `entry` and what it reads through `overlay` in its own families only. An error
  // refuses the entry.
  std::function<absl::Status(const LoggedEntry& entry, Overlay& overlay)> project = {};
};

// What a command sees and does while it is staged, on the writer thread.
class StageContext {
 public:
  // The state with everything staged before.
  const Overlay& state() const { return *overlay_; }
  // The time that the entries of this command get.
  int64_t time_us() const { return time_us_; }

  // Appends an entry and projects it; returns its index. `prev_size`: the size of the log whose
  // state the author looked at (a decision: snapshot.revision + 1 or later); nothing: the size
  // before this batch. `tiers`, numbers 1 to kKeyTiers and none twice, are sealed under keys of
  // their own. InvalidArgument (ENTRY_TOO_LARGE) above kMaxBodyBytes, kMaxSectionsOfTier,
  // kMaxSectionBytes, kMaxTierBytes; else what the projection returns. A command that got an error
  // must return it.
  absl::StatusOr<int64_t> Append(EntryType type, absl::string_view body,
                                 const std::vector<TierSections>& tiers = {},
                                 std::optional<int64_t> prev_size = std::nullopt);

  // Of the last entry that this command appended: its bytes, and the keys that its tiers took. For
  // whoever answers with them once the entry is durable, so that they are not read again.
  const std::string& appended_bytes() const { return appended_bytes_; }
  const SlotKeys& appended_keys() const { return appended_keys_; }

  // Removes the sealed sections of a tier of an entry, whose erasure this command appends.
  void RemoveSealed(int64_t index, uint8_t tier);

  // Writes what no entry holds, in a family with `not_derived` (CHECK).
  void PutNotDerived(absl::string_view family, absl::string_view key, absl::string_view value);

 private:
  friend class Sequencer;
  StageContext() = default;
  absl::Status SealTiers(int64_t index, const std::vector<TierSections>& tiers, Entry& entry);

  Sequencer* sequencer_ = nullptr;
  Batch* batch_ = nullptr;
  Overlay* overlay_ = nullptr;
  int64_t time_us_ = 0;
  std::string appended_bytes_;
  SlotKeys appended_keys_;
};

// Names a request, so that sending it again does nothing again (AIP-155).
struct IdempotencyKey {
  std::string caller = {};           // who asks; opaque
  std::string method = {};           // full name of the method
  std::string request_id = {};       // UUID
  base::Digest request_digest = {};  // of what was asked
};

// Where the entries of a command stand.
struct Committed {
  int64_t index = -1;  // of the last entry that it appended; -1: it appended none
  int64_t time_us = 0;
  bool repeated = false;  // true: done by an earlier command of the same IdempotencyKey
  // The published head of the batch, the first that covers the entries; null if there are none. Of
  // a repeated command: one that covers them.
  std::shared_ptr<const Head> head = {};
};

struct Command {
  // Runs on the writer thread: no waiting, no I/O but through the context. With an IdempotencyKey
  // it must append an entry or return an error; without one it may find nothing to do.
  std::function<absl::Status(StageContext&)> stage = {};
  std::optional<IdempotencyKey> idempotency = {};
  // Called once, on the writer thread (or inside Submit, if that refuses): after the entries are
  // durable and published, or with the error of `stage`, or
  //   InvalidArgument    REQUEST_ID_REUSED: the request_id was used for another request
  //   ResourceExhausted  QUEUE_FULL, with base::RetryAfter
  //   Unavailable        SHUTTING_DOWN; STORAGE_FAILED or STORAGE_FULL: the disk failed or is full,
  //                      what was asked may or may not have been recorded
  // Must be quick and must not call Shutdown.
  std::function<void(const absl::StatusOr<Committed>&)> done = {};
  // False: completes once it is durable and published, whatever `completion_gate` waits for.
  bool gated = true;
};

// Calls `done` once, when commands whose entries are among the first `size` may complete, or with
// the error that they complete with; at once, or later on another thread. Must be quick.
using CompletionGate =
    std::function<void(uint64_t size, std::function<void(const absl::Status&)> done)>;

struct SequencerOptions {
  size_t queue_commands_max = 1024;
  size_t batch_commands_max = 256;
  // A batch takes no further command beyond this many bytes; one command may be larger.
  size_t batch_bytes_max = size_t{8} << 20;
  // How long an IdempotencyKey is kept, at least. Promised to callers: 24 hours.
  absl::Duration idempotency_kept = absl::Hours(48);
  // Expired keys removed with one batch, at most.
  size_t idempotency_sweep_max = 64;
  // True: a failed write aborts the process once all commands were told. A server sets it, so that
  // its supervisor starts it anew from the last durable state.
  bool abort_on_storage_failure = false;
  // How long it waits before it aborts, so that what the commands were told reaches those who
  // asked. Meanwhile everything is refused.
  absl::Duration abort_grace = absl::Milliseconds(300);
  // What completions wait for beyond durability (audit::Log::quorum_gate); empty: nothing. Commands
  // of SubmitAndWait, which the service gives itself, never wait for it.
  CompletionGate completion_gate = {};
};

// The entries of one batch, in order, without their chunks.
using PublishHook = std::function<void(absl::Span<const LoggedEntry> entries)>;

// Thread-safe.
class Sequencer {
 public:
  // Starts the writer thread. `tree` is over `database` and has its signer. `projections` must have
  // all types that commands append, but those that this room has itself (IsOwnType). All pointers
  // must outlive it. `publish` runs on the writer thread, before the commands of the batch
  // complete; may be empty.
  Sequencer(Database* database, LogTree* tree, KeyStore* keys, std::vector<Projection> projections,
            PublishHook publish, const base::Clock* clock, base::Logger* logger,
            SequencerOptions options = {});
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;
  ~Sequencer();  // Shutdown()

  // Hands over; returns at once. See Command::done.
  void Submit(Command command);
  // Submit, and waits until it is done. Not from the writer thread.
  absl::StatusOr<Committed> SubmitAndWait(std::function<absl::Status(StageContext&)> stage,
                                          std::optional<IdempotencyKey> idempotency = std::nullopt);

  // Refuses what comes, finishes what waits, ends the thread. May be called again.
  void Shutdown();

  // OK, or why it takes no commands any more (STORAGE_FAILED, SHUTTING_DOWN).
  absl::Status Health() const;
  // Commands that wait, and those refused with QUEUE_FULL since the start.
  size_t queue_depth() const;
  uint64_t queue_refusals() const;

 private:
  friend class StageContext;

  void Run();
  // The four steps.
  std::unique_ptr<Batch> Stage(std::deque<Command>& waiting);
  absl::Status Commit(Batch& batch);
  void Publish(Batch& batch);

  absl::Status StageOne(const Command& command, Batch& batch, Committed* committed);
  absl::Status SweepIdempotency(Batch& batch);
  void Fail(const absl::Status& cause, const Batch& batch, const std::deque<Command>& taken);

  Database* const database_;
  LogTree* const tree_;
  KeyStore* const keys_;
  const std::vector<Projection> projections_;
  const PublishHook publish_;
  const base::Clock* const clock_;
  base::Logger* const logger_;
  const SequencerOptions options_;

  int64_t last_time_us_ = 0;  // writer thread only

  mutable base::Mutex mutex_;
  base::CondVar wake_;
  std::deque<Command> queue_ ABSL_GUARDED_BY(mutex_);
  uint64_t queue_refusals_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::thread writer_;
};

// Types whose effects are this room's: EPOCH, EPOCH_CLOSE, ERASURE, NOTE, KEY, CHARTER.
bool IsOwnType(EntryType type);

// The Project step for one entry. Unimplemented if no projection takes its type.
absl::Status ProjectEntry(const std::vector<Projection>& projections, const LoggedEntry& entry,
                          Overlay& overlay);

// Writes the log of `source` into the empty `target`: entries copied and checked, derived families
// projected anew, the others copied. Afterwards both have the same bytes in every family.
absl::Status Rebuild(const Database& source, const std::vector<Projection>& projections,
                     Database* target);

// OK if every family of `a` has the same keys and values as in `b`; else FailedPrecondition naming
// the first difference.
absl::Status CompareFamilies(const Database& a, const Database& b);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_SEQUENCER_H_
