// A catalogue of one offering, for questions about it that no other may have a part in: would it be
// ranked, and what would a document change (service/ranking_gaps.h, service/evidence_gains.h).
// Immutable values; thread-safe.
#ifndef APLOMB_SERVICE_OFFERING_ALONE_H_
#define APLOMB_SERVICE_OFFERING_ALONE_H_

#include <memory>

#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "catalog/snapshot.h"

namespace aplomb::service {

// Holds `offering` as published by an active member. Names and uids are fixed ones, whatever the
// offering has; the same for every offering. `rates` may be null.
catalog::Snapshot SnapshotOfOne(
    const catalog::v1::Offering& offering,
    std::shared_ptr<const catalog::TableEntry<catalog::v1::ExchangeRateTable>> rates);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_OFFERING_ALONE_H_
