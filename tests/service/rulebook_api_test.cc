// How rules change, over gRPC and by a clock that tests turn: who may propose, what is refused,
// that everybody is told at one instant, and that the day alone brings a revision into force.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "aplomb/catalog/v1/rulebook_service.grpc.pb.h"
#include "audit/tlog/note.h"
#include "base/civil_day.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "service/decision_cache.h"
#include "service/replay.h"
#include "service/waiver.h"
#include "service/workflow_entries.h"
#include "tests/service/tiny_world.h"
#include "tests/service/workflow_world.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// The tiny rulebook's own tests: each rule from both sides, each criterion with two values, each
// need once. C02 goes from 0 to 24 months in the revision that is proposed here (it is 36 today).
constexpr char kBase[] = R"pb(
  day { year: 2026 month: 6 day: 1 }
  firm {
    staff_count: 5
    budget { target_36_months { micros: 3600000000 currency_code: "EUR" } }
  }
  offering {
    state: PUBLISHED
    kind: SOFTWARE_SAAS
    pricing { as_of { year: 2026 month: 5 day: 1 } }
  }
)pb";
constexpr char kTests[] = R"pb(
  tests {
    name: "Everything at its best, half way, and what is not published"
    need_id: "WEBSITE"
    offerings {
      id: "best"
      with {
        features { need_id: "WEBSITE" feature_id: "feature_0" level: FULL }
        features { need_id: "WEBSITE" feature_id: "feature_1" level: FULL }
        features { need_id: "WEBSITE" feature_id: "feature_2" level: FULL }
        pricing {
          components {
            model: FLAT
            amount { micros: 50000000 currency_code: "EUR" }
            period: MONTH
          }
        }
        commitment { min_months: 0 }
        portability { retrieval_days: 90 }
        licence { free_software: true }
        continuity { reversibility_plan: true }
      }
      place: RANKED
      satisfied: "H01"
      rank: 1
      values { criterion_id: "C01" value: 10000 }
      values { criterion_id: "C02" value: 10000 }
      values { criterion_id: "C03" value: 10000 }
      values { criterion_id: "C04" value: 10000 }
      values { criterion_id: "C05" value: 10000 }
      values { criterion_id: "C06" value: 10000 }
    }
    offerings {
      id: "half"
      with {
        features { need_id: "WEBSITE" feature_id: "feature_0" level: FULL }
        features { need_id: "WEBSITE" feature_id: "feature_1" level: PARTIAL }
        features { need_id: "WEBSITE" feature_id: "feature_2" level: NONE }
        pricing {
          components {
            model: FLAT
            amount { micros: 125000000 currency_code: "EUR" }
            period: MONTH
          }
        }
        commitment { min_months: 12 }
        portability { retrieval_days: 45 }
        licence { free_software: false }
        continuity { reversibility_plan: false }
      }
      place: RANKED
      rank: 2
      values { criterion_id: "C01" value: 5000 }
      values { criterion_id: "C02" value: 5000 }
      values { criterion_id: "C03" value: 5000 }
      values { criterion_id: "C04" value: 0 }
      values { criterion_id: "C05" value: 5000 }
      values { criterion_id: "C06" value: 0 }
    }
    offerings {
      id: "suspended"
      with { state: SUSPENDED }
      place: EXCLUDED
      violated: "H01"
      reason_codes: "NON_PUBLIEE"
    }
  }
  tests {
    name: "The other need"
    need_id: "BOOKKEEPING"
    offerings { without: "pricing" place: TO_CONFIRM missing_facts: "cost.tco36" satisfied: "H01" }
  }
)pb";

