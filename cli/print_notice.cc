#include "cli/print_notice.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/civil_day.h"
#include "cli/coded_word.h"
#include "cli/texts.h"

namespace aplomb::cli {
namespace {

constexpr CodedWord kVerbs[] = {
    {"REGISTER", "inscription", "registered"},  {"UPDATE", "modification", "changed"},
    {"SUSPEND", "suspension", "suspended"},     {"REINSTATE", "rétablissement", "reinstated"},
    {"GIVE_NOTICE", "préavis", "notice given"}, {"END", "fin", "ended"},
    {"REMIND", "rappel", "reminder"},           {"EXPIRE", "expiration", "expired"},
    {"WITHDRAW", "retrait", "withdrawn"},
};

}  // namespace

std::string NoticeText(const catalog::v1::Notice& notice, Language language) {
  const absl::Time time = absl::FromUnixSeconds(notice.time().seconds()) +
                          absl::Nanoseconds(int64_t{notice.time().nanos()});
  const CodedWord* const verb = FindWord(kVerbs, notice.verb());
  std::string text = absl::StrCat(
      base::FormatDay(base::ParisDay(time)), "  ",
      verb == nullptr ? notice.verb()
                      : absl::StrCat(Say(language, verb->fr, verb->en), " (", notice.verb(), ")"),
      "  ", notice.subject());
  if (!notice.field().empty()) absl::StrAppend(&text, "  ", notice.field());
  if (!notice.reason_codes().empty()) {
    absl::StrAppend(&text, "  ", absl::StrJoin(notice.reason_codes(), " "));
  }
  if (notice.verb() == "GIVE_NOTICE" || notice.verb() == "REMIND") {
    const google::type::Date& end = notice.effective_date();
    absl::StrAppend(&text, Say(language, " ; fin le ", "; ends on "),
                    absl::StrFormat("%04d-%02d-%02d", end.year(), end.month(), end.day()),
                    Say(language, " (premier jour sans)", " (first day without it)"));
  }
  return text;
}

}  // namespace aplomb::cli
