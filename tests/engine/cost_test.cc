// The all-in cost: named tariffs with their sums, an oracle that counts month by month, and the
// promise that nothing dearer looks cheaper.
#include "engine/cost.h"

#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/engine/naive_ranker.h"
#include "tests/engine/random_world.h"

namespace aplomb::engine {
namespace {

constexpr int64_t kEuro = 1'000'000;
constexpr int64_t kCent = 10'000;

// Metric numbers as in aplomb.type.Metric.
constexpr uint8_t kUsers = 1, kSites = 2, kOrders = 4, kOnlineSales = 5, kEmails = 10,
                  kDevices = 20;

Cost CostOf(std::vector<PriceComponent> components, const Request& request) {
  World w = EmptyWorld(1, 0, 0);
  w.table.tariffs[0] = {.evidence = Evidence::kDocumented, .components = std::move(components)};
  return ComputeCost(w.table, 0, request);
}

// The firm of the cases: 3 users, 2 sites, 60 orders, sales of 4,000.00, 1,000 e-mails.
Request Firm(int32_t growth_bp = 0) {
  Request request;
  request.usage[kUsers] = 3;
  request.usage[kSites] = 2;
  request.usage[kOrders] = 60;
  request.usage[kOnlineSales] = 4'000 * kEuro;
  request.usage[kEmails] = 1'000;
  request.usage[kDevices] = 5;
  request.yearly_growth_bp = growth_bp;
  return request;
}

// 50 orders at 10 cents, then 5 cents; fixed amounts of 1 and 2 euros.
const std::vector<PriceTier> kTiers = {{50, 10 * kCent, kEuro}, {kUnlimited, 5 * kCent, 2 * kEuro}};

struct CostCase {
  const char* name;
  std::vector<PriceComponent> tariff;
  int32_t growth_bp;
  int64_t tco36;  // all in cents
  int64_t first_year;
  int64_t cash_out;
  int64_t double_rise;
};

void PrintTo(const CostCase& c, std::ostream* out) { *out << c.name; }

using M = PriceModel;
using P = BillingPeriod;

const std::vector<CostCase>& Cases() {
  static const auto& cases = *new std::vector<CostCase>{
      // Free and by the month.
      {"free", {}, 0, 0, 0, 0, 0},
      {"flat", {{.model = M::kFlat, .amount_micros = 29 * kEuro}}, 0, 104'400, 34'800, 8'700, 0},
      {"hand-worked: flat, commission, order fee, setup",
       {{.model = M::kFlat, .amount_micros = 29 * kEuro},
        {.model = M::kCommission,
         .metric = kOnlineSales,
         .rate_bp = 150,
         .per_transaction_micros = 25 * kCent},
        {.model = M::kSetup, .amount_micros = 500 * kEuro}},
       0,
       424'400,
       174'800,
       81'200,
       270'000},
      {"per user",
       {{.model = M::kPerUser, .amount_micros = 10 * kEuro}},
       0,
       108'000,
       36'000,
       9'000,
       0},
      {"per user, fewer than the least number",
       {{.model = M::kPerUser, .amount_micros = 10 * kEuro, .min_units = 5}},
       0,
       180'000,
       60'000,
       15'000,
       0},
      {"per user ignores its metric",
       {{.model = M::kPerUser, .metric = kOrders, .amount_micros = 10 * kEuro}},
       0,
       108'000,
       36'000,
       9'000,
       0},
      // Billed by the year and once.
      {"flat by the year, due in months 1, 13, 25",
       {{.model = M::kFlat, .period = P::kYear, .amount_micros = 120 * kEuro}},
       0,
       36'000,
       12'000,
       12'000,
       0},
      {"yearly fee",
       {{.model = M::kYearlyFee, .amount_micros = 12 * kEuro}},
       0,
       3'600,
       1'200,
       1'200,
       0},
      {"flat once",
       {{.model = M::kFlat, .period = P::kOneOff, .amount_micros = kEuro}},
       0,
       100,
       100,
       100,
       0},
      {"migration, training, hardware, whatever their period",
       {{.model = M::kMigration, .amount_micros = 10 * kEuro},
        {.model = M::kTraining, .period = P::kYear, .amount_micros = 20 * kEuro},
        {.model = M::kHardware, .period = P::kOneOff, .amount_micros = 30 * kEuro}},
       0,
       6'000,
       6'000,
       6'000,
       0},
      {"exit, in month 36 only",
       {{.model = M::kExit, .amount_micros = 80 * kEuro}},
       0,
       8'000,
       0,
       0,
       0},
      {"quote by the month, at its dearer end",
       {{.model = M::kQuote, .amount_micros = 100 * kEuro}},
       0,
       360'000,
       120'000,
       30'000,
       0},
      {"quote by the year",
       {{.model = M::kQuote, .period = P::kYear, .amount_micros = 100 * kEuro}},
       0,
       30'000,
       10'000,
       10'000,
       0},
      {"quote once",
       {{.model = M::kQuote, .period = P::kOneOff, .amount_micros = 100 * kEuro}},
       0,
       10'000,
       10'000,
       10'000,
       0},
      // Tiers: 60 orders are 50 * 0.10 + 10 * 0.05 + 1 + 2 = 8.50 graduated, 60 * 0.05 + 2 = 5.00
      // by volume. Doubling adds 60 * 0.05 = 3.00, or half of 120 * 0.05 + 2.
      {"tiered",
       {{.model = M::kTiered, .metric = kOrders, .tiers = kTiers}},
       0,
       30'600,
       10'200,
       2'550,
       10'800},
      {"volume",
       {{.model = M::kVolume, .metric = kOrders, .tiers = kTiers}},
       0,
       18'000,
       6'000,
       1'500,
       14'400},
      {"tiered by the year",
       {{.model = M::kTiered, .period = P::kYear, .metric = kOrders, .tiers = kTiers}},
       0,
       2'550,
       850,
       850,
       900},
      {"tiers of sites, which do not double",
       {{.model = M::kTiered, .metric = kSites, .tiers = kTiers},
        {.model = M::kVolume, .metric = kDevices, .tiers = kTiers}},
       0,
       9'720,
       3'240,
       810,
       0},
      {"tiers of nothing used: the first fixed amount is a base fee",
       {{.model = M::kTiered, .metric = 9, .tiers = kTiers},
        {.model = M::kVolume, .metric = 9, .tiers = kTiers}},
       0,
       7'200,
       2'400,
       600,
       0},
      {"at the end of a tier, inclusive",
       {{.model = M::kVolume, .metric = kOrders, .tiers = {{60, kEuro, 0}, {kUnlimited, 0, 0}}}},
       0,
       216'000,
       72'000,
       18'000,
       0},
      // Usage.
      {"usage above the included",
       {{.model = M::kUsage, .metric = kEmails, .amount_micros = kCent, .included = 400}},
       0,
       21'600,
       7'200,
       1'800,
       36'000},
      {"usage by the thousand, in proportion",
       {{.model = M::kUsage,
         .metric = kEmails,
         .amount_micros = 5 * kEuro,
         .included = 500,
         .unit_count = 1'000}},
       0,
       9'000,
       3'000,
       750,
       18'000},
      {"usage all included",
       {{.model = M::kUsage, .metric = kEmails, .amount_micros = kEuro, .included = 2'000}},
       0,
       0,
       0,
       0,
       0},
      {"usage with a monthly minimum; doubling leaves the minimum aside",
       {{.model = M::kUsage,
         .metric = kEmails,
         .amount_micros = kCent,
         .monthly_minimum_micros = 15 * kEuro}},
       0,
       54'000,
       18'000,
       4'500,
       36'000},
      {"commission below its monthly minimum",
       {{.model = M::kCommission,
         .metric = kOnlineSales,
         .rate_bp = 100,
         .monthly_minimum_micros = 45 * kEuro}},
       0,
       162'000,
       54'000,
       13'500,
       144'000},
      {"usage ignores a yearly period",
       {{.model = M::kUsage, .period = P::kYear, .metric = kEmails, .amount_micros = kCent}},
       0,
       36'000,
       12'000,
       3'000,
       36'000},
      // Growth: 60, 66, 73 (72.6 rounded half up from 66) orders.
      {"growth, each step rounded to a unit",
       {{.model = M::kUsage, .metric = kOrders, .amount_micros = kEuro}},
       1'000,
       238'800,
       72'000,
       18'000,
       238'800},
      {"growth of users: 3, 5 (4.5), 8 (7.5)",
       {{.model = M::kPerUser, .amount_micros = kEuro}},
       5'000,
       19'200,
       3'600,
       900,
       0},
      {"shrinking: 60, 30, 15 orders",
       {{.model = M::kUsage, .metric = kOrders, .amount_micros = kEuro}},
       -5'000,
       126'000,
       72'000,
       18'000,
       126'000},
      {"growth passes the minimum in the second year only",
       {{.model = M::kUsage,
         .metric = kOrders,
         .amount_micros = kEuro,
         .monthly_minimum_micros = 65 * kEuro}},
       1'000,
       244'800,
       78'000,
       19'500,
       238'800},
      // Indexation: 10.00, 11.00, 12.10.
      {"indexation at months 13 and 25",
       {{.model = M::kFlat, .indexation_bp = 1'000, .amount_micros = 10 * kEuro}},
       0,
       39'720,
       12'000,
       3'000,
       0},
      {"indexation of a yearly price",
       {{.model = M::kYearlyFee, .indexation_bp = 1'000, .amount_micros = 10 * kEuro}},
       0,
       3'310,
       1'000,
       1'000,
       0},
      {"indexation of the exit fee and of a minimum",
       {{.model = M::kExit, .indexation_bp = 1'000, .amount_micros = 10 * kEuro},
        {.model = M::kUsage,
         .metric = 9,
         .indexation_bp = 1'000,
         .monthly_minimum_micros = 10 * kEuro}},
       0,
       40'930,
       12'000,
       3'000,
       0},
      // Promotions.
      {"promotion of 11 months: ignored",
       {{.model = M::kFlat, .promotion_until_month = 11, .amount_micros = 10 * kEuro}},
       0,
       36'000,
       12'000,
       3'000,
       0},
      {"promotion of 12 months",
       {{.model = M::kFlat,
         .promotion_until_month = 12,
         .amount_micros = 10 * kEuro,
         .promotion_micros = kEuro}},
       0,
       25'200,
       1'200,
       300,
       0},
      {"promotion of 18 months on a yearly price holds on its due dates 1 and 13",
       {{.model = M::kFlat,
         .period = P::kYear,
         .promotion_until_month = 18,
         .amount_micros = 10 * kEuro}},
       0,
       1'000,
       0,
       0,
       0},
      {"promotion of usage",
       {{.model = M::kUsage,
         .metric = kOrders,
         .promotion_until_month = 24,
         .amount_micros = kEuro}},
       0,
       72'000,
       0,
       0,
       72'000},
      {"promotion of what is paid once: ignored",
       {{.model = M::kSetup, .promotion_until_month = 36, .amount_micros = 10 * kEuro},
        {.model = M::kQuote,
         .period = P::kOneOff,
         .promotion_until_month = 36,
         .amount_micros = 10 * kEuro},
        {.model = M::kExit, .promotion_until_month = 36, .amount_micros = 10 * kEuro}},
       0,
       3'000,
       2'000,
       2'000,
       0},
      // Rounding.
      {"a line is rounded once, half up: 36 * 0.00125 = 0.045",
       {{.model = M::kFlat, .amount_micros = 1'250}},
       0,
       5,
       2,
       0,
       0},
      {"just below the half: 36 * 0.001249",
       {{.model = M::kFlat, .amount_micros = 1'249}},
       0,
       4,
       1,
       0,
       0},
      {"two lines are rounded apart",
       {{.model = M::kSetup, .amount_micros = 5'000}, {.model = M::kSetup, .amount_micros = 5'000}},
       0,
       2,
       2,
       2,
       0},
  };
  return cases;
}

class CostCases : public testing::TestWithParam<CostCase> {};

TEST_P(CostCases, ComeToTheseCents) {
  const CostCase& c = GetParam();
  const Cost cost = CostOf(c.tariff, Firm(c.growth_bp));
  EXPECT_TRUE(cost.known);
  EXPECT_EQ(cost.evidence, Evidence::kDocumented);
  EXPECT_EQ(cost.tco36_micros, c.tco36 * kCent);
  EXPECT_EQ(cost.first_year_micros, c.first_year * kCent);
  EXPECT_EQ(cost.cash_out_90_days_micros, c.cash_out * kCent);
  EXPECT_EQ(cost.double_usage_rise_micros, c.double_rise * kCent);
  EXPECT_EQ(cost.lines.size(), c.tariff.size());
}

INSTANTIATE_TEST_SUITE_P(Cost, CostCases, testing::ValuesIn(Cases()),
                         [](const auto& row) { return TestName(row.param.name); });

TEST(Cost, OfTheHandWorkedCaseStandsLineByLine) {
  const Cost cost = CostOf(Cases()[2].tariff, Firm());
  ASSERT_EQ(cost.lines.size(), 3u);
  EXPECT_EQ(cost.lines[0].tco36_micros, 1'044 * kEuro);
  EXPECT_EQ(cost.lines[1].tco36_micros, 2'700 * kEuro);
  EXPECT_EQ(cost.lines[2].tco36_micros, 500 * kEuro);
  EXPECT_EQ(cost.tco36_micros, 4'244 * kEuro);
}

TEST(Cost, UnknownIsNotFree) {
  World w = EmptyWorld(1, 0, 0);
  w.table.tariffs[0].evidence = Evidence::kNone;
  w.request.added_costs = {{.one_off_micros = kEuro}};
  const Cost cost = ComputeCost(w.table, 0, w.request);
  EXPECT_FALSE(cost.known);
  EXPECT_TRUE(cost.lines.empty());
}

TEST(Cost, OfAnOptionCountsOnlyWhereItIsAMust) {
  const std::vector<PriceComponent> tariff = {
      {.model = M::kSetup, .amount_micros = kEuro, .options = {{0, 3}, {0, 7}}},
      {.model = M::kSetup, .amount_micros = 10 * kEuro, .options = {{1, 3}}},
      {.model = M::kSetup, .amount_micros = 100 * kEuro}};
  Request request = Firm();
  const auto tco = [&](uint32_t must, uint32_t nice) {
    request.must_features = must;
    request.nice_features = nice;
    return CostOf(tariff, request).tco36_micros;
  };
  EXPECT_EQ(tco(0, 0), 100 * kEuro);
  EXPECT_EQ(tco(0, 1u << 3), 100 * kEuro) << "a wish";
  EXPECT_EQ(tco(1u << 3, 0), 101 * kEuro) << "not the feature of the same number of another need";
  EXPECT_EQ(tco(1u << 7, 0), 101 * kEuro);
  EXPECT_EQ(tco(1u << 3 | 1u << 7, 0), 101 * kEuro) << "once";
  EXPECT_EQ(tco(1u << 4, 0), 100 * kEuro);
  EXPECT_EQ(CostOf(tariff, request).lines.size(), 3u) << "a line of 0 is kept";
}

TEST(Cost, AnAddedCommissionGrowsAndDoublesWithTheSales) {
  World w = EmptyWorld(1, 0, 0);
  w.table.needs = {0b001};
  w.table.kinds = {1};
  w.request.usage[kOnlineSales] = 1'000 * kEuro;
  w.request.added_costs = {{.unless_needs = 0b100,
                            .need = 2,
                            .one_off_micros = 10 * kEuro,
                            .monthly_micros = kEuro,
                            .rate_bp = 150,
                            .metric = kOnlineSales}};
  // 10, 36 times 1, and 36 times 15.
  const Cost cost = ComputeCost(w.table, 0, w.request);
  EXPECT_EQ(cost.tco36_micros, 586 * kEuro);
  EXPECT_EQ(cost.first_year_micros, 202 * kEuro);
  EXPECT_EQ(cost.cash_out_90_days_micros, 58 * kEuro);
  EXPECT_EQ(cost.double_usage_rise_micros, 540 * kEuro);
  ASSERT_EQ(cost.lines.size(), 1u);
  EXPECT_EQ(cost.lines[0].tco36_micros, 586 * kEuro);
  // Ten percent more in the second year, and again in the third.
  w.request.yearly_growth_bp = 1'000;
  EXPECT_EQ(ComputeCost(w.table, 0, w.request).double_usage_rise_micros,
            12 * (15'000 + 16'500 + 18'150) * (kEuro / 1'000));
}

TEST(Cost, AddsWhatTheOfferingDoesNotBring) {
  World w = EmptyWorld(3, 0, 0);
  w.table.needs = {0b001, 0b101, 0b001};  // the second serves need 2 too
  w.table.kinds = {1, 1, 2};
  w.request.added_costs = {
      {.unless_needs = 0b100, .need = 2, .one_off_micros = 10 * kEuro, .monthly_micros = kEuro},
      {.only_kind = 2, .need = 7, .monthly_micros = 2 * kEuro}};
  const Cost bare = ComputeCost(w.table, 0, w.request);
  EXPECT_EQ(bare.tco36_micros, 46 * kEuro);
  EXPECT_EQ(bare.first_year_micros, 22 * kEuro);
  EXPECT_EQ(bare.cash_out_90_days_micros, 13 * kEuro);
  EXPECT_EQ(bare.double_usage_rise_micros, 0);
  ASSERT_EQ(bare.lines.size(), 1u);
  EXPECT_EQ(bare.lines[0].component, -1);
  EXPECT_EQ(bare.lines[0].added_need, 2);

  EXPECT_EQ(ComputeCost(w.table, 1, w.request).tco36_micros, 0) << "it brings need 2 itself";
  EXPECT_EQ(ComputeCost(w.table, 2, w.request).tco36_micros, (46 + 72) * kEuro);
}

TEST(Cost, SaturatesAtItsBoundInsteadOfOverflowing) {
  Request request;
  request.usage.fill(kMaxUsage);
  request.yearly_growth_bp = kMaxGrowthBp;
  const PriceComponent most = {.model = M::kUsage,
                               .metric = kEmails,
                               .rate_bp = 10'000,
                               .indexation_bp = kMaxIndexationBp,
                               .amount_micros = kMaxMicros,
                               .per_transaction_micros = kMaxMicros,
                               .monthly_minimum_micros = kMaxMicros,
                               .tiers = {{kUnlimited, kMaxMicros, kMaxMicros}}};
  for (const M model : {M::kPerUser, M::kTiered, M::kVolume, M::kUsage, M::kCommission}) {
    PriceComponent c = most;
    c.model = model;
    const Cost cost = CostOf(std::vector<PriceComponent>(kMaxPriceComponents, c), request);
    EXPECT_EQ(cost.tco36_micros, kMaxTotalMicros) << static_cast<int>(model);
    EXPECT_EQ(cost.cash_out_90_days_micros, kMaxTotalMicros) << static_cast<int>(model);
  }
  // The greatest flat tariff is still exact: 40 lines of 10^9 EUR times 12 * (1 + 1.5 + 2.25).
  PriceComponent flat = most;
  flat.model = M::kFlat;
  EXPECT_EQ(CostOf(std::vector<PriceComponent>(40, flat), request).tco36_micros,
            int64_t{40} * 57 * kMaxMicros);
  // A huge unit count divides exactly too.
  PriceComponent cheap = most;
  cheap.amount_micros = 3;
  cheap.unit_count = kUnlimited;
  cheap.monthly_minimum_micros = 0;
  EXPECT_EQ(CostOf({cheap}, request).tco36_micros, 0);
}

// ---------------------------------------------------------------- oracle and monotonicity

TEST(Cost, AgreesWithTheSumMonthByMonthOnRandomTariffs) {
  const uint64_t seed = TestSeed();
  for (uint64_t i = 0; i < 20'000; ++i) {
    Dice dice(seed * 7'000'003 + i);
    World w = EmptyWorld(1, 0, 0);
    w.table.tariffs[0] = RandomTariff(dice);
    RandomUsage(dice, w.request);
    w.request.must_features = static_cast<uint32_t>(dice.Bits() & 31u);
    const Cost fast = ComputeCost(w.table, 0, w.request);
    const Cost slow = NaiveCost(w.table, 0, w.request);
    ASSERT_EQ(fast.tco36_micros, slow.tco36_micros) << "seed " << seed << ", tariff " << i;
    ASSERT_EQ(fast.first_year_micros, slow.first_year_micros) << "tariff " << i;
    ASSERT_EQ(fast.cash_out_90_days_micros, slow.cash_out_90_days_micros) << "tariff " << i;
    ASSERT_EQ(fast.double_usage_rise_micros, slow.double_usage_rise_micros) << "tariff " << i;
    int64_t sum = 0;
    for (size_t k = 0; k < fast.lines.size(); ++k) {
      ASSERT_EQ(fast.lines[k].tco36_micros, slow.lines[k].tco36_micros) << "tariff " << i;
      ASSERT_EQ(fast.lines[k].tco36_micros % kCent, 0);
      sum += fast.lines[k].tco36_micros;
    }
    ASSERT_EQ(fast.tco36_micros, sum);
  }
}

TEST(Cost, NeverFallsInAnyFigureWhenAPriceRises) {
  const uint64_t seed = TestSeed();
  for (uint64_t i = 0; i < 4'000; ++i) {
    Dice dice(seed * 9'000'011 + i);
    World w = EmptyWorld(1, 0, 0);
    w.table.tariffs[0] = RandomTariff(dice);
    RandomUsage(dice, w.request);
    w.request.must_features = static_cast<uint32_t>(dice.Bits() & 31u);
    const Cost before = ComputeCost(w.table, 0, w.request);
    for (size_t k = 0; k < w.table.tariffs[0].components.size(); ++k) {
      for (const PriceRise& rise : PriceRises()) {
        World dearer = w;
        rise.make(dearer.table.tariffs[0].components[k],
                  dice.Pick<int64_t>({1, 7, dice.Between(1, 5'000), dice.Between(1, 9'000'000)}));
        const Cost after = ComputeCost(dearer.table, 0, dearer.request);
        ASSERT_GE(after.tco36_micros, before.tco36_micros) << rise.name << ", tariff " << i;
        ASSERT_GE(after.first_year_micros, before.first_year_micros) << rise.name << " " << i;
        ASSERT_GE(after.cash_out_90_days_micros, before.cash_out_90_days_micros)
            << rise.name << ", tariff " << i;
        ASSERT_GE(after.double_usage_rise_micros, before.double_usage_rise_micros)
            << rise.name << ", tariff " << i;
      }
    }
  }
}

// Why the rise at double usage is not the difference of two bills.
TEST(Cost, DifferenceOfTwoBillsWouldFallWhenAMinimumRises) {
  PriceComponent c = {.model = M::kUsage, .metric = kOrders, .amount_micros = kEuro};
  Request once = Firm(), twice = Firm();
  twice.usage[kOrders] *= 2;
  const auto difference = [&] {
    return CostOf({c}, twice).tco36_micros - CostOf({c}, once).tco36_micros;
  };
  const int64_t without = difference();
  const Cost before = CostOf({c}, once);
  c.monthly_minimum_micros = 100 * kEuro;
  EXPECT_LT(difference(), without);
  EXPECT_EQ(CostOf({c}, once).double_usage_rise_micros, before.double_usage_rise_micros);
}

}  // namespace
}  // namespace aplomb::engine
