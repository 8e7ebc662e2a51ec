#include "decision/fact_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/options.pb.h"
#include "aplomb/type/profile.pb.h"
#include "base/check.h"
#include "decision/derived_facts.h"

namespace aplomb::decision {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// The one repeated enum field of a message like PlatformList, or null.
const FieldDescriptor* OnlyEnumList(const Descriptor& message) {
  if (message.field_count() != 1) return nullptr;
  const FieldDescriptor* field = message.field(0);
  const bool is_enum_list =
      field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
  return is_enum_list ? field : nullptr;
}

// Sets kind, enum type and code list of a numbered field.
void SetKind(const FieldDescriptor& field, FactInfo& info) {
  info.code_list = field.options().GetExtension(type::code_list);
  if (field.is_repeated()) {
    // Known where the message that holds the list is there; so it takes a message of its own.
    CHECK(field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM && info.path.size() > 1)
        << field.full_name() << ": wrap the list in a message, so that it can be unknown";
    info.kind = FactKind::kSet;
    info.enum_type = field.enum_type();
    return;
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      info.kind = FactKind::kBoolean;
      return;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      info.kind = FactKind::kInteger;
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      info.kind = FactKind::kEnum;
      info.enum_type = field.enum_type();
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
    default:
      CHECK(false) << field.full_name() << ": no fact can be made of this type";
  }
  const Descriptor& message = *field.message_type();
  if (message.full_name() == "aplomb.type.Money") {
    info.kind = FactKind::kMoney;
  } else if (message.full_name() == "google.type.Date") {
    info.kind = FactKind::kDay;
  } else if (message.full_name() == "aplomb.type.Limit") {
    info.kind = FactKind::kLimit;
  } else if (message.full_name() == "aplomb.type.CodeList") {
    info.kind = FactKind::kSet;
    CHECK(!info.code_list.empty()) << field.full_name() << ": which code list?";
  } else if (const FieldDescriptor* list = OnlyEnumList(message)) {
    info.kind = FactKind::kSet;
    info.enum_type = list->enum_type();
  } else {
    CHECK(false) << field.full_name() << ": no fact can be made of this message";
  }
}

// Levenshtein distance, given up at `limit`.
size_t EditDistance(absl::string_view a, absl::string_view b, size_t limit) {
  const size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap >= limit) return limit;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return std::min(row[b.size()], limit);
}

}  // namespace

const FactRegistry& FactRegistry::Get() {
  static const FactRegistry* const registry = new FactRegistry();
  return *registry;
}

FactRegistry::FactRegistry() {
  std::vector<const FieldDescriptor*> path;
  AddFields(*catalog::v1::Offering::descriptor(), "offering", FactSide::kOffering, path);
  AddFields(*type::FirmProfile::descriptor(), "firm", FactSide::kRequest, path);

  const auto* schemes = catalog::v1::Certificate::Scheme_descriptor();
  for (int i = 0; i < schemes->value_count(); ++i) {
    if (schemes->value(i)->number() == 0) continue;
    FactInfo info;
    info.name = absl::StrCat("offering.certificates.", schemes->value(i)->name());
    info.fact_id = kCertificateFactBase + schemes->value(i)->number();
    info.kind = FactKind::kBoolean;
    info.sources = {"offering.certificates"};
    Add(std::move(info));
  }
  for (const FactInfo& info : DerivedFacts()) Add(info);
}

void FactRegistry::AddFields(const Descriptor& message, const std::string& prefix, FactSide side,
                             std::vector<const FieldDescriptor*>& path) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string name = absl::StrCat(prefix, ".", field.name());
    if (field.options().GetExtension(type::visibility) != type::FACT) {
      other_names_.emplace(name, NameStatus::kForbidden);
      continue;
    }
    const int32_t fact_id = field.options().GetExtension(type::fact_id);
    path.push_back(&field);
    if (fact_id != 0) {
      FactInfo info;
      info.name = name;
      info.side = side;
      info.fact_id = fact_id;
      info.unit = field.options().GetExtension(type::unit);
      info.path = path;
      SetKind(field, info);
      Add(std::move(info));
    } else {
      other_names_.emplace(name, NameStatus::kContainer);
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated()) {
        AddFields(*field.message_type(), name, side, path);
      }
    }
    path.pop_back();
  }
}

void FactRegistry::Add(FactInfo info) {
  const std::string name = info.name;
  const auto [it, inserted] = facts_.emplace(name, std::move(info));
  CHECK(inserted) << "two facts are named " << name;
  const auto [by_id, id_is_new] = by_id_.emplace(it->second.fact_id, &it->second);
  CHECK(id_is_new) << name << " and " << by_id->second->name << " share the number "
                   << by_id->first;
}

const FactInfo* FactRegistry::Find(absl::string_view name) const {
  const auto it = facts_.find(std::string(name));
  return it == facts_.end() ? nullptr : &it->second;
}

const FactInfo* FactRegistry::FindById(int32_t fact_id) const {
  const auto it = by_id_.find(fact_id);
  return it == by_id_.end() ? nullptr : it->second;
}

NameStatus FactRegistry::StatusOf(absl::string_view name) const {
  if (Find(name) != nullptr) return NameStatus::kFact;
  // A name below a forbidden field (offering.title.fr) is forbidden as well.
  std::string prefix(name);
  while (true) {
    const auto it = other_names_.find(prefix);
    if (it != other_names_.end()) {
      if (it->second == NameStatus::kForbidden) return NameStatus::kForbidden;
      return prefix == name ? NameStatus::kContainer : NameStatus::kUnknown;
    }
    const size_t dot = prefix.rfind('.');
    if (dot == std::string::npos) return NameStatus::kUnknown;
    prefix.resize(dot);
  }
}

std::string FactRegistry::Nearest(absl::string_view name) const {
  constexpr size_t kComparedMax = 100;  // longer than any name of a fact
  const absl::string_view start = name.substr(0, kComparedMax);
  size_t best = kComparedMax + 1;
  std::string nearest;
  for (const auto& [candidate, info] : facts_) {
    const size_t distance = EditDistance(start, candidate, best);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace aplomb::decision
