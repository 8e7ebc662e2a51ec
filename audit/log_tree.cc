#include "audit/log_tree.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/entry.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

// Nodes kept in memory per level: proofs for the newest entries need no disk.
constexpr size_t kEdgeNodes = 8192;
constexpr size_t kEdgeLevels = 63;
constexpr size_t kRootsMax = 1024;

absl::Status Damaged(const Database& database, absl::string_view what) {
  return base::ReasonedError(
      absl::StatusCode::kDataLoss, "LOG_DAMAGED",
      absl::StrCat(
          "The log in ", database.directory(), " is damaged: ", what,
          ". Nothing is signed on top of it. Keep the directory for an enquiry and restore "
          "a backup that is not older than the newest receipt."));
}

absl::Status BeyondHead(absl::string_view what, uint64_t number, uint64_t size) {
  return base::ReasonedError(absl::StatusCode::kNotFound, "ENTRY_NOT_FOUND",
                             absl::StrCat("There is no ", what, " ", number,
                                          "; the published log has ", size, " entries."));
}

std::string SizeKey(uint64_t size) {
  base::ByteWriter writer;
  writer.U64(size);
  return std::move(writer).Take();
}

}  // namespace

std::string HashKey(uint8_t level, uint64_t index) {
  base::ByteWriter writer;
  writer.U8(level);
  writer.U64(index);
  return std::move(writer).Take();
}

// The second routine: RFC 6962, 2.1 as it is defined, from the root down, over leaves that were
// hashed from the bytes of the batch and the complete subtrees of the tree before.
class LogTree::Recomputation {
 public:
  Recomputation(const std::vector<Piece>& pieces, uint64_t old_size,
                std::vector<tlog::Hash> new_leaves)
      : pieces_(pieces), old_size_(old_size), leaves_(std::move(new_leaves)) {}

  // MTH of the entries [begin, end).
  tlog::Hash Hash(uint64_t begin, uint64_t end) const {
    if (end <= old_size_) {
      for (const Piece& piece : pieces_) {
        if (piece.begin == begin && piece.end == end) return piece.hash;
      }
      CHECK(false) << "a range below the old size is a complete subtree of the old tree";
    }
    const uint64_t count = end - begin;
    if (count == 1) return leaves_[begin - old_size_];
    uint64_t left = 1;
    while (2 * left < count) left *= 2;
    return tlog::NodeHash(Hash(begin, begin + left), Hash(begin + left, end));
  }

  // The complete subtrees of the first `size` entries, largest first.
  std::vector<Piece> Pieces(uint64_t size) const {
    std::vector<Piece> pieces;
    uint64_t begin = 0;
    for (int level = 62; level >= 0; --level) {
      const uint64_t count = uint64_t{1} << level;
      if ((size & count) == 0) continue;
      pieces.push_back({.begin = begin, .end = begin + count, .hash = Hash(begin, begin + count)});
      begin += count;
    }
    return pieces;
  }

  static tlog::Hash Root(const std::vector<Piece>& pieces) {
    if (pieces.empty()) return tlog::EmptyRoot();
    tlog::Hash root = pieces.back().hash;
    for (size_t i = pieces.size() - 1; i-- > 0;) root = tlog::NodeHash(pieces[i].hash, root);
    return root;
  }

 private:
  const std::vector<Piece>& pieces_;
  const uint64_t old_size_;
  const std::vector<tlog::Hash> leaves_;
};

LogTree::LogTree(Database* database, KeyHistory keys, std::vector<tlog::Signer> signers)
    : database_(database),
      signers_(std::make_move_iterator(signers.begin()), std::make_move_iterator(signers.end())),
      keys_(std::make_shared<const KeyHistory>(std::move(keys))) {}

absl::StatusOr<std::unique_ptr<LogTree>> LogTree::Open(Database* database,
                                                       const tlog::VerifierKey& key,
                                                       std::vector<tlog::Signer> signers) {
  ASSIGN_OR_RETURN(KeyHistory keys, KeyHistory::Read(*database, key));
  std::unique_ptr<LogTree> tree(new LogTree(database, std::move(keys), std::move(signers)));
  RETURN_IF_ERROR(tree->Load());
  return tree;
}

absl::StatusOr<std::unique_ptr<LogTree>> LogTree::Open(Database* database,
                                                       const tlog::VerifierKey& key,
                                                       std::optional<tlog::Signer> signer) {
  std::vector<tlog::Signer> signers;
  if (signer.has_value()) signers.push_back(*std::move(signer));
  return Open(database, key, std::move(signers));
}

