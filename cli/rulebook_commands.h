// The commands of who looks after the rules: check, test, and revisions from their
// proposal to their first day. They declare themselves.
#ifndef APLOMB_CLI_RULEBOOK_COMMANDS_H_
#define APLOMB_CLI_RULEBOOK_COMMANDS_H_

#include "cli/proposal_commands.h"

namespace aplomb::cli {

// Adds to `rulebook`, the command of that name. `common` must outlive it.
void AddRulebookCommands(CLI::App& rulebook, const CommonOptions& common, const RunCommand& run);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_RULEBOOK_COMMANDS_H_
