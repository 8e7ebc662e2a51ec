#include "cli/json.h"

#include "base/check.h"
#include "google/protobuf/util/json_util.h"

namespace aplomb::cli {

std::string ToJson(const google::protobuf::Message& message, JsonForm form) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = form == JsonForm::kPretty;
  options.preserve_proto_field_names = true;
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok())
      << "a message of ours has a JSON form";
  while (!json.empty() && json.back() == '\n') json.pop_back();
  return json;
}

}  // namespace aplomb::cli
