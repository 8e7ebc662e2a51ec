// CatalogService over a real port.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/service/running_server.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using Catalog = pb::CatalogService::Stub;
using ::testing::HasSubstr;

class CatalogApi : public ::testing::Test {
 protected:
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (Catalog::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                    const Request& request, Response* response) {
    return Invoke(server_.catalog(), method, "member", request, response);
  }
  grpc::Status GetOffering(const std::string& name, int64_t revision, pb::Offering* offering) {
    pb::GetOfferingRequest request;
    request.set_name(name);
    request.set_catalog_revision(revision);
    return Call(&Catalog::GetOffering, request, offering);
  }
  // Withdraws an offering; returns the revision before.
  int64_t Withdraw(const std::string& name) {
    Dataset& dataset = server_.server().dataset();
    const auto snapshot = dataset.store().snapshot();
    pb::Offering offering = snapshot->offerings.at(name)->offering;
    offering.set_state(pb::Offering::WITHDRAWN);
    EXPECT_OK(dataset.sequencer().SubmitAndWait(catalog::PutOffering(offering)));
    return snapshot->revision;
  }

  RunningServer server_{{.members = 60}};
};

TEST_F(CatalogApi, CatalogTellsTheState) {
  pb::GetCatalogRequest request;
  request.set_name("catalog");
  pb::Catalog catalog;
  ASSERT_TRUE(Call(&Catalog::GetCatalog, request, &catalog).ok());
  EXPECT_EQ(catalog.member_count(), 60);
  EXPECT_EQ(catalog.offering_count(), 120);
  EXPECT_EQ(catalog.ownership_group_count(), 60);
  EXPECT_TRUE(catalog.fictional());
  EXPECT_EQ(catalog.state_digest().size(), 64u);
  EXPECT_THAT(catalog.rulebook_revision(), HasSubstr("rulebooks/tiny/revisions/"));
  request.set_name("catalogue");
  EXPECT_EQ(ReasonOf(Call(&Catalog::GetCatalog, request, &catalog)), "BAD_REQUEST");
}

TEST_F(CatalogApi, MembersAndOfferingsAreReadByName) {
  pb::GetMemberRequest member_request;
  member_request.set_name("members/m003");
  pb::Member member;
  ASSERT_TRUE(Call(&Catalog::GetMember, member_request, &member).ok());
  EXPECT_EQ(member.display_name(), "Maison m003");
  pb::Offering offering;
  ASSERT_TRUE(GetOffering("members/m003/offerings/o1", 0, &offering).ok());
  EXPECT_EQ(offering.need_ids(0), "BOOKKEEPING");
  EXPECT_EQ(offering.etag().size(), 66u) << "quoted";
  EXPECT_GT(offering.update_time().seconds(), 0);
  member_request.set_name("members/none");
  EXPECT_EQ(ReasonOf(Call(&Catalog::GetMember, member_request, &member)), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(GetOffering("members/m003/offerings/none", 0, &offering)),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(GetOffering("members/m003", 0, &offering)), "BAD_REQUEST");
  EXPECT_EQ(ReasonOf(GetOffering("members/m003/offerings/o1", -1, &offering)), "BAD_REQUEST");
  EXPECT_EQ(ReasonOf(GetOffering("members/m003/offerings/o1", 1'000'000, &offering)),
            "REVISION_UNAVAILABLE");
}

