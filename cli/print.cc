#include "cli/print.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/civil_day.h"
#include "cli/text_table.h"
#include "decision/phrases.h"
#include "decision/wording/wording.h"

namespace aplomb::cli {
namespace {

using advisor::v1::Contribution;
using advisor::v1::DroppedCriterion;
using advisor::v1::LegalNotice;
using advisor::v1::NeedResult;
using advisor::v1::RankedOffering;
using advisor::v1::Ranking;
using advisor::v1::Recommendation;
using advisor::v1::UnrankedOffering;
using type::LocalizedText;

constexpr int64_t kMicrosPerCent = 10'000;
constexpr int kLeftOutShown = 5;                // facts not told
constexpr int kQuestionsOfAnAnswer = 10;        // at most: more are not sent
constexpr int64_t kScorePerHundredth = 10'000;  // 10^8 is 100.00

// One of two constants of this program.
class Words {
 public:
  explicit Words(Language language) : language_(language) {}
  absl::string_view operator()(absl::string_view fr, absl::string_view en) const {
    return language_ == Language::kFrench ? fr : en;
  }
  const std::string& operator()(const LocalizedText& text) const { return In(language_, text); }
  std::string Euros(int64_t micros) const { return FormatEuros(language_, micros); }
  // "1 offre", "2 offres": in French the plural begins at two.
  std::string Count(int count, absl::string_view fr, absl::string_view en_one,
                    absl::string_view en_many) const {
    if (language_ == Language::kFrench) return absl::StrCat(count, " ", fr, count < 2 ? "" : "s");
    return absl::StrCat(count, " ", count == 1 ? en_one : en_many);
  }
  // Of decimal numbers.
  absl::string_view Point() const { return language_ == Language::kFrench ? "," : "."; }

 private:
  Language language_;
};

// Printed hundredths of points that add up: each amount is cut, and what the cuts took away goes to
// those that lost most, so that the column sums to the score as printed.
std::vector<int64_t> Hundredths(const std::vector<int64_t>& amounts) {
  std::vector<int64_t> hundredths;
  int64_t total = 0;
  int64_t printed = 0;
  std::vector<size_t> order;
  for (size_t i = 0; i < amounts.size(); ++i) {
    hundredths.push_back(amounts[i] / kScorePerHundredth);
    total += amounts[i];
    printed += hundredths.back();
    order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return amounts[a] % kScorePerHundredth > amounts[b] % kScorePerHundredth;
  });
  for (size_t i = 0; printed < total / kScorePerHundredth; ++i, ++printed) {
    ++hundredths[order[i]];
  }
  return hundredths;
}

// Digits in groups of three.
std::string Grouped(int64_t value, absl::string_view separator) {
  const std::string digits = absl::StrCat(value);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) absl::StrAppend(&grouped, separator);
    grouped.push_back(digits[i]);
  }
  return grouped;
}

std::string Percent(Language language, int64_t bp) {
  const Words words(language);
  return absl::StrFormat("%d%s%02d%s", bp / 100, words.Point(), bp % 100, words("\u00a0%", "%"));
}

std::string Heading(absl::string_view title, char underline) {
  return absl::StrCat(title, "\n", std::string(DisplayWidth(title), underline), "\n");
}

// `text` wrapped to the screen, `first` blanks before its first line and `rest` before the others.
std::string Hanging(size_t first, size_t rest, absl::string_view text) {
  std::string out;
  size_t indent = first;
  for (const std::string& line : WrapText(text, kScreenColumns - std::max(first, rest))) {
    absl::StrAppend(&out, std::string(indent, ' '), line, "\n");
    indent = rest;
  }
  return out;
}

absl::string_view ModeTitle(const Words& words, type::DeliveryMode mode) {
  return mode == type::HAVE_IT_DONE ? words("Faire faire", "Have it done")
                                    : words("Faire soi-même", "Do it yourself");
}

std::string Date(const google::type::Date& date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

// "1er septembre 2026"; ISO where there is no such day.
std::string DayInWords(Language language, const google::type::Date& date) {
  const absl::StatusOr<base::DayNumber> day =
      base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()});
  if (!day.ok()) return Date(date);
  return decision::PrintDay(
      *day, language == Language::kFrench ? decision::Language::kFr : decision::Language::kEn);
}

bool Later(const google::type::Date& a, const google::type::Date& b) {
  return std::make_tuple(a.year(), a.month(), a.day()) >
         std::make_tuple(b.year(), b.month(), b.day());
}

// How a cost line is charged, in words.
absl::string_view ModelName(const Words& words, const std::string& model) {
  struct Name {
    absl::string_view model, fr, en;
  };
  static constexpr Name kNames[] = {
      {"FLAT", "abonnement", "subscription"},
      {"PER_USER", "par utilisateur", "per user"},
      {"TIERED", "par paliers", "by tiers"},
      {"VOLUME", "selon le volume", "by volume"},
      {"USAGE", "à l'usage", "by usage"},
      {"COMMISSION", "commission", "commission"},
      {"SETUP", "mise en service", "setup"},
      {"MIGRATION", "reprise", "migration"},
      {"TRAINING", "formation", "training"},
      {"HARDWARE", "matériel", "equipment"},
      {"YEARLY_FEE", "frais annuels", "yearly fee"},
      {"EXIT", "sortie", "exit"},
      {"QUOTE", "devis", "quotation"},
      {"PREREQUISITE", "à ajouter", "to be added"},
      {"UPKEEP", "entretien", "upkeep"},
  };
  for (const Name& name : kNames) {
    if (name.model == model) return words(name.fr, name.en);
  }
  return model;
}

