// Linked into a test, counts every allocation of the program. The operators stand in a source of
// their own: inlined into their callers, the compiler would take them for a mismatched pair.
#ifndef APLOMB_TESTS_ENGINE_ALLOCATION_COUNTER_H_
#define APLOMB_TESTS_ENGINE_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace aplomb::engine {

int64_t AllocationCount();

}  // namespace aplomb::engine

#endif  // APLOMB_TESTS_ENGINE_ALLOCATION_COUNTER_H_
