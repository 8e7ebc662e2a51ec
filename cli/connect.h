// How a command reaches a server.
#ifndef APLOMB_CLI_CONNECT_H_
#define APLOMB_CLI_CONNECT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/commands.h"

namespace aplomb::cli {

// Where to call: what was said, else the environment, else what a server on this
// machine left in its data directory.
absl::StatusOr<std::unique_ptr<Client>> Connect(const CommonOptions& common,
                                                const ServerOptions& options);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_CONNECT_H_
