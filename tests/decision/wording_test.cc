// Rules in words. That a score can be recomputed from them is shown by
// tests/e2e/printed_answers_test.py.
#include "decision/wording/wording.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/decision/answer_world.h"

namespace aplomb::wording {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

const catalog::v1::Rulebook& Rules() { return decision::RealRulebook()->source; }

std::string Joined(const std::vector<type::LocalizedText>& lines, bool french) {
  return absl::StrJoin(lines, "\n", [&](std::string* out, const type::LocalizedText& line) {
    absl::StrAppend(out, french ? line.fr() : line.en());
  });
}

// --- One form at a time --------------------------------------------------------------------------

struct Case {
  const char* name;
  const char* satisfied_when;  // text form of a Condition
  const char* fr;              // of the first lines, after "Il faut : "
  const char* en;
};

class ConditionTest : public ::testing::TestWithParam<Case> {};

TEST_P(ConditionTest, ReadsAsAPersonWouldSayIt) {
  catalog::v1::Constraint rule;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(GetParam().satisfied_when,
                                                            rule.mutable_satisfied_when()));
  const auto lines = WordingOf(rule, Rules());
  EXPECT_THAT(Joined(lines, true), HasSubstr(absl::StrCat("Il faut : ", GetParam().fr, "\n")));
  EXPECT_THAT(Joined(lines, false), HasSubstr(absl::StrCat("Must hold: ", GetParam().en, "\n")));
}

