// From the published text of a rulebook to the engine's numbers. All findings at
// once, each with a code, a line where a text is at hand, and a sentence.
#ifndef APLOMB_DECISION_RULEBOOK_COMPILER_H_
#define APLOMB_DECISION_RULEBOOK_COMPILER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "base/digest.h"
#include "decision/compiled_rulebook.h"

namespace aplomb::decision {

// One finding about a rulebook. Codes: docs/rulebook.md.
struct Diagnostic {
  enum class Severity : uint8_t { kWarning, kError };
  Severity severity = Severity::kError;
  std::string code;          // "RB001", …
  std::string file;          // empty where the rulebook did not come from files
  int line = 0;              // from 1; 0 where unknown
  std::string where;         // path in the rulebook, e.g. "criteria[C06].measure"
  std::string text;          // one sentence: what is wrong, what is allowed
  std::string text_fr = {};  // the same in French; empty: there is none, `text` is shown
};

// "file:line: error RB012 criteria[C06].measure: …", sorted by file, line, code. `french`:
// "erreur", "avertissement", and the French sentences where there are.
std::string FormatDiagnostics(const std::vector<Diagnostic>& diagnostics, bool french = false);

// A rulebook read from text files: one with the message Rulebook and any number
// with one Need each, which are added to it.
struct RulebookSource {
  catalog::v1::Rulebook rulebook;
  std::vector<Diagnostic> diagnostics;  // syntax errors
  // Line of each element, by `where`.
  std::map<std::string, std::pair<std::string, int>> lines;
};

// Reads `directory`/rulebook.textproto and `directory`/needs/*.textproto (by
// name). NotFound where the directory or the file is missing; what is wrong
// inside the files comes back as diagnostics.
absl::StatusOr<RulebookSource> ReadRulebook(const std::string& directory);

struct CompileResult {
  std::shared_ptr<const CompiledRulebook> compiled;  // null where there is an error
  std::vector<Diagnostic> diagnostics;               // errors and warnings
};

// Compiles. `digest` is that of the registered bytes. `law_table` may be null:
// legal bases are then not checked. `source` may be null: no lines.
CompileResult CompileRulebook(const catalog::v1::Rulebook& rulebook, const base::Digest& digest,
                              const catalog::v1::LawTable* law_table, const RulebookSource* source);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_RULEBOOK_COMPILER_H_
