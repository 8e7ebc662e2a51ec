// What a request says that this server cannot read. Pure functions.
#ifndef APLOMB_SERVICE_UNKNOWN_FIELDS_H_
#define APLOMB_SERVICE_UNKNOWN_FIELDS_H_

#include <google/protobuf/message.h>

#include <vector>

#include "absl/status/status.h"
#include "base/issue.h"

namespace aplomb::service {

// Adds an UNKNOWN_FIELD for each message inside `request`, itself included, that has fields of
// numbers which this version does not know: what is changed must not leave out anything that the
// caller said. At most base::Issues::kIssuesMax of them.
void AddUnknownFields(const google::protobuf::Message& request, std::vector<base::Issue>& issues);

// BAD_REQUEST with those of AddUnknownFields, if there are any.
absl::Status RefuseUnknownFields(const google::protobuf::Message& request);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_UNKNOWN_FIELDS_H_