absl::StatusOr<std::vector<const tlog::Signer*>> LogTree::SignersAt(const KeyHistory& keys,
                                                                    uint64_t size) const {
  std::vector<const tlog::Signer*> signers;
  for (const tlog::VerifierKey& key : keys.InForce(size)) {
    const auto at = std::find_if(signers_.begin(), signers_.end(),
                                 [&key](const tlog::Signer& s) { return s.key() == key; });
    if (at == signers_.end()) {
      return base::ReasonedError(
          absl::StatusCode::kFailedPrecondition, "LOG_KEY_MISSING",
          absl::StrCat("The log in ", database_->directory(), " is signed by the key ",
                       key.ToString(), ", which is not among the key files. Put it back."));
    }
    signers.push_back(&*at);
  }
  return signers;
}

absl::Status LogTree::Load() {
  const auto size = static_cast<uint64_t>(database_->entry_count());
  auto head = std::make_shared<Head>();
  head->size = size;
  base::MutexLock lock(&mutex_);
  std::vector<const tlog::Signer*> signers;
  if (!signers_.empty()) {
    ASSIGN_OR_RETURN(signers, SignersAt(*keys_, size));
  }
  edge_.resize(kEdgeLevels);
  if (size == 0) {
    head->root = tlog::EmptyRoot();
    if (!signers.empty()) {
      head->checkpoint = tlog::SignCheckpoint(
          {.origin = keys_->first().name, .size = 0, .root = head->root}, signers);
    }
    head_ = std::move(head);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<std::string>> note = database_->Get(kHeadFamily, SizeKey(size));
  RETURN_IF_ERROR(note.status());
  if (!note->has_value()) {
    return Damaged(*database_, absl::StrCat("its ", size, " entries have no signed head"));
  }
  const absl::StatusOr<tlog::Checkpoint> checkpoint = keys_->Open(**note);
  if (!checkpoint.ok()) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "LOG_KEY_WRONG",
        absl::StrCat("The newest head of the log in ", database_->directory(),
                     " is not signed by the key ", keys_->newest().ToString(), ": ",
                     checkpoint.status().message(),
                     ". Give the key file that the log has; it is carried on with another key only "
                     "after `aplomb log rotate-key`."));
  }
  if (checkpoint->size != size) {
    return Damaged(*database_,
                   absl::StrCat("the head of ", size, " entries says ", checkpoint->size));
  }
  absl::StatusOr<tlog::Frontier> frontier =
      tlog::Frontier::Read(size, [this](tlog::Node node) { return ReadNodeFromDisk(node); });
  RETURN_IF_ERROR(frontier.status());
  if (frontier->Root() != checkpoint->root) {
    return Damaged(*database_, absl::StrCat("the hashes of its ", size,
                                            " entries do not give the root that was signed"));
  }
  frontier_ = *std::move(frontier);
  uint64_t begin = 0;
  for (int level = kEdgeLevels - 1; level >= 0; --level) {
    edge_[level].first = size >> level;
    if ((size >> level & 1) == 0) continue;
    ASSIGN_OR_RETURN(const tlog::Hash hash,
                     ReadNodeFromDisk({static_cast<uint8_t>(level), (size >> level) - 1}));
    edge_[level].first = (size >> level) - 1;
    edge_[level].hashes.push_back(hash);
    const uint64_t count = uint64_t{1} << level;
    pieces_.push_back({.begin = begin, .end = begin + count, .hash = hash});
    begin += count;
  }
  head->root = checkpoint->root;
  head->checkpoint = **std::move(note);
  head_ = std::move(head);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Head>> LogTree::Extend(Overlay& overlay,
                                                            absl::Span<const tlog::Hash> leaves) {
  CHECK(!signers_.empty()) << "a tree without a signer is only read";
  CHECK(!leaves.empty()) << "a batch without entries has no head of its own";
  const std::shared_ptr<const Head> old_head = head();
  const uint64_t old_size = old_head->size;
  const uint64_t size = old_size + leaves.size();
  const auto mismatch = [](absl::string_view what) {
    return base::ReasonedError(
        absl::StatusCode::kInternal, "TREE_MISMATCH",
        absl::StrCat("Two computations of the log's tree differ (", what,
                     "): memory or processor cannot be trusted. Nothing was signed."));
  };

  Pending pending;
  pending.frontier = frontier_;
  for (const tlog::Hash& leaf : leaves) {
    pending.frontier.Append(leaf, [&](tlog::Node node, const tlog::Hash& hash) {
      pending.nodes.emplace_back(node, hash);
      if (node.level % tlog::kTileHeight == 0) {
        overlay.Put(kHashFamily, HashKey(node.level, node.index), base::DigestView(hash));
      }
    });
  }
  const tlog::Hash root = pending.frontier.Root();

  // Verify before signing.
  if (Recomputation::Root(pieces_) != old_head->root) return mismatch("the tree before");
  std::vector<tlog::Hash> rehashed;
  rehashed.reserve(leaves.size());
  pending.keys = key_history();
  for (uint64_t index = old_size; index < size; ++index) {
    ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                     overlay.Get(kEntryFamily, SizeKey(index)));
    if (!bytes.has_value()) return mismatch(absl::StrCat("entry ", index, " is not in the batch"));
    rehashed.push_back(tlog::LeafHash(*bytes));
    if (static_cast<uint8_t>((*bytes)[kEntryMagic.size()]) ==
        static_cast<uint8_t>(EntryType::kKey)) {
      ASSIGN_OR_RETURN(const Entry entry, DecodeEntry(*bytes));
      ASSIGN_OR_RETURN(const KeyChange change, DecodeKeyChange(entry.body));
      auto changed = std::make_shared<KeyHistory>(*pending.keys);
      RETURN_IF_ERROR(changed->Add(static_cast<int64_t>(index), change));
      pending.keys = std::move(changed);
    }
  }
  const Recomputation second(pieces_, old_size, std::move(rehashed));
  pending.pieces = second.Pieces(size);
  if (Recomputation::Root(pending.pieces) != root) return mismatch("the root");
  for (const auto& [node, hash] : pending.nodes) {
    if (node.level % tlog::kTileHeight != 0) continue;
    ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                     overlay.Get(kHashFamily, HashKey(node.level, node.index)));
    const tlog::Hash expected =
        second.Hash(node.index << node.level, (node.index + 1) << node.level);
    if (!stored.has_value() || *stored != base::DigestView(expected)) {
      return mismatch(absl::StrCat("node ", node.index, " of level ", node.level));
    }
  }

  auto head = std::make_shared<Head>();
  head->size = size;
  head->root = root;
  ASSIGN_OR_RETURN(const std::vector<const tlog::Signer*> signers, SignersAt(*pending.keys, size));
  head->checkpoint = tlog::SignCheckpoint(
      {.origin = pending.keys->first().name, .size = size, .root = root}, signers);
  overlay.Put(kHeadFamily, SizeKey(size), head->checkpoint);
  pending_ = std::move(pending);
  return std::shared_ptr<const Head>(std::move(head));
}

