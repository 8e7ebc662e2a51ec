// The canonical encoding of values to bytes: integers big-endian in their full width, byte strings
// with a 32-bit length before them. Equal values give equal bytes; there is one encoding of a
// value. What is digested or logged is written with these, never with protobuf, whose bytes are not
// canonical.
//
//   ByteWriter writer;
//   writer.U8(kFormatVersion);
//   writer.Bytes(name);
//   const std::string bytes = std::move(writer).Take();
//
//   ByteReader reader(bytes);
//   ASSIGN_OR_RETURN(const uint8_t version, reader.U8());
//   ASSIGN_OR_RETURN(const absl::string_view name, reader.Bytes(kNameSizeMax));
//   RETURN_IF_ERROR(reader.ExpectEnd());
//
// Not thread-safe.
#ifndef APLOMB_BASE_BYTES_H_
#define APLOMB_BASE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/digest.h"

namespace aplomb::base {

// Longest byte string with a length before it. Nothing that we store comes near.
inline constexpr size_t kByteStringSizeMax = size_t{64} << 20;
static_assert(kByteStringSizeMax <= std::numeric_limits<uint32_t>::max());

class ByteWriter {
 public:
  // Memory for so many bytes, where the writer knows about how many come.
  void Reserve(size_t size) { bytes_.reserve(size); }
  void U8(uint8_t value);
  void U16(uint16_t value);
  void U32(uint32_t value);
  void U64(uint64_t value);
  // Two's complement, as U64. Does not sort as the numbers do; see OrderedI64.
  void I64(int64_t value);
  // Big-endian with the sign bit flipped: bytes compare as the numbers do. For database keys.
  void OrderedI64(int64_t value);
  // One byte, 0 or 1.
  void Bool(bool value);
  // U32 of the size, then the bytes. At most kByteStringSizeMax: what we write has passed the
  // limits of the place where it came in, so more is an error of ours (CHECK).
  void Bytes(absl::string_view bytes);
  // How many items follow, as U32.
  void Count(size_t count);
  // 32 bytes, no length.
  void Digest(const base::Digest& digest);
  // The bytes alone; the reader must know how many.
  void Raw(absl::string_view bytes);

  size_t size() const { return bytes_.size(); }
  // What was written so far; valid until the next write.
  absl::string_view view() const { return bytes_; }
  std::string Take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what a ByteWriter wrote, and anything else without harm: never reads past the end and
// allocates nothing. Does not own the bytes; views that it returns are valid as long as those are.
//
// Every function returns InvalidArgument, with the offset, if the bytes end before the value does
// or are not what a ByteWriter writes; the reader then stays where it was.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : bytes_(bytes) {}

  absl::StatusOr<uint8_t> U8();
  absl::StatusOr<uint16_t> U16();
  absl::StatusOr<uint32_t> U32();
  absl::StatusOr<uint64_t> U64();
  absl::StatusOr<int64_t> I64();
  absl::StatusOr<int64_t> OrderedI64();
  // An error for anything but 0 and 1.
  absl::StatusOr<bool> Bool();
  // An error too if the length is above `size_max`.
  absl::StatusOr<absl::string_view> Bytes(size_t size_max = kByteStringSizeMax);
  // A number of items that follow: an error if above `count_max`, or if that many items of at least
  // `item_size_min` bytes each (1 or more) cannot be there. Reserving that many is safe.
  absl::StatusOr<size_t> Count(size_t count_max, size_t item_size_min = 1);
  absl::StatusOr<base::Digest> Digest();
  absl::StatusOr<absl::string_view> Raw(size_t size);

  // OK if everything was read, else an error that says how many bytes are too many.
  absl::Status ExpectEnd() const;

  size_t offset() const { return offset_; }
  size_t remaining() const { return bytes_.size() - offset_; }
  bool AtEnd() const { return remaining() == 0; }

 private:
  // The big-endian integer of `size` bytes.
  absl::StatusOr<uint64_t> Integer(size_t size);

  absl::string_view bytes_;
  size_t offset_ = 0;
};

}  // namespace aplomb::base

#endif  // APLOMB_BASE_BYTES_H_
