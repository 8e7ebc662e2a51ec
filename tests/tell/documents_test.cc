// The report and the notice: complete, the same each time, and deaf to what vendors write.
#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "decision/notice/notice.h"
#include "decision/plan/plan.h"
#include "decision/report/cost_picture.h"
#include "decision/report/html.h"
#include "decision/report/report.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
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
                       .unknowns = unknowns_,
                       .rules = world_.rulebook().source,
                       .receipt_digest = "00ff"},
                      language);
  }

  AnswerWorld world_;
  Asked asked_;
  advisor::v1::Recommendation shown_;
  advisor::v1::UnknownsExplanation unknowns_;
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

// What a suitability report holds (by analogy with Directive 2014/65/EU, art. 25(6)): each part has
// its words in both languages.
struct Part {
  const char* name;
  const char* fr;
  const char* en;
};
void PrintTo(const Part& part, std::ostream* out) { *out << part.name; }
class ReportHolds : public Documents, public ::testing::WithParamInterface<Part> {};

TEST_P(ReportHolds, ItInBothLanguages) {
  EXPECT_NE(Report(Language::kFr).find(GetParam().fr), std::string::npos) << GetParam().fr;
  EXPECT_NE(Report(Language::kEn).find(GetParam().en), std::string::npos) << GetParam().en;
}

INSTANTIATE_TEST_SUITE_P(
    Parts, ReportHolds,
    ::testing::Values(
        Part{"WhoAsked", "Dossier, ouvert par votre conseiller", "File, opened by your advisor"},
        Part{"WhatWasAsked", "Ce que vous avez demandé", "What you asked"},
        Part{"FactsReliedOn", "Budget hors taxes", "Budget excluding VAT"},
        Part{"Priorities", "Ce qui compte pour vous", "What counts for you"},
        Part{"Unknown", "Ce que nous ne savons pas", "What we do not know"},
        Part{"Needs", "Boutique en ligne", "Online shop"}, Part{"Path", "Le chemin", "The path"},
        Part{"Steps", "Vos prochaines étapes", "Your next steps"},
        Part{"Options", "Nous avons examiné <b>5 offres</b> de <b>5 fournisseurs</b>",
             "We examined <b>5 offerings</b> of <b>5 suppliers</b>"},
        Part{"Exclusions", "Écartées, et pourquoi", "Excluded, and why"},
        Part{"Strengths", "Points forts", "Strengths"},
        Part{"Drawbacks", "Points faibles", "Drawbacks"},
        Part{"Cost", "Coût complet sur 36 mois", "All-in cost over 36 months"},
        Part{"CostPicture", "aria-label=\"Coût complet sur 36 mois par composante\"",
             "aria-label=\"All-in cost over 36 months by component\""},
        Part{"CostByComponent", "<td class=\"n\">720,00\u00A0€</td>",
             "<td class=\"n\">EUR\u00A0"
             "720.00</td>"},
        Part{"Checks", "À vérifier avant de signer", "To check before signing"},
        Part{"Ranking", "Les offres sont classées par note décroissante",
             "Offerings are ranked by falling score"},
        Part{"NotExhaustive", "est pas exhaustive", "The comparison is not exhaustive"},
        Part{"Remuneration", "Les membres versent une cotisation annuelle",
             "Members pay a yearly fee"},
        Part{"Contest", "Vous pouvez contester ce résultat", "You may contest this result"},
        Part{"Reruns",
             "Ce résultat est le n°\u00A0"
             "3 de ce dossier\u00A0: 2 demandes et 1 aperçu",
             "This result is number 3 of this file: 2 requests and 1 preview"},
        Part{"Revisions", "Révision des règles", "Rulebook revision"},
        Part{"ReceiptDigest", "Empreinte du reçu", "Digest of the receipt"},
        Part{"ReceiptDigestItself", "00ff", "00ff"},
        Part{"Name", "engagements/e/recommendations/r", "engagements/e/recommendations/r"}),
    [](const auto& row) { return std::string(row.param.name); });

