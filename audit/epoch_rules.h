// What anyone who reads the log can check about the secrets by which equals are put in order, from
// public bytes alone: that each was committed before its first use, shown after its day and not
// earlier, and that what was shown is what had been committed. Pure; no disk.
#ifndef APLOMB_AUDIT_EPOCH_RULES_H_
#define APLOMB_AUDIT_EPOCH_RULES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/own_entries.h"
#include "base/digest.h"

namespace aplomb::audit {

// A day must be closed at the latest this long after it ended, provided that the log went on.
inline constexpr absl::Duration kEpochCloseGrace = absl::Hours(48);

struct EpochFinding {
  int64_t index = 0;  // the entry that it is about
  std::string text = {};

  friend bool operator==(const EpochFinding&, const EpochFinding&) = default;
};

// Told of the log's entries in their order.
class EpochRules {
 public:
  void OnEpoch(int64_t index, int64_t time_us, const EpochCommitment& epoch);
  void OnEpochClose(int64_t index, int64_t time_us, const EpochClosing& closing);
  // A firm's file was opened: `tie_epoch` is the day whose secret draws for it.
  void OnEngagement(int64_t index, int64_t time_us, absl::string_view tie_epoch,
                    const base::Digest& subject);
  // Any other entry.
  void OnOther(int64_t time_us) { newest_time_us_ = time_us; }

  // Everything that was found wrong, by entry. `OnX` may go on afterwards.
  std::vector<EpochFinding> Findings() const;
  // Subjects with more than one engagement, and how many each has: asking again under another file
  // draws the same order, and is to be seen.
  std::map<base::Digest, int> RepeatedSubjects() const;

 private:
  struct Epoch {
    int64_t index = 0;
    EpochCommitment::Kind kind = EpochCommitment::Kind::kDay;
    base::Digest commitment = {};
    bool closed = false;
  };

  std::map<std::string, Epoch> epochs_;  // by label
  std::map<base::Digest, int> engagements_;
  std::vector<EpochFinding> findings_;
  int64_t newest_time_us_ = 0;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_EPOCH_RULES_H_
