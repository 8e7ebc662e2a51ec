#include "audit/log_tree.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/entry.h"
#include "audit/section_reader.h"
#include "audit/tlog/checkpoint.h"
#include "base/bytes.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

using ::aplomb::testing::AppendBody;
using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::OpenLog;
using ::aplomb::testing::StatusIs;
using ::aplomb::testing::TempDir;
using ::aplomb::testing::TestLog;
using ::aplomb::testing::TestSigner;
using ::testing::HasSubstr;

tlog::Policy TestPolicy() {
  tlog::Policy policy;
  policy.logs.push_back({.key = TestSigner().key()});
  return policy;
}

// The root of a log, from its entries and nothing else.
tlog::Hash NaiveRoot(const LogReader& log, uint64_t begin, uint64_t end) {
  if (end == 0) return tlog::EmptyRoot();
  if (end - begin == 1) return tlog::LeafHash(*log.EntryBytes(begin));
  uint64_t left = 1;
  while (2 * left < end - begin) left *= 2;
  return tlog::NodeHash(NaiveRoot(log, begin, begin + left), NaiveRoot(log, begin + left, end));
}

// Writes entries `from` to `to` - 1 in batches of any size.
void Grow(TestLog& log, int count, std::mt19937_64& random) {
  for (int done = 0; done < count;) {
    const int batch = std::min<int>(count - done, 1 + static_cast<int>(random() % 40));
    ASSERT_OK(log.sequencer().SubmitAndWait([&](StageContext& context) -> absl::Status {
      for (int i = 0; i < batch; ++i) {
        const absl::Status status =
            context.Append(EntryType::kDecision, absl::StrCat("body ", random())).status();
        if (!status.ok()) return status;
      }
      return absl::OkStatus();
    }));
    done += batch;
  }
}

TEST(LogTreeTest, AnEmptyLogHasASignedHeadOfNoEntries) {
  TempDir dir;
  TestLog log(dir.path());
  ASSERT_OK_AND_ASSIGN(const std::string note, log.tree().SignedCheckpoint());
  ASSERT_OK_AND_ASSIGN(const tlog::Checkpoint checkpoint,
                       tlog::OpenCheckpoint(note, TestSigner().key()));
  EXPECT_EQ(checkpoint.size, 0U);
  EXPECT_EQ(checkpoint.root, tlog::EmptyRoot());
  EXPECT_THAT(log.tree().EntryBytes(0), StatusIs(absl::StatusCode::kNotFound));
}

TEST(LogTreeTest, EveryReceiptVerifiesAtItsFirstHeadAndAtTheNewestAcrossRestarts) {
  const uint64_t seed = 2026;
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937_64 random(seed);
  TempDir dir;
  const tlog::Policy policy = TestPolicy();
  std::vector<std::string> first_receipts;
  for (int run = 0; run < 3; ++run) {
    TestLog log(dir.path());
    Grow(log, 230, random);
    const uint64_t size = log.tree().size();
    EXPECT_EQ(size, 230U * (static_cast<uint64_t>(run) + 1));
    EXPECT_EQ(log.tree().head()->root, NaiveRoot(log.tree(), 0, size));
    for (uint64_t index = 0; index < size; ++index) {
      ASSERT_OK_AND_ASSIGN(const std::string entry, log.tree().EntryBytes(index));
      for (const bool newest : {false, true}) {
        ASSERT_OK_AND_ASSIGN(const tlog::Receipt receipt, newest ? log.tree().NewestReceipt(index)
                                                                 : log.tree().FirstReceipt(index));
        ASSERT_OK(tlog::CheckReceipt(receipt, entry, policy, false)) << index;
        EXPECT_FALSE(tlog::CheckReceipt(receipt, entry + "!", policy, false).ok());
        if (newest) continue;
        const std::string text = tlog::FormatReceipt(receipt);
        if (index < first_receipts.size()) {
          EXPECT_EQ(text, first_receipts[index]) << "the first receipt is the same for ever";
        } else {
          first_receipts.push_back(text);
        }
      }
    }
  }
}

