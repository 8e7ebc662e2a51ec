#include "service/advisor_service.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "audit/section_reader.h"
#include "audit/tie_secrets.h"
#include "audit/tlog/checkpoint.h"
#include "base/civil_day.h"
#include "base/hex.h"
#include "base/reason.h"
#include "base/status.h"
#include "catalog/identifiers.h"
#include "decision/decide.h"
#include "decision/record.h"
#include "decision/request.h"
#include "google/protobuf/arena.h"
#include "service/errors.h"
#include "service/names.h"
#include "service/paging.h"
#include "service/show_decision.h"
#include "service/unknown_fields.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;

// Memory of one answer: it begins in a block that the thread keeps, since asking for so much at
// once makes malloc tidy up each time.
class AnswerArena {
 public:
  AnswerArena() : arena_(Options(!taken_)), owns_block_(!taken_) { taken_ = true; }
  AnswerArena(const AnswerArena&) = delete;
  AnswerArena& operator=(const AnswerArena&) = delete;
  ~AnswerArena() {
    arena_.Reset();
    if (owns_block_) taken_ = false;
  }
  google::protobuf::Arena& arena() { return arena_; }

 private:
  static constexpr size_t kBlockBytes = size_t{64} << 10;
  static google::protobuf::ArenaOptions Options(bool with_block) {
    google::protobuf::ArenaOptions options;
    if (!with_block) return options;
    thread_local const std::unique_ptr<char[]> block(new char[kBlockBytes]);
    options.initial_block = block.get();
    options.initial_block_size = kBlockBytes;
    return options;
  }

  static thread_local bool taken_;  // an answer inside an answer takes memory of its own
  google::protobuf::Arena arena_;
  const bool owns_block_;
};
thread_local bool AnswerArena::taken_ = false;

constexpr absl::string_view kEngagementPattern = "engagements/*";
constexpr absl::string_view kRecommendationPattern = "engagements/*/recommendations/*";

void SetTime(int64_t time_us, google::protobuf::Timestamp& timestamp) {
  timestamp.set_seconds(time_us / 1'000'000);
  timestamp.set_nanos(static_cast<int32_t>(time_us % 1'000'000) * 1000);
}

int64_t IndexOfKey(absl::string_view key) {
  uint64_t value = 0;
  for (const char c : key.substr(key.size() - 8)) {
    value = value << 8 | static_cast<unsigned char>(c);
  }
  return static_cast<int64_t>(value);
}

void CheckView(pb::RecommendationView view, std::vector<base::Issue>& issues) {
  if (pb::RecommendationView_IsValid(view)) return;
  issues.push_back({"view", "UNKNOWN_VALUE", "Valeurs connues : BASIC (1), FULL (2).",
                    "Known values: BASIC (1), FULL (2)."});
}

void CheckEngagement(const pb::Engagement& engagement, std::vector<base::Issue>& issues) {
  const std::string siren = catalog::StripSpaces(engagement.siren());
  if (!siren.empty() && !catalog::IsValidSiren(siren)) {
    issues.push_back(
        {"engagement.siren", "INVALID_SIREN",
         "Neuf chiffres avec une clé valide ; ou rien pour une entreprise en création.",
         "Nine digits with a valid key; or nothing for a firm being founded."});
  }
  const size_t nonce_size = engagement.client_nonce().size();
  if (nonce_size != 0 && nonce_size != kNonceSize) {
    issues.push_back({"engagement.client_nonce", "NONCE_SIZE",
                      absl::StrCat(nonce_size, " octets ; attendu : ", kNonceSize, " ou aucun."),
                      absl::StrCat(nonce_size, " bytes; expected: ", kNonceSize, " or none.")});
  }
  if (engagement.chamber().size() > kChamberSizeMax) {
    issues.push_back(
        {"engagement.chamber", "TEXT_TOO_LONG",
         absl::StrCat(engagement.chamber().size(), " octets ; ", kChamberSizeMax, " au plus."),
         absl::StrCat(engagement.chamber().size(), " bytes; at most ", kChamberSizeMax, ".")});
  }
}

// The day asked about; today where it is absent.
int32_t AsOfDay(const pb::Recommendation& recommendation, const base::Clock& clock,
                std::vector<base::Issue>& issues) {
  if (!recommendation.has_as_of_date()) return base::ParisDay(clock.Now());
  const google::type::Date& date = recommendation.as_of_date();
  const absl::StatusOr<base::DayNumber> day =
      base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()});
  if (day.ok()) return *day;
  issues.push_back({"recommendation.as_of_date", "INVALID_DATE",
                    absl::StrCat("Ce jour n'existe pas ; année ", base::kYearMin, " à ",
                                 base::kYearMax, ", mois et jour renseignés."),
                    absl::StrCat("No such day; year ", base::kYearMin, " to ", base::kYearMax,
                                 ", month and day given.")});
  return 0;
}

absl::Status RevisionUnavailable(absl::string_view what, absl::string_view asked,
                                 absl::string_view why) {
  return WithPrecondition(
      MakeError(Reason::kRevisionUnavailable, absl::StrCat(what, " ", asked, ": ", why),
                {{"what", std::string(what)}, {"asked", std::string(asked)}}),
      Info(Reason::kRevisionUnavailable).word, asked, why);
}

audit::IdempotencyKey KeyOf(const Call& call, const std::string& request_id) {
  return {.caller = call.caller.Id(),
          .method = call.method,
          .request_id = request_id,
          .request_digest = base::Sha256(call.request_bytes)};
}

