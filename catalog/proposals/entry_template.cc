#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "aplomb/type/options.pb.h"
#include "catalog/code_lists.h"
#include "catalog/proposals/entry_file.h"
#include "catalog/proposals/field_help.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Offering;
using google::protobuf::FieldDescriptor;

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

// That of an empty file: an example that is seen to be one.
constexpr absl::string_view kSomeHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// A value for a fact without which an offering of some need is not ranked, and for what the rules
// of the law ask beside it. None of them is true of every offering: each is marked as an example.
struct Example {
  absl::string_view path;
  absl::string_view value;
  absl::string_view with = "";  // the fact beside which it is asked; "": itself
};
constexpr Example kExamples[] = {
    {"accounting.einvoicing_role", "COMPATIBLE_SOLUTION"},
    {"accounting.pa_named", "true", "accounting.einvoicing_role"},
    {"accounting.formats_in", "[FACTURX, CII, UBL]", "accounting.einvoicing_role"},
    {"accounting.formats_out", "[FACTURX]", "accounting.einvoicing_role"},
    {"accounting.ereporting", "true", "accounting.einvoicing_role"},
    {"commitment.min_months", "1"},
    {"hosting.locations", "[FR]"},
    {"onboarding.days_to_live", "10"},
    {"payment.psp_licence", "AGENT"},
    {"portability.export_formats", "[CSV]"},
    {"pos.proof_kind", "PUBLISHER_ATTESTATION"},
};

// What stands at the head of every template.
constexpr absl::string_view kHead[] = {
    "title",    "short_description", "landing_url", "kind",      "need_ids",          "features",
    "coverage", "pricing",           "claims",      "languages", "development_status"};

bool IsNeeded(absl::string_view path, const catalog::v1::Need& need) {
  const std::string fact = absl::StrCat("offering.", path);
  return std::find(need.minimum_facts().begin(), need.minimum_facts().end(), fact) !=
         need.minimum_facts().end();
}

// The example to fill in at `path`; null where the need does not ask for it.
const Example* ExampleOf(absl::string_view path, const catalog::v1::Need& need) {
  for (const Example& one : kExamples) {
    if (one.path == path && IsNeeded(one.with.empty() ? path : one.with, need)) return &one;
  }
  return nullptr;
}

// Groups of facts, "accounting", of which the need asks for one that is not at the head.
std::set<std::string> NeededGroups(const catalog::v1::Need& need) {
  std::set<std::string> groups;
  for (absl::string_view fact : need.minimum_facts()) {
    if (!absl::ConsumePrefix(&fact, "offering.")) continue;
    const std::string group(fact.substr(0, fact.find('.')));
    if (std::find(std::begin(kHead), std::end(kHead), group) == std::end(kHead)) {
      groups.insert(group);
    }
  }
  return groups;
}

// "   # …" where a field is not told by its name.
std::string HelpOf(const FieldDescriptor& field, bool french) {
  const FieldHelp* help = FindFieldHelp(field);
  return help == nullptr ? "" : absl::StrCat("; ", french ? help->fr : help->en);
}

