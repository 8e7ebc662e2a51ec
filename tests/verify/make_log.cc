#include "tests/verify/make_log.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "audit/tlog/tree.h"
#include "base/bytes.h"
#include "base/check.h"
#include "tests/testing/files.h"

namespace aplomb::verify {
namespace {

using audit::EntryType;

// MTH of RFC 6962, 2.1, word by word.
tlog::Hash MerkleRoot(const std::vector<tlog::Hash>& leaves, size_t begin, size_t end) {
  if (begin == end) return tlog::EmptyRoot();
  if (end - begin == 1) return leaves[begin];
  size_t left = 1;
  while (2 * left < end - begin) left *= 2;
  return tlog::NodeHash(MerkleRoot(leaves, begin, begin + left),
                        MerkleRoot(leaves, begin + left, end));
}

std::string Uuid(uint8_t byte) { return std::string(16, static_cast<char>(byte)); }

}  // namespace

base::Digest Filled(uint8_t byte) {
  base::Digest digest;
  digest.fill(byte);
  return digest;
}

tlog::Signer TestSigner(absl::string_view name, tlog::SignatureType type, uint8_t seed) {
  absl::StatusOr<tlog::Signer> signer =
      tlog::Signer::FromSeed(name, type, std::string(tlog::kSeedBytes, static_cast<char>(seed)));
  CHECK_OK(signer) << "a name of this file";
  return *std::move(signer);
}

std::string NamedBody(absl::string_view name, absl::string_view message) {
  base::ByteWriter writer;
  writer.Bytes(name);
  writer.Raw(message);
  return std::move(writer).Take();
}

std::string EpochBodyBytes(uint8_t kind, absl::string_view label, const base::Digest& secret) {
  const std::string committed = absl::StrCat(absl::string_view("aplomb/epoch/v1\0", 16),
                                             std::string(1, static_cast<char>(kind)), label,
                                             absl::string_view("\0", 1), base::DigestView(secret));
  base::ByteWriter writer;
  writer.U8(kind);
  writer.Bytes(label);
  writer.Digest(base::Sha256(committed));
  return std::move(writer).Take();
}

std::string EpochCloseBodyBytes(absl::string_view day, int64_t epoch_index,
                                const base::Digest& secret) {
  base::ByteWriter writer;
  writer.U8(1);
  writer.U8(1);
  writer.Bytes(day);
  writer.I64(epoch_index);
  writer.Digest(secret);
  return std::move(writer).Take();
}

std::string ErasureBodyBytes(const std::vector<std::pair<uint64_t, uint8_t>>& tiers) {
  base::ByteWriter writer;
  writer.U8(1);
  writer.U8(1);
  writer.U32(static_cast<uint32_t>(tiers.size()));
  for (const auto& [index, tier] : tiers) {
    writer.U64(index);
    writer.U8(tier);
  }
  return std::move(writer).Take();
}

std::string EngagementBodyBytes(absl::string_view id, absl::string_view tie_epoch,
                                const base::Digest& subject) {
  base::ByteWriter writer;
  writer.U8(1);
  writer.Bytes(id);
  writer.Bytes("ADVISOR/marie");
  writer.Bytes(tie_epoch);
  writer.Digest(subject);
  writer.Bool(false);
  writer.Bool(false);
  return std::move(writer).Take();
}

std::string OfferingMessage(uint8_t byte) {
  // Field 1 (a name), then field 2, the uid as text with hyphens.
  const std::string hex = absl::BytesToHexString(Uuid(byte));
  const std::string uid =
      absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                   hex.substr(16, 4), "-", hex.substr(20));
  return absl::StrCat("\x0a\x01n\x12", std::string(1, static_cast<char>(uid.size())), uid);
}

std::string DecisionBodyBytes(const DecisionSpec& spec) {
  base::ByteWriter writer;
  writer.U8(1);
  writer.Bytes(spec.engagement);
  writer.Bytes(spec.recommendation);
  writer.U32(20513);  // 2026-03-01
  writer.I64(spec.catalogue_revision);
  writer.I64(spec.rulebook_revision);
  writer.Digest(spec.rulebook);
  writer.Digest(spec.catalogue);
  writer.Digest(Filled(0x22));
  writer.U32(static_cast<uint32_t>(spec.recommendations));
  writer.U32(static_cast<uint32_t>(spec.previews));
  writer.U32(1);
  writer.Bytes("ECOMMERCE");
  writer.U8(1);
  writer.U32(spec.ranked);
  writer.U32(0);
  writer.U32(0);
  writer.U32(static_cast<uint32_t>(spec.places.size()));
  for (const DecisionSpec::Place& place : spec.places) {
    writer.Raw(Uuid(place.offering));
    writer.U32(place.rank);
    writer.I64(place.score);
  }
  return std::move(writer).Take();
}

