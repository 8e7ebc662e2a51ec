// fsck, replay and erase over a directory that a server has written and left.
#include <string>

#include "absl/strings/str_cat.h"
#include "audit/database.h"
#include "audit/log_tree.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/audit/harness.h"
#include "tests/service/running_server.h"

namespace aplomb::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kSiren[] = "732829320";

// What a command prints, and its exit code.
struct Outcome {
  int exit_code = -1;
  std::string printed;
};

template <typename Command>
Outcome Capture(Command command) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.exit_code = command();
  outcome.printed =
      ::testing::internal::GetCapturedStdout() + ::testing::internal::GetCapturedStderr();
  return outcome;
}

class StoreCommandsTest : public ::testing::Test {
 protected:
  StoreCommandsTest() {
    engagement_ = service::OpenEngagement(server_, "marie", kSiren).name();
    for (int i = 0; i < 3; ++i) {
      advisor::v1::Recommendation answer;
      const auto context = service::As("marie");
      const grpc::Status status = server_.advisor().CreateRecommendation(
          context.get(), service::TinyRequest(engagement_), &answer);
      EXPECT_TRUE(status.ok()) << status.error_message();
    }
    server_.Stop();
  }
  Outcome FsckNow() {
    return Capture([this] {
      FsckCommandOptions options;
      options.data = server_.data_directory();
      options.rebuild = true;
      return Fsck(common_, options);
    });
  }
  Outcome ReplayNow(int64_t index = -1) {
    return Capture([this, index] {
      return Replay(common_, {.data = server_.data_directory(), .index = index});
    });
  }

  const CommonOptions common_{.language = Language::kEnglish};
  service::RunningServer server_;
  std::string engagement_;
};

TEST_F(StoreCommandsTest, ASoundDirectoryHasNoFindingsAndReplaysAndRebuilds) {
  const Outcome fsck = FsckNow();
  EXPECT_EQ(fsck.exit_code, kDone) << fsck.printed;
  EXPECT_THAT(fsck.printed, HasSubstr("0 findings"));
  const Outcome replay = ReplayNow();
  EXPECT_EQ(replay.exit_code, kDone) << replay.printed;
  EXPECT_THAT(replay.printed,
              HasSubstr("3 decisions, 3 equal byte for byte, 0 erased, 0 differing"));
  const Outcome not_a_decision = ReplayNow(0);
  EXPECT_NE(not_a_decision.exit_code, kDone);
  EXPECT_THAT(not_a_decision.printed, HasSubstr("entry 0 is not a decision"));
}

TEST_F(StoreCommandsTest, AnErasedEngagementIsNotDamageAndCannotBeReplayed) {
  const std::string id = engagement_.substr(engagement_.find('/') + 1);
  const Outcome erased =
      Capture([&] { return Erase(common_, {.data = server_.data_directory(), .engagement = id}); });
  EXPECT_EQ(erased.exit_code, kDone) << erased.printed;
  const Outcome fsck = FsckNow();
  EXPECT_EQ(fsck.exit_code, kDone) << fsck.printed;
  EXPECT_THAT(fsck.printed, HasSubstr("4 erased")) << "the engagement and its three decisions";
  const Outcome replay = ReplayNow();
  EXPECT_EQ(replay.exit_code, kDone) << replay.printed;
  EXPECT_THAT(replay.printed, HasSubstr("3 decisions, 0 equal byte for byte, 3 erased"));
  const Outcome again =
      Capture([&] { return Erase(common_, {.data = server_.data_directory(), .engagement = id}); });
  EXPECT_NE(again.exit_code, kDone) << "there is nothing left to erase";
}

TEST_F(StoreCommandsTest, ACatalogueThatDoesNotFollowFromTheLogIsFoundByRebuilding) {
  ::aplomb::testing::PutRaw(server_.data_directory() + "/db", "catalog_meta", "fictional", "7");
  const Outcome fsck = FsckNow();
  EXPECT_EQ(fsck.exit_code, kStorage) << fsck.printed;
  EXPECT_THAT(fsck.printed, HasSubstr("REBUILD"));
  EXPECT_THAT(fsck.printed, HasSubstr("catalog_meta"));
}

TEST_F(StoreCommandsTest, ADamagedEntryIsNamed) {
  const std::string key = audit::HashKey(0, 3);
  const std::string db = server_.data_directory() + "/db";
  std::string hash = ::aplomb::testing::GetRaw(db, audit::kHashFamily, key);
  hash[0] = static_cast<char>(hash[0] ^ 1);
  ::aplomb::testing::PutRaw(db, audit::kHashFamily, key, hash);
  const Outcome fsck = FsckNow();
  EXPECT_EQ(fsck.exit_code, kStorage) << fsck.printed;
  EXPECT_THAT(fsck.printed, HasSubstr("HASH entry 3: "));
}

}  // namespace
}  // namespace aplomb::cli
