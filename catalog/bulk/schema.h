// The JSON Schema (draft 2020-12) of an entry file, made from the descriptors: with it an editor
// completes fields and marks mistakes while somebody types. What it accepts is a little more than
// what the check accepts: ranges, dates that exist and rules between fields are the check's. Pure;
// thread-safe.
#ifndef APLOMB_CATALOG_BULK_SCHEMA_H_
#define APLOMB_CATALOG_BULK_SCHEMA_H_

#include <string>

namespace aplomb::bulk {

std::string OfferingSchema();

}  // namespace aplomb::bulk

#endif  // APLOMB_CATALOG_BULK_SCHEMA_H_
