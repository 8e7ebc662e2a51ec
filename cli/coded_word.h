// What a code of the service is called, in both languages. Pure; thread-safe.
#ifndef APLOMB_CLI_CODED_WORD_H_
#define APLOMB_CLI_CODED_WORD_H_

#include <algorithm>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace aplomb::cli {

struct CodedWord {
  absl::string_view code;
  absl::string_view fr;
  absl::string_view en;
};

// Null where `words` does not have the code.
inline const CodedWord* FindWord(absl::Span<const CodedWord> words, absl::string_view code) {
  const auto found = std::find_if(words.begin(), words.end(),
                                  [code](const CodedWord& word) { return word.code == code; });
  return found == words.end() ? nullptr : &*found;
}

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_CODED_WORD_H_
