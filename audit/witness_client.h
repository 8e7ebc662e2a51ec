// Has the log's heads cosigned by witnesses (C2SP tlog-witness): others, who sign a head only if it
// extends the one they signed before. So nobody can be shown another history, and a log that was
// restored from an old copy is found out at once.
//
// One thread per witness, so that one which is down, slow or wrong holds up neither the others nor
// the log. Cosignatures are kept in memory for the newest heads; after a restart the newest head is
// cosigned again.
#ifndef APLOMB_AUDIT_WITNESS_CLIENT_H_
#define APLOMB_AUDIT_WITNESS_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
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

// Over HTTP and HTTPS (libcurl), no redirects, at most kMaxWitnessAnswerBytes.
absl::StatusOr<HttpAnswer> HttpPost(const std::string& url, const std::string& body,
                                    absl::Duration timeout);
inline constexpr size_t kMaxWitnessAnswerBytes = size_t{64} << 10;

struct WitnessClientOptions {
  absl::Duration timeout = absl::Seconds(1);
  // Between two heads sent to one witness, at least; after a failure ten times as long.
  absl::Duration interval = absl::Seconds(1);
  PostFunction post = HttpPost;
};

// How far a witness is.
struct WitnessState {
  std::string name = {};
  uint64_t size = 0;        // of the newest head that it cosigned here; 0: none
  absl::Status error = {};  // of the last attempt
};

// Asks one witness to cosign `head`, given that it had cosigned `*old_size` (0: unknown), which is
// updated. Returns its line for the note.
//
//   FailedPrecondition  WITNESS_AHEAD: it knows a larger log than this one
//   PermissionDenied    WITNESS_REFUSED: it does not know the log, or finds it inconsistent
//   DataLoss            WITNESS_LIES: its answer is not a cosignature of this head by its key
//   other               no answer came
absl::StatusOr<std::string> Cosign(const LogTree& tree, const Head& head,
                                   const WitnessEndpoint& witness,
                                   const WitnessClientOptions& options, uint64_t* old_size);

// At the start, before anything is signed: FailedPrecondition (LOG_ROLLED_BACK) if a witness knows
// a larger log than `tree`. A witness that does not answer stops nothing.
absl::Status CheckNotBehindWitnesses(const LogTree& tree,
                                     const std::vector<WitnessEndpoint>& witnesses,
                                     const WitnessClientOptions& options, base::Logger* logger);

class WitnessClient final : public LogTree::CosignatureSource {
 public:
  // Heads whose cosignatures are kept.
  static constexpr size_t kHeadsKept = 4096;

  // Starts the threads. All pointers must outlive it.
  WitnessClient(const LogTree* tree, std::vector<WitnessEndpoint> witnesses,
                WitnessClientOptions options, base::Logger* logger);
  ~WitnessClient() override;

  std::string Lines(uint64_t size) const override;
  uint64_t NewestSize() const override;
  std::vector<WitnessState> States() const;
  // There is a newer head. Quick.
  void Notify();

 private:
  void Run(size_t place);

  const LogTree* const tree_;
  const std::vector<WitnessEndpoint> witnesses_;
  const WitnessClientOptions options_;
  base::Logger* const logger_;
  mutable base::Mutex mutex_;
  base::CondVar changed_;
  base::CondVar stopped_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t newest_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<WitnessState> states_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, std::map<std::string, std::string>> lines_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_WITNESS_CLIENT_H_
