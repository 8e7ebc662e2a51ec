#include "audit/sections.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::StatusIs;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// The published example: K = 00..1f, entry id = a0..af.
PayloadKey ExampleKey() {
  PayloadKey key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i);
  return key;
}
EntryId ExampleId() {
  EntryId id;
  for (size_t i = 0; i < id.size(); ++i) id[i] = static_cast<uint8_t>(0xa0 + i);
  return id;
}
const std::vector<std::string>& ExampleValues() {
  static const std::vector<std::string>& values =
      *new std::vector<std::string>{"sector=bakery", "staff=7", "region=DE-BY"};
  return values;
}

TEST(SectionsTest, TheExampleOfNlCommitComesOutAsPublished) {
  const PayloadKey key = ExampleKey();
  const EntryId id = ExampleId();
  EXPECT_EQ(base::HexEncode(SectionSalt(key, 0)),
            "629701096503bbfb5ccda9f083797d604f7dd3cb13b4844f748f13aa5aaef8ea");
  const char* const hashes[] = {"e6ea323ddd25e3218bd28cd51225ec26c1cfc5afa8cd1a05a0b4869823395640",
                                "f3a430b66e1b3e66ea3339f49bac507f7a57bc5edf88fa371a01ebe495132241",
                                "3b49d02aec37c3e3f24449f2a321968da3a774205cc7db8e0e940e729c33b1e3"};
  for (uint16_t i = 0; i < 3; ++i) {
    EXPECT_EQ(base::HexEncode(SectionHash(id, i, SectionSalt(key, i), ExampleValues()[i])),
              hashes[i])
        << i;
  }
  EXPECT_EQ(base::HexEncode(CommitSections(key, id, ExampleValues())),
            "33ab4db1efa7bb41a9f9219a4324cf96c7ef537b8d98104de430d8ecf6d621da");
}

TEST(SectionsTest, WhatIsSealedIsOpenedWithItsKeyForItsEntryOnly) {
  const std::string sealed = SealSections(ExampleKey(), ExampleId(), ExampleValues());
  EXPECT_THAT(OpenSections(ExampleKey(), ExampleId(), sealed),
              IsOkAndHolds(ElementsAreArray(ExampleValues())));
  for (const std::string& value : ExampleValues()) {
    EXPECT_THAT(sealed, ::testing::Not(HasSubstr(value)));
  }
  PayloadKey other_key = ExampleKey();
  other_key[31] ^= 1;
  EXPECT_THAT(OpenSections(other_key, ExampleId(), sealed), StatusIs(absl::StatusCode::kDataLoss));
  EntryId other_id = ExampleId();
  other_id[0] ^= 1;
  EXPECT_THAT(OpenSections(ExampleKey(), other_id, sealed), StatusIs(absl::StatusCode::kDataLoss));
  for (size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    std::string flipped = sealed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(OpenSections(ExampleKey(), ExampleId(), flipped).ok()) << "bit " << bit;
  }
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(OpenSections(ExampleKey(), ExampleId(), sealed.substr(0, size)).ok()) << size;
  }
}

TEST(SectionsTest, EachSectionOfEveryCountIsDisclosedAloneAndCannotBeAnother) {
  const PayloadKey key = ExampleKey();
  const EntryId id = ExampleId();
  std::vector<std::string> values;
  for (uint16_t count = 1; count <= 40; ++count) {
    values.push_back(absl::StrCat("answer=", count % 3));
    const base::Digest root = CommitSections(key, id, values);
    for (uint16_t i = 0; i < count; ++i) {
      ASSERT_OK_AND_ASSIGN(const Disclosure shown, Disclose(key, id, 2, values, i));
      EXPECT_EQ(shown.value, values[i]);
      EXPECT_OK(CheckDisclosure(shown, root, count));
      EXPECT_THAT(DecodeDisclosure(EncodeDisclosure(shown)), IsOkAndHolds(shown));
      EXPECT_LE(EncodeDisclosure(shown).size(), 1024U)
          << "promised: at most 1 KiB for a short value";
      Disclosure lie = shown;
      lie.value += "!";
      EXPECT_FALSE(CheckDisclosure(lie, root, count).ok());
      lie = shown;
      lie.number = static_cast<uint16_t>((i + 1) % count);
      EXPECT_EQ(CheckDisclosure(lie, root, count).ok(), count == 1);
      lie = shown;
      lie.salt[0] ^= 1;
      EXPECT_FALSE(CheckDisclosure(lie, root, count).ok());
      lie = shown;
      lie.entry_id[15] ^= 1;
      EXPECT_FALSE(CheckDisclosure(lie, root, count).ok()) << "moved to another entry";
      EXPECT_FALSE(CheckDisclosure(shown, root, static_cast<uint16_t>(count + 1)).ok());
    }
    EXPECT_THAT(Disclose(key, id, 2, values, count),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no section")));
  }
}

TEST(SectionsTest, AFieldOfFewPossibleValuesCannotBeGuessedFromItsHash) {
  // Two entries, the same answer: nothing that stands in the log is the same.
  const PayloadKey key = ExampleKey();
  PayloadKey other = key;
  other[0] ^= 1;
  const base::Digest hash = SectionHash(ExampleId(), 0, SectionSalt(key, 0), "staff=7");
  for (int staff = 0; staff < 1000; ++staff) {
    EXPECT_NE(SectionHash(ExampleId(), 0, SectionSalt(other, 0), absl::StrCat("staff=", staff)),
              hash);
    EXPECT_NE(SectionHash(ExampleId(), 0, base::Digest{}, absl::StrCat("staff=", staff)), hash);
  }
}

TEST(SectionsTest, EveryTruncatedDisclosureIsRefused) {
  ASSERT_OK_AND_ASSIGN(const Disclosure shown,
                       Disclose(ExampleKey(), ExampleId(), 2, ExampleValues(), 1));
  const std::string bytes = EncodeDisclosure(shown);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeDisclosure(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(DecodeDisclosure(bytes + '\0').ok());
}

TEST(SectionsTest, TheIdOfAnEntryIsItsSlot) {
  EXPECT_EQ(EntryIdOfSlot(0x0102030405060708),
            (EntryId{0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}));
}

}  // namespace
}  // namespace aplomb::audit
