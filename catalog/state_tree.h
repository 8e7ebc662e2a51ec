// The digest of a catalogue's state: the root of a Merkle tree (the shape and hashes of RFC 6962,
// 2.1) over all objects in the order in which they were first registered. A change of one object
// costs O(log n) hashes, and one object's place in the state can be proved.
//
// What is bad about it: the digest depends on the order of registration, so two catalogues with the
// same contents that grew differently differ in it; and it says nothing about how a state came
// about (the log does).
#ifndef APLOMB_CATALOG_STATE_TREE_H_
#define APLOMB_CATALOG_STATE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/digest.h"

namespace aplomb::catalog {

// SHA-256(0x00 || u32 length of name || name || digest): what stands at an object's place.
base::Digest StateLeaf(absl::string_view name, const base::Digest& digest);

// Belongs to one thread.
class StateTree {
 public:
  size_t size() const { return levels_.empty() ? 0 : levels_[0].size(); }
  // Sets place `ordinal`, which exists or is the next one (CHECK).
  void Set(size_t ordinal, const base::Digest& leaf);
  // Makes it the tree of these leaves: as Set of one after the other, with one hash each, not log
  // n.
  void Assign(std::vector<base::Digest> leaves);
  // SHA-256 of nothing for an empty tree.
  base::Digest Root() const;

 private:
  // levels_[0] are the leaves; each node above is the hash of two, or the lone one itself.
  std::vector<std::vector<base::Digest>> levels_;
};

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_STATE_TREE_H_
