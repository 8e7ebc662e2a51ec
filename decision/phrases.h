// Numbers, codes and questions in words, in French, English and a neutral form for
// machines. No locale of the system has a say: the same number reads the same
// everywhere. Pure functions.
#ifndef APLOMB_DECISION_PHRASES_H_
#define APLOMB_DECISION_PHRASES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "aplomb/type/common.pb.h"
#include "decision/fact_registry.h"
#include "google/protobuf/descriptor.h"

namespace aplomb::decision {

// kNeutral: ISO dates, codes, names of enum values, "1234.50 EUR", "true".
enum class Language : uint8_t { kFr, kEn, kNeutral };

// "1 234,50 €", "EUR 1,234.50", "1234.50 EUR". Two decimals, more where the amount has them.
std::string PrintMoney(int64_t micros, Language language);
// "1 234", "1,234", "1234".
std::string PrintCount(int64_t value, Language language);
// Of basis points: "99,9 %", "99.9%", "99.9 %".
std::string PrintPercent(int64_t basis_points, Language language);
// "1er septembre 2026", "1 September 2026", "2026-09-01".
std::string PrintDay(int32_t day, Language language);
// A number with its unit as rules name them: "months", "days", "hours", "bp", "percent", "points",
// "classes", "steps", "micros", "day", "GB", "milli"; any other unit: the number alone.
std::string PrintQuantity(int64_t value, absl::string_view unit, Language language);
// Words of a value of an enum: "plateforme agréée", "approved platform", "APPROVED_PLATFORM".
std::string EnumLabel(const google::protobuf::EnumDescriptor& type, int number, Language language);
// A fact by its kind. `rulebook` has the titles of needs.
std::string PrintFact(const FactInfo& info, int64_t value, const catalog::v1::Rulebook& rulebook,
                      Language language);
// What a metric counts: "commandes par mois", "orders per month", "ORDERS_MONTH".
std::string MetricLabel(int metric, Language language);
// A volume of a metric: "commandes par mois : 60"; money metrics as money.
std::string PrintUsage(int metric, int64_t value, Language language);
// A size class with reference costs, 0 to 3: "de 1 à 9 salariés", "of 1 to 9 employees".
std::string SizeClassLabel(uint32_t cost_class, Language language);

// How close an offering's trade is to the firm's, 4 to 0: "même métier", "same trade", "4".
std::string PrintSectorFit(int64_t fit, Language language);

// The question by which a profile field is asked for, e.g. "digital_skill" or "usage.USERS"; empty
// texts where there is none.
type::LocalizedText QuestionText(absl::string_view field);

// `text` with each "{name}" replaced by the value of that name.
struct Placeholder {
  absl::string_view name;
  std::string value;
};
std::string Fill(absl::string_view text, const std::vector<Placeholder>& values);
// The same, a value being made only where it is asked for: `fill_in` appends the value of a name to
// `out`, or returns false where there is no such name (what stands there then stays).
using FillIn = absl::FunctionRef<bool(absl::string_view name, std::string& out)>;
std::string Fill(absl::string_view text, FillIn fill_in);

// Both languages at once.
type::LocalizedText Text(std::string fr, std::string en);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_PHRASES_H_
