// What is written is read again, over the whole sample catalogue; price lists; what is refused.
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "catalog/bulk/entry_list.h"
#include "catalog/bulk/price_csv.h"
#include "catalog/bulk/schema.h"
#include "catalog/import/directory.h"
#include "catalog/proposals/diff.h"
#include "catalog/proposals/entry_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::bulk {
namespace {

using catalog::v1::Offering;
using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;

const std::vector<Offering>& Sample() {
  static const std::vector<Offering>& offerings = *new std::vector<Offering>([] {
    const auto files = catalog::LoadCatalogFiles("catalog/sample");
    EXPECT_OK(files.status());
    base::Issues issues;
    std::vector<Offering> read = catalog::ReadCatalog(*files, &issues).offerings;
    EXPECT_TRUE(issues.empty());
    return read;
  }());
  return offerings;
}

std::string Texts(const base::Issues& issues) {
  std::string all;
  for (const base::Issue& issue : issues.list()) {
    absl::StrAppend(&all, issue.field, " ", issue.reason, " ", issue.text_en, "\n");
  }
  return all;
}

class RoundTrip : public ::testing::TestWithParam<EntryFormat> {};

TEST_P(RoundTrip, OfTheWholeSampleIsIdentity) {
  ASSERT_GT(Sample().size(), 50u);
  base::Issues issues;
  const std::vector<Offering> back =
      ReadEntries("list", WriteEntries(Sample(), GetParam()), GetParam(), &issues);
  ASSERT_TRUE(issues.empty()) << Texts(issues);
  ASSERT_EQ(back.size(), Sample().size());
  for (size_t i = 0; i < back.size(); ++i) {
    // What the catalogue writes itself is not the member's to give.
    Offering expected = proposals::WithoutOutput(Sample()[i]);
    EXPECT_TRUE(MessageDifferencer::Equals(expected, back[i])) << expected.name();
  }
}

TEST_P(RoundTrip, OfHostileTextsIsIdentity) {
  Offering offering = Sample()[0];
  for (const char* text : {"a: b", "- x", "\"quoted\" \\ back", "# no comment", "true", "12",
                           "line\nline", "  spaces  ", "null", "{a: b}", "é ← 漢字", "'"}) {
    offering.mutable_title()->set_fr(text);
    offering.mutable_title()->set_en(text);
    base::Issues issues;
    const std::vector<Offering> back =
        ReadEntries("list", WriteEntries({offering}, GetParam()), GetParam(), &issues);
    ASSERT_EQ(back.size(), 1u) << text << "\n" << Texts(issues);
    EXPECT_EQ(back[0].title().fr(), text);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip,
                         ::testing::Values(EntryFormat::kYaml, EntryFormat::kJson,
                                           EntryFormat::kJsonLines),
                         [](const ::testing::TestParamInfo<EntryFormat>& row) {
                           return std::string(row.param == EntryFormat::kYaml   ? "Yaml"
                                              : row.param == EntryFormat::kJson ? "Json"
                                                                                : "JsonLines");
                         });

struct BadList {
  const char* name;
  const char* text;
  EntryFormat format;
  const char* reason;
};

class BadListTest : public ::testing::TestWithParam<BadList> {};

TEST_P(BadListTest, IsRefusedWithItsReason) {
  base::Issues issues;
  ReadEntries("list", GetParam().text, GetParam().format, &issues);
  EXPECT_THAT(Texts(issues), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadListTest,
    ::testing::Values(BadList{"NoList", "member: a\nid: b\n", EntryFormat::kYaml, "NOT_A_LIST"},
                      BadList{"AKeyTwice", "offerings:\n- {member: a, id: b, id: c}\n",
                              EntryFormat::kYaml, "DUPLICATE"},
                      BadList{"AnAnchor", "offerings:\n- &x {member: a, id: b}\n- *x\n",
                              EntryFormat::kYaml, "YAML_ANCHOR"},
                      BadList{"NoId", "offerings:\n- {member: a}\n", EntryFormat::kYaml, "MISSING"},
                      BadList{"AState", "offerings:\n- {member: a, id: b, state: PUBLISHED}\n",
                              EntryFormat::kYaml, "OUTPUT_ONLY"},
                      BadList{"ABidirectionalText",
                              "offerings:\n- {member: a, id: b, title: {fr: \"a\xE2\x80\xAE"
                              "b\", en: c}}\n",
                              EntryFormat::kYaml, "HIDDEN"},
                      BadList{"AnUnknownField", "{\"member\": \"a\", \"id\": \"b\", \"rank\": 1}",
                              EntryFormat::kJsonLines, "UNKNOWN_FIELD"}),
    [](const ::testing::TestParamInfo<BadList>& row) { return row.param.name; });

TEST(EntryList, ABombIsRefusedQuickly) {
  // Nested lists, and aliases that would be expanded a thousandfold.
  const std::string deep(10'000, '[');
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const char before = static_cast<char>(c - 1);
    absl::StrAppend(&laughs, std::string(1, c), ": &", std::string(1, c), " [");
    for (int i = 0; i < 9; ++i) {
      absl::StrAppend(&laughs, i == 0 ? "" : ",", "*", std::string(1, before));
    }
    absl::StrAppend(&laughs, "]\n");
  }
  for (const std::string& bomb : {deep, laughs}) {
    base::Issues issues;
    EXPECT_TRUE(ReadEntries("bomb", bomb, EntryFormat::kYaml, &issues).empty());
    EXPECT_FALSE(issues.empty());
  }
}

// Which of the two would hold nobody could say.
TEST(EntryList, TwoEntriesOfOneNameOrOneUidAreRefusedWithBothPlaces) {
  for (const EntryFormat format :
       {EntryFormat::kYaml, EntryFormat::kJson, EntryFormat::kJsonLines}) {
    std::vector<Offering> three(Sample().begin(), Sample().begin() + 3);
    base::Issues none;
    ReadEntries("list", WriteEntries(three, format), format, &none);
    EXPECT_TRUE(none.empty()) << Texts(none);
    std::vector<Offering> same_name = three;
    same_name[2].set_name(three[0].name());
    base::Issues named;
    ReadEntries("list", WriteEntries(same_name, format), format, &named);
    EXPECT_THAT(Texts(named), HasSubstr("offerings[2].id DUPLICATE"));
    EXPECT_THAT(Texts(named), HasSubstr("offerings[0]"));
    std::vector<Offering> same_uid = three;
    same_uid[1].set_uid(three[0].uid());
    base::Issues with_uid;
    ReadEntries("list", WriteEntries(same_uid, format), format, &with_uid);
    EXPECT_THAT(Texts(with_uid), HasSubstr("offerings[1].uid DUPLICATE"));
  }
}

TEST(PriceCsv, UnchangedItChangesNothing) {
  base::Issues issues;
  // Ids may be those of several members in the sample; a list is one member's.
  std::vector<Offering> mine;
  for (const Offering& offering : Sample()) {
    const bool taken = std::any_of(mine.begin(), mine.end(), [&](const Offering& other) {
      return other.name().substr(other.name().rfind('/')) ==
             offering.name().substr(offering.name().rfind('/'));
    });
    if (!taken && offering.pricing().components_size() > 0) mine.push_back(offering);
  }
  ASSERT_GT(mine.size(), 30u);
  const std::vector<Offering> back = ApplyPriceCsv("p.csv", WritePriceCsv(mine), mine, &issues);
  ASSERT_TRUE(issues.empty()) << Texts(issues);
  ASSERT_EQ(back.size(), mine.size());
  for (size_t i = 0; i < back.size(); ++i) {
    EXPECT_TRUE(MessageDifferencer::Equals(back[i], mine[i])) << mine[i].name();
  }
}

Offering Shop() {
  Offering offering;
  offering.set_name("members/acme/offerings/shop");
  type::PriceComponent& flat = *offering.mutable_pricing()->add_components();
  flat.set_model(type::FLAT);
  flat.mutable_amount()->set_micros(29'000'000);
  flat.mutable_amount()->set_currency_code("EUR");
  type::PriceComponent& mails = *offering.mutable_pricing()->add_components();
  mails.set_model(type::TIERED);
  mails.set_metric(type::EMAILS_MONTH);
  mails.add_tiers()->set_up_to(1000);
  mails.mutable_tiers(0)->mutable_unit_price()->set_currency_code("EUR");
  type::Money& more = *mails.add_tiers()->mutable_unit_price();
  more.set_micros(2'000);
  more.set_currency_code("EUR");
  return offering;
}

// What a spreadsheet saves as "CSV UTF-8".
TEST(PriceCsv, AByteOrderMarkIsPassedOver) {
  std::vector<Offering> mine;
  for (const Offering& offering : Sample()) {
    if (mine.empty() && offering.pricing().components_size() > 0) mine.push_back(offering);
  }
  ASSERT_EQ(mine.size(), 1u);
  base::Issues issues;
  const std::vector<Offering> back =
      ApplyPriceCsv("p.csv", "\xEF\xBB\xBF" + WritePriceCsv(mine), mine, &issues);
  ASSERT_TRUE(issues.empty()) << Texts(issues);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_TRUE(MessageDifferencer::Equals(back[0], mine[0]));
}

TEST(PriceCsv, AChangedAmountGoesDownTheFastLane) {
  base::Issues issues;
  std::string csv = WritePriceCsv({Shop()});
  csv = absl::StrReplaceAll(csv, {{"29.00 EUR", "31.50 EUR"}});
  const std::vector<Offering> changed = ApplyPriceCsv("p.csv", csv, {Shop()}, &issues);
  ASSERT_TRUE(issues.empty()) << Texts(issues);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].pricing().components(0).amount().micros(), 31'500'000);
  EXPECT_TRUE(proposals::IsFastLane(Shop(), changed[0]));
}

TEST(PriceCsv, TiersAreTakenOverWithTheTariff) {
  base::Issues issues;
  // The price behind the thousandth e-mail, and a step more.
  const std::string csv = absl::StrReplaceAll(WritePriceCsv({Shop()}),
                                              {{"shop,1,1,TIERED,,,,,,,0.002 EUR,,,,\n",
                                                "shop,1,1,TIERED,,,,,,5000,0.0025 EUR,3.00 EUR,,,\n"
                                                "shop,1,2,TIERED,,,,,,,0.001 EUR,,,,\n"}});
  const std::vector<Offering> changed = ApplyPriceCsv("p.csv", csv, {Shop()}, &issues);
  ASSERT_TRUE(issues.empty()) << Texts(issues);
  ASSERT_EQ(changed.size(), 1u);
  const type::PriceComponent& mails = changed[0].pricing().components(1);
  ASSERT_EQ(mails.tiers_size(), 3);
  EXPECT_EQ(mails.tiers(1).up_to(), 5000);
  EXPECT_EQ(mails.tiers(1).unit_price().micros(), 2'500);
  EXPECT_EQ(mails.tiers(1).flat().micros(), 3'000'000);
  EXPECT_FALSE(mails.tiers(2).has_up_to());
  EXPECT_EQ(mails.tiers(2).unit_price().micros(), 1'000);
  EXPECT_EQ(mails.metric(), type::EMAILS_MONTH);

  // A list that names no tiers leaves them.
  const std::vector<Offering> kept = ApplyPriceCsv(
      "p.csv", WritePriceCsv({}) + "shop,1,,TIERED,,,,,,,,,2026-12-01,,\n", {Shop()}, &issues);
  ASSERT_TRUE(issues.empty()) << Texts(issues);
  EXPECT_EQ(kept[0].pricing().components(1).tiers_size(), 2);
  EXPECT_EQ(kept[0].pricing().as_of().month(), 12);
}

struct BadCsv {
  const char* name;
  const char* line;
  const char* reason;
};

class BadCsvTest : public ::testing::TestWithParam<BadCsv> {};

TEST_P(BadCsvTest, IsRefusedWithItsLine) {
  base::Issues issues;
  const std::string header = WritePriceCsv({});
  ApplyPriceCsv("p.csv", header + GetParam().line, {Shop()}, &issues);
  EXPECT_THAT(Texts(issues), HasSubstr(GetParam().reason));
  EXPECT_THAT(Texts(issues), HasSubstr("line "));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadCsvTest,
    ::testing::Values(
        BadCsv{"UnknownOffering", "x,0,,FLAT,,1.00 EUR,,,,,,,,,\n", "UNKNOWN_OFFERING"},
        BadCsv{"NoSuchComponent", "shop,2,,FLAT,,1.00 EUR,,,,,,,,,\n", "OUT_OF_RANGE"},
        BadCsv{"AnotherModel", "shop,0,,SETUP,,1.00 EUR,,,,,,,,,\n", "NOT_OF_MODEL"},
        BadCsv{"NoCurrency", "shop,0,,FLAT,,1.00,,,,,,,,,\n", "NOT_AN_AMOUNT"},
        BadCsv{"ABadDay", "shop,0,,FLAT,,1.00 EUR,,,,,,,1.11.2026,,\n", "BAD_DATE"},
        BadCsv{"ABadRate", "shop,0,,FLAT,,1.00 EUR,,,x,,,,,,\n", "NOT_AN_INTEGER"},
        BadCsv{"TooFewColumns", "shop,0\n", "BAD_COLUMNS"},
        BadCsv{"Twice", "shop,0,,FLAT,,1.00 EUR,,,,,,,,,\nshop,0,,FLAT,,1.00 EUR,,,,,,,,,\n",
               "DUPLICATE"},
        BadCsv{"AQuoteIsNotClosed", "shop,0,,\"FLAT\n", "BAD_QUOTES"},
        BadCsv{"ATierOfAFlatPrice", "shop,0,0,FLAT,,,,,,5,1.00 EUR,,,,\n", "NOT_OF_MODEL"},
        BadCsv{"TiersOutOfOrder", "shop,1,1,TIERED,,,,,,5,1.00 EUR,,,,\n", "OUT_OF_RANGE"},
        BadCsv{"ATierWithoutNumber", "shop,1,0,TIERED,,,,,,many,1.00 EUR,,,,\n", "NOT_AN_INTEGER"},
        BadCsv{"AnAmountInATier", "shop,1,0,TIERED,,2.00 EUR,,,,5,1.00 EUR,,,,\n", "NOT_OF_MODEL"},
        BadCsv{"AStepOutsideATier", "shop,0,,FLAT,,1.00 EUR,,,,5,,,,,\n", "NOT_OF_MODEL"}),
    [](const ::testing::TestParamInfo<BadCsv>& row) { return row.param.name; });

TEST(PriceCsv, QuotesAreThoseOfRfc4180) {
  base::Issues issues;
  const std::vector<std::string> fields = {"a,b", "say \"x\"", "", "two\nlines", "plain"};
  const auto back = ReadCsv("x", WriteCsvLine(fields), &issues);
  ASSERT_TRUE(issues.empty());
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0], fields);
}

TEST(Schema, NamesTheFieldsOfAnEntry) {
  const std::string schema = OfferingSchema();
  EXPECT_THAT(schema, HasSubstr("\"need_ids\""));
  EXPECT_THAT(schema, HasSubstr("\"aplomb.catalog.v1.Commitment\""));
  EXPECT_FALSE(absl::StrContains(schema, "\"etag\""));  // the catalogue writes it
}

}  // namespace
}  // namespace aplomb::bulk
