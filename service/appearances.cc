#include "service/appearances.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/check.h"
#include "base/status.h"

namespace aplomb::service {
namespace {

// The place of a code in a table.
int PlaceOf(absl::string_view code) {
  if (code == kRanked) return 0;
  if (code == kShown) return 1;
  if (code == kToConfirm) return 2;
  return code == kNotListed ? 4 : 3;
}

// The better one of what became of it for one firm.
const std::string& Better(const std::string& a, const std::string& b) {
  if (a == kShown || b == kShown) return a == kShown ? a : b;
  return std::pair(PlaceOf(a), a) < std::pair(PlaceOf(b), b) ? a : b;
}

}  // namespace

Figures CountOutcomes(const std::vector<Outcome>& outcomes, int firms_min, int step) {
  const auto rounded = [step](int count) { return count / step * step; };
  std::map<std::string, std::string> by_firm;
  for (const Outcome& one : outcomes) {
    const auto [known, added] = by_firm.try_emplace(one.firm, one.code);
    if (!added) known->second = Better(known->second, one.code);
  }
  Figures figures;
  const int total = static_cast<int>(by_firm.size());
  if (total < firms_min) {
    figures.withheld = Figures::Withheld::kFewFirms;
    return figures;
  }
  figures.firms = rounded(total);
  std::map<std::string, int> counts;
  for (const auto& [firm, code] : by_firm) ++counts[code];

  // First places are part of what is ranked. They are told apart where both parts are enough firms,
  // or there were first places only.
  const std::string ranked(kRanked);
  const int shown = counts[std::string(kShown)];
  const int lower = counts[ranked];
  const bool apart = shown >= firms_min && (lower == 0 || lower >= firms_min);
  counts.erase(std::string(kShown));
  counts[ranked] += shown;
  if (counts[ranked] == 0) counts.erase(ranked);
  bool withheld = shown > 0 && !apart;

  // What is too few is withheld, and with it the smallest of the others until the total less what
  // is told is enough.
  int together = 0;
  const auto withhold = [&](std::map<std::string, int>::iterator one) {
    together += one->second;
    withheld = true;
    return counts.erase(one);
  };
  const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
  for (auto one = counts.begin(); one != counts.end();) {
    one = one->second < firms_min ? withhold(one) : std::next(one);
  }
  while (together > 0 && together < firms_min && !counts.empty()) {
    withhold(std::min_element(counts.begin(), counts.end(), less));
  }
  for (const auto& [code, count] : counts) {
    figures.counts.emplace_back(code, rounded(count));
    if (code == ranked && apart) figures.counts.emplace_back(kShown, rounded(shown));
  }
  std::stable_sort(figures.counts.begin(), figures.counts.end(), [](const auto& a, const auto& b) {
    return PlaceOf(a.first) < PlaceOf(b.first);
  });
  if (withheld) figures.withheld = Figures::Withheld::kSomeOutcomes;
  return figures;
}

base::DayNumber QuarterOf(base::DayNumber day) {
  base::CivilDay first = base::FromDayNumber(day);
  first.month = (first.month - 1) / 3 * 3 + 1;
  first.day = 1;
  const auto number = base::ToDayNumber(first);
  CHECK(number.ok()) << "the first of a month of a day that exists";
  return *number;
}

}  // namespace aplomb::service
