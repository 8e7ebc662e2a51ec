#include <memory>

#include "aplomb/catalog/v1/catalog_service.grpc.pb.h"
#include "service/grpc_edge.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

// Raw: requests and answers are bytes, so that we parse, and tell what is wrong, ourselves.
template <typename Base>
using Raw = pb::CatalogService::WithRawCallbackMethod_GetCatalog<
    pb::CatalogService::WithRawCallbackMethod_GetMember<
        pb::CatalogService::WithRawCallbackMethod_ListMembers<
            pb::CatalogService::WithRawCallbackMethod_GetOffering<
                pb::CatalogService::WithRawCallbackMethod_ListOfferings<
                    pb::CatalogService::WithRawCallbackMethod_ListOfferingRevisions<
                        pb::CatalogService::WithRawCallbackMethod_GetNeed<
                            pb::CatalogService::WithRawCallbackMethod_ListNeeds<
                                pb::CatalogService::WithRawCallbackMethod_GetRulebookRevision<
                                    pb::CatalogService::WithRawCallbackMethod_ListRulebookRevisions<
                                        Base>>>>>>>>>>;

class CatalogEdge final : public Raw<pb::CatalogService::Service> {
 public:
  CatalogEdge(Edge* edge, const CatalogService* service) : edge_(edge), service_(service) {}

  grpc::ServerUnaryReactor* GetCatalog(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.catalog.v1.CatalogService.GetCatalog",
                        Read(service_, &CatalogService::GetCatalog));
  }
  grpc::ServerUnaryReactor* GetMember(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.catalog.v1.CatalogService.GetMember",
                        Read(service_, &CatalogService::GetMember));
  }
  grpc::ServerUnaryReactor* ListMembers(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.catalog.v1.CatalogService.ListMembers",
                        Read(service_, &CatalogService::ListMembers));
  }
  grpc::ServerUnaryReactor* GetOffering(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.catalog.v1.CatalogService.GetOffering",
                        Read(service_, &CatalogService::GetOffering));
  }
  grpc::ServerUnaryReactor* ListOfferings(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.catalog.v1.CatalogService.ListOfferings",
                        Read(service_, &CatalogService::ListOfferings));
  }
  grpc::ServerUnaryReactor* ListOfferingRevisions(grpc::CallbackServerContext* context,
                                                  const grpc::ByteBuffer* request,
                                                  grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.catalog.v1.CatalogService.ListOfferingRevisions",
                        Read(service_, &CatalogService::ListOfferingRevisions));
  }
  grpc::ServerUnaryReactor* GetNeed(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.catalog.v1.CatalogService.GetNeed",
                        Read(service_, &CatalogService::GetNeed));
  }
  grpc::ServerUnaryReactor* ListNeeds(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response, "aplomb.catalog.v1.CatalogService.ListNeeds",
                        Read(service_, &CatalogService::ListNeeds));
  }
  grpc::ServerUnaryReactor* GetRulebookRevision(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.catalog.v1.CatalogService.GetRulebookRevision",
                        Read(service_, &CatalogService::GetRulebookRevision));
  }
  grpc::ServerUnaryReactor* ListRulebookRevisions(grpc::CallbackServerContext* context,
                                                  const grpc::ByteBuffer* request,
                                                  grpc::ByteBuffer* response) override {
    return edge_->Serve(context, request, response,
                        "aplomb.catalog.v1.CatalogService.ListRulebookRevisions",
                        Read(service_, &CatalogService::ListRulebookRevisions));
  }

 private:
  Edge* const edge_;
  const CatalogService* const service_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeCatalogEdge(Edge* edge, const CatalogService* service) {
  return std::make_unique<CatalogEdge>(edge, service);
}

}  // namespace aplomb::service
