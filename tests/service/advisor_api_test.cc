// AdvisorService over a real port.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "google/protobuf/unknown_field_set.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "service/advisor_entries.h"
#include "tests/service/running_server.h"
#include "tests/service/tiny_world.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;
using Advisor = pb::AdvisorService::Stub;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSiren[] = "552081317";
constexpr char kUuid[] = "6f1d1b1e-6c0e-4b5e-9f0a-0d9a5f3c2b11";

class AdvisorApi : public ::testing::Test {
 protected:
  grpc::Status Create(const std::string& caller, const pb::CreateRecommendationRequest& request) {
    answer_.Clear();
    return Invoke(server_.advisor(), &Advisor::CreateRecommendation, caller, request, &answer_);
  }
  grpc::Status Get(const std::string& caller, std::string name) {
    answer_.Clear();
    pb::GetRecommendationRequest request;
    request.set_name(name);
    return Invoke(server_.advisor(), &Advisor::GetRecommendation, caller, request, &answer_);
  }
  pb::Engagement ReadEngagement(const std::string& name) {
    pb::GetEngagementRequest request;
    request.set_name(name);
    pb::Engagement engagement;
    const grpc::Status status =
        Invoke(server_.advisor(), &Advisor::GetEngagement, "vera", request, &engagement);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return engagement;
  }

  RunningServer server_;
  pb::Recommendation answer_;
};

TEST_F(AdvisorApi, EngagementIsOpenedAndRead) {
  pb::CreateEngagementRequest request;
  request.set_engagement_id("baker");
  request.mutable_engagement()->set_siren("552 081 317");
  request.mutable_engagement()->set_chamber("cci-lyon");
  pb::Engagement opened;
  const grpc::Status status =
      Invoke(server_.advisor(), &Advisor::CreateEngagement, "marie", request, &opened);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(opened.name(), "engagements/baker");
  EXPECT_EQ(opened.siren(), kSiren);
  EXPECT_EQ(opened.chamber(), "cci-lyon");
  EXPECT_FALSE(opened.nonce_drawn_by_server());
  EXPECT_EQ(opened.client_nonce(), "");
  EXPECT_EQ(opened.tie_epoch().size(), 10u);
  EXPECT_GT(opened.create_time().seconds(), 1'700'000'000);
  EXPECT_EQ(ReadEngagement(opened.name()).SerializeAsString(), opened.SerializeAsString());
}

TEST_F(AdvisorApi, WithoutSirenTheServerDrawsTheNonceAndSaysSo) {
  const pb::Engagement a = OpenEngagement(server_, "marie");
  const pb::Engagement b = OpenEngagement(server_, "marie");
  EXPECT_TRUE(a.nonce_drawn_by_server());
  EXPECT_EQ(a.client_nonce().size(), 32u);
  EXPECT_NE(a.client_nonce(), b.client_nonce());
  EXPECT_NE(a.name(), b.name());
}

TEST_F(AdvisorApi, RecommendationRanksNamesAndCounts) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  request.set_recommendation_id("first");
  const grpc::Status status = Create("marie", request);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer_.name(), engagement + "/recommendations/first");
  EXPECT_EQ(answer_.recommendation_count(), 1);
  EXPECT_EQ(answer_.preview_count(), 0);
  EXPECT_THAT(answer_.rulebook_revision(), HasSubstr("rulebooks/tiny/revisions/"));
  EXPECT_EQ(answer_.digests().result().size(), 64u);
  ASSERT_EQ(answer_.results_size(), 1);
  ASSERT_EQ(answer_.results(0).rankings_size(), 1);
  const pb::Ranking& ranking = answer_.results(0).rankings(0);
  // Six members; the fifth has no tariff.
  EXPECT_EQ(ranking.candidate_count(), 6);
  EXPECT_EQ(ranking.to_confirm_size(), 1);
  EXPECT_EQ(ranking.to_confirm(0).member(), "members/m004");
  int ranked = 0;
  int64_t last_band = INT64_MAX;
  for (const pb::Band& band : ranking.bands()) {
    EXPECT_LT(band.band(), last_band);
    last_band = band.band();
    for (const pb::RankedOffering& offering : band.offerings()) {
      ++ranked;
      EXPECT_THAT(offering.member_display_name(), HasSubstr("Maison m"));
      EXPECT_THAT(offering.title().fr(), HasSubstr("WEBSITE"));
      int64_t sum = 0;
      for (const pb::Contribution& part : offering.contributions()) sum += part.contribution();
      EXPECT_EQ(sum, offering.score());
      EXPECT_GT(offering.cost().tco36_micros(), 0);
    }
  }
  EXPECT_EQ(ranked, 5);
}

