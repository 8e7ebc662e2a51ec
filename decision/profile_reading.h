// How fields of a firm's profile are read: workforce bands, activity codes, days,
// the order of the groups. Pure functions; shared by validation and compilation.
#ifndef APLOMB_DECISION_PROFILE_READING_H_
#define APLOMB_DECISION_PROFILE_READING_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "aplomb/type/profile.pb.h"
#include "decision/compiled_rulebook.h"
#include "engine/sector.h"
#include "engine/weights.h"
#include "google/type/date.pb.h"

namespace aplomb::decision {

// Limits of a profile.
inline constexpr int64_t kMaxStaff = 1'000'000;
inline constexpr int kMaxTools = 30;
inline constexpr int kMaxListSize = 100;      // of any list; each has its own, tighter one besides
inline constexpr size_t kMaxTextBytes = 200;  // of any text
inline constexpr int kMinYear = 1900;
inline constexpr int kMaxYear = 2100;
inline constexpr int kIntensityAnswers = 12;

// Persons employed of a band of INSEE ("tranche d'effectifs").
struct StaffRange {
  bool known = false;  // "NN": no employee, or not known
  int64_t min = 0;
  int64_t max = 0;  // of the open band 53: as `min`
};

// nullopt for a code that is not in the list.
std::optional<StaffRange> StaffOfBand(absl::string_view band);
// All codes, separated by blanks.
std::string StaffBandCodes();

// Persons employed as far as the profile tells: `staff_count`, else the band.
StaffRange StaffOf(const type::FirmProfile& profile);

// An activity code, with or without its point: sub-class, class, group or division. Division 0: the
// code has none of these forms or, for NAF rév. 2, is not in the list. The section is known
// for NAF rév. 2 only.
engine::Activity ParseNaf(const type::Activity& activity);

// Days since 1970-01-01 of a date that exists (CHECK).
int32_t DayNumberOf(const google::type::Date& date);

// The order of the six groups by the firm's choice, or the default order where it names none: tier
// of each group, 0 the most important. The choice must be valid.
struct PriorityOrder {
  engine::WeightMethod method = engine::WeightMethod::kRankOrderCentroid;
  std::array<uint8_t, engine::kGroupCount> tier_of_group = {};
};
PriorityOrder PriorityOrderOf(const type::WeightChoice& choice, const CompiledRulebook& rulebook);

// Shares of the six groups by the firm's choice, or by the default order where it names none. The
// choice must be valid.
std::array<int64_t, engine::kGroupCount> GroupSharesOf(const type::WeightChoice& choice,
                                                       const CompiledRulebook& rulebook);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_PROFILE_READING_H_
