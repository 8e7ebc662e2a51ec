#include "service/rulebook_service.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/hex.h"
#include "service/errors.h"
#include "service/names.h"
#include "service/paging.h"
#include "service/rulebook_release.h"
#include "service/waiver.h"
#include "service/workflow.h"

namespace aplomb::service {

// A release as it stands in the notices.
struct StoredRelease {
  int64_t entry = 0;
  catalog::v1::RulebookActivation activation;
  std::optional<catalog::v1::RulebookWithdrawal> withdrawal = {};
};

namespace {

namespace pb = catalog::v1;
using SnapshotPointer = std::shared_ptr<const catalog::Snapshot>;

constexpr absl::string_view kRevisionPattern = "rulebooks/*/revisions/#";
constexpr absl::string_view kOfferingPattern = "members/*/offerings/*";
constexpr uintmax_t kCharterKeysSizeMax = 1 << 20;
constexpr size_t kWithdrawalReasonSizeMax = 2'000;  // bytes, in each language

// The newest revision of a rulebook, in force or not; null without one.
const catalog::RulebookEntry* NewestOf(const catalog::Snapshot& snapshot,
                                       const std::string& rulebook_id) {
  const catalog::RulebookEntry* newest = nullptr;
  for (const auto& [revision, entry] : snapshot.rulebooks) {
    if (entry->rulebook.rulebook_id() == rulebook_id) newest = entry.get();
  }
  return newest;
}

// What is proposed, ready to be written.
struct Proposed {
  pb::Rulebook rulebook;
  pb::RulebookActivation activation;
  std::string etag;  // of the newest revision when it was looked at; "": there was none
};

// Two entries, one step: the revision, and the notice of it to everybody.
catalog::StageFunction Write(const Workflow* workflow, Proposed proposed) {
  return [workflow, proposed = std::move(proposed)](audit::StageContext& context) -> absl::Status {
    const base::DayNumber today = base::ParisDay(absl::FromUnixMicros(context.time_us()));
    if (proposed.activation.effective_day() < today + kRulebookNoticeDays) {
      return MakeError(Reason::kStateForbids,
                       "The day has changed meanwhile: the first day of the rules is less than "
                       "thirty days ahead.");
    }
    RETURN_IF_ERROR(
        catalog::PutRulebook(proposed.rulebook, {.expected_etag = proposed.etag})(context));
    pb::RulebookActivation activation = proposed.activation;
    activation.set_time_us(context.time_us());
    // Members of this instant: nothing else is written meanwhile.
    const SnapshotPointer now = workflow->snapshot();
    for (const auto& [name, entry] : now->members) {
      if (entry->member.state() != pb::Member::ENDED) activation.add_notified_members(name);
    }
    return context
        .Append(
            audit::EntryType::kReview,
            EncodeWorkflowBody(BodyKind::kRulebook,
                               absl::StrCat("rulebooks/", activation.rulebook_id()), activation))
        .status();
  };
}

// What has to be registered again so that the rules are on every day what they would be without
// `revision`; null where there is nothing, or where a second pending revision stands in the way.
std::shared_ptr<const catalog::RulebookEntry> KeptWithout(const catalog::Snapshot& snapshot,
                                                          int64_t revision, int32_t effective_day,
                                                          int32_t today) {
  catalog::Snapshot without;
  without.rulebooks = snapshot.rulebooks;
  without.rulebooks.erase(revision);
  const catalog::RulebookEntry* kept = ActiveRulebook(without, effective_day);
  if (kept == nullptr) return nullptr;
  catalog::Snapshot after;
  after.rulebooks = snapshot.rulebooks;
  const auto entry = without.rulebooks.at(kept->revision);
  after.rulebooks[snapshot.rulebooks.rbegin()->first + 1] = entry;
  // The rules change on first days only.
  std::set<int32_t> days = {today, effective_day};
  for (const auto& [index, one] : snapshot.rulebooks) {
    const auto& from = one->rulebook.valid_from();
    const auto day =
        base::ToDayNumber({.year = from.year(), .month = from.month(), .day = from.day()});
    if (day.ok() && *day > today) days.insert(*day);
  }
  for (const int32_t day : days) {
    const catalog::RulebookEntry* wanted = ActiveRulebook(without, day);
    const catalog::RulebookEntry* found = ActiveRulebook(after, day);
    const bool same =
        wanted == nullptr ? found == nullptr : found != nullptr && found->digest == wanted->digest;
    if (!same) return nullptr;
  }
  return entry;
}

// What is taken back, ready to be written.
struct Withdrawn {
  std::shared_ptr<const catalog::RulebookEntry> kept;
  pb::RulebookWithdrawal withdrawal;
  int32_t effective_day = 0;  // of what does not come
  std::string etag;           // of the newest revision when it was looked at
};

absl::Status HasBegun() {
  return MakeError(Reason::kStateForbids,
                   "Its first day has come: what is in force is replaced by another proposal.");
}

// Two entries, one step: what stays in force, as the newest revision; and the notice to everybody.
catalog::StageFunction TakeBack(const Workflow* workflow, Withdrawn withdrawn) {
  return
      [workflow, withdrawn = std::move(withdrawn)](audit::StageContext& context) -> absl::Status {
        const base::DayNumber today = base::ParisDay(absl::FromUnixMicros(context.time_us()));
        if (today >= withdrawn.effective_day) return HasBegun();
        RETURN_IF_ERROR(catalog::PutRulebook(withdrawn.kept->rulebook,
                                             {.expected_etag = withdrawn.etag})(context));
        pb::RulebookWithdrawal withdrawal = withdrawn.withdrawal;
        withdrawal.set_time_us(context.time_us());
        const SnapshotPointer now = workflow->snapshot();
        for (const auto& [name, entry] : now->members) {
          if (entry->member.state() != pb::Member::ENDED) withdrawal.add_notified_members(name);
        }
        return context
            .Append(audit::EntryType::kReview,
                    EncodeWorkflowBody(BodyKind::kRulebookWithdrawal,
                                       absl::StrCat("rulebooks/", withdrawal.rulebook_id()),
                                       withdrawal))
            .status();
      };
}

// An offering of the catalogue, changed or added.
catalog::Snapshot With(const catalog::Snapshot& snapshot, pb::Offering offering) {
  catalog::Snapshot changed = snapshot;
  auto entry = std::make_shared<catalog::OfferingEntry>();
  const auto present = snapshot.offerings.find(offering.name());
  if (present != snapshot.offerings.end()) {
    offering.set_uid(present->second->offering.uid());
    entry->ordinal = present->second->ordinal;
  } else {
    // A UUID of version 4 drawn from the name: lots of a preview bind nobody.
    base::Digest d = base::Sha256(absl::StrCat("aplomb/impact/offering ", offering.name()));
    d[6] = static_cast<uint8_t>((d[6] & 0x0F) | 0x40);
    d[8] = static_cast<uint8_t>((d[8] & 0x3F) | 0x80);
    std::string uid;
    for (size_t i = 0; i < 16; ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) uid += '-';
      absl::StrAppendFormat(&uid, "%02x", d[i]);
    }
    offering.set_uid(uid);
    entry->ordinal = static_cast<uint32_t>(snapshot.offerings.size());
  }
  offering.set_state(pb::Offering::PUBLISHED);
  entry->offering = std::move(offering);
  const std::string name = entry->offering.name();
  changed.offerings[name] = std::move(entry);
  changed.index = nullptr;  // it is of the offerings as they were
  return changed;
}

absl::Status NoRulebook() {
  return MakeError(Reason::kStateForbids, "No rulebook is in force: there is nothing to compare.");
}

}  // namespace

