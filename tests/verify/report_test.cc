// What a report says, word for word, in both languages.
#include "audit/verify/report.h"

#include <string>
#include <utility>

#include "audit/tlog/checkpoint.h"
#include "audit/verify/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/verify/make_log.h"

namespace aplomb::verify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Case {
  std::string name;
  Report report;
  std::string english;
  std::string french;
};

class ReportTest : public ::testing::TestWithParam<Case> {};

TEST_P(ReportTest, SaysItInBothLanguages) {
  EXPECT_EQ(FormatText(GetParam().report, Language::kEnglish), GetParam().english);
  EXPECT_EQ(FormatText(GetParam().report, Language::kFrench), GetParam().french);
}

Report Of(uint64_t size, uint64_t tiles) {
  Report report;
  report.origin = "log.example";
  report.size = size;
  report.root = "cm9vdA==";
  report.derived_entries = size;
  report.compared_tiles = tiles;
  return report;
}
Report OneReceipt() {
  Report report = Of(7, 0);
  report.of_receipt = true;
  report.receipts = 1;
  return report;
}
Report With(Report report, std::string quorum, uint64_t witnesses, int cosigned, bool reached) {
  report.quorum = std::move(quorum);
  report.quorum_witnesses = witnesses;
  report.witnessed = reached;
  for (int i = 0; i < cosigned; ++i) {
    report.cosignatures.push_back(
        {.witness = std::string(1, static_cast<char>('a' + i)), .time_s = 1'772'355'600});
  }
  return report;
}
Report Spoilt(int shown, uint64_t dropped) {
  Report report = Of(3, 1);
  for (int i = 0; i < shown; ++i) {
    report.Add({.reason = "TIME_WENT_BACK", .index = 2, .text_en = "early", .text_fr = "trop tôt"});
  }
  report.findings_dropped = dropped;
  return report;
}

INSTANTIATE_TEST_SUITE_P(
    All, ReportTest,
    ::testing::Values(
        Case{
            "OneOfEverything",
            [] {
              Report report = Of(1, 1);
              report.old_checkpoints = 1;
              report.receipts = 1;
              return report;
            }(),
            "log: log.example, 1 entry, root cm9vdA==\n"
            "  1 leaf derived from the bundles\n"
            "  1 hash tile compared byte for byte\n"
            "  1 older checkpoint that is a prefix\n"
            "  1 receipt that holds\n"
            "  the policy asks for no witness\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): everything holds; the policy asks for no "
            "witness\n",
            "journal: log.example, 1 entrée, racine cm9vdA==\n"
            "  1 feuille recalculée depuis les paquets d'entrées\n"
            "  1 tuile comparée octet par octet\n"
            "  1 point de contrôle antérieur, préfixe de celui-ci\n"
            "  1 reçu valable\n"
            "  la politique ne demande aucun témoin\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): tout concorde ; la politique ne demande aucun "
            "témoin\n"},
        Case{
            "TwoAndNone",
            [] {
              Report report = Of(2, 0);
              report.old_checkpoints = 2;
              report.receipts = 2;
              return report;
            }(),
            "log: log.example, 2 entries, root cm9vdA==\n"
            "  2 leaves derived from the bundles\n"
            "  0 hash tiles compared byte for byte\n"
            "  2 older checkpoints that are prefixes\n"
            "  2 receipts that hold\n"
            "  the policy asks for no witness\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): everything holds; the policy asks for no "
            "witness\n",
            "journal: log.example, 2 entrées, racine cm9vdA==\n"
            "  2 feuilles recalculées depuis les paquets d'entrées\n"
            "  0 tuile comparée octet par octet\n"
            "  2 points de contrôle antérieurs, préfixes de celui-ci\n"
            "  2 reçus valables\n"
            "  la politique ne demande aucun témoin\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): tout concorde ; la politique ne demande aucun "
            "témoin\n"},
        Case{
            "AReceiptByItself", OneReceipt(),
            "log: log.example, 7 entries, root cm9vdA==\n"
            "  1 receipt that holds\n"
            "  the policy asks for no witness\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): everything holds; the policy asks for no "
            "witness\n",
            "journal: log.example, 7 entrées, racine cm9vdA==\n"
            "  1 reçu valable\n"
            "  la politique ne demande aucun témoin\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): tout concorde ; la politique ne demande aucun "
            "témoin\n"},
        Case{
            "NoneOfTwoWitnesses", With(OneReceipt(), "two", 2, 0, false),
            "log: log.example, 7 entries, root cm9vdA==\n"
            "  1 receipt that holds\n"
            "  the quorum \"two\" is not reached: 0 of 2 witnesses have cosigned\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): everything holds; not witnessed as the policy "
            "asks\n",
            "journal: log.example, 7 entrées, racine cm9vdA==\n"
            "  1 reçu valable\n"
            "  quorum « two » non atteint : 0 sur 2 témoin a contresigné\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): tout concorde, mais les témoins exigés ne "
            "l'ont pas tous vu\n"},
        Case{
            "OneOfTwoWitnesses", With(OneReceipt(), "two", 2, 1, false),
            "log: log.example, 7 entries, root cm9vdA==\n"
            "  1 receipt that holds\n"
            "  cosigned by a (1772355600)\n"
            "  the quorum \"two\" is not reached: 1 of 2 witnesses has cosigned\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): everything holds; not witnessed as the policy "
            "asks\n",
            "journal: log.example, 7 entrées, racine cm9vdA==\n"
            "  1 reçu valable\n"
            "  contresigné par a (1772355600)\n"
            "  quorum « two » non atteint : 1 sur 2 témoin a contresigné\n"
            "verdict: CONSISTENT_NOT_WITNESSED (10): tout concorde, mais les témoins exigés ne "
            "l'ont pas tous vu\n"},
        Case{"Witnessed", With(OneReceipt(), "two", 2, 2, true),
             "log: log.example, 7 entries, root cm9vdA==\n"
             "  1 receipt that holds\n"
             "  cosigned by a (1772355600)\n"
             "  cosigned by b (1772355600)\n"
             "verdict: VERIFIED_AND_WITNESSED (0): everything holds, and the witnesses asked for "
             "saw it\n",
             "journal: log.example, 7 entrées, racine cm9vdA==\n"
             "  1 reçu valable\n"
             "  contresigné par a (1772355600)\n"
             "  contresigné par b (1772355600)\n"
             "verdict: VERIFIED_AND_WITNESSED (0): tout concorde, et les témoins exigés l'ont "
             "vu\n"},
        Case{"OneMoreFindingThanShown", Spoilt(1, 1),
             "log: log.example, 3 entries, root cm9vdA==\n"
             "  3 leaves derived from the bundles\n"
             "  1 hash tile compared byte for byte\n"
             "  the policy asks for no witness\n"
             "findings: 2\n"
             "  entry 2: early (TIME_WENT_BACK)\n"
             "  1 more is not shown\n"
             "verdict: FINDINGS (20): the tree holds, but entries say what may not be\n",
             "journal: log.example, 3 entrées, racine cm9vdA==\n"
             "  3 feuilles recalculées depuis les paquets d'entrées\n"
             "  1 tuile comparée octet par octet\n"
             "  la politique ne demande aucun témoin\n"
             "constats: 2\n"
             "  entrée 2: trop tôt (TIME_WENT_BACK)\n"
             "  1 autre n'est pas affiché\n"
             "verdict: FINDINGS (20): l'arbre concorde, mais des entrées disent ce qui ne peut "
             "être\n"}),
    [](const ::testing::TestParamInfo<Case>& row) { return row.param.name; });

TEST(ReportTest, OfARealReceiptSpeaksNoEnglishInFrench) {
  LogMaker log;
  FillWithWorld(log, 20);
  tlog::Receipt receipt = log.ReceiptFor(10, 20);
  receipt.extra = log.entries[10];
  tlog::Policy policy = log.Policy();
  policy.quorum.clear();
  const Report report = VerifyReceipt({.label = "r", .text = tlog::FormatReceipt(receipt)}, policy);
  ASSERT_EQ(report.verdict(), Verdict::kConsistent);
  const std::string text = FormatText(report, Language::kFrench);
  EXPECT_THAT(text, HasSubstr("1 reçu valable\n"));
  EXPECT_THAT(text, HasSubstr("la politique ne demande aucun témoin"));
  EXPECT_THAT(text, Not(HasSubstr("policy")));
  EXPECT_THAT(text, Not(HasSubstr("feuille"))) << "no files of the log were read";
}

}  // namespace
}  // namespace aplomb::verify
