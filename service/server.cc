#include "service/server.h"

#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/tie_secrets.h"
#include "base/check.h"
#include "base/civil_day.h"
#include "base/mutex.h"
#include "base/status.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/resource_quota.h"
#include "service/access.h"
#include "service/advisor_service.h"
#include "service/catalog_service.h"
#include "service/decision_cache.h"
#include "service/executor.h"
#include "service/explanation_service.h"
#include "service/neutrality_service.h"
#include "service/grpc_edge.h"
#include "service/keeping_edge.h"
#include "service/member_service.h"
#include "service/metrics.h"
#include "service/proposal_service.h"
#include "service/review_service.h"
#include "service/rulebook_edge.h"
#include "service/rulebook_service.h"
#include "service/workflow.h"
#include "service/workflow_edge.h"
#include "service/log_service.h"

namespace aplomb::service {
namespace {

constexpr char kAdvisorServiceName[] = "aplomb.advisor.v1.AdvisorService";

// Full names of all services: the table of access has a row for each of their methods.
std::set<std::string> ServiceNames() {
  std::set<std::string> names;
  for (const AccessRule& rule : AccessTable()) {
    names.emplace(rule.method.substr(0, rule.method.rfind('.')));
  }
  return names;
}

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": the file cannot be read"));
  }
  return std::move(text).str();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(const TlsFiles& tls) {
  if (tls.certificate_chain.empty() && tls.private_key.empty() && tls.client_ca.empty()) {
    return grpc::InsecureServerCredentials();
  }
  if (tls.certificate_chain.empty() || tls.private_key.empty()) {
    return absl::InvalidArgumentError("TLS needs both a certificate chain and a private key");
  }
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  ASSIGN_OR_RETURN(pair.cert_chain, ReadPem(tls.certificate_chain));
  ASSIGN_OR_RETURN(pair.private_key, ReadPem(tls.private_key));
  grpc::SslServerCredentialsOptions options(tls.client_ca.empty()
                                                ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                                : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_key_cert_pairs.push_back(pair);
  if (!tls.client_ca.empty()) {
    ASSIGN_OR_RETURN(options.pem_root_certs, ReadPem(tls.client_ca));
  }
  return grpc::SslServerCredentials(options);
}

// A rulebook is in force today and this build can use it.
bool CanRecommend(Dataset& dataset, DecisionCache& cache, const base::Clock& clock,
                  base::Logger& logger) {
  const std::shared_ptr<const catalog::Snapshot> snapshot = dataset.store().snapshot();
  const base::DayNumber today = base::ParisDay(clock.Now());
  const catalog::RulebookEntry* entry = ActiveRulebook(*snapshot, today);
  if (entry == nullptr) {
    logger.Warning("no_rulebook_in_force", {{"day", base::FormatDay(today)}});
    return false;
  }
  const auto compiled = cache.Compiled(*entry);
  if (!compiled.ok()) {
    logger.Error("rulebook_unusable", {{"cause", compiled.status().message()}});
    return false;
  }
  cache.Blind(*snapshot, **compiled, today);
  return true;
}

}  // namespace

