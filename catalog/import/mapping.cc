#include "catalog/import/mapping.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "catalog/identifiers.h"
#include "catalog/import/importer.h"
#include "catalog/import/text.h"
#include "catalog/import/validate.h"

namespace aplomb::catalog {
namespace {

class MappingReader {
 public:
  MappingReader(absl::string_view file, Mapping* mapping, base::Issues* issues)
      : reader_(file, issues), mapping_(mapping) {}

  void Read(const YamlNode& root) {
    if (!CheckKeys(root, "", {"note", "defaults", "products", "tags"})) return;
    mapping_->note = std::string(root.FindText("note"));
    mapping_->defaults.kind = YamlNode::Kind::kMap;
    if (const YamlNode* node = root.Find("defaults"); node != nullptr && node->is_map()) {
      mapping_->defaults = *node;
      CheckFacts(*node, "defaults");
    }
    const YamlNode* products = root.Find("products");
    for (size_t i = 0; products != nullptr && i < products->items.size(); ++i) {
      ReadProduct(products->items[i], absl::StrCat("products[", i, "]"));
    }
    const YamlNode* tags = root.Find("tags");
    for (size_t i = 0; tags != nullptr && i < tags->entries.size(); ++i) {
      const YamlNode::Entry& entry = tags->entries[i];
      CheckFacts(entry.value, absl::StrCat("tags.", entry.key));
      mapping_->tags[entry.key].facts = entry.value;
    }
  }

 private:
  bool CheckKeys(const YamlNode& node, absl::string_view path,
                 const std::vector<absl::string_view>& allowed) {
    const std::string list = absl::StrJoin(allowed, ", ");
    if (!node.is_map()) {
      reader_.Refuse(node, path, "NOT_A_MAP", absl::StrCat("champs attendus : ", list),
                     absl::StrCat("fields expected: ", list));
      return false;
    }
    for (const YamlNode::Entry& entry : node.entries) {
      if (std::find(allowed.begin(), allowed.end(), entry.key) != allowed.end()) continue;
      reader_.Refuse(entry.line, entry.column, base::JoinField(path, entry.key), "UNKNOWN_FIELD",
                     absl::StrCat("champ inconnu ; admis : ", list),
                     absl::StrCat("unknown field; allowed: ", list));
    }
    return true;
  }

  void CheckFacts(const YamlNode& node, const std::string& path) {
    v1::Offering offering;
    reader_.Read(node, path, &offering);
  }

  // {key: word} or {key: [words]}.
  std::vector<std::string> Words(const YamlNode& node, const std::string& path) {
    if (node.is_scalar()) return {node.text};
    std::vector<std::string> words;
    for (const YamlNode& item : node.items) words.push_back(item.text);
    if (!node.is_list()) {
      reader_.Refuse(node, path, "NOT_A_LIST", "un mot ou une liste de mots est attendu",
                     "a word or a list of words is expected");
    }
    return words;
  }

  void CheckTargets(const YamlNode& node, const std::vector<std::string>& targets,
                    const std::string& path) {
    for (const std::string& target : targets) {
      const bool feature = !target.empty() && absl::ascii_isupper(target[0]);
      if (IsOfferingPath(feature ? absl::StrCat("features.", target) : target)) continue;
      reader_.Refuse(node, path, "UNKNOWN_FIELD_PATH",
                     absl::StrCat("\"", target,
                                  "\" ; admis : BESOIN.fonction ou le chemin d'un "
                                  "champ oui/non"),
                     absl::StrCat("\"", target,
                                  "\"; allowed: NEED.feature or the path of a yes/no "
                                  "field"));
    }
  }

  // {fr: …, en: …}: reports are read in both languages.
  void ReadReason(const YamlNode::Entry& entry, const std::string& path, ProductMapping* product) {
    type::LocalizedText& reason = product->skip_plans[entry.key];
    reader_.Read(entry.value, path, &reason);
    if (reason.fr().empty() || reason.en().empty()) {
      reader_.Refuse(entry.value, path, "MISSING",
                     "le motif est attendu en français et en anglais : {fr: …, en: …}",
                     "the reason is expected in French and in English: {fr: …, en: …}");
    }
  }

  void ReadUnit(const YamlNode::Entry& entry, const std::string& path, ProductMapping* product) {
    if (!CheckKeys(entry.value, path, {"model", "metric"})) return;
    type::PriceComponent component;
    reader_.Read(entry.value, path, &component);
    const bool usage = component.model() == type::USAGE;
    if ((component.model() != type::FLAT && component.model() != type::PER_USER && !usage) ||
        usage != (component.metric() != type::METRIC_UNSPECIFIED)) {
      reader_.Refuse(entry.value, path, "UNKNOWN_VALUE",
                     "admis : model FLAT ou PER_USER, ou USAGE avec une metric",
                     "allowed: model FLAT or PER_USER, or USAGE with a metric");
    }
    product->units[entry.key] = {.model = component.model(), .metric = component.metric()};
  }

