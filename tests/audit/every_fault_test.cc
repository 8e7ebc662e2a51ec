// Each call by which a log is written fails, one after the other, in each way: what was
// acknowledged is there afterwards, every receipt holds, and the log either opens again or says why
// not. The writer is this program itself, started again with its orders in the environment.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "audit/erasure.h"
#include "audit/fsck.h"
#include "audit/high_water.h"
#include "audit/key_rotation.h"
#include "audit/log.h"
#include "audit/section_reader.h"
#include "audit/sequencer.h"
#include "audit/tlog/checkpoint.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/reason.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/failing_calls.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

extern char** environ;

namespace aplomb::audit {
namespace {

using ::aplomb::testing::CallCount;
using ::aplomb::testing::CallFault;
using ::aplomb::testing::FailCall;
using ::aplomb::testing::SeenProjection;
using ::aplomb::testing::StatusIs;

// Orders of the writer: "<fault> <call> <directory>".
constexpr char kOrdersVariable[] = "APLOMB_EVERY_FAULT_ORDERS";
// Every so many calls fail, from one that the seed chooses; 1: each of them, as tests/run --all has
// it.
constexpr char kStrideVariable[] = "APLOMB_EVERY_FAULT_STRIDE";
constexpr int64_t kStrideDefault = 5;
constexpr char kSeedVariable[] = "APLOMB_SEED";
constexpr int kReportFd = 3;
// A writer that waits for ever is killed.
constexpr unsigned kWriterSeconds = 60;
constexpr int kSessions = 2;
constexpr int kEntriesPerSession = 6;
// Of the entry whose sections are erased.
constexpr int64_t kErasedEntry = 2;
constexpr uint8_t kFirm = 2;
// No scenario takes so many calls: the enumeration must end.
constexpr int64_t kCallsMax = 20'000;

LogOptions Options(const std::string& directory) {
  return {.directory = directory,
          .column_families = SeenProjection().column_families,
          .create_if_missing = true};
}

// Bodies tell what they are; one goes in chunks.
std::string Body(int number) {
  return absl::StrCat(number, "/", std::string(number == 4 ? 130'000 : 300, 'x'));
}

void Report(const std::string& line) {
  if (write(kReportFd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(2);
}
[[noreturn]] void Refuse(const absl::Status& status) {
  Report(absl::StrCat("refused ", base::ReasonOf(status), " ", status.message(), "\n"));
  _exit(1);
}

// Opens the log, appends, changes its key, erases, closes, twice. Says what was acknowledged.
TEST(DISABLED_EveryFaultWriter, Writes) {
  const std::vector<std::string> orders = absl::StrSplit(getenv(kOrdersVariable), ' ');
  ASSERT_EQ(orders.size(), 3U);
  int fault = 0;
  int64_t at = 0;
  ASSERT_TRUE(absl::SimpleAtoi(orders[0], &fault) && absl::SimpleAtoi(orders[1], &at));
  alarm(kWriterSeconds);
  FailCall(static_cast<CallFault>(fault), at, orders[2]);
  for (int session = 0; session < kSessions; ++session) {
    auto log = Log::Open(Options(orders[2]));
    if (!log.ok()) Refuse(log.status());
    // As a server has it: it ends where its disk fails.
    Sequencer sequencer(&(*log)->database(), &(*log)->tree(), &(*log)->keys(), {SeenProjection()},
                        {}, base::SystemClock::Get(), base::Logger::Null(),
                        {.abort_on_storage_failure = true});
    for (int i = 0; i < kEntriesPerSession; ++i) {
      const int number = session * kEntriesPerSession + i;
      const auto committed = sequencer.SubmitAndWait([&](StageContext& context) {
        return context
            .Append(EntryType::kDecision, Body(number),
                    {{.tier = 1, .values = {"record"}}, {.tier = kFirm, .values = {"firm"}}})
            .status();
      });
      if (!committed.ok()) Refuse(committed.status());
      const auto receipt = (*log)->tree().FirstReceipt(static_cast<uint64_t>(committed->index));
      if (!receipt.ok()) Refuse(receipt.status());
      Report(absl::StrCat("entry ", committed->index, " ", number, " ",
                          tlog::EncodeBase64(tlog::FormatReceipt(*receipt)), "\n"));
    }
    // The log changes its key: begun in the first session, ended in the second.
    const auto changed = session == 0
                             ? BeginKeyRotation(**log, sequencer, *base::SystemRandom::Get())
                             : EndKeyRotation(**log, sequencer);
    if (!changed.ok()) Refuse(changed.status());
    Report(absl::StrCat("key ", changed->new_key.ToString(), "\n"));
    if (session == 0) {
      const auto erased =
          EraseSections(sequencer, (*log)->database(), (*log)->keys(),
                        {.ground = ErasureGround::kRequest, .tiers = {{kErasedEntry, kFirm}}});
      if (!erased.ok()) Refuse(erased.status());
      Report("erased\n");
    }
  }
  Report(absl::StrCat("end ", CallCount(), "\n"));
}

// What a writer has said, and how it ended.
struct Outcome {
  int status = 0;
  std::vector<std::vector<std::string>> lines = {};

  std::vector<std::string> Find(absl::string_view word) const {
    for (const auto& line : lines) {
      if (line[0] == word) return line;
    }
    return {};
  }
};

Outcome RunWriter(CallFault fault, int64_t at, const std::string& directory) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kReportFd);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> arguments = {"/proc/self/exe",
                                        "--gtest_filter=DISABLED_EveryFaultWriter.Writes",
                                        "--gtest_also_run_disabled_tests"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  setenv(kOrdersVariable, absl::StrCat(static_cast<int>(fault), " ", at, " ", directory).c_str(),
         1);
  pid_t pid = 0;
  EXPECT_EQ(posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  char buffer[65536];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  Outcome outcome;
  EXPECT_EQ(waitpid(pid, &outcome.status, 0), pid);
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    outcome.lines.push_back(absl::StrSplit(line, ' '));
  }
  return outcome;
}

// It ended by itself, by its own decision after a failed write, or by the cut; never in another
// way.
void CheckEnd(const Outcome& outcome, CallFault fault) {
  if (WIFSIGNALED(outcome.status)) {
    const bool cut = fault == CallFault::kCut || fault == CallFault::kTornCut;
    EXPECT_EQ(WTERMSIG(outcome.status), cut ? SIGKILL : SIGABRT);
    return;
  }
  if (WEXITSTATUS(outcome.status) == 0) {
    EXPECT_FALSE(outcome.Find("end").empty());
    return;
  }
  EXPECT_EQ(WEXITSTATUS(outcome.status), 1);
  EXPECT_GT(outcome.Find("refused").size(), 3U) << "it says why";
}

// Everything acknowledged is in the log.
void CheckReceipts(Log& log, const Outcome& outcome) {
  tlog::Policy policy;
  for (const tlog::VerifierKey& key : log.tree().log_keys()) policy.logs.push_back({.key = key});
  for (const auto& line : outcome.lines) {
    if (line[0] == "key") {
      EXPECT_EQ(line[1], log.tree().log_key().ToString());
    }
    if (line[0] == "erased") {
      EXPECT_THAT(ReadSections(log.database(), log.keys(), kErasedEntry, kFirm),
                  StatusIs(absl::StatusCode::kNotFound));
    }
    if (line[0] != "entry") continue;
    int64_t index = -1;
    int number = -1;
    ASSERT_TRUE(absl::SimpleAtoi(line[1], &index) && absl::SimpleAtoi(line[2], &number));
    ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, log.database().ReadEntry(index));
    ASSERT_EQ(entry.body, Body(number)) << "entry " << index;
    ASSERT_OK_AND_ASSIGN(const std::string text, tlog::DecodeBase64(line[3]));
    ASSERT_OK_AND_ASSIGN(const tlog::Receipt receipt, tlog::ParseReceipt(text));
    ASSERT_OK_AND_ASSIGN(const std::string stored, log.tree().EntryBytes(receipt.index));
    ASSERT_OK(tlog::CheckReceipt(receipt, stored, policy, /*require_quorum=*/false));
    ASSERT_OK(CheckContains(log.tree(), receipt.checkpoint, "a receipt"));
  }
}

// It also fits together, and goes on.
void CheckAcknowledged(Log& log, const Outcome& outcome) {
  CheckReceipts(log, outcome);
  ASSERT_OK_AND_ASSIGN(const FsckReport report,
                       Fsck(log.database(), log.keys(), log.tree().log_key(),
                            {.high_water_path = log.high_water_path()}));
  EXPECT_TRUE(report.findings.empty())
      << report.findings[0].kind << ": " << report.findings[0].text;
  Sequencer sequencer(&log.database(), &log.tree(), &log.keys(), {SeenProjection()}, {},
                      base::SystemClock::Get(), base::Logger::Null(), {});
  EXPECT_OK(sequencer.SubmitAndWait(::aplomb::testing::AppendBody("it goes on")));
}

struct Row {
  std::string name;
  CallFault fault;
};

class EveryFaultTest : public ::testing::TestWithParam<Row> {};

TEST_P(EveryFaultTest, LosesNothingAcknowledged) {
  // What is synced survives a killed process in memory too, and syncs cost nothing there.
  struct stat memory = {};
  if (stat("/dev/shm", &memory) == 0 && access("/dev/shm", W_OK) == 0) {
    setenv("TEST_TMPDIR", "/dev/shm", 1);
  }
  uint64_t seed = base::SystemRandom::Get()->U64();
  if (const char* const text = getenv(kSeedVariable); text != nullptr) {
    ASSERT_TRUE(absl::SimpleAtoi(text, &seed));
  }
  int64_t stride = kStrideDefault;
  if (const char* const text = getenv(kStrideVariable); text != nullptr) {
    ASSERT_TRUE(absl::SimpleAtoi(text, &stride) && stride > 0);
  }
  int64_t at = static_cast<int64_t>(seed % static_cast<uint64_t>(stride));
  int64_t failed = 0;
  std::map<std::string, int> refused;  // how often, by reason
  for (;; at += stride) {
    SCOPED_TRACE(absl::StrCat("APLOMB_SEED=", seed, " call ", at));
    ASSERT_LT(at, kCallsMax);
    ::aplomb::testing::TempDir dir;
    // As the system spells it, which is how calls are recognized.
    const std::string directory = std::filesystem::canonical(dir.path()).string();
    const Outcome outcome = RunWriter(GetParam().fault, at, directory);
    CheckEnd(outcome, GetParam().fault);
    const std::vector<std::string> end = outcome.Find("end");
    int64_t calls = 0;
    if (!end.empty() && absl::SimpleAtoi(end[1], &calls) && calls <= at) break;  // none failed
    ++failed;
    const auto log = Log::Open(Options(directory));
    if (log.ok()) {
      CheckAcknowledged(**log, outcome);
    } else {
      // Wherever a first start was cut short, the next one goes on.
      ++refused[base::ReasonOf(log.status())];
      ADD_FAILURE() << log.status();
    }
    if (HasFailure()) break;
  }
  EXPECT_GT(failed, 100 / stride) << "hardly any call was seen";
  std::printf("APLOMB_SEED=%s: %s calls failed\n", absl::StrCat(seed).c_str(),
              absl::StrCat(failed).c_str());
  for (const auto& [reason, count] : refused) {
    std::printf("%d beginnings refused afterwards: %s\n", count, reason.c_str());
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryFaultTest,
                         ::testing::Values(Row{"IoError", CallFault::kIoError},
                                           Row{"NoSpace", CallFault::kNoSpace},
                                           Row{"Torn", CallFault::kTorn},
                                           Row{"Cut", CallFault::kCut},
                                           Row{"TornCut", CallFault::kTornCut}),
                         [](const ::testing::TestParamInfo<Row>& row) { return row.param.name; });

}  // namespace
}  // namespace aplomb::audit
