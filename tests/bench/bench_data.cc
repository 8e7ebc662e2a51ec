// Writes the work of bench_world.h for the peers: bench_data ROWS all|some DIRECTORY
//
//   task.json  the rules, the firm's numbers, the weights, and the right answer: the first ten with
//              all contributions, as engine::Rank (without an index) says
//   data.bin   for each fact rows int32 values, then rows evidence bytes (0 unknown); at the end
//              rows doubles: the all-in cost in micros. Little-endian.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "engine/rank.h"
#include "tests/bench/bench_world.h"

namespace aplomb::bench {
namespace {

constexpr size_t kTop = 10;

template <typename T>
void Put(std::ofstream& out, T value) {
  out.write(reinterpret_cast<const char*>(&value), sizeof value);
}

void WriteData(const World& world, const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  for (const engine::Column& column : world.table.columns) {
    for (const int64_t value : column.values) Put(out, static_cast<int32_t>(value));
    for (const engine::Evidence evidence : column.evidence) Put(out, evidence);
  }
  for (uint32_t row = 0; row < world.table.row_count; ++row) {
    const engine::Cost cost = engine::ComputeCost(world.table, row, world.request);
    Put(out, static_cast<double>(cost.tco36_micros));
  }
}

// A number that the offering has no part in.
int64_t NumberOf(const World& world, engine::MeasureId id) {
  const engine::Measure& m = world.rules.measures[id];
  return m.kind == engine::MeasureKind::kConstant ? m.constant
                                                  : world.request.facts[m.first.slot].value;
}

const char* NameOf(engine::Operator op) {
  switch (op) {
    case engine::Operator::kEq:
      return "==";
    case engine::Operator::kLe:
      return "<=";
    case engine::Operator::kGe:
      return ">=";
    default:
      return "?";
  }
}

// "fact" is the column read, -1 for the cost; "less" is taken from it.
void WriteMeasure(const World& world, engine::MeasureId id, std::ofstream& out) {
  const engine::Measure& m = world.rules.measures[id];
  const bool cost = m.kind == engine::MeasureKind::kCost;
  const bool difference = m.kind == engine::MeasureKind::kDifference;
  out << "\"fact\": " << (cost ? -1 : int{m.first.slot})
      << ", \"less\": " << (difference ? world.request.facts[m.second.slot].value : 0);
}

void WriteTask(const World& world, const std::string& path) {
  const engine::Ranking ranking = engine::Rank(world.rules, world.table, world.request,
                                               engine::DeliveryMode::kDoItYourself, RowOrder());
  std::ofstream out(path);
  out << "{\"rows\": " << world.table.row_count << ", \"facts\": " << world.table.columns.size()
      << ", \"target\": " << world.request.target_micros
      << ", \"ranked\": " << ranking.ranked.size() << ",\n\"constraints\": [";
  const char* comma = "\n";
  for (const engine::Constraint& constraint : world.rules.constraints) {
    const engine::Condition& c = world.rules.conditions[constraint.satisfied_when];
    out << comma << "{";
    WriteMeasure(world, c.left, out);
    out << ", \"op\": \"" << NameOf(c.op) << "\", \"number\": " << NumberOf(world, c.right) << "}";
    comma = ",\n";
  }
  out << "],\n\"criteria\": [";
  comma = "\n";
  for (const engine::ActiveCriterion& active : ranking.criteria) {
    const engine::Criterion& c = world.rules.criteria[active.criterion];
    out << comma << "{";
    WriteMeasure(world, c.measure, out);
    out << ", \"least\": " << static_cast<int>(c.least_evidence)
        << ", \"weight\": " << active.weight_bp << ", \"points\": [";
    for (size_t i = 0; i < c.breakpoints.size(); ++i) {
      out << (i == 0 ? "" : ", ") << "[" << c.breakpoints[i].x << ", " << c.breakpoints[i].value
          << "]";
    }
    out << "]}";
    comma = ",\n";
  }
  out << "],\n\"top\": [";
  for (size_t i = 0; i < kTop && i < ranking.ranked.size(); ++i) {
    const engine::RankedOffering& offering = ranking.ranked[i];
    out << (i == 0 ? "\n" : ",\n") << "{\"row\": " << offering.row
        << ", \"score\": " << offering.score << ", \"contributions\": [";
    for (size_t k = 0; k < offering.contributions.size(); ++k) {
      out << (k == 0 ? "" : ", ") << offering.contributions[k].contribution;
    }
    out << "]}";
  }
  out << "]}\n";
}

}  // namespace
}  // namespace aplomb::bench

int main(int argc, char** argv) {
  const std::string firm = argc == 4 ? argv[2] : "";
  if (firm != "all" && firm != "some") {
    std::cerr << "usage: bench_data ROWS all|some DIRECTORY\n";
    return 2;
  }
  const auto rows = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
  const std::string directory = argv[3];
  const auto world = aplomb::bench::MakeWorld(
      rows, firm == "all" ? aplomb::bench::Firm::kAll : aplomb::bench::Firm::kSome);
  aplomb::bench::WriteData(world, directory + "/data.bin");
  aplomb::bench::WriteTask(world, directory + "/task.json");
  return 0;
}
