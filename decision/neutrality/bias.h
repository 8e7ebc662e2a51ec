// The decomposition of score gaps (decomposition.h) for a rulebook over reference firms,
// by what the catalogue knows of members besides (size, country, seniority) and by what
// is joined from outside (fees). Pure; thread-safe.
#ifndef APLOMB_DECISION_NEUTRALITY_BIAS_H_
#define APLOMB_DECISION_NEUTRALITY_BIAS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/neutrality/decomposition.h"
#include "decision/neutrality/prove.h"

namespace aplomb::decision {

// What members are sorted by before rules come into force. Fees come from a ledger that no server
// opens; the others stand in the catalogue.
inline constexpr absl::string_view kExaminedAttributes[] = {"fee", "size", "nationality",
                                                            "seniority"};

// "size", "nationality" ("FR" and "other") and "seniority" (years of membership on `day`: "<3",
// "3-6", ">=7"; single years would be groups of a few), where any member has one.
std::vector<Attribute> CatalogAttributes(const catalog::Snapshot& snapshot, int32_t day);

// "fee" in three tiers of EUR a year: "<1000", "1000-1999", ">=2000". Micros by member name.
Attribute FeeAttribute(const std::map<std::string, int64_t, std::less<>>& fees_micros);

// Decides all inputs, which must be valid for `rulebook`, and takes the gaps apart, one attribute
// after the other. Errors of Decompose.
absl::StatusOr<std::vector<Decomposition>> DecomposeBias(const CompiledRulebook& rulebook,
                                                         const catalog::Snapshot& snapshot,
                                                         absl::Span<const ProofInput> inputs,
                                                         absl::Span<const Attribute> attributes,
                                                         int32_t as_of_day);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_NEUTRALITY_BIAS_H_