// The 16 bytes of a UUID and its text; the text was compared with one that we wrote.
absl::StatusOr<std::array<uint8_t, 16>> ParseUid(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::string bytes,
                   base::HexDecode(absl::StrReplaceAll(text, {{"-", ""}})));
  std::array<uint8_t, 16> uid = {};
  if (bytes.size() != uid.size()) return absl::InvalidArgumentError("not a UUID");
  std::copy(bytes.begin(), bytes.end(), uid.begin());
  return uid;
}

std::string FormatUid(const std::array<uint8_t, 16>& uid) {
  const std::string hex =
      base::HexEncode(absl::string_view(reinterpret_cast<const char*>(uid.data()), uid.size()));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

void CheckOutcome(const pb::Choice& choice, std::vector<base::Issue>& issues) {
  if (choice.outcome() == pb::Choice::OUTCOME_UNSPECIFIED ||
      !pb::Choice::Outcome_IsValid(choice.outcome())) {
    issues.push_back({"choice.outcome", "UNKNOWN_VALUE",
                      "Valeurs connues : CHOSEN (1), NONE (2), KEPT_EXISTING (3).",
                      "Known values: CHOSEN (1), NONE (2), KEPT_EXISTING (3)."});
  }
  const bool chosen = choice.outcome() == pb::Choice::CHOSEN;
  if (chosen != !choice.offering_uid().empty()) {
    issues.push_back({"choice.offering_uid", chosen ? "MISSING" : "NOT_EXPECTED",
                      "L'identifiant de l'offre choisie, pour CHOSEN seulement.",
                      "The UUID of the chosen offering, for CHOSEN and only then."});
  }
}

bool Lists(const pb::NeedResult& result, absl::string_view uid) {
  for (const pb::Ranking& ranking : result.rankings()) {
    for (const pb::Band& band : ranking.bands()) {
      for (const auto& ranked : band.offerings()) {
        if (ranked.uid() == uid) return true;
      }
    }
    for (const auto* list : {&ranking.to_confirm(), &ranking.excluded()}) {
      for (const pb::UnrankedOffering& unranked : *list) {
        if (unranked.uid() == uid) return true;
      }
    }
  }
  return false;
}

// The need was asked for and the offering is one that the recommendation shows.
void CheckChoiceIsOf(const pb::Recommendation& recommendation, const pb::Choice& choice,
                     std::vector<base::Issue>& issues) {
  if (recommendation.preview()) {
    issues.push_back({"choice.recommendation", "IS_PREVIEW",
                      "Un essai n'est pas une recommandation : le choix se rapporte à celle qui a "
                      "été remise.",
                      "A trial run is no recommendation: name the one that was given."});
  }
  const auto& results = recommendation.results();
  const auto result =
      std::find_if(results.begin(), results.end(), [&choice](const pb::NeedResult& candidate) {
        return candidate.need_id() == choice.need_id();
      });
  if (result == results.end()) {
    issues.push_back({"choice.need_id", "NEED_NOT_ASKED",
                      "Ce besoin n'est pas dans la recommandation.",
                      "This need is not in the recommendation."});
  } else if (!choice.offering_uid().empty() && !Lists(*result, choice.offering_uid())) {
    issues.push_back({"choice.offering_uid", "OFFERING_NOT_LISTED",
                      "La recommandation ne montre pas cette offre pour ce besoin.",
                      "The recommendation does not show this offering for this need."});
  }
}

std::vector<type::NeedRequest> Needs(const pb::Recommendation& recommendation) {
  return {recommendation.needs().begin(), recommendation.needs().end()};
}

// Keys of one page in [place, end of prefix), and whether there are more.
struct KeyPage {
  std::vector<std::pair<std::string, std::string>> rows;  // rest of the key, value
  bool more = false;
};

absl::StatusOr<KeyPage> ReadKeys(const audit::Database& database, absl::string_view family,
                                 const std::string& prefix, absl::string_view after, size_t count) {
  std::string begin = absl::StrCat(prefix, after);
  if (!after.empty()) begin.push_back('\0');
  KeyPage page;
  RETURN_IF_ERROR(database.Scan(family, begin, audit::EndOfPrefix(prefix),
                                [&](absl::string_view key, absl::string_view value) {
                                  if (page.rows.size() == count) {
                                    page.more = true;
                                    return false;
                                  }
                                  page.rows.emplace_back(std::string(key.substr(prefix.size())),
                                                         std::string(value));
                                  return true;
                                }));
  return page;
}

}  // namespace

AdvisorService::AdvisorService(Dataset* dataset, DecisionCache* cache, Executor* executor,
                               const base::Clock* clock, base::Random* random)
    : dataset_(dataset), cache_(cache), executor_(executor), clock_(clock), random_(random) {}

absl::StatusOr<EngagementState> AdvisorService::FindEngagement(const Call& call,
                                                               absl::string_view id) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                   dataset_->database().Get(kEngagementFamily, EngagementKey(id)));
  if (!bytes.has_value()) {
    return call.reach == Reach::kAll ? NotFound("engagement", EngagementName(id))
                                     : NotOwner(EngagementName(id));
  }
  ASSIGN_OR_RETURN(EngagementState state, DecodeEngagementState(*bytes));
  if (call.reach == Reach::kOwn && state.body.owner != call.caller.Id()) {
    return NotOwner(EngagementName(id));
  }
  return state;
}

