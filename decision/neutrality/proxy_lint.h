// Looks for rules that are about one member without naming it: a statement about
// offerings that is true (or false) for the offerings of one member only, a step or a
// breakpoint that one member's offerings alone are on the good side of, a constraint
// whose exclusions, or a criterion whose advantage, fall to one member. Such a rule is
// not thereby unjust: it is for people to look at, and to sign for (waiver.h).
//
// It needs a catalogue: what singles out one member among those present. Members are
// known here and not to the engine. Pure; thread-safe.
#ifndef APLOMB_DECISION_NEUTRALITY_PROXY_LINT_H_
#define APLOMB_DECISION_NEUTRALITY_PROXY_LINT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/neutrality/prove.h"
#include "decision/rulebook_compiler.h"

namespace aplomb::decision {

// With fewer members that answer a question at all, "one member only" says nothing.
inline constexpr size_t kProxyMembersMin = 4;
// A difference of value or a number of exclusions below these is none.
inline constexpr int64_t kProxyExclusionsMin = 5;
// Of a rule's effect, in hundredths: from here it is concentrated on one member.
inline constexpr int64_t kProxySharePercent = 60;

// One finding. What identifies it, for a waiver: code, place and member.
struct ProxyFinding {
  std::string code;          // "PX01" a statement, "PX02" a threshold, "PX03" a rule's effect
  std::string where;         // e.g. "criteria[C13].measure.first_match.cases[0].when"
  std::string member;        // "members/x": whom it singles out
  std::string text;          // one sentence
  std::string text_fr = {};  // the same in French
};

// The findings of `rulebook` on the offerings of ACTIVE members, and on the answers to `inputs`
// (may be empty: then no effects are looked at), sorted by place, code, member.
std::vector<ProxyFinding> FindProxies(const CompiledRulebook& rulebook,
                                      const catalog::Snapshot& snapshot,
                                      absl::Span<const ProofInput> inputs, int32_t as_of_day);

// As a finding of a check: an error, with the line of the place where `source` (may be null) has
// it.
Diagnostic DiagnosticOf(const ProxyFinding& finding, const RulebookSource* source);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_NEUTRALITY_PROXY_LINT_H_
