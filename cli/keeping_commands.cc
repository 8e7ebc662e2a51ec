#include "cli/keeping_commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "aplomb/audit/v1/log_service.pb.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "aplomb/catalog/v1/keeping_service.pb.h"
#include "aplomb/catalog/v1/proposal_log.pb.h"
#include "audit/backup/backup.h"
#include "audit/entry.h"
#include "base/civil_day.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/status.h"
#include "catalog/bulk/price_csv.h"
#include "catalog/import/text.h"
#include "catalog/proposals/working_days.h"
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/server_options.h"
#include "cli/subcommands.h"
#include "cli/texts.h"
#include "google/longrunning/operations.pb.h"
#include "service/dataset.h"
#include "service/workflow_entries.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;

constexpr char kKeeping[] = "/aplomb.catalog.v1.KeepingService/";
constexpr char kCatalog[] = "/aplomb.catalog.v1.CatalogService/";
constexpr int32_t kPageSize = 1000;
constexpr absl::Duration kPollEvery = absl::Milliseconds(200);

struct Inputs {
  ServerOptions server;
  std::string folder;
  std::string data;
  std::string high_water;
  std::string log_key;
  std::string accept_loss;
  std::string name;
  std::string need;
  std::string key;
  std::string out;
  std::string format = "table";
  int64_t old_revision = 0;
  int64_t new_revision = 0;
  int64_t revision = 0;
  int id = 0;
  int groups = 3;
  bool without_keys = false;
  bool gaps_only = false;
};

std::vector<audit::ColumnFamilySpec> Families() {
  std::vector<audit::ColumnFamilySpec> families;
  for (const audit::Projection& projection : service::Dataset::Projections()) {
    families.insert(families.end(), projection.column_families.begin(),
                    projection.column_families.end());
  }
  return families;
}

class Commands {
 public:
  Commands(const CommonOptions* common, std::shared_ptr<Inputs> in)
      : common_(common), in_(std::move(in)) {}

  // ---- Backups.