INSTANTIATE_TEST_SUITE_P(
    Forms, ConditionTest,
    ::testing::Values(
        // One comparison.
        Case{"Truth", "comparison { left { fact: 'offering.security.mfa' } op: EQ truth: true }",
             "double authentification : oui", "two-factor authentication: yes"},
        Case{"TruthTurnedRound",
             "comparison { left { fact: 'offering.security.mfa' } op: NE truth: true }",
             "double authentification : non", "two-factor authentication: no"},
        Case{"NumberWithItsUnit",
             "comparison { left { fact: 'offering.commitment.notice_days' } op: LE value: 30 }",
             "préavis de résiliation : au plus 30\u00A0jours", "notice period: at most 30 days"},
        Case{"LessThan",
             "comparison { left { fact: 'offering.commitment.min_months' } op: LT value: 12 }",
             "durée d'engagement : moins de 12\u00A0mois", "minimum term: less than 12 months"},
        Case{"Money",
             "comparison { left { fact: 'offering.commitment.exit_fee' } op: EQ value: 0 }",
             "frais de départ : 0,00\u00A0€", "exit fee: EUR\u00A00.00"},
        Case{"OneOfAnEnum",
             "comparison { left { fact: 'offering.support.hours' } op: EQ enum_value: 'H24' }",
             "horaires d'assistance : jour et nuit", "hours of help: day and night"},
        Case{"AnOrderedEnumIsSpeltOut",
             "comparison { left { fact: 'firm.data_residency' } op: GE enum_value: 'FRANCE' }",
             "où vos données doivent rester (entreprise) : «\u00A0France\u00A0» ou «\u00A0hors de "
             "portée des lois extra-européennes\u00A0»",
             "where your data must stay (firm): \"France\" or \"out of reach of laws from outside "
             "the EU\""},
        Case{"AnOrdinalIsSpeltOut",
             "comparison { left { fact: 'derived.hosting_class' } op: GE value: 2 }",
             "lieu de conservation des données : «\u00A0Espace économique européen\u00A0» ou "
             "«\u00A0France\u00A0»",
             "place where data is kept: \"European Economic Area\" or \"France\""},
        Case{"Day", "comparison { left { fact: 'request.as_of_day' } op: GE value: 21062 }",
             "jour de la demande : au plus tôt le 1er\u00A0septembre\u00A02027",
             "day of the request: not before 1\u00A0September\u00A02027"},
        Case{"TheFirmsFact",
             "comparison { left { fact: 'offering.onboarding.days_to_live' } op: LE "
             "measure { fact: 'request.days_to_deadline' } }",
             "délai de mise en service : au plus «\u00A0délai avant l'échéance "
             "(entreprise)\u00A0»",
             "time until in use: at most \"time until the deadline (firm)\""},
        Case{"AllCodes",
             "comparison { left { fact: 'offering.accounting.formats_in' } op: CONTAINS_ALL "
             "codes { codes: 'FACTURX' codes: 'UBL' } }",
             "formats de factures reçus : comprend Factur-X et UBL (OASIS)",
             "invoice formats received: include Factur-X and UBL (OASIS)"},
        Case{"AnyCode",
             "comparison { left { fact: 'offering.accounting.formats_in' } op: INTERSECTS "
             "codes { codes: 'FACTURX' codes: 'UBL' } }",
             "formats de factures reçus : comprend Factur-X ou UBL (OASIS)",
             "invoice formats received: include Factur-X or UBL (OASIS)"},
        Case{"TheFirmsSet",
             "comparison { left { fact: 'offering.languages.ui' } op: CONTAINS_ALL "
             "measure { fact: 'request.ui_languages' } }",
             "langues des écrans : comprend tout de «\u00A0langues souhaitées des écrans "
             "(entreprise)\u00A0»",
             "languages of the screens: include all of \"languages wanted for the screens "
             "(firm)\""},
        Case{"LeastEvidence",
             "comparison { left { fact: 'offering.security.mfa' } op: EQ truth: true "
             "least_evidence: CERTIFIED }",
             "double authentification : oui (ne compte que ce qu'un tiers certifie)",
             "two-factor authentication: yes (counts only what a third party certifies)"},
        Case{"Cost",
             "comparison { left { cost { figure: FIRST_YEAR } } op: LE "
             "measure { fact: 'request.first_year_max' } }",
             "coût de la première année, hors taxes : au plus «\u00A0plafond de la première année "
             "(entreprise)\u00A0»",
             "cost of the first year, excluding VAT: at most \"ceiling for the first year "
             "(firm)\""},
        // Several.
        Case{"Negation",
             "negation { comparison { left { fact: 'offering.security.mfa' } op: EQ truth: true } "
             "}",
             "pas (double authentification : oui)", "not (two-factor authentication: yes)"},
        Case{"AllWithAnyInside",
             "all { conditions { comparison { left { fact: 'offering.security.mfa' } op: EQ truth: "
             "true } } conditions { any { conditions { comparison { left { fact: "
             "'offering.licence.escrow' } op: EQ truth: true } } conditions { comparison { left { "
             "fact: 'offering.licence.free_software' } op: EQ truth: true } } } } }",
             "tout ce qui suit :\n  - double authentification : oui\n  - l'un au moins :\n"
             "    - code source sous séquestre : oui\n    - logiciel libre : oui",
             "all of this:\n  - two-factor authentication: yes\n  - at least one of:\n"
             "    - source code in escrow: yes\n    - free software: yes"}),
    [](const auto& row) { return row.param.name; });

// --- The published rules -------------------------------------------------------------------------

const catalog::v1::Constraint& ConstraintOf(const std::string& id) {
  for (const auto& rule : Rules().constraints()) {
    if (rule.constraint_id() == id) return rule;
  }
  return catalog::v1::Constraint::default_instance();
}

const catalog::v1::Criterion& CriterionOf(const std::string& id) {
  for (const auto& rule : Rules().criteria()) {
    if (rule.criterion_id() == id) return rule;
  }
  return catalog::v1::Criterion::default_instance();
}

