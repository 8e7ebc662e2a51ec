// A log for tests: DECISION entries of any bytes, with one derived family `seen`, in which the
// index of the newest entry with each body stands.
#ifndef APLOMB_TESTS_AUDIT_HARNESS_H_
#define APLOMB_TESTS_AUDIT_HARNESS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/database.h"
#include "audit/key_store.h"
#include "audit/log_tree.h"
#include "audit/sequencer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

namespace aplomb::testing {

// Of the derived family.
inline constexpr char kSeenFamily[] = "seen";

audit::Projection SeenProjection();

absl::StatusOr<std::unique_ptr<audit::Database>> OpenLog(const std::string& directory,
                                                         rocksdb::Env* env = nullptr,
                                                         bool create_if_missing = true);

// Signs the logs of tests; always the same key.
tlog::Signer TestSigner();

// The keys of sections of a log of tests, in a folder of its directory.
absl::StatusOr<std::unique_ptr<audit::KeyStore>> OpenKeys(const std::string& directory);

// Changes a database that is closed, behind the log's back.
void PutRaw(const std::string& directory, absl::string_view family, const std::string& key,
            const std::string& value);
void DeleteRaw(const std::string& directory, absl::string_view family, const std::string& key);
// Ends the test program if it is not there.
std::string GetRaw(const std::string& directory, absl::string_view family, const std::string& key);

// A stage function that appends one entry of `body`.
std::function<absl::Status(audit::StageContext&)> AppendBody(std::string body);

// A database with its sequencer, on a clock that stands still.
class TestLog {
 public:
  // Ends the test program if it cannot be opened.
  explicit TestLog(const std::string& directory, rocksdb::Env* env = nullptr,
                   audit::SequencerOptions options = {}, audit::PublishHook publish = {});
  ~TestLog();

  audit::Database& database() { return *database_; }
  audit::LogTree& tree() { return *tree_; }
  audit::KeyStore& keys() { return *keys_; }
  audit::Sequencer& sequencer() { return *sequencer_; }
  base::FakeClock& clock() { return clock_; }
  base::FakeRandom& random() { return random_; }

 private:
  base::FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  base::FakeRandom random_{7};
  std::unique_ptr<audit::Database> database_;
  std::unique_ptr<audit::KeyStore> keys_;
  std::unique_ptr<audit::LogTree> tree_;
  std::unique_ptr<audit::Sequencer> sequencer_;
};

}  // namespace aplomb::testing

#endif  // APLOMB_TESTS_AUDIT_HARNESS_H_
