// One call as the services see it: who, how far, and what came in. No gRPC.
#ifndef APLOMB_SERVICE_CALL_H_
#define APLOMB_SERVICE_CALL_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "service/access.h"
#include "service/callers.h"

namespace aplomb::service {

struct Call {
  Caller caller;
  Reach reach = Reach::kOwn;
  // Full name of the method.
  std::string method;
  // The request as received.
  std::string request_bytes;
};

// Completes a call that ends on another thread; called once.
template <typename Response>
using Done = std::function<void(absl::StatusOr<Response>)>;

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_CALL_H_