// The amounts of the components stand beside the picture, and sum to the cost that was compared.
TEST_F(Documents, ReportSumsTheComponentsToTheCost) {
  for (const auto& band : shown_.results(0).rankings(0).bands()) {
    for (const auto& offering : band.offerings()) {
      int64_t sum = 0;
      for (const int64_t part : PartsOf(offering.cost())) sum += part;
      EXPECT_EQ(sum, offering.cost().tco36_micros());
    }
  }
}

TEST(KeepTogether, LetsNoLineBeginWithAMark) {
  EXPECT_EQ(KeepTogether("Coût : « 12 % » ; oui ?"),
            "Coût\u00A0: «\u00A0"
            "12\u00A0%\u00A0»\u00A0; oui\u00A0?");
  EXPECT_EQ(KeepTogether("<td class=\"n\">a:b</td>"), "<td class=\"n\">a:b</td>");
}

TEST_F(Documents, ReportHasNoFrenchInEnglish) {
  const std::string html = Report(Language::kEn);
  for (const char* word : {"Le chemin", "écartée", "Points forts", "hors taxes", "Rang<"}) {
    EXPECT_THAT(html, Not(HasSubstr(word)));
  }
}

// --- What the firm told ------------------------------------------------------------------------

// One value for each field, false and empty lists among them: a "no" is an answer.
std::vector<std::string> EachToldField() {
  return {
      "siren: '552100554'",
      "siret: '55210055400013'",
      "region_code: '84'",
      "department_code: '69'",
      "activity { nomenclature: NAF_REV2 code: '10.71C' }",
      "staff_band: '01'",
      "staff_count: 77",
      "turnover { micros: 123000000 currency_code: 'EUR' }",
      "balance_total { micros: 124000000 currency_code: 'EUR' }",
      "creation_date { year: 2019 month: 3 day: 4 }",
      "legal_form: '5710'",
      "vat_regime: NOT_LIABLE",
      "einvoicing { platform_chosen: false }",
      "einvoicing { issues_already: false }",
      "craft_register: false",
      "franchise_network: false",
      "online_only: false",
      "clientele: MIXED",
      "sells_to_public_bodies: false",
      "sells_on_premises: false",
      "takes_cards: false",
      "exports_outside_eu: false",
      "ui_languages { }",
      "digital_skill: 3",
      "existing_tools { tool_class: SHOP }",
      "usage { metric: STORAGE_GB value: 7 }",
      "yearly_growth_bp: 500",
      "data { personal: false }",
      "data { health: false }",
      "data { minors: false }",
      "data { payment_cards: false }",
      "data { trade_secret: false }",
      "data_residency: ANYWHERE",
      "accessibility_required: false",
      "wants_onsite_help: false",
      "wants_data_location_scored: false",
      "accepts_beta: false",
      "payment_methods { }",
      "budget { hard: false }",
      "deadline { year: 2027 month: 2 day: 1 }",
      "digital_intensity { version: 4 }",
      "met_need_ids: 'DOMAIN'",
  };
}

TEST_F(Documents, ReportPrintsEveryFieldThatTheFirmTold) {
  std::set<std::string> fields;
  shown_.clear_profile();
  const std::string silent = Report(Language::kEn);
  for (const std::string& text : EachToldField()) {
    shown_.clear_profile();
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, shown_.mutable_profile()))
        << text;
    // The legal checklist reads the profile too: the table alone is compared.
    const auto table = [](const std::string& html) {
      const size_t begin = html.find("<table class=\"kv\">");
      return html.substr(begin, html.find("</table>", begin) - begin);
    };
    EXPECT_NE(table(Report(Language::kEn)), table(silent)) << text;
    EXPECT_THAT(table(Report(Language::kFr)), Not(HasSubstr("_"))) << text;
    fields.insert(text.substr(0, text.find_first_of(": ")));
  }
  const auto& profile = *type::FirmProfile::descriptor();
  for (int i = 0; i < profile.field_count(); ++i) {
    EXPECT_TRUE(fields.count(profile.field(i)->name()) == 1) << profile.field(i)->name();
  }
}

TEST_F(Documents, ReportHasTheBudgetOfANeed) {
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "monthly_max { micros: 31000000 currency_code: 'EUR' } hard: true",
      shown_.mutable_needs(0)->mutable_budget()));
  EXPECT_THAT(Report(Language::kFr), HasSubstr("budget de ce besoin"));
  EXPECT_THAT(Report(Language::kFr), HasSubstr("31,00 € par mois (à ne jamais dépasser)"));
  EXPECT_THAT(Report(Language::kEn), HasSubstr("31.00 a month (never to be exceeded)"));
}

