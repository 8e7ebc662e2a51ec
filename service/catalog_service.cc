#include "service/catalog_service.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/civil_day.h"
#include "base/hex.h"
#include "base/nearest.h"
#include "base/status.h"
#include "service/errors.h"
#include "service/names.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using SnapshotPointer = std::shared_ptr<const catalog::Snapshot>;

constexpr absl::string_view kMemberPattern = "members/*";
constexpr absl::string_view kOfferingPattern = "members/*/offerings/*";
constexpr absl::string_view kRulebookPattern = "rulebooks/*";
constexpr size_t kNeedIdSizeMax = 32;

void SetTime(int64_t time_us, google::protobuf::Timestamp& timestamp) {
  timestamp.set_seconds(time_us / 1'000'000);
  timestamp.set_nanos(static_cast<int32_t>(time_us % 1'000'000) * 1000);
}

pb::Member Show(const catalog::MemberEntry& entry) {
  pb::Member member = entry.member;
  member.set_revision(entry.revision);
  return member;
}

pb::Offering Show(const catalog::OfferingEntry& entry) {
  pb::Offering offering = entry.offering;
  offering.set_revision(entry.revision);
  SetTime(entry.time_us, *offering.mutable_update_time());
  offering.set_etag(catalog::Etag(entry.digest));
  return offering;
}

pb::RulebookRevision Show(const catalog::RulebookEntry& entry, bool with_snapshot) {
  pb::RulebookRevision revision;
  revision.set_name(RulebookRevisionName(entry.rulebook.rulebook_id(), entry.revision));
  if (with_snapshot) *revision.mutable_snapshot() = entry.rulebook;
  revision.set_digest(base::HexEncode(entry.digest));
  SetTime(entry.time_us, *revision.mutable_create_time());
  return revision;
}

pb::Need Show(const pb::Need& source) {
  pb::Need need = source;
  need.set_name(NeedName(need.need_id()));
  return need;
}

// Adds an issue where a list is asked for by a need that neither the rules in force nor any
// offering name: an empty list would say that nobody serves it. Without rules in force nothing is
// known.
void CheckNeed(const catalog::Snapshot& snapshot, base::DayNumber today, const std::string& need_id,
               std::vector<base::Issue>& issues) {
  constexpr size_t kMeantMax = 5;
  const catalog::RulebookEntry* active = ActiveRulebook(snapshot, today);
  if (need_id.empty() || active == nullptr) return;
  std::vector<std::string> known;
  for (const pb::Need& need : active->rulebook.needs()) {
    if (need.need_id() == need_id) return;
    known.push_back(need.need_id());
  }
  for (const auto& [name, entry] : snapshot.offerings) {
    const auto& needs = entry->offering.need_ids();
    if (std::find(needs.begin(), needs.end(), need_id) != needs.end()) return;
  }
  const size_t count = known.size();
  const std::string meant = absl::StrJoin(base::Meant(need_id, std::move(known), kMeantMax), ", ");
  issues.push_back({"need_id", "UNKNOWN_NEED",
                    absl::StrCat("Besoin « ", need_id, " » inconnu",
                                 meant.empty() ? "" : absl::StrCat(" ; proches : ", meant),
                                 " ; il y en a ", count, ", que donne la liste des besoins."),
                    absl::StrCat("There is no need \"", need_id, "\"",
                                 meant.empty() ? "" : absl::StrCat("; near: ", meant),
                                 "; there are ", count, ", which the list of needs has.")});
}

// The revision that a page token of ours goes on before; the newest without one.
absl::StatusOr<int64_t> RevisionBefore(const PagePlace& place) {
  int64_t before = INT64_MAX;
  if (!place.after.empty() && !absl::SimpleAtoi(place.after, &before)) {
    return absl::InternalError("a page token of ours has no number");
  }
  return before;
}

}  // namespace

CatalogService::CatalogService(const catalog::Store* store, const base::Clock* clock)
    : store_(store), clock_(clock) {}

absl::StatusOr<SnapshotPointer> CatalogService::SnapshotOf(const PagePlace& place) const {
  if (place.revision < 0) return store_->snapshot();
  auto snapshot = store_->SnapshotAt(place.revision);
  if (absl::IsOutOfRange(snapshot.status())) {
    return MakeError(Reason::kPageTokenInvalid,
                     "page_token is of a catalogue that this server does not have: start again "
                     "without a token.");
  }
  return snapshot;
}

