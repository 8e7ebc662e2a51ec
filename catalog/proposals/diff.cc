#include "catalog/proposals/diff.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/issue.h"
#include "catalog/import/text.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Certificate;
using catalog::v1::FeatureClaim;
using catalog::v1::FieldDifference;
using catalog::v1::Offering;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;

std::string CutValue(std::string text) {
  if (text.size() <= kDifferenceValueSizeMax) return text;
  size_t size = kDifferenceValueSizeMax;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  text.resize(size);
  return absl::StrCat(text, "…");
}

std::string ScalarText(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool item = index >= 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return item ? reflection.GetRepeatedString(message, field, index)
                  : reflection.GetString(message, field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return (item ? reflection.GetRepeatedBool(message, field, index)
                   : reflection.GetBool(message, field))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(item ? reflection.GetRepeatedInt32(message, field, index)
                               : reflection.GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(item ? reflection.GetRepeatedInt64(message, field, index)
                               : reflection.GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return (item ? reflection.GetRepeatedEnum(message, field, index)
                   : reflection.GetEnum(message, field))
          ->name();
    default:
      return "";  // the messages of an offering have no other types
  }
}

// Messages that are told as one value.
bool IsValue(const google::protobuf::Descriptor& type) {
  return type.full_name() == "aplomb.type.Money" || type.full_name() == "google.type.Date" ||
         type.full_name() == "aplomb.type.CodeList" || type.full_name() == "aplomb.type.Limit" ||
         type.full_name() == "google.protobuf.Timestamp";
}

std::string ValueText(const Message& message) {
  const std::string type = message.GetDescriptor()->full_name();
  if (type == "aplomb.type.Money") {
    const auto& money = static_cast<const type::Money&>(message);
    return catalog::FormatAmount(money.micros(), money.currency_code());
  }
  if (type == "google.type.Date") {
    const auto& date = static_cast<const google::type::Date&>(message);
    return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
  }
  if (type == "aplomb.type.CodeList") {
    const auto& list = static_cast<const type::CodeList&>(message);
    return absl::StrCat("[", absl::StrJoin(list.codes(), ", "), "]");
  }
  if (type == "aplomb.type.Limit") {
    const auto& limit = static_cast<const type::Limit&>(message);
    return limit.unlimited() ? "unlimited" : absl::StrCat(limit.max());
  }
  return message.ShortDebugString();
}

// The key of an element of a repeated field, "" where it has none but its place.
std::string KeyOf(const Message& element) {
  const std::string type = element.GetDescriptor()->full_name();
  if (type == "aplomb.catalog.v1.FeatureClaim") {
    const auto& claim = static_cast<const FeatureClaim&>(element);
    return absl::StrCat(".", claim.need_id(), ".", claim.feature_id());
  }
  if (type == "aplomb.type.Claim") {
    return absl::StrCat("[", static_cast<const type::Claim&>(element).field_path(), "]");
  }
  if (type == "aplomb.catalog.v1.Certificate") {
    return absl::StrCat(
        ".", Certificate::Scheme_Name(static_cast<const Certificate&>(element).scheme()));
  }
  // A rulebook's criteria, constraints, needs, features: the id is the first field.
  const FieldDescriptor* first = element.GetDescriptor()->FindFieldByNumber(1);
  if (first == nullptr || !absl::EndsWith(first->name(), "_id")) {
    first = element.GetDescriptor()->FindFieldByNumber(2);
  }
  if (first == nullptr || !absl::EndsWith(first->name(), "_id") || first->is_repeated() ||
      first->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    return "";
  }
  return absl::StrCat("[", element.GetReflection()->GetString(element, first), "]");
}

class Comparison {
 public:
  std::vector<FieldDifference> Take() { return std::move(differences_); }

  // Either may be null: absent.
  void Compare(const Message* old_message, const Message* new_message, const std::string& path) {
    const Message& some = old_message != nullptr ? *old_message : *new_message;
    if (IsValue(*some.GetDescriptor())) {
      Note(path, old_message == nullptr ? "" : ValueText(*old_message),
           new_message == nullptr ? "" : ValueText(*new_message));
      return;
    }
    for (int i = 0; i < some.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = some.GetDescriptor()->field(i);
      const std::string below = base::JoinField(path, field->name());
      if (field->is_repeated()) {
        CompareRepeated(old_message, new_message, field, below);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const Message* before = Below(old_message, field);
        const Message* after = Below(new_message, field);
        if (before != nullptr || after != nullptr) Compare(before, after, below);
      } else {
        Note(below, Text(old_message, field), Text(new_message, field));
      }
    }
  }

 private:
  static const Message* Below(const Message* message, const FieldDescriptor* field) {
    if (message == nullptr || !message->GetReflection()->HasField(*message, field)) return nullptr;
    return &message->GetReflection()->GetMessage(*message, field);
  }
  static std::string Text(const Message* message, const FieldDescriptor* field) {
    if (message == nullptr || !message->GetReflection()->HasField(*message, field)) return "";
    return ScalarText(*message, field, -1);
  }

  void CompareRepeated(const Message* old_message, const Message* new_message,
                       const FieldDescriptor* field, const std::string& path) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      Note(path, ListText(old_message, field), ListText(new_message, field));
      return;
    }
    const auto before = ByKey(old_message, field);
    const auto after = ByKey(new_message, field);
    std::map<std::string, std::pair<const Message*, const Message*>> pairs;
    for (const auto& [key, element] : before) pairs[key].first = element;
    for (const auto& [key, element] : after) pairs[key].second = element;
    for (const auto& [key, pair] : pairs) {
      Compare(pair.first, pair.second, absl::StrCat(path, key));
    }
  }

  static std::string ListText(const Message* message, const FieldDescriptor* field) {
    if (message == nullptr) return "";
    const int size = message->GetReflection()->FieldSize(*message, field);
    if (size == 0) return "";
    std::vector<std::string> items;
    for (int i = 0; i < size; ++i) items.push_back(ScalarText(*message, field, i));
    return absl::StrCat("[", absl::StrJoin(items, ", "), "]");
  }

  static std::map<std::string, const Message*> ByKey(const Message* message,
                                                     const FieldDescriptor* field) {
    std::map<std::string, const Message*> elements;
    if (message == nullptr) return elements;
    const Reflection& reflection = *message->GetReflection();
    for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
      const Message& element = reflection.GetRepeatedMessage(*message, field, i);
      std::string key = KeyOf(element);
      // Padded, so that places sort as their numbers do; two of one key are told apart by place.
      if (key.empty() || elements.contains(key)) absl::StrAppend(&key, absl::StrFormat("[%d]", i));
      elements.emplace(std::move(key), &element);
    }
    return elements;
  }

  void Note(const std::string& path, std::string old_value, std::string new_value) {
    if (old_value == new_value || differences_.size() == kDifferencesMax) return;
    FieldDifference& difference = differences_.emplace_back();
    difference.set_field(path);
    difference.set_old_value(CutValue(std::move(old_value)));
    difference.set_new_value(CutValue(std::move(new_value)));
  }

  std::vector<FieldDifference> differences_;
};