absl::string_view MemberKindName(const Words& words, catalog::v1::Member::Kind kind) {
  using catalog::v1::Member;
  switch (kind) {
    case Member::PUBLISHER:
      return words("éditeur", "publisher");
    case Member::MANUFACTURER:
      return words("fabricant", "manufacturer");
    case Member::HOST:
      return words("hébergeur", "host");
    case Member::AGENCY:
      return words("agence", "agency");
    case Member::PROFESSIONAL_UNION:
      return words("syndicat professionnel", "professional union");
    default:
      return words("inconnu", "unknown");
  }
}

absl::string_view SizeName(const Words& words, type::SizeClass size) {
  switch (size) {
    case type::SOLO:
      return words("seul", "solo");
    case type::MICRO:
      return words("1 à 9 salariés", "1 to 9 employees");
    case type::SMALL:
      return words("10 à 49 salariés", "10 to 49 employees");
    case type::MEDIUM:
      return words("50 à 249 salariés", "50 to 249 employees");
    case type::LARGE:
      return words("250 salariés et plus", "250 employees or more");
    default:
      return words("inconnue", "unknown");
  }
}

// "A, member" on one line.
std::string NameOf(const Words& words, const LocalizedText& title, const std::string& member) {
  return absl::StrCat(words(title), " (", member, ")");
}

class RecommendationPrinter {
 public:
  explicit RecommendationPrinter(const PrintOptions& options)
      : options_(options), words_(options.language) {}

  std::string Print(const Recommendation& recommendation) {
    as_of_ = recommendation.as_of_date();
    PrintHeader(recommendation);
    for (const NeedResult& result : recommendation.results()) PrintNeedResult(result);
    PrintEnd(recommendation);
    return std::move(out_);
  }

 private:
  void PrintHeader(const Recommendation& r) {
    Line(Heading(r.preview() ? words_("Essai (consigné comme tel)", "Preview (logged as such)")
                             : words_("Recommandation", "Recommendation"),
                 '='));
    Field(words_("Nom", "Name"), r.name());
    Field(words_("Au", "As of"), Date(r.as_of_date()));
    Field(words_("Catalogue", "Catalogue"),
          absl::StrCat(words_("révision ", "revision "), r.catalog_revision()));
    Field(words_("Règles", "Rulebook"), r.rulebook_revision());
    Field(words_("Journal", "Log entry"),
          absl::StrCat(r.log_entry(), words_(" ; résultat sha256 ", "; result sha256 "),
                       r.digests().result().substr(0, 16), "…"));
    if (!r.receipt().empty()) {
      Field(words_("Reçu", "Receipt"),
            absl::StrCat(r.receipt().size(),
                         words_(" octets, c2sp.org/tlog-proof@v1 (--receipt FICHIER l'écrit)",
                                " bytes, c2sp.org/tlog-proof@v1 (--receipt FILE writes it)")));
    }
    Field(words_("Demandes", "Requests"), absl::StrCat(r.recommendation_count(),
                                                       words_(" dans ce dossier, dont essais : ",
                                                              " in this engagement, previews: "),
                                                       r.preview_count()));
    absl::StrAppend(&out_, "\n");
    for (const LocalizedText* text :
         {&r.disclosure().fictional(), &r.disclosure().ranking_criterion(),
          &r.disclosure().exhaustiveness(), &r.disclosure().remuneration()}) {
      if (!words_(*text).empty()) absl::StrAppend(&out_, Paragraph("  ", words_(*text)));
    }
  }

  void PrintNeedResult(const NeedResult& result) {
    absl::StrAppend(&out_, "\n");
    Line(Heading(absl::StrCat(words_(result.title()), " [", result.need_id(), "]"), '='));
    if (result.has_keep_existing()) {
      const auto& keep = result.keep_existing();
      absl::StrAppend(&out_, Paragraph(keep.recommended() ? words_("=> Conserver : ", "=> Keep: ")
                                                          : words_("Existant : ", "Existing: "),
                                       words_(keep.text())));
    }
    for (const auto& notice : result.prerequisites()) PrintPrerequisite(notice);
    for (const Ranking& ranking : result.rankings()) PrintRanking(ranking);
    if (result.rankings().empty()) {
      Line(words_("Aucune offre du catalogue ne répond à ce besoin.\n",
                  "No offering of the catalogue serves this need.\n"));
    }
    PrintUnchecked(result);
  }

