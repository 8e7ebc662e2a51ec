#include "tests/testing/files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace aplomb::testing {

std::string SourcePath(absl::string_view relative) {
  return absl::StrCat(APLOMB_SOURCE_DIR, "/", relative);
}

std::string ProgramPath(absl::string_view name) {
  return absl::StrCat(APLOMB_BINARY_DIR, "/bin/", name);
}

std::string ReadFileOrFail(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    ADD_FAILURE() << "cannot read " << path;
    return "";
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void WriteFileOrFail(const std::string& path, absl::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) ADD_FAILURE() << "cannot write " << path;
}

TempDir::TempDir() {
  std::string path = absl::StrCat(::testing::TempDir(), "/aplomb_test.XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    ADD_FAILURE() << "cannot make a folder like " << path;
    std::abort();
  }
  path_ = path;
}

TempDir::~TempDir() {
  // What cannot be removed is left to the system; a destructor has nobody to tell.
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::Path(absl::string_view relative) const {
  return absl::StrCat(path_, "/", relative);
}

}  // namespace aplomb::testing
