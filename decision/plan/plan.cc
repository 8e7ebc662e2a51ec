#include "decision/plan/plan.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/civil_day.h"
#include "decision/phrases.h"
#include "decision/plan/basket.h"
#include "decision/request.h"

namespace aplomb::plan {
namespace {

namespace pb = advisor::v1;
using catalog::v1::Need;
using decision::Language;
using decision::Text;

constexpr int kStages = 6;
constexpr char kConsentNeed[] = "CONSENT";
// Baskets that are looked at, whole or in part, for the cheapest other choice than a bundle.
constexpr int kMaxBaskets = 20'000;
constexpr char kTillNeed[] = "POS";
constexpr char kTillLaw[] = "cgi_286_i_3bis";
constexpr const char* kVatNeeds[] = {"EINV_RECV", "EINV_EMIT"};  // duties of who is liable to VAT
constexpr char kConsentLaw[] = "cookies_lil_82";

const std::string& Of(const type::LocalizedText& text, Language language) {
  return language == Language::kFr ? text.fr() : text.en();
}

std::string Quoted(const std::string& text, Language language) {
  return language == Language::kFr ? absl::StrCat("« ", text, " »")
                                   : absl::StrCat("\"", text, "\"");
}

type::LocalizedText StageTitle(int stage) {
  switch (stage) {
    case 0:
      return Text("fondations", "foundations");
    case 1:
      return Text("être visible", "being visible");
    case 2:
      return Text("vendre et fidéliser", "selling and relating");
    case 3:
      return Text("gérer", "managing");
    case 4:
      return Text("relier", "integrating");
    default:
      return Text("données et IA", "data and AI");
  }
}

class Planner {
 public:
  Planner(const pb::Recommendation& shown, const catalog::Snapshot& snapshot,
          const decision::CompiledRulebook& rulebook)
      : shown_(shown), snapshot_(snapshot), rulebook_(rulebook) {
    for (const pb::NeedResult& result : shown.results()) results_[result.need_id()] = &result;
    for (const auto& [name, entry] : snapshot.offerings) {
      serves_[name] = {entry->offering.need_ids().begin(), entry->offering.need_ids().end()};
    }
  }

  pb::Plan Make() {
    plan_.set_recommendation(shown_.name());
    TellStage();
    TellLaw();
    ChooseSteps();
    for (const Step& step : steps_) TellStep(step, *plan_.add_steps());
    TellBundles();
    *plan_.mutable_summary() = Text(Summary(Language::kFr), Summary(Language::kEn));
    return std::move(plan_);
  }

 private:
  struct Step {
    const Need* need = nullptr;
    std::string for_need_id;  // empty: asked
  };

  const Need* FindNeed(absl::string_view id) const {
    const auto found = rulebook_.need_ordinals.find(id);
    return found == rulebook_.need_ordinals.end() ? nullptr
                                                  : &rulebook_.source.needs(found->second);
  }

  bool FirmHas(const Need& need) const {
    const auto& met = shown_.profile().met_need_ids();
    if (std::find(met.begin(), met.end(), need.need_id()) != met.end()) return true;
    const auto& tools = shown_.profile().existing_tools();
    return std::any_of(tools.begin(), tools.end(), [&](const type::ExistingTool& tool) {
      return decision::ToolMeets(tool, need);
    });
  }

  bool Asked(absl::string_view need_id) const { return results_.find(need_id) != results_.end(); }

  // A duty of law that does not concern this firm: for it the need is a wish like any other.
  bool IsUnconcerned(const Need& need) const {
    return shown_.profile().vat_regime() == type::NOT_LIABLE &&
           std::any_of(std::begin(kVatNeeds), std::end(kVatNeeds),
                       [&](const char* id) { return need.need_id() == id; });
  }

  bool IsDuty(const Need& need) const { return need.legal() && !IsUnconcerned(need); }

  // --- Where the firm stands ---------------------------------------------------------------------

  void TellStage() {
    std::array<int, kStages> total = {};
    std::array<int, kStages> met = {};
    std::array<bool, kStages> hard_missing = {};
    for (const Need& need : rulebook_.source.needs()) {
      if (need.stage() < 0 || need.stage() >= kStages) continue;
      const auto stage = static_cast<size_t>(need.stage());
      ++total[stage];
      if (!FirmHas(need)) continue;
      ++met[stage];
      for (const auto& prerequisite : need.prerequisites()) {
        if (prerequisite.hard() && !Met(prerequisite)) hard_missing[stage] = true;
      }
    }
    int reached = -1;
    for (int stage = 0; stage < kStages; ++stage) {
      const auto s = static_cast<size_t>(stage);
      if (total[s] > 0 && 100 * met[s] >= kStageReachedPercent * total[s]) reached = stage;
      if (hard_missing[s]) break;
    }
    plan_.set_stage(reached);
    const int told = std::max(reached, 0);
    const auto counts = [&](Language language) {
      std::vector<std::string> parts;
      for (int stage = 0; stage < kStages; ++stage) {
        const auto s = static_cast<size_t>(stage);
        if (met[s] == 0) continue;
        parts.push_back(absl::StrCat(Of(StageTitle(stage), language),
                                     language == Language::kFr ? " : " : ": ", met[s],
                                     language == Language::kFr ? " sur " : " of ", total[s]));
      }
      return absl::StrJoin(parts, ", ");
    };
    const std::string fr = counts(Language::kFr);
    const std::string en = counts(Language::kEn);
    if (fr.empty()) {
      *plan_.mutable_stage_text() = Text(
          "Vous n'avez pas encore parlé des outils en place : le chemin part du début. Dites "
          "ce que vous avez déjà, et les étapes déjà faites disparaissent.",
          "You have not told of any tool yet: the path starts at the beginning. Tell what you "
          "have, and the steps already done disappear.");
    } else if (reached < 0) {
      *plan_.mutable_stage_text() = Text(
          absl::StrCat("D'après ce que vous avez dit, les fondations sont encore à poser. Besoins "
                       "couverts – ",
                       fr, "."),
          absl::StrCat("From what you told, the foundations are still to be laid. Needs met – ", en,
                       "."));
    } else {
      *plan_.mutable_stage_text() =
          Text(absl::StrCat("D'après ce que vous avez dit, vous en êtes à l'étape ", told, ", ",
                            StageTitle(told).fr(), ". Besoins couverts – ", fr, "."),
               absl::StrCat("From what you told, you are at stage ", told, ", ",
                            StageTitle(told).en(), ". Needs met – ", en, "."));
    }
  }

