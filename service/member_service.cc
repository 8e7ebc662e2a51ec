#include "service/member_service.h"

#include <google/protobuf/util/field_mask_util.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "catalog/import/validate.h"
#include "catalog/proposals/claims_due.h"
#include "catalog/proposals/duplicates.h"
#include "catalog/proposals/vocabulary.h"
#include "catalog/proposals/working_days.h"
#include "service/advisor_entries.h"
#include "service/errors.h"
#include "service/names.h"
#include "service/paging.h"
#include "service/workflow.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using google::protobuf::RepeatedPtrField;
using google::protobuf::util::FieldMaskUtil;
using proposals::Party;
using proposals::State;
using proposals::Verb;
using SnapshotPointer = std::shared_ptr<const catalog::Snapshot>;

constexpr absl::string_view kMemberPattern = "members/*";
constexpr absl::string_view kOfferingPattern = "members/*/offerings/*";
// Reminders of one call of ApplyDue: the log's other writers wait meanwhile.
constexpr int32_t kRemindersAtOnceMax = 1000;

// One decision about a member or an offering, as it is asked for.
struct Decision {
  std::string name;
  Verb verb = Verb::kSuspend;
  Party party = Party::kOperator;
  std::string actor;
  RepeatedPtrField<std::string> reason_codes;
  int32_t days_ahead = 0;  // until it holds
  std::string field = "";  // of a reminder
};

absl::Status AppendNotice(audit::StageContext& context, const Decision& decision) {
  const base::DayNumber today = base::ParisDay(absl::FromUnixMicros(context.time_us()));
  pb::NoticeRecord notice;
  notice.set_name(decision.name);
  notice.set_verb(std::string(proposals::VerbWord(decision.verb)));
  notice.set_actor(decision.actor);
  *notice.mutable_reason_codes() = decision.reason_codes;
  notice.set_effective_day(today + decision.days_ahead);
  notice.set_time_us(context.time_us());
  notice.set_field(decision.field);
  return context
      .Append(audit::EntryType::kReview,
              EncodeWorkflowBody(BodyKind::kNotice, decision.name, notice))
      .status();
}

// The state of a member changes, and the notice says why: two entries, one step.
catalog::StageFunction ChangeMember(const SnapshotPointer& snapshot, Decision decision) {
  return [snapshot, decision = std::move(decision)](audit::StageContext& context) -> absl::Status {
    const auto found = snapshot->members.find(decision.name);
    if (found == snapshot->members.end()) return NotFound("member", decision.name);
    ASSIGN_OR_RETURN(const State next,
                     Step(decision.name, proposals::StateOf(found->second->member.state()),
                          decision.verb, decision.party));
    pb::Member member = found->second->member;
    member.set_state(proposals::MemberStateOf(next));
    RETURN_IF_ERROR(catalog::PutMember(
        std::move(member), {.expected_etag = catalog::Etag(found->second->digest)})(context));
    return AppendNotice(context, decision);
  };
}

catalog::StageFunction ChangeOffering(const SnapshotPointer& snapshot, Decision decision) {
  return [snapshot, decision = std::move(decision)](audit::StageContext& context) -> absl::Status {
    const auto found = snapshot->offerings.find(decision.name);
    if (found == snapshot->offerings.end()) return NotFound("offering", decision.name);
    ASSIGN_OR_RETURN(const State next,
                     Step(decision.name, proposals::StateOf(found->second->offering.state()),
                          decision.verb, decision.party));
    pb::Offering offering = found->second->offering;
    offering.set_state(proposals::OfferingStateOf(next));
    RETURN_IF_ERROR(catalog::PutOffering(
        std::move(offering), {.expected_etag = catalog::Etag(found->second->digest)})(context));
    return AppendNotice(context, decision);
  };
}

absl::StatusOr<pb::Member> ShowMember(const Workflow& workflow, const std::string& name) {
  const SnapshotPointer now = workflow.snapshot();
  const auto found = now->members.find(name);
  if (found == now->members.end()) return NotFound("member", name);
  pb::Member member = found->second->member;
  member.set_revision(found->second->revision);
  return member;
}

absl::StatusOr<pb::Offering> ShowOffering(const Workflow& workflow, const std::string& name) {
  const SnapshotPointer now = workflow.snapshot();
  const auto found = now->offerings.find(name);
  if (found == now->offerings.end()) return NotFound("offering", name);
  pb::Offering offering = found->second->offering;
  offering.set_revision(found->second->revision);
  SetTime(found->second->time_us, *offering.mutable_update_time());
  offering.set_etag(catalog::Etag(found->second->digest));
  return offering;
}

// Name, request id and, where they are asked for, reasons.
template <typename Request>
std::vector<base::Issue> CheckForm(const Request& request, absl::string_view pattern) {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), pattern, issues);
  CheckRequestId(request.request_id(), issues);
  return issues;
}
template <typename Request>
std::vector<base::Issue> CheckFormAndReasons(const Request& request, absl::string_view pattern) {
  std::vector<base::Issue> issues = CheckForm(request, pattern);
  CheckCodes("reason_codes", request.reason_codes(), proposals::SuspensionReasons(), issues);
  return issues;
}

