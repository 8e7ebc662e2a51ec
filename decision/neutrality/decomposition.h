// Bias upstream. That nobody's name has a part in a result leaves one question
// open: do the rules themselves favour one group of members, by what they look at?
// A score is a sum over criteria, so the gap between the mean scores of two groups
// is a sum over criteria too, exactly. A criterion that carries most of a gap is
// not thereby unjust (large members may well hold more certificates); it is named,
// so that people can judge whether firms need it.
//
// Two gaps, each with one denominator for all criteria:
//   pooled  mean of one group less mean of the other over all ranked places:
//           (n_b * sum_a - n_a * sum_b) / (n_a * n_b)
//   paired  mean difference over all pairs that stand in one ranking: groups that
//           serve other needs are not compared with one another
//           sum over rankings of (n_b * sum_a - n_a * sum_b) / sum of n_a * n_b
// In score units; 1,000,000 is a point. Groups are joined here from outside; the
// engine does not know them. Pure; thread-safe.
#ifndef APLOMB_DECISION_NEUTRALITY_DECOMPOSITION_H_
#define APLOMB_DECISION_NEUTRALITY_DECOMPOSITION_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "decision/blindfold.h"
#include "decision/compiled_rulebook.h"
#include "decision/record.h"

namespace aplomb::decision {

// Ranked places that one decomposition takes: products of two counts with a score stay
// below 2^63.
inline constexpr int64_t kMaxDecomposedPlaces = 100'000;

// A way of sorting members, e.g. by fee, by country.
struct Attribute {
  std::string id = {};
  std::map<std::string, std::string, std::less<>> label_of = {};  // by member name
};

// What became of the offerings of one label, over all rankings.
struct LabelCounts {
  std::string label = {};
  int64_t ranked = 0;
  int64_t to_confirm = 0;
  int64_t excluded = 0;
  // Findings by constraint id, "minimum" for minimum facts.
  std::map<std::string, int64_t> reasons = {};
};

struct CriterionShare {
  std::string criterion_id = {};
  int64_t pooled = 0;  // numerators over the gap's denominators
  int64_t paired = 0;
};

// One label against all others of the attribute.
struct Gap {
  std::string label = {};
  int64_t count = 0;  // ranked places of the label, of the others
  int64_t other_count = 0;
  int64_t pooled = 0;              // numerators
  int64_t pooled_denominator = 0;  // 0: one side is empty
  int64_t paired = 0;
  int64_t paired_denominator = 0;  // pairs; 0: never in one ranking
  // All criteria; their numerators sum to those of the gap. Largest |paired| first, then by id.
  std::vector<CriterionShare> shares = {};
  // True where one criterion makes up more than half of the sum of all |paired|: a proxy to look
  // at.
  bool one_carries_half = false;
};

struct Decomposition {
  std::string attribute = {};
  int64_t unlabelled = 0;                // ranked places of members without a label; left aside
  std::vector<LabelCounts> labels = {};  // by label
  std::vector<Gap> gaps = {};            // by label
};

// Takes the records apart. `member_of` gives the member of each offering; `records`
// are of `rulebook`. ResourceExhausted above kMaxDecomposedPlaces; InvalidArgument
// where an offering has no member.
absl::StatusOr<Decomposition> Decompose(const Attribute& attribute,
                                        absl::Span<const DecisionRecord> records,
                                        const std::map<Uid, std::string>& member_of,
                                        const CompiledRulebook& rulebook);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_NEUTRALITY_DECOMPOSITION_H_
