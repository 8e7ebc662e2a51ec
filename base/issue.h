// What a user got wrong: a value, not an error. Checks go through everything and collect all
// issues; the edge shows them at once.
#ifndef APLOMB_BASE_ISSUE_H_
#define APLOMB_BASE_ISSUE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace aplomb::base {

struct Issue {
  // Dotted path from the root of what was checked, lists with their index:
  // "profile.sites[2].region_code". Empty: the whole.
  std::string field;
  // Stable word for machines: [A-Z][A-Z0-9_]+[A-Z0-9], at most 63 characters.
  std::string reason;
  // What is wrong, what is allowed, what to do. For people.
  std::string text_fr;
  std::string text_en;

  friend bool operator==(const Issue&, const Issue&) = default;
};

// Collects issues, the first kIssuesMax of them; the others are counted. Not thread-safe.
class Issues {
 public:
  // More than a person reads at once, less than fills an answer.
  static constexpr size_t kIssuesMax = 200;

  void Add(Issue issue) {
    if (list_.size() < kIssuesMax) {
      list_.push_back(std::move(issue));
    } else {
      ++dropped_count_;
    }
  }
  // Adds those of `other` with `prefix` before their fields: "offerings[3]" and "price" give
  // "offerings[3].price".
  void AddAll(absl::string_view prefix, const Issues& other);

  bool empty() const { return list_.empty(); }
  const std::vector<Issue>& list() const { return list_; }
  size_t dropped_count() const { return dropped_count_; }
  // One line per issue, in English: "field: text (REASON)". For logs and tests.
  std::string ToString() const;

 private:
  std::vector<Issue> list_;
  size_t dropped_count_ = 0;
};

// "a" and "b" give "a.b"; an empty side gives the other one; "[3]" is put on without a dot.
std::string JoinField(absl::string_view prefix, absl::string_view field);

}  // namespace aplomb::base

#endif  // APLOMB_BASE_ISSUE_H_