void LogTree::Publish(const std::shared_ptr<const Head>& head) {
  CHECK(pending_.has_value() && pending_->frontier.size() == head->size)
      << "publishes what was extended";
  {
    base::MutexLock lock(&mutex_);
    for (const auto& [node, hash] : pending_->nodes) {
      EdgeLevel& level = edge_[node.level];
      CHECK_EQ(level.first + level.hashes.size(), node.index) << "nodes complete in order";
      level.hashes.push_back(hash);
      if (level.hashes.size() > kEdgeNodes) {
        level.hashes.pop_front();
        ++level.first;
      }
    }
    head_ = head;
    keys_ = std::move(pending_->keys);
  }
  frontier_ = std::move(pending_->frontier);
  pieces_ = std::move(pending_->pieces);
  pending_.reset();
  if (publish_hook_) publish_hook_(head);
  base::MutexLock lock(&listeners_mutex_);
  for (const auto& [id, listener] : listeners_) listener();
}

uint64_t LogTree::AddListener(std::function<void()> listener) const {
  base::MutexLock lock(&listeners_mutex_);
  listeners_.emplace(next_listener_, std::move(listener));
  return next_listener_++;
}

void LogTree::RemoveListener(uint64_t id) const {
  base::MutexLock lock(&listeners_mutex_);
  listeners_.erase(id);
}

std::shared_ptr<const KeyHistory> LogTree::key_history() const {
  base::MutexLock lock(&mutex_);
  return keys_;
}

std::shared_ptr<const Head> LogTree::head() const {
  base::MutexLock lock(&mutex_);
  return head_;
}