void WriteFields(const google::protobuf::Descriptor& message, absl::string_view path,
                 const std::string& indent, const catalog::v1::Need& need, bool french,
                 bool needed_groups, std::string& out) {
  const std::set<std::string> groups = NeededGroups(need);
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (path.empty() &&
        (IsOutput(field) ||
         std::find(std::begin(kHead), std::end(kHead), field.name()) != std::end(kHead) ||
         groups.contains(field.name()) != needed_groups)) {
      continue;
    }
    const std::string below =
        path.empty() ? std::string(field.name()) : absl::StrCat(path, ".", field.name());
    const Example* example = ExampleOf(below, need);
    if (IsBranch(field)) {
      absl::StrAppend(&out, path.empty() && needed_groups ? "" : "# ", indent, field.name(), ":\n");
      WriteFields(*field.message_type(), below, indent + "  ", need, french, needed_groups, out);
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
    if (example == nullptr) {
      absl::StrAppend(&out, "# ", indent, field.name(), ": ", hint, HelpOf(field, french), "\n");
      continue;
    }
    const bool asked = example->with.empty();
    absl::StrAppend(&out, indent, field.name(), ": ", example->value, "   # ", hint,
                    HelpOf(field, french),
                    asked ? (french ? " <-- sans cela, l'offre n'est pas classée"
                                    : " <-- without this the offering is not ranked")
                          : (french ? " <-- demandé par la loi pour ce rôle"
                                    : " <-- asked by the law for this role"),
                    "\n");
  }
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string WriteTemplate(const catalog::v1::Need& need, bool french) {
  const auto say = [french](absl::string_view fr, absl::string_view en) {
    return french ? fr : en;
  };
  std::string out = absl::StrCat(
      "# ", say("Une offre pour le besoin ", "An offering for the need "), need.need_id(), " (",
      french ? need.title().fr() : need.title().en(), ").\n",
      say("# Un champ absent est inconnu : ni zéro, ni non. Prix hors taxes.\n"
          "# Tout ce qui est rempli ici est un exemple : changez ce qui n'est pas vrai.\n"
          "# Vérifier : aplomb proposal check CE_FICHIER\n\n",
          "# A field that is absent is unknown: neither zero nor no. Prices without VAT.\n"
          "# All that is filled in here is an example: change what is not true.\n"
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
  absl::StrAppend(&out, "kind: SOFTWARE_SAAS   # ", EnumValues(*Offering::Kind_descriptor()),
                  HelpOf(*Offering::descriptor()->FindFieldByName("kind"), french), "\n");
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
      say("sans cela, pas de classement", "not ranked without this"), "\n  components:\n    # ",
      say("Une ligne par prix ; ôtez le # de celles qui ressemblent à votre tarif, retirez les "
          "autres.",
          "One line for each price; take away the # of those that are like your tariff, remove the "
          "others."),
      "\n    - {model: FLAT, amount: 29.00 EUR, period: MONTH, label: {fr: \"Abonnement\", en: "
      "\"Subscription\"}}\n");
  for (const PriceExample& one : PriceExamples()) {
    absl::StrAppend(&out, "    # - ", one.line, "   # ", french ? one.fr : one.en, "\n");
  }
  absl::StrAppend(
      &out, "  transparency: PUBLIC_COMPLETE   # ",
      EnumValues(*type::PriceTransparency_descriptor()),
      HelpOf(*type::Pricing::descriptor()->FindFieldByName("transparency"), french),
      "\n  as_of: 2026-11-01   # ",
      say("jour où le tarif a été lu", "day on which the tariff was read"), "\n\n",
      "development_status: STABLE   # ",
      say("sans cela, pas de classement (un service ou une formation n'en a pas besoin) : ",
          "not ranked without this (a service or a training needs none): "),
      EnumValues(*Offering::DevelopmentStatus_descriptor()), "\n\n");
  if (!NeededGroups(need).empty()) {
    absl::StrAppend(&out, "# ",
                    say("Ce que ce besoin demande de plus ; les valeurs sont des exemples.",
                        "What this need asks for besides; the values are examples."),
                    "\n");
    WriteFields(*Offering::descriptor(), "", "", need, french, /*needed_groups=*/true, out);
    absl::StrAppend(&out, "\n");
  }
  absl::StrAppend(
      &out, "# ",
      say("D'où viennent les faits ; sans cela ils valent DECLARED, le niveau le plus bas.\n"
          "# DOCUMENTED : source est l'adresse du document, source_sha256 son empreinte (sha256sum "
          "FICHIER).\n"
          "# CERTIFIED : source nomme le certificateur ; certificate_number et valid_to, ou la "
          "liste "
          "certificates.\n"
          "# CHECKED : seuls les évaluateurs l'écrivent.",
          "Where facts come from; without it they count as DECLARED, the lowest level.\n"
          "# DOCUMENTED: source is the address of the document, source_sha256 its hash (sha256sum "
          "FILE).\n"
          "# CERTIFIED: source names the certifier; certificate_number and valid_to, or the list "
          "certificates.\n"
          "# CHECKED: only reviewers write it."),
      "\n# claims:\n#   - {field_path: pricing, evidence: DOCUMENTED, source: "
      "\"https://example.com/\", source_sha256: \"",
      kSomeHash, "\", as_of: 2026-11-01, valid_to: 2027-10-31}\n\n# ",
      say("Tout le reste ; ôtez \"# \" de ce que vous savez (et du nom au-dessus).",
          "Everything else; take away \"# \" where you know (and from the name above)."),
      "\n");
  WriteFields(*Offering::descriptor(), "", "", need, french, /*needed_groups=*/false, out);
  return out;
}

}  // namespace aplomb::proposals
