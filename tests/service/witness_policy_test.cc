// A server with a witness over real HTTP that is well, down, slow, lying or ahead, with and without
// the policy that answers wait for it; and a restored backup, which the witness knows to be old.
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "aplomb/audit/v1/log_service.grpc.pb.h"
#include "audit/tlog/checkpoint.h"
#include "audit/witness/witness.h"
#include "base/clock.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/http_edge.h"
#include "tests/service/running_server.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace fs = std::filesystem;
namespace pb = ::aplomb::audit::v1;
using Advisor = advisor::v1::AdvisorService::Stub;
using ::testing::HasSubstr;

enum class Health { kWell, kDown, kSlow, kLying, kAhead };

tlog::Signer WitnessKey(const std::string& name) {
  auto signer =
      tlog::Signer::FromSeed(absl::StrCat("witness.test/", name), tlog::SignatureType::kCosignature,
                             std::string(tlog::kSeedBytes, name[0]));
  EXPECT_OK(signer);
  return *std::move(signer);
}

// The witness of this project behind its HTTP server, made to fail on demand.
class HttpWitness {
 public:
  explicit HttpWitness(const std::string& state) : state_(state) { Listen(0); }

  // What the server under test is told of it.
  std::string Policy(const std::string& log_key, bool with_url) const {
    return absl::StrCat("log ", log_key, "\nwitness w ", WitnessKey("w").key().ToString(),
                        with_url ? absl::StrCat(" http://127.0.0.1:", port_, "/") : "",
                        "\nquorum w\n");
  }
  // Before it is asked.
  void Trust(const std::string& log_key) {
    auto key = tlog::VerifierKey::Parse(log_key);
    ASSERT_OK(key);
    witness_.reset();
    auto witness = witness::Witness::Open(
        {.signer = WitnessKey("w"), .logs = {*key}, .state_directory = state_});
    ASSERT_OK(witness);
    witness_ = *std::move(witness);
  }
  void Be(Health health) {
    health_ = health;
    if (health == Health::kDown) {
      server_.reset();
    } else if (server_ == nullptr) {
      Listen(port_);
    }
  }

 private:
  void Listen(int port) {
    auto server = HttpServer::Start({.address = absl::StrCat("127.0.0.1:", port),
                                     .body_bytes_max = witness::kRequestBytesMax,
                                     .threads = 4},
                                    [this](const HttpRequest& request) { return Answer(request); });
    ASSERT_OK(server);
    server_ = *std::move(server);
    port_ = server_->port();
  }
  HttpResponse Answer(const HttpRequest& request) {
    switch (health_.load()) {
      case Health::kSlow:
        absl::SleepFor(absl::Milliseconds(700));
        return {.status = 503, .body = ""};
      case Health::kAhead:
        return {.status = 409, .content_type = "text/x.tlog.size", .body = "1000000\n"};
      case Health::kLying: {
        // Says yes without having seen anything: a line of its key over another text.
        return {.status = 200, .body = WitnessKey("w").SignatureLine("another text\n", 1)};
      }
      default:
        return WitnessHandler(witness_.get())(request);
    }
  }

  const std::string state_;
  std::unique_ptr<witness::Witness> witness_;
  std::atomic<Health> health_{Health::kWell};
  std::unique_ptr<HttpServer> server_;
  int port_ = 0;
};

class WitnessPolicyTest : public ::testing::Test {
 protected:
  WitnessPolicyTest() : witness_(dir_.Path("witness")) {}