absl::StatusOr<tlog::Hash> LogTree::ReadNodeFromDisk(tlog::Node node) const {
  const uint8_t below = node.level % tlog::kTileHeight;
  const auto level = static_cast<uint8_t>(node.level - below);
  const uint64_t count = uint64_t{1} << below;
  const uint64_t first = node.index << below;
  std::vector<tlog::Hash> hashes;
  absl::Status bad;
  RETURN_IF_ERROR(
      database_->Scan(kHashFamily, HashKey(level, first), HashKey(level, first + count),
                      [&](absl::string_view key, absl::string_view value) {
                        const absl::StatusOr<base::Digest> hash = base::DigestFromBytes(value);
                        if (!hash.ok() || key != HashKey(level, first + hashes.size())) {
                          bad = hash.ok() ? absl::DataLossError("a gap") : hash.status();
                          return false;
                        }
                        hashes.push_back(*hash);
                        return true;
                      }));
  if (!bad.ok() || hashes.size() != count) {
    return Damaged(*database_, absl::StrCat("hash ", first + hashes.size(), " of level ", level,
                                            " is missing or not a hash"));
  }
  for (size_t width = hashes.size(); width > 1; width /= 2) {
    for (size_t i = 0; i < width / 2; ++i) {
      hashes[i] = tlog::NodeHash(hashes[2 * i], hashes[2 * i + 1]);
    }
  }
  return hashes[0];
}

absl::StatusOr<tlog::Hash> LogTree::ReadNode(tlog::Node node) const {
  {
    base::MutexLock lock(&mutex_);
    const EdgeLevel& level = edge_[node.level];
    if (node.index >= level.first && node.index < level.first + level.hashes.size()) {
      return level.hashes[node.index - level.first];
    }
  }
  return ReadNodeFromDisk(node);
}

absl::StatusOr<tlog::Hash> LogTree::RootAt(uint64_t size) const {
  {
    base::MutexLock lock(&mutex_);
    if (size > head_->size) {
      return absl::InvalidArgumentError(
          absl::StrCat("the published log has ", head_->size, " entries, not ", size));
    }
    if (size == head_->size) return head_->root;
    if (const auto found = roots_.find(size); found != roots_.end()) return found->second;
  }
  ASSIGN_OR_RETURN(const tlog::Hash root,
                   tlog::TreeRoot(size, [this](tlog::Node node) { return ReadNode(node); }));
  base::MutexLock lock(&mutex_);
  if (roots_.size() >= kRootsMax) roots_.erase(roots_.begin());
  roots_.emplace(size, root);
  return root;
}

absl::StatusOr<std::vector<tlog::Hash>> LogTree::ProveInclusion(uint64_t index,
                                                                uint64_t size) const {
  if (size > this->size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the published log has ", this->size(), " entries, not ", size));
  }
  return tlog::ProveInclusion(index, size, [this](tlog::Node node) { return ReadNode(node); });
}

absl::StatusOr<std::vector<tlog::Hash>> LogTree::ProveConsistency(uint64_t old_size,
                                                                  uint64_t size) const {
  if (size > this->size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the published log has ", this->size(), " entries, not ", size));
  }
  return tlog::ProveConsistency(old_size, size, [this](tlog::Node node) { return ReadNode(node); });
}

std::string LogTree::WithCosignatures(std::string note, uint64_t size) const {
  if (cosignatures_ != nullptr) note += cosignatures_->Lines(size);
  return note;
}

absl::StatusOr<tlog::Receipt> LogTree::FirstReceipt(uint64_t index) const {
  if (index >= size()) return BeyondHead("entry", index, size());
  if (quorum_required_ && cosignatures_ != nullptr) {
    const uint64_t at = cosignatures_->FirstQuorumSize(index);
    if (at != 0) return ReceiptAt(index, at);
  }
  tlog::Receipt receipt;
  receipt.index = index;
  uint64_t head_size = 0;
  RETURN_IF_ERROR(database_->Scan(kHeadFamily, SizeKey(index + 1), "",
                                  [&](absl::string_view key, absl::string_view note) {
                                    base::ByteReader reader(key);
                                    const absl::StatusOr<uint64_t> found = reader.U64();
                                    if (found.ok()) head_size = *found;
                                    receipt.checkpoint = std::string(note);
                                    return false;
                                  }));
  if (head_size == 0 || head_size > size()) {
    return Damaged(*database_, absl::StrCat("no head covers entry ", index));
  }
  ASSIGN_OR_RETURN(receipt.proof, ProveInclusion(index, head_size));
  return receipt;
}

