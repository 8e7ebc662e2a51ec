// What runs longer than a call, over gRPC: told how far it is, waited for, cancelled.
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/bulk_service.grpc.pb.h"
#include "aplomb/catalog/v1/keeping_service.grpc.pb.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/service/workflow_world.h"
#include "tests/testing/files.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;
using ::testing::HasSubstr;

constexpr char kJune[] = "operations/import.acme.june";

class OperationsTest : public ::testing::Test {
 protected:
  std::unique_ptr<lro::Operations::Stub> operations() {
    return lro::Operations::NewStub(world_.server().channel());
  }
  std::unique_ptr<pb::BulkService::Stub> bulk() {
    return pb::BulkService::NewStub(world_.server().channel());
  }

  grpc::Status Import(int row, bool last, lro::Operation* operation) {
    pb::ImportProposalsRequest request;
    request.set_parent("members/acme");
    request.set_import_id("june");
    request.set_first_row(row);
    request.set_total_row_count(3);
    request.set_submit(true);
    request.set_last(last);
    *request.mutable_inline_source()->add_offerings() =
        WorkflowWorld::Site("acme", absl::StrCat("s", row));
    return Invoke(*bulk(), &pb::BulkService::Stub::ImportProposals, "acme", request, operation);
  }
  lro::Operation Get(const std::string& caller, const std::string& name) {
    lro::GetOperationRequest request;
    request.set_name(name);
    return Ask<lro::Operation>(*operations(), &lro::Operations::Stub::GetOperation, caller,
                               request);
  }
  grpc::Status Cancel(const std::string& caller, const std::string& name) {
    lro::CancelOperationRequest request;
    request.set_name(name);
    google::protobuf::Empty empty;
    return Invoke(*operations(), &lro::Operations::Stub::CancelOperation, caller, request, &empty);
  }
  lro::Operation Wait(const std::string& name, int milliseconds, const std::string& who = "acme") {
    lro::WaitOperationRequest request;
    request.set_name(name);
    request.mutable_timeout()->set_nanos(milliseconds % 1000 * 1'000'000);
    request.mutable_timeout()->set_seconds(milliseconds / 1000);
    return Ask<lro::Operation>(*operations(), &lro::Operations::Stub::WaitOperation, who, request);
  }
  static int64_t NowMs() { return base::SystemClock::Get()->MonotonicNanos() / 1'000'000; }

  WorkflowWorld world_;
};

TEST_F(OperationsTest, ACancelledImportKeepsWhatItDidAndTakesNothingMore) {
  lro::Operation operation;
  ASSERT_TRUE(Import(0, false, &operation).ok());
  EXPECT_EQ(ReasonOf(Cancel("m000", kJune)), "NOT_OWNER");
  EXPECT_EQ(ReasonOf(Cancel("vera", kJune)), "ROLE_NOT_ALLOWED");
  EXPECT_FALSE(Get("acme", kJune).done());
  ASSERT_TRUE(Cancel("acme", kJune).ok());
  const lro::Operation after = Get("acme", kJune);
  EXPECT_TRUE(after.done());
  EXPECT_EQ(after.error().code(), static_cast<int>(grpc::StatusCode::CANCELLED));
  pb::ImportMetadata metadata;
  ASSERT_TRUE(after.metadata().UnpackTo(&metadata));
  EXPECT_EQ(metadata.row_count(), 1);
  EXPECT_EQ(metadata.submitted_count(), 1);
  EXPECT_EQ(ReasonOf(Import(1, false, &operation)), "OPERATION_DONE");
  EXPECT_TRUE(Cancel("acme", kJune).ok()) << "what is done may be cancelled, and stays";
  world_.Restart();
  EXPECT_EQ(Get("acme", kJune).error().code(), static_cast<int>(grpc::StatusCode::CANCELLED));
  pb::ListProposalsRequest list;
  list.set_parent("members/acme");
  EXPECT_EQ(Ask<pb::ListProposalsResponse>(world_.proposals(),
                                           &pb::ProposalService::Stub::ListProposals, "acme", list)
                .proposals_size(),
            1);
}

