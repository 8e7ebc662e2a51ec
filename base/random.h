// Unpredictable bytes, for identifiers and secrets. What must be reproducible takes a Random and is
// given a fake.
#ifndef APLOMB_BASE_RANDOM_H_
#define APLOMB_BASE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace aplomb::base {

// Implementations are thread-safe unless they say otherwise.
class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(absl::Span<uint8_t> bytes) = 0;

  uint64_t U64();
  // `size` bytes.
  std::string Bytes(size_t size);
  // A version 4 UUID (RFC 9562), lower case with hyphens.
  std::string Uuid4();
};

// The operating system's entropy (getrandom). Blocks at most until the system has gathered enough
// after its start.
class SystemRandom final : public Random {
 public:
  // One for the whole process; never destroyed.
  static SystemRandom* Get();

  void Fill(absl::Span<uint8_t> bytes) override;
};

// For tests: the same bytes for the same seed on every machine (SplitMix64). Not thread-safe, and
// anything but unpredictable.
class FakeRandom final : public Random {
 public:
  explicit FakeRandom(uint64_t seed) : state_(seed) {}

  void Fill(absl::Span<uint8_t> bytes) override;

 private:
  uint64_t state_;
};

}  // namespace aplomb::base

#endif  // APLOMB_BASE_RANDOM_H_
