#include "tests/e2e/sample_server.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "service/genesis.h"

namespace aplomb::e2e {

using ::aplomb::testing::ReadFileOrFail;
using ::aplomb::testing::SourcePath;

SampleServer::SampleServer()
    : clock_(absl::FromCivil(absl::CivilSecond(2026, 11, 20, 9, 0, 0), absl::UTCTimeZone())) {
  const auto plan = service::PlanGenesis(
      service::GenesisSource{.catalog_directory = SourcePath("catalog/sample"),
                             .rulebook_directory = SourcePath("catalog/rulebook")});
  EXPECT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->ok) << plan->issues.ToString()
                        << decision::FormatDiagnostics(plan->diagnostics);
  const auto tokens = service::EnsureSampleTokens(dir_.path(), *base::SystemRandom::Get());
  EXPECT_TRUE(tokens.ok()) << tokens.status();
  {
    auto dataset = service::Dataset::Open(
        {.directory = dir_.path(), .create_if_missing = true, .clock = &clock_});
    EXPECT_TRUE(dataset.ok()) << dataset.status();
    const absl::Status written = service::RunGenesis(**dataset, *plan, {});
    EXPECT_TRUE(written.ok()) << written;
  }
  token_ = std::string(absl::StripSuffix(ReadFileOrFail(tokens->advisor_file), "\n"));
  service::ServerOptions options;
  options.data_directory = dir_.path();
  options.token_file = tokens->token_file;
  options.abort_on_storage_failure = false;
  options.clock = &clock_;
  auto server = service::Server::Start(std::move(options));
  EXPECT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  EXPECT_TRUE(server_->serving_recommendations());
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  const auto channel = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                                 grpc::InsecureChannelCredentials(), arguments);
  advisor_ = advisor::v1::AdvisorService::NewStub(channel);
  catalog_ = catalog::v1::CatalogService::NewStub(channel);
}

std::unique_ptr<grpc::ClientContext> SampleServer::Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", absl::StrCat("Bearer ", token_));
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