  bool Met(const catalog::v1::Prerequisite& prerequisite) const {
    return std::any_of(prerequisite.any_of().begin(), prerequisite.any_of().end(),
                       [&](const std::string& id) {
                         const Need* need = FindNeed(id);
                         return need != nullptr && FirmHas(*need);
                       });
  }

  // --- The law -----------------------------------------------------------------------------------

  const catalog::v1::LegalBasis* FindLaw(absl::string_view id) const {
    if (snapshot_.law_table == nullptr) return nullptr;
    for (const auto& law : snapshot_.law_table->table.legal_bases()) {
      if (law.legal_basis_id() == id) return &law;
    }
    return nullptr;
  }

  void TellLaw() {
    for (const pb::LegalNotice& notice : shown_.legal_notices()) {
      pb::LegalStep& step = *plan_.add_legal_checklist();
      step.set_need_id(notice.need_id());
      if (const Need* need = FindNeed(notice.need_id()); need != nullptr) {
        *step.mutable_title() = need->title();
      }
      step.set_status(notice.status());
      *step.mutable_text() = notice.text();
      *step.mutable_due_date() = notice.due_date();
      step.set_legal_basis_id(notice.legal_basis_id());
      step.set_asked(Asked(notice.need_id()));
    }
    const type::FirmProfile& profile = shown_.profile();
    // A till that a firm under VAT uses for sales to consumers must be a proven one; whether it is
    // nobody has told us, so it is asked, never presumed missing.
    const bool liable =
        profile.vat_regime() == type::REAL_SIMPLIFIED || profile.vat_regime() == type::REAL_NORMAL;
    const Need* till = FindNeed(kTillNeed);
    if (till != nullptr && liable && profile.clientele() != type::B2B && FirmHas(*till)) {
      AddDuty(*till, kTillLaw, pb::LegalNotice::TO_ASK,
              Text("Votre logiciel de caisse doit être accompagné d'un certificat ou d'une "
                   "attestation de son éditeur. À demander : l'avez-vous sous la main ?",
                   "Your till software must come with a certificate or an attestation of its "
                   "publisher. To be asked: do you have it at hand?"));
    }
    const Need* consent = FindNeed(kConsentNeed);
    const Need* site = FindNeed("SHOWCASE");
    const bool online = Asked("SHOWCASE") || Asked("ECOMMERCE") || Asked("EMAILING") ||
                        profile.online_only() || (site != nullptr && FirmHas(*site));
    if (consent != nullptr && online) {
      AddDuty(*consent, kConsentLaw,
              FirmHas(*consent) ? pb::LegalNotice::MET : pb::LegalNotice::TO_ASK,
              FirmHas(*consent)
                  ? Text("Obligation remplie : informer vos visiteurs et recueillir leur accord "
                         "pour les cookies.",
                         "Duty met: inform your visitors and ask for their consent to cookies.")
                  : Text("Un site qui suit ses visiteurs doit les informer et recueillir leur "
                         "accord pour les cookies. À demander : est-ce prévu ?",
                         "A site that tracks its visitors must inform them and ask for their "
                         "consent to cookies. To be asked: is this provided for?"));
    }
    // A need of law that was asked for and is not told of yet.
    for (const pb::NeedResult& result : shown_.results()) {
      const Need* need = FindNeed(result.need_id());
      if (need == nullptr || !IsDuty(*need) || OnChecklist(result.need_id())) continue;
      AddDuty(*need, "", FirmHas(*need) ? pb::LegalNotice::MET : pb::LegalNotice::TO_ASK,
              Text(absl::StrCat(Quoted(need->title().fr(), Language::kFr),
                                " relève d'une obligation légale : vous l'avez demandé, le "
                                "résultat est dans la recommandation."),
                   absl::StrCat(Quoted(need->title().en(), Language::kEn),
                                " is a duty of law: you asked for it, the result is in the "
                                "recommendation.")));
    }
  }

  bool OnChecklist(absl::string_view need_id) const {
    return std::any_of(plan_.legal_checklist().begin(), plan_.legal_checklist().end(),
                       [&](const pb::LegalStep& step) { return step.need_id() == need_id; });
  }

  void AddDuty(const Need& need, absl::string_view law_id, pb::LegalNotice::Status status,
               type::LocalizedText text) {
    const auto* law = FindLaw(law_id);
    if (!law_id.empty() && law == nullptr) return;  // this catalogue does not know the law
    pb::LegalStep& step = *plan_.add_legal_checklist();
    step.set_need_id(need.need_id());
    *step.mutable_title() = need.title();
    step.set_status(status);
    *step.mutable_text() = std::move(text);
    if (law != nullptr) {
      step.set_legal_basis_id(law->legal_basis_id());
      if (law->has_valid_from()) *step.mutable_due_date() = law->valid_from();
    }
    step.set_asked(Asked(need.need_id()));
  }

  // --- Which steps, in which order ---------------------------------------------------------------

  // What one delivery mode offers for a need: the first band or, where too few suppliers are left
  // to rank, the whole list.
  struct Choice {
    const pb::Ranking* ranking = nullptr;
    std::vector<const pb::RankedOffering*> offerings;
    std::optional<int64_t> cheapest;  // of these
  };

  // Of each mode that has any, in the order shown. A list of too few suppliers is no ranking: of
  // it, no first rank is spoken.
  static std::vector<Choice> Choices(const pb::NeedResult& result) {
    std::vector<Choice> choices;
    for (const pb::Ranking& ranking : result.rankings()) {
      if (ranking.bands().empty()) continue;
      Choice& choice = choices.emplace_back();
      choice.ranking = &ranking;
      for (const pb::Band& band : ranking.bands()) {
        for (const pb::RankedOffering& offering : band.offerings()) {
          choice.offerings.push_back(&offering);
          if (!offering.has_cost()) continue;
          const int64_t cost = offering.cost().tco36_micros();
          choice.cheapest = std::min(choice.cheapest.value_or(cost), cost);
        }
        if (!ranking.insufficient_range()) break;
      }
    }
    return choices;
  }

  bool Serves(const std::string& offering, const std::string& need_id) const {
    const auto found = serves_.find(offering);
    return found != serves_.end() && found->second.contains(need_id);
  }

