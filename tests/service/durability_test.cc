// What the service writes is a function of the log, and damage is told.
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "audit/sequencer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/callers.h"
#include "service/dataset.h"
#include "tests/service/running_server.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;
using Advisor = pb::AdvisorService::Stub;
using ::aplomb::testing::StatusIs;
using ::aplomb::testing::TempDir;
using ::testing::HasSubstr;

// The indices of engagements and recommendations can be lost: the entries give them back, byte for
// byte.
TEST(Projection, OfTheWholeLogGivesTheSameFamilies) {
  RunningServer server;
  for (const char* siren : {"552081317", "", "552081317"}) {
    pb::CreateRecommendationRequest request =
        TinyRequest(OpenEngagement(server, "marie", siren).name());
    for (const bool preview : {true, false, true}) {
      request.mutable_recommendation()->set_preview(preview);
      pb::Recommendation answer;
      ASSERT_TRUE(
          Invoke(server.advisor(), &Advisor::CreateRecommendation, "marie", request, &answer).ok());
    }
  }
  server.Stop();
  ASSERT_OK_AND_ASSIGN(const auto dataset, Dataset::Open({.directory = server.data_directory()}));
  ASSERT_OK(dataset->database().CheckAllEntries());
  const TempDir dir;
  audit::DatabaseOptions options;
  options.directory = dir.Path("db");
  options.column_families = dataset->database().families();
  std::erase_if(options.column_families, [](const audit::ColumnFamilySpec& family) {
    for (const audit::Projection& projection : Dataset::Projections()) {
      for (const audit::ColumnFamilySpec& own : projection.column_families) {
        if (own.name == family.name) return false;
      }
    }
    return true;
  });
  options.create_if_missing = true;
  ASSERT_OK_AND_ASSIGN(const auto rebuilt, audit::Database::Open(options));
  ASSERT_OK(audit::Rebuild(dataset->database(), Dataset::Projections(), rebuilt.get()));
  EXPECT_OK(audit::CompareFamilies(dataset->database(), *rebuilt));
}

ServerOptions Over(const std::string& directory) {
  ServerOptions options;
  options.data_directory = directory;
  options.callers = *TokenTable::Parse("");
  options.abort_on_storage_failure = false;
  return options;
}

struct Damage {
  const char* name;
  const char* extension;  // of the files changed
  bool truncate;          // else: bytes in the middle are changed
};
class Damages : public ::testing::TestWithParam<Damage> {};

// Whatever is damaged: a start either tells the directory and stops, or goes on with everything
// that was acknowledged.
TEST_P(Damages, AreToldOrHarmless) {
  RunningServer server({.members = 40});
  const std::string engagement = OpenEngagement(server, "marie", "552081317").name();
  server.Stop();
  int damaged = 0;
  for (const auto& file : std::filesystem::directory_iterator(server.data_directory() + "/db")) {
    const std::string name = file.path().filename().string();
    const bool wanted = name.starts_with(GetParam().extension) ||
                        file.path().extension().string() == GetParam().extension;
    if (!wanted || file.file_size() < 16) continue;
    std::string bytes = testing::ReadFileOrFail(file.path().string());
    if (GetParam().truncate) {
      bytes.resize(bytes.size() / 2);
    } else {
      for (size_t i = 0; i < 8; ++i) bytes[bytes.size() / 2 + i] ^= 0x5a;
    }
    testing::WriteFileOrFail(file.path().string(), bytes);
    ++damaged;
  }
  ASSERT_GT(damaged, 0) << "no such file";
  auto started = Server::Start(Over(server.data_directory()));
  if (!started.ok()) {
    EXPECT_THAT(std::string(started.status().message()), HasSubstr(server.data_directory()));
    EXPECT_THAT(started.status().code(),
                ::testing::AnyOf(absl::StatusCode::kDataLoss, absl::StatusCode::kUnavailable,
                                 absl::StatusCode::kFailedPrecondition));
    return;
  }
  const auto snapshot = (*started)->dataset().store().snapshot();
  EXPECT_EQ(snapshot->members.size(), 40u);
  EXPECT_EQ(snapshot->offerings.size(), 80u);
  (*started)->Shutdown();
  server.Restart();
  pb::GetEngagementRequest request;
  request.set_name(engagement);
  pb::Engagement answer;
  EXPECT_TRUE(Invoke(server.advisor(), &Advisor::GetEngagement, "marie", request, &answer).ok());
}

INSTANTIATE_TEST_SUITE_P(All, Damages,
                         ::testing::Values(Damage{"LogCut", ".log", true},
                                           Damage{"LogChanged", ".log", false},
                                           Damage{"ManifestCut", "MANIFEST", true},
                                           Damage{"ManifestChanged", "MANIFEST", false}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace aplomb::service
