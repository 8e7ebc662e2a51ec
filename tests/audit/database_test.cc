#include "audit/database.h"

#include <dirent.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "audit/sequencer.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "tests/audit/fault_file_system.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

using ::aplomb::testing::AppendBody;
using ::aplomb::testing::FaultFileSystem;
using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::kSeenFamily;
using ::aplomb::testing::OpenLog;
using ::aplomb::testing::ReadFileOrFail;
using ::aplomb::testing::SeenProjection;
using ::aplomb::testing::StatusIs;
using ::aplomb::testing::TempDir;
using ::aplomb::testing::TestLog;
using ::aplomb::testing::WriteFileOrFail;
using ::testing::HasSubstr;

// Files of `directory` whose names begin and end so.
std::vector<std::string> FilesLike(const std::string& directory, absl::string_view prefix,
                                   absl::string_view suffix) {
  std::vector<std::string> found;
  DIR* const dir = opendir(directory.c_str());
  while (const dirent* const child = readdir(dir)) {
    const absl::string_view name = child->d_name;
    if (absl::StartsWith(name, prefix) && absl::EndsWith(name, suffix)) {
      found.push_back(absl::StrCat(directory, "/", name));
    }
  }
  closedir(dir);
  std::sort(found.begin(), found.end());
  return found;
}

// The raw database, to do what ours would not.
class RawDatabase {
 public:
  explicit RawDatabase(const std::string& directory) {
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), directory, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const std::string& name : names) {
      descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    rocksdb::DB* db = nullptr;
    EXPECT_TRUE(
        rocksdb::DB::Open(rocksdb::DBOptions(), directory, descriptors, &handles_, &db).ok());
    db_.reset(db);
  }
  ~RawDatabase() {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      EXPECT_TRUE(db_->DestroyColumnFamilyHandle(handle).ok());
    }
  }
  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* Handle(absl::string_view family) {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      if (handle->GetName() == family) return handle;
    }
    ADD_FAILURE() << "no family " << family;
    return nullptr;
  }
  void FlushAndCompact() {
    EXPECT_TRUE(db_->Flush(rocksdb::FlushOptions(), handles_).ok());
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      EXPECT_TRUE(db_->CompactRange(rocksdb::CompactRangeOptions(), handle, nullptr, nullptr).ok());
    }
  }
  void Put(absl::string_view family, const std::string& key, const std::string& value) {
    EXPECT_TRUE(db_->Put(rocksdb::WriteOptions(), Handle(family), key, value).ok());
  }
  std::string Get(absl::string_view family, const std::string& key) {
    std::string value;
    EXPECT_TRUE(db_->Get(rocksdb::ReadOptions(), Handle(family), key, &value).ok());
    return value;
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

void WriteEntries(const std::string& directory, int count) {
  TestLog log(directory);
  for (int i = 0; i < count; ++i) {
    ASSERT_OK(log.sequencer().SubmitAndWait(
        AppendBody(absl::StrCat("body number ", i, std::string(200, 'x')))));
  }
}

TEST(DatabaseTest, ADirectoryWithoutADatabaseIsNotFoundAndNotTouched) {
  TempDir dir;
  const auto database = OpenLog(dir.Path("none"), nullptr, /*create_if_missing=*/false);
  EXPECT_THAT(database, StatusIs(absl::StatusCode::kNotFound, HasSubstr(dir.Path("none"))));
  EXPECT_EQ(base::ReasonOf(database.status()), "DATABASE_NOT_FOUND");
  EXPECT_EQ(opendir(dir.Path("none").c_str()), nullptr);
}

TEST(DatabaseTest, AnEmptyDatabaseIsOpenedAgain) {
  TempDir dir;
  ASSERT_OK(OpenLog(dir.path()));
  ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path(), nullptr, false));
  EXPECT_EQ(database->entry_count(), 0);
}

TEST(DatabaseTest, WorksInMemory) {
  const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  // The keys stay on the disk: they are a store of their own.
  const TempDir dir;
  TestLog log(dir.path(), env.get());
  ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody("a")));
  EXPECT_EQ(log.database().entry_count(), 1);
}

