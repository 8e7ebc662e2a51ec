// A member's own view in words: what nobody is shown is not called ranked, scores are of 100, and
// an entry that is new is not compared with what is not there.
#include "cli/print_insight.h"

#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;
using ::testing::HasSubstr;
using ::testing::Not;

pb::Reading Ranked() {
  pb::Reading reading;
  reading.set_need_id("WEBSITE");
  reading.set_size_class(type::SOLO);
  reading.set_standing(pb::Reading::RANKED);
  reading.set_score(72'310'000);
  const auto add = [&](const std::string& id, int32_t value, bool unknown) {
    pb::CriterionReading& one = *reading.add_criteria();
    one.set_criterion_id(id);
    one.mutable_label()->set_fr("Question " + id);
    one.mutable_label()->set_en("Question " + id);
    one.set_value(value);
    one.set_unknown(unknown);
  };
  add("C01", 8500, false);
  add("C02", 0, true);
  add("C03", 0, true);
  return reading;
}

pb::Reading Hidden(const std::string& code) {
  pb::Reading reading = Ranked();
  reading.set_standing(pb::Reading::ABSENT);
  reading.add_codes(code);
  return reading;
}

std::string Show(const pb::Reading& reading, Language language) {
  pb::Insight insight;
  *insight.add_readings() = reading;
  std::ostringstream out;
  PrintReadings(insight.readings(), language, out);
  return out.str();
}

TEST(PrintReadings, TellsTheScoreOnItsScaleAndTheSizeInWords) {
  const std::string french = Show(Ranked(), Language::kFrench);
  EXPECT_THAT(french, HasSubstr("WEBSITE  sans salarié (SOLO) : classée (RANKED), note 72,31 sur "
                                "100\n"));
  EXPECT_THAT(french, HasSubstr("Question C02 (inconnu)\n"));
  EXPECT_THAT(Show(Ranked(), Language::kEnglish),
              HasSubstr("WEBSITE  no employees (SOLO): ranked (RANKED), score 72.31 of 100\n"));
}

TEST(PrintReadings, OfWhatNobodyIsShownTellsWhyAndApartWhatItWouldBe) {
  struct Row {
    std::string code;
    std::string fr;
    std::string en;
  };
  for (const Row& row : {
           Row{"OFFERING_SUSPENDED", "l'offre est suspendue", "the offering is suspended"},
           Row{"OFFERING_WITHDRAWN", "l'offre est retirée", "the offering is withdrawn"},
           Row{"OFFERING_EXPIRED", "l'offre a expiré", "the offering has expired"},
           Row{"MEMBER_SUSPENDED", "son membre est suspendu", "its member is suspended"},
           Row{"MEMBER_ENDED", "l'adhésion de son membre a pris fin", "its member's membership"},
       }) {
    SCOPED_TRACE(row.code);
    const std::string french = Show(Hidden(row.code), Language::kFrench);
    EXPECT_EQ(french.find("Cette offre n'est montrée à personne en ce moment : " + row.fr), 0u);
    EXPECT_THAT(french, HasSubstr(" : absente (ABSENT) : " + row.code +
                                  " ; si elle était visible : classée (RANKED), note 72,31"));
    const std::string english = Show(Hidden(row.code), Language::kEnglish);
    EXPECT_EQ(english.find("This offering is not shown to anyone now: " + row.en), 0u);
    EXPECT_THAT(english, HasSubstr("; if it were shown: ranked (RANKED), score 72.31"));
  }
  pb::Reading excluded = Hidden("MEMBER_SUSPENDED");
  excluded.clear_criteria();
  excluded.add_codes("H03");
  EXPECT_THAT(Show(excluded, Language::kEnglish), HasSubstr("if it were shown: not ranked: H03\n"));
}

TEST(PrintChanges, OfANewEntryUnknownsAreOneLineAndNothingIsPublished) {
  pb::EntryPreview preview;
  pb::ReadingChange& change = *preview.add_changes();
  *change.mutable_after() = Ranked();
  change.mutable_before()->set_standing(pb::Reading::ABSENT);
  pb::FieldDifference& name = *preview.add_differences();
  name.set_field("name");
  name.set_new_value("members/acme/offerings/a");
  std::ostringstream out;
  PrintChanges(preview, Language::kFrench, out);
  PrintDifferenceCount(preview, Language::kFrench, out);
  EXPECT_THAT(out.str(), HasSubstr("absente (ABSENT) -> classée (RANKED), note 72,31 sur 100\n"));
  EXPECT_THAT(out.str(), HasSubstr("       C01  8500  Question C01\n"));
  EXPECT_THAT(out.str(), HasSubstr("       inconnus (2) : C02 C03\n"));
  EXPECT_THAT(out.str(), Not(HasSubstr("- ->")));
  EXPECT_THAT(out.str(), HasSubstr("rien n'est publié sous ce nom\n"));
  EXPECT_THAT(out.str(), Not(HasSubstr("diffèrent")));
}

TEST(PrintChanges, OfAPublishedEntryTellsBeforeAndAfter) {
  pb::EntryPreview preview;
  pb::ReadingChange& change = *preview.add_changes();
  *change.mutable_before() = Ranked();
  *change.mutable_after() = Ranked();
  change.mutable_after()->mutable_criteria(0)->set_value(9000);
  preview.add_differences()->set_field("support.channels");
  preview.add_differences()->set_field("title.en");
  preview.set_fast_lane(true);
  std::ostringstream out;
  PrintChanges(preview, Language::kEnglish, out);
  PrintDifferenceCount(preview, Language::kEnglish, out);
  EXPECT_THAT(out.str(), HasSubstr("       C01  8500 -> 9000  Question C01\n"));
  EXPECT_THAT(out.str(), Not(HasSubstr("C02")));
  EXPECT_THAT(out.str(), HasSubstr("2 fields differ from what is published; fast lane\n"));
}

}  // namespace
}  // namespace aplomb::cli
