// Tables for a terminal of 100 columns. Widths count characters, not bytes, so
// that accents do not push columns apart; the widest flexible column is wrapped
// until the table fits. No locale: the same table gives the same bytes anywhere.
#ifndef APLOMB_CLI_TEXT_TABLE_H_
#define APLOMB_CLI_TEXT_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace aplomb::cli {

inline constexpr size_t kScreenColumns = 100;

enum class Align { kLeft, kRight };

struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
  // May be wrapped to fit the screen; numbers and ids are not.
  bool flexible = false;
};

class TextTable {
 public:
  // `indent` blanks stand before each line.
  explicit TextTable(std::vector<TableColumn> columns, size_t indent = 0);

  // One row; cells beyond the columns are a broken invariant, missing ones are empty.
  void AddRow(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }

  // All lines, each ended by a line feed; titles and a rule first. Lines exceed
  // kScreenColumns only where the columns that may not be wrapped do so alone.
  std::string Render() const;

 private:
  std::vector<TableColumn> columns_;
  size_t indent_;
  std::vector<std::vector<std::string>> rows_;
};

// Characters in a UTF-8 text (invalid bytes count one each).
size_t DisplayWidth(absl::string_view text);

// `text` broken at blanks into lines of at most `width` characters (at least 1);
// a longer word is cut. Blanks at which French typography forbids to break, inside
// « », before : ; ? ! % € and between the digits of a number, become no-break
// spaces (U+00A0, U+202F).
std::vector<std::string> WrapText(absl::string_view text, size_t width);

// `text` wrapped to the screen, `first` before its first line and as many blanks
// before the others; ends with a line feed.
std::string Paragraph(absl::string_view first, absl::string_view text);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_TEXT_TABLE_H_
