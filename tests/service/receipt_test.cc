// What a recommendation brings that anyone can check: its receipt, what its opening key opens, its
// replay, its erasure, the choice that followed, and proofs from LogService.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aplomb/audit/v1/log_service.grpc.pb.h"
#include "audit/entry.h"
#include "audit/erasure.h"
#include "audit/sections.h"
#include "audit/tlog/checkpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/advisor_entries.h"
#include "service/replay.h"
#include "tests/service/running_server.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;
namespace log_pb = ::aplomb::audit::v1;
using Advisor = pb::AdvisorService::Stub;
using LogStub = log_pb::LogService::Stub;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kSiren[] = "732829320";

class ReceiptTest : public ::testing::Test {
 protected:
  pb::Recommendation Recommend(const std::string& engagement, bool preview = false) {
    pb::CreateRecommendationRequest request = TinyRequest(engagement);
    request.mutable_recommendation()->set_preview(preview);
    pb::Recommendation answer;
    const grpc::Status status =
        Invoke(server_.advisor(), &Advisor::CreateRecommendation, "marie", request, &answer);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return answer;
  }
  std::unique_ptr<LogStub> Log() { return log_pb::LogService::NewStub(server_.channel()); }
  // What an outsider trusts: the key that the log publishes.
  tlog::Policy Policy() {
    tlog::Policy policy;
    policy.logs.push_back({.key = server_.server().dataset().tree().log_key()});
    return policy;
  }
  ReplayReport ReplayAll() {
    Dataset& dataset = server_.server().dataset();
    DecisionCache cache;
    auto report = Replay(dataset.database(), dataset.keys(), dataset.store(), cache, {});
    EXPECT_OK(report);
    return *report;
  }

  RunningServer server_;
};

// The receipt's own entry, checked with nothing but receipt and policy.
::aplomb::audit::Entry CheckedEntry(const std::string& text, const tlog::Policy& policy) {
  const auto receipt = tlog::ParseReceipt(text);
  EXPECT_OK(receipt);
  EXPECT_TRUE(receipt->extra.has_value());
  EXPECT_OK(tlog::CheckReceipt(*receipt, receipt->extra.value_or(""), policy, false));
  const auto entry = ::aplomb::audit::DecodeEntry(receipt->extra.value_or(""));
  EXPECT_OK(entry);
  return *entry;
}

TEST_F(ReceiptTest, EveryRecommendationAndPreviewComesWithAReceiptThatVerifiesAlone) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  for (int i = 0; i < 5; ++i) {
    const pb::Recommendation answer = Recommend(engagement, i % 2 == 1);
    const ::aplomb::audit::Entry entry = CheckedEntry(answer.receipt(), Policy());
    EXPECT_EQ(entry.type, i % 2 == 1 ? ::aplomb::audit::EntryType::kPreview
                                     : ::aplomb::audit::EntryType::kDecision);
    ASSERT_OK_AND_ASSIGN(const DecisionBody body, DecodeDecisionBody(entry.body));
    EXPECT_TRUE(absl::EndsWith(answer.name(), body.recommendation_id));
    ASSERT_OK_AND_ASSIGN(const tlog::Receipt receipt, tlog::ParseReceipt(answer.receipt()));
    EXPECT_EQ(receipt.index, static_cast<uint64_t>(answer.log_entry()));
  }
}

TEST_F(ReceiptTest, ALaterReceiptIsOfTheSameEntryAtANewerCheckpoint) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  const pb::Recommendation first = Recommend(engagement);
  Recommend(engagement);
  pb::GetRecommendationRequest request;
  request.set_name(first.name());
  request.set_newest_receipt(true);
  pb::Recommendation later;
  ASSERT_TRUE(
      Invoke(server_.advisor(), &Advisor::GetRecommendation, "marie", request, &later).ok());
  EXPECT_NE(later.receipt(), first.receipt());
  EXPECT_EQ(CheckedEntry(later.receipt(), Policy()), CheckedEntry(first.receipt(), Policy()));
}

TEST_F(ReceiptTest, NothingOfTheFirmStandsInTheEntryAndTheOpeningKeyOpensItsSections) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  const pb::Recommendation answer = Recommend(engagement);
  ASSERT_OK_AND_ASSIGN(const tlog::Receipt receipt, tlog::ParseReceipt(answer.receipt()));
  EXPECT_FALSE(absl::StrContains(*receipt.extra, kSiren));
  const ::aplomb::audit::Entry entry = CheckedEntry(answer.receipt(), Policy());
  ASSERT_EQ(entry.tiers.size(), 2U);
  EXPECT_EQ(entry.tiers[1].tier, kFirmTier);

  Dataset& dataset = server_.server().dataset();
  ASSERT_OK_AND_ASSIGN(const auto sealed,
                       dataset.database().ReadSealed(answer.log_entry(), kFirmTier));
  ASSERT_OK_AND_ASSIGN(const ::aplomb::audit::PayloadKey key,
                       base::DigestFromBytes(answer.opening_key()));
  const ::aplomb::audit::EntryId id = ::aplomb::audit::EntryIdOfSlot(entry.key_slot);
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> values,
                       ::aplomb::audit::OpenSections(key, id, *sealed));
  EXPECT_THAT(values, Contains("profile.department_code=\"69\""));
  EXPECT_THAT(values, Contains("profile.staff_count=4"));
  EXPECT_THAT(values, Contains("needs[0].need_id=\"WEBSITE\""));
  // One field is shown to somebody who has the receipt and nothing else.
  for (uint16_t i = 0; i < values.size(); ++i) {
    if (values[i] != "profile.staff_count=4") continue;
    ASSERT_OK_AND_ASSIGN(const auto shown,
                         ::aplomb::audit::Disclose(key, id, kFirmTier, values, i));
    EXPECT_OK(::aplomb::audit::CheckDisclosure(shown, entry.tiers[1].root,
                                               entry.tiers[1].section_count));
  }
}

