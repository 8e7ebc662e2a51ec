// Commands that ask a server.
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/nearest.h"
#include "base/status.h"
#include "catalog/import/text.h"
#include "cli/asked_profile.h"
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

// "einv-recv" is a way to write EINV_RECV.
std::string NeedId(absl::string_view written) {
  return absl::AsciiStrToUpper(absl::StrReplaceAll(written, {{"-", "_"}}));
}

// There is no such need: says which may be meant.
absl::Status UnknownNeed(Client& client, const std::string& written) {
  std::vector<std::string> known;
  if (const auto needs = client.ListNeeds(); needs.ok()) {
    for (const auto& need : *needs) known.push_back(need.need_id());
  }
  const std::string meant = absl::StrJoin(base::Meant(NeedId(written), std::move(known), 3), ", ");
  const absl::string_view all_fr = "la liste : `aplomb needs`";
  const absl::string_view all_en = "the list: `aplomb needs`";
  return ErrorOf(
      absl::StatusCode::kNotFound, "UNKNOWN_NEED",
      absl::StrCat("UNKNOWN_NEED : il n'y a pas de besoin « ", written, " » ; ",
                   meant.empty() ? "" : absl::StrCat("proches : ", meant, " ; "), all_fr),
      absl::StrCat("UNKNOWN_NEED: there is no need \"", written, "\"; ",
                   meant.empty() ? "" : absl::StrCat("near: ", meant, "; "), all_en));
}

}  // namespace

int Recommend(const CommonOptions& common, const RecommendOptions& options) {
  const absl::StatusOr<AskedProfile> asked = ReadAsked(options);
  if (!asked.ok()) return End(common, asked.status());
  if (!asked->readable) return End(common, AllThatIsWrong(*asked, absl::OkStatus()));
  absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, options.server);
  if (!client.ok()) return End(common, AllThatIsWrong(*asked, client.status()));
  std::string engagement = options.engagement;
  if (engagement.empty() || !asked->issues.empty()) {
    // First whether there is anything to ask: an engagement cannot be closed again.
    const absl::Status valid = (*client)->ValidateRecommendation(
        asked->recommendation, engagement.empty() ? "engagements/-" : engagement);
    const absl::Status wrong = AllThatIsWrong(*asked, valid);
    if (!wrong.ok()) return End(common, wrong);
  }
  if (engagement.empty()) {
    advisor::v1::Engagement opened;
    opened.set_siren(asked->recommendation.profile().siren());
    const auto created = (*client)->CreateEngagement(opened);
    if (!created.ok()) return End(common, created.status());
    engagement = created->name();
  }
  const auto answer = (*client)->CreateRecommendation(engagement, asked->recommendation);
  if (!answer.ok()) return End(common, AllThatIsWrong(*asked, answer.status()));
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
  const auto offerings = (*client)->ListOfferings(NeedId(need));
  if (const auto violations = ViolationsOf(offerings.status()); violations.has_value()) {
    base::Issues issues;
    for (base::Issue issue : violations->issues.list()) {
      if (issue.field == "need_id") issue.field = "--need";
      issues.Add(std::move(issue));
    }
    return End(common,
               ErrorOfIssues("BAD_REQUEST : la demande a {}", "BAD_REQUEST: the request has {}",
                             issues, {.reason = "BAD_REQUEST", .with_remedies = false}));
  }
  return Show(common, offerings, PrintOfferings);
}

int Needs(const CommonOptions& common, const ServerOptions& server, const std::string& need) {
  absl::StatusOr<std::unique_ptr<Client>> client = Connect(common, server);
  if (!client.ok()) return End(common, client.status());
  if (need.empty()) return Show(common, (*client)->ListNeeds(), PrintNeeds);
  const auto answer = (*client)->GetNeed(
      absl::StrCat("needs/", absl::AsciiStrToLower(absl::StrReplaceAll(need, {{"_", "-"}}))));
  if (absl::IsNotFound(answer.status())) return End(common, UnknownNeed(**client, need));
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
