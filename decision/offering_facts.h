// Reads the facts of one offering as numbers with their evidence: fields by their
// path, derived facts by name. Reads fields that are marked FACT and no others.
#ifndef APLOMB_DECISION_OFFERING_FACTS_H_
#define APLOMB_DECISION_OFFERING_FACTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/common.pb.h"
#include "decision/blindfold.h"
#include "decision/compiled_rulebook.h"
#include "decision/fact_registry.h"
#include "engine/fact_table.h"
#include "google/type/date.pb.h"

namespace aplomb::decision {

// A fact of one offering; `value` is meaningless where evidence is kNone.
struct OfferingFact {
  int64_t value = 0;
  engine::Evidence evidence = engine::Evidence::kNone;
};

// Amounts in other currencies, by the rates of one day.
class Converter {
 public:
  // `euros_micros` by currency: value of one unit in millionths of EUR.
  explicit Converter(std::map<std::string, int64_t, std::less<>> euros_micros)
      : euros_micros_(std::move(euros_micros)) {}

  // Micros of EUR, half up; nullopt without a rate, and outside of 0 to engine::kMaxMicros.
  std::optional<int64_t> ToEuros(const type::Money& money) const;

 private:
  std::map<std::string, int64_t, std::less<>> euros_micros_;
};

// Days since 1970-01-01; nullopt where the date is absent or no day.
std::optional<int32_t> DayOf(const google::type::Date& date);

// What the claims of one offering say, on one day.
class ClaimBook {
 public:
  ClaimBook(const catalog::v1::Offering& offering, int32_t as_of_day);

  // Evidence of the field of that dotted path: of its own claim, else of the nearest message around
  // it, else `without_claim`. kNone where that claim has expired.
  engine::Evidence EvidenceOf(absl::string_view path,
                              engine::Evidence without_claim = engine::Evidence::kDeclared) const;

 private:
  std::map<std::string, engine::Evidence, std::less<>> by_path_;
};

// All must outlive this.
class OfferingReader {
 public:
  OfferingReader(const catalog::v1::Offering& offering, const CompiledRulebook& rulebook,
                 const Converter& converter, int32_t as_of_day);

  OfferingFact Read(const FactInfo& fact) const;

  // Mask of the ordinals of the needs that it serves and the rulebook has.
  uint64_t Needs() const;
  engine::DeliveryMode Mode() const;
  engine::Tariff ReadTariff() const;
  PriceState TariffState() const;
  // Features of one need; `ordinal` is its place in the rulebook.
  engine::FeatureMasks Features(size_t ordinal) const;

 private:
  OfferingFact ReadField(const FactInfo& fact) const;
  OfferingFact ReadNamed(absl::string_view name) const;
  OfferingFact ReadCertificate(const FactInfo& fact) const;
  OfferingFact ReadDerived(const FactInfo& fact) const;
  OfferingFact Sectors() const;
  OfferingFact TrialDaysWithoutCard() const;
  OfferingFact HostingClass() const;
  OfferingFact ExportOpenFormats() const;
  OfferingFact ExportTestedRecently() const;
  OfferingFact DevelopmentStatus() const;
  OfferingFact SkillRequired() const;
  OfferingFact HostsCustomerData() const;
  OfferingFact TighterLimit(absl::string_view first, absl::string_view second) const;
  OfferingFact PaymentMethods() const;
  std::optional<engine::PriceComponent> ReadComponent(const type::PriceComponent& component) const;

  const catalog::v1::Offering& offering_;
  const CompiledRulebook& rulebook_;
  const Converter& converter_;
  const int32_t as_of_day_;
  const ClaimBook claims_;
};

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_OFFERING_FACTS_H_
