// The owner's report: what an advisor hands to the owner of a firm, to be read, kept and
// printed. One HTML document, complete in itself. It says nothing that the logged
// recommendation, and the plan, stability and unknowns that follow from it, do not say. Pure;
// thread-safe: equal arguments give equal bytes.
//
// Modelled on what the law asks of advice in finance and insurance (Directive 2014/65/EU,
// art. 25(6); code des assurances, art. L.521-4): what was asked, how the advice fits, its
// drawbacks, on a durable medium.
#ifndef APLOMB_DECISION_REPORT_REPORT_H_
#define APLOMB_DECISION_REPORT_REPORT_H_

#include <string>

#include "aplomb/advisor/v1/explanation.pb.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "decision/phrases.h"

namespace aplomb::report {

inline constexpr int kDetailedOfferings = 4;  // of each list: those with strengths and drawbacks
inline constexpr int kRankedShown = 12;       // rows of a table; how many more there are is said
inline constexpr int kUnrankedShown = 12;
inline constexpr size_t kQuestionsShown = 5;  // of all needs together

struct ReportSources {
  // With everything in it, names joined.
  const advisor::v1::Recommendation& recommendation;
  const advisor::v1::Plan& plan;
  const advisor::v1::StabilityExplanation& stability;
  // Of all its needs: the next questions are its.
  const advisor::v1::UnknownsExplanation& unknowns;
  // Of the recommendation: words for the features that were asked for.
  const catalog::v1::Rulebook& rules;
  // Lower-case hexadecimal; empty: the recommendation came without a receipt.
  std::string receipt_digest;
};

std::string MakeReport(const ReportSources& sources, decision::Language language);

}  // namespace aplomb::report

#endif  // APLOMB_DECISION_REPORT_REPORT_H_
