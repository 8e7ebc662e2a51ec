#include "catalog/import/text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/common.pb.h"
#include "aplomb/type/pricing.pb.h"
#include "aplomb/type/profile.pb.h"
#include "base/civil_day.h"
#include "base/nearest.h"
#include "catalog/import/validate.h"
#include "google/type/date.pb.h"

namespace aplomb::catalog {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDecimalsMax = 6;
constexpr int64_t kMicros = 1'000'000;
constexpr size_t kSuggestionsMax = 5;

template <typename T>
bool Is(const Descriptor* type) {
  return type == T::descriptor();
}

// Protobuf's own names are std::string; abseil's string_view is not std's here.
absl::string_view Name(const FieldDescriptor* field) { return field->name(); }

// A message whose only field is a list is written as that list, wherever it is a field itself.
const FieldDescriptor* OnlyListOf(const Descriptor* type) {
  return type->field_count() == 1 && type->field(0)->is_repeated() ? type->field(0) : nullptr;
}

// The names that look most like `word`, or all if they are few.
std::string Suggest(absl::string_view word, std::vector<std::string> names) {
  if (names.size() <= 2 * kSuggestionsMax) return absl::StrJoin(names, ", ");
  names = base::Nearest(word, std::move(names), kSuggestionsMax);
  return absl::StrCat(absl::StrJoin(names, ", "), ", …");
}

// The digits of whole units that are read; they stay within int64 by a wide margin.
constexpr size_t kWholeDigitsMax = 12;

// An amount of the right form that has more digits than are read.
bool IsTooLargeAmount(absl::string_view text) {
  const size_t begin = absl::StartsWith(text, "-") ? 1 : 0;
  size_t end = begin;
  while (end < text.size() && absl::ascii_isdigit(text[end])) ++end;
  return end - begin > kWholeDigitsMax &&
         ParseAmount(absl::StrCat("1", text.substr(end))).has_value();
}

// What was found, short enough for a sentence.
std::string Show(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "null";
    case YamlNode::Kind::kList:
      return "[…]";
    case YamlNode::Kind::kMap:
      return "{…}";
    case YamlNode::Kind::kScalar:
      break;
  }
  if (node.text.size() <= 60) return absl::StrCat("\"", node.text, "\"");
  size_t end = 57;
  while (end > 0 && (static_cast<uint8_t>(node.text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat("\"", node.text.substr(0, end), "…\"");
}

std::string ChildPath(absl::string_view path, absl::string_view name) {
  return base::JoinField(path, name);
}

std::string ItemPath(absl::string_view path, size_t index) {
  return absl::StrCat(path, "[", index, "]");
}

bool IsWholeNumber(absl::string_view text) {
  if (absl::StartsWith(text, "-")) text.remove_prefix(1);
  return !text.empty() && (text.size() == 1 || text[0] != '0') &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

// Counts that are amounts of money where the metric is one: they may be written "6000 EUR".
bool MayBeMoney(const FieldDescriptor* field) {
  const Descriptor* type = field->containing_type();
  return (Is<type::Usage>(type) && Name(field) == "value") ||
         (Is<type::PriceTier>(type) && Name(field) == "up_to") ||
         (Is<type::PriceComponent>(type) && Name(field) == "included") ||
         (Is<type::PriceComponent>(type) && Name(field) == "unit_count");
}

std::vector<std::string> FieldNames(const Descriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) names.push_back(type->field(i)->name());
  return names;
}

std::vector<std::string> EnumNames(const EnumDescriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->value_count(); ++i) {
    if (type->value(i)->number() != 0) names.push_back(type->value(i)->name());
  }
  return names;
}

}  // namespace

bool MessageReader::Read(const YamlNode& node, absl::string_view path, Message* message) {
  const size_t before = refused_count_;
  if (!node.is_null()) ReadMap(node, path, message);
  return refused_count_ == before;
}

void MessageReader::Refuse(int line, int column, absl::string_view path, absl::string_view reason,
                           absl::string_view fr, absl::string_view en) {
  ++refused_count_;
  const std::string place = YamlPlace(file_, line, column);
  if (!refused_.insert(absl::StrCat(place, " ", reason)).second) return;
  issues_->Add({.field = std::string(path),
                .reason = std::string(reason),
                .text_fr = absl::StrCat(place, " : ", fr),
                .text_en = absl::StrCat(place, ": ", en)});
}

void MessageReader::ReadMap(const YamlNode& node, absl::string_view path, Message* message) {
  const Descriptor* type = message->GetDescriptor();
  if (!node.is_map()) {
    const std::string allowed = Suggest("", FieldNames(type));
    Refuse(node, path, "NOT_A_MAP",
           absl::StrCat(Show(node), " au lieu de champs nommés (", allowed, ")"),
           absl::StrCat(Show(node), " instead of named fields (", allowed, ")"));
    return;
  }
  for (const YamlNode::Entry& entry : node.entries) {
    const std::string child = ChildPath(path, entry.key);
    const FieldDescriptor* field = type->FindFieldByName(entry.key);
    if (field == nullptr) {
      const std::string allowed = Suggest(entry.key, FieldNames(type));
      Refuse(entry.line, entry.column, child, "UNKNOWN_FIELD",
             absl::StrCat("champ inconnu ; admis : ", allowed),
             absl::StrCat("unknown field; allowed: ", allowed));
      continue;
    }
    if (!entry.value.is_null()) ReadField(entry.value, child, message, field);
  }
}

void MessageReader::ReadField(const YamlNode& node, const std::string& path, Message* message,
                              const FieldDescriptor* field) {
  if (!field->is_repeated()) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ReadMessage(node, path, message->GetReflection()->MutableMessage(message, field));
    } else {
      ReadScalar(node, path, message, field);
    }
    return;
  }
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
      Is<v1::FeatureClaim>(field->message_type())) {
    ReadFeatures(node, path, message, field);
    return;
  }
  if (!node.is_list()) {
    Refuse(node, path, "NOT_A_LIST",
           absl::StrCat(Show(node), " au lieu d'une liste : [a, b], ou [] pour « aucun »"),
           absl::StrCat(Show(node), " instead of a list: [a, b], or [] for \"none\""));
    return;
  }
  for (size_t i = 0; i < node.items.size(); ++i) {
    const YamlNode& item = node.items[i];
    const std::string item_path = ItemPath(path, i);
    if (item.is_null()) {
      Refuse(item, item_path, "EMPTY_ITEM", "élément vide dans une liste", "empty item in a list");
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ReadMessage(item, item_path, message->GetReflection()->AddMessage(message, field));
    } else {
      ReadScalar(item, item_path, message, field);
    }
  }
}

