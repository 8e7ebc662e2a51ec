// The cosignatures of witnesses, kept in the family `cosig` of the database: u64 size, u32 key id,
// name of the key -> the line for the note. Written without a sync: one that a power cut takes is
// asked for again with the next head. Thread-safe.
#ifndef APLOMB_AUDIT_COSIGNATURES_H_
#define APLOMB_AUDIT_COSIGNATURES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/database.h"
#include "audit/log_tree.h"
#include "audit/tlog/note.h"

namespace aplomb::audit {

// The lines of all witnesses for the head of `size`, by key id; empty if there are none.
absl::StatusOr<std::string> ReadCosignatures(const Database& database, uint64_t size);
// The newest head with a line; 0 if there is none.
absl::StatusOr<uint64_t> NewestCosignedSize(const Database& database);
// OK if `line` is the one line of a note, of the name and key id in `key`.
absl::Status CheckCosignatureRow(absl::string_view key, absl::string_view line);

// Keeps `line`, the cosignature of `witness` over the head of `size`.
absl::Status KeepCosignature(Database& database, uint64_t size, const tlog::VerifierKey& witness,
                             absl::string_view line);

// What was kept, for those who only read: without a policy, any line makes a head cosigned.
class KeptCosignatures final : public LogTree::CosignatureSource {
 public:
  // `database` must outlive it.
  explicit KeptCosignatures(const Database* database) : database_(database) {}

  std::string Lines(uint64_t size) const override;
  uint64_t NewestSize(uint64_t index) const override;
  uint64_t FirstQuorumSize(uint64_t) const override { return 0; }

 private:
  const Database* const database_;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_COSIGNATURES_H_
