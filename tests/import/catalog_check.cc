// catalog_check DIR: reads a catalogue's folder, prints every issue (French with --fr) and how much
// could be read. Ends with 0 if all is well, 1 if there are issues, 2 if it could not be read.
#include <iostream>
#include <string>

#include "absl/strings/string_view.h"
#include "base/issue.h"
#include "catalog/import/directory.h"

int main(int argc, char** argv) {
  bool french = false;
  std::string directory;
  for (int i = 1; i < argc; ++i) {
    if (absl::string_view(argv[i]) == "--fr") {
      french = true;
    } else {
      directory = argv[i];
    }
  }
  if (directory.empty()) {
    std::cerr << "usage: catalog_check [--fr] DIR\n";
    return 2;
  }
  const absl::StatusOr<aplomb::catalog::CatalogFiles> files =
      aplomb::catalog::LoadCatalogFiles(directory);
  if (!files.ok()) {
    std::cerr << files.status().message() << "\n";
    return 2;
  }
  aplomb::base::Issues issues;
  const aplomb::catalog::CatalogSource source = aplomb::catalog::ReadCatalog(*files, &issues);
  for (const aplomb::base::Issue& issue : issues.list()) {
    std::cout << (french ? issue.text_fr : issue.text_en) << "  [" << issue.field << " "
              << issue.reason << "]\n";
  }
  if (issues.dropped_count() > 0) std::cout << "and " << issues.dropped_count() << " more\n";
  std::cout << files->size() << " files, " << source.members.size() << " members, "
            << source.offerings.size() << " offerings, " << source.law_table.legal_bases_size()
            << " legal bases, " << source.exchange_rates.rates_size() << " rates, "
            << source.profiles.size() << " profiles, "
            << issues.list().size() + issues.dropped_count() << " issues\n";
  return issues.empty() ? 0 : 1;
}
