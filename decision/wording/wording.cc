#include "decision/wording/wording.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catalog/code_lists.h"
#include "decision/derived_facts.h"
#include "decision/fact_labels.h"
#include "decision/fact_registry.h"
#include "decision/phrases.h"

namespace aplomb::wording {
namespace {

using catalog::v1::Comparison;
using catalog::v1::Condition;
using catalog::v1::Constraint;
using catalog::v1::Criterion;
using catalog::v1::Measure;
using catalog::v1::Rulebook;
using decision::FactInfo;
using decision::FactKind;
using decision::Language;

constexpr int64_t kValuePerPoint = 100;  // 10,000 is 100 points
constexpr int64_t kScorePerHundredth = 10'000;
constexpr int kHostingClassCount = 4;

// One language of a rule.
class Speaker {
 public:
  Speaker(const Rulebook& rulebook, Language language) : rulebook_(rulebook), language_(language) {}

  std::vector<std::string> OfConstraint(const Constraint& rule) {
    Open(Pick("Il faut : ", "Must hold: "), rule.satisfied_when(), 0);
    Applies(rule.has_applies_when(), rule.applies_when(), Pick("Posée si : ", "Asked where: "));
    Needs(rule.need_ids());
    std::string unsaid =
        absl::StrCat(Pick("Non dit par l'offre : ", "Not said by the offering: "),
                     rule.exclude_when_unknown() ? Pick("écartée.", "excluded.")
                                                 : Pick("à confirmer.", "to confirm."));
    if (MayWaitForFirm(rule.satisfied_when()) || MayWaitForFirm(rule.applies_when())) {
      absl::StrAppend(&unsaid, Pick(" Non dit par l'entreprise : condition non posée, question "
                                    "rendue.",
                                    " Not said by the firm: not asked of any offering, question "
                                    "returned."));
    }
    Add(0, unsaid);
    if (rule.mandatory()) {
      Add(0, Pick("Loi ou sécurité : jamais proposée à l'abandon.",
                  "Law or safety: never proposed to be given up."));
    }
    return std::move(lines_);
  }

  std::vector<std::string> OfCriterion(const Criterion& rule) {
    const Measure& measure = rule.measure();
    if (measure.has_ladder()) {
      Ladder(measure.ladder());
    } else if (measure.has_first_match()) {
      Table(measure.first_match());
    } else {
      Add(0, absl::StrCat(Pick("Mesuré : ", "Measured: "), Name(measure), "."));
    }
    if (!TellsItself(rule)) Points(rule);
    if (rule.least_evidence() > type::DECLARED) {
      Add(0, absl::StrCat(Pick("Ne compte que : ", "Counts only: "),
                          Evidence(rule.least_evidence()), "."));
    }
    Applies(rule.has_applies_when(), rule.applies_when(),
            Pick("Pesé seulement si : ", "Weighed only where: "));
    Needs(rule.need_ids());
    Add(0, PartsText(rule));
    return std::move(lines_);
  }

 private:
  std::string Pick(absl::string_view fr, absl::string_view en) const {
    return std::string(language_ == Language::kFr ? fr : en);
  }
  std::string In(const type::LocalizedText& text) const {
    return language_ == Language::kFr ? text.fr() : text.en();
  }
  absl::string_view Colon() const { return language_ == Language::kFr ? " : " : ": "; }
  absl::string_view Semicolon() const { return language_ == Language::kFr ? " ; " : "; "; }
  void Add(size_t depth, absl::string_view text) {
    lines_.push_back(absl::StrCat(std::string(2 * depth, ' '), text));
  }
  std::string Quoted(absl::string_view text) const {
    return language_ == Language::kFr ? absl::StrCat("«\u00A0", text, "\u00A0»")
                                      : absl::StrCat("\"", text, "\"");
  }
  // "A, B ou C".
  std::string List(const std::vector<std::string>& items, absl::string_view last) const {
    if (items.size() < 2) return absl::StrJoin(items, "");
    return absl::StrCat(absl::StrJoin(items.begin(), items.end() - 1, ", "), " ", last, " ",
                        items.back());
  }

