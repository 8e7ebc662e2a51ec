#include "service/workflow.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "audit/entry.h"
#include "audit/section_reader.h"
#include "audit/tie_secrets.h"
#include "base/nearest.h"
#include "base/reason.h"
#include "catalog/import/yaml.h"
#include "catalog/proposals/claim_checks.h"
#include "catalog/proposals/diff.h"
#include "catalog/proposals/entry_file.h"
#include "catalog/proposals/lot.h"
#include "catalog/proposals/placeholders.h"
#include "catalog/proposals/remedies.h"
#include "catalog/proposals/working_days.h"
#include "service/errors.h"
#include "service/names.h"
#include "service/ranking_gaps.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

// Who may open what is sealed: those concerned, here the member and its reviewers.
constexpr uint8_t kConcernedTier = 2;
constexpr size_t kSaltSize = 32;
// What a page's message adds for each problem; a proposal can be wrong in very many ways.
constexpr size_t kProblemsMax = 200;

void AddProblems(const base::Issues& issues, pb::Proposal& proposal) {
  for (const base::Issue& issue : issues.list()) {
    if (static_cast<size_t>(proposal.problems_size()) == kProblemsMax) return;
    pb::Problem& problem = *proposal.add_problems();
    problem.set_field(issue.field);
    problem.set_reason(issue.reason);
    problem.mutable_text()->set_fr(issue.text_fr);
    problem.mutable_text()->set_en(issue.text_en);
    const proposals::Word& remedy = proposals::RemedyOf(issue.reason);
    problem.mutable_remedy()->set_fr(std::string(remedy.fr));
    problem.mutable_remedy()->set_en(std::string(remedy.en));
  }
}

base::DayNumber DayOfTime(int64_t time_us) { return base::ParisDay(absl::FromUnixMicros(time_us)); }

}  // namespace

absl::StatusOr<std::optional<StoredProposal>> Workflow::Find(absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   dataset_->database().Get(kProposalFamily, ProposalKey(name)));
  if (!value.has_value()) return std::optional<StoredProposal>();
  ASSIGN_OR_RETURN(StoredProposal stored, DecodeStoredProposal(*value));
  return std::optional<StoredProposal>(std::move(stored));
}

absl::StatusOr<std::optional<StoredContest>> Workflow::FindContest(absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   dataset_->database().Get(kContestFamily, ContestKey(name)));
  if (!value.has_value()) return std::optional<StoredContest>();
  ASSIGN_OR_RETURN(StoredContest stored, DecodeStoredContest(*value));
  return std::optional<StoredContest>(std::move(stored));
}

absl::StatusOr<std::string> Workflow::ReadSealed(int64_t entry, size_t number) const {
  const absl::StatusOr<std::vector<std::string>> values =
      audit::ReadSections(dataset_->database(), dataset_->keys(), entry, kConcernedTier);
  if (absl::IsNotFound(values.status())) return std::string();
  RETURN_IF_ERROR(values.status());
  if (number >= values->size() || (*values)[number].size() < kSaltSize) {
    return absl::DataLossError(absl::StrCat("entry ", entry, " has no sealed text ", number));
  }
  return (*values)[number].substr(kSaltSize);
}

absl::StatusOr<pb::Offering> Workflow::ReadText(int64_t entry) const {
  ASSIGN_OR_RETURN(const std::string bytes, ReadSealed(entry, 0));
  pb::Offering offering;
  if (!offering.ParseFromString(bytes)) {
    return absl::DataLossError(absl::StrCat("entry ", entry, ": not an offering"));
  }
  return offering;
}

absl::StatusOr<std::vector<pb::ReviewComment>> Workflow::ReadComments(int64_t entry) const {
  ASSIGN_OR_RETURN(const std::string bytes, ReadSealed(entry, 0));
  pb::Proposal holder;
  if (!holder.ParseFromString(bytes)) {
    return absl::DataLossError(absl::StrCat("entry ", entry, ": not comments"));
  }
  return std::vector<pb::ReviewComment>(holder.comments().begin(), holder.comments().end());
}

std::shared_ptr<const decision::CompiledRulebook> Workflow::Rulebook() const {
  const std::shared_ptr<const catalog::Snapshot> now = snapshot();
  const catalog::RulebookEntry* entry = ActiveRulebook(*now, Today());
  return entry == nullptr ? nullptr : Compiled(*entry);
}

