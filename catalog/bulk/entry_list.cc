#include "catalog/bulk/entry_list.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "catalog/import/text.h"
#include "catalog/import/yaml.h"
#include "catalog/proposals/diff.h"
#include "catalog/proposals/entry_file.h"

namespace aplomb::bulk {
namespace {

using catalog::YamlNode;
using catalog::v1::Offering;

// A whole number or a yes/no as the reader takes it: without quotes.
bool IsPlainJson(const YamlNode& node) {
  if (!node.plain) return false;
  if (node.text == "true" || node.text == "false") return true;
  absl::string_view digits = node.text;
  if (absl::StartsWith(digits, "-")) digits.remove_prefix(1);
  return !digits.empty() && digits.size() < 20 && (digits == "0" || digits[0] != '0') &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return absl::ascii_isdigit(c); });
}

void AppendJson(const YamlNode& node, std::string& out) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      out += "null";
      return;
    case YamlNode::Kind::kScalar:
      out += IsPlainJson(node) ? node.text : catalog::QuoteYaml(node.text);
      return;
    case YamlNode::Kind::kList: {
      out += "[";
      const char* comma = "";
      for (const YamlNode& item : node.items) {
        out += comma;
        AppendJson(item, out);
        comma = ", ";
      }
      out += "]";
      return;
    }
    case YamlNode::Kind::kMap: {
      out += "{";
      const char* comma = "";
      for (const YamlNode::Entry& entry : node.entries) {
        absl::StrAppend(&out, comma, catalog::QuoteYaml(entry.key), ": ");
        AppendJson(entry.value, out);
        comma = ", ";
      }
      out += "}";
      return;
    }
  }
}

// "members/x/offerings/y" gives x and y.
std::pair<std::string, std::string> IdsOf(const Offering& offering) {
  const std::vector<std::string> parts = absl::StrSplit(offering.name(), '/');
  if (parts.size() != 4) return {};
  return {parts[1], parts[3]};
}

// An entry as a YAML document.
std::string EntryYaml(const Offering& offering) {
  const auto [member, id] = IdsOf(offering);
  Offering entry = proposals::WithoutOutput(offering);
  entry.clear_name();
  return absl::StrCat("member: ", member, "\nid: ", id, "\n", catalog::WriteMessage(entry));
}

// An entry as one line of JSON.
std::string EntryJson(const Offering& offering) {
  YamlNode node;
  base::Issues issues;
  const bool read = catalog::ReadYaml("entry", EntryYaml(offering),
                                      {.refuse_hidden_characters = false}, &node, &issues);
  CHECK(read) << "what was just written is not YAML";
  std::string line;
  AppendJson(node, line);
  return line;
}

base::Issue TooMany(absl::string_view file) {
  return {
      .field = "offerings",
      .reason = "TOO_MANY",
      .text_fr = absl::StrCat(file, " : plus de ", kEntriesMax, " offres : partagez le fichier"),
      .text_en = absl::StrCat(file, ": more than ", kEntriesMax, " entries: divide the file")};
}

// Two entries under one name: which of them would hold nobody could say.
void RefuseTwins(absl::string_view file, const std::vector<Offering>& offerings,
                 base::Issues* issues) {
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < offerings.size(); ++i) {
    for (const bool by_name : {true, false}) {
      const std::string& what = by_name ? offerings[i].name() : offerings[i].uid();
      if (what.empty()) continue;
      const auto [place, is_new] = first.emplace(what, i);
      if (is_new) continue;
      issues->Add({.field = absl::StrCat("offerings[", i, "].", by_name ? "id" : "uid"),
                   .reason = "DUPLICATE",
                   .text_fr = absl::StrCat(file, " : ", what, " est aussi celui de offerings[",
                                           place->second, "] : gardez-en une"),
                   .text_en = absl::StrCat(file, ": ", what, " is also that of offerings[",
                                           place->second, "]: keep one")});
    }
  }
}

void ReadList(absl::string_view file, absl::string_view bytes, std::vector<Offering>& offerings,
              base::Issues* issues) {
  YamlNode root;
  if (!catalog::ReadYaml(file, bytes, {}, &root, issues)) return;
  const YamlNode* list = root.Find("offerings");
  if (list == nullptr || !list->is_list()) {
    issues->Add({.field = "offerings",
                 .reason = "NOT_A_LIST",
                 .text_fr = absl::StrCat(file,
                                         " : une liste d'offres est attendue sous "
                                         "\"offerings\""),
                 .text_en = absl::StrCat(file,
                                         ": a list of entries is expected under "
                                         "\"offerings\"")});
    return;
  }
  for (const YamlNode& item : list->items) {
    if (offerings.size() == kEntriesMax) return issues->Add(TooMany(file));
    offerings.push_back(proposals::ReadEntry(file, item, issues));
  }
}

}  // namespace

std::vector<Offering> ReadEntries(absl::string_view file, absl::string_view bytes,
                                  EntryFormat format, base::Issues* issues) {
  std::vector<Offering> offerings;
  if (format != EntryFormat::kJsonLines) {
    ReadList(file, bytes, offerings, issues);
    RefuseTwins(file, offerings, issues);
    return offerings;
  }
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(bytes, '\n')) {
    ++number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    if (offerings.size() == kEntriesMax) {
      issues->Add(TooMany(file));
      break;
    }
    offerings.push_back(
        proposals::ReadEntryFile(absl::StrCat(file, " line ", number), line, issues));
  }
  RefuseTwins(file, offerings, issues);
  return offerings;
}

std::string WriteEntries(const std::vector<Offering>& offerings, EntryFormat format) {
  std::string out;
  switch (format) {
    case EntryFormat::kJsonLines:
      for (const Offering& offering : offerings) absl::StrAppend(&out, EntryJson(offering), "\n");
      return out;
    case EntryFormat::kJson: {
      out = "{\"offerings\": [";
      const char* comma = "\n";
      for (const Offering& offering : offerings) {
        absl::StrAppend(&out, comma, EntryJson(offering));
        comma = ",\n";
      }
      out += "\n]}\n";
      return out;
    }
    case EntryFormat::kYaml:
      break;
  }
  out = offerings.empty() ? "offerings: []\n" : "offerings:\n";
  for (const Offering& offering : offerings) {
    bool first = true;
    const std::string entry = EntryYaml(offering);
    for (const absl::string_view line :
         absl::StrSplit(absl::StripTrailingAsciiWhitespace(entry), '\n')) {
      absl::StrAppend(&out, first ? "  - " : "    ", line, "\n");
      first = false;
    }
  }
  return out;
}

}  // namespace aplomb::bulk
