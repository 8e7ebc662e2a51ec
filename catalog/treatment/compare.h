// Comparing two groups of submissions. Equal treatment is what must be shown, so the burden lies on
// equality: two one-sided tests (TOST; Schuirmann, J. Pharmacokinet. Biopharm. 15, 1987) on the
// Hodges-Lehmann shift. "No significant difference" alone shows nothing. Statistics are in floating
// point: nothing of a ranking follows from them. Pure functions; thread-safe.
#ifndef APLOMB_CATALOG_TREATMENT_COMPARE_H_
#define APLOMB_CATALOG_TREATMENT_COMPARE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "catalog/treatment/cases.h"

namespace aplomb::treatment {

// Largest shift that still counts as equal: one working day.
inline constexpr int32_t kMarginCentidays = 100;
// Of each group, for the pairwise differences; beyond it every n-th case is taken.
inline constexpr size_t kComparedMax = 3000;

// Of each group, for a comparison within one family to weigh by itself.
inline constexpr int64_t kCasesOfFamilyMin = 10;

struct Interval {
  double low = 0;
  double high = 0;
};

// Median of all differences b - a, in the unit of the samples, with distribution-free intervals
// (Hollander, Wolfe: "Nonparametric Statistical Methods", 4.2; normal approximation, ties counted
// as they are). Both samples have at least one value.
struct Shift {
  double median = 0;
  Interval ci90;
  Interval ci95;
};
Shift HodgesLehmann(const std::vector<int32_t>& a, const std::vector<int32_t>& b);

// Two-sided p of the Mann-Whitney test, normal approximation with correction for ties.
double MannWhitneyP(const std::vector<int32_t>& a, const std::vector<int32_t>& b);
// Two-sided p of Fisher's exact test on k1 of n1 against k2 of n2.
double FisherP(int64_t k1, int64_t n1, int64_t k2, int64_t n2);
// 95 % interval of k2/n2 - k1/n1 (Newcombe, Stat. Med. 17, 1998, method 10).
Interval NewcombeDifference(int64_t k1, int64_t n1, int64_t k2, int64_t n2);

enum class Verdict {
  kEqual,      // the 90 % interval of the shift lies within the margin
  kNotShown,   // it does not: too few cases, or a difference near the margin
  kDifferent,  // the 95 % interval lies outside of the margin altogether
};
const char* VerdictWord(Verdict verdict);

struct Comparison {
  std::string family;  // "*": all of them
  std::string first;   // group
  std::string second;  // group
  Shift shift;         // of the second against the first, centidays
  double mann_whitney_p = 1;
  double fisher_p = 1;           // of approval
  Interval approval_difference;  // 95 %
  Verdict verdict = Verdict::kNotShown;
  // A family in which a group has fewer than kCasesOfFamilyMin: it is told, and weighs only in "*".
  bool too_few = false;
};

// What one group of one family, or of all ("*"), looks like.
struct GroupRow {
  std::string family;
  std::string group;
  int64_t cases = 0;
  double median_centidays = 0;
  int64_t returns = 0;
  int64_t refusals = 0;
  int64_t overtaken = 0;  // pairs in which one of the group stood first and was decided last
};

struct TreatmentReport {
  std::vector<GroupRow> rows;            // by family, then group
  std::vector<Comparison> comparisons;   // by family, "*" first: each pair of its groups
  Verdict verdict = Verdict::kNotShown;  // the worst of all; kNotShown with fewer than two groups
};

// `groups` has the group of each pseudonym; cases of others are in group "-".
TreatmentReport CompareTreatment(const std::vector<Case>& cases,
                                 const std::map<std::string, std::string>& groups);

std::string FormatReport(const TreatmentReport& report);

}  // namespace aplomb::treatment

#endif  // APLOMB_CATALOG_TREATMENT_COMPARE_H_
