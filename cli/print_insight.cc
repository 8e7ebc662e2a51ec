#include "cli/print_insight.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/coded_word.h"
#include "cli/print.h"
#include "cli/texts.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;
using google::protobuf::RepeatedPtrField;

// Why nobody is shown an offering now: states of it and of its member.
constexpr CodedWord kHidden[] = {
    {"OFFERING_SUSPENDED", "l'offre est suspendue", "the offering is suspended"},
    {"OFFERING_WITHDRAWN", "l'offre est retirée", "the offering is withdrawn"},
    {"OFFERING_EXPIRED", "l'offre a expiré", "the offering has expired"},
    {"MEMBER_SUSPENDED", "son membre est suspendu", "its member is suspended"},
    {"MEMBER_ENDED", "l'adhésion de son membre a pris fin", "its member's membership has ended"},
};

std::string SizeText(type::SizeClass size, Language language) {
  const std::string code = type::SizeClass_Name(size);
  switch (size) {
    case type::SOLO:
      return absl::StrCat(Say(language, "sans salarié", "no employees"), " (", code, ")");
    case type::MICRO:
      return absl::StrCat(Say(language, "1 à 9 salariés", "1 to 9 employees"), " (", code, ")");
    case type::SMALL:
      return absl::StrCat(Say(language, "10 à 49 salariés", "10 to 49 employees"), " (", code, ")");
    case type::MEDIUM:
      return absl::StrCat(Say(language, "50 à 249 salariés", "50 to 249 employees"), " (", code,
                          ")");
    default:
      return code;
  }
}

std::string StandingText(pb::Reading::Standing standing, Language language) {
  const std::string code = pb::Reading::Standing_Name(standing);
  switch (standing) {
    case pb::Reading::RANKED:
      return absl::StrCat(Say(language, "classée", "ranked"), " (", code, ")");
    case pb::Reading::TO_CONFIRM:
      return absl::StrCat(Say(language, "à confirmer", "to confirm"), " (", code, ")");
    case pb::Reading::EXCLUDED:
      return absl::StrCat(Say(language, "exclue", "excluded"), " (", code, ")");
    case pb::Reading::ABSENT:
      return absl::StrCat(Say(language, "absente", "absent"), " (", code, ")");
    default:
      return code;
  }
}

std::string ScoreText(const pb::Reading& reading, Language language) {
  return absl::StrCat(Say(language, "note ", "score "), FormatScore(language, reading.score()),
                      Say(language, " sur 100", " of 100"));
}

// "classée (RANKED), note 72,31 sur 100", or "exclue (EXCLUDED) : H03".
std::string OutcomeText(const pb::Reading& reading, Language language) {
  std::vector<std::string> hidden;
  std::vector<std::string> rules;
  for (const std::string& code : reading.codes()) {
    (FindWord(kHidden, code) == nullptr ? rules : hidden).push_back(code);
  }
  std::string text = StandingText(reading.standing(), language);
  if (reading.standing() == pb::Reading::RANKED) {
    return absl::StrCat(text, ", ", ScoreText(reading, language));
  }
  const absl::string_view colon = Say(language, " : ", ": ");
  if (hidden.empty()) {
    return rules.empty() ? text : absl::StrCat(text, colon, absl::StrJoin(rules, " "));
  }
  absl::StrAppend(&text, colon, absl::StrJoin(hidden, " "),
                  Say(language, " ; si elle était visible : ", "; if it were shown: "));
  if (reading.criteria().empty()) {
    absl::StrAppend(&text, Say(language, "pas classée", "not ranked"));
    if (!rules.empty()) absl::StrAppend(&text, colon, absl::StrJoin(rules, " "));
    return text;
  }
  return absl::StrCat(text, StandingText(pb::Reading::RANKED, language), ", ",
                      ScoreText(reading, language));
}

std::string LineText(const pb::Reading& reading, Language language) {
  return absl::StrCat(reading.need_id(), "  ", SizeText(reading.size_class(), language),
                      Say(language, " : ", ": "));
}

