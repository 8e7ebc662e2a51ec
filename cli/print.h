// What the command line prints for people: answers of the API as text in French
// or English, at most 100 columns wide. Pure functions of messages; the same
// message gives the same text anywhere.
#ifndef APLOMB_CLI_PRINT_H_
#define APLOMB_CLI_PRINT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/need.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "aplomb/type/common.pb.h"
#include "cli/language.h"

namespace aplomb::cli {

struct PrintOptions {
  Language language = Language::kFrench;
  // Ranked offerings per list whose contributions and cost lines are printed.
  int explained = 2;
};

// The side of `text` that the reader asked for; the other one where it is empty.
const std::string& In(Language language, const type::LocalizedText& text);

// "1 234,50 €" with no-break spaces, or "EUR 1,234.50", to the cent (half away from zero).
std::string FormatEuros(Language language, int64_t micros);
// "1 demande", "27 demandes"; French uses the singular up to 1.
std::string CountInWords(Language language, int64_t n, absl::string_view fr_one,
                         absl::string_view fr_many, absl::string_view en_one,
                         absl::string_view en_many);

// A score of 0 to 10^8 as 0 to 100 with two decimals, cut, never rounded up.
std::string FormatScore(Language language, int64_t score);

// Parts of the whole recommendation: header with statements and revisions, then
// each need with its three lists, reasons and costs, then assumptions, questions
// and legal notices.
std::string PrintRecommendation(const advisor::v1::Recommendation& recommendation,
                                const PrintOptions& options);

std::string PrintMembers(const std::vector<catalog::v1::Member>& members, Language language);
std::string PrintOfferings(const std::vector<catalog::v1::Offering>& offerings, Language language);
std::string PrintNeeds(const std::vector<catalog::v1::Need>& needs, Language language);
// One need with its features, prerequisites and reference costs.
std::string PrintNeed(const catalog::v1::Need& need, Language language);
std::string PrintRulebook(const catalog::v1::RulebookRevision& revision, Language language);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_PRINT_H_
