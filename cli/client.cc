#include "cli/client.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aplomb/advisor/v1/advisor_service.grpc.pb.h"
#include "aplomb/advisor/v1/explanation_service.grpc.pb.h"
#include "aplomb/audit/v1/log_service.grpc.pb.h"
#include "aplomb/audit/v1/neutrality_service.grpc.pb.h"
#include "aplomb/catalog/v1/catalog_service.grpc.pb.h"
#include "base/random.h"
#include "base/reason.h"
#include "base/status.h"
#include "cli/errors.h"
#include "cli/french_metadata.h"
#include "cli/texts.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"

namespace aplomb::cli {
namespace {

// Largest answer taken: a recommendation for 45 needs with all its reasons.
constexpr int kMaxAnswerBytes = 64 << 20;
constexpr int kPageSize = 500;

using ExplanationStub = advisor::v1::ExplanationService::Stub;

// What the server said in full (google.rpc.Status), kept with the error that people read.
constexpr absl::string_view kDetailsPayload = "aplomb/cli/details";

struct Details {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad;
  google::rpc::RetryInfo retry;
};

Details DetailsOf(const std::string& bytes) {
  Details details;
  google::rpc::Status rich;
  if (bytes.empty() || !rich.ParseFromString(bytes)) return details;
  for (const auto& any : rich.details()) {
    (void)(any.UnpackTo(&details.info) || any.UnpackTo(&details.bad) ||
           any.UnpackTo(&details.retry));
  }
  return details;
}

// A description is "REASON: French sentence", a line feed and the English sentence; or the reason
// alone, where the answer had no room.
base::Issue ReadDescription(const std::string& field, absl::string_view description) {
  base::Issue issue;
  issue.field = field;
  const size_t line = std::min(description.find('\n'), description.size());
  const size_t colon = std::min(description.find(": "), line);
  issue.reason = std::string(description.substr(0, colon));
  if (colon + 2 < line)
    issue.text_fr = std::string(description.substr(colon + 2, line - colon - 2));
  if (line < description.size()) issue.text_en = std::string(description.substr(line + 1));
  return issue;
}

Violations ReadViolations(const Details& details) {
  Violations violations;
  for (const auto& violation : details.bad.field_violations()) {
    violations.issues.Add(ReadDescription(violation.field(), violation.description()));
  }
  const auto left_out = details.info.metadata().find("violations_left_out");
  if (left_out != details.info.metadata().end()) {
    (void)absl::SimpleAtoi(left_out->second, &violations.left_out);
  }
  return violations;
}

// The metadata of an error in French, since its message is English: " (nom : x ; état : y)".
// nullopt where it has a key that has no French.
std::optional<std::string> FrenchMetadata(const google::rpc::ErrorInfo& info) {
  std::vector<std::string> parts;
  for (const auto& [key, value] :
       std::map<std::string, std::string>(info.metadata().begin(), info.metadata().end())) {
    const absl::string_view french = FrenchOfMetadata(key);
    if (french.empty()) return std::nullopt;
    parts.push_back(absl::StrCat(french, " : ", FrenchOfMetadataValue(value)));
  }
  return parts.empty() ? "" : absl::StrCat("\n  (", absl::StrJoin(parts, " ; "), ")");
}

// What a revision that is not there lacks.
std::string FrenchOfRevision(const google::rpc::ErrorInfo& info) {
  const auto value = [&info](const char* key) {
    const auto found = info.metadata().find(key);
    return found == info.metadata().end() ? std::string() : found->second;
  };
  if (value("what") == "rulebook in force on") {
    return absl::StrCat("Aucun jeu de règles du catalogue n'est en vigueur le ", value("asked"),
                        ".");
  }
  if (value("what") == "rulebook revision") {
    return absl::StrCat(
        "Le catalogue n'a pas cette révision des règles, ou ce serveur ne sait "
        "pas s'en servir : ",
        value("asked"), ".");
  }
  if (value("what") == "catalogue revision") {
    return absl::StrCat("Le catalogue n'a pas la révision ", value("asked"), ".");
  }
  return "";
}

// What gRPC says of a server that does not answer names sockets; people want the address. Empty for
// any other error.
std::string NoAnswer(const grpc::Status& status, const ClientOptions& options) {
  const bool french = options.language == Language::kFrench;
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    return french ? absl::StrCat("aucun serveur ne répond à ", options.server,
                                 " ; vérifiez l'adresse, et qu'il est en marche")
                  : absl::StrCat("no server answers at ", options.server,
                                 "; check the address, and that it is running");
  }
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    const auto waited = options.deadline.count();
    return french ? absl::StrCat(options.server, " : pas de réponse en ", waited,
                                 " ms ; attendez plus longtemps avec --deadline-ms")
                  : absl::StrCat(options.server, ": no answer within ", waited,
                                 " ms; wait longer with --deadline-ms");
  }
  return "";
}

