#include "service/waiver.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/civil_day.h"
#include "base/status.h"

namespace aplomb::service {
namespace {

using decision::Diagnostic;
using decision::ProxyFinding;

constexpr absl::string_view kHead = "aplomb/waiver/v1";
constexpr size_t kLines = 6;

absl::Status Garbled(size_t line, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

// One line without control characters, not empty, no blank at either end.
bool IsWord(absl::string_view text) {
  return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool Fits(const Waiver& waiver, const ProxyFinding& finding) {
  return waiver.code == finding.code && waiver.where == finding.where &&
         waiver.member == finding.member;
}

Diagnostic AboutFile(const JudgedWaiver& judged, const char* code, Diagnostic::Severity severity,
                     std::string text, std::string text_fr) {
  return {.severity = severity,
          .code = code,
          .file = judged.file,
          .line = 1,
          .where = "",
          .text = std::move(text),
          .text_fr = std::move(text_fr)};
}

}  // namespace

std::string WaiverText(const Waiver& waiver) {
  return absl::StrCat(kHead, "\nfinding ", waiver.code, " ", waiver.where, " ", waiver.member,
                      "\nrulebook ", waiver.rulebook_id, "\nby ", waiver.by, "\nuntil ",
                      base::FormatDay(waiver.until_day), "\nwhy ", waiver.why, "\n");
}

absl::StatusOr<Waiver> ParseWaiver(absl::string_view text, std::string* problem_fr) {
  const auto garbled = [problem_fr](size_t line, absl::string_view en, absl::string_view fr) {
    if (problem_fr != nullptr) *problem_fr = absl::StrCat("ligne ", line, " : ", fr);
    return Garbled(line, en);
  };
  if (!absl::ConsumeSuffix(&text, "\n")) {
    return garbled(1, "the text ends in a line feed", "le texte finit par un saut de ligne");
  }
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (lines.size() != kLines || lines[0] != kHead) {
    return garbled(
        1,
        absl::StrCat("expected \"", kHead, "\" and five lines: finding, rulebook, by, until, why"),
        absl::StrCat("« ", kHead,
                     " » est attendu, puis cinq lignes : finding, rulebook, by, until, "
                     "why"));
  }
  std::vector<absl::string_view> values;
  constexpr absl::string_view kNames[] = {"finding ", "rulebook ", "by ", "until ", "why "};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    absl::string_view value = lines[i + 1];
    if (!absl::ConsumePrefix(&value, kNames[i]) || !IsWord(value)) {
      return garbled(i + 2, absl::StrCat("expected \"", kNames[i], "…\""),
                     absl::StrCat("« ", kNames[i], "… » est attendu"));
    }
    values.push_back(value);
  }
  const std::vector<std::string> finding = absl::StrSplit(values[0], ' ');
  if (finding.size() != 3) {
    return garbled(2, "expected \"finding CODE PLACE MEMBER\"",
                   "« finding CODE ENDROIT MEMBRE » est attendu");
  }
  const absl::StatusOr<base::DayNumber> until = base::ParseDay(values[3]);
  if (!until.ok()) {
    return garbled(5, "expected \"until YYYY-MM-DD\"", "« until AAAA-MM-JJ » est attendu");
  }
  if (values[4].size() < kWaiverWordsMin) {
    return garbled(6, absl::StrCat("the reason has at least ", kWaiverWordsMin, " bytes"),
                   absl::StrCat("la raison a au moins ", kWaiverWordsMin, " octets"));
  }
  return Waiver{.code = finding[0],
                .where = finding[1],
                .member = finding[2],
                .rulebook_id = std::string(values[1]),
                .by = std::string(values[2]),
                .why = std::string(values[4]),
                .until_day = *until};
}

absl::StatusOr<std::vector<tlog::VerifierKey>> ParseCharterKeys(absl::string_view text) {
  std::vector<tlog::VerifierKey> keys;
  size_t line = 0;
  for (const absl::string_view part : absl::StrSplit(text, '\n')) {
    ++line;
    if (part.empty() || part.front() == '#') continue;
    absl::StatusOr<tlog::VerifierKey> key = tlog::VerifierKey::Parse(part);
    if (!key.ok()) return Garbled(line, key.status().message());
    if (key->type != tlog::SignatureType::kEd25519) {
      return Garbled(line, "a key of the charter signs notes, not checkpoints of others");
    }
    keys.push_back(*std::move(key));
  }
  return keys;
}

JudgedWaiver JudgeWaiver(absl::string_view file, absl::string_view bytes,
                         const std::vector<tlog::VerifierKey>& charter_keys,
                         absl::string_view rulebook_id, int32_t day) {
  JudgedWaiver judged{.file = std::string(file)};
  const auto refuse = [&judged](std::string en, std::string fr) {
    judged.stands = false;
    judged.text = std::move(en);
    judged.text_fr = std::move(fr);
    return judged;
  };
  if (bytes.size() > kWaiverBytesMax) {
    return refuse(absl::StrCat("The waiver has more than ", kWaiverBytesMax, " bytes."),
                  absl::StrCat("La dérogation a plus de ", kWaiverBytesMax, " octets."));
  }
  const absl::StatusOr<tlog::Note> note = tlog::ParseNote(bytes);
  if (!note.ok()) {
    return refuse(absl::StrCat("It is no signed note: ", note.status().message()),
                  "Ce n'est pas une note signée : un texte, une ligne vide, puis des lignes de "
                  "signature.");
  }
  const auto signatures = tlog::VerifyNote(*note, charter_keys);
  if (!signatures.ok()) {
    return refuse(absl::StrCat("Its signature is not right: ", signatures.status().message()),
                  "Sa signature est fausse : ni le texte ni la signature ne doivent changer.");
  }
  if (signatures->empty()) {
    if (charter_keys.empty()) {
      return refuse("No key of the charter has signed it: the charter's list of keys is empty.",
                    "Aucune clé de la charte ne l'a signée : la liste des clés est vide.");
    }
    return refuse("No key of the charter has signed it.", "Aucune clé de la charte ne l'a signée.");
  }
  std::string problem_fr;
  const absl::StatusOr<Waiver> waiver = ParseWaiver(note->text, &problem_fr);
  if (!waiver.ok()) {
    return refuse(absl::StrCat("It is no waiver: ", waiver.status().message(), "."),
                  absl::StrCat("Ce n'est pas une dérogation (", problem_fr, ")."));
  }
  judged.waiver = *waiver;
  if (waiver->rulebook_id != rulebook_id) {
    return refuse(absl::StrCat("It is about the rulebook \"", waiver->rulebook_id, "\", not \"",
                               rulebook_id, "\"."),
                  absl::StrCat("Elle porte sur le jeu de règles « ", waiver->rulebook_id,
                               " », non sur « ", rulebook_id, " »."));
  }
  if (waiver->until_day < day) {
    return refuse(absl::StrCat("It ended on ", base::FormatDay(waiver->until_day), "."),
                  absl::StrCat("Elle a pris fin le ", base::FormatDay(waiver->until_day), "."));
  }
  if (waiver->until_day - day > kWaiverDaysMax) {
    return refuse(absl::StrCat("It would stand until ", base::FormatDay(waiver->until_day),
                               "; at most ", kWaiverDaysMax, " days ahead."),
                  absl::StrCat("Elle vaudrait jusqu'au ", base::FormatDay(waiver->until_day),
                               " ; au plus ", kWaiverDaysMax, " jours."));
  }
  judged.stands = true;
  return judged;
}

absl::string_view WhyIn(absl::string_view why, bool french) {
  constexpr absl::string_view kBetween = ". / ";  // the first half is a sentence
  const size_t at = why.find(kBetween);
  if (at == absl::string_view::npos || why.find(" / ") != at + 1 || why.rfind(" / ") != at + 1 ||
      at + kBetween.size() == why.size()) {
    return why;
  }
  return french ? why.substr(0, at + 1) : why.substr(at + kBetween.size());
}

std::vector<Diagnostic> ApplyWaivers(const std::vector<ProxyFinding>& findings,
                                     const std::vector<JudgedWaiver>& waivers,
                                     const decision::RulebookSource* source) {
  std::vector<Diagnostic> diagnostics;
  for (const ProxyFinding& finding : findings) {
    Diagnostic diagnostic = DiagnosticOf(finding, source);
    for (const JudgedWaiver& judged : waivers) {
      if (!judged.stands || !Fits(judged.waiver, finding)) continue;
      diagnostic.severity = Diagnostic::Severity::kWarning;
      absl::StrAppend(&diagnostic.text, " Waived by ", judged.waiver.by, " until ",
                      base::FormatDay(judged.waiver.until_day), ": ",
                      WhyIn(judged.waiver.why, /*french=*/false));
      absl::StrAppend(&diagnostic.text_fr, " Dérogation de ", judged.waiver.by, " jusqu'au ",
                      base::FormatDay(judged.waiver.until_day), " : ",
                      WhyIn(judged.waiver.why, /*french=*/true));
      break;
    }
    diagnostics.push_back(std::move(diagnostic));
  }
  for (const JudgedWaiver& judged : waivers) {
    if (!judged.stands) {
      diagnostics.push_back(
          AboutFile(judged, "PX10", Diagnostic::Severity::kError, judged.text, judged.text_fr));
    } else if (std::none_of(findings.begin(), findings.end(), [&](const ProxyFinding& finding) {
                 return Fits(judged.waiver, finding);
               })) {
      diagnostics.push_back(AboutFile(judged, "PX11", Diagnostic::Severity::kWarning,
                                      "There is no such finding (any more): take it away.",
                                      "Il n'y a pas (ou plus) de tel constat : retirez-la."));
    }
  }
  return diagnostics;
}

}  // namespace aplomb::service
