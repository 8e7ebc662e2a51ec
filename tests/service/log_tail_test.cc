// LogService.TailEntries: every entry once and in order, over gRPC, while decisions are made; and
// what a slow reader, too many readers, a client that goes away and the end of the server do.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "aplomb/audit/v1/log_service.grpc.pb.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/log_tails.h"
#include "tests/service/running_server.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = ::aplomb::audit::v1;
using Advisor = advisor::v1::AdvisorService::Stub;
using Stream = grpc::ClientReader<pb::TailEntriesResponse>;

class LogTailTest : public ::testing::Test {
 protected:
  explicit LogTailTest(const RunningServerOptions& options = {}) : server_(options) {
    stub_ = pb::LogService::NewStub(server_.channel());
  }

  std::unique_ptr<Stream> Open(grpc::ClientContext& context, int64_t first, bool follow) {
    pb::TailEntriesRequest request;
    request.set_first_index(first);
    request.set_follow(follow);
    return stub_->TailEntries(&context, request);
  }
  void Decide(const std::string& engagement, int count) {
    for (int i = 0; i < count; ++i) {
      advisor::v1::Recommendation answer;
      const grpc::Status status = Invoke(server_.advisor(), &Advisor::CreateRecommendation, "marie",
                                         TinyRequest(engagement), &answer);
      ASSERT_TRUE(status.ok()) << status.error_message();
    }
  }
  uint64_t size() { return server_.server().dataset().tree().size(); }
  std::string Leaf(uint64_t index) {
    auto bytes = server_.server().dataset().tree().EntryBytes(index);
    EXPECT_OK(bytes);
    return bytes.ok() ? *bytes : "";
  }
  // Reads until `count` entries came; each must be the next of the log.
  void ReadInOrder(Stream& stream, uint64_t first, uint64_t count) {
    pb::TailEntriesResponse message;
    uint64_t next = first;
    while (next < first + count && stream.Read(&message)) {
      ASSERT_GT(message.entries_size(), 0);
      ASSERT_LE(message.ByteSizeLong(), kTailMessageBytesMax);
      for (const pb::Entry& entry : message.entries()) {
        ASSERT_EQ(entry.index(), static_cast<int64_t>(next));
        ASSERT_EQ(entry.leaf(), Leaf(next)) << next;
        ++next;
      }
      EXPECT_GE(message.published_size(), static_cast<int64_t>(next));
    }
    EXPECT_GE(next, first + count);
  }

  RunningServer server_;
  std::unique_ptr<pb::LogService::Stub> stub_;
};

TEST_F(LogTailTest, EndsAtThePublishedSizeUnlessItFollows) {
  const uint64_t published = size();
  const auto context = As("vera");
  const auto stream = Open(*context, 0, /*follow=*/false);
  ReadInOrder(*stream, 0, published);
  pb::TailEntriesResponse message;
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_TRUE(stream->Finish().ok());
  // From the size on there is nothing yet.
  const auto empty_context = As("vera");
  const auto empty = Open(*empty_context, static_cast<int64_t>(published), /*follow=*/false);
  EXPECT_FALSE(empty->Read(&message));
  EXPECT_TRUE(empty->Finish().ok());
}