absl::StatusOr<SnapshotPointer> CatalogService::SnapshotAt(int64_t revision) const {
  if (revision < 0) {
    return BadRequest({{"catalog_revision", "OUT_OF_RANGE", "0 (maintenant) ou une révision.",
                        "0 (now) or a revision."}});
  }
  if (revision == 0) return store_->snapshot();
  auto past = store_->SnapshotAt(revision);
  if (!absl::IsOutOfRange(past.status())) return past;
  const std::string asked = absl::StrCat(revision);
  return WithPrecondition(MakeError(Reason::kRevisionUnavailable,
                                    absl::StrCat("catalogue revision ", asked, ": the newest is ",
                                                 store_->snapshot()->revision, "."),
                                    {{"what", "catalogue revision"}, {"asked", asked}}),
                          Info(Reason::kRevisionUnavailable).word, asked,
                          "ask for a revision that exists");
}

absl::StatusOr<SnapshotPointer> CatalogService::SnapshotOfList(const PagePlace& place,
                                                               int64_t revision) const {
  return place.revision < 0 ? SnapshotAt(revision) : SnapshotOf(place);
}

absl::StatusOr<const catalog::RulebookEntry*> CatalogService::Active(
    const catalog::Snapshot& snapshot) const {
  const base::DayNumber today = base::ParisDay(clock_->Now());
  const catalog::RulebookEntry* entry = ActiveRulebook(snapshot, today);
  if (entry != nullptr) return entry;
  const std::string day = base::FormatDay(today);
  return WithPrecondition(
      MakeError(Reason::kRevisionUnavailable,
                absl::StrCat("No rulebook of the catalogue is in force on ", day, "."),
                {{"what", "rulebook in force on"}, {"asked", day}}),
      Info(Reason::kRevisionUnavailable).word, day, "register a rulebook that is in force");
}

absl::StatusOr<pb::Catalog> CatalogService::GetCatalog(const Call&,
                                                       const pb::GetCatalogRequest& request) const {
  if (request.name() != "catalog") {
    return BadRequest(
        {{"name", "INVALID_NAME", "Attendu : \"catalog\".", "Expected: \"catalog\"."}});
  }
  ASSIGN_OR_RETURN(const SnapshotPointer snapshot, SnapshotAt(request.catalog_revision()));
  pb::Catalog answer;
  answer.set_name("catalog");
  answer.set_revision(snapshot->revision);
  if (const auto* active = ActiveRulebook(*snapshot, base::ParisDay(clock_->Now()))) {
    answer.set_rulebook_revision(
        RulebookRevisionName(active->rulebook.rulebook_id(), active->revision));
  }
  std::set<absl::string_view> groups;
  int32_t members = 0;
  bool fictional = false;
  for (const auto& [name, entry] : snapshot->members) {
    fictional = fictional || entry->member.fictional();
    if (entry->member.state() == pb::Member::ACTIVE && !entry->member.listed_only()) ++members;
  }
  int32_t offerings = 0;
  for (const auto& [name, entry] : snapshot->offerings) {
    if (entry->offering.state() != pb::Offering::PUBLISHED) continue;
    ++offerings;
    const auto member = snapshot->members.find(name.substr(0, name.find("/offerings/")));
    if (member != snapshot->members.end()) {
      groups.insert(member->second->member.ownership_group_uid());
    }
  }
  answer.set_member_count(members);
  answer.set_offering_count(offerings);
  answer.set_ownership_group_count(static_cast<int32_t>(groups.size()));
  if (snapshot->law_table != nullptr) *answer.mutable_law_table() = snapshot->law_table->table;
  if (snapshot->rates != nullptr) *answer.mutable_exchange_rates() = snapshot->rates->table;
  answer.set_fictional(fictional);
  SetTime(snapshot->time_us, *answer.mutable_update_time());
  answer.set_state_digest(base::HexEncode(snapshot->state_digest));
  return answer;
}

absl::StatusOr<pb::Member> CatalogService::GetMember(const Call&,
                                                     const pb::GetMemberRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kMemberPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const SnapshotPointer snapshot, SnapshotAt(request.catalog_revision()));
  const auto it = snapshot->members.find(request.name());
  if (it == snapshot->members.end()) return NotFound("member", request.name());
  return Show(*it->second);
}

