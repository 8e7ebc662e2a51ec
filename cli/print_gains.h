// What a member is told about the evidence of an entry, in words: what is missing, what each
// document would earn and what it costs. The same after `proposal check` and from a server.
#ifndef APLOMB_CLI_PRINT_GAINS_H_
#define APLOMB_CLI_PRINT_GAINS_H_

#include <ostream>

#include "aplomb/catalog/v1/insight_service.pb.h"
#include "cli/language.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace aplomb::cli {

// By what is to be given: the claim or certificate to add, then each criterion that would rise.
// Titles are those of `readings`.
void PrintGains(const google::protobuf::RepeatedPtrField<catalog::v1::Gain>& gains,
                const google::protobuf::RepeatedPtrField<catalog::v1::Reading>& readings,
                Language language, std::ostream& out);

// For each need the criteria that are unknown, and the fields that would tell them; of the first
// reading of the need that is ranked. What a document alone would make known stands in `gains`.
void PrintUnknown(const google::protobuf::RepeatedPtrField<catalog::v1::Gain>& gains,
                  const google::protobuf::RepeatedPtrField<catalog::v1::Reading>& readings,
                  Language language, std::ostream& out);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_PRINT_GAINS_H_
