#include "service/bulk_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/status.h"
#include "catalog/proposals/diff.h"
#include "catalog/proposals/entry_file.h"
#include "catalog/proposals/vocabulary.h"
#include "google/rpc/error_info.pb.h"
#include "service/errors.h"
#include "service/export_operation.h"
#include "service/names.h"
#include "service/paging.h"
#include "service/workflow.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;
using proposals::Party;
using proposals::State;
using proposals::Verb;
using Row = pb::ImportRow;

constexpr size_t kProposalIdDigits = 24;  // hexadecimal

// A row ready to be staged.
struct Prepared {
  Row row;
  pb::Offering offering;
  bool usable = false;   // it can be a draft
  bool correct = false;  // nothing is wrong with it
  proposals::FastLane lane = proposals::FastLane::kNo;
  std::optional<StoredProposal> same;   // in review, with this text
  std::optional<StoredProposal> draft;  // of an earlier import, for this row
  bool draft_same = false;              // it has this text
};

absl::Status CheckOwner(const Call& call, absl::string_view parent) {
  if (call.reach == Reach::kAll) return absl::OkStatus();
  return parent == absl::StrCat("members/", call.caller.subject) ? absl::OkStatus()
                                                                 : NotOwner(parent);
}

void SetProblem(const base::Issue& issue, Row& row) {
  row.set_field(issue.field);
  row.set_reason(issue.reason);
  row.set_text_en(issue.text_en);
  row.set_text_fr(issue.text_fr);
}

// The row of this import that names `what` already; `row` becomes it where there is none.
absl::StatusOr<std::optional<int32_t>> FirstWith(audit::StageContext& context,
                                                 const std::string& operation,
                                                 const std::string& what, int32_t row) {
  const std::string key = OperationNamedKey(operation, what);
  ASSIGN_OR_RETURN(const auto value, context.state().Get(kOperationFamily, key));
  int32_t first = 0;
  if (value.has_value() && absl::SimpleAtoi(*value, &first)) return std::optional<int32_t>(first);
  context.PutNotDerived(kOperationFamily, key, absl::StrCat(row));
  return std::optional<int32_t>();
}

// Under which the draft stands that an import made last for an offering: its name, a blank, and the
// entry of the text that was written, by which one sees that nobody has changed it since.
std::string DraftKey(absl::string_view offering) { return absl::StrCat("d", offering); }

bool HasText(const pb::Offering& text, pb::Offering given) {
  if (given.uid().empty()) given.set_uid(text.uid());
  return proposals::IsSameEntry(text, given);
}

// What there is already for the row: the same text in review, or the draft of an earlier import.
absl::Status FindEarlier(const Workflow& workflow, const pb::Offering& given, Prepared& prepared) {
  const audit::Database& database = workflow.dataset().database();
  ASSIGN_OR_RETURN(const auto in_review,
                   database.Get(kProposalFamily, OfferingInReviewKey(given.name())));
  if (in_review.has_value()) {
    ASSIGN_OR_RETURN(const auto stored, workflow.Find(*in_review));
    if (stored.has_value()) {
      ASSIGN_OR_RETURN(const pb::Offering text, workflow.ReadText(stored->record.text_entry()));
      if (HasText(text, given)) prepared.same = stored;
    }
  }
  ASSIGN_OR_RETURN(const auto kept, database.Get(kOperationFamily, DraftKey(given.name())));
  if (!kept.has_value()) return absl::OkStatus();
  const std::pair<std::string, std::string> place = absl::StrSplit(*kept, absl::MaxSplits(' ', 1));
  ASSIGN_OR_RETURN(const auto stored, workflow.Find(place.first));
  if (!stored.has_value() || stored->record.state() != pb::Proposal::DRAFT ||
      stored->record.offering() != given.name()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const pb::Offering text, workflow.ReadText(stored->record.text_entry()));
  prepared.draft_same = HasText(text, given);
  // What somebody wrote since is not written over.
  if (prepared.draft_same || (absl::StrCat(stored->record.text_entry()) == place.second &&
                              stored->record.text_count() < kTextsMax)) {
    prepared.draft = stored;
  }
  return absl::OkStatus();
}

