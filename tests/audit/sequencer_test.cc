#include "audit/sequencer.h"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/section_reader.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
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
using ::aplomb::testing::SeenProjection;
using ::aplomb::testing::StatusIs;
using ::aplomb::testing::TempDir;
using ::aplomb::testing::TestLog;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Holds up the writer thread inside a command until it is opened.
class Gate {
 public:
  std::function<absl::Status(StageContext&)> Stage() {
    return [this](StageContext& context) {
      base::MutexLock lock(&mutex_);
      reached_ = true;
      changed_.SignalAll();
      while (!open_) changed_.Wait(&mutex_);
      return context.Append(EntryType::kDecision, "gate").status();
    };
  }
  void AwaitReached() {
    base::MutexLock lock(&mutex_);
    while (!reached_) changed_.Wait(&mutex_);
  }
  void Open() {
    base::MutexLock lock(&mutex_);
    open_ = true;
    changed_.SignalAll();
  }

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  bool reached_ ABSL_GUARDED_BY(mutex_) = false;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

// Collects results.
class Results {
 public:
  std::function<void(const absl::StatusOr<Committed>&)> Next() {
    return [this](const absl::StatusOr<Committed>& result) {
      base::MutexLock lock(&mutex_);
      results_.push_back(result);
      changed_.SignalAll();
    };
  }
  std::vector<absl::StatusOr<Committed>> Await(size_t count) {
    base::MutexLock lock(&mutex_);
    while (results_.size() < count) changed_.Wait(&mutex_);
    return results_;
  }

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  std::vector<absl::StatusOr<Committed>> results_ ABSL_GUARDED_BY(mutex_);
};

TEST(SequencerTest, EntriesAreNumberedFromZeroAndReadBack) {
  TempDir dir;
  TestLog log(dir.path());
  for (int64_t i = 0; i < 5; ++i) {
    ASSERT_OK_AND_ASSIGN(const Committed committed,
                         log.sequencer().SubmitAndWait(AppendBody(absl::StrCat("body ", i))));
    EXPECT_EQ(committed.index, i);
    EXPECT_FALSE(committed.repeated);
  }
  EXPECT_EQ(log.database().entry_count(), 5);
  ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, log.database().ReadEntry(3));
  EXPECT_EQ(entry.body, "body 3");
  EXPECT_EQ(entry.type, EntryType::kDecision);
  EXPECT_EQ(entry.prev_size, 3);
  EXPECT_EQ(entry.time_us, 1'800'000'000'000'000);
  EXPECT_THAT(log.database().ReadEntry(5), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(log.database().ReadEntry(-1), StatusIs(absl::StatusCode::kOutOfRange));
}

TEST(SequencerTest, AFailedCommandLeavesNothingAndFailsAlone) {
  TempDir dir;
  TestLog log(dir.path());
  Gate gate;
  Results results;
  // All in one batch behind the gate.
  Results gate_result;
  log.sequencer().Submit({.stage = gate.Stage(), .done = gate_result.Next()});
  gate.AwaitReached();
  log.sequencer().Submit({.stage = AppendBody("one"), .done = results.Next()});
  log.sequencer().Submit({.stage = [](StageContext& context) -> absl::Status {
                            EXPECT_OK(context.Append(EntryType::kDecision, "half"));
                            return absl::AbortedError("no");
                          },
                          .done = results.Next()});
  log.sequencer().Submit(
      {.stage = AppendBody("refused by the projection"), .done = results.Next()});
  log.sequencer().Submit({.stage =
                              [](StageContext& context) {
                                return context.Append(EntryType::kMember, "no room's").status();
                              },
                          .done = results.Next()});
  log.sequencer().Submit({.stage = AppendBody("two"), .done = results.Next()});
  gate.Open();
  const std::vector<absl::StatusOr<Committed>> all = results.Await(5);
  ASSERT_OK(all[0]);
  EXPECT_EQ(all[0]->index, 1);
  EXPECT_THAT(all[1], StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(all[2], StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(all[3], StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("MEMBER")));
  ASSERT_OK(all[4]);
  EXPECT_EQ(all[4]->index, 2);
  EXPECT_THAT(log.database().Get(kSeenFamily, "half"), IsOkAndHolds(std::nullopt));
  EXPECT_THAT(log.database().Get(kSeenFamily, "two"), IsOkAndHolds(IndexKey(2)));
  EXPECT_OK(log.database().CheckAllEntries());
}

TEST(SequencerTest, ALaterCommandOfABatchSeesTheEarlierOnes) {
  TempDir dir;
  TestLog log(dir.path());
  Gate gate;
  Results results;
  // Two writers who both want to be the first: only one can be.
  const auto first_only = [](StageContext& context) -> absl::Status {
    const auto seen = context.state().Get(kSeenFamily, "first");
    if (!seen.ok()) return seen.status();
    if (seen->has_value()) return absl::AbortedError("someone was faster");
    return context.Append(EntryType::kDecision, "first").status();
  };
  Results gate_result;
  log.sequencer().Submit({.stage = gate.Stage(), .done = gate_result.Next()});
  gate.AwaitReached();
  log.sequencer().Submit({.stage = first_only, .done = results.Next()});
  log.sequencer().Submit({.stage = first_only, .done = results.Next()});
  gate.Open();
  const auto all = results.Await(2);
  EXPECT_OK(all[0]);
  EXPECT_THAT(all[1], StatusIs(absl::StatusCode::kAborted));
}

TEST(SequencerTest, AFullQueueRefusesWithAHint) {
  TempDir dir;
  TestLog log(dir.path(), nullptr, {.queue_commands_max = 3});
  Gate gate;
  Results results;
  Results refused;
  log.sequencer().Submit({.stage = gate.Stage(), .done = results.Next()});
  gate.AwaitReached();
  for (int i = 0; i < 3; ++i) {
    log.sequencer().Submit({.stage = AppendBody(absl::StrCat(i)), .done = results.Next()});
  }
  log.sequencer().Submit({.stage = AppendBody("too many"), .done = refused.Next()});
  const absl::Status status = refused.Await(1)[0].status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(base::ReasonOf(status), "QUEUE_FULL");
  EXPECT_GT(base::RetryAfter(status), absl::ZeroDuration());
  gate.Open();
  for (const auto& result : results.Await(4)) EXPECT_OK(result);
  EXPECT_EQ(log.database().entry_count(), 4);
}

TEST(SequencerTest, TimeNeverGoesBackAcrossBatchesAndRestarts) {
  TempDir dir;
  const absl::Time start = absl::FromUnixSeconds(1'800'000'000);
  {
    TestLog log(dir.path());
    log.clock().SetNow(start + absl::Hours(2));
    ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody("later")));
    log.clock().SetNow(start);
    ASSERT_OK_AND_ASSIGN(const Committed committed,
                         log.sequencer().SubmitAndWait(AppendBody("clock went back")));
    EXPECT_EQ(committed.time_us, absl::ToUnixMicros(start + absl::Hours(2)));
  }
  TestLog log(dir.path());  // its clock stands at `start`
  ASSERT_OK_AND_ASSIGN(const Committed committed,
                       log.sequencer().SubmitAndWait(AppendBody("after a restart")));
  EXPECT_EQ(committed.time_us, absl::ToUnixMicros(start + absl::Hours(2)));
  EXPECT_OK(log.database().CheckAllEntries());
}

// ---- request_id

struct Attempt {
  std::string name;
  IdempotencyKey key;
  absl::Duration later = absl::ZeroDuration();
  absl::StatusCode code = absl::StatusCode::kOk;
  bool repeated = false;
};

base::Digest Filled(uint8_t byte) {
  base::Digest digest;
  digest.fill(byte);
  return digest;
}

class IdempotencyTest : public ::testing::TestWithParam<Attempt> {};

TEST_P(IdempotencyTest, SecondAttempt) {
  const IdempotencyKey first{"ann", "Create", "id-1", Filled(1)};
  TempDir dir;
  for (const bool restart : {false, true}) {
    auto log = std::make_unique<TestLog>(dir.Path(restart ? "b" : "a"));
    ASSERT_OK_AND_ASSIGN(const Committed original,
                         log->sequencer().SubmitAndWait(AppendBody("first"), first));
    ASSERT_OK(log->sequencer().SubmitAndWait(AppendBody("another's")));
    if (restart) {
      log.reset();
      log = std::make_unique<TestLog>(dir.Path("b"));
    }
    log->clock().Advance(GetParam().later);
    // The sweep comes with a batch.
    ASSERT_OK(log->sequencer().SubmitAndWait(AppendBody("time passes")));
    const auto result = log->sequencer().SubmitAndWait(AppendBody("second"), GetParam().key);
    EXPECT_EQ(result.status().code(), GetParam().code);
    if (!result.ok()) {
      EXPECT_EQ(base::ReasonOf(result.status()), "REQUEST_ID_REUSED");
      EXPECT_EQ(log->database().entry_count(), 3);
      continue;
    }
    EXPECT_EQ(result->repeated, GetParam().repeated);
    EXPECT_EQ(result->index == original.index, GetParam().repeated);
    EXPECT_EQ(log->database().entry_count(), GetParam().repeated ? 3 : 4);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, IdempotencyTest,
    ::testing::Values(
        Attempt{"TheSameRequestIsDoneOnce",
                {"ann", "Create", "id-1", Filled(1)},
                absl::ZeroDuration(),
                absl::StatusCode::kOk,
                true},
        Attempt{"StillAfterADay",
                {"ann", "Create", "id-1", Filled(1)},
                absl::Hours(24),
                absl::StatusCode::kOk,
                true},
        Attempt{"AnotherRequestUnderTheSameIdIsRefused",
                {"ann", "Create", "id-1", Filled(2)},
                absl::ZeroDuration(),
                absl::StatusCode::kInvalidArgument},
        Attempt{"AnotherIdIsAnotherRequest", {"ann", "Create", "id-2", Filled(1)}},
        Attempt{"AnotherCallerHasIdsOfItsOwn", {"bob", "Create", "id-1", Filled(2)}},
        Attempt{"AnotherMethodHasIdsOfItsOwn", {"ann", "Update", "id-1", Filled(2)}},
        Attempt{"NamesDoNotRunIntoEachOther", {"annC", "reate", "id-1", Filled(2)}},
        Attempt{"ForgottenAfterItsTime", {"ann", "Create", "id-1", Filled(1)}, absl::Hours(49)}),
    [](const ::testing::TestParamInfo<Attempt>& row) { return row.param.name; });

TEST(SequencerTest, ARepetitionInTheSameBatchWaitsForTheFirst) {
  TempDir dir;
  TestLog log(dir.path());
  Gate gate;
  Results gate_result;
  Results results;
  log.sequencer().Submit({.stage = gate.Stage(), .done = gate_result.Next()});
  gate.AwaitReached();
  const IdempotencyKey key{"ann", "Create", "id", Filled(1)};
  log.sequencer().Submit({.stage = AppendBody("a"), .idempotency = key, .done = results.Next()});
  log.sequencer().Submit({.stage = AppendBody("a"), .idempotency = key, .done = results.Next()});
  gate.Open();
  const auto all = results.Await(2);
  ASSERT_OK(all[0]);
  ASSERT_OK(all[1]);
  EXPECT_EQ(all[0]->index, all[1]->index);
  EXPECT_TRUE(all[1]->repeated);
  EXPECT_EQ(log.database().entry_count(), 2);
}

TEST(SequencerTest, AFailedCommandDoesNotUseUpItsRequestId) {
  TempDir dir;
  TestLog log(dir.path());
  const IdempotencyKey key{"ann", "Create", "id", Filled(1)};
  EXPECT_THAT(log.sequencer().SubmitAndWait(
                  [](StageContext&) -> absl::Status { return absl::AbortedError("etag"); }, key),
              StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK_AND_ASSIGN(const Committed committed,
                       log.sequencer().SubmitAndWait(AppendBody("now"), key));
  EXPECT_FALSE(committed.repeated);
}

// ---- Bodies and sections

TEST(SequencerTest, ALargeBodyGoesAheadInChunksAndComesBackWhole) {
  TempDir dir;
  struct Size {
    size_t bytes;
    int64_t entries;
  };
  TestLog log(dir.path());
  int64_t next = 0;
  for (const Size& size : {Size{0, 1}, Size{kMaxChunkBytes, 1}, Size{kMaxChunkBytes + 1, 3},
                           Size{2 * kMaxChunkBytes, 3}, Size{kMaxBodyBytes, kMaxChunks + 1}}) {
    std::string body(size.bytes, '\0');
    for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + i / 997);
    ASSERT_OK_AND_ASSIGN(const Committed committed,
                         log.sequencer().SubmitAndWait(AppendBody(body)));
    next += size.entries;
    EXPECT_EQ(committed.index, next - 1) << size.bytes;
    ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, log.database().ReadEntry(committed.index));
    EXPECT_EQ(entry.body, body) << size.bytes;
  }
  EXPECT_OK(log.database().CheckAllEntries());
  const auto result =
      log.sequencer().SubmitAndWait(AppendBody(std::string(kMaxBodyBytes + 1, 'x')));
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(base::ReasonOf(result.status()), "ENTRY_TOO_LARGE");
}

TEST(SequencerTest, SectionsAreKeptApartSealedAndFitTheirRoots) {
  TempDir dir;
  TestLog log(dir.path());
  ASSERT_OK_AND_ASSIGN(const Committed committed,
                       log.sequencer().SubmitAndWait([](StageContext& context) {
                         return context
                             .Append(EntryType::kDecision, "public",
                                     {{.tier = 2, .values = {"for the firm", "staff=4"}},
                                      {.tier = 1, .values = {"for auditors"}}})
                             .status();
                       }));
  EXPECT_THAT(ReadSections(log.database(), log.keys(), committed.index, 1),
              IsOkAndHolds(ElementsAre("for auditors")));
  EXPECT_THAT(ReadSections(log.database(), log.keys(), committed.index, 2),
              IsOkAndHolds(ElementsAre("for the firm", "staff=4")));
  EXPECT_EQ(base::ReasonOf(ReadSections(log.database(), log.keys(), committed.index, 3).status()),
            "SECTION_NOT_FOUND");
  ASSERT_OK_AND_ASSIGN(const std::string bytes, log.database().ReadEntryBytes(committed.index));
  EXPECT_THAT(bytes, HasSubstr("public"));
  for (const uint8_t tier : {uint8_t{1}, uint8_t{2}}) {
    ASSERT_OK_AND_ASSIGN(const std::optional<std::string> sealed,
                         log.database().ReadSealed(committed.index, tier));
    ASSERT_TRUE(sealed.has_value());
    for (const char* text : {"for the firm", "for auditors", "staff=4"}) {
      EXPECT_THAT(bytes, Not(HasSubstr(text)));
      EXPECT_THAT(*sealed, Not(HasSubstr(text)));
    }
  }
}

// ---- Durability

TEST(SequencerTest, OneSyncPerBatchAndNoneForARefusal) {
  TempDir dir;
  const auto files = std::make_shared<FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  TestLog log(dir.path(), env.get());
  for (int i = 0; i < 20; ++i) {
    const int64_t before = files->sync_count();
    ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody(absl::StrCat(i))));
    EXPECT_EQ(files->sync_count(), before + 1);
  }
  int64_t before = files->sync_count();
  EXPECT_FALSE(log.sequencer().SubmitAndWait(AppendBody("refused by the projection")).ok());
  EXPECT_EQ(files->sync_count(), before);

