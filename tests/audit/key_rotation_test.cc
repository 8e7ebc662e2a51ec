// The log changes the key that signs it: what was signed before keeps its worth, both keys sign
// while the change goes on, and nobody else can make it.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audit/fsck.h"
#include "audit/high_water.h"
#include "audit/key_change.h"
#include "audit/key_rotation.h"
#include "audit/log.h"
#include "audit/sequencer.h"
#include "audit/tlog/checkpoint.h"
#include "base/clock.h"
#include "base/durable_file.h"
#include "base/random.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::audit {
namespace {

namespace fs = std::filesystem;

using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::SeenProjection;
using ::aplomb::testing::TempDir;
using ::aplomb::testing::TestSigner;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

LogOptions Options(const std::string& directory) {
  return {.directory = directory,
          .column_families = SeenProjection().column_families,
          .create_if_missing = true,
          .origin = "log.test/audit"};
}

// An open log with its writer.
class Opened {
 public:
  explicit Opened(const std::string& directory) {
    auto log = Log::Open(Options(directory));
    status_ = log.status();
    if (!log.ok()) return;
    log_ = *std::move(log);
    sequencer_ = std::make_unique<Sequencer>(
        &log_->database(), &log_->tree(), &log_->keys(), std::vector<Projection>{SeenProjection()},
        PublishHook(), base::SystemClock::Get(), base::Logger::Null(), SequencerOptions{});
  }
  ~Opened() {
    if (sequencer_ != nullptr) sequencer_->Shutdown();
  }
  const absl::Status& status() const { return status_; }
  Log& log() { return *log_; }
  LogTree& tree() { return log_->tree(); }
  // Appends an entry and returns its receipt.
  tlog::Receipt Append(const std::string& body) {
    const auto committed = sequencer_->SubmitAndWait(::aplomb::testing::AppendBody(body));
    EXPECT_OK(committed);
    auto receipt = tree().FirstReceipt(static_cast<uint64_t>(committed->index));
    EXPECT_OK(receipt);
    receipt->extra = *tree().EntryBytes(static_cast<uint64_t>(committed->index));
    return *receipt;
  }
  absl::StatusOr<KeyRotation> Begin() {
    return BeginKeyRotation(*log_, *sequencer_, *base::SystemRandom::Get());
  }
  absl::StatusOr<KeyRotation> End() { return EndKeyRotation(*log_, *sequencer_); }

