// Price lists as CSV (RFC 4180, UTF-8, comma): one line for each component of each tariff, in the
// order of the tariff, and behind a component with tiers one line for each tier. What a member
// changes is amounts, days and tiers; a component is found by its place, and its model must be the
// one that is published, so that a shifted line is refused.
//
//   id,component,tier,model,label,amount,…,up_to,unit_price,flat,as_of,valid_to,source_url
//   shop,0,,FLAT,Subscription,29.00 EUR,…,,,,2026-11-01,,https://acme.example/prices
//   shop,1,,TIERED,E-mails,,…,,,,2026-11-01,,https://acme.example/prices
//   shop,1,0,TIERED,,,…,1000,0.00 EUR,,,,
//   shop,1,1,TIERED,,,…,,0.002 EUR,,,,
//
// The whole header is kHeader of the source. Where a list names tiers of a component, they are all
// of them, in their order; where it names none, they stay as published. Pure functions;
// thread-safe.
#ifndef APLOMB_CATALOG_BULK_PRICE_CSV_H_
#define APLOMB_CATALOG_BULK_PRICE_CSV_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "base/issue.h"

namespace aplomb::bulk {

inline constexpr size_t kCsvSizeMax = size_t{16} << 20;
inline constexpr size_t kCsvLinesMax = 200'000;

std::string WritePriceCsv(const std::vector<catalog::v1::Offering>& offerings);

// The offerings that the list names, as published but for what the list says; in the order of their
// first line. Every line that is wrong is an issue ("line 7: …").
std::vector<catalog::v1::Offering> ApplyPriceCsv(
    absl::string_view file, absl::string_view bytes,
    const std::vector<catalog::v1::Offering>& published, base::Issues* issues);

// The fields of each line; nothing, with an issue, for what is not CSV.
std::vector<std::vector<std::string>> ReadCsv(absl::string_view file, absl::string_view bytes,
                                              base::Issues* issues);
// A line of CSV, with its line feed.
std::string WriteCsvLine(const std::vector<std::string>& fields);

}  // namespace aplomb::bulk

#endif  // APLOMB_CATALOG_BULK_PRICE_CSV_H_
