// Small things that several explanations say. Inner header; pure functions.
#ifndef APLOMB_DECISION_TELL_WORDS_H_
#define APLOMB_DECISION_TELL_WORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/explanation.pb.h"
#include "aplomb/type/common.pb.h"
#include "decision/phrases.h"
#include "decision/tell/case.h"

namespace aplomb::tell {

using decision::Language;
using decision::Text;

// A score or a difference of scores as points of 100: "7,25", "7.25", cut towards 0.
std::string PrintPoints(int64_t score, Language language);

// "3 offres", "1 offre"; French uses the singular up to 1.
std::string Count(int64_t n, absl::string_view fr_one, absl::string_view fr_many,
                  absl::string_view en_one, absl::string_view en_many, Language language);

// "a", "a et b", "a, b et c".
std::string List(const std::vector<std::string>& items, Language language);

// Text in one of the two languages of a message.
const std::string& Of(const type::LocalizedText& text, Language language);

// Adds a sentence to both languages, with a blank between.
void Append(const type::LocalizedText& sentence, type::LocalizedText& text);

// "« Coût »", "\"Cost\"".
std::string Quoted(absl::string_view text, Language language);

// "Liste insuffisante : moins de trois fournisseurs indépendants ; ce n'est pas un classement."
std::string NoRankingText(const Case& opened, Language language);
// True where something is ranked, of too few suppliers: then no rank is spoken of.
bool IsNoRanking(const RankingCase& ranking);

void SetRef(const std::string& offering, advisor::v1::OfferingRef& ref);

advisor::v1::Standing StandingOf(explain::Standing standing);

// Fills need, title and mode of an answer about a ranking.
template <typename Message>
void SetNeed(const RankingCase& ranking, Message& message) {
  message.set_need_id(ranking.result->need_id());
  *message.mutable_need_title() = ranking.result->title();
  message.set_delivery_mode(ranking.shown->delivery_mode());
}

}  // namespace aplomb::tell

#endif  // APLOMB_DECISION_TELL_WORDS_H_
