#include "decision/explain/compare.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace aplomb::explain {
namespace {

// Parts of one side, largest first, equal ones by ordinal.
std::vector<Cover> SortedParts(const std::vector<Difference>& differences, int64_t sign) {
  std::vector<Cover> parts;
  for (const Difference& d : differences) {
    if (sign * d.difference > 0) {
      parts.push_back({.criterion = d.criterion, .amount = sign * d.difference});
    }
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Cover& a, const Cover& b) { return a.amount > b.amount; });
  return parts;
}

// Sets each con against the pros, both in their order; what a pro has left goes on to the next con.
void SetAgainst(Comparison& comparison) {
  const int64_t sign = comparison.better_is_a ? 1 : -1;
  std::vector<Cover> pros = SortedParts(comparison.differences, sign);
  size_t next = 0;
  for (const Cover& con : SortedParts(comparison.differences, -sign)) {
    CoveredCon covered{.criterion = con.criterion, .amount = con.amount, .uncovered = con.amount};
    while (covered.uncovered > 0 && next < pros.size()) {
      Cover& pro = pros[next];
      const int64_t amount = std::min(covered.uncovered, pro.amount);
      covered.covers.push_back({.criterion = pro.criterion, .amount = amount});
      covered.uncovered -= amount;
      pro.amount -= amount;
      if (pro.amount == 0) ++next;
    }
    comparison.cons.push_back(std::move(covered));
  }
  comparison.left_over.assign(pros.begin() + static_cast<ptrdiff_t>(next), pros.end());
}

bool Told(const std::vector<Reason>& reasons, uint8_t criterion) {
  return std::any_of(reasons.begin(), reasons.end(),
                     [&](const Reason& reason) { return reason.criterion == criterion; });
}

// Adds the largest of `from` that neither list tells yet, while there is room.
void Fill(const std::vector<Reason>& from, const std::vector<Reason>& other,
          std::vector<Reason>& reasons) {
  for (const Reason& reason : from) {
    if (reasons.size() >= kStrongestReasons) return;
    if (Told(reasons, reason.criterion) || Told(other, reason.criterion)) continue;
    reasons.push_back(reason);
  }
  std::stable_sort(reasons.begin(), reasons.end(), [](const Reason& a, const Reason& b) {
    return a.amount != b.amount ? a.amount > b.amount : a.criterion < b.criterion;
  });
}

std::vector<Reason> SortedReasons(const engine::RankedOffering& offering, bool in_favour) {
  std::vector<Reason> reasons;
  for (const engine::Contribution& c : offering.contributions) {
    const int64_t amount =
        in_favour ? c.contribution : int64_t{c.weight_bp} * (engine::kValueMax - c.value);
    if (amount == 0) continue;
    reasons.push_back(
        {.criterion = c.criterion, .value = c.value, .weight_bp = c.weight_bp, .amount = amount});
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const Reason& a, const Reason& b) { return a.amount > b.amount; });
  return reasons;
}

std::vector<Reason> Where(std::vector<Reason> reasons, bool high) {
  reasons.erase(std::remove_if(reasons.begin(), reasons.end(),
                               [&](const Reason& reason) {
                                 return (reason.value >= engine::kValueMax / 2) != high;
                               }),
                reasons.end());
  return reasons;
}

}  // namespace

Comparison CompareOfferings(const engine::RankedOffering& a, const engine::RankedOffering& b) {
  CHECK_EQ(a.contributions.size(), b.contributions.size()) << "both are of one ranking";
  Comparison comparison;
  for (size_t i = 0; i < a.contributions.size(); ++i) {
    const engine::Contribution& ca = a.contributions[i];
    const engine::Contribution& cb = b.contributions[i];
    CHECK(ca.criterion == cb.criterion && ca.weight_bp == cb.weight_bp)
        << "both are of one ranking";
    comparison.differences.push_back({.criterion = ca.criterion,
                                      .weight_bp = ca.weight_bp,
                                      .value_a = ca.value,
                                      .value_b = cb.value,
                                      .difference = ca.contribution - cb.contribution});
  }
  comparison.gap = a.score - b.score;
  comparison.better_is_a = comparison.gap >= 0;
  comparison.same_band = a.band == b.band;
  SetAgainst(comparison);
  return comparison;
}

Reasons StrongestReasons(const engine::RankedOffering& offering) {
  const std::vector<Reason> contributions = SortedReasons(offering, true);
  const std::vector<Reason> lost = SortedReasons(offering, false);
  Reasons reasons;
  Fill(Where(contributions, true), {}, reasons.in_favour);
  Fill(Where(lost, false), {}, reasons.against);
  Fill(contributions, reasons.against, reasons.in_favour);
  Fill(lost, reasons.in_favour, reasons.against);
  return reasons;
}

}  // namespace aplomb::explain
