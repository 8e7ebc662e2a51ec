#include "decision/tell/what_if.h"

#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "decision/explain/counterfactual.h"
#include "decision/explain/repair.h"
#include "decision/explain/shapes.h"
#include "decision/fact_labels.h"
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

class ChangeTeller {
 public:
  ChangeTeller(const Case& opened, const RankingCase& ranking)
      : opened_(opened), need_(opened.rules().needs(opened.needs()[ranking.need].need)) {}

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
        return "pricing";
      case Kind::kGroupSwap:
        return absl::StrCat(opened_.rules().groups(change.group_a).group_id(), " ",
                            opened_.rules().groups(change.group_b).group_id());
    }
    return "";
  }

  std::string Group(uint8_t group, Language language) const {
    return Of(opened_.rules().groups(group).title(), language);
  }

  std::string Label(const explain::Change& change, Language language) const {
    const bool fr = language == Language::kFr;
    switch (change.kind) {
      case Kind::kOfferingFact:
      case Kind::kFirmFact:
        return Of(decision::FactLabel(Info(change)), language);
      case Kind::kFeature:
      case Kind::kMustFeature:
        return FeatureTitle(need_, change.feature, language);
      case Kind::kPrice:
        return fr ? "tous ses prix" : "all its prices";
      case Kind::kGroupSwap:
        return absl::StrCat(Group(change.group_a, language), fr ? " et " : " and ",
                            Group(change.group_b, language));
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
        return fr ? "ceux d'aujourd'hui" : "those of today";
      case Kind::kGroupSwap:
        return absl::StrCat(Group(change.group_a, language), ", ", Group(change.group_b, language));
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
        return absl::StrCat(decision::PrintPercent(change.to * 100, language),
                            fr ? " de moins" : " less");
      case Kind::kGroupSwap:
        return absl::StrCat(Group(change.group_b, language), ", ", Group(change.group_a, language));
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
        return fr ? absl::StrCat("Tous ses prix baissent de ",
                                 decision::PrintPercent(change.to * 100, language), ".")
                  : absl::StrCat("All its prices fall by ",
                                 decision::PrintPercent(change.to * 100, language), ".");
      case Kind::kGroupSwap:
        return fr ? absl::StrCat(Quoted(Group(change.group_a, language), language), " et ",
                                 Quoted(Group(change.group_b, language), language),
                                 " échangent leurs places dans l'ordre de priorité.")
                  : absl::StrCat(Quoted(Group(change.group_a, language), language), " and ",
                                 Quoted(Group(change.group_b, language), language),
                                 " change places in the order of priorities.");
    }
    return "";
  }

  const Case& opened_;
  const catalog::v1::Need& need_;
};

std::string GoalText(Goal goal, Language language) {
  const bool fr = language == Language::kFr;
  if (goal == pb::CounterfactualExplanation::FIRST_BAND) {
    return fr ? "le premier rang" : "the first rank";
  }
  return fr ? "les trois premières places" : "the first three places";
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

// Neither "possible" nor "impossible": said in so many words, with what was tried.
std::string UndecidedText(const pb::Counterfactual& out, absl::string_view what, Side side,
                          Language language) {
  const bool fr = language == Language::kFr;
  const std::string tried = decision::PrintCount(out.trial_count(), language);
  std::string text =
      fr ? absl::StrCat("Indécis : nous ne savons pas si cette offre peut atteindre ", what, ".")
         : absl::StrCat("Undecided: we do not know whether this offering can reach ", what, ".");
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
                  fr ? " Au-delà, la recherche s'arrête à sa limite, après "
                     : " Beyond that the search stops at its limit, after ",
                  tried,
                  fr ? " essais : ce n'est pas une preuve que ce soit impossible."
                     : " trials: this is no proof that it is impossible.");
  return text;
}

std::string Summary(const pb::Counterfactual& out, Goal goal, Side side, Language language) {
  const bool fr = language == Language::kFr;
  const std::string what = GoalText(goal, language);
  const std::string then =
      fr ? absl::StrCat(" Elle aurait alors ", PrintPoints(out.score(), language),
                        " points et serait au rang ", out.rank(), ".")
         : absl::StrCat(" It would then have ", PrintPoints(out.score(), language),
                        " points and stand at rank ", out.rank(), ".");
  switch (out.found()) {
    case pb::Counterfactual::ALREADY:
      return fr ? absl::StrCat("Rien n'est à changer : l'offre atteint déjà ", what, ".")
                : absl::StrCat("Nothing has to change: the offering reaches ", what, " already.");
    case pb::Counterfactual::CHANGES: {
      std::string text;
      if (out.changes_size() == 1) {
        text = fr ? absl::StrCat("Pour atteindre ", what, ", un seul changement",
                                 Who(side, language), " suffit :")
                  : absl::StrCat("To reach ", what, ", one change", Who(side, language),
                                 " is enough:");
      } else {
        text = fr ? absl::StrCat("Pour atteindre ", what, ", il faut ", out.changes_size(),
                                 " changements", Who(side, language),
                                 " à la fois ; moins ne suffirait pas :")
                  : absl::StrCat("To reach ", what, ", it takes ", out.changes_size(), " changes",
                                 Who(side, language), " together; fewer would not do:");
      }
      for (const pb::Change& change : out.changes()) {
        std::string sentence = Of(change.sentence(), language);
        // After a colon.
        if (&change == &out.changes(0)) sentence[0] = absl::ascii_tolower(sentence[0]);
        absl::StrAppend(&text, " ", sentence);
      }
      return text + then;
    }
    case pb::Counterfactual::IMPOSSIBLE:
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
      return UndecidedText(out, what, side, language);
  }
}

