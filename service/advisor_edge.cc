#include <memory>
#include <string>
#include <utility>

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

// Serializes the answer where it lies.
RawHandler Recommend(AdvisorService* service, decltype(&AdvisorService::CreateRecommendation)) {
  return [service](const Call& call, Done<std::string> done) {
    auto request = std::make_shared<pb::CreateRecommendationRequest>();
    if (!request->ParseFromString(call.request_bytes)) {
      return done(Malformed(pb::CreateRecommendationRequest::descriptor()->full_name()));
    }
    service->CreateRecommendation(call, std::move(request),
                                  [done](absl::StatusOr<const pb::Recommendation*> answer) {
                                    if (!answer.ok()) return done(answer.status());
                                    done(Serialize(**answer));
                                  });
  };
}

class AdvisorEdge final : public Raw<pb::AdvisorService::Service> {
 public:
  AdvisorEdge(Edge* edge, AdvisorService* service) : edge_(edge), service_(service) {}

  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, CreateEngagement, Change)
  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, GetEngagement, Read<AdvisorService>)
  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, ListEngagements, Read<AdvisorService>)
  APLOMB_SERVE_METHOD("aplomb.advisor.v1", AdvisorService, CreateRecommendation, Recommend)
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
