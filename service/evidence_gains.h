// What each document would earn: the value of each criterion for an offering as it stands, and as
// it would stand if one more of its statements were documented, or if it had one certificate more.
// The engine is asked both times,
// about the offering alone; what it says of others never enters. Pure; thread-safe.
#ifndef APLOMB_SERVICE_EVIDENCE_GAINS_H_
#define APLOMB_SERVICE_EVIDENCE_GAINS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/profile.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"

namespace aplomb::service {

struct EvidenceGain {
  // What a document would say, e.g. "audience"; "certificates.ISO27001".
  std::string field;
  std::string need_id;       // where it would count
  std::string criterion_id;  // by what
  int32_t now = 0;           // value of the criterion, 0 to 10,000
  int32_t documented = 0;
  // Of a certificate; unspecified: of a public document.
  catalog::v1::Certificate::Scheme scheme = catalog::v1::Certificate::SCHEME_UNSPECIFIED;

  friend bool operator==(const EvidenceGain&, const EvidenceGain&) = default;
};

// Every criterion of every need of the offering that would rise, for the firm of `profile`; by
// field in the order of the message, then by need and criterion; certificates at the end. Nothing
// where the offering is not
// ranked for that firm. `rates` may be null.
std::vector<EvidenceGain> EvidenceGains(
    const catalog::v1::Offering& offering, const type::FirmProfile& profile,
    const decision::CompiledRulebook& rulebook,
    std::shared_ptr<const catalog::TableEntry<catalog::v1::ExchangeRateTable>> rates,
    int32_t today);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_EVIDENCE_GAINS_H_
