// What several offerings cost together, against a second, stupid way of counting.
#include "decision/plan/basket.h"

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace aplomb::plan {
namespace {

using advisor::v1::RankedOffering;

struct Line {
  int component;
  const char* need;
  const char* model;
  int64_t cost;
};

RankedOffering Offering(const std::string& name, const std::vector<Line>& lines) {
  RankedOffering offering;
  offering.set_offering(name);
  for (const Line& line : lines) {
    auto& out = *offering.mutable_cost()->add_lines();
    out.set_component_index(line.component);
    out.set_prerequisite_need_id(line.need);
    out.set_model(line.model);
    out.set_tco36_micros(line.cost);
  }
  return offering;
}

TEST(BasketCost, OfNothingIsNothing) { EXPECT_EQ(BasketCost({}), 0); }

TEST(BasketCost, CountsAnOfferingForTwoNeedsOnce) {
  const std::set<std::string> serves = {"ECOMMERCE", "SHOWCASE"};
  const auto shop = Offering("a", {{0, "", "FLAT", 900}, {1, "", "SETUP", 100}});
  EXPECT_EQ(BasketCost({{&shop, &serves}, {&shop, &serves}}), 1000);
}

TEST(BasketCost, TakesTheDearerNeedOfAnOption) {
  const std::set<std::string> serves = {"ECOMMERCE", "POS"};
  const auto as_shop = Offering("a", {{0, "", "FLAT", 900}, {1, "", "FLAT", 0}});
  const auto as_till = Offering("a", {{0, "", "FLAT", 900}, {1, "", "FLAT", 360}});
  EXPECT_EQ(BasketCost({{&as_shop, &serves}, {&as_till, &serves}}), 1260);
}

TEST(BasketCost, CountsAPrerequisiteOnceForAll) {
  const std::set<std::string> shop_serves = {"ECOMMERCE"};
  const std::set<std::string> site_serves = {"SHOWCASE"};
  const auto shop = Offering("a", {{0, "", "FLAT", 900}, {-1, "DOMAIN", "PREREQUISITE", 50}});
  const auto site = Offering("b", {{0, "", "FLAT", 300}, {-1, "DOMAIN", "PREREQUISITE", 50}});
  EXPECT_EQ(BasketCost({{&shop, &shop_serves}, {&site, &site_serves}}), 1250);
}

TEST(BasketCost, LeavesOutAPrerequisiteThatTheBasketBrings) {
  const std::set<std::string> shop_serves = {"ECOMMERCE"};
  const std::set<std::string> site_serves = {"SHOWCASE", "DOMAIN"};
  const auto shop = Offering("a", {{0, "", "FLAT", 900}, {-1, "DOMAIN", "PREREQUISITE", 50}});
  const auto site = Offering("b", {{0, "", "FLAT", 300}});
  EXPECT_EQ(BasketCost({{&shop, &shop_serves}, {&site, &site_serves}}), 1200);
}

TEST(BasketCost, CountsUpkeepForEachOffering) {
  const std::set<std::string> serves = {"ECOMMERCE"};
  const auto one = Offering("a", {{-1, "HOSTING", "UPKEEP", 70}});
  const auto other = Offering("b", {{-1, "HOSTING", "UPKEEP", 70}});
  EXPECT_EQ(BasketCost({{&one, &serves}, {&other, &serves}, {&one, &serves}}), 140);
}

// Every line as a string key, the greatest of each key.
int64_t Naive(const std::vector<Taken>& taken) {
  std::map<std::string, int64_t> greatest;
  for (const Taken& one : taken) {
    for (const auto& line : one.offering->cost().lines()) {
      bool brought = false;
      for (const Taken& other : taken) {
        brought |= other.serves->count(line.prerequisite_need_id()) > 0;
      }
      const bool prerequisite = line.model() == "PREREQUISITE";
      if (prerequisite && brought) continue;
      std::string key = line.model() == "PREREQUISITE" || line.model() == "UPKEEP"
                            ? line.model() + "/" + line.prerequisite_need_id()
                            : "line/" + std::to_string(line.component_index());
      if (!prerequisite) key += "/" + one.offering->offering();
      int64_t& cost = greatest[key];
      if (line.tco36_micros() > cost) cost = line.tco36_micros();
    }
  }
  int64_t sum = 0;
  for (const auto& [key, cost] : greatest) sum += cost;
  return sum;
}

TEST(BasketCost, AgreesWithANaiveCountInRandomBaskets) {
  const char* const needs[] = {"A", "B", "C", "D"};
  for (uint32_t seed = 1; seed <= 2'000; ++seed) {
    std::mt19937 draw(seed);
    std::vector<RankedOffering> offerings(1 + draw() % 4);
    std::vector<std::set<std::string>> serves(offerings.size());
    std::vector<Taken> taken;
    for (size_t i = 0; i < offerings.size(); ++i) {
      std::vector<Line> lines;
      for (int c = 0; c < static_cast<int>(draw() % 4); ++c) {
        lines.push_back({c, "", "FLAT", static_cast<int64_t>(draw() % 1000)});
      }
      for (const char* need : needs) {
        const auto cost = static_cast<int64_t>(draw() % 1000);
        if (draw() % 3 == 0) lines.push_back({-1, need, "PREREQUISITE", cost});
        if (draw() % 4 == 0) lines.push_back({-1, need, "UPKEEP", cost});
        if (draw() % 4 == 0) serves[i].insert(need);
      }
      offerings[i] = Offering(std::string(1, static_cast<char>('a' + draw() % 3)), lines);
    }
    for (size_t i = 0; i < offerings.size(); ++i) taken.push_back({&offerings[i], &serves[i]});
    ASSERT_EQ(BasketCost(taken), Naive(taken)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace aplomb::plan
