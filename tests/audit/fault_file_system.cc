#include "tests/audit/fault_file_system.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"
#include "base/check.h"

namespace aplomb::testing {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class FaultFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultFile(FaultFileSystem* system, std::string path,
            std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), system_(system), path_(std::move(path)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    size_t written = data.size();
    const IOStatus fault = system_->BeforeWrite(path_, data.size(), &written);
    if (written > 0) {
      const IOStatus status = target()->Append(Slice(data.data(), written), options, debug);
      if (!status.ok()) return status;
      system_->AfterWrite(path_, written);
    }
    return fault;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    if (IOStatus fault = system_->BeforeSync(path_); !fault.ok()) return fault;
    IOStatus status = target()->Sync(options, debug);
    if (status.ok()) system_->AfterSync(path_);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    if (IOStatus fault = system_->BeforeSync(path_); !fault.ok()) return fault;
    IOStatus status = target()->Fsync(options, debug);
    if (status.ok()) system_->AfterSync(path_);
    return status;
  }

 private:
  FaultFileSystem* const system_;
  const std::string path_;
};

FaultFileSystem::FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

void FaultFileSystem::SetFault(Fault fault) {
  base::MutexLock lock(&mutex_);
  fault_ = fault;
}

int64_t FaultFileSystem::sync_count() const {
  base::MutexLock lock(&mutex_);
  return sync_count_;
}

void FaultFileSystem::CutPower() {
  base::MutexLock lock(&mutex_);
  power_ = false;
}

void FaultFileSystem::LoseUnsynced(std::mt19937_64& random) {
  base::MutexLock lock(&mutex_);
  CHECK(!power_) << "CutPower comes first";
  for (const auto& [path, written] : files_) {
    if (written.size == written.synced) continue;
    const uint64_t left = written.synced + random() % (written.size - written.synced + 1);
    CHECK_EQ(truncate(path.c_str(), static_cast<off_t>(left)), 0) << path;
  }
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& path,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* result,
                                          IODebugContext* debug) {
  {
    base::MutexLock lock(&mutex_);
    if (!power_) return IOStatus::IOError("no power");
    files_[path] = Written();
  }
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = target()->NewWritableFile(path, options, &file, debug);
  if (status.ok()) *result = std::make_unique<FaultFile>(this, path, std::move(file));
  return status;
}

IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* debug) {
  {
    base::MutexLock lock(&mutex_);
    if (!power_) return IOStatus::IOError("no power");
    if (const auto found = files_.find(from); found != files_.end()) {
      files_[to] = found->second;
      files_.erase(from);
    }
  }
  return target()->RenameFile(from, to, options, debug);
}

IOStatus FaultFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                     IODebugContext* debug) {
  {
    base::MutexLock lock(&mutex_);
    if (!power_) return IOStatus::IOError("no power");
    files_.erase(path);
  }
  return target()->DeleteFile(path, options, debug);
}

IOStatus FaultFileSystem::BeforeWrite(const std::string& path, size_t size, size_t* written) {
  base::MutexLock lock(&mutex_);
  *written = 0;
  if (!power_) return IOStatus::IOError("no power");
  if (absl::EndsWith(path, ".log")) {
    switch (fault_) {
      case Fault::kNoSpace:
        return IOStatus::NoSpace("injected", path);
      case Fault::kIoError:
        return IOStatus::IOError("injected", path);
      case Fault::kTornWrite:
        *written = size / 2;
        return IOStatus::IOError("injected after half of the bytes", path);
      case Fault::kSyncError:
      case Fault::kNone:
        break;
    }
  }
  *written = size;
  return IOStatus::OK();
}

IOStatus FaultFileSystem::BeforeSync(const std::string& path) {
  base::MutexLock lock(&mutex_);
  ++sync_count_;
  if (!power_) return IOStatus::IOError("no power");
  if (fault_ == Fault::kSyncError && absl::EndsWith(path, ".log")) {
    return IOStatus::IOError("injected at sync", path);
  }
  return IOStatus::OK();
}

void FaultFileSystem::AfterWrite(const std::string& path, size_t size) {
  base::MutexLock lock(&mutex_);
  files_[path].size += size;
}

void FaultFileSystem::AfterSync(const std::string& path) {
  base::MutexLock lock(&mutex_);
  files_[path].synced = files_[path].size;
}

}  // namespace aplomb::testing