  // What could not be asked of any offering because the firm has not said something.
  void PrintUnchecked(const NeedResult& result) {
    if (result.unchecked_constraints().empty()) return;
    absl::StrAppend(&out_, "\n");
    Line(Heading(words_("Non vérifié, faute de réponse de l'entreprise",
                        "Not checked, for want of an answer of the firm"),
                 '-'));
    for (const auto& unchecked : result.unchecked_constraints()) {
      absl::StrAppend(&out_, Paragraph(absl::StrCat("  ? ", unchecked.constraint_id(), " "),
                                       words_(unchecked.title())));
      for (const std::string& field : unchecked.firm_fields()) {
        absl::StrAppend(&out_, Paragraph("      ", QuestionOf(field)));
      }
    }
  }

  // The question by which a profile field is asked for; its path where there is none.
  std::string QuestionOf(const std::string& field) const {
    const LocalizedText question = decision::QuestionText(field);
    return question.fr().empty() ? field : words_(question);
  }

  void PrintPrerequisite(const advisor::v1::PrerequisiteNotice& notice) {
    std::vector<std::string> titles;
    for (const LocalizedText& title : notice.titles()) titles.push_back(words_(title));
    std::string text =
        absl::StrCat(notice.hard() ? words_("Il faut d'abord : ", "Needed first: ")
                                   : words_("Conseillé d'abord : ", "Advised first: "),
                     absl::StrJoin(titles, words_(" ou ", " or ")));
    if (notice.met_by_firm()) {
      absl::StrAppend(&text, words_(" (l'entreprise l'a déjà)", " (the firm has it)"));
    } else if (notice.hard()) {
      absl::StrAppend(&text,
                      words_(" (ajouté au coût si l'offre ne l'apporte pas : ",
                             " (added to the cost where the offering lacks it: "),
                      PrerequisiteCost(notice), ")");
    }
    absl::StrAppend(&out_, Paragraph("- ", text));
  }

  // "EUR 90.00 ex VAT"; where the modes differ, of each.
  std::string PrerequisiteCost(const advisor::v1::PrerequisiteNotice& notice) const {
    const auto amount = [&](int64_t micros) {
      return absl::StrCat(words_.Euros(micros), words_("\u00a0HT", " ex VAT"));
    };
    const bool differ =
        std::any_of(notice.costs().begin(), notice.costs().end(), [&](const auto& cost) {
          return cost.reference_cost_micros() != notice.reference_cost_micros();
        });
    if (!differ) return amount(notice.reference_cost_micros());
    std::vector<std::string> costs;
    for (const auto& cost : notice.costs()) {
      costs.push_back(absl::StrCat(ModeTitle(words_, cost.delivery_mode()), words_(" : ", ": "),
                                   amount(cost.reference_cost_micros())));
    }
    return absl::StrJoin(costs, words_(" ; ", "; "));
  }

  void PrintRanking(const Ranking& ranking) {
    absl::StrAppend(&out_, "\n");
    int ranked = 0;
    for (const auto& band : ranking.bands()) ranked += band.offerings_size();
    Line(Heading(
        absl::StrCat(
            ModeTitle(words_, ranking.delivery_mode()), words_(" : ", ": "),
            words_.Count(ranking.candidate_count(), "offre", "offering", "offerings"), " = ",
            ranking.insufficient_range() ? words_.Count(ranked, "retenue", "qualified", "qualified")
                                         : words_.Count(ranked, "classée", "ranked", "ranked"),
            " + ", ranking.to_confirm_size(), words_(" à confirmer + ", " to confirm + "),
            words_.Count(ranking.excluded_size(), "écartée", "excluded", "excluded")),
        '-'));
    if (ranking.insufficient_range()) PrintInsufficient(ranking);
    PrintTarget(ranking);
    if (ranking.insufficient_range()) {
      PrintQualified(ranking);
    } else {
      PrintBands(ranking);
    }
    PrintUnranked(words_("À confirmer", "To confirm"), ranking.to_confirm());
    PrintUnranked(words_("Écartées", "Excluded"), ranking.excluded());
    PrintWeights(ranking);
  }

  void PrintTarget(const Ranking& ranking) {
    absl::string_view source = words_("coût de référence", "reference cost");
    if (ranking.target_source() == Ranking::FIRM_TARGET) {
      source = words_("cible de l'entreprise", "named by the firm");
    } else if (ranking.target_source() == Ranking::FIRM_BUDGET) {
      source = words_("budget de l'entreprise", "budget of the firm");
    }
    absl::StrAppend(&out_, words_("Cible sur 36 mois : ", "Target over 36 months: "),
                    words_.Euros(ranking.target_micros()), words_("\u00a0HT (", " ex VAT ("),
                    source, ")\n");
  }

  // By member, then title: an order that says nothing.
  std::vector<const RankedOffering*> ByName(const Ranking& ranking) const {
    std::vector<const RankedOffering*> offerings;
    for (const auto& band : ranking.bands()) {
      for (const RankedOffering& offering : band.offerings()) offerings.push_back(&offering);
    }
    std::sort(offerings.begin(), offerings.end(),
              [&](const RankedOffering* a, const RankedOffering* b) {
                return std::tie(a->member_display_name(), words_(a->title()), a->offering()) <
                       std::tie(b->member_display_name(), words_(b->title()), b->offering());
              });
    return offerings;
  }