pb::Notice ShowNotice(const pb::NoticeRecord& record, int64_t entry) {
  pb::Notice notice;
  notice.set_subject(record.name());
  notice.set_verb(record.verb());
  *notice.mutable_reason_codes() = record.reason_codes();
  SetDay(record.effective_day(), *notice.mutable_effective_date());
  SetTime(record.time_us(), *notice.mutable_time());
  notice.set_log_entry(entry);
  notice.set_field(record.field());
  return notice;
}

// What is wrong with a member, under the names of the request.
void CheckRegister(const pb::Member& member, std::vector<base::Issue>& issues) {
  base::Issues found;
  catalog::ValidateMember(member, &found);
  for (base::Issue issue : found.list()) {
    issue.field = issue.field == "name" ? "member_id" : base::JoinField("member", issue.field);
    issues.push_back(std::move(issue));
  }
  const std::vector<absl::string_view> known = proposals::Families();
  for (int i = 0; i < std::min(member.families_size(), catalog::kMemberFamiliesMax); ++i) {
    if (std::find(known.begin(), known.end(), member.families(i)) != known.end()) continue;
    const std::string list = absl::StrJoin(known, " ");
    issues.push_back({absl::StrCat("member.families[", i, "]"), "UNKNOWN_CODE",
                      absl::StrCat("famille inconnue ; admises : ", list),
                      absl::StrCat("unknown family; allowed: ", list)});
  }
}

// Nobody takes the name or the number of another member. `before` is what the register says of this
// member now (nothing of a new one): what is not changed is not asked about. Who comes back after
// the end of a membership, with the same SIREN, takes its name along.
void CheckIdentity(const pb::Member& member, const pb::Member& before,
                   const catalog::Snapshot& snapshot, std::vector<base::Issue>& issues) {
  const auto looks_of = [](const std::string& name) {
    std::string skeleton = proposals::Skeleton(name);
    return skeleton.empty() ? name : skeleton;  // of signs alone
  };
  const std::string looks = looks_of(member.display_name());
  const bool named = !looks.empty() && member.display_name() != before.display_name();
  const bool numbered = !member.siren().empty() && member.siren() != before.siren();
  std::string same_name;
  std::string same_siren;
  for (const auto& [name, entry] : snapshot.members) {
    if (name == member.name()) continue;
    const pb::Member& other = entry->member;
    const bool siren = !member.siren().empty() && other.siren() == member.siren();
    if (siren && other.state() == pb::Member::ENDED) continue;
    if (numbered && siren && same_siren.empty()) same_siren = name;
    if (named && same_name.empty() && looks_of(other.display_name()) == looks) same_name = name;
  }
  if (!same_name.empty()) {
    issues.push_back(
        {"member.display_name", "DUPLICATE",
         absl::StrCat("se lit comme le nom de ", same_name, " : prenez un nom qui s'en distingue"),
         absl::StrCat("reads like the name of ", same_name, ": take a name that differs")});
  }
  if (!same_siren.empty()) {
    issues.push_back({"member.siren", "DUPLICATE", absl::StrCat("est celui de ", same_siren),
                      absl::StrCat("is that of ", same_siren)});
  }
}

// What `mask` names of `given`, over what is there. Who it is, how it stands and what the catalogue
// writes itself are not the register's to change.
pb::Member Updated(const pb::Member& there, const pb::UpdateMemberRequest& request,
                   std::vector<base::Issue>& issues) {
  const pb::Member& given = request.member();
  google::protobuf::FieldMask mask;
  const auto& paths = request.update_mask().paths();
  const bool whole = std::find(paths.begin(), paths.end(), "*") != paths.end();
  const google::protobuf::Descriptor& type = *pb::Member::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = type.field(i);
    const bool set = field->is_repeated() ? given.GetReflection()->FieldSize(given, field) > 0
                                          : given.GetReflection()->HasField(given, field);
    if (whole || (paths.empty() && set)) mask.add_paths(field->name());
  }
  for (int i = 0; i < paths.size() && !whole; ++i) {
    if (FieldMaskUtil::IsValidPath<pb::Member>(paths[i])) {
      mask.add_paths(paths[i]);
      continue;
    }
    issues.push_back(
        {absl::StrCat("update_mask.paths[", i, "]"), "UNKNOWN_FIELD_PATH",
         absl::StrCat("\"", paths[i].substr(0, 80), "\" n'est pas un champ d'un membre"),
         absl::StrCat("\"", paths[i].substr(0, 80), "\" is not a field of a member")});
  }
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  pb::Member result = there;
  FieldMaskUtil::MergeMessageTo(given, mask, options, &result);
  result.set_name(there.name());
  result.set_uid(there.uid());
  result.set_state(there.state());
  result.set_fictional(there.fictional());
  result.set_revision(there.revision());
  if (result.ownership_group_uid().empty()) {
    result.set_ownership_group_uid(there.ownership_group_uid());
  }
  result.clear_create_time();
  if (there.has_create_time()) *result.mutable_create_time() = there.create_time();
  return result;
}

absl::StatusOr<int64_t> EntryOfKey(absl::string_view key) {
  base::ByteReader reader(key.substr(key.size() - std::min<size_t>(8, key.size())));
  return reader.I64();
}

