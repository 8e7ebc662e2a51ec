// What follows the catalogue as it changes, instead of being made anew, is what would be made anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/digest.h"
#include "catalog/import/directory.h"
#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/record.h"
#include "decision/render.h"
#include "decision/rulebook_compiler.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "service/decision_cache.h"
#include "service/genesis.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

using catalog::v1::Member;
using catalog::v1::Offering;

constexpr int32_t kDay = 20'780;  // 23 November 2026

// The sample catalogue as a snapshot that a test changes.
class SampleWorld {
 public:
  SampleWorld() {
    const absl::StatusOr<GenesisPlan> plan = PlanGenesis(GenesisSource{
        .catalog_directory = "catalog/sample", .rulebook_directory = "catalog/rulebook"});
    EXPECT_OK(plan.status());
    snapshot_.revision = 0;
    for (const catalog::Object& object : plan->objects) {
      if (const auto* member = std::get_if<Member>(&object)) {
        auto entry = std::make_shared<catalog::MemberEntry>();
        entry->member = *member;
        snapshot_.members[member->name()] = entry;
      } else if (const auto* offering = std::get_if<Offering>(&object)) {
        auto entry = std::make_shared<catalog::OfferingEntry>();
        entry->offering = *offering;
        snapshot_.offerings[offering->name()] = entry;
        names_.push_back(offering->name());
      } else if (const auto* rulebook = std::get_if<catalog::v1::Rulebook>(&object)) {
        rulebook_ = decision::CompileRulebook(*rulebook, base::Sha256("rulebook"), nullptr, nullptr)
                        .compiled;
      }
    }
    EXPECT_NE(rulebook_, nullptr);
    snapshot_.index = catalog::MakeSnapshotIndex(snapshot_);
    base::Issues issues;
    profiles_ =
        catalog::ReadCatalog(*catalog::LoadCatalogFiles("catalog/sample"), &issues).profiles;
    Seal();
  }

  const catalog::Snapshot& snapshot() const { return snapshot_; }
  const decision::CompiledRulebook& rulebook() const { return *rulebook_; }
  const std::vector<catalog::SampleProfile>& profiles() const { return profiles_; }
  const std::string& AnyName(std::mt19937& random) const {
    return names_[random() % names_.size()];
  }

  void Put(const Offering& offering) {
    auto entry = std::make_shared<catalog::OfferingEntry>();
    entry->offering = offering;
    auto index = std::make_shared<catalog::SnapshotIndex>(*snapshot_.index);
    catalog::ReplaceOffering(offering.name(), entry, *index, snapshot_);
    snapshot_.index = index;
  }
  void Put(const Member& member) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    entry->member = member;
    auto index = std::make_shared<catalog::SnapshotIndex>(*snapshot_.index);
    catalog::ReplaceMember(member.name(), entry, *index, snapshot_);
    snapshot_.index = index;
  }
  // After changes: a revision of its own.
  void Seal() {
    ++snapshot_.revision;
    snapshot_.state_digest = base::Sha256(absl::StrCat("state ", snapshot_.revision));
  }

  // The decisions about all sample firms, as bytes.
  std::vector<std::string> Decisions(const decision::BlindCatalog& blind) const {
    std::vector<std::string> records;
    for (const catalog::SampleProfile& firm : profiles_) {
      records.push_back(decision::EncodeRecord(Decide(firm, blind)));
    }
    return records;
  }
  decision::DecisionRecord Decide(const catalog::SampleProfile& firm,
                                  const decision::BlindCatalog& blind,
                                  std::vector<decision::CompiledNeed>* compiled = nullptr) const {
    return decision::Decide(InputOf(firm),
                            {.snapshot = snapshot_, .rulebook = *rulebook_, .blind = blind}, {},
                            compiled);
  }
  decision::DecisionInput InputOf(const catalog::SampleProfile& firm) const {
    return {.profile = firm.profile,
            .needs = firm.needs,
            .weights = firm.weights.has_value() ? *firm.weights : no_weights_,
            .as_of_day = kDay};
  }

 private:
  catalog::Snapshot snapshot_;
  std::vector<std::string> names_;
  std::shared_ptr<const decision::CompiledRulebook> rulebook_;
  std::vector<catalog::SampleProfile> profiles_;
  const type::WeightChoice no_weights_;
};

