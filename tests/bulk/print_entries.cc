// Prints the schema of entries, or the sample catalogue as JSON lines; for schema_test.py.
//
//   print_entries schema
//   print_entries sample
#include <iostream>
#include <string>

#include "catalog/bulk/entry_list.h"
#include "catalog/bulk/schema.h"
#include "catalog/import/directory.h"

int main(int argc, char** argv) {
  const std::string what = argc == 2 ? argv[1] : "";
  if (what == "schema") {
    std::cout << aplomb::bulk::OfferingSchema();
    return 0;
  }
  const auto files = aplomb::catalog::LoadCatalogFiles("catalog/sample");
  if (what != "sample" || !files.ok()) return 2;
  aplomb::base::Issues issues;
  const auto source = aplomb::catalog::ReadCatalog(*files, &issues);
  std::cout << aplomb::bulk::WriteEntries(source.offerings, aplomb::bulk::EntryFormat::kJsonLines);
  return issues.empty() ? 0 : 1;
}
