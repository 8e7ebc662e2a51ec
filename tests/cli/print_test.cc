// What people read. The answers are built here by hand, so that each line can be
// followed; answers of a real server are in tests/e2e.
#include "cli/print.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/text_table.h"

namespace aplomb::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct EurosCase {
  int64_t micros;
  const char* fr;
  const char* en;
};
constexpr EurosCase kEuros[] = {
    {0, "0,00\u00a0€", "EUR 0.00"},
    {4'999, "0,00\u00a0€", "EUR 0.00"},
    {5'000, "0,01\u00a0€", "EUR 0.01"},
    {-5'000, "-0,01\u00a0€", "-EUR 0.01"},
    {1'234'500'000, "1\u202f234,50\u00a0€", "EUR 1,234.50"},
    {1'000'000'000'000'000, "1\u202f000\u202f000\u202f000,00\u00a0€", "EUR 1,000,000,000.00"},
    {std::numeric_limits<int64_t>::min(), "-9\u202f223\u202f372\u202f036\u202f854,78\u00a0€",
     "-EUR 9,223,372,036,854.78"},
};

TEST(FormatEuros, IsTheSameEverywhere) {
  for (const EurosCase& c : kEuros) {
    EXPECT_EQ(FormatEuros(Language::kFrench, c.micros), c.fr);
    EXPECT_EQ(FormatEuros(Language::kEnglish, c.micros), c.en);
  }
}

TEST(FormatScore, IsCutAndNeverRoundedUp) {
  EXPECT_EQ(FormatScore(Language::kFrench, 100'000'000), "100,00");
  EXPECT_EQ(FormatScore(Language::kEnglish, 71'999'999), "71.99");
  EXPECT_EQ(FormatScore(Language::kFrench, 0), "0,00");
}

// What was wrapped to the screen, on one line.
std::string Unwrapped(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty()), " ");
}

advisor::v1::Recommendation OneNeed() {
  advisor::v1::Recommendation r;
  r.set_name("engagements/e/recommendations/r");
  r.set_catalog_revision(12);
  r.set_rulebook_revision("rulebooks/base/revisions/11");
  r.mutable_disclosure()->mutable_remuneration()->set_fr("Les membres paient une cotisation.");
  r.mutable_disclosure()->mutable_remuneration()->set_en("Members pay a fee.");
  auto* result = r.add_results();
  result->set_need_id("ECOMMERCE");
  result->mutable_title()->set_fr("Boutique en ligne");
  result->mutable_title()->set_en("Online shop");
  auto* ranking = result->add_rankings();
  ranking->set_delivery_mode(type::DO_IT_YOURSELF);
  ranking->set_candidate_count(3);
  ranking->set_target_micros(3'600'000'000);
  auto* criterion = ranking->add_criteria();
  criterion->set_criterion_id("C06");
  criterion->mutable_title()->set_fr("Coût complet");
  criterion->mutable_title()->set_en("All-in cost");
  auto* band = ranking->add_bands();
  band->set_rank(1);
  auto* offering = band->add_offerings();
  offering->mutable_title()->set_fr("Boutique simple");
  offering->set_member_display_name("Atelier du Nord");
  offering->set_score(85'000'000);
  offering->set_close_to_next_band(true);
  auto* contribution = offering->add_contributions();
  contribution->set_criterion_id("C06");
  contribution->set_value(8'500);
  contribution->set_weight_bp(10'000);
  contribution->set_contribution(85'000'000);
  contribution->mutable_sentence()->set_fr("50 % de la cible");
  contribution->mutable_sentence()->set_en("50% of the target");
  offering->mutable_cost()->set_tco36_micros(1'800'000'000);
  auto* line = offering->mutable_cost()->add_lines();
  line->mutable_label()->set_fr("Abonnement");
  line->set_model("FLAT");
  line->set_tco36_micros(1'800'000'000);
  auto* excluded = ranking->add_excluded();
  excluded->mutable_title()->set_fr("Boutique de métropole");
  auto* finding = excluded->add_findings();
  finding->set_rule_id("H05");
  finding->set_reason_code("HORS_ZONE");
  finding->mutable_sentence()->set_fr("La Réunion n'est pas desservie.");
  finding->mutable_sentence()->set_en("La Réunion is not served.");
  finding->mutable_remedy()->set_fr("Desservir La Réunion.");
  finding->add_legal_basis_ids("gdpr_art28");
  auto* law = finding->add_legal_references();
  law->set_legal_basis_id("gdpr_art28");
  law->mutable_citation()->set_fr("Règlement (UE) 2016/679, art. 28");
  law->mutable_citation()->set_en("Regulation (EU) 2016/679, art. 28");
  ranking->add_to_confirm()->mutable_title()->set_fr("Boutique muette");
  return r;
}

TEST(CountInWords, MindsTheSingularOfEachLanguage) {
  const auto said = [](Language language, int64_t n) {
    return CountInWords(language, n, "demande", "demandes", "request", "requests");
  };
  EXPECT_EQ(said(Language::kFrench, 0), "0 demande");
  EXPECT_EQ(said(Language::kFrench, 1), "1 demande");
  EXPECT_EQ(said(Language::kFrench, 2), "2 demandes");
  EXPECT_EQ(said(Language::kEnglish, 0), "0 requests");
  EXPECT_EQ(said(Language::kEnglish, 1), "1 request");
  EXPECT_EQ(said(Language::kEnglish, 27), "27 requests");
}

TEST(PrintRecommendation, TellsTheThreeListsWithReasonsAndCosts) {
  const std::string text = PrintRecommendation(OneNeed(), {.language = Language::kFrench});
  EXPECT_THAT(text, HasSubstr("Boutique en ligne [ECOMMERCE]"));
  EXPECT_THAT(text, HasSubstr("3 offres = 1 classée + 1 à confirmer + 1 écartée"));
  EXPECT_THAT(text,
              HasSubstr("  1~  85,00  Boutique simple (Atelier du Nord)  1\u202f800,00\u00a0€"));
  EXPECT_THAT(text, HasSubstr("50\u00a0% de la cible"));
  EXPECT_THAT(
      text,
      HasSubstr("H05 HORS_ZONE\u00a0: La Réunion n'est pas desservie. Remède\u00a0: Desservir"));
  EXPECT_THAT(text, HasSubstr("Les membres paient une cotisation."));
  EXPECT_THAT(text, HasSubstr("à peine séparée"));
}

TEST(PrintRecommendation, TellsTheLawBehindAFindingByTitleAndArticle) {
  advisor::v1::Recommendation r = OneNeed();
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kFrench}),
              HasSubstr("Base légale\u00a0: Règlement (UE) 2016/679, art. 28\n"));
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kEnglish}),
              HasSubstr("Legal basis: Regulation (EU) 2016/679, art. 28\n"));
  // A law that does not hold yet on the day asked about says so; so does the notice of a duty.
  r.mutable_as_of_date()->set_year(2026);
  r.mutable_as_of_date()->set_month(6);
  r.mutable_as_of_date()->set_day(1);
  auto* notice = r.add_legal_notices();
  notice->mutable_text()->set_fr("Facturer par voie électronique.");
  auto* law = notice->mutable_legal_reference();
  law->mutable_citation()->set_fr("CGI, art. 289 bis");
  law->mutable_valid_from()->set_year(2027);
  law->mutable_valid_from()->set_month(9);
  law->mutable_valid_from()->set_day(1);
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kFrench}),
              HasSubstr("Base légale\u00a0: CGI, art. 289 bis (en vigueur à partir du "
                        "1er\u00a0septembre\u00a02027)\n"));
}

