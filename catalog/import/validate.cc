#include "catalog/import/validate.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "aplomb/type/common.pb.h"
#include "aplomb/type/options.pb.h"
#include "aplomb/type/pricing.pb.h"
#include "base/civil_day.h"
#include "catalog/code_lists.h"
#include "catalog/identifiers.h"
#include "catalog/import/text.h"
#include "catalog/import/yaml.h"
#include "google/type/date.pb.h"

namespace aplomb::catalog {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kCodesMax = 64;
constexpr size_t kSourceSizeMax = 500;
constexpr size_t kCertificateNumberSizeMax = 100;
constexpr size_t kTextSizeMax = 2000;
constexpr size_t kNafCodesMax = 50;

// What the numbers of one field may be. By full name without "aplomb.catalog.v1." or
// "aplomb.type."; fields not listed may be 0 to kCountMax.
struct Range {
  absl::string_view field;
  int64_t least;
  int64_t most;
};
constexpr Range kRanges[] = {
    {"Accessibility.conformity_bp", 0, 10'000},
    {"Audience.skill_required", 0, 4},
    {"Audience.staff_max", 0, 1'000'000},
    {"Audience.staff_min", 0, 1'000'000},
    {"CloudFacts.ram_gb_max", 1, 100'000},
    {"CloudFacts.restore_hours", 0, 8'760},
    {"CloudFacts.vcpu_max", 1, 10'000},
    {"CollaborationFacts.video_participants_max", 1, 1'000'000},
    {"Commitment.min_months", 0, 120},
    {"Commitment.notice_days", 0, 730},
    {"CyberFacts.response_hours", 0, 8'760},
    {"Eco.hosting_pue_milli", 1'000, 5'000},
    {"Eco.rgesn_score_bp", 0, 10'000},
    {"ExchangeRate.euros_micros", 1, 1'000'000'000'000},
    {"Member.member_since_year", 1900, 2999},
    {"Onboarding.days_to_live", 0, 1'095},
    {"Onboarding.training_hours_included", 0, 1'000},
    {"PaymentFacts.settlement_days", 0, 90},
    {"Portability.retrieval_days", 0, 3'650},
    {"PriceComponent.indexation_bp_per_year", 0, 5'000},
    {"PriceComponent.min_units", 0, 1'000'000},
    {"PriceComponent.rate_bp", 0, 10'000},
    {"Promotion.until_month", 1, 120},
    {"ServiceLevel.availability_bp", 0, 10'000},
    {"Support.first_response_hours", 0, 8'760},
    {"Trial.days", 0, 365},
    {"WebsiteFacts.page_speed_bp", 0, 10'000},
};

// Most characters of a text, in each language; 2,000 where not listed.
struct TextLimit {
  absl::string_view field;
  size_t most;
};
constexpr TextLimit kTextLimits[] = {
    {"LegalBasis.citation", 300},
    {"LegalBasis.summary", 600},
    {"Member.description", 2'000},
    {"Offering.generic_name", 35},
    {"Offering.long_description", 10'000},
    {"Offering.short_description", 150},
    {"Offering.title", 80},
    {"PriceComponent.label", 200},
};

// Most entries of a list; 64 where not listed.
struct CountLimit {
  absl::string_view field;
  int most;
};
constexpr CountLimit kCountLimits[] = {
    {"Audience.naf_codes", static_cast<int>(kNafCodesMax)},
    {"CertificateList.certificates", 30},
    {"ExchangeRateTable.rates", kRatesMax},
    {"LawTable.legal_bases", kLegalBasesMax},
    {"Offering.claims", kClaimsMax},
    {"Offering.features", kFeaturesMax},
    {"Offering.need_ids", kNeedsPerOfferingMax},
    {"PriceComponent.tiers", kPriceTiersMax},
    {"Pricing.components", kPriceComponentsMax},
};

// "Offering.title" of "aplomb.catalog.v1.Offering.title".
std::string ShortName(const FieldDescriptor* field) {
  return absl::StrCat(field->containing_type()->name(), ".", field->name());
}

template <typename Table>
const auto* FindRow(const Table& table, absl::string_view field) {
  const auto* found = std::find_if(std::begin(table), std::end(table),
                                   [field](const auto& row) { return row.field == field; });
  return found == std::end(table) ? nullptr : found;
}

size_t CharacterCount(absl::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

std::string Shorten(absl::string_view text) {
  if (text.size() <= 60) return RemoveHiddenCharacters(text);
  return absl::StrCat(RemoveHiddenCharacters(text.substr(0, 57)), "…");
}

std::optional<base::DayNumber> DayOf(const google::type::Date& date) {
  const absl::StatusOr<base::DayNumber> day =
      base::ToDayNumber({date.year(), date.month(), date.day()});
  if (!day.ok()) return std::nullopt;
  return *day;
}

bool IsNeedId(absl::string_view id) {
  return id.size() >= 2 && id.size() <= 32 && absl::ascii_isupper(id[0]) &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

bool IsFeatureId(absl::string_view id) {
  return id.size() >= 2 && id.size() <= 40 && absl::ascii_islower(id[0]) &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

class Validator {
 public:
  explicit Validator(base::Issues* issues) : issues_(issues) {}

  void Add(absl::string_view field, absl::string_view reason, absl::string_view fr,
           absl::string_view en) {
    issues_->Add({.field = std::string(field),
                  .reason = std::string(reason),
                  .text_fr = std::string(fr),
                  .text_en = std::string(en)});
  }

  void AddMissing(absl::string_view field, absl::string_view fr, absl::string_view en) {
    Add(field, "MISSING", absl::StrCat("manque : ", fr), absl::StrCat("missing: ", en));
  }

  void AddRange(absl::string_view field, int64_t value, int64_t least, int64_t most) {
    Add(field, "OUT_OF_RANGE",
        absl::StrCat(value, " ; admis : de ", least, " à ", most,
                     " ; laissez le champ absent si la valeur n'est pas connue"),
        absl::StrCat(value, "; allowed: ", least, " to ", most,
                     "; leave the field absent if the value is not known"));
  }

  // Everything that follows from the descriptors alone.
  void Walk(const Message& message, const std::string& path) {
    const Descriptor* type = message.GetDescriptor();
    if (type == type::Money::descriptor()) {
      return CheckMoney(*google::protobuf::DynamicCastToGenerated<type::Money>(&message), path);
    }
    if (type == type::Limit::descriptor()) {
      return CheckLimit(*google::protobuf::DynamicCastToGenerated<type::Limit>(&message), path);
    }
    if (type == google::type::Date::descriptor()) {
      return CheckDate(*google::protobuf::DynamicCastToGenerated<google::type::Date>(&message),
                       path);
    }
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      WalkField(message, field, base::JoinField(path, field->name()));
    }
  }

  void CheckText(const type::LocalizedText& text, const std::string& path, size_t most) {
    const auto check = [&](const std::string& value, absl::string_view language) {
      const std::string field = base::JoinField(path, language);
      if (value.empty()) {
        AddMissing(field, "le texte dans les deux langues (fr, en)",
                   "the text in both languages (fr, en)");
      }
      const size_t count = CharacterCount(value);
      if (count > most) {
        Add(field, "TEXT_TOO_LONG", absl::StrCat(count, " caractères ; au plus ", most),
            absl::StrCat(count, " characters; at most ", most));
      }
      CheckHidden(value, field);
    };
    check(text.fr(), "fr");
    check(text.en(), "en");
  }

  void CheckHidden(absl::string_view text, absl::string_view field) {
    const std::string hidden = FindHiddenCharacter(text);
    if (hidden.empty()) return;
    Add(field, "HIDDEN_CHARACTER",
        absl::StrCat("caractère invisible ou interdit (", hidden, ") : retirez-le"),
        absl::StrCat("hidden or forbidden character (", hidden, "): remove it"));
  }

  void CheckUrl(absl::string_view url, absl::string_view field) {
    if (url.empty() || IsHttpsUrl(url)) return;
    Add(field, "INVALID_URL",
        absl::StrCat("\"", Shorten(url), "\" ; admis : https://exemple.fr/page"),
        absl::StrCat("\"", Shorten(url), "\"; allowed: https://example.com/page"));
  }

  void CheckUuid(absl::string_view uid, absl::string_view field) {
    if (IsUuid4(uid)) return;
    Add(field, "INVALID_UUID",
        absl::StrCat("\"", Shorten(uid),
                     "\" ; admis : un UUID version 4 tiré au hasard, en minuscules avec tirets"),
        absl::StrCat("\"", Shorten(uid),
                     "\"; allowed: a version 4 UUID drawn at random, lower case with hyphens"));
  }

  void CheckDateOrder(const google::type::Date& first, const google::type::Date& last,
                      absl::string_view field) {
    const std::optional<base::DayNumber> from = DayOf(first);
    const std::optional<base::DayNumber> to = DayOf(last);
    if (!from.has_value() || !to.has_value() || *from <= *to) return;
    Add(field, "INVALID_ORDER",
        absl::StrCat(base::FormatDay(*to), " est avant ", base::FormatDay(*from)),
        absl::StrCat(base::FormatDay(*to), " is before ", base::FormatDay(*from)));
  }

 private:
  void WalkField(const Message& message, const FieldDescriptor* field, const std::string& child) {
    const Reflection* reflection = message.GetReflection();
    if (!field->is_repeated()) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        return WalkMessage(reflection->GetMessage(message, field), field, child);
      }
      return CheckScalar(message, field, -1, child);
    }
    const int size = reflection->FieldSize(message, field);
    const auto* limit = FindRow(kCountLimits, ShortName(field));
    const int most = limit == nullptr ? kCodesMax : limit->most;
    if (size > most) {
      Add(child, "TOO_MANY", absl::StrCat(size, " éléments ; au plus ", most),
          absl::StrCat(size, " entries; at most ", most));
    }
    for (int i = 0; i < std::min(size, most); ++i) {
      const std::string item = absl::StrCat(child, "[", i, "]");
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        WalkMessage(reflection->GetRepeatedMessage(message, field, i), field, item);
      } else {
        CheckScalar(message, field, i, item);
      }
    }
  }

  void WalkMessage(const Message& message, const FieldDescriptor* field, const std::string& path) {
    const Descriptor* type = message.GetDescriptor();
    if (type == type::LocalizedText::descriptor()) {
      const auto* limit = FindRow(kTextLimits, ShortName(field));
      return CheckText(*google::protobuf::DynamicCastToGenerated<type::LocalizedText>(&message),
                       path, limit == nullptr ? kTextSizeMax : limit->most);
    }
    if (type == type::CodeList::descriptor()) {
      return CheckCodes(*google::protobuf::DynamicCastToGenerated<type::CodeList>(&message),
                        field->options().GetExtension(type::code_list), path);
    }
    // A list wrapped into a message is written as that list, and named so.
    if (type->field_count() == 1 && type->field(0)->is_repeated()) {
      return WalkField(message, type->field(0), path);
    }
    Walk(message, path);
  }

  void CheckScalar(const Message& message, const FieldDescriptor* field, int index,
                   const std::string& path) {
    const Reflection* reflection = message.GetReflection();
    const bool item = index >= 0;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string value = item ? reflection->GetRepeatedString(message, field, index)
                                       : reflection->GetString(message, field);
        CheckHidden(value, path);
        if (value.size() > kTextSizeMax) {
          Add(path, "TEXT_TOO_LONG", absl::StrCat(value.size(), " octets ; au plus ", kTextSizeMax),
              absl::StrCat(value.size(), " bytes; at most ", kTextSizeMax));
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = item ? reflection->GetRepeatedEnumValue(message, field, index)
                                : reflection->GetEnumValue(message, field);
        if (field->enum_type()->FindValueByNumber(number) != nullptr && (number != 0 || !item)) {
          return;
        }
        Add(path, "UNKNOWN_VALUE",
            absl::StrCat("valeur ", number, " ; admis : une valeur de ",
                         field->enum_type()->name()),
            absl::StrCat("value ", number, "; allowed: a value of ", field->enum_type()->name()));
        return;
      }
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64: {
        const bool wide = field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
        int64_t value = 0;
        if (wide) {
          value = item ? reflection->GetRepeatedInt64(message, field, index)
                       : reflection->GetInt64(message, field);
        } else {
          value = item ? reflection->GetRepeatedInt32(message, field, index)
                       : reflection->GetInt32(message, field);
        }
        const auto* range = FindRow(kRanges, ShortName(field));
        const int64_t least = range == nullptr ? 0 : range->least;
        const int64_t most = range == nullptr ? kCountMax : range->most;
        if (value < least || value > most) AddRange(path, value, least, most);
        return;
      }
      default:
        return;
    }
  }

  void CheckMoney(const type::Money& money, const std::string& path) {
    if (!FindCode("currencies", money.currency_code()).has_value()) {
      std::vector<absl::string_view> codes;
      for (const CodeEntry& entry : CodeListEntries("currencies")) codes.push_back(entry.code);
      const std::string list = absl::StrJoin(codes, " ");
      Add(path, "UNKNOWN_CURRENCY",
          absl::StrCat("monnaie \"", Shorten(money.currency_code()), "\" ; admis : ", list),
          absl::StrCat("currency \"", Shorten(money.currency_code()), "\"; allowed: ", list));
    }
    if (money.micros() < 0 || money.micros() > kAmountMicrosMax) {
      const std::string most = FormatAmount(kAmountMicrosMax, money.currency_code());
      const std::string found = FormatAmount(money.micros(), Shorten(money.currency_code()));
      Add(path, "OUT_OF_RANGE", absl::StrCat(found, " ; admis : de 0 à ", most),
          absl::StrCat(found, "; allowed: 0 to ", most));
    }
  }

  void CheckLimit(const type::Limit& limit, const std::string& path) {
    if (limit.bound_case() == type::Limit::BOUND_NOT_SET ||
        (limit.bound_case() == type::Limit::kUnlimited && !limit.unlimited())) {
      Add(path, "EMPTY_LIMIT", "limite vide ; admis : un nombre, ou unlimited (absente : inconnue)",
          "empty limit; allowed: a number, or unlimited (absent: unknown)");
    } else if (limit.bound_case() == type::Limit::kMax &&
               (limit.max() < 0 || limit.max() > kCountMax)) {
      AddRange(path, limit.max(), 0, kCountMax);
    }
  }

  void CheckDate(const google::type::Date& date, const std::string& path) {
    if (DayOf(date).has_value()) return;
    const std::string found = absl::StrCat(date.year(), "-", date.month(), "-", date.day());
    Add(path, "INVALID_DATE", absl::StrCat(found, " ; admis : un jour qui existe, 2026-12-31"),
        absl::StrCat(found, "; allowed: a day that exists, 2026-12-31"));
  }

  void CheckCodes(const type::CodeList& list, absl::string_view name, const std::string& path) {
    if (list.codes_size() > kCodesMax) {
      Add(path, "TOO_MANY", absl::StrCat(list.codes_size(), " codes ; au plus ", kCodesMax),
          absl::StrCat(list.codes_size(), " codes; at most ", kCodesMax));
    }
    for (int i = 0; i < std::min(list.codes_size(), kCodesMax); ++i) {
      const std::string& code = list.codes(i);
      if (MaskOfCode(name, code).has_value()) continue;
      std::vector<absl::string_view> codes;
      for (const CodeGroup& group : CodeListGroups(name)) codes.push_back(group.code);
      for (const CodeEntry& entry : CodeListEntries(name)) codes.push_back(entry.code);
      const std::string allowed = absl::StrJoin(codes, " ");
      const bool countries = name == "countries";
      Add(absl::StrCat(path, "[", i, "]"), "UNKNOWN_CODE",
          absl::StrCat("\"", Shorten(code), "\" n'est pas dans la liste ", name, " : ", allowed,
                       countries ? " ; pour un pays qui n'y est pas, écrivez ZZ" : ""),
          absl::StrCat("\"", Shorten(code), "\" is not in the list ", name, ": ", allowed,
                       countries ? "; for a country that is not there, write ZZ" : ""));
    }
  }

  base::Issues* const issues_;
};

// ---- Prices.

bool IsOneOff(type::PriceModel model) {
  return model == type::SETUP || model == type::MIGRATION || model == type::TRAINING ||
         model == type::HARDWARE || model == type::YEARLY_FEE || model == type::EXIT;
}

bool IsSalesMetric(type::Metric metric) {
  return metric == type::ONLINE_SALES_MONTH || metric == type::INSTORE_SALES_MONTH ||
         metric == type::MARKETPLACE_SALES_MONTH || metric == type::AD_SPEND_MONTH;
}

void ValidateTiers(const type::PriceComponent& component, const std::string& path,
                   Validator* validator) {
  int64_t before = 0;
  for (int i = 0; i < std::min(component.tiers_size(), kPriceTiersMax); ++i) {
    const type::PriceTier& tier = component.tiers(i);
    const std::string field = absl::StrCat(path, ".tiers[", i, "]");
    const bool last = i + 1 == component.tiers_size();
    if (!tier.has_unit_price() && !tier.has_flat()) {
      validator->AddMissing(field, "unit_price ou flat", "unit_price or flat");
    }
    if (last == tier.has_up_to()) {
      validator->Add(base::JoinField(field, "up_to"), "INVALID_ORDER",
                     "seule la dernière tranche est sans borne up_to, et elle l'est toujours",
                     "the last tier alone has no up_to, and never has one");
    }
    if (tier.has_up_to() && tier.up_to() <= before) {
      validator->Add(base::JoinField(field, "up_to"), "INVALID_ORDER",
                     absl::StrCat(tier.up_to(), " ; les bornes montent : plus de ", before),
                     absl::StrCat(tier.up_to(), "; bounds rise: more than ", before));
    }
    before = std::max(before, tier.up_to());
  }
}

// The currencies of all amounts of a component, apart from those that are empty.
std::set<std::string> CurrenciesOf(const type::PriceComponent& component) {
  std::set<std::string> codes;
  const auto add = [&codes](bool present, const type::Money& money) {
    if (present) codes.insert(money.currency_code());
  };
  add(component.has_amount(), component.amount());
  add(component.has_amount_max(), component.amount_max());
  add(component.has_per_transaction(), component.per_transaction());
  add(component.has_monthly_minimum(), component.monthly_minimum());
  add(component.promotion().has_amount(), component.promotion().amount());
  for (const type::PriceTier& tier : component.tiers()) {
    add(tier.has_unit_price(), tier.unit_price());
    add(tier.has_flat(), tier.flat());
  }
  return codes;
}

void ValidateComponent(const type::PriceComponent& component, const std::string& path,
                       Validator* validator) {
  const type::PriceModel model = component.model();
  if (model == type::PRICE_MODEL_UNSPECIFIED || !type::PriceModel_IsValid(model)) {
    validator->AddMissing(base::JoinField(path, "model"), "model (FLAT, PER_USER, …)",
                          "model (FLAT, PER_USER, …)");
    return;
  }
  const std::string& name = type::PriceModel_Name(model);
  const auto require = [&](bool present, absl::string_view field) {
    if (present) return;
    validator->AddMissing(base::JoinField(path, field),
                          absl::StrCat(field, ", qu'un composant ", name, " demande"),
                          absl::StrCat(field, ", which a ", name, " component needs"));
  };
  const auto refuse = [&](bool present, absl::string_view field) {
    if (!present) return;
    validator->Add(base::JoinField(path, field), "NOT_OF_MODEL",
                   absl::StrCat("un composant ", name, " n'a pas de ", field, " : retirez-le"),
                   absl::StrCat("a ", name, " component has no ", field, ": remove it"));
  };
  const bool tiered = model == type::TIERED || model == type::VOLUME;
  const bool usage = model == type::USAGE;
  const bool commission = model == type::COMMISSION;
  if (tiered || commission) {
    refuse(component.has_amount(), "amount");
  } else {
    require(component.has_amount(), "amount");
  }
  tiered ? require(component.tiers_size() > 0, "tiers")
         : refuse(component.tiers_size() > 0, "tiers");
  if (tiered || usage || commission) {
    require(component.metric() != type::METRIC_UNSPECIFIED, "metric");
  } else {
    refuse(component.metric() != type::METRIC_UNSPECIFIED, "metric");
  }
  if (model == type::QUOTE) {
    require(component.has_amount_max(), "amount_max");
    if (component.has_amount_max() &&
        component.amount_max().micros() < component.amount().micros()) {
      validator->Add(base::JoinField(path, "amount_max"), "INVALID_ORDER",
                     "amount_max est au moins amount", "amount_max is at least amount");
    }
  } else {
    refuse(component.has_amount_max(), "amount_max");
  }
  if (model != type::PER_USER) refuse(component.min_units() != 0, "min_units");
  if (!usage) {
    refuse(component.included() != 0, "included");
    refuse(component.unit_count() != 0, "unit_count");
  }
  if (commission) {
    if (component.metric() != type::METRIC_UNSPECIFIED && !IsSalesMetric(component.metric())) {
      validator->Add(base::JoinField(path, "metric"), "NOT_OF_MODEL",
                     absl::StrCat(type::Metric_Name(component.metric()),
                                  " ; une commission se compte sur des ventes : "
                                  "ONLINE_SALES_MONTH, INSTORE_SALES_MONTH, "
                                  "MARKETPLACE_SALES_MONTH, AD_SPEND_MONTH"),
                     absl::StrCat(type::Metric_Name(component.metric()),
                                  "; a commission is counted on sales: ONLINE_SALES_MONTH, "
                                  "INSTORE_SALES_MONTH, MARKETPLACE_SALES_MONTH, AD_SPEND_MONTH"));
    }
    if (component.rate_bp() == 0 && !component.has_per_transaction()) {
      validator->AddMissing(base::JoinField(path, "rate_bp"), "rate_bp ou per_transaction",
                            "rate_bp or per_transaction");
    }
  } else {
    refuse(component.rate_bp() != 0, "rate_bp");
    refuse(component.has_per_transaction(), "per_transaction");
  }
  if (!commission && !usage) refuse(component.has_monthly_minimum(), "monthly_minimum");
  if (IsOneOff(model)) {
    refuse(component.period() == type::MONTH, "period");
    refuse(component.has_promotion(), "promotion");
  }
  if (component.has_promotion() && !component.promotion().has_amount()) {
    validator->AddMissing(base::JoinField(path, "promotion.amount"), "le prix pendant la promotion",
                          "the price during the promotion");
  }
  const std::set<std::string> currencies = CurrenciesOf(component);
  if (currencies.size() > 1) {
    const std::string list = absl::StrJoin(currencies, ", ");
    validator->Add(path, "MIXED_CURRENCIES", absl::StrCat("une seule monnaie, pas ", list),
                   absl::StrCat("one currency, not ", list));
  }
  ValidateTiers(component, path, validator);
}

// ---- Offerings.

// Reports where a need or a feature is not what the rulebook names.
void ValidateNeedId(absl::string_view need_id, const std::string& path,
                    const NeedVocabulary* vocabulary, Validator* validator) {
  const bool known = vocabulary == nullptr ? IsNeedId(need_id) : vocabulary->contains(need_id);
  if (known) return;
  validator->Add(path, "UNKNOWN_NEED",
                 absl::StrCat("\"", Shorten(need_id),
                              "\" n'est pas un besoin des règles ; voir "
                              "la liste : aplomb needs"),
                 absl::StrCat("\"", Shorten(need_id),
                              "\" is not a need of the rulebook; see the "
                              "list: aplomb needs"));
}

void ValidateFeature(absl::string_view need_id, absl::string_view feature_id,
                     const std::string& path, const NeedVocabulary* vocabulary,
                     Validator* validator) {
  if (vocabulary == nullptr) {
    if (IsFeatureId(feature_id)) return;
  } else {
    const auto need = vocabulary->find(need_id);
    if (need == vocabulary->end()) return;  // said by ValidateNeedId
    if (need->second.contains(feature_id)) return;
  }
  std::string fr;
  std::string en;
  if (vocabulary != nullptr) {
    const std::string list = absl::StrJoin(vocabulary->find(need_id)->second, ", ");
    fr = absl::StrCat(" ; admis : ", list);
    en = absl::StrCat("; allowed: ", list);
  }
  validator->Add(path, "UNKNOWN_FEATURE",
                 absl::StrCat("\"", Shorten(feature_id), "\" n'est pas une fonction du besoin ",
                              Shorten(need_id), fr),
                 absl::StrCat("\"", Shorten(feature_id), "\" is not a feature of the need ",
                              Shorten(need_id), en));
}

void ValidateFeatures(const v1::Offering& offering, const NeedVocabulary* vocabulary,
                      Validator* validator) {
  std::set<std::string, std::less<>> need_ids;
  for (int i = 0; i < offering.need_ids_size(); ++i) {
    const std::string path = absl::StrCat("need_ids[", i, "]");
    ValidateNeedId(offering.need_ids(i), path, vocabulary, validator);
    if (!need_ids.insert(offering.need_ids(i)).second) {
      validator->Add(path, "DUPLICATE", "besoin donné deux fois", "need given twice");
    }
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (const v1::FeatureClaim& claim : offering.features()) {
    const std::string path =
        absl::StrCat("features.", Shorten(claim.need_id()), ".", Shorten(claim.feature_id()));
    ValidateNeedId(claim.need_id(), path, vocabulary, validator);
    ValidateFeature(claim.need_id(), claim.feature_id(), path, vocabulary, validator);
    if (!need_ids.contains(claim.need_id())) {
      validator->Add(path, "UNKNOWN_NEED",
                     absl::StrCat(Shorten(claim.need_id()), " n'est pas dans need_ids"),
                     absl::StrCat(Shorten(claim.need_id()), " is not in need_ids"));
    }
    if (!seen.insert({claim.need_id(), claim.feature_id()}).second) {
      validator->Add(path, "DUPLICATE", "fonction donnée deux fois", "feature given twice");
    }
  }
}

void ValidatePricing(const v1::Offering& offering, const NeedVocabulary* vocabulary,
                     Validator* validator) {
  const type::Pricing& pricing = offering.pricing();
  validator->CheckUrl(pricing.source_url(), "pricing.source_url");
  validator->CheckDateOrder(pricing.as_of(), pricing.valid_to(), "pricing.valid_to");
  for (int i = 0; i < std::min(pricing.components_size(), kPriceComponentsMax); ++i) {
    const type::PriceComponent& component = pricing.components(i);
    const std::string path = absl::StrCat("pricing.components[", i, "]");
    ValidateComponent(component, path, validator);
    for (int j = 0; j < std::min(component.feature_ids_size(), kCodesMax); ++j) {
      const std::string field = absl::StrCat(path, ".feature_ids[", j, "]");
      const std::pair<absl::string_view, absl::string_view> id =
          absl::StrSplit(component.feature_ids(j), absl::MaxSplits('.', 1));
      ValidateNeedId(id.first, field, vocabulary, validator);
      ValidateFeature(id.first, id.second, field, vocabulary, validator);
    }
  }
}

// nullopt where there is no such field; else whether it is a fact.
std::optional<bool> FindPath(absl::string_view path) {
  const std::vector<std::string> words = absl::StrSplit(path, '.');
  const Descriptor* type = v1::Offering::descriptor();
  if (words[0] == "features") {
    if (words.size() > 3) return std::nullopt;
    const bool need = words.size() < 2 || IsNeedId(words[1]);
    const bool feature = words.size() < 3 || IsFeatureId(words[2]);
    return need && feature ? std::optional<bool>(true) : std::nullopt;
  }
  if (words[0] == "certificates" && words.size() == 2) {
    v1::Certificate::Scheme scheme;
    const bool known = v1::Certificate::Scheme_Parse(words[1], &scheme) &&
                       scheme != v1::Certificate::SCHEME_UNSPECIFIED;
    return known ? std::optional<bool>(true) : std::nullopt;
  }
  const FieldDescriptor* field = nullptr;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) {
      // No way into a list: which entry would be meant changes with its order.
      if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        return std::nullopt;
      }
      type = field->message_type();
      if (type == type::Money::descriptor() || type == type::Limit::descriptor() ||
          type == google::type::Date::descriptor() || type == type::CodeList::descriptor()) {
        return std::nullopt;
      }
    }
    field = type->FindFieldByName(words[i]);
    if (field == nullptr) return std::nullopt;
  }
  return field->options().GetExtension(type::visibility) == type::FACT;
}

bool IsSha256(absl::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f') ||
                  (c >= 'A' && c <= 'F');
         });
}

void ValidateClaims(const v1::Offering& offering, Validator* validator) {
  std::set<std::string> seen;
  for (int i = 0; i < std::min(offering.claims_size(), kClaimsMax); ++i) {
    const type::Claim& claim = offering.claims(i);
    const std::string path = absl::StrCat("claims[", i, "]");
    const std::optional<bool> fact = FindPath(claim.field_path());
    if (!fact.has_value()) {
      validator->Add(base::JoinField(path, "field_path"), "UNKNOWN_FIELD_PATH",
                     absl::StrCat("\"", Shorten(claim.field_path()),
                                  "\" ; admis : le chemin d'un champ de l'offre, comme "
                                  "commitment.min_months ou features.ECOMMERCE.click_collect"),
                     absl::StrCat("\"", Shorten(claim.field_path()),
                                  "\"; allowed: the path of a field of the offering, such as "
                                  "commitment.min_months or features.ECOMMERCE.click_collect"));
    } else if (!*fact) {
      validator->Add(base::JoinField(path, "field_path"), "NOT_A_FACT",
                     absl::StrCat(claim.field_path(), " n'est pas un fait noté : retirez-la"),
                     absl::StrCat(claim.field_path(), " is not a scored fact: remove it"));
    }
    if (!seen.insert(claim.field_path()).second) {
      validator->Add(base::JoinField(path, "field_path"), "DUPLICATE",
                     absl::StrCat(Shorten(claim.field_path()), " est déjà justifié"),
                     absl::StrCat(Shorten(claim.field_path()), " has a claim already"));
    }
    if (claim.source().size() > kSourceSizeMax) {
      validator->Add(base::JoinField(path, "source"), "TEXT_TOO_LONG",
                     absl::StrCat(claim.source().size(), " octets ; au plus ", kSourceSizeMax),
                     absl::StrCat(claim.source().size(), " bytes; at most ", kSourceSizeMax));
    }
    if ((claim.evidence() == type::DOCUMENTED || claim.evidence() == type::CERTIFIED) &&
        claim.source().empty()) {
      validator->Add(base::JoinField(path, "source"), "MISSING",
                     "DOCUMENTED et CERTIFIED demandent l'adresse ou la référence du document",
                     "DOCUMENTED and CERTIFIED need the address or reference of the document");
    }
    if (!claim.source_sha256().empty() && !IsSha256(claim.source_sha256())) {
      validator->Add(base::JoinField(path, "source_sha256"), "INVALID_SHA256",
                     absl::StrCat("\"", Shorten(claim.source_sha256()),
                                  "\" n'est pas une empreinte SHA-256 : 64 chiffres hexadécimaux"),
                     absl::StrCat("\"", Shorten(claim.source_sha256()),
                                  "\" is no SHA-256: 64 hexadecimal digits"));
    }
    if (claim.certificate_number().size() > kCertificateNumberSizeMax) {
      validator->Add(base::JoinField(path, "certificate_number"), "TEXT_TOO_LONG",
                     absl::StrCat(claim.certificate_number().size(), " octets ; au plus ",
                                  kCertificateNumberSizeMax),
                     absl::StrCat(claim.certificate_number().size(), " bytes; at most ",
                                  kCertificateNumberSizeMax));
    }
    validator->CheckDateOrder(claim.as_of(), claim.valid_to(), base::JoinField(path, "valid_to"));
  }
}

void ValidateAudience(const v1::Audience& audience, Validator* validator) {
  if (audience.has_staff_min() && audience.has_staff_max() &&
      audience.staff_min() > audience.staff_max()) {
    validator->Add("audience.staff_max", "INVALID_ORDER", "staff_max est au moins staff_min",
                   "staff_max is at least staff_min");
  }
  for (int i = 0; i < std::min(audience.naf_codes_size(), static_cast<int>(kNafCodesMax)); ++i) {
    if (IsNafPrefix(audience.naf_codes(i))) continue;
    validator->Add(absl::StrCat("audience.naf_codes[", i, "]"), "INVALID_NAF",
                   absl::StrCat("\"", Shorten(audience.naf_codes(i)),
                                "\" ; admis, NAF rév. 2 : I, 56, 56.1, 56.10, 56.10A"),
                   absl::StrCat("\"", Shorten(audience.naf_codes(i)),
                                "\"; allowed, NAF rev. 2: I, 56, 56.1, 56.10, 56.10A"));
  }
}

void ValidateCertificates(const v1::CertificateList& list, Validator* validator) {
  for (int i = 0; i < list.certificates_size(); ++i) {
    const v1::Certificate& certificate = list.certificates(i);
    const std::string path = absl::StrCat("certificates[", i, "]");
    if (certificate.scheme() == v1::Certificate::SCHEME_UNSPECIFIED) {
      validator->AddMissing(base::JoinField(path, "scheme"), "le référentiel (scheme)",
                            "the scheme");
    }
    validator->CheckUrl(certificate.url(), base::JoinField(path, "url"));
  }
}

}  // namespace

NeedVocabulary VocabularyOf(const v1::Rulebook& rulebook) {
  NeedVocabulary vocabulary;
  for (const v1::Need& need : rulebook.needs()) {
    auto& features = vocabulary[need.need_id()];
    for (const v1::Feature& feature : need.features()) features.insert(feature.feature_id());
  }
  return vocabulary;
}

void ValidateOffering(const v1::Offering& offering, const NeedVocabulary* vocabulary,
                      base::Issues* issues) {
  Validator validator(issues);
  validator.Walk(offering, "");
  const std::vector<std::string> name = absl::StrSplit(offering.name(), '/');
  if (name.size() != 4 || name[0] != "members" || name[2] != "offerings" ||
      !IsResourceId(name[1]) || !IsResourceId(name[3])) {
    validator.Add("name", "INVALID_NAME",
                  absl::StrCat("\"", Shorten(offering.name()),
                               "\" ; admis : members/{membre}/offerings/{offre}"),
                  absl::StrCat("\"", Shorten(offering.name()),
                               "\"; allowed: members/{member}/offerings/{offering}"));
  }
  validator.CheckUuid(offering.uid(), "uid");
  if (!offering.has_title()) {
    validator.AddMissing("title", "le nom du produit (fr, en)", "the product's name (fr, en)");
  }
  if (offering.kind() == v1::Offering::KIND_UNSPECIFIED) {
    validator.AddMissing("kind", "le genre d'offre (SOFTWARE_SAAS, SERVICE, …)",
                         "the kind of offering (SOFTWARE_SAAS, SERVICE, …)");
  }
  if (offering.need_ids_size() == 0) {
    validator.AddMissing("need_ids", "au moins un besoin", "at least one need");
  }
  validator.CheckUrl(offering.landing_url(), "landing_url");
  ValidateFeatures(offering, vocabulary, &validator);
  ValidateAudience(offering.audience(), &validator);
  ValidatePricing(offering, vocabulary, &validator);
  ValidateCertificates(offering.certificates(), &validator);
  ValidateClaims(offering, &validator);
}

namespace {

// A mailbox in its plainest form: letters, digits and ._+- before the @, a host name behind it.
bool IsMailbox(absl::string_view text) {
  constexpr size_t kMailboxSizeMax = 254;
  const size_t at = text.find('@');
  if (text.size() > kMailboxSizeMax || at == 0 || at == absl::string_view::npos) return false;
  const auto plain = [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); };
  const absl::string_view local = text.substr(0, at);
  const absl::string_view host = text.substr(at + 1);
  return std::all_of(local.begin(), local.end(),
                     [&plain](char c) { return plain(c) || absl::StrContains("._+-", c); }) &&
         absl::StrContains(host, '.') && IsHttpsUrl(absl::StrCat("https://", host, "/"));
}

void ValidateContacts(const v1::Member& member, Validator& validator) {
  if (member.contacts_size() > kMemberContactsMax) {
    validator.AddRange("contacts", member.contacts_size(), 0, kMemberContactsMax);
  }
  std::set<int> purposes;
  for (int i = 0; i < std::min(member.contacts_size(), kMemberContactsMax); ++i) {
    const v1::MemberContact& contact = member.contacts(i);
    const std::string path = absl::StrCat("contacts[", i, "]");
    if (contact.purpose() == v1::MemberContact::PURPOSE_UNSPECIFIED) {
      validator.AddMissing(base::JoinField(path, "purpose"), "l'objet : CATALOGUE, CONTESTS, …",
                           "the purpose: CATALOGUE, CONTESTS, …");
    } else if (!purposes.insert(contact.purpose()).second) {
      validator.Add(base::JoinField(path, "purpose"), "DUPLICATE",
                    "déjà donné : une adresse par objet", "given already: one address for each");
    }
    if (IsHttpsUrl(contact.address()) || IsMailbox(contact.address())) continue;
    validator.Add(base::JoinField(path, "address"), "INVALID_ADDRESS",
                  absl::StrCat("\"", Shorten(contact.address()),
                               "\" ; admis : https://exemple.fr/contact, ou une boîte de "
                               "l'organisation : catalogue@exemple.fr"),
                  absl::StrCat("\"", Shorten(contact.address()),
                               "\"; allowed: https://example.com/contact, or a mailbox of the "
                               "organisation: catalogue@example.com"));
  }
  if (member.families_size() > kMemberFamiliesMax) {
    validator.AddRange("families", member.families_size(), 0, kMemberFamiliesMax);
  }
  std::set<absl::string_view> families;
  for (int i = 0; i < std::min(member.families_size(), kMemberFamiliesMax); ++i) {
    if (families.insert(member.families(i)).second) continue;
    validator.Add(absl::StrCat("families[", i, "]"), "DUPLICATE", "déjà donné", "given already");
  }
}

}  // namespace

void ValidateMember(const v1::Member& member, base::Issues* issues) {
  Validator validator(issues);
  validator.Walk(member, "");
  if (!absl::StartsWith(member.name(), "members/") ||
      !IsResourceId(absl::string_view(member.name()).substr(8))) {
    validator.Add("name", "INVALID_NAME",
                  absl::StrCat("\"", Shorten(member.name()), "\" ; admis : members/{membre}"),
                  absl::StrCat("\"", Shorten(member.name()), "\"; allowed: members/{member}"));
  }
  validator.CheckUuid(member.uid(), "uid");
  validator.CheckUuid(member.ownership_group_uid(), "ownership_group_uid");
  const size_t length = CharacterCount(member.display_name());
  if (length == 0) validator.AddMissing("display_name", "le nom du membre", "the member's name");
  if (length > 120) {
    validator.Add("display_name", "TEXT_TOO_LONG",
                  absl::StrCat(length, " caractères ; au plus 120"),
                  absl::StrCat(length, " characters; at most 120"));
  }
  if (!member.siren().empty() && !IsValidSiren(member.siren())) {
    validator.Add("siren", "INVALID_SIREN",
                  absl::StrCat("\"", Shorten(member.siren()),
                               "\" ; admis : neuf chiffres dont la "
                               "clé est juste"),
                  absl::StrCat("\"", Shorten(member.siren()),
                               "\"; allowed: nine digits with a "
                               "valid key"));
  }
  if (!FindCode("countries", member.country_code()).has_value()) {
    validator.Add("country_code", "UNKNOWN_CODE",
                  absl::StrCat("\"", Shorten(member.country_code()),
                               "\" ; admis : un code ISO 3166 "
                               "de la liste countries, ou ZZ"),
                  absl::StrCat("\"", Shorten(member.country_code()),
                               "\"; allowed: an ISO 3166 code "
                               "of the list countries, or ZZ"));
  }
  if (member.kind() == v1::Member::KIND_UNSPECIFIED) {
    validator.AddMissing("kind", "le genre de membre", "the kind of member");
  }
  if (member.state() == v1::Member::STATE_UNSPECIFIED) {
    validator.AddMissing("state", "l'état de l'adhésion", "the state of membership");
  }
  validator.CheckUrl(member.url(), "url");
  ValidateContacts(member, validator);
}

void ValidateLawTable(const v1::LawTable& table, base::Issues* issues) {
  Validator validator(issues);
  validator.Walk(table, "");
  std::set<std::string> ids;
  for (int i = 0; i < std::min(table.legal_bases_size(), kLegalBasesMax); ++i) {
    const v1::LegalBasis& basis = table.legal_bases(i);
    const std::string path = absl::StrCat("legal_bases[", i, "]");
    const std::string& id = basis.legal_basis_id();
    const bool form = id.size() >= 3 && id.size() <= 48 && absl::ascii_islower(id[0]) &&
                      std::all_of(id.begin(), id.end(), [](char c) {
                        return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
                      });
    if (!form) {
      validator.Add(base::JoinField(path, "legal_basis_id"), "INVALID_ID",
                    absl::StrCat("\"", Shorten(id), "\" ; admis : ^[a-z][a-z0-9_]{2,47}$"),
                    absl::StrCat("\"", Shorten(id), "\"; allowed: ^[a-z][a-z0-9_]{2,47}$"));
    } else if (!ids.insert(id).second) {
      validator.Add(base::JoinField(path, "legal_basis_id"), "DUPLICATE",
                    absl::StrCat(id, " est déjà donné"), absl::StrCat(id, " is given already"));
    }
    if (!basis.has_citation()) {
      validator.AddMissing(base::JoinField(path, "citation"), "la référence du texte (fr, en)",
                           "the citation (fr, en)");
    }
    validator.CheckUrl(basis.url(), base::JoinField(path, "url"));
    validator.CheckDateOrder(basis.valid_from(), basis.valid_to(),
                             base::JoinField(path, "valid_to"));
  }
}

void ValidateRates(const v1::ExchangeRateTable& table, base::Issues* issues) {
  Validator validator(issues);
  validator.Walk(table, "");
  std::set<std::pair<std::string, base::DayNumber>> seen;
  for (int i = 0; i < std::min(table.rates_size(), kRatesMax); ++i) {
    const v1::ExchangeRate& rate = table.rates(i);
    const std::string path = absl::StrCat("rates[", i, "]");
    if (rate.currency_code() == "EUR" || !FindCode("currencies", rate.currency_code())) {
      validator.Add(base::JoinField(path, "currency_code"), "UNKNOWN_CURRENCY",
                    absl::StrCat("\"", Shorten(rate.currency_code()),
                                 "\" ; admis : une monnaie de la liste currencies, sauf EUR"),
                    absl::StrCat("\"", Shorten(rate.currency_code()),
                                 "\"; allowed: a currency of the list currencies, other than EUR"));
    }
    if (rate.euros_micros() == 0) {
      validator.AddMissing(base::JoinField(path, "euros_micros"),
                           "la valeur d'une unité en millionièmes d'euro, plus de 0",
                           "the value of one unit in millionths of a euro, above 0");
    }
    const std::optional<base::DayNumber> day = DayOf(rate.date());
    if (!rate.has_date()) {
      validator.AddMissing(base::JoinField(path, "date"), "le jour du cours",
                           "the day of the rate");
    } else if (day.has_value() && !seen.insert({rate.currency_code(), *day}).second) {
      validator.Add(path, "DUPLICATE", "deux cours de la même monnaie pour un jour",
                    "two rates of one currency for one day");
    }
    if (rate.source().empty() || rate.source().size() > kSourceSizeMax) {
      validator.AddMissing(base::JoinField(path, "source"), "la source, 500 octets au plus",
                           "the source, at most 500 bytes");
    }
  }
}

void ValidateCatalog(const CatalogSource& source, const NeedVocabulary* vocabulary,
                     base::Issues* issues) {
  Validator validator(issues);
  const auto add_all = [&](const base::Issues& found, const std::string& name,
                           const std::string& place) {
    for (base::Issue issue : found.list()) {
      issue.field = base::JoinField(name, issue.field);
      issue.text_fr = absl::StrCat(place, place.empty() ? "" : " : ", issue.text_fr);
      issue.text_en = absl::StrCat(place, place.empty() ? "" : ": ", issue.text_en);
      issues->Add(std::move(issue));
    }
  };
  const auto place_of = [](const std::vector<std::string>& places, size_t i) {
    return i < places.size() ? places[i] : std::string();
  };
  std::map<std::string, std::string> names_by_uid;
  const auto check_uid = [&](const std::string& uid, const std::string& name) {
    const auto [found, added] = names_by_uid.emplace(uid, name);
    if (added) return;
    validator.Add(base::JoinField(name, "uid"), "DUPLICATE",
                  absl::StrCat(uid, " est déjà celui de ", found->second, " : tirez-en un autre"),
                  absl::StrCat(uid, " is that of ", found->second, " already: draw another one"));
  };
  std::set<std::string> members;
  for (size_t i = 0; i < source.members.size(); ++i) {
    const v1::Member& member = source.members[i];
    base::Issues found;
    ValidateMember(member, &found);
    add_all(found, member.name(), place_of(source.member_places, i));
    check_uid(member.uid(), member.name());
    members.insert(member.name());
    if (member.fictional() != source.members[0].fictional()) {
      validator.Add(base::JoinField(member.name(), "fictional"), "MIXED_FICTIONAL",
                    "membres fictifs et réels ne se mêlent pas dans un catalogue",
                    "fictional and real members do not mix in one catalogue");
    }
  }
  for (size_t i = 0; i < source.offerings.size(); ++i) {
    const v1::Offering& offering = source.offerings[i];
    base::Issues found;
    ValidateOffering(offering, vocabulary, &found);
    add_all(found, offering.name(), place_of(source.offering_places, i));
    check_uid(offering.uid(), offering.name());
    if (!members.contains(offering.name().substr(0, offering.name().find("/offerings/")))) {
      validator.Add(base::JoinField(offering.name(), "name"), "UNKNOWN_MEMBER",
                    "le membre n'est pas dans le catalogue", "the member is not in the catalogue");
    }
  }
  base::Issues law;
  ValidateLawTable(source.law_table, &law);
  add_all(law, "law_table", "law_table.yaml");
  base::Issues rates;
  ValidateRates(source.exchange_rates, &rates);
  add_all(rates, "exchange_rates", "exchange_rates.yaml");
}

bool IsOfferingPath(absl::string_view path) { return FindPath(path).has_value(); }
bool IsFactPath(absl::string_view path) { return FindPath(path).value_or(false); }

}  // namespace aplomb::catalog