std::shared_ptr<const decision::CompiledRulebook> Workflow::Compiled(
    const catalog::RulebookEntry& entry) const {
  const auto compiled = cache_->Compiled(entry);
  return compiled.ok() ? *compiled : nullptr;
}

base::Issues Workflow::Check(const pb::Offering& offering) const {
  base::Issues issues;
  const auto rulebook = Rulebook();
  if (rulebook == nullptr) {
    proposals::CheckEntry(offering, nullptr, &issues);
  } else {
    const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(rulebook->source);
    proposals::CheckEntry(offering, &vocabulary, &issues);
  }
  const std::shared_ptr<const catalog::Snapshot> now = snapshot();
  const auto published = now->offerings.find(offering.name());
  proposals::CheckClaims(offering,
                         published == now->offerings.end() ? nullptr : &published->second->offering,
                         Today(), &issues);
  proposals::CheckPlaceholders(offering, published != now->offerings.end(), &issues);
  // A uid is one offering's for ever: else the approval would fail.
  const auto same = now->index->offerings_by_uid.find(offering.uid());
  if (same != now->index->offerings_by_uid.end() &&
      same->second->offering.name() != offering.name()) {
    issues.Add({"uid", "DUPLICATE",
                absl::StrCat("est celui de ", same->second->offering.name(), " : ôtez-le"),
                absl::StrCat("is that of ", same->second->offering.name(), ": leave it out")});
  }
  return issues;
}

absl::StatusOr<pb::Proposal> Workflow::Show(const StoredProposal& stored, bool full) const {
  const pb::ProposalRecord& record = stored.record;
  pb::Proposal proposal;
  proposal.set_name(record.name());
  proposal.set_state(record.state());
  proposal.set_etag(stored.etag);
  SetTime(record.create_time_us(), *proposal.mutable_create_time());
  SetTime(record.update_time_us(), *proposal.mutable_update_time());
  if (record.submit_count() > 0) {
    SetTime(record.submit_time_us(), *proposal.mutable_submit_time());
  }
  proposal.set_family(record.family());
  proposal.set_fast_lane(record.fast_lane());
  proposal.set_full_review_reason(record.full_review_reason());
  proposal.set_working_days(record.working_days_before());
  if (record.state() == pb::Proposal::SUBMITTED || record.state() == pb::Proposal::IN_REVIEW) {
    const base::DayNumber submitted = DayOfTime(record.submit_time_us());
    proposal.set_working_days(record.working_days_before() +
                              proposals::WorkingDaysBetween(submitted, Today()));
    SetDay(
        proposals::AddWorkingDays(submitted, proposals::kReviewDays - record.working_days_before()),
        *proposal.mutable_due_date());
  }
  *proposal.mutable_reason_codes() = record.reason_codes();
  proposal.set_log_entry(stored.entry);
  // The OFFERING entry stands right before the REVIEW entry of the same command. Logs from before
  // there were second looks do not name it: there it is the last entry about the proposal.
  if (record.state() == pb::Proposal::APPROVED) {
    const int64_t approved = record.approve_entry() != 0 ? record.approve_entry() : stored.entry;
    proposal.set_published_revision(approved - 1);
    if (AwaitsSecondLook(record)) proposal.set_second_look(pb::Proposal::AWAITED);
    if (record.second_look().verdict() == pb::DrawnReviewer::APPROVE) {
      proposal.set_second_look(pb::Proposal::CONFIRMED);
    } else if (record.second_look().verdict() == pb::DrawnReviewer::REJECT) {
      proposal.set_second_look(pb::Proposal::OBJECTED);
    }
  }
  if (!full) {
    proposal.mutable_offering()->set_name(record.offering());
    return proposal;
  }
  ASSIGN_OR_RETURN(*proposal.mutable_offering(), ReadText(record.text_entry()));
  AddProblems(Check(proposal.offering()), proposal);
  const std::shared_ptr<const catalog::Snapshot> now = snapshot();
  if (const auto rulebook = Rulebook(); rulebook != nullptr) {
    for (pb::RankingGap& gap : RankingGaps(proposal.offering(), *rulebook, now->rates, Today())) {
      *proposal.add_ranking_gaps() = std::move(gap);
    }
  }
  const auto published = now->offerings.find(record.offering());
  const pb::Offering none;
  for (pb::FieldDifference& difference : proposals::Differences(
           published == now->offerings.end() ? none : published->second->offering,
           proposal.offering())) {
    *proposal.add_differences() = std::move(difference);
  }
  for (const int64_t entry : record.comment_entries()) {
    ASSIGN_OR_RETURN(const std::vector<pb::ReviewComment> comments, ReadComments(entry));
    for (const pb::ReviewComment& comment : comments) *proposal.add_comments() = comment;
  }
  return proposal;
}

