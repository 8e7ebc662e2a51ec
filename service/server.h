// The server: everything put together and bound to a port. Opens the data
// directory, compiles the rulebook in force, then listens; stops in the opposite
// order, without losing what was acknowledged. Health (grpc.health.v1) and
// reflection are on.
#ifndef APLOMB_SERVICE_SERVER_H_
#define APLOMB_SERVICE_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "service/callers.h"
#include "service/dataset.h"
#include "service/log_service.h"

namespace aplomb::service {

// Memory that gRPC may use for messages on their way.
inline constexpr size_t kTransportMemoryMax = size_t{256} << 20;
inline constexpr int kStreamsPerConnectionMax = 256;

// PEM files; all empty: without TLS.
struct TlsFiles {
  std::string certificate_chain;
  std::string private_key;
  // Of those whose client certificates are accepted; empty: none is asked for.
  std::string client_ca;
};

struct ServerOptions {
  std::string data_directory;
  bool create_if_missing = false;
  // See DatasetOptions.
  std::string high_water_path = {};
  std::vector<audit::WitnessEndpoint> witnesses = {};
  audit::WitnessClientOptions witness_options = {};
  // "HOST:PORT" as gRPC takes it, e.g. "127.0.0.1:8443", "[::]:8443"; port 0: a free one.
  std::string address = "127.0.0.1:0";
  TlsFiles tls;
  // Of a TokenFile. Exactly one of this and `callers` is given.
  std::string token_file;
  std::unique_ptr<CallerIdentifier> callers;
  size_t worker_threads = 2;
  size_t queue_max = 256;
  // After NOT_SERVING, before connections are closed: balancers notice meanwhile.
  absl::Duration drain = absl::ZeroDuration();
  // How long running calls may take at the end before they are cancelled.
  absl::Duration shutdown_deadline = absl::Seconds(10);
  bool abort_on_storage_failure = true;
  // Must outlive the Server.
  const base::Clock* clock = base::SystemClock::Get();
  base::Random* random = base::SystemRandom::Get();
  base::Logger* logger = base::Logger::Null();
};

// Thread-safe.
class Server {
 public:
  // Errors of Dataset::Open and TokenFile; InvalidArgument for an address or TLS files that cannot
  // be used (the address may be taken).
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();  // Shutdown()

  // The port that is listened on.
  int port() const;
  // Whether recommendations can be made: false without a rulebook in force that compiles.
  bool serving_recommendations() const;
  Dataset& dataset();
  LogService& log_service();
  // What is measured, as text for Prometheus (docs/metrics.md).
  std::string Metrics() const;

  // Health says NOT_SERVING; waits `drain`; takes no new calls; lets running ones end; closes the
  // log, then the database. May be called again.
  void Shutdown();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_SERVER_H_