TEST_F(AdvisorApi, GetReturnsTheBytesOfTheFirstAnswerEvenAfterARestart) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  ASSERT_TRUE(Create("marie", TinyRequest(engagement)).ok());
  const pb::Recommendation first = answer_;
  // Others come after it.
  ASSERT_TRUE(Create("marie", TinyRequest(engagement)).ok());
  ASSERT_TRUE(Get("marie", first.name()).ok());
  EXPECT_EQ(answer_.SerializeAsString(), first.SerializeAsString());
  server_.Restart();
  ASSERT_TRUE(Get("marie", first.name()).ok());
  EXPECT_EQ(answer_.SerializeAsString(), first.SerializeAsString());
  // The key to the firm's sections is its advisor's; an auditor gets all else.
  pb::Recommendation without_key = first;
  EXPECT_EQ(without_key.opening_key().size(), 32U);
  without_key.clear_opening_key();
  ASSERT_TRUE(Get("vera", first.name()).ok());
  EXPECT_EQ(answer_.SerializeAsString(), without_key.SerializeAsString());
}

TEST_F(AdvisorApi, PreviewsAreLoggedAndCounted) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  request.mutable_recommendation()->set_preview(true);
  ASSERT_TRUE(Create("marie", request).ok());
  EXPECT_TRUE(answer_.preview());
  EXPECT_EQ(answer_.preview_count(), 1);
  request.mutable_recommendation()->set_preview(false);
  ASSERT_TRUE(Create("marie", request).ok());
  EXPECT_FALSE(answer_.preview());
  EXPECT_EQ(answer_.recommendation_count(), 2);
  EXPECT_EQ(answer_.preview_count(), 1);
  const pb::Engagement engagement_now = ReadEngagement(engagement);
  EXPECT_EQ(engagement_now.recommendation_count(), 2);
  EXPECT_EQ(engagement_now.preview_count(), 1);
  ASSERT_OK_AND_ASSIGN(const audit::LoggedEntry entry,
                       server_.server().dataset().database().ReadEntry(answer_.log_entry()));
  EXPECT_EQ(entry.type, audit::EntryType::kDecision);
}

TEST_F(AdvisorApi, CountsGoOnWhenCallsComeTogether) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  constexpr int kThreads = 4;
  constexpr int kCalls = 5;
  std::vector<std::thread> threads;
  base::Mutex mutex;
  std::set<int> counts;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kCalls; ++i) {
        pb::Recommendation answer;
        const grpc::Status status = Invoke(server_.advisor(), &Advisor::CreateRecommendation,
                                           "marie", TinyRequest(engagement), &answer);
        ASSERT_TRUE(status.ok()) << status.error_message();
        base::MutexLock lock(&mutex);
        EXPECT_TRUE(counts.insert(answer.recommendation_count()).second);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts.size(), static_cast<size_t>(kThreads * kCalls));
  EXPECT_EQ(*counts.rbegin(), kThreads * kCalls);
}