absl::StatusOr<pb::Engagement> AdvisorService::ReadEngagement(absl::string_view id) const {
  const audit::Database& database = dataset_->database();
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                   database.Get(kEngagementFamily, EngagementKey(id)));
  if (!bytes.has_value()) return NotFound("engagement", EngagementName(id));
  ASSIGN_OR_RETURN(const EngagementState state, DecodeEngagementState(*bytes));
  ASSIGN_OR_RETURN(const audit::LoggedEntry entry, database.ReadEntry(state.entry_index));
  // Where the firm's section was erased, the engagement stays, without the firm.
  EngagementSecrets secrets;
  const absl::StatusOr<std::vector<std::string>> sections =
      audit::ReadSections(database, dataset_->keys(), state.entry_index, kFirmTier);
  if (sections.ok()) {
    ASSIGN_OR_RETURN(secrets, DecodeEngagementSecrets((*sections)[0]));
  } else if (!absl::IsNotFound(sections.status())) {
    return sections.status();
  }
  pb::Engagement engagement;
  engagement.set_name(EngagementName(id));
  engagement.set_siren(secrets.siren);
  engagement.set_client_nonce(secrets.client_nonce);
  engagement.set_nonce_drawn_by_server(state.body.nonce_drawn_by_server);
  engagement.set_chamber(secrets.chamber);
  SetTime(entry.time_us, *engagement.mutable_create_time());
  engagement.set_tie_epoch(state.body.tie_epoch);
  engagement.set_recommendation_count(state.recommendation_count);
  engagement.set_preview_count(state.preview_count);
  engagement.set_log_entry(state.entry_index);
  return engagement;
}

void AdvisorService::CreateEngagement(const Call& call, const pb::CreateEngagementRequest& request,
                                      Done<pb::Engagement> done) {
  std::vector<base::Issue> issues;
  CheckOptionalId("engagement_id", request.engagement_id(), issues);
  CheckRequestId(request.request_id(), issues);
  CheckEngagement(request.engagement(), issues);
  if (!issues.empty()) return done(BadRequest(issues));

  auto body = std::make_shared<EngagementBody>();
  auto secrets = std::make_shared<EngagementSecrets>();
  body->engagement_id = request.engagement_id().empty() ? absl::StrCat("e-", random_->Uuid4())
                                                        : request.engagement_id();
  body->owner = call.caller.Id();
  secrets->siren = catalog::StripSpaces(request.engagement().siren());
  secrets->client_nonce = request.engagement().client_nonce();
  secrets->chamber = request.engagement().chamber();
  body->subject_is_nonce = secrets->siren.empty();
  if (body->subject_is_nonce && secrets->client_nonce.empty()) {
    body->nonce_drawn_by_server = true;
    secrets->client_nonce = random_->Bytes(kNonceSize);
  }

  audit::Command command;
  base::Random* random = random_;
  command.stage = [body, secrets, random](audit::StageContext& context) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<std::string> existing,
                     context.state().Get(kEngagementFamily, EngagementKey(body->engagement_id)));
    if (existing.has_value()) {
      return MakeError(Reason::kEngagementExists,
                       "engagement_id is taken: choose another one, or none.",
                       {{"engagement_id", body->engagement_id}});
    }
    const base::DayNumber day = base::ParisDay(absl::FromUnixMicros(context.time_us()));
    ASSIGN_OR_RETURN(const audit::TieSecrets tie, audit::EnsureEpoch(context, day, random));
    body->tie_epoch = tie.epoch;
    if (body->subject_is_nonce) {
      ASSIGN_OR_RETURN(body->subject, base::DigestFromBytes(secrets->client_nonce));
    } else {
      body->subject = decision::SubjectOfSiren(tie.subject_key, secrets->siren);
    }
    return context
        .Append(audit::EntryType::kEngagement, EncodeEngagementBody(*body),
                {{.tier = kFirmTier, .values = {EncodeEngagementSecrets(*secrets)}}})
        .status();
  };
  if (!request.request_id().empty()) {
    command.idempotency = KeyOf(call, request.request_id());
  }
  command.done = [this, done](const absl::StatusOr<audit::Committed>& committed) {
    executor_->Continue([this, done, committed] {
      if (!committed.ok()) return done(committed.status());
      const auto read = [&]() -> absl::StatusOr<pb::Engagement> {
        ASSIGN_OR_RETURN(const audit::LoggedEntry entry,
                         dataset_->database().ReadEntry(committed->index));
        ASSIGN_OR_RETURN(const EngagementBody written, DecodeEngagementBody(entry.body));
        return ReadEngagement(written.engagement_id);
      };
      done(read());
    });
  };
  dataset_->sequencer().Submit(std::move(command));
}