// The open questions are the next questions of all rankings: each once, those first that move most,
// five at most.
TEST_F(Documents, ReportAsksTheNextQuestions) {
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(rankings {
             next_questions {
               field: "a"
               text { en: "Ask-a" }
               leaders_moved: 2
               outcome_count: 2
             }
             next_questions {
               field: "b"
               text { en: "Ask-b" }
               leaders_moved: 1
               outcome_count: 2
             }
           }
           rankings {
             next_questions {
               field: "c"
               text { en: "Ask-c" }
               leaders_moved: 4
               outcome_count: 2
             }
             next_questions {
               field: "b"
               text { en: "Ask-b" }
               leaders_moved: 3
               outcome_count: 2
             }
             next_questions {
               field: "d"
               text { en: "Ask-d" }
               leaders_moved: 1
               outcome_count: 3
             }
             next_questions {
               field: "e"
               text { en: "Ask-e" }
               leaders_moved: 1
               outcome_count: 1
             }
             next_questions {
               field: "f"
               text { en: "Ask-f" }
             }
           })pb",
      &unknowns_));
  shown_.add_questions()->mutable_text()->set_en("Ask-of-the-recommendation");
  const std::string html = Report(Language::kEn);
  size_t last = 0;
  for (const char* question : {"Ask-c", "Ask-b", "Ask-a", "Ask-d", "Ask-e"}) {
    const size_t at = html.find(question);
    ASSERT_NE(at, std::string::npos) << question;
    EXPECT_GT(at, last) << question;
    EXPECT_EQ(html.find(question, at + 1), std::string::npos) << question << " is asked twice";
    last = at;
  }
  EXPECT_THAT(html, Not(HasSubstr("Ask-f")));
  EXPECT_THAT(html, Not(HasSubstr("Ask-of-the-recommendation")));
}

TEST_F(Documents, ReportSaysWhereDataMustStayAndWhatIsSecret) {
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "data { personal: true trade_secret: true minors: false } data_residency: FRANCE",
      shown_.mutable_profile()));
  const std::string html = Report(Language::kFr);
  for (const char* row :
       {"<td>Données personnelles</td><td>oui</td>", "<td>Secrets d&#39;affaires</td><td>oui</td>",
        "<td>Données sur des mineurs</td><td>non</td>",
        "<td>Où vos données doivent rester</td><td>France</td>"}) {
    EXPECT_THAT(html, HasSubstr(row));
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
    // The rulebook's own words for the weight, and no others.
    const auto& groups = rules.groups();
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& one) {
      return one.group_id() == parameter.group_id();
    });
    ASSERT_NE(group, groups.end());
    EXPECT_THAT(group->reason().fr(), Not(IsEmpty()));
    EXPECT_THAT(parameter.reason().fr(), ::testing::StartsWith(group->reason().fr()));
    EXPECT_THAT(parameter.reason().en(), ::testing::StartsWith(group->reason().en()));
  }
  EXPECT_EQ(criteria, rules.criteria_size());
  EXPECT_EQ(weight, 10'000);
  EXPECT_EQ(notice.constraints_size(), rules.constraints_size());
  EXPECT_EQ(notice.disclosure().member_count(), 5);
  std::set<std::string> ids;
  for (const auto& section : notice.sections()) ids.insert(section.section_id());
  EXPECT_THAT(ids, ::testing::UnorderedElementsAre("order", "remuneration", "links",
                                                   "exhaustiveness", "update", "prices",
                                                   "change-order", "lot", "contest", "score"));
  for (const Language language : {Language::kFr, Language::kEn}) {
    const std::string html = notice::PrintNotice(notice, language);
    ExpectOnlyOurTags(html);
    for (const auto& criterion : rules.criteria()) {
      EXPECT_THAT(html, HasSubstr(criterion.criterion_id() + " "));
    }
  }
  // The rules themselves, not only their titles: what is asked, and what is worth what.
  for (const auto& rule : notice.constraints()) {
    EXPECT_THAT(rule.wording(), Not(IsEmpty())) << rule.rule_id();
  }
  const std::string html = notice::PrintNotice(notice, Language::kEn);
  EXPECT_THAT(html, HasSubstr(">Must hold: regions covered: include"));
  EXPECT_THAT(html, HasSubstr("margin-left:1rem\">40 chat (help by chat: yes)<"));
}