// What is asked of a firm is counted under its pseudonym, whoever asks.
TEST_F(AdvisorApi, SubjectCountsGoAcrossEngagements) {
  const std::string a = OpenEngagement(server_, "marie", kSiren).name();
  const std::string b = OpenEngagement(server_, "jean", kSiren).name();
  ASSERT_TRUE(Create("marie", TinyRequest(a)).ok());
  ASSERT_TRUE(Create("jean", TinyRequest(b)).ok());
  const audit::Database& database = server_.server().dataset().database();
  ASSERT_OK_AND_ASSIGN(const auto bytes,
                       database.Get(kEngagementFamily, EngagementKey(a.substr(12))));
  ASSERT_OK_AND_ASSIGN(const EngagementState state, DecodeEngagementState(*bytes));
  ASSERT_OK_AND_ASSIGN(const auto subject_bytes,
                       database.Get(kEngagementFamily, SubjectKey(state.body.subject)));
  ASSERT_OK_AND_ASSIGN(const SubjectState subject, DecodeSubjectState(*subject_bytes));
  EXPECT_EQ(subject.engagement_count, 2);
  EXPECT_EQ(subject.recommendation_count, 2);
}

// Two engagements for one firm on one day draw one order.
TEST_F(AdvisorApi, AskingAgainDoesNotDrawAgain) {
  const auto order = [&](const std::string& engagement) {
    EXPECT_TRUE(Create("marie", TinyRequest(engagement)).ok());
    std::vector<std::string> names;
    for (const pb::Band& band : answer_.results(0).rankings(0).bands()) {
      for (const auto& offering : band.offerings()) names.push_back(offering.offering());
    }
    return names;
  };
  const std::string first = OpenEngagement(server_, "marie", kSiren).name();
  const std::vector<std::string> drawn = order(first);
  EXPECT_EQ(order(first), drawn);
  EXPECT_EQ(order(OpenEngagement(server_, "marie", kSiren).name()), drawn);
}

TEST_F(AdvisorApi, BasicViewLeavesWordsOut) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  request.set_view(pb::BASIC);
  ASSERT_TRUE(Create("marie", request).ok());
  const auto& ranking = answer_.results(0).rankings(0);
  EXPECT_EQ(ranking.bands(0).offerings(0).contributions_size(), 0);
  EXPECT_EQ(ranking.bands(0).offerings(0).cost().lines_size(), 0);
  EXPECT_GT(ranking.bands(0).offerings(0).cost().tco36_micros(), 0);
  EXPECT_FALSE(ranking.bands(0).offerings(0).title().fr().empty()) << "names are no sentences";
  ASSERT_GT(ranking.to_confirm(0).findings_size(), 0);
  EXPECT_EQ(ranking.to_confirm(0).findings(0).reason_code(), "A_DOCUMENTER");
  EXPECT_FALSE(ranking.to_confirm(0).findings(0).has_sentence());
  EXPECT_FALSE(answer_.disclosure().has_remuneration());
  EXPECT_GT(answer_.disclosure().offering_count(), 0);
  EXPECT_FALSE(answer_.receipt().empty());
  EXPECT_FALSE(answer_.opening_key().empty());
  ASSERT_TRUE(Get("marie", answer_.name()).ok());
  EXPECT_TRUE(answer_.disclosure().has_remuneration());
  EXPECT_GT(answer_.results(0).rankings(0).bands(0).offerings(0).contributions_size(), 0);
}

TEST_F(AdvisorApi, ListsPageThroughAllOldestFirst) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  std::vector<std::string> made;
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(Create("marie", TinyRequest(engagement)).ok());
    made.push_back(answer_.name());
  }
  std::vector<std::string> listed;
  pb::ListRecommendationsRequest request;
  request.set_parent(engagement);
  request.set_page_size(3);
  int pages = 0;
  do {
    pb::ListRecommendationsResponse page;
    const grpc::Status status =
        Invoke(server_.advisor(), &Advisor::ListRecommendations, "marie", request, &page);
    ASSERT_TRUE(status.ok()) << status.error_message();
    for (const auto& recommendation : page.recommendations()) {
      listed.push_back(recommendation.name());
      EXPECT_EQ(recommendation.results(0).rankings(0).bands(0).offerings(0).contributions_size(),
                0);
    }
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, made);
  EXPECT_EQ(pages, 3);
}

