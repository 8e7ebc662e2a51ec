// How long explanations take on the sample catalogue under the published rulebook. Run in the root
// of the source tree; prints percentiles over all questions of the sample's firms, in microseconds
// of processor time (other programs on the machine do not count).
#include <algorithm>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "base/check.h"
#include "benchmark/benchmark.h"
#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/explain/compare.h"
#include "decision/explain/counterfactual.h"
#include "decision/explain/equal_groups.h"
#include "decision/explain/repair.h"
#include "decision/explain/stability.h"
#include "decision/explain/unknowns.h"
#include "decision/explain/why_not.h"
#include "decision/render.h"
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

// Calls for each candidate of each question, with the question.
template <typename Call>
void ForEachAsked(Percentiles& percentiles, const Call& call) {
  const SampleInquiries& sample = SampleInquiries::Get();
  for (const SampleInquiry& s : sample.all()) {
    const auto one = [&](uint32_t row) { percentiles.Time([&] { call(s, sample.Of(s), row); }); };
    for (const auto& o : s.ranking.ranked) one(o.row);
    for (const auto& o : s.ranking.to_confirm) one(o.row);
    for (const auto& o : s.ranking.excluded) one(o.row);
  }
}

void BM_WeightChanges(benchmark::State& state) {
  Percentiles percentiles;
  const auto goal = static_cast<Goal>(state.range(0));
  for (auto _ : state) {
    ForEachAsked(percentiles, [&](const SampleInquiry& s, const Inquiry& inquiry, uint32_t row) {
      benchmark::DoNotOptimize(FindWeightChanges(inquiry, s.ranking, s.order, row, goal));
    });
  }
  percentiles.Report(state);
}
BENCHMARK(BM_WeightChanges)->Arg(1)->Arg(2)->Iterations(1)->Unit(benchmark::kMillisecond);

// All counterfactuals that the sample's firms can ask for, both goals and all sides: what the aim
// is set for.
void BM_Counterfactuals(benchmark::State& state) {
  const FactShapes& shapes = SampleInquiries::Get().shapes();
  Percentiles percentiles;
  uint64_t undecided = 0;
  for (auto _ : state) {
    for (const Goal goal : {Goal::kFirstBand, Goal::kTopThree}) {
      const auto count = [&](const Counterfactual& c) {
        undecided += c.found == Found::kUndecided;
      };
      ForEachAsked(percentiles, [&](const SampleInquiry& s, const Inquiry& i, uint32_t row) {
        count(FindOfferingChanges(i, s.ranking, shapes, row, goal));
      });
      ForEachAsked(percentiles, [&](const SampleInquiry& s, const Inquiry& i, uint32_t row) {
        count(FindFirmChanges(i, s.ranking, shapes, row, goal));
      });
      ForEachAsked(percentiles, [&](const SampleInquiry& s, const Inquiry& i, uint32_t row) {
        count(FindWeightChanges(i, s.ranking, s.order, row, goal));
      });
    }
  }
  percentiles.Report(state);
  state.counters["undecided"] = static_cast<double>(undecided);
}
BENCHMARK(BM_Counterfactuals)->Iterations(1)->Unit(benchmark::kMillisecond);

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
        inquiry, s.ranking, UsualWishes(inquiry, SampleInquiries::Get().mandatory(), {})));
  });
}
BENCHMARK(BM_Repairs)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_Rank(benchmark::State& state) {
  ForEachQuestion(state, [](const Inquiry& inquiry, const SampleInquiry&) {
    benchmark::DoNotOptimize(RankWithoutLot(inquiry));
  });
}
BENCHMARK(BM_Rank)->Iterations(20)->Unit(benchmark::kMillisecond);

// The sample, each offering so many times, with the indexes that a server keeps.
struct Copies {
  catalog::Snapshot snapshot;
  decision::BlindCatalog blind;
};

const Copies& CopiesOf(int64_t times) {
  static auto* const kept = new std::map<int64_t, std::unique_ptr<const Copies>>();
  std::unique_ptr<const Copies>& found = (*kept)[times];
  if (found != nullptr) return *found;
  const SampleInquiries& sample = SampleInquiries::Get();
  auto made = std::make_unique<Copies>();
  made->snapshot.members = sample.snapshot().members;
  made->snapshot.law_table = sample.snapshot().law_table;
  made->snapshot.rates = sample.snapshot().rates;
  for (int64_t copy = 0; copy < times; ++copy) {
    for (const auto& [name, entry] : sample.snapshot().offerings) {
      auto one = std::make_shared<catalog::OfferingEntry>(*entry);
      const std::string copied = absl::StrCat(name, "-", copy);
      one->offering.set_name(copied);
      std::string uid = one->offering.uid();
      const std::string digits = absl::StrCat(absl::Hex(copy, absl::kZeroPad4));
      uid.replace(0, digits.size(), digits);  // the rest tells them apart
      one->offering.set_uid(uid);
      made->snapshot.offerings.emplace(copied, std::move(one));
    }
  }
  made->snapshot.index = catalog::MakeSnapshotIndex(made->snapshot);
  made->blind =
      decision::Blindfold(made->snapshot, sample.rulebook(), sample.firms().front().as_of_day);
  made->blind.index = std::make_shared<const engine::RankIndex>(
      engine::BuildRankIndex(sample.rulebook().rules, made->blind.table));
  found = std::move(made);
  return *found;
}

