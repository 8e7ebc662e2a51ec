#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/address.h"
#include "cli/bulk_commands.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/exit_codes.h"
#include "cli/keeping_commands.h"
#include "cli/log_commands.h"
#include "cli/operation_commands.h"
#include "cli/proposal_commands.h"
#include "cli/rulebook_commands.h"
#include "cli/rulebook_release.h"
#include "cli/server_options.h"
#include "cli/texts.h"
#include "cli/unknown_command.h"

namespace aplomb::cli {

// What options are read into; one of it serves all commands, since one command runs.
struct CommandLine::Inputs {
  CommonOptions common;
  std::string language;
  ServeOptions serve;
  ImportOptions import;
  TokenOptions token;
  FsckCommandOptions fsck;
  ReplayCommandOptions replay;
  bool replay_all = false;
  EraseCommandOptions erase;
  RecommendOptions recommend;
  ServerOptions server;
  std::string name;
  int explained = 2;
  std::string need;
  NeutralityOptions neutrality;
  LogExportOptions log_export;
  LogTailOptions log_tail;
  LogShowOptions log_show;
  LogRotateKeyOptions rotate_key;
  ReceiptRefreshOptions receipt_refresh;
  ReceiptVerifyOptions receipt;
  WitnessOptions witness;
  ExplainOptions explain;
  bool html = false;
  std::string out;
  std::string old_directory;
  std::string new_directory;
  std::string shell;
};

namespace {

using Inputs = CommandLine::Inputs;

// An address to listen on. What it says when it is not one stands in kUsageErrors.
CLI::Validator HostPort() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        return ParseHostPort(text).ok() ? "" : absl::StrCat(text, " is not HOST:PORT");
      },
      "HOST:PORT");
}

// A data directory: serve it, fill it, let callers in.
void AddServe(CLI::App& app, Inputs* in, const RunCommand& run) {
  CLI::App* serve_command = app.add_subcommand("serve", "serve a data directory over gRPC");
  serve_command->add_option("--data", in->serve.data, "data directory")->required();
  serve_command->add_option("--grpc", in->serve.grpc, "address to listen on")
      ->check(HostPort())
      ->capture_default_str();
  serve_command
      ->add_option("--http", in->serve.http,
                   "address that serves the log's files over HTTP (default none)")
      ->check(HostPort());
  serve_command->add_option("--tokens", in->serve.tokens, "file of callers (default DATA/tokens)");
  serve_command->add_option("--tls-cert", in->serve.tls_cert, "PEM certificate chain");
  serve_command->add_option("--tls-key", in->serve.tls_key, "PEM private key");
  serve_command->add_option("--witnesses", in->serve.witnesses,
                            "policy file whose witnesses cosign the log");
  serve_command->add_flag("--require-witnesses", in->serve.require_witnesses,
                          "answer only once the policy's quorum has cosigned");
  serve_command->add_option("--origin", in->serve.origin,
                            "name of the log that --sample begins, e.g. example.org/aplomb");
  serve_command->add_option("--high-water", in->serve.high_water,
                            "file for the newest signed checkpoint, best on another disk");
  serve_command->add_flag("--sample", in->serve.sample,
                          "fill an empty directory with the made-up sample catalogue");
  serve_command->add_option("--share", in->serve.share, "folder that holds catalog/");
  serve_command->callback(run([in] { return Serve(in->common, in->serve); }));

  CLI::App* import_command =
      app.add_subcommand("import", "fill a data directory; make proposals where it is filled");
  import_command->add_option("--data", in->import.data, "data directory; no server may be using it")
      ->required();
  import_command->add_option("--catalog", in->import.catalog, "folder in the project's own format");
  import_command->add_option("--rulebook", in->import.rulebook, "folder of the rulebook");
  import_command->add_option("--pricing2yaml", in->import.pricing2yaml,
                             "Pricing2Yaml: file or list");
  import_command->add_option("--selfhosted", in->import.selfhosted, "list of self-hosted software");
  import_command->add_option("--publiccode", in->import.publiccode,
                             "publiccode.yml, or a folder of them");
  import_command->add_option("--two-factor", in->import.two_factor,
                             "list of second factors by domain");
  import_command->add_option("--saas-mapping", in->import.saas_mapping,
                             "reviewer's mapping of products");
  import_command->add_option("--selfhosted-mapping", in->import.selfhosted_mapping,
                             "reviewer's mapping of categories");
  import_command->add_option("--rates", in->import.rates, "exchange_rates.yaml");
  import_command->add_option("--read-on", in->import.read_on,
                             "day of the list or files, YYYY-MM-DD (selfhosted, publiccode)");
  import_command->add_option("--prices-read-on", in->import.prices_read_on,
                             "day on which a reviewer has read all prices again, YYYY-MM-DD");
  import_command->add_option("--prices-read-by", in->import.prices_read_by,
                             "who has read the prices again");
  import_command->add_flag("--all", in->import.all, "print every record, not a summary");
  import_command->add_option("--report", in->import.report,
                             "write the report as JSON to this file");
  import_command->add_option("--origin", in->import.origin,
                             "name of the log that is begun, e.g. example.org/aplomb");
  import_command->add_flag("--dry-run", in->import.dry_run, "read and check, write nothing");
  import_command->add_flag("--submit", in->import.submit,
                           "hand in what nothing is wrong with, where it becomes proposals");
  import_command->add_option("--share", in->import.share, "folder that holds catalog/");
  import_command->callback(run([in] { return Import(in->common, in->import); }));

  CLI::App* token_command = app.add_subcommand("token", "draw a bearer token for a caller");
  token_command->add_option("--data", in->token.data, "data directory")->required();
  token_command
      ->add_option("--role", in->token.role, "ADVISOR, MEMBER, REVIEWER, OPERATOR, AUDITOR")
      ->required();
  token_command->add_option("--subject", in->token.subject, "who; of a member, its id")->required();
  token_command->callback(run([in] { return Token(in->common, in->token); }));
}

