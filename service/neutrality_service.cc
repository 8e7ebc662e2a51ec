#include "service/neutrality_service.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "audit/section_reader.h"
#include "audit/tie_secrets.h"
#include "base/civil_day.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/status.h"
#include "decision/neutrality/prove.h"
#include "service/advisor_entries.h"
#include "service/errors.h"
#include "service/names.h"
#include "service/proof_chain.h"

namespace aplomb::service {
namespace {

namespace pb = audit::v1;

constexpr absl::string_view kRecommendationPattern = "engagements/*/recommendations/*";

absl::string_view WhatWord(decision::Difference::What what) {
  using What = decision::Difference::What;
  switch (what) {
    case What::kFailed:
      return "FAILED";
    case What::kPresence:
      return "PRESENCE";
    case What::kScore:
      return "SCORE";
    case What::kOrder:
      return "ORDER";
    case What::kRecord:
      return "RECORD";
    case What::kAnswer:
      return "ANSWER";
    case What::kPage:
      return "PAGE";
  }
  return "";
}

void AddIssue(absl::string_view field, absl::string_view reason, absl::string_view fr,
              absl::string_view en, std::vector<base::Issue>& issues) {
  issues.push_back({std::string(field), std::string(reason), std::string(fr), std::string(en)});
}

std::vector<base::Issue> Check(const pb::ProveNeutralityRequest& request) {
  std::vector<base::Issue> issues;
  const int profiles = request.profiles_size();
  const int recommendations = request.recommendations_size();
  if ((profiles == 0) == (recommendations == 0)) {
    AddIssue("profiles", "ONE_OF", "Donner soit `profiles`, soit `recommendations`.",
             "Give either `profiles` or `recommendations`.", issues);
  }
  const auto check_count = [&](absl::string_view field, int count) {
    if (count <= kProofInputsMax) return;
    AddIssue(field, "TOO_MANY", absl::StrCat("Au plus ", kProofInputsMax, " par preuve."),
             absl::StrCat("At most ", kProofInputsMax, " in one proof."), issues);
  };
  check_count("profiles", profiles);
  check_count("recommendations", recommendations);
  if (request.runs() < 0 || request.runs() > kProofRunsMax) {
    AddIssue("runs", "OUT_OF_RANGE", absl::StrCat("De 0 à ", kProofRunsMax, "."),
             absl::StrCat("From 0 to ", kProofRunsMax, "."), issues);
  }
  if (request.seed() < 0) {
    AddIssue("seed", "OUT_OF_RANGE", "À partir de 0.", "From 0.", issues);
  }
  for (int i = 0; i < recommendations; ++i) {
    RequireName(absl::StrCat("recommendations[", i, "]"), request.recommendations(i),
                kRecommendationPattern, issues);
  }
  for (int i = 0; i < profiles; ++i) {
    if (request.profiles(i).id().size() <= kProofIdSizeMax) continue;
    AddIssue(absl::StrCat("profiles[", i, "].id"), "TEXT_TOO_LONG",
             absl::StrCat("Au plus ", kProofIdSizeMax, " octets."),
             absl::StrCat("At most ", kProofIdSizeMax, " bytes."), issues);
  }
  return issues;
}

type::LocalizedText Verdict(const pb::ProveNeutralityResponse& answer) {
  int64_t decisions = 0;
  int64_t differences = 0;
  for (const pb::NeutralityProof& proof : answer.proofs()) {
    decisions += proof.decision_count();
    differences += proof.difference_count();
  }
  type::LocalizedText text;
  if (answer.neutral()) {
    text.set_fr(absl::StrCat(
        "Neutre : ", decisions,
        " décisions refaites, aucun octet ne diffère. Ni nom, ni date, ni place dans une liste n'a "
        "eu de part dans ces résultats. Les cotisations sont dans un registre à part, que ce "
        "serveur n'ouvre pas."));
    text.set_en(absl::StrCat(
        "Neutral: ", decisions,
        " decisions made again, not one byte differs. No name, date or place in a list had any "
        "part in these results. Fees are in a ledger of their own, which this server does not "
        "open."));
  } else {
    text.set_fr(absl::StrCat("Pas neutre : ", differences, " résultats diffèrent sur ", decisions,
                             " décisions refaites."));
    text.set_en(absl::StrCat("Not neutral: ", differences, " results differ of ", decisions,
                             " decisions made again."));
  }
  return text;
}

void Fill(const decision::ProofReport& report, pb::NeutralityProof& proof) {
  proof.set_neutral(report.neutral);
  proof.set_runs(report.runs);
  proof.set_input_count(report.inputs);
  proof.set_decision_count(report.decisions);
  proof.set_redrawn_uid_decision_count(report.uid_decisions);
  proof.set_answer_count(report.answers);
  proof.set_page_count(report.pages);
  proof.set_followed_run_count(report.followed_runs);
  for (const int runs : report.runs_by_threads) proof.add_runs_by_threads(runs);
  for (size_t kind = 0; kind < decision::kExchangeCount; ++kind) {
    auto& exchanged = *proof.add_exchanged();
    exchanged.set_exchange_id(
        std::string(decision::ExchangeId(static_cast<decision::Exchange>(kind))));
    exchanged.set_moved_count(report.moved[kind]);
  }
  proof.set_stored_digest(base::HexEncode(report.stored_digest));
  proof.set_rulebook_digest(base::HexEncode(report.rulebook_digest));
  proof.set_outcome_digest(base::HexEncode(report.outcome_digest));
  proof.set_difference_count(report.difference_count);
  for (const decision::Difference& difference : report.differences) {
    auto& told = *proof.add_differences();
    told.set_run(difference.run);
    told.set_threads(difference.threads);
    told.set_input(difference.input_id);
    told.set_what(std::string(WhatWord(difference.what)));
    told.set_need_id(difference.need_id);
    told.set_offering_uid(difference.offering_uid);
  }
}

}  // namespace

struct NeutralityService::State {
  std::shared_ptr<const catalog::Snapshot> snapshot = {};
  std::shared_ptr<const decision::CompiledRulebook> rulebook = {};
  std::string rulebook_name = {};
  int64_t rulebook_revision = 0;
  int32_t day = 0;
  std::vector<decision::ProofInput> inputs = {};
  std::vector<std::string> logged = {};  // records as logged, by input; empty for profiles
};

NeutralityService::NeutralityService(const AdvisorService* advisor, Dataset* dataset,
                                     DecisionCache* cache, const base::Clock* clock,
                                     base::Random* random)
    : advisor_(advisor), dataset_(dataset), cache_(cache), clock_(clock), random_(random) {}

absl::Status NeutralityService::AddProfiles(const pb::ProveNeutralityRequest& request,
                                            uint64_t seed, std::vector<State>& states) const {
  State state{.snapshot = dataset_->store().snapshot(), .day = base::ParisDay(clock_->Now())};
  const catalog::RulebookEntry* entry = ActiveRulebook(*state.snapshot, state.day);
  if (entry == nullptr) {
    const std::string day = base::FormatDay(state.day);
    return WithPrecondition(
        MakeError(Reason::kRevisionUnavailable,
                  absl::StrCat("No rulebook of the catalogue is in force on ", day, "."),
                  {{"what", "rulebook in force on"}, {"asked", day}}),
        Info(Reason::kRevisionUnavailable).word, day, "no rulebook is in force on that day.");
  }
  ASSIGN_OR_RETURN(state.rulebook, cache_->Compiled(*entry));
  state.rulebook_revision = entry->revision;
  state.rulebook_name = RulebookRevisionName(entry->rulebook.rulebook_id(), entry->revision);
  std::vector<base::Issue> issues;
  for (int i = 0; i < request.profiles_size(); ++i) {
    const pb::ProofProfile& given = request.profiles(i);
    decision::ProofInput input{.id = given.id().empty() ? absl::StrCat(i) : given.id(),
                               .profile = given.profile(),
                               .needs = {given.needs().begin(), given.needs().end()},
                               .weights = given.weights()};
    // Nobody's lot: no engagement has this subject, and no day this secret.
    input.tie.epoch_secret = base::Sha256(absl::StrCat("aplomb/neutrality/secret ", seed));
    input.tie.subject = base::Sha256(absl::StrCat("aplomb/neutrality/subject ", seed, " ", i));
    const decision::DecisionInput checked{.profile = input.profile,
                                          .needs = input.needs,
                                          .weights = input.weights,
                                          .as_of_day = state.day};
    for (base::Issue& issue : decision::ValidateInput(checked, *state.rulebook)) {
      issue.field =
          absl::StrCat("profiles[", i, "].", absl::StripPrefix(issue.field, "recommendation."));
      issues.push_back(std::move(issue));
    }
    state.inputs.push_back(std::move(input));
  }
  if (!issues.empty()) return BadRequest(issues);
  states.push_back(std::move(state));
  return absl::OkStatus();
}

absl::Status NeutralityService::AddRecommendation(const Call& call, const std::string& name,
                                                  std::vector<State>& states) const {
  advisor::v1::GetRecommendationRequest get;
  get.set_name(name);
  get.set_view(advisor::v1::FULL);
  ASSIGN_OR_RETURN(const advisor::v1::Recommendation logged,
                   advisor_->GetRecommendation(call, get));
  const auto ids = ParseName(name, kRecommendationPattern);
  const audit::Database& database = dataset_->database();
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                   database.Get(kEngagementFamily, EngagementKey((*ids)[0])));
  if (!bytes.has_value()) return absl::DataLossError(absl::StrCat(name, ": no engagement"));
  ASSIGN_OR_RETURN(const EngagementState engagement, DecodeEngagementState(*bytes));
  ASSIGN_OR_RETURN(const base::DayNumber tie_day, base::ParseDay(engagement.body.tie_epoch));
  ASSIGN_OR_RETURN(const audit::TieSecrets tie, audit::ReadTieSecrets(database, tie_day));
  ASSIGN_OR_RETURN(
      const std::vector<std::string> record,
      audit::ReadSections(database, dataset_->keys(), logged.log_entry(), kAuditorTier));
  const auto revision = ParseName(logged.rulebook_revision(), "rulebooks/*/revisions/#");
  if (!revision.has_value()) return absl::DataLossError(absl::StrCat(name, ": its rulebook"));
  const google::type::Date& date = logged.as_of_date();
  ASSIGN_OR_RETURN(
      const base::DayNumber day,
      base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()}));

  State* state = nullptr;
  for (State& known : states) {
    if (known.snapshot->revision == logged.catalog_revision() && known.day == day &&
        known.rulebook_name == logged.rulebook_revision()) {
      state = &known;
    }
  }
  if (state == nullptr) {
    State added{.rulebook_name = logged.rulebook_revision(),
                .rulebook_revision = RevisionNumber((*revision)[1]),
                .day = day};
    ASSIGN_OR_RETURN(added.snapshot, dataset_->store().SnapshotAt(logged.catalog_revision()));
    const auto newest = dataset_->store().snapshot();
    const catalog::RulebookEntry* entry = FindRulebook(*newest, added.rulebook_revision);
    if (entry == nullptr) return absl::DataLossError(absl::StrCat(name, ": its rulebook"));
    ASSIGN_OR_RETURN(added.rulebook, cache_->Compiled(*entry));
    states.push_back(std::move(added));
    state = &states.back();
  }
  state->inputs.push_back(
      {.id = name,
       .profile = logged.profile(),
       .needs = {logged.needs().begin(), logged.needs().end()},
       .weights = logged.weights(),
       .tie = {.epoch_secret = tie.secret, .subject = engagement.body.subject}});
  state->logged.push_back(record[0]);
  return absl::OkStatus();
}

