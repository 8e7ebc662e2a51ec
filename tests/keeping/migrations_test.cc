// A database of each older version, as its program left it or written by hand, is brought up to the
// present one or refused.
#include "audit/migrations.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/database.h"
#include "audit/fsck.h"
#include "audit/key_store.h"
#include "audit/log_tree.h"
#include "audit/section_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "tests/audit/fault_file_system.h"
#include "tests/audit/harness.h"
#include "tests/keeping/old_database.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::OpenLog;
using testing::TempDir;
using testing::WriteVersion2;

std::string History(const Database& database) {
  const auto value = database.Get(kMetaFamily, kFormatHistoryKey);
  return value.ok() && value->has_value() ? **value : "";
}

TEST(MigrationsTest, TheTableEndsWithThePresentVersionAndHasNoGap) {
  uint32_t expected = 1;
  for (const FormatVersion& version : FormatVersions()) EXPECT_EQ(version.version, expected++);
  EXPECT_EQ(FormatVersions().back().version, kFormatVersion);
}

TEST(MigrationsTest, StorageMdPrintsTheTable) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/storage.md"));
  for (const FormatVersion& version : FormatVersions()) {
    EXPECT_THAT(page, HasSubstr(absl::StrCat("| ", version.version, " | ", version.what, " | ",
                                             version.migrate == nullptr ? "no" : "yes", " |")));
  }
}

TEST(MigrationsTest, Version2IsBroughtUpAndKeepsEveryEntry) {
  TempDir dir;
  WriteVersion2(dir.Path("db"), {"one", "two", "three"});
  {
    ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.Path("db"), nullptr, false));
    EXPECT_EQ(database->entry_count(), 3);
    EXPECT_OK(database->CheckAllEntries());
    ASSERT_OK_AND_ASSIGN(const auto tree,
                         LogTree::Open(database.get(), testing::TestSigner().key(), std::nullopt));
    EXPECT_EQ(tree->size(), 3u);
    ASSERT_OK_AND_ASSIGN(const auto history, DecodeFormatHistory(History(*database)));
    EXPECT_THAT(history, ElementsAre(FormatPeriod{2, 0}, FormatPeriod{3, 3}));
  }
  // Once: the second opening finds the present version.
  ASSERT_OK_AND_ASSIGN(const auto again, OpenLog(dir.Path("db"), nullptr, false));
  ASSERT_OK_AND_ASSIGN(const auto history, DecodeFormatHistory(History(*again)));
  EXPECT_EQ(history.size(), 2u);
}

// version2.tar.gz is what the last program of version 2 (commit 05424f4) left on the disk: a
// TestLog with the entries "body 0" to "body 39", every tenth of them with two sealed tiers;
// without what RocksDB writes for readers (LOG, OPTIONS).
TEST(MigrationsTest, ADatabaseOfTheLastProgramOfVersion2IsBroughtUpAndCarriedOn) {
  TempDir dir;
  const std::string archive = testing::SourcePath("tests/keeping/version2.tar.gz");
  ASSERT_EQ(std::system(absl::StrCat("tar -xzf ", archive, " -C ", dir.path()).c_str()), 0);
  ASSERT_EQ(testing::GetRaw(dir.path(), "meta", "format"), std::string("\0\0\0\2", 4));
  constexpr int64_t kStored = 40;
  {
    testing::TestLog log(dir.path());
    EXPECT_EQ(log.database().entry_count(), kStored);
    ASSERT_OK_AND_ASSIGN(const auto history, DecodeFormatHistory(History(log.database())));
    EXPECT_THAT(history, ElementsAre(FormatPeriod{2, 0}, FormatPeriod{3, kStored}));
    for (int64_t i = 0; i < kStored; ++i) {
      ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, log.database().ReadEntry(i));
      EXPECT_EQ(entry.body, absl::StrCat("body ", i));
      if (i % 10 != 0) continue;
      EXPECT_THAT(ReadSections(log.database(), log.keys(), i, 2),
                  testing::IsOkAndHolds(ElementsAre(absl::StrCat("firm ", i))));
    }
    ASSERT_OK(log.sequencer().SubmitAndWait(testing::AppendBody("one more")).status());
  }
  // Every hash, head, reference and sealed section, those of before and the new ones.
  ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path(), nullptr, false));
  ASSERT_OK_AND_ASSIGN(const auto keys,
                       KeyStore::Open({.directory = dir.Path("keys"), .read_only = true}));
  ASSERT_OK_AND_ASSIGN(const FsckReport report,
                       Fsck(*database, *keys, testing::TestSigner().key(), {}));
  EXPECT_THAT(report.findings, ::testing::IsEmpty());
  EXPECT_EQ(report.entry_count, kStored + 1);
  EXPECT_EQ(report.sealed_count, 8);
}