// What each answer carries besides the ranking: reasons for and against, the funnel, who is
// practically equal. overhead_percent: of the ranking itself.
void BM_ExplanationOverhead(benchmark::State& state) {
  const SampleInquiries& sample = SampleInquiries::Get();
  const engine::FactTable& table = CopiesOf(state.range(0)).blind.table;
  const auto inquiry_of = [&](const SampleInquiry& s) -> Inquiry {
    return {sample.rulebook().rules, table, s.request, s.mode};
  };
  double ranking_us = 0, explaining_us = 0;
  // All rankings, then all explanations: one by one they are too short for the processor's clock.
  for (auto _ : state) {
    std::vector<engine::Ranking> rankings;
    double start = CpuUs();
    for (const SampleInquiry& s : sample.all()) rankings.push_back(RankWithoutLot(inquiry_of(s)));
    ranking_us += CpuUs() - start;
    start = CpuUs();
    for (size_t i = 0; i < rankings.size(); ++i) {
      for (const auto& offering : rankings[i].ranked) {
        benchmark::DoNotOptimize(StrongestReasons(offering));
      }
      benchmark::DoNotOptimize(MakeFunnel(rankings[i]));
      benchmark::DoNotOptimize(PracticallyEqual(rankings[i], sample.rulebook().rules.band_width));
    }
    explaining_us += CpuUs() - start;
  }
  state.counters["offerings"] = static_cast<double>(table.row_count);
  state.counters["overhead_percent"] = 100 * explaining_us / ranking_us;
}
BENCHMARK(BM_ExplanationOverhead)
    ->Arg(1)
    ->Arg(4)
    ->Arg(40)
    ->Iterations(20)
    ->Unit(benchmark::kMillisecond);

// What a service does for an answer, without the log: decides, puts the record into words and
// encodes it. In FULL every contribution is explained in two languages; in BASIC nothing is. What
// the engine alone adds to its ranking to explain it is told beside it, over the same catalogue.
void BM_AnswerOverhead(benchmark::State& state) {
  const SampleInquiries& sample = SampleInquiries::Get();
  const Copies& copies = CopiesOf(state.range(0));
  const decision::DecisionContext context = {.snapshot = copies.snapshot,
                                             .rulebook = sample.rulebook(),
                                             .rulebook_revision = 1,
                                             .blind = copies.blind};
  double decide_us = 0, basic_us = 0, full_us = 0;
  size_t basic_bytes = 0, full_bytes = 0, answers = 0, rankings = 0, told = 0;
  for (auto _ : state) {
    const auto answer_all = [&](std::optional<decision::RenderDetail> detail, size_t& bytes) {
      const double start = CpuUs();
      for (const SampleFirm& firm : sample.firms()) {
        const decision::DecisionInput input = {.profile = firm.profile,
                                               .needs = firm.needs,
                                               .weights = firm.weights,
                                               .as_of_day = firm.as_of_day};
        std::vector<decision::CompiledNeed> compiled;
        const decision::DecisionRecord record = Decide(input, context, {}, &compiled);
        benchmark::DoNotOptimize(record);
        if (!detail.has_value()) {
          for (const decision::RecordedNeed& need : record.needs) {
            rankings += need.rankings.size();
            for (const auto& ranking : need.rankings) told += ranking.ranked.size();
          }
          continue;
        }
        advisor::v1::Recommendation shown;
        const absl::Status rendered = RenderRecord(record, input, copies.snapshot,
                                                   sample.rulebook(), shown, *detail, &compiled);
        CHECK_OK(rendered) << "a record that was just made";
        bytes += shown.SerializeAsString().size();
      }
      return CpuUs() - start;
    };
    size_t none = 0;
    decide_us += answer_all(std::nullopt, none);
    basic_us += answer_all(decision::RenderDetail::kBasic, basic_bytes);
    full_us += answer_all(decision::RenderDetail::kFull, full_bytes);
    answers += sample.firms().size();
  }
  const auto each = static_cast<double>(answers);
  state.counters["offerings"] = static_cast<double>(copies.snapshot.offerings.size());
  state.counters["rankings"] = static_cast<double>(rankings) / each;
  state.counters["ranked"] = static_cast<double>(told) / each;
  state.counters["decide_us"] = decide_us / each;
  state.counters["basic_us"] = basic_us / each;
  state.counters["full_us"] = full_us / each;
  state.counters["basic_kb"] = static_cast<double>(basic_bytes) / each / 1000;
  state.counters["full_kb"] = static_cast<double>(full_bytes) / each / 1000;
  state.counters["overhead_percent"] = 100 * (full_us - basic_us) / basic_us;
}
BENCHMARK(BM_AnswerOverhead)->Arg(1)->Arg(4)->Iterations(20)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_AnswerOverhead)->Arg(40)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace aplomb::explain

BENCHMARK_MAIN();
