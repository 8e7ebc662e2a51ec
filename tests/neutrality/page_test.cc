// docs/neutrality.md and the tests say the same: each promise has a test, each test a promise.

#include <fstream>
#include <regex>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"

namespace aplomb {
namespace {

std::set<std::string> Matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) {
    found.insert((*it)[1]);
  }
  return found;
}

TEST(NeutralityPage, EachPromiseHasATestAndEachTestAPromise) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/neutrality.md"));
  std::set<std::string> tests;
  for (const char* file : {"engine_invariants_test.cc", "sample_invariants_test.cc"}) {
    const std::string source =
        testing::ReadFileOrFail(testing::SourcePath(std::string("tests/neutrality/") + file));
    tests.merge(Matches(source, R"(TEST\(Neutrality, (NI\d\d_\w+)\))"));
  }
  EXPECT_GE(tests.size(), 25u);
  EXPECT_EQ(Matches(page, R"(`(NI\d\d_\w+)`)"), tests);
}

TEST(NeutralityPage, EachInvariantHasARowWithItsOwnTestsAndACommand) {
  std::ifstream page(testing::SourcePath("docs/neutrality.md"));
  std::set<std::string> rows;
  const std::regex row(R"(^\| (NI-(\d\d)) \| [^|]+ \| ([^|]+) \| `aplomb [^|`]+` \|$)");
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("| NI-", 0) != 0) continue;
    std::smatch match;
    ASSERT_TRUE(std::regex_match(line, match, row)) << line;
    EXPECT_TRUE(rows.insert(match[1]).second) << "two rows for " << match[1];
    for (const std::string& test : Matches(match[3], R"(`(\w+)`)")) {
      EXPECT_EQ(test.substr(0, 5), "NI" + match[2].str() + "_") << line;
    }
  }
  std::set<std::string> all;
  for (int i = 1; i <= 20; ++i)
    all.insert(i < 10 ? "NI-0" + std::to_string(i) : "NI-" + std::to_string(i));
  EXPECT_EQ(rows, all);
}

}  // namespace
}  // namespace aplomb
