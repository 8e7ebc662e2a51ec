#include "decision/neutrality/bias.h"

#include <utility>

#include "base/civil_day.h"
#include "base/status.h"
#include "decision/blindfold.h"
#include "decision/decide.h"

namespace aplomb::decision {
namespace {

constexpr int64_t kMicrosPerEuro = 1'000'000;
constexpr int64_t kMiddleTierEuros = 1'000;
constexpr int64_t kUpperTierEuros = 2'000;
constexpr int32_t kMiddleYears = 3;
constexpr int32_t kLongYears = 7;

}  // namespace

std::vector<Attribute> CatalogAttributes(const catalog::Snapshot& snapshot, int32_t day) {
  using catalog::v1::Member;
  const int32_t year = base::FromDayNumber(day).year;
  Attribute size{.id = "size"};
  Attribute nationality{.id = "nationality"};
  Attribute seniority{.id = "seniority"};
  for (const auto& [name, entry] : snapshot.members) {
    const Member& member = entry->member;
    if (member.size() != Member::SIZE_OF_MEMBER_UNSPECIFIED) {
      size.label_of[name] = Member::SizeOfMember_Name(member.size());
    }
    if (!member.country_code().empty()) {
      nationality.label_of[name] = member.country_code() == "FR" ? "FR" : "other";
    }
    if (member.member_since_year() > 0) {
      const int32_t years = year - member.member_since_year();
      seniority.label_of[name] = years < kMiddleYears ? "<3" : years < kLongYears ? "3-6" : ">=7";
    }
  }
  std::vector<Attribute> attributes;
  for (Attribute* one : {&size, &nationality, &seniority}) {
    if (!one->label_of.empty()) attributes.push_back(std::move(*one));
  }
  return attributes;
}

Attribute FeeAttribute(const std::map<std::string, int64_t, std::less<>>& fees_micros) {
  Attribute fee{.id = "fee"};
  for (const auto& [name, micros] : fees_micros) {
    fee.label_of[name] = micros < kMiddleTierEuros * kMicrosPerEuro  ? "<1000"
                         : micros < kUpperTierEuros * kMicrosPerEuro ? "1000-1999"
                                                                     : ">=2000";
  }
  return fee;
}

absl::StatusOr<std::vector<Decomposition>> DecomposeBias(const CompiledRulebook& rulebook,
                                                         const catalog::Snapshot& snapshot,
                                                         absl::Span<const ProofInput> inputs,
                                                         absl::Span<const Attribute> attributes,
                                                         int32_t as_of_day) {
  const BlindCatalog blind = Blindfold(snapshot, rulebook, as_of_day);
  std::vector<DecisionRecord> records;
  for (const ProofInput& input : inputs) {
    records.push_back(Decide({.profile = input.profile,
                              .needs = input.needs,
                              .weights = input.weights,
                              .as_of_day = as_of_day},
                             {.snapshot = snapshot, .rulebook = rulebook, .blind = blind},
                             input.tie));
  }
  std::map<Uid, std::string> member_of;
  for (size_t row = 0; row < blind.names.size(); ++row) {
    const std::string& name = blind.names[row];
    member_of[blind.offering_uids[row]] = name.substr(0, name.find("/offerings/"));
  }
  std::vector<Decomposition> results;
  for (const Attribute& attribute : attributes) {
    ASSIGN_OR_RETURN(Decomposition one, Decompose(attribute, records, member_of, rulebook));
    results.push_back(std::move(one));
  }
  return results;
}

}  // namespace aplomb::decision
