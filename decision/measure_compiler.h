// Turns measures and conditions of a rulebook's text into the engine's, checking
// names, sides, types and units. Not thread-safe; one per compilation.
#ifndef APLOMB_DECISION_MEASURE_COMPILER_H_
#define APLOMB_DECISION_MEASURE_COMPILER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "decision/compiled_rulebook.h"
#include "decision/fact_registry.h"
#include "decision/rule_reporter.h"
#include "engine/rules.h"

namespace aplomb::decision {

// What a measure gives.
struct MeasureType {
  FactKind kind = FactKind::kInteger;
  std::string unit;
  std::string code_list;                                        // kSet
  const google::protobuf::EnumDescriptor* enum_type = nullptr;  // kEnum, kSet
  bool reads_offering = false;
  bool is_constant = false;
  std::vector<const FactInfo*> firm_facts;  // request facts that it reads
  // Least and greatest x, where the measure itself bounds it.
  std::optional<int64_t> min;
  std::optional<int64_t> max;
};

struct CompiledMeasure {
  engine::MeasureId id = engine::kNoId;
  MeasureType type;
};

struct CompiledCondition {
  engine::ConditionId id = engine::kNoId;
  bool reads_offering = false;
  bool is_one_comparison = false;
  std::vector<const FactInfo*> firm_facts;
};

class MeasureCompiler {
 public:
  // All must outlive this. `need_ordinals` resolves codes of sets of needs; `capacity_metrics` are
  // those that some need compares with limits.
  MeasureCompiler(const std::map<std::string, uint8_t, std::less<>>& need_ordinals,
                  std::vector<int> capacity_metrics, RuleReporter& reporter, engine::Rules& rules)
      : need_ordinals_(need_ordinals),
        capacity_metrics_(std::move(capacity_metrics)),
        reporter_(reporter),
        rules_(rules) {}

  // nullopt where there was an error, which has been reported.
  std::optional<CompiledMeasure> Compile(const catalog::v1::Measure& measure,
                                         const std::string& where);
  std::optional<CompiledCondition> Compile(const catalog::v1::Condition& condition,
                                           const std::string& where);

  // The slot of a fact, given out at first use.
  uint16_t SlotOf(const FactInfo& fact);
  // The fact of that name; reports RB010, RB011, RB012 and gives null.
  const FactInfo* FindFact(const std::string& name, const std::string& where);

  // Sentences of comparisons, in the order compiled; where they stand, for messages.
  struct Told {
    engine::ConditionId comparison = engine::kNoId;
    ComparisonText text;
    std::string where;
  };
  const std::vector<Told>& told() const { return told_; }

  const std::vector<const FactInfo*>& offering_slots() const { return offering_slots_; }
  const std::vector<const FactInfo*>& request_slots() const { return request_slots_; }

 private:
  std::optional<CompiledCondition> CompileAtDepth(const catalog::v1::Condition& condition,
                                                  const std::string& where, uint32_t depth);
  std::optional<CompiledCondition> CompileList(const catalog::v1::Condition::List& list,
                                               engine::ConditionForm form, const std::string& where,
                                               uint32_t depth);
  std::optional<CompiledCondition> CompileComparison(const catalog::v1::Comparison& comparison,
                                                     const std::string& where, uint32_t depth);
  std::optional<CompiledMeasure> CompileAtDepth(const catalog::v1::Measure& measure,
                                                const std::string& where, uint32_t depth);
  std::optional<CompiledMeasure> CompileLadder(const catalog::v1::Measure::Ladder& ladder,
                                               const std::string& where, uint32_t depth);
  std::optional<CompiledMeasure> CompileFirstMatch(const catalog::v1::Measure::FirstMatch& table,
                                                   const std::string& where, uint32_t depth);
  std::optional<CompiledMeasure> CompileSetCoverage(
      const catalog::v1::Measure::SetCoverage& coverage, const std::string& where);
  std::optional<CompiledMeasure> CompileDifference(
      const catalog::v1::Measure::Difference& difference, const std::string& where);
  std::optional<CompiledMeasure> CompileCost(const catalog::v1::Measure::CostFigure& cost,
                                             const std::string& where);
  CompiledMeasure CompileHeadroom();

  // The right side as a measure; `left` says what it must fit.
  std::optional<CompiledMeasure> CompileRight(const catalog::v1::Comparison& comparison,
                                              const MeasureType& left, const std::string& where,
                                              uint32_t depth);
  std::optional<int64_t> MaskOfCodes(const catalog::v1::Comparison::CodeSet& codes,
                                     const MeasureType& left, const std::string& where);
  bool CheckOperator(const catalog::v1::Comparison& comparison, const MeasureType& left,
                     const std::string& where);
  void CheckReach(const catalog::v1::Comparison& comparison, const MeasureType& left, int64_t right,
                  const std::string& where);

  // False, with a finding, where the rulebook has grown beyond its limit.
  bool HasRoom(const std::string& where);
  engine::FactRef RefOf(const FactInfo& fact);
  CompiledMeasure Add(engine::Measure measure, MeasureType type);
  CompiledMeasure AddConstant(int64_t constant);
  engine::ConditionId Add(engine::Condition condition);

  const std::map<std::string, uint8_t, std::less<>>& need_ordinals_;
  const std::vector<int> capacity_metrics_;
  RuleReporter& reporter_;
  engine::Rules& rules_;
  std::vector<Told> told_;
  std::map<int32_t, uint16_t> slots_;  // by fact number
  std::vector<const FactInfo*> offering_slots_;
  std::vector<const FactInfo*> request_slots_;
};

// Name of the fact that bounds a metric, empty where no limit does.
absl::string_view LimitFactOf(int metric);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_MEASURE_COMPILER_H_
