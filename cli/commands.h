// The commands of `aplomb`. Each prints its answer to standard output, what goes
// wrong to standard error, and returns an exit code of cli/exit_codes.h.
#ifndef APLOMB_CLI_COMMANDS_H_
#define APLOMB_CLI_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/language.h"

namespace aplomb::cli {

// What every command takes.
struct CommonOptions {
  Language language = Language::kFrench;
  bool json = false;
};

// How a command reaches a server: `server` and `token_file`, or `data`, the
// directory of a server on this machine, which says where it listens.
struct ServerOptions {
  std::string data;
  std::string server;
  std::string token_file;
  std::string ca_file;
  int64_t deadline_ms = 10'000;
};

struct ServeOptions {
  std::string data;
  std::string grpc = "127.0.0.1:7443";
  std::string http;      // address that serves the log as files; empty: none
  std::string tokens;    // file of callers; empty: DATA/tokens
  std::string tls_cert;  // PEM; both or none
  std::string tls_key;
  std::string high_water;  // file for the newest signed checkpoint; empty: in the directory
  std::string witnesses;   // policy file (C2SP tlog-policy) whose witnesses are asked; empty: none
  bool require_witnesses = false;  // an answer waits for the quorum of that policy
  std::string origin;              // name of the log that --sample begins; empty: the default
  bool sample = false;             // an empty directory is filled with the sample
  std::string share = "";          // where catalog/ stands; empty: found beside the program
};
int Serve(const CommonOptions& common, const ServeOptions& options);

struct ImportOptions {
  std::string data;          // directory to fill; where there is a catalogue, to make proposals in
  std::string catalog;       // folder of the project's own YAML
  std::string rulebook;      // folder of the rulebook; empty: the published one
  std::string pricing2yaml;  // real formats, with their mappings
  std::string selfhosted;
  std::string publiccode;  // folder or file of publiccode.yml
  std::string two_factor;
  std::string saas_mapping;
  std::string selfhosted_mapping;
  std::string rates;           // exchange_rates.yaml
  std::string read_on;         // YYYY-MM-DD: day of a list that does not state it itself
  std::string prices_read_on;  // YYYY-MM-DD: a reviewer has read the prices again on that day
  std::string prices_read_by;  // who
  std::string report;          // file for the JSON report
  bool all = false;            // every record on the screen
  bool dry_run = false;
  bool submit = false;  // proposals are handed in
  std::string origin;   // name of the log that is begun; empty: the default
  std::string share = "";
};
int Import(const CommonOptions& common, const ImportOptions& options);

// Draws a bearer token for a caller and prints it; only its digest is kept.
struct TokenOptions {
  std::string data;     // directory whose file `tokens` gets a line
  std::string role;     // ADVISOR, MEMBER, REVIEWER, OPERATOR or AUDITOR
  std::string subject;  // who; of a member, its id
};
int Token(const CommonOptions& common, const TokenOptions& options);

struct RecommendOptions {
  ServerOptions server;
  std::string profile;             // file
  std::vector<std::string> needs;  // instead of those of the file
  std::string engagement;          // continue this one; empty: open a new one
  bool preview = false;
  std::string as_of;  // YYYY-MM-DD
  int64_t catalog_revision = 0;
  std::string rulebook_revision;  // rulebooks/…/revisions/…
  int explained = 2;
  std::string receipt;  // file to write the receipt to
};
int Recommend(const CommonOptions& common, const RecommendOptions& options);

// Prints a recommendation again, as it was given.
int ShowRecommendation(const CommonOptions& common, const ServerOptions& server,
                       const std::string& name, int explained);

int Members(const CommonOptions& common, const ServerOptions& server);
// All offerings, those of one need, or one by name.
int Offerings(const CommonOptions& common, const ServerOptions& server, const std::string& need,
              const std::string& name);
// All needs, or one by id.
int Needs(const CommonOptions& common, const ServerOptions& server, const std::string& need);

int RulebookShow(const CommonOptions& common, const ServerOptions& server, const std::string& name);

// Neutrality (docs/neutrality.md). Works on files, or on a data directory that no server has open.
struct NeutralityOptions {
  bool sample = false;
  std::string data;
  std::string catalog;   // folder, instead of the sample
  std::string rulebook;  // folder, instead of the published one
  std::string profiles;  // folder, instead of the sample's
  std::string ledger;    // fees, joined from outside
  // `prove`: asks a running server instead, for these logged recommendations, or for the profiles.
  ServerOptions server;
  std::vector<std::string> recommendations;
  std::string as_of;  // YYYY-MM-DD
  std::string share;
  int runs = 1000;
  uint64_t seed = 1;
  int workers = 2;
};
// Proves by execution that nothing that says who offers something has a part in a result.
int NeutralityProve(const CommonOptions& common, const NeutralityOptions& options);
// Takes the gaps between groups of members apart, criterion by criterion.
int NeutralityBias(const CommonOptions& common, const NeutralityOptions& options);
// What another rulebook would do to the answers of reference firms.
int RulebookImpact(const CommonOptions& common, const std::string& old_directory,
                   const std::string& new_directory, const NeutralityOptions& options);

// On a data directory that no server has open (docs/cli.md).
struct FsckCommandOptions {
  std::string data;
  std::string high_water;  // empty: in the directory
  std::string policy;      // whose witnesses' cosignatures are verified; empty: of none
  bool rebuild = false;    // project the whole log anew and compare
};
// Looks through everything; prints what is wrong with which entry.
int Fsck(const CommonOptions& common, const FsckCommandOptions& options);

struct ReplayCommandOptions {
  std::string data;
  int64_t index = -1;  // -1: all
  int threads = 2;
};
// Makes logged decisions again and compares them byte for byte.
int Replay(const CommonOptions& common, const ReplayCommandOptions& options);

struct EraseCommandOptions {
  std::string data;
  std::string engagement;       // id
  int ground = 1;               // 1 the firm asked, 2 the time of keeping is over, 3 an authority
  std::string tier = "firm";    // what the firm told; "auditors": what they read; "all"
  std::string high_water = {};  // empty: in the directory
};
// Replays, then erases for good, what an engagement and its recommendations hold of the firm.
int Erase(const CommonOptions& common, const EraseCommandOptions& options);

// Explanations of a recommendation (docs/explanations.md).
struct ExplainOptions {
  enum class Kind { kWhyNot, kCompare, kWhatIf, kStability, kUnknowns, kRepair, kPlan };
  Kind kind = Kind::kWhyNot;
  ServerOptions server;
  std::string name;               // engagements/…/recommendations/…
  std::string offering;           // members/…/offerings/…
  std::string other;              // the second one of a comparison
  std::string need;               // empty: all needs of the recommendation
  std::string goal = "top3";      // or "first"
  std::string side = "offering";  // or "firm", "weights"
};
int Explain(const CommonOptions& common, const ExplainOptions& options);

// How offerings are ranked, for anybody; of the rules in force, or of a revision.
int Notice(const CommonOptions& common, const ServerOptions& server, const std::string& name,
           bool html);

// The owner's report, as .html or .pdf by the name of the file; to standard output without one.
int Report(const CommonOptions& common, const ServerOptions& server, const std::string& name,
           const std::string& out);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_COMMANDS_H_
