#include "catalog/bulk/schema.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/options.pb.h"
#include "catalog/code_lists.h"
#include "catalog/import/text.h"
#include "catalog/proposals/field_help.h"

namespace aplomb::bulk {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr absl::string_view kAmount =
    R"({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,6})? [A-Z]{3}$"})";
constexpr absl::string_view kDate =
    R"({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})";
constexpr absl::string_view kSha256 = R"({"type": "string", "pattern": "^[0-9a-fA-F]{64}$"})";
constexpr absl::string_view kTime = R"({"type": "string", "format": "date-time"})";
constexpr absl::string_view kLimit = R"({"oneOf": [{"type": "integer"}, {"const": "unlimited"}]})";
constexpr absl::string_view kId =
    R"({"type": "string", "pattern": "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"})";

// What the catalogue writes itself.
bool IsOutput(absl::string_view name) {
  static constexpr absl::string_view kNames[] = {"name",        "state",       "revision",
                                                 "create_time", "update_time", "etag"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

std::string EnumSchema(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) {
      names.push_back(catalog::QuoteYaml(type.value(i)->name()));
    }
  }
  return absl::StrCat("{\"enum\": [", absl::StrJoin(names, ", "), "]}");
}

// Messages that are written by definitions of their own, by their full name.
class Definitions {
 public:
  std::string Of(const FieldDescriptor& field) {
    std::string schema = One(field);
    if (field.is_repeated() && !IsFeatures(field)) {
      schema = absl::StrCat("{\"type\": \"array\", \"items\": ", schema, "}");
    }
    // "~" says: as if it were not there.
    return absl::StrCat("{\"anyOf\": [{\"type\": \"null\"}, ", schema, "]", Describe(field), "}");
  }

  std::string MapOf(const Descriptor& type, bool is_entry) {
    std::vector<std::string> properties;
    if (is_entry) {
      properties.push_back(absl::StrCat("\"member\": ", kId));
      properties.push_back(absl::StrCat("\"id\": ", kId));
    }
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (is_entry && IsOutput(field.name())) continue;
      properties.push_back(absl::StrCat(catalog::QuoteYaml(field.name()), ": ", Of(field)));
    }
    return absl::StrCat("{\"type\": \"object\", \"additionalProperties\": false, ",
                        is_entry ? "\"required\": [\"member\", \"id\"], " : "", "\"properties\": {",
                        absl::StrJoin(properties, ",\n    "), "}}");
  }

  // Definitions that were used; making one may use others.
  std::string Write() {
    std::vector<std::string> written;
    for (const auto& [name, schema] : schemas_) {
      written.push_back(absl::StrCat(catalog::QuoteYaml(name), ": ", schema));
    }
    return absl::StrJoin(written, ",\n  ");
  }

 private:
  static bool IsFeatures(const FieldDescriptor& field) {
    return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
           field.message_type()->full_name() == "aplomb.catalog.v1.FeatureClaim";
  }

  static std::string Describe(const FieldDescriptor& field) {
    std::vector<std::string> told;
    const std::string unit = field.options().GetExtension(type::unit);
    if (!unit.empty()) told.push_back(unit);
    const proposals::FieldHelp* help = proposals::FindFieldHelp(field);
    if (help != nullptr) told.push_back(absl::StrCat(help->en, " / ", help->fr));
    return told.empty()
               ? ""
               : absl::StrCat(", \"description\": ", catalog::QuoteYaml(absl::StrJoin(told, "; ")));
  }

  std::string One(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        if (field.name() == "source_sha256") return std::string(kSha256);
        return "{\"type\": \"string\"}";
      case FieldDescriptor::CPPTYPE_BOOL:
        return "{\"type\": \"boolean\"}";
      case FieldDescriptor::CPPTYPE_ENUM:
        return EnumSchema(*field.enum_type());
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
      default:
        // Sums of money in whole micros may be written as an amount.
        return absl::StrCat("{\"anyOf\": [{\"type\": \"integer\"}, ", kAmount, "]}");
    }
    const Descriptor& type = *field.message_type();
    if (IsFeatures(field)) {
      return absl::StrCat(
          "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"object\", "
          "\"additionalProperties\": ",
          EnumSchema(*type.FindFieldByName("level")->enum_type()), "}}");
    }
    if (type.full_name() == "aplomb.type.Money") return std::string(kAmount);
    if (type.full_name() == "google.type.Date") return std::string(kDate);
    if (type.full_name() == "google.protobuf.Timestamp") return std::string(kTime);
    if (type.full_name() == "aplomb.type.Limit") return std::string(kLimit);
    if (type.full_name() == "aplomb.type.CodeList") return Codes(field);
    if (type.field_count() == 1 && type.field(0)->is_repeated()) {
      return absl::StrCat("{\"type\": \"array\", \"items\": ", One(*type.field(0)), "}");
    }
    if (!schemas_.contains(type.full_name())) {
      schemas_[type.full_name()] = "";  // while it is being made
      schemas_[type.full_name()] = MapOf(type, false);
    }
    return absl::StrCat("{\"$ref\": \"#/$defs/", type.full_name(), "\"}");
  }

  static std::string Codes(const FieldDescriptor& field) {
    const std::string list = field.options().GetExtension(type::code_list);
    if (list.empty()) return "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}";
    std::vector<std::string> codes;
    for (const auto& group : catalog::CodeListGroups(list)) {
      codes.push_back(catalog::QuoteYaml(group.code));
    }
    for (const auto& entry : catalog::CodeListEntries(list)) {
      codes.push_back(catalog::QuoteYaml(entry.code));
    }
    return absl::StrCat("{\"type\": \"array\", \"items\": {\"enum\": [", absl::StrJoin(codes, ", "),
                        "]}}");
  }

  std::map<std::string, std::string> schemas_;
};

}  // namespace

std::string OfferingSchema() {
  Definitions definitions;
  const std::string entry = definitions.MapOf(*catalog::v1::Offering::descriptor(), true);
  return absl::StrCat(
      "{\n\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
      "\"title\": \"An offering as a member writes it\",\n\"$ref\": \"#/$defs/entry\",\n"
      "\"$defs\": {\n  \"entry\": ",
      entry, ",\n  ", definitions.Write(), "\n}\n}\n");
}

}  // namespace aplomb::bulk
