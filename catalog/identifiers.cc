#include "catalog/identifiers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace aplomb::catalog {
namespace {

constexpr absl::string_view kLaPosteSiren = "356000000";
constexpr size_t kUrlSizeMax = 2000;

bool AllDigits(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

int Digit(char c) { return c - '0'; }

bool HasLuhnKey(absl::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, doubled = !doubled) {
    int value = Digit(*it) * (doubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

}  // namespace

std::string StripSpaces(absl::string_view text) {
  return absl::StrReplaceAll(text, {{" ", ""}, {"\xC2\xA0", ""}, {"\xE2\x80\xAF", ""}});
}

bool IsValidSiren(absl::string_view siren) {
  return siren.size() == 9 && AllDigits(siren) && siren != "000000000" && HasLuhnKey(siren);
}

bool IsValidSiret(absl::string_view siret) {
  if (siret.size() != 14 || !AllDigits(siret) || !IsValidSiren(siret.substr(0, 9))) return false;
  if (HasLuhnKey(siret)) return true;
  if (siret.substr(0, 9) != kLaPosteSiren) return false;
  int sum = 0;
  for (char c : siret) sum += Digit(c);
  return sum % 5 == 0;
}

std::optional<std::string> VatNumberOfSiren(absl::string_view siren) {
  if (!IsValidSiren(siren)) return std::nullopt;
  int64_t number = 0;
  for (char c : siren) number = number * 10 + Digit(c);
  return absl::StrCat("FR", absl::StrFormat("%02d", (12 + 3 * (number % 97)) % 97), siren);
}

bool IsValidFrenchVatNumber(absl::string_view number) {
  return number.size() == 13 && VatNumberOfSiren(number.substr(4)) == number;
}

std::optional<std::string> NormalizeNaf(absl::string_view code) {
  std::string digits(code);
  if (digits.size() == 6 && digits[2] == '.') digits.erase(2, 1);
  if (digits.size() != 5 || !AllDigits(absl::string_view(digits).substr(0, 4)) ||
      !absl::ascii_isupper(digits[4])) {
    return std::nullopt;
  }
  return absl::StrCat(digits.substr(0, 2), ".", digits.substr(2));
}

bool IsNafPrefix(absl::string_view code) {
  if (code.size() == 1) return code[0] >= 'A' && code[0] <= 'U';
  if (code.size() == 2) return AllDigits(code);
  if (code.size() < 4 || code.size() > 6 || code[2] != '.' || !AllDigits(code.substr(0, 2)))
    return false;
  absl::string_view rest = code.substr(3);
  if (rest.size() == 3) {
    if (!absl::ascii_isupper(rest[2])) return false;
    rest.remove_suffix(1);
    return AllDigits(rest);
  }
  return AllDigits(rest);
}

bool IsUuid4(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return false;
    } else if (!absl::ascii_isdigit(c) && !(c >= 'a' && c <= 'f')) {
      return false;
    }
  }
  return text[14] == '4' && absl::StrContains("89ab", text.substr(19, 1));
}

bool IsResourceId(absl::string_view text) {
  if (text.empty() || text.size() > 63 || !absl::ascii_islower(text.front())) return false;
  if (text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

bool IsHttpsUrl(absl::string_view text) {
  if (text.size() > kUrlSizeMax || !absl::StartsWith(text, "https://")) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '<' && c != '>' &&
               c != '"' && c != '\\';
      })) {
    return false;
  }
  absl::string_view host = text.substr(8);
  host = host.substr(0, host.find_first_of("/?#"));
  const size_t point = host.find('.');
  return point != absl::string_view::npos && point > 0 && host.back() != '.' &&
         !absl::StrContains(host, "@");
}

}  // namespace aplomb::catalog
