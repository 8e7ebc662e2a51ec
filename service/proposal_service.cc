#include "service/proposal_service.h"

#include <google/protobuf/util/field_mask_util.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "catalog/proposals/diff.h"
#include "catalog/proposals/entry_file.h"
#include "catalog/proposals/vocabulary.h"
#include "service/errors.h"
#include "service/names.h"
#include "service/paging.h"
#include "service/workflow.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using google::protobuf::util::FieldMaskUtil;
using proposals::Party;
using proposals::State;
using proposals::Verb;

constexpr absl::string_view kMemberPattern = "members/*";
constexpr absl::string_view kProposalPattern = "members/*/proposals/*";
constexpr absl::string_view kOfferingPattern = "members/*/offerings/*";

// Whether the caller may see what is the member's.
absl::Status CheckOwner(const Call& call, absl::string_view name) {
  if (call.reach == Reach::kAll) return absl::OkStatus();
  const std::string own = absl::StrCat("members/", call.caller.subject);
  return MemberNameOf(name) == own ? absl::OkStatus() : NotOwner(name);
}

// Drafts are their member's and nobody else's.
bool IsHidden(const Call& call, pb::Proposal::State state) {
  return call.reach == Reach::kAll && call.caller.role != Role::kAuditor &&
         state == pb::Proposal::DRAFT;
}

absl::Status CheckActive(const Workflow& workflow, const std::string& member) {
  const std::shared_ptr<const catalog::Snapshot> now = workflow.snapshot();
  const auto found = now->members.find(member);
  if (found == now->members.end()) return NotOwner(member);
  const pb::Member::State state = found->second->member.state();
  if (state == pb::Member::ACTIVE) return absl::OkStatus();
  const std::string word(proposals::StateWord(proposals::StateOf(state)));
  return WithPrecondition(
      MakeError(Reason::kMemberNotActive,
                absl::StrCat("\"", member, "\" is ", word,
                             ": its proposals can be read and taken back, not changed or handed "
                             "in."),
                {{"member", member}, {"state", word}}),
      Info(Reason::kMemberNotActive).word, member, absl::StrCat("it is ", word));
}

// The text as it is kept: without what the catalogue writes itself; with the uid that the offering
// has or will have.
void Complete(const Workflow& workflow, pb::Offering& offering) {
  offering = proposals::WithoutOutput(std::move(offering));
  const std::shared_ptr<const catalog::Snapshot> now = workflow.snapshot();
  const auto published = now->offerings.find(offering.name());
  if (published != now->offerings.end()) {
    if (offering.uid().empty()) offering.set_uid(published->second->offering.uid());
  } else if (offering.uid().empty()) {
    offering.set_uid(workflow.random().Uuid4());
  }
}

// What must hold even of a draft: whose it is, and its size.
void CheckDraft(const pb::Offering& offering, absl::string_view member,
                std::vector<base::Issue>& issues) {
  const auto ids = RequireName("proposal.offering.name", offering.name(), kOfferingPattern, issues);
  if (ids.has_value() && MemberNameOf(offering.name()) != member) {
    issues.push_back({"proposal.offering.name", "NOT_OF_MEMBER",
                      absl::StrCat("l'offre doit être de ", member),
                      absl::StrCat("the offering must be of ", member)});
  }
  if (offering.ByteSizeLong() > static_cast<size_t>(proposals::kProposalSizeMax)) {
    const std::string sizes =
        absl::StrCat(offering.ByteSizeLong(), " > ", proposals::kProposalSizeMax);
    issues.push_back({"proposal.offering", "TOO_LARGE", absl::StrCat("octets : ", sizes),
                      absl::StrCat("bytes: ", sizes)});
  }
}

