#include "catalog/import/directory.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "catalog/identifiers.h"
#include "catalog/import/text.h"
#include "catalog/import/yaml.h"

namespace aplomb::catalog {
namespace {

bool IsSourceFile(absl::string_view path) {
  return absl::EndsWith(path, ".yaml") || absl::EndsWith(path, ".yml") ||
         absl::EndsWith(path, ".json");
}

absl::Status LoadFolder(const std::filesystem::path& root, const std::string& folder,
                        CatalogFiles* files, size_t* bytes) {
  std::error_code error;
  const std::filesystem::path path = folder.empty() ? root : root / folder;
  if (!std::filesystem::is_directory(path, error)) return absl::OkStatus();
  std::filesystem::directory_iterator iterator(path, error);
  if (error) return absl::UnavailableError(absl::StrCat(path.string(), ": ", error.message()));
  for (; iterator != std::filesystem::directory_iterator(); iterator.increment(error)) {
    if (error) return absl::UnavailableError(absl::StrCat(path.string(), ": ", error.message()));
    const std::filesystem::directory_entry& entry = *iterator;
    const std::string name = entry.path().filename().string();
    if (!IsSourceFile(name) || absl::StartsWith(name, ".")) continue;
    if (!entry.is_regular_file(error)) continue;
    if (files->size() >= kCatalogFilesMax) {
      return absl::ResourceExhaustedError(
          absl::StrCat(root.string(), ": more than ", kCatalogFilesMax, " files"));
    }
    std::ifstream stream(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream.good() && !stream.eof()) {
      return absl::UnavailableError(absl::StrCat(entry.path().string(), ": cannot be read"));
    }
    std::string content = std::move(text).str();
    *bytes += content.size();
    if (*bytes > kCatalogBytesMax) {
      return absl::ResourceExhaustedError(
          absl::StrCat(root.string(), ": more than ", kCatalogBytesMax, " bytes"));
    }
    (*files)[folder.empty() ? name : absl::StrCat(folder, "/", name)] = std::move(content);
  }
  return absl::OkStatus();
}

// The node of a file; nullopt, with an issue, if there is no map to go on with. A tree that could
// be built in spite of an issue is gone through as well, so that all is told at once.
std::optional<YamlNode> RootMap(absl::string_view file, absl::string_view bytes,
                                base::Issues* issues) {
  YamlNode root;
  const bool read = ReadYaml(file, bytes, YamlOptions(), &root, issues);
  if (root.is_map()) return root;
  if (read) {
    root.line = std::max(root.line, 1);
    root.column = std::max(root.column, 1);
    MessageReader(file, issues)
        .Refuse(root, "", "NOT_A_MAP", "le fichier commence par des champs nommés",
                "the file begins with named fields");
  }
  return std::nullopt;
}

// Notes every key of `node` that is not in `allowed`.
void RefuseOtherKeys(const YamlNode& node, absl::string_view path,
                     const std::vector<absl::string_view>& allowed, MessageReader* reader) {
  for (const YamlNode::Entry& entry : node.entries) {
    if (std::find(allowed.begin(), allowed.end(), entry.key) != allowed.end()) continue;
    const std::string list = absl::StrJoin(allowed, ", ");
    reader->Refuse(entry.line, entry.column, base::JoinField(path, entry.key), "UNKNOWN_FIELD",
                   absl::StrCat("champ inconnu ; admis : ", list),
                   absl::StrCat("unknown field; allowed: ", list));
  }
}

// Takes the entry of `key` out of a map; null without one.
YamlNode TakeEntry(YamlNode* node, absl::string_view key) {
  const auto found = std::find_if(node->entries.begin(), node->entries.end(),
                                  [key](const YamlNode::Entry& entry) { return entry.key == key; });
  if (found == node->entries.end()) return YamlNode();
  YamlNode value = std::move(found->value);
  node->entries.erase(found);
  return value;
}

// Fields that the catalogue writes itself.
void RefuseOutputOnly(const YamlNode& node, absl::string_view path,
                      const std::vector<absl::string_view>& names, MessageReader* reader) {
  for (const YamlNode::Entry& entry : node.entries) {
    if (std::find(names.begin(), names.end(), entry.key) == names.end()) continue;
    reader->Refuse(entry.line, entry.column, base::JoinField(path, entry.key), "OUTPUT_ONLY",
                   "champ rempli par le catalogue : retirez-le",
                   "field filled in by the catalogue: remove it");
  }
}

// A resource id under `key`, or "" with an issue.
std::string TakeId(YamlNode* node, absl::string_view key, absl::string_view path,
                   MessageReader* reader) {
  const YamlNode id = TakeEntry(node, key);
  if (id.is_scalar() && IsResourceId(id.text)) return id.text;
  const YamlNode& place = id.is_null() ? *node : id;
  reader->Refuse(place, base::JoinField(path, key), id.is_null() ? "MISSING" : "INVALID_ID",
                 "identifiant : 1 à 63 lettres minuscules, chiffres ou tirets, commence par une "
                 "lettre et ne finit pas par un tiret",
                 "id: 1 to 63 lower-case letters, digits or hyphens, begins with a letter and does "
                 "not end with a hyphen");
  return "";
}

class CatalogReader {
 public:
  CatalogReader(base::Issues* issues, CatalogSource* source) : issues_(issues), source_(source) {}