  void PrintInsufficient(const Ranking& ranking) {
    std::vector<std::string> members;
    for (const RankedOffering* offering : ByName(ranking)) {
      if (members.empty() || members.back() != offering->member_display_name()) {
        members.push_back(offering->member_display_name());
      }
    }
    std::string text(
        words_("Liste insuffisante : moins de trois groupes indépendants ; ce n'est "
               "pas un classement.",
               "Insufficient list: fewer than three independent groups; this is not a "
               "ranking."));
    if (!members.empty()) {
      absl::StrAppend(&text,
                      members.size() == 1 ? words_(" Seul fournisseur : ", " The only supplier: ")
                                          : words_(" Fournisseurs : ", " Suppliers: "),
                      absl::StrJoin(members, ", "), ".");
    }
    absl::StrAppend(&out_, Paragraph("! ", text));
  }

  // Without rank and score: where there is too little to choose from, none is claimed.
  void PrintQualified(const Ranking& ranking) {
    if (ranking.bands().empty()) return;
    TextTable table(
        {{std::string(words_("Offre (fournisseur)", "Offering (supplier)")), Align::kLeft, true},
         {std::string(words_("36 mois HT", "36 months ex VAT")), Align::kRight},
         {std::string(words_("Cible", "Target")), Align::kLeft},
         {std::string(words_("1re année", "1st year")), Align::kRight},
         {std::string(words_("90 jours", "90 days")), Align::kRight}},
        2);
    const std::vector<const RankedOffering*> offerings = ByName(ranking);
    for (const RankedOffering* offering : offerings) {
      table.AddRow({NameOf(words_, offering->title(), offering->member_display_name()),
                    words_.Euros(offering->cost().tco36_micros()),
                    std::string(offering->over_target() ? words_("dépassée", "exceeded")
                                                        : words_("tenue", "kept")),
                    words_.Euros(offering->cost().first_year_micros()),
                    words_.Euros(offering->cost().cash_out_90_days_micros())});
    }
    absl::StrAppend(&out_, table.Render(),
                    Paragraph("  ", words_("Sans ordre : par nom de fournisseur.",
                                           "In no order: by name of supplier.")));
    int left = options_.explained;
    for (const RankedOffering* offering : offerings) {
      if (left-- <= 0) return;
      PrintReasons(ranking, *offering);
    }
  }

  void PrintBands(const Ranking& ranking) {
    if (ranking.bands().empty()) return;
    TextTable table(
        {{std::string(words_("Rang", "Rank")), Align::kRight},
         {std::string(words_("Note", "Score")), Align::kRight},
         {std::string(words_("Offre (fournisseur)", "Offering (supplier)")), Align::kLeft, true},
         {std::string(words_("36 mois HT", "36 months ex VAT")), Align::kRight},
         {std::string(words_("Cible", "Target")), Align::kLeft},
         {std::string(words_("1re année", "1st year")), Align::kRight},
         {std::string(words_("90 jours", "90 days")), Align::kRight}},
        2);
    bool close = false;
    bool shared = false;
    for (const auto& band : ranking.bands()) {
      shared |= band.offerings_size() > 1;
      for (const RankedOffering& offering : band.offerings()) {
        close |= offering.close_to_next_band();
        table.AddRow({absl::StrCat(band.rank(), offering.close_to_next_band() ? "~" : ""),
                      FormatScore(options_.language, offering.score()),
                      NameOf(words_, offering.title(), offering.member_display_name()),
                      words_.Euros(offering.cost().tco36_micros()),
                      std::string(offering.over_target() ? words_("dépassée", "exceeded")
                                                         : words_("tenue", "kept")),
                      words_.Euros(offering.cost().first_year_micros()),
                      words_.Euros(offering.cost().cash_out_90_days_micros())});
      }
    }
    absl::StrAppend(&out_, table.Render());
    if (shared) {
      absl::StrAppend(
          &out_, Paragraph("  ", words_("Même rang : équivalentes ; leur ordre est tiré au sort, "
                                        "sans retirage possible.",
                                        "Same rank: equals; their order is drawn by lot and cannot "
                                        "be drawn again.")));
    }
    if (close) {
      absl::StrAppend(&out_, words_("  ~ à peine séparée du rang voisin\n",
                                    "  ~ hardly apart from the next rank\n"));
    }
    int left = options_.explained;
    for (const auto& band : ranking.bands()) {
      for (const RankedOffering& offering : band.offerings()) {
        if (left-- <= 0) return;
        PrintReasons(ranking, offering);
      }
    }
  }

  // The strongest reasons of one side.
  template <typename Reasons>
  void PrintSide(absl::string_view title, const Reasons& reasons) {
    for (const auto& reason : reasons) {
      const std::string& sentence = words_(reason.sentence());
      // A sentence that begins with the title needs none before it.
      const bool titled = absl::StartsWith(sentence, words_(reason.title()));
      absl::StrAppend(
          &out_,
          Paragraph(absl::StrCat("    ", title, words_(" : ", ": ")),
                    titled ? sentence : absl::StrCat(words_(reason.title()), " – ", sentence)));
    }
  }