absl::StatusOr<pb::Proposal> Workflow::ShowNamed(const std::string& name, bool full) const {
  ASSIGN_OR_RETURN(const std::optional<StoredProposal> stored, Find(name));
  if (!stored.has_value()) return NotFound("proposal", name);
  return Show(*stored, full);
}

Related Workflow::RelatedMembers() const {
  const std::shared_ptr<const catalog::Snapshot> now = snapshot();
  std::map<std::string, std::vector<std::string>> by_group;
  for (const auto& [name, entry] : now->members) {
    by_group[entry->member.ownership_group_uid()].push_back(name);
  }
  Related related;
  for (const auto& [group, names] : by_group) {
    for (const std::string& name : names) related[name] = names;
  }
  return related;
}

absl::Status Workflow::FromCatalog(const absl::Status& status) {
  const std::string word = base::ReasonOf(status);
  if (word == "ETAG_MISMATCH") return MakeError(Reason::kEtagMismatch, status.message());
  if (word == "NAME_TAKEN" || word == "UID_TAKEN") {
    return MakeError(Reason::kNameTaken, status.message());
  }
  if (word == "UID_CHANGED") {
    return BadRequest(
        {{"uid", word,
          "un membre ou une offre garde son uid, et un autre est donné : enlevez-le ; "
          "un autre produit prend un autre nom",
          std::string(status.message())}});
  }
  if (word == "MIXED_FICTIONAL") {
    return BadRequest(
        {{"fictional", word,
          "membres fictifs et réels ne vont pas dans le même catalogue : dans un catalogue fictif "
          "(serveur lancé avec --sample) donnez --fictional ; dans un vrai, ne le donnez pas",
          "fictional and real members do not stand in one catalogue: in a made-up one (a server "
          "started with --sample) give --fictional; in a real one leave it out"}});
  }
  if (word == "TOO_LARGE") {
    return BadRequest({{"", word,
                        absl::StrCat("trop d'octets, au plus environ ", audit::kMaxBodyBytes,
                                     " : raccourcissez les textes"),
                        std::string(status.message())}});
  }
  return FromLowerRoom(status);
}

audit::IdempotencyKey Workflow::KeyOf(const Call& call, const std::string& request_id) {
  return {.caller = call.caller.Id(),
          .method = call.method,
          .request_id = request_id,
          .request_digest = base::Sha256(call.request_bytes)};
}

absl::StatusOr<std::string> Workflow::NameAt(int64_t entry) const {
  if (entry < 0) return std::string();  // there was nothing to do
  ASSIGN_OR_RETURN(const audit::LoggedEntry logged, dataset_->database().ReadEntry(entry));
  ASSIGN_OR_RETURN(WorkflowBody body, DecodeWorkflowBody(logged.body));
  return std::move(body.name);
}

std::string MemberNameOf(absl::string_view name) {
  return std::string(name.substr(0, name.find('/', name.find('/') + 1)));
}

absl::StatusOr<proposals::State> Step(absl::string_view name, proposals::State from,
                                      proposals::Verb verb, proposals::Party party) {
  const std::optional<proposals::State> next = proposals::Next(from, verb, party);
  if (next.has_value()) return *next;
  const std::string state(proposals::StateWord(from));
  return WithPrecondition(
      MakeError(Reason::kStateForbids,
                absl::StrCat("\"", name.substr(0, 200), "\" is ", state, ": ",
                             proposals::VerbWord(verb), " is not possible in this state."),
                {{"name", std::string(name)},
                 {"state", state},
                 {"verb", std::string(proposals::VerbWord(verb))}}),
      Info(Reason::kStateForbids).word, name, absl::StrCat("it is ", state));
}