  Gate gate;
  Results results;
  log.sequencer().Submit({.stage = gate.Stage(), .done = results.Next()});
  gate.AwaitReached();
  before = files->sync_count();
  for (int i = 0; i < 100; ++i) {
    log.sequencer().Submit({.stage = AppendBody(absl::StrCat("many ", i)), .done = results.Next()});
  }
  gate.Open();
  results.Await(101);
  // The gate's batch (it was alone when it was staged) and that of the hundred.
  EXPECT_EQ(files->sync_count(), before + 2);
}

class StorageFailureTest : public ::testing::TestWithParam<FaultFileSystem::Fault> {};

TEST_P(StorageFailureTest, NothingIsAcknowledgedAndNothingAcknowledgedIsLost) {
  // A full disk is told as such.
  const absl::string_view reason =
      GetParam() == FaultFileSystem::Fault::kNoSpace ? "STORAGE_FULL" : "STORAGE_FAILED";
  TempDir dir;
  const auto files = std::make_shared<FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  {
    TestLog log(dir.path(), env.get());
    for (int i = 0; i < 10; ++i) {
      ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody(absl::StrCat("kept ", i))));
    }
    Gate gate;
    Results results;
    log.sequencer().Submit({.stage = gate.Stage(), .done = results.Next()});
    gate.AwaitReached();
    log.sequencer().Submit({.stage = AppendBody("waiting"), .done = results.Next()});
    files->SetFault(GetParam());
    gate.Open();
    for (const auto& result : results.Await(2)) {
      EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable));
      EXPECT_EQ(base::ReasonOf(result.status()), reason);
    }
    // The disk works again; the sequencer does not try.
    files->SetFault(FaultFileSystem::Fault::kNone);
    const int64_t syncs = files->sync_count();
    EXPECT_EQ(base::ReasonOf(log.sequencer().SubmitAndWait(AppendBody("later")).status()), reason);
    EXPECT_EQ(files->sync_count(), syncs);
    EXPECT_EQ(base::ReasonOf(log.sequencer().Health()), reason);
    EXPECT_EQ(log.database().entry_count(), 10);
    files->CutPower();
  }
  std::mt19937_64 random(1);
  files->LoseUnsynced(random);
  ASSERT_OK_AND_ASSIGN(const auto database, OpenLog(dir.path(), nullptr, false));
  // The entry whose fate was unknown may be there, whole.
  ASSERT_GE(database->entry_count(), 10);
  ASSERT_LE(database->entry_count(), 11);
  EXPECT_OK(database->CheckAllEntries());
  for (int64_t i = 0; i < 10; ++i) {
    ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, database->ReadEntry(i));
    EXPECT_EQ(entry.body, absl::StrCat("kept ", i));
  }
}

