// Lets one call of the process to the disk fail, or all from one on: linked into a test program,
// the functions of the C library by which files are written are those of failing_calls.cc, for
// RocksDB and for everything else. Only calls below one directory count.
#ifndef APLOMB_TESTS_AUDIT_FAILING_CALLS_H_
#define APLOMB_TESTS_AUDIT_FAILING_CALLS_H_

#include <cstdint>
#include <string>

namespace aplomb::testing {

enum class CallFault {
  kIoError,  // EIO; nothing is done
  kNoSpace,  // ENOSPC, and so for each later call: the disk is full
  kTorn,     // EIO after half of the bytes of a write; of anything else, although it was done
  kCut,      // the process is killed before it
  kTornCut,  // the process is killed after half of a write; of anything else, after it
};

// From now on: the `at`-th call (from 0) that writes, syncs, creates a file or a folder, renames,
// links, unlinks, truncates, reserves space or changes permissions below `directory` (an absolute
// path) fails so. Once in a process.
void FailCall(CallFault fault, int64_t at, const std::string& directory);
// Calls so far.
int64_t CallCount();

}  // namespace aplomb::testing

#endif  // APLOMB_TESTS_AUDIT_FAILING_CALLS_H_