absl::Status NeutralityService::Prove(const State& state, int runs, uint64_t seed, absl::Time end,
                                      pb::NeutralityProof& proof) const {
  const base::CivilDay day = base::FromDayNumber(state.day);
  proof.set_catalog_revision(state.snapshot->revision);
  proof.set_rulebook_revision(state.rulebook_name);
  proof.mutable_as_of_date()->set_year(day.year);
  proof.mutable_as_of_date()->set_month(day.month);
  proof.mutable_as_of_date()->set_day(day.day);
  const decision::Chain chain =
      ServiceChain(EntryOf(*state.rulebook, state.rulebook_revision), state.day);
  const decision::StoredCatalog stored = decision::StoredOf(*state.snapshot, {});
  if (!state.logged.empty()) {
    // What was logged is what the stored bytes give: else the proof would be of something else.
    ASSIGN_OR_RETURN(const std::vector<decision::Outcome> made, chain(stored, state.inputs, {}));
    for (size_t i = 0; i < made.size(); ++i) {
      if (made[i].record == state.logged[i]) {
        proof.set_logged_equal_count(proof.logged_equal_count() + 1);
      }
    }
  }
  const decision::ProofOptions options{
      .runs = runs, .seed = seed, .workers = kProofWorkers, .stop = [this, end] {
        return stopping_.load(std::memory_order_relaxed) || base::SystemClock::Get()->Now() >= end;
      }};
  const absl::StatusOr<decision::ProofReport> report =
      decision::ProveNeutrality(chain, stored, state.inputs, options);
  if (absl::IsCancelled(report.status())) {
    if (stopping_.load(std::memory_order_relaxed)) {
      return MakeError(Reason::kShuttingDown, "The server is shutting down.");
    }
    return MakeError(Reason::kDeadlinePassed, absl::StrCat("The proof was not done after ",
                                                           absl::ToInt64Seconds(kProofTimeMax),
                                                           " seconds: ask for fewer runs."));
  }
  RETURN_IF_ERROR(report.status());
  Fill(*report, proof);
  const auto inputs = static_cast<int32_t>(state.logged.size());
  if (proof.logged_equal_count() != inputs) {
    proof.set_neutral(false);
    proof.set_difference_count(proof.difference_count() + inputs - proof.logged_equal_count());
  }
  return absl::OkStatus();
}

