// How an offering becomes numbers: fields, claims, certificates, derived facts, tariffs, features.

#include "decision/blindfold.h"

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/civil_day.h"
#include "catalog/code_lists.h"
#include "decision/derived_facts.h"
#include "decision/rulebook_compiler.h"
#include "engine/sector.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Member;
using catalog::v1::Offering;
using engine::Evidence;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kUid[] = "00000000-0000-4000-8000-000000000001";
constexpr char kGroupUid[] = "00000000-0000-4000-8000-0000000000aa";

int32_t Day(const char* text) {
  const auto day = base::ParseDay(text);
  EXPECT_TRUE(day.ok()) << text;
  return day.value_or(0);
}

// 2026-11-23.
int32_t Today() { return Day("2026-11-23"); }

// The base rulebook, with a slot for every fact of an offering.
const CompiledRulebook& Rules() {
  static const CompiledRulebook* const rules = [] {
    auto source = ReadRulebook("catalog/rulebook");
    EXPECT_TRUE(source.ok());
    const CompileResult result =
        CompileRulebook(source->rulebook, base::Digest(), nullptr, nullptr);
    auto* all = new CompiledRulebook(*result.compiled);
    all->offering_slots.clear();
    for (const auto& [name, fact] : FactRegistry::Get().facts()) {
      if (fact.side == FactSide::kOffering) all->offering_slots.push_back(&fact);
    }
    return all;
  }();
  return *rules;
}

class World {
 public:
  World() { AddMember("members/a", kGroupUid); }

  Member& AddMember(const std::string& name, const std::string& group_uid) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    entry->member.set_state(Member::ACTIVE);
    entry->member.set_ownership_group_uid(group_uid);
    snapshot_.members[name] = entry;
    return entry->member;
  }
  void AddOffering(const std::string& name, const Offering& offering) {
    auto entry = std::make_shared<catalog::OfferingEntry>();
    entry->offering = offering;
    snapshot_.offerings[name] = entry;
  }
  void AddRate(const char* currency, int64_t euros_micros, const char* day) {
    const base::CivilDay civil = base::FromDayNumber(Day(day));
    auto& rate = *rates_.table.add_rates();
    rate.set_currency_code(currency);
    rate.set_euros_micros(euros_micros);
    rate.mutable_date()->set_year(civil.year);
    rate.mutable_date()->set_month(civil.month);
    rate.mutable_date()->set_day(civil.day);
    snapshot_.rates = std::make_shared<catalog::TableEntry<catalog::v1::ExchangeRateTable>>(rates_);
  }
  BlindCatalog Blind(int32_t day = Today()) const { return Blindfold(snapshot_, Rules(), day); }

 private:
  catalog::Snapshot snapshot_;
  catalog::TableEntry<catalog::v1::ExchangeRateTable> rates_;
};

Offering Parse(const std::string& text) {
  Offering offering;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &offering)) << text;
  if (offering.uid().empty()) offering.set_uid(kUid);
  return offering;
}

BlindCatalog BlindOf(const std::string& text, int32_t day = Today()) {
  World world;
  world.AddRate("USD", 900'000, "2026-11-01");
  world.AddOffering("members/a/offerings/o", Parse(text));
  return world.Blind(day);
}

struct Seen {
  int64_t value = 0;
  Evidence evidence = Evidence::kNone;
  friend bool operator==(const Seen&, const Seen&) = default;
};
void PrintTo(const Seen& s, std::ostream* out) {
  *out << s.value << " (evidence " << static_cast<int>(s.evidence) << ")";
}
constexpr Seen kUnknown;

Seen SeenIn(const BlindCatalog& blind, const std::string& name) {
  for (size_t slot = 0; slot < Rules().offering_slots.size(); ++slot) {
    if (Rules().offering_slots[slot]->name != name) continue;
    const engine::Column& column = blind.table.columns[slot];
    return {column.values[0], column.evidence[0]};
  }
  ADD_FAILURE() << "no fact " << name;
  return {};
}

Seen Read(const std::string& name, const std::string& text) { return SeenIn(BlindOf(text), name); }

// --- Fields ------------------------------------------------------------------

// Sets a field to a value that is known, and says what number it must become.
int64_t SetSome(Message& holder, const FieldDescriptor& field, const FactInfo& fact) {
  const auto& reflection = *holder.GetReflection();
  const auto parse = [&](const std::string& text) {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        text, reflection.MutableMessage(&holder, &field)));
  };
  switch (fact.kind) {
    case FactKind::kBoolean:
      reflection.SetBool(&holder, &field, true);
      return 1;
    case FactKind::kInteger:
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
        reflection.SetInt32(&holder, &field, 7);
      } else {
        reflection.SetInt64(&holder, &field, 7);
      }
      return 7;
    case FactKind::kEnum:
      reflection.SetEnumValue(&holder, &field, 2);
      return 2;
    case FactKind::kMoney:
      parse("micros: 2500000 currency_code: \"EUR\"");
      return 2'500'000;
    case FactKind::kDay:
      parse("year: 2026 month: 10 day: 1");
      return Day("2026-10-01");
    case FactKind::kLimit:
      parse("max: 12");
      return 12;
    case FactKind::kSet:
      if (fact.enum_type == nullptr) {
        parse(absl::StrCat("codes: \"", std::string(catalog::CodeOf(fact.code_list, 2)), "\""));
        return 1 << 2;
      }
      if (field.is_repeated()) {
        reflection.AddEnumValue(&holder, &field, 2);
      } else {
        Message* list = reflection.MutableMessage(&holder, &field);
        list->GetReflection()->AddEnumValue(list, list->GetDescriptor()->field(0), 2);
      }
      return 1 << 2;
    case FactKind::kPacked:
      break;
  }
  ADD_FAILURE() << fact.name;
  return 0;
}

