#include "service/workflow_entries.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/rulebook_activation.pb.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/civil_day.h"
#include "base/status.h"
#include "catalog/store.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

constexpr size_t kNameSizeMax = 300;
constexpr absl::string_view kNul("\0", 1);
// In a record: the entry that holds it.
constexpr int64_t kThisEntry = -1;

// The same bytes for the same message, in one build; they are made once and then kept.
std::string Deterministic(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    CHECK(message.SerializeToCodedStream(&output)) << "a message in memory";
  }
  return bytes;
}

template <typename Message>
absl::StatusOr<Message> Parse(absl::string_view bytes) {
  Message message;
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(absl::StrCat("not a ", Message::descriptor()->full_name()));
  }
  return message;
}

std::string WithEntry(int64_t entry, const google::protobuf::Message& message) {
  return absl::StrCat(audit::IndexKey(entry), Deterministic(message));
}

absl::StatusOr<int64_t> ReadEntryNumber(absl::string_view value) {
  base::ByteReader reader(value);
  return reader.I64();
}

std::string U32(uint32_t value) {
  base::ByteWriter writer;
  writer.U32(value);
  return std::move(writer).Take();
}

std::string MemberOfName(absl::string_view name) {
  // "members/m" of "members/m/…".
  const size_t slash = name.find('/', name.find('/') + 1);
  return std::string(name.substr(0, slash));
}

bool IsDecided(pb::Proposal::State state) {
  return state == pb::Proposal::APPROVED || state == pb::Proposal::REJECTED ||
         state == pb::Proposal::WITHDRAWN;
}
bool IsQueued(pb::Proposal::State state) {
  return state == pb::Proposal::SUBMITTED || state == pb::Proposal::IN_REVIEW;
}

std::string PlaceKey(absl::string_view prefix, const pb::ProposalRecord& record) {
  return absl::StrCat(prefix, TurnQueueOf(record), kNul, audit::IndexKey(record.place()));
}

// Keys that lead to a proposal while it is in review, or awaits its second look.
std::vector<std::string> LeadingKeys(const pb::ProposalRecord& record) {
  std::vector<std::string> keys;
  if (AwaitsSecondLook(record)) {
    keys.push_back(PlaceKey(QueuePrefix(), record));
    if (!record.second_look().reviewer().empty()) {
      keys.push_back(PlaceKey(ReviewsPrefix(record.second_look().reviewer()), record));
    }
  }
  if (!IsQueued(record.state())) return keys;
  keys.push_back(PlaceKey(QueuePrefix(), record));
  keys.push_back(OfferingInReviewKey(record.offering()));
  for (const pb::DrawnReviewer& drawn : record.reviewers()) {
    if (drawn.verdict() != pb::DrawnReviewer::VERDICT_UNSPECIFIED) continue;
    keys.push_back(PlaceKey(ReviewsPrefix(drawn.reviewer()), record));
  }
  return keys;
}

absl::Status Increment(audit::Overlay& overlay, const std::string& key, int by) {
  ASSIGN_OR_RETURN(const std::optional<std::string> value, overlay.Get(kProposalFamily, key));
  ASSIGN_OR_RETURN(const uint32_t count, DecodeCount(value));
  overlay.Put(kProposalFamily, key, U32(count + static_cast<uint32_t>(by)));
  return absl::OkStatus();
}

