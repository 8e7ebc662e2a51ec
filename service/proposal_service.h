// aplomb.catalog.v1.ProposalService without gRPC: members write, check, submit and take back
// proposals. Thread-safe.
#ifndef APLOMB_SERVICE_PROPOSAL_SERVICE_H_
#define APLOMB_SERVICE_PROPOSAL_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/proposal_service.pb.h"
#include "service/call.h"

namespace aplomb::service {

class Workflow;

class ProposalService {
 public:
  // `workflow` must outlive this.
  explicit ProposalService(const Workflow* workflow) : workflow_(workflow) {}

  void CreateProposal(const Call& call, const catalog::v1::CreateProposalRequest& request,
                      Done<catalog::v1::Proposal> done);
  void UpdateProposal(const Call& call, const catalog::v1::UpdateProposalRequest& request,
                      Done<catalog::v1::Proposal> done);
  absl::StatusOr<catalog::v1::Proposal> GetProposal(
      const Call& call, const catalog::v1::GetProposalRequest& request) const;
  absl::StatusOr<catalog::v1::ListProposalsResponse> ListProposals(
      const Call& call, const catalog::v1::ListProposalsRequest& request) const;
  void SubmitProposal(const Call& call, const catalog::v1::SubmitProposalRequest& request,
                      Done<catalog::v1::Proposal> done);
  void WithdrawProposal(const Call& call, const catalog::v1::WithdrawProposalRequest& request,
                        Done<catalog::v1::Proposal> done);

 private:
  const Workflow* const workflow_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_PROPOSAL_SERVICE_H_
