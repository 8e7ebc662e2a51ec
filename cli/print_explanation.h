// Explanations as text in French or English, at most 100 columns wide. Pure
// functions of messages.
#ifndef APLOMB_CLI_PRINT_EXPLANATION_H_
#define APLOMB_CLI_PRINT_EXPLANATION_H_

#include <string>

#include "aplomb/advisor/v1/explanation.pb.h"
#include "cli/print.h"

namespace aplomb::cli {

std::string PrintExplanation(const advisor::v1::WhyNotExplanation& answer, Language language);
std::string PrintExplanation(const advisor::v1::ComparisonExplanation& answer, Language language);
std::string PrintExplanation(const advisor::v1::CounterfactualExplanation& answer,
                             Language language);
std::string PrintExplanation(const advisor::v1::StabilityExplanation& answer, Language language);
std::string PrintExplanation(const advisor::v1::UnknownsExplanation& answer, Language language);
std::string PrintExplanation(const advisor::v1::RepairsExplanation& answer, Language language);
std::string PrintExplanation(const advisor::v1::Plan& answer, Language language);
std::string PrintExplanation(const advisor::v1::TransparencyNotice& answer, Language language);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_PRINT_EXPLANATION_H_