  // --- Facts and measures ------------------------------------------------------------------------

  static const FactInfo* Find(const std::string& name) {
    return decision::FactRegistry::Get().Find(name);
  }

  // Whose fact it is stands behind it, but for those of the offering.
  std::string FactName(const std::string& name) const {
    const FactInfo* info = Find(name);
    if (info == nullptr) return name;
    std::string label = In(decision::FactLabel(*info));
    if (info->side == decision::FactSide::kOffering) return label;
    const bool of_firm = absl::StartsWith(info->name, "firm.") || !info->sources.empty();
    if (absl::StrContains(label,
                          of_firm ? Pick("entreprise", "firm") : Pick("demande", "request"))) {
      return label;
    }
    return absl::StrCat(
        label, of_firm ? Pick(" (entreprise)", " (firm)") : Pick(" (demande)", " (request)"));
  }

  std::string Name(const Measure& measure) const {
    switch (measure.kind_case()) {
      case Measure::kFact:
        return FactName(measure.fact());
      case Measure::kFeatureCoverage:
        return measure.feature_coverage().scope() == Measure::FeatureCoverage::MUST
                   ? Pick(
                         "part des fonctions indispensables que l'offre a, en entier ou en option "
                         "payante (en partie : ne compte pas)",
                         "share of the must-have features that the offering has, in full or as a "
                         "paid option (in part: does not count)")
                   : Pick(
                         "part des fonctions souhaitées que l'offre a (en entier : 1 ; en "
                         "partie : 1/2 ; en option payante, absente ou non dite : 0), arrondie "
                         "au centième de % inférieur ; sans souhait dit, les fonctions usuelles "
                         "du besoin",
                         "share of the features wished for that the offering has (in full: 1; in "
                         "part: 1/2; as a paid option, missing or not said: 0), rounded down to a "
                         "hundredth of a %; without any wish, the need's usual features");
      case Measure::kSetCoverage:
        return absl::StrCat(
            Pick("part de ", "share of "), Quoted(FactName(measure.set_coverage().firm_fact())),
            Pick(" que couvre ", " covered by "),
            Quoted(FactName(measure.set_coverage().offering_fact())),
            Pick(", arrondie au centième de % inférieur", ", rounded down to a hundredth of a %"));
      case Measure::kSizeDistance:
        return Pick(
            "classes de taille (sans salarié ; 1 à 9 ; 10 à 49 ; 50 à 249 ; 250 salariés "
            "et plus) entre l'entreprise et la plus proche visée, 0 si elle est visée ; "
            "qui en vise plus de trois compte pour 1",
            "size classes (no employees; 1 to 9; 10 to 49; 50 to 249; 250 employees or "
            "more) between the firm and the nearest aimed at, 0 where it is aimed at; "
            "aiming at more than three counts as 1");
      case Measure::kSectorFit:
        return Pick(
            "le métier déclaré le plus proche de celui de l'entreprise (même classe NAF : "
            "même métier ; même division : même branche ; même section : même secteur)",
            "the trade stated that is nearest to the firm's (same NAF class: same trade; "
            "same division: same branch; same section: same sector)");
      case Measure::kDifference:
        return absl::StrCat(FactName(measure.difference().minuend()), Pick(" moins ", " less "),
                            FactName(measure.difference().subtrahend()));
      case Measure::kHeadroom:
        return Pick(
            "la plus étroite des limites de l'offre, en % de l'usage prévu en troisième "
            "année (volumes dits par l'entreprise ; sans limite : 100 000 %)",
            "the tightest of the offering's limits, in % of the usage expected in the "
            "third year (volumes told by the firm; no limit: 100,000%)");
      case Measure::kCost:
        return CostName(measure.cost());
      default:
        return Pick("points", "points");
    }
  }