absl::Status ProjectProposal(const audit::LoggedEntry& entry, const WorkflowBody& body,
                             audit::Overlay& overlay) {
  ASSIGN_OR_RETURN(const pb::ProposalEvent event, Parse<pb::ProposalEvent>(body.bytes));
  pb::ProposalRecord record = event.after();
  if (record.text_entry() == kThisEntry) record.set_text_entry(entry.index);
  if (record.place() == kThisEntry) record.set_place(entry.index);
  for (pb::DrawnReviewer& drawn : *record.mutable_reviewers()) {
    if (drawn.comment_entry() == kThisEntry) drawn.set_comment_entry(entry.index);
  }
  for (int i = 0; i < record.comment_entries_size(); ++i) {
    if (record.comment_entries(i) == kThisEntry) record.set_comment_entries(i, entry.index);
  }
  if (record.approve_entry() == kThisEntry) record.set_approve_entry(entry.index);
  const std::string key = ProposalKey(body.name);
  ASSIGN_OR_RETURN(const std::optional<std::string> value, overlay.Get(kProposalFamily, key));
  const std::string member = MemberOfName(body.name);
  bool was_decided = false;
  if (value.has_value()) {
    ASSIGN_OR_RETURN(const StoredProposal before, DecodeStoredProposal(*value));
    for (const std::string& old : LeadingKeys(before.record)) overlay.Delete(kProposalFamily, old);
    was_decided = IsDecided(before.record.state());
  } else {
    RETURN_IF_ERROR(Increment(overlay, OpenCountKey(member), 1));
  }
  for (const std::string& leading : LeadingKeys(record)) {
    overlay.Put(kProposalFamily, leading, body.name);
  }
  if (IsDecided(record.state()) && !was_decided) {
    RETURN_IF_ERROR(Increment(overlay, OpenCountKey(member), -1));
    if (record.fast_lane() && record.state() == pb::Proposal::APPROVED) {
      RETURN_IF_ERROR(Increment(overlay, FastLaneCountKey(member, entry.time_us), 1));
    }
  }
  overlay.Put(kProposalFamily, key, WithEntry(entry.index, record));
  return absl::OkStatus();
}

absl::Status ProjectNotice(const audit::LoggedEntry& entry, const WorkflowBody& body,
                           audit::Overlay& overlay) {
  ASSIGN_OR_RETURN(const pb::NoticeRecord notice, Parse<pb::NoticeRecord>(body.bytes));
  const std::string member = MemberOfName(body.name);
  overlay.Put(kNoticeFamily, absl::StrCat(NoticesPrefix(member), audit::IndexKey(entry.index)),
              body.bytes);
  const std::string end_key = absl::StrCat(EndDayPrefix(), member);
  if (notice.verb() == "REMIND") {
    overlay.Put(kNoticeFamily, RemindedKey(notice.name(), notice.field()),
                U32(static_cast<uint32_t>(notice.effective_day())));
  } else if (notice.verb() == "GIVE_NOTICE") {
    overlay.Put(kNoticeFamily, end_key, U32(static_cast<uint32_t>(notice.effective_day())));
  } else if (notice.verb() == "END") {
    overlay.Delete(kNoticeFamily, end_key);
  }
  return absl::OkStatus();
}

absl::Status ProjectContest(const audit::LoggedEntry& entry, const WorkflowBody& body,
                            audit::Overlay& overlay) {
  ASSIGN_OR_RETURN(const pb::ContestEvent event, Parse<pb::ContestEvent>(body.bytes));
  pb::ContestRecord record = event.after();
  if (record.grounds_entry() == kThisEntry) record.set_grounds_entry(entry.index);
  if (record.answer_entry() == kThisEntry) record.set_answer_entry(entry.index);
  const std::string key = ContestKey(body.name);
  ASSIGN_OR_RETURN(const std::optional<std::string> value, overlay.Get(kContestFamily, key));
  if (!value.has_value()) {
    const std::string place = audit::IndexKey(entry.index);
    overlay.Put(kContestFamily, absl::StrCat(ContestsOfAuthorPrefix(record.author()), place),
                body.name);
    overlay.Put(kContestFamily, absl::StrCat(AllContestsPrefix(), place), body.name);
  }
  overlay.Put(kContestFamily, key, WithEntry(entry.index, record));
  return absl::OkStatus();
}