std::vector<tlog::VerifierKey> RulebookService::CharterKeys(
    std::vector<base::Issue>& issues) const {
  const auto refuse = [&issues](const std::string& fr, const std::string& en) {
    issues.push_back({"charter.keys", "CHARTER_KEYS",
                      absl::StrCat("charter.keys, dans le répertoire de données du serveur : ", fr,
                                   " (docs/rulebook.md)."),
                      absl::StrCat("charter.keys, in the server's data directory: ", en,
                                   " (docs/rulebook.md).")});
    return std::vector<tlog::VerifierKey>();
  };
  std::error_code error;
  if (!std::filesystem::exists(charter_keys_, error) && !error) return {};  // nobody may sign
  const uintmax_t size = std::filesystem::file_size(charter_keys_, error);
  if (error) return refuse("ce n'est pas un fichier lisible", "it is no file that can be read");
  if (size > kCharterKeysSizeMax) {
    return refuse(absl::StrCat(size, " octets ; au plus ", kCharterKeysSizeMax),
                  absl::StrCat(size, " bytes; at most ", kCharterKeysSizeMax));
  }
  std::ifstream in(charter_keys_, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in || (text.fail() && size > 0)) {
    return refuse("ce n'est pas un fichier lisible", "it is no file that can be read");
  }
  auto keys = ParseCharterKeys(text.str());
  if (keys.ok()) return *std::move(keys);
  const std::string why(keys.status().message());
  return refuse(
      absl::StrCat("une clé publique par ligne, comme `aplomb rulebook charter-key` "
                   "l'imprime (",
                   why, ")"),
      absl::StrCat("one public key per line, as `aplomb rulebook charter-key` prints it (", why,
                   ")"));
}

