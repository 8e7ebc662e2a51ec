#include "catalog/import/text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/common.pb.h"
#include "aplomb/type/pricing.pb.h"
#include "aplomb/type/profile.pb.h"
#include "base/civil_day.h"
#include "gmock/gmock.h"
#include "google/type/date.pb.h"
#include "gtest/gtest.h"

namespace aplomb::catalog {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;

bool ReadText(const std::string& yaml, Message* message, base::Issues* issues) {
  YamlNode root;
  if (!ReadYaml("f.yaml", yaml, YamlOptions(), &root, issues)) return false;
  return MessageReader("f.yaml", issues).Read(root, "", message);
}

struct ReadCase {
  std::string name;
  std::string yaml;
  std::string textproto;  // of an Offering
};

class ReadOfferingTest : public ::testing::TestWithParam<ReadCase> {};

TEST_P(ReadOfferingTest, GivesTheMessage) {
  v1::Offering expected;
  ASSERT_TRUE(TextFormat::ParseFromString(GetParam().textproto, &expected));
  v1::Offering read;
  base::Issues issues;
  EXPECT_TRUE(ReadText(GetParam().yaml, &read, &issues)) << issues.ToString();
  EXPECT_TRUE(MessageDifferencer::Equals(read, expected)) << read.DebugString();
}

INSTANTIATE_TEST_SUITE_P(
    Shorthands, ReadOfferingTest,
    ::testing::Values(
        ReadCase{"Enums", "kind: SERVICE", "kind: SERVICE"},
        ReadCase{"BooleansAreThreeValued", "security: {mfa: false}", "security { mfa: false }"},
        ReadCase{"Texts", "title: {fr: Thé, en: Tea}", "title { fr: 'Thé' en: 'Tea' }"},
        ReadCase{"Amount", "commitment: {exit_fee: 29.00 EUR}",
                 "commitment { exit_fee { micros: 29000000 currency_code: 'EUR' } }"},
        ReadCase{"AmountBelowACent", "commitment: {exit_fee: 0.0004 EUR}",
                 "commitment { exit_fee { micros: 400 currency_code: 'EUR' } }"},
        ReadCase{"Date", "claims_valid_to: 2028-02-29",
                 "claims_valid_to { year: 2028 month: 2 day: 29 }"},
        ReadCase{"ListOfCodes", "languages: {ui: [fr, en]}",
                 "languages { ui { codes: 'fr' codes: 'en' } }"},
        ReadCase{"EmptyListIsNone", "hosting: {locations: []}", "hosting { locations {} }"},
        ReadCase{"AbsentListIsUnknown", "hosting: {}", "hosting {}"},
        ReadCase{"ListOfEnums", "integrations: [CMS, PSP]",
                 "integrations { tool_classes: CMS tool_classes: PSP }"},
        ReadCase{"ListOfMessages", "certificates: [{scheme: HDS}]",
                 "certificates { certificates { scheme: HDS } }"},
        ReadCase{"Limit", "limits: {users: 5, sites: unlimited}",
                 "limits { users { max: 5 } sites { unlimited: true } }"},
        ReadCase{"ZeroIsALimit", "limits: {users: 0}", "limits { users { max: 0 } }"},
        ReadCase{"FeaturesAreSorted", "features: {B1: {x1: FULL}, A1: {y1: NONE, b1: PARTIAL}}",
                 "features { need_id: 'A1' feature_id: 'b1' level: PARTIAL }"
                 "features { need_id: 'A1' feature_id: 'y1' level: NONE }"
                 "features { need_id: 'B1' feature_id: 'x1' level: FULL }"},
        ReadCase{"TiersOfMoneyMetrics",
                 "pricing: {components: [{model: TIERED, metric: ONLINE_SALES_MONTH, tiers: "
                 "[{up_to: 1000 EUR, flat: 5 EUR}]}]}",
                 "pricing { components { model: TIERED metric: ONLINE_SALES_MONTH tiers { up_to: "
                 "1000000000 flat { micros: 5000000 currency_code: 'EUR' } } } }"},
        ReadCase{"NullIsAbsent", "pricing: ~\nuid: ~", ""}, ReadCase{"NothingAtAll", "", ""}),
    [](const auto& test) { return test.param.name; });

struct RefuseCase {
  std::string name;
  std::string yaml;
  std::string field;
  std::string reason;
  std::string place;
};

class RefuseOfferingTest : public ::testing::TestWithParam<RefuseCase> {};

TEST_P(RefuseOfferingTest, NamesFieldReasonAndPlace) {
  v1::Offering read;
  base::Issues issues;
  EXPECT_FALSE(ReadText(GetParam().yaml, &read, &issues));
  ASSERT_EQ(issues.list().size(), 1u) << issues.ToString();
  const base::Issue& issue = issues.list()[0];
  EXPECT_EQ(issue.field, GetParam().field);
  EXPECT_EQ(issue.reason, GetParam().reason);
  EXPECT_THAT(issue.text_en, HasSubstr("f.yaml:" + GetParam().place + ": "));
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, RefuseOfferingTest,
    ::testing::Values(
        RefuseCase{"UnknownField", "security: {mfaa: true}", "security.mfaa", "UNKNOWN_FIELD",
                   "1:12"},
        RefuseCase{"UnknownEnum", "kind: SERVICES", "kind", "UNKNOWN_VALUE", "1:7"},
        RefuseCase{"UnspecifiedEnum", "kind: KIND_UNSPECIFIED", "kind", "UNKNOWN_VALUE", "1:7"},
        RefuseCase{"YesIsNoBoolean", "offline: yes", "offline", "NOT_A_BOOLEAN", "1:10"},
        RefuseCase{"QuotedBoolean", "offline: \"true\"", "offline", "NOT_A_BOOLEAN", "1:10"},
        RefuseCase{"ExponentOverflow", "commitment: {min_months: 1e400}", "commitment.min_months",
                   "NOT_AN_INTEGER", "1:26"},
        RefuseCase{"Fraction", "commitment: {min_months: 1.5}", "commitment.min_months",
                   "NOT_AN_INTEGER", "1:26"},
        RefuseCase{"Octal", "commitment: {min_months: 010}", "commitment.min_months",
                   "NOT_AN_INTEGER", "1:26"},
        RefuseCase{"BeyondInt32", "commitment: {min_months: 2147483648}", "commitment.min_months",
                   "OUT_OF_RANGE", "1:26"},
        RefuseCase{"BeyondInt64", "limits: {users: 9223372036854775808}", "limits.users",
                   "OUT_OF_RANGE", "1:17"},
        RefuseCase{"OverflowingMoney", "commitment: {exit_fee: 99999999999999999999 EUR}",
                   "commitment.exit_fee", "OUT_OF_RANGE", "1:24"},
        RefuseCase{"MoneyOfThirteenDigits", "commitment: {exit_fee: 9000000000000.00 EUR}",
                   "commitment.exit_fee", "OUT_OF_RANGE", "1:24"},
        RefuseCase{"OverflowingMoneyOfAnotherForm", "commitment: {exit_fee: 9000000000000.0 Euro}",
                   "commitment.exit_fee", "NOT_AN_AMOUNT", "1:24"},
        RefuseCase{"MoneyWithoutCurrency", "commitment: {exit_fee: 5}", "commitment.exit_fee",
                   "NOT_AN_AMOUNT", "1:24"},
        RefuseCase{"MoneyWithComma", "commitment: {exit_fee: \"5,00 EUR\"}", "commitment.exit_fee",
                   "NOT_AN_AMOUNT", "1:24"},
        RefuseCase{"SevenDecimals", "commitment: {exit_fee: 0.0000001 EUR}", "commitment.exit_fee",
                   "NOT_AN_AMOUNT", "1:24"},
        RefuseCase{"NoSuchDay", "claims_valid_to: 2026-02-30", "claims_valid_to", "INVALID_DATE",
                   "1:18"},
        RefuseCase{"ListInsteadOfValue", "uid: [a]", "uid", "NOT_A_VALUE", "1:6"},
        RefuseCase{"ValueInsteadOfList", "need_ids: ECOMMERCE", "need_ids", "NOT_A_LIST", "1:11"},
        RefuseCase{"ValueInsteadOfMap", "security: true", "security", "NOT_A_MAP", "1:11"},
        RefuseCase{"EmptyItem", "need_ids: [A1, ~]", "need_ids[1]", "EMPTY_ITEM", "1:16"},
        RefuseCase{"ListedFeatures", "features: [a]", "features", "NOT_A_MAP", "1:11"},
        RefuseCase{"FeatureLevel", "features: {A1: {b1: YES}}", "features.A1.b1", "UNKNOWN_VALUE",
                   "1:21"}),
    [](const auto& test) { return test.param.name; });

TEST(MessageReaderTest, TellsEverythingAtOnceAndKeepsWhatItCouldRead) {
  v1::Offering read;
  base::Issues issues;
  EXPECT_FALSE(ReadText("kind: X\nuid: abc\noffline: 1\ntrial: {days: z, free_tier: true}\n", &read,
                        &issues));
  EXPECT_EQ(issues.list().size(), 3u) << issues.ToString();
  EXPECT_EQ(read.uid(), "abc");
  EXPECT_TRUE(read.trial().free_tier());
}

TEST(MessageReaderTest, AMistakeInDefaultsIsToldOnce) {
  YamlNode root;
  base::Issues issues;
  ASSERT_TRUE(ReadYaml("f.yaml", "kind: X", YamlOptions(), &root, &issues));
  MessageReader reader("f.yaml", &issues);
  v1::Offering first;
  v1::Offering second;
  EXPECT_FALSE(reader.Read(root, "offerings[0]", &first));
  EXPECT_FALSE(reader.Read(root, "offerings[1]", &second));
  EXPECT_EQ(issues.list().size(), 1u);
}

TEST(MessageReaderTest, SuggestsTheNearestNames) {
  v1::Offering read;
  base::Issues issues;
  EXPECT_FALSE(ReadText("pricng: 1", &read, &issues));
  EXPECT_THAT(issues.list()[0].text_en, HasSubstr("allowed: pricing"));
}

TEST(MessageReaderTest, ProfilesNameSalesInEuros) {
  type::FirmProfile profile;
  base::Issues issues;
  EXPECT_TRUE(
      ReadText("department_code: 01\n"
               "usage: [{metric: USERS, value: 3}, "
               "{metric: ONLINE_SALES_MONTH, value: 6000.50 EUR}]\n",
               &profile, &issues))
      << issues.ToString();
  EXPECT_EQ(profile.department_code(), "01");
  EXPECT_EQ(profile.usage(1).value(), 6'000'500'000);
}

TEST(AmountTest, FormattingIsTheInverseOfParsing) {
  for (const int64_t micros : std::vector<int64_t>{0, 1, 400, 29'000'000, -5'000'000, 999'999,
                                                   1'000'000'000'000'000, -1}) {
    const std::string text = FormatAmount(micros, "EUR");
    const auto amount = ParseAmount(text);
    ASSERT_TRUE(amount.has_value()) << text;
    EXPECT_EQ(amount->micros, micros) << text;
  }
  EXPECT_EQ(FormatAmount(29'000'000, "EUR"), "29.00 EUR");
  EXPECT_EQ(FormatAmount(400, "USD"), "0.0004 USD");
  EXPECT_EQ(FormatAmount(std::numeric_limits<int64_t>::min(), "EUR"), "-9223372036854.775808 EUR");
  for (const char* text : {"", "EUR", "5EUR", "5  EUR", "5 eur", "5 EURO", "+5 EUR", ".5 EUR",
                           "5. EUR", "1e3 EUR", "1234567890123 EUR", "5 EUR ", "- EUR"}) {
    EXPECT_FALSE(ParseAmount(text).has_value()) << text;
  }
}

// ---- Every message that reading can make is written and read back.

class RandomMessage {
 public:
  explicit RandomMessage(uint32_t seed) : random_(seed) {}

  void Fill(Message* message) {
    const auto* type = message->GetDescriptor();
    if (auto* money = google::protobuf::DynamicCastToGenerated<type::Money>(message)) {
      money->set_micros(static_cast<int64_t>(random_()) * 1000003 - 2'000'000'000);
      money->set_currency_code(Pick({"EUR", "USD", "XPF"}));
      return;
    }
    if (auto* limit = google::protobuf::DynamicCastToGenerated<type::Limit>(message)) {
      Chance(3) ? limit->set_unlimited(true) : limit->set_max(random_());
      return;
    }
    if (auto* date = google::protobuf::DynamicCastToGenerated<google::type::Date>(message)) {
      const base::CivilDay day = base::FromDayNumber(static_cast<int32_t>(random_() % 40000));
      date->set_year(day.year);
      date->set_month(day.month);
      date->set_day(day.day);
      return;
    }
    if (type->full_name() == "google.protobuf.Timestamp") {
      message->GetReflection()->SetInt64(message, type->FindFieldByName("seconds"), random_());
      return;
    }
    const bool only_list = type->field_count() == 1 && type->field(0)->is_repeated();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (!only_list && !Chance(2)) continue;
      if (field->is_repeated()) {
        const int count = static_cast<int>(random_() % 3);
        for (int j = 0; j < count; ++j) Set(message, field, j);
      } else {
        Set(message, field, -1);
      }
    }
  }

 private:
  bool Chance(uint32_t one_in) { return random_() % one_in == 0; }
  const char* Pick(const std::vector<const char*>& words) {
    return words[random_() % words.size()];
  }

  void Set(Message* message, const FieldDescriptor* field, int index) {
    const auto* reflection = message->GetReflection();
    const bool item = index >= 0;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string text = Pick({"",
                                       "null",
                                       "~",
                                       "true",
                                       "04",
                                       "- a",
                                       "a: b",
                                       "#x",
                                       "\"q\"",
                                       "l1\nl2",
                                       "tab\there",
                                       "\\n",
                                       "d\xC3\xA9j\xC3\xA0",
                                       "*x",
                                       "&y",
                                       "[z]",
                                       "plain-word",
                                       " spaces ",
                                       "1e3",
                                       "NO"});
        item ? reflection->AddString(message, field, text)
             : reflection->SetString(message, field, text);
        return;
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        return reflection->SetBool(message, field, Chance(2));
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int count = field->enum_type()->value_count();
        const auto* value = field->enum_type()->value(
            1 + static_cast<int>(random_() % static_cast<uint32_t>(count - 1)));
        item ? reflection->AddEnum(message, field, value)
             : reflection->SetEnum(message, field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto value = static_cast<int32_t>(random_());
        item ? reflection->AddInt32(message, field, value)
             : reflection->SetInt32(message, field, value);
        return;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        // Both signs: the product wraps.
        const auto value = static_cast<int64_t>(random_() * uint64_t{4'294'967'311} - random_());
        item ? reflection->AddInt64(message, field, value)
             : reflection->SetInt64(message, field, value);
        return;
      }
      default:
        break;
    }
    if (field->message_type() == v1::FeatureClaim::descriptor()) {
      // Sorted and without repetitions, as reading makes them.
      auto* claim = google::protobuf::DynamicCastToGenerated<v1::FeatureClaim>(
          reflection->AddMessage(message, field));
      claim->set_need_id(absl::StrCat("NEED", index / 2));
      claim->set_feature_id(absl::StrCat("f", index));
      claim->set_level(v1::FeatureClaim::FULL);
      return;
    }
    Fill(item ? reflection->AddMessage(message, field)
              : reflection->MutableMessage(message, field));
  }

  std::mt19937 random_;
};

template <typename T>
void ExpectRoundTrips(uint32_t seeds) {
  for (uint32_t seed = 0; seed < seeds; ++seed) {
    T message;
    RandomMessage(seed).Fill(&message);
    const std::string yaml = WriteMessage(message);
    T read;
    base::Issues issues;
    ASSERT_TRUE(ReadText(yaml, &read, &issues)) << "seed " << seed << "\n"
                                                << issues.ToString() << yaml;
    ASSERT_TRUE(MessageDifferencer::Equals(message, read))
        << "seed " << seed << "\n"
        << message.DebugString() << yaml << read.DebugString();
    ASSERT_EQ(WriteMessage(read), yaml) << "seed " << seed;
  }
}

TEST(WriteMessageTest, ReadingIsTheInverse) {
  ExpectRoundTrips<v1::Offering>(500);
  ExpectRoundTrips<v1::Member>(100);
  ExpectRoundTrips<type::FirmProfile>(200);
  ExpectRoundTrips<type::WeightChoice>(50);
  ExpectRoundTrips<type::NeedRequest>(50);
  ExpectRoundTrips<v1::LawTable>(50);
  ExpectRoundTrips<v1::ExchangeRateTable>(50);
}

TEST(WriteMessageTest, ReadsLikeWhatAPersonWouldWrite) {
  v1::Offering offering;
  base::Issues issues;
  const std::string yaml =
      "title:\n"
      "  fr: \"Boutique d'Èze\"\n"
      "  en: Shop\n"
      "kind: SOFTWARE_SAAS\n"
      "need_ids: [ECOMMERCE, CLICKCOLLECT]\n"
      "features:\n"
      "  ECOMMERCE:\n"
      "    click_collect: FULL\n"
      "    variants: OPTION_PAID\n"
      "platforms: [WEB, IOS]\n"
      "limits:\n"
      "  users: unlimited\n"
      "pricing:\n"
      "  components:\n"
      "    - model: PER_USER\n"
      "      amount: 29.00 EUR\n"
      "      period: MONTH\n"
      "  as_of: 2026-11-02\n"
      "hosting:\n"
      "  locations: []\n";
  ASSERT_TRUE(ReadText(yaml, &offering, &issues)) << issues.ToString();
  EXPECT_EQ(WriteMessage(offering), yaml);
}

}  // namespace
}  // namespace aplomb::catalog