  void PrintReasons(const Ranking& ranking, const RankedOffering& offering) {
    if (offering.contributions().empty()) return;
    absl::StrAppend(&out_, "\n  ", words_("Pourquoi ", "Why "),
                    NameOf(words_, offering.title(), offering.member_display_name()), "\n");
    PrintSide(words_("Pour", "For"), offering.strengths());
    PrintSide(words_("Contre", "Against"), offering.drawbacks());
    std::map<std::string, std::string> titles;
    for (const auto& criterion : ranking.criteria()) {
      titles[criterion.criterion_id()] = words_(criterion.title());
    }
    const bool scored = !ranking.insufficient_range();
    std::vector<TableColumn> columns = {
        {"", Align::kLeft},
        {std::string(words_("Critère", "Criterion")), Align::kLeft, true},
        {std::string(words_("Demandé", "Asked for")), Align::kLeft, true},
        {std::string(words_("Constat", "Finding")), Align::kLeft, true}};
    if (scored) {
      columns.push_back({std::string(words_("Valeur", "Value")), Align::kRight});
      columns.push_back({std::string(words_("Poids", "Weight")), Align::kRight});
      columns.push_back({"Points", Align::kRight});
    }
    TextTable table(std::move(columns), 4);
    std::vector<const Contribution*> sorted;
    for (const Contribution& contribution : offering.contributions()) {
      sorted.push_back(&contribution);
    }
    if (scored) {
      std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
        return a->contribution() > b->contribution();
      });
    }
    std::vector<int64_t> amounts;
    for (const Contribution* contribution : sorted) amounts.push_back(contribution->contribution());
    const std::vector<int64_t> points = Hundredths(amounts);
    size_t row = 0;
    for (const Contribution* contribution : sorted) {
      std::vector<std::string> cells = {
          contribution->criterion_id(), titles[contribution->criterion_id()],
          words_(contribution->asked()), words_(contribution->sentence())};
      if (scored) {
        cells.push_back(Percent(options_.language, contribution->value()));
        cells.push_back(Percent(options_.language, contribution->weight_bp()));
        cells.push_back(FormatScore(options_.language, points[row++] * kScorePerHundredth));
      }
      table.AddRow(std::move(cells));
    }
    if (scored) {
      table.AddRow({"", std::string(words_("Somme", "Sum")), "", "", "",
                    Percent(options_.language, 10'000),
                    FormatScore(options_.language, offering.score())});
    }
    absl::StrAppend(&out_, table.Render());

    TextTable costs(
        {{std::string(words_("Coût sur 36 mois", "Cost over 36 months")), Align::kLeft, true},
         {std::string(words_("Mode", "Model")), Align::kLeft},
         {std::string(words_("Montant HT", "Amount ex VAT")), Align::kRight}},
        4);
    for (const auto& line : offering.cost().lines()) {
      costs.AddRow({words_(line.label()), std::string(ModelName(words_, line.model())),
                    words_.Euros(line.tco36_micros())});
    }
    costs.AddRow({"Total", "", words_.Euros(offering.cost().tco36_micros())});
    absl::StrAppend(&out_, "\n", costs.Render());
    if (offering.cost().has_price_as_of()) {
      absl::StrAppend(&out_, words_("    Tarif relevé le ", "    Tariff read on "),
                      DayInWords(options_.language, offering.cost().price_as_of()), "\n");
    }
  }

  template <typename List>
  void PrintUnranked(absl::string_view title, const List& offerings) {
    if (offerings.empty()) return;
    absl::StrAppend(&out_, "\n", title, "\n");
    for (const UnrankedOffering& offering : offerings) {
      absl::StrAppend(&out_, Paragraph("  - ", NameOf(words_, offering.title(),
                                                      offering.member_display_name())));
      PrintFindings(offering);
    }
  }

  // A finding of several rules is told once, with the rules that it comes from.
  void PrintFindings(const UnrankedOffering& offering) {
    std::vector<const advisor::v1::Finding*> told;
    std::vector<std::string> rules;
    for (const auto& finding : offering.findings()) {
      const auto same = std::find_if(told.begin(), told.end(), [&](const auto* other) {
        return other->reason_code() == finding.reason_code() &&
               words_(other->sentence()) == words_(finding.sentence()) &&
               words_(other->remedy()) == words_(finding.remedy()) &&
               std::equal(other->legal_basis_ids().begin(), other->legal_basis_ids().end(),
                          finding.legal_basis_ids().begin(), finding.legal_basis_ids().end());
      });
      if (same == told.end()) {
        told.push_back(&finding);
        rules.push_back(finding.rule_id());
      } else {
        absl::StrAppend(&rules[static_cast<size_t>(same - told.begin())], ", ", finding.rule_id());
      }
    }
    for (size_t i = 0; i < told.size(); ++i) {
      const auto& finding = *told[i];
      std::string text = absl::StrCat(rules[i], " ", finding.reason_code(), words_(" : ", ": "),
                                      words_(finding.sentence()));
      if (!words_(finding.remedy()).empty()) {
        absl::StrAppend(&text, words_(" Remède : ", " Remedy: "), words_(finding.remedy()));
      }
      absl::StrAppend(&out_, Hanging(6, 10, text));
      PrintLaws(finding.legal_references());
    }
  }

  // The texts of law behind a finding, by title and article.
  template <typename References>
  void PrintLaws(const References& references) {
    if (references.empty()) return;
    std::vector<std::string> laws;
    for (const auto& reference : references) laws.push_back(LawOf(reference));
    absl::StrAppend(&out_, Hanging(10, 12,
                                   absl::StrCat(references.size() > 1
                                                    ? words_("Bases légales : ", "Legal bases: ")
                                                    : words_("Base légale : ", "Legal basis: "),
                                                absl::StrJoin(laws, words_(" ; ", "; ")))));
  }

  // "Regulation (EU) 2016/679 (GDPR), art. 28"; with its days where it was not in force on the day
  // asked about.
  std::string LawOf(const advisor::v1::LegalReference& reference) const {
    std::string text = words_(reference.citation());
    if (reference.has_valid_from() && Later(reference.valid_from(), as_of_)) {
      absl::StrAppend(&text, words_(" (en vigueur à partir du ", " (in force from "),
                      DayInWords(options_.language, reference.valid_from()), ")");
    } else if (reference.has_valid_to() && Later(as_of_, reference.valid_to())) {
      absl::StrAppend(&text, words_(" (en vigueur jusqu'au ", " (in force until "),
                      DayInWords(options_.language, reference.valid_to()), ")");
    }
    return text;
  }

  void PrintWeights(const Ranking& ranking) {
    absl::StrAppend(&out_, "\n");
    // The heaviest first: the order that the statement above the ranking speaks of.
    std::vector<advisor::v1::GroupWeight> by_weight(ranking.group_weights().begin(),
                                                    ranking.group_weights().end());
    std::stable_sort(by_weight.begin(), by_weight.end(),
                     [](const auto& a, const auto& b) { return a.weight_bp() > b.weight_bp(); });
    std::vector<std::string> groups;
    for (const auto& group : by_weight) {
      std::string text =
          absl::StrCat(words_(group.title()), " ", Percent(options_.language, group.weight_bp()));
      if (group.weight_bp() != group.default_weight_bp()) {
        absl::StrAppend(&text, words_(" (par défaut ", " (default "),
                        Percent(options_.language, group.default_weight_bp()), ")");
      }
      groups.push_back(std::move(text));
    }
    absl::StrAppend(&out_, Hanging(0, 2,
                                   absl::StrCat(words_("Ce qui compte : ", "What counts: "),
                                                absl::StrJoin(groups, words_(" ; ", "; ")))));
    std::vector<std::string> dropped;
    for (const DroppedCriterion& criterion : ranking.dropped_criteria()) {
      absl::string_view reason = words_("sans objet", "not applicable");
      if (criterion.reason() == DroppedCriterion::FIRM_UNKNOWN) {
        reason = words_("l'entreprise n'a pas répondu", "the firm has not said");
      } else if (criterion.reason() == DroppedCriterion::NOT_ASKED) {
        reason = words_("non demandé", "not asked for");
      }
      dropped.push_back(absl::StrCat(criterion.criterion_id(), " ", words_(criterion.title()), " (",
                                     reason, ")"));
    }
    if (!dropped.empty()) {
      absl::StrAppend(
          &out_,
          Hanging(0, 2,
                  absl::StrCat(words_("Non pesé, pour personne : ", "Not weighed, for anybody: "),
                               absl::StrJoin(dropped, words_(" ; ", "; ")))));
    }
  }

  // What the firm has not told and a rule would read, the heaviest first. Whether an answer could
  // change the list is not known here: that takes an explanation, which is named.
  void PrintLeftOut(const Recommendation& r) {
    if (r.questions().empty()) return;
    absl::StrAppend(&out_, "\n");
    Line(Heading(words_("Non renseigné, laissé de côté", "Not told, left out"), '-'));
    const int shown = std::min(r.questions_size(), kLeftOutShown);
    for (int i = 0; i < shown; ++i) {
      const auto& question = r.questions(i);
      absl::StrAppend(
          &out_, Paragraph("  - ", absl::StrCat(words_(question.text()), " [",
                                                absl::StrJoin(question.rule_ids(), ", "), "]")));
    }
    std::string end;
    if (const int more = r.questions_size() - shown; more > 0) {
      // A full list may have been cut.
      const bool cut = r.questions_size() >= kQuestionsOfAnAnswer;
      end = more == 1 && !cut
                ? std::string(words_("Et 1 autre. ", "And 1 other. "))
                : absl::StrCat(words_("Et ", "And "), cut ? words_("au moins ", "at least ") : "",
                               more, words_(" autres. ", " others. "));
    }
    absl::StrAppend(&end, words_("Des règles liraient ces informations ; toutes ne changeraient "
                                 "pas le résultat. ",
                                 "Rules would read these facts; not all of them would change the "
                                 "result. "));
    absl::StrAppend(&end, words_("Les questions qui peuvent le changer :",
                                 "The questions that can change it:"));
    absl::StrAppend(&out_, Paragraph("  ", end));
    // In one piece, to be copied.
    absl::StrAppend(&out_, "    aplomb explain unknowns ", r.name(), "\n");
  }

  void PrintEnd(const Recommendation& r) {
    if (!r.assumptions().empty()) {
      absl::StrAppend(&out_, "\n");
      Line(Heading(words_("Ce qui a été supposé", "What was assumed"), '-'));
      for (const auto& assumption : r.assumptions()) {
        absl::StrAppend(
            &out_,
            Paragraph("  - ", absl::StrCat(words_(assumption.text()),
                                           assumption.need_id().empty()
                                               ? ""
                                               : absl::StrCat(" [", assumption.need_id(), "]"))));
      }
    }
    PrintLeftOut(r);
    if (!r.legal_notices().empty()) {
      absl::StrAppend(&out_, "\n");
      Line(Heading(words_("Ce que la loi demande", "What the law asks"), '-'));
      for (const LegalNotice& notice : r.legal_notices()) {
        absl::StrAppend(&out_, Paragraph("  - ", words_(notice.text())));
        if (notice.has_legal_reference()) {
          absl::StrAppend(&out_, Hanging(4, 6,
                                         absl::StrCat(words_("Base légale : ", "Legal basis: "),
                                                      LawOf(notice.legal_reference()))));
        }
      }
    }
    if (!r.applied_rates().empty()) {
      absl::StrAppend(&out_, "\n");
      for (const auto& rate : r.applied_rates()) {
        absl::StrAppend(&out_, words_("  Taux appliqué : 1 ", "  Rate applied: 1 "),
                        rate.currency_code(), " = ",
                        absl::StrFormat("%d%s%06d EUR", rate.euros_micros() / 1'000'000,
                                        words_.Point(), rate.euros_micros() % 1'000'000),
                        words_(" au ", " of "), DayInWords(options_.language, rate.date()), "\n");
      }
    }
  }

  void Line(absl::string_view text) { absl::StrAppend(&out_, text); }
  // Names are not broken, so that they can be copied: their lines may be longer than the screen.
  void Field(absl::string_view name, absl::string_view value) {
    const size_t width = DisplayWidth(name);
    absl::StrAppend(&out_, "  ", name, std::string(width < 12 ? 12 - width : 1, ' '), value, "\n");
  }

  const PrintOptions& options_;
  Words words_;
  google::type::Date as_of_;
  std::string out_;
};

