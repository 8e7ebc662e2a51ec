// Commands that ask for explanations of a recommendation, for the notice about the
// rules and for the owner's report.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/exit_codes.h"
#include "cli/json.h"
#include "cli/print_explanation.h"

namespace aplomb::cli {
namespace {

namespace pb = advisor::v1;

// The tool that makes a PDF of an HTML document, and how it is called: docs/DEPENDENCIES.md.
constexpr char kPdfTool[] = "weasyprint";

int Fail(const absl::Status& status) {
  std::cerr << "aplomb: " << status.message() << "\n";
  return ExitCodeOf(status);
}

template <typename Answer>
int Show(const CommonOptions& common, const absl::StatusOr<Answer>& answer) {
  if (!answer.ok()) return Fail(answer.status());
  if (common.json) {
    std::cout << ToJson(*answer, JsonForm::kPretty) << "\n";
  } else {
    std::cout << PrintExplanation(*answer, common.language);
  }
  return kDone;
}

absl::StatusOr<pb::CounterfactualExplanation::Goal> GoalOf(const std::string& word) {
  if (word == "first") return pb::CounterfactualExplanation::FIRST_BAND;
  if (word == "top3") return pb::CounterfactualExplanation::TOP_THREE;
  return absl::InvalidArgumentError("--goal takes first or top3");
}

absl::StatusOr<pb::CounterfactualExplanation::Side> SideOf(const std::string& word) {
  if (word == "offering") return pb::CounterfactualExplanation::OFFERING;
  if (word == "firm") return pb::CounterfactualExplanation::FIRM;
  if (word == "weights") return pb::CounterfactualExplanation::WEIGHTS;
  return absl::InvalidArgumentError("--side takes offering, firm or weights");
}

absl::Status WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be written"));
  return absl::OkStatus();
}

// Calls the tool without a shell: file names are words, never commands.
absl::Status MakePdf(const std::string& html, const std::string& path) {
  char name[] = "/tmp/aplomb-report-XXXXXX.html";
  const int file = mkstemps(name, 5);
  if (file < 0) return absl::InvalidArgumentError("no temporary file can be made in /tmp");
  close(file);
  const absl::Cleanup remove = [&] { unlink(name); };
  RETURN_IF_ERROR(WriteFile(name, html));
  std::string tool = kPdfTool;
  std::string out = path;
  std::string quiet = "--quiet";
  char* const arguments[] = {tool.data(), quiet.data(), name, out.data(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, kPdfTool, nullptr, nullptr, arguments, environ) != 0) {
    return absl::InternalError(
        absl::StrCat("PDF_TOOL_MISSING: a PDF needs the program ", kPdfTool,
                     " (deploy/install-dependencies report); --out FILE.html needs nothing"));
  }
  int state = 0;
  if (waitpid(child, &state, 0) != child || !WIFEXITED(state) || WEXITSTATUS(state) != 0) {
    const bool missing = WIFEXITED(state) && WEXITSTATUS(state) == 127;
    return absl::InternalError(
        missing ? absl::StrCat("PDF_TOOL_MISSING: a PDF needs the program ", kPdfTool,
                               " (deploy/install-dependencies report); --out FILE.html needs "
                               "nothing")
                : absl::StrCat("PDF_FAILED: ", kPdfTool, " did not make ", path));
  }
  return absl::OkStatus();
}

}  // namespace

int Explain(const CommonOptions& common, const ExplainOptions& options) {
  const absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, options.server);
  if (!client.ok()) return Fail(client.status());
  Client& server = **client;
  switch (options.kind) {
    case ExplainOptions::Kind::kWhyNot:
      return Show(common, server.ExplainWhyNot(options.name, options.offering, options.need));
    case ExplainOptions::Kind::kCompare:
      return Show(common, server.CompareOfferings(options.name, options.offering, options.other,
                                                  options.need));
    case ExplainOptions::Kind::kWhatIf: {
      const auto goal = GoalOf(options.goal);
      if (!goal.ok()) return Fail(goal.status());
      const auto side = SideOf(options.side);
      if (!side.ok()) return Fail(side.status());
      return Show(common, server.FindCounterfactuals(options.name, options.offering, *goal, *side,
                                                     options.need));
    }
    case ExplainOptions::Kind::kStability:
      return Show(common, server.AssessStability(options.name, options.need));
    case ExplainOptions::Kind::kUnknowns:
      return Show(common, server.AssessUnknowns(options.name, options.need));
    case ExplainOptions::Kind::kRepair:
      return Show(common, server.SuggestRepairs(options.name, options.need));
    case ExplainOptions::Kind::kPlan:
      return Show(common, server.GetPlan(options.name));
  }
  return kFailed;
}

int Notice(const CommonOptions& common, const ServerOptions& server, const std::string& name,
           bool html) {
  const absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, server);
  if (!client.ok()) return Fail(client.status());
  const auto notice = (*client)->GetTransparencyNotice(name, html);
  if (!html || common.json || !notice.ok()) return Show(common, notice);
  std::cout << (common.language == Language::kFrench ? notice->html_fr() : notice->html_en());
  return kDone;
}

int Report(const CommonOptions& common, const ServerOptions& server, const std::string& name,
           const std::string& out) {
  const bool pdf = absl::EndsWithIgnoreCase(out, ".pdf");
  if (!out.empty() && !pdf && !absl::EndsWithIgnoreCase(out, ".html")) {
    return Fail(absl::InvalidArgumentError("--out takes a file that ends with .html or .pdf"));
  }
  const absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, server);
  if (!client.ok()) return Fail(client.status());
  const auto report =
      (*client)->GetReport(name, common.language == Language::kFrench ? "fr" : "en");
  if (!report.ok()) return Fail(report.status());
  if (common.json) {
    std::cout << ToJson(*report, JsonForm::kPretty) << "\n";
    return kDone;
  }
  if (out.empty()) {
    std::cout << report->content();
    return kDone;
  }
  const absl::Status written =
      pdf ? MakePdf(report->content(), out) : WriteFile(out, report->content());
  if (!written.ok()) return Fail(written);
  std::cout << out << "\n";
  return kDone;
}

}  // namespace aplomb::cli
