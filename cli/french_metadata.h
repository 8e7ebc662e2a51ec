// The metadata of the service's errors (google.rpc.ErrorInfo) in French. Pure functions.
#ifndef APLOMB_CLI_FRENCH_METADATA_H_
#define APLOMB_CLI_FRENCH_METADATA_H_

#include <string>

#include "absl/strings/string_view.h"

namespace aplomb::cli {

// "état" for "state"; empty for a key without French.
absl::string_view FrenchOfMetadata(absl::string_view key);

// French for the values that are words ("offering"); any other value as it is.
std::string FrenchOfMetadataValue(absl::string_view value);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_FRENCH_METADATA_H_
