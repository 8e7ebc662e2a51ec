// The log as a directory: its keys, its high-water checkpoint, erasure.
#include "audit/log.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "audit/erasure.h"
#include "audit/high_water.h"
#include "audit/log_key.h"
#include "audit/section_reader.h"
#include "audit/sequencer.h"
#include "audit/tlog/checkpoint.h"
#include "base/clock.h"
#include "base/durable_file.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

namespace fs = std::filesystem;
using ::aplomb::testing::AppendBody;
using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::SeenProjection;
using ::aplomb::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

LogOptions Options(const std::string& directory) {
  return {.directory = directory,
          .column_families = SeenProjection().column_families,
          .create_if_missing = true,
          .origin = "log.test/audit"};
}

// A log with its writer.
class OpenedLog {
 public:
  explicit OpenedLog(const LogOptions& options) {
    auto log = Log::Open(options);
    status_ = log.status();
    if (!log.ok()) return;
    log_ = *std::move(log);
    sequencer_ = std::make_unique<Sequencer>(
        &log_->database(), &log_->tree(), &log_->keys(), std::vector<Projection>{SeenProjection()},
        PublishHook(), base::SystemClock::Get(), base::Logger::Null());
  }
  const absl::Status& status() const { return status_; }
  Log& log() { return *log_; }
  Sequencer& sequencer() { return *sequencer_; }
  int64_t Append(const std::string& body, std::vector<TierSections> tiers = {}) {
    const auto committed = sequencer_->SubmitAndWait([&](StageContext& context) {
      return context.Append(EntryType::kDecision, body, tiers).status();
    });
    EXPECT_OK(committed);
    return committed->index;
  }

 private:
  absl::Status status_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Sequencer> sequencer_;
};

TEST(LogTest, IsBegunOnceWithAKeyThatOnlyItsOwnerReads) {
  TempDir dir;
  std::string vkey;
  {
    OpenedLog log(Options(dir.path()));
    ASSERT_OK(log.status());
    log.Append("one");
    vkey = log.log().tree().log_key().ToString();
    EXPECT_THAT(vkey, HasSubstr("log.test/audit+"));
  }
  EXPECT_THAT(base::ReadSmallFile(dir.Path("vkey")), IsOkAndHolds(vkey + "\n"));
  const fs::perms mode = fs::status(dir.Path("keys/log.key")).permissions();
  EXPECT_EQ(mode & fs::perms::mask, fs::perms::owner_read | fs::perms::owner_write);
  LogOptions options = Options(dir.path());
  options.create_if_missing = false;
  OpenedLog again(options);
  ASSERT_OK(again.status());
  EXPECT_EQ(again.log().tree().log_key().ToString(), vkey);
  EXPECT_EQ(again.log().tree().size(), 1U);
}

TEST(LogTest, WithoutInitNothingIsMade) {
  TempDir dir;
  LogOptions options = Options(dir.Path("log"));
  options.create_if_missing = false;
  EXPECT_EQ(base::ReasonOf(OpenedLog(options).status()), "DATABASE_NOT_FOUND");
  EXPECT_FALSE(fs::exists(dir.Path("log/keys")));
}

// What is done to a log of three entries, and what the next start says.
struct Start {
  std::string name;
  std::function<void(const std::string& directory)> damage;
  std::string reason;
};

class StartTest : public ::testing::TestWithParam<Start> {};

TEST_P(StartTest, IsRefusedWithTheReason) {
  TempDir dir;
  {
    OpenedLog log(Options(dir.path()));
    ASSERT_OK(log.status());
    for (const char* body : {"one", "two", "three"}) log.Append(body);
  }
  GetParam().damage(dir.path());
  const absl::Status status = OpenedLog(Options(dir.path())).status();
  EXPECT_EQ(base::ReasonOf(status), GetParam().reason) << status;
}