TEST(PrintRecommendation, CallsWhatWasNotToldLeftOutAndNotWhatToAskNext) {
  struct Row {
    int questions;
    int shown;
    const char* rest_fr;
    const char* rest_en;
  };
  for (const Row& row : {Row{5, 5, nullptr, nullptr}, Row{6, 5, "Et 1 autre. ", "And 1 other. "},
                         Row{8, 5, "Et 3 autres. ", "And 3 others. "},
                         Row{10, 5, "Et au moins 5 autres. ", "And at least 5 others. "}}) {
    SCOPED_TRACE(row.questions);
    advisor::v1::Recommendation r = OneNeed();
    r.set_name("engagements/a/recommendations/b");
    for (int i = 0; i < row.questions; ++i) {
      auto* question = r.add_questions();
      question->mutable_text()->set_fr(absl::StrCat("Fait ", i, "\u00a0?"));
      question->mutable_text()->set_en(absl::StrCat("Fact ", i, "?"));
      question->add_rule_ids("C01");
    }
    const std::string fr = PrintRecommendation(r, {.language = Language::kFrench});
    const std::string en = PrintRecommendation(r, {.language = Language::kEnglish});
    EXPECT_THAT(fr, HasSubstr("Non renseigné, laissé de côté\n"));
    EXPECT_THAT(en, HasSubstr("Not told, left out\n"));
    EXPECT_THAT(fr, Not(HasSubstr("À demander ensuite")));
    EXPECT_THAT(en, Not(HasSubstr("To ask next")));
    for (int i = 0; i < row.questions; ++i) {
      const std::string fact = absl::StrCat("  - Fact ", i, "? [C01]\n");
      EXPECT_EQ(absl::StrContains(en, fact), i < row.shown) << fact;
    }
    if (row.rest_fr != nullptr) {
      EXPECT_THAT(fr, HasSubstr(row.rest_fr));
      EXPECT_THAT(en, HasSubstr(row.rest_en));
    } else {
      EXPECT_THAT(en, Not(HasSubstr(" other")));
    }
    EXPECT_THAT(en, HasSubstr("\n    aplomb explain unknowns engagements/a/recommendations/b\n"));
  }
  EXPECT_THAT(PrintRecommendation(OneNeed(), {.language = Language::kEnglish}),
              Not(HasSubstr("left out")));
}

