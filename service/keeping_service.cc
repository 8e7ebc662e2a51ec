#include "service/keeping_service.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "audit/backup/backup.h"
#include "base/status.h"
#include "catalog/proposals/diff.h"
#include "service/dataset.h"
#include "service/errors.h"
#include "service/paging.h"
#include "service/workflow.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;
using Change = pb::CatalogDifference;
using google::protobuf::Message;
using SnapshotPointer = std::shared_ptr<const catalog::Snapshot>;

constexpr size_t kFolderSizeMax = 1000;
constexpr int64_t kProgressBytes = int64_t{1}
                                   << 20;  // between two calls of BackupOptions::progress

// Things of a snapshot by name.
using Things = std::map<std::string, const Message*>;

Things ThingsOf(const catalog::Snapshot& snapshot) {
  Things things;
  for (const auto& [name, entry] : snapshot.members) things[name] = &entry->member;
  for (const auto& [name, entry] : snapshot.offerings) things[name] = &entry->offering;
  // The newest revision of each rulebook.
  for (const auto& [revision, entry] : snapshot.rulebooks) {
    things[absl::StrCat("rulebooks/", entry->rulebook.rulebook_id())] = &entry->rulebook;
  }
  if (snapshot.law_table != nullptr) things["law_table"] = &snapshot.law_table->table;
  if (snapshot.rates != nullptr) things["exchange_rates"] = &snapshot.rates->table;
  return things;
}

void Add(const std::string& name, const Message* before, const Message* after,
         std::vector<Change>& changes) {
  Change& change = changes.emplace_back();
  change.set_name(name);
  change.set_change(before == nullptr  ? Change::ADDED
                    : after == nullptr ? Change::REMOVED
                                       : Change::CHANGED);
  for (pb::FieldDifference& one : proposals::MessageDifferences(before, after)) {
    *change.add_differences() = std::move(one);
  }
}

}  // namespace

std::vector<Change> DiffSnapshots(const catalog::Snapshot& before, const catalog::Snapshot& after) {
  const Things old_things = ThingsOf(before);
  const Things new_things = ThingsOf(after);
  std::vector<Change> changes;
  auto old_it = old_things.begin();
  auto new_it = new_things.begin();
  while (old_it != old_things.end() || new_it != new_things.end()) {
    if (new_it == new_things.end() ||
        (old_it != old_things.end() && old_it->first < new_it->first)) {
      Add(old_it->first, old_it->second, nullptr, changes);
      ++old_it;
    } else if (old_it == old_things.end() || new_it->first < old_it->first) {
      Add(new_it->first, nullptr, new_it->second, changes);
      ++new_it;
    } else {
      // Snapshots share what did not change.
      if (old_it->second != new_it->second &&
          !google::protobuf::util::MessageDifferencer::Equals(*old_it->second, *new_it->second)) {
        Add(old_it->first, old_it->second, new_it->second, changes);
      }
      ++old_it;
      ++new_it;
    }
  }
  return changes;
}

KeepingService::~KeepingService() { Stop(); }

void KeepingService::Stop() {
  std::thread running;
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    running.swap(thread_);
  }
  if (running.joinable()) running.join();
}

absl::Status KeepingService::Write(const StoredOperation& stored) {
  const std::string bytes = EncodeStoredOperation(stored);
  return dataset_->sequencer()
      .SubmitAndWait([&](audit::StageContext& context) {
        context.PutNotDerived(kOperationFamily, OperationKey(stored.operation.name()), bytes);
        return absl::OkStatus();
      })
      .status();
}

absl::StatusOr<lro::Operation> KeepingService::CreateBackup(
    const Call& call, const pb::CreateBackupRequest& request) {
  if (!absl::StartsWith(request.folder(), "/") || request.folder().size() > kFolderSizeMax ||
      absl::StrContains(request.folder(), "/../")) {
    return BadRequest(
        {{"folder", "INVALID_PATH", "Attendu : un chemin absolu de la machine du serveur.",
          "Expected: an absolute path on the server's machine."}});
  }
  base::MutexLock lock(&mutex_);
  if (running_ || stopping_) {
    return WithPrecondition(MakeError(Reason::kOperationRunning,
                                      "A backup is being made: wait for it, then ask again.", {}),
                            Info(Reason::kOperationRunning).word, "operations/backup",
                            "one backup at a time");
  }
  const int64_t now_us = absl::ToUnixMicros(clock_->Now());
  StoredOperation stored;
  stored.owner = call.caller.Id();
  stored.time_us = now_us;
  stored.runner = operations_->runner();
  stored.operation.set_name(absl::StrCat("operations/backup.", now_us));
  pb::BackupMetadata metadata;
  metadata.set_folder(request.folder());
  SetTime(now_us, *metadata.mutable_start_time());
  stored.operation.mutable_metadata()->PackFrom(metadata);
  RETURN_IF_ERROR(FromLowerRoom(Write(stored)));
  if (thread_.joinable()) thread_.join();  // of the backup before, which has ended
  running_ = true;
  operations_->SetProgress(stored.operation.name(), metadata);
  thread_ = std::thread([this, stored, request] { Run(stored, request); });
  return stored.operation;
}

