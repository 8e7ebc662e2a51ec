#include "audit/tie_secrets.h"

#include <string>
#include <vector>

#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

using ::aplomb::testing::AppendBody;
using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::StatusIs;
using ::aplomb::testing::TempDir;
using ::aplomb::testing::TestLog;

base::DayNumber Day(absl::string_view text) { return base::ParseDay(text).value(); }

// All EPOCH entries before `end`.
std::vector<EpochCommitment> Commitments(const Database& database, int64_t end) {
  std::vector<EpochCommitment> commitments;
  EXPECT_OK(database.ForEachEntry(0, [&](const LoggedEntry& entry) -> absl::Status {
    if (entry.type != EntryType::kEpoch || entry.index >= end) return absl::OkStatus();
    const auto commitment = DecodeEpochCommitment(entry.body);
    if (!commitment.ok()) return commitment.status();
    commitments.push_back(*commitment);
    return absl::OkStatus();
  }));
  return commitments;
}

TEST(TieSecretsTest, TheCommitmentStandsInTheLogBeforeTheFirstUse) {
  TempDir dir;
  TestLog log(dir.path());
  TieSecrets secrets;
  ASSERT_OK_AND_ASSIGN(const Committed engagement,
                       log.sequencer().SubmitAndWait([&](StageContext& context) -> absl::Status {
                         const auto drawn = EnsureEpoch(context, Day("2026-03-01"), &log.random());
                         if (!drawn.ok()) return drawn.status();
                         secrets = *drawn;
                         return context.Append(EntryType::kDecision, "first use").status();
                       }));
  EXPECT_EQ(secrets.epoch, "2026-03-01");
  const std::vector<EpochCommitment> commitments = Commitments(log.database(), engagement.index);
  ASSERT_EQ(commitments.size(), 2U);
  EXPECT_EQ(commitments[0].label, "2026");
  EXPECT_EQ(commitments[0].commitment,
            CommitSecret(EpochCommitment::Kind::kYear, "2026", secrets.subject_key));
  EXPECT_EQ(commitments[1].label, "2026-03-01");
  EXPECT_EQ(commitments[1].commitment,
            CommitSecret(EpochCommitment::Kind::kDay, "2026-03-01", secrets.secret));
}

TEST(TieSecretsTest, ASecretIsDrawnOnceAndSurvivesARestart) {
  TempDir dir;
  TieSecrets first;
  {
    TestLog log(dir.path());
    EXPECT_EQ(base::ReasonOf(ReadTieSecrets(log.database(), Day("2026-03-01")).status()),
              "TIE_SECRET_NOT_FOUND");
    ASSERT_OK_AND_ASSIGN(
        first, EnsureEpoch(log.sequencer(), log.database(), Day("2026-03-01"), &log.random()));
    ASSERT_OK_AND_ASSIGN(const TieSecrets next_day, EnsureEpoch(log.sequencer(), log.database(),
                                                                Day("2026-03-02"), &log.random()));
    EXPECT_NE(next_day.secret, first.secret);
    EXPECT_EQ(next_day.subject_key, first.subject_key) << "one key per year";
    ASSERT_OK_AND_ASSIGN(const TieSecrets next_year, EnsureEpoch(log.sequencer(), log.database(),
                                                                 Day("2027-01-01"), &log.random()));
    EXPECT_NE(next_year.subject_key, first.subject_key);
  }
  TestLog log(dir.path());
  const int64_t size = log.database().entry_count();
  // Three days and two years committed; two days and a year closed since.
  EXPECT_EQ(size, 8);
  ASSERT_OK_AND_ASSIGN(const TieSecrets again, EnsureEpoch(log.sequencer(), log.database(),
                                                           Day("2026-03-01"), &log.random()));
  EXPECT_EQ(again.secret, first.secret);
  EXPECT_EQ(again.subject_key, first.subject_key);
  // Inside a command that has nothing else to do, too.
  ASSERT_OK_AND_ASSIGN(const Committed nothing,
                       log.sequencer().SubmitAndWait([&](StageContext& context) {
                         return EnsureEpoch(context, Day("2026-03-01"), &log.random()).status();
                       }));
  EXPECT_EQ(nothing.index, -1);
  EXPECT_EQ(log.database().entry_count(), size);
}

TEST(TieSecretsTest, AFailedCommandKeepsNoSecret) {
  TempDir dir;
  TestLog log(dir.path());
  EXPECT_THAT(log.sequencer().SubmitAndWait([&](StageContext& context) -> absl::Status {
    EXPECT_OK(EnsureEpoch(context, Day("2026-03-01"), &log.random()));
    return absl::AbortedError("no");
  }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(log.database().entry_count(), 0);
  EXPECT_THAT(ReadTieSecrets(log.database(), Day("2026-03-01")),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(TieSecretsTest, CommitmentsAreEncodedStrictly) {
  const EpochCommitment commitment{.kind = EpochCommitment::Kind::kDay, .label = "2026-03-01"};
  const std::string bytes = EncodeEpochCommitment(commitment);
  EXPECT_THAT(DecodeEpochCommitment(bytes), IsOkAndHolds(commitment));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeEpochCommitment(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(DecodeEpochCommitment(bytes + "x").ok());
  EXPECT_FALSE(DecodeEpochCommitment("\3" + bytes.substr(1)).ok());
}

}  // namespace
}  // namespace aplomb::audit
