// What nobody should send: the server answers, says what is wrong, and goes on.
#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/random.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "service/access.h"
#include "service/paging.h"
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
                    std::string* answer = nullptr, const std::string& caller = "marie") {
    grpc::GenericStub stub(server_.channel());
    const auto context = As(caller);
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
  EXPECT_THAT(status.error_message(),
              HasSubstr("cannot be read as aplomb.advisor.v1.CreateRecommendationRequest:"));
  ExpectAlive();
}

// What writes refuses a request with a field that it cannot read, whoever asks for what.
TEST_F(Hostile, EveryMethodThatWritesRefusesUnknownFields) {
  constexpr absl::string_view kReading[] = {"Assess", "Cancel",  "Compare", "Diff", "Explain",
                                            "Export", "Find",    "Get",     "List", "Preview",
                                            "Prove",  "Suggest", "Tail",    "Wait"};
  const std::map<Role, std::string> callers = {{Role::kAdvisor, "marie"},
                                               {Role::kMember, "acme"},
                                               {Role::kReviewer, "r1"},
                                               {Role::kOperator, "operator"},
                                               {Role::kAuditor, "vera"}};
  int writing = 0;
  for (const AccessRule& rule : AccessTable()) {
    const absl::string_view name = rule.method.substr(rule.method.rfind('.') + 1);
    if (std::any_of(std::begin(kReading), std::end(kReading),
                    [name](absl::string_view verb) { return absl::StartsWith(name, verb); })) {
      continue;
    }
    ++writing;
    ASSERT_FALSE(rule.grants.empty()) << rule.method;
    // Field 2047, a number: 1.
    const grpc::Status status =
        Send(PathOf(rule.method), "\xf8\x7f\x01", nullptr, callers.at(rule.grants.front().role));
    EXPECT_EQ(ReasonOf(status), "BAD_REQUEST") << rule.method << ": " << status.error_message();
    if (ReasonOf(status) != "BAD_REQUEST") continue;
    const google::rpc::BadRequest bad = BadRequestOf(status);
    EXPECT_TRUE(std::any_of(bad.field_violations().begin(), bad.field_violations().end(),
                            [](const auto& v) { return v.field() == "#2047"; }))
        << rule.method << ": " << bad.ShortDebugString();
  }
  EXPECT_GE(writing, 30);
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
  const char* reason;
};
class WrongValues : public Hostile, public ::testing::WithParamInterface<WrongValue> {};

TEST_P(WrongValues, AreToldByField) {
  const std::string engagement = OpenEngagement(server_, "marie").name();
  pb::CreateRecommendationRequest request = TinyRequest(engagement);
  GetParam().change(*request.mutable_recommendation());
  const grpc::Status status = Create(request.SerializeAsString());
  ASSERT_EQ(ReasonOf(status), "BAD_REQUEST") << status.error_message();
  const google::rpc::BadRequest bad = BadRequestOf(status);
  std::vector<std::string> found;
  for (const auto& violation : bad.field_violations()) {
    found.push_back(
        absl::StrCat(violation.field(), " ",
                     violation.description().substr(0, violation.description().find(':'))));
    EXPECT_THAT(violation.description(), HasSubstr("\n")) << "both languages";
  }
  EXPECT_THAT(found, ::testing::Contains(absl::StrCat(GetParam().field, " ", GetParam().reason)));
}