void TellFound(const Case& opened, const RankingCase& ranking, const explain::Counterfactual& found,
               pb::Counterfactual& out) {
  out.set_found(static_cast<pb::Counterfactual::Found>(found.found));
  const ChangeTeller teller(opened, ranking);
  for (const explain::Change& change : found.changes) teller.Tell(change, *out.add_changes());
  out.set_at_least(static_cast<int32_t>(found.at_least));
  out.set_trial_count(static_cast<int32_t>(found.trials));
  if (found.found == explain::Found::kChanges) out.set_smallest(found.smallest);
  if (found.found == explain::Found::kAlready || found.found == explain::Found::kChanges) {
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

std::string RepairText(const pb::Repair& repair, Language language) {
  const bool fr = language == Language::kFr;
  std::vector<std::string> wishes;
  for (const pb::RelaxedWish& wish : repair.relaxed()) {
    wishes.push_back(Quoted(Of(wish.title(), language), language));
  }
  return fr ? absl::StrCat("En renonçant à ", List(wishes, language), ", ",
                           Count(repair.regained_count(), "offre serait classée.",
                                 "offres seraient classées.", "", "", language))
            : absl::StrCat("Without requiring ", List(wishes, language), ", ",
                           Count(repair.regained_count(), "", "", "offering would be ranked.",
                                 "offerings would be ranked.", language));
}

std::string RepairsText(const Case& opened, const RankingCase& ranking, const pb::Repairs& out,
                        Language language) {
  const bool fr = language == Language::kFr;
  if (!ranking.ranking.ranked.empty()) {
    std::string text = Count(static_cast<int64_t>(ranking.ranking.ranked.size()),
                             "offre est classée : il n'y a rien à abandonner.",
                             "offres sont classées : il n'y a rien à abandonner.",
                             "offering is ranked: there is nothing to give up.",
                             "offerings are ranked: there is nothing to give up.", language);
    if (out.insufficient_range()) {
      absl::StrAppend(&text,
                      fr ? absl::StrCat(" Liste insuffisante : elles viennent de moins de ",
                                        opened.rules().min_ownership_groups(),
                                        " fournisseurs indépendants ; ce n'est pas un classement.")
                         : absl::StrCat(" Insufficient list: they come from fewer than ",
                                        opened.rules().min_ownership_groups(),
                                        " independent suppliers; this is no ranking."));
    }
    return text;
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
  return fr ? absl::StrCat("Aucune offre n'est classée. ",
                           ways == 1 ? "Une façon d'y remédier"
                                     : absl::StrCat(ways, " façons d'y remédier, au choix"),
                           ", sans toucher aux règles de loi ou de sécurité :")
            : absl::StrCat(
                  "No offering is ranked. ",
                  ways == 1 ? "One way out" : absl::StrCat(ways, " ways out, to choose from"),
                  ", with no rule of law or safety touched:");
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
      inquiry, ranking.ranking, explain::UsualWishes(inquiry, opened.mandatory(), musts, {}));
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
    *told.mutable_sentence() =
        Text(RepairText(told, Language::kFr), RepairText(told, Language::kEn));
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
  for (size_t n = 0; n < opened.needs().size(); ++n) {
    if (!opened.Asked(n, need_id)) continue;
    pb::Counterfactual& told = *out.add_needs();
    const pb::NeedResult& result = opened.sources().shown.results(static_cast<int>(n));
    told.set_need_id(result.need_id());
    *told.mutable_need_title() = result.title();
    told.set_found(pb::Counterfactual::NO_CANDIDATE);
    const RankingCase* ranking = row.has_value() ? opened.Find(n, *row) : nullptr;
    if (ranking != nullptr) {
      SetNeed(*ranking, told);
      const explain::Inquiry inquiry = opened.InquiryOf(*ranking);
      switch (side) {
        case pb::CounterfactualExplanation::OFFERING:
          TellFound(
              opened, *ranking,
              explain::FindOfferingChanges(inquiry, ranking->ranking, shapes, *row, engine_goal),
              told);
          break;
        case pb::CounterfactualExplanation::FIRM:
          TellFound(opened, *ranking,
                    explain::FindFirmChanges(inquiry, ranking->ranking, shapes, *row, engine_goal),
                    told);
          break;
        default:
          TellFound(opened, *ranking,
                    explain::FindWeightChanges(inquiry, ranking->ranking, *row, engine_goal), told);
      }
    }
    *told.mutable_summary() =
        Text(Summary(told, goal, side, Language::kFr), Summary(told, goal, side, Language::kEn));
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
