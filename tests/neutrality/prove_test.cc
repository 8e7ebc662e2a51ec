// The proof of neutrality: it passes on the sample, and it catches a bias of one unit for one
// member, through whatever door the bias comes. The biases are planted in the chain of the service
// itself, at its own functions (planted_link.h).

#include "decision/neutrality/prove.h"

#include <algorithm>
#include <iostream>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "decision/decide.h"
#include "engine/measure.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/proof_chain.h"
#include "tests/neutrality/planted_link.h"
#include "tests/neutrality/sample_world.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Member;
using catalog::v1::Offering;

constexpr int64_t kCent = 10'000;  // micros

Chain ChainOfTheService() {
  return service::ServiceChain(service::EntryOf(*SampleWorld::Get().rulebook, 7), kSampleDay);
}

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

// What the favourite's member message is before anything is exchanged.
const Member& FavouriteAsStored() {
  static const Member* const member = [] {
    auto* found = new Member;
    for (const std::string& bytes : WithSirens().members) {
      Member one;
      EXPECT_TRUE(one.ParseFromString(bytes));
      if (one.name() == Favourite()) *found = one;
    }
    return found;
  }();
  return *member;
}

// --- Biases, each of one unit for one member -----------------------------------------------------

// One cent off the first price of a tariff that can be lowered.
void OneCentLess(Offering& offering) {
  for (auto& component : *offering.mutable_pricing()->mutable_components()) {
    if (!component.has_amount() || component.amount().micros() <= kCent) continue;
    component.mutable_amount()->set_micros(component.amount().micros() - kCent);
    return;
  }
}

void OneCentLess(catalog::Snapshot& snapshot, const std::string& member) {
  const auto offerings = snapshot.offerings;
  for (const auto& [name, entry] : offerings) {
    if (!IsOf(name, member)) continue;
    auto changed = std::make_shared<catalog::OfferingEntry>(*entry);
    OneCentLess(changed->offering);
    snapshot.offerings[name] = std::move(changed);
  }
}

// Favours the member for which `mark` is least; marks of two members must differ.
template <typename Mark>
Plant ByLeast(Mark mark) {
  return {.projection = [mark](const Scene& scene, catalog::Snapshot& snapshot) {
    std::string chosen;
    decltype(mark(scene, *snapshot.members.begin()->second)) least = {};
    for (const auto& [name, entry] : snapshot.members) {
      if (entry->member.state() != Member::ACTIVE) continue;
      const auto here = mark(scene, *entry);
      if (!chosen.empty() && !(here < least)) continue;
      chosen = name;
      least = here;
    }
    OneCentLess(snapshot, chosen);
  }};
}

// Favours the member whose `value` is that of the favourite as stored.
template <typename Value>
Plant ByEqual(Value value) {
  return {.projection = [value](const Scene&, catalog::Snapshot& snapshot) {
    for (const auto& [name, entry] : snapshot.members) {
      if (value(entry->member) != value(FavouriteAsStored())) continue;
      OneCentLess(snapshot, name);
      return;
    }
  }};
}

// Favours the member of the offering for which `mark` is least.
template <typename Mark>
Plant ByOffering(Mark mark) {
  return {.projection = [mark](const Scene&, catalog::Snapshot& snapshot) {
    const catalog::OfferingEntry* chosen = nullptr;
    for (const auto& [name, entry] : snapshot.offerings) {
      if (entry->offering.pricing().components().empty()) continue;
      if (chosen == nullptr || mark(*entry) < mark(*chosen)) chosen = entry.get();
    }
    const std::string name = chosen->offering.name();
    OneCentLess(snapshot, name.substr(0, name.find("/offerings/")));
  }};
}

// One unit of value on the first criterion.
void OneUnitMore(engine::RankedOffering& ranked) {
  if (ranked.contributions.empty()) return;
  engine::Contribution& c = ranked.contributions[0];
  const int32_t by = c.value < engine::kValueMax ? 1 : -1;
  c.value += by;
  c.contribution += by * c.weight_bp;
  ranked.score += by * c.weight_bp;
}

template <typename Favoured>
Plant ByScore(Favoured favoured) {
  return {.scorer = [favoured](const Scene& scene, engine::Ranking& ranking) {
    for (engine::RankedOffering& ranked : ranking.ranked) {
      if (favoured(scene, ranked.row)) OneUnitMore(ranked);
    }
  }};
}

