// Small files that are there whole or not at all: keys and checkpoints beside the database.
#ifndef APLOMB_AUDIT_DURABLE_FILE_H_
#define APLOMB_AUDIT_DURABLE_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace aplomb::audit {

// Longest file that is read.
inline constexpr size_t kMaxSmallFileBytes = 1'000'000;

// Replaces `path` by a file of these bytes: written beside it, synced, renamed, and the directory
// synced. `mode` as chmod takes it. ResourceExhausted for a full disk (DISK_FULL), else Unavailable
// (FILE_NOT_WRITTEN), naming the file.
absl::Status WriteFileDurably(const std::string& path, absl::string_view bytes, int mode);
// The same, but never over a file that is there: AlreadyExists.
absl::Status CreateFileDurably(const std::string& path, absl::string_view bytes, int mode);

// NotFound if it is not there; Unavailable (FILE_NOT_READ) if it cannot be read or is larger than
// kMaxSmallFileBytes.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_DURABLE_FILE_H_
