#include "tests/service/running_server.h"

#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "service/callers.h"
#include "service/genesis.h"
#include "tests/service/tiny_world.h"

namespace aplomb::service {
namespace {

std::string Tokens() {
  std::string lines;
  for (const auto& [role, name] : {std::pair{Role::kAdvisor, "marie"},
                                   {Role::kAdvisor, "jean"},
                                   {Role::kAuditor, "vera"},
                                   {Role::kMember, "member"},
                                   {Role::kReviewer, "reviewer"},
                                   {Role::kReviewer, "r1"},
                                   {Role::kReviewer, "r2"},
                                   {Role::kReviewer, "r3"},
                                   {Role::kMember, "acme"},
                                   {Role::kMember, "m000"},
                                   {Role::kOperator, "operator"}}) {
    lines += TokenLine({role, name}, TokenOf(name));
  }
  return lines;
}

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

}  // namespace

RunningServer::RunningServer(const RunningServerOptions& options)
    : options_(options), logger_(options.clock, [this](absl::string_view line) {
        base::MutexLock lock(&mutex_);
        absl::StrAppend(&log_, line, "\n");
      }) {
  {
    auto dataset = Dataset::Open(
        {.directory = dir_.path(), .create_if_missing = true, .clock = options.clock});
    EXPECT_TRUE(dataset.ok()) << dataset.status();
    if (dataset.ok() && options.members > 0) {
      const absl::Status status = RunGenesis(**dataset, TinyPlan(options.members), {});
      EXPECT_TRUE(status.ok()) << status;
    }
  }
  Start();
}

RunningServer::~RunningServer() = default;

void RunningServer::Start() {
  ServerOptions options;
  options.data_directory = dir_.path();
  auto callers = TokenTable::Parse(Tokens());
  EXPECT_TRUE(callers.ok()) << callers.status();
  options.callers = *std::move(callers);
  options.worker_threads = options_.worker_threads;
  options.queue_max = options_.queue_max;
  options.abort_on_storage_failure = false;
  options.clock = options_.clock;
  options.logger = &logger_;
  if (options_.configure) options_.configure(options);
  auto server = Server::Start(std::move(options));
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  // A channel of its own: gRPC would share connections between equal channels.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                       grpc::InsecureChannelCredentials(), arguments);
  advisor_ = advisor::v1::AdvisorService::NewStub(channel_);
  catalog_ = catalog::v1::CatalogService::NewStub(channel_);
}

void RunningServer::Restart() {
  server_.reset();
  Start();
}

std::string RunningServer::Log() {
  base::MutexLock lock(&mutex_);
  return log_;
}

std::string TokenOf(const std::string& name) {
  return absl::StrCat("the-secret-token-of-", name, "-0123456789");
}

std::unique_ptr<grpc::ClientContext> As(const std::string& name) {
  auto context = std::make_unique<grpc::ClientContext>();
  if (!name.empty()) {
    context->AddMetadata("authorization", absl::StrCat("Bearer ", TokenOf(name)));
  }
  context->set_deadline(absl::ToChronoTime(base::SystemClock::Get()->Now() + absl::Seconds(20)));
  return context;
}

google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::ErrorInfo info;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& any : details.details()) {
    if (any.Is<google::rpc::ErrorInfo>()) any.UnpackTo(&info);
  }
  return info;
}

std::string ReasonOf(const grpc::Status& status) { return InfoOf(status).reason(); }

google::rpc::BadRequest BadRequestOf(const grpc::Status& status) {
  google::rpc::BadRequest bad;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& any : details.details()) {
    if (any.Is<google::rpc::BadRequest>()) any.UnpackTo(&bad);
  }
  return bad;
}

std::vector<std::string> DetailTypes(const grpc::Status& status) {
  std::vector<std::string> types;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& any : details.details()) {
    types.push_back(any.type_url().substr(any.type_url().rfind('/') + 1));
  }
  return types;
}

advisor::v1::Engagement OpenEngagement(RunningServer& server, const std::string& caller,
                                       const std::string& siren) {
  advisor::v1::CreateEngagementRequest request;
  request.mutable_engagement()->set_siren(siren);
  advisor::v1::Engagement engagement;
  const auto context = As(caller);
  const grpc::Status status =
      server.advisor().CreateEngagement(context.get(), request, &engagement);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return engagement;
}

advisor::v1::CreateRecommendationRequest TinyRequest(const std::string& engagement) {
  advisor::v1::CreateRecommendationRequest request;
  request.set_parent(engagement);
  advisor::v1::Recommendation& asked = *request.mutable_recommendation();
  asked.mutable_profile()->set_department_code("69");
  asked.mutable_profile()->set_staff_count(4);
  asked.add_needs()->set_need_id("WEBSITE");
  // A fixed day, so that tariffs do not age under the tests.
  asked.mutable_as_of_date()->set_year(2026);
  asked.mutable_as_of_date()->set_month(6);
  asked.mutable_as_of_date()->set_day(1);
  return request;
}

}  // namespace aplomb::service
