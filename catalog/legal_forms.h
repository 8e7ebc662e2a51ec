// Legal forms of French firms. Pure function of a committed table.
#ifndef APLOMB_CATALOG_LEGAL_FORMS_H_
#define APLOMB_CATALOG_LEGAL_FORMS_H_

#include "absl/strings/string_view.h"

namespace aplomb::catalog {

// True for a category of level III of the nomenclature of legal forms: four digits, such as "5710".
// Both editions count: that of the SIRENE register (INSEE, September 2022) and the finer one of the
// national register of firms (INPI, data dictionary of November 2024), which the firm's own extract
// shows. Forms that both have closed, such as "1300", are none.
bool IsLegalForm(absl::string_view code);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_LEGAL_FORMS_H_
