// aplomb.catalog.v1.BulkService without gRPC: many proposals at once, in batches that can be sent
// again, and the entries of a revision. Thread-safe.
#ifndef APLOMB_SERVICE_BULK_SERVICE_H_
#define APLOMB_SERVICE_BULK_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/bulk_service.pb.h"
#include "google/longrunning/operations.pb.h"
#include "service/call.h"
#include "service/executor.h"
#include "service/operations.h"

namespace aplomb::service {

class Workflow;

inline constexpr int kImportBatchMax = 256;
inline constexpr int32_t kImportRowsMax = 100'000;
inline constexpr int kImportFailuresTold = 100;

// Tells the rows of an import apart, as ImportRow.row_sha256 has it.
std::string RowDigest(catalog::v1::Offering offering);

class BulkService {
 public:
  // All must outlive this.
  BulkService(const Workflow* workflow, const Operations* operations, Executor* executor)
      : workflow_(workflow), operations_(operations), executor_(executor) {}

  void ImportProposals(const Call& call, const catalog::v1::ImportProposalsRequest& request,
                       Done<google::longrunning::Operation> done);
  absl::StatusOr<catalog::v1::ListImportRowsResponse> ListImportRows(
      const Call& call, const catalog::v1::ListImportRowsRequest& request) const;
  absl::StatusOr<google::longrunning::Operation> ExportOfferings(
      const Call& call, const catalog::v1::ExportOfferingsRequest& request) const;
  absl::StatusOr<catalog::v1::ListExportedOfferingsResponse> ListExportedOfferings(
      const Call& call, const catalog::v1::ListExportedOfferingsRequest& request) const;

 private:
  const Workflow* const workflow_;
  const Operations* const operations_;
  Executor* const executor_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_BULK_SERVICE_H_