std::string KindName(const Words& words, catalog::v1::Offering::Kind kind) {
  using catalog::v1::Offering;
  switch (kind) {
    case Offering::SOFTWARE_SAAS:
      return std::string(words("logiciel en ligne", "online software"));
    case Offering::SOFTWARE_ONPREM:
      return std::string(words("logiciel à installer", "software to install"));
    case Offering::CLOUD_INFRA:
      return std::string(words("infrastructure", "infrastructure"));
    case Offering::MARKETPLACE:
      return std::string(words("place de marché", "marketplace"));
    case Offering::SERVICE:
      return std::string(words("prestation", "service"));
    case Offering::HARDWARE:
      return std::string(words("matériel", "equipment"));
    case Offering::TRAINING:
      return std::string(words("formation", "training"));
    case Offering::DOMAIN:
      return std::string(words("nom de domaine", "domain name"));
    default:
      return std::string(words("inconnu", "unknown"));
  }
}

}  // namespace

const std::string& In(Language language, const LocalizedText& text) {
  const std::string& wanted = language == Language::kFrench ? text.fr() : text.en();
  const std::string& other = language == Language::kFrench ? text.en() : text.fr();
  return wanted.empty() ? other : wanted;
}

std::string FormatEuros(Language language, int64_t micros) {
  const bool negative = micros < 0;
  // In unsigned arithmetic, where the smallest integer has an opposite.
  const uint64_t magnitude =
      negative ? uint64_t{0} - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  const auto cents = static_cast<int64_t>((magnitude + kMicrosPerCent / 2) / kMicrosPerCent);
  const std::string sign = negative && cents != 0 ? "-" : "";
  if (language == Language::kFrench) {
    // U+202F between groups of digits and U+00A0 before the unit: an amount is not broken.
    return absl::StrFormat("%s%s,%02d\u00a0€", sign, Grouped(cents / 100, "\u202f"), cents % 100);
  }
  return absl::StrFormat("%sEUR %s.%02d", sign, Grouped(cents / 100, ","), cents % 100);
}

