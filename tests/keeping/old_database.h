// Writes databases as older versions of the program wrote them, byte by byte: nothing of the
// program's own code for writing is used, so that a change of it does not change what is "old".
#ifndef APLOMB_TESTS_KEEPING_OLD_DATABASE_H_
#define APLOMB_TESTS_KEEPING_OLD_DATABASE_H_

#include <string>
#include <vector>

namespace aplomb::testing {

// Version 2: entries of type DECISION with these bodies, one batch each, one microsecond apart,
// signed by the key of tests/audit/harness.h.
void WriteVersion2(const std::string& directory, const std::vector<std::string>& bodies);

}  // namespace aplomb::testing

#endif  // APLOMB_TESTS_KEEPING_OLD_DATABASE_H_
