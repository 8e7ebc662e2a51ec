#include "service/insight_service.h"

#include <algorithm>
#include <functional>
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
#include "catalog/proposals/remedies.h"
#include "decision/decide.h"
#include "service/advisor_entries.h"
#include "service/appearances.h"
#include "service/coverage_service.h"
#include "service/errors.h"
#include "service/gains.h"
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

// Why nobody is shown an offering now, as codes; none where it is shown.
std::vector<std::string> HiddenBy(const pb::Offering& offering, const catalog::Snapshot& snapshot) {
  std::vector<std::string> codes;
  if (offering.state() != pb::Offering::PUBLISHED) {
    codes.push_back(absl::StrCat("OFFERING_", pb::Offering::State_Name(offering.state())));
  }
  const auto member = snapshot.members.find(MemberNameOf(offering.name()));
  const pb::Member::State state =
      member == snapshot.members.end() ? pb::Member::ENDED : member->second->member.state();
  if (state != pb::Member::ACTIVE) {
    codes.push_back(absl::StrCat("MEMBER_", pb::Member::State_Name(state)));
  }
  return codes;
}

// What became of `uid` for one need of a decision, by the record: the best of what its rankings
// say, and of several rules that exclude it the first in the order of the rulebook.
std::string OutcomeIn(const decision::RecordedNeed& need, const decision::Uid& uid,
                      const decision::CompiledRulebook& rulebook) {
  bool ranked = false;
  bool to_confirm = false;
  const engine::Finding* first = nullptr;
  for (const decision::RecordedRanking& ranking : need.rankings) {
    for (const decision::RecordedRanked& one : ranking.ranked) {
      if (one.offering != uid) continue;
      if (one.rank <= kShownRankMax) return std::string(kShown);
      ranked = true;
    }
    for (const decision::RecordedUnranked& one : ranking.to_confirm) {
      to_confirm = to_confirm || one.offering == uid;
    }
    for (const decision::RecordedUnranked& one : ranking.excluded) {
      if (one.offering != uid) continue;
      for (const engine::Finding& finding : one.findings) {
        if (finding.truth != engine::Truth::kFalse) continue;
        if (first == nullptr || finding.constraint < first->constraint) first = &finding;
      }
    }
  }
  if (ranked) return std::string(kRanked);
  if (to_confirm) return std::string(kToConfirm);
  return first == nullptr ? std::string(kNotListed) : CodeOf(rulebook, need.need_id, *first);
}

// The recommendations for one need in one quarter.
struct Quarter {
  std::vector<Outcome> outcomes;
  bool erased = false;  // one of them cannot be read any more
};

void SetFigures(const Quarter& quarter, pb::AppearanceTable& table) {
  const auto say = [&table](pb::AppearanceTable::Withheld what, absl::string_view fr,
                            absl::string_view en) {
    table.set_withheld(what);
    table.mutable_withheld_text()->set_fr(std::string(fr));
    table.mutable_withheld_text()->set_en(std::string(en));
  };
  if (quarter.erased) {
    return say(pb::AppearanceTable::ERASED,
               "une recommandation de ce trimestre a été effacée : plus aucun chiffre, sinon la "
               "différence avec ceux d'avant la révélerait",
               "a recommendation of this quarter was erased: no figures any more, else the "
               "difference to those of before would tell what it was");
  }
  const Figures figures = CountOutcomes(quarter.outcomes);
  if (figures.withheld == Figures::Withheld::kFewFirms) {
    return say(pb::AppearanceTable::FEW_FIRMS,
               absl::StrCat("moins de ", kFirmsMin, " entreprises ont demandé : aucun chiffre"),
               absl::StrCat("fewer than ", kFirmsMin, " firms asked: no figures"));
  }
  table.set_firm_count(figures.firms);
  for (const auto& [code, count] : figures.counts) {
    pb::AppearanceCount& shown = *table.add_counts();
    shown.set_code(code);
    shown.set_count(count);
  }
  table.set_withheld(pb::AppearanceTable::NOTHING);
  if (figures.withheld == Figures::Withheld::kSomeOutcomes) {
    say(pb::AppearanceTable::SOME_OUTCOMES,
        absl::StrCat("ce qui n'est pas nommé est retenu, ou n'a concerné personne : un chiffre sur "
                     "moins de ",
                     kFirmsMin, " entreprises, ou un autre dont il se déduirait"),
        absl::StrCat("what is not named is withheld, or was nobody: a figure about fewer than ",
                     kFirmsMin, " firms, or another from which it would follow"));
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
            FillEvidence(rulebook, need_id, one.criterion, shown);
          }
        }
      }
    }
  }
  return readings;
}