absl::Status FromGrpc(const grpc::Status& status, const ClientOptions& options) {
  if (status.ok()) return absl::OkStatus();
  const Details details = DetailsOf(status.error_details());
  const std::string& reason = details.info.reason();
  // Codes of gRPC and Abseil share their numbers.
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  if (reason.empty()) {
    const std::string no_answer = NoAnswer(status, options);
    return absl::Status(code, no_answer.empty() ? status.error_message() : no_answer);
  }
  if (details.bad.field_violations_size() > 0) {
    const Violations violations = ReadViolations(details);
    absl::Status error = ErrorOfIssues(
        absl::StrCat(reason, " : la demande a {}"), absl::StrCat(reason, ": the request has {}"),
        violations.issues, {.reason = reason, .more = violations.left_out, .with_remedies = false});
    error.SetPayload(kDetailsPayload, absl::Cord(status.error_details()));
    return error;
  }
  std::string retry_fr;
  std::string retry_en;
  if (details.retry.has_retry_delay()) {
    const auto& delay = details.retry.retry_delay();
    const int64_t tenths = delay.nanos() / 100'000'000;
    retry_fr = absl::StrCat("\n  à refaire dans ", delay.seconds(), ",", tenths, " s");
    retry_en = absl::StrCat("\n  retry in ", delay.seconds(), ".", tenths, " s");
  }
  const std::string english = absl::StrCat(reason, ": ", status.error_message(), retry_en);
  const absl::string_view french = FrenchOfReason(reason);
  if (french.empty()) return base::ReasonedError(code, reason, english);
  if (const std::string revision = FrenchOfRevision(details.info); !revision.empty()) {
    return ErrorOf(code, reason, absl::StrCat(reason, " : ", revision, retry_fr), english);
  }
  // Each changing part of the message is in the metadata, so that the English sentence can go.
  const std::string detail =
      FrenchMetadata(details.info).value_or(absl::StrCat("\n  (", status.error_message(), ")"));
  return ErrorOf(code, reason, absl::StrCat(reason, " : ", french, detail, retry_fr), english);
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const std::string& ca_file) {
  if (ca_file.empty()) return grpc::InsecureChannelCredentials();
  std::ifstream file(ca_file);
  std::stringstream text;
  text << file.rdbuf();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = text.str();
  return grpc::SslCredentials(options);
}

}  // namespace

std::optional<Violations> ViolationsOf(const absl::Status& error) {
  const auto payload = error.GetPayload(kDetailsPayload);
  if (!payload.has_value()) return std::nullopt;
  return ReadViolations(DetailsOf(std::string(*payload)));
}

struct Client::Stubs {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<advisor::v1::AdvisorService::Stub> advisor;
  std::unique_ptr<advisor::v1::ExplanationService::Stub> explanation;
  std::unique_ptr<catalog::v1::CatalogService::Stub> catalog;

  static void Prepare(const ClientOptions& options, grpc::ClientContext& context) {
    context.set_deadline(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                     gpr_time_from_millis(options.deadline.count(), GPR_TIMESPAN)));
    if (!options.token.empty()) {
      context.AddMetadata("authorization", absl::StrCat("Bearer ", options.token));
    }
  }

  // Makes one call with token and deadline; `Call` is a method of a stub.
  template <typename Response, typename Stub, typename Request>
  absl::StatusOr<Response> Call(const ClientOptions& options, Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    Prepare(options, context);
    Response response;
    RETURN_IF_ERROR(FromGrpc((stub.*method)(&context, request, &response), options));
    return response;
  }
};

Client::Client(ClientOptions options)
    : options_(std::move(options)), stubs_(std::make_unique<Stubs>()) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  auto channel =
      grpc::CreateCustomChannel(options_.server, Credentials(options_.ca_file), arguments);
  stubs_->channel = channel;
  stubs_->advisor = advisor::v1::AdvisorService::NewStub(channel);
  stubs_->explanation = advisor::v1::ExplanationService::NewStub(channel);
  stubs_->catalog = catalog::v1::CatalogService::NewStub(channel);
}

Client::~Client() = default;

absl::Status Client::Call(const std::string& method, const google::protobuf::Message& request,
                          google::protobuf::Message* response) {
  grpc::ClientContext context;
  Stubs::Prepare(options_, context);
  // What generated stubs do; the messages are serialized as such, whatever their type.
  using Message = google::protobuf::MessageLite;
  const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
  return FromGrpc(grpc::internal::BlockingUnaryCall<Message, Message>(stubs_->channel.get(), rpc,
                                                                      &context, request, response),
                  options_);
}