TEST(PrintRecommendation, SaysPlainlyWhetherTheTargetIsExceeded) {
  advisor::v1::Recommendation r = OneNeed();
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kFrench}), HasSubstr("tenue"));
  r.mutable_results(0)
      ->mutable_rankings(0)
      ->mutable_bands(0)
      ->mutable_offerings(0)
      ->set_over_target(true);
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kFrench}), HasSubstr("dépassée"));
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kEnglish}), HasSubstr("exceeded"));
}

TEST(PrintRecommendation, PointsAddUpToTheScoreAsPrinted) {
  advisor::v1::Recommendation r = OneNeed();
  auto* offering =
      r.mutable_results(0)->mutable_rankings(0)->mutable_bands(0)->mutable_offerings(0);
  offering->clear_contributions();
  // Cut one by one, these print 1.66 + 1.66 + 1.66 = 4.98.
  for (int i = 0; i < 3; ++i) offering->add_contributions()->set_contribution(1'666'667);
  offering->set_score(5'000'001);
  const std::string text = PrintRecommendation(r, {.language = Language::kEnglish});
  EXPECT_THAT(text, HasSubstr("1.67"));
  EXPECT_THAT(text, HasSubstr("1.66"));
  EXPECT_THAT(text, HasSubstr("5.00"));
}

TEST(PrintRecommendation, SpeaksTheReadersLanguage) {
  const std::string text = PrintRecommendation(OneNeed(), {.language = Language::kEnglish});
  EXPECT_THAT(text, HasSubstr("Online shop [ECOMMERCE]"));
  EXPECT_THAT(text, HasSubstr("50% of the target"));
  EXPECT_THAT(text, Not(HasSubstr("cotisation")));
  // Where there is no English, the French text is better than none.
  EXPECT_THAT(text, HasSubstr("Boutique simple"));
}

TEST(PrintRecommendation, FitsTheScreen) {
  for (const Language language : {Language::kFrench, Language::kEnglish}) {
    const std::string text = PrintRecommendation(OneNeed(), {.language = language});
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      EXPECT_LE(DisplayWidth(line), kScreenColumns) << line;
    }
  }
}

TEST(PrintRecommendation, SaysInBothLanguagesThatPricesExcludeVat) {
  const std::string english = PrintRecommendation(OneNeed(), {.language = Language::kEnglish});
  for (const char* words : {"36 months ex VAT", "Amount ex VAT", "EUR 3,600.00 ex VAT"}) {
    EXPECT_THAT(english, HasSubstr(words));
  }
  const std::string french = PrintRecommendation(OneNeed(), {.language = Language::kFrench});
  for (const char* words : {"36 mois HT", "Montant HT", "3\u202f600,00\u00a0€\u00a0HT"}) {
    EXPECT_THAT(french, HasSubstr(words));
  }
}

TEST(PrintRecommendation, SpeaksOfEqualsOnlyWhereThereAreSome) {
  advisor::v1::Recommendation r = OneNeed();
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kEnglish}),
              Not(HasSubstr("Same rank")));
  auto* band = r.mutable_results(0)->mutable_rankings(0)->mutable_bands(0);
  *band->add_offerings() = band->offerings(0);
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kEnglish}),
              HasSubstr("Same rank: equals"));
}

TEST(PrintRecommendation, TellsAFindingOfTwoRulesOnce) {
  advisor::v1::Recommendation r = OneNeed();
  auto* excluded = r.mutable_results(0)->mutable_rankings(0)->mutable_excluded(0);
  auto* again = excluded->add_findings();
  *again = excluded->findings(0);
  again->set_rule_id("MIN");
  const std::string text = PrintRecommendation(r, {.language = Language::kFrench});
  EXPECT_THAT(text, HasSubstr("H05, MIN HORS_ZONE\u00a0: La Réunion n'est pas desservie."));
  EXPECT_THAT(text, Not(HasSubstr("MIN HORS_ZONE\u00a0: La Réunion n'est pas desservie. "
                                  "Remède\u00a0: Desservir La Réunion.\n      MIN")));
  EXPECT_EQ(text.find("n'est pas desservie"), text.rfind("n'est pas desservie"));
  // Another law behind it is another finding.
  again->set_legal_basis_ids(0, "gdpr_art44");
  const std::string two = PrintRecommendation(r, {.language = Language::kFrench});
  EXPECT_NE(two.find("n'est pas desservie"), two.rfind("n'est pas desservie"));
}

