// A catalogue as files that people edit (docs/catalog_format.md):
//
//   members.yaml            ownership_groups: {label: uid}, members: […]
//   offerings/*.yaml        defaults: {…}, offerings: […]
//   law_table.yaml          legal_bases: […]
//   exchange_rates.yaml     rates: […]
//   profiles/*.yaml         title, profile, needs, weights
//
// Reading gives messages; whether their values make sense is checked by catalog/import/validate.h.
#ifndef APLOMB_CATALOG_IMPORT_DIRECTORY_H_
#define APLOMB_CATALOG_IMPORT_DIRECTORY_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/profile.pb.h"
#include "base/issue.h"

namespace aplomb::catalog {

inline constexpr size_t kCatalogFilesMax = 10'000;
inline constexpr size_t kCatalogBytesMax = size_t{256} << 20;

// Path below the catalogue's folder, with "/", and the file's bytes.
using CatalogFiles = std::map<std::string, std::string>;

// A firm to try a catalogue with.
struct SampleProfile {
  std::string id;  // the file's name without ".yaml"
  type::LocalizedText title;
  type::FirmProfile profile;
  std::vector<type::NeedRequest> needs;
  std::optional<type::WeightChoice> weights;
};

// What the files say. Members are in the order of the file; offerings by file name, then in the
// order of the file. Names are set: "members/x", "members/x/offerings/y"; states default to ACTIVE
// and PUBLISHED.
struct CatalogSource {
  std::vector<v1::Member> members;
  std::vector<v1::Offering> offerings;
  // Where each offering stands, "offerings/shop.yaml:12:5"; same indices as `offerings`.
  std::vector<std::string> offering_places;
  std::vector<std::string> member_places;
  v1::LawTable law_table;
  v1::ExchangeRateTable exchange_rates;
  std::vector<SampleProfile> profiles;
};

// The files of a catalogue's folder: *.yaml (and *.yml, *.json) at its top and in offerings/ and
// profiles/; others are left alone. NotFound without such a folder, ResourceExhausted beyond the
// limits, else an error of the file system with the path in it.
absl::StatusOr<CatalogFiles> LoadCatalogFiles(const std::string& directory);

// Everything that could be read, and everything that was wrong with the rest in `issues`.
CatalogSource ReadCatalog(const CatalogFiles& files, base::Issues* issues);

// One profile file alone.
SampleProfile ReadProfile(absl::string_view file, absl::string_view bytes, base::Issues* issues);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_DIRECTORY_H_
