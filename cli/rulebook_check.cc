#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/civil_day.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/status.h"
#include "catalog/import/directory.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/neutrality_data.h"
#include "cli/rulebook_files.h"
#include "decision/neutrality/proxy_lint.h"
#include "decision/rulebook_compiler.h"
#include "decision/ruletests/rule_tests.h"

namespace aplomb::cli {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<catalog::v1::LawTable> ReadLawTable(const std::string& path) {
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
  base::Issues issues;
  const catalog::CatalogSource source =
      catalog::ReadCatalog({{"law_table.yaml", std::move(bytes)}}, &issues);
  if (!issues.empty()) {
    return ErrorOfIssues("la table des lois a {} :", "the table of laws has {}:", issues);
  }
  return source.law_table;
}

bool HasError(const std::vector<decision::Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const decision::Diagnostic& d) {
    return d.severity == decision::Diagnostic::Severity::kError;
  });
}

// Rules that are about one member, less those that somebody has signed for.
absl::StatusOr<std::vector<decision::Diagnostic>> LookForProxies(
    const RulebookCheckOptions& options, const decision::RulebookSource& source,
    const decision::CompiledRulebook& compiled) {
  NeutralitySource where = options.catalog;
  where.rulebook = options.directory;
  ASSIGN_OR_RETURN(const NeutralityData data, LoadNeutralityData(where, /*secret_seed=*/1));
  std::string charter_keys = options.charter_keys;
  std::vector<std::string> directories = {options.directory};
  if (options.catalog.sample && charter_keys.empty()) {
    // A waiver is about members, so that the sample has those about its own, and a committee.
    ASSIGN_OR_RETURN(const std::string share, FindShare(options.catalog.share));
    charter_keys = share + "/catalog/sample/charter.keys";
    directories.push_back(share + "/catalog/sample");
  }
  std::vector<service::JudgedWaiver> waivers;
  for (const std::string& directory : directories) {
    ASSIGN_OR_RETURN(const auto some, ReadWaivers(directory, charter_keys,
                                                  source.rulebook.rulebook_id(), data.as_of_day));
    waivers.insert(waivers.end(), some.begin(), some.end());
  }
  return service::ApplyWaivers(
      decision::FindProxies(compiled, data.snapshot, data.inputs, data.as_of_day), waivers,
      &source);
}

absl::Status DrawKey(const std::string& name, const std::string& out) {
  std::error_code error;
  if (fs::exists(out, error)) {
    return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                   absl::StrCat(out, " : ce fichier existe ; une clé n'en écrase pas une autre"),
                   absl::StrCat(out, ": there is such a file; no key replaces another"));
  }
  ASSIGN_OR_RETURN(const tlog::Signer signer,
                   tlog::Signer::FromSeed(name, tlog::SignatureType::kEd25519,
                                          base::SystemRandom::Get()->Bytes(tlog::kSeedBytes)));
  RETURN_IF_ERROR(WriteFile(out, absl::StrCat(signer.ToPrivateString(), "\n"), /*secret=*/true));
  std::cout << signer.key().ToString() << "\n";
  return absl::OkStatus();
}

absl::Status Sign(const WaiveOptions& options) {
  const auto wrong = [](absl::string_view fr, absl::string_view en) {
    return ErrorOf(absl::StatusCode::kInvalidArgument, "", fr, en);
  };
  ASSIGN_OR_RETURN(const std::string line, ReadLine(options.key));
  const absl::StatusOr<tlog::Signer> signer = tlog::Signer::Parse(line);
  if (!signer.ok()) {
    return wrong(absl::StrCat(options.key, " : ce n'est pas une clé privée"),
                 absl::StrCat(options.key, ": it is no private key"));
  }
  const std::vector<std::string> finding = absl::StrSplit(options.finding, ' ');
  if (finding.size() != 3) {
    return wrong("un constat se nomme \"CODE ENDROIT MEMBRE\", comme la vérification le donne",
                 "a finding is named \"CODE PLACE MEMBER\", as the check tells it");
  }
  ASSIGN_OR_RETURN(const int32_t until, ReadDay("--until", options.until));
  const int32_t today = base::ParisDay(base::SystemClock::Get()->Now());
  if (until < today || until - today > service::kWaiverDaysMax) {
    const std::string last = base::FormatDay(today + service::kWaiverDaysMax);
    return wrong(absl::StrCat("--until : une dérogation vaut au plus ", service::kWaiverDaysMax,
                              " jours : d'aujourd'hui au ", last),
                 absl::StrCat("--until: a waiver stands for at most ", service::kWaiverDaysMax,
                              " days: from today to ", last));
  }
  if (options.why.size() < service::kWaiverWordsMin) {
    return wrong(absl::StrCat("--why : dites pourquoi la règle peut rester, en ",
                              service::kWaiverWordsMin, " caractères au moins"),
                 absl::StrCat("--why: say why the rule may stand, in ", service::kWaiverWordsMin,
                              " characters or more"));
  }
  const std::string text = service::WaiverText({.code = finding[0],
                                                .where = finding[1],
                                                .member = finding[2],
                                                .rulebook_id = options.rulebook_id,
                                                .by = options.by,
                                                .why = options.why,
                                                .until_day = until});
  // What could not be read again is not signed.
  std::string problem_fr;
  const absl::StatusOr<service::Waiver> again = service::ParseWaiver(text, &problem_fr);
  if (!again.ok()) {
    return wrong(absl::StrCat("la dérogation ne se laisse pas écrire : ", problem_fr),
                 absl::StrCat("the waiver cannot be written: ", again.status().message()));
  }
  std::cout << text << "\n" << signer->SignatureLine(text);
  return absl::OkStatus();
}