TEST_F(ReceiptTest, AllDecisionsReplayAndAnErasedOneSaysSoWhileItsReceiptStands) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  std::vector<pb::Recommendation> answers;
  for (int i = 0; i < 4; ++i) answers.push_back(Recommend(engagement, i == 2));
  ReplayReport report = ReplayAll();
  EXPECT_EQ(report.decisions, 4);
  EXPECT_EQ(report.equal, 4);
  EXPECT_THAT(report.findings, IsEmpty());

  Dataset& dataset = server_.server().dataset();
  const ::aplomb::audit::Erasure erasure{
      .tiers = {{.index = answers[1].log_entry(), .tier = kFirmTier}}};
  ASSERT_OK(::aplomb::audit::EraseSections(dataset.sequencer(), dataset.database(), dataset.keys(),
                                           erasure));
  pb::GetRecommendationRequest request;
  request.set_name(answers[1].name());
  pb::Recommendation answer;
  EXPECT_EQ(ReasonOf(Invoke(server_.advisor(), &Advisor::GetRecommendation, "marie", request,
                            &answer)),
            "RESOURCE_ERASED");
  // A list goes on, with what is left: the name and the place in the log.
  pb::ListRecommendationsRequest list;
  list.set_parent(engagement);
  pb::ListRecommendationsResponse page;
  ASSERT_TRUE(
      Invoke(server_.advisor(), &Advisor::ListRecommendations, "marie", list, &page).ok());
  ASSERT_EQ(page.recommendations_size(), 4);
  EXPECT_EQ(page.recommendations(1).log_entry(), answers[1].log_entry());
  EXPECT_FALSE(page.recommendations(1).has_profile());
  EXPECT_TRUE(page.recommendations(0).has_profile());
  CheckedEntry(answers[1].receipt(), Policy());
  report = ReplayAll();
  EXPECT_EQ(report.equal, 3);
  EXPECT_EQ(report.erased, 1);
  EXPECT_THAT(report.findings, IsEmpty());
}

// A choice, and the reason with which it is refused ("" for none).
struct ChoiceCase {
  std::string name;
  pb::Choice::Outcome outcome;
  std::string need;
  std::string uid;  // "listed": one that the recommendation shows
  std::string field;
};

class ChoiceTest : public ReceiptTest, public ::testing::WithParamInterface<ChoiceCase> {};

TEST_P(ChoiceTest, IsLoggedOrRefused) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  const pb::Recommendation recommended = Recommend(engagement);
  pb::RecordChoiceRequest request;
  pb::Choice& choice = *request.mutable_choice();
  choice.set_recommendation(recommended.name());
  choice.set_need_id(GetParam().need);
  choice.set_outcome(GetParam().outcome);
  choice.set_offering_uid(
      GetParam().uid == "listed"
          ? recommended.results(0).rankings(0).bands(0).offerings(0).uid()
          : GetParam().uid);
  pb::Choice answer;
  const grpc::Status status =
      Invoke(server_.advisor(), &Advisor::RecordChoice, "marie", request, &answer);
  if (!GetParam().field.empty()) {
    ASSERT_EQ(ReasonOf(status), "BAD_REQUEST");
    EXPECT_EQ(BadRequestOf(status).field_violations(0).field(), GetParam().field);
    return;
  }
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer.outcome(), choice.outcome());
  EXPECT_EQ(answer.offering_uid(), choice.offering_uid());
  const ::aplomb::audit::Entry entry = CheckedEntry(answer.receipt(), Policy());
  EXPECT_EQ(entry.type, ::aplomb::audit::EntryType::kChoice);
  ASSERT_OK_AND_ASSIGN(const ChoiceBody body, DecodeChoiceBody(entry.body));
  EXPECT_EQ(body.recommendation_index, recommended.log_entry());
  EXPECT_EQ(EncodeChoiceBody(body), entry.body);
  EXPECT_EQ(
      ReasonOf(Invoke(server_.advisor(), &Advisor::RecordChoice, "jean", request, &answer)),
      "NOT_OWNER");
}

