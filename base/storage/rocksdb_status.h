// The one place where what RocksDB says becomes what we say.
#ifndef APLOMB_BASE_STORAGE_ROCKSDB_STATUS_H_
#define APLOMB_BASE_STORAGE_ROCKSDB_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rocksdb {
class Status;
}

namespace aplomb::base {

// `status` with `context` (what was being done, to which file) before its text.
//
//   NotFound                       NotFound
//   Corruption                     DataLoss: refuse to go on, restore from a backup
//   InvalidArgument                InvalidArgument
//   NotSupported                   Unimplemented
//   Busy, TryAgain                 Aborted: try again
//   TimedOut                       DeadlineExceeded
//   ShutdownInProgress             Unavailable
//   IOError, no space left         ResourceExhausted: free space on the disk
//   IOError, held by another process  FailedPrecondition: stop that process
//   any other IOError              Unavailable
//   any other                      Internal
absl::Status FromRocksDb(const rocksdb::Status& status, absl::string_view context);

}  // namespace aplomb::base

#endif  // APLOMB_BASE_STORAGE_ROCKSDB_STATUS_H_