// Blanks that do not break, as others.
std::string WithBlanks(std::string text) {
  for (const std::string blank : {"\u00A0", "\u202F"}) {
    for (size_t at = text.find(blank); at != std::string::npos; at = text.find(blank)) {
      text.replace(at, blank.size(), " ");
    }
  }
  return text;
}

// What members pay is data: other amounts, another sentence; none, and none is made up.
TEST_F(Documents, NoticeStatesTheFeeOfTheRulebook) {
  struct Row {
    int64_t least;
    int64_t most;
    const char* fr;
    const char* en;
  };
  decision::CompiledRulebook rulebook = world_.rulebook();
  for (const Row& row :
       {Row{500'000'000, 3'000'000'000, "annuelle de 500 à 3 000 € pour",
            "fee of EUR 500 to EUR 3,000 to"},
        Row{250'500'000, 900'000'000, "annuelle de 250,50 € à 900,00 € pour",
            "fee of EUR 250.50 to EUR 900.00 to"},
        Row{800'000'000, 800'000'000, "annuelle de 800 € pour", "fee of EUR 800 to"},
        Row{0, 0, "annuelle pour", "fee to"}}) {
    auto& fee = *rulebook.source.mutable_membership_fee();
    fee.set_yearly_min_micros(row.least);
    fee.set_yearly_max_micros(row.most);
    const auto notice =
        notice::MakeNotice("rulebooks/base/revisions/3", rulebook, world_.snapshot());
    EXPECT_THAT(WithBlanks(notice.disclosure().remuneration().fr()), HasSubstr(row.fr));
    EXPECT_THAT(WithBlanks(notice.disclosure().remuneration().en()), HasSubstr(row.en));
  }
}

// A rulebook that gives no reason is given none.
TEST_F(Documents, NoticeMakesNoReasonUp) {
  decision::CompiledRulebook rulebook = world_.rulebook();
  rulebook.source.mutable_groups(0)->clear_reason();
  const auto notice = notice::MakeNotice("rulebooks/base/revisions/3", rulebook, world_.snapshot());
  EXPECT_THAT(notice.parameters(0).reason().fr(), HasSubstr("n'en donnent pas de raison"));
  EXPECT_THAT(notice.parameters(0).reason().en(), HasSubstr("gives no reason"));
}

// Suppliers taken from public collections have signed nothing with the association.
TEST_F(Documents, NoticeCallsNobodyAMemberWhoIsNone) {
  std::vector<std::string> members;
  for (const auto& [name, entry] : world_.snapshot().members) {
    members.push_back(name.substr(sizeof("members/") - 1));
  }
  const auto links = [this] {
    const auto notice =
        notice::MakeNotice("rulebooks/base/revisions/3", world_.rulebook(), world_.snapshot());
    for (const auto& section : notice.sections()) {
      if (section.section_id() == "links") return section.text();
    }
    return type::LocalizedText();
  };
  EXPECT_THAT(links().fr(), HasSubstr("figurent ici sont membres de l'association"));
  EXPECT_THAT(links().en(), HasSubstr("listed here are members of the association"));
  world_.SetListedOnly(members[0]);
  EXPECT_THAT(links().fr(), HasSubstr("Les membres sont liés à l'association"));
  EXPECT_THAT(links().fr(), HasSubstr("sources publiques n'ont aucun lien avec elle"));
  EXPECT_THAT(links().en(), HasSubstr("taken from public sources have no link with it"));
  for (const std::string& member : members) world_.SetListedOnly(member);
  EXPECT_THAT(links().fr(), HasSubstr("leurs fournisseurs n'ont aucun lien avec l'association"));
  EXPECT_THAT(links().en(), HasSubstr("their suppliers have no link with the association"));
  EXPECT_THAT(links().en(), Not(HasSubstr("members")));
}

}  // namespace
}  // namespace aplomb::report
