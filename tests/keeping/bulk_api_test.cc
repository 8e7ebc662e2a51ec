// Import in batches that can be sent again, and export at a revision, over gRPC.
#include <google/protobuf/util/message_differencer.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aplomb/catalog/v1/bulk_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "gtest/gtest.h"
#include "service/dataset.h"
#include "tests/service/workflow_world.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class BulkTest : public ::testing::Test {
 protected:
  std::unique_ptr<pb::BulkService::Stub> bulk() {
    return pb::BulkService::NewStub(world_.server().channel());
  }
  static pb::ImportProposalsRequest Batch(int first, const std::vector<pb::Offering>& rows,
                                          bool last) {
    pb::ImportProposalsRequest request;
    request.set_parent("members/acme");
    request.set_import_id("june");
    request.set_first_row(first);
    request.set_submit(true);
    request.set_last(last);
    for (const pb::Offering& row : rows) {
      *request.mutable_inline_source()->add_offerings() = row;
    }
    return request;
  }
  pb::ImportMetadata Import(const pb::ImportProposalsRequest& request) {
    const auto operation =
        Ask<lro::Operation>(*bulk(), &pb::BulkService::Stub::ImportProposals, "acme", request);
    pb::ImportMetadata metadata;
    EXPECT_TRUE(operation.metadata().UnpackTo(&metadata));
    return metadata;
  }
  std::string Refused(const std::string& caller, const pb::ImportProposalsRequest& request) {
    lro::Operation operation;
    return ReasonOf(
        Invoke(*bulk(), &pb::BulkService::Stub::ImportProposals, caller, request, &operation));
  }
  std::vector<pb::ImportRow> Rows() {
    pb::ListImportRowsRequest request;
    request.set_parent("operations/import.acme.june");
    request.set_page_size(2);
    std::vector<pb::ImportRow> rows;
    do {
      const auto page = Ask<pb::ListImportRowsResponse>(
          *bulk(), &pb::BulkService::Stub::ListImportRows, "acme", request);
      rows.insert(rows.end(), page.rows().begin(), page.rows().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return rows;
  }
  size_t ProposalCount() {
    pb::ListProposalsRequest request;
    request.set_parent("members/acme");
    request.set_page_size(1000);
    return static_cast<size_t>(
        Ask<pb::ListProposalsResponse>(world_.proposals(),
                                       &pb::ProposalService::Stub::ListProposals, "acme", request)
            .proposals_size());
  }

  WorkflowWorld world_;
};

TEST_F(BulkTest, EachRowIsAccountedFor) {
  pb::Offering incomplete = WorkflowWorld::Site("acme", "d");
  incomplete.clear_kind();
  const pb::ImportMetadata done =
      Import(Batch(0,
                   {WorkflowWorld::Site("acme", "a"), WorkflowWorld::Site("acme", "b"),
                    WorkflowWorld::Site("m000", "c"), incomplete, WorkflowWorld::Site("acme", "a")},
                   true));
  EXPECT_EQ(done.row_count(), 5);
  EXPECT_EQ(done.submitted_count(), 2);
  EXPECT_EQ(done.proposal_count(), 3);  // with problems: a draft
  EXPECT_EQ(done.failed_count(), 2);
  EXPECT_THAT(done.failures(), SizeIs(2));
  const std::vector<pb::ImportRow> rows = Rows();
  ASSERT_THAT(rows, SizeIs(5));
  EXPECT_EQ(rows[0].outcome(), pb::ImportRow::SUBMITTED);
  EXPECT_EQ(rows[2].outcome(), pb::ImportRow::FAILED);
  EXPECT_EQ(rows[2].reason(), "NOT_OF_MEMBER");
  EXPECT_EQ(rows[3].outcome(), pb::ImportRow::DRAFTED);
  EXPECT_FALSE(rows[3].reason().empty());
  EXPECT_EQ(rows[4].outcome(), pb::ImportRow::FAILED);
  EXPECT_EQ(rows[4].reason(), "DUPLICATE");
  EXPECT_EQ(rows[4].field(), "id");
  EXPECT_THAT(rows[4].text_en(), HasSubstr("row 0"));
  EXPECT_EQ(world_.Get("acme", rows[0].proposal()).state(), pb::Proposal::IN_REVIEW);
  EXPECT_EQ(ProposalCount(), 3u);
}

// The same name, or the same uid, in one batch or a later one, before and after a restart.
TEST_F(BulkTest, OfTwoRowsForOneOfferingTheSecondFailsAndTheFirstStands) {
  pb::Offering first = WorkflowWorld::Site("acme", "a");
  first.set_uid("0a0a0a0a-0000-4000-8000-00000000000a");
  pb::Offering same_uid = WorkflowWorld::Site("acme", "b");
  same_uid.set_uid(first.uid());
  Import(Batch(0, {first, same_uid}, false));
  world_.Restart();
  pb::Offering same_name = WorkflowWorld::Site("acme", "a");
  same_name.mutable_title()->set_en("Something else");
  const pb::ImportMetadata done = Import(Batch(2, {same_name}, true));
  EXPECT_EQ(done.row_count(), 3);
  EXPECT_EQ(done.proposal_count() + done.unchanged_count() + done.failed_count(), done.row_count());
  const std::vector<pb::ImportRow> rows = Rows();
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].outcome(), pb::ImportRow::SUBMITTED);
  EXPECT_EQ(rows[1].reason(), "DUPLICATE");
  EXPECT_EQ(rows[1].field(), "uid");
  EXPECT_EQ(rows[2].reason(), "DUPLICATE");
  EXPECT_EQ(rows[2].field(), "id");
  EXPECT_EQ(ProposalCount(), 1u);
  EXPECT_EQ(world_.Get("acme", rows[0].proposal()).offering().title().en(), first.title().en());
}