// Applies the mask; an unknown path is an issue, an output-only one is ignored.
pb::Offering Masked(const pb::Offering& old, const pb::UpdateProposalRequest& request,
                    std::vector<base::Issue>& issues) {
  const pb::Offering& given = request.proposal().offering();
  pb::Offering result = old;
  const auto keep_identity = [&old](pb::Offering& offering) {
    if (offering.name().empty()) offering.set_name(old.name());
    if (offering.uid().empty()) offering.set_uid(old.uid());
  };
  if (!request.has_update_mask() || request.update_mask().paths().empty()) {
    // All that are set: each top field that has a value replaces what was there.
    std::vector<const google::protobuf::FieldDescriptor*> set;
    given.GetReflection()->ListFields(given, &set);
    google::protobuf::FieldMask mask;
    for (const auto* field : set) mask.add_paths(field->name());
    FieldMaskUtil::MergeOptions options;
    options.set_replace_message_fields(true);
    options.set_replace_repeated_fields(true);
    FieldMaskUtil::MergeMessageTo(given, mask, options, &result);
    return result;
  }
  google::protobuf::FieldMask mask;
  for (int i = 0; i < request.update_mask().paths_size(); ++i) {
    absl::string_view path = request.update_mask().paths(i);
    if (path == "*" || path == "offering") {
      result = given;
      keep_identity(result);
      return result;
    }
    if (FieldMaskUtil::IsValidPath<pb::Proposal>(std::string(path)) &&
        !absl::StartsWith(path, "offering.")) {
      continue;  // output only
    }
    absl::ConsumePrefix(&path, "offering.");
    if (FieldMaskUtil::IsValidPath<pb::Offering>(std::string(path))) {
      mask.add_paths(std::string(path));
      continue;
    }
    issues.push_back({absl::StrCat("update_mask.paths[", i, "]"), "UNKNOWN_FIELD_PATH",
                      absl::StrCat("\"", path.substr(0, 80), "\" n'est pas un champ d'une offre"),
                      absl::StrCat("\"", path.substr(0, 80), "\" is not a field of an offering")});
  }
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(given, mask, options, &result);
  keep_identity(result);
  return result;
}

void SetText(const pb::Offering& offering, pb::ProposalRecord& record) {
  record.set_offering(offering.name());
  record.set_offering_uid(offering.uid());
  record.set_family(std::string(proposals::FamilyOf(offering)));
}

// The proposal that a change names, after permission and form.
absl::StatusOr<StoredProposal> FindOwn(const Workflow& workflow, const Call& call,
                                       const std::string& name, const std::string& request_id,
                                       bool etag_missing) {
  std::vector<base::Issue> issues;
  RequireName(
      call.method == "aplomb.catalog.v1.ProposalService.UpdateProposal" ? "proposal.name" : "name",
      name, kProposalPattern, issues);
  CheckRequestId(request_id, issues);
  if (etag_missing) RequireEtag("", issues);
  if (issues.empty() || issues[0].field == "etag") RETURN_IF_ERROR(CheckOwner(call, name));
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(std::optional<StoredProposal> stored, workflow.Find(name));
  if (!stored.has_value()) return NotOwner(name);
  return *std::move(stored);
}

std::vector<base::Issue> WithPrefix(absl::string_view prefix, const base::Issues& found) {
  std::vector<base::Issue> issues = found.list();
  for (base::Issue& issue : issues) issue.field = base::JoinField(prefix, issue.field);
  return issues;
}

}  // namespace

