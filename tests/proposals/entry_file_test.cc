#include "catalog/proposals/entry_file.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "catalog/proposals/claim_checks.h"
#include "catalog/proposals/field_help.h"
#include "catalog/proposals/placeholders.h"
#include "catalog/proposals/remedies.h"
#include "catalog/proposals/vocabulary.h"
#include "decision/rulebook_compiler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Offering;
using ::testing::HasSubstr;

const catalog::v1::Rulebook& Published() {
  static const catalog::v1::Rulebook& rulebook = *[] {
    auto read = decision::ReadRulebook(testing::SourcePath("catalog/rulebook"));
    EXPECT_TRUE(read.ok()) << read.status();
    return new catalog::v1::Rulebook(read->rulebook);
  }();
  return rulebook;
}

std::set<std::string> Reasons(const base::Issues& issues) {
  std::set<std::string> reasons;
  for (const base::Issue& issue : issues.list()) {
    reasons.insert(absl::StrCat(issue.field, " ", issue.reason));
  }
  return reasons;
}

// What a newcomer gets must be right as it stands, in both languages, for every need.
TEST(Template, IsAValidEntryForEveryNeed) {
  const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(Published());
  ASSERT_EQ(Published().needs_size(), 45);
  for (const catalog::v1::Need& need : Published().needs()) {
    for (const bool french : {true, false}) {
      const std::string text = WriteTemplate(need, french);
      base::Issues issues;
      const Offering offering = ReadEntryFile("entry.yaml", text, &issues);
      CheckEntry(offering, &vocabulary, &issues);
      EXPECT_TRUE(issues.empty()) << need.need_id() << "\n" << issues.ToString();
      EXPECT_EQ(offering.name().substr(0, 8), "members/");
      EXPECT_EQ(offering.need_ids(0), need.need_id());
    }
  }
}

// Each way of charging that a template shows can be taken as it stands.
TEST(Template, EveryPriceLineOfItIsValid) {
  for (const PriceExample& one : PriceExamples()) {
    for (const bool french : {true, false}) {
      const std::string text = WriteTemplate(Published().needs(0), french);
      ASSERT_THAT(text, HasSubstr(absl::StrCat("    # - ", one.line)));
      base::Issues issues;
      const Offering offering = ReadEntryFile(
          "entry.yaml",
          absl::StrReplaceAll(
              text, {{absl::StrCat("    # - ", one.line), absl::StrCat("    - ", one.line)}}),
          &issues);
      CheckEntry(offering, nullptr, &issues);
      EXPECT_TRUE(issues.empty()) << one.line << "\n" << issues.ToString();
      EXPECT_EQ(offering.pricing().components_size(), 2);
    }
  }
}

TEST(FieldHelp, IsAboutFieldsThatThereAre) {
  std::set<std::string> seen;
  for (const FieldHelp& one : AllFieldHelp()) {
    EXPECT_TRUE(seen.insert(std::string(one.field)).second) << one.field;
    const std::vector<std::string> words = absl::StrSplit(one.field, '.');
    ASSERT_EQ(words.size(), 2u) << one.field;
    const google::protobuf::Descriptor* type = nullptr;
    for (const char* package : {"aplomb.catalog.v1.", "aplomb.type."}) {
      if (type != nullptr) break;
      type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          absl::StrCat(package, words[0]));
    }
    ASSERT_NE(type, nullptr) << one.field;
    const auto* field = type->FindFieldByName(words[1]);
    ASSERT_NE(field, nullptr) << one.field;
    EXPECT_EQ(FindFieldHelp(*field), &one);
  }
}

// Every feature and every field with a comment sign before it can be told of by taking it away.
TEST(Template, NamesEveryFeatureAndField) {
  const catalog::v1::Need* shop = nullptr;
  for (const auto& need : Published().needs()) {
    if (need.need_id() == "ECOMMERCE") shop = &need;
  }
  ASSERT_NE(shop, nullptr);
  const std::string text = WriteTemplate(*shop, true);
  for (const auto& feature : shop->features()) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat("   ", feature.feature_id(), ": FULL")));
  }
  for (int i = 0; i < Offering::descriptor()->field_count(); ++i) {
    const std::string name = Offering::descriptor()->field(i)->name();
    const std::set<std::string> output = {
        "name",        "uid",         "state", "revision",
        "create_time", "update_time", "etag",  "last_verified_date"};
    if (output.contains(name)) continue;
    EXPECT_THAT(text, HasSubstr(absl::StrCat(name, ":")));
  }
  // With all features taken in.
  const std::string all = absl::StrReplaceAll(text, {{"\n#   ", "\n    "}});
  base::Issues issues;
  const Offering offering =
      ReadEntryFile("entry.yaml", all.substr(0, all.find("\ncoverage:")), &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  EXPECT_EQ(offering.features_size(), shop->features_size());
}

