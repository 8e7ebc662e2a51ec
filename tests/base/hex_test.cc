#include "base/hex.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/digest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::base {
namespace {

using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::StatusIs;
using ::testing::HasSubstr;

TEST(HexTest, AllBytesGoThereAndBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const std::string hex = HexEncode(bytes);
  EXPECT_EQ(hex.substr(0, 8), "00010203");
  EXPECT_EQ(hex.substr(504), "fcfdfeff");
  EXPECT_THAT(HexDecode(hex), IsOkAndHolds(bytes));
  EXPECT_THAT(HexDecode(""), IsOkAndHolds(""));
}

TEST(HexTest, OneSpellingOnly) {
  EXPECT_THAT(HexDecode("0a0"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not 3")));
  EXPECT_THAT(HexDecode("0A"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("position 1")));
  EXPECT_THAT(HexDecode("00g0"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("position 2")));
  EXPECT_THAT(HexDecode("0x00"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("position 1")));
  EXPECT_THAT(HexDecode(" 00 "),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("position 0")));
  EXPECT_THAT(HexDecode(absl::string_view("0\0", 2)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(HexTest, DigestsHave64Digits) {
  const Digest digest = Sha256("x");
  const std::string hex = HexEncode(digest);
  EXPECT_THAT(HexDecodeDigest(hex), IsOkAndHolds(digest));
  EXPECT_THAT(HexDecodeDigest(hex.substr(2)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(HexDecodeDigest(hex + "00"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(HexDecodeDigest("g" + hex.substr(1)), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace aplomb::base
