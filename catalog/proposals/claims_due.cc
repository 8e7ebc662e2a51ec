#include "catalog/proposals/claims_due.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace aplomb::proposals {

std::optional<base::DayNumber> DayOf(const google::type::Date& date) {
  const auto day =
      base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()});
  if (!day.ok()) return std::nullopt;
  return *day;
}

std::vector<DueClaim> ClaimsDue(const std::vector<catalog::v1::Offering>& offerings,
                                base::DayNumber today, int32_t days_ahead) {
  std::vector<DueClaim> due;
  for (const catalog::v1::Offering& offering : offerings) {
    const auto note = [&](const std::string& field, bool has, const google::type::Date& date) {
      const std::optional<base::DayNumber> day = has ? DayOf(date) : std::nullopt;
      if (!day.has_value() || *day - today > days_ahead) return;
      due.push_back({.offering = offering.name(),
                     .field = field,
                     .last_day = *day,
                     .days_left = *day - today});
    };
    note("claims_valid_to", offering.has_claims_valid_to(), offering.claims_valid_to());
    note("pricing", offering.pricing().has_valid_to(), offering.pricing().valid_to());
    for (const type::Claim& claim : offering.claims()) {
      note(claim.field_path(), claim.has_valid_to(), claim.valid_to());
    }
    for (const catalog::v1::Certificate& held : offering.certificates().certificates()) {
      note(absl::StrCat("certificates.", catalog::v1::Certificate::Scheme_Name(held.scheme())),
           held.has_valid_to(), held.valid_to());
    }
  }
  std::sort(due.begin(), due.end(), [](const DueClaim& a, const DueClaim& b) {
    return std::tie(a.last_day, a.offering, a.field) < std::tie(b.last_day, b.offering, b.field);
  });
  return due;
}

bool IsOutOfDate(const catalog::v1::Offering& offering, base::DayNumber today) {
  if (!offering.has_claims_valid_to()) return false;
  const std::optional<base::DayNumber> day = DayOf(offering.claims_valid_to());
  return day.has_value() && *day < today;
}

}  // namespace aplomb::proposals
