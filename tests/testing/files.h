// Where tests find files: of the source tree, of the build, and a folder of their own.
#ifndef APLOMB_TESTS_TESTING_FILES_H_
#define APLOMB_TESTS_TESTING_FILES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace aplomb::testing {

// The absolute path of a file of the source tree: SourcePath("catalog/sample/needs.textproto").
std::string SourcePath(absl::string_view relative);
// The absolute path of a program of the build: ProgramPath("aplomb").
std::string ProgramPath(absl::string_view name);

// The bytes of a file. A file which cannot be read fails the test and gives "".
std::string ReadFileOrFail(const std::string& path);
// Writes a file; fails the test if that is not possible.
void WriteFileOrFail(const std::string& path, absl::string_view bytes);

// An empty folder, removed with its contents at the end of its scope.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::string& path() const { return path_; }
  // `path()`/`relative`.
  std::string Path(absl::string_view relative) const;

 private:
  std::string path_;
};

}  // namespace aplomb::testing

#endif  // APLOMB_TESTS_TESTING_FILES_H_