absl::StatusOr<pb::Engagement> AdvisorService::GetEngagement(
    const Call& call, const pb::GetEngagementRequest& request) const {
  std::vector<base::Issue> issues;
  const auto ids = RequireName("name", request.name(), kEngagementPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  RETURN_IF_ERROR(FindEngagement(call, (*ids)[0]).status());
  return ReadEngagement((*ids)[0]);
}

absl::StatusOr<pb::ListEngagementsResponse> AdvisorService::ListEngagements(
    const Call& call, const pb::ListEngagementsRequest& request) const {
  std::vector<base::Issue> issues;
  const int32_t page_size = PageSize(request.page_size(), issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, call.caller.Id()};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  const std::string prefix = call.reach == Reach::kAll ? AllEngagementsPrefix()
                                                       : EngagementsOfOwnerPrefix(call.caller.Id());
  ASSIGN_OR_RETURN(const KeyPage page, ReadKeys(dataset_->database(), kEngagementFamily, prefix,
                                                place.after, static_cast<size_t>(page_size)));
  pb::ListEngagementsResponse response;
  for (const auto& [key, id] : page.rows) {
    ASSIGN_OR_RETURN(*response.add_engagements(), ReadEngagement(id));
  }
  if (page.more) {
    response.set_next_page_token(
        EncodePageToken({.after = page.rows.back().first, .revision = -1}, arguments));
  }
  return response;
}

absl::StatusOr<AdvisorService::Valid> AdvisorService::Validate(
    const Call& call, const pb::CreateRecommendationRequest& request) const {
  // Whose engagement comes before what else may be wrong.
  std::vector<base::Issue> issues;
  const auto ids = RequireName("parent", request.parent(), kEngagementPattern, issues,
                               /*wildcard=*/request.validate_only());
  const bool opened_already = ids.has_value() && (*ids)[0] != "-";
  EngagementState engagement;
  if (opened_already) {
    ASSIGN_OR_RETURN(engagement, FindEngagement(call, (*ids)[0]));
  }
  const pb::Recommendation& asked = request.recommendation();
  AddUnknownFields(request, issues);
  CheckOptionalId("recommendation_id", request.recommendation_id(), issues);
  CheckRequestId(request.request_id(), issues);
  CheckView(request.view(), issues);
  const int32_t day = AsOfDay(asked, *clock_, issues);
  if (asked.catalog_revision() < 0) {
    issues.push_back({"recommendation.catalog_revision", "OUT_OF_RANGE",
                      "0 (la plus récente) ou une révision du catalogue.",
                      "0 (the newest) or a revision of the catalogue."});
  }
  std::optional<std::vector<std::string>> rulebook_ids;
  if (!asked.rulebook_revision().empty()) {
    rulebook_ids = RequireName("recommendation.rulebook_revision", asked.rulebook_revision(),
                               "rulebooks/*/revisions/#", issues);
  }
  if (opened_already && asked.profile().has_siren()) {
    const std::string siren = catalog::StripSpaces(asked.profile().siren());
    ASSIGN_OR_RETURN(const pb::Engagement opened, ReadEngagement((*ids)[0]));
    if (siren != opened.siren()) {
      issues.push_back(
          {"recommendation.profile.siren", "SIREN_NOT_OF_ENGAGEMENT",
           "Le dossier a été ouvert pour une autre entreprise ou sans SIREN : ouvrez un "
           "dossier avec ce SIREN.",
           "The engagement was opened for another firm or without a SIREN: open one "
           "with this SIREN."});
    }
  }

  // What is published now, before the state is looked at: the state contains at least that.
  const auto published_size = static_cast<int64_t>(dataset_->tree().size());
  // The states to decide from. Where they cannot be found, what is wrong with the form comes first.
  const std::shared_ptr<const catalog::Snapshot> newest = dataset_->store().snapshot();
  const catalog::RulebookEntry* rulebook_entry = nullptr;
  absl::Status unavailable;
  if (rulebook_ids.has_value()) {
    const int64_t revision = RevisionNumber((*rulebook_ids)[1]);
    rulebook_entry = FindRulebook(*newest, revision);
    if (rulebook_entry == nullptr || rulebook_entry->rulebook.rulebook_id() != (*rulebook_ids)[0]) {
      unavailable = RevisionUnavailable("rulebook revision", asked.rulebook_revision(),
                                        "the catalogue does not have it.");
    }
  } else if (asked.rulebook_revision().empty()) {
    rulebook_entry = ActiveRulebook(*newest, day);
    if (rulebook_entry == nullptr) {
      unavailable = RevisionUnavailable("rulebook in force on", base::FormatDay(day),
                                        "no rulebook of the catalogue is in force on that day.");
    }
  }
  std::shared_ptr<const catalog::Snapshot> snapshot = newest;
  if (asked.catalog_revision() > 0) {
    auto past = dataset_->store().SnapshotAt(asked.catalog_revision());
    if (past.ok()) {
      snapshot = *std::move(past);
    } else if (absl::IsOutOfRange(past.status())) {
      unavailable =
          RevisionUnavailable("catalogue revision", absl::StrCat(asked.catalog_revision()),
                              absl::StrCat("the newest is ", newest->revision, "."));
    } else {
      return past.status();
    }
  }
  if (!unavailable.ok()) return issues.empty() ? unavailable : BadRequest(issues);
  std::shared_ptr<const decision::CompiledRulebook> rulebook;
  if (rulebook_entry != nullptr) {
    auto compiled = cache_->Compiled(*rulebook_entry);
    if (!compiled.ok()) {
      return RevisionUnavailable(
          "rulebook revision",
          RulebookRevisionName(rulebook_entry->rulebook.rulebook_id(), rulebook_entry->revision),
          compiled.status().message());
    }
    rulebook = *std::move(compiled);
  }

  std::vector<type::NeedRequest> needs = Needs(asked);
  const decision::DecisionInput input{
      .profile = asked.profile(), .needs = needs, .weights = asked.weights(), .as_of_day = day};
  if (rulebook != nullptr) {
    for (base::Issue& issue : decision::ValidateInput(input, *rulebook)) {
      // Of the whole request, these are told above.
      if (issue.reason != "UNKNOWN_FIELD") issues.push_back(std::move(issue));
    }
  }
  if (!issues.empty()) return BadRequest(issues);
  return Valid{.engagement_id = (*ids)[0],
               .engagement = std::move(engagement),
               .day = day,
               .published_size = published_size,
               .newest_revision = newest->revision,
               .snapshot = std::move(snapshot),
               .rulebook_revision = rulebook_entry->revision,
               .rulebook = std::move(rulebook),
               .needs = std::move(needs)};
}

absl::StatusOr<audit::TieSecrets> AdvisorService::TieSecretsOf(base::DayNumber day) const {
  {
    base::MutexLock lock(&ties_mutex_);
    if (const auto found = ties_.find(day); found != ties_.end()) return found->second;
  }
  ASSIGN_OR_RETURN(audit::TieSecrets tie, audit::ReadTieSecrets(dataset_->database(), day));
  base::MutexLock lock(&ties_mutex_);
  if (ties_.size() >= kTieDaysMax) ties_.erase(ties_.begin());
  ties_.emplace(day, tie);
  return tie;
}

absl::StatusOr<AdvisorService::Plan> AdvisorService::PlanRecommendation(
    const Call& call,
    const std::shared_ptr<const pb::CreateRecommendationRequest>& shared_request) const {
  const pb::CreateRecommendationRequest& request = *shared_request;
  ASSIGN_OR_RETURN(Valid valid, Validate(call, request));
  const pb::Recommendation& asked = request.recommendation();
  auto decided = std::make_shared<Decided>();
  decided->request = shared_request;
  decided->needs = std::move(valid.needs);
  const decision::DecisionInput input{.profile = asked.profile(),
                                      .needs = decided->needs,
                                      .weights = asked.weights(),
                                      .as_of_day = valid.day};
  ASSIGN_OR_RETURN(const base::DayNumber tie_day, base::ParseDay(valid.engagement.body.tie_epoch));
  ASSIGN_OR_RETURN(const audit::TieSecrets tie, TieSecretsOf(tie_day));
  const std::shared_ptr<const decision::BlindCatalog> blind =
      cache_->Blind(*valid.snapshot, *valid.rulebook, valid.day);
  decided->record = decision::Decide(
      input,
      {.snapshot = *valid.snapshot,
       .rulebook = *valid.rulebook,
       .rulebook_revision = valid.rulebook_revision,
       .blind = *blind},
      {.epoch_secret = tie.secret, .subject = valid.engagement.body.subject}, &decided->compiled);
  const decision::DecisionRecord& record = decided->record;
  std::string record_bytes = decision::EncodeRecord(record);
  if (record_bytes.size() > audit::kMaxSectionBytes) {
    return MakeError(Reason::kDecisionTooLarge,
                     absl::StrCat("The result has ", record_bytes.size(), " bytes; at most ",
                                  audit::kMaxSectionBytes, ": ask for fewer needs at once."),
                     {{"size_bytes", absl::StrCat(record_bytes.size())},
                      {"size_bytes_max", absl::StrCat(audit::kMaxSectionBytes)}});
  }
  const int64_t seen_size = std::max(valid.published_size, valid.newest_revision + 1);
  decided->type = asked.preview() ? audit::EntryType::kPreview : audit::EntryType::kDecision;
  decided->snapshot = valid.snapshot;
  decided->rulebook = valid.rulebook;
  DecisionBody& written = decided->body;
  written.engagement_id = valid.engagement_id;
  written.recommendation_id = request.recommendation_id().empty()
                                  ? absl::StrCat("r-", random_->Uuid4())
                                  : request.recommendation_id();
  written.as_of_day = valid.day;
  written.catalog_revision = record.catalog_revision;
  written.rulebook_revision = record.rulebook_revision;
  written.rulebook_digest = record.rulebook_digest;
  written.catalog_digest = record.catalog_digest;
  written.result_digest = PublicResultDigest(record, record_bytes);
  written.rankings = PublicRankings(record);

  auto tiers = std::make_shared<std::vector<audit::TierSections>>(2);
  tiers->front().tier = kAuditorTier;
  tiers->front().values.push_back(std::move(record_bytes));
  // The request as it came, then one section per field, so that each can be shown alone.
  tiers->back().tier = kFirmTier;
  tiers->back().values.push_back(call.request_bytes);
  AppendFieldSections(asked, tiers->back().values);

  audit::Command command;
  command.stage = [this, decided, tiers, seen_size](audit::StageContext& context) {
    DecisionBody* const body = &decided->body;
    const audit::EntryType type = decided->type;
    const auto append = [&]() -> absl::Status {
      // Shows the secrets of the days that are over, should this be the first command of a new one.
      const base::DayNumber today = base::ParisDay(absl::FromUnixMicros(context.time_us()));
      decided->written_day = today;
      if (epoch_day_.load(std::memory_order_relaxed) != today) {
        RETURN_IF_ERROR(audit::EnsureEpoch(context, today, random_).status());
      }
      if (!decided->request->recommendation_id().empty()) {  // else drawn a moment ago
        ASSIGN_OR_RETURN(
            const std::optional<std::string> taken,
            context.state().Get(kRecommendationFamily,
                                RecommendationKey(body->engagement_id, body->recommendation_id)));
        if (taken.has_value()) {
          return MakeError(Reason::kRecommendationExists,
                           "recommendation_id is taken: choose another one, or none.",
                           {{"recommendation_id", body->recommendation_id}});
        }
      }
      ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                       context.state().Get(kEngagementFamily, EngagementKey(body->engagement_id)));
      if (!bytes.has_value()) return absl::InternalError("the engagement is gone");
      ASSIGN_OR_RETURN(const EngagementState state, DecodeEngagementState(*bytes));
      // Counted here, where no other command can come between.
      body->recommendation_count = state.recommendation_count + 1;
      body->preview_count = state.preview_count + (type == audit::EntryType::kPreview ? 1 : 0);
      RETURN_IF_ERROR(context.Append(type, EncodeDecisionBody(*body), *tiers, seen_size).status());
      decided->entry_bytes = context.appended_bytes();
      decided->opening_key = context.appended_keys().keys[kFirmTier - 1];
      return absl::OkStatus();
    };
    return append();
  };
  if (!request.request_id().empty()) {
    command.idempotency = KeyOf(call, request.request_id());
  }
  return Plan{.command = std::move(command), .decided = std::move(decided)};
}