// One entry gives notice to all members: each has it among its notices, from the same instant.
absl::Status ProjectRulebook(const audit::LoggedEntry& entry, const WorkflowBody& body,
                             audit::Overlay& overlay) {
  ASSIGN_OR_RETURN(const pb::RulebookActivation activation,
                   Parse<pb::RulebookActivation>(body.bytes));
  const std::string place = audit::IndexKey(entry.index);
  overlay.Put(kNoticeFamily, absl::StrCat(RulebookReleasesPrefix(), place), body.bytes);
  pb::NoticeRecord notice;
  notice.set_name(body.name);
  notice.set_verb("CHANGE_RULES");
  notice.set_actor(activation.actor());
  notice.set_effective_day(activation.effective_day());
  notice.set_time_us(activation.time_us());
  const std::string bytes = Deterministic(notice);
  for (const std::string& member : activation.notified_members()) {
    overlay.Put(kNoticeFamily, absl::StrCat(NoticesPrefix(member), place), bytes);
  }
  return absl::OkStatus();
}

absl::Status ProjectRulebookWithdrawal(const audit::LoggedEntry& entry, const WorkflowBody& body,
                                       audit::Overlay& overlay) {
  ASSIGN_OR_RETURN(const pb::RulebookWithdrawal withdrawal,
                   Parse<pb::RulebookWithdrawal>(body.bytes));
  overlay.Put(kNoticeFamily,
              absl::StrCat(RulebookWithdrawalsPrefix(), audit::IndexKey(withdrawal.notice_entry())),
              body.bytes);
  pb::NoticeRecord notice;
  notice.set_name(body.name);
  notice.set_verb("WITHDRAW_RULES");
  notice.set_actor(withdrawal.actor());
  notice.set_time_us(withdrawal.time_us());
  const std::string bytes = Deterministic(notice);
  for (const std::string& member : withdrawal.notified_members()) {
    overlay.Put(kNoticeFamily, absl::StrCat(NoticesPrefix(member), audit::IndexKey(entry.index)),
                bytes);
  }
  return absl::OkStatus();
}

absl::Status ProjectWorkflow(const audit::LoggedEntry& entry, audit::Overlay& overlay) {
  ASSIGN_OR_RETURN(const WorkflowBody body, DecodeWorkflowBody(entry.body));
  switch (body.kind) {
    case BodyKind::kProposal:
      return ProjectProposal(entry, body, overlay);
    case BodyKind::kReviewer:
      overlay.Put(kRosterFamily, body.name, body.bytes);
      return absl::OkStatus();
    case BodyKind::kNotice:
      return ProjectNotice(entry, body, overlay);
    case BodyKind::kContest:
      return ProjectContest(entry, body, overlay);
    case BodyKind::kRulebook:
      return ProjectRulebook(entry, body, overlay);
    case BodyKind::kRulebookWithdrawal:
      return ProjectRulebookWithdrawal(entry, body, overlay);
  }
  return absl::InternalError("decoding knows all kinds");
}

}  // namespace

std::string EncodeWorkflowBody(BodyKind kind, absl::string_view name,
                               const google::protobuf::Message& message) {
  base::ByteWriter writer;
  writer.U8(static_cast<uint8_t>(kind));
  writer.Bytes(name);
  writer.Raw(Deterministic(message));
  return std::move(writer).Take();
}

absl::StatusOr<WorkflowBody> DecodeWorkflowBody(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  ASSIGN_OR_RETURN(const uint8_t kind, reader.U8());
  if (kind < 1 || kind > static_cast<uint8_t>(BodyKind::kRulebookWithdrawal)) {
    return absl::InvalidArgumentError(absl::StrCat("no such kind of body: ", kind));
  }
  ASSIGN_OR_RETURN(const absl::string_view name, reader.Bytes(kNameSizeMax));
  return WorkflowBody{.kind = static_cast<BodyKind>(kind),
                      .name = std::string(name),
                      .bytes = std::string(bytes.substr(reader.offset()))};
}

