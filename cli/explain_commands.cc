// Commands that ask for explanations of a recommendation, for the notice about the
// rules and for the owner's report.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/print_explanation.h"

namespace aplomb::cli {
namespace {

namespace pb = advisor::v1;

// The tool that makes a PDF of an HTML document, and how it is called: docs/DEPENDENCIES.md.
constexpr char kPdfTool[] = "weasyprint";

template <typename Answer>
int Show(const CommonOptions& common, const absl::StatusOr<Answer>& answer) {
  if (!answer.ok()) return End(common, answer.status());
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
  return ErrorOf(absl::StatusCode::kInvalidArgument, "", "--goal prend first ou top3",
                 "--goal takes first or top3");
}

absl::StatusOr<pb::CounterfactualExplanation::Side> SideOf(const std::string& word) {
  if (word == "offering") return pb::CounterfactualExplanation::OFFERING;
  if (word == "firm") return pb::CounterfactualExplanation::FIRM;
  if (word == "weights") return pb::CounterfactualExplanation::WEIGHTS;
  return ErrorOf(absl::StatusCode::kInvalidArgument, "", "--side prend offering, firm ou weights",
                 "--side takes offering, firm or weights");
}

absl::Status PdfToolMissing() {
  return ErrorOf(absl::StatusCode::kInternal, "PDF_TOOL_MISSING",
                 absl::StrCat("un PDF demande le programme ", kPdfTool,
                              " (deploy/install-dependencies report) ; --out FICHIER.html ne "
                              "demande rien"),
                 absl::StrCat("a PDF needs the program ", kPdfTool,
                              " (deploy/install-dependencies report); --out FILE.html needs "
                              "nothing"));
}

// Calls the tool without a shell: file names are words, never commands.
absl::Status MakePdf(const std::string& html, const std::string& path) {
  char name[] = "/tmp/aplomb-report-XXXXXX.html";
  const int file = mkstemps(name, 5);
  if (file < 0) {
    return ErrorOf(absl::StatusCode::kUnavailable, "FILE_NOT_WRITTEN",
                   "aucun fichier temporaire ne peut être créé dans /tmp",
                   "no temporary file can be made in /tmp");
  }
  close(file);
  const absl::Cleanup remove = [&] { unlink(name); };
  RETURN_IF_ERROR(WriteFile(name, html, /*secret=*/true));
  std::string tool = kPdfTool;
  std::string out = path;
  std::string quiet = "--quiet";
  char* const arguments[] = {tool.data(), quiet.data(), name, out.data(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, kPdfTool, nullptr, nullptr, arguments, environ) != 0) {
    return PdfToolMissing();
  }
  int state = 0;
  if (waitpid(child, &state, 0) == child && WIFEXITED(state)) {
    if (WEXITSTATUS(state) == 0) return absl::OkStatus();
    if (WEXITSTATUS(state) == 127) return PdfToolMissing();
  }
  return ErrorOf(absl::StatusCode::kInternal, "PDF_FAILED",
                 absl::StrCat(kPdfTool, " n'a pas pu faire ", path),
                 absl::StrCat(kPdfTool, " did not make ", path));
}

}  // namespace

int Explain(const CommonOptions& common, const ExplainOptions& options) {
  const absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, options.server);
  if (!client.ok()) return End(common, client.status());
  Client& server = **client;
  switch (options.kind) {
    case ExplainOptions::Kind::kWhyNot:
      return Show(common, server.ExplainWhyNot(options.name, options.offering, options.need));
    case ExplainOptions::Kind::kCompare:
      return Show(common, server.CompareOfferings(options.name, options.offering, options.other,
                                                  options.need));
    case ExplainOptions::Kind::kWhatIf: {
      const auto goal = GoalOf(options.goal);
      if (!goal.ok()) return End(common, goal.status());
      const auto side = SideOf(options.side);
      if (!side.ok()) return End(common, side.status());
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
  if (!client.ok()) return End(common, client.status());
  const auto notice = (*client)->GetTransparencyNotice(name, html);
  if (!html || common.json || !notice.ok()) return Show(common, notice);
  std::cout << (common.language == Language::kFrench ? notice->html_fr() : notice->html_en());
  return kDone;
}

int Report(const CommonOptions& common, const ServerOptions& server, const std::string& name,
           const std::string& out) {
  const bool pdf = absl::EndsWithIgnoreCase(out, ".pdf");
  if (!out.empty() && !pdf && !absl::EndsWithIgnoreCase(out, ".html")) {
    return End(common, ErrorOf(absl::StatusCode::kInvalidArgument, "",
                               "--out prend un fichier dont le nom finit par .html ou .pdf",
                               "--out takes a file that ends with .html or .pdf"));
  }
  const absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, server);
  if (!client.ok()) return End(common, client.status());
  const auto report =
      (*client)->GetReport(name, common.language == Language::kFrench ? "fr" : "en");
  if (!report.ok()) return End(common, report.status());
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
  if (!written.ok()) return End(common, written);
  std::cout << out << "\n";
  return kDone;
}

}  // namespace aplomb::cli
