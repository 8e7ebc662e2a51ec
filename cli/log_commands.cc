#include "cli/log_commands.h"

#include <signal.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "audit/key_rotation.h"
#include "audit/log.h"
#include "audit/publish/files.h"
#include "audit/tlog/checkpoint.h"
#include "audit/tlog/note.h"
#include "audit/verify/verify.h"
#include "audit/witness/witness.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/status.h"
#include "cli/client.h"
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/json.h"
#include "service/dataset.h"
#include "service/http_edge.h"

namespace aplomb::cli {
namespace {

namespace pb = ::aplomb::audit::v1;

constexpr size_t kDisclosureBytesMax = 4'000'000;

absl::StatusOr<std::unique_ptr<audit::Log>> OpenToRead(const std::string& data) {
  audit::LogOptions log_options;
  log_options.directory = data;
  log_options.read_only = true;
  for (const audit::Projection& projection : service::Dataset::Projections()) {
    for (const audit::ColumnFamilySpec& family : projection.column_families) {
      log_options.column_families.push_back(family);
    }
  }
  return audit::Log::Open(log_options);
}

absl::StatusOr<std::vector<tlog::Hash>> HashesOf(
    const google::protobuf::RepeatedPtrField<std::string>& bytes) {
  std::vector<tlog::Hash> hashes;
  for (const std::string& each : bytes) {
    ASSIGN_OR_RETURN(const base::Digest hash, base::DigestFromBytes(each));
    hashes.push_back(hash);
  }
  return hashes;
}

absl::Status RunExport(const CommonOptions& common, const LogExportOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::Log> log, OpenToRead(options.data));
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

absl::Status RunTail(const CommonOptions& common, const LogTailOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(common, options.server));
  ::aplomb::audit::v1::TailEntriesRequest request;
  request.set_first_index(options.from);
  request.set_follow(options.follow);
  return client->TailEntries(request, [&](const ::aplomb::audit::v1::TailEntriesResponse& message) {
    for (const ::aplomb::audit::v1::Entry& entry : message.entries()) {
      if (common.json) {
        std::cout << ToJson(entry, JsonForm::kLine) << "\n";
        continue;
      }
      const absl::Time time =
          absl::FromUnixSeconds(entry.time().seconds()) + absl::Nanoseconds(entry.time().nanos());
      std::cout << absl::StrFormat(
          "%9d  %s  %-12s %6d  %s\n", entry.index(),
          absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone()), entry.type(),
          entry.leaf().size(), base::HexEncode(tlog::LeafHash(entry.leaf())));
    }
    // Whoever reads along sees each line at once; a closed pipe ends the stream.
    std::cout.flush();
    return static_cast<bool>(std::cout);
  });
}

// The checkpoint of a server that is running, or of the directory of one that is stopped.
absl::StatusOr<pb::Checkpoint> ReadCheckpoint(const CommonOptions& common,
                                              const ServerOptions& options, bool cosigned) {
  std::error_code error;
  const bool stopped = options.server.empty() && !options.data.empty() &&
                       !std::filesystem::exists(options.data + "/address", error);
  if (!stopped) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(common, options));
    pb::GetCheckpointRequest request;
    request.set_cosigned(cosigned);
    pb::Checkpoint checkpoint;
    RETURN_IF_ERROR(
        client->Call("/aplomb.audit.v1.LogService/GetCheckpoint", request, &checkpoint));
    return checkpoint;
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::Log> log, OpenToRead(options.data));
  ASSIGN_OR_RETURN(const std::string note,
                   cosigned ? log->tree().CosignedCheckpoint() : log->tree().SignedCheckpoint());
  ASSIGN_OR_RETURN(const tlog::Checkpoint opened, log->tree().key_history()->Open(note));
  pb::Checkpoint checkpoint;
  checkpoint.set_note(note);
  checkpoint.set_origin(opened.origin);
  checkpoint.set_size(static_cast<int64_t>(opened.size));
  checkpoint.set_root(std::string(base::DigestView(opened.root)));
  checkpoint.set_verifier_key(log->tree().key_history()->InForce(opened.size).back().ToString());
  return checkpoint;
}

