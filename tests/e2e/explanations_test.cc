// Every explanation over gRPC, of the sample's firms, and what must not be answered.
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "aplomb/advisor/v1/explanation_service.grpc.pb.h"
#include "base/digest.h"
#include "base/hex.h"
#include "cli/print_explanation.h"
#include "cli/text_table.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "tests/e2e/sample_server.h"

namespace aplomb::e2e {
namespace {

namespace pb = advisor::v1;
using Stub = pb::ExplanationService::Stub;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Explanations : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = new SampleServer();
    stub_ = pb::ExplanationService::NewStub(server_->channel()).release();
    answers_ = new std::map<std::string, pb::Recommendation>();
  }
  static void TearDownTestSuite() {
    delete answers_;
    delete stub_;
    delete server_;
  }
  // The firm's recommendation, asked for once.
  static const pb::Recommendation& Ask(const std::string& firm) {
    const auto found = answers_->find(firm);
    if (found != answers_->end()) return found->second;
    return answers_->emplace(firm, server_->Ask(server_->Profile(firm))).first->second;
  }
  template <typename Request, typename Response>
  static grpc::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                        Response*),
                           const Request& request, Response& response,
                           const std::string& caller = "ADVISOR/demo") {
    return (stub_->*method)(server_->Context(caller).get(), request, &response);
  }
  template <typename Response, typename Request>
  static Response Must(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                    Response*),
                       const Request& request) {
    Response response;
    const grpc::Status status = Call(method, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  static pb::WhyNotExplanation WhyNot(const std::string& name, const std::string& offering,
                                      const std::string& need = "") {
    pb::ExplainWhyNotRequest request;
    request.set_name(name);
    request.set_offering(offering);
    request.set_need_id(need);
    return Must<pb::WhyNotExplanation>(&Stub::ExplainWhyNot, request);
  }
  static pb::ComparisonExplanation Compare(const std::string& name, const std::string& a,
                                           const std::string& b, const std::string& need = "") {
    pb::CompareOfferingsRequest request;
    request.set_name(name);
    request.set_offering_a(a);
    request.set_offering_b(b);
    request.set_need_id(need);
    return Must<pb::ComparisonExplanation>(&Stub::CompareOfferings, request);
  }
  static pb::CounterfactualExplanation WhatIf(const std::string& name, const std::string& offering,
                                              pb::CounterfactualExplanation::Side side,
                                              const std::string& need = "") {
    pb::FindCounterfactualsRequest request;
    request.set_name(name);
    request.set_offering(offering);
    request.set_goal(pb::CounterfactualExplanation::FIRST_BAND);
    request.set_side(side);
    request.set_need_id(need);
    return Must<pb::CounterfactualExplanation>(&Stub::FindCounterfactuals, request);
  }
  template <typename Response, typename Request>
  static Response OfName(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                         const std::string& name) {
    Request request;
    request.set_name(name);
    return Must<Response>(method, request);
  }

  static SampleServer* server_;
  static Stub* stub_;
  static std::map<std::string, pb::Recommendation>* answers_;
};
SampleServer* Explanations::server_ = nullptr;
Stub* Explanations::stub_ = nullptr;
std::map<std::string, pb::Recommendation>* Explanations::answers_ = nullptr;

std::set<std::string> AllOfferings(const pb::Recommendation& answer) {
  std::set<std::string> names;
  for (const auto& result : answer.results()) {
    for (const auto& ranking : result.rankings()) {
      for (const auto& band : ranking.bands()) {
        for (const auto& offering : band.offerings()) names.insert(offering.offering());
      }
      for (const auto& offering : ranking.to_confirm()) names.insert(offering.offering());
      for (const auto& offering : ranking.excluded()) names.insert(offering.offering());
    }
  }
  return names;
}

// At most 100 columns wide.
void ExpectFits(const std::string& text) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_LE(cli::DisplayWidth(line), cli::kScreenColumns) << line;
  }
}

// Both languages: words for everything, nothing of the machine in them.
template <typename Answer>
void ExpectReadable(const Answer& answer) {
  for (const cli::Language language : {cli::Language::kFrench, cli::Language::kEnglish}) {
    const std::string text = cli::PrintExplanation(answer, language);
    EXPECT_THAT(text, Not(IsEmpty()));
    EXPECT_THAT(text, Not(HasSubstr("members/"))) << "names are joined";
    EXPECT_THAT(text, Not(HasSubstr("{"))) << "every place of a phrase is filled";
    for (const char* machine :
         {"false", "true", "\\brequest\\.[a-z]", "\\boffering\\.[a-z]", "\\.\\."}) {
      EXPECT_FALSE(std::regex_search(text, std::regex(machine))) << machine << " in\n" << text;
    }
    ExpectFits(text);
  }
}