absl::StatusOr<tlog::Receipt> LogTree::FirstReceipt(uint64_t index, const Head& first) const {
  if (quorum_required_ && cosignatures_ != nullptr) return FirstReceipt(index);
  if (index >= first.size) return BeyondHead("entry", index, first.size);
  tlog::Receipt receipt;
  receipt.index = index;
  receipt.checkpoint = first.checkpoint;
  ASSIGN_OR_RETURN(receipt.proof, ProveInclusion(index, first.size));
  return receipt;
}

absl::StatusOr<tlog::Receipt> LogTree::NewestReceipt(uint64_t index) const {
  const std::shared_ptr<const Head> newest = head();
  if (index >= newest->size) return BeyondHead("entry", index, newest->size);
  const uint64_t cosigned = cosignatures_ == nullptr ? 0 : cosignatures_->NewestSize(index);
  return ReceiptAt(index, cosigned != 0 ? cosigned : newest->size);
}

absl::StatusOr<tlog::Receipt> LogTree::ReceiptAt(uint64_t index, uint64_t size) const {
  tlog::Receipt receipt;
  receipt.index = index;
  ASSIGN_OR_RETURN(receipt.checkpoint, SignedCheckpointAt(size));
  ASSIGN_OR_RETURN(receipt.proof, ProveInclusion(index, size));
  return receipt;
}

absl::StatusOr<std::string> LogTree::CosignedCheckpoint() const {
  const uint64_t at = cosignatures_ == nullptr ? 0 : cosignatures_->NewestSize(0);
  if (at == 0) {
    return base::ReasonedError(absl::StatusCode::kNotFound, "CHECKPOINT_NOT_FOUND",
                               "No witness has cosigned a checkpoint of this log yet.");
  }
  return SignedCheckpointAt(at);
}

uint64_t LogTree::size() const {
  base::MutexLock lock(&mutex_);
  return head_->size;
}

absl::StatusOr<std::string> LogTree::EntryBytes(uint64_t index) const {
  if (index >= size()) return BeyondHead("entry", index, size());
  return database_->ReadEntryBytes(static_cast<int64_t>(index));
}

absl::StatusOr<std::string> LogTree::TileBytes(const tlog::Tile& tile) const {
  const uint64_t published = size();
  if (tile.width == 0 || tile.width > tlog::TileWidthAt(tile.level, tile.index, published)) {
    return BeyondHead("tile", tile.index, published);
  }
  std::string bytes;
  const uint64_t first = tile.index * tlog::kTileWidth;
  if (tile.level == tlog::Tile::kEntriesLevel) {
    for (uint64_t index = first; index < first + tile.width; ++index) {
      ASSIGN_OR_RETURN(const std::string entry, EntryBytes(index));
      tlog::AppendToBundle(entry, bytes);
    }
    return bytes;
  }
  const auto level = static_cast<uint8_t>(tile.level * tlog::kTileHeight);
  uint64_t count = 0;
  RETURN_IF_ERROR(database_->Scan(kHashFamily, HashKey(level, first),
                                  HashKey(level, first + tile.width),
                                  [&](absl::string_view, absl::string_view value) {
                                    absl::StrAppend(&bytes, value);
                                    ++count;
                                    return true;
                                  }));
  if (count != tile.width || bytes.size() != count * base::kDigestSize) {
    return Damaged(*database_, absl::StrCat("hashes of ", tlog::TilePath(tile), " are missing"));
  }
  return bytes;
}

absl::StatusOr<std::string> LogTree::SignedCheckpoint() const {
  const std::shared_ptr<const Head> newest = head();
  if (newest->checkpoint.empty()) return BeyondHead("checkpoint", 0, 0);
  return WithCosignatures(newest->checkpoint, newest->size);
}

absl::StatusOr<std::string> LogTree::SignedCheckpointAt(uint64_t size) const {
  if (size > this->size()) return BeyondHead("checkpoint", size, this->size());
  ASSIGN_OR_RETURN(std::optional<std::string> note, database_->Get(kHeadFamily, SizeKey(size)));
  if (!note.has_value()) {
    return base::ReasonedError(absl::StatusCode::kNotFound, "CHECKPOINT_NOT_FOUND",
                               absl::StrCat("No checkpoint was signed at ", size,
                                            " entries: checkpoints stand at the ends of batches."));
  }
  return WithCosignatures(*std::move(note), size);
}

}  // namespace aplomb::audit
