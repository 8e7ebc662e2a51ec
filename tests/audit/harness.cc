#include "tests/audit/harness.h"

#include <utility>

#include "base/check.h"
#include "rocksdb/db.h"

#if defined(__SANITIZE_THREAD__)
// The packaged libraries are not instrumented, so ThreadSanitizer does not see the atomics by which
// RocksDB counts references to its tables' data and Abseil those to a Status.
extern "C" const char* __tsan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "race:librocksdb\n"
         "race:libzstd\n"
         "race:absl::*Status::Unref\n"
         "race:absl::*status_internal::Payload\n";
}
#endif

namespace aplomb::testing {

audit::Projection SeenProjection() {
  return {.types = {audit::EntryType::kDecision},
          .column_families = {{.name = kSeenFamily}},
          .project = [](const audit::LoggedEntry& entry, audit::Overlay& overlay) -> absl::Status {
            if (entry.body == "refused by the projection") {
              return absl::InvalidArgumentError("refused by the projection");
            }
            overlay.Put(kSeenFamily, entry.body.substr(0, 64), audit::IndexKey(entry.index));
            return absl::OkStatus();
          }};
}

absl::StatusOr<std::unique_ptr<audit::Database>> OpenLog(const std::string& directory,
                                                         rocksdb::Env* env,
                                                         bool create_if_missing) {
  return audit::Database::Open({.directory = directory,
                                .column_families = SeenProjection().column_families,
                                .create_if_missing = create_if_missing,
                                .env = env});
}

tlog::Signer TestSigner() {
  auto signer = tlog::Signer::FromSeed("log.test/audit", tlog::SignatureType::kEd25519,
                                       std::string(tlog::kSeedBytes, 's'));
  CHECK_OK(signer);
  return *std::move(signer);
}

absl::StatusOr<std::unique_ptr<audit::KeyStore>> OpenKeys(const std::string& directory) {
  return audit::KeyStore::Open(
      {.directory = directory + "/keys", .create_if_missing = true, .block_slots = 64});
}

namespace {

void WithRaw(
    const std::string& directory, absl::string_view family,
    const std::function<rocksdb::Status(rocksdb::DB&, rocksdb::ColumnFamilyHandle*)>& change) {
  std::vector<std::string> names;
  CHECK(rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), directory, &names).ok()) << directory;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names) {
    descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions());
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  CHECK(rocksdb::DB::Open(rocksdb::DBOptions(), directory, descriptors, &handles, &raw).ok());
  const std::unique_ptr<rocksdb::DB> db(raw);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle->GetName() == family) CHECK(change(*db, handle).ok()) << family;
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    CHECK(db->DestroyColumnFamilyHandle(handle).ok()) << directory;
  }
}

}  // namespace

void PutRaw(const std::string& directory, absl::string_view family, const std::string& key,
            const std::string& value) {
  WithRaw(directory, family, [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
    return db.Put(rocksdb::WriteOptions(), handle, key, value);
  });
}

void DeleteRaw(const std::string& directory, absl::string_view family, const std::string& key) {
  WithRaw(directory, family, [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
    return db.Delete(rocksdb::WriteOptions(), handle, key);
  });
}

std::string GetRaw(const std::string& directory, absl::string_view family, const std::string& key) {
  std::string value;
  WithRaw(directory, family, [&](rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle) {
    return db.Get(rocksdb::ReadOptions(), handle, key, &value);
  });
  return value;
}

std::function<absl::Status(audit::StageContext&)> AppendBody(std::string body) {
  return [body = std::move(body)](audit::StageContext& context) {
    return context.Append(audit::EntryType::kDecision, body).status();
  };
}

TestLog::TestLog(const std::string& directory, rocksdb::Env* env, audit::SequencerOptions options,
                 audit::PublishHook publish) {
  auto database = OpenLog(directory, env);
  CHECK_OK(database) << directory;
  database_ = *std::move(database);
  auto keys = OpenKeys(directory);
  CHECK_OK(keys) << directory;
  keys_ = *std::move(keys);
  tlog::Signer signer = TestSigner();
  const tlog::VerifierKey key = signer.key();
  auto tree = audit::LogTree::Open(database_.get(), key, std::move(signer));
  CHECK_OK(tree) << directory;
  tree_ = *std::move(tree);
  sequencer_ = std::make_unique<audit::Sequencer>(
      database_.get(), tree_.get(), keys_.get(), std::vector<audit::Projection>{SeenProjection()},
      std::move(publish), &clock_, base::Logger::Null(), options);
}

TestLog::~TestLog() = default;

}  // namespace aplomb::testing
