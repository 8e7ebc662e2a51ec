// aplomb-verify: checks a log of Aplomb without believing it. See docs/auditing.md.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "audit/verify/http_source.h"
#include "audit/verify/verify.h"

namespace {

using aplomb::verify::DirectorySource;
using aplomb::verify::HttpSource;
using aplomb::verify::Language;
using aplomb::verify::Report;
using aplomb::verify::Source;

constexpr char kUsage[] =
    R"(aplomb-verify --log DIR --policy FILE [--old FILE]... [--receipt FILE [--entry FILE]]...
aplomb-verify --policy FILE --receipt FILE [--entry FILE] [--disclosure FILE]

aplomb-verify fetch --from http://HOST[:PORT][/PREFIX] --dir DIR --policy FILE

  --log DIR         static files of the log: checkpoint, tile/... (also file:// and http://)
  --policy FILE     whom to trust: lines log, witness, group, quorum (C2SP tlog-policy)
  --old FILE        a signed checkpoint kept from earlier; may be given again
  --receipt FILE    a receipt (.tlog-proof); may be given again
  --entry FILE      the entry's bytes that the receipt before is for, if it does not carry them
  --disclosure FILE a section of that entry that somebody showed you
  --lang en|fr      language of the report (default en)
  --json            report for machines
  fetch             copies the files of a log over HTTP; verify them afterwards

Ends with  0 verified and witnessed     10 consistent, not witnessed as the policy asks
          20 findings                   30 fork or rollback proved (both signed notes are printed)
          40 invalid                     2 the command line is wrong, or a file cannot be read
)";

constexpr int kUsageCode = 2;
constexpr size_t kFileBytesMax = 1'000'000;
constexpr size_t kDisclosureBytesMax = 4'000'000;

int Fail(const std::string& text) {
  std::cerr << "aplomb-verify: " << text << "\n\n" << kUsage;
  return kUsageCode;
}

}  // namespace

int main(int argc, char** argv) {
  std::string log;
  std::string policy_file;
  std::vector<std::string> old_files;
  aplomb::verify::LogInput input;
  Language language = Language::kEnglish;
  bool json = false;

  const bool fetch = argc > 1 && absl::string_view(argv[1]) == "fetch";
  std::string directory;
  for (int i = fetch ? 2 : 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--help" || option == "-h") {
      std::cout << kUsage;
      return 0;
    }
    if (option == "--json") {
      json = true;
      continue;
    }
    if (i + 1 == argc) return Fail("unknown, or a value is missing: " + option);
    const std::string value = argv[++i];
    if (option == (fetch ? "--from" : "--log")) {
      log = value;
    } else if (fetch && option == "--dir") {
      directory = value;
    } else if (option == "--policy") {
      policy_file = value;
    } else if (option == "--lang" && (value == "en" || value == "fr")) {
      language = value == "fr" ? Language::kFrench : Language::kEnglish;
    } else if (option == "--old" || option == "--receipt") {
      auto text = aplomb::verify::ReadFileUpTo(value, kFileBytesMax);
      if (!text.ok()) return Fail(std::string(text.status().message()));
      if (option == "--old") {
        input.old_checkpoints.push_back({.label = value, .text = *std::move(text)});
      } else {
        input.receipts.push_back({.label = value, .text = *std::move(text)});
      }
    } else if (option == "--entry") {
      auto bytes = aplomb::verify::ReadFileUpTo(value, kFileBytesMax);
      if (!bytes.ok()) return Fail(std::string(bytes.status().message()));
      if (input.receipts.empty() || input.receipts.back().entry.has_value()) {
        return Fail("--entry stands after the --receipt that it is for");
      }
      input.receipts.back().entry = *std::move(bytes);
    } else if (option == "--disclosure") {
      auto bytes = aplomb::verify::ReadFileUpTo(value, kDisclosureBytesMax);
      if (!bytes.ok()) return Fail(std::string(bytes.status().message()));
      if (input.receipts.size() != 1) return Fail("--disclosure stands after its --receipt");
      input.receipts.back().disclosure = *std::move(bytes);
    } else {
      return Fail("unknown: " + option + " " + value);
    }
  }
  if (policy_file.empty()) return Fail("--policy is missing");
  if (!fetch && log.empty() && input.receipts.size() != 1)
    return Fail("--log is missing, or one --receipt");
  if (input.old_checkpoints.size() > aplomb::verify::kMaxOldCheckpoints) {
    return Fail("too many --old");
  }

  const auto policy_text = aplomb::verify::ReadFileUpTo(policy_file, aplomb::tlog::kMaxPolicyBytes);
  if (!policy_text.ok()) return Fail(std::string(policy_text.status().message()));
  const auto policy = aplomb::tlog::ParsePolicy(*policy_text);
  if (!policy.ok()) return Fail(policy_file + ": " + std::string(policy.status().message()));

  std::unique_ptr<Source> source;
  if (absl::StartsWith(log, "http://") || absl::StartsWith(log, "https://")) {
    auto http = HttpSource::Parse(log);
    if (!http.ok()) return Fail(std::string(http.status().message()));
    source = std::make_unique<HttpSource>(*std::move(http));
  } else {
    source = std::make_unique<DirectorySource>(log);
  }
  if (fetch) {
    if (log.empty() || directory.empty()) return Fail("fetch takes --from, --dir and --policy");
    const auto fetched = aplomb::verify::Fetch(*source, *policy, directory);
    if (!fetched.ok()) {
      std::cerr << "aplomb-verify: " << fetched.status().message() << "\n";
      return kUsageCode;
    }
    std::cout << fetched->size << " entries, " << fetched->files << " files fetched\n";
    return 0;
  }
  const Report report = log.empty() ? aplomb::verify::VerifyReceipt(input.receipts.front(), *policy)
                                    : aplomb::verify::VerifyLog(*source, *policy, input);
  std::cout << (json ? aplomb::verify::FormatJson(report)
                     : aplomb::verify::FormatText(report, language));
  std::cout.flush();
  return static_cast<int>(report.verdict());
}
