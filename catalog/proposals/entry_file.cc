#include "catalog/proposals/entry_file.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aplomb/type/options.pb.h"
#include "catalog/code_lists.h"
#include "catalog/identifiers.h"
#include "catalog/import/text.h"
#include "catalog/import/yaml.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Offering;
using google::protobuf::FieldDescriptor;

// Any valid one: stands in for a uid that the service will draw.
constexpr absl::string_view kSomeUid = "00000000-0000-4000-8000-000000000000";

std::string TakeId(catalog::YamlNode& node, absl::string_view key, catalog::MessageReader& reader) {
  for (auto entry = node.entries.begin(); entry != node.entries.end(); ++entry) {
    if (entry->key != key) continue;
    const catalog::YamlNode value = entry->value;
    node.entries.erase(entry);
    if (value.is_scalar() && catalog::IsResourceId(value.text)) return value.text;
    reader.Refuse(value, key, "INVALID_ID",
                  "identifiant : 1 à 63 lettres minuscules, chiffres ou tirets, une lettre d'abord",
                  "id: 1 to 63 lower-case letters, digits or hyphens, a letter first");
    return "";
  }
  reader.Refuse(node, key, "MISSING", "identifiant attendu, par exemple mon-produit",
                "an id is expected, for example my-product");
  return "";
}

// Characters without width, by which two names that look alike are made to differ: U+200B to
// U+200D, U+2060, U+FEFF.
bool HasZeroWidth(absl::string_view text) {
  for (const absl::string_view character :
       {"\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D", "\xE2\x81\xA0", "\xEF\xBB\xBF"}) {
    if (absl::StrContains(text, character)) return true;
  }
  return false;
}

void CheckTexts(const type::LocalizedText& text, absl::string_view field, base::Issues* issues) {
  if (text.fr().empty() != text.en().empty()) {
    issues->Add({.field = absl::StrCat(field, text.fr().empty() ? ".fr" : ".en"),
                 .reason = "MISSING",
                 .text_fr = "texte donné dans une seule langue ; donnez fr et en",
                 .text_en = "text given in one language only; give fr and en"});
  }
  for (const bool french : {true, false}) {
    if (!HasZeroWidth(french ? text.fr() : text.en())) continue;
    issues->Add({.field = absl::StrCat(field, french ? ".fr" : ".en"),
                 .reason = "HIDDEN_CHARACTER",
                 .text_fr = "caractère sans largeur : retirez-le",
                 .text_en = "a character without width: remove it"});
  }
}

// ---- The template.

bool IsOutput(const FieldDescriptor& field) {
  static constexpr absl::string_view kNames[] = {
      "name",        "state",       "uid",  "revision",
      "create_time", "update_time", "etag", "last_verified_date"};
  return std::find(std::begin(kNames), std::end(kNames), field.name()) != std::end(kNames);
}

std::string EnumValues(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name());
  }
  return absl::StrJoin(names, " | ");
}

std::string CodesOf(absl::string_view list) {
  std::vector<absl::string_view> codes;
  for (const auto& group : catalog::CodeListGroups(list)) codes.push_back(group.code);
  for (const auto& entry : catalog::CodeListEntries(list)) codes.push_back(entry.code);
  return absl::StrJoin(codes, " ");
}

// "  # unit: days" and the like for a field without fields below it.
std::string ValueHint(const FieldDescriptor& field, bool french) {
  const std::string unit = field.options().GetExtension(type::unit);
  const std::string in_unit = unit.empty() ? "" : absl::StrCat(" (", unit, ")");
  const std::string list = field.options().GetExtension(type::code_list);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return EnumValues(*field.enum_type());
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return "true | false";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return field.is_repeated() ? (french ? "liste de textes" : "list of texts")
                               : (french ? "texte" : "text");
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return absl::StrCat(french ? "nombre entier" : "whole number", in_unit);
  }
  const std::string type = field.message_type()->full_name();
  if (type == "aplomb.type.Money") return "29.00 EUR";
  if (type == "google.type.Date") return "2026-12-31";
  if (type == "aplomb.type.Limit") return french ? "nombre | unlimited" : "number | unlimited";
  if (type == "aplomb.type.LocalizedText") return "{fr: \"…\", en: \"…\"}";
  if (type == "aplomb.type.CodeList") {
    std::string codes = list.empty() ? "" : CodesOf(list);
    if (codes.size() > 300) codes = absl::StrCat(codes.substr(0, codes.rfind(' ', 300)), " …");
    return absl::StrCat("[", codes, "]");
  }
  return "";
}

bool IsBranch(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated() &&
         absl::StartsWith(field.message_type()->full_name(), "aplomb.catalog.v1.") &&
         !(field.message_type()->field_count() == 1 &&
           field.message_type()->field(0)->is_repeated());
}

