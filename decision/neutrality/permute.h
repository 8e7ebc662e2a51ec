// Exchanges everything that says who offers something, in the stored bytes of a
// catalogue, and leaves every fact where it is. What is ranked from the permuted
// bytes must be what is ranked from the original ones: that is the proof of
// decision/neutrality/prove.h.
//
// What may not move, and why: the ownership group of a member and the UUID of an
// offering (both opaque and drawn at random) enter the order of equals, and the
// state of membership says whether a member's offerings are there at all. The
// UUIDs can be drawn anew as well; then the order of equals is another one, and
// everything else must be the same.
//
// Values and pure functions; thread-safe.
#ifndef APLOMB_DECISION_NEUTRALITY_PERMUTE_H_
#define APLOMB_DECISION_NEUTRALITY_PERMUTE_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/digest.h"
#include "catalog/snapshot.h"
#include "decision/blindfold.h"

namespace aplomb::decision {

// A catalogue as it is kept: one byte string an object, in the order of
// registration; and beside it the ledger of fees, which is another store's.
struct StoredCatalog {
  std::vector<std::string> members = {};    // bytes of catalog.v1.Member
  std::vector<std::string> offerings = {};  // bytes of catalog.v1.Offering
  // By resource name of the member. No decision has a way to it; it is here so that
  // it is permuted too, and so that a chain that would read it is caught.
  std::map<std::string, int64_t, std::less<>> fees_micros = {};

  // Not permuted: tables and the name of the state, which records carry.
  std::shared_ptr<const catalog::TableEntry<catalog::v1::LawTable>> law_table = {};
  std::shared_ptr<const catalog::TableEntry<catalog::v1::ExchangeRateTable>> rates = {};
  int64_t revision = 0;
  int64_t time_us = 0;
  base::Digest state_digest = {};
};

// The stored form of a snapshot, objects in the order of their ordinals.
StoredCatalog StoredOf(const catalog::Snapshot& snapshot,
                       std::map<std::string, int64_t, std::less<>> fees_micros);

// The snapshot that the bytes make, as the catalogue's projection does: by name,
// ordinals by place. InvalidArgument where bytes cannot be read or two objects have
// one name.
absl::StatusOr<catalog::Snapshot> ProjectStored(const StoredCatalog& stored);

// SHA-256 over all objects in their order, each with its length before it.
base::Digest DigestOf(const StoredCatalog& stored);

// What is exchanged.
enum class Exchange : uint8_t {
  kMemberIdentities,    // name, UUID, SIREN, country, kind, site, description
  kMemberStanding,      // size, first year, date of entry: COMMERCIAL fields but the state
  kFees,                // in the ledger
  kOwners,              // which member of an ownership group has which offering
  kOfferingIdentities,  // names, titles, pages, keys elsewhere, numbers of certificates
  kTexts,               // all prose, sources, labels
  kCommercialFields,    // dates of review, of publication, of service; revisions, etags
  kOrder,               // places of objects, and of elements in lists that mean sets
  kUids,                // UUIDs of offerings, members and groups, drawn anew
};
inline constexpr size_t kExchangeCount = 9;

// "member_identities", …; stable, for machines.
absl::string_view ExchangeId(Exchange exchange);

struct Permuted {
  StoredCatalog catalog = {};
  // How many values stand elsewhere than before (they may be equal to what stood
  // there), by Exchange.
  std::array<int64_t, kExchangeCount> moved = {};
  // Former UUID of each offering, by the new one; empty unless UUIDs were redrawn.
  std::map<Uid, Uid> former_uids = {};
};

// Even seeds exchange whole identities of members (a name goes with its SIREN and
// its country), odd ones each field for itself. InvalidArgument where bytes cannot be read.
absl::StatusOr<Permuted> Permute(const StoredCatalog& stored, uint64_t seed, bool redraw_uids);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_NEUTRALITY_PERMUTE_H_
