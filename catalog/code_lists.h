// Committed code lists: regions, countries, languages and the other small vocabularies that the
// option `code_list` of a field names. An entry's ordinal is its place in the list and is part of
// every decision: lists grow at their end only, an entry is never moved, renamed or taken out. Each
// list has at most kCodeListSizeMax entries, so that a set over it is one 64-bit mask. Pure
// functions of committed tables.
//
//   regions           18 French regions, codes of the COG (INSEE)
//   countries         ISO 3166-1 alpha-2: the EEA, countries of adequacy decisions, some others;
//                     "ZZ" says "another country", so that no fact is lost by an unlisted one
//   languages         BCP 47, primary subtags only ("fr", not "fr-FR")
//   tlds, currencies (ISO 4217), export_formats, einvoice_formats, cyber_kinds,
//   delivery_classes, social_networks
//
// Some groups may be written in place of their members: "FR-METRO" and "FR-ALL" among regions,
// "EEA" among countries.
#ifndef APLOMB_CATALOG_CODE_LISTS_H_
#define APLOMB_CATALOG_CODE_LISTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace aplomb::catalog {

inline constexpr size_t kCodeListSizeMax = 64;

struct CodeEntry {
  absl::string_view code;
  absl::string_view label_fr;
  absl::string_view label_en;
};

// A code that stands for several entries.
struct CodeGroup {
  absl::string_view code;
  uint64_t mask = 0;
};

// Names of all lists, sorted.
absl::Span<const absl::string_view> CodeListNames();
bool IsCodeList(absl::string_view list_name);

// Entries by ordinal; empty where there is no such list.
absl::Span<const CodeEntry> CodeListEntries(absl::string_view list_name);
absl::Span<const CodeGroup> CodeListGroups(absl::string_view list_name);
size_t CodeListSize(absl::string_view list_name);

// Ordinal of one entry, nullopt for an unknown list, an unknown code or a group. Exact spelling.
std::optional<int> FindCode(absl::string_view list_name, absl::string_view code);
// Bit `ordinal` for an entry, several bits for a group; nullopt where FindCode has none either.
std::optional<uint64_t> MaskOfCode(absl::string_view list_name, absl::string_view code);
// Code of an entry; empty where there is none.
absl::string_view CodeOf(absl::string_view list_name, int ordinal);

// Region (COG) of a French department: "69" gives "84", "2A" gives "94", "974" gives "04".
std::optional<absl::string_view> RegionOfDepartment(absl::string_view department_code);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_CODE_LISTS_H_
