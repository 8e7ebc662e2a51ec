// What a member is told of evidence: what each document or certificate would earn, and with which
// evidence and by which fields a criterion reads an offering. The same in the service and offline.
// Pure; thread-safe.
#ifndef APLOMB_SERVICE_GAINS_H_
#define APLOMB_SERVICE_GAINS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/insight_service.pb.h"
#include "aplomb/catalog/v1/law.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"

namespace aplomb::service {

// For a firm of the smallest size that has told nothing else, then what counts only for a firm with
// sensitive data, each with what it costs to provide. `rates` may be null, as in RankingGaps.
std::vector<catalog::v1::Gain> Gains(
    const catalog::v1::Offering& offering, const decision::CompiledRulebook& rulebook,
    std::shared_ptr<const catalog::TableEntry<catalog::v1::ExchangeRateTable>> rates,
    int32_t today);

// Sets `least_evidence` and `fields` of a criterion of `need_id`, by its ordinal.
void FillEvidence(const decision::CompiledRulebook& rulebook, absl::string_view need_id,
                  size_t criterion, catalog::v1::CriterionReading& reading);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_GAINS_H_