template <typename M>
M FromText(const char* text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

tlog::Signer CharterSigner(char seed = 'c') {
  auto signer = tlog::Signer::FromSeed("charter.example/rules", tlog::SignatureType::kEd25519,
                                       std::string(tlog::kSeedBytes, seed));
  EXPECT_TRUE(signer.ok());
  return *std::move(signer);
}

std::string SignedWaiver(const std::string& code, const std::string& where,
                         const std::string& member, char seed = 'c') {
  const std::string text =
      WaiverText({.code = code,
                  .where = where,
                  .member = member,
                  .rulebook_id = "tiny",
                  .by = "Committee of the tests",
                  .why = "Six members made in code: one of them is always the first.",
                  .until_day = *base::ParseDay("2026-08-31")});
  return absl::StrCat(text, "\n", CharterSigner(seed).SignatureLine(text));
}

class RulebookApi : public ::testing::Test {
 protected:
  RulebookApi() : rulebooks_(pb::RulebookService::NewStub(world_.server().channel())) {
    testing::WriteFileOrFail(absl::StrCat(world_.server().data_directory(), "/charter.keys"),
                             absl::StrCat(CharterSigner().key().ToString(), "\n"));
  }

  // Today is 1 June 2026; the first day is 1 July, thirty days ahead.
  static pb::ProposeRulebookRequest Request() {
    pb::ProposeRulebookRequest request;
    *request.mutable_rulebook() = TinyRulebook().rulebook;
    for (auto& criterion : *request.mutable_rulebook()->mutable_criteria()) {
      if (criterion.criterion_id() == "C02") criterion.mutable_breakpoints(1)->set_x(24);
    }
    SetFirstDay(request, 7, 1);
    *request.mutable_test_base() = FromText<pb::RuleTestFile>(kBase);
    *request.add_test_files() = FromText<pb::RuleTestFile>(kTests);
    for (const int staff : {0, 5, 30}) {
      pb::ReferenceFirm& firm = *request.add_reference_firms();
      firm.set_id(absl::StrCat("staff-", staff));
      firm.mutable_profile()->set_staff_count(staff);
      for (const char* need : {"WEBSITE", "BOOKKEEPING"}) {
        firm.add_needs()->set_need_id(need);
      }
    }
    pb::MemberAttribute& fees = *request.add_attributes();
    fees.set_attribute("fee");
    for (int m = 0; m < 6; ++m) {
      pb::MemberLabel& label = *fees.add_labels();
      label.set_member(absl::StrCat("members/m00", m));
      label.set_label(m < 3 ? "low" : "high");
    }
    for (const std::string& waiver : Waivers()) request.add_waivers(waiver);
    return request;
  }

  // What is singled out in a catalogue of six members, each a little other than the one before: at
  // the foot of two criteria stands m000 alone, and of the advantage of three criteria over the
  // five who have a tariff, one member has 61, 78 and 73 %.
  static std::vector<std::string> Waivers() {
    return {SignedWaiver("PX02", "criteria[C02].breakpoints[0]", "members/m000"),
            SignedWaiver("PX02", "criteria[C03].breakpoints[0]", "members/m000"),
            SignedWaiver("PX03", "criteria[C02]", "members/m000"),
            SignedWaiver("PX03", "criteria[C03]", "members/m005"),
            SignedWaiver("PX03", "criteria[C05]", "members/m003")};
  }

  static void SetFirstDay(pb::ProposeRulebookRequest& request, int month, int day) {
    auto& date = *request.mutable_rulebook()->mutable_valid_from();
    date.set_year(2026);
    date.set_month(month);
    date.set_day(day);
  }

  grpc::Status TryPropose(const std::string& caller, const pb::ProposeRulebookRequest& request,
                          pb::RulebookRelease* answer) {
    return Invoke(*rulebooks_, &pb::RulebookService::Stub::ProposeRulebook, caller, request,
                  answer);
  }
  pb::RulebookRelease Propose(const pb::ProposeRulebookRequest& request) {
    pb::RulebookRelease release;
    const grpc::Status status = TryPropose("operator", request, &release);
    EXPECT_TRUE(status.ok()) << Told(status);
    return release;
  }
  static std::string Told(const grpc::Status& status) {
    std::string told = absl::StrCat(ReasonOf(status), ": ", status.error_message());
    const google::rpc::BadRequest bad = BadRequestOf(status);
    for (const auto& violation : bad.field_violations()) {
      absl::StrAppend(&told, "\n", violation.field(), ": ", violation.description());
    }
    return told;
  }
  // What a refused proposal is told.
  std::string Refused(const pb::ProposeRulebookRequest& request) {
    pb::RulebookRelease release;
    const grpc::Status status = TryPropose("operator", request, &release);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    return Told(status);
  }
  std::vector<pb::RulebookRelease> Releases(const std::string& caller) {
    const auto listed = Ask<pb::ListRulebookReleasesResponse>(
        *rulebooks_, &pb::RulebookService::Stub::ListRulebookReleases, caller,
        pb::ListRulebookReleasesRequest());
    return {listed.releases().begin(), listed.releases().end()};
  }
  pb::RulebookRelease Get(const std::string& caller, const std::string& name) {
    pb::GetRulebookReleaseRequest request;
    request.set_name(name);
    return Ask<pb::RulebookRelease>(*rulebooks_, &pb::RulebookService::Stub::GetRulebookRelease,
                                    caller, request);
  }
  // By which revision a firm is answered now.
  std::string RevisionInUse() {
    const auto engagement = OpenEngagement(world_.server(), "marie");
    advisor::v1::CreateRecommendationRequest request = TinyRequest(engagement.name());
    request.mutable_recommendation()->clear_as_of_date();  // today
    advisor::v1::Recommendation answer;
    const grpc::Status status =
        Invoke(world_.server().advisor(), &advisor::v1::AdvisorService::Stub::CreateRecommendation,
               "marie", request, &answer);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return answer.rulebook_revision();
  }
  // Digest of the rules by which a firm is answered now.
  std::string DigestInUse() {
    const auto engagement = OpenEngagement(world_.server(), "marie");
    advisor::v1::CreateRecommendationRequest request = TinyRequest(engagement.name());
    request.mutable_recommendation()->clear_as_of_date();
    return Ask<advisor::v1::Recommendation>(
               world_.server().advisor(), &advisor::v1::AdvisorService::Stub::CreateRecommendation,
               "marie", request)
        .digests()
        .rulebook();
  }
  static pb::WithdrawRulebookRequest WithdrawalOf(const std::string& name) {
    pb::WithdrawRulebookRequest request;
    request.set_name(name);
    request.mutable_reason()->set_fr("Un seuil était faux.");
    request.mutable_reason()->set_en("A threshold was wrong.");
    return request;
  }
  grpc::Status TryWithdraw(const std::string& caller, const pb::WithdrawRulebookRequest& request,
                           pb::RulebookRelease* answer) {
    return Invoke(*rulebooks_, &pb::RulebookService::Stub::WithdrawRulebook, caller, request,
                  answer);
  }
  pb::RulebookRelease Withdraw(const pb::WithdrawRulebookRequest& request) {
    pb::RulebookRelease release;
    const grpc::Status status = TryWithdraw("operator", request, &release);
    EXPECT_TRUE(status.ok()) << Told(status);
    return release;
  }
  // Decides everything in the log again.
  ReplayReport ReplayAll() {
    Dataset& dataset = world_.server().server().dataset();
    DecisionCache cache;
    auto report = Replay(dataset.database(), dataset.keys(), dataset.store(), cache, {});
    EXPECT_TRUE(report.ok()) << report.status();
    for (const ReplayFinding& finding : report->findings) {
      ADD_FAILURE() << finding.index << ": " << finding.text;
    }
    return *std::move(report);
  }
  void TurnTo(int month, int day, int hour_utc) {
    world_.clock().SetNow(
        absl::FromCivil(absl::CivilSecond(2026, month, day, hour_utc, 30, 0), absl::UTCTimeZone()));
  }
  std::vector<pb::Notice> NoticesOf(const std::string& caller, const std::string& member,
                                    const std::string& verb = "CHANGE_RULES") {
    pb::ListNoticesRequest request;
    request.set_parent(member);
    const auto listed = Ask<pb::ListNoticesResponse>(
        world_.members(), &pb::MemberService::Stub::ListNotices, caller, request);
    std::vector<pb::Notice> notices;
    for (const pb::Notice& notice : listed.notices()) {
      if (notice.verb() == verb) notices.push_back(notice);
    }
    return notices;
  }

  WorkflowWorld world_;
  std::unique_ptr<pb::RulebookService::Stub> rulebooks_;
};

// --- From the proposal to the first day

TEST_F(RulebookApi, TheDayAloneBringsItIntoForce) {
  const std::string before = RevisionInUse();
  const pb::RulebookRelease release = Propose(Request());
  EXPECT_EQ(release.state(), pb::RulebookRelease::PENDING);
  EXPECT_EQ(release.effective_date().month(), 7);
  EXPECT_EQ(release.activation().actor(), "OPERATOR/operator");
  EXPECT_NE(release.revision(), before);
  // The last half hour before the day in Paris (UTC+2): still the old one.
  TurnTo(6, 30, 21);
  EXPECT_EQ(RevisionInUse(), before);
  EXPECT_EQ(Get("vera", release.revision()).state(), pb::RulebookRelease::PENDING);
  // Half an hour into it: the new one, in the same process.
  TurnTo(6, 30, 22);
  EXPECT_EQ(RevisionInUse(), release.revision());
  EXPECT_EQ(Get("vera", release.revision()).state(), pb::RulebookRelease::ACTIVE);
  // And after a restart, from the log.
  world_.server().Restart();
  rulebooks_ = pb::RulebookService::NewStub(world_.server().channel());
  EXPECT_EQ(RevisionInUse(), release.revision());
  const pb::RulebookRelease again = Get("vera", release.revision());
  EXPECT_EQ(again.activation().SerializeAsString(), release.activation().SerializeAsString());
}

TEST_F(RulebookApi, ANewerRevisionReplacesIt) {
  const pb::RulebookRelease first = Propose(Request());
  pb::ProposeRulebookRequest request = Request();
  SetFirstDay(request, 7, 2);
  const pb::RulebookRelease second = Propose(request);
  TurnTo(7, 1, 10);
  EXPECT_EQ(RevisionInUse(), first.revision());
  TurnTo(7, 2, 10);
  EXPECT_EQ(RevisionInUse(), second.revision());
  const std::vector<pb::RulebookRelease> all = Releases("m000");
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].revision(), second.revision());
  EXPECT_EQ(all[0].state(), pb::RulebookRelease::ACTIVE);
  EXPECT_EQ(all[1].state(), pb::RulebookRelease::REPLACED);
}

