#include "decision/offering_facts.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/civil_day.h"
#include "catalog/code_lists.h"
#include "catalog/identifiers.h"
#include "decision/derived_facts.h"
#include "engine/sector.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Certificate;
using catalog::v1::FeatureClaim;
using catalog::v1::Offering;
using engine::Evidence;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr OfferingFact kUnknownFact;
constexpr int64_t kMicrosPerUnit = 1'000'000;
// A component that nobody can ask for: an option that this rulebook does not know.
constexpr engine::FeatureRef kNoFeature = {.need = engine::kMaxNeeds - 1,
                                           .feature = engine::kMaxFeaturesPerNeed - 1};

Evidence FromProto(type::Evidence evidence) {
  switch (evidence) {
    case type::DOCUMENTED:
      return Evidence::kDocumented;
    case type::CERTIFIED:
      return Evidence::kCertified;
    case type::CHECKED:
      return Evidence::kChecked;
    default:
      return Evidence::kDeclared;
  }
}

OfferingFact Fact(int64_t value, Evidence evidence) {
  return {.value = value, .evidence = evidence};
}

bool IsKnown(const OfferingFact& fact) { return fact.evidence != Evidence::kNone; }

std::optional<int64_t> LimitOf(const type::Limit& limit) {
  if (limit.bound_case() == type::Limit::kMax && limit.max() >= 0 &&
      limit.max() != engine::kUnlimited) {
    return limit.max();
  }
  if (limit.bound_case() == type::Limit::kUnlimited && limit.unlimited()) {
    return engine::kUnlimited;
  }
  return std::nullopt;
}

std::optional<int64_t> MaskOf(const type::CodeList& codes, absl::string_view code_list) {
  uint64_t mask = 0;
  for (const std::string& code : codes.codes()) {
    const std::optional<uint64_t> bits = catalog::MaskOfCode(code_list, code);
    if (!bits.has_value()) return std::nullopt;
    mask |= *bits;
  }
  return static_cast<int64_t>(mask);
}

// Mask over the numbers of a repeated enum field.
std::optional<int64_t> MaskOfEnums(const Message& holder, const FieldDescriptor& field) {
  const auto& reflection = *holder.GetReflection();
  uint64_t mask = 0;
  for (int i = 0; i < reflection.FieldSize(holder, &field); ++i) {
    const int number = reflection.GetRepeatedEnumValue(holder, &field, i);
    // Unspecified, or of a newer list than this build knows.
    if (number <= 0 || field.enum_type()->FindValueByNumber(number) == nullptr) {
      return std::nullopt;
    }
    mask |= uint64_t{1} << number;
  }
  return static_cast<int64_t>(mask);
}

std::optional<int64_t> MessageValue(const FactInfo& fact, const Message& value,
                                    const Converter& converter) {
  switch (fact.kind) {
    case FactKind::kMoney:
      return converter.ToEuros(static_cast<const type::Money&>(value));
    case FactKind::kDay:
      return DayOf(static_cast<const google::type::Date&>(value));
    case FactKind::kLimit:
      return LimitOf(static_cast<const type::Limit&>(value));
    case FactKind::kSet:
      return fact.enum_type != nullptr
                 ? MaskOfEnums(value, *value.GetDescriptor()->field(0))
                 : MaskOf(static_cast<const type::CodeList&>(value), fact.code_list);
    default:
      CHECK(false) << fact.name << " is no message";
  }
  return std::nullopt;
}

// Numbers of offerings count something; none is below 0.
std::optional<int64_t> ScalarValue(const Message& holder, const FieldDescriptor& field) {
  const auto& reflection = *holder.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(holder, &field) ? 1 : 0;
    case FieldDescriptor::CPPTYPE_INT32: {
      const int64_t value = reflection.GetInt32(holder, &field);
      if (value < 0) return std::nullopt;
      return value;
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t value = reflection.GetInt64(holder, &field);
      if (value < 0) return std::nullopt;
      return value;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = reflection.GetEnumValue(holder, &field);
      if (number == 0 || field.enum_type()->FindValueByNumber(number) == nullptr) {
        return std::nullopt;
      }
      return number;
    }
    default:
      CHECK(false) << field.full_name() << " is no fact";
  }
  return std::nullopt;
}

