#include "catalog/proposals/duplicates.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Offering;

// The next character of UTF-8; what is broken counts as one character of its own.
uint32_t TakeCharacter(absl::string_view& text) {
  const auto byte = [&text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t first = byte(0);
  size_t size = 1;
  uint32_t value = first;
  if (first >= 0xF0) {
    size = 4;
    value = first & 0x07;
  } else if (first >= 0xE0) {
    size = 3;
    value = first & 0x0F;
  } else if (first >= 0xC0) {
    size = 2;
    value = first & 0x1F;
  }
  if (size > text.size()) size = 1;
  for (size_t i = 1; i < size; ++i) value = value << 6 | (byte(i) & 0x3F);
  text.remove_prefix(size);
  return value;
}

struct Fold {
  uint32_t first;
  uint32_t last;
  absl::string_view to;  // one letter for the range, or one for each character of it
};

constexpr Fold kFolds[] = {
    {0xC0, 0xC5, "aaaaaa"},
    {0xC6, 0xC6, "e"},
    {0xC7, 0xC7, "c"},
    {0xC8, 0xCB, "eeee"},
    {0xCC, 0xCF, "llll"},
    {0xD1, 0xD1, "n"},
    {0xD2, 0xD6, "ooooo"},
    {0xD8, 0xD8, "o"},
    {0xD9, 0xDC, "uuuu"},
    {0xDD, 0xDD, "y"},
    {0xDF, 0xDF, "s"},
    {0xE0, 0xE5, "aaaaaa"},
    {0xE6, 0xE6, "e"},
    {0xE7, 0xE7, "c"},
    {0xE8, 0xEB, "eeee"},
    {0xEC, 0xEF, "llll"},
    {0xF1, 0xF1, "n"},
    {0xF2, 0xF6, "ooooo"},
    {0xF8, 0xF8, "o"},
    {0xF9, 0xFC, "uuuu"},
    {0xFD, 0xFD, "y"},
    {0xFF, 0xFF, "y"},
    {0x130, 0x131, "ll"},
    {0x152, 0x153, "ee"},
    // Greek capitals and small letters that look Latin.
    {0x391, 0x392, "ab"},
    {0x395, 0x397, "ezh"},
    {0x399, 0x39A, "lk"},
    {0x39C, 0x39D, "mn"},
    {0x39F, 0x39F, "o"},
    {0x3A1, 0x3A1, "p"},
    {0x3A4, 0x3A5, "ty"},
    {0x3A7, 0x3A7, "x"},
    {0x3B1, 0x3B1, "a"},
    {0x3B9, 0x3BA, "lk"},
    {0x3BD, 0x3BD, "v"},
    {0x3BF, 0x3BF, "o"},
    {0x3C1, 0x3C1, "p"},
    {0x3C5, 0x3C5, "u"},
    {0x3C7, 0x3C7, "x"},
    // Cyrillic.
    {0x405, 0x406, "sl"},
    {0x408, 0x408, "j"},
    {0x410, 0x410, "a"},
    {0x412, 0x412, "b"},
    {0x415, 0x415, "e"},
    {0x41A, 0x41A, "k"},
    {0x41C, 0x41E, "mho"},
    {0x420, 0x423, "pcty"},
    {0x425, 0x425, "x"},
    {0x430, 0x430, "a"},
    {0x432, 0x432, "b"},
    {0x435, 0x435, "e"},
    {0x43A, 0x43A, "k"},
    {0x43C, 0x43E, "mho"},
    {0x440, 0x443, "pcty"},
    {0x445, 0x445, "x"},
    {0x455, 0x456, "sl"},
    {0x458, 0x458, "j"},
    {0x501, 0x501, "d"},
    {0x51B, 0x51B, "q"},
    {0x51D, 0x51D, "w"},
    // Full width.
    {0xFF21, 0xFF3A, "abcdefghljklmnopqrstuvwxyz"},
    {0xFF41, 0xFF5A, "abcdefghljklmnopqrstuvwxyz"},
};

void AppendFolded(uint32_t character, std::string& skeleton) {
  if (character < 0x80) {
    char c = static_cast<char>(character);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    // One sign for i, l, 1 and |, and for o and 0.
    if (c == 'i' || c == '1' || c == '|') c = 'l';
    if (c == '0') c = 'o';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (kept) skeleton.push_back(c);
    return;
  }
  // Ligatures are two letters.
  if (character == 0xC6 || character == 0xE6) skeleton.push_back('a');
  if (character == 0x152 || character == 0x153) skeleton.push_back('o');
  if (character == 0xDF) skeleton.push_back('s');
  for (const Fold& fold : kFolds) {
    if (character >= fold.first && character <= fold.last) {
      skeleton.push_back(fold.to[character - fold.first]);
      return;
    }
  }
  // Marks that stand over a letter, spaces, dashes and signs are not seen as letters; letters of
  // other scripts stay what they are.
  const bool mark = (character >= 0x300 && character <= 0x36F) || character < 0xC0 ||
                    (character >= 0x2000 && character <= 0x2BFF) || character == 0xFEFF;
  if (!mark) absl::StrAppend(&skeleton, "<", character, ">");
}

// Whether a and b are at most `most` insertions, deletions or replacements apart.
bool IsNear(absl::string_view a, absl::string_view b, size_t most) {
  const size_t longer = std::max(a.size(), b.size());
  if (longer - std::min(a.size(), b.size()) > most) return false;
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()] <= most;
}

