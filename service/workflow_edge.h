// The gRPC edges of the services of proposals, reviews, members and contests. Inner header of the
// room: it includes gRPC.
#ifndef APLOMB_SERVICE_WORKFLOW_EDGE_H_
#define APLOMB_SERVICE_WORKFLOW_EDGE_H_

#include <memory>
#include <vector>

#include "grpcpp/grpcpp.h"

namespace aplomb::service {

class ContestService;
class Edge;
class MemberService;
class ProposalService;
class ReviewService;

struct WorkflowServices {
  ProposalService* proposal = nullptr;
  ReviewService* review = nullptr;
  MemberService* member = nullptr;
  ContestService* contest = nullptr;
};

// As gRPC registers them; the pointers must outlive what is returned.
std::vector<std::unique_ptr<grpc::Service>> MakeWorkflowEdges(Edge* edge,
                                                              const WorkflowServices& services);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_WORKFLOW_EDGE_H_
