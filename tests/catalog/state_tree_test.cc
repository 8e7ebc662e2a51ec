#include "catalog/state_tree.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::catalog {
namespace {

// MTH of RFC 6962, 2.1, word for word: split at the largest power of two below n.
base::Digest NaiveRoot(const std::vector<base::Digest>& leaves, size_t begin, size_t end) {
  const size_t n = end - begin;
  if (n == 0) return base::Sha256(absl::string_view());
  if (n == 1) return leaves[begin];
  size_t k = 1;
  while (2 * k < n) k *= 2;
  const base::Digest left = NaiveRoot(leaves, begin, begin + k);
  const base::Digest right = NaiveRoot(leaves, begin + k, end);
  return base::Sha256(
      absl::string_view(absl::StrCat("\1", base::DigestView(left), base::DigestView(right))));
}

base::Digest Leaf(uint64_t number) {
  return StateLeaf(absl::StrCat("members/m", number), base::Sha256(absl::StrCat(number)));
}

TEST(StateTreeTest, TheEmptyTreeHasTheDigestOfNothing) {
  EXPECT_EQ(base::HexEncode(StateTree().Root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(StateTreeTest, GrowsAsRfc6962Says) {
  StateTree tree;
  std::vector<base::Digest> leaves;
  for (uint64_t i = 0; i < 300; ++i) {
    leaves.push_back(Leaf(i));
    tree.Set(i, leaves.back());
    ASSERT_EQ(tree.Root(), NaiveRoot(leaves, 0, leaves.size())) << "size " << i + 1;
  }
}

TEST(StateTreeTest, AChangeAnywhereGivesTheRootOfTheChangedLeaves) {
  const uint64_t seed = 3;
  std::mt19937_64 random(seed);
  for (size_t size = 1; size <= 40; ++size) {
    StateTree tree;
    std::vector<base::Digest> leaves;
    for (size_t i = 0; i < size; ++i) {
      leaves.push_back(Leaf(i));
      tree.Set(i, leaves.back());
    }
    for (size_t i = 0; i < size; ++i) {
      leaves[i] = Leaf(random());
      tree.Set(i, leaves[i]);
      ASSERT_EQ(tree.Root(), NaiveRoot(leaves, 0, size)) << "seed " << seed << " size " << size;
    }
  }
}

TEST(StateTreeTest, AssignedAtOnceItGoesOnAsIfSetOneByOne) {
  for (size_t size = 0; size <= 70; ++size) {
    StateTree one_by_one;
    std::vector<base::Digest> leaves;
    for (size_t i = 0; i < size; ++i) {
      leaves.push_back(Leaf(i));
      one_by_one.Set(i, leaves.back());
    }
    StateTree tree;
    tree.Set(0, Leaf(99));  // what was there is gone
    tree.Assign(leaves);
    ASSERT_EQ(tree.size(), size);
    ASSERT_EQ(tree.Root(), one_by_one.Root()) << size;
    for (const size_t place : {size, size / 2}) {
      tree.Set(place, Leaf(1'000));
      one_by_one.Set(place, Leaf(1'000));
      ASSERT_EQ(tree.Root(), one_by_one.Root()) << size << ", then " << place;
    }
  }
}

TEST(StateTreeTest, ALeafSaysWhoseItIs) {
  const base::Digest digest = base::Sha256(absl::string_view("bytes"));
  EXPECT_NE(StateLeaf("members/a", digest), StateLeaf("members/b", digest));
  EXPECT_NE(StateLeaf("members/a", digest),
            StateLeaf("members/a", base::Sha256(absl::string_view("other"))));
}

}  // namespace
}  // namespace aplomb::catalog
