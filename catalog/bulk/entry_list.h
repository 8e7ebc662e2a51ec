// Many entries in one file, each as in an entry file (catalog/proposals/entry_file.h):
//
//   YAML, JSON   offerings: [{member: acme, id: shop, …}, …]
//   JSON lines   one entry a line, for lists that are too long for one document
//
// ReadEntries(WriteEntries(list)) is the list, but for what the catalogue writes itself. Pure
// functions; thread-safe.
#ifndef APLOMB_CATALOG_BULK_ENTRY_LIST_H_
#define APLOMB_CATALOG_BULK_ENTRY_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "base/issue.h"

namespace aplomb::bulk {

inline constexpr size_t kEntriesMax = 100'000;
inline constexpr size_t kListSizeMax = size_t{256} << 20;

enum class EntryFormat { kYaml, kJson, kJsonLines };

// Names are "members/x/offerings/y" or "" where an id is missing, which is an issue. So are two
// entries with one name or one uid (DUPLICATE), and more than kEntriesMax (TOO_MANY).
std::vector<catalog::v1::Offering> ReadEntries(absl::string_view file, absl::string_view bytes,
                                               EntryFormat format, base::Issues* issues);

std::string WriteEntries(const std::vector<catalog::v1::Offering>& offerings, EntryFormat format);

}  // namespace aplomb::bulk

#endif  // APLOMB_CATALOG_BULK_ENTRY_LIST_H_
