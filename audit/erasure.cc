#include "audit/erasure.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

using SlotAndTier = std::pair<uint64_t, uint8_t>;

absl::StatusOr<SlotAndTier> SlotOf(const Database& database, const ErasedTier& tier) {
  ASSIGN_OR_RETURN(const LoggedEntry entry, database.ReadEntry(tier.index));
  if (entry.FindTier(tier.tier) == nullptr) {
    return base::ReasonedError(
        absl::StatusCode::kNotFound, "SECTION_NOT_FOUND",
        absl::StrCat("Entry ", tier.index, " has no sections of tier ", tier.tier, "."));
  }
  return SlotAndTier(entry.key_slot, tier.tier);
}

absl::Status DestroyAndCompact(Database& database, KeyStore& keys,
                               const std::vector<SlotAndTier>& slots) {
  RETURN_IF_ERROR(keys.Destroy(slots));
  return database.Compact(kSectionFamily);
}

}  // namespace

absl::StatusOr<Committed> EraseSections(Sequencer& sequencer, Database& database, KeyStore& keys,
                                        Erasure erasure) {
  std::sort(erasure.tiers.begin(), erasure.tiers.end());
  erasure.tiers.erase(std::unique(erasure.tiers.begin(), erasure.tiers.end()),
                      erasure.tiers.end());
  if (erasure.tiers.empty()) {
    return base::ReasonedError(absl::StatusCode::kInvalidArgument, "ERASURE_EMPTY",
                               "Name at least one entry and tier to erase.");
  }
  if (erasure.tiers.size() > kMaxErasedTiers) {
    return base::ReasonedError(absl::StatusCode::kInvalidArgument, "ERASURE_TOO_LARGE",
                               absl::StrCat(erasure.tiers.size(), " tiers; at most ",
                                            kMaxErasedTiers, " at once."));
  }
  std::vector<SlotAndTier> slots;
  for (const ErasedTier& tier : erasure.tiers) {
    ASSIGN_OR_RETURN(slots.emplace_back(), SlotOf(database, tier));
  }
  const auto stage = [&erasure](StageContext& context) -> absl::Status {
    for (const ErasedTier& tier : erasure.tiers) {
      ASSIGN_OR_RETURN(
          const std::optional<std::string> known,
          context.state().Get(kErasedFamily, TierKey(tier.index, tier.tier)));
      if (known.has_value()) {
        return base::ReasonedError(absl::StatusCode::kFailedPrecondition, "SECTION_ERASED",
                                   absl::StrCat("The sections of tier ", tier.tier, " of entry ",
                                                tier.index, " were erased before."));
      }
      context.RemoveSealed(tier.index, tier.tier);
    }
    return context.Append(EntryType::kErasure, EncodeErasure(erasure)).status();
  };
  ASSIGN_OR_RETURN(const Committed committed, sequencer.SubmitAndWait(stage));
  RETURN_IF_ERROR(DestroyAndCompact(database, keys, slots));
  return committed;
}

absl::StatusOr<int64_t> CompleteErasures(Database& database, KeyStore& keys) {
  std::vector<ErasedTier> erased;
  absl::Status garbled;
  RETURN_IF_ERROR(
      database.Scan(kErasedFamily, "", "", [&](absl::string_view key, absl::string_view) {
        base::ByteReader reader(key);
        const absl::StatusOr<int64_t> index = reader.I64();
        const absl::StatusOr<uint8_t> tier = reader.U8();
        if (!index.ok() || !tier.ok()) garbled = absl::DataLossError("a garbled key in `erased`");
        if (garbled.ok()) erased.push_back({.index = *index, .tier = *tier});
        return garbled.ok();
      }));
  RETURN_IF_ERROR(garbled);
  std::vector<SlotAndTier> left;
  for (const ErasedTier& tier : erased) {
    ASSIGN_OR_RETURN(const SlotAndTier slot, SlotOf(database, tier));
    ASSIGN_OR_RETURN(const std::optional<PayloadKey> key, keys.Find(slot.first, slot.second));
    if (key.has_value()) left.push_back(slot);
  }
  if (!left.empty()) RETURN_IF_ERROR(DestroyAndCompact(database, keys, left));
  return static_cast<int64_t>(left.size());
}

}  // namespace aplomb::audit
