#include "audit/fsck.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/epoch_rules.h"
#include "audit/log_tree.h"
#include "audit/own_entries.h"
#include "audit/sequencer.h"
#include "audit/tie_secrets.h"
#include "audit/tlog/checkpoint.h"
#include "base/bytes.h"
#include "base/civil_day.h"
#include "base/durable_file.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

using ::aplomb::testing::AppendBody;
using ::aplomb::testing::DeleteRaw;
using ::aplomb::testing::GetRaw;
using ::aplomb::testing::OpenKeys;
using ::aplomb::testing::OpenLog;
using ::aplomb::testing::PutRaw;
using ::aplomb::testing::TempDir;
using ::aplomb::testing::TestLog;
using ::aplomb::testing::TestSigner;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// 300 entries; number 40 has sections, number 299 - 1 too.
void MakeLog(const std::string& directory) {
  TestLog log(directory);
  for (int i = 0; i < 300; ++i) {
    std::vector<TierSections> tiers;
    if (i % 20 == 0) tiers = {{.tier = 1, .values = {"record"}}, {.tier = 2, .values = {"firm"}}};
    ASSERT_OK(log.sequencer().SubmitAndWait([&](StageContext& context) {
      return context.Append(EntryType::kDecision, absl::StrCat("body ", i), tiers).status();
    }));
  }
}

FsckReport Examine(const std::string& directory, const std::string& high_water = "") {
  auto database =
      Database::Open({.directory = directory,
                      .column_families = ::aplomb::testing::SeenProjection().column_families,
                      .tail_check_count = 0});
  EXPECT_OK(database);
  auto keys = KeyStore::Open({.directory = directory + "/keys", .read_only = true});
  EXPECT_OK(keys);
  auto report =
      Fsck(**database, **keys, TestSigner().key(), FsckOptions{.high_water_path = high_water});
  EXPECT_OK(report);
  return *report;
}

std::string FlipBit(std::string bytes, size_t bit) {
  bytes[bit / 8 % bytes.size()] =
      static_cast<char>(bytes[bit / 8 % bytes.size()] ^ (1 << (bit % 8)));
  return bytes;
}

TEST(FsckTest, ASoundLogHasNoFindings) {
  TempDir dir;
  MakeLog(dir.path());
  const FsckReport report = Examine(dir.path());
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_EQ(report.entry_count, 300);
  EXPECT_EQ(report.head_count, 300);
  EXPECT_EQ(report.sealed_count, 30);
}

// One damage, and the entry and the kind that must be named.
struct Damage {
  std::string name;
  std::function<void(const std::string& directory)> damage;
  std::string kind;
  int64_t index;
};

class FsckDamageTest : public ::testing::TestWithParam<Damage> {};

