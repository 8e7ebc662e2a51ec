#include "engine/cost.h"

#include <algorithm>
#include <array>

#include "absl/numeric/int128.h"

namespace aplomb::engine {
namespace {

using absl::uint128;

constexpr uint8_t kUsers = 1;  // metric numbers as in aplomb.type.Metric
constexpr uint8_t kSites = 2;
constexpr uint8_t kOrders = 4;
constexpr uint8_t kDevices = 20;
constexpr uint32_t kYears = kCostYears;
constexpr int32_t kMonthsPerYear = 12;
constexpr int32_t kShortestPromotion = 12;
constexpr uint64_t kBasisPoints = 10'000;
constexpr uint64_t kMicrosPerCent = 10'000;
constexpr uint64_t kIndexScale = kBasisPoints * kBasisPoints;  // two rises of a price
constexpr auto kCap = static_cast<uint64_t>(kMaxTotalMicros);
static_assert(kYears * kMonthsPerYear == kCostMonths);

// What one due date costs, exactly: whole + rest / divisor micros, rest < divisor. A line has
// one divisor for all its charges. Never above kCap.
struct Charge {
  uint64_t whole = 0;
  uint64_t rest = 0;
};

// By year, then 0 for the normal price and 1 for the promotion.
using Charges = std::array<std::array<Charge, 2>, kYears>;

// When a line falls due.
enum class Schedule : uint8_t { kMonthly, kYearly, kFirstMonth, kLastMonth };

uint128 Product(int64_t a, int64_t b) {
  return uint128(static_cast<uint64_t>(a)) * static_cast<uint64_t>(b);
}

inline Charge Divide(uint128 numerator, uint64_t divisor) {
  if (absl::Uint128High64(numerator) == 0) {  // nearly always; one machine instruction
    const uint64_t low = absl::Uint128Low64(numerator);
    const uint64_t quotient = divisor == 1 ? low : low / divisor;
    if (quotient >= kCap) return {.whole = kCap, .rest = 0};
    return {.whole = quotient, .rest = low - quotient * divisor};
  }
  const uint128 whole = divisor == 1 ? numerator : numerator / divisor;
  if (whole >= kCap) return {.whole = kCap, .rest = 0};
  const uint64_t quotient = absl::Uint128Low64(whole);
  return {.whole = quotient, .rest = absl::Uint128Low64(numerator - whole * divisor)};
}

// The units from `from` to `to`, each at the price of the tier it falls into, and the fixed
// amounts of the tiers entered on the way.
uint128 Graduated(const std::vector<PriceTier>& tiers, int64_t from, int64_t to) {
  uint128 sum = 0;
  int64_t below = 0;
  for (const PriceTier& tier : tiers) {
    if (to <= below) break;
    const int64_t first = std::max(from, below);
    const int64_t last = std::min(to, tier.up_to);
    if (last > first) sum += Product(last - first, tier.unit_micros);
    if (from <= below) sum += static_cast<uint64_t>(tier.flat_micros);
    below = tier.up_to;
  }
  return sum;
}

// All units at the price of the tier that their number falls into.
uint128 AllUnits(const std::vector<PriceTier>& tiers, int64_t units) {
  for (const PriceTier& tier : tiers) {
    if (units > tier.up_to) continue;
    return Product(units, tier.unit_micros) + static_cast<uint64_t>(tier.flat_micros);
  }
  return 0;
}

// A commission over the divisor kBasisPoints. The part per order is cut at the cap first:
// 10^15 micros times 10^16 orders would leave no room for the divisor.
uint128 Commission(const PriceComponent& c, int64_t sales, int64_t orders) {
  const uint128 per_order = std::min<uint128>(Product(orders, c.per_transaction_micros), kCap);
  return Product(sales, c.rate_bp) + per_order * kBasisPoints;
}

int64_t Excess(int64_t units, int64_t included) { return units > included ? units - included : 0; }

uint64_t Divisor(const PriceComponent& c) {
  if (c.model == PriceModel::kCommission) return kBasisPoints;
  if (c.model == PriceModel::kUsage)
    return static_cast<uint64_t>(std::max<int64_t>(c.unit_count, 1));
  return 1;
}

Charge AtLeast(Charge charge, int64_t minimum) {
  if (charge.whole >= static_cast<uint64_t>(minimum)) return charge;
  return {.whole = static_cast<uint64_t>(minimum), .rest = 0};
}

// One due date of a line over Divisor(c). `amount` is the normal or the promotional one.
inline Charge Bill(const PriceComponent& c, int64_t amount, int64_t units, int64_t orders) {
  switch (c.model) {
    case PriceModel::kPerUser:
      return Divide(Product(std::max(units, c.min_units), amount), 1);
    case PriceModel::kTiered: {
      // The first tier is entered even with nothing used: its fixed amount is a base fee.
      const bool unused = units == 0 && !c.tiers.empty();
      return Divide(
          unused ? static_cast<uint64_t>(c.tiers[0].flat_micros) : Graduated(c.tiers, 0, units), 1);
    }
    case PriceModel::kVolume:
      return Divide(AllUnits(c.tiers, units), 1);
    case PriceModel::kUsage:
      return AtLeast(Divide(Product(Excess(units, c.included), amount), Divisor(c)),
                     c.monthly_minimum_micros);
    case PriceModel::kCommission:
      return AtLeast(Divide(Commission(c, units, orders), Divisor(c)), c.monthly_minimum_micros);
    default:
      return Divide(static_cast<uint64_t>(amount), 1);
  }
}

// What doubling `units` and `orders` adds to one due date, over ExtraDivisor(c).
inline Charge ExtraBill(const PriceComponent& c, int64_t amount, int64_t units, int64_t orders) {
  if (!Doubles(c.metric)) units = 0;
  switch (c.model) {
    case PriceModel::kTiered:
      return Divide(Graduated(c.tiers, units, 2 * units), 1);
    case PriceModel::kVolume:
      return units == 0 ? Charge{} : Divide(AllUnits(c.tiers, 2 * units), 2);
    case PriceModel::kUsage:
      return Divide(Product(Excess(2 * units, c.included) - Excess(units, c.included), amount),
                    Divisor(c));
    case PriceModel::kCommission:
      return Divide(Commission(c, units, orders), Divisor(c));
    default:
      return {};
  }
}

uint64_t ExtraDivisor(const PriceComponent& c) {
  return c.model == PriceModel::kVolume ? 2 : Divisor(c);
}

bool GrowsWithUsage(PriceModel model) {
  return model == PriceModel::kTiered || model == PriceModel::kVolume ||
         model == PriceModel::kUsage || model == PriceModel::kCommission;
}

inline Schedule ScheduleOf(const PriceComponent& c) {
  switch (c.model) {
    case PriceModel::kUsage:
    case PriceModel::kCommission:
      return Schedule::kMonthly;
    case PriceModel::kSetup:
    case PriceModel::kMigration:
    case PriceModel::kTraining:
    case PriceModel::kHardware:
      return Schedule::kFirstMonth;
    case PriceModel::kYearlyFee:
      return Schedule::kYearly;
    case PriceModel::kExit:
      return Schedule::kLastMonth;
    default:
      if (c.period == BillingPeriod::kYear) return Schedule::kYearly;
      return c.period == BillingPeriod::kOneOff ? Schedule::kFirstMonth : Schedule::kMonthly;
  }
}

// Last month of a promotion that counts, else 0.
int32_t PromotionEnd(const PriceComponent& c, Schedule schedule) {
  const bool again = schedule == Schedule::kMonthly || schedule == Schedule::kYearly;
  return again && c.promotion_until_month >= kShortestPromotion ? c.promotion_until_month : 0;
}

// How often a line falls due in the months first to last, which lie in one year.
uint64_t DueDates(Schedule schedule, int32_t first, int32_t last) {
  if (first > last) return 0;
  switch (schedule) {
    case Schedule::kMonthly:
      return static_cast<uint64_t>(last) - static_cast<uint64_t>(first) + 1;
    case Schedule::kYearly:
      return first % kMonthsPerYear == 1 ? 1 : 0;
    case Schedule::kFirstMonth:
      return first == 1 ? 1 : 0;
    case Schedule::kLastMonth:
      return last == kCostMonths ? 1 : 0;
  }
  return 0;
}

// (10,000 + rise)^year over 10,000^2.
uint64_t IndexFactor(int32_t indexation_bp, uint32_t year) {
  uint64_t factor = kIndexScale;
  for (uint32_t i = 0; i < year; ++i) {
    factor = factor / kBasisPoints * (kBasisPoints + static_cast<uint64_t>(indexation_bp));
  }
  return factor;
}

// Rounds whole + rest / divisor, both in micros times kIndexScale, half up to a cent. What the
// inner division cuts off is below one unit and cannot reach the half, which is a whole number.
int64_t RoundToCent(uint128 whole, uint128 rest, uint64_t divisor) {
  constexpr uint64_t kCent = kIndexScale * kMicrosPerCent;
  const uint128 exact = divisor == 1 ? whole : whole + rest / divisor;
  const uint128 micros = (exact + kCent / 2) / kCent * kMicrosPerCent;
  return static_cast<int64_t>(absl::Uint128Low64(std::min<uint128>(micros, kCap)));
}

// A line over the first `months` months. Bounds: a charge is below 2^63, a factor below 2^28
// (1.5^2 * 10^8), due dates below 2^6: a sum below 2^97.
int64_t Total(const PriceComponent& c, const Charges& charges, uint64_t divisor, int32_t months) {
  const Schedule schedule = ScheduleOf(c);
  const int32_t promotion_end = PromotionEnd(c, schedule);
  uint128 whole = 0;
  uint128 rest = 0;
  for (uint32_t year = 0; year < kYears; ++year) {
    const int32_t first = static_cast<int32_t>(year) * kMonthsPerYear + 1;
    const int32_t last = std::min(first + kMonthsPerYear - 1, months);
    const uint64_t factor = IndexFactor(c.indexation_bp, year);
    const uint64_t reduced = DueDates(schedule, first, std::min(last, promotion_end)) * factor;
    const uint64_t normal = DueDates(schedule, std::max(first, promotion_end + 1), last) * factor;
    const auto& [at_normal, at_promotion] = charges[year];
    whole += uint128(at_normal.whole) * normal + uint128(at_promotion.whole) * reduced;
    rest += uint128(at_normal.rest) * normal + uint128(at_promotion.rest) * reduced;
  }
  return RoundToCent(whole, rest, divisor);
}

// The months of a contract whose sums are figures.
enum Span : uint8_t { kWhole, kFirstYear, kNinetyDays, kSpans };
constexpr std::array<int32_t, kSpans> kMonthsOf = {kCostMonths, kMonthsPerYear, 3};

// How often a line falls due in each year, for each span. By schedule.
using Dues = std::array<std::array<uint8_t, kYears>, kSpans>;
constexpr std::array<Dues, 4> kDues = {{
    {{{12, 12, 12}, {12, 0, 0}, {3, 0, 0}}},  // kMonthly
    {{{1, 1, 1}, {1, 0, 0}, {1, 0, 0}}},      // kYearly
    {{{1, 0, 0}, {1, 0, 0}, {1, 0, 0}}},      // kFirstMonth
    {{{0, 0, 1}, {0, 0, 0}, {0, 0, 0}}},      // kLastMonth
}};

// Total for a line whose price neither rises nor is reduced, if it fits 64 bits; as nearly all do.
// Rounds half up like RoundToCent: what the division of the rests cuts off is below one micro.
bool PlainTotal(const std::array<uint8_t, kYears>& dues, const Charges& charges, uint64_t divisor,
                int64_t& total) {
  constexpr uint64_t kMostPlain = uint64_t{1} << 56;  // 36 of it, and the half, fit 62 bits
  uint64_t whole = 0;
  uint64_t rest = 0;
  for (uint32_t year = 0; year < kYears; ++year) {
    const Charge& charge = charges[year][0];
    if ((charge.whole | charge.rest) >= kMostPlain) return false;
    whole += charge.whole * dues[year];
    rest += charge.rest * dues[year];
  }
  if (rest != 0) whole += rest / divisor;
  total = static_cast<int64_t>((whole + kMicrosPerCent / 2) / kMicrosPerCent * kMicrosPerCent);
  return true;
}

// Totals of a line for the first `spans` spans.
using Totals = std::array<int64_t, kSpans>;
Totals TotalsOf(const PriceComponent& c, const Charges& charges, uint64_t divisor, uint8_t spans) {
  Totals totals = {};
  const bool plain = c.indexation_bp == 0 && c.promotion_until_month < kShortestPromotion;
  const Dues& dues = kDues[static_cast<size_t>(ScheduleOf(c))];
  for (uint8_t span = 0; span < spans; ++span) {
    if (plain && PlainTotal(dues[span], charges, divisor, totals[span])) continue;
    totals[span] = Total(c, charges, divisor, kMonthsOf[span]);
  }
  return totals;
}

// Units by metric and year, computed when they are asked for.
struct UsageNow {
  const Request& request;
  int64_t operator()(uint8_t metric, uint32_t year) const {
    return UsageInYear(request, metric, year);
  }
};

// The same from a table.
struct UsageKnown {
  const UsageByYear& units;
  int64_t operator()(uint8_t metric, uint32_t year) const { return units[metric][year]; }
};

bool HangsOnUsage(PriceModel model) {
  return model == PriceModel::kPerUser || model == PriceModel::kTiered ||
         model == PriceModel::kVolume || model == PriceModel::kUsage ||
         model == PriceModel::kCommission;
}

// Calls bill(amount, units, orders) for each year, at the normal and the promotional amount; once
// for all years where they are alike.
template <typename Usage, typename BillFunction>
Charges ForEachYear(const PriceComponent& c, const Request& request, const Usage& usage,
                    BillFunction bill) {
  const uint8_t metric = c.model == PriceModel::kPerUser ? kUsers : c.metric;
  const bool promoted = c.promotion_until_month >= kShortestPromotion;
  const bool alike = request.yearly_growth_bp == 0 || !HangsOnUsage(c.model);
  Charges charges;
  for (uint32_t year = 0; year < kYears; ++year) {
    if (year > 0 && alike) {
      charges[year] = charges[0];
      continue;
    }
    const int64_t units = usage(metric, year);
    const int64_t orders = c.model == PriceModel::kCommission ? usage(kOrders, year) : 0;
    charges[year][0] = bill(c.amount_micros, units, orders);
    if (promoted) charges[year][1] = bill(c.promotion_micros, units, orders);
  }
  return charges;
}

// An option counts only where the firm must have one of its features.
bool Counts(const PriceComponent& c, const Request& request) {
  if (c.options.empty()) return true;
  for (const FeatureRef& option : c.options) {
    if (option.need == request.need && ((request.must_features >> option.feature) & 1u) != 0) {
      return true;
    }
  }
  return false;
}

bool Applies(const AddedCost& added, const FactTable& table, uint32_t row) {
  if ((table.needs[row] & added.unless_needs) != 0) return false;
  return added.only_kind == 0 || added.only_kind == table.kinds[row];
}

int64_t AddedTotal(const AddedCost& added, int32_t months) {
  const uint128 micros =
      Product(added.monthly_micros, months) + static_cast<uint64_t>(added.one_off_micros);
  return RoundToCent(std::min<uint128>(micros, kCap) * kIndexScale, 0, 1);
}

// Both are at most the cap.
void Add(int64_t& sum, int64_t micros) {
  sum = micros > kMaxTotalMicros - sum ? kMaxTotalMicros : sum + micros;
}

// How often a line of each schedule falls due in each span.
constexpr std::array<std::array<uint8_t, kSpans>, 4> kDueSums = {
    {{36, 12, 3}, {3, 1, 1}, {1, 1, 1}, {1, 0, 0}}};

// Rounds dues * (whole + rest / divisor) half up to a cent; as PlainTotal.
inline int64_t RoundedDues(uint64_t dues, const Charge& charge, uint64_t divisor) {
  uint64_t micros = dues * charge.whole;
  if (charge.rest != 0) micros += dues * charge.rest / divisor;
  return static_cast<int64_t>((micros + kMicrosPerCent / 2) / kMicrosPerCent * kMicrosPerCent);
}

// A line that costs the same each time it falls due: neither growth nor rise nor promotion. False,
// and nothing done, where it does not or where 64 bits may be too few.
template <typename Usage>
inline bool AddSteadyComponent(const PriceComponent& c, const Request& request, const Usage& usage,
                               Cost& cost, int64_t& line_micros) {
  if (c.indexation_bp != 0 || c.promotion_until_month >= kShortestPromotion) return false;
  const bool hangs_on_usage = HangsOnUsage(c.model);
  if (hangs_on_usage && request.yearly_growth_bp != 0) return false;
  const bool grows = GrowsWithUsage(c.model);
  Charge charge;
  Charge extra;
  if (!hangs_on_usage) {
    const auto amount = static_cast<uint64_t>(c.amount_micros);
    charge = {.whole = std::min(amount, kCap), .rest = 0};
  } else {
    const int64_t units = usage(c.model == PriceModel::kPerUser ? kUsers : c.metric, 0);
    const int64_t orders = c.model == PriceModel::kCommission ? usage(kOrders, 0) : 0;
    charge = Bill(c, c.amount_micros, units, orders);
    if (grows) extra = ExtraBill(c, c.amount_micros, units, orders);
  }
  constexpr uint64_t kMostSteady = uint64_t{1} << 56;  // 36 of it, and the half, fit 62 bits
  if ((charge.whole | charge.rest | extra.whole | extra.rest) >= kMostSteady) return false;
  const auto& dues = kDueSums[static_cast<size_t>(ScheduleOf(c))];
  const uint64_t divisor = hangs_on_usage ? Divisor(c) : 1;
  line_micros = RoundedDues(dues[kWhole], charge, divisor);
  Add(cost.tco36_micros, line_micros);
  Add(cost.first_year_micros, RoundedDues(dues[kFirstYear], charge, divisor));
  Add(cost.cash_out_90_days_micros, RoundedDues(dues[kNinetyDays], charge, divisor));
  if (grows) {
    const int64_t rise = RoundedDues(dues[kWhole], extra, ExtraDivisor(c));
    Add(cost.double_usage_rise_micros, rise);
  }
  return true;
}

template <typename Usage>
int64_t AddComponent(const PriceComponent& c, const Request& request, const Usage& usage,
                     Cost& cost) {
  int64_t steady_micros = 0;
  if (AddSteadyComponent(c, request, usage, cost, steady_micros)) return steady_micros;
  const Charges charges =
      ForEachYear(c, request, usage, [&](int64_t amount, int64_t units, int64_t orders) {
        return Bill(c, amount, units, orders);
      });
  const Totals totals = TotalsOf(c, charges, Divisor(c), kSpans);
  Add(cost.tco36_micros, totals[kWhole]);
  Add(cost.first_year_micros, totals[kFirstYear]);
  Add(cost.cash_out_90_days_micros, totals[kNinetyDays]);
  if (!GrowsWithUsage(c.model)) return totals[kWhole];
  const Charges extra =
      ForEachYear(c, request, usage, [&](int64_t amount, int64_t units, int64_t orders) {
        return ExtraBill(c, amount, units, orders);
      });
  Add(cost.double_usage_rise_micros, TotalsOf(c, extra, ExtraDivisor(c), 1)[kWhole]);
  return totals[kWhole];
}

// The cost of a row, line by line: take(line).
template <typename Usage, typename Take>
void ComputeLines(const FactTable& table, uint32_t row, const Request& request, const Usage& usage,
                  Cost& cost, Take take) {
  const Tariff& tariff = table.tariffs[row];
  if (tariff.evidence == Evidence::kNone) return;
  cost.known = true;
  cost.evidence = tariff.evidence;
  int16_t place = 0;
  for (const PriceComponent& component : tariff.components) {
    CostLine line{.component = place++};
    if (Counts(component, request)) {
      line.tco36_micros = AddComponent(component, request, usage, cost);
    }
    take(line);
  }
  for (const AddedCost& added : request.added_costs) {
    if (!Applies(added, table, row)) continue;
    const int64_t fixed = AddedTotal(added, kMonthsOf[kWhole]);
    int64_t total = fixed;
    if (added.rate_bp != 0) {
      PriceComponent commission;
      commission.model = PriceModel::kCommission;
      commission.metric = added.metric;
      commission.rate_bp = added.rate_bp;
      Add(total, AddComponent(commission, request, usage, cost));
    }
    take(CostLine{.component = -1, .added_need = added.need, .tco36_micros = total});
    Add(cost.tco36_micros, fixed);
    Add(cost.first_year_micros, AddedTotal(added, kMonthsOf[kFirstYear]));
    Add(cost.cash_out_90_days_micros, AddedTotal(added, kMonthsOf[kNinetyDays]));
  }
}

}  // namespace

bool Doubles(uint8_t metric) { return metric != kUsers && metric != kSites && metric != kDevices; }

int64_t UsageInYear(const Request& request, uint8_t metric, uint32_t year) {
  int64_t units = request.usage[metric];
  if (request.yearly_growth_bp == 0) return units;
  // At most 10^15 * 3 * 3 units; the product with the factor needs 128 bits.
  const int64_t factor = static_cast<int64_t>(kBasisPoints) + request.yearly_growth_bp;
  for (uint32_t i = 0; i < year; ++i) {
    const uint128 grown = (Product(units, factor) + kBasisPoints / 2) / kBasisPoints;
    units = static_cast<int64_t>(absl::Uint128Low64(grown));
  }
  return units;
}

UsageByYear UsageOf(const Request& request) {
  UsageByYear usage = {};
  for (uint8_t metric = 0; metric < kMetricCount; ++metric) {
    for (uint32_t year = 0; year < kYears; ++year) {
      usage[metric][year] = UsageInYear(request, metric, year);
    }
  }
  return usage;
}

void ComputeFigures(const FactTable& table, uint32_t row, const Request& request,
                    const UsageByYear& usage, Cost& cost) {
  cost.known = false;
  cost.evidence = Evidence::kNone;
  cost.tco36_micros = 0;
  cost.first_year_micros = 0;
  cost.cash_out_90_days_micros = 0;
  cost.double_usage_rise_micros = 0;
  ComputeLines(table, row, request, UsageKnown{usage}, cost, [](const CostLine&) {});
}

void ComputeCost(const FactTable& table, uint32_t row, const Request& request, Cost& cost) {
  std::vector<CostLine> lines = std::move(cost.lines);
  lines.clear();
  cost = Cost{};
  cost.lines = std::move(lines);
  if (table.tariffs[row].evidence != Evidence::kNone) {
    cost.lines.reserve(table.tariffs[row].components.size() + request.added_costs.size());
  }
  ComputeLines(table, row, request, UsageNow{request}, cost,
               [&](const CostLine& line) { cost.lines.push_back(line); });
}

Cost ComputeCost(const FactTable& table, uint32_t row, const Request& request) {
  Cost cost;
  ComputeCost(table, row, request, cost);
  return cost;
}

}  // namespace aplomb::engine
