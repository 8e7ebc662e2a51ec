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

  grpc::ServerUnaryReactor* CreateEngagement(grpc::CallbackServerContext* context,
                                             const grpc::ByteBuffer* request,
                                             grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.advisor.v1.AdvisorService.CreateEngagement",
                        Change(service_, &AdvisorService::CreateEngagement));
  }
  grpc::ServerUnaryReactor* GetEngagement(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.advisor.v1.AdvisorService.GetEngagement",
                        Read<AdvisorService>(service_, &AdvisorService::GetEngagement));
  }
  grpc::ServerUnaryReactor* ListEngagements(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.advisor.v1.AdvisorService.ListEngagements",
                        Read<AdvisorService>(service_, &AdvisorService::ListEngagements));
  }
  grpc::ServerUnaryReactor* CreateRecommendation(grpc::CallbackServerContext* context,
                                                 const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.advisor.v1.AdvisorService.CreateRecommendation",
                        Change(service_, &AdvisorService::CreateRecommendation));
  }
  grpc::ServerUnaryReactor* GetRecommendation(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.advisor.v1.AdvisorService.GetRecommendation",
                        Read<AdvisorService>(service_, &AdvisorService::GetRecommendation));
  }
  grpc::ServerUnaryReactor* ListRecommendations(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.advisor.v1.AdvisorService.ListRecommendations",
                        Read<AdvisorService>(service_, &AdvisorService::ListRecommendations));
  }

  grpc::ServerUnaryReactor* RecordChoice(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.advisor.v1.AdvisorService.RecordChoice",
                        Change(service_, &AdvisorService::RecordChoice));
  }

 private:
  Edge* const edge_;
  AdvisorService* const service_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdvisorEdge(Edge* edge, AdvisorService* service) {
  return std::make_unique<AdvisorEdge>(edge, service);
}

}  // namespace aplomb::service