TEST_P(FsckDamageTest, IsFoundAndNamed) {
  TempDir dir;
  MakeLog(dir.path());
  GetParam().damage(dir.path());
  const FsckReport report = Examine(dir.path());
  EXPECT_THAT(report.findings, Contains(AllOf(Field(&FsckFinding::kind, GetParam().kind),
                                              Field(&FsckFinding::index, GetParam().index))));
  for (const FsckFinding& finding : report.findings) {
    EXPECT_THAT(finding.text, Not(IsEmpty()));
    EXPECT_THAT(finding.text.back(), AnyOf('.', ')')) << "a sentence: " << finding.text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, FsckDamageTest,
    ::testing::Values(
        Damage{"ACosignatureOfAnotherKey",
               [](const std::string& d) {
                 base::ByteWriter key;
                 key.U64(80);
                 key.U32(1);
                 PutRaw(d, kCosignatureFamily, std::string(key.view()) + "witness.test/a",
                        "\xe2\x80\x94 witness.test/b AAAAAUFB\n");
               },
               "HEAD", 79},
        Damage{"ABitOfAnEntry",
               [](const std::string& d) {
                 const std::string key = IndexKey(77);
                 const std::string bytes = GetRaw(d, kEntryFamily, key);
                 PutRaw(d, kEntryFamily, key, FlipBit(bytes, 8 * bytes.size() - 3));
               },
               "HASH", 77},
        Damage{"ABitOfAnEntryAndItsHashToo",
               [](const std::string& d) {
                 const std::string key = IndexKey(77);
                 const std::string bytes = FlipBit(GetRaw(d, kEntryFamily, key), 8 * 80);
                 PutRaw(d, kEntryFamily, key, bytes);
                 PutRaw(d, kHashFamily, HashKey(0, 77),
                        std::string(base::DigestView(LeafHash(bytes))));
               },
               "HEAD", 77},
        Damage{"ABitOfALeafHash",
               [](const std::string& d) {
                 PutRaw(d, kHashFamily, HashKey(0, 5),
                        FlipBit(GetRaw(d, kHashFamily, HashKey(0, 5)), 9));
               },
               "HASH", 5},
        Damage{"ABitOfAnUpperHash",
               [](const std::string& d) {
                 PutRaw(d, kHashFamily, HashKey(8, 0),
                        FlipBit(GetRaw(d, kHashFamily, HashKey(8, 0)), 200));
               },
               "HASH", 255},
        Damage{"AMissingHash",
               [](const std::string& d) { DeleteRaw(d, kHashFamily, HashKey(0, 123)); }, "HASH",
               123},
        Damage{"ABitOfAHead",
               [](const std::string& d) {
                 PutRaw(d, kHeadFamily, IndexKey(100),
                        FlipBit(GetRaw(d, kHeadFamily, IndexKey(100)), 8 * 30 + 1));
               },
               "HEAD", 99},
        Damage{"AHeadSignedForOtherEntries",
               [](const std::string& d) {
                 PutRaw(d, kHeadFamily, IndexKey(100),
                        tlog::SignCheckpoint(
                            {.origin = "log.test/audit", .size = 100, .root = tlog::EmptyRoot()},
                            TestSigner()));
               },
               "HEAD", 99},
        Damage{"TheNewestHeadIsMissing",
               [](const std::string& d) { DeleteRaw(d, kHeadFamily, IndexKey(300)); }, "HEAD", 299},
        Damage{"ABitOfASection",
               [](const std::string& d) {
                 PutRaw(d, kSectionFamily, TierKey(40, 2),
                        FlipBit(GetRaw(d, kSectionFamily, TierKey(40, 2)), 3));
               },
               "SECTION", 40},
        Damage{"ASectionGoneWithoutAnErasure",
               [](const std::string& d) { DeleteRaw(d, kSectionFamily, TierKey(40, 1)); },
               "SECTION", 40},
        Damage{"AKeyGoneWithoutAnErasure",
               [](const std::string& d) {
                 uint64_t slot = 0;
                 {
                   const auto database = OpenLog(d);
                   ASSERT_OK(database);
                   const auto entry = (*database)->ReadEntry(40);
                   ASSERT_OK(entry);
                   slot = entry->key_slot;
                 }
                 const auto keys = OpenKeys(d);
                 ASSERT_OK(keys);
                 const std::vector<std::pair<uint64_t, uint8_t>> gone = {{slot, uint8_t{1}}};
                 ASSERT_OK((*keys)->Destroy(gone));
               },
               "SECTION", 40},
        Damage{"AnErasureThatNoEntrySpeaksOf",
               [](const std::string& d) {
                 DeleteRaw(d, kSectionFamily, TierKey(40, 2));
                 PutRaw(d, kErasedFamily, TierKey(40, 2), IndexKey(200));
               },
               "ERASURE", 40},
        Damage{"SectionsThatNoEntryCommitsTo",
               [](const std::string& d) { PutRaw(d, kSectionFamily, TierKey(41, 1), "x"); },
               "SECTION", 41}),
    [](const ::testing::TestParamInfo<Damage>& row) { return row.param.name; });

TEST(FsckTest, EachByteOfAnEntryThatIsChangedIsFound) {
  TempDir dir;
  {
    TestLog log(dir.path());
    for (int i = 0; i < 3; ++i) ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody("abc")));
  }
  const std::string key = IndexKey(1);
  const std::string bytes = GetRaw(dir.path(), kEntryFamily, key);
  for (size_t byte = 0; byte < bytes.size(); byte += 5) {
    PutRaw(dir.path(), kEntryFamily, key, FlipBit(bytes, 8 * byte + byte % 8));
    EXPECT_THAT(Examine(dir.path()).findings, Contains(Field(&FsckFinding::index, 1))) << byte;
  }
  PutRaw(dir.path(), kEntryFamily, key, bytes);
  EXPECT_THAT(Examine(dir.path()).findings, IsEmpty());
}

