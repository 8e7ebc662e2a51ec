// aplomb.catalog.v1.InsightService without gRPC: a member's own view of its offerings. Whatever is
// told comes from the offering alone, or from counts of what became of it; nothing of other members
// enters. Thread-safe.
#ifndef APLOMB_SERVICE_INSIGHT_SERVICE_H_
#define APLOMB_SERVICE_INSIGHT_SERVICE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/insight_service.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/record.h"
#include "service/call.h"

namespace aplomb::service {

class Workflow;

// Recommendations that are looked at, the newest.
inline constexpr int kRecommendationsMax = 10'000;
// Places that count as shown.
inline constexpr int kShownRankMax = 3;

// How an offering is read, as if it were published and alone. By need, then by size. Pure.
std::vector<catalog::v1::Reading> ReadOffering(
    const catalog::v1::Offering& offering, const decision::CompiledRulebook& rulebook,
    std::shared_ptr<const catalog::TableEntry<catalog::v1::ExchangeRateTable>> rates,
    int32_t today);

class InsightService {
 public:
  // `workflow` must outlive this.
  explicit InsightService(const Workflow* workflow) : workflow_(workflow) {}

  absl::StatusOr<catalog::v1::Insight> GetInsight(
      const Call& call, const catalog::v1::GetInsightRequest& request) const;
  absl::StatusOr<catalog::v1::EntryPreview> PreviewImpact(
      const Call& call, const catalog::v1::PreviewImpactRequest& request) const;

 private:
  absl::StatusOr<catalog::v1::Appearances> Appearances(const catalog::v1::Offering& offering,
                                                       const catalog::Snapshot& snapshot) const;

  const Workflow* const workflow_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_INSIGHT_SERVICE_H_
