#include "catalog/proposals/duplicates.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Offering;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Case {
  const char* name;
  const char* a;
  const char* b;
  bool same;
};

class SkeletonTest : public ::testing::TestWithParam<Case> {};

TEST_P(SkeletonTest, FoldsWhatLooksAlike) {
  EXPECT_EQ(Skeleton(GetParam().a) == Skeleton(GetParam().b), GetParam().same)
      << Skeleton(GetParam().a) << " " << Skeleton(GetParam().b);
}

INSTANTIATE_TEST_SUITE_P(Titles, SkeletonTest,
                         ::testing::Values(Case{"Case", "Boutique", "BOUTIQUE", true},
                                           Case{"Accents", "Vélo Été", "Velo Ete", true},
                                           Case{"CombiningAccents", "Ve\u0301lo", "Vélo", true},
                                           Case{"SpacesAndMarks", "Ma-Boutique 2", "maboutique2",
                                                true},
                                           Case{"Cyrillic", "Воuтique", "Bouтique", true},
                                           Case{"CyrillicA", "Pr\u0430xis", "Praxis", true},
                                           Case{"GreekO", "M\u03BFntbleu", "Montbleu", true},
                                           Case{"DigitsForLetters", "M0ntb1eu", "Montbleu", true},
                                           Case{"CapitalIForL", "AIpha", "Alpha", true},
                                           Case{"FullWidth", "Ａｌｐｈａ", "Alpha", true},
                                           Case{"Ligature", "Cœur", "Coeur", true},
                                           Case{"ZeroWidth", "Al\u200Bpha", "Alpha", true},
                                           Case{"OtherWord", "Alpha", "Alpine", false},
                                           Case{"OtherScript", "日本", "中国", false}),
                         [](const auto& row) { return row.param.name; });

TEST(Skeleton, BrokenBytesDoNotStopIt) {
  for (int byte = 0x80; byte < 0x100; ++byte) {
    Skeleton(std::string(1, static_cast<char>(byte)) + "x");
    Skeleton(std::string("x") + static_cast<char>(byte));
  }
  EXPECT_EQ(Skeleton(""), "");
}

TEST(DomainOf, IsTheSiteWithoutWww) {
  EXPECT_EQ(DomainOf("https://www.Exemple.fr/a?b"), "exemple.fr");
  EXPECT_EQ(DomainOf("https://exemple.fr:8443"), "exemple.fr");
  EXPECT_EQ(DomainOf("exemple.fr"), "");
}

catalog::Snapshot World() {
  catalog::Snapshot snapshot;
  const auto add = [&snapshot](const char* name, const char* title, const char* url,
                               const char* uid) {
    auto entry = std::make_shared<catalog::OfferingEntry>();
    entry->offering.set_name(name);
    entry->offering.mutable_title()->set_fr(title);
    entry->offering.mutable_title()->set_en(title);
    entry->offering.set_landing_url(url);
    entry->offering.set_uid(uid);
    snapshot.offerings[name] = entry;
  };
  add("members/a/offerings/x", "Montbleu Boutique", "https://a.example/x", "u1");
  add("members/b/offerings/y", "Autre chose", "https://b.example/y", "u2");
  for (const char* id : {"a", "b"}) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    entry->member.set_name(std::string("members/") + id);
    entry->member.set_display_name(id == std::string("a") ? "Montbleu" : "Verdac");
    snapshot.members[entry->member.name()] = entry;
  }
  return snapshot;
}

Offering Proposed(const char* name, const char* title) {
  Offering offering;
  offering.set_name(name);
  offering.mutable_title()->set_fr(title);
  offering.mutable_title()->set_en(title);
  return offering;
}

TEST(FindDuplicates, AHomographOfAnothersTitleAndName) {
  const Offering proposed =
      Proposed("members/b/offerings/z", "M\u043Entb1eu B\u043Eutique");  // Cyrillic o
  EXPECT_THAT(FindDuplicates(proposed, World()),
              ElementsAre(PossibleDuplicate{"members/a", {"NAME_OF_OTHER_MEMBER"}},
                          PossibleDuplicate{"members/a/offerings/x", {"SAME_TITLE"}}));
}

TEST(FindDuplicates, OneLetterApartUnderAnotherDomain) {
  Offering proposed = Proposed("members/b/offerings/z", "Montbleu Boutiques");
  proposed.set_landing_url("https://www.a.example/");
  const auto found = FindDuplicates(proposed, World());
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0], (PossibleDuplicate{"members/a/offerings/x", {"SAME_DOMAIN", "NEAR_TITLE"}}));
}

TEST(FindDuplicates, TheSameMemberTwice) {
  Offering proposed = Proposed("members/a/offerings/z", "Montbleu Boutique");
  proposed.set_uid("u1");
  EXPECT_THAT(FindDuplicates(proposed, World()),
              ElementsAre(PossibleDuplicate{"members/a/offerings/x",
                                            {"SAME_UID", "SAME_TITLE", "SAME_MEMBER"}}));
}

OpenProposal Open(const char* proposal, const char* name, const char* title) {
  return {.name = proposal, .traits = TraitsOf(Proposed(name, title))};
}

// Neither is published: both reviews must say so.
TEST(FindDuplicates, WhatIsOnItsWayToo) {
  const Offering proposed = Proposed("members/b/offerings/z", "Clairval Caisse");
  EXPECT_THAT(
      FindDuplicates(proposed, World(),
                     {Open("members/a/proposals/p", "members/a/offerings/c", "CIairval caisse"),
                      Open("members/b/proposals/q", "members/b/offerings/c", "Clairval Caisse"),
                      Open("members/a/proposals/r", "members/a/offerings/d", "Autre")}),
      ElementsAre(
          PossibleDuplicate{"members/a/offerings/c", {"SAME_TITLE"}, "members/a/proposals/p"},
          PossibleDuplicate{
              "members/b/offerings/c", {"SAME_TITLE", "SAME_MEMBER"}, "members/b/proposals/q"}));
  // A change of an offering, and its own proposal, are not two things.
  EXPECT_THAT(
      FindDuplicates(proposed, World(),
                     {Open("members/b/proposals/s", "members/b/offerings/z", "Clairval Caisse")}),
      IsEmpty());
}

// However much a member has of its own, and however alike.
TEST(FindDuplicates, ThoseOfOthersComeBeforeOnesOwn) {
  Offering proposed = Proposed("members/b/offerings/z", "Montbleu Boutiques");
  std::vector<OpenProposal> open;
  for (int i = 0; i < 300; ++i) {
    OpenProposal one = Open("members/b/proposals/p", "members/b/offerings/c", "Montbleu Boutiques");
    one.traits.name += std::to_string(i);
    open.push_back(one);
  }
  const auto found = FindDuplicates(proposed, World(), open);
  ASSERT_EQ(found.size(), 302u) << "nothing is left out";
  EXPECT_EQ(found[0].name, "members/a");
  EXPECT_EQ(found[1].name, "members/a/offerings/x");
}

TEST(FindDuplicates, AChangeIsNoDuplicateOfItself) {
  EXPECT_THAT(FindDuplicates(Proposed("members/a/offerings/x", "Montbleu Boutique"), World()),
              IsEmpty());
  EXPECT_THAT(FindDuplicates(Proposed("members/b/offerings/z", "Tout autre nom"), World()),
              IsEmpty());
}

}  // namespace
}  // namespace aplomb::proposals
