#include "decision/tell/why.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "decision/explain/compare.h"
#include "decision/explain/why_not.h"
#include "decision/fact_labels.h"
#include "decision/tell/words.h"

namespace aplomb::tell {
namespace {

namespace pb = advisor::v1;

constexpr size_t kLossesTold = 3;  // in a summary; the list has all

std::string RuleId(const Case& opened, uint8_t constraint) {
  if (constraint == engine::Finding::kMinimumFact) return "MIN";
  return opened.rules().constraints(constraint).constraint_id();
}

type::LocalizedText RuleTitle(const Case& opened, const RankingCase& ranking,
                              const explain::FunnelStep& step) {
  if (step.constraint != engine::Finding::kMinimumFact) {
    return opened.rules().constraints(step.constraint).title();
  }
  const auto& need = opened.rules().needs(opened.needs()[ranking.need].need);
  const std::string& name = need.minimum_facts(step.minimum_fact);
  type::LocalizedText fact = Text(name, name);
  if (absl::StartsWith(name, "cost.")) {
    fact = Text("tarif", "tariff");
  } else if (name == "features") {
    fact = Text("fonctions", "features");
  } else if (const auto* info = decision::FactRegistry::Get().Find(name); info != nullptr) {
    fact = decision::FactLabel(*info);
  }
  return Text(absl::StrCat("Information indispensable : ", fact.fr()),
              absl::StrCat("Indispensable fact: ", fact.en()));
}

const pb::RankedOffering* FindRanked(const pb::Ranking& shown, const std::string& offering) {
  for (const pb::Band& band : shown.bands()) {
    for (const pb::RankedOffering& ranked : band.offerings()) {
      if (ranked.offering() == offering) return &ranked;
    }
  }
  return nullptr;
}

const pb::UnrankedOffering* FindUnranked(const pb::Ranking& shown, const std::string& offering) {
  for (const auto* list : {&shown.excluded(), &shown.to_confirm()}) {
    for (const pb::UnrankedOffering& unranked : *list) {
      if (unranked.offering() == offering) return &unranked;
    }
  }
  return nullptr;
}

type::LocalizedText SentenceOf(const pb::RankedOffering* offering, const std::string& criterion) {
  if (offering == nullptr) return {};
  for (const pb::Contribution& c : offering->contributions()) {
    if (c.criterion_id() == criterion) return c.sentence();
  }
  return {};
}

// --- The funnel ----------------------------------------------------------------------------------

// As Count, "aucune n'est classée" for none.
std::string Some(int64_t n, absl::string_view fr_one, absl::string_view fr_many,
                 absl::string_view en_one, absl::string_view en_many, Language language) {
  if (n > 0) return Count(n, fr_one, fr_many, en_one, en_many, language);
  if (language != Language::kFr) return absl::StrCat("none ", en_one);
  const bool vowel = !fr_one.empty() && fr_one[0] == 'e';
  return absl::StrCat(vowel ? "aucune n'" : "aucune ne ", fr_one);
}

// Of one delivery mode: the two are counted apart.
std::string FunnelText(const explain::Funnel& funnel, engine::DeliveryMode mode, bool no_ranking,
                       Language language) {
  const bool fr = language == Language::kFr;
  const bool done = mode == engine::DeliveryMode::kHaveItDone;
  return absl::StrCat(
      fr ? "Sur " : "Of ",
      Count(funnel.candidates, "offre publiée pour ce besoin", "offres publiées pour ce besoin",
            "offering published for this need", "offerings published for this need", language),
      fr ? (done ? " à faire faire" : " à faire soi-même")
         : (done ? " to have it done" : " to do it yourself"),
      fr ? " : " : ": ",
      Some(funnel.excluded, "est écartée", "sont écartées", "is excluded", "are excluded",
           language),
      ", ",
      Some(funnel.to_confirm, "reste à confirmer", "restent à confirmer", "is to be confirmed",
           "are to be confirmed", language),
      fr ? " et " : " and ",
      no_ranking ? Some(funnel.ranked, "remplit les conditions", "remplissent les conditions",
                        "meets the conditions", "meet the conditions", language)
                 : Some(funnel.ranked, "est classée", "sont classées", "is ranked", "are ranked",
                        language),
      ".");
}

void TellFunnel(const Case& opened, const RankingCase& ranking, const explain::Funnel& funnel,
                pb::Funnel& out) {
  out.set_candidate_count(static_cast<int32_t>(funnel.candidates));
  out.set_excluded_count(static_cast<int32_t>(funnel.excluded));
  out.set_to_confirm_count(static_cast<int32_t>(funnel.to_confirm));
  out.set_ranked_count(static_cast<int32_t>(funnel.ranked));
  for (const explain::FunnelStep& step : funnel.steps) {
    auto& told = *out.add_steps();
    told.set_rule_id(RuleId(opened, step.constraint));
    *told.mutable_title() = RuleTitle(opened, ranking, step);
    told.set_failed_count(static_cast<int32_t>(step.failed));
    told.set_first_count(static_cast<int32_t>(step.first));
    told.set_alone_count(static_cast<int32_t>(step.alone));
  }
  const bool no_ranking = IsNoRanking(ranking);
  *out.mutable_summary() = Text(FunnelText(funnel, ranking.mode, no_ranking, Language::kFr),
                                FunnelText(funnel, ranking.mode, no_ranking, Language::kEn));
}

// --- Not ranked ----------------------------------------------------------------------------------

std::string NotCandidateText(bool serves_need, Language language) {
  const bool fr = language == Language::kFr;
  if (serves_need) {
    return fr ? "Cette offre répond au besoin d'une autre façon (faire soi-même ou faire faire) : "
                "les deux façons sont classées à part, et l'autre n'a pas de classement ici."
              : "This offering meets the need in the other way (do it yourself or have it done): "
                "the two are ranked apart, and the other one has no ranking here.";
  }
  return fr ? "Cette offre ne dit pas répondre à ce besoin : elle n'a donc pas été comparée."
            : "This offering does not say that it meets this need: so it was not compared.";
}

void TellFailed(const Case& opened, const explain::WhyNot& found, const pb::UnrankedOffering& shown,
                pb::WhyNot& out) {
  // `failed` and `findings` are both in the engine's order.
  for (size_t i = 0; i < found.failed.size() && i < static_cast<size_t>(shown.findings_size());
       ++i) {
    auto& failed = *out.add_failed_rules();
    *failed.mutable_finding() = shown.findings(static_cast<int>(i));
    failed.set_mandatory(found.failed[i].mandatory);
  }
  int64_t violated = 0;
  int64_t silent = 0;
  for (const explain::FailedRule& rule : found.failed) {
    const bool unknown = rule.finding.truth == engine::Truth::kUnknown;
    const bool excluding =
        !unknown || (rule.finding.constraint != engine::Finding::kMinimumFact &&
                     opened.rules().constraints(rule.finding.constraint).exclude_when_unknown());
    ++(excluding ? violated : silent);
  }
  const auto text = [&](Language language) {
    const bool fr = language == Language::kFr;
    std::string summary;
    if (found.standing == explain::Standing::kExcluded) {
      summary = absl::StrCat(
          fr ? "Cette offre est écartée : " : "This offering is excluded: ",
          Count(violated, "condition n'est pas remplie", "conditions ne sont pas remplies",
                "condition is not met", "conditions are not met", language));
      if (silent > 0) {
        absl::StrAppend(
            &summary, fr ? ", et " : ", and ",
            Count(silent, "point reste à documenter", "points restent à documenter",
                  "point is to be documented", "points are to be documented", language));
      }
      absl::StrAppend(&summary, ".");
    } else {
      summary = absl::StrCat(
          fr ? "Rien ne s'oppose à cette offre, mais "
             : "Nothing speaks against this offering, but ",
          Count(silent, "information manque", "informations manquent", "fact is missing",
                "facts are missing", language),
          silent == 1
              ? (fr ? " : sans elle, ni note ni rang." : ": without it, no score and no rank.")
              : (fr ? " : sans elles, ni note ni rang." : ": without them, no score and no rank."));
    }
    for (const pb::FailedRule& rule : out.failed_rules()) {
      absl::StrAppend(&summary, " ", Of(rule.finding().sentence(), language));
      if (out.failed_rules_size() > 2) break;
    }
    return summary;
  };
  *out.mutable_summary() = Text(text(Language::kFr), text(Language::kEn));
}

// --- Ranked --------------------------------------------------------------------------------------

// "Coût sur 36 mois (-4,10)", the largest losses, or the largest gains.
std::vector<std::string> Largest(const pb::WhyNot& out, bool losses, Language language) {
  std::vector<const pb::Loss*> sorted;
  for (const pb::Loss& loss : out.losses()) {
    if (losses ? loss.loss() > 0 : loss.loss() < 0) sorted.push_back(&loss);
  }
  if (!losses) std::reverse(sorted.begin(), sorted.end());
  std::vector<std::string> told;
  for (const pb::Loss* loss : sorted) {
    if (told.size() == kLossesTold) break;
    told.push_back(absl::StrCat(Of(loss->title(), language), " (", losses ? "-" : "+",
                                PrintPoints(losses ? loss->loss() : -loss->loss(), language), ")"));
  }
  return told;
}

std::string RankedText(const pb::WhyNot& out, int64_t equals, Language language) {
  const bool fr = language == Language::kFr;
  const std::string points = PrintPoints(out.score(), language);
  std::string text;
  if (out.rank() == 1) {
    text = absl::StrCat(
        fr ? "Cette offre est au premier rang avec " : "This offering has the first rank with ",
        points, fr ? " points sur 100" : " points of 100");
    if (equals > 1) {
      absl::StrAppend(
          &text, fr ? ", à égalité avec " : ", as an equal of ",
          Count(equals - 1, "autre", "autres", "other one", "other ones", language),
          fr ? " : entre elles, l'ordre est tiré au sort." : ": between them, the order is a lot.");
    } else {
      absl::StrAppend(&text, ".");
    }
    return text;
  }
  text = fr ? absl::StrCat("Cette offre est au rang ", out.rank(), " avec ", points,
                           " points sur 100, soit ", PrintPoints(out.gap(), language),
                           " de moins que l'offre affichée en premier. ",
                           Count(out.offerings_above(), "offre est mieux classée.",
                                 "offres sont mieux classées.", "", "", language))
            : absl::StrCat("This offering has rank ", out.rank(), " with ", points,
                           " points of 100, that is ", PrintPoints(out.gap(), language),
                           " less than the offering shown first. ",
                           Count(out.offerings_above(), "", "", "offering is ranked better.",
                                 "offerings are ranked better.", language));
  const std::vector<std::string> losses = Largest(out, true, language);
  const std::vector<std::string> gains = Largest(out, false, language);
  if (!losses.empty()) {
    absl::StrAppend(
        &text,
        fr ? " Ce qui lui coûte le plus face à elle : " : " What costs it most against that one: ",
        List(losses, language), ".");
  }
  if (!gains.empty()) {
    absl::StrAppend(&text, fr ? " Là où elle fait mieux : " : " Where it does better: ",
                    List(gains, language), ".");
  }
  return text;
}

void TellRanked(const Case& opened, const RankingCase& ranking, const explain::WhyNot& found,
                const std::string& offering, pb::WhyNot& out) {
  if (IsNoRanking(ranking)) {
    *out.mutable_summary() =
        Text(absl::StrCat(NoRankingText(opened, Language::kFr),
                          " Cette offre remplit toutes les conditions ; aucun rang n'est donné."),
             absl::StrCat(NoRankingText(opened, Language::kEn),
                          " This offering meets all conditions; no rank is given."));
    return;
  }
  out.set_rank(found.rank);
  out.set_score(found.score);
  out.set_offerings_above(static_cast<int32_t>(found.offerings_above));
  SetRef(opened.NameOf(found.first_row), *out.mutable_first());
  out.set_gap(found.gap);
  const pb::RankedOffering* own = FindRanked(*ranking.shown, offering);
  const pb::RankedOffering* first = FindRanked(*ranking.shown, out.first().offering());
  for (const explain::Loss& loss : found.losses) {
    const auto& rule = opened.rules().criteria(loss.criterion);
    auto& told = *out.add_losses();
    told.set_criterion_id(rule.criterion_id());
    *told.mutable_title() = rule.title();
    told.set_weight_bp(loss.weight_bp);
    told.set_value(loss.value);
    told.set_first_value(loss.first_value);
    told.set_loss(loss.loss);
    *told.mutable_sentence() = SentenceOf(own, rule.criterion_id());
    *told.mutable_first_sentence() = SentenceOf(first, rule.criterion_id());
  }
  const auto equals =
      std::count_if(ranking.ranking.ranked.begin(), ranking.ranking.ranked.end(),
                    [&](const engine::RankedOffering& r) { return r.rank == found.rank; });
  *out.mutable_summary() =
      Text(RankedText(out, equals, Language::kFr), RankedText(out, equals, Language::kEn));
}

void TellWhyNotOf(const Case& opened, const RankingCase& ranking, uint32_t row, pb::WhyNot& out) {
  const explain::WhyNot found =
      explain::ExplainWhyNot(opened.InquiryOf(ranking), ranking.ranking, opened.mandatory(), row);
  SetNeed(ranking, out);
  out.set_insufficient_range(IsNoRanking(ranking));
  out.set_standing(StandingOf(found.standing));
  TellFunnel(opened, ranking, found.funnel, *out.mutable_funnel());
  const std::string& offering = opened.NameOf(row);
  switch (found.standing) {
    case explain::Standing::kNotCandidate:
      *out.mutable_summary() = Text(NotCandidateText(found.serves_need, Language::kFr),
                                    NotCandidateText(found.serves_need, Language::kEn));
      return;
    case explain::Standing::kExcluded:
    case explain::Standing::kToConfirm:
      if (const pb::UnrankedOffering* shown = FindUnranked(*ranking.shown, offering);
          shown != nullptr) {
        TellFailed(opened, found, *shown, out);
      }
      return;
    case explain::Standing::kRanked:
      TellRanked(opened, ranking, found, offering, out);
      return;
  }
}

// --- Two side by side ----------------------------------------------------------------------------

const engine::RankedOffering* FindRow(const engine::Ranking& ranking, uint32_t row) {
  for (const engine::RankedOffering& ranked : ranking.ranked) {
    if (ranked.row == row) return &ranked;
  }
  return nullptr;
}

std::string ComparisonText(const Case& opened, const pb::Comparison& out, int64_t score_a,
                           int64_t score_b, Language language) {
  const bool fr = language == Language::kFr;
  // No score is told of a list that is no ranking.
  std::string text =
      out.insufficient_range()
          ? NoRankingText(opened, language)
          : absl::StrCat(fr ? "L'offre A obtient " : "Offering A gets ",
                         PrintPoints(score_a, language),
                         fr ? " points sur 100, l'offre B " : " points of 100, offering B ",
                         PrintPoints(score_b, language), ".");
  if (out.insufficient_range()) {
    // Neither is better: what speaks for each follows.
  } else if (out.same_band()) {
    absl::StrAppend(&text,
                    fr ? " L'écart est trop petit pour les départager : elles sont à égalité."
                       : " The gap is too small to tell them apart: they are equals.");
  } else {
    absl::StrAppend(&text, fr ? " L'offre " : " Offering ", out.better_is_a() ? "A" : "B",
                    fr ? " est donc mieux classée." : " is ranked better.");
  }
  const auto points = [&](bool better) {
    std::vector<const pb::CriterionDifference*> sorted;
    for (const pb::CriterionDifference& d : out.differences()) {
      const int64_t signed_difference = out.better_is_a() ? d.difference() : -d.difference();
      if (better ? signed_difference > 0 : signed_difference < 0) sorted.push_back(&d);
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto* x, const auto* y) {
      return std::abs(x->difference()) > std::abs(y->difference());
    });
    std::vector<std::string> told;
    for (const pb::CriterionDifference* d : sorted) {
      if (told.size() == kLossesTold) break;
      told.push_back(out.insufficient_range()
                         ? Of(d->title(), language)
                         : absl::StrCat(Of(d->title(), language), " (+",
                                        PrintPoints(std::abs(d->difference()), language), ")"));
    }
    return told;
  };
  const auto say = [&](bool better) {
    const std::vector<std::string> told = points(better);
    if (told.empty()) return;
    absl::StrAppend(&text, fr ? " Pour " : " For ", better == out.better_is_a() ? "A" : "B",
                    fr ? " : " : ": ", List(told, language), ".");
  };
  say(true);
  say(false);
  if (out.tco36_micros_a() != 0 || out.tco36_micros_b() != 0) {
    absl::StrAppend(&text,
                    fr ? " Coût complet sur 36 mois : A " : " All-in cost over 36 months: A ",
                    decision::PrintMoney(out.tco36_micros_a(), language), ", B ",
                    decision::PrintMoney(out.tco36_micros_b(), language), ".");
  }
  return text;
}

std::string CoverText(const pb::CoveredCon& con, bool better_is_a, Language language) {
  const bool fr = language == Language::kFr;
  std::vector<std::string> covers;
  for (const pb::Cover& cover : con.covers()) {
    covers.push_back(absl::StrCat(Quoted(Of(cover.title(), language), language), " (",
                                  PrintPoints(cover.amount(), language), ")"));
  }
  const absl::string_view better = better_is_a ? "A" : "B";
  const absl::string_view other = better_is_a ? "B" : "A";
  const std::string con_text = absl::StrCat(Quoted(Of(con.title(), language), language), " (",
                                            PrintPoints(con.amount(), language), ")");
  return fr ? absl::StrCat(other, " fait mieux sur ", con_text, " ; ", better, " le rattrape sur ",
                           List(covers, language), ".")
            : absl::StrCat(other, " does better on ", con_text, "; ", better,
                           " makes up for it on ", List(covers, language), ".");
}

void TellComparisonOf(const Case& opened, const RankingCase& ranking,
                      const engine::RankedOffering& a, const engine::RankedOffering& b,
                      pb::Comparison& out) {
  const explain::Comparison found = explain::CompareOfferings(a, b);
  out.set_comparable(true);
  out.set_insufficient_range(IsNoRanking(ranking));
  if (!out.insufficient_range()) {
    out.set_gap(found.gap);
    out.set_same_band(found.same_band);
    out.set_better_is_a(found.better_is_a);
  }
  if (a.cost.known) out.set_tco36_micros_a(a.cost.tco36_micros);
  if (b.cost.known) out.set_tco36_micros_b(b.cost.tco36_micros);
  const pb::RankedOffering* shown_a = FindRanked(*ranking.shown, opened.NameOf(a.row));
  const pb::RankedOffering* shown_b = FindRanked(*ranking.shown, opened.NameOf(b.row));
  for (const explain::Difference& difference : found.differences) {
    const auto& rule = opened.rules().criteria(difference.criterion);
    auto& told = *out.add_differences();
    told.set_criterion_id(rule.criterion_id());
    *told.mutable_title() = rule.title();
    told.set_weight_bp(difference.weight_bp);
    told.set_value_a(difference.value_a);
    told.set_value_b(difference.value_b);
    told.set_difference(difference.difference);
    *told.mutable_sentence_a() = SentenceOf(shown_a, rule.criterion_id());
    *told.mutable_sentence_b() = SentenceOf(shown_b, rule.criterion_id());
  }
  for (const explain::CoveredCon& con : found.cons) {
    if (out.insufficient_range()) break;
    auto& told = *out.add_cons();
    const auto& rule = opened.rules().criteria(con.criterion);
    told.set_criterion_id(rule.criterion_id());
    *told.mutable_title() = rule.title();
    told.set_amount(con.amount);
    for (const explain::Cover& cover : con.covers) {
      auto& told_cover = *told.add_covers();
      const auto& pro = opened.rules().criteria(cover.criterion);
      told_cover.set_criterion_id(pro.criterion_id());
      *told_cover.mutable_title() = pro.title();
      told_cover.set_amount(cover.amount);
    }
    *told.mutable_sentence() = Text(CoverText(told, found.better_is_a, Language::kFr),
                                    CoverText(told, found.better_is_a, Language::kEn));
  }
  *out.mutable_summary() = Text(ComparisonText(opened, out, a.score, b.score, Language::kFr),
                                ComparisonText(opened, out, a.score, b.score, Language::kEn));
}

std::string NotComparableText(bool a_ranked, bool b_ranked, Language language) {
  const bool fr = language == Language::kFr;
  if (a_ranked && b_ranked) {
    return fr ? "Les deux offres sont classées dans deux listes différentes (faire soi-même, faire "
                "faire), qui ne se comparent pas par une note."
              : "The two offerings are ranked in two different lists (do it yourself, have it "
                "done), which are not compared by a score.";
  }
  const std::string which =
      !a_ranked && !b_ranked ? (fr ? "Ni A ni B n'est classée" : "Neither A nor B is ranked")
      : a_ranked             ? (fr ? "L'offre B n'est pas classée" : "Offering B is not ranked")
                             : (fr ? "L'offre A n'est pas classée" : "Offering A is not ranked");
  return absl::StrCat(which, fr ? " pour ce besoin : sans note, rien à comparer. Demandez pourquoi "
                                  "avec l'explication « pourquoi pas »."
                                : " for this need: without a score, nothing can be compared. Ask "
                                  "why with the explanation \"why not\".");
}

}  // namespace

