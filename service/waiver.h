// A waiver: somebody whom the charter lets sign has looked at a finding of the proxy
// lint and stands for the rule, for a time. It is a signed note (C2SP signed-note,
// Ed25519); its text is, line by line:
//
//   aplomb/waiver/v1
//   finding PX01 criteria[C13].measure.first_match.cases[0].when members/acme
//   rulebook base
//   by Anne Dupont, committee on rules
//   until 2027-06-30
//   why Only one member answers by night so far; two others have announced it.
//
// It stands for exactly that finding (code, place, member) of exactly that rulebook,
// up to and including its day, and never longer than kWaiverDaysMax after the day on
// which it is asked about. Pure functions of bytes; thread-safe.
#ifndef APLOMB_SERVICE_WAIVER_H_
#define APLOMB_SERVICE_WAIVER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/tlog/note.h"
#include "decision/neutrality/proxy_lint.h"

namespace aplomb::service {

inline constexpr int32_t kWaiverDaysMax = 400;
inline constexpr size_t kWaiverBytesMax = 10'000;
inline constexpr size_t kWaiverWordsMin = 20;  // bytes of a reason that says something
inline constexpr size_t kWaiversMax = 200;

struct Waiver {
  std::string code;
  std::string where;
  std::string member;
  std::string rulebook_id;
  std::string by;
  std::string why;
  int32_t until_day = 0;  // the last day on which it stands

  friend bool operator==(const Waiver&, const Waiver&) = default;
};

// The text to be signed. Its fields must be as ParseWaiver wants them.
std::string WaiverText(const Waiver& waiver);
// The inverse: one spelling only. InvalidArgument with the line that is wrong; the same in French
// goes to `problem_fr`, unless it is null.
absl::StatusOr<Waiver> ParseWaiver(absl::string_view text, std::string* problem_fr = nullptr);

// Keys of the charter: one verifier key per line ("name+id+key"), empty lines and lines that begin
// with "#" apart. InvalidArgument with the line that is none.
absl::StatusOr<std::vector<tlog::VerifierKey>> ParseCharterKeys(absl::string_view text);

// One waiver as it was handed in, and what it is worth.
struct JudgedWaiver {
  std::string file = {};  // for messages
  Waiver waiver = {};     // meaningless unless `stands`
  bool stands = false;    // well formed, signed by a key of the charter, in time
  std::string text = {};  // else: why not, one sentence
  std::string text_fr = {};
};

JudgedWaiver JudgeWaiver(absl::string_view file, absl::string_view note,
                         const std::vector<tlog::VerifierKey>& charter_keys,
                         absl::string_view rulebook_id, int32_t day);

// The reader's half of a reason that is written in both languages: "Une phrase. / A sentence.",
// with " / " exactly once and after the end of a sentence. Any other reason as it is. What is
// signed is the whole.
absl::string_view WhyIn(absl::string_view why, bool french);

// The findings that no waiver of `waivers` stands for, as errors; a waiver that does not stand is
// one too (PX10), and one that fits no finding a warning (PX11). Findings that are waived are
// warnings that say who signed.
std::vector<decision::Diagnostic> ApplyWaivers(const std::vector<decision::ProxyFinding>& findings,
                                               const std::vector<JudgedWaiver>& waivers,
                                               const decision::RulebookSource* source);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_WAIVER_H_
