#include "decision/explain/inquiry.h"

#include <algorithm>

namespace aplomb::explain {
namespace {

// Keys by number, so that equals stand in the order of their rows.
class NoLot : public engine::TieBreaker {
 public:
  Key GroupKey(uint32_t group) const override { return KeyOf(group); }
  Key OfferKey(uint32_t row) const override { return KeyOf(row); }

 private:
  static Key KeyOf(uint32_t number) {
    Key key = {};
    for (uint32_t i = 0; i < 4; ++i) key[i] = static_cast<uint8_t>(number >> (24 - 8 * i));
    return key;
  }
};

}  // namespace

std::vector<std::vector<uint32_t>> LeadingBands(const engine::Ranking& ranking) {
  std::vector<std::vector<uint32_t>> bands;
  for (size_t i = 0; i < ranking.ranked.size(); ++i) {
    if (i == 0 || ranking.ranked[i].band != ranking.ranked[i - 1].band) {
      if (i >= kTopPlaces) break;
      bands.emplace_back();
    }
    bands.back().push_back(ranking.ranked[i].row);
  }
  for (std::vector<uint32_t>& band : bands) std::sort(band.begin(), band.end());
  return bands;
}

engine::Ranking RankWithoutLot(const Inquiry& inquiry) {
  return engine::Rank(inquiry.rules, inquiry.table, inquiry.request, inquiry.mode, NoLot());
}

bool Reaches(const engine::Ranking& ranking, uint32_t row, Goal goal) {
  const auto found =
      std::find_if(ranking.ranked.begin(), ranking.ranked.end(),
                   [&](const engine::RankedOffering& offering) { return offering.row == row; });
  if (found == ranking.ranked.end()) return false;
  if (goal == Goal::kFirstBand) return found->rank == 1;
  const auto above = std::count_if(
      ranking.ranked.begin(), ranking.ranked.end(),
      [&](const engine::RankedOffering& offering) { return offering.band > found->band; });
  return above < int64_t{kTopPlaces};
}

}  // namespace aplomb::explain
