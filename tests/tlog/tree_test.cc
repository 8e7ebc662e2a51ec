// The tree against published vectors, against a second and slower implementation,
// and against every proof that was touched.
#include "audit/tlog/tree.h"

#include <stdlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/tlog/note.h"
#include "base/hex.h"
#include "tests/testing/matchers.h"

namespace aplomb::tlog {
namespace {

using testing::StatusIs;

struct Probe {
  absl::string_view name;
  uint64_t first;  // leaf index or old size
  uint64_t size;
  int leaf_or_old;  // places in kProbeHashes
  int root;
  int proof[8];
  int proof_count;
  bool valid;
};
#include "proof_probes.inc"

// The definition of RFC 6962 2.1, word by word: quadratic, and the oracle here.
Hash NaiveRoot(absl::Span<const Hash> leaves) {
  if (leaves.empty()) return base::Sha256(absl::string_view());
  if (leaves.size() == 1) return leaves[0];
  size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  return NodeHash(NaiveRoot(leaves.subspan(0, k)), NaiveRoot(leaves.subspan(k)));
}

// A tree in memory.
class Leaves {
 public:
  explicit Leaves(uint64_t size) {
    for (uint64_t i = 0; i < size; ++i) hashes_.push_back(LeafHash(absl::StrCat(i)));
  }
  absl::StatusOr<Hash> operator()(Node node) const {
    const uint64_t count = uint64_t{1} << node.level;
    // Demands more than the contract: a subtree beyond the leaves is an error of the caller.
    if ((node.index + 1) * count > hashes_.size()) return absl::OutOfRangeError("beyond the tree");
    return NaiveRoot(absl::MakeConstSpan(hashes_).subspan(node.index * count, count));
  }
  Hash Root(uint64_t size) const { return NaiveRoot(absl::MakeConstSpan(hashes_).first(size)); }
  const Hash& operator[](uint64_t i) const { return hashes_[i]; }

