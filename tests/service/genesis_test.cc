#include "service/genesis.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/callers.h"
#include "tests/service/tiny_world.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

using ::aplomb::testing::ReadFileOrFail;
using ::aplomb::testing::StatusIs;
using ::aplomb::testing::TempDir;
using ::testing::HasSubstr;

TEST(Genesis, WritesEverythingOnce) {
  const TempDir dir;
  const GenesisPlan plan = TinyPlan(12);
  ASSERT_TRUE(plan.ok);
  size_t last = 0;
  {
    ASSERT_OK_AND_ASSIGN(const auto dataset,
                         Dataset::Open({.directory = dir.path(), .create_if_missing = true}));
    ASSERT_OK(RunGenesis(*dataset, plan, [&last](size_t done, size_t total) {
      EXPECT_GT(done, last);
      EXPECT_LE(done, total);
      last = done;
    }));
    EXPECT_EQ(last, plan.objects.size());
    EXPECT_THAT(RunGenesis(*dataset, plan, {}),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("empty directory")));
  }
  ASSERT_OK_AND_ASSIGN(const auto dataset, Dataset::Open({.directory = dir.path()}));
  const auto snapshot = dataset->store().snapshot();
  EXPECT_EQ(snapshot->members.size(), 12u);
  EXPECT_EQ(snapshot->offerings.size(), 24u);
  EXPECT_EQ(snapshot->rulebooks.size(), 1u);
}

// The rulebook is written last: without it, the beginning was not finished and is gone on with.
TEST(Genesis, GoesOnWhereItWasInterrupted) {
  const TempDir dir;
  const GenesisPlan whole = TinyPlan(6);
  ASSERT_TRUE(whole.ok);
  GenesisPlan half = whole;
  half.objects.resize(9);
  ASSERT_OK_AND_ASSIGN(const auto dataset,
                       Dataset::Open({.directory = dir.path(), .create_if_missing = true}));
  ASSERT_OK(RunGenesis(*dataset, half, {}));
  ASSERT_OK(RunGenesis(*dataset, whole, {}));
  EXPECT_EQ(dataset->store().snapshot()->offerings.size(), 12u);
  EXPECT_EQ(dataset->database().entry_count(), static_cast<int64_t>(whole.objects.size()));
}

TEST(Genesis, TellsAllThatIsWrongAndWritesNothing) {
  catalog::CatalogSource catalog = TinyCatalog(3);
  catalog.offerings[0].add_need_ids("FLYING");
  catalog.offerings[3].set_uid(catalog.offerings[0].uid());
  decision::RulebookSource rulebook = TinyRulebook();
  rulebook.rulebook.mutable_criteria(0)->set_group_id("G9");
  const GenesisPlan plan = PlanGenesis(catalog, rulebook);
  EXPECT_FALSE(plan.ok);
  EXPECT_TRUE(plan.objects.empty());
  EXPECT_THAT(plan.issues.ToString(), HasSubstr("FLYING"));
  EXPECT_GE(plan.issues.list().size(), 2u);
  EXPECT_FALSE(plan.diagnostics.empty());
}

TEST(Genesis, SaysWhichFolderIsMissing) {
  EXPECT_THAT(PlanGenesis({.catalog_directory = "/nowhere", .rulebook_directory = "/nowhere"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere")));
}

TEST(Datasets, SecondProcessIsRefusedWithTheDirectory) {
  const TempDir dir;
  ASSERT_OK_AND_ASSIGN(const auto dataset,
                       Dataset::Open({.directory = dir.path(), .create_if_missing = true}));
  EXPECT_THAT(Dataset::Open({.directory = dir.path()}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(dir.path())));
}

TEST(Datasets, MissingDirectoryIsNotMade) {
  const TempDir dir;
  EXPECT_THAT(Dataset::Open({.directory = dir.Path("none")}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
}

TEST(SampleTokens, AreDrawnOnceAndPrivate) {
  const TempDir dir;
  ASSERT_OK_AND_ASSIGN(const SampleTokens tokens,
                       EnsureSampleTokens(dir.path(), *base::SystemRandom::Get()));
  const std::string line = ReadFileOrFail(tokens.advisor_file);
  const std::string token = line.substr(0, line.size() - 1);
  ASSERT_OK_AND_ASSIGN(const auto table, TokenTable::ReadFile(tokens.token_file));
  ASSERT_OK_AND_ASSIGN(const Caller caller,
                       table->Identify({{absl::StrCat("Bearer ", token)}, {}}));
  EXPECT_EQ(caller, (Caller{Role::kAdvisor, "demo"}));
  struct stat info = {};
  ASSERT_EQ(stat(tokens.advisor_file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  // The digests alone stand in the table.
  EXPECT_EQ(ReadFileOrFail(tokens.token_file).find(token), std::string::npos);
  ASSERT_OK(EnsureSampleTokens(dir.path(), *base::SystemRandom::Get()));
  EXPECT_EQ(ReadFileOrFail(tokens.advisor_file), line);
}

}  // namespace
}  // namespace aplomb::service
