#include "catalog/proposals/vocabulary.h"

#include <set>

namespace aplomb::proposals {
namespace {

struct FamilyRow {
  absl::string_view need_id;
  absl::string_view family;
};

constexpr FamilyRow kFamilies[] = {
    {"ECOMMERCE", "ECOMMERCE"},
    {"MARKETPLACE", "ECOMMERCE"},
    {"CLICKCOLLECT", "ECOMMERCE"},
    {"DELIVERY", "ECOMMERCE"},
    {"SHOWCASE", "WEBSITE"},
    {"LOCALSEO", "WEBSITE"},
    {"CONTENT", "WEBSITE"},
    {"A11Y", "WEBSITE"},
    {"CONSENT", "WEBSITE"},
    {"BOOKING", "WEBSITE"},
    {"DOMAIN", "DOMAIN"},
    {"HOSTING", "CLOUD"},
    {"CLOUD", "CLOUD"},
    {"CONNECT", "CLOUD"},
    {"BACKUP", "CLOUD"},
    {"SOCIAL", "SOCIAL"},
    {"SOCIAL_MGT", "SOCIAL"},
    {"ADS", "SOCIAL"},
    {"REVIEWS", "SOCIAL"},
    {"INVOICING", "ACCOUNTING"},
    {"EINV_RECV", "ACCOUNTING"},
    {"EINV_EMIT", "ACCOUNTING"},
    {"ACCOUNTING", "ACCOUNTING"},
    {"ERP", "ACCOUNTING"},
    {"STOCK", "ACCOUNTING"},
    {"POS", "POS"},
    {"LOYALTY", "POS"},
    {"INSTORE_PAY", "PAYMENT"},
    {"ONLINE_PAY", "PAYMENT"},
    {"CRM", "CRM"},
    {"EMAILING", "CRM"},
    {"HELPDESK", "CRM"},
    {"EMAIL", "COLLABORATION"},
    {"OFFICE", "COLLABORATION"},
    {"COLLAB", "COLLABORATION"},
    {"TELEPHONY", "COLLABORATION"},
    {"REMOTE", "COLLABORATION"},
    {"DMS", "COLLABORATION"},
    {"ESIGN", "COLLABORATION"},
    {"FIELD", "COLLABORATION"},
    {"ENDPOINT", "CYBER"},
    {"CYBERAUDIT", "CYBER"},
    {"HR", "HR"},
    {"AI", "AI"},
    {"BI", "AI"},
};

constexpr Word kChecklist[] = {
    {"ENTITLED", "Le membre a-t-il le droit de proposer ce produit ou ce service ?",
     "Is the member entitled to offer this product or service?"},
    {"TEXTS_PLAIN", "Les textes décrivent-ils sans se vanter ni se comparer à d'autres ?",
     "Do the texts describe, without boasting or comparing with others?"},
    {"NEEDS_MET", "L'offre répond-elle à chacun des besoins nommés ?",
     "Does the offering meet each of the needs named?"},
    {"FEATURES_SEEN",
     "Les fonctions notées FULL ont-elles été vues (démonstration, documentation) ?",
     "Were the features marked FULL seen (demonstration, documentation)?"},
    {"PRICE_COMPLETE", "Le tarif contient-il tout ce que l'acheteur ne peut éviter ?",
     "Does the tariff hold everything that a buyer cannot avoid?"},
    {"SOURCES_READ", "Chaque document cité a-t-il été lu, et dit-il ce qui est déclaré ?",
     "Was each document cited read, and does it say what is declared?"},
    {"CERTIFICATES_VALID", "Numéro, portée et validité des certificats sont-ils vérifiés ?",
     "Are number, scope and validity of the certificates verified?"},
    {"CHECKED_BY_US", "Les faits notés CHECKED ont-ils été vérifiés par vous ?",
     "Were the facts marked CHECKED verified by you?"},
    {"DUPLICATES_SEEN", "Les doublons possibles ont-ils été examinés ?",
     "Were the possible duplicates looked at?"},
};

constexpr Word kRejectionReasons[] = {
    {"NOT_ENTITLED", "le membre n'a pas le droit de proposer ceci",
     "the member is not entitled to offer this"},
    {"NOT_AN_OFFERING", "ce n'est pas une offre pour de petites entreprises",
     "this is not an offering for small firms"},
    {"NOT_AVAILABLE", "l'offre n'est pas encore, ou plus, en vente",
     "the offering is not on sale yet, or any more"},
    {"FALSE_STATEMENT", "une déclaration est fausse et n'a pas été corrigée",
     "a statement is false and was not mended"},
    {"EVIDENCE_MISSING", "un document exigé n'a pas été fourni",
     "a document that is required was not provided"},
    {"DUPLICATE", "la même offre est déjà au catalogue",
     "the same offering is in the catalogue already"},
    {"IDENTITY_OF_ANOTHER", "le nom ou le domaine est celui d'un autre",
     "the name or domain is another's"},
    {"UNLAWFUL", "l'offre enfreint une règle de droit", "the offering breaks a rule of law"},
};

constexpr Word kSuspensionReasons[] = {
    {"MEMBER_ASKED", "à la demande du membre", "as the member asks"},
    {"CHARTER_BREACHED", "manquement à la charte", "a breach of the charter"},
    {"FALSE_STATEMENT", "une déclaration est fausse", "a statement is false"},
    {"NOT_AVAILABLE", "l'offre n'est plus en vente", "the offering is no longer on sale"},
    {"OUT_OF_DATE", "les déclarations ne sont plus à jour", "the statements are out of date"},
    {"SECURITY_RISK", "un risque de sécurité grave est connu", "a grave security risk is known"},
    {"UNLAWFUL", "une règle de droit est enfreinte", "a rule of law is broken"},
    {"ORDERED", "une autorité l'ordonne", "an authority orders it"},
    {"CEASED", "l'activité a cessé", "the business has ceased"},
};

}  // namespace

absl::string_view FamilyOfNeed(absl::string_view need_id) {
  for (const FamilyRow& row : kFamilies) {
    if (row.need_id == need_id) return row.family;
  }
  return "OTHER";
}

absl::string_view FamilyOf(const catalog::v1::Offering& offering) {
  return offering.need_ids().empty() ? "OTHER" : FamilyOfNeed(offering.need_ids(0));
}

std::vector<absl::string_view> Families() {
  std::set<absl::string_view> families;
  for (const FamilyRow& row : kFamilies) families.insert(row.family);
  return std::vector<absl::string_view>(families.begin(), families.end());
}

absl::Span<const Word> Checklist() { return kChecklist; }
absl::Span<const Word> RejectionReasons() { return kRejectionReasons; }
absl::Span<const Word> SuspensionReasons() { return kSuspensionReasons; }

const Word* FindWord(absl::Span<const Word> words, absl::string_view code) {
  for (const Word& word : words) {
    if (word.code == code) return &word;
  }
  return nullptr;
}

}  // namespace aplomb::proposals
