// What a reviewer adds to a foreign source so that its records become offerings: whose product it
// is, which needs it meets, which of our features a feature of the source is, and facts read in
// public documents. A source alone says none of this, and nothing is guessed: a record that no
// mapping names is refused with that reason. Form: docs/importing.md.
#ifndef APLOMB_CATALOG_IMPORT_MAPPING_H_
#define APLOMB_CATALOG_IMPORT_MAPPING_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/type/common.pb.h"
#include "aplomb/type/pricing.pb.h"
#include "base/issue.h"
#include "catalog/import/yaml.h"

namespace aplomb::catalog {

// How a price "per something" is charged.
struct UnitMapping {
  type::PriceModel model = type::FLAT;  // FLAT, PER_USER or USAGE
  type::Metric metric = type::METRIC_UNSPECIFIED;
};

struct ProductMapping {
  std::vector<std::string> names;  // all spellings in the source
  std::string id;                  // first part of the offerings' ids
  std::string title;
  std::string domain;           // for joins with other sources; may be empty
  v1::Member member;            // without uid and ownership_group_uid
  std::string ownership_group;  // label
  YamlNode own_facts;           // fields of Offering as written for the product
  YamlNode facts;               // the same with the defaults merged in
  // Feature of the source → "NEED.feature", or the path of a yes/no field ("security.mfa").
  std::map<std::string, std::vector<std::string>> features;
  std::map<std::string, std::string> limits;  // limit of the source → field of Limits
  std::map<std::string, UnitMapping> units;   // unit of the source → how it is charged
  std::string min_users;  // limit of the source that is the least number of users charged
  std::map<std::string, YamlNode> plans;  // plan → fields of Offering for that plan alone
  std::map<std::string, type::LocalizedText> skip_plans;  // plan → why it is left out
  std::vector<std::string> addon_plans;                   // add-ons that are products by themselves
  std::map<std::string, std::vector<std::string>> addons;  // add-on → "NEED.feature" that it brings
};

// A category of the source.
struct TagMapping {
  YamlNode facts;  // fields of Offering, defaults merged in
};

struct Mapping {
  std::string note;  // who read what, and when
  std::vector<ProductMapping> products;
  std::map<std::string, TagMapping> tags;
  YamlNode defaults;

  // The product that the source spells `name`; null without one.
  const ProductMapping* FindProduct(absl::string_view name) const;
};

// Reads a mapping file. Facts are read as offerings once, so that every mistake in them is told
// with its line. True without issues.
bool ReadMapping(absl::string_view file, absl::string_view bytes, Mapping* mapping,
                 base::Issues* issues);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_MAPPING_H_
