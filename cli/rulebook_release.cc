#include "cli/rulebook_release.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "aplomb/catalog/v1/rulebook_service.pb.h"
#include "base/civil_day.h"
#include "base/status.h"
#include "catalog/proposals/entry_file.h"
#include "cli/bias_table.h"
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/neutrality_data.h"
#include "cli/print.h"
#include "cli/rulebook_files.h"
#include "cli/text_table.h"
#include "decision/neutrality/bias.h"
#include "decision/rulebook_compiler.h"
#include "decision/ruletests/rule_tests.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;

constexpr char kService[] = "/aplomb.catalog.v1.RulebookService/";
constexpr int kMoversShown = 10;

bool French(const CommonOptions& common) { return common.language == Language::kFrench; }

absl::Status AddFirms(const std::string& profiles, const std::string& share,
                      google::protobuf::RepeatedPtrField<pb::ReferenceFirm>* firms) {
  NeutralitySource source;
  source.profiles = profiles;
  source.share = share;
  ASSIGN_OR_RETURN(const auto inputs, ReadFirms(source));
  for (const decision::ProofInput& input : inputs) {
    pb::ReferenceFirm& firm = *firms->Add();
    firm.set_id(input.id);
    *firm.mutable_profile() = input.profile;
    for (const type::NeedRequest& need : input.needs) *firm.add_needs() = need;
    *firm.mutable_weights() = input.weights;
  }
  return absl::OkStatus();
}

absl::Status Refused(const std::vector<decision::Diagnostic>& diagnostics) {
  return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                 absl::StrCat("le jeu de règles ou ses tests ont des erreurs :\n",
                              decision::FormatDiagnostics(diagnostics, /*french=*/true)),
                 absl::StrCat("the rulebook or its tests have errors:\n",
                              decision::FormatDiagnostics(diagnostics)));
}

absl::StatusOr<pb::ProposeRulebookRequest> RequestOf(const ProposeRulebookOptions& options) {
  pb::ProposeRulebookRequest request;
  ASSIGN_OR_RETURN(decision::RulebookSource source, decision::ReadRulebook(options.directory));
  if (!source.diagnostics.empty()) {
    return Refused(source.diagnostics);
  }
  *request.mutable_rulebook() = std::move(source.rulebook);
  if (!options.from.empty()) {
    ASSIGN_OR_RETURN(const int32_t day, ReadDay("--from", options.from));
    const base::CivilDay civil = base::FromDayNumber(day);
    auto& date = *request.mutable_rulebook()->mutable_valid_from();
    date.set_year(civil.year);
    date.set_month(civil.month);
    date.set_day(civil.day);
  }
  ASSIGN_OR_RETURN(decision::RuleTestSource tests, decision::ReadRuleTests(options.directory));
  if (!tests.diagnostics.empty()) {
    return Refused(tests.diagnostics);
  }
  *request.add_test_files() = std::move(tests.all);
  ASSIGN_OR_RETURN(const auto waivers, ReadWaiverFiles(options.directory));
  for (const auto& [path, bytes] : waivers) request.add_waivers(bytes);
  RETURN_IF_ERROR(AddFirms(options.profiles, options.share, request.mutable_reference_firms()));
  // What is not looked at is left out by name, not by default.
  if (options.ledger.empty() && !options.without_fees) {
    return ErrorOf(
        absl::StatusCode::kInvalidArgument, "",
        "les écarts selon la cotisation seront joints à la révision : donnez le registre "
        "par --ledger FICHIER,\nou --without-fees, et la révision dira qu'ils n'ont pas "
        "été examinés",
        "gaps by fee are attached to the revision: give the ledger with --ledger FILE,\n"
        "or --without-fees, and the revision will say that they were not examined");
  }
  if (!options.ledger.empty()) {
    ASSIGN_OR_RETURN(const auto fees, ReadLedger(options.ledger));
    const decision::Attribute attribute = decision::FeeAttribute(fees);
    pb::MemberAttribute& one = *request.add_attributes();
    one.set_attribute(attribute.id);
    for (const auto& [member, label] : attribute.label_of) {
      pb::MemberLabel& labelled = *one.add_labels();
      labelled.set_member(member);
      labelled.set_label(label);
    }
  }
  request.set_validate_only(options.dry_run);
  return request;
}

const char* StateText(pb::RulebookRelease::State state, bool fr) {
  switch (state) {
    case pb::RulebookRelease::PENDING:
      return fr ? "annoncé" : "announced";
    case pb::RulebookRelease::ACTIVE:
      return fr ? "en vigueur" : "in force";
    case pb::RulebookRelease::REPLACED:
      return fr ? "remplacé" : "replaced";
    case pb::RulebookRelease::WITHDRAWN:
      return fr ? "retiré" : "taken back";
    default:
      return fr ? "essai" : "trial";
  }
}

