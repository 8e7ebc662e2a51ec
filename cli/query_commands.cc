// Commands that ask a server.
#include <cstdlib>
#include <iostream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/civil_day.h"
#include "base/reason.h"
#include "base/status.h"
#include "catalog/import/directory.h"
#include "catalog/import/text.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/json.h"

namespace aplomb::cli {
namespace {

// Prints a list: JSON lines for machines, a table for people.
template <typename T, typename Print>
int Show(const CommonOptions& common, const absl::StatusOr<std::vector<T>>& items, Print print) {
  if (!items.ok()) return End(common, items.status());
  if (!common.json) {
    std::cout << print(*items, common.language);
    return kDone;
  }
  for (const T& item : *items) std::cout << ToJson(item, JsonForm::kLine) << "\n";
  return kDone;
}

absl::StatusOr<advisor::v1::Recommendation> ReadRequest(const RecommendOptions& options) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.profile));
  base::Issues issues;
  const catalog::SampleProfile file = catalog::ReadProfile(options.profile, bytes, &issues);
  if (!issues.empty()) {
    return ErrorOfIssues("PROFILE_INVALID : le profil a des erreurs",
                         "PROFILE_INVALID: the profile has errors", issues);
  }
  advisor::v1::Recommendation recommendation;
  *recommendation.mutable_profile() = file.profile;
  for (const auto& need : file.needs) *recommendation.add_needs() = need;
  if (file.weights.has_value()) *recommendation.mutable_weights() = *file.weights;
  if (!options.needs.empty()) {
    recommendation.clear_needs();
    for (const std::string& id : options.needs) {
      // Wishes of the file stay with the needs that it names.
      const std::string need_id = absl::AsciiStrToUpper(absl::StrReplaceAll(id, {{"-", "_"}}));
      type::NeedRequest request;
      request.set_need_id(need_id);
      for (const auto& need : file.needs) {
        if (need.need_id() == need_id) request = need;
      }
      *recommendation.add_needs() = request;
    }
  }
  recommendation.set_preview(options.preview);
  recommendation.set_catalog_revision(options.catalog_revision);
  recommendation.set_rulebook_revision(options.rulebook_revision);
  if (!options.as_of.empty()) {
    const std::vector<std::string> parts = absl::StrSplit(options.as_of, '-');
    int32_t year = 0;
    int32_t month = 0;
    int32_t day = 0;
    if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &year) ||
        !absl::SimpleAtoi(parts[1], &month) || !absl::SimpleAtoi(parts[2], &day)) {
      return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                     "--as-of prend un jour sous la forme AAAA-MM-JJ",
                     "--as-of takes a day as YYYY-MM-DD");
    }
    recommendation.mutable_as_of_date()->set_year(year);
    recommendation.mutable_as_of_date()->set_month(month);
    recommendation.mutable_as_of_date()->set_day(day);
  }
  return recommendation;
}

int Print(const CommonOptions& common, const advisor::v1::Recommendation& recommendation,
          int explained) {
  if (common.json) {
    std::cout << ToJson(recommendation, JsonForm::kPretty) << "\n";
  } else {
    std::cout << PrintRecommendation(recommendation,
                                     {.language = common.language, .explained = explained});
  }
  return kDone;
}

}  // namespace

int Recommend(const CommonOptions& common, const RecommendOptions& options) {
  const absl::StatusOr<advisor::v1::Recommendation> request = ReadRequest(options);
  if (!request.ok()) return End(common, request.status());
  absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, options.server);
  if (!client.ok()) return End(common, client.status());
  std::string engagement = options.engagement;
  if (engagement.empty()) {
    // First whether there is anything to ask: an engagement cannot be closed again.
    const absl::Status valid = (*client)->ValidateRecommendation(*request);
    if (!valid.ok()) return End(common, valid);
    advisor::v1::Engagement opened;
    opened.set_siren(request->profile().siren());
    const auto created = (*client)->CreateEngagement(opened);
    if (!created.ok()) return End(common, created.status());
    engagement = created->name();
  }
  const auto answer = (*client)->CreateRecommendation(engagement, *request);
  if (!answer.ok()) return End(common, answer.status());
  if (!options.receipt.empty()) {
    const absl::Status written = WriteFile(options.receipt, answer->receipt());
    if (!written.ok()) return End(common, written);
  }
  return Print(common, *answer, options.explained);
}

int ShowRecommendation(const CommonOptions& common, const ServerOptions& server,
                       const std::string& name, int explained) {
  absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, server);
  if (!client.ok()) return End(common, client.status());
  const auto answer = (*client)->GetRecommendation(name);
  if (!answer.ok()) return End(common, answer.status());
  return Print(common, *answer, explained);
}

int Members(const CommonOptions& common, const ServerOptions& server) {
  absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, server);
  if (!client.ok()) return End(common, client.status());
  return Show(common, (*client)->ListMembers(), PrintMembers);
}

int Offerings(const CommonOptions& common, const ServerOptions& server, const std::string& need,
              const std::string& name) {
  absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, server);
  if (!client.ok()) return End(common, client.status());
  if (!name.empty()) {
    const auto offering = (*client)->GetOffering(name);
    if (!offering.ok()) return End(common, offering.status());
    if (common.json) {
      std::cout << ToJson(*offering, JsonForm::kPretty) << "\n";
    } else {
      // The project's own format: what a member would write.
      std::cout << catalog::WriteMessage(*offering);
    }
    return kDone;
  }
  return Show(common, (*client)->ListOfferings(absl::AsciiStrToUpper(need)), PrintOfferings);
}

int Needs(const CommonOptions& common, const ServerOptions& server, const std::string& need) {
  absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, server);
  if (!client.ok()) return End(common, client.status());
  if (need.empty()) return Show(common, (*client)->ListNeeds(), PrintNeeds);
  const auto answer = (*client)->GetNeed(
      absl::StrCat("needs/", absl::AsciiStrToLower(absl::StrReplaceAll(need, {{"_", "-"}}))));
  if (!answer.ok()) return End(common, answer.status());
  if (common.json) {
    std::cout << ToJson(*answer, JsonForm::kPretty) << "\n";
  } else {
    std::cout << PrintNeed(*answer, common.language);
  }
  return kDone;
}

int RulebookShow(const CommonOptions& common, const ServerOptions& server,
                 const std::string& name) {
  absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, server);
  if (!client.ok()) return End(common, client.status());
  const auto revision =
      (*client)->GetRulebookRevision(name.empty() ? "rulebooks/base/revisions/active" : name);
  if (!revision.ok()) return End(common, revision.status());
  if (common.json) {
    std::cout << ToJson(*revision, JsonForm::kPretty) << "\n";
  } else {
    std::cout << PrintRulebook(*revision, common.language);
  }
  return kDone;
}

}  // namespace aplomb::cli