// "I", "56", "56.1" (its division), "56.10" or "56.10A" (its class).
std::optional<engine::Sector> SectorOf(absl::string_view code) {
  if (!catalog::IsNafPrefix(code)) return std::nullopt;
  if (absl::ascii_isalpha(static_cast<unsigned char>(code[0]))) {
    return engine::Sector{engine::SectorLevel::kSection, static_cast<uint16_t>(code[0] - 'A' + 1)};
  }
  std::string digits;
  for (const char c : code) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) digits += c;
  }
  const bool is_class = digits.size() == 4;
  int number = 0;
  if (!absl::SimpleAtoi(is_class ? digits : digits.substr(0, 2), &number)) return std::nullopt;
  return engine::Sector{is_class ? engine::SectorLevel::kClass : engine::SectorLevel::kDivision,
                        static_cast<uint16_t>(number)};
}

uint64_t AdequateMask() {
  // Countries whose adequacy decision (Regulation (EU) 2016/679, art. 45) covers every recipient.
  // Decisions for some recipients only, such as the one for the United States, are stated by
  // hosting.law_exposure.
  static constexpr const char* kCodes[] = {"CH", "GB", "JP", "KR", "NZ", "IL", "AR",
                                           "UY", "AD", "FO", "GG", "IM", "JE"};
  uint64_t mask = 0;
  for (const char* code : kCodes) mask |= catalog::MaskOfCode("countries", code).value_or(0);
  return mask;
}

std::optional<int64_t> Amount(bool has, const type::Money& money, const Converter& converter) {
  if (!has) return 0;
  return converter.ToEuros(money);
}

bool IsCounted(engine::PriceModel model) {
  return model == engine::PriceModel::kTiered || model == engine::PriceModel::kVolume ||
         model == engine::PriceModel::kUsage || model == engine::PriceModel::kCommission;
}

}  // namespace

std::optional<int64_t> Converter::ToEuros(const type::Money& money) const {
  if (money.micros() < 0 || money.micros() > engine::kMaxMicros) return std::nullopt;
  if (money.currency_code() == "EUR") return money.micros();
  const auto it = euros_micros_.find(money.currency_code());
  if (it == euros_micros_.end()) return std::nullopt;
  // Below 2^50 * 2^63: fits; half up.
  const absl::int128 product = absl::int128(money.micros()) * it->second;
  const absl::int128 euros = (product + kMicrosPerUnit / 2) / kMicrosPerUnit;
  if (euros > engine::kMaxMicros) return std::nullopt;
  return static_cast<int64_t>(euros);
}

std::optional<int32_t> DayOf(const google::type::Date& date) {
  const base::CivilDay day{.year = date.year(), .month = date.month(), .day = date.day()};
  if (!base::IsValid(day)) return std::nullopt;
  const auto number = base::ToDayNumber(day);
  CHECK_OK(number) << "the day is valid";
  return *number;
}

ClaimBook::ClaimBook(const Offering& offering, int32_t as_of_day) {
  for (const type::Claim& claim : offering.claims()) {
    // A date that is no day: nobody can say until when it holds.
    const bool expired =
        claim.has_valid_to() && DayOf(claim.valid_to()).value_or(as_of_day - 1) < as_of_day;
    const Evidence evidence = expired ? Evidence::kNone : FromProto(claim.evidence());
    const auto [it, is_new] = by_path_.emplace(claim.field_path(), evidence);
    // Two claims on one field: the weaker one, whatever their order.
    if (!is_new) it->second = std::min(it->second, evidence);
  }
}

Evidence ClaimBook::EvidenceOf(absl::string_view path, Evidence without_claim) const {
  absl::string_view place = path;
  while (!place.empty()) {
    const auto it = by_path_.find(place);
    if (it != by_path_.end()) return it->second;
    const size_t dot = place.rfind('.');
    place = place.substr(0, dot == absl::string_view::npos ? 0 : dot);
  }
  return without_claim;
}

