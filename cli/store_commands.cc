// Commands on the log of a data directory whose server is stopped: look through it, make its
// decisions again, erase.
#include <stdlib.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/epoch_rules.h"
#include "audit/erasure.h"
#include "audit/fsck.h"
#include "audit/log.h"
#include "audit/tlog/checkpoint.h"
#include "base/status.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "service/advisor_entries.h"
#include "service/dataset.h"
#include "service/replay.h"

namespace aplomb::cli {
namespace {

using service::kAuditorTier;
using service::kFirmTier;

const char* Say(const CommonOptions& common, const char* french, const char* english) {
  return common.language == Language::kFrench ? french : english;
}

std::vector<audit::ColumnFamilySpec> Families() {
  std::vector<audit::ColumnFamilySpec> families;
  for (const audit::Projection& projection : service::Dataset::Projections()) {
    families.insert(families.end(), projection.column_families.begin(),
                    projection.column_families.end());
  }
  return families;
}

// A folder for a moment.
class ScratchFolder {
 public:
  static absl::StatusOr<std::unique_ptr<ScratchFolder>> Make() {
    std::string path = (std::filesystem::temp_directory_path() / "aplomb-rebuild-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) {
      return absl::UnavailableError(absl::StrCat(path, ": cannot be made"));
    }
    return std::unique_ptr<ScratchFolder>(new ScratchFolder(path));
  }
  ~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

// Projects the whole log into a new database and compares every family, byte for byte.
absl::Status CheckRebuild(const audit::Database& database) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ScratchFolder> scratch, ScratchFolder::Make());
  ASSIGN_OR_RETURN(const std::unique_ptr<audit::Database> rebuilt,
                   audit::Database::Open({.directory = scratch->path() + "/db",
                                          .column_families = Families(),
                                          .create_if_missing = true}));
  RETURN_IF_ERROR(audit::Rebuild(database, service::Dataset::Projections(), rebuilt.get()));
  return audit::CompareFamilies(database, *rebuilt);
}

// Told of every entry, as Fsck is.
void Visit(const audit::LoggedEntry& entry, audit::EpochRules& rules,
           std::vector<audit::FsckFinding>& findings) {
  const auto garbled = [&](const absl::Status& status) {
    findings.push_back({"RULE", entry.index,
                        absl::StrCat("The body is not one of its type: ", status.message(), ".")});
  };
  switch (entry.type) {
    case audit::EntryType::kEpoch: {
      const auto epoch = audit::DecodeEpochCommitment(entry.body);
      if (!epoch.ok()) return garbled(epoch.status());
      return rules.OnEpoch(entry.index, entry.time_us, *epoch);
    }
    case audit::EntryType::kEpochClose: {
      const auto closing = audit::DecodeEpochClosing(entry.body);
      if (!closing.ok()) return garbled(closing.status());
      return rules.OnEpochClose(entry.index, entry.time_us, *closing);
    }
    case audit::EntryType::kEngagement: {
      const auto body = service::DecodeEngagementBody(entry.body);
      if (!body.ok()) return garbled(body.status());
      return rules.OnEngagement(entry.index, entry.time_us, body->tie_epoch, body->subject);
    }
    default:
      return rules.OnOther(entry.time_us);
  }
}

absl::StatusOr<audit::FsckReport> RunFsck(const FsckCommandOptions& options,
                                          size_t* repeated_subjects) {
  const std::string& directory = options.data;
  ASSIGN_OR_RETURN(const tlog::VerifierKey key, audit::LoadVerifierKey(directory + "/vkey"));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<audit::Database> database,
      audit::Database::Open(
          {.directory = directory + "/db", .column_families = Families(), .tail_check_count = 0}));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<audit::KeyStore> keys,
      audit::KeyStore::Open({.directory = directory + "/keys/entries", .read_only = true}));
  std::vector<tlog::VerifierKey> witnesses;
  if (!options.policy.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(options.policy, tlog::kMaxPolicyBytes));
    const absl::StatusOr<tlog::Policy> policy = tlog::ParsePolicy(text);
    if (!policy.ok()) return base::Annotate(policy.status(), options.policy);
    for (const tlog::Policy::Witness& witness : policy->witnesses) {
      witnesses.push_back(witness.key);
    }
  }
  audit::EpochRules rules;
  const audit::FsckOptions fsck_options{
      .high_water_path =
          options.high_water.empty() ? directory + "/high_water" : options.high_water,
      .witnesses = std::move(witnesses),
      .visit = [&rules](const audit::LoggedEntry& entry,
                        std::vector<audit::FsckFinding>& findings) {
        Visit(entry, rules, findings);
      }};
  ASSIGN_OR_RETURN(audit::FsckReport report, audit::Fsck(*database, *keys, key, fsck_options));
  for (const audit::EpochFinding& finding : rules.Findings()) {
    report.findings.push_back(
        {"RULE", finding.index,
         absl::StrCat("The entry is at odds with the rule of epochs: ", finding.text, ".")});
  }
  *repeated_subjects = rules.RepeatedSubjects().size();
  if (options.rebuild) {
    const absl::Status same = CheckRebuild(*database);
    if (!same.ok()) {
      report.findings.push_back(
          {"REBUILD", -1,
           absl::StrCat("What the log projects to is not what is stored: ", same.message())});
    }
  }
  return report;
}

