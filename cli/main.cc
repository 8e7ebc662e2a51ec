// The command `aplomb`: reads the command line and calls one command.
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/exit_codes.h"
#include "cli/log_commands.h"
#include "cli/proposal_commands.h"

namespace {

using aplomb::cli::CommonOptions;
using aplomb::cli::Language;
using aplomb::cli::ServerOptions;

void AddServerOptions(CLI::App& command, ServerOptions& options) {
  command.add_option("--data", options.data,
                     "data directory of a server on this machine (or APLOMB_DATA_DIR)");
  command.add_option("--server", options.server, "host:port (or APLOMB_SERVER)");
  command.add_option("--token-file", options.token_file,
                     "file with the bearer token (or APLOMB_TOKEN)");
  command.add_option("--ca-file", options.ca_file, "PEM of the server's authority: calls with TLS");
  command.add_option("--deadline-ms", options.deadline_ms, "milliseconds to wait")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Aplomb: a vendor-neutral solution recommender whose neutrality can be checked",
               "aplomb"};
  app.require_subcommand(1);
  app.set_version_flag("--version", APLOMB_VERSION);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 usage, 3 invalid input, 4 not found, 5 not allowed,\n"
      "6 unavailable, 7 storage. More in docs/cli.md.");
  app.fallthrough();

  CommonOptions common;
  std::string language = "fr";
  app.add_option("--lang", language, "language of what is printed")
      ->check(CLI::IsMember({"fr", "en"}))
      ->capture_default_str();
  app.add_flag("--json", common.json, "print JSON for machines");

  int exit_code = 0;
  const auto run = [&](auto command) {
    return [&, command] {
      common.language = language == "en" ? Language::kEnglish : Language::kFrench;
      exit_code = command();
    };
  };

  aplomb::cli::ServeOptions serve;
  CLI::App* serve_command = app.add_subcommand("serve", "serve a data directory over gRPC");
  serve_command->add_option("--data", serve.data, "data directory")->required();
  serve_command->add_option("--grpc", serve.grpc, "address to listen on")->capture_default_str();
  serve_command->add_option("--http", serve.http,
                            "address that serves the log's files over HTTP (default none)");
  serve_command->add_option("--tokens", serve.tokens, "file of callers (default DATA/tokens)");
  serve_command->add_option("--tls-cert", serve.tls_cert, "PEM certificate chain");
  serve_command->add_option("--tls-key", serve.tls_key, "PEM private key");
  serve_command->add_option("--witnesses", serve.witnesses,
                            "policy file whose witnesses cosign the log");
  serve_command->add_option("--high-water", serve.high_water,
                            "file for the newest signed checkpoint, best on another disk");
  serve_command->add_flag("--sample", serve.sample,
                          "fill an empty directory with the made-up sample catalogue");
  serve_command->add_option("--share", serve.share, "folder that holds catalog/");
  serve_command->callback(run([&] { return aplomb::cli::Serve(common, serve); }));

  aplomb::cli::ImportOptions import;
  CLI::App* import_command =
      app.add_subcommand("import", "fill an empty data directory with a catalogue");
  import_command->add_option("--data", import.data, "data directory, new or empty")->required();
  import_command->add_option("--catalog", import.catalog, "folder in the project's own format");
  import_command->add_option("--rulebook", import.rulebook, "folder of the rulebook");
  import_command->add_option("--pricing2yaml", import.pricing2yaml, "Pricing2Yaml: file or list");
  import_command->add_option("--selfhosted", import.selfhosted, "list of self-hosted software");
  import_command->add_option("--publiccode", import.publiccode,
                             "publiccode.yml, or a folder of them");
  import_command->add_option("--two-factor", import.two_factor, "list of second factors by domain");
  import_command->add_option("--saas-mapping", import.saas_mapping,
                             "reviewer's mapping of products");
  import_command->add_option("--selfhosted-mapping", import.selfhosted_mapping,
                             "reviewer's mapping of categories");
  import_command->add_option("--rates", import.rates, "exchange_rates.yaml");
  import_command->add_option("--report", import.report, "write the report as JSON to this file");
  import_command->add_flag("--dry-run", import.dry_run, "read and check, write nothing");
  import_command->add_option("--share", import.share, "folder that holds catalog/");
  import_command->callback(run([&] { return aplomb::cli::Import(common, import); }));

  aplomb::cli::TokenOptions token;
  CLI::App* token_command = app.add_subcommand("token", "draw a bearer token for a caller");
  token_command->add_option("--data", token.data, "data directory")->required();
  token_command->add_option("--role", token.role, "ADVISOR, MEMBER, REVIEWER, OPERATOR, AUDITOR")
      ->required();
  token_command->add_option("--subject", token.subject, "who; of a member, its id")->required();
  token_command->callback(run([&] { return aplomb::cli::Token(common, token); }));

  aplomb::cli::FsckCommandOptions fsck;
  CLI::App* fsck_command =
      app.add_subcommand("fsck", "look through the log of a stopped server for damage");
  fsck_command->add_option("--data", fsck.data, "data directory")->required();
  fsck_command->add_option("--high-water", fsck.high_water, "file of the newest checkpoint");
  fsck_command->add_flag("--rebuild", fsck.rebuild,
                         "also project the whole log anew and compare every byte");
  fsck_command->callback(run([&] { return aplomb::cli::Fsck(common, fsck); }));

  aplomb::cli::ReplayCommandOptions replay;
  CLI::App* replay_command =
      app.add_subcommand("replay", "make logged decisions again and compare them");
  replay_command->add_option("--data", replay.data, "data directory of a stopped server")
      ->required();
  CLI::Option* replay_index =
      replay_command->add_option("--index", replay.index, "this log entry only")
          ->check(CLI::NonNegativeNumber);
  bool replay_all = false;
  replay_command->add_flag("--all", replay_all, "all of them (the default)")
      ->excludes(replay_index);
  replay_command->add_option("--threads", replay.threads, "at the same time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  replay_command->callback(run([&] { return aplomb::cli::Replay(common, replay); }));

  aplomb::cli::EraseCommandOptions erase;
  CLI::App* erase_command =
      app.add_subcommand("erase", "erase what an engagement holds of the firm, for good");
  erase_command->add_option("--data", erase.data, "data directory of a stopped server")->required();
  erase_command->add_option("--engagement", erase.engagement, "its id")->required();
  erase_command
      ->add_option("--ground", erase.ground,
                   "1 the firm asked, 2 the time of keeping is over, 3 an authority")
      ->check(CLI::Range(1, 3))
      ->capture_default_str();
  erase_command->callback(run([&] { return aplomb::cli::Erase(common, erase); }));

  aplomb::cli::RecommendOptions recommend;
  CLI::App* recommend_command = app.add_subcommand("recommend", "ask for a recommendation");
  recommend_command->add_option("--profile", recommend.profile, "file with the firm and its needs")
      ->required();
  recommend_command->add_option("--need", recommend.needs, "needs, instead of those of the file");
  recommend_command->add_option("--engagement", recommend.engagement, "continue this engagement");
  recommend_command->add_flag("--preview", recommend.preview, "a trial run, logged as such");
  recommend_command->add_option("--as-of", recommend.as_of, "day asked about, YYYY-MM-DD");
  recommend_command->add_option("--catalog-revision", recommend.catalog_revision,
                                "ask at a past revision");
  recommend_command->add_option("--rulebook-revision", recommend.rulebook_revision,
                                "ask by past rules, rulebooks/…/revisions/…");
  recommend_command->add_option("--explain", recommend.explained, "offerings per list to explain")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  recommend_command->add_option("--receipt", recommend.receipt, "write the receipt to this file");
  AddServerOptions(*recommend_command, recommend.server);
  recommend_command->callback(run([&] { return aplomb::cli::Recommend(common, recommend); }));

  ServerOptions server;
  std::string name;
  int explained = 2;
  CLI::App* show_command = app.add_subcommand("show", "print a recommendation again");
  show_command->add_option("name", name, "engagements/…/recommendations/…")->required();
  show_command->add_option("--explain", explained, "offerings per list to explain")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  AddServerOptions(*show_command, server);
  show_command->callback(
      run([&] { return aplomb::cli::ShowRecommendation(common, server, name, explained); }));

  CLI::App* members_command = app.add_subcommand("members", "list the members");
  AddServerOptions(*members_command, server);
  members_command->callback(run([&] { return aplomb::cli::Members(common, server); }));

  std::string need;
  CLI::App* offerings_command = app.add_subcommand("offerings", "list offerings, or show one");
  offerings_command->add_option("name", name, "members/…/offerings/…: show this one");
  offerings_command->add_option("--need", need, "only those for this need");
  AddServerOptions(*offerings_command, server);
  offerings_command->callback(
      run([&] { return aplomb::cli::Offerings(common, server, need, name); }));

  CLI::App* needs_command = app.add_subcommand("needs", "list the needs, or show one");
  needs_command->add_option("need", need, "id of a need: show this one");
  AddServerOptions(*needs_command, server);
  needs_command->callback(run([&] { return aplomb::cli::Needs(common, server, need); }));

  CLI::App* rulebook_command = app.add_subcommand("rulebook", "check or show the rules");
  rulebook_command->require_subcommand(1);
  std::string directory;
  std::string laws;
  CLI::App* check_command = rulebook_command->add_subcommand("check", "compile a rulebook's files");
  check_command->add_option("directory", directory, "folder with rulebook.textproto")->required();
  check_command->add_option("--laws", laws, "law_table.yaml: check legal bases too");
  check_command->callback(run([&] { return aplomb::cli::RulebookCheck(common, directory, laws); }));
  CLI::App* rules_command = rulebook_command->add_subcommand("show", "print the rules in force");
  rules_command->add_option("name", name, "rulebooks/…/revisions/…");
  AddServerOptions(*rules_command, server);
  rules_command->callback(run([&] { return aplomb::cli::RulebookShow(common, server, name); }));

  aplomb::cli::NeutralityOptions neutrality;
  CLI::App* neutrality_command =
      app.add_subcommand("neutrality", "prove that no name, fee or place has a part in a result");
  neutrality_command->require_subcommand(1);
  const auto add_neutrality_options = [&](CLI::App& command) {
    CLI::Option* sample =
        command.add_flag("--sample", neutrality.sample, "the made-up sample catalogue");
    command.add_option("--data", neutrality.data, "data directory that no server has open")
        ->excludes(sample);
    command.add_option("--catalog", neutrality.catalog, "folder of a catalogue")->excludes(sample);
    command.add_option("--rulebook", neutrality.rulebook, "folder of the rulebook");
    command.add_option("--profiles", neutrality.profiles, "folder of profiles (*.yaml)");
    command.add_option("--ledger", neutrality.ledger, "file of yearly fees by member");
    command.add_option("--as-of", neutrality.as_of, "day, YYYY-MM-DD (default today)");
    command.add_option("--share", neutrality.share, "folder that holds catalog/");
  };
  CLI::App* prove_command = neutrality_command->add_subcommand(
      "prove", "decide again on permuted bytes and compare the results");
  add_neutrality_options(*prove_command);
  prove_command->add_option("--runs", neutrality.runs, "permutations")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  prove_command->add_option("--seed", neutrality.seed, "of the permutations")
      ->capture_default_str();
  prove_command->add_option("--workers", neutrality.workers, "permutations at a time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  prove_command->callback(run([&] { return aplomb::cli::NeutralityProve(common, neutrality); }));

  aplomb::cli::LogExportOptions log_export;
  CLI::App* log_command = app.add_subcommand("log", "the neutrality log");
  log_command->require_subcommand(1);
  CLI::App* export_command =
      log_command->add_subcommand("export", "write the published log as static files");
  export_command->add_option("--data", log_export.data, "data directory")->required();
  export_command->add_option("--dir", log_export.directory, "folder, new or of an earlier export")
      ->required();
  export_command->callback(run([&] { return aplomb::cli::LogExport(common, log_export); }));

  aplomb::cli::ReceiptVerifyOptions receipt;
  CLI::App* receipt_command = app.add_subcommand("receipt", "receipts of recommendations");
  receipt_command->require_subcommand(1);
  CLI::App* verify_command =
      receipt_command->add_subcommand("verify", "check a receipt; needs no server");
  verify_command->add_option("file", receipt.receipt, "receipt (.tlog-proof)")->required();
  verify_command->add_option("--policy", receipt.policy, "whom to trust (C2SP tlog-policy)")
      ->required();
  verify_command->add_option("--entry", receipt.entry, "the entry, if the receipt has it not");
  verify_command->add_option("--disclosure", receipt.disclosure, "a section shown to you");
  verify_command->add_flag("--require-witnesses", receipt.require_witnesses,
                           "fail unless the policy's quorum has cosigned");
  verify_command->callback(run([&] { return aplomb::cli::ReceiptVerify(common, receipt); }));

  aplomb::cli::WitnessOptions witness;
  CLI::App* witness_command =
      app.add_subcommand("witness", "cosign logs that only grow (C2SP tlog-witness)");
  witness_command->add_option("--listen", witness.listen, "address")->capture_default_str();
  witness_command->add_option("--key", witness.key, "file with the private key")->required();
  witness_command->add_option("--new-key", witness.new_key,
                              "name of the witness: makes the key file if it is not there");
  witness_command->add_option("--log", witness.logs, "public key of a log; may be given again")
      ->required();
  witness_command->add_option("--state", witness.state, "folder for what was signed")->required();
  witness_command->callback(run([&] { return aplomb::cli::Witness(common, witness); }));

  aplomb::cli::ExplainOptions explain;
  CLI::App* explain_command = app.add_subcommand("explain", "explain a recommendation");
  explain_command->require_subcommand(1);
  using Kind = aplomb::cli::ExplainOptions::Kind;
  const auto add_explanation = [&](Kind kind, const char* word, const char* text) {
    CLI::App* command = explain_command->add_subcommand(word, text);
    command->add_option("name", explain.name, "engagements/…/recommendations/…")->required();
    const bool two = kind == Kind::kCompare;
    if (two || kind == Kind::kWhyNot || kind == Kind::kWhatIf) {
      command->add_option("offering", explain.offering, "members/…/offerings/…")->required();
    }
    if (two) command->add_option("other", explain.other, "the other offering")->required();
    if (kind != Kind::kPlan) {
      command->add_option("--need", explain.need, "only this need of the recommendation");
    }
    if (kind == Kind::kWhatIf) {
      command->add_option("--goal", explain.goal, "what the offering is to reach")
          ->check(CLI::IsMember({"first", "top3"}))
          ->capture_default_str();
      command->add_option("--side", explain.side, "who is to change something")
          ->check(CLI::IsMember({"offering", "firm", "weights"}))
          ->capture_default_str();
    }
    AddServerOptions(*command, explain.server);
    command->callback(run([&, kind] {
      explain.kind = kind;
      return aplomb::cli::Explain(common, explain);
    }));
  };
  add_explanation(Kind::kWhyNot, "why-not", "why an offering stands where it stands");
  add_explanation(Kind::kCompare, "compare", "two offerings side by side");
  add_explanation(Kind::kWhatIf, "what-if", "the fewest changes that would bring it forward");
  add_explanation(Kind::kStability, "stability", "how sure the result is of its weights");
  add_explanation(Kind::kUnknowns, "unknowns", "what is not known, and what to ask next");
  add_explanation(Kind::kRepair, "repair", "what to give up where nothing qualifies");
  add_explanation(Kind::kPlan, "plan", "the path: duties of law, steps, bundles");

  bool html = false;
  CLI::App* notice_command = app.add_subcommand("notice", "how offerings are ranked");
  notice_command->add_option("name", name, "rulebooks/…/revisions/…; default: the one in force");
  notice_command->add_flag("--html", html, "print the whole HTML document");
  AddServerOptions(*notice_command, server);
  notice_command->callback(run([&] { return aplomb::cli::Notice(common, server, name, html); }));

  std::string out;
  CLI::App* report_command = app.add_subcommand("report", "the owner's report");
  report_command->add_option("name", name, "engagements/…/recommendations/…")->required();
  report_command->add_option("--out", out, "FILE.html or FILE.pdf; default: HTML to the screen");
  AddServerOptions(*report_command, server);
  report_command->callback(run([&] { return aplomb::cli::Report(common, server, name, out); }));

  aplomb::cli::AddProposalCommands(app, common, run);

  CLI::App* bias_command = neutrality_command->add_subcommand(
      "bias", "gaps between groups of members, criterion by criterion");
  add_neutrality_options(*bias_command);
  bias_command->callback(run([&] { return aplomb::cli::NeutralityBias(common, neutrality); }));

  std::string old_directory;
  std::string new_directory;
  CLI::App* impact_command = rulebook_command->add_subcommand(
      "impact", "what another rulebook would do to the answers of reference firms");
  impact_command->add_option("old", old_directory, "folder of the rulebook in force")->required();
  impact_command->add_option("new", new_directory, "folder of the other one")->required();
  impact_command->add_option("--catalog", neutrality.catalog, "folder of a catalogue");
  impact_command->add_option("--profiles", neutrality.profiles, "folder of profiles (*.yaml)");
  impact_command->add_option("--as-of", neutrality.as_of, "day, YYYY-MM-DD (default today)");
  impact_command->add_option("--share", neutrality.share, "folder that holds catalog/");
  impact_command->callback(run([&] {
    return aplomb::cli::RulebookImpact(common, old_directory, new_directory, neutrality);
  }));

  std::string shell;
  CLI::App* completion_command = app.add_subcommand("completion", "print completion for a shell");
  completion_command->add_option("shell", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion_command->callback(run([&] {
    std::cout << aplomb::cli::Completion(app, shell);
    return aplomb::cli::kDone;
  }));

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" that succeed.
    return app.exit(error) == 0 ? aplomb::cli::kDone : aplomb::cli::kUsage;
  }
  std::cout.flush();
  if (!std::cout) {
    // A full disk or a closed pipe must not look like success.
    std::cerr << "aplomb: the output could not be written\n";
    return aplomb::cli::kFailed;
  }
  return exit_code;
}
