// aplomb.advisor.v1.ExplanationService without gRPC: what is asked about a
// recommendation that was given. Reads the logged recommendation through
// AdvisorService, which checks whose it is before it tells whether it exists; ranks
// anew at the revisions that it names, and refuses (DATA_DAMAGED) to explain what it
// cannot reproduce. Changes nothing. Thread-safe.
#ifndef APLOMB_SERVICE_EXPLANATION_SERVICE_H_
#define APLOMB_SERVICE_EXPLANATION_SERVICE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "aplomb/advisor/v1/explanation_service.pb.h"
#include "base/clock.h"
#include "base/log.h"
#include "catalog/store.h"
#include "service/advisor_service.h"
#include "service/call.h"
#include "service/decision_cache.h"

namespace aplomb::service {

class ExplanationService {
 public:
  // All pointers must outlive this and every call.
  ExplanationService(const AdvisorService* advisor, const catalog::Store* store,
                     DecisionCache* cache, const base::Clock* clock, base::Logger* logger);

  absl::StatusOr<advisor::v1::WhyNotExplanation> ExplainWhyNot(
      const Call& call, const advisor::v1::ExplainWhyNotRequest& request) const;
  absl::StatusOr<advisor::v1::ComparisonExplanation> CompareOfferings(
      const Call& call, const advisor::v1::CompareOfferingsRequest& request) const;
  absl::StatusOr<advisor::v1::CounterfactualExplanation> FindCounterfactuals(
      const Call& call, const advisor::v1::FindCounterfactualsRequest& request) const;
  absl::StatusOr<advisor::v1::StabilityExplanation> AssessStability(
      const Call& call, const advisor::v1::AssessStabilityRequest& request) const;
  absl::StatusOr<advisor::v1::UnknownsExplanation> AssessUnknowns(
      const Call& call, const advisor::v1::AssessUnknownsRequest& request) const;
  absl::StatusOr<advisor::v1::RepairsExplanation> SuggestRepairs(
      const Call& call, const advisor::v1::SuggestRepairsRequest& request) const;
  absl::StatusOr<advisor::v1::Plan> GetPlan(const Call& call,
                                            const advisor::v1::GetPlanRequest& request) const;
  absl::StatusOr<advisor::v1::TransparencyNotice> GetTransparencyNotice(
      const Call& call, const advisor::v1::GetTransparencyNoticeRequest& request) const;
  absl::StatusOr<advisor::v1::Report> GetReport(const Call& call,
                                                const advisor::v1::GetReportRequest& request) const;

 private:
  struct Opened;
  // The recommendation with all that it was made from.
  absl::StatusOr<std::unique_ptr<Opened>> Open(const Call& call, const std::string& name) const;

  const AdvisorService* const advisor_;
  const catalog::Store* const store_;
  DecisionCache* const cache_;
  const base::Clock* const clock_;
  base::Logger* const logger_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_EXPLANATION_SERVICE_H_
