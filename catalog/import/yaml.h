// A tree of a YAML or JSON document in which every node knows its line, and the bounds of what is
// read at all: one document, no anchors, aliases, tags or merge keys, no key twice, valid UTF-8,
// sizes and depth limited. Built on yaml-cpp's events, so nothing is expanded or converted: a
// scalar stays the text that was written ("04" is not 4 and NO is not false).
#ifndef APLOMB_CATALOG_IMPORT_YAML_H_
#define APLOMB_CATALOG_IMPORT_YAML_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/issue.h"

namespace aplomb::catalog {

inline constexpr size_t kYamlFileSizeMax = size_t{8} << 20;
inline constexpr size_t kYamlStringSizeMax = size_t{64} << 10;
inline constexpr int kYamlDepthMax = 32;
inline constexpr size_t kYamlNodeCountMax = 1'000'000;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  // One `key: value` of a map.
  struct Entry;

  Kind kind = Kind::kNull;
  // kScalar: the text. `plain` is false where it was quoted or written as a block.
  std::string text;
  bool plain = false;
  // kList.
  std::vector<YamlNode> items;
  // kMap, in the order of the file; keys are scalars and differ.
  std::vector<Entry> entries;
  // Where the node begins, from 1; in bytes for the column.
  int line = 0;
  int column = 0;

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  // Value of `key`; null where this is no map or has no such key. Valid as long as the node.
  const YamlNode* Find(absl::string_view key) const;
  // Text of the scalar under `key`, else "".
  absl::string_view FindText(absl::string_view key) const;
};

struct YamlNode::Entry {
  std::string key;
  int line = 0;
  int column = 0;
  YamlNode value;
};

struct YamlOptions {
  size_t file_size_max = kYamlFileSizeMax;
  // Control characters and those that turn the direction of writing are refused. False for foreign
  // data, where one bad sentence must not refuse the whole file.
  bool refuse_hidden_characters = true;
  // Of several equal keys the first is kept and the others are ignored. For foreign data.
  bool refuse_duplicate_keys = true;
};

// Reads one document. True and `*root` if it could be read without an issue; false with everything
// wrong in `*issues`, each with "file:line:column" at the head of its text. An empty document is a
// null node. `file` is for the texts only.
bool ReadYaml(absl::string_view file, absl::string_view bytes, const YamlOptions& options,
              YamlNode* root, base::Issues* issues);

// "catalog.yaml:12:5"
std::string YamlPlace(absl::string_view file, int line, int column);

// `over` laid on `base`: maps are merged key by key, everything else is replaced; a null in `over`
// takes the key out. Keys keep the order of `base`, new ones follow.
YamlNode MergeYaml(const YamlNode& base, const YamlNode& over);

// What a text must not hold: "" if `text` is clean, else what was found ("U+202E"), or
// "invalid UTF-8". Line feeds and tabs are clean.
std::string FindHiddenCharacter(absl::string_view text);
// The text with all that FindHiddenCharacter would find taken out.
std::string RemoveHiddenCharacters(absl::string_view text);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_YAML_H_
