#include "service/join_names.h"

#include <memory>

#include "gtest/gtest.h"

namespace aplomb::service {
namespace {

catalog::Snapshot TwoMembers() {
  catalog::Snapshot snapshot;
  for (const char* member : {"members/a", "members/b"}) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    entry->member.set_name(member);
    entry->member.set_display_name(std::string("Maison ") + member);
    snapshot.members[member] = entry;
    for (const char* offering : {"/offerings/x", "/offerings/y"}) {
      auto offered = std::make_shared<catalog::OfferingEntry>();
      offered->offering.set_name(std::string(member) + offering);
      offered->offering.mutable_title()->set_fr(std::string("Offre ") + member + offering);
      offered->offering.set_kind(catalog::v1::Offering::HARDWARE);
      snapshot.offerings[offered->offering.name()] = offered;
    }
  }
  return snapshot;
}

TEST(JoinNames, NamesEveryOfferingAndMarksTheBestOfAMember) {
  advisor::v1::Recommendation recommendation;
  auto* ranking = recommendation.add_results()->add_rankings();
  for (const char* name :
       {"members/a/offerings/y", "members/b/offerings/x", "members/a/offerings/x"}) {
    auto* ranked = ranking->add_bands()->add_offerings();
    ranked->set_offering(name);
    ranked->set_score(5);
  }
  ranking->add_to_confirm()->set_offering("members/b/offerings/y");
  ranking->add_excluded()->set_offering("members/gone/offerings/z");
  const advisor::v1::Recommendation before = recommendation;

  JoinNames(TwoMembers(), recommendation);

  const auto& first = ranking->bands(0).offerings(0);
  EXPECT_EQ(first.title().fr(), "Offre members/a/offerings/y");
  EXPECT_EQ(first.member(), "members/a");
  EXPECT_EQ(first.member_display_name(), "Maison members/a");
  EXPECT_EQ(first.kind(), catalog::v1::Offering::HARDWARE);
  EXPECT_TRUE(first.member_best());
  EXPECT_FALSE(ranking->bands(1).offerings(0).member_best()) << "the only one of its member";
  EXPECT_FALSE(ranking->bands(2).offerings(0).member_best());
  EXPECT_EQ(ranking->to_confirm(0).member_display_name(), "Maison members/b");
  EXPECT_EQ(ranking->excluded(0).member(), "members/gone");
  EXPECT_FALSE(ranking->excluded(0).has_title());
  // Order and scores stay.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ranking->bands(i).offerings(0).offering(),
              before.results(0).rankings(0).bands(i).offerings(0).offering());
    EXPECT_EQ(ranking->bands(i).offerings(0).score(), 5);
  }
}

}  // namespace
}  // namespace aplomb::service