  std::unique_ptr<RunningServer> Serve(bool required) {
    RunningServerOptions options;
    options.configure = [this, required](ServerOptions& server) {
      log_key_ = testing::ReadFileOrFail(server.data_directory + "/vkey");
      log_key_.pop_back();
      witness_.Trust(log_key_);
      Configure(required, server);
    };
    return std::make_unique<RunningServer>(options);
  }
  void Configure(bool required, ServerOptions& server) {
    const auto policy = tlog::ParsePolicy(witness_.Policy(log_key_, /*with_url=*/true));
    ASSERT_OK(policy);
    server.witnesses = audit::EndpointsOf(*policy);
    server.witness_options = {.timeout = absl::Milliseconds(200),
                              .interval = absl::Milliseconds(10),
                              .policy = *policy,
                              .required = required,
                              .quorum_deadline = absl::Milliseconds(600)};
  }
  tlog::Policy ReaderPolicy() {
    const auto policy = tlog::ParsePolicy(witness_.Policy(log_key_, /*with_url=*/false));
    EXPECT_OK(policy);
    return *policy;
  }
  // OK if the receipt holds; with `quorum`, if the witness has cosigned it.
  absl::Status CheckReceiptOf(const advisor::v1::Recommendation& answer, bool quorum) {
    const auto receipt = tlog::ParseReceipt(answer.receipt());
    if (!receipt.ok()) return receipt.status();
    return tlog::CheckReceipt(*receipt, *receipt->extra, ReaderPolicy(), quorum).status();
  }
  static bool AwaitCosigned(RunningServer& server) {
    for (int i = 0; i < 1000; ++i) {
      Dataset& dataset = server.server().dataset();
      if (dataset.log().cosigned_size() == dataset.tree().size()) return true;
      absl::SleepFor(absl::Milliseconds(10));
    }
    return false;
  }

  const testing::TempDir dir_;
  HttpWitness witness_;
  std::string log_key_;
};

struct Case {
  std::string name;
  Health health;
};
class WitnessHealthTest : public WitnessPolicyTest, public ::testing::WithParamInterface<Case> {};

TEST_P(WitnessHealthTest, NeverStopsServing) {
  const auto server = Serve(/*required=*/false);
  witness_.Be(GetParam().health);
  const std::string engagement = OpenEngagement(*server, "marie").name();
  const absl::Time before = base::SystemClock::Get()->Now();
  for (int i = 0; i < 10; ++i) {
    advisor::v1::Recommendation answer;
    const grpc::Status status = Invoke(server->advisor(), &Advisor::CreateRecommendation, "marie",
                                       TinyRequest(engagement), &answer);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_OK(CheckReceiptOf(answer, /*quorum=*/false));
  }
  EXPECT_LT(base::SystemClock::Get()->Now() - before, absl::Seconds(10));
}

TEST_P(WitnessHealthTest, IsWaitedForWhereThePolicySaysSo) {
  const auto server = Serve(/*required=*/true);
  const std::string engagement = OpenEngagement(*server, "marie").name();
  advisor::v1::CreateRecommendationRequest request = TinyRequest(engagement);
  request.set_request_id("123e4567-e89b-42d3-a456-426614174000");
  const uint64_t before = server->server().dataset().tree().size();
  advisor::v1::Recommendation answer;
  witness_.Be(GetParam().health);
  const grpc::Status status =
      Invoke(server->advisor(), &Advisor::CreateRecommendation, "marie", request, &answer);
  if (GetParam().health == Health::kWell) {
    ASSERT_TRUE(status.ok()) << status.error_message();
  } else {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(ReasonOf(status), "WITNESS_QUORUM_MISSING") << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("request_id"));
    // Reading goes on.
    advisor::v1::GetEngagementRequest get;
    get.set_name(engagement);
    advisor::v1::Engagement read;
    EXPECT_TRUE(Invoke(server->advisor(), &Advisor::GetEngagement, "marie", get, &read).ok());
    // Once it is well, the same request gets its answer; nothing is done again.
    witness_.Be(Health::kWell);
    grpc::Status later;
    for (int i = 0; i < 20; ++i) {
      later = Invoke(server->advisor(), &Advisor::CreateRecommendation, "marie", request, &answer);
      if (later.ok()) break;
      ASSERT_EQ(ReasonOf(later), "WITNESS_QUORUM_MISSING") << later.error_message();
    }
    ASSERT_TRUE(later.ok()) << later.error_message();
  }
  EXPECT_EQ(server->server().dataset().tree().size(), before + 1);
  EXPECT_OK(CheckReceiptOf(answer, /*quorum=*/true));
}

