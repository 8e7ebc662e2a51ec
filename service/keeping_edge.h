// The services of keeping, coverage, bulk and insight and of long-running operations, put together,
// and their gRPC edges. Inner header of the room: it includes gRPC.
#ifndef APLOMB_SERVICE_KEEPING_EDGE_H_
#define APLOMB_SERVICE_KEEPING_EDGE_H_

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "grpcpp/grpcpp.h"
#include "service/bulk_service.h"
#include "service/coverage_service.h"
#include "service/insight_service.h"
#include "service/keeping_service.h"
#include "service/operations.h"

namespace aplomb::service {

class Edge;

struct KeepingServices {
  // All must outlive this. `runner`: drawn for this server.
  KeepingServices(Dataset* dataset, DecisionCache* cache, const Workflow* workflow,
                  Executor* executor, const base::Clock* clock, std::string runner)
      : operations(dataset, std::move(runner)),
        keeping(dataset, &operations, clock),
        coverage(dataset, cache, clock),
        bulk(workflow, &operations, executor),
        insight(workflow) {}

  Operations operations;
  KeepingService keeping;
  CoverageService coverage;
  BulkService bulk;
  InsightService insight;
};

// Full names, for health.
std::vector<std::string> KeepingServiceNames();

// As gRPC registers them; the pointers must outlive what is returned.
std::vector<std::unique_ptr<grpc::Service>> MakeKeepingEdges(Edge* edge, KeepingServices* services);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_KEEPING_EDGE_H_
