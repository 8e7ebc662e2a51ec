// The catalogue at one revision, in memory. A revision is the index of the log
// entry that last changed the catalogue. A snapshot is immutable and shared:
// readers hold a pointer, a publish builds the next snapshot and swaps one
// pointer, and unchanged offerings are shared between snapshots.
#ifndef APLOMB_CATALOG_SNAPSHOT_H_
#define APLOMB_CATALOG_SNAPSHOT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "base/digest.h"

namespace aplomb::catalog {

// One offering as published, with its member.
struct OfferingEntry {
  v1::Offering offering;
  base::Digest digest;     // of the stored bytes
  int64_t revision = 0;    // log index that wrote it
  int64_t time_us = 0;     // when
  uint32_t ordinal = 0;    // place in the state tree: order of first registration
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

struct Snapshot {
  int64_t revision = 0;
  int64_t time_us = 0;  // of the last change
  // By resource name, so that lists need no sorting.
  std::map<std::string, std::shared_ptr<const MemberEntry>, std::less<>> members;
  std::map<std::string, std::shared_ptr<const OfferingEntry>, std::less<>> offerings;
  // By revision; the active one is the newest whose valid_from has come.
  std::map<int64_t, std::shared_ptr<const RulebookEntry>> rulebooks;
  std::shared_ptr<const TableEntry<v1::LawTable>> law_table;            // null: none yet
  std::shared_ptr<const TableEntry<v1::ExchangeRateTable>> rates;       // null: none yet
  base::Digest state_digest;  // docs/storage.md
};

// A rulebook of the snapshot, or null.
const RulebookEntry* FindRulebook(const Snapshot& snapshot, int64_t revision);

// The newest rulebook in force on `day` (days since 1970-01-01), or null.
const RulebookEntry* ActiveRulebook(const Snapshot& snapshot, int32_t day);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_SNAPSHOT_H_
