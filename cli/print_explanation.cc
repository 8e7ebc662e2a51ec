#include "cli/print_explanation.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/text_table.h"

namespace aplomb::cli {
namespace {

namespace pb = advisor::v1;

class Printer {
 public:
  explicit Printer(Language language) : language_(language) {}

  std::string Take() { return std::move(out_); }

  std::string W(absl::string_view fr, absl::string_view en) const {
    return std::string(language_ == Language::kFrench ? fr : en);
  }
  const std::string& W(const type::LocalizedText& text) const { return In(language_, text); }
  std::string Name(const pb::OfferingRef& ref) const {
    const std::string& title = W(ref.title());
    return title.empty() ? ref.offering()
                         : absl::StrCat(title, " (", ref.member_display_name(), ")");
  }
  std::string Points(int64_t score) const {
    return score < 0 ? absl::StrCat("-", FormatScore(language_, -score))
                     : FormatScore(language_, score);
  }
  std::string Signed(int64_t score) const {
    return score > 0 ? absl::StrCat("+", Points(score)) : Points(score);
  }
  std::string Percent(int64_t of, int64_t all) const {
    return all == 0 ? ""
                    : absl::StrCat(100 * of / all, language_ == Language::kFrench ? " %" : "%");
  }

  void Title(absl::string_view text) { Heading(text, '='); }
  template <typename Message>
  void Need(const Message& message) {
    std::string text = absl::StrCat(W(message.need_title()), " [", message.need_id(), "]");
    if (message.delivery_mode() != type::DELIVERY_MODE_UNSPECIFIED) {
      absl::StrAppend(&text, ", ",
                      message.delivery_mode() == type::HAVE_IT_DONE
                          ? W("faire faire", "have it done")
                          : W("faire soi-même", "do it yourself"));
    }
    absl::StrAppend(&out_, "\n");
    Heading(text, '-');
  }
  void Heading(absl::string_view text, char line) {
    absl::StrAppend(&out_, Paragraph("", text),
                    std::string(std::min(DisplayWidth(text), kScreenColumns), line), "\n");
  }
  void Say(absl::string_view text) { absl::StrAppend(&out_, Paragraph("", text)); }
  void Say(const type::LocalizedText& text) { Say(W(text)); }
  void Item(absl::string_view first, absl::string_view text) {
    absl::StrAppend(&out_, Paragraph(first, text));
  }
  // "base légale : code de commerce, art. 1 ; …"; nothing where there is none.
  void Laws(absl::string_view indent, const std::vector<std::string>& laws) {
    if (laws.empty()) return;
    Item(indent, absl::StrCat(laws.size() > 1 ? W("bases légales : ", "legal bases: ")
                                              : W("base légale : ", "legal basis: "),
                              absl::StrJoin(laws, W(" ; ", "; "))));
  }
  void Blank() { absl::StrAppend(&out_, "\n"); }
  void Table(const TextTable& table) {
    if (!table.empty()) absl::StrAppend(&out_, "\n", table.Render());
  }
  template <typename List>
  std::string Names(const List& refs) const {
    std::vector<std::string> names;
    for (const pb::OfferingRef& ref : refs) names.push_back(Name(ref));
    return absl::StrJoin(names, ", ");
  }

