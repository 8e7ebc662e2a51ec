// The chain that the service takes from stored bytes to an answer, for the proof of
// neutrality (decision/neutrality/prove.h): the same functions in the same order, with
// nothing between them that the service does not do.
//
//   ReadStored…      objects of the catalogue from their bytes
//   DecisionCache    compiles the rulebook; builds the blind table and its index, or lets
//                    them follow the catalogue where only offerings changed
//   Decide           by that index
//   EncodeRecord     what is logged
//   ShowDecision     words, then names: the answer, all of it; and, from the bytes that
//                    are logged, what a list shows
//   AddToPage        pages of lists, cut and gone on with by their tokens
#ifndef APLOMB_SERVICE_PROOF_CHAIN_H_
#define APLOMB_SERVICE_PROOF_CHAIN_H_

#include <cstdint>
#include <memory>

#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/neutrality/prove.h"

namespace aplomb::service {

// Answers on one page of the lists in a proof: few, so that there are several pages.
inline constexpr int32_t kProofPageSize = 4;

// Inputs must be valid (ValidateInput). The rulebook is compiled anew in every run.
decision::Chain ServiceChain(std::shared_ptr<const catalog::RulebookEntry> rulebook,
                             int32_t as_of_day);

// The entry that registers the source of a rulebook which was compiled from files.
std::shared_ptr<const catalog::RulebookEntry> EntryOf(const decision::CompiledRulebook& rulebook,
                                                      int64_t revision);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_PROOF_CHAIN_H_