void AdvisorService::CreateRecommendation(
    const Call& call, std::shared_ptr<const pb::CreateRecommendationRequest> shared_request,
    Done<const pb::Recommendation*> done) {
  const pb::CreateRecommendationRequest& request = *shared_request;
  if (request.validate_only()) {
    const absl::Status status = Validate(call, request).status();
    if (!status.ok()) return done(status);
    // What was asked, and nothing of the catalogue: no ranking is shown that is not logged.
    return done(&request.recommendation());
  }
  absl::StatusOr<Plan> plan = PlanRecommendation(call, shared_request);
  if (!plan.ok()) {
    // A request that was answered before gets its answer again, even if it could not be made anew
    // (the rulebook has changed since): the log decides, and knows the error for all others.
    const absl::Status error = plan.status();
    if (!catalog::IsUuid4(request.request_id()) || absl::IsPermissionDenied(error) ||
        absl::IsNotFound(error)) {
      return done(error);
    }
    plan = Plan{.command = {.stage = [error](audit::StageContext&) { return error; },
                            .idempotency = KeyOf(call, request.request_id()),
                            .done = {}},
                .decided = nullptr};
  }
  const pb::RecommendationView view =
      request.view() == pb::RECOMMENDATION_VIEW_UNSPECIFIED ? pb::FULL : request.view();
  Reading reading = ReadingFor(call, view);
  reading.with_receipt = true;  // nothing is recommended without it
  plan->command.done = [this, done, reading, decided = std::move(plan->decided)](
                           const absl::StatusOr<audit::Committed>& committed) {
    if (committed.ok() && decided != nullptr && !committed->repeated) {
      epoch_day_.store(decided->written_day, std::memory_order_relaxed);
    }
    executor_->Continue([this, done, reading, decided, committed] {
      if (!committed.ok()) return done(committed.status());
      AnswerArena memory;
      google::protobuf::Arena& arena = memory.arena();
      auto* const answer = google::protobuf::Arena::CreateMessage<pb::Recommendation>(&arena);
      if (committed->repeated) {
        absl::StatusOr<pb::Recommendation> read = ReadRecommendation(committed->index, reading);
        if (!read.ok()) return done(read.status());
        return done(&*read);
      }
      const absl::Status answered = Answer(*decided, *committed, reading, *answer);
      if (!answered.ok()) return done(answered);
      done(answer);
    });
  };
  dataset_->sequencer().Submit(std::move(plan->command));
}

