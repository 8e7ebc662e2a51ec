// What a fact is called in a sentence: "durée d'engagement", "minimum term". Pure.
#ifndef APLOMB_DECISION_FACT_LABELS_H_
#define APLOMB_DECISION_FACT_LABELS_H_

#include "absl/strings/string_view.h"
#include "aplomb/type/common.pb.h"
#include "decision/fact_registry.h"

namespace aplomb::decision {

// True where the table has words for the fact of that name.
bool HasFactLabel(absl::string_view name);

// The words; the fact's name without its side where there are none.
type::LocalizedText FactLabel(const FactInfo& info);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_FACT_LABELS_H_
