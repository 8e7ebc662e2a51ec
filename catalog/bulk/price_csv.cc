#include "catalog/bulk/price_csv.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "aplomb/type/pricing.pb.h"
#include "base/civil_day.h"
#include "catalog/import/text.h"
#include "catalog/import/validate.h"

namespace aplomb::bulk {
namespace {

using catalog::v1::Offering;
using type::PriceComponent;

enum Column : size_t {
  kId,
  kComponent,
  kTier,
  kModel,
  kLabel,
  kAmount,
  kPerTransaction,
  kMonthlyMinimum,
  kRate,
  kUpTo,
  kUnitPrice,
  kFlat,
  kAsOf,
  kValidTo,
  kSourceUrl,
  kColumnCount,
};
constexpr absl::string_view kHeader[] = {"id",
                                         "component",
                                         "tier",
                                         "model",
                                         "label",
                                         "amount",
                                         "per_transaction",
                                         "monthly_minimum",
                                         "rate_bp",
                                         "up_to",
                                         "unit_price",
                                         "flat",
                                         "as_of",
                                         "valid_to",
                                         "source_url"};
static_assert(std::size(kHeader) == kColumnCount);

std::string IdOf(const Offering& offering) {
  return offering.name().substr(offering.name().rfind('/') + 1);
}

std::string AmountText(bool has, const type::Money& money) {
  return has ? catalog::FormatAmount(money.micros(), money.currency_code()) : "";
}

std::string DateText(bool has, const google::type::Date& date) {
  return has ? absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day()) : "";
}

class Lines {
 public:
  Lines(absl::string_view file, base::Issues* issues) : file_(file), issues_(issues) {}

  void Refuse(size_t line, absl::string_view column, absl::string_view reason, absl::string_view fr,
              absl::string_view en) {
    issues_->Add({.field = std::string(column),
                  .reason = std::string(reason),
                  .text_fr = absl::StrCat(file_, " ligne ", line, " : ", fr),
                  .text_en = absl::StrCat(file_, " line ", line, ": ", en)});
  }

  // Sets the amount, or clears it where the field is empty.
  template <typename Mutable, typename Clear>
  void SetAmount(size_t line, Column column, const std::string& text, Mutable mutate, Clear clear) {
    if (text.empty()) return clear();
    const std::optional<catalog::Amount> amount = catalog::ParseAmount(text);
    if (!amount.has_value()) {
      return Refuse(line, kHeader[column], "NOT_AN_AMOUNT",
                    absl::StrCat("\"", text, "\" ; exemple : 29.00 EUR"),
                    absl::StrCat("\"", text, "\"; example: 29.00 EUR"));
    }
    type::Money& money = mutate();
    money.set_micros(amount->micros);
    money.set_currency_code(amount->currency_code);
  }

  template <typename Mutable, typename Clear>
  void SetDate(size_t line, Column column, const std::string& text, Mutable mutate, Clear clear) {
    if (text.empty()) return clear();
    const auto day = base::ParseDay(text);
    if (!day.ok()) {
      return Refuse(line, kHeader[column], "BAD_DATE",
                    absl::StrCat("\"", text, "\" ; exemple : 2026-11-01"),
                    absl::StrCat("\"", text, "\"; example: 2026-11-01"));
    }
    const base::CivilDay civil = base::FromDayNumber(*day);
    google::type::Date& date = mutate();
    date.set_year(civil.year);
    date.set_month(civil.month);
    date.set_day(civil.day);
  }

 private:
  const std::string file_;
  base::Issues* const issues_;
};

}  // namespace

std::string WriteCsvLine(const std::vector<std::string>& fields) {
  std::vector<std::string> written;
  for (const std::string& field : fields) {
    const bool quoted = field.find_first_of(",\"\r\n") != std::string::npos;
    written.push_back(
        quoted ? absl::StrCat("\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\"") : field);
  }
  return absl::StrCat(absl::StrJoin(written, ","), "\n");
}