// Members are destroyed from the last to the first: the server before what it calls.
struct Server::Parts {
  ServerOptions options;
  std::unique_ptr<Dataset> dataset;
  DecisionCache cache;
  std::unique_ptr<Executor> executor;
  std::unique_ptr<AdvisorService> advisor;
  std::unique_ptr<ExplanationService> explanation;
  std::unique_ptr<NeutralityService> neutrality;
  std::unique_ptr<CatalogService> catalog;
  std::unique_ptr<Workflow> workflow;
  std::unique_ptr<ProposalService> proposals;
  std::unique_ptr<ReviewService> reviews;
  std::unique_ptr<MemberService> members;
  std::unique_ptr<ContestService> contests;
  std::unique_ptr<KeepingServices> keeping;
  std::unique_ptr<RulebookService> rulebooks;
  std::unique_ptr<LogService> log;
  std::unique_ptr<Edge> edge;
  std::vector<std::unique_ptr<grpc::Service>> services;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
  bool can_recommend = false;
  std::once_flag shut_down;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Shutdown(); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options) {
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(options);
  ServerOptions& given = parts->options;
  CHECK(given.token_file.empty() != (given.callers == nullptr))
      << "either a token file or an identifier of callers";
  if (given.callers == nullptr) {
    ASSIGN_OR_RETURN(given.callers, TokenFile::Open(given.token_file, given.clock, given.logger));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ServerCredentials> credentials,
                   MakeCredentials(given.tls));
  ASSIGN_OR_RETURN(parts->dataset,
                   Dataset::Open({.directory = given.data_directory,
                                  .create_if_missing = given.create_if_missing,
                                  .high_water_path = given.high_water_path,
                                  .witnesses = given.witnesses,
                                  .witness_options = given.witness_options,
                                  .abort_on_storage_failure = given.abort_on_storage_failure,
                                  .clock = given.clock,
                                  .random = given.random,
                                  .logger = given.logger}));
  Dataset* dataset = parts->dataset.get();
  // The day's secret is committed before anybody asks.
  RETURN_IF_ERROR(audit::EnsureEpoch(dataset->sequencer(), dataset->database(),
                                     base::ParisDay(given.clock->Now()), given.random)
                      .status());
  parts->can_recommend = CanRecommend(*dataset, parts->cache, *given.clock, *given.logger);
  parts->executor = std::make_unique<Executor>(given.worker_threads, given.queue_max);
  parts->advisor = std::make_unique<AdvisorService>(dataset, &parts->cache, parts->executor.get(),
                                                    given.clock, given.random);
  parts->explanation = std::make_unique<ExplanationService>(
      parts->advisor.get(), &dataset->store(), &parts->cache, given.clock, given.logger);
  parts->neutrality = std::make_unique<NeutralityService>(
      parts->advisor.get(), dataset, &parts->cache, given.clock, given.random);
  parts->catalog = std::make_unique<CatalogService>(&dataset->store(), given.clock);
  parts->workflow = std::make_unique<Workflow>(dataset, &parts->cache, parts->executor.get(),
                                               given.clock, given.random);
  parts->proposals = std::make_unique<ProposalService>(parts->workflow.get());
  parts->reviews = std::make_unique<ReviewService>(parts->workflow.get());
  parts->members = std::make_unique<MemberService>(parts->workflow.get());
  parts->contests = std::make_unique<ContestService>(parts->workflow.get());
  parts->keeping = std::make_unique<KeepingServices>(dataset, &parts->cache, parts->workflow.get(),
                                                     parts->executor.get(), given.clock,
                                                     base::SystemRandom::Get()->Uuid4());
  parts->rulebooks = std::make_unique<RulebookService>(
      parts->workflow.get(), absl::StrCat(given.data_directory, "/charter.keys"));
  parts->log = std::make_unique<LogService>(&dataset->tree());
  parts->edge =
      std::make_unique<Edge>(given.callers.get(), parts->executor.get(), given.clock, given.logger);
  parts->services.push_back(MakeAdvisorEdge(parts->edge.get(), parts->advisor.get()));
  parts->services.push_back(MakeExplanationEdge(parts->edge.get(), parts->explanation.get()));
  parts->services.push_back(MakeNeutralityEdge(parts->edge.get(), parts->neutrality.get()));
  parts->services.push_back(MakeLogEdge(parts->edge.get(), parts->log.get()));
  parts->services.push_back(MakeCatalogEdge(parts->edge.get(), parts->catalog.get()));
  for (auto& service : MakeWorkflowEdges(parts->edge.get(), {.proposal = parts->proposals.get(),
                                                             .review = parts->reviews.get(),
                                                             .member = parts->members.get(),
                                                             .contest = parts->contests.get()})) {
    parts->services.push_back(std::move(service));
  }
  for (auto& service : MakeKeepingEdges(parts->edge.get(), parts->keeping.get())) {
    parts->services.push_back(std::move(service));
  }
  parts->services.push_back(MakeRulebookEdge(parts->edge.get(), parts->rulebooks.get()));

  // protobuf writes a line to stderr for each text that is not UTF-8: whoever sends such bytes
  // would fill the log. The answer says it already (MESSAGE_MALFORMED).
  google::protobuf::SetLogHandler(nullptr);
  grpc::EnableDefaultHealthCheckService(true);
  // gRPC's health service brings no descriptor of its own: naming a message of it links the one
  // that reflection describes it by.
  CHECK(grpc::health::v1::HealthCheckRequest::descriptor() != nullptr)
      << "the descriptor is not linked";
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(given.address, credentials, &parts->port);
  builder.SetMaxReceiveMessageSize(static_cast<int>(kTransportSizeMax));
  builder.SetResourceQuota(grpc::ResourceQuota("aplomb").Resize(kTransportMemoryMax));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnectionMax);
  // Else two servers could share one port, and each would get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  for (const auto& service : parts->services) builder.RegisterService(service.get());
  parts->server = builder.BuildAndStart();
  if (parts->server == nullptr || parts->port == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(given.address,
                     ": cannot listen there: the address is taken, not of this machine, or "
                     "not allowed (or the TLS files do not fit)"));
  }
  grpc::HealthCheckServiceInterface* health = parts->server->GetHealthCheckService();
  for (const std::string& name : ServiceNames()) {
    health->SetServingStatus(name, name != kAdvisorServiceName || parts->can_recommend);
  }
  given.logger->Info("serving", {{"port", parts->port},
                                 {"catalog_revision", dataset->store().snapshot()->revision},
                                 {"offerings", dataset->store().snapshot()->offerings.size()},
                                 {"recommendations", parts->can_recommend}});
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