// Something else about an offering, facts of all kinds in turn.
Offering Changed(Offering offering, const Offering& other, std::mt19937& random) {
  switch (random() % 5) {
    case 0:
      *offering.mutable_pricing() = other.pricing();
      break;
    case 1: {
      const std::string name = offering.name();
      const std::string uid = offering.uid();
      offering = other;
      offering.set_name(name);
      offering.set_uid(uid);
      break;
    }
    case 2:
      offering.set_state(random() % 2 == 0 ? Offering::PUBLISHED : Offering::WITHDRAWN);
      break;
    case 3:
      *offering.mutable_portability() = other.portability();
      *offering.mutable_commitment() = other.commitment();
      break;
    default:
      offering.mutable_title()->set_en("Another title");
      break;
  }
  return offering;
}

void ExpectSame(const decision::BlindCatalog& a, const decision::BlindCatalog& b) {
  EXPECT_EQ(a.offering_uids, b.offering_uids);
  EXPECT_EQ(a.group_uids, b.group_uids);
  EXPECT_EQ(a.names, b.names);
  EXPECT_EQ(a.price_days, b.price_days);
  EXPECT_EQ(a.price_states, b.price_states);
  EXPECT_EQ(a.foreign, b.foreign);
  EXPECT_EQ(a.table.modes, b.table.modes);
  EXPECT_EQ(a.table.kinds, b.table.kinds);
  EXPECT_EQ(a.table.groups, b.table.groups);
  EXPECT_EQ(a.table.needs, b.table.needs);
  ASSERT_EQ(a.table.columns.size(), b.table.columns.size());
  for (size_t slot = 0; slot < a.table.columns.size(); ++slot) {
    EXPECT_EQ(a.table.columns[slot].values, b.table.columns[slot].values) << slot;
    EXPECT_EQ(a.table.columns[slot].evidence, b.table.columns[slot].evidence) << slot;
  }
  for (size_t need = 0; need < a.table.candidates.size(); ++need) {
    EXPECT_EQ(a.table.candidates[need].rows, b.table.candidates[need].rows) << need;
  }
}

TEST(DecisionCache, FollowsTheCatalogueAndDecidesAsIfMadeAnew) {
  const unsigned seed = 20261123;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  SampleWorld world;
  DecisionCache cache;
  std::shared_ptr<const decision::BlindCatalog> slow_reader;
  for (int round = 0; round < 12; ++round) {
    for (unsigned change = random() % 4; round > 0 && change < 4; ++change) {
      const Offering& old = world.snapshot().offerings.at(world.AnyName(random))->offering;
      const Offering& other = world.snapshot().offerings.at(world.AnyName(random))->offering;
      world.Put(Changed(old, other, random));
    }
    if (round == 7) {  // of one member nothing is shown any more
      Member member = world.snapshot().members.begin()->second->member;
      member.set_state(Member::SUSPENDED);
      world.Put(member);
    }
    world.Seal();
    const auto followed = cache.Blind(world.snapshot(), world.rulebook(), kDay);
    const decision::BlindCatalog anew =
        decision::Blindfold(world.snapshot(), world.rulebook(), kDay);
    ASSERT_NO_FATAL_FAILURE(ExpectSame(*followed, anew)) << round;
    ASSERT_NE(followed->index, nullptr);
    ASSERT_EQ(world.Decisions(*followed), world.Decisions(anew)) << round;
    ASSERT_EQ(cache.Blind(world.snapshot(), world.rulebook(), kDay), followed) << "kept";
    // Somebody goes on deciding with an older table for a while.
    if (round % 3 == 0) slow_reader = followed;
  }
}

TEST(DecisionCache, LeavesATableAloneThatIsBeingRead) {
  std::mt19937 random(1);
  SampleWorld world;
  DecisionCache cache;
  const catalog::Snapshot first = world.snapshot();
  const auto held = cache.Blind(first, world.rulebook(), kDay);
  const std::vector<std::string> then = world.Decisions(*held);
  for (int round = 0; round < 4; ++round) {
    const std::string name = world.AnyName(random);
    Offering offering = world.snapshot().offerings.at(name)->offering;
    offering.set_state(Offering::WITHDRAWN);
    world.Put(offering);
    world.Seal();
    cache.Blind(world.snapshot(), world.rulebook(), kDay);
  }
  ExpectSame(*held, decision::Blindfold(first, world.rulebook(), kDay));
}

