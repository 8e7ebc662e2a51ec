#include "audit/key_rotation.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/key_change.h"
#include "audit/log_key.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

absl::Status Refuse(absl::string_view reason, absl::string_view text) {
  return base::ReasonedError(absl::StatusCode::kFailedPrecondition, reason, text);
}

absl::StatusOr<Committed> Append(Sequencer& sequencer, const KeyChange& change) {
  return sequencer.SubmitAndWait([body = EncodeKeyChange(change)](StageContext& context) {
    return context.Append(EntryType::kKey, body).status();
  });
}

// The next key: the one that an interrupted attempt has left, or a new one.
absl::StatusOr<tlog::Signer> NextSigner(const LogKeyPaths& paths, const std::string& origin,
                                        base::Random& random) {
  absl::StatusOr<tlog::Signer> left = ReadLogKey(paths.next);
  if (left.ok() || base::ReasonOf(left.status()) != "LOG_KEY_MISSING") return left;
  ASSIGN_OR_RETURN(tlog::Signer signer,
                   tlog::Signer::FromSeed(origin, tlog::SignatureType::kEd25519,
                                          random.Bytes(tlog::kSeedBytes)));
  RETURN_IF_ERROR(WriteLogKey(paths.next, signer));
  return signer;
}

}  // namespace

absl::StatusOr<KeyRotation> BeginKeyRotation(Log& log, Sequencer& sequencer, base::Random& random) {
  const std::shared_ptr<const KeyHistory> keys = log.tree().key_history();
  if (keys->changing()) {
    return Refuse("KEY_CHANGE_BEGUN",
                  absl::StrCat("The log is changing its key already: ", keys->newest().ToString(),
                               " signs too. End that change first."));
  }
  const LogKeyPaths& paths = log.key_paths();
  ASSIGN_OR_RETURN(const tlog::Signer old_signer, ReadLogKey(paths.key));
  ASSIGN_OR_RETURN(tlog::Signer new_signer, NextSigner(paths, old_signer.key().name, random));
  const KeyChange change = SignKeyChange(KeyChange::Kind::kBegins, old_signer, new_signer);
  KeyHistory after = *keys;
  if (const absl::Status fits = after.Add(log.database().entry_count(), change); !fits.ok()) {
    return Refuse("LOG_KEY_WRONG",
                  absl::StrCat(paths.next, ": cannot be the next key of this log: ", fits.message(),
                               ". Remove the file."));
  }
  KeyRotation rotation;
  rotation.old_key = old_signer.key();
  rotation.new_key = new_signer.key();
  log.tree().AddSigner(std::move(new_signer));
  ASSIGN_OR_RETURN(rotation.committed, Append(sequencer, change));
  RETURN_IF_ERROR(LoadLogKeys(paths, log.database()).status());
  return rotation;
}

absl::StatusOr<KeyRotation> EndKeyRotation(Log& log, Sequencer& sequencer) {
  const std::shared_ptr<const KeyHistory> keys = log.tree().key_history();
  if (!keys->changing()) {
    return Refuse("KEY_CHANGE_NOT_BEGUN", "The log is not changing its key: begin a change first.");
  }
  const LogKeyPaths& paths = log.key_paths();
  ASSIGN_OR_RETURN(const tlog::Signer old_signer, ReadLogKey(paths.key));
  ASSIGN_OR_RETURN(const tlog::Signer new_signer, ReadLogKey(paths.next));
  KeyRotation rotation;
  rotation.old_key = old_signer.key();
  rotation.new_key = new_signer.key();
  ASSIGN_OR_RETURN(rotation.committed, Append(sequencer, SignKeyChange(KeyChange::Kind::kEnds,
                                                                       old_signer, new_signer)));
  RETURN_IF_ERROR(LoadLogKeys(paths, log.database()).status());
  return rotation;
}

}  // namespace aplomb::audit
