#include "catalog/proposals/lot.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::DrawnReviewer;

constexpr absl::string_view kNul("\0", 1);

base::Digest Seed(const base::Digest& secret, absl::string_view uid, int32_t submit_count) {
  base::ByteWriter message;
  message.Raw("aplomb/review/v1");
  message.Raw(kNul);
  message.Raw(uid);
  message.Raw(kNul);
  message.U32(static_cast<uint32_t>(submit_count));
  return base::HmacSha256(secret, message.view());
}

}  // namespace

std::vector<std::string> DrawOrder(const base::Digest& secret, absl::string_view proposal_uid,
                                   int32_t submit_count, std::vector<std::string> reviewers) {
  const base::Digest seed = Seed(secret, proposal_uid, submit_count);
  std::map<std::pair<base::Digest, std::string>, std::string> by_key;
  for (std::string& name : reviewers) {
    const base::Digest key = base::HmacSha256(seed, absl::StrCat("reviewer", kNul, name));
    by_key.emplace(std::pair(key, name), name);
  }
  std::vector<std::string> order;
  for (auto& [key, name] : by_key) order.push_back(std::move(name));
  return order;
}

bool DrawSample(const base::Digest& secret, absl::string_view proposal_uid, int32_t submit_count) {
  const base::Digest draw = base::HmacSha256(Seed(secret, proposal_uid, submit_count), "sample");
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | draw[i];
  return number % kSampleOneIn == 0;
}

Outcome Count(const std::vector<DrawnReviewer::Verdict>& verdicts, bool fast_lane) {
  const size_t needed = fast_lane ? kReviewersOfFastLane : kReviewersOfProposal;
  std::map<DrawnReviewer::Verdict, size_t> votes;
  size_t given = 0;
  for (const DrawnReviewer::Verdict verdict : verdicts) {
    if (verdict == DrawnReviewer::VERDICT_UNSPECIFIED) continue;
    ++given;
    ++votes[verdict];
  }
  for (const auto& [verdict, count] : votes) {
    if (count < needed) continue;
    if (verdict == DrawnReviewer::APPROVE) return Outcome::kApproved;
    return verdict == DrawnReviewer::RETURN ? Outcome::kReturned : Outcome::kRejected;
  }
  if (given >= kReviewersMax) return Outcome::kReturned;
  const bool all = given == verdicts.size() && given >= needed;
  return all ? Outcome::kDisagree : Outcome::kOpen;
}

bool IsRecused(const catalog::v1::ReviewerRecord& reviewer,
               const std::vector<std::string>& related) {
  const auto is_related = [&related](const std::string& member) {
    return std::find(related.begin(), related.end(), member) != related.end();
  };
  return is_related(reviewer.member()) ||
         std::any_of(reviewer.interests().begin(), reviewer.interests().end(), is_related);
}

}  // namespace aplomb::proposals
