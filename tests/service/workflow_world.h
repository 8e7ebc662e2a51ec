// Members and reviewers at work over gRPC: stubs of their services and the steps that tests take
// again and again. Everything fails the test where it does not succeed, but for Try….
#ifndef APLOMB_TESTS_SERVICE_WORKFLOW_WORLD_H_
#define APLOMB_TESTS_SERVICE_WORKFLOW_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "aplomb/catalog/v1/contest_service.grpc.pb.h"
#include "aplomb/catalog/v1/member_service.grpc.pb.h"
#include "aplomb/catalog/v1/proposal_service.grpc.pb.h"
#include "aplomb/catalog/v1/review_service.grpc.pb.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "tests/service/running_server.h"

namespace aplomb::service {

class WorkflowWorld {
 public:
  // Over the tiny catalogue of six members, on Monday 1 June 2026; reviewers r1 to `reviewers` are
  // on the roster, and acme is a member, registered just now.
  explicit WorkflowWorld(int reviewers = 3);

  base::FakeClock& clock() { return clock_; }
  RunningServer& server() { return server_; }
  // Ends the server, starts it over the same directory and calls it from then on.
  void Restart();
  catalog::v1::ProposalService::Stub& proposals() { return *proposals_; }
  catalog::v1::ReviewService::Stub& reviews() { return *reviews_; }
  catalog::v1::MemberService::Stub& members() { return *members_; }
  catalog::v1::ContestService::Stub& contests() { return *contests_; }

  // A valid offering for WEBSITE of `member`.
  static catalog::v1::Offering Site(const std::string& member, const std::string& id);

  catalog::v1::Proposal Create(const std::string& member, const catalog::v1::Offering& offering);
  grpc::Status TrySubmit(const std::string& member, const catalog::v1::Proposal& proposal,
                         catalog::v1::Proposal* answer);
  catalog::v1::Proposal Submit(const std::string& member, const catalog::v1::Proposal& proposal);
  catalog::v1::Proposal Get(const std::string& member, const std::string& name);
  // Create, then Submit.
  catalog::v1::Proposal Propose(const std::string& member, const catalog::v1::Offering& offering);

  // Which of the reviewers are awaited for a proposal, by name.
  std::vector<std::string> Awaited(const std::string& proposal);
  catalog::v1::Review See(const std::string& reviewer, const std::string& proposal);
  // One verdict on what is to be seen now.
  grpc::Status TryVote(const std::string& reviewer, const std::string& proposal,
                       catalog::v1::DrawnReviewer::Verdict verdict, catalog::v1::Review* answer);
  catalog::v1::Review Vote(const std::string& reviewer, const std::string& proposal,
                           catalog::v1::DrawnReviewer::Verdict verdict);
  // The verdict of all who are awaited.
  void VoteAll(const std::string& proposal, catalog::v1::DrawnReviewer::Verdict verdict);

 private:
  void Connect();

  base::FakeClock clock_;
  RunningServer server_;
  std::unique_ptr<catalog::v1::ProposalService::Stub> proposals_;
  std::unique_ptr<catalog::v1::ReviewService::Stub> reviews_;
  std::unique_ptr<catalog::v1::MemberService::Stub> members_;
  std::unique_ptr<catalog::v1::ContestService::Stub> contests_;
};

// Invoke, and the answer; fails the test on an error.
template <typename Response, typename Stub, typename Request>
Response Ask(Stub& stub,
             grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
             const std::string& caller, const Request& request) {
  Response response;
  const grpc::Status status = Invoke(stub, method, caller, request, &response);
  EXPECT_TRUE(status.ok()) << ReasonOf(status) << ": " << status.error_message();
  return response;
}

}  // namespace aplomb::service

#endif  // APLOMB_TESTS_SERVICE_WORKFLOW_WORLD_H_
