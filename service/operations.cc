#include "service/operations.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/status.h"
#include "catalog/store.h"
#include "service/dataset.h"
#include "service/errors.h"
#include "service/export_operation.h"
#include "service/paging.h"

namespace aplomb::service {
namespace {

namespace lro = google::longrunning;

constexpr size_t kNameSizeMax = 200;
constexpr size_t kOperationSizeMax = size_t{1} << 20;

bool MaySee(const Call& call, const StoredOperation& stored) {
  return call.reach == Reach::kAll || stored.owner == call.caller.Id();
}

}  // namespace

std::string OperationKey(absl::string_view name) { return absl::StrCat("o", name); }

std::string OperationRowsPrefix(absl::string_view name) {
  return absl::StrCat("r", name, absl::string_view("\0", 1));
}

std::string OperationRowKey(absl::string_view name, int32_t row) {
  base::ByteWriter number;
  number.U32(static_cast<uint32_t>(row));
  return absl::StrCat(OperationRowsPrefix(name), number.view());
}

std::string OperationNamedKey(absl::string_view name, absl::string_view what) {
  return absl::StrCat("n", name, absl::string_view("\0", 1), what);
}

std::string EncodeStoredOperation(const StoredOperation& stored) {
  base::ByteWriter writer;
  writer.Bytes(stored.owner);
  writer.I64(stored.time_us);
  writer.Bytes(stored.runner);
  writer.Bytes(stored.operation.SerializeAsString());
  return std::move(writer).Take();
}

absl::StatusOr<StoredOperation> DecodeStoredOperation(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  StoredOperation stored;
  ASSIGN_OR_RETURN(const absl::string_view owner, reader.Bytes());
  ASSIGN_OR_RETURN(stored.time_us, reader.I64());
  ASSIGN_OR_RETURN(const absl::string_view runner, reader.Bytes());
  ASSIGN_OR_RETURN(const absl::string_view operation, reader.Bytes(kOperationSizeMax));
  RETURN_IF_ERROR(reader.ExpectEnd());
  stored.owner = std::string(owner);
  stored.runner = std::string(runner);
  if (!stored.operation.ParseFromArray(operation.data(), static_cast<int>(operation.size()))) {
    return absl::DataLossError("a stored operation is not one");
  }
  return stored;
}

audit::Projection OperationProjection() {
  return {.types = {},
          .column_families = {{.name = std::string(kOperationFamily), .not_derived = true}},
          .project = [](const audit::LoggedEntry&, audit::Overlay&) { return absl::OkStatus(); }};
}

Operations::Operations(Dataset* dataset, std::string runner)
    : dataset_(dataset), runner_(std::move(runner)) {}

Operations::~Operations() { Stop(); }

void Operations::Stop() {
  std::thread waiting;
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.SignalAll();
    waiting.swap(thread_);
  }
  if (waiting.joinable()) waiting.join();
}

void Operations::SetProgress(const std::string& name, const google::protobuf::Message& metadata) {
  base::MutexLock lock(&mutex_);
  running_[name].metadata.PackFrom(metadata);
}

void Operations::EndProgress(const std::string& name) {
  base::MutexLock lock(&mutex_);
  running_.erase(name);
}

bool Operations::IsCancelled(const std::string& name) const {
  base::MutexLock lock(&mutex_);
  const auto found = running_.find(name);
  return found != running_.end() && found->second.cancelled;
}

absl::StatusOr<std::optional<StoredOperation>> Operations::Find(absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   dataset_->database().Get(kOperationFamily, OperationKey(name)));
  if (!value.has_value()) return std::optional<StoredOperation>();
  ASSIGN_OR_RETURN(StoredOperation stored, DecodeStoredOperation(*value));
  return std::optional<StoredOperation>(std::move(stored));
}

lro::Operation Operations::Show(StoredOperation stored) const {
  lro::Operation& operation = stored.operation;
  if (!operation.done() && !stored.runner.empty() && stored.runner != runner_) {
    operation.set_done(true);
    operation.mutable_error()->set_code(static_cast<int>(absl::StatusCode::kAborted));
    operation.mutable_error()->set_message(
        "The server that ran it was stopped: begin again; nothing half done counts.");
  }
  if (!operation.done()) {
    base::MutexLock lock(&mutex_);
    const auto running = running_.find(operation.name());
    if (running != running_.end()) *operation.mutable_metadata() = running->second.metadata;
  }
  return std::move(operation);
}

absl::StatusOr<lro::Operation> Operations::Read(const Call& call, const std::string& name) const {
  if (!absl::StartsWith(name, "operations/") || name.size() > kNameSizeMax) {
    return BadRequest(
        {{"name", "INVALID_NAME", "Attendu : operations/….", "Expected: operations/…."}});
  }
  const auto missing = [&call, &name] {
    return call.reach == Reach::kAll ? NotFound("operation", name) : NotOwner(name);
  };
  // What is published is everybody's to export.
  if (const std::optional<ExportPlace> place = ParseExportName(name); place.has_value()) {
    ASSIGN_OR_RETURN(std::optional<lro::Operation> found, FindExport(dataset_->store(), *place));
    if (!found.has_value()) return missing();
    return *std::move(found);
  }
  ASSIGN_OR_RETURN(std::optional<StoredOperation> stored, Find(name));
  if (!stored.has_value() || !MaySee(call, *stored)) return missing();
  return Show(*std::move(stored));
}

