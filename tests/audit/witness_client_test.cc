// The client against the witness of this project, reached by a function call, and against ones that
// are down, slow, wrong or ahead.
#include "audit/witness_client.h"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "audit/cosignatures.h"
#include "audit/tlog/checkpoint.h"
#include "audit/witness/witness.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

using ::aplomb::testing::AppendBody;
using ::aplomb::testing::TempDir;
using ::aplomb::testing::TestLog;
using ::aplomb::testing::TestSigner;

tlog::Signer WitnessSigner(char name) {
  auto signer = tlog::Signer::FromSeed(absl::StrCat("witness.test/", std::string(1, name)),
                                       tlog::SignatureType::kCosignature,
                                       std::string(tlog::kSeedBytes, name));
  EXPECT_OK(signer);
  return *std::move(signer);
}

// Witnesses a, b, c behind "http://<letter>".
class Net {
 public:
  explicit Net(const TempDir& dir) {
    for (const char name : {'a', 'b', 'c'}) {
      auto witness = witness::Witness::Open(
          {.signer = WitnessSigner(name),
           .logs = {TestSigner().key()},
           .state_directory = dir.Path(absl::StrCat("witness-", std::string(1, name)))});
      EXPECT_OK(witness);
      witnesses_[name] = *std::move(witness);
    }
  }
  PostFunction Post() {
    return [this](const std::string& url, const std::string& body,
                  absl::Duration timeout) -> absl::StatusOr<HttpAnswer> {
      EXPECT_TRUE(absl::EndsWith(url, "/add-checkpoint")) << url;
      const char name = url[7];
      if (unequal) absl::SleepFor(absl::Milliseconds(3 * (name - 'a')));
      if (name == down) return absl::UnavailableError("down");
      if (name == slow) {
        absl::SleepFor(timeout);
        return absl::DeadlineExceededError("slow");
      }
      if (name == broken) return HttpAnswer{.status = 500, .body = "oops"};
      if (name == ahead) return HttpAnswer{.status = 409, .body = "1000000\n"};
      const witness::Answer answer = witnesses_[name == liar ? 'c' : name]->AddCheckpoint(body);
      return HttpAnswer{.status = answer.status, .body = answer.body};
    };
  }
  GetFunction Get() {
    return [this](const std::string& url, absl::Duration timeout) -> absl::StatusOr<HttpAnswer> {
      EXPECT_TRUE(absl::EndsWith(url, "/checkpoint")) << url;
      const char name = url[7];
      if (name == down) return absl::UnavailableError("down");
      if (name == slow) {
        absl::SleepFor(timeout);
        return absl::DeadlineExceededError("slow");
      }
      if (name == broken) return HttpAnswer{.status = 500, .body = "oops"};
      if (name == ahead && shown.empty()) return HttpAnswer{.status = 404, .body = "no\n"};
      if (name == ahead) return HttpAnswer{.status = 200, .body = shown};
      const size_t hash = url.find('/', 7) + 1;
      const witness::Answer answer =
          witnesses_[name]->LatestCheckpoint(url.substr(hash, url.rfind('/') - hash));
      return HttpAnswer{.status = answer.status, .body = answer.body};
    };
  }
  static WitnessEndpoint Endpoint(char name) {
    return {.name = std::string(1, name),
            .key = WitnessSigner(name).key(),
            .url = absl::StrCat("http://", std::string(1, name), "/")};
  }
  std::atomic<bool> unequal{false};  // one answers at once, one after 3 ms, one after 6
  std::atomic<char> down{0};
  std::atomic<char> slow{0};
  std::atomic<char> broken{0};
  std::atomic<char> ahead{0};  // claims to know a larger log
  std::string shown;           // what it shows of it; empty: nothing
  std::atomic<char> liar{0};   // answers with another's cosignature

 private:
  std::map<char, std::unique_ptr<witness::Witness>> witnesses_;
};

