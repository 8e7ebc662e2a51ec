// The commands of members, reviewers and operators: proposals, reviews, claims, contests,
// membership. They declare themselves, since there are many.
#ifndef APLOMB_CLI_PROPOSAL_COMMANDS_H_
#define APLOMB_CLI_PROPOSAL_COMMANDS_H_

#include <functional>

#include "cli/commands.h"

namespace CLI {
class App;
}

namespace aplomb::cli {

// Turns a command into what the parser calls.
using RunCommand = std::function<std::function<void()>(std::function<int()> command)>;

// Adds `proposal`, `review`, `claims`, `contest` and `member` to `app`. `common` must outlive it.
void AddProposalCommands(CLI::App& app, const CommonOptions& common, const RunCommand& run);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_PROPOSAL_COMMANDS_H_