// The log of a stopped server.
void AddStoreCommands(CLI::App& app, Inputs* in, const RunCommand& run) {
  CLI::App* fsck_command =
      app.add_subcommand("fsck", "look through the log of a stopped server for damage");
  fsck_command->add_option("--data", in->fsck.data, "data directory")->required();
  fsck_command->add_option("--high-water", in->fsck.high_water, "file of the newest checkpoint");
  fsck_command->add_option("--policy", in->fsck.policy,
                           "policy file whose witnesses' cosignatures are verified");
  fsck_command->add_flag("--rebuild", in->fsck.rebuild,
                         "also project the whole log anew and compare every byte");
  fsck_command->callback(run([in] { return Fsck(in->common, in->fsck); }));

  CLI::App* replay_command =
      app.add_subcommand("replay", "make logged decisions again and compare them");
  replay_command->add_option("--data", in->replay.data, "data directory of a stopped server")
      ->required();
  CLI::Option* replay_index =
      replay_command->add_option("--index", in->replay.index, "this log entry only")
          ->check(CLI::NonNegativeNumber);
  replay_command->add_flag("--all", in->replay_all, "all of them (the default)")
      ->excludes(replay_index);
  replay_command->add_option("--threads", in->replay.threads, "at the same time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  replay_command->callback(run([in] { return Replay(in->common, in->replay); }));

  CLI::App* erase_command =
      app.add_subcommand("erase", "erase what an engagement holds of the firm, for good");
  erase_command->add_option("--data", in->erase.data, "data directory of a stopped server")
      ->required();
  erase_command->add_option("--engagement", in->erase.engagement, "its id")->required();
  erase_command
      ->add_option("--ground", in->erase.ground,
                   "1 the firm asked, 2 the time of keeping is over, 3 an authority")
      ->check(CLI::Range(1, 3))
      ->capture_default_str();
  erase_command
      ->add_option("--tier", in->erase.tier,
                   "what the firm told, what is kept for auditors, or both")
      ->check(CLI::IsMember({"firm", "auditors", "all"}))
      ->capture_default_str();
  erase_command->add_option("--high-water", in->erase.high_water,
                            "file of the newest signed checkpoint, as the server has it");
  erase_command->callback(run([in] { return Erase(in->common, in->erase); }));
}

// Recommendations and their explanations.
void AddRecommend(CLI::App& app, Inputs* in, const RunCommand& run) {
  CLI::App* recommend_command = app.add_subcommand("recommend", "ask for a recommendation");
  recommend_command
      ->add_option("--profile", in->recommend.profile, "file with the firm and its needs")
      ->required();
  recommend_command->add_option("--need", in->recommend.needs,
                                "needs, instead of those of the file");
  recommend_command->add_option("--engagement", in->recommend.engagement,
                                "continue this engagement");
  recommend_command->add_flag("--preview", in->recommend.preview, "a trial run, logged as such");
  recommend_command->add_option("--as-of", in->recommend.as_of, "day asked about, YYYY-MM-DD");
  recommend_command->add_option("--catalog-revision", in->recommend.catalog_revision,
                                "ask at a past revision");
  recommend_command->add_option("--rulebook-revision", in->recommend.rulebook_revision,
                                "ask by past rules, rulebooks/…/revisions/…");
  recommend_command
      ->add_option("--explain", in->recommend.explained, "offerings per list to explain")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  recommend_command->add_option("--receipt", in->recommend.receipt,
                                "write the receipt to this file");
  AddServerOptions(*recommend_command, in->recommend.server);
  recommend_command->callback(run([in] { return Recommend(in->common, in->recommend); }));

  CLI::App* show_command = app.add_subcommand("show", "print a recommendation again");
  show_command->add_option("name", in->name, "engagements/…/recommendations/…")->required();
  show_command->add_option("--explain", in->explained, "offerings per list to explain")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  AddServerOptions(*show_command, in->server);
  show_command->callback(
      run([in] { return ShowRecommendation(in->common, in->server, in->name, in->explained); }));

  CLI::App* explain_command = app.add_subcommand("explain", "explain a recommendation");
  explain_command->require_subcommand(1);
  using Kind = ExplainOptions::Kind;
  const auto add_explanation = [&](Kind kind, const char* word, const char* text) {
    CLI::App* command = explain_command->add_subcommand(word, text);
    command->add_option("name", in->explain.name, "engagements/…/recommendations/…")->required();
    const bool two = kind == Kind::kCompare;
    if (two || kind == Kind::kWhyNot || kind == Kind::kWhatIf) {
      command->add_option("offering", in->explain.offering, "members/…/offerings/…")->required();
    }
    if (two) command->add_option("other", in->explain.other, "the other offering")->required();
    if (kind != Kind::kPlan) {
      command->add_option("--need", in->explain.need, "only this need of the recommendation");
    }
    if (kind == Kind::kWhatIf) {
      command->add_option("--goal", in->explain.goal, "what the offering is to reach")
          ->check(CLI::IsMember({"first", "top3"}))
          ->capture_default_str();
      command->add_option("--side", in->explain.side, "who is to change something")
          ->check(CLI::IsMember({"offering", "firm", "weights"}))
          ->capture_default_str();
    }
    AddServerOptions(*command, in->explain.server);
    command->callback(run([in, kind] {
      in->explain.kind = kind;
      return Explain(in->common, in->explain);
    }));
  };
  add_explanation(Kind::kWhyNot, "why-not", "why an offering stands where it stands");
  add_explanation(Kind::kCompare, "compare", "two offerings side by side");
  add_explanation(Kind::kWhatIf, "what-if", "the fewest changes that would bring it forward");
  add_explanation(Kind::kStability, "stability", "how sure the result is of its weights");
  add_explanation(Kind::kUnknowns, "unknowns", "what is not known, and what to ask next");
  add_explanation(Kind::kRepair, "repair", "what to give up where nothing qualifies");
  add_explanation(Kind::kPlan, "plan", "the path: duties of law, steps, bundles");

  CLI::App* notice_command = app.add_subcommand("notice", "how offerings are ranked");
  notice_command->add_option("name", in->name,
                             "rulebooks/…/revisions/…; default: the one in force");
  notice_command->add_flag("--html", in->html, "print the whole HTML document");
  AddServerOptions(*notice_command, in->server);
  notice_command->callback(
      run([in] { return Notice(in->common, in->server, in->name, in->html); }));

  CLI::App* report_command = app.add_subcommand("report", "the owner's report");
  report_command->add_option("name", in->name, "engagements/…/recommendations/…")->required();
  report_command->add_option("--out", in->out,
                             "FILE.html or FILE.pdf; default: HTML to the screen");
  AddServerOptions(*report_command, in->server);
  report_command->callback(run([in] { return Report(in->common, in->server, in->name, in->out); }));
}

// What the catalogue holds.
void AddCatalogCommands(CLI::App& app, Inputs* in, const RunCommand& run) {
  CLI::App* members_command = app.add_subcommand("members", "list the members");
  AddServerOptions(*members_command, in->server);
  members_command->callback(run([in] { return Members(in->common, in->server); }));

  CLI::App* offerings_command = app.add_subcommand("offerings", "list offerings, or show one");
  offerings_command->add_option("name", in->name, "members/…/offerings/…: show this one");
  offerings_command->add_option("--need", in->need, "only those for this need");
  AddServerOptions(*offerings_command, in->server);
  offerings_command->callback(
      run([in] { return Offerings(in->common, in->server, in->need, in->name); }));

  CLI::App* needs_command = app.add_subcommand("needs", "list the needs, or show one");
  needs_command->add_option("need", in->need, "id of a need: show this one");
  AddServerOptions(*needs_command, in->server);
  needs_command->callback(run([in] { return Needs(in->common, in->server, in->need); }));

  CLI::App* rulebook_command = app.add_subcommand("rulebook", "check or show the rules");
  rulebook_command->require_subcommand(1);
  AddRulebookCommands(*rulebook_command, in->common, run);
  CLI::App* rules_command = rulebook_command->add_subcommand("show", "print the rules in force");
  rules_command->add_option("name", in->name, "rulebooks/…/revisions/…");
  AddServerOptions(*rules_command, in->server);
  rules_command->callback(run([in] { return RulebookShow(in->common, in->server, in->name); }));

  CLI::App* impact_command = rulebook_command->add_subcommand(
      "impact", "what another rulebook would do to the answers of reference firms");
  impact_command->add_option("old", in->old_directory, "folder of the rulebook in force")
      ->required();
  impact_command->add_option("new", in->new_directory, "folder of the other one")->required();
  impact_command->add_option("--catalog", in->neutrality.catalog, "folder of a catalogue");
  impact_command->add_option("--profiles", in->neutrality.profiles, "folder of profiles (*.yaml)");
  impact_command->add_option("--as-of", in->neutrality.as_of, "day, YYYY-MM-DD (default today)");
  impact_command->add_option("--share", in->neutrality.share, "folder that holds catalog/");
  impact_command->callback(run([in] {
    return RulebookImpact(in->common, in->old_directory, in->new_directory, in->neutrality);
  }));
}

// Neutrality, proved by execution.
void AddNeutrality(CLI::App& app, Inputs* in, const RunCommand& run) {
  CLI::App* neutrality_command =
      app.add_subcommand("neutrality", "prove that no name, fee or place has a part in a result");
  neutrality_command->require_subcommand(1);
  const auto add_neutrality_options = [&](CLI::App& command) {
    CLI::Option* sample =
        command.add_flag("--sample", in->neutrality.sample, "the made-up sample catalogue");
    command.add_option("--data", in->neutrality.data, "data directory that no server has open")
        ->excludes(sample);
    command.add_option("--catalog", in->neutrality.catalog, "folder of a catalogue")
        ->excludes(sample);
    command.add_option("--rulebook", in->neutrality.rulebook, "folder of the rulebook");
    command.add_option("--profiles", in->neutrality.profiles, "folder of profiles (*.yaml)");
    command.add_option("--ledger", in->neutrality.ledger, "file of yearly fees by member");
    command.add_option("--as-of", in->neutrality.as_of, "day, YYYY-MM-DD (default today)");
    command.add_option("--share", in->neutrality.share, "folder that holds catalog/");
  };
  CLI::App* prove_command = neutrality_command->add_subcommand(
      "prove", "decide again on permuted bytes and compare the results");
  add_neutrality_options(*prove_command);
  prove_command->add_option("--runs", in->neutrality.runs, "permutations")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  prove_command->add_option("--seed", in->neutrality.seed, "of the permutations")
      ->capture_default_str();
  prove_command->add_option("--workers", in->neutrality.workers, "permutations at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  CLI::Option* server = prove_command->add_option("--server", in->neutrality.server.server,
                                                  "HOST:PORT of a server that proves instead");
  prove_command
      ->add_option("--token-file", in->neutrality.server.token_file,
                   "file with an auditor's or a reviewer's token")
      ->needs(server);
  prove_command->add_option("--ca-file", in->neutrality.server.ca_file, "PEM of the authority")
      ->needs(server);
  prove_command
      ->add_option("--recommendation", in->neutrality.recommendations,
                   "logged recommendations, instead of profiles")
      ->needs(server);
  prove_command->callback(run([in] { return NeutralityProve(in->common, in->neutrality); }));

  CLI::App* bias_command = neutrality_command->add_subcommand(
      "bias", "gaps between groups of members, criterion by criterion");
  add_neutrality_options(*bias_command);
  CLI::Option* revision =
      bias_command->add_option("--revision", in->name, "what is attached to this revision");
  bias_command->add_option("--server", in->server.server, "host:port (or APLOMB_SERVER)")
      ->needs(revision);
  bias_command
      ->add_option("--token-file", in->server.token_file,
                   "file with the bearer token (or APLOMB_TOKEN)")
      ->needs(revision);
  bias_command
      ->add_option("--ca-file", in->server.ca_file, "PEM of the server's authority: calls with TLS")
      ->needs(revision);
  bias_command->callback(run([in] {
    if (in->name.empty()) return NeutralityBias(in->common, in->neutrality);
    in->server.data = in->neutrality.data;
    return ShowReleaseBias(in->common, in->server, in->name);
  }));
}

// The log, for those who do not trust this program.
void AddLogCommands(CLI::App& app, Inputs* in, const RunCommand& run) {
  CLI::App* log_command = app.add_subcommand("log", "the neutrality log");
  log_command->require_subcommand(1);
  CLI::App* export_command =
      log_command->add_subcommand("export", "write the published log as static files");
  export_command->add_option("--data", in->log_export.data, "data directory")->required();
  export_command
      ->add_option("--dir", in->log_export.directory, "folder, new or of an earlier export")
      ->required();
  export_command->callback(run([in] { return LogExport(in->common, in->log_export); }));

  CLI::App* tail_command =
      log_command->add_subcommand("tail", "print the entries: place, time, type, bytes, leaf hash");
  tail_command->add_option("--from", in->log_tail.from, "place of the first entry")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  tail_command->add_flag("--follow", in->log_tail.follow, "go on with what is written later");
  AddServerOptions(*tail_command, in->log_tail.server);
  tail_command->callback(run([in] { return LogTail(in->common, in->log_tail); }));
  CLI::App* log_show_command =
      log_command->add_subcommand("show", "print origin, key, size and newest checkpoint");
  AddServerOptions(*log_show_command, in->log_show.server);
  log_show_command->callback(run([in] { return LogShow(in->common, in->log_show); }));

  CLI::App* rotate_command = log_command->add_subcommand(
      "rotate-key", "change the key that signs the log: begin, and with --end, end");
  rotate_command->add_option("--data", in->rotate_key.data, "data directory of a stopped server")
      ->required();
  rotate_command->add_flag("--end", in->rotate_key.end, "the old key signs no longer");
  rotate_command->add_option("--high-water", in->rotate_key.high_water,
                             "file of the newest signed checkpoint, as the server has it");
  rotate_command->callback(run([in] { return LogRotateKey(in->common, in->rotate_key); }));

  CLI::App* receipt_command = app.add_subcommand("receipt", "receipts of recommendations");
  receipt_command->require_subcommand(1);
  CLI::App* verify_command =
      receipt_command->add_subcommand("verify", "check a receipt; needs no server");
  verify_command->add_option("file", in->receipt.receipt, "receipt (.tlog-proof)")->required();
  verify_command->add_option("--policy", in->receipt.policy, "whom to trust (C2SP tlog-policy)")
      ->required();
  verify_command->add_option("--entry", in->receipt.entry, "the entry, if the receipt has it not");
  verify_command->add_option("--disclosure", in->receipt.disclosure, "a section shown to you");
  verify_command->add_flag("--require-witnesses", in->receipt.require_witnesses,
                           "fail unless the policy's quorum has cosigned");
  verify_command->callback(run([in] { return ReceiptVerify(in->common, in->receipt); }));
  CLI::App* refresh_command = receipt_command->add_subcommand(
      "refresh", "make a receipt anew at a checkpoint that witnesses have cosigned");
  refresh_command->add_option("file", in->receipt_refresh.receipt, "receipt (.tlog-proof)")
      ->required();
  refresh_command
      ->add_option("--policy", in->receipt_refresh.policy, "whom to trust (C2SP tlog-policy)")
      ->required();
  refresh_command->add_option("--out", in->receipt_refresh.out,
                              "file for the new receipt (default: in place of the old one)");
  AddServerOptions(*refresh_command, in->receipt_refresh.server);
  refresh_command->callback(run([in] { return ReceiptRefresh(in->common, in->receipt_refresh); }));

  CLI::App* witness_command =
      app.add_subcommand("witness", "cosign logs that only grow (C2SP tlog-witness)");
  witness_command->add_option("--listen", in->witness.listen, "address")
      ->check(HostPort())
      ->capture_default_str();
  witness_command->add_option("--key", in->witness.key, "file with the private key")->required();
  witness_command->add_option("--new-key", in->witness.new_key,
                              "name of the witness: makes the key file if it is not there");
  witness_command->add_option("--log", in->witness.logs, "public key of a log; may be given again")
      ->required();
  witness_command->add_option("--state", in->witness.state, "folder for what was signed")
      ->required();
  witness_command->callback(run([in] { return Witness(in->common, in->witness); }));
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Language LanguageOf(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const absl::string_view word = argv[i];
    const absl::string_view next = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--lang=en" || (word == "--lang" && next == "en")) return Language::kEnglish;
    if (word == "--lang=fr" || (word == "--lang" && next == "fr")) return Language::kFrench;
  }
  // As POSIX orders them: the first that says something counts.
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const std::string locale = Environment(name);
    if (locale.empty()) continue;
    return absl::StartsWith(locale, "en") ? Language::kEnglish : Language::kFrench;
  }
  return Language::kFrench;
}