INSTANTIATE_TEST_SUITE_P(
    All, StartTest,
    ::testing::Values(
        Start{"TheKeyIsLost", [](const std::string& d) { fs::remove(d + "/keys/log.key"); },
              "LOG_KEY_MISSING"},
        Start{"OthersCanReadTheKey",
              [](const std::string& d) {
                fs::permissions(d + "/keys/log.key", fs::perms::group_read, fs::perm_options::add);
              },
              "LOG_KEY_UNSAFE"},
        Start{"TheKeyIsGarbled",
              [](const std::string& d) { std::ofstream(d + "/keys/log.key") << "PRIVATE+KEY+x"; },
              "LOG_KEY_GARBLED"},
        Start{"TheKeyIsOfAnotherLog",
              [](const std::string& d) {
                fs::remove(d + "/keys/log.key");
                fs::remove(d + "/vkey");
                EXPECT_OK(CreateLogKey({.key = d + "/keys/log.key", .vkey = d + "/vkey"},
                                       "log.test/audit", *base::SystemRandom::Get()));
              },
              "LOG_KEY_WRONG"},
        Start{"TheDatabaseIsLost", [](const std::string& d) { fs::remove_all(d + "/db"); },
              "LOG_LOST"},
        Start{"TheKeysOfSectionsAreLost",
              [](const std::string& d) { fs::remove_all(d + "/keys/entries"); },
              "KEY_STORE_NOT_FOUND"},
        Start{"TheKeysOfSectionsAreAnOlderCopy",
              [](const std::string& d) {
                fs::copy(d + "/keys/entries", d + "/older", fs::copy_options::recursive);
                // More slots than a block has: others are drawn, and the log uses them.
                {
                  OpenedLog log(Options(d));
                  ASSERT_OK(log.status());
                  for (int i = 0; i < 2; ++i)
                    log.Append("sections", {{.tier = 1, .values = {"a"}}});
                }
                fs::remove_all(d + "/keys/entries");
                fs::rename(d + "/older", d + "/keys/entries");
              },
              "KEY_STORE_OLDER"},
        Start{"TheKeyIsCutShort",
              [](const std::string& d) { fs::resize_file(d + "/keys/log.key", 40); },
              "LOG_KEY_GARBLED"},
        Start{"TheKeyIsEmpty",
              [](const std::string& d) { fs::resize_file(d + "/keys/log.key", 0); },
              "LOG_KEY_GARBLED"},
        Start{"TheKeyIsAFolder",
              [](const std::string& d) {
                fs::remove(d + "/keys/log.key");
                fs::create_directory(d + "/keys/log.key");
              },
              "FILE_NOT_READ"},
        Start{"ThePublicKeyIsOfAnother",
              [](const std::string& d) { std::ofstream(d + "/vkey") << "another+00000000+AAAA\n"; },
              "LOG_KEY_WRONG"},
        Start{"TheHighWaterIsCutShort",
              [](const std::string& d) { fs::resize_file(d + "/high_water", 60); },
              "HIGH_WATER_GARBLED"},
        Start{"TheHighWaterIsEmpty",
              [](const std::string& d) { fs::resize_file(d + "/high_water", 0); },
              "HIGH_WATER_GARBLED"},
        Start{"TheHighWaterIsAFolder",
              [](const std::string& d) {
                fs::remove(d + "/high_water");
                fs::create_directory(d + "/high_water");
              },
              "FILE_NOT_READ"},
        Start{"TheHighWaterIsLost", [](const std::string& d) { fs::remove(d + "/high_water"); },
              "HIGH_WATER_MISSING"},
        Start{"TheHighWaterIsGarbled",
              [](const std::string& d) { std::ofstream(d + "/high_water") << "log\n3\n"; },
              "HIGH_WATER_GARBLED"}),
    [](const ::testing::TestParamInfo<Start>& row) { return row.param.name; });

