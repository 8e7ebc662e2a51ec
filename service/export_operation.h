// The operation of an export. A revision of the catalogue never changes, so an export is done when
// it begins, and its name is all that is needed to tell of it again: nothing is kept. Pure
// functions of the store; thread-safe.
#ifndef APLOMB_SERVICE_EXPORT_OPERATION_H_
#define APLOMB_SERVICE_EXPORT_OPERATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog/snapshot.h"
#include "google/longrunning/operations.pb.h"

namespace aplomb::catalog {
class Store;
}

namespace aplomb::service {

// What "operations/export.acme.123" names: members/acme at revision 123; "-" stands for all.
struct ExportPlace {
  std::string parent;
  int64_t revision = 0;
};

std::string ExportName(const ExportPlace& place);
// Nothing where the name is not of this form.
std::optional<ExportPlace> ParseExportName(absl::string_view name);

// The names of its entries begin with this.
std::string ExportPrefix(const ExportPlace& place);

// The finished operation, with metadata and response. `snapshot` is that of the place's revision.
google::longrunning::Operation ExportOperation(const ExportPlace& place,
                                               const catalog::Snapshot& snapshot);

// As ExportOperation; nothing where there is no such member or revision.
absl::StatusOr<std::optional<google::longrunning::Operation>> FindExport(
    const catalog::Store& store, const ExportPlace& place);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_EXPORT_OPERATION_H_
