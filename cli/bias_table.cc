#include "cli/bias_table.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "cli/coded_word.h"
#include "cli/text_table.h"
#include "cli/texts.h"
#include "decision/neutrality/bias.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;

constexpr int kCarriersShown = 3;

// `numerator` / (`denominator` * 10^6) as points with two decimals, half away from zero.
std::string Points(int64_t numerator, int64_t denominator, Language language) {
  if (denominator == 0) return "-";
  const int64_t step = denominator * 10'000;  // a hundredth of a point
  const int64_t size = numerator < 0 ? -numerator : numerator;
  const int64_t hundredths = size / step + (size % step >= step - size % step ? 1 : 0);
  return absl::StrFormat("%s%d%s%02d", numerator < 0 && hundredths > 0 ? "-" : "+",
                         hundredths / 100, Say(language, ",", "."), hundredths % 100);
}

std::string AttributeTitle(const std::string& attribute, Language language) {
  static constexpr CodedWord kTitles[] = {
      {"fee", "Cotisation annuelle (EUR)", "Yearly fee (EUR)"},
      {"size", "Taille du membre", "Size of the member"},
      {"nationality", "Pays du siège", "Country of the seat"},
      {"seniority", "Années d'adhésion", "Years of membership"},
  };
  const CodedWord* const title = FindWord(kTitles, attribute);
  return title == nullptr ? attribute : std::string(Say(language, title->fr, title->en));
}

struct Group {
  absl::string_view attribute, label, fr, en;
};
// From the least to the most.
constexpr Group kGroups[] = {
    {"fee", "<1000", "moins de 1 000", "less than 1,000"},
    {"fee", "1000-1999", "de 1 000 à 1 999,99", "1,000 to 1,999.99"},
    {"fee", ">=2000", "2 000 ou plus", "2,000 or more"},
    {"size", "MEMBER_MICRO", "moins de 10 personnes", "fewer than 10 persons"},
    {"size", "MEMBER_SME", "10 à 249", "10 to 249"},
    {"size", "MEMBER_LARGE", "250 ou plus", "250 or more"},
    {"nationality", "FR", "France", "France"},
    {"nationality", "other", "autre pays", "another country"},
    {"seniority", "<3", "moins de 3", "fewer than 3"},
    {"seniority", "3-6", "de 3 à 6", "3 to 6"},
    {"seniority", ">=7", "7 ou plus", "7 or more"},
};

// The place in kGroups; behind all for a group that whoever proposed has named.
size_t PlaceOf(absl::string_view attribute, absl::string_view label) {
  return static_cast<size_t>(std::find_if(std::begin(kGroups), std::end(kGroups),
                                          [&](const Group& one) {
                                            return one.attribute == attribute && one.label == label;
                                          }) -
                             std::begin(kGroups));
}

// A group in words; one of another name stands as it is.
std::string GroupTitle(absl::string_view attribute, absl::string_view label, Language language) {
  const size_t place = PlaceOf(attribute, label);
  if (place == std::size(kGroups)) return std::string(label);
  return std::string(Say(language, kGroups[place].fr, kGroups[place].en));
}

std::string NotExamined(const std::string& attribute, Language language) {
  const bool fee = attribute == "fee";
  return Paragraph(
      absl::StrCat(AttributeTitle(attribute, language), Say(language, " : ", ": ")),
      fee ? Say(language,
                "non examinée. Aucun registre des cotisations n'a été joint : rien n'est dit ici "
                "de ceux qui paient plus ou moins.",
                "not examined. No ledger of fees was joined: nothing is said here of those who pay "
                "more or less.")
          : Say(language, "non examiné. Le catalogue ne le dit d'aucun membre classé.",
                "not examined. The catalogue does not tell it of any member that is ranked."));
}