std::string FormatScore(Language language, int64_t score) {
  const int64_t hundredths = score / kScorePerHundredth;
  return absl::StrFormat("%d%s%02d", hundredths / 100, Words(language).Point(), hundredths % 100);
}

std::string CountInWords(Language language, int64_t n, absl::string_view fr_one,
                         absl::string_view fr_many, absl::string_view en_one,
                         absl::string_view en_many) {
  const bool fr = language == Language::kFrench;
  const bool one = n == 1 || (fr && n == 0);
  return absl::StrCat(n, " ", fr ? (one ? fr_one : fr_many) : (one ? en_one : en_many));
}

std::string PrintRecommendation(const Recommendation& recommendation, const PrintOptions& options) {
  return RecommendationPrinter(options).Print(recommendation);
}

std::string PrintMembers(const std::vector<catalog::v1::Member>& members, Language language) {
  const Words words(language);
  TextTable table({{std::string(words("Membre", "Member")), Align::kLeft},
                   {std::string(words("Nom", "Name")), Align::kLeft, true},
                   {std::string(words("Pays", "Country")), Align::kLeft},
                   {std::string(words("Genre", "Kind")), Align::kLeft}});
  for (const auto& member : members) {
    table.AddRow({member.name(), member.display_name(), member.country_code(),
                  std::string(MemberKindName(words, member.kind()))});
  }
  return table.Render();
}

