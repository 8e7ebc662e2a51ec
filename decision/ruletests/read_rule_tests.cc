// Tests of a rulebook from text files, and how what they share becomes part of each.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "decision/ruletests/rule_tests.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace aplomb::decision {
namespace {

using catalog::v1::RuleTest;
using catalog::v1::RuleTestFile;
using catalog::v1::TestedOffering;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

constexpr uintmax_t kFileBytesMax = 4 << 20;
constexpr const char* kBaseFile = "base.textproto";

Diagnostic Wrong(const char* code, std::string where, std::string text) {
  return {.severity = Diagnostic::Severity::kError,
          .code = code,
          .file = "",
          .line = 0,
          .where = std::move(where),
          .text = std::move(text)};
}

class Collector final : public google::protobuf::io::ErrorCollector {
 public:
  Collector(std::string file, std::vector<Diagnostic>& diagnostics)
      : file_(std::move(file)), diagnostics_(diagnostics) {}
  void AddError(int line, int /*column*/, const std::string& message) override {
    Diagnostic d = Wrong("RT001", "", absl::StrCat("The text cannot be read: ", message));
    d.file = file_;
    d.line = line + 1;
    diagnostics_.push_back(std::move(d));
  }
  void AddWarning(int line, int column, const std::string& message) override {
    AddError(line, column, message);
  }

 private:
  const std::string file_;
  std::vector<Diagnostic>& diagnostics_;
};

// Clears the field at `path`; false where there is no such field.
bool Clear(const std::string& path, Message& message) {
  Message* at = &message;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i < names.size(); ++i) {
    const FieldDescriptor* field = at->GetDescriptor()->FindFieldByName(names[i]);
    if (field == nullptr) return false;
    if (i + 1 == names.size()) {
      at->GetReflection()->ClearField(at, field);
      return true;
    }
    if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return false;
    at = at->GetReflection()->MutableMessage(at, field);
  }
  return false;
}

// `shared` without `without`, then `with`; the result replaces `with`. A field that was cleared
// stays absent together with the message around it where nothing else is in there.
template <typename M>
void Merge(const M& shared, google::protobuf::RepeatedPtrField<std::string>& without, M& with,
           const std::string& where, std::vector<Diagnostic>& diagnostics) {
  M merged = shared;
  for (const std::string& path : without) {
    if (Clear(path, merged)) continue;
    diagnostics.push_back(
        Wrong("RT003", where, absl::StrCat("There is no field \"", path, "\" to take out.")));
  }
  merged.MergeFrom(with);
  with = std::move(merged);
  without.Clear();
}

absl::Status ReadFile(const std::string& path, RuleTestFile& file, std::vector<int>& lines,
                      std::vector<Diagnostic>& diagnostics) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) > kFileBytesMax || error) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " cannot be read, or has more than ", kFileBytesMax, " bytes"));
  }
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return absl::UnavailableError(absl::StrCat("cannot read ", path));
  Collector collector(path, diagnostics);
  TextFormat::Parser parser;
  TextFormat::ParseInfoTree tree;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&tree);
  const size_t errors_before = diagnostics.size();
  if (!parser.ParseFromString(text.str(), &file) && diagnostics.size() == errors_before) {
    collector.AddError(0, 0, "it is not a text of this message");
  }
  const FieldDescriptor* tests = RuleTestFile::descriptor()->FindFieldByName("tests");
  for (int i = 0; i < file.tests_size(); ++i) {
    lines.push_back(tree.GetLocation(tests, i).line + 1);
  }
  return absl::OkStatus();
}

}  // namespace

void AddRuleTests(const RuleTestFile& base, const RuleTestFile& file, RuleTestSource& source) {
  type::FirmProfile firm = base.firm();
  firm.MergeFrom(file.firm());
  catalog::v1::Offering offering = base.offering();
  offering.MergeFrom(file.offering());
  for (const RuleTest& written : file.tests()) {
    RuleTest& test = *source.all.add_tests();
    test = written;
    const std::string where = absl::StrCat("tests[\"", test.name(), "\"]");
    if (!test.has_day()) *test.mutable_day() = file.has_day() ? file.day() : base.day();
    Merge(firm, *test.mutable_firm_without(), *test.mutable_firm_with(), where, source.diagnostics);
    for (TestedOffering& one : *test.mutable_offerings()) {
      Merge(offering, *one.mutable_without(), *one.mutable_with(), where, source.diagnostics);
      if (one.with().need_ids().empty()) one.mutable_with()->add_need_ids(test.need_id());
    }
  }
}

absl::StatusOr<RuleTestSource> ReadRuleTests(const std::string& directory) {
  const std::filesystem::path folder = std::filesystem::path(directory) / "tests";
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".textproto" && entry.path().filename() != kBaseFile) {
      paths.push_back(entry.path());
    }
  }
  if (error) return absl::NotFoundError(absl::StrCat("no folder ", folder.string()));
  std::sort(paths.begin(), paths.end());
  RuleTestSource source;
  RuleTestFile base;
  std::vector<int> ignored;
  if (std::filesystem::exists(folder / kBaseFile, error)) {
    RETURN_IF_ERROR(ReadFile(folder / kBaseFile, base, ignored, source.diagnostics));
  }
  for (const std::string& path : paths) {
    RuleTestFile file;
    std::vector<int> lines;
    RETURN_IF_ERROR(ReadFile(path, file, lines, source.diagnostics));
    const size_t before = source.diagnostics.size();
    AddRuleTests(base, file, source);
    for (const int line : lines) source.lines.emplace_back(path, line);
    for (size_t i = before; i < source.diagnostics.size(); ++i) source.diagnostics[i].file = path;
  }
  return source;
}

}  // namespace aplomb::decision
