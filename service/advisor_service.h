// aplomb.advisor.v1.AdvisorService without gRPC: engagements and recommendations.
// The caller's role was checked (access.h); ownership is checked here, before
// existence is told. Answers are rendered from what the log holds; the first one from
// the same values before they were written, so that it, a repeated request and a later
// Get have the same bytes.
// Thread-safe.
#ifndef APLOMB_SERVICE_ADVISOR_SERVICE_H_
#define APLOMB_SERVICE_ADVISOR_SERVICE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/advisor_service.pb.h"
#include "audit/tie_secrets.h"
#include "base/civil_day.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "service/advisor_entries.h"
#include "service/call.h"
#include "service/dataset.h"
#include "service/decision_cache.h"
#include "service/executor.h"

namespace aplomb::service {

inline constexpr size_t kChamberSizeMax = 63;
inline constexpr size_t kNonceSize = 32;
// Days of which the secrets are held in memory.
inline constexpr size_t kTieDaysMax = 64;

class AdvisorService {
 public:
  // All pointers must outlive this and every call.
  AdvisorService(Dataset* dataset, DecisionCache* cache, Executor* executor,
                 const base::Clock* clock, base::Random* random);

  void CreateEngagement(const Call& call, const advisor::v1::CreateEngagementRequest& request,
                        Done<advisor::v1::Engagement> done);
  absl::StatusOr<advisor::v1::Engagement> GetEngagement(
      const Call& call, const advisor::v1::GetEngagementRequest& request) const;
  absl::StatusOr<advisor::v1::ListEngagementsResponse> ListEngagements(
      const Call& call, const advisor::v1::ListEngagementsRequest& request) const;

  // The request is shared until it is answered. The answer is the service's, and gone after `done`.
  void CreateRecommendation(const Call& call,
                            std::shared_ptr<const advisor::v1::CreateRecommendationRequest> request,
                            Done<const advisor::v1::Recommendation*> done);
  absl::StatusOr<advisor::v1::Recommendation> GetRecommendation(
      const Call& call, const advisor::v1::GetRecommendationRequest& request) const;
  absl::StatusOr<advisor::v1::ListRecommendationsResponse> ListRecommendations(
      const Call& call, const advisor::v1::ListRecommendationsRequest& request) const;
  void RecordChoice(const Call& call, const advisor::v1::RecordChoiceRequest& request,
                    Done<advisor::v1::Choice> done);

 private:
  // The engagement, if the caller may see it: NOT_OWNER or RESOURCE_NOT_FOUND.
  absl::StatusOr<EngagementState> FindEngagement(const Call& call, absl::string_view id) const;
  absl::StatusOr<advisor::v1::Engagement> ReadEngagement(absl::string_view id) const;
  // How a recommendation is read for a caller.
  struct Reading {
    advisor::v1::RecommendationView view = advisor::v1::FULL;
    bool with_receipt = true;  // and with the opening key, if that is wanted
    bool with_opening_key = false;
    bool newest_receipt = false;
  };
  static Reading ReadingFor(const Call& call, advisor::v1::RecommendationView view);
  // The recommendation whose entry stands at `index`.
  absl::StatusOr<advisor::v1::Recommendation> ReadRecommendation(int64_t index,
                                                                 const Reading& reading) const;
  // What remains of one whose contents were erased: its name and its place in the log.
  absl::StatusOr<advisor::v1::Recommendation> ReadErased(int64_t index) const;
  // The text of a receipt, with the entry in it.
  absl::StatusOr<std::string> MakeReceipt(int64_t index, bool newest) const;
  absl::StatusOr<advisor::v1::Choice> ReadChoice(int64_t index) const;
  absl::StatusOr<audit::Command> PlanChoice(const Call& call,
                                            const advisor::v1::RecordChoiceRequest& request) const;
  // A request without errors, and the states to decide it from.
  struct Valid {
    std::string engagement_id;
    EngagementState engagement;  // empty for "-"
    int32_t day = 0;
    int64_t published_size = 0;   // entries published before the state was looked at
    int64_t newest_revision = 0;  // of the catalogue
    std::shared_ptr<const catalog::Snapshot> snapshot;
    int64_t rulebook_revision = 0;
    std::shared_ptr<const decision::CompiledRulebook> rulebook;
    std::vector<type::NeedRequest> needs;
  };
  // All violations at once; logs nothing. "engagements/-" is taken where the request is only to be
  // validated.
  absl::StatusOr<Valid> Validate(const Call& call,
                                 const advisor::v1::CreateRecommendationRequest& request) const;
  // What an answer is made of: from the log, or a moment ago and on its way into the log.
  struct Decided {
    audit::EntryType type = audit::EntryType::kDecision;
    DecisionBody body = {};
    std::shared_ptr<const advisor::v1::CreateRecommendationRequest> request = {};
    std::vector<type::NeedRequest> needs = {};  // of the request
    decision::DecisionRecord record = {};
    std::shared_ptr<const catalog::Snapshot> snapshot = {};
    std::shared_ptr<const decision::CompiledRulebook> rulebook = {};
    // Where it was decided a moment ago: what the needs were compiled to, and, once it is staged,
    // the bytes of the entry, the key of the firm's sections and the day on which it was written.
    std::vector<decision::CompiledNeed> compiled = {};
    std::string entry_bytes = {};
    audit::PayloadKey opening_key = {};
    base::DayNumber written_day = 0;
  };
  struct Plan {
    audit::Command command;
    // The command's own until it is done; null where nothing was decided.
    std::shared_ptr<const Decided> decided;
  };
  // Everything between the request and the log.
  absl::StatusOr<Plan> PlanRecommendation(
      const Call& call,
      const std::shared_ptr<const advisor::v1::CreateRecommendationRequest>& shared_request) const;
  // The answer, all but receipt and key. DataLoss where the parts do not fit each other.
  static absl::Status Render(const Decided& decided, int64_t index, int64_t time_us,
                             advisor::v1::RecommendationView view,
                             advisor::v1::Recommendation& answer);
  // What ReadRecommendation would give for what was just committed, without reading it again.
  absl::Status Answer(const Decided& decided, const audit::Committed& committed,
                      const Reading& reading, advisor::v1::Recommendation& answer) const;
  // Of the day on which an engagement was opened.
  absl::StatusOr<audit::TieSecrets> TieSecretsOf(base::DayNumber day) const;
  absl::Status AddOpeningKey(const audit::LoggedEntry& entry,
                             advisor::v1::Recommendation& answer) const;

  Dataset* const dataset_;
  DecisionCache* const cache_;
  Executor* const executor_;
  const base::Clock* const clock_;
  base::Random* const random_;

  // The newest day whose secrets are known to be in the log.
  std::atomic<base::DayNumber> epoch_day_{0};
  mutable base::Mutex ties_mutex_;
  mutable std::map<base::DayNumber, audit::TieSecrets> ties_ ABSL_GUARDED_BY(ties_mutex_);
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_ADVISOR_SERVICE_H_
