#include "cli/bulk_commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "aplomb/catalog/v1/bulk_service.pb.h"
#include "aplomb/catalog/v1/insight_service.pb.h"
#include "base/civil_day.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/status.h"
#include "catalog/bulk/entry_list.h"
#include "catalog/bulk/price_csv.h"
#include "catalog/bulk/schema.h"
#include "catalog/import/importer.h"
#include "catalog/import/mapping.h"
#include "catalog/import/pricing2yaml.h"
#include "catalog/import/publiccode.h"
#include "catalog/import/selfhosted.h"
#include "catalog/proposals/entry_file.h"
#include "catalog/proposals/vocabulary.h"
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/server_options.h"
#include "cli/subcommands.h"
#include "cli/texts.h"
#include "decision/rulebook_compiler.h"
#include "google/longrunning/operations.pb.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;

constexpr char kBulk[] = "/aplomb.catalog.v1.BulkService/";
constexpr char kInsight[] = "/aplomb.catalog.v1.InsightService/";
constexpr size_t kBatchBytesMax = size_t{900} << 10;  // a request has at most 1 MiB
constexpr int kBatchRowsMax = 256;
constexpr int32_t kPageSize = 1000;
constexpr size_t kEntryFileSizeMax = size_t{8} << 20;

struct Inputs {
  ServerOptions server;
  std::string share;
  std::string family;
  std::string message = "offering";
  std::string file;
  std::string format = "auto";
  std::string mapping;
  std::string read_on;
  std::string member;
  std::string import_id;
  std::string out;
  std::string name;
  int64_t revision = 0;
  bool submit = false;
  bool dry_run = false;
};

class Commands {
 public:
  Commands(const CommonOptions* common, std::shared_ptr<Inputs> in)
      : common_(common), in_(std::move(in)) {}

