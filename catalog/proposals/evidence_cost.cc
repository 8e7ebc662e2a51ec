#include "catalog/proposals/evidence_cost.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Certificate;

// Statements whose document has to be made first; all others are of the first kind.
constexpr EvidenceCost kPublish = {
    Effort::kHours, false,
    "publier une page qui le dit, ou désigner celle qui existe, et donner son adresse",
    "publish a page that says so, or name the one that is there, and give its address"};
struct DocumentRow {
  absl::string_view field;
  EvidenceCost cost;
};
constexpr DocumentRow kDocuments[] = {
    {"accessibility",
     {Effort::kDays, false,
      "évaluer les pages selon le référentiel et publier la déclaration d'accessibilité",
      "assess the pages by the standard and publish the statement of accessibility"}},
    {"eco",
     {Effort::kDays, false, "mesurer et publier la déclaration d'écoconception",
      "measure, and publish the statement on eco-design"}},
    {"service_level",
     {Effort::kDays, false, "rédiger l'engagement de service et le joindre aux conditions",
      "write the commitment down and put it with the terms"}},
    {"security",
     {Effort::kDays, false, "décrire les mesures dans une page de sécurité publique",
      "describe the measures in a public page on security"}},
};
struct CertificateRow {
  Certificate::Scheme scheme;
  EvidenceCost cost;
};
constexpr CertificateRow kCertificates[] = {
    {Certificate::SECNUMCLOUD,
     {Effort::kMonths, true,
      "audit par un évaluateur agréé par l'ANSSI, qualification pour trois ans, surveillance "
      "chaque année",
      "an audit by an assessor that ANSSI has approved; qualified for three years, looked at again "
      "each year"}},
    {Certificate::HDS,
     {Effort::kMonths, true,
      "audit par un organisme accrédité, certificat de trois ans, surveillance chaque année",
      "an audit by an accredited body; a certificate of three years, looked at again each year"}},
    {Certificate::ISO27001,
     {Effort::kMonths, true,
      "audit par un organisme accrédité, certificat de trois ans, surveillance chaque année",
      "an audit by an accredited body; a certificate of three years, looked at again each year"}},
    {Certificate::ISO27701,
     {Effort::kMonths, true, "extension d'un système ISO 27001, auditée de même",
      "an extension of an ISO 27001 system, audited likewise"}},
    {Certificate::PCI_DSS,
     {Effort::kWeeks, true,
      "évaluation chaque année, par un évaluateur agréé ou par questionnaire selon le volume",
      "assessed each year, by an approved assessor or by questionnaire, by the volume of "
      "payments"}},
    {Certificate::NF525,
     {Effort::kWeeks, true, "audit du logiciel de caisse par le certificateur, suivi chaque année",
      "an audit of the till software by the certifier, followed up each year"}},
    {Certificate::LNE_CAISSE,
     {Effort::kWeeks, true, "audit du logiciel de caisse par le certificateur, suivi chaque année",
      "an audit of the till software by the certifier, followed up each year"}},
    {Certificate::PA_EINVOICE,
     {Effort::kMonths, true,
      "immatriculation par l'administration pour trois ans, sur dossier et audit",
      "registered by the tax authority for three years, on a file and an audit"}},
    {Certificate::NF203,
     {Effort::kWeeks, true, "audit du logiciel comptable par le certificateur, suivi chaque année",
      "an audit of the accounting software by the certifier, followed up each year"}},
    {Certificate::RGAA_AUDIT,
     {Effort::kDays, true,
      "audit des 106 critères sur un échantillon de pages, déclaration à publier",
      "an audit of the 106 criteria over a sample of pages, with a statement to publish"}},
    {Certificate::EXPERTCYBER,
     {Effort::kDays, true, "dossier et audit documentaire, label de deux ans",
      "a file and an audit of documents; a label of two years"}},
};

}  // namespace

const EvidenceCost& CostOfDocument(absl::string_view field) {
  for (const DocumentRow& row : kDocuments) {
    if (row.field == field) return row.cost;
  }
  return kPublish;
}

const EvidenceCost* CostOfCertificate(Certificate::Scheme scheme) {
  for (const CertificateRow& row : kCertificates) {
    if (row.scheme == scheme) return &row.cost;
  }
  return nullptr;
}

}  // namespace aplomb::proposals
