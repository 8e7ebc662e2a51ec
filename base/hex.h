// Bytes as hexadecimal digits. One spelling only: lower case, no prefix, no spaces.
#ifndef APLOMB_BASE_HEX_H_
#define APLOMB_BASE_HEX_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/digest.h"

namespace aplomb::base {

// Two digits per byte, lower case.
std::string HexEncode(absl::string_view bytes);
std::string HexEncode(const Digest& digest);

// The inverse of HexEncode. InvalidArgument for an odd number of digits or anything but 0-9a-f
// (upper case too, so that a value has one spelling); the message names the position.
absl::StatusOr<std::string> HexDecode(absl::string_view hex);
// As HexDecode, for exactly 64 digits.
absl::StatusOr<Digest> HexDecodeDigest(absl::string_view hex);

}  // namespace aplomb::base

#endif  // APLOMB_BASE_HEX_H_
