#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "audit/log_key.h"
#include "audit/tlog/checkpoint.h"
#include "audit/witness_client.h"
#include "base/status.h"
#include "cli/address.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/files.h"
#include "cli/genesis_steps.h"
#include "service/genesis.h"
#include "service/http_edge.h"
#include "service/server.h"

namespace aplomb::cli {
namespace {

constexpr absl::Duration kIntervalWhenRequired = absl::Milliseconds(20);

// True for a directory without a catalogue that is complete: not there, or the
// sample's own beginning broken off.
bool NeedsSample(const std::string& data) {
  std::error_code error;
  return !std::filesystem::exists(std::filesystem::path(data) / "sample.complete", error);
}

// True where something stands in the directory that is not ours: the sample must not be poured into
// somebody's folder. Our own beginning (a database) may be there after a crash.
bool IsForeign(const std::string& data) {
  namespace fs = std::filesystem;
  std::error_code error;
  return fs::is_directory(data, error) && !fs::is_empty(data, error) &&
         !fs::is_directory(fs::path(data) / "db", error);
}

// Fills an empty directory with the sample; leaves a complete one alone.
absl::Status EnsureSample(const CommonOptions& common, const ServeOptions& options) {
  if (!NeedsSample(options.data)) return absl::OkStatus();
  if (IsForeign(options.data)) {
    return ErrorOf(
        absl::StatusCode::kFailedPrecondition, "",
        absl::StrCat(options.data,
                     " n'est ni vide ni un répertoire de données ; nommez-en un autre"),
        absl::StrCat(options.data, " is neither empty nor a data directory; name another one"));
  }
  ASSIGN_OR_RETURN(const std::string share, FindShare(options.share));
  ASSIGN_OR_RETURN(const service::GenesisPlan plan,
                   service::PlanGenesis(
                       service::GenesisSource{.catalog_directory = share + "/catalog/sample",
                                              .rulebook_directory = share + "/catalog/rulebook"}));
  RETURN_IF_ERROR(CheckPlan(plan));
  ASSIGN_OR_RETURN(const std::unique_ptr<service::Dataset> dataset,
                   service::Dataset::Open({.directory = options.data,
                                           .create_if_missing = true,
                                           .origin = OriginOr(options.origin),
                                           .high_water_path = options.high_water}));
  RETURN_IF_ERROR(service::RunGenesis(*dataset, plan, ProgressPrinter(common.language)));
  return WriteFile(options.data + "/sample.complete", "the sample catalogue; made up\n");
}

// The name that the log was begun under stays.
absl::Status CheckOrigin(const ServeOptions& options) {
  if (options.origin.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const tlog::VerifierKey key,
                   audit::LoadVerifierKey(absl::StrCat(options.data, "/vkey")));
  if (key.name == options.origin) return absl::OkStatus();
  return ErrorOf(absl::StatusCode::kFailedPrecondition, "ORIGIN_FIXED",
                 absl::StrCat(options.data, " : ce journal a été commencé sous le nom ", key.name,
                              ", qui ne change pas ; enlevez --origin"),
                 absl::StrCat(options.data, ": this log was begun as ", key.name,
                              ", which does not change; leave --origin away"));
}

// Runs until SIGINT or SIGTERM.
absl::Status RunServer(const CommonOptions& common, const ServeOptions& options) {
  std::error_code error;
  if (!options.sample && !std::filesystem::is_directory(options.data + "/db", error)) {
    return ErrorOf(
        absl::StatusCode::kNotFound, "",
        absl::StrCat(options.data,
                     " n'est pas un répertoire de données : remplissez-en un avec `aplomb import`, "
                     "ou commencez avec --sample"),
        absl::StrCat(
            options.data,
            " is not a data directory: fill one with `aplomb import`, or begin with --sample"));
  }
  // Before anything is made: what is wrong with an address is told at once, and plainly.
  RETURN_IF_ERROR(CheckCanListen(options.grpc));
  if (!options.http.empty()) RETURN_IF_ERROR(CheckCanListen(options.http));
  std::string tokens = options.tokens.empty() ? options.data + "/tokens" : options.tokens;
  if (options.sample) {
    std::filesystem::create_directories(options.data, error);
    RETURN_IF_ERROR(EnsureSample(common, options));
    RETURN_IF_ERROR(CheckOrigin(options));
    if (options.tokens.empty()) {
      ASSIGN_OR_RETURN(const service::SampleTokens sample,
                       service::EnsureSampleTokens(options.data, *base::SystemRandom::Get()));
      tokens = sample.token_file;
    }
  }

  // Blocked before any thread starts, so that every thread leaves them to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  base::Logger logger(base::SystemClock::Get());
  service::ServerOptions server_options;
  server_options.data_directory = options.data;
  server_options.high_water_path = options.high_water;
  if (!options.witnesses.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(options.witnesses));
    ASSIGN_OR_RETURN(const tlog::Policy policy, tlog::ParsePolicy(text));
    server_options.witnesses = audit::EndpointsOf(policy);
    server_options.witness_options.policy = policy;
  }
  if (options.require_witnesses) {
    server_options.witness_options.required = true;
    // Answers wait for it: heads go out as soon as the one before is cosigned.
    server_options.witness_options.interval = kIntervalWhenRequired;
  }
  server_options.address = options.grpc;
  server_options.tls.certificate_chain = options.tls_cert;
  server_options.tls.private_key = options.tls_key;
  server_options.token_file = tokens;
  server_options.logger = &logger;
  ASSIGN_OR_RETURN(const std::unique_ptr<service::Server> server,
                   service::Server::Start(std::move(server_options)));
  std::unique_ptr<service::HttpServer> http;
  if (!options.http.empty()) {
    ASSIGN_OR_RETURN(http, service::HttpServer::Start(
                               {.address = options.http},
                               service::MetricsHandler(
                                   [raw = server.get()] { return raw->Metrics(); },
                                   service::LogFilesHandler(&server->dataset().tree(), &logger))));
    std::cerr << (common.language == Language::kFrench ? "aplomb: journal sur http://"
                                                       : "aplomb: log at http://")
              << options.http.substr(0, options.http.rfind(':')) << ":" << http->port() << "\n";
  }
  const size_t colon = options.grpc.rfind(':');
  const std::string address = absl::StrCat(options.grpc.substr(0, colon), ":", server->port());
  // Commands on this machine find the server by its directory.
  RETURN_IF_ERROR(WriteFile(options.data + "/address", address + "\n"));
  std::cerr << (common.language == Language::kFrench ? "aplomb: à l'écoute sur "
                                                     : "aplomb: listening on ")
            << address << "\n";
  int signal = 0;
  sigwait(&signals, &signal);
  http.reset();  // it reads the database
  server->Shutdown();
  std::filesystem::remove(options.data + "/address", error);
  return absl::OkStatus();
}

}  // namespace

int Serve(const CommonOptions& common, const ServeOptions& options) {
  return End(common, RunServer(common, options));
}

}  // namespace aplomb::cli
