// import_check [--fr] [--json] [--needs DIR] [--saas FILE MAPPING] [--selfhosted FILE MAPPING DAY]
//              [--2fa FILE]: imports foreign data and prints what became of each record, then how
// many offerings each need has. Ends with 0, with 1 if a file or a mapping has issues, with 2 on a
// wrong call. For reviewers who write a mapping.
#include <google/protobuf/text_format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "aplomb/catalog/v1/need.pb.h"
#include "base/civil_day.h"
#include "base/issue.h"
#include "base/random.h"
#include "catalog/import/importer.h"
#include "catalog/import/mapping.h"
#include "catalog/import/pricing2yaml.h"
#include "catalog/import/selfhosted.h"
#include "catalog/import/twofactor.h"

namespace {

namespace catalog = aplomb::catalog;

std::string ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) std::cerr << path << ": cannot be read\n";
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

catalog::NeedVocabulary ReadNeeds(const std::string& directory) {
  catalog::NeedVocabulary needs;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    aplomb::catalog::v1::Need need;
    if (entry.path().extension() != ".textproto" ||
        !google::protobuf::TextFormat::ParseFromString(ReadFile(entry.path().string()), &need)) {
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
  const std::vector<std::string> args(argv + 1, argv + argc);
  catalog::NeedVocabulary needs;
  std::string language = "en";
  bool json = false;
  aplomb::base::Issues issues;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--needs" && i + 1 < args.size()) needs = ReadNeeds(args[++i]);
  }
  catalog::ImportContext context(aplomb::base::SystemRandom::Get(),
                                 needs.empty() ? nullptr : &needs);
  const auto print = [&](const catalog::ImportReport& report) {
    std::cout << (json ? report.ToJson() : report.ToTable(language));
  };
  for (size_t i = 0; i < args.size(); ++i) {
    const size_t left = args.size() - i - 1;
    catalog::Mapping mapping;
    if (args[i] == "--fr") {
      language = "fr";
    } else if (args[i] == "--json") {
      json = true;
    } else if (args[i] == "--needs" && left >= 1) {
      ++i;
    } else if (args[i] == "--saas" && left >= 2) {
      catalog::ReadMapping(args[i + 2], ReadFile(args[i + 2]), &mapping, &issues);
      print(catalog::ImportPricing2Yaml(args[i + 1], ReadFile(args[i + 1]), mapping, &context,
                                        &issues));
      i += 2;
    } else if (args[i] == "--selfhosted" && left >= 3) {
      const auto day = aplomb::base::ParseDay(args[i + 3]);
      if (!day.ok()) {
        std::cerr << day.status().message() << "\n";
        return 2;
      }
      catalog::ReadMapping(args[i + 2], ReadFile(args[i + 2]), &mapping, &issues);
      print(catalog::ImportSelfHosted(args[i + 1], ReadFile(args[i + 1]), mapping, *day, &context,
                                      &issues));
      i += 3;
    } else if (args[i] == "--2fa" && left >= 1) {
      print(catalog::JoinTwoFactor(args[i + 1], ReadFile(args[i + 1]), &context, &issues));
      i += 1;
    } else {
      std::cerr << "import_check: what is \"" << args[i] << "\"? See the head of its source.\n";
      return 2;
    }
  }
  for (const aplomb::base::Issue& issue : issues.list()) {
    std::cout << (language == "fr" ? issue.text_fr : issue.text_en) << "  [" << issue.field << " "
              << issue.reason << "]\n";
  }
  std::map<std::string, std::pair<int, int>> by_need;  // all, and those that lack nothing to rank
  std::set<std::string> members;
  for (const auto& offering : context.offerings()) {
    for (const std::string& need : offering.need_ids()) {
      ++by_need[need].first;
      by_need[need].second += catalog::OutcomeOf(offering) == catalog::ImportOutcome::kImported;
    }
  }
  if (!json) {
    for (const auto& [need, count] : by_need) {
      std::cout << need << ": " << count.first << " (" << count.second << " known well)\n";
    }
    std::cout << context.members().size() << " members, " << context.offerings().size()
              << " offerings, " << by_need.size() << " needs\n";
  }
  return issues.empty() ? 0 : 1;
}
