// The command `aplomb`.
#include "cli/command_line.h"

int main(int argc, char** argv) {
  aplomb::cli::CommandLine command_line(aplomb::cli::LanguageOf(argc, argv), APLOMB_VERSION);
  return command_line.Run(argc, argv);
}