// Everything about a row that needs no lock on the state.
absl::StatusOr<Prepared> Prepare(const Workflow& workflow, const catalog::Snapshot& now,
                                 const std::string& parent, int32_t number, pb::Offering offering) {
  Prepared prepared;
  Row& row = prepared.row;
  row.set_row(number);
  row.set_offering(offering.name());
  row.set_row_sha256(RowDigest(offering));
  row.set_outcome(Row::FAILED);
  if (!ParseName(offering.name(), "members/*/offerings/*").has_value() ||
      MemberNameOf(offering.name()) != parent) {
    SetProblem({"name", "NOT_OF_MEMBER", absl::StrCat("l'offre doit être de ", parent),
                absl::StrCat("the offering must be of ", parent)},
               row);
    row.set_problem_count(1);
    return prepared;
  }
  offering = proposals::WithoutOutput(std::move(offering));
  RETURN_IF_ERROR(FindEarlier(workflow, offering, prepared));
  const auto published = now.offerings.find(offering.name());
  if (published != now.offerings.end()) {
    const pb::Offering& before = published->second->offering;
    if (offering.uid().empty()) offering.set_uid(before.uid());
    if (before.state() == pb::Offering::PUBLISHED && proposals::IsSameEntry(before, offering)) {
      row.set_outcome(Row::UNCHANGED);
      return prepared;
    }
    if (before.state() == pb::Offering::PUBLISHED) {
      prepared.lane = proposals::FastLaneOf(before, offering);
    }
  } else if (offering.uid().empty()) {
    offering.set_uid(prepared.draft.has_value() ? prepared.draft->record.offering_uid()
                                                : workflow.random().Uuid4());
  }
  const base::Issues problems = workflow.Check(offering);
  row.set_problem_count(static_cast<int32_t>(problems.list().size()));
  if (!problems.empty()) SetProblem(problems.list().front(), row);
  prepared.usable = offering.ByteSizeLong() <= static_cast<size_t>(proposals::kProposalSizeMax);
  prepared.correct = problems.empty();
  prepared.offering = std::move(offering);
  return prepared;
}

std::string ProposalId(absl::string_view operation, int32_t row) {
  const base::Digest digest =
      base::Sha256(absl::string_view(absl::StrCat(operation, absl::string_view("\0", 1), row)));
  return absl::StrCat("i-", base::HexEncode(digest).substr(0, kProposalIdDigits));
}

// Whether a proposal is as it was when `read` was.
absl::StatusOr<bool> IsAsRead(const audit::StageContext& context, const StoredProposal& read) {
  ASSIGN_OR_RETURN(const auto value,
                   context.state().Get(kProposalFamily, ProposalKey(read.record.name())));
  if (!value.has_value()) return false;
  ASSIGN_OR_RETURN(const StoredProposal now, DecodeStoredProposal(*value));
  return now.etag == read.etag;
}

// Writes the text of a draft, and where the next import finds it.
absl::Status WriteDraft(audit::StageContext& context, Verb verb, const std::string& actor,
                        pb::ProposalRecord record, const pb::Offering& offering,
                        base::Random& random) {
  record.set_offering(offering.name());
  record.set_offering_uid(offering.uid());
  record.set_family(std::string(proposals::FamilyOf(offering)));
  const std::string name = record.name();
  ASSIGN_OR_RETURN(const int64_t entry,
                   AppendProposal(context, audit::EntryType::kProposal, verb, actor,
                                  std::move(record), &offering, random));
  context.PutNotDerived(kOperationFamily, DraftKey(offering.name()),
                        absl::StrCat(name, " ", entry));
  return absl::OkStatus();
}