TEST_F(CatalogApi, AnOfferingIsReadAtAPastRevisionToo) {
  const std::string name = "members/m003/offerings/o1";
  const int64_t before = Withdraw(name);
  pb::Offering offering;
  ASSERT_TRUE(GetOffering(name, 0, &offering).ok());
  EXPECT_EQ(offering.state(), pb::Offering::WITHDRAWN);
  ASSERT_TRUE(GetOffering(name, before, &offering).ok());
  EXPECT_EQ(offering.state(), pb::Offering::PUBLISHED);

  pb::ListOfferingRevisionsRequest request;
  request.set_parent(name);
  request.set_page_size(1);
  std::vector<pb::Offering::State> states;
  do {
    pb::ListOfferingRevisionsResponse page;
    ASSERT_TRUE(Call(&Catalog::ListOfferingRevisions, request, &page).ok());
    ASSERT_EQ(page.offering_revisions_size(), 1);
    states.push_back(page.offering_revisions(0).snapshot().state());
    EXPECT_THAT(page.offering_revisions(0).name(), HasSubstr(name + "/revisions/"));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(states, ::testing::ElementsAre(pb::Offering::WITHDRAWN, pb::Offering::PUBLISHED))
      << "newest first";
}

TEST_F(CatalogApi, MembersPageThroughAllByName) {
  pb::ListMembersRequest request;
  std::vector<std::string> names;
  int pages = 0;
  do {
    pb::ListMembersResponse page;
    ASSERT_TRUE(Call(&Catalog::ListMembers, request, &page).ok());
    EXPECT_LE(page.members_size(), 50) << "the default";
    for (const auto& member : page.members()) names.push_back(member.name());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), 60u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(pages, 2);
}

TEST_F(CatalogApi, OfferingsAreListedByMemberAndByNeed) {
  const auto list = [&](const std::string& parent, const std::string& need) {
    pb::ListOfferingsRequest request;
    request.set_parent(parent);
    request.set_need_id(need);
    request.set_page_size(7);
    std::vector<std::string> names;
    do {
      pb::ListOfferingsResponse page;
      const grpc::Status status = Call(&Catalog::ListOfferings, request, &page);
      EXPECT_TRUE(status.ok()) << status.error_message();
      for (const auto& offering : page.offerings()) names.push_back(offering.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  };
  EXPECT_EQ(list("members/-", "").size(), 120u);
  EXPECT_EQ(list("members/-", "WEBSITE").size(), 60u);
  EXPECT_THAT(list("members/m001", ""),
              ::testing::ElementsAre("members/m001/offerings/o0", "members/m001/offerings/o1"));
  pb::ListOfferingsRequest unknown;
  unknown.set_parent("members/-");
  unknown.set_need_id("WEBSIT");
  pb::ListOfferingsResponse none;
  const grpc::Status refused = Call(&Catalog::ListOfferings, unknown, &none);
  ASSERT_EQ(ReasonOf(refused), "BAD_REQUEST");
  const auto violation = BadRequestOf(refused).field_violations(0);
  EXPECT_EQ(violation.field(), "need_id");
  EXPECT_THAT(violation.description(), ::testing::StartsWith("UNKNOWN_NEED: "));
  EXPECT_THAT(violation.description(), ::testing::HasSubstr("WEBSITE"));
  pb::ListOfferingsRequest request;
  request.set_parent("members/none");
  pb::ListOfferingsResponse page;
  EXPECT_EQ(ReasonOf(Call(&Catalog::ListOfferings, request, &page)), "RESOURCE_NOT_FOUND");
}

// The pages of one list are of one state of the catalogue, whatever happens between them.
TEST_F(CatalogApi, PagesStayAtTheRevisionOfTheFirst) {
  pb::ListOfferingsRequest request;
  request.set_parent("members/-");
  request.set_page_size(100);
  pb::ListOfferingsResponse first;
  ASSERT_TRUE(Call(&Catalog::ListOfferings, request, &first).ok());
  Withdraw("members/m059/offerings/o1");
  request.set_page_token(first.next_page_token());
  pb::ListOfferingsResponse second;
  ASSERT_TRUE(Call(&Catalog::ListOfferings, request, &second).ok());
  ASSERT_EQ(second.offerings_size(), 20);
  EXPECT_EQ(second.offerings(19).name(), "members/m059/offerings/o1");
  EXPECT_EQ(second.offerings(19).state(), pb::Offering::PUBLISHED);
}

TEST_F(CatalogApi, NeedsAreThoseOfTheRulebookInForce) {
  pb::ListNeedsResponse needs;
  ASSERT_TRUE(Call(&Catalog::ListNeeds, pb::ListNeedsRequest(), &needs).ok());
  ASSERT_EQ(needs.needs_size(), 2);
  EXPECT_EQ(needs.needs(0).name(), "needs/bookkeeping");
  pb::GetNeedRequest request;
  request.set_name("needs/website");
  pb::Need need;
  ASSERT_TRUE(Call(&Catalog::GetNeed, request, &need).ok());
  EXPECT_EQ(need.need_id(), "WEBSITE");
  request.set_name("needs/flying");
  EXPECT_EQ(ReasonOf(Call(&Catalog::GetNeed, request, &need)), "RESOURCE_NOT_FOUND");
}

TEST_F(CatalogApi, RulebooksAreReadByRevisionAndAsActive) {
  pb::ListRulebookRevisionsRequest list;
  list.set_parent("rulebooks/tiny");
  pb::ListRulebookRevisionsResponse revisions;
  ASSERT_TRUE(Call(&Catalog::ListRulebookRevisions, list, &revisions).ok());
  ASSERT_EQ(revisions.rulebook_revisions_size(), 1);
  EXPECT_FALSE(revisions.rulebook_revisions(0).has_snapshot());
  pb::GetRulebookRevisionRequest request;
  pb::RulebookRevision by_name;
  pb::RulebookRevision active;
  request.set_name(revisions.rulebook_revisions(0).name());
  ASSERT_TRUE(Call(&Catalog::GetRulebookRevision, request, &by_name).ok());
  request.set_name("rulebooks/tiny/revisions/active");
  ASSERT_TRUE(Call(&Catalog::GetRulebookRevision, request, &active).ok());
  EXPECT_EQ(by_name.SerializeAsString(), active.SerializeAsString());
  EXPECT_EQ(by_name.snapshot().needs_size(), 2);
  EXPECT_EQ(by_name.digest().size(), 64u);
  for (const char* name : {"rulebooks/other/revisions/active", "rulebooks/tiny/revisions/0"}) {
    request.set_name(name);
    EXPECT_EQ(ReasonOf(Call(&Catalog::GetRulebookRevision, request, &active)), "RESOURCE_NOT_FOUND")
        << name;
  }
  for (const char* name :
       {"", "rulebooks/tiny", "rulebooks/tiny/revisions/-1", "rulebooks/tiny/revisions/007",
        "rulebooks/tiny/revisions/99999999999999999999"}) {
    request.set_name(name);
    EXPECT_EQ(ReasonOf(Call(&Catalog::GetRulebookRevision, request, &active)), "BAD_REQUEST")
        << name;
  }
}

TEST_F(CatalogApi, EveryRoleReadsAndNobodyElse) {
  pb::GetCatalogRequest request;
  request.set_name("catalog");
  pb::Catalog catalog;
  for (const char* caller : {"marie", "vera", "member", "reviewer", "operator"}) {
    EXPECT_TRUE(Invoke(server_.catalog(), &Catalog::GetCatalog, caller, request, &catalog).ok())
        << caller;
  }
  EXPECT_EQ(ReasonOf(Invoke(server_.catalog(), &Catalog::GetCatalog, "", request, &catalog)),
            "TOKEN_MISSING");
}

}  // namespace
}  // namespace aplomb::service
