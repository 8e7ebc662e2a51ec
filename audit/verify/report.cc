#include "audit/verify/report.h"

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace aplomb::verify {

absl::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kWitnessed:
      return "VERIFIED_AND_WITNESSED";
    case Verdict::kConsistent:
      return "CONSISTENT_NOT_WITNESSED";
    case Verdict::kFindings:
      return "FINDINGS";
    case Verdict::kFork:
      return "FORK_OR_ROLLBACK";
    case Verdict::kInvalid:
      return "INVALID";
  }
  return "INVALID";
}

void Report::Add(Finding finding) {
  fork_ = fork_ || finding.weight == Finding::Weight::kFork;
  invalid_ = invalid_ || finding.weight == Finding::Weight::kInvalid;
  if (findings.size() < kFindingsMax) {
    findings.push_back(std::move(finding));
  } else {
    ++findings_dropped;
  }
}

Verdict Report::verdict() const {
  // Two signatures that contradict each other outweigh everything: they prove who did it.
  if (fork_) return Verdict::kFork;
  if (invalid_) return Verdict::kInvalid;
  if (!findings.empty()) return Verdict::kFindings;
  return witnessed ? Verdict::kWitnessed : Verdict::kConsistent;
}

namespace {

// A thing that is counted; French takes the singular for none, too.
struct Counted {
  absl::string_view one;
  absl::string_view many;
};

struct Words {
  absl::string_view log, root;
  Counted entries, derived, tiles, old_checkpoints, receipts, more;
  absl::string_view cosigned_by, counted, findings, entry, evidence, verdict, section;
};
constexpr Words kEnglish = {
    .log = "log",
    .root = "root",
    .entries = {"entry", "entries"},
    .derived = {"leaf derived from the bundles", "leaves derived from the bundles"},
    .tiles = {"hash tile compared byte for byte", "hash tiles compared byte for byte"},
    .old_checkpoints = {"older checkpoint that is a prefix", "older checkpoints that are prefixes"},
    .receipts = {"receipt that holds", "receipts that hold"},
    .more = {"more is not shown", "more are not shown"},
    .cosigned_by = "cosigned by",
    .counted = "counted",
    .findings = "findings",
    .entry = "entry",
    .evidence = "evidence: the same log signed both of these",
    .verdict = "verdict",
    .section = "section"};
constexpr Words kFrench = {
    .log = "journal",
    .root = "racine",
    .entries = {"entrée", "entrées"},
    .derived = {"feuille recalculée depuis les paquets d'entrées",
                "feuilles recalculées depuis les paquets d'entrées"},
    .tiles = {"tuile comparée octet par octet", "tuiles comparées octet par octet"},
    .old_checkpoints = {"point de contrôle antérieur, préfixe de celui-ci",
                        "points de contrôle antérieurs, préfixes de celui-ci"},
    .receipts = {"reçu valable", "reçus valables"},
    .more = {"autre n'est pas affiché", "autres ne sont pas affichés"},
    .cosigned_by = "contresigné par",
    .counted = "décompte",
    .findings = "constats",
    .entry = "entrée",
    .evidence = "preuve : le même journal a signé ces deux textes",
    .verdict = "verdict",
    .section = "section"};

std::string Count(uint64_t count, const Counted& what, Language language) {
  const bool one = count == 1 || (count == 0 && language == Language::kFrench);
  return absl::StrCat(count, " ", one ? what.one : what.many);
}

// What there is to say of witnesses, where the policy's are not all that is needed.
std::string Witnesses(const Report& report, Language language) {
  const bool french = language == Language::kFrench;
  if (report.quorum.empty()) {
    return french ? "la politique ne demande aucun témoin" : "the policy asks for no witness";
  }
  const uint64_t count = report.cosignatures.size();
  const bool one = count == 1 || (count == 0 && french);
  return french ? absl::StrCat("quorum « ", report.quorum, " » non atteint : ", count, " sur ",
                               report.quorum_witnesses,
                               one ? " témoin a contresigné" : " témoins ont contresigné")
                : absl::StrCat("the quorum \"", report.quorum, "\" is not reached: ", count, " of ",
                               report.quorum_witnesses,
                               one ? " witnesses has cosigned" : " witnesses have cosigned");
}

absl::string_view Meaning(const Report& report, Language language) {
  const bool french = language == Language::kFrench;
  switch (report.verdict()) {
    case Verdict::kWitnessed:
      return french ? "tout concorde, et les témoins exigés l'ont vu"
                    : "everything holds, and the witnesses asked for saw it";
    case Verdict::kConsistent:
      if (report.quorum.empty()) {
        return french ? "tout concorde ; la politique ne demande aucun témoin"
                      : "everything holds; the policy asks for no witness";
      }
      return french ? "tout concorde, mais les témoins exigés ne l'ont pas tous vu"
                    : "everything holds; not witnessed as the policy asks";
    case Verdict::kFindings:
      return french ? "l'arbre concorde, mais des entrées disent ce qui ne peut être"
                    : "the tree holds, but entries say what may not be";
    case Verdict::kFork:
      return french ? "le journal a signé deux histoires, ou montre moins qu'il n'a signé"
                    : "the log signed two histories, or shows less than it signed";
    case Verdict::kInvalid:
      break;
  }
  return french ? "ce qui est montré n'est pas ce qui a été signé"
                : "what is shown is not what was signed";
}

// What the log says goes to somebody's terminal: no byte of it may steer that. Control characters
// (C0 but for line feeds, DEL, C1 in UTF-8) become "?".
std::string Printable(absl::string_view text) {
  std::string printable(text);
  for (size_t i = 0; i < printable.size(); ++i) {
    const auto byte = static_cast<uint8_t>(printable[i]);
    const bool c1 =
        i > 0 && static_cast<uint8_t>(printable[i - 1]) == 0xc2 && byte >= 0x80 && byte < 0xa0;
    if ((byte < 0x20 && byte != '\n') || byte == 0x7f || c1) printable[i] = '?';
  }
  return printable;
}

void AppendIndented(absl::string_view note, std::string& text) {
  absl::StrAppend(&text, "---\n", note);
  if (note.empty() || note.back() != '\n') text.push_back('\n');
}

}  // namespace

