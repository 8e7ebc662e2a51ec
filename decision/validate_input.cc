// ValidateInput: everything that is wrong with a request, at once.
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "base/civil_day.h"
#include "base/nearest.h"
#include "catalog/code_lists.h"
#include "catalog/identifiers.h"
#include "catalog/legal_forms.h"
#include "decision/phrases.h"
#include "decision/profile_reading.h"
#include "decision/request.h"
#include "engine/weights.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/unknown_field_set.h"

namespace aplomb::decision {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kQuoteSizeMax = 60;

// What the caller wrote, short and on one line, for a text about it.
std::string Quote(absl::string_view text) {
  std::string quoted;
  for (const char c : text.substr(0, kQuoteSizeMax))
    quoted += absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? '?' : c;
  // Not in the middle of a character of UTF-8.
  if (text.size() > kQuoteSizeMax) {
    while (!quoted.empty() && (static_cast<unsigned char>(quoted.back()) & 0xC0) == 0x80) {
      quoted.pop_back();
    }
    if (!quoted.empty() && (static_cast<unsigned char>(quoted.back()) & 0x80) != 0) {
      quoted.pop_back();
    }
    quoted += "…";
  }
  return quoted;
}

// What is allowed instead of `word`: all of a short list; of a long one what may be meant, or the
// first ones where nothing is like it.
struct Allowed {
  std::string fr;
  std::string en;
};
Allowed AllowedFor(absl::string_view word, std::vector<std::string> names) {
  constexpr size_t kAllMax = 8;
  constexpr size_t kShownCount = 5;
  const size_t count = names.size();
  if (count <= kAllMax) {
    const std::string list = absl::StrJoin(names, ", ");
    return {absl::StrCat("Admis : ", list, "."), absl::StrCat("Allowed: ", list, ".")};
  }
  const std::string meant = absl::StrJoin(base::Meant(word, names, kShownCount), ", ");
  if (!meant.empty()) {
    return {absl::StrCat("Proches, parmi les ", count, " admis : ", meant, "."),
            absl::StrCat("Near, of the ", count, " allowed: ", meant, ".")};
  }
  names.resize(kShownCount);
  const std::string first = absl::StrJoin(names, ", ");
  return {absl::StrCat("Admis : ", first, "… (", count, " en tout)."),
          absl::StrCat("Allowed: ", first, "… (", count, " in all).")};
}

std::string Fr(absl::string_view text) { return absl::StrCat("« ", Quote(text), " »"); }
std::string En(absl::string_view text) { return absl::StrCat("\"", Quote(text), "\""); }

// Metrics of money are counted in micros of EUR.
bool IsMoneyMetric(int metric) {
  return absl::EndsWith(PrintUsage(metric, 0, Language::kNeutral), " EUR");
}

// Collects the issues of one request.
class Validator {
 public:
  Validator(const DecisionInput& input, const CompiledRulebook& rulebook)
      : input_(input), rulebook_(rulebook) {}

  std::vector<base::Issue> Run() {
    Walk("recommendation.profile", input_.profile);
    for (size_t i = 0; i < input_.needs.size() && i <= kMaxNeedsPerRequest; ++i) {
      Walk(NeedPath(i), input_.needs[i]);
    }
    Walk("recommendation.weights", input_.weights);
    CheckIdentity();
    CheckPlace();
    CheckActivity();
    CheckSize();
    CheckDates();
    CheckLanguages();
    CheckTools();
    CheckUsage();
    CheckLists();
    CheckBudget("recommendation.profile.budget", input_.profile.has_budget(),
                input_.profile.budget());
    CheckNeeds();
    CheckWeights();
    return issues_.list();
  }

 private:
  static std::string NeedPath(size_t i) { return absl::StrCat("recommendation.needs[", i, "]"); }

  void Add(absl::string_view field, absl::string_view reason, std::string fr, std::string en) {
    issues_.Add({.field = std::string(field),
                 .reason = std::string(reason),
                 .text_fr = std::move(fr),
                 .text_en = std::move(en)});
  }

