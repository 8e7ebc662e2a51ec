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

int64_t AmountOf(const engine::Contribution& c, bool in_favour) {
  return in_favour ? c.contribution : int64_t{c.weight_bp} * (engine::kValueMax - c.value);
}

// Adds the largest that neither list tells yet while there is room; with `own_side`, only of those
// that belong there. A scan for each is quicker than sorting all.
void Fill(const engine::RankedOffering& offering, bool in_favour, bool own_side,
          const std::vector<Reason>& other, std::vector<Reason>& reasons) {
  while (reasons.size() < kStrongestReasons) {
    const engine::Contribution* largest = nullptr;
    int64_t amount = 0;
    for (const engine::Contribution& c : offering.contributions) {
      if (own_side && (c.value >= engine::kValueMax / 2) != in_favour) continue;
      if (AmountOf(c, in_favour) <= amount) continue;
      if (Told(reasons, c.criterion) || Told(other, c.criterion)) continue;
      largest = &c;
      amount = AmountOf(c, in_favour);
    }
    if (largest == nullptr) break;
    reasons.push_back({.criterion = largest->criterion,
                       .value = largest->value,
                       .weight_bp = largest->weight_bp,
                       .amount = amount});
  }
  std::sort(reasons.begin(), reasons.end(), [](const Reason& a, const Reason& b) {
    return a.amount != b.amount ? a.amount > b.amount : a.criterion < b.criterion;
  });
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
  Reasons reasons;
  reasons.in_favour.reserve(kStrongestReasons);
  reasons.against.reserve(kStrongestReasons);
  Fill(offering, true, true, {}, reasons.in_favour);
  Fill(offering, false, true, {}, reasons.against);
  Fill(offering, true, false, reasons.against, reasons.in_favour);
  Fill(offering, false, false, reasons.in_favour, reasons.against);
  return reasons;
}

}  // namespace aplomb::explain