void MessageReader::ReadMessage(const YamlNode& node, const std::string& path, Message* message) {
  const Descriptor* type = message->GetDescriptor();
  if (Is<type::Money>(type)) return ReadMoney(node, path, message);
  if (Is<type::Limit>(type)) return ReadLimit(node, path, message);
  if (Is<google::type::Date>(type)) return ReadDate(node, path, message);
  if (Is<google::protobuf::Timestamp>(type)) return ReadTimestamp(node, path, message);
  if (const FieldDescriptor* list = OnlyListOf(type)) return ReadField(node, path, message, list);
  ReadMap(node, path, message);
}

void MessageReader::ReadScalar(const YamlNode& node, const std::string& path, Message* message,
                               const FieldDescriptor* field) {
  if (!node.is_scalar()) {
    Refuse(node, path, "NOT_A_VALUE", absl::StrCat(Show(node), " au lieu d'une seule valeur"),
           absl::StrCat(Show(node), " instead of a single value"));
    return;
  }
  const Reflection* reflection = message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->is_repeated()) {
        reflection->AddString(message, field, node.text);
      } else {
        reflection->SetString(message, field, node.text);
      }
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!node.plain || (node.text != "true" && node.text != "false")) {
        Refuse(node, path, "NOT_A_BOOLEAN",
               absl::StrCat(Show(node), " ; admis : true, false (absent : inconnu)"),
               absl::StrCat(Show(node), "; allowed: true, false (absent: unknown)"));
        return;
      }
      reflection->SetBool(message, field, node.text == "true");
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      return ReadEnum(node, path, message, field);
    default:
      return ReadInteger(node, path, message, field);
  }
}

