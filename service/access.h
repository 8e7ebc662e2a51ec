// Who may call what: one table of role × method × ownership. What has no row is
// refused; a test walks all methods of all services and asks for a row each.
// Permission comes before existence: whoever may not see a thing does not learn
// whether it is there.
#ifndef APLOMB_SERVICE_ACCESS_H_
#define APLOMB_SERVICE_ACCESS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/callers.h"

namespace aplomb::service {

// How far a permission reaches.
enum class Reach : uint8_t {
  // Every resource.
  kAll,
  // What is the caller's: engagements it opened, proposals and notices of its member, its contests.
  kOwn,
};

struct Grant {
  Role role;
  Reach reach;
};

struct AccessRule {
  absl::string_view method;  // full name, "aplomb.advisor.v1.AdvisorService.CreateEngagement"
  std::vector<Grant> grants;
};

// The table, by method; the same for the life of the process.
const std::vector<AccessRule>& AccessTable();

// How far `caller` may use `method`; ROLE_NOT_ALLOWED where it may not, or where the method has no
// row.
absl::StatusOr<Reach> CheckRole(const Caller& caller, absl::string_view method);

// NOT_OWNER, said alike of what is not there and of what is another's.
absl::Status NotOwner(absl::string_view name);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_ACCESS_H_
