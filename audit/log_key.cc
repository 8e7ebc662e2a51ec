#include "audit/log_key.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/durable_file.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr int kOwnerOnly = 0600;
constexpr int kEverybodyReads = 0644;

absl::Status Refuse(absl::string_view reason, absl::string_view text) {
  return base::ReasonedError(absl::StatusCode::kFailedPrecondition, reason, text);
}

}  // namespace

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
  const absl::Status written =
      base::CreateFileDurably(paths.key, absl::StrCat(signer.ToPrivateString(), "\n"), kOwnerOnly);
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

absl::StatusOr<tlog::Signer> LoadLogKey(const LogKeyPaths& paths) {
  const absl::StatusOr<std::string> text = base::ReadSmallFile(paths.key);
  if (absl::IsNotFound(text.status())) {
    return Refuse("LOG_KEY_MISSING",
                  absl::StrCat(paths.key,
                               ": the key that signs the log is missing. Put it back; a log is "
                               "never carried on with another key."));
  }
  RETURN_IF_ERROR(text.status());
  struct stat status = {};
  if (stat(paths.key.c_str(), &status) == 0 && (status.st_mode & 0077) != 0) {
    return Refuse("LOG_KEY_UNSAFE",
                  absl::StrCat(paths.key, ": others than its owner can read the key: chmod 600."));
  }
  absl::StatusOr<tlog::Signer> signer = tlog::Signer::Parse(absl::StripSuffix(*text, "\n"));
  if (!signer.ok()) {
    // Without the text: it may be most of a key.
    return Refuse("LOG_KEY_GARBLED", absl::StrCat(paths.key, ": is not a key of a log."));
  }
  const std::string line = absl::StrCat(signer->key().ToString(), "\n");
  const absl::StatusOr<std::string> published = base::ReadSmallFile(paths.vkey);
  if (absl::IsNotFound(published.status())) {
    RETURN_IF_ERROR(base::WriteFileDurably(paths.vkey, line, kEverybodyReads));
  } else if (!published.ok()) {
    return published.status();
  } else if (*published != line) {
    return Refuse("LOG_KEY_WRONG",
                  absl::StrCat(paths.vkey, ": is not the public part of ", paths.key, "."));
  }
  return signer;
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
