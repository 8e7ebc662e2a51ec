#include "base/log.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::base {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LogTest : public ::testing::Test {
 protected:
  FakeClock clock_{absl::FromUnixMicros(1772356502123456)};
  std::vector<std::string> lines_;
  Logger logger_{&clock_, [this](absl::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(LogTest, ALineIsAnObjectWithTheFieldsInTheirOrder) {
  const std::string revision = "7f3a";
  logger_.Info("opened", {{"entries", 412},
                          {"revision", revision},
                          {"sample", true},
                          {"mode", "full"},
                          {"low", std::numeric_limits<int64_t>::min()}});
  logger_.Warning("slow");
  clock_.Advance(absl::Seconds(1));
  logger_.Error("stopped", {{"ok", false}});
  EXPECT_THAT(
      lines_,
      ElementsAre(
          R"({"time":"2026-03-01T09:15:02.123456Z","severity":"INFO","event":"opened",)"
          R"("entries":412,"revision":"7f3a","sample":true,"mode":"full",)"
          R"("low":-9223372036854775808})",
          R"({"time":"2026-03-01T09:15:02.123456Z","severity":"WARNING","event":"slow"})",
          R"({"time":"2026-03-01T09:15:03.123456Z","severity":"ERROR","event":"stopped",)"
          R"("ok":false})"));
}

TEST_F(LogTest, NothingInAValueBreaksOutOfItsLine) {
  logger_.Info("e", {{"v", "a\"},\n{\"event\":\"forged\"\\"}});
  EXPECT_THAT(lines_, ElementsAre(EndsWith(R"("v":"a\"},\n{\"event\":\"forged\"\\"})")));
}

TEST_F(LogTest, LongValuesAndLinesAreCut) {
  const std::string bad(1 << 20, '\x01');
  logger_.Info("e", {{"a", bad}, {"b", bad}, {"c", 1}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_LE(lines_[0].size(), kLogLineSizeMax);
  EXPECT_THAT(lines_[0], HasSubstr("\"a\":\"\\u0001"));
  EXPECT_THAT(lines_[0], EndsWith("\\u0001\",\"truncated\":true}"));
}

TEST_F(LogTest, LongNamesAreCut) {
  const std::string name(1 << 20, '\x01');
  logger_.Info(name, {{name, name}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_LE(lines_[0].size(), kLogLineSizeMax);
  EXPECT_THAT(lines_[0], EndsWith("\\u0001\"}"));
}

TEST_F(LogTest, LinesOfThreadsDoNotMix) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 100; ++i) logger_.Info("tick", {{"text", "abcdefghijklmnop"}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(lines_.size(), 400u);
  for (const std::string& line : lines_) {
    EXPECT_THAT(line, StartsWith("{\"time\":"));
    EXPECT_THAT(line, EndsWith("\"text\":\"abcdefghijklmnop\"}"));
  }
}

struct QuoteCase {
  const char* name;
  std::string text;
  std::string json;
};

class JsonQuoteTest : public ::testing::TestWithParam<QuoteCase> {};

TEST_P(JsonQuoteTest, Quotes) {
  EXPECT_EQ(JsonQuote(GetParam().text), absl::StrCat("\"", GetParam().json, "\""));
}

const char kReplacement[] = "\xef\xbf\xbd";

INSTANTIATE_TEST_SUITE_P(
    Quote, JsonQuoteTest,
    ::testing::Values(
        QuoteCase{"Empty", "", ""}, QuoteCase{"Plain", "abc", "abc"},
        QuoteCase{"Escapes", "\"\\\n\t\r", "\\\"\\\\\\n\\t\\u000d"},
        QuoteCase{"Nul", std::string("\0", 1), "\\u0000"}, QuoteCase{"Delete", "\x7f", "\\u007f"},
        // UTF-8 of two, three and four bytes stays.
        QuoteCase{"Two", "é", "é"}, QuoteCase{"Three", "€", "€"}, QuoteCase{"Four", "😀", "😀"},
        QuoteCase{"Last", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
        // What is not UTF-8 is replaced byte by byte.
        QuoteCase{"Alone", "\x80", kReplacement},
        QuoteCase{"Cut", "a\xc3", absl::StrCat("a", kReplacement)},
        QuoteCase{"CutThree", "\xe2\x82", absl::StrCat(kReplacement, kReplacement)},
        QuoteCase{"Overlong", "\xc0\xaf", absl::StrCat(kReplacement, kReplacement)},
        QuoteCase{"OverlongThree", "\xe0\x80\xaf",
                  absl::StrCat(kReplacement, kReplacement, kReplacement)},
        QuoteCase{"Surrogate", "\xed\xa0\x80",
                  absl::StrCat(kReplacement, kReplacement, kReplacement)},
        QuoteCase{"AboveUnicode", "\xf4\x90\x80\x80",
                  absl::StrCat(kReplacement, kReplacement, kReplacement, kReplacement)},
        QuoteCase{"Latin1", "caf\xe9 au lait", absl::StrCat("caf", kReplacement, " au lait")}),
    [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace aplomb::base
