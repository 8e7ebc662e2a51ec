// docs/neutrality.md and the tests say the same: each promise has a test, each test a promise.

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

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

// The rows of both tables: number, tests as they stand, command.
struct Row {
  int number = 0;
  std::string tests;
  std::string command;
};

std::vector<Row> Rows() {
  std::ifstream page(testing::SourcePath("docs/neutrality.md"));
  const std::regex form(R"(^\| NI-(\d\d) \| [^|]+ \| ([^|]+) \| `(aplomb [^|`]+)` \|$)");
  std::vector<Row> rows;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("| NI-", 0) != 0) continue;
    std::smatch match;
    EXPECT_TRUE(std::regex_match(line, match, form)) << line;
    if (!match.empty()) rows.push_back({std::stoi(match[1]), match[2], match[3]});
  }
  return rows;
}

constexpr int kByExecution = 20;  // NI-01 to NI-20 are properties of this folder

TEST(NeutralityPage, EachInvariantHasARowWithItsOwnTestsAndACommand) {
  std::set<int> numbers;
  for (const Row& row : Rows()) {
    EXPECT_TRUE(numbers.insert(row.number).second) << "two rows for NI-" << row.number;
    const std::set<std::string> tests = Matches(row.tests, R"(`([\w.]+)`)");
    EXPECT_FALSE(tests.empty()) << "NI-" << row.number << " has no test";
    if (row.number > kByExecution) continue;
    const std::string prefix =
        std::string(row.number < 10 ? "NI0" : "NI") + std::to_string(row.number) + "_";
    for (const std::string& test : tests) EXPECT_EQ(test.substr(0, 5), prefix);
  }
  for (int i = 1; i <= kByExecution; ++i) EXPECT_TRUE(numbers.contains(i)) << "NI-" << i;
}

// A test of a row of procedure is somewhere in tests/, under that name.
TEST(NeutralityPage, EachTestOfProcedureIsThere) {
  std::set<std::string> present;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(testing::SourcePath("tests"))) {
    if (entry.path().extension() != ".cc") continue;
    const std::string source = testing::ReadFileOrFail(entry.path());
    const std::regex declared(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
    for (std::sregex_iterator it(source.begin(), source.end(), declared), end; it != end; ++it) {
      present.insert((*it)[1].str() + "." + (*it)[2].str());
    }
  }
  for (const Row& row : Rows()) {
    if (row.number <= kByExecution) continue;
    for (const std::string& test : Matches(row.tests, R"(`([\w.]+)`)")) {
      EXPECT_TRUE(present.contains(test)) << "NI-" << row.number << ": there is no " << test;
    }
  }
}

}  // namespace
}  // namespace aplomb
