// A small log, in which every bit that is stored of entries, hashes, signed heads and sealed
// sections is flipped, one after the other: fsck finds each and names the entry. (What
// outsiders are shown is flipped bit by bit in tests/verify.)
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "audit/fsck.h"
#include "audit/log_tree.h"
#include "audit/tlog/note.h"
#include "base/bytes.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {

// The name is that of the friend of Database; the room that it belongs to is not linked here. It
// writes into a database that is open, behind the log's back: opening one for each bit takes long.
class BackupAccess {
 public:
  static void Put(Database& database, absl::string_view family, const std::string& key,
                  const std::string& value) {
    ASSERT_TRUE(
        database.db_->Put(rocksdb::WriteOptions(), database.Handle(family), key, value).ok());
  }
};

namespace {

using ::aplomb::testing::TempDir;
using ::aplomb::testing::TestLog;
using ::aplomb::testing::TestSigner;
using ::aplomb::testing::WriteFileOrFail;

// The database, opened behind the log's back.
class RawDatabase {
 public:
  explicit RawDatabase(const std::string& directory) {
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), directory, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const std::string& name : names) {
      descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    EXPECT_TRUE(
        rocksdb::DB::Open(rocksdb::DBOptions(), directory, descriptors, &handles, &db).ok());
    db_.reset(db);
    for (rocksdb::ColumnFamilyHandle* handle : handles) handles_[handle->GetName()] = handle;
  }
  ~RawDatabase() {
    for (const auto& [name, handle] : handles_) {
      EXPECT_TRUE(db_->DestroyColumnFamilyHandle(handle).ok()) << name;
    }
  }
  void Put(absl::string_view family, const std::string& key, const std::string& value) {
    EXPECT_TRUE(
        db_->Put(rocksdb::WriteOptions(), handles_.at(std::string(family)), key, value).ok());
  }
  std::map<std::string, std::string> Read(absl::string_view family) {
    std::map<std::string, std::string> values;
    const std::unique_ptr<rocksdb::Iterator> at(
        db_->NewIterator(rocksdb::ReadOptions(), handles_.at(std::string(family))));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      values[at->key().ToString()] = at->value().ToString();
    }
    return values;
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> handles_;
};

// A file system in memory, where there is one: thousands of databases are opened.
void KeepInMemory() {
  if (access("/dev/shm", W_OK) == 0) setenv("TEST_TMPDIR", "/dev/shm", 1);
}

void MakeLog(const std::string& directory, int entries) {
  TestLog log(directory);
  for (int i = 0; i < entries; ++i) {
    std::vector<TierSections> tiers;
    if (i == 2) tiers = {{.tier = 1, .values = {"record"}}, {.tier = 2, .values = {"a", "firm"}}};
    ASSERT_OK(log.sequencer().SubmitAndWait([&](StageContext& context) {
      return context.Append(EntryType::kDecision, absl::StrCat("body ", i), tiers).status();
    }));
  }
}

// A log that is open, as fsck sees it.
class Examined {
 public:
  explicit Examined(const std::string& directory) {
    auto database =
        Database::Open({.directory = directory,
                        .column_families = ::aplomb::testing::SeenProjection().column_families,
                        .tail_check_count = 0});
    EXPECT_OK(database);
    database_ = *std::move(database);
    auto keys = KeyStore::Open({.directory = directory + "/keys", .read_only = true});
    EXPECT_OK(keys);
    keys_ = *std::move(keys);
  }
  FsckReport Report(const FsckOptions& options = {}) {
    const auto report = Fsck(*database_, *keys_, TestSigner().key(), options);
    EXPECT_OK(report);
    return *report;
  }
  std::vector<FsckFinding> Findings(const std::string& high_water = "") {
    return Report({.high_water_path = high_water}).findings;
  }
  void Put(absl::string_view family, const std::string& key, const std::string& value) {
    BackupAccess::Put(*database_, family, key, value);
  }

 private:
  std::unique_ptr<Database> database_;
  std::unique_ptr<KeyStore> keys_;
};

