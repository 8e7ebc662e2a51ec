// The catalogue at one revision, in memory. A revision is the index of the log
// entry that last changed the catalogue. A snapshot is immutable and shared:
// readers hold a pointer, a publish builds the next snapshot and swaps one
// pointer, and what did not change is shared between snapshots.
#ifndef APLOMB_CATALOG_SNAPSHOT_H_
#define APLOMB_CATALOG_SNAPSHOT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "base/digest.h"
#include "catalog/shared_map.h"

namespace aplomb::catalog {

// One offering as published, with its member.
struct OfferingEntry {
  v1::Offering offering;
  base::Digest digest;   // of the stored bytes
  int64_t revision = 0;  // log index that wrote it
  int64_t time_us = 0;   // when
  uint32_t ordinal = 0;  // place in the state tree: order of first registration
};

struct MemberEntry {
  v1::Member member;
  base::Digest digest;
  int64_t revision = 0;
  int64_t time_us = 0;
  uint32_t ordinal = 0;  // place in the state tree: order of first registration
};

struct RulebookEntry {
  v1::Rulebook rulebook;
  base::Digest digest;   // of the registered bytes
  int64_t revision = 0;  // log index; the resource's revision id
  int64_t time_us = 0;
  uint32_t ordinal = 0;  // place in the state tree: order of first registration
};

template <typename T>
struct TableEntry {
  T table;
  base::Digest digest;
  int64_t revision = 0;
  int64_t time_us = 0;
  uint32_t ordinal = 0;  // place in the state tree: order of first registration
};

struct SnapshotCounts {
  int64_t active_members = 0;
  int64_t fictional_members = 0;
  int64_t listed_members = 0;  // active, and no members of the association (Member.listed_only)
  int64_t published_offerings = 0;  // of active members

  friend bool operator==(const SnapshotCounts&, const SnapshotCounts&) = default;
};

struct SnapshotIndex {
  SharedMap<std::string, std::shared_ptr<const OfferingEntry>> offerings_by_uid;
  SnapshotCounts counts;
};

struct Snapshot {
  int64_t revision = 0;
  int64_t time_us = 0;  // of the last change
  // By resource name, so that lists need no sorting.
  SharedMap<std::string, std::shared_ptr<const MemberEntry>> members;
  SharedMap<std::string, std::shared_ptr<const OfferingEntry>> offerings;
  // By revision; the active one is the newest whose valid_from has come.
  std::map<int64_t, std::shared_ptr<const RulebookEntry>> rulebooks;
  std::shared_ptr<const TableEntry<v1::LawTable>> law_table;       // null: none yet
  std::shared_ptr<const TableEntry<v1::ExchangeRateTable>> rates;  // null: none yet
  base::Digest state_digest;                                       // docs/storage.md
  // What follows from the maps, for those who would go through them all; null in a snapshot that
  // the store did not make.
  std::shared_ptr<const SnapshotIndex> index;
};

// An object from the bytes that the log holds of it: what the store does, and whoever does it again
// to see what follows from the bytes. DataLoss where they cannot be read.
absl::StatusOr<v1::Member> ReadStoredMember(const std::string& bytes);
absl::StatusOr<v1::Offering> ReadStoredOffering(const std::string& bytes);

// The index of the maps as they are now.
std::shared_ptr<const SnapshotIndex> MakeSnapshotIndex(const Snapshot& snapshot);

// How many can be recommended.
SnapshotCounts CountsOf(const Snapshot& snapshot);

// The offering with this uid, or null. Without an index it looks at each.
const OfferingEntry* FindOfferingByUid(const Snapshot& snapshot, const std::string& uid);

// Makes `entry` the state of the object called `name`, in the maps and in `index`, which must be
// that of `snapshot` before; it is not shared yet.
void ReplaceMember(const std::string& name, std::shared_ptr<const MemberEntry> entry,
                   SnapshotIndex& index, Snapshot& snapshot);
void ReplaceOffering(const std::string& name, std::shared_ptr<const OfferingEntry> entry,
                     SnapshotIndex& index, Snapshot& snapshot);

// A rulebook of the snapshot, or null.
const RulebookEntry* FindRulebook(const Snapshot& snapshot, int64_t revision);

// The newest rulebook in force on `day` (days since 1970-01-01), or null.
const RulebookEntry* ActiveRulebook(const Snapshot& snapshot, int32_t day);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_SNAPSHOT_H_