absl::Status EtagMismatch(absl::string_view name, absl::string_view etag) {
  return MakeError(Reason::kEtagMismatch,
                   absl::StrCat("\"", name.substr(0, 200),
                                "\" has changed since it was read: read it again, and decide "
                                "again."),
                   {{"name", std::string(name)}, {"etag", std::string(etag)}});
}

absl::StatusOr<StoredProposal> Reread(const audit::StageContext& context,
                                      const StoredProposal& read) {
  const std::string& name = read.record.name();
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   context.state().Get(kProposalFamily, ProposalKey(name)));
  if (!value.has_value()) return NotFound("proposal", name);
  ASSIGN_OR_RETURN(StoredProposal now, DecodeStoredProposal(*value));
  if (now.etag != read.etag) return EtagMismatch(name, now.etag);
  return now;
}

std::string Seal(absl::string_view text, base::Random& random) {
  return absl::StrCat(random.Bytes(kSaltSize), text);
}

absl::StatusOr<int64_t> AppendProposal(audit::StageContext& context, audit::EntryType type,
                                       proposals::Verb verb, absl::string_view actor,
                                       pb::ProposalRecord after, const pb::Offering* text,
                                       base::Random& random, const pb::Proposal* comments) {
  after.set_update_time_us(context.time_us());
  pb::ProposalEvent event;
  event.set_verb(std::string(proposals::VerbWord(verb)));
  event.set_actor(std::string(actor));
  std::vector<audit::TierSections> tiers;
  const google::protobuf::Message* sealed = text;
  if (comments != nullptr) sealed = comments;
  if (sealed != nullptr) {
    std::string bytes = Seal(sealed->SerializeAsString(), random);
    const base::Digest commitment = base::Sha256(absl::string_view(bytes));
    event.set_text_commitment(std::string(base::DigestView(commitment)));
    tiers.push_back({.tier = kConcernedTier, .values = {std::move(bytes)}});
  }
  if (text != nullptr) {
    after.set_text_entry(-1);
    after.set_text_count(after.text_count() + 1);
  }
  *event.mutable_after() = std::move(after);
  return context.Append(type, EncodeWorkflowBody(BodyKind::kProposal, event.after().name(), event),
                        tiers);
}

namespace {

// Who may decide about what is a member's: on the roster, active, not recused; by name.
absl::StatusOr<std::vector<std::string>> EligibleReviewers(const audit::StageContext& context,
                                                           const std::string& member,
                                                           const Related& related) {
  const auto found = related.find(member);
  const std::vector<std::string> group =
      found == related.end() ? std::vector<std::string>{member} : found->second;
  std::vector<std::string> eligible;
  absl::Status failure;
  RETURN_IF_ERROR(context.state().Scan(
      kRosterFamily, "", "", [&](absl::string_view key, absl::string_view bytes) {
        pb::ReviewerRecord reviewer;
        if (!reviewer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
          failure = absl::DataLossError(absl::StrCat(key, ": not a reviewer"));
          return false;
        }
        if (reviewer.active() && !proposals::IsRecused(reviewer, group)) {
          eligible.push_back(std::string(key));
        }
        return true;
      }));
  RETURN_IF_ERROR(failure);
  return eligible;
}

}  // namespace

absl::Status DrawSecondLook(audit::StageContext& context, const Related& related,
                            base::Random& random, pb::ProposalRecord& record) {
  record.clear_second_look();
  ASSIGN_OR_RETURN(std::vector<std::string> eligible,
                   EligibleReviewers(context, MemberNameOf(record.name()), related));
  for (const pb::DrawnReviewer& drawn : record.reviewers()) {
    eligible.erase(std::remove(eligible.begin(), eligible.end(), drawn.reviewer()), eligible.end());
  }
  if (eligible.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const audit::TieSecrets secrets,
                   audit::EnsureEpoch(context, DayOfTime(context.time_us()), &random));
  record.mutable_second_look()->set_reviewer(proposals::DrawOrder(
      secrets.secret, record.uid(), record.submit_count(), std::move(eligible))[0]);
  record.mutable_second_look()->set_epoch(secrets.epoch);
  return absl::OkStatus();
}

