#include "audit/tlog/tree.h"

#include <bit>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/status.h"

namespace aplomb::tlog {
namespace {

constexpr char kLeafPrefix = '\x00';
constexpr char kNodePrefix = '\x01';
constexpr int kMaxTileLevel = 7;  // 256^8 leaves are more than kMaxTreeSize

// Largest power of two below n, n > 1: where RFC 6962 splits n leaves.
uint64_t SplitPoint(uint64_t n) { return std::bit_floor(n - 1); }

// Hash of the leaves [begin, end), begin a multiple of the split points above it.
absl::StatusOr<Hash> RangeHash(uint64_t begin, uint64_t end, NodeReader node) {
  const uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    return node(Node{static_cast<uint8_t>(std::countr_zero(count)), begin / count});
  }
  const uint64_t split = begin + SplitPoint(count);
  ASSIGN_OR_RETURN(const Hash left, RangeHash(begin, split, node));
  ASSIGN_OR_RETURN(const Hash right, RangeHash(split, end, node));
  return NodeHash(left, right);
}

// Consistency, RFC 6962 2.1.2. `whole`: [0, old_size) is a subtree that the
// verifier knows already.
absl::Status AppendConsistency(uint64_t old_size, uint64_t begin, uint64_t end, bool whole,
                               NodeReader node, std::vector<Hash>& proof) {
  if (old_size == end) {
    if (whole) return absl::OkStatus();
    ASSIGN_OR_RETURN(proof.emplace_back(), RangeHash(begin, end, node));
    return absl::OkStatus();
  }
  const uint64_t split = begin + SplitPoint(end - begin);
  if (old_size <= split) {
    RETURN_IF_ERROR(AppendConsistency(old_size, begin, split, whole, node, proof));
    ASSIGN_OR_RETURN(proof.emplace_back(), RangeHash(split, end, node));
  } else {
    RETURN_IF_ERROR(AppendConsistency(old_size, split, end, false, node, proof));
    ASSIGN_OR_RETURN(proof.emplace_back(), RangeHash(begin, split, node));
  }
  return absl::OkStatus();
}

absl::Status Refuse(absl::string_view why) { return absl::InvalidArgumentError(why); }

// Climbs from a node to the root as RFC 9162 2.1.3.2 does: `fold(hash, is_left)`
// for each proof hash. False if the proof is too long or too short.
template <typename Fold>
bool Climb(uint64_t index, uint64_t last, absl::Span<const Hash> proof, Fold fold) {
  for (const Hash& hash : proof) {
    if (last == 0) return false;
    if ((index & 1) != 0 || index == last) {
      fold(hash, true);
      while ((index & 1) == 0 && index != 0) {
        index >>= 1;
        last >>= 1;
      }
    } else {
      fold(hash, false);
    }
    index >>= 1;
    last >>= 1;
  }
  return last == 0;
}

std::string IndexPath(uint64_t index) {
  std::string path = absl::StrFormat("%03d", index % 1000);
  for (index /= 1000; index != 0; index /= 1000) {
    path = absl::StrFormat("x%03d/%s", index % 1000, path);
  }
  return path;
}

}  // namespace

Hash EmptyRoot() { return base::Sha256(absl::string_view()); }

Hash LeafHash(absl::string_view entry) {
  base::Sha256Hasher hasher;
  hasher.Update(absl::string_view(&kLeafPrefix, 1));
  hasher.Update(entry);
  return hasher.Finish();
}

Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<char, 1 + 2 * base::kDigestSize> bytes;
  bytes[0] = kNodePrefix;
  std::copy(left.begin(), left.end(), bytes.begin() + 1);
  std::copy(right.begin(), right.end(), bytes.begin() + 1 + base::kDigestSize);
  return base::Sha256(absl::string_view(bytes.data(), bytes.size()));
}

absl::StatusOr<Hash> TreeRoot(uint64_t size, NodeReader node) {
  if (size == 0) return EmptyRoot();
  if (size > kMaxTreeSize) return Refuse("the tree is larger than kMaxTreeSize");
  return RangeHash(0, size, node);
}

absl::StatusOr<std::vector<Hash>> ProveInclusion(uint64_t index, uint64_t size, NodeReader node) {
  if (size > kMaxTreeSize) return Refuse("the tree is larger than kMaxTreeSize");
  if (index >= size) {
    return Refuse(absl::StrCat("entry ", index, " is not in a tree of ", size, " entries"));
  }
  // From the root down; the verifier climbs, so the order is turned round.
  std::vector<Hash> proof;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    const uint64_t split = begin + SplitPoint(end - begin);
    if (index < split) {
      ASSIGN_OR_RETURN(proof.emplace_back(), RangeHash(split, end, node));
      end = split;
    } else {
      ASSIGN_OR_RETURN(proof.emplace_back(), RangeHash(begin, split, node));
      begin = split;
    }
  }
  return std::vector<Hash>(proof.rbegin(), proof.rend());
}

