#include "cli/address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "cli/errors.h"

namespace aplomb::cli {
namespace {

absl::Status Invalid(absl::string_view text, absl::string_view fr, absl::string_view en) {
  return ErrorOf(
      absl::StatusCode::kInvalidArgument, "ADDRESS_INVALID",
      absl::StrCat(text, " : ", fr,
                   " ; attendu HÔTE:PORT, par exemple 127.0.0.1:7443 ou [::1]:7443 ; port 0 : "
                   "un port libre"),
      absl::StrCat(text, ": ", en,
                   "; HOST:PORT is expected, e.g. 127.0.0.1:7443 or [::1]:7443; port 0: a free "
                   "one"));
}

absl::Status FromBind(absl::string_view address, int error) {
  switch (error) {
    case EADDRINUSE:
      return ErrorOf(absl::StatusCode::kUnavailable, "ADDRESS_BUSY",
                     absl::StrCat(address,
                                  " : un autre programme écoute déjà sur ce port ; arrêtez-le ou "
                                  "choisissez un autre port (0 : un port libre)"),
                     absl::StrCat(address,
                                  ": another program listens on this port already; stop it or "
                                  "choose another port (0: a free one)"));
    case EADDRNOTAVAIL:
      return ErrorOf(absl::StatusCode::kInvalidArgument, "ADDRESS_NOT_HERE",
                     absl::StrCat(address,
                                  " : cette machine n'a pas cette adresse ; 127.0.0.1 pour elle "
                                  "seule, 0.0.0.0 ou [::] pour toutes ses adresses"),
                     absl::StrCat(address,
                                  ": this machine does not have this address; 127.0.0.1 for itself "
                                  "only, 0.0.0.0 or [::] for all its addresses"));
    case EACCES:
    case EPERM:
      return ErrorOf(absl::StatusCode::kPermissionDenied, "ADDRESS_FORBIDDEN",
                     absl::StrCat(address,
                                  " : le système ne permet pas d'y écouter ; les ports au-dessous "
                                  "de 1024 demandent des droits, choisissez-en un autre"),
                     absl::StrCat(address,
                                  ": the system does not allow to listen there; ports below 1024 "
                                  "need rights, choose another one"));
    default:
      return ErrorOf(
          absl::StatusCode::kUnavailable, "ADDRESS_FAILED",
          absl::StrCat(address, " : impossible d'y écouter (", std::strerror(error), ")"),
          absl::StrCat(address, ": cannot listen there (", std::strerror(error), ")"));
  }
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos)
    return Invalid(text, "il manque le port", "the port is missing");
  absl::string_view host = text.substr(0, colon);
  const absl::string_view port_text = text.substr(colon + 1);
  uint32_t port = 0;
  const bool digits =
      !port_text.empty() && std::all_of(port_text.begin(), port_text.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      });
  if (!digits || !absl::SimpleAtoi(port_text, &port) || port > 65'535) {
    return Invalid(text, "un port est un nombre de 0 à 65535",
                   "a port is a number from 0 to 65535");
  }
  if (absl::ConsumePrefix(&host, "[")) {
    if (!absl::ConsumeSuffix(&host, "]")) {
      return Invalid(text, "il manque « ] »", "\"]\" is missing");
    }
  } else if (host.find(':') != absl::string_view::npos) {
    return Invalid(text, "une adresse IPv6 se met entre crochets",
                   "an IPv6 address stands between brackets");
  }
  if (host.empty()) return Invalid(text, "il manque l'hôte", "the host is missing");
  return HostPort{.host = std::string(host), .port = static_cast<uint16_t>(port)};
}

absl::Status CheckCanListen(absl::string_view address) {
  ASSIGN_OR_RETURN(const HostPort parsed, ParseHostPort(address));
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int unknown =
      getaddrinfo(parsed.host.c_str(), absl::StrCat(parsed.port).c_str(), &hints, &found);
  if (unknown != 0) {
    return Invalid(address, absl::StrCat("l'hôte « ", parsed.host, " » est inconnu"),
                   absl::StrCat("the host \"", parsed.host, "\" is not known"));
  }
  const absl::Cleanup free_found = [found] { freeaddrinfo(found); };
  const int probe = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return FromBind(address, errno);
  const absl::Cleanup close_probe = [probe] { close(probe); };
  // As gRPC and libmicrohttpd do: connections of an earlier server that fade away are no obstacle.
  const int yes = 1;
  setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(probe, found->ai_addr, found->ai_addrlen) != 0 || listen(probe, 1) != 0) {
    return FromBind(address, errno);
  }
  return absl::OkStatus();
}

}  // namespace aplomb::cli
