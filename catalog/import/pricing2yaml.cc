#include "catalog/import/pricing2yaml.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/civil_day.h"
#include "catalog/code_lists.h"
#include "catalog/import/text.h"

namespace aplomb::catalog {
namespace {

// Larger numbers stand for "no limit" in these files (10^9, 10^13, "inf").
constexpr double kUnlimitedFrom = 1e9;

// Characters of a reviewer's name that are kept.
constexpr size_t kReviewerMax = 80;

// Units that say the same in all files. "" (no unit) says nothing.
const std::map<absl::string_view, UnitMapping>& CommonUnits() {
  static const auto* const kUnits = new std::map<absl::string_view, UnitMapping>{
      {"/month", {.model = type::FLAT}},           {"month", {.model = type::FLAT}},
      {"user/month", {.model = type::PER_USER}},   {"member/month", {.model = type::PER_USER}},
      {"editor/month", {.model = type::PER_USER}}, {"seat/month", {.model = type::PER_USER}},
      {"host/month", {.model = type::PER_USER}},
  };
  return *kUnits;
}

// One pricing of the source, and what is used of it.
struct Pricing {
  const YamlNode* node = nullptr;
  std::string key;   // "Box 2024-07-16"
  std::string name;  // as the source spells it
  std::optional<base::DayNumber> day;
  const ProductMapping* product = nullptr;
};

// A plain decimal of at least 0 with at most six decimals, in micros; nullopt for words, exponents
// and what does not fit.
std::optional<int64_t> ParsePrice(const YamlNode* node) {
  if (node == nullptr || !node->is_scalar()) return std::nullopt;
  const std::optional<Amount> amount = ParseAmount(absl::StrCat(node->text, " EUR"));
  if (!amount.has_value() || amount->micros < 0) return std::nullopt;
  return amount->micros;
}

class PlanImporter {
 public:
  PlanImporter(const Pricing& pricing, const std::optional<PricesRead>& read_again,
               ImportContext* context)
      : pricing_(pricing),
        product_(*pricing.product),
        root_(*pricing.node),
        context_(context),
        as_of_(DateOf(*pricing.day)),
        price_as_of_(as_of_) {
    source_ = std::string(root_.FindText("url"));
    if (source_.empty()) source_ = absl::StrCat("Pricing2Yaml, ", root_.FindText("_file"));
    price_source_ = source_;
    if (read_again.has_value() && read_again->day > *pricing.day) {
      price_as_of_ = DateOf(read_again->day);
      const std::string reviewer = OneLine(read_again->reviewer, kReviewerMax);
      // The newer statement first: an address may be cut.
      price_source_ = absl::StrCat(reviewer, ", ", base::FormatDay(read_again->day), "; ",
                                   base::FormatDay(*pricing.day), ", ", source_);
      again_fr_ = absl::StrCat("Prix du ", base::FormatDay(*pricing.day), ", relu et confirmé le ",
                               base::FormatDay(read_again->day), " par ", reviewer);
      again_en_ =
          absl::StrCat("Price of ", base::FormatDay(*pricing.day), ", read again and confirmed on ",
                       base::FormatDay(read_again->day), " by ", reviewer);
    }
  }

  ImportRecord Run() {
    ImportRecord record;
    record.key = pricing_.key;
    record.outcome = ImportOutcome::kImported;
    record.reason = "OK";
    member_known_ = context_->AddMember(product_.member, product_.ownership_group, &issues_);
    const YamlNode* plans = root_.Find("plans");
    const YamlNode* addons = root_.Find("addOns");
    if (plans != nullptr) {
      for (const YamlNode::Entry& plan : plans->entries) ImportPlan(plan, &record);
    }
    for (const std::string& addon : product_.addon_plans) {
      for (const YamlNode::Entry& entry : addons == nullptr ? none_ : addons->entries) {
        if (entry.key == addon) ImportPlan(entry, &record);
      }
    }
    Conclude(&record);
    return record;
  }