std::string Day(const google::type::Date& date) {
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

std::string Place(int32_t place, bool fr) {
  if (place == 0) return fr ? "hors classement" : "not ranked";
  return absl::StrCat(place);
}

void PrintImpact(const pb::ImpactPreview& impact, bool fr) {
  const int64_t compared = impact.firms() - impact.firms_refused();
  const int64_t tenths =
      compared == 0 ? 0 : (1'000 * impact.firms_changed() + compared / 2) / compared;
  const Language language = fr ? Language::kFrench : Language::kEnglish;
  // A conditional format is not a literal to clang, which checks formats.
  const auto summary = [fr](auto... n) {
    return fr ? absl::StrFormat(
                    "Les trois premières offres changent pour %s sur %d (%d,%d %%) : %s\nsur %d, "
                    "dont %d avec d'autres offres. Résultats modifiés : %d.\n\n",
                    n...)
              : absl::StrFormat(
                    "The first three offerings change for %s of %d (%d.%d %%): %s of\n%d, %d of "
                    "them with other offerings. Scores changed: %d.\n\n",
                    n...);
  };
  std::cout << summary(
      CountInWords(language, impact.firms_changed(), "entreprise de référence",
                   "entreprises de référence", "reference firm", "reference firms"),
      compared, tenths / 10, tenths % 10,
      CountInWords(language, impact.top_changed(), "classement", "classements", "ranking",
                   "rankings"),
      impact.rankings(), impact.top_set_changed(), impact.scores_changed());
  for (const bool win : {true, false}) {
    const auto& list = win ? impact.winners() : impact.losers();
    if (list.empty()) continue;
    TextTable table({{.title = win ? (fr ? "Gagnent" : "Winners") : (fr ? "Perdent" : "Losers"),
                      .flexible = true},
                     {.title = "places", .align = Align::kRight},
                     {.title = fr ? "mieux" : "better", .align = Align::kRight},
                     {.title = fr ? "moins bien" : "worse", .align = Align::kRight}});
    for (int i = 0; i < list.size() && i < kMoversShown; ++i) {
      table.AddRow({list[i].offering(), absl::StrFormat("%+d", list[i].places()),
                    absl::StrCat(list[i].better()), absl::StrCat(list[i].worse())});
    }
    std::cout << table.Render() << "\n";
  }
  if (!impact.has_largest()) return;
  const pb::ImpactMove& move = impact.largest();
  std::cout << (fr ? "Plus grand déplacement : " : "Largest move: ") << move.offering() << ", "
            << move.firm() << ", " << move.need_id() << (fr ? " : " : ": ")
            << Place(move.from(), fr) << " -> " << Place(move.to(), fr) << "\n\n";
}

void PrintRelease(const pb::RulebookRelease& release, bool fr) {
  const pb::RulebookActivation& activation = release.activation();
  std::cout << (release.revision().empty() ? activation.rulebook_id() : release.revision())
            << (fr ? " : " : ": ") << StateText(release.state(), fr)
            << (fr ? ", premier jour " : ", first day ") << Day(release.effective_date()) << "\n"
            << (fr ? "octets      " : "bytes       ") << activation.rulebook_digest() << "\n"
            << (fr ? "avant       " : "before      ") << activation.before_digest() << "\n"
            << (fr ? "catalogue   " : "catalogue   ") << activation.catalog_revision() << "\n";
  if (release.log_entry() > 0) {
    std::cout << (fr ? "inscription " : "log entry   ") << release.log_entry()
              << (fr ? ", avis à " : ", notice to ") << activation.notified_members_size()
              << (fr ? " membres au même instant\n" : " members at the same instant\n");
  }
  std::cout << absl::StrFormat(
      "tests       %d, %d %s %d\n", activation.tests().tests(), activation.tests().covered(),
      fr ? "règles tenues sur" : "rules held of", activation.tests().total());
  for (const pb::CheckWarning& warning : activation.warnings()) {
    std::cout << (fr ? "avertissement " : "warning ") << warning.code() << " " << warning.where()
              << (fr ? " : " : ": ")
              << (fr && !warning.text_fr().empty() ? warning.text_fr() : warning.text()) << "\n";
  }
  if (release.has_withdrawal()) {
    const pb::RulebookWithdrawal& withdrawal = release.withdrawal();
    std::cout << (fr ? "retirée par " : "taken back by ") << withdrawal.actor()
              << (fr ? " : " : ": ") << (fr ? withdrawal.reason().fr() : withdrawal.reason().en())
              << "\n"
              << (fr ? "en vigueur  " : "in force    ") << withdrawal.kept_digest() << "\n";
  }
  std::cout << "\n";
  PrintImpact(activation.impact(), fr);
  PrintBias(activation.bias(), fr ? Language::kFrench : Language::kEnglish);
}

absl::StatusOr<pb::RulebookRelease> GetRelease(const CommonOptions& common,
                                               const ServerOptions& server,
                                               const std::string& name) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(common, server));
  pb::GetRulebookReleaseRequest request;
  request.set_name(name);
  pb::RulebookRelease release;
  RETURN_IF_ERROR(client->Call(absl::StrCat(kService, "GetRulebookRelease"), request, &release));
  return release;
}

