#include "tests/keeping/old_database.h"

#include <map>
#include <memory>

#include "audit/tlog/checkpoint.h"
#include "audit/tlog/tree.h"
#include "base/check.h"
#include "base/digest.h"
#include "rocksdb/db.h"
#include "tests/audit/harness.h"

namespace aplomb::testing {
namespace {

std::string BigEndian(uint64_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>(value >> shift & 0xff));
  }
  return text;
}

// RFC 6962, 2.1, the slow way: the root over leaves [begin, end).
base::Digest Root(const std::vector<base::Digest>& leaves, size_t begin, size_t end) {
  if (end - begin == 1) return leaves[begin];
  size_t split = 1;
  while (2 * split < end - begin) split *= 2;
  std::string node(1, '\1');
  node += std::string(base::DigestView(Root(leaves, begin, begin + split)));
  node += std::string(base::DigestView(Root(leaves, begin + split, end)));
  return base::Sha256(absl::string_view(node));
}

}  // namespace

void WriteVersion2(const std::string& directory, const std::vector<std::string>& bodies) {
  CHECK_LT(bodies.size(), size_t{256}) << "no tile is complete";
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  CHECK(rocksdb::DB::Open(options, directory, &raw).ok()) << directory;
  const std::unique_ptr<rocksdb::DB> db(raw);
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families;
  for (const char* name : {"entry", "hash", "head", "section", "meta", "idempotency", "tie_secret",
                           "epoch", "erased", "seen"}) {
    CHECK(db->CreateColumnFamily(rocksdb::ColumnFamilyOptions(), name, &families[name]).ok());
  }
  const auto put = [&](const char* family, const std::string& key, const std::string& value) {
    CHECK(db->Put(rocksdb::WriteOptions(), families[family], key, value).ok()) << family;
  };
  put("meta", "format", BigEndian(2, 4));
  std::vector<base::Digest> leaves;
  const tlog::Signer signer = TestSigner();
  for (size_t i = 0; i < bodies.size(); ++i) {
    const std::string prev_root =
        i == 0 ? std::string(base::DigestView(base::Sha256(absl::string_view(""))))
               : std::string(base::DigestView(Root(leaves, 0, i)));
    // magic, type DECISION, time, prev_size, prev_root, no tiers, no chunks, body
    const std::string entry = "APE1" + BigEndian(7, 1) + BigEndian(1'700'000'000'000'000 + i, 8) +
                              BigEndian(i, 8) + prev_root + BigEndian(0, 1) + BigEndian(0, 2) +
                              BigEndian(bodies[i].size(), 4) + bodies[i];
    leaves.push_back(base::Sha256(absl::string_view(std::string(1, '\0') + entry)));
    put("entry", BigEndian(i, 8), entry);
    put("hash", BigEndian(0, 1) + BigEndian(i, 8), std::string(base::DigestView(leaves.back())));
    put("seen", bodies[i].substr(0, 64), BigEndian(i, 8));
    put("head", BigEndian(i + 1, 8),
        tlog::SignCheckpoint(
            {.origin = signer.key().name, .size = i + 1, .root = Root(leaves, 0, i + 1)}, signer));
    put("meta", "size", BigEndian(i + 1, 8));
  }
  for (const auto& [name, handle] : families) {
    CHECK(db->DestroyColumnFamilyHandle(handle).ok()) << name;
  }
}

}  // namespace aplomb::testing
