// The register of members, and what they are reminded of, over gRPC.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/dataset.h"
#include "service/workflow_entries.h"
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

pb::Member Company(const std::string& name, const std::string& siren) {
  pb::Member member;
  member.set_display_name(name);
  member.set_siren(siren);
  member.set_country_code("FR");
  member.set_kind(pb::Member::PUBLISHER);
  member.set_fictional(true);
  return member;
}

grpc::Status TryRegister(WorkflowWorld& world, const std::string& id, const pb::Member& member) {
  pb::RegisterMemberRequest request;
  request.set_member_id(id);
  *request.mutable_member() = member;
  pb::Member answer;
  return Invoke(world.members(), &pb::MemberService::Stub::RegisterMember, "operator", request,
                &answer);
}

// What the catalogue itself refuses is told in both languages, and how to mend it.
TEST(Register, ARealMemberOfAMadeUpCatalogueIsRefusedInBothLanguages) {
  WorkflowWorld world;
  pb::Member member = Company("Boutique Réelle", "552081317");
  member.set_fictional(false);
  const auto refused = BadRequestOf(TryRegister(world, "reelle", member));
  ASSERT_THAT(refused.field_violations(), SizeIs(1));
  EXPECT_EQ(refused.field_violations(0).field(), "fictional");
  const std::vector<std::string> lines =
      absl::StrSplit(refused.field_violations(0).description(), '\n');
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], ::testing::StartsWith("MIXED_FICTIONAL: membres fictifs et réels"));
  EXPECT_THAT(lines[0], ::testing::HasSubstr("--sample) donnez --fictional"));
  EXPECT_THAT(lines[1], ::testing::HasSubstr("--sample) give --fictional"));
  member.set_fictional(true);
  EXPECT_TRUE(TryRegister(world, "reelle", member).ok());
}

std::vector<std::string> Wrong(const grpc::Status& status) {
  std::vector<std::string> wrong;
  const auto bad = BadRequestOf(status);
  for (const auto& one : bad.field_violations()) {
    // "DUPLICATE: est celui de ..."
    const std::string& said = one.description();
    wrong.push_back(absl::StrCat(one.field(), " ", said.substr(0, said.find(':'))));
  }
  return wrong;
}

constexpr char kSiren[] = "732829320";
constexpr char kOtherSiren[] = "404833048";