  std::string CostName(const Measure::CostFigure& cost) const {
    std::string name;
    switch (cost.figure()) {
      case Measure::CostFigure::FIRST_YEAR:
        name =
            Pick("coût de la première année, hors taxes", "cost of the first year, excluding VAT");
        break;
      case Measure::CostFigure::DOUBLE_USAGE_RISE:
        name = Pick("hausse du coût sur 36 mois si l'usage double, hors taxes",
                    "rise of the cost over 36 months if usage doubles, excluding VAT");
        break;
      case Measure::CostFigure::CASH_OUT_90_DAYS:
        name = Pick("à payer dans les 90 premiers jours, hors taxes",
                    "to be paid in the first 90 days, excluding VAT");
        break;
      default:
        name = Pick("coût complet sur 36 mois, hors taxes",
                    "all-in cost over 36 months, excluding VAT");
        break;
    }
    if (!cost.relative_to_target()) return name;
    return absl::StrCat(name,
                        cost.scale() == 100
                            ? Pick(", en % de la cible sur 36 mois, arrondi au % supérieur",
                                   ", in % of the target over 36 months, rounded up to a %")
                            : Pick(", en % de la cible sur 36 mois, arrondi au centième de % "
                                   "supérieur",
                                   ", in % of the target over 36 months, rounded up to a hundredth "
                                   "of a %"));
  }

  // A number of a measure, as a sentence of a result has it.
  std::string Value(const Measure& measure, int64_t x, absl::string_view unit) const {
    switch (measure.kind_case()) {
      case Measure::kFact:
        if (const FactInfo* info = Find(measure.fact()); info != nullptr) {
          return decision::PrintFact(*info, x, rulebook_, language_);
        }
        break;
      case Measure::kFeatureCoverage:
      case Measure::kSetCoverage:
        return decision::PrintPercent(x, language_);
      case Measure::kHeadroom:
        return decision::PrintQuantity(x, "percent", language_);
      case Measure::kSizeDistance:
        return decision::PrintQuantity(x, "classes", language_);
      case Measure::kSectorFit:
        return decision::PrintSectorFit(x, language_);
      case Measure::kCost:
        if (!measure.cost().relative_to_target()) return decision::PrintMoney(x, language_);
        return decision::PrintQuantity(x, measure.cost().scale() == 100 ? "percent" : "bp",
                                       language_);
      case Measure::kDifference:
        if (const FactInfo* info = Find(measure.difference().minuend());
            info != nullptr && unit.empty()) {
          return decision::PrintFact(*info, x, rulebook_, language_);
        }
        break;
      default:
        break;
    }
    return decision::PrintQuantity(x, unit, language_);
  }

  // Points of 100, of a value of 0 to 10,000.
  std::string PointsText(int64_t value) const {
    const int64_t whole = value / kValuePerPoint;
    const int64_t rest = value % kValuePerPoint;
    if (rest == 0) return absl::StrCat(whole);
    return absl::StrCat(whole, Pick(",", "."), rest / 10,
                        rest % 10 == 0 ? "" : absl::StrCat(rest % 10));
  }

  // True where what the firm leaves unsaid can leave it undecided.
  static bool MayWaitForFirm(const Measure& measure) {
    const auto waits = [](const std::string& name) {
      const FactInfo* info = Find(name);
      return info != nullptr && info->side == decision::FactSide::kRequest && !info->always_known;
    };
    return measure.has_headroom() || (measure.has_fact() && waits(measure.fact()));
  }
  static bool MayWaitForFirm(const Condition& condition) {
    const auto any = [](const Condition::List& list) {
      return std::any_of(list.conditions().begin(), list.conditions().end(),
                         [](const Condition& child) { return MayWaitForFirm(child); });
    };
    switch (condition.form_case()) {
      case Condition::kAll:
        return any(condition.all());
      case Condition::kAny:
        return any(condition.any());
      case Condition::kNegation:
        return MayWaitForFirm(condition.negation());
      case Condition::kComparison:
        return MayWaitForFirm(condition.comparison().left()) ||
               MayWaitForFirm(condition.comparison().measure());
      default:
        return false;
    }
  }

  // --- Conditions --------------------------------------------------------------------------------