absl::StatusOr<bool> DrawMissing(audit::StageContext& context, const std::string& name,
                                 const Related& related, base::Random& random) {
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   context.state().Get(kProposalFamily, ProposalKey(name)));
  if (!value.has_value()) return NotFound("proposal", name);
  ASSIGN_OR_RETURN(const StoredProposal stored, DecodeStoredProposal(*value));
  const proposals::State from = proposals::StateOf(stored.record.state());
  const auto to = proposals::Next(from, proposals::Verb::kDraw, proposals::Party::kService);
  if (!to.has_value()) return false;
  ASSIGN_OR_RETURN(std::vector<std::string> eligible,
                   EligibleReviewers(context, MemberNameOf(name), related));
  if (from == proposals::State::kApproved) {
    const std::string& drawn = stored.record.second_look().reviewer();
    if (!AwaitsSecondLook(stored.record) ||
        std::find(eligible.begin(), eligible.end(), drawn) != eligible.end()) {
      return false;
    }
    pb::ProposalRecord looked = stored.record;
    RETURN_IF_ERROR(DrawSecondLook(context, related, random, looked));
    if (looked.second_look().reviewer() == drawn) return false;
    RETURN_IF_ERROR(AppendProposal(context, audit::EntryType::kReview, proposals::Verb::kDraw,
                                   "SERVICE", std::move(looked), nullptr, random)
                        .status());
    return true;
  }

  pb::ProposalRecord next = stored.record;
  next.clear_reviewers();
  std::vector<pb::DrawnReviewer::Verdict> verdicts;
  for (const pb::DrawnReviewer& drawn : stored.record.reviewers()) {
    const auto still = std::find(eligible.begin(), eligible.end(), drawn.reviewer());
    const bool decided = drawn.verdict() != pb::DrawnReviewer::VERDICT_UNSPECIFIED;
    if (!decided && still == eligible.end()) continue;  // recused or gone: to be replaced
    if (still != eligible.end()) eligible.erase(still);
    verdicts.push_back(drawn.verdict());
    *next.add_reviewers() = drawn;
  }
  size_t needed =
      next.fast_lane() ? proposals::kReviewersOfFastLane : proposals::kReviewersOfProposal;
  if (proposals::Count(verdicts, next.fast_lane()) == proposals::Outcome::kDisagree ||
      static_cast<size_t>(stored.record.reviewers_size()) > needed) {
    needed = proposals::kReviewersMax;
  }
  const size_t present = static_cast<size_t>(next.reviewers_size());
  const bool replaces = next.reviewers_size() != stored.record.reviewers_size();
  if (present >= needed || present + eligible.size() < needed) {
    // Nobody is missing, or nobody can be found. Who is recused decides nothing in the meantime.
    return false;
  }
  ASSIGN_OR_RETURN(const audit::TieSecrets secrets,
                   audit::EnsureEpoch(context, DayOfTime(context.time_us()), &random));
  const std::vector<std::string> order =
      proposals::DrawOrder(secrets.secret, next.uid(), next.submit_count(), std::move(eligible));
  for (size_t i = 0; i < needed - present; ++i) {
    pb::DrawnReviewer& drawn = *next.add_reviewers();
    drawn.set_reviewer(order[i]);
    drawn.set_epoch(secrets.epoch);
  }
  if (next.fast_lane() && !replaces) {
    next.set_sampled(proposals::DrawSample(secrets.secret, next.uid(), next.submit_count()));
  }
  next.set_state(proposals::ProposalStateOf(*to));
  RETURN_IF_ERROR(AppendProposal(context, audit::EntryType::kReview, proposals::Verb::kDraw,
                                 "SERVICE", std::move(next), nullptr, random)
                      .status());
  return true;
}

void SetLane(proposals::FastLane lane, uint32_t fast_count, pb::ProposalRecord& record) {
  const bool left = fast_count < kFastLaneOfMonthMax;
  record.set_fast_lane(lane == proposals::FastLane::kYes && left);
  record.clear_full_review_reason();
  if (lane == proposals::FastLane::kStepTooLarge) record.set_full_review_reason("STEP_TOO_LARGE");
  if (lane == proposals::FastLane::kYes && !left) record.set_full_review_reason("MONTH_USED_UP");
}

void SetTime(int64_t time_us, google::protobuf::Timestamp& timestamp) {
  timestamp.set_seconds(time_us / 1'000'000);
  timestamp.set_nanos(static_cast<int32_t>(time_us % 1'000'000) * 1000);
}