TEST(LogTest, AnOlderCopyOfTheDatabaseIsRefused) {
  TempDir dir;
  {
    OpenedLog log(Options(dir.path()));
    ASSERT_OK(log.status());
    log.Append("one");
  }
  fs::copy(dir.Path("db"), dir.Path("old"), fs::copy_options::recursive);
  {
    OpenedLog log(Options(dir.path()));
    ASSERT_OK(log.status());
    log.Append("two");
  }
  fs::remove_all(dir.Path("db"));
  fs::rename(dir.Path("old"), dir.Path("db"));
  const absl::Status status = OpenedLog(Options(dir.path())).status();
  EXPECT_EQ(base::ReasonOf(status), "LOG_ROLLED_BACK") << status;
}

TEST(LogTest, ASecondHistoryOfTheSameLengthIsRefused) {
  TempDir dir;
  {
    OpenedLog log(Options(dir.path()));
    ASSERT_OK(log.status());
    log.Append("one");
  }
  fs::copy(dir.path(), dir.Path("../fork-" + fs::path(dir.path()).filename().string()),
           fs::copy_options::recursive);
  const std::string fork = dir.Path("../fork-" + fs::path(dir.path()).filename().string());
  {
    OpenedLog log(Options(dir.path()));
    log.Append("two");
  }
  {
    OpenedLog log(Options(fork));
    log.Append("another two");
  }
  fs::copy_file(dir.Path("high_water"), fork + "/high_water", fs::copy_options::overwrite_existing);
  const absl::Status status = OpenedLog(Options(fork)).status();
  EXPECT_EQ(base::ReasonOf(status), "LOG_FORKED") << status;
  fs::remove_all(fork);
}

// One bit, wherever it is: the file is told to be no key, and the text says nothing of it.
TEST(LogTest, AChangedBitOfTheKeyIsRefused) {
  TempDir dir;
  {
    OpenedLog log(Options(dir.path()));
    ASSERT_OK(log.status());
    log.Append("one");
  }
  const std::string path = dir.Path("keys/log.key");
  const std::string key = testing::ReadFileOrFail(path);
  for (size_t bit = 0; bit < 8 * key.size(); ++bit) {
    std::string changed = key;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    testing::WriteFileOrFail(path, changed);
    const auto loaded = ReadLogKey(path);
    ASSERT_EQ(base::ReasonOf(loaded.status()), "LOG_KEY_GARBLED") << bit;
    ASSERT_THAT(std::string(loaded.status().message()), ::testing::Not(HasSubstr("PRIVATE+")));
  }
}

TEST(LogTest, AChangedBitOfTheHighWaterIsRefused) {
  TempDir dir;
  OpenedLog log(Options(dir.path()));
  ASSERT_OK(log.status());
  log.Append("one");
  const std::string note = log.log().tree().head()->checkpoint;
  const std::string path = dir.Path("changed");
  testing::WriteFileOrFail(path, note);
  ASSERT_OK(CheckHighWaterFile(log.log().tree(), path));
  for (size_t bit = 0; bit < 8 * note.size(); ++bit) {
    std::string changed = note;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    testing::WriteFileOrFail(path, changed);
    ASSERT_EQ(base::ReasonOf(CheckHighWaterFile(log.log().tree(), path)), "HIGH_WATER_GARBLED")
        << bit;
  }
}

