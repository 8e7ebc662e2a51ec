#include "service/insight_service.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "audit/section_reader.h"
#include "base/status.h"
#include "catalog/proposals/diff.h"
#include "catalog/proposals/entry_file.h"
#include "catalog/proposals/evidence_cost.h"
#include "catalog/proposals/remedies.h"
#include "decision/decide.h"
#include "service/advisor_entries.h"
#include "service/coverage_service.h"
#include "service/errors.h"
#include "service/evidence_gains.h"
#include "service/names.h"
#include "service/ranking_gaps.h"
#include "service/workflow.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using Rates = std::shared_ptr<const catalog::TableEntry<pb::ExchangeRateTable>>;

constexpr absl::string_view kOfferingPattern = "members/*/offerings/*";
// Where the reference firm of a reading is; what is sold in one region only is read there.
constexpr absl::string_view kReferenceRegion = "11";

// What became of an offering, as a code: of a constraint, or of a fact that is missing.
std::string CodeOf(const decision::CompiledRulebook& rulebook, const std::string& need_id,
                   const engine::Finding& finding) {
  if (finding.constraint != engine::Finding::kMinimumFact) {
    return rulebook.source.constraints(finding.constraint).constraint_id();
  }
  const pb::Need& need = rulebook.source.needs(rulebook.need_ordinals.find(need_id)->second);
  return finding.minimum_fact < need.minimum_facts_size() ? need.minimum_facts(finding.minimum_fact)
                                                          : "MINIMUM_FACT";
}

void Fill(const decision::CompiledRulebook& rulebook, const std::string& need_id,
          const std::vector<decision::RecordedUnranked>& list, pb::Reading::Standing standing,
          pb::Reading& reading) {
  for (const decision::RecordedUnranked& one : list) {
    reading.set_standing(standing);
    for (const engine::Finding& finding : one.findings) {
      reading.add_codes(CodeOf(rulebook, need_id, finding));
    }
  }
}

decision::Uid UidOf(absl::string_view text) {
  decision::Uid uid = {};
  size_t digit = 0;
  for (const char c : text) {
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0 || digit >= 2 * uid.size()) continue;
    uid[digit / 2] = static_cast<uint8_t>(uid[digit / 2] << 4 | value);
    ++digit;
  }
  return uid;
}

absl::Status CheckOwner(const Call& call, absl::string_view name) {
  if (call.reach == Reach::kAll) return absl::OkStatus();
  return MemberNameOf(name) == absl::StrCat("members/", call.caller.subject) ? absl::OkStatus()
                                                                             : NotOwner(name);
}

absl::Status NoRules(base::DayNumber today) {
  const std::string day = base::FormatDay(today);
  return WithPrecondition(
      MakeError(Reason::kRevisionUnavailable,
                absl::StrCat("No rulebook of the catalogue is in force on ", day, "."),
                {{"what", "rulebook in force on"}, {"asked", day}}),
      Info(Reason::kRevisionUnavailable).word, day, "register a rulebook that is in force");
}

// What became of `uid` in one decision, by the record.
std::vector<std::string> CodesIn(const decision::DecisionRecord& record, const decision::Uid& uid,
                                 const decision::CompiledRulebook& rulebook) {
  std::set<std::string> codes;
  for (const decision::RecordedNeed& need : record.needs) {
    if (!rulebook.need_ordinals.contains(need.need_id)) continue;
    for (const decision::RecordedRanking& ranking : need.rankings) {
      for (const decision::RecordedRanked& one : ranking.ranked) {
        if (one.offering != uid) continue;
        codes.insert("RANKED");
        if (one.rank <= kShownRankMax) codes.insert("SHOWN");
      }
      for (const decision::RecordedUnranked& one : ranking.to_confirm) {
        if (one.offering == uid) codes.insert("TO_CONFIRM");
      }
      for (const decision::RecordedUnranked& one : ranking.excluded) {
        if (one.offering != uid) continue;
        for (const engine::Finding& finding : one.findings) {
          if (finding.truth == engine::Truth::kFalse) {
            codes.insert(CodeOf(rulebook, need.need_id, finding));
          }
        }
      }
    }
  }
  return {codes.begin(), codes.end()};
}

// A firm that keeps trade secrets: some rules ask for certificates only where data is sensitive.
type::FirmProfile SensitiveFirm() {
  type::FirmProfile firm = ReferenceFirm(kReferenceRegion, type::MICRO);
  firm.mutable_data()->set_personal(true);
  firm.mutable_data()->set_health(false);
  firm.mutable_data()->set_trade_secret(true);
  return firm;
}

