#include "base/storage/rocksdb_status.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/status.h"

namespace aplomb::base {
namespace {

// What RocksDB's POSIX environment says when another process holds the LOCK file, or this process
// holds it already; it has no code of its own for that.
bool IsHeldElsewhere(const std::string& text) {
  return absl::StrContains(text, "lock") &&
         (absl::StrContains(text, "/LOCK") || absl::StrContains(text, "lock hold by"));
}

absl::StatusCode Code(const rocksdb::Status& status, const std::string& text) {
  // Before the codes: "no space" comes as a subcode of several of them.
  if (status.IsNoSpace()) return absl::StatusCode::kResourceExhausted;
  switch (status.code()) {
    case rocksdb::Status::kOk:
      return absl::StatusCode::kOk;
    case rocksdb::Status::kNotFound:
      return absl::StatusCode::kNotFound;
    case rocksdb::Status::kCorruption:
      return absl::StatusCode::kDataLoss;
    case rocksdb::Status::kInvalidArgument:
      return absl::StatusCode::kInvalidArgument;
    case rocksdb::Status::kNotSupported:
      return absl::StatusCode::kUnimplemented;
    case rocksdb::Status::kBusy:
    case rocksdb::Status::kTryAgain:
      return absl::StatusCode::kAborted;
    case rocksdb::Status::kTimedOut:
      return absl::StatusCode::kDeadlineExceeded;
    case rocksdb::Status::kShutdownInProgress:
      return absl::StatusCode::kUnavailable;
    case rocksdb::Status::kIOError:
      return IsHeldElsewhere(text) ? absl::StatusCode::kFailedPrecondition
                                   : absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status FromRocksDb(const rocksdb::Status& status, absl::string_view context) {
  if (status.ok()) return absl::OkStatus();
  std::string text = status.ToString();
  // RocksDB 7.8 writes the file's name right behind these words.
  const std::string no_table = " to be an sstable";
  const size_t place = text.find(no_table);
  if (place != std::string::npos && place + no_table.size() < text.size() &&
      text[place + no_table.size()] != ':') {
    text.insert(place + no_table.size(), ": ");
  }
  return absl::Status(Code(status, text), absl::StrCat(context, ": ", text));
}

}  // namespace aplomb::base