std::string FormatText(const Report& report, Language language) {
  const bool french = language == Language::kFrench;
  const Words& words = french ? kFrench : kEnglish;
  std::string text;
  const auto line = [&](uint64_t count, const Counted& what) {
    absl::StrAppend(&text, "  ", Count(count, what, language), "\n");
  };
  if (!report.origin.empty()) {
    absl::StrAppend(&text, words.log, ": ", report.origin, ", ",
                    Count(report.size, words.entries, language), ", ", words.root, " ", report.root,
                    "\n");
  }
  if (!report.of_receipt) {
    line(report.derived_entries, words.derived);
    line(report.compared_tiles, words.tiles);
  }
  if (report.old_checkpoints > 0) line(report.old_checkpoints, words.old_checkpoints);
  if (report.receipts > 0) line(report.receipts, words.receipts);
  for (const Disclosed& disclosed : report.disclosed) {
    absl::StrAppend(&text, "  ", words.entry, " ", disclosed.index, ", ", words.section, " ",
                    static_cast<int>(disclosed.tier), ".", disclosed.number, ": ", disclosed.value,
                    "\n");
  }
  for (const Cosigned& cosigned : report.cosignatures) {
    absl::StrAppend(&text, "  ", words.cosigned_by, " ", cosigned.witness, " (", cosigned.time_s,
                    ")\n");
  }
  if (!report.origin.empty() && !report.witnessed) {
    absl::StrAppend(&text, "  ", Witnesses(report, language), "\n");
  }
  if (!report.counts.empty()) {
    absl::StrAppend(&text, "  ", words.counted, ":");
    absl::string_view separator = " ";
    for (const auto& [name, count] : report.counts) {
      absl::StrAppend(&text, separator, name, " ", count);
      separator = ", ";
    }
    text.push_back('\n');
  }
  if (!report.findings.empty()) {
    absl::StrAppend(&text, words.findings, ": ", report.findings.size() + report.findings_dropped,
                    "\n");
    for (const Finding& finding : report.findings) {
      absl::StrAppend(&text, "  ");
      if (finding.index.has_value()) {
        absl::StrAppend(&text, words.entry, " ", *finding.index);
      } else {
        absl::StrAppend(&text, words.log);
      }
      absl::StrAppend(&text, ": ", french ? finding.text_fr : finding.text_en, " (", finding.reason,
                      ")\n");
    }
    if (report.findings_dropped > 0) line(report.findings_dropped, words.more);
  }
  for (const auto& [one, other] : report.evidence) {
    absl::StrAppend(&text, words.evidence, "\n");
    AppendIndented(one, text);
    AppendIndented(other, text);
    absl::StrAppend(&text, "---\n");
  }
  const Verdict verdict = report.verdict();
  absl::StrAppend(&text, words.verdict, ": ", VerdictName(verdict), " (", static_cast<int>(verdict),
                  "): ", Meaning(report, language), "\n");
  return Printable(text);
}

