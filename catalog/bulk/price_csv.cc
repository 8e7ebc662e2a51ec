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
#include "aplomb/type/pricing.pb.h"
#include "base/civil_day.h"
#include "catalog/import/text.h"

namespace aplomb::bulk {
namespace {

using catalog::v1::Offering;
using type::PriceComponent;

enum Column : size_t {
  kId,
  kComponent,
  kModel,
  kLabel,
  kAmount,
  kPerTransaction,
  kMonthlyMinimum,
  kRate,
  kAsOf,
  kValidTo,
  kSourceUrl,
  kColumnCount,
};
constexpr absl::string_view kHeader[] = {"id",     "component",       "model",           "label",
                                         "amount", "per_transaction", "monthly_minimum", "rate_bp",
                                         "as_of",  "valid_to",        "source_url"};
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

std::string WritePriceCsv(const std::vector<Offering>& offerings) {
  std::string out = WriteCsvLine({std::begin(kHeader), std::end(kHeader)});
  for (const Offering& offering : offerings) {
    const type::Pricing& pricing = offering.pricing();
    for (int i = 0; i < pricing.components_size(); ++i) {
      const PriceComponent& component = pricing.components(i);
      out += WriteCsvLine({
          IdOf(offering),
          absl::StrCat(i),
          type::PriceModel_Name(component.model()),
          component.label().en(),
          AmountText(component.has_amount(), component.amount()),
          AmountText(component.has_per_transaction(), component.per_transaction()),
          AmountText(component.has_monthly_minimum(), component.monthly_minimum()),
          component.rate_bp() == 0 ? "" : absl::StrCat(component.rate_bp()),
          DateText(pricing.has_as_of(), pricing.as_of()),
          DateText(pricing.has_valid_to(), pricing.valid_to()),
          pricing.source_url(),
      });
    }
  }
  return out;
}

std::vector<Offering> ApplyPriceCsv(absl::string_view file, absl::string_view bytes,
                                    const std::vector<Offering>& published, base::Issues* issues) {
  std::map<std::string, const Offering*> by_id;
  for (const Offering& offering : published) by_id[IdOf(offering)] = &offering;
  std::vector<Offering> changed;
  const std::vector<std::vector<std::string>> lines = ReadCsv(file, bytes, issues);
  if (lines.empty()) return changed;
  Lines refuse(file, issues);
  if (lines[0] != std::vector<std::string>(std::begin(kHeader), std::end(kHeader))) {
    const std::string header = absl::StrJoin(kHeader, ",");
    refuse.Refuse(1, "", "BAD_HEADER", absl::StrCat("première ligne attendue : ", header),
                  absl::StrCat("expected first line: ", header));
    return changed;
  }
  std::map<std::string, size_t> places;
  std::set<std::pair<std::string, int>> seen;
  for (size_t number = 2; number <= lines.size(); ++number) {
    const std::vector<std::string>& line = lines[number - 1];
    if (line.size() != kColumnCount) {
      const std::string counts = absl::StrCat(line.size(), " / ", size_t{kColumnCount});
      refuse.Refuse(number, "", "BAD_COLUMNS", absl::StrCat("colonnes : ", counts),
                    absl::StrCat("columns: ", counts));
      continue;
    }
    const auto found = by_id.find(line[kId]);
    if (found == by_id.end()) {
      refuse.Refuse(number, "id", "UNKNOWN_OFFERING", "aucune de vos offres publiées",
                    "none of your published offerings");
      continue;
    }
    int component = -1;
    if (!absl::SimpleAtoi(line[kComponent], &component) || component < 0 ||
        component >= found->second->pricing().components_size()) {
      refuse.Refuse(number, "component", "OUT_OF_RANGE", "le tarif publié n'a pas cet élément",
                    "the published tariff has no such component");
      continue;
    }
    if (!seen.insert({line[kId], component}).second) {
      refuse.Refuse(number, "component", "DUPLICATE", "élément donné deux fois",
                    "component given twice");
      continue;
    }
    const auto [place, is_new] = places.try_emplace(line[kId], changed.size());
    if (is_new) changed.push_back(*found->second);
    type::Pricing& pricing = *changed[place->second].mutable_pricing();
    PriceComponent& price = *pricing.mutable_components(component);
    if (type::PriceModel_Name(price.model()) != line[kModel]) {
      refuse.Refuse(
          number, "model", "NOT_OF_MODEL",
          absl::StrCat("le tarif publié a ici ", type::PriceModel_Name(price.model())),
          absl::StrCat("the published tariff has ", type::PriceModel_Name(price.model()), " here"));
      continue;
    }
    refuse.SetAmount(
        number, kAmount, line[kAmount], [&]() -> type::Money& { return *price.mutable_amount(); },
        [&] { price.clear_amount(); });
    refuse.SetAmount(
        number, kPerTransaction, line[kPerTransaction],
        [&]() -> type::Money& { return *price.mutable_per_transaction(); },
        [&] { price.clear_per_transaction(); });
    refuse.SetAmount(
        number, kMonthlyMinimum, line[kMonthlyMinimum],
        [&]() -> type::Money& { return *price.mutable_monthly_minimum(); },
        [&] { price.clear_monthly_minimum(); });
    int32_t rate = 0;
    if (!line[kRate].empty() && (!absl::SimpleAtoi(line[kRate], &rate) || rate < 0)) {
      refuse.Refuse(number, "rate_bp", "NOT_AN_INTEGER", "un nombre entier est attendu",
                    "a whole number is expected");
    }
    price.set_rate_bp(rate);
    refuse.SetDate(
        number, kAsOf, line[kAsOf],
        [&]() -> google::type::Date& { return *pricing.mutable_as_of(); },
        [&] { pricing.clear_as_of(); });
    refuse.SetDate(
        number, kValidTo, line[kValidTo],
        [&]() -> google::type::Date& { return *pricing.mutable_valid_to(); },
        [&] { pricing.clear_valid_to(); });
    pricing.set_source_url(line[kSourceUrl]);
  }
  return changed;
}

}  // namespace aplomb::bulk
