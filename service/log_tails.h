// Streams of log entries to whoever reads along, without gRPC. One thread reads the disk for all of
// them, one message at a time and in turn, and only once the reader has taken the message before:
// a slow reader costs one message of memory, holds up no other one, and never the writer of the
// log.
#ifndef APLOMB_SERVICE_LOG_TAILS_H_
#define APLOMB_SERVICE_LOG_TAILS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/log_tree.h"
#include "base/mutex.h"

namespace aplomb::service {

// Streams that are open at once: in all, and of one caller.
inline constexpr size_t kTailsMax = 64;
inline constexpr size_t kTailsPerCallerMax = 8;
// A message ends before it grows beyond these; one entry always fits.
inline constexpr size_t kTailMessageBytesMax = size_t{256} << 10;
inline constexpr int kTailMessageEntriesMax = 1000;

// Where a stream goes: a call. One thread calls; after Finish nothing is called any more.
class TailSink {
 public:
  virtual ~TailSink() = default;
  // Begins to send; LogTails::Written is called once there is room for the next one. Must not wait.
  virtual void Write(std::string message) = 0;
  virtual void Finish(const absl::Status& status) = 0;
  // The call is to end soon, though its reader does not read.
  virtual void Cancel() = 0;
};

// Thread-safe.
class LogTails {
 public:
  struct Tail;  // one stream
  // The message that begins with entry `first`, of at most the entries below `end`; sets `next` to
  // the first entry that is not in it.
  using Reader =
      std::function<absl::StatusOr<std::string>(uint64_t first, uint64_t end, uint64_t* next)>;

  // `tree` must outlive it.
  LogTails(const audit::LogTree* tree, Reader reader);
  LogTails(const LogTails&) = delete;
  LogTails& operator=(const LogTails&) = delete;
  ~LogTails();  // Stop(); no stream may be left

  // From now on `sink` gets the entries from `first` on, those below `end` or, with `follow`, all
  // there will be. `sink` must live until its Finish was called. Refused, without a call of `sink`:
  //   ResourceExhausted  TOO_MANY_TAILS
  //   Unavailable        SHUTTING_DOWN
  absl::StatusOr<std::shared_ptr<Tail>> Open(absl::string_view caller, uint64_t first, uint64_t end,
                                             bool follow, TailSink* sink);
  // The reader took the message, or never will (`ok` false).
  void Written(const std::shared_ptr<Tail>& tail, bool ok);
  // Nobody waits for the rest.
  void Cancelled(const std::shared_ptr<Tail>& tail);

  // Ends the streams, as soon as each can be; takes no new ones. Quick.
  void Stop();

  // Streams that are open.
  size_t count() const;

 private:
  void Run();
  // How the stream is to end now, or nothing.
  std::optional<absl::Status> Ending(const Tail& tail) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whose turn it is, or null.
  std::shared_ptr<Tail> Next(uint64_t published) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const audit::LogTree* const tree_;
  const Reader reader_;
  uint64_t listener_ = 0;
  mutable base::Mutex mutex_;  // taken by the writer of the log: held for moments only
  base::CondVar wake_;
  uint64_t published_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // Who was served last stands at the end.
  std::list<std::shared_ptr<Tail>> tails_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_LOG_TAILS_H_
