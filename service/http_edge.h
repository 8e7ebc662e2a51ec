// Where HTTP begins and ends: a small HTTP/1.1 server (GNU libmicrohttpd) that knows no resources,
// only limits. It hands each request, whole and with its target as it came off the wire, to one
// handler. Nothing is decoded: a path that is spelled otherwise is another path.
#ifndef APLOMB_SERVICE_HTTP_EDGE_H_
#define APLOMB_SERVICE_HTTP_EDGE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/log_reader.h"
#include "audit/witness/witness.h"
#include "base/log.h"

namespace aplomb::service {

struct HttpRequest {
  std::string method;  // "GET", "HEAD", "POST", …
  std::string target;  // "/tile/0/000": undecoded, with its query if there is one
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string cache_control = "no-store";
  std::string allow = "";  // of a 405
  std::string body;
};

// Runs on several threads at once. Of a HEAD the body is not sent.
using HttpHandler = std::function<HttpResponse(const HttpRequest& request)>;

struct HttpOptions {
  // "HOST:PORT"; "[::]:8080"; port 0: a free one.
  std::string address = "127.0.0.1:0";
  uint32_t connections_max = 256;
  uint32_t connections_per_address_max = 64;
  // A connection on which nothing comes or goes for so long is closed.
  uint32_t idle_timeout_s = 10;
  // Request line and headers together, and what is needed to answer; beyond that 431 or 414.
  size_t connection_bytes_max = size_t{16} << 10;
  // Longest body; a longer one gets 413. 0: requests have none.
  size_t body_bytes_max = 0;
  uint32_t threads = 2;
};

// Thread-safe.
class HttpServer {
 public:
  // InvalidArgument if the address cannot be used.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HttpOptions& options,
                                                           HttpHandler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();  // ends open connections

  int port() const { return port_; }

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
  int port_ = 0;
};

// Serves the published log (audit/publish/files.h) at the root: GET and HEAD only. Tiles are
// immutable and may be kept for a year, the checkpoint for some seconds. Both must outlive it.
HttpHandler LogFilesHandler(const audit::LogReader* log, base::Logger* logger);

// Answers GET and HEAD of /metrics with what `metrics` returns (text form of Prometheus, 0.0.4),
// all else by `next`.
HttpHandler MetricsHandler(std::function<std::string()> metrics, HttpHandler next);

// Serves a witness (C2SP tlog-witness): POST /add-checkpoint, and what it signed last at GET
// /<hex SHA-256 of the origin>/checkpoint. Wants HttpOptions::body_bytes_max of
// witness::kRequestBytesMax. `witness` must outlive it.
HttpHandler WitnessHandler(witness::Witness* witness);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_HTTP_EDGE_H_
