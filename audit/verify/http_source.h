// A log's files over plain HTTP, for auditors without another tool: GET by HTTP/1.0, one connection
// a file, everything limited. What comes is believed as little as any file; so no TLS is needed for
// the verdict. (An address with https is refused: fetch it with another tool.)
#ifndef APLOMB_AUDIT_VERIFY_HTTP_SOURCE_H_
#define APLOMB_AUDIT_VERIFY_HTTP_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/tlog/checkpoint.h"
#include "audit/verify/verify.h"

namespace aplomb::verify {

struct HttpSourceOptions {
  size_t header_bytes_max = size_t{16} << 10;
  absl::Duration idle_max = absl::Seconds(10);    // without a byte
  absl::Duration total_max = absl::Seconds(120);  // for one file
};

// Thread-safe.
class HttpSource : public Source {
 public:
  // "http://HOST[:PORT][/PREFIX]"; InvalidArgument for anything else.
  static absl::StatusOr<HttpSource> Parse(absl::string_view url,
                                          const HttpSourceOptions& options = {});

  // NotFound for 404; Unavailable for any other answer than 200, for one that breaks off or is
  // not HTTP, and where nobody answers in time.
  absl::StatusOr<std::string> Read(const std::string& path, size_t bytes_max) const override;

 private:
  HttpSource() = default;

  std::string host_;
  std::string port_;
  std::string prefix_;  // "" or "/…", without a slash at its end
  HttpSourceOptions options_;
};

struct Fetched {
  uint64_t size = 0;
  uint64_t files = 0;  // new ones
};

// Copies the files of the log at `source` into `directory`, the checkpoint last; files of tiles
// that are there already are kept. The checkpoint must be signed by a log of `policy`, so that its
// size can be relied on; all else is for VerifyLog.
absl::StatusOr<Fetched> Fetch(const Source& source, const tlog::Policy& policy,
                              const std::string& directory);

}  // namespace aplomb::verify

#endif  // APLOMB_AUDIT_VERIFY_HTTP_SOURCE_H_