TEST(DatabaseTest, ASecondOpenOfTheSameDirectoryIsRefused) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(const auto first, OpenLog(dir.path()));
  const auto second = OpenLog(dir.path());
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(dir.path())));
  EXPECT_EQ(base::ReasonOf(second.status()), "DATABASE_LOCKED");
}

TEST(DatabaseTest, AFamilyOfTheFutureIsRefused) {
  TempDir dir;
  WriteEntries(dir.path(), 1);
  const auto database = Database::Open({.directory = dir.path()});
  EXPECT_THAT(database, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(kSeenFamily)));
  EXPECT_EQ(base::ReasonOf(database.status()), "DATABASE_FAMILY_UNKNOWN");
}

TEST(DatabaseTest, ANewFamilyIsAdded) {
  TempDir dir;
  WriteEntries(dir.path(), 1);
  ASSERT_OK_AND_ASSIGN(
      const auto database,
      Database::Open(
          {.directory = dir.path(), .column_families = {{.name = kSeenFamily}, {.name = "new"}}}));
  EXPECT_THAT(database->Get("new", "key"), IsOkAndHolds(std::nullopt));
  EXPECT_EQ(database->entry_count(), 1);
}

TEST(DatabaseTest, AFullDiskAtCreationIsNamed) {
  TempDir dir;
  const auto files = std::make_shared<FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  files->SetFault(FaultFileSystem::Fault::kNoSpace);
  const auto database = OpenLog(dir.path(), env.get());
  EXPECT_THAT(database, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr(dir.path())));
  EXPECT_EQ(base::ReasonOf(database.status()), "STORAGE_FULL");
  // What was interrupted can be begun again.
  files->SetFault(FaultFileSystem::Fault::kNone);
  EXPECT_OK(OpenLog(dir.path(), env.get()));
}

// ---- Damage

struct Damage {
  std::string name;
  std::function<void(const std::string& directory)> inflict;
  absl::StatusCode code = absl::StatusCode::kDataLoss;
  std::string reason = "DATABASE_DAMAGED";
};

void FlipBitInTheMiddle(const std::string& path) {
  std::string bytes = ReadFileOrFail(path);
  ASSERT_GT(bytes.size(), 2U) << path;
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  WriteFileOrFail(path, bytes);
}

void Halve(const std::string& path) {
  const std::string bytes = ReadFileOrFail(path);
  WriteFileOrFail(path, bytes.substr(0, bytes.size() / 2));
}

class DamageTest : public ::testing::TestWithParam<Damage> {};