// What was decided under one revision is decided again, byte for byte, when another is in force.
TEST_F(RulebookApi, WhatWasDecidedBeforeReplaysUnderItsOwnRevision) {
  const auto engagement = OpenEngagement(world_.server(), "marie");
  advisor::v1::CreateRecommendationRequest request = TinyRequest(engagement.name());
  request.mutable_recommendation()->clear_as_of_date();
  const auto ask = [&] {
    return Ask<advisor::v1::Recommendation>(
        world_.server().advisor(), &advisor::v1::AdvisorService::Stub::CreateRecommendation,
        "marie", request);
  };
  const auto read = [&](const advisor::v1::Recommendation& one) {
    advisor::v1::GetRecommendationRequest get;
    get.set_name(one.name());
    get.set_view(advisor::v1::FULL);
    return Ask<advisor::v1::Recommendation>(world_.server().advisor(),
                                            &advisor::v1::AdvisorService::Stub::GetRecommendation,
                                            "marie", get);
  };
  const advisor::v1::Recommendation before = ask();
  const std::string read_before = read(before).results(0).SerializeAsString();
  const pb::RulebookRelease release = Propose(Request());
  TurnTo(7, 1, 10);
  const advisor::v1::Recommendation after = ask();
  // Another revision, and another result: else the replay would show nothing.
  EXPECT_EQ(after.rulebook_revision(), release.revision());
  EXPECT_NE(before.rulebook_revision(), after.rulebook_revision());
  EXPECT_NE(
      before.results(0).rankings(0).bands().size() > 0 ? before.results(0).SerializeAsString() : "",
      after.results(0).SerializeAsString());
  EXPECT_EQ(read(before).results(0).SerializeAsString(), read_before);
  ReplayReport report = ReplayAll();
  EXPECT_EQ(report.decisions, 2);
  EXPECT_EQ(report.equal, 2);
  world_.server().Restart();
  rulebooks_ = pb::RulebookService::NewStub(world_.server().channel());
  EXPECT_EQ(read(before).results(0).SerializeAsString(), read_before);
  report = ReplayAll();
  EXPECT_EQ(report.equal, 2);
}