// Adds what is not there yet; of a firm with sensitive data, says so.
void AddGains(const std::vector<EvidenceGain>& gains, bool sensitive, pb::Insight& insight) {
  for (const EvidenceGain& one : gains) {
    const bool known =
        std::any_of(insight.gains().begin(), insight.gains().end(), [&one](const pb::Gain& gain) {
          return gain.field() == one.field && gain.need_id() == one.need_id &&
                 gain.criterion_id() == one.criterion_id;
        });
    if (known) continue;
    pb::Gain& gain = *insight.add_gains();
    gain.set_field(one.field);
    gain.set_need_id(one.need_id);
    gain.set_criterion_id(one.criterion_id);
    gain.set_value(one.now);
    gain.set_documented_value(one.documented);
    const bool certified = one.scheme != pb::Certificate::SCHEME_UNSPECIFIED;
    const proposals::EvidenceCost& cost = certified ? *proposals::CostOfCertificate(one.scheme)
                                                    : proposals::CostOfDocument(one.field);
    gain.set_evidence(certified ? type::CERTIFIED : type::DOCUMENTED);
    gain.set_effort(static_cast<pb::Gain::Effort>(cost.effort));
    gain.set_third_party(cost.third_party);
    gain.mutable_cost()->set_fr(absl::StrCat(
        cost.fr, sensitive ? " (compte pour les entreprises aux données sensibles)" : ""));
    gain.mutable_cost()->set_en(
        absl::StrCat(cost.en, sensitive ? " (counts for firms with sensitive data)" : ""));
  }
}

}  // namespace

std::vector<pb::Reading> ReadOffering(const pb::Offering& offering,
                                      const decision::CompiledRulebook& rulebook, Rates rates,
                                      int32_t today) {
  catalog::Snapshot alone;
  alone.rates = std::move(rates);
  auto member = std::make_shared<catalog::MemberEntry>();
  member->member.set_name("members/m");
  member->member.set_state(pb::Member::ACTIVE);
  member->member.set_ownership_group_uid("00000000-0000-4000-8000-000000000001");
  alone.members["members/m"] = std::move(member);
  auto entry = std::make_shared<catalog::OfferingEntry>();
  entry->offering = offering;
  entry->offering.set_name("members/m/offerings/o");
  entry->offering.set_uid("00000000-0000-4000-8000-000000000002");
  entry->offering.set_state(pb::Offering::PUBLISHED);
  alone.offerings["members/m/offerings/o"] = std::move(entry);
  const decision::BlindCatalog blind = decision::Blindfold(alone, rulebook, today);
  const type::WeightChoice weights;

  std::vector<pb::Reading> readings;
  for (const std::string& need_id : offering.need_ids()) {
    if (!rulebook.need_ordinals.contains(need_id)) continue;
    std::vector<type::NeedRequest> needs(1);
    needs[0].set_need_id(need_id);
    for (const type::SizeClass size_class : CoverageSizes()) {
      const type::FirmProfile profile = ReferenceFirm(kReferenceRegion, size_class);
      const decision::DecisionRecord record = decision::Decide(
          {.profile = profile, .needs = needs, .weights = weights, .as_of_day = today},
          {.snapshot = alone, .rulebook = rulebook, .rulebook_revision = 0, .blind = blind}, {});
      pb::Reading& reading = readings.emplace_back();
      reading.set_need_id(need_id);
      reading.set_size_class(size_class);
      reading.set_standing(pb::Reading::ABSENT);
      for (const decision::RecordedRanking& ranking : record.needs[0].rankings) {
        Fill(rulebook, need_id, ranking.excluded, pb::Reading::EXCLUDED, reading);
        Fill(rulebook, need_id, ranking.to_confirm, pb::Reading::TO_CONFIRM, reading);
        for (const decision::RecordedRanked& ranked : ranking.ranked) {
          reading.set_standing(pb::Reading::RANKED);
          reading.set_score(ranked.score);
          for (const engine::Contribution& one : ranked.contributions) {
            const pb::Criterion& criterion = rulebook.source.criteria(one.criterion);
            pb::CriterionReading& shown = *reading.add_criteria();
            shown.set_criterion_id(criterion.criterion_id());
            *shown.mutable_label() = criterion.title();
            shown.set_value(one.value);
            shown.set_unknown(one.state != engine::MeasureState::kKnown);
          }
        }
      }
    }
  }
  return readings;
}