// Writes one row. An error stops the whole batch; what is wrong with the row is told in it.
absl::Status StageRow(audit::StageContext& context, const std::string& parent,
                      const std::string& operation, bool submit, const std::string& actor,
                      const Related& related, base::Random& random, Prepared& prepared) {
  Row& row = prepared.row;
  if (!prepared.usable && row.outcome() == Row::FAILED) return absl::OkStatus();
  // Of two rows for one offering neither may overwrite the other.
  for (const std::string& what : {row.offering(), prepared.offering.uid()}) {
    if (what.empty()) continue;
    ASSIGN_OR_RETURN(const std::optional<int32_t> first,
                     FirstWith(context, operation, what, row.row()));
    if (!first.has_value()) continue;
    row.set_outcome(Row::FAILED);
    row.set_problem_count(row.problem_count() + 1);
    SetProblem({what == row.offering() ? "id" : "uid", "DUPLICATE",
                absl::StrCat("la ligne ", *first, " de cet import a déjà \"", what, "\""),
                absl::StrCat("row ", *first, " of this import has \"", what, "\" already")},
               row);
    return absl::OkStatus();
  }
  if (!prepared.usable) return absl::OkStatus();
  const auto fail = [&row](absl::string_view reason, absl::string_view fr, absl::string_view en) {
    row.set_outcome(Row::FAILED);
    row.set_problem_count(row.problem_count() + 1);
    SetProblem({"", std::string(reason), std::string(fr), std::string(en)}, row);
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(
      const auto other,
      context.state().Get(kProposalFamily, OfferingInReviewKey(prepared.offering.name())));
  if (other.has_value() && prepared.same.has_value() && *other == prepared.same->record.name()) {
    ASSIGN_OR_RETURN(const bool stands, IsAsRead(context, *prepared.same));
    if (stands) {
      SetProblem({}, row);
      row.set_problem_count(0);
      row.set_proposal(*other);
      row.set_outcome(Row::UNCHANGED);
      return absl::OkStatus();
    }
  }
  // Nothing is written that could not be handed in; what is wrong with the row itself is told
  // first.
  if (other.has_value() && submit) {
    if (!prepared.correct) {
      row.set_problem_count(row.problem_count() + 1);
      return absl::OkStatus();
    }
    return fail("PROPOSAL_OPEN", absl::StrCat("\"", *other, "\" est à l'examen pour la même offre"),
                absl::StrCat("\"", *other, "\" is in review for the same offering"));
  }

  bool reuses = false;
  if (prepared.draft.has_value()) {
    ASSIGN_OR_RETURN(reuses, IsAsRead(context, *prepared.draft));
  }
  const std::string name =
      reuses ? prepared.draft->record.name()
             : absl::StrCat(parent, "/proposals/", ProposalId(operation, row.row()));
  if (reuses) {
    if (!prepared.draft_same) {
      pb::ProposalRecord record = prepared.draft->record;
      ASSIGN_OR_RETURN(const State next, Step(name, State::kDraft, Verb::kUpdate, Party::kMember));
      record.set_state(proposals::ProposalStateOf(next));
      RETURN_IF_ERROR(
          WriteDraft(context, Verb::kUpdate, actor, std::move(record), prepared.offering, random));
    }
  } else {
    ASSIGN_OR_RETURN(const auto existing, context.state().Get(kProposalFamily, ProposalKey(name)));
    if (existing.has_value()) {
      return fail("NAME_TAKEN", "cet import a déjà une proposition de ce nom",
                  "this import has a proposal of that name already");
    }
    ASSIGN_OR_RETURN(const auto count, context.state().Get(kProposalFamily, OpenCountKey(parent)));
    ASSIGN_OR_RETURN(const uint32_t open, DecodeCount(count));
    if (open >= kOpenProposalsMax) {
      return fail("TOO_MANY_PROPOSALS", "trop de propositions non décidées : reprenez-en d'abord",
                  "too many proposals that are not decided: take some back first");
    }
    pb::ProposalRecord record;
    record.set_name(name);
    record.set_uid(random.Uuid4());
    record.set_state(pb::Proposal::DRAFT);
    record.set_create_time_us(context.time_us());
    RETURN_IF_ERROR(Step(name, State::kNoProposal, Verb::kCreate, Party::kMember).status());
    RETURN_IF_ERROR(
        WriteDraft(context, Verb::kCreate, actor, std::move(record), prepared.offering, random));
  }
  row.set_proposal(name);
  row.set_outcome(Row::DRAFTED);
  if (!submit || !prepared.correct) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const auto fast_value,
      context.state().Get(kProposalFamily, FastLaneCountKey(parent, context.time_us())));
  ASSIGN_OR_RETURN(const uint32_t fast_count, DecodeCount(fast_value));
  ASSIGN_OR_RETURN(const auto value, context.state().Get(kProposalFamily, ProposalKey(name)));
  if (!value.has_value()) return absl::InternalError("a proposal just written is not there");
  ASSIGN_OR_RETURN(const StoredProposal stored, DecodeStoredProposal(*value));
  ASSIGN_OR_RETURN(const State next, Step(name, State::kDraft, Verb::kSubmit, Party::kMember));
  pb::ProposalRecord submitted = stored.record;
  submitted.set_state(proposals::ProposalStateOf(next));
  SetLane(prepared.lane, fast_count, submitted);
  submitted.set_submit_time_us(context.time_us());
  submitted.set_submit_count(1);
  submitted.set_place(-1);
  RETURN_IF_ERROR(AppendProposal(context, audit::EntryType::kProposal, Verb::kSubmit, actor,
                                 std::move(submitted), nullptr, random)
                      .status());
  RETURN_IF_ERROR(DrawMissing(context, name, related, random).status());
  row.set_outcome(Row::SUBMITTED);
  return absl::OkStatus();
}

