#include "service/review_service.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "catalog/proposals/claim_checks.h"
#include "catalog/proposals/duplicates.h"
#include "catalog/proposals/lot.h"
#include "catalog/proposals/vocabulary.h"
#include "catalog/proposals/working_days.h"
#include "service/errors.h"
#include "service/names.h"
#include "service/paging.h"
#include "service/workflow.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using proposals::Outcome;
using proposals::Party;
using proposals::State;
using proposals::Verb;

constexpr absl::string_view kProposalPattern = "members/*/proposals/*";

std::string ReviewerName(const Call& call) {
  return absl::StrCat("reviewers/", call.caller.subject);
}

absl::Status NotDrawn(absl::string_view name) {
  return WithPrecondition(
      MakeError(Reason::kNotDrawn,
                absl::StrCat("The lot has not drawn you for \"", name.substr(0, 200),
                             "\", or you have decided already."),
                {{"name", std::string(name)}}),
      Info(Reason::kNotDrawn).word, name, "see ListReviews");
}

void CheckAnswers(const google::protobuf::RepeatedPtrField<pb::ChecklistAnswer>& answers,
                  bool approves, std::vector<base::Issue>& issues) {
  std::set<std::string> given;
  for (int i = 0; i < std::min(answers.size(), 100); ++i) {
    const pb::ChecklistAnswer& answer = answers[i];
    const std::string field = absl::StrCat("answers[", i, "]");
    if (proposals::FindWord(proposals::Checklist(), answer.item()) == nullptr) {
      issues.push_back({absl::StrCat(field, ".item"), "UNKNOWN_CODE",
                        "n'est pas un point de la liste", "not an item of the checklist"});
    } else if (!given.insert(answer.item()).second) {
      issues.push_back({absl::StrCat(field, ".item"), "DUPLICATE", "déjà donné", "given already"});
    }
    if (answer.answer() == pb::ChecklistAnswer::ANSWER_UNSPECIFIED ||
        !pb::ChecklistAnswer::Answer_IsValid(answer.answer())) {
      issues.push_back({absl::StrCat(field, ".answer"), "MISSING", "YES, NO ou NOT_APPLICABLE",
                        "YES, NO or NOT_APPLICABLE"});
    } else if (approves && answer.answer() == pb::ChecklistAnswer::NO) {
      issues.push_back({absl::StrCat(field, ".answer"), "ANSWER_IS_NO",
                        "on n'approuve pas avec une réponse NO : retournez ou refusez",
                        "nothing is approved with an answer NO: return or refuse it"});
    }
  }
  for (const proposals::Word& item : proposals::Checklist()) {
    if (given.contains(std::string(item.code))) continue;
    issues.push_back({"answers", "MISSING", absl::StrCat(item.code, " : ", item.fr),
                      absl::StrCat(item.code, ": ", item.en)});
  }
}

void CheckComments(const google::protobuf::RepeatedPtrField<pb::ReviewComment>& comments,
                   std::vector<base::Issue>& issues) {
  if (comments.empty() || comments.size() > kCommentsMax) {
    issues.push_back({"comments", comments.empty() ? "MISSING" : "TOO_MANY",
                      absl::StrCat("de 1 à ", kCommentsMax, " remarques"),
                      absl::StrCat("1 to ", kCommentsMax, " comments")});
  }
  for (int i = 0; i < std::min(comments.size(), kCommentsMax); ++i) {
    const pb::ReviewComment& comment = comments[i];
    const std::string field = absl::StrCat("comments[", i, "]");
    CheckText(field + ".text", comment.text(), kCommentSizeMax, true, issues);
    CheckText(field + ".field", comment.field(), 200, false, issues);
    if (!comment.checklist_item().empty() &&
        proposals::FindWord(proposals::Checklist(), comment.checklist_item()) == nullptr) {
      issues.push_back({field + ".checklist_item", "UNKNOWN_CODE", "n'est pas un point de la liste",
                        "not an item of the checklist"});
    }
  }
}

// The roster's entry of a reviewer, or nothing.
template <typename Source>
absl::StatusOr<std::optional<pb::ReviewerRecord>> FindReviewer(const Source& source,
                                                               const std::string& name) {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, source.Get(kRosterFamily, name));
  if (!bytes.has_value()) return std::optional<pb::ReviewerRecord>();
  pb::ReviewerRecord record;
  if (!record.ParseFromString(*bytes)) {
    return absl::DataLossError(absl::StrCat(name, ": not a reviewer"));
  }
  return std::optional<pb::ReviewerRecord>(std::move(record));
}

