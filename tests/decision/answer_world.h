// A small catalogue under the real rulebook, for tests of whole answers.
#ifndef APLOMB_TESTS_DECISION_ANSWER_WORLD_H_
#define APLOMB_TESTS_DECISION_ANSWER_WORLD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/decide.h"
#include "decision/record.h"
#include "decision/request.h"

namespace aplomb::decision {

// 2026-11-23.
inline constexpr int32_t kToday = 20'780;

// The rulebook of catalog/rulebook, compiled once. A rulebook with errors fails the test.
std::shared_ptr<const CompiledRulebook> RealRulebook();

// A question, written as the text form of a Recommendation (profile, needs, weights).
struct Asked {
  explicit Asked(absl::string_view recommendation_text);
  DecisionInput Input(int32_t day = kToday) const {
    return {.profile = profile, .needs = needs, .weights = weights, .as_of_day = day};
  }
  type::FirmProfile profile;
  std::vector<type::NeedRequest> needs;
  type::WeightChoice weights;
};

// "Boulangerie, 3 à 5 salariés, Rhône, une boutique en ligne": five facts, budget included.
extern const char kQuickIntake[];

class AnswerWorld {
 public:
  AnswerWorld();

  // Adds an offering "members/MEMBER/offerings/ID", and its member with an ownership group of its
  // own where it is new. `text` is merged into a published shop software that is sold on the
  // mainland.
  void Add(absl::string_view member, absl::string_view id, absl::string_view text);
  // Puts a member into the ownership group of that name.
  void SetGroup(absl::string_view member, absl::string_view group);

  // The supplier is no member of the association.
  void SetListedOnly(absl::string_view member);

  DecisionRecord Decide(const Asked& asked, int32_t day = kToday) const;
  // Decides, encodes, decodes and renders; a failure on the way fails the test.
  advisor::v1::Recommendation Answer(const Asked& asked, int32_t day = kToday) const;
  // Decides on a copy of the catalogue whose entries were put in the other way round.
  std::string BytesOfShuffledCopy(const Asked& asked) const;

  catalog::Snapshot& snapshot() { return snapshot_; }
  const catalog::Snapshot& snapshot() const { return snapshot_; }
  const CompiledRulebook& rulebook() const { return *rulebook_; }

 private:
  std::shared_ptr<const CompiledRulebook> rulebook_;
  catalog::Snapshot snapshot_;
};

// The ranking of one need and mode of an answer, or an empty one.
const advisor::v1::Ranking& RankingOf(const advisor::v1::Recommendation& answer, int need,
                                      type::DeliveryMode mode);
// The ranked offering whose name ends with "/offerings/ID", or null.
const advisor::v1::RankedOffering* FindRanked(const advisor::v1::Ranking& ranking,
                                              absl::string_view id);
// The same among the excluded, then those to confirm.
const advisor::v1::UnrankedOffering* FindUnranked(const advisor::v1::Ranking& ranking,
                                                  absl::string_view id);

}  // namespace aplomb::decision

#endif  // APLOMB_TESTS_DECISION_ANSWER_WORLD_H_
