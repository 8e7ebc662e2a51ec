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
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/neutrality_data.h"
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
constexpr int kCarriersShown = 3;

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

absl::StatusOr<pb::ProposeRulebookRequest> RequestOf(const ProposeRulebookOptions& options) {
  pb::ProposeRulebookRequest request;
  ASSIGN_OR_RETURN(decision::RulebookSource source, decision::ReadRulebook(options.directory));
  if (!source.diagnostics.empty()) {
    return absl::InvalidArgumentError(decision::FormatDiagnostics(source.diagnostics));
  }
  *request.mutable_rulebook() = std::move(source.rulebook);
  if (!options.from.empty()) {
    ASSIGN_OR_RETURN(const base::DayNumber day, base::ParseDay(options.from));
    const base::CivilDay civil = base::FromDayNumber(day);
    auto& date = *request.mutable_rulebook()->mutable_valid_from();
    date.set_year(civil.year);
    date.set_month(civil.month);
    date.set_day(civil.day);
  }
  ASSIGN_OR_RETURN(decision::RuleTestSource tests, decision::ReadRuleTests(options.directory));
  if (!tests.diagnostics.empty()) {
    return absl::InvalidArgumentError(decision::FormatDiagnostics(tests.diagnostics));
  }
  *request.add_test_files() = std::move(tests.all);
  ASSIGN_OR_RETURN(const auto waivers, ReadWaiverFiles(options.directory));
  for (const auto& [path, bytes] : waivers) request.add_waivers(bytes);
  RETURN_IF_ERROR(AddFirms(options.profiles, options.share, request.mutable_reference_firms()));
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
  // A conditional format is not a literal to clang, which checks formats.
  const auto summary = [fr](auto... n) {
    return fr ? absl::StrFormat(
                    "Les trois premières offres changent pour %d entreprises de référence sur %d "
                    "(%d,%d %%) : %d\nclassements sur %d, dont %d avec d'autres offres. Résultats "
                    "modifiés : %d.\n\n",
                    n...)
              : absl::StrFormat(
                    "The first three offerings change for %d of %d reference firms (%d.%d %%): %d "
                    "rankings of\n%d, %d of them with other offerings. Scores changed: %d.\n\n",
                    n...);
  };
  std::cout << summary(impact.firms_changed(), compared, tenths / 10, tenths % 10,
                       impact.top_changed(), impact.rankings(), impact.top_set_changed(),
                       impact.scores_changed());
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

// `numerator` / (`denominator` * 10^6) as points with two decimals, half away from zero.
std::string Points(int64_t numerator, int64_t denominator, bool fr) {
  if (denominator == 0) return "-";
  const int64_t step = denominator * 10'000;  // a hundredth of a point
  const int64_t size = numerator < 0 ? -numerator : numerator;
  const int64_t hundredths = size / step + (size % step >= step - size % step ? 1 : 0);
  return absl::StrFormat("%s%d%s%02d", numerator < 0 && hundredths > 0 ? "-" : "+",
                         hundredths / 100, fr ? "," : ".", hundredths % 100);
}

std::string AttributeTitle(const std::string& attribute, bool fr) {
  if (attribute == "fee") return fr ? "Cotisation annuelle (EUR)" : "Yearly fee (EUR)";
  if (attribute == "size") return fr ? "Taille du membre" : "Size of the member";
  if (attribute == "nationality") return fr ? "Pays du siège" : "Country of the seat";
  if (attribute == "seniority") return fr ? "Années d'adhésion" : "Years of membership";
  return attribute;
}

void PrintBias(const pb::BiasReport& report, bool fr) {
  TextTable table(
      {{.title = AttributeTitle(report.attribute(), fr)},
       {.title = fr ? "classées" : "ranked", .align = Align::kRight},
       {.title = fr ? "à conf." : "to conf.", .align = Align::kRight},
       {.title = fr ? "exclues" : "excluded", .align = Align::kRight},
       {.title = fr ? "écart" : "gap", .align = Align::kRight},
       {.title = fr ? "par paires" : "paired", .align = Align::kRight},
       {.title = fr ? "porté surtout par (par paires)" : "carried by (paired)", .flexible = true}});
  for (const pb::BiasGap& gap : report.gaps()) {
    std::vector<std::string> carriers;
    for (int i = 0; i < gap.shares_size() && i < kCarriersShown; ++i) {
      if (gap.shares(i).paired() == 0) break;
      carriers.push_back(
          absl::StrCat(gap.shares(i).criterion_id(), " ",
                       Points(gap.shares(i).paired(), gap.paired_denominator(), fr)));
    }
    table.AddRow(
        {gap.label(), absl::StrCat(gap.ranked()), absl::StrCat(gap.to_confirm()),
         absl::StrCat(gap.excluded()), Points(gap.pooled(), gap.pooled_denominator(), fr),
         Points(gap.paired(), gap.paired_denominator(), fr),
         absl::StrCat(absl::StrJoin(carriers, fr ? " ; " : ", "),
                      gap.one_carries_half() ? (fr ? " (à examiner)" : " (to examine)") : "")});
  }
  std::cout << table.Render() << "\n";
}

void PrintBiases(const pb::RulebookRelease& release, bool fr) {
  for (const pb::BiasReport& report : release.activation().bias()) PrintBias(report, fr);
  std::cout << (fr ? "Écarts en points sur 100 : moyenne du groupe moins moyenne des autres ; par "
                     "paires : dans un\nmême classement seulement. Un écart n'est pas une faute : "
                     "il dit quel critère regarder.\n"
                   : "Gaps in points of 100: mean of the group less mean of the others; paired: "
                     "within one ranking\nonly. A gap is no fault: it says which criterion to "
                     "look at.\n");
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
  PrintBiases(release, fr);
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
    PrintBiases(*release, French(common));
  }
  return kDone;
}

int OfferingImpact(const CommonOptions& common, const OfferingImpactOptions& options) {
  return End(common, Impact(common, options));
}

}  // namespace aplomb::cli