TEST_F(AdvisorApi, ListEngagementsShowsOnesOwnAndAllToAuditors) {
  std::vector<std::string> of_marie;
  for (int i = 0; i < 3; ++i) of_marie.push_back(OpenEngagement(server_, "marie").name());
  const std::string of_jean = OpenEngagement(server_, "jean").name();
  const auto list = [&](const std::string& caller) {
    std::vector<std::string> names;
    pb::ListEngagementsRequest request;
    request.set_page_size(2);
    do {
      pb::ListEngagementsResponse page;
      EXPECT_TRUE(
          Invoke(server_.advisor(), &Advisor::ListEngagements, caller, request, &page).ok());
      for (const auto& engagement : page.engagements()) names.push_back(engagement.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  };
  EXPECT_EQ(list("marie"), of_marie);
  EXPECT_THAT(list("jean"), ElementsAre(of_jean));
  EXPECT_THAT(list("vera"), ElementsAre(of_marie[0], of_marie[1], of_marie[2], of_jean));
}

// --- Repeating a request -------------------------------------------------------------------------

TEST_F(AdvisorApi, SameRequestIdWithTheSameRequestReturnsTheFirstAnswer) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  request.set_request_id(kUuid);
  ASSERT_TRUE(Create("marie", request).ok());
  const std::string first = answer_.SerializeAsString();
  const int64_t entries = server_.server().dataset().database().entry_count();
  ASSERT_TRUE(Create("marie", request).ok());
  EXPECT_EQ(answer_.SerializeAsString(), first);
  server_.Restart();
  ASSERT_TRUE(Create("marie", request).ok());
  EXPECT_EQ(answer_.SerializeAsString(), first);
  EXPECT_EQ(server_.server().dataset().database().entry_count(), entries);
}

TEST_F(AdvisorApi, SameRequestIdWithAnotherRequestIsRefused) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  request.set_request_id(kUuid);
  ASSERT_TRUE(Create("marie", request).ok());
  request.mutable_recommendation()->mutable_profile()->set_staff_count(5);
  EXPECT_EQ(ReasonOf(Create("marie", request)), "REQUEST_ID_REUSED");
}

// The need has left the rulebook: nobody can ask for it any more, but who asked before is answered.
TEST_F(AdvisorApi, RepeatedRequestIsAnsweredEvenWhereItCouldNotBeMadeAnew) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  request.set_request_id(kUuid);
  ASSERT_TRUE(Create("marie", request).ok());
  const std::string first = answer_.SerializeAsString();
  catalog::v1::Rulebook rulebook = TinyRulebook().rulebook;
  rulebook.mutable_needs(1)->set_need_id("PORTAL");
  ASSERT_OK(server_.server().dataset().sequencer().SubmitAndWait(catalog::PutRulebook(rulebook)));
  const grpc::Status again = Create("marie", request);
  ASSERT_TRUE(again.ok()) << again.error_message();
  EXPECT_EQ(answer_.SerializeAsString(), first);
  request.set_request_id("6f1d1b1e-6c0e-4b5e-9f0a-0d9a5f3c2b12");
  EXPECT_EQ(ReasonOf(Create("marie", request)), "BAD_REQUEST");
  request.clear_request_id();
  EXPECT_EQ(ReasonOf(Create("marie", request)), "BAD_REQUEST");
}

TEST_F(AdvisorApi, RequestIdsOfOthersDoNotCollide) {
  pb::CreateEngagementRequest request;
  request.set_request_id(kUuid);
  pb::Engagement a;
  pb::Engagement b;
  pb::Engagement again;
  ASSERT_TRUE(Invoke(server_.advisor(), &Advisor::CreateEngagement, "marie", request, &a).ok());
  ASSERT_TRUE(Invoke(server_.advisor(), &Advisor::CreateEngagement, "jean", request, &b).ok());
  ASSERT_TRUE(Invoke(server_.advisor(), &Advisor::CreateEngagement, "marie", request, &again).ok());
  EXPECT_NE(a.name(), b.name());
  EXPECT_EQ(a.SerializeAsString(), again.SerializeAsString());
}

