#include "service/export_operation.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "aplomb/catalog/v1/bulk_service.pb.h"
#include "base/status.h"
#include "catalog/store.h"

namespace aplomb::service {

namespace lro = google::longrunning;

std::string ExportName(const ExportPlace& place) {
  return absl::StrCat("operations/export.", place.parent.substr(sizeof("members/") - 1), ".",
                      place.revision);
}

std::optional<ExportPlace> ParseExportName(absl::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '.');
  ExportPlace place;
  if (parts.size() != 3 || parts[0] != "operations/export" ||
      !absl::SimpleAtoi(parts[2], &place.revision) || place.revision < 0) {
    return std::nullopt;
  }
  place.parent = absl::StrCat("members/", parts[1]);
  if (ExportName(place) != name) return std::nullopt;
  return place;
}

std::string ExportPrefix(const ExportPlace& place) {
  return place.parent == "members/-" ? "members/" : absl::StrCat(place.parent, "/offerings/");
}

lro::Operation ExportOperation(const ExportPlace& place, const catalog::Snapshot& snapshot) {
  const std::string prefix = ExportPrefix(place);
  int32_t count = 0;
  for (auto it = snapshot.offerings.upper_bound(prefix);
       it != snapshot.offerings.end() && absl::StartsWith(it->first, prefix); ++it) {
    ++count;
  }
  catalog::v1::ExportMetadata metadata;
  metadata.set_parent(place.parent);
  metadata.set_catalog_revision(place.revision);
  metadata.set_total_offering_count(count);
  catalog::v1::ExportResult result;
  result.set_parent(place.parent);
  result.set_catalog_revision(place.revision);
  result.set_offering_count(count);
  lro::Operation operation;
  operation.set_name(ExportName(place));
  operation.mutable_metadata()->PackFrom(metadata);
  operation.set_done(true);
  operation.mutable_response()->PackFrom(result);
  return operation;
}

absl::StatusOr<std::optional<lro::Operation>> FindExport(const catalog::Store& store,
                                                         const ExportPlace& place) {
  const auto snapshot = store.SnapshotAt(place.revision);
  if (absl::IsOutOfRange(snapshot.status())) return std::optional<lro::Operation>();
  RETURN_IF_ERROR(snapshot.status());
  if (place.parent != "members/-" && !(*snapshot)->members.contains(place.parent)) {
    return std::optional<lro::Operation>();
  }
  return std::optional<lro::Operation>(ExportOperation(place, **snapshot));
}

}  // namespace aplomb::service
