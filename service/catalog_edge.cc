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

  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, GetCatalog, Read<CatalogService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, GetMember, Read<CatalogService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, ListMembers, Read<CatalogService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, GetOffering, Read<CatalogService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, ListOfferings, Read<CatalogService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, ListOfferingRevisions,
                      Read<CatalogService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, GetNeed, Read<CatalogService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, ListNeeds, Read<CatalogService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, GetRulebookRevision,
                      Read<CatalogService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CatalogService, ListRulebookRevisions,
                      Read<CatalogService>)

 private:
  Edge* const edge_;
  const CatalogService* const service_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeCatalogEdge(Edge* edge, const CatalogService* service) {
  return std::make_unique<CatalogEdge>(edge, service);
}

}  // namespace aplomb::service
