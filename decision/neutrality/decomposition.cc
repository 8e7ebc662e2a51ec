#include "decision/neutrality/decomposition.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace aplomb::decision {
namespace {

static_assert(kMaxDecomposedPlaces * kMaxDecomposedPlaces <=
                  std::numeric_limits<int64_t>::max() / engine::kScoreMax,
              "a sum of scores times a count fits");

using Sums = std::array<int64_t, engine::kMaxCriteria>;

// Ranked places of one label in one ranking.
struct Side {
  int64_t count = 0;
  Sums sums = {};  // contributions by criterion
};

using ByLabel = std::map<std::string, Side>;

void Add(const RecordedRanked& ranked, Side& side) {
  ++side.count;
  for (const engine::Contribution& c : ranked.contributions)
    side.sums[c.criterion] += c.contribution;
}

void Add(const Side& from, Side& to) {
  to.count += from.count;
  for (size_t c = 0; c < to.sums.size(); ++c) to.sums[c] += from.sums[c];
}

Side AllBut(const ByLabel& sides, const std::string& label) {
  Side others;
  for (const auto& [other, side] : sides) {
    if (other != label) Add(side, others);
  }
  return others;
}

Side Of(const ByLabel& sides, const std::string& label) {
  const auto found = sides.find(label);
  return found == sides.end() ? Side() : found->second;
}

Gap GapOf(const std::string& label, const std::vector<ByLabel>& rankings, const ByLabel& whole,
          const CompiledRulebook& rulebook) {
  Gap gap{.label = label};
  const Side a = Of(whole, label);
  const Side b = AllBut(whole, label);
  gap.count = a.count;
  gap.other_count = b.count;
  gap.pooled_denominator = a.count * b.count;
  Sums paired = {};
  for (const ByLabel& ranking : rankings) {
    const Side one = Of(ranking, label);
    const Side others = AllBut(ranking, label);
    gap.paired_denominator += one.count * others.count;
    for (size_t c = 0; c < paired.size(); ++c) {
      paired[c] += others.count * one.sums[c] - one.count * others.sums[c];
    }
  }
  int64_t all = 0;
  for (int c = 0; c < rulebook.source.criteria_size(); ++c) {
    const auto i = static_cast<size_t>(c);
    const CriterionShare share{.criterion_id = rulebook.source.criteria(c).criterion_id(),
                               .pooled = b.count * a.sums[i] - a.count * b.sums[i],
                               .paired = paired[i]};
    gap.pooled += share.pooled;
    gap.paired += share.paired;
    all += std::abs(share.paired);
    gap.shares.push_back(share);
  }
  std::stable_sort(gap.shares.begin(), gap.shares.end(), [](const auto& x, const auto& y) {
    return std::abs(x.paired) > std::abs(y.paired);
  });
  gap.one_carries_half = all > 0 && std::abs(gap.shares[0].paired) > all - all / 2;
  return gap;
}

void CountReasons(const RecordedUnranked& one, const CompiledRulebook& rulebook,
                  LabelCounts& counts) {
  for (const engine::Finding& finding : one.findings) {
    const std::string id = finding.constraint == engine::Finding::kMinimumFact
                               ? "minimum"
                               : rulebook.source.constraints(finding.constraint).constraint_id();
    ++counts.reasons[id];
  }
}

}  // namespace

absl::StatusOr<Decomposition> Decompose(const Attribute& attribute,
                                        absl::Span<const DecisionRecord> records,
                                        const std::map<Uid, std::string>& member_of,
                                        const CompiledRulebook& rulebook) {
  Decomposition result{.attribute = attribute.id};
  std::map<std::string, LabelCounts> counts;
  std::vector<ByLabel> rankings;
  ByLabel whole;
  int64_t places = 0;
  // The label of an offering; null where its member has none.
  const auto label_of = [&](const Uid& uid) -> absl::StatusOr<const std::string*> {
    const auto member = member_of.find(uid);
    if (member == member_of.end()) {
      return absl::InvalidArgumentError("a record names an offering that has no member");
    }
    const auto label = attribute.label_of.find(member->second);
    return label == attribute.label_of.end() ? nullptr : &label->second;
  };
  for (const DecisionRecord& record : records) {
    for (const RecordedNeed& need : record.needs) {
      for (const RecordedRanking& ranking : need.rankings) {
        ByLabel& here = rankings.emplace_back();
        for (const RecordedRanked& one : ranking.ranked) {
          if (++places > kMaxDecomposedPlaces) {
            return absl::ResourceExhaustedError(absl::StrCat("more than ", kMaxDecomposedPlaces,
                                                             " ranked places; take fewer firms"));
          }
          const auto label = label_of(one.offering);
          if (!label.ok()) return label.status();
          if (*label == nullptr) {
            ++result.unlabelled;
            continue;
          }
          Add(one, here[**label]);
          ++counts[**label].ranked;
        }
        for (const auto* list : {&ranking.to_confirm, &ranking.excluded}) {
          for (const RecordedUnranked& one : *list) {
            const auto label = label_of(one.offering);
            if (!label.ok()) return label.status();
            if (*label == nullptr) continue;
            LabelCounts& those = counts[**label];
            ++(list == &ranking.excluded ? those.excluded : those.to_confirm);
            CountReasons(one, rulebook, those);
          }
        }
        for (const auto& [label, side] : here) Add(side, whole[label]);
      }
    }
  }
  for (auto& [label, those] : counts) {
    those.label = label;
    result.labels.push_back(std::move(those));
  }
  for (const auto& [label, side] : whole) {
    result.gaps.push_back(GapOf(label, rankings, whole, rulebook));
  }
  return result;
}

}  // namespace aplomb::decision
