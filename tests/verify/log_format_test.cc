// docs/log_format.md is true: its example is read from the page as a stranger would, byte for byte,
// verified, and compared with what this tree's code writes.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "audit/entry.h"
#include "audit/sections.h"
#include "audit/tlog/tree.h"
#include "audit/verify/verify.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"
#include "tests/verify/make_log.h"

namespace aplomb::verify {
namespace {

using audit::EntryType;

// The bytes of each fenced block of the page that is marked `kind`, in order.
std::vector<std::string> Blocks(absl::string_view page, absl::string_view kind) {
  std::vector<std::string> blocks;
  bool inside = false;
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    if (!inside && line == absl::StrCat("```", kind)) {
      inside = true;
      blocks.emplace_back();
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      absl::StrAppend(&blocks.back(), line, "\n");
    }
  }
  return blocks;
}

// Hexadecimal digits with comments and white space.
std::string FromHex(absl::string_view text) {
  std::string digits;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    for (const char c : line.substr(0, line.find('#'))) {
      if (c != ' ') digits.push_back(c);
    }
  }
  const absl::StatusOr<std::string> bytes = base::HexDecode(digits);
  EXPECT_OK(bytes) << text;
  return bytes.ok() ? *bytes : "";
}

// The log of the example, written by the code.
void FillWithExample(LogMaker& log) {
  log.Append(EntryType::kEpoch, EpochBodyBytes(2, "2026", Filled(0x77)));
  log.Append(EntryType::kEpoch, EpochBodyBytes(1, "2026-03-01", Filled(0x78)));
  audit::Entry engagement =
      log.Make(EntryType::kEngagement, EngagementBodyBytes("e1", "2026-03-01", Filled(0x55)));
  engagement.key_slot = 7;
  engagement.tiers = {
      {.tier = 2,
       .section_count = 2,
       .root = audit::CommitSections(Filled(0xab), audit::EntryIdOfSlot(7), {"hello", "world"})}};
  log.AppendRaw(audit::EncodeEntry(engagement));
  log.time_us += int64_t{86'400} * 1'000'000;
  log.Append(EntryType::kEpochClose, EpochCloseBodyBytes("2026-03-01", 1, Filled(0x78)));
}

TEST(LogFormatTest, TheExampleOfThePageVerifiesAsItStands) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/log_format.md"));
  LogMaker log;
  for (const std::string& block : Blocks(page, "hex")) log.AppendRaw(FromHex(block));
  ASSERT_EQ(log.size(), 4U);
  const std::vector<std::string> policies = Blocks(page, "policy");
  const std::vector<std::string> checkpoints = Blocks(page, "checkpoint");
  const std::vector<std::string> receipts = Blocks(page, "receipt");
  ASSERT_EQ(policies.size(), 1U);
  ASSERT_EQ(checkpoints.size(), 1U);
  ASSERT_EQ(receipts.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const tlog::Policy policy, tlog::ParsePolicy(policies[0]));

  const testing::TempDir dir;
  std::map<std::string, std::string> files = log.Files(4);
  files["checkpoint"] = checkpoints[0];
  WriteFiles(dir.path(), files);
  LogInput input;
  input.receipts.push_back({.label = "receipt", .text = receipts[0], .entry = log.entries[2]});
  const Report report = VerifyLog(DirectorySource(dir.path()), policy, input);
  EXPECT_EQ(report.verdict(), Verdict::kConsistent) << FormatText(report, Language::kEnglish);
  EXPECT_EQ(report.receipts, 1U);
  for (const std::string& entry : log.entries) {
    EXPECT_THAT(page, ::testing::HasSubstr(base::HexEncode(tlog::LeafHash(entry))));
  }
}

