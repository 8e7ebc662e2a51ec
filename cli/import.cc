#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/civil_day.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "catalog/import/importer.h"
#include "catalog/import/mapping.h"
#include "catalog/import/pricing2yaml.h"
#include "catalog/import/publiccode.h"
#include "catalog/import/selfhosted.h"
#include "catalog/import/twofactor.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/files.h"
#include "cli/genesis_steps.h"
#include "cli/texts.h"
#include "decision/rulebook_compiler.h"
#include "service/genesis.h"
#include "service/import_proposals.h"

namespace aplomb::cli {
namespace {

// What an import has read so far, from one source after the other.
struct Reading {
  catalog::CatalogSource catalog;
  std::vector<catalog::ImportReport> reports;
  base::Issues issues;
};

catalog::CategoryNeeds CategoriesOf(const catalog::v1::Rulebook& rulebook) {
  catalog::CategoryNeeds needs;
  for (const auto& need : rulebook.needs()) {
    for (const std::string& category : need.publiccode_categories()) {
      needs[category].push_back(need.need_id());
    }
  }
  return needs;
}

// The reviewer's mapping: the one named, else the one that comes with Aplomb.
absl::StatusOr<catalog::Mapping> ReadMappingFile(const std::string& named,
                                                 const std::string& standard,
                                                 base::Issues& issues) {
  const std::string& path = named.empty() ? standard : named;
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  catalog::Mapping mapping;
  catalog::ReadMapping(path, bytes, &mapping, &issues);
  return mapping;
}

// Laws hold for any catalogue; they come with Aplomb. Rates are the operator's to name: without
// them, prices in other currencies are unknown.
absl::Status ReadTables(const ImportOptions& options, const std::string& share, Reading& reading) {
  catalog::CatalogFiles files;
  ASSIGN_OR_RETURN(files["law_table.yaml"], ReadFile(share + "/catalog/sample/law_table.yaml"));
  if (!options.rates.empty()) {
    ASSIGN_OR_RETURN(files["exchange_rates.yaml"], ReadFile(options.rates));
  }
  catalog::CatalogSource tables = catalog::ReadCatalog(files, &reading.issues);
  reading.catalog.law_table = std::move(tables.law_table);
  reading.catalog.exchange_rates = std::move(tables.exchange_rates);
  return absl::OkStatus();
}

// Files of a folder, or the file itself.
std::vector<std::string> FilesOf(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return {path};
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, error)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".yml" || extension == ".yaml" || extension == ".json") {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// A day that an option names; not later than today.
absl::StatusOr<base::DayNumber> DayOf(absl::string_view option, const std::string& text) {
  const absl::StatusOr<base::DayNumber> day = base::ParseDay(text);
  if (!day.ok()) {
    return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                   absl::StrCat(option, " : \"", text, "\" n'est pas un jour AAAA-MM-JJ"),
                   absl::StrCat(option, ": \"", text, "\" is not a day YYYY-MM-DD"));
  }
  if (*day > base::ParisDay(base::SystemClock::Get()->Now())) {
    return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                   absl::StrCat(option, " : ", text, " n'est pas encore venu"),
                   absl::StrCat(option, ": ", text, " has not come yet"));
  }
  return *day;
}

// A list says nowhere how old it is, and the day of an import is not its day.
absl::StatusOr<base::DayNumber> DayOfList(const ImportOptions& options, absl::string_view what) {
  if (options.read_on.empty()) {
    return ErrorOf(
        absl::StatusCode::kInvalidArgument, "",
        absl::StrCat(what,
                     " demande --read-on AAAA-MM-JJ : le jour où ces données ont été relevées ; "
                     "chaque réponse l'affiche, et un prix trop ancien compte comme inconnu"),
        absl::StrCat(what,
                     " needs --read-on YYYY-MM-DD: the day on which this data was collected; each "
                     "answer shows it, and a price that is too old counts as unknown"));
  }
  return DayOf("--read-on", options.read_on);
}

