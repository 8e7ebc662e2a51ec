// What several offerings cost together: every line once. Pure; thread-safe.
#ifndef APLOMB_DECISION_PLAN_BASKET_H_
#define APLOMB_DECISION_PLAN_BASKET_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "aplomb/advisor/v1/recommendation.pb.h"

namespace aplomb::plan {

// An offering taken for one need, with its cost there. The pointers must outlive it.
struct Taken {
  const advisor::v1::RankedOffering* offering = nullptr;
  // All needs that the offering serves.
  const std::set<std::string>* serves = nullptr;
};

// All-in cost over 36 months of what is taken, an offering once whatever the number of
// needs it is taken for.
//
//   a line of a tariff          once per offering: the dearest of its needs (an option is charged
//                               where one of them asks for it)
//   a prerequisite to be added  once for all, at the dearest; not at all where something that is
//                               taken serves that need
//   upkeep by the firm          once per offering and need: the dearest
int64_t BasketCost(const std::vector<Taken>& taken);

}  // namespace aplomb::plan

#endif  // APLOMB_DECISION_PLAN_BASKET_H_
