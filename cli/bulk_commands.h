// The commands of a member with many entries, and of one who wants to know how they are read:
// templates, the schema, import and export, insight, preview. They declare themselves.
#ifndef APLOMB_CLI_BULK_COMMANDS_H_
#define APLOMB_CLI_BULK_COMMANDS_H_

#include "cli/commands.h"
#include "cli/proposal_commands.h"

namespace aplomb::cli {

// Adds `template`, `schema`, `bulk` and `insight` to `app`. `common` must outlive it.
void AddBulkCommands(CLI::App& app, const CommonOptions& common, const RunCommand& run);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_BULK_COMMANDS_H_