void WriteFields(const google::protobuf::Descriptor& message, absl::string_view path,
                 const std::string& indent, const catalog::v1::Need& need, bool french,
                 std::string& out) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    // These stand at the head of the file, filled in.
    static constexpr absl::string_view kHead[] = {"title",     "short_description", "landing_url",
                                                  "kind",      "need_ids",          "features",
                                                  "coverage",  "pricing",           "claims",
                                                  "languages", "development_status"};
    if (path.empty() && (IsOutput(field) || std::find(std::begin(kHead), std::end(kHead),
                                                      field.name()) != std::end(kHead))) {
      continue;
    }
    const std::string below =
        path.empty() ? std::string(field.name()) : absl::StrCat(path, ".", field.name());
    const std::string fact = absl::StrCat("offering.", below);
    const bool needed = std::find(need.minimum_facts().begin(), need.minimum_facts().end(), fact) !=
                        need.minimum_facts().end();
    const std::string mark = needed ? (french ? "   <-- sans cela, l'offre n'est pas classée"
                                              : "   <-- without this the offering is not ranked")
                                    : "";
    if (IsBranch(field)) {
      absl::StrAppend(&out, "# ", indent, field.name(), ":\n");
      WriteFields(*field.message_type(), below, indent + "  ", need, french, out);
      continue;
    }
    std::string hint = ValueHint(field, french);
    if (hint.empty()) {
      // A list of messages, or a message that is written as its only list.
      const auto& type = *field.message_type();
      const bool only_list = type.field_count() == 1 && type.field(0)->is_repeated();
      const FieldDescriptor& items = only_list ? *type.field(0) : field;
      if (items.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        hint = absl::StrCat("[", EnumValues(*items.enum_type()), "]");
      } else if (items.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        std::vector<std::string> names;
        for (int k = 0; k < items.message_type()->field_count(); ++k) {
          names.push_back(items.message_type()->field(k)->name());
        }
        hint = absl::StrCat("[{", absl::StrJoin(names, ": …, "), ": …}]");
      } else {
        hint = "[…]";
      }
    }
    absl::StrAppend(&out, "# ", indent, field.name(), ": ", hint, mark, "\n");
  }
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Offering ReadEntryFile(absl::string_view file, absl::string_view bytes, base::Issues* issues) {
  catalog::YamlNode root;
  if (!catalog::ReadYaml(file, bytes, {}, &root, issues) && !root.is_map()) return Offering();
  return ReadEntry(file, std::move(root), issues);
}

Offering ReadEntry(absl::string_view file, catalog::YamlNode root, base::Issues* issues) {
  Offering offering;
  catalog::MessageReader reader(file, issues);
  if (!root.is_map()) {
    root.line = std::max(root.line, 1);
    root.column = std::max(root.column, 1);
    reader.Refuse(root, "", "NOT_A_MAP", "le fichier commence par des champs nommés",
                  "the file begins with named fields");
    return offering;
  }
  const std::string member = TakeId(root, "member", reader);
  const std::string id = TakeId(root, "id", reader);
  for (const catalog::YamlNode::Entry& entry : root.entries) {
    static constexpr absl::string_view kOutput[] = {"name",        "state",       "revision",
                                                    "create_time", "update_time", "etag"};
    if (std::find(std::begin(kOutput), std::end(kOutput), entry.key) == std::end(kOutput)) continue;
    reader.Refuse(entry.line, entry.column, entry.key, "OUTPUT_ONLY",
                  "champ rempli par le catalogue : retirez-le",
                  "field filled in by the catalogue: remove it");
  }
  reader.Read(root, "", &offering);
  if (!member.empty() && !id.empty()) {
    offering.set_name(absl::StrCat("members/", member, "/offerings/", id));
  }
  return offering;
}

void CheckEntry(const Offering& offering, const catalog::NeedVocabulary* vocabulary,
                base::Issues* issues) {
  // First: a list of issues has an end.
  if (offering.ByteSizeLong() > static_cast<size_t>(kProposalSizeMax)) {
    const std::string sizes = absl::StrCat(offering.ByteSizeLong(), " > ", kProposalSizeMax);
    issues->Add({.field = "",
                 .reason = "TOO_LARGE",
                 .text_fr = absl::StrCat("octets : ", sizes, " ; raccourcissez les textes"),
                 .text_en = absl::StrCat("bytes: ", sizes, "; shorten the texts")});
  }
  Offering whole = offering;
  if (whole.uid().empty()) whole.set_uid(std::string(kSomeUid));
  whole.set_state(Offering::PUBLISHED);
  catalog::ValidateOffering(whole, vocabulary, issues);
  CheckTexts(offering.title(), "title", issues);
  CheckTexts(offering.generic_name(), "generic_name", issues);
  CheckTexts(offering.short_description(), "short_description", issues);
  CheckTexts(offering.long_description(), "long_description", issues);
}

