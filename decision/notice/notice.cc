#include "decision/notice/notice.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "base/civil_day.h"
#include "base/hex.h"
#include "decision/profile_reading.h"
#include "decision/render.h"
#include "decision/report/html.h"
#include "decision/wording/wording.h"
#include "engine/weights.h"

namespace aplomb::notice {
namespace {

namespace pb = advisor::v1;
using decision::Language;
using decision::Text;
using report::Escape;
using report::In;

std::string Shown(const google::type::Date& date, Language language) {
  const auto day =
      base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()});
  return day.ok() ? decision::PrintDay(*day, language) : "–";
}

template <typename Rule>
void SetRule(const std::string& id, const Rule& rule, const catalog::v1::Rulebook& rules,
             const catalog::Snapshot& snapshot, pb::TransparencyNotice::NoticeRule& out) {
  out.set_rule_id(id);
  *out.mutable_title() = rule.title();
  *out.mutable_rationale() = rule.rationale();
  for (type::LocalizedText& line : wording::WordingOf(rule, rules)) {
    *out.add_wording() = std::move(line);
  }
  if (snapshot.law_table == nullptr) return;
  for (const std::string& law_id : rule.legal_basis_ids()) {
    for (const auto& law : snapshot.law_table->table.legal_bases()) {
      if (law.legal_basis_id() == law_id) *out.add_legal_citations() = law.citation();
    }
  }
}

class Writer {
 public:
  Writer(const decision::CompiledRulebook& rulebook, const catalog::Snapshot& snapshot,
         pb::TransparencyNotice& out)
      : rules_(rulebook.source), rulebook_(rulebook), snapshot_(snapshot), out_(out) {}

  void Write() {
    decision::RenderDisclosure(snapshot_, rules_, *out_.mutable_disclosure());
    Parameters();
    for (const auto& constraint : rules_.constraints()) {
      SetRule(constraint.constraint_id(), constraint, rules_, snapshot_, *out_.add_constraints());
    }
    Sections();
  }