// A damage so near to the end that the database is not opened is a finding too.
std::vector<FsckFinding> Examine(const std::string& directory) {
  auto database =
      Database::Open({.directory = directory,
                      .column_families = ::aplomb::testing::SeenProjection().column_families});
  if (database.ok()) {
    database->reset();
    return Examined(directory).Findings();
  }
  int64_t index = -1;
  std::string text(database.status().message());
  if (std::sscanf(text.c_str(), "Entry %" SCNd64, &index) != 1) index = -1;
  return {{.kind = base::ReasonOf(database.status()), .index = index, .text = std::move(text)}};
}

std::string FlipBit(std::string bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  return bytes;
}

uint64_t ReadNumber(absl::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

// What is stored in one family, and which entries a value is about, from its key.
struct Stored {
  std::string name;
  absl::string_view family;
  // First and last entry; a finding must name one of them.
  std::pair<int64_t, int64_t> (*entries)(const std::string& key);
};

std::pair<int64_t, int64_t> ByIndex(const std::string& key) {
  const auto index = static_cast<int64_t>(ReadNumber(key.substr(0, 8)));
  return {index, index};
}
std::pair<int64_t, int64_t> BySize(const std::string& key) {
  const auto size = static_cast<int64_t>(ReadNumber(key));
  return {size - 1, size - 1};
}
std::pair<int64_t, int64_t> ByNode(const std::string& key) {
  const int level = key[0];
  const auto number = static_cast<int64_t>(ReadNumber(key.substr(1)));
  return {number << level, ((number + 1) << level) - 1};
}

class EveryBitTest : public ::testing::TestWithParam<Stored> {};

bool Names(const std::vector<FsckFinding>& findings, std::pair<int64_t, int64_t> entries) {
  return std::any_of(findings.begin(), findings.end(), [&entries](const FsckFinding& finding) {
    return entries.first <= finding.index && finding.index <= entries.second;
  });
}

TEST_P(EveryBitTest, ThatIsFlippedIsFoundAndTheEntryIsNamed) {
  KeepInMemory();
  TempDir dir;
  MakeLog(dir.path(), 3);
  const std::map<std::string, std::string> values = RawDatabase(dir.path()).Read(GetParam().family);
  ASSERT_GE(values.size(), 2U);
  size_t flipped = 0;
  Examined log(dir.path());
  ASSERT_THAT(log.Findings(), ::testing::IsEmpty());
  for (const auto& [key, value] : values) {
    for (size_t bit = 0; bit < 8 * value.size(); ++bit) {
      log.Put(GetParam().family, key, FlipBit(value, bit));
      ASSERT_TRUE(Names(log.Findings(), GetParam().entries(key)))
          << GetParam().family << ", bit " << bit << " of " << 8 * value.size();
      ++flipped;
    }
    log.Put(GetParam().family, key, value);
  }
  EXPECT_THAT(log.Findings(), ::testing::IsEmpty());
  std::printf("%zu bits of %zu values\n", flipped, values.size());
}

// Some bits of each value, always others of a byte: also what opens the log names the entry. (All
// of them take minutes, one start each.)
constexpr size_t kStep = 61;

TEST_P(EveryBitTest, ThatIsFlippedIsFoundByAStart) {
  KeepInMemory();
  TempDir dir;
  MakeLog(dir.path(), 3);
  const std::map<std::string, std::string> values = RawDatabase(dir.path()).Read(GetParam().family);
  for (const auto& [key, value] : values) {
    for (size_t bit = 0; bit < 8 * value.size(); bit += kStep) {
      RawDatabase(dir.path()).Put(GetParam().family, key, FlipBit(value, bit));
      ASSERT_TRUE(Names(Examine(dir.path()), GetParam().entries(key)))
          << GetParam().family << ", bit " << bit << " of " << 8 * value.size();
    }
    RawDatabase(dir.path()).Put(GetParam().family, key, value);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryBitTest,
                         ::testing::Values(Stored{"Entries", kEntryFamily, ByIndex},
                                           Stored{"Hashes", kHashFamily, ByNode},
                                           Stored{"Heads", kHeadFamily, BySize},
                                           Stored{"Sections", kSectionFamily, ByIndex}),
                         [](const ::testing::TestParamInfo<Stored>& row) {
                           return row.param.name;
                         });

TEST(EveryBitTest, OfAHashAboveTheLeavesIsFound) {
  KeepInMemory();
  TempDir dir;
  MakeLog(dir.path(), 257);
  const std::string key = HashKey(8, 0);
  const std::string value = RawDatabase(dir.path()).Read(kHashFamily).at(key);
  Examined log(dir.path());
  for (size_t bit = 0; bit < 8 * value.size(); ++bit) {
    log.Put(kHashFamily, key, FlipBit(value, bit));
    ASSERT_THAT(log.Findings(), ::testing::Contains(::testing::Field(&FsckFinding::kind, "HASH")))
        << bit;
  }
}

tlog::Signer Witness(const char* name, char seed) {
  auto signer = tlog::Signer::FromSeed(name, tlog::SignatureType::kCosignature,
                                       std::string(tlog::kSeedBytes, seed));
  EXPECT_OK(signer);
  return *std::move(signer);
}

TEST(EveryBitTest, OfACosignatureIsFoundByWhoNamesItsWitness) {
  KeepInMemory();
  TempDir dir;
  MakeLog(dir.path(), 3);
  const std::map<std::string, std::string> heads = RawDatabase(dir.path()).Read(kHeadFamily);
  Examined log(dir.path());
  const tlog::Signer named = Witness("witness.test/named", 1);
  const tlog::Signer other = Witness("witness.test/other", 2);
  std::map<std::string, std::string> rows;
  for (const uint64_t size : {2, 3}) {
    for (const tlog::Signer* witness : {&named, &other}) {
      base::ByteWriter key;
      key.U64(size);
      key.U32(witness->key().key_id);
      const auto note = tlog::ParseNote(heads.at(IndexKey(static_cast<int64_t>(size))));
      ASSERT_OK(note);
      const std::string line = witness->SignatureLine(note->text, 1'800'000'000);
      rows[absl::StrCat(key.view(), witness->key().name)] = line;
      log.Put(kCosignatureFamily, absl::StrCat(key.view(), witness->key().name), line);
    }
  }
  const FsckOptions options{.witnesses = {named.key()}};
  const FsckReport sound = log.Report(options);
  EXPECT_THAT(sound.findings, ::testing::IsEmpty());
  EXPECT_EQ(sound.cosignature_count, 2);
  EXPECT_EQ(sound.unknown_cosignature_count, 2) << "nobody says that they are sound";
  size_t flipped = 0;
  for (const auto& [key, line] : rows) {
    if (key.find("named") == std::string::npos) continue;
    for (size_t bit = 0; bit < 8 * line.size(); ++bit) {
      log.Put(kCosignatureFamily, key, FlipBit(line, bit));
      ASSERT_TRUE(Names(log.Report(options).findings, BySize(key.substr(0, 8)))) << bit;
      ++flipped;
    }
    log.Put(kCosignatureFamily, key, line);
  }
  std::printf("%zu bits\n", flipped);
}

TEST(EveryBitTest, OfTheHighWaterCheckpointIsFound) {
  KeepInMemory();
  TempDir dir;
  MakeLog(dir.path(), 3);
  const std::string note = RawDatabase(dir.path()).Read(kHeadFamily).at(IndexKey(3));
  WriteFileOrFail(dir.Path("high"), note);
  Examined log(dir.path());
  ASSERT_THAT(log.Findings(dir.Path("high")), ::testing::IsEmpty());
  for (size_t bit = 0; bit < 8 * note.size(); ++bit) {
    WriteFileOrFail(dir.Path("high"), FlipBit(note, bit));
    ASSERT_THAT(log.Findings(dir.Path("high")),
                ::testing::Contains(::testing::Field(&FsckFinding::kind, "HIGH_WATER")))
        << bit;
  }
}

}  // namespace
}  // namespace aplomb::audit