TEST(LogTreeTest, TilesOfEveryWidthAreWhatTheyShouldBeAndNothingBeyondTheHeadIsShown) {
  const uint64_t seed = 7;
  std::mt19937_64 random(seed);
  TempDir dir;
  TestLog log(dir.path());
  Grow(log, 600, random);
  const LogTree& tree = log.tree();
  for (const tlog::Tile& tile : tlog::TilesOf(tree.size())) {
    ASSERT_OK_AND_ASSIGN(const std::string whole, tree.TileBytes(tile));
    if (tile.level == 1) {
      for (uint64_t i = 0; i < tile.width; ++i) {
        EXPECT_EQ(whole.substr(32 * i, 32),
                  base::DigestView(NaiveRoot(tree, 256 * i, 256 * (i + 1))));
      }
    }
    if (tile.level == 0) {
      for (uint64_t i = 0; i < tile.width; ++i) {
        ASSERT_OK_AND_ASSIGN(const std::string entry, tree.EntryBytes(256 * tile.index + i));
        EXPECT_EQ(whole.substr(32 * i, 32), base::DigestView(tlog::LeafHash(entry)));
      }
    }
    for (const uint32_t width : {1U, tile.width / 2, tile.width}) {
      if (width == 0) continue;
      tlog::Tile part = tile;
      part.width = width;
      ASSERT_OK_AND_ASSIGN(const std::string bytes, tree.TileBytes(part));
      EXPECT_EQ(bytes, whole.substr(0, bytes.size())) << "a partial tile is a beginning";
    }
    tlog::Tile beyond = tile;
    beyond.index += 1;
    beyond.width = 1;
    if (tlog::TileWidthAt(beyond.level, beyond.index, tree.size()) == 0) {
      EXPECT_THAT(tree.TileBytes(beyond), StatusIs(absl::StatusCode::kNotFound));
    }
  }
  EXPECT_THAT(tree.TileBytes({.level = 2, .index = 0, .width = 1}),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(LogTreeTest, EveryHeadIsConsistentWithEveryLaterOne) {
  std::mt19937_64 random(3);
  TempDir dir;
  TestLog log(dir.path());
  Grow(log, 300, random);
  std::vector<tlog::Checkpoint> heads;
  for (uint64_t size = 1; size <= log.tree().size(); ++size) {
    const auto note = log.tree().SignedCheckpointAt(size);
    if (absl::IsNotFound(note.status())) continue;
    ASSERT_OK(note);
    ASSERT_OK_AND_ASSIGN(heads.emplace_back(), tlog::OpenCheckpoint(*note, TestSigner().key()));
  }
  ASSERT_GE(heads.size(), 10U);
  for (size_t a = 0; a < heads.size(); ++a) {
    EXPECT_THAT(log.tree().RootAt(heads[a].size), IsOkAndHolds(heads[a].root));
    for (size_t b = a; b < heads.size(); ++b) {
      ASSERT_OK_AND_ASSIGN(const auto proof,
                           log.tree().ProveConsistency(heads[a].size, heads[b].size));
      EXPECT_OK(tlog::CheckConsistency(heads[a].size, heads[b].size, heads[a].root, heads[b].root,
                                       proof));
    }
  }
}

// Whoever answers a command needs to read nothing: what it is told are the first head that covers
// its entry, the entry's bytes and the keys of its sections.
TEST(LogTreeTest, ACommandIsToldWhatItsReceiptIsMadeOf) {
  std::mt19937_64 random(7);
  TempDir dir;
  TestLog log(dir.path());
  Grow(log, 50, random);
  for (int i = 0; i < 100; ++i) {
    std::string bytes;
    SlotKeys keys;
    ASSERT_OK_AND_ASSIGN(
        const Committed committed,
        log.sequencer().SubmitAndWait([&](StageContext& context) -> absl::Status {
          const absl::Status status =
              context
                  .Append(EntryType::kDecision, absl::StrCat("body ", i),
                          {{.tier = 1, .values = {"a"}}, {.tier = 2, .values = {"b", "c"}}})
                  .status();
          bytes = context.appended_bytes();
          keys = context.appended_keys();
          return status;
        }));
    const auto index = static_cast<uint64_t>(committed.index);
    EXPECT_THAT(log.tree().EntryBytes(index), IsOkAndHolds(bytes));
    ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, log.database().ReadEntry(committed.index));
    EXPECT_EQ(entry.key_slot, keys.slot);
    for (const uint8_t tier : {uint8_t{1}, uint8_t{2}}) {
      EXPECT_THAT(ReadPayloadKey(log.database(), log.keys(), entry, tier),
                  IsOkAndHolds(keys.keys[tier - 1]));
    }
    Grow(log, static_cast<int>(random() % 3), random);
    ASSERT_OK_AND_ASSIGN(const tlog::Receipt found, log.tree().FirstReceipt(index));
    ASSERT_OK_AND_ASSIGN(const tlog::Receipt told, log.tree().FirstReceipt(index, *committed.head));
    EXPECT_EQ(tlog::FormatReceipt(told), tlog::FormatReceipt(found)) << index;
  }
}

TEST(LogTreeTest, TheRootBeforeEachEntryStandsInIt) {
  std::mt19937_64 random(5);
  TempDir dir;
  TestLog log(dir.path());
  Grow(log, 120, random);
  for (int64_t index = 0; index < log.database().entry_count(); ++index) {
    ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, log.database().ReadEntry(index));
    EXPECT_THAT(log.tree().RootAt(static_cast<uint64_t>(entry.prev_size)),
                IsOkAndHolds(entry.prev_root));
  }
}

