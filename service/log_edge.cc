#include <memory>
#include <string>

#include "aplomb/audit/v1/log_service.grpc.pb.h"
#include "base/status.h"
#include "service/grpc_edge.h"
#include "service/log_tails.h"

namespace aplomb::service {
namespace {

namespace pb = ::aplomb::audit::v1;

// Raw: requests and answers are bytes, so that we parse, and tell what is wrong, ourselves.
template <typename Base>
using Raw = pb::LogService::WithRawCallbackMethod_GetCheckpoint<
    pb::LogService::WithRawCallbackMethod_GetEntry<
        pb::LogService::WithRawCallbackMethod_ListEntries<
            pb::LogService::WithRawCallbackMethod_TailEntries<
                pb::LogService::WithRawCallbackMethod_ProveInclusion<
                    pb::LogService::WithRawCallbackMethod_ProveConsistency<Base>>>>>>;

// One stream. Deletes itself once gRPC is done with it.
class TailCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public TailSink {
 public:
  TailCall(grpc::CallbackServerContext* context, LogService* service)
      : context_(context), service_(service) {}

  // Ends at once unless the request is one that opens a stream.
  void Start(Edge& edge, const grpc::ByteBuffer& request, absl::string_view method) {
    const absl::Status status = Open(edge, request, method);
    if (!status.ok()) Finish(status);
  }

  void Write(std::string message) override {
    const grpc::Slice slice(message);
    message_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&message_);
  }
  void Finish(const absl::Status& status) override { ServerWriteReactor::Finish(ToGrpc(status)); }
  void Cancel() override { context_->TryCancel(); }

  // gRPC calls these once Start has returned.
  void OnWriteDone(bool ok) override { service_->tails().Written(tail_, ok); }
  void OnCancel() override {
    if (tail_ != nullptr) service_->tails().Cancelled(tail_);
  }
  void OnDone() override { delete this; }

 private:
  absl::Status Open(Edge& edge, const grpc::ByteBuffer& bytes, absl::string_view method) {
    Call call;
    RETURN_IF_ERROR(edge.Admit(*context_, bytes, method, &call));
    pb::TailEntriesRequest request;
    if (!request.ParseFromString(call.request_bytes)) {
      return Malformed(pb::TailEntriesRequest::descriptor()->full_name());
    }
    ASSIGN_OR_RETURN(tail_, service_->TailEntries(call, request, this));
    return absl::OkStatus();
  }

  grpc::CallbackServerContext* const context_;
  LogService* const service_;
  std::shared_ptr<LogTails::Tail> tail_;
  grpc::ByteBuffer message_;  // lives until it is written
};

class LogEdge final : public Raw<pb::LogService::Service> {
 public:
  LogEdge(Edge* edge, LogService* service) : edge_(edge), service_(service) {}

  APLOMB_SERVE_METHOD("aplomb.audit.v1", LogService, GetCheckpoint, Read<LogService>)
  APLOMB_SERVE_METHOD("aplomb.audit.v1", LogService, GetEntry, Read<LogService>)
  APLOMB_SERVE_METHOD("aplomb.audit.v1", LogService, ListEntries, Read<LogService>)
  grpc::ServerWriteReactor<grpc::ByteBuffer>* TailEntries(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override {
    auto* call = new TailCall(context, service_);
    call->Start(*edge_, *request, "aplomb.audit.v1.LogService.TailEntries");
    return call;
  }
  APLOMB_SERVE_METHOD("aplomb.audit.v1", LogService, ProveInclusion, Read<LogService>)
  APLOMB_SERVE_METHOD("aplomb.audit.v1", LogService, ProveConsistency, Read<LogService>)

 private:
  Edge* const edge_;
  LogService* const service_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLogEdge(Edge* edge, LogService* service) {
  return std::make_unique<LogEdge>(edge, service);
}

}  // namespace aplomb::service