OfferingReader::OfferingReader(const Offering& offering, const CompiledRulebook& rulebook,
                               const Converter& converter, int32_t as_of_day)
    : offering_(offering),
      rulebook_(rulebook),
      converter_(converter),
      as_of_day_(as_of_day),
      claims_(offering, as_of_day) {}

OfferingFact OfferingReader::Read(const FactInfo& fact) const {
  CHECK(fact.side == FactSide::kOffering) << fact.name << " is no fact of an offering";
  if (!fact.path.empty()) return ReadField(fact);
  if (absl::StartsWith(fact.name, "offering.certificates.")) return ReadCertificate(fact);
  return ReadDerived(fact);
}

OfferingFact OfferingReader::ReadField(const FactInfo& fact) const {
  const Message* holder = &offering_;
  for (size_t i = 0; i + 1 < fact.path.size(); ++i) {
    const auto& reflection = *holder->GetReflection();
    if (!reflection.HasField(*holder, fact.path[i])) return kUnknownFact;
    holder = &reflection.GetMessage(*holder, fact.path[i]);
  }
  const FieldDescriptor& field = *fact.path.back();
  const auto& reflection = *holder->GetReflection();
  std::optional<int64_t> value;
  if (field.is_repeated()) {
    value = MaskOfEnums(*holder, field);
  } else if (!reflection.HasField(*holder, &field)) {
    return kUnknownFact;
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    value = MessageValue(fact, reflection.GetMessage(*holder, &field), converter_);
  } else {
    value = ScalarValue(*holder, field);
  }
  if (!value.has_value()) return kUnknownFact;
  return Fact(*value, claims_.EvidenceOf(absl::StripPrefix(fact.name, "offering.")));
}

OfferingFact OfferingReader::ReadNamed(absl::string_view name) const {
  const FactInfo* fact = FactRegistry::Get().Find(name);
  CHECK(fact != nullptr && !fact->path.empty()) << "no such field: " << std::string(name);
  return ReadField(*fact);
}

OfferingFact OfferingReader::ReadCertificate(const FactInfo& fact) const {
  if (!offering_.has_certificates()) return kUnknownFact;
  const Evidence evidence =
      claims_.EvidenceOf(absl::StripPrefix(fact.name, "offering."), Evidence::kCertified);
  const int scheme = fact.fact_id - kCertificateFactBase;
  for (const Certificate& certificate : offering_.certificates().certificates()) {
    if (certificate.scheme() != scheme) continue;
    // A certificate whose last day is missing or past counts as absent.
    if (DayOf(certificate.valid_to()).value_or(as_of_day_ - 1) < as_of_day_) continue;
    if (scheme == Certificate::HDS && !certificate.scope_matches()) continue;
    return Fact(1, evidence);
  }
  return Fact(0, evidence);
}

