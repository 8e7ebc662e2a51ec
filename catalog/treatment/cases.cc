#include "catalog/treatment/cases.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/digest.h"
#include "base/hex.h"

namespace aplomb::treatment {
namespace {

constexpr absl::string_view kHeader =
    "member,family,queue,place,decided,centidays,returns,approved";
constexpr size_t kPseudonymDigits = 32;
constexpr int kBadLinesTold = 20;

// Names of families and pseudonyms hold nothing that CSV would need quotes for.
bool IsWord(absl::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

bool ReadLine(absl::string_view line, Case& one) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ',');
  if (fields.size() != 8 || !IsWord(fields[0]) || !IsWord(fields[1]) || !IsWord(fields[2])) {
    return false;
  }
  one.member = std::string(fields[0]);
  one.family = std::string(fields[1]);
  one.queue = std::string(fields[2]);
  one.approved = fields[7] == "1";
  return absl::SimpleAtoi(fields[3], &one.place) && absl::SimpleAtoi(fields[4], &one.decided_at) &&
         absl::SimpleAtoi(fields[5], &one.centidays) && absl::SimpleAtoi(fields[6], &one.returns) &&
         one.centidays >= 0 && one.returns >= 0 && (one.approved || fields[7] == "0");
}

// Replaces what `member` holds by its rank among the cases of its queue.
void RankWithinQueues(int64_t Case::*member, std::vector<Case>& cases) {
  std::map<std::string, std::map<int64_t, int64_t>> ranks;
  for (const Case& one : cases) ranks[one.queue][one.*member] = 0;
  for (auto& [queue, of_queue] : ranks) {
    int64_t rank = 0;
    for (auto& [value, given] : of_queue) given = ++rank;
  }
  for (Case& one : cases) one.*member = ranks[one.queue][one.*member];
}

}  // namespace

std::string Pseudonym(absl::string_view key, absl::string_view member_id) {
  return base::HexEncode(base::HmacSha256(key, member_id)).substr(0, kPseudonymDigits);
}

std::vector<Case> Ranked(std::vector<Case> cases) {
  RankWithinQueues(&Case::place, cases);
  RankWithinQueues(&Case::decided_at, cases);
  // The order of lines must not be that of the log either.
  const auto key = [](const Case& one) {
    return std::tie(one.queue, one.place, one.decided_at, one.member, one.family, one.centidays,
                    one.returns, one.approved);
  };
  std::sort(cases.begin(), cases.end(),
            [&](const Case& a, const Case& b) { return key(a) < key(b); });
  return cases;
}

std::string WriteCases(const std::vector<Case>& cases) {
  std::string out = absl::StrCat(kHeader, "\n");
  for (const Case& one : Ranked(cases)) {
    absl::StrAppend(&out, one.member, ",", one.family, ",", one.queue, ",", one.place, ",",
                    one.decided_at, ",", one.centidays, ",", one.returns, ",", one.approved ? 1 : 0,
                    "\n");
  }
  return out;
}

absl::StatusOr<std::vector<Case>> ReadCases(absl::string_view text) {
  std::vector<Case> cases;
  std::string wrong;
  int wrong_count = 0;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    if (number == 1) {
      if (line != kHeader) {
        return absl::InvalidArgumentError(absl::StrCat("line 1: expected: ", kHeader));
      }
      continue;
    }
    Case one;
    if (!ReadLine(line, one)) {
      if (++wrong_count <= kBadLinesTold) {
        absl::StrAppend(&wrong, "line ", number, ": not a case: ", line.substr(0, 100), "\n");
      }
      continue;
    }
    if (cases.size() == kCasesMax) {
      return absl::InvalidArgumentError(absl::StrCat("more than ", kCasesMax, " cases"));
    }
    cases.push_back(std::move(one));
  }
  if (number <= 1 && cases.empty()) return absl::InvalidArgumentError("no cases");
  if (wrong_count > 0) return absl::InvalidArgumentError(wrong);
  return cases;
}

std::vector<int32_t> Overtaken(const std::vector<Case>& cases) {
  std::vector<int32_t> overtaken(cases.size(), 0);
  std::map<std::string, std::vector<size_t>> queues;
  for (size_t i = 0; i < cases.size(); ++i) queues[cases[i].queue].push_back(i);
  for (auto& [queue, members] : queues) {
    // From the last place to the first: who stands behind and was decided before? A Fenwick tree
    // over the order of decisions counts them.
    // Who stands or was decided at the same place overtook nobody: ties lie so that none counts.
    std::sort(members.begin(), members.end(), [&](size_t a, size_t b) {
      return std::tie(cases[a].decided_at, cases[a].place, a) <
             std::tie(cases[b].decided_at, cases[b].place, b);
    });
    std::map<size_t, size_t> rank;
    for (size_t i = 0; i < members.size(); ++i) rank[members[i]] = i + 1;
    std::sort(members.begin(), members.end(), [&](size_t a, size_t b) {
      return std::tie(cases[a].place, rank[a]) > std::tie(cases[b].place, rank[b]);
    });
    std::vector<int32_t> tree(members.size() + 1, 0);
    for (const size_t one : members) {
      const size_t place = rank[one];
      int32_t before = 0;
      for (size_t i = place - 1; i > 0; i -= i & (~i + 1)) before += tree[i];
      overtaken[one] = before;
      for (size_t i = place; i < tree.size(); i += i & (~i + 1)) ++tree[i];
    }
  }
  return overtaken;
}

}  // namespace aplomb::treatment
