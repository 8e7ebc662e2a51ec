#include "catalog/import/publiccode.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catalog/code_lists.h"
#include "catalog/identifiers.h"
#include "catalog/import/text.h"

namespace aplomb::catalog {
namespace {

const YamlNode kNothing;

const YamlNode& Child(const YamlNode& node, absl::string_view key) {
  const YamlNode* child = node.Find(key);
  return child == nullptr ? kNothing : *child;
}

bool IsKnownVersion(absl::string_view version) {
  return version == "0.2" || version == "0.3" || version == "0.4" ||
         absl::StartsWith(version, "0.2.") || absl::StartsWith(version, "0.3.") ||
         absl::StartsWith(version, "0.4.");
}

// The text of one kind in both languages, where both are there.
void SetText(const YamlNode& description, absl::string_view key, size_t most,
             type::LocalizedText* (v1::Offering::*mutable_text)(), v1::Offering* offering) {
  const std::string fr = OneLine(Child(description, "fr").FindText(key), most);
  const std::string en = OneLine(Child(description, "en").FindText(key), most);
  if (fr.empty() || en.empty()) return;
  type::LocalizedText* text = (offering->*mutable_text)();
  text->set_fr(fr);
  text->set_en(en);
}

void SetPlatforms(const YamlNode& root, v1::Offering* offering) {
  static const auto* const kPlatforms = new std::map<absl::string_view, v1::PlatformList::Platform>{
      {"web", v1::PlatformList::WEB}, {"windows", v1::PlatformList::WINDOWS},
      {"mac", v1::PlatformList::MAC}, {"linux", v1::PlatformList::LINUX},
      {"ios", v1::PlatformList::IOS}, {"android", v1::PlatformList::ANDROID}};
  for (const YamlNode& item : Child(root, "platforms").items) {
    const auto found = kPlatforms->find(absl::AsciiStrToLower(item.text));
    if (found != kPlatforms->end()) offering->mutable_platforms()->add_platforms(found->second);
  }
}

void SetStatus(const YamlNode& root, v1::Offering* offering) {
  v1::Offering::DevelopmentStatus status;
  if (v1::Offering::DevelopmentStatus_Parse(
          absl::AsciiStrToUpper(root.FindText("developmentStatus")), &status)) {
    offering->set_development_status(status);
  }
}

void SetLanguages(const YamlNode& root, v1::Offering* offering) {
  std::set<std::string> seen;
  for (const YamlNode& item : Child(Child(root, "localisation"), "availableLanguages").items) {
    const std::string code = absl::AsciiStrToLower(item.text.substr(0, item.text.find('-')));
    if (!FindCode("languages", code).has_value() || !seen.insert(code).second) continue;
    offering->mutable_languages()->mutable_ui()->add_codes(code);
  }
}

void SetNeeds(const YamlNode& root, const CategoryNeeds& category_needs, v1::Offering* offering) {
  std::set<std::string> needs;
  for (const YamlNode& item : Child(root, "categories").items) {
    offering->add_categories(OneLine(item.text, 80));
    const auto found = category_needs.find(item.text);
    if (found != category_needs.end()) needs.insert(found->second.begin(), found->second.end());
  }
  for (const std::string& need : needs) offering->add_need_ids(need);
}

}  // namespace

ImportReport ImportPublicCode(absl::string_view file, absl::string_view bytes,
                              const CategoryNeeds& category_needs, base::DayNumber read_on,
                              ImportContext* context, base::Issues* issues) {
  ImportReport report;
  report.source = std::string(file);
  context->SetDocument(bytes);
  YamlNode root;
  const YamlOptions options = {.refuse_hidden_characters = false, .refuse_duplicate_keys = false};
  if (!ReadYaml(file, bytes, options, &root, issues)) return report;
  ImportRecord record;
  const std::string name(root.FindText("name"));
  record.key = name.empty() ? std::string(file) : OneLine(name, 60);
  const auto refuse = [&](absl::string_view reason, absl::string_view fr, absl::string_view en) {
    record.reason = std::string(reason);
    record.text_fr = std::string(fr);
    record.text_en = std::string(en);
    report.records.push_back(record);
    return report;
  };
  const std::string version(root.FindText("publiccodeYmlVersion"));
  if (!IsKnownVersion(version)) {
    return refuse(
        "INVALID_RECORD",
        absl::StrCat("publiccodeYmlVersion \"", OneLine(version, 20), "\" ; admis : 0.2 à 0.4"),
        absl::StrCat("publiccodeYmlVersion \"", OneLine(version, 20), "\"; allowed: 0.2 to 0.4"));
  }
  const std::string url(root.FindText("url"));
  if (name.empty() || url.empty()) {
    return refuse("INVALID_RECORD", "name et url sont attendus", "name and url are expected");
  }
  v1::Offering offering;
  offering.set_kind(v1::Offering::SOFTWARE_ONPREM);
  offering.mutable_title()->set_fr(OneLine(name, 79));
  offering.mutable_title()->set_en(OneLine(name, 79));
  const YamlNode& description = Child(root, "description");
  SetText(description, "genericName", 34, &v1::Offering::mutable_generic_name, &offering);
  SetText(description, "shortDescription", 149, &v1::Offering::mutable_short_description,
          &offering);
  SetText(description, "longDescription", 9'999, &v1::Offering::mutable_long_description,
          &offering);
  const std::string landing(root.FindText("landingURL"));
  if (IsHttpsUrl(landing)) offering.set_landing_url(landing);
  const std::string host = HostOf(landing);
  if (!host.empty()) offering.add_external_ids(absl::StrCat("domain:", host));
  offering.add_external_ids(absl::StrCat("publiccode:", OneLine(url, 400)));
  SetPlatforms(root, &offering);
  SetStatus(root, &offering);
  SetLanguages(root, &offering);
  SetNeeds(root, category_needs, &offering);
  if (offering.need_ids().empty()) {
    const std::string list = absl::StrJoin(offering.categories(), ", ");
    return refuse("NO_NEED", absl::StrCat("aucun besoin ne correspond à ses catégories : ", list),
                  absl::StrCat("no need corresponds to its categories: ", list));
  }
  const google::type::Date day = DateOf(read_on);
  const YamlNode& legal = Child(root, "legal");
  if (const std::string licence(legal.FindText("license")); !licence.empty()) {
    // The standard describes free software only (its section on legal/license).
    offering.mutable_licence()->set_spdx(OneLine(licence, 200));
    offering.mutable_licence()->set_free_software(true);
    type::Pricing* pricing = offering.mutable_pricing();
    // The file states a licence. How openly other fees are published it does not say.
    *pricing->mutable_as_of() = day;
    if (IsHttpsUrl(url)) pricing->set_source_url(url);
    AddClaim(&offering, "licence", type::DOCUMENTED, url, &day);
    AddClaim(&offering, "pricing", type::DOCUMENTED, url, &day);
  }
  v1::Member member;
  std::string owner(legal.FindText("mainCopyrightOwner"));
  if (owner.empty()) owner = std::string(legal.FindText("repoOwner"));
  if (owner.empty()) owner = name;
  member.set_name(absl::StrCat("members/", SlugOf(owner)));
  member.set_display_name(OneLine(owner, 100));
  member.set_kind(v1::Member::PUBLISHER);
  member.set_country_code("ZZ");
  record.unknown = UnknownFields(offering);
  record.outcome = OutcomeOf(offering);
  base::Issues found;
  std::string offering_name;
  if (!context->AddMember(member, SlugOf(owner), &found) ||
      !context->AddOffering(member.name(), SlugOf(name), std::move(offering), &found,
                            &offering_name)) {
    record.outcome = ImportOutcome::kRefused;
    return refuse("INVALID_RECORD", IssuesText(found, true), IssuesText(found, false));
  }
  record.offerings.push_back(offering_name);
  const bool partial = record.outcome == ImportOutcome::kPartial;
  record.reason = partial ? "UNKNOWN_FACTS" : "OK";
  record.text_fr = partial ? "repris ; des faits restent à relire" : "repris";
  record.text_en = partial ? "taken over; some facts are still to be read" : "taken over";
  report.records.push_back(std::move(record));
  return report;
}

}  // namespace aplomb::catalog