 private:
  void ImportPlan(const YamlNode::Entry& plan, ImportRecord* record) {
    if (const auto skip = product_.skip_plans.find(plan.key); skip != product_.skip_plans.end()) {
      notes_fr_.push_back(absl::StrCat(plan.key, " : ", skip->second.fr()));
      notes_en_.push_back(absl::StrCat(plan.key, ": ", skip->second.en()));
      return;
    }
    if (!member_known_) return;
    YamlNode facts = product_.facts;
    if (const auto own = product_.plans.find(plan.key); own != product_.plans.end()) {
      facts = MergeYaml(facts, own->second);
    }
    v1::Offering offering;
    ReadFacts(facts, product_.id, &offering, &issues_);
    const std::string title = absl::StrCat(product_.title, " ", PlanTitle(plan.key));
    offering.mutable_title()->set_fr(OneLine(title, 79));
    offering.mutable_title()->set_en(OneLine(title, 79));
    if (!product_.domain.empty()) {
      offering.add_external_ids(absl::StrCat("domain:", product_.domain));
    }
    offering.add_external_ids(
        absl::StrCat("pricing2yaml:", OneLine(pricing_.name, 80), "/", OneLine(plan.key, 80)));
    SetPrice(plan.value, &offering);
    SetFeatures(plan.value, &offering);
    SetLimits(plan.value, &offering);
    if (HasFreePlan()) offering.mutable_trial()->set_free_tier(true);
    std::string name;
    const std::string id = absl::StrCat(product_.id, "-", SlugOf(plan.key));
    const std::vector<std::string> unknown = UnknownFields(offering);
    const ImportOutcome outcome = OutcomeOf(offering);
    if (!context_->AddOffering(product_.member.name(), id.substr(0, 60), std::move(offering),
                               &issues_, &name)) {
      return;
    }
    record->offerings.push_back(name);
    if (outcome != ImportOutcome::kImported) record->outcome = ImportOutcome::kPartial;
    unknown_.insert(unknown.begin(), unknown.end());
  }

  static std::string PlanTitle(absl::string_view key) {
    std::vector<std::string> words = absl::StrSplit(key, '_', absl::SkipEmpty());
    for (std::string& word : words) {
      const bool upper =
          std::all_of(word.begin(), word.end(), [](char c) { return !absl::ascii_islower(c); });
      if (upper) absl::AsciiStrToLower(&word);
      word[0] = absl::ascii_toupper(word[0]);
    }
    return absl::StrJoin(words, " ");
  }

  bool HasFreePlan() const {
    const YamlNode* plans = root_.Find("plans");
    if (plans == nullptr) return false;
    return std::any_of(plans->entries.begin(), plans->entries.end(),
                       [](const auto& plan) { return ParsePrice(plan.value.Find("price")) == 0; });
  }

  std::optional<UnitMapping> FindUnit(const YamlNode& priced) const {
    const std::string unit(priced.FindText("unit"));
    if (const auto own = product_.units.find(unit); own != product_.units.end()) {
      return own->second;
    }
    const auto common = CommonUnits().find(unit);
    if (common == CommonUnits().end()) return std::nullopt;
    return common->second;
  }

  // One component of the tariff; nullopt where the price is no number or its unit is not known.
  std::optional<type::PriceComponent> ComponentOf(const YamlNode& priced) const {
    const std::optional<int64_t> micros = ParsePrice(priced.Find("price"));
    const std::optional<UnitMapping> unit = FindUnit(priced);
    const std::string currency(root_.FindText("currency"));
    if (!micros.has_value() || !unit.has_value() || !FindCode("currencies", currency)) {
      return std::nullopt;
    }
    type::PriceComponent component;
    component.set_model(unit->model);
    component.mutable_amount()->set_micros(*micros);
    component.mutable_amount()->set_currency_code(currency);
    if (unit->model == type::USAGE) {
      component.set_metric(unit->metric);
    } else {
      component.set_period(type::MONTH);
    }
    return component;
  }

