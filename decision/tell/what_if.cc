#include "decision/tell/what_if.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "decision/explain/counterfactual.h"
#include "decision/explain/repair.h"
#include "decision/explain/shapes.h"
#include "decision/fact_labels.h"
#include "decision/price_labels.h"
#include "decision/profile_reading.h"
#include "decision/tell/words.h"

namespace aplomb::tell {
namespace {

namespace pb = advisor::v1;
using Goal = pb::CounterfactualExplanation::Goal;
using Side = pb::CounterfactualExplanation::Side;

const catalog::v1::Feature* FindFeature(const catalog::v1::Need& need, uint8_t ordinal) {
  for (const auto& feature : need.features()) {
    if (feature.ordinal() == ordinal) return &feature;
  }
  return nullptr;
}

std::string FeatureTitle(const catalog::v1::Need& need, uint8_t ordinal, Language language) {
  const auto* feature = FindFeature(need, ordinal);
  return feature == nullptr ? absl::StrCat(ordinal) : Of(feature->label(), language);
}

std::string StateText(explain::FeatureState state, Language language) {
  const bool fr = language == Language::kFr;
  switch (state) {
    case explain::FeatureState::kFull:
      return fr ? "présente" : "there";
    case explain::FeatureState::kPartial:
      return fr ? "présente en partie" : "there in part";
    case explain::FeatureState::kOptionPaid:
      return fr ? "en option payante" : "a paid option";
    case explain::FeatureState::kNone:
      return fr ? "absente" : "absent";
    case explain::FeatureState::kUnknown:
      break;
  }
  return fr ? "non renseignée" : "not stated";
}

std::string EvidenceText(engine::Evidence evidence, Language language) {
  const bool fr = language == Language::kFr;
  switch (evidence) {
    case engine::Evidence::kDocumented:
      return fr ? "document public à l'appui" : "with a public document";
    case engine::Evidence::kCertified:
      return fr ? "certificat à l'appui" : "with a certificate";
    case engine::Evidence::kChecked:
      return fr ? "vérification à l'appui" : "checked by a reviewer";
    default:
      return "";
  }
}

std::string FactText(const Case& opened, const decision::FactInfo& info, bool known, int64_t value,
                     Language language) {
  if (!known) return language == Language::kFr ? "non renseigné" : "not stated";
  if (info.name == "request.size_class" && value >= 0 && value <= 3) {
    return decision::SizeClassLabel(static_cast<uint32_t>(value), language);
  }
  return decision::PrintFact(info, value, opened.rules(), language);
}

// --- Orders of priorities ------------------------------------------------------------------------

explain::WeightOrder StatedOrder(const Case& opened) {
  const decision::PriorityOrder stated =
      decision::PriorityOrderOf(opened.sources().shown.weights(), opened.rulebook());
  return {.method = stated.method, .tier_of_group = stated.tier_of_group};
}

// The tiers that count: equal weights are one tier, whatever was stated.
explain::WeightOrder AsWeighed(const explain::WeightOrder& order) {
  if (order.method != engine::WeightMethod::kEqual) return order;
  return {.method = engine::WeightMethod::kRankOrderCentroid, .tier_of_group = {}};
}

type::WeightChoice ChoiceOf(const Case& opened, const explain::WeightOrder& order) {
  type::WeightChoice choice;
  choice.set_method(order.method == engine::WeightMethod::kRankSum
                        ? type::WeightChoice::RANK_SUM
                        : type::WeightChoice::RANK_ORDER_CENTROID);
  const uint8_t last = *std::max_element(order.tier_of_group.begin(), order.tier_of_group.end());
  for (uint8_t tier = 0; tier <= last; ++tier) {
    type::WeightChoice::Tier& told = *choice.add_tiers();
    for (uint32_t g = 0; g < engine::kGroupCount; ++g) {
      if (order.tier_of_group[g] != tier) continue;
      told.add_group_ids(opened.rules().groups(static_cast<int>(g)).group_id());
    }
  }
  return choice;
}

std::string GroupTitle(const Case& opened, uint32_t group, Language language) {
  return Of(opened.rules().groups(static_cast<int>(group)).title(), language);
}

// "1re", "2e"; "1st", "2nd".
std::string Ordinal(size_t number, Language language) {
  if (language == Language::kFr) return absl::StrCat(number, number == 1 ? "re" : "e");
  const absl::string_view ending = number == 1   ? "st"
                                   : number == 2 ? "nd"
                                   : number == 3 ? "rd"
                                                 : "th";
  return absl::StrCat(number, ending);
}

// "2e place, à égalité avec « Coût »".
std::string PlaceText(const Case& opened, const explain::WeightOrder& order, uint8_t group,
                      Language language) {
  const bool fr = language == Language::kFr;
  size_t before = 0;
  std::vector<std::string> beside;
  for (uint32_t g = 0; g < engine::kGroupCount; ++g) {
    if (order.tier_of_group[g] < order.tier_of_group[group]) ++before;
    if (g == group || order.tier_of_group[g] != order.tier_of_group[group]) continue;
    beside.push_back(Quoted(GroupTitle(opened, g, language), language));
  }
  if (beside.size() + 1 == engine::kGroupCount) {
    return fr ? "à égalité avec toutes" : "equal to all others";
  }
  std::string text = absl::StrCat(Ordinal(before + 1, language), fr ? " place" : " place");
  if (!beside.empty()) {
    absl::StrAppend(&text, fr ? ", à égalité avec " : ", equal to ", List(beside, language));
  }
  return text;
}

// "Coût, puis Facilité et Liberté à égalité, puis …".
std::string OrderText(const Case& opened, const explain::WeightOrder& order, Language language) {
  const bool fr = language == Language::kFr;
  std::vector<std::string> tiers;
  const uint8_t last = *std::max_element(order.tier_of_group.begin(), order.tier_of_group.end());
  for (uint8_t tier = 0; tier <= last; ++tier) {
    std::vector<std::string> titles;
    for (uint32_t g = 0; g < engine::kGroupCount; ++g) {
      if (order.tier_of_group[g] != tier) continue;
      titles.push_back(Quoted(GroupTitle(opened, g, language), language));
    }
    tiers.push_back(absl::StrCat(List(titles, language),
                                 titles.size() > 1 ? (fr ? " à égalité" : " as equals") : ""));
  }
  return absl::StrJoin(tiers, fr ? ", puis " : ", then ");
}

class ChangeTeller {
 public:
  ChangeTeller(const Case& opened, const RankingCase& ranking, const std::string& offering,
               const explain::WeightOrder& before, const explain::WeightOrder& after)
      : opened_(opened),
        need_(opened.rules().needs(opened.needs()[ranking.need].need)),
        before_(before),
        after_(after) {
    const auto found = opened.sources().snapshot.offerings.find(offering);
    if (found != opened.sources().snapshot.offerings.end()) {
      pricing_ = &found->second->offering.pricing();
    }
  }

