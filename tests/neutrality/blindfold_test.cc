// The blindfold, tried on catalogues at random: whatever is no FACT may change, and the table that
// the engine sees is the same, bit for bit.

#include "decision/blindfold.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/civil_day.h"
#include "decision/rulebook_compiler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "random_offering.h"

namespace aplomb::decision {
namespace {

using ::aplomb::testing::Below;
using ::aplomb::testing::FillFacts;
using ::aplomb::testing::Random;
using ::aplomb::testing::ScrambleOthers;
using catalog::v1::Member;
using catalog::v1::Offering;

constexpr int32_t kToday = 20'780;  // 2026-11-23
constexpr int kRounds = 20;
constexpr int kOfferings = 25;
constexpr int kMembers = 6;

const CompiledRulebook& Rules() {
  static const std::shared_ptr<const CompiledRulebook>* const rules = [] {
    auto source = ReadRulebook("catalog/rulebook");
    EXPECT_TRUE(source.ok());
    auto* compiled = new std::shared_ptr<const CompiledRulebook>(
        CompileRulebook(source->rulebook, base::Digest(), nullptr, nullptr).compiled);
    EXPECT_NE(*compiled, nullptr);
    return compiled;
  }();
  return **rules;
}

std::string Uuid(uint64_t n) {
  return absl::StrFormat("%08x-0000-4000-8000-%012x", n * 2654435761 % 0xFFFFFFFF, n);
}

// Values of a catalogue, before they are put into a snapshot.
struct World {
  std::vector<std::pair<std::string, Member>> members;
  std::vector<std::pair<std::string, Offering>> offerings;

