#include "catalog/import/directory.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "catalog/import/validate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr char kMembers[] = R"(
ownership_groups: {lyre: 0f8fad5b-d9cb-469f-a165-70867728950e}
members:
  - {id: nord, uid: 1f8fad5b-d9cb-469f-a165-70867728950e, display_name: Nord, kind: PUBLISHER,
     ownership_group: lyre, country_code: FR, fictional: true}
)";

TEST(CatalogDirectoryTest, NamesStatesAndGroupsAreFilledIn) {
  base::Issues issues;
  const CatalogSource source =
      ReadCatalog({{"members.yaml", kMembers},
                   {"offerings/shop.yaml",
                    "defaults: {kind: SERVICE, security: {mfa: true, sso: true}}\n"
                    "offerings:\n"
                    "  - {member: nord, id: a, security: {sso: ~}}\n"
                    "  - {member: nord, id: b, kind: DOMAIN, state: SUSPENDED}\n"}},
                  &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  ASSERT_EQ(source.members.size(), 1u);
  EXPECT_EQ(source.members[0].name(), "members/nord");
  EXPECT_EQ(source.members[0].ownership_group_uid(), "0f8fad5b-d9cb-469f-a165-70867728950e");
  EXPECT_EQ(source.members[0].state(), v1::Member::ACTIVE);
  ASSERT_EQ(source.offerings.size(), 2u);
  EXPECT_EQ(source.offerings[0].name(), "members/nord/offerings/a");
  EXPECT_EQ(source.offerings[0].kind(), v1::Offering::SERVICE);
  EXPECT_TRUE(source.offerings[0].security().mfa());
  EXPECT_FALSE(source.offerings[0].security().has_sso());
  EXPECT_EQ(source.offerings[0].state(), v1::Offering::PUBLISHED);
  EXPECT_EQ(source.offerings[1].kind(), v1::Offering::DOMAIN);
  EXPECT_EQ(source.offerings[1].state(), v1::Offering::SUSPENDED);
  EXPECT_THAT(source.offering_places,
              ElementsAre("offerings/shop.yaml:3:5", "offerings/shop.yaml:4:5"));
}

struct MistakeCase {
  std::string name;
  CatalogFiles files;
  std::string reason;
};

class CatalogMistakeTest : public ::testing::TestWithParam<MistakeCase> {};

TEST_P(CatalogMistakeTest, IsTold) {
  base::Issues issues;
  ReadCatalog(GetParam().files, &issues);
  ASSERT_EQ(issues.list().size(), 1u) << issues.ToString();
  EXPECT_EQ(issues.list()[0].reason, GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Files, CatalogMistakeTest,
    ::testing::Values(
        MistakeCase{"UnknownFile", {{"member.yaml", ""}}, "UNKNOWN_FILE"},
        MistakeCase{"NoList",
                    {{"offerings/a.yaml", "offerings: 5"}, {"members.yaml", kMembers}},
                    "NOT_A_LIST"},
        MistakeCase{
            "UnknownMember",
            {{"members.yaml", kMembers}, {"offerings/a.yaml", "offerings: [{member: sud, id: a}]"}},
            "UNKNOWN_MEMBER"},
        MistakeCase{
            "NoId",
            {{"members.yaml", kMembers}, {"offerings/a.yaml", "offerings: [{member: nord}]"}},
            "MISSING"},
        MistakeCase{"BadId",
                    {{"members.yaml", kMembers},
                     {"offerings/a.yaml", "offerings: [{member: nord, id: A_B}]"}},
                    "INVALID_ID"},
        MistakeCase{"SameIdInTwoFiles",
                    {{"members.yaml", kMembers},
                     {"offerings/a.yaml", "offerings: [{member: nord, id: a}]"},
                     {"offerings/b.yaml", "offerings: [{member: nord, id: a}]"}},
                    "DUPLICATE"},
        MistakeCase{"OutputOnly",
                    {{"members.yaml", kMembers},
                     {"offerings/a.yaml", "offerings: [{member: nord, id: a, revision: 3}]"}},
                    "OUTPUT_ONLY"},
        MistakeCase{"UnknownGroup",
                    {{"members.yaml", "members: [{id: a, ownership_group: b}]"}},
                    "UNKNOWN_OWNERSHIP_GROUP"},
        MistakeCase{"NoMap", {{"law_table.yaml", "[1, 2]"}}, "NOT_A_MAP"},
        MistakeCase{
            "TruncatedFile", {{"law_table.yaml", "legal_bases: [{url: \"https"}}, "YAML_SYNTAX"}),
    [](const auto& test) { return test.param.name; });

TEST(CatalogDirectoryTest, FictionalAndRealMembersDoNotMix) {
  base::Issues issues;
  CatalogSource source = ReadCatalog({{"members.yaml", kMembers}}, &issues);
  source.members.push_back(source.members[0]);
  source.members[1].set_name("members/real");
  source.members[1].set_uid("2f8fad5b-d9cb-469f-a165-70867728950e");
  source.members[1].set_fictional(false);
  ValidateCatalog(source, nullptr, &issues);
  ASSERT_EQ(issues.list().size(), 1u) << issues.ToString();
  EXPECT_EQ(issues.list()[0].reason, "MIXED_FICTIONAL");
}

TEST(CatalogDirectoryTest, AUidIsUsedOnce) {
  base::Issues issues;
  CatalogSource source = ReadCatalog({{"members.yaml", kMembers}}, &issues);
  source.members.push_back(source.members[0]);
  source.members[1].set_name("members/other");
  ValidateCatalog(source, nullptr, &issues);
  ASSERT_EQ(issues.list().size(), 1u) << issues.ToString();
  EXPECT_EQ(issues.list()[0].field, "members/other.uid");
}

TEST(CatalogDirectoryTest, AFolderIsReadAndOtherFilesAreLeftAlone) {
  const testing::TempDir folder;
  EXPECT_THAT(LoadCatalogFiles(folder.Path("none")),
              StatusIs(absl::StatusCode::kNotFound, ::testing::_));
  testing::WriteFileOrFail(folder.Path("members.yaml"), kMembers);
  testing::WriteFileOrFail(folder.Path("README.md"), "x");
  testing::WriteFileOrFail(folder.Path(".hidden.yaml"), "x");
  ASSERT_OK_AND_ASSIGN(const CatalogFiles files, LoadCatalogFiles(folder.path()));
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files.at("members.yaml"), kMembers);
}

// The example of docs/catalog_format.md is a catalogue: blocks that begin with "# file: NAME".
TEST(CatalogFormatDocTest, TheExampleIsAValidCatalogue) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/catalog_format.md"));
  CatalogFiles files;
  size_t at = 0;
  while ((at = page.find("```yaml\n# file: ", at)) != std::string::npos) {
    const size_t name = at + std::string("```yaml\n# file: ").size();
    const size_t line_end = page.find('\n', name);
    const size_t end = page.find("\n```", name);
    ASSERT_NE(end, std::string::npos);
    files[page.substr(name, line_end - name)] = page.substr(line_end, end + 1 - line_end);
    at = end;
  }
  ASSERT_GE(files.size(), 5u);
  base::Issues issues;
  const CatalogSource source = ReadCatalog(files, &issues);
  ValidateCatalog(source, nullptr, &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  EXPECT_FALSE(source.members.empty());
  EXPECT_GE(source.offerings.size(), 2u);
  EXPECT_GT(source.law_table.legal_bases_size(), 0);
  EXPECT_GT(source.exchange_rates.rates_size(), 0);
  ASSERT_EQ(source.profiles.size(), 1u);
  EXPECT_EQ(source.profiles[0].needs.size(), 1u);
}

}  // namespace
}  // namespace aplomb::catalog