CommandLine::CommandLine(Language language, absl::string_view version)
    : in_(std::make_unique<Inputs>()),
      app_(std::make_unique<CLI::App>(
          "Aplomb: a vendor-neutral solution recommender whose neutrality can be checked",
          "aplomb")) {
  CLI::App& app = *app_;
  Inputs* const in = in_.get();
  in->common.language = language;
  in->language = language == Language::kFrench ? "fr" : "en";
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(version));
  app.set_help_all_flag("--help-all", "print the help of every command and exit");
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 usage, 3 invalid input, 4 not found, 5 not allowed,\n"
      "6 unavailable, 7 storage. More in docs/cli.md.");
  app.fallthrough();
  // What it says was heard before (LanguageOf): the help needs it.
  app.add_option("--lang", in->language, "language of all that is printed")
      ->check(CLI::IsMember({"fr", "en"}))
      ->capture_default_str();
  app.add_flag("--json", in->common.json, "print JSON for machines");

  const RunCommand run = [this](std::function<int()> command) {
    return [this, command = std::move(command)] { exit_code_ = command(); };
  };
  AddServe(app, in, run);
  AddRecommend(app, in, run);
  AddCatalogCommands(app, in, run);
  AddProposalCommands(app, in->common, run);
  AddKeepingCommands(app, in->common, run);
  AddBulkCommands(app, in->common, run);
  AddOperationCommands(app, in->common, run);
  AddNeutrality(app, in, run);
  AddLogCommands(app, in, run);
  AddStoreCommands(app, in, run);
  CLI::App* completion_command = app.add_subcommand("completion", "print completion for a shell");
  completion_command->add_option("shell", in->shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion_command->callback(run([in, &app] {
    std::cout << Completion(app, in->shell);
    return kDone;
  }));

  untranslated_ = TranslateHelp(language, app);
  app.failure_message([language](const CLI::App* failed, const CLI::Error& error) {
    const std::string unknown = UnknownCommand(language, *failed);
    return absl::StrCat("aplomb: ", unknown.empty() ? UsageError(language, error.what()) : unknown,
                        "\n", UsageHint(language, *failed), "\n");
  });
}

CommandLine::~CommandLine() = default;

int CommandLine::Run(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" that succeed.
    return app_->exit(error) == 0 ? kDone : kUsage;
  }
  std::cout.flush();
  if (!std::cout) {
    // A full disk or a closed pipe must not look like success.
    std::cerr << "aplomb: "
              << Say(in_->common.language, "la sortie n'a pas pu être écrite",
                     "the output could not be written")
              << "\n";
    return kFailed;
  }
  return exit_code_;
}

}  // namespace aplomb::cli