INSTANTIATE_TEST_SUITE_P(All, WitnessHealthTest,
                         ::testing::Values(Case{"Well", Health::kWell}, Case{"Down", Health::kDown},
                                           Case{"Slow", Health::kSlow},
                                           Case{"Lying", Health::kLying},
                                           Case{"Ahead", Health::kAhead}),
                         [](const auto& row) { return row.param.name; });

TEST_F(WitnessPolicyTest, ARestoredBackupIsRefusedByWhatTheWitnessHasSeen) {
  auto server = Serve(/*required=*/false);
  const std::string engagement = OpenEngagement(*server, "marie").name();
  ASSERT_TRUE(AwaitCosigned(*server));
  const std::string data = server->data_directory();
  server->Stop();
  // Everything: the database, the keys, the high-water file.
  fs::copy(data, dir_.Path("backup"), fs::copy_options::recursive);
  server->Restart();
  for (int i = 0; i < 3; ++i) {
    advisor::v1::Recommendation answer;
    ASSERT_TRUE(Invoke(server->advisor(), &Advisor::CreateRecommendation, "marie",
                       TinyRequest(engagement), &answer)
                    .ok());
  }
  ASSERT_TRUE(AwaitCosigned(*server));
  server->Stop();

  const auto start = [&](const std::string& high_water) {
    ServerOptions options;
    options.data_directory = dir_.Path("backup");
    options.callers = *TokenTable::Parse("");
    options.abort_on_storage_failure = false;
    options.high_water_path = high_water;
    Configure(/*required=*/false, options);
    return Server::Start(std::move(options)).status();
  };
  const absl::Status refused = start("");
  EXPECT_EQ(base::ReasonOf(refused), "LOG_ROLLED_BACK") << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("witness w has a checkpoint"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("Restore the newest"));
  // The high-water file on another disk knows it too, with no witness to ask.
  witness_.Be(Health::kDown);
  const absl::Status by_file = start(data + "/high_water");
  EXPECT_EQ(base::ReasonOf(by_file), "LOG_ROLLED_BACK") << by_file;
  EXPECT_THAT(std::string(by_file.message()), HasSubstr(data + "/high_water"));
}

TEST_F(WitnessPolicyTest, CosignaturesAreServedAfterARestartThoughTheWitnessIsGone) {
  const auto server = Serve(/*required=*/false);
  (void)OpenEngagement(*server, "marie");
  ASSERT_TRUE(AwaitCosigned(*server));
  const uint64_t size = server->server().dataset().log().cosigned_size();
  server->Stop();
  witness_.Be(Health::kDown);
  server->Restart();
  const auto stub = pb::LogService::NewStub(server->channel());
  pb::GetCheckpointRequest request;
  request.set_cosigned(true);
  pb::Checkpoint checkpoint;
  const grpc::Status status =
      Invoke(*stub, &pb::LogService::Stub::GetCheckpoint, "vera", request, &checkpoint);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(checkpoint.size(), static_cast<int64_t>(size));
  EXPECT_OK(tlog::CheckPolicy(checkpoint.note(), ReaderPolicy(), /*require_quorum=*/true));
}

TEST(WitnessPolicyStartTest, APolicyWithoutAQuorumCannotBeWaitedFor) {
  RunningServer server;
  server.Stop();
  ServerOptions options;
  options.data_directory = server.data_directory();
  options.callers = *TokenTable::Parse("");
  options.witness_options.required = true;
  EXPECT_EQ(base::ReasonOf(Server::Start(std::move(options)).status()), "QUORUM_NOT_STATED");
}

// ---- Metrics

// Name, with its labels, -> value; every line must be of the text form.
std::map<std::string, double> ParseMetrics(const std::string& text) {
  std::map<std::string, double> values;
  EXPECT_TRUE(text.empty() || text.back() == '\n');
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (line[0] == '#') continue;
    const std::vector<std::string> parts = absl::StrSplit(line, ' ');
    double value = 0;
    EXPECT_TRUE(parts.size() == 2 && absl::SimpleAtod(parts[1], &value)) << line;
    EXPECT_TRUE(values.emplace(parts[0], value).second) << line;
    EXPECT_THAT(text,
                HasSubstr(absl::StrCat("# TYPE ", parts[0].substr(0, parts[0].find('{')), " ")));
  }
  return values;
}

