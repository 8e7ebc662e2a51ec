#include "service/errors.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/reason.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "service/reasons.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

using ::aplomb::testing::ReadFileOrFail;
using ::testing::HasSubstr;

google::rpc::Status Parse(const absl::Status& error) {
  google::rpc::Status status;
  EXPECT_TRUE(status.ParseFromString(SerializeDetails(error)));
  return status;
}

template <typename Detail>
std::vector<Detail> DetailsOf(const absl::Status& error) {
  std::vector<Detail> found;
  const google::rpc::Status status = Parse(error);
  for (const auto& any : status.details()) {
    Detail detail;
    if (any.Is<Detail>() && any.UnpackTo(&detail)) found.push_back(detail);
  }
  return found;
}

TEST(Reasons, AreWordsOfTheForm) {
  std::set<std::string> seen;
  for (const ReasonInfo& info : AllReasons()) {
    const std::string word(info.word);
    EXPECT_TRUE(seen.insert(word).second) << word << " twice";
    EXPECT_LE(word.size(), 63u) << word;
    EXPECT_THAT(word, ::testing::MatchesRegex("[A-Z][A-Z0-9_]+[A-Z0-9]"));
    EXPECT_NE(info.code, absl::StatusCode::kOk) << word;
    EXPECT_EQ(Info(info.reason).word, info.word);
  }
}

// The table of docs/api.md has a row `| WORD | CODE | …` for each reason and no other.
TEST(Reasons, StandInTheDocumentation) {
  std::map<std::string, std::string> documented;
  bool inside = false;
  for (absl::string_view line : absl::StrSplit(ReadFileOrFail("docs/api.md"), '\n')) {
    if (line == "<!-- reasons -->") inside = true;
    if (line == "<!-- /reasons -->") inside = false;
    const std::vector<absl::string_view> cells = absl::StrSplit(line, '|');
    if (!inside || cells.size() < 5) continue;
    const std::string word(absl::StripAsciiWhitespace(cells[1]));
    if (word.empty() || word.front() != '`') continue;
    documented[word.substr(1, word.size() - 2)] = std::string(absl::StripAsciiWhitespace(cells[2]));
    EXPECT_GT(absl::StripAsciiWhitespace(cells[3]).size(), 10u) << word << " is not explained";
  }
  std::map<std::string, std::string> expected;
  for (const ReasonInfo& info : AllReasons()) {
    expected[std::string(info.word)] = absl::StatusCodeToString(info.code);
  }
  EXPECT_EQ(documented, expected);
}

TEST(Errors, HaveOneErrorInfoWithReasonDomainAndMetadata) {
  for (const ReasonInfo& info : AllReasons()) {
    const absl::Status error = MakeError(info.reason, "What is wrong.", {{"key", "value"}});
    EXPECT_EQ(error.code(), info.code);
    const auto infos = DetailsOf<google::rpc::ErrorInfo>(error);
    ASSERT_EQ(infos.size(), 1u) << info.word;
    EXPECT_EQ(infos[0].reason(), info.word);
    EXPECT_EQ(infos[0].domain(), "aplomb");
    EXPECT_EQ(infos[0].metadata().at("key"), "value");
    EXPECT_EQ(ReasonWord(error), info.word);
  }
}

TEST(Errors, RetryInfoIsThereOnce) {
  const absl::Status error =
      WithRetry(WithRetry(MakeError(Reason::kQueueFull, "Full."), absl::Seconds(9)),
                absl::Milliseconds(1500));
  const auto retries = DetailsOf<google::rpc::RetryInfo>(error);
  ASSERT_EQ(retries.size(), 1u);
  EXPECT_EQ(retries[0].retry_delay().seconds(), 1);
  EXPECT_EQ(retries[0].retry_delay().nanos(), 500'000'000);
}

