// The key that signs the log, and where it lies:
//
//   DIR/log.key   "PRIVATE+KEY+<origin>+...": readable by its owner only (0600)
//   DIR/log.next  while the log changes its key: the new one (audit/key_rotation.h)
//   VKEY          "<origin>+<key id>+<public key>\n": to be published; the newest in force
//
// A key belongs to one log for ever. It is made when a log is begun or changes its key, and never
// made anew for a directory that has lost it: two logs under one key would be a fork.
#ifndef APLOMB_AUDIT_LOG_KEY_H_
#define APLOMB_AUDIT_LOG_KEY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/database.h"
#include "audit/tlog/note.h"
#include "base/random.h"

namespace aplomb::audit {

// The origin of a log that nobody named.
inline constexpr absl::string_view kDefaultOrigin = "aplomb.example/log";

struct LogKeyPaths {
  std::string key = {};   // ".../keys/log.key"
  std::string vkey = {};  // ".../vkey"
  std::string next = {};  // ".../keys/log.next"; empty: there is none

  // Of a data directory.
  static LogKeyPaths Of(const std::string& directory);
};

// Draws a key and writes both files. AlreadyExists (LOG_KEY_EXISTS) if there is a key;
// InvalidArgument (ORIGIN_INVALID) if `origin` is no key name.
absl::StatusOr<tlog::Signer> CreateLogKey(const LogKeyPaths& paths, absl::string_view origin,
                                          base::Random& random);

// Writes a key file for its owner alone. AlreadyExists if there is one.
absl::Status WriteLogKey(const std::string& path, const tlog::Signer& signer);

// One key file. FailedPrecondition (LOG_KEY_MISSING) if it is not there, (LOG_KEY_UNSAFE) if others
// than its owner can read it, (LOG_KEY_GARBLED) if it is no key.
absl::StatusOr<tlog::Signer> ReadLogKey(const std::string& path);

// The keys that sign the log of `database`, and what is published of them made to fit: `vkey` is
// written if it is missing or an earlier key of this log, and where the old key is over, `next`
// takes its place, which a crash may have left undone. Errors of ReadLogKey and KeyHistory::Read;
// FailedPrecondition (LOG_KEY_WRONG) if `vkey` is no key of this log.
absl::StatusOr<std::vector<tlog::Signer>> LoadLogKeys(const LogKeyPaths& paths,
                                                      const Database& database);

// The public key alone, for those who only read. FailedPrecondition as ReadLogKey.
absl::StatusOr<tlog::VerifierKey> LoadVerifierKey(const std::string& path);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_LOG_KEY_H_
