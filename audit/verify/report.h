// What a verification found: a verdict, the findings behind it, each of which names its entry and
// says in plain words what is wrong, and what was counted on the way. A value; no I/O.
#ifndef APLOMB_AUDIT_VERIFY_REPORT_H_
#define APLOMB_AUDIT_VERIFY_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace aplomb::verify {

// Exit codes of aplomb-verify; scripts may rely on them.
enum class Verdict : int {
  kWitnessed = 0,    // everything holds, and the witnesses that the policy asks for saw it
  kConsistent = 10,  // everything holds; not witnessed as the policy asks
  kFindings = 20,    // the tree holds, but entries say what may not be
  kFork = 30,        // the log signed two histories, or shows less than it signed
  kInvalid = 40,     // what is shown is not what was signed
};
// "VERIFIED_AND_WITNESSED" …
absl::string_view VerdictName(Verdict verdict);

enum class Language { kEnglish, kFrench };

struct Finding {
  // What it makes of the verdict.
  enum class Weight { kFinding, kFork, kInvalid };
  Weight weight = Weight::kFinding;
  std::string reason;                  // stable word for machines: "TIME_WENT_BACK"
  std::optional<uint64_t> index = {};  // of the entry; none: the log as a whole
  std::string text_en;
  std::string text_fr;
};

struct Cosigned {
  std::string witness;
  uint64_t time_s = 0;
};

// A section that was shown and is the one that the entry commits to.
struct Disclosed {
  uint64_t index = 0;  // of the entry
  uint8_t tier = 0;
  uint16_t number = 0;
  std::string value;
};

struct Report {
  // Findings kept; the others are counted.
  static constexpr size_t kFindingsMax = 1'000;

  // From the checkpoint; empty and 0 if it could not be read.
  std::string origin;
  uint64_t size = 0;
  std::string root;  // base64
  std::vector<Cosigned> cosignatures = {};
  // What the policy asks for; empty: no witness.
  std::string quorum = {};
  uint64_t quorum_witnesses = 0;  // that the policy names
  bool witnessed = false;         // as it asks
  bool of_receipt = false;        // a receipt by itself: no files of the log were read

  uint64_t derived_entries = 0;  // leaves derived from bundles
  uint64_t compared_tiles = 0;   // hash tiles equal to what was derived, byte for byte
  uint64_t old_checkpoints = 0;  // older checkpoints shown to be prefixes
  uint64_t receipts = 0;         // receipts that hold
  std::vector<Disclosed> disclosed = {};
  std::map<std::string, uint64_t> counts = {};  // "DECISION" -> how many; and other counts

  std::vector<Finding> findings = {};
  uint64_t findings_dropped = 0;
  // Signed notes that contradict each other, verbatim, in pairs.
  std::vector<std::pair<std::string, std::string>> evidence = {};

  void Add(Finding finding);
  Verdict verdict() const;

 private:
  bool fork_ = false;
  bool invalid_ = false;
};

// For people, in one language; ends in a line feed.
std::string FormatText(const Report& report, Language language);
// For machines: one JSON object on one line; ends in a line feed.
std::string FormatJson(const Report& report);

}  // namespace aplomb::verify

#endif  // APLOMB_AUDIT_VERIFY_REPORT_H_
