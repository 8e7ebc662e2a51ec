#include "catalog/proposals/placeholders.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace aplomb::proposals {

void CheckPlaceholders(const catalog::v1::Offering& offering, bool published,
                       base::Issues* issues) {
  const std::string id =
      published ? std::string() : offering.name().substr(offering.name().rfind('/') + 1);
  const struct {
    const char* field;
    const std::string& said;
    absl::string_view of_template;
  } rows[] = {
      {"id", id, "mon-produit"},
      {"id", id, "my-product"},
      {"title.fr", offering.title().fr(), "Mon produit"},
      {"title.en", offering.title().en(), "My product"},
      {"short_description.fr", offering.short_description().fr(),
       "Une phrase, 150 caractères au plus."},
      {"short_description.en", offering.short_description().en(),
       "One sentence, at most 150 characters."},
      {"landing_url", offering.landing_url(), "https://example.com/"},
  };
  for (const auto& row : rows) {
    if (row.said != row.of_template) continue;
    issues->Add({row.field, "PLACEHOLDER",
                 absl::StrCat("\"", row.said, "\" est l'exemple du modèle"),
                 absl::StrCat("\"", row.said, "\" is the template's example")});
  }
}

}  // namespace aplomb::proposals
