// `aplomb-fees LEDGER add DAY MEMBER CENTS` and `aplomb-fees LEDGER year YEAR`: the ledger of
// members' fees, apart from everything else.
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/status.h"
#include "cli/fees/fee_ledger.h"

namespace aplomb::fees {
namespace {

constexpr int kUsage = 2;
constexpr int kInvalidInput = 3;

absl::StatusOr<std::vector<Payment>> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::vector<Payment>();  // the first payment makes it
  std::ostringstream text;
  text << file.rdbuf();
  return ReadLedger(text.str());
}

absl::Status Add(const std::string& path, const std::vector<std::string>& words) {
  RETURN_IF_ERROR(ReadFile(path).status());
  Payment payment{.day = 0, .member = words[1], .cents = 0};
  ASSIGN_OR_RETURN(payment.day, base::ParseDay(words[0]));
  if (!absl::SimpleAtoi(words[2], &payment.cents)) {
    return absl::InvalidArgumentError("the amount is a whole number of cents");
  }
  RETURN_IF_ERROR(CheckPayment(payment));
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << WriteLine(payment) << std::flush;
  return file ? absl::OkStatus() : absl::UnavailableError(path + ": cannot be written");
}

absl::Status Year(const std::string& path, const std::string& word) {
  int32_t year = 0;
  if (!absl::SimpleAtoi(word, &year)) return absl::InvalidArgumentError("expected: a year");
  ASSIGN_OR_RETURN(const std::vector<Payment> payments, ReadFile(path));
  for (const auto& [member, cents] : YearlyFees(payments, year)) {
    std::cout << member << " " << cents << "\n";
  }
  return absl::OkStatus();
}

int Main(const std::vector<std::string>& words) {
  absl::Status status;
  if (words.size() == 5 && words[1] == "add") {
    status = Add(words[0], {words[2], words[3], words[4]});
  } else if (words.size() == 3 && words[1] == "year") {
    status = Year(words[0], words[2]);
  } else {
    std::cerr << "aplomb-fees LEDGER add DAY MEMBER CENTS\naplomb-fees LEDGER year YEAR\n";
    return kUsage;
  }
  if (status.ok()) return 0;
  std::cerr << "aplomb-fees: " << status.message() << "\n";
  return kInvalidInput;
}

}  // namespace
}  // namespace aplomb::fees

int main(int argc, char** argv) {
  return aplomb::fees::Main(std::vector<std::string>(argv + 1, argv + argc));
}