 private:
  std::vector<Hash> hashes_;
};

// --- Published vectors -------------------------------------------------------

struct RootVector {
  int size;
  absl::string_view root;
};
// The eight reference entries of Certificate Transparency and the roots over them.
const char* const kReferenceEntries[] = {"",
                                         "00",
                                         "10",
                                         "2021",
                                         "3031",
                                         "40414243",
                                         "5051525354555657",
                                         "606162636465666768696a6b6c6d6e6f"};
constexpr RootVector kReferenceRoots[] = {
    {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

TEST(TreeVectors, ReferenceRootsOfCertificateTransparency) {
  Frontier frontier;
  EXPECT_EQ(base::HexEncode(frontier.Root()), kReferenceRoots[0].root);
  for (int i = 0; i < 8; ++i) {
    frontier.Append(LeafHash(*base::HexDecode(kReferenceEntries[i])), [](Node, const Hash&) {});
    EXPECT_EQ(base::HexEncode(frontier.Root()), kReferenceRoots[i + 1].root) << "size " << i + 1;
  }
}

TEST(TreeVectors, LargeTreesOfDecimalNumbers) {
  constexpr RootVector kRoots[] = {
      {256, "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1"},
      {257, "1eda049a4351d86f76252bd7ec0b7746ad75b7fa0316ad5f541dbda458a312c4"},
      {1000, "638afa98022925bacfddadb15ef22fd0199c1ac99c2973b6158243d13fce05c2"},
      {70000, "1a4cdfcb66374a0c0dcbef49acbd4976d13ee864fb3cb241fc943cad04f02f7e"},
  };
  Frontier frontier;
  for (const RootVector& vector : kRoots) {
    while (frontier.size() < static_cast<uint64_t>(vector.size)) {
      frontier.Append(LeafHash(absl::StrCat(frontier.size())), [](Node, const Hash&) {});
    }
    EXPECT_EQ(base::HexEncode(frontier.Root()), vector.root) << "size " << vector.size;
  }
}

// Digests of the tile files of the tree of 1,000 numbers.
TEST(TreeVectors, TilesOfAThousandNumbers) {
  std::vector<std::vector<Hash>> levels(9);
  Frontier frontier;
  for (int i = 0; i < 1000; ++i) {
    frontier.Append(LeafHash(absl::StrCat(i)), [&](Node node, const Hash& hash) {
      if (node.level % kTileHeight == 0) levels[node.level / kTileHeight].push_back(hash);
    });
  }
  const auto digest = [&](int level, uint64_t index) {
    std::string bytes;
    for (uint32_t i = 0; i < TileWidthAt(level, index, 1000); ++i) {
      absl::StrAppend(&bytes, base::DigestView(levels[level][index * kTileWidth + i]));
    }
    return base::HexEncode(base::Sha256(bytes));
  };
  EXPECT_EQ(digest(0, 0), "b9704a8bfbee2c61185ceb38904a49f3f703c81e194b5b2ccdc254c2bdaaa62b");
  EXPECT_EQ(digest(0, 1), "7fa38f76670ec457da625d72c7308a2ff9a6840c7aadd930c35dcd113e270ea6");
  EXPECT_EQ(digest(0, 2), "79146a292281f1bbd7d731620f2afab9ff699f4accb8610958fb35c850b44509");
  EXPECT_EQ(digest(0, 3), "f7e68f240d21b6b483d83c06c072aad13843d6719c78b1120e1faed55395be82");
  EXPECT_EQ(digest(1, 0), "2bcffebcff63f75d3844eaf07a17e05634b92cf94f63756d6b7add7e9a7882a8");
}

// Some probes hold words where a hash belongs ("WrongLeaf", "dont care"). Our types hold 32 bytes
// only, so the digest of the word stands for it: equal words stay equal, and no word is a hash of
// the tree. Nothing at all (an empty root or leaf) cannot even be asked about.
Hash ProbeHash(int place) {
  const std::string bytes = *DecodeBase64(kProbeHashes[place]);
  const absl::StatusOr<Hash> hash = base::DigestFromBytes(bytes);
  return hash.ok() ? *hash : base::Sha256(absl::StrCat("word ", bytes));
}

bool Accepts(const Probe& probe, bool inclusion) {
  if (kProbeHashes[probe.leaf_or_old].empty() || kProbeHashes[probe.root].empty()) return false;
  const Hash first = ProbeHash(probe.leaf_or_old);
  const Hash root = ProbeHash(probe.root);
  std::vector<Hash> proof;
  for (int i = 0; i < probe.proof_count; ++i) proof.push_back(ProbeHash(probe.proof[i]));
  return inclusion ? CheckInclusion(probe.first, probe.size, first, proof, root).ok()
                   : CheckConsistency(probe.first, probe.size, first, root, proof).ok();
}

TEST(TreeVectors, PublishedInclusionProbes) {
  for (const Probe& probe : kInclusionProbes) {
    EXPECT_EQ(Accepts(probe, true), probe.valid) << probe.name;
  }
  EXPECT_EQ(std::size(kInclusionProbes), 98u);
}

TEST(TreeVectors, PublishedConsistencyProbes) {
  for (const Probe& probe : kConsistencyProbes) {
    EXPECT_EQ(Accepts(probe, false), probe.valid) << probe.name;
  }
  EXPECT_EQ(std::size(kConsistencyProbes), 98u);
}

// --- Every small tree --------------------------------------------------------

constexpr uint64_t kSmallTrees = 200;

// Trees up to this many leaves have every bit of every proof flipped, larger ones one bit of each
// hash, another one each time; with APLOMB_EVERY_BIT, as tests/run --all has it, all have every
// bit.
constexpr uint64_t kEveryBitTrees = 40;

size_t FlipsOfAHash(uint64_t size) {
  static const bool all = getenv("APLOMB_EVERY_BIT") != nullptr;
  return all || size <= kEveryBitTrees ? 8 * sizeof(Hash) : 1;
}

void Flip(Hash& hash, size_t bit) { hash[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8)); }

TEST(TreeProperties, EveryTreeHasTheRootOfTheDefinition) {
  const Leaves leaves(kSmallTrees);
  Frontier frontier;
  for (uint64_t size = 0; size <= kSmallTrees; ++size) {
    const Hash root = leaves.Root(size);
    EXPECT_EQ(frontier.Root(), root);
    EXPECT_THAT(TreeRoot(size, leaves), testing::IsOkAndHolds(root));
    ASSERT_OK_AND_ASSIGN(const Frontier read, Frontier::Read(size, leaves));
    EXPECT_EQ(read.Root(), root);
    if (size < kSmallTrees) frontier.Append(leaves[size], [](Node, const Hash&) {});
  }
}

TEST(TreeProperties, EveryInclusionIsProvedAndNoTouchedProofPasses) {
  const Leaves leaves(kSmallTrees);
  size_t bit = 0;  // walks over all bits of all hashes as the trees go by
  for (uint64_t size = 1; size <= kSmallTrees; ++size) {
    const Hash root = leaves.Root(size);
    for (uint64_t index = 0; index < size; ++index) {
      ASSERT_OK_AND_ASSIGN(std::vector<Hash> proof, ProveInclusion(index, size, leaves));
      ASSERT_THAT(CheckInclusion(index, size, leaves[index], proof, root), testing::IsOk());
      const size_t flips = FlipsOfAHash(size);
      for (Hash& hash : proof) {
        for (size_t i = 0; i < flips; ++i) {
          bit = (bit + 1) % 256;
          Flip(hash, bit);
          ASSERT_FALSE(CheckInclusion(index, size, leaves[index], proof, root).ok());
          Flip(hash, bit);
        }
      }
      proof.push_back(root);
      ASSERT_FALSE(CheckInclusion(index, size, leaves[index], proof, root).ok());
      proof.pop_back();
      if (!proof.empty()) {
        proof.pop_back();
        ASSERT_FALSE(CheckInclusion(index, size, leaves[index], proof, root).ok());
      }
    }
  }
}

TEST(TreeProperties, EveryPrefixIsProvedAndNoTouchedProofPasses) {
  const Leaves leaves(kSmallTrees);
  size_t bit = 0;
  for (uint64_t size = 1; size <= kSmallTrees; ++size) {
    const Hash root = leaves.Root(size);
    for (uint64_t old_size = 1; old_size <= size; ++old_size) {
      const Hash old_root = leaves.Root(old_size);
      ASSERT_OK_AND_ASSIGN(std::vector<Hash> proof, ProveConsistency(old_size, size, leaves));
      ASSERT_THAT(CheckConsistency(old_size, size, old_root, root, proof), testing::IsOk());
      const size_t flips = FlipsOfAHash(size);
      for (Hash& hash : proof) {
        for (size_t i = 0; i < flips; ++i) {
          bit = (bit + 1) % 256;
          Flip(hash, bit);
          ASSERT_FALSE(CheckConsistency(old_size, size, old_root, root, proof).ok());
          Flip(hash, bit);
        }
      }
      if (old_size < size) {
        ASSERT_FALSE(CheckConsistency(old_size, size, root, old_root, proof).ok());
      }
      proof.push_back(root);
      ASSERT_FALSE(CheckConsistency(old_size, size, old_root, root, proof).ok());
    }
  }
}

TEST(TreeProperties, ProofsAboutWhatIsNotThereAreRefused) {
  const Leaves leaves(8);
  EXPECT_THAT(ProveInclusion(8, 8, leaves), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ProveConsistency(0, 8, leaves), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ProveConsistency(9, 8, leaves), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(CheckConsistency(0, 8, EmptyRoot(), leaves.Root(8), {}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(CheckInclusion(0, kMaxTreeSize + 1, leaves[0], {}, leaves[0]),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// --- Tiles -------------------------------------------------------------------

struct PathCase {
  absl::string_view path;
  Tile tile;
};
const PathCase kPaths[] = {
    {"tile/0/000", {0, 0, 256}},
    {"tile/0/005.p/1", {0, 5, 1}},
    {"tile/1/999.p/255", {1, 999, 255}},
    {"tile/2/x001/000", {2, 1000, 256}},
    {"tile/7/x001/x234/067", {7, 1234067, 256}},
    {"tile/entries/x001/x234/067.p/8", {Tile::kEntriesLevel, 1234067, 8}},
};

TEST(TilePaths, AreReadAsWritten) {
  for (const PathCase& c : kPaths) {
    EXPECT_EQ(TilePath(c.tile), c.path);
    EXPECT_THAT(ParseTilePath(c.path), testing::IsOkAndHolds(c.tile));
  }
}

TEST(TilePaths, HaveOneSpelling) {
  for (absl::string_view path : {"",
                                 "tile",
                                 "tile/0",
                                 "tile/0/",
                                 "tile/0/0",
                                 "tile/0/00",
                                 "tile/0/0000",
                                 "tile/00/000",
                                 "tile/+1/000",
                                 "tile/-1/000",
                                 "tile/8/000",
                                 "tile/64/000",
                                 "tile/data/000",
                                 "tile/0/x000/000",
                                 "tile/0/001/000",
                                 "tile/0/x001/x000",
                                 "tile/0/ 00",
                                 "tile/0/+00",
                                 "/tile/0/000",
                                 "tile/0/000/",
                                 "tile/0/000.p",
                                 "tile/0/000.p/",
                                 "tile/0/000.p/0",
                                 "tile/0/000.p/01",
                                 "tile/0/000.p/256",
                                 "tile/0/000.p/-1",
                                 "tile/0/000.p/1/",
                                 "tile//000",
                                 "tile/0//000",
                                 "tile/0/x001x/000",
                                 "tile/0/X001/000",
                                 "tile/entries/x",
                                 "tile/0/000.P/1"}) {
    EXPECT_THAT(ParseTilePath(path), StatusIs(absl::StatusCode::kInvalidArgument)) << path;
  }
}

TEST(Tiles, CoverATreeAsTheSpecificationCounts) {
  // 70,000 entries: 273 full tiles and one of 112; one full and one of 17; one of 1.
  EXPECT_EQ(TileWidthAt(0, 272, 70'000), 256u);
  EXPECT_EQ(TileWidthAt(0, 273, 70'000), 112u);
  EXPECT_EQ(TileWidthAt(0, 274, 70'000), 0u);
  EXPECT_EQ(TileWidthAt(1, 0, 70'000), 256u);
  EXPECT_EQ(TileWidthAt(1, 1, 70'000), 17u);
  EXPECT_EQ(TileWidthAt(2, 0, 70'000), 1u);
  EXPECT_EQ(TileWidthAt(3, 0, 70'000), 0u);
  EXPECT_EQ(TilesOf(70'000).size(), 274u + 274u + 2u + 1u);
  EXPECT_TRUE(TilesOf(0).empty());
}

TEST(Bundles, SplitAsTheyWereMade) {
  std::string bundle;
  const std::vector<std::string> entries = {"one", "", std::string(kMaxEntryBytes, 'x')};
  for (const std::string& entry : entries) AppendToBundle(entry, bundle);
  EXPECT_EQ(base::HexEncode(bundle.substr(0, 7)), "00036f6e650000");
  ASSERT_OK_AND_ASSIGN(const std::vector<absl::string_view> split, SplitBundle(bundle, 3));
  EXPECT_THAT(split, ::testing::ElementsAreArray(entries));
  EXPECT_FALSE(SplitBundle(bundle, 2).ok());
  EXPECT_FALSE(SplitBundle(bundle, 4).ok());
  EXPECT_FALSE(SplitBundle(bundle.substr(0, bundle.size() - 1), 3).ok());
}

}  // namespace
}  // namespace aplomb::tlog
