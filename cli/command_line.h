// The command line of `aplomb`: every command with its options, its help in French or English, and
// what it calls. A value, so that tests can look at it without running anything.
#ifndef APLOMB_CLI_COMMAND_LINE_H_
#define APLOMB_CLI_COMMAND_LINE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cli/language.h"

namespace CLI {
class App;
}

namespace aplomb::cli {

// The language asked for: that of `--lang`, else of the locale (LC_ALL, LC_MESSAGES, LANG: English
// where it begins with "en"), else French. Read before the command line is parsed, since help and
// usage errors are in that language too.
Language LanguageOf(int argc, const char* const* argv);

class CommandLine {
 public:
  struct Inputs;

  CommandLine(Language language, absl::string_view version);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Parses and runs one command. Returns an exit code of cli/exit_codes.h.
  int Run(int argc, const char* const* argv);

  CLI::App& app() { return *app_; }
  // Texts of the help that cli/texts.cc has no French for; nothing in English.
  const std::vector<std::string>& untranslated() const { return untranslated_; }

 private:
  std::unique_ptr<Inputs> in_;
  std::unique_ptr<CLI::App> app_;
  std::vector<std::string> untranslated_;
  int exit_code_ = 0;
};

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_COMMAND_LINE_H_
