// What became of each proposal that was decided, without anybody's name: a member is a pseudonym
// under the auditor's key, so that what is published of a comparison says nothing of whom it is
// about, and fees can be joined only by who has both the ledger and the key. Pure functions;
// thread-safe.
#ifndef APLOMB_CATALOG_TREATMENT_CASES_H_
#define APLOMB_CATALOG_TREATMENT_CASES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace aplomb::treatment {

inline constexpr size_t kCasesMax = 1'000'000;
inline constexpr size_t kKeySizeMin = 32;  // bytes of an auditor's key

struct Case {
  std::string member;      // pseudonym
  std::string family;      // e.g. "ECOMMERCE"
  std::string queue;       // family, or "FAST." and the family
  int64_t place = 0;       // by which it stands in its queue: a log entry, or a rank
  int64_t decided_at = 0;  // when it was decided: a log entry, or a rank
  int32_t centidays = 0;   // hundredths of working days under review; the member's own left out
  int32_t returns = 0;     // how often it was given back
  bool approved = false;

  friend bool operator==(const Case&, const Case&) = default;
};

// HMAC-SHA256(key, member id), its first 16 bytes in hexadecimal.
std::string Pseudonym(absl::string_view key, absl::string_view member_id);

// `place` and `decided_at` as ranks within the queue (1, 2, 3…; equal stays equal), in an order
// that follows from queue and rank alone. Where an entry stands in a public log would tell whose it
// is.
std::vector<Case> Ranked(std::vector<Case> cases);

// CSV with a header line, of the ranked cases; ReadCases(WriteCases(c)) is Ranked(c).
std::string WriteCases(const std::vector<Case>& cases);
// InvalidArgument with the first 20 bad lines.
absl::StatusOr<std::vector<Case>> ReadCases(absl::string_view text);

// Pairs of one queue in which the one that stood first was decided last. By queue, for each case
// how often it was overtaken: same indices as `cases`.
std::vector<int32_t> Overtaken(const std::vector<Case>& cases);

}  // namespace aplomb::treatment

#endif  // APLOMB_CATALOG_TREATMENT_CASES_H_