// The entries with something of the firm: the engagement's and those of its recommendations.
absl::StatusOr<std::vector<int64_t>> EntriesOf(const audit::Database& database,
                                               const std::string& engagement) {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                   database.Get(service::kEngagementFamily, service::EngagementKey(engagement)));
  if (!bytes.has_value()) {
    return ErrorOf(absl::StatusCode::kNotFound, "",
                   absl::StrCat("il n'y a pas de dossier ", engagement),
                   absl::StrCat("there is no engagement ", engagement));
  }
  ASSIGN_OR_RETURN(const service::EngagementState state, service::DecodeEngagementState(*bytes));
  std::vector<int64_t> indices = {state.entry_index};
  const std::string prefix = service::RecommendationsPrefix(engagement);
  RETURN_IF_ERROR(database.Scan(service::kRecommendationFamily, prefix, audit::EndOfPrefix(prefix),
                                [&](absl::string_view key, absl::string_view) {
                                  int64_t index = 0;
                                  for (const char c : key.substr(key.size() - 8)) {
                                    index = index << 8 | static_cast<unsigned char>(c);
                                  }
                                  indices.push_back(index);
                                  return true;
                                }));
  return indices;
}

// What stands in `index` of the tiers that are to go, and is there still.
absl::StatusOr<std::vector<audit::ErasedTier>> TiersOf(const audit::Database& database,
                                                       int64_t index, const std::string& tier) {
  ASSIGN_OR_RETURN(const audit::LoggedEntry entry, database.ReadEntry(index));
  std::vector<audit::ErasedTier> tiers;
  for (const audit::TierCommitment& commitment : entry.tiers) {
    if ((tier == "firm" && commitment.tier != kFirmTier) ||
        (tier == "auditors" && commitment.tier != kAuditorTier)) {
      continue;
    }
    ASSIGN_OR_RETURN(const std::optional<int64_t> before,
                     audit::FindErasure(database, index, commitment.tier));
    if (!before.has_value()) tiers.push_back({.index = index, .tier = commitment.tier});
  }
  return tiers;
}

// Returns where the last ERASURE entry stands.
absl::StatusOr<audit::Committed> EraseEngagement(const EraseCommandOptions& options) {
  ASSIGN_OR_RETURN(
      const std::unique_ptr<service::Dataset> dataset,
      service::Dataset::Open({.directory = options.data, .high_water_path = options.high_water}));
  ASSIGN_OR_RETURN(const std::vector<int64_t> indices,
                   EntriesOf(dataset->database(), options.engagement));
  service::DecisionCache cache;
  std::vector<audit::ErasedTier> erased;
  for (const int64_t index : indices) {
    ASSIGN_OR_RETURN(const std::vector<audit::ErasedTier> tiers,
                     TiersOf(dataset->database(), index, options.tier));
    if (tiers.empty()) continue;
    erased.insert(erased.end(), tiers.begin(), tiers.end());
    if (index == indices.front()) continue;  // the engagement: no decision
    // Replay first: afterwards nobody can.
    ASSIGN_OR_RETURN(const service::ReplayReport report,
                     service::Replay(dataset->database(), dataset->keys(), dataset->store(), cache,
                                     {.index = index, .threads = 1}));
    if (!report.findings.empty()) {
      const std::string& why = report.findings[0].text;
      return ErrorOf(absl::StatusCode::kFailedPrecondition, "",
                     absl::StrCat("l'entrée ", index, " ne peut pas être refaite (", why,
                                  ") ; après un effacement personne n'en trouverait la cause. Rien "
                                  "n'a été effacé."),
                     absl::StrCat("entry ", index, " cannot be made again (", why,
                                  "); after an erasure nobody could find out why. Nothing was "
                                  "erased."));
    }
  }
  if (erased.empty()) {
    return ErrorOf(absl::StatusCode::kFailedPrecondition, "SECTION_ERASED",
                   absl::StrCat("il ne reste rien à effacer du dossier ", options.engagement),
                   absl::StrCat("nothing is left to erase of the engagement ", options.engagement));
  }
  audit::Committed committed;
  for (size_t at = 0; at < erased.size(); at += audit::kMaxErasedTiers) {
    const size_t end = std::min(erased.size(), at + audit::kMaxErasedTiers);
    ASSIGN_OR_RETURN(
        committed,
        audit::EraseSections(dataset->sequencer(), dataset->database(), dataset->keys(),
                             {.ground = static_cast<audit::ErasureGround>(options.ground),
                              .tiers = {erased.begin() + static_cast<std::ptrdiff_t>(at),
                                        erased.begin() + static_cast<std::ptrdiff_t>(end)}}));
  }
  return committed;
}

}  // namespace