TEST_F(LogTailTest, GivesEveryEntryOnceAndInOrderWhileDecisionsAreMade) {
  constexpr int kDeciders = 3;
  constexpr int kEach = 60;
  const std::string engagement = OpenEngagement(server_, "marie").name();
  const uint64_t before = size();
  const uint64_t all = before + kDeciders * kEach;
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 3; ++reader) {
    threads.emplace_back([&, reader] {
      const uint64_t first = reader == 0 ? 0 : before + static_cast<uint64_t>(reader) * 7 - 7;
      const auto context = As("vera");
      const auto stream = Open(*context, static_cast<int64_t>(first), /*follow=*/true);
      ReadInOrder(*stream, first, all - first);
      context->TryCancel();
      EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
    });
    if (reader == 0) {
      // The others begin while it goes on; first they wait for entries that are not there yet.
      while (size() < before) absl::SleepFor(absl::Milliseconds(1));
      for (int decider = 0; decider < kDeciders; ++decider) {
        threads.emplace_back([&] { Decide(engagement, kEach); });
      }
      while (size() < before + 7) absl::SleepFor(absl::Milliseconds(1));
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(size(), all);
}

TEST_F(LogTailTest, AReaderThatDoesNotReadHoldsUpNobody) {
  const auto slow_context = As("vera");
  const auto slow = Open(*slow_context, 0, /*follow=*/true);  // never read until the end
  const uint64_t before = size();
  const std::string engagement = OpenEngagement(server_, "marie").name();
  const auto context = As("vera");
  const auto stream = Open(*context, static_cast<int64_t>(before), /*follow=*/true);
  Decide(engagement, 100);
  ReadInOrder(*stream, before, 101);
  context->TryCancel();
  (void)stream->Finish();
  // It missed nothing.
  ReadInOrder(*slow, 0, size());
  slow_context->TryCancel();
  (void)slow->Finish();
}

TEST_F(LogTailTest, OneCallerHasEightAndAClosedOneMakesRoom) {
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<Stream>> streams;
  pb::TailEntriesResponse message;
  for (size_t i = 0; i < kTailsPerCallerMax; ++i) {
    contexts.push_back(As("vera"));
    streams.push_back(Open(*contexts.back(), 0, /*follow=*/true));
    ASSERT_TRUE(streams.back()->Read(&message));
  }
  {
    const auto context = As("vera");
    const auto stream = Open(*context, 0, /*follow=*/true);
    EXPECT_FALSE(stream->Read(&message));
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonOf(status), "TOO_MANY_TAILS");
    EXPECT_THAT(DetailTypes(status), ::testing::Contains("google.rpc.RetryInfo"));
  }
  {  // Another caller has its own.
    const auto context = As("marie");
    const auto stream = Open(*context, 0, /*follow=*/false);
    EXPECT_TRUE(stream->Read(&message));
    context->TryCancel();
    (void)stream->Finish();
  }
  contexts[0]->TryCancel();
  (void)streams[0]->Finish();
  bool room = false;
  for (int i = 0; i < 500 && !room; ++i) {
    const auto context = As("vera");
    const auto stream = Open(*context, 0, /*follow=*/false);
    room = stream->Read(&message);
    context->TryCancel();
    (void)stream->Finish();
    if (!room) absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_TRUE(room);
  for (const auto& context : contexts) context->TryCancel();
  for (size_t i = 1; i < streams.size(); ++i) (void)streams[i]->Finish();
}

TEST_F(LogTailTest, RefusesWhatIsNotThereAndWhoIsNotKnown) {
  struct Case {
    std::string caller;
    int64_t first;
    std::string reason;
  };
  for (const Case& row : {Case{"vera", -1, "BAD_REQUEST"},
                          Case{"vera", static_cast<int64_t>(size()) + 1, "BAD_REQUEST"},
                          Case{"", 0, "TOKEN_MISSING"}}) {
    const auto context = As(row.caller);
    const auto stream = Open(*context, row.first, /*follow=*/true);
    pb::TailEntriesResponse message;
    EXPECT_FALSE(stream->Read(&message));
    EXPECT_EQ(ReasonOf(stream->Finish()), row.reason) << row.first;
  }
  EXPECT_EQ(server_.server().log_service().tails().count(), 0U);
}

TEST_F(LogTailTest, TheDeadlineEndsAStreamThatFollows) {
  const auto context = As("vera");
  context->set_deadline(
      absl::ToChronoTime(base::SystemClock::Get()->Now() + absl::Milliseconds(200)));
  const auto stream = Open(*context, static_cast<int64_t>(size()), /*follow=*/true);
  pb::TailEntriesResponse message;
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  for (int i = 0; i < 500 && server_.server().log_service().tails().count() > 0; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(server_.server().log_service().tails().count(), 0U);
}

TEST_F(LogTailTest, TheEndOfTheServerEndsStreamsAtOnce) {
  const auto waiting_context = As("vera");
  const auto waiting = Open(*waiting_context, static_cast<int64_t>(size()), /*follow=*/true);
  const auto unread_context = As("vera");
  const auto unread = Open(*unread_context, 0, /*follow=*/true);
  while (server_.server().log_service().tails().count() < 2) absl::SleepFor(absl::Milliseconds(1));
  const absl::Time before = base::SystemClock::Get()->Now();
  server_.Stop();
  EXPECT_LT(base::SystemClock::Get()->Now() - before, absl::Seconds(5));
  pb::TailEntriesResponse message;
  EXPECT_FALSE(waiting->Read(&message));
  EXPECT_EQ(ReasonOf(waiting->Finish()), "SHUTTING_DOWN");
  while (unread->Read(&message)) {
  }
  EXPECT_FALSE(unread->Finish().ok());
}

// Counts what it is given.
class CountingSink final : public TailSink {
 public:
  void Write(std::string message) override {
    base::MutexLock lock(&mutex_);
    messages_.push_back(std::move(message));
  }
  void Finish(const absl::Status&) override { finished_ = true; }
  void Cancel() override { cancelled_ = true; }
  size_t messages() {
    base::MutexLock lock(&mutex_);
    return messages_.size();
  }
  bool finished() const { return finished_; }

 private:
  base::Mutex mutex_;
  std::vector<std::string> messages_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> finished_{false};
  std::atomic<bool> cancelled_{false};
};

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

// However far behind: one message of memory, until it was taken.
TEST_F(LogTailTest, NothingIsReadForAReaderThatHasNotTakenTheMessageBefore) {
  std::atomic<int> reads{0};
  LogTails tails(&server_.server().dataset().tree(),
                 [&](uint64_t first, uint64_t, uint64_t* next) -> absl::StatusOr<std::string> {
                   ++reads;
                   *next = first + 1;
                   return absl::StrCat(first);
                 });
  CountingSink slow;
  CountingSink quick;
  ASSERT_OK_AND_ASSIGN(const auto slow_tail, tails.Open("a", 0, 10, false, &slow));
  ASSERT_TRUE(Eventually([&] { return slow.messages() == 1; }));
  ASSERT_OK_AND_ASSIGN(const auto quick_tail, tails.Open("b", 0, 10, false, &quick));
  for (size_t i = 1; i <= 10; ++i) {
    ASSERT_TRUE(Eventually([&] { return quick.messages() == i; }));
    tails.Written(quick_tail, true);
  }
  EXPECT_TRUE(Eventually([&] { return quick.finished(); }));
  EXPECT_EQ(slow.messages(), 1U);
  EXPECT_EQ(reads, 11);
  EXPECT_FALSE(slow.finished());
  tails.Written(slow_tail, /*ok=*/false);
  EXPECT_TRUE(Eventually([&] { return slow.finished(); }));
  EXPECT_EQ(tails.count(), 0U);
}

}  // namespace
}  // namespace aplomb::service
