// How a group of commands is put on the command line.
#ifndef APLOMB_CLI_SUBCOMMANDS_H_
#define APLOMB_CLI_SUBCOMMANDS_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "cli/proposal_commands.h"

namespace aplomb::cli {

// Adds subcommands that call member functions of one `Commands`, which lives as long as they do.
template <typename Commands>
class CommandAdder {
 public:
  CommandAdder(std::shared_ptr<Commands> commands, const RunCommand& run)
      : commands_(std::move(commands)), run_(run) {}

  CLI::App* operator()(CLI::App* parent, const char* name, const char* help,
                       int (Commands::*command)()) const {
    CLI::App* added = parent->add_subcommand(name, help);
    added->callback(run_([commands = commands_, command] { return ((*commands).*command)(); }));
    return added;
  }

 private:
  const std::shared_ptr<Commands> commands_;
  const RunCommand& run_;
};

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_SUBCOMMANDS_H_
