#include "audit/verify/verify.h"

#include <stdlib.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/sections.h"
#include "audit/verify/bodies.h"
#include "audit/verify/semantics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/verify/make_log.h"

namespace aplomb::verify {
namespace {

using audit::EntryType;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Files = std::map<std::string, std::string>;

// Files in memory.
class MapSource : public Source {
 public:
  explicit MapSource(Files files) : files_(std::move(files)) {}
  absl::StatusOr<std::string> Read(const std::string& path, size_t bytes_max) const override {
    const auto at = files_.find(path);
    if (at == files_.end()) return absl::NotFoundError(path);
    if (at->second.size() > bytes_max) return absl::ResourceExhaustedError(path);
    return at->second;
  }

 private:
  Files files_;
};

uint64_t NowOf(const LogMaker& log) { return static_cast<uint64_t>(log.time_us / 1'000'000) + 1; }

Files WholeLog(const LogMaker& log, int witnesses = 2) {
  Files files = log.Files(log.size());
  files["checkpoint"] = log.CosignedAt(log.size(), witnesses, NowOf(log));
  return files;
}

Report Verify(const LogMaker& log, Files files, const LogInput& input = {}) {
  return VerifyLog(MapSource(std::move(files)), log.Policy(), input);
}

std::vector<std::string> Reasons(const Report& report) {
  std::vector<std::string> reasons;
  for (const Finding& finding : report.findings) {
    reasons.push_back(finding.index.has_value() ? absl::StrCat(finding.reason, " ", *finding.index)
                                                : finding.reason);
  }
  return reasons;
}

// --- A sound log -----------------------------------------------------------------------------

TEST(VerifyTest, SoundLogsOfManySizesAreVerifiedAndWitnessed) {
  for (const uint64_t size : {11, 12, 255, 256, 257, 512, 700}) {
    SCOPED_TRACE(size);
    LogMaker log;
    FillWithWorld(log, size);
    const Report report = Verify(log, WholeLog(log));
    EXPECT_EQ(report.verdict(), Verdict::kWitnessed) << FormatText(report, Language::kEnglish);
    EXPECT_EQ(report.derived_entries, size);
    EXPECT_EQ(report.cosignatures.size(), 2U);
  }
}

TEST(VerifyTest, AnEmptyLogIsSound) {
  LogMaker log;
  EXPECT_EQ(Verify(log, WholeLog(log)).verdict(), Verdict::kWitnessed);
}

TEST(VerifyTest, WithoutTheQuorumItIsConsistentOnly) {
  LogMaker log;
  FillWithWorld(log, 20);
  for (const int witnesses : {0, 1}) {
    const Report report = Verify(log, WholeLog(log, witnesses));
    EXPECT_EQ(report.verdict(), Verdict::kConsistent);
    EXPECT_THAT(FormatText(report, Language::kEnglish), HasSubstr("the quorum \"both\" is not"));
  }
}

TEST(VerifyTest, APolicyThatAsksForNoWitnessNeverSaysWitnessed) {
  LogMaker log;
  FillWithWorld(log, 20);
  const auto policy =
      tlog::ParsePolicy(absl::StrCat("log ", log.log_signer.key().ToString(), "\nquorum none\n"));
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(VerifyLog(MapSource(WholeLog(log)), *policy, {}).verdict(), Verdict::kConsistent);
}

TEST(VerifyTest, AFullTileServesForThePartialOne) {
  LogMaker log;
  FillWithWorld(log, 512);
  Files files = log.Files(512);
  files["checkpoint"] = log.CosignedAt(300, 2, NowOf(log));
  const Report report = Verify(log, files);
  EXPECT_EQ(report.derived_entries, 300U);
  // Level 1 of 300 entries is one hash; of 512 entries it is a partial tile of two, which is not
  // the full tile, so it is missing.
  EXPECT_THAT(Reasons(report), ElementsAre("TILE_MISSING 0"));
  files[tlog::TilePath({.level = 1, .index = 0, .width = 1})] =
      files[tlog::TilePath({.level = 1, .index = 0, .width = 2})].substr(0, 32);
  EXPECT_EQ(Verify(log, files).verdict(), Verdict::kWitnessed);
}

TEST(VerifyTest, OlderCheckpointsAndReceiptsAreHeldAgainstTheLog) {
  LogMaker log;
  FillWithWorld(log, 300);
  LogInput input;
  for (const uint64_t size : {0, 1, 11, 255, 256, 257, 300}) {
    input.old_checkpoints.push_back({absl::StrCat("old", size), log.CheckpointAt(size)});
  }
  for (const uint64_t index : {0, 10, 256}) {
    input.receipts.push_back({.label = absl::StrCat("receipt", index),
                              .text = tlog::FormatReceipt(log.ReceiptFor(index, 290)),
                              .entry = log.entries[index]});
  }
  const Report report = Verify(log, WholeLog(log), input);
  EXPECT_EQ(report.verdict(), Verdict::kWitnessed) << FormatText(report, Language::kEnglish);
  EXPECT_EQ(report.old_checkpoints, 7U + 3U) << "the receipts' checkpoints too";
  EXPECT_EQ(report.receipts, 3U);
}

// --- What is shown is not what was signed ------------------------------------------------------

// The entry to which a byte of a file belongs: of a bundle (not the length before an entry) or of
// the tile of leaf hashes.
std::optional<uint64_t> EntryOfByte(const LogMaker& log, const std::string& path, size_t byte) {
  if (path.rfind("tile/0/", 0) == 0) return byte / sizeof(tlog::Hash);
  if (path.find("entries") == std::string::npos) return std::nullopt;
  size_t at = 0;
  for (uint64_t index = 0; index < log.size(); ++index) {
    if (byte < at + 2) return std::nullopt;
    at += 2 + log.entries[index].size();
    if (byte < at) return index;
  }
  return std::nullopt;
}

TEST(VerifyTest, EveryFlippedBitOfEveryFileIsFoundAndItsEntryNamed) {
  LogMaker log;
  FillWithWorld(log, 14);
  const Files sound = WholeLog(log);
  size_t flipped = 0;
  for (const auto& [path, bytes] : sound) {
    // The tile's and the note's bits all; of the bundle every seventh, which has all kinds of
    // places, and all with APLOMB_EVERY_BIT, as tests/run --all has it.
    const bool all =
        path.find("entries") == std::string::npos || getenv("APLOMB_EVERY_BIT") != nullptr;
    for (size_t bit = 0; bit < bytes.size() * 8; bit += all ? 1 : 7) {
      Files files = sound;
      files[path][bit / 8] = static_cast<char>(files[path][bit / 8] ^ (1 << (bit % 8)));
      const Report report = Verify(log, files);
      // Beyond the log's own signature, a witness' line that no longer is of that witness is
      // ignored, as signed-note says; then the quorum is missing.
      const bool in_cosignature =
          path == "checkpoint" && bit / 8 >= log.CheckpointAt(log.size()).size();
      if (in_cosignature) {
        EXPECT_NE(report.verdict(), Verdict::kWitnessed) << path << " bit " << bit;
      } else {
        EXPECT_EQ(report.verdict(), Verdict::kInvalid) << path << " bit " << bit;
      }
      if (const auto index = EntryOfByte(log, path, bit / 8); index.has_value()) {
        EXPECT_THAT(report.findings, Contains(::testing::Field(&Finding::index, index)))
            << path << " bit " << bit;
      }
      ++flipped;
    }
  }
  EXPECT_GT(flipped, 3000U);
}

TEST(VerifyTest, AnAlteredEntryIsNamed) {
  LogMaker log;
  FillWithWorld(log, 600);
  for (const uint64_t index : {0, 255, 256, 599}) {
    LogMaker spoiled;
    FillWithWorld(spoiled, 600);
    spoiled.entries[index].back() = static_cast<char>(spoiled.entries[index].back() ^ 1);
    Files files = log.Files(600);
    for (const auto& [path, bytes] : spoiled.Files(600)) {
      if (path.find("entries") != std::string::npos) files[path] = bytes;
    }
    files["checkpoint"] = log.CosignedAt(600, 2, NowOf(log));
    EXPECT_THAT(Reasons(Verify(log, files)), Contains(absl::StrCat("LEAF_DIFFERS ", index)));
    EXPECT_EQ(Verify(log, files).verdict(), Verdict::kInvalid);
  }
}

// The forgery that golang.org/x/mod's TileHashReader lets through (CVE-2026-56865): the leaf hash
// in the level-0 tile is forged with the entry, so that the two agree with each other.
TEST(VerifyTest, AForgedEntryWithItsForgedLeafHashIsRefused) {
  LogMaker log;
  FillWithWorld(log, 700);
  Files files = WholeLog(log);
  LogMaker forged;
  FillWithWorld(forged, 700);
  forged.entries[300] = forged.entries[301];
  const Files others = forged.Files(700);
  files["tile/entries/001"] = others.at("tile/entries/001");
  files["tile/0/001"] = others.at("tile/0/001");
  const Report report = Verify(log, files);
  EXPECT_EQ(report.verdict(), Verdict::kInvalid);
  // The level above gives it away, and so does the root.
  EXPECT_THAT(Reasons(report), Contains("TILE_DIFFERS 256"));
  EXPECT_THAT(Reasons(report), Contains("ROOT_DIFFERS"));
}

struct Spoil {
  std::string name;
  std::function<void(const LogMaker& log, Files& files)> spoil;
  std::string expected;
};
class SpoiledFilesTest : public ::testing::TestWithParam<Spoil> {};

TEST_P(SpoiledFilesTest, AreInvalid) {
  LogMaker log;
  FillWithWorld(log, 300);
  Files files = WholeLog(log);
  GetParam().spoil(log, files);
  const Report report = Verify(log, files);
  EXPECT_EQ(report.verdict(), Verdict::kInvalid) << FormatText(report, Language::kEnglish);
  EXPECT_THAT(Reasons(report), Contains(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Table, SpoiledFilesTest,
    ::testing::Values(
        Spoil{"NoCheckpoint", [](const LogMaker&, Files& f) { f.erase("checkpoint"); },
              "NO_CHECKPOINT"},
        Spoil{"CheckpointOfAnotherKey",
              [](const LogMaker& log, Files& f) {
                f["checkpoint"] = tlog::SignCheckpoint(
                    {.origin = log.log_signer.key().name, .size = 300, .root = log.RootAt(300)},
                    TestSigner(log.log_signer.key().name, tlog::SignatureType::kEd25519, 9));
              },
              "CHECKPOINT_REFUSED"},
        Spoil{"AnotherRootSigned",
              [](const LogMaker& log, Files& f) {
                f["checkpoint"] = tlog::SignCheckpoint(
                    {.origin = log.log_signer.key().name, .size = 300, .root = log.RootAt(299)},
                    log.log_signer);
              },
              "ROOT_DIFFERS"},
        Spoil{"BundleMissing", [](const LogMaker&, Files& f) { f.erase("tile/entries/000"); },
              "BUNDLE_REFUSED 0"},
        Spoil{"BundleShort",
              [](const LogMaker&, Files& f) { f["tile/entries/001.p/44"].pop_back(); },
              "BUNDLE_REFUSED 256"},
        Spoil{"BundleLong",
              [](const LogMaker&, Files& f) { f["tile/entries/001.p/44"].push_back('x'); },
              "BUNDLE_REFUSED 256"},
        Spoil{"TileMissing", [](const LogMaker&, Files& f) { f.erase("tile/0/000"); },
              "TILE_MISSING 0"},
        Spoil{"TileLonger", [](const LogMaker&, Files& f) { f["tile/1/000.p/1"].push_back('x'); },
              "TILE_SIZE_WRONG 0"},
        Spoil{"TileShorter", [](const LogMaker&, Files& f) { f["tile/0/001.p/44"].pop_back(); },
              "TILE_SIZE_WRONG 256"}),
    [](const ::testing::TestParamInfo<Spoil>& row) { return row.param.name; });

// --- Forks and rollbacks -----------------------------------------------------------------------

TEST(VerifyTest, TwoSignedRootsOfOneSizeAreAFork) {
  LogMaker log;
  FillWithWorld(log, 300);
  LogMaker other;
  FillWithWorld(other, 299);
  other.Append(EntryType::kEngagement, EngagementBodyBytes("e9", "2026-03-01", Filled(9)));
  const LogInput input{.old_checkpoints = {{"mine", other.CheckpointAt(300)}}, .receipts = {}};
  const Report report = Verify(log, WholeLog(log), input);
  EXPECT_EQ(report.verdict(), Verdict::kFork);
  ASSERT_EQ(report.evidence.size(), 1U) << "said once";
  const std::string text = FormatText(report, Language::kEnglish);
  EXPECT_THAT(text, HasSubstr(other.CheckpointAt(300)));
  EXPECT_THAT(text, HasSubstr(log.CosignedAt(300, 2, NowOf(log))));
}

TEST(VerifyTest, ARewrittenHistoryIsAFork) {
  LogMaker log;
  FillWithWorld(log, 300);
  LogMaker other;
  FillWithWorld(other, 199);
  other.Append(EntryType::kEngagement, EngagementBodyBytes("e9", "2026-03-01", Filled(9)));
  const LogInput input{.old_checkpoints = {{"mine", other.CheckpointAt(200)}}, .receipts = {}};
  const Report report = Verify(log, WholeLog(log), input);
  EXPECT_EQ(report.verdict(), Verdict::kFork);
  EXPECT_THAT(Reasons(report), ElementsAre("HISTORY_REWRITTEN"));
}

TEST(VerifyTest, ALogThatLostEntriesWasRolledBack) {
  LogMaker log;
  FillWithWorld(log, 300);
  Files files = log.Files(280);
  files["checkpoint"] = log.CheckpointAt(280);
  const LogInput input{.old_checkpoints = {{"mine", log.CheckpointAt(290)}}, .receipts = {}};
  const Report report = Verify(log, files, input);
  EXPECT_EQ(report.verdict(), Verdict::kFork);
  EXPECT_THAT(Reasons(report), ElementsAre("ROLLED_BACK"));
}

TEST(VerifyTest, TwoOldCheckpointsCanContradictEachOther) {
  LogMaker log;
  FillWithWorld(log, 100);
  LogMaker other;
  FillWithWorld(other, 149);
  other.Append(EntryType::kEngagement, EngagementBodyBytes("e9", "2026-03-01", Filled(9)));
  LogMaker third;
  FillWithWorld(third, 150);
  const LogInput input{
      .old_checkpoints = {{"a", other.CheckpointAt(150)}, {"b", third.CheckpointAt(150)}},
      .receipts = {}};
  EXPECT_THAT(Reasons(Verify(log, WholeLog(log), input)), Contains("TWO_ROOTS_OF_ONE_SIZE"));
}

TEST(VerifyTest, AForgedOldCheckpointProvesNothing) {
  LogMaker log;
  FillWithWorld(log, 100);
  const std::string forged = tlog::SignCheckpoint(
      {.origin = log.log_signer.key().name, .size = 50, .root = log.RootAt(49)},
      TestSigner(log.log_signer.key().name, tlog::SignatureType::kEd25519, 9));
  const LogInput input{.old_checkpoints = {{"forged", forged}}, .receipts = {}};
  const Report report = Verify(log, WholeLog(log), input);
  EXPECT_EQ(report.verdict(), Verdict::kInvalid);
  EXPECT_THAT(report.evidence, IsEmpty());
}

// --- Receipts ------------------------------------------------------------------------------------

TEST(VerifyReceiptTest, HoldsWithoutAnyServer) {
  LogMaker log;
  FillWithWorld(log, 40);
  const tlog::Receipt receipt = log.ReceiptFor(12, 40);
  KeptReceipt kept{.label = "r", .text = tlog::FormatReceipt(receipt), .entry = log.entries[12]};
  EXPECT_EQ(VerifyReceipt(kept, log.Policy()).verdict(), Verdict::kConsistent);
  tlog::Receipt cosigned = receipt;
  cosigned.checkpoint = log.CosignedAt(40, 2, NowOf(log));
  kept.text = tlog::FormatReceipt(cosigned);
  EXPECT_EQ(VerifyReceipt(kept, log.Policy()).verdict(), Verdict::kWitnessed);

  kept.entry = log.entries[13];
  EXPECT_THAT(Reasons(VerifyReceipt(kept, log.Policy())), ElementsAre("RECEIPT_DOES_NOT_HOLD 12"));
  kept.entry.reset();
  EXPECT_THAT(Reasons(VerifyReceipt(kept, log.Policy())), ElementsAre("ENTRY_MISSING 12"));
  kept.text = "c2sp.org/tlog-proof@v1\n";
  EXPECT_THAT(Reasons(VerifyReceipt(kept, log.Policy())), ElementsAre("RECEIPT_UNREADABLE"));
}

TEST(VerifyReceiptTest, BelievesTheBytesThatItCarriesOnlyIfTheyAreInTheLog) {
  LogMaker log;
  FillWithWorld(log, 40);
  tlog::Receipt receipt = log.ReceiptFor(12, 40);
  receipt.extra = log.entries[12];
  KeptReceipt kept{.label = "r", .text = tlog::FormatReceipt(receipt)};
  const Report report = VerifyReceipt(kept, log.Policy());
  EXPECT_EQ(report.verdict(), Verdict::kConsistent);
  EXPECT_EQ(report.counts.at("DECISION"), 1U);
  receipt.extra = log.entries[13];
  kept.text = tlog::FormatReceipt(receipt);
  EXPECT_THAT(Reasons(VerifyReceipt(kept, log.Policy())), ElementsAre("RECEIPT_DOES_NOT_HOLD 12"));
}

TEST(VerifyReceiptTest, ASectionThatIsShownIsHeldAgainstTheEntry) {
  LogMaker log;
  FillWithWorld(log, 11);
  const base::Digest key = Filled(0x42);
  const std::vector<std::string> values = {"request", "profile.staff_count=7", "profile.sector=x"};
  const audit::EntryId id = audit::EntryIdOfSlot(9);
  audit::Entry entry =
      log.Make(EntryType::kEngagement, EngagementBodyBytes("e2", "2026-03-01", Filled(0x56)));
  entry.key_slot = 9;
  entry.tiers = {{.tier = 2, .section_count = 3, .root = audit::CommitSections(key, id, values)}};
  const uint64_t index = log.AppendRaw(audit::EncodeEntry(entry));
  EXPECT_EQ(Verify(log, WholeLog(log)).verdict(), Verdict::kWitnessed);
  tlog::Receipt receipt = log.ReceiptFor(index, log.size());
  receipt.extra = log.entries[index];
  const auto verify = [&](const audit::Disclosure& shown) {
    return VerifyReceipt({.label = "r",
                          .text = tlog::FormatReceipt(receipt),
                          .disclosure = audit::EncodeDisclosure(shown)},
                         log.Policy());
  };
  const auto sound = audit::Disclose(key, id, 2, values, 1);
  ASSERT_TRUE(sound.ok());
  const Report report = verify(*sound);
  EXPECT_EQ(report.verdict(), Verdict::kConsistent);
  ASSERT_EQ(report.disclosed.size(), 1U);
  EXPECT_EQ(report.disclosed[0].value, "profile.staff_count=7");
  EXPECT_THAT(FormatText(report, Language::kEnglish),
              HasSubstr("entry 11, section 2.1: profile.staff_count=7"));

  audit::Disclosure lie = *sound;
  lie.value = "profile.staff_count=8";
  EXPECT_THAT(Reasons(verify(lie)), ElementsAre("DISCLOSURE_DOES_NOT_HOLD 11"));
  lie = *sound;
  lie.number = 2;
  EXPECT_THAT(Reasons(verify(lie)), ElementsAre("DISCLOSURE_DOES_NOT_HOLD 11"));
  lie = *sound;
  lie.tier = 1;
  EXPECT_THAT(Reasons(verify(lie)), ElementsAre("DISCLOSURE_DOES_NOT_HOLD 11"));
  lie = *audit::Disclose(key, audit::EntryIdOfSlot(10), 2, values, 1);
  EXPECT_THAT(Reasons(verify(lie)), ElementsAre("DISCLOSURE_DOES_NOT_HOLD 11"));
}

TEST(VerifyTest, AReceiptForOtherBytesThanTheLogsIsRefused) {
  LogMaker log;
  FillWithWorld(log, 40);
  LogInput input;
  input.receipts.push_back({.label = "r",
                            .text = tlog::FormatReceipt(log.ReceiptFor(12, 40)),
                            .entry = log.entries[13]});
  EXPECT_THAT(Reasons(Verify(log, WholeLog(log), input)),
              ElementsAre("RECEIPT_FOR_ANOTHER_ENTRY 12"));
}

// --- What entries may not say ------------------------------------------------------------------

// A sound world of 11 entries, then what the row appends or changes.
struct Lie {
  std::string name;
  std::function<void(LogMaker& log, World& world)> tell;
  std::vector<std::string> expected;
};
class LyingEntriesTest : public ::testing::TestWithParam<Lie> {};

TEST_P(LyingEntriesTest, AreFoundAndNamed) {
  LogMaker log;
  World world = FillWithWorld(log, 11);
  // What rows append goes on counting.
  world.decision.recommendations = 2;
  world.decision.recommendation = "r2";
  GetParam().tell(log, world);
  const Report report = Verify(log, WholeLog(log));
  EXPECT_EQ(Reasons(report), GetParam().expected) << FormatText(report, Language::kEnglish);
  EXPECT_EQ(report.verdict(),
            GetParam().expected.empty() ? Verdict::kWitnessed : Verdict::kFindings);
  for (const Finding& finding : report.findings) {
    EXPECT_THAT(finding.text_en, Not(IsEmpty()));
    EXPECT_THAT(finding.text_fr, Not(IsEmpty()));
    EXPECT_NE(finding.text_en, finding.text_fr);
  }
}

constexpr int64_t kDayUs = int64_t{86'400} * 1'000'000;

void Decide(LogMaker& log, const DecisionSpec& spec) {
  log.Append(EntryType::kDecision, DecisionBodyBytes(spec));
}

Lie Decision(const std::string& name, std::function<void(DecisionSpec&)> change,
             std::vector<std::string> expected) {
  return {name,
          [change](LogMaker& log, World& world) {
            change(world.decision);
            Decide(log, world.decision);
          },
          std::move(expected)};
}

// A body in chunks, with `sizes` and a digest of what they should be.
void AppendChunked(LogMaker& log, const std::vector<size_t>& sizes, uint16_t count,
                   const base::Digest& digest) {
  const audit::Entry first = log.Make(EntryType::kChunk, "");
  for (const size_t size : sizes) {
    audit::Entry chunk = first;
    chunk.body = std::string(size, 'r');
    log.AppendRaw(audit::EncodeEntry(chunk));
  }
  audit::Entry entry = first;
  entry.type = EntryType::kMember;
  entry.chunk_count = count;
  entry.body_digest = digest;
  log.AppendRaw(audit::EncodeEntry(entry));
}
// The decision of `world`, with sections.
void AppendWithTiers(LogMaker& log, const World& world, std::vector<audit::TierCommitment> tiers,
                     uint64_t key_slot) {
  audit::Entry entry = log.Make(EntryType::kDecision, DecisionBodyBytes(world.decision));
  entry.tiers = std::move(tiers);
  entry.key_slot = key_slot;
  log.AppendRaw(audit::EncodeEntry(entry));
}
base::Digest DigestOfR(size_t size) { return base::Sha256(std::string(size, 'r')); }

INSTANTIATE_TEST_SUITE_P(
    Table, LyingEntriesTest,
    ::testing::Values(
        // Sound ones, so that the table can fail both ways.
        Decision("ASoundDecision", [](DecisionSpec&) {}, {}),
        Lie{"ASoundSecondEngagement",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kEngagement,
                         EngagementBodyBytes("e2", "2026-03-01", Filled(0x55)));
            },
            {}},
        Lie{"AChangedOffering",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kOffering, NamedBody("members/acme/offerings/shop", "new"));
            },
            {}},
        // Entries.
        Lie{"Garbage",
            [](LogMaker& log, World&) { log.AppendRaw("garbage"); },
            {"ENTRY_UNREADABLE 11"}},
        Lie{"TrailingByte",
            [](LogMaker& log, World& world) {
              log.AppendRaw(audit::EncodeEntry(
                                log.Make(EntryType::kDecision, DecisionBodyBytes(world.decision))) +
                            "x");
            },
            {"ENTRY_UNREADABLE 11"}},
        Lie{"TimeGoesBack",
            [](LogMaker& log, World& world) {
              log.time_us -= 10;
              Decide(log, world.decision);
            },
            {"TIME_WENT_BACK 11"}},
        Lie{"SeesItself",
            [](LogMaker& log, World& world) {
              audit::Entry entry =
                  log.Make(EntryType::kDecision, DecisionBodyBytes(world.decision));
              entry.prev_size = 12;
              log.AppendRaw(audit::EncodeEntry(entry));
            },
            {"SAW_THE_FUTURE 11"}},
        Lie{"OfAnotherHistory",
            [](LogMaker& log, World& world) {
              audit::Entry entry =
                  log.Make(EntryType::kDecision, DecisionBodyBytes(world.decision));
              entry.prev_root[31] ^= 1;
              log.AppendRaw(audit::EncodeEntry(entry));
            },
            {"SAW_ANOTHER_HISTORY 11"}},
        Lie{"DatedForward",
            [](LogMaker& log, World& world) {
              audit::Entry entry =
                  log.Make(EntryType::kDecision, DecisionBodyBytes(world.decision));
              entry.time_us += int64_t{3600} * 1'000'000;
              log.AppendRaw(audit::EncodeEntry(entry));
            },
            {"LATER_THAN_ITS_WITNESS"}},
        // Chunks.
        Lie{"ChunksWithoutTheirEntry",
            [](LogMaker& log, World&) { log.Append(EntryType::kChunk, "piece"); },
            {"CHUNKS_WITHOUT_ENTRY 11"}},
        Lie{"ChunksBeforeAnEntryThatHasItsBody",
            [](LogMaker& log, World& world) {
              log.Append(EntryType::kChunk, "piece");
              Decide(log, world.decision);
            },
            {"CHUNKS_WITHOUT_ENTRY 11"}},
        Lie{"AChunkIsMissing",
            [](LogMaker& log, World&) { AppendChunked(log, {60000}, 2, DigestOfR(60000)); },
            {"CHUNKS_WRONG 12"}},
        Lie{"AChunkIsTooShort",
            [](LogMaker& log, World&) {
              AppendChunked(log, {59999, 10}, 2, DigestOfR(60009));
            },
            {"CHUNKS_WRONG 13"}},
        Lie{"AnEmptyLastChunk",
            [](LogMaker& log, World&) {
              AppendChunked(log, {60000, 0}, 2, DigestOfR(60000));
            },
            {"CHUNK_WRONG 12", "CHUNKS_WRONG 13"}},
        Lie{"AChunkOfOtherBytes",
            [](LogMaker& log, World&) {
              AppendChunked(log, {60000, 9}, 2, DigestOfR(60008));
            },
            {"CHUNKS_ALTERED 13"}},
        Lie{"ChunksOfABodyThatIsNone",
            [](LogMaker& log, World&) {
              AppendChunked(log, {60000, 9}, 2, DigestOfR(60009));
            },
            {"BODY_UNREADABLE 13"}},
        // Catalogue and rules.
        Lie{"AnOfferingOfNobody",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kOffering, NamedBody("members/nobody/offerings/x", "x"));
            },
            {"OFFERING_WITHOUT_MEMBER 11"}},
        Lie{"ACatalogueBodyWithoutName",
            [](LogMaker& log, World&) { log.Append(EntryType::kMember, NamedBody("", "x")); },
            {"BODY_UNREADABLE 11"}},
        Decision("AnotherCatalogue", [](DecisionSpec& d) { d.catalogue[0] ^= 1; },
                 {"CATALOGUE_DIFFERS 11"}),
        Decision("ACatalogueThatIsNoChange", [](DecisionSpec& d) { d.catalogue_revision = 9; },
                 {"CATALOGUE_UNKNOWN 11"}),
        Decision("ACatalogueOfLater", [](DecisionSpec& d) { d.catalogue_revision = 11; },
                 {"CATALOGUE_UNKNOWN 11"}),
        Decision("ANegativeRevision", [](DecisionSpec& d) { d.catalogue_revision = -1; },
                 {"CATALOGUE_UNKNOWN 11"}),
        Decision("AnOlderCatalogueUnderTheNewDigest",
                 [](DecisionSpec& d) { d.catalogue_revision = 7; }, {"CATALOGUE_DIFFERS 11"}),
        Decision("AnotherRulebook", [](DecisionSpec& d) { d.rulebook[5] ^= 1; },
                 {"RULEBOOK_DIFFERS 11"}),
        Decision("ARulebookThatIsNone", [](DecisionSpec& d) { d.rulebook_revision = 4; },
                 {"RULEBOOK_UNKNOWN 11"}),
        // Secrets.
        Lie{"ASecretCommittedTwice",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kEpoch, EpochBodyBytes(1, "2026-03-01", Filled(0x01)));
            },
            {"EPOCH_TWICE 11"}},
        Lie{"ASecretNeverCommitted",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kEngagement,
                         EngagementBodyBytes("e2", "2026-03-02", Filled(0x56)));
            },
            {"SECRET_NOT_COMMITTED 11"}},
        Lie{"ASecretCommittedAfterwards",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kEngagement,
                         EngagementBodyBytes("e2", "2026-03-02", Filled(0x56)));
              log.Append(EntryType::kEpoch, EpochBodyBytes(1, "2026-03-02", Filled(0x01)));
            },
            {"SECRET_NOT_COMMITTED 11"}},
        Lie{"AnOldSecretTakenAgain",
            [](LogMaker& log, World&) {
              log.time_us += 3 * kDayUs;
              log.Append(EntryType::kEngagement,
                         EngagementBodyBytes("e2", "2026-03-01", Filled(0x56)));
            },
            {"SECRET_OF_ANOTHER_DAY 11", "SECRET_NOT_REVEALED 1"}},
        Lie{"ASecretRevealedOnItsDay",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kEpochClose,
                         EpochCloseBodyBytes("2026-03-01", 1, Filled(0x78)));
            },
            {"SECRET_REVEALED_EARLY 11"}},
        Lie{"ASecretKeptForTwoDays",
            [](LogMaker& log, World& world) {
              log.time_us += 5 * kDayUs / 2;
              Decide(log, world.decision);
            },
            {}},
        Lie{"ASecretKeptForTooLong",
            [](LogMaker& log, World& world) {
              log.time_us += 3 * kDayUs;
              Decide(log, world.decision);
            },
            {"SECRET_NOT_REVEALED 1"}},
        Lie{"AnEpochOfNoKind",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kEpoch, EpochBodyBytes(3, "2026-03-01", Filled(0x01)));
            },
            {"BODY_UNREADABLE 11"}},
        Lie{"ASecretRevealed",
            [](LogMaker& log, World&) {
              log.time_us += kDayUs;
              log.Append(EntryType::kEpochClose,
                         EpochCloseBodyBytes("2026-03-01", 1, Filled(0x78)));
            },
            {}},
        Lie{"AnotherSecretRevealed",
            [](LogMaker& log, World&) {
              log.time_us += kDayUs;
              log.Append(EntryType::kEpochClose,
                         EpochCloseBodyBytes("2026-03-01", 1, Filled(0x79)));
            },
            {"SECRET_IS_ANOTHER 11"}},
        Lie{"ASecretRevealedOfAnotherEntry",
            [](LogMaker& log, World&) {
              log.time_us += kDayUs;
              log.Append(EntryType::kEpochClose,
                         EpochCloseBodyBytes("2026-03-01", 0, Filled(0x78)));
            },
            {"EPOCH_NEVER_OPENED 11"}},
        Lie{"ASecretRevealedTwice",
            [](LogMaker& log, World&) {
              log.time_us += kDayUs;
              for (int i = 0; i < 2; ++i) {
                log.Append(EntryType::kEpochClose,
                           EpochCloseBodyBytes("2026-03-01", 1, Filled(0x78)));
              }
            },
            {"EPOCH_CLOSED_TWICE 12"}},
        Lie{"ASecretUsedOnceItIsPublic",
            [](LogMaker& log, World&) {
              log.time_us += kDayUs;
              log.Append(EntryType::kEpochClose,
                         EpochCloseBodyBytes("2026-03-01", 1, Filled(0x78)));
              log.Append(EntryType::kEngagement,
                         EngagementBodyBytes("e2", "2026-03-01", Filled(0x56)));
            },
            {"SECRET_ALREADY_REVEALED 12"}},
        // Sections, keys and erasures.
        Lie{"ASoundErasure",
            [](LogMaker& log, World& world) {
              AppendWithTiers(log, world,
                              {{.tier = 1, .section_count = 1}, {.tier = 2, .section_count = 3}},
                              7);
              log.Append(EntryType::kErasure, ErasureBodyBytes({{11, 1}, {11, 2}}));
            },
            {}},
        Lie{"ErasesATierThatIsNotThere",
            [](LogMaker& log, World& world) {
              AppendWithTiers(log, world, {{.tier = 2, .section_count = 1}}, 7);
              log.Append(EntryType::kErasure, ErasureBodyBytes({{11, 1}}));
            },
            {"ERASES_NOTHING 12"}},
        Lie{"ErasesWhatIsToCome",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kErasure, ErasureBodyBytes({{12, 2}}));
            },
            {"ERASES_NOTHING 11"}},
        Lie{"AnErasureOutOfOrder",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kErasure, ErasureBodyBytes({{10, 2}, {10, 1}}));
            },
            {"BODY_UNREADABLE 11"}},
        Lie{"KeysOfAnEarlierEntry",
            [](LogMaker& log, World& world) {
              AppendWithTiers(log, world, {{.tier = 1, .section_count = 1}}, 7);
              ++world.decision.recommendations;
              world.decision.recommendation = "r3";
              AppendWithTiers(log, world, {{.tier = 1, .section_count = 1}}, 7);
            },
            {"KEYS_TAKEN_BEFORE 12"}},
        Lie{"ATierOfNobody",
            [](LogMaker& log, World& world) {
              AppendWithTiers(log, world, {{.tier = 9, .section_count = 1}}, 7);
            },
            {"TIER_UNKNOWN 11"}},
        // Engagements and counts.
        Lie{"AnEngagementTwice",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kEngagement,
                         EngagementBodyBytes("e1", "2026-03-01", Filled(0x56)));
            },
            {"ENGAGEMENT_TWICE 11"}},
        Decision("AnUnknownEngagement", [](DecisionSpec& d) { d.engagement = "e7"; },
                 {"ENGAGEMENT_UNKNOWN 11"}),
        Decision("ARecommendationTwice", [](DecisionSpec& d) { d.recommendation = "r1"; },
                 {"RECOMMENDATION_TWICE 11"}),
        Decision("ACountThatStands", [](DecisionSpec& d) { d.recommendations = 1; },
                 {"COUNT_WRONG 11"}),
        Lie{"APreviewNotCounted",
            [](LogMaker& log, World& world) {
              log.Append(EntryType::kPreview, DecisionBodyBytes(world.decision));
            },
            {"COUNT_WRONG 11"}},
        // Choices.
        Lie{"ASoundChoice",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kChoice, ChoiceBodyBytes("r1", 10, 1, 0xb1));
            },
            {}},
        Lie{"ASoundChoiceOfNone",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kChoice, ChoiceBodyBytes("r1", 10, 2, 0));
            },
            {}},
        Lie{"AChoiceAfterNothing",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kChoice, ChoiceBodyBytes("r9", 10, 3, 0));
            },
            {"RECOMMENDATION_UNKNOWN 11"}},
        Lie{"AChoiceAfterAnotherEntry",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kChoice, ChoiceBodyBytes("r1", 9, 3, 0));
            },
            {"RECOMMENDATION_UNKNOWN 11"}},
        Lie{"AChoiceOfNoCatalogue",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kChoice, ChoiceBodyBytes("r1", 10, 1, 0xee));
            },
            {"OFFERING_UNKNOWN 11"}},
        Lie{"AChoiceOfNothingNamed",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kChoice, ChoiceBodyBytes("r1", 10, 1, 0));
            },
            {"BODY_UNREADABLE 11"}},
        Lie{"AnOfferingBesideNone",
            [](LogMaker& log, World&) {
              log.Append(EntryType::kChoice, ChoiceBodyBytes("r1", 10, 2, 0xb1));
            },
            {"BODY_UNREADABLE 11"}},
        // Rankings.
        Decision("AHiddenPlace", [](DecisionSpec& d) { d.places.pop_back(); },
                 {"PLACES_MISSING 11"}),
        Decision("ARankLeftOut", [](DecisionSpec& d) { d.places[2].rank = 3; }, {"RANKS_WRONG 11"}),
        Decision("RanksFromTwo",
                 [](DecisionSpec& d) {
                   for (auto& place : d.places) ++place.rank;
                 },
                 {"RANKS_WRONG 11"}),
        Decision("RanksFromZero",
                 [](DecisionSpec& d) {
                   for (auto& place : d.places) --place.rank;
                 },
                 {"RANKS_WRONG 11"}),
        Decision("ABetterScoreBelow", [](DecisionSpec& d) { d.places[2].score = 81; },
                 {"SCORE_BELOW_LOWER_RANK 11"}),
        Decision("AnOfferingTwice", [](DecisionSpec& d) { d.places[1].offering = 0xa1; },
                 {"OFFERING_RANKED_TWICE 11"}),
        Decision("AnOfferingOfNoCatalogue", [](DecisionSpec& d) { d.places[0].offering = 0xee; },
                 {"OFFERING_UNKNOWN 11"})),
    [](const ::testing::TestParamInfo<Lie>& row) { return row.param.name; });

