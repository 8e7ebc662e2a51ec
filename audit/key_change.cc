#include "audit/key_change.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr uint8_t kVersion = 1;
constexpr absl::string_view kRowPrefix = "log_key";
// No text of a checkpoint begins like this: no signature can be taken for one of the other kind.
constexpr absl::string_view kContext = "aplomb/key/v1";

absl::string_view View(const KeyChange::PublicKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

absl::StatusOr<KeyChange::PublicKey> ReadKey(base::ByteReader& reader) {
  ASSIGN_OR_RETURN(const absl::string_view bytes, reader.Raw(tlog::kPublicKeyBytes));
  KeyChange::PublicKey key = {};
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

// What both keys sign.
std::string Message(const KeyChange& change, absl::string_view origin) {
  base::ByteWriter writer;
  writer.Raw(kContext);
  writer.U8(0);
  writer.U8(static_cast<uint8_t>(change.kind));
  writer.Raw(View(change.old_key));
  writer.Raw(View(change.new_key));
  writer.Raw(origin);
  return std::move(writer).Take();
}

tlog::VerifierKey KeyOf(absl::string_view origin, const KeyChange::PublicKey& key) {
  return tlog::VerifierKey::Make(origin, tlog::SignatureType::kEd25519, key);
}

std::string RowKey(int64_t index) { return absl::StrCat(kRowPrefix, IndexKey(index)); }

}  // namespace

std::string EncodeKeyChange(const KeyChange& change) {
  CHECK_EQ(change.new_signature.size(), tlog::kSignatureBytes) << "signed by the new key";
  base::ByteWriter writer;
  writer.U8(kVersion);
  writer.U8(static_cast<uint8_t>(change.kind));
  writer.Raw(View(change.old_key));
  writer.Raw(View(change.new_key));
  if (change.kind == KeyChange::Kind::kBegins) {
    CHECK_EQ(change.old_signature.size(), tlog::kSignatureBytes) << "signed by the old key";
    writer.Raw(change.old_signature);
  }
  writer.Raw(change.new_signature);
  return std::move(writer).Take();
}

absl::StatusOr<KeyChange> DecodeKeyChange(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  KeyChange change;
  ASSIGN_OR_RETURN(const uint8_t version, reader.U8());
  ASSIGN_OR_RETURN(const uint8_t kind, reader.U8());
  if (version != kVersion || kind < 1 || kind > 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("version ", version, ", kind ", kind, "; known are version 1, kinds 1 and 2"));
  }
  change.kind = static_cast<KeyChange::Kind>(kind);
  ASSIGN_OR_RETURN(change.old_key, ReadKey(reader));
  ASSIGN_OR_RETURN(change.new_key, ReadKey(reader));
  if (change.kind == KeyChange::Kind::kBegins) {
    ASSIGN_OR_RETURN(const absl::string_view signature, reader.Raw(tlog::kSignatureBytes));
    change.old_signature = std::string(signature);
  }
  ASSIGN_OR_RETURN(const absl::string_view signature, reader.Raw(tlog::kSignatureBytes));
  change.new_signature = std::string(signature);
  RETURN_IF_ERROR(reader.ExpectEnd());
  return change;
}

KeyChange SignKeyChange(KeyChange::Kind kind, const tlog::Signer& old_signer,
                        const tlog::Signer& new_signer) {
  CHECK_EQ(old_signer.key().name, new_signer.key().name) << "both are keys of one log";
  KeyChange change{
      .kind = kind, .old_key = old_signer.key().public_key, .new_key = new_signer.key().public_key};
  const std::string message = Message(change, old_signer.key().name);
  if (kind == KeyChange::Kind::kBegins) change.old_signature = old_signer.Sign(message);
  change.new_signature = new_signer.Sign(message);
  return change;
}

