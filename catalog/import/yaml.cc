#include "catalog/import/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace aplomb::catalog {
namespace {

// Thrown by the builder to make yaml-cpp stop; its issue is already noted.
struct Stop {};

struct Utf8Char {
  uint32_t code = 0;
  size_t size = 0;  // 0: not valid
};

// RFC 3629: shortest form, no surrogates, at most U+10FFFF.
Utf8Char DecodeUtf8(absl::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  size_t size = 0;
  uint32_t code = 0;
  uint32_t least = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    size = 2, code = first & 0x1Fu, least = 0x80;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3, code = first & 0x0Fu, least = 0x800;
  } else if (first >= 0xF0 && first <= 0xF4) {
    size = 4, code = first & 0x07u, least = 0x10000;
  } else {
    return {};
  }
  if (text.size() < size) return {};
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, size};
}

// Controls (ISO/IEC 6429), line and paragraph separators, marks of direction (UAX #9), the byte
// order mark and noncharacters.
bool IsHidden(uint32_t code) {
  if (code < 0x20) return code != '\n' && code != '\t';
  return (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0xFEFF || (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
}

// A hidden character as it stands in the file.
struct HiddenPlace {
  int line = 0;
  int column = 0;
  size_t offset = 0;
  std::string name;
};
constexpr size_t kHiddenPlacesMax = base::Issues::kIssuesMax;  // more are not told anyway

void RefuseHiddenAt(absl::string_view file, const HiddenPlace& place, const std::string& field,
                    base::Issues* issues) {
  const std::string where = YamlPlace(file, place.line, place.column);
  issues->Add(
      {.field = field,
       .reason = "HIDDEN_CHARACTER",
       .text_fr = absl::StrCat(where, " : caractère invisible ", place.name, " : retirez-le"),
       .text_en = absl::StrCat(where, ": hidden character ", place.name, ": remove it")});
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  // `hidden`: in the order of the file; what a text is told to hold is taken out.
  TreeBuilder(absl::string_view file, absl::string_view bytes, const YamlOptions& options,
              std::vector<HiddenPlace>* hidden, base::Issues* issues)
      : file_(file), options_(options), bytes_(bytes), hidden_(hidden), issues_(issues) {}

  YamlNode TakeRoot() { return std::move(root_); }
  // Where the last scalar of the document begins.
  const YAML::Mark& last_scalar() const { return last_scalar_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseAnchor(mark, anchor);
    Add(YamlNode(), mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "YAML_ALIAS", "les alias (*nom) ne sont pas admis : écrivez la valeur en entier",
           "aliases (*name) are not allowed: write the value out");
    throw Stop();
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    last_scalar_ = mark;
    YamlNode node;
    node.plain = tag == "?";
    // yaml-cpp tells a plain ~ as a null of its own, but not the words of the core schema.
    if (node.plain && (value.empty() || value == "null" || value == "Null" || value == "NULL")) {
      Add(YamlNode(), mark);
      return;
    }
    node.kind = YamlNode::Kind::kScalar;
    if (value.size() > kYamlStringSizeMax) {
      Refuse(mark, "TEXT_TOO_LONG",
             absl::StrCat("texte de ", value.size(), " octets ; au plus ", kYamlStringSizeMax),
             absl::StrCat("text of ", value.size(), " bytes; at most ", kYamlStringSizeMax));
    } else if (options_.refuse_hidden_characters) {
      RefuseHidden(mark, value);
    }
    node.text = value.substr(0, kYamlStringSizeMax);
    Add(std::move(node), mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    YamlNode node;
    std::set<std::string> keys;
    std::optional<YamlNode::Entry> entry;  // kMap: the key read, whose value comes next
    bool ignored = false;                  // ... which is there twice
  };

  void Refuse(const YAML::Mark& mark, absl::string_view reason, absl::string_view fr,
              absl::string_view en) {
    const std::string place = YamlPlace(file_, mark.line + 1, mark.column + 1);
    issues_->Add({.field = "",
                  .reason = std::string(reason),
                  .text_fr = absl::StrCat(place, " : ", fr),
                  .text_en = absl::StrCat(place, ": ", en)});
  }

  // Escapes such as "\u202E" are seen here only; others have a place of their own.
  void RefuseHidden(const YAML::Mark& mark, absl::string_view value) {
    const std::string name = FindHiddenCharacter(value);
    if (name.empty()) return;
    const auto begin = static_cast<size_t>(std::max(mark.pos, 0));
    const size_t end = EndOfQuoted(begin);
    HiddenPlace place = {mark.line + 1, mark.column + 1, begin, name};
    const auto first = std::find_if(hidden_->begin(), hidden_->end(),
                                    [begin](const auto& one) { return one.offset >= begin; });
    if (first != hidden_->end() && first->offset < end) {
      place = *first;
      auto last = first;
      while (!value.empty() && last != hidden_->end() && last->offset < end) {
        const Utf8Char character = DecodeUtf8(value);
        if (character.size == 0) break;
        if (absl::StrFormat("U+%04X", character.code) == last->name) ++last;
        value.remove_prefix(character.size);
      }
      hidden_->erase(first, last);
    }
    RefuseHiddenAt(file_, place, Path(), issues_);
  }

  // Behind the closing quote where double quotes begin there, the only ones with escapes; else the
  // end of the file.
  size_t EndOfQuoted(size_t begin) const {
    if (begin >= bytes_.size() || bytes_[begin] != '"') return bytes_.size();
    for (size_t i = begin + 1; i < bytes_.size(); ++i) {
      if (bytes_[i] == '"') return i + 1;
      if (bytes_[i] == '\\') ++i;
    }
    return bytes_.size();
  }

  // Of the value that comes next, as `title.fr` or `need_ids[1]`.
  std::string Path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.node.is_list()) {
        absl::StrAppend(&path, "[", level.node.items.size(), "]");
      } else if (level.entry.has_value()) {
        path = base::JoinField(path, level.entry->key);
      }
    }
    return path;
  }

  void RefuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    Refuse(mark, "YAML_ANCHOR", "les ancres (&nom) ne sont pas admises",
           "anchors (&name) are not allowed");
    throw Stop();
  }

  void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    Refuse(mark, "YAML_TAG", "les étiquettes de type (!nom) ne sont pas admises",
           "tags (!name) are not allowed");
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    if (levels_.size() >= static_cast<size_t>(kYamlDepthMax)) {
      Refuse(mark, "TOO_DEEP", absl::StrCat("plus de ", kYamlDepthMax, " niveaux"),
             absl::StrCat("more than ", kYamlDepthMax, " levels"));
      throw Stop();
    }
    Level level;
    level.node.kind = kind;
    level.node.line = mark.line + 1;
    level.node.column = mark.column + 1;
    levels_.push_back(std::move(level));
  }

  void Close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    Attach(std::move(level.node));
  }

  void Add(YamlNode node, const YAML::Mark& mark) {
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    if (++node_count_ > kYamlNodeCountMax) {
      Refuse(mark, "TOO_MANY", absl::StrCat("plus de ", kYamlNodeCountMax, " valeurs"),
             absl::StrCat("more than ", kYamlNodeCountMax, " values"));
      throw Stop();
    }
    Attach(std::move(node));
  }

  void Attach(YamlNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.is_list()) {
      level.node.items.push_back(std::move(node));
      return;
    }
    if (!level.entry.has_value()) {
      StartEntry(level, std::move(node));
      return;
    }
    level.entry->value = std::move(node);
    if (!level.ignored) level.node.entries.push_back(*std::move(level.entry));
    level.entry.reset();
  }

  void StartEntry(Level& level, YamlNode key) {
    YAML::Mark mark;
    mark.line = key.line - 1;
    mark.column = key.column - 1;
    // The merge key is an alias in disguise; `null` as a key has its text no longer.
    if (!key.is_scalar() || (key.plain && key.text == "<<")) {
      Refuse(mark, "INVALID_KEY", "une clé est un mot simple", "a key is a plain word");
      throw Stop();
    }
    level.ignored = !level.keys.insert(key.text).second;
    if (level.ignored && options_.refuse_duplicate_keys) {
      Refuse(mark, "DUPLICATE", absl::StrCat("la clé \"", key.text, "\" est déjà donnée"),
             absl::StrCat("the key \"", key.text, "\" is given already"));
    }
    level.entry.emplace();
    level.entry->key = std::move(key.text);
    level.entry->line = key.line;
    level.entry->column = key.column;
  }

  const absl::string_view file_;
  const YamlOptions& options_;
  const absl::string_view bytes_;
  std::vector<HiddenPlace>* const hidden_;
  base::Issues* const issues_;
  std::vector<Level> levels_;
  YamlNode root_;
  YAML::Mark last_scalar_;
  size_t node_count_ = 0;
};