void Count(const Row& row, pb::ImportMetadata& metadata) {
  metadata.set_row_count(row.row() + 1);
  switch (row.outcome()) {
    case Row::SUBMITTED:
      metadata.set_submitted_count(metadata.submitted_count() + 1);
      [[fallthrough]];
    case Row::DRAFTED:
      metadata.set_proposal_count(metadata.proposal_count() + 1);
      return;
    case Row::UNCHANGED:
      metadata.set_unchanged_count(metadata.unchanged_count() + 1);
      return;
    default:
      break;
  }
  metadata.set_failed_count(metadata.failed_count() + 1);
  if (metadata.failures_size() >= kImportFailuresTold) return;
  google::rpc::Status& failure = *metadata.add_failures();
  failure.set_code(static_cast<int>(absl::StatusCode::kInvalidArgument));
  failure.set_message(row.text_en());
  google::rpc::ErrorInfo info;
  info.set_reason(row.reason());
  info.set_domain(std::string(kErrorDomain));
  (*info.mutable_metadata())["row"] = absl::StrCat(row.row());
  failure.add_details()->PackFrom(info);
}

void Finish(const pb::ImportMetadata& metadata, lro::Operation& operation) {
  pb::ImportResult result;
  result.set_row_count(metadata.row_count());
  result.set_proposal_count(metadata.proposal_count());
  result.set_submitted_count(metadata.submitted_count());
  result.set_unchanged_count(metadata.unchanged_count());
  result.set_failed_count(metadata.failed_count());
  operation.set_done(true);
  operation.mutable_response()->PackFrom(result);
}

absl::Status OtherRow(absl::string_view operation, int32_t row) {
  return MakeError(
      Reason::kNameTaken,
      absl::StrCat("Row ", row, " of \"", operation,
                   "\" was another one: nothing of this batch was read. Choose another "
                   "import_id."),
      {{"name", std::string(operation)}, {"row", absl::StrCat(row)}});
}

