// The gRPC edge of RulebookService. Inner header of the room: it includes gRPC.
#ifndef APLOMB_SERVICE_RULEBOOK_EDGE_H_
#define APLOMB_SERVICE_RULEBOOK_EDGE_H_

#include <memory>

#include "grpcpp/grpcpp.h"

namespace aplomb::service {

class Edge;
class RulebookService;

// As gRPC registers it; the pointers must outlive it.
std::unique_ptr<grpc::Service> MakeRulebookEdge(Edge* edge, RulebookService* service);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_RULEBOOK_EDGE_H_
