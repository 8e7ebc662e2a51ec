// Pages of lists (AIP-158). A token is opaque and URL-safe; it holds the place to
// go on from, the revision that the list is read at, and a digest of the other
// arguments, so that a token used with other arguments is refused. It grants
// nothing: whoever sends one is checked as for the first page. Pure functions.
#ifndef APLOMB_SERVICE_PAGING_H_
#define APLOMB_SERVICE_PAGING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/issue.h"

namespace aplomb::service {

inline constexpr int32_t kPageSizeDefault = 50;
inline constexpr int32_t kPageSizeMax = 1000;
// A page ends before it grows beyond this: clients refuse messages above 4 MiB by default.
inline constexpr size_t kPageBytesMax = size_t{2} << 20;
inline constexpr size_t kPageTokenSizeMax = 1000;

struct PagePlace {
  // Last key of the page before; empty: the beginning.
  std::string after;
  // Revision of the catalogue that the pages are read at; -1: none was fixed.
  int64_t revision = -1;

  friend bool operator==(const PagePlace&, const PagePlace&) = default;
};

// The size to use; a negative one adds an issue.
int32_t PageSize(int32_t asked, std::vector<base::Issue>& issues);

// A token for the next page. `arguments`: method and all fields but page_size and page_token, in a
// fixed order.
std::string EncodePageToken(const PagePlace& place, const std::vector<std::string>& arguments);

// The inverse; an empty token is the beginning. PAGE_TOKEN_INVALID for a token that was not made
// for these arguments.
absl::StatusOr<PagePlace> DecodePageToken(absl::string_view token,
                                          const std::vector<std::string>& arguments);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_PAGING_H_
