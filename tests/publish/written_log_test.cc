// The log that the sequencer writes, exported and served while it grows, is one that the outsider's
// verifier accepts; and what is altered on its way is found.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/erasure.h"
#include "audit/log.h"
#include "audit/publish/files.h"
#include "audit/sequencer.h"
#include "audit/tie_secrets.h"
#include "audit/verify/http_source.h"
#include "audit/verify/verify.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/http_edge.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"
#include "tests/verify/make_log.h"

namespace aplomb::verify {
namespace {

using ::aplomb::testing::StatusIs;
using audit::EntryType;
using audit::StageContext;

// 2026-03-01 10:00 in Paris.
constexpr int64_t kNowS = 1'772'355'600;
constexpr base::DayNumber kToday = 20'513;

// A log whose entries have no effects.
class WrittenLog {
 public:
  explicit WrittenLog(const std::string& directory) {
    log_ = *audit::Log::Open(Options(directory));
    sequencer_ = std::make_unique<audit::Sequencer>(
        &log_->database(), &log_->tree(), &log_->keys(),
        std::vector<audit::Projection>{
            {.types = {EntryType::kMember, EntryType::kOffering, EntryType::kRulebook,
                       EntryType::kEngagement, EntryType::kDecision, EntryType::kChoice},
             .project = [](const audit::LoggedEntry&,
                           audit::Overlay&) { return absl::OkStatus(); }}},
        audit::PublishHook(), &clock_, base::Logger::Null());
  }
  static audit::LogOptions Options(const std::string& directory) {
    audit::LogOptions options;
    options.directory = directory;
    options.create_if_missing = true;
    options.origin = "log.example/written";
    return options;
  }

