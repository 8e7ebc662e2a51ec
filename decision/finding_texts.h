// Findings about a rulebook in French: each English sentence of the compiler has its twin here, so
// that the two stand side by side. Pure functions of a committed table.
#ifndef APLOMB_DECISION_FINDING_TEXTS_H_
#define APLOMB_DECISION_FINDING_TEXTS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace aplomb::decision {

// "{}" stands for what changes; in French "{1}" is the first of them.
struct FindingText {
  absl::string_view en;
  absl::string_view fr;
};
absl::Span<const FindingText> FindingTexts();

// The sentence in French; empty where the table has none.
std::string FrenchOfFinding(absl::string_view english);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_FINDING_TEXTS_H_
