#include "catalog/import/report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "catalog/import/importer.h"
#include "catalog/import/text.h"

namespace aplomb::catalog {
namespace {

constexpr size_t kColumns = 100;
// Records named per reason in a summary, and those of which the text is told too.
constexpr size_t kNamedMax = 8;
constexpr size_t kToldMax = 10;
constexpr size_t kToldCharacters = 190;

absl::string_view LabelOf(ImportOutcome outcome, bool french) {
  switch (outcome) {
    case ImportOutcome::kImported:
      return french ? "importé" : "imported";
    case ImportOutcome::kPartial:
      return french ? "partiel" : "partial";
    case ImportOutcome::kRefused:
      return french ? "refusé" : "refused";
  }
  return "";
}

bool IsStart(char c) { return (static_cast<unsigned>(c) & 0xC0u) != 0x80u; }

size_t WidthOf(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), IsStart));
}

// Appends `text`, broken at spaces so that no line is longer than kColumns; the lines after the
// first stand `hang` columns to the right. A word that is too long is broken.
void AppendWrapped(absl::string_view indent, absl::string_view text, size_t hang,
                   std::string* out) {
  std::string line(indent);
  size_t width = indent.size();
  bool fresh = true;
  const auto next_line = [&] {
    absl::StrAppend(out, line, "\n");
    line.assign(indent.size() + hang, ' ');
    width = line.size();
    fresh = true;
  };
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const size_t length = WidthOf(word);
    if (!fresh && width + 1 + length > kColumns) next_line();
    if (!fresh) {
      line += ' ';
      ++width;
    }
    for (const char c : word) {
      if (IsStart(c) && width == kColumns) next_line();
      line += c;
      if (IsStart(c)) ++width;
    }
    fresh = false;
  }
  absl::StrAppend(out, line, "\n");
}

std::string Counted(size_t count, absl::string_view one, absl::string_view many, bool french) {
  const bool is_one = french ? count < 2 : count == 1;
  return absl::StrCat(count, " ", is_one ? one : many);
}

struct Counts {
  size_t read = 0;
  size_t imported = 0;
  size_t partial = 0;
  size_t refused = 0;
};

Counts CountsOf(const ImportReport& report) {
  return {.read = report.records.size(),
          .imported = report.Count(ImportOutcome::kImported),
          .partial = report.Count(ImportOutcome::kPartial),
          .refused = report.Count(ImportOutcome::kRefused)};
}

std::string CountsText(const Counts& counts, bool french) {
  if (french) {
    return absl::StrCat(Counted(counts.read, "enregistrement lu", "enregistrements lus", true),
                        " : ", Counted(counts.imported, "importé", "importés", true), ", ",
                        Counted(counts.partial, "partiel", "partiels", true), ", ",
                        Counted(counts.refused, "refusé", "refusés", true));
  }
  return absl::StrCat(Counted(counts.read, "record read", "records read", false), ": ",
                      counts.imported, " imported, ", counts.partial, " partial, ", counts.refused,
                      " refused");
}

// What a reason means, where the records differ in detail only.
absl::string_view ReasonText(absl::string_view reason, bool french) {
  struct Row {
    absl::string_view reason;
    absl::string_view fr;
    absl::string_view en;
  };
  static constexpr Row kRows[] = {
      {"OK", "repris", "taken over"},
      {"UNKNOWN_FACTS", "repris ; sans ces faits, à confirmer au lieu d'être classé",
       "taken over; to confirm instead of ranked while these facts are unknown"},
      {"HISTORY", "un tarif plus récent du même produit est repris",
       "a newer tariff of the same product is taken over"},
      {"NO_MAPPING", "aucun relecteur n'a rattaché ce produit à un membre et à des besoins",
       "no reviewer has tied this product to a member and to needs"},
      {"NO_NEED", "aucun besoin ne correspond à ses catégories",
       "no need corresponds to its categories"},
      {"NO_PLAN", "aucune formule à reprendre", "no plan to take over"},
      {"ARCHIVED", "projet arrêté par ses auteurs", "project given up by its authors"},
      {"NO_OFFERING", "aucune offre de ce domaine", "no offering of this domain"},
      {"CONFLICT", "une relecture dit le contraire et reste",
       "a review says the contrary and stays"},
      {"INVALID_RECORD", "enregistrement non valide", "record that is not valid"},
  };
  for (const Row& row : kRows) {
    if (row.reason == reason) return french ? row.fr : row.en;
  }
  return "";
}

