// What the services of proposals, reviews, members and contests share: reading states and sealed
// texts, staging one command, and answering from what was written. Inner header of the room.
#ifndef APLOMB_SERVICE_WORKFLOW_H_
#define APLOMB_SERVICE_WORKFLOW_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "aplomb/catalog/v1/proposal.pb.h"
#include "audit/sequencer.h"
#include "base/civil_day.h"
#include "base/clock.h"
#include "base/issue.h"
#include "base/random.h"
#include "base/status.h"
#include "catalog/proposals/diff.h"
#include "catalog/proposals/lifecycle.h"
#include "catalog/proposals/vocabulary.h"
#include "service/call.h"
#include "service/dataset.h"
#include "service/decision_cache.h"
#include "service/executor.h"
#include "service/workflow_entries.h"

namespace aplomb::service {

inline constexpr int kCommentsMax = 50;
inline constexpr size_t kCommentSizeMax = 2'000;  // bytes
inline constexpr size_t kGroundsSizeMax = 4'000;
inline constexpr int kReasonCodesMax = 10;
inline constexpr int kInterestsMax = 200;
// Not decided, of one member.
inline constexpr uint32_t kOpenProposalsMax = 20'000;
// Texts that one proposal may have.
inline constexpr int32_t kTextsMax = 200;
// Approved on the fast lane, of one member in one month.
inline constexpr uint32_t kFastLaneOfMonthMax = 4;
// Proposals that one call of DrawReviewers looks at.
inline constexpr int32_t kDrawnAtOnceMax = 1'000;

// By the name of a member, the names of all members of its ownership group, itself included.
using Related = std::map<std::string, std::vector<std::string>>;

// Thread-safe; keeps no state of its own.
class Workflow {
 public:
  // All must outlive this.
  Workflow(Dataset* dataset, DecisionCache* cache, Executor* executor, const base::Clock* clock,
           base::Random* random)
      : dataset_(dataset), cache_(cache), executor_(executor), clock_(clock), random_(random) {}

  Dataset& dataset() const { return *dataset_; }
  base::Random& random() const { return *random_; }
  std::shared_ptr<const catalog::Snapshot> snapshot() const { return dataset_->store().snapshot(); }
  base::DayNumber Today() const { return base::ParisDay(clock_->Now()); }

  // The proposal; nothing where there is none.
  absl::StatusOr<std::optional<StoredProposal>> Find(absl::string_view name) const;
  absl::StatusOr<std::optional<StoredContest>> FindContest(absl::string_view name) const;
  // The text at an entry; an empty offering where it was erased.
  absl::StatusOr<catalog::v1::Offering> ReadText(int64_t entry) const;
  absl::StatusOr<std::vector<catalog::v1::ReviewComment>> ReadComments(int64_t entry) const;
  // A sealed text; "" where it was erased.
  absl::StatusOr<std::string> ReadSealed(int64_t entry, size_t number) const;

  // The rulebook in force, compiled; null where there is none that works.
  std::shared_ptr<const decision::CompiledRulebook> Rulebook() const;
  // A rulebook of the catalogue, compiled; null where this build cannot.
  std::shared_ptr<const decision::CompiledRulebook> Compiled(
      const catalog::RulebookEntry& entry) const;
  // Everything wrong with an entry, and what keeps it from being ranked.
  base::Issues Check(const catalog::v1::Offering& offering) const;

  // The message. `full`: with text, problems, gaps, differences and comments.
  absl::StatusOr<catalog::v1::Proposal> Show(const StoredProposal& stored, bool full) const;
  absl::StatusOr<catalog::v1::Proposal> ShowNamed(const std::string& name, bool full) const;

  // Of the catalogue as it is now.
  Related RelatedMembers() const;

  // Stages a command; when it is durable, `answer` is called with the name that its last entry is
  // about, on a worker thread.
  template <typename Response>
  void Run(const Call& call, const std::string& request_id, catalog::StageFunction stage,
           std::function<absl::StatusOr<Response>(const std::string& name)> answer,
           Done<Response> done) const {
    audit::Command command;
    command.stage = std::move(stage);
    if (!request_id.empty()) command.idempotency = KeyOf(call, request_id);
    command.done = [this, answer = std::move(answer),
                    done = std::move(done)](const absl::StatusOr<audit::Committed>& committed) {
      executor_->Continue([this, answer, done, committed] {
        if (!committed.ok()) return done(FromCatalog(committed.status()));
        const absl::StatusOr<std::string> name = NameAt(committed->index);
        if (!name.ok()) return done(name.status());
        done(answer(*name));
      });
    };
    dataset_->sequencer().Submit(std::move(command));
  }