int Fsck(const CommonOptions& common, const FsckCommandOptions& options) {
  size_t repeated = 0;
  const absl::StatusOr<audit::FsckReport> report = RunFsck(options, &repeated);
  if (!report.ok()) return End(common, report.status());
  for (const audit::FsckFinding& finding : report->findings) {
    std::cout << finding.kind;
    if (finding.index >= 0) std::cout << " " << Say(common, "entrée ", "entry ") << finding.index;
    std::cout << ": " << finding.text << "\n";
  }
  if (report->more) std::cout << Say(common, "et d'autres\n", "and more\n");
  if (report->unknown_cosignature_count > 0) {
    std::cout << report->unknown_cosignature_count
              << Say(common,
                     " cosignatures non vérifiées : leurs témoins ne sont pas dans --policy\n",
                     " cosignatures not verified: their witnesses are not in --policy\n");
  }
  std::cout << report->entry_count << Say(common, " entrées, ", " entries, ") << report->head_count
            << Say(common, " têtes signées, ", " signed heads, ") << report->sealed_count
            << Say(common, " groupes de sections ouverts, ", " tiers opened, ")
            << report->erased_count << Say(common, " effacés, ", " erased, ")
            << report->cosignature_count
            << Say(common, " cosignatures vérifiées, ", " cosignatures verified, ") << repeated
            << Say(common, " entreprises à plusieurs dossiers, ",
                   " firms with several engagements, ")
            << report->findings.size() << Say(common, " constats\n", " findings\n");
  return report->findings.empty() ? kDone : kStorage;
}

int Replay(const CommonOptions& common, const ReplayCommandOptions& options) {
  const auto run = [&]() -> absl::StatusOr<service::ReplayReport> {
    ASSIGN_OR_RETURN(
        const std::unique_ptr<audit::Log> log,
        audit::Log::Open(
            {.directory = options.data, .column_families = Families(), .read_only = true}));
    catalog::Store store;
    RETURN_IF_ERROR(store.Load(log->database()));
    service::DecisionCache cache;
    return service::Replay(
        log->database(), log->keys(), store, cache,
        {.index = options.index, .threads = static_cast<size_t>(options.threads)});
  };
  const absl::StatusOr<service::ReplayReport> report = run();
  if (!report.ok()) return End(common, report.status());
  for (const service::ReplayFinding& finding : report->findings) {
    std::cout << Say(common, "entrée ", "entry ") << finding.index << ": " << finding.text << "\n";
  }
  std::cout << report->decisions << Say(common, " décisions, ", " decisions, ") << report->equal
            << Say(common, " identiques octet pour octet, ", " equal byte for byte, ")
            << report->erased << Say(common, " effacées, ", " erased, ") << report->findings.size()
            << Say(common, " différentes\n", " differing\n");
  return report->findings.empty() ? kDone : kStorage;
}

int Erase(const CommonOptions& common, const EraseCommandOptions& options) {
  const absl::StatusOr<audit::Committed> erased = EraseEngagement(options);
  if (!erased.ok()) return End(common, erased.status());
  std::cout << Say(common, "effacé ; entrée ", "erased; entry ") << erased->index
            << Say(common, " du journal\n", " of the log\n");
  return kDone;
}

}  // namespace aplomb::cli