TEST(WordingTest, AConstraintSaysWhenItAppliesAndWhatSilenceDoes) {
  const std::string hosting = Joined(WordingOf(ConstraintOf("H07"), Rules()), false);
  EXPECT_THAT(hosting, HasSubstr("Asked where: health data in what is asked for (firm): yes"));
  EXPECT_THAT(hosting, HasSubstr("Not said by the offering: excluded. Not said by the firm: not "
                                 "asked of any offering, question returned."));
  EXPECT_THAT(hosting, HasSubstr("Law or safety"));
  const std::string features = Joined(WordingOf(ConstraintOf("H03"), Rules()), false);
  EXPECT_THAT(features, HasSubstr("Not said by the offering: to confirm."));
  EXPECT_THAT(features, Not(HasSubstr("Not said by the firm"))) << "what is asked for is known";
  EXPECT_THAT(features, Not(HasSubstr("Law or safety")));
  EXPECT_THAT(Joined(WordingOf(ConstraintOf("H10"), Rules()), true),
              HasSubstr("Seulement pour : Logiciel de caisse [POS]."));
}

TEST(WordingTest, ACriterionSaysWhatEachFindingIsWorth) {
  struct Row {
    const char* id;
    const char* en;
  };
  const Row rows[] = {
      {"C02", "none\u00A0→\u00A0100; 1 size class\u00A0→\u00A050"},
      {"C03", "any trade\u00A0→\u00A060; same sector\u00A0→\u00A070"},
      {"C03", "Counts only: what a public document supports."},
      {"C06", "Weight: 3 parts of 7 of its group."},
      {"C06", "25%\u00A0→\u00A0100"},
      {"C09", "1 month\u00A0→\u00A0100; 12 months\u00A0→\u00A060"},
      {"C10", "price on quotation only\u00A0→\u00A00"},
      {"C13", "  40 chat (help by chat: yes)\n"},
      {"C13", "  0 otherwise\n"},
      {"C20",
       "40 for at most a month of the budget (exit fee: at most \"budget per month "
       "(firm)\")"},
      {"C23", "Weighed only where: sensitive data (firm): yes"},
      {"C23", "  100 SecNumCloud qualification\n"},
      {"C25", "  +25 daily off-site backup (daily backup: yes, and off-site backup: yes)\n"},
      {"C27", "99.95%\u00A0→\u00A0100."},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(Joined(WordingOf(CriterionOf(row.id), Rules()), false), HasSubstr(row.en))
        << row.id;
  }
}

// Names of facts, enum values and code lists are for rulebooks, not for readers.
TEST(WordingTest, EveryPublishedRuleIsInWordsOfBothLanguages) {
  const auto check = [](const std::string& id, const std::vector<type::LocalizedText>& lines) {
    EXPECT_FALSE(lines.empty()) << id;
    for (const auto& line : lines) {
      EXPECT_NE(line.fr(), line.en()) << id;
      for (const std::string* text : {&line.fr(), &line.en()}) {
        for (size_t at = text->find('.'); at != std::string::npos; at = text->find('.', at + 1)) {
          const bool path = at + 1 < text->size() && absl::ascii_islower((*text)[at + 1]);
          EXPECT_FALSE(path) << id << ": " << *text;
        }
        EXPECT_THAT(*text, Not(AnyOf(HasSubstr("()"), HasSubstr("_")))) << id;
      }
    }
  };
  catalog::v1::Rulebook rules = Rules();
  // Needs are named with their ids, which may have a "_".
  for (auto& rule : *rules.mutable_constraints()) {
    rule.clear_need_ids();
    check(rule.constraint_id(), WordingOf(rule, Rules()));
  }
  for (const auto& rule : rules.criteria()) check(rule.criterion_id(), WordingOf(rule, Rules()));
  check("score", WordingOfScore(Rules()));
  for (const auto& need : Rules().needs()) {
    for (const std::string& name : need.minimum_facts()) {
      EXPECT_THAT(MinimumFactText(name).en(), Not(HasSubstr("."))) << name;
      EXPECT_NE(MinimumFactText(name).fr(), name);
    }
  }
}

}  // namespace
}  // namespace aplomb::wording