  void Tell(const explain::Change& change, pb::Change& out) const {
    out.set_kind(static_cast<pb::Change::Kind>(change.kind));
    out.set_size(change.size);
    out.set_target(Target(change));
    *out.mutable_label() = Text(Label(change, Language::kFr), Label(change, Language::kEn));
    *out.mutable_before() = Text(Before(change, Language::kFr), Before(change, Language::kEn));
    *out.mutable_after() = Text(After(change, Language::kFr), After(change, Language::kEn));
    *out.mutable_sentence() =
        Text(Sentence(change, Language::kFr), Sentence(change, Language::kEn));
  }

 private:
  using Kind = explain::Change::Kind;

  const decision::FactInfo& Info(const explain::Change& change) const {
    return change.kind == Kind::kOfferingFact ? *opened_.rulebook().offering_slots[change.slot]
                                              : *opened_.rulebook().request_slots[change.slot];
  }

  std::string Target(const explain::Change& change) const {
    switch (change.kind) {
      case Kind::kOfferingFact:
      case Kind::kFirmFact:
        return Info(change).name;
      case Kind::kFeature:
      case Kind::kMustFeature: {
        const auto* feature = FindFeature(need_, change.feature);
        return feature == nullptr ? "" : feature->feature_id();
      }
      case Kind::kPrice:
        return absl::StrCat("pricing.components[", change.slot, "].", PartName(change.price));
      case Kind::kGroupMove:
        return opened_.rules().groups(change.group).group_id();
    }
    return "";
  }

  static absl::string_view PartName(explain::PricePart part) {
    switch (part) {
      case explain::PricePart::kRate:
        return "rate_bp";
      case explain::PricePart::kPerTransaction:
        return "per_transaction";
      case explain::PricePart::kMinimum:
        return "monthly_minimum";
      case explain::PricePart::kTiers:
        return "tiers";
      case explain::PricePart::kAmount:
        break;
    }
    return "amount";
  }