pb::Appearances CountAppearances(const std::vector<Appearance>& appearances) {
  pb::Appearances counted;
  std::set<std::string> firms;
  std::map<std::string, std::pair<int32_t, std::set<std::string>>> figures;
  for (const Appearance& one : appearances) {
    firms.insert(one.firm);
    for (const std::string& code : one.codes) {
      ++figures[code].first;
      figures[code].second.insert(one.firm);
    }
  }
  if (firms.size() < static_cast<size_t>(kFirmsMin)) {
    counted.set_suppressed(true);
    return counted;
  }
  counted.set_recommendation_count(static_cast<int32_t>(appearances.size()));
  // What is in no figure must not be what another figure leaves over: where the rest is about too
  // few firms, the figure is not told either.
  for (const auto& [code, figure] : figures) {
    std::set<std::string> rest;
    for (const Appearance& one : appearances) {
      if (std::find(one.codes.begin(), one.codes.end(), code) == one.codes.end()) {
        rest.insert(one.firm);
      }
    }
    pb::AppearanceCount& count = *counted.add_counts();
    count.set_code(code);
    const bool few = figure.second.size() < static_cast<size_t>(kFirmsMin) ||
                     (!rest.empty() && rest.size() < static_cast<size_t>(kFirmsMin));
    count.set_suppressed(few);
    if (!few) count.set_count(figure.first);
  }
  return counted;
}

absl::StatusOr<pb::Insight> InsightService::GetInsight(const Call& call,
                                                       const pb::GetInsightRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kOfferingPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  RETURN_IF_ERROR(CheckOwner(call, request.name()));
  const std::shared_ptr<const catalog::Snapshot> snapshot = workflow_->snapshot();
  const auto found = snapshot->offerings.find(request.name());
  if (found == snapshot->offerings.end()) return NotFound("offering", request.name());
  const base::DayNumber today = workflow_->Today();
  const catalog::RulebookEntry* active = ActiveRulebook(*snapshot, today);
  const auto rulebook = workflow_->Rulebook();
  if (active == nullptr || rulebook == nullptr) return NoRules(today);
  const pb::Offering& offering = found->second->offering;

  pb::Insight insight;
  insight.set_name(request.name());
  insight.set_rulebook_revision(
      RulebookRevisionName(active->rulebook.rulebook_id(), active->revision));
  SetDay(today, *insight.mutable_day());
  for (pb::Reading& reading : ReadOffering(offering, *rulebook, snapshot->rates, today)) {
    *insight.add_readings() = std::move(reading);
  }
  for (pb::RankingGap& gap : RankingGaps(offering, *rulebook, snapshot->rates, today)) {
    *insight.add_ranking_gaps() = std::move(gap);
  }
  AddGains(EvidenceGains(offering, ReferenceFirm(kReferenceRegion, type::MICRO), *rulebook,
                         snapshot->rates, today),
           /*sensitive=*/false, insight);
  AddGains(EvidenceGains(offering, SensitiveFirm(), *rulebook, snapshot->rates, today),
           /*sensitive=*/true, insight);

  // Backwards over the log, until enough recommendations were seen.
  const audit::Database& database = workflow_->dataset().database();
  const decision::Uid uid = UidOf(offering.uid());
  std::vector<Appearance> appearances;
  int32_t first_day = today;
  for (int64_t index = database.entry_count() - 1;
       index >= 0 && appearances.size() < static_cast<size_t>(kRecommendationsMax); --index) {
    ASSIGN_OR_RETURN(const audit::LoggedEntry entry, database.ReadEntry(index));
    if (entry.type != audit::EntryType::kDecision) continue;
    ASSIGN_OR_RETURN(const DecisionBody body, DecodeDecisionBody(entry.body));
    const bool concerned =
        std::any_of(body.rankings.begin(), body.rankings.end(), [&](const PublicRanking& ranking) {
          return std::find(offering.need_ids().begin(), offering.need_ids().end(),
                           ranking.need_id) != offering.need_ids().end();
        });
    if (!concerned) continue;
    const absl::StatusOr<std::vector<std::string>> sections =
        audit::ReadSections(database, workflow_->dataset().keys(), index, kAuditorTier);
    if (absl::IsNotFound(sections.status())) continue;  // erased: nobody knows any more
    RETURN_IF_ERROR(sections.status());
    if (sections->empty()) continue;
    ASSIGN_OR_RETURN(const decision::DecisionRecord record, decision::DecodeRecord((*sections)[0]));
    // Codes are those of the rules of that time.
    const catalog::RulebookEntry* rules = FindRulebook(*snapshot, record.rulebook_revision);
    if (rules == nullptr) continue;
    const auto compiled = workflow_->Compiled(*rules);
    if (compiled == nullptr) continue;
    ASSIGN_OR_RETURN(const std::optional<std::string> state,
                     database.Get(kEngagementFamily, EngagementKey(body.engagement_id)));
    if (!state.has_value()) continue;
    ASSIGN_OR_RETURN(const EngagementState engagement, DecodeEngagementState(*state));
    appearances.push_back({.firm = std::string(base::DigestView(engagement.body.subject)),
                           .codes = CodesIn(record, uid, *compiled)});
    first_day = body.as_of_day;
  }
  *insight.mutable_appearances() = CountAppearances(appearances);
  SetDay(first_day, *insight.mutable_appearances()->mutable_since());
  return insight;
}

