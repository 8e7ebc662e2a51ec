// What must be known of a rulebook revision before it may be proposed: check, waivers,
// tests, impact, bias. Computed from values alone, so that anybody with the log can
// compute it again. Pure functions; thread-safe.
#ifndef APLOMB_SERVICE_RULEBOOK_RELEASE_H_
#define APLOMB_SERVICE_RULEBOOK_RELEASE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/rulebook_activation.pb.h"
#include "aplomb/catalog/v1/rulebook_service.pb.h"
#include "audit/tlog/note.h"
#include "base/issue.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/neutrality/decomposition.h"
#include "decision/neutrality/impact.h"
#include "decision/neutrality/prove.h"

namespace aplomb::service {

// Law of the programme: members hear of a change of the rules at least this long beforehand.
inline constexpr int32_t kRulebookNoticeDays = 30;
// And nobody binds a year that nobody can foresee.
inline constexpr int32_t kRulebookAheadDaysMax = 366;
inline constexpr int kReferenceFirmsMax = 200;
inline constexpr int kMemberAttributesMax = 10;
// Winners and losers that a preview names.
inline constexpr size_t kNamedMoversMax = 50;
// Findings that an error of the API tells; their number is told as well.
inline constexpr size_t kToldFindingsMax = 20;

// Reference firms as the proofs take them; `rulebook` null: ids and limits only. Problems go to
// `issues`, fields below `field`.
std::vector<decision::ProofInput> InputsOf(
    const google::protobuf::RepeatedPtrField<catalog::v1::ReferenceFirm>& firms,
    const decision::CompiledRulebook* rulebook, int32_t day, const std::string& field,
    std::vector<base::Issue>& issues);

// The report as it is shown and logged, with names instead of UUIDs.
catalog::v1::ImpactPreview PreviewOf(const decision::ImpactReport& report);

// The decompositions as they are shown and logged: those of kExaminedAttributes first, in its
// order, then others. One that is missing stands there all the same, without groups: not examined.
std::vector<catalog::v1::BiasReport> BiasReportsOf(
    const std::vector<decision::Decomposition>& results);

// Everything but what the command adds (notified members, time). All that keeps the revision from
// being proposed goes to `issues`; the result is meaningful only if there are none. `before` may be
// null where no rulebook is in force: then there is nothing to compare with.
catalog::v1::RulebookActivation PrepareRelease(const catalog::v1::ProposeRulebookRequest& request,
                                               const catalog::Snapshot& snapshot,
                                               const decision::CompiledRulebook* before,
                                               const std::vector<tlog::VerifierKey>& charter_keys,
                                               int32_t today, std::vector<base::Issue>& issues);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_RULEBOOK_RELEASE_H_
