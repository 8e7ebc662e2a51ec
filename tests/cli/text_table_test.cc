// Tables and paragraphs as they stand on a screen of 100 columns.
#include "cli/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

namespace aplomb::cli {
namespace {

using ::testing::ElementsAre;

TEST(TextTable, AlignsByCharactersAndNotByBytes) {
  TextTable table({{"Rang", Align::kRight}, {"Été", Align::kLeft, true}, {"€", Align::kRight}});
  table.AddRow({"1", "à confirmer", "9,50"});
  table.AddRow({"12", "", "10,00"});
  EXPECT_EQ(table.Render(),
            "Rang  Été              €\n"
            "----  -----------  -----\n"
            "   1  à confirmer   9,50\n"
            "  12               10,00\n");
}

TEST(TextTable, WrapsTheWidestFlexibleColumnToTheScreen) {
  TextTable table({{"Id"}, {"Text", Align::kLeft, true}, {"Other", Align::kLeft, true}}, 2);
  std::string words;
  for (int i = 0; i < 40; ++i) words += "mot ";
  table.AddRow({"C06", words, "short"});
  const std::string text = table.Render();
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_LE(DisplayWidth(line), kScreenColumns) << line;
  }
  EXPECT_THAT(text, ::testing::HasSubstr("short"));
}

TEST(TextTable, NoBlanksStandAtTheEndOfALine) {
  TextTable table({{"A"}, {"B"}});
  table.AddRow({"x", ""});
  EXPECT_EQ(table.Render(), "A  B\n-  -\nx\n");
}

TEST(WrapText, BreaksAtBlanksAndCutsLongWords) {
  EXPECT_THAT(WrapText("une phrase de mots", 8), ElementsAre("une", "phrase", "de mots"));
  EXPECT_THAT(WrapText("éééééé", 4), ElementsAre("éééé", "éé"));
  EXPECT_THAT(WrapText("  ", 4), ElementsAre(""));
  EXPECT_THAT(WrapText("a b", 0), ElementsAre("a", "b"));
}

TEST(WrapText, TiesWhatFrenchTypographyKeepsTogether) {
  struct Case {
    const char* name;
    const char* text;
    size_t width;
    std::vector<std::string> lines;
  };
  const Case cases[] = {
      {"guillemets with room", "dit « bleu » ici", 10, {"dit", "«\u00a0bleu\u00a0»", "ici"}},
      {"a colon", "le remède : rien", 9, {"le", "remède\u00a0:", "rien"}},
      {"narrow before ; ? !", "a ; b ? c !", 3, {"a\u202f;", "b\u202f?", "c\u202f!"}},
      {"units", "de 50 % ou 9 €", 5, {"de", "50\u00a0%", "ou", "9\u00a0€"}},
      {"digits of a number",
       "coûte 1 234 567,50 €",
       14,
       {"coûte", "1\u202f234\u202f567,50\u00a0€"}},
      {"two numbers", "en 2026 1234 fois", 8, {"en 2026", "1234", "fois"}},
      {"what is tied already",
       "dit «\u00a0deux mots\u00a0»",
       9,
       {"dit", "«\u00a0deux", "mots\u00a0»"}},
      {"nothing to tie at the beginning", ": rien", 9, {": rien"}},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(WrapText(c.text, c.width), ::testing::ElementsAreArray(c.lines)) << c.name;
  }
}

TEST(Paragraph, HangsUnderItsFirstWords) {
  std::string words;
  for (int i = 0; i < 30; ++i) words += "abcd ";
  const std::string text = Paragraph("  - ", words);
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].substr(0, 8), "  - abcd");
  EXPECT_EQ(lines[1].substr(0, 8), "    abcd");
}

}  // namespace
}  // namespace aplomb::cli
