#include "decision/tie.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace aplomb::decision {
namespace {

// Labels end with a zero byte, so that none is the beginning of another one's message.
constexpr absl::string_view kSeedLabel("aplomb/tie/v1\0", 14);
constexpr absl::string_view kGroupLabel("group\0", 6);
constexpr absl::string_view kOfferLabel("offer\0", 6);

}  // namespace

base::Digest SubjectOfSiren(const base::Digest& subject_key, absl::string_view siren) {
  return base::HmacSha256(subject_key, siren);
}

base::Digest TieSeed(const TieSubject& subject, absl::string_view need_id) {
  return base::HmacSha256(subject.epoch_secret,
                          absl::StrCat(kSeedLabel, base::DigestView(subject.subject), need_id));
}

HmacTieBreaker::HmacTieBreaker(const base::Digest& seed, const BlindCatalog& catalog)
    : seed_(seed), catalog_(catalog) {}

engine::TieBreaker::Key HmacTieBreaker::GroupKey(uint32_t group) const {
  CHECK_LT(group, catalog_.group_uids.size()) << "no such ownership group";
  return Draw(kGroupLabel, catalog_.group_uids[group]);
}

engine::TieBreaker::Key HmacTieBreaker::OfferKey(uint32_t row) const {
  CHECK_LT(row, catalog_.offering_uids.size()) << "no such offering";
  return Draw(kOfferLabel, catalog_.offering_uids[row]);
}

engine::TieBreaker::Key HmacTieBreaker::Draw(absl::string_view label, const Uid& uid) const {
  std::array<char, kGroupLabel.size() + std::tuple_size_v<Uid>> message;
  static_assert(kGroupLabel.size() == kOfferLabel.size());
  std::copy(uid.begin(), uid.end(), std::copy(label.begin(), label.end(), message.begin()));
  return seed_.Of(absl::string_view(message.data(), message.size()));
}

}  // namespace aplomb::decision
