#include "tests/e2e/sample_server.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/mutex.h"
#include "base/random.h"
#include "gtest/gtest.h"
#include "service/callers.h"
#include "service/genesis.h"

namespace aplomb::e2e {

using ::aplomb::testing::ReadFileOrFail;
using ::aplomb::testing::SourcePath;

// Several threads of the server draw.
class SampleServer::LockedRandom final : public base::Random {
 public:
  explicit LockedRandom(uint64_t seed) : random_(seed) {}

  void Fill(absl::Span<uint8_t> bytes) override {
    const base::MutexLock lock(&mutex_);
    random_.Fill(bytes);
  }

 private:
  base::Mutex mutex_;
  base::FakeRandom random_ ABSL_GUARDED_BY(mutex_);
};

SampleServer::~SampleServer() = default;

SampleServer::SampleServer(std::optional<uint64_t> seed)
    : clock_(absl::FromCivil(absl::CivilSecond(2026, 11, 20, 9, 0, 0), absl::UTCTimeZone())) {
  const auto plan = service::PlanGenesis(
      service::GenesisSource{.catalog_directory = SourcePath("catalog/sample"),
                             .rulebook_directory = SourcePath("catalog/rulebook")});
  EXPECT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->ok) << plan->issues.ToString()
                        << decision::FormatDiagnostics(plan->diagnostics);
  if (seed.has_value()) random_ = std::make_unique<LockedRandom>(*seed);
  base::Random* const random =
      seed.has_value() ? static_cast<base::Random*>(random_.get()) : base::SystemRandom::Get();
  std::string callers;
  for (const char* caller : {"ADVISOR/demo", "ADVISOR/paul", "MEMBER/kervadel", "REVIEWER/lena",
                             "OPERATOR/omar", "AUDITOR/alix"}) {
    const std::string token = absl::StrCat("token-of-the-test-", caller);
    tokens_[caller] = token;
    const std::vector<std::string> parts = absl::StrSplit(caller, '/');
    absl::StrAppend(&callers, parts[0], " ", parts[1], " ", base::HexEncode(base::Sha256(token)),
                    "\n");
  }
  auto table = service::TokenTable::Parse(callers);
  EXPECT_TRUE(table.ok()) << table.status();
  {
    auto dataset = service::Dataset::Open(
        {.directory = dir_.path(), .create_if_missing = true, .clock = &clock_, .random = random});
    EXPECT_TRUE(dataset.ok()) << dataset.status();
    const absl::Status written = service::RunGenesis(**dataset, *plan, {});
    EXPECT_TRUE(written.ok()) << written;
  }
  service::ServerOptions options;
  options.data_directory = dir_.path();
  options.callers = *std::move(table);
  options.abort_on_storage_failure = false;
  options.clock = &clock_;
  options.random = random;
  auto server = service::Server::Start(std::move(options));
  EXPECT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  EXPECT_TRUE(server_->serving_recommendations());
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  channel_ = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                       grpc::InsecureChannelCredentials(), arguments);
  advisor_ = advisor::v1::AdvisorService::NewStub(channel_);
  catalog_ = catalog::v1::CatalogService::NewStub(channel_);
}

std::unique_ptr<grpc::ClientContext> SampleServer::Context(const std::string& caller) {
  auto context = std::make_unique<grpc::ClientContext>();
  if (!caller.empty()) {
    context->AddMetadata("authorization", absl::StrCat("Bearer ", tokens_.at(caller)));
  }
  context->set_deadline(absl::ToChronoTime(base::SystemClock::Get()->Now() + absl::Seconds(30)));
  return context;
}

catalog::SampleProfile SampleServer::Profile(const std::string& id) {
  const std::string file = absl::StrCat("catalog/sample/profiles/", id, ".yaml");
  base::Issues issues;
  catalog::SampleProfile profile =
      catalog::ReadProfile(file, ReadFileOrFail(SourcePath(file)), &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  return profile;
}

advisor::v1::Engagement SampleServer::Open(const catalog::SampleProfile& firm) {
  advisor::v1::CreateEngagementRequest request;
  request.mutable_engagement()->set_siren(firm.profile.siren());
  advisor::v1::Engagement engagement;
  const grpc::Status status = advisor_->CreateEngagement(Context().get(), request, &engagement);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return engagement;
}

advisor::v1::Recommendation SampleServer::Ask(const catalog::SampleProfile& firm) {
  advisor::v1::CreateRecommendationRequest request;
  request.set_parent(Open(firm).name());
  *request.mutable_recommendation()->mutable_profile() = firm.profile;
  for (const type::NeedRequest& need : firm.needs) {
    *request.mutable_recommendation()->add_needs() = need;
  }
  if (firm.weights.has_value()) {
    *request.mutable_recommendation()->mutable_weights() = *firm.weights;
  }
  advisor::v1::Recommendation answer;
  const grpc::Status status = advisor_->CreateRecommendation(Context().get(), request, &answer);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return answer;
}

catalog::v1::Offering SampleServer::Offering(const std::string& name) {
  catalog::v1::GetOfferingRequest request;
  request.set_name(name);
  catalog::v1::Offering offering;
  const grpc::Status status = catalog_->GetOffering(Context().get(), request, &offering);
  EXPECT_TRUE(status.ok()) << name << ": " << status.error_message();
  return offering;
}

}  // namespace aplomb::e2e
