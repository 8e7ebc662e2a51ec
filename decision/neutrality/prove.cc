#include "decision/neutrality/prove.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/hex.h"
#include "base/status.h"
#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/record.h"
#include "decision/render.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace aplomb::decision {
namespace {

std::string HexOf(const Uid& uid) {
  return base::HexEncode(absl::string_view(reinterpret_cast<const char*>(uid.data()), uid.size()));
}

// --- What differs
// ---------------------------------------------------------------------------------

struct Placed {
  int list = 0;  // 0 ranked, 1 to confirm, 2 excluded
  std::string bytes;
};

// All offerings of one ranking with what is said of each, as canonical bytes.
std::map<Uid, Placed> PlacedIn(const RecordedRanking& ranking) {
  const auto alone = [](RecordedRanking one) {
    DecisionRecord record = {};  // digests too: what is compared must not be chance
    one.ranked_group_count = 0;
    RecordedNeed need;
    need.rankings.push_back(std::move(one));
    record.needs.push_back(std::move(need));
    return EncodeRecord(record);
  };
  RecordedRanking frame = ranking;
  frame.ranked.clear();
  frame.to_confirm.clear();
  frame.excluded.clear();
  std::map<Uid, Placed> placed;
  for (const auto& one : ranking.ranked) {
    RecordedRanking r = frame;
    r.ranked.push_back(one);
    placed[one.offering] = {.list = 0, .bytes = alone(std::move(r))};
  }
  for (const auto& one : ranking.to_confirm) {
    RecordedRanking r = frame;
    r.to_confirm.push_back(one);
    placed[one.offering] = {.list = 1, .bytes = alone(std::move(r))};
  }
  for (const auto& one : ranking.excluded) {
    RecordedRanking r = frame;
    r.excluded.push_back(one);
    placed[one.offering] = {.list = 2, .bytes = alone(std::move(r))};
  }
  return placed;
}

std::vector<Uid> OrderOf(const RecordedRanking& ranking) {
  std::vector<Uid> order;
  for (const auto& one : ranking.ranked) order.push_back(one.offering);
  for (const auto& one : ranking.to_confirm) order.push_back(one.offering);
  for (const auto& one : ranking.excluded) order.push_back(one.offering);
  return order;
}

// Fills what, need and offering from two rankings that are not equal; false if they are.
bool CompareRankings(const RecordedRanking& expected, const RecordedRanking& found,
                     Difference& difference) {
  const std::map<Uid, Placed> a = PlacedIn(expected);
  const std::map<Uid, Placed> b = PlacedIn(found);
  for (const auto& [uid, placed] : a) {
    const auto other = b.find(uid);
    if (other == b.end() || other->second.list != placed.list) {
      difference.what = Difference::What::kPresence;
    } else if (other->second.bytes != placed.bytes) {
      difference.what = Difference::What::kScore;
    } else {
      continue;
    }
    difference.offering_uid = HexOf(uid);
    return true;
  }
  for (const auto& [uid, placed] : b) {
    if (a.contains(uid)) continue;
    difference.what = Difference::What::kPresence;
    difference.offering_uid = HexOf(uid);
    return true;
  }
  const std::vector<Uid> order_a = OrderOf(expected);
  const std::vector<Uid> order_b = OrderOf(found);
  for (size_t i = 0; i < order_a.size() && i < order_b.size(); ++i) {
    if (order_a[i] == order_b[i]) continue;
    difference.what = Difference::What::kOrder;
    difference.offering_uid = HexOf(order_b[i]);
    return true;
  }
  return false;
}

// Says which offering of which need is the first to differ, where that can be said.
void Locate(const std::string& expected, const std::string& found, Difference& difference) {
  const absl::StatusOr<DecisionRecord> a = DecodeRecord(expected);
  const absl::StatusOr<DecisionRecord> b = DecodeRecord(found);
  // A record that does not decode is not what this program makes: the bytes alone tell.
  if (!a.ok() || !b.ok() || a->needs.size() != b->needs.size()) return;
  for (size_t n = 0; n < a->needs.size(); ++n) {
    const auto& x = a->needs[n].rankings;
    const auto& y = b->needs[n].rankings;
    for (size_t r = 0; r < x.size() && r < y.size(); ++r) {
      if (!CompareRankings(x[r], y[r], difference)) continue;
      difference.need_id = a->needs[n].need_id;
      return;
    }
  }
}

// --- The original, and one run
// --------------------------------------------------------------------

struct Original {
  std::vector<std::string> records;
  std::vector<std::string> without_order;  // WithoutOrderOfEquals
  std::vector<std::string> shown;          // ShownWithoutNames
  std::vector<std::string> listed;         // likewise, of what a list shows
};

absl::StatusOr<Original> RunOriginal(const Chain& chain, const StoredCatalog& stored,
                                     absl::Span<const ProofInput> inputs, bool answers) {
  ASSIGN_OR_RETURN(const std::vector<Outcome> outcomes,
                   chain(stored, inputs, {.threads = 1, .answers = answers, .follow = false}));
  if (outcomes.size() != inputs.size()) {
    return absl::InvalidArgumentError("the chain gave another number of answers than of inputs");
  }
  Original original;
  for (const Outcome& outcome : outcomes) {
    ASSIGN_OR_RETURN(std::string without_order, WithoutOrderOfEquals(outcome.record, {}));
    original.records.push_back(outcome.record);
    original.without_order.push_back(std::move(without_order));
    original.shown.push_back(answers ? ShownWithoutNames(outcome.answer) : std::string());
    original.listed.push_back(answers ? ShownWithoutNames(outcome.listed) : std::string());
  }
  return original;
}

struct RunResult {
  std::array<int64_t, kExchangeCount> moved = {};
  int64_t pages = 0;
  int64_t difference_count = 0;
  std::vector<Difference> differences;
};

struct RunPlan {
  int run = 0;
  uint64_t seed = 0;
  int threads = 1;
  bool redraw_uids = false;
  bool answers = false;
  bool follow = false;
};

bool Every(int run, int every) { return every != 0 && run % every == 0; }

RunPlan PlanOf(int run, const ProofOptions& options) {
  const bool redraw = Every(run, options.uid_every);
  // With other UUIDs the order of equals is another one: answers are compared on the next run.
  return {.run = run,
          .seed = SeedOfRun(options.seed, run),
          // Shifted every round, so that each kind of run meets each number of threads.
          .threads = 1 + (run + run / kMaxProofThreads) % kMaxProofThreads,
          .redraw_uids = redraw,
          .answers = options.answer_every != 0 && !redraw &&
                     run % options.answer_every == 1 % options.answer_every,
          .follow =
              options.follow_every != 0 && run % options.follow_every == options.follow_every - 1};
}

std::string DigestText(const std::string& bytes) { return base::HexEncode(base::Sha256(bytes)); }

void Note(const RunPlan& plan, absl::string_view input_id, Difference difference,
          RunResult& result) {
  ++result.difference_count;
  if (result.differences.size() >= kMaxReportedDifferences) return;
  difference.run = plan.run;
  difference.run_seed = plan.seed;
  difference.threads = plan.threads;
  difference.input_id = std::string(input_id);
  result.differences.push_back(std::move(difference));
}

void CompareRecords(const RunPlan& plan, const ProofInput& input, const std::string& expected,
                    const std::string& found, RunResult& result) {
  if (expected == found) return;
  Difference difference{.what = Difference::What::kRecord,
                        .expected = DigestText(expected),
                        .found = DigestText(found)};
  Locate(expected, found, difference);
  Note(plan, input.id, std::move(difference), result);
}

void CompareShown(const RunPlan& plan, const ProofInput& input, Difference::What what,
                  const std::string& expected, const std::string& found, RunResult& result) {
  if (expected == found) return;
  Note(plan, input.id, {.what = what, .expected = DigestText(expected), .found = DigestText(found)},
       result);
}

RunResult RunOne(const Chain& chain, const StoredCatalog& stored,
                 absl::Span<const ProofInput> inputs, const Original& original,
                 const RunPlan& plan) {
  RunResult result;
  const auto failed = [&](absl::string_view id, const absl::Status& status) {
    Note(
        plan, id,
        {.what = Difference::What::kFailed, .expected = "", .found = std::string(status.message())},
        result);
  };
  const absl::StatusOr<Permuted> permuted = Permute(stored, plan.seed, plan.redraw_uids);
  if (!permuted.ok()) {
    failed("", permuted.status());
    return result;
  }
  result.moved = permuted->moved;
  const absl::StatusOr<std::vector<Outcome>> outcomes =
      chain(permuted->catalog, inputs,
            {.threads = plan.threads, .answers = plan.answers, .follow = plan.follow});
  if (!outcomes.ok() || outcomes->size() != inputs.size()) {
    failed("",
           outcomes.ok() ? absl::InternalError("another number of answers") : outcomes.status());
    return result;
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Outcome& outcome = (*outcomes)[i];
    if (plan.redraw_uids) {
      const auto found = WithoutOrderOfEquals(outcome.record, permuted->former_uids);
      if (!found.ok()) {
        failed(inputs[i].id, found.status());
      } else {
        CompareRecords(plan, inputs[i], original.without_order[i], *found, result);
      }
      continue;
    }
    const int64_t before = result.difference_count;
    CompareRecords(plan, inputs[i], original.records[i], outcome.record, result);
    if (!plan.answers) continue;
    result.pages = std::max<int64_t>(result.pages, outcome.page + 1);
    if (result.difference_count > before) continue;
    CompareShown(plan, inputs[i], Difference::What::kAnswer, original.shown[i],
                 ShownWithoutNames(outcome.answer), result);
    CompareShown(plan, inputs[i], Difference::What::kPage, original.listed[i],
                 ShownWithoutNames(outcome.listed), result);
  }
  return result;
}

absl::Status CheckOptions(absl::Span<const ProofInput> inputs, const ProofOptions& options) {
  if (options.runs < 1 || options.runs > kMaxProofRuns) {
    return absl::InvalidArgumentError(
        absl::StrCat("runs must be 1 to ", kMaxProofRuns, ", not ", options.runs));
  }
  if (inputs.empty() || inputs.size() > kMaxProofInputs) {
    return absl::InvalidArgumentError(
        absl::StrCat("profiles must be 1 to ", kMaxProofInputs, ", not ", inputs.size()));
  }
  if (options.workers < 1 || options.uid_every < 0 || options.answer_every < 0 ||
      options.follow_every < 0) {
    return absl::InvalidArgumentError("workers must be at least 1, intervals at least 0");
  }
  return absl::OkStatus();
}

template <typename Shown>
void RemoveNames(Shown& shown) {
  shown.clear_offering();
  shown.clear_title();
  shown.clear_member();
  shown.clear_member_display_name();
}

}  // namespace

