// Structured logs: one JSON object per line. Events are constant words, facts are fields; no
// profile data, names of firms or secrets go in here.
//
//   logger.Info("catalog_opened", {{"entries", count}, {"revision", revision}});
//   {"time":"2026-03-01T09:15:02.123456Z","severity":"INFO","event":"catalog_opened",
//    "entries":412,"revision":"7f3a…"}                                       (on one line)
#ifndef APLOMB_BASE_LOG_H_
#define APLOMB_BASE_LOG_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace aplomb::base {

// Longest line. What does not fit is cut: names and values first (kLogNameSizeMax,
// kLogValueSizeMax), then whole fields, with "truncated":true in their place.
inline constexpr size_t kLogLineSizeMax = size_t{16} << 10;
inline constexpr size_t kLogValueSizeMax = size_t{2} << 10;
inline constexpr size_t kLogNameSizeMax = 64;
// Escaped at worst, a byte becomes six; 200 bytes are more than the time and the punctuation.
static_assert(200 + 6 * (2 * kLogNameSizeMax + kLogValueSizeMax) < kLogLineSizeMax,
              "the event and one field always fit");

enum class Severity { kInfo, kWarning, kError };

// A key (a constant word, [a-z_]) and a value. Holds views: use it in the call only.
struct LogField {
  LogField(absl::string_view k, absl::string_view v) : key(k), value(v) {}
  LogField(absl::string_view k, const char* v) : key(k), value(absl::string_view(v)) {}
  LogField(absl::string_view k, const std::string& v) : key(k), value(absl::string_view(v)) {}
  LogField(absl::string_view k, bool v) : key(k), value(v) {}
  template <std::integral T>
  LogField(absl::string_view k, T v) : key(k), value(static_cast<int64_t>(v)) {}

  absl::string_view key;
  std::variant<absl::string_view, int64_t, bool> value;
};

// `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, one each.
std::string JsonQuote(absl::string_view text);

// Thread-safe; lines of different threads do not mix.
class Logger {
 public:
  // Receives each line, without its newline; calls do not overlap.
  using Sink = std::function<void(absl::string_view line)>;

  // To stderr.
  explicit Logger(const Clock* clock);
  Logger(const Clock* clock, Sink sink);
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // A Logger that keeps nothing.
  static Logger* Null();

  void Log(Severity severity, absl::string_view event, std::initializer_list<LogField> fields);
  void Info(absl::string_view event, std::initializer_list<LogField> fields = {}) {
    Log(Severity::kInfo, event, fields);
  }
  void Warning(absl::string_view event, std::initializer_list<LogField> fields = {}) {
    Log(Severity::kWarning, event, fields);
  }
  void Error(absl::string_view event, std::initializer_list<LogField> fields = {}) {
    Log(Severity::kError, event, fields);
  }

 private:
  const Clock* const clock_;
  Mutex mutex_;
  const Sink sink_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace aplomb::base

#endif  // APLOMB_BASE_LOG_H_
