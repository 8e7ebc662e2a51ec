#include "decision/tell/words.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace aplomb::tell {
namespace {

constexpr int64_t kScorePerHundredth = 10'000;  // of a point of 100

}  // namespace

std::string PrintPoints(int64_t score, Language language) {
  const bool negative = score < 0;
  const int64_t hundredths = (negative ? -score : score) / kScorePerHundredth;
  return absl::StrFormat("%s%d%c%02d", negative && hundredths != 0 ? "-" : "", hundredths / 100,
                         language == Language::kFr ? ',' : '.', hundredths % 100);
}

std::string Count(int64_t n, absl::string_view fr_one, absl::string_view fr_many,
                  absl::string_view en_one, absl::string_view en_many, Language language) {
  const bool fr = language == Language::kFr;
  const bool one = fr ? n <= 1 : n == 1;
  const absl::string_view word = fr ? (one ? fr_one : fr_many) : (one ? en_one : en_many);
  return absl::StrCat(decision::PrintCount(n, language), " ", word);
}

std::string List(const std::vector<std::string>& items, Language language) {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) {
      absl::StrAppend(&out, i + 1 < items.size()        ? ", "
                            : language == Language::kFr ? " et "
                                                        : " and ");
    }
    absl::StrAppend(&out, items[i]);
  }
  return out;
}

const std::string& Of(const type::LocalizedText& text, Language language) {
  return language == Language::kFr ? text.fr() : text.en();
}

void Append(const type::LocalizedText& sentence, type::LocalizedText& text) {
  const auto add = [](const std::string& from, std::string* to) {
    if (from.empty()) return;
    if (!to->empty()) to->push_back(' ');
    to->append(from);
  };
  add(sentence.fr(), text.mutable_fr());
  add(sentence.en(), text.mutable_en());
}

std::string Quoted(absl::string_view text, Language language) {
  return language == Language::kFr ? absl::StrCat("« ", text, " »")
                                   : absl::StrCat("\"", text, "\"");
}

std::string NoRankingText(const Case& opened, Language language) {
  const int32_t least = opened.rules().min_ownership_groups();
  const std::string number = least == 3 ? (language == Language::kFr ? "trois" : "three")
                                        : decision::PrintCount(least, language);
  return language == Language::kFr
             ? absl::StrCat("Liste insuffisante : moins de ", number,
                            " fournisseurs indépendants ; ce n'est pas un classement.")
             : absl::StrCat("Insufficient list: fewer than ", number,
                            " independent suppliers; this is no ranking.");
}

bool IsNoRanking(const RankingCase& ranking) {
  return ranking.shown->insufficient_range() && !ranking.ranking.ranked.empty();
}

void SetRef(const std::string& offering, advisor::v1::OfferingRef& ref) {
  ref.set_offering(offering);
  ref.set_member(offering.substr(0, offering.find("/offerings/")));
}

advisor::v1::Standing StandingOf(explain::Standing standing) {
  return static_cast<advisor::v1::Standing>(standing);
}

}  // namespace aplomb::tell
