#include "service/import_proposals.h"

#include <functional>
#include <future>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/status.h"
#include "google/longrunning/operations.pb.h"
#include "service/bulk_service.h"
#include "service/dataset.h"
#include "service/decision_cache.h"
#include "service/executor.h"
#include "service/member_service.h"
#include "service/operations.h"
#include "service/workflow.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;

constexpr int32_t kRowsOfPage = 1000;
constexpr size_t kBatchBytesMax = size_t{900} << 10;

Call OperatorCall() {
  Call call;
  call.caller = {.role = Role::kOperator, .subject = "import"};
  call.reach = Reach::kAll;
  call.method = "import";
  return call;
}

// A call that completes on another thread, waited for.
template <typename Response>
absl::StatusOr<Response> Wait(const std::function<void(Done<Response>)>& begin) {
  std::promise<absl::StatusOr<Response>> promise;
  begin([&promise](absl::StatusOr<Response> response) { promise.set_value(std::move(response)); });
  return promise.get_future().get();
}

class Importer {
 public:
  explicit Importer(Dataset& dataset)
      : executor_(1, 1),
        workflow_(&dataset, &cache_, &executor_, base::SystemClock::Get(),
                  base::SystemRandom::Get()),
        members_(&workflow_),
        operations_(&dataset, "import"),
        bulk_(&workflow_, &operations_, &executor_) {}
  // Answers run on the executor's thread: it ends before what they use.
  ~Importer() { executor_.Stop(); }

  absl::Status Register(const pb::Member& member) {
    pb::RegisterMemberRequest request;
    request.set_member_id(member.name().substr(sizeof("members/") - 1));
    *request.mutable_member() = member;
    return Wait<pb::Member>([&](Done<pb::Member> done) {
             members_.RegisterMember(OperatorCall(), request, std::move(done));
           })
        .status();
  }

  absl::Status Propose(const std::vector<pb::Offering>& offerings, bool submit,
                       ImportedMember& member) {
    base::Sha256Hasher hasher;
    for (const pb::Offering& offering : offerings) hasher.Update(offering.name());
    for (const pb::Offering& offering : offerings) {
      // Without the uid, which importers draw anew each time.
      pb::Offering content = offering;
      content.clear_uid();
      hasher.Update(content.SerializeAsString());
    }
    pb::ImportProposalsRequest request;
    request.set_parent(member.name);
    request.set_import_id(absl::StrCat("f-", base::HexEncode(hasher.Finish()).substr(0, 16)));
    request.set_submit(submit);
    request.set_total_row_count(static_cast<int32_t>(offerings.size()));
    lro::Operation operation;
    for (size_t next = 0; next < offerings.size();) {
      request.set_first_row(static_cast<int32_t>(next));
      auto& batch = *request.mutable_inline_source();
      batch.Clear();
      size_t bytes = 0;
      while (next < offerings.size() && batch.offerings_size() < kImportBatchMax) {
        bytes += offerings[next].ByteSizeLong();
        if (bytes > kBatchBytesMax && batch.offerings_size() > 0) break;
        *batch.add_offerings() = offerings[next++];
      }
      request.set_last(next == offerings.size());
      ASSIGN_OR_RETURN(operation, Wait<lro::Operation>([&](Done<lro::Operation> done) {
                         bulk_.ImportProposals(OperatorCall(), request, std::move(done));
                       }));
    }
    operation.metadata().UnpackTo(&member.counts);
    pb::ListImportRowsRequest list;
    list.set_parent(operation.name());
    list.set_page_size(kRowsOfPage);
    do {
      ASSIGN_OR_RETURN(const pb::ListImportRowsResponse page,
                       bulk_.ListImportRows(OperatorCall(), list));
      for (const pb::ImportRow& row : page.rows()) {
        if (!row.reason().empty()) member.problems.push_back(row);
      }
      list.set_page_token(page.next_page_token());
    } while (!list.page_token().empty());
    return absl::OkStatus();
  }

 private:
  DecisionCache cache_;
  Executor executor_;
  Workflow workflow_;
  MemberService members_;
  Operations operations_;
  BulkService bulk_;
};

}  // namespace

absl::StatusOr<std::vector<ImportedMember>> ImportAsProposals(const catalog::CatalogSource& source,
                                                              bool submit, Dataset& dataset) {
  Importer importer(dataset);
  std::set<std::string> registered;
  for (const pb::Member& member : source.members) {
    if (dataset.store().snapshot()->members.contains(member.name())) continue;
    RETURN_IF_ERROR(importer.Register(member));
    registered.insert(member.name());
  }
  const std::shared_ptr<const catalog::Snapshot> now = dataset.store().snapshot();
  std::map<std::string, std::vector<pb::Offering>> by_member;
  for (pb::Offering offering : source.offerings) {
    // What is there keeps its uid.
    if (now->offerings.contains(offering.name())) offering.clear_uid();
    by_member[offering.name().substr(0, offering.name().find("/offerings/"))].push_back(
        std::move(offering));
  }
  std::vector<ImportedMember> imported;
  for (const auto& [name, offerings] : by_member) {
    ImportedMember& member = imported.emplace_back();
    member.name = name;
    member.registered = registered.contains(name);
    RETURN_IF_ERROR(importer.Propose(offerings, submit, member));
  }
  return imported;
}

}  // namespace aplomb::service
