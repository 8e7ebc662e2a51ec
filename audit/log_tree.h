// The hash tree over the entries of the database, its signed heads, and proofs from both. The
// writer extends it inside its batch (Extend, then Publish once the batch is durable); everybody
// else reads what is published.
//
// The newest nodes lie in memory, so a proof for a fresh entry reads nothing from the disk; others
// are recomputed from the tiles in the family `hash`. docs/storage.md has keys and values.
#ifndef APLOMB_AUDIT_LOG_TREE_H_
#define APLOMB_AUDIT_LOG_TREE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/database.h"
#include "audit/key_change.h"
#include "audit/log_reader.h"
#include "audit/tlog/checkpoint.h"
#include "audit/tlog/note.h"
#include "audit/tlog/tree.h"
#include "base/mutex.h"

namespace aplomb::audit {

// A state of the log that was signed.
struct Head {
  uint64_t size = 0;
  tlog::Hash root = {};
  std::string checkpoint = {};  // signed note: the log's signature alone
};

// Key in the family `hash`: u8 level, u64 number in that level.
std::string HashKey(uint8_t level, uint64_t index);

// Thread-safe, but Extend and Publish, which are the writer's.
class LogTree final : public LogReader {
 public:
  // Rebuilds the edge from the hashes of `database` and compares its root with the newest signed
  // head. `key` is one of the log's keys, in force or not. `signers` have the keys in force
  // (audit/key_change.h), and perhaps others, which are set aside; without any the tree can only be
  // read. The newest head must be signed by each key in force.
  //
  //   DataLoss  LOG_DAMAGED: the hashes do not give the root that was signed, or a head is missing
  //   FailedPrecondition  LOG_KEY_WRONG: the newest head is not signed by the log's keys
  //                       LOG_KEY_MISSING: a key in force is not among `signers`
  //
  // `database` must outlive it.
  static absl::StatusOr<std::unique_ptr<LogTree>> Open(Database* database,
                                                       const tlog::VerifierKey& key,
                                                       std::vector<tlog::Signer> signers);
  // With one signer, or none.
  static absl::StatusOr<std::unique_ptr<LogTree>> Open(Database* database,
                                                       const tlog::VerifierKey& key,
                                                       std::optional<tlog::Signer> signer);

  // --- The writer's ------------------------------------------------------------------------------

  // Extends the tree by the entries that `overlay` puts, numbered from the size of the newest head,
  // whose leaf hashes are `leaves`; puts tiles and the signed head into `overlay`. Before it signs
  // it hashes the entries again as they stand in the batch and computes the root a second time by
  // another routine: Internal (TREE_MISMATCH) if they differ; nothing was signed then, and the
  // process should end. One batch at a time.
  absl::StatusOr<std::shared_ptr<const Head>> Extend(Overlay& overlay,
                                                     absl::Span<const tlog::Hash> leaves);
  // Takes one more signer, whose key a KEY entry of the next Extend may bring into force.
  void AddSigner(tlog::Signer signer) { signers_.push_back(std::move(signer)); }
  // Makes the head of the last Extend, now durable, the newest.
  void Publish(const std::shared_ptr<const Head>& head);
  // Called with each head that is published, on the writer thread; must be quick. Set before there
  // is a writer.
  void SetPublishHook(std::function<void(const std::shared_ptr<const Head>&)> hook) {
    publish_hook_ = std::move(hook);
  }
  // Also called with each publish, as long as they are added; must be quick, and must not add or
  // remove. Thread-safe. After Remove returns, it is not running and is not called again.
  uint64_t AddListener(std::function<void()> listener) const;
  void RemoveListener(uint64_t id) const;
  // What witnesses signed. Set before there are readers; `source` must be thread-safe and quick,
  // and outlive the tree.
  class CosignatureSource {
   public:
    virtual ~CosignatureSource() = default;
    // Lines for the head of that size; may be empty.
    virtual std::string Lines(uint64_t size) const = 0;
    // The newest head of more than `index` entries that the quorum has cosigned; where there is
    // none, the newest with lines; 0 if there is none either.
    virtual uint64_t NewestSize(uint64_t index) const = 0;
    // The first head of more than `index` entries that the quorum has cosigned; 0 if there is none.
    virtual uint64_t FirstQuorumSize(uint64_t index) const = 0;
  };
  // `required`: first receipts are made at heads with a quorum.
  void SetCosignatureSource(const CosignatureSource* source, bool required = false) {
    cosignatures_ = source;
    quorum_required_ = required;
  }

  // --- Readers -----------------------------------------------------------------------------------

