// aplomb.audit.v1.LogService without gRPC: the published log, its checkpoints and proofs made to
// order. Everything comes from what is published; nothing is signed here. Thread-safe.
#ifndef APLOMB_SERVICE_LOG_SERVICE_H_
#define APLOMB_SERVICE_LOG_SERVICE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "aplomb/audit/v1/log_service.pb.h"
#include "audit/log_tree.h"
#include "service/call.h"
#include "service/log_tails.h"

namespace aplomb::service {

class LogService {
 public:
  // `tree` must outlive this.
  explicit LogService(const audit::LogTree* tree);

  absl::StatusOr<::aplomb::audit::v1::Checkpoint> GetCheckpoint(
      const Call& call, const ::aplomb::audit::v1::GetCheckpointRequest& request) const;
  absl::StatusOr<::aplomb::audit::v1::Entry> GetEntry(
      const Call& call, const ::aplomb::audit::v1::GetEntryRequest& request) const;
  absl::StatusOr<::aplomb::audit::v1::ListEntriesResponse> ListEntries(
      const Call& call, const ::aplomb::audit::v1::ListEntriesRequest& request) const;
  // Opens a stream; see LogTails::Open.
  absl::StatusOr<std::shared_ptr<LogTails::Tail>> TailEntries(
      const Call& call, const ::aplomb::audit::v1::TailEntriesRequest& request, TailSink* sink);
  LogTails& tails() { return tails_; }
  absl::StatusOr<::aplomb::audit::v1::ProveInclusionResponse> ProveInclusion(
      const Call& call, const ::aplomb::audit::v1::ProveInclusionRequest& request) const;
  absl::StatusOr<::aplomb::audit::v1::ProveConsistencyResponse> ProveConsistency(
      const Call& call, const ::aplomb::audit::v1::ProveConsistencyRequest& request) const;

 private:
  absl::StatusOr<::aplomb::audit::v1::Entry> ReadEntry(uint64_t index) const;

  absl::StatusOr<std::string> ReadTail(uint64_t first, uint64_t end, uint64_t* next) const;

  const audit::LogTree* const tree_;
  LogTails tails_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_LOG_SERVICE_H_
