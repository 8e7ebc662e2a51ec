// The options of every command that calls a server.
#ifndef APLOMB_CLI_SERVER_OPTIONS_H_
#define APLOMB_CLI_SERVER_OPTIONS_H_

#include "cli/commands.h"

namespace CLI {
class App;
}  // namespace CLI

namespace aplomb::cli {

// Adds --data, --server, --token-file, --ca-file and --deadline-ms to `command`; the parser fills
// in `options`, which must outlive it.
void AddServerOptions(CLI::App& command, ServerOptions& options);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_SERVER_OPTIONS_H_
