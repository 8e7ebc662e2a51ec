// google.longrunning.Operations without gRPC: what takes longer than a call, and how far it is. An
// operation is kept in a family of its own, written with what it tells of, so that after a fault it
// says what is durable and no more. Finished ones are kept for good. How far a running one is
// stands in memory, as does who waits for it. Thread-safe.
#ifndef APLOMB_SERVICE_OPERATIONS_H_
#define APLOMB_SERVICE_OPERATIONS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/sequencer.h"
#include "base/mutex.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/empty.pb.h"
#include "service/call.h"

namespace aplomb::service {

class Dataset;

// Family `operation`, not derived:  'o' name -> StoredOperation;  'r' name 00 u32 row -> ImportRow
inline constexpr absl::string_view kOperationFamily = "operation";

// The longest that WaitOperation waits, and how often it looks.
inline constexpr absl::Duration kWaitOperationMax = absl::Seconds(60);
inline constexpr absl::Duration kWaitOperationStep = absl::Milliseconds(50);
// Callers that wait at the same time; one more is answered at once with how far the operation is.
inline constexpr size_t kWaitersMax = 200;

struct StoredOperation {
  std::string owner;    // Caller::Id() of who began it
  int64_t time_us = 0;  // when it last changed
  // Of the server that runs it; empty where it waits for its caller. An operation of a server that
  // is gone will not end by itself.
  std::string runner;
  google::longrunning::Operation operation;
};

std::string OperationKey(absl::string_view name);
std::string OperationRowsPrefix(absl::string_view name);
std::string OperationRowKey(absl::string_view name, int32_t row);
// Under which an import keeps the number of the row that names `what`, an offering or a uid.
std::string OperationNamedKey(absl::string_view name, absl::string_view what);
std::string EncodeStoredOperation(const StoredOperation& stored);
absl::StatusOr<StoredOperation> DecodeStoredOperation(absl::string_view bytes);

// For Dataset: the family, and no entries.
audit::Projection OperationProjection();

class Operations {
 public:
  // `dataset` must outlive this. `runner` is this server's.
  Operations(Dataset* dataset, std::string runner);
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;
  ~Operations();  // Stop()

  absl::StatusOr<google::longrunning::Operation> GetOperation(
      const Call& call, const google::longrunning::GetOperationRequest& request) const;
  absl::StatusOr<google::longrunning::ListOperationsResponse> ListOperations(
      const Call& call, const google::longrunning::ListOperationsRequest& request) const;

  // Ends an import, or asks a backup to end, with CANCELLED. What was written before stays, and the
  // metadata tells how much that is. Nothing happens to one that is done.
  void CancelOperation(const Call& call, const google::longrunning::CancelOperationRequest& request,
                       Done<google::protobuf::Empty> done);
  // Answers when the operation is done, or after `timeout` (at most, and by default,
  // kWaitOperationMax) with how far it is.
  void WaitOperation(const Call& call, const google::longrunning::WaitOperationRequest& request,
                     Done<google::longrunning::Operation> done);

  const std::string& runner() const { return runner_; }
  // The operation; nothing where there is none.
  absl::StatusOr<std::optional<StoredOperation>> Find(absl::string_view name) const;

  // Of what this server runs: how far it is, until it is written as done; and whether its end was
  // asked for.
  void SetProgress(const std::string& name, const google::protobuf::Message& metadata);
  void EndProgress(const std::string& name);
  bool IsCancelled(const std::string& name) const;

  // Answers all who wait, with how far things are. Before the sequencer ends.
  void Stop();

 private:
  struct Waiter {
    Call call;
    std::string name;
    int64_t end_ns = 0;  // monotonic
    Done<google::longrunning::Operation> done;
  };
  struct Running {
    google::protobuf::Any metadata;
    bool cancelled = false;
  };

  // The operation for that caller, or why not.
  absl::StatusOr<google::longrunning::Operation> Read(const Call& call,
                                                      const std::string& name) const;
  // As it is told: one that nobody runs any more has failed.
  google::longrunning::Operation Show(StoredOperation stored) const;
  void RunWaits();

  Dataset* const dataset_;
  const std::string runner_;
  mutable base::Mutex mutex_;
  base::CondVar wake_;
  std::map<std::string, Running> running_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);  // began with the first who waits
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_OPERATIONS_H_