void SetMoney(type::Money& money, int64_t micros, const char* currency) {
  money.set_micros(micros);
  money.set_currency_code(currency);
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongValues,
    ::testing::Values(
        // Lists.
        WrongValue{"NoNeeds", [](auto& r) { r.clear_needs(); }, "recommendation.needs", "MISSING"},
        WrongValue{"NeedTwice", [](auto& r) { *r.add_needs() = r.needs(0); },
                   "recommendation.needs[1].need_id", "DUPLICATE"},
        WrongValue{"TooManyNeeds",
                   [](auto& r) {
                     for (int i = 0; i < 60; ++i) *r.add_needs() = r.needs(0);
                   },
                   "recommendation.needs", "TOO_MANY"},
        WrongValue{"UnknownNeed", [](auto& r) { r.mutable_needs(0)->set_need_id("FLYING"); },
                   "recommendation.needs[0].need_id", "UNKNOWN_NEED"},
        WrongValue{"UnknownFeature",
                   [](auto& r) { r.mutable_needs(0)->add_must_features("wings"); },
                   "recommendation.needs[0].must_features[0]", "UNKNOWN_FEATURE"},
        // Enumerations.
        WrongValue{
            "UnknownEnum",
            [](auto& r) { r.mutable_profile()->set_vat_regime(static_cast<type::VatRegime>(77)); },
            "recommendation.profile.vat_regime", "UNKNOWN_VALUE"},
        WrongValue{
            "NegativeEnum",
            [](auto& r) { r.mutable_profile()->set_vat_regime(static_cast<type::VatRegime>(-1)); },
            "recommendation.profile.vat_regime", "UNKNOWN_VALUE"},
        // Money.
        WrongValue{
            "MoneyOverflow",
            [](auto& r) { SetMoney(*r.mutable_profile()->mutable_turnover(), INT64_MAX, "EUR"); },
            "recommendation.profile.turnover.micros", "OUT_OF_RANGE"},
        WrongValue{
            "MoneyUnderflow",
            [](auto& r) { SetMoney(*r.mutable_profile()->mutable_turnover(), INT64_MIN, "EUR"); },
            "recommendation.profile.turnover.micros", "OUT_OF_RANGE"},
        WrongValue{"NegativeBudget",
                   [](auto& r) {
                     SetMoney(*r.mutable_profile()->mutable_budget()->mutable_monthly_max(), -1,
                              "EUR");
                   },
                   "recommendation.profile.budget.monthly_max.micros", "OUT_OF_RANGE"},
        WrongValue{"ForeignMoney",
                   [](auto& r) { SetMoney(*r.mutable_profile()->mutable_turnover(), 1, "USD"); },
                   "recommendation.profile.turnover.currency_code", "CURRENCY_NOT_EUR"},
        // Counts.
        WrongValue{"NegativeCount", [](auto& r) { r.mutable_profile()->set_staff_count(-1); },
                   "recommendation.profile.staff_count", "OUT_OF_RANGE"},
        WrongValue{"HugeCount", [](auto& r) { r.mutable_profile()->set_staff_count(INT32_MAX); },
                   "recommendation.profile.staff_count", "OUT_OF_RANGE"},
        // Identifiers.
        WrongValue{"SirenWithoutItsCheckDigit",
                   [](auto& r) { r.mutable_profile()->set_siren("123456789"); },
                   "recommendation.profile.siren", "INVALID_SIREN"},
        WrongValue{"SirenWithLetters", [](auto& r) { r.mutable_profile()->set_siren("55208131a"); },
                   "recommendation.profile.siren", "INVALID_SIREN"},
        WrongValue{"SiretWithoutItsCheckDigit",
                   [](auto& r) { r.mutable_profile()->set_siret("55208131700001"); },
                   "recommendation.profile.siret", "INVALID_SIRET"},
        WrongValue{"SiretTooShort", [](auto& r) { r.mutable_profile()->set_siret("552081317"); },
                   "recommendation.profile.siret", "INVALID_SIRET"},
        WrongValue{"SiretOfAnotherFirm",
                   [](auto& r) {
                     r.mutable_profile()->set_siren("552081317");
                     r.mutable_profile()->set_siret("73282932000074");
                   },
                   "recommendation.profile.siret", "SIRET_SIREN_MISMATCH"},
        WrongValue{"NafThatIsNone",
                   [](auto& r) {
                     r.mutable_profile()->mutable_activity()->set_code("99.99Z");
                     r.mutable_profile()->mutable_activity()->set_nomenclature(type::NAF_REV2);
                   },
                   "recommendation.profile.activity.code", "INVALID_NAF"},
        WrongValue{"NafOfAnUnknownNomenclature",
                   [](auto& r) {
                     r.mutable_profile()->mutable_activity()->set_code("10.71C");
                     r.mutable_profile()->mutable_activity()->set_nomenclature(
                         static_cast<type::Nomenclature>(9));
                   },
                   "recommendation.profile.activity.nomenclature", "UNKNOWN_VALUE"},
        WrongValue{"DepartmentThatIsNone",
                   [](auto& r) { r.mutable_profile()->set_department_code("20"); },
                   "recommendation.profile.department_code", "UNKNOWN_DEPARTMENT"},
        // Texts and days.
        WrongValue{"TextTooLong",
                   [](auto& r) {
                     r.mutable_profile()->mutable_activity()->set_code(std::string(100'000, 'x'));
                   },
                   "recommendation.profile.activity.code", "TEXT_TOO_LONG"},
        WrongValue{"NoSuchDay",
                   [](auto& r) {
                     r.mutable_profile()->mutable_deadline()->set_year(2027);
                     r.mutable_profile()->mutable_deadline()->set_month(2);
                     r.mutable_profile()->mutable_deadline()->set_day(30);
                   },
                   "recommendation.profile.deadline", "INVALID_DATE"}),
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

// A caller of the role, as RunningServer names them.
std::string CallerOf(Role role) {
  switch (role) {
    case Role::kAdvisor:
      return "marie";
    case Role::kMember:
      return "acme";
    case Role::kReviewer:
      return "r1";
    case Role::kOperator:
      return "operator";
    case Role::kAuditor:
      return "vera";
  }
  return "";
}

// The method of a name as AccessTable has it; its service is linked.
const google::protobuf::MethodDescriptor& MethodOf(absl::string_view name) {
  const auto* method =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(std::string(name));
  CHECK(method != nullptr) << name;
  return *method;
}

TEST_F(Hostile, TextThatIsNotUtf8IsMalformedForEveryMethod) {
  int texts = 0;
  for (const AccessRule& rule : AccessTable()) {
    const google::protobuf::MethodDescriptor& method = MethodOf(rule.method);
    if (method.server_streaming()) continue;
    for (int i = 0; i < method.input_type()->field_count(); ++i) {
      const google::protobuf::FieldDescriptor& field = *method.input_type()->field(i);
      if (field.type() != google::protobuf::FieldDescriptor::TYPE_STRING) continue;
      ASSERT_LT(field.number(), 16) << "one byte of tag is written below";
      const std::string bytes =
          absl::StrCat(std::string(1, static_cast<char>(field.number() << 3 | 2)), "\x02\xc3\x28");
      const grpc::Status status =
          Send(PathOf(rule.method), bytes, nullptr, CallerOf(rule.grants[0].role));
      EXPECT_EQ(ReasonOf(status), "MESSAGE_MALFORMED") << rule.method << " " << field.name();
      ++texts;
    }
  }
  EXPECT_GT(texts, 50);
}

TEST_F(Hostile, EveryMethodAsksForATokenAndForARole) {
  for (const AccessRule& rule : AccessTable()) {
    if (MethodOf(rule.method).server_streaming()) continue;
    const grpc::Status nobody = Send(PathOf(rule.method), "", nullptr, "");
    EXPECT_EQ(nobody.error_code(), grpc::UNAUTHENTICATED) << rule.method;
    EXPECT_EQ(ReasonOf(nobody), "TOKEN_MISSING") << rule.method;
    const grpc::Status stranger = Send(PathOf(rule.method), "", nullptr, "stranger");
    EXPECT_EQ(ReasonOf(stranger), "TOKEN_UNKNOWN") << rule.method;
    for (const Role role :
         {Role::kAdvisor, Role::kMember, Role::kReviewer, Role::kOperator, Role::kAuditor}) {
      const bool granted = std::any_of(rule.grants.begin(), rule.grants.end(),
                                       [role](const Grant& grant) { return grant.role == role; });
      if (granted) continue;
      const grpc::Status status = Send(PathOf(rule.method), "", nullptr, CallerOf(role));
      EXPECT_EQ(status.error_code(), grpc::PERMISSION_DENIED) << rule.method;
      EXPECT_EQ(ReasonOf(status), "ROLE_NOT_ALLOWED") << rule.method;
      EXPECT_EQ(InfoOf(status).metadata().at("role"), RoleWord(role));
    }
  }
}

// A serialized request of a list; what it lists is named by its `parent` or, of operations, its
// `name`, if it has any.
std::string ListRequest(const google::protobuf::Descriptor& type, const std::string& parent,
                        const std::string& page_token) {
  const std::unique_ptr<google::protobuf::Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
  const google::protobuf::Reflection& reflection = *request->GetReflection();
  reflection.SetString(request.get(), type.FindFieldByName("page_token"), page_token);
  for (const char* name : {"parent", "name"}) {
    const auto* field = type.FindFieldByName(name);
    if (field != nullptr) reflection.SetString(request.get(), field, parent);
  }
  return request->SerializeAsString();
}

// A token grants nothing, and one that was not given for a list with these arguments is refused, by
// whichever list.
TEST_F(Hostile, EveryListRefusesPageTokensThatWereNotGivenForIt) {
  const std::string other = EncodePageToken({.after = "x", .revision = 1}, {"another list"});
  const std::string tokens[] = {other,
                                other.substr(0, other.size() - 1),
                                other + "A",
                                "AAAA",
                                "not base64 !",
                                std::string(2000, 'A'),
                                std::string(100'000, 'A')};
  // One of these is a parent that the caller may list.
  const std::string parents[] = {OpenEngagement(server_, "marie").name(),
                                 "members/acme",
                                 "members/m000/offerings/o",
                                 "rulebooks/r",
                                 "operations",
                                 "operations/export.-.0"};
  int lists = 0;
  for (const AccessRule& rule : AccessTable()) {
    const google::protobuf::Descriptor& type = *MethodOf(rule.method).input_type();
    if (type.FindFieldByName("page_token") == nullptr) continue;
    const std::string path = PathOf(rule.method);
    const std::string caller = CallerOf(rule.grants[0].role);
    std::set<std::string> reasons;
    const auto parent =
        std::find_if(std::begin(parents), std::end(parents), [&](const std::string& candidate) {
          const std::string reason =
              ReasonOf(Send(path, ListRequest(type, candidate, ""), nullptr, caller));
          reasons.insert(reason);
          return reason.empty() || reason == "RESOURCE_NOT_FOUND";
        });
    if (parent == std::end(parents)) {
      // Whose it is comes before the token; anything else needs a parent above.
      EXPECT_THAT(reasons, ::testing::Contains("NOT_OWNER")) << rule.method;
      continue;
    }
    ++lists;
    for (const std::string& token : tokens) {
      const grpc::Status status = Send(path, ListRequest(type, *parent, token), nullptr, caller);
      EXPECT_EQ(ReasonOf(status), "PAGE_TOKEN_INVALID")
          << rule.method << " " << token.substr(0, 40) << ": " << status.error_message();
      EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
    }
  }
  EXPECT_GE(lists, 12);
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