// --- Agreement with the record -------------------------------------------------------------------

TEST_F(Explanations, WhyNotAgreesWithTheRecordForEveryOffering) {
  const pb::Recommendation& answer = Ask("boulangerie-rhone");
  for (const std::string& offering : AllOfferings(answer)) {
    const pb::WhyNotExplanation why = WhyNot(answer.name(), offering);
    ASSERT_EQ(why.needs_size(), answer.results_size());
    EXPECT_THAT(why.offering().title().fr(), Not(IsEmpty()));
    for (int n = 0; n < answer.results_size(); ++n) {
      for (const auto& ranking : answer.results(n).rankings()) {
        for (const auto& band : ranking.bands()) {
          for (const auto& ranked : band.offerings()) {
            if (ranked.offering() != offering) continue;
            EXPECT_EQ(why.needs(n).standing(), pb::RANKED);
            EXPECT_EQ(why.needs(n).rank(), band.rank());
            EXPECT_EQ(why.needs(n).score(), ranked.score());
          }
        }
        for (const auto& excluded : ranking.excluded()) {
          if (excluded.offering() != offering) continue;
          EXPECT_EQ(why.needs(n).standing(), pb::EXCLUDED);
          EXPECT_EQ(why.needs(n).failed_rules_size(), excluded.findings_size());
        }
      }
    }
    ExpectReadable(why);
  }
}

TEST_F(Explanations, EveryRankedOfferingHasItsStrongestReasons) {
  for (const char* firm : {"boulangerie-rhone", "restaurant-lille", "maconnerie-creuse"}) {
    for (const auto& result : Ask(firm).results()) {
      for (const auto& ranking : result.rankings()) {
        for (const auto& band : ranking.bands()) {
          for (const auto& offering : band.offerings()) {
            EXPECT_EQ(offering.strengths_size(), 2) << offering.offering();
            EXPECT_LE(offering.drawbacks_size(), 2);
            std::set<std::string> told;
            for (const auto* side : {&offering.strengths(), &offering.drawbacks()}) {
              for (const auto& reason : *side) {
                EXPECT_TRUE(told.insert(reason.criterion_id()).second) << "told twice";
                EXPECT_THAT(reason.sentence().fr(), Not(IsEmpty()));
                EXPECT_GT(reason.amount(), 0);
              }
            }
          }
        }
      }
    }
  }
}

TEST_F(Explanations, AllKindsAreReadableForThreeTrades) {
  for (const char* firm : {"boulangerie-rhone", "restaurant-lille", "maconnerie-creuse"}) {
    const std::string name = Ask(firm).name();
    ExpectReadable(OfName<pb::StabilityExplanation>(&Stub::AssessStability, name));
    ExpectReadable(OfName<pb::UnknownsExplanation>(&Stub::AssessUnknowns, name));
    ExpectReadable(OfName<pb::RepairsExplanation>(&Stub::SuggestRepairs, name));
    ExpectReadable(OfName<pb::Plan>(&Stub::GetPlan, name));
    const std::set<std::string> offerings = AllOfferings(Ask(firm));
    ExpectReadable(Compare(name, *offerings.begin(), *offerings.rbegin()));
    for (const auto side :
         {pb::CounterfactualExplanation::OFFERING, pb::CounterfactualExplanation::FIRM,
          pb::CounterfactualExplanation::WEIGHTS}) {
      ExpectReadable(WhatIf(name, *offerings.rbegin(), side));
    }
  }
}

TEST_F(Explanations, ComparisonsSetEveryConAgainstPros) {
  const pb::Recommendation& answer = Ask("boulangerie-rhone");
  const auto& bands = answer.results(0).rankings(0).bands();
  ASSERT_GE(bands.size(), 2);
  for (int other = 1; other < bands.size(); ++other) {
    const auto compared = Compare(answer.name(), bands[0].offerings(0).offering(),
                                  bands[other].offerings(0).offering());
    const pb::Comparison& need = compared.needs(0);
    EXPECT_TRUE(need.comparable());
    EXPECT_TRUE(need.better_is_a());
    EXPECT_EQ(need.gap(), bands[0].offerings(0).score() - bands[other].offerings(0).score());
    for (const pb::CoveredCon& con : need.cons()) {
      int64_t covered = 0;
      for (const pb::Cover& cover : con.covers()) covered += cover.amount();
      EXPECT_EQ(covered, con.amount()) << con.criterion_id();
    }
    ExpectReadable(compared);
  }
}

