#include "base/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::base {
namespace {

absl::Status NotWritten(const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return base::ReasonedError(
      full ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable,
      full ? "STORAGE_FULL" : "FILE_NOT_WRITTEN",
      absl::StrCat(path, ": cannot be written: ", std::strerror(error)));
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status SyncDirectory(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return NotWritten(directory, errno);
  const absl::Cleanup closer = [fd] { close(fd); };
  if (fsync(fd) != 0) return NotWritten(directory, errno);
  return absl::OkStatus();
}

absl::Status WriteAndSync(const std::string& path, absl::string_view bytes,
                          std::optional<int> mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode.value_or(0666));
  if (fd < 0) return NotWritten(path, errno);
  const absl::Cleanup closer = [fd] { close(fd); };
  // The mask of the process does not loosen or tighten what was asked for.
  if (mode.has_value() && fchmod(fd, static_cast<mode_t>(*mode)) != 0) {
    return NotWritten(path, errno);
  }
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return NotWritten(path, errno);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(fd) != 0) return NotWritten(path, errno);
  return absl::OkStatus();
}

// Leaves no half of a file behind.
absl::Status WriteNew(const std::string& path, absl::string_view bytes, std::optional<int> mode) {
  absl::Status written = WriteAndSync(path, bytes, mode);
  if (!written.ok()) unlink(path.c_str());
  return written;
}

}  // namespace

absl::Status WriteFileDurably(const std::string& path, absl::string_view bytes,
                              std::optional<int> mode) {
  const std::string fresh = path + ".new";
  RETURN_IF_ERROR(WriteNew(fresh, bytes, mode));
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(fresh.c_str());
    return NotWritten(path, error);
  }
  return SyncDirectory(path);
}

absl::Status CreateFileDurably(const std::string& path, absl::string_view bytes, int mode) {
  const std::string fresh = path + ".new";
  RETURN_IF_ERROR(WriteNew(fresh, bytes, mode));
  // Unlike rename, link does not replace what is there.
  const int linked = link(fresh.c_str(), path.c_str());
  const int error = errno;
  unlink(fresh.c_str());
  if (linked != 0) {
    if (error == EEXIST) return absl::AlreadyExistsError(absl::StrCat(path, ": is there already"));
    return NotWritten(path, error);
  }
  return SyncDirectory(path);
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  const auto not_read = [&path](absl::string_view why) {
    return base::ReasonedError(absl::StatusCode::kUnavailable, "FILE_NOT_READ",
                               absl::StrCat(path, ": cannot be read: ", why));
  };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return absl::NotFoundError(absl::StrCat(path, ": is not there"));
    return not_read(std::strerror(errno));
  }
  const absl::Cleanup closer = [fd] { close(fd); };
  std::string bytes;
  char buffer[65536];
  while (true) {
    const ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count < 0) {
      if (errno == EINTR) continue;
      return not_read(std::strerror(errno));
    }
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(count));
    if (bytes.size() > kMaxSmallFileBytes) {
      return not_read(absl::StrCat("it has more than ", kMaxSmallFileBytes, " bytes"));
    }
  }
}

}  // namespace aplomb::base
