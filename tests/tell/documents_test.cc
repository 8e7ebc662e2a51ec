// The report and the notice: complete, the same each time, and deaf to what vendors write.
#include <set>
#include <string>

#include "decision/notice/notice.h"
#include "decision/plan/plan.h"
#include "decision/report/html.h"
#include "decision/report/report.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/decision/answer_world.h"

namespace aplomb::report {
namespace {

using decision::AnswerWorld;
using decision::Asked;
using decision::Language;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// --- Escape --------------------------------------------------------------------------------------

struct EscapeCase {
  const char* name;
  std::string text;
  std::string html;
};
class Escaped : public ::testing::TestWithParam<EscapeCase> {};
TEST_P(Escaped, IsAsExpected) { EXPECT_EQ(Escape(GetParam().text), GetParam().html); }

INSTANTIATE_TEST_SUITE_P(
    Texts, Escaped,
    ::testing::Values(EscapeCase{"Plain", "Boulangerie à Lyon – 12 €", "Boulangerie à Lyon – 12 €"},
                      EscapeCase{"Markup", "<script>alert('x')</script>",
                                 "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
                      EscapeCase{"Attribute", "\" onload=\"x", "&quot; onload=&quot;x"},
                      EscapeCase{"Reference", "&lt;b&gt;", "&amp;lt;b&amp;gt;"},
                      EscapeCase{"LineBreaks", "a\nb\tc\rd", "a b c d"},
                      EscapeCase{"Controls", std::string("a\0b\x1b[2Jc\x7f", 9),
                                 "a\xEF\xBF\xBD"
                                 "b\xEF\xBF\xBD[2Jc\xEF\xBF\xBD"},
                      EscapeCase{"HighControls",
                                 "a\xC2\x85"
                                 "b",
                                 "a\xEF\xBF\xBD"
                                 "b"},
                      // U+202E turns "12 €" around; U+2066 and U+200F do their share.
                      EscapeCase{"Direction",
                                 "\xE2\x80\xAE"
                                 "12\xE2\x81\xA6\xE2\x80\x8F",
                                 "\xEF\xBF\xBD"
                                 "12\xEF\xBF\xBD\xEF\xBF\xBD"},
                      EscapeCase{"NoBreakSpaceStays",
                                 "1\xC2\xA0"
                                 "2",
                                 "1\xC2\xA0"
                                 "2"},
                      EscapeCase{"FourBytes", "\xF0\x9F\x8D\x9E", "\xF0\x9F\x8D\x9E"},
                      EscapeCase{"CutCharacter", "a\xE2\x80", "a\xE2\x80"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Cut, KeepsWholeCharacters) {
  EXPECT_EQ(Cut("été", 3), "été");
  EXPECT_EQ(Cut("été", 2), "é…");
  EXPECT_EQ(Cut("", 2), "");
}

// --- The report ----------------------------------------------------------------------------------

// What no honest vendor writes.
constexpr char kHostile[] =
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&\xE2\x80\xAE](javascript:x)";

class Documents : public ::testing::Test {
 protected:
  Documents() : asked_(decision::kQuickIntake) {
    for (const char* member : {"a", "b", "c", "d"}) {
      world_.Add(member, "shop",
                 R"pb(pricing {
                        components {
                          model: FLAT
                          period: MONTH
                          amount { micros: 20000000 currency_code: "EUR" }
                        }
                      })pb");
    }
    world_.Add("far", "shop", R"pb(coverage { regions { codes: "04" } })pb");
    shown_ = world_.Answer(asked_);
    shown_.set_name("engagements/e/recommendations/r");
    shown_.set_recommendation_count(3);
    shown_.set_preview_count(1);
    *shown_.mutable_profile() = asked_.profile;
    for (const auto& need : asked_.needs) *shown_.add_needs() = need;
    shown_.mutable_as_of_date()->set_year(2026);
    shown_.mutable_as_of_date()->set_month(11);
    shown_.mutable_as_of_date()->set_day(23);
    for (auto& band : *shown_.mutable_results(0)->mutable_rankings(0)->mutable_bands()) {
      for (auto& offering : *band.mutable_offerings()) {
        offering.mutable_title()->set_fr(kHostile);
        offering.mutable_title()->set_en(kHostile);
        offering.set_member_display_name(kHostile);
        for (auto& line : *offering.mutable_cost()->mutable_lines()) {
          line.mutable_label()->set_fr(kHostile);
        }
      }
    }
    auto* excluded = shown_.mutable_results(0)->mutable_rankings(0)->mutable_excluded(0);
    excluded->mutable_title()->set_fr(kHostile);
    excluded->set_member_display_name(kHostile);
  }

  std::string Report(Language language) const {
    return MakeReport({.recommendation = shown_,
                       .plan = plan::MakePlan(shown_, world_.snapshot(), world_.rulebook()),
                       .stability = {},
                       .rules = world_.rulebook().source,
                       .receipt_digest = "00ff"},
                      language);
  }

  AnswerWorld world_;
  Asked asked_;
  advisor::v1::Recommendation shown_;
};

// Every tag of a document is one of ours, and none loads or runs anything.
void ExpectOnlyOurTags(const std::string& html) {
  static const std::set<std::string> kOurs = {
      "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "header", "div",  "p",  "h1",
      "h2",       "h3",   "h4",   "b",    "br",    "bdi",   "span", "ul",     "ol",   "li", "table",
      "tr",       "th",   "td",   "svg",  "rect",  "line",  "path", "circle", "text", "sup"};
  for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const size_t begin = html[at + 1] == '/' ? at + 2 : at + 1;
    const std::string tag = html.substr(begin, html.find_first_of(" >/\n", begin) - begin);
    ASSERT_TRUE(kOurs.count(tag) == 1) << tag << " in " << html.substr(at, 80);
    const std::string whole = html.substr(at, html.find('>', at) - at);
    EXPECT_THAT(whole, Not(AnyOf(HasSubstr(" on"), HasSubstr("src="), HasSubstr("href="),
                                 HasSubstr("javascript:"))));
  }
  EXPECT_THAT(html, Not(HasSubstr("url(")));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
}

TEST_F(Documents, ReportTreatsVendorsTextAsText) {
  for (const Language language : {Language::kFr, Language::kEn}) {
    const std::string html = Report(language);
    ExpectOnlyOurTags(html);
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
    EXPECT_THAT(html, Not(HasSubstr("\xE2\x80\xAE")));
  }
}

TEST_F(Documents, ReportIsTheSameEachTime) {
  EXPECT_EQ(Report(Language::kFr), Report(Language::kFr));
}

TEST_F(Documents, ReportHoldsWhatAdviceMustHold) {
  const std::string html = Report(Language::kEn);
  // What was asked, what is unknown, range, drawbacks, cost, checks, statements, trace.
  for (const char* part :
       {"What you asked", "What we do not know", "The path", "We examined <b>5 offerings</b>",
        "Drawbacks", "All-in cost over 36 months", "To check before signing",
        "Members pay a yearly fee", "The comparison is not exhaustive",
        "This result is number 3 of this file: 2 request(s) and 1 preview(s)", "00ff",
        "engagements/e/recommendations/r"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(html, HasSubstr("<svg width=\"100%\""));
}

TEST_F(Documents, ReportHasNoFrenchInEnglish) {
  const std::string html = Report(Language::kEn);
  for (const char* word : {"Le chemin", "écartée", "Points forts", "hors taxes", "Rang<"}) {
    EXPECT_THAT(html, Not(HasSubstr(word)));
  }
}

// --- The notice ----------------------------------------------------------------------------------

TEST_F(Documents, NoticeSaysEveryRuleOfTheRulebook) {
  const auto notice =
      notice::MakeNotice("rulebooks/base/revisions/3", world_.rulebook(), world_.snapshot());
  const auto& rules = world_.rulebook().source;
  int criteria = 0;
  int32_t weight = 0;
  int32_t last = 10'001;
  for (const auto& parameter : notice.parameters()) {
    criteria += parameter.criteria_size();
    weight += parameter.default_weight_bp();
    EXPECT_LE(parameter.default_weight_bp(), last) << "weightiest first";
    last = parameter.default_weight_bp();
    EXPECT_THAT(parameter.reason().fr(), Not(IsEmpty()));
  }
  EXPECT_EQ(criteria, rules.criteria_size());
  EXPECT_EQ(weight, 10'000);
  EXPECT_EQ(notice.constraints_size(), rules.constraints_size());
  EXPECT_EQ(notice.disclosure().member_count(), 5);
  std::set<std::string> ids;
  for (const auto& section : notice.sections()) ids.insert(section.section_id());
  EXPECT_THAT(
      ids, ::testing::UnorderedElementsAre("order", "remuneration", "links", "exhaustiveness",
                                           "update", "prices", "change-order", "lot", "contest"));
  for (const Language language : {Language::kFr, Language::kEn}) {
    const std::string html = notice::PrintNotice(notice, language);
    ExpectOnlyOurTags(html);
    for (const auto& criterion : rules.criteria()) {
      EXPECT_THAT(html, HasSubstr(criterion.criterion_id() + " "));
    }
  }
}

}  // namespace
}  // namespace aplomb::report
