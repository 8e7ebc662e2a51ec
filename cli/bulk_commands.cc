#include "cli/bulk_commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "aplomb/catalog/v1/bulk_service.pb.h"
#include "aplomb/catalog/v1/insight_service.pb.h"
#include "aplomb/catalog/v1/proposal_service.pb.h"
#include "base/civil_day.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/reason.h"
#include "base/status.h"
#include "catalog/bulk/entry_list.h"
#include "catalog/bulk/price_csv.h"
#include "catalog/bulk/schema.h"
#include "catalog/import/importer.h"
#include "catalog/import/mapping.h"
#include "catalog/import/pricing2yaml.h"
#include "catalog/import/publiccode.h"
#include "catalog/import/selfhosted.h"
#include "catalog/proposals/diff.h"
#include "catalog/proposals/entry_file.h"
#include "catalog/proposals/vocabulary.h"
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/print_gains.h"
#include "cli/print_insight.h"
#include "cli/server_options.h"
#include "cli/subcommands.h"
#include "cli/texts.h"
#include "decision/rulebook_compiler.h"
#include "google/longrunning/operations.pb.h"
#include "service/bulk_service.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;
namespace lro = google::longrunning;

constexpr char kBulk[] = "/aplomb.catalog.v1.BulkService/";
constexpr char kProposals[] = "/aplomb.catalog.v1.ProposalService/";
constexpr char kInsight[] = "/aplomb.catalog.v1.InsightService/";
constexpr size_t kBatchBytesMax = size_t{900} << 10;  // a request has at most 1 MiB
constexpr int kBatchRowsMax = 256;
constexpr int32_t kPageSize = 1000;
constexpr size_t kEntryFileSizeMax = size_t{8} << 20;

struct Inputs {
  ServerOptions server;
  std::string share;
  std::string family;
  std::string message = "offering";
  std::string file;
  std::string format = "auto";
  std::string mapping;
  std::string read_on;
  std::string member;
  std::string import_id;
  std::string out;
  std::string name;
  int64_t revision = 0;
  bool submit = false;
  bool dry_run = false;
};

class Commands {
 public:
  Commands(const CommonOptions* common, std::shared_ptr<Inputs> in)
      : common_(common), in_(std::move(in)) {}

