#include "catalog/import/selfhosted.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catalog/identifiers.h"
#include "catalog/import/text.h"

namespace aplomb::catalog {
namespace {

std::vector<std::string> TextsOf(const YamlNode& node, absl::string_view key) {
  std::vector<std::string> texts;
  if (const YamlNode* list = node.Find(key)) {
    for (const YamlNode& item : list->items) texts.push_back(item.text);
  }
  return texts;
}

// Two sets of facts on one offering: needs and features add up, all else as in MergeYaml.
YamlNode AddFacts(const YamlNode& base, const YamlNode& over) {
  YamlNode merged = MergeYaml(base, over);
  const YamlNode* base_needs = base.Find("need_ids");
  const YamlNode* over_needs = over.Find("need_ids");
  if (base_needs == nullptr || over_needs == nullptr) return merged;
  YamlNode needs = *base_needs;
  for (const YamlNode& need : over_needs->items) {
    const bool known =
        std::any_of(needs.items.begin(), needs.items.end(),
                    [&need](const YamlNode& item) { return item.text == need.text; });
    if (!known) needs.items.push_back(need);
  }
  for (YamlNode::Entry& entry : merged.entries) {
    if (entry.key == "need_ids") entry.value = needs;
  }
  return merged;
}

std::optional<v1::Offering::DevelopmentStatus> StatusOf(const YamlNode& software) {
  const YamlNode* release = software.Find("current_release");
  if (release == nullptr) return std::nullopt;
  const std::string tag = absl::AsciiStrToLower(release->FindText("tag"));
  // A pre-release says so in its name.
  for (absl::string_view word : {"alpha", "beta", "rc", "preview", "dev", "nightly"}) {
    if (absl::StrContains(tag, word)) return v1::Offering::BETA;
  }
  const size_t digit = tag.find_first_of("0123456789");
  if (digit == std::string::npos) return std::nullopt;
  return tag[digit] == '0' ? v1::Offering::BETA : v1::Offering::STABLE;
}

class SoftwareImporter {
 public:
  SoftwareImporter(const YamlNode& node, const Mapping& mapping,
                   const std::set<std::string>& free_licences, base::DayNumber read_on,
                   ImportContext* context)
      : node_(node),
        mapping_(mapping),
        free_licences_(free_licences),
        read_on_(read_on),
        context_(context) {}

  ImportRecord Run() {
    ImportRecord record;
    const std::string name(node_.FindText("name"));
    record.key = name.empty() ? YamlPlace("", node_.line, node_.column) : OneLine(name, 60);
    const std::string url(node_.FindText("website_url"));
    if (name.empty() || url.empty()) {
      return Refuse(std::move(record), "INVALID_RECORD", "name et website_url sont attendus",
                    "name and website_url are expected");
    }
    if (node_.FindText("archived") == "true") {
      return Refuse(std::move(record), "ARCHIVED", "projet arrêté par ses auteurs",
                    "project given up by its authors");
    }
    const ProductMapping* product = mapping_.FindProduct(name);
    std::optional<YamlNode> facts = FindFacts(product);
    if (!facts.has_value()) {
      const std::string tags = absl::StrJoin(TextsOf(node_, "tags"), ", ");
      return Refuse(std::move(record), "NO_NEED",
                    absl::StrCat("aucun besoin ne correspond à ses catégories : ", tags),
                    absl::StrCat("no need corresponds to its categories: ", tags));
    }
    v1::Offering offering;
    ReadFacts(*facts, record.key, &offering, &issues_);
    SetTexts(name, url, product, &offering);
    SetLicence(&offering);
    SetMaturity(&offering);
    Add(name, url, product, std::move(offering), &record);
    return record;
  }

 private:
  static ImportRecord Refuse(ImportRecord record, absl::string_view reason, absl::string_view fr,
                             absl::string_view en) {
    record.outcome = ImportOutcome::kRefused;
    record.reason = std::string(reason);
    record.text_fr = std::string(fr);
    record.text_en = std::string(en);
    return record;
  }

  // What the mapping says of the product, else of its tags; nullopt if neither names a need.
  std::optional<YamlNode> FindFacts(const ProductMapping* product) const {
    YamlNode facts = mapping_.defaults;
    for (const std::string& tag : TextsOf(node_, "tags")) {
      const auto found = mapping_.tags.find(tag);
      if (found != mapping_.tags.end()) facts = AddFacts(facts, found->second.facts);
    }
    if (product != nullptr) facts = MergeYaml(facts, product->own_facts);
    const YamlNode* needs = facts.Find("need_ids");
    if (needs == nullptr || needs->items.empty()) return std::nullopt;
    return facts;
  }

  void SetTexts(const std::string& name, const std::string& url, const ProductMapping* product,
                v1::Offering* offering) {
    offering->mutable_title()->set_fr(OneLine(name, 79));
    offering->mutable_title()->set_en(OneLine(name, 79));
    const std::string description(node_.FindText("description"));
    if (!description.empty()) {
      // The list is in English only; the French reader is told.
      offering->mutable_short_description()->set_fr(
          OneLine(absl::StrCat("En anglais : ", description), 149));
      offering->mutable_short_description()->set_en(OneLine(description, 149));
    }
    if (IsHttpsUrl(url)) offering->set_landing_url(url);
    const std::string host =
        product != nullptr && !product->domain.empty() ? product->domain : HostOf(url);
    if (!host.empty()) offering->add_external_ids(absl::StrCat("domain:", host));
    offering->add_external_ids(absl::StrCat("awesome-selfhosted:", OneLine(name, 80)));
  }