// Rows that are done, sent again, are the same ones.
absl::Status CheckSameRows(const audit::Database& database, const std::string& operation,
                           const pb::ImportProposalsRequest& request, int32_t done_count) {
  const auto& offerings = request.inline_source().offerings();
  for (int i = 0; i < offerings.size() && request.first_row() + i < done_count; ++i) {
    const int32_t number = request.first_row() + i;
    ASSIGN_OR_RETURN(const std::optional<std::string> value,
                     database.Get(kOperationFamily, OperationRowKey(operation, number)));
    Row row;
    if (!value.has_value() || !row.ParseFromString(*value)) {
      return absl::DataLossError("a row of an import is not one");
    }
    if (row.row_sha256().empty()) continue;
    if (row.row_sha256() != RowDigest(offerings[i])) return OtherRow(operation, number);
  }
  return absl::OkStatus();
}

absl::Status OutOfOrder(absl::string_view operation, int32_t next) {
  return WithPrecondition(
      MakeError(Reason::kRowOutOfOrder,
                absl::StrCat("Rows before this batch are missing: go on with row ", next, "."),
                {{"operation", std::string(operation)}, {"next_row", absl::StrCat(next)}}),
      Info(Reason::kRowOutOfOrder).word, operation, absl::StrCat("the next row is ", next));
}

absl::Status AlreadyDone(absl::string_view operation) {
  return WithPrecondition(
      MakeError(Reason::kOperationDone,
                absl::StrCat("\"", operation, "\" is done: begin another import."),
                {{"operation", std::string(operation)}}),
      Info(Reason::kOperationDone).word, operation,
      "its last batch was written, or it was cancelled");
}

}  // namespace

std::string RowDigest(pb::Offering offering) {
  // Of an entry without one a uid is drawn, by readers of other formats each time anew.
  offering.clear_uid();
  return std::string(base::DigestView(base::Sha256(offering.SerializeAsString())));
}

