// One entry in a file of its own, as a member writes it: the fields of an offering and the two ids
// `member` and `id` (docs/members.md). The same checks offline and in the service. Pure functions;
// thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_ENTRY_FILE_H_
#define APLOMB_CATALOG_PROPOSALS_ENTRY_FILE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/need.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "base/issue.h"
#include "catalog/import/validate.h"
#include "catalog/import/yaml.h"

namespace aplomb::proposals {

// Longest text of a proposal, serialized.
inline constexpr int kProposalSizeMax = 256 << 10;

// The entry of a file (YAML or JSON), with everything wrong in `issues`; its name is set where both
// ids are there.
catalog::v1::Offering ReadEntryFile(absl::string_view file, absl::string_view bytes,
                                    base::Issues* issues);

// The same for one entry of a list of them.
catalog::v1::Offering ReadEntry(absl::string_view file, catalog::YamlNode node,
                                base::Issues* issues);

// Everything that keeps an entry from being submitted: what ValidateOffering says, texts that are
// missing in one language, the size. A missing uid and state are no problem: the service fills them
// in.
void CheckEntry(const catalog::v1::Offering& offering, const catalog::NeedVocabulary* vocabulary,
                base::Issues* issues);

// A file to fill in for an offering of one need, with every field of an offering in comments: type,
// values, unit; features with their definitions; the facts without which it is not ranked marked.
// `french` chooses the language of the comments.
std::string WriteTemplate(const catalog::v1::Need& need, bool french);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_ENTRY_FILE_H_
