#include "base/log.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace aplomb::base {
namespace {

// The number of bytes of the UTF-8 character at the beginning of `text` (RFC 3629: no overlong
// forms, no surrogates, nothing above U+10FFFF); 0 if there is none.
size_t Utf8Size(absl::string_view text) {
  const auto byte = [text](size_t i) {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
  };
  const auto continues = [byte](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const uint8_t b0 = byte(0);
  const uint8_t b1 = byte(1);
  if (b0 < 0x80) return text.empty() ? 0 : 1;
  if (b0 >= 0xc2 && b0 <= 0xdf) return continues(1) ? 2 : 0;
  if (b0 >= 0xe0 && b0 <= 0xef) {
    const bool second = b0 == 0xe0   ? b1 >= 0xa0 && b1 <= 0xbf
                        : b0 == 0xed ? b1 >= 0x80 && b1 <= 0x9f
                                     : continues(1);
    return second && continues(2) ? 3 : 0;
  }
  if (b0 >= 0xf0 && b0 <= 0xf4) {
    const bool second = b0 == 0xf0   ? b1 >= 0x90 && b1 <= 0xbf
                        : b0 == 0xf4 ? b1 >= 0x80 && b1 <= 0x8f
                                     : continues(1);
    return second && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "INFO";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
  }
  return "ERROR";
}

std::string FormatField(const LogField& field) {
  std::string text = absl::StrCat(",", JsonQuote(field.key.substr(0, kLogNameSizeMax)), ":");
  if (const auto* string = std::get_if<absl::string_view>(&field.value)) {
    absl::StrAppend(&text, JsonQuote(string->substr(0, kLogValueSizeMax)));
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    absl::StrAppend(&text, *number);
  } else {
    absl::StrAppend(&text, std::get<bool>(field.value) ? "true" : "false");
  }
  return text;
}

void WriteToStderr(absl::string_view line) {
  // One call per line. A log that cannot be written must not stop the service.
  const std::string with_newline = absl::StrCat(line, "\n");
  std::fwrite(with_newline.data(), 1, with_newline.size(), stderr);
}

}  // namespace

std::string JsonQuote(absl::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    const size_t size = Utf8Size(text);
    const char c = text.front();
    if (size == 0) {
      json += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      json += {'\\', c};
    } else if (c == '\n') {
      json += "\\n";
    } else if (c == '\t') {
      json += "\\t";
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      json += absl::StrFormat("\\u%04x", static_cast<unsigned>(c));
    } else {
      json.append(text.data(), size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  json += '"';
  return json;
}

Logger::Logger(const Clock* clock) : Logger(clock, WriteToStderr) {}

Logger::Logger(const Clock* clock, Sink sink) : clock_(clock), sink_(std::move(sink)) {}

Logger* Logger::Null() {
  static Logger* const logger = new Logger(SystemClock::Get(), [](absl::string_view) {});
  return logger;
}

void Logger::Log(Severity severity, absl::string_view event,
                 std::initializer_list<LogField> fields) {
  static constexpr absl::string_view kTruncated = ",\"truncated\":true}";
  std::string line = absl::StrCat(
      "{\"time\":\"", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", clock_->Now(), absl::UTCTimeZone()),
      "\",\"severity\":\"", SeverityName(severity),
      "\",\"event\":", JsonQuote(event.substr(0, kLogNameSizeMax)));
  bool truncated = false;
  for (const LogField& field : fields) {
    const std::string text = FormatField(field);
    if (line.size() + text.size() + kTruncated.size() > kLogLineSizeMax) {
      truncated = true;
      break;
    }
    line += text;
  }
  absl::StrAppend(&line, truncated ? kTruncated : "}");
  MutexLock lock(&mutex_);
  sink_(line);
}

}  // namespace aplomb::base
