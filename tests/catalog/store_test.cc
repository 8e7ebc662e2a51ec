#include "catalog/store.h"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "audit/log_tree.h"
#include "base/civil_day.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::catalog {
namespace {

using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::TempDir;
using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Uid(uint64_t number) {
  return absl::StrFormat("00000000-0000-4000-8000-%012x", number);
}

v1::Member MakeMember(absl::string_view id, uint64_t uid) {
  v1::Member member;
  member.set_name(absl::StrCat("members/", id));
  member.set_uid(Uid(uid));
  member.set_display_name(absl::StrCat("Member ", id));
  member.set_fictional(true);
  return member;
}

v1::Offering MakeOffering(absl::string_view member, absl::string_view id, uint64_t uid) {
  v1::Offering offering;
  offering.set_name(absl::StrCat("members/", member, "/offerings/", id));
  offering.set_uid(Uid(uid));
  offering.set_state(v1::Offering::PUBLISHED);
  return offering;
}

v1::Rulebook MakeRulebook(absl::string_view id, int32_t year) {
  v1::Rulebook rulebook;
  rulebook.set_rulebook_id(std::string(id));
  rulebook.mutable_valid_from()->set_year(year);
  rulebook.mutable_valid_from()->set_month(1);
  rulebook.mutable_valid_from()->set_day(1);
  return rulebook;
}

v1::LawTable MakeLawTable(absl::string_view id) {
  v1::LawTable table;
  table.add_legal_bases()->set_legal_basis_id(std::string(id));
  return table;
}

// A catalogue with its database and writer.
class TestCatalog {
 public:
  explicit TestCatalog(std::string directory) : directory_(std::move(directory)) { Open(); }
  ~TestCatalog() { Close(); }

  void Open() {
    store_ = std::make_unique<Store>();
    auto database = audit::Database::Open({.directory = directory_,
                                           .column_families = Store::Projection().column_families,
                                           .create_if_missing = true});
    ASSERT_OK(database);
    database_ = *std::move(database);
    ASSERT_OK(store_->Load(*database_));
    auto signer = tlog::Signer::FromSeed("log.test/catalog", tlog::SignatureType::kEd25519,
                                         std::string(tlog::kSeedBytes, 's'));
    ASSERT_OK(signer);
    const tlog::VerifierKey key = signer->key();
    auto tree = audit::LogTree::Open(database_.get(), key, *std::move(signer));
    ASSERT_OK(tree);
    tree_ = *std::move(tree);
    sequencer_ = std::make_unique<audit::Sequencer>(
        database_.get(), tree_.get(), /*keys=*/nullptr,
        std::vector<audit::Projection>{Store::Projection()},
        [this](absl::Span<const audit::LoggedEntry> entries) { store_->Publish(entries); }, &clock_,
        base::Logger::Null());
  }
  void Close() {
    sequencer_.reset();
    tree_.reset();
    store_.reset();
    database_.reset();
  }
  void Reopen() {
    Close();
    Open();
  }

  // The index of the entry.
  absl::StatusOr<int64_t> Do(StageFunction stage) {
    clock_.Advance(absl::Seconds(1));
    auto committed = sequencer_->SubmitAndWait(std::move(stage));
    if (!committed.ok()) return committed.status();
    return committed->index;
  }

  Store& store() { return *store_; }
  audit::Database& database() { return *database_; }
  audit::Sequencer& sequencer() { return *sequencer_; }