// "pricing 12, features.CRM 3": those missed most first.
std::string FieldCounts(const std::map<std::string, size_t>& counts) {
  std::vector<std::pair<std::string, size_t>> fields(counts.begin(), counts.end());
  std::stable_sort(fields.begin(), fields.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return absl::StrJoin(fields, ", ", [](std::string* out, const auto& field) {
    absl::StrAppend(out, field.first, " ", field.second);
  });
}

// The file with its folder: collections often name all their files alike.
std::string ShortPath(absl::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos || slash == 0) return std::string(path);
  slash = path.rfind('/', slash - 1);
  return std::string(slash == absl::string_view::npos ? path : path.substr(slash + 1));
}

absl::string_view PluralOf(ImportOutcome outcome, bool french) {
  switch (outcome) {
    case ImportOutcome::kImported:
      return french ? "importés" : "imported";
    case ImportOutcome::kPartial:
      return french ? "partiels" : "partial";
    case ImportOutcome::kRefused:
      return french ? "refusés" : "refused";
  }
  return "";
}

// Records of one outcome and one reason.
void AppendGroup(ImportOutcome outcome, absl::string_view reason,
                 const std::vector<const ImportRecord*>& records, bool french, std::string* out) {
  AppendWrapped("  ",
                absl::StrCat(Counted(records.size(), LabelOf(outcome, french),
                                     PluralOf(outcome, french), french),
                             ", ", reason, french ? " : " : ": ", ReasonText(reason, french)),
                2, out);
  std::map<std::string, size_t> missed;
  std::map<std::string, size_t> open;
  for (const ImportRecord* record : records) {
    for (const std::string& field : record->unknown) {
      ++(IsMissedForRanking(field) ? missed : open)[field];
    }
  }
  if (!missed.empty()) {
    AppendWrapped("    ",
                  absl::StrCat(french ? "Manque pour classer : " : "Missed for ranking: ",
                               FieldCounts(missed)),
                  2, out);
  }
  if (outcome == ImportOutcome::kPartial && !open.empty()) {
    AppendWrapped(
        "    ", absl::StrCat(french ? "Non dit aussi : " : "Not said either: ", FieldCounts(open)),
        2, out);
  }
  if (outcome == ImportOutcome::kImported) return;
  if (reason == "INVALID_RECORD" || reason == "NO_PLAN") {
    for (size_t i = 0; i < std::min(records.size(), kToldMax); ++i) {
      AppendWrapped("    ",
                    absl::StrCat(records[i]->key, french ? " : " : ": ",
                                 OneLine(french ? records[i]->text_fr : records[i]->text_en,
                                         kToldCharacters)),
                    2, out);
    }
    if (records.size() > kToldMax) {
      AppendWrapped("    ",
                    absl::StrCat(french ? "et " : "and ", records.size() - kToldMax,
                                 french ? " de plus" : " more"),
                    2, out);
    }
    return;
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(records.size(), kNamedMax); ++i) {
    names.push_back(records[i]->key);
  }
  std::string text = absl::StrJoin(names, french ? " ; " : "; ");
  if (records.size() > kNamedMax) {
    absl::StrAppend(&text, french ? " ; et " : "; and ", records.size() - kNamedMax,
                    french ? " de plus" : " more");
  }
  AppendWrapped("    ", text, 2, out);
}

std::string JsonList(const std::vector<std::string>& items) {
  return absl::StrCat("[",
                      absl::StrJoin(items, ", ",
                                    [](std::string* out, const std::string& item) {
                                      absl::StrAppend(out, QuoteYaml(item));
                                    }),
                      "]");
}

}  // namespace

absl::string_view ImportOutcomeName(ImportOutcome outcome) {
  switch (outcome) {
    case ImportOutcome::kImported:
      return "IMPORTED";
    case ImportOutcome::kPartial:
      return "PARTIAL";
    case ImportOutcome::kRefused:
      return "REFUSED";
  }
  return "";
}