// --- Taken back

TEST_F(RulebookApi, WhatWasTakenBackNeverComes) {
  const std::string before = DigestInUse();
  const pb::RulebookRelease release = Propose(Request());
  ASSERT_NE(release.activation().rulebook_digest(), before);
  const pb::RulebookRelease withdrawn = Withdraw(WithdrawalOf(release.revision()));
  EXPECT_EQ(withdrawn.state(), pb::RulebookRelease::WITHDRAWN);
  EXPECT_EQ(withdrawn.revision(), release.revision());
  EXPECT_EQ(withdrawn.withdrawal().actor(), "OPERATOR/operator");
  EXPECT_EQ(withdrawn.withdrawal().reason().en(), "A threshold was wrong.");
  EXPECT_EQ(withdrawn.withdrawal().kept_digest(), before);
  EXPECT_EQ(withdrawn.withdrawal().notice_entry(), release.log_entry());
  // Everybody is told, by one entry.
  std::set<int64_t> entries;
  for (const std::string& member : release.activation().notified_members()) {
    const std::vector<pb::Notice> notices = NoticesOf("operator", member, "WITHDRAW_RULES");
    ASSERT_THAT(notices, SizeIs(1)) << member;
    EXPECT_EQ(notices[0].subject(), "rulebooks/tiny");
    entries.insert(notices[0].log_entry());
  }
  EXPECT_THAT(entries, SizeIs(1));
  // Its first day, and long after: the rules of before, also from the log.
  for (const int month : {6, 7, 9}) {
    TurnTo(month, 30, 10);
    EXPECT_EQ(DigestInUse(), before) << month;
    EXPECT_EQ(Get("vera", release.revision()).state(), pb::RulebookRelease::WITHDRAWN);
  }
  world_.server().Restart();
  rulebooks_ = pb::RulebookService::NewStub(world_.server().channel());
  EXPECT_EQ(DigestInUse(), before);
  EXPECT_EQ(Get("vera", release.revision()).SerializeAsString(), withdrawn.SerializeAsString());
  const ReplayReport report = ReplayAll();
  EXPECT_EQ(report.decisions, 5);
  EXPECT_EQ(report.equal, 5);
}

