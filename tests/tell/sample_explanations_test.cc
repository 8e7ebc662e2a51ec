// What the sample's firms are told of their own answers and of the path: every profile over the
// whole sample catalogue.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/plan/basket.h"
#include "decision/plan/plan.h"
#include "decision/render.h"
#include "decision/tell/case.h"
#include "decision/tell/how_sure.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "tests/neutrality/sample_world.h"
#include "tests/testing/matchers.h"

namespace aplomb::tell {
namespace {

namespace pb = advisor::v1;
using decision::SampleWorld;
using ::testing::HasSubstr;

// The recommendation of each of the sample's firms, made once.
const std::vector<pb::Recommendation>& Answers() {
  static const auto& answers = *[] {
    const SampleWorld& world = SampleWorld::Get();
    auto* made = new std::vector<pb::Recommendation>;
    const auto blind = decision::Blindfold(world.snapshot, *world.rulebook, decision::kSampleDay);
    for (size_t i = 0; i < world.inputs.size(); ++i) {
      const decision::DecisionInput input = world.InputOf(i);
      const auto record = decision::Decide(input,
                                           {.snapshot = world.snapshot,
                                            .rulebook = *world.rulebook,
                                            .rulebook_revision = 1,
                                            .blind = blind},
                                           decision::TieSubject());
      pb::Recommendation& shown = made->emplace_back();
      const absl::Status rendered =
          decision::RenderRecord(record, input, world.snapshot, *world.rulebook, shown);
      EXPECT_TRUE(rendered.ok()) << rendered;
      shown.set_name("engagements/e/recommendations/r");
      *shown.mutable_profile() = world.inputs[i].profile;
      for (const auto& need : world.inputs[i].needs) *shown.add_needs() = need;
      *shown.mutable_weights() = world.inputs[i].weights;
      shown.mutable_as_of_date()->set_year(2026);
      shown.mutable_as_of_date()->set_month(11);
      shown.mutable_as_of_date()->set_day(23);
    }
    return made;
  }();
  return answers;
}

// True where the field of that path has a value; of volumes, where that metric is listed.
bool Holds(const google::protobuf::Message& message, const std::string& path) {
  const std::vector<std::string> names = absl::StrSplit(path, absl::MaxSplits('.', 1));
  const auto* field = message.GetDescriptor()->FindFieldByName(names[0]);
  if (field == nullptr) return false;
  if (field->is_repeated()) return message.GetReflection()->FieldSize(message, field) > 0;
  if (!message.GetReflection()->HasField(message, field)) return false;
  return names.size() == 1 || Holds(message.GetReflection()->GetMessage(message, field), names[1]);
}

bool Holds(const type::FirmProfile& profile, const std::string& path) {
  if (path.rfind("usage.", 0) != 0) {
    return Holds(static_cast<const google::protobuf::Message&>(profile), path);
  }
  return std::any_of(profile.usage().begin(), profile.usage().end(), [&](const auto& usage) {
    return path == absl::StrCat("usage.", type::Metric_Name(usage.metric()));
  });
}

TEST(SampleUnknowns, AskNothingThatTheFirmHasToldAndNothingTwice) {
  const SampleWorld& world = SampleWorld::Get();
  const auto blind = decision::Blindfold(world.snapshot, *world.rulebook, decision::kSampleDay);
  int questions = 0;
  for (size_t i = 0; i < Answers().size(); ++i) {
    const pb::Recommendation& shown = Answers()[i];
    ASSERT_OK_AND_ASSIGN(const Case opened, Case::Open({.shown = shown,
                                                        .snapshot = world.snapshot,
                                                        .rulebook = *world.rulebook,
                                                        .blind = blind}));
    const pb::UnknownsExplanation explained = TellUnknowns(opened, "");
    for (const pb::Unknowns& unknowns : explained.rankings()) {
      const std::string where =
          absl::StrCat("firm ", i, " (department ", shown.profile().department_code(), ", NAF ",
                       shown.profile().activity().code(), "), ", unknowns.need_id(), " ",
                       unknowns.delivery_mode());
      std::set<std::string> texts;
      for (const pb::NextQuestion& question : unknowns.next_questions()) {
        ++questions;
        EXPECT_FALSE(Holds(shown.profile(), question.field()))
            << where << ": told already: " << question.field();
        EXPECT_TRUE(texts.insert(question.text().fr()).second)
            << where << ": asked twice: " << question.text().fr();
      }
    }
  }
  EXPECT_GT(questions, 50);
}

// A mark of nearness in a list, the groups that are practically equal and the label of stability
// follow one definition: no mark stands where nobody is near, and none beside "solid" at the edge
// of the first rank.
TEST(SampleStability, AgreesWithTheMarksOfTheList) {
  const SampleWorld& world = SampleWorld::Get();
  const auto blind = decision::Blindfold(world.snapshot, *world.rulebook, decision::kSampleDay);
  int rankings = 0;
  for (size_t i = 0; i < Answers().size(); ++i) {
    const pb::Recommendation& shown = Answers()[i];
    ASSERT_OK_AND_ASSIGN(const Case opened, Case::Open({.shown = shown,
                                                        .snapshot = world.snapshot,
                                                        .rulebook = *world.rulebook,
                                                        .blind = blind}));
    const pb::StabilityExplanation explained = TellStability(opened, "");
    for (const pb::Stability& stability : explained.rankings()) {
      if (stability.insufficient_range() || stability.offerings().empty()) continue;
      ++rankings;
      const std::string where = absl::StrCat("firm ", i, ", ", stability.need_id());
      std::set<std::string> near;
      for (const pb::EqualGroup& group : stability.equal_groups()) {
        for (const auto* list : {&group.hardly_better(), &group.hardly_lower()}) {
          for (const pb::OfferingRef& ref : *list) near.insert(ref.offering());
        }
        if (group.rank() == 1 && group.hardly_lower_size() > 0) {
          EXPECT_NE(stability.label(), pb::Stability::SOLID) << where;
        }
      }
      std::set<std::string> marked;
      for (const pb::NeedResult& result : shown.results()) {
        if (result.need_id() != stability.need_id()) continue;
        for (const pb::Ranking& ranking : result.rankings()) {
          if (ranking.delivery_mode() != stability.delivery_mode()) continue;
          for (const pb::Band& band : ranking.bands()) {
            for (const pb::RankedOffering& offering : band.offerings()) {
              if (offering.close_to_next_band()) marked.insert(offering.offering());
            }
          }
        }
      }
      EXPECT_EQ(marked, near) << where;
    }
  }
  EXPECT_GT(rankings, 50);
}

// The path says of each delivery mode what its ranking says: a mode with enough suppliers has a
// first rank, one with too few has a list, and each has the cost of the cheapest of what is spoken
// of.
TEST(SamplePath, AgreesWithTheRankingOfEachMode) {
  const SampleWorld& world = SampleWorld::Get();
  int both = 0;
  for (size_t i = 0; i < Answers().size(); ++i) {
    const pb::Recommendation& shown = Answers()[i];
    const pb::Plan plan = plan::MakePlan(shown, world.snapshot, *world.rulebook);
    for (const pb::PlanStep& step : plan.steps()) {
      if (step.answer() != pb::PlanStep::CHOOSE) continue;
      const auto& result = *std::find_if(
          shown.results().begin(), shown.results().end(),
          [&](const pb::NeedResult& each) { return each.need_id() == step.need_id(); });
      const std::string where = absl::StrCat("firm ", i, ", ", step.need_id());
      std::vector<int64_t> costs;
      bool ranked = false;
      bool listed = false;
      for (const pb::Ranking& ranking : result.rankings()) {
        if (ranking.bands().empty()) continue;
        (ranking.insufficient_range() ? listed : ranked) = true;
        int64_t cheapest = 0;
        for (const pb::Band& band : ranking.bands()) {
          if (!ranking.insufficient_range() && &band != &ranking.bands(0)) continue;
          for (const pb::RankedOffering& offering : band.offerings()) {
            if (!offering.has_cost()) continue;
            const int64_t cost = offering.cost().tco36_micros();
            cheapest = cheapest == 0 ? cost : std::min(cheapest, cost);
          }
        }
        costs.push_back(cheapest);
      }
      both += ranked && listed;
      EXPECT_EQ(absl::StrContains(step.text().fr(), "Liste insuffisante"), listed) << where;
      EXPECT_EQ(absl::StrContains(step.text().fr(), "au premier rang"), ranked) << where;
      EXPECT_EQ(absl::StrContains(step.text().en(), "Insufficient list"), listed) << where;
      if (ranked && listed) {
        for (const char* mode : {"Faire faire – ", "Faire soi-même – "}) {
          EXPECT_THAT(step.text().fr(), HasSubstr(mode)) << where;
        }
      }
      std::vector<int64_t> told;
      for (const auto& option : step.options()) {
        if (option.answer() == pb::PlanStep::CHOOSE) told.push_back(option.tco36_micros());
      }
      EXPECT_EQ(told, costs) << where;
    }
  }
  EXPECT_GT(both, 5);
}

// Each need that was asked for is a step or told as later, nothing is told twice, and no step
// serves a need that is put off.
TEST(SamplePath, HasEveryNeedAndNoHalfChain) {
  const SampleWorld& world = SampleWorld::Get();
  int later = 0;
  for (size_t i = 0; i < Answers().size(); ++i) {
    const pb::Recommendation& shown = Answers()[i];
    const pb::Plan plan = plan::MakePlan(shown, world.snapshot, *world.rulebook);
    std::set<std::string> steps;
    std::set<std::string> told;
    for (const pb::PlanStep& step : plan.steps()) {
      EXPECT_TRUE(told.insert(step.need_id()).second) << step.need_id();
      steps.insert(step.need_id());
    }
    for (const pb::LaterNeed& each : plan.later()) {
      EXPECT_TRUE(told.insert(each.need_id()).second) << "firm " << i << ": " << each.need_id();
      ++later;
    }
    for (const pb::NeedResult& result : shown.results()) {
      EXPECT_TRUE(told.contains(result.need_id())) << "firm " << i << ": " << result.need_id();
    }
    for (const pb::PlanStep& step : plan.steps()) {
      if (step.for_need_id().empty()) continue;
      EXPECT_TRUE(steps.contains(step.for_need_id()))
          << "firm " << i << ": " << step.need_id() << " serves " << step.for_need_id()
          << ", which is put off";
    }
  }
  EXPECT_GT(later, 3);
}

// A ranked offering, in which mode, and what it serves.
struct Ranked {
  const pb::RankedOffering* offering;
  int mode;
};

// By brute force: of all the ways to take one ranked offering for each need of the bundle, in the
// modes of the bundle's own, the least that a basket costs which is not the bundle (and, where the
// bundle is one offering, does not hold it). Nothing where there is none.
std::optional<int64_t> CheapestOtherByBruteForce(const pb::Recommendation& shown,
                                                 const catalog::Snapshot& snapshot,
                                                 const pb::Bundle& bundle) {
  std::set<std::string> own;
  for (const pb::OfferingRef& ref : bundle.offerings()) own.insert(ref.offering());
  std::map<std::string, std::set<std::string>> serves;
  std::vector<std::vector<Ranked>> baskets = {{}};
  for (int n = 0; n < bundle.needs_size(); ++n) {
    std::vector<Ranked> ranked;
    int own_mode = -1;
    const std::string& mine = bundle.offerings(std::min(n, bundle.offerings_size() - 1)).offering();
    for (const pb::NeedResult& result : shown.results()) {
      if (result.need_id() != bundle.needs(n).need_id()) continue;
      for (const pb::Ranking& ranking : result.rankings()) {
        for (const pb::Band& band : ranking.bands()) {
          for (const pb::RankedOffering& offering : band.offerings()) {
            const int mode = ranking.delivery_mode();
            if (offering.offering() == mine && own_mode < 0) own_mode = mode;
            const auto& ids =
                snapshot.offerings.find(offering.offering())->second->offering.need_ids();
            serves[offering.offering()] = {ids.begin(), ids.end()};
            if (offering.has_cost()) ranked.push_back({&offering, mode});
          }
        }
      }
    }
    std::vector<std::vector<Ranked>> longer;
    for (const auto& basket : baskets) {
      for (const Ranked& each : ranked) {
        if (each.mode != own_mode) continue;
        longer.push_back(basket);
        longer.back().push_back(each);
      }
    }
    baskets = std::move(longer);
  }
  std::optional<int64_t> least;
  for (const auto& basket : baskets) {
    std::set<std::string> names;
    std::vector<plan::Taken> taken;
    for (const Ranked& each : basket) {
      const std::string& name = each.offering->offering();
      names.insert(name);
      taken.push_back({.offering = each.offering, .serves = &serves[name]});
    }
    if (names == own || (own.size() == 1 && names.contains(*own.begin()))) continue;
    const int64_t cost = plan::BasketCost(taken);
    if (!least.has_value() || cost < *least) least = cost;
  }
  return least;
}

TEST(SampleBundles, AreComparedWithTheCheapestOtherBasket) {
  const SampleWorld& world = SampleWorld::Get();
  int compared = 0;
  for (size_t i = 0; i < Answers().size(); ++i) {
    const pb::Recommendation& shown = Answers()[i];
    const pb::Plan plan = plan::MakePlan(shown, world.snapshot, *world.rulebook);
    for (const pb::Bundle& bundle : plan.bundles()) {
      const std::string where = absl::StrCat("firm ", i, ": ", bundle.text().fr());
      const auto least = CheapestOtherByBruteForce(shown, world.snapshot, bundle);
      ASSERT_EQ(bundle.has_separate_tco36_micros(), least.has_value()) << where;
      if (!least.has_value()) continue;
      ++compared;
      EXPECT_EQ(bundle.separate_tco36_micros(), *least) << where;
      ASSERT_EQ(bundle.separate_size(), bundle.needs_size()) << where;
    }
  }
  EXPECT_GT(compared, 10);
}

TEST(SampleBundles, PairNothingWithWhatServesBothNeeds) {
  const SampleWorld& world = SampleWorld::Get();
  int pairs = 0;
  for (size_t i = 0; i < Answers().size(); ++i) {
    const pb::Plan plan = plan::MakePlan(Answers()[i], world.snapshot, *world.rulebook);
    for (const pb::Bundle& bundle : plan.bundles()) {
      if (bundle.kind() != pb::Bundle::CONNECTED) continue;
      ++pairs;
      for (const pb::OfferingRef& ref : bundle.offerings()) {
        const auto& ids =
            world.snapshot.offerings.find(ref.offering())->second->offering.need_ids();
        int served = 0;
        for (const pb::BundleNeed& need : bundle.needs()) {
          served += static_cast<int>(std::count(ids.begin(), ids.end(), need.need_id()));
        }
        EXPECT_EQ(served, 1) << "firm " << i << ": " << ref.offering();
      }
    }
  }
  EXPECT_GT(pairs, 0);
}

}  // namespace
}  // namespace aplomb::tell
