#include <memory>

#include "aplomb/advisor/v1/advisor_service.grpc.pb.h"
#include "service/grpc_edge.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;

// Raw: requests and answers are bytes, so that we parse, and tell what is wrong, ourselves.
template <typename Base>
using Raw = pb::AdvisorService::WithRawCallbackMethod_CreateEngagement<
    pb::AdvisorService::WithRawCallbackMethod_GetEngagement<
        pb::AdvisorService::WithRawCallbackMethod_ListEngagements<
            pb::AdvisorService::WithRawCallbackMethod_CreateRecommendation<
                pb::AdvisorService::WithRawCallbackMethod_GetRecommendation<
                    pb::AdvisorService::WithRawCallbackMethod_ListRecommendations<
                        pb::AdvisorService::WithRawCallbackMethod_RecordChoice<Base>>>>>>>;

class AdvisorEdge final : public Raw<pb::AdvisorService::Service> {
 public:
  AdvisorEdge(Edge* edge, AdvisorService* service) : edge_(edge), service_(service) {}

  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, CreateEngagement, Change)
  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, GetEngagement, Read<AdvisorService>)
  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, ListEngagements, Read<AdvisorService>)
  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, CreateRecommendation, Change)
  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, GetRecommendation, Read<AdvisorService>)
  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, ListRecommendations,
                      Read<AdvisorService>)

  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, RecordChoice, Change)

 private:
  Edge* const edge_;
  AdvisorService* const service_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdvisorEdge(Edge* edge, AdvisorService* service) {
  return std::make_unique<AdvisorEdge>(edge, service);
}

}  // namespace aplomb::service