TEST_F(RulebookApi, AfterAWithdrawalAnotherRevisionMayCome) {
  const pb::RulebookRelease first = Propose(Request());
  Withdraw(WithdrawalOf(first.revision()));
  pb::ProposeRulebookRequest request = Request();
  SetFirstDay(request, 7, 5);
  const pb::RulebookRelease second = Propose(request);
  TurnTo(7, 2, 10);
  EXPECT_NE(DigestInUse(), second.activation().rulebook_digest());
  TurnTo(7, 5, 10);
  EXPECT_EQ(DigestInUse(), second.activation().rulebook_digest());
  EXPECT_EQ(Get("vera", second.revision()).state(), pb::RulebookRelease::ACTIVE);
  EXPECT_EQ(Get("vera", first.revision()).state(), pb::RulebookRelease::WITHDRAWN);
}

TEST_F(RulebookApi, OfTwoOnTheirWayTheNewerOneAloneIsTakenBack) {
  const pb::RulebookRelease first = Propose(Request());
  pb::ProposeRulebookRequest request = Request();
  SetFirstDay(request, 7, 20);
  const pb::RulebookRelease second = Propose(request);
  // Without the first, the second would still come on its day; but what is registered last wins.
  pb::RulebookRelease answer;
  EXPECT_EQ(ReasonOf(TryWithdraw("operator", WithdrawalOf(first.revision()), &answer)),
            "STATE_FORBIDS");
  Withdraw(WithdrawalOf(second.revision()));
  for (const int day : {10, 20, 25}) {
    TurnTo(7, day, 10);
    EXPECT_EQ(DigestInUse(), first.activation().rulebook_digest()) << day;
  }
  EXPECT_EQ(Get("vera", first.revision()).state(), pb::RulebookRelease::ACTIVE);
}

TEST_F(RulebookApi, AWithdrawalIsRefusedWith) {
  const pb::RulebookRelease release = Propose(Request());
  pb::RulebookRelease answer;
  for (const char* caller : {"marie", "vera", "acme", "reviewer"}) {
    EXPECT_EQ(ReasonOf(TryWithdraw(caller, WithdrawalOf(release.revision()), &answer)),
              "ROLE_NOT_ALLOWED")
        << caller;
  }
  pb::WithdrawRulebookRequest silent = WithdrawalOf(release.revision());
  silent.mutable_reason()->clear_fr();
  const grpc::Status status = TryWithdraw("operator", silent, &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(Told(status), HasSubstr("reason.fr"));
  EXPECT_EQ(
      ReasonOf(TryWithdraw("operator", WithdrawalOf("rulebooks/tiny/revisions/999999"), &answer)),
      "RESOURCE_NOT_FOUND");
  TurnTo(6, 30, 22);  // half an hour into its first day
  EXPECT_EQ(ReasonOf(TryWithdraw("operator", WithdrawalOf(release.revision()), &answer)),
            "STATE_FORBIDS");
  EXPECT_EQ(Get("vera", release.revision()).state(), pb::RulebookRelease::ACTIVE);
}

TEST_F(RulebookApi, TheSameWithdrawalAgainDoesNothingAgain) {
  const pb::RulebookRelease release = Propose(Request());
  pb::WithdrawRulebookRequest request = WithdrawalOf(release.revision());
  request.set_request_id("0f3a9f9c-5d6e-4a6e-9a52-3b1f3a2f7c12");
  const pb::RulebookRelease once = Withdraw(request);
  const pb::RulebookRelease twice = Withdraw(request);
  EXPECT_EQ(once.SerializeAsString(), twice.SerializeAsString());
  pb::RulebookRelease answer;
  EXPECT_EQ(ReasonOf(TryWithdraw("operator", WithdrawalOf(release.revision()), &answer)),
            "STATE_FORBIDS");
  EXPECT_THAT(NoticesOf("acme", "members/acme", "WITHDRAW_RULES"), SizeIs(1));
}

// --- Notice

TEST_F(RulebookApi, AllMembersAreToldAtTheSameInstantByOneEntry) {
  const pb::RulebookRelease release = Propose(Request());
  EXPECT_THAT(release.activation().notified_members(),
              UnorderedElementsAre("members/acme", "members/m000", "members/m001", "members/m002",
                                   "members/m003", "members/m004", "members/m005"));
  std::set<int64_t> entries;
  std::set<std::string> times;
  for (const std::string& member : release.activation().notified_members()) {
    const std::vector<pb::Notice> notices = NoticesOf("operator", member);
    ASSERT_THAT(notices, SizeIs(1)) << member;
    EXPECT_EQ(notices[0].subject(), "rulebooks/tiny");
    EXPECT_EQ(notices[0].effective_date().day(), 1);
    EXPECT_EQ(notices[0].effective_date().month(), 7);
    entries.insert(notices[0].log_entry());
    times.insert(notices[0].time().SerializeAsString());
  }
  EXPECT_THAT(entries, ElementsAre(release.log_entry()));
  EXPECT_THAT(times, SizeIs(1));
  // A member reads its own.
  EXPECT_THAT(NoticesOf("acme", "members/acme"), SizeIs(1));
}

TEST_F(RulebookApi, TheLogHoldsWhatIsShown) {
  const pb::RulebookRelease release = Propose(Request());
  const auto logged = world_.server().server().dataset().database().ReadEntry(release.log_entry());
  ASSERT_TRUE(logged.ok());
  const auto body = DecodeWorkflowBody(logged->body);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->kind, BodyKind::kRulebook);
  EXPECT_EQ(body->name, "rulebooks/tiny");
  pb::RulebookActivation activation;
  ASSERT_TRUE(activation.ParseFromString(body->bytes));
  EXPECT_EQ(activation.SerializeAsString(), release.activation().SerializeAsString());
  EXPECT_EQ(activation.time_us(), logged->time_us);
}

