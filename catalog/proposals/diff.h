// What differs between two entries, field by field, and whether it is little enough for the fast
// lane. Pure functions; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_DIFF_H_
#define APLOMB_CATALOG_PROPOSALS_DIFF_H_

#include <google/protobuf/message.h>

#include <cstddef>
#include <vector>

#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/proposal.pb.h"

namespace aplomb::proposals {

inline constexpr size_t kDifferencesMax = 500;
inline constexpr size_t kDifferenceValueSizeMax = 500;  // bytes; longer values are cut

// By field number, repeated messages by their own key (features by need and feature, claims by
// path, certificates by scheme), else by place. What the catalogue writes itself (state, day
// of review, revision, times, etag) is left out. The first kDifferencesMax.
std::vector<catalog::v1::FieldDifference> Differences(const catalog::v1::Offering& published,
                                                      const catalog::v1::Offering& proposed);

// The same for any two messages of one type, output fields included; null: absent. Repeated
// messages with an id of their own (criteria, needs, features) by that.
std::vector<catalog::v1::FieldDifference> MessageDifferences(
    const google::protobuf::Message* before, const google::protobuf::Message* after);

// True where nothing differs of what a member writes; features and claims in whatever order.
bool IsSameEntry(const catalog::v1::Offering& published, const catalog::v1::Offering& proposed);

// By how much an amount or a rate may change, up or down, for the fast lane, in percent of what is
// published; what is zero stays zero. More is reviewed in full.
inline constexpr int kFastLaneStepPercentMax = 20;

enum class FastLane {
  kNo,            // something else differs, or nothing does
  kStepTooLarge,  // of the kind, but an amount changes by more than kFastLaneStepPercentMax
  kYes,
};

// Of the kind is a change where nothing differs but amounts and days of a tariff with the same
// components (model, period, metric, tiers, options), or numbers and days of the same certificates,
// and the claims about either.
FastLane FastLaneOf(const catalog::v1::Offering& published, const catalog::v1::Offering& proposed);
bool IsFastLane(const catalog::v1::Offering& published, const catalog::v1::Offering& proposed);

// Without what the catalogue writes itself.
catalog::v1::Offering WithoutOutput(catalog::v1::Offering offering);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_DIFF_H_