// "DIR", or the published rulebook.
absl::StatusOr<std::string> DirectoryOr(const std::string& directory, const std::string& share) {
  if (!directory.empty()) return directory;
  ASSIGN_OR_RETURN(const std::string found, FindShare(share));
  return absl::StrCat(found, "/catalog/rulebook");
}

}  // namespace

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ReadWaiverFiles(
    const std::string& directory) {
  std::vector<std::pair<std::string, std::string>> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(directory) / "waivers", error)) {
    if (entry.path().extension() == ".waiver") files.emplace_back(entry.path(), "");
  }
  if (files.size() > service::kWaiversMax) {
    return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                   absl::StrCat(directory, " : plus de ", service::kWaiversMax, " dérogations"),
                   absl::StrCat(directory, ": more than ", service::kWaiversMax, " waivers"));
  }
  std::sort(files.begin(), files.end());
  for (auto& [path, bytes] : files) {
    ASSIGN_OR_RETURN(bytes, ReadFile(path));
  }
  return files;
}

absl::StatusOr<std::vector<service::JudgedWaiver>> ReadWaivers(const std::string& directory,
                                                               const std::string& charter_keys,
                                                               const std::string& rulebook_id,
                                                               int32_t day) {
  ASSIGN_OR_RETURN(const auto files, ReadWaiverFiles(directory));
  std::vector<tlog::VerifierKey> keys;
  if (!charter_keys.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(charter_keys));
    auto parsed = service::ParseCharterKeys(text);
    if (!parsed.ok()) {
      return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                     absl::StrCat(charter_keys,
                                  " : chaque ligne est une clé publique, comme rulebook "
                                  "charter-key l'imprime (",
                                  parsed.status().message(), ")"),
                     absl::StrCat(charter_keys, ": ", parsed.status().message(),
                                  "; each line is a public key, as rulebook charter-key prints "
                                  "it"));
    }
    keys = *std::move(parsed);
  }
  std::vector<service::JudgedWaiver> judged;
  for (const auto& [path, bytes] : files) {
    judged.push_back(service::JudgeWaiver(path, bytes, keys, rulebook_id, day));
  }
  return judged;
}