// --- What is computed beforehand

TEST_F(RulebookApi, ImpactAndBiasAreAttachedAndShownToAuditors) {
  const pb::RulebookRelease made = Propose(Request());
  const pb::RulebookRelease release = Get("vera", made.revision());
  const pb::RulebookActivation& activation = release.activation();
  EXPECT_EQ(activation.tests().covered(), activation.tests().total());
  EXPECT_EQ(activation.tests().total(), 2 * 1 + 2 * 6 + 2);
  EXPECT_THAT(activation.reference_firms(), ElementsAre("staff-0", "staff-5", "staff-30"));
  EXPECT_EQ(activation.impact().firms(), 3);
  EXPECT_EQ(activation.impact().rankings(), 6);
  // 24 months instead of 36 costs whoever ties firms: everybody but m000.
  EXPECT_GT(activation.impact().scores_changed(), 0);
  std::set<std::string> attributes;
  for (const pb::BiasReport& report : activation.bias()) {
    attributes.insert(report.attribute());
    for (const pb::BiasGap& gap : report.gaps()) {
      int64_t pooled = 0;
      int64_t paired = 0;
      for (const pb::BiasShare& share : gap.shares()) {
        pooled += share.pooled();
        paired += share.paired();
      }
      EXPECT_EQ(pooled, gap.pooled()) << report.attribute() << " " << gap.label();
      EXPECT_EQ(paired, gap.paired()) << report.attribute() << " " << gap.label();
    }
  }
  EXPECT_THAT(attributes, ::testing::IsSupersetOf({"fee", "nationality"}));
  EXPECT_THAT(activation.waivers(), SizeIs(5));
  EXPECT_THAT(activation.warnings(), SizeIs(5)) << "what was waived, and by whom";
  for (const pb::CheckWarning& warning : activation.warnings()) {
    EXPECT_THAT(warning.text(), HasSubstr("Waived by Committee of the tests until 2026-08-31"));
    EXPECT_THAT(warning.text_fr(),
                HasSubstr("Dérogation de Committee of the tests jusqu'au 2026-08-31"));
  }
}

TEST_F(RulebookApi, WithoutALedgerTheRevisionSaysForGoodThatFeesWereNotExamined) {
  pb::ProposeRulebookRequest request = Request();
  request.clear_attributes();
  const pb::RulebookRelease made = Propose(request);
  const auto logged = world_.server().server().dataset().database().ReadEntry(made.log_entry());
  ASSERT_TRUE(logged.ok());
  const auto body = DecodeWorkflowBody(logged->body);
  ASSERT_TRUE(body.ok());
  pb::RulebookActivation activation;
  ASSERT_TRUE(activation.ParseFromString(body->bytes));
  std::vector<std::string> attributes;
  for (const pb::BiasReport& report : activation.bias()) attributes.push_back(report.attribute());
  EXPECT_THAT(attributes, ElementsAre("fee", "size", "nationality", "seniority"));
  EXPECT_EQ(activation.bias(0).gaps_size(), 0) << "not examined";
  EXPECT_GT(activation.bias(2).gaps_size(), 0) << "the catalogue has countries";
  // And auditors see the same.
  EXPECT_EQ(Get("vera", made.revision()).activation().SerializeAsString(),
            activation.SerializeAsString());
}

