#include "service/explanation_service.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/civil_day.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/status.h"
#include "decision/notice/notice.h"
#include "decision/plan/plan.h"
#include "decision/report/report.h"
#include "decision/tell/case.h"
#include "decision/tell/how_sure.h"
#include "decision/tell/what_if.h"
#include "decision/tell/why.h"
#include "service/errors.h"
#include "service/join_names.h"
#include "service/names.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;

constexpr absl::string_view kRecommendationPattern = "engagements/*/recommendations/*";
constexpr absl::string_view kOfferingPattern = "members/*/offerings/*";
constexpr absl::string_view kRulebookPattern = "rulebooks/*/revisions/#";

// The receipt that a recommendation came with, where this build gives receipts.
std::string ReceiptDigest(const pb::Recommendation& recommendation) {
  const auto* field = recommendation.GetDescriptor()->FindFieldByName("receipt");
  if (field == nullptr || field->is_repeated() ||
      field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    return "";
  }
  const std::string receipt = recommendation.GetReflection()->GetString(recommendation, field);
  return receipt.empty() ? "" : base::HexEncode(base::Sha256(receipt));
}

absl::Status CheckNeed(const pb::Recommendation& shown, const std::string& need_id) {
  if (need_id.empty()) return absl::OkStatus();
  std::vector<std::string> asked;
  for (const pb::NeedResult& result : shown.results()) {
    if (result.need_id() == need_id) return absl::OkStatus();
    asked.push_back(result.need_id());
  }
  std::string list;
  for (const std::string& id : asked) absl::StrAppend(&list, list.empty() ? "" : ", ", id);
  return BadRequest(
      {{"need_id", "NEED_NOT_ASKED", absl::StrCat("Besoins de cette recommandation : ", list, "."),
        absl::StrCat("Needs of this recommendation: ", list, ".")}});
}

absl::Status CheckOffering(const catalog::Snapshot& snapshot, const std::string& offering) {
  return snapshot.offerings.find(offering) == snapshot.offerings.end()
             ? NotFound("offering", offering)
             : absl::OkStatus();
}

template <typename Enum>
void CheckEnum(absl::string_view field, Enum value, bool valid, absl::string_view known,
               std::vector<base::Issue>& issues) {
  if (valid && static_cast<int>(value) != 0) return;
  issues.push_back({std::string(field), "UNKNOWN_VALUE",
                    absl::StrCat("Valeurs connues : ", known, "."),
                    absl::StrCat("Known values: ", known, ".")});
}

}  // namespace

struct ExplanationService::Opened {
  pb::Recommendation shown;
  std::shared_ptr<const catalog::Snapshot> snapshot;
  std::shared_ptr<const decision::CompiledRulebook> rulebook;
  std::shared_ptr<const decision::BlindCatalog> blind;
  std::unique_ptr<const tell::Case> opened;  // refers to all of the above
};

ExplanationService::ExplanationService(const AdvisorService* advisor, const catalog::Store* store,
                                       DecisionCache* cache, const base::Clock* clock,
                                       base::Logger* logger)
    : advisor_(advisor), store_(store), cache_(cache), clock_(clock), logger_(logger) {}

absl::StatusOr<std::unique_ptr<ExplanationService::Opened>> ExplanationService::Open(
    const Call& call, const std::string& name) const {
  pb::GetRecommendationRequest request;
  request.set_name(name);
  request.set_view(pb::FULL);
  auto out = std::make_unique<Opened>();
  ASSIGN_OR_RETURN(out->shown, advisor_->GetRecommendation(call, request));
  ASSIGN_OR_RETURN(out->snapshot, store_->SnapshotAt(out->shown.catalog_revision()));
  const std::shared_ptr<const catalog::Snapshot> newest = store_->snapshot();
  const auto ids = ParseName(out->shown.rulebook_revision(), kRulebookPattern);
  const catalog::RulebookEntry* entry =
      ids.has_value() ? FindRulebook(*newest, RevisionNumber((*ids)[1])) : nullptr;
  if (entry == nullptr) {
    return absl::DataLossError(absl::StrCat(name, ": its rulebook is missing"));
  }
  ASSIGN_OR_RETURN(out->rulebook, cache_->Compiled(*entry));
  const google::type::Date& date = out->shown.as_of_date();
  ASSIGN_OR_RETURN(
      const base::DayNumber day,
      base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()}));
  out->blind = cache_->Blind(*out->snapshot, *out->rulebook, day);
  absl::StatusOr<tell::Case> opened = tell::Case::Open({.shown = out->shown,
                                                        .snapshot = *out->snapshot,
                                                        .rulebook = *out->rulebook,
                                                        .blind = *out->blind});
  if (!opened.ok()) {
    logger_->Error("explanation_differs",
                   {{"recommendation", name}, {"cause", opened.status().message()}});
    return absl::DataLossError(absl::StrCat(name, ": ", opened.status().message()));
  }
  out->opened = std::make_unique<const tell::Case>(*std::move(opened));
  return out;
}

