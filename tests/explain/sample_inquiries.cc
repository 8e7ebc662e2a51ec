#include "tests/explain/sample_inquiries.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/issue.h"
#include "catalog/import/directory.h"
#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/explain/shapes.h"
#include "decision/profile_reading.h"
#include "decision/request.h"
#include "decision/rulebook_compiler.h"

namespace aplomb::explain {
namespace {

constexpr int32_t kSampleDay = 20'780;  // 2026-11-23

template <typename Table>
std::shared_ptr<const catalog::TableEntry<Table>> EntryOf(const Table& table) {
  auto entry = std::make_shared<catalog::TableEntry<Table>>();
  entry->table = table;
  return entry;
}

catalog::Snapshot SnapshotOf(const catalog::CatalogSource& source) {
  catalog::Snapshot snapshot;
  for (const auto& member : source.members) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    entry->member = member;
    snapshot.members.emplace(member.name(), std::move(entry));
  }
  for (const auto& offering : source.offerings) {
    auto entry = std::make_shared<catalog::OfferingEntry>();
    entry->offering = offering;
    snapshot.offerings.emplace(offering.name(), std::move(entry));
  }
  snapshot.law_table = EntryOf(source.law_table);
  snapshot.rates = EntryOf(source.exchange_rates);
  return snapshot;
}

}  // namespace

const SampleInquiries& SampleInquiries::Get() {
  static const SampleInquiries* const inquiries = new SampleInquiries;
  return *inquiries;
}

SampleInquiries::SampleInquiries() {
  const auto rules = decision::ReadRulebook("catalog/rulebook");
  CHECK(rules.ok()) << "run in the root of the source tree: " << rules.status().ToString();
  rulebook_ = decision::CompileRulebook(rules->rulebook, base::Sha256("rulebook"), nullptr, &*rules)
                  .compiled;
  CHECK(rulebook_ != nullptr) << "the rulebook of the tree compiles";
  const auto files = catalog::LoadCatalogFiles("catalog/sample");
  CHECK(files.ok()) << files.status().ToString();
  base::Issues issues;
  const catalog::CatalogSource source = catalog::ReadCatalog(*files, &issues);
  CHECK(issues.empty()) << issues.ToString();
  snapshot_ = SnapshotOf(source);
  blind_ = decision::Blindfold(snapshot_, *rulebook_, kSampleDay);
  shapes_ = ShapesOf(*rulebook_);
  mandatory_ = MandatoryConstraints(*rulebook_);
  for (const catalog::SampleProfile& profile : source.profiles) {
    const type::WeightChoice weights = profile.weights.value_or(type::WeightChoice());
    const decision::DecisionInput input = {.profile = profile.profile,
                                           .needs = profile.needs,
                                           .weights = weights,
                                           .as_of_day = kSampleDay};
    firms_.push_back({profile.profile, profile.needs, weights, kSampleDay});
    const decision::PriorityOrder stated = decision::PriorityOrderOf(weights, *rulebook_);
    const auto compiled = decision::CompileRequest(input, *rulebook_);
    for (const decision::CompiledNeed& need : compiled) {
      for (const auto mode :
           {engine::DeliveryMode::kDoItYourself, engine::DeliveryMode::kHaveItDone}) {
        const size_t m = static_cast<size_t>(mode) - 1;
        SampleInquiry sample{
            .label = absl::StrCat(profile.id, " ", rulebook_->source.needs(need.need).need_id(),
                                  " ", m + 1),
            .request = need.requests[m],
            .mode = mode,
            .order = {.method = stated.method, .tier_of_group = stated.tier_of_group}};
        sample.ranking = RankWithoutLot(Of(sample));
        const engine::Ranking& r = sample.ranking;
        if (r.ranked.empty() && r.to_confirm.empty() && r.excluded.empty()) continue;
        all_.push_back(std::move(sample));
      }
    }
  }
}

}  // namespace aplomb::explain
