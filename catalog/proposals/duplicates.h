// Entries that may be the same thing as another: pointed out with reasons, never merged. Pure
// functions; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_DUPLICATES_H_
#define APLOMB_CATALOG_PROPOSALS_DUPLICATES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "catalog/snapshot.h"

namespace aplomb::proposals {

// Shown of what FindDuplicates finds.
inline constexpr size_t kDuplicatesMax = 100;

struct PossibleDuplicate {
  std::string name;                  // of the other offering, or of the member whose name is used
  std::vector<std::string> reasons;  // by code
  std::string proposal = "";         // that says so, where it is not published

  friend bool operator==(const PossibleDuplicate&, const PossibleDuplicate&) = default;
};

// What of an entry is compared.
struct Traits {
  std::string name;
  std::string uid;
  std::vector<std::string> external_ids;
  std::string domain;
  std::vector<std::string> titles;  // skeletons
};
Traits TraitsOf(const catalog::v1::Offering& offering);

// A proposal that is on its way.
struct OpenProposal {
  std::string name;
  Traits traits;
};

// What a reader sees of a text: letters of other scripts that look like Latin ones, accents, digits
// that look like letters, case, spaces and marks folded away (after the skeleton of Unicode TS 39,
// with a committed table of what occurs in French titles and in attempts to pass for another).
std::string Skeleton(absl::string_view text);

// The site of an address: "https://www.exemple.fr/x" gives "exemple.fr"; "" where it is none.
std::string DomainOf(absl::string_view url);

// Those of other members first, whatever a member has of its own; then most reasons first, then by
// name. Reasons: SAME_UID, SAME_EXTERNAL_ID, SAME_DOMAIN (of another member only: one's own
// offerings share a site), SAME_TITLE, NEAR_TITLE (one letter, from 12 on two),
// NAME_OF_OTHER_MEMBER (the title begins with it; `name` is the member's); SAME_MEMBER is added
// where it is the same member's. The offering of the same name is left out, published and in
// `open`: it is what the proposal changes.
std::vector<PossibleDuplicate> FindDuplicates(const catalog::v1::Offering& proposed,
                                              const catalog::Snapshot& snapshot,
                                              const std::vector<OpenProposal>& open = {});

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_DUPLICATES_H_
