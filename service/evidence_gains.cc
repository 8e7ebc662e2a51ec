#include "service/evidence_gains.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aplomb/type/options.pb.h"
#include "base/civil_day.h"
#include "catalog/proposals/evidence_cost.h"
#include "decision/decide.h"
#include "service/offering_alone.h"
#include "service/workflow.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using Rates = std::shared_ptr<const catalog::TableEntry<pb::ExchangeRateTable>>;
// By need, delivery mode and criterion.
using Values = std::map<std::pair<std::string, std::string>, int32_t>;

Values ValuesOf(const pb::Offering& offering, const type::FirmProfile& profile,
                const decision::CompiledRulebook& rulebook, const Rates& rates, int32_t today) {
  const catalog::Snapshot alone = SnapshotOfOne(offering, rates);
  const decision::BlindCatalog blind = decision::Blindfold(alone, rulebook, today);
  std::vector<type::NeedRequest> needs;
  for (const std::string& need_id : offering.need_ids()) {
    if (rulebook.need_ordinals.contains(need_id)) needs.emplace_back().set_need_id(need_id);
  }
  Values values;
  if (needs.empty()) return values;
  const type::WeightChoice weights;
  const decision::DecisionRecord record = decision::Decide(
      {.profile = profile, .needs = needs, .weights = weights, .as_of_day = today},
      {.snapshot = alone, .rulebook = rulebook, .rulebook_revision = 0, .blind = blind}, {});
  for (const decision::RecordedNeed& need : record.needs) {
    for (const decision::RecordedRanking& ranking : need.rankings) {
      for (const decision::RecordedRanked& ranked : ranking.ranked) {
        for (const engine::Contribution& one : ranked.contributions) {
          values[{need.need_id, rulebook.source.criteria(one.criterion).criterion_id()}] =
              one.value;
        }
      }
    }
  }
  return values;
}

// Statements of the offering that no document, certificate or reviewer supports yet.
std::vector<std::string> Unsupported(const pb::Offering& offering) {
  std::vector<std::string> fields;
  const google::protobuf::Reflection& reflection = *offering.GetReflection();
  const google::protobuf::Descriptor& type = *offering.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type.field(i);
    if (field->is_repeated() || !reflection.HasField(offering, field) ||
        field->options().GetExtension(type::visibility) != type::FACT ||
        field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE ||
        field->name() == "claims_valid_to") {
      continue;
    }
    const bool supported = std::any_of(
        offering.claims().begin(), offering.claims().end(), [field](const type::Claim& claim) {
          return claim.field_path() == field->name() && claim.evidence() >= type::DOCUMENTED;
        });
    if (!supported) fields.push_back(field->name());
  }
  return fields;
}

// A certificate without a last day counts for nothing.
constexpr int32_t kDaysOfCertificate = 365;

bool HasEnded(const google::type::Date& last, int32_t today) {
  const auto day =
      base::ToDayNumber({.year = last.year(), .month = last.month(), .day = last.day()});
  return day.ok() && *day < today;
}

// What has ended is not held: it can be renewed.
bool Holds(const pb::Offering& offering, pb::Certificate::Scheme scheme, int32_t today) {
  const auto& held = offering.certificates().certificates();
  return std::any_of(held.begin(), held.end(), [&](const pb::Certificate& one) {
    return one.scheme() == scheme && !(one.has_valid_to() && HasEnded(one.valid_to(), today));
  });
}

}  // namespace

std::vector<EvidenceGain> EvidenceGains(const pb::Offering& offering,
                                        const type::FirmProfile& profile,
                                        const decision::CompiledRulebook& rulebook, Rates rates,
                                        int32_t today) {
  const Values now = ValuesOf(offering, profile, rulebook, rates, today);
  std::vector<EvidenceGain> gains;
  const auto compare = [&](const std::string& field, const pb::Offering& supported,
                           pb::Certificate::Scheme scheme) {
    for (const auto& [key, value] : ValuesOf(supported, profile, rulebook, rates, today)) {
      const auto before = now.find(key);
      if (before == now.end() || value <= before->second) continue;
      gains.push_back({.field = field,
                       .need_id = key.first,
                       .criterion_id = key.second,
                       .now = before->second,
                       .documented = value,
                       .scheme = scheme});
    }
  };
  for (const std::string& field : Unsupported(offering)) {
    pb::Offering documented = offering;
    // A document about the whole replaces what was declared about it or its parts.
    auto& claims = *documented.mutable_claims();
    claims.erase(std::remove_if(claims.begin(), claims.end(),
                                [&field](const type::Claim& claim) {
                                  return claim.evidence() < type::DOCUMENTED &&
                                         (claim.field_path() == field ||
                                          absl::StartsWith(claim.field_path(), field + "."));
                                }),
                 claims.end());
    type::Claim& claim = *claims.Add();
    claim.set_field_path(field);
    claim.set_evidence(type::DOCUMENTED);
    compare(field, documented, pb::Certificate::SCHEME_UNSPECIFIED);
  }
  // Claims whose last day is past: the field is unknown since then, whatever supported it.
  for (int i = 0; i < offering.claims_size(); ++i) {
    const type::Claim& claim = offering.claims(i);
    if (!claim.has_valid_to() || !HasEnded(claim.valid_to(), today)) continue;
    pb::Offering renewed = offering;
    SetDay(today + kDaysOfCertificate, *renewed.mutable_claims(i)->mutable_valid_to());
    compare(claim.field_path(), renewed, pb::Certificate::SCHEME_UNSPECIFIED);
  }
  for (int number = pb::Certificate::Scheme_MIN; number <= pb::Certificate::Scheme_MAX; ++number) {
    const auto scheme = static_cast<pb::Certificate::Scheme>(number);
    if (proposals::CostOfCertificate(scheme) == nullptr || Holds(offering, scheme, today)) {
      continue;
    }
    pb::Offering certified = offering;
    auto& certificates = *certified.mutable_certificates()->mutable_certificates();
    certificates.erase(
        std::remove_if(certificates.begin(), certificates.end(),
                       [scheme](const pb::Certificate& one) { return one.scheme() == scheme; }),
        certificates.end());
    pb::Certificate& held = *certified.mutable_certificates()->add_certificates();
    held.set_scheme(scheme);
    held.set_scope_matches(true);
    SetDay(today + kDaysOfCertificate, *held.mutable_valid_to());
    const std::string field = absl::StrCat("certificates.", pb::Certificate::Scheme_Name(scheme));
    type::Claim& claim = *certified.add_claims();
    claim.set_field_path(field);
    claim.set_evidence(type::CERTIFIED);
    compare(field, certified, scheme);
  }
  return gains;
}

}  // namespace aplomb::service