// Files of the key store, damaged one by one: the start is refused with a reason, or every section
// can still be read.
TEST(LogTest, ADamagedKeyStoreIsToldOrHarmless) {
  TempDir dir;
  const std::vector<TierSections> sections = {{.tier = 1, .values = {"auditor"}},
                                              {.tier = 2, .values = {"firm"}}};
  {
    OpenedLog log(Options(dir.path()));
    ASSERT_OK(log.status());
    for (int i = 0; i < 3; ++i) log.Append("x", sections);
  }
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(dir.Path("keys/entries"))) {
    if (file.is_regular_file() && file.file_size() > 0) {
      names.push_back(file.path().filename().string());
    }
  }
  ASSERT_GE(names.size(), 3U);
  int refused = 0;
  for (const std::string& name : names) {
    for (const std::string damage : {"cut", "flipped", "gone"}) {
      TempDir copy;
      fs::copy(dir.path(), copy.path(), fs::copy_options::recursive);
      const std::string path = copy.Path("keys/entries/" + name);
      std::string bytes = testing::ReadFileOrFail(path);
      if (damage == "gone") {
        fs::remove(path);
      } else {
        if (damage == "cut") bytes.resize(bytes.size() / 2);
        if (damage == "flipped") bytes[bytes.size() / 2] ^= 0x10;
        testing::WriteFileOrFail(path, bytes);
      }
      OpenedLog log(Options(copy.path()));
      if (!log.status().ok()) {
        ++refused;
        EXPECT_THAT(std::string(log.status().message()), HasSubstr(copy.path()))
            << name << " " << damage << " " << log.status();
        continue;
      }
      for (int64_t index = 0; index < 3; ++index) {
        const auto read = ReadSections(log.log().database(), log.log().keys(), index, 2);
        EXPECT_THAT(read, IsOkAndHolds(ElementsAre("firm"))) << name << " " << damage;
      }
    }
  }
  EXPECT_GE(refused, 3);
}

