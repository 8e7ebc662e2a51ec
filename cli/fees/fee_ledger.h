// The ledger of members' fees: a file of its own, read and written by a program of its own
// (`aplomb-fees`). Nothing of the catalogue, the engine or the service links this: what they cannot
// open cannot count (tests/fees looks at what each program is made of).
//
// The file has one payment a line, oldest first: day, member's id, amount in cents of EUR,
// separated by one space; "#" begins a comment. Lines are only added; a mistake is put right by
// another line.
#ifndef APLOMB_CLI_FEES_FEE_LEDGER_H_
#define APLOMB_CLI_FEES_FEE_LEDGER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/civil_day.h"

namespace aplomb::fees {

// Any payment, in cents, in either direction.
inline constexpr int64_t kCentsMax = 100'000'000;
inline constexpr size_t kPaymentsMax = 100'000;

struct Payment {
  base::DayNumber day = 0;
  std::string member;  // its id
  int64_t cents = 0;   // negative: paid back

  friend bool operator==(const Payment&, const Payment&) = default;
};

// InvalidArgument with every bad line, by number.
absl::StatusOr<std::vector<Payment>> ReadLedger(absl::string_view text);
// The line of a payment, with its line feed. ReadLedger(WriteLine(p)) is p.
std::string WriteLine(const Payment& payment);

// What each member has paid in a year.
std::map<std::string, int64_t> YearlyFees(const std::vector<Payment>& payments, int32_t year);

// InvalidArgument for an id that is none, or an amount out of range.
absl::Status CheckPayment(const Payment& payment);

}  // namespace aplomb::fees

#endif  // APLOMB_CLI_FEES_FEE_LEDGER_H_