absl::StatusOr<pb::ListMembersResponse> CatalogService::ListMembers(
    const Call& call, const pb::ListMembersRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t size = PageSize(request.page_size(), issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method,
                                              absl::StrCat(request.catalog_revision())};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  ASSIGN_OR_RETURN(const SnapshotPointer snapshot,
                   SnapshotOfList(place, request.catalog_revision()));
  pb::ListMembersResponse response;
  Page page(size, snapshot->revision, arguments, response.mutable_members(),
            response.mutable_next_page_token());
  for (auto it = snapshot->members.upper_bound(place.after); it != snapshot->members.end(); ++it) {
    if (!page.Add(it->first, Show(*it->second))) break;
  }
  return response;
}

absl::StatusOr<pb::Offering> CatalogService::GetOffering(
    const Call&, const pb::GetOfferingRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kOfferingPattern, issues);
  if (request.catalog_revision() < 0) {
    issues.push_back({"catalog_revision", "OUT_OF_RANGE", "0 (maintenant) ou une révision.",
                      "0 (now) or a revision."});
  }
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const SnapshotPointer snapshot, SnapshotAt(request.catalog_revision()));
  const auto it = snapshot->offerings.find(request.name());
  if (it == snapshot->offerings.end()) return NotFound("offering", request.name());
  return Show(*it->second);
}

absl::StatusOr<pb::ListOfferingsResponse> CatalogService::ListOfferings(
    const Call& call, const pb::ListOfferingsRequest& request) const {
  std::vector<base::Issue> issues;
  const auto ids = RequireName("parent", request.parent(), kMemberPattern, issues, true);
  const int32_t size = PageSize(request.page_size(), issues);
  if (request.need_id().size() > kNeedIdSizeMax) {
    issues.push_back(
        {"need_id", "TEXT_TOO_LONG", "32 caractères au plus.", "At most 32 characters."});
  }
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, request.parent(), request.need_id(),
                                              absl::StrCat(request.catalog_revision())};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  ASSIGN_OR_RETURN(const SnapshotPointer snapshot,
                   SnapshotOfList(place, request.catalog_revision()));
  if (place.after.empty()) {
    CheckNeed(*snapshot, base::ParisDay(clock_->Now()), request.need_id(), issues);
    if (!issues.empty()) return BadRequest(issues);
  }
  const bool all = (*ids)[0] == "-";
  const std::string prefix = all ? "members/" : absl::StrCat(request.parent(), "/offerings/");
  if (!all && snapshot->members.find(request.parent()) == snapshot->members.end()) {
    return NotFound("member", request.parent());
  }
  pb::ListOfferingsResponse response;
  Page page(size, snapshot->revision, arguments, response.mutable_offerings(),
            response.mutable_next_page_token());
  for (auto it = snapshot->offerings.upper_bound(std::max(place.after, prefix));
       it != snapshot->offerings.end() && absl::StartsWith(it->first, prefix); ++it) {
    const auto& needs = it->second->offering.need_ids();
    if (!request.need_id().empty() &&
        std::find(needs.begin(), needs.end(), request.need_id()) == needs.end()) {
      continue;
    }
    pb::Offering offering = Show(*it->second);
    offering.clear_long_description();
    if (!page.Add(it->first, std::move(offering))) break;
  }
  return response;
}

