// aplomb.catalog.v1.CoverageService without gRPC: for which needs, regions and sizes there is
// enough to choose from. Reads the decision as everybody gets it; has no part in any. Thread-safe.
#ifndef APLOMB_SERVICE_COVERAGE_SERVICE_H_
#define APLOMB_SERVICE_COVERAGE_SERVICE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/coverage_service.pb.h"
#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/compiled_rulebook.h"
#include "service/call.h"

namespace aplomb::service {

class DecisionCache;
class Dataset;

inline constexpr int32_t kCoverageGroupsDefault = 3;
inline constexpr int32_t kCoverageGroupsMax = 100;

// The firm that a cell stands for: of that region and size, with nothing else told.
type::FirmProfile ReferenceFirm(absl::string_view region_code, type::SizeClass size_class);
// Sizes that are looked at: SOLO, MICRO, SMALL, MEDIUM.
absl::Span<const type::SizeClass> CoverageSizes();

// The whole matrix, or the rows of one need (`need_id` not empty). Pure.
catalog::v1::CoverageMatrix ComputeCoverage(const catalog::Snapshot& snapshot,
                                            const decision::CompiledRulebook& rulebook,
                                            const decision::BlindCatalog& blind,
                                            absl::string_view need_id, int32_t group_count_min);

class CoverageService {
 public:
  // All must outlive this.
  CoverageService(const Dataset* dataset, DecisionCache* cache, const base::Clock* clock)
      : dataset_(dataset), cache_(cache), clock_(clock) {}

  absl::StatusOr<catalog::v1::CoverageMatrix> GetCoverage(
      const Call& call, const catalog::v1::GetCoverageRequest& request) const;

 private:
  const Dataset* const dataset_;
  DecisionCache* const cache_;
  const base::Clock* const clock_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_COVERAGE_SERVICE_H_
