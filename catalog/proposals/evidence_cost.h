// What it costs a member to support a statement, by order of magnitude: its own work, whether a
// third party is paid, and what happens how often. No amounts: they depend on the firm, and whoever
// sells an audit tells them. Immutable; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_EVIDENCE_COST_H_
#define APLOMB_CATALOG_PROPOSALS_EVIDENCE_COST_H_

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/offering.pb.h"

namespace aplomb::proposals {

// As catalog.v1.Gain.Effort.
enum class Effort { kHours = 1, kDays, kWeeks, kMonths };

struct EvidenceCost {
  Effort effort = Effort::kHours;
  bool third_party = false;
  absl::string_view fr;
  absl::string_view en;
};

// Of a public document about a top-level field, e.g. "pricing".
const EvidenceCost& CostOfDocument(absl::string_view field);
// Of a certificate; null for a scheme that has no row (OTHER_SCHEME: nobody knows which).
const EvidenceCost* CostOfCertificate(catalog::v1::Certificate::Scheme scheme);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_EVIDENCE_COST_H_
