// The names and numbers of facts.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/options.pb.h"
#include "aplomb/type/profile.pb.h"
#include "catalog/code_lists.h"
#include "decision/derived_facts.h"
#include "decision/fact_registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"

namespace aplomb::decision {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// All fields marked FACT with a number, below a message, by name; written anew, not shared with the
// registry.
void NumberedFields(const Descriptor& message, const std::string& prefix,
                    std::map<std::string, int>& fields) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string name = absl::StrCat(prefix, ".", field.name());
    const int id = field.options().GetExtension(type::fact_id);
    if (id != 0) {
      fields[name] = id;
    } else if (field.message_type() != nullptr) {
      NumberedFields(*field.message_type(), name, fields);
    }
  }
}

TEST(RegistryTest, HasEveryNumberedFieldUnderItsPath) {
  std::map<std::string, int> fields;
  NumberedFields(*catalog::v1::Offering::descriptor(), "offering", fields);
  NumberedFields(*type::FirmProfile::descriptor(), "firm", fields);
  EXPECT_GT(fields.size(), 200u);
  for (const auto& [name, id] : fields) {
    const FactInfo* fact = FactRegistry::Get().Find(name);
    ASSERT_NE(fact, nullptr) << name;
    EXPECT_EQ(fact->fact_id, id) << name;
    EXPECT_FALSE(fact->path.empty()) << name;
  }
}

TEST(RegistryTest, NumbersAreUniqueAndInTheirRanges) {
  std::set<int> ids;
  for (const auto& [name, fact] : FactRegistry::Get().facts()) {
    EXPECT_TRUE(ids.insert(fact.fact_id).second) << name;
    EXPECT_EQ(FactRegistry::Get().FindById(fact.fact_id), &fact);
    const auto in = [&](int min, int max) {
      EXPECT_TRUE(min <= fact.fact_id && fact.fact_id <= max) << name << " " << fact.fact_id;
    };
    if (absl::StartsWith(name, "offering.certificates.")) {
      in(2001, 2099);
    } else if (absl::StartsWith(name, "derived.")) {
      in(2100, 2999);
    } else if (absl::StartsWith(name, "firm.")) {
      in(5000, 5999);
    } else if (absl::StartsWith(name, "request.")) {
      in(6000, 6999);
    } else {
      ASSERT_TRUE(absl::StartsWith(name, "offering.")) << name;
      const bool is_family =
          absl::EndsWith(fact.path.front()->message_type() == nullptr
                             ? absl::string_view()
                             : absl::string_view(fact.path.front()->message_type()->name()),
                         "Facts");
      is_family ? in(1000, 1999) : in(1, 999);
    }
    const bool is_firms = absl::StartsWith(name, "firm.") || absl::StartsWith(name, "request.");
    EXPECT_EQ(fact.side == FactSide::kRequest, is_firms) << name;
    EXPECT_TRUE(!fact.always_known || fact.side == FactSide::kRequest) << name;
  }
}

struct Case {
  const char* name;
  FactKind kind;
  const char* unit;
  const char* code_list;
  const char* enum_type;
};

TEST(RegistryTest, KindsFollowTheTypes) {
  const Case cases[] = {
      {"offering.security.mfa", FactKind::kBoolean, "", "", ""},
      {"offering.commitment.min_months", FactKind::kInteger, "months", "", ""},
      {"offering.state", FactKind::kEnum, "", "", "aplomb.catalog.v1.Offering.State"},
      {"offering.platforms", FactKind::kSet, "", "", "aplomb.catalog.v1.PlatformList.Platform"},
      {"offering.integrations.tool_classes", FactKind::kSet, "", "", "aplomb.type.ToolClass"},
      {"offering.payment.methods", FactKind::kSet, "", "", "aplomb.type.PaymentMethod"},
      {"offering.coverage.regions", FactKind::kSet, "", "regions", ""},
      {"offering.commitment.exit_fee", FactKind::kMoney, "micros", "", ""},
      {"offering.pricing.as_of", FactKind::kDay, "day", "", ""},
      {"offering.limits.users", FactKind::kLimit, "", "", ""},
      {"offering.certificates.HDS", FactKind::kBoolean, "", "", ""},
      {"derived.sectors", FactKind::kPacked, "", "", ""},
      {"derived.needs", FactKind::kSet, "", kNeedsCodeList, ""},
      {"firm.data.health", FactKind::kBoolean, "", "", ""},
      {"firm.ui_languages", FactKind::kSet, "", "languages", ""},
      {"firm.budget.one_off_max", FactKind::kMoney, "micros", "", ""},
      {"request.region", FactKind::kSet, "", "regions", ""},
      {"request.existing_tool_classes", FactKind::kSet, "", "", "aplomb.type.ToolClass"},
  };
  for (const Case& c : cases) {
    const FactInfo* fact = FactRegistry::Get().Find(c.name);
    ASSERT_NE(fact, nullptr) << c.name;
    EXPECT_EQ(fact->kind, c.kind) << c.name;
    EXPECT_EQ(fact->unit, c.unit) << c.name;
    EXPECT_EQ(fact->code_list, c.code_list) << c.name;
    EXPECT_EQ(fact->enum_type == nullptr ? "" : fact->enum_type->full_name(), c.enum_type)
        << c.name;
  }
}

