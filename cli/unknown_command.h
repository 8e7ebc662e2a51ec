// A word where a command should stand. Pure function of the command line.
#ifndef APLOMB_CLI_UNKNOWN_COMMAND_H_
#define APLOMB_CLI_UNKNOWN_COMMAND_H_

#include <string>

#include "cli/language.h"

namespace CLI {
class App;
}

namespace aplomb::cli {

// After a parse that failed because a command is missing: which word stands in its place, and which
// commands are like it; empty where there is no such word.
std::string UnknownCommand(Language language, const CLI::App& app);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_UNKNOWN_COMMAND_H_
