#include "base/durable_file.h"

#include <sys/stat.h>

#include <filesystem>

#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::base {
namespace {

namespace fs = std::filesystem;
using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::StatusIs;
using ::testing::HasSubstr;

mode_t ModeOf(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

class DurableFileTest : public ::testing::Test {
 protected:
  // Everything in the folder, so that nothing can be left beside the file unseen.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir_.path())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  const testing::TempDir dir_;
  const std::string path_ = dir_.Path("file");
};

TEST_F(DurableFileTest, ReplacesAFileWholeAndLeavesNothingBesideIt) {
  ASSERT_OK(WriteFileDurably(path_, "first", 0644));
  ASSERT_OK(WriteFileDurably(path_, std::string("se\0cond", 7), 0644));
  EXPECT_THAT(ReadSmallFile(path_), IsOkAndHolds(std::string("se\0cond", 7)));
  EXPECT_THAT(Names(), ::testing::ElementsAre("file"));
}

TEST_F(DurableFileTest, AModeIsKeptWhateverTheMaskAndWithoutOneTheMaskCounts) {
  const mode_t before = umask(0077);
  EXPECT_OK(WriteFileDurably(path_, "x", 0644));
  EXPECT_EQ(ModeOf(path_), 0644U);
  EXPECT_OK(WriteFileDurably(path_, "x", 0600));
  EXPECT_EQ(ModeOf(path_), 0600U);
  umask(0022);
  EXPECT_OK(WriteFileDurably(path_, "x"));
  EXPECT_EQ(ModeOf(path_), 0644U);
  umask(before);
}

TEST_F(DurableFileTest, AFailedWriteLeavesTheOldFileAndNothingBesideIt) {
  ASSERT_OK(WriteFileDurably(path_, "old", 0644));
  fs::create_directory(path_ + ".new");
  EXPECT_THAT(WriteFileDurably(path_, "new", 0644),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("file.new")));
  fs::remove(path_ + ".new");
  EXPECT_THAT(ReadSmallFile(path_), IsOkAndHolds("old"));
  // A folder cannot be replaced by a file: the rename fails, after everything was written.
  fs::create_directory(dir_.Path("folder"));
  const absl::Status onto_folder = WriteFileDurably(dir_.Path("folder"), "new", 0644);
  EXPECT_EQ(ReasonOf(onto_folder), "FILE_NOT_WRITTEN") << onto_folder;
  EXPECT_THAT(Names(), ::testing::UnorderedElementsAre("file", "folder"));
}

TEST_F(DurableFileTest, AFullDiskIsNamedAsSuch) {
  // /dev/full answers every write with ENOSPC; it is written through a link in the place of the
  // temporary file.
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  fs::create_symlink("/dev/full", path_ + ".new");
  const absl::Status full = WriteFileDurably(path_, "x");
  EXPECT_EQ(ReasonOf(full), "STORAGE_FULL") << full;
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Names(), ::testing::IsEmpty());
}

TEST_F(DurableFileTest, CreatingNeverReplaces) {
  ASSERT_OK(CreateFileDurably(path_, "first", 0600));
  EXPECT_THAT(CreateFileDurably(path_, "second", 0600), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(ReadSmallFile(path_), IsOkAndHolds("first"));
  EXPECT_THAT(Names(), ::testing::ElementsAre("file"));
}

TEST_F(DurableFileTest, ReadingTellsMissingFromUnreadableAndTooLarge) {
  EXPECT_THAT(ReadSmallFile(path_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ReadSmallFile(dir_.path()), StatusIs(absl::StatusCode::kUnavailable));
  ASSERT_OK(WriteFileDurably(path_, std::string(kMaxSmallFileBytes, 'x')));
  EXPECT_OK(ReadSmallFile(path_).status());
  ASSERT_OK(WriteFileDurably(path_, std::string(kMaxSmallFileBytes + 1, 'x')));
  EXPECT_THAT(ReadSmallFile(path_), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("more")));
}

}  // namespace
}  // namespace aplomb::base
