#include "decision/explain/compare.h"

#include <algorithm>
#include <array>
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

void Sort(std::vector<Reason>& reasons) {
  std::sort(reasons.begin(), reasons.end(), [](const Reason& a, const Reason& b) {
    return a.amount != b.amount ? a.amount > b.amount : a.criterion < b.criterion;
  });
}

// The two largest of one side; of equals the first met.
struct Two {
  const engine::Contribution* first = nullptr;
  const engine::Contribution* second = nullptr;
  int64_t first_amount = 0;
  int64_t second_amount = 0;
};
static_assert(kStrongestReasons == 2, "Two holds them");

void Keep(const engine::Contribution& c, int64_t amount, Two& two) {
  if (amount > two.first_amount) {
    two.second = two.first;
    two.second_amount = two.first_amount;
    two.first = &c;
    two.first_amount = amount;
  } else if (amount > two.second_amount) {
    two.second = &c;
    two.second_amount = amount;
  }
}

void Tell(const Two& two, std::vector<Reason>& reasons) {
  const auto add = [&](const engine::Contribution* c, int64_t amount) {
    if (c == nullptr) return;
    reasons.push_back({.criterion = c->criterion,
                       .value = c->value,
                       .weight_bp = c->weight_bp,
                       .amount = amount});
  };
  add(two.first, two.first_amount);
  add(two.second, two.second_amount);
  Sort(reasons);
}

// Adds the largest that neither list tells yet, of whichever side, while there is room.
void Fill(const std::vector<engine::Contribution>& contributions, bool in_favour,
          const std::vector<Reason>& other, std::vector<Reason>& reasons) {
  if (reasons.size() == kStrongestReasons) return;
  while (reasons.size() < kStrongestReasons) {
    const engine::Contribution* largest = nullptr;
    int64_t amount = 0;
    for (const engine::Contribution& c : contributions) {
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
  Sort(reasons);
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

Reasons StrongestReasons(const std::vector<engine::Contribution>& contributions) {
  Reasons reasons;
  reasons.in_favour.reserve(kStrongestReasons);
  reasons.against.reserve(kStrongestReasons);
  // Both sides in one walk: this is done for every offering of every answer.
  std::array<Two, 2> sides = {};
  for (const engine::Contribution& c : contributions) {
    const bool in_favour = c.value >= engine::kValueMax / 2;
    Keep(c, AmountOf(c, in_favour), sides[in_favour ? 0 : 1]);
  }
  Tell(sides[0], reasons.in_favour);
  Tell(sides[1], reasons.against);
  Fill(contributions, true, reasons.against, reasons.in_favour);
  Fill(contributions, false, reasons.in_favour, reasons.against);
  return reasons;
}

}  // namespace aplomb::explain
