// aplomb.catalog.v1.KeepingService without gRPC: backups while the server goes on, and what differs
// between two revisions. Thread-safe.
#ifndef APLOMB_SERVICE_KEEPING_SERVICE_H_
#define APLOMB_SERVICE_KEEPING_SERVICE_H_

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/keeping_service.pb.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "catalog/snapshot.h"
#include "google/longrunning/operations.pb.h"
#include "service/call.h"
#include "service/operations.h"

namespace aplomb::service {

class Dataset;

// What differs, by name: added, changed and removed things, field by field. Pure.
std::vector<catalog::v1::CatalogDifference> DiffSnapshots(const catalog::Snapshot& before,
                                                          const catalog::Snapshot& after);

class KeepingService {
 public:
  // All must outlive this.
  KeepingService(Dataset* dataset, Operations* operations, const base::Clock* clock)
      : dataset_(dataset), operations_(operations), clock_(clock) {}
  KeepingService(const KeepingService&) = delete;
  KeepingService& operator=(const KeepingService&) = delete;
  // Waits for a backup that is being made.
  ~KeepingService();

  absl::StatusOr<google::longrunning::Operation> CreateBackup(
      const Call& call, const catalog::v1::CreateBackupRequest& request);
  absl::StatusOr<catalog::v1::DiffCatalogResponse> DiffCatalog(
      const Call& call, const catalog::v1::DiffCatalogRequest& request) const;

  // Waits for a backup that is being made; before the sequencer ends.
  void Stop();

 private:
  absl::Status Write(const StoredOperation& stored);
  void Run(StoredOperation stored, catalog::v1::CreateBackupRequest request);

  Dataset* const dataset_;
  Operations* const operations_;
  const base::Clock* const clock_;
  base::Mutex mutex_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_KEEPING_SERVICE_H_
