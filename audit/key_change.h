// The log changes the key that signs it, and says so itself, in two KEY entries (docs/log_format.md
// has their bytes): the first names the new key and is signed by both; from its checkpoint on both
// keys sign, so that whoever trusts one of them can read on and learn the other. The second ends
// the old key. Both keys are never others than those that entries name, so a thief of the old key
// who signs later, or a second key that nobody announced, is found by whoever reads the log.
#ifndef APLOMB_AUDIT_KEY_CHANGE_H_
#define APLOMB_AUDIT_KEY_CHANGE_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/database.h"
#include "audit/entry.h"
#include "audit/tlog/checkpoint.h"
#include "audit/tlog/note.h"

namespace aplomb::audit {

// The body of a KEY entry.
struct KeyChange {
  enum class Kind : uint8_t {
    kBegins = 1,  // the new key signs too
    kEnds = 2,    // the old key signs no longer
  };
  using PublicKey = std::array<uint8_t, tlog::kPublicKeyBytes>;

  Kind kind = Kind::kBegins;
  PublicKey old_key = {};
  PublicKey new_key = {};
  std::string old_signature = {};  // of kBegins, and only then
  std::string new_signature = {};

  friend bool operator==(const KeyChange&, const KeyChange&) = default;
};

std::string EncodeKeyChange(const KeyChange& change);
absl::StatusOr<KeyChange> DecodeKeyChange(absl::string_view bytes);
// Signed for the log that both signers name.
KeyChange SignKeyChange(KeyChange::Kind kind, const tlog::Signer& old_signer,
                        const tlog::Signer& new_signer);

// Which keys were in force when. A value; not thread-safe.
class KeyHistory {
 public:
  // A log that has had one key so far.
  explicit KeyHistory(tlog::VerifierKey first) : first_(std::move(first)) {}
  // As the KEY entries of `database` tell; where there are none, `known` is the only key.
  // FailedPrecondition (LOG_KEY_WRONG) if there are some, and `known` is none of their keys;
  // DataLoss (LOG_DAMAGED) if they contradict each other.
  static absl::StatusOr<KeyHistory> Read(const Database& database, const tlog::VerifierKey& known);

  // Takes the KEY entry at `index`. InvalidArgument, and nothing is changed, if a signature does
  // not hold, or if it is not this key's turn: while a change goes on no other begins, and a key
  // that was the log's once is never taken again. The first entry says which key was the first.
  absl::Status Add(int64_t index, const KeyChange& change);

  // Keys that sign a checkpoint of `size` entries: one, or two while a change goes on, old first.
  std::vector<tlog::VerifierKey> InForce(uint64_t size) const;
  // The newest of them all.
  const tlog::VerifierKey& newest() const;
  const tlog::VerifierKey& first() const { return first_; }
  std::vector<tlog::VerifierKey> All() const;
  bool changing() const { return !changes_.empty() && changes_.back().begins; }
  bool empty() const { return changes_.empty(); }

  // The checkpoint of `note` if every key signed it that is in force at its size; InvalidArgument
  // else.
  absl::StatusOr<tlog::Checkpoint> Open(absl::string_view note) const;

 private:
  struct Change {
    int64_t index = 0;
    bool begins = false;
    tlog::VerifierKey old_key = {};
    tlog::VerifierKey new_key = {};
  };

  tlog::VerifierKey first_;
  std::vector<Change> changes_;
};

// Project of KEY entries: "log_key" and u64 index -> body, in `meta`.
absl::Status ProjectKeyChange(const LoggedEntry& entry, Overlay& overlay);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_KEY_CHANGE_H_
