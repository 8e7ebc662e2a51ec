// Kills the process that brings an old database up to the present version, with SIGKILL, at any
// moment of it: what is left is the old version or the new one, and opens. The process is this
// program itself, started again with the name of the directory in its environment.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "audit/database.h"
#include "audit/migrations.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/keeping/old_database.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

extern char** environ;

namespace aplomb::audit {
namespace {

using ::testing::ElementsAre;
using testing::OpenLog;
using testing::TempDir;

constexpr char kDirectoryVariable[] = "APLOMB_MIGRATION_TEST_DIRECTORY";
constexpr int kEntries = 200;
constexpr int kStartsMax = 240;
constexpr int kKills = 60;
constexpr uint32_t kSeed = 20261123;

// What runs in the process that is killed.
TEST(DISABLED_Migrator, Opens) {
  const char* const directory = getenv(kDirectoryVariable);
  ASSERT_NE(directory, nullptr);
  _exit(OpenLog(directory, nullptr, false).ok() ? 0 : 1);
}

pid_t StartMigrator(const std::string& directory) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> arguments = {"/proc/self/exe", "--gtest_filter=DISABLED_Migrator.Opens",
                                        "--gtest_also_run_disabled_tests"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  setenv(kDirectoryVariable, directory.c_str(), 1);
  pid_t pid = 0;
  EXPECT_EQ(posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

std::vector<std::string> Bodies() {
  std::vector<std::string> bodies;
  for (int i = 0; i < kEntries; ++i) bodies.push_back(absl::StrCat(i, "/", std::string(500, 'x')));
  return bodies;
}

TEST(MigrationKill, LeavesTheOldVersionOrTheNewOneAndEveryEntry) {
  // How long it takes at most when nobody interferes.
  int64_t whole_ns = 0;
  {
    TempDir dir;
    testing::WriteVersion2(dir.path(), Bodies());
    const int64_t begin = base::SystemClock::Get()->MonotonicNanos();
    const pid_t pid = StartMigrator(dir.path());
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    whole_ns = base::SystemClock::Get()->MonotonicNanos() - begin;
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    EXPECT_EQ(testing::GetRaw(dir.path(), "meta", "format"), std::string("\0\0\0\3", 4));
  }
  std::mt19937 random(kSeed);
  int old_version = 0;
  int killed = 0;
  for (int i = 0; i < kStartsMax && killed < kKills; ++i) {
    TempDir dir;
    testing::WriteVersion2(dir.path(), Bodies());
    const pid_t pid = StartMigrator(dir.path());
    const auto moment = static_cast<int64_t>(random()) % whole_ns;
    absl::SleepFor(absl::Nanoseconds(moment));
    kill(pid, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
      ++killed;
    } else {
      whole_ns -= whole_ns / 10;  // it was over before: others held up the first one
    }
    const std::string format = testing::GetRaw(dir.path(), "meta", "format");
    ASSERT_TRUE(format == std::string("\0\0\0\2", 4) || format == std::string("\0\0\0\3", 4));
    old_version += format == std::string("\0\0\0\2", 4) ? 1 : 0;

    ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path(), nullptr, false));
    EXPECT_EQ(database->entry_count(), kEntries);
    ASSERT_OK(database->CheckAllEntries());
    ASSERT_OK_AND_ASSIGN(const auto value, database->Get(kMetaFamily, kFormatHistoryKey));
    ASSERT_OK_AND_ASSIGN(const auto periods, DecodeFormatHistory(value.value_or("")));
    // The version and what belongs to it went together: told once, of every entry.
    EXPECT_THAT(periods, ElementsAre(FormatPeriod{2, 0}, FormatPeriod{3, kEntries}));
  }
  EXPECT_EQ(killed, kKills) << "seed " << kSeed;
  EXPECT_GT(old_version, 0);
  RecordProperty("killed", killed);
  RecordProperty("old_version", old_version);
}

}  // namespace
}  // namespace aplomb::audit