  void SetPrice(const YamlNode& plan, v1::Offering* offering) {
    const bool free = ParsePrice(plan.Find("price")) == 0;
    const std::optional<type::PriceComponent> component = ComponentOf(plan);
    if (!free && !component.has_value()) return;  // unknown
    type::Pricing* pricing = offering->mutable_pricing();
    if (!free) {
      *pricing->add_components() = *component;
      SetMinUsers(plan, pricing->mutable_components(0));
    }
    AddOptions(offering);
    // The list is public; that it names every fee is not for us to say.
    pricing->set_transparency(type::PUBLIC_PARTIAL);
    *pricing->mutable_as_of() = price_as_of_;
    if (absl::StartsWith(source_, "https://")) pricing->set_source_url(source_);
    if (!again_fr_.empty()) {
      // Shown with each line: what is new is that somebody confirms it, not the price.
      for (type::PriceComponent& line : *pricing->mutable_components()) {
        line.mutable_label()->set_fr(again_fr_);
        line.mutable_label()->set_en(again_en_);
      }
    }
    AddClaim(offering, "pricing", type::DOCUMENTED, price_source_, &price_as_of_);
  }

  void SetMinUsers(const YamlNode& plan, type::PriceComponent* component) const {
    const YamlNode* value = ValueOf(root_, plan, "usageLimits", product_.min_users);
    int64_t users = 0;
    if (component->model() == type::PER_USER && value != nullptr && value->is_scalar() &&
        absl::SimpleAtoi(value->text, &users) && users > 1) {
      component->set_min_units(users);
    }
  }

  // Add-ons which the mapping ties to features: paid options.
  void AddOptions(v1::Offering* offering) {
    const YamlNode* addons = root_.Find("addOns");
    if (addons == nullptr) return;
    for (const auto& [name, targets] : product_.addons) {
      const YamlNode* addon = addons->Find(name);
      if (addon == nullptr) continue;
      std::optional<type::PriceComponent> component = ComponentOf(*addon);
      if (!component.has_value()) continue;
      for (const std::string& target : targets) component->add_feature_ids(target);
      *offering->mutable_pricing()->add_components() = *std::move(component);
    }
  }

  // What a plan says of a feature: its own value, else the default of the product.
  static const YamlNode* ValueOf(const YamlNode& root, const YamlNode& plan,
                                 absl::string_view table, absl::string_view name) {
    const YamlNode* own = plan.Find(table);
    own = own == nullptr ? nullptr : own->Find(name);
    if (own != nullptr) return own->Find("value");
    const YamlNode* all = root.Find(table);
    all = all == nullptr ? nullptr : all->Find(name);
    return all == nullptr ? nullptr : all->Find("defaultValue");
  }

  void SetFeatures(const YamlNode& plan, v1::Offering* offering) {
    // Several features of the source may be one of ours: there if any of them is.
    std::map<std::string, bool> values;
    for (const auto& [name, targets] : product_.features) {
      const YamlNode* value = ValueOf(root_, plan, "features", name);
      if (value == nullptr || !value->is_scalar()) continue;
      const std::string word = absl::AsciiStrToLower(value->text);
      if (word != "true" && word != "false") continue;  // a text says neither yes nor no
      for (const std::string& target : targets) values[target] |= word == "true";
    }
    std::set<std::string> paid;
    for (const type::PriceComponent& component : offering->pricing().components()) {
      paid.insert(component.feature_ids().begin(), component.feature_ids().end());
    }
    for (const std::string& target : paid) values.try_emplace(target, false);
    for (const auto& [target, there] : values) {
      if (!absl::ascii_isupper(target[0])) {
        SetFlag(offering, target, there);
        AddClaim(offering, target, type::DOCUMENTED, source_, &as_of_);
        continue;
      }
      const std::pair<std::string, std::string> id =
          absl::StrSplit(target, absl::MaxSplits('.', 1));
      SetFeature(id.first, id.second,
                 there                   ? v1::FeatureClaim::FULL
                 : paid.contains(target) ? v1::FeatureClaim::OPTION_PAID
                                         : v1::FeatureClaim::NONE,
                 offering);
      AddClaim(offering, absl::StrCat("features.", target), type::DOCUMENTED, source_, &as_of_);
    }
  }