absl::StatusOr<pb::NoticeRecord> ParseNotice(absl::string_view bytes) {
  pb::NoticeRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("not a notice");
  }
  return record;
}

}  // namespace

void MemberService::RegisterMember(const Call& call, const pb::RegisterMemberRequest& request,
                                   Done<pb::Member> done) {
  std::vector<base::Issue> issues;
  CheckRequestId(request.request_id(), issues);
  pb::Member member = request.member();
  member.set_name(absl::StrCat("members/", request.member_id()));
  member.set_state(pb::Member::ACTIVE);
  if (member.uid().empty()) member.set_uid(workflow_->random().Uuid4());
  if (member.ownership_group_uid().empty()) {
    member.set_ownership_group_uid(workflow_->random().Uuid4());
  }
  CheckRegister(member, issues);
  CheckIdentity(member, pb::Member(), *workflow_->snapshot(), issues);
  if (!issues.empty()) return done(BadRequest(issues));
  const Decision decision{.name = member.name(),
                          .verb = Verb::kRegister,
                          .party = Party::kOperator,
                          .actor = call.caller.Id(),
                          .reason_codes = {},
                          .days_ahead = 0};
  const auto stage = [this, member, decision](audit::StageContext& context) -> absl::Status {
    // Somebody may have been registered since it was looked at.
    std::vector<base::Issue> taken;
    CheckIdentity(member, pb::Member(), *workflow_->snapshot(), taken);
    if (!taken.empty()) return BadRequest(taken);
    RETURN_IF_ERROR(Step(member.name(), State::kNoMember, decision.verb, decision.party).status());
    RETURN_IF_ERROR(catalog::PutMember(member, {.expected_etag = ""})(context));
    return AppendNotice(context, decision);
  };
  workflow_->Run<pb::Member>(
      call, request.request_id(), stage,
      [this](const std::string& name) { return ShowMember(*workflow_, name); }, std::move(done));
}

void MemberService::UpdateMember(const Call& call, const pb::UpdateMemberRequest& request,
                                 Done<pb::Member> done) {
  std::vector<base::Issue> issues;
  CheckRequestId(request.request_id(), issues);
  const std::string& name = request.member().name();
  RequireName("member.name", name, kMemberPattern, issues);
  if (!issues.empty()) return done(BadRequest(issues));
  const SnapshotPointer now = workflow_->snapshot();
  const auto found = now->members.find(name);
  if (found == now->members.end()) return done(NotFound("member", name));
  const pb::Member updated = Updated(found->second->member, request, issues);
  CheckRegister(updated, issues);
  CheckIdentity(updated, found->second->member, *now, issues);
  if (!issues.empty()) return done(BadRequest(issues));
  const Decision decision{.name = name,
                          .verb = Verb::kUpdate,
                          .party = Party::kOperator,
                          .actor = call.caller.Id(),
                          .reason_codes = {},
                          .days_ahead = 0};
  const auto stage = [updated, decision, digest = found->second->digest](
                         audit::StageContext& context) -> absl::Status {
    RETURN_IF_ERROR(
        Step(decision.name, proposals::StateOf(updated.state()), decision.verb, decision.party)
            .status());
    RETURN_IF_ERROR(catalog::PutMember(updated, {.expected_etag = catalog::Etag(digest)})(context));
    return AppendNotice(context, decision);
  };
  workflow_->Run<pb::Member>(
      call, request.request_id(), stage,
      [this](const std::string& one) { return ShowMember(*workflow_, one); }, std::move(done));
}

void MemberService::SuspendMember(const Call& call, const pb::SuspendMemberRequest& request,
                                  Done<pb::Member> done) {
  const auto issues = CheckFormAndReasons(request, kMemberPattern);
  if (!issues.empty()) return done(BadRequest(issues));
  workflow_->Run<pb::Member>(
      call, request.request_id(),
      ChangeMember(workflow_->snapshot(), {.name = request.name(),
                                           .verb = Verb::kSuspend,
                                           .party = Party::kOperator,
                                           .actor = call.caller.Id(),
                                           .reason_codes = request.reason_codes(),
                                           .days_ahead = 0}),
      [this](const std::string& name) { return ShowMember(*workflow_, name); }, std::move(done));
}

void MemberService::ReinstateMember(const Call& call, const pb::ReinstateMemberRequest& request,
                                    Done<pb::Member> done) {
  const auto issues = CheckForm(request, kMemberPattern);
  if (!issues.empty()) return done(BadRequest(issues));
  workflow_->Run<pb::Member>(
      call, request.request_id(),
      ChangeMember(workflow_->snapshot(), {.name = request.name(),
                                           .verb = Verb::kReinstate,
                                           .party = Party::kOperator,
                                           .actor = call.caller.Id(),
                                           .reason_codes = {},
                                           .days_ahead = 0}),
      [this](const std::string& name) { return ShowMember(*workflow_, name); }, std::move(done));
}

