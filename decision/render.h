// A decision record in words: the answer as the API gives it, in French and
// English, with resource names but without the names of members and products,
// which the service joins afterwards. Pure.
#ifndef APLOMB_DECISION_RENDER_H_
#define APLOMB_DECISION_RENDER_H_

#include <cstdint>
#include <vector>

#include "aplomb/advisor/v1/recommendation.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/record.h"
#include "decision/request.h"

namespace aplomb::decision {

// kBasic: for programs. The numbers, names and codes of kFull, without contributions, cost lines
// and references to laws, of findings rule and code only, and without any text but the one that
// says that a catalogue is made up. (What is left out is not made and thrown away.)
enum class RenderDetail : uint8_t { kBasic = 1, kFull = 2 };

// Fills the output fields that follow from the record: results, digests (the
// caller adds `result`), assumptions, questions, disclosure, rates, legal
// notices. `snapshot` is the one that the record names. InvalidArgument where the
// record does not fit the request or the rulebook, or names an unknown offering (a
// damaged record); `recommendation` is then half filled. `compiled`, where Decide has just made the
// record: what it compiled from the input; the record is then not checked against the input again.
absl::Status RenderRecord(const DecisionRecord& record, const DecisionInput& input,
                          const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                          advisor::v1::Recommendation& recommendation,
                          RenderDetail detail = RenderDetail::kFull,
                          const std::vector<CompiledNeed>* compiled = nullptr);

// The statements that stand above every result, and the counts behind them. What members pay is
// what the rulebook says.
void RenderDisclosure(const catalog::Snapshot& snapshot, const catalog::v1::Rulebook& rulebook,
                      advisor::v1::Disclosure& disclosure);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_RENDER_H_
