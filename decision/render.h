// A decision record in words: the answer as the API gives it, in French and
// English, with resource names but without the names of members and products,
// which the service joins afterwards. Pure.
#ifndef APLOMB_DECISION_RENDER_H_
#define APLOMB_DECISION_RENDER_H_

#include <cstdint>

#include "aplomb/advisor/v1/recommendation.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/record.h"
#include "decision/request.h"

namespace aplomb::decision {

// kBasic: as kFull, without contributions and findings. (Nor are they made and thrown away.)
enum class RenderDetail : uint8_t { kBasic = 1, kFull = 2 };

// Fills the output fields that follow from the record: results, digests (the
// caller adds `result`), assumptions, questions, disclosure, rates, legal
// notices. `snapshot` is the one that the record names. InvalidArgument where the
// record does not fit the request or the rulebook, or names an unknown offering (a
// damaged record); `recommendation` is then half filled.
absl::Status RenderRecord(const DecisionRecord& record, const DecisionInput& input,
                          const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                          advisor::v1::Recommendation& recommendation,
                          RenderDetail detail = RenderDetail::kFull);

// The statements that stand above every result, and the counts behind them.
void RenderDisclosure(const catalog::Snapshot& snapshot, advisor::v1::Disclosure& disclosure);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_RENDER_H_
