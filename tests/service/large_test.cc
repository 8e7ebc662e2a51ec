// A decision that does not fit into the log.
#include "audit/section_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/advisor_entries.h"
#include "tests/service/running_server.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;
using Advisor = pb::AdvisorService::Stub;

constexpr int kMembers = 5000;

TEST(Large, DecisionsAreRefusedAndSmallerOnesGoThrough) {
  RunningServer server({.members = kMembers});
  const std::string engagement = OpenEngagement(server, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  pb::Recommendation answer;
  const grpc::Status one =
      Invoke(server.advisor(), &Advisor::CreateRecommendation, "marie", request, &answer);
  EXPECT_TRUE(one.ok()) << one.error_message();
  EXPECT_EQ(answer.results(0).rankings(0).candidate_count(), kMembers);
  Dataset& dataset = server.server().dataset();
  const auto sections =
      audit::ReadSections(dataset.database(), dataset.keys(), answer.log_entry(), kAuditorTier);
  ASSERT_TRUE(sections.ok()) << sections.status();
  const std::string* const section = &sections->front();
  // Each need has as much to say.
  ASSERT_LT(section->size(), audit::kMaxSectionBytes);
  ASSERT_GT(2 * section->size(), audit::kMaxSectionBytes) << section->size();
  request.mutable_recommendation()->add_needs()->set_need_id("BOOKKEEPING");
  const grpc::Status both =
      Invoke(server.advisor(), &Advisor::CreateRecommendation, "marie", request, &answer);
  EXPECT_EQ(ReasonOf(both), "DECISION_TOO_LARGE") << both.error_message();
  EXPECT_EQ(both.error_code(), grpc::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace aplomb::service