std::string TableOf(const pb::BiasReport& report, Language language) {
  const bool fr = language == Language::kFrench;
  TextTable table({{.title = AttributeTitle(report.attribute(), language)},
                   {.title = fr ? "classées" : "ranked", .align = Align::kRight},
                   {.title = fr ? "à conf." : "to conf.", .align = Align::kRight},
                   {.title = fr ? "exclues" : "excluded", .align = Align::kRight},
                   {.title = fr ? "écart" : "gap", .align = Align::kRight},
                   {.title = fr ? "par paires" : "paired", .align = Align::kRight},
                   {.title = fr ? "porté par (paires)" : "carried by (paired)", .flexible = true}});
  std::vector<const pb::BiasGap*> gaps;
  for (const pb::BiasGap& gap : report.gaps()) gaps.push_back(&gap);
  std::stable_sort(gaps.begin(), gaps.end(), [&](const pb::BiasGap* a, const pb::BiasGap* b) {
    return PlaceOf(report.attribute(), a->label()) < PlaceOf(report.attribute(), b->label());
  });
  for (const pb::BiasGap* one : gaps) {
    const pb::BiasGap& gap = *one;
    std::vector<std::string> carriers;
    for (int i = 0; i < gap.shares_size() && i < kCarriersShown; ++i) {
      if (gap.shares(i).paired() == 0) break;
      carriers.push_back(
          absl::StrCat(gap.shares(i).criterion_id(), "\u00A0",
                       Points(gap.shares(i).paired(), gap.paired_denominator(), language)));
    }
    table.AddRow(
        {GroupTitle(report.attribute(), gap.label(), language), absl::StrCat(gap.ranked()),
         absl::StrCat(gap.to_confirm()), absl::StrCat(gap.excluded()),
         Points(gap.pooled(), gap.pooled_denominator(), language),
         Points(gap.paired(), gap.paired_denominator(), language),
         absl::StrCat(absl::StrJoin(carriers, fr ? " ; " : ", "),
                      gap.one_carries_half() ? (fr ? " (à examiner)" : " (to examine)") : "")});
  }
  std::string text = table.Render();
  if (report.unlabelled() > 0) {
    absl::StrAppend(&text,
                    Say(language, "Laissées de côté, leur membre n'étant d'aucun groupe : ",
                        "Left aside, because no group names their member: "),
                    report.unlabelled(), Say(language, " places classées.\n", " ranked places.\n"));
  }
  return text;
}

}  // namespace

std::string BiasText(absl::Span<const pb::BiasReport* const> reports, Language language) {
  std::string text;
  const auto find = [&](absl::string_view attribute) -> const pb::BiasReport* {
    for (const pb::BiasReport* one : reports) {
      if (one->attribute() == attribute && one->gaps_size() > 0) return one;
    }
    return nullptr;
  };
  for (const absl::string_view attribute : decision::kExaminedAttributes) {
    const pb::BiasReport* report = find(attribute);
    absl::StrAppend(&text,
                    report == nullptr ? NotExamined(std::string(attribute), language)
                                      : TableOf(*report, language),
                    "\n");
  }
  for (const pb::BiasReport* report : reports) {
    const bool known = std::any_of(
        std::begin(decision::kExaminedAttributes), std::end(decision::kExaminedAttributes),
        [&](absl::string_view one) { return one == report->attribute(); });
    if (!known) absl::StrAppend(&text, TableOf(*report, language), "\n");
  }
  absl::StrAppend(
      &text,
      Say(language,
          "Écarts en points sur 100 : moyenne du groupe moins moyenne des autres ; par "
          "paires : dans un\nmême classement seulement. Un écart n'est pas une faute : il "
          "dit quel critère regarder.\nC01, C02… : les critères, que dit aplomb rulebook show.\n",
          "Gaps in points of 100: mean of the group less mean of the others; paired: within "
          "one ranking\nonly. A gap is no fault: it says which criterion to look at.\nC01, C02…: "
          "the "
          "criteria, which aplomb rulebook show tells.\n"));
  return text;
}

void PrintBiasText(const std::string& text) { std::cout << text; }

}  // namespace aplomb::cli
