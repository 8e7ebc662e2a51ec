#include "tests/decision/answer_world.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/check.h"
#include "base/digest.h"
#include "decision/blindfold.h"
#include "decision/render.h"
#include "decision/rulebook_compiler.h"
#include "engine/rank_index.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"

namespace aplomb::decision {
namespace {

constexpr char kShop[] = R"pb(
  state: PUBLISHED
  kind: SOFTWARE_SAAS
  development_status: STABLE
  need_ids: "ECOMMERCE"
  coverage { regions { codes: "FR-METRO" } }
  languages {
    ui { codes: "fr" }
    legal_documents_fr: true
  }
  pricing {
    transparency: PUBLIC_COMPLETE
    as_of { year: 2026 month: 10 day: 1 }
  }
  commitment {
    min_months: 1
    notice_days: 30
    exit_fee { micros: 0 currency_code: "EUR" }
  }
  onboarding { days_to_live: 7 }
  features { need_id: "ECOMMERCE" feature_id: "catalogue" level: FULL }
  features { need_id: "ECOMMERCE" feature_id: "variants" level: FULL }
)pb";

// A UUID of version 4 drawn from a name, the same in each run.
std::string UuidOf(absl::string_view name) {
  base::Digest d = base::Sha256(name);
  d[6] = static_cast<uint8_t>((d[6] & 0x0F) | 0x40);
  d[8] = static_cast<uint8_t>((d[8] & 0x3F) | 0x80);
  std::string text;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    absl::StrAppendFormat(&text, "%02x", d[i]);
  }
  return text;
}

template <typename M>
void Merge(absl::string_view text, M& message) {
  CHECK(google::protobuf::TextFormat::MergeFromString(std::string(text), &message))
      << "the test's own text: " << std::string(text);
}

}  // namespace

const char kQuickIntake[] = R"pb(
  profile {
    activity { nomenclature: NAF_REV2 code: "10.71C" }
    staff_band: "02"
    department_code: "69"
    budget {
      one_off_max { micros: 500000000 currency_code: "EUR" }
      monthly_max { micros: 80000000 currency_code: "EUR" }
    }
  }
  needs { need_id: "ECOMMERCE" }
)pb";

std::shared_ptr<const CompiledRulebook> RealRulebook() {
  static const auto* const rulebook = [] {
    const auto source = ReadRulebook(aplomb::testing::SourcePath("catalog/rulebook"));
    CHECK_OK(source) << "the rulebook of the tree";
    CompileResult result = CompileRulebook(
        source->rulebook, base::Sha256("the rulebook of the tree"), nullptr, &*source);
    CHECK(result.compiled != nullptr) << FormatDiagnostics(result.diagnostics);
    return new std::shared_ptr<const CompiledRulebook>(std::move(result.compiled));
  }();
  return *rulebook;
}

Asked::Asked(absl::string_view recommendation_text) {
  advisor::v1::Recommendation recommendation;
  Merge(recommendation_text, recommendation);
  profile = recommendation.profile();
  needs.assign(recommendation.needs().begin(), recommendation.needs().end());
  weights = recommendation.weights();
}

AnswerWorld::AnswerWorld() : rulebook_(RealRulebook()) {
  snapshot_.revision = 7;
  snapshot_.time_us = 1'795'000'000'000'000;
  snapshot_.state_digest = base::Sha256("state");
  auto laws = std::make_shared<catalog::TableEntry<catalog::v1::LawTable>>();
  Merge(R"pb(
          legal_bases {
            legal_basis_id: "einvoicing_reception_2026"
            valid_from { year: 2026 month: 9 day: 1 }
          }
          legal_bases {
            legal_basis_id: "einvoicing_issue_2027"
            valid_from { year: 2027 month: 9 day: 1 }
          }
        )pb",
        laws->table);
  snapshot_.law_table = std::move(laws);
}

void AnswerWorld::Add(absl::string_view member, absl::string_view id, absl::string_view text) {
  const std::string member_name = absl::StrCat("members/", member);
  if (!snapshot_.members.contains(member_name)) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    entry->member.set_name(member_name);
    entry->member.set_uid(UuidOf(member_name));
    entry->member.set_ownership_group_uid(UuidOf(absl::StrCat("group of ", member)));
    entry->member.set_state(catalog::v1::Member::ACTIVE);
    snapshot_.members.emplace(member_name, std::move(entry));
  }
  auto entry = std::make_shared<catalog::OfferingEntry>();
  catalog::v1::Offering& offering = entry->offering;
  Merge(kShop, offering);
  catalog::v1::Offering own;
  Merge(text, own);
  if (own.has_coverage()) offering.clear_coverage();  // instead of, not besides
  offering.MergeFrom(own);
  offering.set_name(absl::StrCat(member_name, "/offerings/", id));
  offering.set_uid(UuidOf(offering.name()));
  snapshot_.offerings[offering.name()] = std::move(entry);
}