  // What a component is called: by its offering, else by what it is for.
  std::string PriceLabel(const explain::Change& change, Language language) const {
    const bool fr = language == Language::kFr;
    std::string label = fr ? "prix" : "price";
    if (pricing_ != nullptr && change.slot < pricing_->components_size()) {
      const auto& component = pricing_->components(change.slot);
      label = Of(
          component.has_label() ? component.label() : decision::PriceModelLabel(component.model()),
          language);
    }
    switch (change.price) {
      case explain::PricePart::kRate:
        return absl::StrCat(label, fr ? ", taux" : ", rate");
      case explain::PricePart::kPerTransaction:
        return absl::StrCat(label, fr ? ", prix par opération" : ", price per transaction");
      case explain::PricePart::kMinimum:
        return absl::StrCat(label, fr ? ", minimum mensuel" : ", monthly minimum");
      case explain::PricePart::kTiers:
        return absl::StrCat(label, fr ? ", toutes ses tranches" : ", all its tiers");
      case explain::PricePart::kAmount:
        break;
    }
    return label;
  }

  static std::string PriceText(const explain::Change& change, int64_t price, Language language) {
    const bool fr = language == Language::kFr;
    switch (change.price) {
      case explain::PricePart::kRate:
        return decision::PrintPercent(price, language);
      case explain::PricePart::kTiers:
        if (price == change.from) return fr ? "prix d'aujourd'hui" : "prices of today";
        return absl::StrCat(decision::PrintPercent(change.from - price, language),
                            fr ? " de moins" : " less");
      default:
        return decision::PrintMoney(price, language);
    }
  }

  std::string Label(const explain::Change& change, Language language) const {
    switch (change.kind) {
      case Kind::kOfferingFact:
      case Kind::kFirmFact:
        return Of(decision::FactLabel(Info(change)), language);
      case Kind::kFeature:
      case Kind::kMustFeature:
        return FeatureTitle(need_, change.feature, language);
      case Kind::kPrice:
        return PriceLabel(change, language);
      case Kind::kGroupMove:
        return GroupTitle(opened_, change.group, language);
    }
    return "";
  }

  std::string Before(const explain::Change& change, Language language) const {
    const bool fr = language == Language::kFr;
    switch (change.kind) {
      case Kind::kOfferingFact:
      case Kind::kFirmFact:
        return FactText(opened_, Info(change), change.from_known, change.from, language);
      case Kind::kFeature:
        return StateText(change.from_feature, language);
      case Kind::kMustFeature:
        return fr ? "exigée" : "required";
      case Kind::kPrice:
        return PriceText(change, change.from, language);
      case Kind::kGroupMove:
        return PlaceText(opened_, before_, change.group, language);
    }
    return "";
  }

  std::string After(const explain::Change& change, Language language) const {
    const bool fr = language == Language::kFr;
    switch (change.kind) {
      case Kind::kOfferingFact:
      case Kind::kFirmFact:
        return FactText(opened_, Info(change), true, change.to, language);
      case Kind::kFeature:
        return StateText(change.to_feature, language);
      case Kind::kMustFeature:
        return fr ? "souhaitée" : "wished for";
      case Kind::kPrice:
        return PriceText(change, change.to, language);
      case Kind::kGroupMove:
        return PlaceText(opened_, after_, change.group, language);
    }
    return "";
  }

  // A set that was told, and what it gains and loses; nullopt for other facts. Thirteen regions
  // twice over hide the one that is new.
  std::optional<std::string> SetSentence(const explain::Change& change, absl::string_view backed,
                                         Language language) const {
    const decision::FactInfo& info = Info(change);
    if (info.kind != decision::FactKind::kSet || !change.from_known || change.from == change.to) {
      return std::nullopt;
    }
    const bool fr = language == Language::kFr;
    const auto print = [&](int64_t set) {
      return Quoted(decision::PrintFact(info, set, opened_.rules(), language), language);
    };
    std::vector<std::string> parts;
    if (const int64_t added = change.to & ~change.from; added != 0) {
      parts.push_back(
          absl::StrCat(fr ? "avec " : "with ", print(added), fr ? " en plus" : " added"));
    }
    if (const int64_t taken = change.from & ~change.to; taken != 0) {
      parts.push_back(absl::StrCat(fr ? "sans " : "without ", print(taken)));
    }
    return absl::StrCat(Quoted(Label(change, language), language), fr ? " : " : ": ",
                        List(parts, language), backed, ".");
  }