TEST(Errors, PreconditionFailureIsThereOnce) {
  const absl::Status error = WithPrecondition(MakeError(Reason::kRevisionUnavailable, "No."),
                                              "REVISION_UNAVAILABLE", "7", "The newest is 3.");
  const auto failures = DetailsOf<google::rpc::PreconditionFailure>(error);
  ASSERT_EQ(failures.size(), 1u);
  ASSERT_EQ(failures[0].violations_size(), 1);
  EXPECT_EQ(failures[0].violations(0).subject(), "7");
}

TEST(BadRequests, HoldAllViolationsInBothLanguages) {
  const absl::Status error = BadRequest({{"a.b", "MISSING", "Il manque b.", "b is missing."},
                                         {"c[2]", "OUT_OF_RANGE", "Trop grand.", "Too large."}});
  const auto requests = DetailsOf<google::rpc::BadRequest>(error);
  ASSERT_EQ(requests.size(), 1u);
  ASSERT_EQ(requests[0].field_violations_size(), 2);
  EXPECT_EQ(requests[0].field_violations(0).field(), "a.b");
  EXPECT_EQ(requests[0].field_violations(0).description(), "MISSING: Il manque b.\nb is missing.");
  EXPECT_EQ(requests[0].field_violations(1).field(), "c[2]");
  EXPECT_EQ(DetailsOf<google::rpc::ErrorInfo>(error)[0].metadata().at("violation_count"), "2");
}

// A line feed stands between the languages, and nowhere else: what callers write has no say.
TEST(BadRequests, KeepTheLanguagesApartWhateverTheTextsHold) {
  const absl::Status error =
      BadRequest({{"a", "UNKNOWN_NEED", "Besoin « A / B\nC » inconnu.", "No need \"A / B\nC\"."}});
  EXPECT_EQ(DetailsOf<google::rpc::BadRequest>(error).at(0).field_violations(0).description(),
            "UNKNOWN_NEED: Besoin « A / B C » inconnu.\nNo need \"A / B C\".");
}

// Each language is cut by itself, after a whole word, and shows it.
TEST(BadRequests, CutEachSentenceAtAWord) {
  std::string fr = "Voici";
  std::string en = "Here";
  for (int i = 0; i < 200; ++i) {
    fr += " une_fonction,";
    en += " a_feature,";
  }
  const absl::Status error = BadRequest({{"a", "UNKNOWN_FEATURE", fr, en}});
  const std::vector<std::string> halves = absl::StrSplit(
      DetailsOf<google::rpc::BadRequest>(error).at(0).field_violations(0).description(), '\n');
  ASSERT_EQ(halves.size(), 2u);
  EXPECT_THAT(halves[0], ::testing::MatchesRegex("UNKNOWN_FEATURE: Voici.* une_fonction…"));
  EXPECT_THAT(halves[1], ::testing::MatchesRegex("Here.* a_feature…"));
  EXPECT_GT(halves[0].size(), 250u);
  EXPECT_GT(halves[1].size(), 250u);
}

// Rather twenty short sentences than ten long ones and ten words.
TEST(BadRequests, ShortenAllBeforeAnyIsLeftOut) {
  std::vector<base::Issue> issues;
  for (int i = 0; i < 13; ++i) {
    issues.push_back({absl::StrCat("needs[", i, "]"), "UNKNOWN_NEED", std::string(300, 'f'),
                      std::string(300, 'e')});
  }
  const auto request = DetailsOf<google::rpc::BadRequest>(BadRequest(issues)).at(0);
  ASSERT_EQ(request.field_violations_size(), 13);
  for (const auto& violation : request.field_violations()) {
    EXPECT_THAT(violation.description(), ::testing::MatchesRegex("UNKNOWN_NEED: f+…\ne+…"));
  }
}