absl::StatusOr<pb::ProveNeutralityResponse> NeutralityService::ProveNeutrality(
    const Call& call, const pb::ProveNeutralityRequest& request) const {
  if (request.recommendations_size() > 0 && call.caller.role != Role::kAuditor) {
    return MakeError(Reason::kRoleNotAllowed,
                     "Only auditors may prove over logged recommendations; name profiles.",
                     {{"role", std::string(RoleWord(call.caller.role))}, {"method", call.method}});
  }
  const std::vector<base::Issue> issues = Check(request);
  if (!issues.empty()) return BadRequest(issues);
  if (running_.exchange(true)) {
    return WithRetry(MakeError(Reason::kProofRunning, "Another proof is running: try again."),
                     kProofRetryDelay);
  }
  const absl::Cleanup ended = [this] { running_.store(false); };
  const absl::Time end = base::SystemClock::Get()->Now() + kProofTimeMax;

  pb::ProveNeutralityResponse answer;
  answer.set_seed(request.seed() != 0 ? request.seed()
                                      : static_cast<int64_t>(random_->U64() >> 1 | 1));
  const auto seed = static_cast<uint64_t>(answer.seed());
  const int runs = request.runs() != 0 ? request.runs() : kProofRunsDefault;
  std::vector<State> states;
  if (request.profiles_size() > 0) {
    RETURN_IF_ERROR(AddProfiles(request, seed, states));
  }
  for (const std::string& name : request.recommendations()) {
    RETURN_IF_ERROR(AddRecommendation(call, name, states));
  }
  answer.set_neutral(true);
  for (const State& state : states) {
    pb::NeutralityProof& proof = *answer.add_proofs();
    RETURN_IF_ERROR(Prove(state, runs, seed, end, proof));
    if (!proof.neutral()) answer.set_neutral(false);
  }
  *answer.mutable_verdict() = Verdict(answer);
  return answer;
}

}  // namespace aplomb::service
