#include "service/access.h"

#include <map>
#include <set>
#include <string>

#include "aplomb/advisor/v1/advisor_service.pb.h"
#include "aplomb/advisor/v1/explanation_service.pb.h"
#include "aplomb/audit/v1/log_service.pb.h"
#include "aplomb/audit/v1/neutrality_service.pb.h"
#include "aplomb/catalog/v1/bulk_service.pb.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "aplomb/catalog/v1/contest_service.pb.h"
#include "aplomb/catalog/v1/coverage_service.pb.h"
#include "aplomb/catalog/v1/insight_service.pb.h"
#include "aplomb/catalog/v1/keeping_service.pb.h"
#include "aplomb/catalog/v1/rulebook_service.pb.h"
#include "aplomb/catalog/v1/member_service.pb.h"
#include "aplomb/catalog/v1/proposal_service.pb.h"
#include "aplomb/catalog/v1/review_service.pb.h"
#include "aplomb/catalog/v1/rulebook_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/errors.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

constexpr Role kRoles[] = {Role::kAdvisor, Role::kMember, Role::kReviewer, Role::kOperator,
                           Role::kAuditor};

std::set<std::string> MethodsOf(const google::protobuf::FileDescriptor* file) {
  std::set<std::string> methods;
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      methods.insert(file->service(s)->method(m)->full_name());
    }
  }
  return methods;
}

std::set<std::string> AllMethods() {
  std::set<std::string> methods =
      MethodsOf(advisor::v1::GetEngagementRequest::descriptor()->file());
  methods.merge(MethodsOf(advisor::v1::GetPlanRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::GetCatalogRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::GetProposalRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::GetReviewRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::RegisterMemberRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::GetContestRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::ListRulebookReleasesRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::ListImportRowsRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::GetCoverageRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::GetInsightRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::DiffCatalogRequest::descriptor()->file()));
  methods.merge(MethodsOf(catalog::v1::ProposeRulebookRequest::descriptor()->file()));
  // Of google.longrunning.Operations; DeleteOperation is not offered.
  methods.insert("google.longrunning.Operations.CancelOperation");
  methods.insert("google.longrunning.Operations.WaitOperation");
  methods.insert("google.longrunning.Operations.GetOperation");
  methods.insert("google.longrunning.Operations.ListOperations");
  methods.merge(MethodsOf(::aplomb::audit::v1::GetEntryRequest::descriptor()->file()));
  methods.merge(MethodsOf(::aplomb::audit::v1::ProveNeutralityRequest::descriptor()->file()));
  return methods;
}

TEST(AccessTable, HasOneRowForEachMethodAndNoOther) {
  std::set<std::string> rows;
  for (const AccessRule& rule : AccessTable()) {
    EXPECT_TRUE(rows.insert(std::string(rule.method)).second) << rule.method << " twice";
    std::set<Role> roles;
    for (const Grant& grant : rule.grants) {
      EXPECT_TRUE(roles.insert(grant.role).second) << rule.method << ": a role twice";
    }
    EXPECT_FALSE(rule.grants.empty()) << rule.method << ": nobody may call it";
  }
  EXPECT_EQ(rows, AllMethods());
  EXPECT_GE(rows.size(), 16u);
}

// Written out, so that a change of the table is seen.
TEST(AccessTable, FilesOfFirmsAreForTheirAdvisorAndForAuditors) {
  for (const std::string& method : MethodsOf(advisor::v1::Engagement::descriptor()->file())) {
    ADD_FAILURE() << method << ": a service in the file of a resource";
  }
  for (const std::string& method :
       MethodsOf(advisor::v1::GetEngagementRequest::descriptor()->file())) {
    const bool writes = method.find("Create") != std::string::npos ||
                        method.find("Record") + 6 == method.find("Choice");
    for (const Role role : kRoles) {
      const auto reach = CheckRole({role, "x"}, method);
      if (role == Role::kAdvisor) {
        EXPECT_THAT(reach, testing::IsOkAndHolds(Reach::kOwn)) << method;
      } else if (role == Role::kAuditor && !writes) {
        EXPECT_THAT(reach, testing::IsOkAndHolds(Reach::kAll)) << method;
      } else {
        EXPECT_EQ(ReasonWord(reach.status()), "ROLE_NOT_ALLOWED") << method << RoleWord(role);
      }
    }
  }
}

