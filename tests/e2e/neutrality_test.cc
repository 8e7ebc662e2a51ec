// The proof of neutrality over gRPC: over firms that are named, over logged recommendations, and
// for whom.
#include <string>

#include "absl/strings/str_cat.h"
#include "aplomb/audit/v1/neutrality_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "tests/e2e/sample_server.h"

namespace aplomb::e2e {
namespace {

namespace pb = audit::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kAuditor[] = "AUDITOR/alix";

class Neutrality : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new SampleServer(); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static grpc::Status Prove(const pb::ProveNeutralityRequest& request,
                            pb::ProveNeutralityResponse& answer,
                            const std::string& caller = kAuditor) {
    const auto stub = pb::NeutralityService::NewStub(server_->channel());
    return stub->ProveNeutrality(server_->Context(caller).get(), request, &answer);
  }
  // The reason of a refusal; fields of its violations, joined, where there are some.
  static std::string Refusal(const pb::ProveNeutralityRequest& request,
                             const std::string& caller = kAuditor) {
    pb::ProveNeutralityResponse answer;
    const grpc::Status status = Prove(request, answer, caller);
    google::rpc::Status details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    std::string text;
    for (const auto& any : details.details()) {
      google::rpc::ErrorInfo info;
      google::rpc::BadRequest bad;
      if (any.UnpackTo(&info)) text = absl::StrCat(info.reason(), text);
      if (any.UnpackTo(&bad)) {
        for (const auto& violation : bad.field_violations()) {
          absl::StrAppend(&text, " ", violation.field());
        }
      }
    }
    return text;
  }
  static void AddFirm(const std::string& id, pb::ProveNeutralityRequest& request) {
    const catalog::SampleProfile firm = server_->Profile(id);
    pb::ProofProfile& profile = *request.add_profiles();
    profile.set_id(id);
    *profile.mutable_profile() = firm.profile;
    for (const type::NeedRequest& need : firm.needs) *profile.add_needs() = need;
    if (firm.weights.has_value()) *profile.mutable_weights() = *firm.weights;
  }

  static SampleServer* server_;
};
SampleServer* Neutrality::server_ = nullptr;

TEST_F(Neutrality, IsProvenOverFirmsThatAreNamed) {
  pb::ProveNeutralityRequest request;
  for (const char* firm : {"boulangerie-rhone", "kine-nantes", "createrice-reunion"}) {
    AddFirm(firm, request);
  }
  request.set_runs(20);
  request.set_seed(7);
  pb::ProveNeutralityResponse answer;
  // A reviewer may, too: no recommendation of anybody is read.
  const grpc::Status status = Prove(request, answer, "REVIEWER/lena");
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(answer.neutral()) << answer.DebugString();
  EXPECT_EQ(answer.seed(), 7);
  EXPECT_THAT(answer.verdict().fr(), HasSubstr("Neutre : 60 décisions refaites"));
  EXPECT_THAT(answer.verdict().en(), HasSubstr("Neutral: 60 decisions made again"));
  ASSERT_EQ(answer.proofs_size(), 1);
  const pb::NeutralityProof& proof = answer.proofs(0);
  EXPECT_EQ(proof.runs(), 20);
  EXPECT_EQ(proof.input_count(), 3);
  EXPECT_EQ(proof.decision_count(), 60);
  EXPECT_GT(proof.redrawn_uid_decision_count(), 0);
  EXPECT_GT(proof.answer_count(), 0);
  EXPECT_EQ(proof.runs_by_threads_size(), 4);
  for (const int runs : proof.runs_by_threads()) EXPECT_EQ(runs, 5);
  for (const pb::Exchanged& exchanged : proof.exchanged()) {
    if (exchanged.exchange_id() == "fees") continue;  // another program's ledger
    EXPECT_GT(exchanged.moved_count(), 0) << exchanged.exchange_id();
  }
  EXPECT_EQ(proof.stored_digest().size(), 64u);
  EXPECT_EQ(proof.outcome_digest().size(), 64u);
  // The same seed, the same proof.
  pb::ProveNeutralityResponse again;
  ASSERT_TRUE(Prove(request, again).ok());
  EXPECT_EQ(again.SerializeAsString(), answer.SerializeAsString());
}

TEST_F(Neutrality, IsProvenOverLoggedRecommendations) {
  pb::ProveNeutralityRequest request;
  for (const char* firm : {"restaurant-lille", "maconnerie-creuse"}) {
    request.add_recommendations(server_->Ask(server_->Profile(firm)).name());
  }
  request.set_runs(12);
  pb::ProveNeutralityResponse answer;
  const grpc::Status status = Prove(request, answer);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(answer.neutral()) << answer.DebugString();
  EXPECT_GT(answer.seed(), 0) << "drawn";
  int inputs = 0;
  int equal = 0;
  for (const pb::NeutralityProof& proof : answer.proofs()) {
    inputs += proof.input_count();
    equal += proof.logged_equal_count();
    EXPECT_THAT(proof.rulebook_revision(), Not(IsEmpty()));
  }
  EXPECT_EQ(inputs, 2);
  EXPECT_EQ(equal, 2) << "what was logged is what is proven";
}

TEST_F(Neutrality, IsForAuditorsAndReviewers) {
  pb::ProveNeutralityRequest request;
  AddFirm("boulangerie-rhone", request);
  for (const char* caller : {"ADVISOR/demo", "MEMBER/kervadel", "OPERATOR/omar"}) {
    EXPECT_EQ(Refusal(request, caller), "ROLE_NOT_ALLOWED") << caller;
  }
  EXPECT_EQ(Refusal(request, ""), "TOKEN_MISSING");
  // What firms asked is not the reviewers' to read.
  pb::ProveNeutralityRequest logged;
  logged.add_recommendations(server_->Ask(server_->Profile("kine-nantes")).name());
  EXPECT_EQ(Refusal(logged, "REVIEWER/lena"), "ROLE_NOT_ALLOWED");
}

TEST_F(Neutrality, RefusesWhatItCannotDoAllAtOnce) {
  pb::ProveNeutralityRequest neither;
  EXPECT_EQ(Refusal(neither), "BAD_REQUEST profiles");
  pb::ProveNeutralityRequest both;
  AddFirm("kine-nantes", both);
  both.add_recommendations("engagements/-/recommendations/x");
  both.set_runs(1'001);
  both.set_seed(-1);
  both.mutable_profiles(0)->set_id(std::string(65, 'x'));
  EXPECT_EQ(Refusal(both), "BAD_REQUEST profiles runs seed recommendations[0] profiles[0].id");
  pb::ProveNeutralityRequest many;
  for (int i = 0; i < 33; ++i) AddFirm("kine-nantes", many);
  EXPECT_EQ(Refusal(many), "BAD_REQUEST profiles");
  pb::ProveNeutralityRequest unknown;
  unknown.add_recommendations("engagements/e-nobody/recommendations/r");
  EXPECT_EQ(Refusal(unknown), "RESOURCE_NOT_FOUND");
  pb::ProveNeutralityRequest bad;
  AddFirm("kine-nantes", bad);
  bad.mutable_profiles(0)->mutable_needs(0)->set_need_id("NOT_A_NEED");
  EXPECT_THAT(Refusal(bad), HasSubstr("profiles[0].needs[0].need_id"));
}

}  // namespace
}  // namespace aplomb::e2e