AdvisorService::Reading AdvisorService::ReadingFor(const Call& call, pb::RecommendationView view) {
  // Whoever sees all engagements sees the sections by the operator's leave; the key is the firm's.
  return {.view = view,
          .with_receipt = view != pb::BASIC,
          .with_opening_key = call.reach == Reach::kOwn};
}

absl::StatusOr<std::string> AdvisorService::MakeReceipt(int64_t index, bool newest) const {
  const audit::LogTree& tree = dataset_->tree();
  const auto number = static_cast<uint64_t>(index);
  absl::StatusOr<tlog::Receipt> receipt =
      newest ? tree.NewestReceipt(number) : tree.FirstReceipt(number);
  RETURN_IF_ERROR(receipt.status());
  ASSIGN_OR_RETURN(receipt->extra, tree.EntryBytes(number));
  return tlog::FormatReceipt(*receipt);
}

absl::StatusOr<pb::Recommendation> AdvisorService::ReadErased(int64_t index) const {
  ASSIGN_OR_RETURN(const audit::LoggedEntry entry, dataset_->database().ReadEntry(index));
  ASSIGN_OR_RETURN(const DecisionBody body, DecodeDecisionBody(entry.body));
  pb::Recommendation answer;
  answer.set_name(RecommendationName(body.engagement_id, body.recommendation_id));
  answer.set_preview(entry.type == audit::EntryType::kPreview);
  SetTime(entry.time_us, *answer.mutable_create_time());
  answer.set_log_entry(index);
  return answer;
}