absl::StatusOr<pb::ListOfferingRevisionsResponse> CatalogService::ListOfferingRevisions(
    const Call& call, const pb::ListOfferingRevisionsRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("parent", request.parent(), kOfferingPattern, issues);
  const int32_t size = PageSize(request.page_size(), issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, request.parent()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  ASSIGN_OR_RETURN(const std::vector<int64_t> revisions, store_->ListRevisions(request.parent()));
  if (revisions.empty()) return NotFound("offering", request.parent());
  ASSIGN_OR_RETURN(const int64_t before, RevisionBefore(place));
  pb::ListOfferingRevisionsResponse response;
  Page page(size, -1, arguments, response.mutable_offering_revisions(),
            response.mutable_next_page_token());
  for (const int64_t revision : revisions) {
    if (revision >= before) continue;
    ASSIGN_OR_RETURN(const auto entry, store_->ReadOffering(request.parent(), revision));
    pb::OfferingRevision shown;
    shown.set_name(absl::StrCat(request.parent(), "/revisions/", revision));
    *shown.mutable_snapshot() = Show(*entry);
    SetTime(entry->time_us, *shown.mutable_create_time());
    if (!page.Add(absl::StrCat(revision), std::move(shown))) break;
  }
  return response;
}

absl::StatusOr<pb::Need> CatalogService::GetNeed(const Call&,
                                                 const pb::GetNeedRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), "needs/*", issues);
  if (!issues.empty()) return BadRequest(issues);
  const SnapshotPointer snapshot = store_->snapshot();
  ASSIGN_OR_RETURN(const catalog::RulebookEntry* active, Active(*snapshot));
  for (const pb::Need& need : active->rulebook.needs()) {
    if (NeedName(need.need_id()) == request.name()) return Show(need);
  }
  return NotFound("need", request.name());
}

absl::StatusOr<pb::ListNeedsResponse> CatalogService::ListNeeds(
    const Call& call, const pb::ListNeedsRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t size = PageSize(request.page_size(), issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  ASSIGN_OR_RETURN(const SnapshotPointer snapshot, SnapshotOf(place));
  ASSIGN_OR_RETURN(const catalog::RulebookEntry* active, Active(*snapshot));
  // One digit of the stage before the id sorts as the list does.
  std::vector<std::pair<std::string, const pb::Need*>> needs;
  for (const pb::Need& need : active->rulebook.needs()) {
    needs.emplace_back(absl::StrCat(need.stage(), need.need_id()), &need);
  }
  std::sort(needs.begin(), needs.end());
  pb::ListNeedsResponse response;
  Page page(size, snapshot->revision, arguments, response.mutable_needs(),
            response.mutable_next_page_token());
  for (const auto& [key, need] : needs) {
    if (key > place.after && !page.Add(key, Show(*need))) break;
  }
  return response;
}

absl::StatusOr<pb::RulebookRevision> CatalogService::GetRulebookRevision(
    const Call&, const pb::GetRulebookRevisionRequest& request) const {
  const SnapshotPointer snapshot = store_->snapshot();
  if (const auto ids = ParseName(request.name(), "rulebooks/*/revisions/active")) {
    ASSIGN_OR_RETURN(const catalog::RulebookEntry* active, Active(*snapshot));
    if (active->rulebook.rulebook_id() != (*ids)[0]) return NotFound("rulebook", request.name());
    return Show(*active, true);
  }
  std::vector<base::Issue> issues;
  const auto ids = RequireName("name", request.name(), "rulebooks/*/revisions/#", issues);
  if (!issues.empty()) return BadRequest(issues);
  const catalog::RulebookEntry* entry = FindRulebook(*snapshot, RevisionNumber((*ids)[1]));
  if (entry == nullptr || entry->rulebook.rulebook_id() != (*ids)[0]) {
    return NotFound("rulebook revision", request.name());
  }
  return Show(*entry, true);
}

absl::StatusOr<pb::ListRulebookRevisionsResponse> CatalogService::ListRulebookRevisions(
    const Call& call, const pb::ListRulebookRevisionsRequest& request) const {
  std::vector<base::Issue> issues;
  const auto ids = RequireName("parent", request.parent(), kRulebookPattern, issues);
  const int32_t size = PageSize(request.page_size(), issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, request.parent()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  ASSIGN_OR_RETURN(const SnapshotPointer snapshot, SnapshotOf(place));
  ASSIGN_OR_RETURN(const int64_t before, RevisionBefore(place));
  pb::ListRulebookRevisionsResponse response;
  Page page(size, snapshot->revision, arguments, response.mutable_rulebook_revisions(),
            response.mutable_next_page_token());
  bool known = false;
  for (auto it = snapshot->rulebooks.rbegin(); it != snapshot->rulebooks.rend(); ++it) {
    if (it->second->rulebook.rulebook_id() != (*ids)[0]) continue;
    known = true;
    if (it->first < before && !page.Add(absl::StrCat(it->first), Show(*it->second, false))) break;
  }
  if (!known) return NotFound("rulebook", request.parent());
  return response;
}

}  // namespace aplomb::service
