// Backups of a log that is written to meanwhile, and what may take the log's place.
#include "audit/backup/backup.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "audit/key_change.h"
#include "audit/key_rotation.h"
#include "audit/log.h"
#include "audit/section_reader.h"
#include "audit/sequencer.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

using testing::AppendBody;
using ::testing::HasSubstr;
using testing::TempDir;

std::vector<ColumnFamilySpec> Families() { return testing::SeenProjection().column_families; }

// A data directory whose log is open.
class OpenedLog {
 public:
  explicit OpenedLog(const std::string& directory, bool create = false) {
    std::filesystem::create_directories(directory);
    auto log = Log::Open({.directory = directory,
                          .column_families = Families(),
                          .create_if_missing = create,
                          .origin = "log.test/backup"});
    status_ = log.status();
    if (!log.ok()) return;
    log_ = *std::move(log);
    sequencer_ =
        std::make_unique<Sequencer>(&log_->database(), &log_->tree(), &log_->keys(),
                                    std::vector<Projection>{testing::SeenProjection()},
                                    PublishHook(), base::SystemClock::Get(), base::Logger::Null());
  }

  const absl::Status& status() const { return status_; }
  Log& log() { return *log_; }
  Sequencer& sequencer() { return *sequencer_; }
  void Append(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      EXPECT_OK(sequencer_->SubmitAndWait(AppendBody(absl::StrCat("entry ", i))).status());
    }
  }

 private:
  absl::Status status_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Sequencer> sequencer_;
};

class BackupTest : public ::testing::Test {
 protected:
  std::string data() const { return dir_.Path("data"); }
  std::string folder() const { return dir_.Path("backups"); }
  RestoreOptions Options() const {
    return {.folder = folder(), .directory = data(), .column_families = Families()};
  }
  TempDir dir_;
};

TEST_F(BackupTest, WhatWasDurableWhenItBeganIsInIt) {
  {
    OpenedLog log(data(), true);
    log.Append(0, 20);
    // Beside a writer that never stops.
    std::atomic<bool> stop{false};
    std::thread writer([&] {
      for (int i = 1000; !stop; ++i) log.Append(i, 1);
    });
    for (int i = 0; i < 3; ++i) {
      const int64_t before = log.log().database().entry_count();
      ASSERT_OK_AND_ASSIGN(const BackupRecord made, CreateBackup(log.log(), folder(), {}));
      EXPECT_GE(made.entry_count, before);
      EXPECT_TRUE(made.has_keys);
      EXPECT_GT(made.size_bytes, 0u);
    }
    stop = true;
    writer.join();
  }
  ASSERT_OK_AND_ASSIGN(const auto records, ListBackups(folder()));
  ASSERT_EQ(records.size(), 3u);
  for (const BackupRecord& record : records) {
    ASSERT_OK_AND_ASSIGN(const int64_t entries,
                         VerifyBackup(folder(), record.id, Families(), dir_.Path("scratch")));
    EXPECT_GE(entries, record.entry_count);
    EXPECT_FALSE(std::filesystem::exists(dir_.Path("scratch")));
  }
}

TEST_F(BackupTest, TheNewestCopyIsPutBackAndTheLogGoesOn) {
  {
    OpenedLog log(data(), true);
    log.Append(0, 5);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  }
  std::filesystem::remove_all(data() + "/db");
  ASSERT_OK_AND_ASSIGN(const Restored restored, RestoreBackup(Options()));
  EXPECT_EQ(restored.entry_count, 5);
  EXPECT_FALSE(restored.lossy);
  OpenedLog log(data());
  ASSERT_OK(log.status());
  log.Append(5, 1);
  EXPECT_EQ(log.log().database().entry_count(), 6);
  EXPECT_OK(log.log().database().CheckAllEntries());
}

