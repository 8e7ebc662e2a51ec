#include "service/grpc_edge.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"

namespace aplomb::service {
namespace {

std::string ToString(const grpc::string_ref& text) {
  return std::string(text.data(), text.length());
}

Credentials CredentialsOf(const grpc::CallbackServerContext& context) {
  Credentials credentials;
  const auto [begin, end] = context.client_metadata().equal_range("authorization");
  for (auto it = begin; it != end; ++it) {
    credentials.authorization.push_back(ToString(it->second));
  }
  const auto auth = context.auth_context();
  if (auth != nullptr && auth->IsPeerAuthenticated()) {
    for (const grpc::string_ref& identity : auth->GetPeerIdentity()) {
      credentials.tls_identities.push_back(ToString(identity));
    }
  }
  return credentials;
}

// One call on its way; completed once.
class Pending {
 public:
  Pending(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor,
          grpc::ByteBuffer* response, absl::string_view method, const base::Clock* clock,
          base::Logger* logger)
      : context_(context),
        reactor_(reactor),
        response_(response),
        method_(method),
        clock_(clock),
        logger_(logger),
        start_nanos_(clock->MonotonicNanos()) {}

  Call& call() { return call_; }

  // OK while somebody still waits for the answer.
  absl::Status StillWanted() const {
    if (context_->IsCancelled()) {
      return MakeError(Reason::kCallCancelled, "The call was cancelled before it was begun.");
    }
    if (absl::FromChrono(context_->deadline()) <= clock_->Now()) {
      return MakeError(Reason::kDeadlinePassed,
                       "The deadline passed while the call waited; nothing was done.");
    }
    return absl::OkStatus();
  }

  void Finish(const absl::StatusOr<std::string>& answer, absl::string_view role) {
    CHECK(!finished_.exchange(true)) << method_ << " was answered twice";
    const absl::Status error = FromLowerRoom(answer.status());
    const int64_t micros = (clock_->MonotonicNanos() - start_nanos_) / 1000;
    const std::string reason = ReasonWord(error);
    if (ReasonWord(answer.status()) != reason) {
      // What a lower room said is for the operator only.
      logger_->Error(
          "call_failed",
          {{"method", method_}, {"reason", reason}, {"cause", answer.status().message()}});
    }
    logger_->Info("call", {{"method", method_},
                           {"role", role},
                           {"code", absl::StatusCodeToString(error.code())},
                           {"reason", reason},
                           {"micros", micros}});
    if (!error.ok()) return reactor_->Finish(ToGrpc(error));
    const grpc::Slice slice(*answer);
    *response_ = grpc::ByteBuffer(&slice, 1);
    reactor_->Finish(grpc::Status::OK);
  }

 private:
  grpc::CallbackServerContext* const context_;
  grpc::ServerUnaryReactor* const reactor_;
  grpc::ByteBuffer* const response_;
  const absl::string_view method_;
  const base::Clock* const clock_;
  base::Logger* const logger_;
  const int64_t start_nanos_;
  std::atomic<bool> finished_{false};
  Call call_;
};

absl::Status CopyRequest(const grpc::ByteBuffer& request, std::string& bytes) {
  if (request.Length() > kRequestSizeMax) {
    return MakeError(Reason::kMessageTooLarge,
                     absl::StrCat("The request has ", request.Length(), " bytes; at most ",
                                  kRequestSizeMax, "."),
                     {{"size_bytes", absl::StrCat(request.Length())},
                      {"size_bytes_max", absl::StrCat(kRequestSizeMax)}});
  }
  std::vector<grpc::Slice> slices;
  if (!request.Dump(&slices).ok()) {
    return MakeError(Reason::kMessageMalformed, "The request could not be read.");
  }
  bytes.reserve(request.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return absl::OkStatus();
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& error) {
  return grpc::Status(static_cast<grpc::StatusCode>(error.code()), std::string(error.message()),
                      SerializeDetails(error));
}

absl::Status Malformed(absl::string_view type_name) {
  return MakeError(Reason::kMessageMalformed,
                   absl::StrCat("The request cannot be read as ", type_name,
                                ": broken encoding, text that is not UTF-8, or nested too deeply."),
                   {{"type", std::string(type_name)}});
}

absl::Status Edge::Admit(const grpc::CallbackServerContext& context,
                         const grpc::ByteBuffer& request, absl::string_view method,
                         Call* call) const {
  const absl::Status status = [&] {
    if (stopping_.load(std::memory_order_relaxed)) {
      return MakeError(Reason::kShuttingDown, "The server is shutting down; try another one.");
    }
    ASSIGN_OR_RETURN(call->caller, callers_->Identify(CredentialsOf(context)));
    ASSIGN_OR_RETURN(call->reach, CheckRole(call->caller, method));
    call->method = std::string(method);
    return CopyRequest(request, call->request_bytes);
  }();
  logger_->Info("call", {{"method", method},
                         {"role", call->method.empty() ? "" : RoleWord(call->caller.role)},
                         {"code", absl::StatusCodeToString(status.code())},
                         {"reason", ReasonWord(status)}});
  return status;
}

grpc::ServerUnaryReactor* Edge::Serve(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                      absl::string_view method, RawHandler handler) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto pending = std::make_shared<Pending>(context, reactor, response, method, clock_, logger_);
  const auto refuse = [&](const absl::Status& error, absl::string_view role) {
    pending->Finish(error, role);
    return reactor;
  };
  if (stopping_.load(std::memory_order_relaxed)) {
    return refuse(MakeError(Reason::kShuttingDown, "The server is shutting down; try another one."),
                  "");
  }
  absl::StatusOr<Caller> caller = callers_->Identify(CredentialsOf(*context));
  if (!caller.ok()) return refuse(caller.status(), "");
  const absl::string_view role = RoleWord(caller->role);
  const absl::StatusOr<Reach> reach = CheckRole(*caller, method);
  if (!reach.ok()) return refuse(reach.status(), role);
  Call& call = pending->call();
  call.caller = *std::move(caller);
  call.reach = *reach;
  call.method = std::string(method);
  if (const absl::Status error = CopyRequest(*request, call.request_bytes); !error.ok()) {
    return refuse(error, role);
  }
  const bool accepted = executor_->TrySubmit([pending, role, handler = std::move(handler)] {
    if (const absl::Status error = pending->StillWanted(); !error.ok()) {
      return pending->Finish(error, role);
    }
    handler(pending->call(), [pending, role](const absl::StatusOr<std::string>& answer) {
      pending->Finish(answer, role);
    });
  });
  if (!accepted) {
    return refuse(WithRetry(MakeError(Reason::kQueueFull,
                                      "Too many calls are waiting; try again a little later."),
                            kQueueFullRetryDelay),
                  role);
  }
  return reactor;
}

}  // namespace aplomb::service
