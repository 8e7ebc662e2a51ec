#include "audit/sequencer.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "audit/migrations.h"
#include "audit/own_entries.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

// Keys of `idempotency`: 'k' + SHA-256 of the request's name, and 't' + time + the same, by which
// expired ones are found.
constexpr char kByKey = 'k';
constexpr char kByTime = 't';
constexpr absl::Duration kQueueFullRetry = absl::Milliseconds(200);
// A smaller step back of the clock is not worth a line.
constexpr int64_t kClockStepLoggedUs = 1'000'000;
constexpr size_t kRebuildBatchBytes = size_t{4} << 20;

struct IdempotencyRecord {
  base::Digest request_digest = {};
  int64_t index = 0;
  int64_t time_us = 0;
};

std::string HashOfKey(const IdempotencyKey& key) {
  base::ByteWriter writer;
  writer.Bytes(key.caller);
  writer.Bytes(key.method);
  writer.Bytes(key.request_id);
  return std::string(base::DigestView(base::Sha256(writer.view())));
}

std::string RecordKey(absl::string_view hash) {
  return absl::StrCat(absl::string_view(&kByKey, 1), hash);
}

std::string ExpiryKey(int64_t time_us, absl::string_view hash) {
  return absl::StrCat(absl::string_view(&kByTime, 1), IndexKey(time_us), hash);
}

std::string EncodeRecord(const IdempotencyRecord& record) {
  base::ByteWriter writer;
  writer.Digest(record.request_digest);
  writer.I64(record.index);
  writer.I64(record.time_us);
  return std::move(writer).Take();
}

absl::StatusOr<IdempotencyRecord> DecodeRecord(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  IdempotencyRecord record;
  ASSIGN_OR_RETURN(record.request_digest, reader.Digest());
  ASSIGN_OR_RETURN(record.index, reader.I64());
  ASSIGN_OR_RETURN(record.time_us, reader.I64());
  RETURN_IF_ERROR(reader.ExpectEnd());
  return record;
}

absl::Status StorageFailed(const absl::Status& cause) {
  const bool full = base::ReasonOf(cause) == "STORAGE_FULL";
  return base::ReasonedError(
      absl::StatusCode::kUnavailable, full ? "STORAGE_FULL" : "STORAGE_FAILED",
      absl::StrCat("The disk failed; what was asked may or may not have been recorded. Nothing is "
                   "accepted until the service was started anew. Ask again with the same "
                   "request_id. ",
                   cause.message()));
}

absl::Status ShuttingDown() {
  return base::ReasonedError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                             "The service is stopping; ask again in a moment.");
}

absl::Status TooLarge(absl::string_view what, size_t size, size_t allowed) {
  return base::ReasonedError(absl::StatusCode::kInvalidArgument, "ENTRY_TOO_LARGE",
                             absl::StrCat(what, ": ", size, "; allowed are ", allowed, "."));
}

absl::Status CheckTiers(const std::vector<TierSections>& tiers) {
  std::set<uint8_t> seen;
  for (const TierSections& tier : tiers) {
    CHECK(tier.tier >= 1 && tier.tier <= kKeyTiers && seen.insert(tier.tier).second)
        << "tiers that have keys, none twice";
    CHECK(!tier.values.empty()) << "a tier without sections is left out";
    if (tier.values.size() > kMaxSectionsOfTier) {
      return TooLarge("Sections of a tier", tier.values.size(), kMaxSectionsOfTier);
    }
    size_t bytes = 0;
    for (const std::string& value : tier.values) {
      if (value.size() > kMaxSectionBytes) {
        return TooLarge("Bytes of a section", value.size(), kMaxSectionBytes);
      }
      bytes += value.size();
    }
    if (bytes > kMaxTierBytes) return TooLarge("Bytes of a tier", bytes, kMaxTierBytes);
  }
  return absl::OkStatus();
}

}  // namespace

