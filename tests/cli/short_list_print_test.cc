// A list of too few suppliers as the command prints it: named members, neither ranks nor scores.
#include <string>

#include "cli/print.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace aplomb::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTwo[] = R"pb(
  results {
    need_id: "ECOMMERCE"
    title { fr: "Boutique en ligne" en: "Online shop" }
    rankings {
      delivery_mode: DO_IT_YOURSELF
      candidate_count: 2
      target_micros: 3600000000
      criteria {
        criterion_id: "C06"
        title { fr: "Coût complet" en: "All-in cost" }
      }
      bands {
        rank: 1
        offerings {
          title { fr: "Boutique simple" en: "Plain Shop" }
          member_display_name: "Zoé"
          score: 85000000
          cost { tco36_micros: 1800000000 }
          contributions {
            criterion_id: "C06"
            value: 8500
            weight_bp: 10000
            contribution: 85000000
            sentence { fr: "50 % de la cible" en: "50% of the target" }
            asked { fr: "cible sur 36 mois : 3 600 €" en: "target over 36 months: EUR 3,600" }
          }
        }
      }
      bands {
        rank: 2
        offerings {
          title { fr: "Boutique double" en: "Double Shop" }
          member_display_name: "Ada"
          score: 61000000
          cost { tco36_micros: 1900000000 }
        }
      }
    }
  }
)pb";

advisor::v1::Recommendation Two(bool insufficient) {
  advisor::v1::Recommendation r;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kTwo, &r));
  r.mutable_results(0)->mutable_rankings(0)->set_insufficient_range(insufficient);
  return r;
}

struct Words {
  Language language;
  const char* shorts;                 // says what it is, and names the members
  const char* order;                  // says that the order says nothing
  std::vector<const char*> of_ranks;  // never said of such a list, but of others
};

class ShortListIn : public ::testing::TestWithParam<Words> {};

TEST_P(ShortListIn, NamesMembersAndClaimsNoRanking) {
  const Words& words = GetParam();
  const std::string text = PrintRecommendation(Two(true), {.language = words.language});
  const std::string ranked = PrintRecommendation(Two(false), {.language = words.language});
  std::string plain;  // lines are broken where they end
  for (const char c : text) plain += c == '\n' ? ' ' : c;
  size_t at = 0;
  while ((at = plain.find("  ")) != std::string::npos) plain.erase(at, 1);
  while ((at = plain.find("\u00a0")) != std::string::npos) plain.replace(at, 2, " ");
  while ((at = plain.find("\u202f")) != std::string::npos) plain.replace(at, 3, " ");
  EXPECT_THAT(plain, AllOf(HasSubstr(words.shorts), HasSubstr(words.order)));
  for (const char* rank : words.of_ranks) {
    EXPECT_THAT(text, Not(HasSubstr(rank)));
    EXPECT_THAT(ranked, HasSubstr(rank));
  }
  // By name of supplier, though the other one scores more.
  EXPECT_LT(text.find("(Ada)"), text.find("(Zoé)"));
  EXPECT_LT(ranked.find("(Zoé)"), ranked.find("(Ada)"));
}

INSTANTIATE_TEST_SUITE_P(
    Languages, ShortListIn,
    ::testing::Values(Words{Language::kFrench,
                            "Liste insuffisante : moins de trois groupes indépendants ; ce n'est "
                            "pas un classement. Fournisseurs : Ada, Zoé.",
                            "Sans ordre : par nom de fournisseur.",
                            {"Rang", "Note", "85,00", "61,00", "Points", "classées"}},
                      Words{Language::kEnglish,
                            "Insufficient list: fewer than three independent groups; this is not a "
                            "ranking. Suppliers: Ada, Zoé.",
                            "In no order: by name of supplier.",
                            {"Rank ", "Score", "85.00", "61.00", "Points", "2 ranked"}}),
    [](const auto& row) {
      return std::string(row.param.language == Language::kFrench ? "French" : "English");
    });

TEST(PrintRecommendation, SaysWhatWasAskedBesideWhatWasFound) {
  const std::string text = PrintRecommendation(Two(false), {.language = Language::kFrench});
  EXPECT_THAT(text, AllOf(HasSubstr("Demandé"), HasSubstr("cible sur 36 mois")));
}

}  // namespace
}  // namespace aplomb::cli