absl::StatusOr<lro::Operation> Operations::GetOperation(
    const Call& call, const lro::GetOperationRequest& request) const {
  return Read(call, request.name());
}

void Operations::CancelOperation(const Call& call, const lro::CancelOperationRequest& request,
                                 Done<google::protobuf::Empty> done) {
  const absl::StatusOr<lro::Operation> read = Read(call, request.name());
  if (!read.ok()) return done(read.status());
  if (read->done()) return done(google::protobuf::Empty());
  {
    base::MutexLock lock(&mutex_);
    const auto running = running_.find(request.name());
    if (running != running_.end()) {
      // Whoever runs it looks at this, ends, and writes how it ended.
      running->second.cancelled = true;
      return done(google::protobuf::Empty());
    }
  }
  audit::Command command;
  command.stage = [name = request.name()](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<std::string> value,
                     context.state().Get(kOperationFamily, OperationKey(name)));
    if (!value.has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(StoredOperation stored, DecodeStoredOperation(*value));
    if (stored.operation.done()) return absl::OkStatus();
    stored.time_us = context.time_us();
    stored.operation.set_done(true);
    stored.operation.mutable_error()->set_code(static_cast<int>(absl::StatusCode::kCancelled));
    stored.operation.mutable_error()->set_message(
        "Cancelled as asked. What was written before stays; the metadata tells how much that is.");
    context.PutNotDerived(kOperationFamily, OperationKey(name), EncodeStoredOperation(stored));
    return absl::OkStatus();
  };
  command.done = [done](const absl::StatusOr<audit::Committed>& committed) {
    if (!committed.ok()) return done(FromLowerRoom(committed.status()));
    done(google::protobuf::Empty());
  };
  dataset_->sequencer().Submit(std::move(command));
}

void Operations::WaitOperation(const Call& call, const lro::WaitOperationRequest& request,
                               Done<lro::Operation> done) {
  absl::Duration timeout = kWaitOperationMax;
  if (request.has_timeout()) {
    timeout = std::clamp(
        absl::Seconds(request.timeout().seconds()) + absl::Nanoseconds(request.timeout().nanos()),
        absl::ZeroDuration(), kWaitOperationMax);
  }
  absl::StatusOr<lro::Operation> now = Read(call, request.name());
  {
    base::MutexLock lock(&mutex_);
    if (now.ok() && !now->done() && timeout > absl::ZeroDuration() && !stopping_ &&
        waiters_.size() < kWaitersMax) {
      waiters_.push_back(
          {.call = call,
           .name = request.name(),
           .end_ns = base::SystemClock::Get()->MonotonicNanos() + absl::ToInt64Nanoseconds(timeout),
           .done = std::move(done)});
      if (!thread_.joinable()) thread_ = std::thread([this] { RunWaits(); });
      wake_.SignalAll();
      return;
    }
  }
  done(std::move(now));
}

void Operations::RunWaits() {
  for (;;) {
    std::deque<Waiter> looked_at;
    bool last = false;
    {
      base::MutexLock lock(&mutex_);
      while (waiters_.empty() && !stopping_) wake_.Wait(&mutex_);
      if (waiters_.empty()) return;
      if (!stopping_) wake_.WaitFor(&mutex_, kWaitOperationStep);
      last = stopping_;
      looked_at.swap(waiters_);
    }
    const int64_t now_ns = base::SystemClock::Get()->MonotonicNanos();
    std::deque<Waiter> still;
    for (Waiter& waiter : looked_at) {
      absl::StatusOr<lro::Operation> read = Read(waiter.call, waiter.name);
      if (read.ok() && !read->done() && now_ns < waiter.end_ns && !last) {
        still.push_back(std::move(waiter));
      } else {
        waiter.done(std::move(read));
      }
    }
    base::MutexLock lock(&mutex_);
    for (Waiter& waiter : still) waiters_.push_back(std::move(waiter));
  }
}

absl::StatusOr<lro::ListOperationsResponse> Operations::ListOperations(
    const Call& call, const lro::ListOperationsRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t size = PageSize(request.page_size(), issues);
  if (request.name() != "operations") {
    issues.push_back({"name", "INVALID_NAME", "Attendu : operations.", "Expected: operations."});
  }
  if (!request.filter().empty()) {
    issues.push_back(
        {"filter", "UNKNOWN_VALUE", "Les filtres ne sont pas admis.", "Filters are not allowed."});
  }
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, call.caller.Id()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  const std::string prefix = OperationKey("operations/");
  std::string begin = absl::StrCat(prefix, place.after);
  if (!place.after.empty()) begin.push_back('\0');
  lro::ListOperationsResponse response;
  absl::Status failure;
  std::string last;
  RETURN_IF_ERROR(dataset_->database().Scan(
      kOperationFamily, begin, audit::EndOfPrefix(prefix),
      [&](absl::string_view key, absl::string_view value) {
        absl::StatusOr<StoredOperation> stored = DecodeStoredOperation(value);
        if (!stored.ok()) {
          failure = stored.status();
          return false;
        }
        if (!MaySee(call, *stored)) return true;
        if (response.operations_size() == size) {
          response.set_next_page_token(EncodePageToken({.after = last, .revision = -1}, arguments));
          return false;
        }
        last = std::string(key.substr(prefix.size()));
        *response.add_operations() = Show(*std::move(stored));
        return true;
      }));
  RETURN_IF_ERROR(failure);
  return response;
}

}  // namespace aplomb::service
