// The register of members, and what they are reminded of, over gRPC.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/service/workflow_world.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Fields(const grpc::Status& status) {
  std::vector<std::string> fields;
  const auto bad = BadRequestOf(status);
  for (const auto& one : bad.field_violations()) fields.push_back(one.field());
  return fields;
}

grpc::Status TryUpdate(WorkflowWorld& world, const pb::UpdateMemberRequest& request) {
  pb::Member answer;
  return Invoke(world.members(), &pb::MemberService::Stub::UpdateMember, "operator", request,
                &answer);
}

std::vector<pb::Notice> Notices(WorkflowWorld& world, const std::string& member) {
  pb::ListNoticesRequest list;
  list.set_parent("members/" + member);
  const auto answer = Ask<pb::ListNoticesResponse>(
      world.members(), &pb::MemberService::Stub::ListNotices, member, list);
  return {answer.notices().begin(), answer.notices().end()};
}

TEST(Register, ContactsFamiliesAndGroupAreChangedAndEachChangeIsANotice) {
  WorkflowWorld world;
  pb::UpdateMemberRequest update;
  pb::Member& member = *update.mutable_member();
  member.set_name("members/acme");
  pb::MemberContact& contact = *member.add_contacts();
  contact.set_purpose(pb::MemberContact::CONTESTS);
  contact.set_address("contestations@acme.example");
  member.add_families("ECOMMERCE");
  member.add_families("CRM");
  member.set_ownership_group_uid("11111111-2222-4333-8444-555555555555");
  const auto after =
      Ask<pb::Member>(world.members(), &pb::MemberService::Stub::UpdateMember, "operator", update);
  EXPECT_EQ(after.display_name(), "Acme Ateliers");  // not named, not changed
  EXPECT_THAT(after.families(), ElementsAre("ECOMMERCE", "CRM"));
  EXPECT_EQ(after.contacts(0).address(), "contestations@acme.example");
  EXPECT_EQ(after.ownership_group_uid(), "11111111-2222-4333-8444-555555555555");
  EXPECT_EQ(Notices(world, "acme").back().verb(), "UPDATE");

  // A mask takes away as well.
  update.Clear();
  update.mutable_member()->set_name("members/acme");
  update.mutable_update_mask()->add_paths("contacts");
  EXPECT_THAT(
      Ask<pb::Member>(world.members(), &pb::MemberService::Stub::UpdateMember, "operator", update)
          .contacts(),
      IsEmpty());
}

TEST(Register, WhoAMemberIsAndHowItStandsAreNotTheRegistersToChange) {
  WorkflowWorld world;
  pb::GetMemberRequest get;
  get.set_name("members/acme");
  const auto before =
      Ask<pb::Member>(world.server().catalog(), &pb::CatalogService::Stub::GetMember, "marie", get);
  pb::UpdateMemberRequest update;
  *update.mutable_member() = before;
  update.mutable_member()->set_uid("11111111-2222-4333-8444-555555555555");
  update.mutable_member()->set_state(pb::Member::ENDED);
  update.mutable_member()->set_fictional(false);
  update.mutable_member()->set_display_name("Acme & Fils");
  update.mutable_update_mask()->add_paths("*");
  const auto after =
      Ask<pb::Member>(world.members(), &pb::MemberService::Stub::UpdateMember, "operator", update);
  EXPECT_EQ(after.uid(), before.uid());
  EXPECT_EQ(after.state(), pb::Member::ACTIVE);
  EXPECT_TRUE(after.fictional());
  EXPECT_EQ(after.display_name(), "Acme & Fils");
}

TEST(Register, EverythingThatIsWrongIsToldAtOnce) {
  WorkflowWorld world;
  pb::UpdateMemberRequest update;
  pb::Member& member = *update.mutable_member();
  member.set_name("members/acme");
  member.add_contacts()->set_address("Marie Martin <marie@acme.example>");
  for (int i = 0; i < 2; ++i) {
    pb::MemberContact& twice = *member.add_contacts();
    twice.set_purpose(pb::MemberContact::SALES);
    twice.set_address("https://acme.example/ventes");
  }
  member.add_families("SHOES");
  member.set_siren("123456789");
  EXPECT_THAT(Fields(TryUpdate(world, update)),
              UnorderedElementsAre("member.siren", "member.contacts[0].purpose",
                                   "member.contacts[0].address", "member.contacts[2].purpose",
                                   "member.families[0]"));
  update.mutable_update_mask()->add_paths("shoes");
  EXPECT_THAT(Fields(TryUpdate(world, update)), Contains("update_mask.paths[0]"));
  update.mutable_member()->set_name("members/nobody");
  EXPECT_EQ(ReasonOf(TryUpdate(world, update)), "RESOURCE_NOT_FOUND");
  pb::Member answer;
  EXPECT_EQ(ReasonOf(Invoke(world.members(), &pb::MemberService::Stub::UpdateMember, "acme", update,
                            &answer)),
            "ROLE_NOT_ALLOWED");
}

