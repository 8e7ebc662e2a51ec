// catalog_check [--fr] [--needs DIR] DIR: reads a catalogue's folder, prints every issue (French
// with --fr) and how much could be read; with --needs, need and feature ids are looked up in the
// *.textproto files of that folder. Ends with 0 if all is well, 1 if there are issues, 2 if it
// could not be read.
#include <google/protobuf/text_format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/need.pb.h"
#include "base/issue.h"
#include "catalog/import/directory.h"
#include "catalog/import/validate.h"

namespace {

// Ids of needs and features, from the text form of aplomb.catalog.v1.Need.
aplomb::catalog::NeedVocabulary ReadNeeds(const std::string& directory) {
  aplomb::catalog::NeedVocabulary needs;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".textproto") continue;
    std::ifstream stream(entry.path());
    std::ostringstream text;
    text << stream.rdbuf();
    aplomb::catalog::v1::Need need;
    if (!google::protobuf::TextFormat::ParseFromString(text.str(), &need)) {
      std::cerr << entry.path().string() << ": not a need\n";
      continue;
    }
    for (const auto& feature : need.features()) {
      needs[need.need_id()].insert(feature.feature_id());
    }
  }
  return needs;
}

}  // namespace

int main(int argc, char** argv) {
  bool french = false;
  aplomb::catalog::NeedVocabulary needs;
  std::string directory;
  for (int i = 1; i < argc; ++i) {
    if (absl::string_view(argv[i]) == "--fr") {
      french = true;
    } else if (absl::string_view(argv[i]) == "--needs" && i + 1 < argc) {
      needs = ReadNeeds(argv[++i]);
    } else {
      directory = argv[i];
    }
  }
  if (directory.empty()) {
    std::cerr << "usage: catalog_check [--fr] [--needs DIR] DIR\n";
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
  aplomb::catalog::ValidateCatalog(source, needs.empty() ? nullptr : &needs, &issues);
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
