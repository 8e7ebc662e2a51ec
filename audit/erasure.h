// Erasing sections for good: first the log says so (an ERASURE entry, and the sealed bytes leave
// with the same write), then the keys are destroyed, then the tables are rewritten. The tree,
// receipts and all public bodies stay as they are.
#ifndef APLOMB_AUDIT_ERASURE_H_
#define APLOMB_AUDIT_ERASURE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "audit/database.h"
#include "audit/key_store.h"
#include "audit/own_entries.h"
#include "audit/sequencer.h"

namespace aplomb::audit {

// Erases and returns where the ERASURE entry stands; waits, not on the writer thread. When it
// returns, no file of the database or the key store holds a key or a sealed section of `erasure`.
//
//   InvalidArgument     ERASURE_EMPTY, ERASURE_TOO_LARGE (above kMaxErasedTiers)
//   NotFound            SECTION_NOT_FOUND: an entry has no such tier
//   FailedPrecondition  SECTION_ERASED: it was erased before
//
// If it fails later than the entry, CompleteErasures ends the work.
absl::StatusOr<Committed> EraseSections(Sequencer& sequencer, Database& database, KeyStore& keys,
                                        Erasure erasure);

// Destroys the keys whose erasure is in the log and which are still there: what a crash left
// undone. Returns how many they were.
absl::StatusOr<int64_t> CompleteErasures(Database& database, KeyStore& keys);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_ERASURE_H_