absl::StatusOr<advisor::v1::Engagement> Client::CreateEngagement(
    const advisor::v1::Engagement& engagement) {
  advisor::v1::CreateEngagementRequest request;
  *request.mutable_engagement() = engagement;
  return stubs_->Call(options_, *stubs_->advisor,
                      &advisor::v1::AdvisorService::Stub::CreateEngagement, request);
}

absl::Status Client::ValidateRecommendation(const advisor::v1::Recommendation& recommendation,
                                            const std::string& engagement) {
  advisor::v1::CreateRecommendationRequest request;
  request.set_parent(engagement);
  *request.mutable_recommendation() = recommendation;
  request.set_validate_only(true);
  return stubs_
      ->Call(options_, *stubs_->advisor, &advisor::v1::AdvisorService::Stub::CreateRecommendation,
             request)
      .status();
}

absl::StatusOr<advisor::v1::Recommendation> Client::CreateRecommendation(
    const std::string& engagement, const advisor::v1::Recommendation& recommendation) {
  advisor::v1::CreateRecommendationRequest request;
  request.set_parent(engagement);
  *request.mutable_recommendation() = recommendation;
  request.set_view(advisor::v1::FULL);
  request.set_request_id(base::SystemRandom::Get()->Uuid4());
  return stubs_->Call(options_, *stubs_->advisor,
                      &advisor::v1::AdvisorService::Stub::CreateRecommendation, request);
}

absl::StatusOr<advisor::v1::Recommendation> Client::GetRecommendation(const std::string& name) {
  advisor::v1::GetRecommendationRequest request;
  request.set_name(name);
  request.set_view(advisor::v1::FULL);
  return stubs_->Call(options_, *stubs_->advisor,
                      &advisor::v1::AdvisorService::Stub::GetRecommendation, request);
}

absl::StatusOr<advisor::v1::WhyNotExplanation> Client::ExplainWhyNot(const std::string& name,
                                                                     const std::string& offering,
                                                                     const std::string& need_id) {
  advisor::v1::ExplainWhyNotRequest request;
  request.set_name(name);
  request.set_offering(offering);
  request.set_need_id(need_id);
  return stubs_->Call(options_, *stubs_->explanation, &ExplanationStub::ExplainWhyNot, request);
}

absl::StatusOr<advisor::v1::ComparisonExplanation> Client::CompareOfferings(
    const std::string& name, const std::string& a, const std::string& b,
    const std::string& need_id) {
  advisor::v1::CompareOfferingsRequest request;
  request.set_name(name);
  request.set_offering_a(a);
  request.set_offering_b(b);
  request.set_need_id(need_id);
  return stubs_->Call(options_, *stubs_->explanation, &ExplanationStub::CompareOfferings, request);
}

absl::StatusOr<advisor::v1::CounterfactualExplanation> Client::FindCounterfactuals(
    const std::string& name, const std::string& offering,
    advisor::v1::CounterfactualExplanation::Goal goal,
    advisor::v1::CounterfactualExplanation::Side side, const std::string& need_id) {
  advisor::v1::FindCounterfactualsRequest request;
  request.set_name(name);
  request.set_offering(offering);
  request.set_goal(goal);
  request.set_side(side);
  request.set_need_id(need_id);
  return stubs_->Call(options_, *stubs_->explanation, &ExplanationStub::FindCounterfactuals,
                      request);
}

absl::StatusOr<advisor::v1::StabilityExplanation> Client::AssessStability(
    const std::string& name, const std::string& need_id) {
  advisor::v1::AssessStabilityRequest request;
  request.set_name(name);
  request.set_need_id(need_id);
  return stubs_->Call(options_, *stubs_->explanation, &ExplanationStub::AssessStability, request);
}

absl::StatusOr<advisor::v1::UnknownsExplanation> Client::AssessUnknowns(
    const std::string& name, const std::string& need_id) {
  advisor::v1::AssessUnknownsRequest request;
  request.set_name(name);
  request.set_need_id(need_id);
  return stubs_->Call(options_, *stubs_->explanation, &ExplanationStub::AssessUnknowns, request);
}

absl::StatusOr<advisor::v1::RepairsExplanation> Client::SuggestRepairs(const std::string& name,
                                                                       const std::string& need_id) {
  advisor::v1::SuggestRepairsRequest request;
  request.set_name(name);
  request.set_need_id(need_id);
  return stubs_->Call(options_, *stubs_->explanation, &ExplanationStub::SuggestRepairs, request);
}

absl::StatusOr<audit::v1::ProveNeutralityResponse> Client::ProveNeutrality(
    const audit::v1::ProveNeutralityRequest& request) {
  const auto stub = audit::v1::NeutralityService::NewStub(stubs_->channel);
  return stubs_->Call(options_, *stub, &audit::v1::NeutralityService::Stub::ProveNeutrality,
                      request);
}

