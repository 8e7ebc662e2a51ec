#include "service/unknown_fields.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/unknown_field_set.h"
#include "service/errors.h"

namespace aplomb::service {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void Walk(const Message& message, const std::string& path, std::vector<base::Issue>& issues) {
  if (issues.size() >= base::Issues::kIssuesMax) return;
  const Reflection& reflection = *message.GetReflection();
  const auto& unknown = reflection.GetUnknownFields(message);
  if (!unknown.empty()) {
    const int number = unknown.field(0).number();
    issues.push_back(
        {path.empty() ? absl::StrCat("#", number) : path, "UNKNOWN_FIELD",
         absl::StrCat("Champ numéro ", number,
                      " inconnu de cette version. Retirez-le ou mettez à jour le service."),
         absl::StrCat("Field number ", number,
                      " is unknown to this version. Remove it or update the service.")});
  }
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string child = base::JoinField(path, field->name());
    if (!field->is_repeated()) {
      Walk(reflection.GetMessage(message, field), child, issues);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      Walk(reflection.GetRepeatedMessage(message, field, i), absl::StrCat(child, "[", i, "]"),
           issues);
    }
  }
}

}  // namespace

void AddUnknownFields(const Message& request, std::vector<base::Issue>& issues) {
  std::vector<base::Issue> found;
  Walk(request, "", found);
  issues.insert(issues.end(), found.begin(), found.end());
}

absl::Status RefuseUnknownFields(const Message& request) {
  std::vector<base::Issue> issues;
  AddUnknownFields(request, issues);
  return issues.empty() ? absl::OkStatus() : BadRequest(issues);
}

}  // namespace aplomb::service
