#include "cli/connect.h"

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/files.h"

namespace aplomb::cli {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Connect(const CommonOptions& common,
                                                const ServerOptions& options) {
  ClientOptions client;
  client.ca_file = options.ca_file;
  client.deadline = std::chrono::milliseconds(options.deadline_ms);
  client.language = common.language;
  const std::string data = options.data.empty() ? Environment("APLOMB_DATA_DIR") : options.data;
  std::string server = options.server.empty() ? Environment("APLOMB_SERVER") : options.server;
  if (server.empty() && !data.empty()) {
    ASSIGN_OR_RETURN(server, ReadLine(absl::StrCat(data, "/address")));
  }
  if (!server.empty()) client.server = server;
  client.token = Environment("APLOMB_TOKEN");
  if (!options.token_file.empty()) {
    ASSIGN_OR_RETURN(client.token, ReadLine(options.token_file));
  } else if (client.token.empty() && !data.empty()) {
    ASSIGN_OR_RETURN(client.token, ReadLine(absl::StrCat(data, "/advisor.token")));
  }
  return std::make_unique<Client>(std::move(client));
}

}  // namespace aplomb::cli