  // True where every offering of the need's first band, in each mode, brings one of the
  // alternatives itself.
  bool Brought(const pb::NeedResult& result, const catalog::v1::Prerequisite& prerequisite) const {
    const auto choices = Choices(result);
    const auto brings = [&](const pb::RankedOffering* offering) {
      return std::any_of(prerequisite.any_of().begin(), prerequisite.any_of().end(),
                         [&](const std::string& id) { return Serves(offering->offering(), id); });
    };
    return !choices.empty() &&
           std::all_of(choices.begin(), choices.end(), [&](const Choice& choice) {
             return std::all_of(choice.offerings.begin(), choice.offerings.end(), brings);
           });
  }

  // The hard prerequisites of a need that are missing, deepest first, then the need itself.
  void Unfold(const Need& need, const std::string& for_need_id, std::set<std::string>& seen,
              std::vector<Step>& out) const {
    if (!seen.insert(need.need_id()).second) return;  // told already, or a circle
    for (const auto& prerequisite : need.prerequisites()) {
      if (!prerequisite.hard() || Met(prerequisite) || prerequisite.any_of().empty()) continue;
      const auto result = results_.find(need.need_id());
      if (result != results_.end() && Brought(*result->second, prerequisite)) continue;
      // Of the alternatives, one that was asked for anyway, else the first.
      std::string chosen = prerequisite.any_of(0);
      for (const std::string& id : prerequisite.any_of()) {
        if (Asked(id)) {
          chosen = id;
          break;
        }
      }
      if (const Need* before = FindNeed(chosen); before != nullptr) {
        Unfold(*before, need.need_id(), seen, out);
      }
    }
    out.push_back({&need, Asked(need.need_id()) ? "" : for_need_id});
  }

  // What the law's list says of a need; unspecified where it is not on that list.
  pb::LegalNotice::Status LegalStatusOf(absl::string_view need_id) const {
    for (const pb::LegalStep& step : plan_.legal_checklist()) {
      if (step.need_id() == need_id) return step.status();
    }
    return pb::LegalNotice::STATUS_UNSPECIFIED;
  }

  // A duty that was asked for and is in force, or may be.
  bool IsPressing(const Need& need) const {
    const auto status = LegalStatusOf(need.need_id());
    return IsDuty(need) && (status == pb::LegalNotice::DUE || status == pb::LegalNotice::TO_ASK);
  }

  // A duty that was asked for though the firm says that it meets it.
  bool IsMetDuty(const Need& need) const {
    return IsDuty(need) && LegalStatusOf(need.need_id()) == pb::LegalNotice::MET;
  }

