// How each problem of an entry is mended, by its reason: the same sentence offline, in the service
// and in docs/members.md. Immutable; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_REMEDIES_H_
#define APLOMB_CATALOG_PROPOSALS_REMEDIES_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "catalog/proposals/vocabulary.h"

namespace aplomb::proposals {

// By reason, in the order of the alphabet.
absl::Span<const Word> Remedies();
// What to do about a problem with that reason. A reason that is not in the table (there should be
// none; a test looks) gets the advice to read the message.
const Word& RemedyOf(absl::string_view reason);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_REMEDIES_H_