  // The source of the tariff is newer than what a reviewer wrote for the product as a whole.
  static void SetFeature(const std::string& need_id, const std::string& feature_id,
                         v1::FeatureClaim::Level level, v1::Offering* offering) {
    for (v1::FeatureClaim& claim : *offering->mutable_features()) {
      if (claim.need_id() == need_id && claim.feature_id() == feature_id) {
        claim.set_level(level);
        return;
      }
    }
    v1::FeatureClaim* claim = offering->add_features();
    claim->set_need_id(need_id);
    claim->set_feature_id(feature_id);
    claim->set_level(level);
  }

  void SetLimits(const YamlNode& plan, v1::Offering* offering) {
    for (const auto& [name, field_name] : product_.limits) {
      const YamlNode* value = ValueOf(root_, plan, "usageLimits", name);
      double number = 0;
      if (value == nullptr || !value->is_scalar() || !absl::SimpleAtod(value->text, &number) ||
          !(number >= 0)) {
        continue;
      }
      const YamlNode* limits = root_.Find("usageLimits");
      const YamlNode* declared = limits == nullptr ? nullptr : limits->Find(name);
      const absl::string_view unit = declared == nullptr ? "" : declared->FindText("unit");
      const google::protobuf::FieldDescriptor* field =
          v1::Limits::descriptor()->FindFieldByName(field_name);
      v1::Limits* message = offering->mutable_limits();
      auto* limit = google::protobuf::DynamicCastToGenerated<type::Limit>(
          message->GetReflection()->MutableMessage(message, field));
      if (number >= kUnlimitedFrom) {
        limit->set_unlimited(true);
      } else {
        const bool gigabytes =
            absl::EndsWith(field_name, "_gb") || absl::EndsWith(field_name, "_gb_month");
        if (gigabytes && absl::StartsWith(unit, "MB")) number /= 1000;
        if (gigabytes && absl::StartsWith(unit, "TB")) number *= 1000;
        limit->set_max(static_cast<int64_t>(number));
      }
      AddClaim(offering, absl::StrCat("limits.", field_name), type::DOCUMENTED, source_, &as_of_);
    }
  }

  void Conclude(ImportRecord* record) {
    record->unknown.assign(unknown_.begin(), unknown_.end());
    const std::string notes_fr =
        notes_fr_.empty() ? "" : absl::StrCat(" (", absl::StrJoin(notes_fr_, " ; "), ")");
    const std::string notes_en =
        notes_en_.empty() ? "" : absl::StrCat(" (", absl::StrJoin(notes_en_, "; "), ")");
    if (!issues_.empty()) {
      record->outcome =
          record->offerings.empty() ? ImportOutcome::kRefused : ImportOutcome::kPartial;
      record->reason = "INVALID_RECORD";
      record->text_fr = IssuesText(issues_, true);
      record->text_en = IssuesText(issues_, false);
      return;
    }
    if (record->offerings.empty()) {
      record->outcome = ImportOutcome::kRefused;
      record->reason = "NO_PLAN";
      record->text_fr = absl::StrCat("aucune formule à reprendre", notes_fr);
      record->text_en = absl::StrCat("no plan to take over", notes_en);
      return;
    }
    if (record->outcome == ImportOutcome::kPartial) record->reason = "UNKNOWN_FACTS";
    const size_t count = record->offerings.size();
    record->text_fr = absl::StrCat(
        count, count < 2 ? " offre, " : " offres, ",
        again_fr_.empty() ? absl::StrCat("tarif lu le ", base::FormatDay(*pricing_.day))
                          : again_fr_,
        notes_fr);
    record->text_en = absl::StrCat(
        count, count == 1 ? " offering, " : " offerings, ",
        again_en_.empty() ? absl::StrCat("tariff read on ", base::FormatDay(*pricing_.day))
                          : again_en_,
        notes_en);
  }

