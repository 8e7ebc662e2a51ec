// The files of a log as C2SP tlog-tiles lays them out: which paths there are, what stands in them,
// and how they go onto a disk. The same table serves HTTP and export; anything a path does not
// spell exactly so is not there.
//
//   checkpoint   the newest signed head          tile/<L>/<N>[.p/<W>]        hash tile
//   vkey         the log's public key, one line  tile/entries/<N>[.p/<W>]    entry bundle
#ifndef APLOMB_AUDIT_PUBLISH_FILES_H_
#define APLOMB_AUDIT_PUBLISH_FILES_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/log_reader.h"

namespace aplomb::publish {

struct File {
  std::string bytes;
  absl::string_view content_type;  // of static storage
  bool immutable = false;          // false: it may be another one a moment later
};

// What stands at `path` ("tile/0/000", without a slash before it). NotFound for paths that are not
// canonical and for what lies beyond the published head; other errors as LogReader.
absl::StatusOr<File> ReadFile(const audit::LogReader& log, absl::string_view path);

struct Exported {
  uint64_t size = 0;
  uint64_t files_written = 0;
  uint64_t files_kept = 0;  // immutable, and there before
};

// Writes the log as it is published now below `directory` (made if missing), the checkpoint last,
// so that a copy that breaks off never shows a head whose tiles are missing. Exporting again adds
// what is new. Every file is written whole or not at all and synced.
//
//   FailedPrecondition  EXPORT_OF_ANOTHER_LOG: `directory` has the vkey of another log
absl::StatusOr<Exported> Export(const audit::LogReader& log, const std::string& directory);

}  // namespace aplomb::publish

#endif  // APLOMB_AUDIT_PUBLISH_FILES_H_
