// What nobody should send: the server answers, says what is wrong, and goes on.
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/access.h"
#include "tests/service/running_server.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;
using Advisor = pb::AdvisorService::Stub;
using ::testing::HasSubstr;

// "/aplomb.advisor.v1.AdvisorService/GetEngagement" of the name with points.
std::string PathOf(absl::string_view method) {
  std::string path = absl::StrCat("/", method);
  path[path.rfind('.')] = '/';
  return path;
}

class Hostile : public ::testing::Test {
 protected:
  grpc::Status Send(const std::string& path, const std::string& bytes,
                    std::string* answer = nullptr) {
    grpc::GenericStub stub(server_.channel());
    const auto context = As("marie");
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(context.get(), path, grpc::StubOptions(), &request, &response,
                   [&done](grpc::Status status) { done.set_value(std::move(status)); });
    grpc::Status status = done.get_future().get();
    if (answer != nullptr && status.ok()) {
      std::vector<grpc::Slice> slices;
      EXPECT_TRUE(response.Dump(&slices).ok());
      for (const grpc::Slice& part : slices) {
        answer->append(reinterpret_cast<const char*>(part.begin()), part.size());
      }
    }
    return status;
  }
  grpc::Status Create(const std::string& bytes) {
    return Send("/aplomb.advisor.v1.AdvisorService/CreateRecommendation", bytes);
  }
  void ExpectAlive() {
    const std::string engagement = OpenEngagement(server_, "marie").name();
    pb::Recommendation answer;
    const grpc::Status status = Invoke(server_.advisor(), &Advisor::CreateRecommendation, "marie",
                                       TinyRequest(engagement), &answer);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  RunningServer server_;
};

TEST_F(Hostile, MessagesAboveTheLimitAreRefusedWithTheirSize) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  request.mutable_recommendation()->mutable_needs(0)->add_nice_features(
      std::string((size_t{1} << 20) + 1, 'x'));
  const grpc::Status status = Create(request.SerializeAsString());
  EXPECT_EQ(ReasonOf(status), "MESSAGE_TOO_LARGE");
  EXPECT_EQ(InfoOf(status).metadata().at("size_bytes_max"), "1048576");
  request.mutable_recommendation()->mutable_needs(0)->set_nice_features(
      0, std::string(size_t{10} << 20, 'x'));
  EXPECT_EQ(ReasonOf(Create(request.SerializeAsString())), "MESSAGE_TOO_LARGE");
  // Beyond what is taken off the wire gRPC answers by itself.
  request.mutable_recommendation()->mutable_needs(0)->set_nice_features(
      0, std::string(size_t{17} << 20, 'x'));
  EXPECT_EQ(Create(request.SerializeAsString()).error_code(), grpc::RESOURCE_EXHAUSTED);
  ExpectAlive();
}

TEST_F(Hostile, MessagesJustBelowTheLimitAreLookedAt) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  request.mutable_recommendation()->mutable_needs(0)->add_nice_features(
      std::string((size_t{1} << 20) - 1000, 'x'));
  EXPECT_EQ(ReasonOf(Create(request.SerializeAsString())), "BAD_REQUEST");
}

TEST_F(Hostile, BrokenEncodingsAreMalformed) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  const std::string valid = TinyRequest(engagement).SerializeAsString();
  EXPECT_EQ(ReasonOf(Create(valid.substr(0, valid.size() - 1))), "MESSAGE_MALFORMED");
  EXPECT_EQ(ReasonOf(Create("\xff\xff\xff\xff")), "MESSAGE_MALFORMED");
  // A field of text that is not UTF-8: parent = "\xc3\x28".
  EXPECT_EQ(ReasonOf(Create("\x0a\x02\xc3\x28")), "MESSAGE_MALFORMED");
  // Groups of an unknown field, a hundred thousand deep.
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "\xa3\x06";
  for (int i = 0; i < 100'000; ++i) deep += "\xa4\x06";
  const grpc::Status status = Create(deep);
  EXPECT_EQ(ReasonOf(status), "MESSAGE_MALFORMED");
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("CreateRecommendationRequest"));
  ExpectAlive();
}

TEST_F(Hostile, UnknownMethodsAndServicesAreUnimplemented) {
  EXPECT_EQ(Send("/aplomb.advisor.v1.AdvisorService/DeleteEverything", "").error_code(),
            grpc::UNIMPLEMENTED);
  EXPECT_EQ(Send("/none.Service/Get", "").error_code(), grpc::UNIMPLEMENTED);
}

struct WrongValue {
  const char* name;
  void (*change)(pb::Recommendation&);
  const char* field;
};
class WrongValues : public Hostile, public ::testing::WithParamInterface<WrongValue> {};

