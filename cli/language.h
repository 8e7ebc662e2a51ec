// The two languages that people are spoken to in.
#ifndef APLOMB_CLI_LANGUAGE_H_
#define APLOMB_CLI_LANGUAGE_H_

namespace aplomb::cli {

enum class Language { kFrench, kEnglish };

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_LANGUAGE_H_
