#include "decision/report/html.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace aplomb::report {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD

// Bytes of the character that begins with `lead`; 1 for what is no beginning.
size_t SizeOf(unsigned char lead) {
  if (lead >= 0xF0) return 4;
  if (lead >= 0xE0) return 3;
  if (lead >= 0xC0) return 2;
  return 1;
}

// U+200E, U+200F, U+202A to U+202E: E2 80 8E, 8F, AA to AE. U+2066 to U+2069: E2 81 A6 to A9.
bool TurnsDirection(absl::string_view character) {
  if (character.size() != 3 || character[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(character[1]);
  const auto third = static_cast<unsigned char>(character[2]);
  if (second == 0x80) return third == 0x8E || third == 0x8F || (third >= 0xAA && third <= 0xAE);
  return second == 0x81 && third >= 0xA6 && third <= 0xA9;
}

}  // namespace

std::string Escape(absl::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x80) {
      const absl::string_view character = text.substr(at, SizeOf(c));
      // U+0080 to U+009F are control characters too: C2 80 to C2 9F.
      const bool control =
          c == 0xC2 && character.size() == 2 && static_cast<unsigned char>(character[1]) < 0xA0;
      absl::StrAppend(&out, control || TurnsDirection(character) ? kReplacement : character);
      at += character.size();
      continue;
    }
    ++at;
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\t':
      case '\n':
      case '\r':
        out += ' ';
        break;
      default:
        if (c < 0x20 || c == 0x7F) {
          out += kReplacement;
        } else {
          out += static_cast<char>(c);
        }
    }
  }
  return out;
}

std::string Cut(absl::string_view text, size_t characters) {
  size_t at = 0;
  size_t count = 0;
  size_t last = 0;  // where the last character that may stay begins
  while (at < text.size()) {
    if (count == characters) return absl::StrCat(text.substr(0, last), "…");
    last = at;
    at += SizeOf(static_cast<unsigned char>(text[at]));
    ++count;
  }
  return std::string(text);
}

const std::string& In(const type::LocalizedText& text, decision::Language language) {
  const std::string& wanted = language == decision::Language::kFr ? text.fr() : text.en();
  const std::string& other = language == decision::Language::kFr ? text.en() : text.fr();
  return wanted.empty() ? other : wanted;
}

std::string KeepTogether(absl::string_view french) {
  return absl::StrReplaceAll(french, {{" :", "\u00A0:"},
                                      {" ;", "\u00A0;"},
                                      {" ?", "\u00A0?"},
                                      {" !", "\u00A0!"},
                                      {" »", "\u00A0»"},
                                      {"« ", "«\u00A0"},
                                      {" %", "\u00A0%"},
                                      {" €", "\u00A0€"}});
}

std::string Document(decision::Language language, absl::string_view title, absl::string_view style,
                     absl::string_view body) {
  const std::string text =
      language == decision::Language::kFr ? KeepTogether(body) : std::string(body);
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"", language == decision::Language::kFr ? "fr" : "en",
      "\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"generator\" content=\"Aplomb\">\n<title>",
      Escape(title), "</title>\n<style>\n", style, "</style>\n</head>\n<body>\n", text,
      "</body>\n</html>\n");
}

absl::string_view BaseStyle() {
  return R"css(
@page { size: A4; margin: 17mm 16mm 18mm 16mm;
  @bottom-left { content: string(foot); font: 7.5pt "Open Sans", Inter, Arial, sans-serif;
    color: #6b7280; }
  @bottom-right { content: counter(page) " / " counter(pages);
    font: 7.5pt "Open Sans", Inter, Arial, sans-serif; color: #6b7280; } }
* { box-sizing: border-box; }
html { font-size: 15px; }
body { font-family: "Open Sans", Inter, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans",
  sans-serif; line-height: 1.48; color: #1c2530; background: #fff; max-width: 54rem;
  margin: 0 auto; padding: 2.2rem 1.6rem 3rem; }
header { border-bottom: 3px solid #12344d; padding-bottom: .9rem; margin-bottom: 1.3rem;
  overflow: hidden; }
.mark { float: left; margin: 0 .8rem 1.1rem 0; }
.kicker { font-size: .74rem; letter-spacing: .13em; text-transform: uppercase; color: #0f766e;
  font-weight: 600; margin: 0; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .1rem 0 .25rem; color: #12344d; }
h2 { font-size: 1.16rem; color: #12344d; margin: 1.9rem 0 .6rem; padding-bottom: .22rem;
  border-bottom: 1px solid #cfd8e0; break-after: avoid; }
h3 { font-size: .98rem; color: #12344d; margin: 1.1rem 0 .35rem; break-after: avoid; }
p { margin: .35rem 0; }
.sub { color: #52606d; margin: 0; font-size: .86rem; }
.foot { string-set: foot content(); height: 0; overflow: hidden; font-size: 0; }
.small { font-size: .82rem; color: #46525e; }
.tiny { font-size: .74rem; color: #5b6773; }
.mono { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .7rem;
  word-break: break-all; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 .8rem; font-size: .85rem; }
th { text-align: left; font-weight: 600; color: #46525e; border-bottom: 1.5px solid #9fb1c1;
  padding: .25rem .5rem .25rem 0; vertical-align: bottom; font-size: .76rem; }
td { border-bottom: 1px solid #e3e9ee; padding: .3rem .5rem .3rem 0; vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; padding-right: .2rem; padding-left: .6rem; }
tr { break-inside: avoid; }
ul { margin: .3rem 0 .5rem; padding-left: 1.15rem; }
li { margin: .16rem 0; }
.box { border: 1px solid #cfd8e0; border-left: 5px solid #0f766e; background: #f4f8f8;
  border-radius: 3px; padding: .65rem .95rem; margin: .7rem 0; break-inside: avoid; }
.warn { border-left-color: #b45309; background: #fdf7ec; }
.fiction { border: 1px dashed #b45309; color: #8a3f06; background: #fdf7ec; padding: .35rem .8rem;
  font-size: .82rem; margin: 0 0 1.1rem; border-radius: 3px; }
.pill { display: inline-block; border-radius: 9px; padding: .02rem .5rem; font-size: .72rem;
  font-weight: 600; white-space: nowrap; }
.go { background: #d7efe9; color: #0b5a52; } .ask { background: #fdebc8; color: #8a4b05; }
.due { background: #fbdcd6; color: #9b2c17; } .calm { background: #e4eaf0; color: #3b4a58; }
svg { display: block; }
svg text { font-family: "Open Sans", Inter, "Segoe UI", Arial, "DejaVu Sans", sans-serif; }
@media print { html { font-size: 12.4px; } body { padding: 0; max-width: none; } }
)css";
}

std::string Mark() {
  return "<svg class=\"mark\" width=\"30\" height=\"52\" viewBox=\"0 0 30 52\" role=\"img\" "
         "aria-label=\"Aplomb\"><line x1=\"15\" y1=\"0\" x2=\"15\" y2=\"30\" stroke=\"#12344d\" "
         "stroke-width=\"1.6\"/><circle cx=\"15\" cy=\"2.4\" r=\"2.4\" fill=\"#12344d\"/>"
         "<path d=\"M8.5 29.5h13l-1.6 8.5L15 51l-4.9-13z\" fill=\"#0f766e\"/>"
         "<path d=\"M15 29.5h6.5l-1.6 8.5L15 51z\" fill=\"#12344d\"/></svg>";
}

}  // namespace aplomb::report
