// Where gRPC begins and ends. Calls arrive as raw bytes on gRPC's few threads; here
// they are identified, checked against the table of access and the limits, handed to
// the executor, parsed, answered, logged; and every error becomes a grpc::Status with
// its details, here and nowhere else. Inner header of the room: it includes gRPC.
#ifndef APLOMB_SERVICE_GRPC_EDGE_H_
#define APLOMB_SERVICE_GRPC_EDGE_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "grpcpp/grpcpp.h"
#include "service/advisor_service.h"
#include "service/call.h"
#include "service/callers.h"
#include "service/catalog_service.h"
#include "service/errors.h"
#include "service/executor.h"
#include "service/explanation_service.h"
#include "service/log_service.h"
#include "service/unknown_fields.h"

namespace aplomb::service {

class NeutralityService;

// Largest request; a larger one gets MESSAGE_TOO_LARGE.
inline constexpr size_t kRequestSizeMax = size_t{1} << 20;
// What gRPC itself takes off the wire, so that we can answer; beyond it gRPC refuses by itself
// (RESOURCE_EXHAUSTED without details).
inline constexpr size_t kTransportSizeMax = size_t{16} << 20;
static_assert(kRequestSizeMax <= audit::kMaxSectionBytes, "a request is kept as a section");
// When a caller whose call found the queue full may try again.
inline constexpr absl::Duration kQueueFullRetryDelay = absl::Seconds(1);

// Completes with serialized bytes.
using RawHandler = std::function<void(const Call& call, Done<std::string> done)>;

class Edge {
 public:
  // All pointers must outlive this.
  Edge(const CallerIdentifier* callers, Executor* executor, const base::Clock* clock,
       base::Logger* logger)
      : callers_(callers), executor_(executor), clock_(clock), logger_(logger) {}

  // Answers one call. `method` is a constant.
  grpc::ServerUnaryReactor* Serve(grpc::CallbackServerContext* context,
                                  const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                  absl::string_view method, RawHandler handler);

  // The first half of Serve, for calls that are not answered by one message: who calls, whether the
  // role may, and the request's bytes, in `call`; or why it is refused, which is logged.
  absl::Status Admit(const grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                     absl::string_view method, Call* call) const;

  // From now on calls are refused with SHUTTING_DOWN.
  void Stop() { stopping_.store(true, std::memory_order_relaxed); }

 private:
  const CallerIdentifier* const callers_;
  Executor* const executor_;
  const base::Clock* const clock_;
  base::Logger* const logger_;
  std::atomic<bool> stopping_{false};
};

// The status that travels.
grpc::Status ToGrpc(const absl::Status& error);

absl::Status Malformed(absl::string_view type_name);

template <typename Message>
std::string Serialize(const Message& message) {
  return message.SerializeAsString();
}

// A handler that answers on the thread that asks, from a function of a service.
template <typename Request, typename Response>
RawHandler Answer(std::function<absl::StatusOr<Response>(const Call&, const Request&)> function) {
  return [function = std::move(function)](const Call& call, Done<std::string> done) {
    Request request;
    if (!request.ParseFromString(call.request_bytes)) {
      return done(Malformed(Request::descriptor()->full_name()));
    }
    absl::StatusOr<Response> response = function(call, request);
    if (!response.ok()) return done(std::move(response).status());
    done(Serialize(*response));
  };
}

// A handler of a read, from a member function of a service.
template <typename Service, typename Request, typename Response>
RawHandler Read(const Service* service,
                absl::StatusOr<Response> (Service::*function)(const Call&, const Request&) const) {
  return Answer<Request, Response>(std::bind_front(function, service));
}

// A handler of a change that ends before it answers. Like Change, it refuses what it cannot read.
template <typename Service, typename Request, typename Response>
RawHandler Now(Service* service,
               absl::StatusOr<Response> (Service::*function)(const Call&, const Request&)) {
  return Answer<Request, Response>(
      [service, function](const Call& call, const Request& request) -> absl::StatusOr<Response> {
        RETURN_IF_ERROR(RefuseUnknownFields(request));
        return (service->*function)(call, request);
      });
}

// A handler of a change, which completes later.
template <typename Service, typename Request, typename Response>
RawHandler Change(Service* service,
                  void (Service::*function)(const Call&, const Request&, Done<Response>)) {
  return [service, function](const Call& call, Done<std::string> done) {
    Request request;
    if (!request.ParseFromString(call.request_bytes)) {
      return done(Malformed(Request::descriptor()->full_name()));
    }
    if (absl::Status error = RefuseUnknownFields(request); !error.ok()) {
      return done(std::move(error));
    }
    (service->*function)(call, request, [done](absl::StatusOr<Response> response) {
      if (!response.ok()) return done(std::move(response).status());
      done(Serialize(*response));
    });
  };
}

// Defines one method of a raw callback service, inside a class that has `edge_` and `service_`: the
// bytes go to the member function of the same name of class `Service`, which has the name of the
// service in `package`. `Kind` is Read<Service>, Now or Change.
#define APLOMB_SERVE_METHOD(package, Service, Method, Kind)                                     \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context,                        \
                                   const grpc::ByteBuffer* request, grpc::ByteBuffer* response) \
      override {                                                                                \
    return edge_->Serve(context, request, response, package "." #Service "." #Method,           \
                        Kind(service_, &Service::Method));                                      \
  }

// The services as gRPC registers them; the pointers must outlive what is returned.
std::unique_ptr<grpc::Service> MakeAdvisorEdge(Edge* edge, AdvisorService* service);
std::unique_ptr<grpc::Service> MakeExplanationEdge(Edge* edge, const ExplanationService* service);
std::unique_ptr<grpc::Service> MakeNeutralityEdge(Edge* edge, const NeutralityService* service);
std::unique_ptr<grpc::Service> MakeLogEdge(Edge* edge, LogService* service);
std::unique_ptr<grpc::Service> MakeCatalogEdge(Edge* edge, const CatalogService* service);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_GRPC_EDGE_H_