 private:
  const std::string directory_;
  base::FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  std::unique_ptr<Store> store_;
  std::unique_ptr<audit::Database> database_;
  std::unique_ptr<audit::LogTree> tree_;
  std::unique_ptr<audit::Sequencer> sequencer_;
};

// "" if the two snapshots say the same, else what differs.
std::string Difference(const Snapshot& a, const Snapshot& b) {
  if (a.revision != b.revision) return absl::StrCat("revision ", a.revision, " ", b.revision);
  if (a.time_us != b.time_us) return "time";
  const auto differ = [](const auto& x, const auto& y, const auto& message) -> std::string {
    if (x.size() != y.size()) return absl::StrCat("sizes ", x.size(), " ", y.size());
    for (auto i = x.begin(), j = y.begin(); i != x.end(); ++i, ++j) {
      if (i->first != j->first || i->second->digest != j->second->digest ||
          i->second->revision != j->second->revision || i->second->time_us != j->second->time_us ||
          i->second->ordinal != j->second->ordinal ||
          !MessageDifferencer::Equals(message(*i->second), message(*j->second))) {
        return absl::StrCat("at ", i->first);
      }
    }
    return "";
  };
  std::string difference = differ(
      a.members, b.members, [](const MemberEntry& e) -> const auto& { return e.member; });
  if (!difference.empty()) return absl::StrCat("members: ", difference);
  difference = differ(
      a.offerings, b.offerings, [](const OfferingEntry& e) -> const auto& { return e.offering; });
  if (!difference.empty()) return absl::StrCat("offerings: ", difference);
  difference = differ(
      a.rulebooks, b.rulebooks, [](const RulebookEntry& e) -> const auto& { return e.rulebook; });
  if (!difference.empty()) return absl::StrCat("rulebooks: ", difference);
  const auto tables_differ = [](const auto& x, const auto& y) {
    return (x == nullptr) != (y == nullptr) ||
           (x != nullptr &&
            (x->revision != y->revision || x->digest != y->digest || x->ordinal != y->ordinal));
  };
  if (tables_differ(a.law_table, b.law_table)) return "law table";
  if (tables_differ(a.rates, b.rates)) return "rates";
  if (a.state_digest != b.state_digest) return "state digest";
  return "";
}

TEST(StoreTest, AnEmptyCatalogueHasASnapshot) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  const auto snapshot = catalog.store().snapshot();
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->revision, -1);
  EXPECT_THAT(snapshot->offerings, IsEmpty());
  EXPECT_EQ(base::ReasonOf(catalog.store().SnapshotAt(0).status()), "REVISION_NOT_FOUND");
}

TEST(StoreTest, WhatWasPutIsInTheNextSnapshotAndNotInTheOneBefore) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  ASSERT_THAT(catalog.Do(PutMember(MakeMember("acme", 1))), IsOkAndHolds(0));
  const auto before = catalog.store().snapshot();
  ASSERT_THAT(catalog.Do(PutOffering(MakeOffering("acme", "shop", 2))), IsOkAndHolds(1));
  const auto after = catalog.store().snapshot();
  EXPECT_THAT(before->offerings, IsEmpty());
  EXPECT_EQ(before->revision, 0);
  ASSERT_EQ(after->offerings.count("members/acme/offerings/shop"), 1U);
  const OfferingEntry& entry = *after->offerings.at("members/acme/offerings/shop");
  EXPECT_EQ(entry.revision, 1);
  EXPECT_EQ(entry.time_us, after->time_us);
  EXPECT_EQ(entry.offering.uid(), Uid(2));
  EXPECT_EQ(after->members.at("members/acme").get(), before->members.at("members/acme").get())
      << "what did not change is shared";
  EXPECT_NE(after->state_digest, before->state_digest);
}

TEST(StoreTest, OutputOnlyFieldsAreNotStored) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  ASSERT_OK(catalog.Do(PutMember(MakeMember("acme", 1))));
  v1::Offering offering = MakeOffering("acme", "shop", 2);
  ASSERT_OK(catalog.Do(PutOffering(offering)));
  const base::Digest digest = catalog.store().snapshot()->offerings.at(offering.name())->digest;
  offering.set_revision(77);
  offering.set_etag("an etag");
  offering.mutable_create_time()->set_seconds(5);
  offering.mutable_update_time()->set_seconds(5);
  ASSERT_OK(catalog.Do(PutOffering(offering)));
  EXPECT_EQ(catalog.store().snapshot()->offerings.at(offering.name())->digest, digest);
}

// ---- What only the state can tell

struct Refusal {
  std::string name;
  StageFunction stage;
  absl::StatusCode code;
  std::string reason;
};