TEST(PrintRecommendation, AsksInWordsForWhatCouldNotBeChecked) {
  advisor::v1::Recommendation r = OneNeed();
  auto* unchecked = r.mutable_results(0)->add_unchecked_constraints();
  unchecked->set_constraint_id("H07");
  unchecked->mutable_title()->set_fr("Hébergeur certifié");
  unchecked->mutable_title()->set_en("Certified host");
  unchecked->add_firm_fields("data.health");
  unchecked->add_firm_fields("usage.USERS");
  const std::string english = PrintRecommendation(r, {.language = Language::kEnglish});
  EXPECT_THAT(english, HasSubstr("Not checked, for want of an answer of the firm\n----"));
  EXPECT_THAT(english, HasSubstr("  ? H07 Certified host\n"
                                 "      Will any solution asked for hold health data?"));
  EXPECT_THAT(english, HasSubstr("      How many people will use the solution?\n"));
  EXPECT_THAT(english, Not(HasSubstr("data.health")));
  const std::string french = PrintRecommendation(r, {.language = Language::kFrench});
  EXPECT_THAT(french, HasSubstr("Non vérifié, faute de réponse de l'entreprise\n----"));
  EXPECT_THAT(french, Not(HasSubstr("usage.USERS")));
}

TEST(PrintRecommendation, PricesAPrerequisiteInEachMode) {
  advisor::v1::Recommendation r = OneNeed();
  auto* notice = r.mutable_results(0)->add_prerequisites();
  notice->set_hard(true);
  notice->add_titles()->set_en("Domain name");
  notice->set_reference_cost_micros(90'000'000);
  for (const auto& [mode, micros] :
       {std::pair{type::DO_IT_YOURSELF, int64_t{90'000'000}}, {type::HAVE_IT_DONE, 240'000'000}}) {
    auto* cost = notice->add_costs();
    cost->set_delivery_mode(mode);
    cost->set_reference_cost_micros(micros);
  }
  const std::string text = PrintRecommendation(r, {.language = Language::kEnglish});
  EXPECT_THAT(Unwrapped(text),
              HasSubstr("Do it yourself: EUR 90.00 ex VAT; Have it done: EUR 240.00 ex VAT"));
  // One figure where the modes agree.
  notice->mutable_costs(1)->set_reference_cost_micros(90'000'000);
  EXPECT_THAT(Unwrapped(PrintRecommendation(r, {.language = Language::kEnglish})),
              HasSubstr("where the offering lacks it: EUR 90.00 ex VAT)"));
}

TEST(PrintRecommendation, AReasonDoesNotSayItsTitleTwice) {
  advisor::v1::Recommendation r = OneNeed();
  auto* offering =
      r.mutable_results(0)->mutable_rankings(0)->mutable_bands(0)->mutable_offerings(0);
  auto* reason = offering->add_drawbacks();
  reason->mutable_title()->set_en("Eco-design");
  reason->mutable_sentence()->set_en("Eco-design: the offering does not say.");
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kEnglish}),
              HasSubstr("Against: Eco-design: the offering does not say.\n"));
  reason->mutable_sentence()->set_en("Score stated: 5%.");
  EXPECT_THAT(PrintRecommendation(r, {.language = Language::kEnglish}),
              HasSubstr("Against: Eco-design – Score stated: 5%.\n"));
}

TEST(PrintNeed, TellsWhatTheRulesAskForInParticular) {
  catalog::v1::Need need;
  need.set_need_id("HR");
  need.add_minimum_facts("cost.tco36");
  need.add_minimum_facts("offering.coverage.regions");
  auto* inapplicable = need.add_inapplicable();
  inapplicable->set_delivery_mode(type::HAVE_IT_DONE);
  inapplicable->add_rule_ids("C22");
  inapplicable->mutable_reason()->set_en("People have no interface.");
  const std::string text = PrintNeed(need, Language::kEnglish);
  EXPECT_THAT(Unwrapped(text), HasSubstr("a tariff that gives the all-in cost; regions covered."));
  EXPECT_THAT(text, HasSubstr("Not applicable, Have it done: C22. People have no interface."));
  EXPECT_THAT(text, HasSubstr("Per month, ex VAT"));
}

TEST(PrintRecommendation, LeavesOutReasonsThatWereNotAskedFor) {
  const std::string text =
      PrintRecommendation(OneNeed(), {.language = Language::kFrench, .explained = 0});
  EXPECT_THAT(text, Not(HasSubstr("50\u00a0% de la cible")));
  EXPECT_THAT(text, HasSubstr("85,00"));
}

}  // namespace
}  // namespace aplomb::cli
