#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/durable_file.h"
#include "base/status.h"
#include "cli/errors.h"

namespace aplomb::cli {
namespace {

// What the system says of a file, in both languages where it is one of the usual things.
absl::Status FromErrno(const std::string& path, absl::string_view fr, absl::string_view en) {
  const int error = errno;
  absl::StatusCode code = absl::ErrnoToStatusCode(error);
  // What was named is not what was meant; the state of nothing is wrong.
  if (error == EISDIR) code = absl::StatusCode::kInvalidArgument;
  if (error == ENOTDIR || error == ELOOP) code = absl::StatusCode::kNotFound;
  struct Usual {
    int error;
    absl::string_view fr;
    absl::string_view en;
  };
  static constexpr Usual kUsual[] = {
      {ENOENT, "il n'existe pas", "it does not exist"},
      {EACCES, "l'accès est refusé", "access is denied"},
      {EISDIR, "c'est un dossier", "it is a directory"},
      {ELOOP, "des liens tournent en rond", "links lead in a circle"},
      {ENAMETOOLONG, "le nom est trop long", "the name is too long"},
      {ENOTDIR, "une partie du chemin n'est pas un dossier", "a part of the path is no directory"},
      {ENOSPC, "le disque est plein", "the disk is full"},
      {EDQUOT, "le quota de disque est atteint", "the disk quota is used up"},
      {EROFS, "le disque est en lecture seule", "the disk is read-only"},
  };
  absl::string_view why_fr = std::strerror(error);
  absl::string_view why_en = why_fr;
  for (const Usual& usual : kUsual) {
    if (usual.error == error) {
      why_fr = usual.fr;
      why_en = usual.en;
    }
  }
  const bool full = error == ENOSPC || error == EDQUOT;
  return ErrorOf(code, full ? "STORAGE_FULL" : "", absl::StrCat(path, " : ", fr, " : ", why_fr),
                 absl::StrCat(path, ": ", en, ": ", why_en));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FromErrno(path, "ne peut pas être ouvert", "cannot be opened");
  const auto close_file = absl::MakeCleanup([file] { close(file); });
  std::string bytes;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = read(file, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno(path, "ne peut pas être lu", "cannot be read");
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(count) > max_bytes) {
      return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                     absl::StrCat(path, " : plus de ", max_bytes, " octets"),
                     absl::StrCat(path, ": larger than ", max_bytes, " bytes"));
    }
    bytes.append(buffer, static_cast<size_t>(count));
  }
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes, bool secret) {
  return base::WriteFileDurably(path, bytes, secret ? std::optional<int>(0600) : std::nullopt);
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
  const std::string all = absl::StrJoin(places, ", ");
  return ErrorOf(
      absl::StatusCode::kNotFound, "",
      absl::StrCat("aucun dossier catalog/rulebook dans ", all, " ; dites où avec --share"),
      absl::StrCat("no folder catalog/rulebook in ", all, "; say where with --share"));
}

}  // namespace aplomb::cli