absl::Status CheckInclusion(uint64_t index, uint64_t size, const Hash& leaf,
                            absl::Span<const Hash> proof, const Hash& root) {
  if (size > kMaxTreeSize) return Refuse("the tree is larger than kMaxTreeSize");
  if (index >= size) {
    return Refuse(absl::StrCat("entry ", index, " is not in a tree of ", size, " entries"));
  }
  Hash hash = leaf;
  const bool fits = Climb(index, size - 1, proof, [&hash](const Hash& sibling, bool is_left) {
    hash = is_left ? NodeHash(sibling, hash) : NodeHash(hash, sibling);
  });
  if (!fits) return Refuse("the inclusion proof has the wrong number of hashes");
  if (hash != root) return Refuse("the inclusion proof does not lead to the root");
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Hash>> ProveConsistency(uint64_t old_size, uint64_t size,
                                                   NodeReader node) {
  if (size > kMaxTreeSize) return Refuse("the tree is larger than kMaxTreeSize");
  if (old_size == 0 || old_size > size) {
    return Refuse(absl::StrCat("no consistency between ", old_size, " and ", size, " entries"));
  }
  std::vector<Hash> proof;
  RETURN_IF_ERROR(AppendConsistency(old_size, 0, size, true, node, proof));
  return proof;
}

absl::Status CheckConsistency(uint64_t old_size, uint64_t size, const Hash& old_root,
                              const Hash& root, absl::Span<const Hash> proof) {
  if (size > kMaxTreeSize) return Refuse("the tree is larger than kMaxTreeSize");
  if (old_size == 0 || old_size > size) {
    return Refuse(absl::StrCat("no consistency between ", old_size, " and ", size, " entries"));
  }
  if (old_size == size) {
    if (!proof.empty()) return Refuse("trees of one size need no consistency proof");
    if (old_root != root) return Refuse("two roots for one tree size");
    return absl::OkStatus();
  }
  if (proof.empty()) return Refuse("the consistency proof is empty");

  // Where the old tree is one complete subtree, its root is where the climb begins
  // and is not repeated in the proof.
  Hash start = old_root;
  if (!std::has_single_bit(old_size)) {
    start = proof.front();
    proof.remove_prefix(1);
  }
  uint64_t index = old_size - 1;
  uint64_t last = size - 1;
  while ((index & 1) != 0) {
    index >>= 1;
    last >>= 1;
  }
  Hash old_hash = start;
  Hash new_hash = start;
  const bool fits = Climb(index, last, proof, [&](const Hash& sibling, bool is_left) {
    // What lies left of the old tree's edge is in both trees, what lies right in the new one.
    if (is_left) old_hash = NodeHash(sibling, old_hash);
    new_hash = is_left ? NodeHash(sibling, new_hash) : NodeHash(new_hash, sibling);
  });
  if (!fits) return Refuse("the consistency proof has the wrong number of hashes");
  if (old_hash != old_root) return Refuse("the consistency proof does not lead to the old root");
  if (new_hash != root) return Refuse("the consistency proof does not lead to the new root");
  return absl::OkStatus();
}

absl::StatusOr<Frontier> Frontier::Read(uint64_t size, NodeReader node) {
  if (size > kMaxTreeSize) return Refuse("the tree is larger than kMaxTreeSize");
  Frontier frontier;
  frontier.size_ = size;
  for (int level = 63; level >= 0; --level) {
    if ((size >> level & 1) == 0) continue;
    ASSIGN_OR_RETURN(frontier.hashes_.emplace_back(),
                     node(Node{static_cast<uint8_t>(level), (size >> level) - 1}));
  }
  return frontier;
}

void Frontier::Append(const Hash& leaf, absl::FunctionRef<void(Node, const Hash&)> completed) {
  CHECK(size_ < kMaxTreeSize) << "a log cannot hold more than kMaxTreeSize entries";
  Hash hash = leaf;
  uint64_t index = size_;
  completed(Node{0, index}, hash);
  // Each one-bit at the end of the size is a subtree that the new one completes.
  for (uint8_t level = 0; (index & 1) != 0; index >>= 1) {
    hash = NodeHash(hashes_.back(), hash);
    hashes_.pop_back();
    ++level;
    completed(Node{level, index >> 1}, hash);
  }
  hashes_.push_back(hash);
  ++size_;
}

Hash Frontier::Root() const {
  if (hashes_.empty()) return EmptyRoot();
  Hash root = hashes_.back();
  for (size_t i = hashes_.size() - 1; i-- > 0;) root = NodeHash(hashes_[i], root);
  return root;
}

std::string TilePath(const Tile& tile) {
  std::string path = tile.level == Tile::kEntriesLevel
                         ? absl::StrCat("tile/entries/", IndexPath(tile.index))
                         : absl::StrCat("tile/", tile.level, "/", IndexPath(tile.index));
  if (tile.width != kTileWidth) absl::StrAppend(&path, ".p/", tile.width);
  return path;
}

absl::StatusOr<Tile> ParseTilePath(absl::string_view path) {
  const absl::Status refusal = absl::InvalidArgumentError("not the path of a tile");
  constexpr size_t kMaxPathBytes = 80;
  if (path.size() > kMaxPathBytes) return refusal;
  std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (parts.size() < 3 || parts[0] != "tile") return refusal;
  Tile tile;
  if (parts[1] == "entries") {
    tile.level = Tile::kEntriesLevel;
  } else if (!absl::SimpleAtoi(parts[1], &tile.level) || tile.level < 0 ||
             tile.level > kMaxTileLevel) {
    return refusal;
  }
  size_t last = parts.size() - 1;
  if (parts.size() > 3 && absl::ConsumeSuffix(&parts[last - 1], ".p")) {
    if (!absl::SimpleAtoi(parts[last], &tile.width)) return refusal;
    if (tile.width == 0 || tile.width >= kTileWidth) return refusal;
    --last;
  }
  for (size_t i = 2; i <= last; ++i) {
    absl::string_view group = parts[i];
    if (i != last && !absl::ConsumePrefix(&group, "x")) return refusal;
    uint32_t value = 0;
    if (group.size() != 3 || !absl::SimpleAtoi(group, &value)) return refusal;
    if (tile.index > kMaxTreeSize / 1000) return refusal;
    tile.index = tile.index * 1000 + value;
  }
  // One spelling only: signs, blanks and needless groups come out otherwise.
  if (TilePath(tile) != path) return refusal;
  return tile;
}

uint32_t TileWidthAt(int level, uint64_t index, uint64_t size) {
  const int height = level == Tile::kEntriesLevel ? 0 : kTileHeight * level;
  const uint64_t hashes = size >> height;
  if (index >= (hashes + kTileWidth - 1) / kTileWidth) return 0;
  const uint64_t left = hashes - index * kTileWidth;
  return left < kTileWidth ? static_cast<uint32_t>(left) : kTileWidth;
}

std::vector<Tile> TilesOf(uint64_t size) {
  std::vector<Tile> tiles;
  for (int level = Tile::kEntriesLevel; level <= kMaxTileLevel; ++level) {
    uint64_t index = 0;
    for (uint32_t width; (width = TileWidthAt(level, index, size)) != 0; ++index) {
      tiles.push_back(Tile{level, index, width});
    }
  }
  return tiles;
}

void AppendToBundle(absl::string_view entry, std::string& bundle) {
  CHECK(entry.size() <= kMaxEntryBytes) << "an entry does not fit into a bundle";
  bundle.push_back(static_cast<char>(entry.size() >> 8));
  bundle.push_back(static_cast<char>(entry.size() & 0xFF));
  absl::StrAppend(&bundle, entry);
}

absl::StatusOr<std::vector<absl::string_view>> SplitBundle(absl::string_view bundle,
                                                           uint32_t count) {
  std::vector<absl::string_view> entries;
  for (uint32_t i = 0; i < count; ++i) {
    if (bundle.size() < 2) return Refuse(absl::StrCat("the bundle ends before entry ", i));
    const size_t size = static_cast<size_t>(static_cast<unsigned char>(bundle[0])) << 8 |
                        static_cast<unsigned char>(bundle[1]);
    bundle.remove_prefix(2);
    if (bundle.size() < size) return Refuse(absl::StrCat("the bundle ends inside entry ", i));
    entries.push_back(bundle.substr(0, size));
    bundle.remove_prefix(size);
  }
  if (!bundle.empty()) return Refuse("bytes after the last entry of the bundle");
  return entries;
}

}  // namespace aplomb::tlog