 private:
  void Parameters() {
    const auto shares = decision::GroupSharesOf(type::WeightChoice(), rulebook_);
    const auto weights = engine::LargestRemainder(absl::MakeConstSpan(shares), engine::kWeightSum);
    std::vector<int> order;
    for (int g = 0; g < rules_.groups_size(); ++g) order.push_back(g);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return weights[static_cast<size_t>(a)] > weights[static_cast<size_t>(b)];
    });
    for (size_t place = 0; place < order.size(); ++place) {
      const auto& group = rules_.groups(order[place]);
      auto& parameter = *out_.add_parameters();
      parameter.set_group_id(group.group_id());
      *parameter.mutable_title() = group.title();
      parameter.set_default_weight_bp(weights[static_cast<size_t>(order[place])]);
      *parameter.mutable_meaning() = group.swing();
      *parameter.mutable_reason() = Reason(group, place, order.size());
      for (const auto& criterion : rules_.criteria()) {
        if (criterion.group_id() != group.group_id()) continue;
        SetRule(criterion.criterion_id(), criterion, rules_, snapshot_, *parameter.add_criteria());
      }
    }
  }

  // Why the group weighs what it weighs: the rulebook's own words, and the bound on papers where
  // it is what keeps the weight down.
  type::LocalizedText Reason(const catalog::v1::CriterionGroup& group, size_t place,
                             size_t count) const {
    std::string fr = group.reason().fr();
    std::string en = group.reason().en();
    if (fr.empty() || en.empty()) {
      // A rulebook that gives no reason: no reason is made up for it.
      fr = absl::StrCat("Place ", place + 1, " sur ", count,
                        " de l'ordre par défaut ; les règles n'en donnent pas de raison.");
      en = absl::StrCat("Place ", place + 1, " of ", count,
                        " in the default order; the rulebook gives no reason for it.");
    }
    const auto& papers = rules_.weights().paperwork_group_ids();
    if (std::find(papers.begin(), papers.end(), group.group_id()) != papers.end()) {
      const int32_t most = rules_.weights().paperwork_max_bp();
      absl::StrAppend(&fr,
                      " Ce groupe tient surtout à des pièces et déclarations, plus faciles à "
                      "fournir pour un grand fournisseur : avec les autres groupes de cette "
                      "sorte, il pèse au plus ",
                      decision::PrintPercent(most, Language::kFr), " dans l'ordre par défaut.");
      absl::StrAppend(&en,
                      " This group is mostly about papers and statements, which come easier to "
                      "a large supplier: together with the other groups of this kind it weighs "
                      "at most ",
                      decision::PrintPercent(most, Language::kEn), " in the default order.");
    }
    return Text(std::move(fr), std::move(en));
  }

  void Section(const char* id, type::LocalizedText title, type::LocalizedText text) {
    auto& section = *out_.add_sections();
    section.set_section_id(id);
    *section.mutable_title() = std::move(title);
    *section.mutable_text() = std::move(text);
  }

  type::LocalizedText LinksText() const {
    const catalog::SnapshotCounts counts = catalog::CountsOf(snapshot_);
    std::string fr;
    std::string en;
    if (counts.listed_members == 0) {
      fr = "Les fournisseurs dont les offres figurent ici sont membres de l'association et lui "
           "sont liés par ce seul contrat.";
      en = "The suppliers whose offerings are listed here are members of the association and bound "
           "to it by that contract alone.";
    } else if (counts.listed_members < counts.active_members) {
      fr = "Les membres sont liés à l'association par ce seul contrat. Les fournisseurs dont les "
           "offres sont reprises de sources publiques n'ont aucun lien avec elle.";
      en = "Members are bound to the association by that contract alone. Suppliers whose offerings "
           "are taken from public sources have no link with it.";
    } else {
      fr = "Les offres figurant ici sont reprises de sources publiques : leurs fournisseurs n'ont "
           "aucun lien avec l'association.";
      en = "The offerings listed here are taken from public sources: their suppliers have no link "
           "with the association.";
    }
    return Text(
        absl::StrCat(fr,
                     " Les règles sont arrêtées sans eux, publiées avant d'entrer en vigueur, et "
                     "les mêmes pour tous. Le moteur ne reçoit ni nom, ni cotisation, ni "
                     "ancienneté."),
        absl::StrCat(en,
                     " The rules are set without them, published before they come into force, "
                     "and the same for all. The engine receives no name, no fee and no "
                     "seniority."));
  }

  void Sections() {
    const pb::Disclosure& d = out_.disclosure();
    Section("order", Text("Ordre des résultats", "Order of results"), d.ranking_criterion());
    Section("remuneration", Text("Qui paie, et avec quel effet", "Who pays, and with what effect"),
            d.remuneration());
    Section("links", Text("Liens avec les fournisseurs", "Links with suppliers"), LinksText());
    Section("exhaustiveness", Text("Ce qui est comparé", "What is compared"), d.exhaustiveness());
    const int64_t updated = d.catalog_update_time().seconds();
    const auto day = base::ParisDay(absl::FromUnixSeconds(updated));
    Section(
        "update", Text("Mise à jour", "Update"),
        Text(absl::StrCat("Le catalogue change à chaque fiche approuvée ; dernière mise à jour "
                          "le ",
                          decision::PrintDay(day, Language::kFr), ". Un tarif lu il y a plus de ",
                          decision::PrintCount(rules_.price_max_age_days(), Language::kFr),
                          " jours compte comme inconnu."),
             absl::StrCat("The catalogue changes with each approved entry; last update on ",
                          decision::PrintDay(day, Language::kEn), ". A tariff read more than ",
                          decision::PrintCount(rules_.price_max_age_days(), Language::kEn),
                          " days ago counts as unknown.")));
    type::LocalizedText score;
    for (const type::LocalizedText& line : wording::WordingOfScore(rules_)) {
      absl::StrAppend(score.mutable_fr(), score.fr().empty() ? "" : " ", line.fr());
      absl::StrAppend(score.mutable_en(), score.en().empty() ? "" : " ", line.en());
    }
    Section("score", Text("Comment se fait une note", "How a score is made"), std::move(score));
    Section(
        "prices", Text("Ce que contient un prix", "What a price holds"),
        Text("Le coût complet sur 36 mois, hors taxes, d'après vos volumes : abonnements, "
             "consommations et commissions, mise en place, reprise, formation, matériel, "
             "indexation, fin des promotions, frais de départ, et ce qu'il faut ajouter et qui "
             "n'est pas compris.",
             "The all-in cost over 36 months, excluding VAT, from your volumes: subscriptions, "
             "use and commissions, setup, migration, training, equipment, indexation, the end of "
             "promotions, exit fees, and what has to be added and is not included."));
    Section(
        "change-order", Text("Changer l'ordre", "Changing the order"),
        Text(absl::StrCat("Vous rangez les six groupes ci-dessus par ordre d'importance, à "
                          "égalité si vous voulez ; les poids s'en déduisent, entre ",
                          decision::PrintPercent(rules_.weights().group_min_bp(), Language::kFr),
                          " et ",
                          decision::PrintPercent(rules_.weights().group_max_bp(), Language::kFr),
                          " par groupe. L'ordre par défaut reste affiché à côté du vôtre. Chaque "
                          "essai est compté et inscrit au journal."),
             absl::StrCat("You put the six groups above in order of importance, with ties where "
                          "you like; the weights follow from it, between ",
                          decision::PrintPercent(rules_.weights().group_min_bp(), Language::kEn),
                          " and ",
                          decision::PrintPercent(rules_.weights().group_max_bp(), Language::kEn),
                          " per group. The default order stays shown beside yours. Each trial is "
                          "counted and logged.")));
    const int64_t width = rules_.band_width() / 10'000;  // hundredths of a point
    Section("lot", Text("Égalités", "Equals"),
            Text(absl::StrCat(
                     "Un rang a une largeur de ", width / 100, ",", width % 100 / 10, width % 10,
                     " point sur 100 : en deçà, deux offres sont à égalité. "
                     "Leur ordre est tiré au sort, fournisseur par fournisseur, d'un secret "
                     "engagé d'avance au journal et révélé ensuite ; redemander ne retire "
                     "pas."),
                 absl::StrCat("A band is ", width / 100, ".", width % 100 / 10, width % 10,
                              " points of 100 wide: below that, two offerings are equals. Their "
                              "order is drawn by lot, supplier by supplier, from a secret that the "
                              "log holds a commitment to beforehand and reveals afterwards; asking "
                              "again does not draw again.")));
    Section(
        "contest", Text("Contester", "Contesting"),
        Text("Toute entreprise peut contester un résultat, tout fournisseur sa place, sans "
             "frais, auprès de sa chambre ou de l'exploitant du service, en citant le nom de la "
             "recommandation ou de l'offre. Le calcul est refait à l'identique à partir du "
             "journal ; la réponse est individuelle, écrite et motivée.",
             "Any firm may contest a result and any supplier its place, free of charge, with "
             "its chamber or the operator of the service, naming the recommendation or the "
             "offering. The computation is made again, identically, from the log; the answer is "
             "individual, in writing and with reasons."));
  }

  const catalog::v1::Rulebook& rules_;
  const decision::CompiledRulebook& rulebook_;
  const catalog::Snapshot& snapshot_;
  pb::TransparencyNotice& out_;
};