pb::ApplyDueResponse ApplyDue(WorkflowWorld& world) {
  return Ask<pb::ApplyDueResponse>(world.members(), &pb::MemberService::Stub::ApplyDue, "operator",
                                   pb::ApplyDueRequest());
}

// On Monday 1 June: the tariff holds until 20 June, a claim until 1 July, the entry until August.
TEST(Reminders, AreWrittenOnceThirtyDaysBeforeAndAgainForAnotherDay) {
  WorkflowWorld world;
  pb::Offering offering = WorkflowWorld::Site("acme", "a");
  const auto set_day = [](google::type::Date& date, int month, int day) {
    date.set_year(2026);
    date.set_month(month);
    date.set_day(day);
  };
  set_day(*offering.mutable_pricing()->mutable_valid_to(), 6, 20);
  set_day(*offering.mutable_claims_valid_to(), 8, 31);
  type::Claim& claim = *offering.add_claims();
  claim.set_field_path("commitment");
  claim.set_evidence(type::DOCUMENTED);
  claim.set_source("https://acme.example/conditions");
  set_day(*claim.mutable_valid_to(), 7, 1);
  const pb::Proposal proposal = world.Propose("acme", offering);
  world.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);

  EXPECT_EQ(ApplyDue(world).reminder_count(), 2);
  EXPECT_EQ(ApplyDue(world).reminder_count(), 0) << "told already";
  std::vector<std::string> told;
  for (const pb::Notice& notice : Notices(world, "acme")) {
    if (notice.verb() != "REMIND") continue;
    EXPECT_EQ(notice.subject(), offering.name());
    told.push_back(absl::StrCat(notice.field(), " ", notice.effective_date().month(), "-",
                                notice.effective_date().day()));
  }
  EXPECT_THAT(told, UnorderedElementsAre("pricing 6-21", "commitment 7-2"));

  // The day before the thirty days of the whole entry, and the first of them.
  world.clock().SetNow(
      absl::FromCivil(absl::CivilSecond(2026, 7, 31, 8, 0, 0), absl::UTCTimeZone()));
  EXPECT_EQ(ApplyDue(world).reminder_count(), 0);
  world.clock().Advance(absl::Hours(24));
  EXPECT_EQ(ApplyDue(world).reminder_count(), 1);

  // Renewed: another day, another reminder; what has run out is not reminded of.
  set_day(*offering.mutable_claims_valid_to(), 9, 15);
  const pb::Proposal renewed = world.Propose("acme", offering);
  world.VoteAll(renewed.name(), pb::DrawnReviewer::APPROVE);
  EXPECT_EQ(ApplyDue(world).reminder_count(), 0);
  world.clock().Advance(absl::Hours(24 * 15));
  EXPECT_EQ(ApplyDue(world).reminder_count(), 1);
  EXPECT_THAT(ApplyDue(world).expired_offerings(), IsEmpty());
}

TEST(Reminders, ComeAThousandAtATime) {
  WorkflowWorld world;
  pb::Offering offering = WorkflowWorld::Site("acme", "a");
  offering.mutable_claims_valid_to()->set_year(2026);
  offering.mutable_claims_valid_to()->set_month(6);
  offering.mutable_claims_valid_to()->set_day(15);
  // Each offering has one day of its own for each of 250 claims.
  for (int i = 0; i < 250; ++i) {
    type::Claim& claim = *offering.add_claims();
    claim.set_field_path(absl::StrCat("features.WEBSITE.f", i));
    *claim.mutable_valid_to() = offering.claims_valid_to();
  }
  // The claims are about features that there are not: only the number matters here, and a review
  // would not let them pass. They are put there as an import of an empty catalogue puts them.
  offering.set_state(pb::Offering::PUBLISHED);
  for (int i = 0; i < 5; ++i) {
    pb::Offering one = offering;
    one.set_name(absl::StrCat("members/acme/offerings/a", i));
    one.set_uid(absl::StrCat("11111111-2222-4333-8444-55555555555", i));
    ASSERT_TRUE(world.server()
                    .server()
                    .dataset()
                    .sequencer()
                    .SubmitAndWait(catalog::PutOffering(one, {}))
                    .ok());
  }
  const pb::ApplyDueResponse first = ApplyDue(world);
  EXPECT_EQ(first.reminder_count(), 1000);
  EXPECT_TRUE(first.more());
  const pb::ApplyDueResponse second = ApplyDue(world);
  EXPECT_EQ(second.reminder_count(), 5 * 251 - 1000);
  EXPECT_FALSE(second.more());
}

}  // namespace
}  // namespace aplomb::service
