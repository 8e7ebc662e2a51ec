// `aplomb operation`: what runs longer than a call, followed, waited for and cancelled.
#ifndef APLOMB_CLI_OPERATION_COMMANDS_H_
#define APLOMB_CLI_OPERATION_COMMANDS_H_

#include "cli/proposal_commands.h"

namespace aplomb::cli {

// Adds `operation` to `app`. `common` must outlive it.
void AddOperationCommands(CLI::App& app, const CommonOptions& common, const RunCommand& run);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_OPERATION_COMMANDS_H_