TEST_F(RulebookApi, TryingChangesNothing) {
  pb::ProposeRulebookRequest request = Request();
  request.set_validate_only(true);
  const pb::RulebookRelease release = Propose(request);
  EXPECT_EQ(release.revision(), "");
  EXPECT_EQ(release.activation().impact().firms(), 3);
  EXPECT_THAT(Releases("operator"), IsEmpty());
  EXPECT_THAT(NoticesOf("acme", "members/acme"), IsEmpty());
}

TEST_F(RulebookApi, TheSameRequestAgainDoesNothingAgain) {
  pb::ProposeRulebookRequest request = Request();
  request.set_request_id("0f3a9f9c-5d6e-4a6e-9a52-3b1f3a2f7c11");
  const pb::RulebookRelease once = Propose(request);
  const pb::RulebookRelease twice = Propose(request);
  EXPECT_EQ(once.log_entry(), twice.log_entry());
  EXPECT_THAT(Releases("operator"), SizeIs(1));
}

// --- What is refused

TEST_F(RulebookApi, OnlyOperatorsPropose) {
  for (const char* caller : {"marie", "vera", "acme", "reviewer"}) {
    pb::RulebookRelease release;
    EXPECT_EQ(ReasonOf(TryPropose(caller, Request(), &release)), "ROLE_NOT_ALLOWED") << caller;
  }
}

TEST_F(RulebookApi, ADayTooSoonIsRefused) {
  pb::ProposeRulebookRequest request = Request();
  SetFirstDay(request, 6, 30);
  EXPECT_THAT(Refused(request), HasSubstr("rulebook.valid_from"));
  EXPECT_THAT(Releases("operator"), IsEmpty());
}

TEST_F(RulebookApi, ADayAYearAheadIsRefused) {
  pb::ProposeRulebookRequest request = Request();
  request.mutable_rulebook()->mutable_valid_from()->set_year(2027);
  EXPECT_THAT(Refused(request), HasSubstr("rulebook.valid_from"));
}