void InParallel(int threads, size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  const auto loop = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(loop);
  loop();
  for (std::thread& other : others) other.join();
}

uint64_t SeedOfRun(uint64_t seed, int run) {
  // SplitMix64 (Steele, Lea & Flood 2014), its lowest bit replaced by that of the run.
  uint64_t z = seed + 0x9E3779B97F4A7C15 * (static_cast<uint64_t>(run) + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  z ^= z >> 31;
  return (z & ~uint64_t{1}) | static_cast<uint64_t>(run / 2 % 2);
}

std::string ShownWithoutNames(const advisor::v1::Recommendation& answer) {
  advisor::v1::Recommendation nameless = answer;
  for (auto& result : *nameless.mutable_results()) {
    for (auto& ranking : *result.mutable_rankings()) {
      for (auto& band : *ranking.mutable_bands()) {
        for (auto& ranked : *band.mutable_offerings()) {
          RemoveNames(ranked);
          ranked.clear_member_best();
          // The vendor's own words for a line of its tariff.
          for (auto& line : *ranked.mutable_cost()->mutable_lines()) {
            if (line.component_index() >= 0) line.clear_label();
          }
        }
      }
      for (auto& unranked : *ranking.mutable_to_confirm()) RemoveNames(unranked);
      for (auto& unranked : *ranking.mutable_excluded()) RemoveNames(unranked);
    }
  }
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    CHECK(nameless.SerializeToCodedStream(&output)) << "a message in memory";
  }
  return bytes;
}

