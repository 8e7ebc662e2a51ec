#include "decision/report/report.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/civil_day.h"
#include "decision/report/cost_picture.h"
#include "decision/report/html.h"
#include "decision/report/told_facts.h"

namespace aplomb::report {
namespace {

namespace pb = advisor::v1;
using decision::Language;

constexpr int64_t kScorePerHundredth = 10'000;  // of a point of 100

constexpr absl::string_view kStyle = R"css(
.steps { counter-reset: step; list-style: none; padding: 0; margin: .5rem 0; }
.steps > li { position: relative; padding: .5rem .2rem .5rem 2.6rem; border-bottom: 1px solid
  #e3e9ee; break-inside: avoid; }
.steps > li::before { counter-increment: step; content: counter(step); position: absolute; left: 0;
  top: .55rem; width: 1.75rem; height: 1.75rem; border-radius: 50%; background: #12344d;
  color: #fff; text-align: center; line-height: 1.75rem; font-weight: 600; font-size: .9rem; }
.offer { border: 1px solid #cfd8e0; border-radius: 4px; padding: .55rem .9rem .65rem; margin:
  .55rem 0; break-inside: avoid; }
.offer .head { display: table; width: 100%; }
.offer .head > div { display: table-cell; vertical-align: top; }
.offer .name { font-weight: 600; font-size: 1rem; color: #12344d; }
.offer .money { text-align: right; white-space: nowrap; padding-left: 1rem; }
.offer .money b { font-size: 1.08rem; color: #12344d; }
.statements { font-size: .78rem; color: #46525e; margin: 0 0 1rem; }
.statements p { margin: .22rem 0; }
.figure { break-inside: avoid; margin: .8rem 0 .4rem; }
.figure > p { margin-bottom: .45rem; }
.before { break-after: avoid; margin-top: .9rem; }
.costs { font-size: .76rem; margin: .1rem 0 .9rem; }
.costs td, .costs th { padding-top: .16rem; padding-bottom: .16rem; }
.swatch { display: inline-block; width: .6rem; height: .6rem; border-radius: 2px; margin-right:
  .3rem; }
.choices { list-style: none; padding: 0; margin: .2rem 0 0; font-size: .8rem; color: #46525e; }
.choices b { display: inline-block; min-width: 6.2rem; text-align: right; margin-right: .6rem;
  color: #12344d; font-variant-numeric: tabular-nums; }
td.n { font-variant-numeric: tabular-nums; }
.pc { display: table; width: 100%; table-layout: fixed; margin-top: .35rem; }
.pc > div { display: table-cell; width: 50%; padding-right: 1.1rem; font-size: .83rem; }
.pc h4 { margin: 0 0 .1rem; font-size: .74rem; letter-spacing: .06em; text-transform: uppercase; }
.pro h4 { color: #0b5a52; } .con h4 { color: #8a3f06; }
.pc ul { list-style: none; padding: 0; margin: 0; }
.pc li { padding-left: 1.05rem; position: relative; }
.pc li::before { position: absolute; left: 0; font-weight: 700; }
.pro li::before { content: "+"; color: #0f766e; }
.con li::before { content: "\2212"; color: #b45309; }
.weights { margin: .4rem 0 .6rem; }
.check { list-style: none; padding: 0; break-inside: avoid; }
.check li { padding-left: 1.5rem; position: relative; margin: .28rem 0; break-inside: avoid; }
.check li::before { content: ""; position: absolute; left: 0; top: .24rem; width: .8rem;
  height: .8rem; border: 1.4px solid #46525e; border-radius: 2px; }
dl { margin: .3rem 0; font-size: .87rem; }
.kv td:first-child { color: #52606d; width: 38%; }
.need { break-before: auto; }
.needbar { background: #12344d; color: #fff; padding: .42rem .9rem; border-radius: 3px; margin:
  1.9rem 0 .7rem; font-size: 1.12rem; border: 0; }
.sign { display: table; width: 100%; margin-top: 1.6rem; break-inside: avoid; }
.sign > div { display: table-cell; width: 50%; font-size: .82rem; color: #46525e; padding-right:
  1.5rem; } .line { border-bottom: 1px solid #9fb1c1; height: 2.6rem; }
)css";

class Reporter {
 public:
  Reporter(const ReportSources& sources, Language language)
      : s_(sources), r_(sources.recommendation), language_(language) {}

  std::string Make() {
    Head();
    Statements();
    InShort();
    Request();
    Path();
    for (const pb::NeedResult& result : r_.results()) Need(result);
    Check();
    Rights();
    Trace();
    const std::string title = absl::StrCat(T("Rapport de recommandation", "Recommendation report"),
                                           " – ", DateText(r_.as_of_date()));
    return Document(language_, title, absl::StrCat(BaseStyle(), kStyle), out_);
  }

 private:
  bool fr() const { return language_ == Language::kFr; }
  absl::string_view T(absl::string_view fr_text, absl::string_view en_text) const {
    return fr() ? fr_text : en_text;
  }
  // Words of a message, escaped.
  std::string E(const type::LocalizedText& text) const { return Escape(In(text, language_)); }
  std::string Money(int64_t micros) const {
    return Escape(decision::PrintMoney(micros, language_));
  }
  std::string Points(int64_t score) const {
    const int64_t hundredths = score / kScorePerHundredth;
    return absl::StrFormat("%d%c%02d", hundredths / 100, fr() ? ',' : '.', hundredths % 100);
  }
  // Share of 10,000 as whole percents.
  std::string Percent(int64_t basis_points) const {
    return Escape(decision::PrintPercent(basis_points, language_));
  }
  std::string DateText(const google::type::Date& date) const {
    const auto day =
        base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()});
    return day.ok() ? decision::PrintDay(*day, language_) : "–";
  }
  std::string TimeText(const google::protobuf::Timestamp& time) const {
    const absl::Time t = absl::FromUnixSeconds(time.seconds());
    const absl::CivilSecond utc = absl::ToCivilSecond(t, absl::UTCTimeZone());
    return absl::StrCat(
        decision::PrintDay(base::ParisDay(t), language_), ", ",
        absl::StrFormat("%02d:%02d:%02d UTC", utc.hour(), utc.minute(), utc.second()));
  }
  static std::string Bdi(const std::string& escaped) {
    return absl::StrCat("<bdi>", escaped, "</bdi>");
  }
  void Add(absl::string_view html) { absl::StrAppend(&out_, html, "\n"); }
  void Heading(absl::string_view text) { Add(absl::StrCat("<h2>", text, "</h2>")); }
  void Paragraph(absl::string_view html, absl::string_view css = "") {
    Add(css.empty() ? absl::StrCat("<p>", html, "</p>")
                    : absl::StrCat("<p class=\"", css, "\">", html, "</p>"));
  }
  void Row(absl::string_view name, absl::string_view value) {
    Add(absl::StrCat("<tr><td>", name, "</td><td>", value, "</td></tr>"));
  }
  std::string NeedTitle(absl::string_view need_id) const {
    for (const pb::NeedResult& result : r_.results()) {
      if (result.need_id() == need_id) return E(result.title());
    }
    for (const catalog::v1::Need& need : s_.rules.needs()) {
      if (need.need_id() == need_id) return E(need.title());
    }
    for (const pb::PlanStep& step : s_.plan.steps()) {
      if (step.need_id() == need_id) return E(step.title());
    }
    return Escape(need_id);
  }

  // --- Head --------------------------------------------------------------------------------------

  void Head() {
    Add(absl::StrCat("<div class=\"foot\">Aplomb · ", T("rapport du ", "report of "),
                     Escape(DateText(r_.as_of_date())), " · ",
                     T("entrée du journal ", "log entry "), r_.log_entry(), " · ",
                     T("résultat ", "result "), Escape(r_.digests().result().substr(0, 16)),
                     r_.digests().result().empty() ? "" : "…", "</div>"));
    Add("<header>");
    Add(Mark());
    Paragraph(T("Aplomb · conseil indépendant", "Aplomb · independent advice"), "kicker");
    std::vector<std::string> titles;
    for (const pb::NeedResult& result : r_.results()) titles.push_back(E(result.title()));
    Add(absl::StrCat("<h1>", absl::StrJoin(titles, ", "), "</h1>"));
    Paragraph(absl::StrCat(T("Rapport de recommandation du ", "Recommendation report of "),
                           Escape(DateText(r_.as_of_date())),
                           r_.preview() ? T(" · aperçu", " · preview") : ""),
              "sub");
    Add("</header>");
    if (!r_.disclosure().fictional().fr().empty()) {
      Add(absl::StrCat("<div class=\"fiction\"><b>", T("Démonstration. ", "Demonstration. "),
                       "</b>", E(r_.disclosure().fictional()), "</div>"));
    }
  }

  // --- In short ----------------------------------------------------------------------------------

  static const pb::Ranking* FirstRanked(const pb::NeedResult& result) {
    for (const pb::Ranking& ranking : result.rankings()) {
      if (!ranking.bands().empty()) return &ranking;
    }
    return nullptr;
  }

  const pb::Stability* StabilityOf(const pb::NeedResult& result, const pb::Ranking& ranking) const {
    for (const pb::Stability& stability : s_.stability.rankings()) {
      if (stability.need_id() == result.need_id() &&
          stability.delivery_mode() == ranking.delivery_mode()) {
        return &stability;
      }
    }
    return nullptr;
  }

  std::string StabilityPill(const pb::Stability* stability) const {
    if (stability == nullptr) return "";
    switch (stability->label()) {
      case pb::Stability::SOLID:
        return absl::StrCat("<span class=\"pill go\">", T("solide", "solid"), "</span>");
      case pb::Stability::TO_DISCUSS:
        return absl::StrCat("<span class=\"pill ask\">", T("à discuter", "to be discussed"),
                            "</span>");
      case pb::Stability::VERY_SENSITIVE:
        return absl::StrCat("<span class=\"pill due\">",
                            T("très sensible à vos priorités", "very sensitive to your priorities"),
                            "</span>");
      default:
        return "";
    }
  }

  // By member, then title: an order that says nothing.
  std::vector<const pb::RankedOffering*> ByName(const pb::Ranking& ranking) const {
    std::vector<const pb::RankedOffering*> offerings;
    for (const pb::Band& band : ranking.bands()) {
      for (const pb::RankedOffering& offering : band.offerings()) offerings.push_back(&offering);
    }
    std::sort(offerings.begin(), offerings.end(),
              [&](const pb::RankedOffering* a, const pb::RankedOffering* b) {
                return std::tie(a->member_display_name(), In(a->title(), language_),
                                a->offering()) <
                       std::tie(b->member_display_name(), In(b->title(), language_), b->offering());
              });
    return offerings;
  }

  // What a list of too few suppliers holds, in a line: names and costs, no rank.
  std::string Qualified(const pb::Ranking& ranking) const {
    std::vector<std::string> names;
    for (const pb::RankedOffering* offering : ByName(ranking)) {
      names.push_back(absl::StrCat(
          Bdi(E(offering->title())), " <span class=\"tiny\">",
          Bdi(Escape(offering->member_display_name())), "</span>",
          offering->has_cost() ? absl::StrCat(", ", Money(offering->cost().tco36_micros())) : ""));
    }
    return absl::StrCat(ModeTitle(ranking), T(" : ", ": "), "<span class=\"pill ask\">",
                        T("liste insuffisante", "insufficient list"), "</span> ",
                        T("trop peu de fournisseurs indépendants, ce n'est pas un classement ; "
                          "remplissent les conditions, sans ordre : ",
                          "too few independent suppliers, this is no ranking; these meet the "
                          "conditions, in no order: "),
                        absl::StrJoin(names, T(" ; ", "; ")));
  }

  // The first rank of one ranking in a line.
  std::string FirstRank(const pb::NeedResult& result, const pb::Ranking& ranking) const {
    if (ranking.insufficient_range()) return Qualified(ranking);
    std::vector<std::string> names;
    for (const pb::RankedOffering& offering : ranking.bands(0).offerings()) {
      names.push_back(absl::StrCat(
          "<b>", Bdi(E(offering.title())), "</b>",
          offering.has_cost() ? absl::StrCat(", ", Money(offering.cost().tco36_micros())) : ""));
    }
    std::string html = absl::StrCat(ModeTitle(ranking), T(" : ", ": "));
    if (names.size() > 1) {
      absl::StrAppend(&html, T("à égalité au premier rang, dans un ordre tiré au sort, ",
                               "equals at the first rank, in an order drawn by lot, "));
    }
    return absl::StrCat(html, absl::StrJoin(names, T(" ; ", "; ")), " ",
                        StabilityPill(StabilityOf(result, ranking)));
  }

  std::string ModeTitle(const pb::Ranking& ranking) const {
    return std::string(ranking.delivery_mode() == type::HAVE_IT_DONE
                           ? T("Faire faire", "Have it done")
                           : T("Faire soi-même", "Do it yourself"));
  }

  void InShort() {
    Heading(T("En bref", "In short"));
    for (const pb::NeedResult& result : r_.results()) {
      const bool keep = result.has_keep_existing() && result.keep_existing().recommended();
      const pb::Ranking* ranking = FirstRanked(result);
      std::string html = absl::StrCat("<b>", E(result.title()), "</b> ");
      if (keep) {
        absl::StrAppend(&html, "<span class=\"pill go\">", T("garder l'existant", "keep it"),
                        "</span><br>", E(result.keep_existing().text()));
      } else if (ranking == nullptr) {
        absl::StrAppend(&html, "<span class=\"pill calm\">",
                        T("ne rien acheter pour l'instant", "buy nothing for now"), "</span><br>",
                        T("Aucune offre du catalogue ne remplit aujourd'hui toutes les conditions.",
                          "No offering of the catalogue meets all conditions today."));
      } else {
        const bool no_rank = std::all_of(
            result.rankings().begin(), result.rankings().end(),
            [](const auto& each) { return each.bands().empty() || each.insufficient_range(); });
        absl::StrAppend(&html, "<span class=\"tiny\">",
                        no_rank ? T("coût complet sur 36 mois hors taxes",
                                    "all-in cost over 36 months excluding VAT")
                                : T("au premier rang, coût complet sur 36 mois hors taxes",
                                    "at the first rank, all-in cost over 36 months excluding VAT"),
                        "</span>");
        for (const pb::Ranking& each : result.rankings()) {
          if (!each.bands().empty()) absl::StrAppend(&html, "<br>", FirstRank(result, each));
        }
      }
      Add(absl::StrCat("<div class=\"box", ranking == nullptr && !keep ? " warn" : "", "\">", html,
                       "</div>"));
    }
  }

  // --- What was asked ----------------------------------------------------------------------------

  void Request() {
    Heading(T("Ce que vous avez demandé", "What you asked"));
    Add("<table class=\"kv\">");
    // engagements/ID/recommendations/ID
    const std::vector<std::string> name = absl::StrSplit(r_.name(), '/');
    if (name.size() == 4)
      Row(T("Dossier, ouvert par votre conseiller", "File, opened by your advisor"), Mono(name[1]));
    const type::FirmProfile& p = r_.profile();
    if (!p.siren().empty()) Row("SIREN", Escape(p.siren()));
    if (p.has_activity() && !p.activity().code().empty()) {
      Row(T("Activité (NAF)", "Activity (NAF)"), Escape(p.activity().code()));
    }
    if (!p.department_code().empty()) {
      Row(T("Département", "Department"), Escape(p.department_code()));
    }
    if (p.has_staff_count()) {
      Row(T("Effectif", "Staff"), Escape(decision::PrintCount(p.staff_count(), language_)));
    }
    if (p.has_turnover()) {
      Row(T("Chiffre d'affaires annuel", "Yearly turnover"), Money(p.turnover().micros()));
    }
    if (p.vat_regime() != type::VAT_REGIME_UNSPECIFIED) {
      Row(T("TVA", "VAT"),
          Escape(decision::EnumLabel(*type::VatRegime_descriptor(), p.vat_regime(), language_)));
    }
    if (p.clientele() != type::CLIENTELE_UNSPECIFIED) {
      Row(T("Clientèle", "Customers"),
          Escape(decision::EnumLabel(*type::Clientele_descriptor(), p.clientele(), language_)));
    }
    if (p.has_digital_skill()) {
      Row(T("Aisance numérique, de 0 à 4", "Digital skill, 0 to 4"),
          Escape(absl::StrCat(p.digital_skill())));
    }
    Tools(p);
    if (p.usage_size() > 0) {
      std::vector<std::string> usages;
      for (const type::Usage& usage : p.usage()) {
        usages.push_back(Escape(decision::PrintUsage(usage.metric(), usage.value(), language_)));
      }
      Row(T("Volumes", "Volumes"), absl::StrJoin(usages, "<br>"));
    }
    Budget(p);
    for (const ToldFact& fact : ToldFacts(p, s_.rules, language_)) {
      Row(Escape(fact.label), Escape(fact.value));
    }
    Add("</table>");
    Wishes();
    Weights();
    Unknown();
  }

  void Tools(const type::FirmProfile& p) {
    if (p.existing_tools().empty()) return;
    std::vector<std::string> tools;
    for (const type::ExistingTool& tool : p.existing_tools()) {
      std::string text =
          Escape(decision::EnumLabel(*type::ToolClass_descriptor(), tool.tool_class(), language_));
      if (tool.has_adequate()) {
        absl::StrAppend(&text, tool.adequate() ? T(", convient", ", suits")
                                               : T(", ne convient pas", ", does not suit"));
      }
      if (!tool.need_id().empty()) {
        absl::StrAppend(&text, T(", pour ", ", for "), NeedTitle(tool.need_id()));
      }
      if (tool.has_monthly_cost()) {
        absl::StrAppend(&text, ", ", Money(tool.monthly_cost().micros()),
                        T(" par mois", " a month"));
      }
      if (tool.has_leaving_cost()) {
        absl::StrAppend(&text, ", ", Money(tool.leaving_cost().micros()),
                        T(" pour le quitter", " to leave it"));
      }
      tools.push_back(std::move(text));
    }
    Row(T("Outils en place", "Tools in place"), absl::StrJoin(tools, "<br>"));
  }

  // "90,00 € par mois, 1 000,00 € sur 36 mois (à ne jamais dépasser)"; empty where nothing was
  // told.
  std::string BudgetText(const type::Budget& budget) const {
    std::vector<std::string> parts;
    if (budget.has_one_off_max()) {
      parts.push_back(
          absl::StrCat(Money(budget.one_off_max().micros()), T(" au départ", " at the start")));
    }
    if (budget.has_monthly_max()) {
      parts.push_back(
          absl::StrCat(Money(budget.monthly_max().micros()), T(" par mois", " a month")));
    }
    if (budget.has_target_36_months()) {
      parts.push_back(absl::StrCat(Money(budget.target_36_months().micros()),
                                   T(" sur 36 mois", " over 36 months")));
    }
    if (parts.empty()) {
      if (!budget.has_hard()) return "";
      parts.push_back(std::string(T("sans montant", "no amount")));
    }
    return absl::StrCat(
        absl::StrJoin(parts, ", "),
        budget.hard() ? T(" (à ne jamais dépasser)", " (never to be exceeded)") : "");
  }

  void Budget(const type::FirmProfile& p) {
    const std::string budget = BudgetText(p.budget());
    if (!budget.empty()) Row(T("Budget hors taxes", "Budget excluding VAT"), budget);
  }

  // Of each need: what is required of it, wished for, and its own budget.
  void Wishes() {
    std::string html;
    for (const type::NeedRequest& need : r_.needs()) {
      std::vector<std::string> parts;
      if (!need.must_features().empty()) {
        parts.push_back(
            absl::StrCat(T("exigé ", "required "), Features(need.need_id(), need.must_features())));
      }
      if (!need.nice_features().empty()) {
        parts.push_back(absl::StrCat(T("souhaité ", "wished for "),
                                     Features(need.need_id(), need.nice_features())));
      }
      if (const std::string budget = BudgetText(need.budget()); !budget.empty()) {
        parts.push_back(
            absl::StrCat(T("budget de ce besoin, hors taxes, à la place de celui d'ensemble : ",
                           "budget of this need, excluding VAT, in place of the overall one: "),
                         budget));
      }
      if (parts.empty()) continue;
      absl::StrAppend(&html, "<li>", NeedTitle(need.need_id()), T(" : ", ": "),
                      absl::StrJoin(parts, T(" ; ", "; ")), "</li>");
    }
    if (!html.empty()) Add(absl::StrCat("<ul class=\"small\">", html, "</ul>"));
  }

  template <typename Ids>
  std::string Features(absl::string_view need_id, const Ids& ids) const {
    std::vector<std::string> labels;
    for (const catalog::v1::Need& need : s_.rules.needs()) {
      if (need.need_id() != need_id) continue;
      for (const std::string& id : ids) {
        for (const auto& feature : need.features()) {
          if (feature.feature_id() == id) {
            labels.push_back(absl::StrCat("« ", E(feature.label()), " »"));
          }
        }
      }
    }
    return absl::StrJoin(labels, ", ");
  }

  // One bar of the weights, the same for all needs.
  void Weights() {
    for (const pb::NeedResult& result : r_.results()) {
      if (result.rankings().empty()) continue;
      std::vector<const pb::GroupWeight*> groups;
      for (const pb::GroupWeight& group : result.rankings(0).group_weights()) {
        groups.push_back(&group);
      }
      if (groups.empty()) return;
      std::stable_sort(groups.begin(), groups.end(), [](const auto* a, const auto* b) {
        return a->weight_bp() > b->weight_bp();
      });
      static constexpr absl::string_view kShades[] = {"#12344d", "#0f766e", "#3f8f88",
                                                      "#7b93a7", "#a9b9c6", "#cdd7df"};
      Add(absl::StrCat("<h3>", T("Ce qui compte pour vous", "What counts for you"), "</h3>"));
      std::string bar;
      std::string legend;
      int64_t x = 0;
      for (size_t i = 0; i < groups.size(); ++i) {
        const int64_t width = int64_t{720} * groups[i]->weight_bp() / 10'000;
        absl::StrAppend(&bar, "<rect x=\"", x, "\" y=\"0\" width=\"", width,
                        "\" height=\"15\" fill=\"", kShades[std::min<size_t>(i, 5)], "\"/>");
        x += width;
        absl::StrAppend(&legend, i == 0 ? "" : " · ", E(groups[i]->title()), " ",
                        Percent(groups[i]->weight_bp()),
                        groups[i]->weight_bp() == groups[i]->default_weight_bp()
                            ? ""
                            : absl::StrCat(T(" (d'ordinaire ", " (usually "),
                                           Percent(groups[i]->default_weight_bp()), ")"));
      }
      Add(
          absl::StrCat("<svg class=\"weights\" width=\"100%\" viewBox=\"0 0 720 15\" role=\"img\" "
                       "aria-label=\"",
                       T("Poids des priorités", "Weights of priorities"), "\">", bar, "</svg>"));
      Paragraph(legend, "small");
      return;
    }
  }

  // The next questions of all rankings, each once: those first that move most.
  std::vector<const pb::NextQuestion*> NextQuestions() const {
    std::vector<const pb::NextQuestion*> all;
    for (const pb::Unknowns& unknowns : s_.unknowns.rankings()) {
      for (const pb::NextQuestion& question : unknowns.next_questions()) all.push_back(&question);
    }
    std::stable_sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
      return std::make_pair(a->leaders_moved(), a->outcome_count()) >
             std::make_pair(b->leaders_moved(), b->outcome_count());
    });
    std::set<absl::string_view> asked;
    std::vector<const pb::NextQuestion*> questions;
    for (const pb::NextQuestion* question : all) {
      if (questions.size() == kQuestionsShown) break;
      if (asked.insert(question->field()).second) questions.push_back(question);
    }
    return questions;
  }

  void Unknown() {
    const std::vector<const pb::NextQuestion*> questions = NextQuestions();
    if (r_.assumptions().empty() && questions.empty()) return;
    Add(absl::StrCat("<h3>", T("Ce que nous ne savons pas", "What we do not know"), "</h3>"));
    if (!r_.assumptions().empty()) {
      Paragraph(T("Faute de réponse, nous avons supposé ceci. Corrigez ce qui est faux : le "
                  "résultat peut changer.",
                  "For want of an answer, we assumed this. Correct what is wrong: the result may "
                  "change."),
                "small");
      Add("<ul class=\"small\">");
      for (const pb::Assumption& assumption : r_.assumptions()) {
        Add(absl::StrCat("<li>", E(assumption.text()),
                         assumption.need_id().empty() || r_.results_size() < 2
                             ? ""
                             : absl::StrCat(" <span class=\"tiny\">(",
                                            NeedTitle(assumption.need_id()), ")</span>"),
                         "</li>"));
      }
      Add("</ul>");
    }
    if (!questions.empty()) {
      Paragraph(T("Questions dont la réponse peut encore changer le résultat, celles qui "
                  "changent le plus d'abord :",
                  "Questions whose answer can still change the result, those that change most "
                  "first:"),
                "small");
      Add("<ul class=\"small\">");
      for (const pb::NextQuestion* question : questions) {
        Add(absl::StrCat("<li>", E(question->text()), "</li>"));
      }
      Add("</ul>");
    }
  }

  // --- The path ----------------------------------------------------------------------------------

  std::string LegalPill(pb::LegalNotice::Status status) const {
    switch (status) {
      case pb::LegalNotice::DUE:
        return absl::StrCat("<span class=\"pill due\">", T("à faire", "due"), "</span>");
      case pb::LegalNotice::TO_ASK:
        return absl::StrCat("<span class=\"pill ask\">", T("à vérifier", "to check"), "</span>");
      case pb::LegalNotice::MET:
        return absl::StrCat("<span class=\"pill go\">", T("fait", "met"), "</span>");
      default:
        return absl::StrCat("<span class=\"pill calm\">", T("à venir", "upcoming"), "</span>");
    }
  }

  void Path() {
    Heading(T("Le chemin", "The path"));
    Paragraph(E(s_.plan.stage_text()), "small");
    if (s_.plan.legal_checklist_size() > 0) {
      Add(absl::StrCat("<h3>", T("Avant tout, la loi", "Before all, the law"), "</h3><table>"));
      for (const pb::LegalStep& step : s_.plan.legal_checklist()) {
        Add(absl::StrCat("<tr><td style=\"width:6.2rem\">", LegalPill(step.status()),
                         "</td><td><b>", E(step.title()), "</b><br>", E(step.text()),
                         "</td></tr>"));
      }
      Add("</table>");
    }
    if (s_.plan.steps_size() > 0) {
      Add(absl::StrCat("<h3>", T("Vos prochaines étapes", "Your next steps"),
                       "</h3><ol class=\"steps\">"));
      for (const pb::PlanStep& step : s_.plan.steps()) {
        std::string options;
        for (const pb::PlanStep::Option& option : step.options()) {
          const bool priced = option.has_tco36_micros() && option.answer() != pb::PlanStep::ASK;
          absl::StrAppend(&options, "<li><b>", priced ? Money(option.tco36_micros()) : "–", "</b>",
                          E(option.text()), "</li>");
        }
        Add(absl::StrCat(
            "<li><b>", E(step.title()), "</b> <span class=\"tiny\">",
            step.reason() == pb::PlanStep::HARD_PREREQUISITE
                ? absl::StrCat(T("nécessaire pour ", "needed for "), NeedTitle(step.for_need_id()))
                : std::string(T("demandé", "asked for")),
            "</span><br>", EachModeOnALine(E(step.text())), "<ul class=\"choices\">", options,
            "</ul></li>"));
      }
      Add("</ol>");
    }
    for (const pb::LaterNeed& later : s_.plan.later()) {
      Paragraph(absl::StrCat("<b>", E(later.title()), "</b> – ", E(later.text())), "small");
    }
    if (s_.plan.bundles_size() > 0) {
      Add(absl::StrCat("<h3>", T("Ensemble ou séparément", "Together or apart"), "</h3><table>"));
      Add(absl::StrCat("<tr><th>", T("Offre", "Offering"), "</th><th>",
                       T("Ce que cela donne", "What it gives"), "</th><th class=\"n\">36 ",
                       T("mois", "months"), "</th></tr>"));
      for (const pb::Bundle& bundle : s_.plan.bundles()) {
        std::vector<std::string> names;
        for (const pb::OfferingRef& ref : bundle.offerings()) names.push_back(Name(ref));
        Add(absl::StrCat("<tr><td>", absl::StrJoin(names, " + "), "</td><td class=\"small\">",
                         E(bundle.text()), "</td><td class=\"n\">", Money(bundle.tco36_micros()),
                         "</td></tr>"));
      }
      Add("</table>");
    }
  }

  // A step says of each delivery mode what its ranking says, one after the other.
  static std::string EachModeOnALine(const std::string& html) {
    std::vector<std::pair<std::string, std::string>> breaks;
    for (const char* mode : {"Faire soi-même", "Faire faire", "Do it yourself", "Have it done"}) {
      breaks.emplace_back(absl::StrCat(". ", mode, " – "), absl::StrCat(".<br>", mode, " – "));
    }
    return absl::StrReplaceAll(html, breaks);
  }

  std::string Name(const pb::OfferingRef& ref) const {
    return absl::StrCat(Bdi(E(ref.title())), " <span class=\"tiny\">",
                        Bdi(Escape(ref.member_display_name())), "</span>");
  }

  // --- One need ----------------------------------------------------------------------------------

  void Need(const pb::NeedResult& result) {
    Add(absl::StrCat("<h2 class=\"needbar\">", E(result.title()), "</h2>"));
    if (result.has_keep_existing()) {
      Add(absl::StrCat("<div class=\"box\">", E(result.keep_existing().text()), "</div>"));
    }
    for (const pb::Ranking& ranking : result.rankings()) RankingOf(result, ranking);
    if (result.rankings().empty()) {
      Paragraph(T("Aucune offre n'est publiée pour ce besoin.",
                  "No offering is published for this need."));
    }
  }

  void RankingOf(const pb::NeedResult& result, const pb::Ranking& ranking) {
    Add(absl::StrCat("<h3>", ModeTitle(ranking), "</h3>"));
    std::vector<const pb::RankedOffering*> ranked;
    std::vector<int32_t> ranks;
    std::vector<std::string> members;
    for (const pb::Band& band : ranking.bands()) {
      for (const pb::RankedOffering& offering : band.offerings()) {
        ranked.push_back(&offering);
        ranks.push_back(band.rank());
        members.push_back(offering.member());
      }
    }
    for (const auto* list : {&ranking.to_confirm(), &ranking.excluded()}) {
      for (const pb::UnrankedOffering& offering : *list) members.push_back(offering.member());
    }
    if (ranking.insufficient_range()) {
      ranked = ByName(ranking);
      ranks.assign(ranked.size(), 0);
    }
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    Considered(ranking, ranked.size(), members.size());
    if (!ranked.empty()) {
      const pb::Stability* stability = StabilityOf(result, ranking);
      if (stability != nullptr && !ranking.insufficient_range()) {
        Add(absl::StrCat("<div class=\"box",
                         stability->label() == pb::Stability::SOLID ? "" : " warn", "\">",
                         E(stability->summary()), "</div>"));
      }
      if (ranking.insufficient_range()) {
        QualifiedTable(ranked);
      } else {
        Table(ranked, ranks);
      }
      Add("<div class=\"figure\">");
      Paragraph(
          absl::StrCat("<b>", T("Coût complet sur 36 mois", "All-in cost over 36 months"), "</b> ",
                       T("hors taxes, d'après vos volumes", "excluding VAT, from your volumes")));
      Add(CostPicture(ranked, ranking.target_micros(), language_));
      Add("</div>");
      Components(ranked);
      for (size_t i = 0; i < ranked.size() && i < kDetailedOfferings; ++i) {
        Offer(*ranked[i], ranks[i]);
      }
    }
    Unranked(T("À confirmer : une information manque", "To confirm: a fact is missing"),
             ranking.to_confirm());
    Unranked(T("Écartées, et pourquoi", "Excluded, and why"), ranking.excluded());
  }

  void Considered(const pb::Ranking& ranking, size_t ranked, size_t members) {
    const int32_t n = ranking.candidate_count();
    std::string html =
        fr() ? absl::StrCat("Nous avons examiné <b>", n, " offre", n > 1 ? "s" : "", "</b> de <b>",
                            members, " fournisseur", members > 1 ? "s" : "", "</b> : ", ranked,
                            ranked > 1 ? " classées, " : " classée, ", ranking.to_confirm_size(),
                            " à confirmer, ", ranking.excluded_size(),
                            ranking.excluded_size() > 1 ? " écartées." : " écartée.")
             : absl::StrCat("We examined <b>", n, " offering", n == 1 ? "" : "s", "</b> of <b>",
                            members, " supplier", members == 1 ? "" : "s", "</b>: ", ranked,
                            " ranked, ", ranking.to_confirm_size(), " to confirm, ",
                            ranking.excluded_size(), " excluded.");
    if (ranking.insufficient_range() && ranked > 0) {
      std::vector<std::string> names;
      for (const pb::RankedOffering* offering : ByName(ranking)) {
        const std::string name = Bdi(Escape(offering->member_display_name()));
        if (names.empty() || names.back() != name) names.push_back(name);
      }
      const int32_t groups = ranking.ownership_group_count();
      absl::StrAppend(
          &html, " <b>", T("Liste insuffisante", "Insufficient list"), "</b>",
          T(" : les offres qui remplissent les conditions viennent de ",
            ": the offerings that meet the conditions come from "),
          groups,
          groups == 1 ? T(" seul fournisseur indépendant", " independent supplier only")
                      : T(" fournisseurs indépendants seulement", " independent suppliers only"),
          " (", absl::StrJoin(names, ", "), ").",
          T(" Ne tenez pas cette liste pour un classement.",
            " Do not take this list for a ranking."));
    }
    Paragraph(html);
  }

  // Neither rank nor score: too few suppliers to claim one.
  void QualifiedTable(const std::vector<const pb::RankedOffering*>& offerings) {
    Add(absl::StrCat("<table><tr><th>", T("Offre", "Offering"), "</th><th class=\"n\">",
                     T("36 mois", "36 months"), "</th><th class=\"n\">",
                     T("1<sup>re</sup> année", "1st year"), "</th><th class=\"n\">",
                     T("si l'usage double", "if use doubles"), "</th></tr>"));
    for (const pb::RankedOffering* o : offerings) {
      const auto money = [&](int64_t micros) { return o->has_cost() ? Money(micros) : "–"; };
      Add(absl::StrCat("<tr><td>", Bdi(E(o->title())), " <span class=\"tiny\">",
                       Bdi(Escape(o->member_display_name())), "</span></td><td class=\"n\"><b>",
                       money(o->cost().tco36_micros()), "</b></td><td class=\"n\">",
                       money(o->cost().first_year_micros()), "</td><td class=\"n\">",
                       o->cost().double_usage_rise_micros() > 0 ? "+" : "",
                       money(o->cost().double_usage_rise_micros()), "</td></tr>"));
    }
    Add("</table>");
    Paragraph(T("Sans ordre : par nom de fournisseur.", "In no order: by name of supplier."),
              "tiny");
  }

  void Table(const std::vector<const pb::RankedOffering*>& ranked,
             const std::vector<int32_t>& ranks) {
    Add(absl::StrCat("<table><tr><th>", T("Rang", "Rank"), "</th><th>", T("Offre", "Offering"),
                     "</th><th class=\"n\">", T("Note /100", "Score /100"), "</th><th class=\"n\">",
                     T("36 mois", "36 months"), "</th><th class=\"n\">",
                     T("1<sup>re</sup> année", "1st year"), "</th><th class=\"n\">",
                     T("si l'usage double", "if use doubles"), "</th></tr>"));
    bool close = false;
    for (size_t i = 0; i < ranked.size() && i < kRankedShown; ++i) {
      const pb::RankedOffering& o = *ranked[i];
      close |= o.close_to_next_band();
      const auto money = [&](int64_t micros) { return o.has_cost() ? Money(micros) : "–"; };
      Add(absl::StrCat("<tr><td>", ranks[i], o.close_to_next_band() ? "&nbsp;~" : "", "</td><td>",
                       Bdi(E(o.title())), " <span class=\"tiny\">",
                       Bdi(Escape(o.member_display_name())), "</span></td><td class=\"n\">",
                       Points(o.score()), "</td><td class=\"n\"><b>",
                       money(o.cost().tco36_micros()), "</b></td><td class=\"n\">",
                       money(o.cost().first_year_micros()), "</td><td class=\"n\">",
                       o.cost().double_usage_rise_micros() > 0 ? "+" : "",
                       money(o.cost().double_usage_rise_micros()), "</td></tr>"));
    }
    Add("</table>");
    std::string note(
        T("Même rang : équivalentes ; leur ordre est tiré au sort, sans retirage "
          "possible.",
          "Same rank: equals; their order is drawn by lot and cannot be drawn again."));
    if (close) {
      absl::StrAppend(
          &note, " ",
          T("~ : à peine séparée du rang voisin.", "~: hardly apart from the next rank."));
    }
    if (ranked.size() > kRankedShown) {
      absl::StrAppend(
          &note, " ",
          fr() ? absl::StrCat(ranked.size() - kRankedShown, " autres offres classées suivent.")
               : absl::StrCat(ranked.size() - kRankedShown, " more ranked offerings follow."));
    }
    Paragraph(note, "tiny");
  }

  // The amounts of the picture.
  void Components(const std::vector<const pb::RankedOffering*>& ranked) {
    std::string head =
        absl::StrCat("<table class=\"costs\"><tr><th>", T("Offre", "Offering"), "</th>");
    for (size_t p = 0; p < kCostParts; ++p) {
      const auto part = static_cast<CostPart>(p);
      absl::StrAppend(&head, "<th class=\"n\"><span class=\"swatch\" style=\"background:",
                      PartColour(part), "\"></span>", E(PartShortTitle(part)), "</th>");
    }
    Add(absl::StrCat(head, "<th class=\"n\">", T("Somme", "Sum"), "</th></tr>"));
    size_t shown = 0;
    for (const pb::RankedOffering* o : ranked) {
      if (!o->has_cost()) continue;
      if (shown++ == kMaxBars) break;
      std::string row = absl::StrCat("<tr><td>", Bdi(E(o->title())), "</td>");
      for (const int64_t micros : PartsOf(o->cost())) {
        absl::StrAppend(&row, "<td class=\"n\">", micros == 0 ? "–" : Money(micros), "</td>");
      }
      Add(absl::StrCat(row, "<td class=\"n\"><b>", Money(o->cost().tco36_micros()),
                       "</b></td></tr>"));
    }
    Add("</table>");
  }

  void Offer(const pb::RankedOffering& o, int32_t rank) {
    std::string html = absl::StrCat(
        "<div class=\"offer\"><div class=\"head\"><div><span class=\"name\">", Bdi(E(o.title())),
        "</span><br><span class=\"tiny\">", Bdi(Escape(o.member_display_name())),
        rank == 0
            ? ""
            : absl::StrCat(" · ", T("rang ", "rank "), rank, " · ", Points(o.score()), " / 100"),
        "</span></div>");
    if (o.has_cost()) {
      absl::StrAppend(&html, "<div class=\"money\"><b>", Money(o.cost().tco36_micros()),
                      "</b><br><span class=\"tiny\">", T("sur 36 mois", "over 36 months"),
                      o.cost().has_price_as_of()
                          ? absl::StrCat(T(" · tarif du ", " · tariff of "),
                                         Escape(DateText(o.cost().price_as_of())))
                          : "",
                      "</span></div>");
    }
    absl::StrAppend(
        &html, "</div><div class=\"pc\">",
        Side("pro", T("Points forts", "Strengths"), o, o.strengths(),
             T("Aucun point fort marqué.", "No marked strength.")),
        Side("con", T("Points faibles", "Drawbacks"), o, o.drawbacks(),
             T("Aucun point faible dans ce qui est mesuré.", "No drawback in what is measured.")),
        "</div></div>");
    Add(html);
  }

  template <typename List>
  std::string Side(absl::string_view css, absl::string_view title,
                   const pb::RankedOffering& offering, const List& reasons,
                   absl::string_view none) const {
    std::string html = absl::StrCat("<div class=\"", css, "\"><h4>", title, "</h4><ul>");
    for (const pb::Reason& reason : reasons) {
      // A sentence that begins with the title does not need it twice.
      const std::string what = E(reason.title());
      const std::string sentence = E(reason.sentence());
      const bool told = absl::StartsWith(sentence, what);
      absl::StrAppend(&html, "<li><b>", what, "</b>", told ? "" : "<br>",
                      told ? sentence.substr(what.size()) : sentence,
                      Asked(offering, reason.criterion_id()), "</li>");
    }
    if (reasons.empty()) absl::StrAppend(&html, "<li>", none, "</li>");
    return absl::StrCat(html, "</ul></div>");
  }

  // What was asked, under what was found.
  std::string Asked(const pb::RankedOffering& offering, const std::string& criterion) const {
    for (const pb::Contribution& c : offering.contributions()) {
      if (c.criterion_id() != criterion || !c.has_asked()) continue;
      std::string asked = E(c.asked());
      if (!asked.empty()) asked[0] = absl::ascii_toupper(static_cast<unsigned char>(asked[0]));
      return absl::StrCat("<br><span class=\"tiny\">", asked, "</span>");
    }
    return "";
  }

  template <typename List>
  void Unranked(absl::string_view title, const List& offerings) {
    if (offerings.empty()) return;
    Add(absl::StrCat("<p class=\"small before\"><b>", title, "</b></p><table class=\"small\">"));
    int shown = 0;
    for (const pb::UnrankedOffering& o : offerings) {
      if (shown++ == kUnrankedShown) break;
      std::vector<std::string> reasons;
      for (const pb::Finding& finding : o.findings()) reasons.push_back(E(finding.sentence()));
      Add(absl::StrCat("<tr><td style=\"width:32%\">", Bdi(E(o.title())),
                       "<br><span class=\"tiny\">", Bdi(Escape(o.member_display_name())),
                       "</span></td><td>", absl::StrJoin(reasons, "<br>"), "</td></tr>"));
    }
    Add("</table>");
    if (offerings.size() > kUnrankedShown) {
      Paragraph(fr() ? absl::StrCat(offerings.size() - kUnrankedShown, " autres de même.")
                     : absl::StrCat(offerings.size() - kUnrankedShown, " more likewise."),
                "tiny");
    }
  }

  // --- Before signing ----------------------------------------------------------------------------

  void Check() {
    Heading(T("À vérifier avant de signer", "To check before signing"));
    static constexpr struct {
      const char* fr;
      const char* en;
    } kChecks[] = {
        {"Le prix après la promotion, les hausses prévues et ce qui est facturé en plus : comparez "
         "le devis au coût complet de ce rapport.",
         "The price after the promotion, the rises foreseen and what is charged besides: compare "
         "the "
         "quotation with the all-in cost of this report."},
        {"La durée d'engagement, le préavis et les frais de départ, noir sur blanc.",
         "Minimum term, notice and exit fee, in black and white."},
        {"Comment reprendre toutes vos données, dans quel format, en combien de temps, à quel prix "
         "; "
         "faites-vous montrer un export.",
         "How you get all your data back, in which format, how soon, at what price; have an export "
         "shown to you."},
        {"Où sont vos données, qui peut les lire, et le contrat de sous-traitance (RGPD, art. 28) "
         "si "
         "des données personnelles y sont.",
         "Where your data is, who can read it, and the processing contract (GDPR, art. 28) where "
         "personal data is in it."},
        {"Ce qui est « déclaré » sans preuve : demandez le document ou le certificat.",
         "What is \"declared\" without proof: ask for the document or the certificate."},
        {"Qui vous aide, à quelles heures, en quelle langue ; appelez avant d'acheter.",
         "Who helps you, at what hours, in which language; call before you buy."},
        {"Qui fait quoi pendant la mise en route, et à quelle date tout marche.",
         "Who does what while it is set up, and on which day all of it works."},
    };
    Add("<ul class=\"check small\">");
    for (const auto& check : kChecks) {
      Add(absl::StrCat("<li>", Escape(T(check.fr, check.en)), "</li>"));
    }
    Add("</ul>");
  }

  // --- Statements and trace ----------------------------------------------------------------------

  void Statements() {
    // Above the result (by analogy with code de la consommation, art. D.111-12).
    const pb::Disclosure& d = r_.disclosure();
    Add(absl::StrCat(
        "<div class=\"statements\"><p><b>",
        T("Ce que vous devez savoir de ce classement.", "What you should know of this ranking."),
        "</b> ", E(d.ranking_criterion()), "</p><p>", E(d.exhaustiveness()), "</p><p>",
        E(d.remuneration()), "</p></div>"));
  }

  void Rights() {
    Heading(T("Vos droits", "Your rights"));
    Paragraph(
        T("Votre conseiller n'est pas payé par les fournisseurs et n'a aucun moyen de changer un "
          "rang ; demandez-lui ses éventuels liens d'intérêt. Vous pouvez contester ce résultat "
          "auprès de votre chambre ou de l'exploitant du service : il est refait à l'identique à "
          "partir du journal, et la réponse est écrite et motivée.",
          "Your advisor is not paid by suppliers and has no means of changing a rank; ask for any "
          "interests he or she may have. You may contest this result with your chamber or the "
          "operator of the service: it is made again, identically, from the log, and the answer is "
          "in writing and with reasons."),
        "small");
  }

  void Trace() {
    Heading(T("Pour refaire ce calcul", "To make this computation again"));
    const int32_t total = r_.recommendation_count();
    const int32_t previews = r_.preview_count();
    Paragraph(
        fr() ? absl::StrCat("Ce résultat est le n°\u00A0", total, " de ce dossier : ",
                            Counted(total - previews, "demande", "demandes"), " et ",
                            previews == 0 ? "aucun aperçu" : Counted(previews, "aperçu", "aperçus"),
                            " jusqu'ici, celui-ci compris. Tout est au journal : refaire la "
                            "demande ne permet pas de tirer un meilleur rang.")
             : absl::StrCat("This result is number ", total, " of this file: ",
                            Counted(total - previews, "request", "requests"), " and ",
                            previews == 0 ? "no preview" : Counted(previews, "preview", "previews"),
                            " so far, this one included. All are in the log: asking again "
                            "cannot draw a better rank."),
        "small");
    Add("<table class=\"kv small\">");
    Row(T("Recommandation", "Recommendation"), Mono(r_.name()));
    Row(T("Donnée le", "Given on"), Escape(TimeText(r_.create_time())));
    Row(T("Jour considéré", "Day considered"), Escape(DateText(r_.as_of_date())));
    Row(T("Entrée du journal", "Log entry"), Escape(absl::StrCat(r_.log_entry())));
    Row(T("Révision du catalogue", "Catalogue revision"),
        Escape(absl::StrCat(r_.catalog_revision())));
    Row(T("Révision des règles", "Rulebook revision"), Mono(r_.rulebook_revision()));
    for (const pb::AppliedRate& rate : r_.applied_rates()) {
      Row(T("Taux de change", "Exchange rate"),
          Escape(absl::StrCat("1 ", rate.currency_code(), " = ",
                              absl::StrFormat("%d.%06d EUR", rate.euros_micros() / 1'000'000,
                                              rate.euros_micros() % 1'000'000),
                              " (", DateText(rate.date()), ")")));
    }
    Row(T("Empreinte de la demande", "Digest of the request"), Mono(r_.digests().request()));
    Row(T("Empreinte des règles", "Digest of the rules"), Mono(r_.digests().rulebook()));
    Row(T("Empreinte du catalogue", "Digest of the catalogue"), Mono(r_.digests().catalog()));
    Row(T("Empreinte du résultat", "Digest of the result"), Mono(r_.digests().result()));
    if (!s_.receipt_digest.empty()) {
      Row(T("Empreinte du reçu", "Digest of the receipt"), Mono(s_.receipt_digest));
    }
    Add("</table>");
    Add(absl::StrCat("<div class=\"sign\"><div>",
                     T("Remis par (conseiller), le",
                       "Handed over by "
                       "(advisor), on"),
                     "<div class=\"line\"></div></div><div>",
                     T("Reçu par (dirigeant), le", "Received by (owner), on"),
                     "<div class=\"line\"></div></div></div>"));
  }

  static std::string Counted(int32_t n, absl::string_view one, absl::string_view many) {
    return absl::StrCat(n, " ", n > 1 ? many : one);
  }
  static std::string Mono(const std::string& text) {
    return absl::StrCat("<span class=\"mono\">", Escape(text), "</span>");
  }

  const ReportSources& s_;
  const pb::Recommendation& r_;
  const Language language_;
  std::string out_;
};

}  // namespace

std::string MakeReport(const ReportSources& sources, Language language) {
  return Reporter(sources, language).Make();
}

}  // namespace aplomb::report