 private:
  absl::Status status_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Sequencer> sequencer_;
};

absl::Status Check(const tlog::Receipt& receipt, const std::vector<tlog::VerifierKey>& keys) {
  tlog::Policy policy;
  for (const tlog::VerifierKey& key : keys) policy.logs.push_back({.key = key});
  return tlog::CheckReceipt(receipt, *receipt.extra, policy, /*require_quorum=*/false).status();
}

std::vector<std::string> Findings(const std::string& directory, const tlog::VerifierKey& key) {
  auto database = Database::Open(
      {.directory = directory + "/db", .column_families = SeenProjection().column_families});
  EXPECT_OK(database);
  auto keys = KeyStore::Open({.directory = directory + "/keys/entries", .read_only = true});
  EXPECT_OK(keys);
  const auto report = Fsck(**database, **keys, key, {.high_water_path = directory + "/high_water"});
  EXPECT_OK(report);
  std::vector<std::string> texts;
  for (const FsckFinding& finding : report->findings) {
    texts.push_back(finding.kind + ": " + finding.text);
  }
  return texts;
}

TEST(KeyRotationTest, OldReceiptsHoldAndBothKeysSignMeanwhile) {
  TempDir dir;
  tlog::VerifierKey old_key;
  tlog::VerifierKey new_key;
  tlog::Receipt before;
  tlog::Receipt meanwhile;
  tlog::Receipt after;
  {
    Opened log(dir.path());
    ASSERT_OK(log.status());
    before = log.Append("before");
    ASSERT_OK_AND_ASSIGN(const KeyRotation begun, log.Begin());
    old_key = begun.old_key;
    new_key = begun.new_key;
    EXPECT_EQ(begun.committed.index, 1);
    EXPECT_EQ(log.tree().log_key(), new_key);
    EXPECT_THAT(base::ReadSmallFile(dir.Path("vkey")), IsOkAndHolds(new_key.ToString() + "\n"));
  }
  {
    Opened log(dir.path());
    ASSERT_OK(log.status()) << "a start while the change goes on";
    meanwhile = log.Append("meanwhile");
    ASSERT_OK(log.End());
    after = log.Append("after");
  }
  // By what a reader trusts: the old key, the new one, both.
  EXPECT_OK(Check(before, {old_key}));
  EXPECT_FALSE(Check(before, {new_key}).ok());
  EXPECT_OK(Check(before, {new_key, old_key}));
  EXPECT_OK(Check(meanwhile, {old_key}));
  EXPECT_OK(Check(meanwhile, {new_key}));
  EXPECT_OK(Check(meanwhile, {old_key, new_key}));
  EXPECT_FALSE(Check(after, {old_key}).ok());
  EXPECT_OK(Check(after, {new_key}));
  EXPECT_OK(Check(after, {old_key, new_key}));

  // The old private key is gone; the new one is where the old one was.
  EXPECT_FALSE(fs::exists(dir.Path("keys/log.next")));
  const auto kept = ReadLogKey(dir.Path("keys/log.key"));
  ASSERT_OK(kept.status());
  EXPECT_EQ(kept->key(), new_key);
  {
    Opened log(dir.path());
    ASSERT_OK(log.status());
    for (const tlog::Receipt& receipt : {before, meanwhile, after}) {
      EXPECT_OK(CheckContains(log.tree(), receipt.checkpoint, "a receipt"));
    }
    EXPECT_THAT(log.tree().log_keys(), ElementsAre(old_key, new_key));
    // Every head, of each time, opens by the keys of that time.
    for (const uint64_t size : {1, 2, 3, 4, 5}) {
      ASSERT_OK_AND_ASSIGN(const std::string note, log.tree().SignedCheckpointAt(size));
      EXPECT_OK(log.tree().key_history()->Open(note)) << size;
    }
  }
  EXPECT_THAT(Findings(dir.path(), new_key), IsEmpty());
  EXPECT_THAT(Findings(dir.path(), old_key), IsEmpty());
  EXPECT_THAT(Findings(dir.path(), TestSigner().key()), ::testing::Not(IsEmpty()));
  // What follows from the entries is what is stored.
  ASSERT_OK_AND_ASSIGN(const auto live, ::aplomb::testing::OpenLog(dir.Path("db")));
  ASSERT_OK_AND_ASSIGN(const auto rebuilt, ::aplomb::testing::OpenLog(dir.Path("rebuilt")));
  ASSERT_OK(Rebuild(*live, {SeenProjection()}, rebuilt.get()));
  EXPECT_OK(CompareFamilies(*live, *rebuilt));
}

TEST(KeyRotationTest, CanBeDoneAgainAndAgain) {
  TempDir dir;
  std::vector<tlog::VerifierKey> keys;
  for (int i = 0; i < 3; ++i) {
    Opened log(dir.path());
    ASSERT_OK(log.status());
    ASSERT_OK_AND_ASSIGN(const KeyRotation begun, log.Begin());
    keys.push_back(begun.old_key);
    ASSERT_OK(log.End());
    if (i == 2) keys.push_back(begun.new_key);
  }
  Opened log(dir.path());
  ASSERT_OK(log.status());
  EXPECT_EQ(log.tree().log_keys(), keys);
}

TEST(KeyRotationTest, GoesByTurns) {
  TempDir dir;
  Opened log(dir.path());
  ASSERT_OK(log.status());
  EXPECT_EQ(base::ReasonOf(log.End().status()), "KEY_CHANGE_NOT_BEGUN");
  ASSERT_OK(log.Begin());
  EXPECT_EQ(base::ReasonOf(log.Begin().status()), "KEY_CHANGE_BEGUN");
  ASSERT_OK(log.End());
  EXPECT_EQ(base::ReasonOf(log.End().status()), "KEY_CHANGE_NOT_BEGUN");
}

// What is done to the files while the change goes on, and what the next start says.
struct Damage {
  std::string name;
  std::function<void(const TempDir& dir)> damage;
  std::string reason;  // empty: it starts
};

class DamageTest : public ::testing::TestWithParam<Damage> {};

TEST_P(DamageTest, IsToldOrMended) {
  TempDir dir;
  tlog::VerifierKey new_key;
  {
    Opened log(dir.path());
    ASSERT_OK(log.status());
    ASSERT_OK_AND_ASSIGN(const KeyRotation begun, log.Begin());
    new_key = begun.new_key;
  }
  GetParam().damage(dir);
  Opened log(dir.path());
  EXPECT_EQ(base::ReasonOf(log.status()), GetParam().reason) << log.status();
  if (!GetParam().reason.empty()) return;
  EXPECT_THAT(base::ReadSmallFile(dir.Path("vkey")), IsOkAndHolds(new_key.ToString() + "\n"));
  EXPECT_OK(log.End());
}

INSTANTIATE_TEST_SUITE_P(
    All, DamageTest,
    ::testing::Values(
        Damage{"TheNewKeyIsLost", [](const TempDir& d) { fs::remove(d.Path("keys/log.next")); },
               "LOG_KEY_MISSING"},
        Damage{"TheOldKeyIsLost", [](const TempDir& d) { fs::remove(d.Path("keys/log.key")); },
               "LOG_KEY_MISSING"},
        Damage{
            "TheOldKeyIsOverwrittenTooEarly",
            [](const TempDir& d) { fs::rename(d.Path("keys/log.next"), d.Path("keys/log.key")); },
            "LOG_KEY_MISSING"},
        Damage{"ThePublicKeyWasNotWritten", [](const TempDir& d) { fs::remove(d.Path("vkey")); },
               ""},
        Damage{"ThePublicKeyIsTheOldOne",
               [](const TempDir& d) {
                 const auto old_signer = ReadLogKey(d.Path("keys/log.key"));
                 ASSERT_OK(old_signer.status());
                 testing::WriteFileOrFail(d.Path("vkey"), old_signer->key().ToString() + "\n");
               },
               ""},
        Damage{"ThePublicKeyIsOfAnother",
               [](const TempDir& d) {
                 testing::WriteFileOrFail(d.Path("vkey"), TestSigner().key().ToString() + "\n");
               },
               "LOG_KEY_WRONG"}),
    [](const ::testing::TestParamInfo<Damage>& row) { return row.param.name; });

// The rules of the history, and what forgers try.
class HistoryTest : public ::testing::Test {
 protected:
  static tlog::Signer Make(char seed, absl::string_view origin = "log.test/audit") {
    return *tlog::Signer::FromSeed(origin, tlog::SignatureType::kEd25519, std::string(32, seed));
  }

