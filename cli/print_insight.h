// How a member's own offering is read, in words, with the codes beside them: for whom it would be
// ranked and with what score, what nobody is shown and why, and what an entry would change.
#ifndef APLOMB_CLI_PRINT_INSIGHT_H_
#define APLOMB_CLI_PRINT_INSIGHT_H_

#include <ostream>

#include "aplomb/catalog/v1/insight_service.pb.h"
#include "cli/language.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace aplomb::cli {

// First why nobody is shown it now, where that is so; then a line for each reading, with its
// criteria below it.
void PrintReadings(const google::protobuf::RepeatedPtrField<catalog::v1::Reading>& readings,
                   Language language, std::ostream& out);

// What an entry would change.
void PrintChanges(const catalog::v1::EntryPreview& preview, Language language, std::ostream& out);

// How many fields differ from what is published, or that nothing is.
void PrintDifferenceCount(const catalog::v1::EntryPreview& preview, Language language,
                          std::ostream& out);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_PRINT_INSIGHT_H_
