#include "base/random.h"

#include <cstddef>
#include <set>
#include <string>

#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::base {
namespace {

using ::testing::MatchesRegex;

TEST(FakeRandomTest, IsSplitMix64) {
  // The generator's published outputs for this seed begin 599ed017…, 2c73f084…, 883ebce5….
  FakeRandom random(1234567);
  EXPECT_EQ(HexEncode(random.Bytes(3)), "592c88");
}

TEST(FakeRandomTest, BytesDoNotDependOnHowTheyAreAskedFor) {
  FakeRandom whole(7);
  FakeRandom pieces(7);
  const std::string expected = whole.Bytes(10);
  std::string joined = pieces.Bytes(1);
  joined += pieces.Bytes(0);
  joined += pieces.Bytes(9);
  EXPECT_EQ(joined, expected);
  FakeRandom integers(7);
  ASSERT_EQ(HexEncode(expected).size(), 20u);
  EXPECT_EQ(integers.U64(), std::stoull(HexEncode(expected.substr(0, 8)), nullptr, 16));
}

TEST(SystemRandomTest, DoesNotRepeatItself) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(SystemRandom::Get()->Bytes(16));
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(SystemRandomTest, FillsAllBytesOfLongRequests) {
  // getrandom gives at most 256 bytes at once for certain; a byte that stays 0 in 40 rounds of
  // random ones (chance 2^-320) was not filled.
  const size_t size = 1000;
  std::string any(size, '\0');
  for (int round = 0; round < 40; ++round) {
    const std::string bytes = SystemRandom::Get()->Bytes(size);
    for (size_t i = 0; i < size; ++i) any[i] |= bytes[i];
  }
  EXPECT_EQ(any.find('\0'), std::string::npos);
}

TEST(RandomTest, Uuid4HasVersionAndVariant) {
  FakeRandom random(1);
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(
        random.Uuid4(),
        MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  }
}

}  // namespace
}  // namespace aplomb::base
