#include "tests/service/tiny_world.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace aplomb::service {
namespace {

constexpr char kRules[] = R"pb(
  rulebook_id: "tiny"
  title { fr: "Petit" en: "Tiny" }
  rationale { fr: "Pour les essais." en: "For tests." }
  band_width: 5000000
  price_max_age_days: 3650
  min_ownership_groups: 3
  membership_fee { yearly_min_micros: 100000000 yearly_max_micros: 200000000 }
  valid_from { year: 2020 month: 1 day: 1 }
  groups {
    group_id: "G1"
    title { fr: "Coût" en: "Cost" }
    swing { fr: "a" en: "a" }
    reason { fr: "b" en: "b" }
  }
  groups {
    group_id: "G2"
    title { fr: "Durée" en: "Term" }
    swing { fr: "a" en: "a" }
    reason { fr: "b" en: "b" }
  }
  groups {
    group_id: "G3"
    title { fr: "Sortie" en: "Exit" }
    swing { fr: "a" en: "a" }
    reason { fr: "b" en: "b" }
  }
  groups {
    group_id: "G4"
    title { fr: "Licence" en: "Licence" }
    swing { fr: "a" en: "a" }
    reason { fr: "b" en: "b" }
  }
  groups {
    group_id: "G5"
    title { fr: "Fonctions" en: "Features" }
    swing { fr: "a" en: "a" }
    reason { fr: "b" en: "b" }
  }
  groups {
    group_id: "G6"
    title { fr: "Suite" en: "Future" }
    swing { fr: "a" en: "a" }
    reason { fr: "b" en: "b" }
  }
  constraints {
    constraint_id: "H01"
    title { fr: "Publiée" en: "Published" }
    satisfied_when {
      comparison {
        left { fact: "offering.state" }
        op: EQ
        enum_value: "PUBLISHED"
      }
    }
    reason_code: "NON_PUBLIEE"
    exclude_when_unknown: true
    sentence { fr: "État : {observed}." en: "State: {observed}." }
    remedy { fr: "Publier l'offre." en: "Publish the offering." }
    rationale { fr: "On ne propose que ce qui est publié." en: "Only what is published." }
  }
  criteria {
    criterion_id: "C01"
    group_id: "G1"
    title { fr: "Coût sur 36 mois" en: "Cost over 36 months" }
    measure { cost { figure: TCO_36 relative_to_target: true scale: 100 } }
    breakpoints { x: 50 value: 10000 }
    breakpoints { x: 200 value: 0 }
    direction: LESS_IS_BETTER
    unit: "percent"
    sentence { fr: "{observed} de la cible." en: "{observed} of the target." }
    rationale { fr: "Le prix compte." en: "The price counts." }
  }
  criteria {
    criterion_id: "C02"
    group_id: "G2"
    title { fr: "Engagement" en: "Commitment" }
    measure { fact: "offering.commitment.min_months" }
    breakpoints { x: 0 value: 10000 }
    breakpoints { x: 36 value: 0 }
    direction: LESS_IS_BETTER
    unit: "months"
    sentence { fr: "Engagement : {observed}." en: "Commitment: {observed}." }
    rationale { fr: "Rester libre." en: "Stay free." }
  }
  criteria {
    criterion_id: "C03"
    group_id: "G3"
    title { fr: "Récupération" en: "Retrieval" }
    measure { fact: "offering.portability.retrieval_days" }
    breakpoints { x: 0 value: 0 }
    breakpoints { x: 90 value: 10000 }
    direction: MORE_IS_BETTER
    unit: "days"
    sentence { fr: "{observed} pour récupérer." en: "{observed} to retrieve." }
    rationale { fr: "Repartir." en: "Leave." }
  }
  criteria {
    criterion_id: "C04"
    group_id: "G4"
    title { fr: "Logiciel libre" en: "Free software" }
    measure {
      ladder {
        steps {
          when {
            comparison {
              left { fact: "offering.licence.free_software" }
              op: EQ
              truth: true
            }
          }
          points: 1
        }
      }
    }
    breakpoints { x: 0 value: 0 }
    breakpoints { x: 1 value: 10000 }
    direction: MORE_IS_BETTER
    unit: "points"
    sentence { fr: "{observed}." en: "{observed}." }
    rationale { fr: "Ouvert." en: "Open." }
  }
  criteria {
    criterion_id: "C05"
    group_id: "G5"
    title { fr: "Fonctions voulues" en: "Wanted features" }
    measure { feature_coverage { scope: NICE } }
    breakpoints { x: 0 value: 0 }
    breakpoints { x: 10000 value: 10000 }
    direction: MORE_IS_BETTER
    unit: "bp"
    sentence { fr: "{observed} des fonctions." en: "{observed} of the features." }
    rationale { fr: "Faire ce qu'il faut." en: "Do what is needed." }
  }
  criteria {
    criterion_id: "C06"
    group_id: "G6"
    title { fr: "Réversibilité" en: "Reversibility" }
    measure {
      ladder {
        steps {
          when {
            comparison {
              left { fact: "offering.continuity.reversibility_plan" }
              op: EQ
              truth: true
            }
          }
          points: 1
        }
      }
    }
    breakpoints { x: 0 value: 0 }
    breakpoints { x: 1 value: 10000 }
    direction: MORE_IS_BETTER
    unit: "points"
    sentence { fr: "{observed}." en: "{observed}." }
    rationale { fr: "La suite." en: "The future." }
  }
  weights {
    group_min_bp: 200
    group_max_bp: 5000
    paperwork_max_bp: 10000
    default_choice {
      tiers { group_ids: "G1" }
      tiers { group_ids: "G2" }
      tiers { group_ids: "G3" }
      tiers { group_ids: "G4" }
      tiers { group_ids: "G5" }
      tiers { group_ids: "G6" }
      method: RANK_ORDER_CENTROID
    }
  }
)pb";