// Two lines each, for names are long and must not be broken: what it is, then what to call it by.
std::string PrintOfferings(const std::vector<catalog::v1::Offering>& offerings, Language language) {
  const Words words(language);
  std::string out;
  for (const auto& offering : offerings) {
    absl::StrAppend(&out, words(offering.title()), ", ", KindName(words, offering.kind()), "\n    ",
                    offering.name(), "  [", absl::StrJoin(offering.need_ids(), " "), "]\n");
  }
  absl::StrAppend(&out,
                  words.Count(static_cast<int>(offerings.size()), "offre", "offering", "offerings"),
                  "\n");
  return out;
}

std::string PrintNeeds(const std::vector<catalog::v1::Need>& needs, Language language) {
  const Words words(language);
  TextTable table({{std::string(words("Étape", "Stage")), Align::kRight},
                   {std::string(words("Besoin", "Need")), Align::kLeft},
                   {std::string(words("Titre", "Title")), Align::kLeft, true},
                   {std::string(words("Ce que c'est", "What it is")), Align::kLeft, true}});
  for (const auto& need : needs) {
    table.AddRow({absl::StrCat(need.stage()), need.need_id(), words(need.title()),
                  words(need.description())});
  }
  return table.Render();
}

namespace {

// What the rules ask of offerings for the need in particular.
std::string PrintNeedRules(const catalog::v1::Need& need, const Words& words) {
  std::string out;
  std::vector<std::string> facts;
  for (const std::string& name : need.minimum_facts()) {
    facts.push_back(words(wording::MinimumFactText(name)));
  }
  if (!facts.empty()) {
    absl::StrAppend(&out,
                    Paragraph("", absl::StrCat(words("Sans quoi une offre n'est pas classée "
                                                     "mais à confirmer : ",
                                                     "Without which an offering is not "
                                                     "ranked but to confirm: "),
                                               absl::StrJoin(facts, words(" ; ", "; ")), ".")));
  }
  for (const auto& inapplicable : need.inapplicable()) {
    const bool both = inapplicable.delivery_mode() == type::DELIVERY_MODE_UNSPECIFIED;
    absl::StrAppend(
        &out,
        Paragraph("", absl::StrCat(words("Sans objet", "Not applicable"), both ? "" : ", ",
                                   both ? absl::string_view()
                                        : ModeTitle(words, inapplicable.delivery_mode()),
                                   words(" : ", ": "), absl::StrJoin(inapplicable.rule_ids(), ", "),
                                   ". ", words(inapplicable.reason()))));
  }
  return out;
}

}  // namespace

std::string PrintNeed(const catalog::v1::Need& need, Language language) {
  const Words words(language);
  std::string out = Heading(absl::StrCat(words(need.title()), " [", need.need_id(), "]"), '=');
  absl::StrAppend(&out, Paragraph("", words(need.description())), "\n");
  for (const auto& prerequisite : need.prerequisites()) {
    absl::StrAppend(&out,
                    prerequisite.hard() ? words("Il faut d'abord : ", "Needed first: ")
                                        : words("Conseillé d'abord : ", "Advised first: "),
                    absl::StrJoin(prerequisite.any_of(), words(" ou ", " or ")), "\n");
  }
  TextTable features({{"", Align::kLeft},
                      {std::string(words("Fonction", "Feature")), Align::kLeft, true},
                      {std::string(words("Définition", "Definition")), Align::kLeft, true},
                      {std::string(words("Usuelle", "Usual")), Align::kLeft}});
  for (const auto& feature : need.features()) {
    features.AddRow({feature.feature_id(), words(feature.label()), words(feature.definition()),
                     std::string(feature.usual() ? words("oui", "yes") : "")});
  }
  absl::StrAppend(&out, features.Render(), "\n");
  TextTable costs({{std::string(words("Taille", "Size")), Align::kLeft},
                   {"Mode", Align::kLeft},
                   {std::string(words("Au départ, HT", "At the start, ex VAT")), Align::kRight},
                   {std::string(words("Par mois, HT", "Per month, ex VAT")), Align::kRight}});
  for (const auto& cost : need.reference_costs()) {
    costs.AddRow({std::string(SizeName(words, cost.size_class())),
                  std::string(ModeTitle(words, cost.delivery_mode())),
                  FormatEuros(language, cost.one_off_micros()),
                  FormatEuros(language, cost.monthly_micros())});
  }
  absl::StrAppend(&out, Paragraph("", words("Coûts de référence : ce que l'on compare au prix des "
                                            "offres quand l'entreprise n'a pas dit de budget.",
                                            "Reference costs: what prices are compared with where "
                                            "the firm has told no budget.")));
  absl::StrAppend(&out, costs.Render(), "\n", PrintNeedRules(need, words));
  return out;
}

}  // namespace aplomb::cli
