// Kills the process that writes, with SIGKILL, at any moment, and looks at what is left. The writer
// is this program itself, started again with the name of its directory in the environment.
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "audit/database.h"
#include "audit/fsck.h"
#include "audit/high_water.h"
#include "audit/log_tree.h"
#include "audit/sequencer.h"
#include "audit/tlog/checkpoint.h"
#include "base/reason.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

extern char** environ;

namespace aplomb::audit {
namespace {

using ::aplomb::testing::AppendBody;
using ::aplomb::testing::OpenKeys;
using ::aplomb::testing::OpenLog;
using ::aplomb::testing::SeenProjection;
using ::aplomb::testing::TempDir;
using ::aplomb::testing::TestLog;
using ::aplomb::testing::TestSigner;

constexpr char kDirectoryVariable[] = "APLOMB_CRASH_TEST_DIRECTORY";
constexpr int kAcknowledgeFd = 3;
// Fast enough for each landing; nightly runs may set another number.
constexpr char kKillsVariable[] = "APLOMB_CRASH_TEST_KILLS";
constexpr int kKillsDefault = 30;

// What the entry at `index` must be, if its author chose it so; bodies tell what they are.
std::string Body(uint64_t number) {
  return absl::StrCat(number, "/", std::string(number % 50 == 0 ? 70'000 : number % 500, 'x'));
}

// The writer: four threads of commands, each acknowledged with "index number receipt\n".
TEST(DISABLED_CrashWriter, Writes) {
  const char* const directory = getenv(kDirectoryVariable);
  ASSERT_NE(directory, nullptr);
  TestLog log(directory);
  const uint64_t base = static_cast<uint64_t>(log.database().entry_count()) * 1000;
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&log, base, t] {
      for (uint64_t i = 0;; ++i) {
        const uint64_t number = base + 4 * i + t;
        const auto committed = log.sequencer().SubmitAndWait(AppendBody(Body(number)));
        if (!committed.ok()) _exit(1);
        const auto receipt =
            log.tree().FirstReceipt(static_cast<uint64_t>(committed->index));
        if (!receipt.ok()) _exit(3);
        const std::string line = absl::StrCat(
            committed->index, " ", number, " ",
            tlog::EncodeBase64(tlog::FormatReceipt(*receipt)), "\n");
        // Longer writes to a pipe may be torn by another thread's.
        if (line.size() > PIPE_BUF) _exit(4);
        if (write(kAcknowledgeFd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
          _exit(2);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// A writer in a process of its own; what it says comes out of the pipe `acknowledged`.
pid_t StartWriter(const std::string& directory, int* acknowledged) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kAcknowledgeFd);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> arguments = {"/proc/self/exe",
                                        "--gtest_filter=DISABLED_CrashWriter.Writes",
                                        "--gtest_also_run_disabled_tests"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  setenv(kDirectoryVariable, directory.c_str(), 1);
  pid_t pid = 0;
  EXPECT_EQ(posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  *acknowledged = ends[0];
  return pid;
}

std::string ReadUntilClosed(int fd) {
  std::string text;
  char buffer[65536];
  for (ssize_t n = 0; (n = read(fd, buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(n));
  }
  return text;
}

// OK if the receipt verifies by itself and its checkpoint is a beginning of the log as it is now.
absl::Status CheckStillTrue(const std::string& text, const LogTree& tree) {
  ASSIGN_OR_RETURN(const tlog::Receipt receipt, tlog::ParseReceipt(text));
  ASSIGN_OR_RETURN(const std::string entry, tree.EntryBytes(receipt.index));
  tlog::Policy policy;
  policy.logs.push_back({.key = tree.log_key()});
  RETURN_IF_ERROR(
      tlog::CheckReceipt(receipt, entry, policy, /*require_quorum=*/false).status());
  return CheckContains(tree, receipt.checkpoint, "a receipt");
}

TEST(CrashTest, KillingTheWriterLosesNothingAcknowledged) {
  const uint64_t seed = 20260301;
  std::mt19937_64 random(seed);
  int kills = kKillsDefault;
  if (const char* const text = getenv(kKillsVariable); text != nullptr) {
    ASSERT_TRUE(absl::SimpleAtoi(text, &kills));
  }
  TempDir dir;
  std::vector<std::string> receipts;
  int64_t acknowledged_count = 0;
  int64_t killed_before_writing = 0;
  for (int kill_number = 0; kill_number < kills; ++kill_number) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, " kill ", kill_number));
    int acknowledged = -1;
    const pid_t pid = StartWriter(dir.Path("log"), &acknowledged);
    std::string text;
    std::thread reader([&] { text = ReadUntilClosed(acknowledged); });
    absl::SleepFor(absl::Microseconds(1000 + random() % 200'000));
    EXPECT_EQ(kill(pid, SIGKILL), 0);
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    reader.join();
    close(acknowledged);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << status;

    ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.Path("log")));
    if (kill_number % 10 == 9) {
      ASSERT_OK(database->CheckAllEntries());
    }
    // The log goes on from a head that was signed, and never signs another history.
    ASSERT_OK_AND_ASSIGN(const auto tree, LogTree::Open(database.get(), TestSigner().key(),
                                                        TestSigner()));
    if (text.empty()) ++killed_before_writing;
    for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
      int64_t index = -1;
      uint64_t number = 0;
      // Lines are short, so a write to the pipe is whole or was not done.
      ASSERT_EQ(words.size(), 3U);
      ASSERT_TRUE(absl::SimpleAtoi(words[0], &index));
      ASSERT_TRUE(absl::SimpleAtoi(words[1], &number));
      ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, database->ReadEntry(index));
      ASSERT_EQ(entry.body, Body(number)) << "entry " << index;
      ASSERT_OK_AND_ASSIGN(const std::string receipt, tlog::DecodeBase64(words[2]));
      ASSERT_OK(CheckStillTrue(receipt, *tree)) << "entry " << index;
      receipts.push_back(receipt);
      ++acknowledged_count;
    }
  }
  EXPECT_GT(acknowledged_count, kills) << "the writer was always killed before it wrote";
  RecordProperty("acknowledged", static_cast<int>(acknowledged_count));
  RecordProperty("killed_before_writing", static_cast<int>(killed_before_writing));

  // Every receipt ever handed out, now that the log has gone through all of it.
  {
    ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.Path("log")));
    ASSERT_OK_AND_ASSIGN(const auto tree, LogTree::Open(database.get(), TestSigner().key(),
                                                        TestSigner()));
    for (const std::string& text : receipts) ASSERT_OK(CheckStillTrue(text, *tree));
    ASSERT_OK_AND_ASSIGN(const auto keys, OpenKeys(dir.Path("log")));
    ASSERT_OK_AND_ASSIGN(const FsckReport report,
                         Fsck(*database, *keys, TestSigner().key(), {}));
    EXPECT_TRUE(report.findings.empty()) << report.findings[0].text;
  }

  // Effects were never half there.
  ASSERT_OK_AND_ASSIGN(const auto live, OpenLog(dir.Path("log")));
  ASSERT_OK_AND_ASSIGN(const auto rebuilt, OpenLog(dir.Path("rebuilt")));
  ASSERT_OK(Rebuild(*live, {SeenProjection()}, rebuilt.get()));
  EXPECT_OK(CompareFamilies(*live, *rebuilt));
}

TEST(CrashTest, ASecondProcessOnTheDirectoryIsRefused) {
  TempDir dir;
  int acknowledged = -1;
  const pid_t pid = StartWriter(dir.Path("log"), &acknowledged);
  char byte = 0;
  ASSERT_EQ(read(acknowledged, &byte, 1), 1) << "wait until it has the directory";
  const auto database = OpenLog(dir.Path("log"));
  EXPECT_EQ(database.status().code(), absl::StatusCode::kFailedPrecondition) << database.status();
  EXPECT_EQ(base::ReasonOf(database.status()), "DATABASE_LOCKED");
  EXPECT_EQ(kill(pid, SIGKILL), 0);
  EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
  close(acknowledged);
  // The lock went with the process.
  EXPECT_OK(OpenLog(dir.Path("log")));
}

}  // namespace
}  // namespace aplomb::audit