  void SetLicence(v1::Offering* offering) {
    const std::vector<std::string> licences = TextsOf(node_, "licenses");
    if (licences.empty()) return;
    const bool free = std::all_of(licences.begin(), licences.end(), [this](const auto& licence) {
      return free_licences_.contains(licence);
    });
    // The list does not say whether several licences are a choice: their names are kept side by
    // side.
    offering->mutable_licence()->set_spdx(OneLine(absl::StrJoin(licences, ", "), 200));
    offering->mutable_licence()->set_free_software(free);
    std::string source(node_.FindText("source_code_url"));
    if (source.empty()) source = std::string(node_.FindText("website_url"));
    const google::type::Date day = DateOf(read_on_);
    AddClaim(offering, "licence", type::DOCUMENTED, source, &day);
    if (!free) return;  // a price that nobody has read is unknown
    // A free licence has no duration and can be left at any time.
    if (!offering->commitment().has_min_months()) offering->mutable_commitment()->set_min_months(0);
    type::Pricing* pricing = offering->mutable_pricing();
    // The list states a licence. How openly other fees are published it does not say.
    *pricing->mutable_as_of() = day;
    if (IsHttpsUrl(source)) pricing->set_source_url(source);
    AddClaim(offering, "pricing", type::DOCUMENTED, source, &day);
  }

  void SetMaturity(v1::Offering* offering) {
    const std::optional<v1::Offering::DevelopmentStatus> status = StatusOf(node_);
    if (!status.has_value() ||
        offering->development_status() != v1::Offering::DEVELOPMENT_STATUS_UNSPECIFIED) {
      return;
    }
    offering->set_development_status(*status);
  }

  void Add(const std::string& name, const std::string& url, const ProductMapping* product,
           v1::Offering offering, ImportRecord* record) {
    v1::Member member;
    std::string group;
    const std::string id = SlugOf(name);
    if (product != nullptr && !product->member.name().empty()) {
      member = product->member;
      group = product->ownership_group;
    } else {
      member.set_name(absl::StrCat("members/", id));
      member.set_display_name(OneLine(name, 100));
      member.set_kind(v1::Member::PUBLISHER);
      // The list does not say where a project has its seat.
      member.set_country_code("ZZ");
      if (IsHttpsUrl(url)) member.set_url(url);
      group = id;
    }
    record->unknown = UnknownFields(offering);
    record->outcome = OutcomeOf(offering);
    std::string offering_name;
    if (!issues_.empty() || !context_->AddMember(member, group, &issues_) ||
        !context_->AddOffering(member.name(), product != nullptr ? product->id : id,
                               std::move(offering), &issues_, &offering_name)) {
      record->outcome = ImportOutcome::kRefused;
      record->reason = "INVALID_RECORD";
      record->text_fr = IssuesText(issues_, true);
      record->text_en = IssuesText(issues_, false);
      return;
    }
    record->offerings.push_back(offering_name);
    const bool partial = record->outcome == ImportOutcome::kPartial;
    record->reason = partial ? "UNKNOWN_FACTS" : "OK";
    record->text_fr = partial ? "repris ; des faits restent à relire" : "repris";
    record->text_en = partial ? "taken over; some facts are still to be read" : "taken over";
  }

  const YamlNode& node_;
  const Mapping& mapping_;
  const std::set<std::string>& free_licences_;
  const base::DayNumber read_on_;
  ImportContext* const context_;
  base::Issues issues_;
};

}  // namespace

ImportReport ImportSelfHosted(absl::string_view file, absl::string_view bytes,
                              const Mapping& mapping, base::DayNumber read_on,
                              ImportContext* context, base::Issues* issues) {
  ImportReport report;
  report.source = std::string(file);
  context->SetDocument(bytes);
  YamlNode root;
  const YamlOptions options = {.refuse_hidden_characters = false, .refuse_duplicate_keys = false};
  if (!ReadYaml(file, bytes, options, &root, issues)) return report;
  const YamlNode* software = root.Find("software");
  const YamlNode* licences = root.Find("licenses");
  if (software == nullptr || !software->is_list() || licences == nullptr) {
    MessageReader(file, issues)
        .Refuse(root, "software", "NOT_A_LIST", "les listes software et licenses sont attendues",
                "the lists software and licenses are expected");
    return report;
  }
  std::set<std::string> free_licences;
  for (const YamlNode& licence : licences->items) {
    free_licences.insert(std::string(licence.FindText("identifier")));
  }
  for (const YamlNode& node : software->items) {
    report.records.push_back(
        SoftwareImporter(node, mapping, free_licences, read_on, context).Run());
  }
  return report;
}

}  // namespace aplomb::catalog
