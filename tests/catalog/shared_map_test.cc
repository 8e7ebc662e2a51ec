#include "catalog/shared_map.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::catalog {
namespace {

using Map = SharedMap<int, std::string>;
using Oracle = std::map<int, std::string>;

void ExpectSame(const Map& map, const Oracle& oracle) {
  ASSERT_EQ(map.size(), oracle.size());
  auto it = map.begin();
  for (const auto& [key, value] : oracle) {
    ASSERT_EQ(it->first, key);
    ASSERT_EQ(it->second, value);
    ++it;
  }
  ASSERT_EQ(it, map.end());
  auto back = map.rbegin();
  for (auto expected = oracle.rbegin(); expected != oracle.rend(); ++expected, ++back) {
    ASSERT_EQ(back->first, expected->first);
  }
  ASSERT_EQ(back, map.rend());
}

Oracle Differences(const Map& a, const Map& b) {
  Oracle found;
  Map::ForEachDifference(a, b, [&](const Map::value_type* before, const Map::value_type* after) {
    const int key = before != nullptr ? before->first : after->first;
    if (before != nullptr && after != nullptr) {
      EXPECT_EQ(before->first, after->first);
    }
    const bool is_new = found
                            .emplace(key, (before != nullptr ? before->second : "-") + ">" +
                                              (after != nullptr ? after->second : "-"))
                            .second;
    EXPECT_TRUE(is_new) << key;
  });
  return found;
}

Oracle Differences(const Oracle& a, const Oracle& b) {
  Oracle found;
  for (const auto& [key, value] : a) {
    const auto other = b.find(key);
    if (other == b.end()) found[key] = value + ">-";
    if (other != b.end() && other->second != value) found[key] = value + ">" + other->second;
  }
  for (const auto& [key, value] : b) {
    if (a.count(key) == 0) found[key] = "->" + value;
  }
  return found;
}

// Many copies, each changed on its own, against copies of a std::map.
TEST(SharedMap, IsAMapAndItsCopiesAreTheirOwn) {
  const unsigned seed = 20261123;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::vector<std::pair<Map, Oracle>> worlds(1);
  for (int step = 0; step < 40'000; ++step) {
    auto& [map, oracle] = worlds[random() % worlds.size()];
    const int key = static_cast<int>(random() % 3'000);
    switch (random() % 8) {
      case 0:
        ASSERT_EQ(map.erase(key), oracle.erase(key));
        break;
      case 1: {
        const std::string value = std::to_string(step);
        ASSERT_EQ(map.emplace(key, value).second, oracle.emplace(key, value).second);
        break;
      }
      default:
        map[key] = std::to_string(step);
        oracle[key] = std::to_string(step);
        break;
    }
    ASSERT_EQ(map.contains(key), oracle.count(key) == 1);
    const int other = static_cast<int>(random() % 3'000);
    const auto lower = oracle.lower_bound(other);
    const auto upper = oracle.upper_bound(other);
    const auto found_lower = map.lower_bound(other);
    const auto found_upper = map.upper_bound(other);
    ASSERT_EQ(found_lower == map.end(), lower == oracle.end());
    if (lower != oracle.end()) {
      ASSERT_EQ(found_lower->first, lower->first);
    }
    ASSERT_EQ(found_upper == map.end(), upper == oracle.end());
    if (upper != oracle.end()) {
      ASSERT_EQ(found_upper->first, upper->first);
    }
    if (step % 997 == 0) {
      if (worlds.size() == 8) worlds.erase(worlds.begin() + static_cast<long>(random() % 8));
      const auto copied = worlds[random() % worlds.size()];
      worlds.push_back(copied);
    }
    if (step % 1'999 == 0) {
      for (const auto& [each, expected] : worlds) ExpectSame(each, expected);
      const auto& [a, oracle_a] = worlds[random() % worlds.size()];
      const auto& [b, oracle_b] = worlds[random() % worlds.size()];
      ASSERT_EQ(Differences(a, b), Differences(oracle_a, oracle_b));
      ASSERT_EQ(a == b, oracle_a == oracle_b);
    }
  }
}

TEST(SharedMap, IsEmptyAtFirst) {
  const Map map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.begin(), map.end());
  EXPECT_EQ(map.find(1), map.end());
  EXPECT_EQ(map.lower_bound(1), map.end());
}

}  // namespace
}  // namespace aplomb::catalog
