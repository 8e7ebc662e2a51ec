// How long explanations take on the sample catalogue under the published rulebook. Run in the root
// of the source tree; prints percentiles over all questions of the sample's firms, in microseconds
// of processor time (other programs on the machine do not count).
#include <algorithm>
#include <ctime>
#include <vector>

#include "benchmark/benchmark.h"
#include "decision/explain/compare.h"
#include "decision/explain/counterfactual.h"
#include "decision/explain/equal_groups.h"
#include "decision/explain/repair.h"
#include "decision/explain/stability.h"
#include "decision/explain/unknowns.h"
#include "decision/explain/why_not.h"
#include "tests/explain/sample_inquiries.h"

namespace aplomb::explain {
namespace {

// Microseconds of processor time so far.
double CpuUs() { return static_cast<double>(std::clock()) * 1e6 / CLOCKS_PER_SEC; }

// Times single calls, so that percentiles can be told.
class Percentiles {
 public:
  template <typename Call>
  void Time(const Call& call) {
    const double start = CpuUs();
    call();
    times_us_.push_back(CpuUs() - start);
  }
  void Report(benchmark::State& state) {
    if (times_us_.empty()) return;
    std::sort(times_us_.begin(), times_us_.end());
    const auto at = [&](double share) {
      return times_us_[static_cast<size_t>(share * static_cast<double>(times_us_.size() - 1))];
    };
    state.counters["calls"] = static_cast<double>(times_us_.size());
    state.counters["p50_us"] = at(0.5);
    state.counters["p99_us"] = at(0.99);
    state.counters["max_us"] = times_us_.back();
  }

