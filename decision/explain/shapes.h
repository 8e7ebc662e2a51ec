// The shapes of the facts that a compiled rulebook reads. Pure; thread-safe.
#ifndef APLOMB_DECISION_EXPLAIN_SHAPES_H_
#define APLOMB_DECISION_EXPLAIN_SHAPES_H_

#include <cstdint>

#include "decision/compiled_rulebook.h"
#include "decision/explain/inquiry.h"

namespace aplomb::explain {

// kFixed: days, what the service sets (the need asked about, whether a claim is still
// valid, in which mode), and what follows from other answers. Not `chosen`: what a firm is,
// and what no answer of it says alone (a ceiling of the first year).
FactShapes ShapesOf(const decision::CompiledRulebook& rulebook);

// Mask of the constraints of law or safety.
uint64_t MandatoryConstraints(const decision::CompiledRulebook& rulebook);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_SHAPES_H_