OfferingFact OfferingReader::ReadDerived(const FactInfo& fact) const {
  switch (static_cast<DerivedFact>(fact.fact_id)) {
    case DerivedFact::kNeeds:
      return Fact(static_cast<int64_t>(Needs()), Evidence::kChecked);
    case DerivedFact::kSectors:
      return Sectors();
    case DerivedFact::kTrialDaysWithoutCard:
      return TrialDaysWithoutCard();
    case DerivedFact::kHostingClass:
      return HostingClass();
    case DerivedFact::kExportOpenFormats:
      return ExportOpenFormats();
    case DerivedFact::kExportTestedRecently:
      return ExportTestedRecently();
    case DerivedFact::kClaimsValid: {
      const bool valid = !offering_.has_claims_valid_to() ||
                         DayOf(offering_.claims_valid_to()).value_or(as_of_day_ - 1) >= as_of_day_;
      return Fact(valid ? 1 : 0, Evidence::kChecked);
    }
    case DerivedFact::kDevelopmentStatus:
      return DevelopmentStatus();
    case DerivedFact::kSkillRequired:
      return SkillRequired();
    case DerivedFact::kProductsLimit:
      return TighterLimit("offering.limits.products", "offering.ecommerce.products");
    case DerivedFact::kContactsLimit:
      return TighterLimit("offering.limits.contacts", "offering.crm.contacts");
    case DerivedFact::kSocialAccountsLimit:
      return TighterLimit("offering.limits.social_accounts", "offering.social.accounts");
    case DerivedFact::kPaymentMethods:
      return PaymentMethods();
    case DerivedFact::kPriceAgeDays: {
      const OfferingFact as_of = ReadNamed("offering.pricing.as_of");
      if (!IsKnown(as_of)) return kUnknownFact;
      return Fact(std::max<int64_t>(0, as_of_day_ - as_of.value), as_of.evidence);
    }
    case DerivedFact::kDeliveryMode:
      return Fact(static_cast<int64_t>(Mode()), Evidence::kChecked);
    case DerivedFact::kHostsCustomerData:
      return HostsCustomerData();
    default:
      break;
  }
  CHECK(false) << fact.name << " has no reader";
  return kUnknownFact;
}

uint64_t OfferingReader::Needs() const {
  uint64_t needs = 0;
  for (const std::string& id : offering_.need_ids()) {
    const auto it = rulebook_.need_ordinals.find(id);
    if (it != rulebook_.need_ordinals.end()) needs |= uint64_t{1} << it->second;
  }
  return needs;
}

engine::DeliveryMode OfferingReader::Mode() const {
  switch (offering_.delivery_mode()) {
    case type::DO_IT_YOURSELF:
      return engine::DeliveryMode::kDoItYourself;
    case type::HAVE_IT_DONE:
      return engine::DeliveryMode::kHaveItDone;
    default:
      break;
  }
  const bool is_work =
      offering_.kind() == Offering::SERVICE || offering_.kind() == Offering::TRAINING;
  return is_work ? engine::DeliveryMode::kHaveItDone : engine::DeliveryMode::kDoItYourself;
}

OfferingFact OfferingReader::Sectors() const {
  const OfferingFact generic = ReadNamed("offering.audience.generic_sector");
  if (IsKnown(generic) && generic.value != 0) {
    return Fact(engine::kGenericSector, generic.evidence);
  }
  // As a set: neither order nor repetition counts.
  std::set<std::pair<int, int>> trades;
  for (const std::string& code : offering_.audience().naf_codes()) {
    const std::optional<engine::Sector> sector = SectorOf(code);
    if (!sector.has_value()) return kUnknownFact;
    trades.emplace(static_cast<int>(sector->level), sector->code);
  }
  if (trades.empty()) return kUnknownFact;
  const Evidence evidence = claims_.EvidenceOf("audience.naf_codes");
  if (trades.size() > engine::kMaxSectors) return Fact(engine::kGenericSector, evidence);
  std::array<engine::Sector, engine::kMaxSectors> sectors;
  size_t count = 0;
  for (const auto& [level, code] : trades) {
    sectors[count++] = {static_cast<engine::SectorLevel>(level), static_cast<uint16_t>(code)};
  }
  return Fact(engine::PackSectors(sectors), evidence);
}

OfferingFact OfferingReader::TrialDaysWithoutCard() const {
  const OfferingFact free_tier = ReadNamed("offering.trial.free_tier");
  if (IsKnown(free_tier) && free_tier.value != 0) {
    return Fact(kFreeTierTrialDays, free_tier.evidence);
  }
  const OfferingFact days = ReadNamed("offering.trial.days");
  if (IsKnown(days) && days.value == 0) return days;
  const OfferingFact card = ReadNamed("offering.trial.card_required");
  if (!IsKnown(card)) return kUnknownFact;
  if (card.value != 0) return Fact(0, card.evidence);
  if (!IsKnown(days)) return kUnknownFact;
  return Fact(days.value, std::min(days.evidence, card.evidence));
}