std::string ChoiceBodyBytes(absl::string_view recommendation, uint64_t index, uint8_t kind,
                            uint8_t offering) {
  base::ByteWriter writer;
  writer.U8(1);
  writer.Bytes("e1");
  writer.Bytes(recommendation);
  writer.U64(index);
  writer.Bytes("ECOMMERCE");
  writer.U8(kind);
  writer.Raw(Uuid(offering));
  return std::move(writer).Take();
}

base::Digest SlowStateDigest(const std::vector<std::pair<std::string, std::string>>& objects) {
  std::vector<tlog::Hash> leaves;
  for (const auto& [name, message] : objects) {
    base::ByteWriter writer;
    writer.U8(0);
    writer.Bytes(name);
    writer.Digest(base::Sha256(message));
    leaves.push_back(base::Sha256(writer.view()));
  }
  return MerkleRoot(leaves, 0, leaves.size());
}

LogMaker::LogMaker()
    // Its public key has plus signs in its base64, and plus signs divide a verifier key's parts.
    : log_signer(TestSigner("log.example/test", tlog::SignatureType::kEd25519, 65)),
      witness1(TestSigner("witness.example/w1", tlog::SignatureType::kCosignature, 2)),
      witness2(TestSigner("witness.example/w2", tlog::SignatureType::kCosignature, 3)) {}

audit::Entry LogMaker::Make(EntryType type, absl::string_view body) {
  return {.type = type,
          .time_us = ++time_us,
          .prev_size = static_cast<int64_t>(size()),
          .prev_root = frontier_.Root(),
          .body = std::string(body)};
}

uint64_t LogMaker::Append(EntryType type, absl::string_view body) {
  return AppendRaw(audit::EncodeEntry(Make(type, body)));
}

uint64_t LogMaker::AppendRaw(std::string bytes) {
  frontier_.Append(tlog::LeafHash(bytes), [](tlog::Node, const tlog::Hash&) {});
  entries.push_back(std::move(bytes));
  return entries.size() - 1;
}

tlog::Hash LogMaker::RootAt(uint64_t size) const {
  std::vector<tlog::Hash> leaves;
  for (uint64_t i = 0; i < size; ++i) leaves.push_back(tlog::LeafHash(entries[i]));
  return MerkleRoot(leaves, 0, leaves.size());
}

std::string LogMaker::CheckpointAt(uint64_t size) const {
  return tlog::SignCheckpoint({.origin = log_signer.key().name, .size = size, .root = RootAt(size)},
                              log_signer);
}

std::string LogMaker::CosignedAt(uint64_t size, int witnesses, uint64_t time_s) const {
  std::string note = CheckpointAt(size);
  const std::string text =
      tlog::FormatCheckpoint({.origin = log_signer.key().name, .size = size, .root = RootAt(size)});
  if (witnesses >= 1) note += witness1.SignatureLine(text, time_s);
  if (witnesses >= 2) note += witness2.SignatureLine(text, time_s);
  return note;
}

tlog::Receipt LogMaker::ReceiptFor(uint64_t index, uint64_t size) const {
  std::vector<tlog::Hash> leaves;
  for (uint64_t i = 0; i < size; ++i) leaves.push_back(tlog::LeafHash(entries[i]));
  const auto node = [&leaves](tlog::Node at) -> absl::StatusOr<tlog::Hash> {
    return MerkleRoot(leaves, at.index << at.level, (at.index + 1) << at.level);
  };
  const auto proof = tlog::ProveInclusion(index, size, node);
  CHECK_OK(proof) << "index < size";
  return {.extra = std::nullopt, .index = index, .proof = *proof, .checkpoint = CheckpointAt(size)};
}

