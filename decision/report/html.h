// HTML that holds text of strangers. Every text goes through Escape; nothing in a
// document of ours is loaded from anywhere, and none has a script. Pure functions.
#ifndef APLOMB_DECISION_REPORT_HTML_H_
#define APLOMB_DECISION_REPORT_HTML_H_

#include <string>

#include "absl/strings/string_view.h"
#include "aplomb/type/common.pb.h"
#include "decision/phrases.h"

namespace aplomb::report {

// Text for an element or for an attribute in double quotes: & < > " ' become
// references. Control characters, and those that turn the direction of writing
// (U+202A to U+202E, U+2066 to U+2069, U+200E, U+200F), become U+FFFD: they could make a
// price read otherwise than it is.
std::string Escape(absl::string_view text);

// At most `characters` characters, the last one "…" where something was cut. Not yet escaped.
std::string Cut(absl::string_view text, size_t characters);

const std::string& In(const type::LocalizedText& text, decision::Language language);

// French text, or HTML of ours whose tags hold no such marks, with no-break spaces where a line
// must not end: before : ; ? ! » % € and after «.
std::string KeepTogether(absl::string_view french);

// A whole document: head with title, style and a policy that forbids loading anything, then
// `body`, in French with KeepTogether.
std::string Document(decision::Language language, absl::string_view title, absl::string_view style,
                     absl::string_view body);

// The look of all our documents: one column, A4 when printed.
absl::string_view BaseStyle();

// The house mark, a plumb line, as inline SVG.
std::string Mark();

}  // namespace aplomb::report

#endif  // APLOMB_DECISION_REPORT_HTML_H_