  std::string Evidence(type::Evidence least) const {
    switch (least) {
      case type::DOCUMENTED:
        return Pick("ce qu'un document public appuie", "what a public document supports");
      case type::CERTIFIED:
        return Pick("ce qu'un tiers certifie", "what a third party certifies");
      case type::CHECKED:
        return Pick("ce qui a été vérifié", "what has been checked");
      default:
        return Pick("ce qui est déclaré", "what is stated");
    }
  }

  // The values of an ordered fact that satisfy the comparison; empty: not such a fact.
  std::vector<std::string> Satisfying(const Comparison& c, const FactInfo& info) const {
    int64_t wanted = c.value();
    std::vector<int64_t> all;
    if (info.kind == FactKind::kEnum && info.enum_type != nullptr) {
      if (const auto* named = info.enum_type->FindValueByName(c.enum_value()); named != nullptr) {
        wanted = named->number();
      }
      for (int i = 0; i < info.enum_type->value_count(); ++i) {
        if (info.enum_type->value(i)->number() != 0) {
          all.push_back(info.enum_type->value(i)->number());
        }
      }
    } else if (info.fact_id == static_cast<int32_t>(decision::DerivedFact::kHostingClass)) {
      for (int64_t i = 0; i < kHostingClassCount; ++i) all.push_back(i);
    } else {
      return {};
    }
    std::sort(all.begin(), all.end());
    std::vector<std::string> words;
    for (const int64_t value : all) {
      const bool holds = c.op() == Comparison::EQ   ? value == wanted
                         : c.op() == Comparison::NE ? value != wanted
                         : c.op() == Comparison::LT ? value < wanted
                         : c.op() == Comparison::LE ? value <= wanted
                         : c.op() == Comparison::GT ? value > wanted
                                                    : value >= wanted;
      if (holds) words.push_back(decision::PrintFact(info, value, rulebook_, language_));
    }
    return words;
  }

  // "au moins", "at least"; of days "pas avant", "not before".
  std::string Operator(Comparison::Operator op, bool days) const {
    switch (op) {
      case Comparison::NE:
        return Pick("autre que ", "other than ");
      case Comparison::LT:
        return days ? Pick("avant ", "before ") : Pick("moins de ", "less than ");
      case Comparison::LE:
        return days ? Pick("au plus tard ", "not after ") : Pick("au plus ", "at most ");
      case Comparison::GT:
        return days ? Pick("après ", "after ") : Pick("plus de ", "more than ");
      case Comparison::GE:
        return days ? Pick("au plus tôt ", "not before ") : Pick("au moins ", "at least ");
      default:
        return "";
    }
  }

  std::vector<std::string> CodeWords(const Comparison& c, const FactInfo& info) const {
    std::vector<std::string> words;
    for (const std::string& code : c.codes().codes()) {
      int64_t mask = 0;
      if (info.enum_type != nullptr) {
        const auto* value = info.enum_type->FindValueByName(code);
        if (value != nullptr) mask = int64_t{1} << value->number();
      } else if (info.code_list == decision::kNeedsCodeList) {
        for (int i = 0; i < rulebook_.needs_size(); ++i) {
          if (rulebook_.needs(i).need_id() == code) mask = int64_t{1} << i;
        }
      } else if (const auto of = catalog::MaskOfCode(info.code_list, code); of.has_value()) {
        mask = static_cast<int64_t>(*of);
      }
      words.push_back(mask == 0 ? code : decision::PrintFact(info, mask, rulebook_, language_));
    }
    return words;
  }

  std::string SetText(const Comparison& c, const FactInfo* info) const {
    const bool all = c.op() == Comparison::CONTAINS_ALL;
    if (!c.has_codes()) {
      const std::string right = Quoted(Name(c.measure()));
      // A set of one has no "all of".
      const std::string& name = c.measure().fact();
      if (name == "request.need" || name == "request.region") {
        return absl::StrCat(Pick("comprend ", "include "), right);
      }
      return absl::StrCat(all ? Pick("comprend tout de ", "include all of ")
                              : Pick("comprend une part de ", "include some of "),
                          right);
    }
    if (info == nullptr) return "";
    const std::vector<std::string> words = CodeWords(c, *info);
    const std::string listed = List(words, all ? Pick("et", "and") : Pick("ou", "or"));
    // One need is asked about: it does not comprise, it is.
    if (info->name == "request.need") return listed;
    return absl::StrCat(Pick("comprend ", "include "), listed);
  }