absl::StatusOr<pb::Recommendation> AdvisorService::ReadRecommendation(
    int64_t index, const Reading& reading) const {
  const audit::Database& database = dataset_->database();
  ASSIGN_OR_RETURN(const audit::LoggedEntry entry, database.ReadEntry(index));
  ASSIGN_OR_RETURN(const DecisionBody body, DecodeDecisionBody(entry.body));
  const std::string name = RecommendationName(body.engagement_id, body.recommendation_id);
  const absl::StatusOr<std::vector<std::string>> auditor_sections =
      audit::ReadSections(database, dataset_->keys(), index, kAuditorTier);
  const absl::StatusOr<std::vector<std::string>> firm_sections =
      audit::ReadSections(database, dataset_->keys(), index, kFirmTier);
  for (const auto* sections : {&auditor_sections, &firm_sections}) {
    // Erased: the log still proves that there was one.
    if (base::ReasonOf(sections->status()) == "SECTION_ERASED") {
      return Erased("recommendation", name);
    }
    RETURN_IF_ERROR(sections->status());
  }
  Decided decided{.type = entry.type, .body = body};
  const auto request = std::make_shared<pb::CreateRecommendationRequest>();
  if (!request->ParseFromString((*firm_sections)[0])) {
    return absl::DataLossError(absl::StrCat("entry ", index, ": the request does not parse"));
  }
  decided.request = request;
  decided.needs = Needs(request->recommendation());
  absl::StatusOr<decision::DecisionRecord> record = decision::DecodeRecord((*auditor_sections)[0]);
  if (!record.ok()) {
    return absl::DataLossError(absl::StrCat("entry ", index, ": ", record.status().message()));
  }
  decided.record = *std::move(record);
  ASSIGN_OR_RETURN(decided.snapshot, dataset_->store().SnapshotAt(body.catalog_revision));
  const std::shared_ptr<const catalog::Snapshot> newest = dataset_->store().snapshot();
  const catalog::RulebookEntry* rulebook_entry = FindRulebook(*newest, body.rulebook_revision);
  if (rulebook_entry == nullptr) {
    return absl::DataLossError(absl::StrCat("entry ", index, ": its rulebook is missing"));
  }
  ASSIGN_OR_RETURN(decided.rulebook, cache_->Compiled(*rulebook_entry));
  pb::Recommendation answer;
  RETURN_IF_ERROR(Render(decided, index, entry.time_us, reading.view, answer));
  if (!reading.with_receipt) return answer;
  ASSIGN_OR_RETURN(*answer.mutable_receipt(), MakeReceipt(index, reading.newest_receipt));
  if (reading.with_opening_key) RETURN_IF_ERROR(AddOpeningKey(entry, answer));
  return answer;
}

absl::Status AdvisorService::Answer(const Decided& decided, const audit::Committed& committed,
                                    const Reading& reading, pb::Recommendation& answer) const {
  RETURN_IF_ERROR(Render(decided, committed.index, committed.time_us, reading.view, answer));
  if (!reading.with_receipt) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      tlog::Receipt receipt,
      dataset_->tree().FirstReceipt(static_cast<uint64_t>(committed.index), *committed.head));
  receipt.extra = decided.entry_bytes;
  answer.set_receipt(tlog::FormatReceipt(receipt));
  if (reading.with_opening_key) {
    answer.set_opening_key(decided.opening_key.data(), decided.opening_key.size());
  }
  return absl::OkStatus();
}

absl::Status AdvisorService::AddOpeningKey(const audit::LoggedEntry& entry,
                                           pb::Recommendation& answer) const {
  ASSIGN_OR_RETURN(const audit::PayloadKey key,
                   audit::ReadPayloadKey(dataset_->database(), dataset_->keys(), entry, kFirmTier));
  answer.set_opening_key(std::string(base::DigestView(key)));
  return absl::OkStatus();
}

absl::Status AdvisorService::Render(const Decided& decided, int64_t index, int64_t time_us,
                                    pb::RecommendationView view, pb::Recommendation& answer) {
  const DecisionBody& body = decided.body;
  const pb::Recommendation& asked = decided.request->recommendation();
  const absl::Status shown = ShowDecision(
      decided.record,
      {.profile = asked.profile(),
       .needs = decided.needs,
       .weights = asked.weights(),
       .as_of_day = body.as_of_day},
      *decided.snapshot, *decided.rulebook,
      view == pb::BASIC ? decision::RenderDetail::kBasic : decision::RenderDetail::kFull, answer,
      decided.compiled.empty() ? nullptr : &decided.compiled);
  if (!shown.ok()) {
    return absl::DataLossError(absl::StrCat("entry ", index, ": ", shown.message()));
  }
  answer.set_name(RecommendationName(body.engagement_id, body.recommendation_id));
  *answer.mutable_profile() = asked.profile();
  *answer.mutable_needs() = asked.needs();
  if (asked.has_weights()) *answer.mutable_weights() = asked.weights();
  answer.set_preview(decided.type == audit::EntryType::kPreview);
  const base::CivilDay day = base::FromDayNumber(body.as_of_day);
  answer.mutable_as_of_date()->set_year(day.year);
  answer.mutable_as_of_date()->set_month(day.month);
  answer.mutable_as_of_date()->set_day(day.day);
  answer.set_catalog_revision(body.catalog_revision);
  answer.set_rulebook_revision(
      RulebookRevisionName(decided.rulebook->source.rulebook_id(), body.rulebook_revision));
  SetTime(time_us, *answer.mutable_create_time());
  answer.set_log_entry(index);
  pb::Digests& digests = *answer.mutable_digests();
  digests.set_request(base::HexEncode(decided.record.request_digest));
  digests.set_rulebook(base::HexEncode(body.rulebook_digest));
  digests.set_catalog(base::HexEncode(body.catalog_digest));
  digests.set_result(base::HexEncode(body.result_digest));
  answer.set_recommendation_count(body.recommendation_count);
  answer.set_preview_count(body.preview_count);
  return absl::OkStatus();
}

absl::StatusOr<pb::Recommendation> AdvisorService::GetRecommendation(
    const Call& call, const pb::GetRecommendationRequest& request) const {
  std::vector<base::Issue> issues;
  const auto ids = RequireName("name", request.name(), kRecommendationPattern, issues);
  CheckView(request.view(), issues);
  if (!issues.empty()) return BadRequest(issues);
  RETURN_IF_ERROR(FindEngagement(call, (*ids)[0]).status());
  ASSIGN_OR_RETURN(
      const std::optional<std::string> place,
      dataset_->database().Get(kRecommendationFamily, RecommendationKey((*ids)[0], (*ids)[1])));
  if (!place.has_value()) return NotFound("recommendation", request.name());
  Reading reading = ReadingFor(call, request.view());
  reading.newest_receipt = request.newest_receipt();
  return ReadRecommendation(IndexOfKey(*place), reading);
}