// No write of ours leaves chunks without their entry: one batch has both (audit/sequencer.cc). Made
// by hand, with the log's key, it is named by fsck and not carried into a rebuilt database.
TEST(FsckTest, ALogThatEndsInChunksIsNamedAndNotRebuilt) {
  TempDir dir;
  MakeLog(dir.path());
  tlog::Frontier frontier;
  {
    ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path()));
    for (int64_t index = 0; index < 300; ++index) {
      ASSERT_OK_AND_ASSIGN(const std::string bytes, database->ReadEntryBytes(index));
      frontier.Append(LeafHash(bytes), [](tlog::Node, const tlog::Hash&) {});
    }
  }
  const auto last = DecodeEntry(GetRaw(dir.path(), kEntryFamily, IndexKey(299)));
  ASSERT_OK(last);
  const std::string chunk = EncodeEntry({.type = EntryType::kChunk,
                                         .time_us = last->time_us,
                                         .prev_size = 300,
                                         .prev_root = frontier.Root(),
                                         .body = "a piece of nothing"});
  frontier.Append(LeafHash(chunk), [](tlog::Node, const tlog::Hash&) {});
  PutRaw(dir.path(), kEntryFamily, IndexKey(300), chunk);
  PutRaw(dir.path(), kHashFamily, HashKey(0, 300), std::string(base::DigestView(LeafHash(chunk))));
  const tlog::Signer signer = TestSigner();
  PutRaw(dir.path(), kHeadFamily, IndexKey(301),
         tlog::SignCheckpoint({.origin = signer.key().name, .size = 301, .root = frontier.Root()},
                              signer));
  PutRaw(dir.path(), kMetaFamily, "size", IndexKey(301));

  const FsckReport report = Examine(dir.path());
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].kind, "ENTRY");
  EXPECT_EQ(report.findings[0].index, 300);
  EXPECT_EQ(report.findings[0].text, "The log ends with 1 chunks of no entry.");

  TempDir target_dir;
  ASSERT_OK_AND_ASSIGN(const auto source, OpenLog(dir.path()));
  ASSERT_OK_AND_ASSIGN(const auto target, OpenLog(target_dir.path()));
  const absl::Status rebuilt =
      Rebuild(*source, {::aplomb::testing::SeenProjection()}, target.get());
  EXPECT_EQ(base::ReasonOf(rebuilt), "ENTRY_DAMAGED") << rebuilt;
  EXPECT_EQ(target->entry_count(), 0);
}

TEST(FsckTest, AHighWaterAboveTheLogIsFound) {
  TempDir dir;
  {
    TestLog log(dir.path());
    ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody("abc")));
  }
  ASSERT_OK(base::WriteFileDurably(
      dir.Path("high"),
      tlog::SignCheckpoint({.origin = "log.test/audit", .size = 2, .root = {}}, TestSigner()),
      0644));
  EXPECT_THAT(Examine(dir.path(), dir.Path("high")).findings,
              Contains(AllOf(Field(&FsckFinding::kind, "HIGH_WATER"),
                             Field(&FsckFinding::text, HasSubstr("older copy")))));
}

// ---- Epochs

// 2026-03-01 12:00 in Paris, and whole days from there.
int64_t Noon(int day) { return (1'772'362'800LL + 86'400LL * day) * 1'000'000; }
std::string DayLabel(int day) {
  return base::FormatDay(base::ParisDay(absl::FromUnixMicros(Noon(day))));
}
base::Digest Secret(uint8_t byte) {
  base::Digest secret;
  secret.fill(byte);
  return secret;
}
EpochCommitment Commit(const std::string& label, uint8_t secret) {
  const auto kind = label.size() == 4 ? EpochCommitment::Kind::kYear : EpochCommitment::Kind::kDay;
  return {.kind = kind, .label = label, .commitment = CommitSecret(kind, label, Secret(secret))};
}
EpochClosing Closing(const std::string& label, int64_t epoch_index, uint8_t secret) {
  return {.label = label, .epoch_index = epoch_index, .secret = Secret(secret)};
}

// What is done after year and day 0 were committed at entries 0 and 1, and what is found.
struct Story {
  std::string name;
  std::function<void(EpochRules&)> then;
  int64_t index;  // of the finding; -1: none
  std::string says;
};

class EpochRulesTest : public ::testing::TestWithParam<Story> {};

