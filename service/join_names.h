// Puts names to a finished ranking, for display: titles of offerings, names of
// members. The only place where names and ranks meet; it changes no rank, no score
// and no order. Pure.
#ifndef APLOMB_SERVICE_JOIN_NAMES_H_
#define APLOMB_SERVICE_JOIN_NAMES_H_

#include "aplomb/advisor/v1/recommendation.pb.h"
#include "catalog/snapshot.h"
#include "google/protobuf/message.h"

namespace aplomb::service {

// Fills title, member, member_display_name, kind and member_best of every offering
// in the results, from `offering` (the resource name) and the snapshot of the
// recommendation's revision. A name that the snapshot does not have keeps no title.
void JoinNames(const catalog::Snapshot& snapshot, advisor::v1::Recommendation& recommendation);

// Fills title, member and member_display_name of every OfferingRef anywhere inside `message`.
void JoinRefs(const catalog::Snapshot& snapshot, google::protobuf::Message& message);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_JOIN_NAMES_H_