absl::StatusOr<pb::ListRecommendationsResponse> AdvisorService::ListRecommendations(
    const Call& call, const pb::ListRecommendationsRequest& request) const {
  std::vector<base::Issue> issues;
  const auto ids = RequireName("parent", request.parent(), kEngagementPattern, issues);
  const int32_t page_size = PageSize(request.page_size(), issues);
  CheckView(request.view(), issues);
  if (!issues.empty()) return BadRequest(issues);
  RETURN_IF_ERROR(FindEngagement(call, (*ids)[0]).status());
  const pb::RecommendationView view =
      request.view() == pb::RECOMMENDATION_VIEW_UNSPECIFIED ? pb::BASIC : request.view();
  const std::vector<std::string> arguments = {call.method, request.parent(), absl::StrCat(view)};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  ASSIGN_OR_RETURN(const KeyPage page, ReadKeys(dataset_->database(), kRecommendationFamily,
                                                RecommendationsPrefix((*ids)[0]), place.after,
                                                static_cast<size_t>(page_size)));
  pb::ListRecommendationsResponse response;
  RecommendationPage shown(page_size, -1, arguments, response.mutable_recommendations(),
                           response.mutable_next_page_token());
  for (const auto& [key, id] : page.rows) {
    absl::StatusOr<pb::Recommendation> read =
        ReadRecommendation(IndexOfKey(key), ReadingFor(call, view));
    if (ReasonWord(read.status()) == Info(Reason::kResourceErased).word) {
      read = ReadErased(IndexOfKey(key));
    }
    ASSIGN_OR_RETURN(pb::Recommendation recommendation, std::move(read));
    if (!AddToPage(key, std::move(recommendation), shown)) return response;
  }
  if (page.more) shown.GoOn();
  return response;
}

absl::StatusOr<audit::Command> AdvisorService::PlanChoice(
    const Call& call, const pb::RecordChoiceRequest& request) const {
  const pb::Choice& choice = request.choice();
  std::vector<base::Issue> issues;
  const auto ids =
      RequireName("choice.recommendation", choice.recommendation(), kRecommendationPattern, issues);
  CheckRequestId(request.request_id(), issues);
  CheckOutcome(choice, issues);
  if (!issues.empty()) return BadRequest(issues);
  RETURN_IF_ERROR(FindEngagement(call, (*ids)[0]).status());
  ASSIGN_OR_RETURN(
      const std::optional<std::string> place,
      dataset_->database().Get(kRecommendationFamily, RecommendationKey((*ids)[0], (*ids)[1])));
  if (!place.has_value()) return NotFound("recommendation", choice.recommendation());
  ASSIGN_OR_RETURN(
      const pb::Recommendation recommendation,
      ReadRecommendation(IndexOfKey(*place), {.view = pb::BASIC, .with_receipt = false}));
  CheckChoiceIsOf(recommendation, choice, issues);
  if (!issues.empty()) return BadRequest(issues);

  auto body = std::make_shared<ChoiceBody>();
  body->engagement_id = (*ids)[0];
  body->recommendation_id = (*ids)[1];
  body->recommendation_index = IndexOfKey(*place);
  body->need_id = choice.need_id();
  body->outcome = static_cast<uint8_t>(choice.outcome());
  if (choice.outcome() == pb::Choice::CHOSEN) {
    ASSIGN_OR_RETURN(body->offering, ParseUid(choice.offering_uid()));
  }
  audit::Command command;
  command.stage = [body](audit::StageContext& context) {
    return context.Append(audit::EntryType::kChoice, EncodeChoiceBody(*body)).status();
  };
  if (!request.request_id().empty()) command.idempotency = KeyOf(call, request.request_id());
  return command;
}

void AdvisorService::RecordChoice(const Call& call, const pb::RecordChoiceRequest& request,
                                  Done<pb::Choice> done) {
  absl::StatusOr<audit::Command> command = PlanChoice(call, request);
  if (!command.ok()) return done(command.status());
  command->done = [this, done](const absl::StatusOr<audit::Committed>& committed) {
    executor_->Continue([this, done, committed] {
      if (!committed.ok()) return done(committed.status());
      done(ReadChoice(committed->index));
    });
  };
  dataset_->sequencer().Submit(*std::move(command));
}

absl::StatusOr<pb::Choice> AdvisorService::ReadChoice(int64_t index) const {
  ASSIGN_OR_RETURN(const audit::LoggedEntry entry, dataset_->database().ReadEntry(index));
  ASSIGN_OR_RETURN(const ChoiceBody body, DecodeChoiceBody(entry.body));
  pb::Choice choice;
  choice.set_recommendation(RecommendationName(body.engagement_id, body.recommendation_id));
  choice.set_need_id(body.need_id);
  choice.set_outcome(static_cast<pb::Choice::Outcome>(body.outcome));
  if (body.outcome == pb::Choice::CHOSEN) {
    choice.set_offering_uid(FormatUid(body.offering));
  }
  SetTime(entry.time_us, *choice.mutable_create_time());
  choice.set_log_entry(index);
  ASSIGN_OR_RETURN(const std::string receipt, MakeReceipt(index, /*newest=*/false));
  choice.set_receipt(receipt);
  return choice;
}

}  // namespace aplomb::service
