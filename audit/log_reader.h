// What of the log is published, as those read it who serve, export or verify it: entries, tiles and
// signed checkpoints up to the newest published head, and nothing beyond it.
//
// Implemented by LogTree over the database (audit/log_tree.h), and by whoever reads a copy of the
// log from files. Implementations are thread-safe.
#ifndef APLOMB_AUDIT_LOG_READER_H_
#define APLOMB_AUDIT_LOG_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/tlog/note.h"
#include "audit/tlog/tree.h"

namespace aplomb::audit {

class LogReader {
 public:
  virtual ~LogReader() = default;

  // Entries of the newest published head; never decreases.
  virtual uint64_t size() const = 0;

  // The bytes of an entry, as they were hashed. NotFound at `size()` and beyond; DataLoss if they
  // do not have the hash that was stored for them.
  virtual absl::StatusOr<std::string> EntryBytes(uint64_t index) const = 0;

  // The bytes of a tile or of an entry bundle, of exactly `tile.width` hashes or entries. A partial
  // tile is the beginning of its full one, so any width up to what size() has is there. NotFound
  // beyond that; DataLoss as EntryBytes.
  virtual absl::StatusOr<std::string> TileBytes(const tlog::Tile& tile) const = 0;

  // The signed note of the newest published head, with the cosignatures that are known.
  virtual absl::StatusOr<std::string> SignedCheckpoint() const = 0;
  // That of an earlier head. NotFound for a size at which no checkpoint was signed.
  virtual absl::StatusOr<std::string> SignedCheckpointAt(uint64_t size) const = 0;

  // Whose signature is on every checkpoint. Its name is the log's origin.
  virtual tlog::VerifierKey log_key() const = 0;
  // All that it ever had, oldest first.
  virtual std::vector<tlog::VerifierKey> log_keys() const { return {log_key()}; }
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_LOG_READER_H_