// --- Revisions -----------------------------------------------------------------------------------

TEST_F(AdvisorApi, AskedAgainAtItsRevisionsTheResultIsTheSame) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  ASSERT_TRUE(Create("marie", TinyRequest(engagement)).ok());
  const pb::Recommendation before = answer_;
  // The catalogue goes on: one offering leaves.
  const auto snapshot = server_.server().dataset().store().snapshot();
  catalog::v1::Offering offering = snapshot->offerings.begin()->second->offering;
  offering.set_state(catalog::v1::Offering::WITHDRAWN);
  ASSERT_OK(server_.server().dataset().sequencer().SubmitAndWait(catalog::PutOffering(offering)));
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  ASSERT_TRUE(Create("marie", request).ok());
  EXPECT_NE(answer_.digests().result(), before.digests().result());
  EXPECT_GT(answer_.catalog_revision(), before.catalog_revision());
  EXPECT_EQ(answer_.results(0).rankings(0).excluded_size(), 1);
  request.mutable_recommendation()->set_catalog_revision(before.catalog_revision());
  request.mutable_recommendation()->set_rulebook_revision(before.rulebook_revision());
  ASSERT_TRUE(Create("marie", request).ok());
  EXPECT_EQ(answer_.digests().result(), before.digests().result());
  EXPECT_EQ(answer_.results(0).SerializeAsString(), before.results(0).SerializeAsString());
  // And the first one still reads as it was given.
  ASSERT_TRUE(Get("marie", before.name()).ok());
  EXPECT_EQ(answer_.SerializeAsString(), before.SerializeAsString());
}

// --- Validation only -----------------------------------------------------------------------------

TEST_F(AdvisorApi, ValidatingOnlyShowsAndLogsNothing) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  const int64_t before = server_.server().dataset().database().entry_count();
  for (const std::string& parent : {engagement, std::string("engagements/-")}) {
    pb::CreateRecommendationRequest request = TinyRequest(parent);
    request.set_validate_only(true);
    const grpc::Status status = Create("marie", request);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(answer_.SerializeAsString(), request.recommendation().SerializeAsString())
        << "the input fields and nothing else";
  }
  EXPECT_EQ(server_.server().dataset().database().entry_count(), before);
}

TEST_F(AdvisorApi, ValidatingForAnEngagementToComeTellsEverythingAtOnce) {
  const int64_t before = server_.server().dataset().database().entry_count();
  pb::CreateRecommendationRequest request = TinyRequest("engagements/-");
  request.set_validate_only(true);
  request.mutable_recommendation()->mutable_profile()->set_siren("123456789");
  request.mutable_recommendation()->add_needs()->set_need_id("NOWHERE");
  const grpc::Status status = Create("marie", request);
  EXPECT_EQ(ReasonOf(status), "BAD_REQUEST") << status.error_message();
  std::vector<std::string> fields;
  const google::rpc::BadRequest bad = BadRequestOf(status);
  for (const auto& violation : bad.field_violations()) {
    fields.push_back(violation.field());
  }
  EXPECT_THAT(fields, ::testing::UnorderedElementsAre("recommendation.profile.siren",
                                                      "recommendation.needs[1].need_id"));
  EXPECT_EQ(server_.server().dataset().database().entry_count(), before);
}

TEST_F(AdvisorApi, ValidatingChecksWhoAsksAndAnEngagementToComeIsForValidatingOnly) {
  pb::CreateRecommendationRequest request = TinyRequest(OpenEngagement(server_, "marie").name());
  request.set_validate_only(true);
  EXPECT_EQ(ReasonOf(Create("jean", request)), "NOT_OWNER");
  EXPECT_EQ(ReasonOf(Create("vera", request)), "ROLE_NOT_ALLOWED");
  const grpc::Status to_come = Create("marie", TinyRequest("engagements/-"));
  EXPECT_EQ(ReasonOf(to_come), "BAD_REQUEST");
  ASSERT_EQ(BadRequestOf(to_come).field_violations_size(), 1);
  EXPECT_EQ(BadRequestOf(to_come).field_violations(0).field(), "parent");
}

