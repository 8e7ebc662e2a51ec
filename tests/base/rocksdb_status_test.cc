#include "base/storage/rocksdb_status.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "rocksdb/status.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::base {
namespace {

using ::aplomb::testing::StatusIs;
using ::aplomb::testing::TempDir;
using ::testing::HasSubstr;

struct StatusCase {
  const char* name;
  rocksdb::Status status;
  absl::StatusCode code;
};

class RocksDbStatusTest : public ::testing::TestWithParam<StatusCase> {};

TEST_P(RocksDbStatusTest, HasItsCode) {
  const absl::Status status = FromRocksDb(GetParam().status, "opening x");
  EXPECT_EQ(status.code(), GetParam().code);
  if (!status.ok()) {
    EXPECT_THAT(std::string(status.message()), HasSubstr("opening x: "));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Codes, RocksDbStatusTest,
    ::testing::Values(
        StatusCase{"Ok", rocksdb::Status::OK(), absl::StatusCode::kOk},
        StatusCase{"NotFound", rocksdb::Status::NotFound(), absl::StatusCode::kNotFound},
        StatusCase{"Corruption", rocksdb::Status::Corruption("bad"), absl::StatusCode::kDataLoss},
        StatusCase{"Argument", rocksdb::Status::InvalidArgument("a"),
                   absl::StatusCode::kInvalidArgument},
        StatusCase{"Unsupported", rocksdb::Status::NotSupported("a"),
                   absl::StatusCode::kUnimplemented},
        StatusCase{"Busy", rocksdb::Status::Busy(), absl::StatusCode::kAborted},
        StatusCase{"TryAgain", rocksdb::Status::TryAgain(), absl::StatusCode::kAborted},
        StatusCase{"TimedOut", rocksdb::Status::TimedOut(), absl::StatusCode::kDeadlineExceeded},
        StatusCase{"Stopping", rocksdb::Status::ShutdownInProgress(),
                   absl::StatusCode::kUnavailable},
        StatusCase{"Disk", rocksdb::Status::IOError("read failed"), absl::StatusCode::kUnavailable},
        StatusCase{"DiskFull", rocksdb::Status::NoSpace("x"), absl::StatusCode::kResourceExhausted},
        StatusCase{"Other", rocksdb::Status::ColumnFamilyDropped(), absl::StatusCode::kInternal}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(FromRocksDbTest, TheNameOfAFileThatIsTooShortStandsByItself) {
  const absl::Status status = FromRocksDb(
      rocksdb::Status::Corruption("file is too short (0 bytes) to be an sstable/data/000058.sst"),
      "opening x");
  EXPECT_EQ(status.message(),
            "opening x: Corruption: file is too short (0 bytes) to be an sstable: "
            "/data/000058.sst");
}

std::unique_ptr<rocksdb::DB> Open(const std::string& path, rocksdb::Status* status) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  *status = rocksdb::DB::Open(options, path, &db);
  return std::unique_ptr<rocksdb::DB>(db);
}

// RocksDB has no code for this; the test keeps our reading of its text honest.
TEST(RocksDbLockTest, AFolderInUseIsAFailedPrecondition) {
  const TempDir dir;
  rocksdb::Status status;
  const std::unique_ptr<rocksdb::DB> first = Open(dir.Path("db"), &status);
  ASSERT_TRUE(status.ok()) << status.ToString();
  const std::unique_ptr<rocksdb::DB> second = Open(dir.Path("db"), &status);
  ASSERT_EQ(second, nullptr);
  EXPECT_THAT(FromRocksDb(status, "opening"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("LOCK")));
}

}  // namespace
}  // namespace aplomb::base