// Notes what is wrong with the raw bytes, and in `hidden` what the parser reads over. False if they
// must not be given to it.
bool CheckBytes(absl::string_view file, absl::string_view bytes, const YamlOptions& options,
                std::vector<HiddenPlace>* hidden, base::Issues* issues) {
  const auto refuse = [&](int line, int column, absl::string_view reason, const std::string& fr,
                          const std::string& en) {
    const std::string place = YamlPlace(file, line, column);
    issues->Add({.field = "",
                 .reason = std::string(reason),
                 .text_fr = absl::StrCat(place, " : ", fr),
                 .text_en = absl::StrCat(place, ": ", en)});
  };
  if (bytes.size() > options.file_size_max) {
    refuse(1, 1, "TOO_LARGE",
           absl::StrCat("fichier de ", bytes.size(), " octets ; au plus ", options.file_size_max),
           absl::StrCat("file of ", bytes.size(), " bytes; at most ", options.file_size_max));
    return false;
  }
  int line = 1;
  size_t line_start = 0;
  for (size_t i = 0; i < bytes.size();) {
    const int column = static_cast<int>(i - line_start) + 1;
    const Utf8Char character = DecodeUtf8(bytes.substr(i));
    if (character.size == 0) {
      refuse(line, column, "INVALID_UTF8", "octets qui ne sont pas de l'UTF-8",
             "bytes that are not UTF-8");
      return false;
    }
    // The parser would take NUL and U+0004 for the end of the document.
    const bool line_end = character.code == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n';
    const bool ends = character.code == 0 || character.code == 4;
    const bool refused = IsHidden(character.code) && !line_end && options.refuse_hidden_characters;
    const HiddenPlace place = {line, column, i, absl::StrFormat("U+%04X", character.code)};
    if (ends) {
      RefuseHiddenAt(file, place, "", issues);
      return false;
    }
    if (refused && hidden->size() < kHiddenPlacesMax) hidden->push_back(place);
    i += character.size;
    if (character.code == '\n') {
      ++line;
      line_start = i;
    }
  }
  return true;
}

