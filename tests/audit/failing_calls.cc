#include "tests/audit/failing_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>

namespace aplomb::testing {
namespace {

// Set once, before `armed`.
CallFault planned_fault = CallFault::kIoError;
int64_t planned_at = 0;
char planned_directory[PATH_MAX] = {};
std::atomic<bool> armed = false;
std::atomic<int64_t> calls = 0;

// What becomes of a call.
enum class Fate { kDone, kFailed, kTorn };

[[noreturn]] void Die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

bool IsBelow(const char* path) {
  const size_t length = strlen(planned_directory);
  return strncmp(path, planned_directory, length) == 0 && path[length] == '/';
}

Fate Decide() {
  const int64_t number = calls.fetch_add(1);
  if (number < planned_at) return Fate::kDone;
  if (number > planned_at && planned_fault != CallFault::kNoSpace) return Fate::kDone;
  switch (planned_fault) {
    case CallFault::kIoError:
      errno = EIO;
      return Fate::kFailed;
    case CallFault::kNoSpace:
      errno = ENOSPC;
      return Fate::kFailed;
    case CallFault::kCut:
      Die();
    case CallFault::kTorn:
    case CallFault::kTornCut:
      return Fate::kTorn;
  }
  return Fate::kDone;
}
Fate OnPath(const char* path) { return armed && IsBelow(path) ? Decide() : Fate::kDone; }
Fate OnFile(int fd) {
  if (!armed) return Fate::kDone;
  char link[32];
  char path[PATH_MAX];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof(path) - 1);
  if (length < 0) return Fate::kDone;
  path[length] = '\0';
  return OnPath(path);
}

// What a torn call answers, once it has done its half.
int Torn() {
  if (planned_fault == CallFault::kTornCut) Die();
  errno = EIO;
  return -1;
}

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// `call` does it; `Fate` is known.
template <typename Call>
int Do(Fate fate, Call call) {
  if (fate == Fate::kFailed) return -1;
  const int result = call();
  return fate == Fate::kTorn ? Torn() : result;
}

template <typename Write>
ssize_t DoWrite(Fate fate, size_t size, Write write) {
  if (fate == Fate::kFailed) return -1;
  if (fate == Fate::kDone) return write(size);
  if (size > 1) write(size / 2);
  return Torn();
}

}  // namespace

void FailCall(CallFault fault, int64_t at, const std::string& directory) {
  planned_fault = fault;
  planned_at = at;
  snprintf(planned_directory, sizeof(planned_directory), "%s", directory.c_str());
  armed = true;
}

int64_t CallCount() { return calls; }

}  // namespace aplomb::testing

// The functions of the C library. The program's own come first, for its shared libraries too.
extern "C" {

using aplomb::testing::Do;
using aplomb::testing::DoWrite;
using aplomb::testing::Next;
using aplomb::testing::OnFile;
using aplomb::testing::OnPath;

ssize_t write(int fd, const void* data, size_t size) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t)>("write");
  return DoWrite(OnFile(fd), size, [&](size_t part) { return next(fd, data, part); });
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return DoWrite(OnFile(fd), size, [&](size_t part) { return next(fd, data, part, offset); });
}
int fsync(int fd) {
  static const auto next = Next<int (*)(int)>("fsync");
  return Do(OnFile(fd), [&] { return next(fd); });
}
int fdatasync(int fd) {
  static const auto next = Next<int (*)(int)>("fdatasync");
  return Do(OnFile(fd), [&] { return next(fd); });
}
int ftruncate(int fd, off_t length) noexcept {
  static const auto next = Next<int (*)(int, off_t)>("ftruncate");
  return Do(OnFile(fd), [&] { return next(fd, length); });
}
int fallocate(int fd, int mode, off_t offset, off_t length) {
  static const auto next = Next<int (*)(int, int, off_t, off_t)>("fallocate");
  return Do(OnFile(fd), [&] { return next(fd, mode, offset, length); });
}
int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags) {
  static const auto next = Next<int (*)(int, off64_t, off64_t, unsigned)>("sync_file_range");
  return Do(OnFile(fd), [&] { return next(fd, offset, length, flags); });
}
int fchmod(int fd, mode_t mode) noexcept {
  static const auto next = Next<int (*)(int, mode_t)>("fchmod");
  return Do(OnFile(fd), [&] { return next(fd, mode); });
}
int fchmodat(int at, const char* path, mode_t mode, int flags) noexcept {
  static const auto next = Next<int (*)(int, const char*, mode_t, int)>("fchmodat");
  return Do(OnPath(path), [&] { return next(at, path, mode, flags); });
}
int mkdir(const char* path, mode_t mode) noexcept {
  static const auto next = Next<int (*)(const char*, mode_t)>("mkdir");
  return Do(OnPath(path), [&] { return next(path, mode); });
}
int rename(const char* from, const char* to) noexcept {
  static const auto next = Next<int (*)(const char*, const char*)>("rename");
  return Do(OnPath(to), [&] { return next(from, to); });
}
int link(const char* from, const char* to) noexcept {
  static const auto next = Next<int (*)(const char*, const char*)>("link");
  return Do(OnPath(to), [&] { return next(from, to); });
}
int unlink(const char* path) noexcept {
  static const auto next = Next<int (*)(const char*)>("unlink");
  return Do(OnPath(path), [&] { return next(path); });
}
int open(const char* path, int flags, ...) {
  static const auto next = Next<int (*)(const char*, int, ...)>("open");
  if ((flags & O_CREAT) == 0) return next(path, flags);
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return Do(OnPath(path), [&] { return next(path, flags, mode); });
}

}  // extern "C"
