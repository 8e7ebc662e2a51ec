#include "cli/text_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace aplomb::cli {
namespace {

constexpr size_t kGap = 2;           // blanks between columns
constexpr size_t kMinFlexible = 12;  // a column is not wrapped below this

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes of the first `count` characters.
size_t PrefixBytes(absl::string_view text, size_t count) {
  size_t bytes = 0;
  while (bytes < text.size() && count > 0) {
    ++bytes;
    while (bytes < text.size() && IsContinuation(text[bytes])) ++bytes;
    --count;
  }
  return bytes;
}

void AppendCell(const TableColumn& column, absl::string_view cell, size_t width, bool last,
                std::string& line) {
  const size_t used = DisplayWidth(cell);
  const size_t padding = width > used ? width - used : 0;
  if (column.align == Align::kRight) line.append(padding, ' ');
  absl::StrAppend(&line, cell);
  // No blanks at the end of a line.
  if (column.align == Align::kLeft && !last) line.append(padding, ' ');
}

constexpr absl::string_view kNoBreak = "\u00a0";        // no-break space
constexpr absl::string_view kNarrowNoBreak = "\u202f";  // narrow no-break space

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "234" or "234,50" after "1": the next three digits of one number.
bool GoesOnWithDigits(absl::string_view last, absl::string_view word) {
  if (last.empty() || !IsDigit(last.back()) || word.size() < 3) return false;
  if (!std::all_of(word.begin(), word.begin() + 3, IsDigit)) return false;
  return word.size() == 3 || !IsDigit(word[3]);
}

// What stands between two words where French typography forbids to break a line, as the Imprimerie
// nationale has it: before ":", "»", "%" and "€" and after "«" a no-break space, before ";", "?"
// and "!" and between the digits of a number a narrow one. Empty: a blank, where lines may end.
absl::string_view Tie(absl::string_view last, absl::string_view word) {
  static constexpr absl::string_view kWide[] = {":", "»", "%", "€"};
  static constexpr absl::string_view kNarrow[] = {";", "?", "!"};
  const auto begins = [&word](absl::string_view mark) { return absl::StartsWith(word, mark); };
  if (absl::EndsWith(last, "«") || std::any_of(std::begin(kWide), std::end(kWide), begins)) {
    return kNoBreak;
  }
  if (std::any_of(std::begin(kNarrow), std::end(kNarrow), begins)) return kNarrowNoBreak;
  return GoesOnWithDigits(last, word) ? kNarrowNoBreak : "";
}

// The words of a text, those that must not be parted tied together.
std::vector<std::string> Words(absl::string_view text) {
  std::vector<std::string> words;
  absl::string_view last;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const absl::string_view tie = words.empty() ? "" : Tie(last, word);
    if (tie.empty()) {
      words.emplace_back(word);
    } else {
      absl::StrAppend(&words.back(), tie, word);
    }
    last = word;
  }
  return words;
}

}  // namespace

size_t DisplayWidth(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

std::vector<std::string> WrapText(absl::string_view text, size_t width) {
  width = std::max<size_t>(width, 1);
  std::vector<std::string> lines;
  std::string line;
  size_t used = 0;
  const std::vector<std::string> words = Words(text);
  for (absl::string_view word : words) {
    while (true) {
      const size_t size = DisplayWidth(word);
      const size_t gap = used == 0 ? 0 : 1;
      if (used + gap + size <= width) {
        if (gap != 0) line.push_back(' ');
        absl::StrAppend(&line, word);
        used += gap + size;
        break;
      }
      if (used != 0) {
        lines.push_back(std::exchange(line, {}));
        used = 0;
        continue;
      }
      const size_t bytes = PrefixBytes(word, width);
      lines.emplace_back(word.substr(0, bytes));
      word.remove_prefix(bytes);
    }
  }
  if (used != 0 || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string Paragraph(absl::string_view first, absl::string_view text) {
  const size_t indent = DisplayWidth(first);
  const size_t width = indent < kScreenColumns ? kScreenColumns - indent : 1;
  std::string out;
  bool is_first = true;
  for (const std::string& line : WrapText(text, width)) {
    absl::StrAppend(&out, is_first ? std::string(first) : std::string(indent, ' '), line, "\n");
    is_first = false;
  }
  return out;
}

TextTable::TextTable(std::vector<TableColumn> columns, size_t indent)
    : columns_(std::move(columns)), indent_(indent) {}

void TextTable::AddRow(std::vector<std::string> cells) {
  CHECK(cells.size() <= columns_.size()) << "a row has more cells than the table has columns";
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::Render() const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < columns_.size(); ++c) {
    size_t width = DisplayWidth(columns_[c].title);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[c]));
    widths.push_back(width);
  }
  // Take from the widest flexible column, one character at a time, until it fits.
  const auto total = [&] {
    size_t sum = indent_;
    for (size_t c = 0; c < widths.size(); ++c) sum += widths[c] + (c == 0 ? 0 : kGap);
    return sum;
  };
  while (total() > kScreenColumns) {
    size_t widest = columns_.size();
    for (size_t c = 0; c < columns_.size(); ++c) {
      if (!columns_[c].flexible || widths[c] <= kMinFlexible) continue;
      if (widest == columns_.size() || widths[c] > widths[widest]) widest = c;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
  }

  std::string out;
  const auto append_row = [&](const std::vector<std::string>& cells) {
    std::vector<std::vector<std::string>> wrapped;
    size_t height = 1;
    for (size_t c = 0; c < columns_.size(); ++c) {
      wrapped.push_back(columns_[c].flexible ? WrapText(cells[c], widths[c])
                                             : std::vector<std::string>{cells[c]});
      height = std::max(height, wrapped.back().size());
    }
    for (size_t h = 0; h < height; ++h) {
      std::string line(indent_, ' ');
      for (size_t c = 0; c < columns_.size(); ++c) {
        if (c != 0) line.append(kGap, ' ');
        const absl::string_view cell =
            h < wrapped[c].size() ? absl::string_view(wrapped[c][h]) : absl::string_view();
        AppendCell(columns_[c], cell, widths[c], c + 1 == columns_.size(), line);
      }
      const size_t end = line.find_last_not_of(' ');
      line.resize(end == std::string::npos ? 0 : end + 1);
      absl::StrAppend(&out, line, "\n");
    }
  };

  std::vector<std::string> titles;
  std::vector<std::string> rules;
  for (size_t c = 0; c < columns_.size(); ++c) {
    titles.push_back(columns_[c].title);
    rules.emplace_back(widths[c], '-');
  }
  append_row(titles);
  append_row(rules);
  for (const auto& row : rows_) append_row(row);
  return out;
}

}  // namespace aplomb::cli