  std::shared_ptr<const Head> head() const;
  // Root of the first `size` entries; InvalidArgument above the published size.
  absl::StatusOr<tlog::Hash> RootAt(uint64_t size) const;
  // InvalidArgument unless index < size <= published size; DataLoss if hashes are missing.
  absl::StatusOr<std::vector<tlog::Hash>> ProveInclusion(uint64_t index, uint64_t size) const;
  absl::StatusOr<std::vector<tlog::Hash>> ProveConsistency(uint64_t old_size, uint64_t size) const;
  // The receipt of an entry at the first head that covers it, with the log's signature alone: the
  // same for ever. Where a quorum is required, at the first head that covers it and that has one,
  // with its cosignatures, if there is such a head. NotFound beyond the published size.
  absl::StatusOr<tlog::Receipt> FirstReceipt(uint64_t index) const;
  // The same where the caller has the first head that covers the entry: nothing is read.
  absl::StatusOr<tlog::Receipt> FirstReceipt(uint64_t index, const Head& first) const;
  // At the newest head with cosignatures that covers it; where there is none, at the newest.
  absl::StatusOr<tlog::Receipt> NewestReceipt(uint64_t index) const;
  // The newest checkpoint that the quorum of witnesses has cosigned; where there is none, the
  // newest with a cosignature. NotFound if there is none either.
  absl::StatusOr<std::string> CosignedCheckpoint() const;

  uint64_t size() const override;
  absl::StatusOr<std::string> EntryBytes(uint64_t index) const override;
  absl::StatusOr<std::string> TileBytes(const tlog::Tile& tile) const override;
  absl::StatusOr<std::string> SignedCheckpoint() const override;
  absl::StatusOr<std::string> SignedCheckpointAt(uint64_t size) const override;
  // The newest key in force.
  tlog::VerifierKey log_key() const override { return key_history()->newest(); }
  std::vector<tlog::VerifierKey> log_keys() const override { return key_history()->All(); }
  // Which keys signed when; a snapshot.
  std::shared_ptr<const KeyHistory> key_history() const;

 private:
  // The newest nodes of one level, in order.
  struct EdgeLevel {
    uint64_t first = 0;
    std::deque<tlog::Hash> hashes;
  };
  // A complete subtree of the newest tree, kept by the second routine.
  struct Piece {
    uint64_t begin = 0;
    uint64_t end = 0;
    tlog::Hash hash = {};
  };
  class Recomputation;

  LogTree(Database* database, KeyHistory keys, std::vector<tlog::Signer> signers);
  absl::Status Load();
  // Those with the keys that `keys` has in force at `size`, in its order.
  absl::StatusOr<std::vector<const tlog::Signer*>> SignersAt(const KeyHistory& keys,
                                                             uint64_t size) const;
  absl::StatusOr<tlog::Receipt> ReceiptAt(uint64_t index, uint64_t size) const;
  std::string WithCosignatures(std::string note, uint64_t size) const;
  absl::StatusOr<tlog::Hash> ReadNode(tlog::Node node) const;
  absl::StatusOr<tlog::Hash> ReadNodeFromDisk(tlog::Node node) const;

  Database* const database_;
  std::deque<tlog::Signer> signers_;  // the writer's; never moved
  std::function<void(const std::shared_ptr<const Head>&)> publish_hook_;
  const CosignatureSource* cosignatures_ = nullptr;
  bool quorum_required_ = false;

  // Writer thread only.
  tlog::Frontier frontier_;
  std::vector<Piece> pieces_;  // the same as frontier_, computed apart
  struct Pending {
    tlog::Frontier frontier;
    std::vector<Piece> pieces;
    std::vector<std::pair<tlog::Node, tlog::Hash>> nodes;
    std::shared_ptr<const KeyHistory> keys;
  };
  std::optional<Pending> pending_;

  mutable base::Mutex listeners_mutex_;  // never held together with mutex_
  mutable std::map<uint64_t, std::function<void()>> listeners_ ABSL_GUARDED_BY(listeners_mutex_);
  mutable uint64_t next_listener_ ABSL_GUARDED_BY(listeners_mutex_) = 0;

  mutable base::Mutex mutex_;
  std::shared_ptr<const Head> head_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const KeyHistory> keys_ ABSL_GUARDED_BY(mutex_);
  std::vector<EdgeLevel> edge_ ABSL_GUARDED_BY(mutex_);
  mutable std::map<uint64_t, tlog::Hash> roots_ ABSL_GUARDED_BY(mutex_);  // of some sizes
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_LOG_TREE_H_