// What the parser says, for people: yaml-cpp 0.7 speaks English and of its own tokens. A sentence
// that is not here says no more than where.
struct SyntaxText {
  absl::string_view said;  // begins with
  absl::string_view fr;
  absl::string_view en;
};
constexpr SyntaxText kSyntaxTexts[] = {
    {"end of sequence flow not found", "la liste n'est pas fermée, il manque ] ou une virgule",
     "the list is not closed, a ] or a comma is missing"},
    {"end of map flow not found",
     "les champs entre accolades ne sont pas fermés, il manque } ou une virgule",
     "the fields in braces are not closed, a } or a comma is missing"},
    {"end of sequence not found", "la liste s'arrête ici : vérifiez le tiret et le retrait",
     "the list breaks off here: look at the hyphen and the indentation"},
    {"end of map not found", "les champs s'arrêtent ici : vérifiez le retrait et les deux-points",
     "the fields break off here: look at the indentation and the colons"},
    {"illegal flow end", "une ] ou une } sans début", "a ] or } that nothing opens"},
    {"illegal block entry", "un tiret qui n'est pas à sa place", "a hyphen that is out of place"},
    {"illegal map key", "un nom de champ qui n'est pas à sa place",
     "the name of a field that is out of place"},
    {"illegal map value",
     "deux-points qui ne sont pas à leur place ; un texte qui en contient s'écrit entre guillemets",
     "a colon that is out of place; a text that holds one is written in quotes"},
    {"illegal tab", "une tabulation dans le retrait : mettez des espaces",
     "a tab in the indentation: use blanks"},
    {"unknown escape character", "une suite \\ inconnue dans un texte entre guillemets",
     "an unknown \\ sequence in a text in quotes"},
    {"invalid unicode", "un caractère \\u qui n'existe pas", "a \\u character that does not exist"},
    {"bad character found while scanning hex number", "un nombre hexadécimal mal écrit",
     "a wrong hexadecimal number"},
    {"illegal EOF in scalar", "ce texte n'a pas de guillemet fermant",
     "this text has no closing quote"},
    {"illegal document indicator in scalar", "--- ou ... dans un texte",
     "--- or ... inside a text"},
    {"illegal character in scalar", "un caractère qui n'est pas admis ici sans guillemets",
     "a character that is not allowed here without quotes"},
    {"unknown token", "un signe qui ne peut pas commencer une valeur ; mettez des guillemets",
     "a sign that cannot begin a value; use quotes"},
    {"unexpected character in block scalar", "un signe inattendu après | ou >",
     "an unexpected sign after | or >"},
    {"cannot set zero indentation", "un retrait nul après | ou >",
     "an indentation of zero after | or >"},
};