std::string WriteTemplate(const catalog::v1::Need& need, bool french) {
  const auto say = [french](absl::string_view fr, absl::string_view en) {
    return french ? fr : en;
  };
  std::string out = absl::StrCat(
      "# ", say("Une offre pour le besoin ", "An offering for the need "), need.need_id(), " (",
      french ? need.title().fr() : need.title().en(), ").\n",
      say("# Un champ absent est inconnu : ni zéro, ni non. Prix hors taxes.\n"
          "# Vérifier : aplomb proposal check CE_FICHIER\n\n",
          "# A field that is absent is unknown: neither zero nor no. Prices without VAT.\n"
          "# Check: aplomb proposal check THIS_FILE\n\n"));
  absl::StrAppend(&out, "member: ", say("mon-entreprise", "my-firm"), "   # ",
                  say("votre identifiant de membre", "your id as a member"), "\n");
  absl::StrAppend(
      &out, "id: ", say("mon-produit", "my-product"), "   # ",
      say("lettres minuscules, chiffres, tirets", "lower-case letters, digits, hyphens"), "\n");
  absl::StrAppend(&out, "title: {fr: \"Mon produit\", en: \"My product\"}\n");
  absl::StrAppend(&out, "short_description: {fr: \"", "Une phrase, 150 caractères au plus.",
                  "\", en: \"One sentence, at most 150 characters.\"}\n");
  absl::StrAppend(&out, "landing_url: \"https://example.com/\"\n");
  absl::StrAppend(&out, "kind: SOFTWARE_SAAS   # ", EnumValues(*Offering::Kind_descriptor()), "\n");
  absl::StrAppend(&out, "need_ids: [", need.need_id(), "]   # ",
                  say("le premier est la file d'examen", "the first one is the review queue"),
                  "\n\n");
  absl::StrAppend(&out, "# ",
                  say("NONE, PARTIAL, FULL ou OPTION_PAID ; ôtez le # de ce que vous savez",
                      "NONE, PARTIAL, FULL or OPTION_PAID; take away the # where you know"),
                  "\nfeatures:\n  ", need.need_id(), ":\n");
  bool first = true;
  for (const catalog::v1::Feature& feature : need.features()) {
    absl::StrAppend(&out, first ? "    " : "#   ", feature.feature_id(), ": FULL   # ",
                    OneLine(french ? feature.definition().fr() : feature.definition().en()), "\n");
    first = false;
  }
  absl::StrAppend(
      &out, "\ncoverage:   # ", say("sans cela, pas de classement", "not ranked without this"),
      "\n  regions: [FR-METRO]   # ", CodesOf("regions"), "\n  countries: [FR]\n",
      "languages:\n  ui: [fr]\n\n", "pricing:   # ",
      say("sans cela, pas de classement", "not ranked without this"),
      "\n  components:   # model: ", EnumValues(*type::PriceModel_descriptor()),
      "\n    - {model: FLAT, amount: 29.00 EUR, period: MONTH, label: {fr: \"Abonnement\", en: "
      "\"Subscription\"}}\n    # - {model: SETUP, amount: 100.00 EUR}\n"
      "    # - {model: USAGE, metric: EMAILS_MONTH, included: 1000, unit_count: 1000, amount: 2.00 "
      "EUR}\n  transparency: PUBLIC_COMPLETE   # ",
      EnumValues(*type::PriceTransparency_descriptor()), "\n  as_of: 2026-11-01   # ",
      say("jour où le tarif a été lu", "day on which the tariff was read"), "\n\n",
      "development_status: STABLE   # ",
      say("sans cela, pas de classement (un service ou une formation n'en a pas besoin) : ",
          "not ranked without this (a service or a training needs none): "),
      EnumValues(*Offering::DevelopmentStatus_descriptor()), "\n\n");
  absl::StrAppend(
      &out, "# ",
      say("D'où viennent les faits ; sans cela ils valent DECLARED, le niveau le plus bas.",
          "Where facts come from; without it they count as DECLARED, the lowest level."),
      "\n# claims:\n#   - {field_path: pricing, evidence: DOCUMENTED, source: "
      "\"https://example.com/\", as_of: 2026-11-01, valid_to: 2027-10-31}\n"
      "#   # evidence: DECLARED | DOCUMENTED | CERTIFIED | CHECKED\n\n# ",
      say("Tout le reste ; ôtez \"# \" de ce que vous savez (et du nom au-dessus).",
          "Everything else; take away \"# \" where you know (and from the name above)."),
      "\n");
  WriteFields(*Offering::descriptor(), "", "", need, french, out);
  return out;
}

}  // namespace aplomb::proposals
