#include "catalog/code_lists.h"

#include <set>
#include <string>

#include "catalog/identifiers.h"
#include "catalog/legal_forms.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::catalog {
namespace {

TEST(LegalFormsTest, AreCategoriesOfTheNomenclatureAndNothingElse) {
  for (const char* form : {"1000", "5202", "5499", "5599", "5699", "5710", "5720", "5785", "5800",
                           "6540", "6599", "7210", "9220", "9300", "9970"}) {
    EXPECT_TRUE(IsLegalForm(form)) << form;
  }
  // Of level I and II, closed, between two categories, beyond all, of another form.
  for (const char* form : {"", "5", "57", "0000", "0001", "0999", "1300", "5300", "5709", "5715",
                           "5719", "5721", "9971", "9999", "57100", "571A", " 5710", "SARL"}) {
    EXPECT_FALSE(IsLegalForm(form)) << form;
  }
}

TEST(CodeListsTest, EveryListFitsIntoAMaskAndNamesEachCodeOnce) {
  for (const absl::string_view name : CodeListNames()) {
    EXPECT_TRUE(IsCodeList(name));
    EXPECT_GT(CodeListSize(name), 0u) << name;
    EXPECT_LE(CodeListSize(name), kCodeListSizeMax) << name;
    std::set<absl::string_view> codes;
    for (size_t i = 0; i < CodeListSize(name); ++i) {
      const CodeEntry& entry = CodeListEntries(name)[i];
      EXPECT_TRUE(codes.insert(entry.code).second) << name << " " << entry.code;
      EXPECT_FALSE(entry.label_fr.empty()) << entry.code;
      EXPECT_FALSE(entry.label_en.empty()) << entry.code;
      EXPECT_EQ(FindCode(name, entry.code), static_cast<int>(i));
      EXPECT_EQ(CodeOf(name, static_cast<int>(i)), entry.code);
      EXPECT_EQ(MaskOfCode(name, entry.code), uint64_t{1} << i);
    }
  }
}

// Ordinals are part of stored decisions: an entry that moves changes their meaning.
TEST(CodeListsTest, OrdinalsNeverMove) {
  struct Row {
    absl::string_view list;
    absl::string_view code;
    int ordinal;
  };
  for (const Row& row :
       {Row{"regions", "01", 0}, Row{"regions", "04", 3}, Row{"regions", "94", 17},
        Row{"countries", "AT", 0}, Row{"countries", "FR", 9}, Row{"countries", "NO", 29},
        Row{"countries", "ZZ", 60}, Row{"languages", "fr", 0}, Row{"currencies", "EUR", 0},
        Row{"export_formats", "OTHER", 13}, Row{"einvoice_formats", "UBL", 2},
        Row{"cyber_kinds", "SOC", 7}, Row{"delivery_classes", "freight", 4},
        Row{"social_networks", "local", 5}, Row{"tlds", "fr", 0}}) {
    EXPECT_EQ(FindCode(row.list, row.code), row.ordinal) << row.list << " " << row.code;
  }
}

TEST(CodeListsTest, GroupsStandForTheirMembersAndAreNoEntries) {
  EXPECT_EQ(FindCode("regions", "FR-ALL"), std::nullopt);
  EXPECT_EQ(MaskOfCode("regions", "FR-ALL"), (uint64_t{1} << 18) - 1);
  // The overseas regions are never implied.
  const uint64_t metropolitan = *MaskOfCode("regions", "FR-METRO");
  EXPECT_EQ(__builtin_popcountll(metropolitan), 13);
  for (const char* code : {"01", "02", "03", "04", "06"}) {
    EXPECT_EQ(metropolitan & *MaskOfCode("regions", code), 0u) << code;
  }
  EXPECT_NE(metropolitan & *MaskOfCode("regions", "94"), 0u);
  const uint64_t eea = *MaskOfCode("countries", "EEA");
  EXPECT_EQ(__builtin_popcountll(eea), 30);
  EXPECT_NE(eea & *MaskOfCode("countries", "IS"), 0u);
  EXPECT_EQ(eea & *MaskOfCode("countries", "CH"), 0u);
  EXPECT_EQ(eea & *MaskOfCode("countries", "ZZ"), 0u);
}

TEST(CodeListsTest, UnknownListsAndCodesHaveNoOrdinal) {
  EXPECT_EQ(FindCode("regions", "05"), std::nullopt);
  EXPECT_EQ(FindCode("languages", "fr-FR"), std::nullopt);
  EXPECT_EQ(FindCode("languages", "FR"), std::nullopt);
  EXPECT_EQ(FindCode("colours", "red"), std::nullopt);
  EXPECT_EQ(CodeOf("regions", 18), "");
  EXPECT_EQ(CodeOf("regions", -1), "");
}

TEST(CodeListsTest, EveryDepartmentHasItsRegion) {
  struct Row {
    absl::string_view department;
    absl::string_view region;
  };
  for (const Row& row :
       {Row{"69", "84"}, Row{"2A", "94"}, Row{"2B", "94"}, Row{"974", "04"}, Row{"971", "01"},
        Row{"01", "84"}, Row{"75", "11"}, Row{"95", "11"}, Row{"13", "93"}, Row{"90", "27"}}) {
    EXPECT_EQ(RegionOfDepartment(row.department), row.region) << row.department;
  }
  int count = 0;
  for (int number = 1; number <= 95; ++number) {
    const std::string code = (number < 10 ? "0" : "") + std::to_string(number);
    count += RegionOfDepartment(code).has_value();
  }
  EXPECT_EQ(count, 94);  // 20 has become 2A and 2B
  for (const char* code : {"20", "96", "975", "", "1", "2a"}) {
    EXPECT_EQ(RegionOfDepartment(code), std::nullopt) << code;
  }
}

TEST(IdentifiersTest, SirenAndSiretKeysAreChecked) {
  for (const char* siren : {"732829320", "552081317", "356000000"}) {
    EXPECT_TRUE(IsValidSiren(siren)) << siren;
  }
  for (const char* siren : {"123456789", "000000000", "73282932", "7328293200", "73282932O", ""}) {
    EXPECT_FALSE(IsValidSiren(siren)) << siren;
  }
  // The last one is an establishment of La Poste whose Luhn key fails.
  for (const char* siret :
       {"73282932000074", "55208131766522", "35600000000048", "35600000049837"}) {
    EXPECT_TRUE(IsValidSiret(siret)) << siret;
  }
  for (const char* siret :
       {"12345678912345", "35600000012345", "7328293200007", "73282932000075"}) {
    EXPECT_FALSE(IsValidSiret(siret)) << siret;
  }
  EXPECT_EQ(StripSpaces("732 829\xC2\xA0"
                        "320"),
            "732829320");
}

TEST(IdentifiersTest, VatNumbersFollowTheSiren) {
  EXPECT_EQ(VatNumberOfSiren("552081317"), "FR03552081317");
  EXPECT_EQ(VatNumberOfSiren("732829320"), "FR44732829320");
  EXPECT_EQ(VatNumberOfSiren("123456789"), std::nullopt);
  EXPECT_TRUE(IsValidFrenchVatNumber("FR03552081317"));
  EXPECT_FALSE(IsValidFrenchVatNumber("FR04552081317"));
  EXPECT_FALSE(IsValidFrenchVatNumber("BE03552081317"));
}

TEST(IdentifiersTest, FormsAreExact) {
  EXPECT_EQ(NormalizeNaf("4791A"), "47.91A");
  EXPECT_EQ(NormalizeNaf("47.91A"), "47.91A");
  for (const char* code : {"47.91", "47.91a", "4791AA", "47-91A", ""}) {
    EXPECT_EQ(NormalizeNaf(code), std::nullopt) << code;
  }
  for (const char* code : {"I", "56", "56.1", "56.10", "56.10A"}) {
    EXPECT_TRUE(IsNafPrefix(code)) << code;
  }
  for (const char* code : {"", "W", "5", "56.", "56.100", "561", "56.10a", "AB"}) {
    EXPECT_FALSE(IsNafPrefix(code)) << code;
  }
  EXPECT_TRUE(IsUuid4("0f8fad5b-d9cb-469f-a165-70867728950e"));
  for (const char* uid : {"0F8FAD5B-D9CB-469F-A165-70867728950E",
                          "0f8fad5b-d9cb-169f-a165-70867728950e",  // version 1
                          "0f8fad5b-d9cb-469f-c165-70867728950e",  // other variant
                          "0f8fad5bd9cb469fa16570867728950e", ""}) {
    EXPECT_FALSE(IsUuid4(uid)) << uid;
  }
  for (const char* id : {"a", "atelier-nord", "a1"}) EXPECT_TRUE(IsResourceId(id)) << id;
  for (const char* id : {"", "A", "1a", "a-", "-a", "a_b", "é"})
    EXPECT_FALSE(IsResourceId(id)) << id;
  EXPECT_TRUE(IsResourceId(std::string(63, 'a')));
  EXPECT_FALSE(IsResourceId(std::string(64, 'a')));
  for (const char* url : {"https://example.com", "https://example.com/a?b#c"}) {
    EXPECT_TRUE(IsHttpsUrl(url)) << url;
  }
  for (const char* url : {"http://example.com", "https://", "https://localhost",
                          "javascript:alert(1)", "https://a b.com", "https://user@example.com",
                          "https://example.com/\n", "https://example.com/\"><script>"}) {
    EXPECT_FALSE(IsHttpsUrl(url)) << url;
  }
}

}  // namespace
}  // namespace aplomb::catalog