absl::StatusOr<pb::EntryPreview> InsightService::PreviewImpact(
    const Call& call, const pb::PreviewImpactRequest& request) const {
  std::vector<base::Issue> issues;
  const auto ids = RequireName("parent", request.parent(), "members/*", issues);
  if (ids.has_value()) RETURN_IF_ERROR(CheckOwner(call, request.parent()));
  RequireName("offering.name", request.offering().name(), kOfferingPattern, issues);
  if (issues.empty() && MemberNameOf(request.offering().name()) != request.parent()) {
    issues.push_back({"offering.name", "NOT_OF_MEMBER",
                      absl::StrCat("l'offre doit être de ", request.parent()),
                      absl::StrCat("the offering must be of ", request.parent())});
  }
  if (request.offering().ByteSizeLong() > static_cast<size_t>(proposals::kProposalSizeMax)) {
    issues.push_back({"offering", "TOO_LARGE",
                      absl::StrCat("au plus ", proposals::kProposalSizeMax, " octets"),
                      absl::StrCat("at most ", proposals::kProposalSizeMax, " bytes")});
  }
  if (!issues.empty()) return BadRequest(issues);
  const std::shared_ptr<const catalog::Snapshot> snapshot = workflow_->snapshot();
  const base::DayNumber today = workflow_->Today();
  const auto rulebook = workflow_->Rulebook();
  if (rulebook == nullptr) return NoRules(today);

  pb::Offering proposed = request.offering();
  const auto found = snapshot->offerings.find(proposed.name());
  const pb::Offering* published =
      found == snapshot->offerings.end() ? nullptr : &found->second->offering;
  // As on submitting: the uid is the catalogue's to fill in.
  if (published != nullptr && proposed.uid().empty()) proposed.set_uid(published->uid());
  pb::EntryPreview preview;
  const base::Issues checked = workflow_->Check(proposed);  // named: the loop reads into it
  for (const base::Issue& issue : checked.list()) {
    pb::Problem& problem = *preview.add_problems();
    problem.set_field(issue.field);
    problem.set_reason(issue.reason);
    problem.mutable_text()->set_fr(issue.text_fr);
    problem.mutable_text()->set_en(issue.text_en);
    const proposals::Word& remedy = proposals::RemedyOf(issue.reason);
    problem.mutable_remedy()->set_fr(std::string(remedy.fr));
    problem.mutable_remedy()->set_en(std::string(remedy.en));
  }
  for (pb::RankingGap& gap : RankingGaps(proposed, *rulebook, snapshot->rates, today)) {
    *preview.add_ranking_gaps() = std::move(gap);
  }
  const pb::Offering nothing;
  for (pb::FieldDifference& one :
       proposals::Differences(published == nullptr ? nothing : *published, proposed)) {
    *preview.add_differences() = std::move(one);
  }
  preview.set_fast_lane(published != nullptr && published->state() == pb::Offering::PUBLISHED &&
                        proposals::IsFastLane(*published, proposed));

  using Key = std::pair<std::string, int>;
  std::map<Key, std::pair<pb::Reading, pb::Reading>> pairs;
  const auto absent = [](const Key& key) {
    pb::Reading reading;
    reading.set_need_id(key.first);
    reading.set_size_class(static_cast<type::SizeClass>(key.second));
    reading.set_standing(pb::Reading::ABSENT);
    return reading;
  };
  const auto add = [&](const pb::Offering& offering, bool after) {
    for (const pb::Reading& reading : ReadOffering(offering, *rulebook, snapshot->rates, today)) {
      const Key key = {reading.need_id(), reading.size_class()};
      auto& pair = pairs.try_emplace(key, absent(key), absent(key)).first->second;
      (after ? pair.second : pair.first) = reading;
    }
  };
  if (published != nullptr && published->state() == pb::Offering::PUBLISHED) {
    add(*published, false);
  }
  add(proposed, true);
  for (auto& [key, pair] : pairs) {
    if (pair.first.SerializeAsString() == pair.second.SerializeAsString()) continue;
    pb::ReadingChange& change = *preview.add_changes();
    *change.mutable_before() = std::move(pair.first);
    *change.mutable_after() = std::move(pair.second);
  }
  return preview;
}

}  // namespace aplomb::service
