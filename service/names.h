// Resource names: taking them apart and putting them together. Pure functions.
#ifndef APLOMB_SERVICE_NAMES_H_
#define APLOMB_SERVICE_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/issue.h"

namespace aplomb::service {

// The ids of `name` where it has the form of `pattern`, e.g. "members/*/offerings/*" ("*" is an
// id, AIP-122; "#" a number); else nothing. With `wildcard`, "-" is an id too.
std::optional<std::vector<std::string>> ParseName(absl::string_view name, absl::string_view pattern,
                                                  bool wildcard = false);

// As ParseName; where the form is wrong, adds an issue for `field` that says which it must be.
std::optional<std::vector<std::string>> RequireName(absl::string_view field, absl::string_view name,
                                                    absl::string_view pattern,
                                                    std::vector<base::Issue>& issues,
                                                    bool wildcard = false);

// Adds an issue unless `id` is empty or a resource id.
void CheckOptionalId(absl::string_view field, absl::string_view id,
                     std::vector<base::Issue>& issues);
// Adds an issue unless `request_id` is empty or a UUID of version 4.
void CheckRequestId(absl::string_view request_id, std::vector<base::Issue>& issues);
// Adds an issue where `etag` is empty: nothing is decided about a state that was not read.
void RequireEtag(absl::string_view etag, std::vector<base::Issue>& issues);

// The number of a revision that ParseName has accepted for "#".
int64_t RevisionNumber(absl::string_view text);

std::string EngagementName(absl::string_view engagement_id);
std::string RecommendationName(absl::string_view engagement_id,
                               absl::string_view recommendation_id);
std::string RulebookRevisionName(absl::string_view rulebook_id, int64_t revision);
// "needs/einv-recv" for "EINV_RECV".
std::string NeedName(absl::string_view need_id);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_NAMES_H_
