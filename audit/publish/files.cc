#include "audit/publish/files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/tlog/checkpoint.h"
#include "audit/tlog/tree.h"
#include "base/durable_file.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::publish {
namespace {

namespace fs = std::filesystem;

constexpr char kText[] = "text/plain; charset=utf-8";
constexpr size_t kVkeyBytesMax = 4096;
constexpr char kBytes[] = "application/octet-stream";

absl::Status MakeParents(const std::string& path) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("making the folder of ", path, ": ", error.message()));
}

}  // namespace

absl::StatusOr<File> ReadFile(const audit::LogReader& log, absl::string_view path) {
  File file{.bytes = {}, .content_type = kText, .immutable = false};
  if (path == "checkpoint") {
    ASSIGN_OR_RETURN(file.bytes, log.SignedCheckpoint());
    return file;
  }
  if (path == "vkey") {
    file.bytes = absl::StrCat(log.log_key().ToString(), "\n");
    return file;
  }
  const absl::StatusOr<tlog::Tile> tile = tlog::ParseTilePath(path);
  if (!tile.ok()) return absl::NotFoundError("there is no such file in a log");
  ASSIGN_OR_RETURN(file.bytes, log.TileBytes(*tile));
  file.content_type = kBytes;
  file.immutable = true;
  return file;
}

absl::StatusOr<Exported> Export(const audit::LogReader& log, const std::string& directory) {
  // One head for all: the log may grow meanwhile.
  ASSIGN_OR_RETURN(const std::string checkpoint, log.SignedCheckpoint());
  ASSIGN_OR_RETURN(const tlog::Checkpoint head, tlog::OpenCheckpoint(checkpoint, log.log_key()));
  const std::string vkey = absl::StrCat(log.log_key().ToString(), "\n");
  const std::string vkey_path = absl::StrCat(directory, "/vkey");
  RETURN_IF_ERROR(MakeParents(vkey_path));
  std::error_code error;
  if (fs::exists(vkey_path, error)) {
    std::ifstream file(vkey_path, std::ios::binary);
    std::string known(kVkeyBytesMax, '\0');
    file.read(known.data(), static_cast<std::streamsize>(known.size()));
    known.resize(static_cast<size_t>(file.gcount()));
    // A log that has changed its key is the same log.
    const std::vector<tlog::VerifierKey> keys = log.log_keys();
    if (std::none_of(keys.begin(), keys.end(), [&known](const tlog::VerifierKey& key) {
          return absl::StrCat(key.ToString(), "\n") == known;
        })) {
      return base::ReasonedError(
          absl::StatusCode::kFailedPrecondition, "EXPORT_OF_ANOTHER_LOG",
          absl::StrCat(directory, " holds the files of another log; choose an empty directory."));
    }
  }
  RETURN_IF_ERROR(base::WriteFileDurably(vkey_path, vkey));

  Exported exported{.size = head.size};
  for (const tlog::Tile& tile : tlog::TilesOf(head.size)) {
    const std::string path = absl::StrCat(directory, "/", tlog::TilePath(tile));
    if (fs::exists(path, error)) {
      ++exported.files_kept;
      continue;
    }
    ASSIGN_OR_RETURN(const std::string bytes, log.TileBytes(tile));
    RETURN_IF_ERROR(MakeParents(path));
    RETURN_IF_ERROR(base::WriteFileDurably(path, bytes));
    ++exported.files_written;
  }
  RETURN_IF_ERROR(base::WriteFileDurably(absl::StrCat(directory, "/checkpoint"), checkpoint));
  return exported;
}

}  // namespace aplomb::publish