SyntaxText SyntaxTextOf(absl::string_view said) {
  for (const SyntaxText& text : kSyntaxTexts) {
    if (absl::StartsWith(said, text.said)) return text;
  }
  return {"", "illisible à partir d'ici", "unreadable from here on"};
}

// True if a quoted scalar begins at `mark` and its closing quote is missing. yaml-cpp takes the end
// of the file for it, so that a file cut off in the middle would pass.
bool IsOpenQuote(absl::string_view bytes, const YAML::Mark& mark) {
  for (int line = 0; line < mark.line; ++line) {
    const size_t end = bytes.find('\n');
    if (end == absl::string_view::npos) return false;
    bytes.remove_prefix(end + 1);
  }
  if (bytes.size() <= static_cast<size_t>(mark.column)) return false;
  bytes.remove_prefix(static_cast<size_t>(mark.column));
  const char quote = bytes[0];
  if (quote != '"' && quote != '\'') return false;
  for (size_t i = 1; i < bytes.size(); ++i) {
    if (quote == '"' && bytes[i] == '\\') {
      ++i;
    } else if (bytes[i] == quote) {
      // Two single quotes are one that is meant.
      if (quote == '"' || i + 1 == bytes.size() || bytes[i + 1] != quote) return false;
      ++i;
    }
  }
  return true;
}

}  // namespace

