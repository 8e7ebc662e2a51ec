// Tests of a rulebook: given a firm and a few offerings, what must come of them. They
// run through the same chain as any answer (Blindfold, Decide), and count which rules
// they hold. A revision is activated only where all tests pass and every rule is held.
// Pure but for ReadRuleTests; thread-safe.
#ifndef APLOMB_DECISION_RULETESTS_RULE_TESTS_H_
#define APLOMB_DECISION_RULETESTS_RULE_TESTS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/rule_test.pb.h"
#include "decision/compiled_rulebook.h"
#include "decision/rulebook_compiler.h"

namespace aplomb::decision {

inline constexpr size_t kMaxRuleTests = 2'000;
inline constexpr int kMaxTestedOfferings = 20;  // of one test
// A criterion that always gives the same would tell nobody apart.
inline constexpr size_t kValuesPerCriterion = 2;

// Tests, each complete in itself: what the files share has been merged in.
struct RuleTestSource {
  catalog::v1::RuleTestFile all;  // `tests` only
  std::vector<Diagnostic> diagnostics = {};
  // File and line of each test, by its place in `all`; empty where they came without files.
  std::vector<std::pair<std::string, int>> lines = {};
};

// Reads `directory`/tests/*.textproto by name, base.textproto before all others. NotFound where
// there is no such folder; what is wrong inside the files comes back as diagnostics.
absl::StatusOr<RuleTestSource> ReadRuleTests(const std::string& directory);

// Merges what `file` shares into each of its tests and appends them to `source`.
void AddRuleTests(const catalog::v1::RuleTestFile& base, const catalog::v1::RuleTestFile& file,
                  RuleTestSource& source);

// What the tests that passed hold.
struct RuleCoverage {
  struct Sides {
    bool satisfied = false;
    bool violated = false;
  };
  std::map<std::string, Sides> constraints = {};           // every one of the rulebook
  std::map<std::string, std::set<int32_t>> criteria = {};  // values expected
  std::map<std::string, int64_t> needs = {};               // tests

  // Sides of constraints, two values of each criterion, one test of each need.
  int64_t covered() const;
  int64_t total() const;
  bool Complete() const { return covered() == total(); }
};

struct RuleTestReport {
  size_t tests = 0;
  size_t failed = 0;
  RuleCoverage coverage = {};
  // RT001 to RT008 what is wrong with a test, RT010 what came out differently, RT020 to RT023 what
  // no test holds (docs/rulebook.md). Errors all.
  std::vector<Diagnostic> diagnostics = {};

  // What activation asks for.
  bool Passed() const { return tests > 0 && diagnostics.empty() && coverage.Complete(); }
};

RuleTestReport RunRuleTests(const CompiledRulebook& rulebook, const RuleTestSource& source);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_RULETESTS_RULE_TESTS_H_