TEST(LogFormatTest, TheCodeWritesTheExampleOfThePage) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/log_format.md"));
  LogMaker log;
  FillWithExample(log);
  const std::vector<std::string> blocks = Blocks(page, "hex");
  ASSERT_EQ(blocks.size(), log.size());
  for (size_t i = 0; i < log.size(); ++i) {
    EXPECT_EQ(base::HexEncode(FromHex(blocks[i])), base::HexEncode(log.entries[i]))
        << "entry " << i << ", leaf hash " << base::HexEncode(tlog::LeafHash(log.entries[i]));
  }
  EXPECT_THAT(Blocks(page, "checkpoint"), ::testing::ElementsAre(log.CheckpointAt(4)));
  EXPECT_THAT(Blocks(page, "receipt"),
              ::testing::ElementsAre(tlog::FormatReceipt(log.ReceiptFor(2, 4))));
  EXPECT_THAT(Blocks(page, "policy"),
              ::testing::ElementsAre(
                  absl::StrCat("log ", log.log_signer.key().ToString(), "\nquorum none\n")));
}

// Rows `| number | NAME | … |` of the page.
std::map<int, std::string> TypesOfThePage(absl::string_view page) {
  std::map<int, std::string> types;
  for (const absl::string_view line : absl::StrSplit(page, '\n')) {
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    int number = 0;
    if (cells.size() < 3 || !absl::StartsWith(cells[0], "| ") ||
        !absl::SimpleAtoi(cells[0].substr(2), &number)) {
      continue;
    }
    EXPECT_TRUE(types.emplace(number, cells[1]).second) << line;
  }
  return types;
}

TEST(LogFormatTest, TheTypesOfThePageAreThoseOfTheCode) {
  const std::map<int, std::string> types =
      TypesOfThePage(testing::ReadFileOrFail(testing::SourcePath("docs/log_format.md")));
  // docs/storage.md says them again, in one line each.
  const std::string storage = testing::ReadFileOrFail(testing::SourcePath("docs/storage.md"));
  for (int number = 0; number < 256; ++number) {
    const auto byte = static_cast<uint8_t>(number);
    const std::string name = audit::EntryTypeName(static_cast<EntryType>(byte));
    const auto row = types.find(number);
    ASSERT_EQ(row != types.end(), audit::IsKnownEntryType(byte)) << number;
    if (row == types.end()) continue;
    EXPECT_EQ(row->second, name) << number;
    EXPECT_THAT(storage,
                ::testing::ContainsRegex(absl::StrCat("[ \n]", number, " ", name, "[ \n]")));
  }
}

// The header as the page has it, spelled out byte for byte, against the encoder.
TEST(LogFormatTest, TheHeaderOfThePageIsThatOfTheCode) {
  audit::Entry entry{.type = EntryType::kDecision,
                     .time_us = 0x0102030405060708,
                     .prev_size = 0x1112131415161718,
                     .prev_root = Filled(0x22),
                     .tiers = {{.tier = 1, .section_count = 0x0300, .root = Filled(0x33)},
                               {.tier = 2, .section_count = 1, .root = Filled(0x44)}},
                     .key_slot = 0x5152535455565758,
                     .body = "body"};
  const auto repeat = [](absl::string_view byte) {
    std::string text;
    for (int i = 0; i < 32; ++i) absl::StrAppend(&text, byte);
    return text;
  };
  EXPECT_EQ(base::HexEncode(audit::EncodeEntry(entry)),
            absl::StrCat("41504531", "07", "0102030405060708", "1112131415161718", repeat("22"),
                         "02", "5152535455565758", "01", "0300", repeat("33"), "02", "0001",
                         repeat("44"), "0000", "00000004", "626f6479"));
  entry.tiers.clear();
  entry.key_slot = 0;
  entry.body.clear();
  entry.chunk_count = 2;
  entry.body_digest = Filled(0x55);
  EXPECT_EQ(base::HexEncode(audit::EncodeEntry(entry)),
            absl::StrCat("41504531", "07", "0102030405060708", "1112131415161718", repeat("22"),
                         "00", "0002", repeat("55"), "00000000"));
}

}  // namespace
}  // namespace aplomb::verify