// Clients refuse headers above 8 KiB: however many violations, the answer arrives.
TEST(BadRequests, ShrinkToWhatTravels) {
  for (const int count : {1, 10, 20, 50, 200}) {
    for (const size_t length : {size_t{10}, size_t{300}, size_t{5000}}) {
      std::vector<base::Issue> issues;
      for (int i = 0; i < count; ++i) {
        issues.push_back({absl::StrCat("recommendation.needs[", i, "].need_id"), "UNKNOWN_NEED",
                          std::string(length, 'f'), std::string(length, 'e')});
      }
      const absl::Status error = BadRequest(issues);
      EXPECT_LE(SerializeDetails(error).size(), kErrorDetailsSizeMax) << count << " × " << length;
      const auto request = DetailsOf<google::rpc::BadRequest>(error).at(0);
      // Fifty violations keep their fields and reasons, whatever becomes of the sentences.
      EXPECT_GE(request.field_violations_size(), std::min(count, 50));
      for (const auto& violation : request.field_violations()) {
        EXPECT_THAT(violation.description(), HasSubstr("UNKNOWN_NEED"));
      }
      const auto metadata = DetailsOf<google::rpc::ErrorInfo>(error).at(0).metadata();
      EXPECT_EQ(metadata.at("violation_count"), absl::StrCat(count));
      EXPECT_EQ(metadata.at("violations_left_out"),
                absl::StrCat(count - request.field_violations_size()));
    }
  }
}

TEST(BadRequests, CutTextsBetweenCharacters) {
  std::string accents;
  for (int i = 0; i < 3000; ++i) accents += "é";
  const absl::Status error = BadRequest({{accents, "TOO_LONG", accents, accents}});
  // Strings of a message are UTF-8: what was cut inside a character would not parse.
  EXPECT_EQ(DetailsOf<google::rpc::BadRequest>(error).size(), 1u);
}

struct LowerRoomCase {
  const char* name;
  absl::Status status;
  const char* reason;
  absl::StatusCode code;
};

class LowerRooms : public ::testing::TestWithParam<LowerRoomCase> {};

TEST_P(LowerRooms, BecomeErrorsOfTheApi) {
  const absl::Status error = FromLowerRoom(GetParam().status);
  EXPECT_EQ(ReasonWord(error), GetParam().reason);
  EXPECT_EQ(error.code(), GetParam().code);
  EXPECT_THAT(std::string(error.message()), ::testing::Not(HasSubstr("/var/lib")));
}

INSTANTIATE_TEST_SUITE_P(
    All, LowerRooms,
    ::testing::Values(
        LowerRoomCase{"Damaged", absl::DataLossError("/var/lib/x: bad checksum"), "DATA_DAMAGED",
                      absl::StatusCode::kDataLoss},
        LowerRoomCase{"DiskFull", absl::ResourceExhaustedError("/var/lib/x: no space"),
                      "STORAGE_FULL", absl::StatusCode::kResourceExhausted},
        LowerRoomCase{"DiskFailed", absl::UnavailableError("/var/lib/x: i/o error"),
                      "STORAGE_FAILED", absl::StatusCode::kUnavailable},
        LowerRoomCase{"Unforeseen", absl::InternalError("/var/lib/x: what"), "INTERNAL_ERROR",
                      absl::StatusCode::kInternal},
        LowerRoomCase{"QueueOfTheLog",
                      base::WithRetryAfter(base::ReasonedError(absl::StatusCode::kResourceExhausted,
                                                               "QUEUE_FULL",
                                                               "The log has too much to write."),
                                           absl::Seconds(2)),
                      "QUEUE_FULL", absl::StatusCode::kResourceExhausted},
        LowerRoomCase{"Reused",
                      base::ReasonedError(absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED",
                                          "Used for another request."),
                      "REQUEST_ID_REUSED", absl::StatusCode::kInvalidArgument},
        LowerRoomCase{"OfTheApi", MakeError(Reason::kNotOwner, "Not yours."), "NOT_OWNER",
                      absl::StatusCode::kPermissionDenied}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(LowerRoomErrors, KeepTheirRetryHint) {
  const absl::Status error = FromLowerRoom(base::WithRetryAfter(
      base::ReasonedError(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "Full."),
      absl::Seconds(2)));
  ASSERT_EQ(DetailsOf<google::rpc::RetryInfo>(error).size(), 1u);
  EXPECT_EQ(DetailsOf<google::rpc::RetryInfo>(error)[0].retry_delay().seconds(), 2);
}

}  // namespace
}  // namespace aplomb::service