TEST_P(EpochRulesTest, AreChecked) {
  EpochRules rules;
  rules.OnEpoch(0, Noon(0), Commit("2026", 1));
  rules.OnEpoch(1, Noon(0), Commit(DayLabel(0), 2));
  GetParam().then(rules);
  if (GetParam().index < 0) {
    EXPECT_THAT(rules.Findings(), IsEmpty()) << rules.Findings()[0].text;
  } else {
    EXPECT_THAT(rules.Findings(),
                Contains(AllOf(Field(&EpochFinding::index, GetParam().index),
                               Field(&EpochFinding::text, HasSubstr(GetParam().says)))));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, EpochRulesTest,
    ::testing::Values(
        Story{"CommittedUsedAndShownAfterTheDay",
              [](EpochRules& rules) {
                rules.OnEngagement(2, Noon(0), DayLabel(0), Secret(9));
                rules.OnEpochClose(3, Noon(1), Closing(DayLabel(0), 1, 2));
                rules.OnOther(Noon(9));
              },
              -1, ""},
        Story{"NotYetShownButNotLate", [](EpochRules& rules) { rules.OnOther(Noon(2)); }, -1, ""},
        Story{"NeverShown", [](EpochRules& rules) { rules.OnOther(Noon(3)); }, 1, "never shown"},
        Story{"UsedBeforeItIsCommitted",
              [](EpochRules& rules) { rules.OnEngagement(2, Noon(1), DayLabel(1), Secret(9)); }, 2,
              "before it is committed"},
        Story{"DrawnWithYesterdaysSecret",
              [](EpochRules& rules) { rules.OnEngagement(2, Noon(1), DayLabel(0), Secret(9)); }, 2,
              "but draws with the secret of"},
        Story{"AnotherSecretIsShown",
              [](EpochRules& rules) { rules.OnEpochClose(2, Noon(1), Closing(DayLabel(0), 1, 3)); },
              2, "another secret"},
        Story{"ShownOnItsDay",
              [](EpochRules& rules) { rules.OnEpochClose(2, Noon(0), Closing(DayLabel(0), 1, 2)); },
              2, "before it is over"},
        Story{"ShownTwice",
              [](EpochRules& rules) {
                rules.OnEpochClose(2, Noon(1), Closing(DayLabel(0), 1, 2));
                rules.OnEpochClose(3, Noon(1), Closing(DayLabel(0), 1, 2));
              },
              3, "again"},
        Story{"ShownWithoutACommitment",
              [](EpochRules& rules) { rules.OnEpochClose(2, Noon(3), Closing(DayLabel(2), 1, 2)); },
              2, "never committed"},
        Story{"ASecondSecretForADay",
              [](EpochRules& rules) { rules.OnEpoch(2, Noon(0), Commit(DayLabel(0), 7)); }, 2,
              "second secret"},
        Story{"CommittedWhenTheDayWasOver",
              [](EpochRules& rules) { rules.OnEpoch(2, Noon(5), Commit(DayLabel(4), 7)); }, 2,
              "which was over"}),
    [](const ::testing::TestParamInfo<Story>& row) { return row.param.name; });

TEST(EpochRulesTest, ASecondEngagementOfAFirmIsCounted) {
  EpochRules rules;
  for (const uint8_t firm : {uint8_t{1}, uint8_t{2}, uint8_t{1}, uint8_t{3}, uint8_t{1}}) {
    rules.OnEngagement(firm, Noon(0), DayLabel(0), Secret(firm));
  }
  EXPECT_THAT(rules.RepeatedSubjects(), ::testing::ElementsAre(std::pair(Secret(1), 3)));
}

TEST(EpochCloseTest, TheFirstCommandOfALaterDayShowsWhatWasCommittedAndTheRulesAgree) {
  TempDir dir;
  TestLog log(dir.path());
  for (int day = 0; day < 400; day += 40) {  // across a change of year
    log.clock().SetNow(absl::FromUnixMicros(Noon(day)));
    const base::DayNumber today = base::ParisDay(absl::FromUnixMicros(Noon(day)));
    for (int again = 0; again < 2; ++again) {
      ASSERT_OK(EnsureEpoch(log.sequencer(), log.database(), today, &log.random()));
    }
  }
  EpochRules rules;
  int closings = 0;
  bool year_closed = false;
  ASSERT_OK(log.database().ForEachEntry(0, [&](const LoggedEntry& entry) -> absl::Status {
    if (entry.type == EntryType::kEpoch) {
      rules.OnEpoch(entry.index, entry.time_us, *DecodeEpochCommitment(entry.body));
    } else if (entry.type == EntryType::kEpochClose) {
      const auto closing = DecodeEpochClosing(entry.body);
      EXPECT_OK(closing);
      rules.OnEpochClose(entry.index, entry.time_us, *closing);
      ++closings;
      if (closing->kind == EpochCommitment::Kind::kYear) {
        year_closed = true;
        // Not for everybody: the key would tell whom each engagement was for.
        EXPECT_FALSE(closing->secret.has_value());
        EXPECT_NE(entry.FindTier(1), nullptr);
      }
    }
    return absl::OkStatus();
  }));
  EXPECT_THAT(rules.Findings(), IsEmpty());
  EXPECT_EQ(closings, 9 + 1) << "nine days that are over, and the year 2026";
  EXPECT_TRUE(year_closed);
}

}  // namespace
}  // namespace aplomb::audit
