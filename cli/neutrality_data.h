// What the commands about neutrality work on: a catalogue, a rulebook and firms,
// from files or from a data directory, and what is known of members besides.
#ifndef APLOMB_CLI_NEUTRALITY_DATA_H_
#define APLOMB_CLI_NEUTRALITY_DATA_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/neutrality/prove.h"

namespace aplomb::cli {

// Where things are; empty: the sample's.
struct NeutralitySource {
  bool sample = false;
  std::string data;      // data directory that no server has open
  std::string catalog;   // folder of a catalogue, instead of `data`
  std::string rulebook;  // folder of a rulebook; empty with `data`: the one in force
  std::string profiles;  // folder of profiles/*.yaml, or of *.yaml
  std::string ledger;    // file with `yearly_fees: {MEMBER: AMOUNT}`
  std::string as_of;     // YYYY-MM-DD; empty: today in Paris
  std::string share;     // where catalog/ stands
};

struct NeutralityData {
  catalog::Snapshot snapshot;
  std::shared_ptr<const decision::CompiledRulebook> rulebook;
  int64_t rulebook_revision = 0;
  std::vector<decision::ProofInput> inputs;                 // by id; valid for `rulebook`
  std::map<std::string, int64_t, std::less<>> fees_micros;  // by member name
  int32_t as_of_day = 0;
};

// Reads and checks everything. InvalidArgument with all that is wrong; NotFound; what
// Dataset::Open gives. `secret_seed` draws the secret and the subjects of ties.
absl::StatusOr<NeutralityData> LoadNeutralityData(const NeutralitySource& source,
                                                  uint64_t secret_seed);

// The firms of a folder (its profiles/*.yaml, or *.yaml), or of the sample, by id; `needs` and
// `profile` are not checked against any rulebook.
absl::StatusOr<std::vector<decision::ProofInput>> ReadFirms(const NeutralitySource& source);

// A day as people write it; `option` says in the error, in both languages, what was wrong.
absl::StatusOr<int32_t> ReadDay(absl::string_view option, const std::string& text);

// The compiled rulebook of a folder, its digest that of its bytes.
absl::StatusOr<std::shared_ptr<const decision::CompiledRulebook>> LoadRulebook(
    const std::string& directory);

// A ledger's fees by member name. Amounts in EUR.
absl::StatusOr<std::map<std::string, int64_t, std::less<>>> ReadLedger(const std::string& path);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_NEUTRALITY_DATA_H_
