#include "audit/witness/witness.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"
#include "tests/verify/make_log.h"

namespace aplomb::witness {
namespace {

using ::aplomb::testing::StatusIs;
using ::aplomb::verify::LogMaker;
using ::testing::HasSubstr;

tlog::Signer OwnKey() {
  return verify::TestSigner("witness.example/own", tlog::SignatureType::kCosignature, 77);
}

class WitnessTest : public ::testing::Test {
 protected:
  WitnessTest() {
    verify::FillWithWorld(log_, 60);
    Start();
  }
  void Start() {
    witness_.reset();
    absl::StatusOr<std::unique_ptr<Witness>> opened =
        Witness::Open({.signer = OwnKey(),
                       .logs = {log_.log_signer.key()},
                       .state_directory = dir_.path(),
                       .clock = &clock_});
    ASSERT_OK(opened.status());
    witness_ = *std::move(opened);
  }

  // The honest request.
  std::string Request(uint64_t old_size, uint64_t size) const {
    return tlog::FormatWitnessRequest({.old_size = old_size,
                                       .proof = Proof(old_size, size),
                                       .checkpoint = log_.CheckpointAt(size)});
  }
  std::vector<tlog::Hash> Proof(uint64_t old_size, uint64_t size) const {
    if (old_size == 0) return {};
    std::vector<tlog::Hash> leaves;
    for (const std::string& entry : log_.entries) leaves.push_back(tlog::LeafHash(entry));
    const auto node = [&](tlog::Node at) -> absl::StatusOr<tlog::Hash> {
      tlog::Frontier part;
      for (uint64_t i = at.index << at.level; i < (at.index + 1) << at.level; ++i) {
        part.Append(leaves[i], [](tlog::Node, const tlog::Hash&) {});
      }
      return part.Root();
    };
    return *tlog::ProveConsistency(old_size, size, node);
  }
  std::string Signed(uint64_t size, const tlog::Hash& root) const {
    return tlog::SignCheckpoint({.origin = log_.log_signer.key().name, .size = size, .root = root},
                                log_.log_signer);
  }
  std::string StatePath() const {
    return dir_.Path(base::HexEncode(base::Sha256(log_.log_signer.key().name)));
  }

