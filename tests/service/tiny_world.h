// A small rulebook and catalogue made in code, and a server over them: enough to
// see every method of the API work, and nothing to get in the way.
#ifndef APLOMB_TESTS_SERVICE_TINY_WORLD_H_
#define APLOMB_TESTS_SERVICE_TINY_WORLD_H_

#include <string>
#include <vector>

#include "catalog/import/directory.h"
#include "decision/rulebook_compiler.h"
#include "service/genesis.h"

namespace aplomb::service {

// Two needs, WEBSITE and BOOKKEEPING; one constraint, six criteria.
decision::RulebookSource TinyRulebook();

// `members` members with two offerings each, one per need, of different prices.
catalog::CatalogSource TinyCatalog(int members);

// Both, checked; fails the test if there is anything wrong.
GenesisPlan TinyPlan(int members);

}  // namespace aplomb::service

#endif  // APLOMB_TESTS_SERVICE_TINY_WORLD_H_
