// Every field of an offering, a member and a firm's profile says who may read it, and what is no
// FACT cannot be named by a rule.

#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/options.pb.h"
#include "aplomb/type/profile.pb.h"
#include "decision/fact_registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::decision {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Visibility of all fields below a message of ours, by path. A field of a message of others (dates,
// timestamps) is as visible as the field that holds it.
void Walk(const Descriptor& message, const std::string& prefix,
          std::map<std::string, type::Visibility>& fields) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string path = absl::StrCat(prefix, ".", field.name());
    fields[path] = field.options().GetExtension(type::visibility);
    const Descriptor* inner = field.message_type();
    if (inner != nullptr && absl::StartsWith(inner->full_name(), "aplomb.")) {
      Walk(*inner, path, fields);
    }
  }
}

TEST(VisibilityTest, NoFieldIsLeftUnclassified) {
  std::map<std::string, type::Visibility> fields;
  Walk(*catalog::v1::Offering::descriptor(), "offering", fields);
  Walk(*catalog::v1::Member::descriptor(), "member", fields);
  Walk(*type::FirmProfile::descriptor(), "firm", fields);
  EXPECT_GT(fields.size(), 300u);
  for (const auto& [path, visibility] : fields) {
    EXPECT_NE(visibility, type::VISIBILITY_UNSPECIFIED) << path;
  }
}

TEST(VisibilityTest, NothingAboutAMemberIsAFact) {
  std::map<std::string, type::Visibility> fields;
  Walk(*catalog::v1::Member::descriptor(), "member", fields);
  for (const auto& [path, visibility] : fields) EXPECT_NE(visibility, type::FACT) << path;
}

TEST(VisibilityTest, OnlyFactsAreNumbered) {
  std::map<std::string, type::Visibility> fields;
  Walk(*catalog::v1::Offering::descriptor(), "offering", fields);
  Walk(*type::FirmProfile::descriptor(), "firm", fields);
  for (const auto& [name, fact] : FactRegistry::Get().facts()) {
    for (const FieldDescriptor* field : fact.path) {
      EXPECT_EQ(field->options().GetExtension(type::visibility), type::FACT)
          << name << ": nothing on its way may be hidden either";
    }
  }
  for (const auto& [path, visibility] : fields) {
    if (visibility == type::FACT) continue;
    EXPECT_EQ(FactRegistry::Get().Find(path), nullptr) << path;
    EXPECT_NE(FactRegistry::Get().StatusOf(path), NameStatus::kFact) << path;
  }
}

// The fields that say who, since when, and for what money: named here one by one, so that opening
// one of them takes a change of this list.
TEST(VisibilityTest, WhatSaysWhoOffersIsHidden) {
  std::map<std::string, type::Visibility> fields;
  Walk(*catalog::v1::Offering::descriptor(), "offering", fields);
  std::set<std::string> hidden;
  for (const auto& [path, visibility] : fields) {
    if (visibility == type::IDENTITY || visibility == type::COMMERCIAL) hidden.insert(path);
  }
  EXPECT_THAT(hidden,
              ::testing::ElementsAre(
                  "offering.certificates.certificates.number", "offering.claims.certificate_number",
                  "offering.continuity.service_since", "offering.create_time", "offering.etag",
                  "offering.external_ids", "offering.landing_url", "offering.last_verified_date",
                  "offering.name", "offering.revision", "offering.title", "offering.uid",
                  "offering.update_time"));
}

TEST(VisibilityTest, NoFactIsText) {
  for (const auto& [name, fact] : FactRegistry::Get().facts()) {
    for (const FieldDescriptor* field : fact.path) {
      EXPECT_NE(field->cpp_type(), FieldDescriptor::CPPTYPE_STRING) << name;
    }
  }
}

}  // namespace
}  // namespace aplomb::decision
