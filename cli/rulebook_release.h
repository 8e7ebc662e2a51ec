// Revisions of a rulebook from their proposal to their first day, and what a changed
// offering would do: commands that call RulebookService.
#ifndef APLOMB_CLI_RULEBOOK_RELEASE_H_
#define APLOMB_CLI_RULEBOOK_RELEASE_H_

#include <string>

#include "cli/commands.h"

namespace aplomb::cli {

// A proposal runs a rulebook's tests and decides all reference firms twice.
inline constexpr int64_t kProposeDeadlineMs = 60'000;

struct ProposeRulebookOptions {
  ServerOptions server;
  std::string directory;      // rulebook.textproto, needs/, tests/, waivers/
  std::string from;           // YYYY-MM-DD, instead of the file's valid_from
  std::string profiles;       // folder of reference firms; empty: the sample's
  std::string ledger;         // fees, joined from outside
  bool without_fees = false;  // instead of a ledger: the revision says "not examined"
  bool dry_run = false;
  std::string share;
};
int ProposeRulebook(const CommonOptions& common, const ProposeRulebookOptions& options);

// All, newest first; or one, with impact and bias.
int ShowRulebookReleases(const CommonOptions& common, const ServerOptions& server,
                         const std::string& name);
struct WithdrawRulebookOptions {
  ServerOptions server;
  std::string name;  // rulebooks/{rulebook}/revisions/{revision}
  std::string why_fr;
  std::string why_en;
};
int WithdrawRulebook(const CommonOptions& common, const WithdrawRulebookOptions& options);

// The bias attached to a revision.
int ShowReleaseBias(const CommonOptions& common, const ServerOptions& server,
                    const std::string& name);

struct OfferingImpactOptions {
  ServerOptions server;
  std::string file;      // entry as members write it
  std::string profiles;  // folder of reference firms; empty: the sample's
  std::string share;
};
int OfferingImpact(const CommonOptions& common, const OfferingImpactOptions& options);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_RULEBOOK_RELEASE_H_
