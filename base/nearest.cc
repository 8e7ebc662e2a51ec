#include "base/nearest.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace aplomb::base {
namespace {

constexpr size_t kWordSizeMax = 64;
constexpr size_t kPrefixSizeMin = 3;

std::string Comparable(absl::string_view word) {
  return absl::AsciiStrToLower(word.substr(0, kWordSizeMax));
}

}  // namespace

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::vector<std::string> Nearest(absl::string_view word, std::vector<std::string> names,
                                 size_t count) {
  const std::string from = Comparable(word);
  std::vector<std::pair<size_t, std::string>> order;
  order.reserve(names.size());
  for (std::string& name : names) {
    const size_t distance = EditDistance(from, Comparable(name));
    order.emplace_back(distance, std::move(name));
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> nearest;
  for (auto& [distance, name] : order) {
    if (nearest.size() == count) break;
    nearest.push_back(std::move(name));
  }
  return nearest;
}

std::vector<std::string> Meant(absl::string_view word, std::vector<std::string> names,
                               size_t count) {
  const std::string from = Comparable(word);
  const auto is_far = [&from](const std::string& name) {
    const std::string to = Comparable(name);
    const bool begins = std::min(from.size(), to.size()) >= kPrefixSizeMin &&
                        (absl::StartsWith(to, from) || absl::StartsWith(from, to));
    return !begins && 3 * EditDistance(from, to) > std::max(from.size(), to.size());
  };
  names.erase(std::remove_if(names.begin(), names.end(), is_far), names.end());
  return Nearest(word, std::move(names), count);
}

}  // namespace aplomb::base
