// docs/explanations.md shows what the program says: each example of the page is made anew, from the
// fictional sample catalogue and with secrets from a fixed seed, and compared. Where phrases
// change,
//
//   APLOMB_UPDATE_PAGES=1 ctest --test-dir build/dev -R ExplanationsPage
//
// writes the examples into the page; the difference is then read like any other change.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "aplomb/advisor/v1/explanation_service.grpc.pb.h"
#include "cli/print_explanation.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/sample_server.h"
#include "tests/testing/files.h"

namespace aplomb::e2e {
namespace {

namespace pb = advisor::v1;
using cli::Language;
using Stub = pb::ExplanationService::Stub;

constexpr char kPage[] = "docs/explanations.md";
constexpr uint64_t kSeed = 20261120;

// Makes the examples over one server.
class Examples {
 public:
  Examples() : server_(kSeed), stub_(pb::ExplanationService::NewStub(server_.channel())) {}

  // By the name of their place in the page; asked in this order, because the lots hang on it.
  std::map<std::string, std::string> Make() {
    const std::string baker = Ask("boulangerie-rhone");
    const std::string physio = Ask("kine-nantes");
    const std::string maker = Ask("createrice-reunion");
    std::map<std::string, std::string> out;

    out["baker-why-not"] = WhyNot(baker, "members/lirandel/offerings/boutique-discrete");
    out["baker-compare"] = Compare(baker, "members/quersolin/offerings/boutique-a-la-commission",
                                   "members/fontorbe/offerings/boutique-a-l-abonnement");
    out["baker-what-if"] =
        WhatIf(baker, "members/ustarelle/offerings/boutique-grand-large", "offering");
    out["baker-unknowns"] = Unknowns(baker, Language::kFrench);
    out["baker-plan"] = Plan(baker, Language::kFrench);

    out["physio-why-not"] = WhyNot(physio, "members/izoranne/offerings/agenda-patient");
    out["physio-what-if"] = WhatIf(physio, "members/izoranne/offerings/agenda-patient", "offering");
    out["physio-stability"] = Stability(physio, Language::kFrench);

    out["maker-why-not"] = WhyNot(maker, "members/kervadel/offerings/boutique-tout-compris");
    out["maker-what-if"] =
        WhatIf(maker, "members/kervadel/offerings/boutique-tout-compris", "weights");
    catalog::SampleProfile strict = server_.Profile("createrice-reunion");
    strict.profile.mutable_budget()->set_hard(true);
    strict.profile.mutable_budget()->mutable_target_36_months()->set_micros(100'000'000);
    out["maker-repair"] = Repair(server_.Ask(strict).name(), Language::kFrench);
    out["maker-stability"] = Stability(maker, Language::kEnglish);
    return out;
  }

 private:
  std::string Ask(const std::string& firm) { return server_.Ask(server_.Profile(firm)).name(); }

  template <typename Request, typename Response>
  std::string Say(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request, const std::string& command, Language language) {
    Response answer;
    const grpc::Status status = (stub_.get()->*method)(server_.Context().get(), request, &answer);
    EXPECT_TRUE(status.ok()) << command << ": " << status.error_message();
    return absl::StrCat("```\n$ aplomb ", command,
                        language == Language::kEnglish ? " --lang en" : "", "\n",
                        cli::PrintExplanation(answer, language), "```\n");
  }

  std::string WhyNot(const std::string& name, const std::string& offering) {
    pb::ExplainWhyNotRequest request;
    request.set_name(name);
    request.set_offering(offering);
    return Say(&Stub::ExplainWhyNot, request, absl::StrCat("explain why-not NAME ", offering),
               Language::kFrench);
  }
  std::string Compare(const std::string& name, const std::string& a, const std::string& b) {
    pb::CompareOfferingsRequest request;
    request.set_name(name);
    request.set_offering_a(a);
    request.set_offering_b(b);
    return Say(&Stub::CompareOfferings, request,
               absl::StrCat("explain compare NAME ", a, " \\\n    ", b), Language::kFrench);
  }
  std::string WhatIf(const std::string& name, const std::string& offering,
                     const std::string& side) {
    pb::FindCounterfactualsRequest request;
    request.set_name(name);
    request.set_offering(offering);
    const bool weights = side == "weights";
    request.set_goal(weights ? pb::CounterfactualExplanation::FIRST_BAND
                             : pb::CounterfactualExplanation::TOP_THREE);
    request.set_side(weights ? pb::CounterfactualExplanation::WEIGHTS
                             : pb::CounterfactualExplanation::OFFERING);
    return Say(&Stub::FindCounterfactuals, request,
               absl::StrCat("explain what-if NAME ", offering, weights ? " \\\n   " : "",
                            weights ? " --goal first --side weights" : ""),
               Language::kFrench);
  }
  std::string Stability(const std::string& name, Language language) {
    pb::AssessStabilityRequest request;
    request.set_name(name);
    return Say(&Stub::AssessStability, request, "explain stability NAME", language);
  }
  std::string Unknowns(const std::string& name, Language language) {
    pb::AssessUnknownsRequest request;
    request.set_name(name);
    return Say(&Stub::AssessUnknowns, request, "explain unknowns NAME", language);
  }
  std::string Repair(const std::string& name, Language language) {
    pb::SuggestRepairsRequest request;
    request.set_name(name);
    return Say(&Stub::SuggestRepairs, request, "explain repair NAME", language);
  }
  std::string Plan(const std::string& name, Language language) {
    pb::GetPlanRequest request;
    request.set_name(name);
    return Say(&Stub::GetPlan, request, "explain plan NAME", language);
  }

  SampleServer server_;
  std::unique_ptr<Stub> stub_;
};

TEST(ExplanationsPage, ShowsWhatTheProgramSays) {
  const std::map<std::string, std::string> examples = Examples().Make();
  const std::string path = aplomb::testing::SourcePath(kPage);
  std::string page = aplomb::testing::ReadFileOrFail(path);
  const bool update = std::getenv("APLOMB_UPDATE_PAGES") != nullptr;
  constexpr char kEnd[] = "<!-- /example -->";
  for (const auto& [id, text] : examples) {
    const std::string begin = absl::StrCat("<!-- example ", id, " -->\n");
    const size_t at = page.find(begin);
    ASSERT_NE(at, std::string::npos) << kPage << " has no place for it: " << begin;
    const size_t from = at + begin.size();
    const size_t to = page.find(kEnd, from);
    ASSERT_NE(to, std::string::npos) << kPage << ": " << begin << " has no end";
    if (update) {
      page.replace(from, to - from, text);
    } else {
      EXPECT_EQ(page.substr(from, to - from), text)
          << "paste this into " << kPage << " at " << begin
          << "or let APLOMB_UPDATE_PAGES=1 do it:\n"
          << text;
    }
  }
  if (update) std::ofstream(path, std::ios::binary) << page;
  // Every place of the page belongs to an example.
  size_t places = 0;
  for (size_t at = page.find("<!-- example "); at != std::string::npos;
       at = page.find("<!-- example ", at + 1)) {
    ++places;
  }
  EXPECT_EQ(places, examples.size());
}

}  // namespace
}  // namespace aplomb::e2e