// What goes into one write.
struct Batch {
  std::vector<Command> commands;
  std::vector<absl::StatusOr<Committed>> results;  // one per command
  int64_t first_index = 0;
  int64_t next_index = 0;
  int64_t time_us = 0;
  std::vector<LoggedEntry> entries;
  std::vector<tlog::Hash> leaves;    // from first_index on
  std::shared_ptr<const Head> head;  // once committed, if there are entries
  std::unique_ptr<Overlay> overlay;
  bool has_writes = false;
};

absl::StatusOr<int64_t> StageContext::Append(EntryType type, absl::string_view body,
                                             const std::vector<TierSections>& tiers,
                                             std::optional<int64_t> prev_size) {
  if (body.size() > kMaxBodyBytes)
    return TooLarge("Bytes of the entry", body.size(), kMaxBodyBytes);
  RETURN_IF_ERROR(CheckTiers(tiers));
  CHECK(type != EntryType::kChunk) << "chunks are made here";
  const int64_t refers_to = prev_size.value_or(batch_->first_index);
  CHECK(refers_to >= 0 && refers_to <= batch_->first_index)
      << "an entry refers to a state that was durable when its batch began";

  Entry entry{.type = type, .time_us = batch_->time_us, .prev_size = refers_to};
  ASSIGN_OR_RETURN(entry.prev_root, sequencer_->tree_->RootAt(static_cast<uint64_t>(refers_to)));
  const auto write = [this](const Entry& stored) {
    appended_bytes_ = EncodeEntry(stored);
    overlay_->Put(kEntryFamily, IndexKey(batch_->next_index++), appended_bytes_);
    batch_->leaves.push_back(LeafHash(appended_bytes_));
  };
  if (body.size() > kMaxChunkBytes) {
    entry.body_digest = base::Sha256(body);
    for (size_t at = 0; at < body.size(); at += kMaxChunkBytes) {
      write({.type = EntryType::kChunk,
             .time_us = batch_->time_us,
             .prev_size = refers_to,
             .prev_root = entry.prev_root,
             .body = std::string(body.substr(at, kMaxChunkBytes))});
      ++entry.chunk_count;
    }
  } else {
    entry.body = std::string(body);
  }
  const int64_t index = batch_->next_index;
  if (!tiers.empty()) RETURN_IF_ERROR(SealTiers(index, tiers, entry));
  write(entry);
  LoggedEntry logged{.index = index,
                     .type = type,
                     .time_us = batch_->time_us,
                     .prev_size = refers_to,
                     .prev_root = entry.prev_root,
                     .body = std::string(body),
                     .tiers = entry.tiers,
                     .key_slot = entry.key_slot};
  RETURN_IF_ERROR(ProjectEntry(sequencer_->projections_, logged, *overlay_));
  batch_->entries.push_back(std::move(logged));
  batch_->has_writes = true;
  return index;
}

absl::Status StageContext::SealTiers(int64_t index, const std::vector<TierSections>& tiers,
                                     Entry& entry) {
  CHECK(sequencer_->keys_ != nullptr) << "a log without a key store takes no sections";
  ASSIGN_OR_RETURN(appended_keys_, sequencer_->keys_->Take());
  const SlotKeys& slot = appended_keys_;
  entry.key_slot = slot.slot;
  const EntryId id = EntryIdOfSlot(slot.slot);
  for (const TierSections& tier : tiers) {
    const PayloadKey& key = slot.keys[tier.tier - 1];
    entry.tiers.push_back({.tier = tier.tier,
                           .section_count = static_cast<uint16_t>(tier.values.size()),
                           .root = CommitSections(key, id, tier.values)});
    overlay_->Put(kSectionFamily, TierKey(index, tier.tier), SealSections(key, id, tier.values));
  }
  std::sort(entry.tiers.begin(), entry.tiers.end(),
            [](const TierCommitment& a, const TierCommitment& b) { return a.tier < b.tier; });
  return absl::OkStatus();
}

void StageContext::RemoveSealed(int64_t index, uint8_t tier) {
  overlay_->Delete(kSectionFamily, TierKey(index, tier));
  batch_->has_writes = true;
}