constexpr absl::string_view kStyle = R"css(
.param { border-bottom: 1px solid #e3e9ee; padding: .4rem 0 .6rem; }
.param .bar { height: 9px; background: #0f766e; border-radius: 2px; margin: .1rem 0 .25rem; }
.param h3, .param .bar, .param .small { break-after: avoid; }
.rule { break-inside: avoid; margin: .3rem 0 .45rem; font-size: .83rem; }
.wording { font-size: .78rem; color: #35424d; }
)css";

// Two blanks per level become a margin.
template <typename Lines>
std::string PrintWording(const Lines& lines, Language language) {
  std::string html;
  for (const auto& line : lines) {
    const std::string& text = In(line, language);
    const size_t blanks = std::min(text.find_first_not_of(' '), text.size());
    absl::StrAppend(&html, "<div class=\"wording\" style=\"margin-left:", blanks / 2, "rem\">",
                    Escape(text.substr(blanks)), "</div>");
  }
  return html;
}

template <typename Rules>
std::string PrintRules(const Rules& rules, Language language) {
  std::string html = "<ul>";
  for (const auto& rule : rules) {
    std::vector<std::string> laws;
    for (const auto& law : rule.legal_citations()) laws.push_back(Escape(In(law, language)));
    absl::StrAppend(
        &html, "<li class=\"rule\"><b>", Escape(rule.rule_id()), " ",
        Escape(In(rule.title(), language)), "</b> – ", Escape(In(rule.rationale(), language)),
        laws.empty()
            ? ""
            : absl::StrCat(" <span class=\"tiny\">(", absl::StrJoin(laws, " ; "), ")</span>"),
        PrintWording(rule.wording(), language), "</li>\n");
  }
  return absl::StrCat(html, "</ul>\n");
}

}  // namespace

pb::TransparencyNotice MakeNotice(const std::string& name,
                                  const decision::CompiledRulebook& rulebook,
                                  const catalog::Snapshot& snapshot) {
  pb::TransparencyNotice notice;
  notice.set_rulebook_revision(name);
  notice.set_rulebook_digest(base::HexEncode(rulebook.digest));
  *notice.mutable_valid_from() = rulebook.source.valid_from();
  notice.set_catalog_revision(snapshot.revision);
  Writer(rulebook, snapshot, notice).Write();
  return notice;
}

std::string PrintNotice(const pb::TransparencyNotice& notice, Language language) {
  const bool fr = language == Language::kFr;
  const std::string title = fr ? "Comment les offres sont classées" : "How offerings are ranked";
  std::string body = absl::StrCat(
      "<div class=\"foot\">Aplomb · ", Escape(notice.rulebook_revision()), "</div>\n<header>",
      report::Mark(), "<p class=\"kicker\">",
      fr ? "Aplomb · transparence" : "Aplomb · transparency", "</p><h1>", title,
      "</h1><p class=\"sub\">", fr ? "Règles en vigueur depuis le " : "Rules in force since ",
      Escape(Shown(notice.valid_from(), language)), " · ", Escape(notice.rulebook_revision()),
      "</p></header>\n");
  if (!notice.disclosure().fictional().fr().empty()) {
    absl::StrAppend(&body, "<div class=\"fiction\">",
                    Escape(In(notice.disclosure().fictional(), language)), "</div>\n");
  }
  for (const auto& section : notice.sections()) {
    if (section.section_id() == "update") {
      absl::StrAppend(&body, "<h2>", fr ? "Ce qui compte, et combien" : "What counts, and how much",
                      "</h2>\n");
      for (const auto& parameter : notice.parameters()) {
        absl::StrAppend(
            &body, "<div class=\"param\"><h3>", Escape(In(parameter.title(), language)), " · ",
            Escape(decision::PrintPercent(parameter.default_weight_bp(), language)),
            "</h3><div class=\"bar\" style=\"width:", parameter.default_weight_bp() / 50,
            "%\"></div><p class=\"small\">", Escape(In(parameter.meaning(), language)),
            "</p><p class=\"small\"><b>", fr ? "Pourquoi ce poids." : "Why this weight.", "</b> ",
            Escape(In(parameter.reason(), language)), "</p>",
            PrintRules(parameter.criteria(), language), "</div>\n");
      }
      absl::StrAppend(&body, "<h2>",
                      fr ? "Conditions à remplir pour être classé" : "Conditions for a rank",
                      "</h2>\n", PrintRules(notice.constraints(), language));
    }
    absl::StrAppend(&body, "<h2>", Escape(In(section.title(), language)), "</h2><p>",
                    Escape(In(section.text(), language)), "</p>\n");
  }
  absl::StrAppend(&body, "<p class=\"tiny\">", fr ? "Empreinte des règles" : "Digest of the rules",
                  " <span class=\"mono\">", Escape(notice.rulebook_digest()), "</span> · ",
                  fr ? "révision du catalogue " : "catalogue revision ", notice.catalog_revision(),
                  "</p>\n");
  return report::Document(language, title, absl::StrCat(report::BaseStyle(), kStyle), body);
}

}  // namespace aplomb::notice