  std::string Sentence(const explain::Change& change, Language language) const {
    const bool fr = language == Language::kFr;
    const std::string label = Quoted(Label(change, language), language);
    const std::string before = Before(change, language);
    const std::string after = After(change, language);
    switch (change.kind) {
      case Kind::kOfferingFact:
      case Kind::kFirmFact: {
        const std::string proof = EvidenceText(change.evidence, language);
        const std::string backed = proof.empty() ? "" : absl::StrCat(", ", proof);
        if (auto set = SetSentence(change, backed, language); set.has_value()) return *set;
        if (change.from_known && change.from == change.to) {
          return fr ? absl::StrCat(label, " (", after, ") est prouvé, ", proof, ".")
                    : absl::StrCat(label, " (", after, ") is shown, ", proof, ".");
        }
        if (!change.from_known) {
          return fr ? absl::StrCat(label, " est renseigné : ", after, backed, ".")
                    : absl::StrCat(label, " is stated: ", after, backed, ".");
        }
        return fr ? absl::StrCat(label, " passe de ", Quoted(before, language), " à ",
                                 Quoted(after, language), backed, ".")
                  : absl::StrCat(label, " goes from ", Quoted(before, language), " to ",
                                 Quoted(after, language), backed, ".");
      }
      case Kind::kFeature:
        return fr ? absl::StrCat("La fonction ", label, ", ", before, ", devient ", after, ".")
                  : absl::StrCat("The feature ", label, ", ", before, ", becomes ", after, ".");
      case Kind::kMustFeature:
        return fr ? absl::StrCat("La fonction ", label, " est souhaitée au lieu d'être exigée.")
                  : absl::StrCat("The feature ", label, " is wished for instead of required.");
      case Kind::kPrice:
        if (change.price == explain::PricePart::kTiers) {
          return fr ? absl::StrCat("Le prix ", label, " baisse : ", after, ".")
                    : absl::StrCat("The price ", label, " falls: ", after, ".");
        }
        return fr ? absl::StrCat("Le prix ", label, " passe de ", before, " à ", after, ".")
                  : absl::StrCat("The price ", label, " goes from ", before, " to ", after, ".");
      case Kind::kGroupMove:
        return fr ? absl::StrCat(label, " change de place dans vos priorités : aujourd'hui ",
                                 before, ", il faudrait ", after, ".")
                  : absl::StrCat(label, " changes its place among your priorities: today ", before,
                                 ", it would take ", after, ".");
    }
    return "";
  }

