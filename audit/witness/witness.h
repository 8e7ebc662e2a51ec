// A witness of logs, as C2SP tlog-witness has it: it cosigns a log's checkpoint if that is
// consistent with the last one that it cosigned for that log, and with nothing else, so whoever
// trusts it knows that nobody was shown another history. What it has signed is on the disk before
// it answers.
//
// It trusts the first checkpoint that it sees of a log, as the protocol has it (old size 0).
#ifndef APLOMB_AUDIT_WITNESS_WITNESS_H_
#define APLOMB_AUDIT_WITNESS_WITNESS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/tlog/checkpoint.h"
#include "audit/tlog/note.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace aplomb::witness {

// Longest body of add-checkpoint: a proof has at most 63 hashes, 45 bytes each.
inline constexpr size_t kRequestBytesMax = 64 << 10;
inline constexpr size_t kLogsMax = 1'000;

// What goes back over HTTP.
struct Answer {
  int status = 500;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

struct WitnessOptions {
  tlog::Signer signer;  // of SignatureType::kCosignature
  // Several of one origin: the log changes its key, and one of them must have signed.
  std::vector<tlog::VerifierKey> logs;
  std::string state_directory;  // made if missing
  const base::Clock* clock = base::SystemClock::Get();
};

// Thread-safe.
class Witness {
 public:
  //   InvalidArgument    a key given twice, a key of the wrong kind, too many logs
  //   DataLoss           STATE_DAMAGED: a state file is not what this witness wrote
  //   Unavailable        the directory cannot be used
  static absl::StatusOr<std::unique_ptr<Witness>> Open(WitnessOptions options);

  // POST add-checkpoint:
  //   200  cosigned and durable; the body is the signature line
  //   400  the body is not of the protocol, or the old size is above the checkpoint's
  //   403  no signature of the log, or one that does not verify
  //   404  not a log of this witness
  //   409  the old size is not the last one signed; the body is that size (text/x.tlog.size)
  //   422  the proof does not hold: the log shows another history
  //   500  the disk failed; nothing was signed
  Answer AddCheckpoint(absl::string_view body);

  // GET <origin_hash>/checkpoint: the last checkpoint, with the log's signature and the
  // cosignature; 404 if there is none.
  Answer LatestCheckpoint(absl::string_view origin_hash) const;

 private:
  struct Watched {
    std::vector<tlog::VerifierKey> keys;
    std::string path;
    tlog::Checkpoint last = {};  // of size 0: none yet
    std::string note = {};       // with the cosignature
  };

  Witness(tlog::Signer signer, const base::Clock* clock)
      : signer_(std::move(signer)), clock_(clock) {}
  absl::Status Load(Watched& log) const;

  const tlog::Signer signer_;
  const base::Clock* const clock_;
  mutable base::Mutex mutex_;
  // By the hexadecimal SHA-256 of the origin. Check, store and sign are one step under the lock.
  std::map<std::string, Watched, std::less<>> logs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace aplomb::witness

#endif  // APLOMB_AUDIT_WITNESS_WITNESS_H_
