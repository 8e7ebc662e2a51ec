// The proof of neutrality: it passes on the sample, and it catches a bias of one unit for one
// member, through whatever door the bias comes.

#include "decision/neutrality/prove.h"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/neutrality/biased_chain.h"
#include "tests/neutrality/sample_world.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Member;
using catalog::v1::Offering;

// The member to be favoured: who has the offering that is ranked first for the first firm.
const std::string& Favourite() {
  static const std::string* const favourite = [] {
    const SampleWorld& world = SampleWorld::Get();
    const BlindCatalog blind = Blindfold(world.snapshot, *world.rulebook, kSampleDay);
    const DecisionRecord record = Decide(
        world.InputOf(0), {.snapshot = world.snapshot, .rulebook = *world.rulebook, .blind = blind},
        world.inputs[0].tie);
    const Uid uid = record.needs.at(0).rankings.at(0).ranked.at(0).offering;
    const auto row = std::find(blind.offering_uids.begin(), blind.offering_uids.end(), uid);
    const std::string& name = blind.names[static_cast<size_t>(row - blind.offering_uids.begin())];
    return new std::string(name.substr(0, name.find("/offerings/")));
  }();
  return *favourite;
}

bool IsOf(absl::string_view offering_name, absl::string_view member) {
  return absl::StartsWith(offering_name, absl::StrCat(std::string(member), "/offerings/"));
}

// --- Biases, each of one unit
// ---------------------------------------------------------------------

// One day less until first use, for the offerings that `favoured` picks.
template <typename Favoured>
std::function<void(const Scene&, catalog::Snapshot&)> OneDayFaster(Favoured favoured) {
  return [favoured](const Scene& scene, catalog::Snapshot& snapshot) {
    const auto offerings = snapshot.offerings;
    for (const auto& [name, entry] : offerings) {
      const auto owner = snapshot.members.find(name.substr(0, name.find("/offerings/")));
      if (owner == snapshot.members.end()) continue;
      if (!favoured(scene, owner->second->member, *entry)) continue;
      auto changed = std::make_shared<catalog::OfferingEntry>(*entry);
      auto& onboarding = *changed->offering.mutable_onboarding();
      onboarding.set_days_to_live(std::max(0, onboarding.days_to_live() - 1));
      snapshot.offerings[name] = std::move(changed);
    }
  };
}

template <typename Favoured>
Plant ByMember(Favoured favoured) {
  return {.projection =
              OneDayFaster([favoured](const Scene&, const Member& member,
                                      const catalog::OfferingEntry&) { return favoured(member); })};
}

template <typename Favoured>
Plant ByOffering(Favoured favoured) {
  return {.projection = OneDayFaster(
              [favoured](const Scene&, const Member&, const catalog::OfferingEntry& entry) {
                return favoured(entry.offering);
              })};
}

// One unit of value on the first criterion.
void OneUnitMore(RecordedRanked& ranked) {
  if (ranked.contributions.empty()) return;
  engine::Contribution& c = ranked.contributions[0];
  const int32_t by = c.value < engine::kValueMax ? 1 : -1;
  c.value += by;
  c.contribution += by * c.weight_bp;
  ranked.score += by * c.weight_bp;
}

template <typename Favoured>
Plant ByScore(Favoured favoured) {
  return {.scorer = [favoured](const Scene& scene, RecordedRanking& ranking) {
    for (RecordedRanked& ranked : ranking.ranked) {
      if (favoured(scene, ranked)) OneUnitMore(ranked);
    }
  }};
}

// The value function of the first criterion that reads a fact gets one unit more at the value that
// an offering of the favourite has: a rule made to measure.
void MadeToMeasure(const Scene& scene, CompiledRulebook& rules) {
  const BlindCatalog blind = Blindfold(scene.snapshot, rules, kSampleDay);
  for (uint32_t row = 0; row < blind.table.row_count; ++row) {
    if (!IsOf(blind.names[row], Favourite())) continue;
    for (engine::Criterion& criterion : rules.rules.criteria) {
      const engine::Measure& measure = rules.rules.measures[criterion.measure];
      if (measure.kind != engine::MeasureKind::kFact ||
          measure.first.side != engine::FactRef::Side::kOffering) {
        continue;
      }
      const engine::Column& column = blind.table.columns[measure.first.slot];
      if (column.evidence[row] == engine::Evidence::kNone) continue;
      const int64_t x = column.values[row];
      auto& points = criterion.breakpoints;
      const auto at = std::find_if(points.begin(), points.end(),
                                   [&](const engine::Breakpoint& p) { return p.x >= x; });
      const int32_t value = engine::ValueOf(criterion, x);
      const int32_t made = value < engine::kValueMax ? value + 1 : value - 1;
      if (at != points.end() && at->x == x) {
        at->value = made;
      } else {
        points.insert(at, {.x = x, .value = made});
      }
      return;
    }
  }
}

