// Who may let a finding of the proxy lint stand, and how long: signed notes, forged ones, ended
// ones.

#include "service/waiver.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/civil_day.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

using aplomb::testing::StatusIs;
using decision::Diagnostic;
using decision::ProxyFinding;
using ::testing::HasSubstr;

constexpr int32_t kToday = 20'780;  // 2026-11-23

tlog::Signer SignerOf(const std::string& name, char seed) {
  auto signer = tlog::Signer::FromSeed(name, tlog::SignatureType::kEd25519,
                                       std::string(tlog::kSeedBytes, seed));
  EXPECT_TRUE(signer.ok()) << signer.status();
  return *std::move(signer);
}

const char kName[] = "charter.aplomb.example/rules";

Waiver Good() {
  return {.code = "PX01",
          .where = "criteria[C13].measure.first_match.cases[0].when",
          .member = "members/acme",
          .rulebook_id = "base",
          .by = "Anne Dupont, committee on rules",
          .why = "Only one member answers by night so far; two have announced it.",
          .until_day = kToday + 100};
}

std::string Signed(const std::string& text, const tlog::Signer& signer) {
  return absl::StrCat(text, "\n", signer.SignatureLine(text));
}

JudgedWaiver Judge(const std::string& note, int32_t day = kToday,
                   const std::string& rulebook = "base") {
  return JudgeWaiver("x.waiver", note, {SignerOf(kName, 'a').key()}, rulebook, day);
}

ProxyFinding FindingOf(const Waiver& waiver) {
  return {.code = waiver.code, .where = waiver.where, .member = waiver.member, .text = "It does."};
}

TEST(Waiver, TextAndBack) {
  const std::string text = WaiverText(Good());
  EXPECT_EQ(text,
            "aplomb/waiver/v1\n"
            "finding PX01 criteria[C13].measure.first_match.cases[0].when members/acme\n"
            "rulebook base\n"
            "by Anne Dupont, committee on rules\n"
            "until 2027-03-03\n"
            "why Only one member answers by night so far; two have announced it.\n");
  ASSERT_OK_AND_ASSIGN(const Waiver read, ParseWaiver(text));
  EXPECT_EQ(read, Good());
}

TEST(Waiver, SignedByAKeyOfTheCharterItStands) {
  const JudgedWaiver judged = Judge(Signed(WaiverText(Good()), SignerOf(kName, 'a')));
  EXPECT_TRUE(judged.stands) << judged.text;
  EXPECT_EQ(judged.waiver, Good());
}

// --- Forged

TEST(Waiver, AChangedLetterOfTheTextIsSeen) {
  const std::string note = Signed(WaiverText(Good()), SignerOf(kName, 'a'));
  const std::string text = WaiverText(Good());
  // Each byte of the text, one after the other.
  for (size_t i = 0; i < text.size(); ++i) {
    std::string forged = note;
    forged[i] = static_cast<char>(forged[i] ^ 1);
    EXPECT_FALSE(Judge(forged).stands) << i;
  }
}

TEST(Waiver, ASignatureOfAnotherKeyUnderThatNameIsRefused) {
  const JudgedWaiver judged = Judge(Signed(WaiverText(Good()), SignerOf(kName, 'b')));
  EXPECT_FALSE(judged.stands);
  EXPECT_THAT(judged.text, HasSubstr("No key of the charter"));
}

TEST(Waiver, TheRightKeyIdUnderAWrongSignatureIsRefused) {
  // Signed by the right key, but another text.
  Waiver other = Good();
  other.member = "members/other";
  const std::string line = SignerOf(kName, 'a').SignatureLine(WaiverText(other));
  const JudgedWaiver judged = Judge(absl::StrCat(WaiverText(Good()), "\n", line));
  EXPECT_FALSE(judged.stands);
  EXPECT_THAT(judged.text, HasSubstr("signature"));
}

TEST(Waiver, UnsignedIsRefused) {
  EXPECT_FALSE(Judge(WaiverText(Good())).stands);
  EXPECT_FALSE(Judge("").stands);
}

TEST(Waiver, WithoutKeysNobodyMaySign) {
  EXPECT_FALSE(
      JudgeWaiver("x", Signed(WaiverText(Good()), SignerOf(kName, 'a')), {}, "base", kToday)
          .stands);
}