void MessageReader::ReadEnum(const YamlNode& node, const std::string& path, Message* message,
                             const FieldDescriptor* field) {
  const EnumValueDescriptor* value = field->enum_type()->FindValueByName(node.text);
  if (value == nullptr || value->number() == 0) {
    const std::string allowed = Suggest(node.text, EnumNames(field->enum_type()));
    Refuse(node, path, "UNKNOWN_VALUE", absl::StrCat(Show(node), " ; admis : ", allowed),
           absl::StrCat(Show(node), "; allowed: ", allowed));
    return;
  }
  if (field->is_repeated()) {
    message->GetReflection()->AddEnum(message, field, value);
  } else {
    message->GetReflection()->SetEnum(message, field, value);
  }
}

void MessageReader::ReadInteger(const YamlNode& node, const std::string& path, Message* message,
                                const FieldDescriptor* field) {
  const Reflection* reflection = message->GetReflection();
  const bool wide = field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
  if (!wide && field->cpp_type() != FieldDescriptor::CPPTYPE_INT32) {
    // No message of ours has unsigned or floating fields; one that gets them must be thought of.
    Refuse(node, path, "UNSUPPORTED_FIELD", "ce type de champ ne peut pas être écrit",
           "a field of this type cannot be written");
    return;
  }
  const int64_t least =
      wide ? std::numeric_limits<int64_t>::min() : int64_t{std::numeric_limits<int32_t>::min()};
  const int64_t most =
      wide ? std::numeric_limits<int64_t>::max() : int64_t{std::numeric_limits<int32_t>::max()};
  int64_t value = 0;
  if (MayBeMoney(field) && absl::EndsWith(node.text, " EUR")) {
    const std::optional<Amount> amount = ParseAmount(node.text);
    if (!amount.has_value() && IsTooLargeAmount(node.text)) {
      const std::string max = FormatAmount(kAmountMicrosMax, "EUR");
      Refuse(node, path, "OUT_OF_RANGE", absl::StrCat(Show(node), " ; admis : de 0 à ", max),
             absl::StrCat(Show(node), "; allowed: 0 to ", max));
      return;
    }
    if (!amount.has_value()) {
      Refuse(node, path, "NOT_AN_AMOUNT", absl::StrCat(Show(node), " ; exemple : 6000.00 EUR"),
             absl::StrCat(Show(node), "; example: 6000.00 EUR"));
      return;
    }
    value = amount->micros;
  } else if (!node.plain || !IsWholeNumber(node.text)) {
    Refuse(node, path, "NOT_AN_INTEGER",
           absl::StrCat(Show(node), " ; admis : un nombre entier en chiffres, sans guillemets"),
           absl::StrCat(Show(node), "; allowed: a whole number in digits, without quotes"));
    return;
  } else if (!absl::SimpleAtoi(node.text, &value) || value < least || value > most) {
    Refuse(node, path, "OUT_OF_RANGE",
           absl::StrCat(Show(node), " ; admis : de ", least, " à ", most),
           absl::StrCat(Show(node), "; allowed: ", least, " to ", most));
    return;
  }
  if (wide) {
    field->is_repeated() ? reflection->AddInt64(message, field, value)
                         : reflection->SetInt64(message, field, value);
  } else {
    const int32_t narrow = static_cast<int32_t>(value);
    field->is_repeated() ? reflection->AddInt32(message, field, narrow)
                         : reflection->SetInt32(message, field, narrow);
  }
}

void MessageReader::ReadMoney(const YamlNode& node, const std::string& path, Message* message) {
  const std::optional<Amount> amount =
      node.is_scalar() ? ParseAmount(node.text) : std::optional<Amount>();
  if (!amount.has_value() && node.is_scalar() && IsTooLargeAmount(node.text)) {
    const std::string most = FormatAmount(kAmountMicrosMax, node.text.substr(node.text.size() - 3));
    Refuse(node, path, "OUT_OF_RANGE", absl::StrCat(Show(node), " ; admis : de 0 à ", most),
           absl::StrCat(Show(node), "; allowed: 0 to ", most));
    return;
  }
  if (!amount.has_value()) {
    Refuse(node, path, "NOT_AN_AMOUNT",
           absl::StrCat(Show(node),
                        " ; admis : un montant hors taxes et sa monnaie, 29.00 EUR, six décimales "
                        "au plus"),
           absl::StrCat(Show(node),
                        "; allowed: an amount without VAT and its currency, 29.00 EUR, six "
                        "decimals at most"));
    return;
  }
  auto* money = google::protobuf::DynamicCastToGenerated<type::Money>(message);
  money->set_micros(amount->micros);
  money->set_currency_code(amount->currency_code);
}

