// A server on a free port, over a tiny world, with callers marie and jean (advisors),
// vera (auditor), one of each other role named after it, members acme and m000, reviewers r1 to r3;
// and stubs to call it by.
#ifndef APLOMB_TESTS_SERVICE_RUNNING_SERVER_H_
#define APLOMB_TESTS_SERVICE_RUNNING_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aplomb/advisor/v1/advisor_service.grpc.pb.h"
#include "aplomb/catalog/v1/catalog_service.grpc.pb.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"
#include "service/server.h"
#include "tests/testing/files.h"

namespace aplomb::service {

struct RunningServerOptions {
  // Members of the tiny catalogue; 0: no catalogue and no rulebook.
  int members = 6;
  size_t worker_threads = 2;
  size_t queue_max = 256;
  const base::Clock* clock = base::SystemClock::Get();
  // Changes the options of each start; the data directory and its log are there.
  std::function<void(ServerOptions& options)> configure = {};
};

class RunningServer {
 public:
  explicit RunningServer(const RunningServerOptions& options = {});
  ~RunningServer();

  advisor::v1::AdvisorService::Stub& advisor() { return *advisor_; }
  catalog::v1::CatalogService::Stub& catalog() { return *catalog_; }
  const std::shared_ptr<grpc::Channel>& channel() { return channel_; }
  Server& server() { return *server_; }
  const std::string& data_directory() const { return dir_.path(); }
  // Every line logged so far.
  std::string Log();

  // Ends the server and starts it again over the same directory.
  void Restart();
  void Stop() { server_.reset(); }

 private:
  void Start();

  const RunningServerOptions options_;
  const testing::TempDir dir_;
  base::Mutex mutex_;
  std::string log_ ABSL_GUARDED_BY(mutex_);
  base::Logger logger_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<advisor::v1::AdvisorService::Stub> advisor_;
  std::unique_ptr<catalog::v1::CatalogService::Stub> catalog_;
};

// The bearer token of a caller.
std::string TokenOf(const std::string& name);
// A context with the caller's token ("" for none) and a deadline of 20 seconds.
std::unique_ptr<grpc::ClientContext> As(const std::string& name);

// The reason word of an error; "" for OK or where there are no details.
std::string ReasonOf(const grpc::Status& status);
google::rpc::ErrorInfo InfoOf(const grpc::Status& status);
google::rpc::BadRequest BadRequestOf(const grpc::Status& status);
// How many details of each type, by full name.
std::vector<std::string> DetailTypes(const grpc::Status& status);

// Calls `method` of `stub` as `caller`.
template <typename Stub, typename Request, typename Response>
grpc::Status Invoke(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const std::string& caller, const Request& request, Response* response) {
  const auto context = As(caller);
  return (stub.*method)(context.get(), request, response);
}

// An engagement of `caller`; fails the test if it cannot be opened.
advisor::v1::Engagement OpenEngagement(RunningServer& server, const std::string& caller,
                                       const std::string& siren = "");
// A valid request for WEBSITE.
advisor::v1::CreateRecommendationRequest TinyRequest(const std::string& engagement);

}  // namespace aplomb::service

#endif  // APLOMB_TESTS_SERVICE_RUNNING_SERVER_H_
