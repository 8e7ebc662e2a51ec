// Messages as JSON for machines: the proto3 JSON mapping with the field names of
// the protos, in field order; 64-bit integers are strings, as the mapping says.
#ifndef APLOMB_CLI_JSON_H_
#define APLOMB_CLI_JSON_H_

#include <string>

#include "google/protobuf/message.h"

namespace aplomb::cli {

enum class JsonForm { kPretty, kLine };

// The text, without a line feed at its end.
std::string ToJson(const google::protobuf::Message& message, JsonForm form);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_JSON_H_