TEST_P(DamageTest, IsRefusedWithTheDirectoryAndAReason) {
  TempDir dir;
  WriteEntries(dir.path(), 50);
  RawDatabase(dir.path()).FlushAndCompact();
  ASSERT_OK(OpenLog(dir.path()));
  GetParam().inflict(dir.path());
  for (const bool create_if_missing : {false, true}) {
    const auto database = OpenLog(dir.path(), nullptr, create_if_missing);
    EXPECT_THAT(database, StatusIs(GetParam().code, HasSubstr(dir.path())));
    EXPECT_EQ(base::ReasonOf(database.status()), GetParam().reason);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, DamageTest,
    ::testing::Values(
        Damage{"CurrentIsMissing",
               [](const std::string& directory) {
                 ASSERT_EQ(remove((directory + "/CURRENT").c_str()), 0);
               }},
        Damage{"CurrentIsEmpty",
               [](const std::string& directory) { WriteFileOrFail(directory + "/CURRENT", ""); }},
        Damage{"CurrentNamesNothing",
               [](const std::string& directory) {
                 WriteFileOrFail(directory + "/CURRENT", "MANIFEST-999999\n");
               }},
        Damage{"ManifestIsTruncated",
               [](const std::string& directory) {
                 for (const std::string& path : FilesLike(directory, "MANIFEST-", "")) Halve(path);
               }},
        Damage{"ManifestIsEmpty",
               [](const std::string& directory) {
                 for (const std::string& path : FilesLike(directory, "MANIFEST-", "")) {
                   WriteFileOrFail(path, "");
                 }
               }},
        Damage{"AllTablesAreTruncated",
               [](const std::string& directory) {
                 for (const std::string& path : FilesLike(directory, "", ".sst")) Halve(path);
               }},
        Damage{"ATableIsMissing",
               [](const std::string& directory) {
                 ASSERT_EQ(remove(FilesLike(directory, "", ".sst").front().c_str()), 0);
               }},
        Damage{"AnEntryWasDeleted",
               [](const std::string& directory) {
                 RawDatabase raw(directory);
                 ASSERT_TRUE(
                     raw.db()
                         .Delete(rocksdb::WriteOptions(), raw.Handle(kEntryFamily), IndexKey(20))
                         .ok());
               }},
        Damage{"AnEntryWasDeletedLongAgo",
               [](const std::string& directory) {
                 RawDatabase raw(directory);
                 ASSERT_TRUE(
                     raw.db()
                         .Delete(rocksdb::WriteOptions(), raw.Handle(kEntryFamily), IndexKey(20))
                         .ok());
                 raw.FlushAndCompact();
               }},
        Damage{"TheLastEntryIsMissing",
               [](const std::string& directory) {
                 RawDatabase raw(directory);
                 ASSERT_TRUE(
                     raw.db()
                         .Delete(rocksdb::WriteOptions(), raw.Handle(kEntryFamily), IndexKey(49))
                         .ok());
                 raw.FlushAndCompact();
               }},
        Damage{"TheNumberOfEntriesIsGarbled",
               [](const std::string& directory) {
                 RawDatabase(directory).Put(kMetaFamily, "size", "50");
               }},
        Damage{"ABitOfAnEntryIsFlipped",
               [](const std::string& directory) {
                 RawDatabase raw(directory);
                 std::string bytes = raw.Get(kEntryFamily, IndexKey(30));
                 bytes[bytes.size() - 1] = static_cast<char>(bytes[bytes.size() - 1] ^ 1);
                 raw.Put(kEntryFamily, IndexKey(30), bytes);
               },
               absl::StatusCode::kDataLoss, "ENTRY_DAMAGED"},
        Damage{"AnEntryIsNotOne",
               [](const std::string& directory) {
                 RawDatabase raw(directory);
                 raw.Put(kEntryFamily, IndexKey(30), "no entry");
                 raw.Put(kHashFamily, absl::StrCat(absl::string_view("\0", 1), IndexKey(30)),
                         std::string(base::DigestView(LeafHash("no entry"))));
               },
               absl::StatusCode::kDataLoss, "ENTRY_DAMAGED"},
        Damage{"TheFormatIsGarbled",
               [](const std::string& directory) {
                 RawDatabase(directory).Put(kMetaFamily, "format", "1");
               }},
        Damage{
            "TheFormatIsMissing",
            [](const std::string& directory) {
              RawDatabase raw(directory);
              ASSERT_TRUE(
                  raw.db().Delete(rocksdb::WriteOptions(), raw.Handle(kMetaFamily), "format").ok());
            }},
        Damage{"TheFormatIsOfTheFuture",
               [](const std::string& directory) {
                 RawDatabase(directory).Put(kMetaFamily, "format", std::string("\0\0\1\0", 4));
               },
               absl::StatusCode::kFailedPrecondition, "DATABASE_FORMAT_UNKNOWN"}),
    [](const ::testing::TestParamInfo<Damage>& row) { return row.param.name; });

struct WalDamage {
  std::string name;
  std::function<void(const std::string& path)> inflict;
};

class WalDamageTest : public ::testing::TestWithParam<WalDamage> {};

// RocksDB by itself would open these with fewer entries, and say nothing.
TEST_P(WalDamageTest, AcknowledgedEntriesDoNotGoMissingUnseen) {
  TempDir dir;
  WriteEntries(dir.path(), 50);
  std::string wal;
  for (const std::string& path : FilesLike(dir.path(), "", ".log")) {
    if (ReadFileOrFail(path).size() > 10'000) wal = path;
  }
  ASSERT_NE(wal, "");
  const std::string good = ReadFileOrFail(wal);
  GetParam().inflict(wal);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto database = OpenLog(dir.path());
    EXPECT_THAT(database, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("50")));
    EXPECT_EQ(base::ReasonOf(database.status()), "DATABASE_DAMAGED");
  }
  // It was left as it was: with the file mended, all is there.
  WriteFileOrFail(wal, good);
  ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path()));
  EXPECT_EQ(database->entry_count(), 50);
}