void ProposalService::CreateProposal(const Call& call, const pb::CreateProposalRequest& request,
                                     Done<pb::Proposal> done) {
  std::vector<base::Issue> issues;
  const auto ids = RequireName("parent", request.parent(), kMemberPattern, issues);
  if (ids.has_value()) {
    if (const absl::Status owner = CheckOwner(call, request.parent()); !owner.ok()) {
      return done(owner);
    }
  }
  CheckOptionalId("proposal_id", request.proposal_id(), issues);
  CheckRequestId(request.request_id(), issues);
  pb::Offering offering = request.proposal().offering();
  CheckDraft(offering, request.parent(), issues);
  if (!issues.empty()) return done(BadRequest(issues));
  if (const absl::Status active = CheckActive(*workflow_, request.parent()); !active.ok()) {
    return done(active);
  }
  Complete(*workflow_, offering);
  const std::string id = request.proposal_id().empty()
                             ? absl::StrCat("p-", workflow_->random().Uuid4())
                             : request.proposal_id();
  pb::ProposalRecord record;
  record.set_name(absl::StrCat(request.parent(), "/proposals/", id));
  record.set_uid(workflow_->random().Uuid4());
  record.set_state(pb::Proposal::DRAFT);
  SetText(offering, record);
  const auto stage = [record, offering, actor = call.caller.Id(), parent = request.parent(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    RETURN_IF_ERROR(
        Step(record.name(), State::kNoProposal, Verb::kCreate, Party::kMember).status());
    ASSIGN_OR_RETURN(const auto existing,
                     context.state().Get(kProposalFamily, ProposalKey(record.name())));
    if (existing.has_value()) {
      return MakeError(Reason::kNameTaken, "proposal_id is taken: choose another one, or none.",
                       {{"name", record.name()}});
    }
    ASSIGN_OR_RETURN(const auto value, context.state().Get(kProposalFamily, OpenCountKey(parent)));
    ASSIGN_OR_RETURN(const uint32_t open, DecodeCount(value));
    if (open >= kOpenProposalsMax) {
      return MakeError(Reason::kTooManyProposals,
                       absl::StrCat("\"", parent, "\" has ", open,
                                    " proposals that are not decided: take some back first."),
                       {{"member", parent}, {"count", absl::StrCat(open)}});
    }
    pb::ProposalRecord begun = record;
    begun.set_create_time_us(context.time_us());
    return AppendProposal(context, audit::EntryType::kProposal, Verb::kCreate, actor,
                          std::move(begun), &offering, *random)
        .status();
  };
  workflow_->Run<pb::Proposal>(
      call, request.request_id(), stage,
      [this](const std::string& name) { return workflow_->ShowNamed(name, true); },
      std::move(done));
}

void ProposalService::UpdateProposal(const Call& call, const pb::UpdateProposalRequest& request,
                                     Done<pb::Proposal> done) {
  const std::string& name = request.proposal().name();
  const absl::StatusOr<StoredProposal> read =
      FindOwn(*workflow_, call, name, request.request_id(), false);
  if (!read.ok()) return done(read.status());
  const std::string& etag = request.proposal().etag();
  if (!etag.empty() && etag != read->etag) return done(EtagMismatch(name, read->etag));
  const auto next =
      Step(name, proposals::StateOf(read->record.state()), Verb::kUpdate, Party::kMember);
  if (!next.ok()) return done(next.status());
  const std::string member = MemberNameOf(name);
  if (const absl::Status active = CheckActive(*workflow_, member); !active.ok()) {
    return done(active);
  }
  const absl::StatusOr<pb::Offering> old = workflow_->ReadText(read->record.text_entry());
  if (!old.ok()) return done(old.status());
  std::vector<base::Issue> issues;
  pb::Offering offering = Masked(*old, request, issues);
  CheckDraft(offering, member, issues);
  if (read->record.text_count() >= kTextsMax) {
    issues.push_back({"proposal", "TOO_MANY",
                      absl::StrCat("au plus ", kTextsMax,
                                   " versions ; faites une nouvelle "
                                   "proposition"),
                      absl::StrCat("at most ", kTextsMax, " versions; make a new proposal")});
  }
  if (!issues.empty()) return done(BadRequest(issues));
  Complete(*workflow_, offering);
  const auto stage = [read = *read, offering, state = *next, actor = call.caller.Id(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(const StoredProposal now, Reread(context, read));
    pb::ProposalRecord record = now.record;
    record.set_state(proposals::ProposalStateOf(state));
    SetText(offering, record);
    return AppendProposal(context, audit::EntryType::kProposal, Verb::kUpdate, actor,
                          std::move(record), &offering, *random)
        .status();
  };
  workflow_->Run<pb::Proposal>(
      call, request.request_id(), stage,
      [this](const std::string& written) { return workflow_->ShowNamed(written, true); },
      std::move(done));
}

absl::StatusOr<pb::Proposal> ProposalService::GetProposal(
    const Call& call, const pb::GetProposalRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kProposalPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  RETURN_IF_ERROR(CheckOwner(call, request.name()));
  ASSIGN_OR_RETURN(const std::optional<StoredProposal> stored, workflow_->Find(request.name()));
  if (!stored.has_value() || IsHidden(call, stored->record.state())) {
    return call.reach == Reach::kAll ? NotFound("proposal", request.name())
                                     : NotOwner(request.name());
  }
  return workflow_->Show(*stored, true);
}

absl::StatusOr<pb::ListProposalsResponse> ProposalService::ListProposals(
    const Call& call, const pb::ListProposalsRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t size = PageSize(request.page_size(), issues);
  const bool all = call.reach == Reach::kAll;
  RequireName("parent", request.parent(), kMemberPattern, issues, all);
  if (!issues.empty()) return BadRequest(issues);
  RETURN_IF_ERROR(CheckOwner(call, request.parent()));
  const std::vector<std::string> arguments = {call.method, call.caller.Id(), request.parent()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  const std::string prefix =
      ProposalsPrefix(request.parent() == "members/-" ? "" : request.parent());
  ASSIGN_OR_RETURN(const WorkflowPage found, ReadPage(workflow_->dataset().database(),
                                                      kProposalFamily, prefix, place.after, size));
  pb::ListProposalsResponse response;
  Page page(size, -1, arguments, response.mutable_proposals(), response.mutable_next_page_token());
  for (const auto& [key, value] : found.rows) {
    ASSIGN_OR_RETURN(const StoredProposal stored, DecodeStoredProposal(value));
    if (IsHidden(call, stored.record.state())) {
      page.Pass(key);
      continue;
    }
    ASSIGN_OR_RETURN(pb::Proposal proposal, workflow_->Show(stored, false));
    if (!page.Add(key, std::move(proposal))) return response;
  }
  if (found.more) page.GoOn();
  return response;
}

void ProposalService::SubmitProposal(const Call& call, const pb::SubmitProposalRequest& request,
                                     Done<pb::Proposal> done) {
  const absl::StatusOr<StoredProposal> read =
      FindOwn(*workflow_, call, request.name(), request.request_id(), request.etag().empty());
  if (!read.ok()) return done(read.status());
  const std::string member = MemberNameOf(request.name());
  if (const absl::Status active = CheckActive(*workflow_, member); !active.ok()) {
    return done(active);
  }
  const auto next =
      Step(request.name(), proposals::StateOf(read->record.state()), Verb::kSubmit, Party::kMember);
  if (!next.ok()) return done(next.status());
  if (request.etag() != read->etag) return done(EtagMismatch(request.name(), read->etag));
  const absl::StatusOr<pb::Offering> text = workflow_->ReadText(read->record.text_entry());
  if (!text.ok()) return done(text.status());
  const base::Issues problems = workflow_->Check(*text);
  if (!problems.empty()) return done(BadRequest(WithPrefix("proposal.offering", problems)));

  const std::shared_ptr<const catalog::Snapshot> now = workflow_->snapshot();
  const auto published = now->offerings.find(text->name());
  proposals::FastLane lane = proposals::FastLane::kNo;
  if (published != now->offerings.end() &&
      published->second->offering.state() == pb::Offering::PUBLISHED) {
    // A draft begun before the first publication has a uid that is not the offering's.
    pb::Offering as_published = *text;
    as_published.set_uid(published->second->offering.uid());
    lane = proposals::FastLaneOf(published->second->offering, as_published);
  }
  const auto stage = [read = *read, lane, member, state = *next, actor = call.caller.Id(),
                      related = workflow_->RelatedMembers(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(const StoredProposal found, Reread(context, read));
    pb::ProposalRecord record = found.record;
    ASSIGN_OR_RETURN(const auto other,
                     context.state().Get(kProposalFamily, OfferingInReviewKey(record.offering())));
    if (other.has_value()) {
      return WithPrecondition(
          MakeError(Reason::kProposalOpen,
                    absl::StrCat("\"", *other,
                                 "\" is in review for the same offering: wait for "
                                 "it, or take it back."),
                    {{"proposal", *other}, {"offering", record.offering()}}),
          Info(Reason::kProposalOpen).word, *other, "one proposal at a time for an offering");
    }
    ASSIGN_OR_RETURN(
        const auto value,
        context.state().Get(kProposalFamily, FastLaneCountKey(member, context.time_us())));
    ASSIGN_OR_RETURN(const uint32_t fast_count, DecodeCount(value));
    record.set_state(proposals::ProposalStateOf(state));
    SetLane(lane, fast_count, record);
    record.set_sampled(false);
    record.clear_reviewers();
    record.clear_comment_entries();
    record.set_submit_time_us(context.time_us());
    record.set_submit_count(record.submit_count() + 1);
    record.set_place(-1);
    const std::string name = record.name();
    RETURN_IF_ERROR(AppendProposal(context, audit::EntryType::kProposal, Verb::kSubmit, actor,
                                   std::move(record), nullptr, *random)
                        .status());
    return DrawMissing(context, name, related, *random).status();
  };
  workflow_->Run<pb::Proposal>(
      call, request.request_id(), stage,
      [this](const std::string& name) { return workflow_->ShowNamed(name, true); },
      std::move(done));
}

void ProposalService::WithdrawProposal(const Call& call, const pb::WithdrawProposalRequest& request,
                                       Done<pb::Proposal> done) {
  const absl::StatusOr<StoredProposal> read =
      FindOwn(*workflow_, call, request.name(), request.request_id(), false);
  if (!read.ok()) return done(read.status());
  const auto next = Step(request.name(), proposals::StateOf(read->record.state()), Verb::kTakeBack,
                         Party::kMember);
  if (!next.ok()) return done(next.status());
  if (!request.etag().empty() && request.etag() != read->etag) {
    return done(EtagMismatch(request.name(), read->etag));
  }
  const auto stage = [read = *read, state = *next, actor = call.caller.Id(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(const StoredProposal found, Reread(context, read));
    pb::ProposalRecord record = found.record;
    record.set_state(proposals::ProposalStateOf(state));
    return AppendProposal(context, audit::EntryType::kProposal, Verb::kTakeBack, actor,
                          std::move(record), nullptr, *random)
        .status();
  };
  workflow_->Run<pb::Proposal>(
      call, request.request_id(), stage,
      [this](const std::string& name) { return workflow_->ShowNamed(name, true); },
      std::move(done));
}

}  // namespace aplomb::service