void BulkService::ImportProposals(const Call& call, const pb::ImportProposalsRequest& request,
                                  Done<lro::Operation> done) {
  std::vector<base::Issue> issues;
  const std::string& parent = request.parent();
  const auto ids = RequireName("parent", parent, "members/*", issues);
  if (ids.has_value()) {
    if (const absl::Status owner = CheckOwner(call, parent); !owner.ok()) return done(owner);
  }
  if (request.import_id().empty()) {
    issues.push_back({"import_id", "MISSING", "Identifiant attendu.", "An id is expected."});
  }
  CheckOptionalId("import_id", request.import_id(), issues);
  const auto& offerings = request.inline_source().offerings();
  if (offerings.size() > kImportBatchMax || (offerings.empty() && !request.last())) {
    issues.push_back({"inline_source.offerings", "OUT_OF_RANGE",
                      absl::StrCat("De 1 à ", kImportBatchMax, " lignes."),
                      absl::StrCat("1 to ", kImportBatchMax, " rows.")});
  }
  if (request.first_row() < 0 || request.first_row() > kImportRowsMax - offerings.size() ||
      request.total_row_count() < 0 || request.total_row_count() > kImportRowsMax) {
    issues.push_back({"first_row", "OUT_OF_RANGE",
                      absl::StrCat("Au plus ", kImportRowsMax, " lignes."),
                      absl::StrCat("At most ", kImportRowsMax, " rows.")});
  }
  if (!issues.empty()) return done(BadRequest(issues));
  const std::shared_ptr<const catalog::Snapshot> now = workflow_->snapshot();
  const auto member = now->members.find(parent);
  if (member == now->members.end()) return done(NotOwner(parent));
  if (member->second->member.state() != pb::Member::ACTIVE) {
    return done(MakeError(Reason::kMemberNotActive,
                          absl::StrCat("\"", parent, "\" is not active: it can hand nothing in."),
                          {{"member", parent}}));
  }
  const std::string operation =
      absl::StrCat("operations/import.", (*ids)[0], ".", request.import_id());
  // What is done already is not looked at again; the writer decides.
  const absl::StatusOr<std::optional<StoredOperation>> before = operations_->Find(operation);
  if (!before.ok()) return done(FromLowerRoom(before.status()));
  pb::ImportMetadata known;
  if (before->has_value()) (*before)->operation.metadata().UnpackTo(&known);
  if (const absl::Status same =
          CheckSameRows(workflow_->dataset().database(), operation, request, known.row_count());
      !same.ok()) {
    return done(FromLowerRoom(same));
  }
  auto rows = std::make_shared<std::vector<Prepared>>();
  for (int i = 0; i < offerings.size(); ++i) {
    const int32_t number = request.first_row() + i;
    if (number < known.row_count()) continue;
    absl::StatusOr<Prepared> prepared = Prepare(*workflow_, *now, parent, number, offerings[i]);
    if (!prepared.ok()) return done(FromLowerRoom(prepared.status()));
    rows->push_back(*std::move(prepared));
  }

  auto written = std::make_shared<lro::Operation>();
  audit::Command command;
  command.stage = [rows, written, operation, parent, owner = call.caller.Id(),
                   first = request.first_row(), submit = request.submit(), last = request.last(),
                   total = request.total_row_count(), related = workflow_->RelatedMembers(),
                   random = &workflow_->random()](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<std::string> value,
                     context.state().Get(kOperationFamily, OperationKey(operation)));
    StoredOperation stored;
    pb::ImportMetadata metadata;
    if (value.has_value()) {
      ASSIGN_OR_RETURN(stored, DecodeStoredOperation(*value));
      stored.operation.metadata().UnpackTo(&metadata);
    } else {
      stored.owner = owner;
      stored.operation.set_name(operation);
      metadata.set_parent(parent);
      SetTime(context.time_us(), *metadata.mutable_create_time());
    }
    if (first > metadata.row_count()) return OutOfOrder(operation, metadata.row_count());
    const bool adds = !rows->empty() && rows->back().row.row() >= metadata.row_count();
    if (stored.operation.done()) {
      if (adds) return AlreadyDone(operation);
      *written = stored.operation;  // the last batch, sent again
      return absl::OkStatus();
    }
    for (Prepared& prepared : *rows) {
      if (prepared.row.row() < metadata.row_count()) continue;
      RETURN_IF_ERROR(
          StageRow(context, parent, operation, submit, owner, related, *random, prepared));
      Count(prepared.row, metadata);
      context.PutNotDerived(kOperationFamily, OperationRowKey(operation, prepared.row.row()),
                            prepared.row.SerializeAsString());
    }
    metadata.set_total_row_count(total);
    SetTime(context.time_us(), *metadata.mutable_update_time());
    stored.time_us = context.time_us();
    stored.operation.mutable_metadata()->PackFrom(metadata);
    if (last) Finish(metadata, stored.operation);
    context.PutNotDerived(kOperationFamily, OperationKey(operation), EncodeStoredOperation(stored));
    *written = stored.operation;
    return absl::OkStatus();
  };
  command.done = [executor = executor_, written,
                  done](const absl::StatusOr<audit::Committed>& committed) {
    executor->Continue([written, done, status = committed.status()] {
      if (!status.ok()) return done(Workflow::FromCatalog(status));
      done(*written);
    });
  };
  workflow_->dataset().sequencer().Submit(std::move(command));
}