TEST_F(OperationsTest, WaitingEndsWithTheOperationOrWithTheTime) {
  lro::Operation operation;
  ASSERT_TRUE(Import(0, false, &operation).ok());
  const int64_t begin = NowMs();
  const lro::Operation still = Wait(kJune, 300);
  EXPECT_FALSE(still.done());
  EXPECT_GE(NowMs() - begin, 300);
  pb::ImportMetadata metadata;
  ASSERT_TRUE(still.metadata().UnpackTo(&metadata));
  EXPECT_EQ(metadata.row_count(), 1);
  EXPECT_EQ(metadata.total_row_count(), 3);

  // Three wait for it; none holds a thread of the server, which goes on importing.
  std::vector<std::thread> waiting;
  std::vector<lro::Operation> ended(3);
  for (lro::Operation& one : ended) {
    waiting.emplace_back([this, &one] { one = Wait(kJune, 20'000); });
  }
  ASSERT_TRUE(Import(1, false, &operation).ok());
  ASSERT_TRUE(Import(2, true, &operation).ok());
  for (std::thread& thread : waiting) thread.join();
  for (const lro::Operation& one : ended) {
    EXPECT_TRUE(one.done());
    pb::ImportResult result;
    ASSERT_TRUE(one.response().UnpackTo(&result));
    EXPECT_EQ(result.row_count(), 3);
  }
  EXPECT_LT(NowMs() - begin, 15'000);
  EXPECT_TRUE(Wait(kJune, 20'000).done());
}

TEST_F(OperationsTest, WhoWaitsIsAnsweredWhenTheServerStops) {
  lro::Operation operation;
  ASSERT_TRUE(Import(0, false, &operation).ok());
  const int64_t begin = NowMs();
  std::thread stops([this] {
    absl::SleepFor(absl::Milliseconds(300));
    world_.server().Stop();
  });
  lro::WaitOperationRequest request;
  request.set_name(kJune);
  lro::Operation answer;
  Invoke(*operations(), &lro::Operations::Stub::WaitOperation, "acme", request, &answer);
  stops.join();
  EXPECT_LT(NowMs() - begin, 10'000);
}

TEST_F(OperationsTest, AnExportIsToldOfByItsNameAndEachPageTellsHowFarItIs) {
  pb::ExportOfferingsRequest begin;
  begin.set_parent("members/-");
  const auto operation =
      Ask<lro::Operation>(*bulk(), &pb::BulkService::Stub::ExportOfferings, "marie", begin);
  pb::ExportMetadata metadata;
  ASSERT_TRUE(operation.metadata().UnpackTo(&metadata));
  EXPECT_GT(metadata.total_offering_count(), 3);
  EXPECT_EQ(metadata.parent(), "members/-");
  for (const std::string caller : {"marie", "acme", "r1", "operator"}) {
    EXPECT_EQ(Get(caller, operation.name()).SerializeAsString(), operation.SerializeAsString())
        << caller;
  }
  EXPECT_TRUE(Wait(operation.name(), 20'000, "marie").done());

  pb::ListExportedOfferingsRequest request;
  request.set_parent(operation.name());
  request.set_page_size(2);
  int32_t read = 0;
  do {
    const auto page = Ask<pb::ListExportedOfferingsResponse>(
        *bulk(), &pb::BulkService::Stub::ListExportedOfferings, "marie", request);
    read += page.offerings_size();
    EXPECT_EQ(page.read_count(), read);
    EXPECT_EQ(page.total_count(), metadata.total_offering_count());
    // The same page again gives the same: a reader that broke off goes on where it was.
    EXPECT_EQ(Ask<pb::ListExportedOfferingsResponse>(
                  *bulk(), &pb::BulkService::Stub::ListExportedOfferings, "marie", request)
                  .SerializeAsString(),
              page.SerializeAsString());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(read, metadata.total_offering_count());

  lro::GetOperationRequest none;
  none.set_name("operations/export.nobody.1");
  lro::Operation answer;
  EXPECT_EQ(ReasonOf(Invoke(*operations(), &lro::Operations::Stub::GetOperation, "operator", none,
                            &answer)),
            "RESOURCE_NOT_FOUND");
}

TEST_F(OperationsTest, ABackupIsWaitedForAndItsEndIsTold) {
  testing::TempDir folder;
  const auto keeping = pb::KeepingService::NewStub(world_.server().channel());
  pb::CreateBackupRequest create;
  create.set_folder(folder.Path("backups"));
  const auto operation =
      Ask<lro::Operation>(*keeping, &pb::KeepingService::Stub::CreateBackup, "operator", create);
  const lro::Operation ended = Wait(operation.name(), 20'000, "operator");
  ASSERT_TRUE(ended.done());
  pb::Backup backup;
  EXPECT_TRUE(ended.response().UnpackTo(&backup)) << ended.error().message();
  EXPECT_EQ(backup.backup_id(), 1);
}

}  // namespace
}  // namespace aplomb::service
