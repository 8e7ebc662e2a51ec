// The order of equals, drawn from a secret committed beforehand:
//
//   seed         = HMAC-SHA256(secret of the engagement's day,
//                              "aplomb/tie/v1" 0x00 || subject || need_id)
//   group key    = HMAC-SHA256(seed, "group" 0x00 || group uuid)
//   offering key = HMAC-SHA256(seed, "offer" 0x00 || offering uuid)
//
// `subject` is HMAC-SHA256(subject key of the year, SIREN), or the 32-byte nonce
// of the engagement where the firm has no SIREN. Neither the profile, the weights,
// the catalogue nor the day of asking enters: asking again cannot draw again.
#ifndef APLOMB_DECISION_TIE_H_
#define APLOMB_DECISION_TIE_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/digest.h"
#include "decision/blindfold.h"
#include "engine/rank.h"

namespace aplomb::decision {

// What an engagement brings to the draw.
struct TieSubject {
  base::Digest epoch_secret;  // 32 secret bytes of the day the engagement was opened
  base::Digest subject;       // 32 bytes, see above
};

base::Digest SubjectOfSiren(const base::Digest& subject_key, absl::string_view siren);
base::Digest TieSeed(const TieSubject& subject, absl::string_view need_id);

// Draws keys for one need. Refers to `catalog`, which must outlive it.
class HmacTieBreaker final : public engine::TieBreaker {
 public:
  HmacTieBreaker(const base::Digest& seed, const BlindCatalog& catalog);
  Key GroupKey(uint32_t group) const override;
  Key OfferKey(uint32_t row) const override;

 private:
  Key Draw(absl::string_view label, const Uid& uid) const;

  const base::HmacSha256Key seed_;
  const BlindCatalog& catalog_;
};

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_TIE_H_