// Calls `change` with each criterion that reads one fact of the favourite's first offering, and the
// fact's value, until it says that it has changed something.
template <typename Change>
void WithAFactOfTheFavourite(const Scene& scene, CompiledRulebook& rules, Change change) {
  const BlindCatalog blind = Blindfold(*scene.snapshot, rules, kSampleDay);
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
      if (change(criterion, column.values[row])) return;
    }
  }
}

// A value function gets one unit more at the value that the favourite has: made to measure.
void ValueMadeToMeasure(const Scene& scene, CompiledRulebook& rules) {
  WithAFactOfTheFavourite(scene, rules, [](engine::Criterion& criterion, int64_t x) {
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
    return true;
  });
}

// A criterion in which the favourite is at its best gets one part more of its group.
void WeightMadeToMeasure(const Scene& scene, CompiledRulebook& rules) {
  WithAFactOfTheFavourite(scene, rules, [](engine::Criterion& criterion, int64_t x) {
    if (engine::ValueOf(criterion, x) < engine::kValueMax) return false;
    ++criterion.parts_in_group;
    return true;
  });
}

// The columns of the favourite's rows, each one unit more.
void OneUnitMoreOfEachFact(const Scene& scene, engine::FactTable& table) {
  for (uint32_t row = 0; row < table.row_count; ++row) {
    if (scene.OwnerOf(row) != Favourite()) continue;
    for (engine::Column& column : table.columns) {
      if (column.evidence[row] == engine::Evidence::kNone) continue;
      // "Without limit" cannot be more.
      if (column.values[row] < std::numeric_limits<int64_t>::max()) ++column.values[row];
    }
  }
}

void OneCentLessInTheTable(const Scene& scene, BlindCatalog& blind) {
  for (uint32_t row = 0; row < blind.table.row_count; ++row) {
    if (scene.OwnerOf(row) != Favourite()) continue;
    for (engine::PriceComponent& c : blind.table.tariffs[row].components) {
      if (c.amount_micros <= kCent) continue;
      c.amount_micros -= kCent;
      break;
    }
  }
}

