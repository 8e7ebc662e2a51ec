// Importing into a catalogue that is there: what is new or differs becomes proposals, which
// reviewers decide; nothing is overwritten.
#ifndef APLOMB_SERVICE_IMPORT_PROPOSALS_H_
#define APLOMB_SERVICE_IMPORT_PROPOSALS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/bulk_service.pb.h"
#include "catalog/import/directory.h"

namespace aplomb::service {

class Dataset;

struct ImportedMember {
  std::string name;         // members/{member}
  bool registered = false;  // it was not there before
  catalog::v1::ImportMetadata counts;
  std::vector<catalog::v1::ImportRow> problems;  // rows that something is wrong with
};

// Registers the members of `source` that are not there, and makes a proposal of each offering that
// is not published as it stands: a draft, or with `submit` handed in where nothing is wrong with
// it. By the same code as BulkService, without a server; the author is "OPERATOR/import". Members
// that are there are left as they are. Done again with the same source, it goes on where it broke
// off.
absl::StatusOr<std::vector<ImportedMember>> ImportAsProposals(const catalog::CatalogSource& source,
                                                              bool submit, Dataset& dataset);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_IMPORT_PROPOSALS_H_