void MemberService::TerminateMember(const Call& call, const pb::TerminateMemberRequest& request,
                                    Done<pb::Notice> done) {
  const auto issues = CheckFormAndReasons(request, kMemberPattern);
  if (!issues.empty()) return done(BadRequest(issues));
  const Decision decision{.name = request.name(),
                          .verb = Verb::kGiveNotice,
                          .party = Party::kOperator,
                          .actor = call.caller.Id(),
                          .reason_codes = request.reason_codes(),
                          .days_ahead = proposals::kNoticeDays};
  const auto stage = [decision,
                      now = workflow_->snapshot()](audit::StageContext& context) -> absl::Status {
    const auto found = now->members.find(decision.name);
    if (found == now->members.end()) return NotFound("member", decision.name);
    RETURN_IF_ERROR(Step(decision.name, proposals::StateOf(found->second->member.state()),
                         decision.verb, decision.party)
                        .status());
    // Notice is given once: a second one would move the day.
    ASSIGN_OR_RETURN(
        const auto end_day,
        context.state().Get(kNoticeFamily, absl::StrCat(EndDayPrefix(), decision.name)));
    if (end_day.has_value()) {
      ASSIGN_OR_RETURN(const uint32_t day, DecodeCount(end_day));
      const std::string last = base::FormatDay(static_cast<base::DayNumber>(day));
      return WithPrecondition(MakeError(Reason::kStateForbids,
                                        absl::StrCat("\"", decision.name,
                                                     "\" was given notice already: its membership "
                                                     "ends on ",
                                                     last, "."),
                                        {{"name", decision.name},
                                         {"state", "UNDER_NOTICE"},
                                         {"verb", std::string(proposals::VerbWord(decision.verb))},
                                         {"ends", last}}),
                              Info(Reason::kStateForbids).word, decision.name,
                              absl::StrCat("it ends on ", last));
    }
    return AppendNotice(context, decision);
  };
  workflow_->Run<pb::Notice>(
      call, request.request_id(), stage,
      [this](const std::string& name) -> absl::StatusOr<pb::Notice> {
        // The last that was said about the member.
        const std::string prefix = NoticesPrefix(name);
        std::string key;
        std::string value;
        RETURN_IF_ERROR(workflow_->dataset().database().Scan(
            kNoticeFamily, prefix, audit::EndOfPrefix(prefix),
            [&](absl::string_view one, absl::string_view bytes) {
              key = std::string(one);
              value = std::string(bytes);
              return true;
            }));
        ASSIGN_OR_RETURN(const int64_t entry, EntryOfKey(key));
        ASSIGN_OR_RETURN(const pb::NoticeRecord record, ParseNotice(value));
        return ShowNotice(record, entry);
      },
      std::move(done));
}

void MemberService::SuspendOffering(const Call& call, const pb::SuspendOfferingRequest& request,
                                    Done<pb::Offering> done) {
  const auto issues = CheckFormAndReasons(request, kOfferingPattern);
  if (!issues.empty()) return done(BadRequest(issues));
  workflow_->Run<pb::Offering>(
      call, request.request_id(),
      ChangeOffering(workflow_->snapshot(), {.name = request.name(),
                                             .verb = Verb::kSuspend,
                                             .party = Party::kOperator,
                                             .actor = call.caller.Id(),
                                             .reason_codes = request.reason_codes(),
                                             .days_ahead = 0}),
      [this](const std::string& name) { return ShowOffering(*workflow_, name); }, std::move(done));
}

void MemberService::ReinstateOffering(const Call& call, const pb::ReinstateOfferingRequest& request,
                                      Done<pb::Offering> done) {
  const auto issues = CheckForm(request, kOfferingPattern);
  if (!issues.empty()) return done(BadRequest(issues));
  workflow_->Run<pb::Offering>(
      call, request.request_id(),
      ChangeOffering(workflow_->snapshot(), {.name = request.name(),
                                             .verb = Verb::kReinstate,
                                             .party = Party::kOperator,
                                             .actor = call.caller.Id(),
                                             .reason_codes = {},
                                             .days_ahead = 0}),
      [this](const std::string& name) { return ShowOffering(*workflow_, name); }, std::move(done));
}

void MemberService::WithdrawOffering(const Call& call, const pb::WithdrawOfferingRequest& request,
                                     Done<pb::Offering> done) {
  const auto issues = CheckForm(request, kOfferingPattern);
  if (!issues.empty()) return done(BadRequest(issues));
  if (call.reach == Reach::kOwn &&
      MemberNameOf(request.name()) != absl::StrCat("members/", call.caller.subject)) {
    return done(NotOwner(request.name()));
  }
  workflow_->Run<pb::Offering>(
      call, request.request_id(),
      ChangeOffering(workflow_->snapshot(), {.name = request.name(),
                                             .verb = Verb::kWithdraw,
                                             .party = Party::kMember,
                                             .actor = call.caller.Id(),
                                             .reason_codes = {},
                                             .days_ahead = 0}),
      [this](const std::string& name) { return ShowOffering(*workflow_, name); }, std::move(done));
}