void RulebookService::ProposeRulebook(const Call& call, const pb::ProposeRulebookRequest& request,
                                      Done<pb::RulebookRelease> done) {
  std::vector<base::Issue> issues;
  CheckRequestId(request.request_id(), issues);
  const std::vector<tlog::VerifierKey> keys = CharterKeys(issues);
  const SnapshotPointer now = workflow_->snapshot();
  const auto before = workflow_->Rulebook();
  Proposed proposed;
  proposed.activation =
      PrepareRelease(request, *now, before.get(), keys, workflow_->Today(), issues);
  if (!issues.empty()) return done(BadRequest(issues));
  proposed.activation.set_actor(absl::StrCat(RoleWord(call.caller.role), "/", call.caller.subject));
  if (request.validate_only()) {
    return done(Show({.entry = -1, .activation = std::move(proposed.activation)}, true));
  }
  proposed.rulebook = request.rulebook();
  const catalog::RulebookEntry* newest = NewestOf(*now, proposed.rulebook.rulebook_id());
  if (newest != nullptr) proposed.etag = catalog::Etag(newest->digest);
  const std::string digest = proposed.activation.rulebook_digest();
  workflow_->Run<pb::RulebookRelease>(
      call, request.request_id(), Write(workflow_, std::move(proposed)),
      [this, digest](const std::string&) -> absl::StatusOr<pb::RulebookRelease> {
        ASSIGN_OR_RETURN(const std::vector<StoredRelease> all, Releases());
        for (const StoredRelease& one : all) {
          if (one.activation.rulebook_digest() == digest) return Show(one, true);
        }
        return absl::DataLossError("the release that was just written is not there");
      },
      std::move(done));
}

