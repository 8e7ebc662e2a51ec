// Verifies a log as an outsider does, from files alone: leaves, tiles and root are derived again
// from the entry bundles (stored tiles are compared, never believed), then everything that the log
// signed is held against that. docs/auditing.md walks through it.
//
// Memory: 64 bytes for each entry, the hashes of all complete subtrees; one bundle at a time.
#ifndef APLOMB_AUDIT_VERIFY_VERIFY_H_
#define APLOMB_AUDIT_VERIFY_VERIFY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/tlog/checkpoint.h"
#include "audit/verify/report.h"

namespace aplomb::verify {

inline constexpr size_t kMaxOldCheckpoints = 10'000;

// Where the log's files are read from (C2SP tlog-tiles).
class Source {
 public:
  virtual ~Source() = default;
  // The bytes of "checkpoint", "tile/0/000" …; NotFound if it is not there, ResourceExhausted above
  // `bytes_max`.
  virtual absl::StatusOr<std::string> Read(const std::string& path, size_t bytes_max) const = 0;
};

// A directory, or "file://" and one.
class DirectorySource : public Source {
 public:
  explicit DirectorySource(absl::string_view directory);
  absl::StatusOr<std::string> Read(const std::string& path, size_t bytes_max) const override;

 private:
  std::string directory_;
};

// The bytes of a file, under the same conditions.
absl::StatusOr<std::string> ReadFileUpTo(const std::string& path, size_t bytes_max);

// A text that was kept from earlier, and what findings call it (its file's name).
struct Kept {
  std::string label = {};
  std::string text = {};
};
struct KeptReceipt {
  std::string label = {};
  std::string text = {};
  // Bytes that the receipt is for; none: those that it carries as "extra".
  std::optional<std::string> entry = {};
  // A section of that entry, shown to the reader (audit/sections.h).
  std::optional<std::string> disclosure = {};
};

struct LogInput {
  std::vector<Kept> old_checkpoints = {};
  std::vector<KeptReceipt> receipts = {};
};

// Verifies all of a log.
Report VerifyLog(const Source& source, const tlog::Policy& policy, const LogInput& input);

// Verifies a receipt by itself, without the log and without any server, and what it discloses.
Report VerifyReceipt(const KeptReceipt& receipt, const tlog::Policy& policy);

}  // namespace aplomb::verify

#endif  // APLOMB_AUDIT_VERIFY_VERIFY_H_