absl::StatusOr<KeyHistory> KeyHistory::Read(const Database& database,
                                            const tlog::VerifierKey& known) {
  KeyHistory history(known);
  absl::Status damaged;
  RETURN_IF_ERROR(database.Scan(kMetaFamily, kRowPrefix, EndOfPrefix(kRowPrefix),
                                [&](absl::string_view key, absl::string_view body) {
                                  base::ByteReader reader(key.substr(kRowPrefix.size()));
                                  const absl::StatusOr<int64_t> index = reader.I64();
                                  const absl::StatusOr<KeyChange> change = DecodeKeyChange(body);
                                  damaged = !index.ok()    ? index.status()
                                            : !change.ok() ? change.status()
                                                           : history.Add(*index, *change);
                                  return damaged.ok();
                                }));
  if (!damaged.ok()) {
    return base::ReasonedError(
        absl::StatusCode::kDataLoss, "LOG_DAMAGED",
        absl::StrCat(
            "The log in ", database.directory(),
            " is damaged: what it says about the keys that sign it does not fit together: ",
            damaged.message()));
  }
  const std::vector<tlog::VerifierKey> all = history.All();
  if (std::find(all.begin(), all.end(), known) == all.end()) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "LOG_KEY_WRONG",
        absl::StrCat(known.ToString(), " is none of the keys of the log in ", database.directory(),
                     ", which is signed by ", history.newest().ToString(), "."));
  }
  return history;
}

absl::Status KeyHistory::Add(int64_t index, const KeyChange& change) {
  const std::string& origin = first_.name;
  const std::string message = Message(change, origin);
  if ((change.kind == KeyChange::Kind::kBegins &&
       !tlog::VerifyEd25519(change.old_key, message, change.old_signature)) ||
      !tlog::VerifyEd25519(change.new_key, message, change.new_signature)) {
    return absl::InvalidArgumentError("a signature of the change does not hold");
  }
  Change next{.index = index,
              .begins = change.kind == KeyChange::Kind::kBegins,
              .old_key = KeyOf(origin, change.old_key),
              .new_key = KeyOf(origin, change.new_key)};
  if (changes_.empty() && next.begins && next.old_key != next.new_key) {
    first_ = next.old_key;
    changes_.push_back(std::move(next));
    return absl::OkStatus();
  }
  if (next.begins) {
    const std::vector<tlog::VerifierKey> all = All();
    if (changing() || newest() != next.old_key ||
        std::find(all.begin(), all.end(), next.new_key) != all.end()) {
      return absl::InvalidArgumentError(
          "a change begins while another goes on, not from the key in force, or to an earlier key");
    }
  } else if (!changing() || changes_.back().old_key != next.old_key ||
             changes_.back().new_key != next.new_key) {
    return absl::InvalidArgumentError("a change ends that had not begun");
  }
  changes_.push_back(std::move(next));
  return absl::OkStatus();
}

std::vector<tlog::VerifierKey> KeyHistory::InForce(uint64_t size) const {
  std::vector<tlog::VerifierKey> keys = {first_};
  for (const Change& change : changes_) {
    if (static_cast<uint64_t>(change.index) >= size) break;
    keys = {change.new_key};
    if (change.begins) keys.insert(keys.begin(), change.old_key);
  }
  return keys;
}

const tlog::VerifierKey& KeyHistory::newest() const {
  return changes_.empty() ? first_ : changes_.back().new_key;
}

std::vector<tlog::VerifierKey> KeyHistory::All() const {
  std::vector<tlog::VerifierKey> keys = {first_};
  for (const Change& change : changes_) {
    if (change.begins) keys.push_back(change.new_key);
  }
  return keys;
}

absl::StatusOr<tlog::Checkpoint> KeyHistory::Open(absl::string_view bytes) const {
  ASSIGN_OR_RETURN(const tlog::Note note, tlog::ParseNote(bytes));
  ASSIGN_OR_RETURN(tlog::Checkpoint checkpoint, tlog::ParseCheckpoint(note.text));
  const std::vector<tlog::VerifierKey> keys = InForce(checkpoint.size);
  ASSIGN_OR_RETURN(const std::vector<tlog::VerifiedSignature> verified,
                   tlog::VerifyNote(note, keys));
  if (verified.size() != keys.size()) {
    return absl::InvalidArgumentError(absl::StrCat("it has the signatures of ", verified.size(),
                                                   " of the ", keys.size(), " keys in force at ",
                                                   checkpoint.size, " entries"));
  }
  if (checkpoint.origin != first_.name) {
    return absl::InvalidArgumentError(
        absl::StrCat("the checkpoint is of another log than ", first_.name));
  }
  return checkpoint;
}

absl::Status ProjectKeyChange(const LoggedEntry& entry, Overlay& overlay) {
  RETURN_IF_ERROR(DecodeKeyChange(entry.body).status());
  overlay.Put(kMetaFamily, RowKey(entry.index), entry.body);
  return absl::OkStatus();
}

}  // namespace aplomb::audit
