#include "audit/entry.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::StatusIs;
using ::testing::HasSubstr;

base::Digest Filled(uint8_t byte) {
  base::Digest digest;
  digest.fill(byte);
  return digest;
}

// The root over "hello" and "world" under a key of 32 bytes ab, for the entry of slot 7.
base::Digest ExampleRoot() {
  return CommitSections(Filled(0xab), EntryIdOfSlot(7), {"hello", "world"});
}

// The example of docs/storage.md.
Entry Example() {
  return {.type = EntryType::kDecision,
          .time_us = 1'772'355'600'000'000,  // 2026-03-01 09:00 UTC
          .prev_size = 3,
          .prev_root = Filled(0xcd),
          .tiers = {{.tier = 1, .section_count = 2, .root = ExampleRoot()}},
          .key_slot = 7,
          .body = "aplomb"};
}

TEST(EntryTest, TheExampleOfTheDocumentationIsTrue) {
  const std::string hex = base::HexEncode(EncodeEntry(Example()));
  // Written by hand from the grammar, but for the commitment.
  EXPECT_EQ(hex,
            absl::StrCat("41504531", "07", "00064bf2b1f42400", "0000000000000003",
                         base::HexEncode(Filled(0xcd)), "01", "0000000000000007", "01", "0002",
                         base::HexEncode(ExampleRoot()), "0000", "00000006", "61706c6f6d62"));
  std::string document = testing::ReadFileOrFail(testing::SourcePath("docs/storage.md"));
  document.erase(std::remove_if(document.begin(), document.end(),
                                [](char c) { return c == ' ' || c == '\n'; }),
                 document.end());
  EXPECT_THAT(document, HasSubstr(hex)) << "docs/storage.md should show\n" << hex;
  EXPECT_THAT(document, HasSubstr(base::HexEncode(LeafHash(EncodeEntry(Example())))))
      << "docs/storage.md should show the leaf hash\n"
      << base::HexEncode(LeafHash(EncodeEntry(Example())));
}