  int Create() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::string folder, Absolute(in_->folder));
      // With a server on the directory only that one may read the database.
      std::error_code error;
      if (in_->server.data.empty() ||
          std::filesystem::exists(in_->server.data + "/address", error)) {
        return CreateByServer(folder);
      }
      ASSIGN_OR_RETURN(
          const std::unique_ptr<audit::Log> log,
          audit::Log::Open(
              {.directory = in_->server.data, .column_families = Families(), .read_only = true}));
      ASSIGN_OR_RETURN(const audit::BackupRecord made,
                       audit::CreateBackup(*log, folder, {.keys = !in_->without_keys}));
      Print(made);
      return absl::OkStatus();
    });
  }

  int List() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::vector<audit::BackupRecord> records,
                       audit::ListBackups(in_->folder));
      for (const audit::BackupRecord& record : records) Print(record);
      return absl::OkStatus();
    });
  }

  int Verify() {
    return Tell([this]() -> absl::Status {
      const std::string scratch =
          (std::filesystem::temp_directory_path() /
           absl::StrCat("aplomb-verify-", base::SystemRandom::Get()->Uuid4()))
              .string();
      ASSIGN_OR_RETURN(
          const int64_t entries,
          audit::VerifyBackup(in_->folder, static_cast<uint32_t>(in_->id), Families(), scratch));
      std::cout << entries
                << Text(" entrées lues, racine signée retrouvée : la copie est entière\n",
                        " entries read, the signed root found again: the copy is whole\n");
      return absl::OkStatus();
    });
  }

  int Restore() {
    return Tell([this]() -> absl::Status {
      audit::RestoreOptions options;
      options.folder = in_->folder;
      options.id = static_cast<uint32_t>(in_->id);
      options.directory = in_->data;
      options.high_water_path = in_->high_water;
      options.log_key_path = in_->log_key;
      options.accept_loss = in_->accept_loss;
      options.column_families = Families();
      ASSIGN_OR_RETURN(const audit::Restored restored, audit::RestoreBackup(options));
      if (restored.lossy) {
        // The log says so itself, before anything else is written.
        ASSIGN_OR_RETURN(
            const std::unique_ptr<service::Dataset> dataset,
            service::Dataset::Open({.directory = in_->data, .high_water_path = in_->high_water}));
        const std::string note = audit::EncodeRestoreNote({.restored_count = restored.entry_count,
                                                           .known_count = restored.known_count,
                                                           .reason = in_->accept_loss});
        RETURN_IF_ERROR(dataset->sequencer()
                            .SubmitAndWait([&note](audit::StageContext& context) {
                              return context.Append(audit::EntryType::kNote, note).status();
                            })
                            .status());
      }
      std::cout << restored.entry_count << Text(" entrées remises en place", " entries put back");
      if (restored.lossy)
        std::cout << Text(" ; la perte est dans le journal", "; the log tells of the loss");
      std::cout << "\n";
      if (!restored.kept_directory.empty()) {
        std::cout << Text("L'ancienne base est gardée dans ", "What was there is kept in ")
                  << restored.kept_directory << "\n";
      }
      return absl::OkStatus();
    });
  }

  // ---- Revisions.

  int Diff() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      pb::DiffCatalogRequest request;
      request.set_old_revision(in_->old_revision);
      request.set_new_revision(in_->new_revision);
      request.set_page_size(kPageSize);
      do {
        pb::DiffCatalogResponse page;
        RETURN_IF_ERROR(client->Call(absl::StrCat(kKeeping, "DiffCatalog"), request, &page));
        for (const pb::CatalogDifference& one : page.differences()) PrintDifference(one);
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
      return absl::OkStatus();
    });
  }

  int Show() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      if (in_->name.empty()) {
        pb::GetCatalogRequest request;
        request.set_name("catalog");
        request.set_catalog_revision(in_->revision);
        pb::Catalog catalog;
        RETURN_IF_ERROR(client->Call(absl::StrCat(kCatalog, "GetCatalog"), request, &catalog));
        catalog.clear_law_table();
        catalog.clear_exchange_rates();
        return PrintMessage(catalog);
      }
      if (absl::StrContains(in_->name, "/offerings/")) {
        pb::GetOfferingRequest request;
        request.set_name(in_->name);
        request.set_catalog_revision(in_->revision);
        pb::Offering offering;
        RETURN_IF_ERROR(client->Call(absl::StrCat(kCatalog, "GetOffering"), request, &offering));
        return PrintMessage(offering);
      }
      pb::GetMemberRequest request;
      request.set_name(in_->name);
      request.set_catalog_revision(in_->revision);
      pb::Member member;
      RETURN_IF_ERROR(client->Call(absl::StrCat(kCatalog, "GetMember"), request, &member));
      return PrintMessage(member);
    });
  }

  int ListOfferings() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      pb::ListOfferingsRequest request;
      request.set_parent(in_->name.empty() ? "members/-" : in_->name);
      request.set_need_id(in_->need);
      request.set_catalog_revision(in_->revision);
      request.set_page_size(kPageSize);
      do {
        pb::ListOfferingsResponse page;
        RETURN_IF_ERROR(client->Call(absl::StrCat(kCatalog, "ListOfferings"), request, &page));
        for (const pb::Offering& offering : page.offerings()) {
          if (common_->json) {
            std::cout << ToJson(offering, JsonForm::kLine) << "\n";
          } else {
            std::cout << pb::Offering::State_Name(offering.state()) << "  " << offering.name()
                      << "  " << offering.revision() << "\n";
          }
        }
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
      return absl::OkStatus();
    });
  }

  // ---- Coverage.

  int Coverage() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      pb::GetCoverageRequest request;
      request.set_need_id(in_->need);
      request.set_group_count_min(in_->groups);
      request.set_catalog_revision(in_->revision);
      request.set_gaps_only(in_->gaps_only);
      pb::CoverageMatrix coverage;
      RETURN_IF_ERROR(
          client->Call("/aplomb.catalog.v1.CoverageService/GetCoverage", request, &coverage));
      if (common_->json || in_->format == "json") {
        std::cout << ToJson(coverage, JsonForm::kPretty) << "\n";
      } else if (in_->format == "csv") {
        std::cout << CoverageCsv(coverage);
      } else {
        std::cout << PrintCoverage(coverage, common_->language);
      }
      return absl::OkStatus();
    });
  }

  // ---- Equal treatment.

  int Cases() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::string key, ReadFile(in_->key));
      if (key.size() < treatment::kKeySizeMin) {
        return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                       "la clé de l'auditeur a au moins 32 octets",
                       "the auditor's key has at least 32 bytes");
      }
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      CaseReader reader(key);
      ::aplomb::audit::v1::ListEntriesRequest request;
      request.set_page_size(kPageSize);
      do {
        ::aplomb::audit::v1::ListEntriesResponse page;
        RETURN_IF_ERROR(client->Call("/aplomb.audit.v1.LogService/ListEntries", request, &page));
        for (const ::aplomb::audit::v1::Entry& entry : page.entries()) {
          RETURN_IF_ERROR(reader.Add(entry.index(), entry.leaf()));
        }
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
      const std::string csv = treatment::WriteCases(reader.cases());
      if (in_->out.empty()) {
        std::cout << csv;
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(WriteFile(in_->out, csv));
      std::cout << reader.cases().size() << Text(" cas\n", " cases\n");
      return absl::OkStatus();
    });
  }

 private:
  std::string Text(absl::string_view fr, absl::string_view en) const {
    return std::string(Say(common_->language, fr, en));
  }

  int Tell(const std::function<absl::Status()>& command) { return End(*common_, command()); }

  static absl::StatusOr<std::string> Absolute(const std::string& path) {
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::absolute(path, error);
    if (error) return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.message()));
    return whole.lexically_normal().string();
  }

  absl::Status CreateByServer(const std::string& folder) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
    pb::CreateBackupRequest request;
    request.set_folder(folder);
    request.set_without_keys(in_->without_keys);
    lro::Operation operation;
    RETURN_IF_ERROR(client->Call(absl::StrCat(kKeeping, "CreateBackup"), request, &operation));
    lro::GetOperationRequest poll;
    poll.set_name(operation.name());
    const int64_t end =
        base::SystemClock::Get()->MonotonicNanos() + in_->server.deadline_ms * 1'000'000;
    base::Mutex mutex;
    base::CondVar never;
    while (!operation.done()) {
      if (base::SystemClock::Get()->MonotonicNanos() > end) {
        std::cout << operation.name()
                  << Text(" n'est pas finie ; elle continue sur le serveur\n",
                          " is not done; it goes on at the server\n");
        return absl::OkStatus();
      }
      {
        // Nobody signals: the time is what is waited for.
        base::MutexLock lock(&mutex);
        never.WaitFor(&mutex, kPollEvery);
      }
      RETURN_IF_ERROR(
          client->Call("/google.longrunning.Operations/GetOperation", poll, &operation));
    }
    if (operation.has_error()) {
      return absl::Status(static_cast<absl::StatusCode>(operation.error().code()),
                          operation.error().message());
    }
    pb::Backup backup;
    operation.response().UnpackTo(&backup);
    Print({.id = static_cast<uint32_t>(backup.backup_id()),
           .time_s = backup.create_time().seconds(),
           .entry_count = backup.entry_count(),
           .size_bytes = static_cast<uint64_t>(backup.size_bytes()),
           .file_count = static_cast<uint32_t>(backup.file_count())});
    return absl::OkStatus();
  }

  void Print(const audit::BackupRecord& record) {
    const std::string time = absl::FormatTime(
        "%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(record.time_s), absl::UTCTimeZone());
    if (common_->json) {
      std::cout << absl::StrFormat(
          "{\"id\":%d,\"time\":\"%s\",\"entry_count\":%d,\"size_bytes\":%d,\"file_count\":%d}\n",
          record.id, time, record.entry_count, record.size_bytes, record.file_count);
      return;
    }
    std::cout << record.id << "  " << time << "  " << record.entry_count
              << Text(" entrées au moins, ", " entries at least, ") << record.size_bytes
              << Text(" octets\n", " bytes\n");
  }

  absl::Status PrintMessage(const google::protobuf::Message& message) {
    std::cout << (common_->json ? ToJson(message, JsonForm::kPretty) + "\n"
                                : catalog::WriteMessage(message));
    return absl::OkStatus();
  }

  void PrintDifference(const pb::CatalogDifference& one) {
    if (common_->json) {
      std::cout << ToJson(one, JsonForm::kLine) << "\n";
      return;
    }
    std::cout << pb::CatalogDifference::Change_Name(one.change()) << "  " << one.name() << "\n";
    if (one.change() != pb::CatalogDifference::CHANGED) return;
    for (const pb::FieldDifference& field : one.differences()) {
      std::cout << "  " << field.field() << "\n    - " << field.old_value() << "\n    + "
                << field.new_value() << "\n";
    }
  }

  const CommonOptions* const common_;
  const std::shared_ptr<Inputs> in_;
};

}  // namespace

