#include "audit/own_entries.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/key_change.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr size_t kLabelSizeMax = 10;
constexpr uint8_t kVersion = 1;
constexpr int64_t kNotClosed = std::numeric_limits<int64_t>::max();

absl::Status ReadVersion(base::ByteReader& reader) {
  ASSIGN_OR_RETURN(const uint8_t version, reader.U8());
  if (version == kVersion) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("version ", version, "; this build reads ", kVersion));
}

absl::StatusOr<EpochCommitment::Kind> ReadKind(base::ByteReader& reader) {
  const size_t offset = reader.offset();
  ASSIGN_OR_RETURN(const uint8_t kind, reader.U8());
  if (kind != 1 && kind != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("offset ", offset, ": unknown kind of epoch ", kind));
  }
  return static_cast<EpochCommitment::Kind>(kind);
}

absl::StatusOr<int64_t> ReadIndex(base::ByteReader& reader) {
  const size_t offset = reader.offset();
  ASSIGN_OR_RETURN(const int64_t index, reader.I64());
  if (index < 0) {
    return absl::InvalidArgumentError(absl::StrCat("offset ", offset, ": index above 2^63 - 1"));
  }
  return index;
}

std::string EncodeEpochState(const EpochState& state) {
  base::ByteWriter writer;
  writer.I64(state.epoch_index);
  writer.I64(state.close_index.value_or(kNotClosed));
  return std::move(writer).Take();
}

absl::Status ProjectEpoch(const LoggedEntry& entry, Overlay& overlay) {
  ASSIGN_OR_RETURN(const EpochCommitment epoch, DecodeEpochCommitment(entry.body));
  ASSIGN_OR_RETURN(const std::optional<std::string> known, overlay.Get(kEpochFamily, epoch.label));
  if (known.has_value()) {
    return absl::InternalError(
        absl::StrCat("entry ", entry.index, ": ", epoch.label, " has a commitment already"));
  }
  overlay.Put(kEpochFamily, epoch.label,
              EncodeEpochState({.label = epoch.label, .epoch_index = entry.index}));
  return absl::OkStatus();
}

absl::Status ProjectEpochClose(const LoggedEntry& entry, Overlay& overlay) {
  ASSIGN_OR_RETURN(const EpochClosing closing, DecodeEpochClosing(entry.body));
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                   overlay.Get(kEpochFamily, closing.label));
  if (!bytes.has_value()) {
    return absl::InternalError(
        absl::StrCat("entry ", entry.index, ": ", closing.label, " was never committed"));
  }
  ASSIGN_OR_RETURN(EpochState state, DecodeEpochState(closing.label, *bytes));
  if (state.close_index.has_value() || state.epoch_index != closing.epoch_index) {
    return absl::InternalError(
        absl::StrCat("entry ", entry.index, ": closes ", closing.label, ", which is not open"));
  }
  state.close_index = entry.index;
  overlay.Put(kEpochFamily, closing.label, EncodeEpochState(state));
  return absl::OkStatus();
}