absl::StatusOr<pb::WhyNotExplanation> ExplanationService::ExplainWhyNot(
    const Call& call, const pb::ExplainWhyNotRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRecommendationPattern, issues);
  RequireName("offering", request.offering(), kOfferingPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, Open(call, request.name()));
  RETURN_IF_ERROR(CheckNeed(opened->shown, request.need_id()));
  RETURN_IF_ERROR(CheckOffering(*opened->snapshot, request.offering()));
  pb::WhyNotExplanation answer =
      tell::TellWhyNot(*opened->opened, request.offering(), request.need_id());
  JoinRefs(*opened->snapshot, answer);
  return answer;
}

absl::StatusOr<pb::ComparisonExplanation> ExplanationService::CompareOfferings(
    const Call& call, const pb::CompareOfferingsRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRecommendationPattern, issues);
  RequireName("offering_a", request.offering_a(), kOfferingPattern, issues);
  if (RequireName("offering_b", request.offering_b(), kOfferingPattern, issues).has_value() &&
      request.offering_a() == request.offering_b()) {
    issues.push_back({"offering_b", "SAME_OFFERING", "Deux offres différentes sont attendues.",
                      "Two different offerings are expected."});
  }
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, Open(call, request.name()));
  RETURN_IF_ERROR(CheckNeed(opened->shown, request.need_id()));
  RETURN_IF_ERROR(CheckOffering(*opened->snapshot, request.offering_a()));
  RETURN_IF_ERROR(CheckOffering(*opened->snapshot, request.offering_b()));
  pb::ComparisonExplanation answer = tell::TellComparison(*opened->opened, request.offering_a(),
                                                          request.offering_b(), request.need_id());
  JoinRefs(*opened->snapshot, answer);
  return answer;
}

absl::StatusOr<pb::CounterfactualExplanation> ExplanationService::FindCounterfactuals(
    const Call& call, const pb::FindCounterfactualsRequest& request) const {
  using Explanation = pb::CounterfactualExplanation;
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRecommendationPattern, issues);
  RequireName("offering", request.offering(), kOfferingPattern, issues);
  CheckEnum("goal", request.goal(), Explanation::Goal_IsValid(request.goal()),
            "FIRST_BAND (1), TOP_THREE (2)", issues);
  CheckEnum("side", request.side(), Explanation::Side_IsValid(request.side()),
            "OFFERING (1), FIRM (2), WEIGHTS (3)", issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, Open(call, request.name()));
  RETURN_IF_ERROR(CheckNeed(opened->shown, request.need_id()));
  RETURN_IF_ERROR(CheckOffering(*opened->snapshot, request.offering()));
  pb::CounterfactualExplanation answer = tell::TellCounterfactuals(
      *opened->opened, request.offering(), request.goal(), request.side(), request.need_id());
  JoinRefs(*opened->snapshot, answer);
  return answer;
}

absl::StatusOr<pb::StabilityExplanation> ExplanationService::AssessStability(
    const Call& call, const pb::AssessStabilityRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRecommendationPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, Open(call, request.name()));
  RETURN_IF_ERROR(CheckNeed(opened->shown, request.need_id()));
  pb::StabilityExplanation answer = tell::TellStability(*opened->opened, request.need_id());
  JoinRefs(*opened->snapshot, answer);
  return answer;
}

absl::StatusOr<pb::UnknownsExplanation> ExplanationService::AssessUnknowns(
    const Call& call, const pb::AssessUnknownsRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRecommendationPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, Open(call, request.name()));
  RETURN_IF_ERROR(CheckNeed(opened->shown, request.need_id()));
  pb::UnknownsExplanation answer = tell::TellUnknowns(*opened->opened, request.need_id());
  JoinRefs(*opened->snapshot, answer);
  return answer;
}

absl::StatusOr<pb::RepairsExplanation> ExplanationService::SuggestRepairs(
    const Call& call, const pb::SuggestRepairsRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRecommendationPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, Open(call, request.name()));
  RETURN_IF_ERROR(CheckNeed(opened->shown, request.need_id()));
  pb::RepairsExplanation answer = tell::TellRepairs(*opened->opened, request.need_id());
  // Where too few suppliers are left to speak of a ranking, they are named (code des assurances,
  // art. L.521-2, by analogy).
  for (pb::Repairs& repairs : *answer.mutable_rankings()) {
    if (!repairs.insufficient_range()) continue;
    std::set<std::string> names;
    for (const pb::NeedResult& result : opened->shown.results()) {
      if (result.need_id() != repairs.need_id()) continue;
      for (const pb::Ranking& ranking : result.rankings()) {
        if (ranking.delivery_mode() != repairs.delivery_mode()) continue;
        for (const pb::Band& band : ranking.bands()) {
          for (const auto& offering : band.offerings())
            names.insert(offering.member_display_name());
        }
      }
    }
    for (const std::string& name : names) repairs.add_member_display_names(name);
  }
  JoinRefs(*opened->snapshot, answer);
  return answer;
}

