#include "cli/connect.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/errors.h"
#include "cli/files.h"

namespace aplomb::cli {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Where the server of a data directory says that it listens.
absl::StatusOr<std::string> AddressIn(const std::string& data) {
  absl::StatusOr<std::string> address = ReadLine(absl::StrCat(data, "/address"));
  if (!absl::IsNotFound(address.status())) return address;
  std::error_code error;
  if (!std::filesystem::is_directory(data, error)) {
    return ErrorOf(absl::StatusCode::kNotFound, "",
                   absl::StrCat(data, " : ce dossier n'existe pas"),
                   absl::StrCat(data, ": there is no such directory"));
  }
  return ErrorOf(absl::StatusCode::kUnavailable, "NO_SERVER",
                 absl::StrCat("aucun serveur n'est en marche sur ", data,
                              " ; démarrez-le avec `aplomb serve --data ", data,
                              "`, ou nommez-en un autre avec --server HÔTE:PORT"),
                 absl::StrCat("no server runs on ", data, "; start it with `aplomb serve --data ",
                              data, "`, or name another one with --server HOST:PORT"));
}

absl::Status NoToken(const std::string& data) {
  return ErrorOf(
      absl::StatusCode::kUnauthenticated, "",
      absl::StrCat(
          "aucun jeton d'accès : donnez --token-file FICHIER ou APLOMB_TOKEN ; l'opérateur "
          "en tire un avec `aplomb token --data ",
          data, " --role ADVISOR --subject QUI`"),
      absl::StrCat(
          "no bearer token: give --token-file FILE or APLOMB_TOKEN; the operator draws one "
          "with `aplomb token --data ",
          data, " --role ADVISOR --subject WHO`"));
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
    ASSIGN_OR_RETURN(server, AddressIn(data));
  }
  if (!server.empty()) client.server = server;
  client.token = Environment("APLOMB_TOKEN");
  if (!options.token_file.empty()) {
    ASSIGN_OR_RETURN(client.token, ReadLine(options.token_file));
  } else if (client.token.empty() && !data.empty()) {
    absl::StatusOr<std::string> token = ReadLine(absl::StrCat(data, "/advisor.token"));
    if (absl::IsNotFound(token.status())) return NoToken(data);
    ASSIGN_OR_RETURN(client.token, std::move(token));
  }
  return std::make_unique<Client>(std::move(client));
}

}  // namespace aplomb::cli
