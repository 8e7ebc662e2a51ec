#include "catalog/treatment/compare.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace aplomb::treatment {
namespace {

constexpr char kAllFamilies[] = "*";

constexpr double kZ95 = 1.959963984540054;  // two-sided 95 %
constexpr double kZ90 = 1.644853626951473;  // two-sided 90 %, each side of TOST 5 %

double UpperTail(double z) { return std::erfc(z / std::sqrt(2.0)) / 2; }

double LogChoose(int64_t n, int64_t k) {
  const auto x = static_cast<double>(n);
  const auto y = static_cast<double>(k);
  return std::lgamma(x + 1) - std::lgamma(y + 1) - std::lgamma(x - y + 1);
}

// Wilson's interval of k of n.
Interval Wilson(int64_t k, int64_t n) {
  if (n == 0) return {0, 1};
  const auto count = static_cast<double>(n);
  const double p = static_cast<double>(k) / count;
  const double z2 = kZ95 * kZ95;
  const double middle = p + z2 / (2 * count);
  const double half = kZ95 * std::sqrt(p * (1 - p) / count + z2 / (4 * count * count));
  const double scale = 1 + z2 / count;
  return {(middle - half) / scale, (middle + half) / scale};
}

// At most kComparedMax of them, evenly, in sorted order: the sample keeps its shape.
std::vector<int32_t> Thinned(std::vector<int32_t> values) {
  std::sort(values.begin(), values.end());
  if (values.size() <= kComparedMax) return values;
  std::vector<int32_t> thin(kComparedMax);
  for (size_t i = 0; i < kComparedMax; ++i) {
    thin[i] = values[(2 * i + 1) * values.size() / (2 * kComparedMax)];
  }
  return thin;
}

double Median(std::vector<int32_t> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2.0;
}

Verdict VerdictOf(const Shift& shift) {
  const double margin = kMarginCentidays;
  if (shift.ci90.low > -margin && shift.ci90.high < margin) return Verdict::kEqual;
  if (shift.ci95.low > margin || shift.ci95.high < -margin) return Verdict::kDifferent;
  return Verdict::kNotShown;
}

}  // namespace

Shift HodgesLehmann(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  const std::vector<int32_t> first = Thinned(a);
  const std::vector<int32_t> second = Thinned(b);
  std::vector<int32_t> differences;
  differences.reserve(first.size() * second.size());
  for (const int32_t x : first) {
    for (const int32_t y : second) differences.push_back(y - x);
  }
  std::sort(differences.begin(), differences.end());
  const size_t pairs = differences.size();
  const auto n = static_cast<double>(first.size());
  const auto m = static_cast<double>(second.size());
  const auto interval = [&](double z) -> Interval {
    const double place = n * m / 2 - z * std::sqrt(n * m * (n + m + 1) / 12);
    // Too few pairs for an end: the interval has none.
    if (place < 1) return {-HUGE_VAL, HUGE_VAL};
    const auto k = static_cast<size_t>(place);
    return {static_cast<double>(differences[k - 1]), static_cast<double>(differences[pairs - k])};
  };
  return {.median = (differences[(pairs - 1) / 2] + differences[pairs / 2]) / 2.0,
          .ci90 = interval(kZ90),
          .ci95 = interval(kZ95)};
}

double MannWhitneyP(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  std::vector<std::pair<int32_t, int>> all;
  for (const int32_t x : a) all.emplace_back(x, 0);
  for (const int32_t y : b) all.emplace_back(y, 1);
  std::sort(all.begin(), all.end());
  const auto total = static_cast<double>(all.size());
  double ranks = 0;  // of the second group
  double ties = 0;
  for (size_t i = 0; i < all.size();) {
    size_t j = i;
    while (j < all.size() && all[j].first == all[i].first) ++j;
    const double rank = (static_cast<double>(i) + 1 + static_cast<double>(j)) / 2;
    for (size_t k = i; k < j; ++k) ranks += all[k].second == 1 ? rank : 0;
    const auto t = static_cast<double>(j - i);
    ties += t * t * t - t;
    i = j;
  }
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const double u = ranks - m * (m + 1) / 2;
  const double variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)));
  if (!(variance > 0)) return 1;
  const double distance = std::max(0.0, std::abs(u - n * m / 2) - 0.5);
  return std::min(1.0, 2 * UpperTail(distance / std::sqrt(variance)));
}

double FisherP(int64_t k1, int64_t n1, int64_t k2, int64_t n2) {
  const int64_t successes = k1 + k2;
  const double all = LogChoose(n1 + n2, successes);
  const auto probability = [&](int64_t k) {
    return std::exp(LogChoose(n1, k) + LogChoose(n2, successes - k) - all);
  };
  const double observed = probability(k1);
  double p = 0;
  for (int64_t k = std::max<int64_t>(0, successes - n2); k <= std::min(n1, successes); ++k) {
    const double one = probability(k);
    // As likely as what was seen, but for rounding, or less.
    if (one <= observed * (1 + 1e-7)) p += one;
  }
  return std::min(1.0, p);
}

Interval NewcombeDifference(int64_t k1, int64_t n1, int64_t k2, int64_t n2) {
  if (n1 == 0 || n2 == 0) return {-1, 1};
  const double p1 = static_cast<double>(k1) / static_cast<double>(n1);
  const double p2 = static_cast<double>(k2) / static_cast<double>(n2);
  const Interval w1 = Wilson(k1, n1);
  const Interval w2 = Wilson(k2, n2);
  const double difference = p2 - p1;
  return {difference - std::hypot(p2 - w2.low, w1.high - p1),
          difference + std::hypot(w2.high - p2, p1 - w1.low)};
}

