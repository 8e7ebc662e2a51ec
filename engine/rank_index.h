// What can be settled about a rulebook and a table of facts before any firm asks.
//
// A rule reads a few facts of an offering. Offerings that agree on these facts fare alike under
// the rule, whatever the firm: they form a class. The index numbers the classes of each rule once;
// a ranking then evaluates a rule once per class, not once per offering, with the very functions
// of engine/measure.h, and the rest is looking up bytes (engine/rank_top.h). Rules that do not ask
// about the firm are evaluated when the index is built.
//
// Immutable once built; safe to read from any number of threads. Belongs to the rules and the
// table that it was built from: it holds numbers of theirs, no pointers to them. Each need has an
// index of its own: where few offerings change, the others are shared with the index before.
#ifndef APLOMB_ENGINE_RANK_INDEX_H_
#define APLOMB_ENGINE_RANK_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/fact_table.h"
#include "engine/measure.h"
#include "engine/rules.h"

namespace aplomb::engine {

// The class of each candidate, as narrow as their number allows: one of the three lists is filled.
struct ClassColumn {
  std::vector<uint8_t> narrow = {};   // up to 256 classes
  std::vector<uint16_t> middle = {};  // up to 65,536
  std::vector<uint32_t> wide = {};
  std::vector<uint32_t> examples = {};  // by class: the first candidate in it

  uint32_t ClassOf(size_t candidate) const {
    if (!narrow.empty()) return narrow[candidate];
    return middle.empty() ? wide[candidate] : middle[candidate];
  }
};

// How a rule is evaluated for a list of candidates.
enum class RuleForm : uint8_t {
  kByClass = 1,   // once per class of `column`
  kByMusts = 2,   // once per number of must-haves had
  kByWishes = 3,  // once per half of a wish had
  kByCost = 4,    // criterion: its measure is a cost; constraint: compares a cost with a number
                  // that no offering has a part in
  kByOne = 5,     // once per candidate: mixes costs or features with more
};

struct IndexedRule {
  RuleForm form = RuleForm::kByOne;
  uint16_t column = 0;                  // kByClass: index into ModeIndex::columns
  bool asks_firm = false;               // reads something of the request
  std::vector<Measured> measured = {};  // criterion, kByClass without asks_firm: by class
  std::vector<int32_t> values = {};     // the same, worth
  std::vector<Truth> truths = {};       // constraint, kByClass without asks_firm: by class
  // kByClass without asks_firm: the different `values`, or `truths` as numbers.
  std::vector<int32_t> outcomes = {};
  int64_t dense_first = 0;          // criterion, kByCost: x of the first of `dense`
  std::vector<int32_t> dense = {};  // worth of each x from there on, where they are few
};

// Several rules looked up at once: the classes of what their members say together, for scores and
// standings only. Rules that do not ask about the firm take part by their outcome, of which there
// are fewer than classes.
struct FusedColumn {
  ClassColumn column = {};
  std::vector<uint8_t> members = {};  // ordinals of criteria or of constraints
  // By class, then member: the class of an asks_firm rule, else the place in `outcomes`.
  std::vector<uint32_t> codes = {};
};

// The candidates of one need in one delivery mode. A candidate is a place in `rows`.
struct ModeIndex {
  std::vector<uint32_t> rows = {};           // ascending
  std::vector<uint32_t> places = {};         // in NeedCandidates, for the features
  std::vector<uint8_t> lacks = {};           // 1: a minimum fact is missing
  std::vector<Evidence> cost_evidence = {};  // of the tariff
  std::vector<ClassColumn> columns = {};
  // By ordinal of the rulebook; kByOne where the rule is not one of this need and mode.
  std::vector<IndexedRule> criteria = {};
  std::vector<IndexedRule> constraints = {};
  // All that are kByClass.
  std::vector<FusedColumn> fused_criteria = {};
  std::vector<FusedColumn> fused_constraints = {};
};

struct RankIndex {
  uint32_t row_count = 0;
  // By need ordinal, then delivery mode less one; none is null.
  std::vector<std::array<std::shared_ptr<const ModeIndex>, 2>> needs = {};

  // Bytes held, lists at their size.
  size_t MemorySize() const;
};

// Time and memory grow with rules times candidates. Deterministic.
RankIndex BuildRankIndex(const Rules& rules, const FactTable& table);

// The index of a table that became `table` by changes of rows that serve needs in the mask `needs`
// only, before or after; `before` is its index of then, under the same rules. What is not in the
// mask is shared. As BuildRankIndex(rules, table), sooner.
RankIndex UpdateRankIndex(const RankIndex& before, const Rules& rules, const FactTable& table,
                          uint64_t needs);

}  // namespace aplomb::engine

#endif  // APLOMB_ENGINE_RANK_INDEX_H_
