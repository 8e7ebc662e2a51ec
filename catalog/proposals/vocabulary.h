// Committed vocabularies of the review: queues, the checklist, reasons. Codes are never renamed.
// Immutable; thread-safe. docs/reviewing.md prints them, and a test compares.
#ifndef APLOMB_CATALOG_PROPOSALS_VOCABULARY_H_
#define APLOMB_CATALOG_PROPOSALS_VOCABULARY_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "aplomb/catalog/v1/offering.pb.h"

namespace aplomb::proposals {

struct Word {
  absl::string_view code;
  absl::string_view fr;
  absl::string_view en;
};

// The queue of an offering: the family of its first need; "OTHER" for a need that is in none, or
// without any.
absl::string_view FamilyOf(const catalog::v1::Offering& offering);
absl::string_view FamilyOfNeed(absl::string_view need_id);
// All families, by name, without "OTHER".
std::vector<absl::string_view> Families();

// The same questions for every proposal.
absl::Span<const Word> Checklist();
// Why a proposal may be refused.
absl::Span<const Word> RejectionReasons();
// Why a member or an offering may be suspended, or a membership ended.
absl::Span<const Word> SuspensionReasons();

// The word of that code, or null.
const Word* FindWord(absl::Span<const Word> words, absl::string_view code);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_VOCABULARY_H_