  int Template() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const decision::RulebookSource rules, Rules());
      const std::string asked =
          absl::AsciiStrToUpper(absl::StrReplaceAll(in_->family, {{"-", "_"}}));
      std::vector<const pb::Need*> needs;
      std::set<std::string> known;
      for (const pb::Need& need : rules.rulebook.needs()) {
        const std::string family(proposals::FamilyOfNeed(need.need_id()));
        known.insert(family);
        if (family == asked) needs.push_back(&need);
      }
      if (needs.empty()) {
        return ErrorOf(
            absl::StatusCode::kNotFound, "",
            absl::StrCat(asked, " : famille inconnue ; connues : ", absl::StrJoin(known, " ")),
            absl::StrCat(asked, ": unknown family; known: ", absl::StrJoin(known, " ")));
      }
      // The queue of an entry is that of its first need: the family's namesake where there is one.
      std::stable_partition(needs.begin(), needs.end(),
                            [&](const pb::Need* need) { return need->need_id() == asked; });
      std::cout << proposals::WriteTemplate(*needs[0], French());
      for (size_t i = 1; i < needs.size(); ++i) {
        const pb::Need& need = *needs[i];
        std::cout << "\n# " << Text("Autre besoin de la famille : ", "Another need of the family: ")
                  << need.need_id() << " (" << (French() ? need.title().fr() : need.title().en())
                  << ")"
                  << Text(" ; ajoutez-le à need_ids et ceci à features :",
                          "; add it to need_ids and this to features:")
                  << "\n#   " << need.need_id() << ":\n";
        for (const pb::Feature& feature : need.features()) {
          std::string definition = French() ? feature.definition().fr() : feature.definition().en();
          std::replace(definition.begin(), definition.end(), '\n', ' ');
          std::cout << "#     " << feature.feature_id() << ": FULL   # " << definition << "\n";
        }
      }
      return absl::OkStatus();
    });
  }

  int Schema() {
    std::cout << bulk::OfferingSchema();
    return kDone;
  }

  int Import() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(std::vector<pb::Offering> offerings, ReadAll());
      if (offerings.empty()) {
        return ErrorOf(absl::StatusCode::kInvalidArgument, "", "le fichier n'a aucune offre",
                       "the file has no entries");
      }
      std::string parent = in_->member.empty() ? "" : absl::StrCat("members/", in_->member);
      for (const pb::Offering& offering : offerings) {
        const std::string owner = offering.name().substr(0, offering.name().find("/offerings/"));
        if (parent.empty()) parent = owner;
        if (owner != parent) {
          return ErrorOf(absl::StatusCode::kInvalidArgument, "NOT_OF_MEMBER",
                         absl::StrCat(owner, " et ", parent, " : un import est d'un seul membre"),
                         absl::StrCat(owner, " and ", parent, ": an import is of one member"));
        }
      }
      std::cerr << offerings.size() << Text(" offres lues\n", " entries read\n");
      if (in_->dry_run) {
        std::cout << bulk::WriteEntries(offerings, bulk::EntryFormat::kJsonLines);
        return absl::OkStatus();
      }
      return Send(parent, offerings);
    });
  }

  int Export() {
    return Tell([this]() -> absl::Status {
      RETURN_IF_ERROR(CheckFormat({"auto", "yaml", "json", "jsonl", "csv"}));
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      ASSIGN_OR_RETURN(const std::vector<pb::Offering> offerings,
                       Download(*client, in_->member.empty() ? "-" : in_->member));
      std::string text;
      if (FormatOf(in_->out) == "csv") {
        text = bulk::WritePriceCsv(offerings);
      } else {
        ASSIGN_OR_RETURN(const bulk::EntryFormat format, EntryFormatOf(in_->out));
        text = bulk::WriteEntries(offerings, format);
      }
      if (in_->out.empty()) {
        std::cout << text;
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(WriteFile(in_->out, text));
      std::cout << offerings.size() << Text(" offres écrites\n", " entries written\n");
      return absl::OkStatus();
    });
  }

  int Rows() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      ASSIGN_OR_RETURN(const std::vector<pb::ImportRow> rows, ReadRows(*client, in_->name));
      for (const pb::ImportRow& row : rows) PrintRow(row);
      return absl::OkStatus();
    });
  }

  int Insight() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      pb::GetInsightRequest request;
      request.set_name(in_->name);
      pb::Insight insight;
      RETURN_IF_ERROR(client->Call(absl::StrCat(kInsight, "GetInsight"), request, &insight));
      if (common_->json) {
        std::cout << ToJson(insight, JsonForm::kPretty) << "\n";
        return absl::OkStatus();
      }
      PrintReadings(insight.readings(), common_->language, std::cout);
      PrintGaps(insight.ranking_gaps());
      PrintUnknown(insight.gains(), insight.readings(), common_->language, std::cout);
      PrintGains(insight.gains(), insight.readings(), common_->language, std::cout);
      PrintAppearances(insight.appearances());
      return absl::OkStatus();
    });
  }

  int Preview() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::string bytes, ReadFile(in_->file, kEntryFileSizeMax));
      base::Issues issues;
      pb::PreviewImpactRequest request;
      *request.mutable_offering() = proposals::ReadEntryFile(in_->file, bytes, &issues);
      if (!issues.empty()) return FileInvalid(issues);
      const std::string& name = request.offering().name();
      request.set_parent(name.substr(0, name.find("/offerings/")));
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      pb::EntryPreview preview;
      RETURN_IF_ERROR(client->Call(absl::StrCat(kInsight, "PreviewImpact"), request, &preview));
      if (common_->json) {
        std::cout << ToJson(preview, JsonForm::kPretty) << "\n";
        return absl::OkStatus();
      }
      for (const pb::Problem& problem : preview.problems()) {
        std::cout << problem.field() << ": "
                  << (French() ? problem.text().fr() : problem.text().en()) << "\n    -> "
                  << (French() ? problem.remedy().fr() : problem.remedy().en()) << "\n";
      }
      if (!preview.problems().empty()) {
        return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                       "l'offre ne peut pas être remise : ce qu'elle changerait n'est pas dit",
                       "the entry cannot be handed in: what it would change is not told");
      }
      PrintGaps(preview.ranking_gaps());
      PrintChanges(preview, common_->language, std::cout);
      google::protobuf::RepeatedPtrField<pb::Reading> readings;
      for (const pb::ReadingChange& change : preview.changes()) *readings.Add() = change.after();
      PrintUnknown(preview.gains(), readings, common_->language, std::cout);
      PrintGains(preview.gains(), readings, common_->language, std::cout);
      PrintDifferenceCount(preview, common_->language, std::cout);
      return absl::OkStatus();
    });
  }

 private:
  bool French() const { return common_->language == Language::kFrench; }
  std::string Text(absl::string_view fr, absl::string_view en) const {
    return std::string(Say(common_->language, fr, en));
  }
  int Tell(const std::function<absl::Status()>& command) { return End(*common_, command()); }

  // What became of it: a line for each need and quarter, and below it the figures.
  void PrintAppearances(const pb::Appearances& seen) const {
    const auto day = [](const google::type::Date& date) {
      return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
    };
    for (const pb::AppearanceTable& table : seen.tables()) {
      std::cout << table.need_id() << "  " << day(table.first_date()) << Text(" au ", " to ")
                << day(table.last_date());
      if (table.firm_count() > 0) {
        std::cout << Text(" : au moins ", ": at least ") << table.firm_count()
                  << Text(" entreprises", " firms");
      }
      std::cout << "\n";
      for (const pb::AppearanceCount& count : table.counts()) {
        std::cout << "  " << count.code() << "  " << count.count() << Text(" ou plus", " or more")
                  << "\n";
      }
      const std::string& why = French() ? table.withheld_text().fr() : table.withheld_text().en();
      if (!why.empty()) std::cout << "  (" << why << ")\n";
    }
    std::cout << Text("Des recommandations faites depuis le ", "Of recommendations made since ")
              << day(seen.open_since())
              << Text(" rien n'est dit avant la fin du trimestre.\n",
                      " nothing is told before the quarter is over.\n");
  }

  absl::StatusOr<decision::RulebookSource> Rules() {
    ASSIGN_OR_RETURN(const std::string share, FindShare(in_->share));
    return decision::ReadRulebook(share + "/catalog/rulebook");
  }

  static absl::Status FileInvalid(const base::Issues& issues) {
    return ErrorOfIssues("le fichier a des erreurs :", "the file has errors:", issues);
  }

  // By what was asked, else by the end of the file's name.
  absl::StatusOr<bulk::EntryFormat> EntryFormatOf(const std::string& path) const {
    if (in_->format == "yaml") return bulk::EntryFormat::kYaml;
    if (in_->format == "json") return bulk::EntryFormat::kJson;
    if (in_->format == "jsonl") return bulk::EntryFormat::kJsonLines;
    if (absl::EndsWith(path, ".jsonl")) return bulk::EntryFormat::kJsonLines;
    if (absl::EndsWith(path, ".json")) return bulk::EntryFormat::kJson;
    return bulk::EntryFormat::kYaml;
  }

  std::string FormatOf(const std::string& path) const {
    if (in_->format != "auto") return in_->format;
    if (absl::EndsWith(path, ".csv")) return "csv";
    if (absl::EndsWith(path, "publiccode.yml") || absl::EndsWith(path, "publiccode.yaml")) {
      return "publiccode";
    }
    return "entries";
  }

  // One of the formats that a command knows.
  absl::Status CheckFormat(std::vector<absl::string_view> known) const {
    if (std::find(known.begin(), known.end(), in_->format) != known.end()) return absl::OkStatus();
    return ErrorOf(
        absl::StatusCode::kInvalidArgument, "",
        absl::StrCat(in_->format, " : format inconnu ; connus : ", absl::StrJoin(known, " ")),
        absl::StrCat(in_->format, ": unknown format; known: ", absl::StrJoin(known, " ")));
  }

  absl::StatusOr<std::vector<pb::Offering>> ReadAll() {
    RETURN_IF_ERROR(CheckFormat(
        {"auto", "yaml", "json", "jsonl", "csv", "publiccode", "pricing2yaml", "selfhosted"}));
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(in_->file, bulk::kListSizeMax));
    base::Issues issues;
    const std::string format = FormatOf(in_->file);
    std::vector<pb::Offering> offerings;
    if (format == "csv") {
      if (in_->member.empty()) {
        return ErrorOf(absl::StatusCode::kInvalidArgument, "", "une liste de prix demande --member",
                       "a price list needs --member");
      }
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
      ASSIGN_OR_RETURN(const std::vector<pb::Offering> published, Download(*client, in_->member));
      offerings = bulk::ApplyPriceCsv(in_->file, bytes, published, &issues);
    } else if (format == "publiccode" || format == "pricing2yaml" || format == "selfhosted") {
      ASSIGN_OR_RETURN(offerings, ReadForeign(format, bytes, issues));
    } else {
      ASSIGN_OR_RETURN(const bulk::EntryFormat form, EntryFormatOf(in_->file));
      offerings = bulk::ReadEntries(in_->file, bytes, form, &issues);
    }
    if (!issues.empty()) return FileInvalid(issues);
    return offerings;
  }

  // Entries of others' formats become this member's: under its name, ids kept where they are free.
  absl::StatusOr<std::vector<pb::Offering>> ReadForeign(const std::string& format,
                                                        const std::string& bytes,
                                                        base::Issues& issues) {
    if (in_->member.empty()) {
      return ErrorOf(absl::StatusCode::kInvalidArgument, "", "ce format demande --member",
                     "this format needs --member");
    }
    ASSIGN_OR_RETURN(const decision::RulebookSource rules, Rules());
    ASSIGN_OR_RETURN(const std::string share, FindShare(in_->share));
    const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(rules.rulebook);
    catalog::ImportContext context(base::SystemRandom::Get(), &vocabulary);
    // Of what a list says today nobody knows: the day of the list is to be told.
    base::DayNumber read_on = 0;
    if (format != "pricing2yaml") {
      const absl::StatusOr<base::DayNumber> day = base::ParseDay(in_->read_on);
      if (!day.ok() || *day > base::ParisDay(base::SystemClock::Get()->Now())) {
        return ErrorOf(absl::StatusCode::kInvalidArgument, "",
                       "ce format demande --read-on AAAA-MM-JJ, le jour où ces données ont été "
                       "relevées",
                       "this format needs --read-on YYYY-MM-DD, the day on which this data was "
                       "collected");
      }
      read_on = *day;
    }
    catalog::ImportReport report;
    if (format == "publiccode") {
      catalog::CategoryNeeds categories;
      for (const pb::Need& need : rules.rulebook.needs()) {
        for (const std::string& category : need.publiccode_categories()) {
          categories[category].push_back(need.need_id());
        }
      }
      report = catalog::ImportPublicCode(in_->file, bytes, categories, read_on, &context, &issues);
    } else {
      const bool saas = format == "pricing2yaml";
      const std::string path = in_->mapping.empty()
                                   ? absl::StrCat(share, "/catalog/import/mappings/",
                                                  saas ? "saas.yaml" : "selfhosted.yaml")
                                   : in_->mapping;
      ASSIGN_OR_RETURN(const std::string mapping_bytes, ReadFile(path));
      catalog::Mapping mapping;
      catalog::ReadMapping(path, mapping_bytes, &mapping, &issues);
      report =
          saas ? catalog::ImportPricing2Yaml(in_->file, bytes, mapping, &context, &issues)
               : catalog::ImportSelfHosted(in_->file, bytes, mapping, read_on, &context, &issues);
    }
    std::cerr << report.ToSummary(French() ? "fr" : "en");
    std::set<std::string> taken;
    std::vector<pb::Offering> offerings = context.offerings();
    for (pb::Offering& offering : offerings) {
      const std::string id = offering.name().substr(offering.name().rfind('/') + 1);
      std::string free = id;
      for (int number = 2; !taken.insert(free).second; ++number) {
        free = absl::StrCat(id.substr(0, 50), "-", number);
      }
      offering.set_name(absl::StrCat("members/", in_->member, "/offerings/", free));
      offering.clear_uid();
    }
    return offerings;
  }

  absl::Status Send(const std::string& parent, const std::vector<pb::Offering>& offerings) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect(*common_, in_->server));
    std::string id = in_->import_id;
    if (id.empty()) {
      // Of the contents: sending the same file again goes on where it stopped.
      base::Sha256Hasher hasher;
      for (const pb::Offering& offering : offerings) hasher.Update(offering.SerializeAsString());
      id = absl::StrCat("f-", base::HexEncode(hasher.Finish()).substr(0, 16));
    }
    const std::string given = id;
    // A row that failed is tried again in a run of its own: ID, ID-2, ID-3, …
    std::vector<size_t> sent(offerings.size());
    for (size_t i = 0; i < sent.size(); ++i) sent[i] = i;
    pb::ImportMetadata told;
    std::vector<pb::ImportRow> shown;  // with what is wrong
    int64_t rest = 0;                  // not handed in, though that was asked for
    int64_t earlier = 0;               // unchanged: handed in already by an earlier command
    std::string name;
    bool began_now = false;
    for (int run = 1; !sent.empty() && !began_now; ++run) {
      if (run > 1) id = absl::StrCat(given, "-", run);
      name = absl::StrCat("operations/import.", parent.substr(sizeof("members/") - 1), ".", id);
      std::vector<pb::Offering> batch;
      for (const size_t i : sent) batch.push_back(offerings[i]);
      pb::ImportMetadata before;
      pb::ImportMetadata progress;
      ASSIGN_OR_RETURN(began_now, SendRun(*client, parent, id, name, batch, before, progress));
      told.set_proposal_count(told.proposal_count() + progress.proposal_count());
      told.set_submitted_count(told.submitted_count() + progress.submitted_count());
      told.set_unchanged_count(told.unchanged_count() + progress.unchanged_count());
      // What was sent already stands as it was left: what came of it since is looked at.
      std::vector<size_t> again;
      std::vector<pb::ImportRow> wrong;
      ASSIGN_OR_RETURN(std::vector<pb::ImportRow> rows, ReadRows(*client, name));
      for (pb::ImportRow& row : rows) {
        const auto place = static_cast<size_t>(row.row());
        if (place >= batch.size()) return OtherFile(name, row.row());
        row.set_row(static_cast<int32_t>(sent[place]));
        if (row.outcome() == pb::ImportRow::UNCHANGED && !row.proposal().empty()) ++earlier;
        if (row.outcome() == pb::ImportRow::FAILED) again.push_back(sent[place]);
        if (row.outcome() == pb::ImportRow::DRAFTED && in_->submit) {
          if (static_cast<int32_t>(place) < before.row_count()) {
            RETURN_IF_ERROR(HandInLater(*client, batch[place], row));
          }
          if (row.outcome() == pb::ImportRow::SUBMITTED) {
            told.set_submitted_count(told.submitted_count() + 1);
          } else {
            ++rest;
          }
        }
        if (!row.reason().empty()) wrong.push_back(std::move(row));
      }
      // Cancelled: the rows that were never looked at.
      for (size_t i = rows.size(); i < batch.size(); ++i) again.push_back(sent[i]);
      for (pb::ImportRow& row : wrong) {
        // What failed before is sent again below; what becomes of that is told.
        if (row.outcome() != pb::ImportRow::FAILED || began_now) shown.push_back(std::move(row));
      }
      sent = std::move(again);
    }
    told.set_parent(parent);
    told.set_row_count(static_cast<int32_t>(offerings.size()));
    told.set_total_row_count(static_cast<int32_t>(offerings.size()));
    told.set_failed_count(static_cast<int32_t>(sent.size()));
    if (common_->json) {
      std::cout << ToJson(told, JsonForm::kLine) << "\n";
    } else {
      std::cout << name << "\n"
                << told.row_count() << Text(" lignes : ", " rows: ") << told.proposal_count()
                << Text(" propositions, dont ", " proposals, of them ") << told.submitted_count()
                << Text(" remises ; ", " handed in; ") << told.unchanged_count()
                << Text(" inchangées", " unchanged");
      if (earlier > 0) {
        std::cout << Text(" (dont déjà remises : ", " (of them already handed in: ") << earlier
                  << ")";
      }
      std::cout << ", " << told.failed_count() << Text(" refusées\n", " failed\n");
    }
    std::sort(shown.begin(), shown.end(),
              [](const pb::ImportRow& a, const pb::ImportRow& b) { return a.row() < b.row(); });
    for (const pb::ImportRow& row : shown) PrintRow(row);
    if (sent.empty() && rest == 0) return absl::OkStatus();
    return ErrorOf(
        absl::StatusCode::kInvalidArgument, "",
        absl::StrCat(sent.size(), " lignes refusées, ", rest,
                     " non remises : corrigez ce qui est dit, puis relancez la même commande"),
        absl::StrCat(sent.size(), " rows failed, ", rest,
                     " not handed in: mend what is told, then run the same command again"));
  }

  // Sends what the server does not have yet of one run; `before`: how far it was. True where the
  // server did not know the run.
  absl::StatusOr<bool> SendRun(Client& client, const std::string& parent, const std::string& id,
                               const std::string& name, const std::vector<pb::Offering>& offerings,
                               pb::ImportMetadata& before, pb::ImportMetadata& progress) {
    lro::Operation operation;
    lro::GetOperationRequest get;
    get.set_name(name);
    const absl::Status found =
        client.Call("/google.longrunning.Operations/GetOperation", get, &operation);
    if (found.ok()) {
      operation.metadata().UnpackTo(&progress);
      before = progress;
      RETURN_IF_ERROR(CheckSameFile(client, name, progress, offerings));
      std::cerr << name
                << (operation.done() ? Text(" : déjà lu, lignes : ", ": read already, rows: ")
                                     : Text(" : reprise à la ligne ", ": going on at row "))
                << progress.row_count() << "\n";
    }
    size_t next = static_cast<size_t>(progress.row_count());
    while (!operation.done()) {
      pb::ImportProposalsRequest request;
      request.set_parent(parent);
      request.set_import_id(id);
      request.set_first_row(static_cast<int32_t>(next));
      request.set_submit(in_->submit);
      request.set_total_row_count(static_cast<int32_t>(offerings.size()));
      auto& batch = *request.mutable_inline_source();
      size_t bytes = 0;
      while (next < offerings.size() && batch.offerings_size() < kBatchRowsMax) {
        bytes += offerings[next].ByteSizeLong() + 16;
        if (bytes > kBatchBytesMax && batch.offerings_size() > 0) break;
        *batch.add_offerings() = offerings[next++];
      }
      request.set_last(next == offerings.size());
      RETURN_IF_ERROR(client.Call(absl::StrCat(kBulk, "ImportProposals"), request, &operation));
      operation.metadata().UnpackTo(&progress);
      std::cerr << "\r" << progress.row_count() << " / " << offerings.size() << std::flush;
    }
    std::cerr << "\n";
    return !found.ok();
  }

  static absl::Status OtherFile(const std::string& name, int64_t row) {
    return ErrorOf(
        absl::StatusCode::kInvalidArgument, "",
        absl::StrCat(name, " a commencé avec un autre fichier (ligne ", row,
                     ") : rien n'a été lu de celui-ci ; donnez un autre --import-id, ou aucun"),
        absl::StrCat(name, " began with another file (row ", row,
                     "): nothing of this one was read; give another --import-id, or none"));
  }

  // An id that was chosen can come with another file: what the server has must be these rows.
  absl::Status CheckSameFile(Client& client, const std::string& name,
                             const pb::ImportMetadata& progress,
                             const std::vector<pb::Offering>& offerings) {
    const auto count = static_cast<int64_t>(offerings.size());
    if (progress.row_count() > count ||
        (progress.total_row_count() > 0 && progress.total_row_count() != count)) {
      return OtherFile(name, std::min<int64_t>(progress.total_row_count(), count));
    }
    ASSIGN_OR_RETURN(const std::vector<pb::ImportRow> rows, ReadRows(client, name));
    for (const pb::ImportRow& row : rows) {
      const pb::Offering& mine = offerings[static_cast<size_t>(row.row())];
      if (row.offering() != mine.name() ||
          (!row.row_sha256().empty() && row.row_sha256() != service::RowDigest(mine))) {
        return OtherFile(name, row.row());
      }
    }
    return absl::OkStatus();
  }

  static bool IsSame(const pb::Offering& stored, pb::Offering mine) {
    if (mine.uid().empty()) mine.set_uid(stored.uid());
    return proposals::IsSameEntry(stored, mine);
  }

  static absl::StatusOr<pb::Proposal> GetProposal(Client& client, const std::string& name) {
    pb::GetProposalRequest request;
    request.set_name(name);
    pb::Proposal proposal;
    RETURN_IF_ERROR(client.Call(absl::StrCat(kProposals, "GetProposal"), request, &proposal));
    return proposal;
  }

  // A row that an earlier command left as a draft: handed in now, where it still says the same.
  absl::Status HandInLater(Client& client, const pb::Offering& offering, pb::ImportRow& row) {
    ASSIGN_OR_RETURN(pb::Proposal proposal, GetProposal(client, row.proposal()));
    if (proposal.state() != pb::Proposal::DRAFT && proposal.state() != pb::Proposal::WITHDRAWN) {
      row.set_outcome(pb::ImportRow::SUBMITTED);
      row.clear_reason();
      return absl::OkStatus();
    }
    absl::Status status;
    if (!IsSame(proposal.offering(), offering)) {
      status = ErrorOf(absl::StatusCode::kFailedPrecondition, "ETAG_MISMATCH",
                       "le brouillon a été changé depuis : remettez-le lui-même",
                       "the draft was changed since: hand it in by itself");
    } else {
      pb::SubmitProposalRequest submit;
      submit.set_name(proposal.name());
      submit.set_etag(proposal.etag());
      status = client.Call(absl::StrCat(kProposals, "SubmitProposal"), submit, &proposal);
    }
    if (status.ok()) {
      row.set_outcome(pb::ImportRow::SUBMITTED);
      row.clear_reason();
      return absl::OkStatus();
    }
    const std::string reason = base::ReasonOf(status);
    if (reason.empty() || absl::IsUnavailable(status) || absl::IsPermissionDenied(status)) {
      return status;
    }
    // Of problems of the entry the row has the first already.
    if (reason != "BAD_REQUEST" || row.reason().empty()) {
      row.clear_field();
      row.set_reason(reason);
      row.set_text_en(TextOf(status, Language::kEnglish));
      row.set_text_fr(TextOf(status, Language::kFrench));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<pb::ImportRow>> ReadRows(Client& client, const std::string& name) {
    pb::ListImportRowsRequest request;
    request.set_parent(name);
    request.set_page_size(kPageSize);
    std::vector<pb::ImportRow> rows;
    do {
      pb::ListImportRowsResponse page;
      RETURN_IF_ERROR(client.Call(absl::StrCat(kBulk, "ListImportRows"), request, &page));
      for (pb::ImportRow& row : *page.mutable_rows()) rows.push_back(std::move(row));
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return rows;
  }

  void PrintRow(const pb::ImportRow& row) {
    if (common_->json) {
      std::cout << ToJson(row, JsonForm::kLine) << "\n";
      return;
    }
    std::cout << row.row() << "  " << pb::ImportRow::Outcome_Name(row.outcome()) << "  "
              << row.offering();
    if (row.outcome() == pb::ImportRow::UNCHANGED && !row.proposal().empty()) {
      std::cout << Text("  inchangée : déjà remise, ", "  unchanged: already handed in, ")
                << row.proposal();
    }
    if (!row.reason().empty()) {
      std::cout << "  " << row.field() << " " << row.reason() << ": "
                << (French() ? row.text_fr() : row.text_en());
      if (row.problem_count() > 1) {
        std::cout << Text(" (problèmes : ", " (problems: ") << row.problem_count() << ")";
      }
    }
    std::cout << "\n";
  }

  absl::StatusOr<std::vector<pb::Offering>> Download(Client& client, const std::string& member) {
    pb::ExportOfferingsRequest begin;
    begin.set_parent(absl::StrCat("members/", member));
    begin.set_catalog_revision(in_->revision);
    lro::Operation operation;
    RETURN_IF_ERROR(client.Call(absl::StrCat(kBulk, "ExportOfferings"), begin, &operation));
    pb::ExportResult result;
    operation.response().UnpackTo(&result);
    pb::ListExportedOfferingsRequest request;
    request.set_parent(operation.name());
    request.set_page_size(kPageSize);
    std::vector<pb::Offering> offerings;
    do {
      pb::ListExportedOfferingsResponse page;
      RETURN_IF_ERROR(client.Call(absl::StrCat(kBulk, "ListExportedOfferings"), request, &page));
      for (pb::Offering& offering : *page.mutable_offerings()) {
        offerings.push_back(std::move(offering));
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    if (offerings.size() != static_cast<size_t>(result.offering_count())) {
      return absl::DataLossError(absl::StrCat("the export has ", result.offering_count(),
                                              " entries, but ", offerings.size(), " came"));
    }
    return offerings;
  }

  void PrintGaps(const google::protobuf::RepeatedPtrField<pb::RankingGap>& gaps) {
    for (const pb::RankingGap& gap : gaps) {
      std::cout << gap.need_id()
                << Text(" : sans ce fait, pas de classement : ", ": not ranked without this fact: ")
                << absl::StrJoin(gap.fields(), ", ") << "\n";
    }
  }

  const CommonOptions* const common_;
  const std::shared_ptr<Inputs> in_;
};

}  // namespace

void AddBulkCommands(CLI::App& app, const CommonOptions& common, const RunCommand& run) {
  // Kept by the callbacks, which the command line keeps.
  const auto in = std::make_shared<Inputs>();
  const auto commands = std::make_shared<Commands>(&common, in);
  const CommandAdder add(commands, run);
  const auto remote = [in](CLI::App* command) {
    AddServerOptions(*command, in->server);
    return command;
  };

  CLI::App* sheet =
      add(&app, "template", "print an entry to fill in, for a family", &Commands::Template);
  sheet->add_option("family", in->family, "family, e.g. ECOMMERCE")->required();
  sheet->add_option("--share", in->share, "folder that holds catalog/");
  CLI::App* schema = add(&app, "schema", "print the JSON Schema of an entry", &Commands::Schema);
  schema->add_option("message", in->message, "what: offering")
      ->check(CLI::IsMember({"offering"}))
      ->capture_default_str();

  CLI::App* bulk = app.add_subcommand("bulk", "many entries at once");
  bulk->require_subcommand(1);
  CLI::App* import = remote(add(bulk, "import", "make proposals from a file", &Commands::Import));
  import->add_option("file", in->file, "file")->required();
  import->add_option("--format", in->format, "format of the file; auto: by its name")
      ->capture_default_str();
  import->add_option("--member", in->member, "id of the member");
  import->add_option("--mapping", in->mapping, "mapping of a foreign format");
  import->add_option("--read-on", in->read_on,
                     "day of the list or files, YYYY-MM-DD (selfhosted, publiccode)");
  import->add_option("--import-id", in->import_id, "id to go on with; default: of the contents");
  import->add_flag("--submit", in->submit, "hand in what nothing is wrong with");
  import->add_flag("--dry-run", in->dry_run, "read, and print entries as JSON lines");
  import->add_option("--share", in->share, "folder that holds catalog/");
  CLI::App* exported =
      remote(add(bulk, "export", "write published entries to a file", &Commands::Export));
  exported->add_option("--member", in->member, "id of the member; default: all");
  exported->add_option("--format", in->format, "format of the file; auto: by its name")
      ->capture_default_str();
  exported->add_option("--out", in->out, "file to write to; default: the screen");
  exported->add_option("--revision", in->revision, "catalogue revision; default: now");
  CLI::App* rows = remote(add(bulk, "rows", "what became of each row", &Commands::Rows));
  rows->add_option("name", in->name, "operations/import.…")->required();

  CLI::App* insight = app.add_subcommand("insight", "how your own offerings are read");
  insight->require_subcommand(1);
  CLI::App* show =
      remote(add(insight, "show", "how an offering is read and came up", &Commands::Insight));
  show->add_option("name", in->name, "members/…/offerings/…")->required();
  CLI::App* preview =
      remote(add(insight, "preview", "what an entry would change", &Commands::Preview));
  preview->add_option("file", in->file, "entry (YAML or JSON)")->required();
}

}  // namespace aplomb::cli
