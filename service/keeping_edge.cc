#include "service/keeping_edge.h"

#include "aplomb/catalog/v1/bulk_service.grpc.pb.h"
#include "aplomb/catalog/v1/coverage_service.grpc.pb.h"
#include "aplomb/catalog/v1/insight_service.grpc.pb.h"
#include "aplomb/catalog/v1/keeping_service.grpc.pb.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "service/grpc_edge.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

template <typename Base>
using RawKeeping = pb::KeepingService::WithRawCallbackMethod_CreateBackup<
    pb::KeepingService::WithRawCallbackMethod_DiffCatalog<Base>>;

class KeepingEdge final : public RawKeeping<pb::KeepingService::Service> {
 public:
  KeepingEdge(Edge* edge, KeepingService* service) : edge_(edge), service_(service) {}
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", KeepingService, CreateBackup, Now)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", KeepingService, DiffCatalog, Read<KeepingService>)

 private:
  Edge* const edge_;
  KeepingService* const service_;
};

class CoverageEdge final
    : public pb::CoverageService::WithRawCallbackMethod_GetCoverage<pb::CoverageService::Service> {
 public:
  CoverageEdge(Edge* edge, const CoverageService* service) : edge_(edge), service_(service) {}
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", CoverageService, GetCoverage, Read)

 private:
  Edge* const edge_;
  const CoverageService* const service_;
};

template <typename Base>
using RawBulk = pb::BulkService::WithRawCallbackMethod_ImportProposals<
    pb::BulkService::WithRawCallbackMethod_ListImportRows<
        pb::BulkService::WithRawCallbackMethod_ExportOfferings<
            pb::BulkService::WithRawCallbackMethod_ListExportedOfferings<Base>>>>;

class BulkEdge final : public RawBulk<pb::BulkService::Service> {
 public:
  BulkEdge(Edge* edge, BulkService* service) : edge_(edge), service_(service) {}
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", BulkService, ImportProposals, Change)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", BulkService, ListImportRows, Read<BulkService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", BulkService, ExportOfferings, Read<BulkService>)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", BulkService, ListExportedOfferings, Read<BulkService>)

 private:
  Edge* const edge_;
  BulkService* const service_;
};

template <typename Base>
using RawInsight = pb::InsightService::WithRawCallbackMethod_GetInsight<
    pb::InsightService::WithRawCallbackMethod_PreviewImpact<Base>>;

class InsightEdge final : public RawInsight<pb::InsightService::Service> {
 public:
  InsightEdge(Edge* edge, const InsightService* service) : edge_(edge), service_(service) {}
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", InsightService, GetInsight, Read)
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", InsightService, PreviewImpact, Read)

 private:
  Edge* const edge_;
  const InsightService* const service_;
};

namespace lro = google::longrunning;

template <typename Base>
using RawOperations = lro::Operations::WithRawCallbackMethod_GetOperation<
    lro::Operations::WithRawCallbackMethod_ListOperations<
        lro::Operations::WithRawCallbackMethod_CancelOperation<
            lro::Operations::WithRawCallbackMethod_WaitOperation<Base>>>>;

// DeleteOperation is not offered, since operations are kept: gRPC answers UNIMPLEMENTED.
class OperationsEdge final : public RawOperations<lro::Operations::Service> {
 public:
  OperationsEdge(Edge* edge, Operations* service) : edge_(edge), service_(service) {}
  APLOMB_SERVE_METHOD("google.longrunning", Operations, GetOperation, Read<Operations>)
  APLOMB_SERVE_METHOD("google.longrunning", Operations, ListOperations, Read<Operations>)
  APLOMB_SERVE_METHOD("google.longrunning", Operations, CancelOperation, Change)
  APLOMB_SERVE_METHOD("google.longrunning", Operations, WaitOperation, Change)

 private:
  Edge* const edge_;
  Operations* const service_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeKeepingEdges(Edge* edge,
                                                             KeepingServices* services) {
  std::vector<std::unique_ptr<grpc::Service>> edges;
  edges.push_back(std::make_unique<KeepingEdge>(edge, &services->keeping));
  edges.push_back(std::make_unique<CoverageEdge>(edge, &services->coverage));
  edges.push_back(std::make_unique<BulkEdge>(edge, &services->bulk));
  edges.push_back(std::make_unique<InsightEdge>(edge, &services->insight));
  edges.push_back(std::make_unique<OperationsEdge>(edge, &services->operations));
  return edges;
}

}  // namespace aplomb::service
