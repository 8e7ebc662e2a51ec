#include "service/operations.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/status.h"
#include "service/dataset.h"
#include "service/errors.h"
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

Operations::Operations(const Dataset* dataset, std::string runner)
    : dataset_(dataset), runner_(std::move(runner)) {}

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
  return std::move(operation);
}

absl::StatusOr<lro::Operation> Operations::GetOperation(
    const Call& call, const lro::GetOperationRequest& request) const {
  if (!absl::StartsWith(request.name(), "operations/") || request.name().size() > kNameSizeMax) {
    return BadRequest(
        {{"name", "INVALID_NAME", "Attendu : operations/….", "Expected: operations/…."}});
  }
  ASSIGN_OR_RETURN(std::optional<StoredOperation> stored, Find(request.name()));
  if (!stored.has_value() || !MaySee(call, *stored)) {
    return call.reach == Reach::kAll ? NotFound("operation", request.name())
                                     : NotOwner(request.name());
  }
  return Show(*std::move(stored));
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