// --- Errors --------------------------------------------------------------------------------------

struct ErrorCase {
  const char* name;
  const char* caller;
  // Changes a valid request of marie's.
  void (*change)(pb::CreateRecommendationRequest&);
  const char* reason;
  grpc::StatusCode code;
  std::vector<std::string> fields;  // of the BadRequest
};

// A field of a later version.
void AddUnknown(google::protobuf::Message& message) {
  message.GetReflection()->MutableUnknownFields(&message)->AddVarint(2047, 1);
}

class Refused : public AdvisorApi, public ::testing::WithParamInterface<ErrorCase> {};

TEST_P(Refused, WithAReasonAndAllFields) {
  pb::CreateEngagementRequest open;
  open.set_engagement_id("of-marie");
  pb::Engagement engagement;
  ASSERT_TRUE(
      Invoke(server_.advisor(), &Advisor::CreateEngagement, "marie", open, &engagement).ok());
  pb::CreateRecommendationRequest request = TinyRequest("engagements/of-marie");
  GetParam().change(request);
  const int64_t entries = server_.server().dataset().database().entry_count();
  const grpc::Status status = Create(GetParam().caller, request);
  EXPECT_EQ(status.error_code(), GetParam().code) << status.error_message();
  EXPECT_EQ(ReasonOf(status), GetParam().reason) << status.error_message();
  EXPECT_EQ(InfoOf(status).domain(), "aplomb");
  const std::vector<std::string> types = DetailTypes(status);
  EXPECT_EQ(std::set<std::string>(types.begin(), types.end()).size(), types.size());
  std::vector<std::string> fields;
  const google::rpc::BadRequest bad = BadRequestOf(status);
  for (const auto& violation : bad.field_violations()) {
    fields.push_back(violation.field());
    EXPECT_THAT(violation.description(), HasSubstr("\n")) << "both languages";
  }
  EXPECT_THAT(fields, ::testing::UnorderedElementsAreArray(GetParam().fields));
  EXPECT_EQ(server_.server().dataset().database().entry_count(), entries) << "it left a trace";
}