OfferingFact OfferingReader::HostingClass() const {
  const OfferingFact locations = ReadNamed("offering.hosting.locations");
  if (!IsKnown(locations) || locations.value == 0) return kUnknownFact;
  const auto places = static_cast<uint64_t>(locations.value);
  const uint64_t france = catalog::MaskOfCode("countries", "FR").value_or(0);
  const uint64_t eea = catalog::MaskOfCode("countries", "EEA").value_or(0);
  const auto all_in = [places](uint64_t countries) { return (places & ~countries) == 0; };
  int64_t hosting_class = 0;
  if (all_in(france)) {
    hosting_class = 3;
  } else if (all_in(eea)) {
    hosting_class = 2;
  } else if (all_in(eea | AdequateMask())) {
    hosting_class = 1;
  }
  return Fact(hosting_class, locations.evidence);
}

OfferingFact OfferingReader::ExportOpenFormats() const {
  const OfferingFact formats = ReadNamed("offering.portability.export_formats");
  if (!IsKnown(formats)) return kUnknownFact;
  static constexpr const char* kOpen[] = {"CSV", "JSON", "XML", "SQL",     "ICAL", "VCARD",
                                          "FEC", "UBL",  "CII", "FACTURX", "MBOX", "ODF"};
  uint64_t open = 0;
  for (const char* code : kOpen) open |= catalog::MaskOfCode("export_formats", code).value_or(0);
  return Fact((static_cast<uint64_t>(formats.value) & open) != 0 ? 1 : 0, formats.evidence);
}

OfferingFact OfferingReader::ExportTestedRecently() const {
  const OfferingFact tested = ReadNamed("offering.portability.export_tested_date");
  if (!IsKnown(tested)) return kUnknownFact;
  const auto day = static_cast<int32_t>(tested.value);
  const bool recent = day <= as_of_day_ && base::AddMonths(day, kExportTestMonths) >= as_of_day_;
  return Fact(recent ? 1 : 0, tested.evidence);
}

OfferingFact OfferingReader::DevelopmentStatus() const {
  const OfferingFact status = ReadNamed("offering.development_status");
  if (IsKnown(status)) return status;
  if (offering_.development_status() != Offering::DEVELOPMENT_STATUS_UNSPECIFIED) {
    return kUnknownFact;  // stated once, and the claim has expired
  }
  switch (offering_.kind()) {
    case Offering::MARKETPLACE:
    case Offering::SERVICE:
    case Offering::HARDWARE:
    case Offering::TRAINING:
    case Offering::DOMAIN:
      return Fact(Offering::STABLE, Evidence::kDeclared);
    default:
      return kUnknownFact;
  }
}

OfferingFact OfferingReader::SkillRequired() const {
  OfferingFact skill = ReadNamed("offering.audience.skill_required");
  if (!IsKnown(skill)) return kUnknownFact;
  for (const auto& kind : rulebook_.source.kind_prerequisites()) {
    if (kind.kind() != offering_.kind()) continue;
    skill.value = std::max<int64_t>(skill.value, kind.skill_required());
  }
  return skill;
}

OfferingFact OfferingReader::HostsCustomerData() const {
  const OfferingFact told = ReadNamed("offering.hosting.hosts_customer_data");
  if (IsKnown(told)) return told;
  switch (offering_.kind()) {
    case Offering::SOFTWARE_SAAS:
    case Offering::CLOUD_INFRA:
    case Offering::MARKETPLACE:
      return Fact(1, Evidence::kDeclared);
    default:
      return kUnknownFact;
  }
}

OfferingFact OfferingReader::TighterLimit(absl::string_view first, absl::string_view second) const {
  const OfferingFact a = ReadNamed(first);
  const OfferingFact b = ReadNamed(second);
  if (!IsKnown(a)) return b;
  if (!IsKnown(b)) return a;
  return Fact(std::min(a.value, b.value), std::min(a.evidence, b.evidence));
}