  void ReadMembers(const std::string& file, const std::string& bytes) {
    const std::optional<YamlNode> read = RootMap(file, bytes, issues_);
    if (!read.has_value()) return;
    const YamlNode& root = *read;
    MessageReader reader(file, issues_);
    RefuseOtherKeys(root, "", {"ownership_groups", "members"}, &reader);
    std::map<std::string, std::string> groups;
    if (const YamlNode* node = root.Find("ownership_groups")) {
      for (const YamlNode::Entry& entry : node->entries) {
        groups[entry.key] = entry.value.text;
        if (IsUuid4(entry.value.text)) continue;
        reader.Refuse(entry.value, absl::StrCat("ownership_groups.", entry.key), "INVALID_UUID",
                      "UUID version 4 attendu, en minuscules avec tirets",
                      "a version 4 UUID is expected, lower case with hyphens");
      }
    }
    const YamlNode* members = root.Find("members");
    if (members == nullptr || !members->is_list()) {
      reader.Refuse(members == nullptr ? root : *members, "members", "NOT_A_LIST",
                    "une liste de membres est attendue", "a list of members is expected");
      return;
    }
    for (size_t i = 0; i < members->items.size(); ++i) {
      ReadMember(file, members->items[i], absl::StrCat("members[", i, "]"), groups, &reader);
    }
  }

  void ReadOfferings(const std::string& file, const std::string& bytes) {
    const std::optional<YamlNode> read = RootMap(file, bytes, issues_);
    if (!read.has_value()) return;
    const YamlNode& root = *read;
    MessageReader reader(file, issues_);
    RefuseOtherKeys(root, "", {"defaults", "offerings"}, &reader);
    YamlNode defaults;
    defaults.kind = YamlNode::Kind::kMap;
    if (const YamlNode* node = root.Find("defaults"); node != nullptr && !node->is_null()) {
      defaults = *node;
      if (!defaults.is_map()) {
        reader.Refuse(defaults, "defaults", "NOT_A_MAP", "des champs nommés sont attendus",
                      "named fields are expected");
        return;
      }
    }
    const YamlNode* offerings = root.Find("offerings");
    if (offerings == nullptr || !offerings->is_list()) {
      reader.Refuse(offerings == nullptr ? root : *offerings, "offerings", "NOT_A_LIST",
                    "une liste d'offres est attendue", "a list of offerings is expected");
      return;
    }
    for (size_t i = 0; i < offerings->items.size(); ++i) {
      ReadOffering(file, defaults, offerings->items[i], absl::StrCat("offerings[", i, "]"),
                   &reader);
    }
  }