INSTANTIATE_TEST_SUITE_P(
    All, WalDamageTest,
    ::testing::Values(WalDamage{"ABitInTheMiddle", FlipBitInTheMiddle},
                      WalDamage{"Truncated", Halve},
                      WalDamage{"Empty",
                                [](const std::string& path) { WriteFileOrFail(path, ""); }}),
    [](const ::testing::TestParamInfo<WalDamage>& row) { return row.param.name; });

TEST(DatabaseTest, ManyWriteAheadLogsAreOpenedAgain) {
  TempDir dir;
  {
    TestLog log(dir.path());
    for (int i = 0; i < 40; ++i) {  // 2.4 MB each; a log is closed at 64 MB or a full memtable
      ASSERT_OK(log.sequencer().SubmitAndWait(
          AppendBody(absl::StrCat(i, std::string(40 * kMaxChunkBytes, 'x')))));
    }
  }
  EXPECT_GT(FilesLike(dir.path(), "", ".log").size() + FilesLike(dir.path(), "", ".sst").size(),
            2U);
  ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path()));
  EXPECT_OK(database->CheckAllEntries());
  EXPECT_EQ(database->entry_count(), 40 * 42);
}

TEST(DatabaseTest, AGarbledHighWaterIsNamedAndAMissingOneIsMadeAnew) {
  TempDir dir;
  WriteEntries(dir.path(), 3);
  WriteFileOrFail(dir.Path("HIGHWATER"), std::string(32, 'g'));
  const auto database = OpenLog(dir.path());
  EXPECT_THAT(database, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("HIGHWATER")));
  ASSERT_EQ(remove(dir.Path("HIGHWATER").c_str()), 0);
  ASSERT_OK(OpenLog(dir.path()));
  EXPECT_EQ(ReadFileOrFail(dir.Path("HIGHWATER")),
            std::string("\0\0\0\0\0\0\0\3\xff\xff\xff\xff\xff\xff\xff\xfc", 16));
}

TEST(DatabaseTest, ATornHighWaterLeavesTheOneBefore) {
  TempDir dir;
  WriteEntries(dir.path(), 3);
  const std::string whole = ReadFileOrFail(dir.Path("HIGHWATER"));
  ASSERT_EQ(whole.size(), 32U);
  // Of 3 and of 2 entries, in whichever slot; 9 would be more than there are.
  for (const size_t torn : {size_t{0}, size_t{16}}) {
    std::string bytes = whole;
    bytes.replace(torn, 8, "torn....");
    WriteFileOrFail(dir.Path("HIGHWATER"), bytes);
    ASSERT_OK(OpenLog(dir.path()));
    bytes.replace(16 - torn, 16, "\0\0\0\0\0\0\0\x09\xff\xff\xff\xff\xff\xff\xff\xf6", 16);
    WriteFileOrFail(dir.Path("HIGHWATER"), bytes);
    EXPECT_THAT(OpenLog(dir.path()), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("9 were")));
  }
}

TEST(DatabaseTest, NoFlippedBitInATableGoesUnseen) {
  TempDir dir;
  WriteEntries(dir.path(), 50);
  RawDatabase(dir.path()).FlushAndCompact();
  for (const std::string& path : FilesLike(dir.path(), "", ".sst")) {
    const std::string good = ReadFileOrFail(path);
    FlipBitInTheMiddle(path);
    const auto database = OpenLog(dir.path(), nullptr, false);
    absl::Status status = database.status();
    // The newest entries are read at opening, the rest by the full check.
    if (status.ok()) status = (*database)->CheckAllEntries();
    for (const ColumnFamilySpec& family : SeenProjection().column_families) {
      if (!status.ok()) break;
      status = (*database)->Scan(family.name, "", "",
                                 [](absl::string_view, absl::string_view) { return true; });
    }
    for (const absl::string_view family :
         {kHashFamily, kHeadFamily, kSectionFamily, kMetaFamily, kIdempotencyFamily,
          kTieSecretFamily, kEpochFamily, kErasedFamily}) {
      if (!status.ok()) break;
      status = (*database)->Scan(family, "", "",
                                 [](absl::string_view, absl::string_view) { return true; });
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << path << ": " << status;
    WriteFileOrFail(path, good);
  }
  EXPECT_OK(OpenLog(dir.path(), nullptr, false));
}

}  // namespace
}  // namespace aplomb::audit
