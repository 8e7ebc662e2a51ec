// What falls due: claims, certificates, tariffs and entries that say until when they hold. Pure
// functions; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_CLAIMS_DUE_H_
#define APLOMB_CATALOG_PROPOSALS_CLAIMS_DUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aplomb/catalog/v1/offering.pb.h"
#include "base/civil_day.h"
#include "google/type/date.pb.h"

namespace aplomb::proposals {

// Members hear of it so many days ahead.
inline constexpr int32_t kClaimsNoticeDays = 30;

// Nothing where there is no such day.
std::optional<base::DayNumber> DayOf(const google::type::Date& date);

struct DueClaim {
  std::string offering;          // resource name
  std::string field;             // path of what becomes unknown; "claims_valid_to": the whole entry
  base::DayNumber last_day = 0;  // on which it holds
  int32_t days_left = 0;         // negative: past

  friend bool operator==(const DueClaim&, const DueClaim&) = default;
};

// What holds until `today` + `days_ahead` at most, soonest first, then by offering and field.
std::vector<DueClaim> ClaimsDue(const std::vector<catalog::v1::Offering>& offerings,
                                base::DayNumber today, int32_t days_ahead);

// True where the entry as a whole no longer holds on `today`.
bool IsOutOfDate(const catalog::v1::Offering& offering, base::DayNumber today);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_CLAIMS_DUE_H_