  void ReadProduct(const YamlNode& node, const std::string& path) {
    if (!CheckKeys(node, path,
                   {"names", "id", "title", "domain", "member", "facts", "features", "limits",
                    "units", "min_users", "plans", "skip_plans", "addon_plans", "addons"})) {
      return;
    }
    ProductMapping product;
    product.title = std::string(node.FindText("title"));
    product.domain = std::string(node.FindText("domain"));
    product.id = std::string(node.FindText("id"));
    product.min_users = std::string(node.FindText("min_users"));
    if (product.id.empty() && !product.title.empty()) product.id = SlugOf(product.title);
    if (const YamlNode* names = node.Find("names")) {
      product.names = Words(*names, path + ".names");
    } else {
      product.names = {product.title};
    }
    if (!IsResourceId(product.id) || product.title.empty()) {
      reader_.Refuse(node, path, "MISSING", "title est attendu, et un id formé comme une ressource",
                     "title is expected, and an id formed like a resource's");
      return;
    }
    for (const std::string& name : product.names) {
      if (names_.insert(name).second) continue;
      reader_.Refuse(node, path + ".names", "DUPLICATE", absl::StrCat(name, " est donné deux fois"),
                     absl::StrCat(name, " is given twice"));
    }
    ReadMember(node, path, &product);
    ReadFacts(node, path, &product);
    ReadTables(node, path, &product);
    mapping_->products.push_back(std::move(product));
  }

  void ReadMember(const YamlNode& node, const std::string& path, ProductMapping* product) {
    const YamlNode* found = node.Find("member");
    if (found == nullptr) return;
    YamlNode member = *found;
    const std::string id(member.FindText("id"));
    product->ownership_group = std::string(member.FindText("ownership_group"));
    std::erase_if(member.entries, [](const YamlNode::Entry& entry) {
      return entry.key == "id" || entry.key == "ownership_group";
    });
    if (!IsResourceId(id)) {
      reader_.Refuse(*found, path + ".member.id", "MISSING", "le membre et son id sont attendus",
                     "the member and its id are expected");
      return;
    }
    reader_.Read(member, path + ".member", &product->member);
    product->member.set_name(absl::StrCat("members/", id));
    if (product->ownership_group.empty()) product->ownership_group = id;
  }

  void ReadFacts(const YamlNode& node, const std::string& path, ProductMapping* product) {
    YamlNode none;
    none.kind = YamlNode::Kind::kMap;
    const YamlNode* facts = node.Find("facts");
    if (facts != nullptr) CheckFacts(*facts, path + ".facts");
    product->own_facts = facts == nullptr ? none : *facts;
    product->facts = MergeYaml(mapping_->defaults, facts == nullptr ? none : *facts);
    if (const YamlNode* plans = node.Find("plans")) {
      for (const YamlNode::Entry& entry : plans->entries) {
        CheckFacts(entry.value, absl::StrCat(path, ".plans.", entry.key));
        product->plans[entry.key] = entry.value;
      }
    }
  }

  void ReadTables(const YamlNode& node, const std::string& path, ProductMapping* product) {
    if (const YamlNode* table = node.Find("features")) {
      for (const YamlNode::Entry& entry : table->entries) {
        const std::string field = absl::StrCat(path, ".features.", entry.key);
        product->features[entry.key] = Words(entry.value, field);
        CheckTargets(entry.value, product->features[entry.key], field);
      }
    }
    if (const YamlNode* table = node.Find("addons")) {
      for (const YamlNode::Entry& entry : table->entries) {
        const std::string field = absl::StrCat(path, ".addons.", entry.key);
        product->addons[entry.key] = Words(entry.value, field);
        CheckTargets(entry.value, product->addons[entry.key], field);
      }
    }
    if (const YamlNode* table = node.Find("limits")) {
      for (const YamlNode::Entry& entry : table->entries) {
        product->limits[entry.key] = entry.value.text;
        if (v1::Limits::descriptor()->FindFieldByName(entry.value.text) != nullptr) continue;
        reader_.Refuse(entry.value, absl::StrCat(path, ".limits.", entry.key), "UNKNOWN_FIELD",
                       "un champ de limits est attendu : users, products, storage_gb, …",
                       "a field of limits is expected: users, products, storage_gb, …");
      }
    }
    if (const YamlNode* table = node.Find("units")) {
      for (const YamlNode::Entry& entry : table->entries) {
        ReadUnit(entry, absl::StrCat(path, ".units.", entry.key), product);
      }
    }
    if (const YamlNode* table = node.Find("skip_plans")) {
      for (const YamlNode::Entry& entry : table->entries) {
        ReadReason(entry, absl::StrCat(path, ".skip_plans.", entry.key), product);
      }
    }
    if (const YamlNode* list = node.Find("addon_plans")) {
      product->addon_plans = Words(*list, path + ".addon_plans");
    }
  }

  MessageReader reader_;
  Mapping* const mapping_;
  std::set<std::string> names_;
};

}  // namespace

const ProductMapping* Mapping::FindProduct(absl::string_view name) const {
  for (const ProductMapping& product : products) {
    if (std::find(product.names.begin(), product.names.end(), name) != product.names.end()) {
      return &product;
    }
  }
  return nullptr;
}

bool ReadMapping(absl::string_view file, absl::string_view bytes, Mapping* mapping,
                 base::Issues* issues) {
  *mapping = Mapping();
  const size_t before = issues->list().size() + issues->dropped_count();
  YamlNode root;
  if (ReadYaml(file, bytes, YamlOptions(), &root, issues) || root.is_map()) {
    MappingReader(file, mapping, issues).Read(root);
  }
  return issues->list().size() + issues->dropped_count() == before;
}

}  // namespace aplomb::catalog
