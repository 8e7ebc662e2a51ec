#include "cli/rulebook_commands.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/rulebook_files.h"
#include "cli/rulebook_release.h"
#include "cli/server_options.h"

namespace aplomb::cli {
namespace {

// What the parser fills in. It lives as long as the callbacks that read it.
struct Inputs {
  RulebookCheckOptions check;
  std::string directory;
  std::string share;
  ProposeRulebookOptions propose;
  WithdrawRulebookOptions withdraw;
  ServerOptions server;
  std::string name;
  OfferingImpactOptions impact;
  WaiveOptions waive;
  std::string out;
};

void AddCheck(CLI::App& rulebook, const CommonOptions& common, const RunCommand& run,
              const std::shared_ptr<Inputs>& in) {
  CLI::App* check = rulebook.add_subcommand("check", "compile a rulebook's files");
  RulebookCheckOptions& options = in->check;
  check->add_option("directory", options.directory, "folder with rulebook.textproto")->required();
  check->add_option("--laws", options.law_table, "law_table.yaml: check legal bases too");
  CLI::Option* sample = check->add_flag("--sample", options.catalog.sample,
                                        "look for rules about one member of the sample");
  check
      ->add_option("--data", options.catalog.data,
                   "of this data directory, which no server has open")
      ->excludes(sample);
  check->add_option("--catalog", options.catalog.catalog, "of this folder of a catalogue")
      ->excludes(sample);
  check->add_option("--profiles", options.catalog.profiles, "folder of profiles (*.yaml)");
  check->add_option("--as-of", options.catalog.as_of, "day, YYYY-MM-DD (default today)");
  check->add_option("--charter-keys", options.charter_keys,
                    "public keys that may sign waivers, one per line");
  check->add_option("--share", options.catalog.share, "folder that holds catalog/");
  check->callback(run([&common, in] { return RulebookCheck(common, in->check); }));
}

// Who stands for a finding, and by which key.
void AddWaivers(CLI::App& rulebook, const CommonOptions& common, const RunCommand& run,
                const std::shared_ptr<Inputs>& in) {
  CLI::App* key = rulebook.add_subcommand("charter-key", "draw a key that may sign waivers");
  key->add_option("name", in->name, "name of the key, e.g. charter.example/rules")->required();
  key->add_option("--out", in->out, "file for the private key")->required();
  key->callback(run([&common, in] { return CharterKey(common, in->name, in->out); }));

  CLI::App* waive = rulebook.add_subcommand("waive", "sign for a finding, for a time");
  waive->add_option("finding", in->waive.finding, "\"CODE PLACE MEMBER\", as the check tells it")
      ->required();
  waive->add_option("--key", in->waive.key, "file of the private key")->required();
  waive->add_option("--by", in->waive.by, "who signs")->required();
  waive->add_option("--until", in->waive.until, "last day, YYYY-MM-DD")->required();
  waive->add_option("--why", in->waive.why, "why the rule may stand")->required();
  waive->add_option("--rulebook", in->waive.rulebook_id, "id of the rulebook")
      ->capture_default_str();
  waive->callback(run([&common, in] { return SignWaiver(common, in->waive); }));
}

// From the proposal of a revision to its first day.
void AddRevisions(CLI::App& rulebook, const CommonOptions& common, const RunCommand& run,
                  const std::shared_ptr<Inputs>& in) {
  CLI::App* propose = rulebook.add_subcommand(
      "propose", "propose a revision: checked, tested, compared, and all members told");
  propose->add_option("directory", in->propose.directory, "folder with rulebook.textproto")
      ->required();
  propose->add_option("--from", in->propose.from,
                      "first day, YYYY-MM-DD, thirty days ahead or more (default: the file's)");
  propose->add_option("--profiles", in->propose.profiles, "folder of profiles (*.yaml)");
  CLI::Option* ledger =
      propose->add_option("--ledger", in->propose.ledger, "file of yearly fees by member");
  propose
      ->add_flag("--without-fees", in->propose.without_fees,
                 "no ledger: the revision says that gaps by fee were not examined")
      ->excludes(ledger);
  propose->add_flag("--dry-run", in->propose.dry_run,
                    "check and compute everything, change nothing");
  propose->add_option("--share", in->propose.share, "folder that holds catalog/");
  AddServerOptions(*propose, in->propose.server);
  propose->callback(run([&common, in] { return ProposeRulebook(common, in->propose); }));

  CLI::App* withdraw =
      rulebook.add_subcommand("withdraw", "take a pending revision back, and tell all members");
  withdraw->add_option("name", in->withdraw.name, "rulebooks/…/revisions/…")->required();
  withdraw->add_option("--why-fr", in->withdraw.why_fr, "reason for the members, in French")
      ->required();
  withdraw->add_option("--why-en", in->withdraw.why_en, "reason for the members, in English")
      ->required();
  AddServerOptions(*withdraw, in->withdraw.server);
  withdraw->callback(run([&common, in] { return WithdrawRulebook(common, in->withdraw); }));

  CLI::App* activations = rulebook.add_subcommand(
      "activations", "list the revisions proposed, or show one with its impact and bias");
  activations->add_option("name", in->name, "rulebooks/…/revisions/…");
  AddServerOptions(*activations, in->server);
  activations->callback(
      run([&common, in] { return ShowRulebookReleases(common, in->server, in->name); }));

  CLI::App* offering = rulebook.add_subcommand(
      "offering-impact", "what a changed offering would do to the answers of reference firms");
  offering->add_option("file", in->impact.file, "entry (YAML or JSON)")->required();
  offering->add_option("--profiles", in->impact.profiles, "folder of profiles (*.yaml)");
  offering->add_option("--share", in->impact.share, "folder that holds catalog/");
  AddServerOptions(*offering, in->impact.server);
  offering->callback(run([&common, in] { return OfferingImpact(common, in->impact); }));
}

}  // namespace

void AddRulebookCommands(CLI::App& rulebook, const CommonOptions& common, const RunCommand& run) {
  // Kept by the callbacks, which the command line keeps.
  const auto in = std::make_shared<Inputs>();
  AddCheck(rulebook, common, run, in);
  CLI::App* test =
      rulebook.add_subcommand("test", "run a rulebook's tests and tell what they cover");
  test->add_option("directory", in->directory, "folder with tests/ (default: the published one)");
  test->add_option("--share", in->share, "folder that holds catalog/");
  test->callback(run([&common, in] { return RulebookTest(common, in->directory, in->share); }));
  AddWaivers(rulebook, common, run, in);
  AddRevisions(rulebook, common, run, in);
}

}  // namespace aplomb::cli
