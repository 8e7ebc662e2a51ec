#include "decision/profile_reading.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/civil_day.h"
#include "catalog/identifiers.h"
#include "engine/weights.h"

namespace aplomb::decision {
namespace {

struct Band {
  absl::string_view code;
  StaffRange range;
};

// INSEE, "tranche d'effectifs salariés de l'unité légale".
constexpr std::array<Band, 16> kBands = {{{"NN", {false, 0, 0}},
                                          {"00", {true, 0, 0}},
                                          {"01", {true, 1, 2}},
                                          {"02", {true, 3, 5}},
                                          {"03", {true, 6, 9}},
                                          {"11", {true, 10, 19}},
                                          {"12", {true, 20, 49}},
                                          {"21", {true, 50, 99}},
                                          {"22", {true, 100, 199}},
                                          {"31", {true, 200, 249}},
                                          {"32", {true, 250, 499}},
                                          {"41", {true, 500, 999}},
                                          {"42", {true, 1'000, 1'999}},
                                          {"51", {true, 2'000, 4'999}},
                                          {"52", {true, 5'000, 9'999}},
                                          {"53", {true, 10'000, 10'000}}}};

// NAF rév. 2 (decree 2007-1888): last division of each section, A to U. Some divisions between do
// not exist.
constexpr std::array<uint16_t, 21> kLastDivision = {3,  9,  33, 35, 39, 43, 47, 53, 56, 63, 66,
                                                    68, 75, 82, 84, 85, 88, 93, 96, 98, 99};
constexpr std::array<uint16_t, 11> kMissingDivisions = {4, 34, 40, 44, 48, 54, 57, 67, 76, 83, 89};

uint16_t SectionOfDivision(uint16_t division) {
  if (division == 0 || division > kLastDivision.back()) return 0;
  if (std::find(kMissingDivisions.begin(), kMissingDivisions.end(), division) !=
      kMissingDivisions.end()) {
    return 0;
  }
  const auto* last = std::lower_bound(kLastDivision.begin(), kLastDivision.end(), division);
  return static_cast<uint16_t>(last - kLastDivision.begin() + 1);
}

struct NafClass {
  uint16_t code;
  absl::string_view letters;
};
constexpr NafClass kNafClasses[] = {
#include "decision/naf_classes.inc"
};
static_assert(std::size(kNafClasses) == 615);

// Whether NAF rév. 2 has the code: a division by itself, a group of some class, a class, or a class
// with one of its letters ('\0': none given).
bool IsInNaf(absl::string_view digits, char letter) {
  int low = 0;
  for (const char c : digits) low = 10 * low + (c - '0');
  int high = low;
  for (size_t i = digits.size(); i < 4; ++i) {
    low = 10 * low;
    high = 10 * high + 9;
  }
  const auto* found =
      std::lower_bound(std::begin(kNafClasses), std::end(kNafClasses), low,
                       [](const NafClass& one, int code) { return one.code < code; });
  if (found == std::end(kNafClasses) || found->code > high) return false;
  return letter == '\0' || absl::StrContains(found->letters, letter);
}

engine::WeightMethod MethodOf(type::WeightChoice::Method method) {
  switch (method) {
    case type::WeightChoice::RANK_SUM:
      return engine::WeightMethod::kRankSum;
    case type::WeightChoice::EQUAL:
      return engine::WeightMethod::kEqual;
    default:
      return engine::WeightMethod::kRankOrderCentroid;
  }
}

}  // namespace

std::optional<StaffRange> StaffOfBand(absl::string_view band) {
  for (const Band& known : kBands) {
    if (known.code == band) return known.range;
  }
  return std::nullopt;
}

std::string StaffBandCodes() {
  std::string codes;
  for (const Band& band : kBands) absl::StrAppend(&codes, codes.empty() ? "" : " ", band.code);
  return codes;
}

StaffRange StaffOf(const type::FirmProfile& profile) {
  if (profile.has_staff_count()) {
    return {.known = true, .min = profile.staff_count(), .max = profile.staff_count()};
  }
  return StaffOfBand(profile.staff_band()).value_or(StaffRange{});
}

engine::Activity ParseNaf(const type::Activity& activity) {
  std::string digits = catalog::StripSpaces(activity.code());
  if (digits.size() > 2 && digits[2] == '.') digits.erase(2, 1);
  char letter = '\0';
  if (digits.size() == 5 && absl::ascii_isupper(static_cast<unsigned char>(digits[4]))) {
    letter = digits[4];
    digits.pop_back();
  }
  if (digits.size() < 2 || digits.size() > 4 ||
      !std::all_of(digits.begin(), digits.end(),
                   [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); })) {
    return {};
  }
  const auto digit = [&](size_t i) { return static_cast<uint16_t>(digits[i] - '0'); };
  engine::Activity parsed;
  parsed.division = static_cast<uint16_t>(10 * digit(0) + digit(1));
  if (digits.size() == 4) {
    parsed.class_code = static_cast<uint16_t>(100 * parsed.division + 10 * digit(2) + digit(3));
  }
  if (activity.nomenclature() == type::NAF_REV2) {
    parsed.section = SectionOfDivision(parsed.division);
    if (parsed.section == 0 || !IsInNaf(digits, letter)) return {};
  }
  return parsed;
}

int32_t DayNumberOf(const google::type::Date& date) {
  const auto day =
      base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()});
  CHECK_OK(day) << "the request has been validated";
  return *day;
}

PriorityOrder PriorityOrderOf(const type::WeightChoice& choice, const CompiledRulebook& rulebook) {
  const type::WeightChoice& standard = rulebook.source.weights().default_choice();
  const type::WeightChoice& order = choice.tiers().empty() ? standard : choice;
  const bool own_method =
      !choice.tiers().empty() || choice.method() != type::WeightChoice::METHOD_UNSPECIFIED;
  PriorityOrder stated{.method = MethodOf(own_method ? choice.method() : standard.method())};
  for (int t = 0; t < order.tiers_size(); ++t) {
    for (const std::string& id : order.tiers(t).group_ids()) {
      for (int g = 0; g < rulebook.source.groups_size(); ++g) {
        if (rulebook.source.groups(g).group_id() == id) {
          stated.tier_of_group[static_cast<size_t>(g)] = static_cast<uint8_t>(t);
        }
      }
    }
  }
  return stated;
}

std::array<int64_t, engine::kGroupCount> GroupSharesOf(const type::WeightChoice& choice,
                                                       const CompiledRulebook& rulebook) {
  const PriorityOrder stated = PriorityOrderOf(choice, rulebook);
  return engine::GroupShares(stated.method, stated.tier_of_group);
}

}  // namespace aplomb::decision
