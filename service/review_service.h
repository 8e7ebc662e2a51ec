// aplomb.catalog.v1.ReviewService without gRPC: verdicts of the reviewers whom the lot has drawn.
// Thread-safe.
#ifndef APLOMB_SERVICE_REVIEW_SERVICE_H_
#define APLOMB_SERVICE_REVIEW_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/review_service.pb.h"
#include "service/call.h"

namespace aplomb::service {

class Workflow;

class ReviewService {
 public:
  // `workflow` must outlive this.
  explicit ReviewService(const Workflow* workflow);
  ~ReviewService();

  absl::StatusOr<catalog::v1::ListReviewsResponse> ListReviews(
      const Call& call, const catalog::v1::ListReviewsRequest& request) const;
  absl::StatusOr<catalog::v1::Review> GetReview(const Call& call,
                                                const catalog::v1::GetReviewRequest& request) const;
  void ApproveProposal(const Call& call, const catalog::v1::ApproveProposalRequest& request,
                       Done<catalog::v1::Review> done);
  void ReturnProposal(const Call& call, const catalog::v1::ReturnProposalRequest& request,
                      Done<catalog::v1::Review> done);
  void RejectProposal(const Call& call, const catalog::v1::RejectProposalRequest& request,
                      Done<catalog::v1::Review> done);
  void RecordSecondLook(const Call& call, const catalog::v1::RecordSecondLookRequest& request,
                        Done<catalog::v1::Review> done);
  void DeclareInterests(const Call& call, const catalog::v1::DeclareInterestsRequest& request,
                        Done<catalog::v1::ReviewerRecord> done);
  void DrawReviewers(const Call& call, const catalog::v1::DrawReviewersRequest& request,
                     Done<catalog::v1::DrawReviewersResponse> done);

 private:
  struct Vote;
  void Decide(const Call& call, Vote vote, Done<catalog::v1::Review> done);
  absl::StatusOr<catalog::v1::Review> ShowReview(const std::string& reviewer,
                                                 const std::string& name) const;

  const Workflow* const workflow_;
  // What is compared of the proposals on their way: sealed texts, read once each.
  class OpenProposals;
  const std::unique_ptr<OpenProposals> open_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_REVIEW_SERVICE_H_
