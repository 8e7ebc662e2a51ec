#include "service/show_decision.h"

#include <utility>

#include "base/status.h"
#include "service/join_names.h"

namespace aplomb::service {
namespace pb = advisor::v1;

absl::Status ShowDecision(const decision::DecisionRecord& record,
                          const decision::DecisionInput& input, const catalog::Snapshot& snapshot,
                          const decision::CompiledRulebook& rulebook, decision::RenderDetail detail,
                          pb::Recommendation& answer,
                          const std::vector<decision::CompiledNeed>* compiled) {
  RETURN_IF_ERROR(
      decision::RenderRecord(record, input, snapshot, rulebook, answer, detail, compiled));
  JoinNames(snapshot, answer);
  return absl::OkStatus();
}

bool AddToPage(const std::string& key, pb::Recommendation answer, RecommendationPage& page) {
  return page.Add(key, std::move(answer));
}

}  // namespace aplomb::service