  const testing::TempDir dir_;
  base::FakeClock clock_{absl::FromUnixSeconds(1'772'360'000)};
  LogMaker log_;
  std::unique_ptr<Witness> witness_;
};

TEST_F(WitnessTest, CosignsWhatGrows) {
  uint64_t old_size = 0;
  for (const uint64_t size : {1, 2, 2, 31, 32, 33, 60}) {
    clock_.Advance(absl::Seconds(1));
    const Answer answer = witness_->AddCheckpoint(Request(old_size, size));
    ASSERT_EQ(answer.status, 200) << answer.body;
    // The line completes the note, and says when.
    const auto note = tlog::ParseNote(absl::StrCat(log_.CheckpointAt(size), answer.body));
    ASSERT_OK(note.status());
    const auto verified = tlog::VerifyNote(*note, {log_.log_signer.key(), OwnKey().key()});
    ASSERT_OK(verified.status());
    ASSERT_EQ(verified->size(), 2U);
    EXPECT_EQ((*verified)[1].time_s, static_cast<uint64_t>(absl::ToUnixSeconds(clock_.Now())));
    old_size = size;
  }
}

TEST_F(WitnessTest, AnEmptyTreeIsCosignedAndStaysOldSizeZero) {
  EXPECT_EQ(witness_->AddCheckpoint(Request(0, 0)).status, 200);
  EXPECT_EQ(witness_->AddCheckpoint(Request(0, 5)).status, 200);
}

TEST_F(WitnessTest, ShowsWhatItSignedLast) {
  const std::string hash = base::HexEncode(base::Sha256(log_.log_signer.key().name));
  EXPECT_EQ(witness_->LatestCheckpoint(hash).status, 404);
  const Answer answer = witness_->AddCheckpoint(Request(0, 7));
  EXPECT_EQ(witness_->LatestCheckpoint(hash).body, absl::StrCat(log_.CheckpointAt(7), answer.body));
  EXPECT_EQ(witness_->LatestCheckpoint("..").status, 404);
  EXPECT_EQ(witness_->LatestCheckpoint("").status, 404);
}

TEST_F(WitnessTest, SignaturesOfStrangersAreNotPassedOn) {
  const std::string note = log_.CosignedAt(7, 2, 1);
  ASSERT_EQ(witness_
                ->AddCheckpoint(
                    tlog::FormatWitnessRequest({.old_size = 0, .proof = {}, .checkpoint = note}))
                .status,
            200);
  const std::string hash = base::HexEncode(base::Sha256(log_.log_signer.key().name));
  EXPECT_FALSE(absl::StrContains(witness_->LatestCheckpoint(hash).body, "witness.example/w1"));
}

// --- The table of the protocol, after a checkpoint of 20 entries was cosigned
// ---------------------

TEST_F(WitnessTest, AnswersAsTheTableSays) {
  const tlog::Hash zero = {};
  LogMaker other;
  verify::FillWithWorld(other, 19);
  for (int i = 0; i < 30; ++i) other.AppendRaw("another history");
  const auto request = [](uint64_t old_size, std::vector<tlog::Hash> proof, std::string note) {
    return tlog::FormatWitnessRequest(
        {.old_size = old_size, .proof = std::move(proof), .checkpoint = std::move(note)});
  };
  std::vector<tlog::Hash> flipped = Proof(20, 33);
  flipped[0][0] ^= 1;
  std::vector<tlog::Hash> longer = Proof(20, 33);
  longer.push_back(zero);
  const auto stranger = verify::TestSigner("log.example/other", tlog::SignatureType::kEd25519, 5);
  const auto impostor =
      verify::TestSigner(log_.log_signer.key().name, tlog::SignatureType::kEd25519, 5);
  const tlog::Checkpoint at33 = {
      .origin = log_.log_signer.key().name, .size = 33, .root = log_.RootAt(33)};
  std::string broken = log_.CheckpointAt(33);
  // A letter inside the signature, behind the key id.
  const size_t letter = broken.size() - 20;
  broken[letter] = broken[letter] == 'A' ? 'B' : 'A';

  struct Case {
    std::string name;
    std::string body;
    int status;
  };
  const std::vector<Case> cases = {
      {"empty body", "", 400},
      {"no old line", log_.CheckpointAt(33), 400},
      {"old size not canonical", "old 020\n\n" + log_.CheckpointAt(33), 400},
      {"negative old size", "old -1\n\n" + log_.CheckpointAt(33), 400},
      {"no checkpoint", "old 20\n\n", 400},
      {"bytes after the checkpoint", Request(20, 33) + "x", 400},
      {"too large", std::string(kRequestBytesMax + 1, 'a'), 400},
      {"origin unknown",
       request(0, {},
               tlog::SignCheckpoint({.origin = stranger.key().name, .size = 1, .root = zero},
                                    stranger)),
       404},
      {"key unknown", request(20, Proof(20, 33), tlog::SignCheckpoint(at33, impostor)), 403},
      {"signature broken", request(20, Proof(20, 33), broken), 403},
      {"old above the checkpoint", request(20, {}, log_.CheckpointAt(10)), 400},
      {"old is not the last one", Request(10, 33), 409},
      {"old is 0", Request(0, 33), 409},
      {"old is larger than the last one", Request(30, 33), 409},
      {"proof missing", request(20, {}, log_.CheckpointAt(33)), 422},
      {"proof flipped", request(20, flipped, log_.CheckpointAt(33)), 422},
      {"proof too long", request(20, longer, log_.CheckpointAt(33)), 422},
      {"same size, another root", request(20, {}, Signed(20, other.RootAt(20))), 422},
      {"same size with a proof", request(20, {zero}, log_.CheckpointAt(20)), 422},
      {"another history", request(20, Proof(20, 33), Signed(33, other.RootAt(33))), 422},
  };
  const Answer first = witness_->AddCheckpoint(Request(0, 20));
  ASSERT_EQ(first.status, 200);
  for (const Case& row : cases) {
    const Answer answer = witness_->AddCheckpoint(row.body);
    EXPECT_EQ(answer.status, row.status) << row.name << ": " << answer.body;
    if (row.status == 409) {
      EXPECT_EQ(answer.body, "20\n") << row.name;
      EXPECT_EQ(answer.content_type, "text/x.tlog.size");
    }
    EXPECT_FALSE(absl::StrContains(answer.body, "witness.example/own")) << row.name;
  }
  // None of them moved it.
  EXPECT_EQ(witness_->AddCheckpoint(Request(20, 20)).status, 200);
  EXPECT_EQ(witness_->AddCheckpoint(Request(20, 33)).status, 200);
}

TEST_F(WitnessTest, OfANewLogOnlyOldSizeZeroWithoutAProofIsTaken) {
  EXPECT_EQ(witness_->AddCheckpoint(Request(10, 20)).status, 409);
  EXPECT_EQ(witness_->AddCheckpoint(Request(10, 20)).body, "0\n");
  EXPECT_EQ(witness_
                ->AddCheckpoint(tlog::FormatWitnessRequest(
                    {.old_size = 0, .proof = {tlog::Hash{}}, .checkpoint = log_.CheckpointAt(3)}))
                .status,
            422);
  EXPECT_EQ(witness_
                ->AddCheckpoint(tlog::FormatWitnessRequest(
                    {.old_size = 0, .proof = {}, .checkpoint = Signed(0, tlog::Hash{})}))
                .status,
            422)
      << "an empty tree has the root SHA-256 of nothing";
}

TEST_F(WitnessTest, RemembersAcrossARestart) {
  ASSERT_EQ(witness_->AddCheckpoint(Request(0, 20)).status, 200);
  Start();
  EXPECT_EQ(witness_->AddCheckpoint(Request(0, 33)).body, "20\n");
  EXPECT_EQ(witness_->AddCheckpoint(Request(20, 33)).status, 200);
}

TEST_F(WitnessTest, ADamagedStateIsRefusedAtStart) {
  ASSERT_EQ(witness_->AddCheckpoint(Request(0, 20)).status, 200);
  const std::string state = testing::ReadFileOrFail(StatePath());
  for (const std::string& damaged :
       {std::string(), state.substr(0, state.size() / 2), log_.CheckpointAt(5)}) {
    testing::WriteFileOrFail(StatePath(), damaged);
    EXPECT_THAT(Witness::Open({.signer = OwnKey(),
                               .logs = {log_.log_signer.key()},
                               .state_directory = dir_.path(),
                               .clock = &clock_}),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("new key")));
  }
}

TEST_F(WitnessTest, SignsNothingThatItCannotKeep) {
  ASSERT_EQ(witness_->AddCheckpoint(Request(0, 20)).status, 200);
  // A folder in the place of the temporary file: it cannot be created.
  std::filesystem::create_directory(StatePath() + ".new");
  const Answer answer = witness_->AddCheckpoint(Request(20, 33));
  EXPECT_EQ(answer.status, 500);
  EXPECT_FALSE(absl::StrContains(answer.body, "witness.example"));
  std::filesystem::remove(StatePath() + ".new");
  EXPECT_EQ(witness_->AddCheckpoint(Request(20, 33)).status, 200);
}

TEST_F(WitnessTest, OfTwoForksSentAtOnceOneIsSigned) {
  ASSERT_EQ(witness_->AddCheckpoint(Request(0, 20)).status, 200);
  // Both continue the first 20 entries; they differ in what follows.
  LogMaker other;
  verify::FillWithWorld(other, 20);
  for (int i = 0; i < 30; ++i) other.AppendRaw("another history");
  const auto of_other = [&](uint64_t size) {
    std::vector<tlog::Hash> leaves;
    for (const std::string& entry : other.entries) leaves.push_back(tlog::LeafHash(entry));
    const auto node = [&](tlog::Node at) -> absl::StatusOr<tlog::Hash> {
      tlog::Frontier part;
      for (uint64_t i = at.index << at.level; i < (at.index + 1) << at.level; ++i) {
        part.Append(leaves[i], [](tlog::Node, const tlog::Hash&) {});
      }
      return part.Root();
    };
    return tlog::FormatWitnessRequest({.old_size = 20,
                                       .proof = *tlog::ProveConsistency(20, size, node),
                                       .checkpoint = Signed(size, other.RootAt(size))});
  };
  std::vector<std::string> requests;
  for (uint64_t size = 21; size < 41; ++size) {
    requests.push_back(Request(20, size));
    requests.push_back(of_other(size));
  }
  std::vector<int> statuses(requests.size());
  std::vector<std::thread> senders;
  for (size_t i = 0; i < requests.size(); ++i) {
    senders.emplace_back([&, i] { statuses[i] = witness_->AddCheckpoint(requests[i]).status; });
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 200), 1);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 409),
            static_cast<int>(requests.size()) - 1);
}

TEST(WitnessOpenTest, RefusesKeysOfTheWrongKindAndLogsTwice) {
  const testing::TempDir dir;
  const auto log = verify::TestSigner("log.example/a", tlog::SignatureType::kEd25519, 1);
  const auto open = [&](tlog::Signer signer, std::vector<tlog::VerifierKey> logs) {
    return Witness::Open({.signer = std::move(signer),
                          .logs = std::move(logs),
                          .state_directory = dir.path()})
        .status();
  };
  EXPECT_THAT(open(verify::TestSigner("w", tlog::SignatureType::kEd25519, 1), {log.key()}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(open(OwnKey(), {log.key(), log.key()}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(open(OwnKey(), {OwnKey().key()}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(open(OwnKey(), {}));
}

}  // namespace
}  // namespace aplomb::witness
