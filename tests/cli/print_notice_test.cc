// A step and the end that it announces are two days, each named.
#include "cli/print_notice.h"

#include <string>

#include "gtest/gtest.h"

namespace aplomb::cli {
namespace {

catalog::v1::Notice Make(const std::string& verb) {
  catalog::v1::Notice notice;
  notice.set_subject("members/acme");
  notice.set_verb(verb);
  notice.mutable_time()->set_seconds(1'780'351'200);  // 2026-06-01 22:00 UTC, in Paris the 2nd
  notice.mutable_effective_date()->set_year(2026);
  notice.mutable_effective_date()->set_month(7);
  notice.mutable_effective_date()->set_day(2);
  return notice;
}

TEST(NoticeText, TellsTheDayOfTheStepAndTheEndBesideIt) {
  catalog::v1::Notice notice = Make("GIVE_NOTICE");
  notice.add_reason_codes("CEASED");
  EXPECT_EQ(NoticeText(notice, Language::kFrench),
            "2026-06-02  préavis (GIVE_NOTICE)  members/acme  CEASED ; fin le 2026-07-02 "
            "(premier jour sans)");
  EXPECT_EQ(NoticeText(notice, Language::kEnglish),
            "2026-06-02  notice given (GIVE_NOTICE)  members/acme  CEASED; ends on 2026-07-02 "
            "(first day without it)");
  catalog::v1::Notice reminder = Make("REMIND");
  reminder.set_field("certificates.ISO27001");
  EXPECT_EQ(NoticeText(reminder, Language::kEnglish),
            "2026-06-02  reminder (REMIND)  members/acme  certificates.ISO27001; ends on "
            "2026-07-02 (first day without it)");
}

TEST(NoticeText, OfWhatHoldsAtOnceThereIsOneDay) {
  EXPECT_EQ(NoticeText(Make("SUSPEND"), Language::kFrench),
            "2026-06-02  suspension (SUSPEND)  members/acme");
  EXPECT_EQ(NoticeText(Make("NEW_VERB"), Language::kFrench), "2026-06-02  NEW_VERB  members/acme");
}

}  // namespace
}  // namespace aplomb::cli