TEST(ReadEntryFile, TellsEverythingAtOnce) {
  base::Issues issues;
  ReadEntryFile("e.yaml",
                "member: NO\nkind: SOFTWARE_SAS\nstate: PUBLISHED\nlimits: {users: many}\n",
                &issues);
  EXPECT_THAT(Reasons(issues),
              ::testing::IsSupersetOf({"member INVALID_ID", "id MISSING", "state OUTPUT_ONLY"}));
  EXPECT_GE(issues.list().size(), 5u);
  for (const base::Issue& issue : issues.list()) {
    EXPECT_THAT(issue.text_fr, HasSubstr("e.yaml:")) << issue.field;
    EXPECT_FALSE(issue.text_en.empty());
  }
}

struct Hostile {
  const char* name;
  std::string text;
};
class HostileEntry : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileEntry, IsRefusedWithAReason) {
  base::Issues issues;
  const Offering offering = ReadEntryFile("e.yaml", GetParam().text, &issues);
  CheckEntry(offering, nullptr, &issues);
  EXPECT_FALSE(issues.empty());
}

std::string With(const std::string& title) {
  return absl::StrCat(
      "member: a\nid: b\nkind: SOFTWARE_SAAS\nneed_ids: [ECOMMERCE]\ntitle: {fr: \"", title,
      "\", en: \"x\"}\n");
}

INSTANTIATE_TEST_SUITE_P(Texts, HostileEntry,
                         ::testing::Values(Hostile{"Bidirectional", With("abc\u202Edef")},
                                           Hostile{"Control", With("a\\u0007b")},
                                           Hostile{"ZeroWidth", With("a\u200Bb")},
                                           Hostile{"TooLong", With(std::string(81, 'x'))},
                                           Hostile{"OneLanguage",
                                                   "member: a\nid: b\nkind: SERVICE\nneed_ids: "
                                                   "[ECOMMERCE]\ntitle: {fr: \"x\"}\n"},
                                           Hostile{"RepeatedKey", With("x") + "kind: SERVICE\n"},
                                           Hostile{"Anchors", "a: &a [x]\nb: [*a, *a]\n"},
                                           Hostile{"NotAMap", "[1, 2]"}, Hostile{"Empty", ""},
                                           Hostile{"NotUtf8", With("a\xFF")}),
                         [](const auto& row) { return row.param.name; });

