// Small files that are there whole or not at all: keys and checkpoints beside the database, the
// published log, what commands write. Thread-safe for different paths; two writers of one path
// disturb each other.
#ifndef APLOMB_BASE_DURABLE_FILE_H_
#define APLOMB_BASE_DURABLE_FILE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace aplomb::base {

// Longest file that is read.
inline constexpr size_t kMaxSmallFileBytes = 1'000'000;

// Replaces `path` by a file of these bytes: written beside it (`path`.new), synced, renamed, and
// the directory synced. When it returns OK the file is durable; else `path` is as it was, and
// nothing is left beside it. `mode` as chmod takes it; none: what the mask of the process leaves of
// 0666. ResourceExhausted for a full disk (STORAGE_FULL), else Unavailable (FILE_NOT_WRITTEN),
// naming the file.
absl::Status WriteFileDurably(const std::string& path, absl::string_view bytes,
                              std::optional<int> mode = std::nullopt);
// The same, but never over a file that is there: AlreadyExists.
absl::Status CreateFileDurably(const std::string& path, absl::string_view bytes, int mode);

// NotFound if it is not there; Unavailable (FILE_NOT_READ) if it cannot be read or is larger than
// kMaxSmallFileBytes.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

}  // namespace aplomb::base

#endif  // APLOMB_BASE_DURABLE_FILE_H_
