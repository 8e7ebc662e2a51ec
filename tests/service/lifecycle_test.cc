// Start, health, pushback and the end of a server.
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <chrono>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.pb.h"
#include "gtest/gtest.h"
#include "service/access.h"
#include "service/callers.h"
#include "service/server.h"
#include "tests/service/running_server.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;
using Advisor = pb::AdvisorService::Stub;
using ::aplomb::testing::StatusIs;
using ::aplomb::testing::TempDir;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

constexpr char kAdvisor[] = "aplomb.advisor.v1.AdvisorService";
constexpr char kCatalog[] = "aplomb.catalog.v1.CatalogService";

grpc::Status CallBytes(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                       const std::string& bytes, std::string* answer) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(base::SystemClock::Get()->Now() + absl::Seconds(10)));
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, path, grpc::StubOptions(), &request, &response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  grpc::Status status = done.get_future().get();
  if (status.ok()) {
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(response.Dump(&slices).ok());
    for (const grpc::Slice& part : slices) {
      answer->append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  return status;
}

// What the health check says of a service. No token is asked for.
HealthCheckResponse::ServingStatus HealthOf(RunningServer& server, const std::string& service) {
  HealthCheckRequest request;
  request.set_service(service);
  std::string bytes;
  const grpc::Status status = CallBytes(server.channel(), "/grpc.health.v1.Health/Check",
                                        request.SerializeAsString(), &bytes);
  EXPECT_TRUE(status.ok()) << status.error_message();
  HealthCheckResponse answer;
  EXPECT_TRUE(answer.ParseFromString(bytes));
  return answer.status();
}

TEST(Health, SaysServingForEveryService) {
  RunningServer server;
  EXPECT_EQ(HealthOf(server, ""), HealthCheckResponse::SERVING);
  for (const AccessRule& rule : AccessTable()) {
    const std::string service(rule.method.substr(0, rule.method.rfind('.')));
    EXPECT_EQ(HealthOf(server, service), HealthCheckResponse::SERVING) << service;
  }
  EXPECT_TRUE(server.server().serving_recommendations());
}

TEST(Health, WithoutARulebookOnlyTheCatalogueServes) {
  RunningServer server({.members = 0});
  EXPECT_EQ(HealthOf(server, kAdvisor), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(HealthOf(server, kCatalog), HealthCheckResponse::SERVING);
  const std::string engagement = OpenEngagement(server, "marie").name();
  pb::Recommendation answer;
  EXPECT_EQ(ReasonOf(Invoke(server.advisor(), &Advisor::CreateRecommendation, "marie",
                            TinyRequest(engagement), &answer)),
            "REVISION_UNAVAILABLE");
}

// What reflection answers to one serialized ServerReflectionRequest, as bytes. The messages of
// grpc.reflection.v1alpha have no header in Debian's packages: they are written by hand.
std::string Reflect(RunningServer& server, const std::string& request) {
  grpc::GenericStub stub(server.channel());
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(nullptr);
  EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
  const grpc::Slice slice(request);
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(response.Dump(&slices).ok());
  std::string text;
  for (const grpc::Slice& part : slices) {
    text.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return text;
}

TEST(Reflection, ListsTheServices) {
  RunningServer server;
  const std::string answer = Reflect(server, std::string("\x3a\x00", 2));  // list_services = 7: ""
  EXPECT_THAT(answer, HasSubstr(kAdvisor));
  EXPECT_THAT(answer, HasSubstr(kCatalog));
  EXPECT_THAT(answer, HasSubstr("grpc.health.v1.Health"));
}

TEST(Reflection, DescribesTheHealthCheck) {
  RunningServer server;
  // file_containing_symbol = 4: the answer holds the descriptor of the file, or an error.
  const std::string answer = Reflect(server, "\x22\x15grpc.health.v1.Health");
  for (const char* element : {"grpc/health/v1/health.proto", "Check", "Watch", "SERVING"}) {
    EXPECT_THAT(answer, HasSubstr(element));
  }
}

ServerOptions OptionsOver(const std::string& directory, const std::string& address) {
  ServerOptions options;
  options.data_directory = directory;
  options.create_if_missing = true;
  options.address = address;
  auto callers = TokenTable::Parse("");
  EXPECT_TRUE(callers.ok());
  options.callers = *std::move(callers);
  options.abort_on_storage_failure = false;
  return options;
}

TEST(Start, SecondServerOnTheDirectoryIsRefused) {
  RunningServer server;
  EXPECT_THAT(Server::Start(OptionsOver(server.data_directory(), "127.0.0.1:0")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(server.data_directory())));
}

TEST(Start, TakenPortIsRefusedWithTheAddress) {
  RunningServer server;
  const TempDir dir;
  const std::string address = absl::StrCat("127.0.0.1:", server.server().port());
  EXPECT_THAT(Server::Start(OptionsOver(dir.path(), address)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(address)));
}

TEST(Start, BadTlsFilesAreNamed) {
  const TempDir dir;
  ServerOptions options = OptionsOver(dir.path(), "127.0.0.1:0");
  options.tls.certificate_chain = "/nowhere/chain.pem";
  EXPECT_THAT(Server::Start(std::move(options)), StatusIs(absl::StatusCode::kInvalidArgument));
  options = OptionsOver(dir.path(), "127.0.0.1:0");
  options.tls.certificate_chain = "/nowhere/chain.pem";
  options.tls.private_key = "/nowhere/key.pem";
  EXPECT_THAT(Server::Start(std::move(options)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/nowhere/chain.pem")));
}

TEST(Start, BadTokenFileIsNamed) {
  const TempDir dir;
  testing::WriteFileOrFail(dir.Path("tokens"), "ADVISOR marie\n");
  ServerOptions options = OptionsOver(dir.path(), "127.0.0.1:0");
  options.callers = nullptr;
  options.token_file = dir.Path("tokens");
  EXPECT_THAT(Server::Start(std::move(options)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 1")));
}

// One thread and one place to wait: of many calls at once, some are refused, told when to come
// back, and leave nothing behind.
TEST(Pushback, FullQueueRefusesWithARetryHint) {
  RunningServer server({.worker_threads = 1, .queue_max = 1});
  std::set<std::string> acknowledged;
  bool refused = false;
  for (int round = 0; round < 20 && !refused; ++round) {
    constexpr int kCalls = 64;
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
    std::vector<pb::Engagement> answers(kCalls);
    std::vector<std::promise<grpc::Status>> done(kCalls);
    const pb::CreateEngagementRequest request;
    for (int i = 0; i < kCalls; ++i) {
      contexts.push_back(As("marie"));
      const size_t place = static_cast<size_t>(i);
      server.advisor().async()->CreateEngagement(
          contexts[place].get(), &request, &answers[place],
          [&done, place](grpc::Status status) { done[place].set_value(std::move(status)); });
    }
    for (size_t i = 0; i < kCalls; ++i) {
      const grpc::Status status = done[i].get_future().get();
      if (status.ok()) {
        acknowledged.insert(answers[i].name());
        continue;
      }
      EXPECT_EQ(ReasonOf(status), "QUEUE_FULL") << status.error_message();
      EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
      EXPECT_THAT(DetailTypes(status), ::testing::Contains("google.rpc.RetryInfo"));
      refused = true;
    }
  }
  EXPECT_TRUE(refused);
  pb::ListEngagementsRequest list;
  list.set_page_size(1000);
  pb::ListEngagementsResponse page;
  ASSERT_TRUE(Invoke(server.advisor(), &Advisor::ListEngagements, "marie", list, &page).ok());
  std::set<std::string> there;
  for (const auto& engagement : page.engagements()) there.insert(engagement.name());
  EXPECT_EQ(there, acknowledged);
}

// A call whose deadline passes in the queue is dropped when it leaves it.
TEST(Deadlines, AreLookedAtWhenACallLeavesTheQueue) {
  RunningServer server({.worker_threads = 1, .queue_max = 1000});
  const std::string engagement = OpenEngagement(server, "marie").name();
  const pb::CreateRecommendationRequest request = TinyRequest(engagement);
  bool dropped = false;
  for (int round = 0; round < 20 && !dropped; ++round) {
    constexpr int kCalls = 200;
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
    std::vector<pb::Recommendation> answers(kCalls);
    std::vector<std::promise<void>> done(kCalls);
    for (size_t i = 0; i < kCalls; ++i) {
      contexts.push_back(As("marie"));
      contexts[i]->set_deadline(
          absl::ToChronoTime(base::SystemClock::Get()->Now() + absl::Milliseconds(30)));
      server.advisor().async()->CreateRecommendation(
          contexts[i].get(), &request, &answers[i],
          [&done, i](const grpc::Status&) { done[i].set_value(); });
    }
    for (auto& each : done) each.get_future().wait();
    // The queue is worked off behind the clients' backs; a last call comes after all of it.
    pb::Engagement last;
    pb::GetEngagementRequest get;
    get.set_name(engagement);
    ASSERT_TRUE(Invoke(server.advisor(), &Advisor::GetEngagement, "marie", get, &last).ok());
    const std::string log = server.Log();
    dropped = log.find("DEADLINE_PASSED") != std::string::npos ||
              log.find("CALL_CANCELLED") != std::string::npos;
  }
  EXPECT_TRUE(dropped);
}

// By the server's clock every deadline of today is past: the call is told so and nothing is done.
TEST(Deadlines, APastOneIsToldAndNothingIsDone) {
  const base::FakeClock tomorrow(base::SystemClock::Get()->Now() + absl::Hours(24));
  RunningServer server({.clock = &tomorrow});
  const int64_t entries = server.server().dataset().database().entry_count();
  pb::Engagement answer;
  const grpc::Status status = Invoke(server.advisor(), &Advisor::CreateEngagement, "marie",
                                     pb::CreateEngagementRequest(), &answer);
  EXPECT_EQ(status.error_code(), grpc::DEADLINE_EXCEEDED);
  EXPECT_EQ(ReasonOf(status), "DEADLINE_PASSED");
  EXPECT_EQ(server.server().dataset().database().entry_count(), entries);
}

// Whoever gives up gets no answer; what was done is there whole, and the server goes on.
TEST(Cancellation, OfManyCallsLeavesTheServerWhole) {
  RunningServer server({.worker_threads = 1, .queue_max = 1000});
  constexpr size_t kCalls = 200;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<pb::Engagement> answers(kCalls);
  std::vector<std::promise<grpc::Status>> done(kCalls);
  const pb::CreateEngagementRequest request;
  for (size_t i = 0; i < kCalls; ++i) {
    contexts.push_back(As("marie"));
    server.advisor().async()->CreateEngagement(
        contexts[i].get(), &request, &answers[i],
        [&done, i](grpc::Status status) { done[i].set_value(std::move(status)); });
  }
  for (size_t i = 0; i < kCalls; i += 2) contexts[i]->TryCancel();
  std::set<std::string> acknowledged;
  for (size_t i = 0; i < kCalls; ++i) {
    const grpc::Status status = done[i].get_future().get();
    if (status.ok()) {
      acknowledged.insert(answers[i].name());
    } else {
      EXPECT_EQ(status.error_code(), grpc::CANCELLED) << status.error_message();
      EXPECT_EQ(i % 2, 0u) << "nobody cancelled this one";
    }
  }
  pb::ListEngagementsRequest list;
  list.set_page_size(1000);
  pb::ListEngagementsResponse page;
  ASSERT_TRUE(Invoke(server.advisor(), &Advisor::ListEngagements, "marie", list, &page).ok());
  std::set<std::string> there;
  for (const auto& engagement : page.engagements()) there.insert(engagement.name());
  for (const std::string& name : acknowledged) EXPECT_TRUE(there.contains(name)) << name;
  EXPECT_LE(there.size(), kCalls);
}

// What was acknowledged before, or while, the server was stopped is there when it starts again;
// what was refused is not.
TEST(Shutdown, UnderLoadLosesNothingAcknowledged) {
  RunningServer server;
  std::atomic<bool> stop = false;
  base::Mutex mutex;
  std::set<std::string> acknowledged;
  std::vector<std::thread> threads;
  std::atomic<int> count = 0;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        pb::Engagement answer;
        const grpc::Status status = Invoke(server.advisor(), &Advisor::CreateEngagement, "marie",
                                           pb::CreateEngagementRequest(), &answer);
        if (!status.ok()) {
          // Refused or cut off: only these may be said.
          EXPECT_TRUE(status.error_code() == grpc::UNAVAILABLE ||
                      status.error_code() == grpc::CANCELLED)
              << status.error_code() << status.error_message();
          continue;
        }
        ++count;
        base::MutexLock lock(&mutex);
        acknowledged.insert(answer.name());
      }
    });
  }
  while (count < 50) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  server.Stop();
  stop = true;
  for (std::thread& thread : threads) thread.join();
  server.Restart();
  std::set<std::string> there;
  pb::ListEngagementsRequest list;
  do {
    pb::ListEngagementsResponse page;
    ASSERT_TRUE(Invoke(server.advisor(), &Advisor::ListEngagements, "vera", list, &page).ok());
    for (const auto& engagement : page.engagements()) there.insert(engagement.name());
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  for (const std::string& name : acknowledged) EXPECT_TRUE(there.contains(name)) << name;
  EXPECT_GE(acknowledged.size(), 50u);
}

TEST(Shutdown, MayBeAskedForTwice) {
  RunningServer server;
  server.server().Shutdown();
  server.server().Shutdown();
  const pb::CreateEngagementRequest request;
  pb::Engagement answer;
  EXPECT_EQ(
      Invoke(server.advisor(), &Advisor::CreateEngagement, "marie", request, &answer).error_code(),
      grpc::UNAVAILABLE);
}

}  // namespace
}  // namespace aplomb::service
