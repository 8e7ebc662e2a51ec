// What an operator does to change the key that signs the log (audit/key_change.h): begin, tell
// everybody the new key, and end when they have it. Both are single entries, and both can be done
// again after a crash at any place. No server may have the log open.
#ifndef APLOMB_AUDIT_KEY_ROTATION_H_
#define APLOMB_AUDIT_KEY_ROTATION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "audit/log.h"
#include "audit/sequencer.h"
#include "audit/tlog/note.h"
#include "base/random.h"

namespace aplomb::audit {

struct KeyRotation {
  Committed committed = {};  // where the KEY entry stands
  tlog::VerifierKey old_key = {};
  tlog::VerifierKey new_key = {};
};

// Draws the next key, writes it beside the first (DIR/keys/log.next), and logs it; from that entry
// on both sign. FailedPrecondition (KEY_CHANGE_BEGUN) while a change goes on.
absl::StatusOr<KeyRotation> BeginKeyRotation(Log& log, Sequencer& sequencer, base::Random& random);

// Logs that the old key is over, and puts the new one in its place; the file with the old one is
// gone then. FailedPrecondition (KEY_CHANGE_NOT_BEGUN) if no change goes on.
absl::StatusOr<KeyRotation> EndKeyRotation(Log& log, Sequencer& sequencer);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_KEY_ROTATION_H_