absl::StatusOr<std::string> WithoutOrderOfEquals(const std::string& record,
                                                 const std::map<Uid, Uid>& former_uids) {
  ASSIGN_OR_RETURN(DecisionRecord decoded, DecodeRecord(record));
  const auto rename = [&](Uid& uid) {
    const auto former = former_uids.find(uid);
    if (former != former_uids.end()) uid = former->second;
  };
  const auto by_uid = [](const auto& a, const auto& b) { return a.offering < b.offering; };
  for (RecordedNeed& need : decoded.needs) {
    for (RecordedRanking& ranking : need.rankings) {
      for (auto& one : ranking.ranked) rename(one.offering);
      for (auto& one : ranking.to_confirm) rename(one.offering);
      for (auto& one : ranking.excluded) rename(one.offering);
      // Bands follow one another already; only inside them, and in the other lists, is the order
      // one of equals.
      for (auto first = ranking.ranked.begin(); first != ranking.ranked.end();) {
        const auto last = std::find_if(first, ranking.ranked.end(),
                                       [&](const auto& one) { return one.rank != first->rank; });
        std::sort(first, last, by_uid);
        first = last;
      }
      std::sort(ranking.to_confirm.begin(), ranking.to_confirm.end(), by_uid);
      std::sort(ranking.excluded.begin(), ranking.excluded.end(), by_uid);
    }
  }
  return EncodeRecord(decoded);
}

