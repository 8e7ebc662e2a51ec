#include "catalog/proposals/entry_file.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "catalog/proposals/remedies.h"
#include "catalog/proposals/vocabulary.h"
#include "decision/rulebook_compiler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Offering;
using ::testing::HasSubstr;

const catalog::v1::Rulebook& Published() {
  static const catalog::v1::Rulebook& rulebook = *[] {
    auto read = decision::ReadRulebook(testing::SourcePath("catalog/rulebook"));
    EXPECT_TRUE(read.ok()) << read.status();
    return new catalog::v1::Rulebook(read->rulebook);
  }();
  return rulebook;
}

std::set<std::string> Reasons(const base::Issues& issues) {
  std::set<std::string> reasons;
  for (const base::Issue& issue : issues.list()) {
    reasons.insert(absl::StrCat(issue.field, " ", issue.reason));
  }
  return reasons;
}

// What a newcomer gets must be right as it stands, in both languages, for every need.
TEST(Template, IsAValidEntryForEveryNeed) {
  const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(Published());
  ASSERT_EQ(Published().needs_size(), 45);
  for (const catalog::v1::Need& need : Published().needs()) {
    for (const bool french : {true, false}) {
      const std::string text = WriteTemplate(need, french);
      base::Issues issues;
      const Offering offering = ReadEntryFile("entry.yaml", text, &issues);
      CheckEntry(offering, &vocabulary, &issues);
      EXPECT_TRUE(issues.empty()) << need.need_id() << "\n" << issues.ToString();
      EXPECT_EQ(offering.name().substr(0, 8), "members/");
      EXPECT_EQ(offering.need_ids(0), need.need_id());
    }
  }
}

// Every feature and every field with a comment sign before it can be told of by taking it away.
TEST(Template, NamesEveryFeatureAndField) {
  const catalog::v1::Need* shop = nullptr;
  for (const auto& need : Published().needs()) {
    if (need.need_id() == "ECOMMERCE") shop = &need;
  }
  ASSERT_NE(shop, nullptr);
  const std::string text = WriteTemplate(*shop, true);
  for (const auto& feature : shop->features()) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("   ", feature.feature_id(), ": FULL")));
  }
  for (int i = 0; i < Offering::descriptor()->field_count(); ++i) {
    const std::string name = Offering::descriptor()->field(i)->name();
    const std::set<std::string> output = {
        "name",        "uid",         "state", "revision",
        "create_time", "update_time", "etag",  "last_verified_date"};
    if (output.contains(name)) continue;
    EXPECT_THAT(text, HasSubstr(absl::StrCat(name, ":")));
  }
  // With all features taken in.
  const std::string all = absl::StrReplaceAll(text, {{"\n#   ", "\n    "}});
  base::Issues issues;
  const Offering offering =
      ReadEntryFile("entry.yaml", all.substr(0, all.find("\ncoverage:")), &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  EXPECT_EQ(offering.features_size(), shop->features_size());
}

TEST(ReadEntryFile, TellsEverythingAtOnce) {
  base::Issues issues;
  ReadEntryFile("e.yaml",
                "member: NO\nkind: SOFTWARE_SAS\nstate: PUBLISHED\nlimits: {users: many}\n",
                &issues);
  EXPECT_THAT(Reasons(issues),
              ::testing::IsSupersetOf({"member INVALID_ID", "id MISSING", "state OUTPUT_ONLY"}));
  EXPECT_GE(issues.list().size(), 5u);
  for (const base::Issue& issue : issues.list()) {
    EXPECT_THAT(issue.text_fr, HasSubstr("e.yaml:")) << issue.field;
    EXPECT_FALSE(issue.text_en.empty());
  }
}

struct Hostile {
  const char* name;
  std::string text;
};
class HostileEntry : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileEntry, IsRefusedWithAReason) {
  base::Issues issues;
  const Offering offering = ReadEntryFile("e.yaml", GetParam().text, &issues);
  CheckEntry(offering, nullptr, &issues);
  EXPECT_FALSE(issues.empty());
}

std::string With(const std::string& title) {
  return absl::StrCat(
      "member: a\nid: b\nkind: SOFTWARE_SAAS\nneed_ids: [ECOMMERCE]\ntitle: {fr: \"", title,
      "\", en: \"x\"}\n");
}

INSTANTIATE_TEST_SUITE_P(Texts, HostileEntry,
                         ::testing::Values(Hostile{"Bidirectional", With("abc\u202Edef")},
                                           Hostile{"Control", With("a\\u0007b")},
                                           Hostile{"ZeroWidth", With("a\u200Bb")},
                                           Hostile{"TooLong", With(std::string(81, 'x'))},
                                           Hostile{"OneLanguage",
                                                   "member: a\nid: b\nkind: SERVICE\nneed_ids: "
                                                   "[ECOMMERCE]\ntitle: {fr: \"x\"}\n"},
                                           Hostile{"RepeatedKey", With("x") + "kind: SERVICE\n"},
                                           Hostile{"Anchors", "a: &a [x]\nb: [*a, *a]\n"},
                                           Hostile{"NotAMap", "[1, 2]"}, Hostile{"Empty", ""},
                                           Hostile{"NotUtf8", With("a\xFF")}),
                         [](const auto& row) { return row.param.name; });

