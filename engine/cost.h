// The all-in cost of an offering for one firm over 36 months, excluding VAT, in
// micros of EUR.
//
//   TCO36 = one-off (setup, migration, training, hardware, quotes)
//         + sum over months 1..36 of [ flat + per-user + tiers + usage above the
//           included + commission, each with its monthly minimum ]
//         + yearly fees at months 1, 13, 25 + exit fee + added costs
//
// Usage grows at months 13 and 25 (each step rounded half up to a unit); prices,
// minima and promotions rise by their indexation at the same months; a quote
// counts at its dearer end. A promotion counts only if it lasts 12 months or more
// and only for what is paid again and again; a yearly price is the price of the
// month in which it falls due. Each line is summed exactly in 128 bits and rounded
// half up to a cent (10,000 micros) once.
//
// Every figure is monotone: no rise of an amount, tier price, rate, minimum,
// indexation or least number of users, and no fall of what is included, lowers it.
#ifndef APLOMB_ENGINE_COST_H_
#define APLOMB_ENGINE_COST_H_

#include <array>
#include <cstdint>
#include <vector>

#include "engine/fact_table.h"
#include "engine/rules.h"

namespace aplomb::engine {

inline constexpr int32_t kCostMonths = 36;

// One line of a cost.
struct CostLine {
  int16_t component = -1;    // place in the tariff; -1: an added cost
  uint8_t added_need = 0;    // need ordinal of an added cost
  int64_t tco36_micros = 0;  // rounded to the cent
};

// Known only with a known tariff. `tco36_micros` is the sum of `lines`.
struct Cost {
  bool known = false;
  Evidence evidence = Evidence::kNone;
  int64_t tco36_micros = 0;
  int64_t first_year_micros = 0;         // months 1 to 12, one-offs included, exit excluded
  int64_t cash_out_90_days_micros = 0;   // months 1 to 3; yearly billing falls due in month 1
  int64_t double_usage_rise_micros = 0;  // what as much usage again costs; see below
  std::vector<CostLine> lines = {};  // tariff order, a line of 0 for an option not counted; then
                                     // the added costs that apply
};

// As much usage again, in every month. Users, sites and devices are what a firm is,
// not what it does: they do not double. By line:
//   kUsage, kTiered, kCommission  the price of the units from u to 2u, minima left aside
//   kVolume                       half of the bill at 2u
//   all others                    0
// Not the plain difference of two bills: that falls when a minimum or the price of a
// lower volume tier rises, and a dearer tariff must not look better.
bool Doubles(uint8_t metric);

// Units of a metric per month in year 0, 1 or 2 of the contract.
int64_t UsageInYear(const Request& request, uint8_t metric, uint32_t year);

// All of them: by metric, then year.
inline constexpr uint32_t kCostYears = 3;
using UsageByYear = std::array<std::array<int64_t, kCostYears>, kMetricCount>;
UsageByYear UsageOf(const Request& request);

// Computes the cost of row `row`. Sums saturate at kMaxTotalMicros.
inline constexpr int64_t kMaxTotalMicros = int64_t{1} << 62;
Cost ComputeCost(const FactTable& table, uint32_t row, const Request& request);

// The same into `cost`, whose memory is used again.
void ComputeCost(const FactTable& table, uint32_t row, const Request& request, Cost& cost);

// The figures without the lines, which stay as they are: for many offerings and one request.
// `usage` is that of the request.
void ComputeFigures(const FactTable& table, uint32_t row, const Request& request,
                    const UsageByYear& usage, Cost& cost);

}  // namespace aplomb::engine

#endif  // APLOMB_ENGINE_COST_H_