absl::StatusOr<pb::Plan> ExplanationService::GetPlan(const Call& call,
                                                     const pb::GetPlanRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRecommendationPattern, issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, Open(call, request.name()));
  pb::Plan answer = plan::MakePlan(opened->shown, *opened->snapshot, *opened->rulebook);
  JoinRefs(*opened->snapshot, answer);
  return answer;
}

absl::StatusOr<pb::TransparencyNotice> ExplanationService::GetTransparencyNotice(
    const Call& call, const pb::GetTransparencyNoticeRequest& request) const {
  static_cast<void>(call);
  std::optional<std::vector<std::string>> ids;
  if (!request.name().empty()) {
    std::vector<base::Issue> issues;
    ids = RequireName("name", request.name(), kRulebookPattern, issues);
    if (!issues.empty()) return BadRequest(issues);
  }
  const std::shared_ptr<const catalog::Snapshot> snapshot = store_->snapshot();
  const base::DayNumber today = base::ParisDay(clock_->Now());
  const catalog::RulebookEntry* entry = nullptr;
  if (ids.has_value()) {
    entry = FindRulebook(*snapshot, RevisionNumber((*ids)[1]));
    if (entry == nullptr || entry->rulebook.rulebook_id() != (*ids)[0]) {
      return NotFound("rulebook revision", request.name());
    }
  } else {
    entry = ActiveRulebook(*snapshot, today);
    if (entry == nullptr) {
      const std::string day = base::FormatDay(today);
      return WithPrecondition(
          MakeError(Reason::kRevisionUnavailable,
                    absl::StrCat("No rulebook of the catalogue is in force on ", day, "."),
                    {{"what", "rulebook in force on"}, {"asked", day}}),
          Info(Reason::kRevisionUnavailable).word, day, "no rulebook is in force on that day.");
    }
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const decision::CompiledRulebook> rulebook,
                   cache_->Compiled(*entry));
  pb::TransparencyNotice answer = notice::MakeNotice(
      RulebookRevisionName(entry->rulebook.rulebook_id(), entry->revision), *rulebook, *snapshot);
  if (request.html()) {
    const std::string fr = notice::PrintNotice(answer, decision::Language::kFr);
    answer.set_html_en(notice::PrintNotice(answer, decision::Language::kEn));
    answer.set_html_fr(fr);
  }
  return answer;
}

absl::StatusOr<pb::Report> ExplanationService::GetReport(
    const Call& call, const pb::GetReportRequest& request) const {
  std::vector<base::Issue> issues;
  RequireName("name", request.name(), kRecommendationPattern, issues);
  const std::string language = request.language_code().empty() ? "fr" : request.language_code();
  if (language != "fr" && language != "en") {
    issues.push_back({"language_code", "UNKNOWN_LANGUAGE", "Langues connues : fr, en.",
                      "Known languages: fr, en."});
  }
  if (!pb::GetReportRequest::Format_IsValid(request.format())) {
    issues.push_back(
        {"format", "UNKNOWN_VALUE", "Valeurs connues : HTML (1).", "Known values: HTML (1)."});
  }
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, Open(call, request.name()));
  pb::Plan plan = plan::MakePlan(opened->shown, *opened->snapshot, *opened->rulebook);
  JoinRefs(*opened->snapshot, plan);
  const pb::StabilityExplanation stability = tell::TellStability(*opened->opened, "");
  const pb::UnknownsExplanation unknowns = tell::TellUnknowns(*opened->opened, "");
  pb::Report answer;
  answer.set_recommendation(opened->shown.name());
  answer.set_language_code(language);
  answer.set_content_type("text/html; charset=utf-8");
  answer.set_content(
      report::MakeReport({.recommendation = opened->shown,
                          .plan = plan,
                          .stability = stability,
                          .unknowns = unknowns,
                          .rules = opened->rulebook->source,
                          .receipt_digest = ReceiptDigest(opened->shown)},
                         language == "fr" ? decision::Language::kFr : decision::Language::kEn));
  answer.set_digest(base::HexEncode(base::Sha256(answer.content())));
  *answer.mutable_recommendation_time() = opened->shown.create_time();
  return answer;
}

}  // namespace aplomb::service
