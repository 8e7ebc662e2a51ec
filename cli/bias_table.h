// Gaps between groups of members as tables for a terminal, one for each way of sorting
// members. What was not examined is said, never left out. A pure function of messages.
#ifndef APLOMB_CLI_BIAS_TABLE_H_
#define APLOMB_CLI_BIAS_TABLE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aplomb/catalog/v1/rulebook_activation.pb.h"
#include "cli/language.h"

namespace aplomb::cli {

// The reports in decision::kExaminedAttributes' order, then others, and how to read them. One that
// is missing or has no groups is a line that says so.
std::string BiasText(absl::Span<const catalog::v1::BiasReport* const> reports, Language language);

// Prints BiasText of a list of reports.
void PrintBiasText(const std::string& text);
template <typename Reports>
void PrintBias(const Reports& reports, Language language) {
  std::vector<const catalog::v1::BiasReport*> all;
  for (const catalog::v1::BiasReport& one : reports) all.push_back(&one);
  PrintBiasText(BiasText(all, language));
}

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_BIAS_TABLE_H_
