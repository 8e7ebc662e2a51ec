#include "decision/report/told_facts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/civil_day.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace aplomb::report {
namespace {

using decision::Language;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Words {
  absl::string_view path;
  absl::string_view fr;
  absl::string_view en;
};

constexpr Words kWords[] = {
    {"siret", "SIRET", "SIRET"},
    {"region_code", "Région", "Region"},
    {"staff_band", "Tranche d'effectif (INSEE)", "Workforce band (INSEE)"},
    {"balance_total", "Total du bilan", "Balance-sheet total"},
    {"creation_date", "Création", "Creation"},
    {"legal_form", "Forme juridique (INSEE)", "Legal form (INSEE)"},
    {"einvoicing.platform_chosen", "Plateforme de facturation électronique choisie",
     "E-invoicing platform chosen"},
    {"einvoicing.issues_already", "Émet déjà des factures électroniques",
     "Issues e-invoices already"},
    {"craft_register", "Inscrite au registre des métiers", "Registered as a craft business"},
    {"franchise_network", "Membre d'un réseau de franchise", "Member of a franchise network"},
    {"online_only", "Vend uniquement en ligne", "Sells online only"},
    {"sells_to_public_bodies", "Vend à des organismes publics", "Sells to public bodies"},
    {"sells_on_premises", "Vend sur place", "Sells on its premises"},
    {"takes_cards", "Accepte déjà les cartes", "Takes cards already"},
    {"exports_outside_eu", "Exporte hors de l'Union européenne",
     "Exports outside the European Union"},
    {"ui_languages", "Langues souhaitées des écrans", "Languages wanted for the screens"},
    {"yearly_growth_bp", "Croissance attendue des volumes par an",
     "Expected growth of volumes per year"},
    {"data.personal", "Données personnelles", "Personal data"},
    {"data.health", "Données de santé", "Health data"},
    {"data.minors", "Données sur des mineurs", "Data about minors"},
    {"data.payment_cards", "Numéros de carte bancaire", "Card numbers"},
    {"data.trade_secret", "Secrets d'affaires", "Trade secrets"},
    {"data_residency", "Où vos données doivent rester", "Where your data must stay"},
    {"accessibility_required", "Obligation d'accessibilité", "Accessibility required"},
    {"wants_onsite_help", "Aide sur place souhaitée", "On-site help wanted"},
    {"wants_data_location_scored", "Compter le lieu des données", "Counting where data is kept"},
    {"accepts_beta", "Accepte un logiciel en version d'essai", "Accepts software in trial"},
    {"payment_methods", "Moyens de paiement voulus", "Means of payment wanted"},
    {"deadline", "En service au plus tard le", "In use by"},
    {"digital_intensity.version", "Indice d'intensité numérique, version",
     "Digital intensity index, version"},
    {"digital_intensity.answers", "Intensité numérique, réponses", "Digital intensity, answers"},
    {"met_need_ids", "Besoins déjà couverts", "Needs met already"},
};

class Teller {
 public:
  Teller(const catalog::v1::Rulebook& rules, Language language)
      : rules_(rules), language_(language) {}

  // The field that a path names, or what stands under it.
  void Tell(const Message& message, const std::string& prefix) {
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const auto& reflection = *message.GetReflection();
      if (field.is_repeated() ? reflection.FieldSize(message, &field) == 0
                              : !reflection.HasField(message, &field)) {
        continue;
      }
      const std::string path = absl::StrCat(prefix, field.name());
      if (const Words* words = Find(path); words != nullptr) {
        facts_.push_back({std::string(language_ == Language::kFr ? words->fr : words->en),
                          Value(message, field)});
      } else if (prefix.empty() && field.message_type() != nullptr && !field.is_repeated()) {
        Tell(reflection.GetMessage(message, &field), absl::StrCat(path, "."));
      }
    }
  }

  std::vector<ToldFact> Take() { return std::move(facts_); }

 private:
  static const Words* Find(absl::string_view path) {
    for (const Words& words : kWords) {
      if (words.path == path) return &words;
    }
    return nullptr;
  }

  std::string T(absl::string_view fr, absl::string_view en) const {
    return std::string(language_ == Language::kFr ? fr : en);
  }

  std::string Value(const Message& message, const FieldDescriptor& field) const {
    const auto& reflection = *message.GetReflection();
    if (field.is_repeated()) return List(message, field);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection.GetBool(message, &field) ? T("oui", "yes") : T("non", "no");
      case FieldDescriptor::CPPTYPE_ENUM:
        return decision::EnumLabel(*field.enum_type(), reflection.GetEnumValue(message, &field),
                                   language_);
      case FieldDescriptor::CPPTYPE_INT32: {
        const int32_t number = reflection.GetInt32(message, &field);
        return field.name() == "yearly_growth_bp" ? decision::PrintPercent(number, language_)
                                                  : decision::PrintCount(number, language_);
      }
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.GetString(message, &field);
      default:
        return Part(reflection.GetMessage(message, &field));
    }
  }

  // Money, a day, or a list that may be empty.
  std::string Part(const Message& message) const {
    if (const auto* money = dynamic_cast<const type::Money*>(&message); money != nullptr) {
      return decision::PrintMoney(money->micros(), language_);
    }
    if (const auto* date = dynamic_cast<const google::type::Date*>(&message); date != nullptr) {
      const auto day =
          base::ToDayNumber({.year = date->year(), .month = date->month(), .day = date->day()});
      return day.ok() ? decision::PrintDay(*day, language_) : "–";
    }
    return List(message, *message.GetDescriptor()->field(0));
  }

  std::string List(const Message& message, const FieldDescriptor& field) const {
    const auto& reflection = *message.GetReflection();
    const int count = reflection.FieldSize(message, &field);
    if (count == 0) return T("aucun", "none");
    std::vector<std::string> parts;
    for (int i = 0; i < count; ++i) {
      parts.push_back(field.enum_type() == nullptr
                          ? NeedTitle(reflection.GetRepeatedString(message, &field, i))
                          : decision::EnumLabel(*field.enum_type(),
                                                reflection.GetRepeatedEnumValue(message, &field, i),
                                                language_));
    }
    return absl::StrJoin(parts, ", ");
  }

  // Of the rulebook where it has the need; any other text as it is.
  std::string NeedTitle(const std::string& text) const {
    for (const auto& need : rules_.needs()) {
      if (need.need_id() == text) {
        return language_ == Language::kFr ? need.title().fr() : need.title().en();
      }
    }
    return text;
  }

  const catalog::v1::Rulebook& rules_;
  Language language_;
  std::vector<ToldFact> facts_;
};

}  // namespace

std::vector<ToldFact> ToldFacts(const type::FirmProfile& profile,
                                const catalog::v1::Rulebook& rules, Language language) {
  Teller teller(rules, language);
  teller.Tell(profile, "");
  return teller.Take();
}

}  // namespace aplomb::report
