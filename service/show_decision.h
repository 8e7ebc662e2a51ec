// From a decision to what people see: rendered in words, names joined, cut to the view
// asked for, and put on pages of lists. The handlers take this way, and so does the proof
// of neutrality (proof_chain.h). Pure.
#ifndef APLOMB_SERVICE_SHOW_DECISION_H_
#define APLOMB_SERVICE_SHOW_DECISION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/record.h"
#include "decision/render.h"
#include "decision/request.h"
#include "service/paging.h"

namespace aplomb::service {

// Fills what follows from the record, as RenderRecord does, with names. InvalidArgument where the
// record does not fit. `compiled`: as for RenderRecord.
absl::Status ShowDecision(const decision::DecisionRecord& record,
                          const decision::DecisionInput& input, const catalog::Snapshot& snapshot,
                          const decision::CompiledRulebook& rulebook, decision::RenderDetail detail,
                          advisor::v1::Recommendation& answer,
                          const std::vector<decision::CompiledNeed>* compiled = nullptr);

using RecommendationPage = Page<advisor::v1::Recommendation>;

// Puts an answer on a page; false, with the token set, where the page is full without it.
bool AddToPage(const std::string& key, advisor::v1::Recommendation answer,
               RecommendationPage& page);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_SHOW_DECISION_H_