void RulebookService::WithdrawRulebook(const Call& call, const pb::WithdrawRulebookRequest& request,
                                       Done<pb::RulebookRelease> done) {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRevisionPattern, issues);
  CheckRequestId(request.request_id(), issues);
  CheckText("reason.fr", request.reason().fr(), kWithdrawalReasonSizeMax, true, issues);
  CheckText("reason.en", request.reason().en(), kWithdrawalReasonSizeMax, true, issues);
  if (!issues.empty()) return done(BadRequest(issues));
  const absl::StatusOr<StoredRelease> found = Find(request.name());
  if (!found.ok()) return done(found.status());
  const SnapshotPointer now = workflow_->snapshot();
  const base::DayNumber today = workflow_->Today();
  const pb::RulebookRelease shown = Show(*found, false);
  const pb::RulebookActivation& activation = found->activation;
  // A request that is sent again is known by its id: the log answers it, whatever the state.
  const bool open = shown.state() == pb::RulebookRelease::PENDING;
  if (!open && request.request_id().empty()) {
    return done(shown.state() == pb::RulebookRelease::WITHDRAWN
                    ? MakeError(Reason::kStateForbids, "It was taken back already.")
                    : HasBegun());
  }
  Withdrawn withdrawn;
  withdrawn.effective_day = activation.effective_day();
  if (open) {
    const auto revision = ParseName(request.name(), kRevisionPattern);
    withdrawn.kept =
        KeptWithout(*now, RevisionNumber((*revision)[1]), activation.effective_day(), today);
    if (withdrawn.kept == nullptr) {
      return done(MakeError(Reason::kStateForbids,
                            "Another pending revision depends on it, or nothing else would be in "
                            "force: take the newest one back first, or propose another."));
    }
    withdrawn.etag = catalog::Etag(NewestOf(*now, activation.rulebook_id())->digest);
    pb::RulebookWithdrawal& withdrawal = withdrawn.withdrawal;
    withdrawal.set_rulebook_id(activation.rulebook_id());
    withdrawal.set_rulebook_digest(activation.rulebook_digest());
    withdrawal.set_notice_entry(found->entry);
    withdrawal.set_actor(absl::StrCat(RoleWord(call.caller.role), "/", call.caller.subject));
    *withdrawal.mutable_reason() = request.reason();
    withdrawal.set_kept_digest(base::HexEncode(withdrawn.kept->digest));
  }
  catalog::StageFunction stage;
  if (open) {
    stage = TakeBack(workflow_, std::move(withdrawn));
  } else {
    stage = [](audit::StageContext&) { return HasBegun(); };
  }
  workflow_->Run<pb::RulebookRelease>(
      call, request.request_id(), std::move(stage),
      [this, name = request.name()](const std::string&) -> absl::StatusOr<pb::RulebookRelease> {
        ASSIGN_OR_RETURN(const StoredRelease one, Find(name));
        return Show(one, true);
      },
      std::move(done));
}

absl::StatusOr<std::vector<StoredRelease>> RulebookService::Releases() const {
  std::vector<StoredRelease> releases;
  absl::Status failure;
  const std::string prefix = RulebookReleasesPrefix();
  RETURN_IF_ERROR(workflow_->dataset().database().Scan(
      kNoticeFamily, prefix, audit::EndOfPrefix(prefix),
      [&](absl::string_view key, absl::string_view value) {
        StoredRelease one;
        base::ByteReader reader(key.substr(prefix.size()));
        const auto entry = reader.I64();
        failure = entry.status();
        if (failure.ok() &&
            !one.activation.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
          failure = absl::DataLossError("not a release of a rulebook");
        }
        if (!failure.ok()) return false;
        one.entry = *entry;
        releases.push_back(std::move(one));
        return true;
      }));
  RETURN_IF_ERROR(failure);
  for (StoredRelease& one : releases) {
    ASSIGN_OR_RETURN(
        const std::optional<std::string> bytes,
        workflow_->dataset().database().Get(
            kNoticeFamily, absl::StrCat(RulebookWithdrawalsPrefix(), audit::IndexKey(one.entry))));
    if (!bytes.has_value()) continue;
    if (!one.withdrawal.emplace().ParseFromString(*bytes)) {
      return absl::DataLossError("not a withdrawal of a rulebook");
    }
  }
  std::reverse(releases.begin(), releases.end());
  return releases;
}

absl::StatusOr<StoredRelease> RulebookService::Find(const std::string& name) const {
  ASSIGN_OR_RETURN(std::vector<StoredRelease> all, Releases());
  for (StoredRelease& one : all) {
    if (Show(one, false).revision() == name) return std::move(one);
  }
  return NotFound("rulebook release", name);
}