std::string PrintCoverage(const pb::CoverageMatrix& coverage, Language language) {
  std::string out;
  std::map<std::string, std::map<std::string, std::string>> rows;
  std::vector<std::string> needs;
  for (const pb::CoverageCell& cell : coverage.cells()) {
    if (!rows.contains(cell.need_id())) needs.push_back(cell.need_id());
    std::string& sizes = rows[cell.need_id()][cell.region_code()];
    absl::StrAppendFormat(&sizes, " %3d%s", cell.group_count(), cell.gap() ? "!" : " ");
  }
  absl::StrAppend(
      &out,
      Say(language,
          "Groupes indépendants par besoin et région, pour SOLO, MICRO, SMALL, MEDIUM ; "
          "! moins de ",
          "Independent groups by need and region, for SOLO, MICRO, SMALL, MEDIUM; ! "
          "fewer than "),
      coverage.group_count_min(), "\n");
  for (const std::string& need : needs) {
    absl::StrAppend(&out, need, "\n");
    for (const auto& [region, sizes] : rows[need]) {
      absl::StrAppendFormat(&out, "  %-4s%s\n", region, sizes);
    }
  }
  absl::StrAppend(&out, coverage.gap_count(), Say(language, " lacunes sur ", " gaps of "),
                  coverage.cell_count(), "\n");
  if (coverage.recruiting_size() > 0) {
    absl::StrAppend(&out, Say(language, "À recruter :\n", "To recruit:\n"));
  }
  for (const pb::RecruitingLine& line : coverage.recruiting()) {
    std::vector<std::string> sizes;
    for (const int size : line.size_classes()) {
      sizes.push_back(type::SizeClass_Name(static_cast<type::SizeClass>(size)));
    }
    absl::StrAppend(&out, "  ", line.need_id(), ": ", line.missing_group_count(),
                    Say(language, " groupe(s) ; lacunes ", " group(s); gaps "), line.gap_count(),
                    Say(language, " ; régions ", "; regions "),
                    absl::StrJoin(line.region_codes(), " "),
                    Say(language, " ; tailles ", "; sizes "), absl::StrJoin(sizes, " "));
    if (line.to_confirm_group_count() > 0) {
      absl::StrAppend(&out, Say(language, " ; à confirmer : ", "; to confirm: "),
                      line.to_confirm_group_count());
    }
    out += "\n";
  }
  return out;
}

