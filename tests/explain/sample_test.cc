// Explanations of the sample's questions under the published rulebook: the claims hold there too.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "decision/explain/counterfactual.h"
#include "decision/explain/repair.h"
#include "decision/explain/shapes.h"
#include "decision/explain/stability.h"
#include "decision/explain/unknowns.h"
#include "decision/explain/why_not.h"
#include "gtest/gtest.h"
#include "tests/explain/sample_inquiries.h"

namespace aplomb::explain {
namespace {

std::vector<uint32_t> RowsOf(const engine::Ranking& ranking) {
  std::vector<uint32_t> rows;
  for (const auto& o : ranking.ranked) rows.push_back(o.row);
  for (const auto& o : ranking.to_confirm) rows.push_back(o.row);
  for (const auto& o : ranking.excluded) rows.push_back(o.row);
  return rows;
}

TEST(Sample, EachCounterfactualHoldsInTheWholeCatalogue) {
  const SampleInquiries& sample = SampleInquiries::Get();
  ASSERT_GT(sample.all().size(), 20u);
  uint64_t asked = 0, found = 0, impossible = 0, undecided = 0, undecided_firm = 0;
  for (const SampleInquiry& s : sample.all()) {
    const Inquiry inquiry = sample.Of(s);
    for (const uint32_t row : RowsOf(s.ranking)) {
      for (const Goal goal : {Goal::kFirstBand, Goal::kTopThree}) {
        const Counterfactual firm = FindFirmChanges(inquiry, s.ranking, sample.shapes(), row, goal);
        undecided_firm += firm.found == Found::kUndecided;
        for (const Counterfactual& c :
             {FindOfferingChanges(inquiry, s.ranking, sample.shapes(), row, goal), firm,
              FindWeightChanges(inquiry, s.ranking, s.order, row, goal)}) {
          ++asked;
          found += c.found == Found::kChanges;
          impossible += c.found == Found::kImpossible;
          undecided += c.found == Found::kUndecided;
          if (c.found != Found::kChanges) continue;
          const bool of_weights = c.changes.front().kind == Change::Kind::kGroupMove;
          const engine::Ranking after =
              of_weights ? RankWithOrder(inquiry, c.order) : RankAfter(inquiry, row, c.changes);
          ASSERT_TRUE(Reaches(after, row, goal)) << s.label;
        }
      }
    }
  }
  std::cout << sample.all().size() << " questions; asked " << asked << ", found " << found
            << ", impossible " << impossible << ", undecided " << undecided
            << ", of these by firms " << undecided_firm << "\n";
  EXPECT_GT(found, 500u);
  EXPECT_GT(impossible, 50u);
  EXPECT_EQ(undecided, 0u) << "no search of the sample meets its limit";
}

TEST(Sample, WhyNotOfEachOfferingAddsUp) {
  const SampleInquiries& sample = SampleInquiries::Get();
  for (const SampleInquiry& s : sample.all()) {
    const Inquiry inquiry = sample.Of(s);
    uint32_t candidates = 0;
    for (uint32_t row = 0; row < inquiry.table.row_count; ++row) {
      const WhyNot why = ExplainWhyNot(inquiry, s.ranking, sample.mandatory(), row);
      candidates += why.standing != Standing::kNotCandidate;
      int64_t sum = 0;
      for (const Loss& loss : why.losses) sum += loss.loss;
      ASSERT_EQ(sum, why.gap) << s.label;
    }
    ASSERT_EQ(candidates, MakeFunnel(s.ranking).candidates) << s.label;
  }
}

TEST(Sample, UnknownsAndRepairsKeepTheirWord) {
  const SampleInquiries& sample = SampleInquiries::Get();
  uint64_t settled = 0, questions = 0, repairs = 0, empty = 0;
  for (const SampleInquiry& s : sample.all()) {
    const Inquiry inquiry = sample.Of(s);
    const Unknowns unknowns = ExamineUnknowns(inquiry, s.ranking, sample.shapes(), {});
    settled += unknowns.settled_for_firm;
    questions += unknowns.next_questions.size();
    ASSERT_TRUE(unknowns.next_questions.empty() || !unknowns.settled_for_firm) << s.label;
    const Repairs found =
        FindRepairs(inquiry, s.ranking, UsualWishes(inquiry, sample.mandatory(), {}));
    empty += s.ranking.ranked.empty();
    repairs += found.repairs.size();
    for (const Repair& repair : found.repairs) {
      for (const Wish& wish : repair.relaxed) {
        ASSERT_TRUE(wish.kind != Wish::Kind::kConstraint ||
                    ((sample.mandatory() >> wish.constraint) & 1u) == 0)
            << s.label;
      }
    }
  }
  std::cout << "settled for the firm " << settled << " of " << sample.all().size() << ", questions "
            << questions << ", without a ranking " << empty << ", repairs " << repairs << "\n";
}

TEST(Shapes, AreThereForEachSlotAndLawIsMandatory) {
  const SampleInquiries& sample = SampleInquiries::Get();
  const SampleInquiry& first = sample.all().front();
  EXPECT_EQ(sample.shapes().offering.size(), sample.Of(first).rules.offering_slots);
  EXPECT_EQ(sample.shapes().request.size(), sample.Of(first).rules.request_slots);
  EXPECT_NE(sample.mandatory(), 0u);
  for (const auto* side : {&sample.shapes().offering, &sample.shapes().request}) {
    for (const FactShape& shape : *side) {
      EXPECT_LE(shape.low, shape.high);
      EXPECT_EQ(shape.kind == FactShape::Kind::kCode, !shape.codes.empty());
      EXPECT_EQ(shape.kind == FactShape::Kind::kSet, shape.mask != 0);
    }
  }
}

// What a firm is told to change it can enter: one answer of its profile says that fact and nothing
// else. A ceiling of the first year is a sum of two answers, and each of them says more.
TEST(Shapes, AFirmChangesOnlyWhatOneAnswerSays) {
  const SampleInquiries& sample = SampleInquiries::Get();
  const auto& slots = sample.rulebook().request_slots;
  // Beside the facts, the target of costs is made of the budget.
  std::map<std::string, int> readers = {{"firm.budget.one_off_max", 1},
                                        {"firm.budget.monthly_max", 1},
                                        {"firm.budget.target_36_months", 1}};
  const auto answers = [](const decision::FactInfo& info) {
    return info.path.empty() ? info.sources : std::vector<std::string>{info.name};
  };
  for (const decision::FactInfo* info : slots) {
    for (const std::string& answer : answers(*info)) ++readers[answer];
  }
  std::set<std::string> chosen;
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    const FactShape& shape = sample.shapes().request[slot];
    if (!shape.chosen || shape.kind == FactShape::Kind::kFixed) continue;
    const decision::FactInfo& info = *slots[slot];
    chosen.insert(info.name);
    EXPECT_EQ(answers(info).size(), 1u) << info.name;
    for (const std::string& answer : answers(info)) {
      EXPECT_EQ(readers[answer], 1) << info.name << " by " << answer;
    }
  }
  for (const char* name : {"request.budget_hard", "request.ui_languages", "firm.data_residency"}) {
    EXPECT_EQ(chosen.count(name), 1u) << name << " is for the firm to say";
  }
}

}  // namespace
}  // namespace aplomb::explain
