#include "cli/unknown_command.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "cli/texts.h"

namespace aplomb::cli {

std::string UnknownCommand(Language language, const CLI::App& app) {
  constexpr size_t kMeantMax = 3;
  std::string place = app.get_name();
  const CLI::App* reached = &app;
  while (!reached->get_subcommands().empty()) {
    reached = reached->get_subcommands().front();
    absl::StrAppend(&place, " ", reached->get_name());
  }
  if (reached->get_require_subcommand_min() == 0) return "";
  std::string word;
  for (const std::string& rest : app.remaining(/*recurse=*/true)) {
    if (absl::StartsWith(rest, "-")) continue;
    word = rest;
    break;
  }
  if (word.empty()) return "";
  std::vector<std::string> commands;
  for (const CLI::App* command : reached->get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(command->get_name());
  }
  const std::string meant = absl::StrJoin(base::Meant(word, std::move(commands), kMeantMax), ", ");
  if (language == Language::kFrench) {
    return absl::StrCat("« ", word, " » n'est pas une commande d'", place,
                        meant.empty() ? "" : absl::StrCat(" ; proches : ", meant));
  }
  return absl::StrCat("\"", word, "\" is no command of ", place,
                      meant.empty() ? "" : absl::StrCat("; near: ", meant));
}

}  // namespace aplomb::cli
