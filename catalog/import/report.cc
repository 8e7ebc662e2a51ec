#include "catalog/import/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catalog/import/text.h"

namespace aplomb::catalog {
namespace {

constexpr size_t kKeyColumn = 34;

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

// Padded to `width` characters (not bytes); longer texts are left as they are.
std::string Pad(absl::string_view text, size_t width) {
  const size_t count = static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned>(c) & 0xC0u) != 0x80u;
  }));
  return absl::StrCat(text, std::string(count < width ? width - count : 0, ' '));
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

std::string ImportReport::ToTable(absl::string_view language) const {
  const bool french = language == "fr";
  std::string table;
  for (const ImportRecord& record : records) {
    absl::StrAppend(&table, Pad(LabelOf(record.outcome, french), 10), Pad(record.key, kKeyColumn),
                    " ", record.reason, ": ", french ? record.text_fr : record.text_en);
    if (!record.unknown.empty()) {
      absl::StrAppend(&table,
                      french ? " [inconnu : " : " [unknown: ", absl::StrJoin(record.unknown, ", "),
                      "]");
    }
    absl::StrAppend(&table, "\n");
  }
  if (french) {
    absl::StrAppend(&table, source, " : ", records.size(),
                    " enregistrements lus : ", Count(ImportOutcome::kImported), " importés, ",
                    Count(ImportOutcome::kPartial), " partiels, ", Count(ImportOutcome::kRefused),
                    " refusés\n");
  } else {
    absl::StrAppend(&table, source, ": ", records.size(),
                    " records read: ", Count(ImportOutcome::kImported), " imported, ",
                    Count(ImportOutcome::kPartial), " partial, ", Count(ImportOutcome::kRefused),
                    " refused\n");
  }
  return table;
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
