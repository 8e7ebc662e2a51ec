#include "service/names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "catalog/identifiers.h"

namespace aplomb::service {
namespace {

// No valid name is longer: at most six segments of 63.
constexpr size_t kNameSizeMax = 400;

bool IsNumber(absl::string_view text) {
  if (text.empty() || text.size() > 18) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return text.size() == 1 || text[0] != '0';
}

}  // namespace

std::optional<std::vector<std::string>> ParseName(absl::string_view name, absl::string_view pattern,
                                                  bool wildcard) {
  if (name.size() > kNameSizeMax) return std::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  const std::vector<absl::string_view> wanted = absl::StrSplit(pattern, '/');
  if (parts.size() != wanted.size()) return std::nullopt;
  std::vector<std::string> ids;
  for (size_t i = 0; i < parts.size(); ++i) {
    // "*" is an id, "#" the number of a revision.
    if (wanted[i] == "*") {
      if (!catalog::IsResourceId(parts[i]) && !(wildcard && parts[i] == "-")) return std::nullopt;
      ids.emplace_back(parts[i]);
    } else if (wanted[i] == "#") {
      if (!IsNumber(parts[i])) return std::nullopt;
      ids.emplace_back(parts[i]);
    } else if (parts[i] != wanted[i]) {
      return std::nullopt;
    }
  }
  return ids;
}

std::optional<std::vector<std::string>> RequireName(absl::string_view field, absl::string_view name,
                                                    absl::string_view pattern,
                                                    std::vector<base::Issue>& issues,
                                                    bool wildcard) {
  auto ids = ParseName(name, pattern, wildcard);
  if (!ids.has_value()) {
    issues.push_back(
        {std::string(field), "INVALID_NAME",
         absl::StrCat("Nom de ressource attendu : \"", pattern,
                      "\", où * est fait de a-z, 0-9 et -, commence par une lettre, 63 au plus."),
         absl::StrCat("Expected a resource name \"", pattern,
                      "\", where * is made of a-z, 0-9 and -, begins with a letter, at most 63.")});
  }
  return ids;
}

void CheckOptionalId(absl::string_view field, absl::string_view id,
                     std::vector<base::Issue>& issues) {
  if (id.empty() || catalog::IsResourceId(id)) return;
  issues.push_back({std::string(field), "INVALID_ID",
                    "Identifiant attendu : 1 à 63 caractères de a-z, 0-9 et -, une lettre d'abord, "
                    "pas de - à la fin ; ou rien.",
                    "Expected an id: 1 to 63 of a-z, 0-9 and -, a letter first, no - at the end; "
                    "or nothing."});
}

void CheckRequestId(absl::string_view request_id, std::vector<base::Issue>& issues) {
  if (request_id.empty() || catalog::IsUuid4(request_id)) return;
  issues.push_back({"request_id", "INVALID_UUID",
                    "UUID de version 4 attendu, en minuscules avec tirets ; ou rien.",
                    "Expected a UUID of version 4, lower case with hyphens; or nothing."});
}

void RequireEtag(absl::string_view etag, std::vector<base::Issue>& issues) {
  if (!etag.empty()) return;
  issues.push_back({"etag", "MISSING", "L'etag de ce qui a été lu est exigé.",
                    "The etag of what was read is required."});
}

int64_t RevisionNumber(absl::string_view text) {
  int64_t number = 0;
  CHECK(absl::SimpleAtoi(text, &number)) << "ParseName lets numbers pass only";
  return number;
}

std::string EngagementName(absl::string_view engagement_id) {
  return absl::StrCat("engagements/", engagement_id);
}

std::string RecommendationName(absl::string_view engagement_id,
                               absl::string_view recommendation_id) {
  return absl::StrCat("engagements/", engagement_id, "/recommendations/", recommendation_id);
}

std::string RulebookRevisionName(absl::string_view rulebook_id, int64_t revision) {
  return absl::StrCat("rulebooks/", rulebook_id, "/revisions/", revision);
}

std::string NeedName(absl::string_view need_id) {
  return absl::StrCat("needs/", absl::StrReplaceAll(absl::AsciiStrToLower(need_id), {{"_", "-"}}));
}

}  // namespace aplomb::service
