#include "service/http_edge.h"

#include <microhttpd.h>
#include <netdb.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "audit/publish/files.h"
#include "base/status.h"

namespace aplomb::service {
namespace {

constexpr char kTooLarge[] = "the request is too large\n";

// One request on its way in.
struct Incoming {
  std::string target;
  std::string body;
  bool begun = false;
  bool too_large = false;
};

MHD_Result Answer(MHD_Connection* connection, const HttpResponse& answer) {
  MHD_Response* response = MHD_create_response_from_buffer(
      answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  const auto add = [response](const char* name, const std::string& value) {
    if (!value.empty()) MHD_add_response_header(response, name, value.c_str());
  };
  add("Content-Type", answer.content_type);
  add("Cache-Control", answer.cache_control);
  add("Allow", answer.allow);
  add("X-Content-Type-Options", "nosniff");
  // What is public may be read from any page, so that an audit can run in a browser.
  add("Access-Control-Allow-Origin", "*");
  const MHD_Result queued =
      MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  return queued;
}

// libmicrohttpd would decode %2e and "+" in place; a target stays what it was.
size_t LeaveAsItIs(void*, MHD_Connection*, char* text) { return std::strlen(text); }

// Called first; what it returns comes back as `*state` of OnRequest.
void* OnTarget(void*, const char* target, MHD_Connection*) {
  auto* incoming = new Incoming;
  incoming->target = target;
  return incoming;
}

void OnDone(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
  delete static_cast<Incoming*>(*state);
  *state = nullptr;
}

}  // namespace

struct HttpServer::Parts {
  HttpHandler handler;
  size_t body_bytes_max = 0;
  MHD_Daemon* daemon = nullptr;

  MHD_Result OnRequest(MHD_Connection* connection, const char* method, Incoming& incoming,
                       const char* data, size_t* size) const {
    if (!incoming.begun) {
      // Headers only: go on, for the body or its end.
      incoming.begun = true;
      return MHD_YES;
    }
    if (*size > 0) {
      if (incoming.body.size() + *size > body_bytes_max) {
        incoming.too_large = true;
        incoming.body.clear();
      } else if (!incoming.too_large) {
        incoming.body.append(data, *size);
      }
      *size = 0;
      return MHD_YES;
    }
    if (incoming.too_large) return Answer(connection, {.status = 413, .body = kTooLarge});
    return Answer(connection, handler({.method = method,
                                       .target = std::move(incoming.target),
                                       .body = std::move(incoming.body)}));
  }
};

namespace {

template <typename Parts>
MHD_Result OnRequest(void* parts, MHD_Connection* connection, const char*, const char* method,
                     const char*, const char* data, size_t* size, void** state) {
  return static_cast<const Parts*>(parts)->OnRequest(connection, method,
                                                     *static_cast<Incoming*>(*state), data, size);
}

absl::Status BadAddress(const std::string& address, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot listen on ", address, " (HOST:PORT is expected): ", why));
}

}  // namespace

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() {
  if (parts_->daemon != nullptr) MHD_stop_daemon(parts_->daemon);
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpOptions& options,
                                                              HttpHandler handler) {
  const std::string& address = options.address;
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return BadAddress(address, "there is no port");
  absl::string_view host = absl::string_view(address).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[") && !absl::ConsumeSuffix(&host, "]")) {
    return BadAddress(address, "\"]\" is missing");
  }
  uint32_t port = 0;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) || port > 65'535) {
    return BadAddress(address, "a port is a number up to 65535");
  }
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(std::string(host).c_str(), absl::StrCat(port).c_str(), &hints, &found);
  if (error != 0) return BadAddress(address, gai_strerror(error));
  const absl::Cleanup free_found = [found] { freeaddrinfo(found); };

  auto parts = std::make_unique<Parts>();
  parts->handler = std::move(handler);
  parts->body_bytes_max = options.body_bytes_max;
  const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG |
                         (found->ai_family == AF_INET6 ? MHD_USE_DUAL_STACK : MHD_NO_FLAG);
  MHD_Daemon* daemon = MHD_start_daemon(
      flags, 0, nullptr, nullptr, &OnRequest<Parts>, parts.get(),
      // First, as libmicrohttpd asks: silent, our own log tells what matters.
      MHD_OPTION_EXTERNAL_LOGGER, static_cast<MHD_LogCallback>([](void*, const char*, va_list) {}),
      nullptr, MHD_OPTION_SOCK_ADDR, found->ai_addr, MHD_OPTION_CONNECTION_LIMIT,
      static_cast<unsigned>(options.connections_max), MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      static_cast<unsigned>(options.connections_per_address_max), MHD_OPTION_CONNECTION_TIMEOUT,
      static_cast<unsigned>(options.idle_timeout_s), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      options.connection_bytes_max, MHD_OPTION_THREAD_POOL_SIZE,
      static_cast<unsigned>(options.threads), MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_UNESCAPE_CALLBACK, &LeaveAsItIs, nullptr, MHD_OPTION_URI_LOG_CALLBACK, &OnTarget,
      nullptr, MHD_OPTION_NOTIFY_COMPLETED, &OnDone, nullptr, MHD_OPTION_END);
  if (daemon == nullptr) return BadAddress(address, "it may be taken, or need other rights");
  parts->daemon = daemon;
  std::unique_ptr<HttpServer> server(new HttpServer(std::move(parts)));
  const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
  if (info == nullptr) return BadAddress(address, "the port is not known");
  server->port_ = info->port;
  return server;
}

