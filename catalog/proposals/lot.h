// Drawing reviewers by lot. The order follows from the secret of a day, which was committed in the
// log before and is revealed afterwards, and from what nobody who gains by it can choose: the uid
// of the proposal and how often it was submitted. Anyone can check a draw once the secret is out.
// Pure functions; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_LOT_H_
#define APLOMB_CATALOG_PROPOSALS_LOT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/proposal_log.pb.h"
#include "base/digest.h"

namespace aplomb::proposals {

inline constexpr size_t kReviewersOfProposal = 2;
inline constexpr size_t kReviewersOfFastLane = 1;
// Where two disagree.
inline constexpr size_t kReviewersMax = 3;
// One in so many proposals of the fast lane is looked at afterwards.
inline constexpr uint64_t kSampleOneIn = 5;

//   seed = HMAC-SHA256(secret, "aplomb/review/v1" 00 uid 00 u32 submit_count)
//   key  = HMAC-SHA256(seed, "reviewer" 00 name)
// The names by ascending key; the order of `reviewers` does not matter.
std::vector<std::string> DrawOrder(const base::Digest& secret, absl::string_view proposal_uid,
                                   int32_t submit_count, std::vector<std::string> reviewers);

// HMAC-SHA256(seed, "sample"), its first 8 bytes, is divisible by kSampleOneIn.
bool DrawSample(const base::Digest& secret, absl::string_view proposal_uid, int32_t submit_count);

// What the verdicts so far come to.
enum class Outcome : uint8_t {
  kOpen,      // a reviewer who was drawn has not decided
  kDisagree,  // all have, two differ: a third is needed
  kApproved,
  kReturned,
  kRejected,
};

// `fast_lane`: one decides. Else two that agree; three verdicts that all differ give RETURN, the
// middle of them.
Outcome Count(const std::vector<catalog::v1::DrawnReviewer::Verdict>& verdicts, bool fast_lane);

// Whether `reviewer` must not decide about a proposal of `member`: belongs to it, or has declared
// an interest in it or in a member of the same ownership group. `related` are all members of the
// group, the member itself included.
bool IsRecused(const catalog::v1::ReviewerRecord& reviewer,
               const std::vector<std::string>& related);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_LOT_H_
