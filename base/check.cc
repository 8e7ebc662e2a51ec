#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace aplomb::base::internal {

CheckFailure::CheckFailure(const char* file, int line, const std::string& what) {
  stream_ << file << ":" << line << ": CHECK failed: " << what << " ";
}

CheckFailure::~CheckFailure() {
  stream_ << "\n";
  // One call, so that the lines of two failing threads do not mix.
  std::fputs(stream_.str().c_str(), stderr);
  std::fflush(stderr);
  std::abort();
}

}  // namespace aplomb::base::internal