// Markup is text like any other: kept, never interpreted.
TEST(CheckEntry, MarkupIsText) {
  base::Issues issues;
  const Offering offering = ReadEntryFile("e.yaml", With("<b>Boutique</b> {{x}}"), &issues);
  CheckEntry(offering, nullptr, &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  EXPECT_EQ(offering.title().fr(), "<b>Boutique</b> {{x}}");
}

TEST(CheckEntry, AMissingUidIsFilledInByTheService) {
  base::Issues issues;
  Offering offering = ReadEntryFile("e.yaml", With("x"), &issues);
  CheckEntry(offering, nullptr, &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  offering.set_uid("not one");
  CheckEntry(offering, nullptr, &issues);
  EXPECT_THAT(Reasons(issues), ::testing::Contains("uid INVALID_UUID"));
}

TEST(CheckEntry, ATextOfMaximalSizeIsRefusedWithItsSize) {
  base::Issues issues;
  Offering offering = ReadEntryFile("e.yaml", With("x"), &issues);
  for (int i = 0; i < 300; ++i) {
    type::Claim& claim = *offering.add_claims();
    claim.set_field_path("pricing");
    claim.set_source(std::string(1000, 'x'));
  }
  CheckEntry(offering, nullptr, &issues);
  EXPECT_THAT(Reasons(issues), ::testing::Contains(" TOO_LARGE"));
}

TEST(Families, EveryNeedOfThePublishedRulebookHasOne) {
  std::set<std::string> families;
  for (const catalog::v1::Need& need : Published().needs()) {
    EXPECT_NE(FamilyOfNeed(need.need_id()), "OTHER") << need.need_id();
    families.insert(std::string(FamilyOfNeed(need.need_id())));
  }
  EXPECT_EQ(families.size(), 13u);
  EXPECT_EQ(FamilyOf(Offering()), "OTHER");
}

// Every code is told of where members and reviewers read.
TEST(Vocabulary, StandsInTheDocumentation) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/reviewing.md"));
  for (const auto words : {Checklist(), RejectionReasons(), SuspensionReasons()}) {
    for (const Word& word : words) {
      EXPECT_THAT(page, HasSubstr(absl::StrCat("`", word.code, "`")));
      EXPECT_THAT(page, HasSubstr(std::string(word.en)));
      EXPECT_FALSE(word.fr.empty());
    }
  }
}

// Every word that reading or checking an entry can give is mended in one way, in both languages.
TEST(Remedies, ThereIsOneForEveryProblemOfAnEntry) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/api.md"));
  std::string source;
  for (const char* file : {"catalog/import/validate.cc", "catalog/import/text.cc",
                           "catalog/import/yaml.cc", "catalog/proposals/entry_file.cc"}) {
    source += testing::ReadFileOrFail(testing::SourcePath(file));
  }
  // Of whole catalogues, not of entries.
  const std::set<std::string> others = {"MIXED_FICTIONAL", "UNKNOWN_MEMBER", "UNKNOWN_FILE",
                                        "UNKNOWN_OWNERSHIP_GROUP"};
  size_t checked = 0;
  for (const absl::string_view tables : {"violations", "file-violations"}) {
    const size_t begin = page.find(absl::StrCat("<!-- ", tables, " -->"));
    const size_t end = page.find(absl::StrCat("<!-- /", tables, " -->"));
    ASSERT_LT(begin, end);
    const std::string table = page.substr(begin, end - begin);
    for (const absl::string_view line : absl::StrSplit(table, '\n')) {
      const std::vector<std::string> parts = absl::StrSplit(line, '`');
      if (parts.size() < 3 || parts[0] != "| " || others.contains(parts[1])) continue;
      if (!absl::StrContains(source, absl::StrCat("\"", parts[1], "\""))) continue;
      ++checked;
      EXPECT_EQ(RemedyOf(parts[1]).code, parts[1]) << "no remedy";
    }
  }
  EXPECT_GT(checked, 30u);
  absl::string_view before;
  for (const Word& one : Remedies()) {
    EXPECT_LT(before, one.code) << "in the order of the alphabet, each once";
    before = one.code;
    EXPECT_FALSE(one.fr.empty());
    EXPECT_FALSE(one.en.empty());
    EXPECT_NE(one.fr, one.en);
  }
  EXPECT_TRUE(RemedyOf("NO_SUCH_REASON").code.empty());
}

}  // namespace
}  // namespace aplomb::proposals
