#include "decision/plan/basket.h"

#include <algorithm>
#include <map>
#include <utility>

namespace aplomb::plan {
namespace {

constexpr char kPrerequisite[] = "PREREQUISITE";

}  // namespace

int64_t BasketCost(const std::vector<Taken>& taken) {
  std::set<std::string> served;
  for (const Taken& one : taken) served.insert(one.serves->begin(), one.serves->end());
  std::map<std::pair<std::string, int32_t>, int64_t> tariffs;   // offering, component
  std::map<std::string, int64_t> prerequisites;                 // need
  std::map<std::pair<std::string, std::string>, int64_t> upkeep;  // offering, need
  for (const Taken& one : taken) {
    const std::string& name = one.offering->offering();
    for (const advisor::v1::CostLine& line : one.offering->cost().lines()) {
      const std::string& need = line.prerequisite_need_id();
      if (need.empty()) {
        int64_t& cost = tariffs[{name, line.component_index()}];
        cost = std::max(cost, line.tco36_micros());
      } else if (line.model() == kPrerequisite) {
        if (served.contains(need)) continue;
        int64_t& cost = prerequisites[need];
        cost = std::max(cost, line.tco36_micros());
      } else {
        int64_t& cost = upkeep[{name, need}];
        cost = std::max(cost, line.tco36_micros());
      }
    }
  }
  int64_t sum = 0;
  for (const auto& [key, cost] : tariffs) sum += cost;
  for (const auto& [key, cost] : prerequisites) sum += cost;
  for (const auto& [key, cost] : upkeep) sum += cost;
  return sum;
}

}  // namespace aplomb::plan
