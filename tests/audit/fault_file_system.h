// A file system for RocksDB that counts syncs, fails on demand, and can lose what was not synced,
// as a power cut does. After LevelDB's FaultInjectionTestEnv.
#ifndef APLOMB_TESTS_AUDIT_FAULT_FILE_SYSTEM_H_
#define APLOMB_TESTS_AUDIT_FAULT_FILE_SYSTEM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "rocksdb/file_system.h"

namespace aplomb::testing {

// Thread-safe.
class FaultFileSystem : public rocksdb::FileSystemWrapper {
 public:
  enum class Fault {
    kNone,
    kNoSpace,    // ENOSPC at the next write to a write-ahead log
    kIoError,    // EIO at it
    kTornWrite,  // EIO at it, after half of the bytes were written
    kSyncError,  // EIO at the next sync of a write-ahead log; what was written may be lost
  };

  FaultFileSystem();
  const char* Name() const override { return "FaultFileSystem"; }

  // From now on. The fault stays until another is set.
  void SetFault(Fault fault);
  // Of all files, since construction.
  int64_t sync_count() const;

  // From now on nothing reaches the disk.
  void CutPower();
  // After CutPower, with the database closed: of each file, what was written since its last sync is
  // cut to a random length.
  void LoseUnsynced(std::mt19937_64& random);

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  friend class FaultFile;
  struct Written {
    uint64_t size = 0;
    uint64_t synced = 0;
  };

  // What is to happen to a write of `size` bytes to `path`: OK, or the error after `*written`
  // bytes.
  rocksdb::IOStatus BeforeWrite(const std::string& path, size_t size, size_t* written);
  rocksdb::IOStatus BeforeSync(const std::string& path);
  void AfterWrite(const std::string& path, size_t size);
  void AfterSync(const std::string& path);

  mutable base::Mutex mutex_;
  Fault fault_ ABSL_GUARDED_BY(mutex_) = Fault::kNone;
  bool power_ ABSL_GUARDED_BY(mutex_) = true;
  int64_t sync_count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Written> files_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace aplomb::testing

#endif  // APLOMB_TESTS_AUDIT_FAULT_FILE_SYSTEM_H_