// Whether the reviewer may decide this one now: still on the roster, not recused, and nothing older
// of this queue waits for the same reviewer (first come, first served).
absl::Status CheckTurn(const audit::StageContext& context, const std::string& reviewer,
                       const Related& related, const pb::ProposalRecord& record) {
  ASSIGN_OR_RETURN(const std::optional<pb::ReviewerRecord> roster,
                   FindReviewer(context.state(), reviewer));
  const std::string& name = record.name();
  const auto group = related.find(MemberNameOf(name));
  if (!roster.has_value() || !roster->active() ||
      (group != related.end() && proposals::IsRecused(*roster, group->second))) {
    return WithPrecondition(
        MakeError(Reason::kRecused,
                  "You have an interest in this member, or are not on the roster any more: "
                  "another reviewer will be drawn.",
                  {{"name", name}}),
        Info(Reason::kRecused).word, name, "an operator calls DrawReviewers");
  }
  std::string first;
  const std::string prefix = ReviewsPrefix(reviewer, TurnQueueOf(record));
  RETURN_IF_ERROR(context.state().Scan(kProposalFamily, prefix, audit::EndOfPrefix(prefix),
                                       [&first](absl::string_view, absl::string_view found) {
                                         first = std::string(found);
                                         return false;
                                       }));
  if (first == name) return absl::OkStatus();
  return WithPrecondition(
      MakeError(Reason::kQueueOrder,
                absl::StrCat("\"", first, "\" came before it: decide that one first."),
                {{"name", name}, {"first", first}}),
      Info(Reason::kQueueOrder).word, first, "first come, first served");
}

// Publishes what the proposal says; its state is that of the offering before, where it was
// suspended.
absl::Status PublishOffering(audit::StageContext& context, const pb::Offering& text,
                             const catalog::Snapshot& snapshot) {
  const std::string member = MemberNameOf(text.name());
  const auto owner = snapshot.members.find(member);
  if (owner == snapshot.members.end()) return NotFound("member", member);
  if (owner->second->member.state() != pb::Member::ACTIVE) {
    const std::string word(proposals::StateWord(proposals::StateOf(owner->second->member.state())));
    return WithPrecondition(
        MakeError(Reason::kMemberNotActive,
                  absl::StrCat("\"", member, "\" is ", word,
                               ": nothing of it is published. Return or reject the proposal, or "
                               "decide once the member is reinstated."),
                  {{"member", member}, {"state", word}}),
        Info(Reason::kMemberNotActive).word, member, absl::StrCat("it is ", word));
  }
  State before = State::kNoOffering;
  const auto published = snapshot.offerings.find(text.name());
  catalog::PutOptions options{.expected_etag = ""};
  if (published != snapshot.offerings.end()) {
    before = proposals::StateOf(published->second->offering.state());
    options.expected_etag = catalog::Etag(published->second->digest);
  }
  ASSIGN_OR_RETURN(const State after, Step(text.name(), before, Verb::kPublish, Party::kReviewer));
  pb::Offering offering = text;
  // Two drafts may have been begun for a name that was free, each with a uid of its own: the one
  // that was published first has given the offering its uid.
  if (published != snapshot.offerings.end()) {
    offering.set_uid(published->second->offering.uid());
  }
  offering.set_state(proposals::OfferingStateOf(after));
  SetDay(base::ParisDay(absl::FromUnixMicros(context.time_us())),
         *offering.mutable_last_verified_date());
  return catalog::PutOffering(std::move(offering), std::move(options))(context);
}

}  // namespace

// A verdict on its way, with what is wrong about it so far. `Request` is the request of one of the
// three verbs, which have most fields in common.
struct ReviewService::Vote {
  template <typename Request>
  Vote(pb::DrawnReviewer::Verdict given, const Request& request)
      : verdict(given),
        name(request.name()),
        etag(request.etag()),
        request_id(request.request_id()),
        answers(request.answers().begin(), request.answers().end()) {
    CheckAnswers(request.answers(), given == pb::DrawnReviewer::APPROVE, issues);
  }
  // A verdict against the proposal says why.
  template <typename Request>
  void TakeComments(const Request& request) {
    CheckComments(request.comments(), issues);
    *comments.mutable_comments() = request.comments();
  }

