// Looks through a log whose server is stopped, as it lies on the disk, and says in plain words what
// is wrong with which entry: bytes, hashes at every level, signed heads, references, sections and
// their keys, erasures, cosignatures, the high-water checkpoint. Trusts nothing but the public keys
// that it is given; changes nothing. Outsiders, who have no disk to look at, use aplomb-verify.
#ifndef APLOMB_AUDIT_FSCK_H_
#define APLOMB_AUDIT_FSCK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/database.h"
#include "audit/entry.h"
#include "audit/key_store.h"
#include "audit/tlog/note.h"

namespace aplomb::audit {

struct FsckFinding {
  // Stable words: ENTRY, HASH, HEAD, REFERENCE, SECTION, ERASURE, HIGH_WATER, KEY,
  // RULE.
  std::string kind = {};
  int64_t index = -1;     // the entry; -1: none
  std::string text = {};  // one sentence

  friend bool operator==(const FsckFinding&, const FsckFinding&) = default;
};

struct FsckReport {
  int64_t entry_count = 0;
  int64_t head_count = 0;
  int64_t sealed_count = 0;                // tiers that were opened and fit
  int64_t erased_count = 0;                // tiers that are gone as an ERASURE entry says
  int64_t cosignature_count = 0;           // that verified
  int64_t unknown_cosignature_count = 0;   // by witnesses that the options do not name
  std::vector<FsckFinding> findings = {};  // at most kMaxFsckFindings
  bool more = false;                       // there would be more
};

inline constexpr size_t kMaxFsckFindings = 1000;

struct FsckOptions {
  std::string high_water_path = {};  // empty: not looked at
  // Whose cosignatures are verified.
  std::vector<tlog::VerifierKey> witnesses = {};
  // Told of each entry that decodes, in order; for rules of rooms above. May add findings.
  std::function<void(const LoggedEntry& entry, std::vector<FsckFinding>& findings)> visit = {};
};

// `log_key` is one of the log's keys. An error only where the database itself cannot be read.
absl::StatusOr<FsckReport> Fsck(const Database& database, const KeyStore& keys,
                                const tlog::VerifierKey& log_key, const FsckOptions& options);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_FSCK_H_