absl::StatusOr<std::optional<catalog::PricesRead>> PricesReadOf(const ImportOptions& options) {
  if (options.prices_read_on.empty() && options.prices_read_by.empty()) return std::nullopt;
  if (options.prices_read_on.empty() || options.prices_read_by.empty() ||
      options.pricing2yaml.empty()) {
    return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                   "--prices-read-on JOUR et --prices-read-by QUI vont ensemble, et avec "
                   "--pricing2yaml",
                   "--prices-read-on DAY and --prices-read-by WHO go together, and with "
                   "--pricing2yaml");
  }
  catalog::PricesRead read;
  ASSIGN_OR_RETURN(read.day, DayOf("--prices-read-on", options.prices_read_on));
  read.reviewer = options.prices_read_by;
  return read;
}

absl::Status ReadForeign(const ImportOptions& options, const std::string& share,
                         const catalog::v1::Rulebook& rulebook, Reading& reading) {
  const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(rulebook);
  catalog::ImportContext context(base::SystemRandom::Get(), &vocabulary);
  ASSIGN_OR_RETURN(const std::optional<catalog::PricesRead> read_again, PricesReadOf(options));
  const std::string mappings = share + "/catalog/import/mappings/";
  if (!options.pricing2yaml.empty()) {
    ASSIGN_OR_RETURN(const catalog::Mapping mapping,
                     ReadMappingFile(options.saas_mapping, mappings + "saas.yaml", reading.issues));
    for (const std::string& file : FilesOf(options.pricing2yaml)) {
      ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file));
      reading.reports.push_back(
          catalog::ImportPricing2Yaml(file, bytes, mapping, &context, &reading.issues, read_again));
    }
  }
  if (!options.selfhosted.empty()) {
    ASSIGN_OR_RETURN(const base::DayNumber day, DayOfList(options, "--selfhosted"));
    ASSIGN_OR_RETURN(
        const catalog::Mapping mapping,
        ReadMappingFile(options.selfhosted_mapping, mappings + "selfhosted.yaml", reading.issues));
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.selfhosted));
    reading.reports.push_back(catalog::ImportSelfHosted(options.selfhosted, bytes, mapping, day,
                                                        &context, &reading.issues));
  }
  if (!options.publiccode.empty()) {
    ASSIGN_OR_RETURN(const base::DayNumber day, DayOfList(options, "--publiccode"));
    const catalog::CategoryNeeds categories = CategoriesOf(rulebook);
    for (const std::string& file : FilesOf(options.publiccode)) {
      ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file));
      reading.reports.push_back(
          catalog::ImportPublicCode(file, bytes, categories, day, &context, &reading.issues));
    }
  }
  // Last: it is joined to the offerings that are there.
  if (!options.two_factor.empty()) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.two_factor));
    reading.reports.push_back(
        catalog::JoinTwoFactor(options.two_factor, bytes, &context, &reading.issues));
  }
  reading.catalog.members = context.members();
  reading.catalog.offerings = context.offerings();
  return absl::OkStatus();
}

absl::StatusOr<Reading> Read(const ImportOptions& options, const std::string& share,
                             const catalog::v1::Rulebook& rulebook) {
  Reading reading;
  const bool foreign = !options.pricing2yaml.empty() || !options.selfhosted.empty() ||
                       !options.publiccode.empty() || !options.two_factor.empty();
  if (foreign == !options.catalog.empty()) {
    return ErrorOf(
        absl::StatusCode::kInvalidArgument, "",
        "nommez une chose à importer : --catalog DOSSIER, ou un ou plusieurs de --pricing2yaml, "
        "--selfhosted, --publiccode, --two-factor",
        "name one thing to import: --catalog DIR, or one or more of --pricing2yaml, --selfhosted, "
        "--publiccode, --two-factor");
  }
  if (foreign) {
    RETURN_IF_ERROR(ReadTables(options, share, reading));
    RETURN_IF_ERROR(ReadForeign(options, share, rulebook, reading));
  } else {
    ASSIGN_OR_RETURN(const catalog::CatalogFiles files, catalog::LoadCatalogFiles(options.catalog));
    reading.catalog = catalog::ReadCatalog(files, &reading.issues);
  }
  if (!reading.issues.empty()) {
    return CatalogInvalid(reading.issues);
  }
  return reading;
}

