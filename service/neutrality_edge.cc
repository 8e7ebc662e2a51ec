#include <memory>

#include "aplomb/audit/v1/neutrality_service.grpc.pb.h"
#include "service/grpc_edge.h"
#include "service/neutrality_service.h"

namespace aplomb::service {
namespace {

namespace pb = audit::v1;

// Raw: the request is bytes, so that we parse, and tell what is wrong, ourselves.
class NeutralityEdge final : public pb::NeutralityService::WithRawCallbackMethod_ProveNeutrality<
                                 pb::NeutralityService::Service> {
 public:
  NeutralityEdge(Edge* edge, const NeutralityService* service) : edge_(edge), service_(service) {}

  APLOMB_SERVE_METHOD("aplomb.audit.v1", NeutralityService, ProveNeutrality,
                      Read<NeutralityService>)

 private:
  Edge* const edge_;
  const NeutralityService* const service_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeNeutralityEdge(Edge* edge, const NeutralityService* service) {
  return std::make_unique<NeutralityEdge>(edge, service);
}

}  // namespace aplomb::service