 private:
  std::vector<double> times_us_;
};

// Calls for each candidate of each question.
template <typename Call>
void ForEachCandidate(benchmark::State& state, const Call& call) {
  const SampleInquiries& sample = SampleInquiries::Get();
  Percentiles percentiles;
  for (auto _ : state) {
    for (const SampleInquiry& s : sample.all()) {
      const Inquiry inquiry = sample.Of(s);
      const auto one = [&](uint32_t row) {
        percentiles.Time([&] { call(inquiry, s.ranking, row); });
      };
      for (const auto& o : s.ranking.ranked) one(o.row);
      for (const auto& o : s.ranking.to_confirm) one(o.row);
      for (const auto& o : s.ranking.excluded) one(o.row);
    }
  }
  percentiles.Report(state);
}

// Calls for each question.
template <typename Call>
void ForEachQuestion(benchmark::State& state, const Call& call) {
  const SampleInquiries& sample = SampleInquiries::Get();
  Percentiles percentiles;
  for (auto _ : state) {
    for (const SampleInquiry& s : sample.all()) {
      const Inquiry inquiry = sample.Of(s);
      percentiles.Time([&] { call(inquiry, s); });
    }
  }
  percentiles.Report(state);
}

void BM_OfferingChanges(benchmark::State& state) {
  const auto goal = static_cast<Goal>(state.range(0));
  ForEachCandidate(state, [&](const Inquiry& inquiry, const engine::Ranking& r, uint32_t row) {
    benchmark::DoNotOptimize(
        FindOfferingChanges(inquiry, r, SampleInquiries::Get().shapes(), row, goal));
  });
}
BENCHMARK(BM_OfferingChanges)->Arg(1)->Arg(2)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_FirmChanges(benchmark::State& state) {
  const auto goal = static_cast<Goal>(state.range(0));
  ForEachCandidate(state, [&](const Inquiry& inquiry, const engine::Ranking& r, uint32_t row) {
    benchmark::DoNotOptimize(
        FindFirmChanges(inquiry, r, SampleInquiries::Get().shapes(), row, goal));
  });
}
BENCHMARK(BM_FirmChanges)->Arg(1)->Arg(2)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_WeightChanges(benchmark::State& state) {
  ForEachCandidate(state, [&](const Inquiry& inquiry, const engine::Ranking& r, uint32_t row) {
    benchmark::DoNotOptimize(FindWeightChanges(inquiry, r, row, Goal::kFirstBand));
  });
}
BENCHMARK(BM_WeightChanges)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_WhyNot(benchmark::State& state) {
  ForEachCandidate(state, [&](const Inquiry& inquiry, const engine::Ranking& r, uint32_t row) {
    benchmark::DoNotOptimize(ExplainWhyNot(inquiry, r, SampleInquiries::Get().mandatory(), row));
  });
}
BENCHMARK(BM_WhyNot)->Iterations(5)->Unit(benchmark::kMillisecond);

// Fifty offerings: those of the longest ranking, over and over, their values moved about.
void BM_StabilityOfFifty(benchmark::State& state) {
  const SampleInquiries& sample = SampleInquiries::Get();
  const SampleInquiry* longest = &sample.all().front();
  for (const SampleInquiry& s : sample.all()) {
    if (s.ranking.ranked.size() > longest->ranking.ranked.size()) longest = &s;
  }
  engine::Ranking ranking = longest->ranking;
  const size_t ranked = ranking.ranked.size();
  for (size_t i = ranked; i < 50; ++i) {
    engine::RankedOffering offering = ranking.ranked[i % ranked];
    offering.row = static_cast<uint32_t>(10'000 + i);
    offering.rank = 2;
    for (size_t c = 0; c < offering.contributions.size(); ++c) {
      int32_t& value = offering.contributions[c].value;
      value = (value + static_cast<int32_t>((i * 377 + c * 911) % 1'500)) % 10'000;
    }
    ranking.ranked.push_back(offering);
  }
  const Inquiry inquiry = sample.Of(*longest);
  Percentiles percentiles;
  for (auto _ : state) {
    percentiles.Time([&] {
      benchmark::DoNotOptimize(
          MeasureStability(inquiry.rules, inquiry.request.group_shares, ranking));
    });
  }
  percentiles.Report(state);
  state.counters["offerings"] = static_cast<double>(ranking.ranked.size());
}
BENCHMARK(BM_StabilityOfFifty)->Iterations(100)->Unit(benchmark::kMillisecond);

void BM_Unknowns(benchmark::State& state) {
  ForEachQuestion(state, [](const Inquiry& inquiry, const SampleInquiry& s) {
    benchmark::DoNotOptimize(
        ExamineUnknowns(inquiry, s.ranking, SampleInquiries::Get().shapes(), {}));
  });
}
BENCHMARK(BM_Unknowns)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_Repairs(benchmark::State& state) {
  ForEachQuestion(state, [](const Inquiry& inquiry, const SampleInquiry& s) {
    benchmark::DoNotOptimize(FindRepairs(
        inquiry, s.ranking, UsualWishes(inquiry, SampleInquiries::Get().mandatory(), {}, {})));
  });
}
BENCHMARK(BM_Repairs)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_Rank(benchmark::State& state) {
  ForEachQuestion(state, [](const Inquiry& inquiry, const SampleInquiry&) {
    benchmark::DoNotOptimize(RankWithoutLot(inquiry));
  });
}
BENCHMARK(BM_Rank)->Iterations(20)->Unit(benchmark::kMillisecond);

// What each answer carries besides the ranking: reasons for and against, the funnel, who is
// practically equal. overhead_percent: of the ranking itself.
void BM_ExplanationOverhead(benchmark::State& state) {
  const SampleInquiries& sample = SampleInquiries::Get();
  double ranking_us = 0, explaining_us = 0;
  // All rankings, then all explanations: one by one they are too short for the processor's clock.
  for (auto _ : state) {
    std::vector<engine::Ranking> rankings;
    double start = CpuUs();
    for (const SampleInquiry& s : sample.all()) rankings.push_back(RankWithoutLot(sample.Of(s)));
    ranking_us += CpuUs() - start;
    start = CpuUs();
    for (size_t i = 0; i < rankings.size(); ++i) {
      for (const auto& offering : rankings[i].ranked) {
        benchmark::DoNotOptimize(StrongestReasons(offering));
      }
      benchmark::DoNotOptimize(MakeFunnel(rankings[i]));
      const Inquiry inquiry = sample.Of(sample.all()[i]);
      benchmark::DoNotOptimize(PracticallyEqual(rankings[i], inquiry.rules.band_width));
    }
    explaining_us += CpuUs() - start;
  }
  state.counters["overhead_percent"] = 100 * explaining_us / ranking_us;
}
BENCHMARK(BM_ExplanationOverhead)->Iterations(100)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace aplomb::explain

BENCHMARK_MAIN();
