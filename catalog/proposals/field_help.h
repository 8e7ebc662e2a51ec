// What a field of an entry means, where its name and its values do not tell: one sentence in each
// language, for the templates and the JSON Schema. And price lines to copy. Immutable; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_FIELD_HELP_H_
#define APLOMB_CATALOG_PROPOSALS_FIELD_HELP_H_

#include <google/protobuf/descriptor.h>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace aplomb::proposals {

struct FieldHelp {
  absl::string_view field;  // "Commitment.exit_fee": message and field
  absl::string_view fr;
  absl::string_view en;
};

absl::Span<const FieldHelp> AllFieldHelp();
// Null where the name tells.
const FieldHelp* FindFieldHelp(const google::protobuf::FieldDescriptor& field);

// One line of `pricing.components` as it is written, for one way of charging.
struct PriceExample {
  absl::string_view line;
  absl::string_view fr;
  absl::string_view en;
};
absl::Span<const PriceExample> PriceExamples();

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_FIELD_HELP_H_
