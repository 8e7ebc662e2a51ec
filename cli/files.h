// Small files that commands read and write.
#ifndef APLOMB_CLI_FILES_H_
#define APLOMB_CLI_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace aplomb::cli {

inline constexpr size_t kMaxFileBytes = 256 << 20;

// The bytes of a file. NotFound or PermissionDenied with its path; InvalidArgument
// above `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes = kMaxFileBytes);

// Writes a file whole or not at all (a temporary file, synced, then renamed).
// `secret`: readable by its owner only.
absl::Status WriteFile(const std::string& path, absl::string_view bytes, bool secret = false);

// The file's text without the line feed at its end.
absl::StatusOr<std::string> ReadLine(const std::string& path);

// The folder that holds catalog/: `given`, or APLOMB_SHARE, or the source tree or
// the installation that this program stands in. NotFound says where it looked.
absl::StatusOr<std::string> FindShare(const std::string& given);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_FILES_H_