  // In the order asked; but no wish puts off a duty that is in force, and a duty that is met puts
  // off no wish.
  std::vector<const pb::NeedResult*> InOrderOfUrgency() const {
    std::vector<std::pair<int, const pb::NeedResult*>> sorted;
    for (const pb::NeedResult& result : shown_.results()) {
      const Need* need = FindNeed(result.need_id());
      if (need == nullptr) continue;
      sorted.emplace_back(IsPressing(*need) ? 0 : IsMetDuty(*need) ? 2 : 1, &result);
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<const pb::NeedResult*> results;
    for (const auto& [urgency, result] : sorted) results.push_back(result);
    return results;
  }

  // What the law asks for and nobody asked about stands on the law's list only. A need is placed
  // with all that it stands on or not at all: no step is spent on what only a later need asks for.
  void ChooseSteps() {
    std::set<std::string> placed;
    std::vector<std::vector<Step>> postponed;
    for (const pb::NeedResult* asked : InOrderOfUrgency()) {
      if (placed.contains(asked->need_id())) continue;
      std::set<std::string> seen = placed;
      std::vector<Step> chain;
      Unfold(*FindNeed(asked->need_id()), "", seen, chain);
      if (steps_.size() + chain.size() > kMaxSteps) {
        postponed.push_back(std::move(chain));
        continue;
      }
      for (const Step& step : chain) {
        steps_.push_back(step);
        placed.insert(step.need->need_id());
      }
    }
    // A chain that is longer than any plan is begun where nothing else is to be done.
    const bool begun = steps_.empty() && !postponed.empty();
    if (begun) {
      for (const Step& step : postponed.front()) {
        if (steps_.size() == kMaxSteps) break;
        steps_.push_back(step);
        placed.insert(step.need->need_id());
      }
    }
    for (const std::vector<Step>& chain : postponed) {
      for (const Step& step : chain) {
        if (!placed.insert(step.need->need_id()).second) continue;  // a step, or told already
        AddLater(step, begun && &chain == &postponed.front());
      }
    }
    SortSteps();
  }

  void AddLater(const Step& step, bool long_chain) {
    const Need& need = *step.need;
    pb::LaterNeed& later = *plan_.add_later();
    later.set_need_id(need.need_id());
    *later.mutable_title() = need.title();
    if (const Need* asker = FindNeed(step.for_need_id); asker != nullptr) {
      *later.mutable_text() = Text(
          absl::StrCat("Plus tard, en même temps que ", Quoted(asker->title().fr(), Language::kFr),
                       ", qui ne peut pas fonctionner sans."),
          absl::StrCat("Later, together with ", Quoted(asker->title().en(), Language::kEn),
                       ", which cannot work without it."));
      return;
    }
    *later.mutable_text() =
        long_chain
            ? Text("Plus tard : ce qu'il faut mettre en place avant occupe déjà ce plan.",
                   "Later: what has to be there first fills this plan already.")
            : Text(
                  "Plus tard : un plan a trois étapes au plus, pour qu'il soit suivi. Demandez le "
                  "suivant quand celles-ci sont faites.",
                  "Later: a plan has three steps at most, so that it is followed. Ask for the "
                  "next one when these are done.");
  }

  bool Needs(const Need& later, const Need& earlier, bool hard_only) const {
    for (const auto& prerequisite : later.prerequisites()) {
      if (hard_only && !prerequisite.hard()) continue;
      const auto& any = prerequisite.any_of();
      if (std::find(any.begin(), any.end(), earlier.need_id()) != any.end()) return true;
    }
    return false;
  }

  // What others stand on goes first; where nothing asks for an order, a duty in force, then the
  // lower stage.
  void SortSteps() {
    const auto place = [&](const Step& step) {
      return IsPressing(*step.need) ? -1 : step.need->stage();
    };
    std::vector<Step> sorted;
    std::vector<Step> left = std::move(steps_);
    while (!left.empty()) {
      const auto free_of = [&](const Step& step, bool hard_only) {
        return std::none_of(left.begin(), left.end(), [&](const Step& other) {
          return other.need != step.need && Needs(*step.need, *other.need, hard_only);
        });
      };
      auto best = left.end();
      for (const bool hard_only : {false, true}) {
        for (auto it = left.begin(); it != left.end(); ++it) {
          if (!free_of(*it, hard_only)) continue;
          if (best == left.end() || place(*it) < place(*best)) best = it;
        }
        if (best != left.end()) break;
      }
      if (best == left.end()) best = left.begin();  // a circle; the rulebook's compiler refuses it
      sorted.push_back(*best);
      left.erase(best);
    }
    steps_ = std::move(sorted);
  }

  // --- One step ----------------------------------------------------------------------------------

  void TellStep(const Step& step, pb::PlanStep& out) const {
    const Need& need = *step.need;
    out.set_need_id(need.need_id());
    *out.mutable_title() = need.title();
    out.set_stage(need.stage());
    out.set_reason(step.for_need_id.empty() ? pb::PlanStep::ASKED
                                            : pb::PlanStep::HARD_PREREQUISITE);
    out.set_for_need_id(step.for_need_id);
    for (const auto& prerequisite : need.prerequisites()) {
      if (prerequisite.hard() || Met(prerequisite)) continue;
      for (const std::string& id : prerequisite.any_of()) out.add_soft_prerequisite_need_ids(id);
    }
    const auto result = results_.find(need.need_id());
    if (result == results_.end()) {
      TellUnasked(step, out);
    } else {
      TellAsked(*result->second, out);
    }
    TellSoft(out);
  }

  // A need that another one stands on and nobody asked about: its reference cost, no offering.
  void TellUnasked(const Step& step, pb::PlanStep& out) const {
    const Need* asker = FindNeed(step.for_need_id);
    const auto text = [&](Language language) {
      const bool fr = language == Language::kFr;
      const std::string title = Quoted(Of(step.need->title(), language), language);
      const std::string wish =
          asker == nullptr ? "" : Quoted(Of(asker->title(), language), language);
      return fr ? absl::StrCat(
                      "D'abord ", title, ", sans quoi ", wish,
                      " ne peut pas fonctionner. Si vous l'avez déjà, dites-le : cette "
                      "étape disparaît. Sinon, demandez une recommandation pour ce besoin.")
                : absl::StrCat("First ", title, ", without which ", wish,
                               " cannot work. If you have it already, say so: this step "
                               "disappears. If not, ask for a recommendation for this need.");
    };
    out.set_answer(pb::PlanStep::ASK);
    *out.mutable_text() = Text(absl::StrCat(text(Language::kFr), BringsText(step, Language::kFr)),
                               absl::StrCat(text(Language::kEn), BringsText(step, Language::kEn)));
    auto& ask = *out.add_options();
    ask.set_answer(pb::PlanStep::ASK);
    const pb::PrerequisiteNotice* notice = NoticeOf(step.need->need_id());
    if (notice == nullptr) {
      *ask.mutable_text() = Text("Demander une recommandation pour ce besoin.",
                                 "Ask for a recommendation for this need.");
      return;
    }
    ask.set_tco36_micros(notice->reference_cost_micros());
    *ask.mutable_text() = Text(
        absl::StrCat("Coût de référence : ", ReferenceCostText(*notice, Language::kFr),
                     " sur 36 mois, déjà compté dans le coût complet des offres qui ne le "
                     "comprennent pas."),
        absl::StrCat("Reference cost: ", ReferenceCostText(*notice, Language::kEn),
                     " over 36 months, already counted in the all-in cost of offerings that do "
                     "not bring it."));
  }

  // "90,00 €"; of each delivery mode, where they differ.
  static std::string ReferenceCostText(const pb::PrerequisiteNotice& notice, Language language) {
    const bool fr = language == Language::kFr;
    std::set<int64_t> costs;
    std::vector<std::string> parts;
    for (const auto& cost : notice.costs()) {
      costs.insert(cost.reference_cost_micros());
      const bool done = cost.delivery_mode() == type::HAVE_IT_DONE;
      parts.push_back(absl::StrCat(decision::PrintMoney(cost.reference_cost_micros(), language),
                                   fr ? (done ? " à faire faire" : " à faire soi-même")
                                      : (done ? " to have it done" : " to do it yourself")));
    }
    if (costs.size() < 2) return decision::PrintMoney(notice.reference_cost_micros(), language);
    return absl::StrJoin(parts, ", ");
  }

  // As the recommendation tells it; null for what stands under a prerequisite in its turn.
  const pb::PrerequisiteNotice* NoticeOf(const std::string& need_id) const {
    for (const pb::NeedResult& result : shown_.results()) {
      for (const pb::PrerequisiteNotice& notice : result.prerequisites()) {
        if (notice.need_ids_size() > 0 && notice.need_ids(0) == need_id) return &notice;
      }
    }
    return nullptr;
  }

  // " Faire soi-même – déjà compris dans l'offre du premier rang.": for each delivery mode in which
  // offerings of the need that was asked for bring this one.
  std::string BringsText(const Step& step, Language language) const {
    const auto result = results_.find(step.for_need_id);
    if (result == results_.end()) return "";
    const bool fr = language == Language::kFr;
    std::string text;
    for (const Choice& choice : Choices(*result->second)) {
      const auto count = static_cast<size_t>(std::count_if(
          choice.offerings.begin(), choice.offerings.end(),
          [&](const auto* each) { return Serves(each->offering(), step.need->need_id()); }));
      if (count == 0) continue;
      const std::string mode = ModeName(*result->second, choice, language);
      const bool list = choice.ranking->insufficient_range();
      const bool all = count == choice.offerings.size();
      const bool one = choice.offerings.size() == 1;
      std::string where;
      if (fr) {
        where = one   ? (list ? "l'offre qui remplit les conditions" : "l'offre du premier rang")
                : all ? (list ? "toutes les offres qui remplissent les conditions"
                              : "toutes les offres du premier rang")
                      : (list ? "certaines offres qui remplissent les conditions"
                              : "certaines offres du premier rang");
      } else {
        where = one   ? (list ? "the offering that meets the conditions"
                              : "the offering of the first rank")
                : all ? (list ? "all offerings that meet the conditions"
                              : "all offerings of the first rank")
                      : (list ? "some offerings that meet the conditions"
                              : "some offerings of the first rank");
      }
      absl::StrAppend(&text, " ", mode, mode.empty() ? "" : " – ",
                      fr ? (mode.empty() ? "Déjà compris dans " : "déjà compris dans ")
                         : (mode.empty() ? "Brought already by " : "brought already by "),
                      where, ".");
    }
    return text;
  }

  void TellAsked(const pb::NeedResult& result, pb::PlanStep& out) const {
    const auto choices = Choices(result);
    const Need* need = FindNeed(result.need_id());
    const bool met = need != nullptr && IsMetDuty(*need);
    const bool keep = met || (result.has_keep_existing() && result.keep_existing().recommended());
    out.set_answer(keep              ? pb::PlanStep::KEEP
                   : choices.empty() ? pb::PlanStep::BUY_NOTHING
                                     : pb::PlanStep::CHOOSE);
    if (result.has_keep_existing() && result.keep_existing().recommended()) {
      *out.mutable_text() = result.keep_existing().text();
    } else if (met) {
      *out.mutable_text() = Text(
          "D'après ce que vous avez dit, cette obligation est remplie : gardez ce que vous avez, à "
          "moins de vouloir en changer.",
          "From what you told, this duty is met: keep what you have, unless you want to change.");
      if (!choices.empty()) {
        const type::LocalizedText text = ChoicesText(result, choices);
        absl::StrAppend(out.mutable_text()->mutable_fr(), " ", text.fr());
        absl::StrAppend(out.mutable_text()->mutable_en(), " ", text.en());
      }
    } else if (choices.empty() && need != nullptr && IsDuty(*need)) {
      *out.mutable_text() = Text(
          "Aucune offre du catalogue ne convient aujourd'hui : n'achetez rien ici, mais "
          "l'obligation demeure. Voyez à quelle exigence vous pourriez renoncer, ou cherchez "
          "hors du catalogue.",
          "No offering of the catalogue suits today: buy nothing here, but the duty stands. "
          "See which requirement you could give up, or look outside the catalogue.");
    } else if (choices.empty()) {
      *out.mutable_text() = Text(
          "Aucune offre du catalogue ne convient aujourd'hui : n'achetez rien pour ce besoin, "
          "et voyez à quelle exigence vous pourriez renoncer.",
          "No offering of the catalogue suits today: buy nothing for this need, and see which "
          "requirement you could give up.");
    } else {
      *out.mutable_text() = ChoicesText(result, choices);
    }
    AddOptions(result, keep, choices, out);
  }

  // "Faire faire", where the answer has more than one mode; else nothing.
  static std::string ModeName(const pb::NeedResult& result, const Choice& choice,
                              Language language) {
    if (result.rankings_size() < 2) return "";
    const bool done = choice.ranking->delivery_mode() == type::HAVE_IT_DONE;
    return language == Language::kFr ? (done ? "Faire faire" : "Faire soi-même")
                                     : (done ? "Have it done" : "Do it yourself");
  }

  static type::LocalizedText ChoicesText(const pb::NeedResult& result,
                                         const std::vector<Choice>& choices) {
    type::LocalizedText whole;
    for (const Choice& choice : choices) {
      const type::LocalizedText text = ChooseText(choice.offerings.size(), choice.cheapest,
                                                  choice.ranking->insufficient_range());
      const auto add = [&](const std::string& said, Language language, std::string* told) {
        const std::string mode = ModeName(result, choice, language);
        absl::StrAppend(told, told->empty() ? "" : " ", mode, mode.empty() ? "" : " – ", said);
      };
      add(text.fr(), Language::kFr, whole.mutable_fr());
      add(text.en(), Language::kEn, whole.mutable_en());
    }
    return whole;
  }

  static type::LocalizedText ChooseText(size_t count, std::optional<int64_t> cheapest,
                                        bool insufficient) {
    if (insufficient) return InsufficientText(cheapest);
    std::string fr = count == 1 ? "Une offre est au premier rang."
                                : absl::StrCat(count,
                                               " offres sont à égalité au premier rang : "
                                               "choisissez selon vos préférences, ou la "
                                               "moins chère.");
    std::string en = count == 1 ? "One offering has the first rank."
                                : absl::StrCat(count,
                                               " offerings are equals at the first rank: "
                                               "choose as you like, or the cheapest.");
    if (cheapest.has_value()) {
      absl::StrAppend(&fr, count == 1 ? " Elle coûte " : " La moins chère coûte ",
                      decision::PrintMoney(*cheapest, Language::kFr),
                      " sur 36 mois, tout compris.");
      absl::StrAppend(&en, count == 1 ? " It costs " : " The cheapest costs ",
                      decision::PrintMoney(*cheapest, Language::kEn),
                      " over 36 months, all included.");
    }
    return Text(std::move(fr), std::move(en));
  }

  static type::LocalizedText InsufficientText(std::optional<int64_t> cheapest) {
    std::string fr =
        "Liste insuffisante : trop peu de fournisseurs indépendants remplissent les conditions ; "
        "ce n'est pas un classement. Comparez avec un devis d'ailleurs avant de choisir.";
    std::string en =
        "Insufficient list: too few independent suppliers meet the conditions; this is no ranking. "
        "Compare with a quotation from elsewhere before you choose.";
    if (cheapest.has_value()) {
      absl::StrAppend(&fr, " À partir de ", decision::PrintMoney(*cheapest, Language::kFr),
                      " sur 36 mois, tout compris.");
      absl::StrAppend(&en, " From ", decision::PrintMoney(*cheapest, Language::kEn),
                      " over 36 months, all included.");
    }
    return Text(std::move(fr), std::move(en));
  }

  void AddOptions(const pb::NeedResult& result, bool keep, const std::vector<Choice>& choices,
                  pb::PlanStep& out) const {
    const Need* need = FindNeed(result.need_id());
    const bool legal = need != nullptr && IsDuty(*need);
    const auto add_keep = [&] {
      if (!result.has_keep_existing() && !keep) return;
      auto& option = *out.add_options();
      option.set_answer(pb::PlanStep::KEEP);
      if (result.keep_existing().has_keep_cost_micros()) {
        option.set_tco36_micros(result.keep_existing().keep_cost_micros());
      }
      *option.mutable_text() = Text("Garder ce que vous avez.", "Keep what you have.");
    };
    const auto add_choose = [&](const Choice& choice) {
      auto& option = *out.add_options();
      option.set_answer(pb::PlanStep::CHOOSE);
      if (choice.cheapest.has_value()) option.set_tco36_micros(*choice.cheapest);
      const auto text = [&](Language language, absl::string_view said) {
        const std::string mode = ModeName(result, choice, language);
        return absl::StrCat(mode, mode.empty() ? "" : " – ", said);
      };
      *option.mutable_text() =
          choice.ranking->insufficient_range()
              ? Text(text(Language::kFr,
                          "Choisir une des offres qui remplissent les conditions, trop peu pour un "
                          "classement (coût de la moins chère)."),
                     text(Language::kEn,
                          "Choose one of the offerings that meet the conditions, too few for a "
                          "ranking (cost of the cheapest)."))
              : Text(text(Language::kFr,
                          "Choisir une offre du premier rang (coût de la moins chère de ce rang)."),
                     text(Language::kEn,
                          "Choose an offering of the first rank (cost of the cheapest of this "
                          "rank)."));
    };
    if (keep) add_keep();
    if (choices.empty()) {
      AddBuyNothing(legal, out);
      if (!keep) add_keep();
      return;
    }
    for (const Choice& choice : choices) add_choose(choice);
    if (!keep) add_keep();
    AddBuyNothing(legal, out);
  }

  static void AddBuyNothing(bool legal, pb::PlanStep& out) {
    // Keeping what meets a duty is to buy nothing.
    if (legal && out.answer() == pb::PlanStep::KEEP) return;
    auto& option = *out.add_options();
    option.set_answer(pb::PlanStep::BUY_NOTHING);
    option.set_tco36_micros(0);
    *option.mutable_text() =
        legal ? Text(
                    "Ne rien acheter pour l'instant : aucune dépense, mais la loi continue de "
                    "s'appliquer.",
                    "Buy nothing for now: no expense, but the law goes on to apply.")
              : Text("Ne rien acheter pour l'instant : aucune dépense, et le besoin reste ouvert.",
                     "Buy nothing for now: no expense, and the need stays open.");
  }

  void TellSoft(pb::PlanStep& out) const {
    std::vector<std::string> fr;
    std::vector<std::string> en;
    for (const std::string& id : out.soft_prerequisite_need_ids()) {
      if (const Need* need = FindNeed(id); need != nullptr) {
        fr.push_back(Quoted(need->title().fr(), Language::kFr));
        en.push_back(Quoted(need->title().en(), Language::kEn));
      }
    }
    if (fr.empty()) return;
    absl::StrAppend(out.mutable_text()->mutable_fr(),
                    " Conseillé avant ou avec : ", absl::StrJoin(fr, " ou "), ".");
    absl::StrAppend(out.mutable_text()->mutable_en(),
                    " Advised before or with it: ", absl::StrJoin(en, " or "), ".");
  }

  // --- Bundles -----------------------------------------------------------------------------------

  struct Place {
    const pb::RankedOffering* offering = nullptr;
    int32_t rank = 0;  // 0: of too few suppliers to rank
    size_t mode = 0;
  };

  // Of each asked need, by name; of an offering that is ranked in several modes, the first shown.
  static std::vector<std::map<std::string, Place>> ByName(
      const std::vector<std::vector<Place>>& all) {
    std::vector<std::map<std::string, Place>> places;
    for (const std::vector<Place>& of_need : all) {
      auto& named = places.emplace_back();
      for (const Place& place : of_need) named.emplace(place.offering->offering(), place);
    }
    return places;
  }

  Taken Take(const Place& place) const {
    return {.offering = place.offering, .serves = &serves_.at(place.offering->offering())};
  }

  // One place for each need of a bundle.
  using Basket = std::vector<const Place*>;

  // The other offerings that meet a bundle's needs at the lowest cost together: one for each need,
  // in the way of delivery of the bundle's (what is done for a firm is not weighed against what it
  // does itself), an offering that is taken for several needs once. A single offering is compared
  // with baskets without it; a pair with all but itself.
  class CheapestOther {
   public:
    CheapestOther(const Planner& planner, const std::vector<std::vector<Place>>& places,
                  const std::vector<std::pair<size_t, const Place*>>& bundle)
        : planner_(planner) {
      for (const auto& [n, place] : bundle) names_.insert(place->offering->offering());
      for (const auto& [n, place] : bundle) {
        std::vector<const Place*>& of_need = candidates_.emplace_back();
        for (const Place& each : places[n]) {
          if (each.mode != place->mode) continue;
          if (names_.size() == 1 && names_.contains(each.offering->offering())) continue;
          of_need.push_back(&each);
        }
        std::sort(of_need.begin(), of_need.end(), [](const Place* x, const Place* y) {
          const int64_t cost_x = x->offering->cost().tco36_micros();
          const int64_t cost_y = y->offering->cost().tco36_micros();
          return cost_x != cost_y ? cost_x < cost_y : x->offering->uid() < y->offering->uid();
        });
      }
      Extend();
    }

    bool found() const { return !best_.empty(); }
    // Too many baskets to look at all of them.
    bool gave_up() const { return looked_at_ > kMaxBaskets; }
    const Basket& best() const { return best_; }
    int64_t cost() const { return cost_; }

   private:
    void Extend() {
      if (++looked_at_ > kMaxBaskets) return;
      if (taken_.size() == candidates_.size()) {
        const int64_t cost = planner_.CostOf(taken_);
        if ((best_.empty() || cost < cost_) && !IsTheBundle()) {
          best_ = taken_;
          cost_ = cost;
        }
        return;
      }
      for (const Place* place : candidates_[taken_.size()]) {
        taken_.push_back(place);
        // Whatever is added, what is taken costs no less than its own lines.
        if (best_.empty() || planner_.LeastCostOf(taken_) < cost_) Extend();
        taken_.pop_back();
      }
    }
    bool IsTheBundle() const {
      std::set<std::string> taken;
      for (const Place* place : taken_) taken.insert(place->offering->offering());
      return taken == names_;
    }

    const Planner& planner_;
    std::set<std::string> names_;
    std::vector<std::vector<const Place*>> candidates_;  // by need, cheapest first
    Basket taken_;
    Basket best_;
    int64_t cost_ = 0;
    int looked_at_ = 0;
  };

  int64_t CostOf(const Basket& basket) const {
    std::vector<Taken> taken;
    for (const Place* place : basket) taken.push_back(Take(*place));
    return BasketCost(taken);
  }

  // Without any prerequisite: another offering may bring it.
  int64_t LeastCostOf(const Basket& basket) const {
    std::vector<Taken> taken;
    for (const Place* place : basket) {
      taken.push_back({.offering = place->offering, .serves = &all_needs_});
    }
    return BasketCost(taken);
  }

  // Every ranked offering with a cost, by need in the order shown, in each mode.
  std::vector<std::vector<Place>> AllPlaces() const {
    std::vector<std::vector<Place>> places;
    for (const pb::NeedResult& result : shown_.results()) {
      auto& of_need = places.emplace_back();
      for (const pb::Ranking& ranking : result.rankings()) {
        for (const pb::Band& band : ranking.bands()) {
          for (const pb::RankedOffering& offering : band.offerings()) {
            if (!offering.has_cost()) continue;
            of_need.push_back({.offering = &offering,
                               .rank = ranking.insufficient_range() ? 0 : band.rank(),
                               .mode = static_cast<size_t>(ranking.delivery_mode())});
          }
        }
      }
    }
    return places;
  }

  bool Connects(const std::string& from, const Need& to) const {
    const auto found = snapshot_.offerings.find(from);
    if (found == snapshot_.offerings.end()) return false;
    const auto& classes = found->second->offering.integrations().tool_classes();
    return std::any_of(classes.begin(), classes.end(), [&](int tool_class) {
      return std::find(to.met_by_tools().begin(), to.met_by_tools().end(), tool_class) !=
             to.met_by_tools().end();
    });
  }

  void TellBundles() {
    const auto all_places = AllPlaces();
    const auto places = ByName(all_places);
    struct Found {
      pb::Bundle bundle;
      std::vector<std::pair<size_t, const Place*>> taken;
      size_t needs = 0;
      std::string key;
    };
    std::vector<Found> found;
    const auto add = [&](pb::Bundle::Kind kind,
                         const std::vector<std::pair<size_t, const Place*>>& taken) {
      Found one;
      one.bundle.set_kind(kind);
      one.needs = taken.size();
      std::set<std::string> names;
      std::vector<Taken> basket;
      for (const auto& [n, place] : taken) {
        basket.push_back(Take(*place));
        if (names.insert(place->offering->offering()).second) {
          SetRef(*place->offering, *one.bundle.add_offerings());
          absl::StrAppend(&one.key, place->offering->uid());
        }
        const pb::NeedResult& result = shown_.results(static_cast<int>(n));
        auto& need = *one.bundle.add_needs();
        need.set_need_id(result.need_id());
        *need.mutable_title() = result.title();
        need.set_rank(place->rank);
      }
      one.bundle.set_tco36_micros(BasketCost(basket));
      one.taken = taken;
      found.push_back(std::move(one));
    };
    // One offering for several needs.
    std::set<std::string> seen;
    for (const auto& of_need : places) {
      for (const auto& [name, place] : of_need) {
        if (!seen.insert(name).second) continue;
        std::vector<std::pair<size_t, const Place*>> taken;
        for (size_t n = 0; n < places.size(); ++n) {
          if (const auto it = places[n].find(name); it != places[n].end()) {
            taken.emplace_back(n, &it->second);
          }
        }
        if (taken.size() >= 2) add(pb::Bundle::ONE_OFFERING, taken);
      }
    }
    // Two of the first rank (or of lists too short for one), one of which declares to connect to
    // the class of the other.
    for (size_t a = 0; a < places.size(); ++a) {
      for (size_t b = a + 1; b < places.size(); ++b) {
        const Need* need_a = FindNeed(shown_.results(static_cast<int>(a)).need_id());
        const Need* need_b = FindNeed(shown_.results(static_cast<int>(b)).need_id());
        if (need_a == nullptr || need_b == nullptr) continue;
        for (const auto& [name_a, place_a] : places[a]) {
          for (const auto& [name_b, place_b] : places[b]) {
            if (place_a.rank > 1 || place_b.rank > 1) continue;
            // Where one of them serves both needs, the other would be bought for nothing.
            if (Serves(name_a, need_b->need_id()) || Serves(name_b, need_a->need_id())) continue;
            if (Connects(name_a, *need_b) || Connects(name_b, *need_a)) {
              add(pb::Bundle::CONNECTED, {{a, &place_a}, {b, &place_b}});
            }
          }
        }
      }
    }
    std::stable_sort(found.begin(), found.end(), [](const Found& x, const Found& y) {
      if (x.needs != y.needs) return x.needs > y.needs;
      if (x.bundle.kind() != y.bundle.kind()) return x.bundle.kind() < y.bundle.kind();
      if (x.bundle.tco36_micros() != y.bundle.tco36_micros()) {
        return x.bundle.tco36_micros() < y.bundle.tco36_micros();
      }
      return x.key < y.key;
    });
    for (const Found& one : found) {
      if (plan_.bundles_size() == kMaxBundles) break;
      pb::Bundle& bundle = *plan_.add_bundles();
      bundle = one.bundle;
      const CheapestOther other(*this, all_places, one.taken);
      if (other.found() && !other.gave_up()) {
        bundle.set_separate_tco36_micros(other.cost());
        for (const Place* place : other.best()) SetRef(*place->offering, *bundle.add_separate());
      }
      *bundle.mutable_text() =
          Text(BundleText(bundle, other, Language::kFr), BundleText(bundle, other, Language::kEn));
    }
  }

  static void SetRef(const pb::RankedOffering& offering, pb::OfferingRef& ref) {
    ref.set_offering(offering.offering());
    ref.set_member(offering.member());
  }

  static std::string BundleText(const pb::Bundle& bundle, const CheapestOther& other,
                                Language language) {
    const bool fr = language == Language::kFr;
    std::vector<std::string> titles;
    for (const pb::BundleNeed& need : bundle.needs()) {
      titles.push_back(Quoted(Of(need.title(), language), language));
      // Of two offerings the sentence says it: they are of the first rank.
      if (bundle.kind() != pb::Bundle::ONE_OFFERING || need.rank() == 0) continue;
      absl::StrAppend(&titles.back(), fr ? " (rang " : " (rank ", need.rank(), ")");
    }
    const std::string all = absl::StrJoin(titles, fr ? " et " : " and ");
    const std::string cost = decision::PrintMoney(bundle.tco36_micros(), language);
    const bool ranked = std::all_of(bundle.needs().begin(), bundle.needs().end(),
                                    [](const pb::BundleNeed& need) { return need.rank() > 0; });
    std::string text;
    if (bundle.kind() == pb::Bundle::ONE_OFFERING) {
      text = fr ? absl::StrCat("Une seule offre couvre ", all, ", pour ", cost, " sur 36 mois.")
                : absl::StrCat("One offering covers ", all, ", for ", cost, " over 36 months.");
    } else if (ranked) {
      text = fr ? absl::StrCat("Deux offres du premier rang, pour ", all,
                               ", déclarent se relier l'une à l'autre ; ensemble ", cost,
                               " sur 36 mois.")
                : absl::StrCat("Two offerings of the first rank, for ", all,
                               ", declare to connect to each other; together ", cost,
                               " over 36 months.");
    } else {
      text = fr ? absl::StrCat("Deux offres qui remplissent les conditions, pour ", all,
                               ", déclarent se relier l'une à l'autre ; ensemble ", cost,
                               " sur 36 mois.")
                : absl::StrCat("Two offerings that meet the conditions, for ", all,
                               ", declare to connect to each other; together ", cost,
                               " over 36 months.");
    }
    for (const pb::BundleNeed& need : bundle.needs()) {
      if (need.rank() > 0) continue;
      const std::string title = Quoted(Of(need.title(), language), language);
      absl::StrAppend(
          &text, fr ? absl::StrCat(" Pour ", title,
                                   ", la liste est insuffisante : aucun rang n'est donné.")
                    : absl::StrCat(" For ", title, " the list is insufficient: no rank is given."));
    }
    if (other.gave_up()) {
      absl::StrAppend(&text, fr ? " Les autres choix sont trop nombreux pour être comparés tous."
                                : " There are too many other choices to compare them all.");
      return text;
    }
    if (!other.found()) {
      absl::StrAppend(&text, fr ? " Aucun autre choix n'est là pour comparer."
                                : " There is no other choice to compare with.");
      return text;
    }
    const int64_t gap = bundle.separate_tco36_micros() - bundle.tco36_micros();
    const std::string separate = decision::PrintMoney(bundle.separate_tco36_micros(), language);
    const std::string difference = decision::PrintMoney(gap < 0 ? -gap : gap, language);
    absl::StrAppend(&text,
                    fr ? " L'autre choix le moins cher pour ces besoins coûte "
                       : " The cheapest other choice for these needs costs ",
                    separate, fr ? " : " : ": ");
    if (gap == 0) {
      absl::StrAppend(&text, fr ? "autant." : "as much.");
    } else {
      absl::StrAppend(&text, difference,
                      gap > 0 ? (fr ? " de plus." : " more.") : (fr ? " de moins." : " less."));
    }
    return text;
  }

  std::string Summary(Language language) const {
    const bool fr = language == Language::kFr;
    std::vector<std::string> titles;
    for (const pb::PlanStep& step : plan_.steps()) {
      titles.push_back(absl::StrCat(titles.size() + 1, ". ", Of(step.title(), language)));
    }
    const auto open = std::count_if(
        plan_.legal_checklist().begin(), plan_.legal_checklist().end(), [](const auto& step) {
          return step.status() == pb::LegalNotice::DUE || step.status() == pb::LegalNotice::TO_ASK;
        });
    std::string text;
    if (!titles.empty()) {
      text = absl::StrCat(fr ? "Dans l'ordre : " : "In this order: ",
                          absl::StrJoin(titles, fr ? " ; " : "; "), ".");
    }
    if (open > 0) {
      absl::StrAppend(
          &text, text.empty() ? "" : " ",
          fr ? absl::StrCat("Avant tout, ", open,
                            open == 1 ? " point légal à vérifier." : " points légaux à vérifier.")
             : absl::StrCat("Before all, ", open,
                            open == 1 ? " legal point to check." : " legal points to check."));
    }
    std::vector<std::string> unconcerned;
    for (const pb::NeedResult& result : shown_.results()) {
      const Need* need = FindNeed(result.need_id());
      if (need == nullptr || !need->legal() || !IsUnconcerned(*need)) continue;
      unconcerned.push_back(Quoted(Of(need->title(), language), language));
    }
    if (!unconcerned.empty()) {
      absl::StrAppend(
          &text, text.empty() ? "" : " ",
          fr ? absl::StrCat("Vous avez dit que l'entreprise n'est pas assujettie à la TVA : ",
                            absl::StrJoin(unconcerned, " et "),
                            unconcerned.size() == 1
                                ? " n'est pas une obligation légale pour elle."
                                : " ne sont pas des obligations légales pour elle.")
             : absl::StrCat(
                   "You told that the firm is not liable to VAT: for it, ",
                   absl::StrJoin(unconcerned, " and "),
                   unconcerned.size() == 1 ? " is no duty of law." : " are no duties of law."));
    }
    if (plan_.later_size() > 0) {
      const bool one = plan_.later_size() == 1;
      absl::StrAppend(&text, text.empty() ? "" : " ",
                      fr ? "Plus tard : " : "Later: ", plan_.later_size(),
                      fr ? (one ? " besoin." : " besoins.") : (one ? " need." : " needs."));
    }
    return text;
  }

  const pb::Recommendation& shown_;
  const catalog::Snapshot& snapshot_;
  const decision::CompiledRulebook& rulebook_;
  std::map<std::string, const pb::NeedResult*, std::less<>> results_;
  std::map<std::string, std::set<std::string>, std::less<>> serves_;
  std::set<std::string> all_needs_;
  std::vector<Step> steps_;
  pb::Plan plan_;
};

}  // namespace

pb::Plan MakePlan(const pb::Recommendation& shown, const catalog::Snapshot& snapshot,
                  const decision::CompiledRulebook& rulebook) {
  return Planner(shown, snapshot, rulebook).Make();
}

}  // namespace aplomb::plan
