// The proof of neutrality, by execution: the stored bytes of a catalogue are
// permuted (decision/neutrality/permute.h), and all of it is done again, from the
// bytes to the answer. The canonical records must be the same to the last bit, and
// the answers the same but for the names joined at the end.
//
// What the proof covers is the chain that it is given: that of the service is
// service/proof_chain.h. It shows that nothing of what was permuted had any part *in
// these answers*; it says nothing of biases in the facts or the rules themselves
// (decision/neutrality/decomposition.h).
#ifndef APLOMB_DECISION_NEUTRALITY_PROVE_H_
#define APLOMB_DECISION_NEUTRALITY_PROVE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "base/digest.h"
#include "decision/neutrality/permute.h"
#include "decision/request.h"
#include "decision/tie.h"

namespace aplomb::decision {

inline constexpr int kMaxProofRuns = 1'000'000;
inline constexpr size_t kMaxProofInputs = 10'000;
inline constexpr int kMaxProofThreads = 4;  // that one permutation is decided on
inline constexpr size_t kMaxReportedDifferences = 20;

// One request, as an advisor would send it.
struct ProofInput {
  std::string id = {};  // for messages to people
  type::FirmProfile profile = {};
  std::vector<type::NeedRequest> needs = {};
  type::WeightChoice weights = {};
  TieSubject tie = {};
};

// What came out for one input.
struct Outcome {
  std::string record = {};                  // EncodeRecord
  advisor::v1::Recommendation answer = {};  // as shown, names joined; empty if not asked for
  advisor::v1::Recommendation listed = {};  // as it stands on a page of a list; likewise
  int page = 0;                             // on which, from 0
};

// How a chain is to be gone through.
struct ChainRun {
  int threads = 1;
  bool answers = false;  // show the decisions too, one by one and on pages
  // The tables of the decision come to this catalogue from others, by way of changes, as those of a
  // server do that has been running; false: they are built from it.
  bool follow = false;
};

// From stored bytes to the answers for all inputs.
using Chain = std::function<absl::StatusOr<std::vector<Outcome>>(
    const StoredCatalog& stored, absl::Span<const ProofInput> inputs, const ChainRun& run)>;

// Calls `work(i)` for 0 to count - 1 on `threads` threads.
void InParallel(int threads, size_t count, const std::function<void(size_t)>& work);

struct ProofOptions {
  int runs = 1'000;  // permutations; each decides all inputs
  uint64_t seed = 1;
  int workers = 2;  // permutations at a time
  // Every so many runs the UUIDs are drawn anew (0: never), and the answers are
  // rendered and compared (0: never). Run 0 does both where they are not 0.
  int uid_every = 4;
  int answer_every = 10;
  // Every so many runs the tables follow to the catalogue (ChainRun::follow; 0: never). Run 0 does
  // not.
  int follow_every = 3;
  // Asked before each run, on any thread; true ends the proof (Cancelled). Empty: never.
  std::function<bool()> stop = {};
};

// The first thing that differs in one outcome.
struct Difference {
  enum class What : uint8_t {
    kFailed,    // a permutation was refused, or gave another number of answers
    kPresence,  // an offering stands in another list, or in none
    kScore,     // score, contribution, cost or finding
    kOrder,     // the same results in another order
    kRecord,    // anything else in the record
    kAnswer,    // the records are equal and what is shown is not
    kPage,      // the records are equal and what a list shows is not
  };
  int run = 0;
  uint64_t run_seed = 0;
  int threads = 1;
  std::string input_id = {};
  What what = What::kRecord;
  std::string need_id = {};
  std::string offering_uid = {};  // hexadecimal; empty where it is none in particular
  std::string expected = {};      // digests of what was compared; of kFailed: the reason
  std::string found = {};
};

struct ProofReport {
  bool neutral = false;
  uint64_t seed = 0;
  int runs = 0;
  int inputs = 0;
  int64_t decisions = 0;      // compared with the original one
  int64_t uid_decisions = 0;  // of these, with UUIDs drawn anew (order of equals left aside)
  int64_t answers = 0;        // rendered and compared besides
  int64_t pages = 0;          // of lists, put together again and compared
  int followed_runs = 0;      // whose tables followed
  std::array<int, kMaxProofThreads> runs_by_threads = {};
  std::array<int64_t, kExchangeCount> moved = {};  // values, over all runs
  base::Digest stored_digest = {};                 // of the bytes before
  base::Digest rulebook_digest = {};               // as the records have it
  base::Digest outcome_digest = {};                // of all original records in their order
  int64_t difference_count = 0;
  std::vector<Difference> differences = {};  // the first ones by run, then input
};

// Seed of run `run`: even ones exchange whole identities, odd ones field by field.
uint64_t SeedOfRun(uint64_t seed, int run);

// Runs the proof. InvalidArgument if the original bytes cannot be decided, or for
// options out of bounds; Cancelled where `stop` said so. A permuted run that fails is a
// difference.
absl::StatusOr<ProofReport> ProveNeutrality(const Chain& chain, const StoredCatalog& stored,
                                            absl::Span<const ProofInput> inputs,
                                            const ProofOptions& options);

// `answer` without what names its offerings and members, deterministic: equal for
// answers that differ in names only. (Which of a member's offerings is marked as its
// best is taken out too: it depends on who owns what, which is permuted.)
std::string ShownWithoutNames(const advisor::v1::Recommendation& answer);

// A record, its offerings under their former UUIDs and the order of equals put
// aside: what must not depend on UUIDs. DataLoss where it cannot be read.
absl::StatusOr<std::string> WithoutOrderOfEquals(const std::string& record,
                                                 const std::map<Uid, Uid>& former_uids);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_NEUTRALITY_PROVE_H_