HttpHandler LogFilesHandler(const audit::LogReader* log, base::Logger* logger) {
  return [log, logger](const HttpRequest& request) -> HttpResponse {
    if (request.method != "GET" && request.method != "HEAD") {
      return {.status = 405, .allow = "GET, HEAD", .body = "the log can only be read\n"};
    }
    absl::string_view path = request.target;
    if (!absl::ConsumePrefix(&path, "/")) {
      return {.status = 404, .body = "there is no such file in a log\n"};
    }
    const absl::StatusOr<publish::File> file = publish::ReadFile(*log, path);
    if (file.ok()) {
      return {.status = 200,
              .content_type = std::string(file->content_type),
              .cache_control =
                  file->immutable ? "public, max-age=31536000, immutable" : "public, max-age=2",
              .body = file->bytes};
    }
    if (absl::IsNotFound(file.status())) {
      return {.status = 404, .body = "there is no such file in the log\n"};
    }
    logger->Error("log_file_failed",
                  {{"path", path}, {"error", absl::string_view(file.status().message())}});
    return {.status = 500, .body = "the log cannot be read\n"};
  };
}

HttpHandler MetricsHandler(std::function<std::string()> metrics, HttpHandler next) {
  return [metrics = std::move(metrics),
          next = std::move(next)](const HttpRequest& request) -> HttpResponse {
    if (request.target != "/metrics") return next(request);
    if (request.method != "GET" && request.method != "HEAD") {
      return {.status = 405, .allow = "GET, HEAD", .body = "metrics can only be read\n"};
    }
    return {.status = 200,
            .content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = metrics()};
  };
}

HttpHandler WitnessHandler(witness::Witness* witness) {
  return [witness](const HttpRequest& request) -> HttpResponse {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (request.target == "/add-checkpoint") {
      if (request.method != "POST") {
        return {.status = 405, .allow = "POST", .body = "a checkpoint is sent with POST\n"};
      }
      const witness::Answer answer = witness->AddCheckpoint(request.body);
      return {.status = answer.status, .content_type = answer.content_type, .body = answer.body};
    }
    absl::string_view origin_hash = request.target;
    if (absl::ConsumePrefix(&origin_hash, "/") &&
        absl::ConsumeSuffix(&origin_hash, "/checkpoint")) {
      if (!reads) return {.status = 405, .allow = "GET, HEAD", .body = "it can only be read\n"};
      const witness::Answer answer = witness->LatestCheckpoint(origin_hash);
      return {.status = answer.status, .content_type = answer.content_type, .body = answer.body};
    }
    return {.status = 404, .body = "there is nothing here\n"};
  };
}

}  // namespace aplomb::service