TEST(BlindfoldFieldTest, EachFieldFillsItsOwnColumn) {
  int tested = 0;
  for (const FactInfo* fact : Rules().offering_slots) {
    if (fact->path.empty()) continue;
    Offering offering;
    offering.set_uid(kUid);
    Message* holder = &offering;
    for (size_t i = 0; i + 1 < fact->path.size(); ++i) {
      holder = holder->GetReflection()->MutableMessage(holder, fact->path[i]);
    }
    World world;
    world.AddOffering("members/a/offerings/o", offering);
    EXPECT_EQ(SeenIn(world.Blind(), fact->name).evidence,
              fact->path.back()->is_repeated() ? Evidence::kDeclared : Evidence::kNone)
        << fact->name << " must be unknown where absent";
    const int64_t expected = SetSome(*holder, *fact->path.back(), *fact);
    world.AddOffering("members/a/offerings/o", offering);
    EXPECT_EQ(SeenIn(world.Blind(), fact->name), (Seen{expected, Evidence::kDeclared}))
        << fact->name;
    ++tested;
  }
  EXPECT_GT(tested, 180);
}

struct FieldCase {
  const char* name;
  const char* fact;
  const char* text;
  Seen expected;
};

class BlindfoldFactTest : public ::testing::TestWithParam<FieldCase> {};
void PrintTo(const FieldCase& c, std::ostream* out) { *out << c.name; }

TEST_P(BlindfoldFactTest, BecomesThisNumber) {
  EXPECT_EQ(Read(GetParam().fact, GetParam().text), GetParam().expected);
}

constexpr Evidence kDeclared = Evidence::kDeclared;
constexpr Evidence kDocumented = Evidence::kDocumented;
constexpr Evidence kCertified = Evidence::kCertified;
constexpr Evidence kChecked = Evidence::kChecked;
constexpr int64_t kNoLimit = engine::kUnlimited;

// Bits of countries and regions as committed.
constexpr int64_t kCountryFr = int64_t{1} << 9;

