#include "decision/fact_labels.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "decision/phrases.h"

namespace aplomb::decision {
namespace {

struct Label {
  absl::string_view name;
  absl::string_view fr;
  absl::string_view en;
};

// By name.
constexpr Label kLabels[] = {
    {"derived.claims_valid", "validité de la fiche", "validity of the entry"},
    {"derived.contacts_limit", "contacts servis", "contacts served"},
    {"derived.development_status", "maturité du logiciel", "maturity of the software"},
    {"derived.export_open_formats", "export dans un format ouvert", "export in an open format"},
    {"derived.export_tested_recently", "export testé depuis moins d'un an",
     "export tested within a year"},
    {"derived.hosting_class", "lieu de conservation des données", "place where data is kept"},
    {"derived.hosts_customer_data", "données du client hébergées par l'offre",
     "customer data hosted by the offering"},
    {"derived.needs", "besoins couverts", "needs served"},
    {"derived.payment_methods", "moyens de paiement acceptés", "means of payment accepted"},
    {"derived.price_age_days", "âge du tarif", "age of the tariff"},
    {"derived.products_limit", "nombre d'articles servis", "products served"},
    {"derived.sectors", "métiers visés", "trades aimed at"},
    {"derived.skill_required", "aisance numérique demandée (0 à 4)",
     "digital skill asked for (0 to 4)"},
    {"derived.social_accounts_limit", "comptes sociaux servis", "social accounts served"},
    {"derived.trial_days_without_card", "essai gratuit sans carte", "free trial without a card"},
    {"firm.data.health", "données de santé", "health data"},
    {"firm.data.minors", "données sur des mineurs", "data about minors"},
    {"firm.data.payment_cards", "numéros de carte bancaire", "card numbers"},
    {"firm.data.personal", "données personnelles", "personal data"},
    {"firm.data.trade_secret", "secrets d'affaires", "trade secrets"},
    {"firm.data_residency", "où vos données doivent rester", "where your data must stay"},
    {"firm.digital_skill", "aisance numérique de l'utilisateur (0 à 4)",
     "digital skill of the user (0 to 4)"},
    {"offering.accessibility.conform_on_commitment", "engagement écrit d'accessibilité",
     "written commitment to accessibility"},
    {"offering.accessibility.conformity_bp", "taux de conformité d'accessibilité",
     "accessibility conformity rate"},
    {"offering.accessibility.standard", "norme d'accessibilité suivie",
     "accessibility standard followed"},
    {"offering.accessibility.statement_published", "déclaration d'accessibilité publiée",
     "accessibility statement published"},
    {"offering.accounting.einvoicing_role", "rôle dans la facturation électronique",
     "role in e-invoicing"},
    {"offering.accounting.ereporting", "transmission des données de vente",
     "transmission of sales data"},
    {"offering.accounting.formats_in", "formats de factures reçus", "invoice formats received"},
    {"offering.accounting.formats_out", "formats de factures émis", "invoice formats issued"},
    {"offering.accounting.pa_named", "plateforme agréée nommée", "approved platform named"},
    {"offering.accounting.pa_valid_to", "fin de validité de l'agrément", "end of the approval"},
    {"offering.audience.staff_max", "plus grand effectif visé", "largest staff aimed at"},
    {"offering.audience.staff_min", "plus petit effectif visé", "smallest staff aimed at"},
    {"offering.certificates.HDS", "certificat hébergeur de données de santé (HDS)",
     "health data host certificate (HDS)"},
    {"offering.certificates.ISO27001", "certificat ISO 27001", "ISO 27001 certificate"},
    {"offering.certificates.LNE_CAISSE", "certificat LNE de caisse", "LNE till certificate"},
    {"offering.certificates.NF525", "certificat NF 525", "NF 525 certificate"},
    {"offering.certificates.RGAA_AUDIT", "audit RGAA", "RGAA audit"},
    {"offering.certificates.SECNUMCLOUD", "qualification SecNumCloud", "SecNumCloud qualification"},
    {"offering.commitment.exit_fee", "frais de départ", "exit fee"},
    {"offering.commitment.min_months", "durée d'engagement", "minimum term"},
    {"offering.commitment.notice_days", "préavis de résiliation", "notice period"},
    {"offering.continuity.end_of_life_policy", "politique de fin de vie", "end-of-life policy"},
    {"offering.continuity.reversibility_plan", "plan de réversibilité", "reversibility plan"},
    {"offering.coverage.onsite_regions", "régions d'intervention sur place",
     "regions of on-site help"},
    {"offering.coverage.regions", "régions couvertes", "regions covered"},
    {"offering.eco.rgesn_score_bp", "score d'écoconception (RGESN)", "eco-design score (RGESN)"},
    {"offering.gdpr.dpa_available", "contrat de sous-traitance RGPD", "GDPR processing contract"},
    {"offering.gdpr.retention_documented", "durées de conservation documentées",
     "retention periods documented"},
    {"offering.hosting.law_exposure", "loi étrangère applicable aux données",
     "foreign law that reaches the data"},
    {"offering.hosting.locations", "lieux d'hébergement", "places of hosting"},
    {"offering.hosting.sub_processors_listed", "liste des sous-traitants",
     "list of sub-processors"},
    {"offering.hosting.transfer_lawful", "transferts de données encadrés", "lawful data transfers"},
    {"offering.integrations.tool_classes", "outils auxquels l'offre se relie",
     "tools that it connects to"},
    {"offering.kind", "nature de l'offre", "kind of offering"},
    {"offering.languages.legal_documents_fr", "documents contractuels en français",
     "legal documents in French"},
    {"offering.languages.ui", "langues des écrans", "languages of the screens"},
    {"offering.licence.escrow", "code source sous séquestre", "source code in escrow"},
    {"offering.licence.free_software", "logiciel libre", "free software"},
    {"offering.limits.bookings_month", "réservations par mois servies",
     "bookings per month served"},
    {"offering.limits.contacts", "contacts servis", "contacts served"},
    {"offering.limits.devices", "appareils servis", "devices served"},
    {"offering.limits.emails_month", "e-mails par mois servis", "e-mails per month served"},
    {"offering.limits.invoices_month", "factures par mois servies", "invoices per month served"},
    {"offering.limits.orders_month", "commandes par mois servies", "orders per month served"},
    {"offering.limits.payslips_month", "bulletins de paie par mois servis",
     "pay slips per month served"},
    {"offering.limits.products", "nombre d'articles servis", "products served"},
    {"offering.limits.signatures_month", "signatures par mois servies",
     "signatures per month served"},
    {"offering.limits.sites", "nombre d'établissements servis", "sites served"},
    {"offering.limits.sms_month", "SMS par mois servis", "text messages per month served"},
    {"offering.limits.social_accounts", "comptes sociaux servis", "social accounts served"},
    {"offering.limits.storage_gb", "espace de stockage", "storage"},
    {"offering.limits.traffic_gb_month", "trafic par mois servi", "traffic per month served"},
    {"offering.limits.users", "nombre d'utilisateurs servis", "users served"},
    {"offering.limits.visits_month", "visites par mois servies", "visits per month served"},
    {"offering.onboarding.days_to_live", "délai de mise en service", "time until in use"},
    {"offering.onboarding.migration_included", "reprise des données comprise",
     "data migration included"},
    {"offering.onboarding.training_hours_included", "heures de formation comprises",
     "training hours included"},
    {"offering.payment.psp_licence", "agrément de paiement", "payment licence"},
    {"offering.portability.api_public", "interface de programmation publique",
     "public programming interface"},
    {"offering.portability.api_specified", "interface de programmation documentée",
     "programming interface specified"},
    {"offering.portability.export_formats", "formats d'export", "export formats"},
    {"offering.portability.format_documented", "format d'export documenté",
     "export format documented"},
    {"offering.portability.full_export_self_service", "export complet en libre-service",
     "full export made by oneself"},
    {"offering.portability.webhooks", "notifications automatiques (webhooks)",
     "automatic notifications (webhooks)"},
    {"offering.pos.proof_kind", "preuve de conformité de la caisse",
     "proof of the till's conformity"},
    {"offering.pos.proof_valid_to", "fin de validité de la preuve de caisse",
     "end of the till's proof"},
    {"offering.pricing.transparency", "publication des prix", "publication of prices"},
    {"offering.security.backup_daily", "sauvegarde quotidienne", "daily backup"},
    {"offering.security.backup_offsite", "sauvegarde hors site", "off-site backup"},
    {"offering.security.encryption_at_rest", "chiffrement des données stockées",
     "encryption of stored data"},
    {"offering.security.encryption_in_transit", "chiffrement des échanges",
     "encryption in transit"},
    {"offering.security.mfa", "double authentification", "two-factor authentication"},
    {"offering.security.restore_tested", "restauration testée", "restore tested"},
    {"offering.security.self_assessed", "auto-évaluation de sécurité", "security self-assessment"},
    {"offering.service_level.availability_bp", "disponibilité garantie", "promised availability"},
    {"offering.state", "état de publication", "state of publication"},
    {"offering.support.chat", "assistance par messagerie", "help by chat"},
    {"offering.support.email", "assistance par e-mail", "help by e-mail"},
    {"offering.support.first_response_hours", "délai de première réponse",
     "time to first response"},
    {"offering.support.hours", "horaires d'assistance", "hours of help"},
    {"offering.support.phone", "assistance par téléphone", "help by telephone"},
    {"request.accepts_beta", "accepter un logiciel en version d'essai",
     "accepting software in trial"},
    {"request.accessibility_required", "obligation d'accessibilité", "accessibility required"},
    {"request.activity", "métier de l'entreprise", "trade of the firm"},
    {"request.budget_hard", "budget à ne jamais dépasser", "budget never to be exceeded"},
    {"request.data_sensitive", "données sensibles", "sensitive data"},
    {"request.days_to_deadline", "délai avant l'échéance", "time until the deadline"},
    {"request.existing_tool_classes", "outils déjà en place", "tools in place"},
    {"request.first_year_max", "plafond de la première année", "ceiling for the first year"},
    {"request.has_deadline", "échéance fixée", "deadline set"},
    {"request.monthly_max", "plafond mensuel", "monthly ceiling"},
    {"request.must_feature_count", "nombre de fonctions exigées", "number of required features"},
    {"request.need", "besoin", "need"},
    {"request.one_off_max", "plafond au départ", "ceiling at the start"},
    {"request.payment_method_count", "nombre de moyens de paiement voulus",
     "number of means of payment wanted"},
    {"request.payment_methods", "moyens de paiement voulus", "means of payment wanted"},
    {"request.region", "région de l'entreprise", "region of the firm"},
    {"request.sells_to_consumers", "vente aux particuliers", "selling to consumers"},
    {"request.size_class", "taille de l'entreprise", "size of the firm"},
    {"request.staff", "effectif", "staff"},
    {"request.target_per_month", "budget par mois", "budget per month"},
    {"request.tco36_max", "plafond sur trois ans", "ceiling over three years"},
    {"request.told_sells_to_consumers", "vente aux particuliers", "selling to consumers"},
    {"request.ui_languages", "langues souhaitées des écrans", "languages wanted for the screens"},
    {"request.wants_data_location_scored", "compter le lieu des données",
     "counting where data is kept"},
    {"request.wants_onsite_help", "aide sur place souhaitée", "on-site help wanted"},
};

const Label* Find(absl::string_view name) {
  const auto* found =
      std::lower_bound(std::begin(kLabels), std::end(kLabels), name,
                       [](const Label& label, absl::string_view n) { return label.name < n; });
  return found != std::end(kLabels) && found->name == name ? found : nullptr;
}

}  // namespace

bool HasFactLabel(absl::string_view name) { return Find(name) != nullptr; }

type::LocalizedText FactLabel(const FactInfo& info) {
  if (const Label* label = Find(info.name); label != nullptr) {
    return Text(std::string(label->fr), std::string(label->en));
  }
  const std::string bare = info.name.substr(info.name.find('.') + 1);
  return Text(bare, bare);
}

}  // namespace aplomb::decision
