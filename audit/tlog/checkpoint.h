// What a log signs and hands out: checkpoints (C2SP tlog-checkpoint), receipts
// (C2SP tlog-proof) and the policy by which a reader trusts them (C2SP
// tlog-policy). Strict: Format gives the only text that Parse accepts.
#ifndef APLOMB_AUDIT_TLOG_CHECKPOINT_H_
#define APLOMB_AUDIT_TLOG_CHECKPOINT_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/tlog/note.h"
#include "audit/tlog/tree.h"

namespace aplomb::tlog {

inline constexpr size_t kMaxReceiptBytes = 1'000'000;
inline constexpr size_t kMaxPolicyBytes = 1'000'000;
inline constexpr size_t kMaxPolicyLines = 10'000;

// "<origin>\n<size>\n<base64 root>\n"
struct Checkpoint {
  std::string origin;  // not empty, no line feed
  uint64_t size = 0;
  Hash root{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};
std::string FormatCheckpoint(const Checkpoint& checkpoint);
// Extension lines are accepted after the root, and dropped.
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text);

// The whole note: text, blank line, the log's signature line. While a log changes its key it has
// two signers, the old one first.
std::string SignCheckpoint(const Checkpoint& checkpoint, const Signer& log);
std::string SignCheckpoint(const Checkpoint& checkpoint, absl::Span<const Signer* const> log);

// The checkpoint of `note`, signed by `log` and for its name as origin.
absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note, const VerifierKey& log);
// Signed by one of the keys of a log, which all have its name; `log` is not empty.
absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note,
                                          const std::vector<VerifierKey>& log);

// "c2sp.org/tlog-proof@v1": that an entry is in a log.
struct Receipt {
  std::optional<std::string> extra;  // bytes that nothing vouches for
  uint64_t index = 0;
  std::vector<Hash> proof;
  std::string checkpoint;  // the signed note, verbatim
};
std::string FormatReceipt(const Receipt& receipt);
absl::StatusOr<Receipt> ParseReceipt(absl::string_view text);

// Whom a reader trusts. A log that has changed its key has a line for each key: one of them must
// have signed.
struct Policy {
  struct Log {
    VerifierKey key;
    std::string url = "";  // may be empty
  };
  struct Witness {
    std::string name;
    VerifierKey key;
    std::string url = "";  // may be empty
  };
  // A witness, or `threshold` of `members`.
  struct Group {
    std::string name;
    uint32_t threshold = 0;
    std::vector<std::string> members = {};  // names of witnesses or groups defined before
  };
  std::vector<Log> logs;
  std::vector<Witness> witnesses;
  std::vector<Group> groups;
  std::string quorum;  // name of a witness or group; empty: "none"

  // The trusted keys of the log with that origin; empty if there are none.
  std::vector<VerifierKey> KeysOf(absl::string_view origin) const;
};
// InvalidArgument names the line.
absl::StatusOr<Policy> ParsePolicy(absl::string_view text);

// Whether cosignatures of the witnesses of these names reach the quorum of `policy`.
bool ReachesQuorum(const Policy& policy, const std::set<std::string>& witnesses);

// What a reader learns from a checkpoint that satisfies a policy.
struct TrustedCheckpoint {
  Checkpoint checkpoint;
  // Keys of the log that the policy trusts and that have signed; at least one.
  std::vector<VerifierKey> log_keys = {};
  // Cosignatures that verified: name of the witness, and when.
  std::vector<std::pair<std::string, uint64_t>> cosignatures = {};
};

// FailedPrecondition if the note is sound but the quorum is not reached (the text
// says how far); InvalidArgument otherwise. `require_quorum` false: cosignatures
// are reported, not asked for.
absl::StatusOr<TrustedCheckpoint> CheckPolicy(absl::string_view note, const Policy& policy,
                                              bool require_quorum);

// OK iff `receipt` shows that `entry` is in the log by `policy`.
absl::StatusOr<TrustedCheckpoint> CheckReceipt(const Receipt& receipt, absl::string_view entry,
                                               const Policy& policy, bool require_quorum);

// --- Witness protocol (C2SP tlog-witness) -----------------------------------

// Body of add-checkpoint.
struct WitnessRequest {
  uint64_t old_size = 0;
  std::vector<Hash> proof;
  std::string checkpoint;  // the signed note, verbatim
};
std::string FormatWitnessRequest(const WitnessRequest& request);
absl::StatusOr<WitnessRequest> ParseWitnessRequest(absl::string_view body);

}  // namespace aplomb::tlog

#endif  // APLOMB_AUDIT_TLOG_CHECKPOINT_H_