TEST_F(Explanations, RepairsAreOfferedWhereNothingIsRanked) {
  // Demands so much that no offering is left: each repair gives some back, and none is a law.
  catalog::SampleProfile firm = server_->Profile("boulangerie-rhone");
  firm.profile.mutable_budget()->set_hard(true);
  firm.profile.mutable_budget()->mutable_one_off_max()->set_micros(0);
  firm.profile.mutable_budget()->mutable_monthly_max()->set_micros(1'000'000);
  const auto repairs =
      OfName<pb::RepairsExplanation>(&Stub::SuggestRepairs, server_->Ask(firm).name());
  ASSERT_EQ(repairs.rankings_size(), 2);
  for (const pb::Repairs& ranking : repairs.rankings()) {
    ASSERT_GT(ranking.repairs_size(), 0) << ranking.summary().fr();
    EXPECT_LE(ranking.repairs_size(), 5);
    for (const pb::Repair& repair : ranking.repairs()) {
      EXPECT_GT(repair.regained_count(), 0);
      EXPECT_GT(repair.relaxed_size(), 0);
      for (const pb::RelaxedWish& wish : repair.relaxed()) {
        EXPECT_THAT(wish.constraint_id(), ::testing::Not(::testing::AnyOf("H07", "H10", "H13")));
      }
    }
  }
  ExpectReadable(repairs);
}

TEST_F(Explanations, StabilityCountsDrawsOfTheRankedOnly) {
  const pb::Recommendation& answer = Ask("restaurant-lille");
  const auto stability = OfName<pb::StabilityExplanation>(&Stub::AssessStability, answer.name());
  for (const auto& ranking : stability.rankings()) {
    for (const auto& offering : ranking.offerings()) {
      EXPECT_LE(offering.first_band_count(), offering.top_three_count());
      EXPECT_LE(offering.top_three_count(), ranking.draw_count());
    }
  }
}

TEST_F(Explanations, NothingIsLogged) {
  const pb::Recommendation& answer = Ask("maconnerie-creuse");
  const auto count = [&] {
    pb::GetEngagementRequest request;
    request.set_name(answer.name().substr(0, answer.name().find("/recommendations/")));
    pb::Engagement engagement;
    const auto advisor = pb::AdvisorService::NewStub(server_->channel());
    EXPECT_TRUE(advisor->GetEngagement(server_->Context().get(), request, &engagement).ok());
    return engagement.recommendation_count();
  };
  const int before = count();
  OfName<pb::Plan>(&Stub::GetPlan, answer.name());
  OfName<pb::StabilityExplanation>(&Stub::AssessStability, answer.name());
  EXPECT_EQ(count(), before);
}

// --- Documents -----------------------------------------------------------------------------------

TEST_F(Explanations, ReportIsTheSameEachTimeAndHasItsDigest) {
  pb::GetReportRequest request;
  request.set_name(Ask("boulangerie-rhone").name());
  for (const char* language : {"", "fr", "en"}) {
    request.set_language_code(language);
    const auto report = Must<pb::Report>(&Stub::GetReport, request);
    const auto again = Must<pb::Report>(&Stub::GetReport, request);
    EXPECT_EQ(report.content(), again.content());
    EXPECT_EQ(report.digest(), base::HexEncode(base::Sha256(report.content())));
    EXPECT_EQ(report.language_code(), *language == '\0' ? "fr" : language);
    EXPECT_THAT(report.content(), HasSubstr(Ask("boulangerie-rhone").digests().result()));
    EXPECT_THAT(report.content(), Not(HasSubstr("<script")));
  }
}

