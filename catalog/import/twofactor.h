// Importer of the 2FA directory (https://2fa.directory, MIT) in its merged form, a list of
// {name, domain, additional-domains, tfa, documentation}: whether an online service has a second
// factor. Joined to offerings that are already there, by domain; only to services that the provider
// runs, as the directory says nothing about software on one's own machine.
#ifndef APLOMB_CATALOG_IMPORT_TWOFACTOR_H_
#define APLOMB_CATALOG_IMPORT_TWOFACTOR_H_

#include "absl/strings/string_view.h"
#include "base/issue.h"
#include "catalog/import/importer.h"
#include "catalog/import/report.h"

namespace aplomb::catalog {

// Sets security.mfa where it is unknown, with a DOCUMENTED claim. A reviewer's statement stays, and
// a contradiction is reported as PARTIAL.
ImportReport JoinTwoFactor(absl::string_view file, absl::string_view bytes, ImportContext* context,
                           base::Issues* issues);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_TWOFACTOR_H_
