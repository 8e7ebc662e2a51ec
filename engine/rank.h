// Ranks the offerings for one need. Start here.
//
// A pure function: no clock, no I/O, no locale, no floating point, no hash map.
// Equal inputs give equal results on any machine and with any number of threads,
// whatever the order of rows. The contributions in a result are the trace of the
// scoring itself. Thread-safe; keeps no state.
#ifndef APLOMB_ENGINE_RANK_H_
#define APLOMB_ENGINE_RANK_H_

#include <array>
#include <cstdint>
#include <vector>

#include "engine/cost.h"
#include "engine/fact_table.h"
#include "engine/measure.h"
#include "engine/rules.h"

namespace aplomb::engine {

// Draws the order of equals. The engine knows no secret and no name: whoever
// calls it hands in keys that are bound to both. Keys must differ between groups
// and between rows.
class TieBreaker {
 public:
  using Key = std::array<uint8_t, 32>;
  virtual ~TieBreaker() = default;
  virtual Key GroupKey(uint32_t group) const = 0;
  virtual Key OfferKey(uint32_t row) const = 0;
};

// What one criterion gave one offering; value * weight_bp == contribution.
struct Contribution {
  uint8_t criterion = 0;  // ordinal
  MeasureState state = MeasureState::kKnown;
  Evidence evidence = Evidence::kNone;  // kNone unless kKnown
  int64_t x = 0;                        // 0 unless kKnown
  int32_t value = 0;
  int32_t weight_bp = 0;
  int64_t contribution = 0;
};

struct RankedOffering {
  uint32_t row = 0;
  int64_t score = 0;                // sum of the contributions, 0 to kScoreMax
  int64_t band = 0;                 // score / band_width, rounded down
  int32_t rank = 0;                 // dense, from 1, same for the whole band
  bool close_to_next_band = false;  // within EdgeStep of an edge beyond which there is a band
  std::vector<Contribution> contributions = {};  // by criterion ordinal
  Cost cost = {};
};

// Why an offering has no rank. All reasons are given, in both lists: what is to be confirmed for
// an excluded offering too.
struct Finding {
  static constexpr uint8_t kMinimumFact = 0xFF;
  uint8_t constraint = 0;       // ordinal, or kMinimumFact
  Truth truth = Truth::kFalse;  // kFalse: violated; kUnknown: the offering does not say
  uint8_t minimum_fact = 0;     // place in NeedRules::minimum_facts
  bool observed_known = false;
  int64_t observed = 0;
  bool required_known = false;
  int64_t required = 0;         // right side of the comparison reported
  uint16_t comparison = kNoId;  // the condition reported: first comparison not satisfied
};

struct UnrankedOffering {
  uint32_t row = 0;
  std::vector<Finding> findings = {};  // constraints by ordinal, then minimum facts; never empty
};

// Why a criterion is not weighed, for all offerings alike.
enum class DropReason : uint8_t {
  kFirmUnknown = 1,   // the firm has not said something that the criterion reads
  kInapplicable = 2,  // not for this need in this mode: not in NeedRules::criteria
  kNotAsked = 3,      // `applies_when` is false, or the firm wants nothing of the kind
};

struct DroppedCriterion {
  uint8_t criterion = 0;
  DropReason reason = DropReason::kInapplicable;
  std::vector<uint16_t> request_slots = {};  // kFirmUnknown: what the firm has not told
};

struct ActiveCriterion {
  uint8_t criterion = 0;
  int32_t weight_bp = 0;
};

// A constraint not applied, to any offering, because the firm has not said something: a fact
// (its slot is listed) or the usage of a headroom. One that speaks of what the firm does not want
// at all (coverage of no must-have) is not applied and not listed: there is nothing to check.
struct UncheckedConstraint {
  uint8_t constraint = 0;
  std::vector<uint16_t> request_slots = {};
};

// One delivery mode. All three lists stand in the order drawn by lot (ranked:
// within each band), never in the order of rows.
struct Ranking {
  DeliveryMode mode = DeliveryMode::kDoItYourself;
  std::vector<ActiveCriterion> criteria = {};  // by ordinal; weights sum to kWeightSum, or empty
  std::vector<DroppedCriterion> dropped = {};  // by ordinal
  std::vector<UncheckedConstraint> unchecked = {};  // by ordinal
  std::vector<RankedOffering> ranked = {};          // best band first
  std::vector<UnrankedOffering> to_confirm = {};
  std::vector<UnrankedOffering> excluded = {};
  uint32_t ranked_group_count = 0;  // ownership groups among `ranked`
};

// Scores closer than this to an edge of their band are marked: a hundredth of a
// band, at least one unit.
constexpr int64_t EdgeStep(int64_t band_width) {
  return band_width / 100 > 0 ? band_width / 100 : 1;
}

// Ranks the candidates of `request.need` in `mode`.
//
//   Whether a rule is applied is settled once, from what the firm has said (FirmSideOf).
//   constraints  violated -> excluded; unknown through the offering -> to confirm, or excluded
//                where the constraint says so; unknown through the firm -> not applied
//   minimum facts  missing -> to confirm (if not excluded)
//   criteria     inapplicable, not asked or unknown through the firm -> dropped for all, weights
//                shared out anew; unknown through the offering -> value 0
//   scores       sum of weight * value; band = score / band_width; dense ranks
//   order        rounds: in each, every group still holding offerings of the band places one,
//                groups by GroupKey, within a group by OfferKey
Ranking Rank(const Rules& rules, const FactTable& table, const Request& request, DeliveryMode mode,
             const TieBreaker& tie_breaker);

// The order of equals: permutes `rows` (offerings of one band) into rounds by
// group. `groups` is by row of the table.
void DrawOrder(const std::vector<uint32_t>& groups, const TieBreaker& tie_breaker,
               std::vector<uint32_t>& rows);

}  // namespace aplomb::engine

#endif  // APLOMB_ENGINE_RANK_H_