void SetDay(base::DayNumber day, google::type::Date& date) {
  const base::CivilDay civil = base::FromDayNumber(day);
  date.set_year(civil.year);
  date.set_month(civil.month);
  date.set_day(civil.day);
}

absl::StatusOr<WorkflowPage> ReadPage(const audit::Database& database, absl::string_view family,
                                      const std::string& prefix, absl::string_view after,
                                      int32_t size) {
  std::string begin = absl::StrCat(prefix, after);
  if (!after.empty()) begin.push_back('\0');
  WorkflowPage page;
  RETURN_IF_ERROR(database.Scan(family, begin, audit::EndOfPrefix(prefix),
                                [&](absl::string_view key, absl::string_view value) {
                                  page.more = page.rows.size() == static_cast<size_t>(size);
                                  if (page.more) return false;
                                  page.rows.emplace_back(std::string(key.substr(prefix.size())),
                                                         std::string(value));
                                  return true;
                                }));
  return page;
}

void CheckCodes(absl::string_view field,
                const google::protobuf::RepeatedPtrField<std::string>& codes,
                absl::Span<const proposals::Word> allowed, std::vector<base::Issue>& issues) {
  std::vector<std::string> words;
  for (const proposals::Word& word : allowed) words.push_back(std::string(word.code));
  std::string list;
  for (const std::string& word : words) absl::StrAppend(&list, list.empty() ? "" : " ", word);
  if (codes.empty() || codes.size() > kReasonCodesMax) {
    issues.push_back({std::string(field), codes.empty() ? "MISSING" : "TOO_MANY",
                      absl::StrCat("de 1 à ", kReasonCodesMax, " codes parmi : ", list),
                      absl::StrCat("1 to ", kReasonCodesMax, " codes of: ", list)});
  }
  for (int i = 0; i < std::min(codes.size(), kReasonCodesMax); ++i) {
    if (proposals::FindWord(allowed, codes[i]) != nullptr) continue;
    issues.push_back({absl::StrCat(field, "[", i, "]"), "UNKNOWN_CODE",
                      absl::StrCat("code inconnu ; admis : ", list),
                      absl::StrCat("unknown code; allowed: ", list)});
  }
}

void CheckMember(absl::string_view field, const std::string& name,
                 const catalog::Snapshot& snapshot, std::vector<base::Issue>& issues) {
  if (snapshot.members.contains(name)) return;
  if (!RequireName(field, name, "members/*", issues).has_value()) return;
  std::vector<std::string> known;
  for (const auto& [one, entry] : snapshot.members) known.push_back(one);
  const std::string near = absl::StrJoin(base::Nearest(name, std::move(known), 3), ", ");
  issues.push_back({std::string(field), "UNKNOWN_MEMBER",
                    absl::StrCat("\"", name, "\" n'est pas au registre ; proches : ", near),
                    absl::StrCat("\"", name, "\" is not in the register; near: ", near)});
}

void CheckMembers(absl::string_view field,
                  const google::protobuf::RepeatedPtrField<std::string>& names,
                  const catalog::Snapshot& snapshot, std::vector<base::Issue>& issues) {
  for (int i = 0; i < std::min(names.size(), kInterestsMax); ++i) {
    CheckMember(absl::StrCat(field, "[", i, "]"), names[i], snapshot, issues);
  }
}

void CheckText(absl::string_view field, absl::string_view text, size_t size_max, bool required,
               std::vector<base::Issue>& issues) {
  if (text.empty() && required) {
    issues.push_back({std::string(field), "MISSING", "texte attendu", "a text is expected"});
  }
  if (text.size() > size_max) {
    issues.push_back({std::string(field), "TEXT_TOO_LONG",
                      absl::StrCat(text.size(), " octets ; au plus ", size_max),
                      absl::StrCat(text.size(), " bytes; at most ", size_max)});
  }
  const std::string hidden = catalog::FindHiddenCharacter(text);
  if (hidden.empty()) return;
  issues.push_back({std::string(field), "HIDDEN_CHARACTER",
                    absl::StrCat("caractère invisible ou interdit (", hidden, ") : retirez-le"),
                    absl::StrCat("hidden or forbidden character (", hidden, "): remove it")});
}

}  // namespace aplomb::service