void StageContext::PutNotDerived(absl::string_view family, absl::string_view key,
                                 absl::string_view value) {
  const std::vector<ColumnFamilySpec>& families = overlay_->database().families();
  const auto spec = std::find_if(families.begin(), families.end(),
                                 [family](const ColumnFamilySpec& f) { return f.name == family; });
  CHECK(spec != families.end() && spec->not_derived)
      << family << " follows from the entries; only its projection writes it";
  overlay_->Put(family, key, value);
  batch_->has_writes = true;
}

bool IsOwnType(EntryType type) {
  switch (type) {
    case EntryType::kEpoch:
    case EntryType::kEpochClose:
    case EntryType::kErasure:
    case EntryType::kNote:
    case EntryType::kKey:
    case EntryType::kCharter:
      return true;
    default:
      return false;
  }
}

absl::Status ProjectEntry(const std::vector<Projection>& projections, const LoggedEntry& entry,
                          Overlay& overlay) {
  if (IsOwnType(entry.type)) return ProjectOwnEntry(entry, overlay);
  for (const Projection& projection : projections) {
    if (std::find(projection.types.begin(), projection.types.end(), entry.type) !=
        projection.types.end()) {
      return projection.project(entry, overlay);
    }
  }
  return absl::UnimplementedError(
      absl::StrCat("No room takes entries of type ", EntryTypeName(entry.type), "."));
}

Sequencer::Sequencer(Database* database, LogTree* tree, KeyStore* keys,
                     std::vector<Projection> projections, PublishHook publish,
                     const base::Clock* clock, base::Logger* logger, SequencerOptions options)
    : database_(database),
      tree_(tree),
      keys_(keys),
      projections_(std::move(projections)),
      publish_(std::move(publish)),
      clock_(clock),
      logger_(logger),
      options_(options) {
  CHECK(options_.queue_commands_max > 0 && options_.batch_commands_max > 0)
      << "limits of 0 would accept nothing";
  std::map<EntryType, int> owners;
  for (const Projection& projection : projections_) {
    for (const EntryType type : projection.types) {
      CHECK(!IsOwnType(type)) << EntryTypeName(type) << " is projected by the log itself";
      CHECK_EQ(++owners[type], 1) << "two projections take " << EntryTypeName(type);
    }
  }
  if (const int64_t size = database_->entry_count(); size > 0) {
    const absl::StatusOr<LoggedEntry> last = database_->ReadEntry(size - 1);
    if (last.ok()) {
      last_time_us_ = last->time_us;
    } else {  // Open had read it; the disk failed since.
      base::MutexLock lock(&mutex_);
      failure_ = StorageFailed(last.status());
    }
  }
  writer_ = std::thread([this] { Run(); });
}

Sequencer::~Sequencer() { Shutdown(); }

void Sequencer::Submit(Command command) {
  CHECK(command.stage && command.done) << "a command has both functions";
  absl::Status refusal;
  {
    base::MutexLock lock(&mutex_);
    if (!failure_.ok()) {
      refusal = failure_;
    } else if (stopping_) {
      refusal = ShuttingDown();
    } else if (queue_.size() >= options_.queue_commands_max) {
      ++queue_refusals_;
      refusal = base::WithRetryAfter(
          base::ReasonedError(
              absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
              absl::StrCat("Too many changes are waiting (", options_.queue_commands_max,
                           "); ask again in a moment.")),
          kQueueFullRetry);
    } else {
      queue_.push_back(std::move(command));
      wake_.Signal();
      return;
    }
  }
  command.done(refusal);
}

absl::StatusOr<Committed> Sequencer::SubmitAndWait(std::function<absl::Status(StageContext&)> stage,
                                                   std::optional<IdempotencyKey> idempotency) {
  CHECK(std::this_thread::get_id() != writer_.get_id()) << "the writer would wait for itself";
  // Shared: the writer may still be inside Signal when this returns.
  struct Waiting {
    base::Mutex mutex;
    base::CondVar done;
    std::optional<absl::StatusOr<Committed>> result ABSL_GUARDED_BY(mutex);
  };
  const auto waiting = std::make_shared<Waiting>();
  Submit({.stage = std::move(stage),
          .idempotency = std::move(idempotency),
          .done = [waiting](const absl::StatusOr<Committed>& result) {
            base::MutexLock lock(&waiting->mutex);
            waiting->result = result;
            waiting->done.Signal();
          },
          .gated = false});
  base::MutexLock lock(&waiting->mutex);
  while (!waiting->result.has_value()) waiting->done.Wait(&waiting->mutex);
  return *waiting->result;
}

