#include "service/advisor_entries.h"

#include <string>

#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

using ::aplomb::testing::IsOkAndHolds;

EngagementBody Engagement() {
  return {.engagement_id = "a",
          .owner = "ADVISOR/b",
          .tie_epoch = "2026-03-01",
          .subject = {},
          .subject_is_nonce = true,
          .nonce_drawn_by_server = true};
}

DecisionBody Decision() {
  DecisionBody body;
  body.engagement_id = "a";
  body.recommendation_id = "r";
  body.as_of_day = -3;
  body.catalog_revision = 12;
  body.rulebook_revision = 11;
  body.result_digest.fill(0x5a);
  body.recommendation_count = 4;
  body.preview_count = 3;
  PublicRanking ranking;
  ranking.need_id = "WEBSITE";
  ranking.mode = 2;
  ranking.ranked_count = 1;
  ranking.excluded_count = 9;
  ranking.places.push_back({.offering = {1, 2, 3}, .rank = 1, .score = 73'000'000});
  body.rankings.push_back(ranking);
  return body;
}

// The example of docs/api.md.
TEST(EngagementBodies, HaveTheDocumentedBytes) {
  EXPECT_EQ(base::HexEncode(EncodeEngagementBody(Engagement())),
            "01"
            "0000000161"
            "0000000941445649534f522f62"
            "0000000a323032362d30332d3031"
            "0000000000000000000000000000000000000000000000000000000000000000"
            "01"
            "01");
}

TEST(Bodies, DecodeToWhatWasEncoded) {
  EXPECT_THAT(DecodeEngagementBody(EncodeEngagementBody(Engagement())), IsOkAndHolds(Engagement()));
  EXPECT_THAT(DecodeDecisionBody(EncodeDecisionBody(Decision())), IsOkAndHolds(Decision()));
  const EngagementSecrets secrets{
      .siren = "552081317", .client_nonce = std::string(32, '\0'), .chamber = "cci-lyon"};
  EXPECT_THAT(DecodeEngagementSecrets(EncodeEngagementSecrets(secrets)), IsOkAndHolds(secrets));
}

TEST(Bodies, CutOrLengthenedAreRefused) {
  for (const std::string& bytes :
       {EncodeEngagementBody(Engagement()), EncodeDecisionBody(Decision())}) {
    const bool is_decision = bytes == EncodeDecisionBody(Decision());
    const auto ok = [&](const std::string& given) {
      return is_decision ? DecodeDecisionBody(given).ok() : DecodeEngagementBody(given).ok();
    };
    ASSERT_TRUE(ok(bytes));
    for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(ok(bytes.substr(0, size)));
    EXPECT_FALSE(ok(bytes + '\0'));
    EXPECT_FALSE(ok('\x02' + bytes.substr(1))) << "another version";
  }
}

// Whatever bytes are accepted, they are those of the value.
TEST(Bodies, HaveOneEncoding) {
  const std::string bytes = EncodeDecisionBody(Decision());
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    const auto body = DecodeDecisionBody(changed);
    if (!body.ok()) continue;
    EXPECT_EQ(EncodeDecisionBody(*body), changed) << bit;
  }
}

TEST(Keys, OfOneOwnerAreNoOthers) {
  // "ADVISOR/ann" must not find the engagements of "ADVISOR/anna".
  EXPECT_FALSE(EngagementsOfOwnerPrefix("ADVISOR/anna")
                   .starts_with(EngagementsOfOwnerPrefix("ADVISOR/ann")));
  EXPECT_FALSE(RecommendationsPrefix("e1").starts_with(RecommendationsPrefix("e")));
}

}  // namespace
}  // namespace aplomb::service