constexpr char kNeed[] = R"pb(
  title { fr: "Besoin" en: "Need" }
  description { fr: "Un besoin." en: "A need." }
  stage: 1
  delivery_modes: DO_IT_YOURSELF
  minimum_facts: "cost.tco36"
)pb";

template <typename Message>
Message FromText(const char* text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

catalog::v1::Need TinyNeed(const std::string& need_id) {
  catalog::v1::Need need = FromText<catalog::v1::Need>(kNeed);
  need.set_need_id(need_id);
  for (int i = 0; i < 10; ++i) {
    catalog::v1::Feature& feature = *need.add_features();
    feature.set_feature_id(absl::StrCat("feature_", i));
    feature.set_ordinal(i);
    feature.mutable_label()->set_fr(absl::StrCat("Fonction ", i));
    feature.mutable_label()->set_en(absl::StrCat("Feature ", i));
    feature.mutable_definition()->set_fr("Elle est là.");
    feature.mutable_definition()->set_en("It is there.");
    feature.set_usual(i < 3);
  }
  for (int size = type::SOLO; size <= type::MEDIUM; ++size) {
    catalog::v1::ReferenceCost& cost = *need.add_reference_costs();
    cost.set_size_class(static_cast<type::SizeClass>(size));
    cost.set_monthly_micros(30'000'000L * size);
    cost.set_source("Essai");
  }
  for (int metric = type::Metric_MIN + 1; metric <= type::Metric_MAX; ++metric) {
    catalog::v1::AssumedUsage& usage = *need.add_assumed_usages();
    usage.set_metric(static_cast<type::Metric>(metric));
    for (const int64_t value : {1, 2, 20, 100}) usage.add_values(value);
  }
  return need;
}

std::string TinyUuid(int kind, int number) {
  return absl::StrFormat("%08x-0000-4000-8000-%012x", kind, number);
}

}  // namespace

decision::RulebookSource TinyRulebook() {
  decision::RulebookSource source;
  source.rulebook = FromText<catalog::v1::Rulebook>(kRules);
  *source.rulebook.add_needs() = TinyNeed("BOOKKEEPING");
  *source.rulebook.add_needs() = TinyNeed("WEBSITE");
  return source;
}

catalog::CatalogSource TinyCatalog(int members) {
  catalog::CatalogSource source;
  for (int m = 0; m < members; ++m) {
    catalog::v1::Member& member = source.members.emplace_back();
    const std::string id = absl::StrFormat("m%03d", m);
    member.set_name(absl::StrCat("members/", id));
    member.set_uid(TinyUuid(1, m));
    member.set_display_name(absl::StrCat("Maison ", id));
    member.set_country_code("FR");
    member.set_kind(catalog::v1::Member::PUBLISHER);
    member.set_ownership_group_uid(TinyUuid(2, m));
    member.set_state(catalog::v1::Member::ACTIVE);
    member.set_url(absl::StrCat("https://", id, ".example"));
    member.set_fictional(true);
    source.member_places.push_back(absl::StrCat("members:", m));
    int place = 0;
    for (const char* need : {"WEBSITE", "BOOKKEEPING"}) {
      catalog::v1::Offering& offering = source.offerings.emplace_back();
      offering.set_name(absl::StrCat(member.name(), "/offerings/o", place));
      offering.set_uid(TinyUuid(3 + place, m));
      offering.set_state(catalog::v1::Offering::PUBLISHED);
      offering.mutable_title()->set_fr(absl::StrCat("Offre ", id, " ", need));
      offering.mutable_title()->set_en(absl::StrCat("Offering ", id, " ", need));
      offering.set_kind(catalog::v1::Offering::SOFTWARE_SAAS);
      offering.add_need_ids(need);
      for (int f = 0; f < m % 4; ++f) {
        catalog::v1::FeatureClaim& claim = *offering.add_features();
        claim.set_need_id(need);
        claim.set_feature_id(absl::StrCat("feature_", f));
        claim.set_level(catalog::v1::FeatureClaim::FULL);
      }
      // Every fifth has no tariff: to confirm.
      if (m % 5 != 4) {
        type::PriceComponent& component = *offering.mutable_pricing()->add_components();
        component.set_model(type::FLAT);
        component.set_period(type::MONTH);
        component.mutable_amount()->set_micros(1'000'000L * (20 + 7 * m));
        component.mutable_amount()->set_currency_code("EUR");
        auto* date = offering.mutable_pricing()->mutable_as_of();
        date->set_year(2026);
        date->set_month(1);
        date->set_day(15);
      }
      offering.mutable_commitment()->set_min_months(m % 13);
      offering.mutable_portability()->set_retrieval_days(10 * (m % 10));
      offering.mutable_licence()->set_free_software(m % 2 == 0);
      offering.mutable_continuity()->set_reversibility_plan(m % 3 == 0);
      source.offering_places.push_back(absl::StrCat("offerings:", m));
      ++place;
    }
  }
  return source;
}

GenesisPlan TinyPlan(int members) {
  GenesisPlan plan = PlanGenesis(TinyCatalog(members), TinyRulebook());
  EXPECT_TRUE(plan.ok) << plan.issues.ToString() << decision::FormatDiagnostics(plan.diagnostics);
  return plan;
}

}  // namespace aplomb::service
