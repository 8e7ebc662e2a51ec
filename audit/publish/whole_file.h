// A file that is written whole or not at all.
#ifndef APLOMB_AUDIT_PUBLISH_WHOLE_FILE_H_
#define APLOMB_AUDIT_PUBLISH_WHOLE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace aplomb::publish {

// When it returns OK the file is durable under `path`: a temporary file beside it, synced, renamed
// over it, the folder synced. `secret`: readable by its owner only. ResourceExhausted if the disk
// is full, else Unavailable.
absl::Status WriteWhole(const std::string& path, absl::string_view bytes, bool secret = false);

}  // namespace aplomb::publish

#endif  // APLOMB_AUDIT_PUBLISH_WHOLE_FILE_H_