absl::StatusOr<pb::Appearances> InsightService::Appearances(
    const pb::Offering& offering, const catalog::Snapshot& snapshot) const {
  const audit::Database& database = workflow_->dataset().database();
  const decision::Uid uid = UidOf(offering.uid());
  pb::Appearances appearances;
  if (database.entry_count() == 0) return appearances;
  // The log's own time: what is written in it later is never earlier, whatever the clock does.
  const auto day_of = [](const audit::LoggedEntry& entry) {
    return base::ParisDay(absl::FromUnixMicros(entry.time_us));
  };
  ASSIGN_OR_RETURN(const audit::LoggedEntry newest, database.ReadEntry(database.entry_count() - 1));
  const base::DayNumber open = QuarterOf(day_of(newest));
  SetDay(open, *appearances.mutable_open_since());
  base::DayNumber oldest = base::AddMonths(open, -3 * kQuartersMax);

  // Backwards, by need and then by quarter, the newest first.
  std::map<std::string, std::map<base::DayNumber, Quarter, std::greater<>>> quarters;
  int looked_at = 0;
  for (int64_t index = database.entry_count() - 1; index >= 0; --index) {
    ASSIGN_OR_RETURN(const audit::LoggedEntry entry, database.ReadEntry(index));
    if (entry.type != audit::EntryType::kDecision) continue;
    const base::DayNumber first_day = QuarterOf(day_of(entry));
    if (first_day >= open) continue;
    if (first_day < oldest) break;
    ASSIGN_OR_RETURN(const DecisionBody body, DecodeDecisionBody(entry.body));
    std::set<std::string> concerned;
    for (const PublicRanking& ranking : body.rankings) {
      if (std::find(offering.need_ids().begin(), offering.need_ids().end(), ranking.need_id) !=
          offering.need_ids().end()) {
        concerned.insert(ranking.need_id);
      }
    }
    if (concerned.empty()) continue;
    if (++looked_at > kRecommendationsMax) {
      // Half a quarter is none: another one's half would be its difference to the whole.
      oldest = base::AddMonths(first_day, 3);
      break;
    }
    for (const std::string& need_id : concerned) quarters[need_id][first_day];
    const auto unreadable = [&] {
      for (const std::string& need_id : concerned) quarters[need_id][first_day].erased = true;
    };
    const absl::StatusOr<std::vector<std::string>> sections =
        audit::ReadSections(database, workflow_->dataset().keys(), index, kAuditorTier);
    if (absl::IsNotFound(sections.status()) || (sections.ok() && sections->empty())) {
      unreadable();
      continue;
    }
    RETURN_IF_ERROR(sections.status());
    ASSIGN_OR_RETURN(const decision::DecisionRecord record, decision::DecodeRecord((*sections)[0]));
    // Codes are those of the rules of that time.
    const catalog::RulebookEntry* rules = FindRulebook(snapshot, record.rulebook_revision);
    const auto compiled = rules == nullptr ? nullptr : workflow_->Compiled(*rules);
    ASSIGN_OR_RETURN(const std::optional<std::string> state,
                     database.Get(kEngagementFamily, EngagementKey(body.engagement_id)));
    if (compiled == nullptr || !state.has_value()) {
      unreadable();
      continue;
    }
    ASSIGN_OR_RETURN(const EngagementState engagement, DecodeEngagementState(*state));
    for (const decision::RecordedNeed& need : record.needs) {
      if (!concerned.contains(need.need_id)) continue;
      quarters[need.need_id][first_day].outcomes.push_back(
          {.firm = std::string(base::DigestView(engagement.body.subject)),
           .code = OutcomeIn(need, uid, *compiled)});
    }
  }
  for (const auto& [need_id, of_need] : quarters) {
    for (const auto& [first_day, quarter] : of_need) {
      if (first_day < oldest) continue;
      pb::AppearanceTable& table = *appearances.add_tables();
      table.set_need_id(need_id);
      SetDay(first_day, *table.mutable_first_date());
      SetDay(base::AddMonths(first_day, 3) - 1, *table.mutable_last_date());
      SetFigures(quarter, table);
    }
  }
  return appearances;
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
  const std::vector<std::string> hidden = HiddenBy(offering, *snapshot);
  for (pb::Reading& reading : ReadOffering(offering, *rulebook, snapshot->rates, today)) {
    if (!hidden.empty()) {
      // Absent, first of all because of the states; after them what the rules alone would say, and
      // the criteria and the score with which it would be ranked.
      std::vector<std::string> codes = hidden;
      codes.insert(codes.end(), reading.codes().begin(), reading.codes().end());
      reading.mutable_codes()->Assign(codes.begin(), codes.end());
      reading.set_standing(pb::Reading::ABSENT);
    }
    *insight.add_readings() = std::move(reading);
  }
  for (pb::RankingGap& gap : RankingGaps(offering, *rulebook, snapshot->rates, today)) {
    *insight.add_ranking_gaps() = std::move(gap);
  }
  for (pb::Gain& gain : Gains(offering, *rulebook, snapshot->rates, today)) {
    *insight.add_gains() = std::move(gain);
  }

  ASSIGN_OR_RETURN(*insight.mutable_appearances(), Appearances(offering, *snapshot));
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
  for (pb::Gain& gain : Gains(proposed, *rulebook, snapshot->rates, today)) {
    *preview.add_gains() = std::move(gain);
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