std::vector<std::vector<std::string>> ReadCsv(absl::string_view file, absl::string_view bytes,
                                              base::Issues* issues) {
  std::vector<std::vector<std::string>> lines;
  Lines refuse(file, issues);
  if (bytes.size() > kCsvSizeMax) {
    refuse.Refuse(1, "", "TOO_LARGE", "fichier trop grand", "the file is too large");
    return lines;
  }
  std::vector<std::string> fields(1);
  bool quoted = false;
  bool was_quoted = false;
  const auto end_line = [&] {
    if (fields.size() > 1 || !fields[0].empty() || was_quoted) lines.push_back(std::move(fields));
    fields.assign(1, "");
    was_quoted = false;
  };
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (quoted) {
      if (c != '"') {
        fields.back().push_back(c);
      } else if (i + 1 < bytes.size() && bytes[i + 1] == '"') {
        fields.back().push_back('"');
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"' && fields.back().empty() && !was_quoted) {
      quoted = true;
      was_quoted = true;
    } else if (c == '"') {
      refuse.Refuse(lines.size() + 1, "", "BAD_QUOTES", "guillemet au milieu d'un champ",
                    "a quote inside a field");
      return {};
    } else if (c == ',') {
      fields.emplace_back();
      was_quoted = false;
    } else if (c == '\n') {
      end_line();
      if (lines.size() > kCsvLinesMax) {
        refuse.Refuse(lines.size(), "", "TOO_MANY", "trop de lignes", "too many lines");
        return {};
      }
    } else if (c != '\r') {
      fields.back().push_back(c);
    }
  }
  if (quoted) {
    refuse.Refuse(lines.size() + 1, "", "BAD_QUOTES", "guillemet jamais refermé",
                  "a quote is never closed");
    return {};
  }
  end_line();
  return lines;
}

namespace {

// Applies the lines of a list, one after the other.
class PriceList {
 public:
  PriceList(absl::string_view file, const std::vector<Offering>& published, base::Issues* issues)
      : refuse_(file, issues) {
    for (const Offering& offering : published) by_id_[IdOf(offering)] = &offering;
  }

  void Apply(size_t number, const std::vector<std::string>& line) {
    if (line.size() != kColumnCount) {
      const std::string counts = absl::StrCat(line.size(), " / ", size_t{kColumnCount});
      return refuse_.Refuse(number, "", "BAD_COLUMNS", absl::StrCat("colonnes : ", counts),
                            absl::StrCat("columns: ", counts));
    }
    const auto found = by_id_.find(line[kId]);
    if (found == by_id_.end()) {
      return refuse_.Refuse(number, "id", "UNKNOWN_OFFERING", "aucune de vos offres publiées",
                            "none of your published offerings");
    }
    int component = -1;
    if (!absl::SimpleAtoi(line[kComponent], &component) || component < 0 ||
        component >= found->second->pricing().components_size()) {
      return refuse_.Refuse(number, "component", "OUT_OF_RANGE",
                            "le tarif publié n'a pas cet élément",
                            "the published tariff has no such component");
    }
    const std::string& model =
        type::PriceModel_Name(found->second->pricing().components(component).model());
    if (model != line[kModel]) {
      return refuse_.Refuse(number, "model", "NOT_OF_MODEL",
                            absl::StrCat("le tarif publié a ici ", model),
                            absl::StrCat("the published tariff has ", model, " here"));
    }
    if (!line[kTier].empty()) return ApplyTier(number, line, *found->second, component);
    if (!components_.insert({line[kId], component}).second) {
      return refuse_.Refuse(number, "component", "DUPLICATE", "élément donné deux fois",
                            "component given twice");
    }
    ApplyComponent(number, line, *ChangedOf(*found->second).mutable_pricing(), component);
  }

  std::vector<Offering> Take() && { return std::move(changed_); }

