#include "cli/completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace aplomb::cli {
namespace {

// "--lang" of every option that has a long name.
std::vector<std::string> LongOptions(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(absl::StrCat("--", name));
  }
  return names;
}

std::vector<const CLI::App*> Commands(const CLI::App& app) {
  // An empty filter gives the commands in the order in which they were added.
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// What may follow a command: its subcommands, its options, the global options.
std::string Words(const CLI::App& app, const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* child : Commands(command)) words.push_back(child->get_name());
  for (std::string& name : LongOptions(command)) words.push_back(std::move(name));
  for (std::string& name : LongOptions(app)) {
    if (std::find(words.begin(), words.end(), name) == words.end()) {
      words.push_back(std::move(name));
    }
  }
  return absl::StrJoin(words, " ");
}

// The command with or without more words after it: "member" is not "members".
std::string Case(const std::string& command, const std::string& words) {
  return absl::StrCat("    \"", command, "\" | \"", command, " \"*) words=\"", words, "\" ;;\n");
}

std::string BashCompletion(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* command : Commands(app)) {
    for (const CLI::App* child : Commands(*command)) {
      absl::StrAppend(&cases, Case(absl::StrCat(command->get_name(), " ", child->get_name()),
                                   Words(app, *child)));
    }
    absl::StrAppend(&cases, Case(command->get_name(), Words(app, *command)));
  }
  return absl::StrCat(
      "_aplomb() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\"\n"
      // The language and --json may stand before the command.
      "  local line=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\"\n"
      "  while [[ $line == --* ]]; do\n"
      "    case \"$line\" in\n"
      "      \"--lang \"*) line=\"${line#--lang }\" ;;\n"
      "    esac\n"
      "    [[ $line == *\" \"* ]] || break\n"
      "    line=\"${line#* }\"\n"
      "  done\n"
      "  case \"$line\" in\n",
      cases, "    *) words=\"", Words(app, app),
      "\" ;;\n"
      "  esac\n"
      "  case \"$current\" in\n"
      "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$current\")) ;;\n"
      "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$current\")"
      " $(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -o filenames -F _aplomb aplomb\n");
}

std::string FishQuoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// Options with what they say of themselves, where `condition` holds (empty: anywhere).
void AppendFishOptions(const CLI::App& command, const std::string& condition, std::string& out) {
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      absl::StrAppend(&out, "complete -c aplomb",
                      condition.empty() ? "" : absl::StrCat(" -n '", condition, "'"), " -l ", name,
                      " -d ", FishQuoted(option->get_description()), "\n");
    }
  }
}

std::string FishCompletion(const CLI::App& app) {
  std::string out;
  for (const CLI::App* command : Commands(app)) {
    const std::string seen = absl::StrCat("__fish_seen_subcommand_from ", command->get_name());
    absl::StrAppend(&out, "complete -c aplomb -n __fish_use_subcommand -a ", command->get_name(),
                    " -d ", FishQuoted(command->get_description()), "\n");
    for (const CLI::App* child : Commands(*command)) {
      absl::StrAppend(&out, "complete -c aplomb -n '", seen, "' -a ", child->get_name(), " -d ",
                      FishQuoted(child->get_description()), "\n");
      AppendFishOptions(
          *child, absl::StrCat(seen, "; and __fish_seen_subcommand_from ", child->get_name()), out);
    }
    AppendFishOptions(*command, seen, out);
  }
  AppendFishOptions(app, "", out);
  return out;
}

}  // namespace

std::string Completion(const CLI::App& app, const std::string& shell) {
  if (shell == "fish") return FishCompletion(app);
  if (shell == "zsh") {
    return absl::StrCat("autoload -U +X bashcompinit && bashcompinit\n", BashCompletion(app));
  }
  return BashCompletion(app);
}

}  // namespace aplomb::cli