TEST_P(WrongValues, AreToldByField) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  GetParam().change(*request.mutable_recommendation());
  const grpc::Status status = Create(request.SerializeAsString());
  ASSERT_EQ(ReasonOf(status), "BAD_REQUEST") << status.error_message();
  std::string fields;
  const google::rpc::BadRequest bad = BadRequestOf(status);
  for (const auto& violation : bad.field_violations()) fields += violation.field() + "\n";
  EXPECT_THAT(fields, HasSubstr(GetParam().field));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongValues,
    ::testing::Values(
        WrongValue{"NoNeeds", [](auto& r) { r.clear_needs(); }, "recommendation.needs"},
        WrongValue{"NeedTwice", [](auto& r) { *r.add_needs() = r.needs(0); },
                   "recommendation.needs[1]"},
        WrongValue{"TooManyNeeds",
                   [](auto& r) {
                     for (int i = 0; i < 60; ++i) *r.add_needs() = r.needs(0);
                   },
                   "recommendation.needs"},
        WrongValue{
            "UnknownEnum",
            [](auto& r) { r.mutable_profile()->set_vat_regime(static_cast<type::VatRegime>(77)); },
            "recommendation.profile.vat_regime"},
        WrongValue{"MoneyOverflow",
                   [](auto& r) {
                     r.mutable_profile()->mutable_turnover()->set_micros(INT64_MAX);
                     r.mutable_profile()->mutable_turnover()->set_currency_code("EUR");
                   },
                   "recommendation.profile.turnover"},
        WrongValue{"NegativeCount", [](auto& r) { r.mutable_profile()->set_staff_count(-1); },
                   "recommendation.profile.staff_count"},
        WrongValue{"BadSiren", [](auto& r) { r.mutable_profile()->set_siren("123456789"); },
                   "recommendation.profile.siren"},
        WrongValue{"BadNaf",
                   [](auto& r) {
                     r.mutable_profile()->mutable_activity()->set_code("99");
                     r.mutable_profile()->mutable_activity()->set_nomenclature(
                         static_cast<type::Nomenclature>(9));
                   },
                   "recommendation.profile.activity"}),
    [](const auto& row) { return std::string(row.param.name); });

// However many violations: the answer arrives with the client's default limits.
TEST_F(Hostile, VeryManyViolationsStillArrive) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  for (int i = 0; i < 40; ++i) {
    type::NeedRequest& need = *request.mutable_recommendation()->add_needs();
    need.set_need_id(absl::StrCat("UNKNOWN_NEED_WITH_A_LONG_NAME_", i));
    for (int f = 0; f < 40; ++f) need.add_must_features(absl::StrCat("unknown_feature_", f));
  }
  const grpc::Status status = Create(request.SerializeAsString());
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << status.error_message();
  EXPECT_EQ(ReasonOf(status), "BAD_REQUEST");
  EXPECT_GE(BadRequestOf(status).field_violations_size(), 20);
}

TEST_F(Hostile, RandomBytesToEveryMethodDoNoHarm) {
  const uint64_t seed = base::SystemRandom::Get()->U64();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  base::FakeRandom random(seed);
  for (const AccessRule& rule : AccessTable()) {
    for (int i = 0; i < 60; ++i) {
      const grpc::Status status = Send(PathOf(rule.method), random.Bytes(random.U64() % 200));
      EXPECT_TRUE(status.ok() || !ReasonOf(status).empty())
          << rule.method << ": " << status.error_message();
      EXPECT_NE(ReasonOf(status), "INTERNAL_ERROR") << rule.method;
      EXPECT_NE(ReasonOf(status), "DATA_DAMAGED") << rule.method;
    }
  }
  ExpectAlive();
}

// A valid request with some bits changed gets deeper than random bytes do.
TEST_F(Hostile, ChangedBitsOfAValidRequestDoNoHarm) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  type::FirmProfile& profile = *request.mutable_recommendation()->mutable_profile();
  profile.mutable_turnover()->set_micros(300'000'000'000);
  profile.mutable_turnover()->set_currency_code("EUR");
  type::Usage& usage = *profile.add_usage();
  usage.set_metric(type::USERS);
  usage.set_value(3);
  profile.mutable_budget()->mutable_monthly_max()->set_micros(50'000'000);
  profile.mutable_budget()->mutable_monthly_max()->set_currency_code("EUR");
  const std::string valid = request.SerializeAsString();
  const uint64_t seed = base::SystemRandom::Get()->U64();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  base::FakeRandom random(seed);
  for (int i = 0; i < 600; ++i) {
    std::string changed = valid;
    for (uint64_t flips = 1 + random.U64() % 3; flips > 0; --flips) {
      const uint64_t bit = random.U64() % (changed.size() * 8);
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    }
    const grpc::Status status = Create(changed);
    EXPECT_TRUE(status.ok() || !ReasonOf(status).empty()) << status.error_message();
    EXPECT_NE(ReasonOf(status), "INTERNAL_ERROR");
    EXPECT_NE(ReasonOf(status), "DATA_DAMAGED");
  }
  ExpectAlive();
}

}  // namespace
}  // namespace aplomb::service
