#include "decision/explain/why_not.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace aplomb::explain {
namespace {

using engine::Finding;

std::vector<FailedRule> FailedRules(const std::vector<Finding>& findings,
                                    uint64_t mandatory_constraints) {
  std::vector<FailedRule> failed;
  failed.reserve(findings.size());
  for (const Finding& finding : findings) {
    const bool mandatory = finding.constraint != Finding::kMinimumFact &&
                           ((mandatory_constraints >> finding.constraint) & 1u) != 0;
    failed.push_back({.finding = finding, .mandatory = mandatory});
  }
  return failed;
}

std::vector<Loss> Losses(const engine::RankedOffering& offering,
                         const engine::RankedOffering& first) {
  std::vector<Loss> losses;
  losses.reserve(offering.contributions.size());
  for (size_t i = 0; i < offering.contributions.size(); ++i) {
    const engine::Contribution& own = offering.contributions[i];
    const engine::Contribution& other = first.contributions[i];
    losses.push_back({.criterion = own.criterion,
                      .state = own.state,
                      .x = own.x,
                      .first_x = other.x,
                      .value = own.value,
                      .first_value = other.value,
                      .weight_bp = own.weight_bp,
                      .loss = other.contribution - own.contribution});
  }
  std::stable_sort(losses.begin(), losses.end(),
                   [](const Loss& a, const Loss& b) { return a.loss > b.loss; });
  return losses;
}

template <typename Item>
const Item* FindRow(const std::vector<Item>& items, uint32_t row) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.row == row; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

Funnel MakeFunnel(const engine::Ranking& ranking) {
  Funnel funnel;
  funnel.excluded = static_cast<uint32_t>(ranking.excluded.size());
  funnel.to_confirm = static_cast<uint32_t>(ranking.to_confirm.size());
  funnel.ranked = static_cast<uint32_t>(ranking.ranked.size());
  funnel.candidates = funnel.excluded + funnel.to_confirm + funnel.ranked;
  // A handful: looking through them is quicker than a map.
  const auto step_of = [&](const Finding& finding) -> FunnelStep& {
    for (FunnelStep& step : funnel.steps) {
      if (step.constraint == finding.constraint && step.minimum_fact == finding.minimum_fact) {
        return step;
      }
    }
    funnel.steps.push_back(
        {.constraint = finding.constraint, .minimum_fact = finding.minimum_fact});
    return funnel.steps.back();
  };
  for (const auto* list : {&ranking.excluded, &ranking.to_confirm}) {
    for (const engine::UnrankedOffering& offering : *list) {
      for (size_t i = 0; i < offering.findings.size(); ++i) {
        const Finding& finding = offering.findings[i];
        FunnelStep& step = step_of(finding);
        ++step.failed;
        if (i == 0) ++step.first;  // findings stand in the order of the steps
        if (offering.findings.size() == 1) ++step.alone;
      }
    }
  }
  // kMinimumFact is above every ordinal.
  std::sort(funnel.steps.begin(), funnel.steps.end(), [](const FunnelStep& a, const FunnelStep& b) {
    return std::tie(a.constraint, a.minimum_fact) < std::tie(b.constraint, b.minimum_fact);
  });
  return funnel;
}

WhyNot ExplainWhyNot(const Inquiry& inquiry, const engine::Ranking& ranking,
                     uint64_t mandatory_constraints, uint32_t row) {
  CHECK_LT(row, inquiry.table.row_count) << "a row of the table is asked about";
  WhyNot why;
  why.funnel = MakeFunnel(ranking);
  if (const auto* offering = FindRow(ranking.excluded, row)) {
    why.standing = Standing::kExcluded;
    why.failed = FailedRules(offering->findings, mandatory_constraints);
    return why;
  }
  if (const auto* offering = FindRow(ranking.to_confirm, row)) {
    why.standing = Standing::kToConfirm;
    why.failed = FailedRules(offering->findings, mandatory_constraints);
    return why;
  }
  if (const auto* offering = FindRow(ranking.ranked, row)) {
    const engine::RankedOffering& first = ranking.ranked.front();
    why.standing = Standing::kRanked;
    why.rank = offering->rank;
    why.band = offering->band;
    why.score = offering->score;
    why.close_to_next_band = offering->close_to_next_band;
    why.offerings_above = static_cast<uint32_t>(
        std::count_if(ranking.ranked.begin(), ranking.ranked.end(),
                      [&](const auto& other) { return other.band > offering->band; }));
    why.first_row = first.row;
    why.first_band = first.band;
    why.gap = first.score - offering->score;
    why.losses = Losses(*offering, first);
    return why;
  }
  const std::vector<uint32_t>& rows = inquiry.table.candidates[inquiry.request.need].rows;
  why.serves_need = std::find(rows.begin(), rows.end(), row) != rows.end();
  return why;
}

}  // namespace aplomb::explain
