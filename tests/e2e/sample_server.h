// A server over the sample catalogue on a free port, its clock standing at 20
// November 2026, and an advisor who asks for the sample's firms. Others may call too: see Context.
#ifndef APLOMB_TESTS_E2E_SAMPLE_SERVER_H_
#define APLOMB_TESTS_E2E_SAMPLE_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aplomb/advisor/v1/advisor_service.grpc.pb.h"
#include "aplomb/catalog/v1/catalog_service.grpc.pb.h"
#include "base/clock.h"
#include "catalog/import/directory.h"
#include "service/server.h"
#include "tests/testing/files.h"

namespace aplomb::e2e {

class SampleServer {
 public:
  // With a seed, every identifier, secret and lot is the same in each run, as long as one call
  // follows the other.
  explicit SampleServer(std::optional<uint64_t> seed = std::nullopt);
  ~SampleServer();

  int port() const { return server_->port(); }
  const std::string& directory() const { return dir_.path(); }

  // A firm of catalog/sample/profiles, by the name of its file.
  catalog::SampleProfile Profile(const std::string& id);
  // Opens an engagement for the firm; fails the test if that is not possible.
  advisor::v1::Engagement Open(const catalog::SampleProfile& firm);
  // Opens an engagement and asks.
  advisor::v1::Recommendation Ask(const catalog::SampleProfile& firm);
  catalog::v1::Offering Offering(const std::string& name);

  // For other stubs: the channel, and a context with a deadline and the token of `caller`:
  // "ADVISOR/demo" (who asks above), "ADVISOR/paul", "MEMBER/kervadel", "REVIEWER/lena",
  // "OPERATOR/omar", "AUDITOR/alix"; "" brings no token.
  const std::shared_ptr<grpc::Channel>& channel() { return channel_; }
  std::unique_ptr<grpc::ClientContext> Context(const std::string& caller = "ADVISOR/demo");

 private:
  class LockedRandom;

  const testing::TempDir dir_;
  base::FakeClock clock_;
  std::map<std::string, std::string> tokens_;  // by caller
  std::unique_ptr<LockedRandom> random_;       // null without a seed
  std::unique_ptr<service::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<advisor::v1::AdvisorService::Stub> advisor_;
  std::unique_ptr<catalog::v1::CatalogService::Stub> catalog_;
};

// The day of the server's clock, as days are compared here: 20261120.
inline constexpr int kToday = 20261120;

}  // namespace aplomb::e2e

#endif  // APLOMB_TESTS_E2E_SAMPLE_SERVER_H_
