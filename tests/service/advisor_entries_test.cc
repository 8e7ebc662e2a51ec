#include "service/advisor_entries.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
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

// Whatever stands in a request: the value of each field as TextFormat prints it, which the format
// of the log names.
std::vector<std::string> SectionsByTextFormat(const google::protobuf::Message& message,
                                              const std::string& prefix) {
  using google::protobuf::FieldDescriptor;
  std::vector<std::string> sections;
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string path = absl::StrCat(prefix, field->name(),
                                            field->is_repeated() ? absl::StrCat("[", i, "]") : "");
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        std::string value;
        google::protobuf::TextFormat::PrintFieldValueToString(
            message, field, field->is_repeated() ? i : -1, &value);
        sections.push_back(absl::StrCat(path, "=", value));
        continue;
      }
      const auto& inner = field->is_repeated()
                              ? message.GetReflection()->GetRepeatedMessage(message, field, i)
                              : message.GetReflection()->GetMessage(message, field);
      for (std::string& section : SectionsByTextFormat(inner, path + ".")) {
        sections.push_back(std::move(section));
      }
    }
  }
  return sections;
}

TEST(FieldSections, SayValuesAsTextFormatDoes) {
  advisor::v1::Recommendation asked;
  type::FirmProfile& profile = *asked.mutable_profile();
  profile.set_siren("552 081 317");
  profile.set_department_code("\"2A\" d'\303\211v\303\252que\n\t\\\001");
  profile.set_staff_count(-4);
  profile.set_clientele(type::B2C);
  profile.set_online_only(false);
  profile.mutable_turnover()->set_currency_code("EUR");
  profile.mutable_turnover()->set_micros(std::numeric_limits<int64_t>::min());
  profile.mutable_ui_languages()->add_codes("fr");
  profile.mutable_ui_languages()->add_codes("");
  profile.mutable_payment_methods()->add_methods(static_cast<type::PaymentMethod>(1));
  profile.mutable_payment_methods()->add_methods(static_cast<type::PaymentMethod>(77));
  auto& need = *asked.add_needs();
  need.set_need_id("WEBSITE");
  need.add_must_features("a");
  need.add_must_features("b");
  asked.set_preview(true);
  std::vector<std::string> sections;
  AppendFieldSections(asked, sections);
  EXPECT_EQ(sections, SectionsByTextFormat(asked, ""));
  EXPECT_GT(sections.size(), 12u);
}

TEST(Keys, OfOneOwnerAreNoOthers) {
  // "ADVISOR/ann" must not find the engagements of "ADVISOR/anna".
  EXPECT_FALSE(EngagementsOfOwnerPrefix("ADVISOR/anna")
                   .starts_with(EngagementsOfOwnerPrefix("ADVISOR/ann")));
  EXPECT_FALSE(RecommendationsPrefix("e1").starts_with(RecommendationsPrefix("e")));
}

}  // namespace
}  // namespace aplomb::service