  std::string RightText(const Comparison& c) const {
    const FactInfo* info = c.left().has_fact() ? Find(c.left().fact()) : nullptr;
    if (c.op() == Comparison::CONTAINS_ALL || c.op() == Comparison::INTERSECTS) {
      return SetText(c, info);
    }
    if (c.has_truth()) {
      const bool yes = c.truth() == (c.op() == Comparison::EQ);
      return yes ? Pick("oui", "yes") : Pick("non", "no");
    }
    const bool days = info != nullptr && info->kind == FactKind::kDay;
    if (c.has_measure()) {
      return absl::StrCat(Operator(c.op(), days), Quoted(Name(c.measure())));
    }
    if (info != nullptr) {
      const std::vector<std::string> words = Satisfying(c, *info);
      if (words.size() == 1) return words.front();
      if (!words.empty()) {
        std::vector<std::string> quoted;
        for (const std::string& word : words) quoted.push_back(Quoted(word));
        return List(quoted, Pick("ou", "or"));
      }
    }
    return absl::StrCat(Operator(c.op(), days), days ? Pick("le ", "") : "",
                        Value(c.left(), c.value(), ""));
  }

  std::string ComparisonText(const Comparison& c) const {
    std::string text = absl::StrCat(Name(c.left()), Colon(), RightText(c));
    if (c.least_evidence() > type::DECLARED) {
      absl::StrAppend(&text, Pick(" (ne compte que ", " (counts only "),
                      Evidence(c.least_evidence()), ")");
    }
    return text;
  }

  // On one line: "A : oui et B : au plus 30 jours".
  std::string Inline(const Condition& condition, bool nested) const {
    switch (condition.form_case()) {
      case Condition::kComparison:
        return ComparisonText(condition.comparison());
      case Condition::kNegation:
        return absl::StrCat(Pick("pas (", "not ("), Inline(condition.negation(), false), ")");
      case Condition::kAll:
      case Condition::kAny: {
        const bool all = condition.has_all();
        const auto& children = all ? condition.all() : condition.any();
        std::vector<std::string> parts;
        for (const Condition& child : children.conditions()) parts.push_back(Inline(child, true));
        const std::string joined =
            absl::StrJoin(parts, all ? Pick(", et ", ", and ") : Pick(", ou ", ", or "));
        return nested && parts.size() > 1 ? absl::StrCat("(", joined, ")") : joined;
      }
      default:
        return "";
    }
  }

  void Open(const std::string& lead, const Condition& condition, size_t depth) {
    switch (condition.form_case()) {
      case Condition::kComparison:
        Add(depth, absl::StrCat(lead, ComparisonText(condition.comparison())));
        return;
      case Condition::kNegation:
        if (condition.negation().has_comparison()) {
          Add(depth, absl::StrCat(lead, Pick("pas (", "not ("),
                                  ComparisonText(condition.negation().comparison()), ")"));
          return;
        }
        Add(depth, absl::StrCat(lead, Pick("pas ce qui suit :", "not what follows:")));
        Open("- ", condition.negation(), depth + 1);
        return;
      case Condition::kAll:
      case Condition::kAny: {
        const bool all = condition.has_all();
        Add(depth, absl::StrCat(lead, all ? Pick("tout ce qui suit :", "all of this:")
                                          : Pick("l'un au moins :", "at least one of:")));
        const auto& children = all ? condition.all() : condition.any();
        for (const Condition& child : children.conditions()) Open("- ", child, depth + 1);
        return;
      }
      default:
        return;
    }
  }

  void Applies(bool has, const Condition& condition, const std::string& lead) {
    if (has) Open(lead, condition, 0);
  }