const FieldCase kFieldCases[] = {
    // Values.
    {"FalseIsKnown", "offering.security.mfa", "security { mfa: false }", {0, kDeclared}},
    {"ZeroIsKnown",
     "offering.commitment.min_months",
     "commitment { min_months: 0 }",
     {0, kDeclared}},
    {"BelowZeroIsUnknown", "offering.commitment.min_months", "commitment { min_months: -1 }",
     kUnknown},
    {"UnspecifiedEnumIsUnknown", "offering.support.hours", "support { email: true }", kUnknown},
    {"NewerEnumValueIsUnknown", "offering.support.hours", "support { hours: 99 }", kUnknown},
    {"EmptySetIsKnown", "offering.coverage.regions", "coverage { regions {} }", {0, kDeclared}},
    {"CodeNotInTheListMakesTheSetUnknown", "offering.hosting.locations",
     "hosting { locations { codes: \"FR\" codes: \"XX\" } }", kUnknown},
    {"OneCountry",
     "offering.hosting.locations",
     "hosting { locations { codes: \"FR\" } }",
     {kCountryFr, kDeclared}},
    {"GroupOfRegions",
     "offering.coverage.regions",
     "coverage { regions { codes: \"FR-ALL\" } }",
     {(1 << 18) - 1, kDeclared}},
    {"MainlandLeavesTheOverseasOut",
     "offering.coverage.regions",
     "coverage { regions { codes: \"FR-METRO\" } }",
     {((1 << 18) - 1) & ~0x1F, kDeclared}},
    {"UnspecifiedInAListMakesItUnknown", "offering.platforms", "platforms { platforms: 0 }",
     kUnknown},
    {"NoIntegrationsIsKnown",
     "offering.integrations.tool_classes",
     "integrations {}",
     {0, kDeclared}},
    {"LimitZero", "offering.limits.users", "limits { users { max: 0 } }", {0, kDeclared}},
    {"NoLimit",
     "offering.limits.users",
     "limits { users { unlimited: true } }",
     {kNoLimit, kDeclared}},
    {"LimitFalselyUnlimited", "offering.limits.users", "limits { users { unlimited: false } }",
     kUnknown},
    {"LimitUnsaid", "offering.limits.users", "limits { users {} }", kUnknown},
    {"LimitBelowZero", "offering.limits.users", "limits { users { max: -5 } }", kUnknown},
    {"DayThatIsNone", "offering.pricing.as_of", "pricing { as_of { year: 2026 month: 2 day: 30 } }",
     kUnknown},
    {"YearOnly", "offering.pricing.as_of", "pricing { as_of { year: 2026 } }", kUnknown},

    // Amounts.
    {"Euros",
     "offering.commitment.exit_fee",
     "commitment { exit_fee { micros: 5 currency_code: \"EUR\" } }",
     {5, kDeclared}},
    {"Dollars",
     "offering.commitment.exit_fee",
     "commitment { exit_fee { micros: 1000000 currency_code: \"USD\" } }",
     {900'000, kDeclared}},
    {"HalfUp",
     "offering.commitment.exit_fee",
     "commitment { exit_fee { micros: 5 currency_code: \"USD\" } }",
     {5, kDeclared}},
    {"BelowHalfDown",
     "offering.commitment.exit_fee",
     "commitment { exit_fee { micros: 6 currency_code: \"USD\" } }",
     {5, kDeclared}},
    {"CurrencyWithoutRate", "offering.commitment.exit_fee",
     "commitment { exit_fee { micros: 5 currency_code: \"JPY\" } }", kUnknown},
    {"CurrencyMissing", "offering.commitment.exit_fee", "commitment { exit_fee { micros: 5 } }",
     kUnknown},
    {"AmountBelowZero", "offering.commitment.exit_fee",
     "commitment { exit_fee { micros: -5 currency_code: \"EUR\" } }", kUnknown},
    {"AmountTooLarge", "offering.commitment.exit_fee",
     "commitment { exit_fee { micros: 1000000000000001 currency_code: \"EUR\" } }", kUnknown},

    // Claims: the exact path, else the nearest message around it.
    {"ClaimOnTheField",
     "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"security.mfa\" evidence: CHECKED }",
     {1, kChecked}},
    {"ClaimOnTheMessage",
     "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"security\" evidence: DOCUMENTED }",
     {1, kDocumented}},
    {"OwnClaimWins",
     "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"security\" evidence: CHECKED } "
     "claims { field_path: \"security.mfa\" evidence: DOCUMENTED }",
     {1, kDocumented}},
    {"ClaimOnANeighbour",
     "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"security.sso\" evidence: CHECKED }",
     {1, kDeclared}},
    {"PrefixOfANameIsNoMessage",
     "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"secur\" evidence: CHECKED }",
     {1, kDeclared}},
    {"WeakerOfTwoClaims",
     "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"security.mfa\" evidence: CHECKED } "
     "claims { field_path: \"security.mfa\" evidence: DECLARED }",
     {1, kDeclared}},
    {"ClaimWithoutEvidence",
     "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"security.mfa\" }",
     {1, kDeclared}},
    {"ClaimOnItsLastDay",
     "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"security.mfa\" evidence: CERTIFIED "
     "valid_to { year: 2026 month: 11 day: 23 } }",
     {1, kCertified}},
    {"ClaimTheDayAfter", "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"security.mfa\" evidence: CERTIFIED "
     "valid_to { year: 2026 month: 11 day: 22 } }",
     kUnknown},
    {"ClaimValidToNoDay", "offering.security.mfa",
     "security { mfa: true } claims { field_path: \"security\" valid_to { year: 2026 } }",
     kUnknown},

    // Certificates.
    {"NoListOfCertificates", "offering.certificates.ISO27001", "", kUnknown},
    {"NoneHeld", "offering.certificates.ISO27001", "certificates {}", {0, kCertified}},
    {"Held",
     "offering.certificates.ISO27001",
     "certificates { certificates { scheme: ISO27001 valid_to { year: 2027 month: 1 day: 1 } } }",
     {1, kCertified}},
    {"HeldOnItsLastDay",
     "offering.certificates.ISO27001",
     "certificates { certificates { scheme: ISO27001 valid_to { year: 2026 month: 11 day: 23 } } }",
     {1, kCertified}},
    {"PastItsLastDay",
     "offering.certificates.ISO27001",
     "certificates { certificates { scheme: ISO27001 valid_to { year: 2026 month: 11 day: 22 } } }",
     {0, kCertified}},
    {"WithoutALastDay",
     "offering.certificates.ISO27001",
     "certificates { certificates { scheme: ISO27001 } }",
     {0, kCertified}},
    {"OfAnotherScheme",
     "offering.certificates.ISO27001",
     "certificates { certificates { scheme: HDS valid_to { year: 2027 month: 1 day: 1 } } }",
     {0, kCertified}},
    {"RenewedAfterAnExpiredOne",
     "offering.certificates.ISO27001",
     "certificates { certificates { scheme: ISO27001 valid_to { year: 2020 month: 1 day: 1 } } "
     "certificates { scheme: ISO27001 valid_to { year: 2027 month: 1 day: 1 } } }",
     {1, kCertified}},
    {"HdsOfUnreadScope",
     "offering.certificates.HDS",
     "certificates { certificates { scheme: HDS valid_to { year: 2027 month: 1 day: 1 } } }",
     {0, kCertified}},
    {"HdsOfOurScope",
     "offering.certificates.HDS",
     "certificates { certificates { scheme: HDS scope_matches: true "
     "valid_to { year: 2027 month: 1 day: 1 } } }",
     {1, kCertified}},
    {"CertificateMerelyDeclared",
     "offering.certificates.ISO27001",
     "certificates { certificates { scheme: ISO27001 valid_to { year: 2027 month: 1 day: 1 } } } "
     "claims { field_path: \"certificates\" evidence: DECLARED }",
     {1, kDeclared}},

    // Trial.
    {"TrialWithoutCard",
     "derived.trial_days_without_card",
     "trial { days: 14 card_required: false }",
     {14, kDeclared}},
    {"TrialWithCard",
     "derived.trial_days_without_card",
     "trial { days: 14 card_required: true }",
     {0, kDeclared}},
    {"TrialSilentOnTheCard", "derived.trial_days_without_card", "trial { days: 14 }", kUnknown},
    {"NoTrial", "derived.trial_days_without_card", "trial { days: 0 }", {0, kDeclared}},
    {"FreeTier",
     "derived.trial_days_without_card",
     "trial { free_tier: true }",
     {3'650, kDeclared}},
    {"NothingOnTrials", "derived.trial_days_without_card", "trial {}", kUnknown},

    // Where the data lies.
    {"HostedInFrance",
     "derived.hosting_class",
     "hosting { locations { codes: \"FR\" } }",
     {3, kDeclared}},
    {"HostedInFranceAndIceland",
     "derived.hosting_class",
     "hosting { locations { codes: \"FR\" codes: \"IS\" } }",
     {2, kDeclared}},
    {"HostedInFranceAndSwitzerland",
     "derived.hosting_class",
     "hosting { locations { codes: \"CH\" codes: \"FR\" } }",
     {1, kDeclared}},
    {"HostedInTheStates",
     "derived.hosting_class",
     "hosting { locations { codes: \"FR\" codes: \"US\" } }",
     {0, kDeclared}},
    {"HostedNowhere", "derived.hosting_class", "hosting { locations {} }", kUnknown},
    {"SaasHostsData", "derived.hosts_customer_data", "kind: SOFTWARE_SAAS", {1, kDeclared}},
    {"SaasThatDoesNot",
     "derived.hosts_customer_data",
     "kind: SOFTWARE_SAAS hosting { hosts_customer_data: false }",
     {0, kDeclared}},
    {"ServiceSilentOnData", "derived.hosts_customer_data", "kind: SERVICE", kUnknown},

    // Export.
    {"OpenFormat",
     "derived.export_open_formats",
     "portability { export_formats { codes: \"PDF\" codes: \"CSV\" } }",
     {1, kDeclared}},
    {"PdfIsNoOpenFormat",
     "derived.export_open_formats",
     "portability { export_formats { codes: \"PDF\" codes: \"OTHER\" } }",
     {0, kDeclared}},
    {"ExportTestedAYearAgo",
     "derived.export_tested_recently",
     "portability { export_tested_date { year: 2025 month: 11 day: 23 } }",
     {1, kDeclared}},
    {"ExportTestedLongerAgo",
     "derived.export_tested_recently",
     "portability { export_tested_date { year: 2025 month: 11 day: 22 } }",
     {0, kDeclared}},
    {"ExportTestedTomorrow",
     "derived.export_tested_recently",
     "portability { export_tested_date { year: 2026 month: 11 day: 24 } }",
     {0, kDeclared}},

    // Validity and maturity.
    {"EntryWithoutEnd", "derived.claims_valid", "", {1, kChecked}},
    {"EntryOnItsLastDay",
     "derived.claims_valid",
     "claims_valid_to { year: 2026 month: 11 day: 23 }",
     {1, kChecked}},
    {"EntryOutOfDate",
     "derived.claims_valid",
     "claims_valid_to { year: 2026 month: 11 day: 22 }",
     {0, kChecked}},
    {"ServiceIsStable",
     "derived.development_status",
     "kind: SERVICE",
     {Offering::STABLE, kDeclared}},
    {"SoftwareSilent", "derived.development_status", "kind: SOFTWARE_SAAS", kUnknown},
    {"SoftwareInBeta",
     "derived.development_status",
     "kind: SOFTWARE_SAAS development_status: BETA",
     {Offering::BETA, kDeclared}},
    {"PriceReadThreeDaysAgo",
     "derived.price_age_days",
     "pricing { as_of { year: 2026 month: 11 day: 20 } }",
     {3, kDeclared}},

    // Skill: 3 for software that the firm runs itself.
    {"SkillOfSaas",
     "derived.skill_required",
     "kind: SOFTWARE_SAAS audience { skill_required: 1 }",
     {1, kDeclared}},
    {"SkillOfOwnServer",
     "derived.skill_required",
     "kind: SOFTWARE_ONPREM audience { skill_required: 1 }",
     {3, kDeclared}},
    {"SkillUnsaid", "derived.skill_required", "kind: SOFTWARE_ONPREM", kUnknown},

    // Trades.
    {"AnyTrade",
     "derived.sectors",
     "audience { generic_sector: true naf_codes: \"I\" }",
     {engine::kGenericSector, kDeclared}},
    {"FourTradesAreAny",
     "derived.sectors",
     "audience { naf_codes: \"56\" naf_codes: \"47\" naf_codes: \"55\" naf_codes: \"I\" }",
     {engine::kGenericSector, kDeclared}},
    {"TradeThatIsNone", "derived.sectors", "audience { naf_codes: \"pizza\" }", kUnknown},
    {"NoTrade", "derived.sectors", "audience { staff_min: 1 }", kUnknown},
    {"SectionI",
     "derived.sectors",
     "audience { naf_codes: \"I\" }",
     {engine::PackSectors({engine::Sector{engine::SectorLevel::kSection, 9}, {}, {}}), kDeclared}},
    {"ClassOfASubclass",
     "derived.sectors",
     "audience { naf_codes: \"56.10A\" }",
     {engine::PackSectors({engine::Sector{engine::SectorLevel::kClass, 5610}, {}, {}}), kDeclared}},
    {"DivisionOfAGroup",
     "derived.sectors",
     "audience { naf_codes: \"56.1\" naf_codes: \"56\" }",
     {engine::PackSectors({engine::Sector{engine::SectorLevel::kDivision, 56}, {}, {}}),
      kDeclared}},
    {"TradeWithDocument",
     "derived.sectors",
     "audience { naf_codes: \"56\" } claims { field_path: \"audience.naf_codes\" "
     "evidence: DOCUMENTED }",
     {engine::PackSectors({engine::Sector{engine::SectorLevel::kDivision, 56}, {}, {}}),
      kDocumented}},

    // Limits told twice, means of payment told in two places.
    {"TighterOfTwoLimits",
     "derived.products_limit",
     "limits { products { unlimited: true } } ecommerce { products { max: 100 } }",
     {100, kDeclared}},
    {"OneLimitOnly", "derived.contacts_limit", "crm { contacts { max: 5 } }", {5, kDeclared}},
    {"MeansOfPaymentTogether",
     "derived.payment_methods",
     "payment { methods { methods: CB } } ecommerce { payment_methods { methods: VISA } }",
     {1 << 1 | 1 << 2, kDeclared}},

    // Mode.
    {"TrainingIsHadDone", "derived.delivery_mode", "kind: TRAINING", {2, kChecked}},
    {"HardwareIsDoneOneself", "derived.delivery_mode", "kind: HARDWARE", {1, kChecked}},
    {"ModeStated",
     "derived.delivery_mode",
     "kind: SOFTWARE_SAAS delivery_mode: HAVE_IT_DONE",
     {2, kChecked}},
};

INSTANTIATE_TEST_SUITE_P(All, BlindfoldFactTest, ::testing::ValuesIn(kFieldCases),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(BlindfoldRateTest, NewestRateNotAfterTheDay) {
  World world;
  world.AddRate("USD", 800'000, "2026-10-01");
  world.AddRate("USD", 990'000, "2026-11-24");
  world.AddRate("USD", 850'000, "2026-11-23");
  world.AddRate("GBP", 1'200'000, "2026-12-01");
  world.AddOffering("members/a/offerings/o",
                    Parse("commitment { exit_fee { micros: 100 currency_code: \"USD\" } }"));
  EXPECT_EQ(SeenIn(world.Blind(Day("2026-11-23")), "offering.commitment.exit_fee").value, 85);
  EXPECT_EQ(SeenIn(world.Blind(Day("2026-11-22")), "offering.commitment.exit_fee").value, 80);
  EXPECT_EQ(SeenIn(world.Blind(Day("2026-09-30")), "offering.commitment.exit_fee"), kUnknown);
  const BlindCatalog blind = world.Blind(Day("2026-11-23"));
  ASSERT_EQ(blind.rates.size(), 1u);
  EXPECT_EQ(blind.rates[0].currency_code, "USD");
  EXPECT_EQ(blind.rates[0].euros_micros, 850'000);
  EXPECT_EQ(blind.rates[0].day, Day("2026-11-23"));
}

TEST(BlindfoldRateTest, GreatRatesDoNotOverflow) {
  World world;
  world.AddRate("USD", std::numeric_limits<int64_t>::max(), "2026-10-01");
  world.AddOffering(
      "members/a/offerings/o",
      Parse("commitment { exit_fee { micros: 1000000000000000 currency_code: \"USD\" } }"));
  EXPECT_EQ(SeenIn(world.Blind(), "offering.commitment.exit_fee"), kUnknown);
}

// --- Tariffs -----------------------------------------------------------------

constexpr char kFresh[] = "as_of { year: 2026 month: 11 day: 1 } ";
constexpr char kFlat[] =
    "components { model: FLAT amount { micros: 29000000 currency_code: \"EUR\" } } ";

engine::Tariff TariffOf(const std::string& pricing, const std::string& rest = "") {
  return BlindOf(absl::StrCat("pricing { ", pricing, " } ", rest)).table.tariffs[0];
}

TEST(BlindfoldTariffTest, KnownAndFreeAndUnknownAreThreeThings) {
  EXPECT_EQ(BlindOf("").table.tariffs[0].evidence, Evidence::kNone);
  const engine::Tariff free = TariffOf(kFresh);
  EXPECT_EQ(free.evidence, Evidence::kDeclared);
  EXPECT_THAT(free.components, IsEmpty());
  const engine::Tariff flat = TariffOf(absl::StrCat(kFresh, kFlat));
  ASSERT_EQ(flat.components.size(), 1u);
  EXPECT_EQ(flat.components[0].amount_micros, 29'000'000);
  EXPECT_EQ(flat.components[0].period, engine::BillingPeriod::kMonth);
}

struct TariffCase {
  const char* name;
  std::string pricing;
  bool known;
};

class BlindfoldTariffCaseTest : public ::testing::TestWithParam<TariffCase> {};
void PrintTo(const TariffCase& c, std::ostream* out) { *out << c.name; }

TEST_P(BlindfoldTariffCaseTest, IsKnownOrNot) {
  const engine::Tariff tariff = TariffOf(GetParam().pricing);
  EXPECT_EQ(tariff.evidence != Evidence::kNone, GetParam().known);
  EXPECT_TRUE(GetParam().known || tariff.components.empty());
}

std::string Line(const std::string& text) {
  return absl::StrCat(kFresh, "components { ", text, " }");
}
const std::string kEuro = "amount { micros: 1 currency_code: \"EUR\" } ";

INSTANTIATE_TEST_SUITE_P(
    All, BlindfoldTariffCaseTest,
    ::testing::Values(
        TariffCase{"DayOfReadingMissing", kFlat, false},
        TariffCase{"Read400DaysAgo", "as_of { year: 2025 month: 10 day: 19 }", true},
        TariffCase{"Read401DaysAgo", "as_of { year: 2025 month: 10 day: 18 }", false},
        TariffCase{"ReadAfterTheDay", "as_of { year: 2026 month: 12 day: 24 }", true},
        TariffCase{"OnItsLastDay",
                   absl::StrCat(kFresh, "valid_to { year: 2026 month: 11 day: 23 }"), true},
        TariffCase{"PastItsLastDay",
                   absl::StrCat(kFresh, "valid_to { year: 2026 month: 11 day: 22 }"), false},
        TariffCase{"ModelMissing", Line(kEuro), false},
        TariffCase{"ModelOfTheFuture", Line("model: 77 " + kEuro), false},
        TariffCase{"AmountMissing", Line("model: FLAT"), false},
        TariffCase{"AmountInYen", Line("model: FLAT amount { micros: 1 currency_code: \"JPY\" }"),
                   false},
        TariffCase{"AmountInDollars",
                   Line("model: FLAT amount { micros: 1 currency_code: \"USD\" }"), true},
        TariffCase{"AmountBelowZero",
                   Line("model: FLAT amount { micros: -1 currency_code: \"EUR\" }"), false},
        TariffCase{"UsageOfNothing", Line("model: USAGE " + kEuro), false},
        TariffCase{"UsageOfEmails", Line("model: USAGE metric: EMAILS_MONTH " + kEuro), true},
        TariffCase{"MetricOfTheFuture", Line("model: USAGE metric: 60 " + kEuro), false},
        TariffCase{"CommissionWithoutAmount",
                   Line("model: COMMISSION metric: ONLINE_SALES_MONTH rate_bp: 150"), true},
        TariffCase{"CommissionOverAll",
                   Line("model: COMMISSION metric: ONLINE_SALES_MONTH rate_bp: 10001"), false},
        TariffCase{"IndexationTooSteep", Line("model: FLAT indexation_bp_per_year: 5001 " + kEuro),
                   false},
        TariffCase{"TieredWithoutTiers", Line("model: TIERED metric: USERS"), false},
        TariffCase{"TieredWithoutEnd",
                   Line("model: TIERED metric: USERS tiers { up_to: 5 } tiers { up_to: 9 }"),
                   false},
        TariffCase{"TieredBackwards",
                   Line("model: TIERED metric: USERS tiers { up_to: 9 } tiers { up_to: 5 } "
                        "tiers {}"),
                   false},
        TariffCase{"TieredWell",
                   Line("model: TIERED metric: USERS tiers { up_to: 5 } tiers { up_to: 9 } "
                        "tiers {}"),
                   true},
        TariffCase{"OneBadLineAmongGood", absl::StrCat(kFresh, kFlat, "components { model: FLAT }"),
                   false}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(BlindfoldTariffTest, EveryFieldOfALineIsCarriedOver) {
  const engine::Tariff tariff =
      TariffOf(Line("model: USAGE metric: EMAILS_MONTH amount { micros: 7 currency_code: \"EUR\" } "
                    "period: YEAR min_units: 3 included: 1000 unit_count: 500 "
                    "per_transaction { micros: 8 currency_code: \"EUR\" } "
                    "monthly_minimum { micros: 9 currency_code: \"EUR\" } "
                    "promotion { amount { micros: 4 currency_code: \"EUR\" } until_month: 12 } "
                    "indexation_bp_per_year: 200 rate_bp: 10"));
  ASSERT_EQ(tariff.components.size(), 1u);
  const engine::PriceComponent& line = tariff.components[0];
  EXPECT_EQ(line.model, engine::PriceModel::kUsage);
  EXPECT_EQ(line.period, engine::BillingPeriod::kYear);
  EXPECT_EQ(line.metric, type::EMAILS_MONTH);
  EXPECT_EQ(line.rate_bp, 10);
  EXPECT_EQ(line.indexation_bp, 200);
  EXPECT_EQ(line.promotion_until_month, 12);
  EXPECT_EQ(line.amount_micros, 7);
  EXPECT_EQ(line.promotion_micros, 4);
  EXPECT_EQ(line.min_units, 3);
  EXPECT_EQ(line.included, 1'000);
  EXPECT_EQ(line.unit_count, 500);
  EXPECT_EQ(line.per_transaction_micros, 8);
  EXPECT_EQ(line.monthly_minimum_micros, 9);
}

TEST(BlindfoldTariffTest, QuoteCountsAtItsDearerEnd) {
  const engine::Tariff tariff =
      TariffOf(Line("model: QUOTE amount { micros: 5 currency_code: \"EUR\" } "
                    "amount_max { micros: 9 currency_code: \"EUR\" }"));
  ASSERT_EQ(tariff.components.size(), 1u);
  EXPECT_EQ(tariff.components[0].amount_micros, 9);
}

// Else it would count at its lower end, and to leave the upper one out would pay.
TEST(BlindfoldTariffTest, AQuoteWithoutItsUpperEndIsUnknown) {
  const engine::Tariff tariff =
      TariffOf(Line("model: QUOTE amount { micros: 5 currency_code: \"EUR\" }"));
  EXPECT_TRUE(tariff.components.empty());
  EXPECT_EQ(tariff.evidence, engine::Evidence::kNone);
}

TEST(BlindfoldTariffTest, OptionsNameFeaturesOfNeeds) {
  const auto& features = Rules().feature_ordinals[Rules().need_ordinals.find("CRM")->second];
  const std::string known = features.begin()->first;
  const engine::Tariff tariff = TariffOf(Line(absl::StrCat(
      "model: FLAT feature_ids: \"CRM.", known, "\" feature_ids: \"CRM.nothing\" ", kEuro)));
  ASSERT_EQ(tariff.components.size(), 1u);
  ASSERT_EQ(tariff.components[0].options.size(), 2u);
  EXPECT_EQ(tariff.components[0].options[0].need, Rules().need_ordinals.find("CRM")->second);
  EXPECT_EQ(tariff.components[0].options[0].feature, features.begin()->second);
  // An option that nobody can ask for must not become a price that everybody pays.
  EXPECT_GE(tariff.components[0].options[1].need, Rules().need_ordinals.size());
}

TEST(BlindfoldTariffTest, EvidenceIsThatOfThePricing) {
  EXPECT_EQ(TariffOf(kFresh, "claims { field_path: \"pricing\" evidence: DOCUMENTED }").evidence,
            Evidence::kDocumented);
  EXPECT_EQ(TariffOf(absl::StrCat(kFresh, kFlat),
                     "claims { field_path: \"pricing\" valid_to { year: 2026 month: 1 day: 1 } }")
                .evidence,
            Evidence::kNone);
}

// --- Features, needs, rows ---------------------------------------------------

TEST(BlindfoldFeatureTest, MasksByNeedAndLevel) {
  const uint8_t crm = Rules().need_ordinals.find("CRM")->second;
  std::vector<std::string> ids;
  for (const auto& [id, ordinal] : Rules().feature_ordinals[crm]) ids.push_back(id);
  const auto bit = [&](size_t i) {
    return uint32_t{1} << Rules().feature_ordinals[crm].find(ids[i])->second;
  };
  const auto claim = [&](size_t i, const char* level) {
    return absl::StrCat("features { need_id: \"CRM\" feature_id: \"", ids[i], "\" level: ", level,
                        " } ");
  };
  const BlindCatalog blind = BlindOf(absl::StrCat(
      "need_ids: \"CRM\" need_ids: \"ERP\" need_ids: \"NO_SUCH\" ", claim(0, "FULL"),
      claim(1, "PARTIAL"), claim(2, "OPTION_PAID"), claim(3, "NONE"), claim(4, "LEVEL_UNSPECIFIED"),
      claim(5, "FULL"), claim(5, "PARTIAL"), claim(6, "FULL"),
      "features { need_id: \"CRM\" feature_id: \"unheard_of\" level: FULL } "
      "claims { field_path: \"features.CRM.",
      ids[6], "\" valid_to { year: 2026 month: 1 day: 1 } }"));
  const engine::NeedCandidates& candidates = blind.table.candidates[crm];
  ASSERT_THAT(candidates.rows, ElementsAre(0));
  EXPECT_EQ(candidates.features[0].full, bit(0));
  EXPECT_EQ(candidates.features[0].partial, bit(1) | bit(5)) << "the least of two claims";
  EXPECT_EQ(candidates.features[0].option_paid, bit(2));
  EXPECT_EQ(candidates.features[0].none, bit(3));
  const uint8_t erp = Rules().need_ordinals.find("ERP")->second;
  EXPECT_EQ(blind.table.needs[0], uint64_t{1} << crm | uint64_t{1} << erp);
  EXPECT_THAT(blind.table.candidates[erp].rows, ElementsAre(0));
  EXPECT_THAT(blind.table.candidates[erp].features[0].full, 0u);
}

TEST(BlindfoldRowTest, RowsAndGroupsAreInTheOrderOfTheirUids) {
  World world;
  world.AddMember("members/b", "00000000-0000-4000-8000-000000000011");
  world.AddMember("members/c", kGroupUid);
  const auto add = [&](const char* name, const char* uid) {
    Offering offering;
    offering.set_uid(uid);
    offering.set_kind(Offering::SERVICE);
    world.AddOffering(name, offering);
  };
  add("members/a/offerings/x", "00000000-0000-4000-8000-000000000009");
  add("members/b/offerings/y", "00000000-0000-4000-8000-000000000003");
  add("members/c/offerings/z", "00000000-0000-4000-8000-000000000005");
  const BlindCatalog blind = world.Blind();
  EXPECT_THAT(blind.names, ElementsAre("members/b/offerings/y", "members/c/offerings/z",
                                       "members/a/offerings/x"));
  EXPECT_EQ(blind.table.row_count, 3u);
  EXPECT_EQ(blind.table.group_count, 2u);
  EXPECT_THAT(blind.table.groups, ElementsAre(0, 1, 1)) << "a and c are under one control";
  EXPECT_EQ(blind.offering_uids[0][15], 3);
  EXPECT_EQ(blind.group_uids[0][15], 0x11);
  EXPECT_EQ(blind.table.kinds[0], Offering::SERVICE);
}

TEST(BlindfoldRowTest, MembersThatAreNotActiveAreLeftOut) {
  World world;
  world.AddMember("members/b", kGroupUid).set_state(Member::SUSPENDED);
  world.AddMember("members/c", kGroupUid).set_state(Member::ENDED);
  for (const char* name : {"members/a/offerings/o", "members/b/offerings/o",
                           "members/c/offerings/o", "members/gone/offerings/o", "odd"}) {
    world.AddOffering(name, Parse(""));
  }
  EXPECT_THAT(world.Blind().names, ElementsAre("members/a/offerings/o"));
}

TEST(BlindfoldRowTest, AnOfferingThatIsNotPublishedIsARowSoThatItsExclusionIsTold) {
  const BlindCatalog blind = BlindOf("state: SUSPENDED need_ids: \"CRM\"");
  EXPECT_EQ(blind.table.row_count, 1u);
  EXPECT_EQ(SeenIn(blind, "offering.state").value, Offering::SUSPENDED);
}

TEST(BlindfoldRowTest, ATextThatIsNoUuidStillNamesOneThing) {
  World world;
  world.AddOffering("members/a/offerings/o", Parse("uid: \"not a uuid\""));
  world.AddOffering("members/a/offerings/p", Parse("uid: \"another\""));
  const BlindCatalog blind = world.Blind();
  ASSERT_EQ(blind.offering_uids.size(), 2u);
  EXPECT_NE(blind.offering_uids[0], blind.offering_uids[1]);
}

TEST(BlindfoldRowTest, AnEmptyCatalogueIsAnEmptyTable) {
  const BlindCatalog blind = Blindfold(catalog::Snapshot(), Rules(), Today());
  EXPECT_EQ(blind.table.row_count, 0u);
  EXPECT_EQ(blind.table.columns.size(), Rules().offering_slots.size());
  EXPECT_EQ(blind.table.candidates.size(), 45u);
}

}  // namespace
}  // namespace aplomb::decision
