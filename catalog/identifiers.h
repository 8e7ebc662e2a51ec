// Forms and keys of official identifiers. Valid means well formed: that a firm or a number exists
// is known by its register only. Pure functions.
#ifndef APLOMB_CATALOG_IDENTIFIERS_H_
#define APLOMB_CATALOG_IDENTIFIERS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace aplomb::catalog {

// Text without spaces (U+0020, and U+00A0 and U+202F as UTF-8), as people group digits.
std::string StripSpaces(absl::string_view text);

// Nine digits with a valid Luhn key (ISO/IEC 7812-1, annex B). No spaces.
bool IsValidSiren(absl::string_view siren);
// Fourteen digits that begin with a valid SIREN and whose Luhn key is valid; establishments of La
// Poste (SIREN 356000000) may instead have a sum of digits that is a multiple of five (INSEE).
bool IsValidSiret(absl::string_view siret);
// "FR" + key + SIREN of a valid SIREN: "552081317" gives "FR03552081317". Key of the tax
// administration: (12 + 3 × (SIREN mod 97)) mod 97. nullopt for an invalid SIREN.
std::optional<std::string> VatNumberOfSiren(absl::string_view siren);
// French VAT number with a numeric key that fits its SIREN.
bool IsValidFrenchVatNumber(absl::string_view number);

// Sub-class of NAF as `dd.ddL`; accepts it without its point: "4791A" gives "47.91A". nullopt for
// any other form. Only the form is looked at.
std::optional<std::string> NormalizeNaf(absl::string_view code);
// A level of NAF rév. 2: section "A" to "U", division "56", group "56.1", class "56.10" or
// sub-class "56.10A".
bool IsNafPrefix(absl::string_view code);

// Version 4 UUID in lower case with hyphens (RFC 9562).
bool IsUuid4(absl::string_view text);
// `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`, AIP-122.
bool IsResourceId(absl::string_view text);
// https, a host with a point, no user, no white space or control characters, at most 2,000 bytes.
bool IsHttpsUrl(absl::string_view text);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IDENTIFIERS_H_