// ---- Verify before sign

// What a flipped bit in memory would do: the leaf hash and the bytes of the batch part ways.
TEST(LogTreeTest, NothingIsSignedWhenTheLeafHashesAreNotThoseOfTheBatch) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path()));
  ASSERT_OK_AND_ASSIGN(const auto tree,
                       LogTree::Open(database.get(), TestSigner().key(), TestSigner()));
  const std::string entry = EncodeEntry({.type = EntryType::kDecision, .body = "abc"});
  for (size_t bit = 0; bit < 8 * sizeof(tlog::Hash); bit += 17) {
    Overlay overlay(database.get());
    overlay.Put(kEntryFamily, IndexKey(0), entry);
    tlog::Hash leaf = tlog::LeafHash(entry);
    leaf[bit / 8] = static_cast<uint8_t>(leaf[bit / 8] ^ (1 << (bit % 8)));
    const auto head = tree->Extend(overlay, {leaf});
    EXPECT_EQ(base::ReasonOf(head.status()), "TREE_MISMATCH") << head.status();
  }
  Overlay missing(database.get());
  EXPECT_EQ(base::ReasonOf(tree->Extend(missing, {tlog::LeafHash(entry)}).status()),
            "TREE_MISMATCH");
  Overlay sound(database.get());
  sound.Put(kEntryFamily, IndexKey(0), entry);
  EXPECT_OK(tree->Extend(sound, {tlog::LeafHash(entry)}));
}

// ---- Damage

std::string SizeKey(uint64_t size) { return IndexKey(static_cast<int64_t>(size)); }

TEST(LogTreeTest, AFlippedBitOfAHashThatTheRootNeedsIsFoundAtOpening) {
  std::mt19937_64 random(9);
  TempDir dir;
  { Grow(*std::make_unique<TestLog>(dir.path()), 300, random); }
  // 300 = 256 + 32 + 8 + 4: node 0 of level 8, and the leaves from 256 on.
  for (const std::string& key : {HashKey(8, 0), HashKey(0, 256), HashKey(0, 299)}) {
    const std::string hash = ::aplomb::testing::GetRaw(dir.path(), kHashFamily, key);
    std::string flipped = hash;
    flipped[5] = static_cast<char>(flipped[5] ^ 4);
    ::aplomb::testing::PutRaw(dir.path(), kHashFamily, key, flipped);
    {
      // The newest leaves are compared with their entries even before the tree is looked at.
      const auto database = OpenLog(dir.path());
      if (database.ok()) {
        const auto tree = LogTree::Open(database->get(), TestSigner().key(), TestSigner());
        EXPECT_EQ(base::ReasonOf(tree.status()), "LOG_DAMAGED") << tree.status();
      } else {
        EXPECT_EQ(base::ReasonOf(database.status()), "ENTRY_DAMAGED") << database.status();
      }
    }
    ::aplomb::testing::PutRaw(dir.path(), kHashFamily, key, hash);
  }
  ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path()));
  EXPECT_OK(LogTree::Open(database.get(), TestSigner().key(), TestSigner()));
}

TEST(LogTreeTest, AHeadThatIsMissingOrOfAnotherKeyOrSizeIsRefused) {
  std::mt19937_64 random(9);
  TempDir dir;
  { Grow(*std::make_unique<TestLog>(dir.path()), 20, random); }
  const auto open = [&] {
    auto database = OpenLog(dir.path());
    EXPECT_OK(database);
    return LogTree::Open(database->get(), TestSigner().key(), TestSigner()).status();
  };
  ASSERT_OK(open());
  auto other = tlog::Signer::FromSeed("log.test/audit", tlog::SignatureType::kEd25519,
                                      std::string(tlog::kSeedBytes, 'x'));
  ASSERT_OK(other);
  const tlog::Checkpoint checkpoint{.origin = "log.test/audit", .size = 20, .root = {}};
  ::aplomb::testing::PutRaw(dir.path(), kHeadFamily, SizeKey(20),
                            tlog::SignCheckpoint(checkpoint, *other));
  EXPECT_EQ(base::ReasonOf(open()), "LOG_KEY_WRONG") << open();
  ::aplomb::testing::PutRaw(dir.path(), kHeadFamily, SizeKey(20),
                            tlog::SignCheckpoint(checkpoint, TestSigner()));
  EXPECT_EQ(base::ReasonOf(open()), "LOG_DAMAGED") << open();
  EXPECT_THAT(std::string(open().message()), HasSubstr("do not give the root"));
}

}  // namespace
}  // namespace aplomb::audit