  const tlog::Signer a_ = Make('a');
  const tlog::Signer b_ = Make('b');
  const tlog::Signer c_ = Make('c');
  KeyHistory history_{a_.key()};
};

TEST_F(HistoryTest, TellsTheKeysOfEachSize) {
  ASSERT_OK(history_.Add(5, SignKeyChange(KeyChange::Kind::kBegins, a_, b_)));
  ASSERT_OK(history_.Add(9, SignKeyChange(KeyChange::Kind::kEnds, a_, b_)));
  EXPECT_THAT(history_.InForce(0), ElementsAre(a_.key()));
  EXPECT_THAT(history_.InForce(5), ElementsAre(a_.key()));
  EXPECT_THAT(history_.InForce(6), ElementsAre(a_.key(), b_.key()));
  EXPECT_THAT(history_.InForce(9), ElementsAre(a_.key(), b_.key()));
  EXPECT_THAT(history_.InForce(10), ElementsAre(b_.key()));
}

TEST_F(HistoryTest, RefusesForgedChanges) {
  const KeyChange sound = SignKeyChange(KeyChange::Kind::kBegins, a_, b_);
  // Each bit of it counts.
  const std::string bytes = EncodeKeyChange(sound);
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto read = DecodeKeyChange(changed);
    EXPECT_TRUE(!read.ok() || !history_.Add(0, *read).ok()) << bit;
  }
  // A thief of nothing names his own key; one of another log brings its change here.
  KeyChange stolen = SignKeyChange(KeyChange::Kind::kBegins, c_, b_);
  stolen.old_key = a_.key().public_key;
  EXPECT_FALSE(history_.Add(0, stolen).ok());
  const tlog::Signer elsewhere_a = Make('a', "log.test/other");
  const tlog::Signer elsewhere_b = Make('b', "log.test/other");
  EXPECT_FALSE(
      history_.Add(0, SignKeyChange(KeyChange::Kind::kBegins, elsewhere_a, elsewhere_b)).ok());
  EXPECT_TRUE(history_.empty()) << "what is refused changes nothing";
  EXPECT_OK(history_.Add(0, sound));
}

