// google.longrunning.Operations without gRPC: what takes longer than a call, and how far it is. An
// operation is kept in a family of its own, written with what it tells of, so that after a fault it
// says what is durable and no more. Finished ones are kept for good. Thread-safe.
#ifndef APLOMB_SERVICE_OPERATIONS_H_
#define APLOMB_SERVICE_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/sequencer.h"
#include "google/longrunning/operations.pb.h"
#include "service/call.h"

namespace aplomb::service {

class Dataset;

// Family `operation`, not derived:  'o' name -> StoredOperation;  'r' name 00 u32 row -> ImportRow
inline constexpr absl::string_view kOperationFamily = "operation";
inline constexpr int kOperationDays = 30;

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
std::string EncodeStoredOperation(const StoredOperation& stored);
absl::StatusOr<StoredOperation> DecodeStoredOperation(absl::string_view bytes);

// For Dataset: the family, and no entries.
audit::Projection OperationProjection();

class Operations {
 public:
  // `dataset` must outlive this. `runner` is this server's.
  Operations(const Dataset* dataset, std::string runner);

  absl::StatusOr<google::longrunning::Operation> GetOperation(
      const Call& call, const google::longrunning::GetOperationRequest& request) const;
  absl::StatusOr<google::longrunning::ListOperationsResponse> ListOperations(
      const Call& call, const google::longrunning::ListOperationsRequest& request) const;

  const std::string& runner() const { return runner_; }
  // The operation; nothing where there is none.
  absl::StatusOr<std::optional<StoredOperation>> Find(absl::string_view name) const;

 private:
  // As it is told: one that nobody runs any more has failed.
  google::longrunning::Operation Show(StoredOperation stored) const;

  const Dataset* const dataset_;
  const std::string runner_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_OPERATIONS_H_