v1::Member Real(v1::Member member) {
  member.set_fictional(false);
  return member;
}

v1::Offering Named(v1::Offering offering, absl::string_view name) {
  offering.set_name(std::string(name));
  return offering;
}

class RefusalTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, HasAReasonAndChangesNothing) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  ASSERT_OK(catalog.Do(PutMember(MakeMember("acme", 1))));
  ASSERT_OK(catalog.Do(PutMember(MakeMember("zeta", 2))));
  ASSERT_OK(catalog.Do(PutOffering(MakeOffering("acme", "shop", 3))));
  ASSERT_OK(catalog.Do(PutRulebook(MakeRulebook("base", 2020))));
  ASSERT_OK(catalog.Do(PutLawTable(MakeLawTable("old"))));
  const auto before = catalog.store().snapshot();
  const absl::Status status = catalog.Do(GetParam().stage).status();
  EXPECT_EQ(status.code(), GetParam().code) << status;
  EXPECT_EQ(base::ReasonOf(status), GetParam().reason) << status;
  EXPECT_EQ(catalog.store().snapshot(), before);
  EXPECT_EQ(catalog.database().entry_count(), 5);
}

const absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
const absl::StatusCode kPrecondition = absl::StatusCode::kFailedPrecondition;
const char kShop[] = "members/acme/offerings/shop";

INSTANTIATE_TEST_SUITE_P(
    All, RefusalTest,
    ::testing::Values(
        // Names.
        Refusal{"MemberWithoutAName", PutMember(v1::Member()), kInvalid, "INVALID_NAME"},
        Refusal{"MemberInCapitals", PutMember(MakeMember("ACME", 9)), kInvalid, "INVALID_NAME"},
        Refusal{"MemberWithAPath", PutMember(MakeMember("a/b", 9)), kInvalid, "INVALID_NAME"},
        Refusal{"OfferingWithoutAName", PutOffering(v1::Offering()), kInvalid, "INVALID_NAME"},
        Refusal{"OfferingOfNoMember", PutOffering(Named(MakeOffering("a", "b", 9), "offerings/b")),
                kInvalid, "INVALID_NAME"},
        Refusal{"OfferingWithANul",
                PutOffering(MakeOffering("acme", absl::string_view("a\0b", 3), 9)), kInvalid,
                "INVALID_NAME"},
        Refusal{"RulebookWithoutAnId", PutRulebook(v1::Rulebook()), kInvalid, "INVALID_NAME"},
        // Members of offerings.
        Refusal{"MemberNotThere", PutOffering(MakeOffering("nobody", "shop", 9)),
                absl::StatusCode::kNotFound, "MEMBER_NOT_FOUND"},
        // Uids.
        Refusal{"NoUid", PutOffering(Named(v1::Offering(), "members/acme/offerings/new")), kInvalid,
                "INVALID_UUID"},
        Refusal{"UidOfAnotherOffering", PutOffering(MakeOffering("acme", "new", 3)),
                absl::StatusCode::kAlreadyExists, "UID_TAKEN"},
        Refusal{"UidOfAMember", PutOffering(MakeOffering("acme", "new", 1)),
                absl::StatusCode::kAlreadyExists, "UID_TAKEN"},
        Refusal{"MemberWithAnothersUid", PutMember(MakeMember("new", 2)),
                absl::StatusCode::kAlreadyExists, "UID_TAKEN"},
        Refusal{"AnotherUidForAnOffering", PutOffering(MakeOffering("acme", "shop", 9)),
                kPrecondition, "UID_CHANGED"},
        Refusal{"AnotherUidForAMember", PutMember(MakeMember("acme", 9)), kPrecondition,
                "UID_CHANGED"},
        // Fiction.
        Refusal{"ARealMemberAmongFictionalOnes", PutMember(Real(MakeMember("real", 9))),
                kPrecondition, "MIXED_FICTIONAL"},
        Refusal{"AMemberBecomesReal", PutMember(Real(MakeMember("acme", 1))), kPrecondition,
                "MIXED_FICTIONAL"},
        // Etags.
        Refusal{"OfferingExistsAlready",
                PutOffering(MakeOffering("acme", "shop", 3), {.expected_etag = ""}),
                absl::StatusCode::kAlreadyExists, "NAME_TAKEN"},
        Refusal{"OfferingHasAnotherEtag",
                PutOffering(MakeOffering("acme", "shop", 3), {.expected_etag = "\"00\""}),
                absl::StatusCode::kAborted, "ETAG_MISMATCH"},
        Refusal{"OfferingIsNotThereToBeReplaced",
                PutOffering(MakeOffering("acme", "new", 9), {.expected_etag = "\"00\""}),
                absl::StatusCode::kNotFound, "OBJECT_NOT_FOUND"},
        Refusal{"MemberHasAnotherEtag",
                PutMember(MakeMember("acme", 1), {.expected_etag = "\"00\""}),
                absl::StatusCode::kAborted, "ETAG_MISMATCH"},
        Refusal{"RulebookHasAnotherEtag",
                PutRulebook(MakeRulebook("base", 2021), {.expected_etag = "\"00\""}),
                absl::StatusCode::kAborted, "ETAG_MISMATCH"},
        Refusal{"LawTableExistsAlready", PutLawTable(MakeLawTable("new"), {.expected_etag = ""}),
                absl::StatusCode::kAlreadyExists, "NAME_TAKEN"}),
    [](const ::testing::TestParamInfo<Refusal>& row) { return row.param.name; });

