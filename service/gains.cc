#include "service/gains.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "aplomb/type/profile.pb.h"
#include "catalog/proposals/evidence_cost.h"
#include "decision/fact_registry.h"
#include "engine/rules.h"
#include "service/coverage_service.h"
#include "service/evidence_gains.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

// Where the reference firm is.
constexpr absl::string_view kReferenceRegion = "11";

// A firm that keeps trade secrets: some rules ask for certificates only where data is sensitive.
type::FirmProfile SensitiveFirm() {
  type::FirmProfile firm = ReferenceFirm(kReferenceRegion, type::MICRO);
  firm.mutable_data()->set_personal(true);
  firm.mutable_data()->set_health(false);
  firm.mutable_data()->set_trade_secret(true);
  return firm;
}

// Adds what is not there yet; of a firm with sensitive data, says so.
void AddGains(const std::vector<EvidenceGain>& found, bool sensitive,
              std::vector<pb::Gain>& gains) {
  for (const EvidenceGain& one : found) {
    const bool known = std::any_of(gains.begin(), gains.end(), [&one](const pb::Gain& gain) {
      return gain.field() == one.field && gain.need_id() == one.need_id &&
             gain.criterion_id() == one.criterion_id;
    });
    if (known) continue;
    pb::Gain& gain = gains.emplace_back();
    gain.set_field(one.field);
    gain.set_need_id(one.need_id);
    gain.set_criterion_id(one.criterion_id);
    gain.set_value(one.now);
    gain.set_documented_value(one.documented);
    const bool certified = one.scheme != pb::Certificate::SCHEME_UNSPECIFIED;
    const proposals::EvidenceCost& cost = certified ? *proposals::CostOfCertificate(one.scheme)
                                                    : proposals::CostOfDocument(one.field);
    gain.set_evidence(certified ? type::CERTIFIED : type::DOCUMENTED);
    gain.set_effort(static_cast<pb::Gain::Effort>(cost.effort));
    gain.set_third_party(cost.third_party);
    gain.mutable_cost()->set_fr(absl::StrCat(
        cost.fr, sensitive ? " (compte pour les entreprises aux données sensibles)" : ""));
    gain.mutable_cost()->set_en(
        absl::StrCat(cost.en, sensitive ? " (counts for firms with sensitive data)" : ""));
  }
}

// Fields of the offering that a measure reads.
class FieldsOfMeasure {
 public:
  FieldsOfMeasure(const decision::CompiledRulebook& rulebook, absl::string_view need_id)
      : rulebook_(rulebook), need_id_(need_id) {}

  std::set<std::string> Take() { return std::move(fields_); }

  void Read(engine::MeasureId id) {
    if (id == engine::kNoId) return;
    const engine::Measure& measure = rulebook_.rules.measures[id];
    switch (measure.kind) {
      case engine::MeasureKind::kConstant:
        return;
      case engine::MeasureKind::kFeatureCoverage:
        fields_.insert(absl::StrCat("features.", need_id_));
        return;
      case engine::MeasureKind::kHeadroom:
        fields_.insert("limits");
        return;
      case engine::MeasureKind::kCost:
        fields_.insert("pricing");
        return;
      case engine::MeasureKind::kLadder:
      case engine::MeasureKind::kFirstMatch:
        for (const engine::MeasureStep& step : measure.steps) Read(step);
        return;
      case engine::MeasureKind::kSizeDistance:
      case engine::MeasureKind::kSetCoverage:
      case engine::MeasureKind::kSectorFit:
      case engine::MeasureKind::kDifference:
        Read(measure.second);
        [[fallthrough]];
      case engine::MeasureKind::kFact:
        Read(measure.first);
    }
  }

 private:
  void Read(const engine::MeasureStep& step) { ReadCondition(step.when); }
  void Read(const engine::FactRef& fact) {
    if (fact.side != engine::FactRef::Side::kOffering) return;
    const decision::FactInfo& info = *rulebook_.offering_slots[fact.slot];
    for (const std::string& source : info.sources) {
      fields_.insert(std::string(absl::StripPrefix(source, "offering.")));
    }
    if (info.sources.empty())
      fields_.insert(std::string(absl::StripPrefix(info.name, "offering.")));
  }
  void ReadCondition(engine::ConditionId id) {
    if (id == engine::kNoId) return;
    const engine::Condition& condition = rulebook_.rules.conditions[id];
    if (condition.form == engine::ConditionForm::kComparison) {
      Read(condition.left);
      Read(condition.right);
      return;
    }
    for (const engine::ConditionId child : condition.children) ReadCondition(child);
  }

  const decision::CompiledRulebook& rulebook_;
  const absl::string_view need_id_;
  std::set<std::string> fields_;
};

}  // namespace

std::vector<pb::Gain> Gains(const pb::Offering& offering,
                            const decision::CompiledRulebook& rulebook,
                            std::shared_ptr<const catalog::TableEntry<pb::ExchangeRateTable>> rates,
                            int32_t today) {
  std::vector<pb::Gain> gains;
  AddGains(
      EvidenceGains(offering, ReferenceFirm(kReferenceRegion, type::MICRO), rulebook, rates, today),
      /*sensitive=*/false, gains);
  AddGains(EvidenceGains(offering, SensitiveFirm(), rulebook, rates, today), /*sensitive=*/true,
           gains);
  return gains;
}

void FillEvidence(const decision::CompiledRulebook& rulebook, absl::string_view need_id,
                  size_t criterion, pb::CriterionReading& reading) {
  const engine::Criterion& rule = rulebook.rules.criteria[criterion];
  reading.set_least_evidence(static_cast<type::Evidence>(rule.least_evidence));
  FieldsOfMeasure fields(rulebook, need_id);
  fields.Read(rule.measure);
  for (const std::string& field : fields.Take()) reading.add_fields(field);
}

}  // namespace aplomb::service
