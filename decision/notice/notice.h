// The transparency notice: main parameters and why they weigh what they weigh, who pays
// and with what effect, how many members, when last changed, how to change the order, how
// to contest. Generated from a rulebook and a state of the catalogue, so that it cannot
// say anything else than what is computed. By analogy with Regulation (EU) 2019/1150,
// art. 5, and code de la consommation, art. L.111-7, D.111-11 and D.111-12. Pure;
// thread-safe.
#ifndef APLOMB_DECISION_NOTICE_NOTICE_H_
#define APLOMB_DECISION_NOTICE_NOTICE_H_

#include "aplomb/advisor/v1/explanation.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/phrases.h"

namespace aplomb::notice {

// Without HTML. `name` is the rulebook revision's.
advisor::v1::TransparencyNotice MakeNotice(const std::string& name,
                                           const decision::CompiledRulebook& rulebook,
                                           const catalog::Snapshot& snapshot);

// The same as one document, complete in itself.
std::string PrintNotice(const advisor::v1::TransparencyNotice& notice,
                        decision::Language language);

}  // namespace aplomb::notice

#endif  // APLOMB_DECISION_NOTICE_NOTICE_H_