TEST(RegistryTest, SetsHaveAListThatFitsIntoAMask) {
  for (const auto& [name, fact] : FactRegistry::Get().facts()) {
    if (fact.kind != FactKind::kSet) {
      EXPECT_EQ(fact.code_list, "") << name;
      continue;
    }
    if (fact.enum_type != nullptr) {
      for (int i = 0; i < fact.enum_type->value_count(); ++i) {
        EXPECT_LT(fact.enum_type->value(i)->number(), 64) << name;
      }
    } else if (fact.code_list != kNeedsCodeList) {
      EXPECT_TRUE(catalog::IsCodeList(fact.code_list)) << name;
    }
  }
}

TEST(RegistryTest, TellsForbiddenNamesFromUnknownOnes) {
  const FactRegistry& registry = FactRegistry::Get();
  // What would say who offers something, or since when, or for what money.
  for (const char* name :
       {"offering.name", "offering.uid", "offering.title", "offering.title.fr",
        "offering.landing_url", "offering.short_description.en", "offering.last_verified_date",
        "offering.external_ids", "offering.revision", "offering.create_time",
        "offering.create_time.seconds", "offering.etag", "offering.licence.spdx",
        "offering.continuity.service_since", "offering.pricing.source_url", "firm.siren",
        "firm.siret"}) {
    EXPECT_EQ(registry.StatusOf(name), NameStatus::kForbidden) << name;
    EXPECT_TRUE(registry.IsForbidden(name)) << name;
    EXPECT_EQ(registry.Find(name), nullptr) << name;
  }
  for (const char* name :
       {"offering.commitment", "offering.need_ids", "offering.features",
        "offering.audience.naf_codes", "offering.certificates", "firm.data", "firm.activity"}) {
    EXPECT_EQ(registry.StatusOf(name), NameStatus::kContainer) << name;
  }
  for (const char* name :
       {"", "offering", "offering.", "offering.commitment.min_month", "member.display_name", "fee",
        "derived.fee", "request.advisor", "offering.certificates.SCHEME_UNSPECIFIED"}) {
    EXPECT_EQ(registry.StatusOf(name), NameStatus::kUnknown) << name;
  }
}

TEST(RegistryTest, NearestNameIsTheOneMeant) {
  const FactRegistry& registry = FactRegistry::Get();
  EXPECT_EQ(registry.Nearest("offering.comitment.min_months"), "offering.commitment.min_months");
  EXPECT_EQ(registry.Nearest("request.sizeclass"), "request.size_class");
  EXPECT_EQ(registry.Nearest("derived.host_class"), "derived.hosting_class");
  EXPECT_NE(registry.Nearest(std::string(100'000, 'x')), "");
}

TEST(RegistryTest, SourcesOfDerivedFactsAreFields) {
  for (const FactInfo& fact : DerivedFacts()) {
    EXPECT_TRUE(fact.path.empty()) << fact.name;
    for (const std::string& source : fact.sources) {
      const NameStatus status = FactRegistry::Get().StatusOf(source);
      EXPECT_TRUE(status == NameStatus::kFact || status == NameStatus::kContainer)
          << fact.name << " " << source;
    }
  }
}

const char* KindName(FactKind kind) {
  switch (kind) {
    case FactKind::kBoolean:
      return "yes/no";
    case FactKind::kInteger:
      return "number";
    case FactKind::kEnum:
      return "enum";
    case FactKind::kSet:
      return "set";
    case FactKind::kMoney:
      return "amount";
    case FactKind::kDay:
      return "day";
    case FactKind::kLimit:
      return "limit";
    case FactKind::kPacked:
      return "trades";
  }
  return "";
}

// "| `name` | number | kind | unit or list |"
std::string RowOf(const FactInfo& fact) {
  std::string detail = fact.unit;
  if (!fact.code_list.empty()) detail = absl::StrCat("list ", fact.code_list);
  if (fact.enum_type != nullptr) detail = std::string(fact.enum_type->name());
  return absl::StrCat("| `", fact.name, "` | ", fact.fact_id, " | ", KindName(fact.kind), " |",
                      detail.empty() ? "" : " ", detail, " |");
}

TEST(RegistryTest, EveryFactStandsOnThePage) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/facts.md"));
  std::map<int, std::string> missing;
  for (const auto& [name, fact] : FactRegistry::Get().facts()) {
    if (!absl::StrContains(page, RowOf(fact))) missing[fact.fact_id] = RowOf(fact);
  }
  std::string paste;
  for (const auto& [id, row] : missing) absl::StrAppend(&paste, row, "\n");
  EXPECT_EQ(paste, "") << "rows that docs/facts.md lacks; paste:\n" << paste;
}

TEST(RegistryTest, ThePageNamesNoOtherFact) {
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/facts.md"));
  size_t rows = 0;
  for (size_t at = page.find("\n| `"); at != std::string::npos; at = page.find("\n| `", at + 1)) {
    const size_t begin = at + 4;
    const std::string name = page.substr(begin, page.find('`', begin) - begin);
    EXPECT_NE(FactRegistry::Get().Find(name), nullptr) << name;
    ++rows;
  }
  EXPECT_EQ(rows, FactRegistry::Get().facts().size());
}

}  // namespace
}  // namespace aplomb::decision