absl::Status ProjectErasure(const LoggedEntry& entry, Overlay& overlay) {
  ASSIGN_OR_RETURN(const Erasure erasure, DecodeErasure(entry.body));
  for (const ErasedTier& erased : erasure.tiers) {
    if (erased.index >= entry.index) {
      return absl::InternalError(
          absl::StrCat("entry ", entry.index, ": erases entry ", erased.index, ", a later one"));
    }
    const std::string key = TierKey(erased.index, erased.tier);
    ASSIGN_OR_RETURN(const std::optional<std::string> known, overlay.Get(kErasedFamily, key));
    // The first erasure is the one that did it.
    if (!known.has_value()) overlay.Put(kErasedFamily, key, IndexKey(entry.index));
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeEpochCommitment(const EpochCommitment& commitment) {
  base::ByteWriter writer;
  writer.U8(static_cast<uint8_t>(commitment.kind));
  writer.Bytes(commitment.label);
  writer.Digest(commitment.commitment);
  return std::move(writer).Take();
}

absl::StatusOr<EpochCommitment> DecodeEpochCommitment(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  EpochCommitment commitment;
  ASSIGN_OR_RETURN(commitment.kind, ReadKind(reader));
  ASSIGN_OR_RETURN(const absl::string_view label, reader.Bytes(kLabelSizeMax));
  commitment.label = std::string(label);
  ASSIGN_OR_RETURN(commitment.commitment, reader.Digest());
  RETURN_IF_ERROR(reader.ExpectEnd());
  return commitment;
}

base::Digest CommitSecret(EpochCommitment::Kind kind, absl::string_view label,
                          const base::Digest& secret) {
  base::ByteWriter writer;
  writer.Raw("aplomb/epoch/v1");
  writer.U8(0);
  writer.U8(static_cast<uint8_t>(kind));
  writer.Raw(label);
  writer.U8(0);
  writer.Digest(secret);
  return base::Sha256(writer.view());
}

std::string EncodeEpochClosing(const EpochClosing& closing) {
  CHECK(closing.secret.has_value() == (closing.kind == EpochCommitment::Kind::kDay))
      << "the secrets of days are public, the keys of years are not";
  base::ByteWriter writer;
  writer.U8(kVersion);
  writer.U8(static_cast<uint8_t>(closing.kind));
  writer.Bytes(closing.label);
  writer.I64(closing.epoch_index);
  if (closing.secret.has_value()) writer.Digest(*closing.secret);
  return std::move(writer).Take();
}

absl::StatusOr<EpochClosing> DecodeEpochClosing(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  EpochClosing closing;
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(closing.kind, ReadKind(reader));
  ASSIGN_OR_RETURN(const absl::string_view label, reader.Bytes(kLabelSizeMax));
  closing.label = std::string(label);
  ASSIGN_OR_RETURN(closing.epoch_index, ReadIndex(reader));
  if (closing.kind == EpochCommitment::Kind::kDay) {
    ASSIGN_OR_RETURN(closing.secret, reader.Digest());
  }
  RETURN_IF_ERROR(reader.ExpectEnd());
  return closing;
}

std::string EncodeErasure(const Erasure& erasure) {
  CHECK(!erasure.tiers.empty() && erasure.tiers.size() <= kMaxErasedTiers)
      << "checked when the erasure was asked for";
  base::ByteWriter writer;
  writer.U8(kVersion);
  writer.U8(static_cast<uint8_t>(erasure.ground));
  writer.Count(erasure.tiers.size());
  for (const ErasedTier& tier : erasure.tiers) {
    writer.I64(tier.index);
    writer.U8(tier.tier);
  }
  return std::move(writer).Take();
}

absl::StatusOr<Erasure> DecodeErasure(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  Erasure erasure;
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(const uint8_t ground, reader.U8());
  if (ground < 1 || ground > 3) {
    return absl::InvalidArgumentError(absl::StrCat("offset 1: unknown ground ", ground));
  }
  erasure.ground = static_cast<ErasureGround>(ground);
  ASSIGN_OR_RETURN(const size_t count, reader.Count(kMaxErasedTiers, 9));
  if (count == 0) return absl::InvalidArgumentError("offset 2: erases nothing");
  for (size_t i = 0; i < count; ++i) {
    ErasedTier tier;
    ASSIGN_OR_RETURN(tier.index, ReadIndex(reader));
    ASSIGN_OR_RETURN(tier.tier, reader.U8());
    if (!erasure.tiers.empty() && !(erasure.tiers.back() < tier)) {
      return absl::InvalidArgumentError(
          absl::StrCat("offset ", reader.offset() - 9, ": not strictly ascending"));
    }
    erasure.tiers.push_back(tier);
  }
  RETURN_IF_ERROR(reader.ExpectEnd());
  return erasure;
}

absl::Status ProjectOwnEntry(const LoggedEntry& entry, Overlay& overlay) {
  switch (entry.type) {
    case EntryType::kEpoch:
      return ProjectEpoch(entry, overlay);
    case EntryType::kEpochClose:
      return ProjectEpochClose(entry, overlay);
    case EntryType::kErasure:
      return ProjectErasure(entry, overlay);
    case EntryType::kKey:
      return ProjectKeyChange(entry, overlay);
    default:
      return absl::OkStatus();  // no effects
  }
}

absl::StatusOr<EpochState> DecodeEpochState(absl::string_view label, absl::string_view value) {
  base::ByteReader reader(value);
  EpochState state{.label = std::string(label)};
  ASSIGN_OR_RETURN(state.epoch_index, reader.I64());
  ASSIGN_OR_RETURN(const int64_t close_index, reader.I64());
  RETURN_IF_ERROR(reader.ExpectEnd());
  if (close_index != kNotClosed) state.close_index = close_index;
  return state;
}

absl::StatusOr<std::optional<int64_t>> FindErasure(const Database& database, int64_t index,
                                                   uint8_t tier) {
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   database.Get(kErasedFamily, TierKey(index, tier)));
  if (!value.has_value()) return std::optional<int64_t>();
  base::ByteReader reader(*value);
  ASSIGN_OR_RETURN(const int64_t erasure, reader.I64());
  return std::optional<int64_t>(erasure);
}

}  // namespace aplomb::audit
