// Addresses that a server of ours is told to listen on. Says what is wrong with one before
// anything else is done, in both languages.
#ifndef APLOMB_CLI_ADDRESS_H_
#define APLOMB_CLI_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace aplomb::cli {

struct HostPort {
  std::string host;   // without the brackets of an IPv6 address
  uint16_t port = 0;  // 0: a free one
};

// "127.0.0.1:7443", "localhost:0", "[::1]:7443". InvalidArgument (ADDRESS_INVALID) else.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view text);

// Whether this process could listen there now: tried, and given back at once. ADDRESS_INVALID for
// an address of another form or an unknown host, ADDRESS_NOT_HERE for one that this machine does
// not have, ADDRESS_BUSY where another process listens, ADDRESS_FORBIDDEN where the system does not
// allow it.
absl::Status CheckCanListen(absl::string_view address);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_ADDRESS_H_