OfferingFact OfferingReader::PaymentMethods() const {
  const OfferingFact a = ReadNamed("offering.payment.methods");
  const OfferingFact b = ReadNamed("offering.ecommerce.payment_methods");
  if (!IsKnown(a)) return b;
  if (!IsKnown(b)) return a;
  return Fact(a.value | b.value, std::min(a.evidence, b.evidence));
}

engine::FeatureMasks OfferingReader::Features(size_t ordinal) const {
  const std::string& need_id = rulebook_.source.needs(static_cast<int>(ordinal)).need_id();
  const auto& vocabulary = rulebook_.feature_ordinals[ordinal];
  // The least of what is claimed of a feature, so that order and repetition do not count.
  std::map<uint8_t, int> levels;
  for (const FeatureClaim& claim : offering_.features()) {
    if (claim.need_id() != need_id) continue;
    const auto feature = vocabulary.find(claim.feature_id());
    if (feature == vocabulary.end()) continue;
    const std::string path = absl::StrCat("features.", need_id, ".", claim.feature_id());
    if (claims_.EvidenceOf(path) == Evidence::kNone) continue;
    // From the least to the most: not there, against payment, partly, fully.
    int level = 0;
    switch (claim.level()) {
      case FeatureClaim::NONE:
        level = 1;
        break;
      case FeatureClaim::OPTION_PAID:
        level = 2;
        break;
      case FeatureClaim::PARTIAL:
        level = 3;
        break;
      case FeatureClaim::FULL:
        level = 4;
        break;
      default:
        continue;
    }
    const auto [it, is_new] = levels.emplace(feature->second, level);
    if (!is_new) it->second = std::min(it->second, level);
  }
  engine::FeatureMasks masks;
  for (const auto& [feature, level] : levels) {
    uint32_t* const by_level[] = {&masks.none, &masks.option_paid, &masks.partial, &masks.full};
    *by_level[level - 1] |= uint32_t{1} << feature;
  }
  return masks;
}

// A tariff whose day is not told, past its last day or too long ago is a memory.
PriceState OfferingReader::TariffState() const {
  const type::Pricing& pricing = offering_.pricing();
  const OfferingFact as_of = ReadNamed("offering.pricing.as_of");
  if (!offering_.has_pricing() || !IsKnown(as_of)) return PriceState::kUndated;
  if (as_of_day_ - as_of.value > rulebook_.source.price_max_age_days()) return PriceState::kTooOld;
  const bool valid = !pricing.has_valid_to() ||
                     DayOf(pricing.valid_to()).value_or(as_of_day_ - 1) >= as_of_day_;
  return valid ? PriceState::kCurrent : PriceState::kPast;
}

engine::Tariff OfferingReader::ReadTariff() const {
  engine::Tariff tariff;
  if (TariffState() != PriceState::kCurrent) return tariff;
  const auto& components = offering_.pricing().components();
  if (components.size() > static_cast<int>(engine::kMaxPriceComponents)) return tariff;
  for (const type::PriceComponent& component : components) {
    auto read = ReadComponent(component);
    // One line that cannot be reckoned makes the whole unknown: without it the sum would be low.
    if (!read.has_value()) return {};
    tariff.components.push_back(*std::move(read));
  }
  tariff.evidence = claims_.EvidenceOf("pricing");
  if (tariff.evidence == Evidence::kNone) tariff.components.clear();
  return tariff;
}

