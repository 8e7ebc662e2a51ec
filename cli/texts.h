// The texts of the command line, English and French side by side: help, usage errors, and what
// stops a command. Help is written in English where an option is declared, and looked up here; a
// test holds that no text lacks its twin. Pure functions of constants.
#ifndef APLOMB_CLI_TEXTS_H_
#define APLOMB_CLI_TEXTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cli/language.h"

namespace CLI {
class App;
}

namespace aplomb::cli {

struct Text {
  absl::string_view en;
  absl::string_view fr;
};

// Descriptions of commands and options.
absl::Span<const Text> HelpTexts();

// Sentences of the parser (CLI11 2.1); "{}" stands for what changes, in the same order in both.
absl::Span<const Text> UsageTexts();

// What a reason of a lower room (base/reason.h) means, for who uses the command.
struct ReasonText {
  absl::string_view reason;
  absl::string_view fr;
};
absl::Span<const ReasonText> ReasonTexts();
// Empty where the table has none.
absl::string_view FrenchOfReason(absl::string_view reason);

// One of two constants.
inline absl::string_view Say(Language language, absl::string_view fr, absl::string_view en) {
  return language == Language::kFrench ? fr : en;
}

// The sentence of the parser in `language`; a sentence that the table does not know stays English.
std::string UsageError(Language language, absl::string_view english);

// Where to read on after a usage error: the help of the command that was reached.
std::string UsageHint(Language language, const CLI::App& app);

// Puts the help of `app` and all its commands into `language`. Returns the English texts that have
// no French.
std::vector<std::string> TranslateHelp(Language language, CLI::App& app);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_TEXTS_H_
