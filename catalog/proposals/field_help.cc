#include "catalog/proposals/field_help.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace aplomb::proposals {
namespace {

constexpr FieldHelp kHelp[] = {
    {"Offering.kind",
     "ce qui est vendu : SAAS tourne chez vous, ONPREM chez l'entreprise (hébergement et entretien "
     "s'ajoutent au coût), SERVICE est un travail",
     "what is sold: SAAS runs at yours, ONPREM at the firm's (hosting and upkeep are added to the "
     "cost), SERVICE is work"},
    {"Offering.delivery_mode",
     "absent : déduit de kind (SERVICE et TRAINING font faire, le reste est à faire soi-même)",
     "absent: derived from kind (SERVICE and TRAINING are had done, all else is done oneself)"},
    {"Offering.claims_valid_to",
     "dernier jour de la fiche entière ; après, elle n'est plus proposée",
     "last day of the whole entry; afterwards it is not proposed"},
    {"Offering.external_ids", "clés de la même chose ailleurs : \"domain:exemple.fr\"",
     "keys of the same thing elsewhere: \"domain:example.com\""},
    {"Offering.categories", "catégories de publiccode.yml", "categories of publiccode.yml"},
    {"Pricing.transparency",
     "PUBLIC_COMPLETE : liste publique avec tous les frais ; PUBLIC_PARTIAL : il en manque ; "
     "RANGE_ON_REQUEST : fourchette sur demande ; QUOTE_ONLY : devis seulement",
     "PUBLIC_COMPLETE: a public list with all fees; PUBLIC_PARTIAL: some are missing; "
     "RANGE_ON_REQUEST: a range when asked; QUOTE_ONLY: quotations only"},
    {"Audience.staff_min", "salariés des plus petites entreprises visées, 0 : aucun",
     "employees of the smallest firms that it is meant for, 0: none"},
    {"Audience.staff_max",
     "salariés des plus grandes ; plus de trois classes de taille : généraliste",
     "employees of the largest; more than three size classes read as general"},
    {"Audience.generic_sector", "true : pour tous les métiers", "true: for any trade"},
    {"Audience.naf_codes", "métiers visés, NAF rév. 2 : \"I\", \"56\" ou \"56.10\"",
     "trades it is made for, NAF rév. 2: \"I\", \"56\" or \"56.10\""},
    {"Audience.skill_required",
     "aisance demandée : 0 aucune, 1 téléphone et e-mail, 2 à l'aise, 3 sait administrer un "
     "logiciel, 4 informaticien",
     "skill needed: 0 none, 1 telephone and e-mail, 2 at ease, 3 can administer software, 4 IT "
     "staff"},
    {"Commitment.min_months", "durée minimale, 0 : sans engagement",
     "least duration, 0: no commitment"},
    {"Commitment.exit_fee",
     "frais de sortie ; le coût les compte par une ligne EXIT du tarif, à donner aussi",
     "fee for leaving; the cost counts it through an EXIT line of the tariff, to be given as well"},
    {"Onboarding.days_to_live", "jours habituels jusqu'au premier usage",
     "usual days until first use"},
    {"Onboarding.migration_included", "true : les données existantes sont reprises sans supplément",
     "true: existing data is taken over at no extra price"},
    {"Support.first_response_hours", "heures ouvrées jusqu'à une première réponse, promises",
     "working hours until a first answer, as promised"},
    {"ServiceLevel.availability_bp", "9990 veut dire 99,90 %", "9990 means 99.90 %"},
    {"Hosting.locations", "pays où se trouvent les données, ISO 3166 ; [] : aucun",
     "countries where the data lies, ISO 3166; []: none"},
    {"Hosting.law_exposure",
     "lois extérieures à l'Union qui atteignent l'opérateur : NONE_EXTRA_EU aucune, ADEQUATE "
     "décision d'adéquation, STANDARD_CLAUSES clauses types",
     "laws from outside the Union that reach the operator: NONE_EXTRA_EU none, ADEQUATE adequacy "
     "decision, STANDARD_CLAUSES standard clauses"},
    {"Hosting.hosts_customer_data",
     "false : aucune donnée de l'entreprise ni de ses clients ne sort de chez elle",
     "false: no data of the firm or of its customers leaves its premises"},
    {"Hosting.transfer_lawful", "false : des données partent sans décision, clauses ni autre base",
     "false: data goes where no decision, clauses or other basis covers it"},
    {"Offering.certificates", "[] : aucun ; absent : inconnu ; après valid_to, compte comme absent",
     "[]: none; absent: unknown; after valid_to it counts as absent"},
    {"Certificate.scope_matches", "true : la portée couvre l'offre telle que vendue (HDS l'exige)",
     "true: the scope covers the offering as sold (HDS asks for it)"},
    {"Accessibility.conformity_bp", "part des critères remplis, 7550 veut dire 75,50 %",
     "share of the criteria met, 7550 means 75.50 %"},
    {"Portability.full_export_self_service", "true : tout, par soi-même, à tout moment",
     "true: everything, by oneself, at any time"},
    {"Portability.retrieval_days",
     "jours pendant lesquels les données restent à prendre, une fois parti",
     "days during which the data can be fetched after leaving"},
    {"Portability.switching_fee",
     "frais de changement (règlement (UE) 2023/2854), 0.00 EUR : aucun",
     "fee for switching (Regulation (EU) 2023/2854), 0.00 EUR: none"},
    {"Licence.spdx", "expression SPDX, ou PROPRIETARY", "SPDX expression, or PROPRIETARY"},
    {"Eco.rgesn_score_bp", "score de la déclaration RGESN, 8000 veut dire 80 %",
     "score of the RGESN statement, 8000 means 80 %"},
    {"Eco.hosting_pue_milli", "PUE de l'hébergement en millièmes, 1200 veut dire 1,2",
     "PUE of the hosting in thousandths, 1200 means 1.2"},
    {"AccountingFacts.einvoicing_role",
     "NO_ROLE : n'y participe pas ; COMPATIBLE_SOLUTION : logiciel raccordé à une plateforme "
     "agréée ; "
     "APPROVED_PLATFORM : plateforme immatriculée",
     "NO_ROLE: takes no part; COMPATIBLE_SOLUTION: software connected to a plateforme agréée; "
     "APPROVED_PLATFORM: a registered platform"},
    {"AccountingFacts.pa_named", "true : la plateforme agréée de raccordement est nommée",
     "true: the plateforme agréée that it is connected to is named"},
    {"AccountingFacts.formats_in", "formats reçus", "formats received"},
    {"AccountingFacts.formats_out", "formats émis", "formats issued"},
    {"AccountingFacts.ereporting", "true : transmet l'e-reporting", "true: sends the e-reporting"},
    {"PosFacts.proof_kind",
     "preuve du CGI, art. 286, I, 3° bis : PUBLISHER_ATTESTATION attestation individuelle de "
     "l'éditeur, NF525_CERTIFICATE ou LNE_CERTIFICATE (avec proof_valid_to)",
     "proof under CGI art. 286 I 3 bis: PUBLISHER_ATTESTATION individual attestation, "
     "NF525_CERTIFICATE or LNE_CERTIFICATE (with proof_valid_to)"},
    {"PaymentFacts.psp_licence",
     "qui tient les fonds : ACPR agréé en France, EEA_PASSPORT passeport européen, AGENT d'un "
     "établissement agréé, NO_LICENCE",
     "who holds the funds: ACPR licensed in France, EEA_PASSPORT European passport, AGENT of a "
     "licensed institution, NO_LICENCE"},
    {"PriceComponent.min_units", "PER_USER : nombre de comptes facturés au moins",
     "PER_USER: least number of users charged"},
    {"PriceComponent.included", "USAGE : unités par mois sans frais",
     "USAGE: units per month that cost nothing"},
    {"PriceComponent.unit_count", "USAGE : amount est le prix de tant d'unités",
     "USAGE: amount is the price of this many units"},
    {"PriceComponent.rate_bp", "COMMISSION : 140 veut dire 1,40 % des ventes",
     "COMMISSION: 140 means 1.40 % of sales"},
    {"PriceComponent.indexation_bp_per_year", "hausse annuelle du contrat, 200 veut dire 2 %",
     "yearly rise written in the contract, 200 means 2 %"},
    {"PriceComponent.feature_ids", "option : ne compte que si une de ces fonctions est exigée",
     "option: counts only where one of these features is required"},
    {"Claim.source_sha256", "SHA-256 du document tel que lu : sha256sum FICHIER",
     "SHA-256 of the document as it was read: sha256sum FILE"},
    {"Claim.certificate_number", "CERTIFIED : numéro du certificat",
     "CERTIFIED: number of the certificate"},
    {"Claim.source", "DOCUMENTED : adresse du document ; CERTIFIED : qui certifie",
     "DOCUMENTED: address of the document; CERTIFIED: who certifies"},
    {"Claim.field_path", "groupe de faits (pricing) ou un fait (commitment.min_months)",
     "a group of facts (pricing) or one fact (commitment.min_months)"},
    {"Claim.evidence", "CHECKED est écrit par les évaluateurs seulement",
     "CHECKED is written by reviewers only"},
};

constexpr PriceExample kPrices[] = {
    {"{model: PER_USER, amount: 9.00 EUR, period: MONTH, min_units: 3}",
     "par compte ; au moins 3 comptes facturés", "for each user; at least 3 are charged"},
    {"{model: USAGE, metric: USERS, included: 5, amount: 4.00 EUR}",
     "5 comptes compris, puis 4 EUR par compte et par mois",
     "5 users included, then 4 EUR for each user and month"},
    {"{model: USAGE, metric: EMAILS_MONTH, included: 1000, unit_count: 1000, amount: 2.00 EUR}",
     "1 000 compris, puis 2 EUR les 1 000", "1,000 included, then 2 EUR for each 1,000"},
    {"{model: TIERED, metric: USERS, period: MONTH, tiers: [{up_to: 10, unit_price: 5.00 EUR}, "
     "{unit_price: 4.00 EUR}]}",
     "chaque compte au prix de sa tranche", "each user at the price of its tier"},
    {"{model: COMMISSION, metric: ONLINE_SALES_MONTH, rate_bp: 140, per_transaction: 0.25 EUR}",
     "1,40 % des ventes et 0,25 EUR par commande", "1.40 % of sales and 0.25 EUR an order"},
    {"{model: SETUP, amount: 100.00 EUR}", "payé une fois, au début", "paid once, at the start"},
    {"{model: YEARLY_FEE, amount: 12.00 EUR}", "payé chaque année (nom de domaine)",
     "paid each year (domain name)"},
    {"{model: QUOTE, amount: 500.00 EUR, amount_max: 900.00 EUR, period: ONE_OFF}",
     "sur devis ; le plus cher compte", "on quotation; the dearer end counts"},
};

}  // namespace

absl::Span<const FieldHelp> AllFieldHelp() { return kHelp; }

const FieldHelp* FindFieldHelp(const google::protobuf::FieldDescriptor& field) {
  const std::string name = absl::StrCat(field.containing_type()->name(), ".", field.name());
  const auto* found = std::find_if(std::begin(kHelp), std::end(kHelp),
                                   [&name](const FieldHelp& one) { return one.field == name; });
  return found == std::end(kHelp) ? nullptr : found;
}

absl::Span<const PriceExample> PriceExamples() { return kPrices; }

}  // namespace aplomb::proposals
