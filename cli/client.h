// Calls an Aplomb server over gRPC and tells of errors in words. gRPC stays in
// client.cc. Not thread-safe: one command, one client.
#ifndef APLOMB_CLI_CLIENT_H_
#define APLOMB_CLI_CLIENT_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aplomb/advisor/v1/engagement.pb.h"
#include "aplomb/advisor/v1/explanation.pb.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "aplomb/audit/v1/log_service.pb.h"
#include "aplomb/audit/v1/neutrality_service.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/need.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "base/issue.h"
#include "cli/print.h"

namespace aplomb::cli {

// Where to call and as whom.
struct ClientOptions {
  std::string server = "127.0.0.1:7443";
  std::string token;    // bearer token
  std::string ca_file;  // PEM of the authority; empty: plain text, for loopback
  std::chrono::milliseconds deadline{10'000};
  Language language = Language::kFrench;
};

// What the server says that is wrong with a request.
struct Violations {
  base::Issues issues;  // each with both sentences, as far as they came
  size_t left_out = 0;  // that did not fit into the answer
};
// Those of an error that a Client returned; nullopt where it has none.
std::optional<Violations> ViolationsOf(const absl::Status& error);

// Every method returns the server's answer, or its error with a message for
// people: the reason, then one line per violation, in the reader's language.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();

  absl::StatusOr<advisor::v1::Engagement> CreateEngagement(
      const advisor::v1::Engagement& engagement);
  // Whether `recommendation` could be made, by default in an engagement still to be opened with the
  // profile's SIREN: OK, or every violation at once. Leaves nothing behind.
  absl::Status ValidateRecommendation(const advisor::v1::Recommendation& recommendation,
                                      const std::string& engagement = "engagements/-");
  absl::StatusOr<advisor::v1::Recommendation> CreateRecommendation(
      const std::string& engagement, const advisor::v1::Recommendation& recommendation);
  absl::StatusOr<advisor::v1::Recommendation> GetRecommendation(const std::string& name);

  absl::StatusOr<advisor::v1::WhyNotExplanation> ExplainWhyNot(const std::string& name,
                                                               const std::string& offering,
                                                               const std::string& need_id);
  absl::StatusOr<advisor::v1::ComparisonExplanation> CompareOfferings(const std::string& name,
                                                                      const std::string& a,
                                                                      const std::string& b,
                                                                      const std::string& need_id);
  absl::StatusOr<advisor::v1::CounterfactualExplanation> FindCounterfactuals(
      const std::string& name, const std::string& offering,
      advisor::v1::CounterfactualExplanation::Goal goal,
      advisor::v1::CounterfactualExplanation::Side side, const std::string& need_id);
  absl::StatusOr<advisor::v1::StabilityExplanation> AssessStability(const std::string& name,
                                                                    const std::string& need_id);
  absl::StatusOr<advisor::v1::UnknownsExplanation> AssessUnknowns(const std::string& name,
                                                                  const std::string& need_id);
  absl::StatusOr<advisor::v1::RepairsExplanation> SuggestRepairs(const std::string& name,
                                                                 const std::string& need_id);
  absl::StatusOr<audit::v1::ProveNeutralityResponse> ProveNeutrality(
      const audit::v1::ProveNeutralityRequest& request);
  absl::StatusOr<advisor::v1::Plan> GetPlan(const std::string& name);
  // `name` empty: the rulebook in force.
  absl::StatusOr<advisor::v1::TransparencyNotice> GetTransparencyNotice(const std::string& name,
                                                                        bool html);
  absl::StatusOr<advisor::v1::Report> GetReport(const std::string& name,
                                                const std::string& language_code);

  // All pages.
  absl::StatusOr<std::vector<catalog::v1::Member>> ListMembers();
  absl::StatusOr<std::vector<catalog::v1::Offering>> ListOfferings(const std::string& need_id);
  absl::StatusOr<catalog::v1::Offering> GetOffering(const std::string& name);
  absl::StatusOr<std::vector<catalog::v1::Need>> ListNeeds();
  absl::StatusOr<catalog::v1::Need> GetNeed(const std::string& name);
  absl::StatusOr<catalog::v1::RulebookRevision> GetRulebookRevision(const std::string& name);

  // Calls `visit` with each message until it returns false or the stream ends. With `follow` there
  // is no deadline.
  absl::Status TailEntries(
      const ::aplomb::audit::v1::TailEntriesRequest& request,
      const std::function<bool(const ::aplomb::audit::v1::TailEntriesResponse&)>& visit);

  // Any other method, "/package.Service/Method".
  absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                    google::protobuf::Message* response);

 private:
  struct Stubs;
  ClientOptions options_;
  std::unique_ptr<Stubs> stubs_;
};

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_CLIENT_H_
