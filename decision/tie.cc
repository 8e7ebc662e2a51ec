#include "decision/tie.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace aplomb::decision {
namespace {

// Labels end with a zero byte, so that none is the beginning of another one's message.
constexpr absl::string_view kSeedLabel("aplomb/tie/v1\0", 14);
constexpr absl::string_view kGroupLabel("group\0", 6);
constexpr absl::string_view kOfferLabel("offer\0", 6);

absl::string_view UidView(const Uid& uid) {
  return absl::string_view(reinterpret_cast<const char*>(uid.data()), uid.size());
}

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
  return base::HmacSha256(seed_, absl::StrCat(kGroupLabel, UidView(catalog_.group_uids[group])));
}

engine::TieBreaker::Key HmacTieBreaker::OfferKey(uint32_t row) const {
  CHECK_LT(row, catalog_.offering_uids.size()) << "no such offering";
  return base::HmacSha256(seed_, absl::StrCat(kOfferLabel, UidView(catalog_.offering_uids[row])));
}

}  // namespace aplomb::decision