TEST(StoreTest, OfTwoWritersOfOneEtagOneWins) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  ASSERT_OK(catalog.Do(PutMember(MakeMember("acme", 1))));
  ASSERT_OK(catalog.Do(PutOffering(MakeOffering("acme", "shop", 2))));
  for (int round = 0; round < 20; ++round) {
    const std::string etag = Etag(catalog.store().snapshot()->offerings.at(kShop)->digest);
    std::vector<absl::Status> results(2);
    std::vector<std::thread> writers;
    for (int w = 0; w < 2; ++w) {
      writers.emplace_back([&, w] {
        v1::Offering offering = MakeOffering("acme", "shop", 2);
        offering.mutable_title()->set_fr(absl::StrCat("round ", round, " writer ", w));
        results[static_cast<size_t>(w)] =
            catalog.sequencer()
                .SubmitAndWait(PutOffering(offering, {.expected_etag = etag}))
                .status();
      });
    }
    for (std::thread& writer : writers) writer.join();
    EXPECT_NE(results[0].ok(), results[1].ok()) << results[0] << results[1];
    const absl::Status& loser = results[0].ok() ? results[1] : results[0];
    EXPECT_EQ(base::ReasonOf(loser), "ETAG_MISMATCH");
  }
}

TEST(StoreTest, TheRulebookInForceIsTheNewestWhoseDayHasCome) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  ASSERT_OK(catalog.Do(PutRulebook(MakeRulebook("base", 2024))));
  ASSERT_OK(catalog.Do(PutRulebook(MakeRulebook("base", 2026))));
  ASSERT_OK(catalog.Do(PutRulebook(MakeRulebook("base", 2025))));
  for (int pass = 0; pass < 2; ++pass) {
    const auto snapshot = catalog.store().snapshot();
    struct Row {
      const char* day;
      int64_t revision;  // -1: none
    };
    for (const Row& row : {Row{"2023-12-31", -1}, Row{"2024-01-01", 0}, Row{"2025-01-01", 2},
                           Row{"2026-06-01", 2}}) {
      const RulebookEntry* const active =
          ActiveRulebook(*snapshot, base::ParseDay(row.day).value());
      EXPECT_EQ(active == nullptr ? -1 : active->revision, row.revision) << row.day;
    }
    EXPECT_EQ(FindRulebook(*snapshot, 1)->rulebook.valid_from().year(), 2026);
    EXPECT_EQ(FindRulebook(*snapshot, 7), nullptr);
    catalog.Reopen();
  }
  EXPECT_THAT(catalog.store().ListRevisions("rulebooks/base"), IsOkAndHolds(ElementsAre(2, 1, 0)));
}

