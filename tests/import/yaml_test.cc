#include "catalog/import/yaml.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::catalog {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

struct RefusedCase {
  std::string name;
  std::string text;
  std::string reason;
  std::string place;  // "file:line:column"
};

class RefusedYamlTest : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedYamlTest, IsToldWithItsPlaceInBothLanguages) {
  YamlNode root;
  base::Issues issues;
  EXPECT_FALSE(ReadYaml("a.yaml", GetParam().text, YamlOptions(), &root, &issues));
  ASSERT_FALSE(issues.empty());
  const base::Issue& issue = issues.list()[0];
  EXPECT_EQ(issue.reason, GetParam().reason) << issues.ToString();
  EXPECT_THAT(issue.text_en, ::testing::StartsWith("a.yaml:" + GetParam().place + ": "));
  EXPECT_THAT(issue.text_fr, ::testing::StartsWith("a.yaml:" + GetParam().place + " : "));
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, RefusedYamlTest,
    ::testing::Values(
        // Bytes.
        RefusedCase{"ATextOfTenMegabytes", "a: " + std::string(10'000'000, 'x'), "TOO_LARGE",
                    "1:1"},
        RefusedCase{"ALongString", "a: " + std::string(kYamlStringSizeMax + 1, 'x'),
                    "TEXT_TOO_LONG", "1:4"},
        RefusedCase{"Nul", std::string("a: b\0c", 6), "HIDDEN_CHARACTER", "1:5"},
        RefusedCase{"EndOfTransmission", "a: b\nb: \x04", "HIDDEN_CHARACTER", "2:4"},
        RefusedCase{"Bell", "a: b\nb: \a", "HIDDEN_CHARACTER", "2:4"},
        RefusedCase{"RightToLeftOverride",
                    "a: x\xE2\x80\xAE"
                    "y",
                    "HIDDEN_CHARACTER", "1:5"},
        RefusedCase{"EscapedRightToLeftOverride", "a: \"x\\u202Ey\"", "HIDDEN_CHARACTER", "1:4"},
        RefusedCase{"EscapedNul", "a: \"x\\0y\"", "HIDDEN_CHARACTER", "1:4"},
        RefusedCase{"ByteOrderMarkInside", "a: x\xEF\xBB\xBFy", "HIDDEN_CHARACTER", "1:5"},
        RefusedCase{"OverlongUtf8", "a: \xC0\xAF", "INVALID_UTF8", "1:4"},
        RefusedCase{"Surrogate", "a: \xED\xA0\x80", "INVALID_UTF8", "1:4"},
        RefusedCase{"TruncatedUtf8", "a: \xE2\x82", "INVALID_UTF8", "1:4"},
        RefusedCase{"Latin1", "a: caf\xE9", "INVALID_UTF8", "1:7"},
        // Structure.
        RefusedCase{"ThirtyThreeLevels", Nested(33), "TOO_DEEP", "1:33"},
        RefusedCase{"AHundredThousandLevels", Nested(100'000), "TOO_DEEP", "1:33"},
        RefusedCase{"DuplicateKey", "a: 1\nb: 2\na: 3\n", "DUPLICATE", "3:1"},
        RefusedCase{"DuplicateKeyInJson", "{\"a\": 1, \"a\": 1}", "DUPLICATE", "1:10"},
        RefusedCase{"Anchor", "a: &x [1]\n", "YAML_ANCHOR", "1:4"},
        RefusedCase{"Bomb", "a: &a [1]\nb: &b [*a,*a]\nc: [*b,*b]\n", "YAML_ANCHOR", "1:4"},
        RefusedCase{"AliasOfNothing", "a: *x\n", "YAML_SYNTAX", "1:4"},
        RefusedCase{"Tag", "a: !!binary aGVsbG8=\n", "YAML_TAG", "1:4"},
        RefusedCase{"MergeKey", "<<: {a: 1}\n", "INVALID_KEY", "1:1"},
        RefusedCase{"ListAsKey", "? [a, b]\n: 1\n", "INVALID_KEY", "1:3"},
        RefusedCase{"TwoDocuments", "a: 1\n---\nb: 2\n", "SEVERAL_DOCUMENTS", "1:1"},
        RefusedCase{"OpenBracket", "a: [1, 2\n", "YAML_SYNTAX", "2:1"},
        // A file cut off in the middle.
        RefusedCase{"OpenBrace", "{\"a\": 1", "YAML_SYNTAX", "1:1"},
        RefusedCase{"OpenQuote", "a: 1\nb: \"x\\\"\n", "YAML_SYNTAX", "2:4"},
        RefusedCase{"OpenSingleQuote", "a: 'it''s\n", "YAML_SYNTAX", "1:4"},
        RefusedCase{"TextAfterTheEnd", "{\"a\": 1} b", "SEVERAL_DOCUMENTS", "1:1"}),
    [](const auto& test) { return test.param.name; });

// It is a mistake of one text, and hides no other.
TEST(YamlTest, AHiddenCharacterIsToldOfItsTextAndTheRestIsRead) {
  YamlNode root;
  base::Issues issues;
  EXPECT_FALSE(ReadYaml("a",
                        "title: {fr: ab, en: x\xE2\x80\xAEy}\n"
                        "list: [a, \"b\\u202E\xE2\x80\xAE\"]\n"
                        "d: \"\\u202E\"\n"
                        "c: 1   # \xE2\x80\xAE\nc: 2\n",
                        YamlOptions(), &root, &issues));
  std::vector<std::string> told;
  for (const base::Issue& one : issues.list()) {
    told.push_back(one.field + " " + one.reason + " " + one.text_en.substr(0, 6));
  }
  EXPECT_THAT(told,
              ::testing::ElementsAre(
                  "title.en HIDDEN_CHARACTER a:1:22", "list[1] HIDDEN_CHARACTER a:2:19",
                  "d HIDDEN_CHARACTER a:3:4:", " DUPLICATE a:5:1:", " HIDDEN_CHARACTER a:4:10"));
  EXPECT_EQ(root.Find("title")->FindText("fr"), "ab");
  EXPECT_EQ(root.FindText("c"), "1");
}

TEST(YamlTest, JsonIsReadLikeYaml) {
  YamlNode yaml;
  YamlNode json;
  base::Issues issues;
  ASSERT_TRUE(ReadYaml("a", "a: {b: [x, \"y\"]}\nc: ~\n", YamlOptions(), &yaml, &issues));
  ASSERT_TRUE(ReadYaml("a", "{\"a\": {\"b\": [\"x\", \"y\"]}, \"c\": null}", YamlOptions(), &json,
                       &issues));
  for (const YamlNode* root : {&yaml, &json}) {
    EXPECT_EQ(root->Find("a")->Find("b")->items[1].text, "y");
    EXPECT_TRUE(root->Find("c")->is_null());
  }
  EXPECT_THAT(issues.list(), IsEmpty());
}

TEST(YamlTest, ScalarsStayTheTextThatWasWritten) {
  YamlNode root;
  base::Issues issues;
  ASSERT_TRUE(ReadYaml("a", "region: 04\ncountry: NO\nlong: 1_000\nempty: \"\"\n", YamlOptions(),
                       &root, &issues));
  EXPECT_EQ(root.FindText("region"), "04");
  EXPECT_EQ(root.FindText("country"), "NO");
  EXPECT_EQ(root.FindText("long"), "1_000");
  EXPECT_TRUE(root.Find("empty")->is_scalar());
  EXPECT_EQ(root.Find("country")->line, 2);
  EXPECT_EQ(root.Find("country")->column, 10);
}

TEST(YamlTest, ThirtyTwoLevelsAreReadAndWindowsLineEndsToo) {
  YamlNode root;
  base::Issues issues;
  EXPECT_TRUE(ReadYaml("a", Nested(32), YamlOptions(), &root, &issues)) << issues.ToString();
  EXPECT_TRUE(ReadYaml("a", "a: 1\r\nb: 2\r\n", YamlOptions(), &root, &issues));
  EXPECT_EQ(root.FindText("b"), "2");
}

TEST(YamlTest, DefaultsAreMergedMapByMap) {
  YamlNode base;
  YamlNode over;
  base::Issues issues;
  ASSERT_TRUE(
      ReadYaml("a", "m: {x: 1, y: 2}\nl: [1, 2]\ns: a\ngone: 1\n", YamlOptions(), &base, &issues));
  ASSERT_TRUE(
      ReadYaml("b", "m: {y: 3, z: 4}\nl: [9]\nnew: b\ngone: ~\n", YamlOptions(), &over, &issues));
  const YamlNode merged = MergeYaml(base, over);
  EXPECT_EQ(merged.Find("m")->FindText("x"), "1");
  EXPECT_EQ(merged.Find("m")->FindText("y"), "3");
  EXPECT_EQ(merged.Find("m")->FindText("z"), "4");
  EXPECT_EQ(merged.Find("l")->items.size(), 1u);
  EXPECT_EQ(merged.FindText("s"), "a");
  EXPECT_EQ(merged.FindText("new"), "b");
  EXPECT_EQ(merged.Find("gone"), nullptr);
}

TEST(YamlTest, HiddenCharactersAreFoundAndTakenOut) {
  EXPECT_EQ(FindHiddenCharacter("d\xC3\xA9j\xC3\xA0 vu\n\tici"), "");
  EXPECT_EQ(FindHiddenCharacter("a\xE2\x81\xA6"
                                "b"),
            "U+2066");
  EXPECT_EQ(FindHiddenCharacter("a\xFF"), "invalid UTF-8");
  EXPECT_EQ(RemoveHiddenCharacters("a\xE2\x81\xA6"
                                   "b\x01\xFF"
                                   "c\xC3\xA9"),
            "abc\xC3\xA9");
}

}  // namespace
}  // namespace aplomb::catalog
