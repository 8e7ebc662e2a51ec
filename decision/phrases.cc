#include "decision/phrases.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/civil_day.h"
#include "catalog/code_lists.h"
#include "decision/derived_facts.h"
#include "engine/fact_table.h"
#include "engine/sector.h"

namespace aplomb::decision {
namespace {

// Keeps a number and its unit on one line.
constexpr absl::string_view kNoBreak = "\u00A0";
constexpr int64_t kMicrosPerUnit = 1'000'000;

absl::string_view Pick(Language language, absl::string_view fr, absl::string_view en,
                       absl::string_view neutral) {
  switch (language) {
    case Language::kFr:
      return fr;
    case Language::kEn:
      return en;
    case Language::kNeutral:
      break;
  }
  return neutral;
}

// Digits of an unsigned number in groups of three.
std::string Grouped(uint64_t value, absl::string_view separator) {
  const absl::AlphaNum digits(value);
  const absl::string_view all = digits.Piece();
  std::string grouped;
  grouped.reserve(all.size() + all.size() / 3 * separator.size());
  for (size_t i = 0; i < all.size(); ++i) {
    if (i > 0 && (all.size() - i) % 3 == 0) grouped.append(separator.data(), separator.size());
    grouped += all[i];
  }
  return grouped;
}

absl::string_view Separator(Language language) { return Pick(language, kNoBreak, ",", ""); }
absl::string_view Point(Language language) { return Pick(language, ",", ".", "."); }

uint64_t Magnitude(int64_t value) {
  return value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

// A fraction of `scale` (a power of ten) with at least `least` decimals, no zeros after those.
std::string Decimal(int64_t value, uint64_t scale, size_t least, Language language) {
  const uint64_t magnitude = Magnitude(value);
  std::string decimals;
  uint64_t rest = magnitude % scale;
  for (uint64_t unit = scale / 10; unit > 0; unit /= 10) {
    decimals += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  while (decimals.size() > least && decimals.back() == '0') decimals.pop_back();
  std::string text = value < 0 ? "-" : "";
  absl::StrAppend(&text, Grouped(magnitude / scale, Separator(language)));
  if (!decimals.empty()) absl::StrAppend(&text, Point(language), decimals);
  return text;
}

// A count with its noun; French has the singular up to 1, English for 1 only.
std::string Counted(int64_t value, Language language, absl::string_view fr_one,
                    absl::string_view fr_many, absl::string_view en_one, absl::string_view en_many,
                    absl::string_view neutral) {
  const bool one_fr = value > -2 && value < 2;
  return absl::StrCat(
      PrintCount(value, language), Pick(language, kNoBreak, " ", " "),
      Pick(language, one_fr ? fr_one : fr_many, value == 1 ? en_one : en_many, neutral));
}

struct Label {
  absl::string_view type;   // full name of the enum
  absl::string_view value;  // name of the value
  absl::string_view fr;
  absl::string_view en;
};

// One entry per value of each enum that is a fact; a test sees to it.
constexpr Label kLabels[] = {
    {"aplomb.type.DeliveryMode", "DO_IT_YOURSELF", "faire soi-même", "do it yourself"},
    {"aplomb.type.DeliveryMode", "HAVE_IT_DONE", "faire faire", "have it done"},
    {"aplomb.type.PriceTransparency", "QUOTE_ONLY", "prix sur devis uniquement",
     "price on quotation only"},
    {"aplomb.type.PriceTransparency", "RANGE_ON_REQUEST", "fourchette de prix sur demande",
     "price range on request"},
    {"aplomb.type.PriceTransparency", "PUBLIC_PARTIAL", "tarif public sans tous les frais",
     "public price list without all fees"},
    {"aplomb.type.PriceTransparency", "PUBLIC_COMPLETE", "tarif public, tous frais compris",
     "public price list with all fees"},
    {"aplomb.type.VatRegime", "FRANCHISE_BASE", "franchise en base de TVA", "VAT exemption scheme"},
    {"aplomb.type.VatRegime", "REAL_SIMPLIFIED", "réel simplifié", "simplified actual scheme"},
    {"aplomb.type.VatRegime", "REAL_NORMAL", "réel normal", "standard actual scheme"},
    {"aplomb.type.VatRegime", "NOT_LIABLE", "non assujettie à la TVA", "not liable to VAT"},
    {"aplomb.type.Clientele", "B2B", "des entreprises", "firms"},
    {"aplomb.type.Clientele", "B2C", "des particuliers", "consumers"},
    {"aplomb.type.Clientele", "MIXED", "des entreprises et des particuliers",
     "firms and consumers"},
    {"aplomb.type.DataResidency", "ANYWHERE", "aucune exigence", "no requirement"},
    {"aplomb.type.DataResidency", "EEA", "Espace économique européen", "European Economic Area"},
    {"aplomb.type.DataResidency", "FRANCE", "France", "France"},
    {"aplomb.type.DataResidency", "NO_EXTRA_EU_LAW", "hors de portée des lois extra-européennes",
     "out of reach of laws from outside the EU"},
    {"aplomb.type.PaymentMethod", "CB", "carte bancaire CB", "CB card"},
    {"aplomb.type.PaymentMethod", "VISA", "Visa", "Visa"},
    {"aplomb.type.PaymentMethod", "MASTERCARD", "Mastercard", "Mastercard"},
    {"aplomb.type.PaymentMethod", "AMEX", "American Express", "American Express"},
    {"aplomb.type.PaymentMethod", "SEPA_TRANSFER", "virement SEPA", "SEPA transfer"},
    {"aplomb.type.PaymentMethod", "SEPA_INSTANT", "virement instantané", "instant transfer"},
    {"aplomb.type.PaymentMethod", "SEPA_DEBIT", "prélèvement SEPA", "SEPA direct debit"},
    {"aplomb.type.PaymentMethod", "WALLET", "portefeuille sur téléphone", "telephone wallet"},
    {"aplomb.type.PaymentMethod", "MEAL_VOUCHER", "titre-restaurant", "meal voucher"},
    {"aplomb.type.PaymentMethod", "HOLIDAY_VOUCHER", "chèque-vacances", "holiday voucher"},
    {"aplomb.type.PaymentMethod", "INSTALMENTS", "paiement en plusieurs fois", "instalments"},
    {"aplomb.type.ToolClass", "CMS", "site web", "website"},
    {"aplomb.type.ToolClass", "ERP", "gestion intégrée", "integrated management"},
    {"aplomb.type.ToolClass", "ACCOUNTING", "comptabilité", "accounting"},
    {"aplomb.type.ToolClass", "BANK", "banque", "bank"},
    {"aplomb.type.ToolClass", "MARKETPLACE", "place de marché", "marketplace"},
    {"aplomb.type.ToolClass", "PSP", "prestataire de paiement", "payment provider"},
    {"aplomb.type.ToolClass", "CARRIER", "transporteur", "carrier"},
    {"aplomb.type.ToolClass", "CRM", "relation client", "customer relations"},
    {"aplomb.type.ToolClass", "SOCIAL", "réseau social", "social network"},
    {"aplomb.type.ToolClass", "OFFICE", "bureautique", "office suite"},
    {"aplomb.type.ToolClass", "DIRECTORY", "annuaire des utilisateurs", "user directory"},
    {"aplomb.type.ToolClass", "PA", "plateforme agréée", "approved e-invoicing platform"},
    {"aplomb.type.ToolClass", "POS", "caisse", "till"},
    {"aplomb.type.ToolClass", "SHOP", "boutique en ligne", "online shop"},
    {"aplomb.type.ToolClass", "CALENDAR", "agenda", "calendar"},
    {"aplomb.type.ToolClass", "TELEPHONY", "téléphonie", "telephone system"},
    {"aplomb.type.ToolClass", "STOCK", "gestion des stocks", "stock management"},
    {"aplomb.type.ToolClass", "PAYROLL", "paie", "payroll"},
    {"aplomb.catalog.v1.Offering.State", "PUBLISHED", "publiée", "published"},
    {"aplomb.catalog.v1.Offering.State", "SUSPENDED", "suspendue", "suspended"},
    {"aplomb.catalog.v1.Offering.State", "WITHDRAWN", "retirée", "withdrawn"},
    {"aplomb.catalog.v1.Offering.State", "EXPIRED", "périmée", "expired"},
    {"aplomb.catalog.v1.Offering.Kind", "SOFTWARE_SAAS", "logiciel en ligne", "online software"},
    {"aplomb.catalog.v1.Offering.Kind", "SOFTWARE_ONPREM", "logiciel à installer soi-même",
     "software to install oneself"},
    {"aplomb.catalog.v1.Offering.Kind", "CLOUD_INFRA", "infrastructure", "infrastructure"},
    {"aplomb.catalog.v1.Offering.Kind", "MARKETPLACE", "place de marché", "marketplace"},
    {"aplomb.catalog.v1.Offering.Kind", "SERVICE", "prestation", "service"},
    {"aplomb.catalog.v1.Offering.Kind", "HARDWARE", "matériel", "equipment"},
    {"aplomb.catalog.v1.Offering.Kind", "TRAINING", "formation", "training"},
    {"aplomb.catalog.v1.Offering.Kind", "DOMAIN", "nom de domaine", "domain name"},
    {"aplomb.catalog.v1.Offering.DevelopmentStatus", "CONCEPT", "à l'état d'idée", "an idea"},
    {"aplomb.catalog.v1.Offering.DevelopmentStatus", "DEVELOPMENT", "en développement",
     "in development"},
    {"aplomb.catalog.v1.Offering.DevelopmentStatus", "BETA", "version d'essai (bêta)",
     "trial version (beta)"},
    {"aplomb.catalog.v1.Offering.DevelopmentStatus", "STABLE", "stable", "stable"},
    {"aplomb.catalog.v1.Offering.DevelopmentStatus", "OBSOLETE", "abandonné", "given up"},
    {"aplomb.catalog.v1.PlatformList.Platform", "WEB", "navigateur", "browser"},
    {"aplomb.catalog.v1.PlatformList.Platform", "WINDOWS", "Windows", "Windows"},
    {"aplomb.catalog.v1.PlatformList.Platform", "MAC", "macOS", "macOS"},
    {"aplomb.catalog.v1.PlatformList.Platform", "LINUX", "Linux", "Linux"},
    {"aplomb.catalog.v1.PlatformList.Platform", "IOS", "iOS", "iOS"},
    {"aplomb.catalog.v1.PlatformList.Platform", "ANDROID", "Android", "Android"},
    {"aplomb.catalog.v1.Support.Hours", "BUSINESS_HOURS", "heures de bureau", "business hours"},
    {"aplomb.catalog.v1.Support.Hours", "EXTENDED", "soirées ou samedis compris",
     "evenings or Saturdays included"},
    {"aplomb.catalog.v1.Support.Hours", "H24", "jour et nuit", "day and night"},
    {"aplomb.catalog.v1.Hosting.LawExposure", "STANDARD_CLAUSES",
     "exposé à une loi extra-européenne, clauses contractuelles types",
     "exposed to a law from outside the EU, standard contractual clauses"},
    {"aplomb.catalog.v1.Hosting.LawExposure", "ADEQUATE",
     "exposé à une loi extra-européenne, décision d'adéquation",
     "exposed to a law from outside the EU, adequacy decision"},
    {"aplomb.catalog.v1.Hosting.LawExposure", "NONE_EXTRA_EU",
     "non exposé aux lois extra-européennes", "not exposed to laws from outside the EU"},
    {"aplomb.catalog.v1.Accessibility.Standard", "RGAA", "RGAA 4", "RGAA 4"},
    {"aplomb.catalog.v1.Accessibility.Standard", "WCAG22_AA", "WCAG 2.2 AA", "WCAG 2.2 AA"},
    {"aplomb.catalog.v1.Accessibility.Standard", "EN301549", "EN 301 549", "EN 301 549"},
    {"aplomb.catalog.v1.CloudFacts.HostingType", "SHARED", "hébergement mutualisé",
     "shared hosting"},
    {"aplomb.catalog.v1.CloudFacts.HostingType", "VPS", "serveur virtuel", "virtual server"},
    {"aplomb.catalog.v1.CloudFacts.HostingType", "MANAGED", "hébergement infogéré",
     "managed hosting"},
    {"aplomb.catalog.v1.CloudFacts.HostingType", "IAAS", "infrastructure à la demande",
     "infrastructure on demand"},
    {"aplomb.catalog.v1.CloudFacts.HostingType", "PAAS", "plateforme à la demande",
     "platform on demand"},
    {"aplomb.catalog.v1.AccountingFacts.EinvoicingRole", "NO_ROLE",
     "ni plateforme agréée ni "
     "solution compatible",
     "neither approved platform nor compatible solution"},
    {"aplomb.catalog.v1.AccountingFacts.EinvoicingRole", "COMPATIBLE_SOLUTION",
     "solution compatible reliée à une plateforme agréée",
     "compatible solution connected to an approved platform"},
    {"aplomb.catalog.v1.AccountingFacts.EinvoicingRole", "APPROVED_PLATFORM", "plateforme agréée",
     "approved platform"},
    {"aplomb.catalog.v1.PosFacts.ProofKind", "NO_PROOF", "aucun justificatif", "no proof"},
    {"aplomb.catalog.v1.PosFacts.ProofKind", "PUBLISHER_ATTESTATION",
     "attestation individuelle de l'éditeur", "individual attestation of the publisher"},
    {"aplomb.catalog.v1.PosFacts.ProofKind", "NF525_CERTIFICATE", "certificat NF525",
     "NF525 certificate"},
    {"aplomb.catalog.v1.PosFacts.ProofKind", "LNE_CERTIFICATE", "certificat LNE",
     "LNE certificate"},
    {"aplomb.catalog.v1.PaymentFacts.PspLicence", "NO_LICENCE", "aucun agrément", "no licence"},
    {"aplomb.catalog.v1.PaymentFacts.PspLicence", "AGENT",
     "agent d'un établissement de paiement agréé", "agent of a licensed payment institution"},
    {"aplomb.catalog.v1.PaymentFacts.PspLicence", "EEA_PASSPORT",
     "agrément européen avec passeport", "licence of the EEA with passport"},
    {"aplomb.catalog.v1.PaymentFacts.PspLicence", "ACPR", "agrément de l'ACPR",
     "licence of the ACPR"},
    {"aplomb.catalog.v1.AiFacts.AiActRole", "PROVIDER", "fournisseur", "provider"},
    {"aplomb.catalog.v1.AiFacts.AiActRole", "DEPLOYER", "déployeur", "deployer"},
    {"aplomb.catalog.v1.AiFacts.AiActRole", "DISTRIBUTOR", "distributeur", "distributor"},
};

struct MetricWords {
  absl::string_view fr;
  absl::string_view en;
  bool money = false;
};

// By metric number.
constexpr std::array<MetricWords, engine::kMetricCount> kMetrics = {{
    {"", ""},
    {"comptes d'utilisateur", "user accounts"},
    {"établissements", "establishments"},
    {"articles", "articles"},
    {"commandes par mois", "orders per month"},
    {"ventes en ligne par mois", "online sales per month", true},
    {"ventes sur place par mois", "sales on the premises per month", true},
    {"ventes sur les places de marché par mois", "marketplace sales per month", true},
    {"factures émises par mois", "invoices issued per month"},
    {"factures reçues par mois", "invoices received per month"},
    {"e-mails envoyés par mois", "e-mails sent per month"},
    {"Go de stockage", "GB of storage"},
    {"SMS par mois", "text messages per month"},
    {"heures de travail par mois", "hours of work per month"},
    {"heures de processeur virtuel par mois", "virtual processor hours per month"},
    {"contacts", "contacts"},
    {"visites par mois", "visits per month"},
    {"bulletins de paie par mois", "pay slips per month"},
    {"signatures par mois", "signatures per month"},
    {"réservations par mois", "bookings per month"},
    {"appareils", "devices"},
    {"Go transférés par mois", "GB transferred per month"},
    {"comptes de réseaux sociaux", "social accounts"},
    {"dépenses de publicité par mois", "advertising spend per month", true},
}};

struct QuestionWords {
  absl::string_view field;
  absl::string_view fr;
  absl::string_view en;
};

constexpr QuestionWords kQuestions[] = {
    {"department_code", "Dans quel département l'entreprise est-elle établie ?",
     "In which department is the firm established?"},
    {"activity",
     "Quelle est l'activité principale de l'entreprise (code NAF rév. 2, par exemple 10.71C) ?",
     "What is the firm's main activity (NAF rév. 2 code, e.g. 10.71C)?"},
    {"staff_count", "Combien de salariés l'entreprise emploie-t-elle, sans compter le dirigeant ?",
     "How many employees does the firm have, not counting the owner?"},
    {"turnover", "Quel est le chiffre d'affaires annuel hors taxes ?",
     "What is the yearly turnover excluding VAT?"},
    {"balance_total", "Quel est le total du dernier bilan ?",
     "What is the total of the last balance sheet?"},
    {"creation_date", "Quand l'entreprise a-t-elle été créée, ou quand le sera-t-elle ?",
     "When was the firm founded, or when will it be?"},
    {"vat_regime", "Sous quel régime de TVA l'entreprise est-elle placée ?",
     "Which VAT scheme is the firm under?"},
    {"einvoicing.platform_chosen",
     "Avez-vous déjà choisi une plateforme agréée pour recevoir vos factures électroniques ?",
     "Have you already chosen an approved platform to receive e-invoices?"},
    {"einvoicing.issues_already", "Émettez-vous déjà des factures électroniques ?",
     "Do you issue e-invoices already?"},
    {"craft_register", "L'entreprise est-elle immatriculée comme entreprise artisanale ?",
     "Is the firm registered as a craft business?"},
    {"franchise_network", "L'entreprise appartient-elle à un réseau de franchise ?",
     "Does the firm belong to a franchise network?"},
    {"online_only", "Vendez-vous uniquement en ligne ?", "Do you sell online only?"},
    {"clientele", "À qui vendez-vous : à des particuliers, à des entreprises ou aux deux ?",
     "Whom do you sell to: consumers, firms or both?"},
    {"sells_to_public_bodies", "Vendez-vous à des administrations ou à des collectivités ?",
     "Do you sell to public bodies?"},
    {"sells_on_premises", "Recevez-vous des clients et vendez-vous sur place ?",
     "Do you receive customers and sell on your premises?"},
    {"takes_cards", "Acceptez-vous déjà les cartes bancaires ?", "Do you take cards already?"},
    {"exports_outside_eu", "Vendez-vous en dehors de l'Union européenne ?",
     "Do you sell outside the European Union?"},
    {"ui_languages", "En quelles langues les écrans doivent-ils être disponibles ?",
     "In which languages must the screens be available?"},
    {"digital_skill",
     "Quelle est l'aisance numérique de la personne qui utilisera l'outil, de 0 (débutante) à 4 "
     "(informaticienne) ?",
     "How skilled is the person who will run the tool, from 0 (none) to 4 (IT staff)?"},
    {"existing_tools",
     "Quels outils utilisez-vous aujourd'hui (caisse, comptabilité, site, banque…) ?",
     "Which tools do you use today (till, accounting, website, bank…)?"},
    {"yearly_growth_bp", "De combien votre activité devrait-elle croître par an ?",
     "By how much should your business grow per year?"},
    // One answer per firm: it holds for whatever is asked for together.
    {"data.personal",
     "Confierez-vous des données personnelles à l'une des solutions demandées ? (la réponse vaut "
     "pour toutes)",
     "Will any solution asked for hold personal data? (the answer holds for all)"},
    {"data.health",
     "Confierez-vous des données de santé à l'une des solutions demandées ? (la réponse vaut pour "
     "toutes)",
     "Will any solution asked for hold health data? (the answer holds for all)"},
    {"data.minors",
     "Confierez-vous des données sur des mineurs à l'une des solutions demandées ? (la réponse "
     "vaut pour toutes)",
     "Will any solution asked for hold data about minors? (the answer holds for all)"},
    {"data.payment_cards",
     "Confierez-vous des numéros de carte bancaire à l'une des solutions demandées ? (la réponse "
     "vaut pour toutes)",
     "Will any solution asked for hold card numbers? (the answer holds for all)"},
    {"data.trade_secret",
     "Confierez-vous des secrets d'affaires à l'une des solutions demandées ? (la réponse vaut "
     "pour toutes)",
     "Will any solution asked for hold trade secrets? (the answer holds for all)"},
    {"data_residency", "Où vos données doivent-elles rester ?", "Where must your data stay?"},
    {"accessibility_required",
     "La solution doit-elle être accessible aux personnes handicapées, par obligation ou par "
     "choix ?",
     "Must the solution be accessible to disabled people, by law or by choice?"},
    {"wants_onsite_help", "Souhaitez-vous que quelqu'un puisse venir vous aider sur place ?",
     "Would you like somebody to be able to come and help you?"},
    {"wants_data_location_scored",
     "Le lieu de conservation des données doit-il compter dans le classement ?",
     "Should the place where data is kept count in the ranking?"},
    {"accepts_beta", "Acceptez-vous un logiciel encore en version d'essai ?",
     "Do you accept software that is still in trial?"},
    {"payment_methods", "Quels moyens de paiement voulez-vous accepter ?",
     "Which means of payment do you want to accept?"},
    {"budget.one_off_max", "Combien pouvez-vous dépenser au départ, hors taxes ?",
     "How much can you spend at the start, excluding VAT?"},
    {"budget.monthly_max", "Combien pouvez-vous dépenser chaque mois, hors taxes ?",
     "How much can you spend each month, excluding VAT?"},
    {"budget.target_36_months", "Combien pouvez-vous dépenser en tout sur trois ans, hors taxes ?",
     "How much can you spend in all over three years, excluding VAT?"},
    {"budget.hard", "Ce budget est-il une limite à ne jamais dépasser ?",
     "Is this budget a limit never to be exceeded?"},
    {"deadline", "Pour quelle date la solution doit-elle être en service ?",
     "By which day must the solution be in use?"},
    {"usage.USERS", "Combien de personnes utiliseront la solution ?",
     "How many people will use the solution?"},
    {"usage.SITES", "Combien d'établissements l'entreprise a-t-elle ?",
     "How many establishments does the firm have?"},
    {"usage.PRODUCTS", "Combien d'articles vendez-vous ou suivez-vous ?",
     "How many articles do you sell or keep track of?"},
    {"usage.ORDERS_MONTH", "Combien de commandes ou de ventes attendez-vous par mois ?",
     "How many orders or sales do you expect per month?"},
    {"usage.ONLINE_SALES_MONTH", "Quel montant de ventes en ligne attendez-vous par mois ?",
     "What amount of online sales do you expect per month?"},
    {"usage.INSTORE_SALES_MONTH", "Quel est le montant de vos ventes sur place par mois ?",
     "What is the amount of your sales on the premises per month?"},
    {"usage.MARKETPLACE_SALES_MONTH",
     "Quel montant de ventes attendez-vous par mois sur les places de marché ?",
     "What amount of marketplace sales do you expect per month?"},
    {"usage.INVOICES_MONTH", "Combien de factures émettez-vous par mois ?",
     "How many invoices do you issue per month?"},
    {"usage.INVOICES_RECEIVED_MONTH", "Combien de factures recevez-vous par mois ?",
     "How many invoices do you receive per month?"},
    {"usage.EMAILS_MONTH", "Combien d'e-mails d'information envoyez-vous par mois ?",
     "How many newsletter e-mails do you send per month?"},
    {"usage.STORAGE_GB", "Quel volume de fichiers faut-il conserver, en Go ?",
     "What volume of files must be kept, in GB?"},
    {"usage.SMS_MONTH", "Combien de SMS envoyez-vous par mois ?",
     "How many text messages do you send per month?"},
    {"usage.HOURS_MONTH", "Combien d'heures de travail faut-il par mois ?",
     "How many hours of work are needed per month?"},
    {"usage.VCPU_HOURS_MONTH", "Combien d'heures de processeur virtuel faut-il par mois ?",
     "How many virtual processor hours are needed per month?"},
    {"usage.CONTACTS", "Combien de contacts avez-vous dans vos fichiers ?",
     "How many contacts do you keep?"},
    {"usage.VISITS_MONTH", "Combien de visites votre site reçoit-il par mois ?",
     "How many visits does your site receive per month?"},
    {"usage.PAYSLIPS_MONTH", "Combien de bulletins de paie établissez-vous par mois ?",
     "How many pay slips do you make out per month?"},
    {"usage.SIGNATURES_MONTH", "Combien de documents faites-vous signer par mois ?",
     "How many documents do you have signed per month?"},
    {"usage.BOOKINGS_MONTH", "Combien de réservations ou de rendez-vous prenez-vous par mois ?",
     "How many bookings or appointments do you take per month?"},
    {"usage.DEVICES", "Combien d'ordinateurs et d'autres appareils utilisez-vous ?",
     "How many computers and other devices do you use?"},
    {"usage.TRAFFIC_GB_MONTH", "Combien de Go votre site envoie-t-il par mois ?",
     "How many GB does your site send per month?"},
    {"usage.SOCIAL_ACCOUNTS", "Combien de comptes de réseaux sociaux animez-vous ?",
     "How many social accounts do you run?"},
    {"usage.AD_SPEND_MONTH", "Combien dépensez-vous en publicité par mois ?",
     "How much do you spend on advertising per month?"},
};

// Many regions under one name: those of the mainland, or all of them.
struct RegionGroup {
  absl::string_view code;
  absl::string_view fr;
  absl::string_view en;
};
constexpr RegionGroup kRegionGroups[] = {
    {"FR-ALL", "toute la France, outre-mer compris", "all of France, overseas included"},
    {"FR-METRO", "France métropolitaine", "mainland France"},
};

std::string PrintSet(const FactInfo& info, int64_t value, const catalog::v1::Rulebook& rulebook,
                     Language language) {
  std::vector<std::string> items;
  if (info.code_list == "regions" && language != Language::kNeutral) {
    for (const RegionGroup& group : kRegionGroups) {
      const auto mask =
          static_cast<int64_t>(catalog::MaskOfCode(info.code_list, group.code).value_or(0));
      if (mask == 0 || (value & mask) != mask) continue;
      items.emplace_back(Pick(language, group.fr, group.en, group.code));
      value &= ~mask;
    }
  }
  for (int bit = 0; bit < 63; ++bit) {
    if (((value >> bit) & 1) == 0) continue;
    if (info.enum_type != nullptr) {
      items.push_back(EnumLabel(*info.enum_type, bit, language));
    } else if (info.code_list == kNeedsCodeList) {
      if (bit >= rulebook.needs_size()) continue;
      const auto& need = rulebook.needs(bit);
      items.emplace_back(Pick(language, need.title().fr(), need.title().en(), need.need_id()));
    } else {
      const auto entries = catalog::CodeListEntries(info.code_list);
      if (static_cast<size_t>(bit) >= entries.size()) continue;
      const auto& entry = entries[static_cast<size_t>(bit)];
      items.emplace_back(Pick(language, entry.label_fr, entry.label_en, entry.code));
    }
  }
  if (items.empty()) return std::string(Pick(language, "aucun", "none", ""));
  return absl::StrJoin(items, ", ");
}

// Trades: "A" to "U", "56", "56.10".
std::string PrintSectors(const FactInfo& info, int64_t value, Language language) {
  if (info.side == FactSide::kRequest) {
    const engine::Activity activity = engine::UnpackActivity(value);
    if (activity.class_code == 0) return absl::StrFormat("%02d", activity.division);
    return absl::StrFormat("%02d.%02d", activity.class_code / 100, activity.class_code % 100);
  }
  if (value == engine::kGenericSector) {
    return std::string(Pick(language, "tous métiers", "any trade", "*"));
  }
  std::vector<std::string> trades;
  for (uint32_t i = 0; i < engine::kMaxSectors; ++i) {
    const engine::Sector sector = engine::UnpackSector(value, i);
    switch (sector.level) {
      case engine::SectorLevel::kNone:
        break;
      case engine::SectorLevel::kSection:
        trades.emplace_back(1, static_cast<char>('A' + (sector.code + 25) % 26));
        break;
      case engine::SectorLevel::kDivision:
        trades.push_back(absl::StrFormat("%02d", sector.code));
        break;
      case engine::SectorLevel::kClass:
        trades.push_back(absl::StrFormat("%02d.%02d", sector.code / 100, sector.code % 100));
        break;
    }
  }
  return absl::StrJoin(trades, ", ");
}

// Where data lies at worst, DerivedFact::kHostingClass.
std::string PrintHostingClass(int64_t value, Language language) {
  static constexpr absl::string_view kFr[] = {"hors d'Europe, sans décision d'adéquation",
                                              "pays reconnu adéquat", "Espace économique européen",
                                              "France"};
  static constexpr absl::string_view kEn[] = {"outside Europe, without adequacy decision",
                                              "country of an adequacy decision",
                                              "European Economic Area", "France"};
  if (language == Language::kNeutral || value < 0 || value > 3) return PrintCount(value, language);
  return std::string(Pick(language, kFr[value], kEn[value], ""));
}

}  // namespace

std::string PrintMoney(int64_t micros, Language language) {
  const std::string amount = Decimal(micros, kMicrosPerUnit, 2, language);
  switch (language) {
    case Language::kFr:
      return absl::StrCat(amount, kNoBreak, "€");
    case Language::kEn:
      return absl::StrCat("EUR", kNoBreak, amount);
    case Language::kNeutral:
      break;
  }
  return absl::StrCat(amount, " EUR");
}

std::string PrintCount(int64_t value, Language language) { return Decimal(value, 1, 0, language); }

std::string PrintPercent(int64_t basis_points, Language language) {
  return absl::StrCat(Decimal(basis_points, 100, 0, language), Pick(language, kNoBreak, "", " "),
                      "%");
}

std::string PrintDay(int32_t day, Language language) {
  static constexpr absl::string_view kFr[] = {"janvier",   "février", "mars",     "avril",
                                              "mai",       "juin",    "juillet",  "août",
                                              "septembre", "octobre", "novembre", "décembre"};
  static constexpr absl::string_view kEn[] = {"January",   "February", "March",    "April",
                                              "May",       "June",     "July",     "August",
                                              "September", "October",  "November", "December"};
  if (language == Language::kNeutral) return base::FormatDay(day);
  const base::CivilDay civil = base::FromDayNumber(day);
  const size_t month = static_cast<size_t>(civil.month) - 1;
  if (language == Language::kEn) {
    return absl::StrCat(civil.day, kNoBreak, kEn[month], kNoBreak, civil.year);
  }
  return absl::StrCat(civil.day, civil.day == 1 ? "er" : "", kNoBreak, kFr[month], kNoBreak,
                      civil.year);
}

std::string PrintQuantity(int64_t value, absl::string_view unit, Language language) {
  if (value == engine::kUnlimited) {
    return std::string(Pick(language, "sans limite", "no limit", "unlimited"));
  }
  if (unit == "micros") return PrintMoney(value, language);
  if (unit == "bp") return PrintPercent(value, language);
  if (unit == "percent") {
    return absl::StrCat(PrintCount(value, language), Pick(language, kNoBreak, "", " "), "%");
  }
  if (unit == "day") return PrintDay(static_cast<int32_t>(value), language);
  if (unit == "months")
    return Counted(value, language, "mois", "mois", "month", "months", "months");
  if (unit == "days") return Counted(value, language, "jour", "jours", "day", "days", "days");
  if (unit == "hours") {
    return Counted(value, language, "heure", "heures", "hour", "hours", "hours");
  }
  if (unit == "points") {
    return Counted(value, language, "point", "points", "point", "points", "points");
  }
  if (unit == "classes") {
    if (value == 0 && language != Language::kNeutral) {
      return std::string(Pick(language, "aucun", "none", ""));
    }
    return Counted(value, language, "classe de taille", "classes de taille", "size class",
                   "size classes", "classes");
  }
  if (unit == "GB") return Counted(value, language, "Go", "Go", "GB", "GB", "GB");
  if (unit == "milli") return Decimal(value, 1'000, 1, language);
  return PrintCount(value, language);
}

std::string EnumLabel(const google::protobuf::EnumDescriptor& type, int number, Language language) {
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  if (language == Language::kNeutral) return value->name();
  // The table is searched once; a value is then found by its own address.
  static const auto* const kByValue = [] {
    auto* made =
        new absl::flat_hash_map<const google::protobuf::EnumValueDescriptor*, const Label*>();
    const auto& pool = *google::protobuf::DescriptorPool::generated_pool();
    for (const Label& label : kLabels) {
      const auto* of = pool.FindEnumTypeByName(std::string(label.type));
      if (of == nullptr) continue;
      const auto* one = of->FindValueByName(std::string(label.value));
      if (one != nullptr) made->emplace(one, &label);
    }
    return made;
  }();
  if (const auto found = kByValue->find(value); found != kByValue->end()) {
    const Label& label = *found->second;
    return std::string(Pick(language, label.fr, label.en, label.value));
  }
  return value->name();
}

std::string PrintFact(const FactInfo& info, int64_t value, const catalog::v1::Rulebook& rulebook,
                      Language language) {
  switch (info.kind) {
    case FactKind::kBoolean:
      return std::string(value != 0 ? Pick(language, "oui", "yes", "true")
                                    : Pick(language, "non", "no", "false"));
    case FactKind::kEnum:
      return info.enum_type == nullptr
                 ? PrintCount(value, language)
                 : EnumLabel(*info.enum_type, static_cast<int>(value), language);
    case FactKind::kSet:
      return PrintSet(info, value, rulebook, language);
    case FactKind::kPacked:
      return PrintSectors(info, value, language);
    case FactKind::kMoney:
      return PrintQuantity(value, "micros", language);
    case FactKind::kDay:
      return PrintQuantity(value, "day", language);
    case FactKind::kInteger:
    case FactKind::kLimit:
      break;
  }
  if (info.fact_id == static_cast<int32_t>(DerivedFact::kHostingClass)) {
    return PrintHostingClass(value, language);
  }
  return PrintQuantity(value, info.unit, language);
}

std::string MetricLabel(int metric, Language language) {
  if (metric <= 0 || metric >= static_cast<int>(engine::kMetricCount)) return "";
  const MetricWords& words = kMetrics[static_cast<size_t>(metric)];
  return std::string(
      Pick(language, words.fr, words.en, type::Metric_Name(static_cast<type::Metric>(metric))));
}

std::string PrintUsage(int metric, int64_t value, Language language) {
  if (metric <= 0 || metric >= static_cast<int>(engine::kMetricCount)) return "";
  const bool money = kMetrics[static_cast<size_t>(metric)].money;
  const std::string amount = money ? PrintMoney(value, language) : PrintCount(value, language);
  if (language == Language::kNeutral) return amount;
  // The label first: no singular to mind.
  return absl::StrCat(MetricLabel(metric, language), language == Language::kFr ? " : " : ": ",
                      amount);
}

std::string SizeClassLabel(uint32_t cost_class, Language language) {
  static constexpr absl::string_view kFr[] = {"sans salarié", "de 1 à 9 salariés",
                                              "de 10 à 49 salariés", "de 50 salariés ou plus"};
  static constexpr absl::string_view kEn[] = {"without employees", "of 1 to 9 employees",
                                              "of 10 to 49 employees", "of 50 employees or more"};
  static constexpr absl::string_view kNeutral[] = {"SOLO", "MICRO", "SMALL", "MEDIUM"};
  const size_t i = std::min<size_t>(cost_class, 3);
  return std::string(Pick(language, kFr[i], kEn[i], kNeutral[i]));
}

std::string PrintSectorFit(int64_t fit, Language language) {
  static constexpr absl::string_view kFr[] = {"autre métier", "tous métiers", "même secteur",
                                              "même branche", "même métier"};
  static constexpr absl::string_view kEn[] = {"another trade", "any trade", "same sector",
                                              "same branch", "same trade"};
  if (language == Language::kNeutral || fit < 0 || fit > 4) return PrintCount(fit, language);
  return std::string(Pick(language, kFr[fit], kEn[fit], ""));
}

type::LocalizedText QuestionText(absl::string_view field) {
  for (const QuestionWords& question : kQuestions) {
    if (question.field == field) {
      return Text(std::string(question.fr), std::string(question.en));
    }
  }
  return {};
}

std::string Fill(absl::string_view text, const std::vector<Placeholder>& values) {
  return Fill(text, [&values](absl::string_view name, std::string& out) {
    for (const Placeholder& value : values) {
      if (value.name != name) continue;
      out += value.value;
      return true;
    }
    return false;
  });
}

std::string Fill(absl::string_view text, FillIn fill_in) {
  std::string filled;
  filled.reserve(text.size() + 32);
  size_t at = 0;
  while (at < text.size()) {
    // One pass, so that what is filled in is never searched for placeholders itself.
    const size_t open = text.find('{', at);
    if (open == absl::string_view::npos) break;
    const size_t close = text.find('}', open);
    if (close == absl::string_view::npos) break;
    filled.append(text.data() + at, open - at);
    if (fill_in(text.substr(open + 1, close - open - 1), filled)) {
      at = close + 1;
    } else {
      filled += '{';
      at = open + 1;
    }
  }
  filled.append(text.data() + at, text.size() - at);
  return filled;
}

type::LocalizedText Text(std::string fr, std::string en) {
  type::LocalizedText text;
  text.set_fr(std::move(fr));
  text.set_en(std::move(en));
  return text;
}

}  // namespace aplomb::decision