  const Case& opened_;
  const catalog::v1::Need& need_;
  const explain::WeightOrder& before_;
  const explain::WeightOrder& after_;
  const type::Pricing* pricing_ = nullptr;
};

std::string GoalText(Goal goal, Language language) {
  const bool fr = language == Language::kFr;
  if (goal == pb::CounterfactualExplanation::FIRST_BAND) {
    return fr ? "le premier rang" : "the first rank";
  }
  return fr ? "les trois premières places" : "the first three places";
}

// "atteindre le premier rang"; where there can be no ranking, "remplir toutes les conditions".
std::string ToReachText(const pb::Counterfactual& out, Goal goal, Language language) {
  const bool fr = language == Language::kFr;
  if (out.insufficient_range()) return fr ? "remplir toutes les conditions" : "meet all conditions";
  return absl::StrCat(fr ? "atteindre " : "reach ", GoalText(goal, language));
}

std::string Who(Side side, Language language) {
  const bool fr = language == Language::kFr;
  switch (side) {
    case pb::CounterfactualExplanation::OFFERING:
      return fr ? " dans l'offre" : " in the offering";
    case pb::CounterfactualExplanation::FIRM:
      return fr ? " dans vos réponses ou vos exigences" : " in your answers or requirements";
    default:
      return fr ? " dans vos priorités" : " in your priorities";
  }
}

absl::string_view LimitName(explain::Limit limit) {
  switch (limit) {
    case explain::Limit::kOfferingTrials:
      return "OFFERING_TRIALS";
    case explain::Limit::kFirmTrials:
      return "FIRM_TRIALS";
    case explain::Limit::kFirmRankings:
      return "FIRM_RANKINGS";
    case explain::Limit::kLevers:
      return "LEVERS";
    case explain::Limit::kNone:
      break;
  }
  return "";
}

// "à sa limite de 2 000 classements complets".
std::string LimitText(absl::string_view name, Side side, Language language) {
  const bool fr = language == Language::kFr;
  if (name == "LEVERS") {
    const size_t most = side == pb::CounterfactualExplanation::FIRM ? explain::kMaxFirmLevers
                                                                    : explain::kMaxOfferingLevers;
    return absl::StrCat(most, fr ? " informations à faire varier" : " facts to be varied");
  }
  if (name == "FIRM_RANKINGS") {
    return absl::StrCat(decision::PrintCount(explain::kMaxFirmRankings, language),
                        fr ? " classements complets" : " complete rankings");
  }
  return absl::StrCat(
      decision::PrintCount(
          name == "FIRM_TRIALS" ? explain::kMaxFirmTrials : explain::kMaxOfferingTrials, language),
      fr ? " essais" : " trials");
}

// Neither "possible" nor "impossible": said in so many words, with the limit that was met.
std::string UndecidedText(const pb::Counterfactual& out, absl::string_view to_reach, Side side,
                          Language language) {
  const bool fr = language == Language::kFr;
  const std::string tried = decision::PrintCount(out.trial_count(), language);
  std::string text =
      fr ? absl::StrCat("Indécis : nous ne savons pas si cette offre peut ", to_reach, ".")
         : absl::StrCat("Undecided: we do not know whether this offering can ", to_reach, ".");
  if (out.at_least() > 1) {
    absl::StrAppend(&text,
                    out.at_least() == 2 ? (fr ? " Un seul changement" : " One change")
                                        : (fr ? " Deux changements" : " Two changes"),
                    Who(side, language),
                    out.at_least() == 2
                        ? (fr ? " n'y suffit pas, c'est prouvé." : " is proven not to do it.")
                        : (fr ? " n'y suffisent pas, c'est prouvé." : " are proven not to do it."));
  }
  absl::StrAppend(&text,
                  fr ? " Au-delà, la recherche s'arrête à sa limite de "
                     : " Beyond that the search stops at its limit of ",
                  LimitText(out.limit_met(), side, language), fr ? ", après " : ", after ", tried,
                  fr ? " essais : ce n'est pas une preuve que ce soit impossible."
                     : " trials: this is no proof that it is impossible.");
  return text;
}

// Of how many suppliers a list is.
struct Groups {
  bool enough_today = true;  // for a ranking
  bool enough_then = true;
};

// Where the offering would stand; no rank is told of a list that is no ranking.
std::string ThenText(const pb::Counterfactual& out, const Groups& groups, Language language) {
  const bool fr = language == Language::kFr;
  const std::string points = PrintPoints(out.score(), language);
  if (out.insufficient_range() && groups.enough_then) {
    return fr ? " La liste compterait alors assez de fournisseurs pour un classement."
              : " The list would then have enough suppliers for a ranking.";
  }
  if (out.insufficient_range()) {
    return fr ? " La liste resterait insuffisante : l'offre n'y aurait ni rang ni note."
              : " The list would stay insufficient: the offering would have neither place nor "
                "score in it.";
  }
  if (!groups.enough_today) {
    return fr ? absl::StrCat(" La liste serait alors un classement ; l'offre y aurait ", points,
                             " points et serait au rang ", out.rank(), ".")
              : absl::StrCat(" The list would then be a ranking; the offering would have ", points,
                             " points and stand at rank ", out.rank(), " in it.");
  }
  return fr ? absl::StrCat(" Elle aurait alors ", points, " points et serait au rang ", out.rank(),
                           ".")
            : absl::StrCat(" It would then have ", points, " points and stand at rank ", out.rank(),
                           ".");
}

std::string Summary(const pb::Counterfactual& out, Goal goal, Side side,
                    const std::string& order_then, const Groups& groups, Language language) {
  const bool fr = language == Language::kFr;
  const std::string what = GoalText(goal, language);
  const std::string to_reach = ToReachText(out, goal, language);
  switch (out.found()) {
    case pb::Counterfactual::ALREADY:
      if (out.insufficient_range()) {
        return fr ? "Rien n'est à changer : l'offre remplit déjà toutes les conditions."
                  : "Nothing has to change: the offering meets all conditions already.";
      }
      return fr ? absl::StrCat("Rien n'est à changer : l'offre atteint déjà ", what, ".")
                : absl::StrCat("Nothing has to change: the offering reaches ", what, " already.");
    case pb::Counterfactual::CHANGES: {
      std::string text;
      if (out.changes_size() == 1) {
        text =
            fr ? absl::StrCat("Pour ", to_reach, ", un seul changement", Who(side, language),
                              " suffit :")
               : absl::StrCat("To ", to_reach, ", one change", Who(side, language), " is enough:");
      } else {
        text =
            fr ? absl::StrCat("Pour ", to_reach, ", il faut ", out.changes_size(), " changements",
                              Who(side, language), " à la fois ; moins ne suffirait pas :")
               : absl::StrCat("To ", to_reach, ", it takes ", out.changes_size(), " changes",
                              Who(side, language), " together; fewer would not do:");
      }
      for (const pb::Change& change : out.changes()) {
        std::string sentence = Of(change.sentence(), language);
        // After a colon.
        if (&change == &out.changes(0)) sentence[0] = absl::ascii_tolower(sentence[0]);
        absl::StrAppend(&text, " ", sentence);
      }
      if (!order_then.empty()) {
        absl::StrAppend(&text,
                        fr ? " Vos priorités seraient alors : " : " Your priorities would be: ",
                        order_then, ".");
      }
      if (!out.smallest()) {
        absl::StrAppend(&text, fr ? " Un changement plus petit n'est pas exclu."
                                  : " A smaller change is not ruled out.");
      }
      return text + ThenText(out, groups, language);
    }
    case pb::Counterfactual::IMPOSSIBLE:
      if (out.insufficient_range()) {
        return fr ? absl::StrCat("Impossible : aucune combinaison de ", explain::kMaxChanges,
                                 " changements ou moins", Who(side, language),
                                 " ne fait remplir toutes les conditions à cette offre.")
                  : absl::StrCat("Impossible: no combination of ", explain::kMaxChanges,
                                 " changes or fewer", Who(side, language),
                                 " makes this offering meet all conditions.");
      }
      return fr ? absl::StrCat("Impossible : aucune combinaison de ", explain::kMaxChanges,
                               " changements ou moins", Who(side, language), " ne fait atteindre ",
                               what, " à cette offre.")
                : absl::StrCat("Impossible: no combination of ", explain::kMaxChanges,
                               " changes or fewer", Who(side, language),
                               " brings this offering to ", what, ".");
    case pb::Counterfactual::NO_CANDIDATE:
      return fr ? "Cette offre n'est pas candidate pour ce besoin : rien n'a été cherché."
                : "This offering is no candidate for this need: nothing was searched.";
    default:
      return UndecidedText(out, to_reach, side, language);
  }
}

void TellFound(const Case& opened, const RankingCase& ranking, const std::string& offering,
               const explain::WeightOrder& stated, const explain::Counterfactual& found,
               pb::Counterfactual& out) {
  out.set_found(static_cast<pb::Counterfactual::Found>(found.found));
  const explain::WeightOrder before = AsWeighed(stated);
  const ChangeTeller teller(opened, ranking, offering, before, found.order);
  for (const explain::Change& change : found.changes) teller.Tell(change, *out.add_changes());
  out.set_at_least(static_cast<int32_t>(found.at_least));
  out.set_trial_count(static_cast<int32_t>(found.trials));
  if (found.found == explain::Found::kUndecided) {
    out.set_limit_met(std::string(LimitName(found.limit)));
  }
  if (found.found == explain::Found::kChanges) out.set_smallest(found.smallest);
  if (!out.insufficient_range() &&
      (found.found == explain::Found::kAlready || found.found == explain::Found::kChanges)) {
    out.set_rank(found.rank);
    out.set_score(found.score);
  }
}

// --- What to give up -----------------------------------------------------------------------------

std::string WishTitle(const Case& opened, const catalog::v1::Need& need, const explain::Wish& wish,
                      Language language) {
  if (wish.kind == explain::Wish::Kind::kMustFeature) {
    return FeatureTitle(need, wish.feature, language);
  }
  return Of(opened.rules().constraints(wish.constraint).title(), language);
}

std::string RepairText(const pb::Repair& repair, bool enough_groups, Language language) {
  const bool fr = language == Language::kFr;
  std::vector<std::string> wishes;
  for (const pb::RelaxedWish& wish : repair.relaxed()) {
    wishes.push_back(Quoted(Of(wish.title(), language), language));
  }
  // How many would qualify; who would stand where, only a recommendation says.
  return fr ? absl::StrCat("En renonçant à ", List(wishes, language), ", ",
                           Count(repair.regained_count(), "offre remplirait les conditions",
                                 "offres rempliraient les conditions", "", "", language),
                           enough_groups ? "." : " : trop peu de fournisseurs pour un classement.")
            : absl::StrCat("Without requiring ", List(wishes, language), ", ",
                           Count(repair.regained_count(), "", "", "offering would qualify",
                                 "offerings would qualify", language),
                           enough_groups ? "." : ": too few suppliers for a ranking.");
}

std::string RepairsText(const Case& opened, const RankingCase& ranking, const pb::Repairs& out,
                        Language language) {
  const bool fr = language == Language::kFr;
  if (!ranking.ranking.ranked.empty()) {
    const std::string text =
        Count(static_cast<int64_t>(ranking.ranking.ranked.size()),
              "offre remplit les conditions : il n'y a rien à abandonner.",
              "offres remplissent les conditions : il n'y a rien à abandonner.",
              "offering meets the conditions: there is nothing to give up.",
              "offerings meet the conditions: there is nothing to give up.", language);
    return out.insufficient_range() ? absl::StrCat(text, " ", NoRankingText(opened, language))
                                    : text;
  }
  if (out.repairs().empty()) {
    return fr ? "Aucune offre n'est classée, et renoncer à quelques exigences n'y changerait rien "
                ": "
                "ce qui les écarte relève de la loi, de la sécurité, ou d'informations manquantes. "
                "Aujourd'hui, n'achetez rien pour ce besoin."
              : "No offering is ranked, and giving up some requirements would not help: what keeps "
                "them out is law, safety, or facts not stated. For now, buy nothing for this need.";
  }
  const int ways = out.repairs_size();
  // No feature is marked as one that a law asks for: who gives one up is told to mind that.
  const bool features =
      std::any_of(out.repairs().begin(), out.repairs().end(), [](const pb::Repair& repair) {
        return std::any_of(repair.relaxed().begin(), repair.relaxed().end(),
                           [](const pb::RelaxedWish& wish) { return !wish.feature_id().empty(); });
      });
  return fr ? absl::StrCat("Aucune offre n'est classée. ",
                           ways == 1 ? "Une façon d'y remédier"
                                     : absl::StrCat(ways, " façons d'y remédier, au choix"),
                           ", sans toucher aux règles de loi ou de sécurité",
                           features ? " (si la loi demande une fonction à laquelle vous renoncez, "
                                      "il faut l'assurer autrement)"
                                    : "",
                           " :")
            : absl::StrCat(
                  "No offering is ranked. ",
                  ways == 1 ? "One way out" : absl::StrCat(ways, " ways out, to choose from"),
                  ", with no rule of law or safety touched",
                  features ? " (where law asks for a feature that you give up, see to it in "
                             "another way)"
                           : "",
                  ":");
}

void TellRepairsOf(const Case& opened, const RankingCase& ranking, pb::Repairs& out) {
  SetNeed(ranking, out);
  out.set_insufficient_range(ranking.shown->insufficient_range());
  const decision::CompiledNeed& compiled = opened.needs()[ranking.need];
  const catalog::v1::Need& need = opened.rules().needs(compiled.need);
  const explain::Inquiry inquiry = opened.InquiryOf(ranking);
  // The firm names its must-haves in the order in which they matter to it.
  std::vector<uint8_t> musts;
  const auto& ordinals = opened.rulebook().feature_ordinals[compiled.need];
  for (const std::string& id : opened.asked()[ranking.need].must_features()) {
    if (const auto found = ordinals.find(id); found != ordinals.end()) {
      musts.push_back(found->second);
    }
  }
  const explain::Repairs found = explain::FindRepairs(
      inquiry, ranking.ranking, explain::UsualWishes(inquiry, opened.mandatory(), musts));
  out.set_complete(found.complete);
  for (const explain::Repair& repair : found.repairs) {
    auto& told = *out.add_repairs();
    for (const explain::Wish& wish : repair.relaxed) {
      auto& relaxed = *told.add_relaxed();
      if (wish.kind == explain::Wish::Kind::kMustFeature) {
        if (const auto* feature = FindFeature(need, wish.feature); feature != nullptr) {
          relaxed.set_feature_id(feature->feature_id());
        }
      } else {
        relaxed.set_constraint_id(opened.rules().constraints(wish.constraint).constraint_id());
      }
      *relaxed.mutable_title() = Text(WishTitle(opened, need, wish, Language::kFr),
                                      WishTitle(opened, need, wish, Language::kEn));
    }
    told.set_regained_count(static_cast<int32_t>(repair.regained.size()));
    for (const uint32_t row : repair.regained) {
      if (told.regained_size() == kRegainedShown) break;
      SetRef(opened.NameOf(row), *told.add_regained());
    }
    // Nothing is ranked today, so that what is regained is the whole list.
    std::set<uint32_t> groups;
    for (const uint32_t row : repair.regained) groups.insert(inquiry.table.groups[row]);
    const bool enough_groups =
        static_cast<int64_t>(groups.size()) >= opened.rules().min_ownership_groups();
    *told.mutable_sentence() = Text(RepairText(told, enough_groups, Language::kFr),
                                    RepairText(told, enough_groups, Language::kEn));
  }
  *out.mutable_summary() = Text(RepairsText(opened, ranking, out, Language::kFr),
                                RepairsText(opened, ranking, out, Language::kEn));
}

}  // namespace

pb::CounterfactualExplanation TellCounterfactuals(const Case& opened, const std::string& offering,
                                                  Goal goal, Side side, absl::string_view need_id) {
  pb::CounterfactualExplanation out;
  out.set_recommendation(opened.sources().shown.name());
  SetRef(offering, *out.mutable_offering());
  out.set_goal(goal);
  out.set_side(side);
  const auto engine_goal = goal == pb::CounterfactualExplanation::FIRST_BAND
                               ? explain::Goal::kFirstBand
                               : explain::Goal::kTopThree;
  const explain::FactShapes shapes = explain::ShapesOf(opened.rulebook());
  const std::optional<uint32_t> row = opened.RowOf(offering);
  const explain::WeightOrder stated = StatedOrder(opened);
  for (size_t n = 0; n < opened.needs().size(); ++n) {
    if (!opened.Asked(n, need_id)) continue;
    pb::Counterfactual& told = *out.add_needs();
    const pb::NeedResult& result = opened.sources().shown.results(static_cast<int>(n));
    told.set_need_id(result.need_id());
    *told.mutable_need_title() = result.title();
    told.set_found(pb::Counterfactual::NO_CANDIDATE);
    const RankingCase* ranking = row.has_value() ? opened.Find(n, *row) : nullptr;
    type::LocalizedText order_then;
    const auto least = static_cast<uint32_t>(opened.rules().min_ownership_groups());
    Groups groups;
    if (ranking != nullptr) {
      SetNeed(*ranking, told);
      const explain::Inquiry inquiry = opened.InquiryOf(*ranking);
      const auto find = [&](const explain::Terms& terms) {
        switch (side) {
          case pb::CounterfactualExplanation::OFFERING:
            return explain::FindOfferingChanges(inquiry, ranking->ranking, shapes, *row,
                                                engine_goal, terms);
          case pb::CounterfactualExplanation::FIRM:
            return explain::FindFirmChanges(inquiry, ranking->ranking, shapes, *row, engine_goal,
                                            terms);
          default:
            return explain::FindWeightChanges(inquiry, ranking->ranking, stated, *row, engine_goal,
                                              terms);
        }
      };
      explain::Counterfactual found = find({.min_groups = least});
      groups.enough_today = ranking->ranking.ranked_group_count >= least;
      if (found.found != explain::Found::kAlready && found.found != explain::Found::kChanges &&
          !groups.enough_today) {
        // No ranking today, and no way found to one with the offering in that place: then no place
        // is spoken of, only what it takes to be in the list.
        found = find({.any_place = true});
        told.set_insufficient_range(true);
        groups.enough_then = found.groups >= least;
      }
      TellFound(opened, *ranking, offering, stated, found, told);
      if (side == pb::CounterfactualExplanation::WEIGHTS &&
          found.found == explain::Found::kChanges) {
        *told.mutable_weights() = ChoiceOf(opened, found.order);
        order_then = Text(OrderText(opened, found.order, Language::kFr),
                          OrderText(opened, found.order, Language::kEn));
      }
    }
    const auto summary = [&](Language language) {
      const std::string text =
          Summary(told, goal, side, Of(order_then, language), groups, language);
      return groups.enough_today ? text : absl::StrCat(NoRankingText(opened, language), " ", text);
    };
    *told.mutable_summary() = Text(summary(Language::kFr), summary(Language::kEn));
  }
  return out;
}

pb::RepairsExplanation TellRepairs(const Case& opened, absl::string_view need_id) {
  pb::RepairsExplanation out;
  out.set_recommendation(opened.sources().shown.name());
  for (const RankingCase& ranking : opened.rankings()) {
    if (opened.Asked(ranking.need, need_id)) TellRepairsOf(opened, ranking, *out.add_rankings());
  }
  return out;
}

}  // namespace aplomb::tell
