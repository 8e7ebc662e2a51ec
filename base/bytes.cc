#include "base/bytes.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status.h"

namespace aplomb::base {
namespace {

constexpr uint64_t kSignBit = uint64_t{1} << 63;

template <size_t kSize>
void AppendBigEndian(uint64_t value, std::string& out) {
  char bytes[kSize];
  for (size_t i = 0; i < kSize; ++i) {
    bytes[i] = static_cast<char>((value >> (8 * (kSize - 1 - i))) & 0xff);
  }
  out.append(bytes, kSize);
}

}  // namespace

void ByteWriter::U8(uint8_t value) { AppendBigEndian<1>(value, bytes_); }
void ByteWriter::U16(uint16_t value) { AppendBigEndian<2>(value, bytes_); }
void ByteWriter::U32(uint32_t value) { AppendBigEndian<4>(value, bytes_); }
void ByteWriter::U64(uint64_t value) { AppendBigEndian<8>(value, bytes_); }
void ByteWriter::I64(int64_t value) { U64(static_cast<uint64_t>(value)); }
void ByteWriter::OrderedI64(int64_t value) { U64(static_cast<uint64_t>(value) ^ kSignBit); }
void ByteWriter::Bool(bool value) { U8(value ? 1 : 0); }

void ByteWriter::Bytes(absl::string_view bytes) {
  CHECK_LE(bytes.size(), kByteStringSizeMax) << "limits at the edges are far below";
  U32(static_cast<uint32_t>(bytes.size()));
  Raw(bytes);
}

void ByteWriter::Count(size_t count) {
  CHECK_LE(count, std::numeric_limits<uint32_t>::max()) << "limits at the edges are far below";
  U32(static_cast<uint32_t>(count));
}

void ByteWriter::Digest(const base::Digest& digest) { Raw(DigestView(digest)); }

void ByteWriter::Raw(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }

absl::StatusOr<uint8_t> ByteReader::U8() {
  ASSIGN_OR_RETURN(const uint64_t value, Integer(1));
  return static_cast<uint8_t>(value);
}

absl::StatusOr<uint16_t> ByteReader::U16() {
  ASSIGN_OR_RETURN(const uint64_t value, Integer(2));
  return static_cast<uint16_t>(value);
}

absl::StatusOr<uint32_t> ByteReader::U32() {
  ASSIGN_OR_RETURN(const uint64_t value, Integer(4));
  return static_cast<uint32_t>(value);
}

absl::StatusOr<uint64_t> ByteReader::U64() { return Integer(8); }

absl::StatusOr<int64_t> ByteReader::I64() {
  ASSIGN_OR_RETURN(const uint64_t value, Integer(8));
  return static_cast<int64_t>(value);
}

absl::StatusOr<int64_t> ByteReader::OrderedI64() {
  ASSIGN_OR_RETURN(const uint64_t value, Integer(8));
  return static_cast<int64_t>(value ^ kSignBit);
}

absl::StatusOr<bool> ByteReader::Bool() {
  const size_t start = offset_;
  ASSIGN_OR_RETURN(const uint8_t value, U8());
  if (value > 1) {
    offset_ = start;
    return absl::InvalidArgumentError(
        absl::StrCat("a boolean is 0 or 1, not ", value, ", at offset ", start));
  }
  return value == 1;
}

absl::StatusOr<absl::string_view> ByteReader::Bytes(size_t size_max) {
  const size_t start = offset_;
  ASSIGN_OR_RETURN(const uint32_t size, U32());
  if (size > size_max) {
    offset_ = start;
    return absl::InvalidArgumentError(
        absl::StrCat("a length of ", size, " at offset ", start, " is above the limit ", size_max));
  }
  absl::StatusOr<absl::string_view> bytes = Raw(size);
  if (!bytes.ok()) offset_ = start;
  return bytes;
}

absl::StatusOr<size_t> ByteReader::Count(size_t count_max, size_t item_size_min) {
  CHECK_GE(item_size_min, 1) << "an item without bytes could be there any number of times";
  const size_t start = offset_;
  ASSIGN_OR_RETURN(const uint32_t count, U32());
  if (count > count_max || count > remaining() / item_size_min) {
    const absl::Status error = absl::InvalidArgumentError(
        absl::StrCat("a count of ", count, " at offset ", start, " is above the limit ", count_max,
                     " or above what the ", remaining(), " bytes after it can hold"));
    offset_ = start;
    return error;
  }
  return size_t{count};
}

absl::StatusOr<base::Digest> ByteReader::Digest() {
  ASSIGN_OR_RETURN(const absl::string_view bytes, Raw(kDigestSize));
  return DigestFromBytes(bytes);
}

absl::StatusOr<absl::string_view> ByteReader::Raw(size_t size) {
  if (size > remaining()) {
    return absl::InvalidArgumentError(absl::StrCat("truncated: ", size,
                                                   " bytes expected at offset ", offset_, ", ",
                                                   remaining(), " are there"));
  }
  const absl::string_view bytes = bytes_.substr(offset_, size);
  offset_ += size;
  return bytes;
}

absl::Status ByteReader::ExpectEnd() const {
  if (AtEnd()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(remaining(), " bytes too many after offset ", offset_));
}

absl::StatusOr<uint64_t> ByteReader::Integer(size_t size) {
  ASSIGN_OR_RETURN(const absl::string_view bytes, Raw(size));
  uint64_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<uint8_t>(c);
  return value;
}

}  // namespace aplomb::base