TEST(AccessTable, ExplanationsAreForTheAdvisorAndForAuditorsAndTheNoticeForAll) {
  for (const std::string& method : MethodsOf(advisor::v1::GetPlanRequest::descriptor()->file())) {
    const bool notice = method.find("GetTransparencyNotice") != std::string::npos;
    for (const Role role : kRoles) {
      const auto reach = CheckRole({role, "x"}, method);
      if (notice || role == Role::kAuditor) {
        EXPECT_THAT(reach, testing::IsOkAndHolds(Reach::kAll)) << method;
      } else if (role == Role::kAdvisor) {
        EXPECT_THAT(reach, testing::IsOkAndHolds(Reach::kOwn)) << method;
      } else {
        EXPECT_EQ(ReasonWord(reach.status()), "ROLE_NOT_ALLOWED") << method << RoleWord(role);
      }
    }
  }
}

TEST(AccessTable, TheProofOfNeutralityIsForReviewersAndAuditors) {
  for (const Role role : kRoles) {
    const auto reach = CheckRole({role, "x"}, "aplomb.audit.v1.NeutralityService.ProveNeutrality");
    if (role == Role::kReviewer || role == Role::kAuditor) {
      EXPECT_THAT(reach, testing::IsOkAndHolds(Reach::kAll));
    } else {
      EXPECT_EQ(ReasonWord(reach.status()), "ROLE_NOT_ALLOWED") << RoleWord(role);
    }
  }
}

TEST(AccessTable, TheCatalogueIsOpenToEveryRole) {
  for (const std::string& method :
       MethodsOf(catalog::v1::GetCatalogRequest::descriptor()->file())) {
    for (const Role role : kRoles) {
      EXPECT_THAT(CheckRole({role, "x"}, method), testing::IsOkAndHolds(Reach::kAll)) << method;
    }
  }
}

TEST(AccessTable, TheLogIsOpenToEveryRole) {
  for (const std::string& method :
       MethodsOf(::aplomb::audit::v1::GetEntryRequest::descriptor()->file())) {
    for (const Role role : kRoles) {
      EXPECT_THAT(CheckRole({role, "x"}, method), testing::IsOkAndHolds(Reach::kAll)) << method;
    }
  }
}

// No person both proposes and reviews, or decides both about members and about their proposals
// (NI-28).
TEST(AccessTable, ProposingReviewingAndOperatingAreApart) {
  for (const AccessRule& rule : AccessTable()) {
    const bool verdict = rule.method.find("ReviewService.") != absl::string_view::npos &&
                         rule.method.find("DrawReviewers") == absl::string_view::npos;
    const bool proposes = rule.method.find("ProposalService.") != absl::string_view::npos &&
                          rule.method.find(".Get") == absl::string_view::npos &&
                          rule.method.find(".List") == absl::string_view::npos;
    for (const Grant& grant : rule.grants) {
      if (verdict) {
        EXPECT_EQ(RoleWord(grant.role), "REVIEWER") << rule.method;
      }
      if (proposes) {
        EXPECT_EQ(RoleWord(grant.role), "MEMBER") << rule.method;
      }
    }
  }
}

TEST(AccessTable, WhatHasNoRowIsRefused) {
  for (const Role role : kRoles) {
    EXPECT_EQ(
        ReasonWord(CheckRole({role, "x"}, "aplomb.advisor.v1.AdvisorService.Delete").status()),
        "ROLE_NOT_ALLOWED");
  }
}

}  // namespace
}  // namespace aplomb::service