  int Template() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const decision::RulebookSource rules, Rules());
      const std::string asked =
          absl::AsciiStrToUpper(absl::StrReplaceAll(in_->family, {{"-", "_"}}));
      std::vector<const pb::Need*> needs;
      std::set<std::string> known;
      for (const pb::Need& need : rules.rulebook.needs()) {
        const std::string family(proposals::FamilyOfNeed(need.need_id()));
        known.insert(family);
        if (family == asked) needs.push_back(&need);
      }
      if (needs.empty()) {
        return ErrorOf(
            absl::StatusCode::kNotFound, "",
            absl::StrCat(asked, " : famille inconnue ; connues : ", absl::StrJoin(known, " ")),
            absl::StrCat(asked, ": unknown family; known: ", absl::StrJoin(known, " ")));
      }
      // The queue of an entry is that of its first need: the family's namesake where there is one.
      std::stable_partition(needs.begin(), needs.end(),
                            [&](const pb::Need* need) { return need->need_id() == asked; });
      std::cout << proposals::WriteTemplate(*needs[0], French());
      for (size_t i = 1; i < needs.size(); ++i) {
        const pb::Need& need = *needs[i];
        std::cout << "\n# " << Text("Autre besoin de la famille : ", "Another need of the family: ")
                  << need.need_id() << " (" << (French() ? need.title().fr() : need.title().en())
                  << ")"
                  << Text(" ; ajoutez-le à need_ids et ceci à features :",
                          "; add it to need_ids and this to features:")
                  << "\n#   " << need.need_id() << ":\n";
        for (const pb::Feature& feature : need.features()) {
          std::string definition = French() ? feature.definition().fr() : feature.definition().en();
          std::replace(definition.begin(), definition.end(), '\n', ' ');
          std::cout << "#     " << feature.feature_id() << ": FULL   # " << definition << "\n";
        }
      }
      return absl::OkStatus();
    });
  }

  int Schema() {
    std::cout << bulk::OfferingSchema();
    return kDone;
  }

  int Import() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(std::vector<pb::Offering> offerings, ReadAll());
      if (offerings.empty()) {
        return ErrorOf(absl::StatusCode::kInvalidArgument, "", "le fichier n'a aucune offre",
                       "the file has no entries");
      }
      std::string parent = in_->member.empty() ? "" : absl::StrCat("members/", in_->member);
      for (const pb::Offering& offering : offerings) {
        const std::string owner = offering.name().substr(0, offering.name().find("/offerings/"));
        if (parent.empty()) parent = owner;
        if (owner != parent) {
          return ErrorOf(absl::StatusCode::kInvalidArgument, "NOT_OF_MEMBER",
                         absl::StrCat(owner, " et ", parent, " : un import est d'un seul membre"),
                         absl::StrCat(owner, " and ", parent, ": an import is of one member"));
        }
      }
      std::cerr << offerings.size() << Text(" offres lues\n", " entries read\n");
      if (in_->dry_run) {
        std::cout << bulk::WriteEntries(offerings, bulk::EntryFormat::kJsonLines);
        return absl::OkStatus();
      }
      return Send(parent, offerings);
    });
  }

  int Export() {
    return Tell([this]() -> absl::Status {
      RETURN_IF_ERROR(CheckFormat({"auto", "yaml", "json", "jsonl", "csv"}));
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      ASSIGN_OR_RETURN(const std::vector<pb::Offering> offerings,
                       Download(*client, in_->member.empty() ? "-" : in_->member));
      std::string text;
      if (FormatOf(in_->out) == "csv") {
        text = bulk::WritePriceCsv(offerings);
      } else {
        ASSIGN_OR_RETURN(const bulk::EntryFormat format, EntryFormatOf(in_->out));
        text = bulk::WriteEntries(offerings, format);
      }
      if (in_->out.empty()) {
        std::cout << text;
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(WriteFile(in_->out, text));
      std::cout << offerings.size() << Text(" offres écrites\n", " entries written\n");
      return absl::OkStatus();
    });
  }

  int Rows() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      return PrintRows(*client, in_->name, /*all=*/true);
    });
  }

  int Insight() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      pb::GetInsightRequest request;
      request.set_name(in_->name);
      pb::Insight insight;
      RETURN_IF_ERROR(client->Call(absl::StrCat(kInsight, "GetInsight"), request, &insight));
      if (common_->json) {
        std::cout << ToJson(insight, JsonForm::kPretty) << "\n";
        return absl::OkStatus();
      }
      for (const pb::Reading& reading : insight.readings()) PrintReading(reading, true);
      PrintGaps(insight.ranking_gaps());
      for (const pb::Gain& gain : insight.gains()) {
        std::cout << gain.need_id() << "  " << gain.criterion_id() << "  " << gain.field() << "  "
                  << type::Evidence_Name(gain.evidence()) << "  " << gain.value() << " -> "
                  << gain.documented_value() << "\n      " << pb::Gain::Effort_Name(gain.effort())
                  << (gain.third_party() ? Text(", un tiers est payé", ", a third party is paid")
                                         : "")
                  << ": " << (French() ? gain.cost().fr() : gain.cost().en()) << "\n";
      }
      const pb::Appearances& seen = insight.appearances();
      if (seen.suppressed()) {
        std::cout << Text("Moins de 10 entreprises : aucun chiffre.\n",
                          "Fewer than 10 firms: no figures.\n");
        return absl::OkStatus();
      }
      std::cout << seen.recommendation_count()
                << Text(" recommandations pour vos besoins\n", " recommendations for your needs\n");
      for (const pb::AppearanceCount& count : seen.counts()) {
        std::cout << "  " << count.code() << "  "
                  << (count.suppressed() ? Text("moins de 10 entreprises", "fewer than 10 firms")
                                         : absl::StrCat(count.count()))
                  << "\n";
      }
      return absl::OkStatus();
    });
  }

  int Preview() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::string bytes, ReadFile(in_->file, kEntryFileSizeMax));
      base::Issues issues;
      pb::PreviewImpactRequest request;
      *request.mutable_offering() = proposals::ReadEntryFile(in_->file, bytes, &issues);
      if (!issues.empty()) return FileInvalid(issues);
      const std::string& name = request.offering().name();
      request.set_parent(name.substr(0, name.find("/offerings/")));
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      pb::EntryPreview preview;
      RETURN_IF_ERROR(client->Call(absl::StrCat(kInsight, "PreviewImpact"), request, &preview));
      if (common_->json) {
        std::cout << ToJson(preview, JsonForm::kPretty) << "\n";
        return absl::OkStatus();
      }
      for (const pb::Problem& problem : preview.problems()) {
        std::cout << problem.field() << ": "
                  << (French() ? problem.text().fr() : problem.text().en()) << "\n    -> "
                  << (French() ? problem.remedy().fr() : problem.remedy().en()) << "\n";
      }
      PrintGaps(preview.ranking_gaps());
      for (const pb::ReadingChange& change : preview.changes()) {
        PrintReading(change.before(), false);
        std::cout << "  -> ";
        PrintReading(change.after(), false);
        PrintCriterionChanges(change);
      }
      if (preview.changes().empty()) {
        std::cout << Text("Rien ne change pour le classement.\n",
                          "Nothing changes for the ranking.\n");
      }
      std::cout << preview.differences_size()
                << Text(" champs diffèrent de ce qui est publié",
                        " fields differ from what is published")
                << (preview.fast_lane() ? Text(" ; voie rapide", "; fast lane") : "") << "\n";
      return absl::OkStatus();
    });
  }

 private:
  bool French() const { return common_->language == Language::kFrench; }
  std::string Text(absl::string_view fr, absl::string_view en) const {
    return std::string(Say(common_->language, fr, en));
  }
  int Tell(const std::function<absl::Status()>& command) { return End(*common_, command()); }

  absl::StatusOr<decision::RulebookSource> Rules() {
    ASSIGN_OR_RETURN(const std::string share, FindShare(in_->share));
    return decision::ReadRulebook(share + "/catalog/rulebook");
  }

  static absl::Status FileInvalid(const base::Issues& issues) {
    return ErrorOfIssues("le fichier a des erreurs :", "the file has errors:", issues);
  }

  // By what was asked, else by the end of the file's name.
  absl::StatusOr<bulk::EntryFormat> EntryFormatOf(const std::string& path) const {
    if (in_->format == "yaml") return bulk::EntryFormat::kYaml;
    if (in_->format == "json") return bulk::EntryFormat::kJson;
    if (in_->format == "jsonl") return bulk::EntryFormat::kJsonLines;
    if (absl::EndsWith(path, ".jsonl")) return bulk::EntryFormat::kJsonLines;
    if (absl::EndsWith(path, ".json")) return bulk::EntryFormat::kJson;
    return bulk::EntryFormat::kYaml;
  }

  std::string FormatOf(const std::string& path) const {
    if (in_->format != "auto") return in_->format;
    if (absl::EndsWith(path, ".csv")) return "csv";
    if (absl::EndsWith(path, "publiccode.yml") || absl::EndsWith(path, "publiccode.yaml")) {
      return "publiccode";
    }
    return "entries";
  }

  // One of the formats that a command knows.
  absl::Status CheckFormat(std::vector<absl::string_view> known) const {
    if (std::find(known.begin(), known.end(), in_->format) != known.end()) return absl::OkStatus();
    return ErrorOf(
        absl::StatusCode::kInvalidArgument, "",
        absl::StrCat(in_->format, " : format inconnu ; connus : ", absl::StrJoin(known, " ")),
        absl::StrCat(in_->format, ": unknown format; known: ", absl::StrJoin(known, " ")));
  }

  absl::StatusOr<std::vector<pb::Offering>> ReadAll() {
    RETURN_IF_ERROR(CheckFormat(
        {"auto", "yaml", "json", "jsonl", "csv", "publiccode", "pricing2yaml", "selfhosted"}));
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(in_->file, bulk::kListSizeMax));
    base::Issues issues;
    const std::string format = FormatOf(in_->file);
    std::vector<pb::Offering> offerings;
    if (format == "csv") {
      if (in_->member.empty()) {
        return ErrorOf(absl::StatusCode::kInvalidArgument, "", "une liste de prix demande --member",
                       "a price list needs --member");
      }
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      ASSIGN_OR_RETURN(const std::vector<pb::Offering> published, Download(*client, in_->member));
      offerings = bulk::ApplyPriceCsv(in_->file, bytes, published, &issues);
    } else if (format == "publiccode" || format == "pricing2yaml" || format == "selfhosted") {
      ASSIGN_OR_RETURN(offerings, ReadForeign(format, bytes, issues));
    } else {
      ASSIGN_OR_RETURN(const bulk::EntryFormat form, EntryFormatOf(in_->file));
      offerings = bulk::ReadEntries(in_->file, bytes, form, &issues);
    }
    if (!issues.empty()) return FileInvalid(issues);
    return offerings;
  }

  // Entries of others' formats become this member's: under its name, ids kept where they are free.
  absl::StatusOr<std::vector<pb::Offering>> ReadForeign(const std::string& format,
                                                        const std::string& bytes,
                                                        base::Issues& issues) {
    if (in_->member.empty()) {
      return ErrorOf(absl::StatusCode::kInvalidArgument, "", "ce format demande --member",
                     "this format needs --member");
    }
    ASSIGN_OR_RETURN(const decision::RulebookSource rules, Rules());
    ASSIGN_OR_RETURN(const std::string share, FindShare(in_->share));
    const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(rules.rulebook);
    catalog::ImportContext context(base::SystemRandom::Get(), &vocabulary);
    // Of what a list says today nobody knows: the day of the list is to be told.
    base::DayNumber read_on = 0;
    if (format != "pricing2yaml") {
      const absl::StatusOr<base::DayNumber> day = base::ParseDay(in_->read_on);
      if (!day.ok() || *day > base::ParisDay(base::SystemClock::Get()->Now())) {
        return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                       "ce format demande --read-on AAAA-MM-JJ, le jour où ces données ont été "
                       "relevées",
                       "this format needs --read-on YYYY-MM-DD, the day on which this data was "
                       "collected");
      }
      read_on = *day;
    }
    catalog::ImportReport report;
    if (format == "publiccode") {
      catalog::CategoryNeeds categories;
      for (const pb::Need& need : rules.rulebook.needs()) {
        for (const std::string& category : need.publiccode_categories()) {
          categories[category].push_back(need.need_id());
        }
      }
      report = catalog::ImportPublicCode(in_->file, bytes, categories, read_on, &context, &issues);
    } else {
      const bool saas = format == "pricing2yaml";
      const std::string path = in_->mapping.empty()
                                   ? absl::StrCat(share, "/catalog/import/mappings/",
                                                  saas ? "saas.yaml" : "selfhosted.yaml")
                                   : in_->mapping;
      ASSIGN_OR_RETURN(const std::string mapping_bytes, ReadFile(path));
      catalog::Mapping mapping;
      catalog::ReadMapping(path, mapping_bytes, &mapping, &issues);
      report =
          saas ? catalog::ImportPricing2Yaml(in_->file, bytes, mapping, &context, &issues)
               : catalog::ImportSelfHosted(in_->file, bytes, mapping, read_on, &context, &issues);
    }
    std::cerr << report.ToSummary(French() ? "fr" : "en");
    std::set<std::string> taken;
    std::vector<pb::Offering> offerings = context.offerings();
    for (pb::Offering& offering : offerings) {
      const std::string id = offering.name().substr(offering.name().rfind('/') + 1);
      std::string free = id;
      for (int number = 2; !taken.insert(free).second; ++number) {
        free = absl::StrCat(id.substr(0, 50), "-", number);
      }
      offering.set_name(absl::StrCat("members/", in_->member, "/offerings/", free));
      offering.clear_uid();
    }
    return offerings;
  }

  absl::Status Send(const std::string& parent, const std::vector<pb::Offering>& offerings) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
    std::string id = in_->import_id;
    if (id.empty()) {
      // Of the contents: sending the same file again goes on where it stopped.
      base::Sha256Hasher hasher;
      for (const pb::Offering& offering : offerings) hasher.Update(offering.SerializeAsString());
      id = absl::StrCat("f-", base::HexEncode(hasher.Finish()).substr(0, 16));
    }
    const std::string name =
        absl::StrCat("operations/import.", parent.substr(sizeof("members/") - 1), ".", id);
    pb::ImportMetadata progress;
    lro::Operation operation;
    lro::GetOperationRequest get;
    get.set_name(name);
    if (client->Call("/google.longrunning.Operations/GetOperation", get, &operation).ok()) {
      operation.metadata().UnpackTo(&progress);
      std::cerr << name << Text(" : reprise à la ligne ", ": going on at row ")
                << progress.row_count() << "\n";
    }
    size_t next = static_cast<size_t>(progress.row_count());
    while (!operation.done()) {
      pb::ImportProposalsRequest request;
      request.set_parent(parent);
      request.set_import_id(id);
      request.set_first_row(static_cast<int32_t>(next));
      request.set_submit(in_->submit);
      request.set_total_row_count(static_cast<int32_t>(offerings.size()));
      auto& batch = *request.mutable_inline_source();
      size_t bytes = 0;
      while (next < offerings.size() && batch.offerings_size() < kBatchRowsMax) {
        bytes += offerings[next].ByteSizeLong() + 16;
        if (bytes > kBatchBytesMax && batch.offerings_size() > 0) break;
        *batch.add_offerings() = offerings[next++];
      }
      request.set_last(next == offerings.size());
      RETURN_IF_ERROR(client->Call(absl::StrCat(kBulk, "ImportProposals"), request, &operation));
      operation.metadata().UnpackTo(&progress);
      std::cerr << "\r" << progress.row_count() << " / " << offerings.size() << std::flush;
    }
    std::cerr << "\n";
    if (common_->json) {
      std::cout << ToJson(progress, JsonForm::kLine) << "\n";
    } else {
      std::cout << name << "\n"
                << progress.row_count() << Text(" lignes : ", " rows: ")
                << progress.proposal_count() << Text(" propositions, dont ", " proposals, of them ")
                << progress.submitted_count() << Text(" remises ; ", " handed in; ")
                << progress.unchanged_count() << Text(" inchangées, ", " unchanged, ")
                << progress.failed_count() << Text(" refusées\n", " failed\n");
    }
    return PrintRows(*client, name, /*all=*/false);
  }

  // All rows, or those that something is wrong with.
  absl::Status PrintRows(Client& client, const std::string& name, bool all) {
    pb::ListImportRowsRequest request;
    request.set_parent(name);
    request.set_page_size(kPageSize);
    do {
      pb::ListImportRowsResponse page;
      RETURN_IF_ERROR(client.Call(absl::StrCat(kBulk, "ListImportRows"), request, &page));
      for (const pb::ImportRow& row : page.rows()) {
        if (!all && row.reason().empty()) continue;
        if (common_->json) {
          std::cout << ToJson(row, JsonForm::kLine) << "\n";
          continue;
        }
        std::cout << row.row() << "  " << pb::ImportRow::Outcome_Name(row.outcome()) << "  "
                  << row.offering();
        if (!row.reason().empty()) {
          std::cout << "  " << row.field() << " " << row.reason() << ": "
                    << (French() ? row.text_fr() : row.text_en());
          if (row.problem_count() > 1) {
            std::cout << Text(" (problèmes : ", " (problems: ") << row.problem_count() << ")";
          }
        }
        std::cout << "\n";
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<pb::Offering>> Download(Client& client, const std::string& member) {
    pb::ExportOfferingsRequest begin;
    begin.set_parent(absl::StrCat("members/", member));
    begin.set_catalog_revision(in_->revision);
    lro::Operation operation;
    RETURN_IF_ERROR(client.Call(absl::StrCat(kBulk, "ExportOfferings"), begin, &operation));
    pb::ExportResult result;
    operation.response().UnpackTo(&result);
    pb::ListExportedOfferingsRequest request;
    request.set_parent(operation.name());
    request.set_page_size(kPageSize);
    std::vector<pb::Offering> offerings;
    do {
      pb::ListExportedOfferingsResponse page;
      RETURN_IF_ERROR(client.Call(absl::StrCat(kBulk, "ListExportedOfferings"), request, &page));
      for (pb::Offering& offering : *page.mutable_offerings()) {
        offerings.push_back(std::move(offering));
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    if (offerings.size() != static_cast<size_t>(result.offering_count())) {
      return absl::DataLossError(absl::StrCat("the export has ", result.offering_count(),
                                              " entries, but ", offerings.size(), " came"));
    }
    return offerings;
  }

  void PrintReading(const pb::Reading& reading, bool criteria) {
    std::cout << reading.need_id() << "  " << type::SizeClass_Name(reading.size_class()) << "  "
              << pb::Reading::Standing_Name(reading.standing());
    if (!reading.codes().empty()) std::cout << "  " << absl::StrJoin(reading.codes(), " ");
    if (reading.standing() == pb::Reading::RANKED) std::cout << "  " << reading.score();
    std::cout << "\n";
    if (!criteria) return;
    for (const pb::CriterionReading& one : reading.criteria()) {
      std::cout << absl::StrFormat("    %-5s %5d  %s%s\n", one.criterion_id(), one.value(),
                                   French() ? one.label().fr() : one.label().en(),
                                   one.unknown() ? Text(" (inconnu)", " (unknown)") : "");
    }
  }

  void PrintCriterionChanges(const pb::ReadingChange& change) {
    std::map<std::string, int32_t> before;
    for (const pb::CriterionReading& one : change.before().criteria()) {
      before[one.criterion_id()] = one.value();
    }
    for (const pb::CriterionReading& one : change.after().criteria()) {
      const auto found = before.find(one.criterion_id());
      if (found != before.end() && found->second == one.value()) continue;
      std::cout << "       " << one.criterion_id() << "  "
                << (found == before.end() ? std::string("-") : absl::StrCat(found->second))
                << " -> " << one.value() << "  " << (French() ? one.label().fr() : one.label().en())
                << (one.unknown() ? Text(" (inconnu)", " (unknown)") : "") << "\n";
    }
  }

  void PrintGaps(const google::protobuf::RepeatedPtrField<pb::RankingGap>& gaps) {
    for (const pb::RankingGap& gap : gaps) {
      std::cout << gap.need_id()
                << Text(" : sans ce fait, pas de classement : ", ": not ranked without this fact: ")
                << absl::StrJoin(gap.fields(), ", ") << "\n";
    }
  }

  const CommonOptions* const common_;
  const std::shared_ptr<Inputs> in_;
};

}  // namespace

void AddBulkCommands(CLI::App& app, const CommonOptions& common, const RunCommand& run) {
  // Kept by the callbacks, which the command line keeps.
  const auto in = std::make_shared<Inputs>();
  const auto commands = std::make_shared<Commands>(&common, in);
  const CommandAdder add(commands, run);
  const auto remote = [in](CLI::App* command) {
    AddServerOptions(*command, in->server);
    return command;
  };

  CLI::App* sheet =
      add(&app, "template", "print an entry to fill in, for a family", &Commands::Template);
  sheet->add_option("family", in->family, "family, e.g. ECOMMERCE")->required();
  sheet->add_option("--share", in->share, "folder that holds catalog/");
  CLI::App* schema = add(&app, "schema", "print the JSON Schema of an entry", &Commands::Schema);
  schema->add_option("message", in->message, "what: offering")
      ->check(CLI::IsMember({"offering"}))
      ->capture_default_str();

  CLI::App* bulk = app.add_subcommand("bulk", "many entries at once");
  bulk->require_subcommand(1);
  CLI::App* import = remote(add(bulk, "import", "make proposals from a file", &Commands::Import));
  import->add_option("file", in->file, "file")->required();
  import->add_option("--format", in->format, "format of the file; auto: by its name")
      ->capture_default_str();
  import->add_option("--member", in->member, "id of the member");
  import->add_option("--mapping", in->mapping, "mapping of a foreign format");
  import->add_option("--read-on", in->read_on,
                     "day of the list or files, YYYY-MM-DD (selfhosted, publiccode)");
  import->add_option("--import-id", in->import_id, "id to go on with; default: of the contents");
  import->add_flag("--submit", in->submit, "hand in what nothing is wrong with");
  import->add_flag("--dry-run", in->dry_run, "read, and print entries as JSON lines");
  import->add_option("--share", in->share, "folder that holds catalog/");
  CLI::App* exported =
      remote(add(bulk, "export", "write published entries to a file", &Commands::Export));
  exported->add_option("--member", in->member, "id of the member; default: all");
  exported->add_option("--format", in->format, "format of the file; auto: by its name")
      ->capture_default_str();
  exported->add_option("--out", in->out, "file to write to; default: the screen");
  exported->add_option("--revision", in->revision, "catalogue revision; default: now");
  CLI::App* rows = remote(add(bulk, "rows", "what became of each row", &Commands::Rows));
  rows->add_option("name", in->name, "operations/import.…")->required();

  CLI::App* insight = app.add_subcommand("insight", "how your own offerings are read");
  insight->require_subcommand(1);
  CLI::App* show =
      remote(add(insight, "show", "how an offering is read and came up", &Commands::Insight));
  show->add_option("name", in->name, "members/…/offerings/…")->required();
  CLI::App* preview =
      remote(add(insight, "preview", "what an entry would change", &Commands::Preview));
  preview->add_option("file", in->file, "entry (YAML or JSON)")->required();
}

}  // namespace aplomb::cli