pb::RulebookRelease RulebookService::Show(const StoredRelease& stored, bool full) const {
  pb::RulebookRelease release;
  pb::RulebookActivation& activation = *release.mutable_activation();
  activation = stored.activation;
  if (!full) {
    activation.clear_impact();
    activation.clear_bias();
    activation.clear_waivers();
    activation.clear_notified_members();
  }
  SetDay(activation.effective_day(), *release.mutable_effective_date());
  if (stored.entry < 0) return release;
  SetTime(activation.time_us(), *release.mutable_propose_time());
  release.set_log_entry(stored.entry);
  // The revision is the newest one of these bytes before the notice.
  const SnapshotPointer now = workflow_->snapshot();
  int64_t revision = -1;
  for (const auto& [index, entry] : now->rulebooks) {
    if (index < stored.entry && base::HexEncode(entry->digest) == activation.rulebook_digest()) {
      revision = index;
    }
  }
  release.set_revision(RulebookRevisionName(activation.rulebook_id(), revision));
  const catalog::RulebookEntry* active = ActiveRulebook(*now, workflow_->Today());
  if (stored.withdrawal.has_value()) {
    release.set_state(pb::RulebookRelease::WITHDRAWN);
    *release.mutable_withdrawal() = *stored.withdrawal;
    if (!full) release.mutable_withdrawal()->clear_notified_members();
  } else if (activation.effective_day() > workflow_->Today()) {
    release.set_state(pb::RulebookRelease::PENDING);
  } else {
    // By its bytes: where a later revision was taken back, they are registered a second time.
    release.set_state(active != nullptr &&
                              base::HexEncode(active->digest) == activation.rulebook_digest()
                          ? pb::RulebookRelease::ACTIVE
                          : pb::RulebookRelease::REPLACED);
  }
  return release;
}

absl::StatusOr<pb::RulebookRelease> RulebookService::GetRulebookRelease(
    const Call&, const pb::GetRulebookReleaseRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRevisionPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const StoredRelease one, Find(request.name()));
  return Show(one, true);
}

absl::StatusOr<pb::ListRulebookReleasesResponse> RulebookService::ListRulebookReleases(
    const Call& call, const pb::ListRulebookReleasesRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t size = PageSize(request.page_size(), issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, call.caller.Id()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  ASSIGN_OR_RETURN(const std::vector<StoredRelease> all, Releases());
  pb::ListRulebookReleasesResponse response;
  std::string last;
  bool behind = !place.after.empty();
  for (const StoredRelease& one : all) {
    const std::string key = absl::StrCat(one.entry);
    if (behind) {
      behind = key != place.after;
      continue;
    }
    if (response.releases_size() == size) {
      response.set_next_page_token(EncodePageToken({.after = last, .revision = -1}, arguments));
      break;
    }
    *response.add_releases() = Show(one, false);
    last = key;
  }
  return response;
}

absl::StatusOr<pb::ImpactPreview> RulebookService::PreviewOfferingImpact(
    const Call& call, const pb::PreviewOfferingImpactRequest& request) const {
  const pb::Offering& offering = request.offering();
  std::vector<base::Issue> issues;
  RequireName("offering.name", offering.name(), kOfferingPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::string member = MemberNameOf(offering.name());
  if (call.reach == Reach::kOwn && member != absl::StrCat("members/", call.caller.subject)) {
    return NotOwner(offering.name());
  }
  const SnapshotPointer now = workflow_->snapshot();
  if (!now->members.contains(member)) return NotFound("member", member);
  const auto rulebook = workflow_->Rulebook();
  if (rulebook == nullptr) return NoRulebook();
  const base::DayNumber today = workflow_->Today();
  const std::vector<decision::ProofInput> inputs =
      InputsOf(request.reference_firms(), rulebook.get(), today, "reference_firms", issues);
  const base::Issues problems = workflow_->Check(offering);
  for (base::Issue issue : problems.list()) {
    issue.field = absl::StrCat("offering.", issue.field);
    issues.push_back(std::move(issue));
  }
  if (!issues.empty()) return BadRequest(issues);
  const catalog::Snapshot changed = With(*now, offering);
  return PreviewOf(decision::PreviewImpact({.snapshot = *now, .rulebook = *rulebook},
                                           {.snapshot = changed, .rulebook = *rulebook}, inputs,
                                           today));
}

}  // namespace aplomb::service