void MessageReader::ReadDate(const YamlNode& node, const std::string& path, Message* message) {
  const absl::StatusOr<base::DayNumber> day =
      base::ParseDay(node.is_scalar() ? absl::string_view(node.text) : absl::string_view());
  if (!day.ok()) {
    Refuse(node, path, "INVALID_DATE",
           absl::StrCat(Show(node), " ; admis : un jour qui existe, 2026-12-31"),
           absl::StrCat(Show(node), "; allowed: a day that exists, 2026-12-31"));
    return;
  }
  const base::CivilDay civil = base::FromDayNumber(*day);
  auto* date = google::protobuf::DynamicCastToGenerated<google::type::Date>(message);
  date->set_year(civil.year);
  date->set_month(civil.month);
  date->set_day(civil.day);
}

void MessageReader::ReadTimestamp(const YamlNode& node, const std::string& path, Message* message) {
  absl::Time time;
  std::string error;
  if (!node.is_scalar() || !absl::ParseTime(absl::RFC3339_full, node.text, &time, &error) ||
      time < absl::FromUnixSeconds(-62135596800) || time >= absl::FromUnixSeconds(253402300800)) {
    Refuse(node, path, "NOT_A_TIME", absl::StrCat(Show(node), " ; exemple : 2026-11-23T08:00:00Z"),
           absl::StrCat(Show(node), "; example: 2026-11-23T08:00:00Z"));
    return;
  }
  auto* timestamp = google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(message);
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp->set_seconds(seconds);
  timestamp->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

void MessageReader::ReadLimit(const YamlNode& node, const std::string& path, Message* message) {
  auto* limit = google::protobuf::DynamicCastToGenerated<type::Limit>(message);
  int64_t max = 0;
  if (node.is_scalar() && node.text == "unlimited") {
    limit->set_unlimited(true);
  } else if (node.is_scalar() && node.plain && IsWholeNumber(node.text) &&
             absl::SimpleAtoi(node.text, &max)) {
    limit->set_max(max);
  } else if (node.is_scalar() && node.plain && IsWholeNumber(node.text)) {
    Refuse(node, path, "OUT_OF_RANGE",
           absl::StrCat(Show(node), " ; admis : de 0 à ", kCountMax, ", ou unlimited"),
           absl::StrCat(Show(node), "; allowed: 0 to ", kCountMax, ", or unlimited"));
  } else {
    Refuse(node, path, "NOT_A_LIMIT",
           absl::StrCat(Show(node), " ; admis : un nombre entier, ou unlimited (absent : inconnu)"),
           absl::StrCat(Show(node), "; allowed: a whole number, or unlimited (absent: unknown)"));
  }
}

void MessageReader::ReadFeatures(const YamlNode& node, const std::string& path, Message* message,
                                 const FieldDescriptor* field) {
  const auto refuse_form = [&](const YamlNode& found, const std::string& where) {
    Refuse(found, where, "NOT_A_MAP",
           absl::StrCat(Show(found), " ; admis : {ECOMMERCE: {click_collect: FULL}}"),
           absl::StrCat(Show(found), "; allowed: {ECOMMERCE: {click_collect: FULL}}"));
  };
  if (!node.is_map()) return refuse_form(node, path);
  // By need and feature, so that the order of the file does not matter.
  std::map<std::pair<std::string, std::string>, v1::FeatureClaim> claims;
  for (const YamlNode::Entry& need : node.entries) {
    const std::string need_path = ChildPath(path, need.key);
    if (need.value.is_null()) continue;
    if (!need.value.is_map()) {
      refuse_form(need.value, need_path);
      continue;
    }
    for (const YamlNode::Entry& feature : need.value.entries) {
      if (feature.value.is_null()) continue;
      v1::FeatureClaim claim;
      claim.set_need_id(need.key);
      claim.set_feature_id(feature.key);
      ReadScalar(feature.value, ChildPath(need_path, feature.key), &claim,
                 v1::FeatureClaim::descriptor()->FindFieldByName("level"));
      claims[{need.key, feature.key}] = std::move(claim);
    }
  }
  for (auto& [key, claim] : claims) {
    message->GetReflection()->AddMessage(message, field)->CopyFrom(claim);
  }
}

namespace {

// True if it is read back as the same text without quotes.
bool NeedsNoQuotes(absl::string_view text) {
  if (text.empty() || !absl::ascii_isalpha(text[0])) return false;
  const auto is_word = [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.';
  };
  return std::all_of(text.begin(), text.end(), is_word) && text != "null" && text != "Null" &&
         text != "NULL";
}

std::string WriteText(absl::string_view text) {
  return NeedsNoQuotes(text) ? std::string(text) : QuoteYaml(text);
}

std::string WriteDate(const google::type::Date& date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

// A value that fits on the line of its key; nullopt where it must be a block.
std::optional<std::string> InlineOf(const Message& message) {
  const Descriptor* type = message.GetDescriptor();
  if (const auto* money = google::protobuf::DynamicCastToGenerated<type::Money>(&message)) {
    return FormatAmount(money->micros(), money->currency_code());
  }
  if (const auto* limit = google::protobuf::DynamicCastToGenerated<type::Limit>(&message)) {
    return limit->unlimited() ? "unlimited" : absl::StrCat(limit->max());
  }
  if (const auto* date = google::protobuf::DynamicCastToGenerated<google::type::Date>(&message)) {
    return WriteDate(*date);
  }
  if (Is<google::protobuf::Timestamp>(type)) {
    const auto* time =
        google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(&message);
    return QuoteYaml(
        absl::FormatTime(absl::RFC3339_full,
                         absl::FromUnixSeconds(time->seconds()) + absl::Nanoseconds(time->nanos()),
                         absl::UTCTimeZone()));
  }
  return std::nullopt;
}

std::string ScalarOf(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection* reflection = message.GetReflection();
  const bool item = index >= 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return WriteText(item ? reflection->GetRepeatedString(message, field, index)
                            : reflection->GetString(message, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return (item ? reflection->GetRepeatedEnum(message, field, index)
                   : reflection->GetEnum(message, field))
          ->name();
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(item ? reflection->GetRepeatedInt32(message, field, index)
                               : reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(item ? reflection->GetRepeatedInt64(message, field, index)
                               : reflection->GetInt64(message, field));
    default:
      return "~";
  }
}

class Writer {
 public:
  std::string text;

  // The fields of `message`, each on a line of its own.
  void WriteFields(const Message& message, int indent) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) WriteField(message, field, field->name(), indent);
  }

 private:
  void Line(int indent, absl::string_view head, absl::string_view value) {
    absl::StrAppend(&text, std::string(static_cast<size_t>(indent), ' '), head, value, "\n");
  }

  void WriteField(const Message& message, const FieldDescriptor* field, const std::string& key,
                  int indent) {
    const Reflection* reflection = message.GetReflection();
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (is_message && field->is_repeated()) {
      if (Is<v1::FeatureClaim>(field->message_type())) return WriteFeatures(message, field, indent);
      return WriteList(message, field, key, indent);
    }
    if (is_message) {
      const Message& child = reflection->GetMessage(message, field);
      if (const std::optional<std::string> value = InlineOf(child)) {
        return Line(indent, absl::StrCat(key, ": "), *value);
      }
      if (const FieldDescriptor* list = OnlyListOf(child.GetDescriptor())) {
        return WriteField(child, list, key, indent);
      }
      if (IsEmpty(child)) return Line(indent, absl::StrCat(key, ": "), "{}");
      Line(indent, absl::StrCat(key, ":"), "");
      return WriteFields(child, indent + 2);
    }
    if (!field->is_repeated()) {
      return Line(indent, absl::StrCat(key, ": "), ScalarOf(message, field, -1));
    }
    Line(indent, absl::StrCat(key, ": "), FlowList(message, field));
  }

  static bool IsEmpty(const Message& message) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    return fields.empty();
  }

  static std::string FlowList(const Message& message, const FieldDescriptor* field) {
    std::vector<std::string> items;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      items.push_back(ScalarOf(message, field, i));
    }
    return absl::StrCat("[", absl::StrJoin(items, ", "), "]");
  }

  void WriteList(const Message& message, const FieldDescriptor* field, const std::string& key,
                 int indent) {
    const Reflection* reflection = message.GetReflection();
    const int size = reflection->FieldSize(message, field);
    if (size == 0) return Line(indent, absl::StrCat(key, ": "), "[]");
    Line(indent, absl::StrCat(key, ":"), "");
    for (int i = 0; i < size; ++i) {
      const Message& item = reflection->GetRepeatedMessage(message, field, i);
      const FieldDescriptor* list = OnlyListOf(item.GetDescriptor());
      if (list != nullptr && list->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        Line(indent, "  - ", FlowList(item, list));
      } else if (IsEmpty(item)) {
        Line(indent, "  - ", "{}");
      } else {
        const size_t start = text.size();
        WriteFields(item, indent + 4);
        text[start + static_cast<size_t>(indent) + 2] = '-';
      }
    }
  }

  void WriteFeatures(const Message& message, const FieldDescriptor* field, int indent) {
    std::map<std::string, std::map<std::string, std::string>> needs;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      const auto* claim = google::protobuf::DynamicCastToGenerated<v1::FeatureClaim>(
          &message.GetReflection()->GetRepeatedMessage(message, field, i));
      needs[claim->need_id()][claim->feature_id()] = v1::FeatureClaim::Level_Name(claim->level());
    }
    Line(indent, absl::StrCat(field->name(), ":"), "");
    for (const auto& [need, features] : needs) {
      Line(indent, absl::StrCat("  ", WriteText(need), ":"), "");
      for (const auto& [feature, level] : features) {
        Line(indent, absl::StrCat("    ", WriteText(feature), ": "), level);
      }
    }
  }
};

}  // namespace