std::string FaultName(FaultFileSystem::Fault fault) {
  switch (fault) {
    case FaultFileSystem::Fault::kNone:
      return "None";
    case FaultFileSystem::Fault::kNoSpace:
      return "NoSpace";
    case FaultFileSystem::Fault::kIoError:
      return "IoError";
    case FaultFileSystem::Fault::kTornWrite:
      return "TornWrite";
    case FaultFileSystem::Fault::kSyncError:
      return "SyncError";
  }
  return "Unknown";
}

INSTANTIATE_TEST_SUITE_P(All, StorageFailureTest,
                         ::testing::Values(FaultFileSystem::Fault::kNoSpace,
                                           FaultFileSystem::Fault::kIoError,
                                           FaultFileSystem::Fault::kTornWrite,
                                           FaultFileSystem::Fault::kSyncError),
                         [](const ::testing::TestParamInfo<FaultFileSystem::Fault>& row) {
                           return FaultName(row.param);
                         });

TEST(SequencerTest, APowerCutLosesNothingAcknowledged) {
  const uint64_t seed = 20260301;
  std::mt19937_64 random(seed);
  TempDir dir;
  std::vector<std::string> acknowledged;  // by index
  for (int round = 0; round < 25; ++round) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, " round ", round));
    const auto files = std::make_shared<FaultFileSystem>();
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
    {
      TestLog log(dir.path(), env.get());
      ASSERT_GE(log.database().entry_count(), static_cast<int64_t>(acknowledged.size()));
      acknowledged.resize(static_cast<size_t>(log.database().entry_count()));
      EXPECT_OK(log.database().CheckAllEntries());
      for (size_t i = 0; i < acknowledged.size(); ++i) {
        ASSERT_OK_AND_ASSIGN(const LoggedEntry entry,
                             log.database().ReadEntry(static_cast<int64_t>(i)));
        // Those beyond the acknowledged ones are whole, and stay from now on.
        if (acknowledged[i].empty()) acknowledged[i] = entry.body;
        EXPECT_EQ(entry.body, acknowledged[i]);
      }
      const size_t steps = random() % 12;
      for (size_t i = 0; i < steps; ++i) {
        const std::string body = absl::StrCat(round, "/", i, std::string(random() % 3000, 'x'));
        ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody(body)));
        acknowledged.push_back(body);
      }
      if (round % 2 == 0) {
        // One more that nobody heard of: its bytes are written, its sync fails.
        files->SetFault(FaultFileSystem::Fault::kSyncError);
        EXPECT_FALSE(log.sequencer().SubmitAndWait(AppendBody(absl::StrCat("lost ", round))).ok());
      }
      files->CutPower();
    }
    files->LoseUnsynced(random);
  }
  EXPECT_GT(acknowledged.size(), 100U);
}

