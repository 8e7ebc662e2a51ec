// CHECK: what cannot happen. A failed CHECK is an error of ours; it prints file, line, condition
// and reason to stderr and aborts the process.
//
//   CHECK(prepared_) << "Publish before Prepare";
//   CHECK_EQ(sum, total) << "contributions must add up to the score";
//
// Never CHECK what came from outside (bytes, requests, files): return a Status or an Issue.
// Operands are evaluated once. Integers of different signedness are compared by value.
#ifndef APLOMB_BASE_CHECK_H_
#define APLOMB_BASE_CHECK_H_

#include <concepts>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/status/status.h"

namespace aplomb::base::internal {

// Collects the reason; its destructor prints everything and aborts.
class CheckFailure {
 public:
  CheckFailure(const char* file, int line, const std::string& what);
  CheckFailure(const CheckFailure&) = delete;
  CheckFailure& operator=(const CheckFailure&) = delete;
  [[noreturn]] ~CheckFailure();

  std::ostream& stream() { return stream_; }

 private:
  std::ostringstream stream_;
};

// Gives both arms of CHECK's ?: the type void; & binds weaker than << and stronger than ?:.
struct Voidify {
  void operator&(std::ostream&) const {}
};

template <typename T>
void PrintOperand(std::ostream& out, const T& value) {
  if constexpr (std::is_enum_v<T>) {
    out << +static_cast<std::underlying_type_t<T>>(value);
  } else if constexpr (std::is_same_v<T, char> || std::is_same_v<T, signed char> ||
                       std::is_same_v<T, unsigned char>) {
    out << static_cast<int>(value);
  } else if constexpr (requires { out << value; }) {
    out << value;
  } else {
    out << "(value of " << sizeof(T) << " bytes)";
  }
}

// std::cmp_* take these; they refuse bool and the character types.
template <typename T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

#define APLOMB_CHECK_OPERATION(name, function, op)  \
  struct name {                                     \
    template <typename A, typename B>               \
    bool operator()(const A& a, const B& b) const { \
      if constexpr (Integer<A> && Integer<B>) {     \
        return function(a, b);                      \
      } else {                                      \
        return static_cast<bool>(a op b);           \
      }                                             \
    }                                               \
  };
APLOMB_CHECK_OPERATION(CheckEqual, std::cmp_equal, ==)
APLOMB_CHECK_OPERATION(CheckNotEqual, std::cmp_not_equal, !=)
APLOMB_CHECK_OPERATION(CheckLess, std::cmp_less, <)
APLOMB_CHECK_OPERATION(CheckLessEqual, std::cmp_less_equal, <=)
APLOMB_CHECK_OPERATION(CheckGreater, std::cmp_greater, >)
APLOMB_CHECK_OPERATION(CheckGreaterEqual, std::cmp_greater_equal, >=)
#undef APLOMB_CHECK_OPERATION

// Null when the comparison holds, else the text to print.
template <typename Operation, typename A, typename B>
std::unique_ptr<std::string> Compare(const A& a, const B& b, const char* expression) {
  if (ABSL_PREDICT_TRUE(Operation()(a, b))) return nullptr;
  std::ostringstream out;
  out << expression << " (";
  PrintOperand(out, a);
  out << " vs. ";
  PrintOperand(out, b);
  out << ")";
  return std::make_unique<std::string>(std::move(out).str());
}

inline std::unique_ptr<std::string> CompareOk(const absl::Status& status, const char* expression) {
  if (ABSL_PREDICT_TRUE(status.ok())) return nullptr;
  return std::make_unique<std::string>(std::string(expression) + " is OK (" + status.ToString() +
                                       ")");
}

template <typename StatusOr>
requires requires(const StatusOr& s) { s.status(); }
std::unique_ptr<std::string> CompareOk(const StatusOr& status_or, const char* expression) {
  return CompareOk(status_or.status(), expression);
}

}  // namespace aplomb::base::internal

#define CHECK(condition)                            \
  (ABSL_PREDICT_TRUE(static_cast<bool>(condition))) \
      ? (void)0                                     \
      : ::aplomb::base::internal::Voidify() &       \
            ::aplomb::base::internal::CheckFailure(__FILE__, __LINE__, #condition).stream()

// The switch keeps a following `else` of the user's from binding to our `if`.
#define APLOMB_CHECK_TEXT(text)                                                                 \
  switch (0)                                                                                    \
  case 0:                                                                                       \
  default:                                                                                      \
    if (const auto aplomb_check_text = (text); ABSL_PREDICT_TRUE(aplomb_check_text == nullptr)) \
      ;                                                                                         \
    else                                                                                        \
      ::aplomb::base::internal::CheckFailure(__FILE__, __LINE__, *aplomb_check_text).stream()

#define APLOMB_CHECK_COMPARE(operation, a, b, op)                                           \
  APLOMB_CHECK_TEXT(::aplomb::base::internal::Compare<::aplomb::base::internal::operation>( \
      (a), (b), #a " " op " " #b))

#define CHECK_EQ(a, b) APLOMB_CHECK_COMPARE(CheckEqual, a, b, "==")
#define CHECK_NE(a, b) APLOMB_CHECK_COMPARE(CheckNotEqual, a, b, "!=")
#define CHECK_LT(a, b) APLOMB_CHECK_COMPARE(CheckLess, a, b, "<")
#define CHECK_LE(a, b) APLOMB_CHECK_COMPARE(CheckLessEqual, a, b, "<=")
#define CHECK_GT(a, b) APLOMB_CHECK_COMPARE(CheckGreater, a, b, ">")
#define CHECK_GE(a, b) APLOMB_CHECK_COMPARE(CheckGreaterEqual, a, b, ">=")
// For an absl::Status or absl::StatusOr which cannot fail.
#define CHECK_OK(status) APLOMB_CHECK_TEXT(::aplomb::base::internal::CompareOk((status), #status))

#endif  // APLOMB_BASE_CHECK_H_
