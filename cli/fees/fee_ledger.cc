#include "cli/fees/fee_ledger.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"

namespace aplomb::fees {
namespace {

constexpr size_t kIdSizeMax = 63;

bool IsMemberId(absl::string_view id) {
  if (id.empty() || id.size() > kIdSizeMax || id.back() == '-') return false;
  if (id[0] < 'a' || id[0] > 'z') return false;
  for (const char c : id) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return true;
}

absl::StatusOr<Payment> ReadLine(absl::string_view line) {
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  if (words.size() != 3) return absl::InvalidArgumentError("expected: DAY MEMBER CENTS");
  Payment payment{.day = 0, .member = std::string(words[1]), .cents = 0};
  ASSIGN_OR_RETURN(payment.day, base::ParseDay(words[0]));
  if (!absl::SimpleAtoi(words[2], &payment.cents)) {
    return absl::InvalidArgumentError("the amount is a whole number of cents");
  }
  RETURN_IF_ERROR(CheckPayment(payment));
  return payment;
}

}  // namespace

absl::Status CheckPayment(const Payment& payment) {
  if (!IsMemberId(payment.member)) {
    return absl::InvalidArgumentError("the member's id: lower-case letters, digits, hyphens");
  }
  if (payment.cents == 0 || payment.cents > kCentsMax || payment.cents < -kCentsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("the amount is not 0 and at most ", kCentsMax, " cents"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Payment>> ReadLedger(absl::string_view text) {
  std::vector<Payment> payments;
  std::string wrong;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    absl::StatusOr<Payment> payment = ReadLine(line);
    if (!payment.ok()) {
      absl::StrAppend(&wrong, "line ", number, ": ", payment.status().message(), "\n");
    } else if (payments.size() == kPaymentsMax) {
      return absl::InvalidArgumentError(absl::StrCat("more than ", kPaymentsMax, " payments"));
    } else {
      payments.push_back(*std::move(payment));
    }
  }
  if (!wrong.empty()) return absl::InvalidArgumentError(wrong);
  return payments;
}

std::string WriteLine(const Payment& payment) {
  return absl::StrCat(base::FormatDay(payment.day), " ", payment.member, " ", payment.cents, "\n");
}

std::map<std::string, int64_t> YearlyFees(const std::vector<Payment>& payments, int32_t year) {
  std::map<std::string, int64_t> fees;
  for (const Payment& payment : payments) {
    if (base::FromDayNumber(payment.day).year == year) fees[payment.member] += payment.cents;
  }
  return fees;
}

}  // namespace aplomb::fees