pb::WhyNotExplanation TellWhyNot(const Case& opened, const std::string& offering,
                                 absl::string_view need_id) {
  pb::WhyNotExplanation out;
  out.set_recommendation(opened.sources().shown.name());
  SetRef(offering, *out.mutable_offering());
  const std::optional<uint32_t> row = opened.RowOf(offering);
  for (size_t n = 0; n < opened.needs().size(); ++n) {
    if (!opened.Asked(n, need_id)) continue;
    const pb::NeedResult& result = opened.sources().shown.results(static_cast<int>(n));
    const auto add = [&]() -> pb::WhyNot& {
      pb::WhyNot& why = *out.add_needs();
      why.set_need_id(result.need_id());
      *why.mutable_need_title() = result.title();
      why.set_standing(pb::NOT_CANDIDATE);
      return why;
    };
    if (!row.has_value()) {
      *add().mutable_summary() = Text(
          "Le membre qui propose cette offre n'est pas actif à cette date : aucune de ses "
          "offres n'a été comparée.",
          "The member behind this offering is not active on that day: none of its offerings "
          "was compared.");
      continue;
    }
    if (const RankingCase* ranking = opened.Find(n, *row); ranking != nullptr) {
      TellWhyNotOf(opened, *ranking, *row, add());
      continue;
    }
    // In none of the rankings: what each of them made of its candidates.
    bool any = false;
    for (const RankingCase& ranking : opened.rankings()) {
      if (ranking.need != n) continue;
      any = true;
      TellWhyNotOf(opened, ranking, *row, add());
    }
    if (any) continue;
    *add().mutable_summary() = Text("Aucune offre n'est publiée pour ce besoin.",
                                    "No offering is published for this need.");
  }
  return out;
}

