// What keeps an offering from being ranked for its needs: a dry run of the rulebook's minimum facts
// over the offering alone, through the same door as every decision (decision/blindfold.h). The same
// in the service and offline. Pure; thread-safe.
#ifndef APLOMB_SERVICE_RANKING_GAPS_H_
#define APLOMB_SERVICE_RANKING_GAPS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/proposal.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"

namespace aplomb::service {

// By need in the order of the offering, then by fact in the order of the rulebook. `rates` may be
// null: then amounts in other currencies than EUR count as unknown.
std::vector<catalog::v1::RankingGap> RankingGaps(
    const catalog::v1::Offering& offering, const decision::CompiledRulebook& rulebook,
    std::shared_ptr<const catalog::TableEntry<catalog::v1::ExchangeRateTable>> rates,
    int32_t today);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_RANKING_GAPS_H_