absl::StatusOr<advisor::v1::Plan> Client::GetPlan(const std::string& name) {
  advisor::v1::GetPlanRequest request;
  request.set_name(name);
  return stubs_->Call(options_, *stubs_->explanation, &ExplanationStub::GetPlan, request);
}

absl::StatusOr<advisor::v1::TransparencyNotice> Client::GetTransparencyNotice(
    const std::string& name, bool html) {
  advisor::v1::GetTransparencyNoticeRequest request;
  request.set_name(name);
  request.set_html(html);
  return stubs_->Call(options_, *stubs_->explanation, &ExplanationStub::GetTransparencyNotice,
                      request);
}

absl::StatusOr<advisor::v1::Report> Client::GetReport(const std::string& name,
                                                      const std::string& language_code) {
  advisor::v1::GetReportRequest request;
  request.set_name(name);
  request.set_language_code(language_code);
  return stubs_->Call(options_, *stubs_->explanation, &ExplanationStub::GetReport, request);
}

absl::StatusOr<std::vector<catalog::v1::Member>> Client::ListMembers() {
  std::vector<catalog::v1::Member> members;
  catalog::v1::ListMembersRequest request;
  request.set_page_size(kPageSize);
  do {
    ASSIGN_OR_RETURN(const catalog::v1::ListMembersResponse page,
                     stubs_->Call(options_, *stubs_->catalog,
                                  &catalog::v1::CatalogService::Stub::ListMembers, request));
    members.insert(members.end(), page.members().begin(), page.members().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return members;
}

absl::StatusOr<std::vector<catalog::v1::Offering>> Client::ListOfferings(
    const std::string& need_id) {
  std::vector<catalog::v1::Offering> offerings;
  catalog::v1::ListOfferingsRequest request;
  request.set_parent("members/-");
  request.set_page_size(kPageSize);
  request.set_need_id(need_id);
  do {
    ASSIGN_OR_RETURN(const catalog::v1::ListOfferingsResponse page,
                     stubs_->Call(options_, *stubs_->catalog,
                                  &catalog::v1::CatalogService::Stub::ListOfferings, request));
    offerings.insert(offerings.end(), page.offerings().begin(), page.offerings().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return offerings;
}

absl::StatusOr<catalog::v1::Offering> Client::GetOffering(const std::string& name) {
  catalog::v1::GetOfferingRequest request;
  request.set_name(name);
  return stubs_->Call(options_, *stubs_->catalog, &catalog::v1::CatalogService::Stub::GetOffering,
                      request);
}

absl::StatusOr<std::vector<catalog::v1::Need>> Client::ListNeeds() {
  std::vector<catalog::v1::Need> needs;
  catalog::v1::ListNeedsRequest request;
  request.set_page_size(kPageSize);
  do {
    ASSIGN_OR_RETURN(const catalog::v1::ListNeedsResponse page,
                     stubs_->Call(options_, *stubs_->catalog,
                                  &catalog::v1::CatalogService::Stub::ListNeeds, request));
    needs.insert(needs.end(), page.needs().begin(), page.needs().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return needs;
}

absl::StatusOr<catalog::v1::Need> Client::GetNeed(const std::string& name) {
  catalog::v1::GetNeedRequest request;
  request.set_name(name);
  return stubs_->Call(options_, *stubs_->catalog, &catalog::v1::CatalogService::Stub::GetNeed,
                      request);
}

absl::StatusOr<catalog::v1::RulebookRevision> Client::GetRulebookRevision(const std::string& name) {
  catalog::v1::GetRulebookRevisionRequest request;
  request.set_name(name);
  return stubs_->Call(options_, *stubs_->catalog,
                      &catalog::v1::CatalogService::Stub::GetRulebookRevision, request);
}

absl::Status Client::TailEntries(
    const ::aplomb::audit::v1::TailEntriesRequest& request,
    const std::function<bool(const ::aplomb::audit::v1::TailEntriesResponse&)>& visit) {
  grpc::ClientContext context;
  Stubs::Prepare(options_, context);
  if (request.follow()) context.set_deadline(gpr_inf_future(GPR_CLOCK_MONOTONIC));
  const auto stub = ::aplomb::audit::v1::LogService::NewStub(stubs_->channel);
  const auto stream = stub->TailEntries(&context, request);
  ::aplomb::audit::v1::TailEntriesResponse message;
  while (stream->Read(&message)) {
    if (visit(message)) continue;
    context.TryCancel();
    (void)stream->Finish();
    return absl::OkStatus();
  }
  return FromGrpc(stream->Finish(), options_);
}

}  // namespace aplomb::cli
