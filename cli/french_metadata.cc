#include "cli/french_metadata.h"

#include <utility>

namespace aplomb::cli {
namespace {

using Row = std::pair<absl::string_view, absl::string_view>;

constexpr Row kKeys[] = {
    {"asked", "demandé"},
    {"code", "code"},
    {"count", "nombre"},
    {"ends", "fin"},
    {"engagement_id", "dossier"},
    {"etag", "etag"},
    {"first", "d'abord"},
    {"member", "membre"},
    {"method", "méthode"},
    {"name", "nom"},
    {"next_row", "prochaine ligne"},
    {"offering", "offre"},
    {"open", "ouvertes"},
    {"open_max", "au plus"},
    {"operation", "opération"},
    {"own", "par vous"},
    {"own_max", "par vous au plus"},
    {"proposal", "proposition"},
    {"recommendation_id", "recommandation"},
    {"resource_type", "nature"},
    {"role", "rôle"},
    {"size_bytes", "octets"},
    {"size_bytes_max", "octets au plus"},
    {"state", "état"},
    {"type", "type"},
    {"verb", "action"},
    {"what", "objet"},
};

constexpr Row kValues[] = {
    {"catalogue revision", "révision du catalogue"},
    {"checkpoint", "point de contrôle"},
    {"contest", "contestation"},
    {"engagement", "dossier"},
    {"entry", "entrée"},
    {"log", "journal"},
    {"member", "membre"},
    {"need", "besoin"},
    {"notice", "avis"},
    {"offering", "offre"},
    {"operation", "opération"},
    {"proposal", "proposition"},
    {"recommendation", "recommandation"},
    {"review", "relecture"},
    {"reviewer", "relecteur"},
    {"rulebook", "jeu de règles"},
    {"rulebook release", "révision proposée des règles"},
    {"rulebook revision", "révision des règles"},
};

template <size_t kSize>
absl::string_view Find(const Row (&rows)[kSize], absl::string_view word) {
  for (const auto& [english, french] : rows) {
    if (english == word) return french;
  }
  return "";
}

}  // namespace

absl::string_view FrenchOfMetadata(absl::string_view key) { return Find(kKeys, key); }

std::string FrenchOfMetadataValue(absl::string_view value) {
  const absl::string_view french = Find(kValues, value);
  return std::string(french.empty() ? value : french);
}

}  // namespace aplomb::cli
