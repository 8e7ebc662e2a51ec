#include "catalog/import/twofactor.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "catalog/import/text.h"

namespace aplomb::catalog {
namespace {

using OfferingsByDomain = std::map<std::string, std::vector<v1::Offering*>>;

OfferingsByDomain IndexOf(ImportContext* context) {
  OfferingsByDomain index;
  for (v1::Offering& offering : *context->mutable_offerings()) {
    if (offering.kind() != v1::Offering::SOFTWARE_SAAS) continue;
    for (const std::string& id : offering.external_ids()) {
      absl::string_view domain = id;
      if (absl::ConsumePrefix(&domain, "domain:")) index[std::string(domain)].push_back(&offering);
    }
  }
  return index;
}

std::vector<std::string> DomainsOf(const YamlNode& entry) {
  std::vector<std::string> domains = {absl::AsciiStrToLower(entry.FindText("domain"))};
  if (const YamlNode* more = entry.Find("additional-domains")) {
    for (const YamlNode& domain : more->items) {
      domains.push_back(absl::AsciiStrToLower(domain.text));
    }
  }
  return domains;
}

// True if the offering now says what the directory says.
bool Join(bool has_second_factor, const std::string& source, const std::string& sha256,
          v1::Offering* offering) {
  v1::Security* security = offering->mutable_security();
  if (security->has_mfa()) return security->mfa() == has_second_factor;
  security->set_mfa(has_second_factor);
  AddClaim(offering, "security.mfa", type::DOCUMENTED, source, nullptr, sha256);
  return true;
}

}  // namespace

ImportReport JoinTwoFactor(absl::string_view file, absl::string_view bytes, ImportContext* context,
                           base::Issues* issues) {
  ImportReport report;
  report.source = std::string(file);
  YamlNode root;
  const YamlOptions options = {.refuse_hidden_characters = false, .refuse_duplicate_keys = false};
  if (!ReadYaml(file, bytes, options, &root, issues)) return report;
  if (!root.is_list()) {
    MessageReader(file, issues)
        .Refuse(root, "", "NOT_A_LIST", "une liste de services est attendue",
                "a list of services is expected");
    return report;
  }
  const OfferingsByDomain index = IndexOf(context);
  const std::string sha256 = DocumentHash(bytes);
  for (const YamlNode& entry : root.items) {
    ImportRecord record;
    const std::string domain = absl::AsciiStrToLower(entry.FindText("domain"));
    record.key = OneLine(domain, 60);
    if (domain.empty()) {
      record.key = YamlPlace("", entry.line, entry.column);
      record.reason = "INVALID_RECORD";
      record.text_fr = "domain est attendu";
      record.text_en = "domain is expected";
      report.records.push_back(std::move(record));
      continue;
    }
    const YamlNode* methods = entry.Find("tfa");
    const bool there = methods != nullptr && !methods->items.empty();
    std::string source(entry.FindText("documentation"));
    if (source.empty()) source = absl::StrCat("https://2fa.directory/#", domain);
    bool agreed = true;
    for (const std::string& name : DomainsOf(entry)) {
      const auto found = index.find(name);
      if (found == index.end()) continue;
      for (v1::Offering* offering : found->second) {
        agreed &= Join(there, source, sha256, offering);
        record.offerings.push_back(offering->name());
      }
    }
    if (record.offerings.empty()) {
      record.reason = "NO_OFFERING";
      record.text_fr = "aucune offre de ce domaine";
      record.text_en = "no offering of this domain";
    } else if (!agreed) {
      record.outcome = ImportOutcome::kPartial;
      record.reason = "CONFLICT";
      record.text_fr = "une relecture dit le contraire et reste";
      record.text_en = "a review says the contrary and stays";
    } else {
      record.outcome = ImportOutcome::kImported;
      record.reason = "OK";
      record.text_fr = there ? "double authentification" : "pas de double authentification";
      record.text_en = there ? "second factor" : "no second factor";
    }
    report.records.push_back(std::move(record));
  }
  return report;
}

}  // namespace aplomb::catalog