INSTANTIATE_TEST_SUITE_P(
    All, ChoiceTest,
    ::testing::Values(
        ChoiceCase{"AnOfferingOfTheList", pb::Choice::CHOSEN, "WEBSITE", "listed", ""},
        ChoiceCase{"NoneOfThem", pb::Choice::NONE, "WEBSITE", "", ""},
        ChoiceCase{"WhatThereWas", pb::Choice::KEPT_EXISTING, "WEBSITE", "", ""},
        ChoiceCase{"NoOutcome", pb::Choice::OUTCOME_UNSPECIFIED, "WEBSITE", "", "choice.outcome"},
        ChoiceCase{"ChosenButNotWhich", pb::Choice::CHOSEN, "WEBSITE", "", "choice.offering_uid"},
        ChoiceCase{"NoneButOne", pb::Choice::NONE, "WEBSITE", "listed", "choice.offering_uid"},
        ChoiceCase{"AnOfferingFromElsewhere", pb::Choice::CHOSEN, "WEBSITE",
                   "00000000-0000-4000-8000-000000000000", "choice.offering_uid"},
        ChoiceCase{"ANeedNotAsked", pb::Choice::NONE, "BOOKKEEPING", "", "choice.need_id"}),
    [](const ::testing::TestParamInfo<ChoiceCase>& row) { return row.param.name; });

TEST_F(ReceiptTest, LogServiceProvesEveryEntryAndEveryGrowth) {
  const std::string engagement = OpenEngagement(server_, "marie", kSiren).name();
  log_pb::Checkpoint old;
  const auto log = Log();
  ASSERT_TRUE(Invoke(*log, &LogStub::GetCheckpoint, "vera", {}, &old).ok());
  for (int i = 0; i < 6; ++i) Recommend(engagement);
  log_pb::Checkpoint checkpoint;
  ASSERT_TRUE(Invoke(*log, &LogStub::GetCheckpoint, "member", {}, &checkpoint).ok());
  ASSERT_OK_AND_ASSIGN(const tlog::VerifierKey key,
                       tlog::VerifierKey::Parse(checkpoint.verifier_key()));
  ASSERT_OK_AND_ASSIGN(const tlog::Checkpoint signed_state,
                       tlog::OpenCheckpoint(checkpoint.note(), key));
  EXPECT_EQ(checkpoint.size(), old.size() + 6);
  EXPECT_EQ(signed_state.size, static_cast<uint64_t>(checkpoint.size()));

  const auto hashes = [](const auto& response) {
    std::vector<tlog::Hash> proof;
    for (const std::string& hash : response.hashes()) {
      proof.push_back(*base::DigestFromBytes(hash));
    }
    return proof;
  };
  log_pb::ListEntriesRequest list;
  list.set_page_size(7);
  std::vector<std::string> leaves;
  do {
    log_pb::ListEntriesResponse page;
    ASSERT_TRUE(Invoke(*log, &LogStub::ListEntries, "vera", list, &page).ok());
    for (const log_pb::Entry& entry : page.entries()) leaves.push_back(entry.leaf());
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  ASSERT_EQ(leaves.size(), signed_state.size);
  for (size_t index = 0; index < leaves.size(); ++index) {
    log_pb::ProveInclusionRequest request;
    request.set_index(static_cast<int64_t>(index));
    log_pb::ProveInclusionResponse response;
    ASSERT_TRUE(Invoke(*log, &LogStub::ProveInclusion, "vera", request, &response).ok());
    EXPECT_OK(tlog::CheckInclusion(index, signed_state.size, tlog::LeafHash(leaves[index]),
                                   hashes(response), signed_state.root));
  }
  log_pb::ProveConsistencyRequest growth;
  growth.set_old_size(old.size());
  log_pb::ProveConsistencyResponse grown;
  ASSERT_TRUE(Invoke(*log, &LogStub::ProveConsistency, "vera", growth, &grown).ok());
  EXPECT_OK(tlog::CheckConsistency(static_cast<uint64_t>(old.size()), signed_state.size,
                                   *base::DigestFromBytes(old.root()), signed_state.root,
                                   hashes(grown)));

  // Nothing beyond the published head.
  log_pb::GetEntryRequest beyond;
  beyond.set_index(checkpoint.size());
  log_pb::Entry entry;
  EXPECT_EQ(ReasonOf(Invoke(*log, &LogStub::GetEntry, "vera", beyond, &entry)),
            "RESOURCE_NOT_FOUND");
  growth.set_new_size(checkpoint.size() + 1);
  EXPECT_EQ(ReasonOf(Invoke(*log, &LogStub::ProveConsistency, "vera", growth, &grown)),
            "BAD_REQUEST");
  growth.set_old_size(0);
  EXPECT_EQ(ReasonOf(Invoke(*log, &LogStub::ProveConsistency, "vera", growth, &grown)),
            "BAD_REQUEST");
}

}  // namespace
}  // namespace aplomb::service