void AnswerWorld::SetGroup(absl::string_view member, absl::string_view group) {
  auto& entry = snapshot_.members[absl::StrCat("members/", member)];
  auto changed = std::make_shared<catalog::MemberEntry>(*entry);
  changed->member.set_ownership_group_uid(UuidOf(absl::StrCat("group of ", group)));
  entry = std::move(changed);
}

void AnswerWorld::SetListedOnly(absl::string_view member) {
  auto& entry = snapshot_.members[absl::StrCat("members/", member)];
  auto changed = std::make_shared<catalog::MemberEntry>(*entry);
  changed->member.set_listed_only(true);
  entry = std::move(changed);
}

namespace {

DecisionRecord DecideOn(const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                        const Asked& asked, int32_t day) {
  const std::vector<base::Issue> issues = ValidateInput(asked.Input(day), rulebook);
  for (const base::Issue& issue : issues) {
    ADD_FAILURE() << issue.field << ": " << issue.reason << ": " << issue.text_en;
  }
  BlindCatalog blind = Blindfold(snapshot, rulebook, day);
  TieSubject subject;
  subject.epoch_secret.fill(1);
  subject.subject.fill(2);
  const DecisionContext context{
      .snapshot = snapshot, .rulebook = rulebook, .rulebook_revision = 3, .blind = blind};
  DecisionRecord plain = Decide(asked.Input(day), context, subject);
  blind.index = std::make_shared<const engine::RankIndex>(
      engine::BuildRankIndex(rulebook.rules, blind.table));
  EXPECT_TRUE(EncodeRecord(Decide(asked.Input(day), context, subject)) == EncodeRecord(plain))
      << "an index makes no difference";
  return plain;
}

}  // namespace

DecisionRecord AnswerWorld::Decide(const Asked& asked, int32_t day) const {
  return DecideOn(snapshot_, *rulebook_, asked, day);
}

advisor::v1::Recommendation AnswerWorld::Answer(const Asked& asked, int32_t day) const {
  advisor::v1::Recommendation answer;
  const auto record = DecodeRecord(EncodeRecord(Decide(asked, day)));
  CHECK_OK(record) << "what was encoded decodes";
  const absl::Status rendered =
      RenderRecord(*record, asked.Input(day), snapshot_, *rulebook_, answer);
  CHECK_OK(rendered) << "a record of this catalogue renders";
  return answer;
}

std::string AnswerWorld::BytesOfShuffledCopy(const Asked& asked) const {
  // The maps of a snapshot are sorted; what may differ is the order inside the offerings.
  catalog::Snapshot copy = snapshot_;
  for (const auto& [name, entry] : snapshot_.offerings) {
    auto reversed = std::make_shared<catalog::OfferingEntry>(*entry);
    auto* features = reversed->offering.mutable_features();
    std::reverse(features->begin(), features->end());
    auto* needs = reversed->offering.mutable_need_ids();
    std::reverse(needs->begin(), needs->end());
    auto* claims = reversed->offering.mutable_claims();
    std::reverse(claims->begin(), claims->end());
    copy.offerings[name] = std::move(reversed);
  }
  return EncodeRecord(DecideOn(copy, *rulebook_, asked, kToday));
}

const advisor::v1::Ranking& RankingOf(const advisor::v1::Recommendation& answer, int need,
                                      type::DeliveryMode mode) {
  for (const auto& ranking : answer.results(need).rankings()) {
    if (ranking.delivery_mode() == mode) return ranking;
  }
  return advisor::v1::Ranking::default_instance();
}

const advisor::v1::RankedOffering* FindRanked(const advisor::v1::Ranking& ranking,
                                              absl::string_view id) {
  for (const auto& band : ranking.bands()) {
    for (const auto& offering : band.offerings()) {
      if (absl::EndsWith(offering.offering(), absl::StrCat("/offerings/", id))) return &offering;
    }
  }
  return nullptr;
}

const advisor::v1::UnrankedOffering* FindUnranked(const advisor::v1::Ranking& ranking,
                                                  absl::string_view id) {
  for (const auto* list : {&ranking.excluded(), &ranking.to_confirm()}) {
    for (const auto& offering : *list) {
      if (absl::EndsWith(offering.offering(), absl::StrCat("/offerings/", id))) return &offering;
    }
  }
  return nullptr;
}

}  // namespace aplomb::decision
