#include "service/access.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "service/errors.h"

namespace aplomb::service {
namespace {

#define APLOMB_ADVISOR(method) "aplomb.advisor.v1.AdvisorService." method
#define APLOMB_EXPLAIN(method) "aplomb.advisor.v1.ExplanationService." method
#define APLOMB_NEUTRALITY(method) "aplomb.audit.v1.NeutralityService." method
#define APLOMB_LOG(method) "aplomb.audit.v1.LogService." method
#define APLOMB_CATALOG(method) "aplomb.catalog.v1.CatalogService." method
#define APLOMB_PROPOSAL(method) "aplomb.catalog.v1.ProposalService." method
#define APLOMB_REVIEW(method) "aplomb.catalog.v1.ReviewService." method
#define APLOMB_MEMBER(method) "aplomb.catalog.v1.MemberService." method
#define APLOMB_KEEPING(method) "aplomb.catalog.v1.KeepingService." method
#define APLOMB_BULK(method) "aplomb.catalog.v1.BulkService." method
#define APLOMB_INSIGHT(method) "aplomb.catalog.v1.InsightService." method
#define APLOMB_CONTEST(method) "aplomb.catalog.v1.ContestService." method
#define APLOMB_RULEBOOK(method) "aplomb.catalog.v1.RulebookService." method

// Reading what is published.
std::vector<Grant> Everyone() {
  return {{Role::kAdvisor, Reach::kAll},
          {Role::kMember, Reach::kAll},
          {Role::kReviewer, Reach::kAll},
          {Role::kOperator, Reach::kAll},
          {Role::kAuditor, Reach::kAll}};
}

// The file of a firm is its advisor's; the operator has no business in it.
std::vector<Grant> AdvisorWrites() { return {{Role::kAdvisor, Reach::kOwn}}; }
std::vector<Grant> AdvisorAndAuditorRead() {
  return {{Role::kAdvisor, Reach::kOwn}, {Role::kAuditor, Reach::kAll}};
}

// A member's proposals are its own; who reviews does it through the service of reviews.
std::vector<Grant> MemberWrites() { return {{Role::kMember, Reach::kOwn}}; }
std::vector<Grant> MemberReads() {
  return {
      {Role::kMember, Reach::kOwn}, {Role::kOperator, Reach::kAll}, {Role::kAuditor, Reach::kAll}};
}
std::vector<Grant> OwnOperations() {
  return {{Role::kAdvisor, Reach::kOwn},
          {Role::kMember, Reach::kOwn},
          {Role::kReviewer, Reach::kOwn},
          {Role::kOperator, Reach::kAll},
          {Role::kAuditor, Reach::kAll}};
}
std::vector<Grant> ReviewerDecides() { return {{Role::kReviewer, Reach::kAll}}; }
std::vector<Grant> OperatorDecides() { return {{Role::kOperator, Reach::kAll}}; }
std::vector<Grant> ConcernedRead() {
  return {{Role::kAdvisor, Reach::kOwn},
          {Role::kMember, Reach::kOwn},
          {Role::kOperator, Reach::kAll},
          {Role::kAuditor, Reach::kAll}};
}

}  // namespace

const std::vector<AccessRule>& AccessTable() {
  static const std::vector<AccessRule>& table = *new std::vector<AccessRule>{
      {APLOMB_ADVISOR("CreateEngagement"), AdvisorWrites()},
      {APLOMB_ADVISOR("GetEngagement"), AdvisorAndAuditorRead()},
      {APLOMB_ADVISOR("ListEngagements"), AdvisorAndAuditorRead()},
      {APLOMB_ADVISOR("CreateRecommendation"), AdvisorWrites()},
      {APLOMB_ADVISOR("GetRecommendation"), AdvisorAndAuditorRead()},
      {APLOMB_ADVISOR("ListRecommendations"), AdvisorAndAuditorRead()},
      {APLOMB_ADVISOR("RecordChoice"), AdvisorWrites()},
      {APLOMB_EXPLAIN("ExplainWhyNot"), AdvisorAndAuditorRead()},
      {APLOMB_EXPLAIN("CompareOfferings"), AdvisorAndAuditorRead()},
      {APLOMB_EXPLAIN("FindCounterfactuals"), AdvisorAndAuditorRead()},
      {APLOMB_EXPLAIN("AssessStability"), AdvisorAndAuditorRead()},
      {APLOMB_EXPLAIN("AssessUnknowns"), AdvisorAndAuditorRead()},
      {APLOMB_EXPLAIN("SuggestRepairs"), AdvisorAndAuditorRead()},
      {APLOMB_EXPLAIN("GetPlan"), AdvisorAndAuditorRead()},
      {APLOMB_EXPLAIN("GetReport"), AdvisorAndAuditorRead()},
      {APLOMB_EXPLAIN("GetTransparencyNotice"), Everyone()},
      // A proof works the machine for up to two minutes: for those whose business it is. Over
      // logged recommendations it is for auditors alone, which the service checks.
      {APLOMB_NEUTRALITY("ProveNeutrality"),
       {{Role::kReviewer, Reach::kAll}, {Role::kAuditor, Reach::kAll}}},
      {APLOMB_LOG("GetCheckpoint"), Everyone()},
      {APLOMB_LOG("GetEntry"), Everyone()},
      {APLOMB_LOG("ListEntries"), Everyone()},
      {APLOMB_LOG("TailEntries"), Everyone()},
      {APLOMB_LOG("ProveInclusion"), Everyone()},
      {APLOMB_LOG("ProveConsistency"), Everyone()},
      {APLOMB_CATALOG("GetCatalog"), Everyone()},
      {APLOMB_CATALOG("GetMember"), Everyone()},
      {APLOMB_CATALOG("ListMembers"), Everyone()},
      {APLOMB_CATALOG("GetOffering"), Everyone()},
      {APLOMB_CATALOG("ListOfferings"), Everyone()},
      {APLOMB_CATALOG("ListOfferingRevisions"), Everyone()},
      {APLOMB_CATALOG("GetNeed"), Everyone()},
      {APLOMB_CATALOG("ListNeeds"), Everyone()},
      {APLOMB_CATALOG("GetRulebookRevision"), Everyone()},
      {APLOMB_CATALOG("ListRulebookRevisions"), Everyone()},
      {APLOMB_PROPOSAL("CreateProposal"), MemberWrites()},
      {APLOMB_PROPOSAL("UpdateProposal"), MemberWrites()},
      {APLOMB_PROPOSAL("GetProposal"), MemberReads()},
      {APLOMB_PROPOSAL("ListProposals"), MemberReads()},
      {APLOMB_PROPOSAL("SubmitProposal"), MemberWrites()},
      {APLOMB_PROPOSAL("WithdrawProposal"), MemberWrites()},
      {APLOMB_REVIEW("ListReviews"), ReviewerDecides()},
      {APLOMB_REVIEW("GetReview"), ReviewerDecides()},
      {APLOMB_REVIEW("ApproveProposal"), ReviewerDecides()},
      {APLOMB_REVIEW("ReturnProposal"), ReviewerDecides()},
      {APLOMB_REVIEW("RejectProposal"), ReviewerDecides()},
      {APLOMB_REVIEW("RecordSecondLook"), ReviewerDecides()},
      {APLOMB_REVIEW("DeclareInterests"), ReviewerDecides()},
      {APLOMB_REVIEW("DrawReviewers"),
       {{Role::kReviewer, Reach::kAll}, {Role::kOperator, Reach::kAll}}},
      {APLOMB_MEMBER("RegisterMember"), OperatorDecides()},
      {APLOMB_MEMBER("UpdateMember"), OperatorDecides()},
      {APLOMB_MEMBER("SuspendMember"), OperatorDecides()},
      {APLOMB_MEMBER("ReinstateMember"), OperatorDecides()},
      {APLOMB_MEMBER("TerminateMember"), OperatorDecides()},
      {APLOMB_MEMBER("SuspendOffering"), OperatorDecides()},
      {APLOMB_MEMBER("ReinstateOffering"), OperatorDecides()},
      {APLOMB_MEMBER("WithdrawOffering"), MemberWrites()},
      {APLOMB_MEMBER("PutReviewer"), OperatorDecides()},
      {APLOMB_MEMBER("ListNotices"), MemberReads()},
      {APLOMB_MEMBER("ApplyDue"), OperatorDecides()},
      {APLOMB_CONTEST("CreateContest"),
       {{Role::kAdvisor, Reach::kOwn}, {Role::kMember, Reach::kOwn}}},
      {APLOMB_CONTEST("GetContest"), ConcernedRead()},
      {APLOMB_CONTEST("ListContests"), ConcernedRead()},
      {APLOMB_CONTEST("AcknowledgeContest"), OperatorDecides()},
      {APLOMB_CONTEST("AnswerContest"), OperatorDecides()},
      {APLOMB_KEEPING("CreateBackup"), OperatorDecides()},
      {APLOMB_KEEPING("DiffCatalog"), Everyone()},
      {"aplomb.catalog.v1.CoverageService.GetCoverage",
       {{Role::kReviewer, Reach::kAll},
        {Role::kOperator, Reach::kAll},
        {Role::kAuditor, Reach::kAll}}},
      {APLOMB_BULK("ImportProposals"), MemberWrites()},
      {APLOMB_BULK("ListImportRows"), MemberReads()},
      {APLOMB_BULK("ExportOfferings"), Everyone()},
      {APLOMB_BULK("ListExportedOfferings"), Everyone()},
      {APLOMB_INSIGHT("GetInsight"), MemberWrites()},
      {APLOMB_INSIGHT("PreviewImpact"), MemberWrites()},
      // Advisors and reviewers begin nothing but exports, which are everybody's.
      {"google.longrunning.Operations.GetOperation", OwnOperations()},
      {"google.longrunning.Operations.ListOperations", OwnOperations()},
      {"google.longrunning.Operations.WaitOperation", OwnOperations()},
      {"google.longrunning.Operations.CancelOperation",
       {{Role::kMember, Reach::kOwn}, {Role::kOperator, Reach::kAll}}},
      {APLOMB_RULEBOOK("ProposeRulebook"), OperatorDecides()},
      {APLOMB_RULEBOOK("WithdrawRulebook"), OperatorDecides()},
      {APLOMB_RULEBOOK("GetRulebookRelease"), Everyone()},
      {APLOMB_RULEBOOK("ListRulebookReleases"), Everyone()},
      {APLOMB_RULEBOOK("PreviewOfferingImpact"),
       {{Role::kMember, Reach::kOwn},
        {Role::kReviewer, Reach::kAll},
        {Role::kOperator, Reach::kAll},
        {Role::kAuditor, Reach::kAll}}},
  };
  return table;
}

absl::StatusOr<Reach> CheckRole(const Caller& caller, absl::string_view method) {
  for (const AccessRule& rule : AccessTable()) {
    if (rule.method != method) continue;
    for (const Grant& grant : rule.grants) {
      if (grant.role == caller.role) return grant.reach;
    }
  }
  return MakeError(Reason::kRoleNotAllowed,
                   absl::StrCat("The role ", RoleWord(caller.role), " may not call ", method, "."),
                   {{"role", std::string(RoleWord(caller.role))}, {"method", std::string(method)}});
}

absl::Status NotOwner(absl::string_view name) {
  return MakeError(
      Reason::kNotOwner,
      absl::StrCat("\"", name.substr(0, 200), "\" is not yours, or it does not exist."),
      {{"name", std::string(name)}});
}

}  // namespace aplomb::service