  // --- What holds of all fields: enums, unknown fields, sizes of texts and lists ----------------

  void Walk(const std::string& path, const Message& message) {
    const Reflection& reflection = *message.GetReflection();
    if (!reflection.GetUnknownFields(message).empty()) {
      Add(path, "UNKNOWN_FIELD",
          absl::StrCat("Champ numéro ", reflection.GetUnknownFields(message).field(0).number(),
                       " inconnu de cette version. Retirez-le ou mettez à jour le service."),
          absl::StrCat("Field number ", reflection.GetUnknownFields(message).field(0).number(),
                       " is unknown to this version. Remove it or update the service."));
    }
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const std::string field_path = absl::StrCat(path, ".", field->name());
      if (!field->is_repeated()) {
        WalkValue(field_path, message, *field, -1);
        continue;
      }
      const int size = reflection.FieldSize(message, field);
      if (size > kMaxListSize) {
        AddTooMany(field_path, size, kMaxListSize);
        continue;
      }
      for (int i = 0; i < size; ++i) {
        WalkValue(absl::StrCat(field_path, "[", i, "]"), message, *field, i);
      }
    }
  }

  // `index` is -1 for a field that is not a list.
  void WalkValue(const std::string& path, const Message& message, const FieldDescriptor& field,
                 int index) {
    const Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Walk(path, index < 0 ? reflection.GetMessage(message, &field)
                             : reflection.GetRepeatedMessage(message, &field, index));
        break;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number = index < 0 ? reflection.GetEnumValue(message, &field)
                                     : reflection.GetRepeatedEnumValue(message, &field, index);
        if (field.enum_type()->FindValueByNumber(number) == nullptr) {
          AddUnknownEnum(path, number, *field.enum_type());
        }
        break;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& text =
            index < 0 ? reflection.GetStringReference(message, &field, &scratch)
                      : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
        if (text.size() > kMaxTextBytes) {
          Add(path, "TEXT_TOO_LONG",
              absl::StrCat("Texte de ", text.size(), " octets ; ", kMaxTextBytes, " au plus."),
              absl::StrCat("Text of ", text.size(), " bytes; at most ", kMaxTextBytes, "."));
        }
        break;
      }
      default:
        break;  // the ranges of numbers are checked one by one
    }
  }

  void AddUnknownEnum(absl::string_view path, int number,
                      const google::protobuf::EnumDescriptor& type) {
    std::vector<std::string> names;
    for (int i = 0; i < type.value_count(); ++i) {
      if (type.value(i)->number() != 0) names.push_back(type.value(i)->name());
    }
    // A number is like no name: of a long list the first ones stand for all.
    constexpr size_t kShownMax = 12;
    const size_t more = names.size() > kShownMax ? names.size() - kShownMax : 0;
    names.resize(names.size() - more);
    const std::string allowed = absl::StrJoin(names, ", ");
    Add(path, "UNKNOWN_VALUE",
        absl::StrCat("Valeur ", number, " inconnue. Valeurs admises : ", allowed,
                     more > 0 ? absl::StrCat(" et ", more, " autres") : "", "."),
        absl::StrCat("Unknown value ", number, ". Allowed values: ", allowed,
                     more > 0 ? absl::StrCat(" and ", more, " more") : "", "."));
  }

  void AddTooMany(absl::string_view path, int64_t count, int64_t max) {
    Add(path, "TOO_MANY", absl::StrCat(count, " éléments ; ", max, " au plus."),
        absl::StrCat(count, " items; at most ", max, "."));
  }

  void AddMissing(absl::string_view path, absl::string_view fr, absl::string_view en) {
    Add(path, "MISSING", std::string(fr), std::string(en));
  }

  void CheckRange(absl::string_view path, int64_t value, int64_t min, int64_t max) {
    if (value >= min && value <= max) return;
    Add(path, "OUT_OF_RANGE",
        absl::StrCat("Valeur ", PrintCount(value, Language::kFr), " ; admise : de ",
                     PrintCount(min, Language::kFr), " à ", PrintCount(max, Language::kFr), "."),
        absl::StrCat("Value ", PrintCount(value, Language::kEn), "; allowed: ",
                     PrintCount(min, Language::kEn), " to ", PrintCount(max, Language::kEn), "."));
  }

  // Of an amount in micros of EUR, from 0 on.
  void CheckAmount(absl::string_view path, int64_t micros, int64_t max) {
    if (micros >= 0 && micros <= max) return;
    Add(path, "OUT_OF_RANGE",
        absl::StrCat("Montant ", PrintMoney(micros, Language::kFr), " ; admis : de ",
                     PrintMoney(0, Language::kFr), " à ", PrintMoney(max, Language::kFr), "."),
        absl::StrCat("Amount ", PrintMoney(micros, Language::kEn), "; allowed: ",
                     PrintMoney(0, Language::kEn), " to ", PrintMoney(max, Language::kEn), "."));
  }

  void CheckMoney(const std::string& path, const type::Money& money) {
    if (money.currency_code() != "EUR") {
      Add(absl::StrCat(path, ".currency_code"), "CURRENCY_NOT_EUR",
          absl::StrCat("Devise ", Fr(money.currency_code()),
                       " ; les montants de l'entreprise s'expriment en euros (EUR), hors taxes."),
          absl::StrCat("Currency ", En(money.currency_code()),
                       "; the firm's amounts are given in euros (EUR), excluding VAT."));
    }
    CheckAmount(absl::StrCat(path, ".micros"), money.micros(), engine::kMaxMicros);
  }

  // --- The firm ----------------------------------------------------------------------------------

  void CheckIdentity() {
    const type::FirmProfile& p = input_.profile;
    const std::string siren = catalog::StripSpaces(p.siren());
    const std::string siret = catalog::StripSpaces(p.siret());
    if (p.has_siren() && !catalog::IsValidSiren(siren)) {
      Add("recommendation.profile.siren", "INVALID_SIREN",
          absl::StrCat("SIREN ", Fr(p.siren()),
                       " : neuf chiffres avec une clé juste sont attendus. Laissez le champ absent "
                       "pour une entreprise en création."),
          absl::StrCat("SIREN ", En(p.siren()),
                       ": nine digits with a correct key are expected. Leave the field out for a "
                       "firm being founded."));
    }
    if (p.has_siret() && !catalog::IsValidSiret(siret)) {
      Add("recommendation.profile.siret", "INVALID_SIRET",
          absl::StrCat("SIRET ", Fr(p.siret()),
                       " : quatorze chiffres avec une clé juste sont attendus."),
          absl::StrCat("SIRET ", En(p.siret()),
                       ": fourteen digits with a correct key are expected."));
    } else if (p.has_siret() && p.has_siren() && siret.substr(0, 9) != siren) {
      Add("recommendation.profile.siret", "SIRET_SIREN_MISMATCH",
          absl::StrCat("Le SIRET ", Fr(p.siret()), " n'est pas celui d'un établissement du SIREN ",
                       Fr(p.siren()), " : ses neuf premiers chiffres doivent être le SIREN."),
          absl::StrCat("SIRET ", En(p.siret()), " is not an establishment of SIREN ", En(p.siren()),
                       ": its first nine digits must be the SIREN."));
    }
    if (p.has_legal_form() && !catalog::IsLegalForm(p.legal_form())) {
      Add("recommendation.profile.legal_form", "INVALID_LEGAL_FORM",
          absl::StrCat("Catégorie juridique ", Fr(p.legal_form()),
                       " : un code à quatre chiffres de la nomenclature INSEE (niveau III) est "
                       "attendu, par exemple 1000 (entrepreneur individuel), 5499 (SARL), 5710 "
                       "(SAS)."),
          absl::StrCat("Legal form ", En(p.legal_form()),
                       ": a code of four digits of the INSEE nomenclature (level III) is "
                       "expected, e.g. 1000 (sole trader), 5499 (SARL), 5710 (SAS)."));
    }
  }

  void CheckPlace() {
    const type::FirmProfile& p = input_.profile;
    const auto region_of_department = catalog::RegionOfDepartment(p.department_code());
    const bool region_known = catalog::FindCode("regions", p.region_code()).has_value();
    if (p.has_department_code() && !region_of_department.has_value()) {
      Add("recommendation.profile.department_code", "UNKNOWN_DEPARTMENT",
          absl::StrCat("Département ", Fr(p.department_code()),
                       " inconnu du code officiel géographique. Exemples : 69, 2A, 974."),
          absl::StrCat("Department ", En(p.department_code()),
                       " is not in the official geographic code. Examples: 69, 2A, 974."));
    }
    if (p.has_region_code() && !region_known) {
      Add("recommendation.profile.region_code", "UNKNOWN_REGION",
          absl::StrCat("Région ", Fr(p.region_code()),
                       " inconnue du code officiel géographique. Exemples : 84, 04, 11."),
          absl::StrCat("Region ", En(p.region_code()),
                       " is not in the official geographic code. Examples: 84, 04, 11."));
    }
    if (p.has_department_code() && p.has_region_code() && region_known &&
        region_of_department.has_value() && *region_of_department != p.region_code()) {
      Add("recommendation.profile.region_code", "REGION_DEPARTMENT_MISMATCH",
          absl::StrCat("Le département ", p.department_code(), " est dans la région ",
                       *region_of_department, " et non ", p.region_code(),
                       ". Laissez la région absente : elle se déduit du département."),
          absl::StrCat("Department ", p.department_code(), " lies in region ",
                       *region_of_department, ", not ", p.region_code(),
                       ". Leave the region out: it follows from the department."));
    }
  }

  void CheckActivity() {
    if (!input_.profile.has_activity()) return;
    const type::Activity& activity = input_.profile.activity();
    if (activity.nomenclature() == type::NOMENCLATURE_UNSPECIFIED) {
      AddMissing("recommendation.profile.activity.nomenclature",
                 "Nomenclature absente : NAF_REV2 ou NAF_2025. Les lettres de section ont changé "
                 "de sens entre les deux.",
                 "Nomenclature missing: NAF_REV2 or NAF_2025. Section letters changed their "
                 "meaning between the two.");
    }
    if (ParseNaf(activity).division == 0) {
      const bool rev2 = activity.nomenclature() == type::NAF_REV2;
      Add("recommendation.profile.activity.code", "INVALID_NAF",
          absl::StrCat("Code d'activité ", Fr(activity.code()),
                       rev2 ? " : ce code n'est pas dans la NAF rév. 2. Exemples : 10.71C, "
                              "10.71, 10."
                            : " : deux à quatre chiffres puis une lettre sont attendus, par "
                              "exemple 10.71C."),
          absl::StrCat("Activity code ", En(activity.code()),
                       rev2 ? ": this code is not in NAF rév. 2. Examples: 10.71C, 10.71, 10."
                            : ": two to four digits and then a letter are expected, e.g. "
                              "10.71C."));
    }
  }

  void CheckSize() {
    const type::FirmProfile& p = input_.profile;
    if (p.has_staff_band() && !StaffOfBand(p.staff_band()).has_value()) {
      const std::string allowed = StaffBandCodes();
      Add("recommendation.profile.staff_band", "UNKNOWN_STAFF_BAND",
          absl::StrCat("Tranche d'effectif ", Fr(p.staff_band()),
                       " inconnue. Codes INSEE : ", allowed, "."),
          absl::StrCat("Unknown workforce band ", En(p.staff_band()), ". INSEE codes: ", allowed,
                       "."));
    }
    if (p.has_staff_count()) {
      CheckRange("recommendation.profile.staff_count", p.staff_count(), 0, kMaxStaff);
    }
    const StaffRange band = StaffOfBand(p.staff_band()).value_or(StaffRange{});
    const bool open_band = p.staff_band() == "53";  // INSEE: 10,000 and more
    if (p.has_staff_count() && p.staff_count() >= 0 && p.staff_count() <= kMaxStaff && band.known &&
        (p.staff_count() < band.min || (p.staff_count() > band.max && !open_band))) {
      Add("recommendation.profile.staff_count", "STAFF_MISMATCH",
          absl::StrCat("L'effectif ", p.staff_count(), " n'est pas dans la tranche d'effectif ",
                       p.staff_band(), " (", band.min, " à ", band.max,
                       "). Corrigez l'un des deux, ou laissez la tranche absente."),
          absl::StrCat("A staff of ", p.staff_count(), " is not in the workforce band ",
                       p.staff_band(), " (", band.min, " to ", band.max,
                       "). Correct one of them, or leave the band out."));
    }
    if (p.has_turnover()) CheckMoney("recommendation.profile.turnover", p.turnover());
    if (p.has_balance_total()) {
      CheckMoney("recommendation.profile.balance_total", p.balance_total());
    }
    if (p.has_digital_skill()) {
      CheckRange("recommendation.profile.digital_skill", p.digital_skill(), 0, 4);
    }
    if (p.has_yearly_growth_bp()) {
      CheckRange("recommendation.profile.yearly_growth_bp", p.yearly_growth_bp(),
                 engine::kMinGrowthBp, engine::kMaxGrowthBp);
    }
  }

  // True where the date is a day of 1900 to 2100.
  bool CheckDate(absl::string_view path, const google::type::Date& date) {
    const std::string observed =
        absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
    if (!base::IsValid({.year = date.year(), .month = date.month(), .day = date.day()})) {
      Add(path, "INVALID_DATE",
          absl::StrCat("Le jour ", observed, " n'existe pas. Année, mois et jour sont attendus."),
          absl::StrCat("There is no day ", observed, ". Year, month and day are expected."));
      return false;
    }
    if (date.year() < kMinYear || date.year() > kMaxYear) {
      Add(path, "OUT_OF_RANGE",
          absl::StrCat("Jour ", observed, " ; années admises : ", kMinYear, " à ", kMaxYear, "."),
          absl::StrCat("Day ", observed, "; allowed years: ", kMinYear, " to ", kMaxYear, "."));
      return false;
    }
    return true;
  }

  void CheckDates() {
    const type::FirmProfile& p = input_.profile;
    if (p.has_creation_date()) {
      CheckDate("recommendation.profile.creation_date", p.creation_date());
    }
    if (!p.has_deadline() || !CheckDate("recommendation.profile.deadline", p.deadline())) return;
    if (DayNumberOf(p.deadline()) < input_.as_of_day) {
      const int32_t deadline = DayNumberOf(p.deadline());
      const int32_t today = input_.as_of_day;
      Add("recommendation.profile.deadline", "DATE_PAST",
          absl::StrCat("L'échéance du ", PrintDay(deadline, Language::kFr),
                       " est passée au jour de la demande (", PrintDay(today, Language::kFr), ")."),
          absl::StrCat("The deadline ", PrintDay(deadline, Language::kEn),
                       " has passed on the day asked about (", PrintDay(today, Language::kEn),
                       ")."));
    }
  }

  void CheckLanguages() {
    const auto& codes = input_.profile.ui_languages().codes();
    for (int i = 0; i < codes.size(); ++i) {
      if (catalog::FindCode("languages", codes[i]).has_value()) continue;
      Add(absl::StrCat("recommendation.profile.ui_languages.codes[", i, "]"), "UNKNOWN_LANGUAGE",
          absl::StrCat("Langue ", Fr(codes[i]),
                       " inconnue. Un code à deux lettres est attendu, par exemple fr, en, de."),
          absl::StrCat("Unknown language ", En(codes[i]),
                       ". A code of two letters is expected, e.g. fr, en, de."));
    }
  }

  void CheckNeedId(absl::string_view path, const std::string& need_id) {
    if (rulebook_.need_ordinals.contains(need_id)) return;
    std::vector<std::string> known;
    for (const auto& [id, ordinal] : rulebook_.need_ordinals) known.push_back(id);
    std::sort(known.begin(), known.end());
    const Allowed allowed = AllowedFor(need_id, known);
    Add(path, "UNKNOWN_NEED",
        absl::StrCat("Besoin ", Fr(need_id), " inconnu des règles. ", allowed.fr),
        absl::StrCat("Need ", En(need_id), " is not in the rulebook. ", allowed.en));
  }

  void CheckTools() {
    const auto& tools = input_.profile.existing_tools();
    if (tools.size() > kMaxTools) {
      AddTooMany("recommendation.profile.existing_tools", tools.size(), kMaxTools);
      return;
    }
    for (int i = 0; i < tools.size(); ++i) {
      const type::ExistingTool& tool = tools[i];
      const std::string path = absl::StrCat("recommendation.profile.existing_tools[", i, "]");
      if (tool.tool_class() == type::TOOL_CLASS_UNSPECIFIED && tool.need_id().empty()) {
        AddMissing(absl::StrCat(path, ".tool_class"),
                   "Indiquez la classe de l'outil ou le besoin qu'il couvre.",
                   "Give the class of the tool or the need that it meets.");
      }
      if (!tool.need_id().empty()) CheckNeedId(absl::StrCat(path, ".need_id"), tool.need_id());
      if (tool.has_monthly_cost())
        CheckMoney(absl::StrCat(path, ".monthly_cost"), tool.monthly_cost());
      if (tool.has_leaving_cost())
        CheckMoney(absl::StrCat(path, ".leaving_cost"), tool.leaving_cost());
    }
  }

  void CheckUsage() {
    std::set<int> seen;
    const auto& usage = input_.profile.usage();
    for (int i = 0; i < usage.size() && i < kMaxListSize; ++i) {
      const std::string path = absl::StrCat("recommendation.profile.usage[", i, "]");
      if (usage[i].metric() == type::METRIC_UNSPECIFIED) {
        AddMissing(absl::StrCat(path, ".metric"), "Indiquez ce qui est compté, par exemple USERS.",
                   "Say what is counted, e.g. USERS.");
      } else if (!seen.insert(usage[i].metric()).second) {
        const std::string name = type::Metric_Name(usage[i].metric());
        Add(absl::StrCat(path, ".metric"), "DUPLICATE",
            absl::StrCat(name, " est donné deux fois ; gardez une seule valeur."),
            absl::StrCat(name, " is given twice; keep one value."));
      }
      if (IsMoneyMetric(usage[i].metric())) {
        CheckAmount(absl::StrCat(path, ".value"), usage[i].value(), engine::kMaxUsage);
      } else {
        CheckRange(absl::StrCat(path, ".value"), usage[i].value(), 0, engine::kMaxUsage);
      }
    }
  }

  void CheckLists() {
    const type::FirmProfile& p = input_.profile;
    const auto& methods = p.payment_methods().methods();
    for (int i = 0; i < methods.size() && i < kMaxListSize; ++i) {
      if (methods[i] == type::PAYMENT_METHOD_UNSPECIFIED) {
        AddMissing(absl::StrCat("recommendation.profile.payment_methods.methods[", i, "]"),
                   "Moyen de paiement absent.", "Payment method missing.");
      }
    }
    if (p.has_digital_intensity()) {
      CheckRange("recommendation.profile.digital_intensity.version",
                 p.digital_intensity().version(), 1, 4);
      const int answers = p.digital_intensity().answers_size();
      if (answers != 0 && answers != kIntensityAnswers) {
        Add("recommendation.profile.digital_intensity.answers", "WRONG_COUNT",
            absl::StrCat(answers, " réponses ; ", kIntensityAnswers, " sont attendues."),
            absl::StrCat(answers, " answers; ", kIntensityAnswers, " are expected."));
      }
    }
    for (int i = 0; i < p.met_need_ids_size() && i < kMaxListSize; ++i) {
      CheckNeedId(absl::StrCat("recommendation.profile.met_need_ids[", i, "]"), p.met_need_ids(i));
    }
  }

  void CheckBudget(const std::string& path, bool has_budget, const type::Budget& budget) {
    if (!has_budget) return;
    if (budget.has_one_off_max())
      CheckMoney(absl::StrCat(path, ".one_off_max"), budget.one_off_max());
    if (budget.has_monthly_max())
      CheckMoney(absl::StrCat(path, ".monthly_max"), budget.monthly_max());
    if (budget.has_target_36_months()) {
      CheckMoney(absl::StrCat(path, ".target_36_months"), budget.target_36_months());
    }
  }

  // --- Needs and weights
  // ---------------------------------------------------------------------------

  void CheckNeeds() {
    const auto count = static_cast<int64_t>(input_.needs.size());
    if (count == 0) {
      AddMissing("recommendation.needs",
                 absl::StrCat("Aucun besoin ; de 1 à ", kMaxNeedsPerRequest, " sont attendus."),
                 absl::StrCat("No need; 1 to ", kMaxNeedsPerRequest, " are expected."));
    }
    if (count > kMaxNeedsPerRequest) {
      AddTooMany("recommendation.needs", count, kMaxNeedsPerRequest);
      return;
    }
    std::set<std::string> seen;
    for (size_t i = 0; i < input_.needs.size(); ++i) {
      const type::NeedRequest& need = input_.needs[i];
      CheckNeedId(absl::StrCat(NeedPath(i), ".need_id"), need.need_id());
      if (!seen.insert(need.need_id()).second) {
        Add(absl::StrCat(NeedPath(i), ".need_id"), "DUPLICATE",
            absl::StrCat("Le besoin ", Fr(need.need_id()), " est demandé deux fois."),
            absl::StrCat("Need ", En(need.need_id()), " is asked for twice."));
      }
      CheckFeatures(i, need);
      CheckBudget(absl::StrCat(NeedPath(i), ".budget"), need.has_budget(), need.budget());
    }
  }

  void CheckFeatures(size_t index, const type::NeedRequest& need) {
    const auto found = rulebook_.need_ordinals.find(need.need_id());
    if (found == rulebook_.need_ordinals.end()) return;
    const auto& vocabulary = rulebook_.feature_ordinals[found->second];
    std::set<std::string> seen;
    const auto check_list = [&](absl::string_view list_name, const auto& features) {
      const std::string list_path = absl::StrCat(NeedPath(index), ".", list_name);
      if (features.size() > static_cast<int>(engine::kMaxFeaturesPerNeed)) {
        AddTooMany(list_path, features.size(), engine::kMaxFeaturesPerNeed);
        return;
      }
      for (int i = 0; i < features.size(); ++i) {
        const std::string path = absl::StrCat(list_path, "[", i, "]");
        if (!vocabulary.contains(features[i])) {
          std::vector<std::string> known;
          for (const auto& [id, ordinal] : vocabulary) known.emplace_back(id);
          const Allowed allowed = AllowedFor(features[i], known);
          Add(path, "UNKNOWN_FEATURE",
              absl::StrCat("Fonction ", Fr(features[i]), " inconnue du besoin ", need.need_id(),
                           ". ", allowed.fr),
              absl::StrCat("Feature ", En(features[i]), " is not in the vocabulary of need ",
                           need.need_id(), ". ", allowed.en));
        } else if (!seen.insert(features[i]).second) {
          Add(path, "DUPLICATE",
              absl::StrCat("La fonction ", Fr(features[i]),
                           " est nommée deux fois ; elle est soit indispensable, soit souhaitée."),
              absl::StrCat("Feature ", En(features[i]),
                           " is named twice; it is either a must-have or nice to have."));
        }
      }
    };
    check_list("must_features", need.must_features());
    check_list("nice_features", need.nice_features());
  }

  void CheckWeights() {
    if (input_.weights.tiers().empty()) return;
    const size_t issues_before = issues_.list().size();
    std::set<std::string> seen;
    std::set<std::string> known;
    for (const auto& group : rulebook_.source.groups()) known.insert(group.group_id());
    for (int t = 0; t < input_.weights.tiers_size() && t < kMaxListSize; ++t) {
      const auto& tier = input_.weights.tiers(t);
      const std::string path = absl::StrCat("recommendation.weights.tiers[", t, "]");
      if (tier.group_ids().empty()) {
        AddMissing(absl::StrCat(path, ".group_ids"), "Rang sans groupe ; retirez-le.",
                   "Tier without a group; remove it.");
      }
      for (int i = 0; i < tier.group_ids_size() && i < kMaxListSize; ++i) {
        const std::string& id = tier.group_ids(i);
        const std::string id_path = absl::StrCat(path, ".group_ids[", i, "]");
        if (!known.contains(id)) {
          Add(id_path, "UNKNOWN_GROUP",
              absl::StrCat("Groupe ", Fr(id), " inconnu. Groupes : ", absl::StrJoin(known, ", "),
                           "."),
              absl::StrCat("Unknown group ", En(id), ". Groups: ", absl::StrJoin(known, ", "),
                           "."));
        } else if (!seen.insert(id).second) {
          Add(id_path, "DUPLICATE", absl::StrCat("Le groupe ", id, " est classé deux fois."),
              absl::StrCat("Group ", id, " is placed twice."));
        }
      }
    }
    std::vector<std::string> missing;
    std::set_difference(known.begin(), known.end(), seen.begin(), seen.end(),
                        std::back_inserter(missing));
    if (!missing.empty()) {
      const std::string list = absl::StrJoin(missing, ", ");
      Add("recommendation.weights.tiers", "MISSING",
          absl::StrCat("Chaque groupe doit être classé une fois ; il manque : ", list, "."),
          absl::StrCat("Each group must be placed once; missing: ", list, "."));
    }
    if (issues_.list().size() == issues_before &&
        type::WeightChoice::Method_IsValid(input_.weights.method())) {
      CheckWeightBounds();
    }
  }

  void CheckWeightBounds() {
    const auto shares = GroupSharesOf(input_.weights, rulebook_);
    const std::vector<int32_t> weights =
        engine::LargestRemainder(absl::MakeConstSpan(shares), engine::kWeightSum);
    const auto& policy = rulebook_.source.weights();
    for (size_t g = 0; g < weights.size(); ++g) {
      if (weights[g] >= policy.group_min_bp() && weights[g] <= policy.group_max_bp()) continue;
      const std::string& id = rulebook_.source.groups(static_cast<int>(g)).group_id();
      Add("recommendation.weights", "WEIGHT_OUT_OF_BOUNDS",
          absl::StrCat("Le groupe ", id, " pèserait ", weights[g], " points de base ; admis : de ",
                       policy.group_min_bp(), " à ", policy.group_max_bp(), "."),
          absl::StrCat("Group ", id, " would weigh ", weights[g], " basis points; allowed: ",
                       policy.group_min_bp(), " to ", policy.group_max_bp(), "."));
    }
  }

  const DecisionInput& input_;
  const CompiledRulebook& rulebook_;
  base::Issues issues_;
};

}  // namespace

std::vector<base::Issue> ValidateInput(const DecisionInput& input,
                                       const CompiledRulebook& rulebook) {
  return Validator(input, rulebook).Run();
}

}  // namespace aplomb::decision
