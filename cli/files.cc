#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"

namespace aplomb::cli {
namespace {

absl::Status FromErrno(absl::string_view what, const std::string& path) {
  const int error = errno;
  return absl::ErrnoToStatus(error, absl::StrCat(what, " ", path));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FromErrno("cannot open", path);
  const auto close_file = absl::MakeCleanup([file] { close(file); });
  std::string bytes;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = read(file, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno("cannot read", path);
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(count) > max_bytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " is larger than ", max_bytes, " bytes"));
    }
    bytes.append(buffer, static_cast<size_t>(count));
  }
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes, bool secret) {
  const std::string temporary = absl::StrCat(path, ".new");
  const int file =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
  if (file < 0) return FromErrno("cannot write", temporary);
  auto close_file = absl::MakeCleanup([file] { close(file); });
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno("cannot write", temporary);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  if (fsync(file) != 0) return FromErrno("cannot sync", temporary);
  std::move(close_file).Invoke();
  if (rename(temporary.c_str(), path.c_str()) != 0) return FromErrno("cannot rename to", path);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadLine(const std::string& path) {
  constexpr size_t kMaxLineBytes = 4096;
  ASSIGN_OR_RETURN(std::string line, ReadFile(path, kMaxLineBytes));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return line;
}

absl::StatusOr<std::string> FindShare(const std::string& given) {
  namespace fs = std::filesystem;
  std::vector<std::string> places;
  if (!given.empty()) {
    places.push_back(given);
  } else {
    if (const char* share = std::getenv("APLOMB_SHARE"); share != nullptr) places.push_back(share);
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    // <tree>/build/<preset>/bin/aplomb, or <prefix>/bin/aplomb.
    if (!error) {
      places.push_back(program.parent_path().parent_path().parent_path().parent_path().string());
      places.push_back((program.parent_path().parent_path() / "share/aplomb").string());
    }
  }
  for (const std::string& place : places) {
    std::error_code error;
    if (fs::is_directory(fs::path(place) / "catalog/rulebook", error)) return place;
  }
  return absl::NotFoundError(absl::StrCat("no folder catalog/rulebook in ",
                                          absl::StrJoin(places, ", "), "; say where with --share"));
}

}  // namespace aplomb::cli