 private:
  Offering& ChangedOf(const Offering& published) {
    const auto [place, is_new] = places_.try_emplace(IdOf(published), changed_.size());
    if (is_new) changed_.push_back(published);
    return changed_[place->second];
  }

  void ApplyComponent(size_t number, const std::vector<std::string>& line, type::Pricing& pricing,
                      int component) {
    PriceComponent& price = *pricing.mutable_components(component);
    for (const Column column : {kUpTo, kUnitPrice, kFlat}) {
      if (line[column].empty()) continue;
      refuse_.Refuse(number, kHeader[column], "NOT_OF_MODEL",
                     "va dans une ligne de palier (colonne tier)",
                     "goes into a line of a tier (column tier)");
    }
    refuse_.SetAmount(
        number, kAmount, line[kAmount], [&]() -> type::Money& { return *price.mutable_amount(); },
        [&] { price.clear_amount(); });
    refuse_.SetAmount(
        number, kPerTransaction, line[kPerTransaction],
        [&]() -> type::Money& { return *price.mutable_per_transaction(); },
        [&] { price.clear_per_transaction(); });
    refuse_.SetAmount(
        number, kMonthlyMinimum, line[kMonthlyMinimum],
        [&]() -> type::Money& { return *price.mutable_monthly_minimum(); },
        [&] { price.clear_monthly_minimum(); });
    int32_t rate = 0;
    if (!line[kRate].empty() && (!absl::SimpleAtoi(line[kRate], &rate) || rate < 0)) {
      refuse_.Refuse(number, "rate_bp", "NOT_AN_INTEGER", "un nombre entier est attendu",
                     "a whole number is expected");
    }
    price.set_rate_bp(rate);
    refuse_.SetDate(
        number, kAsOf, line[kAsOf],
        [&]() -> google::type::Date& { return *pricing.mutable_as_of(); },
        [&] { pricing.clear_as_of(); });
    refuse_.SetDate(
        number, kValidTo, line[kValidTo],
        [&]() -> google::type::Date& { return *pricing.mutable_valid_to(); },
        [&] { pricing.clear_valid_to(); });
    pricing.set_source_url(line[kSourceUrl]);
  }

  void ApplyTier(size_t number, const std::vector<std::string>& line, const Offering& published,
                 int component) {
    const type::PriceModel model = published.pricing().components(component).model();
    if (model != type::TIERED && model != type::VOLUME) {
      return refuse_.Refuse(number, "tier", "NOT_OF_MODEL", "ce modèle de prix n'a pas de paliers",
                            "this price model has no tiers");
    }
    PriceComponent& price = *ChangedOf(published).mutable_pricing()->mutable_components(component);
    // The first tier that is named begins the list anew.
    if (tiered_.insert({line[kId], component}).second) price.clear_tiers();
    int tier = -1;
    if (!absl::SimpleAtoi(line[kTier], &tier) || tier != price.tiers_size() ||
        tier >= catalog::kPriceTiersMax) {
      return refuse_.Refuse(
          number, "tier", "OUT_OF_RANGE",
          absl::StrCat("attendu : ", price.tiers_size(),
                       " ; tous les paliers, dans l'ordre, au plus ", catalog::kPriceTiersMax),
          absl::StrCat("expected: ", price.tiers_size(), "; all tiers, in their order, at most ",
                       catalog::kPriceTiersMax));
    }
    type::PriceTier& step = *price.add_tiers();
    for (const Column column : {kAmount, kPerTransaction, kMonthlyMinimum, kRate}) {
      if (line[column].empty()) continue;
      refuse_.Refuse(number, kHeader[column], "NOT_OF_MODEL",
                     "va dans la ligne de l'élément, sans tier",
                     "goes into the line of the component, without tier");
    }
    int64_t up_to = 0;
    if (!line[kUpTo].empty()) {
      if (!absl::SimpleAtoi(line[kUpTo], &up_to) || up_to < 0) {
        refuse_.Refuse(number, "up_to", "NOT_AN_INTEGER", "un nombre entier est attendu",
                       "a whole number is expected");
      }
      step.set_up_to(up_to);
    }
    refuse_.SetAmount(
        number, kUnitPrice, line[kUnitPrice],
        [&]() -> type::Money& { return *step.mutable_unit_price(); },
        [&] { step.clear_unit_price(); });
    refuse_.SetAmount(
        number, kFlat, line[kFlat], [&]() -> type::Money& { return *step.mutable_flat(); },
        [&] { step.clear_flat(); });
  }

