// How a group of commands is put on the command line.
#ifndef APLOMB_CLI_SUBCOMMANDS_H_
#define APLOMB_CLI_SUBCOMMANDS_H_

#include <CLI/CLI.hpp>

#include "cli/proposal_commands.h"

namespace aplomb::cli {

// Adds subcommands that call member functions of one `Commands`, which must live as long as the
// parser.
template <typename Commands>
class CommandAdder {
 public:
  CommandAdder(Commands* commands, const RunCommand& run) : commands_(commands), run_(run) {}

  CLI::App* operator()(CLI::App* parent, const char* name, const char* help,
                       int (Commands::*command)()) const {
    CLI::App* added = parent->add_subcommand(name, help);
    added->callback(run_([commands = commands_, command] { return (commands->*command)(); }));
    return added;
  }

 private:
  Commands* const commands_;
  const RunCommand& run_;
};

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_SUBCOMMANDS_H_