TEST_F(WitnessPolicyTest, MetricsTellHowFarTheWitnessesAre) {
  const auto server = Serve(/*required=*/false);
  const std::string engagement = OpenEngagement(*server, "marie").name();
  ASSERT_TRUE(AwaitCosigned(*server));
  const auto size = static_cast<double>(server->server().dataset().tree().size());
  std::map<std::string, double> values = ParseMetrics(server->server().Metrics());
  EXPECT_EQ(values["aplomb_log_entries"], size);
  EXPECT_EQ(values["aplomb_cosigned_entries"], size);
  EXPECT_EQ(values["aplomb_cosignature_lag_entries"], 0);
  EXPECT_EQ(values["aplomb_cosignature_lag_seconds"], 0);
  EXPECT_EQ(values["aplomb_witness_entries{witness=\"w\"}"], size);
  EXPECT_EQ(values["aplomb_queue_commands"], 0);
  EXPECT_EQ(values["aplomb_queue_refusals_total"], 0);
  EXPECT_EQ(values["aplomb_writer_healthy"], 1);
  EXPECT_LT(values["aplomb_checkpoint_age_seconds"], 60);

  witness_.Be(Health::kDown);
  advisor::v1::Recommendation answer;
  ASSERT_TRUE(Invoke(server->advisor(), &Advisor::CreateRecommendation, "marie",
                     TinyRequest(engagement), &answer)
                  .ok());
  absl::SleepFor(absl::Milliseconds(1100));
  values = ParseMetrics(server->server().Metrics());
  EXPECT_EQ(values["aplomb_log_entries"], size + 1);
  EXPECT_EQ(values["aplomb_cosigned_entries"], size);
  EXPECT_EQ(values["aplomb_cosignature_lag_entries"], 1);
  EXPECT_GT(values["aplomb_cosignature_lag_seconds"], 1);
  EXPECT_GE(values["aplomb_witness_failures_total{witness=\"w\"}"], 1);
  // The high-water file is at most a second behind.
  EXPECT_EQ(values["aplomb_high_water_entries"], size + 1);
  EXPECT_EQ(values["aplomb_high_water_lag_seconds"], 0);
}

// The names of the page and those that are served are the same.
TEST_F(WitnessPolicyTest, EveryMetricStandsInTheDocumentation) {
  const auto server = Serve(/*required=*/false);
  std::set<std::string> served;
  for (const auto& [name, value] : ParseMetrics(server->server().Metrics())) {
    served.insert(name.substr(0, name.find('{')));
  }
  std::set<std::string> documented;
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/metrics.md"));
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    if (!absl::StartsWith(line, "| `")) continue;
    documented.emplace(line.substr(3, line.find('`', 3) - 3));
  }
  EXPECT_EQ(served, documented);
}

TEST(MetricsHandlerTest, AnswersItsPathAndLeavesTheRest) {
  const HttpHandler handler =
      MetricsHandler([] { return std::string("x 1\n"); },
                     [](const HttpRequest&) { return HttpResponse{.status = 404, .body = ""}; });
  const HttpResponse metrics = handler({.method = "GET", .target = "/metrics", .body = ""});
  EXPECT_EQ(metrics.status, 200);
  EXPECT_EQ(metrics.body, "x 1\n");
  EXPECT_EQ(metrics.cache_control, "no-store");
  EXPECT_EQ(handler({.method = "POST", .target = "/metrics", .body = ""}).status, 405);
  EXPECT_EQ(handler({.method = "GET", .target = "/metrics/", .body = ""}).status, 404);
  EXPECT_EQ(handler({.method = "GET", .target = "/checkpoint", .body = ""}).status, 404);
}

}  // namespace
}  // namespace aplomb::service
