// Trades as numbers: a section (1 to 21 for A to U of NAF rév. 2), a division
// (1 to 99) or a class (four digits). Up to three of them fit into one fact.
#ifndef APLOMB_ENGINE_SECTOR_H_
#define APLOMB_ENGINE_SECTOR_H_

#include <array>
#include <cstdint>

namespace aplomb::engine {

enum class SectorLevel : uint8_t { kNone = 0, kSection = 1, kDivision = 2, kClass = 3 };

// One trade. `code` is 1 to 21, 1 to 99 or 1 to 9,999 by level.
struct Sector {
  SectorLevel level = SectorLevel::kNone;
  uint16_t code = 0;
};

inline constexpr uint32_t kMaxSectors = 3;

// Stated to be for any trade.
inline constexpr int64_t kGenericSector = int64_t{1} << 62;

// Three 16-bit lanes, level in the two high bits of each.
constexpr int64_t PackSectors(const std::array<Sector, kMaxSectors>& sectors) {
  int64_t packed = 0;
  for (uint32_t i = 0; i < kMaxSectors; ++i) {
    const int64_t lane = (static_cast<int64_t>(sectors[i].level) << 14) | sectors[i].code;
    packed |= lane << (16 * i);
  }
  return packed;
}

// The i-th trade, i < kMaxSectors.
constexpr Sector UnpackSector(int64_t packed, uint32_t i) {
  const auto lane = static_cast<uint16_t>((packed >> (16 * i)) & 0xFFFF);
  return Sector{static_cast<SectorLevel>(lane >> 14), static_cast<uint16_t>(lane & 0x3FFF)};
}

// A firm's activity as a request fact: class, division and section all known
// (or 0 where the firm's code stops above them).
struct Activity {
  uint16_t section = 0;
  uint16_t division = 0;
  uint16_t class_code = 0;
};
constexpr int64_t PackActivity(const Activity& a) {
  return (int64_t{a.section} << 32) | (int64_t{a.division} << 16) | a.class_code;
}
constexpr Activity UnpackActivity(int64_t packed) {
  return Activity{static_cast<uint16_t>((packed >> 32) & 0xFFFF),
                  static_cast<uint16_t>((packed >> 16) & 0xFFFF),
                  static_cast<uint16_t>(packed & 0xFFFF)};
}

}  // namespace aplomb::engine

#endif  // APLOMB_ENGINE_SECTOR_H_