TEST(Waiver, ACosignatureOfALogIsNoSignatureOfTheCharter) {
  auto witness = tlog::Signer::FromSeed(kName, tlog::SignatureType::kCosignature,
                                        std::string(tlog::kSeedBytes, 'a'));
  ASSERT_TRUE(witness.ok());
  EXPECT_THAT(ParseCharterKeys(witness->key().ToString()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 1")));
}

// --- In time

TEST(Waiver, StandsOnItsLastDayAndNotOnTheNext) {
  const std::string note = Signed(WaiverText(Good()), SignerOf(kName, 'a'));
  EXPECT_TRUE(Judge(note, kToday + 100).stands);
  const JudgedWaiver ended = Judge(note, kToday + 101);
  EXPECT_FALSE(ended.stands);
  EXPECT_THAT(ended.text, HasSubstr("ended on 2027-03-03"));
}

TEST(Waiver, MayNotStandForEver) {
  Waiver waiver = Good();
  waiver.until_day = kToday + kWaiverDaysMax;
  EXPECT_TRUE(Judge(Signed(WaiverText(waiver), SignerOf(kName, 'a'))).stands);
  ++waiver.until_day;
  EXPECT_FALSE(Judge(Signed(WaiverText(waiver), SignerOf(kName, 'a'))).stands);
}

TEST(Waiver, IsAboutOneRulebook) {
  const std::string note = Signed(WaiverText(Good()), SignerOf(kName, 'a'));
  EXPECT_FALSE(Judge(note, kToday, "other").stands);
}

// --- Form

TEST(Waiver, OneSpellingOnly) {
  const std::string good = WaiverText(Good());
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"aplomb/waiver/v1", "aplomb/waiver/v2"},
      {"finding PX01 ", "finding PX01  "},
      {" members/acme", ""},
      {"rulebook base\n", ""},
      {"by Anne", "by  Anne"},
      {"2027-03-03", "2027-3-3"},
      {"2027-03-03", "2027-02-30"},
      {"why Only one member answers by night so far; two have announced it.", "why Fine."},
      {"announced it.\n", "announced it.\n\n"},
      {"announced it.\n", "announced it."},
      {"so far;", "so\tfar;"},
  };
  for (const auto& [from, to] : changes) {
    const std::string text = absl::StrReplaceAll(good, {{from, to}});
    ASSERT_NE(text, good) << from;
    EXPECT_THAT(ParseWaiver(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

// --- What it is worth

TEST(WhyIn, TakesTheReadersHalfOfAReasonInTwoLanguagesOnly) {
  const struct {
    const char* why;
    const char* fr;
    const char* en;
  } kRows[] = {
      {"La loi le veut. / The law wants it.", "La loi le veut.", "The law wants it."},
      {"Only one member answers by night.", "Only one member answers by night.",
       "Only one member answers by night."},
      {"They answer 24 / 7.", "They answer 24 / 7.", "They answer 24 / 7."},
      {"Un. / One. / Uno.", "Un. / One. / Uno.", "Un. / One. / Uno."},
      {"24 / 7 oui. / Yes.", "24 / 7 oui. / Yes.", "24 / 7 oui. / Yes."},
      {"Nothing follows. / ", "Nothing follows. / ", "Nothing follows. / "},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(WhyIn(row.why, /*french=*/true), row.fr);
    EXPECT_EQ(WhyIn(row.why, /*french=*/false), row.en);
  }
}

TEST(ApplyWaivers, LetsExactlyItsFindingStand) {
  const JudgedWaiver judged = Judge(Signed(WaiverText(Good()), SignerOf(kName, 'a')));
  const ProxyFinding finding = FindingOf(Good());
  const std::vector<Diagnostic> one = ApplyWaivers({finding}, {judged}, nullptr);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].severity, Diagnostic::Severity::kWarning);
  EXPECT_THAT(one[0].text, HasSubstr("Waived by Anne Dupont, committee on rules until 2027-03-03"));

  for (int field = 0; field < 3; ++field) {
    ProxyFinding other = finding;
    (field == 0 ? other.code : field == 1 ? other.where : other.member) += "x";
    const std::vector<Diagnostic> both = ApplyWaivers({other}, {judged}, nullptr);
    ASSERT_EQ(both.size(), 2u) << field;
    EXPECT_EQ(both[0].severity, Diagnostic::Severity::kError) << field;
    EXPECT_EQ(both[1].code, "PX11") << "a waiver that fits nothing is told";
    EXPECT_EQ(both[1].severity, Diagnostic::Severity::kWarning);
  }
}

TEST(ApplyWaivers, AWaiverThatDoesNotStandIsAnErrorAndHelpsNothing) {
  const JudgedWaiver judged = Judge(Signed(WaiverText(Good()), SignerOf(kName, 'a')), kToday + 101);
  const std::vector<Diagnostic> both = ApplyWaivers({FindingOf(Good())}, {judged}, nullptr);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].severity, Diagnostic::Severity::kError);
  EXPECT_EQ(both[1].code, "PX10");
  EXPECT_EQ(both[1].file, "x.waiver");
}

TEST(CharterKeys, OnePerLineWithRemarks) {
  const std::string key = SignerOf(kName, 'a').key().ToString();
  ASSERT_OK_AND_ASSIGN(const auto keys,
                       ParseCharterKeys(absl::StrCat("# committee on rules\n\n", key, "\n")));
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].ToString(), key);
  EXPECT_THAT(ParseCharterKeys("nonsense\n"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace aplomb::service
