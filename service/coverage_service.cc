#include "service/coverage_service.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/civil_day.h"
#include "base/status.h"
#include "catalog/code_lists.h"
#include "decision/decide.h"
#include "service/dataset.h"
#include "service/decision_cache.h"
#include "service/errors.h"
#include "service/names.h"
#include "service/workflow.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

// Where an offering's member stands, by the offering's UUID.
struct Owner {
  std::string member;
  std::string group;
};
std::map<decision::Uid, Owner> OwnersOf(const catalog::Snapshot& snapshot,
                                        const decision::BlindCatalog& blind) {
  std::map<decision::Uid, Owner> owners;
  for (size_t row = 0; row < blind.names.size(); ++row) {
    const std::string member = MemberNameOf(blind.names[row]);
    const auto found = snapshot.members.find(member);
    if (found == snapshot.members.end()) continue;
    owners[blind.offering_uids[row]] = {member, found->second->member.ownership_group_uid()};
  }
  return owners;
}

pb::CoverageCell CellOf(const decision::RecordedNeed& need,
                        const std::map<decision::Uid, Owner>& owners) {
  std::set<std::string> members;
  std::set<std::string> groups;
  std::set<std::string> lacking;
  std::set<decision::Uid> offerings;
  for (const decision::RecordedRanking& ranking : need.rankings) {
    for (const decision::RecordedRanked& one : ranking.ranked) {
      const auto owner = owners.find(one.offering);
      if (owner == owners.end()) continue;
      offerings.insert(one.offering);
      members.insert(owner->second.member);
      groups.insert(owner->second.group);
    }
    for (const decision::RecordedUnranked& one : ranking.to_confirm) {
      const auto owner = owners.find(one.offering);
      if (owner != owners.end()) lacking.insert(owner->second.group);
    }
  }
  pb::CoverageCell cell;
  cell.set_member_count(static_cast<int32_t>(members.size()));
  cell.set_group_count(static_cast<int32_t>(groups.size()));
  cell.set_offering_count(static_cast<int32_t>(offerings.size()));
  cell.set_to_confirm_group_count(static_cast<int32_t>(std::count_if(
      lacking.begin(), lacking.end(), [&](const auto& group) { return !groups.contains(group); })));
  return cell;
}

// What follows from the gaps.
void AddRecruiting(pb::CoverageMatrix& coverage) {
  std::map<std::string, pb::RecruitingLine> lines;
  for (const pb::CoverageCell& cell : coverage.cells()) {
    if (!cell.gap()) continue;
    pb::RecruitingLine& line = lines[cell.need_id()];
    line.set_need_id(cell.need_id());
    line.set_gap_count(line.gap_count() + 1);
    line.set_missing_group_count(
        std::max(line.missing_group_count(), coverage.group_count_min() - cell.group_count()));
    line.set_to_confirm_group_count(
        std::max(line.to_confirm_group_count(), cell.to_confirm_group_count()));
    if (std::find(line.region_codes().begin(), line.region_codes().end(), cell.region_code()) ==
        line.region_codes().end()) {
      line.add_region_codes(cell.region_code());
    }
    if (std::find(line.size_classes().begin(), line.size_classes().end(), cell.size_class()) ==
        line.size_classes().end()) {
      line.add_size_classes(cell.size_class());
    }
  }
  std::vector<pb::RecruitingLine> sorted;
  for (auto& [need, line] : lines) sorted.push_back(std::move(line));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.gap_count() > b.gap_count(); });
  for (pb::RecruitingLine& line : sorted) *coverage.add_recruiting() = std::move(line);
}

}  // namespace

absl::Span<const type::SizeClass> CoverageSizes() {
  static constexpr type::SizeClass kSizes[] = {type::SOLO, type::MICRO, type::SMALL, type::MEDIUM};
  return kSizes;
}

type::FirmProfile ReferenceFirm(absl::string_view region_code, type::SizeClass size_class) {
  type::FirmProfile profile;
  profile.set_region_code(std::string(region_code));
  // In the middle of each class.
  const int32_t staff = size_class == type::SOLO    ? 0
                        : size_class == type::MICRO ? 5
                        : size_class == type::SMALL ? 25
                                                    : 120;
  profile.set_staff_count(staff);
  return profile;
}

