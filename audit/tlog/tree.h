// A Merkle tree over the entries of a log, as RFC 6962 (2.1) and RFC 9162 (2.1)
// define it, and its tiles as C2SP tlog-tiles lays them out. Pure: hashes come in
// through a reader, proofs come out as values. The verbs are in pairs: what
// ProveInclusion makes CheckInclusion accepts, and nothing else does.
//
// Sizes and indexes are unsigned 64-bit and below kMaxTreeSize. Bytes from
// outside never break an invariant: bad input is an error Status.
#ifndef APLOMB_AUDIT_TLOG_TREE_H_
#define APLOMB_AUDIT_TLOG_TREE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/digest.h"

namespace aplomb::tlog {

using Hash = base::Digest;

// As many entries as a signed 64-bit number counts.
inline constexpr uint64_t kMaxTreeSize = uint64_t{1} << 62;
// A proof has at most one hash per level, and one more.
inline constexpr size_t kMaxProofHashes = 63;

// SHA-256(""): the root of the tree without entries.
Hash EmptyRoot();
// SHA-256(0x00 || entry).
Hash LeafHash(absl::string_view entry);
// SHA-256(0x01 || left || right).
Hash NodeHash(const Hash& left, const Hash& right);

// The complete subtree over the leaves [index << level, (index + 1) << level).
struct Node {
  uint8_t level = 0;
  uint64_t index = 0;
};

// Gives the hash of a complete subtree of the tree at hand. Called only for
// subtrees that lie inside it.
using NodeReader = absl::FunctionRef<absl::StatusOr<Hash>(Node)>;

// Root of the first `size` leaves.
absl::StatusOr<Hash> TreeRoot(uint64_t size, NodeReader node);

// Hashes that lead from leaf `index` to the root of the first `size` leaves, leaf
// sibling first. InvalidArgument unless index < size.
absl::StatusOr<std::vector<Hash>> ProveInclusion(uint64_t index, uint64_t size, NodeReader node);

// OK iff `proof` shows that `leaf` is leaf `index` of the tree with that root.
absl::Status CheckInclusion(uint64_t index, uint64_t size, const Hash& leaf,
                            absl::Span<const Hash> proof, const Hash& root);

// Hashes that show the first `old_size` leaves to be a prefix of the first `size`.
// InvalidArgument unless 0 < old_size <= size: nothing is proved about an empty tree.
absl::StatusOr<std::vector<Hash>> ProveConsistency(uint64_t old_size, uint64_t size,
                                                   NodeReader node);

// OK iff `proof` shows that the tree with `old_root` is a prefix of that with `root`.
absl::Status CheckConsistency(uint64_t old_size, uint64_t size, const Hash& old_root,
                              const Hash& root, absl::Span<const Hash> proof);

// The roots of the complete subtrees that a tree consists of, largest first: all
// that is needed to append. Not thread-safe; copyable, so that a batch can be
// tried on a copy.
class Frontier {
 public:
  Frontier() = default;
  // The frontier of the first `size` leaves.
  static absl::StatusOr<Frontier> Read(uint64_t size, NodeReader node);

  // Appends a leaf and tells of each subtree that it completes, the leaf itself first.
  void Append(const Hash& leaf, absl::FunctionRef<void(Node, const Hash&)> completed);

  uint64_t size() const { return size_; }
  Hash Root() const;

 private:
  uint64_t size_ = 0;
  std::vector<Hash> hashes_;  // one per one-bit of size_, largest subtree first
};

// --- Tiles -----------------------------------------------------------------

inline constexpr int kTileHeight = 8;
inline constexpr uint32_t kTileWidth = 256;
inline constexpr size_t kMaxEntryBytes = 65'535;  // an entry bundle has 16-bit lengths

// A tile of hashes, or a bundle of entries (level kEntriesLevel).
struct Tile {
  static constexpr int kEntriesLevel = -1;
  int level = 0;  // kEntriesLevel, or 0 to 7
  uint64_t index = 0;
  uint32_t width = kTileWidth;  // 1 to kTileWidth; below: partial

  friend bool operator==(const Tile&, const Tile&) = default;
};

// "tile/0/x001/x234/067.p/8", "tile/entries/000".
std::string TilePath(const Tile& tile);
// The inverse; InvalidArgument for every other spelling.
absl::StatusOr<Tile> ParseTilePath(absl::string_view path);

// Width that a tile of that level and index has in a tree of `size` leaves: 0 if
// it is not there, kTileWidth if it is full.
uint32_t TileWidthAt(int level, uint64_t index, uint64_t size);

// All tiles of a tree, bundles first, then by level and index.
std::vector<Tile> TilesOf(uint64_t size);

// An entry bundle: for each entry its length in 16 bits, then its bytes.
void AppendToBundle(absl::string_view entry, std::string& bundle);
// Splits a bundle of exactly `count` entries; views into `bundle`.
absl::StatusOr<std::vector<absl::string_view>> SplitBundle(absl::string_view bundle,
                                                           uint32_t count);

}  // namespace aplomb::tlog

#endif  // APLOMB_AUDIT_TLOG_TREE_H_
