// The ranking: against the naive ranker, and what it promises to everybody.
#include "engine/rank.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "engine/weights.h"
#include "gtest/gtest.h"
#include "tests/engine/naive_ranker.h"
#include "tests/engine/random_world.h"

namespace aplomb::engine {
namespace {

// ---------------------------------------------------------------- the oracle

TEST(RankOracle, TenThousandRandomWorldsAgreeByteForByte) {
  const uint64_t seed = TestSeed();
  uint64_t ranked = 0, to_confirm = 0, excluded = 0, contributions = 0, unchecked = 0, shared = 0;
  for (uint64_t i = 0; i < 10'000; ++i) {
    Dice dice(seed * 1'000'003 + i);
    const World w = i % 4 == 3 ? TameWorld(dice) : WildWorld(dice);
    const Ranking ranking = RankWorld(w);
    ASSERT_TRUE(Encode(ranking, w) == Encode(NaiveRank(w), w)) << "seed " << seed << ", world " << i;
    ranked += ranking.ranked.size();
    to_confirm += ranking.to_confirm.size();
    excluded += ranking.excluded.size();
    unchecked += ranking.unchecked.size();
    contributions += ranking.ranked.size() * ranking.criteria.size();
    for (size_t k = 1; k < ranking.ranked.size(); ++k) {
      shared += ranking.ranked[k].rank == ranking.ranked[k - 1].rank;
    }
  }
  // The worlds are not trivial.
  EXPECT_GT(ranked, 10'000u);
  EXPECT_GT(to_confirm, 1'000u);
  EXPECT_GT(excluded, 1'000u);
  EXPECT_GT(unchecked, 500u);
  EXPECT_GT(contributions, 10'000u);
  EXPECT_GT(shared, 1'000u);
}

}  // namespace
}  // namespace aplomb::engine
