// Ten thousand claims of each kind about what is not known, each ranked anew with other answers.
#include <iostream>

#include "gtest/gtest.h"
#include "tests/explain/answers.h"

namespace aplomb::explain {
namespace {

constexpr uint64_t kClaims = 10'000;

TEST(Claims, TenThousandSettledOnesSurviveEveryAnswer) {
  const uint64_t seed = engine::TestSeed();
  Claims claims;
  for (uint64_t i = 0; claims.settled < kClaims || claims.for_firm < kClaims; ++i) {
    CheckClaims(seed, i, claims);
    if (HasFatalFailure()) return;
  }
  std::cout << "seed " << seed << ": settled was claimed in " << claims.settled
            << " worlds, settled for the firm in " << claims.for_firm << " of " << claims.worlds
            << " with a candidate and something not told; " << claims.rerun
            << " rankings with answers, none broke a claim; answers changed the first in "
            << claims.changed << " of the others\n";
  EXPECT_GE(claims.settled, kClaims);
  EXPECT_GE(claims.for_firm, kClaims);
  EXPECT_GT(claims.changed, 1'000u);
}

}  // namespace
}  // namespace aplomb::explain
