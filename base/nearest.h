// What somebody may have meant: the names that look most like a misspelt one. Pure functions.
#ifndef APLOMB_BASE_NEAREST_H_
#define APLOMB_BASE_NEAREST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace aplomb::base {

// Insertions, deletions and changes of one byte that lead from `a` to `b` (Levenshtein 1966).
size_t EditDistance(absl::string_view a, absl::string_view b);

// The `count` names nearest to `word`, the nearest first, equals in the order given. Case does not
// count; of a long word its beginning counts only.
std::vector<std::string> Nearest(absl::string_view word, std::vector<std::string> names,
                                 size_t count);

// Those of Nearest() that are so near that they may be meant: at most a third of the letters
// differ, or one name begins with the other.
std::vector<std::string> Meant(absl::string_view word, std::vector<std::string> names,
                               size_t count);

}  // namespace aplomb::base

#endif  // APLOMB_BASE_NEAREST_H_