// The log changes its key between backups of one folder.
TEST_F(BackupTest, AFolderGoesOnWhenTheLogChangesItsKey) {
  std::string old_key;
  std::string next_key;
  {
    OpenedLog log(data(), true);
    log.Append(0, 2);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
    old_key = testing::ReadFileOrFail(data() + "/keys/log.key");
    ASSERT_OK(BeginKeyRotation(log.log(), log.sequencer(), *base::SystemRandom::Get()).status());
    next_key = testing::ReadFileOrFail(data() + "/keys/log.next");
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
    ASSERT_OK(EndKeyRotation(log.log(), log.sequencer()).status());
    log.Append(2, 1);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  }
  for (const uint32_t id : {1U, 2U, 3U}) {
    EXPECT_OK(VerifyBackup(folder(), id, Families(), dir_.Path("scratch"))) << id;
  }
  // The newest fits the key that is there; those before it were signed by keys that are not.
  RestoreOptions options = Options();
  options.accept_loss = "a trial";
  options.id = 1;
  EXPECT_EQ(base::ReasonOf(RestoreBackup(options).status()), "BACKUP_OF_ANOTHER_LOG");
  options.id = 2;
  EXPECT_EQ(base::ReasonOf(RestoreBackup(options).status()), "LOG_KEY_MISSING");
  ASSERT_OK_AND_ASSIGN(const Restored restored, RestoreBackup(Options()));
  EXPECT_FALSE(restored.lossy);
  {
    OpenedLog log(data());
    ASSERT_OK(log.status());
    log.Append(3, 1);
  }
  // With both keys of that time the second can be had, for a reason.
  std::filesystem::rename(data() + "/keys/log.key", data() + "/keys/kept");
  testing::WriteFileOrFail(data() + "/keys/log.key", old_key);
  testing::WriteFileOrFail(data() + "/keys/log.next", next_key);
  for (const char* const name : {"/keys/log.key", "/keys/log.next"}) {
    std::filesystem::permissions(data() + name, std::filesystem::perms::owner_read);
  }
  std::filesystem::remove(data() + "/high_water");
  ASSERT_OK(RestoreBackup(options).status());
  OpenedLog log(data());
  ASSERT_OK(log.status());
  EXPECT_EQ(log.log().tree().key_history()->InForce(log.log().tree().size()).size(), 2U);
}

TEST_F(BackupTest, ACopyOlderThanTheHighWaterMarkIsRefusedAndNothingChanges) {
  {
    OpenedLog log(data(), true);
    log.Append(0, 5);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
    log.Append(5, 2);
  }
  EXPECT_EQ(base::ReasonOf(RestoreBackup(Options()).status()), "LOG_ROLLED_BACK");
  EXPECT_FALSE(std::filesystem::exists(data() + "/db.restoring"));
  OpenedLog log(data());
  ASSERT_OK(log.status());
  EXPECT_EQ(log.log().database().entry_count(), 7);
}

TEST_F(BackupTest, TheOlderCopyIsTakenOnlyWithAReasonAndWhatWasThereIsKept) {
  {
    OpenedLog log(data(), true);
    log.Append(0, 5);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
    log.Append(5, 2);
  }
  RestoreOptions options = Options();
  options.accept_loss = "disk burnt";
  ASSERT_OK_AND_ASSIGN(const Restored restored, RestoreBackup(options));
  EXPECT_TRUE(restored.lossy);
  EXPECT_EQ(restored.entry_count, 5);
  EXPECT_EQ(restored.known_count, 7);
  EXPECT_TRUE(std::filesystem::exists(restored.kept_directory + "/CURRENT"));
  OpenedLog log(data());
  ASSERT_OK(log.status());
  EXPECT_EQ(log.log().database().entry_count(), 5);
}

TEST_F(BackupTest, WithoutAMarkNobodyKnowsWhetherItIsTheNewest) {
  {
    OpenedLog log(data(), true);
    log.Append(0, 3);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  }
  std::filesystem::remove(data() + "/high_water");
  EXPECT_EQ(base::ReasonOf(RestoreBackup(Options()).status()), "HIGH_WATER_MISSING");
  RestoreOptions options = Options();
  options.accept_loss = "another machine";
  ASSERT_OK_AND_ASSIGN(const Restored restored, RestoreBackup(options));
  EXPECT_TRUE(restored.lossy);
  EXPECT_EQ(restored.known_count, -1);
}

TEST_F(BackupTest, AnotherHistoryIsNeverAccepted) {
  std::string mark;
  {
    OpenedLog log(data(), true);
    log.Append(0, 5);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
    log.Append(5, 2);
    mark = log.log().tree().head()->checkpoint;
  }
  // The restored log grows another way, then the first mark comes back.
  RestoreOptions options = Options();
  options.accept_loss = "disk burnt";
  ASSERT_OK(RestoreBackup(options).status());
  {
    OpenedLog log(data());
    ASSERT_OK(log.status());
    log.Append(100, 4);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  }
  testing::WriteFileOrFail(data() + "/high_water", mark);
  EXPECT_EQ(base::ReasonOf(RestoreBackup(options).status()), "LOG_FORKED");
}