TEST(StoreTest, RevisionsOfOneNameAreNotThoseOfALongerOne) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  ASSERT_OK(catalog.Do(PutMember(MakeMember("a", 1))));
  ASSERT_OK(catalog.Do(PutOffering(MakeOffering("a", "shop", 2))));
  ASSERT_OK(catalog.Do(PutOffering(MakeOffering("a", "shop2", 3))));
  ASSERT_OK(catalog.Do(PutOffering(MakeOffering("a", "shop", 2))));
  EXPECT_THAT(catalog.store().ListRevisions("members/a/offerings/shop"),
              IsOkAndHolds(ElementsAre(3, 1)));
  EXPECT_THAT(catalog.store().ListRevisions("members/a/offerings/none"), IsOkAndHolds(IsEmpty()));
  EXPECT_EQ(base::ReasonOf(catalog.store().ListRevisions("nonsense").status()), "INVALID_NAME");
  ASSERT_OK_AND_ASSIGN(const auto old, catalog.store().ReadOffering("members/a/offerings/shop", 1));
  EXPECT_EQ(old->revision, 1);
  for (const int64_t revision : {-1, 0, 2, 4, 1000}) {
    EXPECT_EQ(
        base::ReasonOf(catalog.store().ReadOffering("members/a/offerings/shop", revision).status()),
        "REVISION_NOT_FOUND")
        << revision;
  }
}

TEST(StoreTest, AnObjectAboveTheLimitIsRefused) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  v1::Member member = MakeMember("acme", 1);
  member.set_display_name(std::string(10 << 20, 'x'));
  EXPECT_EQ(base::ReasonOf(catalog.Do(PutMember(member)).status()), "TOO_LARGE");
  // A large one is chunked, and comes back.
  member.set_display_name(std::string(1 << 20, 'x'));
  ASSERT_OK(catalog.Do(PutMember(member)));
  catalog.Reopen();
  EXPECT_EQ(catalog.store().snapshot()->members.at("members/acme")->member.display_name().size(),
            size_t{1} << 20);
}

// ---- The model: the whole state as plain maps, and a copy of it after every change.

struct Model {
  std::map<std::string, v1::Member> members;
  std::map<std::string, v1::Offering> offerings;
  std::map<int64_t, v1::Rulebook> rulebooks;
  std::optional<v1::LawTable> law_table;
};

std::string DifferenceFromModel(const Snapshot& snapshot, const Model& model) {
  if (snapshot.members.size() != model.members.size()) return "number of members";
  for (const auto& [name, member] : model.members) {
    const auto found = snapshot.members.find(name);
    if (found == snapshot.members.end() ||
        !MessageDifferencer::Equals(found->second->member, member)) {
      return name;
    }
  }
  if (snapshot.offerings.size() != model.offerings.size()) return "number of offerings";
  for (const auto& [name, offering] : model.offerings) {
    const auto found = snapshot.offerings.find(name);
    if (found == snapshot.offerings.end() ||
        !MessageDifferencer::Equals(found->second->offering, offering)) {
      return name;
    }
  }
  if (snapshot.rulebooks.size() != model.rulebooks.size()) return "number of rulebooks";
  for (const auto& [revision, rulebook] : model.rulebooks) {
    const RulebookEntry* const found = FindRulebook(snapshot, revision);
    if (found == nullptr || !MessageDifferencer::Equals(found->rulebook, rulebook)) {
      return absl::StrCat("rulebook ", revision);
    }
  }
  if (model.law_table.has_value() != (snapshot.law_table != nullptr)) return "law table is there";
  if (model.law_table.has_value() &&
      !MessageDifferencer::Equals(snapshot.law_table->table, *model.law_table)) {
    return "law table";
  }
  return "";
}