TEST_F(HistoryTest, RefusesChangesOutOfTurn) {
  using Kind = KeyChange::Kind;
  EXPECT_FALSE(history_.Add(0, SignKeyChange(Kind::kEnds, a_, b_)).ok()) << "nothing has begun";
  EXPECT_FALSE(history_.Add(0, SignKeyChange(Kind::kBegins, a_, a_)).ok()) << "no other key";
  ASSERT_OK(history_.Add(0, SignKeyChange(Kind::kBegins, a_, b_)));
  EXPECT_FALSE(history_.Add(1, SignKeyChange(Kind::kBegins, b_, c_)).ok()) << "one goes on";
  EXPECT_FALSE(history_.Add(1, SignKeyChange(Kind::kEnds, b_, a_)).ok()) << "the wrong way";
  EXPECT_FALSE(history_.Add(1, SignKeyChange(Kind::kEnds, a_, c_)).ok()) << "another one";
  ASSERT_OK(history_.Add(1, SignKeyChange(Kind::kEnds, a_, b_)));
  EXPECT_FALSE(history_.Add(2, SignKeyChange(Kind::kBegins, a_, c_)).ok()) << "a is over";
  EXPECT_FALSE(history_.Add(2, SignKeyChange(Kind::kBegins, b_, a_)).ok()) << "a does not return";
  EXPECT_OK(history_.Add(2, SignKeyChange(Kind::kBegins, b_, c_)));
}

TEST_F(HistoryTest, OpensWhatAllKeysInForceHaveSigned) {
  ASSERT_OK(history_.Add(5, SignKeyChange(KeyChange::Kind::kBegins, a_, b_)));
  ASSERT_OK(history_.Add(9, SignKeyChange(KeyChange::Kind::kEnds, a_, b_)));
  const auto opens = [this](uint64_t size, std::vector<const tlog::Signer*> signers) {
    return history_.Open(tlog::SignCheckpoint({.origin = "log.test/audit", .size = size}, signers))
        .ok();
  };
  EXPECT_TRUE(opens(5, {&a_}));
  EXPECT_FALSE(opens(5, {&b_}));
  EXPECT_TRUE(opens(6, {&a_, &b_}));
  EXPECT_FALSE(opens(6, {&a_}));
  EXPECT_FALSE(opens(6, {&b_}));
  EXPECT_TRUE(opens(10, {&b_}));
  EXPECT_FALSE(opens(10, {&a_})) << "whoever kept the old key";
}

}  // namespace
}  // namespace aplomb::audit