// A policy that asks for two of the three.
tlog::Policy TwoOfThree() {
  std::string text = absl::StrCat("log ", TestSigner().key().ToString(), "\n");
  for (const char name : {'a', 'b', 'c'}) {
    absl::StrAppend(&text, "witness ", std::string(1, name), " ",
                    WitnessSigner(name).key().ToString(), "\n");
  }
  absl::StrAppend(&text, "group two 2 a b c\nquorum two\n");
  auto policy = tlog::ParsePolicy(text);
  EXPECT_OK(policy);
  return *policy;
}

// Waits until `client` has lines of `count` witnesses for the newest head; false after 10 seconds.
bool AwaitLines(const WitnessClient& client, uint64_t size, int count) {
  for (int i = 0; i < 1000; ++i) {
    const std::string lines = client.Lines(size);
    if (std::count(lines.begin(), lines.end(), '\n') >= count) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

class WitnessClientTest : public ::testing::Test {
 protected:
  WitnessClientOptions Options() {
    return {.timeout = absl::Milliseconds(50),
            .interval = absl::Milliseconds(5),
            .post = net_.Post(),
            .get = net_.Get(),
            .policy = TwoOfThree(),
            .quorum_deadline = absl::Seconds(5)};
  }
  std::unique_ptr<WitnessClient> Start() { return Start(Options()); }
  std::unique_ptr<WitnessClient> Start(WitnessClientOptions options) {
    auto client = std::make_unique<WitnessClient>(
        &log_.tree(), &log_.database(),
        std::vector<WitnessEndpoint>{Net::Endpoint('a'), Net::Endpoint('b'), Net::Endpoint('c')},
        options, base::Logger::Null());
    log_.tree().SetCosignatureSource(client.get(), options.required);
    log_.tree().SetPublishHook(
        [raw = client.get()](const std::shared_ptr<const Head>&) { raw->Notify(); });
    return client;
  }
  void Stop(std::unique_ptr<WitnessClient> client) {
    log_.sequencer().Shutdown();
    log_.tree().SetPublishHook({});
    log_.tree().SetCosignatureSource(nullptr);
    client.reset();
  }
  uint64_t Append() {
    EXPECT_OK(log_.sequencer().SubmitAndWait(AppendBody("x")));
    return log_.tree().size();
  }

  TempDir dir_;
  Net net_{dir_};
  TestLog log_{dir_.Path("log")};
};

TEST_F(WitnessClientTest, ReceiptsReachTheQuorumOfAPolicy) {
  auto client = Start();
  for (int i = 0; i < 20; ++i) Append();
  const uint64_t size = Append();
  ASSERT_TRUE(AwaitLines(*client, size, 3));
  ASSERT_OK_AND_ASSIGN(const tlog::Receipt receipt, log_.tree().NewestReceipt(4));
  ASSERT_OK_AND_ASSIGN(const std::string entry, log_.tree().EntryBytes(4));
  ASSERT_OK_AND_ASSIGN(const auto trusted,
                       tlog::CheckReceipt(receipt, entry, TwoOfThree(), /*require_quorum=*/true));
  EXPECT_EQ(trusted.cosignatures.size(), 3U);
  // The first receipt stays what it was.
  ASSERT_OK_AND_ASSIGN(const tlog::Receipt first, log_.tree().FirstReceipt(4));
  EXPECT_FALSE(tlog::CheckReceipt(first, entry, TwoOfThree(), true).ok());
  EXPECT_OK(tlog::CheckReceipt(first, entry, TwoOfThree(), false));
  for (const WitnessState& state : client->States()) EXPECT_EQ(state.size, size) << state.name;
  Stop(std::move(client));
}

// One witness that fails in some way, and the reason in its state.
struct Fault {
  std::string name;
  std::atomic<char> Net::*fault;
  std::string reason;
};

class WitnessFaultTest : public WitnessClientTest, public ::testing::WithParamInterface<Fault> {};

TEST_P(WitnessFaultTest, StopsNeitherTheLogNorTheOthers) {
  net_.*GetParam().fault = 'b';
  auto client = Start();
  const absl::Time before = base::SystemClock::Get()->Now();
  uint64_t size = 0;
  for (int i = 0; i < 20; ++i) size = Append();
  EXPECT_LT(base::SystemClock::Get()->Now() - before, absl::Seconds(10));
  ASSERT_TRUE(AwaitLines(*client, size, 2));
  ASSERT_OK_AND_ASSIGN(const tlog::Receipt receipt, log_.tree().NewestReceipt(4));
  ASSERT_OK_AND_ASSIGN(const std::string entry, log_.tree().EntryBytes(4));
  EXPECT_OK(tlog::CheckReceipt(receipt, entry, TwoOfThree(), /*require_quorum=*/true));
  WitnessState state = client->States()[1];
  for (int i = 0; i < 500 && state.error.ok(); ++i) {
    absl::SleepFor(absl::Milliseconds(10));
    state = client->States()[1];
  }
  EXPECT_EQ(state.size, 0U);
  EXPECT_EQ(base::ReasonOf(state.error), GetParam().reason) << state.error;
  Stop(std::move(client));
}

INSTANTIATE_TEST_SUITE_P(All, WitnessFaultTest,
                         ::testing::Values(Fault{"Down", &Net::down, ""},
                                           Fault{"Slow", &Net::slow, ""},
                                           Fault{"Broken", &Net::broken, "WITNESS_REFUSED"},
                                           Fault{"Lying", &Net::liar, "WITNESS_LIES"},
                                           Fault{"Ahead", &Net::ahead, "WITNESS_AHEAD"}),
                         [](const ::testing::TestParamInfo<Fault>& row) { return row.param.name; });

// What AwaitQuorum says about the first `size` entries.
absl::Status Await(WitnessClient& client, uint64_t size) {
  // Shared: the client may still be inside Signal when this returns.
  struct Waiting {
    base::Mutex mutex;
    base::CondVar done;
    std::optional<absl::Status> result ABSL_GUARDED_BY(mutex);
  };
  const auto waiting = std::make_shared<Waiting>();
  client.AwaitQuorum(size, [waiting](const absl::Status& status) {
    base::MutexLock lock(&waiting->mutex);
    waiting->result = status;
    waiting->done.Signal();
  });
  base::MutexLock lock(&waiting->mutex);
  while (!waiting->result.has_value()) waiting->done.Wait(&waiting->mutex);
  return *waiting->result;
}

TEST_P(WitnessFaultTest, LeavesAQuorumOfTheOthers) {
  net_.*GetParam().fault = 'b';
  WitnessClientOptions options = Options();
  options.required = true;
  auto client = Start(options);
  const uint64_t size = Append();
  EXPECT_OK(Await(*client, size));
  EXPECT_GE(client->quorum_size(), size);
  // The first receipt is made where the quorum is.
  ASSERT_OK_AND_ASSIGN(const tlog::Receipt receipt, log_.tree().FirstReceipt(0));
  ASSERT_OK_AND_ASSIGN(const std::string entry, log_.tree().EntryBytes(0));
  EXPECT_OK(tlog::CheckReceipt(receipt, entry, TwoOfThree(), /*require_quorum=*/true));
  Stop(std::move(client));
}

TEST_P(WitnessFaultTest, IsToldWhereThePolicyNeedsIt) {
  net_.*GetParam().fault = 'b';
  WitnessClientOptions options = Options();
  options.required = true;
  options.policy.quorum = "b";
  options.quorum_deadline = absl::Milliseconds(300);
  auto client = Start(options);
  const uint64_t size = Append();
  const absl::Status status = Await(*client, size);
  EXPECT_EQ(base::ReasonOf(status), "WITNESS_QUORUM_MISSING") << status;
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("request_id"));
  EXPECT_THAT(std::string(status.message()),
              ::testing::HasSubstr(absl::StrCat(
                  "b: ", GetParam().reason.empty() ? "not reached" : GetParam().reason)));
  // Once it is well again, what waits is answered.
  net_.*GetParam().fault = 0;
  absl::Status later;
  for (int i = 0; i < 100; ++i) {
    later = Await(*client, size);
    if (later.ok()) break;
  }
  EXPECT_OK(later);
  Stop(std::move(client));
}

// Witnesses are not asked at the same moment: were each sent what is newest just then, no head
// would ever have two of them while the log grows.
TEST_F(WitnessClientTest, HeadsGetTheQuorumWhileTheLogGrows) {
  net_.unequal = true;
  auto client = Start();
  for (int i = 0; i < 150; ++i) {
    Append();
    absl::SleepFor(absl::Milliseconds(2));
  }
  ASSERT_OK_AND_ASSIGN(const std::string newest, log_.tree().CosignedCheckpoint());
  EXPECT_OK(tlog::CheckPolicy(newest, TwoOfThree(), /*require_quorum=*/true));
  Stop(std::move(client));
  std::map<std::string, int> lines;  // by size
  ASSERT_OK(log_.database().Scan(kCosignatureFamily, "", "",
                                 [&](absl::string_view key, absl::string_view) {
                                   ++lines[std::string(key.substr(0, 8))];
                                   return true;
                                 }));
  EXPECT_GT(lines.size(), 5U);
  int without_quorum = 0;
  for (const auto& [size, count] : lines) without_quorum += count < 2 ? 1 : 0;
  // The last one, which was on its way.
  EXPECT_LE(without_quorum, 1) << "of " << lines.size();
}

TEST(CosignaturesTest, SurviveARestartWithoutTheWitnesses) {
  const TempDir dir;
  uint64_t size = 0;
  std::string note;
  Net net(dir);
  const auto options = [&] {
    return WitnessClientOptions{.timeout = absl::Milliseconds(50),
                                .interval = absl::Milliseconds(5),
                                .post = net.Post(),
                                .policy = TwoOfThree()};
  };
  const std::vector<WitnessEndpoint> endpoints = {Net::Endpoint('a'), Net::Endpoint('b')};
  {
    TestLog log(dir.Path("log"));
    for (int i = 0; i < 3; ++i) ASSERT_OK(log.sequencer().SubmitAndWait(AppendBody("x")));
    size = log.tree().size();
    WitnessClient client(&log.tree(), &log.database(), endpoints, options(), base::Logger::Null());
    ASSERT_TRUE(AwaitLines(client, size, 2));
    log.tree().SetCosignatureSource(&client);
    ASSERT_OK_AND_ASSIGN(note, log.tree().SignedCheckpoint());
    log.tree().SetCosignatureSource(nullptr);
  }
  TestLog log(dir.Path("log"));
  {
    WitnessClientOptions nobody = options();
    nobody.post = [](const std::string&, const std::string&,
                     absl::Duration) -> absl::StatusOr<HttpAnswer> {
      return absl::UnavailableError("down");
    };
    WitnessClient client(&log.tree(), &log.database(), endpoints, nobody, base::Logger::Null());
    EXPECT_EQ(client.quorum_size(), size);
    log.tree().SetCosignatureSource(&client);
    EXPECT_THAT(log.tree().SignedCheckpoint(), ::aplomb::testing::IsOkAndHolds(note));
    EXPECT_THAT(log.tree().CosignedCheckpoint(), ::aplomb::testing::IsOkAndHolds(note));
    EXPECT_OK(Await(client, size));
    log.tree().SetCosignatureSource(nullptr);
  }
  // And for those who only read, who know no policy.
  const KeptCosignatures kept(&log.database());
  log.tree().SetCosignatureSource(&kept);
  EXPECT_THAT(log.tree().SignedCheckpoint(), ::aplomb::testing::IsOkAndHolds(note));
  log.tree().SetCosignatureSource(nullptr);
}

// At the start: what a witness answers, and what becomes of the start.
class StartTest : public WitnessClientTest {
 protected:
  absl::Status Check(std::vector<char> names, bool required = false) {
    std::vector<WitnessEndpoint> endpoints;
    for (const char name : names) endpoints.push_back(Net::Endpoint(name));
    WitnessClientOptions options = Options();
    options.required = required;
    return CheckNotBehindWitnesses(log_.tree(), endpoints, options, base::Logger::Null());
  }
  // The same key signs another log of so many entries.
  std::unique_ptr<TestLog> AnotherLog(const std::string& name, int entries) {
    auto log = std::make_unique<TestLog>(dir_.Path(name));
    for (int i = 0; i < entries; ++i) {
      EXPECT_OK(log->sequencer().SubmitAndWait(AppendBody(name)));
    }
    return log;
  }
};

TEST_F(StartTest, IsRefusedWhereAWitnessProvesALargerLog) {
  const auto longer = AnotherLog("longer", 5);
  uint64_t old_size = 0;
  ASSERT_OK(
      Cosign(longer->tree(), *longer->tree().head(), Net::Endpoint('a'), Options(), &old_size));
  EXPECT_EQ(old_size, 5U);
  Append();
  EXPECT_EQ(base::ReasonOf(Check({'a'})), "LOG_ROLLED_BACK") << Check({'a'});
  EXPECT_EQ(base::ReasonOf(Check({'c', 'b', 'a'})), "LOG_ROLLED_BACK");
  EXPECT_OK(Check({'b', 'c'}));
}

TEST_F(StartTest, IsRefusedWhereAWitnessProvesAnotherHistory) {
  const auto other = AnotherLog("other", 1);
  uint64_t old_size = 0;
  ASSERT_OK(Cosign(other->tree(), *other->tree().head(), Net::Endpoint('a'), Options(), &old_size));
  Append();
  Append();
  EXPECT_EQ(base::ReasonOf(Check({'a'})), "LOG_FORKED") << Check({'a'});
}

// It says a number, and shows nothing, or what proves nothing.
TEST_F(StartTest, IsNotStoppedByAWitnessThatClaimsMoreAndProvesNothing) {
  Append();
  const auto longer = AnotherLog("longer", 5);
  std::string forged = longer->tree().head()->checkpoint;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  const tlog::Signer stranger = WitnessSigner('x');
  const tlog::Checkpoint claim{.origin = TestSigner().key().name, .size = 1'000'000};
  net_.ahead = 'b';
  for (const std::string& shown :
       {std::string(), std::string("1000000\n"), forged, tlog::SignCheckpoint(claim, stranger),
        log_.tree().head()->checkpoint}) {
    net_.shown = shown;
    EXPECT_OK(Check({'a', 'b', 'c'})) << shown;
    EXPECT_OK(Check({'b'})) << shown;
    // The others suffice for the quorum of two.
    EXPECT_OK(Check({'a', 'b', 'c'}, /*required=*/true)) << shown;
    // They do not: the policy says that nothing goes without it.
    EXPECT_EQ(base::ReasonOf(Check({'a', 'b'}, /*required=*/true)), "LOG_ROLLED_BACK") << shown;
  }
  net_.shown = longer->tree().head()->checkpoint;
  EXPECT_EQ(base::ReasonOf(Check({'a', 'b', 'c'})), "LOG_ROLLED_BACK") << "a proof";
}

TEST_F(StartTest, IsNotStoppedByWitnessesThatAreDownSlowBrokenOrLie) {
  Append();
  for (std::atomic<char> Net::*fault : {&Net::down, &Net::slow, &Net::broken, &Net::liar}) {
    net_.*fault = 'b';
    EXPECT_OK(Check({'a', 'b', 'c'}));
    EXPECT_OK(Check({'b'}));
    EXPECT_OK(Check({'a', 'b', 'c'}, /*required=*/true));
    net_.*fault = 0;
  }
}

TEST(HttpPostTest, NobodyThereIsAnErrorWithinTheTime) {
  const absl::Time before = base::SystemClock::Get()->Now();
  EXPECT_THAT(HttpPost("http://127.0.0.1:1/add-checkpoint", "x", absl::Seconds(1)),
              ::aplomb::testing::StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(HttpPost("file:///etc/hostname", "x", absl::Seconds(1)).ok());
  EXPECT_FALSE(HttpGet("file:///etc/hostname", absl::Seconds(1)).ok());
  EXPECT_LT(base::SystemClock::Get()->Now() - before, absl::Seconds(5));
}

}  // namespace
}  // namespace aplomb::audit