void MemberService::PutReviewer(const Call& call, const pb::PutReviewerRequest& request,
                                Done<pb::ReviewerRecord> done) {
  std::vector<base::Issue> issues;
  CheckRequestId(request.request_id(), issues);
  RequireName("reviewer.name", request.reviewer().name(), "reviewers/*", issues);
  if (request.reviewer().interests_size() > kInterestsMax) {
    issues.push_back({"reviewer.interests", "TOO_MANY", absl::StrCat("au plus ", kInterestsMax),
                      absl::StrCat("at most ", kInterestsMax)});
  }
  const SnapshotPointer now = workflow_->snapshot();
  CheckMembers("reviewer.interests", request.reviewer().interests(), *now, issues);
  if (!request.reviewer().member().empty()) {
    CheckMember("reviewer.member", request.reviewer().member(), *now, issues);
  }
  if (!issues.empty()) return done(BadRequest(issues));
  const auto stage = [reviewer = request.reviewer()](audit::StageContext& context) -> absl::Status {
    return context
        .Append(audit::EntryType::kReview,
                EncodeWorkflowBody(BodyKind::kReviewer, reviewer.name(), reviewer))
        .status();
  };
  workflow_->Run<pb::ReviewerRecord>(
      call, request.request_id(), stage,
      [reviewer = request.reviewer()](const std::string&) -> absl::StatusOr<pb::ReviewerRecord> {
        return reviewer;
      },
      std::move(done));
}

