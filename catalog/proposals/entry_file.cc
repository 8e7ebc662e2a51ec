#include "catalog/proposals/entry_file.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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

// Characters without width, by which two texts that look alike are made to differ; those that
// catalog::FindHiddenCharacter does not know.
struct Zero {
  absl::string_view bytes;
  absl::string_view name;
};
constexpr Zero kZeroWidth[] = {{"\xC2\xAD", "U+00AD"},
                               {"\xCD\x8F", "U+034F"},
                               {"\xE1\x85\x9F", "U+115F"},
                               {"\xE1\x85\xA0", "U+1160"},
                               {"\xE1\xA0\x8E", "U+180E"},
                               {"\xE2\x80\x8B", "U+200B"},
                               {"\xE2\x80\x8C", "U+200C"},
                               {"\xE2\x80\x8D", "U+200D"},
                               {"\xE2\x81\xA0", "U+2060"},
                               {"\xE2\x81\xA1", "U+2061"},
                               {"\xE2\x81\xA2", "U+2062"},
                               {"\xE2\x81\xA3", "U+2063"},
                               {"\xE2\x81\xA4", "U+2064"},
                               {"\xE3\x85\xA4", "U+3164"},
                               {"\xEF\xBE\xA0", "U+FFA0"},
                               {"\xF3\xA0\x80", "U+E0000 to U+E003F"},
                               {"\xF3\xA0\x81", "U+E0040 to U+E007F"}};

std::string FindHidden(absl::string_view text) {
  std::string found = catalog::FindHiddenCharacter(text);
  for (const Zero& one : kZeroWidth) {
    if (found.empty() && absl::StrContains(text, one.bytes)) found = std::string(one.name);
  }
  return found;
}

// Every text of the message, at any depth: names in lists, addresses, labels, sources.
void CheckHidden(const google::protobuf::Message& message, absl::string_view path,
                 base::Issues* issues) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      // A message that is one list is written as that list: certificates[0].
      const bool only_list = !path.empty() && fields.size() == 1 && field->is_repeated() &&
                             field->containing_type()->field_count() == 1;
      const std::string below =
          absl::StrCat(only_list ? std::string(path) : base::JoinField(path, field->name()),
                       field->is_repeated() ? absl::StrCat("[", i, "]") : std::string());
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CheckHidden(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                         : reflection.GetMessage(message, field),
                    below, issues);
      }
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
      const std::string hidden =
          FindHidden(field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                          : reflection.GetString(message, field));
      const bool told = std::any_of(issues->list().begin(), issues->list().end(),
                                    [&below](const base::Issue& one) {
                                      return one.field == below && one.reason == "HIDDEN_CHARACTER";
                                    });
      if (hidden.empty() || told) continue;
      issues->Add({.field = below,
                   .reason = "HIDDEN_CHARACTER",
                   .text_fr = absl::StrCat("caractère invisible (", hidden, ") : retirez-le"),
                   .text_en = absl::StrCat("hidden character (", hidden, "): remove it")});
    }
  }
}

void CheckTexts(const type::LocalizedText& text, absl::string_view field, base::Issues* issues) {
  if (text.fr().empty() != text.en().empty()) {
    const std::string missing = absl::StrCat(field, text.fr().empty() ? ".fr" : ".en");
    for (const base::Issue& one : issues->list()) {
      // Of texts that every entry has, ValidateOffering tells it.
      if (one.field == missing && one.reason == "MISSING") return;
    }
    issues->Add({.field = missing,
                 .reason = "MISSING",
                 .text_fr = "texte donné dans une seule langue ; donnez fr et en",
                 .text_en = "text given in one language only; give fr and en"});
  }
}

// An address that a reader can open.
bool IsWebAddress(absl::string_view source) {
  if (!absl::ConsumePrefix(&source, "https://") && !absl::ConsumePrefix(&source, "http://")) {
    return false;
  }
  return !source.empty() && source[0] != '/' &&
         std::none_of(source.begin(), source.end(),
                      [](unsigned char c) { return c <= ' ' || c == 0x7F; });
}

// Whether the list of certificates has the number and the last day of what a claim is about: one
// scheme ("certificates.HDS"), all of them, or the proof of a till.
bool IsListed(const Offering& offering, absl::string_view path) {
  const bool till = path == "pos.proof_kind";
  if (!till && path != "certificates" && !absl::ConsumePrefix(&path, "certificates.")) return false;
  bool found = false;
  for (const catalog::v1::Certificate& one : offering.certificates().certificates()) {
    const bool meant = till ? one.scheme() == catalog::v1::Certificate::NF525 ||
                                  one.scheme() == catalog::v1::Certificate::LNE_CAISSE
                            : path == "certificates" ||
                                  path == catalog::v1::Certificate::Scheme_Name(one.scheme());
    if (!meant) continue;
    if (one.number().empty() || !one.has_valid_to()) return false;
    found = true;
  }
  return found;
}

// What docs/members.md asks of each level of evidence. A source that is missing altogether is told
// by ValidateOffering.
void CheckEvidence(const Offering& offering, base::Issues* issues) {
  for (int i = 0; i < offering.claims_size(); ++i) {
    const type::Claim& claim = offering.claims(i);
    const std::string path = absl::StrCat("claims[", i, "]");
    if (claim.evidence() == type::DOCUMENTED && !claim.source().empty() &&
        !IsWebAddress(claim.source())) {
      issues->Add(
          {.field = path + ".source",
           .reason = "INVALID_URL",
           .text_fr = "DOCUMENTED demande l'adresse du document : https://exemple.fr/page",
           .text_en = "DOCUMENTED needs the address of the document: https://example.com/page"});
    }
    if (claim.evidence() != type::CERTIFIED) continue;
    if (IsListed(offering, claim.field_path())) continue;
    if (claim.certificate_number().empty()) {
      issues->Add({.field = path + ".certificate_number",
                   .reason = "MISSING",
                   .text_fr = absl::StrCat("CERTIFIED pour ", claim.field_path(),
                                           " demande le numéro du certificat, ici ou dans "
                                           "certificates"),
                   .text_en = absl::StrCat("CERTIFIED for ", claim.field_path(),
                                           " needs the number of the certificate, here or in "
                                           "certificates")});
    }
    if (!claim.has_valid_to()) {
      issues->Add({.field = path + ".valid_to",
                   .reason = "MISSING",
                   .text_fr = "CERTIFIED demande le dernier jour de validité du certificat",
                   .text_en = "CERTIFIED needs the last day on which the certificate is valid"});
    }
  }
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
  CheckEvidence(offering, issues);
  CheckTexts(offering.title(), "title", issues);
  CheckTexts(offering.generic_name(), "generic_name", issues);
  CheckTexts(offering.short_description(), "short_description", issues);
  CheckTexts(offering.long_description(), "long_description", issues);
  CheckHidden(offering, "", issues);
}

}  // namespace aplomb::proposals
