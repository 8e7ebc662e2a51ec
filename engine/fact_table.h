// What the engine sees of a catalogue: numbers in columns, one row per offering.
//
// There is no string in this header, no name, no fee and no date of membership:
// nothing that could say who offers something can be written into these types.
// A row number has no meaning outside one table; results carry row numbers only,
// and their order never depends on them. Built by decision/blindfold. Immutable
// once built; safe to read from any number of threads.
#ifndef APLOMB_ENGINE_FACT_TABLE_H_
#define APLOMB_ENGINE_FACT_TABLE_H_

#include <cstdint>
#include <limits>
#include <vector>

namespace aplomb::engine {

// How well a fact is supported, weakest first. kNone: the fact is unknown.
enum class Evidence : uint8_t {
  kNone = 0,
  kDeclared = 1,
  kDocumented = 2,
  kCertified = 3,
  kChecked = 4,
};

// The two ways of meeting a need; ranked apart.
enum class DeliveryMode : uint8_t { kDoItYourself = 1, kHaveItDone = 2 };

// A limit that the offering states not to have.
inline constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

// Limits. Offerings in a table, columns, needs (sets of needs are 64-bit masks),
// features of one need (32-bit masks), lines of one tariff.
inline constexpr uint32_t kMaxRows = 4'000'000;
inline constexpr uint32_t kMaxColumns = 1'024;
inline constexpr uint32_t kMaxNeeds = 64;
inline constexpr uint32_t kMaxFeaturesPerNeed = 32;
inline constexpr uint32_t kMaxPriceComponents = 40;
inline constexpr uint32_t kMaxPriceTiers = 20;
inline constexpr uint32_t kMetricCount = 24;  // metric numbers 1 to 23; 0 unused

// Bounds on what a tariff may hold, so that 36 months fit into 128 bits.
inline constexpr int64_t kMaxMicros = 1'000'000'000'000'000;  // 10^15
inline constexpr int64_t kMaxUsage = 1'000'000'000'000'000;   // 10^15
inline constexpr int32_t kMaxIndexationBp = 5'000;
inline constexpr int32_t kMinGrowthBp = -5'000;
inline constexpr int32_t kMaxGrowthBp = 20'000;

// One fact of all offerings. Yes/no is 1 and 0; an enum is its number; a set is
// a mask over its code list; a day is days since 1970-01-01; money is micros of
// EUR; trades are packed by PackSectors (engine/sector.h).
struct Column {
  std::vector<int64_t> values = {};     // meaningless where evidence is kNone
  std::vector<Evidence> evidence = {};  // same length as `values`
};

// Names of the ways in which a tariff line is charged; numbers as in
// aplomb.type.PriceModel.
enum class PriceModel : uint8_t {
  kFlat = 1,
  kPerUser = 2,
  kTiered = 3,
  kVolume = 4,
  kUsage = 5,
  kCommission = 6,
  kSetup = 7,
  kMigration = 8,
  kTraining = 9,
  kHardware = 10,
  kYearlyFee = 11,
  kExit = 12,
  kQuote = 13,
};

// How often a line falls due.
enum class BillingPeriod : uint8_t { kMonth = 1, kYear = 2, kOneOff = 3 };

// One tier; `up_to` is inclusive, kUnlimited on the last.
struct PriceTier {
  int64_t up_to = kUnlimited;
  int64_t unit_micros = 0;
  int64_t flat_micros = 0;
};

// A feature of a need: the need's ordinal and the feature's.
struct FeatureRef {
  uint8_t need = 0;
  uint8_t feature = 0;
};

// One line of a tariff, in micros of EUR (0 to kMaxMicros each).
struct PriceComponent {
  PriceModel model = PriceModel::kFlat;
  BillingPeriod period = BillingPeriod::kMonth;
  uint8_t metric = 0;                    // 1 to kMetricCount - 1 where the model counts something
  int32_t rate_bp = 0;                   // kCommission, 0 to 10,000
  int32_t indexation_bp = 0;             // per year, 0 to kMaxIndexationBp
  int32_t promotion_until_month = 0;     // below 12: no promotion
  int64_t amount_micros = 0;             // kQuote: the dearer end of the range
  int64_t promotion_micros = 0;          // amount during the promotion
  int64_t min_units = 1;                 // kPerUser
  int64_t included = 0;                  // kUsage
  int64_t unit_count = 1;                // kUsage: amount is for this many units, from 1
  int64_t per_transaction_micros = 0;    // kCommission
  int64_t monthly_minimum_micros = 0;    // kCommission, kUsage
  std::vector<PriceTier> tiers = {};     // kTiered, kVolume: rising, last one unbounded
  std::vector<FeatureRef> options = {};  // non-empty: counts only where one of these is a must
};

// A tariff. Unknown is not free: free is a known tariff without lines.
struct Tariff {
  Evidence evidence = Evidence::kNone;  // kNone: unknown
  std::vector<PriceComponent> components = {};
};

// What an offering has of one need's features; disjoint masks over the need's
// ordinals. In none of them: unknown.
struct FeatureMasks {
  uint32_t full = 0;
  uint32_t partial = 0;
  uint32_t option_paid = 0;
  uint32_t none = 0;
};

// The candidates of one need: all offerings that serve it.
struct NeedCandidates {
  std::vector<uint32_t> rows = {};          // in any order
  std::vector<FeatureMasks> features = {};  // same length as `rows`
};

// All offerings.
struct FactTable {
  uint32_t row_count = 0;
  std::vector<Column> columns = {};             // by slot; slots are the compiled rulebook's
  std::vector<DeliveryMode> modes = {};         // by row
  std::vector<uint8_t> kinds = {};              // by row; number of the kind of thing sold
  std::vector<uint32_t> groups = {};            // by row; ordinal of the ownership group
  std::vector<uint64_t> needs = {};             // by row; mask of need ordinals
  std::vector<Tariff> tariffs = {};             // by row
  std::vector<NeedCandidates> candidates = {};  // by need ordinal
  uint32_t group_count = 0;
};

}  // namespace aplomb::engine

#endif  // APLOMB_ENGINE_FACT_TABLE_H_
