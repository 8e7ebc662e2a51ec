#include "service/replay.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aplomb/advisor/v1/advisor_service.pb.h"
#include "audit/section_reader.h"
#include "audit/tie_secrets.h"
#include "base/civil_day.h"
#include "base/mutex.h"
#include "base/reason.h"
#include "base/status.h"
#include "decision/decide.h"
#include "decision/record.h"
#include "service/advisor_entries.h"

namespace aplomb::service {
namespace {

class Replayer {
 public:
  Replayer(const audit::Database& database, const audit::KeyStore& keys,
           const catalog::Store& store, DecisionCache& cache)
      : database_(database), keys_(keys), store_(store), cache_(cache) {}

  // OK: equal. NotFound with SECTION_ERASED: erased. Anything else is a finding.
  absl::Status One(int64_t index) const {
    ASSIGN_OR_RETURN(const audit::LoggedEntry entry, database_.ReadEntry(index));
    ASSIGN_OR_RETURN(const DecisionBody body, DecodeDecisionBody(entry.body));
    ASSIGN_OR_RETURN(const std::vector<std::string> record_sections,
                     audit::ReadSections(database_, keys_, index, kAuditorTier));
    ASSIGN_OR_RETURN(const std::vector<std::string> firm_sections,
                     audit::ReadSections(database_, keys_, index, kFirmTier));
    advisor::v1::CreateRecommendationRequest request;
    if (!request.ParseFromString(firm_sections[0])) {
      return absl::DataLossError("the request does not parse");
    }
    const advisor::v1::Recommendation& asked = request.recommendation();
    ASSIGN_OR_RETURN(const auto snapshot, store_.SnapshotAt(body.catalog_revision));
    const auto newest = store_.snapshot();
    const catalog::RulebookEntry* rulebook_entry = FindRulebook(*newest, body.rulebook_revision);
    if (rulebook_entry == nullptr) return absl::DataLossError("its rulebook is not in the log");
    ASSIGN_OR_RETURN(const auto rulebook, cache_.Compiled(*rulebook_entry));
    ASSIGN_OR_RETURN(const decision::TieSubject tie, TieOf(body.engagement_id));
    const std::vector<type::NeedRequest> needs(asked.needs().begin(), asked.needs().end());
    const decision::DecisionRecord record = decision::Decide(
        {.profile = asked.profile(),
         .needs = needs,
         .weights = asked.weights(),
         .as_of_day = body.as_of_day},
        {.snapshot = *snapshot,
         .rulebook = *rulebook,
         .rulebook_revision = body.rulebook_revision,
         .blind = *cache_.Blind(*snapshot, *rulebook, body.as_of_day)},
        tie);
    if (decision::EncodeRecord(record) != record_sections[0]) {
      return absl::DataLossError("the decision, made again, has another record");
    }
    if (PublicResultDigest(record) != body.result_digest ||
        PublicRankings(record) != body.rankings || record.catalog_digest != body.catalog_digest ||
        record.rulebook_digest != body.rulebook_digest) {
      return absl::DataLossError("the public part of the entry does not follow from its record");
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<decision::TieSubject> TieOf(absl::string_view engagement_id) const {
    ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                     database_.Get(kEngagementFamily, EngagementKey(engagement_id)));
    if (!bytes.has_value()) return absl::DataLossError("its engagement is not in the log");
    ASSIGN_OR_RETURN(const EngagementState engagement, DecodeEngagementState(*bytes));
    ASSIGN_OR_RETURN(const base::DayNumber day, base::ParseDay(engagement.body.tie_epoch));
    ASSIGN_OR_RETURN(const audit::TieSecrets secrets, audit::ReadTieSecrets(database_, day));
    return decision::TieSubject{.epoch_secret = secrets.secret,
                                .subject = engagement.body.subject};
  }

  const audit::Database& database_;
  const audit::KeyStore& keys_;
  const catalog::Store& store_;
  DecisionCache& cache_;
};

bool IsDecision(audit::EntryType type) {
  return type == audit::EntryType::kDecision || type == audit::EntryType::kPreview;
}

absl::StatusOr<std::vector<int64_t>> Indices(const audit::Database& database, int64_t only) {
  std::vector<int64_t> indices;
  if (only >= 0) {
    ASSIGN_OR_RETURN(const audit::LoggedEntry entry, database.ReadEntry(only));
    if (!IsDecision(entry.type)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "entry ", only, " is not a decision but ", audit::EntryTypeName(entry.type)));
    }
    indices.push_back(only);
    return indices;
  }
  RETURN_IF_ERROR(database.ForEachEntry(0, [&](const audit::LoggedEntry& entry) {
    if (IsDecision(entry.type)) indices.push_back(entry.index);
    return absl::OkStatus();
  }));
  return indices;
}

}  // namespace

absl::StatusOr<ReplayReport> Replay(const audit::Database& database, const audit::KeyStore& keys,
                                    const catalog::Store& store, DecisionCache& cache,
                                    const ReplayOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<int64_t> indices, Indices(database, options.index));
  const Replayer replayer(database, keys, store, cache);
  base::Mutex mutex;
  ReplayReport report;
  report.decisions = static_cast<int64_t>(indices.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t place = next++; place < indices.size(); place = next++) {
      const absl::Status status = replayer.One(indices[place]);
      base::MutexLock lock(&mutex);
      if (status.ok()) {
        ++report.equal;
      } else if (base::ReasonOf(status) == "SECTION_ERASED") {
        ++report.erased;
      } else {
        report.findings.push_back({indices[place], std::string(status.message())});
      }
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < options.threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  std::sort(
      report.findings.begin(), report.findings.end(),
      [](const ReplayFinding& a, const ReplayFinding& b) { return a.index < b.index; });
  return report;
}

}  // namespace aplomb::service
