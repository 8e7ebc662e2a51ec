// Reading a rulebook from text files, and what findings look like.

#include <dirent.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/reason.h"
#include "base/status.h"
#include "decision/finding_texts.h"
#include "decision/rule_reporter.h"
#include "decision/rulebook_compiler.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace aplomb::decision {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using InfoTree = TextFormat::ParseInfoTree;

// A rulebook that is larger than this is not one.
constexpr size_t kFileBytesMax = 4 << 20;

// Fields that give an element its name in `where`.
constexpr const char* kIdFields[] = {"need_id", "criterion_id", "constraint_id", "group_id",
                                     "feature_id"};

class Collector final : public google::protobuf::io::ErrorCollector {
 public:
  Collector(std::string file, std::vector<Diagnostic>& diagnostics)
      : file_(std::move(file)), diagnostics_(diagnostics) {}

  void AddError(int line, int /*column*/, const std::string& message) override {
    diagnostics_.push_back({.severity = Diagnostic::Severity::kError,
                            .code = "RB001",
                            .file = file_,
                            .line = line + 1,
                            .where = "",
                            .text = absl::StrCat("The text cannot be read: ", message)});
    diagnostics_.back().text_fr = FrenchOfFinding(diagnostics_.back().text);
  }
  void AddWarning(int line, int column, const std::string& message) override {
    AddError(line, column, message);
  }

 private:
  const std::string file_;
  std::vector<Diagnostic>& diagnostics_;
};

// "[C06]" where the element has an id, else "[2]".
std::string ElementName(const Message& element, int index) {
  for (const char* id_field : kIdFields) {
    const FieldDescriptor* field = element.GetDescriptor()->FindFieldByName(id_field);
    if (field == nullptr || field->is_repeated()) continue;
    const std::string id = element.GetReflection()->GetString(element, field);
    if (!id.empty()) return absl::StrCat("[", id, "]");
  }
  return absl::StrCat("[", index, "]");
}

// Notes the line of every element that the text sets.
void NoteLines(const Message& message, const InfoTree& tree, const std::string& prefix,
               const std::string& file, std::map<std::string, std::pair<std::string, int>>& lines) {
  std::vector<const FieldDescriptor*> fields;
  const auto& reflection = *message.GetReflection();
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const int index = field->is_repeated() ? i : -1;
      const Message* nested = nullptr;
      if (is_message) {
        nested = field->is_repeated() ? &reflection.GetRepeatedMessage(message, field, i)
                                      : &reflection.GetMessage(message, field);
      }
      const std::string list = absl::StrCat(prefix, prefix.empty() ? "" : ".", field->name());
      std::string where = list;
      if (field->is_repeated()) {
        absl::StrAppend(&where,
                        nested != nullptr ? ElementName(*nested, i) : absl::StrCat("[", i, "]"));
      }
      const int line = tree.GetLocation(field, index).line;
      if (line >= 0) {
        lines[where] = {file, line + 1};
        // The list as a whole: where its first element is.
        if (i == 0 && field->is_repeated()) lines[list] = {file, line + 1};
      }
      if (nested == nullptr) continue;
      const InfoTree* nested_tree = tree.GetTreeForNested(field, index);
      if (nested_tree != nullptr) NoteLines(*nested, *nested_tree, where, file, lines);
    }
  }
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return base::ReasonedError(absl::StatusCode::kNotFound, "RULEBOOK_NOT_FOUND",
                               absl::StrCat("no file ", path));
  }
  std::string text(kFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (in.bad()) return absl::UnavailableError(absl::StrCat("cannot read ", path));
  if (text.size() > kFileBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has more than ", kFileBytesMax, " bytes; a rulebook has less"));
  }
  return text;
}

// Names of the text files of a folder, sorted; empty where there is no such folder.
std::vector<std::string> TextFiles(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(directory.c_str()), &closedir);
  if (folder == nullptr) return names;
  // A folder read by one thread only: readdir keeps its state in `folder`.
  while (const dirent* entry = readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe)
    std::string name = entry->d_name;
    if (absl::EndsWith(name, ".textproto")) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Parses one file into `message`; what is wrong goes to the diagnostics.
