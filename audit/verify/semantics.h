// What the entries of a log say, checked one after the other by an outsider: each parses
// completely, time never goes back, nobody refers to what was not there yet, large bodies are
// whole, the catalogue's state digest and the rulebook that a decision names are those that the
// entries before it make, secrets are committed before they are used, revealed secrets are those
// committed, counts go on. Nothing here believes the operator; nothing needs personal data.
//
// Memory grows with the catalogue, the engagements and the changes; by one byte for each entry.
#ifndef APLOMB_AUDIT_VERIFY_SEMANTICS_H_
#define APLOMB_AUDIT_VERIFY_SEMANTICS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "audit/entry.h"
#include "audit/tlog/note.h"
#include "audit/verify/bodies.h"
#include "audit/verify/report.h"
#include "base/digest.h"

namespace aplomb::verify {

// The Merkle tree over the catalogue's objects, in order of first registration.
class CatalogueState {
 public:
  // Sets what stands under `key` (registered now if it is new) to `leaf`.
  void Set(const std::string& key, const base::Digest& leaf);
  base::Digest Root() const;
  bool Has(const std::string& key) const { return places_.contains(key); }

 private:
  std::map<std::string, size_t> places_;
  std::vector<std::vector<base::Digest>> levels_;  // leaves first; a lone node stands for itself
};

// Not thread-safe.
class Semantics {
 public:
  // `report` must outlive it. `root_at` gives the root of the first `size` entries, which is at
  // most the index that Add is called with.
  Semantics(Report* report, std::function<base::Digest(uint64_t size)> root_at)
      : report_(report), root_at_(std::move(root_at)) {}

  // Before the first Add: what the log calls itself.
  void SetOrigin(std::string origin) { origin_ = std::move(origin); }
  // The entry `index`, which is one more than that of the last call.
  void Add(uint64_t index, absl::string_view bytes);
  // After the last entry. `cosigned_s`: the earliest time at which a witness saw this tree.
  void Finish(std::optional<uint64_t> cosigned_s);

  // Keys that must have signed a checkpoint of `size` entries, of those added so far, by the KEY
  // entries; empty if there is none, and the log has one key only.
  std::vector<tlog::VerifierKey> KeysInForce(uint64_t size) const;
  // The newest KEY entry among the first `size`, else the first of all.
  std::optional<uint64_t> KeyEntryFor(uint64_t size) const;

 private:
  struct Engagement {
    base::Digest subject = {};
    int32_t recommendations = 0;
    int32_t previews = 0;
    std::map<std::string, uint64_t> ids = {};  // of its recommendations -> index
  };
  struct Epoch {
    uint64_t index = 0;
    base::Digest commitment = {};
    std::optional<uint64_t> close_index = {};
  };

  void Find(uint64_t index, absl::string_view reason, std::string text_en, std::string text_fr);
  void Unreadable(uint64_t index, absl::string_view what, absl::string_view why);

  // The body of `entry`, put together from the chunks before it; nothing if that fails.
  std::optional<std::string> WholeBody(uint64_t index, const audit::Entry& entry);
  void DropChunks(absl::string_view why_en, absl::string_view why_fr);

  void Catalogue(uint64_t index, audit::EntryType type, absl::string_view body);
  void EpochOpened(uint64_t index, absl::string_view body);
  void EpochClosed(uint64_t index, const audit::Entry& entry, absl::string_view body);
  void Erased(uint64_t index, absl::string_view body);
  void Header(uint64_t index, const audit::Entry& entry);
  void EngagementOpened(uint64_t index, const audit::Entry& entry, absl::string_view body);
  void Decided(uint64_t index, const audit::Entry& entry, absl::string_view body);
  void Chosen(uint64_t index, absl::string_view body);
  void KeyChanged(uint64_t index, absl::string_view body);
  void Ranking(uint64_t index, const DecisionBody::Ranking& ranking);

  Report* const report_;
  const std::function<base::Digest(uint64_t)> root_at_;
  int64_t last_time_us_ = 0;
  uint64_t last_key_slot_ = 0;
  // The tiers of each entry, one bit each.
  std::vector<uint8_t> tiers_;

  struct Chunk {
    uint64_t index = 0;
    int64_t time_us = 0;
    std::string body;
  };
  std::vector<Chunk> chunks_;

  struct KeyChange {
    uint64_t index = 0;
    bool begins = false;
    tlog::VerifierKey old_key = {};
    tlog::VerifierKey new_key = {};
  };
  std::string origin_;
  std::vector<KeyChange> key_changes_;

  CatalogueState catalogue_;
  uint32_t rulebook_count_ = 0;
  // Revision (index of the entry) -> digest of the state after it. -1: the empty catalogue.
  std::map<int64_t, base::Digest> states_;
  std::map<int64_t, base::Digest> rulebooks_;
  // UUIDs of the offerings registered so far, where the message shows one.
  std::set<std::array<uint8_t, 16>> offerings_;

  std::map<std::pair<uint8_t, std::string>, Epoch> epochs_;
  std::map<std::string, Engagement> engagements_;
  std::map<base::Digest, uint64_t> subjects_;  // how many engagements of each
};

}  // namespace aplomb::verify

#endif  // APLOMB_AUDIT_VERIFY_SEMANTICS_H_