int Server::port() const { return parts_->port; }

bool Server::serving_recommendations() const { return parts_->can_recommend; }

LogService& Server::log_service() { return *parts_->log; }

Dataset& Server::dataset() { return *parts_->dataset; }

std::string Server::Metrics() const {
  return FormatMetrics(*parts_->dataset, *parts_->log, *parts_->options.clock);
}

void Server::Shutdown() {
  std::call_once(parts_->shut_down, [this] {
    Parts& parts = *parts_;
    parts.options.logger->Info("shutting_down");
    parts.server->GetHealthCheckService()->Shutdown();
    if (parts.options.drain > absl::ZeroDuration()) {
      // Nobody signals: the time is what is waited for.
      base::Mutex mutex;
      base::CondVar never;
      base::MutexLock lock(&mutex);
      const int64_t end = base::SystemClock::Get()->MonotonicNanos() +
                          absl::ToInt64Nanoseconds(parts.options.drain);
      for (int64_t left = 1; left > 0;) {
        left = end - base::SystemClock::Get()->MonotonicNanos();
        if (left > 0) never.WaitFor(&mutex, absl::Nanoseconds(left));
      }
    }
    parts.edge->Stop();
    parts.neutrality->Stop();
    parts.log->tails().Stop();
    parts.keeping->operations.Stop();
    // gRPC compares with the machine's time, whatever clock we were given.
    parts.server->Shutdown(
        absl::ToChronoTime(base::SystemClock::Get()->Now() + parts.options.shutdown_deadline));
    // A backup that is being made ends first: it tells how it went.
    parts.keeping->keeping.Stop();
    // No call is left: nobody submits any more.
    parts.dataset->sequencer().Shutdown();
    parts.executor->Stop();
    parts.server.reset();
    parts.log.reset();
    parts.dataset.reset();
    parts.options.logger->Info("shut_down");
  });
}

}  // namespace aplomb::service