TEST(EntryTest, TheLeafHashIsThatOfRfc6962) {
  // The published hashes of an empty leaf and of "L123456" (RFC 6962 test vectors of
  // transparency-dev/merkle).
  EXPECT_EQ(base::HexEncode(LeafHash("")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(base::HexEncode(LeafHash("L123456")),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
}

std::vector<Entry> SomeEntries() {
  std::vector<Entry> entries = {Example(), {}};
  for (uint8_t number = 1; number <= 19; ++number) {
    entries.push_back({.type = static_cast<EntryType>(number), .body = std::string(number, 'x')});
  }
  entries.push_back({.type = EntryType::kRulebook, .chunk_count = 2, .body_digest = Filled(9)});
  entries.push_back({.time_us = INT64_MAX, .prev_size = INT64_MAX});
  entries.push_back({.tiers = {{.tier = 0, .section_count = 1},
                               {.tier = 1, .section_count = 2},
                               {.tier = 2, .section_count = kMaxSectionsOfTier},
                               {.tier = 255, .section_count = 9}},
                     .key_slot = UINT64_MAX,
                     .body = std::string(kMaxChunkBytes, '\0')});
  return entries;
}

TEST(EntryTest, DecodeIsTheInverseOfEncode) {
  for (const Entry& entry : SomeEntries()) {
    const std::string bytes = EncodeEntry(entry);
    EXPECT_LE(bytes.size(), kMaxEntryBytes);
    EXPECT_THAT(DecodeEntry(bytes), IsOkAndHolds(entry));
  }
}

TEST(EntryTest, EveryTruncationAndEveryTrailingByteIsRefused) {
  const std::string bytes = EncodeEntry(Example());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(DecodeEntry(absl::string_view(bytes).substr(0, size)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
  EXPECT_THAT(DecodeEntry(bytes + '\0'), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(EntryTest, EveryFlippedBitIsRefusedOrGivesAnotherEntryOfTheseVeryBytes) {
  const std::string bytes = EncodeEntry(Example());
  int refused = 0;
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const absl::StatusOr<Entry> entry = DecodeEntry(flipped);
    if (!entry.ok()) {
      ++refused;
      continue;
    }
    EXPECT_NE(*entry, Example()) << bit;
    EXPECT_EQ(EncodeEntry(*entry), flipped) << bit;
  }
  EXPECT_GE(refused, 32 + 2) << "the magic and the signs of the numbers at least";
}

struct Refusal {
  std::string name;
  std::string hex;
  std::string says;
};

class EntryRefusalTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(EntryRefusalTest, SaysWhere) {
  const absl::StatusOr<std::string> bytes = base::HexDecode(GetParam().hex);
  ASSERT_OK(bytes);
  EXPECT_THAT(DecodeEntry(*bytes),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().says)));
}

const char kDigestHex[] = "0101010101010101010101010101010101010101010101010101010101010101";

// Magic, type 7, time and size 0, root.
std::string Head() {
  return absl::StrCat("41504531", "07", "0000000000000000", "0000000000000000", kDigestHex);
}
// One tier of one section.
std::string Tier(absl::string_view number, absl::string_view count = "0001") {
  return absl::StrCat(number, count, kDigestHex);
}
const char kSlotHex[] = "0000000000000001";

INSTANTIATE_TEST_SUITE_P(
    All, EntryRefusalTest,
    ::testing::Values(
        Refusal{"OtherMagic", "41504532070000000000000000000000000000000000000000000000",
                "offset 0"},
        Refusal{"TypeZero", "415045310000000000000000000000000000000000000000000000000000",
                "unknown entry type 0"},
        Refusal{"TypeOfTheFuture", "415045311400000000000000000000000000000000000000000000000000",
                "unknown entry type 20"},
        Refusal{"NegativeTime", "4150453107800000000000000000000000000000000000000000000000",
                "time above"},
        Refusal{"NegativeSize", "4150453107000000000000000080000000000000000000000000000000",
                "size above"},
        Refusal{"FiveTiers", absl::StrCat(Head(), "05"), "5 tiers"},
        Refusal{"TiersOutOfOrder",
                absl::StrCat(Head(), "02", kSlotHex, Tier("02"), Tier("01"), "000000000000"),
                "not strictly ascending"},
        Refusal{"TheSameTierTwice",
                absl::StrCat(Head(), "02", kSlotHex, Tier("02"), Tier("02"), "000000000000"),
                "not strictly ascending"},
        Refusal{"ATierOfNoSections",
                absl::StrCat(Head(), "01", kSlotHex, Tier("01", "0000"), "000000000000"),
                "0 sections"},
        Refusal{"ATierOfTooManySections",
                absl::StrCat(Head(), "01", kSlotHex, Tier("01", "0401"), "000000000000"),
                "1025 sections"},
        Refusal{"SixtyFiveChunks", absl::StrCat(Head(), "00", "0041"), "65 chunks"},
        Refusal{"ABodyBesideItsChunks",
                absl::StrCat(Head(), "00", "0001", kDigestHex, "0000000161"), "offset"}),
    [](const ::testing::TestParamInfo<Refusal>& row) { return row.param.name; });

TEST(EntryTest, AnEntryAboveTheLimitIsRefusedUnread) {
  EXPECT_THAT(DecodeEntry(std::string(kMaxEntryBytes + 1, 'A')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("allowed are 65535")));
}

TEST(EntryTest, TheNumbersOfTypesAreCommitted) {
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(1)), "MEMBER");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(2)), "OFFERING");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(3)), "RULEBOOK");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(4)), "LAW_TABLE");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(5)), "RATE_TABLE");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(6)), "ENGAGEMENT");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(7)), "DECISION");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(8)), "PREVIEW");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(9)), "EPOCH");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(10)), "CHUNK");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(11)), "PROPOSAL");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(12)), "REVIEW");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(13)), "CONTEST");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(14)), "ERASURE");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(15)), "EPOCH_CLOSE");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(16)), "CHOICE");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(17)), "NOTE");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(18)), "KEY");
  EXPECT_EQ(EntryTypeName(static_cast<EntryType>(19)), "CHARTER");
  EXPECT_FALSE(IsKnownEntryType(0));
  EXPECT_FALSE(IsKnownEntryType(20));
}

}  // namespace
}  // namespace aplomb::audit