TEST(MigrationsTest, AMigratedLogIsCarriedOnAsIfItHadAlwaysBeenNew) {
  TempDir dir;
  WriteVersion2(dir.path(), {"one", "two"});
  testing::TestLog log(dir.path());
  ASSERT_OK(log.sequencer().SubmitAndWait(testing::AppendBody("three")).status());
  EXPECT_EQ(log.database().entry_count(), 3);
  EXPECT_OK(log.database().CheckAllEntries());
  // Projected anew from the log, every derived family is what the old program had written.
  TempDir other;
  ASSERT_OK_AND_ASSIGN(const auto rebuilt, OpenLog(other.path()));
  ASSERT_OK(Rebuild(log.database(), {testing::SeenProjection()}, rebuilt.get()));
  EXPECT_OK(CompareFamilies(log.database(), *rebuilt));
}

TEST(MigrationsTest, ADamagedOldDatabaseIsLeftAsItWas) {
  TempDir dir;
  WriteVersion2(dir.path(), {"one", "two"});
  testing::PutRaw(dir.path(), "entry", std::string("\0\0\0\0\0\0\0\1", 8), "no entry");
  EXPECT_FALSE(OpenLog(dir.path(), nullptr, false).ok());
  EXPECT_EQ(testing::GetRaw(dir.path(), "meta", "format"), std::string("\0\0\0\2", 4));
}

TEST(MigrationsTest, AFailingDiskLeavesTheOldVersionOrTheNewOneWhole) {
  using Fault = testing::FaultFileSystem::Fault;
  for (const Fault fault :
       {Fault::kNoSpace, Fault::kIoError, Fault::kTornWrite, Fault::kSyncError}) {
    TempDir dir;
    WriteVersion2(dir.path(), {"one", "two", "three"});
    {
      const auto files = std::make_shared<testing::FaultFileSystem>();
      const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
      files->SetFault(fault);
      EXPECT_FALSE(OpenLog(dir.path(), env.get(), false).ok()) << static_cast<int>(fault);
    }
    const std::string format = testing::GetRaw(dir.path(), "meta", "format");
    EXPECT_TRUE(format == std::string("\0\0\0\2", 4) || format == std::string("\0\0\0\3", 4));
    ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path(), nullptr, false));
    EXPECT_EQ(database->entry_count(), 3);
    EXPECT_OK(database->CheckAllEntries());
    ASSERT_OK_AND_ASSIGN(const auto history, DecodeFormatHistory(History(*database)));
    EXPECT_THAT(history, ElementsAre(FormatPeriod{2, 0}, FormatPeriod{3, 3}));
  }
}

TEST(MigrationsTest, AVersionThatNothingLeadsFromIsRefused) {
  for (const char version : {'\0', '\1', '\x09'}) {
    TempDir dir;
    WriteVersion2(dir.path(), {"one"});
    testing::PutRaw(dir.path(), "meta", "format", std::string("\0\0\0", 3) + version);
    const auto opened = OpenLog(dir.path(), nullptr, false);
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(std::string(opened.status().message()), HasSubstr("format version"))
        << static_cast<int>(version);
  }
}

TEST(MigrationsTest, ANewDatabaseHasHadOneVersion) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path()));
  ASSERT_OK_AND_ASSIGN(const auto history, DecodeFormatHistory(History(*database)));
  EXPECT_THAT(history, ElementsAre(FormatPeriod{kFormatVersion, 0}));
}

}  // namespace
}  // namespace aplomb::audit