// A later import takes the draft that an earlier one made, unless somebody wrote in it since.
TEST_F(BulkTest, TheDraftOfAnEarlierImportIsUsedAgainButNotWrittenOver) {
  pb::Offering incomplete = WorkflowWorld::Site("acme", "a");
  incomplete.clear_kind();
  Import(Batch(0, {incomplete}, true));
  const std::string draft = Rows()[0].proposal();
  pb::Offering later = incomplete;
  later.mutable_title()->set_en("Something else");
  pb::ImportProposalsRequest again = Batch(0, {later}, true);
  again.set_import_id("july");
  EXPECT_EQ(Import(again).proposal_count(), 1);
  EXPECT_EQ(world_.Get("acme", draft).offering().title().en(), "Something else");
  EXPECT_EQ(ProposalCount(), 1u);

  pb::UpdateProposalRequest by_hand;
  by_hand.mutable_proposal()->set_name(draft);
  by_hand.mutable_proposal()->mutable_offering()->mutable_title()->set_en("By hand");
  by_hand.mutable_proposal()->mutable_offering()->mutable_title()->set_fr("À la main");
  Ask<pb::Proposal>(world_.proposals(), &pb::ProposalService::Stub::UpdateProposal, "acme",
                    by_hand);
  again = Batch(0, {WorkflowWorld::Site("acme", "a")}, true);
  again.set_import_id("august");
  EXPECT_EQ(Import(again).submitted_count(), 1);
  EXPECT_EQ(ProposalCount(), 2u);
  EXPECT_EQ(world_.Get("acme", draft).offering().title().en(), "By hand");
  // In review with this very text: passed over. With another one: refused, and no draft of it.
  again.set_import_id("september");
  EXPECT_EQ(Import(again).unchanged_count(), 1);
  again = Batch(0, {later}, true);
  again.set_import_id("october");
  EXPECT_EQ(Import(again).failed_count(), 1);
  EXPECT_EQ(ProposalCount(), 2u);
}

// Rows that are done, sent again as other rows under the same id, were passed over without a word.
TEST_F(BulkTest, AnIdOfAnotherFileIsRefusedAndNothingOfItIsRead) {
  Import(Batch(0, {WorkflowWorld::Site("acme", "a")}, false));
  EXPECT_EQ(Refused("acme", Batch(0, {WorkflowWorld::Site("acme", "b")}, false)), "NAME_TAKEN");
  pb::Offering changed = WorkflowWorld::Site("acme", "a");
  changed.mutable_title()->set_en("Something else");
  EXPECT_EQ(Refused("acme", Batch(0, {changed, WorkflowWorld::Site("acme", "c")}, true)),
            "NAME_TAKEN");
  EXPECT_THAT(Rows(), SizeIs(1));
  EXPECT_EQ(ProposalCount(), 1u);
  Import(Batch(0, {WorkflowWorld::Site("acme", "a"), WorkflowWorld::Site("acme", "c")}, true));
  EXPECT_EQ(ProposalCount(), 2u);
}

TEST_F(BulkTest, ABatchSentAgainDoesNothingAgain) {
  const auto batch =
      Batch(0, {WorkflowWorld::Site("acme", "a"), WorkflowWorld::Site("acme", "b")}, false);
  Import(batch);
  const pb::ImportMetadata again = Import(batch);
  EXPECT_EQ(again.row_count(), 2);
  EXPECT_EQ(ProposalCount(), 2u);
  const auto last = Batch(2, {WorkflowWorld::Site("acme", "c")}, true);
  EXPECT_EQ(Import(last).row_count(), 3);
  EXPECT_EQ(Import(last).row_count(), 3);
  EXPECT_EQ(ProposalCount(), 3u);
}

