#include "cli/log_commands.h"

#include <signal.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/log.h"
#include "audit/publish/files.h"
#include "audit/tlog/checkpoint.h"
#include "audit/tlog/note.h"
#include "audit/verify/verify.h"
#include "audit/witness/witness.h"
#include "base/random.h"
#include "base/status.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "service/dataset.h"
#include "service/http_edge.h"

namespace aplomb::cli {
namespace {

constexpr size_t kDisclosureBytesMax = 4'000'000;

int EndWith(const absl::Status& status) {
  if (!status.ok()) std::cerr << "aplomb: " << status.message() << "\n";
  return ExitCodeOf(status);
}

absl::Status RunExport(const CommonOptions& common, const LogExportOptions& options) {
  audit::LogOptions log_options;
  log_options.directory = options.data;
  log_options.read_only = true;
  for (const audit::Projection& projection : service::Dataset::Projections()) {
    for (const audit::ColumnFamilySpec& family : projection.column_families) {
      log_options.column_families.push_back(family);
    }
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::Log> log, audit::Log::Open(log_options));
  ASSIGN_OR_RETURN(const publish::Exported exported,
                   publish::Export(log->tree(), options.directory));
  if (common.json) {
    std::cout << absl::StrCat("{\"size\":", exported.size,
                              ",\"files_written\":", exported.files_written,
                              ",\"files_kept\":", exported.files_kept, "}\n");
  } else if (common.language == Language::kFrench) {
    std::cout << absl::StrCat(exported.size, " entrées exportées dans ", options.directory, " : ",
                              exported.files_written, " fichiers écrits, ", exported.files_kept,
                              " déjà là\n");
  } else {
    std::cout << absl::StrCat(exported.size, " entries exported to ", options.directory, ": ",
                              exported.files_written, " files written, ", exported.files_kept,
                              " there before\n");
  }
  return absl::OkStatus();
}

absl::StatusOr<verify::Report> RunReceiptVerify(const ReceiptVerifyOptions& options) {
  ASSIGN_OR_RETURN(const std::string policy_text, ReadFile(options.policy, tlog::kMaxPolicyBytes));
  absl::StatusOr<tlog::Policy> policy = tlog::ParsePolicy(policy_text);
  if (!policy.ok()) return base::Annotate(policy.status(), options.policy);
  verify::KeptReceipt kept;
  kept.label = options.receipt;
  ASSIGN_OR_RETURN(kept.text, ReadFile(options.receipt, tlog::kMaxReceiptBytes));
  if (!options.entry.empty()) {
    ASSIGN_OR_RETURN(kept.entry, ReadFile(options.entry, tlog::kMaxEntryBytes));
  }
  if (!options.disclosure.empty()) {
    ASSIGN_OR_RETURN(kept.disclosure, ReadFile(options.disclosure, kDisclosureBytesMax));
  }
  return verify::VerifyReceipt(kept, *policy);
}

// The key of the file, made first if `name` is given and there is none.
absl::StatusOr<tlog::Signer> WitnessKey(const std::string& path, const std::string& name) {
  std::error_code error;
  if (!name.empty() && !std::filesystem::exists(path, error)) {
    ASSIGN_OR_RETURN(const tlog::Signer made,
                     tlog::Signer::FromSeed(name, tlog::SignatureType::kCosignature,
                                            base::SystemRandom::Get()->Bytes(tlog::kSeedBytes)));
    RETURN_IF_ERROR(WriteFile(path, made.ToPrivateString() + "\n", /*secret=*/true));
  }
  ASSIGN_OR_RETURN(const std::string line, ReadLine(path));
  absl::StatusOr<tlog::Signer> signer = tlog::Signer::Parse(line);
  if (!signer.ok()) return base::Annotate(signer.status(), path);
  return signer;
}

absl::Status RunWitness(const CommonOptions& common, const WitnessOptions& options) {
  ASSIGN_OR_RETURN(tlog::Signer signer, WitnessKey(options.key, options.new_key));
  const std::string vkey = signer.key().ToString();
  std::vector<tlog::VerifierKey> logs;
  for (const std::string& text : options.logs) {
    absl::StatusOr<tlog::VerifierKey> log = tlog::VerifierKey::Parse(text);
    if (!log.ok()) return base::Annotate(log.status(), text);
    logs.push_back(*std::move(log));
  }
  // Blocked before any thread starts, so that every thread leaves them to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  ASSIGN_OR_RETURN(const std::unique_ptr<witness::Witness> witness,
                   witness::Witness::Open({.signer = std::move(signer),
                                           .logs = std::move(logs),
                                           .state_directory = options.state}));
  ASSIGN_OR_RETURN(const std::unique_ptr<service::HttpServer> server,
                   service::HttpServer::Start(
                       {.address = options.listen, .body_bytes_max = witness::kRequestBytesMax},
                       service::WitnessHandler(witness.get())));
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  std::cout << vkey << std::endl;
  std::cerr << (common.language == Language::kFrench ? "aplomb: témoin à l'écoute sur "
                                                     : "aplomb: witness listening on ")
            << host << ":" << server->port() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  return absl::OkStatus();
}

}  // namespace

int LogExport(const CommonOptions& common, const LogExportOptions& options) {
  return EndWith(RunExport(common, options));
}

int ReceiptVerify(const CommonOptions& common, const ReceiptVerifyOptions& options) {
  const absl::StatusOr<verify::Report> report = RunReceiptVerify(options);
  if (!report.ok()) return EndWith(report.status());
  std::cout << (common.json ? verify::FormatJson(*report)
                            : verify::FormatText(*report, common.language == Language::kFrench
                                                              ? verify::Language::kFrench
                                                              : verify::Language::kEnglish));
  switch (report->verdict()) {
    case verify::Verdict::kWitnessed:
      return kDone;
    case verify::Verdict::kConsistent:
      return options.require_witnesses ? kInvalidInput : kDone;
    default:
      return kInvalidInput;
  }
}

int Witness(const CommonOptions& common, const WitnessOptions& options) {
  return EndWith(RunWitness(common, options));
}

}  // namespace aplomb::cli
