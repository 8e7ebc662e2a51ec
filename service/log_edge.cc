#include <memory>

#include "aplomb/audit/v1/log_service.grpc.pb.h"
#include "service/grpc_edge.h"

namespace aplomb::service {
namespace {

namespace pb = ::aplomb::audit::v1;

// Raw: requests and answers are bytes, so that we parse, and tell what is wrong, ourselves.
template <typename Base>
using Raw = pb::LogService::WithRawCallbackMethod_GetCheckpoint<
    pb::LogService::WithRawCallbackMethod_GetEntry<
        pb::LogService::WithRawCallbackMethod_ListEntries<
            pb::LogService::WithRawCallbackMethod_ProveInclusion<
                pb::LogService::WithRawCallbackMethod_ProveConsistency<Base>>>>>;

class LogEdge final : public Raw<pb::LogService::Service> {
 public:
  LogEdge(Edge* edge, const LogService* service) : edge_(edge), service_(service) {}

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.audit.v1.LogService.GetCheckpoint",
                        Read(service_, &LogService::GetCheckpoint));
  }
  grpc::ServerUnaryReactor* GetEntry(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.audit.v1.LogService.GetEntry",
                        Read(service_, &LogService::GetEntry));
  }
  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.audit.v1.LogService.ListEntries",
                        Read(service_, &LogService::ListEntries));
  }
  grpc::ServerUnaryReactor* ProveInclusion(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.audit.v1.LogService.ProveInclusion",
                        Read(service_, &LogService::ProveInclusion));
  }
  grpc::ServerUnaryReactor* ProveConsistency(grpc::CallbackServerContext* context,
                                             const grpc::ByteBuffer* request,
                                             grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.audit.v1.LogService.ProveConsistency",
                        Read(service_, &LogService::ProveConsistency));
  }

 private:
  Edge* const edge_;
  const LogService* const service_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLogEdge(Edge* edge, const LogService* service) {
  return std::make_unique<LogEdge>(edge, service);
}

}  // namespace aplomb::service