void ClearAmounts(type::PriceComponent& component) {
  // Whether a component has an amount is part of its model; how much is not.
  const auto level = [](bool has, type::Money* money) {
    if (has) money->set_micros(0);
  };
  if (component.has_amount()) level(true, component.mutable_amount());
  if (component.has_amount_max()) level(true, component.mutable_amount_max());
  if (component.has_per_transaction()) level(true, component.mutable_per_transaction());
  if (component.has_monthly_minimum()) level(true, component.mutable_monthly_minimum());
  component.set_rate_bp(0);
  for (type::PriceTier& tier : *component.mutable_tiers()) {
    if (tier.has_unit_price()) level(true, tier.mutable_unit_price());
    if (tier.has_flat()) level(true, tier.mutable_flat());
  }
}

bool IsSmallStep(int64_t before, int64_t after) {
  const absl::int128 change = absl::int128(after) - before;
  const absl::int128 size = before < 0 ? -absl::int128(before) : absl::int128(before);
  return (change < 0 ? -change : change) * 100 <= size * kFastLaneStepPercentMax;
}

// Of tariffs that differ in amounts only: the same components and tiers.
bool IsSmallStep(const type::Pricing& before, const type::Pricing& after) {
  const auto small = [](const type::Money& one, const type::Money& other) {
    return IsSmallStep(one.micros(), other.micros());
  };
  for (int i = 0; i < before.components_size(); ++i) {
    const type::PriceComponent& one = before.components(i);
    const type::PriceComponent& other = after.components(i);
    if (!small(one.amount(), other.amount()) || !small(one.amount_max(), other.amount_max()) ||
        !small(one.per_transaction(), other.per_transaction()) ||
        !small(one.monthly_minimum(), other.monthly_minimum()) ||
        !IsSmallStep(one.rate_bp(), other.rate_bp())) {
      return false;
    }
    for (int t = 0; t < one.tiers_size(); ++t) {
      if (!small(one.tiers(t).unit_price(), other.tiers(t).unit_price()) ||
          !small(one.tiers(t).flat(), other.tiers(t).flat())) {
        return false;
      }
    }
  }
  return true;
}