std::string Label(const pb::CriterionReading& one, Language language) {
  return language == Language::kFrench ? one.label().fr() : one.label().en();
}

// Criteria that are new or have another value. What is unknown and had no value before is one line.
void PrintCriterionChanges(const pb::ReadingChange& change, Language language, std::ostream& out) {
  std::map<std::string, int32_t> before;
  for (const pb::CriterionReading& one : change.before().criteria()) {
    before[one.criterion_id()] = one.value();
  }
  std::vector<std::string> unknown;
  for (const pb::CriterionReading& one : change.after().criteria()) {
    const auto found = before.find(one.criterion_id());
    if (found == before.end() && one.unknown()) {
      unknown.push_back(one.criterion_id());
      continue;
    }
    if (found != before.end() && found->second == one.value()) continue;
    out << "       " << one.criterion_id() << "  ";
    if (found != before.end()) out << found->second << " -> ";
    out << one.value() << "  " << Label(one, language)
        << (one.unknown() ? Say(language, " (inconnu)", " (unknown)") : "") << "\n";
  }
  if (!unknown.empty()) {
    out << "       " << Say(language, "inconnus (", "unknown (") << unknown.size()
        << Say(language, ") : ", "): ") << absl::StrJoin(unknown, " ") << "\n";
  }
}

// The name of an entry differs only from that of nothing.
bool NothingPublished(const pb::EntryPreview& preview) {
  return std::any_of(preview.differences().begin(), preview.differences().end(),
                     [](const pb::FieldDifference& one) {
                       return one.field() == "name" && one.old_value().empty();
                     });
}

}  // namespace

void PrintReadings(const RepeatedPtrField<pb::Reading>& readings, Language language,
                   std::ostream& out) {
  std::vector<std::string> why;
  if (!readings.empty()) {
    for (const std::string& code : readings[0].codes()) {
      const CodedWord* word = FindWord(kHidden, code);
      if (word == nullptr) continue;
      why.push_back(absl::StrCat(Say(language, word->fr, word->en), " (", code, ")"));
    }
  }
  if (!why.empty()) {
    out << Say(language, "Cette offre n'est montrée à personne en ce moment : ",
               "This offering is not shown to anyone now: ")
        << absl::StrJoin(why, ", ") << ".\n";
  }
  for (const pb::Reading& reading : readings) {
    out << LineText(reading, language) << OutcomeText(reading, language) << "\n";
    for (const pb::CriterionReading& one : reading.criteria()) {
      out << absl::StrFormat("    %-5s %5d  %s%s\n", one.criterion_id(), one.value(),
                             Label(one, language),
                             one.unknown() ? Say(language, " (inconnu)", " (unknown)") : "");
    }
  }
}

void PrintChanges(const pb::EntryPreview& preview, Language language, std::ostream& out) {
  for (const pb::ReadingChange& change : preview.changes()) {
    out << LineText(change.after(), language) << OutcomeText(change.before(), language) << " -> "
        << OutcomeText(change.after(), language) << "\n";
    PrintCriterionChanges(change, language, out);
  }
  if (preview.changes().empty()) {
    out << Say(language, "Rien ne change pour le classement.\n",
               "Nothing changes for the ranking.\n");
  }
}

void PrintDifferenceCount(const pb::EntryPreview& preview, Language language, std::ostream& out) {
  if (NothingPublished(preview)) {
    out << Say(language, "rien n'est publié sous ce nom\n",
               "nothing is published under this name\n");
    return;
  }
  const int count = preview.differences_size();
  out << count
      << (count == 1 ? Say(language, " champ diffère de ce qui est publié",
                           " field differs from what is published")
                     : Say(language, " champs diffèrent de ce qui est publié",
                           " fields differ from what is published"))
      << (preview.fast_lane() ? Say(language, " ; voie rapide", "; fast lane") : "") << "\n";
}

}  // namespace aplomb::cli