  int64_t Append(EntryType type, const std::string& body,
                 const std::vector<audit::TierSections>& tiers = {}) {
    int64_t index = -1;
    EXPECT_OK(sequencer_->SubmitAndWait([&](StageContext& context) -> absl::Status {
      const auto appended = context.Append(type, body, tiers);
      if (appended.ok()) index = *appended;
      return appended.status();
    }));
    return index;
  }
  void OpenEpoch(base::DayNumber day) {
    EXPECT_OK(audit::EnsureEpoch(*sequencer_, log_->database(), day, &random_));
  }
  // Two members, three offerings, a rulebook in three chunks, an engagement with sections.
  DecisionSpec AppendWorld() {
    OpenEpoch(kToday);
    std::vector<std::pair<std::string, std::string>> objects;
    const auto add = [&](EntryType type, const std::string& name, const std::string& message) {
      objects.emplace_back(name, message);
      return Append(type, NamedBody(name, message));
    };
    const std::string rules(150'000, 'r');
    DecisionSpec decision;
    decision.rulebook_revision = add(EntryType::kRulebook, "rulebooks/main", rules);
    add(EntryType::kMember, "members/acme", "acme");
    add(EntryType::kOffering, "members/acme/offerings/shop", OfferingMessage(0xa1));
    add(EntryType::kOffering, "members/acme/offerings/till", OfferingMessage(0xb1));
    decision.catalogue_revision = add(EntryType::kOffering, "members/acme/offerings/shop",
                                      OfferingMessage(0xa1) + "\x18\x01");
    // The shop was changed: it keeps its place.
    objects[2].second = objects.back().second;
    objects.pop_back();
    decision.rulebook = base::Sha256(rules);
    decision.catalogue = SlowStateDigest(objects);
    decision.ranked = 2;
    decision.places = {{.offering = 0xb1, .rank = 1, .score = 8}, {.offering = 0xa1, .rank = 2}};
    engagement_ = Append(EntryType::kEngagement, EngagementBodyBytes("e1", "2026-03-01", Filled(5)),
                         {{.tier = 2, .values = {"siren"}}});
    decision.recommendations = 0;
    return decision;
  }
  int64_t Decide(DecisionSpec& decision) {
    ++decision.recommendations;
    decision.recommendation = absl::StrCat("r", decision.recommendations);
    return Append(EntryType::kDecision, DecisionBodyBytes(decision),
                  {{.tier = 1, .values = {"record"}}, {.tier = 2, .values = {"request", "a=b"}}});
  }

  audit::Log& log() { return *log_; }
  audit::Sequencer& sequencer() { return *sequencer_; }
  base::FakeClock& clock() { return clock_; }
  int64_t engagement() const { return engagement_; }
  tlog::Policy policy() {
    return *tlog::ParsePolicy(
        absl::StrCat("log ", log_->tree().log_key().ToString(), "\nquorum none\n"));
  }

 private:
  base::FakeClock clock_{absl::FromUnixSeconds(kNowS)};
  base::FakeRandom random_{7};
  std::unique_ptr<audit::Log> log_;
  std::unique_ptr<audit::Sequencer> sequencer_;
  int64_t engagement_ = -1;
};

void ExpectSound(const Report& report) {
  EXPECT_EQ(report.verdict(), Verdict::kConsistent) << FormatText(report, Language::kEnglish);
}

TEST(WrittenLogTest, VerifiesThroughEveryKindOfEntry) {
  const testing::TempDir dir;
  WrittenLog written(dir.path());
  DecisionSpec decision = written.AppendWorld();
  int64_t first = -1;
  for (int i = 0; i < 300; ++i) {
    const int64_t index = written.Decide(decision);
    if (i == 0) first = index;
  }
  const std::string old = *written.log().tree().SignedCheckpoint();
  written.Append(EntryType::kChoice, ChoiceBodyBytes("r1", static_cast<uint64_t>(first), 1, 0xb1));
  ASSERT_OK(audit::EraseSections(
      written.sequencer(), written.log().database(), written.log().keys(),
      {.ground = audit::ErasureGround::kRequest,
       .tiers = {{.index = written.engagement(), .tier = 2}, {.index = first, .tier = 2}}}));
  // The next day reveals the secret of this one.
  written.clock().Advance(absl::Hours(24));
  written.OpenEpoch(kToday + 1);
  written.Decide(decision);

  ASSERT_OK_AND_ASSIGN(const publish::Exported exported,
                       publish::Export(written.log().tree(), dir.Path("out")));
  EXPECT_EQ(exported.size, written.log().tree().size());
  ASSERT_OK_AND_ASSIGN(const tlog::Receipt receipt,
                       written.log().tree().FirstReceipt(static_cast<uint64_t>(first)));
  LogInput input{.old_checkpoints = {{"old", old}}, .receipts = {}};
  input.receipts.push_back({.label = "receipt", .text = tlog::FormatReceipt(receipt)});
  const Report report = VerifyLog(DirectorySource(dir.Path("out")), written.policy(), input);
  ExpectSound(report);
  EXPECT_EQ(report.receipts, 1U);
  EXPECT_EQ(report.old_checkpoints, 2U);
  EXPECT_EQ(report.counts.at("CHUNK"), 3U);
  EXPECT_EQ(report.counts.at("DECISION"), 301U);
  EXPECT_EQ(report.counts.at("EPOCH_CLOSE"), 1U);
  EXPECT_EQ(report.counts.at("sections erased (tiers)"), 2U);
}

TEST(WrittenLogTest, IsServedAndExportedWhileItGrows) {
  const testing::TempDir dir;
  WrittenLog written(dir.path());
  DecisionSpec decision = written.AppendWorld();
  ASSERT_OK_AND_ASSIGN(const auto server, service::HttpServer::Start(
                                              {}, service::LogFilesHandler(&written.log().tree(),
                                                                           base::Logger::Null())));
  ASSERT_OK_AND_ASSIGN(const HttpSource source,
                       HttpSource::Parse(absl::StrCat("http://127.0.0.1:", server->port())));
  std::thread writer([&] {
    for (int i = 0; i < 600; ++i) written.Decide(decision);
  });
  uint64_t size = 0;
  for (int i = 0; i < 5; ++i) {
    const Report report = VerifyLog(source, written.policy(), {});
    ExpectSound(report);
    EXPECT_GE(report.size, size);
    size = report.size;
    EXPECT_OK(publish::Export(written.log().tree(), dir.Path("out")));
    ExpectSound(VerifyLog(DirectorySource(dir.Path("out")), written.policy(), {}));
  }
  writer.join();
}

TEST(WrittenLogTest, IsExportedFromADirectoryThatNobodyHasOpen) {
  const testing::TempDir dir;
  auto written = std::make_unique<WrittenLog>(dir.path());
  DecisionSpec decision = written->AppendWorld();
  written->Decide(decision);
  const tlog::Policy policy = written->policy();
  audit::LogOptions options = WrittenLog::Options(dir.path());
  options.create_if_missing = false;
  options.read_only = true;
  EXPECT_THAT(audit::Log::Open(options), StatusIs(absl::StatusCode::kFailedPrecondition))
      << "one process at a time";
  written.reset();
  const auto reading = audit::Log::Open(options);
  ASSERT_OK(reading.status());
  ASSERT_OK(publish::Export((*reading)->tree(), dir.Path("out")));
  ExpectSound(VerifyLog(DirectorySource(dir.Path("out")), policy, {}));
}

TEST(WrittenLogTest, TheOperatorsLieIsFoundByItsEntry) {
  const testing::TempDir dir;
  WrittenLog written(dir.path());
  DecisionSpec decision = written.AppendWorld();
  decision.places[1].score = 9;
  const int64_t lie = written.Decide(decision);
  ASSERT_OK(publish::Export(written.log().tree(), dir.Path("out")));
  const Report report = VerifyLog(DirectorySource(dir.Path("out")), written.policy(), {});
  EXPECT_EQ(report.verdict(), Verdict::kFindings);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].reason, "SCORE_BELOW_LOWER_RANK");
  EXPECT_EQ(report.findings[0].index, static_cast<uint64_t>(lie));
}

}  // namespace
}  // namespace aplomb::verify