std::optional<engine::PriceComponent> OfferingReader::ReadComponent(
    const type::PriceComponent& component) const {
  using engine::PriceModel;
  if (component.model() < type::FLAT || component.model() > type::QUOTE) return std::nullopt;
  engine::PriceComponent read;
  read.model = static_cast<PriceModel>(component.model());
  const bool has_no_amount = read.model == PriceModel::kTiered ||
                             read.model == PriceModel::kVolume ||
                             read.model == PriceModel::kCommission;
  const bool is_range = read.model == PriceModel::kQuote && component.has_amount_max();
  if (!has_no_amount && !component.has_amount() && !is_range) return std::nullopt;
  // The dearer end counts; without it the lower one would, and to leave it out would pay.
  if (read.model == PriceModel::kQuote && !is_range) return std::nullopt;
  const auto amount = is_range ? Amount(true, component.amount_max(), converter_)
                               : Amount(component.has_amount(), component.amount(), converter_);
  const auto promotion =
      Amount(component.promotion().has_amount(), component.promotion().amount(), converter_);
  const auto per_transaction =
      Amount(component.has_per_transaction(), component.per_transaction(), converter_);
  const auto minimum =
      Amount(component.has_monthly_minimum(), component.monthly_minimum(), converter_);
  if (!amount || !promotion || !per_transaction || !minimum) return std::nullopt;
  read.amount_micros = *amount;
  read.per_transaction_micros = *per_transaction;
  read.monthly_minimum_micros = *minimum;
  if (component.promotion().has_amount()) {
    read.promotion_micros = *promotion;
    read.promotion_until_month = std::max(0, component.promotion().until_month());
  }

  if (component.period() < type::BILLING_PERIOD_UNSPECIFIED || component.period() > type::ONE_OFF) {
    return std::nullopt;
  }
  read.period = component.period() == type::BILLING_PERIOD_UNSPECIFIED
                    ? engine::BillingPeriod::kMonth
                    : static_cast<engine::BillingPeriod>(component.period());
  const bool metric_known = component.metric() > type::METRIC_UNSPECIFIED &&
                            component.metric() < static_cast<int>(engine::kMetricCount);
  if (IsCounted(read.model) && !metric_known) return std::nullopt;
  read.metric = metric_known ? static_cast<uint8_t>(component.metric()) : uint8_t{0};
  const auto within = [](int64_t value, int64_t max) { return 0 <= value && value <= max; };
  if (!within(component.rate_bp(), engine::kWeightSum) ||
      !within(component.indexation_bp_per_year(), engine::kMaxIndexationBp) ||
      !within(component.min_units(), engine::kMaxUsage) ||
      !within(component.included(), engine::kMaxUsage) ||
      !within(component.unit_count(), engine::kMaxUsage)) {
    return std::nullopt;
  }
  read.rate_bp = component.rate_bp();
  read.indexation_bp = component.indexation_bp_per_year();
  read.min_units = std::max<int64_t>(1, component.min_units());
  read.included = component.included();
  read.unit_count = std::max<int64_t>(1, component.unit_count());

  const bool has_tiers = read.model == PriceModel::kTiered || read.model == PriceModel::kVolume;
  if (has_tiers) {
    const int count = component.tiers_size();
    if (count == 0 || count > static_cast<int>(engine::kMaxPriceTiers)) return std::nullopt;
    int64_t before = -1;
    for (int i = 0; i < count; ++i) {
      const type::PriceTier& tier = component.tiers(i);
      const bool is_last = i == count - 1;
      const auto unit = Amount(tier.has_unit_price(), tier.unit_price(), converter_);
      const auto flat = Amount(tier.has_flat(), tier.flat(), converter_);
      if (tier.has_up_to() == is_last || !unit || !flat) return std::nullopt;
      if (!is_last && (tier.up_to() <= before || tier.up_to() > engine::kMaxUsage)) {
        return std::nullopt;
      }
      before = tier.up_to();
      read.tiers.push_back({.up_to = is_last ? engine::kUnlimited : tier.up_to(),
                            .unit_micros = *unit,
                            .flat_micros = *flat});
    }
  }

  for (const std::string& name : component.feature_ids()) {
    const size_t dot = name.find('.');
    const auto need = rulebook_.need_ordinals.find(name.substr(0, dot));
    engine::FeatureRef option = kNoFeature;
    if (dot != std::string::npos && need != rulebook_.need_ordinals.end()) {
      const auto& vocabulary = rulebook_.feature_ordinals[need->second];
      const auto feature = vocabulary.find(name.substr(dot + 1));
      if (feature != vocabulary.end()) {
        option = {.need = need->second, .feature = feature->second};
      }
    }
    read.options.push_back(option);
  }
  return read;
}

}  // namespace aplomb::decision
