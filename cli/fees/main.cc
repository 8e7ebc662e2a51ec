// `aplomb-fees LEDGER add DAY MEMBER CENTS`, `aplomb-fees LEDGER year YEAR` and, for auditors,
// `aplomb-fees LEDGER treatment CASES KEY YEAR`: the ledger of members' fees, apart from everything
// else.
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/status.h"
#include "catalog/treatment/cases.h"
#include "catalog/treatment/compare.h"
#include "cli/fees/fee_ledger.h"

namespace aplomb::fees {
namespace {

constexpr int kUsage = 2;
constexpr int kInvalidInput = 3;
constexpr int kNotShown = 10;   // of `treatment`: equality was not shown
constexpr int kDifferent = 20;  // of `treatment`: it was refuted
// Between the groups of payers, in cents a year.
constexpr int64_t kTierEdges[] = {100'000, 200'000};

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

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return absl::NotFoundError(path + ": cannot be read");
  return std::move(text).str();
}

// Compares the groups of payers; nothing that it prints names a member.
absl::StatusOr<treatment::Verdict> Treatment(const std::string& ledger, const std::string& cases,
                                             const std::string& key_file, const std::string& word) {
  int32_t year = 0;
  if (!absl::SimpleAtoi(word, &year)) return absl::InvalidArgumentError("expected: a year");
  ASSIGN_OR_RETURN(const std::vector<Payment> payments, ReadFile(ledger));
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(cases));
  ASSIGN_OR_RETURN(const std::vector<treatment::Case> list, treatment::ReadCases(text));
  ASSIGN_OR_RETURN(const std::string key, ReadWhole(key_file));
  if (key.size() < treatment::kKeySizeMin) {
    return absl::InvalidArgumentError("the auditor's key has at least 32 bytes");
  }
  std::map<std::string, std::string> groups;
  for (const auto& [member, cents] : YearlyFees(payments, year)) {
    int tier = 1;
    for (const int64_t edge : kTierEdges) tier += cents >= edge ? 1 : 0;
    groups[treatment::Pseudonym(key, member)] = "tier" + std::to_string(tier);
  }
  const treatment::TreatmentReport report = treatment::CompareTreatment(list, groups);
  std::cout << treatment::FormatReport(report);
  return report.verdict;
}

int Main(const std::vector<std::string>& words) {
  absl::Status status;
  if (words.size() == 5 && words[1] == "add") {
    status = Add(words[0], {words[2], words[3], words[4]});
  } else if (words.size() == 3 && words[1] == "year") {
    status = Year(words[0], words[2]);
  } else if (words.size() == 5 && words[1] == "treatment") {
    const auto verdict = Treatment(words[0], words[2], words[3], words[4]);
    if (verdict.ok() && *verdict == treatment::Verdict::kNotShown) return kNotShown;
    if (verdict.ok() && *verdict == treatment::Verdict::kDifferent) return kDifferent;
    status = verdict.status();
  } else {
    std::cerr << "aplomb-fees LEDGER add DAY MEMBER CENTS\naplomb-fees LEDGER year YEAR\n"
                 "aplomb-fees LEDGER treatment CASES KEY YEAR\n";
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