void EachInBand(advisor::v1::Recommendation& answer,
                const std::function<void(advisor::v1::Band&)>& change) {
  for (auto& result : *answer.mutable_results()) {
    for (auto& ranking : *result.mutable_rankings()) {
      for (auto& band : *ranking.mutable_bands()) change(band);
    }
  }
}

struct Case {
  const char* name;
  Plant plant;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  // Projection: from stored bytes to the catalogue in memory.
  cases.push_back({"projection_by_name_of_the_member",
                   ByMember([](const Member& m) { return m.name() == Favourite(); })});
  cases.push_back({"projection_by_display_name",
                   ByMember([](const Member& m) { return m.display_name() < "F"; })});
  cases.push_back(
      {"projection_by_siren", ByMember([](const Member& m) { return m.siren().ends_with("4"); })});
  cases.push_back({"projection_by_country",
                   ByMember([](const Member& m) { return m.country_code() != "FR"; })});
  cases.push_back({"projection_by_kind_of_member",
                   ByMember([](const Member& m) { return m.kind() == Member::AGENCY; })});
  cases.push_back({"projection_by_size_of_member",
                   ByMember([](const Member& m) { return m.size() == Member::MEMBER_LARGE; })});
  cases.push_back({"projection_by_seniority",
                   ByMember([](const Member& m) { return m.member_since_year() < 2022; })});
  cases.push_back(
      {"projection_by_title", ByOffering([](const Offering& o) { return o.title().fr() < "F"; })});
  cases.push_back({"projection_by_words_of_the_text", ByOffering([](const Offering& o) {
                     return o.short_description().fr().size() % 2 == 0;
                   })});
  cases.push_back({"projection_by_fee",
                   {.projection = OneDayFaster([](const Scene& scene, const Member& member,
                                                  const catalog::OfferingEntry&) {
                      const auto fee = scene.stored.fees_micros.find(member.name());
                      return fee != scene.stored.fees_micros.end() && fee->second >= 2'500'000'000;
                    })}});
  cases.push_back({"projection_by_place_in_the_store",
                   {.projection = OneDayFaster(
                        [](const Scene&, const Member&, const catalog::OfferingEntry& entry) {
                          return entry.ordinal < 20;
                        })}});
  cases.push_back({"projection_of_the_first_in_a_list", ByOffering([](const Offering& o) {
                     return o.need_ids_size() > 1 && o.need_ids(0) < o.need_ids(1);
                   })});
  // Compiler.
  cases.push_back({"compiler_rule_made_to_measure", {.compiler = MadeToMeasure}});
  // Blindfold.
  cases.push_back({"blindfold_fact", {.blindfold = [](const Scene&, BlindCatalog& blind) {
                     for (uint32_t row = 0; row < blind.table.row_count; ++row) {
                       if (!IsOf(blind.names[row], Favourite())) continue;
                       for (engine::Column& column : blind.table.columns) {
                         if (column.evidence[row] == engine::Evidence::kDeclared) {
                           column.evidence[row] = engine::Evidence::kDocumented;
                         }
                       }
                     }
                   }}});
  cases.push_back({"blindfold_tariff", {.blindfold = [](const Scene&, BlindCatalog& blind) {
                     for (uint32_t row = 0; row < blind.table.row_count; ++row) {
                       if (!IsOf(blind.names[row], Favourite())) continue;
                       for (engine::PriceComponent& c : blind.table.tariffs[row].components) {
                         if (c.amount_micros > 10'000) c.amount_micros -= 10'000;  // one cent
                       }
                     }
                   }}});
  cases.push_back({"blindfold_features", {.blindfold = [](const Scene&, BlindCatalog& blind) {
                     for (engine::NeedCandidates& candidates : blind.table.candidates) {
                       for (size_t i = 0; i < candidates.rows.size(); ++i) {
                         if (!IsOf(blind.names[candidates.rows[i]], Favourite())) continue;
                         engine::FeatureMasks& f = candidates.features[i];
                         f.full |= f.partial;
                         f.partial = 0;
                       }
                     }
                   }}});
  cases.push_back(
      {"blindfold_a_lot_for_each_variant", {.blindfold = [](const Scene&, BlindCatalog& blind) {
         for (uint32_t row = 0; row < blind.table.row_count; ++row) {
           if (!IsOf(blind.names[row], Favourite())) continue;
           blind.table.groups[row] = blind.table.group_count++;
           Uid fresh = blind.offering_uids[row];
           blind.group_uids.push_back(fresh);
         }
       }}});
  // Scorer.
  cases.push_back({"scorer_value", ByScore([](const Scene& s, const RecordedRanked& r) {
                     return s.OwnerOf(r.offering) == Favourite();
                   })});
  cases.push_back({"scorer_only_on_three_threads",
                   ByScore([](const Scene& s, const RecordedRanked&) { return s.threads == 3; })});
  cases.push_back({"scorer_by_row_number", ByScore([](const Scene& s, const RecordedRanked& r) {
                     return r.offering < s.blind->offering_uids[s.blind->offering_uids.size() / 2];
                   })});
  cases.push_back({"scorer_by_uuid", ByScore([](const Scene&, const RecordedRanked& r) {
                     return r.offering[0] % 2 == 0;
                   })});
  cases.push_back(
      {"scorer_forgets_an_exclusion", {.scorer = [](const Scene& s, RecordedRanking& ranking) {
         for (RecordedUnranked& one : ranking.excluded) {
           if (one.findings.size() > 1 && s.OwnerOf(one.offering) < "members/f") {
             one.findings.pop_back();
           }
         }
       }}});
  // Tie-breaker.
  cases.push_back({"tie_breaker_favours_a_group",
                   {.group_key = [](const Scene& s, uint32_t group, engine::TieBreaker::Key key) {
                     for (uint32_t row = 0; row < s.blind->table.row_count; ++row) {
                       if (s.blind->table.groups[row] != group) continue;
                       if (IsOf(s.blind->names[row], Favourite())) key.fill(0);
                     }
                     return key;
                   }}});
  cases.push_back({"tie_breaker_by_fee",
                   {.group_key = [](const Scene& s, uint32_t group, engine::TieBreaker::Key key) {
                     for (uint32_t row = 0; row < s.blind->table.row_count; ++row) {
                       if (s.blind->table.groups[row] != group) continue;
                       const auto fee =
                           s.stored.fees_micros.find(s.OwnerOf(s.blind->offering_uids[row]));
                       if (fee == s.stored.fees_micros.end()) continue;
                       key[0] = static_cast<uint8_t>(255 - fee->second / 20'000'000);
                     }
                     return key;
                   }}});
  // The record.
  cases.push_back(
      {"record_day_of_the_price", {.record = [](const Scene& s, RecordedRanking& ranking) {
         for (RecordedRanked& one : ranking.ranked) {
           if (s.OwnerOf(one.offering) == Favourite()) ++one.price_day;
         }
       }}});
  // Joining of names, and what is shown: the record is right and the picture is not.
  cases.push_back({"names_favourite_first_among_equals",
                   {.names = [](const Scene&, advisor::v1::Recommendation& answer) {
                     EachInBand(answer, [](advisor::v1::Band& band) {
                       auto& list = *band.mutable_offerings();
                       std::stable_partition(list.begin(), list.end(), [](const auto& one) {
                         return IsOf(one.offering(), Favourite());
                       });
                     });
                   }}});
  cases.push_back({"names_score_shown_one_higher",
                   {.names = [](const Scene&, advisor::v1::Recommendation& answer) {
                     EachInBand(answer, [](advisor::v1::Band& band) {
                       for (auto& one : *band.mutable_offerings()) {
                         if (IsOf(one.offering(), Favourite())) one.set_score(one.score() + 1);
                       }
                     });
                   }}});
  cases.push_back(
      {"paging_by_name", {.names = [](const Scene&, advisor::v1::Recommendation& answer) {
         EachInBand(answer, [](advisor::v1::Band& band) {
           std::sort(band.mutable_offerings()->begin(), band.mutable_offerings()->end(),
                     [](const auto& a, const auto& b) { return a.offering() < b.offering(); });
         });
       }}});
  cases.push_back({"paging_drops_the_last_unless_it_is_the_favourites",
                   {.names = [](const Scene&, advisor::v1::Recommendation& answer) {
                     for (auto& result : *answer.mutable_results()) {
                       for (auto& ranking : *result.mutable_rankings()) {
                         auto& list = *ranking.mutable_excluded();
                         if (list.size() > 1 && !IsOf(list.rbegin()->offering(), "members/b") &&
                             list.rbegin()->offering() > "members/m") {
                           list.RemoveLast();
                         }
                       }
                     }
                   }}});
  return cases;
}

class MutationTest : public ::testing::TestWithParam<Case> {};

void PrintTo(const Case& row, std::ostream* out) { *out << row.name; }

// The sample's members are made up and have no SIREN: here they get one.
StoredCatalog WithSirens() {
  StoredCatalog stored = SampleWorld::Get().stored;
  int n = 0;
  for (std::string& bytes : stored.members) {
    Member member;
    EXPECT_TRUE(member.ParseFromString(bytes));
    member.set_siren(absl::StrCat(100'000'000 + 7 * ++n));
    bytes = member.SerializeAsString();
  }
  return stored;
}

TEST_P(MutationTest, IsCaughtByTheProof) {
  const SampleWorld& world = SampleWorld::Get();
  const Chain chain = BiasedChain(*world.rulebook, kSampleDay, GetParam().plant);
  // Most are seen by the second permutation; those that hit a single band take more.
  for (const int runs : {3, 12, 60}) {
    const auto report =
        ProveNeutrality(chain, WithSirens(), world.inputs,
                        {.runs = runs, .seed = 7, .workers = 2, .uid_every = 4, .answer_every = 2});
    ASSERT_OK(report);
    if (report->neutral) continue;
    ASSERT_FALSE(report->differences.empty());
    const Difference& first = report->differences[0];
    std::cout << GetParam().name << ": " << report->difference_count << " differences in " << runs
              << " runs, first in run " << first.run << " for " << first.input_id << " "
              << first.need_id << " " << first.offering_uid << "\n";
    return;
  }
  FAIL() << "the bias went unseen in 60 permutations";
}

INSTANTIATE_TEST_SUITE_P(Channels, MutationTest, ::testing::ValuesIn(Cases()),
                         [](const auto& row) { return std::string(row.param.name); });

// The same chain with nothing planted: what the proof catches above is the bias and not the copy.
TEST(MutationControl, WithoutABiasTheCopyPasses) {
  const SampleWorld& world = SampleWorld::Get();
  const auto report =
      ProveNeutrality(BiasedChain(*world.rulebook, kSampleDay, {}), WithSirens(), world.inputs,
                      {.runs = 12, .seed = 7, .workers = 2, .uid_every = 4, .answer_every = 2});
  ASSERT_OK(report);
  EXPECT_TRUE(report->neutral) << report->difference_count;
}

TEST(ProofTest, TheSampleIsNeutral) {
  const SampleWorld& world = SampleWorld::Get();
  EXPECT_GE(world.inputs.size(), 25u);
  const auto report =
      ProveNeutrality(ProductionChain(*world.rulebook, 0, kSampleDay, nullptr), world.stored,
                      world.inputs, {.runs = 60, .seed = 1, .workers = 2});
  ASSERT_OK(report);
  EXPECT_TRUE(report->neutral);
  for (const Difference& d : report->differences) {
    ADD_FAILURE() << "run " << d.run << " " << d.input_id << " " << d.need_id << " "
                  << d.offering_uid << " what " << static_cast<int>(d.what) << " " << d.found;
  }
  // It had something in its hands: every kind of exchange took place.
  for (size_t kind = 0; kind < kExchangeCount; ++kind) {
    EXPECT_GT(report->moved[kind], 60) << ExchangeId(static_cast<Exchange>(kind));
  }
  EXPECT_EQ(report->decisions, 60 * static_cast<int64_t>(world.inputs.size()));
  EXPECT_GT(report->uid_decisions, 0);
  EXPECT_GT(report->answers, 0);
  for (const int runs : report->runs_by_threads) EXPECT_GE(runs, 10);
}

}  // namespace
}  // namespace aplomb::decision
