// The key that signs the log, and where it lies:
//
//   DIR/log.key   "PRIVATE+KEY+<origin>+...": readable by its owner only (0600)
//   VKEY          "<origin>+<key id>+<public key>\n": to be published
//
// A key belongs to one log for ever. It is made once, when a log is begun, and never made anew for
// a directory that has lost it: two logs under one key would be a fork.
#ifndef APLOMB_AUDIT_LOG_KEY_H_
#define APLOMB_AUDIT_LOG_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/tlog/note.h"
#include "base/random.h"

namespace aplomb::audit {

// The origin of a log that nobody named.
inline constexpr absl::string_view kDefaultOrigin = "aplomb.example/log";

struct LogKeyPaths {
  std::string key = {};   // ".../keys/log.key"
  std::string vkey = {};  // ".../vkey"
};

// Draws a key and writes both files. AlreadyExists (LOG_KEY_EXISTS) if there is a key;
// InvalidArgument (ORIGIN_INVALID) if `origin` is no key name.
absl::StatusOr<tlog::Signer> CreateLogKey(const LogKeyPaths& paths, absl::string_view origin,
                                          base::Random& random);

// FailedPrecondition (LOG_KEY_MISSING) if it is not there, (LOG_KEY_UNSAFE) if others than its
// owner can read it, (LOG_KEY_GARBLED) if it is no key. Writes `vkey` if that is missing.
absl::StatusOr<tlog::Signer> LoadLogKey(const LogKeyPaths& paths);

// The public key alone, for those who only read. FailedPrecondition as LoadLogKey.
absl::StatusOr<tlog::VerifierKey> LoadVerifierKey(const std::string& path);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_LOG_KEY_H_
