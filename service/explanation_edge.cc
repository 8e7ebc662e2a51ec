#include <memory>

#include "aplomb/advisor/v1/explanation_service.grpc.pb.h"
#include "service/grpc_edge.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;

// Raw: requests and answers are bytes, so that we parse, and tell what is wrong, ourselves.
template <typename Base>
using RawRecommendation = pb::ExplanationService::WithRawCallbackMethod_ExplainWhyNot<
    pb::ExplanationService::WithRawCallbackMethod_CompareOfferings<
        pb::ExplanationService::WithRawCallbackMethod_FindCounterfactuals<
            pb::ExplanationService::WithRawCallbackMethod_AssessStability<
                pb::ExplanationService::WithRawCallbackMethod_AssessUnknowns<
                    pb::ExplanationService::WithRawCallbackMethod_SuggestRepairs<Base>>>>>>;
template <typename Base>
using Raw = pb::ExplanationService::WithRawCallbackMethod_GetPlan<
    pb::ExplanationService::WithRawCallbackMethod_GetTransparencyNotice<
        pb::ExplanationService::WithRawCallbackMethod_GetReport<RawRecommendation<Base>>>>;

class ExplanationEdge final : public Raw<pb::ExplanationService::Service> {
 public:
  ExplanationEdge(Edge* edge, const ExplanationService* service) : edge_(edge), service_(service) {}

#define APLOMB_SERVE(Method) \
  APLOMB_SERVE_METHOD("aplomb.advisor.v1", ExplanationService, Method, Read<ExplanationService>)
  APLOMB_SERVE(ExplainWhyNot)
  APLOMB_SERVE(CompareOfferings)
  APLOMB_SERVE(FindCounterfactuals)
  APLOMB_SERVE(AssessStability)
  APLOMB_SERVE(AssessUnknowns)
  APLOMB_SERVE(SuggestRepairs)
  APLOMB_SERVE(GetPlan)
  APLOMB_SERVE(GetTransparencyNotice)
  APLOMB_SERVE(GetReport)
#undef APLOMB_SERVE

 private:
  Edge* const edge_;
  const ExplanationService* const service_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeExplanationEdge(Edge* edge, const ExplanationService* service) {
  return std::make_unique<ExplanationEdge>(edge, service);
}

}  // namespace aplomb::service