  const Pricing& pricing_;
  const ProductMapping& product_;
  const YamlNode& root_;
  ImportContext* const context_;
  const std::vector<YamlNode::Entry> none_;
  const google::type::Date as_of_;
  google::type::Date price_as_of_;
  std::string source_;
  std::string price_source_;
  std::string again_fr_;  // who confirmed the price, and when; empty: nobody
  std::string again_en_;
  base::Issues issues_;
  bool member_known_ = false;
  std::set<std::string> unknown_;
  std::vector<std::string> notes_fr_;
  std::vector<std::string> notes_en_;
};

Pricing ReadPricing(const YamlNode& node, size_t index, const Mapping& mapping) {
  Pricing pricing;
  pricing.node = &node;
  pricing.name = std::string(node.FindText("saasName"));
  const std::string day(node.FindText("createdAt").substr(0, 10));
  const absl::StatusOr<base::DayNumber> number = base::ParseDay(day);
  if (number.ok()) pricing.day = *number;
  pricing.key = pricing.name.empty() ? absl::StrCat("[", index, "]")
                                     : absl::StrCat(OneLine(pricing.name, 60), " ", day);
  pricing.product = mapping.FindProduct(pricing.name);
  return pricing;
}

}  // namespace

ImportReport ImportPricing2Yaml(absl::string_view file, absl::string_view bytes,
                                const Mapping& mapping, ImportContext* context,
                                base::Issues* issues, const std::optional<PricesRead>& read_again) {
  ImportReport report;
  report.source = std::string(file);
  context->SetDocument(bytes);
  YamlNode root;
  const YamlOptions options = {.refuse_hidden_characters = false, .refuse_duplicate_keys = false};
  if (!ReadYaml(file, bytes, options, &root, issues)) return report;
  std::vector<Pricing> pricings;
  if (root.is_list()) {
    for (size_t i = 0; i < root.items.size(); ++i) {
      pricings.push_back(ReadPricing(root.items[i], i, mapping));
    }
  } else {
    pricings.push_back(ReadPricing(root, 0, mapping));
  }
  std::map<const ProductMapping*, const Pricing*> newest;
  for (const Pricing& pricing : pricings) {
    if (pricing.product == nullptr || !pricing.day.has_value()) continue;
    const Pricing*& best = newest[pricing.product];
    if (best == nullptr || *best->day < *pricing.day) best = &pricing;
  }
  for (const Pricing& pricing : pricings) {
    ImportRecord record;
    record.key = pricing.key;
    if (pricing.name.empty() || !pricing.day.has_value()) {
      record.reason = "INVALID_RECORD";
      record.text_fr = "saasName et createdAt (AAAA-MM-JJ) sont attendus";
      record.text_en = "saasName and createdAt (YYYY-MM-DD) are expected";
    } else if (pricing.product == nullptr) {
      record.reason = "NO_MAPPING";
      record.text_fr = "aucun relecteur n'a rattaché ce produit à un membre et à des besoins";
      record.text_en = "no reviewer has tied this product to a member and to needs";
    } else if (pricing.product->member.name().empty()) {
      record.reason = "NO_MAPPING";
      record.text_fr = "la table de correspondance ne nomme pas le membre";
      record.text_en = "the mapping does not name the member";
    } else if (const Pricing* best = newest[pricing.product]; best != &pricing) {
      record.reason = "HISTORY";
      record.text_fr = absl::StrCat("historique : le tarif repris est ", best->key);
      record.text_en = absl::StrCat("history: the tariff taken over is ", best->key);
    } else {
      record = PlanImporter(pricing, read_again, context).Run();
    }
    report.records.push_back(std::move(record));
  }
  return report;
}

}  // namespace aplomb::catalog
