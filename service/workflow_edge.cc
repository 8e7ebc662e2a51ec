// The gRPC edges of the services of proposals, reviews, members and contests.
#include <memory>

#include "aplomb/catalog/v1/contest_service.grpc.pb.h"
#include "aplomb/catalog/v1/member_service.grpc.pb.h"
#include "aplomb/catalog/v1/proposal_service.grpc.pb.h"
#include "aplomb/catalog/v1/review_service.grpc.pb.h"
#include "service/grpc_edge.h"
#include "service/member_service.h"
#include "service/proposal_service.h"
#include "service/review_service.h"
#include "service/workflow_edge.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

#define APLOMB_SERVE(Service, Method, Kind) \
  APLOMB_SERVE_METHOD("aplomb.catalog.v1", Service, Method, Kind)

template <typename Base>
using RawProposal = pb::ProposalService::WithRawCallbackMethod_CreateProposal<
    pb::ProposalService::WithRawCallbackMethod_UpdateProposal<
        pb::ProposalService::WithRawCallbackMethod_GetProposal<
            pb::ProposalService::WithRawCallbackMethod_ListProposals<
                pb::ProposalService::WithRawCallbackMethod_SubmitProposal<
                    pb::ProposalService::WithRawCallbackMethod_WithdrawProposal<Base>>>>>>;

class ProposalEdge final : public RawProposal<pb::ProposalService::Service> {
 public:
  ProposalEdge(Edge* edge, ProposalService* service) : edge_(edge), service_(service) {}

  APLOMB_SERVE(ProposalService, CreateProposal, Change)
  APLOMB_SERVE(ProposalService, UpdateProposal, Change)
  APLOMB_SERVE(ProposalService, GetProposal, Read<ProposalService>)
  APLOMB_SERVE(ProposalService, ListProposals, Read<ProposalService>)
  APLOMB_SERVE(ProposalService, SubmitProposal, Change)
  APLOMB_SERVE(ProposalService, WithdrawProposal, Change)

 private:
  Edge* const edge_;
  ProposalService* const service_;
};

template <typename Base>
using RawReview = pb::ReviewService::WithRawCallbackMethod_ListReviews<
    pb::ReviewService::WithRawCallbackMethod_GetReview<
        pb::ReviewService::WithRawCallbackMethod_ApproveProposal<
            pb::ReviewService::WithRawCallbackMethod_ReturnProposal<
                pb::ReviewService::WithRawCallbackMethod_RejectProposal<
                    pb::ReviewService::WithRawCallbackMethod_RecordSecondLook<
                        pb::ReviewService::WithRawCallbackMethod_DeclareInterests<
                            pb::ReviewService::WithRawCallbackMethod_DrawReviewers<Base>>>>>>>>;

class ReviewEdge final : public RawReview<pb::ReviewService::Service> {
 public:
  ReviewEdge(Edge* edge, ReviewService* service) : edge_(edge), service_(service) {}

  APLOMB_SERVE(ReviewService, ListReviews, Read<ReviewService>)
  APLOMB_SERVE(ReviewService, GetReview, Read<ReviewService>)
  APLOMB_SERVE(ReviewService, ApproveProposal, Change)
  APLOMB_SERVE(ReviewService, ReturnProposal, Change)
  APLOMB_SERVE(ReviewService, RejectProposal, Change)
  APLOMB_SERVE(ReviewService, RecordSecondLook, Change)
  APLOMB_SERVE(ReviewService, DeclareInterests, Change)
  APLOMB_SERVE(ReviewService, DrawReviewers, Change)

 private:
  Edge* const edge_;
  ReviewService* const service_;
};

template <typename Base>
using RawMember = pb::MemberService::WithRawCallbackMethod_RegisterMember<
    pb::MemberService::WithRawCallbackMethod_UpdateMember<
        pb::MemberService::WithRawCallbackMethod_SuspendMember<
            pb::MemberService::WithRawCallbackMethod_ReinstateMember<
                pb::MemberService::WithRawCallbackMethod_TerminateMember<
                    pb::MemberService::WithRawCallbackMethod_SuspendOffering<
                        pb::MemberService::WithRawCallbackMethod_ReinstateOffering<
                            pb::MemberService::WithRawCallbackMethod_WithdrawOffering<
                                pb::MemberService::WithRawCallbackMethod_PutReviewer<
                                    pb::MemberService::WithRawCallbackMethod_ListNotices<
                                        pb::MemberService::WithRawCallbackMethod_ApplyDue<
                                            Base>>>>>>>>>>>;

class MemberEdge final : public RawMember<pb::MemberService::Service> {
 public:
  MemberEdge(Edge* edge, MemberService* service) : edge_(edge), service_(service) {}

  APLOMB_SERVE(MemberService, RegisterMember, Change)
  APLOMB_SERVE(MemberService, UpdateMember, Change)
  APLOMB_SERVE(MemberService, SuspendMember, Change)
  APLOMB_SERVE(MemberService, ReinstateMember, Change)
  APLOMB_SERVE(MemberService, TerminateMember, Change)
  APLOMB_SERVE(MemberService, SuspendOffering, Change)
  APLOMB_SERVE(MemberService, ReinstateOffering, Change)
  APLOMB_SERVE(MemberService, WithdrawOffering, Change)
  APLOMB_SERVE(MemberService, PutReviewer, Change)
  APLOMB_SERVE(MemberService, ListNotices, Read<MemberService>)
  APLOMB_SERVE(MemberService, ApplyDue, Change)

 private:
  Edge* const edge_;
  MemberService* const service_;
};

template <typename Base>
using RawContest = pb::ContestService::WithRawCallbackMethod_CreateContest<
    pb::ContestService::WithRawCallbackMethod_GetContest<
        pb::ContestService::WithRawCallbackMethod_ListContests<
            pb::ContestService::WithRawCallbackMethod_AcknowledgeContest<
                pb::ContestService::WithRawCallbackMethod_AnswerContest<Base>>>>>;

class ContestEdge final : public RawContest<pb::ContestService::Service> {
 public:
  ContestEdge(Edge* edge, ContestService* service) : edge_(edge), service_(service) {}

  APLOMB_SERVE(ContestService, CreateContest, Change)
  APLOMB_SERVE(ContestService, GetContest, Read<ContestService>)
  APLOMB_SERVE(ContestService, ListContests, Read<ContestService>)
  APLOMB_SERVE(ContestService, AcknowledgeContest, Change)
  APLOMB_SERVE(ContestService, AnswerContest, Change)

 private:
  Edge* const edge_;
  ContestService* const service_;
};

#undef APLOMB_SERVE

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeWorkflowEdges(Edge* edge,
                                                              const WorkflowServices& services) {
  std::vector<std::unique_ptr<grpc::Service>> edges;
  edges.push_back(std::make_unique<ProposalEdge>(edge, services.proposal));
  edges.push_back(std::make_unique<ReviewEdge>(edge, services.review));
  edges.push_back(std::make_unique<MemberEdge>(edge, services.member));
  edges.push_back(std::make_unique<ContestEdge>(edge, services.contest));
  return edges;
}

}  // namespace aplomb::service
