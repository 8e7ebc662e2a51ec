#include "base/random.h"

#include <sys/random.h>

#include <cerrno>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"

namespace aplomb::base {

uint64_t Random::U64() {
  uint8_t bytes[8];
  Fill(absl::MakeSpan(bytes));
  uint64_t value = 0;
  for (const uint8_t byte : bytes) value = (value << 8) | byte;
  return value;
}

std::string Random::Bytes(size_t size) {
  std::string bytes(size, '\0');
  Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
  return bytes;
}

std::string Random::Uuid4() {
  std::string bytes = Bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);  // variant 10
  const std::string hex_digits = absl::BytesToHexString(bytes);
  const absl::string_view hex = hex_digits;
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

SystemRandom* SystemRandom::Get() {
  static SystemRandom* const random = new SystemRandom;
  return random;
}

void SystemRandom::Fill(absl::Span<uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK_GT(got, 0) << "getrandom without flags fails only for a bad address";
    bytes.remove_prefix(static_cast<size_t>(got));
  }
}

void FakeRandom::Fill(absl::Span<uint8_t> bytes) {
  // Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014). One step per byte:
  // slow, and the bytes do not depend on how the calls are cut.
  for (uint8_t& byte : bytes) {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    byte = static_cast<uint8_t>((z ^ (z >> 31)) >> 56);
  }
}

}  // namespace aplomb::base
