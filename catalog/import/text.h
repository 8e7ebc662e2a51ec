// The project's own text format of messages, as YAML or JSON: what the catalogue's sources, a
// firm's profile and an export are written in (docs/catalog_format.md). Driven by the descriptors
// of the messages, so that a new field can be written without a change here.
//
// Reading refuses what it does not know and tells everything that is wrong at once: issues carry
// "file:line:column", the dotted path of the field, what was found and what is allowed. Ranges and
// code lists are another matter (catalog/import/validate.h). Pure functions; thread-safe.
#ifndef APLOMB_CATALOG_IMPORT_TEXT_H_
#define APLOMB_CATALOG_IMPORT_TEXT_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "base/issue.h"
#include "catalog/import/yaml.h"

namespace aplomb::catalog {

// Reads nodes of one file. Not thread-safe; one per file.
class MessageReader {
 public:
  // `file` is for the texts only. `issues` must outlive the reader.
  MessageReader(absl::string_view file, base::Issues* issues) : file_(file), issues_(issues) {}

  // Sets the fields of `message` that `node` (a map, or null for none) names; the others stay as
  // they are. `path` is put before the fields of issues. False if there was any issue; the message
  // then holds what could be read.
  bool Read(const YamlNode& node, absl::string_view path, google::protobuf::Message* message);

  // Notes an issue at a place. The same issue of the same place is noted once, even if the node is
  // read several times (as defaults are).
  void Refuse(int line, int column, absl::string_view path, absl::string_view reason,
              absl::string_view fr, absl::string_view en);
  // The same for the place of `node`.
  void Refuse(const YamlNode& node, absl::string_view path, absl::string_view reason,
              absl::string_view fr, absl::string_view en) {
    Refuse(node.line, node.column, path, reason, fr, en);
  }

  size_t refused_count() const { return refused_count_; }

 private:
  void ReadMap(const YamlNode& node, absl::string_view path, google::protobuf::Message* message);
  void ReadField(const YamlNode& node, const std::string& path, google::protobuf::Message* message,
                 const google::protobuf::FieldDescriptor* field);
  void ReadMessage(const YamlNode& node, const std::string& path,
                   google::protobuf::Message* message);
  void ReadScalar(const YamlNode& node, const std::string& path, google::protobuf::Message* message,
                  const google::protobuf::FieldDescriptor* field);
  void ReadInteger(const YamlNode& node, const std::string& path,
                   google::protobuf::Message* message,
                   const google::protobuf::FieldDescriptor* field);
  void ReadEnum(const YamlNode& node, const std::string& path, google::protobuf::Message* message,
                const google::protobuf::FieldDescriptor* field);
  void ReadMoney(const YamlNode& node, const std::string& path, google::protobuf::Message* message);
  void ReadDate(const YamlNode& node, const std::string& path, google::protobuf::Message* message);
  void ReadTimestamp(const YamlNode& node, const std::string& path,
                     google::protobuf::Message* message);
  void ReadLimit(const YamlNode& node, const std::string& path, google::protobuf::Message* message);
  void ReadFeatures(const YamlNode& node, const std::string& path,
                    google::protobuf::Message* message,
                    const google::protobuf::FieldDescriptor* field);

  const std::string file_;
  base::Issues* const issues_;
  std::set<std::string> refused_;
  size_t refused_count_ = 0;
};

// The message as YAML, fields in the order of their numbers. ReadMessage(WriteMessage(m)) is m for
// every message that reading can make. Fields whose value the format cannot express (an amount
// without currency, an empty limit) are not looked for: validate first.
std::string WriteMessage(const google::protobuf::Message& message);

// "29.00 EUR" gives 29,000,000 and "EUR"; at most six decimals, no exponent, no separators. nullopt
// for any other form and for what does not fit.
struct Amount {
  int64_t micros = 0;
  std::string currency_code;
};
std::optional<Amount> ParseAmount(absl::string_view text);
// The inverse, with two decimals at least: "0.0004 EUR".
std::string FormatAmount(int64_t micros, absl::string_view currency_code);

// `text` as a double-quoted YAML scalar that is a JSON string too.
std::string QuoteYaml(absl::string_view text);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_TEXT_H_