void KeepingService::Run(StoredOperation stored, pb::CreateBackupRequest request) {
  pb::BackupMetadata metadata;
  stored.operation.metadata().UnpackTo(&metadata);
  const std::string& name = stored.operation.name();
  const absl::StatusOr<audit::BackupRecord> made =
      audit::CreateBackup(dataset_->log(), request.folder(),
                          {.keys = !request.without_keys(), .progress = [this, &name, &metadata] {
                             metadata.set_copied_bytes(metadata.copied_bytes() + kProgressBytes);
                             operations_->SetProgress(name, metadata);
                             return !operations_->IsCancelled(name);
                           }});
  stored.operation.mutable_metadata()->PackFrom(metadata);
  stored.operation.set_done(true);
  stored.time_us = absl::ToUnixMicros(clock_->Now());
  if (made.ok()) {
    pb::Backup backup;
    backup.set_backup_id(static_cast<int32_t>(made->id));
    backup.mutable_create_time()->set_seconds(made->time_s);
    backup.set_entry_count(made->entry_count);
    backup.set_size_bytes(static_cast<int64_t>(made->size_bytes));
    backup.set_file_count(static_cast<int32_t>(made->file_count));
    stored.operation.mutable_response()->PackFrom(backup);
  } else {
    // The operator's own folder and disk: the text helps, and nobody else reads it.
    stored.operation.mutable_error()->set_code(static_cast<int>(made.status().code()));
    stored.operation.mutable_error()->set_message(std::string(made.status().message()));
  }
  // If this cannot be written, the operation is told as stopped with the server.
  const absl::Status written = Write(stored);
  operations_->EndProgress(name);
  base::MutexLock lock(&mutex_);
  running_ = false;
}

absl::StatusOr<pb::DiffCatalogResponse> KeepingService::DiffCatalog(
    const Call& call, const pb::DiffCatalogRequest& request) const {
  std::vector<base::Issue> issues;
  int32_t left = PageSize(request.page_size(), issues);
  for (const auto& [field, value] :
       {std::pair<const char*, int64_t>("old_revision", request.old_revision()),
        {"new_revision", request.new_revision()}}) {
    if (value < 0) {
      issues.push_back(
          {field, "OUT_OF_RANGE", "Une révision est au moins 0.", "A revision is at least 0."});
    }
  }
  if (!issues.empty()) return BadRequest(issues);
  const catalog::Store& store = dataset_->store();
  const std::vector<std::string> arguments = {call.method, absl::StrCat(request.old_revision()),
                                              absl::StrCat(request.new_revision())};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  const int64_t newest = place.revision >= 0          ? place.revision
                         : request.new_revision() > 0 ? request.new_revision()
                                                      : store.snapshot()->revision;
  const auto at = [&](int64_t revision) -> absl::StatusOr<SnapshotPointer> {
    auto found = store.SnapshotAt(revision);
    if (!absl::IsOutOfRange(found.status())) return found;
    const std::string asked = absl::StrCat(revision);
    return WithPrecondition(MakeError(Reason::kRevisionUnavailable,
                                      absl::StrCat("catalogue revision ", asked, ": the newest is ",
                                                   store.snapshot()->revision, "."),
                                      {{"what", "catalogue revision"}, {"asked", asked}}),
                            Info(Reason::kRevisionUnavailable).word, asked,
                            "ask for a revision that exists");
  };
  ASSIGN_OR_RETURN(const SnapshotPointer before, at(request.old_revision()));
  ASSIGN_OR_RETURN(const SnapshotPointer after, at(newest));
  pb::DiffCatalogResponse response;
  response.set_old_revision(before->revision);
  response.set_new_revision(after->revision);
  size_t bytes = 0;
  for (Change& change : DiffSnapshots(*before, *after)) {
    if (change.name() <= place.after) continue;
    bytes += change.ByteSizeLong();
    if (left-- == 0 || (bytes > kPageBytesMax && response.differences_size() > 0)) {
      response.set_next_page_token(EncodePageToken(
          {.after = response.differences().rbegin()->name(), .revision = newest}, arguments));
      break;
    }
    *response.add_differences() = std::move(change);
  }
  return response;
}

}  // namespace aplomb::service