INSTANTIATE_TEST_SUITE_P(
    // Who calls.
    Callers, Refused,
    ::testing::Values(
        ErrorCase{"NoToken", "", [](auto&) {}, "TOKEN_MISSING", grpc::UNAUTHENTICATED, {}},
        ErrorCase{
            "UnknownToken", "nobody", [](auto&) {}, "TOKEN_UNKNOWN", grpc::UNAUTHENTICATED, {}},
        ErrorCase{
            "Member", "member", [](auto&) {}, "ROLE_NOT_ALLOWED", grpc::PERMISSION_DENIED, {}},
        ErrorCase{"AuditorsDoNotWrite",
                  "vera",
                  [](auto&) {},
                  "ROLE_NOT_ALLOWED",
                  grpc::PERMISSION_DENIED,
                  {}},
        ErrorCase{"AnotherAdvisor", "jean", [](auto&) {}, "NOT_OWNER", grpc::PERMISSION_DENIED, {}},
        ErrorCase{"OfNobody",
                  "jean",
                  [](auto& r) { r.set_parent("engagements/none"); },
                  "NOT_OWNER",
                  grpc::PERMISSION_DENIED,
                  {}}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    // What is asked.
    Requests, Refused,
    ::testing::Values(
        ErrorCase{"NoParent",
                  "marie",
                  [](auto& r) { r.clear_parent(); },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"parent"}},
        ErrorCase{"ParentOfAnotherForm",
                  "marie",
                  [](auto& r) { r.set_parent("members/x"); },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"parent"}},
        ErrorCase{"BadId",
                  "marie",
                  [](auto& r) { r.set_recommendation_id("A b"); },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"recommendation_id"}},
        ErrorCase{"BadRequestId",
                  "marie",
                  [](auto& r) { r.set_request_id("1"); },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"request_id"}},
        ErrorCase{"UnknownView",
                  "marie",
                  [](auto& r) { r.set_view(static_cast<pb::RecommendationView>(77)); },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"view"}},
        ErrorCase{"NoSuchDay",
                  "marie",
                  [](auto& r) {
                    r.mutable_recommendation()->mutable_as_of_date()->set_month(2);
                    r.mutable_recommendation()->mutable_as_of_date()->set_day(30);
                  },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"recommendation.as_of_date"}},
        ErrorCase{"UnknownNeed",
                  "marie",
                  [](auto& r) { r.mutable_recommendation()->mutable_needs(0)->set_need_id("FLY"); },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"recommendation.needs[0].need_id"}},
        ErrorCase{"UnknownFields",
                  "marie",
                  [](auto& r) {
                    AddUnknown(r);
                    AddUnknown(*r.mutable_recommendation());
                    AddUnknown(*r.mutable_recommendation()->mutable_needs(0));
                    AddUnknown(*r.mutable_recommendation()->mutable_profile());
                    r.set_request_id("1");
                  },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"#2047", "recommendation", "recommendation.needs[0]", "recommendation.profile",
                   "request_id"}},
        ErrorCase{"SirenOfAnother",
                  "marie",
                  [](auto& r) { r.mutable_recommendation()->mutable_profile()->set_siren(kSiren); },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"recommendation.profile.siren"}},
        ErrorCase{"AllAtOnce",
                  "marie",
                  [](auto& r) {
                    r.set_request_id("1");
                    r.set_recommendation_id("A b");
                    r.mutable_recommendation()->set_catalog_revision(-1);
                    r.mutable_recommendation()->set_rulebook_revision("rulebooks/tiny");
                  },
                  "BAD_REQUEST",
                  grpc::INVALID_ARGUMENT,
                  {"request_id", "recommendation_id", "recommendation.catalog_revision",
                   "recommendation.rulebook_revision"}},
        ErrorCase{"FutureCatalogue",
                  "marie",
                  [](auto& r) { r.mutable_recommendation()->set_catalog_revision(1'000'000); },
                  "REVISION_UNAVAILABLE",
                  grpc::FAILED_PRECONDITION,
                  {}},
        ErrorCase{"UnknownRulebook",
                  "marie",
                  [](auto& r) {
                    r.mutable_recommendation()->set_rulebook_revision("rulebooks/tiny/revisions/1");
                  },
                  "REVISION_UNAVAILABLE",
                  grpc::FAILED_PRECONDITION,
                  {}},
        ErrorCase{"BeforeAnyRulebook",
                  "marie",
                  [](auto& r) { r.mutable_recommendation()->mutable_as_of_date()->set_year(1999); },
                  "REVISION_UNAVAILABLE",
                  grpc::FAILED_PRECONDITION,
                  {}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(AdvisorApi, TakenIdsAreRefused) {
  pb::CreateEngagementRequest open;
  open.set_engagement_id("taken");
  pb::Engagement engagement;
  ASSERT_TRUE(
      Invoke(server_.advisor(), &Advisor::CreateEngagement, "marie", open, &engagement).ok());
  const grpc::Status again =
      Invoke(server_.advisor(), &Advisor::CreateEngagement, "jean", open, &engagement);
  EXPECT_EQ(ReasonOf(again), "ENGAGEMENT_EXISTS");
  EXPECT_EQ(again.error_code(), grpc::ALREADY_EXISTS);
  pb::CreateRecommendationRequest request = TinyRequest("engagements/taken");
  request.set_recommendation_id("one");
  ASSERT_TRUE(Create("marie", request).ok());
  const grpc::Status twice = Create("marie", request);
  EXPECT_EQ(ReasonOf(twice), "RECOMMENDATION_EXISTS");
  EXPECT_EQ(twice.error_code(), grpc::ALREADY_EXISTS);
}

TEST_F(AdvisorApi, EngagementIssuesComeAllAtOnce) {
  pb::CreateEngagementRequest request;
  request.mutable_engagement()->set_siren("123456789");
  request.mutable_engagement()->set_client_nonce("short");
  request.mutable_engagement()->set_chamber(std::string(64, 'x'));
  request.set_engagement_id("-");
  pb::Engagement engagement;
  const grpc::Status status =
      Invoke(server_.advisor(), &Advisor::CreateEngagement, "marie", request, &engagement);
  EXPECT_EQ(BadRequestOf(status).field_violations_size(), 4);
}

TEST_F(AdvisorApi, ReadingTellsAdvisorsNothingAboutOthers) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  ASSERT_TRUE(Create("marie", TinyRequest(engagement)).ok());
  const std::string name = answer_.name();
  EXPECT_EQ(ReasonOf(Get("jean", name)), "NOT_OWNER");
  EXPECT_EQ(ReasonOf(Get("jean", engagement + "/recommendations/none")), "NOT_OWNER");
  EXPECT_EQ(ReasonOf(Get("jean", "engagements/none/recommendations/none")), "NOT_OWNER");
  // To those who may see it, what is not there is not found.
  EXPECT_EQ(ReasonOf(Get("marie", engagement + "/recommendations/none")), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Get("vera", "engagements/none/recommendations/none")), "RESOURCE_NOT_FOUND");
  EXPECT_TRUE(Get("vera", name).ok());
}