TEST(StoreModelTest, TenThousandRandomStepsAgreeWithMaps) {
  const uint64_t seed = 20260301;
  std::mt19937_64 random(seed);
  TempDir dir;
  TestCatalog catalog(dir.Path("live"));
  Model model;
  std::map<int64_t, Model> history;  // by revision; a sample, for memory
  int accepted = 0;
  for (int step = 0; step < 10'000; ++step) {
    SCOPED_TRACE(absl::StrCat("seed ", seed, " step ", step));
    const uint64_t m = random() % 8;
    const uint64_t o = random() % 6;
    const std::string member_id = absl::StrCat("m", m);
    Model next = model;
    StageFunction stage;
    bool allowed = true;
    switch (random() % 20) {
      case 0:
      case 1: {
        v1::Member member = MakeMember(member_id, m);
        member.set_display_name(absl::StrCat("step ", step));
        next.members[member.name()] = member;
        stage = PutMember(member);
        break;
      }
      case 2: {
        v1::Rulebook rulebook = MakeRulebook(random() % 2 == 0 ? "base" : "other", 2020);
        rulebook.set_price_max_age_days(step);
        stage = PutRulebook(rulebook);
        next.rulebooks[catalog.database().entry_count()] = rulebook;
        // Few, or the snapshots of the model grow without end.
        if (model.rulebooks.size() >= 20) {
          next = model;
          stage = PutRulebook(rulebook, {.expected_etag = "\"never\""});
          allowed = false;
        }
        break;
      }
      case 3: {
        const v1::LawTable table = MakeLawTable(absl::StrCat("law_", step));
        next.law_table = table;
        stage = PutLawTable(table);
        break;
      }
      default: {
        v1::Offering offering = MakeOffering(member_id, absl::StrCat("o", o), 100 + 10 * m + o);
        offering.mutable_title()->set_fr(std::string(random() % 200, 'x'));
        offering.mutable_title()->set_en(absl::StrCat("step ", step));
        next.offerings[offering.name()] = offering;
        PutOptions options;
        const auto current = catalog.store().snapshot()->offerings.find(offering.name());
        const bool exists = model.offerings.count(offering.name()) == 1;
        switch (random() % 5) {
          case 0:
            options.expected_etag = "";
            allowed = !exists;
            break;
          case 1:
            options.expected_etag = exists ? Etag(current->second->digest) : "\"none\"";
            allowed = exists;
            break;
          case 2:
            options.expected_etag = "\"stale\"";
            allowed = false;
            break;
          default:
            break;
        }
        allowed = allowed && model.members.count(absl::StrCat("members/", member_id)) == 1;
        stage = PutOffering(offering, options);
        break;
      }
    }
    const absl::StatusOr<int64_t> index = catalog.Do(stage);
    ASSERT_EQ(index.ok(), allowed) << index.status();
    if (allowed) {
      ++accepted;
      model = std::move(next);
      ASSERT_EQ(catalog.store().snapshot()->revision, *index);
      if (random() % 50 == 0) history[*index] = model;
    }
    if (step % 100 == 99) {
      const auto before = catalog.store().snapshot();
      ASSERT_EQ(DifferenceFromModel(*before, model), "");
      catalog.Reopen();
      ASSERT_EQ(Difference(*before, *catalog.store().snapshot()), "");
    }
    if (step % 97 == 0 && !history.empty()) {
      auto past = history.begin();
      std::advance(past, static_cast<int64_t>(random() % history.size()));
      ASSERT_OK_AND_ASSIGN(const auto snapshot, catalog.store().SnapshotAt(past->first));
      ASSERT_EQ(snapshot->revision, past->first);
      ASSERT_EQ(DifferenceFromModel(*snapshot, past->second), "") << "at " << past->first;
    }
  }
  EXPECT_GT(accepted, 5'000);

  // The same Project over all entries gives the same bytes, and loads to the same snapshot.
  ASSERT_OK_AND_ASSIGN(
      auto rebuilt, audit::Database::Open({.directory = dir.Path("rebuilt"),
                                           .column_families = Store::Projection().column_families,
                                           .create_if_missing = true}));
  ASSERT_OK(audit::Rebuild(catalog.database(), {Store::Projection()}, rebuilt.get()));
  ASSERT_OK(audit::CompareFamilies(catalog.database(), *rebuilt));
  Store store;
  ASSERT_OK(store.Load(*rebuilt));
  EXPECT_EQ(Difference(*store.snapshot(), *catalog.store().snapshot()), "");
}

TEST(StoreTest, APastSnapshotIsTheOneThatWasPublishedThen) {
  const uint64_t seed = 5;
  std::mt19937_64 random(seed);
  TempDir dir;
  TestCatalog catalog(dir.path());
  std::vector<std::shared_ptr<const Snapshot>> published;
  for (uint64_t i = 0; i < 60; ++i) {
    const uint64_t m = random() % 4;
    v1::Member member = MakeMember(absl::StrCat("m", m), m);
    member.set_display_name(absl::StrCat(i));
    ASSERT_OK(catalog.Do(i % 7 == 3 ? PutRulebook(MakeRulebook("base", 2000 + static_cast<int>(i)))
                         : i % 7 == 5 ? PutLawTable(MakeLawTable(absl::StrCat("law_", i)))
                                      : PutMember(member)));
    published.push_back(catalog.store().snapshot());
  }
  catalog.Reopen();
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t i = 0; i < published.size(); ++i) {
      const size_t at = (i * 37) % published.size();
      ASSERT_OK_AND_ASSIGN(const auto past, catalog.store().SnapshotAt(static_cast<int64_t>(at)));
      EXPECT_EQ(Difference(*past, *published[at]), "") << "seed " << seed << " revision " << at;
    }
  }
}