TEST_F(Explanations, NoticeIsOfTheRulesInForceOrOfANamedRevision) {
  pb::GetTransparencyNoticeRequest request;
  const auto active = Must<pb::TransparencyNotice>(&Stub::GetTransparencyNotice, request);
  EXPECT_EQ(active.rulebook_revision(), Ask("boulangerie-rhone").rulebook_revision());
  EXPECT_EQ(active.rulebook_digest(), Ask("boulangerie-rhone").digests().rulebook());
  EXPECT_THAT(active.html_fr(), IsEmpty());
  EXPECT_GT(active.disclosure().member_count(), 0);
  ExpectReadable(active);
  request.set_name(active.rulebook_revision());
  request.set_html(true);
  const auto named = Must<pb::TransparencyNotice>(&Stub::GetTransparencyNotice, request);
  EXPECT_THAT(named.html_fr(), HasSubstr("<html lang=\"fr\">"));
  EXPECT_THAT(named.html_en(), HasSubstr("<html lang=\"en\">"));
}

// --- What must not be answered -------------------------------------------------------------------

struct Refusal {
  std::string reason;
  std::set<std::string> fields;
};
Refusal RefusalOf(const grpc::Status& status) {
  Refusal refusal;
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    if (any.UnpackTo(&info)) refusal.reason = info.reason();
    if (any.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) refusal.fields.insert(violation.field());
    }
  }
  return refusal;
}

TEST_F(Explanations, SayAllThatIsWrongAtOnce) {
  pb::FindCounterfactualsRequest request;
  request.set_name("recommendations/x");
  request.set_offering("<script>");
  request.set_side(static_cast<pb::CounterfactualExplanation::Side>(99));
  pb::CounterfactualExplanation answer;
  const Refusal refusal = RefusalOf(Call(&Stub::FindCounterfactuals, request, answer));
  EXPECT_EQ(refusal.reason, "BAD_REQUEST");
  EXPECT_EQ(refusal.fields, (std::set<std::string>{"name", "offering", "goal", "side"}));
}

struct Bad {
  const char* title;
  std::string name;
  std::string offering;
  std::string need_id;
  const char* reason;
};