int RulebookCheck(const CommonOptions& common, const RulebookCheckOptions& options) {
  const absl::StatusOr<decision::RulebookSource> source = decision::ReadRulebook(options.directory);
  if (!source.ok()) return End(common, source.status());
  catalog::v1::LawTable laws;
  if (!options.law_table.empty()) {
    absl::StatusOr<catalog::v1::LawTable> read = ReadLawTable(options.law_table);
    if (!read.ok()) return End(common, read.status());
    laws = *std::move(read);
  }
  decision::CompileResult result{.compiled = nullptr, .diagnostics = source->diagnostics};
  if (result.diagnostics.empty()) {
    result = decision::CompileRulebook(source->rulebook,
                                       base::Sha256(source->rulebook.SerializeAsString()),
                                       options.law_table.empty() ? nullptr : &laws, &*source);
  }
  const bool with_catalog =
      options.catalog.sample || !options.catalog.data.empty() || !options.catalog.catalog.empty();
  if (result.compiled != nullptr && with_catalog) {
    const auto proxies = LookForProxies(options, *source, *result.compiled);
    if (!proxies.ok()) return End(common, proxies.status());
    result.diagnostics.insert(result.diagnostics.end(), proxies->begin(), proxies->end());
  }
  const bool french = common.language == Language::kFrench;
  std::cout << decision::FormatDiagnostics(result.diagnostics, french);
  if (HasError(result.diagnostics)) {
    std::cerr << (french ? "aplomb: les règles ont des erreurs\n"
                         : "aplomb: the rulebook has errors\n");
    return kInvalidInput;
  }
  const auto& book = source->rulebook;
  std::cout << (french ? absl::StrCat(book.needs_size(), " besoins, ", book.constraints_size(),
                                      " conditions, ", book.criteria_size(), " critères\n")
                       : absl::StrCat(book.needs_size(), " needs, ", book.constraints_size(),
                                      " constraints, ", book.criteria_size(), " criteria\n"));
  return kDone;
}

int CharterKey(const CommonOptions& common, const std::string& name, const std::string& out) {
  return End(common, DrawKey(name, out));
}

int SignWaiver(const CommonOptions& common, const WaiveOptions& options) {
  return End(common, Sign(options));
}

int RulebookTest(const CommonOptions& common, const std::string& given, const std::string& share) {
  const absl::StatusOr<std::string> directory = DirectoryOr(given, share);
  if (!directory.ok()) return End(common, directory.status());
  const auto rulebook = LoadRulebook(*directory);
  if (!rulebook.ok()) return End(common, rulebook.status());
  const absl::StatusOr<decision::RuleTestSource> tests = decision::ReadRuleTests(*directory);
  if (!tests.ok()) return End(common, tests.status());
  const decision::RuleTestReport report = decision::RunRuleTests(**rulebook, *tests);
  const decision::RuleCoverage& coverage = report.coverage;
  size_t sides = 0;
  for (const auto& [id, one] : coverage.constraints) {
    sides += (one.satisfied ? 1U : 0U) + (one.violated ? 1U : 0U);
  }
  size_t values = 0;
  for (const auto& [id, one] : coverage.criteria) {
    values += std::min(one.size(), decision::kValuesPerCriterion);
  }
  size_t needs = 0;
  for (const auto& [id, count] : coverage.needs) needs += count > 0 ? 1 : 0;
  const int64_t tenths = coverage.total() == 0 ? 0 : 1'000 * coverage.covered() / coverage.total();
  if (common.json) {
    std::cout << absl::StrFormat(
        "{\"tests\":%d,\"failed\":%d,\"constraint_sides\":[%d,%d],\"criterion_values\":[%d,%d],"
        "\"needs\":[%d,%d],\"covered\":%d,\"total\":%d,\"passed\":%s}\n",
        report.tests, report.failed, sides, 2 * coverage.constraints.size(), values,
        decision::kValuesPerCriterion * coverage.criteria.size(), needs, coverage.needs.size(),
        coverage.covered(), coverage.total(), report.Passed() ? "true" : "false");
  } else {
    std::cout << decision::FormatDiagnostics(report.diagnostics,
                                             common.language == Language::kFrench);
    // A conditional format is not a literal to clang, which checks formats.
    const auto summary = [&common](auto... n) {
      return common.language == Language::kFrench
                 ? absl::StrFormat(
                       "%d tests, dont %d en échec. Couverture : côtés de conditions %d/%d, "
                       "valeurs de critères %d/%d,\nbesoins %d/%d : %d,%d %%\n",
                       n...)
                 : absl::StrFormat(
                       "%d tests, %d failed. Coverage: sides of constraints %d/%d, values of "
                       "criteria %d/%d,\nneeds %d/%d: %d.%d %%\n",
                       n...);
    };
    std::cout << summary(report.tests, report.failed, sides, 2 * coverage.constraints.size(),
                         values, decision::kValuesPerCriterion * coverage.criteria.size(), needs,
                         coverage.needs.size(), tenths / 10, tenths % 10);
  }
  if (report.Passed()) return kDone;
  std::cerr << (common.language == Language::kFrench
                    ? "aplomb: les tests des règles ne passent pas, ou ne les couvrent pas\n"
                    : "aplomb: the rulebook's tests do not pass, or do not cover it\n");
  return kInvalidInput;
}

}  // namespace aplomb::cli