// ---- Genesis

TEST(ImportTest, TenThousandOfferingsTakeFewSyncsAndLoadAgain) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  std::vector<Object> objects;
  for (uint64_t m = 0; m < 100; ++m) {
    objects.emplace_back(MakeMember(absl::StrCat("m", m), m));
    for (uint64_t o = 0; o < 100; ++o) {
      v1::Offering offering =
          MakeOffering(absl::StrCat("m", m), absl::StrCat("o", o), 1000 + 100 * m + o);
      offering.mutable_long_description()->set_fr(std::string(3000, 'x'));
      objects.emplace_back(offering);
    }
  }
  objects.emplace_back(MakeRulebook("base", 2026));
  objects.emplace_back(MakeLawTable("law"));
  std::vector<size_t> progress;
  const base::SystemClock* const clock = base::SystemClock::Get();
  const int64_t start = clock->MonotonicNanos();
  const size_t total = objects.size();
  ASSERT_OK(Import(catalog.sequencer(), objects, [&](size_t done, size_t all) {
    EXPECT_EQ(all, total);
    progress.push_back(done);
  }));
  const int64_t imported = clock->MonotonicNanos();
  EXPECT_EQ(progress.size(), (total + kImportObjectsPerCommand - 1) / kImportObjectsPerCommand);
  EXPECT_EQ(progress.back(), total);
  const auto before = catalog.store().snapshot();
  EXPECT_EQ(before->offerings.size(), 10'000U);
  catalog.Close();
  const int64_t closed = clock->MonotonicNanos();
  catalog.Open();
  const int64_t opened = clock->MonotonicNanos();
  EXPECT_EQ(Difference(*before, *catalog.store().snapshot()), "");
  RecordProperty("import_ms", static_cast<int>((imported - start) / 1'000'000));
  RecordProperty("open_ms", static_cast<int>((opened - closed) / 1'000'000));
}

TEST(ImportTest, TheFirstErrorNamesTheObjectAndItsBatchLeavesNothing) {
  TempDir dir;
  TestCatalog catalog(dir.path());
  std::vector<Object> objects;
  objects.emplace_back(MakeMember("a", 1));
  objects.emplace_back(MakeOffering("a", "one", 2));
  objects.emplace_back(MakeOffering("b", "two", 3));
  const absl::Status status = Import(catalog.sequencer(), objects, {});
  EXPECT_EQ(base::ReasonOf(status), "MEMBER_NOT_FOUND");
  EXPECT_THAT(std::string(status.message()), HasSubstr("object 3"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("members/b/offerings/two"));
  EXPECT_EQ(catalog.database().entry_count(), 0);
}

}  // namespace
}  // namespace aplomb::catalog