TEST_F(BackupTest, OntoAnotherMachineWithACopyOfTheKey) {
  std::string key;
  {
    OpenedLog log(data(), true);
    log.Append(0, 4);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  }
  std::filesystem::rename(data(), dir_.Path("lost"));
  RestoreOptions options = Options();
  EXPECT_EQ(base::ReasonOf(RestoreBackup(options).status()), "LOG_KEY_MISSING");
  options.log_key_path = dir_.Path("lost/keys/log.key");
  options.high_water_path = dir_.Path("lost/high_water");
  ASSERT_OK_AND_ASSIGN(const Restored restored, RestoreBackup(options));
  EXPECT_FALSE(restored.lossy);
  std::filesystem::copy_file(options.high_water_path, data() + "/high_water");
  OpenedLog log(data());
  ASSERT_OK(log.status());
  EXPECT_EQ(log.log().database().entry_count(), 4);
}

TEST_F(BackupTest, NoBackupHoldsTheKeyThatSigns) {
  OpenedLog log(data(), true);
  log.Append(0, 4);
  ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  const std::string key = testing::ReadFileOrFail(data() + "/keys/log.key");
  // PRIVATE+KEY+<origin>+<id>+<base64, which may have "+">
  size_t begin = 0;
  for (int i = 0; i < 4; ++i) begin = key.find('+', begin) + 1;
  const std::string secret = key.substr(begin, 20);
  ASSERT_GE(secret.size(), 20u);
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder())) {
    if (!file.is_regular_file()) continue;
    EXPECT_EQ(testing::ReadFileOrFail(file.path().string()).find(secret), std::string::npos)
        << file.path();
  }
}

TEST_F(BackupTest, AFlippedByteIsFound) {
  {
    OpenedLog log(data(), true);
    log.Append(0, 50);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  }
  std::string victim;
  uintmax_t largest = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder() + "/db")) {
    if (file.is_regular_file() && file.file_size() > largest) {
      largest = file.file_size();
      victim = file.path().string();
    }
  }
  std::string bytes = testing::ReadFileOrFail(victim);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  testing::WriteFileOrFail(victim, bytes);
  EXPECT_EQ(base::ReasonOf(VerifyBackup(folder(), 0, Families(), dir_.Path("scratch")).status()),
            "BACKUP_DAMAGED");
  EXPECT_EQ(base::ReasonOf(RestoreBackup(Options()).status()), "BACKUP_DAMAGED");
}

TEST_F(BackupTest, AFolderHoldsBackupsOfOneLog) {
  {
    OpenedLog log(data(), true);
    ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  }
  OpenedLog other(dir_.Path("other"), true);
  EXPECT_EQ(base::ReasonOf(CreateBackup(other.log(), folder(), {}).status()),
            "BACKUP_OF_ANOTHER_LOG");
}

TEST_F(BackupTest, ARunningServerIsNotOverwritten) {
  OpenedLog log(data(), true);
  log.Append(0, 2);
  ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  EXPECT_EQ(base::ReasonOf(RestoreBackup(Options()).status()), "DATABASE_LOCKED");
}

TEST_F(BackupTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(base::ReasonOf(ListBackups(dir_.Path("nowhere")).status()), "BACKUP_NOT_FOUND");
  OpenedLog log(data(), true);
  ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  EXPECT_EQ(base::ReasonOf(VerifyBackup(folder(), 9, Families(), dir_.Path("s")).status()),
            "BACKUP_NOT_FOUND");
}

TEST_F(BackupTest, KeysThatWereDestroyedLeaveTheBackupsWithTheNextOne) {
  OpenedLog log(data(), true);
  ASSERT_OK_AND_ASSIGN(const SlotKeys taken, log.log().keys().Take());
  ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  const std::string key(base::DigestView(taken.keys[0]));
  const auto holds_key = [&] {
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder())) {
      if (file.is_regular_file() &&
          testing::ReadFileOrFail(file.path().string()).find(key) != std::string::npos) {
        return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(holds_key());
  ASSERT_OK(log.log().keys().Destroy({{{taken.slot, 1}}}));
  ASSERT_OK(CreateBackup(log.log(), folder(), {}).status());
  EXPECT_FALSE(holds_key());
}

TEST(RestoreNoteTest, DecodeUndoesEncode) {
  const RestoreNote note{.restored_count = 5, .known_count = -1, .reason = "disk burnt"};
  ASSERT_OK_AND_ASSIGN(const RestoreNote back, DecodeRestoreNote(EncodeRestoreNote(note)));
  EXPECT_EQ(back, note);
  EXPECT_FALSE(DecodeRestoreNote("x").ok());
  EXPECT_FALSE(DecodeRestoreNote(EncodeRestoreNote(note) + "x").ok());
}

}  // namespace
}  // namespace aplomb::audit