  void CheckReferences() {
    for (size_t i = 0; i < source_->offerings.size(); ++i) {
      const std::string& name = source_->offerings[i].name();
      const std::string member = name.substr(0, name.find("/offerings/"));
      if (member.empty() || member_names_.contains(member)) continue;
      const std::string& place = source_->offering_places[i];
      issues_->Add({.field = "member",
                    .reason = "UNKNOWN_MEMBER",
                    .text_fr = absl::StrCat(place, " : ", member, " n'est pas dans members.yaml"),
                    .text_en = absl::StrCat(place, ": ", member, " is not in members.yaml")});
    }
  }

 private:
  void ReadMember(const std::string& file, YamlNode node, const std::string& path,
                  const std::map<std::string, std::string>& groups, MessageReader* reader) {
    if (!node.is_map()) {
      reader->Refuse(node, path, "NOT_A_MAP", "un membre a des champs nommés",
                     "a member has named fields");
      return;
    }
    v1::Member member;
    const std::string id = TakeId(&node, "id", path, reader);
    const YamlNode group = TakeEntry(&node, "ownership_group");
    RefuseOutputOnly(node, path, {"name", "revision", "create_time", "ownership_group_uid"},
                     reader);
    reader->Read(node, path, &member);
    const auto found = groups.find(group.text);
    if (found == groups.end()) {
      std::vector<std::string> labels;
      for (const auto& [label, uid] : groups) labels.push_back(label);
      const std::string allowed = absl::StrJoin(labels, ", ").substr(0, 300);
      reader->Refuse(
          group.is_null() ? node : group, absl::StrCat(path, ".ownership_group"),
          group.is_null() ? "MISSING" : "UNKNOWN_OWNERSHIP_GROUP",
          absl::StrCat("groupe de contrôle attendu, un de ownership_groups : ", allowed),
          absl::StrCat("an ownership group is expected, one of ownership_groups: ", allowed));
    } else {
      member.set_ownership_group_uid(found->second);
    }
    if (id.empty()) return;
    member.set_name(absl::StrCat("members/", id));
    if (member.state() == v1::Member::STATE_UNSPECIFIED) member.set_state(v1::Member::ACTIVE);
    if (!member_names_.insert(member.name()).second) {
      reader->Refuse(node, absl::StrCat(path, ".id"), "DUPLICATE",
                     absl::StrCat("le membre ", id, " est déjà donné"),
                     absl::StrCat("the member ", id, " is given already"));
      return;
    }
    source_->member_places.push_back(YamlPlace(file, node.line, node.column));
    source_->members.push_back(std::move(member));
  }

  void ReadOffering(const std::string& file, const YamlNode& defaults, const YamlNode& own,
                    const std::string& path, MessageReader* reader) {
    if (!own.is_map()) {
      reader->Refuse(own, path, "NOT_A_MAP", "une offre a des champs nommés",
                     "an offering has named fields");
      return;
    }
    YamlNode node = MergeYaml(defaults, own);
    v1::Offering offering;
    const std::string member = TakeId(&node, "member", path, reader);
    const std::string id = TakeId(&node, "id", path, reader);
    RefuseOutputOnly(node, path, {"name", "revision", "create_time", "update_time", "etag"},
                     reader);
    reader->Read(node, path, &offering);
    if (member.empty() || id.empty()) return;
    offering.set_name(absl::StrCat("members/", member, "/offerings/", id));
    if (offering.state() == v1::Offering::STATE_UNSPECIFIED) {
      offering.set_state(v1::Offering::PUBLISHED);
    }
    if (!offering_names_.insert(offering.name()).second) {
      reader->Refuse(own, absl::StrCat(path, ".id"), "DUPLICATE",
                     absl::StrCat("l'offre ", offering.name(), " est déjà donnée"),
                     absl::StrCat("the offering ", offering.name(), " is given already"));
      return;
    }
    source_->offering_places.push_back(YamlPlace(file, own.line, own.column));
    source_->offerings.push_back(std::move(offering));
  }