size_t ImportReport::Count(ImportOutcome outcome) const {
  return static_cast<size_t>(
      std::count_if(records.begin(), records.end(),
                    [outcome](const ImportRecord& record) { return record.outcome == outcome; }));
}

bool IsMissedForRanking(absl::string_view field) {
  return field == "pricing" || field == "coverage.regions" || absl::StartsWith(field, "features.");
}

std::string ImportReport::ToTable(absl::string_view language) const {
  const bool french = language == "fr";
  std::string table;
  AppendWrapped(
      "",
      absl::StrCat(ShortPath(source), french ? " : " : ": ", CountsText(CountsOf(*this), french)),
      2, &table);
  for (const ImportRecord& record : records) {
    std::vector<std::string> missed;
    std::vector<std::string> open;
    for (const std::string& field : record.unknown) {
      (IsMissedForRanking(field) ? missed : open).push_back(field);
    }
    std::string line =
        absl::StrCat(LabelOf(record.outcome, french), " ", record.key, " — ", record.reason,
                     french ? " : " : ": ", french ? record.text_fr : record.text_en);
    if (!missed.empty()) {
      absl::StrAppend(&line, french ? " [manque pour classer : " : " [missed for ranking: ",
                      absl::StrJoin(missed, ", "), "]");
    }
    if (!open.empty()) {
      absl::StrAppend(&line, french ? " [non dit : " : " [not said: ", absl::StrJoin(open, ", "),
                      "]");
    }
    AppendWrapped("  ", line, 2, &table);
  }
  return table;
}

std::string ImportReport::ToSummary(absl::string_view language) const {
  const bool french = language == "fr";
  std::string text;
  AppendWrapped(
      "",
      absl::StrCat(ShortPath(source), french ? " : " : ": ", CountsText(CountsOf(*this), french)),
      2, &text);
  std::map<std::pair<ImportOutcome, std::string>, std::vector<const ImportRecord*>> groups;
  for (const ImportRecord& record : records) {
    groups[{record.outcome, record.reason}].push_back(&record);
  }
  for (const auto& [group, members] : groups) {
    AppendGroup(group.first, group.second, members, french, &text);
  }
  return text;
}

std::string PrintReports(const std::vector<ImportReport>& reports, absl::string_view language,
                         bool all) {
  const bool french = language == "fr";
  Counts sum;
  for (const ImportReport& report : reports) {
    const Counts counts = CountsOf(report);
    sum.read += counts.read;
    sum.imported += counts.imported;
    sum.partial += counts.partial;
    sum.refused += counts.refused;
  }
  const std::string total =
      absl::StrCat(french ? "Total : " : "Total: ", CountsText(sum, french), "\n");
  std::string text = absl::StrCat(total, "\n");
  for (const ImportReport& report : reports) {
    absl::StrAppend(&text, all ? report.ToTable(language) : report.ToSummary(language), "\n");
  }
  if (!all) {
    AppendWrapped("",
                  french ? "Chaque enregistrement : --all à l'écran, --report FICHIER en JSON."
                         : "Every record: --all on the screen, --report FILE as JSON.",
                  2, &text);
  }
  return absl::StrCat(text, total);
}

std::string ImportReport::ToJson() const {
  std::string json =
      absl::StrCat("{\"source\": ", QuoteYaml(source), ", \"read\": ", records.size(),
                   ", \"imported\": ", Count(ImportOutcome::kImported),
                   ", \"partial\": ", Count(ImportOutcome::kPartial),
                   ", \"refused\": ", Count(ImportOutcome::kRefused), ", \"records\": [");
  for (size_t i = 0; i < records.size(); ++i) {
    const ImportRecord& record = records[i];
    absl::StrAppend(
        &json, i == 0 ? "\n" : ",\n", "  {\"key\": ", QuoteYaml(record.key), ", \"outcome\": \"",
        ImportOutcomeName(record.outcome), "\", \"reason\": ", QuoteYaml(record.reason),
        ", \"text_fr\": ", QuoteYaml(record.text_fr), ", \"text_en\": ", QuoteYaml(record.text_en),
        ", \"unknown\": ", JsonList(record.unknown),
        ", \"offerings\": ", JsonList(record.offerings), "}");
  }
  absl::StrAppend(&json, "\n]}\n");
  return json;
}

}  // namespace aplomb::catalog