TEST(SnapshotIndex, FollowsTheCatalogue) {
  const unsigned seed = 20261123;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  SampleWorld world;
  for (int round = 0; round < 300; ++round) {
    const Offering& old = world.snapshot().offerings.at(world.AnyName(random))->offering;
    if (round % 10 == 0) {
      auto at = world.snapshot().members.begin();
      std::advance(at, static_cast<int64_t>(random() % world.snapshot().members.size()));
      Member member = at->second->member;
      member.set_state(random() % 2 == 0 ? Member::ACTIVE : Member::SUSPENDED);
      member.set_fictional(random() % 2 == 0);
      member.set_listed_only(random() % 2 == 0);
      world.Put(member);
    } else {
      world.Put(Changed(old, old, random));
    }
    const auto anew = catalog::MakeSnapshotIndex(world.snapshot());
    ASSERT_EQ(world.snapshot().index->counts, anew->counts) << round;
    ASSERT_EQ(world.snapshot().index->offerings_by_uid, anew->offerings_by_uid) << round;
  }
}

// What BASIC leaves out of FULL: every text but the one that says that a catalogue is made up,
// contributions, cost lines, references to laws; of a finding all but rule and code.
void LeaveOutWords(google::protobuf::Message& message) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const bool finding = message.GetDescriptor() == advisor::v1::Finding::descriptor();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const auto* type = field->message_type();
    if (finding ? field->name() != "rule_id" && field->name() != "reason_code"
                : (type == type::LocalizedText::descriptor() && field->name() != "fictional") ||
                      type == advisor::v1::Contribution::descriptor() ||
                      type == advisor::v1::CostLine::descriptor() ||
                      type == advisor::v1::LegalReference::descriptor()) {
      reflection.ClearField(&message, field);
    } else if (type != nullptr && field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        LeaveOutWords(*reflection.MutableRepeatedMessage(&message, field, i));
      }
    } else if (type != nullptr) {
      LeaveOutWords(*reflection.MutableMessage(&message, field));
    }
  }
}

TEST(RenderRecord, BasicIsFullWithoutWords) {
  SampleWorld world;
  const decision::BlindCatalog blind =
      decision::Blindfold(world.snapshot(), world.rulebook(), kDay);
  int reasons = 0;
  int findings = 0;
  for (const catalog::SampleProfile& firm : world.profiles()) {
    const decision::DecisionRecord record = world.Decide(firm, blind);
    advisor::v1::Recommendation full;
    advisor::v1::Recommendation basic;
    ASSERT_OK(decision::RenderRecord(record, world.InputOf(firm), world.snapshot(),
                                     world.rulebook(), full));
    ASSERT_OK(decision::RenderRecord(record, world.InputOf(firm), world.snapshot(),
                                     world.rulebook(), basic, decision::RenderDetail::kBasic));
    LeaveOutWords(full);
    EXPECT_EQ(basic.SerializeAsString(), full.SerializeAsString()) << firm.id;
    for (const auto& result : basic.results()) {
      for (const auto& ranking : result.rankings()) {
        for (const auto& band : ranking.bands()) {
          for (const auto& ranked : band.offerings()) reasons += ranked.strengths_size();
        }
        for (const auto& unranked : ranking.excluded()) findings += unranked.findings_size();
      }
    }
  }
  EXPECT_GT(reasons, 0) << "there is something to compare";
  EXPECT_GT(findings, 0) << "there is something to compare";
}

// A record that was just made is rendered from what its request was compiled to.
TEST(RenderRecord, IsTheSameFromWhatWasCompiledAlready) {
  SampleWorld world;
  const decision::BlindCatalog blind =
      decision::Blindfold(world.snapshot(), world.rulebook(), kDay);
  for (const catalog::SampleProfile& firm : world.profiles()) {
    std::vector<decision::CompiledNeed> compiled;
    const decision::DecisionRecord record = world.Decide(firm, blind, &compiled);
    ASSERT_EQ(compiled.size(), firm.needs.size());
    advisor::v1::Recommendation checked;
    advisor::v1::Recommendation fresh;
    ASSERT_OK(decision::RenderRecord(record, world.InputOf(firm), world.snapshot(),
                                     world.rulebook(), checked));
    ASSERT_OK(decision::RenderRecord(record, world.InputOf(firm), world.snapshot(),
                                     world.rulebook(), fresh, decision::RenderDetail::kFull,
                                     &compiled));
    EXPECT_EQ(fresh.SerializeAsString(), checked.SerializeAsString()) << firm.id;
  }
}

}  // namespace
}  // namespace aplomb::service