std::string ProposalKey(absl::string_view name) { return absl::StrCat("n", name); }
std::string ProposalsPrefix(absl::string_view member) {
  return member.empty() ? "n" : absl::StrCat("n", member, "/");
}
std::string QueuePrefix() { return "q"; }
std::string ReviewsPrefix(absl::string_view reviewer) { return absl::StrCat("r", reviewer, kNul); }
std::string ReviewsPrefix(absl::string_view reviewer, absl::string_view queue) {
  return absl::StrCat(ReviewsPrefix(reviewer), queue, kNul);
}
std::string OfferingInReviewKey(absl::string_view offering) { return absl::StrCat("o", offering); }
std::string OpenCountKey(absl::string_view member) { return absl::StrCat("c", member); }
std::string FastLaneCountKey(absl::string_view member, int64_t time_us) {
  const std::string day = base::FormatDay(base::ParisDay(absl::FromUnixMicros(time_us)));
  return absl::StrCat("f", member, kNul, day.substr(0, 7));
}
std::string NoticesPrefix(absl::string_view member) { return absl::StrCat("l", member, kNul); }
std::string EndDayPrefix() { return "d"; }
std::string RemindedKey(absl::string_view offering, absl::string_view field) {
  return absl::StrCat("r", offering, kNul, field);
}
std::string RulebookReleasesPrefix() { return "a"; }
std::string RulebookWithdrawalsPrefix() { return "w"; }
std::string ContestKey(absl::string_view name) { return absl::StrCat("n", name); }
std::string ContestsOfAuthorPrefix(absl::string_view author) {
  return absl::StrCat("a", author, kNul);
}
std::string AllContestsPrefix() { return "l"; }

std::string QueueOf(const pb::ProposalRecord& record) {
  return absl::StrCat(record.fast_lane() ? "FAST." : "", record.family());
}

std::string TurnQueueOf(const pb::ProposalRecord& record) {
  return AwaitsSecondLook(record) ? absl::StrCat("LOOK.", record.family()) : QueueOf(record);
}

bool AwaitsSecondLook(const pb::ProposalRecord& record) {
  return record.state() == pb::Proposal::APPROVED && record.sampled() &&
         record.approve_entry() != 0 &&  // older ones were chosen, but nobody was drawn
         record.second_look().verdict() == pb::DrawnReviewer::VERDICT_UNSPECIFIED;
}

absl::StatusOr<StoredProposal> DecodeStoredProposal(absl::string_view value) {
  StoredProposal stored;
  ASSIGN_OR_RETURN(stored.entry, ReadEntryNumber(value));
  ASSIGN_OR_RETURN(stored.record, Parse<pb::ProposalRecord>(value.substr(8)));
  base::ByteWriter seen;
  seen.Bytes(stored.record.name());
  seen.U8(static_cast<uint8_t>(stored.record.state()));
  seen.I64(stored.record.text_entry());
  seen.I64(stored.record.place());
  stored.etag = catalog::Etag(base::Sha256(seen.view()));
  return stored;
}

absl::StatusOr<StoredContest> DecodeStoredContest(absl::string_view value) {
  StoredContest stored;
  ASSIGN_OR_RETURN(stored.entry, ReadEntryNumber(value));
  ASSIGN_OR_RETURN(stored.record, Parse<pb::ContestRecord>(value.substr(8)));
  stored.etag = catalog::Etag(base::Sha256(value.substr(8)));
  return stored;
}

absl::StatusOr<uint32_t> DecodeCount(const std::optional<std::string>& value) {
  if (!value.has_value()) return 0;
  base::ByteReader reader(*value);
  return reader.U32();
}

audit::Projection WorkflowProjection() {
  return {
      .types = {audit::EntryType::kProposal, audit::EntryType::kReview, audit::EntryType::kContest},
      .column_families = {{.name = std::string(kProposalFamily)},
                          {.name = std::string(kRosterFamily)},
                          {.name = std::string(kNoticeFamily)},
                          {.name = std::string(kContestFamily)}},
      .project = ProjectWorkflow};
}

}  // namespace aplomb::service