  catalog::Snapshot Snapshot() const {
    catalog::Snapshot snapshot;
    for (const auto& [name, member] : members) {
      auto entry = std::make_shared<catalog::MemberEntry>();
      entry->member = member;
      snapshot.members[name] = entry;
    }
    for (const auto& [name, offering] : offerings) {
      auto entry = std::make_shared<catalog::OfferingEntry>();
      entry->offering = offering;
      snapshot.offerings[name] = entry;
    }
    return snapshot;
  }
};

// A tariff that can be reckoned: at random, nearly none can.
void SetTariff(Offering& offering, Random& random) {
  auto& pricing = *offering.mutable_pricing();
  pricing.clear_components();
  pricing.clear_valid_to();
  pricing.mutable_as_of()->set_year(2026);
  pricing.mutable_as_of()->set_month(static_cast<int32_t>(1 + Below(random, 10)));
  pricing.mutable_as_of()->set_day(1);
  for (uint64_t n = 1 + Below(random, 3); n > 0; --n) {
    auto& line = *pricing.add_components();
    line.set_model(Below(random, 2) == 0 ? type::FLAT : type::PER_USER);
    line.mutable_amount()->set_micros(static_cast<int64_t>(Below(random, 100'000'000)));
    line.mutable_amount()->set_currency_code("EUR");
  }
}

World RandomWorld(Random& random) {
  World world;
  for (uint64_t m = 0; m < kMembers; ++m) {
    Member member;
    member.set_state(Member::ACTIVE);
    member.set_ownership_group_uid(Uuid(1'000 + m / 2));
    world.members.emplace_back(absl::StrCat("members/m", m), member);
  }
  for (uint64_t o = 0; o < kOfferings; ++o) {
    Offering offering;
    FillFacts(offering, random);
    offering.set_uid(Uuid(o + 1));
    if (o % 2 == 0) SetTariff(offering, random);
    offering.clear_need_ids();
    for (uint64_t n = Below(random, 4); n > 0; --n) {
      offering.add_need_ids(Rules().source.needs(static_cast<int>(Below(random, 45))).need_id());
    }
    for (auto& claim : *offering.mutable_claims()) claim.set_field_path("security");
    world.offerings.emplace_back(
        absl::StrCat("members/m", Below(random, kMembers), "/offerings/o", o), offering);
  }
  return world;
}

// One row as text: everything that the engine can see of it.
std::string RowOf(const BlindCatalog& blind, uint32_t row) {
  const engine::FactTable& t = blind.table;
  std::string text = absl::StrCat("mode ", static_cast<int>(t.modes[row]), " kind ",
                                  static_cast<int>(t.kinds[row]), " needs ", t.needs[row]);
  for (size_t slot = 0; slot < t.columns.size(); ++slot) {
    absl::StrAppend(&text, " ", t.columns[slot].values[row], "/",
                    static_cast<int>(t.columns[slot].evidence[row]));
  }
  const engine::Tariff& tariff = t.tariffs[row];
  absl::StrAppend(&text, " tariff ", static_cast<int>(tariff.evidence));
  for (const engine::PriceComponent& c : tariff.components) {
    absl::StrAppend(&text, " [", static_cast<int>(c.model), " ", static_cast<int>(c.period), " ",
                    static_cast<int>(c.metric), " ", c.rate_bp, " ", c.indexation_bp, " ",
                    c.promotion_until_month, " ", c.amount_micros, " ", c.promotion_micros, " ",
                    c.min_units, " ", c.included, " ", c.unit_count, " ");
    absl::StrAppend(&text, c.per_transaction_micros, " ", c.monthly_minimum_micros);
    for (const auto& tier : c.tiers) {
      absl::StrAppend(&text, " ", tier.up_to, ":", tier.unit_micros, ":", tier.flat_micros);
    }
    for (const auto& o : c.options) {
      absl::StrAppend(&text, " o", static_cast<int>(o.need), ".", static_cast<int>(o.feature));
    }
    absl::StrAppend(&text, "]");
  }
  for (const engine::NeedCandidates& candidates : t.candidates) {
    for (size_t i = 0; i < candidates.rows.size(); ++i) {
      if (candidates.rows[i] != row) continue;
      const engine::FeatureMasks& f = candidates.features[i];
      absl::StrAppend(&text, " f", f.full, ",", f.partial, ",", f.option_paid, ",", f.none);
    }
  }
  return text;
}

std::vector<std::string> RowsOf(const BlindCatalog& blind, bool with_groups) {
  std::vector<std::string> rows;
  for (uint32_t row = 0; row < blind.table.row_count; ++row) {
    rows.push_back(RowOf(blind, row));
    if (with_groups) absl::StrAppend(&rows.back(), " group ", blind.table.groups[row]);
  }
  return rows;
}

// A seed that failed is printed and can be put here.
uint64_t SeedOf(int round) { return 7'700 + static_cast<uint64_t>(round); }

TEST(BlindNeutralityTest, WhatIsNoFactDoesNotPass) {
  int touched = 0;
  int known = 0;
  int priced = 0;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(absl::StrCat("seed ", SeedOf(round)));
    Random random(SeedOf(round));
    World world = RandomWorld(random);
    const BlindCatalog before = Blindfold(world.Snapshot(), Rules(), kToday);
    for (const engine::Column& column : before.table.columns) {
      for (const engine::Evidence e : column.evidence) known += e != engine::Evidence::kNone;
    }
    for (const engine::Tariff& tariff : before.table.tariffs) priced += !tariff.components.empty();
    for (auto& [name, offering] : world.offerings) {
      // The UUID is the name of a row, on this side of the blindfold only.
      touched += ScrambleOthers(offering, random, {"aplomb.catalog.v1.Offering.uid"});
    }
    for (auto& [name, member] : world.members) {
      // Not whether it is a member in good standing, nor under whose control it is.
      touched += ScrambleOthers(
          member, random,
          {"aplomb.catalog.v1.Member.state", "aplomb.catalog.v1.Member.ownership_group_uid"});
    }
    const BlindCatalog after = Blindfold(world.Snapshot(), Rules(), kToday);
    EXPECT_EQ(RowsOf(after, true), RowsOf(before, true));
    EXPECT_EQ(after.offering_uids, before.offering_uids);
    EXPECT_EQ(after.group_uids, before.group_uids);
  }
  // The test has something in its hands.
  EXPECT_GT(touched, kRounds * kOfferings * 15);
  EXPECT_GT(known, kRounds * kOfferings * 20);
  EXPECT_GT(priced, kRounds * kOfferings / 3);
}

TEST(BlindNeutralityTest, NewNamesPermuteRowsAndNothingElse) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(absl::StrCat("seed ", SeedOf(round)));
    Random random(SeedOf(round));
    World world = RandomWorld(random);
    std::vector<std::string> before = RowsOf(Blindfold(world.Snapshot(), Rules(), kToday), false);
    // Every offering gets another UUID, another name and another member.
    for (auto& [name, offering] : world.offerings) {
      offering.set_uid(Uuid(random() % 1'000'000'000));
      name = absl::StrCat("members/m", Below(random, kMembers), "/offerings/n", random());
    }
    std::vector<std::string> after = RowsOf(Blindfold(world.Snapshot(), Rules(), kToday), false);
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    EXPECT_EQ(after, before);
  }
}

TEST(BlindNeutralityTest, OrderOfRepeatedFactsDoesNotMatter) {
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(absl::StrCat("seed ", SeedOf(round)));
    Random random(SeedOf(round));
    World world = RandomWorld(random);
    const auto before = RowsOf(Blindfold(world.Snapshot(), Rules(), kToday), true);
    for (auto& [name, offering] : world.offerings) {
      const auto shuffle = [&](auto* list) {
        for (int i = list->size() - 1; i > 0; --i) {
          list->SwapElements(i, static_cast<int>(Below(random, static_cast<uint64_t>(i) + 1)));
        }
      };
      shuffle(offering.mutable_need_ids());
      shuffle(offering.mutable_features());
      shuffle(offering.mutable_claims());
      if (offering.has_certificates()) {
        shuffle(offering.mutable_certificates()->mutable_certificates());
      }
      if (offering.has_audience()) shuffle(offering.mutable_audience()->mutable_naf_codes());
    }
    EXPECT_EQ(RowsOf(Blindfold(world.Snapshot(), Rules(), kToday), true), before);
  }
}

// Each fact that the base rulebook reads can be seen to change: nothing is blindfolded by accident.
TEST(BlindNeutralityTest, EveryFactThatARuleReadsIsSeenToChange) {
  Random random(SeedOf(0));
  std::vector<std::pair<bool, bool>> seen(Rules().offering_slots.size());
  for (int round = 0; round < 40; ++round) {
    const BlindCatalog blind = Blindfold(RandomWorld(random).Snapshot(), Rules(), kToday);
    for (size_t slot = 0; slot < seen.size(); ++slot) {
      const engine::Column& column = blind.table.columns[slot];
      for (size_t row = 1; row < column.values.size(); ++row) {
        if (column.evidence[row] == engine::Evidence::kNone) continue;
        seen[slot].first = true;
        seen[slot].second |= column.values[row] != column.values[row - 1];
      }
    }
  }
  for (size_t slot = 0; slot < seen.size(); ++slot) {
    EXPECT_TRUE(seen[slot].first) << Rules().offering_slots[slot]->name << " is never known";
    EXPECT_TRUE(seen[slot].second) << Rules().offering_slots[slot]->name << " never changes";
  }
}

}  // namespace
}  // namespace aplomb::decision