absl::Status RunShow(const CommonOptions& common, const LogShowOptions& options) {
  ASSIGN_OR_RETURN(const pb::Checkpoint newest,
                   ReadCheckpoint(common, options.server, /*cosigned=*/false));
  const absl::StatusOr<pb::Checkpoint> cosigned =
      ReadCheckpoint(common, options.server, /*cosigned=*/true);
  if (!cosigned.ok() && !absl::IsNotFound(cosigned.status())) return cosigned.status();
  const int64_t cosigned_size = cosigned.ok() ? cosigned->size() : 0;
  if (common.json) {
    std::cout << ToJson(newest, JsonForm::kLine) << "\n";
    return absl::OkStatus();
  }
  const bool french = common.language == Language::kFrench;
  std::cout << (french ? "origine   " : "origin    ") << newest.origin() << "\n"
            << (french ? "clé       " : "key       ") << newest.verifier_key() << "\n"
            << (french ? "entrées   " : "entries   ") << newest.size() << "\n"
            << (french ? "cosignées " : "cosigned  ") << cosigned_size << "\n\n"
            << newest.note();
  return absl::OkStatus();
}

absl::Status RunRotateKey(const CommonOptions& common, const LogRotateKeyOptions& options) {
  ASSIGN_OR_RETURN(
      const std::unique_ptr<service::Dataset> dataset,
      service::Dataset::Open({.directory = options.data, .high_water_path = options.high_water}));
  absl::StatusOr<audit::KeyRotation> made =
      options.end ? audit::EndKeyRotation(dataset->log(), dataset->sequencer())
                  : audit::BeginKeyRotation(dataset->log(), dataset->sequencer(),
                                            *base::SystemRandom::Get());
  RETURN_IF_ERROR(made.status());
  const int64_t index = made->committed.index;
  const std::string old_key = made->old_key.ToString();
  const std::string new_key = made->new_key.ToString();
  if (common.json) {
    std::cout << absl::StrCat("{\"index\":", index, ",\"old_key\":\"", old_key, "\",\"new_key\":\"",
                              new_key, "\",\"ended\":", options.end ? "true" : "false", "}\n");
    return absl::OkStatus();
  }
  if (common.language == Language::kFrench) {
    std::cout
        << (options.end
                ? absl::StrCat("entrée ", index, " : seule signe désormais la clé ", new_key,
                               "\nLe fichier de l'ancienne clé n'existe plus ; gardez sa "
                               "ligne `log` dans les politiques, pour les anciens reçus.\n")
                : absl::StrCat(
                      "entrée ", index, " : la nouvelle clé signe aussi : ", new_key,
                      "\nPubliez-la, ajoutez une ligne `log` aux politiques et à chaque "
                      "témoin, gardez une copie de keys/log.next, puis achevez avec --end.\n"));
  } else {
    std::cout << (options.end
                      ? absl::StrCat("entry ", index, ": from here on one key signs: ", new_key,
                                     "\nThe file of the old key is gone; keep its `log` line in "
                                     "policies, for old receipts.\n")
                      : absl::StrCat("entry ", index, ": the new key signs too: ", new_key,
                                     "\nPublish it, add a `log` line to policies and to each "
                                     "witness, keep a copy of keys/log.next, then end with "
                                     "--end.\n"));
  }
  return absl::OkStatus();
}