  template <typename Ids>
  void Needs(const Ids& ids) {
    if (ids.empty()) return;
    std::vector<std::string> titles;
    for (const std::string& id : ids) {
      std::string title = id;
      for (const auto& need : rulebook_.needs()) {
        if (need.need_id() == id) title = absl::StrCat(In(need.title()), " [", id, "]");
      }
      titles.push_back(std::move(title));
    }
    Add(0, absl::StrCat(Pick("Seulement pour : ", "Only for: "), absl::StrJoin(titles, Semicolon()),
                        "."));
  }

  // --- Points ------------------------------------------------------------------------------------

  // "chat (help by chat: yes)"; the label alone where the condition says just that.
  std::string StepText(const type::LocalizedText& label, const Condition& when) const {
    const std::string condition = Inline(when, false);
    if (In(label).empty()) return condition;
    if (condition == absl::StrCat(In(label), Colon(), Pick("oui", "yes"))) return In(label);
    return absl::StrCat(In(label), " (", condition, ")");
  }

  void Ladder(const Measure::Ladder& ladder) {
    Add(0, Pick("S'ajoutent, en points sur 100 :", "Added up, in points of 100:"));
    for (const auto& step : ladder.steps()) {
      Add(1,
          absl::StrCat("+", PointsText(step.points()), " ", StepText(step.label(), step.when())));
    }
  }

  void Table(const Measure::FirstMatch& table) {
    Add(0, Pick("Le premier cas qui vaut, en points sur 100 :",
                "The first case that holds, in points of 100:"));
    for (const auto& one : table.cases()) {
      Add(1, absl::StrCat(PointsText(one.result()), " ", StepText(one.label(), one.when())));
    }
    Add(1, absl::StrCat(PointsText(table.otherwise()), " ", Pick("sinon", "otherwise")));
  }

  // Steps and cases give points themselves where the value function is the diagonal.
  static bool TellsItself(const Criterion& rule) {
    if (!rule.measure().has_ladder() && !rule.measure().has_first_match()) return false;
    return std::all_of(rule.breakpoints().begin(), rule.breakpoints().end(),
                       [](const auto& point) { return point.x() == point.value(); }) &&
           rule.breakpoints_size() >= 2 && rule.breakpoints(0).x() == 0;
  }

  void Points(const Criterion& rule) {
    const bool stepped = rule.measure().has_ladder() || rule.measure().has_first_match();
    std::vector<std::string> points;
    for (const auto& point : rule.breakpoints()) {
      const std::string x =
          stepped ? PointsText(point.x()) : Value(rule.measure(), point.x(), rule.unit());
      points.push_back(absl::StrCat(x, "\u00A0→\u00A0", PointsText(point.value())));
    }
    Add(0, absl::StrCat(Pick("Points sur 100 : ", "Points of 100: "),
                        absl::StrJoin(points, Semicolon()), "."));
  }

  std::string PartsText(const Criterion& rule) const {
    const auto parts_of = [](const Criterion& one) { return std::max(1, one.weight_in_group()); };
    int all = 0;
    for (const auto& other : rulebook_.criteria()) {
      if (other.group_id() == rule.group_id()) all += parts_of(other);
    }
    const int parts = parts_of(rule);
    return language_ == Language::kFr
               ? absl::StrCat("Poids : ", parts, parts == 1 ? " part" : " parts", " sur ", all,
                              " de son groupe.")
               : absl::StrCat("Weight: ", parts, parts == 1 ? " part" : " parts", " of ", all,
                              " of its group.");
  }

