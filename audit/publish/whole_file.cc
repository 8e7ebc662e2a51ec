#include "audit/publish/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace aplomb::publish {
namespace {

absl::Status DiskError(const std::string& what, const std::string& path) {
  const int error = errno;
  return absl::Status(error == ENOSPC || error == EDQUOT ? absl::StatusCode::kResourceExhausted
                                                         : absl::StatusCode::kUnavailable,
                      absl::StrCat(what, " ", path, ": ", std::strerror(error)));
}

absl::Status SyncDirectory(const std::string& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return DiskError("opening", path);
  const bool synced = fsync(directory) == 0;
  const absl::Status status = synced ? absl::OkStatus() : DiskError("syncing", path);
  close(directory);
  return status;
}

}  // namespace

absl::Status WriteWhole(const std::string& path, absl::string_view bytes, bool secret) {
  const std::string temporary = absl::StrCat(path, ".part");
  const int file =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
  if (file < 0) return DiskError("creating", temporary);
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const absl::Status status = DiskError("writing", temporary);
      close(file);
      unlink(temporary.c_str());
      return status;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(file) != 0) {
    const absl::Status status = DiskError("syncing", temporary);
    close(file);
    return status;
  }
  if (close(file) != 0) return DiskError("closing", temporary);
  if (rename(temporary.c_str(), path.c_str()) != 0) return DiskError("renaming", temporary);
  return SyncDirectory(std::filesystem::path(path).parent_path().string());
}

}  // namespace aplomb::publish