absl::Status RunRefresh(const CommonOptions& common, const ReceiptRefreshOptions& options) {
  ASSIGN_OR_RETURN(const std::string policy_text, ReadFile(options.policy, tlog::kMaxPolicyBytes));
  absl::StatusOr<tlog::Policy> policy = tlog::ParsePolicy(policy_text);
  if (!policy.ok()) return base::Annotate(policy.status(), options.policy);
  ASSIGN_OR_RETURN(const std::string text, ReadFile(options.receipt, tlog::kMaxReceiptBytes));
  absl::StatusOr<tlog::Receipt> old = tlog::ParseReceipt(text);
  if (!old.ok()) return base::Annotate(old.status(), options.receipt);
  if (!old->extra.has_value()) {
    return ErrorOf(absl::StatusCode::kInvalidArgument, "RECEIPT_WITHOUT_ENTRY",
                   absl::StrCat(options.receipt, " : ce reçu ne contient pas l'entrée"),
                   absl::StrCat(options.receipt, ": this receipt does not carry the entry"));
  }
  absl::StatusOr<tlog::TrustedCheckpoint> before =
      tlog::CheckReceipt(*old, *old->extra, *policy, /*require_quorum=*/false);
  if (!before.ok()) return base::Annotate(before.status(), options.receipt);

  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(common, options.server));
  pb::GetCheckpointRequest newest;
  newest.set_cosigned(true);
  pb::Checkpoint checkpoint;
  const absl::Status found =
      client->Call("/aplomb.audit.v1.LogService/GetCheckpoint", newest, &checkpoint);
  if (absl::IsNotFound(found) ||
      (found.ok() && static_cast<uint64_t>(checkpoint.size()) <= old->index)) {
    return ErrorOf(absl::StatusCode::kUnavailable, "NOT_COSIGNED_YET",
                   "Aucun témoin n'a encore cosigné cette entrée : redemandez plus tard.",
                   "No witness has cosigned this entry yet: ask again later.");
  }
  RETURN_IF_ERROR(found);
  tlog::Receipt receipt = *old;
  receipt.checkpoint = checkpoint.note();
  pb::ProveInclusionRequest inclusion;
  inclusion.set_index(static_cast<int64_t>(old->index));
  inclusion.set_tree_size(checkpoint.size());
  pb::ProveInclusionResponse proof;
  RETURN_IF_ERROR(client->Call("/aplomb.audit.v1.LogService/ProveInclusion", inclusion, &proof));
  ASSIGN_OR_RETURN(receipt.proof, HashesOf(proof.hashes()));
  ASSIGN_OR_RETURN(const tlog::TrustedCheckpoint after,
                   tlog::CheckReceipt(receipt, *receipt.extra, *policy, /*require_quorum=*/false));
  // Nobody has to believe that the newer log goes on from the one of the old receipt.
  const tlog::Checkpoint& smaller =
      before->checkpoint.size <= after.checkpoint.size ? before->checkpoint : after.checkpoint;
  const tlog::Checkpoint& larger =
      &smaller == &before->checkpoint ? after.checkpoint : before->checkpoint;
  pb::ProveConsistencyRequest consistency;
  consistency.set_old_size(static_cast<int64_t>(smaller.size));
  consistency.set_new_size(static_cast<int64_t>(larger.size));
  pb::ProveConsistencyResponse path;
  RETURN_IF_ERROR(client->Call("/aplomb.audit.v1.LogService/ProveConsistency", consistency, &path));
  ASSIGN_OR_RETURN(const std::vector<tlog::Hash> hashes, HashesOf(path.hashes()));
  if (!tlog::CheckConsistency(smaller.size, larger.size, smaller.root, larger.root, hashes).ok()) {
    return ErrorOf(
        absl::StatusCode::kDataLoss, "LOG_FORKED",
        "Le journal de ce serveur n'est pas la suite de celui du reçu : gardez le reçu tel quel, "
        "et publiez-le avec le point de contrôle du serveur.",
        "The log of this server does not go on from the one of the receipt: keep the receipt as it "
        "is, and publish it with the server's checkpoint.");
  }
  const std::string out = options.out.empty() ? options.receipt : options.out;
  RETURN_IF_ERROR(WriteFile(out, tlog::FormatReceipt(receipt)));
  std::string names;
  for (const auto& [name, time_s] : after.cosignatures) absl::StrAppend(&names, " ", name);
  if (common.language == Language::kFrench) {
    std::cout << absl::StrCat(out, " : ", after.checkpoint.size, " entrées, cosigné par",
                              names.empty() ? " aucun témoin de la politique" : names, "\n");
  } else {
    std::cout << absl::StrCat(out, ": ", after.checkpoint.size, " entries, cosigned by",
                              names.empty() ? " no witness of the policy" : names, "\n");
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
  return End(common, RunExport(common, options));
}

int LogTail(const CommonOptions& common, const LogTailOptions& options) {
  return End(common, RunTail(common, options));
}

int LogShow(const CommonOptions& common, const LogShowOptions& options) {
  return End(common, RunShow(common, options));
}

int LogRotateKey(const CommonOptions& common, const LogRotateKeyOptions& options) {
  return End(common, RunRotateKey(common, options));
}

int ReceiptRefresh(const CommonOptions& common, const ReceiptRefreshOptions& options) {
  return End(common, RunRefresh(common, options));
}

int ReceiptVerify(const CommonOptions& common, const ReceiptVerifyOptions& options) {
  const absl::StatusOr<verify::Report> report = RunReceiptVerify(options);
  if (!report.ok()) return End(common, report.status());
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
  return End(common, RunWitness(common, options));
}

}  // namespace aplomb::cli