 private:
  Language language_;
  std::string out_;
};

std::string StandingWord(const Printer& p, pb::Standing standing) {
  switch (standing) {
    case pb::RANKED:
      return p.W("classée", "ranked");
    case pb::TO_CONFIRM:
      return p.W("à confirmer", "to confirm");
    case pb::EXCLUDED:
      return p.W("écartée", "excluded");
    default:
      return p.W("non candidate", "no candidate");
  }
}

std::string LegalWord(const Printer& p, pb::LegalNotice::Status status) {
  switch (status) {
    case pb::LegalNotice::DUE:
      return p.W("[à faire]    ", "[due]       ");
    case pb::LegalNotice::TO_ASK:
      return p.W("[à vérifier] ", "[to check]  ");
    case pb::LegalNotice::MET:
      return p.W("[fait]       ", "[met]       ");
    default:
      return p.W("[à venir]    ", "[upcoming]  ");
  }
}

// A rule of the notice: why it is there, then the rule itself, two blanks per level in front.
void PrintNoticeRule(Printer& p, absl::string_view indent,
                     const pb::TransparencyNotice::NoticeRule& rule) {
  p.Item(absl::StrCat(indent, rule.rule_id(), " "),
         absl::StrCat(p.W(rule.title()), p.W(" : ", ": "), p.W(rule.rationale())));
  for (const auto& line : rule.wording()) {
    const std::string text(p.W(line));
    const size_t blanks = std::min(text.find_first_not_of(' '), text.size());
    p.Item(absl::StrCat(indent, "    ", text.substr(0, blanks)), text.substr(blanks));
  }
  std::vector<std::string> laws;
  for (const auto& citation : rule.legal_citations()) laws.push_back(p.W(citation));
  p.Laws(absl::StrCat(indent, "    "), laws);
}

}  // namespace

std::string PrintExplanation(const pb::WhyNotExplanation& answer, Language language) {
  Printer p(language);
  p.Title(p.Name(answer.offering()));
  for (const pb::WhyNot& why : answer.needs()) {
    p.Need(why);
    // Its sentences after the first are those of the rules below.
    const std::string& summary = p.W(why.summary());
    const size_t first = summary.find(". ");
    const bool whole = why.failed_rules().empty() || first == std::string::npos;
    p.Say(whole ? summary : summary.substr(0, first + 1));
    for (const pb::FailedRule& rule : why.failed_rules()) {
      const pb::Finding& finding = rule.finding();
      p.Blank();
      p.Item(absl::StrCat("  ", finding.rule_id(), " ", finding.reason_code(),
                          rule.mandatory() ? p.W(" (loi ou sécurité) ", " (law or safety) ") : " "),
             p.W(finding.sentence()));
      if (!p.W(finding.remedy()).empty()) {
        p.Item("    ", absl::StrCat(p.W("remède : ", "remedy: "), p.W(finding.remedy())));
      }
      std::vector<std::string> laws;
      for (const auto& law : finding.legal_references()) laws.push_back(p.W(law.citation()));
      p.Laws("    ", laws);
    }
    if (why.standing() == pb::RANKED && why.rank() > 1) {
      p.Blank();
      p.Say(absl::StrCat(p.W("Face à ", "Against "), p.Name(why.first()), p.W(" :", ":")));
      TextTable table({{"", Align::kLeft},
                       {p.W("Critère", "Criterion"), Align::kLeft, true},
                       {p.W("Cette offre", "This offering"), Align::kLeft, true},
                       {p.W("La première", "The first"), Align::kLeft, true},
                       {p.W("Écart", "Gap"), Align::kRight}});
      for (const pb::Loss& loss : why.losses()) {
        if (loss.loss() == 0) continue;
        table.AddRow({loss.criterion_id(), p.W(loss.title()), p.W(loss.sentence()),
                      p.W(loss.first_sentence()), p.Signed(-loss.loss())});
      }
      table.AddRow({"", p.W("Somme", "Sum"), "", "", p.Signed(-why.gap())});
      p.Table(table);
    }
    if (why.has_funnel()) {
      p.Blank();
      p.Say(why.funnel().summary());
      TextTable table({{"", Align::kLeft},
                       {p.W("Règle", "Rule"), Align::kLeft, true},
                       {p.W("Arrêtées ici", "Stopped here"), Align::kRight},
                       {p.W("Non remplie par", "Not met by"), Align::kRight},
                       {p.W("à elle seule", "alone"), Align::kRight}},
                      2);
      for (const pb::FunnelStep& step : why.funnel().steps()) {
        table.AddRow({step.rule_id(), p.W(step.title()), absl::StrCat(step.first_count()),
                      absl::StrCat(step.failed_count()), absl::StrCat(step.alone_count())});
      }
      p.Table(table);
    }
  }
  return p.Take();
}

std::string PrintExplanation(const pb::ComparisonExplanation& answer, Language language) {
  Printer p(language);
  p.Title(absl::StrCat("A ", p.Name(answer.a()), p.W(" ; B ", "; B "), p.Name(answer.b())));
  for (const pb::Comparison& comparison : answer.needs()) {
    p.Need(comparison);
    p.Say(comparison.summary());
    if (!comparison.comparable()) continue;
    // Points are told of rankings only.
    const bool scored = !comparison.insufficient_range();
    std::vector<TableColumn> columns = {{"", Align::kLeft},
                                        {p.W("Critère", "Criterion"), Align::kLeft, true},
                                        {"A", Align::kLeft, true},
                                        {"B", Align::kLeft, true}};
    if (scored) columns.push_back({p.W("A moins B", "A less B"), Align::kRight});
    TextTable table(columns);
    for (const pb::CriterionDifference& d : comparison.differences()) {
      if (d.difference() == 0) continue;
      std::vector<std::string> row = {d.criterion_id(), p.W(d.title()), p.W(d.sentence_a()),
                                      p.W(d.sentence_b())};
      if (scored) row.push_back(p.Signed(d.difference()));
      table.AddRow(row);
    }
    if (scored) table.AddRow({"", p.W("Somme", "Sum"), "", "", p.Signed(comparison.gap())});
    p.Table(table);
    if (comparison.cons_size() > 0) p.Blank();
    for (const pb::CoveredCon& con : comparison.cons()) p.Item("  - ", p.W(con.sentence()));
  }
  return p.Take();
}

std::string PrintExplanation(const pb::CounterfactualExplanation& answer, Language language) {
  Printer p(language);
  p.Title(p.Name(answer.offering()));
  for (const pb::Counterfactual& need : answer.needs()) {
    p.Need(need);
    p.Say(need.summary());
    if (need.changes().empty()) continue;
    TextTable table({{p.W("À changer", "To change"), Align::kLeft, true},
                     {p.W("Aujourd'hui", "Today"), Align::kLeft, true},
                     {p.W("Il faudrait", "It would take"), Align::kLeft, true}},
                    2);
    for (const pb::Change& change : need.changes()) {
      table.AddRow({p.W(change.label()), p.W(change.before()), p.W(change.after())});
    }
    p.Table(table);
  }
  return p.Take();
}

std::string PrintExplanation(const pb::StabilityExplanation& answer, Language language) {
  Printer p(language);
  p.Title(p.W("Le résultat tient-il ?", "Does the result hold?"));
  for (const pb::Stability& stability : answer.rankings()) {
    p.Need(stability);
    p.Say(stability.summary());
    if (stability.offerings().empty()) continue;
    TextTable table({{p.W("Rang", "Rank"), Align::kRight},
                     {p.W("Offre (fournisseur)", "Offering (supplier)"), Align::kLeft, true},
                     {p.W("1er rang", "1st rank"), Align::kRight},
                     {p.W("3 premières", "first 3"), Align::kRight}},
                    2);
    for (const pb::Acceptability& offering : stability.offerings()) {
      table.AddRow({absl::StrCat(offering.rank()), p.Name(offering.offering()),
                    p.Percent(offering.first_band_count(), stability.draw_count()),
                    p.Percent(offering.top_three_count(), stability.draw_count())});
    }
    p.Table(table);
    if (stability.has_smallest_shift()) {
      p.Item("  ", absl::StrCat(p.W("Au premier rang seraient alors : ",
                                    "At the first rank would then be: "),
                                p.Names(stability.smallest_shift().first()), "."));
    }
    for (const pb::EqualGroup& group : stability.equal_groups()) {
      if (group.offerings_size() > 1) {
        p.Item("  = ",
               absl::StrCat(p.W("À égalité : ", "Equals: "), p.Names(group.offerings()), "."));
      }
      if (group.hardly_lower_size() > 0) {
        p.Item("  ~ ", absl::StrCat(p.W("À peine en dessous : ", "Hardly below: "),
                                    p.Names(group.hardly_lower()), "."));
      }
    }
  }
  return p.Take();
}

std::string PrintExplanation(const pb::UnknownsExplanation& answer, Language language) {
  Printer p(language);
  p.Title(p.W("Ce qui n'est pas connu", "What is not known"));
  for (const pb::Unknowns& unknowns : answer.rankings()) {
    p.Need(unknowns);
    p.Say(unknowns.summary());
    for (const pb::NextQuestion& question : unknowns.next_questions()) {
      p.Item("  ? ", p.W(question.text()));
      p.Item("    ", p.W(question.why()));
    }
    // Of a list of too few suppliers, neither rank nor score is told.
    const bool scored = !unknowns.insufficient_range();
    std::vector<TableColumn> columns = {
        {p.W("Offre (fournisseur)", "Offering (supplier)"), Align::kLeft, true},
        {p.W("Aujourd'hui", "Today"), Align::kLeft}};
    if (scored) columns.push_back({p.W("Note possible", "Possible score"), Align::kRight});
    columns.push_back({p.W("Conviendra ?", "Will it qualify?"), Align::kLeft});
    TextTable table(columns, 2);
    int out = 0;
    bool unsure = false;
    for (const pb::ScoreInterval& interval : unknowns.intervals()) {
      if (!interval.may_be_ranked()) {
        ++out;
        continue;
      }
      unsure |= interval.may_be_unranked();
      std::vector<std::string> row = {p.Name(interval.offering()),
                                      scored || interval.standing() != pb::RANKED
                                          ? StandingWord(p, interval.standing())
                                          : p.W("convient", "qualifies")};
      if (scored) {
        row.push_back(absl::StrCat(p.Points(interval.low()), " – ", p.Points(interval.high())));
      }
      row.push_back(interval.may_be_unranked() ? p.W("pas sûr", "not sure") : p.W("oui", "yes"));
      table.AddRow(row);
    }
    p.Table(table);
    if (unsure) {
      p.Item("  ", p.W("pas sûr : une réponse encore possible, la vôtre ou celle du fournisseur, "
                       "l'écarterait ou la laisserait à confirmer.",
                       "not sure: an answer that is still possible, yours or the supplier's, would "
                       "exclude it or leave it to be confirmed."));
    }
    if (out > 0) {
      p.Item("  ", out == 1
                       ? p.W("1 autre offre ne conviendra pas, quoi qu'il soit répondu.",
                             "1 other offering will not qualify, whatever is answered.")
                       : absl::StrCat(out, p.W(" autres offres ne conviendront pas, quoi qu'il "
                                               "soit répondu.",
                                               " other offerings will not qualify, whatever is "
                                               "answered.")));
    }
  }
  return p.Take();
}

std::string PrintExplanation(const pb::RepairsExplanation& answer, Language language) {
  Printer p(language);
  p.Title(p.W("Si rien ne convient", "If nothing suits"));
  for (const pb::Repairs& repairs : answer.rankings()) {
    p.Need(repairs);
    p.Say(repairs.summary());
    if (repairs.member_display_names_size() > 0) {
      p.Item("  ", absl::StrCat(p.W("Fournisseurs : ", "Suppliers: "),
                                absl::StrJoin(repairs.member_display_names(), ", "), "."));
    }
    for (const pb::Repair& repair : repairs.repairs()) {
      p.Item("  - ", p.W(repair.sentence()));
      p.Item("    ",
             absl::StrCat(p.W("sans ordre : ", "in no order: "), p.Names(repair.regained()), "."));
    }
  }
  return p.Take();
}

std::string PrintExplanation(const pb::Plan& answer, Language language) {
  Printer p(language);
  p.Title(p.W("Le chemin", "The path"));
  p.Say(answer.summary());
  p.Say(answer.stage_text());
  if (answer.legal_checklist_size() > 0) {
    p.Blank();
    p.Say(p.W("Avant tout, la loi", "Before all, the law"));
    for (const pb::LegalStep& step : answer.legal_checklist()) {
      p.Item(absl::StrCat("  ", LegalWord(p, step.status())),
             absl::StrCat(p.W(step.title()), p.W(" : ", ": "), p.W(step.text())));
    }
  }
  int number = 0;
  for (const pb::PlanStep& step : answer.steps()) {
    p.Blank();
    p.Item(absl::StrCat("  ", ++number, ". "), p.W(step.title()));
    p.Item("     ", p.W(step.text()));
    for (const pb::PlanStep::Option& option : step.options()) {
      p.Item("     - ", option.has_tco36_micros() && option.answer() != pb::PlanStep::ASK
                            ? absl::StrCat(FormatEuros(language, option.tco36_micros()),
                                           p.W(" : ", ": "), p.W(option.text()))
                            : p.W(option.text()));
    }
  }
  for (const pb::LaterNeed& later : answer.later()) {
    p.Blank();
    p.Item("  > ", absl::StrCat(p.W(later.title()), p.W(" : ", ": "), p.W(later.text())));
  }
  if (answer.bundles_size() > 0) {
    p.Blank();
    p.Say(p.W("Ensemble ou séparément", "Together or apart"));
    for (const pb::Bundle& bundle : answer.bundles()) {
      p.Item("  + ", p.Names(bundle.offerings()));
      p.Item("    ", p.W(bundle.text()));
      // By need: what is taken for several needs is named once.
      pb::Bundle other;
      for (const pb::OfferingRef& ref : bundle.separate()) {
        if (std::none_of(other.separate().begin(), other.separate().end(),
                         [&](const auto& named) { return named.offering() == ref.offering(); })) {
          *other.add_separate() = ref;
        }
      }
      if (other.separate_size() > 0) {
        p.Item("    ", absl::StrCat(p.W("autre choix : ", "other choice: "),
                                    p.Names(other.separate()), "."));
      }
    }
  }
  return p.Take();
}

std::string PrintExplanation(const pb::TransparencyNotice& answer, Language language) {
  Printer p(language);
  p.Title(p.W("Comment les offres sont classées", "How offerings are ranked"));
  p.Say(absl::StrCat(answer.rulebook_revision(), ", sha256 ", answer.rulebook_digest()));
  if (!p.W(answer.disclosure().fictional()).empty()) p.Say(answer.disclosure().fictional());
  for (const auto& section : answer.sections()) {
    p.Blank();
    p.Heading(p.W(section.title()), '-');
    p.Say(section.text());
    if (section.section_id() != "exhaustiveness") continue;
    p.Blank();
    p.Heading(p.W("Ce qui compte, et combien", "What counts, and how much"), '-');
    for (const auto& parameter : answer.parameters()) {
      const int32_t bp = parameter.default_weight_bp();
      p.Item("  ", absl::StrCat(p.W(parameter.title()), " ",
                                language == Language::kFrench
                                    ? absl::StrFormat("%d,%02d %%", bp / 100, bp % 100)
                                    : absl::StrFormat("%d.%02d%%", bp / 100, bp % 100)));
      p.Item("    ", p.W(parameter.meaning()));
      p.Item("    ", p.W(parameter.reason()));
      for (const auto& rule : parameter.criteria()) {
        PrintNoticeRule(p, "    ", rule);
      }
    }
    p.Blank();
    p.Heading(p.W("Conditions à remplir pour être classé", "Conditions for a rank"), '-');
    for (const auto& rule : answer.constraints()) {
      PrintNoticeRule(p, "  ", rule);
    }
  }
  return p.Take();
}

}  // namespace aplomb::cli