TEST(VerifyTest, FindingsBeyondTheLimitAreCounted) {
  LogMaker log;
  for (int i = 0; i < 1200; ++i) log.AppendRaw("garbage");
  const Report report = Verify(log, WholeLog(log));
  EXPECT_EQ(report.findings.size(), Report::kFindingsMax);
  EXPECT_EQ(report.findings_dropped, 200U);
}

TEST(CatalogueStateTest, HasTheDigestOfTheDefinition) {
  std::vector<std::pair<std::string, std::string>> objects;
  CatalogueState state;
  EXPECT_EQ(state.Root(), SlowStateDigest({}));
  const auto leaf = [](const std::string& name, const std::string& message) {
    return SlowStateDigest({{name, message}});  // a tree of one leaf is the leaf
  };
  for (int i = 0; i < 70; ++i) {
    objects.emplace_back(absl::StrCat("object", i), absl::StrCat("bytes", i));
    state.Set(objects.back().first, leaf(objects.back().first, objects.back().second));
    ASSERT_EQ(state.Root(), SlowStateDigest(objects)) << i;
    auto& changed = objects[static_cast<size_t>(i * 7 % (i + 1))];
    changed.second += "!";
    state.Set(changed.first, leaf(changed.first, changed.second));
    ASSERT_EQ(state.Root(), SlowStateDigest(objects)) << i;
  }
}