// What a member writes, in one order: features and claims are found by what they are about, and a
// file has them in another order than whoever wrote the entry first.
Offering Canonical(const Offering& offering) {
  Offering sorted = WithoutOutput(offering);
  std::sort(sorted.mutable_features()->begin(), sorted.mutable_features()->end(),
            [](const FeatureClaim& a, const FeatureClaim& b) {
              return std::pair(a.need_id(), a.feature_id()) <
                     std::pair(b.need_id(), b.feature_id());
            });
  std::stable_sort(
      sorted.mutable_claims()->begin(), sorted.mutable_claims()->end(),
      [](const type::Claim& a, const type::Claim& b) { return a.field_path() < b.field_path(); });
  return sorted;
}

// What is left when the parts that the fast lane may change are made equal.
Offering Frame(const Offering& offering) {
  Offering frame = Canonical(offering);
  if (frame.has_pricing()) {
    type::Pricing& pricing = *frame.mutable_pricing();
    pricing.clear_as_of();
    pricing.clear_valid_to();
    pricing.clear_source_url();
    for (type::PriceComponent& component : *pricing.mutable_components()) ClearAmounts(component);
  }
  if (frame.has_certificates()) {
    for (Certificate& certificate : *frame.mutable_certificates()->mutable_certificates()) {
      certificate.clear_number();
      certificate.clear_valid_to();
      certificate.clear_url();
    }
  }
  for (type::Claim& claim : *frame.mutable_claims()) {
    if (!absl::StartsWith(claim.field_path(), "pricing") &&
        !absl::StartsWith(claim.field_path(), "certificates")) {
      continue;
    }
    claim.clear_source();
    claim.clear_as_of();
    claim.clear_valid_to();
    claim.clear_source_sha256();
    claim.clear_certificate_number();
  }
  return frame;
}

}  // namespace

Offering WithoutOutput(Offering offering) {
  offering.clear_state();
  offering.clear_revision();
  offering.clear_create_time();
  offering.clear_update_time();
  offering.clear_etag();
  // The day of the last review is the reviewers', not the member's.
  offering.clear_last_verified_date();
  return offering;
}

std::vector<FieldDifference> Differences(const Offering& published, const Offering& proposed) {
  const Offering before = WithoutOutput(published);
  const Offering after = WithoutOutput(proposed);
  Comparison comparison;
  comparison.Compare(&before, &after, "");
  return comparison.Take();
}

std::vector<FieldDifference> MessageDifferences(const Message* before, const Message* after) {
  Comparison comparison;
  if (before != nullptr || after != nullptr) comparison.Compare(before, after, "");
  return comparison.Take();
}

bool IsSameEntry(const Offering& published, const Offering& proposed) {
  return MessageDifferencer::Equals(Canonical(published), Canonical(proposed));
}

FastLane FastLaneOf(const Offering& published, const Offering& proposed) {
  if (IsSameEntry(published, proposed) ||
      !MessageDifferencer::Equals(Frame(published), Frame(proposed))) {
    return FastLane::kNo;
  }
  return IsSmallStep(published.pricing(), proposed.pricing()) ? FastLane::kYes
                                                              : FastLane::kStepTooLarge;
}

bool IsFastLane(const Offering& published, const Offering& proposed) {
  return FastLaneOf(published, proposed) == FastLane::kYes;
}

}  // namespace aplomb::proposals
