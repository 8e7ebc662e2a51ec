#include "audit/log_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "audit/key_change.h"
#include "base/durable_file.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr int kOwnerOnly = 0600;
constexpr int kEverybodyReads = 0644;

bool Exists(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0;
}

absl::Status Refuse(absl::string_view reason, absl::string_view text) {
  return base::ReasonedError(absl::StatusCode::kFailedPrecondition, reason, text);
}

}  // namespace

LogKeyPaths LogKeyPaths::Of(const std::string& directory) {
  return {.key = absl::StrCat(directory, "/keys/log.key"),
          .vkey = absl::StrCat(directory, "/vkey"),
          .next = absl::StrCat(directory, "/keys/log.next")};
}

absl::StatusOr<tlog::Signer> CreateLogKey(const LogKeyPaths& paths, absl::string_view origin,
                                          base::Random& random) {
  if (!tlog::IsKeyName(origin)) {
    return base::ReasonedError(
        absl::StatusCode::kInvalidArgument, "ORIGIN_INVALID",
        absl::StrCat("\"", origin,
                     "\" cannot be the origin of a log: a name without white space "
                     "and \"+\", e.g. \"example.org/aplomb\"."));
  }
  ASSIGN_OR_RETURN(tlog::Signer signer,
                   tlog::Signer::FromSeed(origin, tlog::SignatureType::kEd25519,
                                          random.Bytes(tlog::kSeedBytes)));
  const absl::Status written = WriteLogKey(paths.key, signer);
  if (absl::IsAlreadyExists(written)) {
    return base::ReasonedError(
        absl::StatusCode::kAlreadyExists, "LOG_KEY_EXISTS",
        absl::StrCat(paths.key, ": there is a key already; it belongs to another log."));
  }
  RETURN_IF_ERROR(written);
  RETURN_IF_ERROR(base::WriteFileDurably(paths.vkey, absl::StrCat(signer.key().ToString(), "\n"),
                                         kEverybodyReads));
  return signer;
}

absl::Status WriteLogKey(const std::string& path, const tlog::Signer& signer) {
  return base::CreateFileDurably(path, absl::StrCat(signer.ToPrivateString(), "\n"), kOwnerOnly);
}

absl::StatusOr<tlog::Signer> ReadLogKey(const std::string& path) {
  const absl::StatusOr<std::string> text = base::ReadSmallFile(path);
  if (absl::IsNotFound(text.status())) {
    return Refuse("LOG_KEY_MISSING",
                  absl::StrCat(path,
                               ": the key that signs the log is missing. Put it back; a log whose "
                               "key is lost cannot be carried on."));
  }
  RETURN_IF_ERROR(text.status());
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & 0077) != 0) {
    return Refuse("LOG_KEY_UNSAFE",
                  absl::StrCat(path, ": others than its owner can read the key: chmod 600."));
  }
  absl::StatusOr<tlog::Signer> signer = tlog::Signer::Parse(absl::StripSuffix(*text, "\n"));
  // Without the text: it may be most of a key.
  if (!signer.ok())
    return Refuse("LOG_KEY_GARBLED", absl::StrCat(path, ": is not a key of a log."));
  return signer;
}

absl::StatusOr<std::vector<tlog::Signer>> LoadLogKeys(const LogKeyPaths& paths,
                                                      const Database& database) {
  std::vector<tlog::Signer> signers;
  ASSIGN_OR_RETURN(tlog::Signer current, ReadLogKey(paths.key));
  signers.push_back(std::move(current));
  if (!paths.next.empty() && Exists(paths.next)) {
    ASSIGN_OR_RETURN(tlog::Signer next, ReadLogKey(paths.next));
    signers.push_back(std::move(next));
  }
  ASSIGN_OR_RETURN(const KeyHistory keys, KeyHistory::Read(database, signers.front().key()));
  if (!keys.changing() && signers.size() == 2 && signers.back().key() == keys.newest()) {
    RETURN_IF_ERROR(base::WriteFileDurably(
        paths.key, absl::StrCat(signers.back().ToPrivateString(), "\n"), kOwnerOnly));
    unlink(paths.next.c_str());  // if it stays, it is the same key, and goes at the next start
    signers.erase(signers.begin());
  }
  const std::string line = absl::StrCat(keys.newest().ToString(), "\n");
  const absl::StatusOr<std::string> published = base::ReadSmallFile(paths.vkey);
  if (!published.ok() && !absl::IsNotFound(published.status())) return published.status();
  if (published.ok() && *published != line) {
    const std::vector<tlog::VerifierKey> all = keys.All();
    if (std::none_of(all.begin(), all.end(), [&](const tlog::VerifierKey& key) {
          return absl::StrCat(key.ToString(), "\n") == *published;
        })) {
      return Refuse("LOG_KEY_WRONG",
                    absl::StrCat(paths.vkey, ": is not the public part of ", paths.key, "."));
    }
  }
  if (!published.ok() || *published != line) {
    RETURN_IF_ERROR(base::WriteFileDurably(paths.vkey, line, kEverybodyReads));
  }
  return signers;
}

absl::StatusOr<tlog::VerifierKey> LoadVerifierKey(const std::string& path) {
  const absl::StatusOr<std::string> text = base::ReadSmallFile(path);
  if (absl::IsNotFound(text.status())) {
    return Refuse("LOG_KEY_MISSING", absl::StrCat(path, ": the public key of the log is missing."));
  }
  RETURN_IF_ERROR(text.status());
  absl::StatusOr<tlog::VerifierKey> key = tlog::VerifierKey::Parse(absl::StripSuffix(*text, "\n"));
  if (!key.ok()) return Refuse("LOG_KEY_GARBLED", absl::StrCat(path, ": ", key.status().message()));
  return key;
}

}  // namespace aplomb::audit