std::string WriteMessage(const Message& message) {
  Writer writer;
  writer.WriteFields(message, 0);
  return writer.text.empty() ? "{}\n" : writer.text;
}

std::optional<Amount> ParseAmount(absl::string_view text) {
  Amount amount;
  const size_t space = text.find(' ');
  if (space == absl::string_view::npos) return std::nullopt;
  absl::string_view number = text.substr(0, space);
  const absl::string_view currency = text.substr(space + 1);
  if (currency.size() != 3 || !std::all_of(currency.begin(), currency.end(),
                                           [](char c) { return absl::ascii_isupper(c); })) {
    return std::nullopt;
  }
  const bool negative = absl::StartsWith(number, "-");
  if (negative) number.remove_prefix(1);
  const size_t point = number.find('.');
  const absl::string_view whole = number.substr(0, point);
  const absl::string_view decimals =
      point == absl::string_view::npos ? absl::string_view("0") : number.substr(point + 1);
  const auto all_digits = [](absl::string_view digits) {
    return !digits.empty() &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return absl::ascii_isdigit(c); });
  };
  if (!all_digits(whole) || whole.size() > kWholeDigitsMax || !all_digits(decimals) ||
      decimals.size() > static_cast<size_t>(kDecimalsMax)) {
    return std::nullopt;
  }
  int64_t micros = 0;
  for (char c : whole) micros = micros * 10 + (c - '0');
  for (size_t i = 0; i < static_cast<size_t>(kDecimalsMax); ++i) {
    micros = micros * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
  }
  amount.micros = negative ? -micros : micros;
  amount.currency_code = std::string(currency);
  return amount;
}

std::string FormatAmount(int64_t micros, absl::string_view currency_code) {
  // Works on the magnitude, as -INT64_MIN does not exist.
  const uint64_t magnitude =
      micros < 0 ? ~static_cast<uint64_t>(micros) + 1 : static_cast<uint64_t>(micros);
  std::string decimals = absl::StrFormat("%06d", magnitude % static_cast<uint64_t>(kMicros));
  while (decimals.size() > 2 && decimals.back() == '0') decimals.pop_back();
  return absl::StrCat(micros < 0 ? "-" : "", magnitude / static_cast<uint64_t>(kMicros), ".",
                      decimals, " ", currency_code);
}

std::string QuoteYaml(absl::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      quoted += absl::StrFormat("\\u%04x", static_cast<int>(c));
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

}  // namespace aplomb::catalog
