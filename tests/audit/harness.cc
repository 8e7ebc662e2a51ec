#include "tests/audit/harness.h"

#include <utility>

#include "base/check.h"

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
  sequencer_ = std::make_unique<audit::Sequencer>(
      database_.get(), std::vector<audit::Projection>{SeenProjection()}, std::move(publish),
      &clock_, &random_, base::Logger::Null(), options);
}

TestLog::~TestLog() = default;

}  // namespace aplomb::testing
