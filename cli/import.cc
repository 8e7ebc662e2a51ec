#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
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
#include "decision/rulebook_compiler.h"
#include "service/genesis.h"

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

absl::Status ReadForeign(const ImportOptions& options, const std::string& share,
                         const catalog::v1::Rulebook& rulebook, Reading& reading) {
  const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(rulebook);
  catalog::ImportContext context(base::SystemRandom::Get(), &vocabulary);
  const base::DayNumber today = base::ParisDay(base::SystemClock::Get()->Now());
  const std::string mappings = share + "/catalog/import/mappings/";
  if (!options.pricing2yaml.empty()) {
    ASSIGN_OR_RETURN(const catalog::Mapping mapping,
                     ReadMappingFile(options.saas_mapping, mappings + "saas.yaml", reading.issues));
    for (const std::string& file : FilesOf(options.pricing2yaml)) {
      ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file));
      reading.reports.push_back(
          catalog::ImportPricing2Yaml(file, bytes, mapping, &context, &reading.issues));
    }
  }
  if (!options.selfhosted.empty()) {
    ASSIGN_OR_RETURN(
        const catalog::Mapping mapping,
        ReadMappingFile(options.selfhosted_mapping, mappings + "selfhosted.yaml", reading.issues));
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.selfhosted));
    reading.reports.push_back(catalog::ImportSelfHosted(options.selfhosted, bytes, mapping, today,
                                                        &context, &reading.issues));
  }
  if (!options.publiccode.empty()) {
    const catalog::CategoryNeeds categories = CategoriesOf(rulebook);
    for (const std::string& file : FilesOf(options.publiccode)) {
      ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file));
      reading.reports.push_back(
          catalog::ImportPublicCode(file, bytes, categories, today, &context, &reading.issues));
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

// The account of every record: on the screen, and as JSON where a file is named.
absl::Status Report(const CommonOptions& common, const ImportOptions& options,
                    const Reading& reading) {
  std::vector<std::string> json;
  for (const catalog::ImportReport& report : reading.reports) {
    json.push_back(report.ToJson());
    if (!common.json) {
      std::cout << report.ToTable(common.language == Language::kFrench ? "fr" : "en");
    }
  }
  const std::string whole = absl::StrCat("[", absl::StrJoin(json, ",\n"), "]\n");
  if (common.json) std::cout << whole;
  if (options.report.empty()) return absl::OkStatus();
  return WriteFile(options.report, whole);
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