TEST(SequencerTest, ShutdownFinishesWhatWaitsAndRefusesTheRest) {
  TempDir dir;
  TestLog log(dir.path());
  Gate gate;
  Results results;
  log.sequencer().Submit({.stage = gate.Stage(), .done = results.Next()});
  gate.AwaitReached();
  for (int i = 0; i < 10; ++i) {
    log.sequencer().Submit({.stage = AppendBody(absl::StrCat(i)), .done = results.Next()});
  }
  std::thread opener([&] { gate.Open(); });
  log.sequencer().Shutdown();
  opener.join();
  for (const auto& result : results.Await(11)) EXPECT_OK(result);
  EXPECT_EQ(log.database().entry_count(), 11);
  EXPECT_EQ(base::ReasonOf(log.sequencer().SubmitAndWait(AppendBody("late")).status()),
            "SHUTTING_DOWN");
}

TEST(SequencerTest, PublishComesAfterDurabilityAndBeforeTheAnswer) {
  TempDir dir;
  std::vector<int64_t> published;  // writer thread, then this one after each answer
  Database* database = nullptr;
  TestLog log(dir.path(), nullptr, {}, [&](absl::Span<const LoggedEntry> entries) {
    for (const LoggedEntry& entry : entries) {
      EXPECT_LT(entry.index, database->entry_count());
      published.push_back(entry.index);
    }
  });
  database = &log.database();
  ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody("a")));
  EXPECT_THAT(published, ElementsAre(0));
  ASSERT_OK(log.sequencer().SubmitAndWait([](StageContext& context) -> absl::Status {
    EXPECT_OK(context.Append(EntryType::kDecision, "b"));
    return context.Append(EntryType::kDecision, std::string(kMaxChunkBytes + 1, 'c')).status();
  }));
  EXPECT_THAT(published, ElementsAre(0, 1, 4)) << "chunks are not published";
}