std::string CoverageCsv(const pb::CoverageMatrix& coverage) {
  std::string out =
      "need,region,size,members,groups,offerings,to_confirm_groups,group_minimum,gap\n";
  for (const pb::CoverageCell& cell : coverage.cells()) {
    out += bulk::WriteCsvLine(
        {cell.need_id(), cell.region_code(), type::SizeClass_Name(cell.size_class()),
         absl::StrCat(cell.member_count()), absl::StrCat(cell.group_count()),
         absl::StrCat(cell.offering_count()), absl::StrCat(cell.to_confirm_group_count()),
         absl::StrCat(coverage.group_count_min()), cell.gap() ? "1" : "0"});
  }
  return out;
}

absl::Status CaseReader::Add(int64_t index, absl::string_view entry) {
  ASSIGN_OR_RETURN(const audit::Entry decoded, audit::DecodeEntry(entry));
  if (decoded.type != audit::EntryType::kReview && decoded.type != audit::EntryType::kProposal) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const service::WorkflowBody body, service::DecodeWorkflowBody(decoded.body));
  if (body.kind != service::BodyKind::kProposal) return absl::OkStatus();
  pb::ProposalEvent event;
  if (!event.ParseFromString(body.bytes)) {
    return absl::InvalidArgumentError(absl::StrCat("entry ", index, ": not a proposal's"));
  }
  const pb::ProposalRecord& record = event.after();
  if (record.state() == pb::Proposal::RETURNED) ++returns_[record.name()];
  const bool approved = record.state() == pb::Proposal::APPROVED;
  if (!approved && record.state() != pb::Proposal::REJECTED) return absl::OkStatus();
  // A second look comes after the decision and is none.
  if (event.verb() != "APPROVE" && event.verb() != "REJECT") return absl::OkStatus();
  treatment::Case& one = cases_.emplace_back();
  const std::string member = record.name().substr(0, record.name().find("/proposals/"));
  one.member = treatment::Pseudonym(key_, absl::StripPrefix(member, "members/"));
  one.family = record.family();
  one.queue = service::QueueOf(record);
  one.place = record.place();
  one.decided_at = index;
  one.returns = returns_[record.name()];
  one.approved = approved;
  // Whole working days, and how much later or earlier in the day it was decided.
  const absl::Time submitted = absl::FromUnixMicros(record.submit_time_us());
  const absl::Time decided = absl::FromUnixMicros(record.decide_time_us());
  const base::DayNumber first = base::ParisDay(submitted);
  const base::DayNumber last = base::ParisDay(decided);
  const auto of_day = [](absl::Time time) {
    return absl::ToInt64Seconds(time - absl::FromUnixSeconds(0)) % 86'400;
  };
  const int64_t fraction = (of_day(decided) - of_day(submitted)) * 100 / 86'400;
  const int64_t days = record.working_days_before() + proposals::WorkingDaysBetween(first, last);
  one.centidays = static_cast<int32_t>(std::max<int64_t>(0, days * 100 + fraction));
  return absl::OkStatus();
}