TEST_F(Explanations, RefuseWhatIsNotThere) {
  const std::string& name = Ask("boulangerie-rhone").name();
  const std::string offering = *AllOfferings(Ask("boulangerie-rhone")).begin();
  const Bad cases[] = {
      {"another's engagement", "engagements/e-not-mine/recommendations/r", offering, "",
       "NOT_OWNER"},
      {"no such recommendation", name.substr(0, name.rfind('/') + 1) + "r-none", offering, "",
       "RESOURCE_NOT_FOUND"},
      {"no such offering", name, "members/nobody/offerings/nothing", "", "RESOURCE_NOT_FOUND"},
      {"a need that was not asked", name, offering, "CRM", "BAD_REQUEST"},
      {"a need in lower case", name, offering, "ecommerce", "BAD_REQUEST"},
      {"a wild card", "engagements/-/recommendations/-", offering, "", "BAD_REQUEST"},
      {"an empty name", "", offering, "", "BAD_REQUEST"},
      {"a long name", "engagements/" + std::string(100'000, 'a') + "/recommendations/b", offering,
       "", "BAD_REQUEST"},
  };
  for (const Bad& c : cases) {
    pb::ExplainWhyNotRequest request;
    request.set_name(c.name);
    request.set_offering(c.offering);
    request.set_need_id(c.need_id);
    pb::WhyNotExplanation answer;
    EXPECT_EQ(RefusalOf(Call(&Stub::ExplainWhyNot, request, answer)).reason, c.reason) << c.title;
  }
}

// One call of every method about a recommendation, by `caller`.
struct Method {
  const char* name;
  std::function<grpc::Status(const std::string& recommendation, const std::string& caller)> call;
};

template <typename Request, typename Response>
Method Of(const char* name,
          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
          std::function<void(Request&)> fill, Stub* stub, SampleServer* server) {
  return {name, [=](const std::string& recommendation, const std::string& caller) {
            Request request;
            request.set_name(recommendation);
            if (fill) fill(request);
            Response response;
            return (stub->*method)(server->Context(caller).get(), request, &response);
          }};
}

TEST_F(Explanations, AreTheAdvisorsOwnAndTheAuditors) {
  const std::string name = Ask("boulangerie-rhone").name();
  const std::set<std::string> offerings = AllOfferings(Ask("boulangerie-rhone"));
  const std::vector<Method> methods = {
      Of<pb::ExplainWhyNotRequest, pb::WhyNotExplanation>(
          "ExplainWhyNot", &Stub::ExplainWhyNot,
          [&](auto& request) { request.set_offering(*offerings.begin()); }, stub_, server_),
      Of<pb::CompareOfferingsRequest, pb::ComparisonExplanation>(
          "CompareOfferings", &Stub::CompareOfferings,
          [&](auto& request) {
            request.set_offering_a(*offerings.begin());
            request.set_offering_b(*offerings.rbegin());
          },
          stub_, server_),
      Of<pb::FindCounterfactualsRequest, pb::CounterfactualExplanation>(
          "FindCounterfactuals", &Stub::FindCounterfactuals,
          [&](auto& request) {
            request.set_offering(*offerings.begin());
            request.set_goal(pb::CounterfactualExplanation::TOP_THREE);
            request.set_side(pb::CounterfactualExplanation::WEIGHTS);
          },
          stub_, server_),
      Of<pb::AssessStabilityRequest, pb::StabilityExplanation>(
          "AssessStability", &Stub::AssessStability, {}, stub_, server_),
      Of<pb::AssessUnknownsRequest, pb::UnknownsExplanation>(
          "AssessUnknowns", &Stub::AssessUnknowns, {}, stub_, server_),
      Of<pb::SuggestRepairsRequest, pb::RepairsExplanation>("SuggestRepairs", &Stub::SuggestRepairs,
                                                            {}, stub_, server_),
      Of<pb::GetPlanRequest, pb::Plan>("GetPlan", &Stub::GetPlan, {}, stub_, server_),
      Of<pb::GetReportRequest, pb::Report>("GetReport", &Stub::GetReport, {}, stub_, server_),
  };
  struct Case {
    const char* caller;
    const char* reason;  // empty: answered
  };
  const Case cases[] = {
      {"ADVISOR/demo", ""},
      {"AUDITOR/alix", ""},
      {"ADVISOR/paul", "NOT_OWNER"},
      {"MEMBER/kervadel", "ROLE_NOT_ALLOWED"},
      {"REVIEWER/lena", "ROLE_NOT_ALLOWED"},
      {"OPERATOR/omar", "ROLE_NOT_ALLOWED"},
      {"", "TOKEN_MISSING"},
  };
  for (const Method& method : methods) {
    for (const Case& c : cases) {
      const grpc::Status status = method.call(name, c.caller);
      if (*c.reason == '\0') {
        EXPECT_TRUE(status.ok()) << method.name << " by " << c.caller << status.error_message();
      } else {
        EXPECT_EQ(RefusalOf(status).reason, c.reason) << method.name << " by " << c.caller;
      }
    }
  }
  // How offerings are ranked is for everybody who has a token.
  for (const Case& c : cases) {
    pb::GetTransparencyNoticeRequest request;
    pb::TransparencyNotice answer;
    EXPECT_EQ(Call(&Stub::GetTransparencyNotice, request, answer, c.caller).ok(), *c.caller != '\0')
        << c.caller;
  }
}

TEST_F(Explanations, RefuseAnOfferingAgainstItself) {
  pb::CompareOfferingsRequest request;
  request.set_name(Ask("boulangerie-rhone").name());
  request.set_offering_a(*AllOfferings(Ask("boulangerie-rhone")).begin());
  request.set_offering_b(request.offering_a());
  pb::ComparisonExplanation answer;
  EXPECT_EQ(RefusalOf(Call(&Stub::CompareOfferings, request, answer)).fields,
            std::set<std::string>{"offering_b"});
}

TEST_F(Explanations, RefuseALanguageThatIsNotSpoken) {
  pb::GetReportRequest request;
  request.set_name(Ask("boulangerie-rhone").name());
  request.set_language_code("../../etc/passwd");
  request.set_format(static_cast<pb::GetReportRequest::Format>(7));
  pb::Report answer;
  EXPECT_EQ(RefusalOf(Call(&Stub::GetReport, request, answer)).fields,
            (std::set<std::string>{"language_code", "format"}));
}

TEST_F(Explanations, RefuseARulebookThatIsNotThere) {
  pb::GetTransparencyNoticeRequest request;
  pb::TransparencyNotice answer;
  for (const char* name : {"rulebooks/base/revisions/999999", "rulebooks/other/revisions/1"}) {
    request.set_name(name);
    EXPECT_EQ(RefusalOf(Call(&Stub::GetTransparencyNotice, request, answer)).reason,
              "RESOURCE_NOT_FOUND");
  }
  request.set_name("rulebooks/base");
  EXPECT_EQ(RefusalOf(Call(&Stub::GetTransparencyNotice, request, answer)).reason, "BAD_REQUEST");
}

}  // namespace
}  // namespace aplomb::e2e