TEST_F(BulkTest, ItGoesOnAfterARestart) {
  Import(Batch(0, {WorkflowWorld::Site("acme", "a")}, false));
  world_.Restart();
  const auto operations = lro::Operations::NewStub(world_.server().channel());
  lro::GetOperationRequest get;
  get.set_name("operations/import.acme.june");
  const auto operation =
      Ask<lro::Operation>(*operations, &lro::Operations::Stub::GetOperation, "acme", get);
  EXPECT_FALSE(operation.done());
  pb::ImportMetadata metadata;
  ASSERT_TRUE(operation.metadata().UnpackTo(&metadata));
  EXPECT_EQ(metadata.row_count(), 1);
  // The client begins before what was done, as after a lost answer.
  const pb::ImportMetadata done =
      Import(Batch(0, {WorkflowWorld::Site("acme", "a"), WorkflowWorld::Site("acme", "b")}, true));
  EXPECT_EQ(done.row_count(), 2);
  EXPECT_EQ(done.submitted_count(), 2);
}

TEST_F(BulkTest, WhatCannotBeIsRefused) {
  EXPECT_EQ(Refused("acme", Batch(3, {WorkflowWorld::Site("acme", "a")}, false)),
            "ROW_OUT_OF_ORDER");
  EXPECT_EQ(Refused("m000", Batch(0, {WorkflowWorld::Site("acme", "a")}, false)), "NOT_OWNER");
  EXPECT_EQ(Refused("operator", Batch(0, {WorkflowWorld::Site("acme", "a")}, false)),
            "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Refused("acme", Batch(0, {}, false)), "BAD_REQUEST");
  EXPECT_EQ(Refused("acme", Batch(-1, {WorkflowWorld::Site("acme", "a")}, false)), "BAD_REQUEST");
  Import(Batch(0, {WorkflowWorld::Site("acme", "a")}, true));
  EXPECT_EQ(Refused("acme", Batch(1, {WorkflowWorld::Site("acme", "b")}, true)), "OPERATION_DONE");
  pb::ListImportRowsRequest request;
  request.set_parent("operations/import.acme.june");
  pb::ListImportRowsResponse rows;
  EXPECT_EQ(
      ReasonOf(Invoke(*bulk(), &pb::BulkService::Stub::ListImportRows, "m000", request, &rows)),
      "NOT_OWNER");
}

TEST_F(BulkTest, WhatIsPublishedAlreadyIsUnchanged) {
  const pb::Proposal proposal = world_.Propose("acme", WorkflowWorld::Site("acme", "a"));
  world_.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
  const pb::ImportMetadata done = Import(Batch(0, {WorkflowWorld::Site("acme", "a")}, true));
  EXPECT_EQ(done.unchanged_count(), 1);
  EXPECT_EQ(done.proposal_count(), 0);
}

TEST_F(BulkTest, TheExportHasEveryEntryOfTheRevision) {
  const pb::Proposal proposal = world_.Propose("acme", WorkflowWorld::Site("acme", "a"));
  world_.VoteAll(proposal.name(), pb::DrawnReviewer::APPROVE);
  pb::ExportOfferingsRequest begin;
  begin.set_parent("members/-");
  const auto operation =
      Ask<lro::Operation>(*bulk(), &pb::BulkService::Stub::ExportOfferings, "marie", begin);
  ASSERT_TRUE(operation.done());
  pb::ExportResult result;
  ASSERT_TRUE(operation.response().UnpackTo(&result));
  std::map<std::string, pb::Offering> exported;
  pb::ListExportedOfferingsRequest request;
  request.set_parent(operation.name());
  request.set_page_size(2);
  do {
    const auto page = Ask<pb::ListExportedOfferingsResponse>(
        *bulk(), &pb::BulkService::Stub::ListExportedOfferings, "marie", request);
    for (const pb::Offering& one : page.offerings()) exported[one.name()] = one;
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(exported.size(), static_cast<size_t>(result.offering_count()));
  EXPECT_TRUE(exported.contains("members/acme/offerings/a"));
}

// What the log projects to is what is stored, for imported proposals too.
TEST_F(BulkTest, TheLogRebuildsWhatAnImportMade) {
  std::vector<pb::Offering> rows;
  for (int i = 0; i < 40; ++i) rows.push_back(WorkflowWorld::Site("acme", absl::StrCat("s", i)));
  Import(Batch(0, rows, true));
  const std::string data = world_.server().data_directory();
  world_.server().Stop();
  std::vector<audit::ColumnFamilySpec> families;
  for (const audit::Projection& one : Dataset::Projections()) {
    families.insert(families.end(), one.column_families.begin(), one.column_families.end());
  }
  testing::TempDir other;
  ASSERT_OK_AND_ASSIGN(const auto live, audit::Database::Open({.directory = data + "/db",
                                                               .column_families = families}));
  ASSERT_OK_AND_ASSIGN(const auto rebuilt, audit::Database::Open({.directory = other.Path("db"),
                                                                  .column_families = families,
                                                                  .create_if_missing = true}));
  ASSERT_OK(audit::Rebuild(*live, Dataset::Projections(), rebuilt.get()));
  EXPECT_OK(audit::CompareFamilies(*live, *rebuilt));
}

}  // namespace
}  // namespace aplomb::service