absl::Status Propose(const CommonOptions& common, const ProposeRulebookOptions& options) {
  ASSIGN_OR_RETURN(const pb::ProposeRulebookRequest request, RequestOf(options));
  ServerOptions server = options.server;
  server.deadline_ms = std::max(server.deadline_ms, kProposeDeadlineMs);
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(common, server));
  pb::RulebookRelease release;
  RETURN_IF_ERROR(client->Call(absl::StrCat(kService, "ProposeRulebook"), request, &release));
  if (common.json) {
    std::cout << ToJson(release, JsonForm::kPretty) << "\n";
  } else {
    PrintRelease(release, French(common));
  }
  return absl::OkStatus();
}

absl::Status Withdraw(const CommonOptions& common, const WithdrawRulebookOptions& options) {
  pb::WithdrawRulebookRequest request;
  request.set_name(options.name);
  request.mutable_reason()->set_fr(options.why_fr);
  request.mutable_reason()->set_en(options.why_en);
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(common, options.server));
  pb::RulebookRelease release;
  RETURN_IF_ERROR(client->Call(absl::StrCat(kService, "WithdrawRulebook"), request, &release));
  if (common.json) {
    std::cout << ToJson(release, JsonForm::kPretty) << "\n";
  } else {
    PrintRelease(release, French(common));
  }
  return absl::OkStatus();
}

absl::Status List(const CommonOptions& common, const ServerOptions& server) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(common, server));
  const bool fr = French(common);
  TextTable table({{.title = fr ? "révision" : "revision", .flexible = true},
                   {.title = fr ? "premier jour" : "first day"},
                   {.title = fr ? "état" : "state"},
                   {.title = fr ? "inscription" : "log entry", .align = Align::kRight}});
  pb::ListRulebookReleasesRequest request;
  do {
    pb::ListRulebookReleasesResponse page;
    RETURN_IF_ERROR(client->Call(absl::StrCat(kService, "ListRulebookReleases"), request, &page));
    for (const pb::RulebookRelease& release : page.releases()) {
      if (common.json) std::cout << ToJson(release, JsonForm::kPretty) << "\n";
      table.AddRow({release.revision(), Day(release.effective_date()),
                    StateText(release.state(), fr), absl::StrCat(release.log_entry())});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (common.json) return absl::OkStatus();
  if (table.empty()) {
    std::cout << (fr ? "Aucune révision n'a été proposée : les règles sont celles du début.\n"
                     : "No revision was proposed: the rulebook is that of the beginning.\n");
    return absl::OkStatus();
  }
  std::cout << table.Render();
  return absl::OkStatus();
}

absl::Status Impact(const CommonOptions& common, const OfferingImpactOptions& options) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.file));
  base::Issues issues;
  pb::PreviewOfferingImpactRequest request;
  *request.mutable_offering() = proposals::ReadEntryFile(options.file, bytes, &issues);
  if (!issues.empty()) {
    return ErrorOfIssues("La fiche a des erreurs :", "The entry has errors:", issues);
  }
  RETURN_IF_ERROR(AddFirms(options.profiles, options.share, request.mutable_reference_firms()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(common, options.server));
  pb::ImpactPreview preview;
  RETURN_IF_ERROR(client->Call(absl::StrCat(kService, "PreviewOfferingImpact"), request, &preview));
  if (common.json) {
    std::cout << ToJson(preview, JsonForm::kPretty) << "\n";
  } else {
    PrintImpact(preview, French(common));
  }
  return absl::OkStatus();
}

}  // namespace

int ProposeRulebook(const CommonOptions& common, const ProposeRulebookOptions& options) {
  return End(common, Propose(common, options));
}

int WithdrawRulebook(const CommonOptions& common, const WithdrawRulebookOptions& options) {
  return End(common, Withdraw(common, options));
}

int ShowRulebookReleases(const CommonOptions& common, const ServerOptions& server,
                         const std::string& name) {
  if (name.empty()) return End(common, List(common, server));
  const absl::StatusOr<pb::RulebookRelease> release = GetRelease(common, server, name);
  if (!release.ok()) return End(common, release.status());
  if (common.json) {
    std::cout << ToJson(*release, JsonForm::kPretty) << "\n";
  } else {
    PrintRelease(*release, French(common));
  }
  return kDone;
}

int ShowReleaseBias(const CommonOptions& common, const ServerOptions& server,
                    const std::string& name) {
  const absl::StatusOr<pb::RulebookRelease> release = GetRelease(common, server, name);
  if (!release.ok()) return End(common, release.status());
  if (common.json) {
    for (const pb::BiasReport& report : release->activation().bias()) {
      std::cout << ToJson(report, JsonForm::kPretty) << "\n";
    }
  } else {
    PrintBias(release->activation().bias(), common.language);
  }
  return kDone;
}

int OfferingImpact(const CommonOptions& common, const OfferingImpactOptions& options) {
  return End(common, Impact(common, options));
}

}  // namespace aplomb::cli