absl::StatusOr<pb::ListImportRowsResponse> BulkService::ListImportRows(
    const Call& call, const pb::ListImportRowsRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t size = PageSize(request.page_size(), issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::optional<StoredOperation> stored,
                   operations_->Find(request.parent()));
  if (!stored.has_value() || (call.reach != Reach::kAll && stored->owner != call.caller.Id())) {
    return NotOwner(request.parent());
  }
  const std::vector<std::string> arguments = {call.method, request.parent()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  int32_t after = -1;
  if (!place.after.empty() && !absl::SimpleAtoi(place.after, &after)) {
    return absl::InternalError("a page token of ours has no number");
  }
  const std::string prefix = OperationRowsPrefix(request.parent());
  pb::ListImportRowsResponse response;
  bool garbled = false;
  RETURN_IF_ERROR(workflow_->dataset().database().Scan(
      kOperationFamily, OperationRowKey(request.parent(), after + 1), audit::EndOfPrefix(prefix),
      [&](absl::string_view, absl::string_view value) {
        if (response.rows_size() == size) {
          response.set_next_page_token(EncodePageToken(
              {.after = absl::StrCat(response.rows().rbegin()->row()), .revision = -1}, arguments));
          return false;
        }
        garbled =
            !response.add_rows()->ParseFromArray(value.data(), static_cast<int>(value.size()));
        return !garbled;
      }));
  if (garbled) return absl::DataLossError("a row of an import is not one");
  return response;
}

absl::StatusOr<lro::Operation> BulkService::ExportOfferings(
    const Call&, const pb::ExportOfferingsRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("parent", request.parent(), "members/*", issues, true);
  if (request.catalog_revision() < 0) {
    issues.push_back({"catalog_revision", "OUT_OF_RANGE", "0 (maintenant) ou une révision.",
                      "0 (now) or a revision."});
  }
  if (!issues.empty()) return BadRequest(issues);
  std::shared_ptr<const catalog::Snapshot> snapshot = workflow_->snapshot();
  if (request.catalog_revision() > 0) {
    auto past = workflow_->dataset().store().SnapshotAt(request.catalog_revision());
    if (absl::IsOutOfRange(past.status())) {
      const std::string asked = absl::StrCat(request.catalog_revision());
      return WithPrecondition(MakeError(Reason::kRevisionUnavailable,
                                        absl::StrCat("catalogue revision ", asked,
                                                     ": the newest is ", snapshot->revision, "."),
                                        {{"what", "catalogue revision"}, {"asked", asked}}),
                              Info(Reason::kRevisionUnavailable).word, asked,
                              "ask for a revision that exists");
    }
    RETURN_IF_ERROR(past.status());
    snapshot = *std::move(past);
  }
  const bool all = request.parent() == "members/-";
  if (!all && !snapshot->members.contains(request.parent())) {
    return NotFound("member", request.parent());
  }
  return ExportOperation({.parent = request.parent(), .revision = snapshot->revision}, *snapshot);
}

absl::StatusOr<pb::ListExportedOfferingsResponse> BulkService::ListExportedOfferings(
    const Call& call, const pb::ListExportedOfferingsRequest& request) const {
  std::vector<base::Issue> issues;
  int32_t left = PageSize(request.page_size(), issues);
  const std::optional<ExportPlace> place = ParseExportName(request.parent());
  if (!place.has_value()) {
    issues.push_back({"parent", "INVALID_NAME", "Attendu : operations/export.….",
                      "Expected: operations/export.…."});
  }
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, request.parent()};
  ASSIGN_OR_RETURN(const PagePlace page, DecodePageToken(request.page_token(), arguments));
  auto snapshot = workflow_->dataset().store().SnapshotAt(place->revision);
  if (absl::IsOutOfRange(snapshot.status())) return NotFound("operation", request.parent());
  RETURN_IF_ERROR(snapshot.status());
  const std::string prefix = ExportPrefix(*place);
  pb::ListExportedOfferingsResponse response;
  size_t bytes = 0;
  bool full = false;
  for (auto it = (*snapshot)->offerings.upper_bound(prefix);
       it != (*snapshot)->offerings.end() && absl::StartsWith(it->first, prefix); ++it) {
    response.set_total_count(response.total_count() + 1);
    if (full) continue;  // counted
    if (it->first > page.after) {
      bytes += it->second->offering.ByteSizeLong();
      full = left-- == 0 || (bytes > kPageBytesMax && response.offerings_size() > 0);
      if (full) continue;
      *response.add_offerings() = it->second->offering;
    }
    response.set_read_count(response.total_count());
  }
  if (full) {
    response.set_next_page_token(EncodePageToken(
        {.after = response.offerings().rbegin()->name(), .revision = -1}, arguments));
  }
  return response;
}

}  // namespace aplomb::service