TEST_F(RulebookApi, AnErrorOfTheCheckIsRefusedWithItsCode) {
  pb::ProposeRulebookRequest request = Request();
  request.mutable_rulebook()->mutable_criteria(0)->mutable_breakpoints(0)->set_value(10'001);
  EXPECT_THAT(Refused(request), HasSubstr("RB031"));
}

// What the transparency notice and every answer state comes from the rulebook.
TEST_F(RulebookApi, WithoutItsReasonsAndTheFeeARevisionIsRefused) {
  pb::ProposeRulebookRequest request = Request();
  request.mutable_rulebook()->mutable_groups(3)->mutable_reason()->clear_en();
  EXPECT_THAT(Refused(request), HasSubstr("rulebook.groups[G4].reason"));
  request = Request();
  request.mutable_rulebook()->clear_membership_fee();
  EXPECT_THAT(Refused(request), HasSubstr("rulebook.membership_fee"));
  request = Request();
  request.mutable_rulebook()->mutable_membership_fee()->set_yearly_min_micros(200'000'001);
  EXPECT_THAT(Refused(request), HasSubstr("RB068"));
}

TEST_F(RulebookApi, AFailingTestIsRefused) {
  pb::ProposeRulebookRequest request = Request();
  request.mutable_test_files(0)
      ->mutable_tests(0)
      ->mutable_offerings(1)
      ->mutable_values(1)
      ->set_value(6666);  // what 36 months would give
  EXPECT_THAT(Refused(request), HasSubstr("the value must be 6666, is 5000"));
}

TEST_F(RulebookApi, ARuleThatNoTestHoldsIsRefused) {
  pb::ProposeRulebookRequest request = Request();
  request.mutable_test_files(0)->mutable_tests()->RemoveLast();
  EXPECT_THAT(Refused(request), HasSubstr("needs[BOOKKEEPING]: No test asks for it"));
}

TEST_F(RulebookApi, NoTestsAreRefused) {
  pb::ProposeRulebookRequest request = Request();
  request.clear_test_files();
  EXPECT_THAT(Refused(request), HasSubstr("test_files"));
}

TEST_F(RulebookApi, NoReferenceFirmsAreRefused) {
  pb::ProposeRulebookRequest request = Request();
  request.clear_reference_firms();
  EXPECT_THAT(Refused(request), HasSubstr("reference_firms"));
}

TEST_F(RulebookApi, WithoutItsWaiverARuleAboutOneMemberIsRefused) {
  pb::ProposeRulebookRequest request = Request();
  request.clear_waivers();
  const std::string told = Refused(request);
  EXPECT_THAT(told, HasSubstr("criteria[C02].breakpoints[0]"));
  EXPECT_THAT(told, HasSubstr("Seules des offres de members/m000"));
  EXPECT_THAT(told, HasSubstr("members/m000"));
}

TEST_F(RulebookApi, AForgedWaiverIsRefused) {
  pb::ProposeRulebookRequest request = Request();
  request.set_waivers(0, SignedWaiver("PX02", "criteria[C02].breakpoints[0]", "members/m000", 'x'));
  EXPECT_THAT(Refused(request), HasSubstr("No key of the charter has signed it"));
}

// The list of who may sign is read anew at each proposal.
TEST_F(RulebookApi, AWrongListOfKeysIsToldWithItsLine) {
  const std::string path = absl::StrCat(world_.server().data_directory(), "/charter.keys");
  pb::ProposeRulebookRequest request = Request();
  request.set_validate_only(true);
  testing::WriteFileOrFail(path,
                           absl::StrCat("# Committee\n\n", CharterSigner().key().ToString(), "\n"));
  Propose(request);
  testing::WriteFileOrFail(path, absl::StrCat(CharterSigner().key().ToString(), "\nno key\n"));
  const std::string told = Refused(request);
  EXPECT_THAT(told, HasSubstr("charter.keys"));
  EXPECT_THAT(told, HasSubstr("line 2"));
  EXPECT_THAT(told, HasSubstr("une clé publique par ligne"));
  testing::WriteFileOrFail(path, std::string((size_t{1} << 20) + 1, '#'));
  EXPECT_THAT(Refused(request), HasSubstr("at most 1048576"));
  std::filesystem::remove(path);
  EXPECT_THAT(Refused(request), HasSubstr("the charter's list of keys is empty"));
}

TEST_F(RulebookApi, AWaiverThatHasEndedIsRefused) {
  TurnTo(8, 31, 21);  // its last half hour in Paris
  pb::ProposeRulebookRequest request = Request();
  SetFirstDay(request, 10, 15);
  request.set_validate_only(true);
  Propose(request);
  TurnTo(8, 31, 22);
  EXPECT_THAT(Refused(request), HasSubstr("It ended on 2026-08-31"));
}

// --- An offering

TEST_F(RulebookApi, AMemberSeesWhatAnotherPriceWouldDo) {
  pb::PreviewOfferingImpactRequest request;
  pb::GetOfferingRequest get;
  get.set_name("members/m000/offerings/o0");
  *request.mutable_offering() = Ask<pb::Offering>(
      world_.server().catalog(), &pb::CatalogService::Stub::GetOffering, "m000", get);
  // What the server adds when it shows one.
  request.mutable_offering()->clear_revision();
  request.mutable_offering()->clear_update_time();
  request.mutable_offering()->clear_etag();
  *request.mutable_reference_firms() = Request().reference_firms();
  const auto same = Ask<pb::ImpactPreview>(
      *rulebooks_, &pb::RulebookService::Stub::PreviewOfferingImpact, "m000", request);
  EXPECT_EQ(same.firms(), 3);
  EXPECT_EQ(same.scores_changed(), 0);
  EXPECT_THAT(same.winners(), IsEmpty());

  request.mutable_offering()
      ->mutable_pricing()
      ->mutable_components(0)
      ->mutable_amount()
      ->set_micros(400'000'000);
  const auto dearer = Ask<pb::ImpactPreview>(
      *rulebooks_, &pb::RulebookService::Stub::PreviewOfferingImpact, "m000", request);
  ASSERT_THAT(dearer.losers(), SizeIs(1));
  EXPECT_EQ(dearer.losers(0).offering(), "members/m000/offerings/o0");
  EXPECT_EQ(dearer.losers(0).better(), 0);
  EXPECT_EQ(dearer.largest().offering(), "members/m000/offerings/o0");

  pb::ImpactPreview answer;
  EXPECT_EQ(ReasonOf(Invoke(*rulebooks_, &pb::RulebookService::Stub::PreviewOfferingImpact, "acme",
                            request, &answer)),
            "NOT_OWNER");
}

}  // namespace
}  // namespace aplomb::service
