#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/digest.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::base {
namespace {

using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

// What is written, and the bytes it must give.
struct WriteCase {
  const char* name;
  std::function<void(ByteWriter&)> write;
  const char* hex;
};

class ByteWriterTest : public ::testing::TestWithParam<WriteCase> {};

TEST_P(ByteWriterTest, WritesTheseBytes) {
  ByteWriter writer;
  GetParam().write(writer);
  EXPECT_EQ(HexEncode(writer.view()), GetParam().hex);
  EXPECT_EQ(writer.size() * 2, std::string(GetParam().hex).size());
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, ByteWriterTest,
    ::testing::Values(
        WriteCase{"Nothing", [](ByteWriter&) {}, ""},
        // Integers: big-endian, full width.
        WriteCase{"U8", [](ByteWriter& w) { w.U8(0xfe); }, "fe"},
        WriteCase{"U16", [](ByteWriter& w) { w.U16(0x0102); }, "0102"},
        WriteCase{"U32", [](ByteWriter& w) { w.U32(0x01020304); }, "01020304"},
        WriteCase{"U64", [](ByteWriter& w) { w.U64(0x0102030405060708); }, "0102030405060708"},
        WriteCase{"I64MinusOne", [](ByteWriter& w) { w.I64(-1); }, "ffffffffffffffff"},
        WriteCase{"OrderedZero", [](ByteWriter& w) { w.OrderedI64(0); }, "8000000000000000"},
        WriteCase{"OrderedMinusOne", [](ByteWriter& w) { w.OrderedI64(-1); }, "7fffffffffffffff"},
        WriteCase{"False", [](ByteWriter& w) { w.Bool(false); }, "00"},
        WriteCase{"True", [](ByteWriter& w) { w.Bool(true); }, "01"},
        // Strings: length first.
        WriteCase{"EmptyString", [](ByteWriter& w) { w.Bytes(""); }, "00000000"},
        WriteCase{"String", [](ByteWriter& w) { w.Bytes("hi"); }, "000000026869"},
        WriteCase{"Raw", [](ByteWriter& w) { w.Raw("hi"); }, "6869"},
        WriteCase{"Count", [](ByteWriter& w) { w.Count(3); }, "00000003"},
        WriteCase{"Digest",
                  [](ByteWriter& w) {
                    w.Digest(Digest{1, 2});
                  },
                  "0102000000000000000000000000000000000000000000000000000000000000"},
        WriteCase{"OneAfterTheOther",
                  [](ByteWriter& w) {
                    w.U8(1);
                    w.Bytes("a");
                    w.U16(2);
                  },
                  "0100000001610002"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(ByteReaderTest, ReadsWhatWasWritten) {
  ByteWriter writer;
  writer.U8(7);
  writer.U16(65535);
  writer.U32(4000000000);
  writer.U64(std::numeric_limits<uint64_t>::max());
  writer.I64(std::numeric_limits<int64_t>::min());
  writer.OrderedI64(std::numeric_limits<int64_t>::min());
  writer.OrderedI64(std::numeric_limits<int64_t>::max());
  writer.Bool(true);
  writer.Bytes(absl::string_view("nul \0 inside", 12));
  writer.Count(2);
  writer.Digest(Sha256("x"));
  writer.Raw("end");
  const std::string bytes = std::move(writer).Take();

  ByteReader reader(bytes);
  EXPECT_THAT(reader.U8(), IsOkAndHolds(7));
  EXPECT_THAT(reader.U16(), IsOkAndHolds(65535));
  EXPECT_THAT(reader.U32(), IsOkAndHolds(4000000000));
  EXPECT_THAT(reader.U64(), IsOkAndHolds(std::numeric_limits<uint64_t>::max()));
  EXPECT_THAT(reader.I64(), IsOkAndHolds(std::numeric_limits<int64_t>::min()));
  EXPECT_THAT(reader.OrderedI64(), IsOkAndHolds(std::numeric_limits<int64_t>::min()));
  EXPECT_THAT(reader.OrderedI64(), IsOkAndHolds(std::numeric_limits<int64_t>::max()));
  EXPECT_THAT(reader.Bool(), IsOkAndHolds(true));
  EXPECT_THAT(reader.Bytes(), IsOkAndHolds(absl::string_view("nul \0 inside", 12)));
  EXPECT_THAT(reader.Count(2), IsOkAndHolds(2u));
  EXPECT_THAT(reader.Digest(), IsOkAndHolds(Sha256("x")));
  EXPECT_THAT(reader.ExpectEnd(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("3 bytes")));
  EXPECT_THAT(reader.Raw(3), IsOkAndHolds("end"));
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_OK(reader.ExpectEnd());
}

TEST(ByteReaderTest, OrderedIntegersSortAsTheirBytesDo) {
  const std::vector<int64_t> ascending = {
      std::numeric_limits<int64_t>::min(), -256, -255, -1, 0, 1, 255, 256,
      std::numeric_limits<int64_t>::max()};
  std::string before;
  for (const int64_t value : ascending) {
    ByteWriter writer;
    writer.OrderedI64(value);
    const std::string bytes = std::move(writer).Take();
    EXPECT_LT(before, bytes) << value;
    before = bytes;
  }
}

// Bytes that no writer writes; each must be an error that leaves the reader where it was.
struct RefusedCase {
  const char* name;
  const char* hex;
  std::function<absl::Status(ByteReader&)> read;
  const char* message;
};

class ByteReaderRefusedTest : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(ByteReaderRefusedTest, IsAnErrorAndTheReaderStays) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, HexDecode(GetParam().hex));
  ByteReader reader(bytes);
  EXPECT_THAT(GetParam().read(reader),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
  EXPECT_EQ(reader.offset(), 0u);
  EXPECT_EQ(reader.remaining(), bytes.size());
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, ByteReaderRefusedTest,
    ::testing::Values(
        // Too short.
        RefusedCase{"NoU8", "", [](ByteReader& r) { return r.U8().status(); }, "truncated"},
        RefusedCase{"HalfU16", "01", [](ByteReader& r) { return r.U16().status(); }, "truncated"},
        RefusedCase{"ShortU32", "010203", [](ByteReader& r) { return r.U32().status(); },
                    "4 bytes expected at offset 0, 3 are there"},
        RefusedCase{"ShortU64", "01020304050607", [](ByteReader& r) { return r.U64().status(); },
                    "truncated"},
        RefusedCase{"ShortDigest", "0102", [](ByteReader& r) { return r.Digest().status(); },
                    "32 bytes expected"},
        RefusedCase{"LengthWithoutBytes", "0000000361",
                    [](ByteReader& r) { return r.Bytes().status(); },
                    "3 bytes expected at offset 4, 1 are there"},
        RefusedCase{"HalfLength", "0000", [](ByteReader& r) { return r.Bytes().status(); },
                    "truncated"},
        // Above a limit, long before memory is asked for.
        RefusedCase{"HugeLength", "ffffffff61", [](ByteReader& r) { return r.Bytes().status(); },
                    "above the limit 67108864"},
        RefusedCase{"LengthAboveLimit", "00000002aabb",
                    [](ByteReader& r) { return r.Bytes(1).status(); }, "above the limit 1"},
        RefusedCase{"CountAboveLimit", "00000003aabbcc",
                    [](ByteReader& r) { return r.Count(2).status(); },
                    "a count of 3 at offset 0 is above the limit 2"},
        RefusedCase{"CountAboveWhatIsThere", "00000003aabbccdd",
                    [](ByteReader& r) { return r.Count(100, 2).status(); }, "the 4 bytes after it"},
        // Another spelling of a value.
        RefusedCase{"BooleanTwo", "02", [](ByteReader& r) { return r.Bool().status(); },
                    "0 or 1, not 2"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(ByteReaderTest, EveryPrefixOfARecordIsRefused) {
  ByteWriter writer;
  writer.U16(1);
  writer.Bytes("name");
  writer.Count(1);
  writer.I64(-5);
  const std::string bytes = std::move(writer).Take();
  const auto read = [](absl::string_view record) -> absl::Status {
    ByteReader reader(record);
    if (auto v = reader.U16(); !v.ok()) return v.status();
    if (auto v = reader.Bytes(); !v.ok()) return v.status();
    if (auto v = reader.Count(9, 8); !v.ok()) return v.status();
    if (auto v = reader.I64(); !v.ok()) return v.status();
    return reader.ExpectEnd();
  };
  EXPECT_OK(read(bytes));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(read(bytes.substr(0, size)), StatusIs(absl::StatusCode::kInvalidArgument)) << size;
  }
  EXPECT_THAT(read(bytes + "x"), StatusIs(absl::StatusCode::kInvalidArgument,
                                          AllOf(HasSubstr("1 bytes"), HasSubstr("offset 22"))));
}

}  // namespace
}  // namespace aplomb::base