// The account of every record: as JSON where a file is named, for people as a summary.
absl::Status Report(const CommonOptions& common, const ImportOptions& options,
                    const Reading& reading) {
  if (reading.reports.empty()) return absl::OkStatus();
  std::vector<std::string> json;
  for (const catalog::ImportReport& report : reading.reports) json.push_back(report.ToJson());
  const std::string whole = absl::StrCat("[", absl::StrJoin(json, ",\n"), "]\n");
  const bool french = common.language == Language::kFrench;
  std::cout << (common.json
                    ? whole
                    : catalog::PrintReports(reading.reports, french ? "fr" : "en", options.all));
  if (options.report.empty()) return absl::OkStatus();
  return WriteFile(options.report, whole);
}

// A catalogue without offerings answers nothing, and would stand in the way of the right import.
absl::Status CheckAnyOffering(const Reading& reading) {
  if (!reading.catalog.offerings.empty()) return absl::OkStatus();
  return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                 "aucune offre à reprendre : rien n'est écrit. Regardez ce qui a été lu (--all), "
                 "les fichiers nommés et la table de correspondance.",
                 "no offering to take over: nothing is written. See what was read (--all), the "
                 "files that were named and the mapping.");
}

void PrintImported(Language language, const std::vector<service::ImportedMember>& imported) {
  for (const service::ImportedMember& member : imported) {
    const catalog::v1::ImportMetadata& counts = member.counts;
    std::cout << member.name
              << (member.registered ? Say(language, " (inscrit)", " (registered)") : "") << ": "
              << counts.row_count() << Say(language, " offres, ", " entries, ")
              << counts.proposal_count()
              << Say(language, " propositions dont ", " proposals, of them ")
              << counts.submitted_count() << Say(language, " remises, ", " handed in, ")
              << counts.unchanged_count() << Say(language, " inchangées, ", " unchanged, ")
              << counts.failed_count() << Say(language, " refusées\n", " failed\n");
    for (const catalog::v1::ImportRow& row : member.problems) {
      std::cout << "  " << catalog::v1::ImportRow::Outcome_Name(row.outcome()) << "  "
                << row.offering() << "  " << row.field() << " " << row.reason() << ": "
                << (language == Language::kFrench ? row.text_fr() : row.text_en()) << "\n";
    }
  }
}

absl::Status RunImport(const CommonOptions& common, const ImportOptions& options) {
  std::string share;
  if (options.catalog.empty() || options.rulebook.empty()) {
    ASSIGN_OR_RETURN(share, FindShare(options.share));
  }
  ASSIGN_OR_RETURN(const decision::RulebookSource rulebook,
                   decision::ReadRulebook(options.rulebook.empty() ? share + "/catalog/rulebook"
                                                                   : options.rulebook));
  ASSIGN_OR_RETURN(const Reading reading, Read(options, share, rulebook.rulebook));
  RETURN_IF_ERROR(Report(common, options, reading));
  RETURN_IF_ERROR(CheckAnyOffering(reading));
  std::error_code error;
  if (!options.dry_run && std::filesystem::exists(options.data + "/db", error)) {
    ASSIGN_OR_RETURN(const std::unique_ptr<service::Dataset> dataset,
                     service::Dataset::Open({.directory = options.data}));
    // Without a rulebook an earlier import broke off: it is gone on with below.
    if (!dataset->store().snapshot()->rulebooks.empty()) {
      ASSIGN_OR_RETURN(const std::vector<service::ImportedMember> imported,
                       service::ImportAsProposals(reading.catalog, options.submit, *dataset));
      PrintImported(common.language, imported);
      return absl::OkStatus();
    }
  }
  const service::GenesisPlan plan = service::PlanGenesis(reading.catalog, rulebook);
  RETURN_IF_ERROR(CheckPlan(plan));
  if (options.dry_run) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<service::Dataset> dataset,
                   service::Dataset::Open({.directory = options.data,
                                           .create_if_missing = true,
                                           .origin = OriginOr(options.origin)}));
  return service::RunGenesis(*dataset, plan, ProgressPrinter(common.language));
}

}  // namespace

int Import(const CommonOptions& common, const ImportOptions& options) {
  return End(common, RunImport(common, options));
}

}  // namespace aplomb::cli
