#include "audit/witness/witness.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/tlog/tree.h"
#include "base/durable_file.h"
#include "base/hex.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::witness {
namespace {

Answer Refuse(int status, absl::string_view why) {
  return {.status = status, .body = absl::StrCat(why, "\n")};
}

Answer Conflict(uint64_t size) {
  return {.status = 409, .content_type = "text/x.tlog.size", .body = absl::StrCat(size, "\n")};
}

// The signature line of `key` in `note`; empty if there is none.
std::string LineOf(const tlog::Note& note, const tlog::VerifierKey& key) {
  for (const tlog::NoteSignature& signature : note.signatures) {
    if (signature.name == key.name && signature.key_id == key.key_id) return signature.line;
  }
  return "";
}

// Whether `request` shows the checkpoint to continue `last` (size 0: anything).
absl::Status Continues(const tlog::Checkpoint& last, const tlog::Checkpoint& next,
                       const std::vector<tlog::Hash>& proof) {
  if (next.size == 0 && next.root != tlog::EmptyRoot()) {
    return absl::InvalidArgumentError("an empty tree has one root");
  }
  if (last.size == 0) {
    return proof.empty() ? absl::OkStatus()
                         : absl::InvalidArgumentError("nothing is proved about an empty tree");
  }
  return tlog::CheckConsistency(last.size, next.size, last.root, next.root, proof);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Witness>> Witness::Open(WitnessOptions options) {
  if (options.signer.key().type != tlog::SignatureType::kCosignature) {
    return absl::InvalidArgumentError("a witness signs with a key of type 4 (cosignature/v1)");
  }
  if (options.logs.size() > kLogsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.logs.size(), " logs; allowed are ", kLogsMax));
  }
  std::error_code error;
  std::filesystem::create_directories(options.state_directory, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat(options.state_directory, ": ", error.message()));
  }
  std::unique_ptr<Witness> witness(new Witness(std::move(options.signer), options.clock));
  base::MutexLock lock(&witness->mutex_);
  for (tlog::VerifierKey& key : options.logs) {
    if (key.type != tlog::SignatureType::kEd25519) {
      return absl::InvalidArgumentError(
          absl::StrCat(key.name, ": a log signs with a key of type 1"));
    }
    const std::string hash = base::HexEncode(base::Sha256(key.name));
    Watched& log = witness->logs_[hash];
    if (std::find(log.keys.begin(), log.keys.end(), key) != log.keys.end()) {
      return absl::InvalidArgumentError(absl::StrCat("the key ", key.ToString(), " stands twice"));
    }
    log.path = absl::StrCat(options.state_directory, "/", hash);
    log.keys.push_back(std::move(key));
  }
  for (auto& [hash, log] : witness->logs_) RETURN_IF_ERROR(witness->Load(log));
  return witness;
}

absl::Status Witness::Load(Watched& log) const {
  std::error_code error;
  const bool there = std::filesystem::exists(log.path, error);
  // Not knowing is not the same as never having signed.
  if (error) return absl::UnavailableError(absl::StrCat(log.path, ": ", error.message()));
  if (!there) return absl::OkStatus();
  std::ifstream file(log.path, std::ios::binary);
  std::string note(tlog::kMaxNoteBytes + 1, '\0');
  file.read(note.data(), static_cast<std::streamsize>(note.size()));
  note.resize(static_cast<size_t>(file.gcount()));
  absl::StatusOr<tlog::Checkpoint> last = tlog::OpenCheckpoint(note, log.keys);
  if (last.ok()) {
    const auto parsed = tlog::ParseNote(note);
    const auto verified = tlog::VerifyNote(*parsed, {signer_.key()});
    if (!verified.ok() || verified->empty()) last = absl::InvalidArgumentError("not cosigned");
  }
  if (!last.ok()) {
    return base::ReasonedError(
        absl::StatusCode::kDataLoss, "STATE_DAMAGED",
        absl::StrCat(log.path, " is not what this witness wrote (", last.status().message(),
                     "). Without it nobody knows what was signed: restore the file, or give the "
                     "witness a new key."));
  }
  log.last = *std::move(last);
  log.note = std::move(note);
  return absl::OkStatus();
}

Answer Witness::AddCheckpoint(absl::string_view body) {
  if (body.size() > kRequestBytesMax) return Refuse(400, "the request is too large");
  const absl::StatusOr<tlog::WitnessRequest> request = tlog::ParseWitnessRequest(body);
  if (!request.ok()) return Refuse(400, request.status().message());
  const absl::StatusOr<tlog::Note> note = tlog::ParseNote(request->checkpoint);
  if (!note.ok()) return Refuse(400, note.status().message());
  const absl::StatusOr<tlog::Checkpoint> next = tlog::ParseCheckpoint(note->text);
  if (!next.ok()) return Refuse(400, next.status().message());

  base::MutexLock lock(&mutex_);
  const auto at = logs_.find(base::HexEncode(base::Sha256(next->origin)));
  if (at == logs_.end()) return Refuse(404, "not a log of this witness");
  Watched& log = at->second;
  const auto verified = tlog::VerifyNote(*note, log.keys);
  if (!verified.ok()) return Refuse(403, verified.status().message());
  if (verified->empty()) return Refuse(403, "no signature of the log");
  if (request->old_size > next->size) return Refuse(400, "the old size is above the checkpoint's");
  if (request->old_size != log.last.size) return Conflict(log.last.size);
  const absl::Status continues = Continues(log.last, *next, request->proof);
  if (!continues.ok()) return Refuse(422, continues.message());

  const auto time_s = static_cast<uint64_t>(absl::ToUnixSeconds(clock_->Now()));
  const std::string line = signer_.SignatureLine(note->text, time_s);
  // Signatures of strangers are not passed on.
  std::string cosigned = absl::StrCat(note->text, "\n");
  for (const tlog::VerifierKey& key : log.keys) absl::StrAppend(&cosigned, LineOf(*note, key));
  absl::StrAppend(&cosigned, line);
  const absl::Status written = base::WriteFileDurably(log.path, cosigned);
  // The line was not given to anyone, so nothing was signed as far as anyone knows. The file may
  // hold the new checkpoint or the old one: both were consistent with all that went before, but
  // only one is known to be there, so the state is read again.
  if (!written.ok()) {
    Watched again{.keys = log.keys, .path = log.path};
    if (Load(again).ok()) log = std::move(again);
    return Refuse(500, "the state could not be written");
  }
  log.last = *next;
  log.note = std::move(cosigned);
  return {.status = 200, .body = line};
}

Answer Witness::LatestCheckpoint(absl::string_view origin_hash) const {
  base::MutexLock lock(&mutex_);
  const auto at = logs_.find(origin_hash);
  if (at == logs_.end() || at->second.note.empty()) {
    return Refuse(404, "no checkpoint of such a log");
  }
  return {.status = 200, .body = at->second.note};
}

}  // namespace aplomb::witness