// Markup is text like any other: kept, never interpreted.
TEST(CheckEntry, MarkupIsText) {
  base::Issues issues;
  const Offering offering = ReadEntryFile("e.yaml", With("<b>Boutique</b> {{x}}"), &issues);
  CheckEntry(offering, nullptr, &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  EXPECT_EQ(offering.title().fr(), "<b>Boutique</b> {{x}}");
}

#define SIXTY_THREE_DIGITS "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0"
#define SOME_SHA256 "a" SIXTY_THREE_DIGITS
#define DOCUMENTED_AT(url) \
  "evidence: DOCUMENTED, source: \"" url "\", source_sha256: \"" SOME_SHA256 "\""

struct ClaimRow {
  const char* name;
  const char* claim;
  std::set<std::string> reasons;
};
class ClaimTest : public ::testing::TestWithParam<ClaimRow> {};

TEST_P(ClaimTest, IsHeldToWhatItsLevelTakes) {
  base::Issues issues;
  const Offering offering = ReadEntryFile(
      "e.yaml",
      absl::StrCat(With("x"), "claims:\n  - {field_path: commitment, ", GetParam().claim, "}\n"),
      &issues);
  CheckEntry(offering, nullptr, &issues);
  CheckClaims(offering, nullptr, *base::ParseDay("2026-11-23"), &issues);
  EXPECT_EQ(Reasons(issues), GetParam().reasons) << issues.ToString();
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ClaimTest,
    ::testing::Values(
        ClaimRow{"Declared", "evidence: DECLARED", {}},
        // A document has an address and a hash.
        ClaimRow{"Documented", DOCUMENTED_AT("https://a.example/terms"), {}},
        ClaimRow{"DocumentedByHttp", DOCUMENTED_AT("http://a.example"), {}},
        ClaimRow{"NotAnAddress", DOCUMENTED_AT("not a url"), {"claims[0].source INVALID_URL"}},
        ClaimRow{"ASchemeAlone", DOCUMENTED_AT("https://"), {"claims[0].source INVALID_URL"}},
        ClaimRow{"NoSource",
                 "evidence: DOCUMENTED, source_sha256: \"" SOME_SHA256 "\"",
                 {"claims[0].source MISSING"}},
        ClaimRow{"NoHash",
                 "evidence: DOCUMENTED, source: \"https://a.example/terms\"",
                 {"claims[0].source_sha256 MISSING"}},
        ClaimRow{
            "AShortHash",
            "evidence: DOCUMENTED, source: \"https://a.example/terms\", source_sha256: \"0f0f\"",
            {"claims[0].source_sha256 INVALID_SHA256"}},
        ClaimRow{"AHashWithALetterTooMany",
                 "evidence: DOCUMENTED, source: \"https://a.example/terms\", "
                 "source_sha256: \"g" SIXTY_THREE_DIGITS "\"",
                 {"claims[0].source_sha256 INVALID_SHA256"}},
        ClaimRow{"AHashInCapitals",
                 "evidence: DOCUMENTED, source: \"https://a.example/terms\", "
                 "source_sha256: \"F" SIXTY_THREE_DIGITS "\"",
                 {}},
        ClaimRow{"ABadHashOfWhatIsDeclared",
                 "evidence: DECLARED, source_sha256: \"x\"",
                 {"claims[0].source_sha256 INVALID_SHA256"}},
        // A certificate has a number and a last day.
        ClaimRow{"Certified",
                 "evidence: CERTIFIED, source: AFNOR, certificate_number: \"12345\", "
                 "valid_to: 2027-01-31",
                 {}},
        ClaimRow{"CertifiedWithoutAnything",
                 "evidence: CERTIFIED",
                 {"claims[0].source MISSING", "claims[0].certificate_number MISSING",
                  "claims[0].valid_to MISSING"}},
        ClaimRow{"CertifiedWithoutNumber",
                 "evidence: CERTIFIED, source: \"AFNOR 12345\", valid_to: 2027-01-31",
                 {"claims[0].certificate_number MISSING"}},
        ClaimRow{"CertifiedWithoutEnd",
                 "evidence: CERTIFIED, source: AFNOR, certificate_number: \"12345\"",
                 {"claims[0].valid_to MISSING"}},
        // Only a reviewer checks, and nobody sees tomorrow.
        ClaimRow{"CheckedByTheMember", "evidence: CHECKED", {"claims[0].evidence REVIEWERS_ONLY"}},
        ClaimRow{"SeenToday", "evidence: DECLARED, as_of: 2026-11-23", {}},
        ClaimRow{"SeenTomorrow",
                 "evidence: DECLARED, as_of: 2026-11-24",
                 {"claims[0].as_of OUT_OF_RANGE"}},
        ClaimRow{"SeenIn2031",
                 "evidence: DECLARED, as_of: 2031-01-01",
                 {"claims[0].as_of OUT_OF_RANGE"}}),
    [](const ::testing::TestParamInfo<ClaimRow>& row) { return row.param.name; });

TEST(CheckEntry, ACertifiedListOfCertificatesHasTheirNumbersAndDays) {
  const auto problems = [](const std::string& number) {
    base::Issues issues;
    const Offering offering = ReadEntryFile(
        "e.yaml",
        absl::StrCat(With("x"), "certificates:\n  - {scheme: ISO27001", number,
                     ", valid_to: 2027-01-31}\nclaims:\n  - {field_path: certificates, "
                     "evidence: CERTIFIED, source: \"https://a.example/certificates\"}\n"),
        &issues);
    CheckEntry(offering, nullptr, &issues);
    return Reasons(issues);
  };
  EXPECT_THAT(problems(", number: FR-1"), ::testing::IsEmpty());
  EXPECT_EQ(problems(""), (std::set<std::string>{"claims[0].certificate_number MISSING",
                                                 "claims[0].valid_to MISSING"}));
}

// What was published before a hash was asked for, and what a reviewer has checked, stands as long
// as nothing of it is changed.
TEST(CheckClaims, WhatIsPublishedStandsUntilItIsChanged) {
  base::Issues issues;
  const Offering published = ReadEntryFile(
      "e.yaml",
      With("x") +
          "commitment: {min_months: 12}\nlanguages: {ui: [fr]}\nclaims:\n"
          "  - {field_path: commitment, evidence: CHECKED}\n"
          "  - {field_path: languages, evidence: DOCUMENTED, source: \"https://a.example\"}\n",
      &issues);
  ASSERT_TRUE(issues.empty()) << issues.ToString();
  const base::DayNumber today = *base::ParseDay("2026-11-23");
  const auto found = [&](const Offering& proposed, const Offering* before) {
    base::Issues told;
    CheckClaims(proposed, before, today, &told);
    return Reasons(told);
  };
  const std::set<std::string> both = {"claims[0].evidence REVIEWERS_ONLY",
                                      "claims[1].source_sha256 MISSING"};
  EXPECT_EQ(found(published, nullptr), both);
  EXPECT_THAT(found(published, &published), ::testing::IsEmpty());
  Offering title = published;
  title.mutable_title()->set_en("Something else");
  EXPECT_THAT(found(title, &published), ::testing::IsEmpty());
  // The fact below the claim: it was not this that was checked.
  Offering months = published;
  months.mutable_commitment()->set_min_months(1);
  EXPECT_EQ(found(months, &published),
            (std::set<std::string>{"claims[0].evidence REVIEWERS_ONLY"}));
  Offering more = published;
  more.mutable_claims(0)->mutable_valid_to()->set_year(2030);
  more.mutable_claims(0)->mutable_valid_to()->set_month(1);
  more.mutable_claims(0)->mutable_valid_to()->set_day(1);
  more.mutable_claims(1)->set_source("https://b.example");
  EXPECT_EQ(found(more, &published), both);
  // Another one's published entry is none.
  Offering empty;
  EXPECT_EQ(found(published, &empty), both);
}

TEST(AddChecked, KeepsTheDocumentOfAClaimAndAddsWhatHasNone) {
  Offering offering;
  type::Claim& claim = *offering.add_claims();
  claim.set_field_path("pricing");
  claim.set_evidence(type::DOCUMENTED);
  claim.set_source_sha256(SOME_SHA256);
  AddChecked({"pricing", "commitment.min_months"}, *base::ParseDay("2026-11-23"), offering);
  ASSERT_EQ(offering.claims_size(), 2);
  EXPECT_EQ(offering.claims(0).source_sha256(), SOME_SHA256);
  for (const type::Claim& one : offering.claims()) {
    EXPECT_EQ(one.evidence(), type::CHECKED);
    EXPECT_EQ(one.as_of().day(), 23);
  }
}

TEST(CheckCheckedFields, AreFactsOfTheEntryGivenOnce) {
  base::Issues read;
  const Offering offering =
      ReadEntryFile("e.yaml", With("x") + "commitment: {min_months: 12}\n", &read);
  std::vector<base::Issue> issues;
  CheckCheckedFields({"commitment.min_months", "commitment"}, offering, issues);
  EXPECT_THAT(issues, ::testing::IsEmpty());
  CheckCheckedFields({"commitment", "commitment", "title", "colour", "hosting"}, offering, issues);
  std::vector<std::string> told;
  for (const base::Issue& one : issues) told.push_back(absl::StrCat(one.field, " ", one.reason));
  EXPECT_EQ(told, (std::vector<std::string>{
                      "checked_fields[1] DUPLICATE", "checked_fields[2] UNKNOWN_FIELD_PATH",
                      "checked_fields[3] UNKNOWN_FIELD_PATH", "checked_fields[4] NOT_EXPECTED"}));
}

// As a service gets it: no reader of files has looked at it before.
TEST(CheckEntry, NoTextOfItHoldsAHiddenCharacter) {
  base::Issues none;
  const Offering clean = ReadEntryFile("e.yaml", With("x"), &none);
  ASSERT_TRUE(none.empty()) << none.ToString();
  const struct {
    const char* code;
    std::string bytes;
  } characters[] = {{"U+0007", "\x07"},       {"U+00AD", "\u00AD"}, {"U+200B", "\u200B"},
                    {"U+200D", "\u200D"},     {"U+202E", "\u202E"}, {"U+2060", "\u2060"},
                    {"U+2066", "\u2066"},     {"U+3164", "\u3164"}, {"U+FEFF", "\uFEFF"},
                    {"U+E0040", "\U000E0041"}};
  for (const auto& one : characters) {
    const std::string bad = absl::StrCat("a", one.bytes, "b");
    std::vector<std::pair<std::string, Offering>> rows;
    const auto row = [&](const char* field) -> Offering& {
      rows.emplace_back(field, clean);
      return rows.back().second;
    };
    row("title.fr").mutable_title()->set_fr(bad);
    row("short_description.en").mutable_short_description()->set_en(bad);
    row("external_ids[0]").add_external_ids(bad);
    row("categories[0]").add_categories(bad);
    row("audience.naf_codes[0]").mutable_audience()->add_naf_codes(bad);
    row("licence.spdx").mutable_licence()->set_spdx(bad);
    row("landing_url").set_landing_url("https://a.example/" + bad);
    row("certificates[0].number").mutable_certificates()->add_certificates()->set_number(bad);
    row("claims[0].source").add_claims()->set_source(bad);
    row("pricing.components[0].label.fr")
        .mutable_pricing()
        ->add_components()
        ->mutable_label()
        ->set_fr(bad);
    for (const auto& [field, offering] : rows) {
      base::Issues issues;
      CheckEntry(offering, nullptr, &issues);
      int told = 0;
      for (const base::Issue& issue : issues.list()) {
        if (issue.reason != "HIDDEN_CHARACTER") continue;
        EXPECT_EQ(issue.field, field);
        EXPECT_THAT(issue.text_en, HasSubstr(one.code));
        EXPECT_THAT(issue.text_fr, HasSubstr(one.code));
        ++told;
      }
      EXPECT_EQ(told, 1) << one.code << " in " << field << "\n" << issues.ToString();
    }
  }
}

// One mistake, one problem.
TEST(CheckEntry, ATextInOneLanguageIsToldOnce) {
  base::Issues issues;
  Offering offering =
      ReadEntryFile("entry.yaml", WriteTemplate(Published().needs(0), true), &issues);
  offering.mutable_title()->clear_en();
  offering.mutable_short_description()->clear_fr();
  offering.mutable_long_description()->set_fr("Un texte.");
  CheckEntry(offering, nullptr, &issues);
  std::vector<std::string> told;
  for (const base::Issue& one : issues.list()) told.push_back(one.field + " " + one.reason);
  EXPECT_THAT(told,
              ::testing::UnorderedElementsAre("title.en MISSING", "short_description.fr MISSING",
                                              "long_description.en MISSING"));
}

TEST(CheckPlaceholders, EachUntouchedTextOfTheTemplateIsTold) {
  for (const bool french : {true, false}) {
    base::Issues read;
    const Offering offering =
        ReadEntryFile("entry.yaml", WriteTemplate(Published().needs(0), french), &read);
    base::Issues issues;
    CheckPlaceholders(offering, /*published=*/false, &issues);
    EXPECT_THAT(Reasons(issues),
                ::testing::ElementsAre("id PLACEHOLDER", "landing_url PLACEHOLDER",
                                       "short_description.en PLACEHOLDER",
                                       "short_description.fr PLACEHOLDER", "title.en PLACEHOLDER",
                                       "title.fr PLACEHOLDER"));
    // An id never changes: what is published under that one goes on.
    base::Issues later;
    CheckPlaceholders(offering, /*published=*/true, &later);
    EXPECT_THAT(Reasons(later), ::testing::Not(::testing::Contains("id PLACEHOLDER")));
    EXPECT_EQ(later.list().size(), 5u);
  }
}

// Of a file with a hidden character everything else is told, too.
TEST(ReadEntryFile, AHiddenCharacterHidesNoOtherMistake) {
  base::Issues issues;
  ReadEntryFile("entry.yaml",
                "member: acme\nid: a\ntitle: {fr: \"a\xE2\x80\xAE\", en: b}\nkind: NO_KIND\n"
                "colour: red\n",
                &issues);
  EXPECT_THAT(Reasons(issues),
              ::testing::IsSupersetOf({"title.fr HIDDEN_CHARACTER", "kind UNKNOWN_VALUE"}));
  EXPECT_EQ(issues.list().size(), 3u) << issues.ToString();
}

TEST(CheckEntry, AMissingUidIsFilledInByTheService) {
  base::Issues issues;
  Offering offering = ReadEntryFile("e.yaml", With("x"), &issues);
  CheckEntry(offering, nullptr, &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  offering.set_uid("not one");
  CheckEntry(offering, nullptr, &issues);
  EXPECT_THAT(Reasons(issues), ::testing::Contains("uid INVALID_UUID"));
}

TEST(CheckEntry, ATextOfMaximalSizeIsRefusedWithItsSize) {
  base::Issues issues;
  Offering offering = ReadEntryFile("e.yaml", With("x"), &issues);
  for (int i = 0; i < 300; ++i) {
    type::Claim& claim = *offering.add_claims();
    claim.set_field_path("pricing");
    claim.set_source(std::string(1000, 'x'));
  }
  CheckEntry(offering, nullptr, &issues);
  EXPECT_THAT(Reasons(issues), ::testing::Contains(" TOO_LARGE"));
}

TEST(Families, EveryNeedOfThePublishedRulebookHasOne) {
  std::set<std::string> families;
  for (const catalog::v1::Need& need : Published().needs()) {
    EXPECT_NE(FamilyOfNeed(need.need_id()), "OTHER") << need.need_id();
    families.insert(std::string(FamilyOfNeed(need.need_id())));
  }
  EXPECT_EQ(families.size(), 13u);
  EXPECT_EQ(FamilyOf(Offering()), "OTHER");
}

// Every code is told of where members and reviewers read.
TEST(Vocabulary, StandsInTheDocumentation) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/reviewing.md"));
  for (const auto words : {Checklist(), RejectionReasons(), SuspensionReasons()}) {
    for (const Word& word : words) {
      EXPECT_THAT(page, HasSubstr(absl::StrCat("`", word.code, "`")));
      EXPECT_THAT(page, HasSubstr(std::string(word.en)));
      EXPECT_FALSE(word.fr.empty());
    }
  }
}

// Every word that reading or checking an entry can give is mended in one way, in both languages.
TEST(Remedies, ThereIsOneForEveryProblemOfAnEntry) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/api.md"));
  std::string source;
  for (const char* file : {"catalog/import/validate.cc", "catalog/import/text.cc",
                           "catalog/import/yaml.cc", "catalog/proposals/entry_file.cc"}) {
    source += testing::ReadFileOrFail(testing::SourcePath(file));
  }
  // Of whole catalogues, not of entries.
  const std::set<std::string> others = {"MIXED_FICTIONAL", "UNKNOWN_MEMBER", "UNKNOWN_FILE",
                                        "UNKNOWN_OWNERSHIP_GROUP"};
  size_t checked = 0;
  for (const absl::string_view tables : {"violations", "file-violations"}) {
    const size_t begin = page.find(absl::StrCat("<!-- ", tables, " -->"));
    const size_t end = page.find(absl::StrCat("<!-- /", tables, " -->"));
    ASSERT_LT(begin, end);
    const std::string table = page.substr(begin, end - begin);
    for (const absl::string_view line : absl::StrSplit(table, '\n')) {
      const std::vector<std::string> parts = absl::StrSplit(line, '`');
      if (parts.size() < 3 || parts[0] != "| " || others.contains(parts[1])) continue;
      if (!absl::StrContains(source, absl::StrCat("\"", parts[1], "\""))) continue;
      ++checked;
      EXPECT_EQ(RemedyOf(parts[1]).code, parts[1]) << "no remedy";
    }
  }
  EXPECT_GT(checked, 30u);
  absl::string_view before;
  for (const Word& one : Remedies()) {
    EXPECT_LT(before, one.code) << "in the order of the alphabet, each once";
    before = one.code;
    EXPECT_FALSE(one.fr.empty());
    EXPECT_FALSE(one.en.empty());
    EXPECT_NE(one.fr, one.en);
  }
  EXPECT_TRUE(RemedyOf("NO_SUCH_REASON").code.empty());
}

}  // namespace
}  // namespace aplomb::proposals
