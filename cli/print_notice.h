// A decision about a member, or a reminder to it, as one line.
#ifndef APLOMB_CLI_PRINT_NOTICE_H_
#define APLOMB_CLI_PRINT_NOTICE_H_

#include <string>

#include "aplomb/catalog/v1/member_service.pb.h"
#include "cli/language.h"

namespace aplomb::cli {

// The day of the step, what it was, and where something ends later, the day on which it ends.
// Without a line feed.
std::string NoticeText(const catalog::v1::Notice& notice, Language language);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_PRINT_NOTICE_H_