void Sequencer::Shutdown() {
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.Signal();
  }
  if (writer_.joinable()) writer_.join();
}

absl::Status Sequencer::Health() const {
  base::MutexLock lock(&mutex_);
  if (!failure_.ok()) return failure_;
  return stopping_ ? ShuttingDown() : absl::OkStatus();
}

size_t Sequencer::queue_depth() const {
  base::MutexLock lock(&mutex_);
  return queue_.size();
}

uint64_t Sequencer::queue_refusals() const {
  base::MutexLock lock(&mutex_);
  return queue_refusals_;
}

void Sequencer::Run() {
  std::deque<Command> taken;
  while (true) {
    if (taken.empty()) {
      base::MutexLock lock(&mutex_);
      while (queue_.empty() && !stopping_) wake_.Wait(&mutex_);
      if (queue_.empty()) return;
      for (size_t i = 0; i < options_.batch_commands_max && !queue_.empty(); ++i) {
        taken.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    const std::unique_ptr<Batch> batch = Stage(taken);
    if (const absl::Status status = Commit(*batch); !status.ok()) {
      Fail(status, *batch, taken);
      return;
    }
    Publish(*batch);
  }
}

std::unique_ptr<Batch> Sequencer::Stage(std::deque<Command>& waiting) {
  auto batch = std::make_unique<Batch>();
  batch->first_index = database_->entry_count();
  batch->next_index = batch->first_index;
  batch->overlay = std::make_unique<Overlay>(database_);
  const int64_t now_us = absl::ToUnixMicros(clock_->Now());
  if (now_us < last_time_us_ - kClockStepLoggedUs) {
    logger_->Warning("clock_went_back", {{"by_us", last_time_us_ - now_us}});
  }
  batch->time_us = std::max(last_time_us_, now_us);
  while (!waiting.empty() && batch->commands.size() < options_.batch_commands_max &&
         batch->overlay->size_bytes() < options_.batch_bytes_max) {
    Committed committed;
    const absl::Status status = StageOne(waiting.front(), *batch, &committed);
    batch->results.push_back(status.ok() ? absl::StatusOr<Committed>(committed) : status);
    batch->commands.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  return batch;
}

absl::Status Sequencer::StageOne(const Command& command, Batch& batch, Committed* committed) {
  Overlay& overlay = *batch.overlay;
  std::string hash;
  if (command.idempotency.has_value()) {
    hash = HashOfKey(*command.idempotency);
    ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                     overlay.Get(kIdempotencyFamily, RecordKey(hash)));
    if (stored.has_value()) {
      ASSIGN_OR_RETURN(const IdempotencyRecord record, DecodeRecord(*stored));
      if (record.request_digest != command.idempotency->request_digest) {
        return base::ReasonedError(
            absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED",
            "This request_id was used for another request; draw a new one for each request.");
      }
      *committed = {.index = record.index, .time_us = record.time_us, .repeated = true};
      return absl::OkStatus();
    }
  }

  const int64_t next_index_before = batch.next_index;
  const size_t entries_before = batch.entries.size();
  const size_t leaves_before = batch.leaves.size();
  const bool has_writes_before = batch.has_writes;
  overlay.Mark();
  StageContext context;
  context.sequencer_ = this;
  context.batch_ = &batch;
  context.overlay_ = &overlay;
  context.time_us_ = batch.time_us;
  if (absl::Status status = command.stage(context); !status.ok()) {
    overlay.Rewind();
    batch.next_index = next_index_before;
    batch.entries.resize(entries_before);
    batch.leaves.resize(leaves_before);
    batch.has_writes = has_writes_before;
    return status;
  }
  overlay.Keep();
  const bool appended = batch.entries.size() > entries_before;
  *committed = {.index = appended ? batch.next_index - 1 : -1, .time_us = batch.time_us};
  if (command.idempotency.has_value()) {
    CHECK(appended) << "a command that can be repeated appends an entry";
    overlay.Put(kIdempotencyFamily, RecordKey(hash),
                EncodeRecord({.request_digest = command.idempotency->request_digest,
                              .index = committed->index,
                              .time_us = batch.time_us}));
    overlay.Put(kIdempotencyFamily, ExpiryKey(batch.time_us, hash), "");
  }
  return absl::OkStatus();
}

absl::Status Sequencer::SweepIdempotency(Batch& batch) {
  const int64_t before_us = batch.time_us - absl::ToInt64Microseconds(options_.idempotency_kept);
  if (before_us <= 0) return absl::OkStatus();
  std::vector<std::string> expired;
  RETURN_IF_ERROR(batch.overlay->Scan(kIdempotencyFamily, absl::string_view(&kByTime, 1),
                                      ExpiryKey(before_us, ""),
                                      [&](absl::string_view key, absl::string_view) {
                                        expired.emplace_back(key);
                                        return expired.size() < options_.idempotency_sweep_max;
                                      }));
  for (const std::string& key : expired) {
    batch.overlay->Delete(kIdempotencyFamily, key);
    batch.overlay->Delete(kIdempotencyFamily, RecordKey(absl::string_view(key).substr(1 + 8)));
  }
  return absl::OkStatus();
}

absl::Status Sequencer::Commit(Batch& batch) {
  if (!batch.has_writes) return absl::OkStatus();
  RETURN_IF_ERROR(SweepIdempotency(batch));
  if (!batch.leaves.empty()) {
    ASSIGN_OR_RETURN(batch.head, tree_->Extend(*batch.overlay, batch.leaves));
  }
  RETURN_IF_ERROR(database_->CommitSynced(*batch.overlay, batch.next_index));
  last_time_us_ = batch.time_us;
  return absl::OkStatus();
}

void Sequencer::Publish(Batch& batch) {
  // First what the entries mean, then the head that covers them: whoever reads the head and then
  // the state sees a state that is at least as new.
  if (publish_ && !batch.entries.empty()) publish_(batch.entries);
  if (batch.head != nullptr) tree_->Publish(batch.head);
  const std::shared_ptr<const Head> head = tree_->head();
  for (size_t i = 0; i < batch.commands.size(); ++i) {
    absl::StatusOr<Committed>& result = batch.results[i];
    if (result.ok() && result->index >= 0) {
      result->head = head;
      if (options_.completion_gate && batch.commands[i].gated) {
        options_.completion_gate(
            static_cast<uint64_t>(result->index) + 1,
            [done = std::move(batch.commands[i].done), committed = *result](
                const absl::Status& status) {
              done(status.ok() ? absl::StatusOr<Committed>(committed) : status);
            });
        continue;
      }
    }
    batch.commands[i].done(batch.results[i]);
  }
}

void Sequencer::Fail(const absl::Status& cause, const Batch& batch,
                     const std::deque<Command>& taken) {
  const absl::Status failure = StorageFailed(cause);
  std::deque<Command> queued;
  {
    base::MutexLock lock(&mutex_);
    failure_ = failure;
    queued.swap(queue_);
  }
  logger_->Error("storage_failed", {{"text", cause.message()}});
  for (size_t i = 0; i < batch.commands.size(); ++i) {
    // What was refused while staging stays refused for its own reason.
    batch.commands[i].done(batch.results[i].ok() ? absl::StatusOr<Committed>(failure)
                                                 : batch.results[i]);
  }
  for (const Command& command : taken) command.done(failure);
  for (const Command& command : queued) command.done(failure);
  if (options_.abort_on_storage_failure) {
    const int64_t end = base::SystemClock::Get()->MonotonicNanos() +
                        absl::ToInt64Nanoseconds(options_.abort_grace);
    base::MutexLock lock(&mutex_);
    while (!stopping_) {
      const int64_t left = end - base::SystemClock::Get()->MonotonicNanos();
      if (left <= 0) break;
      wake_.WaitFor(&mutex_, absl::Nanoseconds(left));
    }
    std::abort();
  }
}

absl::Status Rebuild(const Database& source, const std::vector<Projection>& projections,
                     Database* target) {
  if (target->entry_count() != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("The database in ", target->directory(), " is not empty."));
  }
  for (const ColumnFamilySpec& family : source.families()) {
    if (std::find(target->families().begin(), target->families().end(), family) ==
        target->families().end()) {
      return absl::FailedPreconditionError(absl::StrCat("The database in ", target->directory(),
                                                        " has no family ", family.name, "."));
    }
  }
  auto overlay = std::make_unique<Overlay>(target);
  const auto flush_if_large = [&](int64_t size) -> absl::Status {
    if (overlay->size_bytes() < kRebuildBatchBytes) return absl::OkStatus();
    RETURN_IF_ERROR(target->CommitSynced(*overlay, size));
    overlay = std::make_unique<Overlay>(target);
    return absl::OkStatus();
  };
  const int64_t size = source.entry_count();
  int64_t whole = 0;  // entries up to the last that is not a chunk
  tlog::Frontier frontier;
  for (int64_t index = 0; index < size; ++index) {
    ASSIGN_OR_RETURN(const std::string bytes, source.ReadEntryBytes(index));
    overlay->Put(kEntryFamily, IndexKey(index), bytes);
    frontier.Append(LeafHash(bytes), [&](tlog::Node node, const tlog::Hash& hash) {
      if (node.level % tlog::kTileHeight != 0) return;
      overlay->Put(kHashFamily, HashKey(node.level, node.index), base::DigestView(hash));
    });
    ASSIGN_OR_RETURN(const LoggedEntry entry, source.ReadEntry(index));
    if (entry.type == EntryType::kChunk) continue;
    RETURN_IF_ERROR(ProjectEntry(projections, entry, *overlay));
    whole = index + 1;
    RETURN_IF_ERROR(flush_if_large(whole));
  }
  if (whole != size) {
    return base::ReasonedError(
        absl::StatusCode::kDataLoss, "ENTRY_DAMAGED",
        absl::StrCat("The log in ", source.directory(), " ends with ", size - whole,
                     " chunks of no entry (from entry ", whole,
                     " on): an entry and its chunks are written together, so this is damage."));
  }
  // What the log does not tell: which versions the database has had.
  ASSIGN_OR_RETURN(const std::optional<std::string> history,
                   source.Get(kMetaFamily, kFormatHistoryKey));
  if (history.has_value()) overlay->Put(kMetaFamily, kFormatHistoryKey, *history);
  for (const ColumnFamilySpec& family : source.families()) {
    const bool done =
        family.name == kEntryFamily || family.name == kHashFamily || family.name == kMetaFamily;
    if (!family.not_derived || done) continue;
    RETURN_IF_ERROR(
        source.Scan(family.name, "", "", [&](absl::string_view key, absl::string_view value) {
          overlay->Put(family.name, key, value);
          return true;
        }));
    RETURN_IF_ERROR(flush_if_large(whole));
  }
  return target->CommitSynced(*overlay, size);
}

absl::Status CompareFamilies(const Database& a, const Database& b) {
  for (const ColumnFamilySpec& family : a.families()) {
    absl::Status difference;
    int64_t count = 0;
    RETURN_IF_ERROR(
        a.Scan(family.name, "", "", [&](absl::string_view key, absl::string_view value) {
          ++count;
          const absl::StatusOr<std::optional<std::string>> other = b.Get(family.name, key);
          if (!other.ok()) {
            difference = other.status();
          } else if (!other->has_value() || **other != value) {
            difference = absl::FailedPreconditionError(
                absl::StrCat("Family ", family.name, ", key ", absl::CHexEscape(key), ": ",
                             other->has_value() ? "the values differ." : "only in the first."));
          }
          return difference.ok();
        }));
    RETURN_IF_ERROR(difference);
    RETURN_IF_ERROR(b.Scan(family.name, "", "", [&](absl::string_view, absl::string_view) {
      --count;
      return true;
    }));
    if (count != 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("Family ", family.name, ": ", -count, " keys only in the second."));
    }
  }
  return absl::OkStatus();
}

}  // namespace aplomb::audit