void AddKeepingCommands(CLI::App& app, const CommonOptions& common, const RunCommand& run) {
  // Kept by the callbacks, which the command line keeps.
  const auto in = std::make_shared<Inputs>();
  const auto commands = std::make_shared<Commands>(&common, in);
  const CommandAdder add(commands, run);
  const auto remote = [in](CLI::App* command) {
    AddServerOptions(*command, in->server);
    return command;
  };

  CLI::App* backup = app.add_subcommand("backup", "make, check and put back copies of the log");
  backup->require_subcommand(1);
  CLI::App* create = remote(add(backup, "create", "add a backup to a folder", &Commands::Create));
  create->add_option("--to", in->folder, "folder of backups")->required();
  create->add_flag("--without-keys", in->without_keys, "leave out the keys of sections");
  CLI::App* list = add(backup, "list", "list the backups of a folder", &Commands::List);
  list->add_option("folder", in->folder, "folder of backups")->required();
  CLI::App* verify = add(backup, "verify", "read a backup and compare its root", &Commands::Verify);
  verify->add_option("folder", in->folder, "folder of backups")->required();
  verify->add_option("--id", in->id, "number of a backup; default: the newest");
  CLI::App* restore =
      add(backup, "restore", "put a backup in the place of the database", &Commands::Restore);
  restore->add_option("folder", in->folder, "folder of backups")->required();
  restore->add_option("--data", in->data, "data directory of a stopped server")->required();
  restore->add_option("--id", in->id, "number of a backup; default: the newest");
  restore->add_option("--high-water", in->high_water, "file of the newest checkpoint");
  restore->add_option("--log-key", in->log_key, "your copy of keys/log.key");
  restore->add_option("--accept-loss", in->accept_loss,
                      "why an older copy is taken; the log tells it");

  CLI::App* catalog = app.add_subcommand("catalog", "read the catalogue at any revision");
  catalog->require_subcommand(1);
  CLI::App* diff =
      remote(add(catalog, "diff", "what differs between two revisions", &Commands::Diff));
  diff->add_option("old", in->old_revision, "catalogue revision")->required();
  diff->add_option("new", in->new_revision, "catalogue revision; default: now");
  CLI::App* show =
      remote(add(catalog, "show", "show the catalogue, a member or an offering", &Commands::Show));
  show->add_option("name", in->name, "members/… or members/…/offerings/…");
  show->add_option("--revision", in->revision, "catalogue revision; default: now");
  CLI::App* offerings =
      remote(add(catalog, "offerings", "list offerings", &Commands::ListOfferings));
  offerings->add_option("name", in->name, "members/…: only of this member");
  offerings->add_option("--need", in->need, "only those for this need");
  offerings->add_option("--revision", in->revision, "catalogue revision; default: now");

  CLI::App* coverage = remote(
      add(&app, "coverage", "for whom there is too little to choose from", &Commands::Coverage));
  coverage->add_option("--need", in->need, "only this need");
  coverage->add_option("--groups", in->groups, "independent groups that are enough")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  coverage->add_option("--revision", in->revision, "catalogue revision; default: now");
  coverage->add_option("--format", in->format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  coverage->add_flag("--gaps", in->gaps_only, "only gaps");

  CLI::App* treatment = app.add_subcommand("treatment", "equal treatment of submissions, measured");
  treatment->require_subcommand(1);
  CLI::App* cases = remote(
      add(treatment, "cases", "what became of each proposal, under pseudonyms", &Commands::Cases));
  cases->add_option("--key", in->key, "file with the auditor's key")->required();
  cases->add_option("--out", in->out, "file to write to; default: the screen");
}

}  // namespace aplomb::cli