std::map<std::string, std::string> LogMaker::Files(uint64_t size) const {
  std::map<std::string, std::string> files;
  std::vector<tlog::Hash> hashes;
  std::string bundle;
  for (uint64_t i = 0; i < size; ++i) {
    hashes.push_back(tlog::LeafHash(entries[i]));
    tlog::AppendToBundle(entries[i], bundle);
    if (i % 256 == 255 || i + 1 == size) {
      files[tlog::TilePath({.level = tlog::Tile::kEntriesLevel,
                            .index = i / 256,
                            .width = static_cast<uint32_t>(i % 256 + 1)})] = std::move(bundle);
      bundle.clear();
    }
  }
  for (int level = 0; !hashes.empty(); ++level) {
    std::vector<tlog::Hash> above;
    for (size_t begin = 0; begin < hashes.size(); begin += 256) {
      const size_t end = std::min(begin + 256, hashes.size());
      std::string tile;
      for (size_t i = begin; i < end; ++i) {
        absl::StrAppend(&tile, base::DigestView(hashes[i]));
      }
      files[tlog::TilePath(
          {.level = level, .index = begin / 256, .width = static_cast<uint32_t>(end - begin)})] =
          tile;
      if (end - begin == 256) above.push_back(MerkleRoot(hashes, begin, end));
    }
    hashes = std::move(above);
  }
  return files;
}

std::string LogMaker::PolicyText() const {
  return absl::StrCat("log ", log_signer.key().ToString(), "\nwitness w1 ",
                      witness1.key().ToString(), "\nwitness w2 ", witness2.key().ToString(),
                      "\ngroup both all w1 w2\nquorum both\n");
}

tlog::Policy LogMaker::Policy() const {
  absl::StatusOr<tlog::Policy> policy = tlog::ParsePolicy(PolicyText());
  CHECK_OK(policy) << "a text of this file";
  return *std::move(policy);
}

World FillWithWorld(LogMaker& log, uint64_t size) {
  std::vector<std::pair<std::string, std::string>> objects;
  const auto add = [&](EntryType type, const std::string& name, const std::string& message) {
    objects.emplace_back(name, message);
    return log.Append(type, NamedBody(name, message));
  };
  log.Append(EntryType::kEpoch, EpochBodyBytes(2, "2026", Filled(0x77)));
  log.Append(EntryType::kEpoch, EpochBodyBytes(1, "2026-03-01", Filled(0x78)));
  add(EntryType::kLawTable, "law_table", "laws");
  const uint64_t rulebook = add(EntryType::kRulebook, "rulebooks/main", "rules");
  add(EntryType::kMember, "members/acme", "acme");
  add(EntryType::kMember, "members/bolt", "bolt");
  add(EntryType::kOffering, "members/acme/offerings/shop", OfferingMessage(0xa1));
  add(EntryType::kOffering, "members/bolt/offerings/till", OfferingMessage(0xb1));
  const uint64_t last =
      add(EntryType::kOffering, "members/bolt/offerings/web", OfferingMessage(0xb2));
  log.Append(EntryType::kEngagement, EngagementBodyBytes("e1", "2026-03-01", Filled(0x55)));
  World world;
  world.decision = {.catalogue_revision = static_cast<int64_t>(last),
                    .rulebook_revision = static_cast<int64_t>(rulebook),
                    .rulebook = base::Sha256("rules"),
                    .catalogue = SlowStateDigest(objects),
                    .ranked = 3,
                    .places = {{.offering = 0xa1, .rank = 1, .score = 80},
                               {.offering = 0xb1, .rank = 1, .score = 85},
                               {.offering = 0xb2, .rank = 2, .score = 70}}};
  world.first_decision = log.Append(EntryType::kDecision, DecisionBodyBytes(world.decision));
  DecisionSpec next = world.decision;
  while (log.size() < size) {
    ++next.recommendations;
    next.recommendation = absl::StrCat("r", next.recommendations);
    log.Append(EntryType::kDecision, DecisionBodyBytes(next));
  }
  return world;
}

void WriteFiles(const std::string& directory, const std::map<std::string, std::string>& files) {
  for (const auto& [path, bytes] : files) {
    const std::filesystem::path target = std::filesystem::path(directory) / path;
    std::filesystem::create_directories(target.parent_path());
    testing::WriteFileOrFail(target.string(), bytes);
  }
}

}  // namespace aplomb::verify