pb::CoverageMatrix ComputeCoverage(const catalog::Snapshot& snapshot,
                                   const decision::CompiledRulebook& rulebook,
                                   const decision::BlindCatalog& blind, absl::string_view need_id,
                                   int32_t group_count_min) {
  pb::CoverageMatrix coverage;
  coverage.set_catalog_revision(snapshot.revision);
  coverage.set_group_count_min(group_count_min);
  SetDay(blind.as_of_day, *coverage.mutable_day());
  const std::map<decision::Uid, Owner> owners = OwnersOf(snapshot, blind);
  const type::WeightChoice weights;
  int32_t gaps = 0;
  for (const pb::Need& need : rulebook.source.needs()) {
    if (!need_id.empty() && need.need_id() != need_id) continue;
    std::vector<type::NeedRequest> needs(1);
    needs[0].set_need_id(need.need_id());
    for (const catalog::CodeEntry& region : catalog::CodeListEntries("regions")) {
      for (const type::SizeClass size_class : CoverageSizes()) {
        const type::FirmProfile profile = ReferenceFirm(region.code, size_class);
        const decision::DecisionRecord record = decision::Decide(
            {.profile = profile, .needs = needs, .weights = weights, .as_of_day = blind.as_of_day},
            {.snapshot = snapshot, .rulebook = rulebook, .rulebook_revision = 0, .blind = blind},
            {});
        pb::CoverageCell& cell = *coverage.add_cells();
        cell = CellOf(record.needs[0], owners);
        cell.set_need_id(need.need_id());
        cell.set_region_code(std::string(region.code));
        cell.set_size_class(size_class);
        cell.set_gap(cell.group_count() < group_count_min);
        gaps += cell.gap() ? 1 : 0;
      }
    }
  }
  coverage.set_cell_count(coverage.cells_size());
  coverage.set_gap_count(gaps);
  AddRecruiting(coverage);
  return coverage;
}

absl::StatusOr<pb::CoverageMatrix> CoverageService::GetCoverage(
    const Call&, const pb::GetCoverageRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t minimum =
      request.group_count_min() == 0 ? kCoverageGroupsDefault : request.group_count_min();
  if (minimum < 1 || minimum > kCoverageGroupsMax) {
    issues.push_back({"group_count_min", "OUT_OF_RANGE",
                      absl::StrCat("De 1 à ", kCoverageGroupsMax, "."),
                      absl::StrCat("1 to ", kCoverageGroupsMax, ".")});
  }
  if (request.catalog_revision() < 0) {
    issues.push_back({"catalog_revision", "OUT_OF_RANGE", "0 (maintenant) ou une révision.",
                      "0 (now) or a revision."});
  }
  if (!issues.empty()) return BadRequest(issues);
  std::shared_ptr<const catalog::Snapshot> snapshot = dataset_->store().snapshot();
  const auto unavailable = [](const std::string& what, const std::string& asked) {
    return WithPrecondition(
        MakeError(Reason::kRevisionUnavailable, absl::StrCat(what, " ", asked, " is not there."),
                  {{"what", what}, {"asked", asked}}),
        Info(Reason::kRevisionUnavailable).word, asked, "ask for a revision that exists");
  };
  if (request.catalog_revision() > 0) {
    auto past = dataset_->store().SnapshotAt(request.catalog_revision());
    if (absl::IsOutOfRange(past.status())) {
      return unavailable("catalogue revision", absl::StrCat(request.catalog_revision()));
    }
    RETURN_IF_ERROR(past.status());
    snapshot = *std::move(past);
  }
  const base::DayNumber today = base::ParisDay(clock_->Now());
  const catalog::RulebookEntry* active = ActiveRulebook(*snapshot, today);
  if (active == nullptr) return unavailable("rulebook in force on", base::FormatDay(today));
  ASSIGN_OR_RETURN(const auto rulebook, cache_->Compiled(*active));
  if (!request.need_id().empty() && !rulebook->need_ordinals.contains(request.need_id())) {
    return NotFound("need", request.need_id());
  }
  const auto blind = cache_->Blind(*snapshot, *rulebook, today);
  pb::CoverageMatrix coverage =
      ComputeCoverage(*snapshot, *rulebook, *blind, request.need_id(), minimum);
  coverage.set_rulebook_revision(
      RulebookRevisionName(active->rulebook.rulebook_id(), active->revision));
  if (request.gaps_only()) {
    auto& cells = *coverage.mutable_cells();
    cells.erase(
        std::remove_if(cells.begin(), cells.end(), [](const auto& cell) { return !cell.gap(); }),
        cells.end());
  }
  return coverage;
}

}  // namespace aplomb::service