std::string FormatJson(const Report& report) {
  const Verdict verdict = report.verdict();
  std::string json = absl::StrCat(
      "{\"verdict\":", base::JsonQuote(VerdictName(verdict)),
      ",\"exit_code\":", static_cast<int>(verdict), ",\"origin\":", base::JsonQuote(report.origin),
      ",\"size\":", report.size, ",\"root\":", base::JsonQuote(report.root),
      ",\"witnessed\":", report.witnessed ? "true" : "false",
      ",\"derived_entries\":", report.derived_entries,
      ",\"compared_tiles\":", report.compared_tiles,
      ",\"old_checkpoints\":", report.old_checkpoints, ",\"receipts\":", report.receipts);
  absl::string_view separator = "";
  absl::StrAppend(&json, ",\"cosignatures\":[");
  for (const Cosigned& cosigned : report.cosignatures) {
    absl::StrAppend(&json, separator, "{\"witness\":", base::JsonQuote(cosigned.witness),
                    ",\"time\":", cosigned.time_s, "}");
    separator = ",";
  }
  separator = "";
  absl::StrAppend(&json, "],\"disclosed\":[");
  for (const Disclosed& disclosed : report.disclosed) {
    absl::StrAppend(&json, separator, "{\"index\":", disclosed.index,
                    ",\"tier\":", static_cast<int>(disclosed.tier),
                    ",\"section\":", disclosed.number,
                    ",\"value\":", base::JsonQuote(disclosed.value), "}");
    separator = ",";
  }
  separator = "";
  absl::StrAppend(&json, "],\"counts\":{");
  for (const auto& [name, count] : report.counts) {
    absl::StrAppend(&json, separator, base::JsonQuote(name), ":", count);
    separator = ",";
  }
  separator = "";
  absl::StrAppend(&json, "},\"findings\":[");
  for (const Finding& finding : report.findings) {
    absl::StrAppend(&json, separator, "{\"reason\":", base::JsonQuote(finding.reason));
    if (finding.index.has_value()) absl::StrAppend(&json, ",\"index\":", *finding.index);
    absl::StrAppend(&json, ",\"text_en\":", base::JsonQuote(finding.text_en),
                    ",\"text_fr\":", base::JsonQuote(finding.text_fr), "}");
    separator = ",";
  }
  separator = "";
  absl::StrAppend(&json, "],\"findings_dropped\":", report.findings_dropped, ",\"evidence\":[");
  for (const auto& [one, other] : report.evidence) {
    absl::StrAppend(&json, separator, "[", base::JsonQuote(one), ",", base::JsonQuote(other), "]");
    separator = ",";
  }
  absl::StrAppend(&json, "]}\n");
  return json;
}

}  // namespace aplomb::verify