const YamlNode* YamlNode::Find(absl::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

absl::string_view YamlNode::FindText(absl::string_view key) const {
  const YamlNode* node = Find(key);
  return node != nullptr && node->is_scalar() ? absl::string_view(node->text) : absl::string_view();
}

bool ReadYaml(absl::string_view file, absl::string_view bytes, const YamlOptions& options,
              YamlNode* root, base::Issues* issues) {
  *root = YamlNode();
  const size_t count_before = issues->list().size() + issues->dropped_count();
  std::vector<HiddenPlace> hidden;
  if (!CheckBytes(file, bytes, options, &hidden, issues)) return false;
  TreeBuilder builder(file, bytes, options, &hidden, issues);
  const auto refuse = [&](const YAML::Mark& mark, absl::string_view reason, absl::string_view fr,
                          absl::string_view en) {
    const std::string place =
        YamlPlace(file, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1);
    issues->Add({.field = "",
                 .reason = std::string(reason),
                 .text_fr = absl::StrCat(place, " : ", fr),
                 .text_en = absl::StrCat(place, ": ", en)});
  };
  // JSON is read as the YAML that it is; its writer knows it as JSON.
  const char* const form = absl::EndsWith(file, ".json") ? "JSON" : "YAML";
  // yaml-cpp reports by exceptions; none leaves this function.
  try {
    std::istringstream stream{std::string(bytes)};
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      YamlNode first = builder.TakeRoot();
      if (IsOpenQuote(bytes, builder.last_scalar())) {
        refuse(builder.last_scalar(), "YAML_SYNTAX", "ce texte n'a pas de guillemet fermant",
               "this text has no closing quote");
      }
      if (parser.HandleNextDocument(builder)) {
        refuse(YAML::Mark(), "SEVERAL_DOCUMENTS",
               "un seul document par fichier : rien après sa fin, pas de ---",
               "one document per file: nothing after its end, no ---");
      }
      *root = std::move(first);
    }
  } catch (const Stop&) {
  } catch (const YAML::Exception& exception) {
    const SyntaxText text = SyntaxTextOf(exception.msg);
    refuse(exception.mark, "YAML_SYNTAX", absl::StrCat("syntaxe ", form, " : ", text.fr),
           absl::StrCat(form, " syntax: ", text.en));
  } catch (const std::exception&) {
    const SyntaxText text = SyntaxTextOf("");
    refuse(YAML::Mark(), "YAML_SYNTAX", absl::StrCat("syntaxe ", form, " : ", text.fr),
           absl::StrCat(form, " syntax: ", text.en));
  }
  // Those of no text: in comments and keys that are ignored, or behind what could not be read.
  for (const HiddenPlace& place : hidden) RefuseHiddenAt(file, place, "", issues);
  return issues->list().size() + issues->dropped_count() == count_before;
}

std::string YamlPlace(absl::string_view file, int line, int column) {
  return absl::StrCat(file, ":", line, ":", column);
}

YamlNode MergeYaml(const YamlNode& base, const YamlNode& over) {
  if (!base.is_map() || !over.is_map()) return over;
  YamlNode merged = over;
  merged.entries.clear();
  for (const YamlNode::Entry& entry : base.entries) {
    const YamlNode* value = over.Find(entry.key);
    if (value == nullptr) {
      merged.entries.push_back(entry);
    } else if (!value->is_null()) {
      YamlNode::Entry both = entry;
      both.value = MergeYaml(entry.value, *value);
      merged.entries.push_back(std::move(both));
    }
  }
  for (const YamlNode::Entry& entry : over.entries) {
    if (base.Find(entry.key) == nullptr) merged.entries.push_back(entry);
  }
  return merged;
}

std::string FindHiddenCharacter(absl::string_view text) {
  while (!text.empty()) {
    const Utf8Char character = DecodeUtf8(text);
    if (character.size == 0) return "invalid UTF-8";
    if (IsHidden(character.code)) return absl::StrFormat("U+%04X", character.code);
    text.remove_prefix(character.size);
  }
  return "";
}

std::string RemoveHiddenCharacters(absl::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const Utf8Char character = DecodeUtf8(text);
    const size_t size = std::max<size_t>(character.size, 1);
    if (character.size > 0 && !IsHidden(character.code)) {
      clean.append(text.data(), size);
    }
    text.remove_prefix(size);
  }
  return clean;
}

}  // namespace aplomb::catalog