  // Errors of the catalogue as those of the API.
  static absl::Status FromCatalog(const absl::Status& status);

 private:
  static audit::IdempotencyKey KeyOf(const Call& call, const std::string& request_id);
  absl::StatusOr<std::string> NameAt(int64_t entry) const;

  Dataset* const dataset_;
  DecisionCache* const cache_;
  Executor* const executor_;
  const base::Clock* const clock_;
  base::Random* const random_;
};

// ---- Inside a command.

// "members/m" of "members/m/proposals/p" and the like.
std::string MemberNameOf(absl::string_view name);

// STATE_FORBIDS unless the table allows it.
absl::StatusOr<proposals::State> Step(absl::string_view name, proposals::State from,
                                      proposals::Verb verb, proposals::Party party);
// ETAG_MISMATCH: `name` has changed since `etag` was read.
absl::Status EtagMismatch(absl::string_view name, absl::string_view etag);

// The proposal as it is now, with the etag that was read before; else ETAG_MISMATCH.
absl::StatusOr<StoredProposal> Reread(const audit::StageContext& context,
                                      const StoredProposal& read);

// Appends the entry that leads to `after`. `text` (may be null) becomes the present text,
// `comments` (may be empty) are sealed beside it. Returns its index.
absl::StatusOr<int64_t> AppendProposal(audit::StageContext& context, audit::EntryType type,
                                       proposals::Verb verb, absl::string_view actor,
                                       catalog::v1::ProposalRecord after,
                                       const catalog::v1::Offering* text, base::Random& random,
                                       const catalog::v1::Proposal* comments = nullptr);

// Sets who shall look again at a proposal that is being approved: by the same lot, none of those
// who decided; nobody where nobody is left.
absl::Status DrawSecondLook(audit::StageContext& context, const Related& related,
                            base::Random& random, catalog::v1::ProposalRecord& record);

// Draws who is missing: for a proposal that was submitted, for a verdict that two do not agree on,
// for a second look, for a reviewer who is recused or gone. True where somebody was drawn.
absl::StatusOr<bool> DrawMissing(audit::StageContext& context, const std::string& name,
                                 const Related& related, base::Random& random);

// Whether one reviewer decides: `fast_count` were approved so this month.
void SetLane(proposals::FastLane lane, uint32_t fast_count, catalog::v1::ProposalRecord& record);

// The sealed form of a text: 32 bytes of salt, then the text.
std::string Seal(absl::string_view text, base::Random& random);

void SetTime(int64_t time_us, google::protobuf::Timestamp& timestamp);
void SetDay(base::DayNumber day, google::type::Date& date);

// Keys below `prefix` after `after`, and whether there are more.
struct WorkflowPage {
  std::vector<std::pair<std::string, std::string>> rows;  // rest of the key, value
  bool more = false;
};
absl::StatusOr<WorkflowPage> ReadPage(const audit::Database& database, absl::string_view family,
                                      const std::string& prefix, absl::string_view after,
                                      int32_t size);

// Codes that are not among `allowed`, none at all, or too many.
void CheckCodes(absl::string_view field,
                const google::protobuf::RepeatedPtrField<std::string>& codes,
                absl::Span<const proposals::Word> allowed, std::vector<base::Issue>& issues);
// The name of a member that there is; else UNKNOWN_MEMBER with those that may be meant.
void CheckMember(absl::string_view field, const std::string& name,
                 const catalog::Snapshot& snapshot, std::vector<base::Issue>& issues);
// Each of them; `field` is that of the list.
void CheckMembers(absl::string_view field,
                  const google::protobuf::RepeatedPtrField<std::string>& names,
                  const catalog::Snapshot& snapshot, std::vector<base::Issue>& issues);
// Length and hidden characters of a text for people.
void CheckText(absl::string_view field, absl::string_view text, size_t size_max, bool required,
               std::vector<base::Issue>& issues);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_WORKFLOW_H_