absl::Status ParseFile(const std::string& path, Message& message, InfoTree& tree,
                       std::vector<Diagnostic>& diagnostics) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  Collector collector(path, diagnostics);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&tree);
  const size_t errors_before = diagnostics.size();
  if (!parser.ParseFromString(text, &message) && diagnostics.size() == errors_before) {
    collector.AddError(0, 0, "it is not a text of this message");
  }
  return absl::OkStatus();
}

bool Before(const Diagnostic& a, const Diagnostic& b) {
  return std::tie(a.file, a.line, a.where, a.code, a.text) <
         std::tie(b.file, b.line, b.where, b.code, b.text);
}

}  // namespace

absl::StatusOr<RulebookSource> ReadRulebook(const std::string& directory) {
  RulebookSource source;
  {
    const std::string path = absl::StrCat(directory, "/rulebook.textproto");
    InfoTree tree;
    RETURN_IF_ERROR(ParseFile(path, source.rulebook, tree, source.diagnostics));
    NoteLines(source.rulebook, tree, "", path, source.lines);
  }
  const std::string needs_directory = absl::StrCat(directory, "/needs");
  for (const std::string& name : TextFiles(needs_directory)) {
    const std::string path = absl::StrCat(needs_directory, "/", name);
    catalog::v1::Need& need = *source.rulebook.add_needs();
    InfoTree tree;
    RETURN_IF_ERROR(ParseFile(path, need, tree, source.diagnostics));
    const std::string where =
        absl::StrCat("needs", ElementName(need, source.rulebook.needs_size() - 1));
    source.lines[where] = {path, 1};
    NoteLines(need, tree, where, path, source.lines);
  }
  return source;
}

std::string FormatDiagnostics(const std::vector<Diagnostic>& diagnostics, bool french) {
  std::vector<Diagnostic> sorted = diagnostics;
  std::sort(sorted.begin(), sorted.end(), Before);
  std::string text;
  for (const Diagnostic& d : sorted) {
    if (!d.file.empty()) absl::StrAppend(&text, d.file, ":", d.line, french ? " : " : ": ");
    const bool error = d.severity == Diagnostic::Severity::kError;
    absl::StrAppend(
        &text, french ? (error ? "erreur " : "avertissement ") : (error ? "error " : "warning "),
        d.code, d.where.empty() ? "" : " ", d.where, french ? " : " : ": ",
        french && !d.text_fr.empty() ? d.text_fr : d.text, "\n");
  }
  return text;
}

std::vector<Diagnostic> RuleReporter::Take() && {
  std::sort(diagnostics_.begin(), diagnostics_.end(), Before);
  return std::move(diagnostics_);
}

void RuleReporter::Add(Diagnostic::Severity severity, absl::string_view code,
                       const std::string& where, std::string text) {
  if (severity == Diagnostic::Severity::kError) ++error_count_;
  if (diagnostics_.size() >= kDiagnosticsMax) return;
  Diagnostic diagnostic{.severity = severity,
                        .code = std::string(code),
                        .file = "",
                        .line = 0,
                        .where = where,
                        .text = std::move(text)};
  diagnostic.text_fr = FrenchOfFinding(diagnostic.text);
  if (source_ != nullptr) {
    // The element itself, or the nearest one around it that has a line.
    std::string place = where;
    while (!place.empty()) {
      const auto it = source_->lines.find(place);
      if (it != source_->lines.end()) {
        diagnostic.file = it->second.first;
        diagnostic.line = it->second.second;
        break;
      }
      const size_t cut = place.find_last_of(".[");
      place.resize(cut == std::string::npos ? 0 : cut);
    }
  }
  diagnostics_.push_back(std::move(diagnostic));
}

}  // namespace aplomb::decision