  Lines refuse_;
  std::map<std::string, const Offering*> by_id_;
  std::map<std::string, size_t> places_;
  std::set<std::pair<std::string, int>> components_;  // seen
  std::set<std::pair<std::string, int>> tiered_;      // whose tiers are listed
  std::vector<Offering> changed_;
};

}  // namespace

std::string WritePriceCsv(const std::vector<Offering>& offerings) {
  std::string out = WriteCsvLine({std::begin(kHeader), std::end(kHeader)});
  for (const Offering& offering : offerings) {
    const type::Pricing& pricing = offering.pricing();
    for (int i = 0; i < pricing.components_size(); ++i) {
      const PriceComponent& component = pricing.components(i);
      std::vector<std::string> line(kColumnCount);
      line[kId] = IdOf(offering);
      line[kComponent] = absl::StrCat(i);
      line[kModel] = type::PriceModel_Name(component.model());
      std::vector<std::string> tier_line = line;
      line[kLabel] = component.label().en();
      line[kAmount] = AmountText(component.has_amount(), component.amount());
      line[kPerTransaction] =
          AmountText(component.has_per_transaction(), component.per_transaction());
      line[kMonthlyMinimum] =
          AmountText(component.has_monthly_minimum(), component.monthly_minimum());
      line[kRate] = component.rate_bp() == 0 ? "" : absl::StrCat(component.rate_bp());
      line[kAsOf] = DateText(pricing.has_as_of(), pricing.as_of());
      line[kValidTo] = DateText(pricing.has_valid_to(), pricing.valid_to());
      line[kSourceUrl] = pricing.source_url();
      out += WriteCsvLine(line);
      for (int t = 0; t < component.tiers_size(); ++t) {
        const type::PriceTier& tier = component.tiers(t);
        tier_line[kTier] = absl::StrCat(t);
        tier_line[kUpTo] = tier.has_up_to() ? absl::StrCat(tier.up_to()) : "";
        tier_line[kUnitPrice] = AmountText(tier.has_unit_price(), tier.unit_price());
        tier_line[kFlat] = AmountText(tier.has_flat(), tier.flat());
        out += WriteCsvLine(tier_line);
      }
    }
  }
  return out;
}

std::vector<Offering> ApplyPriceCsv(absl::string_view file, absl::string_view bytes,
                                    const std::vector<Offering>& published, base::Issues* issues) {
  absl::ConsumePrefix(&bytes, "\xEF\xBB\xBF");  // what spreadsheets write before UTF-8
  const std::vector<std::vector<std::string>> lines = ReadCsv(file, bytes, issues);
  if (lines.empty()) return {};
  if (lines[0] != std::vector<std::string>(std::begin(kHeader), std::end(kHeader))) {
    const std::string header = absl::StrJoin(kHeader, ",");
    Lines(file, issues)
        .Refuse(1, "", "BAD_HEADER", absl::StrCat("première ligne attendue : ", header),
                absl::StrCat("expected first line: ", header));
    return {};
  }
  PriceList list(file, published, issues);
  for (size_t number = 2; number <= lines.size(); ++number) list.Apply(number, lines[number - 1]);
  return std::move(list).Take();
}

}  // namespace aplomb::bulk