  pb::DrawnReviewer::Verdict verdict;
  std::string name;
  std::string etag;
  std::string request_id;
  std::vector<pb::ChecklistAnswer> answers;
  std::vector<std::string> reason_codes;
  std::vector<std::string> checked_fields;
  pb::Proposal comments;  // only `comments` is set
  std::vector<base::Issue> issues;
};

// Thread-safe.
class ReviewService::OpenProposals {
 public:
  explicit OpenProposals(const Workflow* workflow) : workflow_(workflow) {}

  // All that are handed in, in review or returned; by the name of the offering.
  absl::StatusOr<std::vector<proposals::OpenProposal>> Read() const {
    std::vector<std::string> names;
    const std::string prefix = OfferingInReviewKey("");
    RETURN_IF_ERROR(
        workflow_->dataset().database().Scan(kProposalFamily, prefix, audit::EndOfPrefix(prefix),
                                             [&names](absl::string_view, absl::string_view name) {
                                               names.push_back(std::string(name));
                                               return true;
                                             }));
    std::vector<proposals::OpenProposal> open;
    std::map<std::string, Known> kept;
    base::MutexLock lock(&mutex_);
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(const std::optional<StoredProposal> stored, workflow_->Find(name));
      if (!stored.has_value()) continue;
      const int64_t entry = stored->record.text_entry();
      const auto found = known_.find(name);
      Known known;
      if (found != known_.end() && found->second.text_entry == entry) {
        known = found->second;
      } else {
        ASSIGN_OR_RETURN(const pb::Offering text, workflow_->ReadText(entry));
        known = {.text_entry = entry, .traits = proposals::TraitsOf(text)};
      }
      open.push_back({.name = name, .traits = known.traits});
      kept.emplace(name, std::move(known));
    }
    known_ = std::move(kept);  // what is decided is forgotten
    return open;
  }

 private:
  struct Known {
    int64_t text_entry = 0;
    proposals::Traits traits;
  };

  const Workflow* const workflow_;
  mutable base::Mutex mutex_;
  mutable std::map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);  // by proposal
};

ReviewService::ReviewService(const Workflow* workflow)
    : workflow_(workflow), open_(std::make_unique<OpenProposals>(workflow)) {}
ReviewService::~ReviewService() = default;

