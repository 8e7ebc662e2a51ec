// aplomb.catalog.v1.MemberService and ContestService without gRPC: membership, suspensions with
// their reasons, the roster of reviewers, what the calendar asks for; and contests with their days.
// Thread-safe.
#ifndef APLOMB_SERVICE_MEMBER_SERVICE_H_
#define APLOMB_SERVICE_MEMBER_SERVICE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/contest_service.pb.h"
#include "aplomb/catalog/v1/member_service.pb.h"
#include "service/call.h"

namespace aplomb::service {

class Workflow;

class MemberService {
 public:
  // `workflow` must outlive this.
  explicit MemberService(const Workflow* workflow) : workflow_(workflow) {}

  void RegisterMember(const Call& call, const catalog::v1::RegisterMemberRequest& request,
                      Done<catalog::v1::Member> done);
  void UpdateMember(const Call& call, const catalog::v1::UpdateMemberRequest& request,
                    Done<catalog::v1::Member> done);
  void SuspendMember(const Call& call, const catalog::v1::SuspendMemberRequest& request,
                     Done<catalog::v1::Member> done);
  void ReinstateMember(const Call& call, const catalog::v1::ReinstateMemberRequest& request,
                       Done<catalog::v1::Member> done);
  void TerminateMember(const Call& call, const catalog::v1::TerminateMemberRequest& request,
                       Done<catalog::v1::Notice> done);
  void SuspendOffering(const Call& call, const catalog::v1::SuspendOfferingRequest& request,
                       Done<catalog::v1::Offering> done);
  void ReinstateOffering(const Call& call, const catalog::v1::ReinstateOfferingRequest& request,
                         Done<catalog::v1::Offering> done);
  void WithdrawOffering(const Call& call, const catalog::v1::WithdrawOfferingRequest& request,
                        Done<catalog::v1::Offering> done);
  void PutReviewer(const Call& call, const catalog::v1::PutReviewerRequest& request,
                   Done<catalog::v1::ReviewerRecord> done);
  absl::StatusOr<catalog::v1::ListNoticesResponse> ListNotices(
      const Call& call, const catalog::v1::ListNoticesRequest& request) const;
  void ApplyDue(const Call& call, const catalog::v1::ApplyDueRequest& request,
                Done<catalog::v1::ApplyDueResponse> done);

 private:
  const Workflow* const workflow_;
};

class ContestService {
 public:
  // `workflow` must outlive this.
  explicit ContestService(const Workflow* workflow) : workflow_(workflow) {}

  void CreateContest(const Call& call, const catalog::v1::CreateContestRequest& request,
                     Done<catalog::v1::Contest> done);
  absl::StatusOr<catalog::v1::Contest> GetContest(
      const Call& call, const catalog::v1::GetContestRequest& request) const;
  absl::StatusOr<catalog::v1::ListContestsResponse> ListContests(
      const Call& call, const catalog::v1::ListContestsRequest& request) const;
  void AcknowledgeContest(const Call& call, const catalog::v1::AcknowledgeContestRequest& request,
                          Done<catalog::v1::Contest> done);
  void AnswerContest(const Call& call, const catalog::v1::AnswerContestRequest& request,
                     Done<catalog::v1::Contest> done);

 private:
  absl::StatusOr<catalog::v1::Contest> Show(const std::string& name) const;

  const Workflow* const workflow_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_MEMBER_SERVICE_H_