TEST(SequencerTest, ManyThreadsWriteAndRead) {
  TempDir dir;
  TestLog log(dir.path());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string body = absl::StrCat(t, "/", i);
        const auto committed = log.sequencer().SubmitAndWait(AppendBody(body));
        ASSERT_OK(committed);
        ASSERT_OK_AND_ASSIGN(const LoggedEntry entry, log.database().ReadEntry(committed->index));
        EXPECT_EQ(entry.body, body);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(log.database().entry_count(), 400);
  EXPECT_OK(log.database().CheckAllEntries());
}

// ---- Rebuild

TEST(RebuildTest, TheProjectionOfTheWholeLogIsWhatStandsThere) {
  TempDir dir;
  TestLog log(dir.Path("live"));
  const uint64_t seed = 11;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200; ++i) {
    const std::string body(random() % 100 == 0 ? 150'000 : random() % 50,
                           static_cast<char>('a' + random() % 3));
    const IdempotencyKey key{"ann", "Create", absl::StrCat(i), Filled(1)};
    ASSERT_OK(log.sequencer().SubmitAndWait(
        [&](StageContext& context) {
          return context.Append(EntryType::kDecision, body, {{.tier = 1, .values = {body}}})
              .status();
        },
        i % 2 == 0 ? std::optional<IdempotencyKey>(key) : std::nullopt));
  }
  ASSERT_OK_AND_ASSIGN(const auto rebuilt, OpenLog(dir.Path("rebuilt")));
  ASSERT_OK(Rebuild(log.database(), {SeenProjection()}, rebuilt.get()));
  EXPECT_OK(CompareFamilies(log.database(), *rebuilt)) << "seed " << seed;
  EXPECT_OK(CompareFamilies(*rebuilt, log.database()));
  EXPECT_EQ(rebuilt->entry_count(), log.database().entry_count());
  EXPECT_THAT(ReadSections(*rebuilt, log.keys(), 0, 1), ::aplomb::testing::IsOk());
  // A comparison that cannot fail would say nothing.
  ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody("one more")));
  EXPECT_FALSE(CompareFamilies(log.database(), *rebuilt).ok());
  EXPECT_FALSE(CompareFamilies(*rebuilt, log.database()).ok());
  EXPECT_FALSE(Rebuild(log.database(), {SeenProjection()}, rebuilt.get()).ok()) << "not empty";
}

}  // namespace
}  // namespace aplomb::audit