TEST_F(AdvisorApi, PagesOfOneListDoNotContinueAnother) {
  const std::string a = OpenEngagement(server_, "marie").name();
  const std::string b = OpenEngagement(server_, "marie").name();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Create("marie", TinyRequest(a)).ok());
  pb::ListRecommendationsRequest request;
  request.set_parent(a);
  request.set_page_size(1);
  pb::ListRecommendationsResponse page;
  ASSERT_TRUE(
      Invoke(server_.advisor(), &Advisor::ListRecommendations, "marie", request, &page).ok());
  ASSERT_NE(page.next_page_token(), "");
  request.set_parent(b);
  request.set_page_token(page.next_page_token());
  EXPECT_EQ(
      ReasonOf(Invoke(server_.advisor(), &Advisor::ListRecommendations, "marie", request, &page)),
      "PAGE_TOKEN_INVALID");
  request.set_page_size(-1);
  EXPECT_EQ(
      ReasonOf(Invoke(server_.advisor(), &Advisor::ListRecommendations, "marie", request, &page)),
      "BAD_REQUEST");
}

// --- Logs ----------------------------------------------------------------------------------------

TEST_F(AdvisorApi, LogsHoldNoProfileAndNoToken) {
  pb::CreateEngagementRequest open;
  open.mutable_engagement()->set_siren(kSiren);
  open.mutable_engagement()->set_chamber("marker-chamber");
  open.set_engagement_id("marker-engagement");
  pb::Engagement engagement;
  ASSERT_TRUE(
      Invoke(server_.advisor(), &Advisor::CreateEngagement, "marie", open, &engagement).ok());
  pb::CreateRecommendationRequest request = TinyRequest(engagement.name());
  request.mutable_recommendation()->mutable_profile()->set_siren(kSiren);
  request.mutable_recommendation()->mutable_profile()->set_staff_count(73194);
  ASSERT_TRUE(Create("marie", request).ok());
  request.mutable_recommendation()->mutable_needs(0)->set_need_id("MARKER_NEED");
  request.mutable_recommendation()->mutable_profile()->set_legal_form("marker-form");
  ASSERT_FALSE(Create("marie", request).ok());
  ASSERT_FALSE(Create("nobody", request).ok());
  const std::string log = server_.Log();
  EXPECT_THAT(log, HasSubstr("AdvisorService.CreateRecommendation"));
  EXPECT_THAT(log, HasSubstr("BAD_REQUEST"));
  EXPECT_THAT(log, HasSubstr("TOKEN_UNKNOWN"));
  for (const char* marker : {kSiren, "marker", "MARKER", "73194", "secret-token", "marie"}) {
    EXPECT_THAT(log, Not(HasSubstr(marker)));
  }
}

}  // namespace
}  // namespace aplomb::service
