#include "cli/server_options.h"

#include <CLI/CLI.hpp>

namespace aplomb::cli {

void AddServerOptions(CLI::App& command, ServerOptions& options) {
  command.add_option("--data", options.data,
                     "data directory of a server on this machine (or APLOMB_DATA_DIR)");
  command.add_option("--server", options.server, "host:port (or APLOMB_SERVER)");
  command.add_option("--token-file", options.token_file,
                     "file with the bearer token (or APLOMB_TOKEN)");
  command.add_option("--ca-file", options.ca_file, "PEM of the server's authority: calls with TLS");
  command.add_option("--deadline-ms", options.deadline_ms, "milliseconds to wait")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
}

}  // namespace aplomb::cli
