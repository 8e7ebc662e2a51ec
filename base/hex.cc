#include "base/hex.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace aplomb::base {
namespace {

// -1 for what is not a digit.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string HexEncode(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

std::string HexEncode(const Digest& digest) { return HexEncode(DigestView(digest)); }

absl::StatusOr<std::string> HexDecode(absl::string_view hex) {
  if (hex.size() % 2 != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("an even number of hexadecimal digits is needed, not ", hex.size()));
  }
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("not a lower-case hexadecimal digit at position ", high < 0 ? i : i + 1));
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

absl::StatusOr<Digest> HexDecodeDigest(absl::string_view hex) {
  if (hex.size() != 2 * kDigestSize) {
    return absl::InvalidArgumentError(absl::StrCat("a SHA-256 digest has ", 2 * kDigestSize,
                                                   " hexadecimal digits, not ", hex.size()));
  }
  ASSIGN_OR_RETURN(const std::string bytes, HexDecode(hex));
  return DigestFromBytes(bytes);
}

}  // namespace aplomb::base