absl::StatusOr<pb::ListReviewsResponse> ReviewService::ListReviews(
    const Call& call, const pb::ListReviewsRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t size = PageSize(request.page_size(), issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, call.caller.Id()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  ASSIGN_OR_RETURN(const WorkflowPage found,
                   ReadPage(workflow_->dataset().database(), kProposalFamily,
                            ReviewsPrefix(ReviewerName(call)), place.after, size));
  pb::ListReviewsResponse response;
  Page page(size, -1, arguments, response.mutable_proposals(), response.mutable_next_page_token());
  for (const auto& [key, name] : found.rows) {
    ASSIGN_OR_RETURN(pb::Proposal proposal, workflow_->ShowNamed(name, false));
    if (!page.Add(key, std::move(proposal))) return response;
  }
  if (found.more) page.GoOn();
  return response;
}

absl::StatusOr<pb::Review> ReviewService::ShowReview(const std::string& reviewer,
                                                     const std::string& name) const {
  ASSIGN_OR_RETURN(const std::optional<StoredProposal> stored, workflow_->Find(name));
  if (!stored.has_value()) return NotFound("proposal", name);
  const pb::ProposalRecord& record = stored->record;
  const auto own =
      std::find_if(record.reviewers().begin(), record.reviewers().end(),
                   [&reviewer](const auto& one) { return one.reviewer() == reviewer; });
  const bool looks_again = record.second_look().reviewer() == reviewer;
  if (own == record.reviewers().end() && !looks_again) return NotDrawn(name);
  pb::Review review;
  ASSIGN_OR_RETURN(*review.mutable_proposal(), workflow_->Show(*stored, true));
  review.set_own_verdict(looks_again ? record.second_look().verdict() : own->verdict());
  for (const proposals::Word& item : proposals::Checklist()) {
    pb::ChecklistItem& shown = *review.add_checklist();
    shown.set_item(std::string(item.code));
    shown.mutable_question()->set_fr(std::string(item.fr));
    shown.mutable_question()->set_en(std::string(item.en));
  }
  const std::shared_ptr<const catalog::Snapshot> now = workflow_->snapshot();
  ASSIGN_OR_RETURN(const std::vector<proposals::OpenProposal> open, open_->Read());
  const std::vector<proposals::PossibleDuplicate> duplicates =
      proposals::FindDuplicates(review.proposal().offering(), *now, open);
  review.set_duplicate_count(static_cast<int32_t>(duplicates.size()));
  for (size_t i = 0; i < std::min(duplicates.size(), proposals::kDuplicatesMax); ++i) {
    pb::Duplicate& shown = *review.add_duplicates();
    shown.set_offering(duplicates[i].name);
    shown.set_proposal(duplicates[i].proposal);
    for (const std::string& reason : duplicates[i].reasons) shown.add_reasons(reason);
  }
  return review;
}

absl::StatusOr<pb::Review> ReviewService::GetReview(const Call& call,
                                                    const pb::GetReviewRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kProposalPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  return ShowReview(ReviewerName(call), request.name());
}

void ReviewService::ApproveProposal(const Call& call, const pb::ApproveProposalRequest& request,
                                    Done<pb::Review> done) {
  Vote vote(pb::DrawnReviewer::APPROVE, request);
  vote.checked_fields.assign(request.checked_fields().begin(), request.checked_fields().end());
  Decide(call, std::move(vote), std::move(done));
}

void ReviewService::ReturnProposal(const Call& call, const pb::ReturnProposalRequest& request,
                                   Done<pb::Review> done) {
  Vote vote(pb::DrawnReviewer::RETURN, request);
  vote.TakeComments(request);
  Decide(call, std::move(vote), std::move(done));
}

void ReviewService::RejectProposal(const Call& call, const pb::RejectProposalRequest& request,
                                   Done<pb::Review> done) {
  Vote vote(pb::DrawnReviewer::REJECT, request);
  vote.reason_codes.assign(request.reason_codes().begin(), request.reason_codes().end());
  CheckCodes("reason_codes", request.reason_codes(), proposals::RejectionReasons(), vote.issues);
  vote.TakeComments(request);
  Decide(call, std::move(vote), std::move(done));
}

void ReviewService::Decide(const Call& call, Vote vote, Done<pb::Review> done) {
  RequireName("name", vote.name, kProposalPattern, vote.issues);
  CheckRequestId(vote.request_id, vote.issues);
  RequireEtag(vote.etag, vote.issues);
  if (!vote.issues.empty()) return done(BadRequest(vote.issues));
  const absl::StatusOr<std::optional<StoredProposal>> read = workflow_->Find(vote.name);
  if (!read.ok()) return done(read.status());
  if (!read->has_value()) return done(NotFound("proposal", vote.name));
  const absl::StatusOr<pb::Offering> text = workflow_->ReadText((**read).record.text_entry());
  if (!text.ok()) return done(text.status());
  proposals::CheckCheckedFields(vote.checked_fields, *text, vote.issues);
  if (!vote.issues.empty()) return done(BadRequest(vote.issues));

  const std::string reviewer = ReviewerName(call);
  const auto stage = [reviewer, vote, text = *text, actor = call.caller.Id(), read = **read,
                      snapshot = workflow_->snapshot(), related = workflow_->RelatedMembers(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    RETURN_IF_ERROR(
        Step(vote.name, proposals::StateOf(read.record.state()), Verb::kVote, Party::kReviewer)
            .status());
    if (vote.etag != read.etag) return EtagMismatch(vote.name, read.etag);
    ASSIGN_OR_RETURN(const StoredProposal found, Reread(context, read));
    pb::ProposalRecord record = found.record;
    pb::DrawnReviewer* own = nullptr;
    for (pb::DrawnReviewer& drawn : *record.mutable_reviewers()) {
      if (drawn.reviewer() == reviewer) own = &drawn;
    }
    if (own == nullptr || own->verdict() != pb::DrawnReviewer::VERDICT_UNSPECIFIED) {
      return NotDrawn(vote.name);
    }
    ASSIGN_OR_RETURN(const std::optional<pb::ReviewerRecord> roster,
                     FindReviewer(context.state(), reviewer));
    RETURN_IF_ERROR(CheckTurn(context, reviewer, related, record));

    own->set_verdict(vote.verdict);
    own->set_verdict_time_us(context.time_us());
    for (const pb::ChecklistAnswer& answer : vote.answers) *own->add_answers() = answer;
    for (const std::string& code : vote.reason_codes) own->add_reason_codes(code);
    for (const std::string& field : vote.checked_fields) own->add_checked_fields(field);
    const pb::Proposal* comments = vote.comments.comments().empty() ? nullptr : &vote.comments;
    if (comments != nullptr) own->set_comment_entry(-1);

    std::vector<pb::DrawnReviewer::Verdict> verdicts;
    for (const auto& drawn : record.reviewers()) verdicts.push_back(drawn.verdict());
    const Outcome outcome = proposals::Count(verdicts, record.fast_lane());
    Verb verb = Verb::kVote;
    if (outcome == Outcome::kApproved) verb = Verb::kApprove;
    if (outcome == Outcome::kReturned) verb = Verb::kReturn;
    if (outcome == Outcome::kRejected) verb = Verb::kReject;
    ASSIGN_OR_RETURN(const State next,
                     Step(vote.name, proposals::StateOf(record.state()), verb, Party::kReviewer));
    record.set_state(proposals::ProposalStateOf(next));
    if (verb != Verb::kVote) {
      const base::DayNumber from = base::ParisDay(absl::FromUnixMicros(record.submit_time_us()));
      const base::DayNumber to = base::ParisDay(absl::FromUnixMicros(context.time_us()));
      record.set_working_days_before(record.working_days_before() +
                                     proposals::WorkingDaysBetween(from, to));
    }
    if (verb == Verb::kReturn || verb == Verb::kReject) {
      std::set<std::string> codes;
      for (const pb::DrawnReviewer& drawn : record.reviewers()) {
        if (drawn.comment_entry() != 0) record.add_comment_entries(drawn.comment_entry());
        codes.insert(drawn.reason_codes().begin(), drawn.reason_codes().end());
      }
      if (verb == Verb::kReject) record.mutable_reason_codes()->Add(codes.begin(), codes.end());
    }
    if (verb == Verb::kApprove || verb == Verb::kReject) {
      record.set_decide_time_us(context.time_us());
    }
    if (verb == Verb::kApprove) {
      if (record.sampled()) {
        RETURN_IF_ERROR(DrawSecondLook(context, related, *random, record));
      }
      pb::Offering checked = text;
      for (const pb::DrawnReviewer& drawn : record.reviewers()) {
        proposals::AddChecked({drawn.checked_fields().begin(), drawn.checked_fields().end()},
                              base::ParisDay(absl::FromUnixMicros(context.time_us())), checked);
      }
      RETURN_IF_ERROR(PublishOffering(context, checked, *snapshot));
      record.set_approve_entry(-1);
    }
    RETURN_IF_ERROR(AppendProposal(context, audit::EntryType::kReview, verb, actor,
                                   std::move(record), nullptr, *random, comments)
                        .status());
    if (outcome != Outcome::kDisagree) return absl::OkStatus();
    return DrawMissing(context, vote.name, related, *random).status();
  };
  const std::string request_id = vote.request_id;
  workflow_->Run<pb::Review>(
      call, request_id, stage,
      [this, reviewer](const std::string& name) { return ShowReview(reviewer, name); },
      std::move(done));
}

void ReviewService::RecordSecondLook(const Call& call, const pb::RecordSecondLookRequest& request,
                                     Done<pb::Review> done) {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kProposalPattern, issues);
  CheckRequestId(request.request_id(), issues);
  RequireEtag(request.etag(), issues);
  CheckAnswers(request.answers(), /*approves=*/false, issues);
  const bool objects =
      std::any_of(request.answers().begin(), request.answers().end(),
                  [](const auto& one) { return one.answer() == pb::ChecklistAnswer::NO; });
  if (objects) {
    CheckCodes("reason_codes", request.reason_codes(), proposals::RejectionReasons(), issues);
  } else if (!request.reason_codes().empty()) {
    issues.push_back({"reason_codes", "NOT_EXPECTED",
                      "des raisons vont avec au moins une réponse NO : ôtez-les, ou répondez NO",
                      "reasons go with at least one answer NO: leave them out, or answer NO"});
  }
  if (!issues.empty()) return done(BadRequest(issues));
  const absl::StatusOr<std::optional<StoredProposal>> read = workflow_->Find(request.name());
  if (!read.ok()) return done(read.status());
  if (!read->has_value()) return done(NotFound("proposal", request.name()));
  const std::string reviewer = ReviewerName(call);
  const auto stage = [reviewer, request, objects, actor = call.caller.Id(), read = **read,
                      related = workflow_->RelatedMembers(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    RETURN_IF_ERROR(Step(request.name(), proposals::StateOf(read.record.state()), Verb::kLookAgain,
                         Party::kReviewer)
                        .status());
    if (request.etag() != read.etag) return EtagMismatch(request.name(), read.etag);
    ASSIGN_OR_RETURN(const StoredProposal found, Reread(context, read));
    pb::ProposalRecord record = found.record;
    pb::DrawnReviewer& own = *record.mutable_second_look();
    if (!AwaitsSecondLook(record) || own.reviewer() != reviewer) return NotDrawn(request.name());
    RETURN_IF_ERROR(CheckTurn(context, reviewer, related, record));
    own.set_verdict(objects ? pb::DrawnReviewer::REJECT : pb::DrawnReviewer::APPROVE);
    own.set_verdict_time_us(context.time_us());
    *own.mutable_answers() = request.answers();
    *own.mutable_reason_codes() = request.reason_codes();
    return AppendProposal(context, audit::EntryType::kReview, Verb::kLookAgain, actor,
                          std::move(record), nullptr, *random)
        .status();
  };
  workflow_->Run<pb::Review>(
      call, request.request_id(), stage,
      [this, reviewer](const std::string& name) { return ShowReview(reviewer, name); },
      std::move(done));
}

void ReviewService::DeclareInterests(const Call& call, const pb::DeclareInterestsRequest& request,
                                     Done<pb::ReviewerRecord> done) {
  std::vector<base::Issue> issues;
  CheckRequestId(request.request_id(), issues);
  if (request.members_size() > kInterestsMax) {
    issues.push_back({"members", "TOO_MANY", absl::StrCat("au plus ", kInterestsMax),
                      absl::StrCat("at most ", kInterestsMax)});
  }
  CheckMembers("members", request.members(), *workflow_->snapshot(), issues);
  if (!issues.empty()) return done(BadRequest(issues));
  const std::string reviewer = ReviewerName(call);
  const auto stage = [reviewer, request](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(std::optional<pb::ReviewerRecord> record,
                     FindReviewer(context.state(), reviewer));
    if (!record.has_value()) return NotFound("reviewer", reviewer);
    *record->mutable_interests() = request.members();
    return context
        .Append(audit::EntryType::kReview,
                EncodeWorkflowBody(BodyKind::kReviewer, reviewer, *record))
        .status();
  };
  workflow_->Run<pb::ReviewerRecord>(
      call, request.request_id(), stage,
      [this](const std::string& name) -> absl::StatusOr<pb::ReviewerRecord> {
        ASSIGN_OR_RETURN(const std::optional<pb::ReviewerRecord> record,
                         FindReviewer(workflow_->dataset().database(), name));
        if (!record.has_value()) return NotFound("reviewer", name);
        return *record;
      },
      std::move(done));
}

void ReviewService::DrawReviewers(const Call& call, const pb::DrawReviewersRequest& request,
                                  Done<pb::DrawReviewersResponse> done) {
  std::vector<base::Issue> issues;
  CheckRequestId(request.request_id(), issues);
  if (!issues.empty()) return done(BadRequest(issues));
  // Filled on the writer thread, read after the command is done.
  auto response = std::make_shared<pb::DrawReviewersResponse>();
  const auto stage = [response, related = workflow_->RelatedMembers(),
                      random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    std::vector<std::string> names;
    RETURN_IF_ERROR(context.state().Scan(kProposalFamily, QueuePrefix(),
                                         audit::EndOfPrefix(QueuePrefix()),
                                         [&names](absl::string_view, absl::string_view name) {
                                           names.push_back(std::string(name));
                                           return true;
                                         }));
    for (const std::string& name : names) {
      // The limit is on what is drawn: else those in front, who have their reviewers, would keep
      // the others from ever getting theirs.
      if (response->drawn_count() < kDrawnAtOnceMax) {
        ASSIGN_OR_RETURN(const bool drawn, DrawMissing(context, name, related, *random));
        if (drawn) response->set_drawn_count(response->drawn_count() + 1);
      }
      ASSIGN_OR_RETURN(const auto value, context.state().Get(kProposalFamily, ProposalKey(name)));
      ASSIGN_OR_RETURN(const StoredProposal stored, DecodeStoredProposal(value.value_or("")));
      if (stored.record.state() == pb::Proposal::SUBMITTED) {
        response->set_waiting_count(response->waiting_count() + 1);
      }
    }
    return absl::OkStatus();
  };
  // Drawing is repeatable by nature: what has its reviewers is passed over.
  workflow_->Run<pb::DrawReviewersResponse>(
      call, "", stage,
      [response](const std::string&) -> absl::StatusOr<pb::DrawReviewersResponse> {
        return *response;
      },
      std::move(done));
}

}  // namespace aplomb::service
