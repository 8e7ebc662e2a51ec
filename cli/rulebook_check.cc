#include <iostream>

#include "absl/strings/str_cat.h"
#include "base/digest.h"
#include "base/status.h"
#include "catalog/import/directory.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "decision/rulebook_compiler.h"

namespace aplomb::cli {
namespace {

absl::StatusOr<catalog::v1::LawTable> ReadLawTable(const std::string& path) {
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
  base::Issues issues;
  const catalog::CatalogSource source =
      catalog::ReadCatalog({{"law_table.yaml", std::move(bytes)}}, &issues);
  if (!issues.empty()) return absl::InvalidArgumentError(issues.ToString());
  return source.law_table;
}

}  // namespace

int RulebookCheck(const CommonOptions& common, const std::string& directory,
                  const std::string& law_table) {
  const auto fail = [](const absl::Status& status) {
    std::cerr << "aplomb: " << status.message() << "\n";
    return ExitCodeOf(status);
  };
  const absl::StatusOr<decision::RulebookSource> source = decision::ReadRulebook(directory);
  if (!source.ok()) return fail(source.status());
  catalog::v1::LawTable laws;
  if (!law_table.empty()) {
    absl::StatusOr<catalog::v1::LawTable> read = ReadLawTable(law_table);
    if (!read.ok()) return fail(read.status());
    laws = *std::move(read);
  }
  decision::CompileResult result{.compiled = nullptr, .diagnostics = source->diagnostics};
  if (result.diagnostics.empty()) {
    result = decision::CompileRulebook(source->rulebook,
                                       base::Sha256(source->rulebook.SerializeAsString()),
                                       law_table.empty() ? nullptr : &laws, &*source);
  }
  std::cout << decision::FormatDiagnostics(result.diagnostics);
  if (result.compiled == nullptr) {
    std::cerr << (common.language == Language::kFrench ? "aplomb: le règlement a des erreurs\n"
                                                       : "aplomb: the rulebook has errors\n");
    return kInvalidInput;
  }
  std::cout << absl::StrCat(source->rulebook.needs_size(), " needs, ",
                            source->rulebook.constraints_size(), " constraints, ",
                            source->rulebook.criteria_size(), " criteria\n");
  return kDone;
}

}  // namespace aplomb::cli