absl::StatusOr<ProofReport> ProveNeutrality(const Chain& chain, const StoredCatalog& stored,
                                            absl::Span<const ProofInput> inputs,
                                            const ProofOptions& options) {
  RETURN_IF_ERROR(CheckOptions(inputs, options));
  ASSIGN_OR_RETURN(const Original original,
                   RunOriginal(chain, stored, inputs, options.answer_every != 0));
  const size_t run_count = static_cast<size_t>(options.runs);
  std::vector<RunResult> results(run_count);
  std::atomic<bool> stopped = false;
  InParallel(options.workers, run_count, [&](size_t run) {
    if (options.stop && (stopped || options.stop())) {
      stopped = true;
      return;
    }
    results[run] = RunOne(chain, stored, inputs, original, PlanOf(static_cast<int>(run), options));
  });
  if (stopped) return absl::CancelledError("the proof was ended before its last run");

  ProofReport report{.seed = options.seed,
                     .runs = options.runs,
                     .inputs = static_cast<int>(inputs.size()),
                     .stored_digest = DigestOf(stored)};
  base::Sha256Hasher all;
  for (const std::string& record : original.records) all.Update(record);
  report.outcome_digest = all.Finish();
  if (const auto first = DecodeRecord(original.records[0]); first.ok()) {
    report.rulebook_digest = first->rulebook_digest;
  }
  for (int run = 0; run < options.runs; ++run) {
    const RunPlan plan = PlanOf(run, options);
    RunResult& result = results[static_cast<size_t>(run)];
    ++report.runs_by_threads[static_cast<size_t>(plan.threads - 1)];
    report.decisions += report.inputs;
    if (plan.redraw_uids) report.uid_decisions += report.inputs;
    if (plan.answers) report.answers += report.inputs;
    report.pages += result.pages;
    report.followed_runs += plan.follow ? 1 : 0;
    for (size_t kind = 0; kind < kExchangeCount; ++kind) {
      report.moved[kind] += result.moved[kind];
    }
    report.difference_count += result.difference_count;
    for (Difference& difference : result.differences) {
      if (report.differences.size() == kMaxReportedDifferences) break;
      report.differences.push_back(std::move(difference));
    }
  }
  report.neutral = report.difference_count == 0;
  return report;
}

}  // namespace aplomb::decision