  const Rulebook& rulebook_;
  Language language_;
  std::vector<std::string> lines_;
};

std::vector<type::LocalizedText> Both(std::vector<std::string> fr, std::vector<std::string> en) {
  std::vector<type::LocalizedText> lines;
  for (size_t i = 0; i < fr.size() && i < en.size(); ++i) {
    lines.push_back(decision::Text(std::move(fr[i]), std::move(en[i])));
  }
  return lines;
}

}  // namespace

std::vector<type::LocalizedText> WordingOf(const Constraint& constraint, const Rulebook& rulebook) {
  return Both(Speaker(rulebook, Language::kFr).OfConstraint(constraint),
              Speaker(rulebook, Language::kEn).OfConstraint(constraint));
}

std::vector<type::LocalizedText> WordingOf(const Criterion& criterion, const Rulebook& rulebook) {
  return Both(Speaker(rulebook, Language::kFr).OfCriterion(criterion),
              Speaker(rulebook, Language::kEn).OfCriterion(criterion));
}

type::LocalizedText MinimumFactText(absl::string_view name) {
  if (name == "features") {
    return decision::Text("au moins une fonction du besoin", "at least one feature of the need");
  }
  if (absl::StartsWith(name, "cost.")) {
    return decision::Text("un tarif qui donne le coût complet",
                          "a tariff that gives the all-in cost");
  }
  const FactInfo* info = decision::FactRegistry::Get().Find(name);
  if (info == nullptr) return decision::Text(std::string(name), std::string(name));
  return decision::FactLabel(*info);
}

std::vector<type::LocalizedText> WordingOfScore(const Rulebook& rulebook) {
  const int64_t width = rulebook.band_width() / kScorePerHundredth;  // hundredths of a point
  const auto points = [&](absl::string_view point) {
    return absl::StrCat(width / 100, point, width % 100 / 10, width % 10);
  };
  const auto percent = [](int64_t bp, Language language) {
    return decision::PrintPercent(bp, language);
  };
  const auto& weights = rulebook.weights();
  return {
      decision::Text(
          "Une note est la somme, sur les critères pesés, de : points sur 100 × poids. Le poids "
          "d'un groupe vient de l'ordre choisi par l'entreprise (sinon l'ordre par défaut) et se "
          "partage entre ses critères pesés, selon leurs parts ; le poids de chaque critère est "
          "imprimé avec le résultat, et leur somme est 100 %.",
          "A score is the sum, over the criteria weighed, of: points of 100 × weight. A group's "
          "weight comes from the order that the firm chooses (else the default order) and is "
          "shared among its criteria that are weighed, by their parts; the weight of each "
          "criterion is printed with the result, and together they are 100%."),
      decision::Text("Entre deux points d'un barème la valeur suit la droite, arrondie au "
                     "centième de point inférieur ; au-delà du premier et du dernier, elle est la "
                     "leur.",
                     "Between two points of a scale the value follows the straight line, rounded "
                     "down to a hundredth of a point; beyond the first and the last it is theirs."),
      decision::Text(
          "Ce que l'offre ne dit pas vaut 0 point. Ce que l'entreprise ne dit pas retire "
          "le critère pour toutes les offres, et la question est rendue.",
          "What the offering does not say is worth 0 points. What the firm does not say "
          "drops the criterion for all offerings, and the question is returned."),
      decision::Text(
          absl::StrCat("Les notes se rangent par tranches de ", points(","),
                       " point à partir de 0 : les offres d'une même tranche ont le même rang. "
                       "Moins de ",
                       rulebook.min_ownership_groups(),
                       " groupes de fournisseurs indépendants ne font pas un classement."),
          absl::StrCat("Scores fall into bands ", points("."),
                       " points wide, from 0 on: offerings in one band share a rank. Fewer than ",
                       rulebook.min_ownership_groups(),
                       " independent groups of suppliers make no ranking.")),
      decision::Text(absl::StrCat("Un tarif lu plus de ", rulebook.price_max_age_days(),
                                  " jours avant la demande compte comme inconnu."),
                     absl::StrCat("A tariff read more than ", rulebook.price_max_age_days(),
                                  " days before the request counts as unknown.")),
      decision::Text(
          absl::StrCat("Un groupe pèse de ", percent(weights.group_min_bp(), Language::kFr), " à ",
                       percent(weights.group_max_bp(), Language::kFr), "."),
          absl::StrCat("A group weighs from ", percent(weights.group_min_bp(), Language::kEn),
                       " to ", percent(weights.group_max_bp(), Language::kEn), ".")),
  };
}

}  // namespace aplomb::wording
