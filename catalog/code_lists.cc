#include "catalog/code_lists.h"

#include <algorithm>
#include <iterator>

namespace aplomb::catalog {
namespace {

// Add at the end only: the place of an entry is its ordinal.

// Code officiel géographique, INSEE.
constexpr CodeEntry kRegions[] = {
    {"01", "Guadeloupe", "Guadeloupe"},
    {"02", "Martinique", "Martinique"},
    {"03", "Guyane", "French Guiana"},
    {"04", "La Réunion", "Réunion"},
    {"06", "Mayotte", "Mayotte"},
    {"11", "Île-de-France", "Île-de-France"},
    {"24", "Centre-Val de Loire", "Centre-Val de Loire"},
    {"27", "Bourgogne-Franche-Comté", "Burgundy-Franche-Comté"},
    {"28", "Normandie", "Normandy"},
    {"32", "Hauts-de-France", "Hauts-de-France"},
    {"44", "Grand Est", "Grand Est"},
    {"52", "Pays de la Loire", "Pays de la Loire"},
    {"53", "Bretagne", "Brittany"},
    {"75", "Nouvelle-Aquitaine", "Nouvelle-Aquitaine"},
    {"76", "Occitanie", "Occitania"},
    {"84", "Auvergne-Rhône-Alpes", "Auvergne-Rhône-Alpes"},
    {"93", "Provence-Alpes-Côte d'Azur", "Provence-Alpes-Côte d'Azur"},
    {"94", "Corse", "Corsica"},
};

// ISO 3166-1; the first thirty are the European Economic Area.
constexpr CodeEntry kCountries[] = {
    {"AT", "Autriche", "Austria"},
    {"BE", "Belgique", "Belgium"},
    {"BG", "Bulgarie", "Bulgaria"},
    {"HR", "Croatie", "Croatia"},
    {"CY", "Chypre", "Cyprus"},
    {"CZ", "Tchéquie", "Czechia"},
    {"DK", "Danemark", "Denmark"},
    {"EE", "Estonie", "Estonia"},
    {"FI", "Finlande", "Finland"},
    {"FR", "France", "France"},
    {"DE", "Allemagne", "Germany"},
    {"GR", "Grèce", "Greece"},
    {"HU", "Hongrie", "Hungary"},
    {"IE", "Irlande", "Ireland"},
    {"IT", "Italie", "Italy"},
    {"LV", "Lettonie", "Latvia"},
    {"LT", "Lituanie", "Lithuania"},
    {"LU", "Luxembourg", "Luxembourg"},
    {"MT", "Malte", "Malta"},
    {"NL", "Pays-Bas", "Netherlands"},
    {"PL", "Pologne", "Poland"},
    {"PT", "Portugal", "Portugal"},
    {"RO", "Roumanie", "Romania"},
    {"SK", "Slovaquie", "Slovakia"},
    {"SI", "Slovénie", "Slovenia"},
    {"ES", "Espagne", "Spain"},
    {"SE", "Suède", "Sweden"},
    {"IS", "Islande", "Iceland"},
    {"LI", "Liechtenstein", "Liechtenstein"},
    {"NO", "Norvège", "Norway"},
    {"CH", "Suisse", "Switzerland"},
    {"GB", "Royaume-Uni", "United Kingdom"},
    {"US", "États-Unis", "United States"},
    {"CA", "Canada", "Canada"},
    {"JP", "Japon", "Japan"},
    {"KR", "Corée du Sud", "South Korea"},
    {"NZ", "Nouvelle-Zélande", "New Zealand"},
    {"IL", "Israël", "Israel"},
    {"AR", "Argentine", "Argentina"},
    {"UY", "Uruguay", "Uruguay"},
    {"AD", "Andorre", "Andorra"},
    {"FO", "Îles Féroé", "Faroe Islands"},
    {"GG", "Guernesey", "Guernsey"},
    {"IM", "Île de Man", "Isle of Man"},
    {"JE", "Jersey", "Jersey"},
    {"BR", "Brésil", "Brazil"},
    {"MC", "Monaco", "Monaco"},
    {"AU", "Australie", "Australia"},
    {"CN", "Chine", "China"},
    {"HK", "Hong Kong", "Hong Kong"},
    {"IN", "Inde", "India"},
    {"SG", "Singapour", "Singapore"},
    {"MA", "Maroc", "Morocco"},
    {"TN", "Tunisie", "Tunisia"},
    {"SN", "Sénégal", "Senegal"},
    {"MU", "Maurice", "Mauritius"},
    {"MX", "Mexique", "Mexico"},
    {"TR", "Turquie", "Türkiye"},
    {"UA", "Ukraine", "Ukraine"},
    {"ZA", "Afrique du Sud", "South Africa"},
    {"ZZ", "Autre pays", "Another country"},
};

// BCP 47 (RFC 5646), primary subtags.
constexpr CodeEntry kLanguages[] = {
    {"fr", "français", "French"},
    {"en", "anglais", "English"},
    {"de", "allemand", "German"},
    {"es", "espagnol", "Spanish"},
    {"it", "italien", "Italian"},
    {"pt", "portugais", "Portuguese"},
    {"nl", "néerlandais", "Dutch"},
    {"bg", "bulgare", "Bulgarian"},
    {"cs", "tchèque", "Czech"},
    {"da", "danois", "Danish"},
    {"el", "grec", "Greek"},
    {"et", "estonien", "Estonian"},
    {"fi", "finnois", "Finnish"},
    {"ga", "irlandais", "Irish"},
    {"hr", "croate", "Croatian"},
    {"hu", "hongrois", "Hungarian"},
    {"lt", "lituanien", "Lithuanian"},
    {"lv", "letton", "Latvian"},
    {"mt", "maltais", "Maltese"},
    {"pl", "polonais", "Polish"},
    {"ro", "roumain", "Romanian"},
    {"sk", "slovaque", "Slovak"},
    {"sl", "slovène", "Slovene"},
    {"sv", "suédois", "Swedish"},
    {"nb", "norvégien", "Norwegian"},
    {"is", "islandais", "Icelandic"},
    {"lb", "luxembourgeois", "Luxembourgish"},
    {"ca", "catalan", "Catalan"},
    {"eu", "basque", "Basque"},
    {"oc", "occitan", "Occitan"},
    {"br", "breton", "Breton"},
    {"co", "corse", "Corsican"},
    {"gsw", "alsacien", "Alsatian"},
    {"gcf", "créole guadeloupéen et martiniquais", "Guadeloupean and Martinican Creole"},
    {"gcr", "créole guyanais", "Guianese Creole"},
    {"rcf", "créole réunionnais", "Réunion Creole"},
    {"ar", "arabe", "Arabic"},
    {"zh", "chinois", "Chinese"},
    {"ja", "japonais", "Japanese"},
    {"ko", "coréen", "Korean"},
    {"ru", "russe", "Russian"},
    {"uk", "ukrainien", "Ukrainian"},
    {"tr", "turc", "Turkish"},
    {"he", "hébreu", "Hebrew"},
    {"hi", "hindi", "Hindi"},
    {"id", "indonésien", "Indonesian"},
    {"th", "thaï", "Thai"},
    {"vi", "vietnamien", "Vietnamese"},
};

constexpr CodeEntry kTlds[] = {
    {"fr", ".fr", ".fr"},
    {"com", ".com", ".com"},
    {"net", ".net", ".net"},
    {"org", ".org", ".org"},
    {"eu", ".eu", ".eu"},
    {"re", ".re", ".re"},
    {"gp", ".gp", ".gp"},
    {"mq", ".mq", ".mq"},
    {"gf", ".gf", ".gf"},
    {"yt", ".yt", ".yt"},
    {"pm", ".pm", ".pm"},
    {"wf", ".wf", ".wf"},
    {"nc", ".nc", ".nc"},
    {"pf", ".pf", ".pf"},
    {"tf", ".tf", ".tf"},
    {"bzh", ".bzh", ".bzh"},
    {"corsica", ".corsica", ".corsica"},
    {"alsace", ".alsace", ".alsace"},
    {"paris", ".paris", ".paris"},
    {"info", ".info", ".info"},
    {"biz", ".biz", ".biz"},
    {"pro", ".pro", ".pro"},
    {"name", ".name", ".name"},
    {"shop", ".shop", ".shop"},
    {"store", ".store", ".store"},
    {"online", ".online", ".online"},
    {"site", ".site", ".site"},
    {"tech", ".tech", ".tech"},
    {"io", ".io", ".io"},
    {"co", ".co", ".co"},
    {"app", ".app", ".app"},
    {"dev", ".dev", ".dev"},
    {"ai", ".ai", ".ai"},
    {"me", ".me", ".me"},
    {"cloud", ".cloud", ".cloud"},
    {"email", ".email", ".email"},
    {"be", ".be", ".be"},
    {"ch", ".ch", ".ch"},
    {"lu", ".lu", ".lu"},
    {"de", ".de", ".de"},
    {"es", ".es", ".es"},
    {"it", ".it", ".it"},
    {"uk", ".uk", ".uk"},
    {"nl", ".nl", ".nl"},
    {"pt", ".pt", ".pt"},
    {"at", ".at", ".at"},
    {"cat", ".cat", ".cat"},
    {"immo", ".immo", ".immo"},
    {"restaurant", ".restaurant", ".restaurant"},
    {"boutique", ".boutique", ".boutique"},
};

// ISO 4217.
constexpr CodeEntry kCurrencies[] = {
    {"EUR", "euro", "euro"},
    {"USD", "dollar des États-Unis", "US dollar"},
    {"GBP", "livre sterling", "pound sterling"},
    {"CHF", "franc suisse", "Swiss franc"},
    {"CAD", "dollar canadien", "Canadian dollar"},
    {"AUD", "dollar australien", "Australian dollar"},
    {"JPY", "yen", "yen"},
    {"SEK", "couronne suédoise", "Swedish krona"},
    {"NOK", "couronne norvégienne", "Norwegian krone"},
    {"DKK", "couronne danoise", "Danish krone"},
    {"ISK", "couronne islandaise", "Icelandic krona"},
    {"PLN", "zloty", "zloty"},
    {"CZK", "couronne tchèque", "Czech koruna"},
    {"HUF", "forint", "forint"},
    {"RON", "leu roumain", "Romanian leu"},
    {"BGN", "lev", "lev"},
    {"TRY", "livre turque", "Turkish lira"},
    {"UAH", "hryvnia", "hryvnia"},
    {"XPF", "franc Pacifique", "CFP franc"},
    {"XOF", "franc CFA (BCEAO)", "CFA franc (BCEAO)"},
    {"MAD", "dirham marocain", "Moroccan dirham"},
    {"TND", "dinar tunisien", "Tunisian dinar"},
    {"MUR", "roupie mauricienne", "Mauritian rupee"},
    {"NZD", "dollar néo-zélandais", "New Zealand dollar"},
    {"SGD", "dollar de Singapour", "Singapore dollar"},
    {"HKD", "dollar de Hong Kong", "Hong Kong dollar"},
    {"CNY", "yuan", "yuan"},
    {"INR", "roupie indienne", "Indian rupee"},
    {"BRL", "real", "real"},
    {"MXN", "peso mexicain", "Mexican peso"},
    {"ZAR", "rand", "rand"},
    {"ILS", "shekel", "shekel"},
    {"KRW", "won", "won"},
};

constexpr CodeEntry kExportFormats[] = {
    {"CSV", "tableau CSV", "CSV table"},
    {"JSON", "JSON", "JSON"},
    {"XML", "XML", "XML"},
    {"SQL", "copie de base SQL", "SQL dump"},
    {"ICAL", "agenda iCalendar", "iCalendar"},
    {"VCARD", "contacts vCard", "vCard contacts"},
    {"FEC", "fichier des écritures comptables", "French accounting entries file"},
    {"UBL", "facture UBL", "UBL invoice"},
    {"CII", "facture CII", "CII invoice"},
    {"FACTURX", "facture Factur-X", "Factur-X invoice"},
    {"MBOX", "courriels mbox", "mbox e-mail"},
    {"ODF", "documents OpenDocument", "OpenDocument files"},
    {"PDF", "PDF", "PDF"},
    {"OTHER", "autre format", "another format"},
};

constexpr CodeEntry kEinvoiceFormats[] = {
    {"FACTURX", "Factur-X", "Factur-X"},
    {"CII", "CII (UN/CEFACT)", "CII (UN/CEFACT)"},
    {"UBL", "UBL (OASIS)", "UBL (OASIS)"},
};

constexpr CodeEntry kCyberKinds[] = {
    {"EPP", "protection des postes", "endpoint protection"},
    {"EDR", "détection sur les postes", "endpoint detection and response"},
    {"BACKUP", "sauvegarde", "backup"},
    {"AUDIT", "diagnostic", "audit"},
    {"MFA", "double authentification", "multi-factor authentication"},
    {"PASSWORDS", "gestion des mots de passe", "password management"},
    {"AWARENESS", "sensibilisation", "awareness training"},
    {"SOC", "surveillance continue", "security operations centre"},
};

constexpr CodeEntry kDeliveryClasses[] = {
    {"home", "à domicile", "to the door"},
    {"relay", "en point relais", "to a parcel point"},
    {"pickup", "retrait en magasin", "picked up in the shop"},
    {"cold", "sous température dirigée", "chilled"},
    {"freight", "gros colis et palettes", "freight"},
};

constexpr CodeEntry kSocialNetworks[] = {
    {"photo", "réseau de photos", "photo network"},
    {"video", "réseau de vidéos", "video network"},
    {"professional", "réseau professionnel", "professional network"},
    {"messaging", "messagerie", "messaging"},
    {"microblog", "messages courts", "microblog"},
    {"local", "fiche et avis locaux", "local listing and reviews"},
};

constexpr uint64_t kEeaMask = (uint64_t{1} << 30) - 1;
constexpr uint64_t kAllRegionsMask = (uint64_t{1} << std::size(kRegions)) - 1;
// The first five regions are those overseas.
constexpr uint64_t kMetropolitanMask = kAllRegionsMask & ~uint64_t{0x1F};

constexpr CodeGroup kRegionGroups[] = {{"FR-METRO", kMetropolitanMask},
                                       {"FR-ALL", kAllRegionsMask}};
constexpr CodeGroup kCountryGroups[] = {{"EEA", kEeaMask}};

struct CodeList {
  absl::string_view name;
  absl::Span<const CodeEntry> entries;
  absl::Span<const CodeGroup> groups;
};

// By name.
constexpr CodeList kLists[] = {
    {"countries", kCountries, kCountryGroups},
    {"currencies", kCurrencies, {}},
    {"cyber_kinds", kCyberKinds, {}},
    {"delivery_classes", kDeliveryClasses, {}},
    {"einvoice_formats", kEinvoiceFormats, {}},
    {"export_formats", kExportFormats, {}},
    {"languages", kLanguages, {}},
    {"regions", kRegions, kRegionGroups},
    {"social_networks", kSocialNetworks, {}},
    {"tlds", kTlds, {}},
};

constexpr absl::string_view kNames[] = {
    "countries",      "currencies", "cyber_kinds", "delivery_classes", "einvoice_formats",
    "export_formats", "languages",  "regions",     "social_networks",  "tlds",
};

static_assert(std::size(kNames) == std::size(kLists));
static_assert(std::size(kRegions) <= kCodeListSizeMax);
static_assert(std::size(kCountries) <= kCodeListSizeMax);
static_assert(std::size(kLanguages) <= kCodeListSizeMax);
static_assert(std::size(kTlds) <= kCodeListSizeMax);
static_assert(std::size(kCurrencies) <= kCodeListSizeMax);
static_assert(std::size(kExportFormats) <= kCodeListSizeMax);
static_assert(std::size(kEinvoiceFormats) <= kCodeListSizeMax);
static_assert(std::size(kCyberKinds) <= kCodeListSizeMax);
static_assert(std::size(kDeliveryClasses) <= kCodeListSizeMax);
static_assert(std::size(kSocialNetworks) <= kCodeListSizeMax);

struct Department {
  absl::string_view code;
  absl::string_view region_code;
};

// Code officiel géographique, INSEE; by code.
constexpr Department kDepartments[] = {
    {"01", "84"},  {"02", "32"},  {"03", "84"},  {"04", "93"},  {"05", "93"},  {"06", "93"},
    {"07", "84"},  {"08", "44"},  {"09", "76"},  {"10", "44"},  {"11", "76"},  {"12", "76"},
    {"13", "93"},  {"14", "28"},  {"15", "84"},  {"16", "75"},  {"17", "75"},  {"18", "24"},
    {"19", "75"},  {"21", "27"},  {"22", "53"},  {"23", "75"},  {"24", "75"},  {"25", "27"},
    {"26", "84"},  {"27", "28"},  {"28", "24"},  {"29", "53"},  {"2A", "94"},  {"2B", "94"},
    {"30", "76"},  {"31", "76"},  {"32", "76"},  {"33", "75"},  {"34", "76"},  {"35", "53"},
    {"36", "24"},  {"37", "24"},  {"38", "84"},  {"39", "27"},  {"40", "75"},  {"41", "24"},
    {"42", "84"},  {"43", "84"},  {"44", "52"},  {"45", "24"},  {"46", "76"},  {"47", "75"},
    {"48", "76"},  {"49", "52"},  {"50", "28"},  {"51", "44"},  {"52", "44"},  {"53", "52"},
    {"54", "44"},  {"55", "44"},  {"56", "53"},  {"57", "44"},  {"58", "27"},  {"59", "32"},
    {"60", "32"},  {"61", "28"},  {"62", "32"},  {"63", "84"},  {"64", "75"},  {"65", "76"},
    {"66", "76"},  {"67", "44"},  {"68", "44"},  {"69", "84"},  {"70", "27"},  {"71", "27"},
    {"72", "52"},  {"73", "84"},  {"74", "84"},  {"75", "11"},  {"76", "28"},  {"77", "11"},
    {"78", "11"},  {"79", "75"},  {"80", "32"},  {"81", "76"},  {"82", "76"},  {"83", "93"},
    {"84", "93"},  {"85", "52"},  {"86", "75"},  {"87", "75"},  {"88", "44"},  {"89", "27"},
    {"90", "27"},  {"91", "11"},  {"92", "11"},  {"93", "11"},  {"94", "11"},  {"95", "11"},
    {"971", "01"}, {"972", "02"}, {"973", "03"}, {"974", "04"}, {"976", "06"},
};

const CodeList* FindList(absl::string_view name) {
  for (const CodeList& list : kLists) {
    if (list.name == name) return &list;
  }
  return nullptr;
}

}  // namespace

absl::Span<const absl::string_view> CodeListNames() { return kNames; }

bool IsCodeList(absl::string_view list_name) { return FindList(list_name) != nullptr; }

absl::Span<const CodeEntry> CodeListEntries(absl::string_view list_name) {
  const CodeList* list = FindList(list_name);
  return list == nullptr ? absl::Span<const CodeEntry>() : list->entries;
}

absl::Span<const CodeGroup> CodeListGroups(absl::string_view list_name) {
  const CodeList* list = FindList(list_name);
  return list == nullptr ? absl::Span<const CodeGroup>() : list->groups;
}

size_t CodeListSize(absl::string_view list_name) { return CodeListEntries(list_name).size(); }

std::optional<int> FindCode(absl::string_view list_name, absl::string_view code) {
  const absl::Span<const CodeEntry> entries = CodeListEntries(list_name);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].code == code) return static_cast<int>(i);
  }
  return std::nullopt;
}

std::optional<uint64_t> MaskOfCode(absl::string_view list_name, absl::string_view code) {
  if (const std::optional<int> ordinal = FindCode(list_name, code)) return uint64_t{1} << *ordinal;
  for (const CodeGroup& group : CodeListGroups(list_name)) {
    if (group.code == code) return group.mask;
  }
  return std::nullopt;
}

absl::string_view CodeOf(absl::string_view list_name, int ordinal) {
  const absl::Span<const CodeEntry> entries = CodeListEntries(list_name);
  if (ordinal < 0 || static_cast<size_t>(ordinal) >= entries.size()) return {};
  return entries[static_cast<size_t>(ordinal)].code;
}

std::optional<absl::string_view> RegionOfDepartment(absl::string_view department_code) {
  const auto* found = std::lower_bound(
      std::begin(kDepartments), std::end(kDepartments), department_code,
      [](const Department& department, absl::string_view code) { return department.code < code; });
  if (found == std::end(kDepartments) || found->code != department_code) return std::nullopt;
  return found->region_code;
}

}  // namespace aplomb::catalog