TEST(Register, NobodyTakesTheNameOrTheNumberOfAnother) {
  WorkflowWorld world;
  const grpc::Status first = TryRegister(world, "praxis", Company("Praxis", kSiren));
  ASSERT_TRUE(first.ok()) << first.error_message();
  const struct {
    const char* what;
    const char* name;
    const char* siren;
    std::vector<std::string> wrong;
  } rows[] = {
      {"the same name", "Praxis", "", {"member.display_name DUPLICATE"}},
      {"Cyrillic letters", "Pr\u0430xis", "", {"member.display_name DUPLICATE"}},
      {"a space nobody sees", "Pra\u200Bxis", "", {"member.display_name DUPLICATE"}},
      {"a mark that turns the direction",
       "Pra\u200Exis",
       "",
       {"member.display_name HIDDEN_CHARACTER", "member.display_name DUPLICATE"}},
      {"name and number",
       "PRAXIS",
       kSiren,
       {"member.display_name DUPLICATE", "member.siren DUPLICATE"}},
      {"the number alone", "Verdac", kSiren, {"member.siren DUPLICATE"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Wrong(TryRegister(world, "evil", Company(row.name, row.siren))), row.wrong)
        << row.what;
    pb::UpdateMemberRequest update;
    update.mutable_member()->set_name("members/acme");
    update.mutable_member()->set_display_name(row.name);
    update.mutable_member()->set_siren(row.siren);
    EXPECT_EQ(Wrong(TryUpdate(world, update)), row.wrong) << row.what;
  }
  EXPECT_TRUE(TryRegister(world, "verdac", Company("Verdac", kOtherSiren)).ok());
  // Its own name is nobody else's.
  pb::UpdateMemberRequest update;
  update.mutable_member()->set_name("members/praxis");
  update.mutable_member()->set_display_name("PRAXIS");
  update.mutable_member()->set_siren(kSiren);
  EXPECT_TRUE(TryUpdate(world, update).ok());
}

TEST(Register, NoticeIsGivenOnceAndTheSecondTimeSaysWhenItEnds) {
  WorkflowWorld world;
  pb::TerminateMemberRequest terminate;
  terminate.set_name("members/acme");
  terminate.add_reason_codes("CEASED");
  const auto notice = Ask<pb::Notice>(world.members(), &pb::MemberService::Stub::TerminateMember,
                                      "operator", terminate);
  EXPECT_EQ(notice.effective_date().month(), 7);
  world.clock().Advance(absl::Hours(24 * 10));
  pb::Notice again;
  const grpc::Status second = Invoke(world.members(), &pb::MemberService::Stub::TerminateMember,
                                     "operator", terminate, &again);
  EXPECT_EQ(ReasonOf(second), "STATE_FORBIDS");
  EXPECT_EQ(InfoOf(second).metadata().at("state"), "UNDER_NOTICE");
  EXPECT_EQ(InfoOf(second).metadata().at("ends"), "2026-07-01");
  // The day has not moved.
  world.clock().Advance(absl::Hours(24 * 20));
  EXPECT_THAT(Ask<pb::ApplyDueResponse>(world.members(), &pb::MemberService::Stub::ApplyDue,
                                        "operator", pb::ApplyDueRequest())
                  .ended_members(),
              ElementsAre("members/acme"));
}

// A reviewer recused for a member that does not exist would review the one that was meant.
TEST(Interests, AMisspelledMemberIsRefusedWithThoseThatAreNear) {
  WorkflowWorld world;
  pb::DeclareInterestsRequest interests;
  interests.add_members("members/m000");
  interests.add_members("members/acmee");
  interests.add_members("acme");
  pb::ReviewerRecord record;
  const grpc::Status status =
      Invoke(world.reviews(), &pb::ReviewService::Stub::DeclareInterests, "r1", interests, &record);
  EXPECT_EQ(Wrong(status),
            (std::vector<std::string>{"members[1] UNKNOWN_MEMBER", "members[2] INVALID_NAME"}));
  EXPECT_THAT(BadRequestOf(status).field_violations(0).description(),
              ::testing::HasSubstr("members/acme,"));
  // Nothing of it was taken over: r1 may still be drawn for m000.
  pb::PutReviewerRequest put;
  put.mutable_reviewer()->set_name("reviewers/r9");
  put.mutable_reviewer()->set_active(true);
  put.mutable_reviewer()->set_member("members/nobody");
  put.mutable_reviewer()->add_interests("members/acmee");
  EXPECT_EQ(Wrong(Invoke(world.members(), &pb::MemberService::Stub::PutReviewer, "operator", put,
                         &record)),
            (std::vector<std::string>{"reviewer.interests[0] UNKNOWN_MEMBER",
                                      "reviewer.member UNKNOWN_MEMBER"}));
}

// A vote that would publish something of a member suspended meanwhile is refused, and can be given
// when the suspension has ended.
TEST(Suspension, NothingOfASuspendedMemberIsPublished) {
  WorkflowWorld world(2);
  const pb::Proposal proposal = world.Propose("acme", WorkflowWorld::Site("acme", "a"));
  world.Vote("r1", proposal.name(), pb::DrawnReviewer::APPROVE);
  pb::SuspendMemberRequest suspend;
  suspend.set_name("members/acme");
  suspend.add_reason_codes("CHARTER_BREACHED");
  Ask<pb::Member>(world.members(), &pb::MemberService::Stub::SuspendMember, "operator", suspend);
  pb::Review review;
  EXPECT_EQ(ReasonOf(world.TryVote("r2", proposal.name(), pb::DrawnReviewer::APPROVE, &review)),
            "MEMBER_NOT_ACTIVE");
  EXPECT_EQ(world.Get("acme", proposal.name()).state(), pb::Proposal::IN_REVIEW);
  pb::ReinstateMemberRequest reinstate;
  reinstate.set_name("members/acme");
  Ask<pb::Member>(world.members(), &pb::MemberService::Stub::ReinstateMember, "operator",
                  reinstate);
  world.Vote("r2", proposal.name(), pb::DrawnReviewer::APPROVE);
  EXPECT_EQ(world.Get("acme", proposal.name()).state(), pb::Proposal::APPROVED);
}

// The approval would fail: told when it is handed in.
TEST(Proposals, TheUidOfAnothersOfferingIsRefused) {
  WorkflowWorld world;
  pb::GetOfferingRequest get;
  get.set_name("members/m000/offerings/o0");
  pb::Offering site = WorkflowWorld::Site("acme", "a");
  site.set_uid(Ask<pb::Offering>(world.server().catalog(), &pb::CatalogService::Stub::GetOffering,
                                 "marie", get)
                   .uid());
  pb::Proposal answer;
  const grpc::Status status = world.TrySubmit("acme", world.Create("acme", site), &answer);
  EXPECT_EQ(Wrong(status), (std::vector<std::string>{"proposal.offering.uid DUPLICATE"}));
}

// Both of a product that is proposed twice, before either is published.
TEST(Review, PointsOutWhatAnotherHasProposedToo) {
  WorkflowWorld world(2);
  pb::Offering one = WorkflowWorld::Site("acme", "a");
  one.mutable_title()->set_fr("Vitrine Montbleu");
  one.mutable_title()->set_en("Montbleu Window");
  pb::Offering other = WorkflowWorld::Site("m000", "b");
  *other.mutable_title() = one.title();
  const pb::Proposal first = world.Propose("acme", one);
  const pb::Proposal second = world.Propose("m000", other);
  const auto found = [&world](const pb::Proposal& proposal) {
    std::vector<std::string> lines;
    const pb::Review seen = world.See("r1", proposal.name());
    for (const pb::Duplicate& duplicate : seen.duplicates()) {
      lines.push_back(
          absl::StrCat(duplicate.offering(), " ", duplicate.reasons(0), " ", duplicate.proposal()));
    }
    EXPECT_EQ(seen.duplicate_count(), seen.duplicates_size());
    return lines;
  };
  EXPECT_THAT(found(first), Contains("members/m000/offerings/b SAME_TITLE " + second.name()));
  EXPECT_THAT(found(second), Contains("members/acme/offerings/a SAME_TITLE " + first.name()));
  // What is taken back is no duplicate any more; what is changed is compared as it is now.
  pb::WithdrawProposalRequest withdraw;
  withdraw.set_name(first.name());
  Ask<pb::Proposal>(world.proposals(), &pb::ProposalService::Stub::WithdrawProposal, "acme",
                    withdraw);
  EXPECT_THAT(found(second), IsEmpty());
}

pb::CreateContestRequest Contesting(const std::string& subject) {
  pb::CreateContestRequest request;
  request.mutable_contest()->set_subject(subject);
  request.mutable_contest()->set_kind(pb::Contest::FACT);
  request.mutable_contest()->set_grounds("Ce fait est faux.");
  return request;
}

TEST(Contests, AreAboutWhatThereIs) {
  WorkflowWorld world;
  const pb::Proposal proposal = world.Create("acme", WorkflowWorld::Site("acme", "a"));
  const struct {
    std::string subject;
    std::string reason;
  } rows[] = {
      {"members/acme", ""},
      {"members/m000/offerings/o0", ""},
      {proposal.name(), ""},
      {"members/nobody", "RESOURCE_NOT_FOUND"},
      {"members/acme/offerings/a", "RESOURCE_NOT_FOUND"},
      {"members/acme/proposals/none", "RESOURCE_NOT_FOUND"},
      {"members/m000/proposals/none", "NOT_OWNER"},
      {"engagements/e/recommendations/r", "RESOURCE_NOT_FOUND"},
      {"reviewers/r1", "BAD_REQUEST"},
  };
  for (const auto& row : rows) {
    pb::Contest contest;
    const grpc::Status status = Invoke(world.contests(), &pb::ContestService::Stub::CreateContest,
                                       "acme", Contesting(row.subject), &contest);
    EXPECT_EQ(status.ok() ? "" : ReasonOf(status), row.reason) << row.subject;
  }
}

// Opened on Monday 1 June 2026: to be acknowledged by Wednesday 3, answered by Monday 22.
TEST(Contests, ALateStepStaysLate) {
  WorkflowWorld world;
  auto contest = Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::CreateContest,
                                  "acme", Contesting("members/m000/offerings/o0"));
  const auto read = [&] {
    pb::GetContestRequest get;
    get.set_name(contest.name());
    return Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::GetContest, "operator",
                            get);
  };
  EXPECT_EQ(contest.acknowledge_due_date().day(), 3);
  EXPECT_EQ(contest.answer_due_date().day(), 22);
  world.clock().Advance(absl::Hours(48));
  EXPECT_FALSE(read().overdue());
  EXPECT_EQ(read().acknowledge_days_late(), 0);
  world.clock().Advance(absl::Hours(24));  // Thursday
  EXPECT_TRUE(read().overdue());
  EXPECT_EQ(read().acknowledge_days_late(), 1);

  pb::AcknowledgeContestRequest acknowledge;
  acknowledge.set_name(contest.name());
  Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::AcknowledgeContest, "operator",
                   acknowledge);
  EXPECT_FALSE(read().overdue()) << "nothing is awaited now";
  EXPECT_EQ(read().acknowledge_days_late(), 1);
  EXPECT_EQ(read().answer_days_late(), 0);

  world.clock().Advance(absl::Hours(24 * 21));  // Thursday 25
  EXPECT_TRUE(read().overdue());
  EXPECT_EQ(read().answer_days_late(), 3);
  pb::AnswerContestRequest answer;
  answer.set_name(contest.name());
  answer.set_etag(read().etag());
  answer.set_outcome(pb::Contest::UPHELD);
  answer.set_answer("C'est corrigé.");
  Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::AnswerContest, "operator", answer);
  // Whenever it is read, and by whom.
  world.clock().Advance(absl::Hours(24 * 30));
  world.Restart();
  for (const char* caller : {"acme", "operator", "vera"}) {
    pb::ListContestsRequest list;
    const auto listed = Ask<pb::ListContestsResponse>(
        world.contests(), &pb::ContestService::Stub::ListContests, caller, list);
    ASSERT_THAT(listed.contests(), SizeIs(1)) << caller;
    EXPECT_FALSE(listed.contests(0).overdue());
    EXPECT_EQ(listed.contests(0).acknowledge_days_late(), 1) << caller;
    EXPECT_EQ(listed.contests(0).answer_days_late(), 3) << caller;
  }
  // And in the log, which is public.
  pb::ContestRecord logged;
  const absl::Status searched = world.server().server().dataset().database().ForEachEntry(
      0, [&logged](const audit::LoggedEntry& entry) {
        if (entry.type != audit::EntryType::kContest) return absl::OkStatus();
        const auto body = DecodeWorkflowBody(entry.body);
        pb::ContestEvent event;
        EXPECT_TRUE(body.ok() && event.ParseFromString(body->bytes));
        logged = event.after();
        return absl::OkStatus();
      });
  EXPECT_TRUE(searched.ok()) << searched;
  EXPECT_EQ(logged.acknowledge_days_late(), 1);
  EXPECT_EQ(logged.answer_days_late(), 3);
}

// An answer is an acknowledgement too, a late one as well.
TEST(Contests, AnAnswerWithoutAcknowledgementCountsForBoth) {
  WorkflowWorld world;
  auto contest = Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::CreateContest,
                                  "acme", Contesting("members/acme"));
  world.clock().Advance(absl::Hours(24 * 4));  // Friday 5
  pb::AnswerContestRequest answer;
  answer.set_name(contest.name());
  answer.set_etag(contest.etag());
  answer.set_outcome(pb::Contest::DISMISSED);
  answer.set_answer("Non.");
  contest = Ask<pb::Contest>(world.contests(), &pb::ContestService::Stub::AnswerContest, "operator",
                             answer);
  EXPECT_EQ(contest.acknowledge_days_late(), 2);
  EXPECT_EQ(contest.answer_days_late(), 0);
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
  claim.set_source_sha256(std::string(64, 'a'));
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
