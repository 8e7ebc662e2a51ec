// What the engine costs, step by step and size by size. Google Benchmark; tests/bench/run prints
// the table.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "engine/rank_top.h"
#include "tests/bench/bench_world.h"

namespace aplomb::bench {
namespace {

constexpr uint32_t kTop = 10;
constexpr int64_t kMostCompared = 100'000;
constexpr auto kMode = engine::DeliveryMode::kDoItYourself;

// The first ten of the plain ranking: what the fast one must say.
bool SaysTheSame(const World& world, const engine::TopRanking& top) {
  const engine::Ranking ranking =
      engine::Rank(world.rules, world.table, world.request, kMode, RowOrder());
  if (top.ranked_count != ranking.ranked.size()) return false;
  for (size_t i = 0; i < top.ranked.size(); ++i) {
    const engine::RankedOffering& a = top.ranked[i];
    const engine::RankedOffering& b = ranking.ranked[i];
    if (a.row != b.row || a.score != b.score) return false;
    for (size_t k = 0; k < a.contributions.size(); ++k) {
      if (a.contributions[k].contribution != b.contributions[k].contribution) return false;
    }
  }
  return top.ranked.size() == std::min<size_t>(kTop, ranking.ranked.size());
}

// A world with its index and costs; the last one is kept, since benchmarks come back to it.
struct Bench {
  World world;
  engine::RankIndex index;
  engine::CostColumns costs;
};

const Bench& BenchOf(int64_t rows, Firm firm) {
  static int64_t last_rows = -1;
  static Firm last_firm = Firm::kAll;
  static std::unique_ptr<Bench> last;
  if (last_rows == rows && last_firm == firm) return *last;
  last = nullptr;
  auto made = std::make_unique<Bench>();
  made->world = MakeWorld(static_cast<uint32_t>(rows), firm);
  made->index = engine::BuildRankIndex(made->world.rules, made->world.table);
  engine::ComputeCosts(made->world.table, made->index, made->world.request, kMode, made->costs);
  last = std::move(made);
  last_rows = rows;
  last_firm = firm;
  return *last;
}

void PerOffering(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void Top(benchmark::State& state, Firm firm, bool given) {
  const Bench& b = BenchOf(state.range(0), firm);
  engine::Workspace workspace;
  engine::TopRanking top;
  const auto rank = [&] {
    engine::RankTop(b.world.rules, b.world.table, b.index, b.world.request, kMode, RowOrder(), kTop,
                    given ? &b.costs : nullptr, workspace, top);
  };
  rank();
  if (state.range(0) <= kMostCompared && !SaysTheSame(b.world, top)) {
    state.SkipWithError("the answer is wrong");
  }
  // The peers tell the median of single runs; a mean would count what others do on the machine.
  std::vector<double> run_ns;
  run_ns.reserve(static_cast<size_t>(state.max_iterations));
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    rank();
    benchmark::DoNotOptimize(top.ranked.data());
    run_ns.push_back(
        std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(run_ns.begin(), run_ns.end());
  state.counters["median_ns"] = run_ns[run_ns.size() / 2];
  PerOffering(state);
  state.counters["ranked"] = static_cast<double>(top.ranked_count);
}

void RankTop(benchmark::State& state) { Top(state, Firm::kAll, true); }
void RankTopSome(benchmark::State& state) { Top(state, Firm::kSome, true); }
void RankTopAndCosts(benchmark::State& state) { Top(state, Firm::kAll, false); }

void Costs(benchmark::State& state) {
  const Bench& b = BenchOf(state.range(0), Firm::kAll);
  engine::CostColumns costs;
  for (auto _ : state) {
    engine::ComputeCosts(b.world.table, b.index, b.world.request, kMode, costs);
    benchmark::DoNotOptimize(costs.figures[0].data());
  }
  PerOffering(state);
}

void CostsOfAGrowingFirm(benchmark::State& state) {
  const Bench& b = BenchOf(state.range(0), Firm::kAll);
  engine::Request request = b.world.request;
  request.yearly_growth_bp = 700;
  engine::CostColumns costs;
  for (auto _ : state) {
    engine::ComputeCosts(b.world.table, b.index, request, kMode, costs);
    benchmark::DoNotOptimize(costs.figures[0].data());
  }
  PerOffering(state);
}

void RankAll(benchmark::State& state) {
  const Bench& b = BenchOf(state.range(0), Firm::kAll);
  engine::Workspace workspace;
  for (auto _ : state) {
    benchmark::DoNotOptimize(engine::Rank(b.world.rules, b.world.table, b.index, b.world.request,
                                          kMode, RowOrder(), workspace));
  }
  PerOffering(state);
}

void RankAllWithoutIndex(benchmark::State& state) {
  const Bench& b = BenchOf(state.range(0), Firm::kAll);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        engine::Rank(b.world.rules, b.world.table, b.world.request, kMode, RowOrder()));
  }
  PerOffering(state);
}

size_t HeapBytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void BuildIndex(benchmark::State& state) {
  const Bench& b = BenchOf(state.range(0), Firm::kAll);
  for (auto _ : state) {
    benchmark::DoNotOptimize(engine::BuildRankIndex(b.world.rules, b.world.table));
  }
  PerOffering(state);
}

// Bytes of heap for each offering: the facts, and the index beside them.
void Memory(benchmark::State& state) {
  const size_t before = HeapBytes();
  World world = MakeWorld(static_cast<uint32_t>(state.range(0)), Firm::kAll);
  const size_t with_facts = HeapBytes();
  const engine::RankIndex index = engine::BuildRankIndex(world.rules, world.table);
  const size_t with_index = HeapBytes();
  for (auto _ : state) benchmark::DoNotOptimize(index.row_count);
  const auto rows = static_cast<double>(state.range(0));
  state.counters["facts_bytes"] = static_cast<double>(with_facts - before) / rows;
  state.counters["index_bytes"] = static_cast<double>(with_index - with_facts) / rows;
}

#define APLOMB_SIZES ->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond)
BENCHMARK(RankTop) APLOMB_SIZES->Arg(1'000'000);
BENCHMARK(RankTopSome) APLOMB_SIZES;
BENCHMARK(RankTopAndCosts) APLOMB_SIZES;
BENCHMARK(Costs) APLOMB_SIZES;
BENCHMARK(CostsOfAGrowingFirm) APLOMB_SIZES;
BENCHMARK(RankAll) APLOMB_SIZES;
BENCHMARK(RankAllWithoutIndex) APLOMB_SIZES;
BENCHMARK(BuildIndex) APLOMB_SIZES;
BENCHMARK(Memory)->Arg(100'000)->Iterations(1);

}  // namespace
}  // namespace aplomb::bench

BENCHMARK_MAIN();
