#include "audit/section_reader.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/own_entries.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

std::string Name(int64_t index, uint8_t tier) {
  return absl::StrCat("the sections of tier ", tier, " of entry ", index);
}

// What it means that bytes or key are not there.
absl::Status Gone(const Database& database, int64_t index, uint8_t tier, absl::string_view what) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> erasure, FindErasure(database, index, tier));
  if (erasure.has_value()) {
    return base::ReasonedError(absl::StatusCode::kNotFound, "SECTION_ERASED",
                               absl::StrCat("Erased: ", Name(index, tier),
                                            ", as entry ", *erasure, " of the log says."));
  }
  return base::ReasonedError(absl::StatusCode::kDataLoss, "SECTION_MISSING",
                             absl::StrCat("Missing without an ERASURE entry: ", what, " of ",
                                          Name(index, tier), "."));
}

}  // namespace

absl::StatusOr<PayloadKey> ReadPayloadKey(const Database& database, const KeyStore& keys,
                                          const LoggedEntry& entry, uint8_t tier) {
  if (entry.FindTier(tier) == nullptr) {
    return base::ReasonedError(absl::StatusCode::kNotFound, "SECTION_NOT_FOUND",
                               absl::StrCat("Entry ", entry.index, " has no sections of tier ",
                                            tier, "."));
  }
  ASSIGN_OR_RETURN(const std::optional<PayloadKey> key, keys.Find(entry.key_slot, tier));
  if (!key.has_value()) return Gone(database, entry.index, tier, "the key");
  return *key;
}

absl::StatusOr<std::vector<std::string>> ReadSections(const Database& database,
                                                      const KeyStore& keys, int64_t index,
                                                      uint8_t tier) {
  ASSIGN_OR_RETURN(const LoggedEntry entry, database.ReadEntry(index));
  ASSIGN_OR_RETURN(const PayloadKey key, ReadPayloadKey(database, keys, entry, tier));
  ASSIGN_OR_RETURN(const std::optional<std::string> sealed, database.ReadSealed(index, tier));
  if (!sealed.has_value()) return Gone(database, index, tier, "the bytes");
  const EntryId id = EntryIdOfSlot(entry.key_slot);
  absl::StatusOr<std::vector<std::string>> values = OpenSections(key, id, *sealed);
  const TierCommitment& commitment = *entry.FindTier(tier);
  if (!values.ok() || values->size() != commitment.section_count ||
      CommitSections(key, id, *values) != commitment.root) {
    return base::ReasonedError(
        absl::StatusCode::kDataLoss, "SECTION_DAMAGED",
        absl::StrCat("Damaged: ", Name(index, tier), " do not fit the root in the entry."));
  }
  return values;
}

}  // namespace aplomb::audit