pb::ComparisonExplanation TellComparison(const Case& opened, const std::string& a,
                                         const std::string& b, absl::string_view need_id) {
  pb::ComparisonExplanation out;
  out.set_recommendation(opened.sources().shown.name());
  SetRef(a, *out.mutable_a());
  SetRef(b, *out.mutable_b());
  const std::optional<uint32_t> row_a = opened.RowOf(a);
  const std::optional<uint32_t> row_b = opened.RowOf(b);
  for (size_t n = 0; n < opened.needs().size(); ++n) {
    if (!opened.Asked(n, need_id)) continue;
    pb::Comparison& comparison = *out.add_needs();
    const pb::NeedResult& result = opened.sources().shown.results(static_cast<int>(n));
    comparison.set_need_id(result.need_id());
    *comparison.mutable_need_title() = result.title();
    const auto ranked = [&](std::optional<uint32_t> row, const RankingCase** ranking) {
      *ranking = row.has_value() ? opened.Find(n, *row) : nullptr;
      return *ranking == nullptr ? nullptr : FindRow((*ranking)->ranking, *row);
    };
    const RankingCase* ranking_a = nullptr;
    const RankingCase* ranking_b = nullptr;
    const engine::RankedOffering* ranked_a = ranked(row_a, &ranking_a);
    const engine::RankedOffering* ranked_b = ranked(row_b, &ranking_b);
    if (ranked_a == nullptr || ranked_b == nullptr || ranking_a != ranking_b) {
      const bool has_a = ranked_a != nullptr;
      const bool has_b = ranked_b != nullptr;
      *comparison.mutable_summary() = Text(NotComparableText(has_a, has_b, Language::kFr),
                                           NotComparableText(has_a, has_b, Language::kEn));
      continue;
    }
    SetNeed(*ranking_a, comparison);
    TellComparisonOf(opened, *ranking_a, *ranked_a, *ranked_b, comparison);
  }
  return out;
}

}  // namespace aplomb::tell