  base::Issues* const issues_;
  CatalogSource* const source_;
  std::set<std::string> member_names_;
  std::set<std::string> offering_names_;
};

void ReadTable(const std::string& file, const std::string& bytes,
               google::protobuf::Message* message, base::Issues* issues) {
  const std::optional<YamlNode> root = RootMap(file, bytes, issues);
  if (root.has_value()) MessageReader(file, issues).Read(*root, "", message);
}

absl::string_view WithoutExtension(absl::string_view path) {
  return path.substr(0, path.rfind('.'));
}

}  // namespace

absl::StatusOr<CatalogFiles> LoadCatalogFiles(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return absl::NotFoundError(absl::StrCat(directory, ": no such folder"));
  }
  CatalogFiles files;
  size_t bytes = 0;
  for (const char* folder : {"", "offerings", "profiles"}) {
    RETURN_IF_ERROR(LoadFolder(directory, folder, &files, &bytes));
  }
  return files;
}

CatalogSource ReadCatalog(const CatalogFiles& files, base::Issues* issues) {
  CatalogSource source;
  CatalogReader reader(issues, &source);
  for (const auto& [file, bytes] : files) {
    const absl::string_view stem = WithoutExtension(file);
    if (stem == "members") {
      reader.ReadMembers(file, bytes);
    } else if (stem == "law_table") {
      ReadTable(file, bytes, &source.law_table, issues);
    } else if (stem == "exchange_rates") {
      ReadTable(file, bytes, &source.exchange_rates, issues);
    } else if (absl::StartsWith(stem, "offerings/")) {
      reader.ReadOfferings(file, bytes);
    } else if (absl::StartsWith(stem, "profiles/")) {
      source.profiles.push_back(ReadProfile(file, bytes, issues));
    } else {
      issues->Add({.field = "",
                   .reason = "UNKNOWN_FILE",
                   .text_fr = absl::StrCat(file,
                                           " : fichier inconnu ; admis : members.yaml, "
                                           "law_table.yaml, exchange_rates.yaml, offerings/, "
                                           "profiles/"),
                   .text_en = absl::StrCat(file,
                                           ": unknown file; allowed: members.yaml, "
                                           "law_table.yaml, exchange_rates.yaml, offerings/, "
                                           "profiles/")});
    }
  }
  reader.CheckReferences();
  return source;
}

SampleProfile ReadProfile(absl::string_view file, absl::string_view bytes, base::Issues* issues) {
  SampleProfile sample;
  const absl::string_view stem = WithoutExtension(file);
  const size_t slash = stem.rfind('/');
  sample.id = std::string(slash == absl::string_view::npos ? stem : stem.substr(slash + 1));
  const std::optional<YamlNode> read = RootMap(file, bytes, issues);
  if (!read.has_value()) return sample;
  const YamlNode& root = *read;
  MessageReader reader(file, issues);
  RefuseOtherKeys(root, "", {"title", "profile", "needs", "weights"}, &reader);
  if (const YamlNode* node = root.Find("title")) reader.Read(*node, "title", &sample.title);
  if (const YamlNode* node = root.Find("profile")) reader.Read(*node, "profile", &sample.profile);
  if (const YamlNode* node = root.Find("weights"); node != nullptr && !node->is_null()) {
    reader.Read(*node, "weights", &sample.weights.emplace());
  }
  if (const YamlNode* node = root.Find("needs"); node != nullptr && !node->is_null()) {
    if (!node->is_list()) {
      reader.Refuse(*node, "needs", "NOT_A_LIST", "une liste de besoins est attendue",
                    "a list of needs is expected");
    }
    for (size_t i = 0; i < node->items.size(); ++i) {
      reader.Read(node->items[i], absl::StrCat("needs[", i, "]"), &sample.needs.emplace_back());
    }
  }
  return sample;
}

}  // namespace aplomb::catalog