absl::StatusOr<pb::ListNoticesResponse> MemberService::ListNotices(
    const Call& call, const pb::ListNoticesRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t size = PageSize(request.page_size(), issues);
  RequireName("parent", request.parent(), kMemberPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  if (call.reach == Reach::kOwn &&
      request.parent() != absl::StrCat("members/", call.caller.subject)) {
    return NotOwner(request.parent());
  }
  const std::vector<std::string> arguments = {call.method, call.caller.Id(), request.parent()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  ASSIGN_OR_RETURN(const WorkflowPage found,
                   ReadPage(workflow_->dataset().database(), kNoticeFamily,
                            NoticesPrefix(request.parent()), place.after, size));
  pb::ListNoticesResponse response;
  Page page(size, -1, arguments, response.mutable_notices(), response.mutable_next_page_token());
  for (const auto& [key, value] : found.rows) {
    ASSIGN_OR_RETURN(const int64_t entry, EntryOfKey(key));
    ASSIGN_OR_RETURN(const pb::NoticeRecord record, ParseNotice(value));
    if (!page.Add(key, ShowNotice(record, entry))) return response;
  }
  if (found.more) page.GoOn();
  return response;
}

namespace {

// What of published offerings ends within the days of notice, and has not ended yet.
std::vector<proposals::DueClaim> DueSoon(const catalog::Snapshot& now, base::DayNumber today) {
  std::vector<proposals::DueClaim> due;
  for (const auto& [name, entry] : now.offerings) {
    if (entry->offering.state() != pb::Offering::PUBLISHED) continue;
    for (proposals::DueClaim& one :
         proposals::ClaimsDue({entry->offering}, today, proposals::kClaimsNoticeDays)) {
      if (one.days_left >= 0) due.push_back(std::move(one));
    }
  }
  return due;
}

// Tells each member what ends soon, once for each day on which something ends.
absl::Status Remind(audit::StageContext& context, const std::vector<proposals::DueClaim>& due,
                    pb::ApplyDueResponse& response) {
  const base::DayNumber today = base::ParisDay(absl::FromUnixMicros(context.time_us()));
  for (const proposals::DueClaim& one : due) {
    const base::DayNumber first_day_without = one.last_day + 1;
    ASSIGN_OR_RETURN(const std::optional<std::string> told,
                     context.state().Get(kNoticeFamily, RemindedKey(one.offering, one.field)));
    ASSIGN_OR_RETURN(const uint32_t told_day, DecodeCount(told));
    if (told.has_value() && static_cast<int32_t>(told_day) == first_day_without) continue;
    if (response.reminder_count() == kRemindersAtOnceMax) {
      response.set_more(true);
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(Step(one.offering, State::kPublished, Verb::kRemind, Party::kService).status());
    RETURN_IF_ERROR(AppendNotice(context, {.name = one.offering,
                                           .verb = Verb::kRemind,
                                           .party = Party::kService,
                                           .actor = "SERVICE",
                                           .reason_codes = {},
                                           .days_ahead = first_day_without - today,
                                           .field = one.field}));
    response.set_reminder_count(response.reminder_count() + 1);
  }
  return absl::OkStatus();
}

}  // namespace

void MemberService::ApplyDue(const Call& call, const pb::ApplyDueRequest& request,
                             Done<pb::ApplyDueResponse> done) {
  std::vector<base::Issue> issues;
  CheckRequestId(request.request_id(), issues);
  if (!issues.empty()) return done(BadRequest(issues));
  // Filled on the writer thread, read after the command is done.
  auto response = std::make_shared<pb::ApplyDueResponse>();
  const SnapshotPointer seen = workflow_->snapshot();
  const auto stage = [response, now = seen, due = DueSoon(*seen, workflow_->Today())](
                         audit::StageContext& context) -> absl::Status {
    const base::DayNumber today = base::ParisDay(absl::FromUnixMicros(context.time_us()));
    std::vector<std::string> ended;
    absl::Status failure;
    RETURN_IF_ERROR(
        context.state().Scan(kNoticeFamily, EndDayPrefix(), audit::EndOfPrefix(EndDayPrefix()),
                             [&](absl::string_view key, absl::string_view value) {
                               const auto day = DecodeCount(std::string(value));
                               failure = day.status();
                               if (failure.ok() && static_cast<int32_t>(*day) <= today) {
                                 ended.push_back(std::string(key.substr(EndDayPrefix().size())));
                               }
                               return failure.ok();
                             }));
    RETURN_IF_ERROR(failure);
    const auto decide = [](const std::string& name, Verb verb) {
      return Decision{.name = name,
                      .verb = verb,
                      .party = Party::kService,
                      .actor = "SERVICE",
                      .reason_codes = {},
                      .days_ahead = 0};
    };
    for (const auto& [name, entry] : now->offerings) {
      if (entry->offering.state() != pb::Offering::PUBLISHED ||
          !proposals::IsOutOfDate(entry->offering, today)) {
        continue;
      }
      RETURN_IF_ERROR(ChangeOffering(now, decide(name, Verb::kExpire))(context));
      response->add_expired_offerings(name);
    }
    for (const std::string& name : ended) {
      RETURN_IF_ERROR(ChangeMember(now, decide(name, Verb::kEnd))(context));
      response->add_ended_members(name);
    }
    return Remind(context, due, *response);
  };
  // Repeatable by nature: what is done is not due any more.
  workflow_->Run<pb::ApplyDueResponse>(
      call, "", stage,
      [response](const std::string&) -> absl::StatusOr<pb::ApplyDueResponse> { return *response; },
      std::move(done));
}

// ---- Contests.

namespace {

bool IsContestable(absl::string_view subject) {
  for (const absl::string_view pattern :
       {"members/*", "members/*/offerings/*", "members/*/proposals/*",
        "engagements/*/recommendations/*"}) {
    if (ParseName(subject, pattern).has_value()) return true;
  }
  return false;
}

// NOT_FOUND where there is nothing of that name to contest.
absl::Status CheckSubject(const Workflow& workflow, const std::string& subject) {
  const SnapshotPointer now = workflow.snapshot();
  if (ParseName(subject, "members/*").has_value()) {
    return now->members.contains(subject) ? absl::OkStatus() : NotFound("member", subject);
  }
  if (ParseName(subject, "members/*/offerings/*").has_value()) {
    return now->offerings.contains(subject) ? absl::OkStatus() : NotFound("offering", subject);
  }
  if (ParseName(subject, "members/*/proposals/*").has_value()) {
    ASSIGN_OR_RETURN(const std::optional<StoredProposal> stored, workflow.Find(subject));
    return stored.has_value() ? absl::OkStatus() : NotFound("proposal", subject);
  }
  const auto ids = ParseName(subject, "engagements/*/recommendations/*");
  ASSIGN_OR_RETURN(const std::optional<std::string> place,
                   workflow.dataset().database().Get(kRecommendationFamily,
                                                     RecommendationKey((*ids)[0], (*ids)[1])));
  return place.has_value() ? absl::OkStatus() : NotFound("recommendation", subject);
}

constexpr uint8_t kConcernedTier = 2;

base::DayNumber DayOf(int64_t time_us) { return base::ParisDay(absl::FromUnixMicros(time_us)); }

// Last working days for the two steps.
struct ContestDays {
  base::DayNumber acknowledge = 0;
  base::DayNumber answer = 0;
};

ContestDays DaysOf(const pb::ContestRecord& record) {
  if (record.answer_due_day() != 0) {
    return {.acknowledge = record.acknowledge_due_day(), .answer = record.answer_due_day()};
  }
  const base::DayNumber opened = DayOf(record.open_time_us());
  return {.acknowledge = proposals::AddWorkingDays(opened, proposals::kAcknowledgeDays),
          .answer = proposals::AddWorkingDays(opened, proposals::kAnswerDays)};
}

// Working days by which `day` is after `due`: at least 1 where it is after it at all.
int32_t DaysLate(base::DayNumber due, base::DayNumber day) {
  return day > due ? std::max(1, proposals::WorkingDaysBetween(due, day)) : 0;
}

// How late a step of now is stands in the log for ever.
void RecordAcknowledged(int64_t time_us, pb::ContestRecord& record) {
  record.set_acknowledge_days_late(DaysLate(DaysOf(record).acknowledge, DayOf(time_us)));
}

absl::Status AppendContest(audit::StageContext& context, Verb verb, const std::string& actor,
                           pb::ContestRecord after, const std::string& text, base::Random& random) {
  pb::ContestEvent event;
  event.set_verb(std::string(proposals::VerbWord(verb)));
  event.set_actor(actor);
  const std::string name = after.name();
  *event.mutable_after() = std::move(after);
  std::vector<audit::TierSections> tiers;
  if (!text.empty()) tiers.push_back({.tier = kConcernedTier, .values = {Seal(text, random)}});
  return context
      .Append(audit::EntryType::kContest, EncodeWorkflowBody(BodyKind::kContest, name, event),
              tiers)
      .status();
}

absl::StatusOr<StoredContest> RereadContest(const audit::StageContext& context,
                                            const StoredContest& read) {
  const std::string& name = read.record.name();
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   context.state().Get(kContestFamily, ContestKey(name)));
  if (!value.has_value()) return NotFound("contest", name);
  ASSIGN_OR_RETURN(StoredContest now, DecodeStoredContest(*value));
  if (now.etag != read.etag) return EtagMismatch(name, now.etag);
  return now;
}

}  // namespace

absl::StatusOr<pb::Contest> ContestService::Show(const std::string& name) const {
  ASSIGN_OR_RETURN(const std::optional<StoredContest> stored, workflow_->FindContest(name));
  if (!stored.has_value()) return NotFound("contest", name);
  const pb::ContestRecord& record = stored->record;
  pb::Contest contest;
  contest.set_name(name);
  contest.set_state(record.state());
  contest.set_subject(record.subject());
  contest.set_kind(record.kind());
  contest.set_outcome(record.outcome());
  contest.set_etag(stored->etag);
  contest.set_log_entry(stored->entry);
  SetTime(record.open_time_us(), *contest.mutable_create_time());
  const ContestDays days = DaysOf(record);
  SetDay(days.acknowledge, *contest.mutable_acknowledge_due_date());
  SetDay(days.answer, *contest.mutable_answer_due_date());
  // An answer is an acknowledgement too.
  const bool heard = record.state() != pb::Contest::OPEN;
  const bool answered = record.state() == pb::Contest::ANSWERED;
  const base::DayNumber today = workflow_->Today();
  contest.set_overdue((!heard && today > days.acknowledge) || (!answered && today > days.answer));
  contest.set_acknowledge_days_late(DaysLate(
      days.acknowledge, heard
                            ? DayOf(record.acknowledge_time_us() > 0 ? record.acknowledge_time_us()
                                                                     : record.answer_time_us())
                            : today));
  contest.set_answer_days_late(
      DaysLate(days.answer, answered ? DayOf(record.answer_time_us()) : today));
  if (record.acknowledge_time_us() > 0) {
    SetTime(record.acknowledge_time_us(), *contest.mutable_acknowledge_time());
  }
  ASSIGN_OR_RETURN(*contest.mutable_grounds(), workflow_->ReadSealed(record.grounds_entry(), 0));
  if (answered) {
    SetTime(record.answer_time_us(), *contest.mutable_answer_time());
    ASSIGN_OR_RETURN(*contest.mutable_answer(), workflow_->ReadSealed(record.answer_entry(), 0));
  }
  return contest;
}

void ContestService::CreateContest(const Call& call, const pb::CreateContestRequest& request,
                                   Done<pb::Contest> done) {
  std::vector<base::Issue> issues;
  CheckOptionalId("contest_id", request.contest_id(), issues);
  CheckRequestId(request.request_id(), issues);
  const pb::Contest& asked = request.contest();
  if (!IsContestable(asked.subject())) {
    issues.push_back({"contest.subject", "INVALID_NAME",
                      "un membre, une offre, une proposition ou une recommandation",
                      "a member, an offering, a proposal or a recommendation"});
  }
  if (asked.kind() == pb::Contest::KIND_UNSPECIFIED || !pb::Contest::Kind_IsValid(asked.kind())) {
    issues.push_back({"contest.kind", "MISSING", "DECISION, FACT, EXCLUSION ou RANK",
                      "DECISION, FACT, EXCLUSION or RANK"});
  }
  CheckText("contest.grounds", asked.grounds(), kGroundsSizeMax, true, issues);
  if (!issues.empty()) return done(BadRequest(issues));
  // What a decision is about is the member's own.
  if (call.caller.role == Role::kMember && ParseName(asked.subject(), "members/*/proposals/*") &&
      MemberNameOf(asked.subject()) != absl::StrCat("members/", call.caller.subject)) {
    return done(NotOwner(asked.subject()));
  }
  if (const absl::Status there = CheckSubject(*workflow_, asked.subject()); !there.ok()) {
    return done(there);
  }
  pb::ContestRecord record;
  record.set_name(absl::StrCat("contests/", request.contest_id().empty()
                                                ? absl::StrCat("c-", workflow_->random().Uuid4())
                                                : request.contest_id()));
  record.set_author(call.caller.Id());
  record.set_subject(asked.subject());
  record.set_kind(asked.kind());
  record.set_grounds_entry(-1);
  const Party party = call.caller.role == Role::kAdvisor ? Party::kAdvisor : Party::kMember;
  const auto stage = [record, party, grounds = asked.grounds(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(const auto existing,
                     context.state().Get(kContestFamily, ContestKey(record.name())));
    if (existing.has_value()) {
      return MakeError(Reason::kNameTaken, "contest_id is taken: choose another one, or none.",
                       {{"name", record.name()}});
    }
    ASSIGN_OR_RETURN(const State next, Step(record.name(), State::kNoContest, Verb::kOpen, party));
    pb::ContestRecord opened = record;
    opened.set_state(proposals::ContestStateOf(next));
    opened.set_open_time_us(context.time_us());
    const ContestDays days = DaysOf(opened);
    opened.set_acknowledge_due_day(days.acknowledge);
    opened.set_answer_due_day(days.answer);
    return AppendContest(context, Verb::kOpen, record.author(), std::move(opened), grounds,
                         *random);
  };
  workflow_->Run<pb::Contest>(
      call, request.request_id(), stage, [this](const std::string& name) { return Show(name); },
      std::move(done));
}

absl::StatusOr<pb::Contest> ContestService::GetContest(const Call& call,
                                                       const pb::GetContestRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), "contests/*", issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::optional<StoredContest> stored,
                   workflow_->FindContest(request.name()));
  const bool own = stored.has_value() && stored->record.author() == call.caller.Id();
  if (call.reach == Reach::kOwn && !own) return NotOwner(request.name());
  return Show(request.name());
}

absl::StatusOr<pb::ListContestsResponse> ContestService::ListContests(
    const Call& call, const pb::ListContestsRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t size = PageSize(request.page_size(), issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, call.caller.Id()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  const std::string prefix =
      call.reach == Reach::kAll ? AllContestsPrefix() : ContestsOfAuthorPrefix(call.caller.Id());
  ASSIGN_OR_RETURN(const WorkflowPage found, ReadPage(workflow_->dataset().database(),
                                                      kContestFamily, prefix, place.after, size));
  pb::ListContestsResponse response;
  Page page(size, -1, arguments, response.mutable_contests(), response.mutable_next_page_token());
  for (const auto& [key, name] : found.rows) {
    ASSIGN_OR_RETURN(pb::Contest contest, Show(name));
    if (!page.Add(key, std::move(contest))) return response;
  }
  if (found.more) page.GoOn();
  return response;
}

void ContestService::AcknowledgeContest(const Call& call,
                                        const pb::AcknowledgeContestRequest& request,
                                        Done<pb::Contest> done) {
  const auto issues = CheckForm(request, "contests/*");
  if (!issues.empty()) return done(BadRequest(issues));
  const absl::StatusOr<std::optional<StoredContest>> read = workflow_->FindContest(request.name());
  if (!read.ok()) return done(read.status());
  if (!read->has_value()) return done(NotFound("contest", request.name()));
  if (!request.etag().empty() && request.etag() != (*read)->etag) {
    return done(EtagMismatch(request.name(), (*read)->etag));
  }
  const auto stage = [read = **read, actor = call.caller.Id(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(const StoredContest now, RereadContest(context, read));
    ASSIGN_OR_RETURN(const State next,
                     Step(now.record.name(), proposals::StateOf(now.record.state()),
                          Verb::kAcknowledge, Party::kOperator));
    pb::ContestRecord record = now.record;
    record.set_state(proposals::ContestStateOf(next));
    record.set_acknowledge_time_us(context.time_us());
    RecordAcknowledged(context.time_us(), record);
    return AppendContest(context, Verb::kAcknowledge, actor, std::move(record), "", *random);
  };
  workflow_->Run<pb::Contest>(
      call, request.request_id(), stage, [this](const std::string& name) { return Show(name); },
      std::move(done));
}

void ContestService::AnswerContest(const Call& call, const pb::AnswerContestRequest& request,
                                   Done<pb::Contest> done) {
  std::vector<base::Issue> issues = CheckForm(request, "contests/*");
  RequireEtag(request.etag(), issues);
  if (request.outcome() == pb::Contest::OUTCOME_UNSPECIFIED ||
      !pb::Contest::Outcome_IsValid(request.outcome())) {
    issues.push_back({"outcome", "MISSING", "UPHELD, UPHELD_IN_PART ou DISMISSED",
                      "UPHELD, UPHELD_IN_PART or DISMISSED"});
  }
  CheckText("answer", request.answer(), kGroundsSizeMax, true, issues);
  if (!issues.empty()) return done(BadRequest(issues));
  const absl::StatusOr<std::optional<StoredContest>> read = workflow_->FindContest(request.name());
  if (!read.ok()) return done(read.status());
  if (!read->has_value()) return done(NotFound("contest", request.name()));
  if (request.etag() != (*read)->etag) {
    return done(EtagMismatch(request.name(), (*read)->etag));
  }
  const auto stage = [read = **read, actor = call.caller.Id(), answer = request.answer(),
                      outcome = request.outcome(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(const StoredContest now, RereadContest(context, read));
    ASSIGN_OR_RETURN(const State next,
                     Step(now.record.name(), proposals::StateOf(now.record.state()), Verb::kAnswer,
                          Party::kOperator));
    pb::ContestRecord record = now.record;
    if (record.state() == pb::Contest::OPEN) RecordAcknowledged(context.time_us(), record);
    record.set_answer_time_us(context.time_us());
    record.set_answer_days_late(DaysLate(DaysOf(record).answer, DayOf(context.time_us())));
    record.set_state(proposals::ContestStateOf(next));
    record.set_outcome(outcome);
    record.set_answer_entry(-1);
    return AppendContest(context, Verb::kAnswer, actor, std::move(record), answer, *random);
  };
  workflow_->Run<pb::Contest>(
      call, request.request_id(), stage, [this](const std::string& name) { return Show(name); },
      std::move(done));
}

}  // namespace aplomb::service
