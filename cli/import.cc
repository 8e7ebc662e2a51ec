#include <filesystem>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/genesis_steps.h"
#include "service/genesis.h"

namespace aplomb::cli {
namespace {

absl::StatusOr<service::GenesisPlan> Plan(const ImportOptions& options) {
  std::string rulebook = options.rulebook;
  if (rulebook.empty()) {
    ASSIGN_OR_RETURN(const std::string share, FindShare(options.share));
    rulebook = share + "/catalog/rulebook";
  }
  return service::PlanGenesis(
      service::GenesisSource{.catalog_directory = options.catalog, .rulebook_directory = rulebook});
}

absl::Status RunImport(const CommonOptions& common, const ImportOptions& options) {
  ASSIGN_OR_RETURN(const service::GenesisPlan plan, Plan(options));
  RETURN_IF_ERROR(CheckPlan(plan));
  if (options.dry_run) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::unique_ptr<service::Dataset> dataset,
                   service::Dataset::Open({.directory = options.data, .create_if_missing = true}));
  return service::RunGenesis(*dataset, plan, ProgressPrinter(common.language));
}

}  // namespace

int Import(const CommonOptions& common, const ImportOptions& options) {
  const absl::Status status = RunImport(common, options);
  if (!status.ok()) std::cerr << "aplomb: " << status.message() << "\n";
  return ExitCodeOf(status);
}

}  // namespace aplomb::cli