// The member who pays most, by its fee and then its name.
std::string WhoPaysMost(const Scene& scene) {
  const auto most =
      std::max_element(scene.fees_micros.begin(), scene.fees_micros.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == scene.fees_micros.end() ? "" : most->first;
}

// The group of a member comes first in every draw.
template <typename Chosen>
Plant FirstDrawn(Chosen chosen) {
  return {.group_key = [chosen](const Scene& scene, uint32_t group, engine::TieBreaker::Key& key) {
    for (uint32_t row = 0; row < scene.names.size(); ++row) {
      if (scene.groups[row] == group && scene.OwnerOf(row) == chosen(scene)) key.fill(0);
    }
  }};
}

void EachRanking(advisor::v1::Recommendation& answer,
                 const std::function<void(advisor::v1::Ranking&)>& change) {
  for (auto& result : *answer.mutable_results()) {
    for (auto& ranking : *result.mutable_rankings()) change(ranking);
  }
}

void EachOfTheFavourite(advisor::v1::Recommendation& answer,
                        const std::function<void(advisor::v1::RankedOffering&)>& change) {
  EachRanking(answer, [&](advisor::v1::Ranking& ranking) {
    for (auto& band : *ranking.mutable_bands()) {
      for (auto& one : *band.mutable_offerings()) {
        if (IsOf(one.offering(), Favourite())) change(one);
      }
    }
  });
}

// Among equals, the favourite one place up.
void OnePlaceUp(advisor::v1::Recommendation& answer) {
  EachRanking(answer, [](advisor::v1::Ranking& ranking) {
    for (auto& band : *ranking.mutable_bands()) {
      auto& list = *band.mutable_offerings();
      for (int i = 1; i < list.size(); ++i) {
        if (!IsOf(list[i].offering(), Favourite())) continue;
        list.SwapElements(i - 1, i);
        break;
      }
    }
  });
}

template <typename Change>
Plant InTheRecord(Change change) {
  return {.record = [change](const Scene& scene, DecisionRecord& record) {
    for (RecordedNeed& need : record.needs) {
      for (RecordedRanking& ranking : need.rankings) change(scene, ranking);
    }
  }};
}

struct Case {
  const char* name;
  Plant plant;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  // Stored bytes to messages.
  cases.push_back({"stored_bytes_of_the_favourite", {.stored = [](Offering& offering) {
                     if (IsOf(offering.name(), Favourite())) OneCentLess(offering);
                   }}});
  // Projection: from messages to the catalogue in memory. One cent, for whom a mark picks out.
  cases.push_back({"projection_by_name", ByEqual([](const Member& m) { return m.name(); })});
  cases.push_back(
      {"projection_by_display_name", ByEqual([](const Member& m) { return m.display_name(); })});
  cases.push_back({"projection_by_siren", ByEqual([](const Member& m) { return m.siren(); })});
  cases.push_back({"projection_by_country", ByLeast([](const Scene&, const auto& m) {
                     return std::make_tuple(m.member.country_code() == "FR", m.member.siren());
                   })});
  cases.push_back({"projection_by_kind_of_member", ByLeast([](const Scene&, const auto& m) {
                     return std::make_tuple(m.member.kind() != Member::AGENCY, m.member.siren());
                   })});
  cases.push_back({"projection_by_size_of_member", ByLeast([](const Scene&, const auto& m) {
                     return std::make_tuple(m.member.size() != Member::MEMBER_LARGE,
                                            m.member.siren());
                   })});
  cases.push_back({"projection_by_seniority", ByLeast([](const Scene&, const auto& m) {
                     return std::make_tuple(m.member.member_since_year(), m.member.siren());
                   })});
  cases.push_back({"projection_by_fee", ByLeast([](const Scene& scene, const auto& m) {
                     const auto fee = scene.fees_micros.find(m.member.name());
                     const int64_t micros = fee == scene.fees_micros.end() ? 0 : fee->second;
                     return std::make_tuple(-micros, m.member.siren());
                   })});
  cases.push_back(
      {"projection_by_title", ByOffering([](const auto& o) { return o.offering.title().fr(); })});
  cases.push_back({"projection_by_words_of_the_text",
                   ByOffering([](const auto& o) { return o.offering.short_description().fr(); })});
  cases.push_back(
      {"projection_by_place_in_the_store", ByOffering([](const auto& o) { return o.ordinal; })});
  cases.push_back({"projection_of_the_order_in_a_list", ByOffering([](const auto& o) {
                     const bool rising = o.offering.need_ids_size() > 1 &&
                                         o.offering.need_ids(0) < o.offering.need_ids(1);
                     return std::make_tuple(!rising, o.offering.uid());
                   })});
  // Compiler.
  cases.push_back({"compiler_value_made_to_measure", {.compiler = ValueMadeToMeasure}});
  cases.push_back({"compiler_weight_made_to_measure", {.compiler = WeightMadeToMeasure}});
  // Blindfold, at once and change by change.
  cases.push_back({"blindfold_fact", {.blindfold = [](const Scene& scene, BlindCatalog& blind) {
                     OneUnitMoreOfEachFact(scene, blind.table);
                   }}});
  cases.push_back({"blindfold_evidence", {.blindfold = [](const Scene& scene, BlindCatalog& blind) {
                     for (uint32_t row = 0; row < blind.table.row_count; ++row) {
                       if (scene.OwnerOf(row) != Favourite()) continue;
                       for (engine::Column& column : blind.table.columns) {
                         if (column.evidence[row] == engine::Evidence::kDeclared) {
                           column.evidence[row] = engine::Evidence::kDocumented;
                         }
                       }
                     }
                   }}});
  cases.push_back({"blindfold_tariff", {.blindfold = OneCentLessInTheTable}});
  cases.push_back({"blindfold_features", {.blindfold = [](const Scene& scene, BlindCatalog& blind) {
                     for (engine::NeedCandidates& candidates : blind.table.candidates) {
                       for (size_t i = 0; i < candidates.rows.size(); ++i) {
                         if (scene.OwnerOf(candidates.rows[i]) != Favourite()) continue;
                         engine::FeatureMasks& f = candidates.features[i];
                         f.full |= f.partial;
                         f.partial = 0;
                       }
                     }
                   }}});
  cases.push_back(
      {"blindfold_day_of_the_price", {.blindfold = [](const Scene& scene, BlindCatalog& blind) {
         for (uint32_t row = 0; row < blind.table.row_count; ++row) {
           if (scene.OwnerOf(row) == Favourite()) ++blind.price_days[row];
         }
       }}});
  cases.push_back({"blindfold_a_lot_for_each_variant",
                   {.blindfold = [](const Scene& scene, BlindCatalog& blind) {
                     for (uint32_t row = 0; row < blind.table.row_count; ++row) {
                       if (scene.OwnerOf(row) != Favourite()) continue;
                       blind.table.groups[row] = blind.table.group_count++;
                       const Uid fresh = blind.offering_uids[row];
                       blind.group_uids.push_back(fresh);
                     }
                   }}});
  cases.push_back({"blindfold_only_where_tables_follow", {.reblind = OneCentLessInTheTable}});
  // The index of the table.
  cases.push_back({"index_built", {.index = OneUnitMoreOfEachFact}});
  cases.push_back({"index_only_where_it_is_updated", {.index_update = OneUnitMoreOfEachFact}});
  // Scorer.
  cases.push_back({"scorer_value", ByScore([](const Scene& scene, uint32_t row) {
                     return scene.OwnerOf(row) == Favourite();
                   })});
  cases.push_back({"scorer_only_on_three_threads", ByScore([](const Scene& scene, uint32_t row) {
                     return scene.threads == 3 && scene.OwnerOf(row) == Favourite();
                   })});
  cases.push_back({"scorer_by_fee", ByScore([](const Scene& scene, uint32_t row) {
                     return scene.OwnerOf(row) == WhoPaysMost(scene);
                   })});
  cases.push_back({"scorer_by_row_number", ByScore([](const Scene& scene, uint32_t row) {
                     return scene.OwnerOf(row) == scene.OwnerOf(uint32_t{0});
                   })});
  cases.push_back({"scorer_cost", {.scorer = [](const Scene& scene, engine::Ranking& ranking) {
                     for (engine::RankedOffering& one : ranking.ranked) {
                       if (scene.OwnerOf(one.row) != Favourite()) continue;
                       if (one.cost.tco36_micros > kCent) one.cost.tco36_micros -= kCent;
                     }
                   }}});
  cases.push_back(
      {"scorer_forgets_a_reason", {.scorer = [](const Scene& scene, engine::Ranking& ranking) {
         for (engine::UnrankedOffering& one : ranking.excluded) {
           if (one.findings.size() > 1 && scene.OwnerOf(one.row) == Favourite()) {
             one.findings.pop_back();
           }
         }
       }}});
  cases.push_back(
      {"scorer_excludes_one_less", {.scorer = [](const Scene& scene, engine::Ranking& ranking) {
         auto& list = ranking.excluded;
         const auto one = std::find_if(list.begin(), list.end(), [&](const auto& it) {
           return scene.OwnerOf(it.row) == Favourite();
         });
         if (one == list.end()) return;
         ranking.to_confirm.push_back(*one);
         list.erase(one);
       }}});
  // Tie-breaker.
  cases.push_back({"tie_breaker_favours_the_group_of_a_member",
                   FirstDrawn([](const Scene&) { return Favourite(); })});
  cases.push_back({"tie_breaker_by_fee", FirstDrawn(WhoPaysMost)});
  cases.push_back(
      {"tie_breaker_within_a_group",
       {.offer_key = [](const Scene& scene, uint32_t row, engine::TieBreaker::Key& key) {
         if (scene.OwnerOf(row) == Favourite()) key.fill(0);
         // Two keys of one group must differ.
         key[31] = static_cast<uint8_t>(row);
         key[30] = static_cast<uint8_t>(row >> 8);
       }}});
  // The record, and its bytes.
  cases.push_back(
      {"record_day_of_the_price", InTheRecord([](const Scene& scene, RecordedRanking& ranking) {
         for (RecordedRanked& one : ranking.ranked) {
           if (scene.OwnerOf(one.offering) == Favourite()) ++one.price_day;
         }
       })});
  cases.push_back(
      {"record_mark_of_a_near_edge", InTheRecord([](const Scene& scene, RecordedRanking& ranking) {
         for (RecordedRanked& one : ranking.ranked) {
           if (scene.OwnerOf(one.offering) == Favourite()) {
             one.close_to_next_band = !one.close_to_next_band;
           }
         }
       })});
  cases.push_back({"record_bytes", {.encoder = [](const Scene& scene, DecisionRecord& record) {
                     for (RecordedNeed& need : record.needs) {
                       for (RecordedRanking& ranking : need.rankings) {
                         for (RecordedRanked& one : ranking.ranked) {
                           if (scene.OwnerOf(one.offering) == Favourite()) ++one.price_day;
                         }
                       }
                     }
                   }}});
  // Words: the record is right and the sentence is not.
  cases.push_back({"words_cost_shown_one_cent_less",
                   {.words = [](const Scene&, advisor::v1::Recommendation& answer) {
                     EachOfTheFavourite(answer, [](advisor::v1::RankedOffering& one) {
                       auto& cost = *one.mutable_cost();
                       cost.set_tco36_micros(cost.tco36_micros() - kCent);
                     });
                   }}});
  // Joining of names.
  cases.push_back(
      {"names_one_place_up",
       {.names = [](const Scene&, advisor::v1::Recommendation& answer) { OnePlaceUp(answer); }}});
  cases.push_back({"names_score_shown_one_higher",
                   {.names = [](const Scene&, advisor::v1::Recommendation& answer) {
                     EachOfTheFavourite(answer, [](advisor::v1::RankedOffering& one) {
                       one.set_score(one.score() + 1);
                     });
                   }}});
  cases.push_back(
      {"names_hide_an_exclusion", {.names = [](const Scene&, advisor::v1::Recommendation& answer) {
         EachRanking(answer, [](advisor::v1::Ranking& ranking) {
           auto& list = *ranking.mutable_excluded();
           for (int i = 0; i < list.size(); ++i) {
             if (!IsOf(list[i].offering(), Favourite())) continue;
             list.DeleteSubrange(i, 1);
             break;
           }
         });
       }}});
  // Paging: each answer alone is right, and the list is not.
  cases.push_back(
      {"paging_one_place_up", {.page = [](const Scene&, advisor::v1::Recommendation& answer) {
         OnePlaceUp(answer);
         return true;
       }}});
  cases.push_back(
      {"paging_score_one_higher", {.page = [](const Scene&, advisor::v1::Recommendation& answer) {
         EachOfTheFavourite(
             answer, [](advisor::v1::RankedOffering& one) { one.set_score(one.score() + 1); });
         return true;
       }}});
  cases.push_back({"paging_passes_over_what_the_favourite_has_lost",
                   {.page = [](const Scene&, advisor::v1::Recommendation& answer) {
                     bool excluded = false;
                     EachRanking(answer, [&](advisor::v1::Ranking& ranking) {
                       for (const auto& one : ranking.excluded()) {
                         excluded = excluded || IsOf(one.offering(), Favourite());
                       }
                     });
                     return !excluded;
                   }}});
  return cases;
}

class MutationTest : public ::testing::TestWithParam<Case> {};

void PrintTo(const Case& row, std::ostream* out) { *out << row.name; }

ProofOptions OptionsOf(int runs) {
  return {.runs = runs, .seed = 7, .workers = 2, .uid_every = 4, .answer_every = 2};
}

TEST_P(MutationTest, IsCaughtByTheProof) {
  const SampleWorld& world = SampleWorld::Get();
  const StoredCatalog stored = WithSirens();
  Favourite();  // found by the chain as it is, before anything is planted
  const Planted planted(GetParam().plant);
  // Most are seen by the second permutation; those that hit a single band take more.
  for (const int runs : {3, 12, 60}) {
    const auto report = ProveNeutrality(ChainOfTheService(), stored, world.inputs, OptionsOf(runs));
    ASSERT_OK(report);
    if (report->neutral) continue;
    ASSERT_FALSE(report->differences.empty());
    const Difference& first = report->differences[0];
    std::cout << GetParam().name << ": " << report->difference_count << " differences in " << runs
              << " runs, first in run " << first.run << " for " << first.input_id << " "
              << first.need_id << " " << first.offering_uid << "\n";
    // What is found is a result that differs, not a program that fails.
    EXPECT_NE(first.what, Difference::What::kFailed) << first.found;
    return;
  }
  FAIL() << "the bias went unseen in 60 permutations";
}

INSTANTIATE_TEST_SUITE_P(Channels, MutationTest, ::testing::ValuesIn(Cases()),
                         [](const auto& row) { return std::string(row.param.name); });

// Each channel by which a bias could come has a row.
TEST(MutationTable, EveryChannelHasARow) {
  std::set<std::string> channels;
  for (const Case& row : Cases()) {
    const std::string name = row.name;
    channels.insert(name.substr(0, name.find('_')));
  }
  EXPECT_THAT(channels, ::testing::IsSupersetOf({"scorer", "compiler", "blindfold", "projection",
                                                 "tie", "names", "paging"}));
}

// The same program with nothing planted passes, and its calls do go through the seams: what the
// proof catches above is the bias, in the functions that the service runs.
TEST(MutationControl, WithoutABiasItPassesThroughEverySeam) {
  std::array<int64_t, kSeamCount> before;
  for (size_t i = 0; i < kSeamCount; ++i) before[i] = TimesThrough(static_cast<Seam>(i));
  const SampleWorld& world = SampleWorld::Get();
  const Planted planted(Plant{});
  const auto report =
      ProveNeutrality(ChainOfTheService(), WithSirens(), world.inputs, OptionsOf(12));
  ASSERT_OK(report);
  EXPECT_TRUE(report->neutral) << report->difference_count;
  for (size_t i = 0; i < kSeamCount; ++i) {
    const auto seam = static_cast<Seam>(i);
    EXPECT_GT(TimesThrough(seam), before[i]) << SeamName(seam) << " is not gone through";
  }
  // Two catalogues come before: each run whose tables follow follows twice.
  EXPECT_EQ(TimesThrough(Seam::kReblind) - before[static_cast<size_t>(Seam::kReblind)],
            2 * report->followed_runs);
}

TEST(ProofTest, TheSampleIsNeutral) {
  const SampleWorld& world = SampleWorld::Get();
  EXPECT_GE(world.inputs.size(), 25u);
  const auto report = ProveNeutrality(ChainOfTheService(), world.stored, world.inputs,
                                      {.runs = 60, .seed = 1, .workers = 2});
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
  const auto inputs = static_cast<int64_t>(world.inputs.size());
  EXPECT_EQ(report->decisions, 60 * inputs);
  EXPECT_GT(report->uid_decisions, 0);
  EXPECT_GT(report->answers, 0);
  // Lists went over several pages, and were put together again.
  const int64_t per_list = (inputs + service::kProofPageSize - 1) / service::kProofPageSize;
  EXPECT_EQ(report->pages, report->answers / inputs * per_list);
  EXPECT_EQ(report->followed_runs, 20);
  for (const int runs : report->runs_by_threads) EXPECT_GE(runs, 10);
}

// What people are shown has names, and the comparison takes them out: an answer without its names
// would prove nothing of how they were joined.
TEST(ProofTest, WhatIsComparedWasShownWithNames) {
  const SampleWorld& world = SampleWorld::Get();
  const auto outcomes =
      ChainOfTheService()(world.stored, world.inputs, {.threads = 2, .answers = true});
  ASSERT_OK(outcomes);
  ASSERT_EQ(outcomes->size(), world.inputs.size());
  for (const Outcome& outcome : *outcomes) {
    const auto& rankings = outcome.answer.results(0).rankings();
    ASSERT_FALSE(rankings.empty());
    for (const auto& band : rankings[0].bands()) {
      for (const auto& one : band.offerings()) {
        EXPECT_FALSE(one.title().fr().empty());
        EXPECT_FALSE(one.member_display_name().empty());
        EXPECT_FALSE(one.contributions().empty());
      }
    }
    // A list shows the same without the reasons.
    EXPECT_EQ(outcome.listed.results_size(), outcome.answer.results_size());
    EXPECT_LT(outcome.listed.ByteSizeLong(), outcome.answer.ByteSizeLong());
  }
  EXPECT_GE(outcomes->back().page, 6);
}

}  // namespace
}  // namespace aplomb::decision
