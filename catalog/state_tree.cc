#include "catalog/state_tree.h"

#include <utility>

#include "base/bytes.h"
#include "base/check.h"

namespace aplomb::catalog {
namespace {

base::Digest NodeHash(const base::Digest& left, const base::Digest& right) {
  base::Sha256Hasher hasher;
  hasher.Update(absl::string_view("\1", 1));
  hasher.Update(base::DigestView(left));
  hasher.Update(base::DigestView(right));
  return hasher.Finish();
}

}  // namespace

base::Digest StateLeaf(absl::string_view name, const base::Digest& digest) {
  base::ByteWriter writer;
  writer.U8(0);
  writer.Bytes(name);
  writer.Digest(digest);
  return base::Sha256(writer.view());
}

void StateTree::Set(size_t ordinal, const base::Digest& leaf) {
  CHECK_LE(ordinal, size()) << "objects are registered one after the other";
  if (levels_.empty()) levels_.emplace_back();
  if (ordinal == levels_[0].size()) {
    levels_[0].push_back(leaf);
  } else {
    levels_[0][ordinal] = leaf;
  }
  // Up to the root. A node without a sibling stands for itself one level up, which gives the tree
  // of RFC 6962: its left part is always a full one.
  size_t place = ordinal;
  for (size_t level = 0; levels_[level].size() > 1; ++level) {
    if (level + 1 == levels_.size()) {
      levels_.emplace_back();
    }
    const std::vector<base::Digest>& below = levels_[level];
    std::vector<base::Digest>& above = levels_[level + 1];
    place /= 2;
    const base::Digest node = 2 * place + 1 < below.size()
                                  ? NodeHash(below[2 * place], below[2 * place + 1])
                                  : below[2 * place];
    // A new level begins with its left node, which was the root until now.
    if (above.empty() && place > 0) above.push_back(NodeHash(below[0], below[1]));
    if (place == above.size()) {
      above.push_back(node);
    } else {
      above[place] = node;
    }
  }
}

void StateTree::Assign(std::vector<base::Digest> leaves) {
  levels_.clear();
  if (leaves.empty()) return;
  levels_.push_back(std::move(leaves));
  while (levels_.back().size() > 1) {
    const std::vector<base::Digest>& below = levels_.back();
    std::vector<base::Digest> above;
    above.reserve((below.size() + 1) / 2);
    for (size_t i = 0; i + 1 < below.size(); i += 2) {
      above.push_back(NodeHash(below[i], below[i + 1]));
    }
    if (below.size() % 2 == 1) above.push_back(below.back());
    levels_.push_back(std::move(above));
  }
}

base::Digest StateTree::Root() const {
  return size() == 0 ? base::Sha256(absl::string_view()) : levels_.back()[0];
}

}  // namespace aplomb::catalog