// "SAME_TITLE", "NEAR_TITLE" or "".
std::string CompareTitles(const Traits& a, const Traits& b) {
  std::string found;
  for (const std::string& x : a.titles) {
    for (const std::string& y : b.titles) {
      if (x.empty() || y.empty()) continue;
      if (x == y) return "SAME_TITLE";
      const size_t size = std::min(x.size(), y.size());
      if (size >= 6 && IsNear(x, y, size >= 12 ? 2 : 1)) found = "NEAR_TITLE";
    }
  }
  return found;
}

std::string MemberOf(absl::string_view name) {
  return std::string(name.substr(0, name.find("/offerings/")));
}

// Shorter names would be found in words.
constexpr size_t kMemberNameSizeMin = 5;

constexpr absl::string_view kSameMember = "SAME_MEMBER";

// Why `other` may be the same thing; nothing: no reason.
std::vector<std::string> Reasons(const Traits& proposed, const Traits& other) {
  std::vector<std::string> reasons;
  const bool same_member = MemberOf(other.name) == MemberOf(proposed.name);
  if (!proposed.uid.empty() && proposed.uid == other.uid) reasons.push_back("SAME_UID");
  const auto& ids = proposed.external_ids;
  if (std::any_of(other.external_ids.begin(), other.external_ids.end(),
                  [&ids](const std::string& id) {
                    return std::find(ids.begin(), ids.end(), id) != ids.end();
                  })) {
    reasons.push_back("SAME_EXTERNAL_ID");
  }
  if (!same_member && !proposed.domain.empty() && proposed.domain == other.domain) {
    reasons.push_back("SAME_DOMAIN");
  }
  std::string title = CompareTitles(proposed, other);
  if (!title.empty()) reasons.push_back(std::move(title));
  if (!reasons.empty() && same_member) reasons.emplace_back(kSameMember);
  return reasons;
}

bool IsOwn(const PossibleDuplicate& duplicate) {
  return !duplicate.reasons.empty() && duplicate.reasons.back() == kSameMember;
}

}  // namespace

std::string Skeleton(absl::string_view text) {
  std::string skeleton;
  while (!text.empty()) AppendFolded(TakeCharacter(text), skeleton);
  return skeleton;
}

std::string DomainOf(absl::string_view url) {
  if (!absl::ConsumePrefix(&url, "https://") && !absl::ConsumePrefix(&url, "http://")) return "";
  url = url.substr(0, url.find_first_of("/?#:"));
  std::string domain(url);
  for (char& c : domain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  absl::string_view bare = domain;
  absl::ConsumePrefix(&bare, "www.");
  return std::string(bare);
}

Traits TraitsOf(const Offering& offering) {
  return {.name = offering.name(),
          .uid = offering.uid(),
          .external_ids = {offering.external_ids().begin(), offering.external_ids().end()},
          .domain = DomainOf(offering.landing_url()),
          .titles = {Skeleton(offering.title().fr()), Skeleton(offering.title().en())}};
}

std::vector<PossibleDuplicate> FindDuplicates(const Offering& proposed,
                                              const catalog::Snapshot& snapshot,
                                              const std::vector<OpenProposal>& open) {
  std::vector<PossibleDuplicate> found;
  const Traits traits = TraitsOf(proposed);
  const auto compare = [&](const Traits& other, const std::string& proposal) {
    if (other.name == traits.name) return;
    std::vector<std::string> reasons = Reasons(traits, other);
    if (reasons.empty()) return;
    found.push_back({.name = other.name, .reasons = std::move(reasons), .proposal = proposal});
  };
  for (const auto& [name, entry] : snapshot.offerings) compare(TraitsOf(entry->offering), "");
  for (const OpenProposal& one : open) compare(one.traits, one.name);
  const std::string member = MemberOf(proposed.name());
  for (const auto& [name, entry] : snapshot.members) {
    if (name == member) continue;
    const std::string display = Skeleton(entry->member.display_name());
    if (display.size() < kMemberNameSizeMin) continue;
    if (std::any_of(
            traits.titles.begin(), traits.titles.end(),
            [&display](const std::string& title) { return absl::StartsWith(title, display); })) {
      found.push_back({.name = name, .reasons = {"NAME_OF_OTHER_MEMBER"}});
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const PossibleDuplicate& a, const PossibleDuplicate& b) {
                     if (IsOwn(a) != IsOwn(b)) return IsOwn(b);
                     if (a.reasons.size() != b.reasons.size()) {
                       return a.reasons.size() > b.reasons.size();
                     }
                     return std::pair(a.name, a.proposal) < std::pair(b.name, b.proposal);
                   });
  return found;
}

}  // namespace aplomb::proposals
