// Has the log's heads cosigned by witnesses (C2SP tlog-witness): others, who sign a head only if it
// extends the one they signed before. So nobody can be shown another history, and a log that was
// restored from an old copy is found out at once.
//
// All are sent the same heads, so that heads get a quorum while the log grows: the next one goes
// out once the one before has its quorum, or has waited for it long enough. One thread per witness,
// so that one which is down, slow or wrong holds up neither the others nor the log. Cosignatures
// are kept in the database (audit/cosignatures.h); after a restart the newest head is cosigned
// again.
#ifndef APLOMB_AUDIT_WITNESS_CLIENT_H_
#define APLOMB_AUDIT_WITNESS_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/database.h"
#include "audit/log_tree.h"
#include "audit/tlog/checkpoint.h"
#include "audit/tlog/note.h"
#include "base/log.h"
#include "base/mutex.h"

namespace aplomb::audit {

struct WitnessEndpoint {
  std::string name = {};
  tlog::VerifierKey key = {};
  std::string url = {};  // submission prefix, "https://witness.example/"
};

// The witnesses of a policy that have a URL.
std::vector<WitnessEndpoint> EndpointsOf(const tlog::Policy& policy);

struct HttpAnswer {
  int status = 0;
  std::string body = {};
};
// Posts `body` and gives up after `timeout`. An error where no answer came. Called by several
// threads.
using PostFunction = std::function<absl::StatusOr<HttpAnswer>(
    const std::string& url, const std::string& body, absl::Duration timeout)>;

// Gets `url`, in the same way.
using GetFunction =
    std::function<absl::StatusOr<HttpAnswer>(const std::string& url, absl::Duration timeout)>;

// Over HTTP and HTTPS (libcurl), no redirects, at most kMaxWitnessAnswerBytes.
absl::StatusOr<HttpAnswer> HttpPost(const std::string& url, const std::string& body,
                                    absl::Duration timeout);
absl::StatusOr<HttpAnswer> HttpGet(const std::string& url, absl::Duration timeout);
inline constexpr size_t kMaxWitnessAnswerBytes = size_t{64} << 10;

// How long an answer waits for the quorum, where it is required, before it is UNAVAILABLE.
inline constexpr absl::Duration kQuorumDeadline = absl::Seconds(5);
// Answers that wait at once; more are refused at once.
inline constexpr size_t kQuorumWaitersMax = 4096;

struct WitnessClientOptions {
  absl::Duration timeout = absl::Seconds(1);
  // Between two heads, at least; a witness that failed is left alone ten times as long.
  absl::Duration interval = absl::Seconds(1);
  PostFunction post = HttpPost;
  GetFunction get = HttpGet;
  // Who suffices (`quorum`); its logs are not looked at. Without a quorum one witness does.
  tlog::Policy policy = {};
  // True: answers and first receipts wait for the quorum (AwaitQuorum).
  bool required = false;
  absl::Duration quorum_deadline = kQuorumDeadline;
};

// How far a witness is.
struct WitnessState {
  std::string name = {};
  uint64_t size = 0;        // of the newest head that it cosigned here; 0: none
  absl::Status error = {};  // of the last attempt
  uint64_t failures = 0;    // attempts that failed since the start
};

// Asks one witness to cosign `head`, given that it had cosigned `*old_size` (0: unknown), which is
// updated. Returns its line for the note.
//
//   FailedPrecondition  WITNESS_AHEAD: it says that it knows a larger log than this one
//   PermissionDenied    WITNESS_REFUSED: it does not know the log, or finds it inconsistent
//   DataLoss            WITNESS_LIES: its answer is not a cosignature of this head by its key
//   other               no answer came
absl::StatusOr<std::string> Cosign(const LogTree& tree, const Head& head,
                                   const WitnessEndpoint& witness,
                                   const WitnessClientOptions& options, uint64_t* old_size);

// At the start, before anything is signed: FailedPrecondition if a witness shows a checkpoint with
// this log's signature that `tree` does not contain: a larger one (LOG_ROLLED_BACK), or one of
// another history (LOG_FORKED). Its refusal to cosign (409 with a size, which is a bare number, or
// 422) proves nothing, so the witness is asked for the checkpoint that it holds
// (C2SP tlog-witness: GET <hash of the origin>/checkpoint). One that claims more and shows nothing
// stops the start only where the quorum is required and not to be had without it; one that does not
// answer stops nothing.
absl::Status CheckNotBehindWitnesses(const LogTree& tree,
                                     const std::vector<WitnessEndpoint>& witnesses,
                                     const WitnessClientOptions& options, base::Logger* logger);

class WitnessClient final : public LogTree::CosignatureSource {
 public:
  // Starts the threads. All pointers must outlive it.
  WitnessClient(const LogTree* tree, Database* database, std::vector<WitnessEndpoint> witnesses,
                WitnessClientOptions options, base::Logger* logger);
  ~WitnessClient() override;

  std::string Lines(uint64_t size) const override;
  uint64_t NewestSize(uint64_t index) const override;
  uint64_t FirstQuorumSize(uint64_t index) const override;
  std::vector<WitnessState> States() const;
  // The newest head that the quorum has cosigned; 0 if there is none.
  uint64_t quorum_size() const;
  // There is a newer head. Quick.
  void Notify();

  // Calls `done` once, when a head of at least `size` entries has the quorum: at once, or on a
  // thread of this class; or with Unavailable (WITNESS_QUORUM_MISSING) after the deadline of the
  // options, or at the end of this. `done` must be quick.
  void AwaitQuorum(uint64_t size, std::function<void(const absl::Status&)> done);

 private:
  struct Waiter {
    uint64_t size = 0;
    int64_t deadline_nanos = 0;
    std::function<void(const absl::Status&)> done = {};
  };

  void Run(size_t place);
  void Release();
  // The head to send next to a witness that was sent those up to `sent`, or null; then `wait` is
  // how long to wait for one at most.
  std::shared_ptr<const Head> Target(uint64_t sent, absl::Duration* wait)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasQuorum(const std::string& checkpoint, absl::string_view lines) const;
  absl::Status QuorumMissing() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Load();

  const LogTree* const tree_;
  Database* const database_;
  const std::vector<WitnessEndpoint> witnesses_;
  const WitnessClientOptions options_;
  tlog::Policy policy_;  // with the key of this log
  base::Logger* const logger_;
  mutable base::Mutex mutex_;
  base::CondVar changed_;  // a newer head, a quorum, stopping_
  base::CondVar stopped_;
  base::CondVar waiters_changed_;  // waiters_, a quorum, stopping_
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const Head> target_ ABSL_GUARDED_BY(mutex_);
  int64_t target_since_nanos_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t newest_ ABSL_GUARDED_BY(mutex_) = 0;  // with a line
  uint64_t quorum_ ABSL_GUARDED_BY(mutex_) = 0;  // with the quorum
  std::vector<WitnessState> states_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);  // by deadline
  std::vector<std::thread> threads_;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_WITNESS_CLIENT_H_
