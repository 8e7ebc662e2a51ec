// The gRPC edge of the service of rulebook revisions.
#include "service/rulebook_edge.h"

#include <memory>

#include "aplomb/catalog/v1/rulebook_service.grpc.pb.h"
#include "service/grpc_edge.h"
#include "service/rulebook_service.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

// One method: its bytes go through the edge to the member function of the same name.
#define APLOMB_SERVE(Method, Kind) \
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", RulebookService, Method, Kind)

template <typename Base>
using RawRulebook = pb::RulebookService::WithRawCallbackMethod_ProposeRulebook<
    pb::RulebookService::WithRawCallbackMethod_WithdrawRulebook<
        pb::RulebookService::WithRawCallbackMethod_GetRulebookRelease<
            pb::RulebookService::WithRawCallbackMethod_ListRulebookReleases<
                pb::RulebookService::WithRawCallbackMethod_PreviewOfferingImpact<Base>>>>>;

class RulebookEdge final : public RawRulebook<pb::RulebookService::Service> {
 public:
  RulebookEdge(Edge* edge, RulebookService* service) : edge_(edge), service_(service) {}

  APLOMB_SERVE(ProposeRulebook, Change)
  APLOMB_SERVE(WithdrawRulebook, Change)
  APLOMB_SERVE(GetRulebookRelease, Read<RulebookService>)
  APLOMB_SERVE(ListRulebookReleases, Read<RulebookService>)
  APLOMB_SERVE(PreviewOfferingImpact, Read<RulebookService>)

 private:
  Edge* const edge_;
  RulebookService* const service_;
};

#undef APLOMB_SERVE

}  // namespace

std::unique_ptr<grpc::Service> MakeRulebookEdge(Edge* edge, RulebookService* service) {
  return std::make_unique<RulebookEdge>(edge, service);
}

}  // namespace aplomb::service
