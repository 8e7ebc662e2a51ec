// Whether messages of the catalogue make sense: what reading cannot see. Each check goes through
// everything and notes all issues, with the dotted path of the field, a stable reason, what was
// found, what is allowed and how to mend it, in French and English. Vendor texts are looked at for
// length and hidden characters only and never interpreted. Pure functions; thread-safe.
//
// Reasons: MISSING, OUT_OF_RANGE, TEXT_TOO_LONG, HIDDEN_CHARACTER, UNKNOWN_VALUE, UNKNOWN_CODE,
// UNKNOWN_NEED, UNKNOWN_FEATURE, UNKNOWN_FIELD_PATH, NOT_A_FACT, UNKNOWN_CURRENCY, INVALID_DATE,
// INVALID_ORDER, INVALID_NAME, INVALID_UUID, INVALID_URL, INVALID_SIREN, INVALID_ID, INVALID_NAF,
// DUPLICATE, TOO_MANY, NOT_OF_MODEL, MIXED_CURRENCIES, EMPTY_LIMIT, UNKNOWN_MEMBER,
// MIXED_FICTIONAL; docs/api.md tells what each means.
#ifndef APLOMB_CATALOG_IMPORT_VALIDATE_H_
#define APLOMB_CATALOG_IMPORT_VALIDATE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "base/issue.h"
#include "catalog/import/directory.h"

namespace aplomb::catalog {

// Features by need, as the rulebook in force names them.
using NeedVocabulary = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;

// What `rulebook` names.
NeedVocabulary VocabularyOf(const v1::Rulebook& rulebook);

// Any amount, in micros of its currency.
inline constexpr int64_t kAmountMicrosMax = 1'000'000'000'000'000;
// Any count.
inline constexpr int64_t kCountMax = 1'000'000'000'000'000;
inline constexpr int kNeedsPerOfferingMax = 12;
inline constexpr int kFeaturesMax = 200;
inline constexpr int kClaimsMax = 300;
inline constexpr int kPriceComponentsMax = 40;
inline constexpr int kPriceTiersMax = 20;
inline constexpr int kMemberContactsMax = 8;
inline constexpr int kMemberFamiliesMax = 45;
inline constexpr int kLegalBasesMax = 500;
inline constexpr int kRatesMax = 5000;

// `vocabulary` may be null: then need and feature ids are checked for their form only.
void ValidateOffering(const v1::Offering& offering, const NeedVocabulary* vocabulary,
                      base::Issues* issues);
void ValidateMember(const v1::Member& member, base::Issues* issues);
void ValidateLawTable(const v1::LawTable& table, base::Issues* issues);
void ValidateRates(const v1::ExchangeRateTable& table, base::Issues* issues);

// All of the above, and what holds between them: uids and names used once, members there, fictional
// and real members not in one catalogue. Issues carry the place of the member or offering.
void ValidateCatalog(const CatalogSource& source, const NeedVocabulary* vocabulary,
                     base::Issues* issues);

// True if `path` names a field of an offering: "commitment.min_months", "pricing",
// "features.ECOMMERCE.click_collect", "certificates.HDS".
bool IsOfferingPath(absl::string_view path);
// True if that field is a fact: what a claim can be about.
bool IsFactPath(absl::string_view path);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_VALIDATE_H_
