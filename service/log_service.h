// aplomb.audit.v1.LogService without gRPC: the published log, its checkpoints and proofs made to
// order. Everything comes from what is published; nothing is signed here. Thread-safe.
#ifndef APLOMB_SERVICE_LOG_SERVICE_H_
#define APLOMB_SERVICE_LOG_SERVICE_H_

#include "absl/status/statusor.h"
#include "aplomb/audit/v1/log_service.pb.h"
#include "audit/log_tree.h"
#include "service/call.h"

namespace aplomb::service {

class LogService {
 public:
  // `tree` must outlive this.
  explicit LogService(const audit::LogTree* tree) : tree_(tree) {}

  absl::StatusOr<::aplomb::audit::v1::Checkpoint> GetCheckpoint(
      const Call& call, const ::aplomb::audit::v1::GetCheckpointRequest& request) const;
  absl::StatusOr<::aplomb::audit::v1::Entry> GetEntry(
      const Call& call, const ::aplomb::audit::v1::GetEntryRequest& request) const;
  absl::StatusOr<::aplomb::audit::v1::ListEntriesResponse> ListEntries(
      const Call& call, const ::aplomb::audit::v1::ListEntriesRequest& request) const;
  absl::StatusOr<::aplomb::audit::v1::ProveInclusionResponse> ProveInclusion(
      const Call& call, const ::aplomb::audit::v1::ProveInclusionRequest& request) const;
  absl::StatusOr<::aplomb::audit::v1::ProveConsistencyResponse> ProveConsistency(
      const Call& call, const ::aplomb::audit::v1::ProveConsistencyRequest& request) const;

 private:
  absl::StatusOr<::aplomb::audit::v1::Entry> ReadEntry(uint64_t index) const;

  const audit::LogTree* const tree_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_LOG_SERVICE_H_