const char* VerdictWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kEqual:
      return "EQUAL";
    case Verdict::kNotShown:
      return "NOT_SHOWN";
    case Verdict::kDifferent:
      break;
  }
  return "DIFFERENT";
}

namespace {

// The cases of one group of one family, or of all.
struct Sums {
  std::vector<int32_t> centidays;
  GroupRow row;
};

Comparison Compare(const Sums& a, const Sums& b) {
  const int64_t approved_a = a.row.cases - a.row.refusals;
  const int64_t approved_b = b.row.cases - b.row.refusals;
  Comparison one;
  one.family = a.row.family;
  one.first = a.row.group;
  one.second = b.row.group;
  one.shift = HodgesLehmann(a.centidays, b.centidays);
  one.mann_whitney_p = MannWhitneyP(a.centidays, b.centidays);
  one.fisher_p = FisherP(approved_a, a.row.cases, approved_b, b.row.cases);
  one.approval_difference = NewcombeDifference(approved_a, a.row.cases, approved_b, b.row.cases);
  one.verdict = VerdictOf(one.shift);
  one.too_few =
      one.family != kAllFamilies && std::min(a.row.cases, b.row.cases) < kCasesOfFamilyMin;
  // An interval that rests on so few is not worth its name, whichever way it points.
  if (one.too_few) one.verdict = Verdict::kNotShown;
  return one;
}

// The worst of those that weigh. To call all equal, each must be (an intersection-union test, which
// needs no correction for their number: Berger, Technometrics 24, 1982).
Verdict WorstOf(const std::vector<Comparison>& comparisons) {
  bool every_equal = !comparisons.empty();
  for (const Comparison& one : comparisons) {
    if (one.too_few) continue;
    if (one.verdict == Verdict::kDifferent) return Verdict::kDifferent;
    every_equal = every_equal && one.verdict == Verdict::kEqual;
  }
  return every_equal ? Verdict::kEqual : Verdict::kNotShown;
}

}  // namespace

TreatmentReport CompareTreatment(const std::vector<Case>& cases,
                                 const std::map<std::string, std::string>& groups) {
  const std::vector<int32_t> overtaken = Overtaken(cases);
  std::map<std::string, std::map<std::string, Sums>> by_family;
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case& one = cases[i];
    const auto found = groups.find(one.member);
    const std::string group = found == groups.end() ? "-" : found->second;
    for (const std::string& family : {one.family, std::string(kAllFamilies)}) {
      Sums& sum = by_family[family][group];
      sum.row.family = family;
      sum.row.group = group;
      ++sum.row.cases;
      sum.row.returns += one.returns;
      sum.row.refusals += one.approved ? 0 : 1;
      sum.row.overtaken += overtaken[i];
      sum.centidays.push_back(one.centidays);
    }
  }
  TreatmentReport report;
  for (auto& [family, sums] : by_family) {
    for (auto& [group, sum] : sums) {
      sum.row.median_centidays = Median(sum.centidays);
      report.rows.push_back(sum.row);
    }
    for (auto a = sums.begin(); a != sums.end(); ++a) {
      for (auto b = std::next(a); b != sums.end(); ++b) {
        report.comparisons.push_back(Compare(a->second, b->second));
      }
    }
  }
  report.verdict = WorstOf(report.comparisons);
  return report;
}

std::string FormatReport(const TreatmentReport& report) {
  std::string out = absl::StrFormat("%-14s %-10s %7s %9s %8s %9s %10s\n", "family", "group",
                                    "cases", "days", "returns", "refusals", "overtaken");
  for (const GroupRow& row : report.rows) {
    absl::StrAppendFormat(&out, "%-14s %-10s %7d %9.2f %8d %9d %10d\n", row.family, row.group,
                          row.cases, row.median_centidays / 100, row.returns, row.refusals,
                          row.overtaken);
  }
  for (const Comparison& one : report.comparisons) {
    if (one.too_few) {
      absl::StrAppendFormat(&out, "%-14s %s against %s: fewer than %d cases: NOT_SHOWN\n",
                            one.family, one.second, one.first, kCasesOfFamilyMin);
      continue;
    }
    absl::StrAppendFormat(
        &out,
        "%-14s %s against %s: shift %.2f working days, 90 %% [%.2f, %.2f], 95 %% [%.2f, %.2f], "
        "Mann-Whitney p %.4f; approvals %+.3f [%+.3f, %+.3f], Fisher p %.4f: %s\n",
        one.family, one.second, one.first, one.shift.median / 100, one.shift.ci90.low / 100,
        one.shift.ci90.high / 100, one.shift.ci95.low / 100, one.shift.ci95.high / 100,
        one.mann_whitney_p, (one.approval_difference.low + one.approval_difference.high) / 2,
        one.approval_difference.low, one.approval_difference.high, one.fisher_p,
        VerdictWord(one.verdict));
  }
  const auto few = std::count_if(report.comparisons.begin(), report.comparisons.end(),
                                 [](const Comparison& one) { return one.too_few; });
  if (few > 0) {
    absl::StrAppend(&out, few,
                    " comparisons of a family rest on too few cases: they weigh only in *.\n");
  }
  absl::StrAppend(&out, "EQUAL means: every 90 % interval lies within one working day. NOT_SHOWN ",
                  "is no finding of equality.\n", VerdictWord(report.verdict), "\n");
  return out;
}

}  // namespace aplomb::treatment