// Times are told, so that each course can be tried: heads come at random, writes take up to 200 ms.
class HighWaterCourseTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(HighWaterCourseTest, IsNeverMoreThanASecondBehind) {
  std::mt19937 random(GetParam());
  TempDir dir;
  ::aplomb::testing::TestLog log(dir.Path("log"));
  base::FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  HighWaterWriter writer(&log.tree(), dir.Path("high_water"));
  const auto now = [&] { return clock.MonotonicNanos(); };
  std::vector<std::pair<int64_t, uint64_t>> published;  // when, how many entries
  int64_t next_nanos = 0;
  size_t checked = 0;
  for (int tick = 0; tick < 3000; ++tick) {
    clock.Advance(absl::Milliseconds(10));
    const bool busy = tick / 300 % 2 == 0;  // by turns a storm and a lull
    if (random() % 100 < (busy ? 40U : 1U)) {
      ASSERT_OK(log.sequencer().SubmitAndWait(::aplomb::testing::AppendBody("x")));
      published.emplace_back(now(), log.tree().size());
      next_nanos = std::min(next_nanos, now());  // Notify wakes the thread, which asks
    }
    if (now() >= next_nanos) {
      absl::Duration wait;
      ASSERT_OK(writer.Step(
          now(),
          [&] {
            clock.Advance(absl::Milliseconds(random() % 200));
            return now();
          },
          &wait));
      next_nanos = wait == absl::InfiniteDuration() ? std::numeric_limits<int64_t>::max()
                                                    : now() + absl::ToInt64Nanoseconds(wait);
    }
    while (checked < published.size() && published[checked].first + 1'000'000'000 <= now()) {
      ASSERT_OK_AND_ASSIGN(const std::string note, base::ReadSmallFile(dir.Path("high_water")));
      ASSERT_OK_AND_ASSIGN(const tlog::Checkpoint known,
                           tlog::OpenCheckpoint(note, log.tree().log_key()));
      ASSERT_GE(known.size, published[checked].second) << "tick " << tick;
      ++checked;
    }
  }
  EXPECT_GT(checked, 100U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HighWaterCourseTest, ::testing::Values(1U, 2U, 3U));

TEST(HighWaterTest, AWriteThatFailedIsTriedAgainThoughNothingNewComes) {
  TempDir dir;
  ::aplomb::testing::TestLog log(dir.Path("log"));
  ASSERT_OK(log.sequencer().SubmitAndWait(::aplomb::testing::AppendBody("x")));
  base::FakeClock clock(absl::FromUnixSeconds(1'800'000'000));
  const auto now = [&] { return clock.MonotonicNanos(); };
  HighWaterWriter writer(&log.tree(), dir.Path("elsewhere/high_water"));
  absl::Duration wait;
  EXPECT_FALSE(writer.Step(now(), now, &wait).ok());
  EXPECT_EQ(wait, HighWaterWriter::kInterval);
  EXPECT_EQ(writer.written_size(), 0U);
  fs::create_directory(dir.Path("elsewhere"));
  clock.Advance(wait);
  EXPECT_OK(writer.Step(now(), now, &wait));
  EXPECT_EQ(writer.written_size(), 1U);
  EXPECT_EQ(wait, absl::InfiniteDuration());
}

TEST(LogTest, TheHighWaterIsAtMostASecondBehind) {
  TempDir dir;
  OpenedLog log(Options(dir.path()));
  ASSERT_OK(log.status());
  for (int i = 0; i < 5; ++i) {
    log.Append(absl::StrCat(i));
    absl::SleepFor(absl::Seconds(1));
    ASSERT_OK_AND_ASSIGN(const std::string note, base::ReadSmallFile(log.log().high_water_path()));
    EXPECT_EQ(note, log.log().tree().head()->checkpoint) << i;
  }
}

// ---- Erasure

// True if any file below `directory` has these bytes.
bool AnyFileHas(const std::string& directory, const std::string& bytes) {
  for (const fs::directory_entry& file : fs::recursive_directory_iterator(directory)) {
    if (!file.is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(file.path(), std::ios::binary).rdbuf();
    if (text.str().find(bytes) != std::string::npos) return true;
  }
  return false;
}

// Erases one tier of an entry: 1 auditors, 2 the firm and its advisor.
class ErasedTierTest : public ::testing::TestWithParam<uint8_t> {};

TEST_P(ErasedTierTest, LeavesNeitherKeyNorSealedBytesNorPlaintextInAnyFile) {
  const uint8_t tier = GetParam();
  const uint8_t other_tier = tier == 1 ? 2 : 1;
  TempDir dir;
  const std::string secret = "a firm of nine people near Lyon that sells bread";
  OpenedLog log(Options(dir.path()));
  ASSERT_OK(log.status());
  std::vector<int64_t> indices;
  for (int i = 0; i < 50; ++i) {
    indices.push_back(log.Append(absl::StrCat("public ", i),
                                 {{.tier = tier, .values = {absl::StrCat(secret, i), "staff=9"}},
                                  {.tier = other_tier, .values = {absl::StrCat("other ", i)}}}));
  }
  const int64_t index = indices[20];
  Database& database = log.log().database();
  KeyStore& keys = log.log().keys();
  ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, database.ReadEntry(index));
  ASSERT_OK_AND_ASSIGN(const PayloadKey key, ReadPayloadKey(database, keys, entry, tier));
  ASSERT_OK_AND_ASSIGN(const auto sealed, database.ReadSealed(index, tier));
  ASSERT_OK_AND_ASSIGN(const tlog::Receipt before, log.log().tree().FirstReceipt(20));
  const std::string key_bytes(base::DigestView(key));
  const std::string sealed_bytes = sealed->substr(0, 32);
  ASSERT_TRUE(AnyFileHas(dir.path(), key_bytes)) << "else the test could not fail";
  ASSERT_TRUE(AnyFileHas(dir.path(), sealed_bytes));
  EXPECT_FALSE(AnyFileHas(dir.path(), secret)) << "never in clear";

  ASSERT_OK_AND_ASSIGN(
      const Committed erased,
      EraseSections(log.sequencer(), database, keys, {.tiers = {{.index = index, .tier = tier}}}));
  EXPECT_FALSE(AnyFileHas(dir.path(), key_bytes));
  EXPECT_FALSE(AnyFileHas(dir.path(), sealed_bytes));
  const auto gone = ReadSections(database, keys, index, tier);
  EXPECT_EQ(base::ReasonOf(gone.status()), "SECTION_ERASED") << gone.status();
  EXPECT_THAT(std::string(gone.status().message()),
              HasSubstr(absl::StrCat("entry ", erased.index)));
  // The other tier, the other entries, the entry itself and its receipt stand.
  EXPECT_THAT(ReadSections(database, keys, index, other_tier),
              IsOkAndHolds(ElementsAre("other 20")));
  EXPECT_THAT(ReadSections(database, keys, indices[21], tier),
              IsOkAndHolds(ElementsAre(secret + "21", "staff=9")));
  ASSERT_OK_AND_ASSIGN(const tlog::Receipt after, log.log().tree().FirstReceipt(20));
  EXPECT_EQ(tlog::FormatReceipt(after), tlog::FormatReceipt(before));
  const auto twice =
      EraseSections(log.sequencer(), database, keys, {.tiers = {{.index = index, .tier = tier}}});
  EXPECT_EQ(base::ReasonOf(twice.status()), "SECTION_ERASED") << twice.status();
}

INSTANTIATE_TEST_SUITE_P(All, ErasedTierTest, ::testing::Values(uint8_t{1}, uint8_t{2}),
                         [](const ::testing::TestParamInfo<uint8_t>& row) {
                           return std::string(row.param == 1 ? "Auditors" : "Firm");
                         });

TEST(ErasureTest, WhatACrashLeftUndoneIsDoneAtTheNextStart) {
  TempDir dir;
  int64_t index = 0;
  {
    OpenedLog log(Options(dir.path()));
    ASSERT_OK(log.status());
    index = log.Append("public", {{.tier = 2, .values = {"of the firm"}}});
    // The entry alone, as if the process had ended right after it.
    const Erasure erasure{.tiers = {{.index = index, .tier = 2}}};
    ASSERT_OK(log.sequencer().SubmitAndWait([&](StageContext& context) {
      return context.Append(EntryType::kErasure, EncodeErasure(erasure)).status();
    }));
    EXPECT_OK(ReadSections(log.log().database(), log.log().keys(), index, 2));
  }
  OpenedLog log(Options(dir.path()));
  ASSERT_OK(log.status());
  EXPECT_EQ(base::ReasonOf(ReadSections(log.log().database(), log.log().keys(), index, 2).status()),
            "SECTION_ERASED");
}

TEST(ErasureTest, AMissingPayloadWithoutAnErasureIsNotCalledErased) {
  TempDir dir;
  int64_t index = 0;
  {
    OpenedLog log(Options(dir.path()));
    index = log.Append("public", {{.tier = 2, .values = {"of the firm"}}});
  }
  ::aplomb::testing::DeleteRaw(dir.Path("db"), kSectionFamily, TierKey(index, 2));
  OpenedLog log(Options(dir.path()));
  ASSERT_OK(log.status());
  const auto read = ReadSections(log.log().database(), log.log().keys(), index, 2);
  EXPECT_EQ(base::ReasonOf(read.status()), "SECTION_MISSING") << read.status();
}

TEST(KeyStoreTest, NoSlotIsEverUsedTwice) {
  TempDir dir;
  uint64_t last = 0;
  for (int run = 0; run < 4; ++run) {
    ASSERT_OK_AND_ASSIGN(const auto store, KeyStore::Open({.directory = dir.Path("keys"),
                                                           .create_if_missing = true,
                                                           .block_slots = 8}));
    std::vector<std::pair<uint64_t, uint8_t>> all;
    for (int i = 0; i < 20; ++i) {
      ASSERT_OK_AND_ASSIGN(const SlotKeys slot, store->Take());
      EXPECT_GT(slot.slot, last);
      last = slot.slot;
      EXPECT_NE(slot.keys[0], slot.keys[1]);
      EXPECT_THAT(store->Find(slot.slot, 1), IsOkAndHolds(std::optional<PayloadKey>(slot.keys[0])));
      all.emplace_back(slot.slot, uint8_t{1});
      all.emplace_back(slot.slot, uint8_t{2});
    }
    // The largest numbers too: a destroyed key does not give its number to another.
    ASSERT_OK(store->Destroy(all));
    EXPECT_THAT(store->Find(last, 1), IsOkAndHolds(std::optional<PayloadKey>()));
  }
}

}  // namespace
}  // namespace aplomb::audit