// --- Files and reports -------------------------------------------------------------------------

TEST(DirectorySourceTest, ReadsADirectoryAndAFileUrl) {
  const testing::TempDir dir;
  LogMaker log;
  FillWithWorld(log, 300);
  WriteFiles(dir.path(), WholeLog(log));
  for (const std::string& name : {dir.path(), "file://" + dir.path()}) {
    const Report report = VerifyLog(DirectorySource(name), log.Policy(), {});
    EXPECT_EQ(report.verdict(), Verdict::kWitnessed) << FormatText(report, Language::kEnglish);
  }
  EXPECT_TRUE(absl::IsNotFound(DirectorySource(dir.path()).Read("nothing", 10).status()));
  EXPECT_TRUE(
      absl::IsResourceExhausted(DirectorySource(dir.path()).Read("checkpoint", 10).status()));
}

TEST(ReportTest, DoesNotLetTheLogSteerATerminal) {
  LogMaker log;
  World world = FillWithWorld(log, 11);
  world.decision.engagement = "e\x1b[2J\x07\x7f\xc2\x9b";
  Decide(log, world.decision);
  const std::string text = FormatText(Verify(log, WholeLog(log)), Language::kEnglish);
  EXPECT_THAT(text, HasSubstr("e?[2J??\xc2?"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(ReportTest, SpeaksBothLanguagesAndJson) {
  LogMaker log;
  World world = FillWithWorld(log, 11);
  log.time_us -= 10;
  world.decision.recommendations = 2;
  world.decision.recommendation = "r2";
  Decide(log, world.decision);
  const Report report = Verify(log, WholeLog(log));
  EXPECT_THAT(FormatText(report, Language::kEnglish),
              HasSubstr("entry 11: its time lies 9 microseconds before"));
  EXPECT_THAT(FormatText(report, Language::kFrench), HasSubstr("entrée 11: son heure précède"));
  EXPECT_THAT(FormatJson(report), HasSubstr("\"exit_code\":20"));
  EXPECT_THAT(FormatJson(report), HasSubstr("\"reason\":\"TIME_WENT_BACK\",\"index\":11"));
}

}  // namespace
}  // namespace aplomb::verify
